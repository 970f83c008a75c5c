#include "tally_parts.h"

#include <stdlib.h>

/* The series of a server; NULL when it is not watched: PMT_USES_MAX others have smaller keys. */
static struct pmt_series *use_find(struct pmt_tally *t, struct pmt_segment *s,
                                   struct pmt_slice backend, struct pmt_slice server)
{
    struct pmt_use *u = s->last_use < s->nuses ? &s->uses[s->last_use] : NULL;
    if (u && pmt_slice_eq(u->server, server) && pmt_slice_eq(u->backend, backend))
        return &u->series;
    uint64_t key = pmt_hash(server.p, server.n, pmt_hash(backend.p, backend.n, 0));
    size_t at = s->nuses, largest = 0;
    for (size_t i = 0; i < s->nuses; i++) {
        u = &s->uses[i];
        if (u->key == key && pmt_slice_eq(u->server, server) && pmt_slice_eq(u->backend, backend))
            return &s->uses[s->last_use = i].series;
        if (u->key > s->uses[largest].key)
            largest = i;
    }
    if (s->nuses == PMT_USES_MAX) {
        if (key > s->uses[largest].key)
            return NULL;
        pmt_series_fini(&s->uses[at = largest].series);
    } else {
        PMT_GROW(s->uses, s->nuses, s->capuses);
        s->nuses++;
    }
    s->last_use = at;
    s->uses[at] = (struct pmt_use){.key = key,
                                   .backend = pmt_arena_copy(&t->arena, backend),
                                   .server = pmt_arena_copy(&t->arena, server)};
    return &s->uses[at].series;
}

void pmt_segment_use(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                     int64_t at)
{
    struct pmt_series *use = r->server.n && r->server.p[0] != '<'
                                 ? use_find(t, s, r->backend, r->server) : NULL;
    if (use)
        pmt_series_add(use, at / PMT_SECOND - (at % PMT_SECOND < 0),
                       &(struct pmt_counts){{[PMT_ALL] = 1}});
}

void pmt_segment_join_uses(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b)
{
    for (size_t i = 0; i < b->nuses; i++) {
        struct pmt_series *use = use_find(t, a, b->uses[i].backend, b->uses[i].server);
        if (use)
            pmt_series_merge(use, &b->uses[i].series, NULL, NULL);
    }
}

void pmt_segment_fini_uses(struct pmt_segment *s)
{
    for (size_t i = 0; i < s->nuses; i++)
        pmt_series_fini(&s->uses[i].series);
    free(s->uses);
}

static int by_server(const void *a, const void *b)
{
    const struct pmt_use *x = a, *y = b;
    int d = pmt_slice_cmp(x->backend, y->backend);
    return d ? d : pmt_slice_cmp(x->server, y->server);
}

void pmt_segment_seal_uses(struct pmt_segment *s)
{
    if (s->nuses)
        qsort(s->uses, s->nuses, sizeof *s->uses, by_server);
    s->last_use = 0;
    for (size_t i = 0; i < s->nuses; i++)
        pmt_series_seal(&s->uses[i].series);
}
