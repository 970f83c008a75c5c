#include "render_json_parts.h"

#include <stdlib.h>

static void put_pair(cJSON *o, const char *key, cJSON *a, cJSON *b)
{
    cJSON *list = cJSON_AddArrayToObject(o, key);
    cJSON_AddItemToArray(list, a);
    cJSON_AddItemToArray(list, b);
}

static void put_bounds(cJSON *o, const struct pmt_incident *p)
{
    int d = p->decimals;
    bool before = p->good_before != PMT_NO_TIME;
    bool after = p->good_after != PMT_NO_TIME && !p->ongoing;
    put_pair(o, "start_bounds", time_item(before ? p->good_before : PMT_NO_TIME, 0),
             time_item(p->start, d));
    put_time(o, "end", p->ongoing ? PMT_NO_TIME : p->end, d);
    put_pair(o, "end_bounds", time_item(p->end, d),
             time_item(after ? p->good_after : PMT_NO_TIME, 0));
    put_seconds(o, "duration_s", p->end - p->start, d);
    char text[48];
    cJSON *min = cJSON_CreateRaw(seconds_text(p->end - p->start, d, text, sizeof text));
    cJSON *max = before && after
                     ? cJSON_CreateRaw(seconds_text(p->good_after - p->good_before, 0, text,
                                                    sizeof text))
                     : cJSON_CreateNull();
    put_pair(o, "duration_bounds_s", min, max);
}

static void put_phases(cJSON *o, const struct pmt_incident *p)
{
    cJSON *a = cJSON_AddArrayToObject(o, "phases");
    for (size_t i = 0; i < p->nphases; i++) {
        cJSON *x = cJSON_CreateObject();
        cJSON_AddItemToArray(a, x);
        put_str(x, "kind", pmt_phase_name(p->phases[i].kind));
        put_time(x, "from", p->phases[i].from, p->decimals);
        put_time(x, "to", p->phases[i].to, p->decimals);
    }
}

static void put_numbers(cJSON *o, const struct pmt_incident *p)
{
    const struct pmt_numbers *k = &p->numbers;
    bool counted = p->flow != NULL;
    const struct {
        const char *key;
        uint64_t v;
    } counts[] = {{"requests_total", k->requests}, {"requests_failed", k->failed},
                  {"clients_total", k->clients}, {"clients_affected", k->clients_affected}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counted)
            put_count(o, counts[i].key, counts[i].v);
        else
            cJSON_AddNullToObject(o, counts[i].key);
    cJSON_AddBoolToObject(o, "clients_estimated", k->clients_estimated);
    put_count(o, "clients_sample", k->clients_sample);
    if (counted && k->clients) {
        char text[32];
        snprintf(text, sizeof text, "%.1f", (double)k->clients_affected * 100 / (double)k->clients);
        cJSON_AddRawToObject(o, "affected_pct", text);
    } else {
        cJSON_AddNullToObject(o, "affected_pct");
    }
}

/* Where it is told, what that is of the whole, and what failed most. */
static void put_worst(cJSON *o, const struct pmt_report *r, const struct pmt_incident *p)
{
    const struct pmt_shown *s = pmt_report_shown(r, p);
    put_str(o, "path", s ? s->path : NULL);
    if (p->flow) {
        put_count(o, "site_requests_total", p->site.requests);
        put_count(o, "site_requests_failed", p->site.failed);
    } else {
        cJSON_AddNullToObject(o, "site_requests_total");
        cJSON_AddNullToObject(o, "site_requests_failed");
    }
    cJSON *a = cJSON_AddArrayToObject(o, "worst");
    for (size_t i = 0; s && i < s->nworst; i++) {
        cJSON *x = cJSON_CreateObject();
        cJSON_AddItemToArray(a, x);
        put_str(x, "kind", s->worst[i].kind);
        put_str(x, "name", s->worst[i].name);
        put_str(x, "of", s->worst[i].of);
        put_count(x, "requests_total", s->worst[i].requests);
        put_count(x, "requests_failed", s->worst[i].failed);
    }
}

/* Evidence of an incident: its first and last line, found among what the report cites. */
static void cite_place(const struct pmt_report *r, struct pmt_cites *c, uint32_t source,
                       uint64_t line)
{
    for (size_t i = 0; i < r->nevidence; i++)
        if (r->evidence[i].source == source && r->evidence[i].line == line && c->n < PMT_CITES_MAX)
            c->v[c->n++] = (uint32_t)i;
}

