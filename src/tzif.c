#include "tzif.h"

#include "pmt/when.h"

/* ---- the data block ---------------------------------------------------------------------- */

/* RFC 8536 3.1: a header is 44 octets,
 *
 *   magic "TZif" (4) | version (1) | reserved (15) | isutcnt (4) | isstdcnt (4) | leapcnt (4) |
 *   timecnt (4) | typecnt (4) | charcnt (4)
 *
 * and the data block behind it has, with TIME_SIZE 4 in the first block and 8 in the second,
 *
 *   transition times (timecnt x TIME_SIZE) | transition types (timecnt) |
 *   local time type records (typecnt x 6: utoff (4), isdst (1), idx (1)) |
 *   time zone designations (charcnt) | leap-second records (leapcnt x (TIME_SIZE + 4)) |
 *   standard/wall indicators (isstdcnt) | UT/local indicators (isutcnt)
 *
 * A file of version 2 or later is header, block, header, block, footer; the first pair is there
 * for readers of 32-bit times and is skipped. All integers are big-endian, two's complement. */
struct header {
    uint32_t isut, isstd, leap, time, type, chars;
};

enum { HEADER_SIZE = 44, TYPE_SIZE = 6 };

static uint32_t be32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Two's complement without the implementation's own conversion. */
static int64_t signed32(uint32_t v)
{
    return v < UINT32_C(0x80000000) ? (int64_t)v : (int64_t)v - INT64_C(0x100000000);
}

static int64_t be64(const char *p)
{
    uint64_t v = (uint64_t)be32(p) << 32 | be32(p + 4);
    return v <= INT64_MAX ? (int64_t)v : -(int64_t)(UINT64_MAX - v) - 1;
}

static bool take_header(struct pmt_cursor *c, struct header *h, const char **why)
{
    const char *p = c->p;
    if (c->end - p < HEADER_SIZE || memcmp(p, "TZif", 4) != 0) {
        *why = "it does not begin as one";
        return false;
    }
    if (p[4] < '2') {
        *why = "it is of version 1, which ends in 2037";
        return false;
    }
    *h = (struct header){be32(p + 20), be32(p + 24), be32(p + 28),
                         be32(p + 32), be32(p + 36), be32(p + 40)};
    c->p += HEADER_SIZE;
    return true;
}

/* Whether the cursor has all of a block; counts are 32-bit, so the sum cannot overflow. */
static bool has_block(const struct pmt_cursor *c, const struct header *h, uint64_t time_size,
                      uint64_t *size)
{
    *size = h->time * (time_size + 1) + (uint64_t)h->type * TYPE_SIZE + h->chars +
            h->leap * (time_size + 4) + h->isstd + h->isut;
    return *size <= (uint64_t)(c->end - c->p);
}

/* RFC 8536 3.2: utoff should be between -89999 and 93599 (-25 h and 26 h, both excluded). */
static bool offset_possible(int64_t utoff)
{
    return utoff > -25 * 3600 && utoff < 26 * 3600;
}

static bool take_changes(const char *p, const struct header *h, struct pmt_arena *arena,
                         struct pmt_tz *tz, const char **why)
{
    const char *index = p + (size_t)h->time * 8, *types = index + h->time;
    for (size_t i = 0; i < h->type; i++) {
        if (!offset_possible(signed32(be32(types + i * TYPE_SIZE)))) {
            *why = "it has an offset no clock has";
            return false;
        }
    }
    struct pmt_tz_change *changes = NULL;
    if (h->time)
        changes = pmt_arena_alloc(arena, h->time * sizeof *changes);
    for (size_t i = 0; i < h->time; i++) {
        size_t type = (unsigned char)index[i];
        changes[i].at = be64(p + i * 8);
        if (type >= h->type || (i && changes[i].at <= changes[i - 1].at)) {
            *why = "its changes are out of order";
            return false;
        }
        changes[i].offset = (int32_t)signed32(be32(types + type * TYPE_SIZE));
    }
    tz->first = (int32_t)signed32(be32(types));
    tz->n = h->time;
    tz->changes = changes;
    return true;
}

