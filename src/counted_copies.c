#include "counted_parts.h"

#include <stdlib.h>

static int by_minute(const void *a, const void *b)
{
    const struct pmt_digest *x = a, *y = b;
    return x->minute < y->minute ? -1 : x->minute > y->minute;
}

size_t pmt_digests_settle(struct pmt_digest *v, size_t n)
{
    size_t out = 0;
    if (n)
        qsort(v, n, sizeof *v, by_minute);
    for (size_t i = 0; i < n; i++)
        if (out && v[out - 1].minute == v[i].minute) {
            v[out - 1].count += v[i].count;
            v[out - 1].checks += v[i].checks;
            v[out - 1].sum += v[i].sum;
        } else {
            v[out++] = v[i];
        }
    return out;
}

/* ---- pieces ------------------------------------------------------------------------------ */

static void piece_minutes(struct pmt_piece *p, struct pmt_scanned *sources,
                          const struct pmt_stream_ref *ref)
{
    const struct pmt_segment *seg = pmt_ref_segment(sources, ref);
    for (size_t k = 0; k < seg->ndigests; k++) {
        int64_t sec = pmt_map_second(pmt_ref_map(sources, ref), seg->digests[k].minute * 60);
        if (sec == PMT_NO_TIME)
            continue;
        PMT_GROW(p->digests, p->n, p->cap);
        p->digests[p->n] = seg->digests[k];
        p->digests[p->n++].minute = sec / 60 - (sec % 60 < 0);
    }
}

size_t pmt_piece_add(struct pmt_pieces *list, struct pmt_scanned *sources,
                     const struct pmt_stream_ref *ref, uint8_t layer)
{
    struct pmt_slice host = sources[ref->source].tally->clocks[ref->clock].host;
    size_t i = list->n;
    while (i > 0 && list->items[i - 1].source == ref->source &&
           (list->items[i - 1].layer != layer || !pmt_slice_eq(list->items[i - 1].host, host)))
        i--;
    if (!i || list->items[i - 1].source != ref->source) {
        PMT_GROW(list->items, list->n, list->cap);
        list->items[list->n] = (struct pmt_piece){.source = ref->source,
                                                  .shown = sources[ref->source].input->shown,
                                                  .layer = layer, .host = host, .group = list->n};
        i = ++list->n;
    }
    piece_minutes(&list->items[i - 1], sources, ref);
    return i - 1;
}

static const struct pmt_digest *minute_of(const struct pmt_piece *p, int64_t minute)
{
    size_t lo = 0, hi = p->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->digests[mid].minute < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < p->n && p->digests[lo].minute == minute ? &p->digests[lo] : NULL;
}

/* ---- copies ------------------------------------------------------------------------------ */

static bool is_edge(const struct pmt_piece *p, int64_t minute)
{
    return minute == p->digests[0].minute || minute == p->digests[p->n - 1].minute;
}

/* Do the minutes that both hold hold the same lines? Whole minutes decide: at a rotation or where
 * a copy was cut they differ. */
static bool is_copy(const struct pmt_piece *a, const struct pmt_piece *b)
{
    uint64_t inner = 0, equal = 0, edges = 0;
    if (a->layer != b->layer || !a->n || !b->n ||
        a->digests[0].minute > b->digests[b->n - 1].minute ||
        b->digests[0].minute > a->digests[a->n - 1].minute)
        return false;
    for (size_t i = 0; i < b->n; i++) {
        const struct pmt_digest *d = minute_of(a, b->digests[i].minute);
        if (!d)
            continue;
        bool same = d->count == b->digests[i].count && d->sum == b->digests[i].sum;
        if (is_edge(a, d->minute) || is_edge(b, d->minute)) {
            edges += same;
        } else {
            inner++;
            equal += same;
        }
    }
    return inner ? equal * 10 >= inner * 8 : edges > 0;
}

static size_t root_of(const struct pmt_pieces *list, size_t i)
{
    while (list->items[i].group != i)
        i = list->items[i].group;
    return i;
}

/* Which of two pieces counts a minute that both hold equally much of. */
static bool goes_first(const struct pmt_piece *a, const struct pmt_piece *b)
{
    if (a->users != b->users)
        return a->users > b->users;
    int c = strcmp(a->shown, b->shown);
    return c ? c < 0 : pmt_slice_cmp(a->host, b->host) < 0;
}

static bool counts_in(const struct pmt_piece *q, const struct pmt_piece *p,
                      const struct pmt_digest *of_p)
{
    const struct pmt_digest *d = minute_of(q, of_p->minute);
    return d && (d->count > of_p->count || (d->count == of_p->count && goes_first(q, p)));
}

/* A minute counts in the piece that holds most of it: at its edge a copy has only a part. */
static void drop_minutes(struct pmt_pieces *list, size_t me, size_t *twins)
{
    struct pmt_piece *p = &list->items[me];
    size_t n = 0;
    for (size_t k = 0; k < list->n; k++)
        if (k != me && list->items[k].group == p->group)
            twins[n++] = k;
    for (size_t i = 0; n && i < p->n; i++) {
        bool elsewhere = false;
        for (size_t k = 0; k < n && !elsewhere; k++)
            elsewhere = counts_in(&list->items[twins[k]], p, &p->digests[i]);
        if (!elsewhere)
            continue;
        PMT_GROW(p->drops, p->ndrops, p->capdrops);
        p->drops[p->ndrops++] = p->digests[i].minute;
    }
}

void pmt_find_copies(struct pmt_counted *c, struct pmt_pieces *list)
{
    bool any = false;
    for (size_t i = 0; i < list->n; i++) {
        struct pmt_piece *p = &list->items[i];
        p->n = pmt_digests_settle(p->digests, p->n);
        for (size_t k = 0; k < p->n; k++)
            p->users += p->digests[k].count - p->digests[k].checks;
    }
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = i + 1; k < list->n; k++) {
            const struct pmt_piece *a = &list->items[i], *b = &list->items[k];
            if (a->source == b->source || !is_copy(a, b))
                continue;
            any = true;
            list->items[root_of(list, k)].group = root_of(list, i);
            pmt_counted_note(c, PMT_NOTE_COPY, goes_first(a, b) ? b->shown : a->shown,
                             goes_first(a, b) ? a->shown : b->shown);
        }
    for (size_t i = 0; any && i < list->n; i++)
        list->items[i].group = root_of(list, i);
    size_t *twins = pmt_alloc((list->n + 1) * sizeof *twins);
    for (size_t i = 0; any && i < list->n; i++)
        drop_minutes(list, i, twins);
    free(twins);
}

bool pmt_piece_drops(const struct pmt_piece *p, int64_t minute)
{
    size_t lo = 0, hi = p->ndrops;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->drops[mid] < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < p->ndrops && p->drops[lo] == minute;
}

void pmt_pieces_fini(struct pmt_pieces *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].digests);
        free(list->items[i].drops);
    }
    free(list->items);
    *list = (struct pmt_pieces){0};
}
