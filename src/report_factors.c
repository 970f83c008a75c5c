#include "report_parts.h"

#include <stdlib.h>

/* What may have contributed: signatures with their evidence, each with a counter-check: how often
 * the same is logged when all was well. The order of events is told, never a cause. */

enum {
    KIND_SHARE = 3,        /* a rule that matches so many times as often as else is telling */
    DAYS = 7,              /* before and after, that are compared */
    TRAFFIC_MIN = 50,      /* fewer requests say nothing of how much traffic there was */
};
#define LEAD PMT_HOUR
#define TRAFFIC_ABOVE 1.5          /* times the usual */
#define TRAFFIC_WINDOW (30 * PMT_MINUTE)
#define BESIDE (10 * PMT_MINUTE)

/* By the rules that match: the first row that fits tells. */
static const struct kind {
    const char *name, *many; /* as data; of several */
    enum pmt_event event;
    const char *rules; /* part of the rule's id; NULL: all of the event */
    int weight;
    const char *improve, *task;
} kinds[] = {
    {"memory", "memory kills", PMT_EV_OOM, NULL, 90, "improve-memory", "task-memory"},
    {"storage", "storage errors", PMT_EV_STORAGE, NULL, 85, "improve-storage", "task-storage"},
    {"database_limit", "database connections refused", PMT_EV_RESOURCE, "-too-many-c", 82,
     "improve-limits", "task-database"},
    {"conntrack", "full connection tables", PMT_EV_RESOURCE, "-conntrack-", 81, "improve-limits",
     "task-conntrack"},
    {"limit", "limits reached", PMT_EV_RESOURCE, NULL, 80, "improve-limits", "task-limits"},
    {"crash", "processes that died", PMT_EV_CRASH, NULL, 78, "improve-crash", "task-crash"},
    {"service_failed", "failed services", PMT_EV_SERVICE_FAILED, NULL, 70, "improve-crash",
     "task-service"},
    {"not_listening", "refused connections", PMT_EV_UPSTREAM, "-refused", 68, "improve-upstream",
     "task-upstream"},
    {"slow_upstream", "upstream timeouts", PMT_EV_UPSTREAM, "timeout", 66, "improve-slow",
     "task-slow"},
    {"application", "application errors", PMT_EV_UPSTREAM, "-fatal", 65, "improve-application",
     "task-application"},
    {"upstream", "upstream errors", PMT_EV_UPSTREAM, NULL, 64, "improve-upstream",
     "task-upstream"},
    {"network", "network errors", PMT_EV_NETWORK, NULL, 60, "improve-network", "task-network"},
    {"clock", "clock steps", PMT_EV_CLOCK_STEP, NULL, 40, NULL, NULL},
};

struct seen {
    const struct pmt_fact *first; /* telling, in the story */
    uint64_t inside, outside;     /* lines */
    uint64_t then[2 * DAYS + 1];  /* at the same hours of other days: the i - DAYS-th from it */
};

static const struct kind *kind_of(const struct pmt_report_input *in, const struct pmt_mark *m)
{
    const struct pmt_rule *rule = m->rule >= 0 ? pmt_rules_get(in->rules, m->rule) : NULL;
    for (size_t i = 0; rule && i < PMT_COUNT(kinds); i++)
        if (kinds[i].event == m->event && (!kinds[i].rules || strstr(rule->id, kinds[i].rules)))
            return &kinds[i];
    return NULL;
}

static bool in_story(const struct pmt_report *r, int64_t t)
{
    return t >= r->incident->start - LEAD && t <= r->incident->end;
}

/* A job that fails every night says nothing of this one. */
static void look_at_day(const struct pmt_report *r, const struct pmt_fact *f, struct seen *s)
{
    for (int k = -DAYS; k <= DAYS && !in_story(r, f->t); k++)
        if (k && in_story(r, f->t - k * PMT_DAY))
            s->then[k + DAYS] += f->count;
}

/* Lines of each kind, in the story and at other times. The end of an incident is no other time:
 * what mended it may have left lines. */
