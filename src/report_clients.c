#include "report_parts.h"

#include <math.h>
#include <stdlib.h>

/* Who was hit: client addresses, which are not people. */

enum {
    MORE = 120,   /* % of those that saw a failure: so many more are worth a sentence, */
    POINTS = 5,   /* and so many % of all */
};

/* " (±2.1 points)": two standard errors of a share that a sample of so many clients shows. */
static const char *error_text(struct pmt_report *r, const struct pmt_numbers *k)
{
    double n = (double)k->clients_sample, p = (double)k->clients_affected / (double)k->clients;
    if (!k->clients_sample)
        return "";
    double points = 200 * sqrt(p * (1 - p) / n);
    struct pmt_value v[] = {
        PMT_V("n", pmt_arena_printf(r->arena, "%.1f", points < 0.1 ? 0.1 : points))};
    return pmt_report_text(r, "sample-error", v, 1);
}

void pmt_report_say_clients(struct pmt_report *r, struct pmt_labelled *to,
                            const struct pmt_numbers *k, bool slow)
{
    if (!k->clients)
        return;
    struct pmt_value v[] = {
        PMT_V("affected", pmt_report_count(r, k->clients_affected)),
        PMT_V("all", pmt_report_count(r, k->clients)),
        PMT_V("pct", pmt_report_percent(r, k->clients_affected, k->clients)),
        PMT_V("error", error_text(r, k))};
    const char *id = slow ? k->clients_sample       ? "impact-slow-clients-sample"
                            : k->clients_estimated ? "impact-slow-clients-about"
                                                    : "impact-slow-clients"
                     : k->clients_sample       ? "impact-clients-sample"
                     : k->clients_estimated    ? "impact-clients-about"
                                               : "impact-clients";
    pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), NULL);
}

void pmt_report_find_hurt(struct pmt_report *r)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_hurt *h = &r->hurt;
    if (!p || !p->flow || p->kind == PMT_INCIDENT_SLOW || !p->numbers.clients)
        return;
    struct pmt_slow_step step = pmt_slow_step(p->flow);
    struct pmt_flow view = {0};
    if (!step.sorts || !step.step)
        return;
    pmt_flow_copy_slow(&view, p->flow, step.sorts);
    h->step = step.step;
    h->numbers = pmt_numbers_between(&view, p->start / PMT_SECOND, p->end / PMT_SECOND);
    pmt_flow_fini(&view);
}

void pmt_report_say_hurt(struct pmt_report *r, struct pmt_labelled *to)
{
    const struct pmt_numbers *k = &r->incident->numbers, *h = &r->hurt.numbers;
    if (!r->hurt.step || !h->clients ||
        h->clients_affected * 100 < k->clients_affected * MORE ||
        (h->clients_affected - k->clients_affected) * 100 < h->clients * POINTS)
        return;
    struct pmt_value v[] = {
        PMT_V("affected", pmt_report_count(r, h->clients_affected)),
        PMT_V("all", pmt_report_count(r, h->clients)),
        PMT_V("pct", pmt_report_percent(r, h->clients_affected, h->clients)),
        PMT_V("step", pmt_report_duration(r, r->hurt.step)),
        PMT_V("about", h->clients_estimated ? pmt_report_text(r, "hurt-about", NULL, 0) : "")};
    pmt_say(to, pmt_report_text(r, "impact-hurt", v, PMT_COUNT(v)), NULL);
}
