#include "report_parts.h"

/* What lines tell that are no requests. */

enum { HOUR = 3600, LINES_MIN = 20 };

const char *pmt_report_trouble(const struct pmt_incident *p)
{
    return p->kind == PMT_INCIDENT_UPSTREAM      ? "upstream"
           : p->kind == PMT_INCIDENT_CONNECTIONS ? "connections"
                                                 : NULL;
}

const char *pmt_report_trouble_title(const struct pmt_incident *p)
{
    return p->kind == PMT_INCIDENT_UPSTREAM ? "upstream errors, by error lines alone,"
                                            : "failing TLS handshakes";
}

void pmt_report_say_troubles(struct pmt_report *r, struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    uint64_t clients = p->numbers.clients_affected; /* one is a balancer, or hardly tells */
    struct pmt_value w[] = {PMT_V("n", pmt_report_count(r, clients))};
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, p->lines)),
                            PMT_V("services", pmt_report_services(r, p)),
                            PMT_V("from",
                                  clients > 1 ? pmt_report_text(r, "from-clients", w, 1) : ""),
                            PMT_V("all", pmt_report_count(r, p->numbers.requests)),
                            PMT_V("usual", pmt_report_count(r, p->expected))};
    const char *id = pmt_arena_printf(r->arena, "impact-%s", pmt_report_trouble(p));
    pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), NULL);
}

/* ---- where no incident was found ----------------------------------------------------------- */

/* The start of the clock hour that has most of them in the window. */
static int64_t worst_hour(struct pmt_flow *f, int64_t from, int64_t to, uint64_t *most)
{
    struct pmt_series_iter it = pmt_series_iter_from(&f->series, from);
    struct pmt_counts c;
    int64_t sec, hour = INT64_MIN, best = INT64_MIN;
    uint64_t n = 0;
    *most = 0;
    while (pmt_series_next(&it, &sec, &c) && sec <= to) {
        int64_t at = sec / HOUR - (sec % HOUR < 0);
        if (sec < from)
            continue;
        n = at == hour ? n + c.c[PMT_BAD] : c.c[PMT_BAD];
        hour = at;
        if (n > *most) {
            *most = n;
            best = hour * HOUR;
        }
    }
    return best;
}

static const char *requests_in(struct pmt_report *r, const struct pmt_report_input *in,
                               int64_t from)
{
    struct pmt_flow *all = in->counted->n ? in->counted->total : NULL;
    return pmt_report_count(r, all ? pmt_requests_between(all, from, from + HOUR - 1).requests : 0);
}

static void say_one(struct pmt_report *r, const struct pmt_report_input *in,
                    struct pmt_labelled *to, struct pmt_counted_trouble *t)
{
    const struct pmt_window *w = &in->window;
    int64_t from = w->since == PMT_NO_TIME ? t->from : w->since / PMT_SECOND;
    int64_t until = w->until == PMT_NO_TIME ? t->to : (w->until - 1) / PMT_SECOND;
    uint64_t most, n = pmt_requests_between(&t->flow, from, until).failed;
    int64_t hour = worst_hour(&t->flow, from, until, &most);
    if (n < LINES_MIN)
        return;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, n)), PMT_C("services", t->name),
                            PMT_V("at", pmt_report_datetime(r, hour * PMT_SECOND)),
                            PMT_V("more", pmt_report_count(r, most)),
                            PMT_V("all", requests_in(r, in, hour)),
                            PMT_V("before", requests_in(r, in, hour - HOUR)),
                            PMT_V("after", requests_in(r, in, hour + HOUR))};
    const char *id = t->sort == PMT_TROUBLE_UPSTREAM ? "none-upstream" : "none-connections";
    pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), NULL);
}

void pmt_report_say_no_troubles(struct pmt_report *r, const struct pmt_report_input *in,
                                struct pmt_labelled *to)
{
    for (size_t i = 0; i < in->counted->ntroubles; i++)
        say_one(r, in, to, &in->counted->troubles[i]);
}
