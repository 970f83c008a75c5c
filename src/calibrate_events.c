#include "calibrate_parts.h"

#include <stdlib.h>
#include <strings.h>

/* A zoneless clock and one whose times are known may tell of the same events: a service's own log
 * and what systemd or sudo say of that service, or two copies of one line. Their stamps lie whole
 * quarter hours apart, give or take the seconds a start takes. */
#define NEAR_START (10 * PMT_SECOND)
#define NEAR_COPY (2 * PMT_SECOND)
enum {
    EVENTS_MAX = 4000,   /* of one clock that are compared */
    QUARTERS_MAX = 104,  /* zones span 26 hours */
};

struct event {
    int64_t t;                 /* wall, or UTC */
    uint64_t payload;
    struct pmt_slice service;  /* own line of a service: whose */
    struct pmt_slice text;     /* another's line, which may name services */
};
struct events {
    struct event *v;
    size_t n, cap;
};

static bool changes_state(const struct pmt_mark *m)
{
    return m->event == PMT_EV_SERVICE_STARTED || m->event == PMT_EV_SERVICE_STOPPED ||
           m->event == PMT_EV_SERVICE_RESTARTING || m->event == PMT_EV_CONFIG_CHANGE ||
           m->event == PMT_EV_OPERATOR;
}

/* Who tells what other services do. */
static bool tells_of_others(struct pmt_slice program)
{
    return pmt_slice_starts(program, "systemd") || pmt_slice_is(program, "sudo") ||
           pmt_slice_is(program, "supervisord");
}

static struct event event_of(const struct pmt_mark *m, int64_t t)
{
    struct event e = {.t = t, .payload = m->payload};
    if (!changes_state(m))
        return e;
    if (m->kind == PMT_NGINX_ERROR)
        e.service = pmt_str("nginx");
    else if (tells_of_others(m->program))
        e.text = m->subject;
    else
        e.service = m->program;
    return e;
}

static void gather(const struct pmt_calibration *c, const struct pmt_chain *chain, bool known,
                   struct events *ret)
{
    for (size_t k = 0; k < chain->n; k++) {
        const struct pmt_ref *r = &chain->refs[k];
        const struct pmt_tally *t = c->sources[r->source].tally;
        const struct pmt_map *map = pmt_ref_to_map(c, r);
        if (known && (!map->why || map->zone_from > PMT_ZONE_PAIRED))
            continue;
        for (size_t i = 0; i < t->nmarks && ret->n < EVENTS_MAX; i++) {
            const struct pmt_mark *m = &t->marks[i];
            if (m->clock != r->clock || m->segment != r->segment || m->timeless)
                continue;
            int64_t at = known ? pmt_map_utc(map, m->wall) : m->wall;
            PMT_GROW(ret->v, ret->n, ret->cap);
            ret->v[ret->n++] = event_of(m, at);
        }
    }
}

