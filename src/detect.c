#include "detect_parts.h"

#include <math.h>
#include <stdlib.h>

enum {
    BLOCKS = 16,
    CLEANEST = 2, /* of them make the first guess where no others tell of the same time */
    ROUNDS = 3,
    PRIOR_VOTES = 200,
    CHRONIC = 10, /* minutes; a shorter burst is not looked at for one client's share in it */
    TRIES = 8,
};
#define WILSON_Z 1.645 /* one-sided 95 % */

/* ---- the normal rate ----------------------------------------------------------------------- */

static double wilson_upper(double k, double n)
{
    if (n <= 0)
        return PMT_P0_MIN;
    double z2 = WILSON_Z * WILSON_Z, p = k / n;
    return (p + z2 / (2 * n) + WILSON_Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n);
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

/* Steps come in order, and so do the bursts: *at follows along. */
static bool inside(const struct pmt_bursts *found, size_t *at, int64_t sec)
{
    while (*at < found->n && sec > found->v[*at].end + 60)
        ++*at;
    return *at < found->n && sec >= found->v[*at].start - 60;
}

/* Blocks of equal votes outside what was found; the cleanest `pool` of them make the rate. */
static double normal_rate(const struct pmt_steps *s, const struct pmt_bursts *found, int pool)
{
    double total = 0, seen = 0;
    struct block blocks[BLOCKS] = {{0, 0}};
    size_t at = 0;
    for (size_t i = 0; i < s->n; i++)
        if (!inside(found, &at, s->v[i].sec))
            total += s->v[i].n;
    if (total <= 0)
        return PMT_P0_MIN;
    at = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (inside(found, &at, s->v[i].sec))
            continue;
        int b = (int)(seen / total * BLOCKS);
        b = b < BLOCKS ? b : BLOCKS - 1;
        blocks[b].n += s->v[i].n;
        blocks[b].k += s->v[i].k;
        seen += s->v[i].n;
    }
    qsort(blocks, BLOCKS, sizeof *blocks, by_rate);
    struct block sum = {0, 0};
    for (int i = 0; i < pool; i++) {
        sum.n += blocks[i].n;
        sum.k += blocks[i].k;
    }
    /* A short log says little: its upper limit alone would call 4 % normal. */
    double prior = (sum.k + 1) / (sum.n + PRIOR_VOTES), upper = wilson_upper(sum.k, sum.n);
    double rate = upper < prior ? upper : prior;
    if (s->light && sum.n > 0 && rate < sum.k / sum.n)
        rate = sum.k / sum.n;
    return pmt_clamp(rate, PMT_P0_MIN, s->light ? PMT_P0_LIGHT : PMT_P0_MAX);
}

/* ---- the sum ------------------------------------------------------------------------------- */

static void found(struct pmt_bursts *out, int64_t start, int64_t end, double p0)
{
    PMT_GROW(out->v, out->n, out->cap);
    out->v[out->n++] = (struct pmt_burst){.start = start, .end = end, .p0 = p0};
}

/* How much likelier k of n are at rate p1 than at p0, in nats. */
static double score(double n, double k, double p0, double p1)
{
    return k * log(p1 / p0) + (n - k) * log((1 - p1) / (1 - p0));
}

