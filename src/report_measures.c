#include "report_parts.h"

enum { TASKS_MAX = 5, IMPROVEMENTS_MAX = 3 };

static void task(struct pmt_report *r, const char *id, const struct pmt_value *v, size_t n,
                 const struct pmt_cites *cites)
{
    const struct pmt_cites none = {{0}, 0};
    PMT_GROW(r->tasks, r->ntasks, r->captasks);
    r->tasks[r->ntasks++] =
        (struct pmt_sentence){pmt_report_text(r, id, v, n), cites ? *cites : none};
}

static void improve(struct pmt_report *r, const char *id)
{
    const char *text = pmt_report_text(r, id, NULL, 0);
    for (size_t i = 0; i < r->improvements.n; i++)
        if (strcmp(r->improvements.v[i], text) == 0)
            return;
    if (r->improvements.n < IMPROVEMENTS_MAX)
        pmt_lines_add(&r->improvements, text);
}

/* A factor's task, with the line it comes from. */
static void measure_factor(struct pmt_report *r, const struct pmt_report_input *in,
                           const struct pmt_factor *f)
{
    const struct pmt_removal *x = f->removal;
    struct pmt_value v[5];
    size_t n = 0;
    struct pmt_cites c = {{0}, 0};
    if (x) {
        int64_t length = pmt_whole(x->from, x->open ? r->incident->end : x->to);
        v[n++] = PMT_C("server", x->server);
        v[n++] = pmt_report_pool(r, x);
        v[n++] = PMT_V("length", pmt_report_out_for(r, x, length));
        if (x->out)
            pmt_report_cite_fact(r, in, x->out, &c);
        else
            pmt_report_cite_removal(r, in, x, &c);
    } else if (f->fact) {
        struct pmt_slice subject = pmt_report_subject(r, in, f->fact->mark);
        v[n++] = PMT_V("host", pmt_report_host(r, in, f->fact));
        v[n++] = subject.n ? PMT_C("subject", subject) : PMT_V("subject", "the process");
        pmt_report_cite_fact(r, in, f->fact, &c);
    }
    v[n++] = PMT_V("services", pmt_report_services(r, r->incident));
    improve(r, f->improve);
    task(r, f->task, v, n, &c);
    if (x && x->kind == PMT_REMOVAL_MAINTENANCE)
        task(r, "task-maintenance", NULL, 0, &c);
}

/* One task of a sort: two factors may ask for the same. */
static bool asked_before(const struct pmt_report *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (r->factors[k].task && strcmp(r->factors[k].task, r->factors[i].task) == 0)
            return true;
    return false;
}

static void measure_failures(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_cites c = {{0}, 0};
    bool brief = p->end - p->start < 10 * PMT_MINUTE;
    bool slow = p->kind == PMT_INCIDENT_SLOW;
    struct pmt_value v[] = {PMT_V("length", brief ? "1 minute" : "5 minutes"),
                            PMT_V("services", pmt_report_services(r, p)),
                            PMT_V("step", pmt_report_duration(r, slow ? p->slow->step : 0))};
    if (p->first)
        pmt_report_cite_bad(r, in, p->first, false, p->decimals, &c);
    else if (p->kind == PMT_INCIDENT_SILENCE)
        pmt_report_cite_silence(r, in, &c);
    else
        pmt_report_cite_fact(r, in, p->fact, &c);
    improve(r, p->kind == PMT_INCIDENT_SILENCE ? "improve-silence"
               : p->kind == PMT_INCIDENT_CONNECTIONS ? "improve-connections"
               : slow                          ? "improve-waiting"
                                               : "improve-errors");
    const char *id = p->kind == PMT_INCIDENT_SILENCE ? "task-silence"
                     : p->kind == PMT_INCIDENT_UPSTREAM    ? "task-error-lines"
                     : p->kind == PMT_INCIDENT_CONNECTIONS ? "task-connections"
                     : slow && p->slow->step         ? "task-slow-requests"
                     : slow                          ? "task-left-requests"
                     : p->first                      ? "task-errors"
                                                     : "task-no-server";
    task(r, id, v, PMT_COUNT(v), &c);
}

void pmt_report_measures(struct pmt_report *r, const struct pmt_report_input *in)
{
    if (r->incident) {
        /* One place is kept for noticing it. */
        for (size_t i = 0; i < r->nfactors && r->ntasks + 1 < TASKS_MAX; i++)
            if (r->factors[i].task && !asked_before(r, i))
                measure_factor(r, in, &r->factors[i]);
        measure_failures(r, in);
    }
    if (!r->improvements.n)
        pmt_lines_add(&r->improvements, pmt_report_text(r, "todo-improve", NULL, 0));
    task(r, "todo-tasks", NULL, 0, NULL);
}
