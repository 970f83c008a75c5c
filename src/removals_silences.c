#include "removals_parts.h"

#include <stdlib.h>

enum {
    STRAYS = 3,            /* seconds with a request: sessions that stick to a server, somebody who
                              tries it out; between silences in each of which PMT_UNLIKELY are
                              expected, and no more than */
    STRAY_SHARE = 2,       /* percent of what was expected altogether */
    PASSES = 2,
    ANSWERED = 3,          /* one in so many: then most is not failing */
};
#define BUSY_MAX (10 * PMT_MINUTE) /* a request that takes longer is a stream, not a slow answer */

/* ---- pools ------------------------------------------------------------------------------- */

static struct pmt_slice port_of(struct pmt_slice address)
{
    size_t n = address.n;
    while (n && address.p[n - 1] != ':')
        n--;
    return pmt_slice(address.p + n, address.n - n);
}

/* nginx does not log the group that an address was chosen from. */
bool pmt_pool_same(const struct pmt_use *a, const struct pmt_use *b)
{
    return a->layer == b->layer && pmt_slice_eq(a->host, b->host) &&
           pmt_slice_eq(a->backend, b->backend) &&
           (a->layer == PMT_LAYER_HAPROXY ||
            pmt_slice_eq(port_of(a->server), port_of(b->server)));
}

static void sum_up(struct pmt_pool *p, struct pmt_series *sum)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct pmt_use *u = p->v[i];
        pmt_series_merge(sum, &p->v[i]->series, NULL, NULL);
        if (!i || u->spells[0].first < p->first)
            p->first = u->spells[0].first;
        if (!i || u->spells[u->nspells - 1].last > p->last)
            p->last = u->spells[u->nspells - 1].last;
    }
}

/* Seconds and requests of one cell. */
struct in_cell {
    uint32_t seconds, well;
    uint64_t given, answered;
};

static void close_cell(struct pmt_pool *p, const struct in_cell *x)
{
    size_t i = p->ncells - 1;
    p->all[i + 1] = p->all[i] + x->seconds;
    p->given[i + 1] = p->given[i] + x->given;
    p->well[i + 1] = p->well[i] + (x->answered * ANSWERED >= x->given ? x->well : 0);
}

void pmt_pool_build(struct pmt_pool *p)
{
    struct pmt_series sum = {0};
    struct pmt_counts k;
    int64_t sec;
    size_t cap_all = 0, cap_well = 0, cap_given = 0;
    struct in_cell x = {0};
    sum_up(p, &sum);
    struct pmt_series_iter it = pmt_series_iter(&sum);
    while (pmt_series_next(&it, &sec, &k)) {
        if (!p->ncells || p->cells[p->ncells - 1] != pmt_cell_of(sec)) {
            if (p->ncells)
                close_cell(p, &x);
            x = (struct in_cell){0};
            PMT_GROW(p->cells, p->ncells, p->capcells);
            PMT_GROW(p->all, p->ncells + 1, cap_all);
            PMT_GROW(p->well, p->ncells + 1, cap_well);
            PMT_GROW(p->given, p->ncells + 1, cap_given);
            if (!p->ncells)
                p->given[0] = p->all[0] = p->well[0] = 0;
            p->cells[p->ncells++] = pmt_cell_of(sec);
        }
        uint32_t lost = k.c[PMT_BAD] + k.c[PMT_GAVE_UP];
        uint32_t answered = k.c[PMT_ALL] > lost ? k.c[PMT_ALL] - lost : 0;
        x.seconds++;
        x.well += answered > 0;
        x.given += k.c[PMT_ALL];
        x.answered += answered;
    }
    if (p->ncells)
        close_cell(p, &x);
    p->own = pmt_alloc((p->ncells + 1) * sizeof *p->own);
    p->mine = pmt_alloc((p->ncells + 1) * sizeof *p->mine);
    pmt_series_fini(&sum);
}

void pmt_pool_fini(struct pmt_pool *p)
{
    free(p->cells);
    free(p->all);
    free(p->well);
    free(p->given);
    free(p->mine);
    free(p->weights);
    free(p->per);
    free(p->own);
    free(p->v);
}

void pmt_pool_own(struct pmt_pool *p, struct pmt_use *u)
{
    struct pmt_series_iter it = pmt_series_iter(&u->series);
    struct pmt_counts k;
    int64_t sec;
    bool more = pmt_series_next(&it, &sec, &k);
    p->own[0] = 0;
    p->mine[0] = 0;
    for (size_t i = 0; i < p->ncells; i++) {
        p->own[i + 1] = p->own[i];
        p->mine[i + 1] = p->mine[i];
        for (; more && pmt_cell_of(sec) == p->cells[i]; more = pmt_series_next(&it, &sec, &k)) {
            p->own[i + 1]++;
            p->mine[i + 1] += k.c[PMT_ALL];
        }
    }
}

size_t pmt_pool_search(const struct pmt_pool *p, int64_t t)
{
    size_t lo = 0, hi = p->ncells;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->cells[mid] * PMT_CELL * PMT_SECOND < t)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void pmt_pool_within(const struct pmt_pool *p, int64_t from, int64_t to, size_t *a, size_t *b)
{
    *a = pmt_pool_search(p, from);
    *b = pmt_pool_search(p, to - PMT_CELL * PMT_SECOND + 1);
    if (*b < *a)
        *b = *a;
}

