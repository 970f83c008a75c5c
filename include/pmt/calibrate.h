/* calibrate.h - wall time to UTC, once, after the scan, with a sentence on how it is known.
 *
 * Every segment of every clock gets a map: the zone (or offset) its wall times are read in, the
 * year when lines carry none, and which of two passes of a repeated hour it is. In this order:
 * the line's own offset; --assume-tz; the other stamp of the same lines (paired); what the same
 * host's, then the same folder's, logs with an offset show (sibling); this machine's zone, only
 * for files under its own /var/log (machine); UTC. The last three are assumed and said to be so.
 * Years: --year; the dated stamp in the same lines; dated neighbours; the gzip header's time; the
 * file's time; and from there the order of lines across New Year.
 */
#ifndef PMT_CALIBRATE_H
#define PMT_CALIBRATE_H

#include "pmt/inputs.h"
#include "pmt/parser.h"
#include "pmt/tally.h"

enum pmt_zone_from {
    PMT_ZONE_LINE, PMT_ZONE_OPTION, PMT_ZONE_PAIRED, PMT_ZONE_SIBLING, PMT_ZONE_MACHINE,
    PMT_ZONE_UTC,
};
enum pmt_year_from {
    PMT_YEAR_LINE, PMT_YEAR_OPTION, PMT_YEAR_PAIRED, PMT_YEAR_NEIGHBOUR, PMT_YEAR_GZIP,
    PMT_YEAR_MTIME, PMT_YEAR_ORDER, PMT_YEAR_UNKNOWN,
};

struct pmt_map {
    const struct pmt_zone *zone;       /* NULL: times are UTC already, or `spans` */
    const struct pmt_offset_span *spans; /* offsets a sibling showed, by instant */
    unsigned nspans;
    bool second;                       /* the second pass of a repeated hour */
    int16_t year;                      /* YEARLESS: the year; else 0 */
    uint8_t zone_from, year_from;
    const char *zone_name, *why;       /* "+03:00"; one sentence */
};

/* A source that was read: what it is and what it holds. */
struct pmt_scanned {
    const struct pmt_input *input;
    const struct pmt_parser *parser;   /* NULL: no format recognised */
    struct pmt_source_info info;
    struct pmt_tally *tally;           /* owned */
    const char *skipped;               /* why nothing of it was used, or NULL */
    bool problem;                      /* should have been read in full, but was not */
    /* set by calibrate */
    struct pmt_slice host;             /* whose log it is, if that is known */
    struct pmt_map **maps;             /* [clock][segment] */
    int64_t first, last;               /* instants, PMT_NO_TIME when none */
    size_t main_clock, main_segment;   /* the clock that the coverage table speaks of */
};

struct pmt_zone_choice {
    const char *glob;                  /* NULL: everything */
    const struct pmt_zone *zone;
    bool used;
};

struct pmt_calibrate_options {
    struct pmt_zone_choice *assume;      /* later ones win over earlier ones */
    size_t nassume;
    int year;                          /* of the newest stamp without one; 0 = not given */
};

/* Fills host, maps, first, last of every source. Everything is allocated in arena. */
void pmt_calibrate(struct pmt_scanned *sources, size_t n, struct pmt_calibrate_options *options,
                   struct pmt_arena *arena);

/* The instant of a wall time (as the segment keeps it); PMT_NO_TIME when there is none (Feb 29 of
 * a year that has none). */
int64_t pmt_map_utc(const struct pmt_map *m, int64_t wall);
/* The same for whole seconds, with the map as context: for merging. */
int64_t pmt_map_second(const void *map, int64_t sec);

const char *pmt_zone_from_name(enum pmt_zone_from f); /* "sibling" */
const char *pmt_year_from_name(enum pmt_year_from f); /* "accept date in the same lines" */

#endif
