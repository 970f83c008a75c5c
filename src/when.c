#include "pmt/when.h"

/* ---- civil time -------------------------------------------------------------------------- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool pmt_civil_valid(int year, int month, int day)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The part of a day, never negative. */
static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r < 0 ? r + b : r;
}

/* Years are counted from March, so that the leap day is the last of its year, and in eras of 400
 * years (146097 days), which all have the same length. Day 0 is 0000-03-01, 719468 days before
 * 1970-01-01. 153 days are the five months from March or August on (31 30 31 30 31). */
int64_t pmt_days_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void pmt_civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = floor_div(days, 146097);
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t m = (5 * doy + 2) / 153; /* 0 is March */
    *day = (int)(doy - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

int pmt_weekday(int64_t days)
{
    return (int)floor_mod(days + 3, 7); /* 1970-01-01 was a Thursday */
}

bool pmt_wall_with_year(int64_t pseudo_wall, int year, int64_t *ret)
{
    int y, month, day;
    pmt_civil_from_days(floor_div(pseudo_wall, PMT_DAY), &y, &month, &day);
    /* A leap second on 31 Dec already stands in the year behind. */
    year += y - PMT_PSEUDO_YEAR;
    if (!pmt_civil_valid(year, month, day))
        return false;
    *ret = pmt_days_from_civil(year, month, day) * PMT_DAY + floor_mod(pseudo_wall, PMT_DAY);
    return true;
}

int pmt_wall_year(int64_t wall)
{
    int year, month, day;
    pmt_civil_from_days(floor_div(wall, PMT_DAY), &year, &month, &day);
    return year;
}

/* ---- reading stamps ---------------------------------------------------------------------- */

/* The readers below check a whole fixed layout for its length once, then collect everything that
 * is not a digit or not the expected mark in `bad` and ask once at the end: no branch per byte. */

static unsigned digits2(const char *p, unsigned *bad)
{
    unsigned a = (unsigned)(unsigned char)p[0] - '0';
    unsigned b = (unsigned)(unsigned char)p[1] - '0';
    *bad |= (unsigned)(a > 9) | (unsigned)(b > 9);
    return a * 10 + b;
}

static unsigned digits4(const char *p, unsigned *bad)
{
    return digits2(p, bad) * 100 + digits2(p + 2, bad);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "Feb", any case, as 2; 0 for anything else. */
static unsigned month_of(const char *p)
{
#define NAME(a, b, c) ((unsigned)(a) << 16 | (unsigned)(b) << 8 | (unsigned)(c))
    unsigned a = (unsigned char)p[0], b = (unsigned char)p[1], c = (unsigned char)p[2];
    switch (NAME(a | 0x20, b | 0x20, c | 0x20)) {
    case NAME('j', 'a', 'n'): return 1;
    case NAME('f', 'e', 'b'): return 2;
    case NAME('m', 'a', 'r'): return 3;
    case NAME('a', 'p', 'r'): return 4;
    case NAME('m', 'a', 'y'): return 5;
    case NAME('j', 'u', 'n'): return 6;
    case NAME('j', 'u', 'l'): return 7;
    case NAME('a', 'u', 'g'): return 8;
    case NAME('s', 'e', 'p'): return 9;
    case NAME('o', 'c', 't'): return 10;
    case NAME('n', 'o', 'v'): return 11;
    case NAME('d', 'e', 'c'): return 12;
    default: return 0;
    }
#undef NAME
}

/* "12:00:07" at p, eight bytes. Second 60 runs over into the next minute by itself. It exists only
 * at the end of a day in UTC, so at the end of a quarter of an hour in any zone. */
static unsigned clock_of(const char *p, unsigned *bad)
{
    unsigned h = digits2(p, bad), m = digits2(p + 3, bad), s = digits2(p + 6, bad);
    *bad |= (unsigned)(p[2] != ':') | (unsigned)(p[5] != ':');
    *bad |= (unsigned)(h > 23) | (unsigned)(m > 59) | (unsigned)(s > 60);
    *bad |= (unsigned)(s == 60) & (unsigned)(m % 15 != 14);
    return (h * 60 + m) * 60 + s;
}

/* The wall time of a date and a second of the day. */
static bool wall_of(unsigned year, unsigned month, unsigned day, unsigned clock, int64_t *ret)
{
    /* The year 0 of a calendar is nobody's: a clock that was never set. */
    if (!year || !pmt_civil_valid((int)year, (int)month, (int)day))
        return false;
    int64_t days = pmt_days_from_civil((int)year, (int)month, (int)day);
    *ret = days * PMT_DAY + (int64_t)clock * PMT_SECOND;
    return true;
}

/* Takes ".123" and adds it to the stamp. A mark with no digit behind it is not the stamp's. */
static const char *take_decimals(const char *p, const char *end, struct pmt_stamp *s)
{
    if (end - p < 2 || !is_digit(p[1]))
        return p;
    int64_t scale = 100000;
    for (p++; p < end && is_digit(*p); p++) {
        if (s->decimals == 6)
            continue;
        s->wall += (*p - '0') * scale;
        s->decimals++;
        scale /= 10;
    }
    return p;
}

enum take { TAKE_NONE, TAKE_DONE, TAKE_BAD };

static enum take take_hours_minutes(char sign, unsigned h, unsigned m, struct pmt_stamp *s)
{
    if (h > 23 || m > 59)
        return TAKE_BAD;
    int32_t offset = (int32_t)(h * 60 + m) * 60;
    s->offset = sign == '-' ? -offset : offset;
    s->how = PMT_STAMP_ZONED;
    return TAKE_DONE;
}

/* "+0300" at *pp; something else is left alone. */
static enum take take_offset4(const char **pp, const char *end, struct pmt_stamp *s)
{
    const char *p = *pp;
    unsigned bad = 0;
    if (end - p < 5 || (p[0] != '+' && p[0] != '-'))
        return TAKE_NONE;
    unsigned h = digits2(p + 1, &bad), m = digits2(p + 3, &bad);
    if (bad || (end - p > 5 && is_digit(p[5])))
        return TAKE_NONE;
    *pp = p + 5;
    return take_hours_minutes(p[0], h, m, s);
}

/* "+0300", "+03:00" or, unless `full` is asked for, "+03". */
static enum take take_offset(const char **pp, const char *end, bool full, struct pmt_stamp *s)
{
    const char *p = *pp;
    enum take t = take_offset4(pp, end, s);
    if (t != TAKE_NONE)
        return t;
    unsigned bad = 0;
    if (end - p < 3 || (p[0] != '+' && p[0] != '-'))
        return TAKE_NONE;
    unsigned h = digits2(p + 1, &bad), m;
    if (bad || (end - p > 3 && is_digit(p[3])))
        return TAKE_NONE;
    if (end - p >= 6 && p[3] == ':') {
        m = digits2(p + 4, &bad);
        if (!bad) {
            *pp = p + 6;
            return take_hours_minutes(p[0], h, m, s);
        }
    }
    if (full)
        return TAKE_NONE;
    *pp = p + 3;
    return take_hours_minutes(p[0], h, 0, s);
}

/* nginx, ngx_times.c:  "%02d/%s/%d:%02d:%02d:%02d %c%02i%02i"
 * HAProxy, configuration manual 8.2.4: %t and %tr are "dd/Mon/yyyy:HH:MM:SS.mmm" without a zone,
 * %T and %Tl are "dd/Mon/yyyy:HH:MM:SS +hhmm".
 * Others write a day below 10 as "6" or " 6". */
bool pmt_read_clf_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    const char *p = c->p;
    if (c->end - p < 19)
        return false;
    unsigned bad = 0, day;
    if (p[1] == '/' || *p == ' ') {
        p += *p == ' ';
        day = (unsigned)(unsigned char)*p - '0';
        bad |= (unsigned)(day > 9);
        p++;
    } else {
        day = digits2(p, &bad);
        p += 2;
    }
    if (c->end - p < 18)
        return false;
    unsigned month = month_of(p + 1), year = digits4(p + 5, &bad), clock = clock_of(p + 10, &bad);
    bad |= (unsigned)(p[0] != '/') | (unsigned)(p[4] != '/') | (unsigned)(p[9] != ':');
    struct pmt_stamp s = {.how = PMT_STAMP_WALL};
    if (bad || !wall_of(year, month, day, clock, &s.wall))
        return false;
    p += 18;
    if (p < c->end && *p == '.')
        p = take_decimals(p, c->end, &s);
    if (c->end - p >= 6 && *p == ' ') {
        const char *q = p + 1;
        enum take t = take_offset4(&q, c->end, &s);
        if (t == TAKE_BAD)
            return false;
        if (t == TAKE_DONE)
            p = q;
    }
    c->p = p;
    *ret = s;
    return true;
}

/* RFC 3339 5.6: date-time = full-date "T" partial-time time-offset
 *               partial-time = hh ":" mm ":" ss ["." 1*DIGIT]
 *               time-offset = "Z" / ("+" / "-") hh ":" mm
 * with what ISO 8601 and habit add to it, see when.h. */
bool pmt_read_iso_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    const char *p = c->p;
    if (c->end - p < 19)
        return false;
    unsigned bad = 0;
    unsigned year = digits4(p, &bad), month = digits2(p + 5, &bad), day = digits2(p + 8, &bad);
    unsigned clock = clock_of(p + 11, &bad);
    bad |= (unsigned)(p[4] != '-') | (unsigned)(p[7] != '-');
    bad |= (unsigned)(p[10] != 'T' && p[10] != 't' && p[10] != ' ');
    struct pmt_stamp s = {.how = PMT_STAMP_WALL};
    if (bad || !wall_of(year, month, day, clock, &s.wall))
        return false;
    p += 19;
    if (p < c->end && (*p == '.' || *p == ','))
        p = take_decimals(p, c->end, &s);
    if (p < c->end && (*p == 'Z' || *p == 'z')) {
        s.how = PMT_STAMP_ZONED;
        s.universal = true;
        p++;
    } else if (p < c->end) {
        bool blank = *p == ' ';
        const char *q = p + blank;
        enum take t = take_offset(&q, c->end, blank, &s);
        if (t == TAKE_BAD)
            return false;
        if (t == TAKE_DONE)
            p = q;
    }
    c->p = p;
    *ret = s;
    return true;
}