static void put_counts(cJSON *o, const char *key, const struct pmt_cause_count *v, size_t n)
{
    cJSON *list = cJSON_AddArrayToObject(o, key);
    for (size_t i = 0; i < n; i++) {
        enum pmt_by by = (enum pmt_by)v[i].key.by;
        cJSON *x = cJSON_CreateObject();
        cJSON_AddItemToArray(list, x);
        if (v[i].key.status)
            put_int(x, "status", v[i].key.status);
        else
            cJSON_AddNullToObject(x, "status");
        put_str(x, "by", pmt_by_name(by));
        put_str(x, "termination_state", pmt_by_state(by));
        put_count(x, "count", v[i].n);
    }
}

/* Who answered the failed requests, and who left first, most first; and how many were good only
 * after another try. */
static void put_answers(cJSON *o, const struct pmt_cause_counts *a, bool counted)
{
    put_counts(o, "failures", a->v, a->n);
    put_counts(o, "given_up", a->left, a->nleft);
    if (counted) {
        put_count(o, "requests_given_up", a->gave_up);
        put_count(o, "requests_retried", a->retried);
    } else {
        cJSON_AddNullToObject(o, "requests_given_up");
        cJSON_AddNullToObject(o, "requests_retried");
    }
}

/* Times of requests in milliseconds; null where the logs carry none. */
static void put_took(cJSON *latency, const char *key, const struct pmt_percentiles *p)
{
    if (!p->n) {
        cJSON_AddNullToObject(latency, key);
        return;
    }
    cJSON *o = cJSON_AddObjectToObject(latency, key);
    put_count(o, "requests", p->n);
    put_int(o, "p50_ms", (p->p50 + 500) / 1000);
    put_int(o, "p95_ms", (p->p95 + 500) / 1000);
    put_int(o, "p99_ms", (p->p99 + 500) / 1000);
}

static void put_slow(cJSON *o, const struct pmt_incident *p)
{
    const struct pmt_slowness *s = p->slow;
    cJSON *latency = cJSON_AddObjectToObject(o, "latency");
    put_took(latency, "before", &p->before);
    put_took(latency, "during", &p->during);
    put_took(latency, "after", &p->after);
    if (!s) {
        cJSON_AddNullToObject(o, "slow");
        return;
    }
    cJSON *x = cJSON_AddObjectToObject(o, "slow");
    put_time(x, "from", s->from, p->decimals);
    put_time(x, "to", s->to, p->decimals);
    if (s->step)
        put_int(x, "threshold_ms", s->step / 1000);
    else
        cJSON_AddNullToObject(x, "threshold_ms");
    put_count(x, "requests_total", s->requests);
    put_count(x, "requests_slow", s->slow);
    put_count(x, "clients_left", s->left);
}

/* What lines tell that are no requests; null for what requests tell. */
static void put_lines(cJSON *o, const struct pmt_incident *p)
{
    if (!p->lines) {
        cJSON_AddNullToObject(o, "lines");
        return;
    }
    cJSON *x = cJSON_AddObjectToObject(o, "lines");
    put_count(x, "count", p->lines);
    put_count(x, "clients", p->numbers.clients_affected);
    if (p->kind == PMT_INCIDENT_CONNECTIONS) {
        put_count(x, "requests_meanwhile", p->numbers.requests);
        put_count(x, "requests_expected", p->expected);
    } else {
        cJSON_AddNullToObject(x, "requests_meanwhile");
        cJSON_AddNullToObject(x, "requests_expected");
    }
}

static void put_incident(cJSON *list, const struct pmt_report *r, const struct pmt_incident *p,
                         const struct pmt_cause_counts *answers)
{
    cJSON *o = cJSON_CreateObject();
    struct pmt_buf id = {0};
    cJSON_AddItemToArray(list, o);
    pmt_incident_id(p, &id);
    put_str(o, "id", id.data);
    pmt_buf_fini(&id);
    put_str(o, "kind", pmt_incident_kind_name(p->kind));
    put_str(o, "severity", pmt_grade_name(p->severity));
    put_time(o, "start", p->start, p->decimals);
    put_bounds(o, p);
    cJSON_AddBoolToObject(o, "ongoing", p->ongoing);
    cJSON_AddBoolToObject(o, "began_before_log", p->began_before);
    put_time(o, "redundancy_restored", p->redundancy_restored, 0);
    put_phases(o, p);
    put_count(o, "bursts", p->bursts);
    cJSON *a = cJSON_AddArrayToObject(o, "services");
    for (size_t i = 0; i < p->nservices; i++) {
        struct pmt_buf b = {0};
        pmt_put_clean(&b, p->services[i], 120);
        cJSON_AddItemToArray(a, cJSON_CreateString(b.data ? b.data : ""));
        pmt_buf_fini(&b);
    }
    put_str(o, "layer", p->layer == PMT_LAYER_HAPROXY ? "haproxy"
                        : p->layer == PMT_LAYER_NGINX ? "nginx" : NULL);
    put_numbers(o, p);
    put_answers(o, answers, p->flow != NULL);
    put_worst(o, r, p);
    put_slow(o, p);
    put_lines(o, p);
    struct pmt_cites c = {{0}, 0};
    if (p->first)
        cite_place(r, &c, (uint32_t)p->first->source, p->first->first_line);
    if (p->last)
        cite_place(r, &c, (uint32_t)p->last->source, p->last->last_line);
    if (p->fact)
        cite_place(r, &c, p->fact->places[0].source, p->fact->places[0].line);
    put_cites(o, r, &c);
}

