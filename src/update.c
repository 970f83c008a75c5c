#include "pmt/update.h"

#include <stdlib.h>

/* A line of a block. */
struct item {
    struct pmt_slice blank;  /* blank lines in front of it */
    struct pmt_slice line;   /* with its end */
    struct pmt_slice text;   /* without */
    size_t ours;             /* bytes that were generated; 0: people's line */
    unsigned number;         /* of the line in the report, from 1 */
    size_t entry, like;      /* in the marker; the item of the other list that it is; NONE */
    bool edit;               /* stands where a generated line is missing */
};
#define NONE SIZE_MAX

struct items {
    struct item *v;
    size_t n, cap;
    struct pmt_slice blank; /* blank lines behind the last */
};

static void note(struct pmt_update_notes *notes, const char *text)
{
    PMT_GROW(notes->lines.v, notes->lines.n, notes->lines.cap);
    notes->lines.v[notes->lines.n++] = text;
}

/* ---- a block in lines ------------------------------------------------------------------------ */

static struct items read_items(const struct pmt_block *k)
{
    struct items list = {0};
    struct pmt_slice rest = k->content, line, blank = PMT_NO_SLICE;
    size_t next = 0;
    for (unsigned number = k->number + 1; pmt_next_line(&rest, &line); number++) {
        struct item x = {.line = line, .text = pmt_line_text(line), .number = number,
                         .entry = NONE, .like = NONE};
        if (!x.text.n) {
            blank = pmt_slice(blank.p ? blank.p : line.p, blank.n + line.n);
            continue;
        }
        for (size_t e = next; e < k->nlines && x.entry == NONE; e++)
            if (pmt_block_line_is(x.text, &k->lines[e]))
                x.entry = e;
        if (x.entry != NONE) {
            x.ours = k->lines[x.entry].n;
            next = x.entry + 1;
        }
        x.blank = blank;
        blank = PMT_NO_SLICE;
        PMT_GROW(list.v, list.n, list.cap);
        list.v[list.n++] = x;
    }
    list.blank = blank;
    return list;
}

/* Marks the lines that stand where generated ones are missing. Returns the line of the first such
 * place, 0 when nothing is missing; *what says what happened there. */
static unsigned find_edits(const struct pmt_block *k, struct items *list, const char **what)
{
    unsigned first = 0;
    size_t next = 0;
    for (size_t i = 0, from = 0; i <= list->n; i++) {
        bool end = i == list->n;
        if (!end && list->v[i].entry == NONE)
            continue;
        bool missing = end ? next < k->nlines : next < list->v[i].entry;
        for (size_t j = from; missing && j < i; j++)
            list->v[j].edit = true;
        if (missing && !first) {
            unsigned here = end ? k->number + 1 : list->v[i].number;
            if (end && list->n)
                here = list->v[list->n - 1].number + 1;
            first = from < i ? list->v[from].number : here;
            *what = from < i ? "was changed" : "a line was taken away in front of it";
        }
        next = end ? 0 : list->v[i].entry + 1;
        from = i + 1;
    }
    return first;
}

static bool is_box(struct pmt_slice s)
{
    return s.n > 5 && pmt_slice_starts(s, "- [") && s.p[4] == ']';
}

/* Tasks are there to be worded anew: one that stands where a generated one is missing is people's
 * from then on, and what it was made from is not drawn again. False where fewer stand there than
 * are missing, or something else than tasks. */
static bool take_tasks(const struct pmt_block *k, struct items *list, bool *replaced)
{
    size_t next = 0;
    for (size_t i = 0, from = 0; i <= list->n; i++) {
        bool end = i == list->n;
        if (!end && list->v[i].entry == NONE)
            continue;
        size_t to = end ? k->nlines : list->v[i].entry, boxes = 0;
        for (size_t j = from; j < i; j++)
            boxes += is_box(list->v[j].text);
        if (to > next && (boxes < to - next || boxes < i - from))
            return false;
        for (size_t j = from; to > next && j < i; j++)
            list->v[j].edit = false;
        for (; replaced && next < to; next++)
            replaced[next] = true;
        next = end ? 0 : list->v[i].entry + 1;
        from = i + 1;
    }
    return true;
}

