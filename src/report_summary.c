#include "report_parts.h"

#include <stdlib.h>

/* ---- duration --------------------------------------------------------------------------- */

static const char *local_time(struct pmt_report *r, const struct pmt_report_input *in, int64_t t)
{
    const char *local = pmt_report_local(r, in, t, false);
    return local[0] ? pmt_arena_printf(r->arena, " (%s)", local) : "";
}

/* How much of it there were failures. */
static void say_bursts(struct pmt_report *r, struct pmt_labelled *to, const struct pmt_incident *p)
{
    struct pmt_phase bad = pmt_incident_failing(p);
    int64_t pause = 0;
    for (size_t i = 0; i < p->nphases; i++) {
        const struct pmt_phase *x = &p->phases[i];
        if (x->kind == PMT_PHASE_WELL && x->to - x->from > pause)
            pause = x->to - x->from;
    }
    struct pmt_value v[] = {
        PMT_V("n", pmt_report_count(r, p->bursts)),
        PMT_V("length", pmt_report_duration(r, pmt_whole(bad.from, bad.to))),
        PMT_V("failed", pmt_report_count(r, bad.failed)),
        PMT_V("all", pmt_report_count(r, bad.requests)),
        PMT_V("pct", pmt_report_percent(r, bad.failed, bad.requests)),
        PMT_V("left", pmt_report_length(r, pmt_whole(0, pause)))};
    pmt_say(to, pmt_report_text(r, "bursts", v, PMT_COUNT(v)), NULL);
}

static void say_phases(struct pmt_report *r, struct pmt_labelled *to, const struct pmt_incident *p)
{
    if (p->bursts) {
        say_bursts(r, to, p);
        return;
    }
    if (p->nphases < 2 || p->nphases > 6)
        return;
    struct pmt_buf list = {0};
    for (size_t i = 0; i < p->nphases; i++) {
        const struct pmt_phase *ph = &p->phases[i];
        struct pmt_value v[] = {
            PMT_V("length", pmt_report_length(r, pmt_whole(ph->from, ph->to))),
            PMT_V("pct", pmt_report_percent(r, ph->failed, ph->requests))};
        if (i)
            pmt_buf_puts(&list, i + 1 == p->nphases ? ", then " : ", ");
        bool silent = ph->kind == PMT_PHASE_NO_DATA;
        pmt_put_phrase(&list, silent ? "phase-silent" : i ? "phase" : "phase-first", v, 2);
    }
    struct pmt_value v[] = {PMT_V("list", pmt_report_keep(r, &list))};
    pmt_say(to, pmt_report_text(r, "phases", v, 1), NULL);
}

/* With little log behind the end, it may not have been the end. A time of which nothing is known
 * was not quiet. */
static void say_quiet(struct pmt_report *r, const struct pmt_report_input *in,
                      struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    int64_t first, last, enough = p->end + 30 * PMT_MINUTE;
    if (p->ongoing || !p->flow || !pmt_flow_span(p->flow, &first, &last))
        return;
    const struct pmt_gap *hole = pmt_report_hole(in, p->end, enough);
    int64_t until = hole ? hole->from : last * PMT_SECOND;
    if (until >= enough || (hole && until - p->end < PMT_MINUTE))
        return; /* with a hole at once that is said of the end */
    struct pmt_value v[] = {
        PMT_V("length", pmt_report_duration(r, until > p->end ? pmt_whole(p->end, until) : 0)),
        PMT_V("to", hole ? pmt_report_beside(r, hole->to, p->end) : "")};
    pmt_say(to, pmt_report_text(r, hole ? "quiet-hole" : "quiet", v, PMT_COUNT(v)), NULL);
}

bool pmt_report_cut_before(const struct pmt_report *r, const struct pmt_report_input *in)
{
    return r->incident->began_before && in->window.since != PMT_NO_TIME &&
           r->first < in->window.since;
}

bool pmt_report_cut_after(const struct pmt_report *r, const struct pmt_report_input *in)
{
    return r->incident->ongoing && in->window.until != PMT_NO_TIME && r->last >= in->window.until;
}

