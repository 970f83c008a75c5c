#include "report_parts.h"

#include <stdlib.h>

#define AFTER (30 * PMT_MINUTE) /* what happened so long after the end still belongs to it */
enum { FLAPS = 5 };             /* more removals of one server than this are told as one */

enum scope { LEAD_UP, DURING, AFTERWARDS, OUTSIDE };

/* Facts told in one bullet: the same thing on the same host about the same subject. */
struct group {
    enum scope scope;
    const struct pmt_fact *first;
    int64_t last;
    uint64_t count;
    bool look; /* diagnostic commands of one host, whatever they were */
};

struct groups {
    struct group *v;
    size_t n, cap;
};

struct builder {
    struct pmt_report *r;
    const struct pmt_report_input *in;
    struct groups groups;
    int64_t from, start, end;
};

static struct pmt_event_entry *entry(struct pmt_report *r, int64_t t, uint8_t decimals,
                                     const char *kind, const char *message, int rank)
{
    PMT_GROW(r->timeline, r->ntimeline, r->captimeline);
    struct pmt_event_entry *e = &r->timeline[r->ntimeline++];
    *e = (struct pmt_event_entry){.t = t, .decimals = decimals, .time_known = PMT_OBSERVED,
                                  .kind = kind, .message = message, .rank = rank,
                                  .order = {UINT32_MAX, 0}};
    return e;
}

/* ---- balancer state ------------------------------------------------------------------------ */

static const char *left_text(struct pmt_report *r, int64_t active)
{
    if (active < 0)
        return "";
    if (active == 0)
        return pmt_report_text(r, "left-none", NULL, 0);
    if (active == 1)
        return pmt_report_text(r, "left-one", NULL, 0);
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, (uint64_t)active))};
    return pmt_report_text(r, "left", v, 1);
}

static const char *state_phrase(const struct pmt_mark *m)
{
    switch (m->lb) {
    case PMT_LB_DOWN: return "server-down";
    case PMT_LB_MAINT: return "server-maint";
    case PMT_LB_DRAIN: return "server-drain";
    case PMT_LB_UP: return "server-up";
    case PMT_LB_STILL_OUT: return "server-still-out";
    case PMT_LB_NO_SERVER: return "no-server";
    default: return NULL;
    }
}

static const char *by_host(struct pmt_report *r, struct pmt_slice host)
{
    struct pmt_value v[] = {PMT_C("host", host)};
    return host.n ? pmt_report_text(r, "by-host", v, 1) : "";
}

/* How long the server was out when this line brought it back. */
static const char *after_text(struct builder *b, const struct pmt_fact *f)
{
    const struct pmt_findings *all = b->in->findings;
    for (size_t i = 0; i < all->nremovals; i++)
        if (all->removals[i].back == f) {
            struct pmt_value v[] = {
                PMT_V("length", pmt_report_duration(b->r, f->t - all->removals[i].from))};
            return pmt_report_text(b->r, "after-out", v, 1);
        }
    return "";
}

static const char *state_sentence(struct builder *b, const struct pmt_fact *f)
{
    const struct pmt_mark *m = f->mark;
    const char *reason = "";
    if (m->reason.n && m->lb == PMT_LB_DOWN) {
        struct pmt_value v[] = {PMT_C("reason", m->reason)};
        reason = pmt_report_text(b->r, "reason", v, 1);
    }
    struct pmt_value v[] = {
        PMT_C("server", m->server), PMT_C("backend", m->backend),
        PMT_V("by", by_host(b->r, f->host)), PMT_V("reason", reason),
        PMT_V("left", left_text(b->r, m->active_left)), PMT_V("after", after_text(b, f)),
    };
    return pmt_report_text(b->r, state_phrase(m), v, PMT_COUNT(v));
}

/* ---- which facts, in which groups ------------------------------------------------------------ */

static enum scope scope_of(const struct builder *b, int64_t t)
{
    if (t < b->from || t > b->end + AFTER)
        return OUTSIDE;
    /* Most logs know seconds only: what happened in the second of the first failure is not before
     * it. */
    if (t / PMT_SECOND < b->start / PMT_SECOND)
        return LEAD_UP;
    return t <= b->end ? DURING : AFTERWARDS;
}

static bool is_state(const struct pmt_mark *m)
{
    return m->lb != PMT_LB_NONE && m->lb != PMT_LB_CHECK && m->lb != PMT_LB_INFO;
}

