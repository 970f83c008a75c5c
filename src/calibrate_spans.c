#include "calibrate_parts.h"

#include <stdlib.h>

#define AT_ONCE (5 * PMT_MINUTE) /* late lines at a turn of the clocks */

void pmt_spans_add(struct pmt_spans *s, const struct pmt_offset_span *span)
{
    PMT_GROW(s->v, s->n, s->cap);
    s->v[s->n++] = *span;
}

static int by_instant(const void *a, const void *b)
{
    const struct pmt_offset_span *x = a, *y = b;
    if (x->min != y->min)
        return x->min < y->min ? -1 : 1;
    if (x->max != y->max)
        return x->max < y->max ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int64_t overlap(const struct pmt_offset_span *a, const struct pmt_offset_span *b)
{
    int64_t from = a->min > b->min ? a->min : b->min, to = a->max < b->max ? a->max : b->max;
    return to - from;
}

/* A few lines of another clock (copied, forged, wrongly set for a moment) prove nothing against
 * ten times as many at the same time. */
static bool outweighed(const struct pmt_spans *s, size_t i)
{
    uint64_t against = 0;
    for (size_t k = 0; k < s->n; k++)
        if (s->v[k].offset != s->v[i].offset && overlap(&s->v[k], &s->v[i]) >= 0)
            against += s->v[k].n;
    return against >= s->v[i].n * 10;
}

static void drop_outweighed(struct pmt_spans *s)
{
    size_t out = 0;
    bool *drop = pmt_alloc(s->n + 1);
    for (size_t i = 0; i < s->n; i++)
        drop[i] = outweighed(s, i);
    for (size_t i = 0; i < s->n; i++)
        if (!drop[i])
            s->v[out++] = s->v[i];
    s->n = out;
    free(drop);
}

static void join(struct pmt_spans *s)
{
    size_t out = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_offset_span *last = out ? &s->v[out - 1] : NULL;
        if (last && last->offset == s->v[i].offset) {
            last->max = s->v[i].max > last->max ? s->v[i].max : last->max;
            last->n += s->v[i].n;
        } else {
            s->v[out++] = s->v[i];
        }
    }
    s->n = out;
}

/* Clocks turn at a whole hour of the local time (where that has no odd quarter, else of UTC): if
 * just one lies between what the two showed, each was in force right up to it. A request that began
 * before it may have ended behind it. */
static void sharpen(struct pmt_offset_span *first, struct pmt_offset_span *then)
{
    int64_t shift = first->offset % 1800 ? 0 : (int64_t)first->offset * PMT_SECOND;
    int64_t local = then->min + shift, rest = local % PMT_HOUR;
    int64_t turn = local - (rest < 0 ? rest + PMT_HOUR : rest) - shift;
    if (turn <= first->max - AT_ONCE || turn - PMT_HOUR > first->max)
        return;
    first->max = turn - 1;
    then->min = turn;
}

bool pmt_spans_settle(struct pmt_spans *s)
{
    if (!s->n)
        return false;
    qsort(s->v, s->n, sizeof *s->v, by_instant);
    drop_outweighed(s);
    join(s);
    for (size_t i = 1; i < s->n; i++) {
        int32_t d = s->v[i].offset - s->v[i - 1].offset;
        if (d % 1800 || d > 3600 || d < -3600 ||
            overlap(&s->v[i - 1], &s->v[i]) > AT_ONCE)
            return false;
        sharpen(&s->v[i - 1], &s->v[i]);
    }
    return s->n > 0;
}

static const char *offset_names(const struct pmt_spans *s, struct pmt_arena *arena)
{
    struct pmt_buf b = {0};
    if (s->n == 1 && !s->v[0].offset)
        return "UTC";
    for (size_t i = 0; i < s->n && i < 4; i++) {
        pmt_buf_puts(&b, i ? ", " : "");
        pmt_put_offset(&b, s->v[i].offset);
    }
    const char *names = pmt_arena_printf(arena, "%s", b.data);
    pmt_buf_fini(&b);
    return names;
}

void pmt_map_take_spans(struct pmt_map *m, const struct pmt_spans *s, enum pmt_zone_from from,
                        const char *why, struct pmt_arena *arena)
{
    m->zone_from = (uint8_t)from;
    m->why = why;
    struct pmt_offset_span *spans = pmt_arena_alloc(arena, s->n * sizeof *spans);
    memcpy(spans, s->v, s->n * sizeof *spans);
    m->spans = spans;
    m->nspans = (unsigned)s->n;
    m->zone_name = offset_names(s, arena);
}
