/* detect.h - finds bursts of failures in one flow: a binomial CUSUM on failed of all.
 *
 * One ok and one failed vote per client and minute are weighed by how much likelier they are at a
 * raised failure rate p1 than at the normal rate p0. The sum, never below zero, alarms at
 * PMT_ALARM; the burst began after the last zero and ended at the sum's maximum once it has fallen
 * PMT_QUIET below it: the hysteresis is evidence, not minutes. This is done for a clear rise and
 * for a faint one. A refit with the observed rate sets the boundaries to the second on the requests
 * themselves. A burst that would not stand without the client that failed most is marked, and the
 * search is done once more without that client.
 */
#ifndef PMT_DETECT_H
#define PMT_DETECT_H

#include "pmt/tally.h"

#define PMT_ALARM 18.0          /* nats */
#define PMT_QUIET 12.0          /* nats below the maximum */
#define PMT_P0_MIN 0.0005       /* the normal rate is taken for no less, */
#define PMT_P0_MAX 0.05         /* and for no more */
#define PMT_P0_LIGHT 0.5        /* of a flow without ok votes; what fails as often at all times is
                                   as it always is */
#define PMT_CLEAR_MIN 0.04      /* p1 of a clear rise: this, */
#define PMT_CLEAR_TIMES 5.0     /* or so many times p0 */
#define PMT_FAINT_MIN 0.02      /* the same of a faint one */
#define PMT_FAINT_TIMES 2.5
enum { PMT_MERGE_GAP = 180 };   /* seconds: bursts nearer than this are one */

struct pmt_burst {
    int64_t start, end;     /* seconds of the first and the last failing request */
    double rate;            /* failed / all requests in it that were answered */
    double p0;              /* the normal rate it stands out from */
    bool ongoing;           /* the log ends before there is evidence that it was over */
    bool began_before;      /* the log begins after there is evidence that it had started */
    bool one_client;        /* it would not stand without the client that failed most */
};

/* Can the clients of this flow be told apart? If not, its requests are weighed. */
bool pmt_clients_tell(struct pmt_flow *flow);
/* Returns the number of bursts in *ret (malloc'd, in time order; free it). */
size_t pmt_detect(struct pmt_flow *flow, struct pmt_burst **ret);

#endif
