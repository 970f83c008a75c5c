#include "prints_parts.h"

#include <stdlib.h>

/* Stretches that go on from each other are one course of the clocks. Courses are weighed together,
 * the largest first, and no request of b's is taken twice. */

#define SECOND PMT_PRINT_SECOND

enum {
    GOES_ON = 30,          /* seconds from one stretch to the next: a clock drifts ... */
    DRIFT = 1000,          /* ... by less than one in so many */
    MOMENTS_MIN = 4,       /* a few pages' parts may agree by chance */
    SHARE = 5,             /* of what one log holds meanwhile, one in so many is in the other */
    SHARE_OF_ALL = 10,     /* of all that may be in both */
    NEAR = 3,              /* seconds: a match by those beside it */
    BESIDE = 9,            /* of which so many are looked at */
};

void pmt_matches_fini(struct pmt_matches *m)
{
    free(m->v);
    *m = (struct pmt_matches){0};
}

/* ---- what holds together ----------------------------------------------------------------- */

struct course {
    size_t from, to; /* stretches */
    size_t hits;
    unsigned moments;
    int64_t gap;     /* of the largest of them */
};

static bool near(int64_t a, int64_t b, int64_t seconds)
{
    return a - b <= seconds * SECOND && b - a <= seconds * SECOND;
}

static int largest_first(const void *a, const void *b)
{
    const struct course *x = a, *y = b;
    if (x->hits != y->hits)
        return x->hits > y->hits ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

static bool goes_on(const struct pmt_work *w, const struct pmt_stretch *s,
                    const struct pmt_stretch *next)
{
    int64_t apart = w->asks.v[next->from].t - w->asks.v[s->to - 1].t;
    int64_t most = NEAR + apart / SECOND / DRIFT;
    return near(s->peak.gap, next->peak.gap, most < GOES_ON ? most : GOES_ON);
}

static struct course *courses_of(const struct pmt_work *w, size_t *ret)
{
    struct course *v = pmt_alloc((w->n + 1) * sizeof *v);
    size_t n = 0, most = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct pmt_stretch *s = &w->v[i];
        if (!i || !goes_on(w, s - 1, s)) {
            v[n++] = (struct course){.from = i};
            most = 0;
        }
        v[n - 1].to = i + 1;
        v[n - 1].hits += s->hits;
        v[n - 1].moments += s->peak.moments;
        if (s->hits > most) {
            v[n - 1].gap = s->peak.gap;
            most = s->hits;
        }
    }
    for (size_t i = 0; i < n; i++) {
        int64_t span = w->asks.v[w->v[v[i].to - 1].to - 1].t - w->asks.v[w->v[v[i].from].from].t;
        if (v[i].moments > span / (60 * SECOND) + 1)
            v[i].moments = (unsigned)(span / (60 * SECOND) + 1);
    }
    if (n)
        qsort(v, n, sizeof *v, largest_first);
    *ret = n;
    return v;
}

static int64_t gap_of(const struct pmt_work *w, const struct pmt_ask *a)
{
    return w->asks.b[a->match - 1].t - a->t;
}

static bool take_by(struct pmt_work *w, struct pmt_ask *a, int64_t gap, int64_t tolerance)
{
    a->match = pmt_ask_find(w, a, gap, tolerance);
    if (a->match)
        w->taken[a->match - 1] = true;
    return a->match > 0;
}

/* Are most of a course's free to be matched, or matched that way? Else it is the echo of another
 * one, from what comes at the same times each day. */
static bool is_free(const struct pmt_work *w, const struct course *c)
{
    size_t n = 0;
    for (size_t i = c->from; i < c->to; i++)
        for (size_t k = w->v[i].from; k < w->v[i].to; k++) {
            const struct pmt_ask *a = &w->asks.v[k];
            const struct pmt_peak *p = &w->v[i].peak;
            n += a->match ? near(gap_of(w, a), p->gap, NEAR)
                          : pmt_ask_find(w, a, p->gap, p->tolerance) > 0;
        }
    return n * 2 > c->hits;
}

static bool take(struct pmt_work *w, const struct course *c)
{
    if (!is_free(w, c))
        return false;
    for (size_t i = c->from; i < c->to; i++)
        for (size_t k = w->v[i].from; k < w->v[i].to; k++)
            if (!w->asks.v[k].match)
                take_by(w, &w->asks.v[k], w->v[i].peak.gap, w->v[i].peak.tolerance);
    return true;
}

/* When b's were written that may be meant. */
static void note_times(struct pmt_work *w, size_t asks)
{
    bool *meant = pmt_alloc(w->asks.nb + 1);
    free(w->times);
    w->times = pmt_alloc((w->asks.nb + 1) * sizeof *w->times);
    w->ntimes = 0;
    for (size_t i = 0; i < asks; i++)
        memset(meant + w->asks.v[i].first, true, w->asks.v[i].n);
    for (size_t i = 0; i < w->asks.nb; i++)
        if (meant[i] && !w->taken[i])
            w->times[w->ntimes++] = (uint64_t)w->asks.b[i].t + ((uint64_t)1 << 63);
    pmt_sort_u64(w->times, w->ntimes);
    free(meant);
}

