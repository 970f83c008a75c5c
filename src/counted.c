#include "counted_parts.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CHECK_MIN = 10,         /* requests before a rhythm can be seen */
    GAP_CLOSED = 10,        /* minutes: shorter silences of the balancer's log are coverage */
};

/* ---- streams ----------------------------------------------------------------------------- */

static bool same_stream(const struct pmt_stream *s, const char *family, uint8_t layer,
                        struct pmt_slice host)
{
    return s->layer == layer && strcmp(s->family, family) == 0 && pmt_slice_eq(s->host, host);
}

static void streams_add(struct pmt_streams *list, const struct pmt_scanned *source, size_t i,
                        size_t clock, size_t segment, uint8_t layer)
{
    struct pmt_slice host = source->tally->clocks[clock].host;
    struct pmt_stream *s = NULL;
    for (size_t k = list->n; !s && k-- > 0;)
        if (same_stream(&list->items[k], source->input->family, layer, host))
            s = &list->items[k];
    if (!s) {
        PMT_GROW(list->items, list->n, list->cap);
        s = &list->items[list->n++];
        *s = (struct pmt_stream){.family = source->input->family, .shown = source->input->shown,
                                 .layer = layer, .host = host};
    }
    s->shown = source->input->shown; /* families end with the live file */
    PMT_GROW(s->refs, s->n, s->cap);
    s->refs[s->n++] = (struct pmt_stream_ref){i, clock, segment};
}

static void streams_collect(struct pmt_streams *list, struct pmt_scanned *sources, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++) {
                const struct pmt_segment *s = &sources[i].tally->clocks[c].segments[k];
                bool seen[3] = {false};
                for (size_t v = 0; v < s->nservices; v++)
                    if (!seen[s->services[v].layer]) {
                        seen[s->services[v].layer] = true;
                        streams_add(list, &sources[i], i, c, k, s->services[v].layer);
                    }
            }
}

static int by_minute(const void *a, const void *b)
{
    const struct pmt_digest *x = a, *y = b;
    return x->minute < y->minute ? -1 : x->minute > y->minute;
}

/* The stream's minutes in UTC, sorted, each once. */
static void stream_digests(struct pmt_stream *s, struct pmt_scanned *sources)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct pmt_segment *seg = pmt_ref_segment(sources, &s->refs[i]);
        for (size_t k = 0; k < seg->ndigests; k++) {
            int64_t sec = pmt_map_second(pmt_ref_map(sources, &s->refs[i]),
                                         seg->digests[k].minute * 60);
            if (sec == PMT_NO_TIME)
                continue;
            PMT_GROW(s->digests, s->ndigests, s->capdigests);
            s->digests[s->ndigests] = seg->digests[k];
            s->digests[s->ndigests++].minute = sec / 60 - (sec % 60 < 0);
        }
    }
    if (s->ndigests)
        qsort(s->digests, s->ndigests, sizeof *s->digests, by_minute);
    size_t out = 0;
    for (size_t i = 0; i < s->ndigests; i++) {
        s->users += s->digests[i].count - s->digests[i].checks;
        if (out && s->digests[out - 1].minute == s->digests[i].minute) {
            s->digests[out - 1].count += s->digests[i].count;
            s->digests[out - 1].checks += s->digests[i].checks;
            s->digests[out - 1].sum += s->digests[i].sum;
        } else {
            s->digests[out++] = s->digests[i];
        }
    }
    s->ndigests = out;
}

const struct pmt_digest *pmt_stream_minute(const struct pmt_stream *s, int64_t minute)
{
    size_t lo = 0, hi = s->ndigests;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->digests[mid].minute < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->ndigests && s->digests[lo].minute == minute ? &s->digests[lo] : NULL;
}

/* ---- copies ------------------------------------------------------------------------------ */

/* Do the minutes that both hold hold the same lines? Whole minutes decide: at a rotation or a
 * copy's edge they differ. */