uint32_t pmt_pool_seconds(const struct pmt_pool *p, const uint32_t *sums, int64_t from, int64_t to)
{
    size_t a, b;
    pmt_pool_within(p, from, to, &a, &b);
    return sums[b] - sums[a];
}

/* ---- silences ---------------------------------------------------------------------------- */

static void silence_add(struct pmt_silences *s, const struct pmt_silence *add)
{
    if (add->to - add->from < PMT_REMOVAL_MIN)
        return;
    PMT_GROW(s->v, s->n, s->cap);
    s->v[s->n++] = *add;
}

/* Until when it had work, though it was given no more: as one that hangs, or takes long, and has
 * as many requests as it may. */
static int64_t busy_until(const struct pmt_spell *x)
{
    int64_t done = x->done - x->last > BUSY_MAX ? x->last + BUSY_MAX : x->done;
    return done > x->last ? done : x->last;
}

static void silences_of(const struct pmt_pool *p, const struct pmt_use *u, struct pmt_silences *s)
{
    const struct pmt_spell *v = u->spells, *last = &v[u->nspells - 1];
    silence_add(s, &(struct pmt_silence){.from = p->first, .to = v->first, .edge = PMT_LEADING,
                                         .behind = v});
    for (size_t i = 1; i < u->nspells; i++)
        silence_add(s, &(struct pmt_silence){.from = busy_until(&v[i - 1]), .to = v[i].first,
                                             .edge = PMT_BETWEEN, .before = &v[i - 1],
                                             .behind = &v[i]});
    silence_add(s, &(struct pmt_silence){.from = busy_until(last), .to = p->last,
                                         .edge = PMT_TRAILING, .before = last});
}

/* What no chance explains, by the share outside of just these. */
static void mark(const struct pmt_pool *p, struct pmt_silences *s)
{
    uint32_t out = 0;
    size_t cells_out = 0;
    for (int pass = 0; pass <= PASSES; pass++) {
        uint32_t all = p->all[p->ncells] - out;
        s->share = all ? (double)p->own[p->ncells] / all : 0;
        s->pace = p->ncells > cells_out ? (double)p->own[p->ncells] / (p->ncells - cells_out) : 0;
        out = 0;
        cells_out = 0;
        for (size_t i = 0; i < s->n; i++) {
            struct pmt_silence *x = &s->v[i];
            x->marked = pmt_pool_missing(p, x->from, x->to, s->share, s->pace) >= PMT_EXPECTED;
            if (!x->marked)
                continue;
            size_t a, b;
            pmt_pool_within(p, x->from, x->to, &a, &b);
            out += p->all[b] - p->all[a];
            cells_out += b - a;
        }
    }
}

double pmt_pool_missing(const struct pmt_pool *p, int64_t from, int64_t to, double share,
                        double pace)
{
    size_t a, b;
    pmt_pool_within(p, from, to, &a, &b);
    double by_share = (p->well[b] - p->well[a]) * share, by_pace = (double)(b - a) * pace;
    return by_share < by_pace ? by_share : by_pace;
}

static double expected_in(const struct pmt_pool *p, const struct pmt_silences *s, size_t i)
{
    return pmt_pool_missing(p, s->v[i].from, s->v[i].to, s->share, s->pace);
}

/* Seconds with a request between two silences that follow each other. */
static uint32_t own_between(const struct pmt_pool *p, const struct pmt_silence *a,
                            const struct pmt_silence *b)
{
    size_t from = pmt_pool_search(p, a->to - PMT_CELL * PMT_SECOND + 1);
    size_t to = pmt_pool_search(p, b->from + 1);
    return p->own[to] - p->own[from];
}

/* A server without weight still gets the requests of sessions that stick to it: silences with next
 * to nothing between them are one. */
static void join_silences(const struct pmt_pool *p, struct pmt_silences *s)
{
    size_t out = 0;
    for (size_t i = 0; i < s->n;) {
        size_t end = i + 1;
        uint32_t strays = 0, own;
        struct pmt_silence x = s->v[i];
        for (; end < s->n && expected_in(p, s, end - 1) >= PMT_UNLIKELY &&
               expected_in(p, s, end) >= PMT_UNLIKELY;
             end++) {
            if ((own = own_between(p, &s->v[end - 1], &s->v[end])) > STRAYS)
                break;
            strays += own;
        }
        struct pmt_silence *last = &s->v[end - 1];
        double expected = pmt_pool_missing(p, x.from, last->to, s->share, s->pace);
        if (end == i + 1 || expected < PMT_EXPECTED || strays * 100 > expected * STRAY_SHARE) {
            s->v[out++] = x;
            i++;
            continue;
        }
        x.edge = last->edge != PMT_BETWEEN ? last->edge : x.edge;
        x.to = last->to;
        x.behind = last->behind;
        x.strays = strays;
        x.marked = true;
        s->v[out++] = x;
        i = end;
    }
    s->n = out;
}

void pmt_pool_silences(const struct pmt_pool *p, const struct pmt_use *u, struct pmt_silences *ret)
{
    silences_of(p, u, ret);
    mark(p, ret);
    join_silences(p, ret);
}
