/* removals_parts.h - what removals_silences.c (when was a server given nothing?) and
 * removals_shares.c (is that a removal, and is it told?) share; not for anyone else. */
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
    size_t ncells, capcells;
};

enum pmt_edge { PMT_BETWEEN, PMT_LEADING, PMT_TRAILING };
struct pmt_silence {
    int64_t from, to;
    uint8_t edge;
    bool marked;           /* much too long for chance */
    uint32_t strays;       /* seconds in it with a request all the same */
    const struct pmt_spell *before, *behind;
};
struct pmt_silences {
    struct pmt_silence *v;
    size_t n, cap;
    double share;          /* outside of those that are marked */
};

static inline int64_t pmt_cell_of(int64_t sec)
{
    return sec / PMT_CELL - (sec % PMT_CELL < 0);
}

bool pmt_pool_same(const struct pmt_use *a, const struct pmt_use *b);
/* Of the uses in p->v. */
void pmt_pool_build(struct pmt_pool *p);
/* Counts this one's seconds into p->own. */
void pmt_pool_own(struct pmt_pool *p, struct pmt_use *u);
void pmt_pool_fini(struct pmt_pool *p);
/* Index of the first cell that does not begin before this instant. */
size_t pmt_pool_search(const struct pmt_pool *p, int64_t t);
/* Cells that lie between two instants as a whole. */
void pmt_pool_within(const struct pmt_pool *p, int64_t from, int64_t to, size_t *a, size_t *b);
/* Seconds with a request in them, of all or of the own. */
uint32_t pmt_pool_seconds(const struct pmt_pool *p, const uint32_t *sums, int64_t from,
                          int64_t to);
/* The silences of the server whose seconds p->own holds. Free ret->v. */
void pmt_pool_silences(const struct pmt_pool *p, const struct pmt_use *u,
                       struct pmt_silences *ret);

#endif
