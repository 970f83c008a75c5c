#include "incident_parts.h"

#include <math.h>
#include <stdlib.h>

/* Bursts that are one incident: something dies, comes back, and dies again. Two incidents that
 * happen to be near each other stay two: it takes several bursts, and either the same event at each
 * of them or a rhythm that chance does not keep. */

enum {
    LEAST = 3,           /* bursts with the same event at each, */
    LEAST_REGULAR = 4,   /* and bursts in a rhythm */
    PAUSE = 15 * 60,     /* seconds: with a longer one between them they are apart */
    BESIDE = 60,         /* seconds before a burst in which its event may lie */
    TIMES_AS_LONG = 3,   /* bursts of a rhythm are of like length */
    KEYS_MAX = 16,       /* sorts of events looked at */
};
#define RHYTHM 0.12      /* of their distances: deviation over mean */

/* ---- the same event ---------------------------------------------------------------------- */

/* What ends a process that comes back by itself. What people do again and again is no loop. */
static bool is_death(const struct pmt_mark *m)
{
    return m->event == PMT_EV_OOM || m->event == PMT_EV_CRASH || m->event == PMT_EV_REBOOT ||
           m->event == PMT_EV_SERVICE_FAILED || m->event == PMT_EV_SERVICE_RESTARTING;
}

static bool same_death(const struct pmt_fact *a, const struct pmt_fact *b)
{
    return a->mark->event == b->mark->event && pmt_slice_eq(a->host, b->host) &&
           pmt_slice_eq(a->mark->subject, b->mark->subject);
}

static bool at(const struct pmt_fact *f, const struct pmt_burst *b)
{
    return f->t >= (b->start - BESIDE) * PMT_SECOND && f->t < (b->end + 1) * PMT_SECOND;
}

