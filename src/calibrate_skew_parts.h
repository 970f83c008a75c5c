/* calibrate_skew_parts.h - what the files that compare the clocks of machines share; not for anyone
 * else. calibrate_machines.c: which logs one clock wrote. calibrate_skew.c: which machines saw the
 * same requests, and what that makes of their times. calibrate_curve.c: from such requests to how
 * far a clock was ahead, and when. */
#ifndef PMT_CALIBRATE_SKEW_PARTS_H
#define PMT_CALIBRATE_SKEW_PARTS_H

#include "calibrate_parts.h"

enum {
    PMT_SKEW_MIN = 8,        /* requests that two machines must share to be compared */
    PMT_COMPARED_MAX = 1024, /* pairs of logs compared in one run; past it the rest is left */
};
/* Less than this is not told from how long a request takes to be logged. */
#define PMT_SKEW_LEAST (2 * PMT_SECOND)

/* ---- machines ---------------------------------------------------------------------------- */

/* Everything that is stamped by one clock. */
struct pmt_machine {
    struct pmt_slice host;           /* as lines or folders name it, or absent */
    const char *family;              /* else: the log it is known by */
    struct pmt_slice name;           /* as it is shown */
    bool balancer, web;              /* has requests of that layer */
    uint64_t requests;               /* of the balancer's busiest log: copies count once */
    size_t joined;                   /* index of the machine it turned out to be; mostly its own */
};

struct pmt_machines {
    struct pmt_machine *v;
    size_t n;
    size_t *of;                      /* by chain */
};

void pmt_machines_find(struct pmt_machines *m, const struct pmt_calibration *c);
void pmt_machines_fini(struct pmt_machines *m);

bool pmt_chain_balances(const struct pmt_calibration *c, const struct pmt_chain *chain);
bool pmt_chain_serves(const struct pmt_calibration *c, const struct pmt_chain *chain);

enum pmt_prints_which { PMT_REQUESTS, PMT_FAULTS };
/* The chain's requests (or faults) in UTC, sealed. */
void pmt_chain_prints(const struct pmt_calibration *c, const struct pmt_chain *chain,
                      enum pmt_prints_which which, struct pmt_prints *ret);

/* ---- curves ------------------------------------------------------------------------------ */

/* One request: when the reference says it ended, and when this clock says so. */
struct pmt_seen {
    int64_t ref, own;
};

/* How far the clock was ahead, unrounded. */
int64_t pmt_skew_at(const struct pmt_skew *s, int64_t own);
/* Few matches lie far from the curve. */
bool pmt_skew_tight(const struct pmt_skew *s);
/* Sorts v. sets: instants at which this clock says it was set, as it showed them, sorted. Fills all
 * but whose and against; knots are in arena. n > 0. */
void pmt_skew_curve(struct pmt_seen *v, size_t n, const int64_t *sets, size_t nsets,
                    struct pmt_arena *arena, struct pmt_skew *ret);

#endif
