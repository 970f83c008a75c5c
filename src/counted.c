#include "counted_parts.h"

#include <stdlib.h>

/* What the merging of one stream needs. */
struct merging {
    struct pmt_counted *c;
    struct pmt_scanned *sources;
    const struct pmt_pieces *pieces;
    const struct pmt_cover *cover;
    struct pmt_candidates *checks;
    struct pmt_part_rows *rows;
};

/* ---- streams ----------------------------------------------------------------------------- */

static bool same_stream(const struct pmt_stream *s, const char *family, uint8_t layer,
                        struct pmt_slice host)
{
    return s->layer == layer && strcmp(s->family, family) == 0 && pmt_slice_eq(s->host, host);
}

static void streams_add(struct pmt_streams *list, struct pmt_pieces *pieces,
                        struct pmt_scanned *sources, struct pmt_stream_ref ref, uint8_t layer)
{
    const struct pmt_input *in = sources[ref.source].input;
    struct pmt_slice host = sources[ref.source].tally->clocks[ref.clock].host;
    struct pmt_stream *s = NULL;
    for (size_t k = list->n; !s && k-- > 0;)
        if (same_stream(&list->items[k], in->family, layer, host))
            s = &list->items[k];
    if (!s) {
        PMT_GROW(list->items, list->n, list->cap);
        s = &list->items[list->n++];
        *s = (struct pmt_stream){.family = in->family, .layer = layer, .host = host};
    }
    s->shown = in->shown; /* families end with the live file */
    ref.piece = pmt_piece_add(pieces, sources, &ref, layer);
    PMT_GROW(s->refs, s->n, s->cap);
    s->refs[s->n++] = ref;
}

static void streams_collect(struct pmt_streams *list, struct pmt_pieces *pieces,
                            struct pmt_scanned *sources, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++) {
                const struct pmt_segment *s = &sources[i].tally->clocks[c].segments[k];
                bool seen[3] = {false};
                for (size_t v = 0; v < s->nservices; v++)
                    if (!seen[s->services[v].layer]) {
                        seen[s->services[v].layer] = true;
                        streams_add(list, pieces, sources, (struct pmt_stream_ref){i, c, k, 0},
                                    s->services[v].layer);
                    }
                for (size_t v = 0; v < s->nuses; v++) /* TCP sessions are no requests */
                    if (!seen[s->uses[v].layer]) {
                        seen[s->uses[v].layer] = true;
                        streams_add(list, pieces, sources, (struct pmt_stream_ref){i, c, k, 0},
                                    s->uses[v].layer);
                    }
            }
}

/* The minutes that count in this stream, once the copies are known. */
static void stream_digests(struct pmt_stream *s, const struct pmt_pieces *pieces)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct pmt_piece *p = &pieces->items[s->refs[i].piece];
        /* The segments of a source stand together and share one piece. */
        bool again = i && s->refs[i - 1].piece == s->refs[i].piece;
        for (size_t k = 0; !again && k < p->n; k++) {
            if (pmt_piece_drops(p, p->digests[k].minute))
                continue;
            PMT_GROW(s->digests, s->ndigests, s->capdigests);
            s->digests[s->ndigests++] = p->digests[k];
        }
    }
    s->ndigests = pmt_digests_settle(s->digests, s->ndigests);
}

/* ---- merging ----------------------------------------------------------------------------- */

/* To UTC, leaving out the minutes that are counted elsewhere. */
int64_t pmt_filtered(const void *ctx, int64_t sec)
{
    const struct pmt_filter *f = ctx;
    int64_t utc = f->map ? pmt_map_second(f->map, sec) : sec;
    if (utc == PMT_NO_TIME)
        return PMT_DROP;
    int64_t minute = utc / 60 - (utc % 60 < 0);
    if (f->piece && f->piece->ndrops && pmt_piece_drops(f->piece, minute))
        return PMT_DROP;
    if (f->cover && pmt_cover_has(f->cover, minute))
        return PMT_DROP;
    return utc;
}

