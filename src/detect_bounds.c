#include "detect_parts.h"

#include <math.h>
#include <stdlib.h>

enum {
    NEAR = 1800, /* seconds: boundaries are looked for so far away, at least */
    FAR_FAINTER = 10,
    BESIDE = 5,  /* seconds */
};

static double answered(const struct pmt_counts *c)
{
    return (double)c->c[PMT_ALL] - c->c[PMT_GAVE_UP];
}

/* The requests of a flow second by second, those of a client that fails all the time toned down. */
struct reader {
    const struct pmt_steps *steps;
    struct pmt_flow *flow;
    struct pmt_series_iter it;
    int64_t from, to;
    int64_t sec;
    double n, k;      /* in that second: requests, and failed ones */
    int64_t minute;   /* whose weight that is */
    double weight;
};

static struct reader reader(const struct pmt_steps *s, struct pmt_flow *f, int64_t from, int64_t to)
{
    return (struct reader){.steps = s, .flow = f, .it = pmt_series_iter_from(&f->series, from),
                           .from = from, .to = to, .minute = INT64_MIN};
}

static bool next_second(struct reader *r)
{
    struct pmt_counts c;
    do {
        if (!pmt_series_next(&r->it, &r->sec, &c) || r->sec > r->to)
            return false;
    } while (r->sec < r->from);
    r->n = answered(&c);
    r->k = c.c[PMT_BAD];
    int64_t minute = r->sec / 60 - (r->sec % 60 < 0);
    if (c.c[PMT_BAD] && minute != r->minute) {
        r->minute = minute;
        r->weight = pmt_failed_weight(r->steps, r->flow, minute);
    }
    if (c.c[PMT_BAD])
        r->k *= r->weight;
    return true;
}

static double rate_between(const struct pmt_steps *s, struct pmt_flow *f, int64_t from, int64_t to)
{
    struct reader r = reader(s, f, from, to);
    double n = 0, k = 0;
    while (next_second(&r)) {
        n += r.n;
        k += r.k;
    }
    return n > 0 ? k / n : 0;
}

/* ---- runs of stretches --------------------------------------------------------------------- */

struct run {
    struct pmt_burst b;
    double n, k;
    double gain; /* nats over p0 */
    double over; /* the same, as far as p0 is known */
};

struct runs {
    struct run *v;
    size_t n, cap;
};

static double faint(double p0)
{
    return pmt_clamp(PMT_FAINT_TIMES * p0, PMT_FAINT_MIN, 0.9);
}

struct stretch {
    size_t from, to; /* steps: of the first failure, behind the last one */
    int64_t first, last; /* their seconds */
    double n, k;
    double over; /* nats over p0, as far as it is known; less than a change costs: not raised */
};

static struct stretch stretch_of(const struct pmt_step *v, const struct pmt_plateau *p,
                                 const struct pmt_normal *normal)
{
    struct stretch s = {.from = p->from, .to = p->to, .n = p->n, .k = p->k};
    s.over = p->raised ? pmt_gain_over(normal, p->n, p->k) : 0;
    while (s.from + 1 < s.to && v[s.from].k <= 0)
        s.from++;
    while (s.to > s.from + 1 && v[s.to - 1].k <= 0)
        s.to--;
    s.first = v[s.from].sec;
    s.last = v[s.to - 1].sec;
    return s;
}

static bool is_raised(const struct stretch *s)
{
    return s->over >= PMT_CHANGE;
}

/* A few failures far fainter than what stands beside them, on one side only: background by chance,
 * unless they would nearly be told alone. (Whatever stands beside a burst needs one change of rate
 * less than what stands free, so chance finds it there. What is near belongs to it: the second in
 * which it ended holds good requests too.) */
static bool is_chance(const struct stretch *s, const struct stretch *beside)
{
    bool near = s->last - beside->last <= BESIDE && beside->first - s->first <= BESIDE;
    return !near && s->over < PMT_QUIET && s->k / s->n * FAR_FAINTER < beside->k / beside->n;
}

