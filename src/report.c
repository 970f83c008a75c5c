#include "report_parts.h"

#include <stdlib.h>

/* ---- small words ----------------------------------------------------------------------------- */

const char *pmt_report_text(struct pmt_report *r, const char *id, const struct pmt_value *v, size_t n)
{
    struct pmt_buf b = {0};
    pmt_put_phrase(&b, id, v, n);
    const char *s = pmt_arena_printf(r->arena, "%s", b.data ? b.data : "");
    pmt_buf_fini(&b);
    return s;
}

static const char *keep(struct pmt_report *r, struct pmt_buf *b)
{
    const char *s = pmt_arena_printf(r->arena, "%s", b->data ? b->data : "");
    pmt_buf_fini(b);
    return s;
}

const char *pmt_report_datetime(struct pmt_report *r, int64_t t)
{
    struct pmt_buf b = {0};
    pmt_put_datetime(&b, t);
    return keep(r, &b);
}

const char *pmt_report_duration(struct pmt_report *r, int64_t us)
{
    struct pmt_buf b = {0};
    pmt_put_duration(&b, us);
    return keep(r, &b);
}

const char *pmt_report_count(struct pmt_report *r, uint64_t n)
{
    struct pmt_buf b = {0};
    pmt_put_count(&b, n);
    return keep(r, &b);
}

const char *pmt_report_percent(struct pmt_report *r, uint64_t part, uint64_t whole)
{
    struct pmt_buf b = {0};
    pmt_put_percent(&b, part, whole);
    return keep(r, &b);
}

void pmt_lines_add(struct pmt_lines *l, const char *text)
{
    PMT_GROW(l->v, l->n, l->cap);
    l->v[l->n++] = text;
}

void pmt_say(struct pmt_labelled *to, const char *text, const struct pmt_cites *cites)
{
    PMT_GROW(to->sentences, to->n, to->cap);
    to->sentences[to->n++] = (struct pmt_sentence){text, cites ? *cites : (struct pmt_cites){{0}, 0}};
}

/* ---- evidence -------------------------------------------------------------------------------- */

void pmt_cites_add(struct pmt_cites *c, uint32_t evidence)
{
    for (unsigned i = 0; i < c->n; i++)
        if (c->v[i] == evidence)
            return;
    if (c->n < PMT_CITES_MAX)
        c->v[c->n++] = evidence;
}

uint32_t pmt_report_cite(struct pmt_report *r, const struct pmt_report_input *in, uint32_t source,
                         uint64_t line, int64_t t, uint8_t decimals, struct pmt_slice host,
                         uint64_t count, struct pmt_slice raw)
{
    for (size_t i = 0; i < r->nevidence; i++)
        if (r->evidence[i].source == source && r->evidence[i].line == line)
            return (uint32_t)i;
    PMT_GROW(r->evidence, r->nevidence, r->capevidence);
    r->evidence[r->nevidence] = (struct pmt_evidence){
        .t = t, .decimals = decimals, .source = source, .line = line, .count = count, .raw = raw,
        .host = host.n ? host : in->sources[source].host,
        .file = in->sources[source].input->shown};
    return (uint32_t)r->nevidence++;
}

void pmt_report_cite_fact(struct pmt_report *r, const struct pmt_report_input *in,
                          const struct pmt_fact *f, struct pmt_cites *cites)
{
    pmt_cites_add(cites, pmt_report_cite(r, in, f->places[0].source, f->places[0].line, f->t,
                                         f->mark->decimals, f->host, f->count, f->mark->excerpt));
}

void pmt_report_cite_bad(struct pmt_report *r, const struct pmt_report_input *in,
                         const struct pmt_badsec *b, bool last, uint8_t decimals,
                         struct pmt_cites *cites)
{
    struct pmt_slice raw = PMT_NO_SLICE;
    if (b->text)
        raw = last ? pmt_slice(b->text->last, b->text->last_n)
                   : pmt_slice(b->text->first, b->text->first_n);
    pmt_cites_add(cites, pmt_report_cite(r, in, (uint32_t)b->source,
                                         last ? b->last_line : b->first_line,
                                         b->sec * PMT_SECOND + (last ? b->last_us : b->first_us),
                                         decimals, PMT_NO_SLICE, 1, raw));
}

static const struct pmt_evidence *sort_base;