static bool is_change(const struct builder *b, const struct pmt_mark *m)
{
    const struct pmt_rule *rule = m->rule >= 0 ? pmt_rules_get(b->in->rules, m->rule) : NULL;
    return rule && rule->change;
}

/* Before the incident only what changed something, or took something away, is of interest. */
static bool wanted(const struct builder *b, const struct pmt_fact *f, enum scope scope)
{
    const struct pmt_mark *m = f->mark;
    if (scope == OUTSIDE)
        return false;
    if (is_state(m))
        return true;
    if (m->lb == PMT_LB_CHECK || m->event == PMT_EV_NONE || m->event == PMT_EV_INFO)
        return false;
    switch (m->event) {
    case PMT_EV_OPERATOR:
        return scope == DURING || is_change(b, m);
    case PMT_EV_SESSION:
        return scope == DURING;
    case PMT_EV_UPSTREAM: case PMT_EV_NO_SERVER: case PMT_EV_SERVER_OUT: case PMT_EV_LOG_GAP:
    case PMT_EV_NETWORK:
        return scope == DURING;
    default:
        return true;
    }
}

static bool groups_with(const struct builder *b, const struct group *g, const struct pmt_fact *f,
                        enum scope scope, bool look)
{
    const struct pmt_mark *x = g->first->mark, *y = f->mark;
    (void)b;
    if (g->scope != scope || !pmt_slice_eq(g->first->host, f->host) || g->look != look)
        return false;
    if (look || (x->event == PMT_EV_SESSION && y->event == PMT_EV_SESSION))
        return true;
    return x->rule == y->rule && x->lb == y->lb && pmt_slice_eq(x->subject, y->subject) &&
           pmt_slice_eq(x->backend, y->backend) && pmt_slice_eq(x->server, y->server);
}

static size_t removals_of(const struct builder *b, const struct pmt_mark *m)
{
    size_t n = 0;
    for (size_t i = 0; i < b->in->findings->nremovals; i++)
        n += pmt_slice_eq(b->in->findings->removals[i].server, m->server) &&
             pmt_slice_eq(b->in->findings->removals[i].backend, m->backend);
    return n;
}

static void collect(struct builder *b)
{
    for (size_t i = 0; i < b->in->facts->n; i++) {
        const struct pmt_fact *f = &b->in->facts->items[i];
        enum scope scope = scope_of(b, f->t);
        if (!wanted(b, f, scope))
            continue;
        bool look = f->mark->event == PMT_EV_OPERATOR && !is_change(b, f->mark);
        struct group *g = NULL;
        /* State changes stand alone, unless a server flaps. */
        if (!is_state(f->mark) || removals_of(b, f->mark) > FLAPS)
            for (size_t k = b->groups.n; !g && k-- > 0;)
                if (groups_with(b, &b->groups.v[k], f, scope, look))
                    g = &b->groups.v[k];
        if (g) {
            g->count += f->count;
            g->last = f->last > g->last ? f->last : g->last;
            continue;
        }
        PMT_GROW(b->groups.v, b->groups.n, b->groups.cap);
        b->groups.v[b->groups.n++] =
            (struct group){scope, f, f->last, f->count, look};
    }
}

/* ---- bullets --------------------------------------------------------------------------------- */

/* A second group of the same sort on the same host says less than the first. */
static bool said_before(const struct builder *b, const struct group *g)
{
    for (const struct group *k = b->groups.v; k < g; k++)
        if (k->first->mark->event == g->first->mark->event && k->scope == g->scope &&
            (pmt_slice_eq(k->first->host, g->first->host) ||
             g->first->mark->event == PMT_EV_SESSION))
            return true;
    return false;
}

static int base_rank(const struct builder *b, const struct group *g)
{
    const struct pmt_mark *m = g->first->mark;
    if (is_state(m))
        return m->lb == PMT_LB_NO_SERVER ? 88 : 90;
    bool near = g->scope != LEAD_UP || b->start - g->first->t < PMT_HOUR;
    switch (m->event) {
    case PMT_EV_OOM:
        /* The kernel tells what was killed; the unit that it belonged to tells it again. */
        return (near ? 86 : 60) - (pmt_slice_is(m->program, "kernel") ? 0 : 20);
    case PMT_EV_REBOOT:
        return near ? 79 : 60;
    case PMT_EV_CRASH: case PMT_EV_SERVICE_FAILED: case PMT_EV_FAILOVER: case PMT_EV_CLOCK_STEP:
        return near ? 80 : 45;
    case PMT_EV_RESOURCE: case PMT_EV_STORAGE: case PMT_EV_NO_SERVER:
        return near ? 78 : 40;
    case PMT_EV_OPERATOR:
        return g->look ? 50 : near ? 76 : 58;
    case PMT_EV_CONFIG_CHANGE: case PMT_EV_DEPLOY:
        return near ? 74 : 48;
    case PMT_EV_SESSION:
        return 82;
    case PMT_EV_UPSTREAM: case PMT_EV_SERVER_OUT:
        return 70;
    case PMT_EV_SERVICE_RESTARTING: case PMT_EV_SERVICE_STOPPED:
        return near ? 66 : 35;
    default:
        return near ? 55 : 30;
    }
}