bool pmt_update_edited(const struct pmt_blocks *report, struct pmt_edit *ret)
{
    for (size_t i = 0; i < report->n; i++) {
        const struct pmt_block *k = &report->v[i];
        *ret = (struct pmt_edit){.block = k->name, .line = k->number, .what = "begins here"};
        if (k->whole) {
            if (pmt_block_hash(k->content) != k->hash)
                return true;
            continue;
        }
        struct items list = read_items(k);
        unsigned line = find_edits(k, &list, &ret->what);
        if (line && take_tasks(k, &list, NULL))
            line = 0;
        free(list.v);
        if (line) {
            ret->line = line;
            return true;
        }
    }
    return false;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* The longest question that the text begins with; 0 when there is none. */
static size_t question(struct pmt_slice text)
{
    size_t longest = 0;
    for (const struct pmt_phrase *p = pmt_phrases; p->id; p++)
        if (strncmp(p->id, "todo-", 5) == 0 && pmt_slice_starts(text, p->text) &&
            strlen(p->text) > longest)
            longest = strlen(p->text);
    return longest;
}

bool pmt_update_unanswered(struct pmt_slice text)
{
    size_t n;
    text = pmt_slice_trim(text);
    while (text.n && (n = question(text)))
        text = pmt_slice_trim(pmt_slice(text.p + n, text.n - n));
    return !text.n;
}

/* "- TODO(detection): when ...": a line that asks, and nothing else. */
static struct pmt_slice asked(struct pmt_slice line)
{
    if (pmt_slice_starts(line, "- [ ] "))
        line = pmt_slice(line.p + 6, line.n - 6);
    else if (pmt_slice_starts(line, "- "))
        line = pmt_slice(line.p + 2, line.n - 2);
    return pmt_slice_starts(line, "TODO(") && pmt_update_unanswered(line) ? line : PMT_NO_SLICE;
}

/* Does the fresh draft ask none of this any more? */
static bool answered(const struct pmt_blocks *fresh, struct pmt_slice line)
{
    struct pmt_slice name = asked(line);
    const char *end = name.n ? memchr(name.p, ')', name.n) : NULL;
    if (!end)
        return false;
    struct pmt_buf b = {0};
    pmt_buf_put(&b, name.p, (size_t)(end + 1 - name.p));
    bool gone = !pmt_slice_find(fresh->text, b.data);
    pmt_buf_fini(&b);
    return gone;
}

/* ---- which line is which --------------------------------------------------------------------- */

static struct pmt_slice ours_of(const struct item *x)
{
    return pmt_slice(x->text.p, x->ours);
}

static struct pmt_slice tail_of(const struct item *x)
{
    return pmt_slice(x->text.p + x->ours, x->text.n - x->ours);
}

/* What of a generated line stays when its numbers change: a label, a time, the words in front of
 * the first figure in parentheses or citation. */
static struct pmt_slice key_of(const struct item *x)
{
    static const char *const ends[] = {":** ", ".** ", " - ", " (", " [E"};
    struct pmt_slice s = ours_of(x);
    size_t mark = s.n > 2 ? 2 : 0; /* "- " */
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *p = pmt_slice_find(pmt_slice(s.p + mark, s.n - mark), ends[i]);
        if (p)
            return pmt_slice(s.p, (size_t)(p - s.p));
    }
    return s;
}

/* The same but for a ticked box. */
static bool same(struct pmt_slice a, struct pmt_slice b)
{
    if (is_box(a) && is_box(b)) {
        a = pmt_slice(a.p + 5, a.n - 5);
        b = pmt_slice(b.p + 5, b.n - 5);
    }
    return pmt_slice_eq(a, b);
}

static void match(struct items *old, struct items *fresh, bool exactly)
{
    for (size_t i = 0; i < old->n; i++) {
        struct item *x = &old->v[i];
        for (size_t k = 0; x->ours && x->like == NONE && k < fresh->n; k++) {
            struct item *y = &fresh->v[k];
            if (!y->ours || y->like != NONE ||
                !(exactly ? same(ours_of(x), ours_of(y)) : same(key_of(x), key_of(y))))
                continue;
            x->like = k;
            y->like = i;
        }
    }
}

