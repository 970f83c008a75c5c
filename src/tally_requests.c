#include "tally_parts.h"

#include "pmt/health.h"

#include <stdlib.h>

/* Answers of pmt_health_agent by hash of the agent: most requests of a minute come from few. */
enum { AGENT_SLOTS = 256 };
struct pmt_agent_cache {
    uint64_t hash[AGENT_SLOTS];
    const char *name[AGENT_SLOTS];
};

/* ---- requests ---------------------------------------------------------------------------- */

bool pmt_request_gave_up(const struct pmt_record *r)
{
    if (r->status == 499)
        return true;
    /* HAProxy: the client ended it, first letter C or c (configuration manual 8.5). What was then
     * logged as 5xx, or as no status at all, reached nobody. */
    return r->termination.n && (r->termination.p[0] == 'C' || r->termination.p[0] == 'c') &&
           (r->status < 0 || r->status >= 500);
}

bool pmt_request_bad(const struct pmt_record *r)
{
    if (pmt_request_gave_up(r))
        return false;
    if (r->status >= 500 && r->status <= 599)
        return true;
    return r->status < 0 && r->termination.n && strchr("SsPRIDK", r->termination.p[0]) &&
           pmt_slice_is(r->server, "<NOSRV>") && r->termination.p[0] != 'P';
}

/* ---- requests: services, checks, digests ------------------------------------------------- */

static struct pmt_flow *flow_ready(struct pmt_tally *t, struct pmt_flow *f)
{
    f->ok.budget = t->ok_budget;
    f->failed.budget = t->failed_budget;
    return f;
}

static size_t service_find(struct pmt_tally *t, struct pmt_segment *s, enum pmt_layer layer,
                           struct pmt_slice name, struct pmt_slice frontend,
                           struct pmt_slice backend)
{
    for (size_t k = 0; k < s->nservices; k++) {
        size_t i = (s->last_service + k) % s->nservices;
        struct pmt_service *v = &s->services[i];
        if (v->layer == layer && pmt_slice_eq(v->name, name) &&
            pmt_slice_eq(v->frontend, frontend) && pmt_slice_eq(v->backend, backend))
            return s->last_service = i;
    }
    if (s->nservices >= PMT_SERVICES_MAX && name.n)
        return service_find(t, s, layer, PMT_NO_SLICE, PMT_NO_SLICE, PMT_NO_SLICE);
    PMT_GROW(s->services, s->nservices, s->capservices);
    struct pmt_service *v = &s->services[s->nservices];
    *v = (struct pmt_service){.name = pmt_arena_copy(&t->arena, name),
                              .frontend = pmt_arena_copy(&t->arena, frontend),
                              .backend = pmt_arena_copy(&t->arena, backend),
                              .layer = (uint8_t)layer};
    flow_ready(t, &v->flow);
    return s->last_service = s->nservices++;
}

static struct pmt_slice agent_check(struct pmt_tally *t, struct pmt_slice agent)
{
    if (!t->agents)
        t->agents = pmt_alloc(sizeof *t->agents);
    uint64_t h = pmt_hash(agent.p, agent.n, 1) | 1;
    size_t i = h >> 32 & (AGENT_SLOTS - 1);
    if (t->agents->hash[i] != h) {
        const char *name = NULL;
        t->agents->hash[i] = h;
        t->agents->name[i] = pmt_health_agent(agent, &name) ? name : NULL;
    }
    return pmt_str(t->agents->name[i]);
}

/* Finds or makes the candidate; NULL when there are PMT_CHECKS_MAX with smaller keys. The
 * candidate that has to leave goes back to its service whole. */
static struct pmt_check *check_find(struct pmt_tally *t, struct pmt_segment *s, uint64_t key,
                                    const struct pmt_check *like, size_t service)
{
    size_t i = 0;
    while (i < s->nchecks && s->checks[i].key < key)
        i++;
    if (i < s->nchecks && s->checks[i].key == key)
        return &s->checks[i];
    if (s->nchecks == PMT_CHECKS_MAX) {
        if (i == s->nchecks)
            return NULL;
        struct pmt_check *out = &s->checks[--s->nchecks];
        pmt_flow_merge(&s->services[out->service].flow, &out->flow, NULL, NULL, -1, 0);
        pmt_flow_fini(&out->flow);
    }
    PMT_GROW(s->checks, s->nchecks, s->capchecks);
    memmove(s->checks + i + 1, s->checks + i, (s->nchecks - i) * sizeof *s->checks);
    struct pmt_check *c = &s->checks[i];
    *c = (struct pmt_check){.key = key,
                            .peer = pmt_arena_copy(&t->arena, like->peer),
                            .path = pmt_arena_copy(&t->arena, like->path),
                            .agent = like->agent,
                            .service = (uint32_t)service};
    flow_ready(t, &c->flow);
    s->nchecks++;
    return c;
}

