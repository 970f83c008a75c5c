#include "pmt/timespec.h"

static const char why_unknown[] = "is not a time; write it as 2022-02-26T08:47 (with Z or an "
                                  "offset such as +03:00 if need be), 2022-02-26, 14:00, -3h or "
                                  "@1645866904";
static const char why_no_date[] = "is no date of the calendar";
static const char why_no_clock[] = "has no possible time of day; 00:00 to 23:59:59 are";
static const char why_no_offset[] = "ends in something that is not an offset; write Z or +03:00";
static const char why_no_logs[] = "counts from the last line, but no line has a time; give a date";
static const char why_too_far[] = "is out of range; years 0 to 9999 are known";

bool pmt_duration_read(struct pmt_slice text, int64_t *ret)
{
    static const struct {
        char letter;
        int64_t us;
    } units[] = {{'d', PMT_DAY}, {'h', PMT_HOUR}, {'m', PMT_MINUTE}, {'s', PMT_SECOND}};
    enum { N = sizeof units / sizeof *units };

    if (pmt_slice_is(text, "0")) {
        *ret = 0;
        return true;
    }
    if (!text.n)
        return false;
    struct pmt_cursor c = pmt_cursor(text);
    int64_t sum = 0;
    for (size_t next = 0; !pmt_cur_end(&c);) {
        int64_t v;
        if (!pmt_cur_digits(&c, 1, 12, &v) || pmt_cur_end(&c))
            return false;
        size_t u = next;
        while (u < N && units[u].letter != *c.p)
            u++;
        if (u == N || v > PMT_DURATION_MAX / units[u].us)
            return false;
        sum += v * units[u].us;
        if (sum > PMT_DURATION_MAX)
            return false;
        c.p++;
        next = u + 1;
    }
    *ret = sum;
    return true;
}

/* YYYY-MM-DD */
static bool read_date(struct pmt_cursor *c, int64_t *days, const char **why)
{
    struct pmt_cursor t = *c;
    int64_t y, m, d;
    *why = why_unknown;
    if (!pmt_cur_digits(&t, 4, 4, &y) || !pmt_cur_char(&t, '-') || !pmt_cur_digits(&t, 2, 2, &m) ||
        !pmt_cur_char(&t, '-') || !pmt_cur_digits(&t, 2, 2, &d))
        return false;
    *why = why_no_date;
    if (!pmt_civil_valid((int)y, (int)m, (int)d))
        return false;
    *days = pmt_days_from_civil((int)y, (int)m, (int)d);
    *c = t;
    return true;
}

/* Digits behind the point of a second, at least one, as microseconds; more than six are cut. */
static bool read_decimals(struct pmt_cursor *c, int64_t *us)
{
    const char *begin = c->p;
    int64_t scale = 100000;
    *us = 0;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        *us += (*c->p - '0') * scale;
        scale /= 10;
        c->p++;
    }
    return c->p > begin;
}

/* HH:MM[:SS[.ssssss]], as microseconds since 00:00 */
static bool read_clock(struct pmt_cursor *c, int64_t *us, const char **why)
{
    int64_t h, m, s = 0, frac = 0;
    *why = why_unknown;
    if (!pmt_cur_digits(c, 2, 2, &h) || !pmt_cur_char(c, ':') || !pmt_cur_digits(c, 2, 2, &m))
        return false;
    if (pmt_cur_char(c, ':')) {
        if (!pmt_cur_digits(c, 2, 2, &s))
            return false;
        if ((pmt_cur_char(c, '.') || pmt_cur_char(c, ',')) && !read_decimals(c, &frac))
            return false;
    }
    *why = why_no_clock;
    if (h > 23 || m > 59 || s > 60) /* a leap second is the next minute's 0 */
        return false;
    *us = h * PMT_HOUR + m * PMT_MINUTE + s * PMT_SECOND + frac;
    return true;
}

