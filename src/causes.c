#include "pmt/causes.h"

#include <stdlib.h>

struct pmt_cause {
    struct pmt_cause_key key;
    struct pmt_series series;
};

static const struct {
    const char *name, *state;
} producers[PMT_BY_COUNT] = {
    [PMT_BY_NOTHING] = {"nothing", NULL},
    [PMT_BY_UPSTREAM_RETRY] = {"nginx_retry", NULL},
    [PMT_BY_SERVER_RETRY] = {"haproxy_retry", NULL},
    [PMT_BY_CLIENT] = {"client", NULL},
    [PMT_BY_CLIENT_SENDING] = {"client_sending", "CR"},
    [PMT_BY_CLIENT_QUEUED] = {"client_queued", "CQ"},
    [PMT_BY_CLIENT_CONNECT] = {"client_connecting", "CC"},
    [PMT_BY_CLIENT_WAITING] = {"client_waiting", "CH"},
    [PMT_BY_CLIENT_OTHER] = {"client_other", "C"},
    [PMT_BY_SERVER] = {"server", "--"},
    [PMT_BY_NO_SERVER] = {"haproxy_no_server", "SC"},
    [PMT_BY_CONNECT] = {"haproxy_connect", "SC"},
    [PMT_BY_CONNECT_TIME] = {"haproxy_connect_timeout", "sC"},
    [PMT_BY_SERVER_CLOSED] = {"haproxy_server_closed", "SH"},
    [PMT_BY_SERVER_TIME] = {"haproxy_server_timeout", "sH"},
    [PMT_BY_SERVER_DATA] = {"server_broke_off", "SD"},
    [PMT_BY_SERVER_STALLED] = {"server_stalled", "sD"},
    [PMT_BY_QUEUE] = {"haproxy_queue", "sQ"},
    [PMT_BY_SERVER_SIDE] = {"haproxy_server_side", "S"},
    [PMT_BY_INVALID] = {"haproxy_rejected_response", "PH"},
    [PMT_BY_DENIED] = {"haproxy_denied", "PR"},
    [PMT_BY_PROXY] = {"haproxy_proxy", "P"},
    [PMT_BY_PROXY_RULE] = {"haproxy_local", NULL},
    [PMT_BY_RESOURCE] = {"haproxy_resource", "R"},
    [PMT_BY_INTERNAL] = {"haproxy_internal", "I"},
    [PMT_BY_MARKED_DOWN] = {"haproxy_marked_down", "D"},
    [PMT_BY_MARKED_UP] = {"haproxy_marked_up", "U"},
    [PMT_BY_KILLED] = {"haproxy_killed", "K"},
    [PMT_BY_UPSTREAM] = {"upstream", NULL},
    [PMT_BY_NO_ANSWER] = {"upstream_no_answer", NULL},
    [PMT_BY_NO_LIVE] = {"nginx_no_live_upstream", NULL},
    [PMT_BY_NGINX] = {"nginx", NULL},
    [PMT_BY_UNKNOWN] = {"unknown", NULL},
    [PMT_BY_VARIOUS] = {"various", NULL},
};

const char *pmt_by_name(enum pmt_by by)
{
    return producers[by].name;
}

const char *pmt_by_state(enum pmt_by by)
{
    return producers[by].state;
}

/* ---- HAProxy ----------------------------------------------------------------------------- */

/* Configuration manual 8.5: "On the first character, a code reporting the first event which caused
 * the session to terminate", "on the second character, the TCP or HTTP session state when it was
 * closed". */
static enum pmt_by by_server(char when, bool aborted, bool named)
{
    switch (when) {
    case 'C':
        return !aborted ? PMT_BY_CONNECT_TIME : named ? PMT_BY_CONNECT : PMT_BY_NO_SERVER;
    case 'H':
        return aborted ? PMT_BY_SERVER_CLOSED : PMT_BY_SERVER_TIME;
    case 'D':
    case 'L':
        return aborted ? PMT_BY_SERVER_DATA : PMT_BY_SERVER_STALLED;
    case 'Q':
        return aborted ? PMT_BY_SERVER_SIDE : PMT_BY_QUEUE;
    default:
        return PMT_BY_SERVER_SIDE;
    }
}

static enum pmt_by by_client(const struct pmt_record *r)
{
    if (r->termination.n < 2)
        return PMT_BY_CLIENT;
    switch (r->termination.p[1]) {
    case 'R':
        return PMT_BY_CLIENT_SENDING;
    case 'Q':
        return PMT_BY_CLIENT_QUEUED;
    case 'C':
        return PMT_BY_CLIENT_CONNECT;
    case 'H':
        return PMT_BY_CLIENT_WAITING;
    default:
        return PMT_BY_CLIENT_OTHER;
    }
}

