#include "counted_parts.h"

#include <stdlib.h>

enum {
    GAP_CLOSED = 10, /* minutes: shorter silences of the balancer's log are coverage,
                        unless lines were to be expected in them */
};

/* ---- what the balancer's logs cover -------------------------------------------------------- */

static void cover_add(struct pmt_cover *cover, int64_t from, int64_t to)
{
    PMT_GROW(cover->items, cover->n, cover->cap);
    cover->items[cover->n++] = (struct pmt_stretch){.from = from, .to = to};
}

static int by_from(const void *a, const void *b)
{
    const struct pmt_stretch *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* Minutes inside a gap that coverage found in a log of this layer (NONE: in any of requests): of
 * this family, or (NULL) of any. The minutes of the last line before it and of the first behind are
 * none. */
static void lost_minutes(const struct pmt_scanned *sources, size_t n,
                         const struct pmt_streams *list, uint8_t layer, const char *family,
                         struct pmt_minutes *ret)
{
    for (size_t i = 0; i < n; i++) {
        bool asked = false;
        for (size_t k = 0; sources[i].ngaps && !asked && k < list->n; k++)
            asked = (!layer || list->items[k].layer == layer) &&
                    strcmp(list->items[k].family, sources[i].input->family) == 0 &&
                    (!family || strcmp(list->items[k].family, family) == 0);
        for (size_t k = 0; asked && k < sources[i].ngaps; k++) {
            int64_t from = (sources[i].gaps[k].from - 1) / PMT_MINUTE + 1;
            int64_t to = sources[i].gaps[k].to / PMT_MINUTE - 1;
            if (from <= to)
                pmt_minutes_add_slowly(ret, from, to);
        }
    }
}

/* Closes the short silences between stretches, but for the minutes that are lost. */
static void close_short(struct pmt_cover *cover, const struct pmt_minutes *lost)
{
    struct pmt_cover closed = {0};
    for (size_t i = 0; i < cover->n; i++) {
        int64_t from = cover->items[i].from, last = closed.n ? closed.items[closed.n - 1].to : from;
        for (int64_t m = last + 1; from - last <= GAP_CLOSED && m < from; m++) {
            if (pmt_minutes_any(lost, m, m))
                continue;
            if (closed.items[closed.n - 1].to == m - 1)
                closed.items[closed.n - 1].to = m;
            else
                cover_add(&closed, m, m);
        }
        if (closed.n && from <= closed.items[closed.n - 1].to + 1) {
            if (cover->items[i].to > closed.items[closed.n - 1].to)
                closed.items[closed.n - 1].to = cover->items[i].to;
        } else {
            cover_add(&closed, from, cover->items[i].to);
        }
    }
    free(cover->items);
    *cover = closed;
}

/* Each log's own silences first: where one is lost another may cover. */
static void cover_stream(struct pmt_cover *cover, const struct pmt_stream *s,
                         const struct pmt_minutes *lost)
{
    struct pmt_cover own = {0};
    for (size_t k = 0; k < s->ndigests; k++) {
        int64_t m = s->digests[k].minute;
        if (own.n && m == own.items[own.n - 1].to + 1)
            own.items[own.n - 1].to = m;
        else
            cover_add(&own, m, m);
    }
    close_short(&own, lost);
    for (size_t k = 0; k < own.n; k++)
        cover_add(cover, own.items[k].from, own.items[k].to);
    free(own.items);
}

void pmt_cover_build(struct pmt_cover *cover, const struct pmt_streams *list,
                     const struct pmt_scanned *sources, size_t n)
{
    struct pmt_minutes lost = {0};
    const char *family = NULL;
    for (size_t i = 0; i < list->n; i++) {
        const struct pmt_stream *s = &list->items[i];
        if (s->layer != PMT_LAYER_HAPROXY)
            continue;
        if (!family || strcmp(family, s->family) != 0) {
            lost.n = 0;
            lost_minutes(sources, n, list, s->layer, s->family, &lost);
        }
        family = s->family;
        cover_stream(cover, s, &lost);
    }
    if (cover->n)
        qsort(cover->items, cover->n, sizeof *cover->items, by_from);
    lost.n = 0;
    lost_minutes(sources, n, list, PMT_LAYER_HAPROXY, NULL, &lost);
    close_short(cover, &lost);
    pmt_minutes_fini(&lost);
}

/* From its first minute to its last, but for what is lost. */
static void cover_span(struct pmt_cover *cover, const struct pmt_stream *s,
                       const struct pmt_minutes *lost)
{
    int64_t from = s->digests[0].minute - 1, to = s->digests[s->ndigests - 1].minute + 1;
    for (size_t i = 0; i < lost->n && from <= to; i++) {
        if (lost->v[i].to < from || lost->v[i].from > to)
            continue;
        if (from < lost->v[i].from)
            cover_add(cover, from, lost->v[i].from - 1);
        from = lost->v[i].to + 1;
    }
    if (from <= to)
        cover_add(cover, from, to);
}

void pmt_cover_requests(struct pmt_cover *cover, const struct pmt_streams *list,
                        const struct pmt_scanned *sources, size_t n)
{
    struct pmt_minutes lost = {0};
    for (size_t i = 0; i < list->n; i++) {
        const struct pmt_stream *s = &list->items[i];
        lost.n = 0;
        if (!s->ndigests)
            continue;
        lost_minutes(sources, n, list, s->layer, s->family, &lost);
        cover_span(cover, s, &lost);
    }
    if (cover->n)
        qsort(cover->items, cover->n, sizeof *cover->items, by_from);
    size_t out = 0;
    for (size_t i = 0; i < cover->n; i++)
        if (out && cover->items[i].from <= cover->items[out - 1].to + 1) {
            if (cover->items[i].to > cover->items[out - 1].to)
                cover->items[out - 1].to = cover->items[i].to;
        } else {
            cover->items[out++] = cover->items[i];
        }
    cover->n = out;
    pmt_minutes_fini(&lost);
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
