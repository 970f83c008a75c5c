#include "report_parts.h"

/* Detection and response, as far as logs show them; and when alerts that nobody is known to have
 * had would have fired. */

/* A check may fail, and a server go, before the first request meets it. */
#define BEFORE (2 * PMT_MINUTE)
#define AFTER PMT_HOUR

static bool is_failed_check(const struct pmt_mark *m)
{
    return m->lb == PMT_LB_CHECK_FAILED;
}

static bool is_state_change(const struct pmt_mark *m)
{
    return (pmt_is_state(m) && m->lb != PMT_LB_NO_SERVER) || m->event == PMT_EV_SERVER_OUT;
}

static bool is_no_server(const struct pmt_mark *m)
{
    return m->lb == PMT_LB_NO_SERVER || m->event == PMT_EV_NO_SERVER;
}

static bool is_session(const struct pmt_mark *m)
{
    return m->event == PMT_EV_SESSION;
}

static bool is_action(const struct pmt_mark *m)
{
    return m->event == PMT_EV_OPERATOR || (pmt_is_state(m) && m->by_operator);
}

static const struct {
    const char *kind, *label;
    bool (*is)(const struct pmt_mark *m);
    bool by_people; /* before the start it was no response */
} firsts[PMT_FIRSTS] = {
    {"failed_check", "Failed health check", is_failed_check, false},
    {"state_change", "State change of a server", is_state_change, false},
    {"no_server", "Backend without a server", is_no_server, false},
    {"session", "Operator session", is_session, true},
    {"operator_action", "Operator action", is_action, true},
};

/* In order of time; at one time, in the order of the table above. */
static struct pmt_first *put_first(struct pmt_report *r, const struct pmt_fact *f)
{
    size_t i = r->nfirsts++;
    for (; i && r->firsts[i - 1].fact->t > f->t; i--)
        r->firsts[i] = r->firsts[i - 1];
    return &r->firsts[i];
}

static void find_firsts(struct pmt_report *r, const struct pmt_report_input *in)
{
    int64_t start = r->incident->start / PMT_SECOND * PMT_SECOND, end = r->incident->end + AFTER;
    for (size_t k = 0; k < PMT_FIRSTS; k++) {
        int64_t from = firsts[k].by_people ? start : start - BEFORE;
        const struct pmt_fact *found = NULL;
        for (size_t i = 0; i < in->facts->n && !found; i++) {
            const struct pmt_fact *f = &in->facts->items[i];
            if (f->t >= from && f->t <= end && firsts[k].is(f->mark))
                found = f;
        }
        if (!found)
            continue;
        struct pmt_first *x = put_first(r, found);
        *x = (struct pmt_first){.kind = firsts[k].kind, .label = firsts[k].label, .fact = found};
        pmt_report_cite_fact(r, in, found, &x->cites);
    }
}

/* ---- alerts that would have fired ---------------------------------------------------------- */

/* "99.9%" */
static const char *target(struct pmt_report *r, int allowed)
{
    int left = PMT_MILLION_OF - allowed, decimals = 4;
    for (int part = left % 10000; decimals && part % 10 == 0; decimals--)
        part /= 10;
    char *text = pmt_arena_printf(r->arena, "%d.%04d", left / 10000, left % 10000);
    text[strlen(text) - (size_t)(decimals ? 4 - decimals : 5)] = '\0';
    return pmt_arena_printf(r->arena, "%s%%", text);
}

/* "14.4x" */
static const char *factor(struct pmt_report *r, const struct pmt_burn_rule *rule)
{
    return rule->tenths % 10 ? pmt_arena_printf(r->arena, "%d.%dx", rule->tenths / 10,
                                                rule->tenths % 10)
                             : pmt_arena_printf(r->arena, "%dx", rule->tenths / 10);
}

/* "1 h", "30 min" */
static const char *span(struct pmt_report *r, int64_t seconds)
{
    if (seconds % 3600 == 0)
        return pmt_arena_printf(r->arena, "%lld h", (long long)(seconds / 3600));
    return pmt_arena_printf(r->arena, "%lld min", (long long)(seconds / 60));
}

