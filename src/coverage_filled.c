#include "coverage_parts.h"

#include <stdlib.h>

/* Stretches of time (instants), apart. */
struct times {
    struct pmt_stretch *v;
    size_t n, cap;
};

static void put(struct times *t, int64_t from, int64_t to)
{
    if (from >= to)
        return;
    PMT_GROW(t->v, t->n, t->cap);
    t->v[t->n++] = (struct pmt_stretch){.from = from, .to = to};
}

static void cut(struct times *t, int64_t from, int64_t to)
{
    struct times left = {0};
    for (size_t i = 0; i < t->n; i++) {
        const struct pmt_stretch *s = &t->v[i];
        put(&left, s->from, s->to < from ? s->to : from);
        put(&left, s->from > to ? s->from : to, s->to);
    }
    free(t->v);
    *t = left;
}

/* ---- is it of the same sort? ------------------------------------------------------------- */

static int most_of(const uint64_t *v, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        best = v[i] > v[best] ? i : best;
    return best;
}

/* Same format, same layer, same host: a balancer's log is none of a web server's, nor are two web
 * servers' logs one. */
static bool alike(const struct pmt_scanned *x, const struct pmt_scanned *y)
{
    return x->parser == y->parser &&
           most_of(x->tally->kinds, 5) == most_of(y->tally->kinds, 5) &&
           most_of(x->tally->layers, 3) == most_of(y->tally->layers, 3) &&
           (!x->host.n || !y->host.n || pmt_is_host(x->host, y->host));
}

static const struct pmt_scanned *newest(const struct pmt_activity *a)
{
    for (size_t i = a->n; i-- > 0;)
        if (a->sources[a->members[i]].tally && a->sources[a->members[i]].first != PMT_NO_TIME)
            return &a->sources[a->members[i]];
    return NULL;
}

static bool same_sort(const struct pmt_activity *a, const struct pmt_activity *b)
{
    const struct pmt_scanned *s = newest(a);
    if (!s || a->requests != b->requests || !b->nactive)
        return false;
    for (size_t i = 0; i < b->n; i++) {
        const struct pmt_scanned *x = &b->sources[b->members[i]];
        if (x->tally && x->first != PMT_NO_TIME && !alike(s, x))
            return false;
    }
    return true;
}

/* ---- does it lie in the gaps? ------------------------------------------------------------ */

/* With a minute on either side: the file that was rotated may be written to for a moment. */
static bool in_gap(const struct pmt_found_gaps *gaps, int64_t from, int64_t to)
{
    for (size_t i = 0; i < gaps->n; i++)
        if (from >= pmt_minute_of(gaps->v[i].gap.from) - 1 &&
            to <= pmt_minute_of(gaps->v[i].gap.to) + 1)
            return true;
    return false;
}

