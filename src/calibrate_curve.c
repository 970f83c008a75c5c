#include "calibrate_skew_parts.h"

#include <stdlib.h>

enum {
    WINDOW = 9,       /* matches at least in a window of which the median is taken */
    SIDE = 4,         /* matches at least on either side of a step */
    INNER = 3,        /* next to it, to tell a step from a drift */
    DRIFT_PPM = 500,  /* what changes slower may be a drift: ntpd slews that fast */
};
#define WINDOW_SPAN (15 * PMT_MINUTE)
#define FLAT PMT_SECOND         /* a clock that keeps within this of its median stands still */
#define SLACK (2 * PMT_SECOND)  /* between a request's end and a line about the clock */

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorts v. */
static int64_t median(int64_t *v, size_t n)
{
    qsort(v, n, sizeof *v, by_number);
    return n % 2 ? v[n / 2] : v[n / 2 - 1] + (v[n / 2] - v[n / 2 - 1]) / 2;
}

static int64_t ahead_of(const struct pmt_seen *s)
{
    return s->own - s->ref;
}

/* Matches in order, with room to sort as many numbers. */
struct matches {
    struct pmt_seen *v;
    size_t n;
    int64_t *room;
    const int64_t *sets;
    size_t nsets;
};

static int64_t median_ahead(const struct matches *m, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        m->room[i - from] = ahead_of(&m->v[i]);
    return median(m->room, to - from);
}

static int64_t median_own(const struct matches *m, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        m->room[i - from] = m->v[i].own;
    return median(m->room, to - from);
}

/* ---- steps ------------------------------------------------------------------------------- */

/* From match at - 1 to match at, the clock went from one level to another. */
struct step {
    size_t at;
    int64_t own; /* first instant it shows behind the step */
};

/* Between two matches the clock was set, and said so: a line with the new time. */
static bool is_set(const struct matches *m, size_t first, size_t then, int64_t level, int64_t *ret)
{
    int64_t from = m->v[first].ref + level - SLACK, to = m->v[then].ref + level + SLACK;
    size_t lo = 0, hi = m->nsets;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (m->sets[mid] < from)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == m->nsets || m->sets[lo] > to)
        return false;
    *ret = m->sets[lo];
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What the clock shows before match i and from there on. */
struct levels {
    int64_t left, right; /* of many matches */
    int64_t jump;        /* of the few next to it */
};

static struct levels levels_at(const struct matches *m, size_t begin, size_t i)
{
    return (struct levels){
        .left = median_ahead(m, i - least(WINDOW, i - begin), i),
        .right = median_ahead(m, i, i + least(WINDOW, m->n - i)),
        .jump = median_ahead(m, i, i + INNER) - median_ahead(m, i - INNER, i),
    };
}

/* Near match i, where what lies before is nearest to the left and what lies behind to the right. */
static size_t cut_near(const struct matches *m, size_t begin, size_t i, const struct levels *l)
{
    int64_t cost = 0, best = 0;
    size_t first = i - INNER > begin + SIDE ? i - INNER : begin + SIDE, at = first;
    for (size_t k = first; k < i + WINDOW && k + SIDE < m->n; k++) {
        int64_t a = ahead_of(&m->v[k]);
        cost += distance(a, l->left) - distance(a, l->right);
        if (cost < best) {
            best = cost;
            at = k + 1;
        }
    }
    return at;
}

/* Is there a step next to match i? A drift differs from it in that the matches close by differ less
 * than those farther off, or in that it takes its time. begin: of the stretch that i lies in. */
static bool find_step(const struct matches *m, size_t begin, size_t i, struct step *ret)
{
    struct levels l = levels_at(m, begin, i);
    if (distance(l.left, l.right) <= PMT_SKEW_LEAST)
        return false;
    size_t at = cut_near(m, begin, i, &l);
    l = levels_at(m, begin, at);
    int64_t size = distance(l.left, l.right), slack = size / 4 > FLAT ? size / 4 : FLAT;
    if (size <= PMT_SKEW_LEAST || distance(l.jump, 0) <= PMT_SKEW_LEAST ||
        distance(l.jump, l.right - l.left) > slack)
        return false;
    ret->at = at;
    if (is_set(m, at - 1, at, l.right, &ret->own))
        return true;
    if (is_set(m, at - INNER, at + INNER - 1, l.right, &ret->own)) {
        for (ret->at = at - INNER + 1; m->v[ret->at].ref < ret->own - l.right; ret->at++)
            if (ret->at == at + INNER - 1)
                break;
        ret->at = ret->at < begin + SIDE ? begin + SIDE : least(ret->at, m->n - SIDE);
        return true;
    }
    int64_t a = m->v[at - 1].own, b = m->v[at].own;
    ret->own = a + (b - a) / 2;
    return (m->v[at + 1].ref - m->v[at - 2].ref) / PMT_SECOND * DRIFT_PPM < size;
}

