#include "incident_parts.h"

#include <math.h>
#include <stdlib.h>

/* A slow incident is a burst of requests that failed, were slow or whose client left, of which the
 * failures are the smaller part. Where errors are the story, their incident keeps its start and
 * end, and what was slow around it is told beside it. */
enum {
    SHARE = 10,         /* at least one in so many requests is slow, */
    LEFT_SHARE = 25,    /* or one in so many left, */
    TIMES = 5,          /* and so many times what is usual */
    MIN_CLIENTS = 5,    /* fewer: an export or a crawler may be all; */
    VOTES_MAX = 100000, /* among more votes of clients no few matter */
    MIN_SLOW = 15,
    MIN_LENGTH = 30,    /* seconds */
    LEAD = 60,          /* seconds: a shorter time beside errors is not told */
    FAILURES = 10,      /* errors tell the story when they are more than one in so many of it, */
    ERRORS = 20,        /* or of all requests */
    NARROW = 80,        /* % of it that a narrower series must hold to tell it */
};

struct slow_burst {
    struct pmt_burst burst;
    struct pmt_flow *flow;   /* as counted */
    struct pmt_flow *view;   /* what was slow counts as failed */
    struct pmt_slow_step step;
    struct pmt_slice name;   /* of its service; absent: of all */
    uint8_t layer;
    uint64_t hits, requests, failed, left, slow;
};

struct slow_bursts {
    struct slow_burst *v;
    size_t n, cap;
};

static void count(struct slow_burst *b)
{
    int64_t from = b->burst.start, to = b->burst.end;
    unsigned left = 1u << PMT_SLOW_LEFT;
    struct pmt_numbers k = pmt_requests_between(b->flow, from, to);
    b->requests = k.requests;
    b->failed = k.failed;
    b->left = pmt_slow_between(b->flow, b->step.sorts & left, from, to);
    b->slow = pmt_slow_between(b->flow, b->step.sorts & ~left, from, to);
    b->hits = b->failed + b->left + b->slow;
}

static bool stands_out(const struct slow_burst *b)
{
    double rate = b->requests ? (double)b->hits / (double)b->requests : 0;
    return b->left + b->slow >= MIN_SLOW && rate >= TIMES * b->burst.p0 &&
           (b->hits * SHARE >= b->requests || b->left * LEFT_SHARE >= b->requests);
}

static void search(struct slow_bursts *l, struct pmt_findings *f, struct pmt_flow *flow,
                   struct pmt_slice name, uint8_t layer, struct pmt_window w)
{
    struct pmt_slow_step step = pmt_slow_step(flow);
    struct pmt_burst *found;
    size_t had = l->n;
    if (!step.sorts)
        return;
    struct pmt_flow *view = pmt_alloc(sizeof *view);
    pmt_flow_copy_slow(view, flow, step.sorts);
    size_t n = pmt_detect(view, &found);
    for (size_t i = 0; i < n; i++) {
        struct slow_burst b = {.burst = found[i], .flow = flow, .view = view, .step = step,
                               .name = name, .layer = layer};
        if (!pmt_incident_clamp(&b.burst, view, w))
            continue;
        count(&b);
        if (!stands_out(&b))
            continue;
        PMT_GROW(l->v, l->n, l->cap);
        l->v[l->n++] = b;
    }
    free(found);
    if (l->n == had) {
        pmt_flow_fini(view);
        free(view);
        return;
    }
    PMT_GROW(f->views, f->nviews, f->capviews);
    f->views[f->nviews++] = view;
}

static int by_start(const void *a, const void *b)
{
    const struct slow_burst *x = a, *y = b;
    if (x->burst.start != y->burst.start)
        return x->burst.start < y->burst.start ? -1 : 1;
    if (x->burst.end != y->burst.end)
        return x->burst.end > y->burst.end ? -1 : 1;
    return pmt_slice_cmp(x->name, y->name);
}

/* Those that overlap are one, told at the narrowest series that holds most of it. */
static size_t cluster(const struct slow_bursts *l, size_t i, struct slow_burst *best)
{
    int64_t end = l->v[i].burst.end;
    uint64_t most = 0;
    size_t k = i;
    for (; k < l->n && l->v[k].burst.start <= end; k++) {
        end = l->v[k].burst.end > end ? l->v[k].burst.end : end;
        most = l->v[k].hits > most ? l->v[k].hits : most;
    }
    const struct slow_burst *b = NULL;
    for (size_t j = i; j < k; j++)
        if (l->v[j].hits * 100 >= most * NARROW && (!b || l->v[j].requests < b->requests))
            b = &l->v[j];
    *best = *b;
    return k;
}

