#include "report_parts.h"

void pmt_report_cite_removal(struct pmt_report *r, const struct pmt_report_input *in,
                             const struct pmt_removal *x, struct pmt_cites *cites)
{
    pmt_report_cite_fact(r, in, x->out, cites);
    pmt_report_cite_fact(r, in, x->back, cites);
    if (x->out)
        return;
    pmt_report_cite_place(r, in, x->before, x->from, x->host, cites);
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

/* Servers that came back without a line about it. */
static void tell_return(struct pmt_builder *b, const struct pmt_removal *x)
{
    int64_t length = pmt_whole(x->from, x->to);
    struct pmt_value after[] = {PMT_V("length", pmt_report_length(b->r, length))};
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
    if (pmt_scope_of(b, x->from) != PMT_LEAD_UP)
        return 88;
    return x->open || x->to >= b->start ? 92 : 41;
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
        if (x->kind == PMT_REMOVAL_NO_TRAFFIC && pmt_scope_of(b, x->from) != PMT_OUTSIDE)
            tell_silence(b, x);
        else if (x->inferred && !x->open && !x->back && pmt_scope_of(b, x->to) != PMT_OUTSIDE)
            tell_return(b, x);
    }
}