/* Known agents get keys below all others, so that they are never pushed out. */
static struct pmt_check *check_for(struct pmt_tally *t, struct pmt_segment *s,
                                   const struct pmt_record *r, size_t service)
{
    struct pmt_check like = {.peer = r->client, .path = pmt_slice_head(r->path, 80)};
    uint64_t key;
    if (!r->agent_logged || !r->path.n)
        return NULL;
    if (r->agent.n) {
        like.agent = agent_check(t, r->agent);
        if (!like.agent.p)
            return NULL;
        like.peer = like.path = PMT_NO_SLICE;
        key = pmt_hash(like.agent.p, like.agent.n, service) >> 1;
    } else {
        key = pmt_hash(like.path.p, like.path.n, pmt_hash(like.peer.p, like.peer.n, service)) |
              UINT64_C(1) << 63;
    }
    struct pmt_check *c = check_find(t, s, key, &like, service);
    if (c)
        c->count++;
    return c;
}

static void digest_add(struct pmt_segment *s, const struct pmt_digest *add)
{
    size_t i = s->ndigests;
    while (i > 0 && s->digests[i - 1].minute > add->minute)
        i--;
    if (i > 0 && s->digests[i - 1].minute == add->minute) {
        struct pmt_digest *d = &s->digests[i - 1];
        d->count += add->count;
        d->checks += add->checks;
        d->sum += add->sum;
        return;
    }
    PMT_GROW(s->digests, s->ndigests, s->capdigests);
    memmove(s->digests + i + 1, s->digests + i, (s->ndigests - i) * sizeof *s->digests);
    s->digests[i] = *add;
    s->ndigests++;
}

/* The series of a server; past the bound the last one collects the rest. */
static struct pmt_series *use_find(struct pmt_tally *t, struct pmt_segment *s,
                                   struct pmt_slice backend, struct pmt_slice server)
{
    for (size_t k = 0; k < s->nuses; k++) {
        size_t i = (s->last_use + k) % s->nuses;
        if (pmt_slice_eq(s->uses[i].server, server) && pmt_slice_eq(s->uses[i].backend, backend))
            return &s->uses[s->last_use = i].series;
    }
    if (s->nuses == PMT_USES_MAX)
        return &s->uses[PMT_USES_MAX - 1].series;
    PMT_GROW(s->uses, s->nuses, s->capuses);
    struct pmt_use *u = &s->uses[s->last_use = s->nuses++];
    *u = (struct pmt_use){.backend = pmt_arena_copy(&t->arena, backend),
                          .server = pmt_arena_copy(&t->arena, server)};
    return &u->series;
}

/* The client of a request: who the balancer says it is when the peer is a private address. */
static struct pmt_slice client_of(const struct pmt_record *r)
{
    struct pmt_slice c = r->client, f = r->forwarded_for;
    bool private_peer = pmt_slice_starts(c, "10.") || pmt_slice_starts(c, "127.") ||
                        pmt_slice_starts(c, "192.168.") || pmt_slice_is(c, "::1") ||
                        pmt_slice_starts(c, "fd") || pmt_slice_starts(c, "unix:") ||
                        (pmt_slice_starts(c, "172.") && c.n > 6 && c.p[6] == '.' &&
                         (c.p[4] == '1' ? c.p[5] >= '6' : c.p[4] == '2' || (c.p[4] == '3' && c.p[5] <= '1')));
    if (!private_peer || !f.n)
        return c;
    const char *comma = memchr(f.p, ',', f.n);
    return pmt_slice_trim(comma ? pmt_slice(f.p, (size_t)(comma - f.p)) : f);
}

