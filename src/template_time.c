#include "template_program.h"

/* Dates that a format writes in pieces: Apache's %{format}t, HAProxy's ltime() and utime(), nginx's
 * $date_gmt. The letters are those of strftime in the locale C (ISO C 7.27.3.5); each piece is read
 * where it stands, and the pieces of a line are one date in the end. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What a letter that stands for others means. */
static const char *longhand(char letter)
{
    switch (letter) {
    case 'T': case 'X': return "%H:%M:%S";
    case 'R': return "%H:%M";
    case 'r': return "%I:%M:%S %p";
    case 'D': case 'x': return "%m/%d/%y";
    case 'F': return "%Y-%m-%d";
    case 'c': return "%a %b %e %H:%M:%S %Y";
    default: return NULL;
    }
}

static uint32_t part_of(char letter)
{
    switch (letter) {
    case 'Y': case 'y': return PART_YEAR;
    case 'm': case 'b': case 'B': case 'h': return PART_MONTH;
    case 'd': case 'e': return PART_DAY;
    case 'j': return PART_YEARDAY;
    case 'H': case 'I': case 'k': case 'l': return PART_HOUR;
    case 'p': case 'P': return PART_PM;
    case 'M': return PART_MINUTE;
    case 'S': return PART_SECOND;
    case 'L': case 'f': case 'N': return PART_FRACTION;
    case 's': case 'Q': case 'q': return PART_EPOCH;
    case 'z': case 'Z': return PART_OFFSET;
    default: return 0;
    }
}

/* "%3N", behind the "%": how many decimals; 0: it is another letter. */
static int digits_of(const char *f)
{
    return *f >= '1' && *f <= '9' && f[1] == 'N' ? *f - '0' : 0;
}

uint32_t pmt_parts_of(const char *format, size_t *at)
{
    uint32_t parts = 0;
    for (const char *f = format; *f; f++) {
        if (*f != '%')
            continue;
        *at = (size_t)(f - format);
        f += digits_of(f + 1) > 0;
        const char *more = longhand(*++f);
        size_t ignored;
        uint32_t part = more ? pmt_parts_of(more, &ignored) : part_of(*f);
        if (!part && (!*f || !strchr("aAuwnt%", *f)))
            return 0;
        parts |= part;
    }
    return parts;
}

bool pmt_parts_suffice(uint32_t parts)
{
    uint32_t day = PART_MONTH | PART_DAY, clock = PART_HOUR | PART_MINUTE;
    if (parts & PART_EPOCH)
        return true;
    return ((parts & day) == day || (parts & PART_YEARDAY && parts & PART_YEAR)) &&
           (parts & clock) == clock;
}

static const char *read_number(const char *p, const char *end, int least, int most, int64_t *ret)
{
    const char *from = p;
    int64_t v = 0;
    while (p < end && p - from < most && is_digit(*p))
        v = v * 10 + (*p++ - '0');
    *ret = v;
    return p - from >= least ? p : NULL;
}

static const char *read_int(const char *p, const char *end, int least, int most, int low, int high,
                            int *ret)
{
    int64_t v;
    p = read_number(p, end, least, most, &v);
    if (!p || v < low || v > high)
        return NULL;
    *ret = (int)v;
    return p;
}

/* The name at p, abbreviated or full: its place in the list, from 0, or -1. */
static int read_name(const char **pp, const char *end, const char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        size_t full = strlen(names[i]), left = (size_t)(end - *pp);
        size_t take = left >= full && memcmp(*pp, names[i], full) == 0 ? full : 3;
        if (left < take || memcmp(*pp, names[i], take) != 0)
            continue;
        *pp += take;
        return i;
    }
    return -1;
}

static const char *read_month(const char *p, const char *end, struct pmt_parts *ret)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int i = read_name(&p, end, months, 12);
    ret->month = i + 1;
    return i < 0 ? NULL : p;
}

static const char *read_weekday(const char *p, const char *end)
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    return read_name(&p, end, days, 7) < 0 ? NULL : p;
}

