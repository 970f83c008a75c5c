#include "report_parts.h"

enum { BURSTS_NAMED = 3 }; /* and the last */

/* One bullet for all of them: what ends them all and what starts each is told by others. */
static void tell_bursts(struct pmt_builder *b)
{
    const struct pmt_incident *p = b->r->incident;
    struct pmt_buf list = {0};
    size_t n = 0, left = 0;
    for (size_t i = 0; i + 1 < p->nphases; i++) {
        if (p->phases[i].kind != PMT_PHASE_WELL)
            continue;
        bool last = ++n + 1 == p->bursts;
        if (n > BURSTS_NAMED && !last) {
            left++;
            continue;
        }
        if (left)
            pmt_buf_printf(&list, ", %zu more", left);
        pmt_buf_puts(&list, n == 1 ? "" : last ? " and " : ", ");
        pmt_buf_puts(&list, pmt_report_beside(b->r, p->phases[i + 1].from, p->phases[0].to));
    }
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(b->r, p->bursts)),
                            PMT_V("list", pmt_report_keep(b->r, &list))};
    pmt_report_entry(b->r, p->phases[0].to, p->decimals, "phase",
                     pmt_report_text(b->r, "burst-ends", v, 2), 96)->time_known = PMT_ESTIMATED;
}

/* Did nearly everything fail again, from the i-th phase on? */
static bool worse_again(const struct pmt_incident *p, size_t i)
{
    for (; i < p->nphases; i++)
        if (p->phases[i].kind == PMT_PHASE_FULL || p->phases[i].kind == PMT_PHASE_NO_DATA)
            return true;
    return false;
}

static void tell_phases(struct pmt_builder *b)
{
    const struct pmt_incident *p = b->r->incident;
    if (p->bursts) {
        tell_bursts(b);
        return;
    }
    for (size_t i = 1; i < p->nphases; i++) {
        const struct pmt_phase *old = &p->phases[i - 1], *now = &p->phases[i];
        if (!old->requests || !now->requests)
            continue;
        struct pmt_value v[] = {
            PMT_V("old", pmt_report_percent(b->r, old->failed, old->requests)),
            PMT_V("pct", pmt_report_percent(b->r, now->failed, now->requests))};
        bool rose = (double)now->failed * (double)old->requests >
                    (double)old->failed * (double)now->requests;
        bool eased = old->kind == PMT_PHASE_FULL && now->kind == PMT_PHASE_PARTIAL && !rose;
        bool last = eased && !worse_again(p, i + 1);
        const char *id = last ? "phase-mitigated" : rose ? "phase-rose" : "phase-fell";
        struct pmt_event_entry *e =
            pmt_report_entry(b->r, now->from, 0, "phase", pmt_report_text(b->r, id, v, 2),
                             last ? 97 : eased && i < 4 ? 91 : i < 4 ? 88 : 20);
        e->time_known = PMT_ESTIMATED;
    }
}

/* "; last success before it at 08:43:12": where few requests leave the edge open. The annex and
 * --format json have it always. */
static const char *bound(struct pmt_builder *b, const char *id, int64_t good, int64_t edge)
{
    if (good == PMT_NO_TIME || (good - edge < PMT_OPEN_EDGE && edge - good < PMT_OPEN_EDGE))
        return "";
    struct pmt_value v[] = {PMT_V("at", pmt_report_beside(b->r, good, edge))};
    return pmt_report_text(b->r, id, v, 1);
}

/* nginx writes a line when the request has ended: what waited for an answer has a later stamp. */
static const char *logged(struct pmt_builder *b, const struct pmt_badsec *of, bool last)
{
    struct pmt_record rec;
    if (!of || !pmt_report_read_bad(b->in, of, last, &rec) || rec.start_known ||
        rec.duration_us < 2 * PMT_SECOND)
        return "";
    struct pmt_value v[] = {PMT_V("length", pmt_report_length(b->r, rec.duration_us))};
    return pmt_report_text(b->r, "logged-late", v, 1);
}

static struct pmt_value scope(struct pmt_builder *b, bool window)
{
    return PMT_V("scope", pmt_report_text(b->r, window ? "scope-window" : "scope-logs", NULL, 0));
}

