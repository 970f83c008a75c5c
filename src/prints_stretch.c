#include "prints_parts.h"

#include <stdlib.h>

/* Time is gone through in windows, each with requests enough to tell how far the clocks are apart.
 * What agrees in a window is one stretch; what lies before and behind it is looked at again, since
 * a clock may have been set there. */

#define SECOND PMT_PRINT_SECOND

enum {
    WINDOW = 48,           /* requests that tell the gap */
    WINDOW_SPAN = 600,     /* seconds */
    LEAST = 5,             /* not looked at again when fewer are left */
    POINTS = 16000000,     /* pairs looked at, those looked at again included */
    BUSY_WINDOW = 1024,    /* when keys are not rare it takes more of them ... */
    BUSY_ENOUGH = 128,     /* ... or so many, and a day */
    BUSY_LEAST = 32,
    BUSY_PIECES = 8,
    BUSY_TRIES = 32,       /* histograms made to see whether there is anything to be found */
    BUSY_WORK = 128,       /* and made at most when there is */
    BUSY_PAIRS = 16000000, /* pairs counted at most, in each round of windows */
};

uint32_t pmt_ask_find(const struct pmt_work *w, const struct pmt_ask *a, int64_t gap,
                      int64_t tolerance)
{
    uint32_t best = 0;
    int64_t off = tolerance + 1;
    for (uint32_t k = 0; k < a->n; k++) {
        int64_t d = w->asks.b[a->first + k].t - a->t - gap;
        d = d < 0 ? -d : d;
        if (d < off && !w->taken[a->first + k]) {
            off = d;
            best = a->first + k + 1;
        }
    }
    return best;
}

static void later(struct pmt_work *w, size_t from, size_t to)
{
    if (to < from + (size_t)(w->busy ? BUSY_LEAST : LEAST))
        return;
    PMT_GROW(w->todo, w->ntodo, w->captodo);
    w->todo[w->ntodo++] = (struct pmt_range){from, to};
}

/* Among busy keys chance finds some everywhere: pieces with far fewer than the best are not it. */
static void trim(const struct pmt_work *w, struct pmt_stretch *s)
{
    size_t hits[BUSY_PIECES] = {0}, most = 0, n = s->to - s->from, lo = 0, hi = BUSY_PIECES;
    for (size_t i = 0; i < n; i++)
        hits[i * BUSY_PIECES / n] +=
            pmt_ask_find(w, &w->asks.v[s->from + i], s->peak.gap, s->peak.tolerance) > 0;
    for (size_t k = 0; k < BUSY_PIECES; k++)
        most = hits[k] > most ? hits[k] : most;
    while (lo < hi && hits[lo] * 2 < most)
        lo++;
    while (hi > lo && hits[hi - 1] * 2 < most)
        hi--;
    s->to = s->from + (hi * n + BUSY_PIECES - 1) / BUSY_PIECES;
    s->from += (lo * n + BUSY_PIECES - 1) / BUSY_PIECES;
}

/* From the first to the last that agrees. */
static void add_stretch(struct pmt_work *w, struct pmt_range r, const struct pmt_peak *peak)
{
    struct pmt_stretch s = {r.from, r.to, 0, *peak};
    if (w->busy)
        trim(w, &s);
    size_t first = s.to, last = s.from;
    for (size_t i = s.from; i < s.to; i++)
        if (pmt_ask_find(w, &w->asks.v[i], peak->gap, peak->tolerance)) {
            first = first == s.to ? i : first;
            last = i + 1;
            s.hits++;
        }
    if (!s.hits)
        return;
    s.from = first;
    s.to = last;
    PMT_GROW(w->v, w->n, w->cap);
    w->v[w->n++] = s;
    later(w, r.from, s.from);
    later(w, s.to, r.to);
}

/* A window, and what is left of it. */
static void look(struct pmt_work *w, struct pmt_range window, bool closely)
{
    PMT_GROW(w->todo, w->ntodo, w->captodo);
    w->todo[w->ntodo++] = window;
    while (w->ntodo) {
        struct pmt_range r = w->todo[--w->ntodo];
        size_t middle = r.from + (r.to - r.from) / 2;
        struct pmt_peak peak;
        if (w->busy ? pmt_peak_busy(&w->asks, r.from, r.to, &peak)
                    : pmt_peak_rare(&w->asks, r.from, r.to, &peak)) {
            if (w->busy && !w->n)
                w->asks.work += BUSY_WORK;
            add_stretch(w, r, &peak);
        } else if ((!w->busy || w->n || closely) &&
                   r.to - r.from >= 2 * (size_t)(w->busy ? BUSY_LEAST : LEAST)) {
            later(w, r.from, middle);
            later(w, middle, r.to);
        }
    }
}

/* Where the window that begins here ends; what would be left is too little for one joins it. */
static size_t window_end(const struct pmt_work *w, size_t from, size_t n)
{
    const struct pmt_ask *v = w->asks.v;
    size_t to = from, whole = w->busy ? BUSY_WINDOW : WINDOW;
    for (; to < n; to++) {
        int64_t span = v[to].t - v[from].t;
        if (w->busy ? to - from >= BUSY_WINDOW ||
                          (to - from >= BUSY_ENOUGH && span >= 86400 * SECOND)
                    : to - from >= WINDOW && span >= WINDOW_SPAN * SECOND)
            break;
    }
    return n - to < whole / 2 ? n : to;
}

static int by_start(const void *a, const void *b)
{
    const struct pmt_stretch *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

void pmt_stretches_find(struct pmt_work *w, size_t n)
{
    struct pmt_range *v = NULL;
    size_t windows = 0, cap = 0, pairs = 0, every = 1;
    for (size_t i = 0, to; i < n; i = to, windows++) {
        to = window_end(w, i, n);
        PMT_GROW(v, windows, cap);
        v[windows] = (struct pmt_range){i, to};
    }
    if (w->busy) {
        for (size_t i = 0; i < n; i++)
            pairs += w->asks.v[i].n;
        every = pairs / BUSY_PAIRS + windows / (BUSY_WORK / 2) + 1;
        w->asks.work = BUSY_TRIES;
    }
    w->asks.points_left = POINTS;
    w->n = 0;
    /* All over the time, so that the first tries show whether there is anything to be found. */
    for (size_t step = windows / every / (BUSY_TRIES / 2) + 1, from = 0; from < step; from++)
        for (size_t i = from * every; i < windows; i += step * every)
            look(w, v[i], windows < BUSY_TRIES / 8);
    if (w->n)
        qsort(w->v, w->n, sizeof *w->v, by_start);
    free(v);
}