static struct pmt_counted_service *service_for(struct pmt_counted *c, const struct pmt_stream *st,
                                               const struct pmt_service *s)
{
    struct pmt_slice name = s->name.n ? s->name : pmt_str(st->shown);
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_counted_service *v = &c->services[i];
        if (v->layer == s->layer && pmt_slice_eq(v->name, name) &&
            pmt_slice_eq(v->frontend, s->frontend))
            return v;
    }
    PMT_GROW(c->services, c->n, c->cap);
    struct pmt_counted_service *v = &c->services[c->n++];
    *v = (struct pmt_counted_service){.name = name, .frontend = s->frontend,
                                      .backend = s->backend, .layer = s->layer};
    return v;
}

static struct pmt_use *use_for(struct pmt_counted *c, const struct pmt_use *u,
                               struct pmt_slice host)
{
    for (size_t i = 0; i < c->nuses; i++) {
        struct pmt_use *v = &c->uses[i];
        if (v->layer == u->layer && pmt_slice_eq(v->server, u->server) &&
            pmt_slice_eq(v->backend, u->backend) && pmt_slice_eq(v->host, host))
            return v;
    }
    PMT_GROW(c->uses, c->nuses, c->capuses);
    c->uses[c->nuses] = (struct pmt_use){
        .layer = u->layer, .backend = u->backend, .server = u->server, .host = host};
    return &c->uses[c->nuses++];
}

/* Whoever sees the requests later may count them, too: which server got them only this log knows.
 */
static void merge_uses(const struct merging *m, const struct pmt_stream *st,
                       struct pmt_segment *seg, const struct pmt_stream_ref *ref)
{
    struct pmt_slice host = st->host.n ? st->host : m->sources[ref->source].host;
    struct pmt_filter f = {pmt_ref_map(m->sources, ref), &m->pieces->items[ref->piece], NULL};
    for (size_t i = 0; i < seg->nuses; i++) {
        struct pmt_use *from = &seg->uses[i];
        if (from->layer != st->layer)
            continue;
        struct pmt_use *to = use_for(m->c, from, host);
        pmt_series_merge(&to->series, &from->series, pmt_filtered, &f);
        for (size_t k = 0; k < from->nspells; k++) {
            struct pmt_spell spell = from->spells[k];
            spell.first = pmt_map_utc(f.map, spell.first);
            spell.last = pmt_map_utc(f.map, spell.last);
            spell.done = pmt_map_utc(f.map, spell.done);
            spell.first_source = spell.last_source = (uint32_t)ref->source;
            if (spell.first != PMT_NO_TIME && spell.first <= spell.last)
                pmt_use_add(to, &spell);
        }
        pmt_use_fini(from);
    }
}

/* Whether they are checks is decided on all of them, so nothing that a balancer covers is left out
 * here. */
static void merge_checks(const struct merging *m, const struct pmt_stream *st,
                         struct pmt_segment *seg, const struct pmt_stream_ref *ref)
{
    struct pmt_filter f = {pmt_ref_map(m->sources, ref), &m->pieces->items[ref->piece], NULL};
    for (size_t v = 0; v < seg->nchecks; v++) {
        const struct pmt_service *s = &seg->services[seg->checks[v].service];
        if (s->layer != st->layer)
            continue;
        struct pmt_candidate *k = pmt_candidate_for(m->checks, st, &seg->checks[v]);
        k->service = (size_t)(service_for(m->c, st, s) - m->c->services);
        pmt_flow_merge(&k->flow, &seg->checks[v].flow, pmt_filtered, &f, (int32_t)ref->source, 0);
        pmt_flow_fini(&seg->checks[v].flow);
    }
}

/* What counts of a segment in its stream. */
static struct pmt_filter filter_of(const struct merging *m, const struct pmt_stream *st,
                               const struct pmt_stream_ref *ref)
{
    return (struct pmt_filter){pmt_ref_map(m->sources, ref), &m->pieces->items[ref->piece],
                           st->covered ? m->cover : NULL};
}

/* Where its services of this layer are counted: indexes, SIZE_MAX for the others. */
static size_t *services_to(struct pmt_counted *c, const struct pmt_stream *st,
                           const struct pmt_segment *seg)
{
    size_t *to = pmt_alloc((seg->nservices + 1) * sizeof *to);
    for (size_t v = 0; v < seg->nservices; v++) {
        bool here = seg->services[v].layer == st->layer;
        to[v] = here ? (size_t)(service_for(c, st, &seg->services[v]) - c->services) : SIZE_MAX;
    }
    return to;
}