static bool is_copy(const struct pmt_stream *a, const struct pmt_stream *b)
{
    uint64_t common = 0, equal = 0;
    for (size_t i = 0; i < b->ndigests; i++) {
        const struct pmt_digest *d = pmt_stream_minute(a, b->digests[i].minute);
        if (!d)
            continue;
        common++;
        equal += d->count == b->digests[i].count && d->sum == b->digests[i].sum;
    }
    return common && equal * 10 >= common * 8;
}

static bool before(const struct pmt_stream *a, const struct pmt_stream *b)
{
    if (a->users != b->users)
        return a->users > b->users;
    int c = strcmp(a->family, b->family);
    return c ? c < 0 : pmt_slice_cmp(a->host, b->host) < 0;
}

static void find_copies(struct pmt_counted *c, struct pmt_streams *list)
{
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = 0; k < list->n; k++) {
            struct pmt_stream *a = &list->items[i], *b = &list->items[k];
            if (i == k || a->layer != b->layer || b->copy_of || a->copy_of || !before(a, b) ||
                !is_copy(a, b))
                continue;
            b->copy_of = a;
            pmt_counted_note(c, "%s holds the same requests as %s; they are counted once",
                             b->shown, a->shown);
        }
}

/* ---- what the balancer's logs cover -------------------------------------------------------- */

static void cover_add(struct pmt_cover *cover, int64_t from, int64_t to)
{
    PMT_GROW(cover->items, cover->n, cover->cap);
    cover->items[cover->n++] = (struct pmt_stretch){from, to};
}

static int by_from(const void *a, const void *b)
{
    const struct pmt_stretch *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static void cover_build(struct pmt_cover *cover, const struct pmt_streams *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct pmt_stream *s = &list->items[i];
        if (s->layer != PMT_LAYER_HAPROXY)
            continue;
        for (size_t k = 0; k < s->ndigests; k++) {
            int64_t m = s->digests[k].minute;
            if (cover->n && m >= cover->items[cover->n - 1].from &&
                m <= cover->items[cover->n - 1].to + GAP_CLOSED)
                cover->items[cover->n - 1].to = m > cover->items[cover->n - 1].to
                                                    ? m : cover->items[cover->n - 1].to;
            else
                cover_add(cover, m, m);
        }
    }
    if (!cover->n)
        return;
    qsort(cover->items, cover->n, sizeof *cover->items, by_from);
    size_t out = 0;
    for (size_t i = 1; i < cover->n; i++)
        if (cover->items[i].from <= cover->items[out].to + GAP_CLOSED) {
            if (cover->items[i].to > cover->items[out].to)
                cover->items[out].to = cover->items[i].to;
        } else {
            cover->items[++out] = cover->items[i];
        }
    cover->n = out + 1;
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

/* ---- merging ----------------------------------------------------------------------------- */

/* Wall to UTC, leaving out the minutes that are counted elsewhere. */
static int64_t filtered(const void *ctx, int64_t sec)
{
    const struct pmt_filter *f = ctx;
    int64_t utc = pmt_map_second(f->map, sec);
    if (utc == PMT_NO_TIME)
        return PMT_DROP;
    int64_t minute = utc / 60 - (utc % 60 < 0);
    if (f->copy_of && pmt_stream_minute(f->copy_of, minute))
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

static struct pmt_series *use_for(struct pmt_counted *c, const struct pmt_use *u)
{
    for (size_t i = 0; i < c->nuses; i++)
        if (pmt_slice_eq(c->uses[i].server, u->server) &&
            pmt_slice_eq(c->uses[i].backend, u->backend))
            return &c->uses[i].series;
    PMT_GROW(c->uses, c->nuses, c->capuses);
    c->uses[c->nuses] = (struct pmt_use){.backend = u->backend, .server = u->server};
    return &c->uses[c->nuses++].series;
}

static struct pmt_merged_check *check_for(struct pmt_checks *list, const struct pmt_check *k)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].key == k->key)
            return &list->items[i];
    PMT_GROW(list->items, list->n, list->cap);
    list->items[list->n] = (struct pmt_merged_check){.key = k->key, .peer = k->peer,
                                                     .path = k->path, .agent = k->agent};
    return &list->items[list->n++];
}

