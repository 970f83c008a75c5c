/* How values are put into the sentences of phrases.c, and into those of the rule catalogue. */
#include "pmt/report.h"

#include <assert.h>

static void put_value(struct pmt_buf *b, const struct pmt_value *v)
{
    if (v->plain) {
        pmt_buf_slice(b, v->text);
        return;
    }
    pmt_buf_puts(b, PMT_CODE_ON);
    pmt_put_clean(b, v->text, 80);
    pmt_buf_puts(b, PMT_CODE_OFF);
}

/* In templates `x` is code and **x** is strong. */
void pmt_put_template(struct pmt_buf *b, const char *text, const struct pmt_value *values, size_t n)
{
    bool code = false, strong = false;
    for (const char *p = text; *p;) {
        if (*p == '`') {
            pmt_buf_puts(b, (code = !code) ? PMT_CODE_ON : PMT_CODE_OFF);
            p++;
        } else if (p[0] == '*' && p[1] == '*') {
            pmt_buf_puts(b, (strong = !strong) ? PMT_STRONG_ON : PMT_STRONG_OFF);
            p += 2;
        } else if (*p == '{' && strchr(p, '}')) {
            const char *end = strchr(p, '}');
            struct pmt_slice name = pmt_slice(p + 1, (size_t)(end - p - 1));
            for (size_t i = 0; i < n; i++)
                if (pmt_slice_is(name, values[i].name) && values[i].text.p)
                    put_value(b, &values[i]);
            p = end + 1;
        } else {
            size_t run = strcspn(p + 1, "`*{") + 1;
            pmt_buf_put(b, p, run);
            p += run;
        }
    }
}

void pmt_put_phrase(struct pmt_buf *b, const char *id, const struct pmt_value *values, size_t n)
{
    const struct pmt_phrase *p = pmt_phrases;
    while (p->id && strcmp(p->id, id) != 0)
        p++;
    assert(p->id);
    if (p->id)
        pmt_put_template(b, p->text, values, n);
}

void pmt_put_count(struct pmt_buf *b, uint64_t n)
{
    char digits[32];
    int len = 0;
    do {
        if (len % 4 == 3)
            digits[len++] = ',';
        digits[len++] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    while (len)
        pmt_buf_put(b, &digits[--len], 1);
}

void pmt_put_percent(struct pmt_buf *b, uint64_t part, uint64_t whole)
{
    if (!whole) {
        pmt_buf_puts(b, "unknown");
        return;
    }
    uint64_t tenths = (uint64_t)((double)part * 1000.0 / (double)whole + 0.5);
    if (part < whole && tenths >= 1000)
        tenths = 999;
    if (part && !tenths)
        pmt_buf_puts(b, "under 0.1%");
    else
        pmt_buf_printf(b, "%u.%u%%", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0xC0;
}

size_t pmt_count_words(const char *text)
{
    size_t words = 0;
    bool in = false;
    for (; *text; text++) {
        if (*text == ' ' || *text == '\n') {
            in = false;
        } else if (!in && is_word_byte(*text)) {
            in = true;
            words++;
        }
    }
    return words;
}

/* Length of the UTF-8 sequence at p (RFC 3629), 0 when it is none. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xF0 && p[0] <= 0xF4 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC2 ? 2 : 0;
    if (p[0] > 0xF4 || !len || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return len;
}

/* C1 controls; marks that turn the direction of text, break lines or join words; the byte order
 * mark; and the tag characters, which no reader sees and some machines read. */
static bool is_hidden(const unsigned char *p, size_t len)
{
    switch (len) {
    case 2:
        return (p[0] == 0xC2 && (p[1] < 0xA0 || p[1] == 0xAD)) || (p[0] == 0xD8 && p[1] == 0x9C);
    case 3:
        return (p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0x8B && p[2] <= 0x8F) ||
               (p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0xA8 && p[2] <= 0xAE) ||
               (p[0] == 0xE2 && p[1] == 0x81 && p[2] >= 0xA0 && p[2] <= 0xAF) ||
               (p[0] == 0xE1 && p[1] == 0xA0 && p[2] == 0x8E) ||
               (p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF) ||
               (p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xB9 && p[2] <= 0xBB);
    case 4:
        return p[0] == 0xF3 && p[1] == 0xA0 && (p[2] == 0x80 || p[2] == 0x81);
    default:
        return false;
    }
}

void pmt_put_clean(struct pmt_buf *b, struct pmt_slice s, size_t max)
{
    size_t start = b->n;
    for (size_t i = 0; i < s.n;) {
        if (b->n - start >= max) {
            pmt_buf_puts(b, PMT_ELLIPSIS);
            return;
        }
        const unsigned char *p = (const unsigned char *)s.p + i;
        size_t len = utf8_length(p, s.n - i);
        bool bad = !len || p[0] < 0x20 || p[0] == 0x7F || is_hidden(p, len);
        if (bad && len <= 1) {
            pmt_buf_printf(b, p[0] == '\t' ? " " : "\\x%02X", p[0]);
            i++;
        } else if (bad) {
            for (size_t k = 0; k < len; k++)
                pmt_buf_printf(b, "\\x%02X", p[k]);
            i += len;
        } else {
            pmt_buf_put(b, p, len);
            i += len;
        }
    }
}
