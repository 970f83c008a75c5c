/* unpack.h - compressed data of any kind as one text. Private to the source.
 *
 * gzip goes on behind damage (inflate.h). bzip2, xz, lzma and zstd end there: whatever their
 * decoders gave before it has been given out. Streams that follow each other are one text. What a
 * few bytes may unpack to is bounded, so that a hostile file costs in proportion to its size.
 * Each library is known in one file, src/unpack_*.c. Nothing here knows about lines.
 */
#ifndef PMT_UNPACK_H
#define PMT_UNPACK_H

#include "pmt/inflate.h"
#include "pmt/source.h"

enum {
    PMT_UNPACK_INPUT = 64 * 1024, /* read at once */
    PMT_UNPACK_MAGIC = 10,        /* bytes that tell what something is compressed by */
    /* Memory a decoder may ask for: xz -9 takes 65 MiB, zstd --long=27 a window of 128 MiB. */
    PMT_UNPACK_MEMORY_LOG = 27,
    PMT_UNPACK_MEMORY = 1 << PMT_UNPACK_MEMORY_LOG,
    /* Text may be so many times as much as what it was packed in. deflate cannot do more than
     * 1,032, so no gzip file is cut by it; logs pack 10 to 100 times. */
    PMT_UNPACK_RATIO = 2000,
    PMT_UNPACK_FREE = 64 * 1024 * 1024, /* so much may be whatever the ratio */
};
#define PMT_UNPACK_MOST (UINT64_C(1) << 40) /* text of one input, in bytes */

struct pmt_unpack;

/* read(from, p, n) gives 1 to n bytes, 0 at the end, -1 on failure. */
struct pmt_unpack *pmt_unpack_new(enum pmt_compression how,
                                  long (*read)(void *from, void *p, size_t n), void *from);
void pmt_unpack_free(struct pmt_unpack *u);
/* Fills p with up to cap bytes of text. *why is written with BREAK and END. */
enum pmt_inflate_event pmt_unpack_read(struct pmt_unpack *u, void *p, size_t cap, size_t *n,
                                       enum pmt_inflate_why *why);
/* gzip: as pmt_inflate_time; else 0. */
int64_t pmt_unpack_time(const struct pmt_unpack *u);

/* What the first PMT_UNPACK_MAGIC bytes of something tell. */
enum pmt_compression pmt_unpack_how(const void *p, size_t n);
bool pmt_unpack_can(enum pmt_compression how);
const char *pmt_unpack_name(enum pmt_compression how); /* "gzip" */
/* Is so much text from so many bytes beyond the bounds above? */
bool pmt_unpack_too_much(uint64_t packed, uint64_t text);

#endif