/* RFC 3164 4.1.2: TIMESTAMP = Mmm dd hh:mm:ss; a day below 10 has a blank before it. Some write
 * "06", some a lone "6", and network gear puts the year behind the day. */
bool pmt_read_bsd_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    const char *p = c->p, *end = c->end;
    unsigned bad = 0, day, year = PMT_PSEUDO_YEAR;
    struct pmt_stamp s = {.how = PMT_STAMP_YEARLESS};
    if (end - p < 14 || p[3] != ' ') /* "Feb 6 09:00:07" is the shortest */
        return false;
    unsigned month = month_of(p);
    p += 4;
    p += *p == ' ';
    if (!is_digit(*p))
        return false;
    day = (unsigned)(*p++ - '0');
    if (is_digit(*p))
        day = day * 10 + (unsigned)(*p++ - '0');
    if (*p++ != ' ')
        return false;
    /* From here on p may be up to eight bytes into the fourteen: ask again. */
    if (end - p >= 13 && p[4] == ' ') {
        year = digits4(p, &bad);
        s.how = PMT_STAMP_WALL;
        p += 5;
    }
    if (end - p < 8)
        return false;
    unsigned clock = clock_of(p, &bad);
    if (bad || !wall_of(year, month, day, clock, &s.wall))
        return false;
    p += 8;
    if (p < end && *p == '.')
        p = take_decimals(p, end, &s);
    c->p = p;
    *ret = s;
    return true;
}

