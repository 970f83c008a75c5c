#include "detect_parts.h"

#include <math.h>

enum { EDGE = 2 }; /* seconds: failures this near to a burst's edge may belong to it */

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

/* Does this second fail ten times as often as is normal? */
static bool stands_out(const struct pmt_steps *s, struct pmt_flow *f, const struct pmt_burst *b,
                       int64_t sec)
{
    struct reader r = reader(s, f, sec, sec);
    return next_second(&r) && r.k > 10 * b->p0 * r.n;
}

static bool belongs(const struct pmt_steps *s, struct pmt_flow *f, const struct pmt_burst *b,
                    int64_t gap, int64_t sec)
{
    return gap <= EDGE && rate_between(s, f, sec, sec) * 4 >= b->rate;
}

/* In the second in which it begins, most requests may still have been good: seconds at the edge
 * that fail at a quarter of the burst's rate belong to it. When half of the requests in it fail, so
 * does the one second right beside it, if it stands out. */
static void take_edges(const struct pmt_steps *s, struct pmt_flow *f, struct pmt_burst *b,
                       int64_t limit_from, int64_t limit_to)
{
    size_t i = pmt_flow_search(f, b->start);
    for (; i > 0 && f->bad[i - 1].sec >= limit_from &&
           belongs(s, f, b, b->start - f->bad[i - 1].sec, f->bad[i - 1].sec); i--)
        b->start = f->bad[i - 1].sec;
    if (i > 0 && b->rate >= 0.5 && f->bad[i - 1].sec == b->start - 1 &&
        f->bad[i - 1].sec >= limit_from && stands_out(s, f, b, b->start - 1))
        b->start--;
    i = pmt_flow_search(f, b->end);
    for (; i + 1 < f->nbad && f->bad[i + 1].sec <= limit_to &&
           belongs(s, f, b, f->bad[i + 1].sec - b->end, f->bad[i + 1].sec); i++)
        b->end = f->bad[i + 1].sec;
    if (i + 1 < f->nbad && b->rate >= 0.5 && f->bad[i + 1].sec == b->end + 1 &&
        f->bad[i + 1].sec <= limit_to && stands_out(s, f, b, b->end + 1))
        b->end++;
}

/* The stretch that scores best with the rate that was observed, when both ends may move as far as
 * pmt_reach, and inwards. */
static void refine(const struct pmt_steps *s, struct pmt_flow *f, struct pmt_burst *b,
                   int64_t limit_from, int64_t limit_to)
{
    int64_t far = pmt_reach(b);
    int64_t from = b->start - far > limit_from ? b->start - far : limit_from;
    int64_t to = b->end + far < limit_to ? b->end + far : limit_to;
    double rate = pmt_clamp(rate_between(s, f, b->start, b->end), 2 * b->p0, 0.99);
    double up = log(rate / b->p0), down = log((1 - rate) / (1 - b->p0));
    double sum = 0, min = 0, best = -1;
    int64_t start = b->start, cand = INT64_MIN, end = b->end;
    struct reader r = reader(s, f, from, to);
    while (next_second(&r)) {
        if (r.k > 0 && (cand == INT64_MIN || sum < min)) {
            min = sum;
            cand = r.sec;
        }
        sum += r.k * up + (r.n - r.k) * down;
        if (r.k > 0 && sum - min > best) {
            best = sum - min;
            start = cand;
            end = r.sec;
        }
    }
    b->start = start;
    b->end = end;
    b->rate = rate;
    take_edges(s, f, b, limit_from, limit_to);
}

/* Evidence that it was over (or had not begun): good requests outside, weighed with its own
 * rate. */
static bool enough_good(struct pmt_flow *f, const struct pmt_burst *b, int64_t from, int64_t to)
{
    double rate = pmt_clamp(b->rate, 2 * b->p0, 0.99);
    double need = PMT_QUIET / -log((1 - rate) / (1 - b->p0)), have = 0;
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
            if (b->v[i].end > last->end)
                last->end = b->v[i].end;
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
        refine(b->v[i].one_client ? &plain : s, flow, &b->v[i], from, to);
    }
    merge_near(b);
    for (size_t i = 0; i < b->n; i++) {
        struct pmt_burst *x = &b->v[i];
        x->rate = rate_between(&plain, flow, x->start, x->end);
        x->ongoing = i + 1 == b->n && !enough_good(flow, x, x->end + 1, INT64_MAX);
        x->began_before = i == 0 && !enough_good(flow, x, INT64_MIN / 4, x->start - 1);
    }
}
