#include "json.h"

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
