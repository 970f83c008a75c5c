#include "pmt/final.h"

#include "pmt/blocks.h"

#include <stdlib.h>

enum { WHAT_MAX = 160 };

static void add(struct pmt_final *f, unsigned line, const char *what)
{
    PMT_GROW(f->v, f->n, f->cap);
    f->v[f->n++] = (struct pmt_open){line, what};
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Where a comment, a tag, an image or the target of a link ends that begins here; 0: none does. */
static size_t no_words(struct pmt_slice s)
{
    const char *end = NULL;
    if (pmt_slice_starts(s, "<!--")) {
        end = pmt_slice_find(s, "-->");
        return end ? (size_t)(end - s.p) + 3 : 0;
    }
    if (pmt_slice_starts(s, "](") || pmt_slice_starts(s, "![")) {
        end = memchr(s.p, ')', s.n);
        return end ? (size_t)(end - s.p) + 1 : 0;
    }
    if (s.n > 1 && s.p[0] == '<' && (s.p[1] == '/' || (s.p[1] | 32) >= 'a') && (s.p[1] | 32) <= 'z')
        end = memchr(s.p, '>', s.n);
    return end ? (size_t)(end - s.p) + 1 : 0;
}

static size_t words_of(struct pmt_slice line)
{
    struct pmt_buf b = {0};
    for (size_t i = 0; i < line.n;) {
        size_t n = no_words(pmt_slice(line.p + i, line.n - i));
        if (!n && line.p[i])
            pmt_buf_put(&b, line.p + i, 1);
        i += n ? n : 1;
    }
    size_t words = b.n ? pmt_count_words(b.data) : 0;
    pmt_buf_fini(&b);
    return words;
}

/* Does the text hold this word, in capitals or not? */
static bool has_word(struct pmt_slice s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.n; i++) {
        size_t k = 0;
        while (k < n && (s.p[i + k] | 32) == word[k])
            k++;
        bool fresh = i == 0 || (s.p[i - 1] | 32) < 'a' || (s.p[i - 1] | 32) > 'z';
        if (k == n && fresh)
            return true;
    }
    return false;
}

static bool has_any(struct pmt_slice s, const char *const *words)
{
    for (; *words; words++)
        if (has_word(s, *words))
            return true;
    return false;
}

/* ---- sections -------------------------------------------------------------------------------- */

/* Words by one of which a heading is known. */
static const struct {
    const char *name;
    const char *words[5];
} sections[] = {
    {"Issue Summary", {"summary", "overview", NULL}},
    {"Timeline", {"timeline", NULL}},
    {"Root cause and resolution", {"root cause", NULL}},
    {"Corrective and preventative measures", {"corrective", "prevent", "action items", NULL}},
};
enum { NSECTIONS = sizeof sections / sizeof *sections, MEASURES = NSECTIONS - 1, NO_SECTION = -1 };

/* What is known while the lines pass. */
struct walk {
    struct pmt_final *f;
    unsigned number;
    bool fence, front; /* within a code fence, or the front matter */
    bool annex;
    bool seen[NSECTIONS];
    int section;
    size_t tasks;
};

static size_t heading(struct pmt_slice line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == '#')
        n++;
    return n && n < line.n && line.p[n] == ' ' ? n : 0;
}

static void read_heading(struct walk *w, struct pmt_slice line)
{
    if (heading(line) == 1 && has_word(line, "draft"))
        add(w->f, w->number, "the title says that it is a draft");
    if (heading(line) != 2)
        return;
    w->section = NO_SECTION;
    for (int i = 0; i < NSECTIONS; i++)
        if (has_any(line, sections[i].words)) {
            w->seen[i] = true;
            w->section = i;
        }
}

/* ---- what is open in a line ------------------------------------------------------------------ */

/* Each TODO by itself, up to the next. */
static void find_todos(struct walk *w, struct pmt_slice line)
{
    const char *p = pmt_slice_find(line, "TODO");
    while (p) {
        struct pmt_slice rest = pmt_slice(p + 4, (size_t)(line.p + line.n - p) - 4);
        const char *next = pmt_slice_find(rest, "TODO");
        struct pmt_slice one = pmt_slice(p, (size_t)((next ? next : line.p + line.n) - p));
        one = pmt_slice_head(pmt_slice_trim(one), WHAT_MAX);
        if (p == line.p || p[-1] != '`') /* the legend of the draft names it */
            add(w->f, w->number, pmt_arena_printf(w->f->arena, "%.*s", PMT_FMT(one)));
        p = next;
    }
}