/* "+0300", "+03:00", "Z" */
static const char *read_offset(const char *p, const char *end, struct pmt_parts *ret)
{
    int h, m;
    if (p < end && *p == 'Z') {
        ret->seen |= PART_OFFSET;
        ret->offset = 0;
        ret->universal = true;
        return p + 1;
    }
    if (p == end || (*p != '+' && *p != '-'))
        return NULL;
    int sign = *p++ == '-' ? -1 : 1;
    if (!(p = read_int(p, end, 2, 2, 0, 23, &h)))
        return NULL;
    p += p < end && *p == ':';
    if (!(p = read_int(p, end, 2, 2, 0, 59, &m)))
        return NULL;
    ret->seen |= PART_OFFSET;
    ret->offset = sign * (h * 3600 + m * 60);
    return p;
}

/* An abbreviation. Only one is the same everywhere; with another the zone stays unknown. */
static const char *read_zone_name(const char *p, const char *end, struct pmt_parts *ret)
{
    const char *from = p;
    if (p < end && (*p == '+' || *p == '-'))
        return read_offset(p, end, ret);
    while (p < end && ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z')))
        p++;
    struct pmt_slice name = pmt_slice(from, (size_t)(p - from));
    if (name.n == 2 && (name.p[1] | 0x20) == 'm') /* "PM": of another clock than the hour's */
        return NULL;
    if (pmt_slice_is(name, "GMT") || pmt_slice_is(name, "UTC")) {
        ret->seen |= PART_OFFSET;
        ret->offset = 0;
        ret->universal = true;
    }
    return name.n ? p : NULL;
}

static const char *read_fraction(const char *p, const char *end, int least, int most,
                                 struct pmt_parts *ret)
{
    const char *from = p;
    int64_t scale = 100000;
    ret->us = 0;
    for (; p < end && p - from < most && is_digit(*p); p++, scale /= 10)
        ret->us += (*p - '0') * scale;
    if (p - from < least)
        return NULL;
    ret->decimals = (uint8_t)(p - from < 6 ? p - from : 6);
    ret->seen |= PART_FRACTION;
    return p;
}

static const char *read_epoch(const char *p, const char *end, int64_t unit, struct pmt_parts *ret)
{
    int64_t v;
    p = read_number(p, end, 1, 17, &v);
    if (!p || v > INT64_C(253402300799) * (PMT_SECOND / unit)) /* the year 9999 */
        return NULL;
    ret->epoch = v * unit;
    if (unit != PMT_SECOND)
        ret->decimals = unit == 1 ? 6 : 3;
    return p;
}

static const char *read_letter(char letter, const char *p, const char *end, struct pmt_parts *ret)
{
    switch (letter) {
    case 'Y': return read_int(p, end, 4, 4, 0, 9999, &ret->year);
    case 'y':
        p = read_int(p, end, 2, 2, 0, 99, &ret->year);
        ret->year += ret->year < 69 ? 2000 : 1900; /* POSIX strptime */
        return p;
    case 'm': return read_int(p, end, 1, 2, 1, 12, &ret->month);
    case 'b': case 'B': case 'h': return read_month(p, end, ret);
    case 'e': case 'k': case 'l':
        p += p < end && *p == ' ';
        if (letter == 'e')
            return read_int(p, end, 1, 2, 1, 31, &ret->day);
        return read_int(p, end, 1, 2, 0, 23, &ret->hour);
    case 'd': return read_int(p, end, 1, 2, 1, 31, &ret->day);
    case 'j': return read_int(p, end, 1, 3, 1, 366, &ret->yearday);
    case 'H': return read_int(p, end, 1, 2, 0, 23, &ret->hour);
    case 'I': return read_int(p, end, 1, 2, 1, 12, &ret->hour);
    case 'M': return read_int(p, end, 2, 2, 0, 59, &ret->minute);
    case 'S': return read_int(p, end, 2, 2, 0, 60, &ret->second);
    case 'L': return read_fraction(p, end, 3, 3, ret);
    case 'f': return read_fraction(p, end, 6, 6, ret);
    case 'N': return read_fraction(p, end, 1, 9, ret);
    case 's': return read_epoch(p, end, PMT_SECOND, ret);
    case 'Q': return read_epoch(p, end, PMT_SECOND / 1000, ret);
    case 'q': return read_epoch(p, end, 1, ret);
    case 'z': return read_offset(p, end, ret);
    case 'Z': return read_zone_name(p, end, ret);
    case 'p': case 'P':
        if (end - p < 2 || (p[1] | 32) != 'm' || ((p[0] | 32) != 'a' && (p[0] | 32) != 'p'))
            return NULL;
        ret->pm = (p[0] | 32) == 'p';
        return p + 2;
    case 'a': case 'A': return read_weekday(p, end);
    case 'u': case 'w': return p < end && is_digit(*p) ? p + 1 : NULL;
    default: return NULL;
    }
}

const char *pmt_parts_read(const char *format, const char *p, const char *end,
                           struct pmt_parts *ret)
{
    for (const char *f = format; p && *f; f++) {
        char c = *f;
        if (c == '%') {
            int digits = digits_of(f + 1);
            if (digits) {
                p = read_fraction(p, end, digits, digits, ret);
                f += 2;
                continue;
            }
            const char *more = longhand(*++f);
            c = *f == 'n' ? '\n' : *f == 't' ? '\t' : '%';
            if (more) {
                p = pmt_parts_read(more, p, end, ret); /* once: no longhand stands in another */
                continue;
            }
            if (!strchr("nt%", *f)) {
                p = read_letter(*f, p, end, ret);
                if (p)
                    ret->seen |= part_of(*f) & ~(uint32_t)(PART_OFFSET | PART_FRACTION);
                continue;
            }
        }
        p = p < end && *p == c ? p + 1 : NULL;
    }
    return p;
}

/* nginx $msec "1645866904.123". */
const char *pmt_epoch_read(const char *p, const char *end, struct pmt_stamp *ret)
{
    const char *q = p;
    while (q < end && (is_digit(*q) || *q == '.'))
        q++;
    int64_t us;
    /* Ten digits of seconds do not fit pmt_slice_seconds. */
    const char *dot = memchr(p, '.', (size_t)(q - p));
    struct pmt_slice whole = pmt_slice(p, (size_t)((dot ? dot : q) - p));
    if (whole.n < 1 || whole.n > 11 || !pmt_slice_int(whole, &us))
        return NULL;
    us *= PMT_SECOND;
    int64_t scale = PMT_SECOND / 10;
    uint8_t decimals = 0;
    for (const char *d = dot ? dot + 1 : q; d < q && decimals < 6; d++, decimals++) {
        if (*d == '.')
            return NULL;
        us += (*d - '0') * scale;
        scale /= 10;
    }
    *ret = (struct pmt_stamp){.wall = us, .how = PMT_STAMP_ZONED, .decimals = decimals,
                              .universal = true};
    return q;
}

bool pmt_parts_stamp(const struct pmt_parts *x, struct pmt_stamp *ret)
{
    struct pmt_stamp s = {.decimals = x->decimals, .universal = x->universal};
    if (!pmt_parts_suffice(x->seen))
        return false;
    if (x->seen & PART_EPOCH) {
        s.how = PMT_STAMP_ZONED;
        s.universal = true;
        s.wall = x->epoch + (x->seen & PART_FRACTION && x->epoch % PMT_SECOND == 0 ? x->us : 0);
        *ret = s;
        return true;
    }
    bool year = x->seen & PART_YEAR;
    int y = year ? x->year : PMT_PSEUDO_YEAR, hour = x->hour;
    int64_t days;
    if (x->seen & PART_MONTH && x->seen & PART_DAY) {
        if (!pmt_civil_valid(y, x->month, x->day))
            return false;
        days = pmt_days_from_civil(y, x->month, x->day);
    } else {
        days = pmt_days_from_civil(y, 1, 1) + x->yearday - 1;
        if (x->yearday == 366 && !pmt_civil_valid(y, 2, 29))
            return false;
    }
    if (x->seen & PART_PM)
        hour = hour % 12 + 12 * x->pm;
    s.how = !year                      ? PMT_STAMP_YEARLESS
            : x->seen & PART_OFFSET    ? PMT_STAMP_ZONED
                                       : PMT_STAMP_WALL;
    s.offset = s.how == PMT_STAMP_ZONED ? x->offset : 0;
    s.wall = days * PMT_DAY + ((int64_t)hour * 60 + x->minute) * PMT_MINUTE +
             x->second * PMT_SECOND + (x->seen & PART_FRACTION ? x->us : 0);
    *ret = s;
    return true;
}

const char *pmt_template_date(const char *format, const char *p, const char *end,
                              struct pmt_stamp *ret)
{
    struct pmt_parts parts = {0};
    const char *q = pmt_parts_read(format, p, end, &parts);
    return q && pmt_parts_stamp(&parts, ret) ? q : NULL;
}
