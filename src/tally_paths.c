#include "tally_parts.h"

#include <stdlib.h>

/* Clients above it are not kept by any flow of the run: the threshold only ever rises. */
static unsigned failed_shift(const struct pmt_tally *t)
{
    return t->failed_budget ? atomic_load(&t->failed_budget->shift) : 0;
}

static struct pmt_paths *paths_of(struct pmt_segment *s)
{
    return s->paths ? s->paths : (s->paths = pmt_alloc(sizeof *s->paths));
}

void pmt_segment_path(struct pmt_tally *t, struct pmt_segment *s, uint64_t service,
                      struct pmt_slice prefix, uint64_t hash, const struct pmt_hit *h)
{
    struct pmt_path *p = pmt_paths_find(paths_of(s), &t->arena, service, prefix, hash);
    int64_t sec = h->t / PMT_SECOND - (h->t % PMT_SECOND < 0);
    if (!p)
        return;
    pmt_trace_add(&p->trace, sec, &(struct pmt_counts){{[PMT_ALL] = 1, [PMT_BAD] = h->bad,
                                                        [PMT_GAVE_UP] = h->gave_up}});
    p->bad += h->bad;
    if (h->bad && h->client)
        pmt_path_failed(p, h->client, sec, failed_shift(t));
}

void pmt_segment_join_paths(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b)
{
    if (b->paths)
        pmt_paths_merge(paths_of(a), b->paths, &t->arena);
}

void pmt_segment_fini_paths(struct pmt_segment *s)
{
    if (s->paths)
        pmt_paths_fini(s->paths);
    free(s->paths);
    s->paths = NULL;
}

void pmt_segment_seal_paths(struct pmt_tally *t, struct pmt_segment *s, bool last)
{
    if (s->paths)
        pmt_paths_seal(s->paths, failed_shift(t), last);
}
