#include "pmt/detect.h"

#include <math.h>
#include <stdlib.h>

enum {
    BLOCKS = 16,
    ROUNDS = 3,
    PRIOR_VOTES = 200,
    EDGE = 2, /* seconds: failures this near to a burst's edge may belong to it */
};
#define WILSON_Z 1.645 /* one-sided 95 % */

/* What happened in a second that has a failed vote, or in a minute that has none. */
struct step {
    int64_t sec;
    double n, k; /* votes, and failed ones */
};

struct steps {
    struct step *v;
    size_t n, cap;
};

static void push(struct steps *s, int64_t sec, double n, double k)
{
    PMT_GROW(s->v, s->n, s->cap);
    s->v[s->n++] = (struct step){sec, n, k};
}

/* ---- votes to steps ------------------------------------------------------------------------ */

static void minute_steps(struct steps *s, int64_t minute, const uint64_t *ok, size_t nok,
                         const uint64_t *failed, size_t nfailed, double ok_weight,
                         double failed_weight)
{
    if (!nfailed) {
        push(s, minute * 60, (double)nok * ok_weight, 0);
        return;
    }
    double n[60] = {0}, k[60] = {0};
    for (size_t i = 0; i < nok; i++)
        n[PMT_VOTE_FIRST(ok[i]) % 60] += ok_weight;
    for (size_t i = 0; i < nfailed; i++) {
        n[PMT_VOTE_FIRST(failed[i]) % 60] += failed_weight;
        k[PMT_VOTE_FIRST(failed[i]) % 60] += failed_weight;
    }
    for (int i = 0; i < 60; i++)
        if (n[i] > 0)
            push(s, minute * 60 + i, n[i], k[i]);
}

static void steps_from_votes(struct steps *s, const struct pmt_flow *f)
{
    size_t i = 0, k = 0;
    double ok_weight = (double)(UINT64_C(1) << f->ok.shift);
    double failed_weight = (double)(UINT64_C(1) << f->failed.shift);
    while (i < f->ok.n || k < f->failed.n) {
        int64_t mi = INT64_MAX, mk = INT64_MAX;
        size_t ni = 0, nk = 0;
        const uint64_t *vi = NULL, *vk = NULL;
        if (i < f->ok.n)
            vi = pmt_votes_minute(&f->ok, i, &mi, &ni);
        if (k < f->failed.n)
            vk = pmt_votes_minute(&f->failed, k, &mk, &nk);
        int64_t m = mi < mk ? mi : mk;
        minute_steps(s, m, vi, mi == m ? ni : 0, vk, mk == m ? nk : 0, ok_weight, failed_weight);
        i += mi == m;
        k += mk == m;
    }
}

static void steps_from_requests(struct steps *s, struct pmt_flow *f)
{
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c)) {
        double n = c.c[PMT_ALL] - c.c[PMT_GAVE_UP];
        if (!c.c[PMT_BAD] && s->n && !s->v[s->n - 1].k && s->v[s->n - 1].sec / 60 == sec / 60)
            s->v[s->n - 1].n += n;
        else
            push(s, sec, n, c.c[PMT_BAD]);
    }
}

/* A balancer without real_ip, a site behind one address: the votes of one or two clients say
 * nothing, the requests do. */
static bool few_clients(struct pmt_flow *f)
{
    if (f->ok.shift || f->failed.shift)
        return false;
    uint64_t minutes = f->ok.n > f->failed.n ? f->ok.n : f->failed.n, votes = 0, requests = 0;
    for (size_t i = 0; i < f->ok.n; i++) {
        int64_t m;
        size_t n;
        pmt_votes_minute(&f->ok, i, &m, &n);
        votes += n;
    }
    votes += pmt_votes_count(&f->failed);
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c))
        requests += c.c[PMT_ALL];
    return votes <= 2 * minutes && requests >= votes * 5;
}

/* ---- the normal rate ----------------------------------------------------------------------- */

static double wilson_upper(double k, double n)
{
    if (n <= 0)
        return PMT_P0_MIN;
    double z2 = WILSON_Z * WILSON_Z, p = k / n;
    return (p + z2 / (2 * n) + WILSON_Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n);
}