static int by_time(const void *a, const void *b)
{
    const struct pmt_evidence *x = &sort_base[*(const uint32_t *)a];
    const struct pmt_evidence *y = &sort_base[*(const uint32_t *)b];
    if (x->t != y->t)
        return x->t < y->t ? -1 : 1;
    int c = strcmp(x->file, y->file);
    return c ? c : x->line < y->line ? -1 : x->line > y->line;
}

/* Numbers the evidence in order of time and redacts it in that order. */
static void settle_evidence(struct pmt_report *r, const struct pmt_report_input *in)
{
    uint32_t *order = pmt_alloc((r->nevidence + 1) * sizeof *order);
    for (size_t i = 0; i < r->nevidence; i++)
        order[i] = (uint32_t)i;
    sort_base = r->evidence;
    qsort(order, r->nevidence, sizeof *order, by_time);
    for (size_t i = 0; i < r->nevidence; i++) {
        struct pmt_evidence *e = &r->evidence[order[i]];
        e->id = (unsigned)i + 1;
        if (!e->raw.p)
            continue;
        struct pmt_buf redacted = {0}, clean = {0};
        pmt_redact_line(in->redactor, e->raw, &redacted);
        pmt_put_clean(&clean, pmt_buf_view(&redacted), PMT_EXCERPT_MAX);
        e->excerpt = keep(r, &clean);
        pmt_buf_fini(&redacted);
    }
    free(order);
}

/* ---- summary ----------------------------------------------------------------------------------- */

static const char *local_time(struct pmt_report *r, const struct pmt_report_input *in, int64_t t)
{
    if (!in->display)
        return "";
    struct pmt_buf b = {0};
    int32_t offset = pmt_zone_offset(in->display, t);
    pmt_buf_puts(&b, " (");
    pmt_put_datetime(&b, t + (int64_t)offset * PMT_SECOND);
    pmt_buf_puts(&b, " ");
    pmt_put_offset(&b, offset);
    pmt_buf_puts(&b, ")");
    return keep(r, &b);
}

static struct pmt_labelled *label(struct pmt_labelled *list, size_t *n, const char *name)
{
    list[*n] = (struct pmt_labelled){.label = name};
    return &list[(*n)++];
}

static void say_phases(struct pmt_report *r, struct pmt_labelled *to, const struct pmt_incident *p)
{
    if (p->nphases < 2 || p->nphases > 6)
        return;
    struct pmt_buf list = {0};
    for (size_t i = 0; i < p->nphases; i++) {
        const struct pmt_phase *ph = &p->phases[i];
        struct pmt_value v[] = {
            PMT_V("length", pmt_report_duration(r, ph->to - ph->from)),
            PMT_V("pct", pmt_report_percent(r, ph->failed, ph->requests))};
        if (i)
            pmt_buf_puts(&list, i + 1 == p->nphases ? ", then " : ", ");
        pmt_put_phrase(&list, ph->kind == PMT_PHASE_FULL ? "phase-full" : "phase-partial", v, 2);
    }
    struct pmt_value v[] = {PMT_V("list", keep(r, &list))};
    pmt_say(to, pmt_report_text(r, "phases", v, 1), NULL);
}

static void say_duration(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_labelled *to = label(r->summary, &r->nsummary, "Duration");
    struct pmt_cites cites = {{0}, 0};
    if (p->first) {
        pmt_report_cite_bad(r, in, p->first, false, p->decimals, &cites);
        pmt_report_cite_bad(r, in, p->last, true, p->decimals, &cites);
    } else if (p->fact) {
        pmt_report_cite_fact(r, in, p->fact, &cites);
        if (p->fact_end)
            pmt_report_cite_fact(r, in, p->fact_end, &cites);
    }
    struct pmt_value v[] = {
        PMT_V("length", pmt_report_duration(r, p->end - p->start)),
        PMT_V("start", pmt_report_datetime(r, p->start)),
        PMT_V("end", pmt_report_datetime(r, p->end)),
        PMT_V("local-start", local_time(r, in, p->start)),
        PMT_V("local-end", local_time(r, in, p->end)),
    };
    pmt_say(to, pmt_report_text(r, p->ongoing ? "duration-ongoing" : "duration", v, PMT_COUNT(v)),
            &cites);
    if (p->began_before)
        pmt_say(to, pmt_report_text(r, "began-before", NULL, 0), NULL);
    say_phases(r, to, p);
    if (p->good_before != PMT_NO_TIME) {
        struct pmt_value w[] = {
            PMT_V("before", pmt_report_datetime(r, p->good_before)),
            PMT_V("after", p->good_after != PMT_NO_TIME ? pmt_report_datetime(r, p->good_after)
                                                        : "")};
        bool closed = !p->ongoing && p->good_after != PMT_NO_TIME;
        pmt_say(to, pmt_report_text(r, closed ? "bounds" : "bounds-open", w, 2), NULL);
    }
    int64_t first, last;
    if (!p->ongoing && p->flow && pmt_flow_span(p->flow, &first, &last) &&
        last * PMT_SECOND - p->end < 30 * PMT_MINUTE) {
        struct pmt_value w[] = {
            PMT_V("length", pmt_report_duration(r, last * PMT_SECOND - p->end))};
        pmt_say(to, pmt_report_text(r, "quiet", w, 1), NULL);
    }
}