/* ---- beside errors ------------------------------------------------------------------------- */

static bool is_near(const struct pmt_incident *p, const struct slow_burst *b)
{
    int64_t gap = PMT_MERGE_GAP * PMT_SECOND;
    return p->kind == PMT_INCIDENT_ERRORS && p->start <= b->burst.end * PMT_SECOND + gap &&
           p->end >= b->burst.start * PMT_SECOND - gap;
}

/* Do errors tell it? Where half of the requests failed for a while they do, too. */
static bool of_errors(const struct pmt_findings *f, const struct slow_burst *b)
{
    uint64_t near = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct pmt_incident *p = &f->incidents[i];
        if (!is_near(p, b))
            continue;
        if (p->severity != PMT_GRADE_LOW && p->numbers.failed * 2 >= p->numbers.requests)
            return true;
        near++;
    }
    return near && (b->failed * FAILURES > b->hits || b->failed * ERRORS > b->requests);
}

static struct pmt_slowness *slowness(const struct slow_burst *b, int64_t from, int64_t to)
{
    struct pmt_slowness *s = pmt_alloc(sizeof *s);
    unsigned left = 1u << PMT_SLOW_LEFT;
    size_t i = pmt_flow_search(b->view, from), k = pmt_flow_search(b->view, to + 1);
    *s = (struct pmt_slowness){
        .from = from * PMT_SECOND, .to = to * PMT_SECOND, .step = b->step.step,
        .requests = pmt_requests_between(b->flow, from, to).requests,
        .left = pmt_slow_between(b->flow, left, from, to),
        .slow = pmt_slow_between(b->flow, b->step.sorts & ~left, from, to)};
    if (i < k) {
        s->first = &b->view->bad[i];
        s->last = &b->view->bad[k - 1];
        s->from = s->first->sec * PMT_SECOND + s->first->first_us;
        s->to = s->last->sec * PMT_SECOND + s->last->last_us;
    }
    return s;
}

/* The part beside errors by its own rate: the edge away from them moves to where that explains the
 * requests best, as a failure or two long before belong to what is usual. */
static void trim(struct slow_burst *part, bool lead)
{
    struct pmt_series_iter it = pmt_series_iter_from(&part->view->series, part->burst.start);
    struct pmt_counts c;
    double p0 = fmax(part->burst.p0, PMT_P0_MIN), sum = 0, least = 0, most = 0;
    int64_t sec, from = part->burst.start, to = part->burst.end, start = from, end = to;
    count(part);
    double rate = part->requests ? (double)part->hits / (double)part->requests : 0;
    rate = rate < 2 * p0 ? 2 * p0 : rate > 0.99 ? 0.99 : rate;
    double up = log(rate / p0), down = log((1 - rate) / (1 - p0));
    while (pmt_series_next(&it, &sec, &c) && sec <= to) {
        if (sec < from)
            continue;
        double k = c.c[PMT_BAD], n = (double)c.c[PMT_ALL] - c.c[PMT_GAVE_UP];
        if (k > 0 && sum < least) {
            least = sum;
            start = sec;
        }
        sum += k * up + (n - k) * down;
        if (k > 0 && sum > most) {
            most = sum;
            end = sec;
        }
    }
    if (lead)
        part->burst.start = start;
    else
        part->burst.end = end;
    count(part);
}

/* What was slow before the first or behind the last of its incidents of errors. */
static void tell_beside(struct pmt_findings *f, const struct slow_burst *b)
{
    struct pmt_incident *first = NULL, *last = NULL;
    for (size_t i = 0; i < f->n; i++) {
        struct pmt_incident *p = &f->incidents[i];
        if (!is_near(p, b))
            continue;
        first = !first || p->start < first->start ? p : first;
        last = !last || p->end > last->end ? p : last;
    }
    struct slow_burst part = *b;
    part.burst.end = first->start / PMT_SECOND - 1;
    trim(&part, true);
    if (part.burst.end - part.burst.start >= LEAD && stands_out(&part) && !first->slow) {
        first->slow = slowness(b, part.burst.start, part.burst.end);
        return;
    }
    part = *b;
    part.burst.start = last->end / PMT_SECOND + 1;
    trim(&part, false);
    if (part.burst.end - part.burst.start >= LEAD && stands_out(&part) && !last->slow)
        last->slow = slowness(b, part.burst.start, part.burst.end);
}

