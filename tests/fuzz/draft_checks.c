/* draft_checks.c - what every draft must be like, whatever stood in the logs.
 *
 * Valid UTF-8, no control bytes, nothing that turns the direction of text. In Markdown log text
 * must not become a heading, an HTML tag, a picture or one table cell more. JSON must be JSON.
 */
#include "draft.h"
#include "fuzz.h"

#include <cjson/cJSON.h>

/* One character of UTF-8 (RFC 3629); 0 when there is none. */
static size_t character(const unsigned char *p, size_t n, unsigned long *ret)
{
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    unsigned long c = len == 1 ? p[0] : len ? p[0] & (0xFFU >> (len + 1)) : 0;
    if (!len || len > n || p[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) || c > 0x10FFFF ||
        (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *ret = c;
    return len;
}

enum {
    TABS = 1,   /* between the tokens of JSON */
    TURNED = 2, /* for programs, not for eyes: C1 controls and marks of direction may stay */
};

static void check_text(struct pmt_slice s, unsigned may)
{
    for (size_t i = 0; i < s.n;) {
        unsigned long c = 0;
        size_t n = character((const unsigned char *)s.p + i, s.n - i, &c);
        FUZZ_CHECK(n && "valid UTF-8");
        bool white = c == '\n' || (c == '\t' && (may & TABS));
        FUZZ_CHECK((c >= 0x20 || white) && c != 0x7F && "no control");
        i += n;
        if (may & TURNED)
            continue;
        FUZZ_CHECK(!(c >= 0x80 && c <= 0x9F) && "no C1 control");
        FUZZ_CHECK(!(c >= 0x202A && c <= 0x202E) && !(c >= 0x2066 && c <= 0x2069) && "no bidi");
        FUZZ_CHECK(c != 0x2028 && c != 0x2029 && "no other line end");
    }
}

/* Says which line is wrong before it is found to be. */
static bool fine(bool good, struct pmt_slice line)
{
    if (!good)
        fprintf(stderr, "in: %.*s\n", PMT_FMT(line));
    return good;
}

/* ---- Markdown ---------------------------------------------------------------------------- */

static bool is_heading_of_ours(struct pmt_slice line)
{
    static const char *const ours[] = {
        "# DRAFT post-mortem: ", "## Issue Summary", "## Timeline", "## Root cause and resolution",
        "## Corrective and preventative measures", "## Annex", NULL};
    if (pmt_slice_starts(line, "### ")) /* the annex: its titles are literals */
        return !memchr(line.p, '`', line.n);
    for (size_t i = 0; ours[i]; i++)
        if (pmt_slice_starts(line, ours[i]))
            return true;
    return false;
}

/* CommonMark 6.1: the code span that opens at line[at] ends at a run of backticks as long; where
 * that is, or at itself when it does not end. *at_end is behind the opening run. */
static size_t end_of_code(struct pmt_slice line, size_t at)
{
    size_t open = at;
    while (open < line.n && line.p[open] == '`')
        open++;
    for (size_t i = open; i < line.n;) {
        size_t run = i;
        while (run < line.n && line.p[run] == '`')
            run++;
        if (run > i && run - i == open - at)
            return run;
        i = run > i ? run : i + 1;
    }
    return at;
}

/* Bars that part cells: GFM cuts a row before it looks for code, and only the byte in front of a
 * bar keeps it in its cell (cmark-gfm's table_cell takes the longest match). */
static size_t bars(struct pmt_slice line)
{
    size_t n = 0;
    for (size_t i = 0; i < line.n; i++)
        n += line.p[i] == '|' && !(i && line.p[i - 1] == '\\');
    return n;
}

/* Outside of code, nothing that a log wrote may be markup. */
static void check_inline(struct pmt_slice line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '\\') {
            i++;
        } else if (line.p[i] == '`') {
            size_t end = end_of_code(line, i);
            FUZZ_CHECK(fine(end > i, line) && "a code span ends in its line");
            i = end - 1;
        } else if (line.p[i] == '<') {
            struct pmt_slice tag = pmt_slice(line.p + i, line.n - i);
            FUZZ_CHECK(fine(pmt_slice_starts(tag, "<!-- pm-timeline"), line));
        } else if (line.p[i] == '!') {
            FUZZ_CHECK(fine(!(i + 1 < line.n && line.p[i + 1] == '['), line));
        } else if (line.p[i] == ']') {
            FUZZ_CHECK(fine(!(i + 1 < line.n && line.p[i + 1] == '('), line));
        }
    }
}

static void check_markdown(struct pmt_slice text)
{
    struct pmt_cursor c = pmt_cursor(text);
    struct pmt_slice line;
    size_t cells = 0, lines = 0;
    check_text(text, 0);
    while (pmt_cur_until(&c, '\n', &line)) {
        lines++;
        if (!line.n) {
            cells = 0;
            continue;
        }
        FUZZ_CHECK(fine(line.p[0] != '#' || is_heading_of_ours(line), line));
        FUZZ_CHECK(!pmt_slice_starts(line, "    ") && !pmt_slice_starts(line, "~~~"));
        if (line.p[0] == '|') {
            FUZZ_CHECK(fine(!cells || bars(line) == cells, line));
            cells = bars(line);
        }
        check_inline(line);
    }
    FUZZ_CHECK(pmt_cur_end(&c) && lines > 10 && "every line has its end");
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void check_json(struct pmt_slice text, unsigned may)
{
    check_text(text, may);
    cJSON *json = cJSON_ParseWithLength(text.p, text.n);
    FUZZ_CHECK(json && cJSON_IsObject(json));
    cJSON_Delete(json);
}

static void check_lines_of_json(struct pmt_slice text)
{
    struct pmt_cursor c = pmt_cursor(text);
    struct pmt_slice line;
    while (pmt_cur_until(&c, '\n', &line))
        check_json(line, TURNED);
    FUZZ_CHECK(pmt_cur_end(&c));
}

void check_drafts(const struct drafts *d)
{
    check_markdown(pmt_buf_view(&d->markdown));
    check_json(pmt_buf_view(&d->json), TABS);
    check_lines_of_json(pmt_buf_view(&d->records));
}
