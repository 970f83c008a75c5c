#include "report_parts.h"

void pmt_report_cite_removal(struct pmt_report *r, const struct pmt_report_input *in,
                             const struct pmt_removal *x, struct pmt_cites *cites)
{
    pmt_report_cite_fact(r, in, x->out, cites);
    pmt_report_cite_fact(r, in, x->back, cites);
    if (x->out)
        return;
    pmt_report_cite_place(r, in, x->before, x->from, x->host, cites);
    if (!x->back) /* that line says when */
        pmt_report_cite_place(r, in, x->behind, x->to, x->host, cites);
}

struct pmt_value pmt_report_pool(struct pmt_report *r, const struct pmt_removal *x)
{
    return x->backend.n ? PMT_C("backend", x->backend)
                        : PMT_V("backend", pmt_report_text(r, "its-pool", NULL, 0));
}

const char *pmt_report_none(struct pmt_report *r, const struct pmt_removal *x)
{
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, x->requests))};
    return pmt_report_text(r, x->requests ? "few-requests" : "no-request", v, 1);
}

const char *pmt_report_out_for(struct pmt_report *r, const struct pmt_removal *x, int64_t length)
{
    const char *text = pmt_report_length(r, length);
    return x->began_before
               ? pmt_arena_printf(r->arena, "%s%s", pmt_report_text(r, "at-least", NULL, 0), text)
               : text;
}

/* Servers that came back without a line about it. */
static void tell_return(struct pmt_builder *b, const struct pmt_removal *x)
{
    int64_t length = pmt_whole(x->from, x->to);
    struct pmt_value after[] = {PMT_V("length", pmt_report_out_for(b->r, x, length))};
    struct pmt_value v[] = {
        PMT_C("server", x->server), PMT_V("of", pmt_report_of(b, x->backend)),
        PMT_V("after", pmt_report_text(b->r, "after-out", after, 1))};
    struct pmt_event_entry *e =
        pmt_report_entry(b->r, x->to, 0, "lb_server_state",
                         pmt_report_text(b->r, "server-back-traffic", v, PMT_COUNT(v)), 85);
    e->time_known = PMT_ESTIMATED;
    e->host = x->host;
    if (x->behind.line)
        pmt_report_cite_place(b->r, b->in, x->behind, x->to, x->host, &e->cites);
    else
        pmt_report_cite_fact(b->r, b->in, x->out, &e->cites);
}

/* What was over long before says something only if it still held at the start. */
static int rank_of(const struct pmt_builder *b, const struct pmt_removal *x)
{
    if (pmt_report_stood(b, x))
        return 92;
    return pmt_scope_of(b, x->from) == PMT_LEAD_UP ? 41 : 88;
}

static void tell_silence(struct pmt_builder *b, const struct pmt_removal *x)
{
    struct pmt_value host[] = {PMT_C("host", x->host)};
    struct pmt_value v[] = {
        PMT_C("server", x->server), PMT_V("of", pmt_report_of(b, x->backend)),
        PMT_V("by", x->host.n ? pmt_report_text(b->r, "by-host", host, 1) : ""),
        PMT_V("from", pmt_report_beside(b->r, x->from, x->from)),
        PMT_V("to", x->open ? pmt_report_edge(b->r, PMT_NO_TIME)
                            : pmt_report_beside(b->r, x->to, x->from)),
        PMT_V("none", pmt_report_none(b->r, x)), PMT_V("n", pmt_report_count(b->r, x->count))};
    const char *id = x->flaps          ? "no-traffic-many"
                     : x->began_before ? "no-traffic-before"
                     : x->open         ? "no-traffic-open" : "no-traffic";
    struct pmt_event_entry *e =
        pmt_report_entry(b->r, x->from, 0, "lb_server_state",
                         pmt_report_text(b->r, id, v, PMT_COUNT(v)), rank_of(b, x));
    e->time_known = x->began_before ? PMT_AT_OR_BEFORE : PMT_ESTIMATED;
    e->host = x->host;
    pmt_report_cite_removal(b->r, b->in, x, &e->cites);
}

void pmt_report_tell_removals(struct pmt_builder *b)
{
    const struct pmt_findings *all = b->in->findings;
    for (size_t i = 0; i < all->nremovals; i++) {
        const struct pmt_removal *x = &all->removals[i];
        if (x->pause)
            continue;
        bool concerns = pmt_scope_of(b, x->from) != PMT_OUTSIDE || pmt_report_stood(b, x);
        if (x->kind == PMT_REMOVAL_NO_TRAFFIC && concerns)
            tell_silence(b, x);
        else if (x->inferred && !x->open && !x->back && pmt_scope_of(b, x->to) != PMT_OUTSIDE)
            tell_return(b, x);
    }
}