static const char *services_text(struct pmt_report *r, const struct pmt_incident *p)
{
    struct pmt_buf b = {0};
    for (size_t i = 0; i < p->nservices && i < 3; i++) {
        if (i)
            pmt_buf_puts(&b, ", ");
        pmt_buf_puts(&b, PMT_CODE_ON);
        pmt_put_clean(&b, p->services[i], 60);
        pmt_buf_puts(&b, PMT_CODE_OFF);
    }
    if (p->nservices > 3)
        pmt_buf_printf(&b, " and %zu more", p->nservices - 3);
    return keep(r, &b);
}

static void say_impact(struct pmt_report *r)
{
    const struct pmt_incident *p = r->incident;
    const struct pmt_numbers *k = &p->numbers;
    struct pmt_labelled *to = label(r->summary, &r->nsummary, "Impact");
    if (!k->requests) {
        pmt_say(to, pmt_report_text(r, "impact-none", NULL, 0), NULL);
    } else {
        struct pmt_value v[] = {PMT_V("failed", pmt_report_count(r, k->failed)),
                                PMT_V("all", pmt_report_count(r, k->requests)),
                                PMT_V("pct", pmt_report_percent(r, k->failed, k->requests)),
                                PMT_V("services", services_text(r, p))};
        pmt_say(to, pmt_report_text(r, "impact", v, PMT_COUNT(v)), NULL);
    }
    if (k->clients) {
        struct pmt_value v[] = {
            PMT_V("affected", pmt_report_count(r, k->clients_affected)),
            PMT_V("all", pmt_report_count(r, k->clients)),
            PMT_V("pct", pmt_report_percent(r, k->clients_affected, k->clients))};
        pmt_say(to, pmt_report_text(r, k->clients_estimated ? "impact-clients-about"
                                                            : "impact-clients", v, PMT_COUNT(v)),
                NULL);
    }
    if (k->gave_up) {
        struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, k->gave_up))};
        pmt_say(to, pmt_report_text(r, "impact-gave-up", v, 1), NULL);
    }
    pmt_say(to, pmt_report_text(r, "todo-impact", NULL, 0), NULL);
}

/* The removal that had lasted longest when the failures began. */
static const struct pmt_removal *standing_removal(const struct pmt_report *r,
                                                  const struct pmt_report_input *in)
{
    const struct pmt_removal *best = NULL;
    for (size_t i = 0; i < in->findings->nremovals; i++) {
        const struct pmt_removal *x = &in->findings->removals[i];
        if (x->from < r->incident->start && (x->open || x->to > r->incident->start) &&
            (!best || x->from < best->from))
            best = x;
    }
    return best;
}

static const struct pmt_fact *first_event(const struct pmt_report *r,
                                          const struct pmt_report_input *in, enum pmt_event event)
{
    for (size_t i = 0; i < in->facts->n; i++) {
        const struct pmt_fact *f = &in->facts->items[i];
        if (f->mark->event == event && f->t >= r->incident->start - PMT_HOUR &&
            f->t <= r->incident->end)
            return f;
    }
    return NULL;
}

