#include "pmt/render_records.h"

#include "pmt/archive.h"
#include "pmt/render_fields.h"
#include "pmt/scan.h"

#include <stdlib.h>

/* ---- JSON strings ----------------------------------------------------------------------- */

/* Length of the UTF-8 sequence at p, 0 when it is none. */
static size_t utf8(const unsigned char *p, size_t n)
{
    static const struct {
        unsigned char first, last, low, high;
        size_t len;
    } rows[] = {/* RFC 3629 section 4 */
                {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
                {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
                {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    if (p[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        if (n < rows[i].len || p[1] < rows[i].low || p[1] > rows[i].high)
            return 0;
        for (size_t k = 2; k < rows[i].len; k++)
            if ((p[k] & 0xC0) != 0x80)
                return 0;
        return rows[i].len;
    }
    return 0;
}

/* C1 controls steer terminals, U+2028 to U+202E break lines or turn the direction of text, as do
 * U+2066 to U+2069: the code point, or 0 for what may stand as it is. */
static unsigned steers(const unsigned char *p, size_t len)
{
    unsigned c = len == 2   ? (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu)
                 : len == 3 ? (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu)
                            : 0;
    bool bad = (c >= 0x80 && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) ||
               (c >= 0x2066 && c <= 0x2069);
    return bad ? c : 0;
}

/* RFC 8259 section 7. A byte that is no UTF-8 becomes U+FFFD. */
static void put_string(struct pmt_buf *b, struct pmt_slice s)
{
    pmt_buf_puts(b, "\"");
    for (size_t i = 0; i < s.n;) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        size_t run = 0;
        while (i + run < s.n && p[run] >= 0x20 && p[run] < 0x7F && p[run] != '"' && p[run] != '\\')
            run++;
        if (run) {
            pmt_buf_put(b, p, run);
            i += run;
            continue;
        }
        size_t len = utf8(p, s.n - i);
        if (!len) {
            pmt_buf_puts(b, "\\ufffd");
            len = 1;
        } else if (p[0] == '"' || p[0] == '\\') {
            pmt_buf_puts(b, "\\");
            pmt_buf_put(b, p, 1);
        } else if (p[0] < 0x20 || p[0] == 0x7F) {
            pmt_buf_printf(b, "\\u%04x", p[0]);
        } else if (steers(p, len)) {
            pmt_buf_printf(b, "\\u%04x", steers(p, len));
        } else {
            pmt_buf_put(b, p, len);
        }
        i += len;
    }
    pmt_buf_puts(b, "\"");
}

/* ---- instants --------------------------------------------------------------------------- */

static const struct pmt_stamp *chosen(const struct pmt_record *r, enum pmt_which *which)
{
    bool own = r->own.how != PMT_STAMP_NONE;
    *which = PMT_CLOCK_HEAD;
    if (!own || (r->kind != PMT_HTTP_REQUEST && !r->start_known && r->head.how != PMT_STAMP_NONE))
        return &r->head;
    *which = r->start_known                  ? PMT_CLOCK_ACCEPT
             : r->kind == PMT_HTTP_REQUEST   ? PMT_CLOCK_ACCESS
             : r->kind == PMT_NGINX_ERROR    ? PMT_CLOCK_ERROR
                                             : PMT_CLOCK_OWN;
    return &r->own;
}

/* The same clock and segment as in the scan, found by host, stamp and line. */
static int64_t instant(const struct pmt_scanned *s, const struct pmt_record *r, uint64_t line,
                       uint8_t *decimals)
{
    enum pmt_which which;
    const struct pmt_stamp *stamp = chosen(r, &which);
    *decimals = stamp->decimals;
    if (stamp->how == PMT_STAMP_NONE)
        return PMT_NO_TIME;
    if (stamp->how == PMT_STAMP_ZONED)
        return pmt_stamp_utc(stamp);
    for (size_t c = 0; c < s->tally->nclocks; c++) {
        const struct pmt_clock *clock = &s->tally->clocks[c];
        if (clock->which != which || !pmt_slice_eq(clock->host, r->host))
            continue;
        for (size_t k = clock->n; k-- > 0;) {
            const struct pmt_segment *seg = &clock->segments[k];
            if (seg->how != stamp->how || seg->first_line > line)
                continue;
            if (s->maps[c][k].year_from == PMT_YEAR_UNKNOWN)
                return PMT_NO_TIME;
            return pmt_map_utc(&s->maps[c][k], stamp->wall);
        }
    }
    return PMT_NO_TIME;
}

/* ---- lines ------------------------------------------------------------------------------ */

static void put_field(struct pmt_buf *b, const struct pmt_field *f, const struct pmt_record *r,
                      struct pmt_shown *shown)
{
    if (f->type == PMT_FIELD_NUMBER) {
        bool known = false;
        int64_t v = f->number(r, &known);
        if (known)
            pmt_buf_printf(b, ",\"%s\":%lld", f->name, (long long)v);
        return;
    }
    struct pmt_slice v = f->text(r);
    if (!v.p || (!v.n && strcmp(f->name, "message") != 0))
        return;
    pmt_buf_puts(b, ",\"");
    pmt_buf_puts(b, f->name);
    pmt_buf_puts(b, "\":");
    put_string(b, pmt_shown_text(shown, r, f, v));
}

static bool in_window(const struct pmt_window *w, int64_t t)
{
    if (!w || t == PMT_NO_TIME)
        return !w || (w->since == PMT_NO_TIME && w->until == PMT_NO_TIME);
    return (w->since == PMT_NO_TIME || t >= w->since) && (w->until == PMT_NO_TIME || t < w->until);
}

/* How records are written: with what, and by what texts are known. */
struct writer {
    const struct pmt_records *to;
    struct pmt_shown *shown;
    struct pmt_rules_scratch *scratch;
};

static void put_record(struct pmt_buf *b, const struct pmt_scanned *s, struct pmt_record *r,
                       uint64_t line, const struct writer *w)
{
    uint8_t decimals;
    int64_t t = instant(s, r, line, &decimals);
    if (!in_window(w->to->window, t))
        return;
    if (w->to->rules && r->kind != PMT_HTTP_REQUEST && r->lb == PMT_LB_NONE)
        pmt_rules_match(w->to->rules, w->scratch, r);
    pmt_buf_puts(b, "{\"file\":");
    put_string(b, pmt_str(s->input->shown));
    pmt_buf_printf(b, ",\"line\":%llu,\"ts_utc\":", (unsigned long long)line);
    if (t == PMT_NO_TIME) {
        pmt_buf_puts(b, "null");
    } else {
        pmt_buf_puts(b, "\"");
        pmt_put_rfc3339(b, t, decimals);
        pmt_buf_puts(b, "\"");
    }
    pmt_buf_printf(b, ",\"kind\":\"%s\"", pmt_kind_name((enum pmt_kind)r->kind));
    for (const struct pmt_field *f = pmt_fields; f->name; f++)
        put_field(b, f, r, w->shown);
    if (r->rule >= 0)
        pmt_buf_printf(b, ",\"rule\":\"%s\"", pmt_rules_get(w->to->rules, r->rule)->id);
    pmt_buf_puts(b, "}\n");
}

/* People show this file on a terminal: what could steer that is written as \x1B. What is no UTF-8
 * stays as it is, as most such lines only use another encoding. */
static void put_plain(struct pmt_buf *b, struct pmt_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool c1 = c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xA0;
        if ((c < 0x20 && c != '\t') || c == 0x7F || c1)
            pmt_buf_printf(b, "\\x%02X", c);
        else
            pmt_buf_put(b, &s.p[i], 1);
    }
}

/* "file:line:column: reason: text" */
static void put_invalid(struct pmt_buf *b, const struct pmt_scanned *s,
                        const struct pmt_line *line, const struct pmt_reject *why,
                        struct pmt_redactor *redactor)
{
    struct pmt_buf text = {0};
    pmt_redact_line(redactor, line->text, &text);
    put_plain(b, pmt_str(s->input->shown));
    pmt_buf_printf(b, ":%llu:%zu: %s%s: ", (unsigned long long)line->number, why->column + 1,
                   why->why, line->cut ? " (the line was cut)" : "");
    put_plain(b, pmt_buf_view(&text));
    pmt_buf_puts(b, "\n");
    pmt_buf_fini(&text);
}

static bool flush(struct pmt_buf *b, FILE *to)
{
    bool good = !b->n || fwrite(b->data, 1, b->n, to) == b->n;
    pmt_buf_clear(b);
    return good;
}

enum { CHECK_EVERY = 4096 }; /* lines between looks at the flag */

static bool stopped(const struct pmt_records *r)
{
    return r->interrupted && *r->interrupted;
}

static int one_source(const struct writer *w, const struct pmt_scanned *s,
                      struct pmt_reader *reader, struct pmt_buf *b)
{
    const struct pmt_records *r = w->to;
    if (!s->tally || pmt_reader_turn(reader, s))
        return 0;
    struct pmt_line line;
    struct pmt_record rec;
    enum pmt_verdict verdict;
    struct pmt_reject why = {"", 0};
    bool good = true;
    uint64_t n = 0;
    while (good && pmt_reader_next(reader, &line, &rec, &verdict, &why)) {
        if (n++ % CHECK_EVERY == 0 && stopped(r))
            break;
        if (verdict == PMT_RECORD && r->records) {
            put_record(b, s, &rec, line.number, w);
            good = flush(b, r->records);
        } else if (verdict == PMT_FOREIGN && r->invalid) {
            put_invalid(b, s, &line, &why, r->redactor);
            good = flush(b, r->invalid);
        }
    }
    return good ? 0 : -1;
}

int pmt_render_records(const struct pmt_records *r, const struct pmt_scanned *sources, size_t n)
{
    struct pmt_buf b = {0};
    struct pmt_reader *reader = pmt_reader_new(r->stdin_fd);
    const struct pmt_input **inputs = pmt_alloc((n + 1) * sizeof(const struct pmt_input *));
    size_t *order = pmt_alloc((n + 1) * sizeof *order);
    struct writer w = {r, pmt_shown_new(r->redactor),
                       r->rules ? pmt_rules_scratch_new(r->rules) : NULL};
    int err = 0;
    for (size_t i = 0; i < n; i++)
        inputs[i] = sources[i].input;
    pmt_opener_order(inputs, n, order);
    for (size_t i = 0; i < n && !err && !stopped(r); i++)
        err = one_source(&w, &sources[order[i]], reader, &b);
    pmt_reader_free(reader);
    pmt_shown_free(w.shown);
    pmt_rules_scratch_free(w.scratch);
    free(inputs);
    free(order);
    pmt_buf_fini(&b);
    return err;
}
