#include "pmt/detect.h"

#include <stdlib.h>

enum {
    BLOCKS = 16,
    SLOW_SHARE = 50, /* a step is one that usually no more than one request in so many takes; */
    LEFT_SHARE = 20, /* clients that leave tell something if no more than one in so many does */
    FEW = 15,        /* so few slow requests are nothing */
};

static const int64_t steps[PMT_SLOW_SORTS] = {
    [PMT_SLOW_1] = PMT_SECOND, [PMT_SLOW_4] = 4 * PMT_SECOND, [PMT_SLOW_16] = 16 * PMT_SECOND};

/* Blocks of equally many requests, and how many of them are of a sort. */
struct blocks {
    int64_t last[BLOCKS]; /* second */
    uint64_t all[BLOCKS], n[BLOCKS];
};

static void find_blocks(struct pmt_flow *f, struct blocks *b)
{
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec;
    uint64_t total = 0, seen = 0;
    while (pmt_series_next(&it, &sec, &c))
        total += c.c[PMT_ALL];
    *b = (struct blocks){.last = {0}};
    it = pmt_series_iter(&f->series);
    while (pmt_series_next(&it, &sec, &c)) {
        size_t at = total ? (size_t)(seen * BLOCKS / total) : 0;
        at = at < BLOCKS ? at : BLOCKS - 1;
        b->last[at] = sec;
        b->all[at] += c.c[PMT_ALL];
        seen += c.c[PMT_ALL];
    }
}

static void count_sort(struct pmt_flow *slow, struct blocks *b)
{
    struct pmt_counts c;
    int64_t sec;
    size_t at = 0;
    if (!slow)
        return;
    struct pmt_series_iter it = pmt_series_iter(&slow->series);
    while (pmt_series_next(&it, &sec, &c)) {
        while (at + 1 < BLOCKS && (!b->all[at] || sec > b->last[at]))
            at++;
        b->n[at] += c.c[PMT_BAD];
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* What is usual: in half of the blocks it is no more. */
static double usual(const struct blocks *b)
{
    double share[BLOCKS];
    size_t n = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        if (b->all[i])
            share[n++] = (double)b->n[i] / (double)b->all[i];
    if (!n)
        return 0;
    qsort(share, n, sizeof *share, by_value);
    return share[(n - 1) / 2];
}

static uint64_t sum(const struct blocks *b)
{
    uint64_t n = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        n += b->n[i];
    return n;
}

struct pmt_slow_step pmt_slow_step(struct pmt_flow *flow)
{
    struct pmt_slow_step ret = {0, 0};
    struct blocks b;
    uint64_t slow = 0, left;
    pmt_flow_seal(flow);
    find_blocks(flow, &b);
    /* From the highest step down: each takes in those above it. */
    for (unsigned i = PMT_SLOW_16; i >= PMT_SLOW_1; i--) {
        count_sort(flow->slow[i], &b);
        if (usual(&b) * SLOW_SHARE > 1)
            break;
        ret.sorts |= 1u << i;
        ret.step = steps[i];
        slow = sum(&b);
    }
    memset(b.n, 0, sizeof b.n);
    count_sort(flow->slow[PMT_SLOW_LEFT], &b);
    left = sum(&b);
    if (usual(&b) * LEFT_SHARE <= 1)
        ret.sorts |= 1u << PMT_SLOW_LEFT;
    else
        left = 0;
    if (!flow->latency.n)
        ret.step = 0;
    if (slow + left < FEW)
        ret.sorts = 0;
    return ret;
}

uint64_t pmt_slow_between(struct pmt_flow *flow, unsigned sorts, int64_t from, int64_t to)
{
    struct pmt_counts c;
    int64_t sec;
    uint64_t n = 0;
    for (unsigned i = 0; i < PMT_SLOW_SORTS; i++) {
        if (!flow->slow[i] || !(sorts & 1u << i))
            continue;
        struct pmt_series_iter it = pmt_series_iter_from(&flow->slow[i]->series, from);
        while (pmt_series_next(&it, &sec, &c) && sec <= to)
            n += sec >= from ? c.c[PMT_BAD] : 0;
    }
    return n;
}
