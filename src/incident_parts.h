/* incident_parts.h - what incident.c (which, how grave, which one is told) and incident_phases.c
 * (how bad when) share, and removals.c (by state lines) and removals_shares.c (by traffic); not for
 * anyone else. */
#ifndef PMT_INCIDENT_PARTS_H
#define PMT_INCIDENT_PARTS_H

#include "pmt/incident.h"

/* Adds to the last phase when that is of the same kind. */
void pmt_incident_add_phase(struct pmt_incident *p, enum pmt_phase_kind kind, int64_t from,
                            int64_t to, uint64_t requests, uint64_t failed);
/* The phases of an incident whose flow, start and end are known. */
void pmt_incident_find_phases(struct pmt_incident *p);
/* Backends that had no server: incidents, or the grade of those of errors. */
void pmt_incident_no_server(struct pmt_findings *f, struct pmt_counted *c,
                            const struct pmt_facts *facts, struct pmt_window w);
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
