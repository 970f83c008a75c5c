/* syslog_stamp.c - the times that stand at the start of syslog lines.
 *
 *   Nov 21 00:27:10[.203456] web-1 app[7]: text       RFC 3164, journalctl short(-precise)
 *   2026-11-21T00:27:10[.203456][+00:00|+0000|Z] ...  rsyslog, syslog-ng iso, short-iso(-precise)
 *   Sat 2026-11-21 00:27:10[.203456] UTC ...          journalctl short-full, with-unit
 *   Sat Nov 21 00:27:10 2026 ...                      OpenWrt's logread, ctime()
 *   Nov 21 2026 00:27:10[:] ...                       network gear
 *   1795220830.203456 ...                             journalctl short-unix
 *   [Sat Nov 21 00:27:10 2026] ...                    dmesg -T
 *   2026-11-21T00:27:10,203456+00:00 ...              dmesg --time-format iso
 *   Nov 21 00:27:10 UTC 2026 ...                      the zone and the year of date(1) behind it
 *   Nov 21 2026 00:27:10.203 UTC: %SYS-5-CONFIG_I: .. network gear
 */
#include "syslog.h"

/* "UTC", "EAT", "+03", "+0530" as systemd prints zones. An abbreviation other than UTC and GMT
 * names no offset: the stamp stays wall time. */
static bool read_zone_name(struct pmt_slice zone, struct pmt_stamp *s)
{
    int64_t hours, minutes = 0;
    if (pmt_slice_is(zone, "UTC") || pmt_slice_is(zone, "GMT")) {
        s->how = PMT_STAMP_ZONED;
        s->offset = 0;
        return true;
    }
    if ((zone.n == 3 || zone.n == 5) && (zone.p[0] == '+' || zone.p[0] == '-') &&
        pmt_slice_int(pmt_slice(zone.p + 1, 2), &hours) && hours >= 0 && hours < 24 &&
        (zone.n == 3 || (pmt_slice_int(pmt_slice(zone.p + 3, 2), &minutes) && minutes >= 0 &&
                         minutes < 60))) {
        int32_t offset = (int32_t)(hours * 60 + minutes) * 60;
        s->how = PMT_STAMP_ZONED;
        s->offset = zone.p[0] == '-' ? -offset : offset;
        return true;
    }
    for (size_t i = 0; i < zone.n; i++)
        if (zone.p[i] < 'A' || zone.p[i] > 'Z')
            return false;
    return zone.n >= 2 && zone.n <= 5;
}

/* "2026-11-21 00:27:10 UTC" behind the day's name. */
static bool read_full(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct pmt_slice zone;
    struct pmt_stamp s;
    if (!pmt_read_iso_stamp(c, &s))
        return false;
    struct pmt_cursor t = *c;
    if (s.how != PMT_STAMP_ZONED && pmt_cur_char(&t, ' ') && pmt_cur_until(&t, ' ', &zone) &&
        read_zone_name(zone, &s))
        c->p = t.p - 1; /* the blank is the caller's */
    *ret = s;
    return true;
}

/* "Nov 21 00:27:10 2026" behind the day's name. */
static bool read_ctime(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct pmt_stamp s;
    int64_t year;
    if (!pmt_read_bsd_stamp(c, &s) || s.how != PMT_STAMP_YEARLESS || !pmt_cur_char(c, ' ') ||
        !pmt_cur_digits(c, 4, 4, &year) || !pmt_wall_with_year(s.wall, (int)year, &s.wall))
        return false;
    s.how = PMT_STAMP_WALL;
    *ret = s;
    return true;
}

static bool skip_weekday(struct pmt_cursor *c)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    for (int i = 0; i < 7; i++)
        if (c->end - c->p > 3 && c->p[3] == ' ' && memcmp(c->p, days + (ptrdiff_t)3 * i, 3) == 0) {
            c->p += 4;
            return true;
        }
    return false;
}

/* A name of a zone, not any word in capitals: a host may be called WEB. */
static bool is_zone_name(struct pmt_slice s)
{
    static const char names[] = " UTC GMT EST EDT CST CDT MST MDT PST PDT WET WEST CET CEST EET "
                                "EEST MSK BST IST JST KST SGT HKT EAT SAST AEST AEDT NZST NZDT ";
    char word[8] = " ";
    if (s.n < 3 || s.n > 4)
        return false;
    memcpy(word + 1, s.p, s.n);
    word[s.n + 1] = ' ';
    return strstr(names, word) != NULL;
}