static double clamp(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

static bool inside(const struct pmt_burst *b, size_t n, int64_t sec)
{
    for (size_t i = 0; i < n; i++)
        if (sec >= b[i].start - 60 && sec <= b[i].end + 60)
            return true;
    return false;
}

struct block {
    double n, k;
};

static int by_rate(const void *a, const void *b)
{
    const struct block *x = a, *y = b;
    double rx = x->n > 0 ? x->k / x->n : 1, ry = y->n > 0 ? y->k / y->n : 1;
    return rx < ry ? -1 : rx > ry;
}

/* Blocks of equal votes outside what was found; the cleanest `pool` of them make the rate. */
static double normal_rate(const struct steps *s, const struct pmt_burst *found, size_t nfound,
                          int pool)
{
    double total = 0, seen = 0;
    struct block blocks[BLOCKS] = {{0}};
    for (size_t i = 0; i < s->n; i++)
        if (!inside(found, nfound, s->v[i].sec))
            total += s->v[i].n;
    if (total <= 0)
        return PMT_P0_MIN;
    for (size_t i = 0; i < s->n; i++) {
        if (inside(found, nfound, s->v[i].sec))
            continue;
        int b = (int)(seen / total * BLOCKS);
        b = b < BLOCKS ? b : BLOCKS - 1;
        blocks[b].n += s->v[i].n;
        blocks[b].k += s->v[i].k;
        seen += s->v[i].n;
    }
    qsort(blocks, BLOCKS, sizeof *blocks, by_rate);
    struct block sum = {0};
    for (int i = 0; i < pool; i++) {
        sum.n += blocks[i].n;
        sum.k += blocks[i].k;
    }
    /* A short log says little: its upper limit alone would call 4 % normal. */
    double prior = (sum.k + 1) / (sum.n + PRIOR_VOTES), upper = wilson_upper(sum.k, sum.n);
    return clamp(upper < prior ? upper : prior, PMT_P0_MIN, PMT_P0_MAX);
}

/* ---- the sum ------------------------------------------------------------------------------- */

struct bursts {
    struct pmt_burst *v;
    size_t n, cap;
};

static void found(struct bursts *out, int64_t start, int64_t end, double p0)
{
    PMT_GROW(out->v, out->n, out->cap);
    out->v[out->n++] = (struct pmt_burst){.start = start, .end = end, .p0 = p0};
}

static void cusum(const struct steps *s, int64_t from, int64_t to, double p0, double p1,
                  struct bursts *out)
{
    double up = log(p1 / p0), down = log((1 - p1) / (1 - p0));
    double sum = 0, max = 0;
    int64_t start = INT64_MIN, at_max = 0;
    bool alarmed = false;
    for (size_t i = 0; i < s->n; i++) {
        if (s->v[i].sec < from || s->v[i].sec > to)
            continue;
        if (s->v[i].k > 0 && start == INT64_MIN)
            start = s->v[i].sec;
        sum += s->v[i].k * up + (s->v[i].n - s->v[i].k) * down;
        if (sum > max && s->v[i].k > 0) {
            max = sum;
            at_max = s->v[i].sec;
        }
        alarmed |= sum >= PMT_ALARM;
        if (alarmed && sum < max - PMT_QUIET) {
            found(out, start, at_max, p0);
            alarmed = false;
            sum = 0;
        }
        if (sum <= 0) {
            sum = max = 0;
            start = INT64_MIN;
        }
    }
    if (alarmed)
        found(out, start, at_max, p0);
}

static double observed(const struct steps *s, const struct pmt_burst *b)
{
    double n = 0, k = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].sec >= b->start && s->v[i].sec <= b->end) {
            n += s->v[i].n;
            k += s->v[i].k;
        }
    return n > 0 ? k / n : 1;
}

static int64_t reach(const struct pmt_burst *b)
{
    int64_t quarter = (b->end - b->start) / 4;
    return quarter > 60 ? quarter : 60;
}

/* With the rate that was observed, what looked like one burst may be two with good minutes
 * between; each keeps only what its own rate explains. */
static void split(const struct steps *s, struct bursts *in, double p0)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct bursts out = {0};
        for (size_t i = 0; i < in->n; i++) {
            double rate = clamp(observed(s, &in->v[i]), PMT_P1_MIN, 0.99);
            if (rate < 2 * p0)
                rate = 2 * p0;
            size_t had = out.n;
            cusum(s, in->v[i].start - 1, in->v[i].end + reach(&in->v[i]), p0, rate, &out);
            if (out.n == had)
                found(&out, in->v[i].start, in->v[i].end, p0);
        }
        bool same = out.n == in->n;
        free(in->v);
        *in = out;
        if (same && round)
            return;
    }
}

static struct bursts detect_steps(const struct steps *s)
{
    struct bursts b = {0};
    double p0 = normal_rate(s, NULL, 0, BLOCKS / 4);
    for (int round = 0; round < ROUNDS; round++) {
        struct bursts now = {0};
        cusum(s, INT64_MIN, INT64_MAX, p0, clamp(5 * p0, PMT_P1_MIN, 0.9), &now);
        free(b.v);
        b = now;
        double next = normal_rate(s, b.v, b.n, BLOCKS);
        if (fabs(next - p0) < p0 / 20)
            break;
        p0 = next;
    }
    split(s, &b, p0);
    return b;
}

/* ---- boundaries on the requests ------------------------------------------------------------ */

static double second_rate(struct pmt_flow *f, int64_t at)
{
    struct pmt_series_iter it = pmt_series_iter_from(&f->series, at);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c) && sec <= at)
        if (sec == at && c.c[PMT_ALL])
            return (double)c.c[PMT_BAD] / c.c[PMT_ALL];
    return 0;
}

/* In the second in which it begins, half the requests may still have been good: seconds at the
 * edge that fail at a quarter of the burst's rate belong to it. */
