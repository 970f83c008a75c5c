/* coverage.h - what the logs cover: gaps in a log, rotations that are missing, and the spans that a
 * sentence about absence may name.
 *
 * A *gap* is a time in which one log (all its rotations together) should hold lines and holds none:
 * judged by the rate of lines before and after it, or because a rotation between two others is
 * missing or could not be read. A log of requests is judged by its requests, a system log by its
 * lines; error logs and logs of state changes owe nobody a line and only have missing rotations.
 * What is missing may lie in the same input under another name (access.log.1 kept as incident.txt):
 * a log of the same sort, of the same host or of none that is known, whose lines all lie in the
 * gaps of this one (or are the same lines) fills them, as far as it reaches.
 * A *hole* is a time in which no log of requests holds any, and at least one of them has a gap. The
 * gaps of other logs, a system log's missing rotation for one, make no hole: they are told with
 * their sources.
 */
#ifndef PMT_COVERAGE_H
#define PMT_COVERAGE_H

#include "pmt/calibrate.h"

enum {
    PMT_SILENCE_LINES = 22, /* fewer lines expected than this are chance */
};
#define PMT_SILENCE_MIN (2 * PMT_MINUTE)

/* What a log would tell of. Bits: a log may be several. */
enum pmt_sort {
    PMT_SORT_REQUESTS = 1,
    PMT_SORT_BALANCER = 2,  /* state changes of the balancer's servers */
    PMT_SORT_ERRORS = 4,    /* nginx error log */
    PMT_SORT_KERNEL = 8,    /* kills for memory, disks, boots */
    PMT_SORT_SERVICES = 16, /* systemd: starts and stops */
    PMT_SORT_OPERATOR = 32, /* sudo */
};
#define PMT_SORT_SYSTEM (PMT_SORT_KERNEL | PMT_SORT_SERVICES | PMT_SORT_OPERATOR)

/* What one log (all rotations) holds of one host. Its requests stand apart from the rest. */
struct pmt_covered {
    unsigned sorts;             /* of enum pmt_sort */
    const char *family;
    size_t source;              /* its newest file that holds lines: index as given to build */
    struct pmt_slice host;      /* named in the lines, or the log's; may be absent */
    int64_t first, last;        /* instants of its first and last line */
    struct pmt_minutes minutes; /* that hold lines, UTC */
    const struct pmt_gap *gaps; /* of the whole log, by time */
    size_t ngaps;
};

struct pmt_coverage {
    int64_t first, last; /* of all sources; PMT_NO_TIME: nothing has a time */
    const struct pmt_gap *holes;
    size_t nholes;
    const struct pmt_covered *logs; /* by family, then host */
    size_t nlogs;
};

/* After calibrate: fills gaps and ngaps of every source, and cov. All of it lives in arena. */
void pmt_coverage_build(struct pmt_coverage *cov, struct pmt_scanned *sources, size_t n,
                        struct pmt_arena *arena);

/* In what follows `sorts` may be several: each of them must be there. An absent host is any host.
 * Names may be longer in some logs: "web-01" is also "web-01.example.com". */

/* Does a log of each sort hold any line between these instants (both minutes included)? */
bool pmt_coverage_has(const struct pmt_coverage *cov, unsigned sorts, struct pmt_slice host,
                      int64_t from, int64_t to);
/* Would the logs of each sort show what happened between these instants: they begin before, end
 * behind, and have no gap in it? */
bool pmt_coverage_reaches(const struct pmt_coverage *cov, unsigned sorts, struct pmt_slice host,
                          int64_t from, int64_t to);
/* The span that the logs of all these sorts have in common. False: one of them is not there, or
 * they have no time in common. */
bool pmt_coverage_span(const struct pmt_coverage *cov, unsigned sorts, struct pmt_slice host,
                       int64_t *first, int64_t *last);

#endif
