#include "render_json_parts.h"

#include <stdlib.h>

/* Timesketch, docs "Create timeline from JSON/JSONL/CSV file": one object per line with message,
 * datetime (ISO 8601) and timestamp_desc; timestamp is in microseconds, tag a list; further fields
 * are kept. A line whose datetime cannot be read, or lies before 1700, is dropped there. */

/* A line to be: an entry of the timeline, or a log line that it cites. */
struct event {
    int64_t t;
    const struct pmt_event_entry *entry;
    const struct pmt_evidence *line;
    size_t order;
};

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->t != y->t)
        return x->t < y->t ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void put_instant(cJSON *o, int64_t t)
{
    struct pmt_buf b = {0};
    pmt_put_rfc3339(&b, t, 6);
    b.data[--b.n] = '\0'; /* the Z */
    pmt_buf_puts(&b, "+00:00");
    put_str(o, "datetime", b.data);
    put_int(o, "timestamp", t);
    pmt_buf_fini(&b);
}

static void put_tags(cJSON *o, const char *kind, const char *known)
{
    const char *const tags[] = {"pm-timeline", kind, known};
    cJSON *list = cJSON_AddArrayToObject(o, "tag");
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(tags[i]));
}

static void put_entry(cJSON *o, const struct pmt_report *r, const struct pmt_event_entry *e)
{
    static const char *const known[] = {"observed", "estimated", "at_or_before"};
    static const char *const desc[] = {"Event Logged", "Event Estimated", "Event At Or Before"};
    char id[32];
    put_text(o, "message", e->message);
    put_instant(o, e->t);
    put_str(o, "timestamp_desc", desc[e->time_known]);
    snprintf(id, sizeof id, "T%zu", (size_t)(e - r->timeline) + 1);
    put_str(o, "id", id);
    put_slice(o, "host", e->host);
    put_str(o, "kind", e->kind);
    put_str(o, "time_known", known[e->time_known]);
    cJSON_AddBoolToObject(o, "pinned", e->shown); /* a bullet of the draft */
    put_cites(o, r, &e->cites);
    put_tags(o, e->kind, known[e->time_known]);
}

static void put_line(cJSON *o, const struct pmt_evidence *e)
{
    struct pmt_buf none = {0};
    char id[32];
    pmt_put_phrase(&none, "annex-no-text", NULL, 0);
    put_str(o, "message", e->excerpt && e->excerpt[0] ? e->excerpt : none.data);
    put_instant(o, e->t);
    put_str(o, "timestamp_desc", "Line Logged");
    snprintf(id, sizeof id, "E%u", e->id);
    put_str(o, "id", id);
    put_slice(o, "host", e->host);
    put_str(o, "kind", "line");
    put_slice(o, "file", pmt_str(e->file));
    put_count(o, "line", e->line);
    put_count(o, "count", e->count);
    put_tags(o, "line", "observed");
    pmt_buf_fini(&none);
}

void pmt_render_timesketch(const struct pmt_report *r, struct pmt_buf *out)
{
    struct event *v = pmt_alloc((r->ntimeline + r->nevidence + 1) * sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < r->ntimeline; i++)
        if (r->timeline[i].t != PMT_NO_TIME)
            v[n++] = (struct event){.t = r->timeline[i].t, .entry = &r->timeline[i], .order = i};
    for (size_t i = 0; i < r->nevidence; i++)
        if (r->evidence[i].t != PMT_NO_TIME)
            v[n++] = (struct event){.t = r->evidence[i].t, .line = &r->evidence[i],
                                    .order = r->ntimeline + r->evidence[i].id};
    qsort(v, n, sizeof *v, by_time);
    for (size_t i = 0; i < n; i++) {
        cJSON *o = cJSON_CreateObject();
        put_str(o, "schema", "pm-timeline/event/1");
        if (v[i].entry)
            put_entry(o, r, v[i].entry);
        else
            put_line(o, v[i].line);
        char *text = cJSON_PrintUnformatted(o);
        if (!text)
            pmt_oom();
        pmt_buf_puts(out, text);
        pmt_buf_puts(out, "\n");
        free(text);
        cJSON_Delete(o);
    }
    free(v);
}
