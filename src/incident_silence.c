#include "incident_parts.h"

#include <stdlib.h>

enum {
    SILENCE_HIGH = 60, /* seconds without any request, where something else tells of it */
    NEAR = 180,        /* seconds between errors and a silence that are one incident */
    SERVICES_HOUR = 3600,
};

/* ---- was it real? ------------------------------------------------------------------------ */

/* Something stopped, died or was away in it. */
static bool tells_of_it(const struct pmt_fact *f)
{
    switch (f->mark->event) {
    case PMT_EV_OOM:
    case PMT_EV_CRASH:
    case PMT_EV_REBOOT:
    case PMT_EV_SERVICE_FAILED:
    case PMT_EV_SERVICE_STOPPED:
    case PMT_EV_NO_SERVER:
        return true;
    default:
        return f->mark->lb == PMT_LB_NO_SERVER;
    }
}

static const struct pmt_fact *fact_inside(const struct pmt_facts *facts, const struct pmt_gap *g)
{
    for (size_t i = 0; i < facts->n && facts->items[i].t <= g->to; i++)
        if (facts->items[i].t >= g->from && tells_of_it(&facts->items[i]))
            return &facts->items[i];
    return NULL;
}

/* The logs of a machine went on while no request was logged: whole minutes, as the minutes of the
 * edges may lie outside. */
static bool system_went_on(const struct pmt_coverage *cov, const struct pmt_gap *g)
{
    int64_t from = g->from / PMT_MINUTE + 1, to = g->to / PMT_MINUTE - 1;
    for (size_t i = 0; i < cov->nlogs; i++) {
        const struct pmt_covered *l = &cov->logs[i];
        if (!(l->sorts & PMT_SORT_SYSTEM) || (l->sorts & PMT_SORT_REQUESTS))
            continue;
        size_t k = pmt_minutes_search(&l->minutes, from);
        if (k < l->minutes.n && l->minutes.v[k].from <= to)
            return true;
    }
    return false;
}

/* ---- part of an incident of errors ------------------------------------------------------- */

static bool near(const struct pmt_incident *p, const struct pmt_gap *g)
{
    return p->kind == PMT_INCIDENT_ERRORS && p->severity != PMT_GRADE_LOW &&
           g->from <= p->end + NEAR * PMT_SECOND && g->to >= p->start - NEAR * PMT_SECOND;
}

static void put_phase(struct pmt_incident *p, struct pmt_phase x)
{
    PMT_GROW(p->phases, p->nphases, p->capphases);
    p->phases[p->nphases++] = x;
}

/* The part of a phase on one side of the silence. */
static void put_part(struct pmt_incident *p, const struct pmt_phase *x, int64_t from, int64_t to)
{
    if (from > to || (from == to && x->from != x->to))
        return;
    struct pmt_phase part = *x;
    if ((from != x->from || to != x->to) && p->flow && x->kind != PMT_PHASE_NO_DATA) {
        struct pmt_numbers k =
            pmt_requests_between(p->flow, from / PMT_SECOND, to / PMT_SECOND);
        part.requests = k.requests;
        part.failed = k.failed;
    }
    part.from = from;
    part.to = to;
    put_phase(p, part);
}

static void put_silence(struct pmt_incident *p, int64_t from, int64_t to)
{
    struct pmt_phase *old = p->phases;
    size_t n = p->nphases;
    bool put = false;
    p->phases = NULL;
    p->nphases = p->capphases = 0;
    for (size_t i = 0; i < n; i++) {
        if (old[i].from < from)
            put_part(p, &old[i], old[i].from, old[i].to < from ? old[i].to : from);
        if (!put && old[i].to > from) {
            put_phase(p, (struct pmt_phase){PMT_PHASE_NO_DATA, from, to, 0, 0});
            put = true;
        }
        if (old[i].from >= from || old[i].to > to)
            put_part(p, &old[i], old[i].from > to ? old[i].from : to, old[i].to);
    }
    if (!put)
        put_phase(p, (struct pmt_phase){PMT_PHASE_NO_DATA, from, to, 0, 0});
    free(old);
}

/* b, later, goes into a: the errors before and behind a silence. */
static void join(struct pmt_incident *a, struct pmt_incident *b, struct pmt_counted *c)
{
    a->flow = a->flow == b->flow ? a->flow : c->total;
    for (size_t i = 0; i < b->nphases; i++)
        put_phase(a, b->phases[i]);
    for (size_t i = 0; i < b->nservices; i++) {
        size_t k = 0;
        while (k < a->nservices && !pmt_slice_eq(a->services[k], b->services[i]))
            k++;
        if (k == a->nservices && k < sizeof a->services / sizeof *a->services)
            a->services[a->nservices++] = b->services[i];
    }
    if (b->end > a->end) {
        a->end = b->end;
        a->last = b->last;
        a->good_after = b->good_after;
        a->ongoing = b->ongoing;
    }
    a->severity = b->severity > a->severity ? b->severity : a->severity;
    a->numbers = pmt_numbers_between(a->flow, a->start / PMT_SECOND, a->end / PMT_SECOND);
    free(b->phases);
}

/* An incident does not end where the log falls silent. */
static bool join_errors(struct pmt_findings *f, struct pmt_counted *c, const struct pmt_gap *g)
{
    struct pmt_incident *p = NULL;
    for (size_t i = 0; i < f->n;) {
        struct pmt_incident *x = &f->incidents[i];
        if (!near(x, g)) {
            i++;
        } else if (!p) {
            p = x;
            i++;
        } else {
            join(p, x, c);
            memmove(x, x + 1, (--f->n - i) * sizeof *x);
        }
    }
    if (!p)
        return false;
    put_silence(p, g->from, g->to);
    p->silent_from = g->before;
    p->silent_to = g->behind;
    if (g->from < p->start) {
        p->start = p->good_before = g->from;
        p->began_before = false;
    }
    if (g->to > p->end) {
        p->end = p->good_after = g->to;
        p->ongoing = false;
    }
    p->expected += g->expected;
    return true;
}