static void find_marks(struct walk *w, struct pmt_slice line)
{
    size_t n = 0;
    struct pmt_slice rest = line;
    for (const char *p; (p = pmt_slice_find(rest, "est.)")); n++)
        rest = pmt_slice(p + 5, (size_t)(line.p + line.n - p) - 5);
    if (n && !pmt_slice_find(line, "(est.) marks"))
        add(w->f, w->number,
            pmt_arena_printf(w->f->arena, "%zu value%s marked (est.): look at %s, and take the "
                             "mark away", n, n == 1 ? " is" : "s are", n == 1 ? "it" : "them"));
    if (has_word(line, "hypothesis") || has_word(line, "unconfirmed"))
        add(w->f, w->number, "a hypothesis is not confirmed");
    if (pmt_slice_starts(line, "> ") && has_word(line, "not reviewed"))
        add(w->f, w->number, "the banner says that nobody has reviewed it");
}

/* "2022-03-01", "by 1 April", "Q2": some digit behind "due", or a date. */
static bool has_date(struct pmt_slice s)
{
    for (size_t i = 0; i + 6 <= s.n; i++)
        if (s.p[i] == '-' && s.p[i + 3] == '-' && i >= 4)
            return true;
    return has_word(s, "due") || has_word(s, "until") || has_word(s, "deadline");
}

/* "#12", "ABC-12", "ticket ..." or a link */
static bool has_ticket(struct pmt_slice s)
{
    for (size_t i = 1; i + 1 < s.n; i++) {
        bool digit = s.p[i + 1] >= '0' && s.p[i + 1] <= '9';
        bool capital = s.p[i - 1] >= 'A' && s.p[i - 1] <= 'Z';
        if (digit && (s.p[i] == '#' || (s.p[i] == '-' && capital)))
            return true;
    }
    return has_word(s, "ticket") || has_word(s, "issue") || pmt_slice_find(s, "://");
}

static void read_task(struct walk *w, struct pmt_slice line)
{
    static const char *const owners[] = {"owner", "owned by", "assigned", "assignee", NULL};
    bool box = line.n > 6 && pmt_slice_starts(line, "- [") && line.p[4] == ']';
    if (!box || (w->section != MEASURES && w->seen[MEASURES]))
        return;
    w->tasks++;
    if (pmt_slice_find(line, "TODO"))
        return; /* asks by itself */
    bool who = has_any(line, owners) || memchr(line.p, '@', line.n), when = has_date(line);
    bool where = has_ticket(line);
    if (!who || !when || !where)
        add(w->f, w->number,
            pmt_arena_printf(w->f->arena, "the task has no %s%s%s%s%s", who ? "" : "owner",
                             !who && !when && where ? " and no " : !who && !when ? ", no " : "",
                             when ? "" : "due date",
                             !where && (!who || !when) ? " and no " : "", where ? "" : "ticket"));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void read_line(struct walk *w, struct pmt_slice line)
{
    if (w->number == 1 && pmt_slice_is(line, "---")) {
        w->front = true;
        return;
    }
    if (w->front) {
        w->front = !pmt_slice_is(line, "---");
        return;
    }
    if (pmt_slice_starts(line, "```") || pmt_slice_starts(line, "~~~")) {
        w->fence = !w->fence;
        return;
    }
    bool comment = pmt_slice_starts(line, "<!-- pm-timeline:");
    if (pmt_slice_starts(line, "<!-- pm-timeline:begin annex") ||
        (heading(line) && has_word(line, "annex"))) {
        add(w->f, w->number, "the annex is still attached");
        w->annex = true;
    }
    if (w->fence || comment || w->annex)
        return;
    w->f->words += words_of(line);
    if (heading(line))
        read_heading(w, line);
    find_todos(w, line);
    find_marks(w, line);
    read_task(w, line);
}

void pmt_final_check(struct pmt_final *f, struct pmt_slice report)
{
    struct walk w = {.f = f, .section = NO_SECTION};
    struct pmt_slice rest = report, line;
    if (pmt_slice_starts(rest, "\xEF\xBB\xBF"))
        rest = pmt_slice(rest.p + 3, rest.n - 3);
    while (!w.annex && pmt_next_line(&rest, &line)) {
        w.number++;
        read_line(&w, pmt_line_text(line));
    }
    for (int i = 0; i < NSECTIONS; i++)
        if (!w.seen[i])
            add(f, 0,
                pmt_arena_printf(f->arena, "the section \"%s\" is missing", sections[i].name));
    if (!w.tasks)
        add(f, 0, "there is no list of tasks (\"- [ ] ...\")");
    if (f->words < PMT_FINAL_WORDS_MIN || f->words > PMT_FINAL_WORDS_MAX)
        add(f, 0, pmt_arena_printf(f->arena, "%zu words, where %d to %d are to the point", f->words,
                                   PMT_FINAL_WORDS_MIN, PMT_FINAL_WORDS_MAX));
}

void pmt_final_fini(struct pmt_final *f)
{
    free(f->v);
    *f = (struct pmt_final){0};
}