static const char *windows(struct pmt_report *r, const struct pmt_burn_rule *rule)
{
    return pmt_arena_printf(r->arena, "%s and %s", span(r, rule->longer), span(r, rule->shorter));
}

static int64_t full_seconds(const struct pmt_incident *p)
{
    int64_t sum = 0;
    for (size_t i = 0; i < p->nphases; i++)
        if (p->phases[i].kind == PMT_PHASE_FULL)
            sum += pmt_whole(p->phases[i].from, p->phases[i].to) / PMT_SECOND;
    return sum;
}

static void replay(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_slo *s = &r->slo;
    int64_t from = p->start / PMT_SECOND, to = p->end / PMT_SECOND;
    if (!in->allowed || !in->counted->n)
        return;
    s->allowed = in->allowed;
    for (int i = 0; i < PMT_BURN_RULES; i++)
        pmt_burn_replay(&pmt_burn_rules[i], in->counted->total, in->allowed, from, to,
                        &s->burns[i]);
    if (pmt_budget_used(in->counted->total, in->allowed, from, to, &s->part, &s->whole)) {
        s->budget_by = "requests";
    } else if (full_seconds(p)) {
        s->budget_by = "time";
        s->part = (uint64_t)full_seconds(p) * PMT_MILLION_OF;
        s->whole = (uint64_t)PMT_BUDGET_DAYS * 86400 * (uint64_t)in->allowed;
    }
}

void pmt_report_response(struct pmt_report *r, const struct pmt_report_input *in)
{
    find_firsts(r, in);
    replay(r, in);
}

static bool is_whole(const struct pmt_slo *s, int rule)
{
    return s->burns[rule].covered == pmt_burn_rules[rule].longer;
}

/* The rule that would have fired first, of those whose windows are logged if there is one; -1 for
 * none. */
static int earliest(const struct pmt_slo *s, bool *asked)
{
    int best = -1;
    *asked = false;
    for (int i = 0; i < PMT_BURN_RULES; i++) {
        *asked |= s->burns[i].asked;
        if (s->burns[i].fired &&
            (best < 0 || (is_whole(s, i) != is_whole(s, best)
                              ? is_whole(s, i)
                              : s->burns[i].at < s->burns[best].at)))
            best = i;
    }
    return best;
}

/* " (from 23 min of the 1 h)" */
static const char *computed_from(struct pmt_report *r, int rule, const char *id)
{
    const struct pmt_burn *b = &r->slo.burns[rule];
    struct pmt_value v[] = {PMT_V("length", pmt_report_length(r, b->covered * PMT_SECOND)),
                            PMT_V("all", span(r, pmt_burn_rules[rule].longer))};
    return b->fired && b->covered < pmt_burn_rules[rule].longer ? pmt_report_text(r, id, v, 2)
                                                                : "";
}

static const char *alert_sentence(struct pmt_report *r)
{
    bool asked;
    int i = earliest(&r->slo, &asked);
    const struct pmt_burn_rule *rule = &pmt_burn_rules[i < 0 ? 0 : i];
    const struct pmt_burn *b = &r->slo.burns[i < 0 ? 0 : i];
    int64_t at = b->at * PMT_SECOND, start = r->incident->start;
    struct pmt_value v[] = {
        PMT_V("pct", target(r, r->slo.allowed)), PMT_V("n", factor(r, rule)),
        PMT_V("list", windows(r, rule)),
        PMT_V("at", i < 0 ? "" : pmt_report_beside(r, at, start)),
        PMT_V("when", i < 0 ? "" : pmt_report_when(r, at)),
        PMT_V("left", i < 0 ? "" : computed_from(r, i, "slo-part"))};
    const char *id = i < 0      ? asked ? "slo-never" : "slo-unknown"
                     : b->before ? "slo-before"
                     : b->late   ? "slo-fired-late"
                                 : "slo-fired";
    return pmt_report_text(r, id, v, PMT_COUNT(v));
}

