/* latency.h - how long requests kept their clients waiting, as a histogram per minute.
 *
 * Eight buckets per octave from 1 ms to about an hour: a percentile is known to a tenth of itself.
 * Plain sums, so that what is kept is a function of the set of requests, whatever their order; at
 * rest a minute is a few varint bytes per bucket that is used.
 */
#ifndef PMT_LATENCY_H
#define PMT_LATENCY_H

#include "pmt/record.h"

enum { PMT_LATENCY_BUCKETS = 176 };

struct pmt_latency {
    struct pmt_latency_minute *minutes; /* sorted */
    size_t n, cap;
    size_t last;                        /* last written */
    uint64_t clock;                     /* for "least recently used" */
    unsigned open;
};

/* For how long a request kept its client waiting, in microseconds; -1: not known, or the client's
 * own doing (an upgraded connection, a large download of which only the whole time is logged). */
int64_t pmt_request_latency(const struct pmt_record *r, bool bad, bool gave_up);

void pmt_latency_fini(struct pmt_latency *l);
/* sec: seconds since 1970, us: microseconds, not negative. */
void pmt_latency_add(struct pmt_latency *l, int64_t sec, int64_t us);
void pmt_latency_seal(struct pmt_latency *l);
/* Adds all of src, minutes moved by map (NULL: not moved; PMT_DROP from it: left out). src is
 * sealed by it. */
void pmt_latency_merge(struct pmt_latency *dst, struct pmt_latency *src,
                       int64_t (*map)(const void *ctx, int64_t sec), const void *ctx);

struct pmt_percentiles {
    uint64_t n;            /* requests whose time is known */
    int64_t p50, p95, p99; /* microseconds, about; -1 while n is 0 */
};
struct pmt_latency_sum {
    uint64_t n, bucket[PMT_LATENCY_BUCKETS];
};
/* Adds the minutes that lie between two seconds (both included): of a span so short that no whole
 * minute is in it, the minutes that it touches. */
void pmt_latency_between(struct pmt_latency *l, int64_t from, int64_t to,
                         struct pmt_latency_sum *add);
struct pmt_percentiles pmt_latency_percentiles(const struct pmt_latency_sum *sum);

#endif