static enum pmt_by by_state(const struct pmt_record *r)
{
    bool named = r->server.n && !pmt_slice_is(r->server, "<NOSRV>");
    if (r->termination.n < 2)
        return PMT_BY_UNKNOWN;
    char who = r->termination.p[0], when = r->termination.p[1];
    switch (who) {
    case '-':
        return named ? PMT_BY_SERVER : PMT_BY_PROXY_RULE;
    case 'S':
    case 's':
        return by_server(when, who == 'S', named);
    case 'P':
        return when == 'H'                  ? PMT_BY_INVALID
               : when == 'R' || when == 'T' ? PMT_BY_DENIED
                                            : PMT_BY_PROXY;
    case 'L':
        return PMT_BY_PROXY_RULE;
    case 'R':
        return PMT_BY_RESOURCE;
    case 'I':
        return PMT_BY_INTERNAL;
    case 'D':
        return PMT_BY_MARKED_DOWN;
    case 'U':
        return PMT_BY_MARKED_UP;
    case 'K':
        return PMT_BY_KILLED;
    default:
        return PMT_BY_UNKNOWN;
    }
}

/* ---- nginx ------------------------------------------------------------------------------- */

/* ngx_http_upstream_module, $upstream_addr and $upstream_status: "If several servers were contacted
 * during request processing, their addresses are separated by commas [...] If an internal redirect
 * from one server group to another happens [...], then the server addresses from different groups
 * are separated by colons": "a, b : c". Takes the last element off the list. */
static struct pmt_slice take_last(struct pmt_slice *list)
{
    size_t n = list->n, from;
    while (n && (list->p[n - 1] == ' ' || list->p[n - 1] == ','))
        n--;
    for (from = n; from && list->p[from - 1] != ' ' && list->p[from - 1] != ',';)
        from--;
    struct pmt_slice last = pmt_slice(list->p + from, n - from);
    while (from && (list->p[from - 1] == ' ' || list->p[from - 1] == ',' ||
                    (list->p[from - 1] == ':' && from > 1 && list->p[from - 2] == ' ')))
        from--;
    list->n = from;
    return last;
}

static int64_t last_status(struct pmt_slice *list)
{
    int64_t v;
    struct pmt_slice last = take_last(list);
    return pmt_slice_int(last, &v) && v >= 100 && v <= 999 ? v : -1;
}

/* "The server group name is logged where no server could be selected": no port, no path. */
static bool is_group(struct pmt_slice s)
{
    return s.n && !memchr(s.p, ':', s.n);
}

static enum pmt_by by_upstream(const struct pmt_record *r)
{
    struct pmt_slice addresses = r->upstream, statuses = r->upstream_status;
    bool gateway = r->status == 502 || r->status == 504;
    if (!r->upstream_logged)
        return PMT_BY_UNKNOWN;
    if (r->status == 502 && addresses.n && is_group(take_last(&addresses)))
        return PMT_BY_NO_LIVE;
    if (statuses.n) {
        int64_t last = last_status(&statuses);
        if (gateway && (last == r->status || last < 0))
            return PMT_BY_NO_ANSWER;
        return last == r->status ? PMT_BY_UPSTREAM : PMT_BY_NGINX;
    }
    if (!r->upstream.n)
        return PMT_BY_NGINX;
    return gateway ? PMT_BY_NO_ANSWER : PMT_BY_UNKNOWN;
}

/* Good in the end, and another upstream had failed it before. */
static bool upstream_retried(const struct pmt_record *r)
{
    enum { ONE = 3 }; /* "200" */
    struct pmt_slice list = r->upstream_status;
    if (!list.n)
        return r->upstream.n && pmt_slice_find(r->upstream, ", ");
    if (list.n <= ONE || last_status(&list) >= 500)
        return false;
    while (list.n)
        if (last_status(&list) >= 500)
            return true;
    return false;
}

/* ---- one request --------------------------------------------------------------------------- */

struct pmt_cause_key pmt_cause_of(const struct pmt_record *r, bool bad, bool gave_up)
{
    bool balancer = r->layer == PMT_LAYER_HAPROXY;
    struct pmt_cause_key key = {0, PMT_BY_NOTHING};
    if (gave_up) {
        key.by = (uint8_t)by_client(r);
    } else if (bad) {
        key.status = r->status > 0 && r->status <= 999 ? (uint16_t)r->status : 0;
        key.by = (uint8_t)(balancer ? by_state(r) : by_upstream(r));
    } else if (r->status >= 100 && r->status < 500) {
        if (balancer && (r->retries > 0 || r->redispatched))
            key.by = PMT_BY_SERVER_RETRY;
        else if (!balancer && upstream_retried(r))
            key.by = PMT_BY_UPSTREAM_RETRY;
    }
    return key;
}

/* ---- counting ------------------------------------------------------------------------------ */