/* nginx, ngx_times.c:  "%4d/%02d/%02d %02d:%02d:%02d" */
bool pmt_read_slash_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    const char *p = c->p;
    if (c->end - p < 19)
        return false;
    unsigned bad = 0;
    unsigned year = digits4(p, &bad), month = digits2(p + 5, &bad), day = digits2(p + 8, &bad);
    unsigned clock = clock_of(p + 11, &bad);
    bad |= (unsigned)(p[4] != '/') | (unsigned)(p[7] != '/') | (unsigned)(p[10] != ' ');
    struct pmt_stamp s = {.how = PMT_STAMP_WALL};
    if (bad || !wall_of(year, month, day, clock, &s.wall))
        return false;
    c->p = p + 19;
    *ret = s;
    return true;
}

/* ---- printing ---------------------------------------------------------------------------- */

void pmt_put_date(struct pmt_buf *b, int64_t t)
{
    int year, month, day;
    pmt_civil_from_days(floor_div(t, PMT_DAY), &year, &month, &day);
    pmt_buf_printf(b, "%04d-%02d-%02d", year, month, day);
}

void pmt_put_clock(struct pmt_buf *b, int64_t t)
{
    int s = (int)(floor_mod(t, PMT_DAY) / PMT_SECOND);
    pmt_buf_printf(b, "%02d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
}

void pmt_put_datetime(struct pmt_buf *b, int64_t t)
{
    pmt_put_date(b, t);
    pmt_buf_puts(b, " ");
    pmt_put_clock(b, t);
}

void pmt_put_daymonth(struct pmt_buf *b, int64_t t)
{
    static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int year, month, day;
    pmt_civil_from_days(floor_div(t, PMT_DAY), &year, &month, &day);
    pmt_buf_printf(b, "%d %s", day, names[month - 1]);
}

void pmt_put_rfc3339(struct pmt_buf *b, int64_t utc, int decimals)
{
    pmt_put_date(b, utc);
    pmt_buf_puts(b, "T");
    pmt_put_clock(b, utc);
    if (decimals > 0) {
        int digits = decimals < 6 ? decimals : 6;
        int64_t fraction = floor_mod(utc, PMT_SECOND);
        for (int i = digits; i < 6; i++)
            fraction /= 10;
        pmt_buf_printf(b, ".%0*d", digits, (int)fraction);
    }
    pmt_buf_puts(b, "Z");
}

void pmt_put_duration(struct pmt_buf *b, int64_t us)
{
    /* In unsigned, so that even INT64_MIN has an absolute value. */
    uint64_t magnitude = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
    uint64_t s = (magnitude + PMT_SECOND / 2) / PMT_SECOND;
    unsigned long long h = s / 3600;
    int min = (int)(s / 60 % 60), sec = (int)(s % 60);
    if (us < 0 && s)
        pmt_buf_puts(b, "-");
    if (h)
        pmt_buf_printf(b, "%llu h %d min %d s", h, min, sec);
    else if (min)
        pmt_buf_printf(b, "%d min %d s", min, sec);
    else
        pmt_buf_printf(b, "%d s", sec);
}

void pmt_put_offset(struct pmt_buf *b, int32_t offset)
{
    int64_t s = offset < 0 ? -(int64_t)offset : offset;
    pmt_buf_printf(b, "%c%02d:%02d", offset < 0 ? '-' : '+', (int)(s / 3600), (int)(s / 60 % 60));
    if (s % 60)
        pmt_buf_printf(b, ":%02d", (int)(s % 60));
}