/* ---- of its own ---------------------------------------------------------------------------- */

static void forget_errors(struct pmt_findings *f, const struct slow_burst *b)
{
    size_t out = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (is_near(&f->incidents[i], b)) {
            free(f->incidents[i].phases);
            free(f->incidents[i].worst.v);
            free(f->incidents[i].slow);
        } else {
            f->incidents[out++] = f->incidents[i];
        }
    }
    f->n = out;
}

struct share {
    struct pmt_slice name;
    uint64_t n;
    uint8_t layer;
};

static int by_share(const void *a, const void *b)
{
    const struct share *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return pmt_slice_cmp(x->name, y->name);
}

/* The services in which most of it happened; those with under 1 % of it are not named. */
static void name_services(struct pmt_incident *p, struct pmt_counted *c,
                          const struct slow_burst *b)
{
    enum { MOST = sizeof p->services / sizeof *p->services };
    struct share *s = pmt_alloc((c->n + 1) * sizeof *s);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_flow *flow = &c->services[i].flow;
        if (b->flow != c->total && b->flow != flow)
            continue;
        uint64_t k = pmt_slow_between(flow, b->step.sorts, b->burst.start, b->burst.end) +
                     pmt_requests_between(flow, b->burst.start, b->burst.end).failed;
        s[n++] = (struct share){c->services[i].name, k, c->services[i].layer};
    }
    qsort(s, n, sizeof *s, by_share);
    p->layer = n ? s[0].layer : PMT_LAYER_NONE;
    for (size_t i = 0; i < n && p->nservices < MOST && s[i].n * 100 >= b->hits; i++)
        p->services[p->nservices++] = s[i].name;
    free(s);
}

static int by_count(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x > y ? -1 : x < y;
}

/* Do a few clients, fewer than MIN_CLIENTS, make more than half of it: one vote a minute each? */
static bool few_make_it(const struct slow_burst *b)
{
    uint64_t *v = NULL, most = 0, all;
    size_t n = 0, cap = 0, runs = 0;
    const struct pmt_votes *votes = &b->view->failed;
    size_t i = pmt_votes_search(votes, b->burst.start / 60);
    for (; i < votes->n && n <= VOTES_MAX; i++) {
        int64_t minute;
        size_t k;
        const uint64_t *its = pmt_votes_minute(votes, i, &minute, &k);
        if (minute * 60 > b->burst.end)
            break;
        for (size_t j = 0; j < k && n <= VOTES_MAX; j++) {
            PMT_GROW(v, n, cap);
            v[n++] = PMT_VOTE_HASH(its[j]);
        }
    }
    all = n;
    if (n && n <= VOTES_MAX)
        pmt_sort_u64(v, n);
    for (size_t j = 0, from = 0; j < n && n <= VOTES_MAX; j++)
        if (j + 1 == n || v[j + 1] != v[j]) {
            v[runs++] = j + 1 - from;
            from = j + 1;
        }
    if (runs)
        qsort(v, runs, sizeof *v, by_count);
    for (size_t j = 0; j < runs && j + 1 < MIN_CLIENTS; j++)
        most += v[j];
    free(v);
    return most * 2 > all;
}

static bool hangs_on_few(const struct pmt_numbers *k, const struct slow_burst *b)
{
    if (k->clients <= MIN_CLIENTS)
        return false; /* they cannot be told apart, or there are no more */
    if (k->clients_affected < MIN_CLIENTS)
        return true;
    return k->clients_affected * 2 < k->clients && few_make_it(b);
}