/* ---- an incident of its own -------------------------------------------------------------- */

struct busy {
    struct pmt_slice name;
    uint64_t requests;
};

static int by_requests(const void *a, const void *b)
{
    const struct busy *x = a, *y = b;
    if (x->requests != y->requests)
        return x->requests > y->requests ? -1 : 1;
    return pmt_slice_cmp(x->name, y->name);
}

/* Those that were asked in the hour before, most requests first. */
static void name_services(struct pmt_incident *p, struct pmt_counted *c, int64_t from)
{
    struct busy *s = pmt_alloc((c->n + 1) * sizeof *s);
    size_t n = 0;
    int64_t sec = from / PMT_SECOND;
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_numbers k = pmt_requests_between(&c->services[i].flow, sec - SERVICES_HOUR, sec);
        if (!k.requests)
            continue;
        s[n++] = (struct busy){c->services[i].name, k.requests};
        if (p->layer < c->services[i].layer)
            p->layer = c->services[i].layer;
    }
    qsort(s, n, sizeof *s, by_requests);
    for (size_t i = 0; i < n && p->nservices < sizeof p->services / sizeof *p->services; i++)
        p->services[p->nservices++] = s[i].name;
    free(s);
}

static void add_silence(struct pmt_findings *f, struct pmt_counted *c, const struct pmt_gap *g,
                        const struct pmt_fact *fact, bool real)
{
    PMT_GROW(f->incidents, f->n, f->cap);
    struct pmt_incident *p = &f->incidents[f->n++];
    bool high = real && g->to - g->from >= SILENCE_HIGH * PMT_SECOND;
    *p = (struct pmt_incident){.kind = PMT_INCIDENT_SILENCE, .start = g->from, .end = g->to,
                               .severity = high ? PMT_GRADE_HIGH : PMT_GRADE_MEDIUM,
                               .good_before = g->from, .good_after = g->to, .fact = fact,
                               .silent_from = g->before, .silent_to = g->behind,
                               .expected = g->expected, .redundancy_restored = PMT_NO_TIME,
                               .decimals = c->decimals};
    name_services(p, c, g->from);
    pmt_incident_add_phase(p, PMT_PHASE_NO_DATA, g->from, g->to, 0, 0);
}

/* The part of it that lies in the window. */
static void clamp(struct pmt_incident *p, struct pmt_window w)
{
    if (w.since != PMT_NO_TIME && p->start < w.since) {
        p->start = p->phases[0].from = w.since;
        p->good_before = PMT_NO_TIME;
        p->began_before = true;
    }
    if (w.until != PMT_NO_TIME && p->end >= w.until) {
        p->end = p->phases[0].to = w.until - 1;
        p->good_after = PMT_NO_TIME;
        p->ongoing = true;
    }
}

/* Where several logs hold requests the edges of a hole are known to the minute: the requests that
 * were counted tell the second. */
static struct pmt_gap to_the_second(const struct pmt_gap *hole, struct pmt_counted *c)
{
    struct pmt_gap g = *hole;
    int64_t sec, from = g.from / PMT_SECOND, to = g.to / PMT_SECOND;
    struct pmt_counts k;
    struct pmt_series_iter it = pmt_series_iter_from(&c->total->series, from - 60);
    while (pmt_series_next(&it, &sec, &k) && sec < to + 60) {
        if (sec >= from - 60 && sec <= from && !(hole->from % PMT_MINUTE))
            g.from = sec * PMT_SECOND;
        if (sec >= to && !(hole->to % PMT_MINUTE)) {
            g.to = sec * PMT_SECOND;
            break;
        }
    }
    return g;
}

/* No request came because no connection lasted: that is told. */
static bool told_by_connections(const struct pmt_findings *f, const struct pmt_gap *g)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct pmt_incident *p = &f->incidents[i];
        int64_t from = p->start > g->from ? p->start : g->from;
        int64_t to = p->end < g->to ? p->end : g->to;
        if (p->kind == PMT_INCIDENT_CONNECTIONS && to > from && (to - from) * 2 > g->to - g->from)
            return true;
    }
    return false;
}

void pmt_incident_silences(struct pmt_findings *f, struct pmt_counted *c,
                           const struct pmt_facts *facts, const struct pmt_coverage *cov,
                           struct pmt_window w)
{
    for (size_t i = 0; cov && c->n && i < cov->nholes; i++) {
        const struct pmt_gap second = to_the_second(&cov->holes[i], c), *g = &second;
        bool before = w.since != PMT_NO_TIME && g->from < w.since;
        bool after = w.until != PMT_NO_TIME && g->to >= w.until;
        if (g->kind != PMT_GAP_SILENT || told_by_connections(f, g) || (before && g->to < w.since) ||
            (after && g->from >= w.until))
            continue;
        /* What crosses an edge of the window is told alone: beyond it nothing is looked at. */
        if (!before && !after && join_errors(f, c, g))
            continue;
        const struct pmt_fact *fact = fact_inside(facts, g);
        add_silence(f, c, g, fact, fact || system_went_on(cov, g));
        clamp(&f->incidents[f->n - 1], w);
    }
}
