/* incident_parts.h - what incident.c (how grave, which one is drafted), incident_told.c (which, and
 * at what series), incident_bursts.c (which are one), incident_worst.c (who failed most) and
 * incident_phases.c (how bad when) share, and removals.c (by state lines) and removals_shares.c (by
 * traffic); not for anyone else. */
#ifndef PMT_INCIDENT_PARTS_H
#define PMT_INCIDENT_PARTS_H

#include "pmt/incident.h"

/* A burst, and the series it was found on. */
struct pmt_finding {
    struct pmt_burst burst;
    struct pmt_flow *flow;
    const struct pmt_counted_service *service; /* NULL: all of several */
    const struct pmt_part *part;               /* NULL: all of it */
    uint64_t failed, requests;
    size_t order; /* in which it was found: settles ties */
    struct pmt_burst *bursts; /* malloc'd: those it is made of, when it is several; else NULL */
    size_t nbursts;
};
struct pmt_told {
    struct pmt_finding *v;
    size_t n, cap;
};

/* The bursts that are incidents, each at the narrowest series that tells of it; free(told->v). */
void pmt_incident_find(struct pmt_counted *c, struct pmt_window w, struct pmt_told *told);
/* What fails again and again for one reason is one incident. */
void pmt_incident_join_bursts(struct pmt_told *told, struct pmt_counted *c,
                              const struct pmt_facts *facts);
/* What failed most while it lasted. */
void pmt_incident_find_worst(struct pmt_incident *p, struct pmt_counted *c);

/* Adds to the last phase when that is of the same kind. */
void pmt_incident_add_phase(struct pmt_incident *p, enum pmt_phase_kind kind, int64_t from,
                            int64_t to, uint64_t requests, uint64_t failed);
/* The phases of one that is several bursts: these, and in between all is well. */
void pmt_incident_burst_phases(struct pmt_incident *p, const struct pmt_burst *bursts, size_t n);
/* The phases of an incident whose flow, start and end are known. */
void pmt_incident_find_phases(struct pmt_incident *p);
/* Its evidence, start and end, the nearest good requests; flow is set. */
void pmt_incident_find_edges(struct pmt_incident *p, int64_t first, int64_t last);
/* The part of a burst that lies in the window; false when nothing fails in that. */
bool pmt_incident_clamp(struct pmt_burst *b, const struct pmt_flow *flow, struct pmt_window w);
enum pmt_grade pmt_incident_grade(const struct pmt_incident *p, const struct pmt_burst *b);
/* Slow requests and clients that left: incidents, or what lies around those of errors. */
void pmt_incident_slow(struct pmt_findings *f, struct pmt_counted *c, struct pmt_window w);
/* How long requests took before, in and after all incidents. */
void pmt_incident_latencies(struct pmt_findings *f);
/* Backends that had no server: incidents, or the grade of those of errors. */
void pmt_incident_no_server(struct pmt_findings *f, struct pmt_counted *c,
                            const struct pmt_facts *facts, struct pmt_window w);
/* Lines that tell of failures and are no requests: incidents, where none tells of that time. */
void pmt_incident_troubles(struct pmt_findings *f, struct pmt_counted *c, struct pmt_window w);
/* The silences of all logs of requests: incidents, or a part of those of errors. */
void pmt_incident_silences(struct pmt_findings *f, struct pmt_counted *c,
                           const struct pmt_facts *facts, const struct pmt_coverage *cov,
                           struct pmt_window w);

/* Is it this server's, of this balancer? A balancer whose log does not name it may be any. */
bool pmt_removal_of(const struct pmt_removal *r, const struct pmt_use *u);
/* Adds what no state line tells. */
void pmt_removals_by_share(struct pmt_findings *f, struct pmt_counted *c,
                           const struct pmt_facts *facts);

#endif
