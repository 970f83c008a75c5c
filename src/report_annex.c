#include "report_parts.h"

#include "pmt/formats.h"

enum { OTHER_EVENTS_MAX = 60, EXAMPLES_MAX = 12, NOTES_MAX = 40, REMOVALS_MAX = 60 };

struct pmt_table *pmt_report_table(struct pmt_report *r, const char *title, const char *intro,
                                   const char *const *heads)
{
    struct pmt_table *t = &r->tables[r->ntables++];
    *t = (struct pmt_table){.title = title, .intro = intro};
    for (int i = 0; heads[i] && i < 9; i++)
        t->heads[i] = heads[i];
    return t;
}

struct pmt_row *pmt_report_row(struct pmt_table *t)
{
    PMT_GROW(t->rows, t->n, t->cap);
    t->rows[t->n] = (struct pmt_row){{NULL}};
    return &t->rows[t->n++];
}

static const char *code_of(struct pmt_report *r, struct pmt_slice s, size_t max)
{
    if (!s.n)
        return "";
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, PMT_CODE_ON);
    pmt_put_clean(&b, s, max);
    pmt_buf_puts(&b, PMT_CODE_OFF);
    const char *text = pmt_arena_printf(r->arena, "%s", b.data);
    pmt_buf_fini(&b);
    return text;
}

static const char *code(struct pmt_report *r, struct pmt_slice s)
{
    return code_of(r, s, 120);
}

static const char *instant(struct pmt_report *r, int64_t t)
{
    return t == PMT_NO_TIME ? "" : pmt_report_datetime(r, t);
}

const char *pmt_report_cites_text(struct pmt_report *r, const struct pmt_cites *c)
{
    struct pmt_buf b = {0};
    for (unsigned i = 0; i < c->n; i++)
        pmt_buf_printf(&b, "%sE%u", i ? ", " : "", r->evidence[c->v[i]].id);
    const char *text = pmt_arena_printf(r->arena, "%s", b.data ? b.data : "");
    pmt_buf_fini(&b);
    return text;
}

static const char *some_of(struct pmt_report *r, size_t shown, size_t all)
{
    return all > shown ? pmt_arena_printf(r->arena, "%zu of %zu; " PMT_CODE_ON "--format json"
                                                    PMT_CODE_OFF " has all.", shown, all)
                       : NULL;
}

static bool is_further(const struct pmt_event_entry *e)
{
    return !e->shown && !e->told;
}

static void mark_cited(struct pmt_report *r, const struct pmt_cites *c)
{
    for (unsigned i = 0; i < c->n; i++)
        r->evidence[c->v[i]].cited = true;
}

static void mark_labelled(struct pmt_report *r, const struct pmt_labelled *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < l[i].n; k++)
            mark_cited(r, &l[i].sentences[k].cites);
}

/* What the body cites, and the table of further events. */
void pmt_report_mark_cited(struct pmt_report *r)
{
    size_t further = 0;
    mark_labelled(r, r->summary, r->nsummary);
    mark_labelled(r, r->cause, r->ncause);
    for (size_t i = 0; i < r->slots.n; i++)
        mark_cited(r, &r->slot_cites[i]);
    for (size_t i = 0; i < r->ntasks; i++)
        mark_cited(r, &r->tasks[i].cites);
    for (size_t i = 0; i < r->nfactors; i++)
        mark_cited(r, &r->factors[i].cites);
    for (size_t i = 0; i < r->nfirsts; i++)
        mark_cited(r, &r->firsts[i].cites);
    for (size_t i = 0; i < r->ntimeline; i++)
        if (r->timeline[i].shown ||
            (is_further(&r->timeline[i]) && further++ < OTHER_EVENTS_MAX))
            mark_cited(r, &r->timeline[i].cites);
}

