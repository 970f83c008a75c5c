#include "report_parts.h"

#include <stdlib.h>

/* ---- observed: who took the traffic ----------------------------------------------------- */

#define LATE (5 * PMT_MINUTE) /* no proxy is known to wait longer by default */

enum {
    SHARE_MIN = 20, /* requests below which a share says nothing */
    SEEN_MAX = 4,   /* sorts of events that are told in short */
};

static uint64_t requests_in(struct pmt_series *s, int64_t from, int64_t to)
{
    struct pmt_series_iter it = pmt_series_iter_from(s, from);
    struct pmt_counts c;
    int64_t sec;
    uint64_t n = 0;
    while (pmt_series_next(&it, &sec, &c) && sec < to)
        n += sec >= from ? c.c[PMT_ALL] : 0;
    return n;
}

struct share {
    struct pmt_slice server;
    uint64_t during, before, all_during, all_before;
};

/* The server that took most of the backend's requests while x was out, and what it took in the day
 * before. */
static struct share heaviest(const struct pmt_counted *c, const struct pmt_removal *x,
                             int64_t until)
{
    struct share s = {0};
    int64_t from = x->from / PMT_SECOND, to = until / PMT_SECOND;
    from += x->kind == PMT_REMOVAL_NO_TRAFFIC; /* its own last request is no part of it */
    for (size_t i = 0; i < c->nuses; i++) {
        if (!pmt_slice_eq(c->uses[i].backend, x->backend) ||
            !pmt_slice_eq(c->uses[i].host, x->host))
            continue;
        uint64_t during = requests_in(&c->uses[i].series, from, to);
        uint64_t before = requests_in(&c->uses[i].series, from - 86400, from);
        s.all_during += during;
        s.all_before += before;
        if (during > s.during && !pmt_slice_eq(c->uses[i].server, x->server)) {
            s.server = c->uses[i].server;
            s.during = during;
            s.before = before;
        }
    }
    return s;
}

const char *pmt_report_share(struct pmt_report *r, const struct pmt_report_input *in,
                             const struct pmt_removal *x, const struct pmt_value *removal,
                             size_t n)
{
    struct share s = heaviest(in->counted, x, x->open ? r->incident->end : x->to);
    struct pmt_value v[8];
    if (s.all_during < SHARE_MIN || s.all_before < SHARE_MIN)
        return NULL;
    memcpy(v, removal, n * sizeof *v);
    v[n++] = PMT_C("other", s.server);
    v[n++] = PMT_V("pct", pmt_report_percent(r, s.during, s.all_during));
    v[n++] = PMT_V("old", pmt_report_percent(r, s.before, s.all_before));
    return pmt_report_text(r, "factor-share", v, n);
}

/* ---- observed: what the logs hold ------------------------------------------------------- */

/* What is worth saying when there was none of it, and the logs that would tell. */
static const struct {
    enum pmt_event event;
    const char *many;
    unsigned missing; /* enum pmt_sort */
} sorts[] = {
    {PMT_EV_OOM, "memory kills", PMT_SORT_KERNEL},
    {PMT_EV_STORAGE, "storage errors", PMT_SORT_KERNEL},
    {PMT_EV_NETWORK, "network errors", PMT_SORT_KERNEL},
    {PMT_EV_DEPLOY, "deployments", PMT_SORT_SYSTEM},
};

/* What would be told of changes and accidents, and by which logs. */
static const struct {
    unsigned sort;
    const char *one;
} told[] = {
    {PMT_SORT_BALANCER, "state change"},
    {PMT_SORT_KERNEL, "kill"},
    {PMT_SORT_SERVICES, "restart"},
    {PMT_SORT_OPERATOR, "operator action"},
};

static bool in_story(const struct pmt_report *r, int64_t t)
{
    return t >= r->incident->start - PMT_HOUR && t <= r->incident->end;
}

