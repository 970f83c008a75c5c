/* calibrate.h - wall time to UTC, once, after the scan, with a sentence on how it is known.
 *
 * Every segment of every clock gets a map: the zone (or offsets) its wall times are read in, the
 * year when lines carry none, which of two passes of a repeated hour it is, and how far its clock
 * was ahead. Zones, in this order: the line's own offset; --assume-tz; what pairs show (paired):
 * the other stamp of the same lines, the same requests or the same events in a log whose offset is
 * known; what the same host's, then the same folder's, logs with an offset show (sibling); this
 * machine's zone, only for files under its own /var/log (machine); UTC. The last three are assumed
 * and said to be so. Years: --year; the dated stamp in the same lines; dated neighbours; the gzip
 * header's time; the file's time; and from there the order of lines across New Year.
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

/* How far a clock is ahead of the reference, found from requests that both logged. */
struct pmt_knot {
    int64_t at;                        /* instant as this clock shows it */
    int64_t ahead;                     /* microseconds; negative: behind */
};
struct pmt_skew {
    const struct pmt_knot *knots;      /* by `at`; between two it is interpolated, outside held.
                                          Two knots a microsecond apart are a step. */
    size_t n;
    int64_t least, most, median;       /* of `ahead` */
    int64_t spread;                    /* median distance of a match from the curve */
    size_t matched;                    /* requests that were compared */
    bool corrected;                    /* false: too small or too uncertain to be taken off */
    struct pmt_slice whose, against;   /* hosts; where no line names one, the log as shown */
};

struct pmt_inferred; /* infer.h */

struct pmt_map {
    const struct pmt_zone *zone;       /* NULL: times are UTC already, or `spans` */
    const struct pmt_offset_span *spans; /* offsets that other logs showed, sorted by instant */
    unsigned nspans;
    const struct pmt_offset_span *shown; /* those of them that this clock's own pairs showed: of two
                                            passes the one that these hold is meant */
    unsigned nshown;
    int64_t second_until;              /* wall times before it that exist twice are the second
                                          pass; INT64_MIN: none is */
    int16_t year;                      /* YEARLESS: the year; else 0 */
    uint8_t zone_from, year_from;
    uint8_t decimals;                  /* of a second, most in its lines */
    const struct pmt_skew *skew;       /* or NULL: nothing to compare with */
    const char *zone_name, *why;       /* "+03:00"; one sentence on the zone */
    const char *year_why;              /* one sentence on the year, or NULL: it is in the lines */
    const char *contradicted;          /* what speaks against an option that was obeyed: "given by
                                          --year 2024, but 2026: from the dated lines of x"; or
                                          NULL */
    const char *turns;                 /* sentences on clocks going forward or back inside this
                                          log, or NULL: none did */
};

/* A line of a source: index as given to build. */
struct pmt_place {
    uint32_t source;
    uint64_t line;
};

/* A time in which a source should hold lines and holds none; set by coverage. */
enum pmt_gap_kind {
    PMT_GAP_SILENT,                    /* by the rate of lines before and after */
    PMT_GAP_ROTATION,                  /* a rotated file between two others is missing or unread */
};
struct pmt_gap {
    int64_t from, to;                  /* last line before it, first line behind it */
    struct pmt_place before, behind;   /* those two lines; line 0: not known */
    uint8_t kind;
    uint64_t expected;                 /* lines (about); 0 = not known */
    const char *missing;               /* ROTATION: "access.log.2", as it would be shown; of two
                                          "a and b", of more "a to d": for whoever quotes nothing */
    const char *first_missing, *last_missing; /* the a and b (or d) of it, to be quoted each; of
                                                 one file both are that */
    uint64_t nmissing;                 /* so many files */
    const char *why;                   /* ROTATION: why what is there was not read; NULL: it is
                                          not there */
};

/* Whether a log says how long its requests took. */
enum pmt_timed {
    PMT_TIMED_AS_READ,
    PMT_TIMED_BY_NUMBER,               /* a number behind them: its values show that it is that */
    PMT_TIMED_PERHAPS,                 /* a number behind them may be that, and is not read */
};

/* A source that was read: what it is and what it holds. */
struct pmt_scanned {
    const struct pmt_input *input;
    const struct pmt_parser *parser;   /* NULL: no format recognised */
    struct pmt_own own;                /* the formats beside the built-in ones that hold for it */
    struct pmt_inferred *inferred;     /* owned: the format found from its lines; NULL: none */
    uint8_t timed;                     /* enum pmt_timed */
    const char *format;                /* the --log-format that reads that number; borrowed of
                                          `inferred`; or NULL */
    struct pmt_source_info info;
    struct pmt_tally *tally;           /* owned */
    const char *skipped;               /* why nothing of it was used, or NULL */
    bool unknown;                      /* no format reads it */
    bool requests;                     /* skipped, and looks like a log of requests */
    bool problem;                      /* should have been read in full, but was not */
    const char *site;                  /* the server that its configuration names; or NULL */
    bool journal;                      /* skipped, and a file of systemd's journal */
    /* set by calibrate */
    struct pmt_slice host;             /* whose log it is, if that is known */
    struct pmt_map **maps;             /* [clock][segment] */
    int64_t first, last;               /* instants, PMT_NO_TIME when none */
    int64_t back_by;                   /* microseconds by which its time goes back at back_line
                                          though its zone has no such turn; 0: it never does */
    uint64_t back_line;
    bool back_turned;                  /* read as the end of summer time */
    const struct pmt_gap *gaps;        /* by time; one between two files stands with the newer */
    size_t ngaps;
    size_t main_clock, main_segment;   /* the clock that the coverage table speaks of */
    uint64_t impossible;               /* at least so many lines whose time does not exist: Feb 29
                                          in the year found, or in the hour that clocks going
                                          forward left out (counted by the minute) */
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

/* Only what lies under this machine's own log folder was written by its clock and its servers. */
bool pmt_is_machine_log(const struct pmt_input *in);

const char *pmt_zone_from_name(enum pmt_zone_from f); /* "sibling" */
const char *pmt_year_from_name(enum pmt_year_from f); /* "accept date in the same lines" */

#endif
