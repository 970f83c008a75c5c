#include "prints_parts.h"

#include <stdlib.h>

#define SECOND PMT_PRINT_SECOND

enum {
    WIDTH = 5,        /* seconds within which gaps agree: when a request ended is seen that alike */
    NEAR = 3,         /* seconds from the middle, at least */
    ELSEWHERE = 60,   /* seconds: a second peak that far off is another answer */
    MOMENT = 60,      /* seconds: the parts of one page come together and tell one thing only */
    MOMENTS_MIN = 5,  /* so many tell something though most keys disagree */
    KEYS_MIN = 8,     /* and so many keys */
    CELLS = 2 * PMT_PRINT_REACH + 1,
    SPOT = 1,         /* cells on either side of a peak that are the peak */
    SIDE = 10,        /* cells on either side of it that show what chance would give */
    HITS_MIN = 16,    /* requests that agree, when keys are not rare */
};

/* One of b's that may be one of a's: how much later, and which of a's. */
struct pmt_gap_point {
    int64_t gap;
    uint32_t ask;
};

static int by_gap(const void *a, const void *b)
{
    const struct pmt_gap_point *x = a, *y = b;
    if (x->gap != y->gap)
        return x->gap < y->gap ? -1 : 1;
    return x->ask < y->ask ? -1 : x->ask > y->ask;
}

/* A stretch of points by gap. */
struct bunch {
    size_t from, to;
    uint32_t keys;
};

static size_t gather(struct pmt_asks *q, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        for (uint32_t k = 0; k < q->v[i].n; k++) {
            if (q->often[q->v[i].first + k])
                continue;
            PMT_GROW(q->points, n, q->cappoints);
            q->points[n++] = (struct pmt_gap_point){
                q->b[q->v[i].first + k].t - q->v[i].t, (uint32_t)i};
        }
    if (n)
        qsort(q->points, n, sizeof *q->points, by_gap);
    q->points_left -= n < q->points_left ? n : q->points_left;
    return n;
}

/* The bunch within WIDTH that most keys agree on, outside [lo, hi]. */
static struct bunch best_bunch(struct pmt_asks *q, size_t n, int64_t lo, int64_t hi)
{
    const struct pmt_gap_point *p = q->points;
    struct bunch best = {0, 0, 0};
    uint32_t keys = 0;
    size_t j = 0;
    for (size_t i = 0; i < n; i++) {
        for (; j < n && p[j].gap <= p[i].gap + WIDTH * SECOND; j++)
            keys += q->votes[q->v[p[j].ask].key]++ == 0;
        bool outside = p[i].gap > hi || p[j - 1].gap < lo;
        if (outside && (keys > best.keys || (keys == best.keys && j - i > best.to - best.from)))
            best = (struct bunch){i, j, keys};
        keys -= --q->votes[q->v[p[i].ask].key] == 0;
    }
    return best;
}

static int by_ask(const void *a, const void *b)
{
    const struct pmt_gap_point *x = a, *y = b;
    if (x->ask != y->ask)
        return x->ask < y->ask ? -1 : 1;
    return x->gap < y->gap ? -1 : x->gap > y->gap;
}

/* Of a's: how many stand in a bunch, from which to which, and in how many moments. */
struct told {
    size_t n, first, last;
    unsigned moments;
};

static struct told tell(const struct pmt_asks *q, struct bunch b)
{
    struct told r = {.n = 0};
    int64_t start = 0;
    struct pmt_gap_point *p = q->points + b.from;
    qsort(p, b.to - b.from, sizeof *p, by_ask);
    for (size_t i = 0; i < b.to - b.from; i++) {
        int64_t t = q->v[p[i].ask].t;
        if (i && p[i].ask == p[i - 1].ask)
            continue;
        r.first = r.n++ ? r.first : p[i].ask;
        r.last = p[i].ask;
        if (!r.moments || t >= start + MOMENT * SECOND) {
            r.moments++;
            start = t;
        }
    }
    if (b.to > b.from)
        qsort(p, b.to - b.from, sizeof *p, by_gap);
    return r;
}

