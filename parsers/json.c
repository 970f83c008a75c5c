#include "json.h"

#include "pmt/scratch.h"

/* ---- reading --------------------------------------------------------------------------------- */

static void skip_space(struct pmt_cursor *c)
{
    while (!pmt_cur_end(c) && (*c->p == ' ' || *c->p == '\t'))
        c->p++;
}

/* A string behind its opening quote, as it stands. */
static bool read_string(struct pmt_cursor *c, struct pmt_slice *ret)
{
    const char *from = c->p, *p = from;
    for (;;) {
        const char *quote = memchr(p, '"', (size_t)(c->end - p)), *b = quote;
        if (!quote) {
            c->p = c->end;
            return false;
        }
        while (b > from && b[-1] == '\\')
            b--;
        p = quote + 1;
        if ((quote - b) % 2 == 0)
            break;
    }
    *ret = pmt_slice(from, (size_t)(p - 1 - from));
    c->p = p;
    return true;
}

/* Over an array or an object. Brackets need not match in kind: nothing here depends on it. */
static bool skip_nested(struct pmt_cursor *c)
{
    struct pmt_slice ignored;
    size_t depth = 0;
    do {
        char ch = *c->p++;
        if (ch == '"' && !read_string(c, &ignored))
            return false;
        if (ch == '{' || ch == '[')
            depth++;
        else if (ch == '}' || ch == ']')
            depth--;
    } while (depth && !pmt_cur_end(c));
    return !depth;
}

static bool read_value(struct pmt_cursor *c, struct pmt_json *ret)
{
    const char *from = c->p;
    if (pmt_cur_end(c))
        return false;
    if (*from == '{' || *from == '[') {
        bool good = skip_nested(c);
        ret->type = *from == '{' ? PMT_JSON_OBJECT : PMT_JSON_ARRAY;
        ret->value = pmt_slice(from, (size_t)(c->p - from));
        return good;
    }
    if (pmt_cur_char(c, '"')) {
        ret->type = PMT_JSON_TEXT;
        return read_string(c, &ret->value);
    }
    while (!pmt_cur_end(c) && !memchr(",}] \t", *c->p, 5))
        c->p++;
    ret->value = pmt_slice(from, (size_t)(c->p - from));
    ret->type = pmt_slice_is(ret->value, "null") ? PMT_JSON_NULL : PMT_JSON_WORD;
    return ret->value.n;
}

bool pmt_json_open(struct pmt_cursor *c)
{
    skip_space(c);
    return pmt_cur_char(c, '{');
}

bool pmt_json_open_array(struct pmt_cursor *c)
{
    skip_space(c);
    return pmt_cur_char(c, '[');
}

int pmt_json_next(struct pmt_cursor *c, struct pmt_json *ret)
{
    skip_space(c);
    if (pmt_cur_char(c, '}') || pmt_cur_char(c, ']'))
        return 0;
    if (pmt_cur_char(c, ','))
        skip_space(c);
    ret->name = PMT_NO_SLICE;
    if (!read_value(c, ret))
        return -1;
    skip_space(c);
    if (ret->type != PMT_JSON_TEXT || !pmt_cur_char(c, ':'))
        return 1; /* of an array */
    ret->name = ret->value;
    skip_space(c);
    return read_value(c, ret) ? 1 : -1;
}

/* ---- text ------------------------------------------------------------------------------------ */

static int hex(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

/* "00e9" */
static bool read_unit(const char *p, const char *end, unsigned *ret)
{
    unsigned v = 0;
    if (end - p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int d = hex(p[i]);
        if (d < 0)
            return false;
        v = v * 16 + (unsigned)d;
    }
    *ret = v;
    return true;
}

static size_t put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* "\u00e9", "\ud83d\ude00" at p: how many bytes of it were read, 0 when it is none. A half of a
 * pair without the other is U+FFFD. Never longer than what it is read from. */
static size_t put_unicode(const char *p, const char *end, char *to, size_t *written)
{
    unsigned c, low;
    if (!read_unit(p + 2, end, &c) || !c)
        return 0;
    size_t used = 6;
    if (c >= 0xD800 && c < 0xDC00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u' &&
        read_unit(p + 8, end, &low) && low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        used = 12;
    } else if (c >= 0xD800 && c < 0xE000) {
        c = 0xFFFD;
    }
    *written = put_utf8(to, c);
    return used;
}

struct pmt_slice pmt_json_text(struct pmt_slice raw, struct pmt_record *rec)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char *p = raw.p, *end = raw.p + raw.n;
    if (!raw.n || !memchr(raw.p, '\\', raw.n))
        return raw;
    char *start = pmt_scratch_take(rec, raw.n), *to = start;
    if (!start)
        return raw;
    while (p < end) {
        size_t written = 0, used = 0;
        if (*p != '\\' || end - p < 2) {
            *to++ = *p++;
            continue;
        }
        const char *known = p[1] ? strchr(from, p[1]) : NULL;
        if (p[1] == 'u') {
            used = put_unicode(p, end, to, &written);
        } else if (known) {
            *to = into[known - from];
            used = 2;
            written = 1;
        }
        if (!used) { /* stays: the backslash alone, what follows is text */
            *to++ = *p++;
            continue;
        }
        p += used;
        to += written;
    }
    return pmt_slice(start, (size_t)(to - start));
}

struct pmt_slice pmt_json_bytes(struct pmt_slice array, struct pmt_record *rec)
{
    struct pmt_cursor c = pmt_cursor(array);
    struct pmt_json element;
    int more;
    int64_t v;
    if (!array.n || !pmt_json_open_array(&c))
        return PMT_NO_SLICE;
    char *start = pmt_scratch_take(rec, array.n / 2), *to = start;
    if (!start)
        return PMT_NO_SLICE;
    while ((more = pmt_json_next(&c, &element)) > 0) {
        if (element.type != PMT_JSON_WORD || !pmt_slice_int(element.value, &v) || v < 0 ||
            v > 255 || to == start + array.n / 2)
            return PMT_NO_SLICE;
        *to++ = (char)(unsigned char)v;
    }
    return more < 0 ? PMT_NO_SLICE : pmt_slice(start, (size_t)(to - start));
}