static void merge_stream(struct pmt_counted *c, struct pmt_scanned *sources,
                         const struct pmt_stream *st, const struct pmt_cover *cover,
                         struct pmt_checks *checks)
{
    for (size_t i = 0; i < st->n; i++) {
        const struct pmt_stream_ref *ref = &st->refs[i];
        struct pmt_segment *seg = pmt_ref_segment(sources, ref);
        struct pmt_filter f = {pmt_ref_map(sources, ref), st->copy_of, cover};
        for (size_t v = 0; v < seg->nservices; v++) {
            if (seg->services[v].layer != st->layer)
                continue;
            struct pmt_counted_service *to = service_for(c, st, &seg->services[v]);
            pmt_flow_merge(&to->flow, &seg->services[v].flow, filtered, &f,
                           (int32_t)ref->source, 0);
            pmt_flow_fini(&seg->services[v].flow);
        }
        for (size_t v = 0; v < seg->nchecks; v++) {
            const struct pmt_service *s = &seg->services[seg->checks[v].service];
            if (s->layer != st->layer)
                continue;
            struct pmt_merged_check *k = check_for(checks, &seg->checks[v]);
            k->service = (size_t)(service_for(c, st, s) - c->services);
            k->count += st->copy_of ? 0 : seg->checks[v].count;
            pmt_flow_merge(&k->flow, &seg->checks[v].flow, filtered, &f, (int32_t)ref->source, 0);
            pmt_flow_fini(&seg->checks[v].flow);
        }
        for (size_t v = 0; v < seg->nuses && st->layer == PMT_LAYER_HAPROXY; v++) {
            pmt_series_merge(use_for(c, &seg->uses[v]), &seg->uses[v].series, filtered, &f);
            pmt_series_fini(&seg->uses[v].series);
        }
        if (!cover && seg->decimals > c->decimals)
            c->decimals = seg->decimals;
    }
}

/* ---- health checks ----------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* One peer, one path, no agent: a check if four of five gaps between its requests are the usual
 * one, give or take a second (or a tenth of it). */
static bool has_rhythm(struct pmt_flow *f)
{
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts counts;
    int64_t sec, last = INT64_MIN, *gaps = NULL;
    size_t n = 0, cap = 0;
    while (n < 4096 && pmt_series_next(&it, &sec, &counts)) {
        if (last != INT64_MIN) {
            PMT_GROW(gaps, n, cap);
            gaps[n++] = sec - last;
        }
        last = sec;
    }
    bool steady = false;
    if (n + 1 >= CHECK_MIN) {
        qsort(gaps, n, sizeof *gaps, by_value);
        int64_t usual = gaps[n / 2], slack = usual / 10 > 1 ? usual / 10 : 1;
        size_t near = 0;
        for (size_t i = 0; i < n; i++)
            near += gaps[i] >= usual - slack && gaps[i] <= usual + slack;
        steady = near * 5 >= n * 4;
    }
    free(gaps);
    return steady;
}

static void settle_checks(struct pmt_counted *c, struct pmt_checks *checks)
{
    for (size_t i = 0; i < checks->n; i++) {
        struct pmt_merged_check *k = &checks->items[i];
        const char *what = NULL, *rule = NULL;
        if (k->agent.p) {
            what = pmt_arena_printf(c->arena, "requests of the agent %.*s", PMT_FMT(k->agent));
            rule = "an agent known for health checks or monitoring";
        } else if (has_rhythm(&k->flow)) {
            /* The peer is an address: it is named by the path alone. */
            const char *q = k->path.n ? memchr(k->path.p, '?', k->path.n) : NULL;
            struct pmt_slice path = q ? pmt_slice(k->path.p, (size_t)(q - k->path.p)) : k->path;
            what = pmt_arena_printf(c->arena, "requests for %.*s by one peer", PMT_FMT(path));
            rule = "one peer asks one path without an agent at a constant interval";
        }
        if (!what) {
            pmt_flow_merge(&c->services[k->service].flow, &k->flow, NULL, NULL, -1, 0);
        } else {
            size_t at = 0;
            while (at < c->nleft && strcmp(c->left_out[at].what, what) != 0)
                at++;
            if (at == c->nleft) {
                PMT_GROW(c->left_out, c->nleft, c->capleft);
                c->left_out[c->nleft++] = (struct pmt_left_out){what, rule, 0};
            }
            c->left_out[at].count += k->count;
        }
        pmt_flow_fini(&k->flow);
    }
    free(checks->items);
}

