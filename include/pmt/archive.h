/* archive.h - tar and zip archives of logs, read in place: each file in one a source of its own.
 *
 * An archive is told by its content, whatever it is compressed by. It is read once, from front to
 * back, and nothing of it is written anywhere: a member's name is a text to show, "../" or not.
 * Members that are compressed themselves are read as such files are; an archive in an archive is
 * left to whoever calls. libarchive lives in src/archive.c and nowhere else, and only takes
 * archives apart: what they are compressed by is the source's business.
 * Ownership: an archive borrows its source, a member's source borrows the archive.
 */
#ifndef PMT_ARCHIVE_H
#define PMT_ARCHIVE_H

#include "pmt/inputs.h"
#include "pmt/source.h"

enum {
    PMT_ARCHIVE_MEMBERS = 20000, /* so many files of one archive are looked at */
    PMT_ARCHIVE_NAME = 1024,     /* bytes of a name; what is called longer is left out */
    PMT_ARCHIVE_SEARCHES = 1 << 20, /* blocks gone through behind damage, looking for a header */
};

struct pmt_member {
    const char *name; /* without "./" in front; dies with the next member */
    size_t number;    /* which entry of the archive, from 0 */
    uint64_t size;    /* of the file, 0 when not known beforehand */
    int64_t mtime;    /* seconds since 1970, 0 when not known */
    const char *why;  /* it has no text to be read, and why not; else NULL */
    bool problem;     /* it should have */
};

struct pmt_archive;

/* Do these first bytes begin an archive? */
bool pmt_archive_is(struct pmt_slice head);
/* On a source whose head is an archive's; from now on the source is the archive's alone. */
struct pmt_archive *pmt_archive_open(struct pmt_source *s);
void pmt_archive_close(struct pmt_archive *a);
/* 1 and the next file (directories are passed by), 0 at the end. */
int pmt_archive_next(struct pmt_archive *a, struct pmt_member *ret);
/* The text of the file that _next gave; to be closed before the next _next. 0 or PMT_EFORMAT, as
 * pmt_source_open. */
int pmt_archive_text(struct pmt_archive *a, struct pmt_source **ret);
/* What kept it from being read to its end, after _next gave 0; "" when nothing did. */
const char *pmt_archive_damage(const struct pmt_archive *a);

/* Opens a file, or descriptor for "-" (which stays open): as pmt_source_open. */
int pmt_input_open(const struct pmt_input *in, int stdin_fd, uint64_t from, uint64_t to,
                   struct pmt_source **ret);

/* Opens inputs for a second reading. Members of one archive that are asked for in the order they
 * stand there cost one pass through it; any other order costs a pass for each step back. */
struct pmt_opener {
    int stdin_fd; /* what "-" is read from; kept open */
    const struct pmt_input *of; /* the archive that is open, or NULL */
    struct pmt_source *file;
    struct pmt_archive *archive;
    size_t next; /* the first member that was not passed */
};
/* 0 or a PMT_E… of source.h (PMT_EMISSING: the archive has no such member any more). The source is
 * the caller's, and closed before the next call. */
int pmt_opener_open(struct pmt_opener *o, const struct pmt_input *in, struct pmt_source **ret);
void pmt_opener_fini(struct pmt_opener *o);
/* The order in which that costs least: n indices, as they are but for the members of an archive,
 * which follow its first one in the order they stand there. */
void pmt_opener_order(const struct pmt_input *const *inputs, size_t n, size_t *ret);

#endif