void pmt_report_say_slo(struct pmt_report *r, struct pmt_labelled *to)
{
    if (!r->slo.allowed)
        return;
    pmt_say(to, alert_sentence(r), NULL);
    struct pmt_value v[] = {PMT_V("pct", pmt_report_percent(r, r->slo.part, r->slo.whole))};
    if (r->slo.budget_by)
        pmt_say(to, pmt_report_text(r, strcmp(r->slo.budget_by, "time") == 0 ? "slo-budget-time"
                                                                             : "slo-budget", v, 1),
                NULL);
}

void pmt_report_say_slo_none(struct pmt_report *r, const struct pmt_report_input *in,
                             struct pmt_labelled *to, const struct pmt_numbers *k)
{
    if (!in->allowed)
        return;
    uint64_t n = (uint64_t)((double)k->requests * in->allowed / PMT_MILLION_OF);
    struct pmt_value v[] = {PMT_V("pct", target(r, in->allowed)),
                            PMT_V("failed", pmt_report_count(r, k->failed)),
                            PMT_V("all", pmt_report_count(r, k->requests)),
                            PMT_V("n", pmt_report_count(r, n))};
    pmt_say(to, pmt_report_text(r, k->requests ? "slo-no-incident" : "slo-no-requests", v, 4),
            NULL);
}

/* ---- tables -------------------------------------------------------------------------------- */

static void firsts_table(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"First", "UTC", "From the start", "Host", "Evidence",
                                        NULL};
    if (!r->nfirsts)
        return;
    struct pmt_table *t =
        pmt_report_table(r, "Detection and response in the logs",
                         pmt_report_text(r, "annex-firsts", NULL, 0), heads);
    for (size_t i = 0; i < r->nfirsts; i++) {
        const struct pmt_first *x = &r->firsts[i];
        struct pmt_row *row = pmt_report_row(t);
        bool moved = pmt_report_moved(in, x->fact);
        row->cells[0] = x->label;
        row->cells[1] = pmt_arena_printf(r->arena, "%s%s", pmt_report_datetime(r, x->fact->t),
                                         moved ? " (est.)" : "");
        row->cells[2] = pmt_report_when(r, x->fact->t);
        row->cells[3] = pmt_report_host(r, in, x->fact);
        row->cells[4] = pmt_report_cites_text(r, &x->cites);
    }
}

static void alerts_table(struct pmt_report *r)
{
    static const char *const heads[] = {"Rule", "Would have fired, about", "From the start",
                                        "Computed from", NULL};
    if (!r->slo.allowed)
        return;
    struct pmt_value v[] = {PMT_V("pct", target(r, r->slo.allowed))};
    struct pmt_table *t = pmt_report_table(r, "Burn-rate alerts, counterfactual",
                                           pmt_report_text(r, "annex-slo", v, 1), heads);
    for (int i = 0; i < PMT_BURN_RULES; i++) {
        const struct pmt_burn *b = &r->slo.burns[i];
        struct pmt_row *row = pmt_report_row(t);
        int64_t at = b->at * PMT_SECOND;
        row->cells[0] = pmt_arena_printf(r->arena, "%s over %s", factor(r, &pmt_burn_rules[i]),
                                         windows(r, &pmt_burn_rules[i]));
        row->cells[1] = !b->asked   ? "not known: too little is logged"
                        : !b->fired ? "not"
                        : b->before ? "before the start"
                                    : pmt_arena_printf(r->arena, "%s%s", b->late ? "at or before "
                                                                                 : "",
                                                       pmt_report_datetime(r, at));
        row->cells[2] = b->fired && !b->before ? pmt_report_when(r, at) : "";
        row->cells[3] = !b->fired ? "" : computed_from(r, i, "slo-part-cell");
        if (b->fired && !*row->cells[3])
            row->cells[3] = span(r, pmt_burn_rules[i].longer);
    }
}

void pmt_report_response_tables(struct pmt_report *r, const struct pmt_report_input *in)
{
    firsts_table(r, in);
    alerts_table(r);
}
