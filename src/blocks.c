#include "pmt/blocks.h"

#include <stdlib.h>

static const char head[] = "<!-- pm-timeline:", tail[] = "-->";

/* ---- lines ------------------------------------------------------------------------------- */

bool pmt_next_line(struct pmt_slice *rest, struct pmt_slice *line)
{
    if (!rest->n)
        return false;
    const char *end = memchr(rest->p, '\n', rest->n);
    *line = pmt_slice(rest->p, end ? (size_t)(end + 1 - rest->p) : rest->n);
    *rest = pmt_slice(rest->p + line->n, rest->n - line->n);
    return true;
}

struct pmt_slice pmt_line_text(struct pmt_slice line)
{
    while (line.n && memchr("\n\r \t", line.p[line.n - 1], 4))
        line.n--;
    return line;
}

/* A box that people ticked is the same box. */
static uint32_t hash_line(struct pmt_slice line)
{
    static const char box[] = "- [ ] ";
    uint64_t h = 0;
    if (pmt_slice_starts(line, "- [x] ") || pmt_slice_starts(line, "- [X] ") ||
        pmt_slice_starts(line, box)) {
        h = pmt_hash(box, sizeof box - 1, 0);
        line = pmt_slice(line.p + sizeof box - 1, line.n - (sizeof box - 1));
    }
    return (uint32_t)(pmt_hash(line.p, line.n, h) & 0xFFFFF);
}

bool pmt_block_line_is(struct pmt_slice line, const struct pmt_block_line *generated)
{
    return line.n >= generated->n && hash_line(pmt_slice(line.p, generated->n)) == generated->hash;
}

uint32_t pmt_block_hash(struct pmt_slice content)
{
    struct pmt_slice line;
    uint64_t h = 0;
    while (pmt_next_line(&content, &line)) {
        struct pmt_slice text = pmt_line_text(line);
        h = pmt_hash(text.p, text.n, h + 1);
    }
    return (uint32_t)h;
}

/* ---- writing ----------------------------------------------------------------------------- */

/* What of a line is ours, without the blanks and the list's mark that may be all of it. */
static struct pmt_slice ours(struct pmt_slice line)
{
    const char *open = line.n ? memchr(line.p, *PMT_OPEN_TAIL, line.n) : NULL;
    struct pmt_slice s = pmt_line_text(open ? pmt_slice(line.p, (size_t)(open - line.p)) : line);
    return pmt_slice_is(s, "-") || pmt_slice_is(s, "- [ ]") || pmt_slice_is(s, ">") ? PMT_NO_SLICE
                                                                                   : s;
}

static void put_without_mark(struct pmt_buf *out, struct pmt_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != *PMT_OPEN_TAIL)
            pmt_buf_put(out, s.p + i, 1);
}

void pmt_put_block(struct pmt_buf *out, const char *name, struct pmt_slice content, bool whole)
{
    struct pmt_slice rest = content, line;
    if (!content.n)
        return;
    pmt_buf_printf(out, "%sbegin %s", head, name);
    if (whole)
        pmt_buf_printf(out, " =%08x", (unsigned)pmt_block_hash(content));
    while (!whole && pmt_next_line(&rest, &line)) {
        struct pmt_slice s = ours(line);
        if (s.n)
            pmt_buf_printf(out, " %zu.%05x", s.n, (unsigned)hash_line(s));
    }
    pmt_buf_printf(out, " %s\n", tail);
    put_without_mark(out, content);
    pmt_buf_printf(out, "%send %s %s\n", head, name, tail);
}

void pmt_put_draft_mark(struct pmt_buf *out, struct pmt_slice incident)
{
    struct pmt_slice id = incident.n ? incident : PMT_SLICE("none");
    pmt_buf_printf(out, "%sdraft %.*s %s\n", head, PMT_FMT(id), tail);
}

/* ---- reading ----------------------------------------------------------------------------- */

static int wrong(struct pmt_blocks *b, unsigned line, const char *why)
{
    b->wrong = line;
    b->why = why;
    return -1;
}

static struct pmt_slice word(struct pmt_slice *rest)
{
    struct pmt_slice s = pmt_slice_trim(*rest);
    size_t n = 0;
    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
        n++;
    *rest = pmt_slice(s.p + n, s.n - n);
    return pmt_slice(s.p, n);
}

