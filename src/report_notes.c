#include "report_parts.h"

#include <stdlib.h>

enum {
    TEXT_MAX = 240,   /* bytes of a note that the draft shows */
    NOTED_MAX = 2,    /* notes in a paragraph */
    UNTIMED_MAX = 4,  /* notes without a time among the slots */
    ROWS_MAX = 60,    /* of the table */
};
#define BEHIND (24 * PMT_HOUR) /* what is noted later than this after the end is left out */

/* ---- words ------------------------------------------------------------------------------- */

static bool name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

/* People are named with an '@' in notes: "@anna" becomes "[redacted]". What has letters on both
 * sides is an address, which the redactor knows. */
static void put_without_handles(struct pmt_buf *b, struct pmt_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '@' || (i && name_byte(s.p[i - 1])) || i + 1 == s.n ||
            !name_byte(s.p[i + 1])) {
            pmt_buf_put(b, s.p + i, 1);
            continue;
        }
        while (i + 1 < s.n && (name_byte(s.p[i + 1]) ||
                               (s.p[i + 1] == '.' && i + 2 < s.n && name_byte(s.p[i + 2]))))
            i++;
        pmt_buf_puts(b, "[redacted]");
    }
}

/* Where the text ends that has at most `max` sentences. */
static size_t sentences(const char *text, unsigned max)
{
    size_t i = 0;
    for (; text[i]; i++)
        if (strchr(".!?", text[i]) && text[i + 1] == ' ' && text[i + 2] >= 'A' &&
            text[i + 2] <= 'Z' && !--max)
            return i + 1;
    return i;
}

static const char *redacted(struct pmt_report *r, const struct pmt_report_input *in,
                            struct pmt_slice s)
{
    struct pmt_buf people = {0}, line = {0}, clean = {0};
    if (in->redacted)
        put_without_handles(&people, s);
    else
        pmt_buf_slice(&people, s);
    pmt_redact_line(in->redactor, pmt_buf_view(&people), &line);
    pmt_put_clean(&clean, pmt_buf_view(&line), TEXT_MAX);
    pmt_buf_fini(&people);
    pmt_buf_fini(&line);
    return pmt_report_keep(r, &clean);
}

/* At most so many sentences of it, with a full stop. */
static const char *stopped(struct pmt_report *r, const char *text, unsigned max)
{
    size_t n = sentences(text, max);
    if (!n)
        return pmt_report_text(r, "noted-none", NULL, 0);
    bool stop = strchr(".!?", text[n - 1]) != NULL;
    return pmt_arena_printf(r->arena, "%.*s%s", (int)n, text, stop ? "" : ".");
}

