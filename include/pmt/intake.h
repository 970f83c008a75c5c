/* intake.h - raw bytes from a file or a pipe. Private to the source.
 *
 * A regular file is read by pread() up to its size at opening: a live file is not followed, and a
 * descriptor shared with others (standard input) keeps its place. Anything else is read to its
 * end. Interrupted and would-block reads are tried again. A member of an archive comes through a
 * callback.
 */
#ifndef PMT_INTAKE_H
#define PMT_INTAKE_H

#include "pmt/unpack.h"

enum { PMT_INTAKE_PEEK = PMT_UNPACK_MAGIC }; /* bytes that tell the compression */

struct pmt_intake {
    int fd; /* -1 when closed */
    long (*read)(void *from, void *p, size_t n); /* a member of an archive; else NULL */
    void *from;
    bool regular;
    bool shrank;     /* the regular file ended before its size at opening */
    int errnum;      /* of the read that failed, else 0 */
    uint64_t origin; /* regular: where the descriptor stood */
    uint64_t size;   /* regular: from there to the end */
    uint64_t at;     /* regular: next byte, counted from origin */
    uint64_t bytes;  /* read so far */
    unsigned char peek[PMT_INTAKE_PEEK];
    size_t peek_n, peek_used;
};

/* 0 or PMT_EMISSING, PMT_EACCESS, PMT_EIO with errno; *ret is then untouched. */
int pmt_intake_open(const char *path, struct pmt_intake *ret);
int pmt_intake_open_fd(int fd, struct pmt_intake *ret);
int pmt_intake_open_member(long (*read)(void *from, void *p, size_t n), void *from,
                           struct pmt_intake *ret);
void pmt_intake_close(struct pmt_intake *in);
enum pmt_compression pmt_intake_compression(const struct pmt_intake *in);
/* Regular files only: the next byte read is `at`. */
void pmt_intake_seek(struct pmt_intake *in, uint64_t at);
/* 1 to n bytes, 0 at the end, -1 on failure (errnum tells). */
long pmt_intake_read(struct pmt_intake *in, void *p, size_t n);

#endif