static void put_removal(cJSON *list, const struct pmt_report *r, const struct pmt_removal *p)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddItemToArray(list, o);
    put_slice(o, "backend", p->backend);
    put_slice(o, "server", p->server);
    put_str(o, "kind", pmt_removal_kind_name(p->kind));
    cJSON_AddBoolToObject(o, "inferred", p->inferred);
    put_time(o, "from", p->from, p->out ? p->out->mark->decimals : 0);
    put_time(o, "to", p->to, p->back ? p->back->mark->decimals : 0);
    cJSON_AddBoolToObject(o, "began_before", p->began_before);
    cJSON_AddBoolToObject(o, "open", p->open);
    put_count(o, "count", p->count);
    struct pmt_cites c = {{0}, 0};
    if (p->out)
        cite_place(r, &c, p->out->places[0].source, p->out->places[0].line);
    if (p->before.line)
        cite_place(r, &c, p->before.source, p->before.line);
    if (p->back)
        cite_place(r, &c, p->back->places[0].source, p->back->places[0].line);
    if (p->behind.line)
        cite_place(r, &c, p->behind.source, p->behind.line);
    put_cites(o, r, &c);
}

/* The first failed check, state change, login ... around the start. */
static void put_response(cJSON *root, const struct pmt_report *r)
{
    cJSON *list = cJSON_AddArrayToObject(root, "response");
    for (size_t i = 0; i < r->nfirsts; i++) {
        const struct pmt_first *x = &r->firsts[i];
        cJSON *o = cJSON_CreateObject();
        cJSON_AddItemToArray(list, o);
        put_str(o, "kind", x->kind);
        put_time(o, "time", x->fact->t, x->fact->mark->decimals);
        put_seconds(o, "after_start_s", x->fact->t - r->incident->start, r->incident->decimals);
        put_slice(o, "host", x->fact->host);
        put_cites(o, r, &x->cites);
    }
}

/* Alerts that would have fired: what --slo asked for. */
static void put_slo(cJSON *root, const struct pmt_report *r)
{
    const struct pmt_slo *s = &r->slo;
    char text[32];
    if (!s->allowed) {
        cJSON_AddNullToObject(root, "slo");
        return;
    }
    cJSON *o = cJSON_AddObjectToObject(root, "slo");
    int left = PMT_MILLION_OF - s->allowed;
    snprintf(text, sizeof text, "%d.%04d", left / 10000, left % 10000);
    cJSON_AddRawToObject(o, "target_pct", text);
    cJSON *list = cJSON_AddArrayToObject(o, "alerts");
    for (int i = 0; i < PMT_BURN_RULES; i++) {
        const struct pmt_burn_rule *rule = &pmt_burn_rules[i];
        const struct pmt_burn *b = &s->burns[i];
        cJSON *x = cJSON_CreateObject();
        cJSON_AddItemToArray(list, x);
        snprintf(text, sizeof text, "%d.%d", rule->tenths / 10, rule->tenths % 10);
        cJSON_AddRawToObject(x, "factor", text);
        put_int(x, "long_s", rule->longer);
        put_int(x, "short_s", rule->shorter);
        put_str(x, "would_have_fired", !b->asked    ? "unknown"
                                       : !b->fired  ? "no"
                                       : b->before  ? "before"
                                       : b->late    ? "at_or_before"
                                                    : "yes");
        put_time(x, "at", b->fired && !b->before ? b->at * PMT_SECOND : PMT_NO_TIME, 0);
        put_int(x, "computed_from_s", b->fired ? b->covered : 0);
    }
    put_str(o, "budget_by", s->budget_by);
    if (s->budget_by) {
        snprintf(text, sizeof text, "%.1f", (double)s->part * 100 / (double)s->whole);
        cJSON_AddRawToObject(o, "budget_used_pct", text);
    } else {
        cJSON_AddNullToObject(o, "budget_used_pct");
    }
}

