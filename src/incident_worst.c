#include "incident_parts.h"

#include <stdlib.h>

/* Who failed most while an incident lasted: paths, services and servers of the whole site; and
 * whether it was only some paths. */

enum {
    MUCH_LESS = 2,      /* times less often than all: that failed least, not most */
    NEARLY_ALL = 90,    /* % of the failures */
    ELSEWHERE_LESS = 4, /* times less often the rest must fail, */
    ELSEWHERE_MIN = 10, /* of which so many failures would be expected */
};

static void add(struct pmt_worst_list *l, const struct pmt_worst *w)
{
    if (!w->failed)
        return;
    /* Several web servers may serve the same paths. */
    for (size_t i = 0; i < l->n && w->kind == PMT_WORST_PATH; i++)
        if (l->v[i].kind == w->kind && pmt_slice_eq(l->v[i].name, w->name)) {
            l->v[i].of = PMT_NO_SLICE;
            l->v[i].requests += w->requests;
            l->v[i].failed += w->failed;
            return;
        }
    PMT_GROW(l->v, l->n, l->cap);
    l->v[l->n++] = *w;
}

/* One name: two balancers that share a server know it by the same. */
static void add_server(struct pmt_worst_list *l, const struct pmt_use *u,
                       const struct pmt_numbers *s)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].kind == PMT_WORST_SERVER && pmt_slice_eq(l->v[i].name, u->server) &&
            pmt_slice_eq(l->v[i].of, u->backend)) {
            l->v[i].requests += s->requests;
            l->v[i].failed += s->failed;
            return;
        }
    PMT_GROW(l->v, l->n, l->cap);
    l->v[l->n++] = (struct pmt_worst){PMT_WORST_SERVER, u->server, u->backend, s->requests,
                                      s->failed};
}

static int worst_first(const void *a, const void *b)
{
    const struct pmt_worst *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->failed != y->failed)
        return x->failed > y->failed ? -1 : 1;
    if (x->requests != y->requests)
        return x->requests < y->requests ? -1 : 1;
    int d = pmt_slice_cmp(x->name, y->name);
    return d ? d : pmt_slice_cmp(x->of, y->of);
}

static struct pmt_numbers given(struct pmt_use *u, int64_t first, int64_t last)
{
    struct pmt_numbers r = {0};
    struct pmt_series_iter it = pmt_series_iter_from(&u->series, first);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c) && sec <= last)
        if (sec >= first) {
            r.requests += c.c[PMT_ALL];
            r.failed += c.c[PMT_BAD];
        }
    return r;
}

static void collect(struct pmt_worst_list *l, struct pmt_counted *c, int64_t first, int64_t last)
{
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_counted_service *s = &c->services[i];
        for (size_t k = 0; k < s->nparts; k++) {
            struct pmt_numbers n = pmt_requests_between(&s->parts[k].flow, first, last);
            add(l, &(struct pmt_worst){PMT_WORST_PATH, s->parts[k].prefix, s->name, n.requests,
                                       n.failed});
        }
        struct pmt_numbers n = pmt_requests_between(&s->flow, first, last);
        if (c->n > 1)
            add(l, &(struct pmt_worst){PMT_WORST_SERVICE, s->name, PMT_NO_SLICE, n.requests,
                                       n.failed});
    }
    for (size_t i = 0; i < c->nuses; i++) {
        struct pmt_numbers n = given(&c->uses[i], first, last);
        add_server(l, &c->uses[i], &n);
    }
}

/* ---- where -------------------------------------------------------------------------------- */

static bool is_of(const struct pmt_incident *p, const struct pmt_counted *c,
                  const struct pmt_counted_service *s)
{
    return p->flow == c->total || p->flow == &s->flow;
}

/* The first segment of a path: "/api" of "/api/v1/orders". */
static struct pmt_slice first_segment(struct pmt_slice path)
{
    size_t n = 1;
    while (n < path.n && path.p[n] != '/')
        n++;
    return pmt_slice(path.p, n < path.n ? n : path.n);
}