static bool read_hex(struct pmt_slice s, uint32_t *ret)
{
    uint32_t v = 0;
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < s.n; i++) {
        const char *digit = memchr(digits, s.p[i], 16);
        if (!digit)
            return false;
        v = v << 4 | (uint32_t)(digit - digits);
    }
    *ret = v;
    return s.n > 0 && s.n <= 8;
}

/* "76.3f2a9" or "=3f2a91bc" */
static bool read_entry(struct pmt_block *k, struct pmt_slice s)
{
    struct pmt_cursor c = pmt_cursor(s);
    struct pmt_block_line l;
    int64_t n;
    if (pmt_cur_char(&c, '=')) {
        k->whole = true;
        return !k->nlines && read_hex(pmt_cur_rest(&c), &k->hash);
    }
    if (k->whole || !pmt_cur_digits(&c, 1, 6, &n) || !n || !pmt_cur_char(&c, '.') ||
        !read_hex(pmt_cur_rest(&c), &l.hash) || k->nlines == PMT_BLOCK_LINES_MAX)
        return false;
    l.n = (size_t)n;
    PMT_GROW(k->lines, k->nlines, k->caplines);
    k->lines[k->nlines++] = l;
    return true;
}

/* What one marker says: "begin timeline 76.3f2a9", "end timeline", "draft ID". *open is the block
 * that has begun and not ended. */
static int read_marker(struct pmt_blocks *b, struct pmt_slice line, struct pmt_slice says,
                       unsigned number, struct pmt_block **open)
{
    struct pmt_slice what = word(&says), name = word(&says), entry;
    if (pmt_slice_is(what, "draft")) {
        if (b->draft.p)
            return wrong(b, number, "a second comment says which incident the draft is about");
        if (*open)
            return wrong(b, number, "a comment of the draft stands within a block");
        b->draft = line;
        b->incident = name;
        return name.n ? 0 : wrong(b, number, "the comment does not name an incident");
    }
    if (pmt_slice_is(what, "end")) {
        if (!*open || !pmt_slice_eq((*open)->name, name))
            return wrong(b, number, "a block ends here that has not begun");
        (*open)->end = line;
        const char *from = (*open)->begin.p + (*open)->begin.n;
        (*open)->content = pmt_slice(from, (size_t)(line.p - from));
        *open = NULL;
        return 0;
    }
    if (!pmt_slice_is(what, "begin") || !name.n)
        return wrong(b, number, "this comment is none that pm-timeline knows");
    if (*open)
        return wrong(b, number, "a block begins within another; its end is missing");
    if (pmt_blocks_find(b, name))
        return wrong(b, number, "this block is there twice");
    if (b->n == PMT_BLOCKS_MAX)
        return wrong(b, number, "there are too many blocks");
    struct pmt_block *k = &b->v[b->n++];
    *k = (struct pmt_block){.name = name, .number = number, .begin = line};
    while ((entry = word(&says)).n)
        if (!read_entry(k, entry))
            return wrong(b, number, "the numbers in this comment were changed");
    *open = k;
    return 0;
}

int pmt_blocks_read(struct pmt_blocks *b, struct pmt_slice text)
{
    struct pmt_slice rest = text, line;
    struct pmt_block *open = NULL;
    *b = (struct pmt_blocks){.text = text};
    if (pmt_slice_starts(rest, "\xEF\xBB\xBF"))
        rest = pmt_slice(rest.p + 3, rest.n - 3);
    for (unsigned number = 1; pmt_next_line(&rest, &line); number++) {
        struct pmt_slice says = pmt_slice_trim(pmt_line_text(line));
        if (!pmt_slice_starts(says, head))
            continue;
        if (!pmt_slice_ends(says, tail))
            return wrong(b, number, "this comment does not end on its line");
        says = pmt_slice(says.p + sizeof head - 1, says.n - (sizeof head - 1) - (sizeof tail - 1));
        if (read_marker(b, line, says, number, &open))
            return -1;
    }
    return open ? wrong(b, open->number, "this block does not end") : 0;
}

void pmt_blocks_fini(struct pmt_blocks *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->v[i].lines);
    *b = (struct pmt_blocks){0};
}

const struct pmt_block *pmt_blocks_find(const struct pmt_blocks *b, struct pmt_slice name)
{
    for (size_t i = 0; i < b->n; i++)
        if (pmt_slice_eq(b->v[i].name, name))
            return &b->v[i];
    return NULL;
}
