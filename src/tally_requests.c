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
    f->slow_budget = t->slow_budget;
    return f;
}

/* What a service is; its slices are borrowed. */
struct ident {
    uint8_t layer;
    struct pmt_slice name, frontend, backend;
};

static uint64_t ident_key(const struct ident *id)
{
    uint64_t h = pmt_hash(id->name.p, id->name.n, id->layer);
    h = pmt_hash(id->frontend.p, id->frontend.n, h);
    return pmt_hash(id->backend.p, id->backend.n, h);
}

static bool is_service(const struct pmt_service *v, const struct ident *id)
{
    return v->layer == id->layer && pmt_slice_eq(v->name, id->name) &&
           pmt_slice_eq(v->frontend, id->frontend) && pmt_slice_eq(v->backend, id->backend);
}

/* The service of a layer that has no name at all, which takes in those that are not told apart. */
static bool is_rest(const struct pmt_service *v)
{
    return !v->name.n && !v->frontend.n && !v->backend.n;
}

static size_t service_new(struct pmt_tally *t, struct pmt_segment *s, size_t at,
                          const struct ident *id, uint64_t key)
{
    if (at == s->nservices) {
        PMT_GROW(s->services, s->nservices, s->capservices);
        s->nservices++;
    }
    struct pmt_service *v = &s->services[at];
    *v = (struct pmt_service){.key = key,
                              .name = pmt_arena_copy(&t->arena, id->name),
                              .frontend = pmt_arena_copy(&t->arena, id->frontend),
                              .backend = pmt_arena_copy(&t->arena, id->backend),
                              .layer = id->layer};
    flow_ready(t, &v->flow);
    return s->last_service = at;
}

static size_t rest_find(struct pmt_tally *t, struct pmt_segment *s, uint8_t layer)
{
    struct ident id = {.layer = layer};
    for (size_t i = 0; i < s->nservices; i++)
        if (is_rest(&s->services[i]) && s->services[i].layer == layer)
            return i;
    return service_new(t, s, s->nservices, &id, ident_key(&id));
}

/* Its requests, and those of its candidates for checks, are the rest's from now on. */
static void service_give_up(struct pmt_tally *t, struct pmt_segment *s, size_t i)
{
    size_t rest = rest_find(t, s, s->services[i].layer);
    pmt_flow_merge(&s->services[rest].flow, &s->services[i].flow, NULL, NULL, -1, 0);
    pmt_flow_fini(&s->services[i].flow);
    for (size_t k = 0; k < s->nchecks; k++)
        if (s->checks[k].service == i)
            s->checks[k].service = (uint32_t)rest;
}

/* Index of the service; *ret_key is its key, also where it is not told apart. Of more than
 * PMT_SERVICES_MAX those with the smallest keys are told apart: whoever is among them at the end
 * was among them all the time, in whatever order the lines came. */
