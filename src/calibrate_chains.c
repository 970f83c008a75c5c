#include "calibrate_parts.h"

#include <stdlib.h>

static size_t count_clocks(const struct pmt_calibration *c, size_t *segments)
{
    size_t clocks = 0;
    *segments = 0;
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; c->sources[i].tally && k < c->sources[i].tally->nclocks; k++) {
            clocks++;
            *segments += c->sources[i].tally->clocks[k].n;
        }
    return clocks;
}

/* By family, host and stamp; the segments of equal ones in the order of sources. */
struct entry {
    const char *family;
    struct pmt_slice host;
    uint8_t which;
    size_t source, clock;
};

static int by_clock(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int d = strcmp(x->family, y->family);
    d = d ? d : pmt_slice_cmp(x->host, y->host);
    d = d ? d : x->which - y->which;
    if (!d)
        d = x->source < y->source ? -1 : x->source > y->source;
    return d;
}

static bool same_clock(const struct entry *a, const struct entry *b)
{
    return a->which == b->which && strcmp(a->family, b->family) == 0 &&
           pmt_slice_eq(a->host, b->host);
}

void pmt_calibrate_chains(struct pmt_calibration *c)
{
    size_t segments, n = 0, clocks = count_clocks(c, &segments);
    struct entry *v = pmt_alloc((clocks + 1) * sizeof *v);
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; c->sources[i].tally && k < c->sources[i].tally->nclocks; k++) {
            const struct pmt_clock *clock = &c->sources[i].tally->clocks[k];
            v[n++] = (struct entry){c->sources[i].input->family, clock->host, clock->which, i, k};
        }
    if (n)
        qsort(v, n, sizeof *v, by_clock);
    struct pmt_ref *refs = pmt_arena_alloc(c->arena, (segments + 1) * sizeof *refs);
    c->chains = pmt_arena_alloc(c->arena, (n + 1) * sizeof *c->chains);
    for (size_t i = 0; i < n; i++) {
        const struct pmt_clock *clock = &c->sources[v[i].source].tally->clocks[v[i].clock];
        if (!i || !same_clock(&v[i - 1], &v[i]))
            c->chains[c->nchains++] = (struct pmt_chain){
                .family = v[i].family, .which = v[i].which, .refs = refs,
                .host = pmt_clock_host(&c->sources[v[i].source], clock)};
        for (size_t k = 0; k < clock->n; k++)
            *refs++ = (struct pmt_ref){v[i].source, v[i].clock, k};
        c->chains[c->nchains - 1].n += clock->n;
    }
    free(v);
}