/* ---- which, and when --------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const struct pmt_told_note *x = a, *y = b;
    if (x->t != y->t) {
        if (x->t == PMT_NO_TIME || y->t == PMT_NO_TIME)
            return x->t == PMT_NO_TIME ? 1 : -1;
        return x->t < y->t ? -1 : 1;
    }
    int c = pmt_slice_cmp(x->note->text, y->note->text);
    if (c || x->note->tags != y->note->tags)
        return c ? c : x->note->tags < y->note->tags ? -1 : 1;
    c = pmt_slice_cmp(x->note->raw, y->note->raw);
    if (c || (c = strcmp(x->note->file, y->note->file)))
        return c;
    return x->note->line < y->note->line ? -1 : x->note->line > y->note->line;
}

static bool same(const struct pmt_told_note *x, const struct pmt_told_note *y)
{
    return x->t == y->t && x->note->tags == y->note->tags &&
           pmt_slice_eq(x->note->text, y->note->text);
}

static void place(struct pmt_report *r, const struct pmt_report_input *in, struct pmt_told_note *n)
{
    const struct pmt_note_time *time = &n->note->time;
    const struct pmt_incident *p = r->incident;
    n->t = pmt_note_instant(time, in->display, p ? p->start : PMT_NO_TIME);
    n->zone_assumed = time->when != PMT_NOTE_UNTIMED && !time->zone;
    n->day_assumed = time->when == PMT_NOTE_CLOCK && n->t != PMT_NO_TIME;
    n->use = n->t == PMT_NO_TIME ? PMT_NOTE_AS_SLOT : PMT_NOTE_AS_BULLET;
    if (!p && n->t == PMT_NO_TIME) {
        bool timed = time->when != PMT_NOTE_UNTIMED;
        n->use = PMT_NOTE_LEFT_OUT;
        n->why = pmt_report_text(r, timed ? "note-no-incident" : "note-no-time", NULL, 0);
    } else if (p && n->t != PMT_NO_TIME &&
               (n->t < p->start - in->lead - PMT_HOUR || n->t > p->end + BEHIND)) {
        struct pmt_value v[] = {
            PMT_V("from", pmt_report_datetime(r, p->start - in->lead - PMT_HOUR)),
            PMT_V("to", pmt_report_datetime(r, p->end + BEHIND))};
        n->use = PMT_NOTE_LEFT_OUT;
        n->why = pmt_report_text(r, "note-outside", v, 2);
    }
}

static void cite(struct pmt_report *r, const struct pmt_report_input *in, struct pmt_told_note *n)
{
    struct pmt_buf raw = {0};
    if (in->redacted)
        put_without_handles(&raw, n->note->raw);
    else
        pmt_buf_slice(&raw, n->note->raw);
    PMT_GROW(r->evidence, r->nevidence, r->capevidence);
    r->evidence[r->nevidence] = (struct pmt_evidence){
        .t = n->t, .source = PMT_NO_SOURCE, .file = n->note->file, .line = n->note->line,
        .count = 1, .raw = pmt_arena_copy(r->arena, pmt_buf_view(&raw))};
    pmt_buf_fini(&raw);
    pmt_cites_add(&n->cites, (uint32_t)r->nevidence++);
}

void pmt_report_notes(struct pmt_report *r, const struct pmt_report_input *in)
{
    if (!in->notes || !in->notes->n)
        return;
    r->notes = pmt_alloc(in->notes->n * sizeof *r->notes);
    for (size_t i = 0; i < in->notes->n; i++) {
        r->notes[i].note = &in->notes->v[i];
        place(r, in, &r->notes[i]);
    }
    qsort(r->notes, in->notes->n, sizeof *r->notes, by_time);
    for (size_t i = 0; i < in->notes->n; i++)
        if (!r->nnotes || !same(&r->notes[r->nnotes - 1], &r->notes[i]))
            r->notes[r->nnotes++] = r->notes[i];
    for (size_t i = 0; i < r->nnotes; i++) {
        struct pmt_told_note *n = &r->notes[i];
        n->text = redacted(r, in, n->note->text);
        n->sentence = stopped(r, n->text, 2);
        if (n->use != PMT_NOTE_LEFT_OUT)
            cite(r, in, n);
    }
}

/* ---- bullets ----------------------------------------------------------------------------- */

/* How a note is told, by the first of its tags, and how much it tells: what logs cannot know stands
 * above what they show, too. */
static const struct telling {
    unsigned tags;
    const char *id;
    int rank;
} tellings[] = {{PMT_NOTE_DETECTED, "note-detected", 97},
                {PMT_NOTE_RESOLVED, "note-resolved", 96},
                {PMT_NOTE_MITIGATED, "note-mitigated", 93},
                {PMT_NOTE_ESCALATED, "note-escalated", 97},
                {PMT_NOTE_MISLEADING, "note-misleading", 97},
                {PMT_NOTE_INVESTIGATION, "note-investigation", 92},
                {PMT_NOTE_CAUSE, "note-cause", 90},
                {~0u, "note-plain", 92}};
enum { AGAINST_RANK = 98 };

static const struct telling *telling(unsigned tags)
{
    size_t i = 0;
    while (i + 1 < PMT_COUNT(tellings) && !(tags & tellings[i].tags))
        i++;
    return &tellings[i];
}

static const char *told(struct pmt_report *r, const struct pmt_told_note *n, unsigned max)
{
    bool about = n->note->time.about;
    struct pmt_value v[] = {
        PMT_V("what", pmt_report_text(r, about ? "is-note-about" : "is-note", NULL, 0)),
        PMT_V("sentence", stopped(r, n->text, max))};
    return pmt_report_text(r, telling(n->note->tags)->id, v, 2);
}

void pmt_report_tell_notes(struct pmt_builder *b)
{
    struct pmt_report *r = b->r;
    for (size_t i = 0; i < r->nnotes; i++) {
        struct pmt_told_note *n = &r->notes[i];
        if (n->use != PMT_NOTE_AS_BULLET)
            continue;
        struct pmt_cites cites = n->cites;
        if (r->incident)
            n->against = pmt_report_against(r, b->in, n, &cites);
        const char *text = told(r, n, n->against ? 1 : 2);
        if (n->against)
            text = pmt_arena_printf(r->arena, "%s %s", text, n->against);
        int rank = n->against ? AGAINST_RANK : telling(n->note->tags)->rank;
        struct pmt_event_entry *e = pmt_report_entry(r, n->t, 0, "note", text, rank);
        e->cites = cites;
        e->minutes = !n->note->time.seconds;
        e->time_known = n->note->time.about ? PMT_ESTIMATED : PMT_OBSERVED;
        n->cites = cites;
    }
}

/* ---- slots ------------------------------------------------------------------------------- */