static void other_events(struct pmt_report *r)
{
    static const char *const heads[] = {"UTC", "Event", "Evidence", NULL};
    size_t hidden = 0;
    for (size_t i = 0; i < r->ntimeline; i++)
        hidden += is_further(&r->timeline[i]);
    if (!hidden)
        return;
    struct pmt_table *t =
        pmt_report_table(r, "Further events", some_of(r, OTHER_EVENTS_MAX, hidden), heads);
    for (size_t i = 0; i < r->ntimeline && t->n < OTHER_EVENTS_MAX; i++)
        if (is_further(&r->timeline[i])) {
            struct pmt_row *x = pmt_report_row(t);
            x->cells[0] = instant(r, r->timeline[i].t);
            x->cells[1] = r->timeline[i].message;
            x->cells[2] = pmt_report_cites_text(r, &r->timeline[i].cites);
        }
}

/* "2022-02-26 08:47:31, after 08:47:30": an edge and the nearest success outside. */
static const char *edge(struct pmt_report *r, int64_t t, int64_t good, const char *side)
{
    if (good == PMT_NO_TIME || good == t)
        return instant(r, t);
    return pmt_arena_printf(r->arena, "%s, %s %s", instant(r, t), side,
                            pmt_report_beside(r, good, t));
}

static void numbers(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Finding", "Start", "End", "Length", "Failed", "Of",
                                        "Clients hit", "Grade", NULL};
    if (!in->findings->n)
        return;
    bool others = in->findings->n > (r->incident != NULL);
    const char *how = "The others are drafted with " PMT_CODE_ON "--incident" PMT_CODE_OFF
                      " and the name in the first column.";
    struct pmt_table *t = pmt_report_table(r, "Incidents and findings", others ? how : NULL, heads);
    for (size_t i = 0; i < in->findings->n; i++) {
        const struct pmt_incident *p = &in->findings->incidents[i];
        struct pmt_row *x = pmt_report_row(t);
        struct pmt_buf id = {0};
        pmt_incident_id(p, &id);
        x->cells[0] = pmt_arena_printf(r->arena, "%s%s", id.data,
                                       p == r->incident ? " (this draft)" : "");
        pmt_buf_fini(&id);
        x->cells[1] = edge(r, p->start, p->good_before, "after");
        x->cells[2] = p->ongoing ? "ongoing" : edge(r, p->end, p->good_after, "before");
        x->cells[3] = pmt_report_duration(r, pmt_whole(p->start, p->end));
        if (p->bursts) {
            struct pmt_phase bad = pmt_incident_failing(p);
            x->cells[3] = pmt_arena_printf(r->arena, "%s: %zu bursts, %s", x->cells[3], p->bursts,
                                           pmt_report_duration(r, pmt_whole(bad.from, bad.to)));
        }
        if (p->flow) { /* else nothing was counted */
            x->cells[4] = pmt_report_count(r, p->numbers.failed);
            x->cells[5] = pmt_report_count(r, p->numbers.requests);
            x->cells[6] = pmt_arena_printf(r->arena, "%s of %s",
                                           pmt_report_count(r, p->numbers.clients_affected),
                                           pmt_report_count(r, p->numbers.clients));
        }
        if (pmt_report_trouble(p))
            x->cells[4] = pmt_arena_printf(r->arena, "%s %s", pmt_report_count(r, p->lines),
                                           p->kind == PMT_INCIDENT_UPSTREAM ? "error lines"
                                                                            : "connections");
        if (p->kind == PMT_INCIDENT_SILENCE && p->expected)
            x->cells[5] = pmt_arena_printf(r->arena, "about %s expected",
                                           pmt_report_count(r, p->expected));
        x->cells[7] = p->severity == PMT_GRADE_LOW ? "small" : "";
    }
}

static const char *server_text(struct pmt_report *r, const struct pmt_report_input *in,
                               const struct pmt_removal *p)
{
    struct pmt_buf b = {0};
    if (p->pause && p->out)
        return code(r, pmt_report_subject(r, in, p->out->mark));
    pmt_buf_slice(&b, p->backend);
    if (p->backend.n)
        pmt_buf_puts(&b, "/");
    pmt_buf_slice(&b, p->server);
    const char *text = code(r, pmt_buf_view(&b));
    pmt_buf_fini(&b);
    return text;
}