static void look(const struct pmt_report *r, const struct pmt_report_input *in, struct seen *seen)
{
    for (size_t i = 0; i < in->facts->n; i++) {
        const struct pmt_fact *f = &in->facts->items[i];
        const struct kind *k = kind_of(in, f->mark);
        if (!k || pmt_report_retold(in->facts, i))
            continue;
        struct seen *s = &seen[k - kinds];
        if (in_story(r, f->t))
            s->inside += f->count;
        else if (f->t < r->incident->start || f->t > r->incident->end + LEAD)
            s->outside += f->count;
        look_at_day(r, f, s);
    }
    for (size_t i = 0; i < in->facts->n; i++) {
        const struct pmt_fact *f = &in->facts->items[i];
        const struct kind *k = kind_of(in, f->mark);
        if (!k || !in_story(r, f->t) || pmt_report_retold(in->facts, i))
            continue;
        struct seen *s = &seen[k - kinds];
        /* What is logged at other times too is looked at from just before the start. */
        if (!s->first && (!s->outside || f->t >= r->incident->start - PMT_LEAD_NEAR))
            s->first = f;
    }
}

/* Is it logged nearly as often at the same hours of most other days? */
static bool is_daily(const struct pmt_report *r, const struct seen *s)
{
    int days = 0, alike = 0;
    for (int k = -DAYS; k <= DAYS; k++) {
        int64_t moved = k * PMT_DAY;
        if (!k || r->incident->start - LEAD + moved < r->first ||
            r->incident->end + moved > r->last)
            continue;
        days++;
        alike += s->then[k + DAYS] * KIND_SHARE > s->inside;
    }
    return days && alike * 2 >= days;
}

/* Is it logged at other times nearly as often? */
static bool is_usual(const struct pmt_report *r, const struct seen *s)
{
    double length = (double)(r->incident->end - r->incident->start + LEAD);
    double rest = (double)(r->last - r->first) - length - (double)LEAD;
    bool often = s->outside && rest > 0 &&
                 (double)s->inside / length < KIND_SHARE * (double)s->outside / rest;
    return often || is_daily(r, s);
}

struct pmt_factor *pmt_report_factor(struct pmt_report *r, const char *kind, const char *text,
                                     int weight)
{
    PMT_GROW(r->factors, r->nfactors, r->capfactors);
    r->factors[r->nfactors] = (struct pmt_factor){.kind = kind, .text = text, .weight = weight};
    return &r->factors[r->nfactors++];
}

/* "; none at other times in these logs" */
static const char *other_times(struct pmt_report *r, uint64_t outside)
{
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, outside))};
    return pmt_report_text(r, outside ? "factor-others" : "factor-no-others", v, 1);
}

const char *pmt_report_without_stop(struct pmt_report *r, const char *sentence)
{
    size_t n = strlen(sentence);
    return pmt_arena_printf(r->arena, "%.*s", (int)(n - (n && sentence[n - 1] == '.')), sentence);
}

static void add_events(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct seen seen[PMT_COUNT(kinds)] = {{NULL, 0, 0, {0}}};
    look(r, in, seen);
    for (size_t i = 0; i < PMT_COUNT(kinds); i++) {
        const struct seen *s = &seen[i];
        if (!s->first || is_usual(r, s))
            continue;
        struct pmt_value v[] = {
            PMT_V("sentence", pmt_report_without_stop(r, pmt_report_sentence(r, in, s->first))),
            PMT_V("n", pmt_report_count(r, s->inside)),
            PMT_V("when", pmt_report_when(r, s->first->t)),
            PMT_V("others", other_times(r, s->outside))};
        const char *id = s->inside > 1 ? "factor-events" : "factor-event";
        struct pmt_factor *f = pmt_report_factor(
            r, kinds[i].name, pmt_report_text(r, id, v, PMT_COUNT(v)), kinds[i].weight);
        f->fact = s->first;
        f->many = kinds[i].many;
        f->inside = s->inside;
        f->outside = s->outside;
        f->improve = kinds[i].improve;
        f->task = kinds[i].task;
        pmt_report_cite_fact(r, in, s->first, &f->cites);
    }
}

/* ---- redundancy ----------------------------------------------------------------------------- */

static void add_redundancy(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_removal *x = pmt_report_standing(r, in);
    if (!x)
        return;
    int64_t length = pmt_whole(x->from, x->open ? r->incident->end : x->to);
    struct pmt_value v[] = {PMT_C("server", x->server), pmt_report_pool(r, x),
                            PMT_V("length", pmt_report_out_for(r, x, length))};
    const char *text = pmt_report_share(r, in, x, v, PMT_COUNT(v));
    if (!text)
        text = pmt_report_text(r, "factor-redundancy", v, PMT_COUNT(v));
    struct pmt_factor *f = pmt_report_factor(r, "reduced_redundancy", text, 100);
    f->removal = x;
    f->improve = "improve-redundancy";
    f->task = length >= 15 * PMT_MINUTE ? "task-redundancy" : "task-redundancy-soon";
    if (x->out)
        pmt_report_cite_fact(r, in, x->out, &f->cites);
    else
        pmt_report_cite_removal(r, in, x, &f->cites);
    if (x->out && x->back)
        pmt_report_cite_fact(r, in, x->back, &f->cites);
}

