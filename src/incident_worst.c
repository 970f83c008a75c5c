#include "incident_parts.h"

#include <stdlib.h>

/* Who failed most while an incident lasted: paths, services and servers of the whole site. */

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

void pmt_incident_find_worst(struct pmt_incident *p, struct pmt_counted *c)
{
    struct pmt_worst_list all = {0};
    size_t kept = 0;
    collect(&all, c, p->start / PMT_SECOND, p->end / PMT_SECOND);
    if (all.n)
        qsort(all.v, all.n, sizeof *all.v, worst_first);
    for (size_t i = 0, of_kind = 0; i < all.n; i++) {
        of_kind = i && all.v[i].kind == all.v[i - 1].kind ? of_kind + 1 : 0;
        if (all.v[i].failed && of_kind < PMT_WORST_MAX)
            all.v[kept++] = all.v[i];
    }
    all.n = kept;
    p->worst = all;
}
