#include "counted_parts.h"

#include <stdlib.h>

enum { CHECK_MIN = 10 }; /* requests before a rhythm can be seen */

struct pmt_candidate *pmt_candidate_for(struct pmt_candidates *list, const struct pmt_stream *st,
                                        const struct pmt_check *k)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].key == k->key && list->items[i].stream == st)
            return &list->items[i];
    PMT_GROW(list->items, list->n, list->cap);
    list->items[list->n] =
        (struct pmt_candidate){.stream = st, .key = k->key, .path = k->path, .agent = k->agent};
    return &list->items[list->n++];
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* One peer, one path, no agent: a check if four of five gaps between its requests are the usual
 * one, give or take a second (or a tenth of it). */
static bool has_rhythm(struct pmt_flow *f)
{
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts counts;
    int64_t sec, last = INT64_MIN, *gaps = NULL;
    size_t n = 0, cap = 0;
    while (n < 4096 && pmt_series_next(&it, &sec, &counts)) {
        if (last != INT64_MIN) {
            PMT_GROW(gaps, n, cap);
            gaps[n++] = sec - last;
        }
        last = sec;
    }
    bool steady = false;
    if (n + 1 >= CHECK_MIN) {
        qsort(gaps, n, sizeof *gaps, by_value);
        int64_t usual = gaps[n / 2], slack = usual / 10 > 1 ? usual / 10 : 1;
        size_t near = 0;
        for (size_t i = 0; i < n; i++)
            near += gaps[i] >= usual - slack && gaps[i] <= usual + slack;
        steady = near * 5 >= n * 4;
    }
    free(gaps);
    return steady;
}

static void leave_out(struct pmt_counted *c, enum pmt_left_rule rule, struct pmt_slice name,
                      uint64_t count)
{
    for (size_t i = 0; i < c->nleft; i++)
        if (c->left_out[i].rule == rule && pmt_slice_eq(c->left_out[i].name, name)) {
            c->left_out[i].count += count;
            return;
        }
    PMT_GROW(c->left_out, c->nleft, c->capleft);
    c->left_out[c->nleft++] = (struct pmt_left_out){rule, name, count};
}

bool pmt_candidate_left_out(struct pmt_counted *c, struct pmt_candidate *k)
{
    uint64_t count = pmt_requests_between(&k->flow, INT64_MIN / 2, INT64_MAX / 2).requests;
    if (k->agent.p && count)
        leave_out(c, PMT_LEFT_AGENT, k->agent, count);
    else if (!k->agent.p && has_rhythm(&k->flow))
        leave_out(c, PMT_LEFT_RHYTHM, k->path, count);
    else
        return false;
    return true;
}
