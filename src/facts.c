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

enum { LOOK_BACK = 64 }; /* facts of one payload, or of one source, that are compared with */

static unsigned places_in(const struct pmt_fact *f, uint32_t source)
{
    unsigned n = 0;
    for (unsigned i = 0; i < f->nplaces; i++)
        n += f->places[i].source == source;
    return n;
}

/* The same message of the same host in another source, in the same second or the next (one
 * envelope may be stamped when sent, the other when received). */
static bool is_copy(const struct pmt_fact *a, const struct pmt_fact *b)
{
    if (a->host.n && b->host.n && !pmt_slice_eq(a->host, b->host))
        return false;
    return places_in(a, b->places[0].source) == 0;
}

/* HAProxy logging to stdout tells each state twice, as log line and as alert, at once and under the
 * same process. (Another process telling it once more is a repeat.) If the server changed its state
 * in between, it is no echo. */
static bool is_echo(const struct pmt_fact *items, size_t k, size_t n, const struct pmt_fact *b)
{
    const struct pmt_mark *x = items[k].mark, *y = b->mark;
    uint32_t source = b->places[0].source;
    if (y->kind != PMT_LB_SERVER_STATE || x->kind != y->kind || y->foldable ||
        places_in(&items[k], source) != 1 || !pmt_slice_eq(items[k].host, b->host) ||
        (x->pid >= 0 && y->pid >= 0 && x->pid != y->pid) || n - k > LOOK_BACK)
        return false;
    for (size_t i = k + 1; i < n; i++) {
        const struct pmt_mark *m = items[i].mark;
        if (m->kind == PMT_LB_SERVER_STATE && !pmt_lb_is_check(m->lb) && m->lb != y->lb &&
            pmt_slice_eq(m->server, y->server) && pmt_slice_eq(m->backend, y->backend) &&
            places_in(&items[i], source))
            return false;
    }
    return true;
}

/* For every payload the newest fact that has it, and from each fact the one before. */
struct chains {
    uint32_t *newest, *before; /* index + 1 */
    size_t mask;
};

/* Of several that may be meant, the echo of one's own source, else the oldest: repeats are matched
 * in their order. */
static struct pmt_fact *find_same(struct pmt_facts *f, const struct chains *c, size_t n,
                                  const struct pmt_fact *b)
{
    struct pmt_fact *copy = NULL;
    unsigned seen = 0;
    for (size_t k = c->newest[b->mark->payload & c->mask]; k; k = c->before[k - 1]) {
        struct pmt_fact *a = &f->items[k - 1];
        if (second_of(b->t) - second_of(a->t) > 1 || ++seen > LOOK_BACK)
            break;
        if (a->mark->payload != b->mark->payload)
            continue;
        if (is_echo(f->items, k - 1, n, b))
            return a;
        if (is_copy(a, b))
            copy = a;
    }
    return copy;
}

static void fold_copies(struct pmt_facts *f)
{
    struct chains c = {.mask = 63};
    size_t out = 0;
    while (c.mask < f->n)
        c.mask = c.mask * 2 + 1;
    c.newest = pmt_alloc((c.mask + 1) * sizeof *c.newest);
    c.before = pmt_alloc((f->n + 1) * sizeof *c.before);
    for (size_t i = 0; i < f->n; i++) {
        const struct pmt_fact *b = &f->items[i];
        struct pmt_fact *same = find_same(f, &c, out, b);
        if (!same) {
            uint32_t *newest = &c.newest[b->mark->payload & c.mask];
            c.before[out] = *newest;
            f->items[out++] = *b;
            *newest = (uint32_t)out;
            continue;
        }
        if (same->nplaces < PMT_PLACES_MAX)
            same->places[same->nplaces++] = b->places[0];
        if (b->count > same->count)
            same->count = b->count;
        if (b->last > same->last)
            same->last = b->last;
    }
    f->n = out;
    free(c.newest);
    free(c.before);
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