static int rank_of(const struct builder *b, const struct group *g)
{
    int rank = base_rank(b, g);
    bool alone = is_state(g->first->mark) || g->first->mark->event == PMT_EV_OPERATOR;
    return !alone && said_before(b, g) ? rank - 25 : rank;
}

static const char *host_text(const struct builder *b, const struct pmt_fact *f)
{
    struct pmt_buf t = {0};
    struct pmt_slice host = f->host.n
                                ? f->host
                                : pmt_str(b->in->sources[f->places[0].source].input->shown);
    if (!f->host.n)
        pmt_buf_puts(&t, "the host of ");
    pmt_buf_puts(&t, PMT_CODE_ON);
    pmt_put_clean(&t, host, 80);
    pmt_buf_puts(&t, PMT_CODE_OFF);
    const char *s = pmt_arena_printf(b->r->arena, "%s", t.data);
    pmt_buf_fini(&t);
    return s;
}

static const char *rule_sentence(const struct builder *b, const struct pmt_fact *f)
{
    const struct pmt_rule *rule = pmt_rules_get(b->in->rules, f->mark->rule);
    /* A line that was cut may lack what it was about. */
    struct pmt_value v[] = {
        PMT_V("host", host_text(b, f)),
        f->mark->subject.n ? PMT_C("subject", f->mark->subject) : PMT_V("subject", "(not logged)"),
        f->mark->detail.n ? PMT_C("detail", f->mark->detail) : PMT_V("detail", "(not logged)")};
    struct pmt_buf t = {0};
    pmt_put_template(&t, rule->sentence, v, PMT_COUNT(v));
    const char *s = pmt_arena_printf(b->r->arena, "%s", t.data ? t.data : "");
    pmt_buf_fini(&t);
    return s;
}

static const char *group_sentence(struct builder *b, const struct group *g)
{
    const struct pmt_mark *m = g->first->mark;
    const char *one;
    struct pmt_value last = PMT_V("last", pmt_report_datetime(b->r, g->last));
    if (g->look && g->count > 1) {
        struct pmt_value v[] = {PMT_C("subject", m->subject),
                                PMT_V("host", host_text(b, g->first)),
                                PMT_V("n", pmt_report_count(b->r, g->count - 1)), last};
        return pmt_report_text(b->r, "commands", v, PMT_COUNT(v));
    }
    if (m->event == PMT_EV_SESSION) {
        struct pmt_value v[] = {PMT_V("host", host_text(b, g->first))};
        return pmt_report_text(b->r, "session", v, 1);
    }
    if (is_state(m))
        one = state_sentence(b, g->first);
    else
        one = pmt_arena_printf(b->r->arena, "%s.", rule_sentence(b, g->first));
    if (g->count <= 1)
        return one;
    size_t n = strlen(one);
    struct pmt_value v[] = {PMT_V("sentence", pmt_arena_printf(b->r->arena, "%.*s", (int)(n - 1), one)),
                            PMT_V("n", pmt_report_count(b->r, g->count)), last};
    return pmt_report_text(b->r, "many", v, PMT_COUNT(v));
}

static void tell_groups(struct builder *b)
{
    for (size_t i = 0; i < b->groups.n && i < PMT_TIMELINE_MAX; i++) {
        const struct group *g = &b->groups.v[i];
        const struct pmt_mark *m = g->first->mark;
        if (!is_state(m) && m->rule < 0)
            continue;
        struct pmt_event_entry *e =
            entry(b->r, g->first->t, m->decimals,
                  is_state(m) ? "lb_server_state" : pmt_event_name((enum pmt_event)m->event),
                  group_sentence(b, g), rank_of(b, g));
        e->host = g->first->host;
        e->order = g->first->places[0];
        pmt_report_cite_fact(b->r, b->in, g->first, &e->cites);
    }
}