static bool by_kernel(const struct pmt_fact *a, const struct pmt_fact *of)
{
    return a->mark->event == PMT_EV_OOM && pmt_slice_is(a->mark->program, "kernel") &&
           pmt_slice_eq(a->host, of->host);
}

bool pmt_report_retold(const struct pmt_facts *all, size_t at)
{
    const struct pmt_fact *f = &all->items[at];
    if ((f->mark->event != PMT_EV_OOM && f->mark->event != PMT_EV_SERVICE_FAILED) ||
        pmt_slice_is(f->mark->program, "kernel"))
        return false;
    for (size_t i = at; i-- > 0 && f->t - all->items[i].t < PMT_MINUTE;)
        if (by_kernel(&all->items[i], f))
            return true;
    for (size_t i = at + 1; i < all->n && all->items[i].t - f->t < PMT_MINUTE; i++)
        if (by_kernel(&all->items[i], f))
            return true;
    return false;
}

static uint64_t lines_of(const struct pmt_report *r, const struct pmt_report_input *in,
                         enum pmt_event event)
{
    uint64_t n = 0;
    for (size_t i = 0; i < in->facts->n; i++) {
        const struct pmt_fact *f = &in->facts->items[i];
        if (f->mark->event == event && in_story(r, f->t) && !pmt_report_retold(in->facts, i))
            n += f->count;
    }
    return n;
}

/* Does the timeline hold anything but the incident itself? */
static bool anything_told(const struct pmt_report *r)
{
    for (size_t i = 0; i < r->ntimeline; i++) {
        const struct pmt_event_entry *e = &r->timeline[i];
        if (in_story(r, e->t) && strncmp(e->kind, "impact", 6) != 0 &&
            strcmp(e->kind, "phase") != 0 && strcmp(e->kind, "note") != 0)
            return true;
    }
    return false;
}

static void add_word(struct pmt_buf *list, const char *word)
{
    pmt_buf_puts(list, list->n ? ", " : "");
    pmt_buf_puts(list, word);
}

static bool read_free_text(const struct pmt_report_input *in)
{
    for (size_t i = 0; i < in->nsources; i++)
        if (in->sources[i].tally && in->sources[i].tally->kinds[PMT_SYSLOG])
            return true;
    return false;
}

/* Nothing at all: which logs would have told of what. */
static void say_nothing(struct pmt_report *r, const struct pmt_report_input *in,
                        struct pmt_labelled *to)
{
    struct pmt_searched s;
    struct pmt_buf list = {0};
    unsigned any = PMT_SORT_BALANCER | PMT_SORT_SYSTEM, left;
    if (!pmt_report_search(r, in, any, r->incident->start - PMT_HOUR, r->incident->end, &s) ||
        !s.logs)
        return;
    left = s.sorts;
    for (size_t i = 0; i < PMT_COUNT(told); i++) {
        if (!(left & told[i].sort))
            continue;
        left &= ~told[i].sort;
        pmt_buf_puts(&list, !list.n ? "" : left ? ", " : " or ");
        pmt_buf_puts(&list, told[i].one);
    }
    struct pmt_value v[] = {PMT_V("list", pmt_report_keep(r, &list)), PMT_V("log", s.logs),
                            PMT_V("of", pmt_report_searched_span(r, &s))};
    pmt_say(to, pmt_report_text(r, "observed-nothing", v, PMT_COUNT(v)), NULL);
}

/* Anything that was changed may have been a deployment. */
static bool changed(const struct pmt_report *r, const struct pmt_report_input *in)
{
    for (size_t i = 0; i < in->facts->n; i++)
        if (in_story(r, in->facts->items[i].t) && pmt_report_is_change(in, i))
            return true;
    return false;
}

/* Packets that the kernel drops are as good as an error of the network. */
static bool dropped(const struct pmt_report *r)
{
    for (size_t i = 0; i < r->nfactors; i++)
        if (strcmp(r->factors[i].kind, "conntrack") == 0)
            return true;
    return false;
}

