#include "report_parts.h"

#include <stdio.h>

/* What was slow, and how long requests took. */

#define TIMES 2                     /* so many times as long, */
#define LONGER (200 * 1000)         /* and so many microseconds longer, is clearly more */

/* Two digits: "0.08 s", "12 s". */
static const char *took_text(struct pmt_report *r, int64_t us)
{
    int64_t ms = (us + 500) / 1000;
    if (us < 0)
        return "";
    if (ms >= 9950)
        return pmt_arena_printf(r->arena, "%lld s", (long long)((ms + 500) / 1000));
    if (ms >= 995)
        return pmt_arena_printf(r->arena, "%lld.%lld s", (long long)((ms + 50) / 1000),
                                (long long)((ms + 50) / 100 % 10));
    if (ms >= 100)
        return pmt_arena_printf(r->arena, "0.%02lld s", (long long)((ms + 5) / 10));
    return pmt_arena_printf(r->arena, "0.%03lld s", (long long)ms);
}

static struct pmt_value step_value(struct pmt_report *r, const struct pmt_slowness *s)
{
    return PMT_V("step", pmt_report_duration(r, s->step));
}

const char *pmt_report_slow_title(const struct pmt_incident *p)
{
    return p->slow->step ? "slow answers" : "clients leaving before the answer";
}

/* ---- impact -------------------------------------------------------------------------------- */

static void say_some(struct pmt_report *r, struct pmt_labelled *to, const char *id, uint64_t n)
{
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, n))};
    if (n)
        pmt_say(to, pmt_report_text(r, id, v, 1), NULL);
}

void pmt_report_say_slow(struct pmt_report *r, struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    const struct pmt_slowness *s = p->slow;
    uint64_t n = s->slow + s->left + p->numbers.failed;
    struct pmt_value old[] = {PMT_V("old", pmt_report_percent(r, s->bad_before,
                                                              s->requests_before))};
    struct pmt_value v[] = {
        PMT_V("n", pmt_report_count(r, n)), PMT_V("all", pmt_report_count(r, s->requests)),
        PMT_V("pct", pmt_report_percent(r, n, s->requests)),
        PMT_V("services", pmt_report_services(r, p)), step_value(r, s),
        PMT_V("before", s->requests_before ? pmt_report_text(r, "impact-slow-before", old, 1)
                                           : "")};
    pmt_say(to, pmt_report_text(r, s->step ? "impact-slow" : "impact-left", v, PMT_COUNT(v)),
            NULL);
    say_some(r, to, "impact-slow-left", s->left < n ? s->left : 0);
    say_some(r, to, "impact-slow-failed", p->numbers.failed);
    pmt_report_say_clients(r, to, &p->numbers, true);
}

static bool clearly_more(int64_t now, int64_t old)
{
    return old >= 0 && now >= TIMES * old && now - old >= LONGER;
}

void pmt_report_say_took(struct pmt_report *r, struct pmt_labelled *to)
{
    const struct pmt_percentiles *a = &r->incident->before, *b = &r->incident->during;
    if (!clearly_more(b->p50, a->p50) && !clearly_more(b->p95, a->p95))
        return;
    struct pmt_value v[] = {PMT_V("old", took_text(r, a->p50)), PMT_V("now", took_text(r, b->p50)),
                            PMT_V("old95", took_text(r, a->p95)),
                            PMT_V("now95", took_text(r, b->p95))};
    pmt_say(to, pmt_report_text(r, "impact-took", v, PMT_COUNT(v)), NULL);
}

/* ---- around errors ------------------------------------------------------------------------- */

void pmt_report_tell_slow(struct pmt_builder *b)
{
    struct pmt_report *r = b->r;
    const struct pmt_incident *p = r->incident;
    const struct pmt_slowness *s = p->slow;
    if (!s || p->kind == PMT_INCIDENT_SLOW || !s->first)
        return;
    bool lead = s->from < p->start;
    struct pmt_value v[] = {
        PMT_V("from", pmt_report_beside(r, s->from, s->to)),
        PMT_V("to", pmt_report_beside(r, s->to, s->from)),
        PMT_V("n", pmt_report_count(r, s->slow + s->left)),
        PMT_V("all", pmt_report_count(r, s->requests)),
        step_value(r, s)};
    const char *id = s->step ? lead ? "slow-lead" : "slow-tail" : lead ? "left-lead" : "left-tail";
    struct pmt_event_entry *e =
        pmt_report_entry(r, lead ? s->from : s->to, p->decimals, lead ? "slow_start" : "slow_end",
                         pmt_report_text(r, id, v, PMT_COUNT(v)), 95);
    e->time_known = PMT_ESTIMATED;
    pmt_report_cite_bad(r, b->in, lead ? s->first : s->last, !lead, p->decimals, &e->cites);
}

/* ---- annex --------------------------------------------------------------------------------- */

static void took_row(struct pmt_report *r, struct pmt_table *t, const char *when,
                     const struct pmt_percentiles *p)
{
    if (!p->n)
        return;
    struct pmt_row *x = pmt_report_row(t);
    x->cells[0] = when;
    x->cells[1] = pmt_report_count(r, p->n);
    x->cells[2] = took_text(r, p->p50);
    x->cells[3] = took_text(r, p->p95);
    x->cells[4] = took_text(r, p->p99);
}

void pmt_report_took_table(struct pmt_report *r)
{
    static const char *const heads[] = {"When", "Requests", "p50", "p95", "p99", NULL};
    static const char *const none[] = {NULL};
    const struct pmt_incident *p = r->incident;
    const char *title = "How long requests took";
    if (!p || !p->flow)
        return;
    if (!p->before.n && !p->during.n && !p->after.n) {
        pmt_report_table(r, title, pmt_report_text(r, "annex-no-times", NULL, 0), none);
        return;
    }
    struct pmt_table *t =
        pmt_report_table(r, title, pmt_report_text(r, "annex-took", NULL, 0), heads);
    took_row(r, t, "before", &p->before);
    took_row(r, t, "during", &p->during);
    took_row(r, t, "after", &p->after);
}
