#include "incident_parts.h"

#include <stdlib.h>

enum {
    NARROW_SHARE = 80, /* % of the failures a narrower series must hold to tell the story */
    MUCH_LESS = 4,     /* times less often the rest must fail */
    INSIDE_SHARE = 50, /* % of a part's failures: then a wider finding's time tells of it, too */
};

/* ---- what is found ----------------------------------------------------------------------- */

bool pmt_incident_clamp(struct pmt_burst *b, const struct pmt_flow *flow, struct pmt_window w)
{
    int64_t since = w.since == PMT_NO_TIME ? INT64_MIN : (w.since + PMT_SECOND - 1) / PMT_SECOND;
    int64_t until = w.until == PMT_NO_TIME ? INT64_MAX : (w.until - 1) / PMT_SECOND;
    if (b->end < since || b->start > until)
        return false;
    b->began_before |= b->start < since;
    b->ongoing |= b->end > until;
    /* Its edges are failing seconds. */
    size_t i = pmt_flow_search(flow, b->start > since ? b->start : since);
    size_t k = pmt_flow_search(flow, b->end < until ? b->end + 1 : until + 1);
    if (i >= k)
        return false;
    b->start = flow->bad[i].sec;
    b->end = flow->bad[k - 1].sec;
    return true;
}

/* How many of them lie in the window. */
static size_t add_findings(struct pmt_told *l, const struct pmt_finding *like, struct pmt_window w)
{
    struct pmt_burst *b;
    size_t n = pmt_detect(like->flow, &b), had = l->n;
    for (size_t i = 0; i < n; i++) {
        if (!pmt_incident_clamp(&b[i], like->flow, w))
            continue;
        struct pmt_numbers k = pmt_requests_between(like->flow, b[i].start, b[i].end);
        PMT_GROW(l->v, l->n, l->cap);
        l->v[l->n] = *like;
        l->v[l->n].burst = b[i];
        l->v[l->n].failed = k.failed;
        l->v[l->n].requests = k.requests;
        l->v[l->n].order = l->n;
        l->n++;
    }
    free(b);
    return l->n - had;
}

static int by_start(const void *a, const void *b)
{
    const struct pmt_finding *x = a, *y = b;
    if (x->burst.start != y->burst.start)
        return x->burst.start < y->burst.start ? -1 : 1;
    if (x->burst.end != y->burst.end)
        return x->burst.end > y->burst.end ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* Overlapping findings are one incident, told at the narrowest series that holds most of its
 * failures. Returns the index behind the cluster that begins at i; *best is its teller. */
static size_t cluster(const struct pmt_told *l, size_t i, struct pmt_finding *best)
{
    int64_t end = l->v[i].burst.end;
    size_t k = i + 1;
    uint64_t most = l->v[i].failed;
    while (k < l->n && l->v[k].burst.start <= end) {
        end = l->v[k].burst.end > end ? l->v[k].burst.end : end;
        most = l->v[k].failed > most ? l->v[k].failed : most;
        k++;
    }
    const struct pmt_finding *b = NULL;
    for (size_t j = i; j < k; j++)
        if (l->v[j].failed * 100 >= most * NARROW_SHARE && (!b || l->v[j].requests < b->requests))
            b = &l->v[j];
    *best = *b;
    return k;
}

/* On the total and on each service. */
static void find_wide(struct pmt_told *told, struct pmt_counted *c, struct pmt_window w)
{
    struct pmt_told all = {0};
    add_findings(&all, &(struct pmt_finding){.flow = c->total,
                                             .service = c->n == 1 ? c->services : NULL}, w);
    for (size_t i = 0; i < c->n && c->n > 1; i++)
        add_findings(&all, &(struct pmt_finding){.flow = &c->services[i].flow,
                                                 .service = &c->services[i]}, w);
    if (all.n)
        qsort(all.v, all.n, sizeof *all.v, by_start);
    for (size_t i = 0; i < all.n;) {
        PMT_GROW(told->v, told->n, told->cap);
        i = cluster(&all, i, &told->v[told->n++]);
    }
    free(all.v);
}

/* On a part, as one of so many. False: there is nothing. */
static bool find_on(struct pmt_told *told, const struct pmt_counted_service *s,
                    struct pmt_part *p, unsigned searched, bool told_apart, struct pmt_window w)
{
    p->flow.searched = searched;
    p->flow.by_requests = !told_apart || !p->flow.failed.n;
    return add_findings(told, &(struct pmt_finding){.flow = &p->flow, .service = s, .part = p}, w);
}

/* On each part of each service, and of several. The failing seconds of what nothing is found on are
 * forgotten at once. */
static void find_narrow(struct pmt_told *told, struct pmt_counted *c, struct pmt_window w)
{
    unsigned searched = (unsigned)c->nparts;
    bool all_apart = c->nparts && pmt_clients_tell(c->total);
    for (size_t i = 0; i < c->n; i++)
        searched += (unsigned)c->services[i].nparts;
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_counted_service *s = &c->services[i];
        bool told_apart = s->nparts && pmt_clients_tell(&s->flow);
        for (size_t k = 0; k < s->nparts; k++) {
            pmt_part_open(s, &s->parts[k]);
            if (!find_on(told, s, &s->parts[k], searched, told_apart, w))
                pmt_part_close(&s->parts[k]);
        }
    }
    for (size_t i = 0; i < c->nparts; i++) {
        pmt_part_unite(c, &c->parts[i]);
        if (!find_on(told, NULL, &c->parts[i], searched, all_apart, w))
            pmt_part_forget(&c->parts[i]);
    }
}