static void say_cause(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_labelled *to = label(r->summary, &r->nsummary, "Root cause");
    const struct pmt_removal *x = standing_removal(r, in);
    const struct pmt_fact *oom = first_event(r, in, PMT_EV_OOM);
    if (x) {
        struct pmt_cites c = {{0}, 0};
        struct pmt_value v[] = {
            PMT_C("server", x->server), PMT_C("backend", x->backend),
            PMT_V("length", pmt_report_duration(r, r->incident->start - x->from))};
        pmt_report_cite_fact(r, in, x->out, &c);
        pmt_say(to, pmt_report_text(r, "cause-removal", v, PMT_COUNT(v)), &c);
    }
    if (oom && oom->host.n) {
        struct pmt_cites c = {{0}, 0};
        struct pmt_value v[] = {PMT_C("host", oom->host)};
        pmt_report_cite_fact(r, in, oom, &c);
        pmt_say(to, pmt_report_text(r, "cause-oom", v, 1), &c);
    }
    pmt_say(to, pmt_report_text(r, x || oom ? "todo-cause" : "todo-cause-none", NULL, 0), NULL);
}

/* ---- root cause and resolution ---------------------------------------------------------------- */

static void say_removals(struct pmt_report *r, const struct pmt_report_input *in,
                         struct pmt_labelled *to)
{
    size_t said = 0;
    for (size_t i = 0; i < in->findings->nremovals && said < 4; i++) {
        const struct pmt_removal *x = &in->findings->removals[i];
        if (x->from > r->incident->end || (!x->open && x->to < r->incident->start))
            continue;
        struct pmt_cites c = {{0}, 0};
        struct pmt_value v[] = {
            PMT_C("server", x->server), PMT_C("backend", x->backend),
            PMT_V("from", pmt_report_datetime(r, x->from)),
            PMT_V("to", x->open ? "" : pmt_report_datetime(r, x->to)),
            PMT_V("length", x->open ? "" : pmt_report_duration(r, x->to - x->from))};
        pmt_report_cite_fact(r, in, x->out, &c);
        if (x->back)
            pmt_report_cite_fact(r, in, x->back, &c);
        pmt_say(to, pmt_report_text(r, x->open ? "observed-removed-open" : "observed-removed", v,
                                    PMT_COUNT(v)), &c);
        said++;
    }
}

static void say_events(struct pmt_report *r, struct pmt_labelled *to)
{
    static const struct {
        const char *kind, *one, *many;
    } words[] = {
        {"oom", "a kill for lack of memory", "kills for lack of memory"},
        {"crash", "a process that died", "processes that died"},
        {"service_failed", "a failed service", "failed services"},
        {"resource_exhausted", "a limit that was reached", "limits that were reached"},
        {"storage", "a storage error", "storage errors"},
        {"upstream_error", "errors from an upstream", "errors from upstreams"},
        {"no_live_upstreams", "no live upstream", "no live upstreams"},
        {"config_change", "a configuration change", "configuration changes"},
        {"deploy", "a deployment", "deployments"},
        {"reboot", "a boot", "boots"},
        {"operator_action", "a command by an operator", "commands by operators"},
    };
    struct pmt_buf list = {0};
    struct pmt_cites cites = {{0}, 0};
    for (size_t w = 0; w < PMT_COUNT(words); w++) {
        size_t n = 0;
        for (size_t i = 0; i < r->ntimeline; i++)
            if (strcmp(r->timeline[i].kind, words[w].kind) == 0 &&
                r->timeline[i].t >= r->incident->start - PMT_HOUR &&
                r->timeline[i].t <= r->incident->end) {
                if (!n && r->timeline[i].cites.n && cites.n < PMT_CITES_MAX)
                    pmt_cites_add(&cites, r->timeline[i].cites.v[0]);
                n++;
            }
        if (!n)
            continue;
        pmt_buf_puts(&list, list.n ? ", " : "");
        pmt_buf_puts(&list, n == 1 ? words[w].one : words[w].many);
    }
    if (!list.n) {
        pmt_buf_fini(&list);
        if (!to->n)
            pmt_say(to, pmt_report_text(r, "observed-nothing", NULL, 0), NULL);
        return;
    }
    struct pmt_value v[] = {PMT_V("from", pmt_report_datetime(r, r->incident->start - PMT_HOUR)),
                            PMT_V("to", pmt_report_datetime(r, r->incident->end)),
                            PMT_V("list", keep(r, &list))};
    pmt_say(to, pmt_report_text(r, "observed-events", v, PMT_COUNT(v)), &cites);
}

static bool is_change_entry(const struct pmt_event_entry *e)
{
    return strcmp(e->kind, "lb_server_state") == 0 || strcmp(e->kind, "config_change") == 0 ||
           strcmp(e->kind, "deploy") == 0 || strcmp(e->kind, "service_started") == 0 ||
           (strcmp(e->kind, "operator_action") == 0 && e->rank > 50);
}

