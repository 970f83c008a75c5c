#include "incident_parts.h"

#include <stdlib.h>

enum {
    MIN_LENGTH = 30,     /* seconds; where requests were counted, shorter is low */
    NO_SERVER_HIGH = 60, /* seconds without any server */
};

/* since is inside, until is not. */
static bool in_window(struct pmt_window w, int64_t from, int64_t to)
{
    return !(w.since != PMT_NO_TIME && to < w.since) &&
           !(w.until != PMT_NO_TIME && from >= w.until);
}

/* The incident that tells of this time already. */
static struct pmt_incident *told_by(const struct pmt_findings *f, int64_t from, int64_t to)
{
    for (size_t i = 0; i < f->n; i++)
        if (from <= f->incidents[i].end + PMT_MERGE_GAP * PMT_SECOND &&
            to >= f->incidents[i].start - PMT_MERGE_GAP * PMT_SECOND)
            return &f->incidents[i];
    return NULL;
}

/* When a backend had no server left. There is no line for "has servers again": the next server of
 * that backend that is UP ends it. */
struct without {
    const struct pmt_fact *from, *to; /* to: NULL while nothing is UP again */
};

struct withouts {
    struct without *v;
    size_t n, cap;
};

static void find_withouts(struct withouts *l, const struct pmt_facts *facts)
{
    for (size_t i = 0; i < facts->n; i++) {
        const struct pmt_fact *f = &facts->items[i];
        if (f->mark->lb != PMT_LB_NO_SERVER && f->mark->lb != PMT_LB_UP)
            continue;
        size_t k = 0;
        while (k < l->n && (l->v[k].to || !pmt_slice_eq(l->v[k].from->mark->backend,
                                                        f->mark->backend)))
            k++;
        if (f->mark->lb == PMT_LB_UP && k < l->n)
            l->v[k].to = f;
        if (f->mark->lb == PMT_LB_UP || k < l->n)
            continue;
        PMT_GROW(l->v, l->n, l->cap);
        l->v[l->n++] = (struct without){f, NULL};
    }
}

/* Where the balancer's requests were counted at the same time, they tell whether anyone was hit. */
static enum pmt_grade grade_no_server(struct pmt_counted *c, struct pmt_slice backend,
                                      int64_t from, int64_t to)
{
    int64_t first, last, a = from / PMT_SECOND, b = to / PMT_SECOND;
    bool counted = c->layers[PMT_LAYER_HAPROXY] && pmt_flow_span(c->total, &first, &last) &&
                   a >= first && a <= last;
    uint64_t failed = 0;
    for (size_t i = 0; counted && i < c->n; i++)
        if (c->services[i].layer == PMT_LAYER_HAPROXY &&
            (pmt_slice_eq(c->services[i].backend, backend) ||
             pmt_slice_eq(c->services[i].name, backend)))
            failed += pmt_requests_between(&c->services[i].flow, a, b).failed;
    if (counted && (!failed || b - a < MIN_LENGTH))
        return PMT_GRADE_LOW;
    return b - a >= NO_SERVER_HIGH ? PMT_GRADE_HIGH : PMT_GRADE_MEDIUM;
}

static void add_no_server(struct pmt_findings *f, struct pmt_counted *c, const struct without *x,
                          int64_t end, struct pmt_window w)
{
    struct pmt_slice backend = x->from->mark->backend;
    bool before = w.since != PMT_NO_TIME && x->from->t < w.since;
    bool after = w.until != PMT_NO_TIME && end >= w.until;
    PMT_GROW(f->incidents, f->n, f->cap);
    struct pmt_incident *p = &f->incidents[f->n++];
    *p = (struct pmt_incident){
        .kind = PMT_INCIDENT_NO_SERVER, .start = x->from->t, .end = end, .ongoing = !x->to,
        .good_before = PMT_NO_TIME, .good_after = x->to ? x->to->t : PMT_NO_TIME,
        .redundancy_restored = PMT_NO_TIME, .fact = x->from, .fact_end = x->to,
        .layer = PMT_LAYER_HAPROXY, .decimals = x->from->mark->decimals,
        .services = {backend}, .nservices = 1};
    p->severity = grade_no_server(c, backend, x->from->t, end);
    p->began_before = before;
    p->ongoing |= after;
    p->start = before ? w.since : p->start;
    p->end = after ? w.until - 1 : p->end;
    p->good_after = after ? PMT_NO_TIME : p->good_after;
    pmt_incident_add_phase(p, PMT_PHASE_FULL, p->start, p->end, 0, 0);
}

/* Another backend at about the same time is the same incident. */
static void join_no_server(struct pmt_incident *p, const struct without *x, int64_t end)
{
    struct pmt_slice backend = x->from->mark->backend;
    if (p->kind != PMT_INCIDENT_NO_SERVER)
        return;
    size_t i = 0;
    while (i < p->nservices && !pmt_slice_eq(p->services[i], backend))
        i++;
    if (i == p->nservices && i < sizeof p->services / sizeof *p->services)
        p->services[p->nservices++] = backend;
    if (end > p->end) {
        p->end = p->phases[p->nphases - 1].to = end;
        p->fact_end = x->to;
        p->good_after = x->to ? x->to->t : PMT_NO_TIME;
        p->ongoing = !x->to;
    }
}

/* For logs that hold state lines only, and for what too few requests met to show. Errors in a
 * service that was without any server for a minute are grave whatever their share. */
void pmt_incident_no_server(struct pmt_findings *f, struct pmt_counted *c,
                            const struct pmt_facts *facts, struct pmt_window w)
{
    struct withouts l = {0};
    find_withouts(&l, facts);
    for (size_t i = 0; i < l.n; i++) {
        const struct without *x = &l.v[i];
        int64_t end = x->to ? x->to->t : facts->items[facts->n - 1].t;
        if (!in_window(w, x->from->t, end))
            continue;
        struct pmt_incident *p = told_by(f, x->from->t, end);
        if (!p)
            add_no_server(f, c, x, end, w);
        else
            join_no_server(p, x, end);
        if (p && p->severity == PMT_GRADE_MEDIUM &&
            end - x->from->t >= NO_SERVER_HIGH * PMT_SECOND)
            p->severity = PMT_GRADE_HIGH;
    }
    free(l.v);
}
