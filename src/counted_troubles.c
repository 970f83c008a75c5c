#include "counted_parts.h"

#include <stdlib.h>

/* The troubles of one source as one piece, so that copies of a log are found as those of requests
 * are. */
static size_t piece_for(struct pmt_pieces *list, struct pmt_scanned *sources,
                        const struct pmt_stream_ref *ref)
{
    const struct pmt_segment *seg = pmt_ref_segment(sources, ref);
    struct pmt_slice host = sources[ref->source].tally->clocks[ref->clock].host;
    size_t i = list->n;
    while (i > 0 && list->items[i - 1].source == ref->source &&
           !pmt_slice_eq(list->items[i - 1].host, host))
        i--;
    if (!i || list->items[i - 1].source != ref->source) {
        PMT_GROW(list->items, list->n, list->cap);
        list->items[list->n] = (struct pmt_piece){.source = ref->source, .host = host,
                                                  .shown = sources[ref->source].input->shown,
                                                  .group = list->n};
        i = ++list->n;
    }
    struct pmt_piece *p = &list->items[i - 1];
    for (size_t k = 0; k < seg->troubles->ndigests; k++) {
        int64_t sec = pmt_map_second(pmt_ref_map(sources, ref),
                                     seg->troubles->digests[k].minute * 60);
        if (sec == PMT_NO_TIME)
            continue;
        PMT_GROW(p->digests, p->n, p->cap);
        p->digests[p->n] = seg->troubles->digests[k];
        p->digests[p->n++].minute = sec / 60 - (sec % 60 < 0);
    }
    return i - 1;
}

static struct pmt_counted_trouble *trouble_for(struct pmt_counted *c, const struct pmt_trouble *t,
                                               const char *shown)
{
    struct pmt_slice name = t->name.n ? t->name : pmt_str(shown);
    for (size_t i = 0; i < c->ntroubles; i++)
        if (c->troubles[i].sort == t->sort && pmt_slice_eq(c->troubles[i].name, name))
            return &c->troubles[i];
    PMT_GROW(c->troubles, c->ntroubles, c->captroubles);
    c->troubles[c->ntroubles] = (struct pmt_counted_trouble){
        .sort = t->sort, .name = name, .from = INT64_MAX, .to = INT64_MIN};
    return &c->troubles[c->ntroubles++];
}

/* From the first to the last line of this clock, what tells of none included; where other logs show
 * that requests came (`beside`, or NULL) to an hour before and behind it. */
static void widen(struct pmt_counted_trouble *to, const struct pmt_segment *seg,
                  const struct pmt_map *map, const struct pmt_cover *beside)
{
    int64_t first = pmt_map_utc(map, seg->min), last = pmt_map_utc(map, seg->max);
    if (first == PMT_NO_TIME || last == PMT_NO_TIME)
        return;
    first = first / PMT_SECOND - (first % PMT_SECOND < 0);
    last = last / PMT_SECOND - (last % PMT_SECOND < 0);
    for (int i = 0; beside && i < 60 && pmt_cover_has(beside, first / 60 - 1); i++)
        first = (first / 60 - 1) * 60;
    for (int i = 0; beside && i < 60 && pmt_cover_has(beside, last / 60 + 1); i++)
        last = (last / 60 + 1) * 60 + 59;
    to->from = first < to->from ? first : to->from;
    to->to = last > to->to ? last : to->to;
}

/* ---- are they of a site whose requests nobody logs? ------------------------------------------ */

enum {
    LOOKED_AT = 4096,  /* votes of a site; more tell no more */
    CLIENTS_LEAST = 10, /* fewer could be a balancer's addresses */
    BESIDE = 2,        /* minutes: a request is logged when it began, or when it ended */
};

static bool has_vote(const struct pmt_votes *v, int64_t minute, uint64_t hash)
{
    int64_t m;
    size_t n;
    for (size_t i = pmt_votes_search(v, minute - BESIDE); i < v->n; i++) {
        const uint64_t *votes = pmt_votes_minute(v, i, &m, &n);
        if (m > minute + BESIDE)
            break;
        size_t lo = 0, hi = n;
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (PMT_VOTE_HASH(votes[mid]) < hash)
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo < n && PMT_VOTE_HASH(votes[lo]) == hash)
            return true;
    }
    return false;
}

static bool asked(const struct pmt_counted *c, int64_t minute, uint64_t hash)
{
    for (size_t i = 0; i < c->n; i++)
        if (has_vote(&c->services[i].flow.ok, minute, hash) ||
            has_vote(&c->services[i].flow.failed, minute, hash))
            return true;
    return false;
}

/* Is the hash kept by all services, whose votes may be a sample? */
static bool is_kept(const struct pmt_counted *c, uint64_t hash)
{
    unsigned shift = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct pmt_flow *f = &c->services[i].flow;
        unsigned most = f->ok.shift > f->failed.shift ? f->ok.shift : f->failed.shift;
        shift = most > shift ? most : shift;
    }
    return !shift || hash >> (52 - shift) == 0;
}

