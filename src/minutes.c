#include "pmt/minutes.h"

#include <stdlib.h>

void pmt_minutes_fini(struct pmt_minutes *m)
{
    free(m->v);
    *m = (struct pmt_minutes){0};
}

size_t pmt_minutes_search(const struct pmt_minutes *m, int64_t minute)
{
    size_t lo = 0, hi = m->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (m->v[mid].to < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void pmt_minutes_add_slowly(struct pmt_minutes *m, int64_t from, int64_t to)
{
    size_t at = pmt_minutes_search(m, from - 1), end = at; /* [at, end) touch what is added */
    while (end < m->n && m->v[end].from <= to + 1)
        end++;
    if (end == at) {
        PMT_GROW(m->v, m->n, m->cap);
        memmove(m->v + at + 1, m->v + at, (m->n - at) * sizeof *m->v);
        m->v[at] = (struct pmt_stretch){from, to};
        m->n++;
        return;
    }
    from = from < m->v[at].from ? from : m->v[at].from;
    to = to > m->v[end - 1].to ? to : m->v[end - 1].to;
    m->v[at] = (struct pmt_stretch){from, to};
    memmove(m->v + at + 1, m->v + end, (m->n - end) * sizeof *m->v);
    m->n -= end - at - 1;
}

void pmt_minutes_merge(struct pmt_minutes *dst, const struct pmt_minutes *src)
{
    for (size_t i = 0; i < src->n; i++)
        pmt_minutes_add_slowly(dst, src->v[i].from, src->v[i].to);
}

bool pmt_minutes_any(const struct pmt_minutes *m, int64_t from, int64_t to)
{
    size_t i = pmt_minutes_search(m, from);
    return from <= to && i < m->n && m->v[i].from <= to;
}

int64_t pmt_minutes_count(const struct pmt_minutes *m, int64_t from, int64_t to)
{
    int64_t sum = 0;
    if (from > to)
        return 0;
    for (size_t i = pmt_minutes_search(m, from); i < m->n && m->v[i].from <= to; i++) {
        int64_t a = m->v[i].from > from ? m->v[i].from : from;
        int64_t b = m->v[i].to < to ? m->v[i].to : to;
        sum += b - a + 1;
    }
    return sum;
}
