/* calibrate_parts.h - what calibrate.c (hosts, maps, the whole), calibrate_zone.c (zones) and
 * calibrate_year.c (years) share; not for anyone else. */
#ifndef PMT_CALIBRATE_PARTS_H
#define PMT_CALIBRATE_PARTS_H

#include "pmt/calibrate.h"

/* Clocks are set back by this much at the most. */
#define PMT_FOLD_MAX PMT_HOUR

/* Whose clock it is: the host named in the lines, else the source's. */
static inline struct pmt_slice pmt_clock_host(const struct pmt_scanned *s,
                                              const struct pmt_clock *c)
{
    return c->host.n ? c->host : s->host;
}

/* The zone of one segment: goes down the ladder until a rung holds. */
/* What the lines, the options or a comparison show; false when none of them does. */
bool pmt_calibrate_zone_known(struct pmt_scanned *sources, size_t n, size_t me, size_t clock,
                              size_t segment, struct pmt_calibrate_options *options,
                              struct pmt_arena *arena);
/* What other logs suggest; for the segments that are left when all known ones are settled. */
void pmt_calibrate_zone_assumed(struct pmt_scanned *sources, size_t n, size_t me, size_t clock,
                                size_t segment, struct pmt_arena *arena);
void pmt_calibrate_years(struct pmt_scanned *sources, size_t n,
                         const struct pmt_calibrate_options *options);

/* How far from what a sibling showed this wall time would lie at this offset; 0: within. */
int64_t pmt_span_gap(const struct pmt_offset_span *s, int64_t wall);

#endif