/* What is not there, in the logs that would tell of it. */
static void say_missing(struct pmt_report *r, const struct pmt_report_input *in,
                        struct pmt_labelled *to)
{
    int64_t from = r->incident->start - PMT_HOUR, until = r->incident->end;
    struct pmt_searched all, these;
    struct pmt_buf missing = {0};
    unsigned needed = 0;
    if (!pmt_report_search(r, in, PMT_SORT_SYSTEM, from, until, &all))
        return;
    for (size_t w = 0; w < PMT_COUNT(sorts); w++)
        if ((sorts[w].missing & all.sorts) && !lines_of(r, in, sorts[w].event) &&
            !(sorts[w].event == PMT_EV_DEPLOY && changed(r, in)) &&
            !(sorts[w].event == PMT_EV_NETWORK && dropped(r))) {
            add_word(&missing, sorts[w].many);
            needed |= sorts[w].missing & all.sorts;
        }
    if (needed)
        pmt_report_search(r, in, needed, from, until, &these);
    struct pmt_value v[] = {PMT_V("missing", pmt_report_keep(r, &missing)),
                            PMT_V("log", needed ? these.logs : ""),
                            PMT_V("of", needed ? pmt_report_searched_span(r, &these) : "")};
    if (needed)
        pmt_say(to, pmt_report_text(r, "observed-missing", v, PMT_COUNT(v)), NULL);
    const char *blind = all.logs ? all.sorts & PMT_SORT_KERNEL ? NULL : "observed-no-kernel"
                        : all.lost               ? NULL /* pmt_report_say_lost */
                        : all.elsewhere          ? "observed-system-elsewhere"
                        : read_free_text(in)     ? "observed-system-unclear"
                                                 : "observed-no-system";
    if (blind)
        pmt_say(to, pmt_report_text(r, blind, NULL, 0), NULL);
}

static void say_events(struct pmt_report *r, const struct pmt_report_input *in,
                       struct pmt_labelled *to)
{
    if (!r->nfactors && !anything_told(r))
        say_nothing(r, in, to);
    say_missing(r, in, to);
    pmt_report_say_lost(r, in, to, r->incident->start - PMT_HOUR, r->incident->end);
}

/* ---- resolution ------------------------------------------------------------------------- */

static bool is_change(const struct pmt_event_entry *e)
{
    return strcmp(e->kind, "lb_server_state") == 0 || strcmp(e->kind, "config_change") == 0 ||
           strcmp(e->kind, "deploy") == 0 || strcmp(e->kind, "service_started") == 0 ||
           strcmp(e->kind, "reboot") == 0 || strcmp(e->kind, "failover") == 0 ||
           (strcmp(e->kind, "operator_action") == 0 && e->rank > 50);
}

/* The nearest change up to `until`, at most `back` before it; *t is when. Of several of a sort the
 * last counts, where it lies before that. */
static struct pmt_event_entry *nearest_change(const struct pmt_report *r, int64_t until,
                                              int64_t back, int64_t *t)
{
    struct pmt_event_entry *best = NULL;
    for (size_t i = 0; i < r->ntimeline; i++) {
        struct pmt_event_entry *e = &r->timeline[i];
        int64_t at = e->last <= until ? e->last : e->t;
        if (is_change(e) && !e->told && at <= until && until - at <= back && (!best || at >= *t)) {
            best = e;
            *t = at;
        }
    }
    return best;
}

/* What the resolution speaks of must be a bullet, too. */
static void show(struct pmt_event_entry *e)
{
    e->rank = e->rank > 95 ? e->rank : 95;
}

static struct pmt_cites first_cite(const struct pmt_event_entry *e)
{
    struct pmt_cites c = e->cites;
    c.n = c.n ? 1 : 0;
    return c;
}

