/* inflate.h - gzip members, one after another, as one text. Private to the source.
 *
 * A stream is read through a callback and inflated straight into the caller's buffer. Zero padding
 * between members is skipped. Where the data is damaged everything before the damage has been
 * given out; then one BREAK says so and the stream goes on at the next gzip header, if there is
 * one. A header that damaged data ran over is found again in what was read last.
 * zlib lives in src/inflate.c and nowhere else. Nothing here knows about lines.
 */
#ifndef PMT_INFLATE_H
#define PMT_INFLATE_H

#include "pmt/text.h"

enum {
    PMT_INFLATE_INPUT = 64 * 1024, /* read at once */
    PMT_INFLATE_KEEP = 32 * 1024,  /* input kept behind the reading point, to look back in */
    PMT_INFLATE_REWINDS = 64,      /* how often it may look back: bounds the work on hostile data */
};

enum pmt_inflate_event {
    PMT_INFLATE_TEXT,  /* *n bytes of text, at least one */
    PMT_INFLATE_BREAK, /* damage stands here, text goes on behind it */
    PMT_INFLATE_END,   /* no more text; `why` tells whether it ended well */
};

enum pmt_inflate_why {
    PMT_INFLATE_WELL,
    PMT_INFLATE_EARLY,    /* the stream ends inside a member */
    PMT_INFLATE_DATA,     /* a member or its header cannot be decoded */
    PMT_INFLATE_CHECKSUM, /* a member's text is complete, but not what was compressed */
    PMT_INFLATE_GARBAGE,  /* between two members stands something else */
    PMT_INFLATE_TRAILING, /* something else stands behind the last member */
    PMT_INFLATE_READ,     /* the callback failed */
    PMT_INFLATE_MEMORY,   /* other kinds (unpack.h): more memory would be needed than is given */
    PMT_INFLATE_BOMB,     /* the text is beyond the bounds of unpack.h */
};

struct pmt_inflate;

/* read(from, p, n) gives 1 to n bytes, 0 at the end, -1 on failure. */
struct pmt_inflate *pmt_inflate_new(long (*read)(void *from, void *p, size_t n), void *from);
void pmt_inflate_free(struct pmt_inflate *f);
/* Fills p with up to cap bytes of text. *why is written with BREAK and END. */
enum pmt_inflate_event pmt_inflate_read(struct pmt_inflate *f, void *p, size_t cap, size_t *n,
                                        enum pmt_inflate_why *why);
/* MTIME of the first member's header (RFC 1952 2.3.1); 0 when not given or not read yet. */
int64_t pmt_inflate_time(const struct pmt_inflate *f);

#endif