static void add_slow(struct pmt_findings *f, struct pmt_counted *c, const struct slow_burst *b)
{
    PMT_GROW(f->incidents, f->n, f->cap);
    struct pmt_incident *p = &f->incidents[f->n++];
    *p = (struct pmt_incident){.kind = PMT_INCIDENT_SLOW, .flow = b->view,
                               .ongoing = b->burst.ongoing,
                               .began_before = b->burst.began_before,
                               .redundancy_restored = PMT_NO_TIME, .decimals = c->decimals};
    pmt_incident_find_edges(p, b->burst.start, b->burst.end);
    p->numbers = pmt_numbers_between(b->view, b->burst.start, b->burst.end);
    p->site = pmt_numbers_between(c->total, b->burst.start, b->burst.end);
    pmt_incident_find_worst(p, c);
    name_services(p, c, b);
    p->severity = pmt_incident_grade(p, &b->burst);
    if (hangs_on_few(&p->numbers, b) || p->end - p->start < MIN_LENGTH * PMT_SECOND)
        p->severity = PMT_GRADE_LOW;
    p->numbers.failed = b->failed;
    p->numbers.gave_up = b->left;
    p->slow = slowness(b, b->burst.start, b->burst.end);
    pmt_incident_add_phase(p, PMT_PHASE_SLOW, p->start, p->end, b->requests, b->failed);
}

void pmt_incident_slow(struct pmt_findings *f, struct pmt_counted *c, struct pmt_window w)
{
    struct slow_bursts l = {0};
    if (!c->n)
        return;
    search(&l, f, c->total, PMT_NO_SLICE, PMT_LAYER_NONE, w);
    for (size_t i = 0; i < c->n && c->n > 1; i++)
        search(&l, f, &c->services[i].flow, c->services[i].name, c->services[i].layer, w);
    if (l.n)
        qsort(l.v, l.n, sizeof *l.v, by_start);
    for (size_t i = 0; i < l.n;) {
        struct slow_burst best;
        i = cluster(&l, i, &best);
        if (of_errors(f, &best)) {
            tell_beside(f, &best);
        } else {
            forget_errors(f, &best);
            add_slow(f, c, &best);
        }
    }
    free(l.v);
}

/* ---- how long requests took ---------------------------------------------------------------- */

/* The time before (or behind) an incident that its numbers are compared with: as long as it was,
 * an hour at least, up to the next incident. */
static bool beside(const struct pmt_findings *f, const struct pmt_incident *p, bool after,
                   int64_t *from, int64_t *to)
{
    int64_t start = p->start, end = p->end;
    if (p->slow) {
        start = p->slow->from < start ? p->slow->from : start;
        end = p->slow->to > end ? p->slow->to : end;
    }
    int64_t length = end - start > PMT_HOUR ? end - start : PMT_HOUR;
    *from = after ? end + PMT_SECOND : start - length;
    *to = after ? end + length : start - PMT_SECOND;
    for (size_t i = 0; i < f->n; i++) {
        const struct pmt_incident *o = &f->incidents[i];
        if (o == p)
            continue;
        if (after && o->end > end && o->start < *to)
            *to = o->start - PMT_SECOND;
        if (!after && o->start < start && o->end > *from)
            *from = o->end + PMT_SECOND;
    }
    *from /= PMT_SECOND;
    *to /= PMT_SECOND;
    return *from <= *to;
}

static struct pmt_percentiles took(struct pmt_flow *flow, int64_t from, int64_t to)
{
    struct pmt_latency_sum sum = {0};
    pmt_latency_between(&flow->latency, from, to, &sum);
    return pmt_latency_percentiles(&sum);
}

void pmt_incident_latencies(struct pmt_findings *f)
{
    const struct pmt_percentiles none = {0, -1, -1, -1};
    for (size_t i = 0; i < f->n; i++) {
        struct pmt_incident *p = &f->incidents[i];
        int64_t from, to;
        p->before = p->during = p->after = none;
        if (!p->flow)
            continue;
        p->during = took(p->flow, p->start / PMT_SECOND, p->end / PMT_SECOND);
        if (!p->ongoing && beside(f, p, true, &from, &to))
            p->after = took(p->flow, from, to);
        if (p->began_before || !beside(f, p, false, &from, &to))
            continue;
        p->before = took(p->flow, from, to);
        if (p->kind == PMT_INCIDENT_SLOW) {
            struct pmt_numbers k = pmt_requests_between(p->flow, from, to);
            p->slow->requests_before = k.requests;
            p->slow->bad_before = k.failed;
        }
    }
}
