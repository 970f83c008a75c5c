/* prints_parts.h - what the files about fingerprints share; not for anyone else.
 * prints.c: keeping them. prints_match.c: which of two clocks' are the same requests.
 * prints_asks.c: which may be. prints_peak.c: how far the clocks are apart for a while.
 * prints_stretch.c: for how long. */
#ifndef PMT_PRINTS_PARTS_H
#define PMT_PRINTS_PARTS_H

#include "pmt/prints.h"

#define PMT_PRINT_SECOND INT64_C(1000000)

#define PMT_PRINT_QUARTER (900 * PMT_PRINT_SECOND)

/* A key seen more than PMT_PRINTS_BUSY times in a day: only those stay that stand nearest behind
 * a quarter hour. What stood further than `head` behind it is gone. With a quarter more: they were
 * moved since, and no longer stand there. */
struct pmt_print_busy {
    uint64_t hash;
    int64_t head;
};

struct pmt_print_day {
    int64_t day;
    struct pmt_print *v;          /* once sealed: by hash, then time */
    uint32_t n, cap;
    uint64_t limit;               /* hashes above it cannot belong to the smallest */
    struct pmt_print_busy *busy;  /* by hash */
    uint32_t nbusy, capbusy;
};

/* A request of a's and which of b's may be the same one: those of its key that zones allow. */
struct pmt_ask {
    int64_t t;
    uint32_t key;      /* numbered */
    uint32_t first, n; /* in b's */
    uint32_t most;     /* how often either log has the key around then */
    uint32_t match;    /* in b's, 1 for the first; 0: none */
    bool rare;         /* and one of b's is, too */
};

struct pmt_asks {
    struct pmt_ask *v; /* by time, then key */
    size_t n, cap;
    struct pmt_print *b; /* by hash, then time, each once */
    bool *often;       /* of b's: no rare key */
    size_t na, nb;
    uint32_t keys;     /* numbered so far */
    unsigned work;     /* histograms that may still be made */
    size_t points_left; /* and pairs that may still be looked at */
    struct pmt_gap_point *points; /* room for the finders */
    size_t cappoints;
    uint32_t *votes;   /* by key, all 0 between two uses */
    float *cells, *contrast; /* by the second of the gap */
    double *upto;
};

enum {
    PMT_PRINT_REACH = 28 * 3600, /* seconds: zones span 26 hours; the clocks may be wrong, too */
    PMT_PRINT_RARE = 7,          /* in twice that time: a key that either log holds more often
                                    has chance pairs enough to be told apart by their number only */
};

int64_t pmt_print_head(int64_t t);
bool pmt_print_is_busy(const struct pmt_print_day *d, uint64_t hash, int64_t *head);

void pmt_asks_collect(struct pmt_asks *q, const struct pmt_prints *a, const struct pmt_prints *b);
/* By time: all, or those of rare keys and the others behind them. How many there are of those. */
size_t pmt_asks_sort(struct pmt_asks *q, bool all);
void pmt_asks_fini(struct pmt_asks *q);

/* How far b's clock is ahead of a's. */
struct pmt_peak {
    int64_t gap, tolerance; /* microseconds; a match may be off by that */
    unsigned moments;       /* stretches of a minute that agree */
};

/* The gap on which the keys of v[from, to) agree, if no chance explains it: when they are rare, and
 * when they are not. */
bool pmt_peak_rare(struct pmt_asks *q, size_t from, size_t to, struct pmt_peak *ret);
bool pmt_peak_busy(struct pmt_asks *q, size_t from, size_t to, struct pmt_peak *ret);

/* Requests among which one gap holds. */
struct pmt_stretch {
    size_t from, to;      /* asks */
    size_t hits;
    struct pmt_peak peak;
};

struct pmt_range {
    size_t from, to;
};

/* What matching keeps in hand. */
struct pmt_work {
    struct pmt_asks asks;
    bool busy;
    struct pmt_stretch *v;    /* by time once all are found */
    size_t n, cap;
    struct pmt_range *todo;
    size_t ntodo, captodo;
    bool *taken;          /* of b's; those that nothing is said about, too */
    uint64_t *times;      /* of b's that any ask is about, from INT64_MIN on */
    size_t ntimes;
};

/* What of b's is not taken and nearest to where the gap has it, counted from 1; 0: nothing is
 * within tolerance. */
uint32_t pmt_ask_find(const struct pmt_work *w, const struct pmt_ask *a, int64_t gap,
                      int64_t tolerance);
/* Finds those among the first n asks. */
void pmt_stretches_find(struct pmt_work *w, size_t n);

#endif