static size_t times_before(const struct pmt_work *w, int64_t t)
{
    uint64_t wanted = (uint64_t)t + ((uint64_t)1 << 63);
    size_t lo = 0, hi = w->ntimes;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (w->times[mid] < wanted)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Do the logs share enough while the course lasts, and for long enough? */
static bool is_shared(const struct pmt_work *w, const struct course *c)
{
    size_t all = w->asks.na < w->asks.nb ? w->asks.na : w->asks.nb;
    size_t from = w->v[c->from].from, to = w->v[c->to - 1].to;
    int64_t first = w->asks.v[from].t + w->v[c->from].peak.gap;
    int64_t last = w->asks.v[to - 1].t + w->v[c->to - 1].peak.gap;
    size_t theirs = times_before(w, last + 1) - times_before(w, first);
    size_t least = to - from < theirs ? to - from : theirs;
    return c->hits * SHARE >= least && (c->moments >= MOMENTS_MIN || c->hits * 4 >= all * 3);
}

/* What no stretch took. Between two matches the gap is theirs, or goes from one to the other; where
 * a clock was set it is one or the other. */
static void fill_in(struct pmt_work *w, size_t n)
{
    if (!n)
        return;
    struct pmt_ask *v = w->asks.v, *end = v + n, *before = NULL, *behind = v;
    for (struct pmt_ask *a = v; a < end; before = a->match ? a : before, a++) {
        if (a->match)
            continue;
        for (behind = behind > a ? behind : a; behind < end && !behind->match; behind++) {}
        if (!before && behind == end)
            return;
        int64_t from = gap_of(w, before ? before : behind);
        int64_t to = gap_of(w, behind < end ? behind : before);
        if (before && behind < end && near(from, to, GOES_ON)) {
            int64_t span = behind->t - before->t;
            double part = span ? (double)(a->t - before->t) / (double)span : 0;
            take_by(w, a, from + (int64_t)((double)(to - from) * part), NEAR * SECOND);
        } else if (!w->busy && !take_by(w, a, from, NEAR * SECOND)) {
            take_by(w, a, to, NEAR * SECOND);
        }
    }
}

/* Gives all back; none is the same after all. */
static bool forget(struct pmt_work *w, size_t asks)
{
    for (size_t i = 0; i < asks; i++)
        w->asks.v[i].match = 0;
    memset(w->taken, false, w->asks.nb);
    return false;
}

/* Little is needed to believe that a clock went on as before, or was turned as clocks are. */
static bool is_kin(const struct course *c, const struct course *main)
{
    int64_t off = c->gap > main->gap ? c->gap - main->gap : main->gap - c->gap;
    return near(off, 0, GOES_ON) || near(off, 1800 * SECOND, NEAR) ||
           near(off, 3600 * SECOND, NEAR);
}

static bool take_courses(struct pmt_work *w, size_t asks)
{
    size_t n, hits = 0;
    struct course *v = courses_of(w, &n);
    note_times(w, asks);
    for (size_t i = 0; i < n; i++)
        if (((hits && is_kin(&v[i], &v[0])) || is_shared(w, &v[i])) && take(w, &v[i])) {
            if (!hits)
                fill_in(w, asks);
            hits += v[i].hits;
        }
    free(v);
    fill_in(w, asks);
    return hits * SHARE_OF_ALL >= (asks < w->ntimes ? asks : w->ntimes) && hits ? true
                                                                                : forget(w, asks);
}

/* ---- together ---------------------------------------------------------------------------- */

static int by_match(const void *a, const void *b)
{
    const struct pmt_match *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Leaves out what those right beside it contradict. */
static void drop_strays(struct pmt_matches *m)
{
    bool *stray = pmt_alloc(m->n + 1);
    size_t out = 0, beside = m->n < BESIDE ? m->n : BESIDE;
    for (size_t i = 0; i < m->n; i++) {
        int64_t gaps[BESIDE];
        size_t from = i < BESIDE / 2 ? 0 : i - BESIDE / 2;
        from = from + beside > m->n ? m->n - beside : from;
        for (size_t k = 0; k < beside; k++)
            gaps[k] = m->v[from + k].b - m->v[from + k].a;
        qsort(gaps, beside, sizeof *gaps, by_number);
        stray[i] = !near(m->v[i].b - m->v[i].a, gaps[beside / 2], NEAR);
    }
    for (size_t i = 0; i < m->n; i++)
        if (!stray[i])
            m->v[out++] = m->v[i];
    m->n = out;
    free(stray);
}

static void tell(const struct pmt_work *w, size_t n, struct pmt_matches *ret)
{
    uint32_t *seen = w->asks.votes;
    for (size_t i = 0; i < n; i++) {
        const struct pmt_ask *a = &w->asks.v[i];
        ret->compared += seen[a->key]++ == 0;
        if (!a->match)
            continue;
        PMT_GROW(ret->v, ret->n, ret->cap);
        ret->v[ret->n++] = (struct pmt_match){a->t, w->asks.b[a->match - 1].t};
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_match);
    drop_strays(ret);
}

void pmt_prints_match(const struct pmt_prints *a, const struct pmt_prints *b,
                      struct pmt_matches *ret)
{
    struct pmt_work w = {.busy = false};
    *ret = (struct pmt_matches){0};
    pmt_asks_collect(&w.asks, a, b);
    w.taken = pmt_alloc(w.asks.nb + 1);
    memcpy(w.taken, w.asks.often, w.asks.nb);
    size_t n = pmt_asks_sort(&w.asks, false);
    pmt_stretches_find(&w, n);
    if (!take_courses(&w, n)) {
        w.busy = true;
        n = pmt_asks_sort(&w.asks, true);
        pmt_stretches_find(&w, n);
        take_courses(&w, n);
    }
    tell(&w, n, ret);
    pmt_asks_fini(&w.asks);
    free(w.v);
    free(w.todo);
    free(w.taken);
    free(w.times);
}