static void merge_stream(const struct merging *m, const struct pmt_stream *st)
{
    struct pmt_counted *c = m->c;
    for (size_t i = 0; i < st->n; i++) {
        const struct pmt_stream_ref *ref = &st->refs[i];
        struct pmt_segment *seg = pmt_ref_segment(m->sources, ref);
        struct pmt_filter f = filter_of(m, st, ref);
        merge_checks(m, st, seg, ref);
        size_t *to = services_to(c, st, seg);
        for (size_t v = 0; v < seg->nservices; v++) {
            if (to[v] == SIZE_MAX)
                continue;
            pmt_flow_merge(&c->services[to[v]].flow, &seg->services[v].flow, pmt_filtered, &f,
                           (int32_t)ref->source, 0);
            pmt_flow_fini(&seg->services[v].flow);
            pmt_series_seal(&c->services[to[v]].flow.series); /* many open pages are much memory */
        }
        pmt_parts_count(m->rows, seg, to);
        free(to);
        merge_uses(m, st, seg, ref);
        if (!st->covered && seg->decimals > c->decimals)
            c->decimals = seg->decimals;
    }
}

/* Once it is known which parts are watched. */
static void merge_parts(const struct merging *m, const struct pmt_streams *list)
{
    pmt_parts_choose(m->c, m->rows);
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = 0; k < list->items[i].n; k++) {
            const struct pmt_stream_ref *ref = &list->items[i].refs[k];
            struct pmt_filter f = filter_of(m, &list->items[i], ref);
            struct pmt_segment *seg = pmt_ref_segment(m->sources, ref);
            size_t *to = services_to(m->c, &list->items[i], seg);
            pmt_parts_merge(m->c, seg, to, pmt_filtered, &f);
            free(to);
        }
}

static void settle_checks(const struct merging *m)
{
    for (size_t i = 0; i < m->checks->n; i++) {
        struct pmt_candidate *k = &m->checks->items[i];
        struct pmt_filter f = {NULL, NULL, k->stream->covered ? m->cover : NULL};
        if (!pmt_candidate_left_out(m->c, k))
            pmt_flow_merge(&m->c->services[k->service].flow, &k->flow, pmt_filtered, &f, -1, 0);
        pmt_flow_fini(&k->flow);
    }
    free(m->checks->items);
}

/* ---- the whole --------------------------------------------------------------------------- */

void pmt_counted_note(struct pmt_counted *c, enum pmt_count_note kind, const char *log,
                      const char *other)
{
    PMT_GROW(c->notes, c->nnotes, c->capnotes);
    c->notes[c->nnotes++] = (struct pmt_note){kind, log, other};
}

/* One threshold for all: what was thinned in one place is thinned everywhere. */
static void same_threshold(struct pmt_counted *c)
{
    unsigned ok = 0, failed = 0;
    for (size_t i = 0; i < c->n; i++) {
        pmt_flow_seal(&c->services[i].flow);
        ok = c->services[i].flow.ok.shift > ok ? c->services[i].flow.ok.shift : ok;
        failed = c->services[i].flow.failed.shift > failed ? c->services[i].flow.failed.shift
                                                           : failed;
    }
    for (size_t i = 0; i < c->n; i++) {
        pmt_votes_thin(&c->services[i].flow.ok, ok);
        pmt_votes_thin(&c->services[i].flow.failed, failed);
        pmt_parts_settle(&c->services[i], failed);
    }
}

/* In a fixed order, as the services. */
static int by_use(const void *a, const void *b)
{
    const struct pmt_use *x = a, *y = b;
    if (x->layer != y->layer)
        return y->layer - x->layer;
    int d = pmt_slice_cmp(x->host, y->host);
    d = d ? d : pmt_slice_cmp(x->backend, y->backend);
    return d ? d : pmt_slice_cmp(x->server, y->server);
}