static void say_resolution(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_labelled *to = label(r->cause, &r->ncause, "Resolution.");
    const struct pmt_event_entry *last = NULL;
    /* Between the last failure and the first success after it, either may be meant. */
    int64_t until = p->good_after != PMT_NO_TIME && p->good_after - p->end < PMT_MINUTE
                        ? p->good_after + PMT_SECOND - 1 : p->end;
    for (size_t i = 0; i < r->ntimeline && !p->ongoing; i++)
        if (is_change_entry(&r->timeline[i]) && r->timeline[i].t > p->start &&
            r->timeline[i].t <= until && p->end - r->timeline[i].t <= PMT_HOUR)
            last = &r->timeline[i];
    if (last) {
        bool after = last->t > p->end;
        struct pmt_value v[] = {
            PMT_V("sentence", last->message),
            PMT_V("length", pmt_report_duration(r, after ? last->t - p->end : p->end - last->t))};
        pmt_say(to, pmt_report_text(r, after ? "resolution-last-after" : "resolution-last", v, 2),
                &last->cites);
    } else if (!p->ongoing) {
        pmt_say(to, pmt_report_text(r, "resolution-none", NULL, 0), NULL);
    }
    bool any = false;
    for (size_t i = 0; i < in->findings->nremovals; i++)
        any |= in->findings->removals[i].from <= p->end &&
               (in->findings->removals[i].open || in->findings->removals[i].to >= p->start);
    if (any && p->redundancy_restored != PMT_NO_TIME) {
        struct pmt_value v[] = {PMT_V("at", pmt_report_datetime(r, p->redundancy_restored))};
        pmt_say(to, pmt_report_text(r, "resolution-redundancy", v, 1), NULL);
    } else if (any) {
        pmt_say(to, pmt_report_text(r, "resolution-open", NULL, 0), NULL);
    }
    pmt_say(to, pmt_report_text(r, "todo-fix", NULL, 0), NULL);
}

static void say_observed(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_labelled *to = label(r->cause, &r->ncause, "Observed.");
    say_removals(r, in, to);
    say_events(r, to);
    pmt_say(to, pmt_report_text(r, "observed-order", NULL, 0), NULL);
    pmt_say(to, pmt_report_text(r, "todo-cause", NULL, 0), NULL);
}

/* ---- measures ---------------------------------------------------------------------------------- */

static void task(struct pmt_report *r, const char *id, const struct pmt_value *v, size_t n,
                 const struct pmt_cites *cites)
{
    PMT_GROW(r->tasks, r->ntasks, r->captasks);
    r->tasks[r->ntasks++] = (struct pmt_sentence){pmt_report_text(r, id, v, n), *cites};
}

static void measure_removal(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_removal *x = standing_removal(r, in);
    if (!x)
        return;
    struct pmt_cites c = {{0}, 0};
    struct pmt_value v[] = {
        PMT_C("server", x->server), PMT_C("backend", x->backend),
        PMT_V("length", pmt_report_duration(r, (x->open ? r->incident->end : x->to) - x->from))};
    pmt_report_cite_fact(r, in, x->out, &c);
    pmt_lines_add(&r->improvements, pmt_report_text(r, "improve-redundancy", NULL, 0));
    task(r, "task-redundancy", v, PMT_COUNT(v), &c);
    if (x->kind == PMT_REMOVAL_MAINTENANCE)
        task(r, "task-maintenance", NULL, 0, &c);
}

static void measure_event(struct pmt_report *r, const struct pmt_report_input *in,
                          enum pmt_event event, const char *improve, const char *id)
{
    const struct pmt_fact *f = first_event(r, in, event);
    if (!f)
        return;
    struct pmt_cites c = {{0}, 0};
    struct pmt_slice host = f->host.n ? f->host
                                      : pmt_str(in->sources[f->places[0].source].input->shown);
    struct pmt_value v[] = {PMT_C("host", host),
                            f->mark->subject.n ? PMT_C("subject", f->mark->subject)
                                               : PMT_V("subject", "the process")};
    pmt_report_cite_fact(r, in, f, &c);
    pmt_lines_add(&r->improvements, pmt_report_text(r, improve, NULL, 0));
    task(r, id, v, PMT_COUNT(v), &c);
}