static void say_duration(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_labelled *to = pmt_report_label(r->summary, &r->nsummary, "Duration");
    struct pmt_cites cites = {{0}, 0};
    if (p->first) {
        pmt_report_cite_bad(r, in, p->first, false, p->decimals, &cites);
        pmt_report_cite_bad(r, in, p->last, true, p->decimals, &cites);
    } else if (p->kind == PMT_INCIDENT_SILENCE) {
        pmt_report_cite_silence(r, in, &cites);
    } else {
        pmt_report_cite_fact(r, in, p->fact, &cites);
        pmt_report_cite_fact(r, in, p->fact_end, &cites);
    }
    bool before = pmt_report_cut_before(r, in), after = pmt_report_cut_after(r, in);
    struct pmt_value v[] = {
        PMT_V("scope", pmt_report_text(r, after ? "scope-window" : "scope-logs", NULL, 0)),
        PMT_V("length", pmt_report_duration(r, pmt_whole(p->start, p->end))),
        PMT_V("start", pmt_report_datetime(r, p->start)),
        PMT_V("end", pmt_report_datetime(r, p->end)),
        PMT_V("local-start", local_time(r, in, p->start)),
        PMT_V("local-end", local_time(r, in, p->end)),
    };
    const char *id = p->ongoing        ? "duration-ongoing"
                     : p->began_before ? "duration-open"
                                       : "duration";
    pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), &cites);
    if (p->began_before) {
        const char *begin = before ? "scope-window-begins" : "scope-logs-begin";
        struct pmt_value w[] = {PMT_V("scope", pmt_report_text(r, begin, NULL, 0))};
        pmt_say(to, pmt_report_text(r, "began-before", w, 1), NULL);
    }
    say_phases(r, to, p);
    pmt_report_say_holes(r, in, to);
    say_quiet(r, in, to);
}

/* ---- impact ----------------------------------------------------------------------------- */

/* Observed first: whether none was served or none was logged is not known. */
static void say_silence(struct pmt_report *r, const struct pmt_report_input *in,
                        struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    for (size_t i = 0; i < p->nphases; i++) {
        const struct pmt_phase *x = &p->phases[i];
        if (x->kind != PMT_PHASE_NO_DATA)
            continue;
        struct pmt_value v[] = {PMT_V("from", pmt_report_datetime(r, x->from)),
                                PMT_V("to", pmt_report_beside(r, x->to, x->from)),
                                PMT_V("n", pmt_report_count(r, p->expected))};
        struct pmt_cites cites = {{0}, 0};
        pmt_report_cite_silence(r, in, &cites);
        pmt_say(to, pmt_report_text(r, "impact-silence", v, PMT_COUNT(v)), &cites);
        return;
    }
}

static void say_impact(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    const struct pmt_numbers *k = &p->numbers;
    struct pmt_labelled *to = pmt_report_label(r->summary, &r->nsummary, "Impact");
    struct pmt_value v[PMT_IMPACT_VALUES] = {
        PMT_V("failed", pmt_report_count(r, k->failed)),
        PMT_V("all", pmt_report_count(r, k->requests)),
        PMT_V("pct", pmt_report_percent(r, k->failed, k->requests)),
        PMT_V("services", pmt_report_services(r, p))};
    const char *id = p->kind != PMT_INCIDENT_NO_SERVER            ? NULL
                     : in->counted->layers[PMT_LAYER_HAPROXY] ? "impact-no-burst"
                                                              : "impact-unknown";
    if (p->kind == PMT_INCIDENT_SLOW)
        pmt_report_say_slow(r, to);
    else if (pmt_report_trouble(p))
        pmt_report_say_troubles(r, to);
    else if (p->kind != PMT_INCIDENT_SILENCE)
        pmt_say(to, id ? pmt_report_text(r, id, v, 4) : pmt_report_impact(r, in, v, 4), NULL);
    pmt_report_say_worst(r, to);
    if (p->kind == PMT_INCIDENT_ERRORS) {
        pmt_report_say_checks(r, in, to);
        pmt_report_say_well(r, in, to);
    }
    say_silence(r, in, to);
    if (p->kind != PMT_INCIDENT_SLOW)
        pmt_report_say_clients(r, to, k, false);
    pmt_report_say_hurt(r, to);
    if (k->gave_up && p->kind != PMT_INCIDENT_SLOW) {
        struct pmt_value w[] = {PMT_V("n", pmt_report_count(r, k->gave_up))};
        pmt_say(to, pmt_report_text(r, k->gave_up == 1 ? "impact-gave-up-one"
                                                       : "impact-gave-up", w, 1), NULL);
    }
    pmt_report_say_took(r, to);
    pmt_report_say_retries(r, in, to);
    pmt_report_ask(r, to, PMT_NOTE_IMPACT, "todo-impact", NULL);
}

/* ---- hypothesis ------------------------------------------------------------------------- */

const char *pmt_report_when(struct pmt_report *r, int64_t t)
{
    int64_t after = pmt_whole(r->incident->start, t);
    struct pmt_value v[] = {PMT_V("length", pmt_report_length(r, llabs(after)))};
    const char *id = !after ? "when-same" : after > 0 ? "when-after" : "when-before";
    return pmt_report_text(r, id, v, 1);
}

