#include "notes_parts.h"

#include <stdlib.h>

const char *const pmt_note_tags[] = {"detected",   "resolved",      "mitigated",
                                     "escalated",  "misleading",    "investigation",
                                     "cause",      "impact",        "action",
                                     NULL};

/* ---- tags -------------------------------------------------------------------------------- */

/* "#Detected" at p: its bit and its length with the '#'; 0 for none. */
static unsigned tag_at(const char *p, const char *end, size_t *length)
{
    for (size_t i = 0; pmt_note_tags[i]; i++) {
        size_t n = strlen(pmt_note_tags[i]), k = 0;
        while (k < n && p + 1 + k < end && pmt_note_lower(p[1 + k]) == pmt_note_tags[i][k])
            k++;
        const char *behind = p + 1 + n;
        if (k < n || (behind < end && (pmt_note_letter(*behind) || pmt_note_digit(*behind) ||
                                       *behind == '_' || *behind == '-')))
            continue;
        *length = n + 1;
        return 1u << i;
    }
    return 0;
}

/* May a tag begin at p? */
static bool may_begin(struct pmt_slice s, const char *p)
{
    return *p == '#' && (p == s.p || !(pmt_note_letter(p[-1]) || pmt_note_digit(p[-1]) ||
                                       p[-1] == '#' || p[-1] == '/' || p[-1] == '&'));
}

struct pmt_slice pmt_note_unknown_tag(struct pmt_slice line)
{
    size_t length;
    const char *end = line.p + line.n;
    for (const char *p = line.p; p < end; p++) {
        if (!may_begin(line, p) || tag_at(p, end, &length))
            continue;
        const char *q = p + 1;
        while (q < end && pmt_note_letter(*q))
            q++;
        if (q > p + 3 && (q == end || *q == ' ' || *q == '\t' || *q == '.' || *q == ','))
            return pmt_slice(p, (size_t)(q - p));
    }
    return PMT_NO_SLICE;
}

/* The text without its tags, and with one blank where several were. */
static struct pmt_slice take_tags(struct pmt_slice s, struct pmt_arena *arena, unsigned *tags)
{
    char *out = pmt_arena_alloc(arena, s.n + 1);
    const char *end = s.p + s.n;
    size_t n = 0, length;
    *tags = 0;
    for (const char *p = s.p; p < end;) {
        unsigned tag = 0;
        if (may_begin(s, p))
            tag = tag_at(p, end, &length);
        *tags |= tag;
        if (tag) {
            p += length;
            continue;
        }
        bool blank = *p == ' ' || *p == '\t';
        if (!blank || (n && out[n - 1] != ' '))
            out[n++] = blank ? ' ' : *p;
        p++;
    }
    while (n && out[n - 1] == ' ')
        n--;
    return pmt_slice(out, n);
}

/* ---- lines ------------------------------------------------------------------------------- */

/* "- ", "* ", "+ ", "> ", "12. ", "3) ", "[ ] " and "[x] " in front: lists, quotes, tasks. */
static void skip_marks(struct pmt_cursor *c)
{
    for (;;) {
        struct pmt_cursor t = *c;
        int64_t number;
        pmt_cur_blanks(&t);
        c->p = t.p;
        if (pmt_cur_lit(c, "- ") || pmt_cur_lit(c, "* ") || pmt_cur_lit(c, "+ ") ||
            pmt_cur_lit(c, "> ") || pmt_cur_lit(c, "[ ] ") || pmt_cur_lit(c, "[x] ") ||
            pmt_cur_lit(c, "[X] "))
            continue;
        if (pmt_cur_digits(&t, 1, 3, &number) && (pmt_cur_lit(&t, ". ") || pmt_cur_lit(&t, ") "))) {
            *c = t;
            continue;
        }
        return;
    }
}

static bool is_heading(struct pmt_slice s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == '#')
        n++;
    return n && (n == s.n || s.p[n] == ' ' || s.p[n] == '\t');
}

int pmt_note_parse(struct pmt_slice line, struct pmt_arena *arena, struct pmt_noted *ret,
                   const char **why)
{
    struct pmt_slice s = pmt_slice_trim(pmt_slice_head(line, PMT_NOTE_BYTES));
    if (!s.n || is_heading(s) || *s.p == '|')
        return 0;
    struct pmt_cursor c = pmt_cursor(s);
    struct pmt_noted note = {0};
    skip_marks(&c);
    struct pmt_slice text = take_tags(pmt_cur_rest(&c), arena, &note.tags);
    c = pmt_cursor(text);
    int timed = pmt_note_read_time(&c, note.tags != 0, arena, &note.time, why);
    if (timed < 0)
        return -1;
    if (!timed && !note.tags)
        return 0;
    note.text = pmt_slice_trim(pmt_cur_rest(&c));
    if (!note.text.n && !note.tags) {
        *why = "a time without words; write what happened behind it";
        return -1;
    }
    if (!note.text.n && !timed) {
        *why = "a tag without a time or words; write what happened";
        return -1;
    }
    note.raw = pmt_arena_copy(arena, s);
    *ret = note;
    return 1;
}

/* ---- files ------------------------------------------------------------------------------- */

void pmt_notes_fini(struct pmt_notes *n)
{
    free(n->v);
    free(n->problems);
    *n = (struct pmt_notes){0};
}

void pmt_notes_trouble(struct pmt_notes *n, const char *file, uint64_t line, const char *why)
{
    n->bad++;
    if (n->nproblems == PMT_NOTES_PROBLEMS_MAX)
        return;
    PMT_GROW(n->problems, n->nproblems, n->capproblems);
    n->problems[n->nproblems++] = (struct pmt_note_problem){file, line, why};
}

static void add_line(struct pmt_notes *n, const char *shown, const struct pmt_line *line,
                     struct pmt_arena *arena)
{
    struct pmt_noted note;
    const char *why = NULL;
    int is = pmt_note_parse(line->text, arena, &note, &why);
    if (is > 0 && n->n == PMT_NOTES_MAX) {
        pmt_notes_trouble(n, shown, line->number,
                          pmt_arena_printf(arena, "more than %d notes; give fewer",
                                           PMT_NOTES_MAX));
    } else if (is > 0) {
        note.file = shown;
        note.line = line->number;
        PMT_GROW(n->v, n->n, n->cap);
        n->v[n->n++] = note;
    } else if (is < 0) {
        pmt_notes_trouble(n, shown, line->number, why);
    } else if (pmt_slice_trim(line->text).n && !is_heading(pmt_slice_trim(line->text))) {
        n->others++;
        if (n->nfirst_others < PMT_NOTES_LINES_NAMED)
            n->first_others[n->nfirst_others++] = (struct pmt_note_line){shown, line->number};
    }
}

int pmt_notes_read(struct pmt_notes *n, const char *path, const char *shown,
                   struct pmt_arena *arena, const char **damage)
{
    struct pmt_source *s;
    struct pmt_line line;
    *damage = NULL;
    int err = pmt_source_open(path, 0, UINT64_MAX, &s);
    if (err == PMT_EFORMAT || (!err && pmt_source_binary(s))) {
        pmt_source_close(s);
        return PMT_EFORMAT;
    }
    if (err)
        return err;
    while (pmt_source_next(s, &line) > 0)
        add_line(n, shown, &line, arena);
    if (pmt_source_info(s)->damage[0])
        *damage = pmt_arena_printf(arena, "%s", pmt_source_info(s)->damage);
    pmt_source_close(s);
    return 0;
}