/* How the share of failures fell most, before it was over. */
static void say_mitigation(struct pmt_report *r, struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    for (size_t i = 1; i < p->nphases; i++) {
        if (p->phases[i - 1].kind != PMT_PHASE_FULL || p->phases[i].kind != PMT_PHASE_PARTIAL)
            continue;
        int64_t at = p->phases[i].from, t = 0;
        struct pmt_event_entry *e = nearest_change(r, at + PMT_SECOND - 1, 10 * PMT_MINUTE, &t);
        if (!e)
            continue;
        struct pmt_value v[] = {
            PMT_V("length", pmt_report_length(r, at > t ? pmt_whole(t, at) : 0)),
            PMT_V("sentence", e->brief)};
        show(e);
        struct pmt_cites one = first_cite(e);
        const char *id = at - t < PMT_SECOND ? "resolution-phase-same" : "resolution-phase";
        pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), &one);
        return;
    }
}

static void say_no_change(struct pmt_report *r, const struct pmt_report_input *in,
                          struct pmt_labelled *to)
{
    struct pmt_searched s;
    unsigned any = PMT_SORT_BALANCER | PMT_SORT_SERVICES | PMT_SORT_OPERATOR;
    int64_t end = r->incident->end;
    if (!pmt_report_search(r, in, any, end - PMT_HOUR, end + PMT_MINUTE, &s))
        return;
    struct pmt_value v[] = {PMT_V("log", s.logs ? s.logs : ""), PMT_V("left", s.whole_left)};
    const char *id = s.logs ? "resolution-none" : s.lost ? "resolution-lost" : "resolution-blind";
    pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), NULL);
}

/* A request counts from when it was asked for: one that had to wait failed later than that. */
static bool is_about(const struct pmt_incident *p, int64_t behind)
{
    int64_t wait = p->during.n ? p->during.p95 : 0;
    wait = wait < 5 * PMT_SECOND ? 5 * PMT_SECOND : wait > PMT_MINUTE ? PMT_MINUTE : wait;
    return p->flow && behind > 0 && behind <= wait;
}

static void say_last_change(struct pmt_report *r, const struct pmt_report_input *in,
                            struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    /* What mended it is often logged behind the last failure: where requests are few, none may
     * have come in between. */
    int64_t t = 0;
    struct pmt_event_entry *e = nearest_change(r, p->end + PMT_SECOND - 1, 2 * PMT_SECOND, &t);
    e = e ? e : nearest_change(r, p->end + PMT_MINUTE, PMT_HOUR, &t); /* none in that second */
    if (!e || t < p->start) {
        say_no_change(r, in, to);
        return;
    }
    int64_t behind = pmt_whole(p->end, t);
    int64_t good = p->good_after == PMT_NO_TIME ? 0 : pmt_whole(t, p->good_after);
    struct pmt_value v[] = {PMT_V("sentence", e->brief),
                            PMT_V("length", pmt_report_length(r, llabs(behind))),
                            PMT_V("after", pmt_report_length(r, good))};
    show(e);
    const char *id = !behind                  ? "resolution-last-same"
                     : is_about(p, behind)    ? "resolution-last-about"
                     : behind > 0 && good > 0 ? "resolution-between"
                     : behind > 0             ? "resolution-last-after"
                                              : "resolution-last";
    struct pmt_cites one = first_cite(e);
    pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), &one);
    if (behind < 0 && -behind <= LATE && pmt_report_logged_late(r, in))
        pmt_say(to, pmt_report_text(r, "resolution-late-status", NULL, 0), NULL);
}

/* The one server that was out when it happened and is not back in these logs; NULL: several. */
static const struct pmt_removal *only_open(const struct pmt_report_input *in,
                                           const struct pmt_incident *p)
{
    const struct pmt_removal *ret = NULL;
    for (size_t i = 0; i < in->findings->nremovals; i++) {
        const struct pmt_removal *x = &in->findings->removals[i];
        if (!x->open || x->pause || x->from > p->end)
            continue;
        if (ret && !pmt_slice_eq(ret->server, x->server))
            return NULL;
        ret = x;
    }
    return ret;
}