static void take_edges(struct pmt_flow *f, struct pmt_burst *b, int64_t limit_from,
                       int64_t limit_to)
{
    size_t i = pmt_flow_search(f, b->start);
    while (i > 0 && f->bad[i - 1].sec >= b->start - EDGE && f->bad[i - 1].sec >= limit_from &&
           second_rate(f, f->bad[i - 1].sec) * 4 >= b->rate)
        b->start = f->bad[--i].sec;
    i = pmt_flow_search(f, b->end);
    while (i + 1 < f->nbad && f->bad[i + 1].sec <= b->end + EDGE && f->bad[i + 1].sec <= limit_to &&
           second_rate(f, f->bad[i + 1].sec) * 4 >= b->rate)
        b->end = f->bad[++i].sec;
}

/* The stretch from start to end that scores best when both ends may move: the start to the left as
 * far as `reach`, the end likewise, and inwards. */
static void refine(struct pmt_flow *f, struct pmt_burst *b, int64_t limit_from, int64_t limit_to)
{
    struct pmt_counts c;
    int64_t sec, far = reach(b);
    int64_t from = b->start - far > limit_from ? b->start - far : limit_from;
    int64_t to = b->end + far < limit_to ? b->end + far : limit_to;
    double n = 0, k = 0;
    struct pmt_series_iter it = pmt_series_iter_from(&f->series, b->start);
    while (pmt_series_next(&it, &sec, &c) && sec <= b->end)
        if (sec >= b->start) {
            n += c.c[PMT_ALL] - c.c[PMT_GAVE_UP];
            k += c.c[PMT_BAD];
        }
    double rate = clamp(n > 0 ? k / n : 1, PMT_P1_MIN / 2, 0.99);
    if (rate < 2 * b->p0)
        rate = 2 * b->p0;
    double up = log(rate / b->p0), down = log((1 - rate) / (1 - b->p0));
    double sum = 0, min = 0, best = -1;
    int64_t start = b->start, cand = INT64_MIN, end = b->end;
    it = pmt_series_iter_from(&f->series, from);
    while (pmt_series_next(&it, &sec, &c) && sec <= to) {
        if (sec < from)
            continue;
        if (c.c[PMT_BAD] && (cand == INT64_MIN || sum < min)) {
            min = sum;
            cand = sec;
        }
        sum += c.c[PMT_BAD] * up + (double)(c.c[PMT_ALL] - c.c[PMT_GAVE_UP] - c.c[PMT_BAD]) * down;
        if (c.c[PMT_BAD] && sum - min > best) {
            best = sum - min;
            start = cand;
            end = sec;
        }
    }
    b->start = start;
    b->end = end;
    b->rate = rate;
    take_edges(f, b, limit_from, limit_to);
}

/* Evidence that it was over (or had not begun): good requests outside, weighed with its own rate. */
static bool enough_good(struct pmt_flow *f, const struct pmt_burst *b, int64_t from, int64_t to)
{
    double need = PMT_QUIET / -log((1 - clamp(b->rate, 0.02, 0.99)) / (1 - b->p0)), have = 0;
    struct pmt_series_iter it = pmt_series_iter_from(&f->series, from);
    struct pmt_counts c;
    int64_t sec;
    while (have < need && pmt_series_next(&it, &sec, &c) && sec <= to)
        if (sec >= from)
            have += c.c[PMT_ALL] - c.c[PMT_BAD] - c.c[PMT_GAVE_UP];
    return have >= need;
}

static void merge_near(struct bursts *b)
{
    size_t out = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (out && b->v[i].start - b->v[out - 1].end <= PMT_MERGE_GAP) {
            if (b->v[i].end > b->v[out - 1].end)
                b->v[out - 1].end = b->v[i].end;
            if (b->v[i].rate > b->v[out - 1].rate)
                b->v[out - 1].rate = b->v[i].rate;
        } else {
            b->v[out++] = b->v[i];
        }
    }
    b->n = out;
}

size_t pmt_detect(struct pmt_flow *flow, struct pmt_burst **ret)
{
    struct steps s = {0};
    pmt_flow_seal(flow);
    if (few_clients(flow))
        steps_from_requests(&s, flow);
    else
        steps_from_votes(&s, flow);
    struct bursts b = detect_steps(&s);
    for (size_t i = 0; i < b.n; i++)
        refine(flow, &b.v[i], i ? b.v[i - 1].end + 1 : INT64_MIN / 4,
               i + 1 < b.n ? b.v[i + 1].start - 1 : INT64_MAX / 4);
    merge_near(&b);
    for (size_t i = 0; i < b.n; i++) {
        b.v[i].ongoing = !enough_good(flow, &b.v[i], b.v[i].end + 1,
                                      i + 1 < b.n ? b.v[i + 1].start - 1 : INT64_MAX);
        b.v[i].ongoing &= i + 1 == b.n;
        b.v[i].began_before =
            i == 0 && !enough_good(flow, &b.v[i], INT64_MIN / 4, b.v[i].start - 1);
    }
    free(s.v);
    *ret = b.v;
    return b.n;
}
