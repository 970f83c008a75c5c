/* when.h - civil time, stamps as logs write them, zones, and how times are printed.
 *
 * Instants are int64_t microseconds since 1970-01-01 UTC. A *wall* time is the civil time a log
 * wrote, counted as if that clock stood in UTC; it becomes an instant only in calibrate. Nothing
 * here asks this machine's clock, locale or TZ variable; localtime, mktime, gmtime and strptime
 * are banned in the whole project. Zone rules come from the system's tz database (TZif files,
 * RFC 8536).
 */
#ifndef PMT_WHEN_H
#define PMT_WHEN_H

#include "pmt/text.h"

#define PMT_NO_TIME INT64_MIN
#define PMT_SECOND INT64_C(1000000)
#define PMT_MINUTE (60 * PMT_SECOND)
#define PMT_HOUR (60 * PMT_MINUTE)
#define PMT_DAY (24 * PMT_HOUR)

/* Stamps without a year are counted in this one; it is a leap year, so that Feb 29 exists. */
enum { PMT_PSEUDO_YEAR = 2000 };

enum pmt_stamp_how {
    PMT_STAMP_NONE,     /* the line has no time */
    PMT_STAMP_YEARLESS, /* wall time in PMT_PSEUDO_YEAR: no year, no zone */
    PMT_STAMP_WALL,     /* wall time with its year, no zone */
    PMT_STAMP_ZONED,    /* wall time with its year and its offset from UTC */
};

struct pmt_stamp {
    int64_t wall;     /* microseconds, see above */
    int32_t offset;   /* seconds east of UTC; meaningful only when ZONED */
    uint8_t how;      /* enum pmt_stamp_how */
    uint8_t decimals; /* of a second, as written: 0 to 6 (more are cut) */
    bool universal;   /* ZONED: written in UTC on any machine ("Z", seconds since 1970): says
                         nothing of the machine's zone */
};

/* The instant of a ZONED stamp. */
static inline int64_t pmt_stamp_utc(const struct pmt_stamp *s)
{
    return s->wall - (int64_t)s->offset * PMT_SECOND;
}

/* ---- civil time -------------------------------------------------------------------------- */

/* Proleptic Gregorian calendar, years 0 to 9999. */
bool pmt_civil_valid(int year, int month, int day);
/* Days since 1970-01-01; the date must be valid. */
int64_t pmt_days_from_civil(int year, int month, int day);
void pmt_civil_from_days(int64_t days, int *year, int *month, int *day);
/* 0 = Monday ... 6 = Sunday, of a day counted from 1970-01-01. */
int pmt_weekday(int64_t days);
/* The same month, day and time of a wall time in PMT_PSEUDO_YEAR, in another year. False when
 * that year has no such day (Feb 29); *ret is then untouched. */
bool pmt_wall_with_year(int64_t pseudo_wall, int year, int64_t *ret);
int pmt_wall_year(int64_t wall);

/* ---- reading stamps ---------------------------------------------------------------------- */
/* Each advances the cursor past the stamp only when all of it is a possible date and time
 * (31 Feb, hour 24, a month "Foo", the year 0 are refused; second 60 is accepted at the end of a
 * quarter of an hour and is the next minute's 0).
 * *ret is untouched on failure. */

/* "26/Feb/2022:12:00:07[.123[456]][ +0300]": nginx $time_local, CLF %t, HAProxy's accept date.
 * nginx: ngx_times.c cached_http_log_time; HAProxy configuration manual 8.2.4 (%tr, %t, %T). */
bool pmt_read_clf_stamp(struct pmt_cursor *c, struct pmt_stamp *ret);
/* "2022-02-26T12:00:07[.123456789][Z|+03:00|+0300|+03]", 'T', 't' or one blank between, ',' or '.'
 * before decimals: RFC 3339, rsyslog's file format, journalctl short-iso, nginx $time_iso8601.
 * One blank may stand before +0300 and +03:00 (date's "%F %T %z", gunicorn), not before +03. */
bool pmt_read_iso_stamp(struct pmt_cursor *c, struct pmt_stamp *ret);
/* "Feb  6 09:00:07[.123456]", also "Feb 06" and "Feb 6" and "Feb  6 2022 09:00:07": RFC 3164 4.1.2.
 * YEARLESS, or WALL when the year is written. Month names in English, any case. */