static void ask_cause(struct pmt_report *r, const struct pmt_report_input *in,
                      struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    unsigned sorts = PMT_SORT_SYSTEM | PMT_SORT_BALANCER | (p ? 0 : PMT_SORT_REQUESTS);
    const char *left = pmt_report_without(r, in, sorts, p ? p->start - PMT_HOUR : r->first,
                                          p ? p->end : r->last, true);
    struct pmt_value v[] = {PMT_V("left", left)};
    pmt_say(to, pmt_report_text(r, *left ? "todo-cause-part" : "todo-cause-none", v, 1), NULL);
}

static const char *left_with(struct pmt_report *r, int64_t active)
{
    if (active < 0)
        return "";
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, (uint64_t)active))};
    return pmt_report_text(r, active == 0 ? "with-none" : active == 1 ? "with-one" : "with", v, 1);
}

/* What the hypothesis rests on must be a bullet, too. */
static void show(struct pmt_report *r, const struct pmt_cites *c)
{
    for (size_t i = 0; i < r->ntimeline && c->n; i++) {
        struct pmt_event_entry *e = &r->timeline[i];
        for (unsigned k = 0; k < e->cites.n; k++)
            if (e->cites.v[k] == c->v[0] && e->rank < 94)
                e->rank = 94;
    }
}

/* Of many days the length alone says little. */
#define LONG_OUT (7 * PMT_DAY)

static const char *since(struct pmt_report *r, const struct pmt_removal *x)
{
    struct pmt_value at[] = {PMT_V("at", pmt_report_datetime(r, x->from))};
    return r->incident->start - x->from < LONG_OUT ? "" : pmt_report_text(r, "since-day", at, 1);
}

/* By the start another had left its backend without a server: what x left is no news then. */
static bool none_left_soon(const struct pmt_report *r, const struct pmt_report_input *in,
                           const struct pmt_removal *x)
{
    for (size_t i = 0; i < in->findings->nremovals; i++) {
        const struct pmt_removal *y = &in->findings->removals[i];
        if (y != x && y->out && y->out->mark->active_left == 0 && y->from > x->from &&
            y->from <= r->incident->start + PMT_MINUTE && pmt_slice_eq(y->backend, x->backend))
            return true;
    }
    return false;
}

static void say_removal(struct pmt_report *r, const struct pmt_report_input *in,
                        const struct pmt_removal *x, struct pmt_labelled *to)
{
    struct pmt_cites c = {{0}, 0};
    struct pmt_value of[] = {PMT_C("backend", x->backend)};
    struct pmt_value v[] = {
        PMT_C("server", x->server), PMT_C("backend", x->backend),
        PMT_V("of", x->backend.n ? pmt_report_text(r, "of-backend", of, 1) : ""),
        PMT_V("none", pmt_report_none(r, x)),
        PMT_V("since", since(r, x)),
        PMT_V("length", pmt_report_out_for(r, x, pmt_whole(x->from, r->incident->start))),
        PMT_V("left", x->out && !none_left_soon(r, in, x)
                          ? left_with(r, x->out->mark->active_left) : "")};
    if (x->out)
        pmt_report_cite_fact(r, in, x->out, &c);
    else
        pmt_report_cite_removal(r, in, x, &c);
    pmt_say(to, pmt_report_text(r, x->out ? "cause-removal" : "cause-no-traffic", v, PMT_COUNT(v)),
            &c);
    show(r, &c);
}

static bool is_symptom(const struct pmt_fact *f)
{
    return f->mark->event == PMT_EV_UPSTREAM || f->mark->event == PMT_EV_NO_SERVER;
}

/* A change just before the start is told before what came after it, and before what only tells that
 * requests failed; beside a removal when it was not that change. */
static const struct pmt_fact *change_to_tell(const struct pmt_report *r,
                                             const struct pmt_report_input *in,
                                             const struct pmt_removal *x,
                                             const struct pmt_fact *event)
{
    const struct pmt_fact *f = pmt_report_change_before(r, in);
    if (!f || (event && event->t < f->t && !is_symptom(event)) ||
        (x && llabs(x->from - f->t) < 2 * PMT_MINUTE))
        return NULL;
    return f;
}

static void say_change(struct pmt_report *r, const struct pmt_report_input *in,
                       const struct pmt_fact *f, struct pmt_labelled *to)
{
    struct pmt_cites c = {{0}, 0};
    int64_t before = pmt_whole(f->t, r->incident->start);
    struct pmt_value w[] = {PMT_V("length", pmt_report_length(r, before))};
    struct pmt_value v[] = {
        PMT_V("sentence", pmt_report_sentence(r, in, f)),
        PMT_V("when", pmt_report_text(r, before ? "when-change" : "when-change-same", w, 1))};
    pmt_report_cite_fact(r, in, f, &c);
    pmt_say(to, pmt_report_text(r, to->n ? "cause-change-seen" : "cause-change", v, 2), &c);
    show(r, &c);
}

