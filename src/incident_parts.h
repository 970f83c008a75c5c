/* incident_parts.h - what incident.c (which, how grave, which one is told) and incident_phases.c
 * (how bad when) share; not for anyone else. */
#ifndef PMT_INCIDENT_PARTS_H
#define PMT_INCIDENT_PARTS_H

#include "pmt/incident.h"

/* Adds to the last phase when that is of the same kind. */
void pmt_incident_add_phase(struct pmt_incident *p, enum pmt_phase_kind kind, int64_t from,
                            int64_t to, uint64_t requests, uint64_t failed);
/* The phases of an incident whose flow, start and end are known. */
void pmt_incident_find_phases(struct pmt_incident *p);

#endif