/* ---- redundancy back --------------------------------------------------------------------- */

static bool overlaps(const struct pmt_incident *p, const struct pmt_removal *x)
{
    return !x->pause && x->from <= p->end && (x->open || x->to >= p->start);
}

bool pmt_report_redundancy(const struct pmt_report_input *in, const struct pmt_incident *p)
{
    for (size_t i = 0; i < in->findings->nremovals; i++)
        if (overlaps(p, &in->findings->removals[i]))
            return true;
    return false;
}

void pmt_report_tell_redundancy(struct pmt_builder *b)
{
    const struct pmt_incident *p = b->r->incident;
    const struct pmt_findings *all = b->in->findings;
    int64_t at = p->redundancy_restored;
    if (at == PMT_NO_TIME || at <= p->start || pmt_scope_of(b, at) == PMT_OUTSIDE ||
        !pmt_report_redundancy(b->in, p))
        return;
    for (size_t i = 0; i < b->r->ntimeline; i++) {
        struct pmt_event_entry *e = &b->r->timeline[i];
        if (strcmp(e->kind, "lb_server_state") == 0 && e->t / PMT_SECOND == at / PMT_SECOND) {
            e->rank = e->rank > 93 ? e->rank : 93;
            return;
        }
    }
    for (size_t i = 0; i < all->nremovals; i++) {
        const struct pmt_removal *x = &all->removals[i];
        if (!overlaps(p, x) || x->to / PMT_SECOND != at / PMT_SECOND)
            continue;
        struct pmt_value v[] = {PMT_V("of", pmt_report_of(b, x->backend))};
        struct pmt_event_entry *e =
            pmt_report_entry(b->r, at, 0, "redundancy",
                             pmt_report_text(b->r, "redundancy-back", v, 1), 89);
        e->time_known = PMT_ESTIMATED;
        e->host = x->host;
        if (x->behind.line)
            pmt_report_cite_place(b->r, b->in, x->behind, x->to, x->host, &e->cites);
        return;
    }
}

/* ---- what does not show ------------------------------------------------------------------ */

/* Does a balancer tell of its servers' states? And does an error log name those that failed? */
static bool names_servers(const struct pmt_facts *f, bool *fails)
{
    bool states = false;
    for (size_t i = 0; i < f->n; i++) {
        states |= f->items[i].mark->kind == PMT_LB_SERVER_STATE && f->items[i].mark->server.n;
        *fails |= f->items[i].mark->event == PMT_EV_UPSTREAM;
    }
    return states;
}

/* The only server of a HAProxy backend that these logs name; NULL when there are more, or none. */
static const struct pmt_use *only_server(const struct pmt_report_input *in,
                                         struct pmt_slice backend)
{
    const struct pmt_use *only = NULL;
    for (size_t i = 0; i < in->counted->nuses; i++) {
        const struct pmt_use *u = &in->counted->uses[i];
        if (u->layer != PMT_LAYER_HAPROXY || !pmt_slice_eq(u->backend, backend))
            continue;
        if (only && !pmt_slice_eq(only->server, u->server))
            return NULL;
        only = u;
    }
    for (size_t i = 0; only && i < in->facts->n; i++) {
        const struct pmt_mark *m = in->facts->items[i].mark;
        if (m->kind == PMT_LB_SERVER_STATE && m->server.n && pmt_slice_eq(m->backend, backend) &&
            !pmt_slice_eq(m->server, only->server))
            return NULL;
    }
    return only;
}

void pmt_report_say_unseen(struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_labelled *to)
{
    bool fails = false, states = names_servers(in->facts, &fails);
    if (!in->counted->nuses) {
        if (states || in->counted->n || fails)
            pmt_say(to, pmt_report_text(r, states ? "observed-states-only" : "observed-no-servers",
                                        NULL, 0), NULL);
        return;
    }
    if (!r->incident || !r->incident->nservices)
        return;
    struct pmt_slice backend = r->incident->services[0];
    const struct pmt_use *only = only_server(in, backend);
    if (!only)
        return;
    struct pmt_value v[] = {PMT_C("backend", pmt_report_service(r, backend)),
                            PMT_C("server", only->server)};
    pmt_say(to, pmt_report_text(r, "observed-one-server", v, PMT_COUNT(v)), NULL);
}