/* ---- the block anew -------------------------------------------------------------------------- */

struct merge {
    struct items old, fresh;
    struct pmt_update_notes *notes;
    struct pmt_buf *out;
    bool crlf;
    bool people;    /* the last line that was put is people's */
    bool *done;     /* people's items that were put */
    size_t last;    /* old items behind the last generated line begin here */
};

static void put_ours(struct merge *m, struct pmt_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        pmt_buf_puts(m->out, s.p[i] == '\n' ? (m->crlf ? "\r\n" : "\n")
                             : s.p[i] == '\r' ? ""
                                              : (char[2]){s.p[i], '\0'});
}

static void put_fresh(struct merge *m, const struct item *x)
{
    const struct item *was = x->like == NONE ? NULL : &m->old.v[x->like];
    if (m->people && was)
        pmt_buf_slice(m->out, was->blank);
    else
        put_ours(m, x->blank);
    struct pmt_slice ours = ours_of(x);
    if (was && is_box(was->text) && is_box(ours)) {
        pmt_buf_put(m->out, was->text.p, 5);
        ours = pmt_slice(ours.p + 5, ours.n - 5);
    }
    put_ours(m, ours);
    struct pmt_slice tail = was ? tail_of(was) : PMT_NO_SLICE;
    if (was && tail.n && !pmt_update_unanswered(tail)) {
        /* To the byte, with the blanks at its end. */
        pmt_buf_put(m->out, tail.p, (size_t)(was->line.p + was->line.n - tail.p));
    } else {
        if (!was || tail.n)
            put_ours(m, tail_of(x));
        put_ours(m, PMT_SLICE("\n"));
    }
    m->people = false;
}

static void put_people(struct merge *m, size_t i)
{
    const struct item *x = &m->old.v[i];
    pmt_buf_slice(m->out, x->blank);
    pmt_buf_slice(m->out, x->line);
    m->people = true;
    m->done[i] = true;
}

static bool is_people(const struct merge *m, size_t i)
{
    return !m->old.v[i].ours && !m->old.v[i].edit && !m->done[i];
}

static bool is_there(const struct item *x)
{
    return x->ours && x->like != NONE;
}

static void put_between(struct merge *m, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (is_people(m, i))
            put_people(m, i);
}

/* People's lines from old item i up to the next generated one that is still there; those directly
 * in front of that one wait for it if the line above them is gone. */
static void put_behind(struct merge *m, size_t i)
{
    size_t stop = i;
    while (stop < m->last && !is_there(&m->old.v[stop]))
        stop++;
    size_t tail = stop;
    while (stop < m->last && tail > i && !m->old.v[tail - 1].ours)
        tail--;
    put_between(m, i, tail == i ? stop : tail);
}

static void put_before(struct merge *m, size_t i)
{
    size_t from = i;
    while (from && !m->old.v[from - 1].ours)
        from--;
    put_between(m, from, i);
}

/* A generated line that is no more, but that people have written on, is theirs from now on. So is
 * nothing that was asked and is answered now. */
static void sort_out(struct merge *m, const struct pmt_blocks *fresh)
{
    for (size_t i = 0; i < m->old.n; i++) {
        struct item *x = &m->old.v[i];
        if (!x->ours) {
            m->done[i] = answered(fresh, x->text);
        } else if (x->like == NONE && !pmt_update_unanswered(tail_of(x))) {
            x->ours = 0;
            note(m->notes,
                 pmt_arena_printf(m->notes->arena, "%u: this line is not drawn from the logs any "
                                  "more; kept, as people have written on it", x->number));
        }
    }
}