static void removals(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Server", "State", "From", "To", "Length", "Known from",
                                        NULL};
    static const char *const known[] = {"state lines", "state line, return from traffic (est.)",
                                        "traffic (est.)"};
    size_t n = in->findings->nremovals;
    if (!n)
        return;
    struct pmt_table *t =
        pmt_report_table(r, "Servers out of service", some_of(r, REMOVALS_MAX, n), heads);
    /* The newest ones, as the incident is about them, behind the one that it is about. */
    const struct pmt_removal *v = in->findings->removals, *standing = pmt_report_standing(r, in);
    for (size_t i = n > REMOVALS_MAX ? n - REMOVALS_MAX : 0, first = i; i < n; i++) {
        const struct pmt_removal *p = i == first && standing && standing < &v[i] ? standing : &v[i];
        struct pmt_row *x = pmt_report_row(t);
        x->cells[0] = server_text(r, in, p);
        x->cells[1] = pmt_removal_kind_name(p->kind);
        x->cells[2] = p->began_before ? pmt_arena_printf(r->arena, "at or before %s",
                                                         instant(r, p->from))
                                      : instant(r, p->from);
        x->cells[3] = p->open ? "no return in these logs" : instant(r, p->to);
        x->cells[4] = p->open ? "" : pmt_report_duration(r, pmt_whole(p->from, p->to));
        if (p->began_before && !p->open)
            x->cells[4] = pmt_arena_printf(r->arena, "at least %s", x->cells[4]);
        x->cells[5] = p->pause ? "nginx error log, end by fail_timeout (est.)"
                               : known[!p->inferred ? 0 : p->out ? 1 : 2];
    }
}

/* Names of files and what was typed stand in it. */
static const char *clean(struct pmt_report *r, const char *text)
{
    struct pmt_buf b = {0};
    pmt_put_clean(&b, pmt_str(text), 400);
    return pmt_report_keep(r, &b);
}

enum { GAPS_TOLD = 8 };

/* Damage, gaps, and lines that cannot be right. */
static const char *remarks(struct pmt_report *r, const struct pmt_scanned *s)
{
    struct pmt_buf b = {0};
    pmt_put_clean(&b, pmt_str(s->info.damage), 400);
    for (size_t i = 0; i < s->ngaps && i < GAPS_TOLD; i++) {
        pmt_buf_puts(&b, b.n ? "; " : "");
        pmt_put_gap(&b, &s->gaps[i]);
    }
    if (s->ngaps > GAPS_TOLD)
        pmt_buf_printf(&b, "; and %zu gaps more", s->ngaps - GAPS_TOLD);
    if (s->impossible) {
        struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, s->impossible))};
        pmt_buf_puts(&b, b.n ? "; " : "");
        pmt_put_phrase(&b, "impossible", v, 1);
    }
    if (s->timed != PMT_TIMED_AS_READ && s->tally) {
        bool number = s->timed == PMT_TIMED_BY_NUMBER;
        struct pmt_slice format = pmt_str(s->format ? s->format : "");
        bool apache = pmt_slice_starts(format, "apache:");
        struct pmt_value v[] = {PMT_V("what", code_of(r, format, 1000)),
                                PMT_C("other", pmt_str(apache ? "%{ms}T" : "$request_time_ms")),
                                PMT_C("left", pmt_str(apache ? "%T" : "$request_time"))};
        pmt_buf_puts(&b, b.n ? "; " : "");
        pmt_put_phrase(&b, number ? "timed-number" : "timed-perhaps", v,
                       PMT_COUNT(v));
    }
    return pmt_report_keep(r, &b);
}

static const char *format(struct pmt_report *r, const struct pmt_scanned *s)
{
    struct pmt_buf b = {0};
    if (s->info.compression == PMT_JOURNAL)
        pmt_buf_printf(&b, "systemd-journal: line N is entry N of journalctl --file%s",
                       s->info.unclosed ? "; it was not closed" : "");
    else
        pmt_put_format(&b, s->parser, &s->own);
    const char *text = clean(r, b.data ? b.data : "");
    pmt_buf_fini(&b);
    return text;
}

