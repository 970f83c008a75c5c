#include "report_parts.h"

#include <math.h>
#include <stdlib.h>

/* A server that is given far more of its backend's requests than before, near the start: a weight
 * that was changed, a balancer that forgot what it knew. Where another one was out of use that
 * tells it, and not this. */

enum {
    BEFORE = 2 * 3600, /* seconds before the start that are looked at, */
    AFTER = 3600,      /* and behind it, up to the end */
    LEAD = 3600,       /* it rose no earlier before the start, */
    LATE = 5,          /* and no later behind it: then it is a part of what happened */
    MIN = 500,         /* requests of the backend on either side */
    POINTS = 20,       /* percent of all that it rose by, and */
    TIMES = 2,         /* so many times what it was */
};

static bool same_pool(const struct pmt_use *a, const struct pmt_use *b)
{
    return pmt_slice_eq(a->backend, b->backend) && pmt_slice_eq(a->host, b->host);
}

/* Requests second by second. */
static void put_seconds(struct pmt_use *u, int64_t from, size_t n, double *to)
{
    struct pmt_series_iter it = pmt_series_iter_from(&u->series, from);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c) && sec < from + (int64_t)n)
        if (sec >= from)
            to[sec - from] += c.c[PMT_ALL];
}

static double of_share(double own, double all)
{
    double p = all > 0 ? own / all : 0;
    return p > 0 && p < 1 ? own * log(p) + (all - own) * log(1 - p) : 0;
}

/* The second at which one share explains least: before it there is one, from it on another. */
static bool find_rise(const double *own, const double *all, size_t n, size_t *at,
                      struct pmt_share_rise *x)
{
    double o = 0, a = 0, sum_o = 0, sum_a = 0, best = -INFINITY;
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        sum_o += own[i];
        sum_a += all[i];
    }
    for (size_t i = 0; i < n; o += own[i], a += all[i], i++) {
        double nats = of_share(o, a) + of_share(sum_o - o, sum_a - a);
        if (a < MIN || sum_a - a < MIN || nats <= best)
            continue;
        best = nats;
        *at = i;
        *x = (struct pmt_share_rise){.own = (uint64_t)(sum_o - o), .all = (uint64_t)(sum_a - a),
                                     .own_before = (uint64_t)o, .all_before = (uint64_t)a};
        found = true;
    }
    return found;
}

/* Does a removal of the backend tell why others were given more? */
static bool is_told(const struct pmt_report_input *in, const struct pmt_use *u, int64_t t)
{
    for (size_t i = 0; i < in->findings->nremovals; i++) {
        const struct pmt_removal *x = &in->findings->removals[i];
        if (pmt_slice_eq(x->backend, u->backend) && x->from <= t + 5 * PMT_MINUTE &&
            (x->open || x->to >= t - 5 * PMT_MINUTE))
            return true;
    }
    return false;
}

static bool rises(const struct pmt_share_rise *x)
{
    double now = (double)x->own / (double)x->all;
    double was = (double)x->own_before / (double)x->all_before;
    return x->own_before && now >= TIMES * was && (now - was) * 100 >= POINTS;
}

/* What is looked at, second by second. */
struct seconds {
    int64_t from;
    size_t n;
    double *own, *all;
};

static void look_at(struct pmt_share_rise *ret, bool *found, const struct pmt_report_input *in,
                    struct pmt_use *u, struct seconds *s)
{
    struct pmt_share_rise x;
    size_t at;
    memset(s->own, 0, s->n * sizeof *s->own);
    put_seconds(u, s->from, s->n, s->own);
    if (!find_rise(s->own, s->all, s->n, &at, &x) || !rises(&x) || at < BEFORE - LEAD ||
        at > BEFORE + LATE)
        return;
    x.t = (s->from + (int64_t)at) * PMT_SECOND;
    x.server = u->server;
    x.backend = u->backend;
    if (is_told(in, u, x.t) || (*found && x.own <= ret->own))
        return;
    *ret = x;
    *found = true;
}

bool pmt_report_share_rise(const struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_share_rise *ret)
{
    const struct pmt_counted *c = in->counted;
    const struct pmt_incident *p = r->incident;
    int64_t start = p->start / PMT_SECOND, from = start - BEFORE;
    int64_t to = p->end / PMT_SECOND < start + AFTER ? p->end / PMT_SECOND + 1 : start + AFTER;
    size_t n = (size_t)(to - from);
    struct seconds s = {from, n, pmt_alloc(n * sizeof *s.own), pmt_alloc(n * sizeof *s.all)};
    bool found = false;
    for (size_t i = 0; i < c->nuses && !p->began_before; i++) {
        size_t first = 0, servers = 0;
        while (!same_pool(&c->uses[first], &c->uses[i]))
            first++;
        if (first < i)
            continue; /* it was looked at with that one */
        memset(s.all, 0, n * sizeof *s.all);
        for (size_t k = i; k < c->nuses; k++)
            if (same_pool(&c->uses[i], &c->uses[k])) {
                put_seconds(&c->uses[k], from, n, s.all);
                servers++;
            }
        for (size_t k = i; k < c->nuses && servers > 1; k++)
            if (same_pool(&c->uses[i], &c->uses[k]))
                look_at(ret, &found, in, &c->uses[k], &s);
    }
    free(s.own);
    free(s.all);
    return found;
}

/* "`app1` was given 90.3% of the requests of `be_app` from 12:05:00 on, against 33.3% before." */
const char *pmt_report_rise_text(struct pmt_report *r, const struct pmt_share_rise *x,
                                 const char *id)
{
    struct pmt_value of[] = {PMT_C("backend", x->backend)};
    struct pmt_value v[] = {
        PMT_C("server", x->server),
        PMT_V("of", x->backend.n ? pmt_report_text(r, "of-backend", of, 1) : ""),
        PMT_V("at", pmt_report_beside(r, x->t, r->incident->start)),
        PMT_V("pct", pmt_report_percent(r, x->own, x->all)),
        PMT_V("old", pmt_report_percent(r, x->own_before, x->all_before))};
    return pmt_report_text(r, id, v, PMT_COUNT(v));
}

void pmt_report_tell_rise(struct pmt_builder *b)
{
    struct pmt_share_rise x;
    if (pmt_report_share_rise(b->r, b->in, &x))
        pmt_report_entry(b->r, x.t, 0, "share_rise", pmt_report_rise_text(b->r, &x, "rise-told"),
                         92)->time_known = PMT_ESTIMATED;
}

void pmt_report_add_rise(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_share_rise x;
    if (!pmt_report_share_rise(r, in, &x))
        return;
    struct pmt_factor *f =
        pmt_report_factor(r, "share_rise", pmt_report_rise_text(r, &x, "factor-rise"), 92);
    f->improve = "improve-share";
    f->task = "task-share";
}
