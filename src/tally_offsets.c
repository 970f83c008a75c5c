#include "tally_parts.h"

static int64_t cell_of(int64_t utc)
{
    return utc / PMT_OFFSET_CELL - (utc % PMT_OFFSET_CELL < 0);
}

static void widen(struct pmt_offset_span *s, const struct pmt_offset_span *add)
{
    s->min = add->min < s->min ? add->min : s->min;
    s->max = add->max > s->max ? add->max : s->max;
    s->n += add->n;
}

void pmt_offsets_add(struct pmt_offsets *o, const struct pmt_offset_span *add)
{
    /* Almost every line is within what the line before it showed. */
    struct pmt_offset_span *last = o->last < o->n ? &o->v[o->last] : NULL;
    if (last && last->offset == add->offset && add->min >= last->min && add->max <= last->max) {
        last->n += add->n;
        return;
    }
    int64_t cell = cell_of(add->min);
    uint32_t i = o->n;
    while (i > 0) {
        int64_t other = cell_of(o->v[i - 1].min);
        if (other < cell || (other == cell && o->v[i - 1].offset <= add->offset))
            break;
        i--;
    }
    if (i > 0 && o->v[i - 1].offset == add->offset && cell_of(o->v[i - 1].min) == cell) {
        o->last = i - 1;
        widen(&o->v[i - 1], add);
        return;
    }
    if (i >= PMT_OFFSETS_MAX)
        return;
    if (o->n == PMT_OFFSETS_MAX)
        o->n--;
    PMT_GROW(o->v, o->n, o->cap);
    memmove(o->v + i + 1, o->v + i, (o->n - i) * sizeof *o->v);
    o->v[i] = *add;
    o->last = i;
    o->n++;
}