static void cusum(const struct pmt_steps *s, int64_t from, int64_t to, double p0, double p1,
                  struct pmt_bursts *out)
{
    double up = log(p1 / p0), down = log((1 - p1) / (1 - p0));
    double sum = 0, max = 0;
    int64_t start = INT64_MIN, at_max = 0;
    bool alarmed = false;
    for (size_t i = pmt_steps_search(s, from); i < s->n && s->v[i].sec <= to; i++) {
        const struct pmt_step *v = &s->v[i];
        if (v->k > 0 && start == INT64_MIN)
            start = v->sec;
        sum += v->k * up + (v->n - v->k) * down;
        if (sum > max && v->k > 0) {
            max = sum;
            at_max = v->sec;
        }
        alarmed |= sum >= s->alarm;
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

static int by_start(const void *a, const void *b)
{
    const struct pmt_burst *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* In order of time; what overlaps is one. */
static void unite(struct pmt_bursts *b)
{
    size_t out = 0;
    if (b->n)
        qsort(b->v, b->n, sizeof *b->v, by_start);
    for (size_t i = 0; i < b->n; i++) {
        if (out && b->v[i].start <= b->v[out - 1].end) {
            if (b->v[i].end > b->v[out - 1].end)
                b->v[out - 1].end = b->v[i].end;
        } else {
            b->v[out++] = b->v[i];
        }
    }
    b->n = out;
}

/* A clear rise and a faint one: beside a permanent bug the first would not see the second. */
static struct pmt_bursts search(const struct pmt_steps *s, double p0)
{
    struct pmt_bursts b = {0};
    cusum(s, INT64_MIN, INT64_MAX, p0, pmt_clamp(PMT_CLEAR_TIMES * p0, PMT_CLEAR_MIN, 0.9), &b);
    cusum(s, INT64_MIN, INT64_MAX, p0, pmt_clamp(PMT_FAINT_TIMES * p0, PMT_FAINT_MIN, 0.9), &b);
    unite(&b);
    return b;
}

/* ---- one or several ------------------------------------------------------------------------ */

static double observed(const struct pmt_steps *s, const struct pmt_burst *b)
{
    struct pmt_step sum = pmt_steps_sum(s, b->start, b->end);
    return pmt_clamp(sum.n > 0 ? sum.k / sum.n : 1, 2 * b->p0, 0.99);
}

/* A pause between two bursts is one when it shows, by the lower of their rates, that all was well:
 * otherwise it only was a lucky stretch, or nobody asked. */
static void join_lucky(const struct pmt_steps *s, struct pmt_bursts *b)
{
    size_t out = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct pmt_burst *last = out ? &b->v[out - 1] : NULL;
        if (last) {
            double x = observed(s, last), y = observed(s, &b->v[i]);
            struct pmt_step pause = pmt_steps_sum(s, last->end + 1, b->v[i].start - 1);
            if (score(pause.n, pause.k, last->p0, x < y ? x : y) > -PMT_QUIET) {
                last->end = b->v[i].end;
                continue;
            }
        }
        b->v[out++] = b->v[i];
    }
    b->n = out;
}

/* With the rate that was observed, what looked like one burst may be two with good minutes between;
 * each keeps only what its own rate explains. */
static void split(const struct pmt_steps *s, struct pmt_bursts *in, double p0)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct pmt_bursts out = {0};
        for (size_t i = 0; i < in->n; i++) {
            struct pmt_burst *b = &in->v[i];
            size_t had = out.n;
            cusum(s, b->start - 1, b->end + pmt_reach(b), p0, observed(s, b), &out);
            if (out.n == had)
                found(&out, b->start, b->end, p0);
        }
        unite(&out);
        join_lucky(s, &out);
        bool same = out.n == in->n;
        free(in->v);
        *in = out;
        if (same && round)
            return;
    }
}

static struct pmt_bursts detect_steps(const struct pmt_steps *s)
{
    struct pmt_bursts b = {0};
    double p0 = normal_rate(s, &b, s->light ? CLEANEST : BLOCKS / 4);
    if (s->light && p0 >= PMT_P0_LIGHT)
        return b; /* broken at all times: there is nothing that it could stand out from */
    for (int round = 0; round < ROUNDS; round++) {
        struct pmt_bursts now = search(s, p0);
        free(b.v);
        b = now;
        double next = normal_rate(s, &b, BLOCKS);
        if (fabs(next - p0) < p0 / 20)
            break;
        p0 = next;
    }
    split(s, &b, p0);
    return b;
}

/* ---- one client ---------------------------------------------------------------------------- */

/* Would it stand without this client? */
static bool stands_without(const struct pmt_steps *s, const struct pmt_burst *b,
                           const struct pmt_top *top)
{
    struct pmt_step sum = pmt_steps_sum(s, b->start, b->end);
    double its = sum.k * (double)top->minutes / (double)top->votes;
    double n = sum.n - its, k = sum.k - its;
    double rate = pmt_clamp(n > 0 ? k / n : 0, b->p0, 0.99);
    return score(n, k, b->p0, rate) >= s->alarm;
}

