#include "counted_parts.h"

#include <stdlib.h>

enum {
    GAP_CLOSED = 10, /* minutes: shorter silences of the balancer's log are coverage */
    SAMPLE = 400,      /* minutes of a web server's log that are compared with the balancer's */
    REQUESTS_MIN = 20, /* fewer in common minutes show nothing */
    BALANCERS_MAX = 8, /* a web server that sees no more peers than this sits behind them */
};

/* ---- what the balancer's logs cover -------------------------------------------------------- */

static void cover_add(struct pmt_cover *cover, int64_t from, int64_t to)
{
    PMT_GROW(cover->items, cover->n, cover->cap);
    cover->items[cover->n++] = (struct pmt_stretch){from, to};
}

static int by_from(const void *a, const void *b)
{
    const struct pmt_stretch *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

void pmt_cover_build(struct pmt_cover *cover, const struct pmt_streams *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct pmt_stream *s = &list->items[i];
        if (s->layer != PMT_LAYER_HAPROXY)
            continue;
        for (size_t k = 0; k < s->ndigests; k++) {
            int64_t m = s->digests[k].minute;
            if (cover->n && m >= cover->items[cover->n - 1].from &&
                m <= cover->items[cover->n - 1].to + GAP_CLOSED)
                cover->items[cover->n - 1].to = m > cover->items[cover->n - 1].to
                                                    ? m : cover->items[cover->n - 1].to;
            else
                cover_add(cover, m, m);
        }
    }
    if (!cover->n)
        return;
    qsort(cover->items, cover->n, sizeof *cover->items, by_from);
    size_t out = 0;
    for (size_t i = 1; i < cover->n; i++)
        if (cover->items[i].from <= cover->items[out].to + GAP_CLOSED) {
            if (cover->items[i].to > cover->items[out].to)
                cover->items[out].to = cover->items[i].to;
        } else {
            cover->items[++out] = cover->items[i];
        }
    cover->n = out + 1;
}

bool pmt_cover_has(const struct pmt_cover *cover, int64_t minute)
{
    size_t lo = 0, hi = cover->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cover->items[mid].to < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < cover->n && cover->items[lo].from <= minute;
}

/* ---- did they come through? ---------------------------------------------------------------- */

struct covered {
    const struct pmt_map *map;
    const struct pmt_cover *cover; /* NULL: all of the time */
};

static int64_t to_utc(const void *ctx, int64_t t)
{
    const struct covered *c = ctx;
    int64_t utc = pmt_map_utc(c->map, t);
    if (utc == PMT_NO_TIME || !c->cover)
        return utc;
    return pmt_cover_has(c->cover, utc / PMT_MINUTE - (utc % PMT_MINUTE < 0)) ? utc : PMT_NO_TIME;
}

void pmt_stream_prints(struct pmt_scanned *sources, const struct pmt_stream *s,
                       const struct pmt_cover *cover, struct pmt_prints *ret)
{
    for (size_t i = 0; i < s->n; i++) {
        struct covered c = {pmt_ref_map(sources, &s->refs[i]), cover};
        pmt_prints_move(ret, &pmt_ref_segment(sources, &s->refs[i])->prints, to_utc, &c);
    }
    pmt_prints_seal(ret);
}

/* Most of what the web server saw while the balancer logged must be in the balancer's log, at the
 * same time. Requests that it got from elsewhere (or of another site) are not. */
bool pmt_came_through(struct pmt_scanned *sources, const struct pmt_stream *s,
                      const struct pmt_cover *cover, const struct pmt_prints *balancer)
{
    struct pmt_prints own = {0};
    size_t seen, found;
    pmt_stream_prints(sources, s, cover, &own);
    pmt_prints_share(&own, balancer, &seen, &found);
    pmt_prints_fini(&own);
    return seen && found * 2 >= seen;
}