static int by_hash(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Where requests are logged, but none of these clients asked for anything there: what is logged is
 * of other sites. */
static bool is_elsewhere(const struct pmt_counted *c, const struct pmt_trouble *t,
                         const struct pmt_map *map, const struct pmt_cover *requests)
{
    uint64_t *seen = pmt_alloc(LOOKED_AT * sizeof *seen);
    size_t n = 0, found = 0, clients = 0;
    for (size_t i = 0; i < t->flow.failed.n; i++) {
        int64_t minute;
        size_t votes;
        const uint64_t *v = pmt_votes_minute(&t->flow.failed, i, &minute, &votes);
        int64_t sec = pmt_map_second(map, minute * 60);
        minute = sec / 60 - (sec % 60 < 0);
        if (sec == PMT_NO_TIME || !pmt_cover_has(requests, minute))
            continue;
        for (size_t k = 0; k < votes && n < LOOKED_AT; k++) {
            uint64_t hash = PMT_VOTE_HASH(v[k]);
            if (!is_kept(c, hash))
                continue;
            found += asked(c, minute, hash);
            seen[n++] = hash;
        }
    }
    if (n)
        qsort(seen, n, sizeof *seen, by_hash);
    for (size_t i = 0; i < n; i++)
        clients += !i || seen[i] != seen[i - 1];
    free(seen);
    return clients >= CLIENTS_LEAST && found * 10 < n;
}

/* ---- merging --------------------------------------------------------------------------------- */

static void merge(struct pmt_counted *c, struct pmt_scanned *sources,
                  const struct pmt_stream_ref *ref, const struct pmt_piece *piece,
                  const struct pmt_cover *requests)
{
    struct pmt_segment *seg = pmt_ref_segment(sources, ref);
    for (size_t i = 0; i < seg->troubles->n; i++) {
        struct pmt_trouble *t = &seg->troubles->v[i];
        struct pmt_counted_trouble *to = trouble_for(c, t, sources[ref->source].input->family);
        const struct pmt_map *map = pmt_ref_map(sources, ref);
        bool elsewhere = t->sort == PMT_TROUBLE_UPSTREAM && is_elsewhere(c, t, map, requests);
        bool told = t->sort == PMT_TROUBLE_UPSTREAM && !elsewhere;
        struct pmt_filter f = {map, piece, told ? requests : NULL};
        widen(to, seg, map, elsewhere ? requests : NULL);
        pmt_flow_merge(&to->flow, &t->flow, pmt_filtered, &f, (int32_t)ref->source, 0);
        pmt_flow_fini(&t->flow);
        pmt_series_seal(&to->flow.series);
    }
}

static int by_name(const void *a, const void *b)
{
    const struct pmt_counted_trouble *x = a, *y = b;
    return x->sort != y->sort ? x->sort - y->sort : pmt_slice_cmp(x->name, y->name);
}

/* The others are in the same order whatever order the arguments had. */
static void settle(struct pmt_counted *c)
{
    size_t out = 0;
    for (size_t i = 0; i < c->ntroubles; i++) {
        struct pmt_counted_trouble *t = &c->troubles[i];
        pmt_flow_seal(&t->flow);
        if (t->flow.nbad)
            c->troubles[out++] = *t;
        else
            pmt_flow_fini(&t->flow);
    }
    c->ntroubles = out;
    if (out)
        qsort(c->troubles, out, sizeof *c->troubles, by_name);
}

void pmt_troubles_count(struct pmt_counted *c, struct pmt_scanned *sources, size_t n,
                        const struct pmt_streams *list)
{
    struct pmt_stream_ref *refs = NULL;
    struct pmt_pieces pieces = {0};
    struct pmt_cover requests = {0};
    struct pmt_counted notes = {0}; /* copies are told by their requests already */
    size_t nrefs = 0, cap = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; sources[i].tally && k < sources[i].tally->nclocks; k++)
            for (size_t s = 0; s < sources[i].tally->clocks[k].n; s++) {
                struct pmt_stream_ref ref = {i, k, s, 0};
                if (!pmt_ref_segment(sources, &ref)->troubles)
                    continue;
                ref.piece = piece_for(&pieces, sources, &ref);
                PMT_GROW(refs, nrefs, cap);
                refs[nrefs++] = ref;
            }
    if (nrefs)
        pmt_cover_requests(&requests, list, sources, n);
    for (size_t i = 0; nrefs && i < c->n; i++)
        pmt_flow_seal(&c->services[i].flow);
    pmt_find_copies(&notes, &pieces);
    for (size_t i = 0; i < nrefs; i++)
        merge(c, sources, &refs[i], &pieces.items[refs[i].piece], &requests);
    settle(c);
    free(notes.notes);
    free(refs);
    free(requests.items);
    pmt_pieces_fini(&pieces);
}