/* [blank](Z|UTC|(+|-)HH[[:]MM]) or nothing, up to the end */
static bool read_offset(struct pmt_cursor *c, bool *given, int64_t *us, const char **why)
{
    *given = false;
    *why = why_no_offset;
    if (pmt_cur_end(c))
        return true;
    (void)pmt_cur_char(c, ' ');
    *given = true;
    *us = 0;
    if (pmt_cur_char(c, 'Z') || pmt_cur_char(c, 'z') || pmt_cur_lit(c, "UTC"))
        return pmt_cur_end(c);
    bool west = pmt_cur_char(c, '-');
    int64_t h, m = 0;
    if ((!west && !pmt_cur_char(c, '+')) || !pmt_cur_digits(c, 2, 2, &h))
        return false;
    if (!pmt_cur_end(c)) {
        (void)pmt_cur_char(c, ':');
        if (!pmt_cur_digits(c, 2, 2, &m))
            return false;
    }
    if (!pmt_cur_end(c) || h > 23 || m > 59)
        return false;
    *us = (h * PMT_HOUR + m * PMT_MINUTE) * (west ? -1 : 1);
    return true;
}

static int64_t wall_to_utc(const struct pmt_zone *zone, int64_t wall)
{
    int64_t utc = wall;
    if (zone)
        (void)pmt_zone_to_utc(zone, wall, false, &utc);
    return utc;
}

/* The day the instant lies in, as a wall time of 00:00. */
static int64_t day_of(int64_t utc, int64_t offset)
{
    int64_t wall = utc + offset;
    int64_t in_day = wall % PMT_DAY;
    return wall - (in_day < 0 ? in_day + PMT_DAY : in_day);
}

/* A date, a time of day or both. */
static int resolve_civil(struct pmt_cursor c, const struct pmt_zone *zone, int64_t last,
                         int64_t *ret, const char **why)
{
    int64_t days = 0, clock = 0, offset = 0;
    bool dated = c.end - c.p > 2 && c.p[2] != ':';
    bool zoned = false;
    if (dated && !read_date(&c, &days, why))
        return -1;
    if (dated && !pmt_cur_end(&c)) {
        *why = why_unknown;
        if (!pmt_cur_char(&c, 'T') && !pmt_cur_char(&c, 't') && !pmt_cur_char(&c, ' '))
            return -1;
    }
    if (!dated || !pmt_cur_end(&c) || c.p[-1] == 'T' || c.p[-1] == 't') {
        if (!read_clock(&c, &clock, why) || !read_offset(&c, &zoned, &offset, why))
            return -1;
    }
    int64_t wall = days * PMT_DAY;
    if (!dated) {
        *why = why_no_logs;
        if (last == PMT_NO_TIME)
            return -1;
        if (!zoned && zone)
            wall = day_of(last, pmt_zone_offset(zone, last) * PMT_SECOND);
        else
            wall = day_of(last, offset);
    }
    wall += clock;
    *ret = zoned ? wall - offset : wall_to_utc(zone, wall);
    return 0;
}

int pmt_timespec_resolve(struct pmt_slice text, const struct pmt_zone *zone, int64_t first,
                         int64_t last, int64_t *ret, const char **why)
{
    /* 9999-12-31T23:59:59Z: what is printed has four digits for the year. */
    const int64_t latest = INT64_C(253402300799);
    (void)first; /* all forms count from the end, where the incident usually is */
    const char *reason = why_unknown;
    text = pmt_slice_trim(text);
    struct pmt_cursor c = pmt_cursor(text);
    int64_t v = 0, us = 0;
    if (!text.n)
        goto fail;
    if (pmt_cur_char(&c, '@')) {
        if (!pmt_cur_digits(&c, 1, 18, &v) || (pmt_cur_char(&c, '.') && !read_decimals(&c, &us)) ||
            !pmt_cur_end(&c))
            goto fail;
        reason = why_too_far;
        if (v > latest)
            goto fail;
        *ret = v * PMT_SECOND + us;
        return 0;
    }
    if (pmt_cur_char(&c, '-')) {
        if (!pmt_duration_read(pmt_cur_rest(&c), &v))
            goto fail;
        reason = why_no_logs;
        if (last == PMT_NO_TIME)
            goto fail;
        reason = why_too_far;
        if (last < INT64_MIN + 1 + v)
            goto fail;
        *ret = last - v;
        return 0;
    }
    if (resolve_civil(c, zone, last, &v, &reason) != 0)
        goto fail;
    *ret = v;
    return 0;
fail:
    *why = reason;
    return -1;
}