/* ---- which series tells it --------------------------------------------------------------- */

static bool overlap(const struct pmt_burst *a, const struct pmt_burst *b, int64_t near)
{
    return a->start <= b->end + near && b->start <= a->end + near;
}

static struct pmt_numbers within(const struct pmt_finding *x, const struct pmt_burst *b,
                                 int64_t near)
{
    return pmt_requests_between(x->flow, b->start - near, b->end + near);
}

/* Does the part hold most of what failed in the wider finding, is it found where that is, and fails
 * the rest far less? */
static bool explains(const struct pmt_finding *part, const struct pmt_finding *wide)
{
    if ((wide->service && wide->service != part->service) ||
        !overlap(&part->burst, &wide->burst, 0) ||
        part->failed * 100 < wide->failed * NARROW_SHARE)
        return false;
    struct pmt_numbers p = within(part, &wide->burst, 0);
    double rest = (double)wide->requests - (double)p.requests;
    double rest_failed = (double)wide->failed - (double)p.failed;
    return p.failed * 100 >= wide->failed * NARROW_SHARE &&
           rest_failed * (double)p.requests * MUCH_LESS <= (double)p.failed * rest;
}

static size_t touched(const struct pmt_told *wide, const struct pmt_burst *b)
{
    size_t n = 0;
    for (size_t i = 0; i < wide->n; i++)
        n += overlap(&wide->v[i].burst, b, 0);
    return n;
}

/* Each wider finding that a part explains is told at the narrowest such part. */
static void narrow_down(struct pmt_told *wide, const struct pmt_told *parts)
{
    struct pmt_told as = {.n = wide->n};
    as.v = pmt_realloc(NULL, wide->n, sizeof *as.v);
    for (size_t i = 0; i < wide->n; i++) {
        const struct pmt_finding *best = NULL;
        for (size_t k = 0; k < parts->n; k++) {
            const struct pmt_finding *x = &parts->v[k];
            if (explains(x, &wide->v[i]) && touched(wide, &x->burst) == 1 &&
                (!best || x->requests < best->requests))
                best = x;
        }
        as.v[i] = best ? *best : wide->v[i];
    }
    if (wide->n)
        memcpy(wide->v, as.v, wide->n * sizeof *as.v);
    free(as.v);
}

/* Is it told already, by what most of its failures lie in? What hangs on one client tells of no
 * other. */
static bool is_told(const struct pmt_told *told, const struct pmt_finding *x)
{
    uint64_t inside = 0;
    for (size_t i = 0; i < told->n; i++) {
        const struct pmt_finding *t = &told->v[i];
        if (overlap(&t->burst, &x->burst, PMT_MERGE_GAP) &&
            !(t->burst.one_client && !x->burst.one_client))
            inside += within(x, &t->burst, PMT_MERGE_GAP).failed;
    }
    return inside * 100 >= x->failed * INSIDE_SHARE;
}

static int most_failed_first(const void *a, const void *b)
{
    const struct pmt_finding *x = a, *y = b;
    if (x->burst.one_client != y->burst.one_client)
        return x->burst.one_client ? 1 : -1;
    if (x->failed != y->failed)
        return x->failed > y->failed ? -1 : 1;
    if (x->requests != y->requests)
        return x->requests < y->requests ? -1 : 1;
    return by_start(a, b);
}

void pmt_incident_find(struct pmt_counted *c, struct pmt_window w, struct pmt_told *told)
{
    struct pmt_told parts = {0};
    *told = (struct pmt_told){0};
    find_wide(told, c, w);
    find_narrow(&parts, c, w);
    narrow_down(told, &parts);
    if (parts.n)
        qsort(parts.v, parts.n, sizeof *parts.v, most_failed_first);
    for (size_t i = 0; i < parts.n; i++)
        if (!is_told(told, &parts.v[i])) {
            PMT_GROW(told->v, told->n, told->cap);
            told->v[told->n++] = parts.v[i];
        }
    free(parts.v);
    if (told->n)
        qsort(told->v, told->n, sizeof *told->v, by_start);
}