static void drop_empty(struct pmt_counted *c)
{
    size_t out = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!c->services[i].flow.series.n) {
            pmt_flow_fini(&c->services[i].flow);
            pmt_parts_fini(&c->services[i]);
            continue;
        }
        if (out != i)
            c->services[out] = c->services[i];
        c->layers[c->services[out].layer] = true;
        out++;
    }
    c->n = out;
}

/* The same service of the same data in a fixed order, whatever order the arguments had. */
static int by_service(const void *a, const void *b)
{
    const struct pmt_counted_service *x = a, *y = b;
    if (x->layer != y->layer)
        return y->layer - x->layer;
    int d = pmt_slice_cmp(x->name, y->name);
    return d ? d : pmt_slice_cmp(x->frontend, y->frontend);
}

/* The balancer's requests first: the others are compared with them. */
static void merge_all(const struct merging *m, struct pmt_streams *list)
{
    struct pmt_prints balancer = {0};
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].layer == PMT_LAYER_HAPROXY) {
            pmt_stream_prints(m->sources, &list->items[i], NULL, &balancer);
            merge_stream(m, &list->items[i]);
        }
    for (size_t i = 0; i < list->n; i++) {
        struct pmt_stream *s = &list->items[i];
        if (s->layer == PMT_LAYER_HAPROXY)
            continue;
        s->covered = m->cover->n && pmt_came_through(m->sources, s, m->cover, &balancer);
        if (s->covered && s->ndigests)
            pmt_counted_note(m->c, PMT_NOTE_THROUGH_BALANCER, s->shown, NULL);
        merge_stream(m, s);
    }
    pmt_prints_fini(&balancer);
}

static void add_up(struct pmt_counted *c)
{
    if (c->n == 1) {
        c->total = &c->services[0].flow;
        return;
    }
    for (size_t i = 0; i < c->n; i++)
        pmt_flow_copy(&c->sum, &c->services[i].flow);
    pmt_flow_seal(&c->sum);
    c->total = &c->sum;
}

void pmt_counted_build(struct pmt_counted *c, struct pmt_scanned *sources, size_t n,
                       struct pmt_arena *arena)
{
    struct pmt_streams list = {0};
    struct pmt_pieces pieces = {0};
    struct pmt_cover cover = {0};
    struct pmt_candidates checks = {0};
    struct pmt_part_rows rows = {0};
    struct merging m = {c, sources, &pieces, &cover, &checks, &rows};
    *c = (struct pmt_counted){.arena = arena};
    streams_collect(&list, &pieces, sources, n);
    pmt_find_copies(c, &pieces);
    for (size_t i = 0; i < list.n; i++)
        stream_digests(&list.items[i], &pieces);
    pmt_cover_build(&cover, &list, sources, n);
    merge_all(&m, &list);
    merge_parts(&m, &list);
    settle_checks(&m);
    pmt_troubles_count(c, sources, n, &list);
    drop_empty(c);
    same_threshold(c);
    if (c->n)
        qsort(c->services, c->n, sizeof *c->services, by_service);
    if (c->nuses)
        qsort(c->uses, c->nuses, sizeof *c->uses, by_use);
    pmt_parts_share(c);
    add_up(c);
    for (size_t i = 0; i < list.n; i++) {
        free(list.items[i].refs);
        free(list.items[i].digests);
    }
    free(list.items);
    free(cover.items);
    pmt_pieces_fini(&pieces);
}

void pmt_counted_fini(struct pmt_counted *c)
{
    for (size_t i = 0; i < c->n; i++) {
        pmt_flow_fini(&c->services[i].flow);
        pmt_parts_fini(&c->services[i]);
    }
    for (size_t i = 0; i < c->nuses; i++)
        pmt_use_fini(&c->uses[i]);
    for (size_t i = 0; i < c->nparts; i++)
        pmt_flow_fini(&c->parts[i].flow);
    for (size_t i = 0; i < c->ntroubles; i++)
        pmt_flow_fini(&c->troubles[i].flow);
    free(c->troubles);
    free(c->parts);
    pmt_flow_fini(&c->sum);
    free(c->services);
    free(c->uses);
    free(c->left_out);
    free(c->notes);
    *c = (struct pmt_counted){0};
}
