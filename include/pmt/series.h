/* series.h - counts per second, kept small whatever the span.
 *
 * What a series holds is a function of the set of additions, never of their order or partition:
 * plain sums per second. Seconds are grouped in pages; a page being written is an array, a page at
 * rest is a few varint bytes per second that has any request. A line stamped year 9999 costs one
 * page of a few bytes.
 */
#ifndef PMT_SERIES_H
#define PMT_SERIES_H

#include "pmt/text.h"

enum pmt_column {
    PMT_ALL,     /* requests */
    PMT_BAD,     /* answered 5xx, or not at all for a reason on the server's side */
    PMT_GAVE_UP, /* the client left first: 499, HAProxy C* */
    PMT_COLUMNS,
};

struct pmt_counts {
    uint32_t c[PMT_COLUMNS];
};

struct pmt_series {
    struct pmt_page *pages; /* sorted by number */
    size_t n, cap;
    size_t last;            /* page last written */
    uint64_t clock;         /* for "least recently used" */
    unsigned open;
};

void pmt_series_fini(struct pmt_series *s);
/* Adds to the counts of second `sec` (since 1970, wall or UTC as the caller keeps it). */
void pmt_series_add(struct pmt_series *s, int64_t sec, const struct pmt_counts *add);
/* Brings all pages to rest. Adding afterwards is allowed. */
void pmt_series_seal(struct pmt_series *s);
/* A map answers this for seconds that are to be left out of a merge. */
#define PMT_DROP INT64_MIN
/* Adds all of src, each second moved by map(ctx, sec). src is sealed by it. */
void pmt_series_merge(struct pmt_series *dst, struct pmt_series *src,
                      int64_t (*map)(const void *ctx, int64_t sec), const void *ctx);

/* Seconds in ascending order that have any request. The series must not change meanwhile. */
struct pmt_series_iter {
    struct pmt_series *s;
    size_t page;
    size_t at; /* byte in the page at rest */
    int sec;   /* last second given, in the page */
};
struct pmt_series_iter pmt_series_iter(struct pmt_series *s); /* seals it */
bool pmt_series_next(struct pmt_series_iter *it, int64_t *sec, struct pmt_counts *counts);
/* The same, beginning at the page that holds `sec`; earlier seconds of that page may come too. */
struct pmt_series_iter pmt_series_iter_from(struct pmt_series *s, int64_t sec);

#endif