void pmt_causes_fini(struct pmt_causes *c)
{
    for (size_t i = 0; i < c->n; i++)
        pmt_series_fini(&c->v[i].series);
    free(c->v);
    *c = (struct pmt_causes){0};
}

static unsigned rank(struct pmt_cause_key k)
{
    return (unsigned)k.by << 16 | k.status;
}

static size_t find_from(const struct pmt_causes *c, unsigned r)
{
    size_t i = 0;
    while (i < c->n && rank(c->v[i].key) < r)
        i++;
    return i;
}

static size_t insert(struct pmt_causes *c, size_t i, struct pmt_cause_key key)
{
    if (c->n == c->cap) { /* mostly there are one or two */
        c->cap += 2;
        c->v = pmt_realloc(c->v, c->cap, sizeof *c->v);
    }
    memmove(c->v + i + 1, c->v + i, (c->n - i) * sizeof *c->v);
    c->n++;
    c->v[i] = (struct pmt_cause){.key = key};
    return c->last = i;
}

/* Index of the series to count this in. Of more than PMT_CAUSES_MAX those that stand first are told
 * apart: whoever is among them at the end was among them all the time, in whatever order they came.
 * The others share one, which stands last. */
static size_t series_for(struct pmt_causes *c, struct pmt_cause_key key)
{
    const struct pmt_cause_key rest = {0, PMT_BY_VARIOUS};
    if (c->last < c->n && rank(c->v[c->last].key) == rank(key))
        return c->last;
    size_t i = find_from(c, rank(key));
    if (i < c->n && rank(c->v[i].key) == rank(key))
        return c->last = i;
    bool shared = c->n && c->v[c->n - 1].key.by == PMT_BY_VARIOUS;
    if (key.by == PMT_BY_VARIOUS || c->n - shared < PMT_CAUSES_MAX)
        return insert(c, i, key);
    if (!shared)
        insert(c, c->n, rest);
    if (i >= PMT_CAUSES_MAX)
        return c->last = PMT_CAUSES_MAX;
    struct pmt_cause *out = &c->v[PMT_CAUSES_MAX - 1];
    pmt_series_merge(&c->v[PMT_CAUSES_MAX].series, &out->series, NULL, NULL);
    pmt_series_fini(&out->series);
    memmove(c->v + i + 1, c->v + i, (PMT_CAUSES_MAX - 1 - i) * sizeof *c->v);
    c->v[i] = (struct pmt_cause){.key = key};
    return c->last = i;
}

void pmt_causes_add(struct pmt_causes *c, struct pmt_cause_key key, int64_t sec)
{
    static const struct pmt_counts one = {{[PMT_ALL] = 1}};
    size_t i = series_for(c, key); /* may move them */
    pmt_series_add(&c->v[i].series, sec, &one);
}

void pmt_causes_seal(struct pmt_causes *c)
{
    for (size_t i = 0; i < c->n; i++)
        pmt_series_seal(&c->v[i].series);
}

void pmt_causes_merge(struct pmt_causes *dst, struct pmt_causes *src,
                      int64_t (*map)(const void *ctx, int64_t sec), const void *ctx)
{
    for (size_t i = 0; i < src->n; i++) {
        size_t k = series_for(dst, src->v[i].key);
        pmt_series_merge(&dst->v[k].series, &src->v[i].series, map, ctx);
        pmt_series_seal(&dst->v[k].series); /* of thousands of files none needs it open */
    }
}

/* ---- asking ---------------------------------------------------------------------------------- */

static uint64_t count_between(struct pmt_series *s, int64_t from, int64_t to)
{
    struct pmt_series_iter it = pmt_series_iter_from(s, from);
    struct pmt_counts c;
    int64_t sec;
    uint64_t n = 0;
    while (pmt_series_next(&it, &sec, &c) && sec <= to)
        n += sec >= from ? c.c[PMT_ALL] : 0;
    return n;
}

static int by_count(const void *a, const void *b)
{
    const struct pmt_cause_count *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return rank(x->key) < rank(y->key) ? -1 : 1;
}

void pmt_causes_between(struct pmt_causes *c, int64_t from, int64_t to,
                        struct pmt_cause_counts *ret)
{
    *ret = (struct pmt_cause_counts){.n = 0};
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_cause_count x = {c->v[i].key, count_between(&c->v[i].series, from, to)};
        if (!x.n)
            continue;
        if (x.key.by < PMT_BY_CLIENT) {
            ret->retried += x.n;
        } else if (x.key.by < PMT_BY_SERVER) {
            ret->left[ret->nleft++] = x;
            ret->gave_up += x.n;
        } else {
            ret->v[ret->n++] = x;
            ret->failed += x.n;
        }
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_count);
    if (ret->nleft)
        qsort(ret->left, ret->nleft, sizeof *ret->left, by_count);
}
