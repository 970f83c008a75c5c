#include "detect_parts.h"

#include <math.h>
#include <stdlib.h>

enum {
    BLOCKS = 16,
    CLEANEST = 2, /* of them make the first guess where no others tell of the same time */
    ROUNDS = 4,
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
static struct pmt_normal normal_rate(const struct pmt_steps *s, const struct pmt_bursts *found,
                                     int pool)
{
    double total = 0, seen = 0;
    struct block blocks[BLOCKS] = {{0, 0}};
    size_t at = 0;
    for (size_t i = 0; i < s->n; i++)
        if (!inside(found, &at, s->v[i].sec))
            total += s->v[i].n;
    if (total <= 0)
        return (struct pmt_normal){.rate = PMT_P0_MIN};
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
    rate = pmt_clamp(rate, PMT_P0_MIN, s->light ? PMT_P0_LIGHT : PMT_P0_MAX);
    return (struct pmt_normal){.rate = rate, .n = sum.n, .k = sum.k};
}

/* ---- the search ---------------------------------------------------------------------------- */

/* The cleanest votes make a first guess at what is normal. What stands out from that does not count
 * for it, and the search is done again. */
struct pmt_bursts pmt_detect_steps(const struct pmt_steps *s)
{
    struct pmt_bursts b = {0};
    struct pmt_normal normal = normal_rate(s, &b, s->light ? CLEANEST : BLOCKS / 4);
    normal.guess = true;
    if (s->light && normal.rate >= PMT_P0_LIGHT)
        return b; /* broken at all times: there is nothing that it could stand out from */
    for (int round = 0; round < ROUNDS; round++) {
        free(b.v);
        b = pmt_bursts_find(s->v, s->n, normal, s->alarm);
        struct pmt_normal next = normal_rate(s, &b, BLOCKS);
        if (!normal.guess && fabs(next.rate - normal.rate) < normal.rate / 20)
            break;
        normal = next;
    }
    return b;
}

static int by_start(const void *a, const void *b)
{
    const struct pmt_burst *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* ---- one client ---------------------------------------------------------------------------- */

/* Would it stand without this client? */
static bool stands_without(const struct pmt_steps *s, const struct pmt_burst *b,
                           const struct pmt_top *top)
{
    struct pmt_step sum = pmt_steps_sum(s, b->start, b->end);
    double its = sum.k * (double)top->minutes / (double)top->votes;
    double n = sum.n - its, k = sum.k - its;
    return pmt_gain_at_least(b->p0, n, k, b->p0) >= s->alarm;
}

/* Leaves a client's failures out of the search. */
static void leave_out(struct pmt_steps *s, struct pmt_flow *flow, struct pmt_bursts *b,
                      uint64_t client)
{
    s->skip[s->nskip++] = client;
    pmt_steps_build(s, flow);
    free(b->v);
    *b = pmt_detect_steps(s);
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
    b = pmt_detect_steps(&s);
    while (s.by_client && (set_apart(&s, flow, &b, &apart) || shorten(&s, flow, &b, &tries)))
        continue;
    add_apart(&b, &apart);
    free(apart.v);
    pmt_bursts_settle(&b, &s, flow);
    free(s.v);
    *ret = b.v;
    return b.n;
}

void pmt_voted_between(struct pmt_flow *flow, const int64_t *at, size_t n, struct pmt_voted *ret)
{
    struct pmt_steps s = {0};
    pmt_flow_seal(flow);
    pmt_steps_build(&s, flow);
    for (size_t i = 0; i < n; i++) {
        struct pmt_step sum = pmt_steps_sum(&s, at[i], at[i + 1] - 1);
        ret[i] = (struct pmt_voted){sum.n, sum.k};
    }
    free(s.v);
}