/* ---- traffic -------------------------------------------------------------------------------- */

/* Requests in the ten minutes before the start, against the rate of the hour before that. */
static bool compare_hour(const struct pmt_report *r, const struct pmt_report_input *in,
                         uint64_t *now, uint64_t *usual)
{
    int64_t to = r->incident->start / PMT_SECOND - 1, from = to - BESIDE / PMT_SECOND + 1;
    int64_t first, last, hour = LEAD / PMT_SECOND;
    struct pmt_lost lost;
    if (!pmt_flow_span(in->counted->total, &first, &last) || from - hour < first ||
        pmt_report_lost(in, PMT_SORT_REQUESTS, (from - hour) * PMT_SECOND, to * PMT_SECOND, &lost,
                        1))
        return false;
    *now = pmt_requests_between(in->counted->total, from, to).requests;
    *usual = pmt_requests_between(in->counted->total, from - hour, from - 1).requests / 6;
    return *now >= TRAFFIC_MIN && *usual;
}

/* Requests in the half hour before the start, against the same half hour of earlier days that were
 * logged (and not part of an incident). False: nothing to compare with. */
static bool compare_traffic(const struct pmt_report *r, const struct pmt_report_input *in,
                            uint64_t *now, uint64_t *usual, unsigned *days)
{
    const struct pmt_incident *p = r->incident;
    int64_t from = (p->start - TRAFFIC_WINDOW) / PMT_SECOND, to = p->start / PMT_SECOND - 1;
    int64_t first, last, day = PMT_DAY / PMT_SECOND;
    uint64_t sum = 0;
    *days = 0;
    if (!pmt_flow_span(in->counted->total, &first, &last) || from < first)
        return false;
    *now = pmt_requests_between(in->counted->total, from, to).requests;
    for (int k = 1; k <= DAYS && from - k * day >= first; k++) {
        struct pmt_numbers n = pmt_requests_between(in->counted->total, from - k * day,
                                                    to - k * day);
        if (n.requests < TRAFFIC_MIN || n.failed * 20 > n.requests)
            continue;
        sum += n.requests;
        ++*days;
    }
    *usual = *days ? sum / *days : 0;
    return *days && *now >= TRAFFIC_MIN;
}

static void add_traffic(struct pmt_report *r, const struct pmt_report_input *in)
{
    uint64_t now, usual;
    unsigned days = 0;
    if (!in->counted->n || r->incident->began_before ||
        (!compare_traffic(r, in, &now, &usual, &days) &&
         (days || !compare_hour(r, in, &now, &usual))))
        return;
    double times = (double)now / (double)usual;
    struct pmt_value v[] = {
        PMT_V("times", pmt_arena_printf(r->arena, "%.1f", times)),
        PMT_V("n", pmt_report_count(r, days)), PMT_V("now", pmt_report_count(r, now)),
        PMT_V("usual", pmt_report_count(r, usual))};
    bool above = times >= TRAFFIC_ABOVE;
    const char *id = days > 1 ? "factor-traffic" : days ? "factor-traffic-one-day"
                                                        : "factor-traffic-hour";
    /* As usual is worth knowing, too. */
    struct pmt_factor *f = pmt_report_factor(r, above ? "traffic" : "usual_traffic",
                               pmt_report_text(r, id, v, PMT_COUNT(v)), above ? 62 : 10);
    f->improve = above ? "improve-limits" : NULL;
    f->task = above ? "task-traffic" : NULL;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int by_weight(const void *a, const void *b)
{
    const struct pmt_factor *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return strcmp(x->text, y->text);
}

void pmt_report_factors(struct pmt_report *r, const struct pmt_report_input *in)
{
    add_redundancy(r, in);
    pmt_report_add_rise(r, in);
    add_events(r, in);
    add_traffic(r, in);
    pmt_report_changes(r, in);
    if (r->nfactors)
        qsort(r->factors, r->nfactors, sizeof *r->factors, by_weight);
}
