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
    if (r->improvements.n < IMPROVEMENTS_MAX)
        pmt_lines_add(&r->improvements, pmt_report_text(r, id, NULL, 0));
}

static void measure_removal(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_removal *x = pmt_report_standing(r, in);
    if (!x)
        return;
    struct pmt_cites c = {{0}, 0};
    int64_t length = pmt_whole(x->from, x->open ? r->incident->end : x->to);
    struct pmt_value v[] = {PMT_C("server", x->server), pmt_report_pool(r, x),
                            PMT_V("length", pmt_report_length(r, length))};
    if (x->out)
        pmt_report_cite_fact(r, in, x->out, &c);
    else
        pmt_report_cite_removal(r, in, x, &c);
    improve(r, "improve-redundancy");
    task(r, length >= 15 * PMT_MINUTE ? "task-redundancy" : "task-redundancy-soon", v, PMT_COUNT(v),
         &c);
    if (x->kind == PMT_REMOVAL_MAINTENANCE)
        task(r, "task-maintenance", NULL, 0, &c);
}

static void measure_event(struct pmt_report *r, const struct pmt_report_input *in,
                          enum pmt_event event, const char *better, const char *id)
{
    const struct pmt_fact *f = pmt_report_telling_event(r, in, event, r->incident->end);
    if (!f || r->ntasks + 1 >= TASKS_MAX)
        return;
    struct pmt_cites c = {{0}, 0};
    struct pmt_slice subject = pmt_report_subject(r, in, f->mark);
    struct pmt_value v[] = {
        PMT_V("host", pmt_report_host(r, in, f)),
        subject.n ? PMT_C("subject", subject) : PMT_V("subject", "the process")};
    pmt_report_cite_fact(r, in, f, &c);
    improve(r, better);
    task(r, id, v, PMT_COUNT(v), &c);
}

static void measure_failures(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_cites c = {{0}, 0};
    bool brief = p->end - p->start < 10 * PMT_MINUTE;
    struct pmt_value v[] = {PMT_V("length", brief ? "1 minute" : "5 minutes"),
                            PMT_V("services", pmt_report_services(r, p))};
    if (p->first)
        pmt_report_cite_bad(r, in, p->first, false, p->decimals, &c);
    else if (p->kind == PMT_INCIDENT_SILENCE)
        pmt_report_cite_silence(r, in, &c);
    else
        pmt_report_cite_fact(r, in, p->fact, &c);
    improve(r, p->kind == PMT_INCIDENT_SILENCE ? "improve-silence" : "improve-errors");
    const char *id = p->kind == PMT_INCIDENT_SILENCE ? "task-silence"
                     : p->first                      ? "task-errors"
                                                     : "task-no-server";
    task(r, id, v, PMT_COUNT(v), &c);
}

void pmt_report_measures(struct pmt_report *r, const struct pmt_report_input *in)
{
    if (r->incident) {
        measure_removal(r, in);
        measure_event(r, in, PMT_EV_OOM, "improve-memory", "task-memory");
        measure_event(r, in, PMT_EV_STORAGE, "improve-storage", "task-storage");
        measure_event(r, in, PMT_EV_RESOURCE, "improve-limits", "task-limits");
        measure_event(r, in, PMT_EV_CRASH, "improve-crash", "task-crash");
        measure_event(r, in, PMT_EV_UPSTREAM, "improve-upstream", "task-upstream");
        measure_failures(r, in);
    }
    if (!r->improvements.n)
        pmt_lines_add(&r->improvements, pmt_report_text(r, "todo-improve", NULL, 0));
    task(r, "todo-tasks", NULL, 0, NULL);
}