static const struct pmt_told_note *noted(const struct pmt_report *r, unsigned tag)
{
    for (size_t i = 0; i < r->nnotes; i++)
        if (r->notes[i].use != PMT_NOTE_LEFT_OUT && (r->notes[i].note->tags & tag))
            return &r->notes[i];
    return NULL;
}

/* Does any of these notes say who noticed it? */
static bool says_how(const struct pmt_report *r)
{
    static const char *const words[] = {"alert",  "alarm", "monitor", "page",   "engineer",
                                        "customer", "user", "support", "ticket", "client",
                                        "operator", "on-call", "oncall", "report", "call"};
    for (size_t i = 0; i < r->nnotes; i++) {
        const struct pmt_told_note *n = &r->notes[i];
        if (n->use == PMT_NOTE_LEFT_OUT || !(n->note->tags & PMT_NOTE_DETECTED))
            continue;
        struct pmt_buf low = {0};
        for (const char *p = n->text; *p; p++) {
            char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
            pmt_buf_put(&low, &c, 1);
        }
        bool found = false;
        for (size_t w = 0; w < PMT_COUNT(words) && low.data; w++)
            found |= strstr(low.data, words[w]) != NULL;
        pmt_buf_fini(&low);
        if (found)
            return true;
    }
    return false;
}

static void ask(struct pmt_report *r, const char *id)
{
    pmt_lines_add(&r->slots, pmt_report_text(r, id, NULL, 0));
}

static void untimed(struct pmt_report *r)
{
    const unsigned of_timeline = PMT_NOTE_DETECTED | PMT_NOTE_ESCALATED | PMT_NOTE_MISLEADING |
                                 PMT_NOTE_INVESTIGATION;
    size_t n = 0;
    for (size_t i = 0; i < r->nnotes && n < UNTIMED_MAX; i++) {
        const struct pmt_told_note *x = &r->notes[i];
        if (x->use != PMT_NOTE_AS_SLOT || !(x->note->tags & of_timeline))
            continue;
        struct pmt_value v[] = {PMT_V("sentence", told(r, x, 1))};
        r->slot_cites[r->slots.n] = x->cites;
        pmt_lines_add(&r->slots, pmt_report_text(r, "todo-time", v, 1));
        n++;
    }
}

void pmt_report_slots(struct pmt_report *r)
{
    bool looked = noted(r, PMT_NOTE_INVESTIGATION), misled = noted(r, PMT_NOTE_MISLEADING);
    untimed(r);
    if (!noted(r, PMT_NOTE_DETECTED))
        ask(r, "todo-detection");
    else if (!says_how(r))
        ask(r, "todo-detection-how");
    if (!looked || !misled)
        ask(r, looked ? "todo-misleading" : misled ? "todo-suspected" : "todo-investigation");
    if (!noted(r, PMT_NOTE_ESCALATED))
        ask(r, "todo-escalation");
}

void pmt_report_ask(struct pmt_report *r, struct pmt_labelled *to, unsigned tags,
                    const char *question, const char *left)
{
    size_t n = 0;
    for (size_t i = 0; i < r->nnotes && n < NOTED_MAX; i++) {
        const struct pmt_told_note *x = &r->notes[i];
        if (x->use == PMT_NOTE_LEFT_OUT || !(x->note->tags & tags) || !x->text[0])
            continue;
        struct pmt_value v[] = {PMT_V("sentence", x->sentence),
                                PMT_V("what", pmt_report_text(r, "is-note", NULL, 0))};
        struct pmt_cites one = {{x->cites.v[0]}, 1};
        const char *id = tags == PMT_NOTE_IMPACT ? "note-plain" : "noted";
        pmt_say(to, pmt_report_text(r, id, v, 2), &one);
        n++;
    }
    const char *ask_for = n ? left : question;
    if (ask_for)
        pmt_say(to, pmt_report_text(r, ask_for, NULL, 0), NULL);
}

/* "mitigated at 09:15, resolved at 27 Feb 19:00": what was done stands in their bullets. What the
 * logs contradict is no answer. */
