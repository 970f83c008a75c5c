/* access_json_values.c - times, durations and addresses in the forms that loggers give them. */
#include "access_json.h"

/* Seconds since 1970, as their number of digits tells also in milli-, micro- and nanoseconds:
 * "1645866007.118", "1645866007", "1645866007118". What is before 2001 is some other number. */
static bool read_epoch(struct pmt_slice s, struct pmt_stamp *ret)
{
    static const struct {
        size_t digits;
        int64_t per_second;
        uint8_t decimals;
    } rows[] = {{10, 1, 0}, {13, 1000, 3}, {16, 1000000, 6}};
    struct pmt_cursor c = pmt_cursor(s);
    int64_t v, us = 0;
    if (s.n == 19) { /* nanoseconds: one digit more than a number has */
        s.n = 16;
        for (const char *p = s.p + 16; p < s.p + 19; p++)
            if (*p < '0' || *p > '9')
                return false;
        c = pmt_cursor(s);
    }
    const char *from = c.p;
    if (!pmt_cur_digits(&c, 10, 16, &v) || *from == '0')
        return false;
    size_t n = (size_t)(c.p - from);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].digits != n)
            continue;
        int64_t unit = PMT_SECOND / rows[i].per_second, scale = unit;
        uint8_t decimals = rows[i].decimals;
        bool dot = pmt_cur_char(&c, '.');
        for (; dot && !pmt_cur_end(&c); c.p++) {
            if (*c.p < '0' || *c.p > '9')
                return false;
            scale /= 10;
            us += (*c.p - '0') * scale;
            decimals += decimals < 6;
        }
        if (!pmt_cur_end(&c))
            return false;
        *ret = (struct pmt_stamp){
            .wall = v * unit + us, .how = PMT_STAMP_ZONED, .decimals = decimals, .universal = true};
        return true;
    }
    return false;
}

/* Caddy's "2022/02/26 09:00:07.118". */
static bool read_slash_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    int64_t ms;
    if (!pmt_read_slash_stamp(c, ret))
        return false;
    if (!pmt_cur_char(c, '.'))
        return true;
    if (!pmt_cur_digits(c, 3, 3, &ms))
        return false;
    ret->wall += ms * 1000;
    ret->decimals = 3;
    return true;
}

void pmt_json_is_utc(struct pmt_stamp *s)
{
    s->how = PMT_STAMP_ZONED;
    s->offset = 0;
    s->universal = true;
}

/* "2022-02-26 09:00:07 UTC"; Go writes the zone's name behind its offset: "... +0300 EAT". */
static bool ends_with_zone(struct pmt_cursor *c, struct pmt_stamp *t)
{
    if (pmt_cur_end(c))
        return true;
    if (!pmt_cur_char(c, ' '))
        return false;
    struct pmt_slice name = pmt_cur_rest(c);
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < 'A' || name.p[i] > 'Z')
            return false;
    if (t->how == PMT_STAMP_WALL && (pmt_slice_is(name, "UTC") || pmt_slice_is(name, "GMT")))
        pmt_json_is_utc(t);
    return t->how == PMT_STAMP_ZONED && name.n >= 2 && name.n <= 5;
}

bool pmt_json_time(struct pmt_slice s, struct pmt_stamp *ret)
{
    struct pmt_stamp t;
    if (s.n && *s.p == '[' && s.p[s.n - 1] == ']')
        s = pmt_slice(s.p + 1, s.n - 2);
    if (s.n < 10)
        return false;
    if (read_epoch(s, ret))
        return true;
    struct pmt_cursor c = pmt_cursor(s);
    if (!(pmt_read_iso_stamp(&c, &t) || pmt_read_clf_stamp(&c, &t) ||
          read_slash_stamp(&c, &t)) ||
        !ends_with_zone(&c, &t))
        return false;
    *ret = t;
    return true;
}

/* ---- durations ------------------------------------------------------------------------------- */

enum { DURATION_MAX = 100 * 86400 }; /* seconds */

