/* trace.h - counts per second, of which there are very many, most of them light.
 *
 * Like a series, a trace holds a function of the set of additions, never of their order or
 * partition: plain sums per second. Unlike it, it is written front to back as the requests come and
 * has no page that stands open, so that one of few requests takes a few bytes; it can only be read
 * as a whole, and a second may come more than once. It is a series that has not been opened yet.
 */
#ifndef PMT_TRACE_H
#define PMT_TRACE_H

#include "pmt/series.h"

enum { PMT_TRACE_CELL = 16, PMT_TRACE_COLUMNS = 3 }; /* seconds written together */

struct pmt_trace {
    struct pmt_trace_chunk *first, *last; /* records */
    int64_t written; /* cell of the last record */
    int64_t cell;    /* being written, with its counts: */
    uint8_t good[PMT_TRACE_CELL];
    uint16_t marked; /* which of them are not 0, as bits */
    bool large;      /* one of them is too large for half a byte */
    uint8_t lost_at[PMT_TRACE_COLUMNS], lost[PMT_TRACE_COLUMNS]; /* of the others, one second */
};

void pmt_trace_fini(struct pmt_trace *t);
/* Of what is counted PMT_ALL, PMT_BAD and PMT_GAVE_UP are kept. */
void pmt_trace_add(struct pmt_trace *t, int64_t sec, const struct pmt_counts *add);
/* Calls for each second; in the order they came, and maybe again. */
void pmt_trace_each(const struct pmt_trace *t,
                    void (*take)(void *ctx, int64_t sec, const struct pmt_counts *c), void *ctx);
/* Moves all of src to dst. */
void pmt_trace_merge(struct pmt_trace *dst, struct pmt_trace *src);

#endif