/* ---- the footer -------------------------------------------------------------------------- */

/* RFC 8536 3.3: footer = NL [TZ string] NL. The string is POSIX.1-2017 8.3's TZ,
 *
 *   stdoffset[dst[offset][,start[/time],end[/time]]]
 *
 * std, dst: three or more letters, or "<" letters, digits, + - ">"
 * offset:   [+|-]hh[:mm[:ss]], hh 0 to 24, positive *west* of Greenwich; dst's defaults to one
 *           hour east of std's
 * start, end: Jn (1 to 365, Feb 29 not counted), n (0 to 365), Mm.n.d (month 1 to 12, week 1 to
 *           5, 5 being the last, day 0 to 6 from Sunday)
 * time:     as offset, default 02:00:00; RFC 8536 3.3.1 lets it be from -167 to 167 hours.
 *
 * TZ without rules behind a dst leaves them to the implementation and is refused. */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take_name(struct pmt_cursor *c)
{
    struct pmt_slice name;
    if (pmt_cur_char(c, '<'))
        return pmt_cur_until(c, '>', &name);
    const char *p = c->p;
    while (c->p < c->end && is_alpha(*c->p))
        c->p++;
    return c->p - p >= 3;
}

static bool take_time(struct pmt_cursor *c, int64_t max_hours, int32_t *ret)
{
    bool negative = pmt_cur_char(c, '-');
    int64_t h, m = 0, s = 0;
    if (!negative)
        pmt_cur_char(c, '+');
    if (!pmt_cur_digits(c, 1, 3, &h) || h > max_hours)
        return false;
    if (pmt_cur_char(c, ':')) {
        if (!pmt_cur_digits(c, 2, 2, &m) || m > 59)
            return false;
        if (pmt_cur_char(c, ':') && (!pmt_cur_digits(c, 2, 2, &s) || s > 59))
            return false;
    }
    *ret = (int32_t)(h * 3600 + m * 60 + s);
    if (negative)
        *ret = -*ret;
    return true;
}

static bool take_number(struct pmt_cursor *c, int min, int max, int *ret)
{
    int64_t v;
    if (!pmt_cur_digits(c, 1, 3, &v) || v < min || v > max)
        return false;
    *ret = (int)v;
    return true;
}

static bool take_day(struct pmt_cursor *c, struct pmt_tz_day *d)
{
    if (pmt_cur_char(c, 'M')) {
        d->kind = 'M';
        if (!take_number(c, 1, 12, &d->month) || !pmt_cur_char(c, '.') ||
            !take_number(c, 1, 5, &d->week) || !pmt_cur_char(c, '.') ||
            !take_number(c, 0, 6, &d->day))
            return false;
    } else {
        bool julian = pmt_cur_char(c, 'J');
        d->kind = julian ? 'J' : 'n';
        if (!take_number(c, julian, 365, &d->day))
            return false;
    }
    d->time = 2 * 3600;
    return !pmt_cur_char(c, '/') || take_time(c, 167, &d->time);
}

static bool take_rule(struct pmt_cursor *c, struct pmt_tz_rule *r)
{
    if (!take_name(c) || !take_time(c, 24, &r->std))
        return false;
    r->std = -r->std;
    r->present = true;
    if (pmt_cur_end(c))
        return true;
    if (!take_name(c))
        return false;
    r->has_dst = true;
    r->dst = r->std + 3600;
    if (!pmt_cur_end(c) && *c->p != ',') {
        if (!take_time(c, 24, &r->dst))
            return false;
        r->dst = -r->dst;
    }
    return pmt_cur_char(c, ',') && take_day(c, &r->start) && pmt_cur_char(c, ',') &&
           take_day(c, &r->end) && pmt_cur_end(c);
}