static bool is_alnum(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static bool names(struct pmt_slice text, struct pmt_slice service)
{
    for (size_t i = 0; service.n > 2 && i + service.n <= text.n; i++)
        if (strncasecmp(text.p + i, service.p, service.n) == 0 &&
            (!i || !is_alnum(text.p[i - 1])) &&
            (i + service.n == text.n || !is_alnum(text.p[i + service.n])))
            return true;
    return false;
}

/* How far apart two lines about the same may be stamped; 0: they are about different things. */
static int64_t tolerance(const struct event *a, const struct event *b)
{
    if (a->payload == b->payload)
        return NEAR_COPY;
    if (a->service.n ? names(b->text, a->service) : names(a->text, b->service))
        return NEAR_START;
    return 0;
}

/* A wall time without a year, in the year nearest to t. */
static int64_t with_year_near(int64_t wall, int64_t t)
{
    int64_t best = wall, best_gap = INT64_MAX;
    int year = pmt_wall_year(t);
    for (int y = year - 1; y <= year + 1; y++) {
        int64_t w;
        if (!pmt_wall_with_year(wall, y, &w))
            continue;
        int64_t gap = w > t ? w - t : t - w;
        if (gap < best_gap) {
            best_gap = gap;
            best = w;
        }
    }
    return best;
}

/* The pair's quarter hours; false when it cannot be one. */
static bool quarters_of(const struct event *wall, const struct event *known, bool yearless,
                        int32_t *ret)
{
    int64_t near = tolerance(wall, known), quarter = 15 * PMT_MINUTE;
    if (!near || known->t == PMT_NO_TIME)
        return false;
    int64_t d = (yearless ? with_year_near(wall->t, known->t) : wall->t) - known->t;
    int64_t q = (d + (d < 0 ? -quarter : quarter) / 2) / quarter, rest = d - q * quarter;
    *ret = (int32_t)q;
    return rest <= near && rest >= -near && q <= QUARTERS_MAX && q >= -QUARTERS_MAX;
}

struct votes {
    uint32_t n[2 * QUARTERS_MAX + 1];
    size_t paired; /* known events that have a partner at any quarter */
};

/* Each known event votes once for every quarter at which it has a partner. */
static void vote(const struct events *wall, const struct events *known, bool yearless,
                 struct votes *ret)
{
    for (size_t i = 0; i < known->n; i++) {
        bool seen[2 * QUARTERS_MAX + 1] = {false}, any = false;
        for (size_t k = 0; k < wall->n; k++) {
            int32_t q;
            if (!quarters_of(&wall->v[k], &known->v[i], yearless, &q) || seen[q + QUARTERS_MAX])
                continue;
            seen[q + QUARTERS_MAX] = any = true;
            ret->n[q + QUARTERS_MAX]++;
        }
        ret->paired += any;
    }
}

/* The quarter that most events agree on: most of those that have a partner at all, and more than
 * any other but its neighbours in summer and winter. */
static size_t best_quarter(const struct votes *v, int32_t *ret)
{
    size_t best = 0, second = 0;
    for (int32_t q = -QUARTERS_MAX; q <= QUARTERS_MAX; q++)
        if (v->n[q + QUARTERS_MAX] > best) {
            best = v->n[q + QUARTERS_MAX];
            *ret = q;
        }
    for (int32_t q = -QUARTERS_MAX; q <= QUARTERS_MAX; q++)
        if (best && (q > *ret + 4 || q < *ret - 4) && v->n[q + QUARTERS_MAX] > second)
            second = v->n[q + QUARTERS_MAX];
    return best > second && best * 2 > v->paired ? best : 0;
}

static void add_spans(struct pmt_spans *s, const struct events *wall, const struct events *known,
                      bool yearless, int32_t quarter)
{
    for (size_t i = 0; i < known->n; i++)
        for (size_t k = 0; k < wall->n; k++) {
            int32_t q;
            if (quarters_of(&wall->v[k], &known->v[i], yearless, &q) && q <= quarter + 4 &&
                q >= quarter - 4)
                pmt_spans_add(s, &(struct pmt_offset_span){q * 900, known->v[i].t, known->v[i].t,
                                                           1});
        }
}

static bool same_machine(const struct pmt_chain *a, const struct pmt_chain *b)
{
    if (a->host.n || b->host.n)
        return pmt_slice_eq(a->host, b->host);
    const char *x = strrchr(a->family, '/'), *y = strrchr(b->family, '/');
    return pmt_slice_eq(pmt_slice(a->family, x ? (size_t)(x - a->family) : 0),
                        pmt_slice(b->family, y ? (size_t)(y - b->family) : 0));
}

bool pmt_calibrate_events(struct pmt_calibration *c, const struct pmt_chain *chain,
                          struct pmt_spans *ret, const char **why)
{
    struct events own = {0};
    size_t best = 0;
    const char *shown = NULL;
    ret->n = 0;
    gather(c, chain, false, &own);
    bool yearless = pmt_ref_seg(c, &chain->refs[0])->how == PMT_STAMP_YEARLESS;
    for (size_t i = 0; own.n && i < c->nchains; i++) {
        const struct pmt_chain *other = &c->chains[i];
        struct events known = {0};
        struct votes votes = {{0}, 0};
        int32_t quarter = 0;
        if (other == chain || !same_machine(chain, other))
            continue;
        gather(c, other, true, &known);
        vote(&own, &known, yearless, &votes);
        size_t n = best_quarter(&votes, &quarter);
        if (n)
            add_spans(ret, &own, &known, yearless, quarter);
        if (n > best) {
            best = n;
            shown = c->sources[other->refs[other->n - 1].source].input->shown;
        }
        free(known.v);
    }
    free(own.v);
    if (!best || !pmt_spans_settle(ret))
        return false;
    *why = pmt_arena_printf(c->arena, "%zu of the same %s in %s, whose offset is known", best,
                            best == 1 ? "event is" : "events are", shown);
    return true;
}
