/* removals_parts.h - what removals_silences.c (when was a server given nothing?), removals_steady.c
 * (how steadily is it given its share?) and removals_shares.c (is that a removal, and is it told?)
 * share; not for anyone else. */
#ifndef PMT_REMOVALS_PARTS_H
#define PMT_REMOVALS_PARTS_H

#include "incident_parts.h"

enum {
    PMT_CELL = 10,         /* seconds; within one all is taken for one time */
    PMT_EXPECTED = 22,     /* seconds with a request, by the lower of the shares around it */
    PMT_UNLIKELY = 8,      /* so many make a silence odd, if not impossible */
};
#define PMT_REMOVAL_MIN (2 * PMT_MINUTE)

/* The servers of one backend, or of one vhost and port. */
struct pmt_pool {
    struct pmt_use **v;
    size_t n, cap;
    int64_t first, last;   /* instants of its first and last request */
    int64_t *cells;        /* numbers of the cells that have any, sorted */
    uint32_t *all, *own;   /* seconds with a request before cell i, i = 0 .. ncells */
    uint32_t *well;        /* of all those that prove something: see pmt_pool_build */
    uint64_t *given, *mine; /* requests before cell i: of all, of the own */
    size_t ncells, capcells;
    double *weights;       /* of v, by pmt_pool_weigh */
    double *per;           /* requests per weight in use, before cell i */
};

enum pmt_edge { PMT_BETWEEN, PMT_LEADING, PMT_TRAILING };
struct pmt_silence {
    int64_t from, to;
    uint8_t edge;
    bool marked;           /* much too long for chance */
    uint32_t strays;       /* seconds in it with a request all the same */
    const struct pmt_spell *before, *behind;
    int64_t sure_from, sure_to; /* between the first and last piece that others prove */
    double expected, nats; /* seconds with a request, and how unlikely none is; 0: not to be told */
};
struct pmt_silences {
    struct pmt_silence *v;
    size_t n, cap;
    double share, pace;    /* outside of those that are marked: of all seconds with a request, and
                              seconds in a cell with any */
};

static inline int64_t pmt_cell_of(int64_t sec)
{
    return sec / PMT_CELL - (sec % PMT_CELL < 0);
}

bool pmt_pool_same(const struct pmt_use *a, const struct pmt_use *b);
/* Of the uses in p->v. A second proves that a server was left out when another one answered in it.
 * It does not while nearly all fails: who refuses at once is given all there is by some balancers,
 * and what is tried again is logged where it ended; the share of usual times says nothing then. So
 * the seconds of a cell count if a third of what it holds was answered. */
void pmt_pool_build(struct pmt_pool *p);
/* Counts this one's seconds into p->own. */
void pmt_pool_own(struct pmt_pool *p, struct pmt_use *u);
void pmt_pool_fini(struct pmt_pool *p);
/* Index of the first cell that does not begin before this instant. */
size_t pmt_pool_search(const struct pmt_pool *p, int64_t t);
/* Cells that lie between two instants as a whole. */
void pmt_pool_within(const struct pmt_pool *p, int64_t from, int64_t to, size_t *a, size_t *b);
/* Seconds with a request in them, of all, of the own, or of those that prove something. */
uint32_t pmt_pool_seconds(const struct pmt_pool *p, const uint32_t *sums, int64_t from,
                          int64_t to);
/* How many seconds with a request a server lacks between two instants in which it has none. A surge
 * may be the others' alone (one client's, of one page): no more than it has in as many cells. */
double pmt_pool_missing(const struct pmt_pool *p, int64_t from, int64_t to, double share,
                        double pace);
/* The silences of the server whose seconds p->own holds. Free ret->v. */
void pmt_pool_silences(const struct pmt_pool *p, const struct pmt_use *u,
                       struct pmt_silences *ret);


/* What of the requests each server has while others are out of use. s: of each in v; given: its
 * requests. */
void pmt_pool_weigh(struct pmt_pool *p, const struct pmt_silences *s, const uint64_t *given);
/* How unlikely a silence is by how unsteady the server's share is, as nats: p->mine is its own;
 * usual: of the pool. */
double pmt_pool_nats(const struct pmt_pool *p, size_t server, const struct pmt_silences *s,
                     const struct pmt_silence *at, double usual);
/* How the balancer chooses does not depend on the server: the number of sources that the median
 * server's shares show in quarters of an hour. Leaves p->own and p->mine to the last server. */
double pmt_pool_sources(struct pmt_pool *p, const struct pmt_silences *s);

#endif
