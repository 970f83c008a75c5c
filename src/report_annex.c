#include "report_parts.h"

#include <stdio.h>

enum { OTHER_EVENTS_MAX = 60, EXAMPLES_MAX = 12 };

static struct pmt_table *table(struct pmt_report *r, const char *title, const char *intro,
                               const char *const *heads)
{
    struct pmt_table *t = &r->tables[r->ntables++];
    *t = (struct pmt_table){.title = title, .intro = intro};
    for (int i = 0; heads[i] && i < 9; i++)
        t->heads[i] = heads[i];
    return t;
}

static struct pmt_row *row(struct pmt_table *t)
{
    PMT_GROW(t->rows, t->n, t->cap);
    t->rows[t->n] = (struct pmt_row){{NULL}};
    return &t->rows[t->n++];
}

static const char *code(struct pmt_report *r, struct pmt_slice s)
{
    if (!s.n)
        return "";
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, PMT_CODE_ON);
    pmt_put_clean(&b, s, 120);
    pmt_buf_puts(&b, PMT_CODE_OFF);
    const char *text = pmt_arena_printf(r->arena, "%s", b.data);
    pmt_buf_fini(&b);
    return text;
}

static const char *instant(struct pmt_report *r, int64_t t)
{
    return t == PMT_NO_TIME ? "" : pmt_report_datetime(r, t);
}

static const char *cites_text(struct pmt_report *r, const struct pmt_cites *c)
{
    struct pmt_buf b = {0};
    for (unsigned i = 0; i < c->n; i++)
        pmt_buf_printf(&b, "%sE%u", i ? ", " : "", r->evidence[c->v[i]].id);
    const char *text = pmt_arena_printf(r->arena, "%s", b.data ? b.data : "");
    pmt_buf_fini(&b);
    return text;
}

static void other_events(struct pmt_report *r)
{
    static const char *const heads[] = {"UTC", "Event", "Evidence", NULL};
    size_t hidden = 0;
    for (size_t i = 0; i < r->ntimeline; i++)
        hidden += !r->timeline[i].shown;
    if (!hidden)
        return;
    struct pmt_table *t = table(
        r, "Further events",
        hidden > OTHER_EVENTS_MAX
            ? pmt_arena_printf(r->arena, "%d of %zu; `--format json` has all.", OTHER_EVENTS_MAX, hidden)
            : NULL,
        heads);
    for (size_t i = 0; i < r->ntimeline && t->n < OTHER_EVENTS_MAX; i++)
        if (!r->timeline[i].shown) {
            struct pmt_row *x = row(t);
            x->cells[0] = instant(r, r->timeline[i].t);
            x->cells[1] = r->timeline[i].message;
            x->cells[2] = cites_text(r, &r->timeline[i].cites);
        }
}

static void numbers(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Finding", "Start", "End", "Length", "Failed", "Of", "Clients hit",
                                        "Grade", NULL};
    if (!in->findings->n)
        return;
    bool others = in->findings->n > (r->incident != NULL);
    struct pmt_table *t = table(r, "Incidents and findings",
                                others ? "The others are drafted with `--incident` and the name in "
                                         "the first column." : NULL, heads);
    for (size_t i = 0; i < in->findings->n; i++) {
        const struct pmt_incident *p = &in->findings->incidents[i];
        struct pmt_row *x = row(t);
        struct pmt_buf id = {0};
        pmt_incident_id(p, &id);
        x->cells[0] = pmt_arena_printf(r->arena, "%s%s", id.data,
                                       p == r->incident ? " (this draft)" : "");
        pmt_buf_fini(&id);
        x->cells[1] = instant(r, p->start);
        x->cells[2] = p->ongoing ? "ongoing" : instant(r, p->end);
        x->cells[3] = pmt_report_duration(r, p->end - p->start);
        x->cells[4] = pmt_report_count(r, p->numbers.failed);
        x->cells[5] = pmt_report_count(r, p->numbers.requests);
        x->cells[6] = pmt_arena_printf(
            r->arena, "%s of %s", pmt_report_count(r, p->numbers.clients_affected),
            pmt_report_count(r, p->numbers.clients));
        x->cells[7] = p->severity == PMT_GRADE_LOW ? "small" : "";
    }
}

static void removals(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Server", "State", "From", "To", "Length", "Known from", NULL};
    if (!in->findings->nremovals)
        return;
    struct pmt_table *t = table(r, "Servers out of service", NULL, heads);
    for (size_t i = 0; i < in->findings->nremovals; i++) {
        const struct pmt_removal *p = &in->findings->removals[i];
        struct pmt_row *x = row(t);
        char name[256];
        int n = snprintf(name, sizeof name, "%.*s/%.*s", PMT_FMT(p->backend), PMT_FMT(p->server));
        x->cells[0] = code(r, pmt_slice(name, n < 0 ? 0 : (size_t)n < sizeof name ? (size_t)n
                                                                                 : sizeof name - 1));
        x->cells[1] = pmt_removal_kind_name(p->kind);
        x->cells[2] = instant(r, p->from);
        x->cells[3] = p->open ? "no return in these logs" : instant(r, p->to);
        x->cells[4] = p->open ? "" : pmt_report_duration(r, p->to - p->from);
        x->cells[5] = p->inferred ? "state line, return from traffic (est.)" : "state lines";
    }
}

