#include "counted_parts.h"

#include <stdlib.h>

enum {
    GAP_CLOSED = 10,   /* minutes: shorter silences of the balancer's log are coverage */
    SAMPLE = 400,      /* minutes of a web server's log that are compared with the balancer's */
    BALANCERS_MAX = 8, /* a web server that sees no more peers than this sits behind them */
};

/* ---- what the balancer's logs cover -------------------------------------------------------- */

static void cover_add(struct pmt_cover *cover, int64_t from, int64_t to)
{
    PMT_GROW(cover->items, cover->n, cover->cap);
    cover->items[cover->n++] = (struct pmt_stretch){from, to};
}

static int by_from(const void *a, const void *b)
{
    const struct pmt_stretch *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

void pmt_cover_build(struct pmt_cover *cover, const struct pmt_streams *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct pmt_stream *s = &list->items[i];
        if (s->layer != PMT_LAYER_HAPROXY)
            continue;
        for (size_t k = 0; k < s->ndigests; k++) {
            int64_t m = s->digests[k].minute;
            if (cover->n && m >= cover->items[cover->n - 1].from &&
                m <= cover->items[cover->n - 1].to + GAP_CLOSED)
                cover->items[cover->n - 1].to = m > cover->items[cover->n - 1].to
                                                    ? m : cover->items[cover->n - 1].to;
            else
                cover_add(cover, m, m);
        }
    }
    if (!cover->n)
        return;
    qsort(cover->items, cover->n, sizeof *cover->items, by_from);
    size_t out = 0;
    for (size_t i = 1; i < cover->n; i++)
        if (cover->items[i].from <= cover->items[out].to + GAP_CLOSED) {
            if (cover->items[i].to > cover->items[out].to)
                cover->items[out].to = cover->items[i].to;
        } else {
            cover->items[++out] = cover->items[i];
        }
    cover->n = out + 1;
}

bool pmt_cover_has(const struct pmt_cover *cover, int64_t minute)
{
    size_t lo = 0, hi = cover->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cover->items[mid].to < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < cover->n && cover->items[lo].from <= minute;
}

/* ---- did they come through? ---------------------------------------------------------------- */

static uint64_t balancer_requests(struct pmt_counted *c, size_t balancer, int64_t minute)
{
    uint64_t n = 0;
    for (size_t i = 0; i < balancer; i++) {
        struct pmt_series_iter it = pmt_series_iter_from(&c->services[i].flow.series, minute * 60);
        int64_t sec;
        struct pmt_counts k;
        while (pmt_series_next(&it, &sec, &k) && sec < minute * 60 + 60)
            if (sec >= minute * 60)
                n += k.c[PMT_ALL];
    }
    return n;
}

/* In two of three minutes the web server must not have seen more than the balancer did in that
 * minute and the ones beside it (a request is logged where it ends). */
static bool counts_fit(struct pmt_counted *c, size_t balancer, const struct pmt_stream *s,
                       const struct pmt_cover *cover)
{
    uint64_t seen = 0, fit = 0;
    size_t step = s->ndigests / SAMPLE + 1;
    for (size_t i = 0; i < s->ndigests; i += step) {
        const struct pmt_digest *d = &s->digests[i];
        if (!pmt_cover_has(cover, d->minute) || d->count == d->checks)
            continue;
        uint64_t there = 0;
        for (int64_t m = d->minute - 1; m <= d->minute + 1; m++)
            there += balancer_requests(c, balancer, m);
        seen++;
        fit += d->count - d->checks <= there;
    }
    return !seen || fit * 3 >= seen * 2;
}

static bool vote_in(const struct pmt_votes *v, int64_t minute, uint64_t hash)
{
    for (size_t i = pmt_votes_search(v, minute - 1); i < v->n; i++) {
        int64_t m;
        size_t n;
        const uint64_t *votes = pmt_votes_minute(v, i, &m, &n);
        if (m > minute + 1)
            break;
        size_t lo = 0, hi = n;
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (PMT_VOTE_HASH(votes[mid]) < hash)
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo < n && PMT_VOTE_HASH(votes[lo]) == hash)
            return true;
    }
    return false;
}

static bool client_known(struct pmt_counted *c, size_t balancer, int64_t minute, uint64_t hash)
{
    for (size_t i = 0; i < balancer; i++)
        if (vote_in(&c->services[i].flow.ok, minute, hash) ||
            vote_in(&c->services[i].flow.failed, minute, hash))
            return true;
    return false;
}

struct peers {
    uint64_t first[BALANCERS_MAX]; /* the first few distinct ones */
    size_t n;
    bool many;
    uint64_t seen, known;
};

static void peer_add(struct peers *p, uint64_t hash)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->first[i] == hash)
            return;
    if (p->n == BALANCERS_MAX)
        p->many = true;
    else
        p->first[p->n++] = hash;
}

static void compare_votes(struct pmt_counted *c, size_t balancer, struct pmt_votes *v,
                          const struct pmt_map *map, const struct pmt_cover *cover,
                          struct peers *p)
{
    pmt_votes_seal(v);
    size_t step = v->n / SAMPLE + 1;
    for (size_t i = 0; i < v->n; i += step) {
        int64_t minute;
        size_t n;
        const uint64_t *votes = pmt_votes_minute(v, i, &minute, &n);
        int64_t sec = pmt_map_second(map, minute * 60);
        if (sec == PMT_NO_TIME || !pmt_cover_has(cover, sec / 60))
            continue;
        for (size_t k = 0; k < n && k < 32; k++) {
            uint64_t hash = PMT_VOTE_HASH(votes[k]);
            peer_add(p, hash);
            p->seen++;
            p->known += client_known(c, balancer, sec / 60, hash);
        }
    }
}

/* Their peers are a handful of addresses (the balancers themselves), or the same clients as the
 * balancer saw in the same minutes. */
static bool clients_fit(struct pmt_counted *c, size_t balancer, struct pmt_scanned *sources,
                        const struct pmt_stream *s, const struct pmt_cover *cover)
{
    struct peers p = {0};
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_segment *seg = pmt_ref_segment(sources, &s->refs[i]);
        const struct pmt_map *map = pmt_ref_map(sources, &s->refs[i]);
        for (size_t k = 0; k < seg->nservices; k++) {
            if (seg->services[k].layer != s->layer)
                continue;
            compare_votes(c, balancer, &seg->services[k].flow.ok, map, cover, &p);
            compare_votes(c, balancer, &seg->services[k].flow.failed, map, cover, &p);
        }
    }
    return !p.many || p.known * 10 >= p.seen * 7;
}

bool pmt_came_through(struct pmt_counted *c, size_t balancer, struct pmt_scanned *sources,
                      const struct pmt_stream *s, const struct pmt_cover *cover)
{
    return counts_fit(c, balancer, s, cover) && clients_fit(c, balancer, sources, s, cover);
}