void pmt_segment_request(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                         const struct pmt_line *line)
{
    int64_t at = pmt_kept_time(&r->own);
    if (r->own.how == PMT_STAMP_NONE)
        at = pmt_kept_time(&r->head);
    /* nginx logs the end of a request, mostly in whole seconds: the latest start that fits. */
    if (!r->start_known && r->duration_us > 0) {
        bool whole = pmt_record_stamp(r)->decimals == 0;
        at += (whole ? PMT_SECOND - 1 : 0) - r->duration_us;
        if (whole)
            at -= at % PMT_SECOND < 0 ? at % PMT_SECOND + PMT_SECOND : at % PMT_SECOND;
    }
    bool bad = pmt_request_bad(r);
    size_t service = r->layer == PMT_LAYER_HAPROXY
                         ? service_find(t, s, r->layer, r->backend, r->frontend, r->backend)
                         : service_find(t, s, r->layer, r->vhost, PMT_NO_SLICE, PMT_NO_SLICE);
    struct pmt_check *check = check_for(t, s, r, service);
    struct pmt_flow *flow = check ? &check->flow : &s->services[service].flow;
    struct pmt_slice client = client_of(r);
    pmt_flow_add(flow, at, bad, pmt_request_gave_up(r),
                 client.n ? pmt_hash(client.p, client.n, 0) : 0, line);
    /* Time, client and request stand in the first bytes behind any envelope. */
    struct pmt_slice key = r->message.n ? r->message : line->text;
    int64_t minute = at / PMT_MINUTE - (at % PMT_MINUTE < 0);
    digest_add(s, &(struct pmt_digest){minute, 1, check != NULL,
                                       pmt_hash(key.p, key.n < 96 ? key.n : 96, key.n)});
    if (r->server.n && r->server.p[0] != '<')
        pmt_series_add(use_find(t, s, r->backend, r->server),
                       at / PMT_SECOND - (at % PMT_SECOND < 0),
                       &(struct pmt_counts){{[PMT_ALL] = 1}});
    t->layers[r->layer]++;
}

void pmt_segment_join_requests(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b,
                               uint64_t lines)
{
    uint32_t to[PMT_SERVICES_MAX + 1];
    for (size_t i = 0; i < b->nservices; i++) {
        struct pmt_service *v = &b->services[i];
        size_t k = service_find(t, a, v->layer, v->name, v->frontend, v->backend);
        to[i < PMT_SERVICES_MAX ? i : PMT_SERVICES_MAX] = (uint32_t)k;
        pmt_flow_merge(&a->services[k].flow, &v->flow, NULL, NULL, -1, lines);
    }
    for (size_t i = 0; i < b->nchecks; i++) {
        struct pmt_check *v = &b->checks[i];
        struct pmt_check *c = check_find(t, a, v->key, v, to[v->service]);
        if (c) {
            c->count += v->count;
            pmt_flow_merge(&c->flow, &v->flow, NULL, NULL, -1, lines);
        } else {
            pmt_flow_merge(&a->services[to[v->service]].flow, &v->flow, NULL, NULL, -1, lines);
        }
    }
    for (size_t i = 0; i < b->ndigests; i++)
        digest_add(a, &b->digests[i]);
    for (size_t i = 0; i < b->nuses; i++)
        pmt_series_merge(use_find(t, a, b->uses[i].backend, b->uses[i].server), &b->uses[i].series,
                         NULL, NULL);
}

void pmt_segment_fini(struct pmt_segment *s)
{
    for (size_t i = 0; i < s->nservices; i++)
        pmt_flow_fini(&s->services[i].flow);
    for (size_t i = 0; i < s->nchecks; i++)
        pmt_flow_fini(&s->checks[i].flow);
    for (size_t i = 0; i < s->nuses; i++)
        pmt_series_fini(&s->uses[i].series);
    free(s->services);
    free(s->uses);
    free(s->checks);
    free(s->digests);
    free(s->pair_quarters);
}

void pmt_segment_seal(struct pmt_segment *s, bool release)
{
    for (size_t i = 0; i < s->nservices; i++)
        pmt_flow_seal(&s->services[i].flow);
    for (size_t i = 0; i < s->nchecks; i++)
        pmt_flow_seal(&s->checks[i].flow);
    for (size_t i = 0; i < s->nuses; i++)
        pmt_series_seal(&s->uses[i].series);
    for (size_t i = 0; release && i < s->nservices; i++)
        s->services[i].flow.ok.budget = s->services[i].flow.failed.budget = NULL;
    for (size_t i = 0; release && i < s->nchecks; i++)
        s->checks[i].flow.ok.budget = s->checks[i].flow.failed.budget = NULL;
}