/* From both sides; behind the one that is dropped the next is at the edge. */
static void drop_chance(struct stretch *s, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (is_raised(&s[i]) && (!i || !is_raised(&s[i - 1])) && is_raised(&s[i + 1]) &&
            is_chance(&s[i], &s[i + 1]))
            s[i].over = 0;
    for (size_t i = n; i-- > 1;)
        if (is_raised(&s[i]) && (i + 1 == n || !is_raised(&s[i + 1])) && is_raised(&s[i - 1]) &&
            is_chance(&s[i], &s[i - 1]))
            s[i].over = 0;
}

/* Raised stretches side by side. A faint one alone is none, but it may lead to one. */
static struct runs runs_find(const struct pmt_step *v, size_t n, const struct pmt_normal *normal)
{
    struct runs r = {0};
    struct pmt_plateau *p;
    size_t count = pmt_plateaus_find(v, n, normal->rate, &p), last = SIZE_MAX;
    struct stretch *s = pmt_alloc((count + 1) * sizeof *s);
    for (size_t i = 0; i < count; i++)
        s[i] = stretch_of(v, &p[i], normal);
    drop_chance(s, count);
    for (size_t i = 0; i < count; i++) {
        if (!is_raised(&s[i]))
            continue;
        double rate = s[i].k / s[i].n;
        if (last == SIZE_MAX || last + 1 != i) {
            PMT_GROW(r.v, r.n, r.cap);
            r.v[r.n++] = (struct run){
                .b = {.start = v[s[i].from].sec, .p0 = normal->rate, .rate_first = rate}};
        }
        struct run *x = &r.v[r.n - 1];
        x->b.end = v[s[i].to - 1].sec;
        x->b.rate_last = rate;
        x->n += s[i].n;
        x->k += s[i].k;
        x->gain += pmt_gain_at_least(normal->rate, s[i].n, s[i].k, faint(normal->rate));
        x->over += s[i].over;
        last = i;
    }
    free(s);
    free(p);
    return r;
}

static struct pmt_step sum_between(const struct pmt_step *v, size_t n, int64_t from, int64_t to)
{
    const struct pmt_steps all = {.v = (struct pmt_step *)v, .n = n};
    return pmt_steps_sum(&all, from, to);
}

/* A pause between two runs is one when it shows, by the lower of their rates, that all was well:
 * otherwise it only was a lucky stretch, or nobody asked. */
static bool one_run(const struct pmt_step *v, size_t n, const struct run *a, const struct run *b)
{
    if (b->b.start - a->b.end <= PMT_MERGE_GAP)
        return true;
    double p0 = a->b.p0, x = a->k / a->n, y = b->k / b->n;
    struct pmt_step pause = sum_between(v, n, a->b.end + 1, b->b.start - 1);
    return pmt_gain(pause.n, pause.k, p0, pmt_clamp(x < y ? x : y, faint(p0), 0.99)) > -PMT_QUIET;
}

static void runs_join(struct runs *r, const struct pmt_step *v, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct run *last = out ? &r->v[out - 1] : NULL;
        if (r->v[i].gain < PMT_CHANGE)
            continue;
        if (!last || !one_run(v, n, last, &r->v[i])) {
            r->v[out++] = r->v[i];
            continue;
        }
        last->b.end = r->v[i].b.end;
        last->b.rate_last = r->v[i].b.rate_last;
        last->n += r->v[i].n;
        last->k += r->v[i].k;
        last->gain += r->v[i].gain;
        last->over += r->v[i].over;
    }
    r->n = out;
}

struct pmt_bursts pmt_bursts_find(const struct pmt_step *v, size_t n, struct pmt_normal normal,
                                  double alarm)
{
    struct pmt_bursts b = {.normal = normal};
    struct runs r = runs_find(v, n, &normal);
    runs_join(&r, v, n);
    for (size_t i = 0; i < r.n; i++) {
        if (r.v[i].gain < alarm || r.v[i].over < PMT_QUIET)
            continue;
        PMT_GROW(b.v, b.n, b.cap);
        b.v[b.n++] = r.v[i].b;
    }
    free(r.v);
    return b;
}

/* ---- boundaries ---------------------------------------------------------------------------- */

/* How far the ends of a burst may lie from where the votes put them. */
static int64_t reach(const struct pmt_burst *b)
{
    int64_t quarter = (b->end - b->start) / 4;
    return quarter > NEAR ? quarter : NEAR;
}