static const struct pmt_busy *busy_at(const struct pmt_activity *a, int64_t minute)
{
    size_t lo = 0, hi = a->nbusy;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (a->busy[mid].minute < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < a->nbusy && a->busy[lo].minute == minute ? &a->busy[lo] : NULL;
}

/* So many of these minutes are neither in a gap of the log nor the log's own lines again. */
static int64_t strange(const struct pmt_family *log, const struct pmt_activity *other, int64_t from,
                       int64_t to)
{
    int64_t n = 0;
    for (int64_t m = from; m <= to; m++) {
        const struct pmt_busy *x = busy_at(&log->activity, m), *y = busy_at(other, m);
        bool same = x && y && x->n == y->n && x->sum == y->sum;
        n += y && !same && !in_gap(&log->found, m, m);
    }
    return n;
}

/* Another site's log, or another program's, holds lines at times when this log does, too. Of
 * requests one minute in twenty may be strange: where a copy was cut, for one. */
static bool fits(const struct pmt_family *log, const struct pmt_activity *other)
{
    int64_t bad = 0, all = 0;
    if (!log->found.n || !same_sort(&log->activity, other))
        return false;
    for (size_t i = 0; i < other->nactive; i++)
        all += other->active[i].to - other->active[i].from + 1;
    for (size_t i = 0; i < other->nactive && bad * 20 <= all; i++) {
        const struct pmt_active *s = &other->active[i];
        if (in_gap(&log->found, s->from, s->to))
            continue;
        if (!other->requests)
            return false;
        bad += strange(log, other, s->from, s->to);
    }
    return bad * 20 <= all;
}

/* Where it would fit several logs nobody knows whose it is. */
static bool fits_alone(const struct pmt_family *families, size_t n, size_t log, size_t other)
{
    if (log == other || !fits(&families[log], &families[other].activity))
        return false;
    for (size_t i = 0; i < n; i++)
        if (i != log && i != other && fits(&families[i], &families[other].activity))
            return false;
    return true;
}

/* ---- how far does it reach? -------------------------------------------------------------- */

/* Some lines of that time (those that failed, picked out) are not the log: it must hold half at
 * least of the minutes and requests that are to be expected of that. */
static bool enough(const struct pmt_family *log, const struct pmt_gap *g,
                   const struct pmt_activity *other, int64_t from, int64_t to)
{
    const struct pmt_activity *a = &log->activity;
    int64_t first = pmt_minute_of(from), last = pmt_minute_of(to - 1);
    if (!a->steady || !a->nactive)
        return true;
    double lines = 0, whole = (double)(a->active[a->nactive - 1].to - a->active[0].from + 1);
    for (size_t i = 0; i < a->nactive; i++)
        lines += (double)(a->active[i].to - a->active[i].from + 1);
    for (size_t i = 0; i < log->found.n; i++)
        whole -= (double)(log->found.v[i].gap.to - log->found.v[i].gap.from) / (double)PMT_MINUTE;
    double due = lines / (whole < lines ? lines : whole) * (double)(last - first + 1);
    if ((double)pmt_activity_minutes(other, first, last) * 2 < due)
        return false;
    due = (double)g->expected * (double)(to - from) / (double)(g->to - g->from);
    return (double)pmt_activity_requests(other, first, last) * 2 >= due;
}

/* Takes from what is left of a gap the time that this log fills: from its first line in it to its
 * last, without its own gaps. */
static void fill(const struct pmt_family *log, const struct pmt_gap *g,
                 const struct pmt_family *other, struct times *left)
{
    const struct pmt_activity *o = &other->activity;
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; i < o->nactive; i++) {
        const struct pmt_active *s = &o->active[i];
        if ((s->to + 1) * PMT_MINUTE <= g->from || s->from * PMT_MINUTE >= g->to)
            continue;
        int64_t first = pmt_activity_begin(o, s), last = pmt_activity_end(o, s);
        from = first < from ? first : from;
        to = last > to ? last : to;
    }
    from = from > g->from ? from : g->from;
    to = to < g->to ? to : g->to;
    if (from >= to || !enough(log, g, o, from, to))
        return;
    struct times filled = {0};
    put(&filled, from, to);
    for (size_t i = 0; i < other->found.n; i++)
        cut(&filled, other->found.v[i].gap.from, other->found.v[i].gap.to);
    for (size_t i = 0; i < filled.n; i++)
        cut(left, filled.v[i].from, filled.v[i].to);
    free(filled.v);
}

/* Nine tenths are the whole: between two files lines may be some time apart. */
static void put_left(const struct pmt_found_gap *whole, const struct times *left,
                     struct pmt_found_gaps *ret)
{
    int64_t length = whole->gap.to - whole->gap.from, sum = 0;
    for (size_t i = 0; i < left->n; i++)
        sum += left->v[i].to - left->v[i].from;
    if (sum <= length / 10)
        return;
    for (size_t i = 0; i < left->n; i++) {
        struct pmt_found_gap g = *whole;
        int64_t part = left->v[i].to - left->v[i].from;
        if (part < length && (part < length / 10 || part < PMT_SILENCE_MIN))
            continue;
        g.gap.from = left->v[i].from;
        g.gap.to = left->v[i].to;
        if (g.gap.from != whole->gap.from)
            g.gap.before.line = 0;
        if (g.gap.to != whole->gap.to)
            g.gap.behind.line = 0;
        g.gap.expected = (uint64_t)((double)whole->gap.expected * (double)part / (double)length +
                                    0.5);
        if (part < length && g.gap.kind == PMT_GAP_SILENT && whole->gap.expected &&
            g.gap.expected < PMT_SILENCE_LINES)
            continue;
        PMT_GROW(ret->v, ret->n, ret->cap);
        ret->v[ret->n++] = g;
    }
}

void pmt_gaps_filled(const struct pmt_family *families, size_t n, size_t i,
                     struct pmt_found_gaps *ret)
{
    const struct pmt_found_gaps *found = &families[i].found;
    size_t *by = NULL, nby = 0, cap = 0;
    for (size_t k = 0; found->n && k < n; k++)
        if (fits_alone(families, n, i, k)) {
            PMT_GROW(by, nby, cap);
            by[nby++] = k;
        }
    for (size_t k = 0; k < found->n; k++) {
        const struct pmt_gap *g = &found->v[k].gap;
        struct times left = {0};
        put(&left, g->from, g->to);
        for (size_t j = 0; j < nby; j++)
            fill(&families[i], g, &families[by[j]], &left);
        put_left(&found->v[k], &left, ret);
        free(left.v);
    }
    free(by);
}