static void put_items(struct merge *m)
{
    m->last = m->old.n;
    while (m->last && !m->old.v[m->last - 1].ours)
        m->last--; /* what stands behind the last generated line stays at the end */
    put_behind(m, 0);
    for (size_t k = 0; k < m->fresh.n; k++) {
        const struct item *x = &m->fresh.v[k];
        if (!x->ours)
            continue;
        if (x->like != NONE)
            put_before(m, x->like);
        put_fresh(m, x);
        if (x->like != NONE)
            put_behind(m, x->like + 1);
    }
    put_between(m, 0, m->old.n);
    if (m->people)
        pmt_buf_slice(m->out, m->old.blank);
}

/* What people worded anew is not put a second time. */
static void leave_replaced(struct merge *m, const struct pmt_block *old)
{
    bool *replaced = pmt_alloc((old->nlines + 1) * sizeof *replaced);
    size_t left = 0;
    if (take_tasks(old, &m->old, replaced)) {
        for (size_t i = 0; i < m->fresh.n; i++) {
            bool is = false;
            for (size_t e = 0; e < old->nlines && !is; e++)
                is = replaced[e] && m->fresh.v[i].ours && is_box(m->fresh.v[i].text) &&
                     pmt_block_line_is(m->fresh.v[i].text, &old->lines[e]);
            if (!is)
                m->fresh.v[left++] = m->fresh.v[i];
        }
        m->fresh.n = left;
    }
    free(replaced);
}

static void merge_block(const struct pmt_block *old, const struct pmt_block *new,
                        const struct pmt_blocks *fresh, struct pmt_update_notes *notes,
                        struct pmt_buf *out)
{
    struct merge m = {.notes = notes, .out = out, .crlf = pmt_slice_ends(old->begin, "\r\n")};
    const char *what;
    put_ours(&m, new->begin);
    if (old->whole || new->whole) {
        put_ours(&m, new->content); /* nobody adds to it */
    } else {
        m.old = read_items(old);
        m.fresh = read_items(new);
        m.done = pmt_alloc(m.old.n + 1);
        if (find_edits(old, &m.old, &what))
            leave_replaced(&m, old);
        match(&m.old, &m.fresh, true);
        match(&m.old, &m.fresh, false);
        sort_out(&m, fresh);
        put_items(&m);
        free(m.done);
        free(m.old.v);
        free(m.fresh.v);
    }
    pmt_buf_slice(out, old->end);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void say_missing(const struct pmt_blocks *report, const struct pmt_blocks *fresh,
                        struct pmt_update_notes *notes)
{
    for (size_t i = 0; i < fresh->n; i++)
        if (!pmt_blocks_find(report, fresh->v[i].name))
            note(notes, pmt_arena_printf(notes->arena, " the block \"%.*s\" was taken out of the "
                                         "report; it stays out", PMT_FMT(fresh->v[i].name)));
}

/* Text outside of the blocks; only the line that names the incident changes in it. */
static void put_outside(const struct pmt_blocks *report, const struct pmt_blocks *fresh,
                        const char *from, const char *to, struct pmt_buf *out)
{
    struct pmt_slice draft = pmt_slice_trim(pmt_line_text(report->draft));
    if (draft.n && draft.p >= from && draft.p < to) {
        pmt_buf_put(out, from, (size_t)(draft.p - from));
        pmt_buf_slice(out, pmt_line_text(fresh->draft));
        from = draft.p + draft.n;
    }
    pmt_buf_put(out, from, (size_t)(to - from));
}

void pmt_update_merge(const struct pmt_blocks *report, const struct pmt_blocks *fresh,
                      struct pmt_update_notes *notes, struct pmt_buf *out)
{
    const char *done = report->text.p;
    say_missing(report, fresh, notes);
    for (size_t i = 0; i < report->n; i++) {
        const struct pmt_block *k = &report->v[i], *new = pmt_blocks_find(fresh, k->name);
        put_outside(report, fresh, done, k->begin.p, out);
        if (new)
            merge_block(k, new, fresh, notes, out);
        else
            pmt_buf_put(out, k->begin.p, (size_t)(k->end.p + k->end.n - k->begin.p));
        done = k->end.p + k->end.n;
    }
    put_outside(report, fresh, done, report->text.p + report->text.n, out);
}