/* "impact-start-connections": of what lines tell that are no requests. */
static const char *of_lines(struct pmt_builder *b, const char *id, bool before)
{
    const char *trouble = pmt_report_trouble(b->r->incident);
    return pmt_arena_printf(b->r->arena, "%s-%s%s", id, trouble, before ? "-before" : "");
}

/* Does it begin (or end) with a time in which no request is logged? */
static bool silent_at(const struct pmt_incident *p, bool end)
{
    return p->nphases && p->phases[end ? p->nphases - 1 : 0].kind == PMT_PHASE_NO_DATA;
}

static void tell_start(struct pmt_builder *b)
{
    const struct pmt_incident *p = b->r->incident;
    struct pmt_value v[] = {
        PMT_V("services", pmt_report_services(b->r, p)),
        PMT_V("before", bound(b, "success-before", p->good_before, p->start)),
        PMT_V("logged", logged(b, p->first, false)),
        scope(b, pmt_report_cut_before(b->r, b->in))};
    bool server = p->kind == PMT_INCIDENT_NO_SERVER, silent = silent_at(p, false);
    bool slow = p->kind == PMT_INCIDENT_SLOW;
    const char *id = slow ? p->began_before ? "impact-start-slow-before" : "impact-start-slow"
                     : silent ? p->began_before ? "impact-start-silence-before"
                                              : "impact-start-silence"
                     : pmt_report_trouble(p) ? of_lines(b, "impact-start", p->began_before)
                     : p->began_before
                         ? server ? "impact-start-server-before" : "impact-start-before"
                     : server ? "impact-start-server" : "impact-start";
    const char *text = pmt_report_text(b->r, id, v, PMT_COUNT(v));
    if (pmt_report_logged_late(b->r, b->in))
        text = pmt_arena_printf(b->r->arena, "%s %s", text,
                                pmt_report_text(b->r, "late-status", NULL, 0));
    struct pmt_event_entry *e =
        pmt_report_entry(b->r, p->start, p->decimals, "impact_start", text, 100);
    e->time_known = p->began_before ? PMT_AT_OR_BEFORE : PMT_ESTIMATED;
    e->order = (struct pmt_place){0, 0}; /* before what happened in the same second */
    if (silent)
        pmt_report_cite_place(b->r, b->in, p->silent_from, p->start,
                              b->in->sources[p->silent_from.source].host, &e->cites);
    else if (p->first)
        pmt_report_cite_bad(b->r, b->in, p->first, false, p->decimals, &e->cites);
    else
        pmt_report_cite_fact(b->r, b->in, p->fact, &e->cites);
}

static void tell_end(struct pmt_builder *b)
{
    const struct pmt_incident *p = b->r->incident;
    struct pmt_value v[] = {
        PMT_V("services", pmt_report_services(b->r, p)),
        PMT_V("after", bound(b, "success-after", p->good_after, p->end)),
        PMT_V("logged", logged(b, p->last, true)),
        scope(b, pmt_report_cut_after(b->r, b->in))};
    bool server = p->kind == PMT_INCIDENT_NO_SERVER, silent = silent_at(p, true);
    bool slow = p->kind == PMT_INCIDENT_SLOW;
    const char *id = slow ? p->ongoing ? "impact-ongoing-slow" : "impact-end-slow"
                     : silent ? p->ongoing ? "impact-ongoing-silence" : "impact-end-silence"
                     : pmt_report_trouble(p)
                         ? of_lines(b, p->ongoing ? "impact-ongoing" : "impact-end", false)
                     : p->ongoing ? server ? "impact-ongoing-server" : "impact-ongoing"
                     : server   ? "impact-end-server" : "impact-end";
    struct pmt_event_entry *e = pmt_report_entry(b->r, p->end, p->decimals, "impact_end",
                                      pmt_report_text(b->r, id, v, PMT_COUNT(v)), 100);
    e->time_known = PMT_ESTIMATED;
    if (silent)
        pmt_report_cite_place(b->r, b->in, p->silent_to, p->end,
                              b->in->sources[p->silent_to.source].host, &e->cites);
    else if (p->last)
        pmt_report_cite_bad(b->r, b->in, p->last, true, p->decimals, &e->cites);
    else
        pmt_report_cite_fact(b->r, b->in, p->fact_end, &e->cites);
}

void pmt_report_tell_impact(struct pmt_builder *b)
{
    tell_start(b);
    tell_phases(b);
    pmt_report_tell_slow(b);
    tell_end(b);
}