static void say_hypothesis(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_labelled *to = pmt_report_label(r->summary, &r->nsummary, "Root cause");
    const struct pmt_removal *x = pmt_report_standing(r, in);
    const struct pmt_fact *event = pmt_report_gravest(r, in);
    if (x && r->incident->start - x->from >= PMT_SECOND)
        say_removal(r, in, x, to);
    const struct pmt_fact *change = change_to_tell(r, in, x, event);
    if (change)
        say_change(r, in, change, to);
    if (event) {
        struct pmt_cites c = {{0}, 0};
        struct pmt_value v[] = {PMT_V("sentence", pmt_report_sentence(r, in, event)),
                                PMT_V("when", pmt_report_when(r, event->t))};
        pmt_report_cite_fact(r, in, event, &c);
        pmt_say(to, pmt_report_text(r, to->n ? "cause-seen" : "cause-event", v, 2), &c);
        show(r, &c);
    }
    struct pmt_share_rise rise;
    if (!to->n && pmt_report_share_rise(r, in, &rise))
        pmt_say(to, pmt_report_rise_text(r, &rise, "cause-rise"), NULL);
    if (to->n) {
        pmt_report_ask(r, to, PMT_NOTE_CAUSE, "todo-cause", NULL);
    } else {
        pmt_report_ask(r, to, PMT_NOTE_CAUSE, NULL, NULL);
        ask_cause(r, in, to);
    }
}

/* ---- the whole -------------------------------------------------------------------------- */

void pmt_report_summary(struct pmt_report *r, const struct pmt_report_input *in)
{
    say_duration(r, in);
    say_impact(r, in);
    say_hypothesis(r, in);
}

/* What was counted in the window, or altogether. */
static void say_counted(struct pmt_report *r, const struct pmt_report_input *in,
                        struct pmt_labelled *to)
{
    int64_t first, last;
    if (!in->counted->n || !pmt_flow_span(in->counted->total, &first, &last)) {
        pmt_say(to, pmt_report_text(r, "none-nothing-counted", NULL, 0), NULL);
        pmt_report_say_slo_none(r, in, to, &(struct pmt_numbers){0});
        return;
    }
    if (in->window.since != PMT_NO_TIME && in->window.since / PMT_SECOND > first)
        first = (in->window.since + PMT_SECOND - 1) / PMT_SECOND;
    if (in->window.until != PMT_NO_TIME && (in->window.until - 1) / PMT_SECOND < last)
        last = (in->window.until - 1) / PMT_SECOND;
    struct pmt_numbers k = pmt_requests_between(in->counted->total, first, last);
    struct pmt_value v[] = {PMT_V("failed", pmt_report_count(r, k.failed)),
                            PMT_V("all", pmt_report_count(r, k.requests)),
                            PMT_V("pct", pmt_report_percent(r, k.failed, k.requests))};
    const char *id = k.requests ? "none-requests" : "none-no-requests";
    pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), NULL);
    pmt_report_say_slo_none(r, in, to, &k);
}

static void say_none(struct pmt_report *r, const struct pmt_report_input *in,
                     struct pmt_labelled *to)
{
    bool window = in->window.since != PMT_NO_TIME || in->window.until != PMT_NO_TIME;
    struct pmt_value w[] = {PMT_V("from", pmt_report_edge(r, in->window.since)),
                            PMT_V("to", pmt_report_edge(r, in->window.until))};
    pmt_say(to, pmt_report_text(r, window ? "none-window" : "none-duration", w, 2), NULL);
    if (r->first == PMT_NO_TIME)
        return;
    struct pmt_value v[] = {PMT_V("from", pmt_report_datetime(r, r->first)),
                            PMT_V("to", pmt_report_datetime(r, r->last)),
                            PMT_V("left", pmt_report_without(r, in, PMT_SORT_REQUESTS, r->first,
                                                             r->last, true))};
    pmt_say(to, pmt_report_text(r, window ? "none-span-window" : "none-span", v, 3), NULL);
}

void pmt_report_summary_none(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_labelled *to = pmt_report_label(r->summary, &r->nsummary, "Duration");
    say_none(r, in, to);
    to = pmt_report_label(r->summary, &r->nsummary, "Impact");
    say_counted(r, in, to);
    pmt_report_say_no_troubles(r, in, to);
    if (in->findings->n) {
        struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, in->findings->n))};
        pmt_say(to, pmt_report_text(r, "none-low", v, 1), NULL);
    }
    to = pmt_report_label(r->summary, &r->nsummary, "Root cause");
    ask_cause(r, in, to);
    to = pmt_report_label(r->cause, &r->ncause, "Observed.");
    bool window = in->window.since != PMT_NO_TIME || in->window.until != PMT_NO_TIME;
    pmt_say(to, pmt_report_text(r, window ? "none-in-window" : "none-duration", NULL, 0), NULL);
    pmt_report_say_unseen(r, in, to);
}
