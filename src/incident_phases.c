#include "incident_parts.h"

#include <math.h>
#include <stdlib.h>

void pmt_incident_add_phase(struct pmt_incident *p, enum pmt_phase_kind kind, int64_t from,
                            int64_t to, uint64_t requests, uint64_t failed)
{
    if (p->nphases && p->phases[p->nphases - 1].kind == kind) {
        struct pmt_phase *last = &p->phases[p->nphases - 1];
        last->to = to;
        last->requests += requests;
        last->failed += failed;
        return;
    }
    PMT_GROW(p->phases, p->nphases, p->capphases);
    p->phases[p->nphases++] = (struct pmt_phase){kind, from, to, requests, failed};
}

/* Phases shorter than two minutes belong to what surrounds them, if anything does. */
static void smooth_phases(struct pmt_incident *p)
{
    struct pmt_phase *old = p->phases;
    size_t n = p->nphases;
    p->phases = NULL;
    p->nphases = p->capphases = 0;
    for (size_t i = 0; i < n; i++) {
        bool brief = old[i].to - old[i].from < 2 * PMT_MINUTE;
        enum pmt_phase_kind kind = old[i].kind;
        if (brief && p->nphases)
            kind = p->phases[p->nphases - 1].kind;
        else if (brief && i + 1 < n)
            kind = old[i + 1].kind;
        pmt_incident_add_phase(p, kind, old[i].from, old[i].to, old[i].requests, old[i].failed);
    }
    free(old);
}

struct window_sum {
    int64_t from;
    uint64_t requests, failed;
    int64_t first_good; /* second of the first good request in it */
};

static enum pmt_phase_kind kind_of_window(const struct window_sum *w)
{
    return w->failed * 10 >= w->requests * 9 ? PMT_PHASE_FULL : PMT_PHASE_PARTIAL;
}

static double log_likelihood(double rate, double good, double failed)
{
    rate = rate < 0.001 ? 0.001 : rate > 0.999 ? 0.999 : rate;
    return failed * log(rate) + good * log(1 - rate);
}

/* Windows are coarse: the second at which one phase gave way to the next is where the two rates
 * explain the requests best, up to half of either phase away. */
static void refine_phase(struct pmt_incident *p, struct pmt_phase *a, struct pmt_phase *b)
{
    double ra = a->requests ? (double)a->failed / (double)a->requests : 0;
    double rb = b->requests ? (double)b->failed / (double)b->requests : 0;
    int64_t from = (a->from + (a->to - a->from) / 2) / PMT_SECOND;
    int64_t to = (b->from + (b->to - b->from) / 2) / PMT_SECOND, sec, at = a->to / PMT_SECOND;
    struct pmt_series_iter it = pmt_series_iter_from(&p->flow->series, from);
    struct pmt_counts c;
    double sum = 0, best = 0;
    bool any = false;
    while (pmt_series_next(&it, &sec, &c) && sec <= to) {
        if (sec < from)
            continue;
        uint64_t good = c.c[PMT_ALL] - c.c[PMT_BAD];
        /* The boundary before this second: everything so far belongs to a. */
        if (!any || sum > best) {
            best = sum;
            at = sec;
            any = true;
        }
        sum += log_likelihood(ra, (double)good, c.c[PMT_BAD]) -
               log_likelihood(rb, (double)good, c.c[PMT_BAD]);
    }
    if (any)
        a->to = b->from = at * PMT_SECOND;
}

/* The counts of the phases, once their boundaries stand. */
static void count_phases(struct pmt_incident *p)
{
    for (size_t i = 0; i < p->nphases; i++) {
        struct pmt_phase *ph = &p->phases[i];
        bool last = i + 1 == p->nphases;
        int64_t to = ph->to / PMT_SECOND - !last;
        struct pmt_series_iter it = pmt_series_iter_from(&p->flow->series, ph->from / PMT_SECOND);
        struct pmt_counts c;
        int64_t sec;
        ph->requests = ph->failed = 0;
        while (pmt_series_next(&it, &sec, &c) && sec <= to)
            if (sec >= ph->from / PMT_SECOND) {
                ph->requests += c.c[PMT_ALL];
                ph->failed += c.c[PMT_BAD];
            }
    }
}

static enum pmt_phase_kind kind_of_phase(const struct pmt_phase *x)
{
    return x->failed * 10 >= x->requests * 9 ? PMT_PHASE_FULL : PMT_PHASE_PARTIAL;
}

/* ---- what chance makes of one rate --------------------------------------------------------- */

enum { ODDS = 3 }; /* so many times others, at least */

static double of_its_own(const struct pmt_voted *v)
{
    return v->n > 0 ? log_likelihood(v->failed / v->n, v->n - v->failed, v->failed) : 0;
}