void pmt_report_ask_resolution(struct pmt_report *r, struct pmt_labelled *to)
{
    const unsigned end = PMT_NOTE_MITIGATED | PMT_NOTE_RESOLVED;
    bool one_day = r->incident->start / PMT_DAY == r->incident->end / PMT_DAY;
    struct pmt_buf list = {0};
    struct pmt_cites cites = {{0}, 0};
    size_t n = 0;
    for (size_t i = 0; i < r->nnotes && n < NOTED_MAX; i++) {
        const struct pmt_told_note *x = &r->notes[i];
        if (x->use != PMT_NOTE_AS_BULLET || x->against || !(x->note->tags & end))
            continue;
        /* Over midnight with its date. */
        const char *at = pmt_report_beside(r, x->t, one_day ? r->incident->start : x->t + PMT_DAY);
        int length = (int)strlen(at) - (x->note->time.seconds ? 0 : 3); /* ":00" */
        bool over = x->note->tags & PMT_NOTE_RESOLVED;
        struct pmt_value v[] = {PMT_V("at", pmt_arena_printf(r->arena, "%.*s", length, at))};
        pmt_buf_puts(&list, n++ ? ", " : "");
        pmt_put_phrase(&list, over ? "noted-resolved" : "noted-mitigated", v, 1);
        pmt_cites_add(&cites, x->cites.v[0]);
    }
    struct pmt_value v[] = {PMT_V("list", pmt_report_keep(r, &list))};
    if (n)
        pmt_say(to, pmt_report_text(r, "noted-ends", v, 1), &cites);
    for (size_t i = 0; i < r->nnotes && !n; i++)
        if (r->notes[i].use == PMT_NOTE_AS_SLOT && (r->notes[i].note->tags & end)) {
            pmt_report_ask(r, to, end, NULL, NULL);
            n++;
        }
    pmt_say(to, pmt_report_text(r, n ? "todo-resolution-left" : "todo-resolution", NULL, 0), NULL);
}

/* ---- around ------------------------------------------------------------------------------ */

void pmt_report_notes_banner(struct pmt_report *r)
{
    size_t shown = 0, against = 0;
    for (size_t i = 0; i < r->nnotes; i++) {
        shown += r->notes[i].use != PMT_NOTE_LEFT_OUT;
        against += r->notes[i].against != NULL;
    }
    if (shown)
        r->banner.v[0] = pmt_arena_printf(r->arena, "%s %s", r->banner.v[0],
                                          pmt_report_text(r, "banner-notes", NULL, 0));
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, against))};
    if (against)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-against", v, 1));
}

static void row(struct pmt_table *t, struct pmt_report *r, const char *file, uint64_t line,
                const char *what)
{
    struct pmt_buf b = {0};
    if (t->n == ROWS_MAX)
        return;
    pmt_buf_puts(&b, PMT_CODE_ON);
    pmt_put_clean(&b, pmt_str(file), 160);
    if (line)
        pmt_buf_printf(&b, ":%llu", (unsigned long long)line);
    pmt_buf_puts(&b, PMT_CODE_OFF);
    struct pmt_row *x = pmt_report_row(t);
    x->cells[0] = pmt_report_keep(r, &b);
    pmt_put_clean(&b, pmt_str(what), 300);
    x->cells[1] = pmt_report_keep(r, &b);
}

/* A day that was not written is said where it may be another. */
static bool day_unclear(const struct pmt_report *r, const struct pmt_told_note *n)
{
    return n->day_assumed && r->incident && r->incident->end - r->incident->start > 12 * PMT_HOUR;
}

static void note_rows(struct pmt_report *r, const struct pmt_report_input *in, struct pmt_table *t,
                      const struct pmt_told_note *n)
{
    const char *file = n->note->file;
    uint64_t line = n->note->line;
    struct pmt_value zone[] = {PMT_V("name", in->display ? pmt_zone_name(in->display) : "UTC")};
    if (n->use == PMT_NOTE_LEFT_OUT) {
        row(t, r, file, line, n->why);
        return;
    }
    if (n->zone_assumed)
        row(t, r, file, line, pmt_report_text(r, "note-zone-assumed", zone, 1));
    if (day_unclear(r, n)) {
        struct pmt_value day[] = {PMT_V("at", pmt_report_datetime(r, n->t))};
        row(t, r, file, line, pmt_report_text(r, "note-day-assumed", day, 1));
    }
}

void pmt_report_notes_table(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Note", "What of it", NULL};
    if (!in->notes)
        return;
    bool any = in->notes->nproblems;
    for (size_t i = 0; i < r->nnotes; i++)
        any |= r->notes[i].use == PMT_NOTE_LEFT_OUT || r->notes[i].zone_assumed ||
               day_unclear(r, &r->notes[i]);
    if (!any)
        return;
    struct pmt_table *t = pmt_report_table(r, "Notes", pmt_report_text(r, "notes-intro", NULL, 0),
                                           heads);
    for (size_t i = 0; i < r->nnotes; i++)
        note_rows(r, in, t, &r->notes[i]);
    for (size_t i = 0; i < in->notes->nproblems; i++) {
        const struct pmt_note_problem *p = &in->notes->problems[i];
        row(t, r, p->file, p->line, p->why);
        pmt_lines_add(&r->warnings, p->line ? pmt_arena_printf(r->arena, "%s:%llu: %s", p->file,
                                                               (unsigned long long)p->line, p->why)
                                            : pmt_arena_printf(r->arena, "%s %s", p->file, p->why));
    }
}
