#include "tally_parts.h"

#include <stdlib.h>

/* ---- which lines ------------------------------------------------------------------------- */

/* A line of an error log (nginx's, Caddy's) that names a client and what it asked for, or its
 * handshake. */
static bool of_error_log(const struct pmt_record *r, enum pmt_trouble_sort *sort,
                         struct pmt_slice *name)
{
    if (!r->client.n)
        return false;
    *name = r->vhost;
    if (r->path.n && (r->event == PMT_EV_UPSTREAM || r->event == PMT_EV_NO_SERVER)) {
        *sort = PMT_TROUBLE_UPSTREAM;
        return true;
    }
    /* "SSL_do_handshake() failed (SSL: ...) while SSL handshaking": with the client, unless it says
     * to whom. */
    if (r->path.n || r->upstream.n || !pmt_slice_starts(r->message, "SSL_do_handshake() failed"))
        return false;
    *sort = PMT_TROUBLE_CONNECTION;
    return true;
}

/* HAProxy, src/session.c session_kill_embryonic(): "<frontend>/<bind>: SSL handshake failure". */
static bool of_haproxy(const struct pmt_record *r, struct pmt_slice *name)
{
    *name = r->frontend;
    return r->kind == PMT_OTHER && r->lb == PMT_LB_NONE && r->frontend.n && !r->backend.n &&
           !r->server.n && r->client.n && pmt_slice_find(r->message, "SSL handshake");
}

/* ---- keeping them ------------------------------------------------------------------------ */

void pmt_digests_add(struct pmt_digest **v, size_t *n, size_t *cap, const struct pmt_digest *add)
{
    size_t lo = 0, hi = *n;
    if (hi && (*v)[hi - 1].minute <= add->minute) /* logs move forward */
        lo = (*v)[hi - 1].minute == add->minute ? hi - 1 : hi;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if ((*v)[mid].minute < add->minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < *n && (*v)[lo].minute == add->minute) {
        struct pmt_digest *d = &(*v)[lo];
        d->count += add->count;
        d->checks += add->checks;
        d->sum += add->sum;
        return;
    }
    PMT_GROW(*v, *n, *cap);
    memmove(*v + lo + 1, *v + lo, (*n - lo) * sizeof **v);
    (*v)[lo] = *add;
    ++*n;
}

static uint64_t key_of(enum pmt_trouble_sort sort, struct pmt_slice name)
{
    return name.n ? pmt_hash(name.p, name.n, sort) : 0;
}

static struct pmt_trouble *trouble_new(struct pmt_tally *t, struct pmt_troubles *l, size_t at,
                                       enum pmt_trouble_sort sort, struct pmt_slice name)
{
    if (at == l->n) {
        PMT_GROW(l->v, l->n, l->cap);
        l->n++;
    }
    l->v[at] = (struct pmt_trouble){.key = key_of(sort, name), .sort = (uint8_t)sort,
                                    .name = pmt_arena_copy(&t->arena, name)};
    l->v[at].flow.ok.budget = t->ok_budget;
    l->v[at].flow.failed.budget = t->failed_budget;
    return &l->v[at];
}

/* Of too many, those with the smallest keys are told apart, in whatever order they came; the others
 * are the nameless one's. */
static struct pmt_trouble *trouble_find(struct pmt_tally *t, struct pmt_troubles *l,
                                        enum pmt_trouble_sort sort, struct pmt_slice name)
{
    uint64_t key = key_of(sort, name);
    size_t named = 0, largest = 0;
    for (size_t i = 0; i < l->n; i++) {
        struct pmt_trouble *v = &l->v[i];
        if (v->key == key && v->sort == sort && pmt_slice_eq(v->name, name))
            return v;
        if (v->name.n && (!named++ || v->key > l->v[largest].key))
            largest = i;
    }
    if (!name.n || named < PMT_TROUBLES_MAX)
        return trouble_new(t, l, l->n, sort, name);
    if (key > l->v[largest].key)
        return trouble_find(t, l, sort, PMT_NO_SLICE);
    enum pmt_trouble_sort old = (enum pmt_trouble_sort)l->v[largest].sort;
    struct pmt_trouble *rest = trouble_find(t, l, old, PMT_NO_SLICE);
    pmt_flow_merge(&rest->flow, &l->v[largest].flow, NULL, NULL, -1, 0);
    pmt_flow_fini(&l->v[largest].flow);
    return trouble_new(t, l, largest, sort, name);
}

static struct pmt_troubles *troubles_of(struct pmt_segment *s)
{
    return s->troubles ? s->troubles : (s->troubles = pmt_alloc(sizeof *s->troubles));
}

void pmt_segment_trouble(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                         const struct pmt_line *line)
{
    enum pmt_trouble_sort sort = PMT_TROUBLE_CONNECTION;
    struct pmt_slice name;
    bool error_log = r->kind == PMT_NGINX_ERROR || pmt_slice_is(r->speaker, "caddy-error");
    bool told = error_log ? of_error_log(r, &sort, &name)
                          : r->layer == PMT_LAYER_HAPROXY && of_haproxy(r, &name);
    if (!told)
        return;
    struct pmt_troubles *l = troubles_of(s);
    struct pmt_hit hit = {.t = pmt_kept_time(pmt_record_stamp(r)), .bad = true, .latency = -1,
                          .client = pmt_hash(r->client.p, r->client.n, 0)};
    uint64_t h = pmt_hash(r->path.p, r->path.n, hit.client);
    h = pmt_hash(r->message.p, r->message.n, h ^ (uint64_t)hit.t);
    pmt_flow_add(&trouble_find(t, l, sort, name)->flow, &hit, line);
    pmt_digests_add(&l->digests, &l->ndigests, &l->capdigests,
                    &(struct pmt_digest){hit.t / PMT_MINUTE - (hit.t % PMT_MINUTE < 0), 1, 0, h});
}

/* ---- joining and closing ----------------------------------------------------------------- */

void pmt_segment_join_troubles(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b,
                               uint64_t lines)
{
    if (!b->troubles)
        return;
    struct pmt_troubles *l = troubles_of(a);
    for (size_t i = 0; i < b->troubles->n; i++) {
        struct pmt_trouble *v = &b->troubles->v[i];
        struct pmt_trouble *to = trouble_find(t, l, (enum pmt_trouble_sort)v->sort, v->name);
        pmt_flow_merge(&to->flow, &v->flow, NULL, NULL, -1, lines);
    }
    for (size_t i = 0; i < b->troubles->ndigests; i++)
        pmt_digests_add(&l->digests, &l->ndigests, &l->capdigests, &b->troubles->digests[i]);
}

void pmt_segment_fini_troubles(struct pmt_segment *s)
{
    for (size_t i = 0; s->troubles && i < s->troubles->n; i++)
        pmt_flow_fini(&s->troubles->v[i].flow);
    if (s->troubles) {
        free(s->troubles->v);
        free(s->troubles->digests);
    }
    free(s->troubles);
    s->troubles = NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct pmt_trouble *x = a, *y = b;
    return x->sort != y->sort ? x->sort - y->sort : pmt_slice_cmp(x->name, y->name);
}

void pmt_segment_seal_troubles(struct pmt_segment *s, bool last)
{
    struct pmt_troubles *l = s->troubles;
    if (!l)
        return;
    qsort(l->v, l->n, sizeof *l->v, by_name);
    for (size_t i = 0; i < l->n; i++) {
        pmt_flow_seal(&l->v[i].flow);
        if (last)
            pmt_flow_settle(&l->v[i].flow);
    }
}