/* What follows the number; with none the unit of the name. */
static int64_t nanoseconds_of(struct pmt_slice suffix, char unit)
{
    static const struct {
        const char *suffix;
        char unit;
        int64_t ns;
    } rows[] = {{"s", 's', 1000000000},   {"ms", 'm', 1000000}, {"us", 'u', 1000},
                {"\xC2\xB5s", 'u', 1000}, {"ns", 'n', 1},       {"sec", 's', 1000000000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (suffix.n ? pmt_slice_is(suffix, rows[i].suffix) : unit == rows[i].unit)
            return rows[i].ns;
    return 0;
}

/* "0.031", "31", "9.29e-05" (JSON has exponents, and Go writes them for small numbers). */
bool pmt_json_duration(struct pmt_slice s, char unit, int64_t *ret_us)
{
    int64_t whole, part = 0, scale = 1, exponent = 0;
    if (!s.n)
        return false;
    struct pmt_cursor c = pmt_cursor(s);
    if (!pmt_cur_digits(&c, 1, 18, &whole))
        return false;
    if (pmt_cur_char(&c, '.')) {
        const char *from = c.p;
        while (!pmt_cur_end(&c) && *c.p >= '0' && *c.p <= '9') {
            if (c.p - from < 12) {
                part = part * 10 + (*c.p - '0');
                scale *= 10;
            }
            c.p++;
        }
        if (c.p == from)
            return false;
    }
    if (pmt_cur_lit(&c, "e-") && (!pmt_cur_digits(&c, 1, 2, &exponent) || exponent > 12))
        return false;
    int64_t ns = nanoseconds_of(pmt_cur_rest(&c), unit);
    if (!ns)
        return false;
    double v = ((double)whole + (double)part / (double)scale) * (double)ns;
    for (; exponent > 0; exponent--)
        v /= 10;
    if (v > DURATION_MAX * 1e9)
        return false; /* some other number: no connection is that old */
    *ret_us = (int64_t)(v / 1000 + 0.0005);
    return true;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static bool is_address(struct pmt_slice s)
{
    bool sign = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool hex = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
        if (!hex && c != '.' && c != ':' && c != '%')
            return false;
        sign |= c == '.' || c == ':';
    }
    return sign && s.n >= 2;
}

struct pmt_slice pmt_json_address(struct pmt_slice s)
{
    const char *close = s.n && *s.p == '[' ? memchr(s.p, ']', s.n) : NULL;
    if (close) {
        s = pmt_slice(s.p + 1, (size_t)(close - s.p) - 1);
        return is_address(s) ? s : PMT_NO_SLICE;
    }
    const char *colon = s.n ? memchr(s.p, ':', s.n) : NULL;
    if (colon && memchr(s.p, '.', (size_t)(colon - s.p)))
        s.n = (size_t)(colon - s.p);
    return is_address(s) ? s : PMT_NO_SLICE;
}

bool pmt_json_first_of(struct pmt_json *j)
{
    struct pmt_cursor c = pmt_cursor(j->value);
    struct pmt_json element;
    if (!pmt_json_open_array(&c) || pmt_json_next(&c, &element) <= 0 || element.name.p ||
        element.type != PMT_JSON_TEXT)
        return false;
    j->value = element.value;
    j->type = PMT_JSON_TEXT;
    return true;
}

/* ---- requests and servers ------------------------------------------------------------------ */

bool pmt_json_is_request_line(struct pmt_slice s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= 'A' && s.p[n] <= 'Z')
        n++;
    return n >= 3 && n < s.n && s.p[n] == ' ' && pmt_slice_find(s, " HTTP/");
}

bool pmt_json_is_integer(struct pmt_slice s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n && n == s.n && n <= 9;
}

bool pmt_json_is_status(struct pmt_slice s)
{
    static const short ranges[][2] = {{0, 0},     {100, 103}, {200, 208}, {226, 226}, {300, 308},
                                      {400, 431}, {440, 451}, {460, 464}, {494, 511}, {520, 530},
                                      {561, 561}, {598, 599}};
    int64_t v;
    if (s.n != 3 || !pmt_json_is_integer(s) || !pmt_slice_int(s, &v))
        return false;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (v >= ranges[i][0] && v <= ranges[i][1])
            return true;
    return false;
}

/* "0.031": what nginx prints for a time. */
bool pmt_json_is_seconds(struct pmt_slice s)
{
    int64_t us;
    return s.n > 4 && s.n < 12 && s.p[s.n - 4] == '.' && pmt_slice_seconds(s, &us);
}

/* "https://shop.example/a?b=1": the target as servers log it, and the host it names. */
struct pmt_slice pmt_json_without_origin(struct pmt_slice target, struct pmt_record *r)
{
    struct pmt_cursor c = pmt_cursor(target);
    if (!pmt_cur_lit(&c, "http://") && !pmt_cur_lit(&c, "https://"))
        return target;
    struct pmt_slice rest = pmt_cur_rest(&c);
    const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
    if (!slash || slash == rest.p)
        return target;
    if (!r->vhost.p)
        r->vhost = pmt_slice(rest.p, (size_t)(slash - rest.p));
    return pmt_slice(slash, (size_t)(rest.p + rest.n - slash));
}

/* "http://192.0.2.8:80", "tcp://192.0.2.8:80". */
struct pmt_slice pmt_json_without_scheme(struct pmt_slice url)
{
    struct pmt_cursor c = pmt_cursor(url);
    struct pmt_slice ignored;
    if (!url.n || !pmt_cur_until_lit(&c, "://", &ignored))
        return url;
    struct pmt_slice rest = pmt_cur_rest(&c);
    const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
    if (slash)
        rest.n = (size_t)(slash - rest.p);
    return rest;
}