static size_t service_find(struct pmt_tally *t, struct pmt_segment *s, const struct ident *id,
                           uint64_t *ret_key)
{
    size_t named = 0, largest = 0;
    if (s->last_service < s->nservices && is_service(&s->services[s->last_service], id)) {
        *ret_key = s->services[s->last_service].key;
        return s->last_service;
    }
    uint64_t key = *ret_key = ident_key(id);
    for (size_t i = 0; i < s->nservices; i++) {
        struct pmt_service *v = &s->services[i];
        if (v->key == key && is_service(v, id))
            return s->last_service = i;
        if (is_rest(v))
            continue;
        if (!named++ || v->key > s->services[largest].key)
            largest = i;
    }
    if (named < PMT_SERVICES_MAX || !(id->name.n || id->frontend.n || id->backend.n))
        return service_new(t, s, s->nservices, id, key);
    if (key > s->services[largest].key)
        return rest_find(t, s, id->layer);
    service_give_up(t, s, largest);
    return service_new(t, s, largest, id, key);
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

/* Known agents get keys below all others, so that they are never pushed out. `service` is the key
 * of the service. False: the request is no candidate. */
static bool check_key(struct pmt_tally *t, const struct pmt_record *r, uint64_t service,
                      struct pmt_check *like, uint64_t *ret)
{
    *like = (struct pmt_check){.peer = r->client, .path = pmt_slice_head(r->path, 80)};
    if (!r->agent_logged || !r->path.n)
        return false;
    if (r->agent.n) {
        like->agent = agent_check(t, r->agent);
        if (!like->agent.p)
            return false;
        like->peer = like->path = PMT_NO_SLICE;
        *ret = pmt_hash(like->agent.p, like->agent.n, service) >> 1;
    } else {
        *ret = pmt_hash(like->path.p, like->path.n,
                        pmt_hash(like->peer.p, like->peer.n, service)) |
               UINT64_C(1) << 63;
    }
    return true;
}

/* 172.16.0.0/12 */
static bool in_172(struct pmt_slice c)
{
    if (!pmt_slice_starts(c, "172.") || c.n < 7 || c.p[6] != '.')
        return false;
    return c.p[4] == '1' ? c.p[5] >= '6' : c.p[4] == '2' || (c.p[4] == '3' && c.p[5] <= '1');
}

/* The client of a request: who the balancer says it is when the peer is a private address. */
static struct pmt_slice client_of(const struct pmt_record *r)
{
    struct pmt_slice c = r->client, f = r->forwarded_for;
    bool private_peer = pmt_slice_starts(c, "10.") || pmt_slice_starts(c, "127.") ||
                        pmt_slice_starts(c, "192.168.") || pmt_slice_is(c, "::1") ||
                        pmt_slice_starts(c, "fd") || pmt_slice_starts(c, "unix:") || in_172(c);
    if (!private_peer || !f.n)
        return c;
    const char *comma = memchr(f.p, ',', f.n);
    return pmt_slice_trim(comma ? pmt_slice(f.p, (size_t)(comma - f.p)) : f);
}

/* When the request began, as far as its line can tell. */
static int64_t start_of(const struct pmt_record *r)
{
    const struct pmt_stamp *stamp = pmt_record_stamp(r);
    int64_t at = pmt_kept_time(stamp);
    /* nginx logs the end of a request, mostly in whole seconds: the latest start that fits. */
    if (!r->start_known && r->duration_us > 0) {
        bool whole = stamp->decimals == 0;
        at += (whole ? PMT_SECOND - 1 : 0) - r->duration_us;
        if (whole)
            at -= at % PMT_SECOND < 0 ? at % PMT_SECOND + PMT_SECOND : at % PMT_SECOND;
    }
    return at;
}

/* Balancer and web server log the same method, path and status, and both know when it ended. */
static void print_add(struct pmt_segment *s, const struct pmt_record *r)
{
    const struct pmt_stamp *stamp = pmt_record_stamp(r);
    int64_t end = pmt_kept_time(stamp) +
                  (r->start_known && r->duration_us > 0 ? r->duration_us : 0);
    /* A web server's 499 is 504 or nothing in the balancer's log: whoever left wrote its own. */
    if (!r->path.n || r->status == 499)
        return;
    uint64_t h = pmt_hash(r->method.p, r->method.n, (uint64_t)r->status);
    pmt_prints_add(&s->prints, pmt_hash(r->path.p, r->path.n, h), end);
}

/* The error log and the access log beside it write client, method and path alike; both log the end,
 * of a try or of the request. */
void pmt_segment_fault(struct pmt_segment *s, const struct pmt_record *r)
{
    if (!r->path.n || !r->client.n)
        return;
    uint64_t h = pmt_hash(r->client.p, r->client.n, 0);
    h = pmt_hash(r->method.p, r->method.n, h);
    pmt_prints_add(&s->faults, pmt_hash(r->path.p, r->path.n, h),
                   pmt_kept_time(pmt_record_stamp(r)));
}

void pmt_segment_request(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                         const struct pmt_line *line)
{
    int64_t at = start_of(r);
    uint64_t service_key, key;
    struct ident id = {.layer = r->layer, .name = pmt_site_of(r)};
    if (r->layer == PMT_LAYER_HAPROXY)
        id = (struct ident){r->layer, r->backend, r->frontend, r->backend};
    size_t service = service_find(t, s, &id, &service_key);
    struct pmt_check like, *check = NULL;
    bool candidate = check_key(t, r, service_key, &like, &key);
    if (candidate && (check = check_find(t, s, key, &like, service)))
        check->count++;
    struct pmt_flow *flow = check ? &check->flow : &s->services[service].flow;
    struct pmt_slice client = client_of(r), prefix = PMT_NO_SLICE;
    if (!candidate)
        prefix = pmt_path_prefix(r->path);
    uint64_t prefix_hash = pmt_prefix_hash(prefix);
    struct pmt_hit hit = {.t = at, .bad = pmt_request_bad(r), .gave_up = pmt_request_gave_up(r),
                          .client = client.n ? pmt_hash(client.p, client.n, 0) : 0,
                          .path = prefix.n ? pmt_prefix_mark(prefix_hash) : 0};
    hit.latency = pmt_request_latency(r, hit.bad, hit.gave_up);
    hit.cause = pmt_cause_of(r, hit.bad, hit.gave_up);
    pmt_flow_add(flow, &hit, line);
    if (hit.path)
        pmt_segment_path(t, s, service_key, prefix, prefix_hash, &hit);
    /* Time, client and request stand in the first bytes behind any envelope. */
    struct pmt_slice text = r->message.n ? r->message : line->text;
    int64_t minute = at / PMT_MINUTE - (at % PMT_MINUTE < 0);
    pmt_digests_add(&s->digests, &s->ndigests, &s->capdigests,
                    &(struct pmt_digest){minute, 1, candidate,
                                         pmt_hash(text.p, text.n < 96 ? text.n : 96, text.n)});
    pmt_segment_use(t, s, r, at, line->number);
    if (!candidate)
        print_add(s, r);
    if (r->status >= 400 && !r->start_known)
        pmt_segment_fault(s, r);
    t->layers[r->layer]++;
}

void pmt_segment_session(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                         const struct pmt_line *line)
{
    pmt_segment_use(t, s, r, start_of(r), line->number);
}

/* ---- joining and closing ----------------------------------------------------------------- */

static size_t service_like(struct pmt_tally *t, struct pmt_segment *a, const struct pmt_service *v)
{
    uint64_t key;
    struct ident id = {v->layer, v->name, v->frontend, v->backend};
    return service_find(t, a, &id, &key);
}

void pmt_segment_join_requests(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b,
                               uint64_t lines)
{
    for (size_t i = 0; i < b->nservices; i++) {
        size_t k = service_like(t, a, &b->services[i]);
        pmt_flow_merge(&a->services[k].flow, &b->services[i].flow, NULL, NULL, -1, lines);
    }
    /* Only now: a service that came may have pushed out another. */
    for (size_t i = 0; i < b->nchecks; i++) {
        struct pmt_check *v = &b->checks[i];
        size_t k = service_like(t, a, &b->services[v->service]);
        struct pmt_check *c = check_find(t, a, v->key, v, k);
        if (c)
            c->count += v->count;
        pmt_flow_merge(c ? &c->flow : &a->services[k].flow, &v->flow, NULL, NULL, -1, lines);
    }
    pmt_segment_join_paths(t, a, b);
    for (size_t i = 0; i < b->ndigests; i++)
        pmt_digests_add(&a->digests, &a->ndigests, &a->capdigests, &b->digests[i]);
    pmt_prints_merge(&a->prints, &b->prints);
    pmt_prints_merge(&a->faults, &b->faults);
    pmt_segment_join_uses(t, a, b, lines);
    pmt_segment_join_troubles(t, a, b, lines);
}

void pmt_segment_fini(struct pmt_segment *s)
{
    for (size_t i = 0; i < s->nservices; i++)
        pmt_flow_fini(&s->services[i].flow);
    for (size_t i = 0; i < s->nchecks; i++)
        pmt_flow_fini(&s->checks[i].flow);
    pmt_segment_fini_uses(s);
    pmt_segment_fini_paths(s);
    pmt_segment_fini_troubles(s);
    free(s->services);
    pmt_prints_fini(&s->prints);
    pmt_prints_fini(&s->faults);
    pmt_minutes_fini(&s->minutes);
    free(s->checks);
    free(s->digests);
    free(s->offsets.v);
    free(s->paired.v);
}

static int by_name(const void *a, const void *b)
{
    const struct pmt_service *x = a, *y = b;
    if (x->layer != y->layer)
        return x->layer - y->layer;
    int d = pmt_slice_cmp(x->name, y->name);
    d = d ? d : pmt_slice_cmp(x->frontend, y->frontend);
    return d ? d : pmt_slice_cmp(x->backend, y->backend);
}

/* In an order that does not depend on which came first; the checks' services move along. */
static void sort_services(struct pmt_segment *s)
{
    bool sorted = true;
    for (size_t i = 1; i < s->nservices; i++)
        sorted &= by_name(&s->services[i - 1], &s->services[i]) < 0;
    if (sorted)
        return;
    uint64_t keys[PMT_CHECKS_MAX];
    for (size_t i = 0; i < s->nchecks; i++)
        keys[i] = s->services[s->checks[i].service].key;
    qsort(s->services, s->nservices, sizeof *s->services, by_name);
    s->last_service = 0;
    for (size_t i = 0; i < s->nchecks; i++)
        for (size_t k = 0; k < s->nservices; k++)
            if (s->services[k].key == keys[i])
                s->checks[i].service = (uint32_t)k;
}

static void flow_close(struct pmt_flow *f, bool release)
{
    pmt_flow_seal(f);
    if (release)
        pmt_flow_settle(f);
}

void pmt_segment_seal(struct pmt_tally *t, struct pmt_segment *s)
{
    bool release = !t->ok_budget; /* the run is over, its budgets end with it */
    pmt_prints_seal(&s->prints);
    pmt_prints_seal(&s->faults);
    sort_services(s);
    for (size_t i = 0; i < s->nservices; i++)
        flow_close(&s->services[i].flow, release);
    for (size_t i = 0; i < s->nchecks; i++)
        flow_close(&s->checks[i].flow, release);
    pmt_segment_seal_paths(t, s, release);
    pmt_segment_seal_uses(s);
    pmt_segment_seal_troubles(s, release);
}
