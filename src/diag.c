#include "pmt/diag.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- text that is safe to show ------------------------------------------------------------- */

/* Length and code point of the UTF-8 sequence at p (at most n bytes), or 0 when there is none.
 * RFC 3629 section 4: no overlong forms, no surrogates, nothing above U+10FFFF. */
static size_t utf8_read(const unsigned char *p, size_t n, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (!n)
        return 0;
    if (p[0] < 0x80) {
        *ret = p[0];
        return 1;
    }
    size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || len > n)
        return 0;
    uint32_t c = p[0] & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *ret = c;
    return len;
}

/* What a terminal obeys instead of showing, and what reorders or breaks the line it stands in. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void pmt_put_terminal_safe(struct pmt_buf *b, struct pmt_slice s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t plain = 0; /* start of what has not been written yet */
    for (size_t i = 0; i < s.n;) {
        uint32_t c = 0;
        size_t len = utf8_read(p + i, s.n - i, &c);
        if (len && !is_unsafe(c)) {
            i += len;
            continue;
        }
        pmt_buf_put(b, s.p + plain, i - plain);
        if (!len)
            len = 1;
        for (size_t end = i + len; i < end; i++)
            pmt_buf_printf(b, "\\x%02X", p[i]);
        plain = i;
    }
    if (s.n > plain)
        pmt_buf_put(b, s.p + plain, s.n - plain);
}

/* ---- messages ------------------------------------------------------------------------------ */

/* One write for the whole line, so that lines of two programs do not mix. What cannot be written
 * is lost: there is nobody left to tell. */
static void write_all(int fd, const struct pmt_buf *b)
{
    size_t done = 0;
    while (done < b->n) {
        ssize_t n = write(fd, b->data + done, b->n - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno != EINTR)
            return;
    }
}

static bool is_shown(const struct pmt_diag *d, enum pmt_diag_level level)
{
    switch (level) {
    case PMT_DIAG_ERROR:
        return true;
    case PMT_DIAG_WARN:
    case PMT_DIAG_NOTE:
        return d->verbosity >= 0;
    case PMT_DIAG_DEBUG:
        return d->verbosity >= 1;
    }
    return true;
}

static void put_level(struct pmt_buf *b, const struct pmt_diag *d, enum pmt_diag_level level)
{
    bool error = level == PMT_DIAG_ERROR;
    if (!error && level != PMT_DIAG_WARN)
        return;
    if (d->colour)
        pmt_buf_puts(b, error ? "\033[1;31m" : "\033[1;33m");
    pmt_buf_puts(b, error ? "error:" : "warning:");
    if (d->colour)
        pmt_buf_puts(b, "\033[0m");
    pmt_buf_puts(b, " ");
}

void pmt_diag(struct pmt_diag *d, enum pmt_diag_level level, const char *fmt, ...)
{
    if (!is_shown(d, level))
        return;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    char *text = pmt_alloc((size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, ap);
    va_end(ap);

    pmt_diag_progress_end(d);
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, "pm-timeline: ");
    put_level(&b, d, level);
    pmt_put_terminal_safe(&b, pmt_slice(text, (size_t)n));
    pmt_buf_puts(&b, "\n");
    write_all(d->fd, &b);
    pmt_buf_fini(&b);
    free(text);
}

void pmt_diag_point(struct pmt_diag *d, const char *text, size_t column)
{
    enum { WIDTH = 76, BEFORE = 56 };
    struct pmt_buf b = {0};
    size_t n = strlen(text), from = 0, to = n;
    if (column > n)
        column = n;
    if (n > WIDTH && column > BEFORE)
        from = column - BEFORE;
    if (to - from > WIDTH)
        to = from + WIDTH;
    while (from > 0 && (text[from] & 0xC0) == 0x80)
        from++;
    while (to < n && (text[to] & 0xC0) == 0x80)
        to++;
    pmt_buf_puts(&b, from ? "  ..." : "  ");
    pmt_put_terminal_safe(&b, pmt_slice(text + from, column - from));
    size_t width = 0; /* of what stands before the mark, as it is shown */
    for (size_t i = 0; i < b.n; i++)
        width += (b.data[i] & 0xC0) != 0x80;
    pmt_put_terminal_safe(&b, pmt_slice(text + column, to - column));
    pmt_buf_printf(&b, "%s\n%*s^\n", to < n ? "..." : "", (int)width, "");
    write_all(d->fd, &b);
    pmt_buf_fini(&b);
}

/* ---- progress ------------------------------------------------------------------------------ */

/* To the start of the line, and away with what stands there (ECMA-48: CR, EL). */
static const char clear_line[] = "\r\033[K";

static void put_bytes(struct pmt_buf *b, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    uint64_t whole = bytes, tenth = 0;
    while (whole >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        tenth = whole % 1000 / 100;
        whole /= 1000;
        unit++;
    }
    if (unit == 0 || whole >= 100)
        pmt_buf_printf(b, "%" PRIu64 " %s", whole, units[unit]);
    else
        pmt_buf_printf(b, "%" PRIu64 ".%" PRIu64 " %s", whole, tenth, units[unit]);
}

void pmt_diag_progress(struct pmt_diag *d, uint64_t done, uint64_t total, double seconds)
{
    if (d->verbosity < 0 || !isatty(d->fd))
        return;
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, clear_line);
    pmt_buf_puts(&b, "pm-timeline: read ");
    put_bytes(&b, done);
    if (total) {
        /* A file may grow while it is read. */
        uint64_t percent = done >= total ? 100 : (uint64_t)((double)done * 100 / (double)total);
        pmt_buf_puts(&b, " of ");
        put_bytes(&b, total > done ? total : done);
        pmt_buf_printf(&b, " (%" PRIu64 " %%)", percent);
    }
    if (seconds > 0 && seconds < 1e9) {
        double rate = (double)done / seconds;
        pmt_buf_puts(&b, ", ");
        put_bytes(&b, (uint64_t)rate);
        pmt_buf_puts(&b, "/s");
        if (total > done && rate >= 1)
            pmt_buf_printf(&b, ", %.0f s left", (double)(total - done) / rate);
    }
    write_all(d->fd, &b);
    pmt_buf_fini(&b);
    d->progress = true;
}

void pmt_diag_progress_end(struct pmt_diag *d)
{
    if (!d->progress)
        return;
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, clear_line);
    write_all(d->fd, &b);
    pmt_buf_fini(&b);
    d->progress = false;
}