/* How many points chance would put within WIDTH, judged by those around the bunch, near and far. */
static double by_chance(const struct pmt_gap_point *p, size_t n, struct bunch b)
{
    static const int64_t far[] = {15, 30, 60, 300, 900};
    int64_t lo = p[b.from].gap, hi = p[b.to - 1].gap;
    double most = 0;
    for (size_t k = 0; k < sizeof far / sizeof *far; k++) {
        size_t beside = 0;
        for (size_t i = b.from; i-- > 0 && p[i].gap >= lo - far[k] * SECOND;)
            beside += p[i].gap < lo - WIDTH * SECOND;
        for (size_t i = b.to; i < n && p[i].gap <= hi + far[k] * SECOND; i++)
            beside += p[i].gap > hi + WIDTH * SECOND;
        double share = (double)beside * WIDTH / (2 * (double)(far[k] - WIDTH));
        most = share > most ? share : most;
    }
    return most;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Median gap of a bunch, and how far from it a match may be. */
static void measure(const struct pmt_asks *q, struct bunch b, struct pmt_peak *ret)
{
    size_t n = b.to - b.from;
    int64_t *v = pmt_alloc(n * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = q->points[b.from + i].gap;
    qsort(v, n, sizeof *v, by_number);
    ret->gap = v[n / 2];
    for (size_t i = 0; i < n; i++)
        v[i] = v[i] > ret->gap ? v[i] - ret->gap : ret->gap - v[i];
    qsort(v, n, sizeof *v, by_number);
    ret->tolerance = 5 * v[n / 2];
    ret->tolerance = ret->tolerance < NEAR * SECOND ? NEAR * SECOND
                     : ret->tolerance > WIDTH * SECOND ? WIDTH * SECOND : ret->tolerance;
    free(v);
}

/* While a gap holds, no other one has half as much for it: what comes at set times or page by page
 * agrees on many. Where a clock was set each gap holds for its own time. */
static bool alone(struct pmt_asks *q, size_t n, struct bunch best, const struct told *told)
{
    int64_t lo = q->points[best.from].gap - ELSEWHERE * SECOND;
    int64_t hi = q->points[best.to - 1].gap + ELSEWHERE * SECOND;
    size_t out = 0;
    for (size_t i = 0; i < n; i++)
        if (q->points[i].ask >= told->first && q->points[i].ask <= told->last)
            q->points[out++] = q->points[i];
    struct bunch other = best_bunch(q, out, lo, hi);
    return other.keys * 2 <= best.keys || tell(q, other).n * 2 <= told->n;
}

bool pmt_peak_rare(struct pmt_asks *q, size_t from, size_t to, struct pmt_peak *ret)
{
    size_t n = q->points_left ? gather(q, from, to) : 0;
    struct bunch best = best_bunch(q, n, INT64_MAX, INT64_MIN);
    uint32_t keys = 0;
    if (best.keys < PMT_PAIRS_MIN)
        return false;
    double chance = by_chance(q->points, n, best);
    struct told told = tell(q, best);
    double over = (double)told.n - chance - 3;
    if (over <= 0 || over * over <= 36 * chance)
        return false;
    for (size_t i = from; i < to; i++)
        keys += q->votes[q->v[i].key]++ == 0;
    for (size_t i = from; i < to; i++)
        q->votes[q->v[i].key] = 0;
    /* Of a log that saw a part of what the other saw, most keys may well disagree. */
    over = (double)told.moments - chance - 3;
    if (best.keys * 5 < keys * 3 && (best.keys < KEYS_MIN || told.moments < MOMENTS_MIN ||
                                     over <= 0 || over * over <= 36 * chance))
        return false;
    measure(q, best, ret);
    ret->moments = told.moments;
    return alone(q, n, best, &told);
}

/* ---- keys that are not rare -------------------------------------------------------------- */

static int32_t cell_of(int64_t gap)
{
    int64_t s = gap / SECOND - (gap % SECOND < 0) + PMT_PRINT_REACH;
    return (int32_t)(s < 0 ? 0 : s >= CELLS ? CELLS - 1 : s);
}

/* Counts the gaps by the second; a pair weighs the less the more pairs its key has. */
static void fill_cells(struct pmt_asks *q, size_t from, size_t to)
{
    if (!q->cells) {
        q->cells = pmt_alloc(CELLS * sizeof *q->cells);
        q->contrast = pmt_alloc(CELLS * sizeof *q->contrast);
        q->upto = pmt_alloc(CELLS * sizeof *q->upto);
    }
    memset(q->cells, 0, CELLS * sizeof *q->cells);
    for (size_t i = from; i < to; i++) {
        const struct pmt_ask *a = &q->v[i];
        float weight = 1.0F / (float)a->most;
        for (uint32_t k = 0; k < a->n; k++)
            q->cells[cell_of(q->b[a->first + k].t - a->t)] += weight;
    }
}

/* By how much each spot stands out against its sides. Nothing is known of those of the ends. */
static void fill_contrast(struct pmt_asks *q)
{
    const int32_t in = SPOT, out = 2 * SPOT + 1;
    const double share = (double)(2 * SPOT + 1) / (2 * (SIDE - out));
    double *upto = q->upto, sum = 0;
    for (int32_t i = 0; i < CELLS; i++) {
        upto[i] = sum; /* without the cell itself */
        sum += (double)q->cells[i];
    }
    for (int32_t i = SIDE; i < CELLS - SIDE - 1; i++) {
        double all = upto[i + SIDE + 1] - upto[i - SIDE];
        double near = upto[i + out + 1] - upto[i - out];
        double spot = upto[i + in + 1] - upto[i - in];
        q->contrast[i] = (float)(spot - (all - near) * share);
    }
}

static float highest(const float *v, int32_t from, int32_t to, int32_t *at)
{
    float best = 0;
    for (int32_t i = from < 0 ? 0 : from; i < to && i < CELLS; i++)
        if (v[i] > best) {
            best = v[i];
            *at = i;
        }
    return best;
}

/* What is in a spot is more than its sides tell of chance: it is no slope's top, nor luck. */
static bool beyond_chance(const struct pmt_asks *q, size_t from, size_t to, int32_t at)
{
    const double share = (double)(2 * SPOT + 1) / (2 * (SIDE - 2 * SPOT - 1));
    double spot = 0, side = 0, squares = 0;
    for (size_t i = from; i < to; i++) {
        const struct pmt_ask *a = &q->v[i];
        double weight = 1.0 / a->most;
        for (uint32_t k = 0; k < a->n; k++) {
            int32_t off = cell_of(q->b[a->first + k].t - a->t) - at;
            off = off < 0 ? -off : off;
            spot += off <= SPOT ? weight : 0;
            side += off > 2 * SPOT + 1 && off <= SIDE ? weight * share : 0;
            squares += off > 2 * SPOT + 1 && off <= SIDE ? weight * weight * share : 0;
        }
    }
    double over = spot - side;
    return over >= side && over * over > 36 * squares;
}

/* What of b's is nearest to where the gap has it? INT64_MAX: nothing is near. */
static int64_t nearest(const struct pmt_asks *q, const struct pmt_ask *a, int64_t gap)
{
    int64_t best = INT64_MAX, off = (SPOT + 1) * SECOND;
    for (uint32_t k = 0; k < a->n; k++) {
        int64_t d = q->b[a->first + k].t - a->t - gap;
        if ((d < 0 ? -d : d) < off) {
            off = d < 0 ? -d : d;
            best = d + gap;
        }
    }
    return best;
}

bool pmt_peak_busy(struct pmt_asks *q, size_t from, size_t to, struct pmt_peak *ret)
{
    if (!q->work)
        return false;
    q->work--;
    fill_cells(q, from, to);
    fill_contrast(q);
    int32_t at = 0, other;
    float best = highest(q->contrast, 0, CELLS, &at);
    float left = highest(q->contrast, 0, at - ELSEWHERE, &other);
    float right = highest(q->contrast, at + ELSEWHERE + 1, CELLS, &other);
    float before = highest(q->contrast, at - ELSEWHERE, at - SIDE, &other);
    float behind = highest(q->contrast, at + SIDE + 1, at + ELSEWHERE + 1, &other);
    /* What is asked again and again at an even pace fits nearly as well a few turns off. */
    if (best <= 0 || left * 2 > best || right * 2 > best || before * 1.5F > best ||
        behind * 1.5F > best)
        return false;
    if (!beyond_chance(q, from, to, at))
        return false;
    int64_t middle = (int64_t)(at - PMT_PRINT_REACH) * SECOND + SECOND / 2;
    struct bunch all = {0, 0, 0};
    for (size_t i = from; i < to; i++) {
        int64_t gap = nearest(q, &q->v[i], middle);
        if (gap == INT64_MAX)
            continue;
        PMT_GROW(q->points, all.to, q->cappoints);
        q->points[all.to++] = (struct pmt_gap_point){gap, (uint32_t)i};
    }
    if (all.to < HITS_MIN)
        return false;
    measure(q, all, ret);
    ret->moments = tell(q, all).moments;
    ret->tolerance = (SPOT + 1) * SECOND;
    return true;
}