/* The first that may be at it. */
static size_t first_at(const struct pmt_facts *facts, const struct pmt_burst *b)
{
    size_t lo = 0, hi = facts->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (facts->items[mid].t < (b->start - BESIDE) * PMT_SECOND)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool has(const struct pmt_facts *facts, const struct pmt_fact *like,
                const struct pmt_burst *b)
{
    for (size_t i = first_at(facts, b); i < facts->n && at(&facts->items[i], b); i++)
        if (is_death(facts->items[i].mark) && same_death(&facts->items[i], like))
            return true;
    return false;
}

/* What is logged between the bursts as often as at them tells nothing. */
static bool mostly_at_them(const struct pmt_facts *facts, const struct pmt_fact *like,
                           const struct pmt_finding *const *v, size_t n)
{
    int64_t to = (v[n - 1]->burst.end + 1) * PMT_SECOND;
    size_t inside = 0, all = 0, k = 0;
    for (size_t i = first_at(facts, &v[0]->burst); i < facts->n && facts->items[i].t < to; i++) {
        const struct pmt_fact *f = &facts->items[i];
        if (!is_death(f->mark) || !same_death(f, like))
            continue;
        while (f->t >= (v[k]->burst.end + 1) * PMT_SECOND)
            k++; /* the last one ends behind it */
        inside += at(f, &v[k]->burst);
        all++;
    }
    return inside * 2 > all;
}

/* How many of the bursts, from the first on, have the same event at them. */
static size_t with_event(const struct pmt_facts *facts, const struct pmt_finding *const *v,
                         size_t n)
{
    const struct pmt_fact *keys[KEYS_MAX];
    size_t nkeys = 0, best = 0;
    const struct pmt_burst *first = &v[0]->burst;
    for (size_t i = first_at(facts, first);
         i < facts->n && at(&facts->items[i], first) && nkeys < KEYS_MAX; i++) {
        const struct pmt_fact *f = &facts->items[i];
        size_t k = 0, run = 1;
        if (!is_death(f->mark))
            continue;
        while (k < nkeys && !same_death(keys[k], f))
            k++;
        if (k < nkeys)
            continue;
        keys[nkeys++] = f;
        while (run < n && has(facts, f, &v[run]->burst))
            run++;
        if (run > best && mostly_at_them(facts, f, v, run))
            best = run;
    }
    return best;
}

/* ---- a rhythm ---------------------------------------------------------------------------- */

static bool is_rhythm(const struct pmt_finding *const *v, size_t n)
{
    double sum = 0, squares = 0, shortest = INFINITY, longest = 0;
    for (size_t i = 0; i < n; i++) {
        double length = (double)(v[i]->burst.end - v[i]->burst.start + 1);
        shortest = length < shortest ? length : shortest;
        longest = length > longest ? length : longest;
        if (!i)
            continue;
        double d = (double)(v[i]->burst.start - v[i - 1]->burst.start);
        sum += d;
        squares += d * d;
    }
    double many = (double)(n - 1), mean = sum / many, spread = squares / many - mean * mean;
    return longest <= TIMES_AS_LONG * shortest && spread <= RHYTHM * RHYTHM * mean * mean;
}

/* How many of the bursts, from the first on, are of one series and keep a rhythm. */
static size_t in_rhythm(const struct pmt_finding *const *v, size_t n)
{
    size_t best = 0;
    for (size_t k = 1; k < n && v[k]->flow == v[0]->flow; k++)
        if (k + 1 >= LEAST_REGULAR && is_rhythm(v, k + 1))
            best = k + 1;
    return best;
}

/* ---- one of them ------------------------------------------------------------------------- */

/* The next burst that may go on with those whose last is `at`; l->n: none. What hangs on one client
 * lies in between, and is none of them. */
static size_t next_of(const struct pmt_told *l, size_t at)
{
    const struct pmt_finding *a = &l->v[at];
    for (size_t i = at + 1; i < l->n; i++) {
        const struct pmt_finding *b = &l->v[i];
        if (b->burst.start - a->burst.end > PAUSE)
            break;
        if (!b->burst.one_client && b->burst.start > a->burst.end &&
            (!a->service || !b->service || a->service == b->service))
            return i;
    }
    return l->n;
}

static void tell_wider(struct pmt_finding *x, const struct pmt_finding *y, struct pmt_counted *c)
{
    if (x->flow == y->flow)
        return;
    x->part = NULL;
    if (x->service && x->service == y->service) {
        x->flow = &c->services[x->service - c->services].flow;
        return;
    }
    x->service = c->n == 1 ? c->services : NULL;
    x->flow = c->total;
}

static struct pmt_finding join(const struct pmt_finding *const *v, size_t n, struct pmt_counted *c)
{
    struct pmt_finding x = *v[0];
    x.bursts = pmt_realloc(NULL, n, sizeof *x.bursts);
    x.nbursts = n;
    for (size_t i = 0; i < n; i++) {
        x.bursts[i] = v[i]->burst;
        tell_wider(&x, v[i], c);
        x.burst.p0 = v[i]->burst.p0 > x.burst.p0 ? v[i]->burst.p0 : x.burst.p0;
    }
    x.burst.end = v[n - 1]->burst.end;
    x.burst.rate_last = v[n - 1]->burst.rate_last;
    x.burst.ongoing = v[n - 1]->burst.ongoing;
    struct pmt_numbers k = pmt_requests_between(x.flow, x.burst.start, x.burst.end);
    x.failed = k.failed;
    x.requests = k.requests;
    return x;
}

void pmt_incident_join_bursts(struct pmt_told *told, struct pmt_counted *c,
                              const struct pmt_facts *facts)
{
    const struct pmt_finding **v = pmt_alloc((told->n + 1) * sizeof *v);
    bool *gone = pmt_alloc((told->n + 1) * sizeof *gone);
    struct pmt_told out = {0};
    for (size_t i = 0; i < told->n; i++) {
        size_t n = 0, k;
        if (gone[i])
            continue;
        for (k = i; k < told->n && !told->v[i].burst.one_client; k = next_of(told, k))
            if (!gone[k])
                v[n++] = &told->v[k];
        size_t loop = n >= LEAST ? with_event(facts, v, n) : 0;
        size_t rhythm = n >= LEAST_REGULAR ? in_rhythm(v, n) : 0;
        size_t one = loop >= LEAST && loop >= rhythm ? loop : rhythm >= LEAST_REGULAR ? rhythm : 0;
        PMT_GROW(out.v, out.n, out.cap);
        out.v[out.n++] = one ? join(v, one, c) : told->v[i];
        for (k = 0; k < one; k++)
            gone[v[k] - told->v] = true;
    }
    free(v);
    free(gone);
    free(told->v);
    *told = out;
}