static void say_measures(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    measure_removal(r, in);
    measure_event(r, in, PMT_EV_OOM, "improve-memory", "task-memory");
    measure_event(r, in, PMT_EV_STORAGE, "improve-storage", "task-storage");
    measure_event(r, in, PMT_EV_RESOURCE, "improve-limits", "task-limits");
    if (r->ntasks < 4)
        measure_event(r, in, PMT_EV_CRASH, "improve-crash", "task-crash");
    if (p->first && r->ntasks < 5) {
        struct pmt_cites c = {{0}, 0};
        struct pmt_value v[] = {PMT_V("failed", pmt_report_count(r, p->numbers.failed))};
        pmt_report_cite_bad(r, in, p->first, false, p->decimals, &c);
        pmt_lines_add(&r->improvements, pmt_report_text(r, "improve-errors", NULL, 0));
        task(r, "task-errors", v, 1, &c);
    }
    pmt_lines_add(&r->improvements, pmt_report_text(r, "todo-improve", NULL, 0));
}

/* ---- nothing found ----------------------------------------------------------------------------- */

static void say_none(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_labelled *to = label(r->summary, &r->nsummary, "Duration");
    pmt_say(to, pmt_report_text(r, "none-duration", NULL, 0), NULL);
    if (r->first != PMT_NO_TIME) {
        struct pmt_value v[] = {PMT_V("from", pmt_report_datetime(r, r->first)),
                                PMT_V("to", pmt_report_datetime(r, r->last))};
        pmt_say(to, pmt_report_text(r, "none-span", v, 2), NULL);
    }
    to = label(r->summary, &r->nsummary, "Impact");
    int64_t first, last;
    if (in->counted->n && pmt_flow_span(in->counted->total, &first, &last)) {
        struct pmt_numbers k = pmt_requests_between(in->counted->total, first, last);
        struct pmt_value v[] = {PMT_V("failed", pmt_report_count(r, k.failed)),
                                PMT_V("all", pmt_report_count(r, k.requests)),
                                PMT_V("pct", pmt_report_percent(r, k.failed, k.requests))};
        pmt_say(to, pmt_report_text(r, "none-requests", v, PMT_COUNT(v)), NULL);
    } else {
        pmt_say(to, pmt_report_text(r, "none-nothing-counted", NULL, 0), NULL);
    }
    if (in->findings->n) {
        struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, in->findings->n))};
        pmt_say(to, pmt_report_text(r, "none-low", v, 1), NULL);
    }
    to = label(r->summary, &r->nsummary, "Root cause");
    pmt_say(to, pmt_report_text(r, "todo-cause-none", NULL, 0), NULL);
    pmt_say(label(r->cause, &r->ncause, "Observed."), pmt_report_text(r, "todo-cause-none", NULL, 0),
            NULL);
    pmt_lines_add(&r->improvements, pmt_report_text(r, "todo-improve", NULL, 0));
}

/* ---- banner and the whole ---------------------------------------------------------------------- */

/* One entry per host (or per log where the host is not known); the first four are named. */
static size_t add_assumed(struct pmt_buf *list, const struct pmt_scanned *s,
                          const struct pmt_map *m, size_t named)
{
    struct pmt_buf one = {0};
    pmt_buf_puts(&one, PMT_CODE_ON);
    pmt_put_clean(&one, s->host.n ? s->host : pmt_str(s->input->shown), 80);
    pmt_buf_printf(&one, PMT_CODE_OFF ": %s", m->zone_name);
    bool fresh = !pmt_slice_find(pmt_buf_view(list), one.data);
    if (fresh && named < 4)
        pmt_buf_printf(list, "%s%s", list->n ? "; " : "", one.data);
    else if (fresh && named == 4)
        pmt_buf_puts(list, "; and more");
    pmt_buf_fini(&one);
    return fresh;
}

static void say_zones(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_buf list = {0}, years = {0};
    size_t assumed = 0, all = 0, named = 0;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (!s->tally || !s->tally->nclocks)
            continue;
        all++;
        const struct pmt_map *m = &s->maps[s->main_clock][s->main_segment];
        if (m->zone_from >= PMT_ZONE_SIBLING) {
            assumed++;
            named += add_assumed(&list, s, m, named);
        }
        if (m->year_from == PMT_YEAR_UNKNOWN)
            pmt_buf_printf(&years, "%s" PMT_CODE_ON "%s" PMT_CODE_OFF, years.n ? ", " : "",
                           s->input->shown);
    }
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, assumed)),
                            PMT_V("all", pmt_report_count(r, all)),
                            PMT_V("list", keep(r, &list))};
    if (assumed)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-zone", v, PMT_COUNT(v)));
    struct pmt_value y[] = {PMT_V("list", keep(r, &years))};
    if (y[0].text.n)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-year", y, 1));
}

