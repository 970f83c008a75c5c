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

static uint64_t lower(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Both in one, which covers what lies between them. */
static struct pmt_stretch both(const struct pmt_stretch *a, const struct pmt_stretch *b)
{
    struct pmt_stretch r = a->from < b->from ? *a : *b;
    if (a->from == b->from)
        r.first_line = lower(a->first_line, b->first_line);
    r.to = a->to > b->to ? a->to : b->to;
    r.last_line = a->to > b->to   ? a->last_line
                  : a->to < b->to ? b->last_line
                                  : higher(a->last_line, b->last_line);
    return r;
}

void pmt_minutes_add_stretch(struct pmt_minutes *m, const struct pmt_stretch *add)
{
    /* [at, end) touch what is added */
    size_t at = pmt_minutes_search(m, add->from - 1), end = at;
    struct pmt_stretch all = *add;
    while (end < m->n && m->v[end].from <= add->to + 1)
        all = both(&m->v[end++], &all);
    if (end == at) {
        PMT_GROW(m->v, m->n, m->cap);
        memmove(m->v + at + 1, m->v + at, (m->n - at) * sizeof *m->v);
        m->n++;
    } else {
        memmove(m->v + at + 1, m->v + end, (m->n - end) * sizeof *m->v);
        m->n -= end - at - 1;
    }
    m->v[at] = all;
}

void pmt_minutes_merge(struct pmt_minutes *dst, const struct pmt_minutes *src, uint64_t lines)
{
    for (size_t i = 0; i < src->n; i++) {
        struct pmt_stretch s = src->v[i];
        s.first_line += s.first_line ? lines : 0;
        s.last_line += s.last_line ? lines : 0;
        pmt_minutes_add_stretch(dst, &s);
    }
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
