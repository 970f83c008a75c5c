/* coverage_parts.h - what the files that make up coverage share; not for anyone else.
 * coverage.c: the whole, and holes. coverage_activity.c: when a log held lines.
 * coverage_silence.c: is a silence a gap? coverage_rotation.c: rotations that are missing.
 * coverage_filled.c: what is missing, but lies there under another name. coverage_logs.c: what the
 * logs would tell of. */
#ifndef PMT_COVERAGE_PARTS_H
#define PMT_COVERAGE_PARTS_H

#include "pmt/coverage.h"

/* A minute of a segment, as the segment keeps time. */
struct pmt_spot {
    size_t source, clock, segment;
    int64_t minute;
    uint64_t line;              /* its lowest, or highest, where a stretch begins, or ends */
};

/* Minutes (UTC, both included) that hold lines without a break. */
struct pmt_active {
    int64_t from, to;
    int64_t before;             /* minutes with lines in front of it */
    struct pmt_spot first, last;
    bool first_shared;          /* the first minute is that of several segments */
    bool last_shared;
};

/* Requests of a minute (UTC). */
struct pmt_busy {
    int64_t minute;
    uint64_t n, sum;            /* sum: of the digest */
    uint64_t before;            /* requests in earlier minutes */
};

/* All rotations of one log. */
struct pmt_activity {
    struct pmt_scanned *sources;
    const size_t *members;      /* indices of sources, by name: oldest rotation first */
    size_t n;
    bool requests;              /* judged by requests; else by lines */
    bool steady;                /* a log that may be expected to hold lines at all times */
    struct pmt_active *active;
    size_t nactive, capactive;
    struct pmt_busy *busy;      /* requests only */
    size_t nbusy, capbusy;
};

/* A gap, and the source it stands with. */
struct pmt_found_gap {
    struct pmt_gap gap;
    size_t source;
};
struct pmt_found_gaps {
    struct pmt_found_gap *v;
    size_t n, cap;
};
struct pmt_covered_list {
    struct pmt_covered *v;
    size_t n, cap;
};

/* A log while it is looked at. */
struct pmt_family {
    struct pmt_activity activity;
    struct pmt_found_gaps found; /* as its own files tell */
    const struct pmt_gap *gaps;  /* all that count, by time; in the arena */
    size_t ngaps;
};

static inline int64_t pmt_minute_of(int64_t t)
{
    return t / PMT_MINUTE - (t % PMT_MINUTE < 0);
}

void pmt_activity_build(struct pmt_activity *a, struct pmt_scanned *sources, const size_t *members,
                        size_t n);
void pmt_activity_fini(struct pmt_activity *a);
/* Minutes that hold lines, or requests, in these minutes (both included). */
int64_t pmt_activity_minutes(const struct pmt_activity *a, int64_t from, int64_t to);
uint64_t pmt_activity_requests(const struct pmt_activity *a, int64_t from, int64_t to);
/* The last line of a stretch and the first of one, as precisely as is known: between the two of
 * neighbours there is none. */
int64_t pmt_activity_end(const struct pmt_activity *a, const struct pmt_active *s);
int64_t pmt_activity_begin(const struct pmt_activity *a, const struct pmt_active *s);

/* Should the log have held lines between these instants? *expected: about so many requests; 0 for
 * other logs. */
bool pmt_silence_odd(const struct pmt_activity *a, int64_t from, int64_t to, uint64_t *expected);
/* By the lower rate of before and after; 0 when not known. */
uint64_t pmt_silence_expected(const struct pmt_activity *a, int64_t from, int64_t to);
void pmt_silences_find(const struct pmt_activity *a, struct pmt_found_gaps *gaps);
/* Names are made in arena. Comes first: what is missing is no silence. */
void pmt_rotations_find(const struct pmt_activity *a, struct pmt_found_gaps *gaps,
                        struct pmt_arena *arena);

/* Adds the gaps of the i-th log, without the time that another file of the same sort fills. */
void pmt_gaps_filled(const struct pmt_family *families, size_t n, size_t i,
                     struct pmt_found_gaps *ret);

/* "web-01" and "web-01.example.com"; but "10" is no name of "10.0.0.1". An absent one that is asked
 * for is any. */
bool pmt_is_host(struct pmt_slice asked, struct pmt_slice host);
/* Adds what the log holds of each host. Minutes live in arena, the list on the heap. */
void pmt_covered_add(struct pmt_covered_list *list, const struct pmt_activity *a,
                     const struct pmt_gap *gaps, size_t ngaps, struct pmt_arena *arena);

#endif