/* Leaves a client's failures out of the search. */
static void leave_out(struct pmt_steps *s, struct pmt_flow *flow, struct pmt_bursts *b,
                      uint64_t client)
{
    s->skip[s->nskip++] = client;
    pmt_steps_build(s, flow);
    free(b->v);
    *b = detect_steps(s);
}

static bool hangs_on_one(const struct pmt_steps *s, const struct pmt_flow *flow,
                         const struct pmt_burst *b, uint64_t *ret)
{
    struct pmt_top top;
    if (!pmt_top_client(s, flow, b->start, b->end, &top) || stands_without(s, b, &top))
        return false;
    *ret = top.client;
    return true;
}

/* Bursts that hang on one client are noted in `apart`, and the search is done without the first of
 * these clients; true when there was one. When PMT_SKIPPED_MAX are left out already, they are only
 * marked. */
static bool set_apart(struct pmt_steps *s, struct pmt_flow *flow, struct pmt_bursts *b,
                      struct pmt_bursts *apart)
{
    uint64_t client = 0, first = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (!hangs_on_one(s, flow, &b->v[i], &client))
            continue;
        b->v[i].one_client = true;
        PMT_GROW(apart->v, apart->n, apart->cap);
        apart->v[apart->n++] = b->v[i];
        first = first ? first : client;
    }
    if (!first || s->nskip == PMT_SKIPPED_MAX)
        return false;
    leave_out(s, flow, b, first);
    return true;
}

/* Somebody who asks for a broken link all day may make a long burst of a short one. A client that
 * failed in most minutes of a burst is left out if that leaves less than half of the burst's
 * length; true when there was one. *tries bounds how often the search is done in vain. */
static bool shorten(struct pmt_steps *s, struct pmt_flow *flow, struct pmt_bursts *b,
                    unsigned *tries)
{
    struct pmt_top top;
    for (size_t i = 0; i < b->n && s->nskip < PMT_SKIPPED_MAX && *tries; i++) {
        struct pmt_burst x = b->v[i];
        if (x.end - x.start < CHRONIC * 60 ||
            !pmt_top_client(s, flow, x.start, x.end, &top) ||
            (int64_t)top.minutes * 120 < x.end - x.start)
            continue;
        --*tries;
        struct pmt_steps less = {.nskip = s->nskip};
        struct pmt_bursts now = {0};
        memcpy(less.skip, s->skip, sizeof less.skip);
        leave_out(&less, flow, &now, top.client);
        int64_t left = 0;
        for (size_t k = 0; k < now.n; k++)
            if (now.v[k].start <= x.end && now.v[k].end >= x.start)
                left += now.v[k].end - now.v[k].start + 1;
        bool shorter = left > 0 && left * 2 < x.end - x.start;
        free(shorter ? s->v : less.v);
        free(shorter ? b->v : now.v);
        if (shorter) {
            *s = less;
            *b = now;
            return true;
        }
    }
    return false;
}

/* What was set apart is told too, where nothing else is found. */
static void add_apart(struct pmt_bursts *b, const struct pmt_bursts *apart)
{
    size_t n = b->n;
    for (size_t i = 0; i < apart->n; i++) {
        const struct pmt_burst *a = &apart->v[i];
        bool free_place = true;
        for (size_t k = 0; k < b->n && free_place; k++)
            free_place = a->end < b->v[k].start || a->start > b->v[k].end;
        if (free_place) {
            PMT_GROW(b->v, b->n, b->cap);
            b->v[b->n++] = *a;
        }
    }
    if (b->n > n)
        qsort(b->v, b->n, sizeof *b->v, by_start);
}

size_t pmt_detect(struct pmt_flow *flow, struct pmt_burst **ret)
{
    struct pmt_steps s = {0};
    struct pmt_bursts b, apart = {0};
    unsigned tries = TRIES;
    pmt_flow_seal(flow);
    pmt_steps_build(&s, flow);
    b = detect_steps(&s);
    while (s.by_client && (set_apart(&s, flow, &b, &apart) || shorten(&s, flow, &b, &tries)))
        continue;
    add_apart(&b, &apart);
    free(apart.v);
    pmt_bursts_settle(&b, &s, flow);
    free(s.v);
    *ret = b.v;
    return b.n;
}