static size_t find_steps(const struct matches *m, struct step *ret)
{
    size_t n = 0, begin = 0;
    for (size_t i = SIDE; i + SIDE <= m->n; i++)
        if (find_step(m, begin, i, &ret[n])) {
            begin = ret[n++].at;
            i = begin + SIDE - 1;
        }
    return n;
}

/* A level that the clock leaves within minutes for the one it came from is none: for a while it
 * took clients long to receive what was sent. Takes such matches out; how many steps stay. */
static size_t drop_blips(struct matches *m, struct step *steps, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        size_t from = steps[i].at, to = i + 1 < n ? steps[i + 1].at : m->n;
        size_t begin = out ? steps[out - 1].at : 0, end = i + 2 < n ? steps[i + 2].at : m->n;
        if (i + 1 < n && m->v[to - 1].ref - m->v[from].ref < WINDOW_SPAN &&
            distance(median_ahead(m, from - least(WINDOW, from - begin), from),
                     median_ahead(m, to, to + least(WINDOW, end - to))) <= PMT_SKEW_LEAST) {
            memmove(m->v + from, m->v + to, (m->n - to) * sizeof *m->v);
            m->n -= to - from;
            for (size_t k = i + 2; k < n; k++)
                steps[k].at -= to - from;
            i++;
            continue;
        }
        steps[out++] = steps[i];
    }
    return out;
}

/* ---- knots ------------------------------------------------------------------------------- */

struct knots {
    struct pmt_knot *v;
    size_t n, cap;
};

static void put(struct knots *k, int64_t at, int64_t ahead)
{
    PMT_GROW(k->v, k->n, k->cap);
    k->v[k->n++] = (struct pmt_knot){at, ahead};
}

static int64_t interpolate(const struct pmt_knot *v, size_t n, int64_t at)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (v[mid].at <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0 || lo == n)
        return v[lo ? n - 1 : 0].ahead;
    const struct pmt_knot *a = &v[lo - 1], *b = &v[lo];
    return a->ahead + (int64_t)((double)(b->ahead - a->ahead) * (double)(at - a->at) /
                                (double)(b->at - a->at));
}

/* Along the line through a and b, to an instant outside of them. */
static int64_t extend(const struct pmt_knot *a, const struct pmt_knot *b, int64_t at, bool before)
{
    double most = DRIFT_PPM / 1e6, slope = (double)(b->ahead - a->ahead) / (double)(b->at - a->at);
    slope = slope > most ? most : slope < -most ? -most : slope;
    const struct pmt_knot *from = before ? a : b;
    return from->ahead + (int64_t)(slope * (double)(at - from->at));
}

/* A window ends with enough matches and after a while; if what is then left cannot be one, it is
 * part of this one. */
static size_t window_end(const struct matches *m, size_t from, size_t to)
{
    size_t i = from + WINDOW;
    while (i < to && m->v[i - 1].ref - m->v[from].ref < WINDOW_SPAN)
        i++;
    if (i + WINDOW > to || m->v[to - 1].ref - m->v[i].ref < WINDOW_SPAN)
        return to;
    return i;
}

/* A clock cannot move backwards without a step: a knot that says so is left out. */
static void put_windows(struct knots *k, const struct matches *m, size_t from, size_t to)
{
    for (size_t next; from < to; from = next) {
        next = window_end(m, from, to);
        int64_t at = median_own(m, from, next), ahead = median_ahead(m, from, next);
        const struct pmt_knot *last = k->n ? &k->v[k->n - 1] : NULL;
        if (!last || (at > last->at && ahead - last->ahead < at - last->at))
            put(k, at, ahead);
    }
}

static bool is_flat(const struct knots *k, int64_t *room)
{
    for (size_t i = 0; i < k->n; i++)
        room[i] = k->v[i].ahead;
    int64_t middle = median(room, k->n);
    return distance(room[0], middle) <= FLAT && distance(room[k->n - 1], middle) <= FLAT;
}

