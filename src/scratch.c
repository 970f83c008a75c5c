#include "pmt/scratch.h"

static _Thread_local char scratch[PMT_SCRATCH_MAX];

char *pmt_scratch_take(struct pmt_record *rec, size_t n)
{
    if (n > sizeof scratch - rec->scratch_used)
        return NULL;
    char *p = scratch + rec->scratch_used;
    rec->scratch_used += (uint32_t)n;
    return p;
}

bool pmt_scratch_holds(struct pmt_slice s)
{
    uintptr_t p = (uintptr_t)s.p, from = (uintptr_t)scratch;
    return p >= from && p <= from + sizeof scratch && s.n <= from + sizeof scratch - p;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

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
    if (!raw.n || !memchr(raw.p, '\\', raw.n))
        return raw;
    const char *p = raw.p, *end = raw.p + raw.n;
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
