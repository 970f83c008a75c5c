/* calibrate_parts.h - what the files that make up calibrate share; not for anyone else.
 * calibrate.c: maps, the whole. calibrate_hosts.c: whose log it is. calibrate_chains.c: one clock
 * across rotations, and repeated hours. calibrate_zone.c: the ladder of zones.
 * calibrate_pairs.c: what two stamps of the same lines or requests show of each other.
 * calibrate_events.c: the same for two logs of the same events.
 * calibrate_spans.c: offsets by the time they were in force. calibrate_year.c: years.
 * calibrate_skew.c: hosts whose clocks differ. */
#ifndef PMT_CALIBRATE_PARTS_H
#define PMT_CALIBRATE_PARTS_H

#include "pmt/calibrate.h"

struct pmt_ref {
    size_t source, clock, segment;
};

/* One clock across the rotations of a log: (family, host named in the lines, which stamp). Its
 * segments are in the order they were written: oldest rotation first, then the order of lines. */
struct pmt_chain {
    const char *family;
    struct pmt_slice host;             /* named in the lines, or the source's; may be absent */
    uint8_t which;                     /* enum pmt_which */
    struct pmt_ref *refs;
    size_t n;
};

/* Offsets that evidence shows; `v` is the owner's to free. */
struct pmt_spans {
    struct pmt_offset_span *v;
    size_t n, cap;
};

struct pmt_calibration {
    struct pmt_scanned *sources;
    size_t n;
    struct pmt_calibrate_options *options;
    struct pmt_arena *arena;
    struct pmt_chain *chains;          /* in arena */
    size_t nchains;
};

static inline const struct pmt_segment *pmt_ref_seg(const struct pmt_calibration *c,
                                                    const struct pmt_ref *r)
{
    return &c->sources[r->source].tally->clocks[r->clock].segments[r->segment];
}
static inline struct pmt_map *pmt_ref_to_map(const struct pmt_calibration *c,
                                             const struct pmt_ref *r)
{
    return &c->sources[r->source].maps[r->clock][r->segment];
}

/* Whose clock it is: the host named in the lines, else the source's. */
static inline struct pmt_slice pmt_clock_host(const struct pmt_scanned *s,
                                              const struct pmt_clock *c)
{
    return c->host.n ? c->host : s->host;
}

void pmt_calibrate_hosts(struct pmt_scanned *sources, size_t n);
void pmt_calibrate_chains(struct pmt_calibration *c);
/* Fills zone, spans, zone_from, zone_name and why of every map. */
void pmt_calibrate_zones(struct pmt_calibration *c);
/* What the other stamp of the same lines, or requests that this clock and one with a zone both
 * logged, show. */
bool pmt_calibrate_paired(struct pmt_calibration *c, const struct pmt_chain *chain,
                          struct pmt_spans *ret, const char **why);
/* What events show that this clock and one of the same machine, whose zone is known, both tell. */
bool pmt_calibrate_events(struct pmt_calibration *c, const struct pmt_chain *chain,
                          struct pmt_spans *ret, const char **why);
/* Fills year, year_from and year_why of every year-less map. */
void pmt_calibrate_years(struct pmt_calibration *c);
/* Fills second_until and turns of every map without UTC times, and counts impossible lines. Zones
 * and years are there. */
void pmt_calibrate_turns(struct pmt_calibration *c);
/* Fills skew of every map. All the rest is there. */
void pmt_calibrate_skews(struct pmt_calibration *c);

void pmt_spans_add(struct pmt_spans *s, const struct pmt_offset_span *span);
/* Sorts spans by instant, leaves out those that ten times as much speaks against, joins those of
 * one offset with no other between, and moves the edge of two neighbours to the only turn of the
 * clocks that fits between them. True when what is left is one clock's: never two offsets at once,
 * and no more apart than summer time is (an hour, half an hour). */
bool pmt_spans_settle(struct pmt_spans *s);
/* The map reads wall times by these settled spans. */
void pmt_map_take_spans(struct pmt_map *m, const struct pmt_spans *s, enum pmt_zone_from from,
                        const char *why, struct pmt_arena *arena);

#endif