static void name_where(struct pmt_where *w, const struct pmt_worst_list *l)
{
    struct pmt_slice top = first_segment(l->v[0].name);
    bool one = true;
    w->n = l->n < PMT_WHERE_MAX ? l->n : PMT_WHERE_MAX;
    for (size_t i = 0; i < w->n; i++)
        w->names[i] = l->v[i].name;
    for (size_t i = 0; i < l->n; i++)
        one &= pmt_slice_eq(first_segment(l->v[i].name), top);
    if (l->n <= PMT_WHERE_MAX)
        return;
    w->n = one; /* too many to be named one by one */
    w->names[0] = top;
    w->paths = l->n;
}

/* Where failures are above all, is that nearly all of them, and the rest much better? */
static void find_where(struct pmt_incident *p, struct pmt_counted *c, int64_t first, int64_t last)
{
    const struct pmt_numbers *k = &p->numbers;
    struct pmt_worst_list l = {0};
    struct pmt_where w = {.n = 0};
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_counted_service *s = &c->services[i];
        for (size_t j = 0; j < s->nparts && is_of(p, c, s); j++) {
            struct pmt_numbers n = pmt_requests_between(&s->parts[j].flow, first, last);
            if ((double)n.failed * (double)k->requests > (double)n.requests * (double)k->failed)
                add(&l, &(struct pmt_worst){PMT_WORST_PATH, s->parts[j].prefix, s->name,
                                            n.requests, n.failed});
        }
    }
    if (l.n)
        qsort(l.v, l.n, sizeof *l.v, worst_first);
    /* The fewest that hold nearly all. */
    size_t n = 0;
    for (; n < l.n && w.failed * 100 < k->failed * NEARLY_ALL; n++) {
        w.requests += l.v[n].requests;
        w.failed += l.v[n].failed;
    }
    /* And those that fail as they do. */
    while (n < l.n && (double)l.v[n].failed * (double)w.requests * MUCH_LESS >=
                          (double)l.v[n].requests * (double)w.failed) {
        w.requests += l.v[n].requests;
        w.failed += l.v[n++].failed;
    }
    double rest = (double)k->requests - (double)w.requests;
    double bad = (double)k->failed - (double)w.failed;
    double rate = w.requests ? (double)w.failed / (double)w.requests : 0;
    if (w.failed && w.failed <= k->failed && w.failed * 100 >= k->failed * NEARLY_ALL &&
        rest * rate >= ELSEWHERE_MIN && bad * ELSEWHERE_LESS <= rest * rate) {
        l.n = n;
        name_where(&w, &l);
        if (w.n)
            p->where = w;
    }
    free(l.v);
}

static bool fails_least(const struct pmt_incident *p, const struct pmt_worst *w)
{
    return (double)w->failed * MUCH_LESS * (double)p->site.requests <
           (double)w->requests * (double)p->site.failed;
}

void pmt_incident_find_worst(struct pmt_incident *p, struct pmt_counted *c)
{
    struct pmt_worst_list all = {0};
    size_t kept = 0;
    int64_t first = p->start / PMT_SECOND, last = p->end / PMT_SECOND;
    collect(&all, c, first, last);
    if (!p->path.n && p->kind == PMT_INCIDENT_ERRORS)
        find_where(p, c, first, last);
    if (all.n)
        qsort(all.v, all.n, sizeof *all.v, worst_first);
    for (size_t i = 0, of_kind = 0; i < all.n; i++) {
        of_kind = i && all.v[i].kind == all.v[i - 1].kind ? of_kind + 1 : 0;
        if (all.v[i].failed && of_kind < PMT_WORST_MAX && !fails_least(p, &all.v[i]))
            all.v[kept++] = all.v[i];
    }
    all.n = kept;
    p->worst = all;
}