/* When all were back is a bullet. */
static void say_redundancy(struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    if (!pmt_report_redundancy(in, p))
        return;
    if (p->redundancy_restored == PMT_NO_TIME) {
        const struct pmt_removal *only = only_open(in, p);
        struct pmt_value v[] = {PMT_C("server", only ? only->server : PMT_NO_SLICE)};
        pmt_say(to, pmt_report_text(r, only ? "resolution-open-one" : "resolution-open", v, 1),
                NULL);
    } else if (p->redundancy_restored > p->end + 30 * PMT_MINUTE) {
        struct pmt_value v[] = {PMT_V("at", pmt_report_datetime(r, p->redundancy_restored))};
        pmt_say(to, pmt_report_text(r, "resolution-redundancy", v, 1), NULL);
    }
}

/* Events of the story in one sentence, each with how often it is logged at other times. */
static void say_seen(struct pmt_report *r, struct pmt_labelled *to)
{
    struct pmt_buf list = {0};
    struct pmt_cites cites = {{0}, 0};
    size_t n = 0;
    for (size_t i = 0; i < r->nfactors; i++) {
        const struct pmt_factor *f = &r->factors[i];
        if (!f->many || ++n > SEEN_MAX)
            continue;
        struct pmt_value v[] = {PMT_V("what", f->many), PMT_V("n", pmt_report_count(r, f->inside)),
                                PMT_V("else", pmt_report_count(r, f->outside))};
        pmt_buf_puts(&list, list.n ? ", " : "");
        pmt_put_phrase(&list, "seen", v, PMT_COUNT(v));
        for (unsigned k = 0; k < f->cites.n; k++)
            pmt_cites_add(&cites, f->cites.v[k]);
    }
    size_t left = n > SEEN_MAX ? n - SEEN_MAX : 0;
    const char *more = left ? pmt_arena_printf(r->arena, ", and %zu more sort%s", left,
                                               left > 1 ? "s" : "")
                                    : "";
    struct pmt_value v[] = {PMT_V("list", pmt_report_keep(r, &list)), PMT_V("more", more)};
    if (n)
        pmt_say(to, pmt_report_text(r, "factors-seen", v, 2), &cites);
}

/* In short; the annex has them one by one. */
static void say_factors(struct pmt_report *r)
{
    size_t any = 0, changes = 0;
    for (size_t i = 0; i < r->nfactors; i++)
        any += strcmp(r->factors[i].kind, "usual_traffic") != 0;
    if (!any)
        return;
    struct pmt_labelled *to =
        pmt_report_label(r->cause, &r->ncause, "Contributing factors.");
    for (size_t i = 0; i < r->nfactors; i++) {
        const struct pmt_factor *f = &r->factors[i];
        bool change = strcmp(f->kind, "change") == 0;
        bool traffic = strcmp(f->kind, "traffic") == 0 || strcmp(f->kind, "share_rise") == 0;
        if (f->removal || traffic || (change && !changes++))
            pmt_say(to, f->text, &f->cites);
    }
    say_seen(r, to);
}

void pmt_report_cause(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_labelled *to = pmt_report_label(r->cause, &r->ncause, "Observed.");
    say_events(r, in, to);
    pmt_report_say_slo(r, to);
    pmt_report_say_unseen(r, in, to);
    pmt_say(to, pmt_report_text(r, "observed-order", NULL, 0), NULL);
    say_factors(r);
    to = pmt_report_label(r->cause, &r->ncause, "Resolution.");
    if (!r->incident->ongoing) {
        say_mitigation(r, to);
        say_last_change(r, in, to);
    }
    say_redundancy(r, in, to);
    pmt_report_ask_resolution(r, to);
}
