/* burn.h - when an alert on the error budget would have fired: a counterfactual, for no such alert
 * is in the logs.
 *
 * A burn rate is the share of requests that failed, over the share that may fail. The multiwindow
 * rule of the SRE workbook (chapter 5, "Alerting on SLOs") fires while the burn rates over a long
 * and a short window both lie above a factor: 14.4 over 1 h and 5 min, 6 over 6 h and 30 min.
 */
#ifndef PMT_BURN_H
#define PMT_BURN_H

#include "pmt/counted.h"

enum { PMT_BURN_RULES = 2, PMT_BUDGET_DAYS = 30 };

struct pmt_burn_rule {
    int tenths;          /* the factor in tenths */
    int64_t longer, shorter; /* the windows, in seconds */
};
extern const struct pmt_burn_rule pmt_burn_rules[PMT_BURN_RULES];

struct pmt_burn {
    bool asked;      /* the logs hold enough to tell, at least at the end */
    bool fired;
    bool before;     /* it had fired before `from` already and still did */
    bool late;       /* the logs begin so late that it cannot be told whether it fired earlier */
    int64_t at;      /* the second at which it fired; 0: it did not */
    int64_t covered; /* so much of the long window the logs cover at `at`, in seconds */
};

/* Replays a rule between two seconds, both included, on the requests of a flow of which `allowed`
 * in a million may fail. Where the flow begins within the short window nothing is said. */
void pmt_burn_replay(const struct pmt_burn_rule *rule, struct pmt_flow *f, int allowed,
                     int64_t from, int64_t to, struct pmt_burn *ret);

/* How much of the budget of 30 days the failures between two seconds used: *part of *whole. By
 * requests; false when the flow does not hold those of 30 days. */
bool pmt_budget_used(struct pmt_flow *f, int allowed, int64_t from, int64_t to, uint64_t *part,
                     uint64_t *whole);

#endif