/* The curve of the matches between two steps. */
static void put_stretch(struct knots *k, const struct matches *m, size_t from, size_t to)
{
    struct knots w = {0};
    put_windows(&w, m, from, to);
    if (is_flat(&w, m->room)) {
        put(k, median_own(m, from, to), median_ahead(m, from, to));
    } else {
        struct pmt_knot first = {m->v[from].own, 0}, last = {m->v[to - 1].own, 0};
        if (first.at < w.v[0].at)
            put(k, first.at, extend(&w.v[0], &w.v[1], first.at, true));
        for (size_t i = 0; i < w.n; i++)
            put(k, w.v[i].at, w.v[i].ahead);
        if (last.at > w.v[w.n - 1].at)
            put(k, last.at, extend(&w.v[w.n - 2], &w.v[w.n - 1], last.at, false));
    }
    free(w.v);
}

/* Knots of all stretches, and two a microsecond apart for each step between them. */
static void put_all(struct knots *k, const struct matches *m, const struct step *steps, size_t n)
{
    int64_t begin = INT64_MIN;
    for (size_t i = 0; i <= n; i++) {
        struct knots s = {0};
        int64_t end = i < n ? steps[i].own : INT64_MAX;
        put_stretch(&s, m, i ? steps[i - 1].at : 0, i < n ? steps[i].at : m->n);
        if (end <= begin + 1) { /* set again before it came to where it was set the last time */
            free(s.v);
            continue;
        }
        if (begin != INT64_MIN)
            put(k, begin, interpolate(s.v, s.n, begin));
        for (size_t j = 0; j < s.n; j++)
            if (s.v[j].at > begin && s.v[j].at < end - 1)
                put(k, s.v[j].at, s.v[j].ahead);
        if (end != INT64_MAX)
            put(k, end - 1, interpolate(s.v, s.n, end - 1));
        begin = end;
        free(s.v);
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

static int by_reference(const void *a, const void *b)
{
    const struct pmt_seen *x = a, *y = b;
    if (x->ref != y->ref)
        return x->ref < y->ref ? -1 : 1;
    return x->own < y->own ? -1 : x->own > y->own;
}

int64_t pmt_skew_at(const struct pmt_skew *s, int64_t own)
{
    return interpolate(s->knots, s->n, own);
}

static int64_t peak(const struct pmt_skew *s)
{
    int64_t a = distance(s->least, 0), b = distance(s->most, 0);
    return a > b ? a : b;
}

bool pmt_skew_tight(const struct pmt_skew *s)
{
    int64_t bound = peak(s) / 4 > PMT_SECOND ? peak(s) / 4 : PMT_SECOND;
    return s->matched >= PMT_SKEW_MIN && s->spread <= bound;
}

static void summarise(struct pmt_skew *s, const struct matches *m)
{
    s->least = s->most = s->knots[0].ahead;
    for (size_t i = 0; i < s->n; i++) {
        s->least = s->knots[i].ahead < s->least ? s->knots[i].ahead : s->least;
        s->most = s->knots[i].ahead > s->most ? s->knots[i].ahead : s->most;
    }
    s->median = median_ahead(m, 0, m->n);
    s->median = s->median < s->least ? s->least : s->median > s->most ? s->most : s->median;
    for (size_t i = 0; i < m->n; i++)
        m->room[i] = distance(ahead_of(&m->v[i]), pmt_skew_at(s, m->v[i].own));
    s->spread = median(m->room, m->n);
    s->matched = m->n;
    s->corrected = peak(s) >= PMT_SKEW_LEAST && pmt_skew_tight(s);
}

/* The steps are looked for in the order of the reference, which does not go back as a clock that is
 * set does. */
void pmt_skew_curve(struct pmt_seen *v, size_t n, const int64_t *sets, size_t nsets,
                    struct pmt_arena *arena, struct pmt_skew *ret)
{
    struct matches m = {v, n, pmt_alloc((n + 1) * sizeof *m.room), sets, nsets};
    struct step *steps = pmt_alloc((n / SIDE + 1) * sizeof *steps);
    struct knots k = {0};
    qsort(v, n, sizeof *v, by_reference);
    size_t nsteps = find_steps(&m, steps);
    nsteps = drop_blips(&m, steps, nsteps);
    put_all(&k, &m, steps, nsteps);
    struct pmt_knot *knots = pmt_arena_alloc(arena, k.n * sizeof *knots);
    memcpy(knots, k.v, k.n * sizeof *knots);
    *ret = (struct pmt_skew){.knots = knots, .n = k.n};
    summarise(ret, &m);
    free(k.v);
    free(steps);
    free(m.room);
}