/* By how many nats two rates tell two stretches better than one; 0 when they are too alike to be
 * worth telling whatever the evidence. */
static double apart(const struct pmt_voted *a, const struct pmt_voted *b)
{
    struct pmt_voted both = {a->n + b->n, a->failed + b->failed};
    double x = (a->failed + 0.5) / (a->n - a->failed + 0.5);
    double y = (b->failed + 0.5) / (b->n - b->failed + 0.5);
    if (x < ODDS * y && y < ODDS * x)
        return 0;
    return of_its_own(a) + of_its_own(b) - of_its_own(&both);
}

/* Joins neighbours, the likest first, until each change of rate is more than chance makes of so few
 * clients: one that asks for what is not there makes a phase of a quiet night. */
static void join_chance(struct pmt_incident *p)
{
    size_t n = p->nphases;
    int64_t *at = pmt_alloc((n + 1) * sizeof *at);
    struct pmt_voted *v = pmt_alloc((n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++)
        at[i] = p->phases[i].from / PMT_SECOND;
    at[n] = p->end / PMT_SECOND + 1;
    pmt_voted_between(p->flow, at, n, v);
    while (n > 1) {
        size_t least = 0;
        double nats = INFINITY;
        for (size_t i = 0; i + 1 < n; i++) {
            double d = apart(&v[i], &v[i + 1]);
            if (d < nats) {
                nats = d;
                least = i;
            }
        }
        if (nats >= PMT_ALARM)
            break;
        struct pmt_phase *a = &p->phases[least], *b = a + 1;
        a->to = b->to;
        a->requests += b->requests;
        a->failed += b->failed;
        a->kind = kind_of_phase(a);
        v[least].n += v[least + 1].n;
        v[least].failed += v[least + 1].failed;
        n--;
        memmove(b, b + 1, (n - least - 1) * sizeof *b);
        memmove(&v[least + 1], &v[least + 2], (n - least - 1) * sizeof *v);
    }
    p->nphases = n;
    free(at);
    free(v);
}

/* Windows of a minute or of twenty requests, whichever is longer. */
void pmt_incident_find_phases(struct pmt_incident *p)
{
    struct pmt_series_iter it = pmt_series_iter_from(&p->flow->series, p->start / PMT_SECOND);
    int64_t sec, first = p->start / PMT_SECOND, last = p->end / PMT_SECOND;
    struct pmt_counts c;
    struct window_sum w = {.from = first};
    while (pmt_series_next(&it, &sec, &c) && sec <= last) {
        if (sec < first)
            continue;
        if (sec - w.from >= 60 && w.requests >= 20) {
            pmt_incident_add_phase(p, kind_of_window(&w), w.from * PMT_SECOND, sec * PMT_SECOND,
                                   w.requests, w.failed);
            w = (struct window_sum){.from = sec};
        }
        w.requests += c.c[PMT_ALL];
        w.failed += c.c[PMT_BAD];
    }
    pmt_incident_add_phase(p, kind_of_window(&w), w.from * PMT_SECOND, p->end, w.requests,
                           w.failed);
    smooth_phases(p);
    p->phases[0].from = p->start;
    for (size_t i = 1; i < p->nphases; i++)
        refine_phase(p, &p->phases[i - 1], &p->phases[i]);
    smooth_phases(p); /* to the second, one may be shorter than its windows */
    count_phases(p);
    if (p->nphases > 1)
        join_chance(p);
}

void pmt_incident_burst_phases(struct pmt_incident *p, const struct pmt_burst *bursts, size_t n)
{
    const struct pmt_flow *f = p->flow;
    p->bursts = n;
    for (size_t i = 0; i < n; i++) {
        size_t a = pmt_flow_search(f, bursts[i].start), z = pmt_flow_search(f, bursts[i].end);
        bool known = a < f->nbad && z < f->nbad && f->bad[z].sec == bursts[i].end;
        int64_t from = bursts[i].start * PMT_SECOND, to = bursts[i].end * PMT_SECOND;
        struct pmt_numbers k = pmt_requests_between(p->flow, bursts[i].start, bursts[i].end);
        struct pmt_phase x = {.from = known ? from + f->bad[a].first_us : from,
                              .to = known ? to + f->bad[z].last_us : to,
                              .requests = k.requests, .failed = k.failed};
        x.kind = kind_of_phase(&x);
        if (i) {
            const struct pmt_phase *last = &p->phases[p->nphases - 1];
            k = pmt_requests_between(p->flow, bursts[i - 1].end + 1, bursts[i].start - 1);
            pmt_incident_add_phase(p, PMT_PHASE_WELL, last->to, x.from, k.requests, k.failed);
        }
        pmt_incident_add_phase(p, x.kind, x.from, x.to, x.requests, x.failed);
    }
}
