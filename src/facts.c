#include "pmt/facts.h"

#include <stdlib.h>

static int by_time(const void *a, const void *b)
{
    const struct pmt_fact *x = a, *y = b;
    if (x->t != y->t)
        return x->t < y->t ? -1 : 1;
    if (x->places[0].source != y->places[0].source)
        return x->places[0].source < y->places[0].source ? -1 : 1;
    return x->places[0].line < y->places[0].line ? -1 : x->places[0].line > y->places[0].line;
}

static int64_t second_of(int64_t t)
{
    return t / PMT_SECOND - (t % PMT_SECOND < 0);
}

/* The same message of the same host in another source, in the same second or the next (one
 * envelope may be stamped when sent, the other when received). */
static bool same_fact(const struct pmt_fact *a, const struct pmt_fact *b)
{
    if (a->mark->payload != b->mark->payload || second_of(b->t) - second_of(a->t) > 1)
        return false;
    if (a->host.n && b->host.n && !pmt_slice_eq(a->host, b->host))
        return false;
    for (unsigned i = 0; i < a->nplaces; i++)
        if (a->places[i].source == b->places[0].source)
            return false;
    return true;
}

static void fold_copies(struct pmt_facts *f)
{
    size_t out = 0;
    for (size_t i = 0; i < f->n; i++) {
        struct pmt_fact *same = NULL;
        for (size_t k = out; k-- > 0 && second_of(f->items[i].t) - second_of(f->items[k].t) <= 1;)
            if (same_fact(&f->items[k], &f->items[i])) {
                same = &f->items[k];
                break;
            }
        if (!same) {
            f->items[out++] = f->items[i];
            continue;
        }
        if (same->nplaces < PMT_PLACES_MAX)
            same->places[same->nplaces++] = f->items[i].places[0];
        if (f->items[i].count > same->count)
            same->count = f->items[i].count;
        if (f->items[i].last > same->last)
            same->last = f->items[i].last;
    }
    f->n = out;
}

void pmt_facts_build(struct pmt_facts *f, const struct pmt_scanned *sources, size_t n)
{
    size_t cap = 0;
    *f = (struct pmt_facts){0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; sources[i].tally && k < sources[i].tally->nmarks; k++) {
            const struct pmt_mark *m = &sources[i].tally->marks[k];
            const struct pmt_map *map = &sources[i].maps[m->clock][m->segment];
            int64_t t = pmt_map_utc(map, m->wall);
            if (m->timeless || t == PMT_NO_TIME || map->year_from == PMT_YEAR_UNKNOWN)
                continue;
            PMT_GROW(f->items, f->n, cap);
            f->items[f->n++] = (struct pmt_fact){
                .t = t, .last = pmt_map_utc(map, m->last_wall), .mark = m,
                .host = m->host.n ? m->host : sources[i].host,
                .places = {{(uint32_t)i, m->line}}, .nplaces = 1, .count = m->count};
        }
    if (f->n)
        qsort(f->items, f->n, sizeof *f->items, by_time);
    fold_copies(f);
}

void pmt_facts_fini(struct pmt_facts *f)
{
    free(f->items);
    *f = (struct pmt_facts){0};
}