/* The requests between two seconds. Good ones in a row are one step: no edge lies in them. */
static struct pmt_steps requests_between(const struct pmt_steps *s, struct pmt_flow *f,
                                         int64_t from, int64_t to)
{
    struct pmt_steps out = {0};
    struct reader r = reader(s, f, from, to);
    while (next_second(&r)) {
        struct pmt_step *last = out.n ? &out.v[out.n - 1] : NULL;
        if (r.k <= 0 && last && last->k <= 0) {
            last->n += r.n;
            continue;
        }
        PMT_GROW(out.v, out.n, out.cap);
        out.v[out.n++] = (struct pmt_step){r.sec, r.n, r.k};
    }
    return out;
}

/* The runs of requests that a burst of votes touches. */
static void refine(const struct pmt_steps *s, struct pmt_flow *f, struct pmt_burst *b,
                   const struct pmt_normal *normal, int64_t limit_from, int64_t limit_to)
{
    int64_t far = reach(b);
    int64_t from = b->start - far > limit_from ? b->start - far : limit_from;
    int64_t to = b->end + far < limit_to ? b->end + far : limit_to;
    struct pmt_steps steps = requests_between(s, f, from, to);
    struct runs r = runs_find(steps.v, steps.n, normal);
    struct pmt_burst was = *b;
    bool any = false;
    runs_join(&r, steps.v, steps.n);
    for (size_t i = 0; i < r.n; i++) {
        const struct pmt_burst *x = &r.v[i].b;
        if (x->end < was.start || x->start > was.end)
            continue;
        if (!any) {
            b->start = x->start;
            b->rate_first = x->rate_first;
            any = true;
        }
        b->end = x->end;
        b->rate_last = x->rate_last;
    }
    free(r.v);
    free(steps.v);
}

/* Evidence that it was over (or had not begun): good requests outside, weighed with the rate next
 * to them. */
static bool enough_good(struct pmt_flow *f, double rate, double p0, int64_t from, int64_t to)
{
    rate = pmt_clamp(rate, 2 * p0, 0.99);
    double need = PMT_QUIET / -log((1 - rate) / (1 - p0)), have = 0;
    struct pmt_series_iter it = pmt_series_iter_from(&f->series, from);
    struct pmt_counts c;
    int64_t sec;
    while (have < need && pmt_series_next(&it, &sec, &c) && sec <= to)
        if (sec >= from)
            have += answered(&c) - c.c[PMT_BAD];
    return have >= need;
}

static void merge_near(struct pmt_bursts *b)
{
    size_t out = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct pmt_burst *last = out ? &b->v[out - 1] : NULL;
        if (last && b->v[i].start - last->end <= PMT_MERGE_GAP) {
            if (b->v[i].end > last->end) {
                last->end = b->v[i].end;
                last->rate_last = b->v[i].rate_last;
            }
            last->one_client &= b->v[i].one_client;
        } else {
            b->v[out++] = b->v[i];
        }
    }
    b->n = out;
}

void pmt_bursts_settle(struct pmt_bursts *b, const struct pmt_steps *s, struct pmt_flow *flow)
{
    const struct pmt_steps plain = {.by_client = false}; /* every request as it is */
    for (size_t i = 0; i < b->n; i++) {
        int64_t from = i ? b->v[i - 1].end + 1 : INT64_MIN / 4;
        int64_t to = i + 1 < b->n ? b->v[i + 1].start - 1 : INT64_MAX / 4;
        refine(b->v[i].one_client ? &plain : s, flow, &b->v[i], &b->normal, from, to);
    }
    merge_near(b);
    for (size_t i = 0; i < b->n; i++) {
        struct pmt_burst *x = &b->v[i];
        x->rate = rate_between(&plain, flow, x->start, x->end);
        x->ongoing = i + 1 == b->n &&
                     !enough_good(flow, x->rate_last, x->p0, x->end + 1, INT64_MAX);
        x->began_before = i == 0 &&
                          !enough_good(flow, x->rate_first, x->p0, INT64_MIN / 4, x->start - 1);
    }
}