static void say_window(struct pmt_report *r, const struct pmt_report_input *in)
{
    if (in->window.since == PMT_NO_TIME && in->window.until == PMT_NO_TIME)
        return;
    const char *open = pmt_report_text(r, "window-open", NULL, 0);
    struct pmt_value v[] = {
        PMT_V("from", in->window.since == PMT_NO_TIME ? open
                                                      : pmt_report_datetime(r, in->window.since)),
        PMT_V("to", in->window.until == PMT_NO_TIME ? open
                                                    : pmt_report_datetime(r, in->window.until))};
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-window", v, 2));
}

static void say_banner(struct pmt_report *r, const struct pmt_report_input *in)
{
    uint64_t lines = 0, unread = 0;
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-draft", NULL, 0));
    if (!in->redacted)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-unredacted", NULL, 0));
    say_window(r, in);
    say_zones(r, in);
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (!s->tally)
            continue;
        lines += s->tally->lines;
        unread += s->tally->not_understood;
        if (s->info.damage[0]) {
            struct pmt_value v[] = {PMT_C("file", pmt_str(s->input->shown)),
                                    PMT_V("what", pmt_arena_printf(r->arena, "%s", s->info.damage))};
            pmt_lines_add(&r->banner, pmt_report_text(r, "banner-damage", v, 2));
        }
    }
    if (unread * 100 > lines) {
        struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, unread)),
                                PMT_V("all", pmt_report_count(r, lines)),
                                PMT_V("pct", pmt_report_percent(r, unread, lines))};
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-unread", v, PMT_COUNT(v)));
    }
}

static void say_title(struct pmt_report *r)
{
    const struct pmt_incident *p = r->incident;
    if (!p) {
        r->title = pmt_report_text(r, "title-none", NULL, 0);
        return;
    }
    struct pmt_buf date = {0};
    pmt_put_date(&date, p->start);
    if (p->end / PMT_DAY != p->start / PMT_DAY) {
        pmt_buf_puts(&date, " to ");
        pmt_put_date(&date, p->end);
    }
    bool all = p->numbers.requests && p->numbers.failed * 10 >= p->numbers.requests * 9;
    struct pmt_value v[] = {
        PMT_V("what", p->kind == PMT_INCIDENT_NO_SERVER ? "no server available"
                      : all ? "HTTP 5xx for nearly all requests" : "HTTP 5xx"),
        PMT_V("services", services_text(r, p)), PMT_V("date", keep(r, &date))};
    r->title = pmt_report_text(r, "title", v, PMT_COUNT(v));
}

static void find_span(struct pmt_report *r, const struct pmt_report_input *in)
{
    r->first = r->last = PMT_NO_TIME;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (s->first == PMT_NO_TIME)
            continue;
        if (r->first == PMT_NO_TIME || s->first < r->first)
            r->first = s->first;
        if (r->last == PMT_NO_TIME || s->last > r->last)
            r->last = s->last;
    }
}

void pmt_report_build(struct pmt_report *r, const struct pmt_report_input *in,
                      struct pmt_arena *arena)
{
    *r = (struct pmt_report){.arena = arena};
    if (in->drafted != SIZE_MAX)
        r->incident = &in->findings->incidents[in->drafted];
    find_span(r, in);
    say_title(r);
    say_banner(r, in);
    pmt_report_timeline(r, in);
    if (r->incident) {
        say_duration(r, in);
        say_impact(r);
        say_cause(r, in);
        say_observed(r, in);
        say_resolution(r, in);
        say_measures(r, in);
    } else {
        say_none(r, in);
    }
    settle_evidence(r, in);
    pmt_report_annex(r, in);
}

static void labelled_fini(struct pmt_labelled *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(l[i].sentences);
}

void pmt_report_fini(struct pmt_report *r)
{
    labelled_fini(r->summary, r->nsummary);
    labelled_fini(r->cause, r->ncause);
    for (size_t i = 0; i < r->ntables; i++)
        free(r->tables[i].rows);
    free(r->banner.v);
    free(r->improvements.v);
    free(r->warnings.v);
    free(r->timeline);
    free(r->tasks);
    free(r->evidence);
    *r = (struct pmt_report){0};
}
