#include "coverage_parts.h"

#include <stdlib.h>

/* ---- gaps of a log ----------------------------------------------------------------------- */

struct build {
    struct pmt_coverage *cov;
    struct pmt_scanned *sources;
    struct pmt_arena *arena;
    size_t *order;                   /* sources by family, the oldest rotation first */
    struct pmt_family *families;
    size_t nfamilies;
};

static const struct pmt_scanned *sorting;

static int by_family(const void *pa, const void *pb)
{
    size_t i = *(const size_t *)pa, k = *(const size_t *)pb;
    const struct pmt_input *x = sorting[i].input, *y = sorting[k].input;
    int c = strcmp(x->family, y->family);
    if (!c && x->rotation != y->rotation)
        c = x->rotation < y->rotation ? -1 : 1;
    c = c ? c : strcmp(x->path, y->path);
    return c ? c : i < k ? -1 : i > k;
}

static int by_time(const void *pa, const void *pb)
{
    const struct pmt_gap *x = pa, *y = pb;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

static int by_source(const void *pa, const void *pb)
{
    const struct pmt_found_gap *x = pa, *y = pb;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return by_time(&x->gap, &y->gap);
}

static void take_gaps(struct build *b, struct pmt_family *f, struct pmt_found_gaps *found)
{
    if (!found->n)
        return;
    struct pmt_gap *own = pmt_arena_alloc(b->arena, found->n * sizeof *own);
    struct pmt_gap *all = pmt_arena_alloc(b->arena, found->n * sizeof *all);
    qsort(found->v, found->n, sizeof *found->v, by_source);
    for (size_t i = 0; i < found->n; i++) {
        struct pmt_scanned *s = &b->sources[found->v[i].source];
        all[i] = own[i] = found->v[i].gap;
        if (!s->ngaps++)
            s->gaps = &own[i];
    }
    qsort(all, found->n, sizeof *all, by_time);
    f->gaps = all;
    f->ngaps = found->n;
}

/* Of all logs first: what one lacks may be in another. */
static void find_gaps(struct build *b)
{
    for (size_t i = 0; i < b->nfamilies; i++) {
        struct pmt_family *f = &b->families[i];
        pmt_rotations_find(&f->activity, &f->found, b->arena);
        pmt_silences_find(&f->activity, &f->found);
    }
    for (size_t i = 0; i < b->nfamilies; i++) {
        struct pmt_found_gaps left = {0};
        pmt_gaps_filled(b->families, b->nfamilies, i, &left);
        take_gaps(b, &b->families[i], &left);
        free(left.v);
    }
}

/* ---- holes ------------------------------------------------------------------------------- */

/* Minutes in which any log holds requests. */
static void requests_of_all(const struct build *b, struct pmt_minutes *ret)
{
    for (size_t i = 0; i < b->nfamilies; i++) {
        const struct pmt_activity *a = &b->families[i].activity;
        for (size_t k = 0; a->requests && k < a->nactive; k++)
            pmt_minutes_merge(ret, &(struct pmt_minutes){
                                       &(struct pmt_stretch){.from = a->active[k].from,
                                                             .to = a->active[k].to},
                                       1, 1}, 0);
    }
}

struct holes {
    struct pmt_gap *v;
    size_t n, cap;
};

/* What is left of a gap between two instants; enough requests must have been expected in that. */
static void put_hole(struct holes *h, const struct pmt_gap *gap, int64_t from, int64_t to)
{
    struct pmt_gap hole = *gap;
    hole.from = from;
    hole.to = to;
    if (hole.to - hole.from < PMT_SILENCE_MIN)
        return;
    double share = (double)(hole.to - hole.from) / (double)(gap->to - gap->from);
    hole.expected = (uint64_t)((double)gap->expected * share + 0.5);
    /* Another log's lines may be nearer by less than a minute. */
    if (from - gap->from > PMT_MINUTE)
        hole.before.line = 0;
    if (gap->to - to > PMT_MINUTE)
        hole.behind.line = 0;
    if (gap->expected && hole.expected < PMT_SILENCE_LINES)
        return;
    PMT_GROW(h->v, h->n, h->cap);
    h->v[h->n++] = hole;
}

/* Another log may hold requests in the minute of the gap's edge, on either side of it. */
static bool shared_minute(const struct build *b, const struct pmt_family *own, int64_t minute)
{
    for (size_t i = 0; i < b->nfamilies; i++) {
        const struct pmt_activity *a = &b->families[i].activity;
        if (&b->families[i] != own && a->requests && pmt_activity_minutes(a, minute, minute))
            return true;
    }
    return false;
}

static void cut_gap(const struct build *b, const struct pmt_family *own, const struct pmt_gap *gap,
                    const struct pmt_minutes *m, struct holes *h)
{
    int64_t from = gap->from, to = gap->to;
    if (shared_minute(b, own, pmt_minute_of(from)))
        from = (pmt_minute_of(from) + 1) * PMT_MINUTE;
    if (shared_minute(b, own, pmt_minute_of(to)))
        to = pmt_minute_of(to) * PMT_MINUTE;
    /* The minutes of the last line before and the first behind are in m. */
    for (size_t i = pmt_minutes_search(m, pmt_minute_of(gap->from) + 1); i < m->n; i++) {
        if (m->v[i].from >= pmt_minute_of(gap->to))
            break;
        put_hole(h, gap, from, m->v[i].from * PMT_MINUTE);
        from = (m->v[i].to + 1) * PMT_MINUTE;
    }
    put_hole(h, gap, from, to);
}

/* Gaps of several logs in the same silence are one hole. */
static void join_holes(struct holes *h)
{
    size_t out = 0;
    if (!h->n)
        return;
    qsort(h->v, h->n, sizeof *h->v, by_time);
    for (size_t i = 1; i < h->n; i++) {
        struct pmt_gap *last = &h->v[out], *g = &h->v[i];
        if (g->from >= last->to) {
            h->v[++out] = *g;
            continue;
        }
        last->to = g->to > last->to ? g->to : last->to;
        /* Balancer and web server miss the same requests. */
        if (g->expected > last->expected || !last->before.line)
            last->before = g->before;
        if (g->expected > last->expected || !last->behind.line)
            last->behind = g->behind;
        last->expected = g->expected > last->expected ? g->expected : last->expected;
        if (last->kind == PMT_GAP_SILENT && g->kind == PMT_GAP_ROTATION) {
            last->kind = g->kind;
            last->missing = g->missing;
            last->first_missing = g->first_missing;
            last->last_missing = g->last_missing;
            last->nmissing = g->nmissing;
            last->why = g->why;
        }
    }
    h->n = out + 1;
}

static void find_holes(struct build *b)
{
    struct pmt_minutes m = {0};
    struct holes h = {0};
    requests_of_all(b, &m);
    for (size_t i = 0; i < b->nfamilies; i++)
        for (size_t k = 0; b->families[i].activity.requests && k < b->families[i].ngaps; k++)
            cut_gap(b, &b->families[i], &b->families[i].gaps[k], &m, &h);
    join_holes(&h);
    if (h.n) {
        struct pmt_gap *v = pmt_arena_alloc(b->arena, h.n * sizeof *v);
        memcpy(v, h.v, h.n * sizeof *v);
        b->cov->holes = v;
        b->cov->nholes = h.n;
    }
    free(h.v);
    pmt_minutes_fini(&m);
}

/* ---- the whole --------------------------------------------------------------------------- */

static void find_families(struct build *b, size_t n)
{
    b->order = pmt_alloc((n + 1) * sizeof *b->order);
    b->families = pmt_alloc((n + 1) * sizeof *b->families);
    for (size_t i = 0; i < n; i++)
        b->order[i] = i;
    sorting = b->sources;
    qsort(b->order, n, sizeof *b->order, by_family);
    for (size_t i = 0, end; i < n; i = end) {
        const char *family = b->sources[b->order[i]].input->family;
        for (end = i + 1; end < n; end++)
            if (strcmp(b->sources[b->order[end]].input->family, family) != 0)
                break;
        pmt_activity_build(&b->families[b->nfamilies++].activity, b->sources, &b->order[i],
                           end - i);
    }
}

void pmt_coverage_build(struct pmt_coverage *cov, struct pmt_scanned *sources, size_t n,
                        struct pmt_arena *arena)
{
    struct build b = {.cov = cov, .sources = sources, .arena = arena};
    struct pmt_covered_list logs = {0};
    *cov = (struct pmt_coverage){.first = PMT_NO_TIME, .last = PMT_NO_TIME};
    for (size_t i = 0; i < n; i++) {
        sources[i].gaps = NULL;
        sources[i].ngaps = 0;
        if (sources[i].first == PMT_NO_TIME)
            continue;
        if (cov->first == PMT_NO_TIME || sources[i].first < cov->first)
            cov->first = sources[i].first;
        if (cov->last == PMT_NO_TIME || sources[i].last > cov->last)
            cov->last = sources[i].last;
    }
    find_families(&b, n);
    find_gaps(&b);
    for (size_t i = 0; i < b.nfamilies; i++)
        pmt_covered_add(&logs, &b.families[i].activity, b.families[i].gaps, b.families[i].ngaps,
                        arena);
    find_holes(&b);
    if (logs.n) {
        struct pmt_covered *v = pmt_arena_alloc(arena, logs.n * sizeof *v);
        memcpy(v, logs.v, logs.n * sizeof *v);
        cov->logs = v;
        cov->nlogs = logs.n;
    }
    free(logs.v);
    for (size_t i = 0; i < b.nfamilies; i++) {
        pmt_activity_fini(&b.families[i].activity);
        free(b.families[i].found.v);
    }
    free(b.families);
    free(b.order);
}
