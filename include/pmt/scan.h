/* scan.h - reads all inputs once, on several threads, each file or part of a file into a tally.
 *
 * A big plain file is cut into parts by size, never by the number of threads, and the parts are
 * appended in order; so the result does not depend on who read what. One descriptor per worker.
 * The scan prints nothing.
 */
#ifndef PMT_SCAN_H
#define PMT_SCAN_H

#include "pmt/calibrate.h"
#include "pmt/formats.h"

#include <stdatomic.h>

enum { PMT_PART_BYTES = 32 * 1024 * 1024, PMT_VOTES_KEPT = 2000000 };

/* Why a file is skipped that is text and none of a known log. */
#define PMT_NO_FORMAT "is in no known log format"

struct pmt_scan {
    struct pmt_inputs *inputs;               /* members take the place of their archives */
    const struct pmt_rules *rules;
    const struct pmt_formats *formats;       /* beside the built-in parsers; may be NULL */
    int jobs;                                /* threads, at least 1 */
    uint64_t part_bytes;                     /* 0: PMT_PART_BYTES; tests cut smaller */
    uint64_t votes_kept;                     /* 0: PMT_VOTES_KEPT */
    int stdin_fd;                            /* what "-" is read from; kept open */
    const atomic_bool *interrupted; /* may be NULL */
    /* Called about five times a second while the scan runs; NULL: never. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};

/* One element per input, in the order they have then; pmt_scanned_free frees. NULL when
 * interrupted. */
struct pmt_scanned *pmt_scan_run(const struct pmt_scan *scan);
void pmt_scanned_free(struct pmt_scanned *sources, size_t n);

/* Reads lines of a source that was scanned once more, in the same way: which parser, which verdict.
 * For the records and the lines not understood. */
struct pmt_reader;
struct pmt_reader *pmt_reader_new(int stdin_fd);
void pmt_reader_free(struct pmt_reader *r);
/* Begins with a source; what pmt_opener_order (archive.h) says costs least. 0 or a PMT_E… of
 * source.h. */
int pmt_reader_turn(struct pmt_reader *r, const struct pmt_scanned *s);
/* 1 with the verdict, 0 at the end. */
int pmt_reader_next(struct pmt_reader *r, struct pmt_line *line, struct pmt_record *rec,
                    enum pmt_verdict *verdict, struct pmt_reject *why);

#endif