/* ---- the whole --------------------------------------------------------------------------- */

void pmt_counted_note(struct pmt_counted *c, const char *fmt, const char *a, const char *b)
{
    PMT_GROW(c->notes, c->nnotes, c->capnotes);
    struct pmt_buf text = {0};
    for (const char *p = fmt; *p; p++)
        if (p[0] == '%' && p[1] == 's') {
            pmt_buf_puts(&text, a);
            a = b;
            p++;
        } else {
            pmt_buf_put(&text, p, 1);
        }
    c->notes[c->nnotes++] = pmt_arena_printf(c->arena, "%s", text.data ? text.data : "");
    pmt_buf_fini(&text);
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
    }
}

static void drop_empty(struct pmt_counted *c)
{
    size_t out = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!c->services[i].flow.series.n) {
            pmt_flow_fini(&c->services[i].flow);
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

void pmt_counted_build(struct pmt_counted *c, struct pmt_scanned *sources, size_t n,
                       struct pmt_arena *arena)
{
    struct pmt_streams list = {0};
    struct pmt_cover cover = {0};
    struct pmt_checks checks = {0};
    *c = (struct pmt_counted){.arena = arena};
    streams_collect(&list, sources, n);
    for (size_t i = 0; i < list.n; i++)
        stream_digests(&list.items[i], sources);
    find_copies(c, &list);
    cover_build(&cover, &list);
    for (size_t i = 0; i < list.n; i++)
        if (list.items[i].layer == PMT_LAYER_HAPROXY)
            merge_stream(c, sources, &list.items[i], NULL, &checks);
    for (size_t i = 0; i < c->n; i++)
        pmt_flow_seal(&c->services[i].flow);
    size_t balancer = c->n;
    for (size_t i = 0; i < list.n; i++) {
        struct pmt_stream *s = &list.items[i];
        if (s->layer == PMT_LAYER_HAPROXY)
            continue;
        bool covered = cover.n && pmt_came_through(c, balancer, sources, s, &cover);
        if (covered)
            pmt_counted_note(c,
                             "%s: its requests came through the balancer and are counted there; "
                             "they count here only where the balancer's log is silent",
                             s->shown, NULL);
        merge_stream(c, sources, s, covered ? &cover : NULL, &checks);
    }
    settle_checks(c, &checks);
    drop_empty(c);
    same_threshold(c);
    if (c->n)
        qsort(c->services, c->n, sizeof *c->services, by_service);
    if (c->n == 1) {
        c->total = &c->services[0].flow;
    } else {
        for (size_t i = 0; i < c->n; i++)
            pmt_flow_copy(&c->sum, &c->services[i].flow);
        pmt_flow_seal(&c->sum);
        c->total = &c->sum;
    }
    for (size_t i = 0; i < list.n; i++) {
        free(list.items[i].refs);
        free(list.items[i].digests);
    }
    free(list.items);
    free(cover.items);
}

void pmt_counted_fini(struct pmt_counted *c)
{
    for (size_t i = 0; i < c->n; i++)
        pmt_flow_fini(&c->services[i].flow);
    for (size_t i = 0; i < c->nuses; i++)
        pmt_series_fini(&c->uses[i].series);
    pmt_flow_fini(&c->sum);
    free(c->services);
    free(c->uses);
    free(c->left_out);
    free(c->notes);
    *c = (struct pmt_counted){0};
}