/* Servers that came back without a line about it. */
static void tell_silent_returns(struct builder *b)
{
    for (size_t i = 0; i < b->in->findings->nremovals; i++) {
        const struct pmt_removal *x = &b->in->findings->removals[i];
        if (x->open || !x->inferred || scope_of(b, x->to) == OUTSIDE)
            continue;
        struct pmt_value after[] = {PMT_V("length", pmt_report_duration(b->r, x->to - x->from))};
        struct pmt_value v[] = {
            PMT_C("server", x->server), PMT_C("backend", x->backend),
            PMT_V("after", pmt_report_text(b->r, "after-out", after, 1))};
        struct pmt_event_entry *e =
            entry(b->r, x->to, 0, "lb_server_state",
                  pmt_report_text(b->r, "server-back-traffic", v, PMT_COUNT(v)), 85);
        e->time_known = PMT_ESTIMATED;
        e->host = x->host;
        pmt_report_cite_fact(b->r, b->in, x->out, &e->cites);
    }
}

static void tell_impact(struct builder *b)
{
    const struct pmt_incident *p = b->r->incident;
    struct pmt_event_entry *e =
        entry(b->r, p->start, p->decimals, "impact_start",
              pmt_report_text(b->r, p->began_before ? "impact-start-before" : "impact-start", NULL,
                              0), 100);
    e->time_known = p->began_before ? PMT_AT_OR_BEFORE : PMT_ESTIMATED;
    if (p->first)
        pmt_report_cite_bad(b->r, b->in, p->first, false, p->decimals, &e->cites);
    else if (p->fact)
        pmt_report_cite_fact(b->r, b->in, p->fact, &e->cites);
    for (size_t i = 1; i < p->nphases; i++) {
        const struct pmt_phase *ph = &p->phases[i];
        if (ph->kind != PMT_PHASE_FULL && ph->kind != PMT_PHASE_PARTIAL)
            continue;
        struct pmt_value v[] = {PMT_V("pct", pmt_report_percent(b->r, ph->failed, ph->requests))};
        e = entry(b->r, ph->from, 0, "phase",
                  pmt_report_text(b->r, ph->kind == PMT_PHASE_FULL ? "phase-change-full"
                                                                   : "phase-change-partial", v, 1),
                  i < 4 ? 84 : 20);
        e->time_known = PMT_ESTIMATED;
    }
    e = entry(b->r, p->end, p->decimals, "impact_end",
              pmt_report_text(b->r, p->ongoing ? "impact-ongoing" : "impact-end", NULL, 0), 100);
    e->time_known = PMT_ESTIMATED;
    if (p->last)
        pmt_report_cite_bad(b->r, b->in, p->last, true, p->decimals, &e->cites);
    else if (p->fact_end)
        pmt_report_cite_fact(b->r, b->in, p->fact_end, &e->cites);
}

/* Within a second, lines of one log keep their order. */
static int by_time(const void *a, const void *b)
{
    const struct pmt_event_entry *x = a, *y = b;
    if (x->t != y->t)
        return x->t < y->t ? -1 : 1;
    if (x->order.source == y->order.source && x->order.line != y->order.line)
        return x->order.line < y->order.line ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return strcmp(x->message, y->message);
}

/* The most telling are shown; ties go to the earlier. */
static void choose_shown(struct pmt_report *r)
{
    for (unsigned shown = 0; shown < PMT_BULLETS_MAX; shown++) {
        struct pmt_event_entry *best = NULL;
        for (size_t i = 0; i < r->ntimeline; i++)
            if (!r->timeline[i].shown && (!best || r->timeline[i].rank > best->rank))
                best = &r->timeline[i];
        if (!best)
            return;
        best->shown = true;
    }
}

void pmt_report_timeline(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    struct builder b = {.r = r, .in = in};
    if (r->first == PMT_NO_TIME)
        return;
    b.start = p ? p->start : r->last;
    b.end = p ? p->end : r->last;
    b.from = b.start - in->lead;
    if (!p)
        b.end -= AFTER + 1; /* everything is lead-up */
    collect(&b);
    tell_groups(&b);
    tell_silent_returns(&b);
    if (p)
        tell_impact(&b);
    if (r->ntimeline)
        qsort(r->timeline, r->ntimeline, sizeof *r->timeline, by_time);
    choose_shown(r);
    free(b.groups.v);
}