static bool take_footer(struct pmt_cursor *c, struct pmt_tz_rule *r)
{
    struct pmt_slice line;
    if (!pmt_cur_char(c, '\n') || !pmt_cur_until(c, '\n', &line))
        return false;
    struct pmt_cursor in = pmt_cursor(line);
    *r = (struct pmt_tz_rule){0};
    return line.n == 0 || take_rule(&in, r);
}

bool pmt_tzif_read(struct pmt_slice file, struct pmt_arena *arena, struct pmt_tz *ret,
                   const char **why)
{
    struct pmt_cursor c = pmt_cursor(file);
    struct header h;
    struct pmt_tz tz = {0};
    uint64_t size;
    if (!take_header(&c, &h, why))
        return false;
    *why = "it is cut";
    if (!has_block(&c, &h, 4, &size))
        return false;
    c.p += size;
    if (!take_header(&c, &h, why))
        return false;
    *why = "it is cut";
    if (!has_block(&c, &h, 8, &size))
        return false;
    if (h.leap) {
        *why = "it counts leap seconds, which logs do not";
        return false;
    }
    if (!h.type) {
        *why = "it has no offset at all";
        return false;
    }
    if (!take_changes(c.p, &h, arena, &tz, why))
        return false;
    c.p += size;
    if (!take_footer(&c, &tz.rule)) {
        *why = "its last line is no zone rule";
        return false;
    }
    *ret = tz;
    return true;
}

/* ---- asking ------------------------------------------------------------------------------ */

/* The day of a year on which a rule falls, from 1970-01-01. */
static int64_t rule_day(const struct pmt_tz_day *d, int year)
{
    int64_t jan1 = pmt_days_from_civil(year, 1, 1);
    if (d->kind == 'n')
        return jan1 + d->day;
    if (d->kind == 'J') {
        int64_t mar1 = pmt_days_from_civil(year, 3, 1);
        return d->day >= 60 ? mar1 + d->day - 60 : jan1 + d->day - 1;
    }
    int64_t first = pmt_days_from_civil(year, d->month, 1);
    int64_t next = d->month < 12 ? pmt_days_from_civil(year, d->month + 1, 1)
                                 : pmt_days_from_civil(year + 1, 1, 1);
    int from_sunday = (pmt_weekday(first) + 1) % 7;
    int64_t day = first + (d->day - from_sunday + 7) % 7 + (d->week - 1) * 7;
    return day < next ? day : day - 7; /* week 5 is the last one, even if it is the fourth */
}

/* Every change of the years around is looked at and the latest one not after `at` holds; so it
 * does not matter which of start and end comes first in a year, nor that a time may lie up to a
 * week outside its day. Where an end meets the next start (DST all year), DST stays. */
static int32_t rule_span(const struct pmt_tz_rule *r, int64_t at, int64_t *until)
{
    *until = INT64_MAX;
    if (!r->has_dst)
        return r->std;
    int year, month, day;
    int64_t days = at / 86400 - (at % 86400 < 0);
    pmt_civil_from_days(days, &year, &month, &day);
    int64_t since = INT64_MIN;
    int32_t offset = r->std;
    for (int y = year - 2; y <= year + 2; y++) {
        int64_t start = rule_day(&r->start, y) * 86400 + r->start.time - r->std;
        int64_t end = rule_day(&r->end, y) * 86400 + r->end.time - r->dst;
        if (end <= at && end > since) {
            since = end;
            offset = r->std;
        }
        if (start <= at && start >= since) {
            since = start;
            offset = r->dst;
        }
        if (start > at && start < *until)
            *until = start;
        if (end > at && end < *until)
            *until = end;
    }
    return offset;
}

int32_t pmt_tz_span(const struct pmt_tz *tz, int64_t at, int64_t *until)
{
    size_t lo = 0, hi = tz->n; /* changes[lo - 1].at <= at < changes[hi].at */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (tz->changes[mid].at <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == tz->n && tz->rule.present)
        return rule_span(&tz->rule, at, until);
    *until = lo < tz->n ? tz->changes[lo].at : INT64_MAX;
    return lo ? tz->changes[lo - 1].offset : tz->first;
}
