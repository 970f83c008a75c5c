/* detect_parts.h - what detect.c (the search), detect_steps.c (votes as steps) and detect_bounds.c
 * (boundaries to the second) share; not for anyone else. */
#ifndef PMT_DETECT_PARTS_H
#define PMT_DETECT_PARTS_H

#include "pmt/detect.h"

#include "detect_levels.h"

struct pmt_bursts {
    struct pmt_burst *v;
    size_t n, cap;
    struct pmt_normal normal;
};

enum { PMT_SKIPPED_MAX = 3 }; /* clients whose failures may be left out of one search */

/* A step is a second that has a failed vote, or a minute that has none. */
struct pmt_steps {
    struct pmt_step *v;
    size_t n, cap;
    bool by_client; /* votes of clients; else every request is a vote */
    bool light;     /* the flow has no ok votes: good requests stand for them */
    double alarm;   /* nats */
    uint64_t skip[PMT_SKIPPED_MAX];
    unsigned nskip;
};

/* All that a flow tells, without the failures of the clients in skip[]. */
void pmt_steps_build(struct pmt_steps *s, struct pmt_flow *f);
/* Index of the first step at or after sec. */
size_t pmt_steps_search(const struct pmt_steps *s, int64_t sec);
/* Votes between two seconds (both included). */
struct pmt_step pmt_steps_sum(const struct pmt_steps *s, int64_t from, int64_t to);

/* By how much the failed requests of a minute are to be taken for less, so that their share is no
 * more than that of the clients that failed: 1, unless a few clients make most of them. */
double pmt_failed_weight(const struct pmt_steps *s, struct pmt_flow *f, int64_t minute);

/* The client with failed votes in the most minutes between two seconds. */
struct pmt_top {
    uint64_t client;
    size_t minutes, votes; /* its failed votes, and those of all */
};
/* False when none failed, or so many that no single one matters. */
bool pmt_top_client(const struct pmt_steps *s, const struct pmt_flow *f, int64_t from, int64_t to,
                    struct pmt_top *ret);

static inline double pmt_clamp(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

/* Where, in steps, the failure rate is raised: stretches above p0, joined when nothing shows that
 * all was well between them; those that are `alarm` nats likelier than at the normal rate. */
struct pmt_bursts pmt_bursts_find(const struct pmt_step *steps, size_t n, struct pmt_normal normal,
                                  double alarm);
/* The same, with the normal rate that the steps tell. */
struct pmt_bursts pmt_detect_steps(const struct pmt_steps *s);
/* Sets the boundaries on the requests, joins what is near, sees whether the log holds the ends. */
void pmt_bursts_settle(struct pmt_bursts *b, const struct pmt_steps *s, struct pmt_flow *flow);

#endif