static void source_row(struct pmt_report *r, const struct pmt_report_input *in, struct pmt_row *x,
                       const struct pmt_scanned *s)
{
    x->cells[0] = code(r, pmt_str(s->input->shown));
    x->cells[1] = s->skipped ? clean(r, s->skipped) : format(r, s);
    x->cells[8] = remarks(r, s);
    if (!s->tally)
        return;
    if (s->tally->nclocks)
        x->cells[2] = pmt_report_times(r, in, s);
    x->cells[3] = pmt_report_count(r, s->tally->lines);
    x->cells[4] = pmt_report_count(r, s->tally->understood);
    x->cells[5] = pmt_report_count(r, s->tally->not_understood);
    x->cells[6] = instant(r, s->first);
    x->cells[7] = instant(r, s->last);
}

/* Nothing about it needs to be said. */
static bool is_plain(const struct pmt_scanned *s)
{
    return s->tally && !s->info.damage[0] && !s->tally->not_understood && !s->ngaps &&
           !s->impossible;
}

static void sources(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Source", "Format", "Zone, and how it is known", "Lines",
                                        "Read", "Not read", "First (UTC)", "Last (UTC)", "Remarks",
                                        NULL};
    size_t all = in->nsources + in->inputs->nnotes, odd = in->inputs->nnotes;
    for (size_t i = 0; i < in->nsources; i++)
        odd += !is_plain(&in->sources[i]);
    size_t plain = odd < PMT_SOURCES_SHOWN ? PMT_SOURCES_SHOWN - odd : 0;
    struct pmt_table *t = pmt_report_table(r, "Sources", some_of(r, PMT_SOURCES_SHOWN, all), heads);
    /* Where they are too many, those that are not as they should be come first. */
    for (size_t i = 0; i < in->nsources && t->n < PMT_SOURCES_SHOWN; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (is_plain(s) && !plain)
            continue;
        plain -= is_plain(s);
        source_row(r, in, pmt_report_row(t), s);
    }
    for (size_t i = 0; i < in->inputs->nnotes && t->n < PMT_SOURCES_SHOWN; i++) {
        const struct pmt_input_note *n = &in->inputs->notes[i];
        struct pmt_row *x = pmt_report_row(t);
        x->cells[0] = code(r, pmt_str(n->shown));
        bool conf = strncmp(n->why, "is configuration", 16) == 0;
        x->cells[1] = conf ? clean(r, n->why + 3)
                           : pmt_arena_printf(r->arena, "not read: %s", clean(r, n->why));
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
                t = pmt_report_table(r, "Lines not understood",
                          "The first of each source; " PMT_CODE_ON "--invalid FILE" PMT_CODE_OFF
                          " writes them all.", heads);
            if (t->n == EXAMPLES_MAX)
                return;
            const struct pmt_rejected *j = &s->tally->rejects[k];
            struct pmt_row *x = pmt_report_row(t);
            struct pmt_buf text = {0};
            pmt_redact_line(in->redactor, j->excerpt, &text);
            x->cells[0] = code(r, pmt_str(pmt_arena_printf(r->arena, "%s:%llu", s->input->shown,
                                                           (unsigned long long)j->line)));
            x->cells[1] = pmt_arena_printf(r->arena, "column %zu: %s", j->column + 1, j->why);
            x->cells[2] = code(r, pmt_buf_view(&text));
            pmt_buf_fini(&text);
        }
    }
}

static const char *note_text(struct pmt_report *r, const struct pmt_note *n)
{
    struct pmt_value v[] = {PMT_C("log", pmt_str(n->log)), PMT_C("other", pmt_str(n->other))};
    return pmt_report_text(r, n->kind == PMT_NOTE_COPY ? "annex-copy" : "annex-through", v, 2);
}