static const char *year_text(const struct pmt_map *m)
{
    static const char *const text[] = {
        "", "; year: `--year`", "; year: from a dated stamp in the same lines",
        "; year: from dated logs beside it", "; year: from the gzip header",
        "; year: from the file's time", "; year: from the order of lines", "; year: unknown"};
    return text[m->year_from];
}

static const char *layer_note(const struct pmt_scanned *s)
{
    return s->parser ? s->parser->name : "";
}

static void sources(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Source", "Format", "Zone, and how it is known", "Lines", "Read", "Not read",
                                        "First (UTC)", "Last (UTC)", "Damage", NULL};
    struct pmt_table *t = table(r, "Sources", NULL, heads);
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        struct pmt_row *x = row(t);
        x->cells[0] = code(r, pmt_str(s->input->shown));
        x->cells[1] = s->skipped ? s->skipped : layer_note(s);
        x->cells[2] = "";
        x->cells[8] = pmt_arena_printf(r->arena, "%s", s->info.damage);
        if (!s->tally)
            continue;
        if (s->tally->nclocks) {
            const struct pmt_map *m = &s->maps[s->main_clock][s->main_segment];
            x->cells[2] = pmt_arena_printf(r->arena, "%s: %s%s", m->zone_name, m->why, year_text(m));
        }
        x->cells[3] = pmt_report_count(r, s->tally->lines);
        x->cells[4] = pmt_report_count(r, s->tally->understood);
        x->cells[5] = pmt_report_count(r, s->tally->not_understood);
        x->cells[6] = instant(r, s->first);
        x->cells[7] = instant(r, s->last);
    }
    for (size_t i = 0; i < in->inputs->nnotes; i++) {
        struct pmt_row *x = row(t);
        x->cells[0] = code(r, pmt_str(in->inputs->notes[i].shown));
        x->cells[1] = pmt_arena_printf(r->arena, "not read: %s", in->inputs->notes[i].why);
    }
}

/* Lines that no parser understood: the first few of each source, with the reason. */
static void examples(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Line", "Why not", "Text", NULL};
    struct pmt_table *t = NULL;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        for (unsigned k = 0; s->tally && k < s->tally->nrejects; k++) {
            if (!t)
                t = table(r, "Lines not understood",
                          "The first of each source; `--invalid FILE` writes them all.", heads);
            if (t->n == EXAMPLES_MAX)
                return;
            const struct pmt_rejected *j = &s->tally->rejects[k];
            struct pmt_row *x = row(t);
            struct pmt_buf text = {0};
            pmt_redact_line(in->redactor, j->excerpt, &text);
            x->cells[0] = pmt_arena_printf(r->arena, "%s:%llu", s->input->shown,
                                           (unsigned long long)j->line);
            x->cells[1] = pmt_arena_printf(r->arena, "column %zu: %s", j->column + 1, j->why);
            x->cells[2] = code(r, pmt_buf_view(&text));
            pmt_buf_fini(&text);
        }
    }
}

static void left_out(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Not counted as users", "Rule", "Requests", NULL};
    if (!in->counted->nleft && !in->counted->nnotes)
        return;
    struct pmt_buf intro = {0};
    for (size_t i = 0; i < in->counted->nnotes; i++)
        pmt_buf_printf(&intro, "%s%s.", i ? " " : "", in->counted->notes[i]);
    struct pmt_table *t = table(r, "What was counted",
                                intro.n ? pmt_arena_printf(r->arena, "%s", intro.data) : NULL, heads);
    pmt_buf_fini(&intro);
    for (size_t i = 0; i < in->counted->nleft; i++) {
        struct pmt_row *x = row(t);
        struct pmt_buf what = {0};
        pmt_put_clean(&what, pmt_str(in->counted->left_out[i].what), 160);
        x->cells[0] = pmt_arena_printf(r->arena, "%s", what.data ? what.data : "");
        pmt_buf_fini(&what);
        x->cells[1] = in->counted->left_out[i].rule;
        x->cells[2] = pmt_report_count(r, in->counted->left_out[i].count);
    }
}

/* What machine readers and the banner's readers must know, in sentences. */
static void warnings(struct pmt_report *r, const struct pmt_report_input *in)
{
    for (size_t i = 1; i < r->banner.n; i++)
        pmt_lines_add(&r->warnings, r->banner.v[i]);
    for (size_t i = 0; i < in->inputs->nnotes; i++)
        pmt_lines_add(&r->warnings, pmt_arena_printf(r->arena, "%s: %s", in->inputs->notes[i].shown,
                                                     in->inputs->notes[i].why));
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (s->skipped)
            pmt_lines_add(&r->warnings,
                          pmt_arena_printf(r->arena, "%s: %s", s->input->shown, s->skipped));
        if (s->tally && s->tally->marks_dropped)
            pmt_lines_add(&r->warnings,
                          pmt_arena_printf(r->arena, "%s: %llu events past the first %d are counted only",
                                           s->input->shown,
                                           (unsigned long long)s->tally->marks_dropped, PMT_MARKS_MAX));
    }
    for (size_t i = 0; i < in->counted->nnotes; i++)
        pmt_lines_add(&r->warnings, in->counted->notes[i]);
}

void pmt_report_annex(struct pmt_report *r, const struct pmt_report_input *in)
{
    numbers(r, in);
    removals(r, in);
    other_events(r);
    left_out(r, in);
    sources(r, in);
    examples(r, in);
    warnings(r, in);
}