static void put_timeline(cJSON *root, const struct pmt_report *r)
{
    static const char *const known[] = {"observed", "estimated", "at_or_before"};
    cJSON *list = cJSON_AddArrayToObject(root, "timeline");
    for (size_t i = 0; i < r->ntimeline; i++) {
        const struct pmt_event_entry *e = &r->timeline[i];
        cJSON *o = cJSON_CreateObject();
        char id[32];
        cJSON_AddItemToArray(list, o);
        snprintf(id, sizeof id, "T%zu", i + 1);
        put_str(o, "id", id);
        put_time(o, "time", e->t, e->decimals);
        put_str(o, "time_known", known[e->time_known]);
        put_slice(o, "host", e->host);
        put_str(o, "kind", e->kind);
        put_text(o, "message", e->message);
        put_cites(o, r, &e->cites);
    }
}

static void put_evidence(cJSON *root, const struct pmt_report *r)
{
    cJSON *list = cJSON_AddArrayToObject(root, "evidence");
    const struct pmt_evidence **by_id = pmt_alloc((r->nevidence + 1) * sizeof *by_id);
    for (size_t i = 0; i < r->nevidence; i++)
        by_id[r->evidence[i].id - 1] = &r->evidence[i];
    for (size_t i = 0; i < r->nevidence; i++) {
        const struct pmt_evidence *e = by_id[i];
        cJSON *o = cJSON_CreateObject();
        char text[16];
        cJSON_AddItemToArray(list, o);
        snprintf(text, sizeof text, "E%u", e->id);
        put_str(o, "id", text);
        put_time(o, "time", e->t, e->decimals);
        put_slice(o, "host", e->host);
        put_slice(o, "file", pmt_str(e->file));
        put_count(o, "line", e->line);
        put_count(o, "count", e->count);
        put_str(o, "excerpt", e->excerpt);
    }
    free(by_id);
}

static void put_warnings(cJSON *root, const struct pmt_report *r)
{
    cJSON *list = cJSON_AddArrayToObject(root, "warnings");
    for (size_t i = 0; i < r->warnings.n; i++) {
        struct pmt_buf plain = {0}, clean = {0};
        pmt_put_unmarked(&plain, r->warnings.v[i]);
        pmt_put_clean(&clean, pmt_buf_view(&plain), 1000);
        cJSON_AddItemToArray(list, cJSON_CreateString(clean.data ? clean.data : ""));
        pmt_buf_fini(&plain);
        pmt_buf_fini(&clean);
    }
}

void pmt_render_json(const struct pmt_report *r, const struct pmt_report_input *in,
                     const char *tool, struct pmt_buf *out)
{
    cJSON *root = cJSON_CreateObject();
    put_str(root, "schema", "pm-timeline/report/1");
    put_str(root, "tool", tool);
    cJSON *span = cJSON_AddObjectToObject(root, "span");
    put_time(span, "first", r->first, 0);
    put_time(span, "last", r->last, 0);
    pmt_json_gaps(span, in->coverage ? in->coverage->holes : NULL,
             in->coverage ? in->coverage->nholes : 0);
    struct pmt_buf id = {0};
    if (r->incident)
        pmt_incident_id(r->incident, &id);
    put_str(root, "main", id.data);
    pmt_buf_fini(&id);
    cJSON *list = cJSON_AddArrayToObject(root, "sources");
    for (size_t i = 0; i < in->nsources; i++)
        pmt_json_source(list, &in->sources[i]);
    list = cJSON_AddArrayToObject(root, "incidents");
    for (size_t i = 0; i < in->findings->n; i++)
        put_incident(list, r, &in->findings->incidents[i], &r->answers[i]);
    list = cJSON_AddArrayToObject(root, "removals");
    for (size_t i = 0; i < in->findings->nremovals; i++)
        put_removal(list, r, &in->findings->removals[i]);
    put_response(root, r);
    put_slo(root, r);
    put_timeline(root, r);
    pmt_json_draft(root, r);
    put_evidence(root, r);
    put_warnings(root, r);
    char *text = cJSON_Print(root);
    if (!text)
        pmt_oom();
    pmt_buf_puts(out, text);
    pmt_buf_puts(out, "\n");
    free(text);
    cJSON_Delete(root);
}