static void left_out(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Not counted as users", "Rule", "Requests", NULL};
    if (!in->counted->nleft && !in->counted->nnotes)
        return;
    struct pmt_buf intro = {0};
    for (size_t i = 0; i < in->counted->nnotes && i < NOTES_MAX; i++) {
        pmt_buf_puts(&intro, i ? " " : "");
        pmt_buf_puts(&intro, note_text(r, &in->counted->notes[i]));
    }
    struct pmt_table *t = pmt_report_table(r, "What was counted",
                                intro.n ? pmt_report_keep(r, &intro) : NULL, heads);
    for (size_t i = 0; i < in->counted->nleft; i++) {
        const struct pmt_left_out *l = &in->counted->left_out[i];
        bool agent = l->rule == PMT_LEFT_AGENT;
        struct pmt_row *x = pmt_report_row(t);
        struct pmt_buf name = {0};
        if (agent)
            pmt_buf_slice(&name, l->name);
        else
            pmt_redact_path(in->redactor, l->name, &name);
        struct pmt_value v[] = {PMT_C("name", pmt_buf_view(&name))};
        x->cells[0] = pmt_report_text(r, agent ? "annex-agent" : "annex-rhythm", v, 1);
        x->cells[1] = pmt_report_text(r, agent ? "annex-agent-rule" : "annex-rhythm-rule", NULL, 0);
        x->cells[2] = pmt_report_count(r, l->count);
        pmt_buf_fini(&name);
    }
}

static void warn_source(struct pmt_report *r, const struct pmt_scanned *s)
{
    const char *shown = s->input->shown;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, s->impossible))};
    if (s->impossible)
        pmt_lines_add(&r->warnings, pmt_arena_printf(r->arena, "%s: %s", shown,
                                                     pmt_report_text(r, "impossible", v, 1)));
    if (s->skipped)
        pmt_lines_add(&r->warnings, pmt_arena_printf(r->arena, "%s: %s", shown, s->skipped));
    if (s->tally && s->tally->marks_dropped)
        pmt_lines_add(&r->warnings,
                      pmt_arena_printf(r->arena,
                                       "%s: %llu events past the first %d are counted only", shown,
                                       (unsigned long long)s->tally->marks_dropped,
                                       PMT_MARKS_MAX));
}

/* What machine readers and the banner's readers must know, in sentences. */
static void warnings(struct pmt_report *r, const struct pmt_report_input *in)
{
    for (size_t i = 1; i < r->banner.n; i++)
        pmt_lines_add(&r->warnings, r->banner.v[i]);
    for (size_t i = 0; i < in->inputs->nnotes; i++)
        pmt_lines_add(&r->warnings, pmt_arena_printf(r->arena, "%s: %s", in->inputs->notes[i].shown,
                                                     in->inputs->notes[i].why));
    for (size_t i = 0; i < in->nsources; i++)
        warn_source(r, &in->sources[i]);
    for (size_t i = 0; i < in->counted->nnotes; i++)
        pmt_lines_add(&r->warnings, note_text(r, &in->counted->notes[i]));
}

static void factors(struct pmt_report *r)
{
    static const char *const heads[] = {"What was seen, and how usual it is", "Evidence", NULL};
    if (!r->nfactors)
        return;
    struct pmt_table *t = pmt_report_table(r, "Contributing factors", NULL, heads);
    for (size_t i = 0; i < r->nfactors; i++) {
        struct pmt_row *x = pmt_report_row(t);
        x->cells[0] = r->factors[i].text;
        x->cells[1] = pmt_report_cites_text(r, &r->factors[i].cites);
    }
}

void pmt_report_annex(struct pmt_report *r, const struct pmt_report_input *in)
{
    numbers(r, in);
    pmt_report_answers_table(r, in);
    pmt_report_worst_table(r, in);
    pmt_report_took_table(r);
    pmt_report_response_tables(r, in);
    removals(r, in);
    factors(r);
    other_events(r);
    pmt_report_notes_table(r, in);
    left_out(r, in);
    sources(r, in);
    examples(r, in);
    warnings(r, in);
}
