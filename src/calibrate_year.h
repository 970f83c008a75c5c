/* calibrate_year.h - what calibrate_year.c (the order of lines, who settles whom) and
 * calibrate_year_found.c (what dated logs and file times show) share; not for anyone else. */
#ifndef PMT_CALIBRATE_YEAR_H
#define PMT_CALIBRATE_YEAR_H

#include "calibrate_parts.h"

/* A year-less segment, and its year counted from the run's first one. */
struct pmt_year_member {
    const struct pmt_ref *ref;
    const struct pmt_segment *seg;
    struct pmt_map *map;
    int rel;
};

/* The year-less segments of a chain: known among each other, up to the one base year. */
struct pmt_year_run {
    struct pmt_slice host;
    struct pmt_year_member *v;
    size_t n;
    int lo, hi;          /* years of the earliest and the latest stamp */
    int64_t first, last; /* and these stamps */
    bool leap;           /* Feb 29 is in it */
    bool paired;         /* some lines carry a dated stamp too */
    uint64_t lines;
};

/* What a run's base year was found from. */
struct pmt_year_found {
    uint8_t from;       /* PMT_YEAR_UNKNOWN: nothing was found */
    int base;
    int rel;            /* members of this year were looked at; the others follow by order */
    const char *what;   /* "the dated lines of access.log" */
    const char *remark; /* on that: ", which is the same for all 5 files"; or "" */
    bool assumed;
    bool fresh;         /* a file's time, right behind the file's last line */
};

/* The instants of lines that carry a year, per host. */
struct pmt_dated;
struct pmt_dated *pmt_dated_new(const struct pmt_calibration *c);
void pmt_dated_free(struct pmt_dated *d);

void pmt_year_find(const struct pmt_calibration *c, const struct pmt_dated *dated,
                   const struct pmt_year_run *run, struct pmt_year_found *ret);

/* A year-less stamp in a year; where that has no Feb 29, on the day after. */
int64_t pmt_year_wall(int64_t pseudo, int year);

#endif
