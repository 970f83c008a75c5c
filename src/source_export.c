#include "source_export.h"

enum { VALUE_MAX = 1024, MESSAGE_MAX = 32 * 1024 }; /* kept of a value; the rest is left out */

bool pmt_export_is(struct pmt_slice text)
{
    return pmt_slice_starts(text, "__CURSOR=");
}

static uint64_t count_newlines(const char *p, size_t n)
{
    uint64_t lines = 0;
    const char *end = p + n;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        lines++;
        p++;
    }
    return lines;
}

/* Behind the name and its newline. */
static enum pmt_export_field next_binary(struct pmt_slice rest, size_t before, bool whole,
                                         struct pmt_export *ret)
{
    enum { LENGTH = 8 };
    uint64_t length = 0;
    if (rest.n < LENGTH && !whole)
        return PMT_EXPORT_MORE;
    if (rest.n < LENGTH) { /* cut */
        ret->used = before + rest.n;
        return PMT_EXPORT_FIELD;
    }
    for (int i = LENGTH; i-- > 0;)
        length = length << 8 | (unsigned char)rest.p[i];
    rest = pmt_slice(rest.p + LENGTH, rest.n - LENGTH);
    if (length >= rest.n && !whole)
        return PMT_EXPORT_MORE;
    size_t here = length < rest.n ? (size_t)length : rest.n;
    bool newline = length < rest.n && rest.p[here] == '\n';
    ret->value = pmt_slice(rest.p, here);
    ret->used = before + LENGTH + here + newline;
    ret->left = length - here;
    return PMT_EXPORT_FIELD;
}

enum pmt_export_field pmt_export_next(struct pmt_slice text, bool whole, struct pmt_export *ret)
{
    *ret = (struct pmt_export){.used = 0};
    const char *nl = text.n ? memchr(text.p, '\n', text.n) : NULL;
    if (!nl && !(whole && text.n))
        return PMT_EXPORT_MORE;
    enum pmt_export_field kind = PMT_EXPORT_FIELD;
    struct pmt_slice first = pmt_slice(text.p, nl ? (size_t)(nl - text.p) : text.n);
    const char *equals = first.n ? memchr(first.p, '=', first.n) : NULL;
    size_t taken = first.n + (nl != NULL);
    ret->used = taken;
    ret->name = first;
    if (equals) {
        ret->name.n = (size_t)(equals - first.p);
        ret->value = pmt_slice(equals + 1, first.n - ret->name.n - 1);
    } else if (!first.n) {
        kind = PMT_EXPORT_END;
    } else if (nl) {
        kind = next_binary(pmt_slice(text.p + taken, text.n - taken), taken, whole, ret);
    }
    ret->newlines = kind == PMT_EXPORT_MORE ? 0 : count_newlines(text.p, ret->used);
    return kind;
}

/* ---- the line ---------------------------------------------------------------------------- */

static const char *const names[PMT_EXPORT_NAMES] = {
    "__REALTIME_TIMESTAMP", "_HOSTNAME",  "SYSLOG_IDENTIFIER", "_COMM", "_PID",
    "SYSLOG_PID",           "PRIORITY",   "MESSAGE",
};
enum { MESSAGE = PMT_EXPORT_NAMES - 1 };

size_t pmt_export_name(struct pmt_slice name)
{
    size_t i = 0;
    while (i < PMT_EXPORT_NAMES && !pmt_slice_is(name, names[i]))
        i++;
    return i;
}

/* RFC 8259 section 7; bytes that are no UTF-8 stay as they are. */
static void put_escaped(struct pmt_buf *b, struct pmt_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            pmt_buf_printf(b, "\\%c", c);
        else if (c == '\n')
            pmt_buf_puts(b, "\\n");
        else if (c < 0x20)
            pmt_buf_printf(b, "\\u%04x", c);
        else
            pmt_buf_put(b, s.p + i, 1);
    }
}

void pmt_export_put(struct pmt_buf *line, size_t name, struct pmt_slice value)
{
    pmt_buf_puts(line, line->n ? ",\"" : "{\"");
    pmt_buf_puts(line, names[name]);
    pmt_buf_puts(line, "\":\"");
    put_escaped(line, pmt_slice_head(value, name == MESSAGE ? MESSAGE_MAX : VALUE_MAX));
    pmt_buf_puts(line, "\"");
}

static void put(struct pmt_buf *line, const struct pmt_export *field)
{
    size_t name = pmt_export_name(field->name);
    if (name < PMT_EXPORT_NAMES)
        pmt_export_put(line, name, field->value);
}

/* The rest of a value that did not fit. */
static void skip(const struct pmt_export_text *from, uint64_t left)
{
    while (left) {
        struct pmt_slice w = from->window(from->source);
        if (!w.n && !from->more(from->source))
            return;
        w = from->window(from->source);
        size_t n = left < w.n ? (size_t)left : w.n;
        from->take(from->source, n, count_newlines(w.p, n));
        left -= n;
    }
}

bool pmt_export_entry(const struct pmt_export_text *from, struct pmt_buf *line,
                      struct pmt_export_entry *ret)
{
    bool whole = false, any = false;
    pmt_buf_clear(line);
    *ret = (struct pmt_export_entry){.skipped = 0};
    for (;;) {
        struct pmt_export field;
        struct pmt_slice w = from->window(from->source);
        enum pmt_export_field kind = pmt_export_next(w, whole, &field);
        if (kind == PMT_EXPORT_MORE) {
            if (whole && !w.n)
                break;
            whole = !from->more(from->source);
            continue;
        }
        if (kind == PMT_EXPORT_FIELD) {
            put(line, &field);
            ret->cut |= field.left > 0;
            any = true;
        }
        from->take(from->source, field.used, field.newlines);
        skip(from, field.left);
        whole = false;
        ret->ended = kind == PMT_EXPORT_END;
        if (ret->ended && any)
            break;
        ret->skipped += !any;
    }
    if (!any)
        return false;
    pmt_buf_puts(line, line->n ? "}" : "{}");
    return true;
}

void pmt_export_head(struct pmt_slice text, struct pmt_buf *lines)
{
    struct pmt_buf one = {0};
    struct pmt_export field;
    enum pmt_export_field kind;
    pmt_buf_clear(lines);
    while ((kind = pmt_export_next(text, !lines->n, &field)) != PMT_EXPORT_MORE) {
        text = pmt_slice(text.p + field.used, text.n - field.used);
        if (kind == PMT_EXPORT_FIELD)
            put(&one, &field);
        if (one.n && (kind == PMT_EXPORT_END || (!text.n && !lines->n))) {
            pmt_buf_slice(lines, pmt_buf_view(&one));
            pmt_buf_puts(lines, "}\n");
            pmt_buf_clear(&one);
        }
    }
    pmt_buf_fini(&one);
}