bool pmt_read_bsd_stamp(struct pmt_cursor *c, struct pmt_stamp *ret);
/* "2022/02/26 12:00:07": the nginx error log (ngx_times.c cached_err_log_time). */
bool pmt_read_slash_stamp(struct pmt_cursor *c, struct pmt_stamp *ret);

/* ---- zones ------------------------------------------------------------------------------- */

struct pmt_zone; /* immutable once opened; may be read by many threads */

/* Opens "UTC", "Z", "+03:00", "-0330", "+3", "UTC+3", or an IANA name ("Africa/Nairobi").
 * Names are looked up below $PMT_ZONEINFO when set (tests), else /usr/share/zoneinfo.
 * 0, or -1 with *why a sentence for the user, allocated in arena: an abbreviation such as EAT is
 * answered by `"EAT" is an abbreviation several zones share or shared; use Africa/Nairobi
 * (+03:00)`, an unknown name by what was looked for and where, a near miss by the closest name.
 * The zone is allocated in arena too. */
int pmt_zone_open(struct pmt_slice spec, struct pmt_arena *arena, const struct pmt_zone **ret,
                  const char **why);
/* An abbreviation such as EAT, in capitals: 1 and its offset when all zones that use it agree, -1
 * and what to write instead when they do not (IST, CST), 0 when it is none. */
int pmt_zone_abbreviation(struct pmt_slice name, int32_t *offset, const char **use);
/* A zone of constant offset, seconds east of UTC. Name "+03:00", or "UTC" for 0. */
const struct pmt_zone *pmt_zone_fixed(int32_t offset, struct pmt_arena *arena);
/* The zone this machine's daemons write in: /etc/localtime (its link target gives the name).
 * Not $TZ, which is the reader's and not the daemons'. NULL when there is none.
 * Only calibrate may call this, and only for files under /var/log. */
const struct pmt_zone *pmt_zone_machine(struct pmt_arena *arena);
/* As shown to people: "Africa/Nairobi", "+03:00", "UTC". */
const char *pmt_zone_name(const struct pmt_zone *z);
/* Seconds east of UTC at an instant. */
int32_t pmt_zone_offset(const struct pmt_zone *z, int64_t utc);
/* The first change of the offset behind an instant; false when there is none. */
struct pmt_zone_turn {
    int64_t at;
    int32_t before, then; /* seconds east of UTC */
};
bool pmt_zone_next_turn(const struct pmt_zone *z, int64_t after, struct pmt_zone_turn *ret);

enum pmt_fold { PMT_WALL_UNIQUE, PMT_WALL_TWICE, PMT_WALL_MISSING };
/* The instant of a wall time. A wall time that exists twice (clocks set back) gives the first
 * instant, or the second when `second` is set; one that does not exist (clocks set forward) is
 * read with the offset before the jump. Says which of the three it was. */
enum pmt_fold pmt_zone_to_utc(const struct pmt_zone *z, int64_t wall, bool second, int64_t *ret);

/* ---- printing ---------------------------------------------------------------------------- */

/* "2022-02-26T08:47:31.118Z" with `decimals` (0 to 6) digits, cut, not rounded. */
void pmt_put_rfc3339(struct pmt_buf *b, int64_t utc, int decimals);
/* "2022-02-26 08:47:31", and its parts. For the draft. */
void pmt_put_datetime(struct pmt_buf *b, int64_t t);
void pmt_put_date(struct pmt_buf *b, int64_t t);  /* 2022-02-26 */
void pmt_put_clock(struct pmt_buf *b, int64_t t); /* 08:47:31 */
void pmt_put_daymonth(struct pmt_buf *b, int64_t t); /* 26 Feb */
/* "34 h 10 min 31 s", "27 min 33 s", "0 s"; from 100 h on still hours: "130 h 0 min 0 s".
 * Negative durations get a leading minus. Seconds are rounded to the nearest. */
void pmt_put_duration(struct pmt_buf *b, int64_t us);
/* "+03:00", "-05:30"; seconds are appended only when there are any. */
void pmt_put_offset(struct pmt_buf *b, int32_t offset);

#endif