/* " CST 2026" behind a time, or " UTC" before ": %" where its year is known: a zone without a year
 * is no time to place, and is left for the line not to be understood by. */
static void read_zone_and_year(struct pmt_cursor *c, struct pmt_stamp *s)
{
    struct pmt_cursor t = *c;
    int64_t year;
    const char *from = t.p + 1;
    if (t.end - t.p < 6 || *from < 'A' || *from > 'Z')
        return;
    for (t.p = from; t.p < t.end && *t.p >= 'A' && *t.p <= 'Z';)
        t.p++;
    struct pmt_slice zone = pmt_slice(from, (size_t)(t.p - from));
    struct pmt_cursor behind = t, gear = t;
    if (!is_zone_name(zone))
        return;
    if (pmt_cur_char(&t, ' ') && pmt_cur_digits(&t, 4, 4, &year) && t.p < t.end && *t.p == ' ' &&
        s->how == PMT_STAMP_YEARLESS && pmt_wall_with_year(s->wall, (int)year, &s->wall)) {
        s->how = PMT_STAMP_WALL;
        behind = t;
    } else if (s->how != PMT_STAMP_WALL || !pmt_cur_lit(&gear, ": %")) {
        return;
    }
    read_zone_name(zone, s);
    *c = behind;
}

/* 2026-11-21T00:27:10,203456+00:00: the comma, six digits and the colon are dmesg's alone. */
bool pmt_syslog_is_dmesg_iso(struct pmt_slice stamp)
{
    return stamp.n == 32 && stamp.p[19] == ',' && (stamp.p[26] == '+' || stamp.p[26] == '-') &&
           stamp.p[29] == ':';
}

bool pmt_syslog_read_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct pmt_slice rest = pmt_cur_rest(c);
    /* ISO only with a 'T': with a blank it is some application's own log. */
    if (rest.n > 10 && (rest.p[10] == 'T' || rest.p[10] == 't') && pmt_read_iso_stamp(c, ret))
        return true;
    if (pmt_read_bsd_stamp(c, ret)) {
        read_zone_and_year(c, ret);
        return true;
    }
    struct pmt_cursor t = *c, u;
    if (!skip_weekday(&t))
        return false;
    u = t;
    if (!read_full(&t, ret)) {
        t = u;
        if (!read_ctime(&t, ret))
            return false;
    }
    *c = t;
    return true;
}

bool pmt_syslog_read_epoch(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct pmt_cursor t = *c;
    int64_t seconds, us;
    if (!pmt_cur_digits(&t, 9, 10, &seconds) || !pmt_cur_char(&t, '.') ||
        !pmt_cur_digits(&t, 6, 6, &us) || !pmt_cur_char(&t, ' '))
        return false;
    *ret = (struct pmt_stamp){
        .wall = seconds * PMT_SECOND + us, .how = PMT_STAMP_ZONED, .decimals = 6,
        .universal = true};
    *c = t;
    return true;
}

bool pmt_syslog_read_dmesg_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct pmt_cursor t = *c;
    struct pmt_stamp s;
    if (!pmt_cur_char(&t, '[') || !skip_weekday(&t) || !read_ctime(&t, &s) ||
        !pmt_cur_lit(&t, "] "))
        return false;
    *ret = s;
    *c = t;
    return true;
}

/* printk's "[12345.678901] " and its caller "[    T1] ". */
struct pmt_slice pmt_syslog_without_monotonic(struct pmt_slice message)
{
    struct pmt_cursor c = pmt_cursor(message);
    int64_t ignored;
    if (!pmt_cur_char(&c, '['))
        return message;
    pmt_cur_blanks(&c);
    if (!pmt_cur_digits(&c, 1, 12, &ignored) || !pmt_cur_char(&c, '.') ||
        !pmt_cur_digits(&c, 1, 9, &ignored) || !pmt_cur_char(&c, ']'))
        return message;
    struct pmt_cursor t = c;
    if (pmt_cur_char(&t, '[')) {
        pmt_cur_blanks(&t);
        if ((pmt_cur_char(&t, 'T') || pmt_cur_char(&t, 'C')) &&
            pmt_cur_digits(&t, 1, 9, &ignored) && pmt_cur_char(&t, ']'))
            c = t;
    }
    pmt_cur_blanks(&c);
    return pmt_cur_rest(&c);
}
