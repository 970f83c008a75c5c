/* detect.h - finds bursts of failures in one flow, by how likely failed of all is.
 *
 * One ok and one failed vote per client and minute are cut into stretches of one failure rate each
 * (detect_levels.h): the likeliest way to do so, where every change of rate has to be paid for with
 * evidence. A burst is a run of stretches above the normal rate p0 that together are PMT_ALARM
 * likelier than at p0; it goes on while what lies between does not show, with PMT_QUIET, that all
 * was well: the hysteresis is evidence, not minutes. Then the requests themselves are cut in the
 * same way, second by second: this sets the boundaries, and brings in what only leads to a burst or
 * lingers behind it. A burst that would not stand without the client that failed most is marked,
 * and the search is done once more without that client.
 */
#ifndef PMT_DETECT_H
#define PMT_DETECT_H

#include "pmt/tally.h"

#define PMT_ALARM 18.0          /* nats */
#define PMT_QUIET 12.0          /* nats */
#define PMT_P0_MIN 0.0005       /* the normal rate is taken for no less, */
#define PMT_P0_MAX 0.05         /* and for no more */
#define PMT_P0_LIGHT 0.5        /* of a flow without ok votes; what fails as often at all times is
                                   as it always is */
#define PMT_FAINT_MIN 0.02      /* what is raised is weighed at this rate at least, */
#define PMT_FAINT_TIMES 2.5     /* and at so many times p0 */
enum { PMT_MERGE_GAP = 180 };   /* seconds: bursts nearer than this are one */

struct pmt_burst {
    int64_t start, end;     /* seconds of the first and the last failing request */
    double rate;            /* failed / all requests in it that were answered */
    double p0;              /* the normal rate it stands out from */
    double rate_first, rate_last; /* of its first and last stretch */
    bool ongoing;           /* the log ends before there is evidence that it was over */
    bool began_before;      /* the log begins after there is evidence that it had started */
    bool one_client;        /* it would not stand without the client that failed most */
};

/* Can the clients of this flow be told apart? If not, its requests are weighed. */
bool pmt_clients_tell(struct pmt_flow *flow);
/* Returns the number of bursts in *ret (malloc'd, in time order; free it). */
size_t pmt_detect(struct pmt_flow *flow, struct pmt_burst **ret);

/* What the votes say of a stretch: how many there are, and how many of them failed. */
struct pmt_voted {
    double n, failed;
};
/* The votes of n stretches; the i-th begins at second at[i] and ends before at[i + 1], the last at
 * at[n]. */
void pmt_voted_between(struct pmt_flow *flow, const int64_t *at, size_t n, struct pmt_voted *ret);

/* ---- slowness (detect_slow.c) ------------------------------------------------------------ */

/* Which requests of a flow are told apart as slow. */
struct pmt_slow_step {
    unsigned sorts; /* 1 << enum pmt_slow; 0: none */
    int64_t step;   /* microseconds from which on a request is slow; 0: times tell nothing here */
};
struct pmt_slow_step pmt_slow_step(struct pmt_flow *flow);
/* How many requests of these sorts lie between two seconds (both included). */
uint64_t pmt_slow_between(struct pmt_flow *flow, unsigned sorts, int64_t from, int64_t to);

#endif
