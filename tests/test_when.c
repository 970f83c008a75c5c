#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pmt/when.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- civil time -------------------------------------------------------------------------- */

static void test_civil_valid(void **state)
{
    (void)state;
    static const struct {
        int year, month, day;
        bool valid;
    } rows[] = {
        {2022, 2, 28, true},   {2022, 2, 29, false},  {2024, 2, 29, true},  {2024, 2, 30, false},
        {1900, 2, 29, false},  {2000, 2, 29, true},   {2100, 2, 29, false}, {0, 2, 29, true},
        {2022, 4, 30, true},   {2022, 4, 31, false},  {2022, 12, 31, true}, {2022, 12, 32, false},
        {2022, 0, 1, false},   {2022, 13, 1, false},  {2022, 1, 0, false},  {2022, 1, -1, false},
        {-1, 12, 31, false},   {0, 1, 1, true},       {9999, 12, 31, true}, {10000, 1, 1, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(pmt_civil_valid(rows[i].year, rows[i].month, rows[i].day), rows[i].valid);
}

static void test_known_days(void **state)
{
    (void)state;
    assert_int_equal(pmt_days_from_civil(1970, 1, 1), 0);
    assert_int_equal(pmt_days_from_civil(1969, 12, 31), -1);
    assert_int_equal(pmt_days_from_civil(2000, 2, 29), 11016);
    assert_int_equal(pmt_days_from_civil(2022, 2, 26), 19049);
    assert_int_equal(pmt_days_from_civil(0, 1, 1), -719528);
    assert_int_equal(pmt_days_from_civil(9999, 12, 31), 2932896);
    assert_int_equal(pmt_weekday(0), 3);                                 /* Thursday */
    assert_int_equal(pmt_weekday(pmt_days_from_civil(2022, 2, 26)), 5);  /* Saturday */
    assert_int_equal(pmt_weekday(pmt_days_from_civil(1969, 12, 29)), 0); /* Monday */
}

/* Every day there is, counted on by one. */
static void test_all_days(void **state)
{
    (void)state;
    int64_t days = -719528;
    int weekday = 5; /* 0000-01-01 was a Saturday */
    for (int year = 0; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; pmt_civil_valid(year, month, day); day++) {
                int y, m, d;
                pmt_civil_from_days(days, &y, &m, &d);
                if (pmt_days_from_civil(year, month, day) != days || y != year || m != month ||
                    d != day || pmt_weekday(days) != weekday)
                    fail_msg("%04d-%02d-%02d", year, month, day);
                days++;
                weekday = (weekday + 1) % 7;
            }
        }
    }
    assert_int_equal(days, 2932897);
}

static int64_t iso(const char *text)
{
    struct pmt_cursor c = pmt_cursor(pmt_str(text));
    struct pmt_stamp s;
    assert_true(pmt_read_iso_stamp(&c, &s));
    assert_true(pmt_cur_end(&c));
    return s.wall;
}

static void test_wall_with_year(void **state)
{
    (void)state;
    static const struct {
        const char *pseudo;
        int year;
        const char *wall; /* NULL: no such day */
    } rows[] = {
        {"2000-02-26 12:00:07.25", 2022, "2022-02-26 12:00:07.25"},
        {"2000-02-29 00:00:00", 2024, "2024-02-29 00:00:00"},
        {"2000-02-29 00:00:00", 2022, NULL},
        {"2000-02-29 23:59:59", 2100, NULL},
        {"2000-03-01 00:00:00", 2022, "2022-03-01 00:00:00"},
        {"2000-01-01 00:00:00", 1969, "1969-01-01 00:00:00"},
        {"2000-12-31 23:59:59.999999", 1969, "1969-12-31 23:59:59.999999"},
        {"2000-12-31 23:59:60", 2016, "2017-01-01 00:00:00"},
        {"2000-06-01 00:00:00", 10000, NULL},
        {"2000-06-01 00:00:00", -1, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t wall = -42;
        bool ok = pmt_wall_with_year(iso(rows[i].pseudo), rows[i].year, &wall);
        assert_int_equal(ok, rows[i].wall != NULL);
        assert_int_equal(wall, rows[i].wall ? iso(rows[i].wall) : -42);
    }
    assert_int_equal(pmt_wall_year(0), 1970);
    assert_int_equal(pmt_wall_year(-1), 1969);
    assert_int_equal(pmt_wall_year(iso("2022-12-31 23:59:59.999999")), 2022);
    assert_int_equal(pmt_wall_year(iso("2022-12-31 23:59:60")), 2023);
}

/* ---- reading stamps ---------------------------------------------------------------------- */

typedef bool reader(struct pmt_cursor *c, struct pmt_stamp *ret);

enum { NONE = PMT_STAMP_NONE, YEARLESS = PMT_STAMP_YEARLESS, WALL = PMT_STAMP_WALL,
       ZONED = PMT_STAMP_ZONED };

/* 2022-02-26 12:00:07 and the same in the pseudo year. */
#define T INT64_C(1645876807000000)
#define P INT64_C(951566407000000)

struct row {
    reader *read;
    const char *text;
    int how;         /* NONE: refused */
    size_t rest;     /* bytes left behind the stamp */
    int64_t wall;
    int32_t offset;
    int decimals;
};

static const struct row rows[] = {
    /* CLF */
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07 +0300", ZONED, 0, T, 10800, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07 +0300] \"GET /", ZONED, 8, T, 10800, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07 -0330", ZONED, 0, T, -12600, 0},
    {pmt_read_clf_stamp, "26/feb/2022:12:00:07 -0000", ZONED, 0, T, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07", WALL, 0, T, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07.118] fe", WALL, 4, T + 118000, 0, 3},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07.118 +0300", ZONED, 0, T + 118000, 10800, 3},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07.123456789]", WALL, 1, T + 123456, 0, 6},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07.]", WALL, 2, T, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07 +03000", WALL, 7, T, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07 +03:00", WALL, 7, T, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07 - -", WALL, 4, T, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:11:59:67", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:11:59:60", WALL, 0, T - 7 * PMT_SECOND, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07 +2400", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:00:07 +0360", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "29/Feb/2022:12:00:07 +0300", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "29/Feb/2024:00:00:00", WALL, 0, INT64_C(1709164800000000), 0, 0},
    {pmt_read_clf_stamp, "31/Jun/2022:12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "00/Feb/2022:12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "26/Foo/2022:12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:24:00:00", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022:12:60:00", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/2022 12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "26-Feb-2022:12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, " 6/Feb/2022:12:00:07", WALL, 0, T - 20 * PMT_DAY, 0, 0},
    {pmt_read_clf_stamp, "26/Feb/20x2:12:00:07", NONE, 0, 0, 0, 0},
    /* ISO */
    {pmt_read_iso_stamp, "2022-02-26T12:00:07Z", ZONED, 0, T, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26t12:00:07z web", ZONED, 4, T, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26 12:00:07 web", WALL, 4, T, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07+03:00 web", ZONED, 4, T, 10800, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07+0300 web", ZONED, 4, T, 10800, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07+03 web", ZONED, 4, T, 10800, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07+03: web", ZONED, 5, T, 10800, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07-09:30", ZONED, 0, T, -34200, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07.123456789+05:45", ZONED, 0, T + 123456, 20700, 6},
    {pmt_read_iso_stamp, "2022-02-26 12:00:07,5 [", WALL, 2, T + 500000, 0, 1},
    {pmt_read_iso_stamp, "2022-02-26 12:00:07, text", WALL, 6, T, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26 12:00:07 +0300] [42]", ZONED, 6, T, 10800, 0},
    {pmt_read_iso_stamp, "2022-02-26 12:00:07 -03:00 x", ZONED, 2, T, -10800, 0},
    {pmt_read_iso_stamp, "2022-02-26 12:00:07 -03 x", WALL, 6, T, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07-123 x", WALL, 6, T, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07-12345", WALL, 6, T, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07+24:00", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:07+03:60", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2016-12-31T23:59:60Z", ZONED, 0, INT64_C(1483228800000000), 0, 0},
    {pmt_read_iso_stamp, "1969-12-31T23:59:59.5", WALL, 0, -500000, 0, 1},
    {pmt_read_iso_stamp, "0001-01-01T00:00:00", WALL, 0, INT64_C(-62135596800000000), 0, 0},
    {pmt_read_iso_stamp, "0000-01-01T00:00:00", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:60", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26T12:00:61", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "6/Feb/2022:12:00:07", WALL, 0, T - 20 * PMT_DAY, 0, 0},
    {pmt_read_clf_stamp, " 6/Feb/2022:12:00:07 +0300", ZONED, 0, T - 20 * PMT_DAY, 10800, 0},
    {pmt_read_clf_stamp, "x/Feb/2022:12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_clf_stamp, "0/Feb/2022:12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "9999-12-31T23:59:59", WALL, 0, INT64_C(253402300799000000), 0, 0},
    {pmt_read_iso_stamp, "2023-02-29T12:00:07Z", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26_12:00:07Z", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26  12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2022/02/26T12:00:07Z", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2022-13-26T12:00:07Z", NONE, 0, 0, 0, 0},
    {pmt_read_iso_stamp, "2022-02-26T12-00-07Z", NONE, 0, 0, 0, 0},
    /* BSD */
    {pmt_read_bsd_stamp, "Feb 26 12:00:07 lb-01 haproxy", YEARLESS, 14, P, 0, 0},
    {pmt_read_bsd_stamp, "Feb  6 12:00:07", YEARLESS, 0, P - 20 * PMT_DAY, 0, 0},
    {pmt_read_bsd_stamp, "Feb 6 12:00:07", YEARLESS, 0, P - 20 * PMT_DAY, 0, 0},
    {pmt_read_bsd_stamp, "Feb 06 12:00:07 x", YEARLESS, 2, P - 20 * PMT_DAY, 0, 0},
    {pmt_read_bsd_stamp, "FEB 26 12:00:07.123456 x", YEARLESS, 2, P + 123456, 0, 6},
    {pmt_read_bsd_stamp, "Feb 26 2022 12:00:07: %", WALL, 3, T, 0, 0},
    {pmt_read_bsd_stamp, "Feb  6 2022 12:00:07.5", WALL, 0, T - 20 * PMT_DAY + 500000, 0, 1},
    {pmt_read_bsd_stamp, "Feb 29 00:00:00", YEARLESS, 0, INT64_C(951782400000000), 0, 0},
    {pmt_read_bsd_stamp, "Feb 29 2022 00:00:00", NONE, 0, 0, 0, 0},
    {pmt_read_bsd_stamp, "Feb 29 2024 00:00:00", WALL, 0, INT64_C(1709164800000000), 0, 0},
    {pmt_read_bsd_stamp, "Feb 30 00:00:00", NONE, 0, 0, 0, 0},
    {pmt_read_bsd_stamp, "Feb  0 12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_bsd_stamp, "Feb   6 12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_bsd_stamp, "Feb 126 12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_bsd_stamp, "Fev 26 12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_bsd_stamp, "Feb 26 202x 12:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_bsd_stamp, "Feb 26 24:00:07", NONE, 0, 0, 0, 0},
    {pmt_read_bsd_stamp, "February 26 12:00:07", NONE, 0, 0, 0, 0},
    /* slashes */
    {pmt_read_slash_stamp, "2022/02/26 12:00:07 [error]", WALL, 8, T, 0, 0},
    {pmt_read_slash_stamp, "2022/02/26 12:00:07", WALL, 0, T, 0, 0},
    {pmt_read_slash_stamp, "2022/02/29 12:00:07 [", NONE, 0, 0, 0, 0},
    {pmt_read_slash_stamp, "2022/02/26T12:00:07 [", NONE, 0, 0, 0, 0},
    {pmt_read_slash_stamp, "2022-02-26 12:00:07 [", NONE, 0, 0, 0, 0},
    {pmt_read_slash_stamp, "2022/02/26 12:00:61 [", NONE, 0, 0, 0, 0},
    {pmt_read_slash_stamp, "2022/02/2612:00:070 [", NONE, 0, 0, 0, 0},
};

static reader *const readers[] = {pmt_read_clf_stamp, pmt_read_iso_stamp, pmt_read_bsd_stamp,
                                  pmt_read_slash_stamp};

static const struct pmt_stamp untouched = {.wall = -42, .offset = -43, .how = 99, .decimals = 98};

static void assert_untouched(const struct pmt_stamp *s)
{
    assert_int_equal(s->wall, untouched.wall);
    assert_int_equal(s->offset, untouched.offset);
    assert_int_equal(s->how, untouched.how);
    assert_int_equal(s->decimals, untouched.decimals);
}

static void test_readers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *r = &rows[i];
        struct pmt_slice text = pmt_str(r->text);
        struct pmt_cursor c = pmt_cursor(text);
        struct pmt_stamp s = untouched;
        bool ok = r->read(&c, &s);
        if (ok != (r->how != NONE))
            fail_msg("%s: %s", r->text, ok ? "accepted" : "refused");
        if (!ok) {
            assert_ptr_equal(c.p, text.p);
            assert_untouched(&s);
            continue;
        }
        if (s.wall != r->wall || s.how != r->how || s.decimals != r->decimals)
            fail_msg("%s: read as %lld, %d, %d", r->text, (long long)s.wall, s.how, s.decimals);
        if ((size_t)(c.end - c.p) != r->rest)
            fail_msg("%s: left \"%s\"", r->text, c.p);
        assert_int_equal(s.offset, r->offset);
    }
}

static void test_months(void **state)
{
    (void)state;
    static const char *const names[] = {"Jan", "feb", "MAR", "aPr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++) {
        struct pmt_buf b = {0};
        pmt_buf_printf(&b, "01/%s/2022:00:00:00", names[i]);
        struct pmt_cursor c = pmt_cursor(pmt_buf_view(&b));
        struct pmt_stamp s;
        assert_true(pmt_read_clf_stamp(&c, &s));
        assert_int_equal(s.wall, pmt_days_from_civil(2022, i + 1, 1) * PMT_DAY);
        pmt_buf_fini(&b);
    }
}

/* Reads from a block of exactly that size, so that a reader that looks too far is caught. */
static bool read_exactly(reader *read, const char *text, size_t n, struct pmt_stamp *s,
                         size_t *taken)
{
    char *block = malloc(n ? n : 1);
    assert_non_null(block);
    memcpy(block, text, n);
    /* An empty slice stands at the block's end, where not even one byte may be read. */
    const char *at = n ? block : block + 1;
    struct pmt_cursor c = {at, at + n};
    *s = untouched;
    bool ok = read(&c, s);
    assert_true(c.p >= at && c.p <= at + n);
    *taken = (size_t)(c.p - at);
    if (!ok) {
        assert_int_equal(*taken, 0);
        assert_untouched(s);
    }
    free(block);
    return ok;
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        for (size_t r = 0; r < COUNT(readers); r++) {
            size_t shortest = readers[r] == pmt_read_bsd_stamp ? 14 : 19;
            for (size_t n = 0; n <= len; n++) {
                struct pmt_stamp s;
                size_t taken;
                bool ok = read_exactly(readers[r], rows[i].text, n, &s, &taken);
                if (ok && taken < shortest)
                    fail_msg("%.*s is no stamp", (int)n, rows[i].text);
            }
        }
    }
}

/* Each byte of a stamp is replaced by every other: what is accepted must read back the same. */
static void test_every_byte_changed(void **state)
{
    (void)state;
    const char *text = "2022-02-26 12:00:07";
    for (size_t at = 0; at < strlen(text); at++) {
        for (int byte = 0; byte < 256; byte++) {
            char changed[20];
            struct pmt_stamp s;
            size_t taken;
            memcpy(changed, text, sizeof changed);
            changed[at] = (char)byte;
            for (size_t r = 0; r < COUNT(readers); r++) {
                if (!read_exactly(readers[r], changed, 19, &s, &taken))
                    continue;
                struct pmt_buf b = {0};
                pmt_put_datetime(&b, s.wall);
                changed[10] = ' ';
                assert_string_equal(b.data, changed);
                pmt_buf_fini(&b);
            }
        }
    }
}

static void test_stamp_utc(void **state)
{
    (void)state;
    struct pmt_stamp east = {.wall = T, .offset = 10800, .how = PMT_STAMP_ZONED};
    struct pmt_stamp west = {.wall = T, .offset = -12600, .how = PMT_STAMP_ZONED};
    assert_int_equal(pmt_stamp_utc(&east), iso("2022-02-26 09:00:07"));
    assert_int_equal(pmt_stamp_utc(&west), iso("2022-02-26 15:30:07"));
}

/* ---- printing ---------------------------------------------------------------------------- */

static void test_put_times(void **state)
{
    (void)state;
    static const struct {
        int64_t t;
        int decimals;
        const char *rfc3339, *datetime, *date, *clock, *daymonth;
    } times[] = {
        {T + 118999, 3, "2022-02-26T12:00:07.118Z", "2022-02-26 12:00:07", "2022-02-26",
         "12:00:07", "26 Feb"},
        {0, 0, "1970-01-01T00:00:00Z", "1970-01-01 00:00:00", "1970-01-01", "00:00:00", "1 Jan"},
        {-1, 6, "1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59", "1969-12-31", "23:59:59",
         "31 Dec"},
        {-1500000, 1, "1969-12-31T23:59:58.5Z", "1969-12-31 23:59:58", "1969-12-31", "23:59:58",
         "31 Dec"},
        {INT64_C(1709164800000001), 6, "2024-02-29T00:00:00.000001Z", "2024-02-29 00:00:00",
         "2024-02-29", "00:00:00", "29 Feb"},
        {INT64_C(-62167219200000000), 2, "0000-01-01T00:00:00.00Z", "0000-01-01 00:00:00",
         "0000-01-01", "00:00:00", "1 Jan"},
    };
    struct pmt_buf b = {0};
    for (size_t i = 0; i < COUNT(times); i++) {
        pmt_put_rfc3339(&b, times[i].t, times[i].decimals);
        assert_string_equal(b.data, times[i].rfc3339);
        pmt_buf_clear(&b);
        pmt_put_datetime(&b, times[i].t);
        assert_string_equal(b.data, times[i].datetime);
        pmt_buf_clear(&b);
        pmt_put_date(&b, times[i].t);
        assert_string_equal(b.data, times[i].date);
        pmt_buf_clear(&b);
        pmt_put_clock(&b, times[i].t);
        assert_string_equal(b.data, times[i].clock);
        pmt_buf_clear(&b);
        pmt_put_daymonth(&b, times[i].t);
        assert_string_equal(b.data, times[i].daymonth);
        pmt_buf_clear(&b);
    }
    pmt_buf_fini(&b);
}

static void test_put_duration(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } durations[] = {
        {0, "0 s"},
        {499999, "0 s"},
        {500000, "1 s"},
        {-499999, "0 s"},
        {-500000, "-1 s"},
        {59 * PMT_SECOND, "59 s"},
        {59 * PMT_SECOND + 500000, "1 min 0 s"},
        {27 * PMT_MINUTE + 33 * PMT_SECOND, "27 min 33 s"},
        {PMT_HOUR - 1, "1 h 0 min 0 s"},
        {PMT_HOUR - PMT_SECOND, "59 min 59 s"},
        {34 * PMT_HOUR + 10 * PMT_MINUTE + 31 * PMT_SECOND, "34 h 10 min 31 s"},
        {82 * PMT_HOUR + 9 * PMT_SECOND, "82 h 0 min 9 s"},
        {130 * PMT_HOUR, "130 h 0 min 0 s"},
        {-34 * PMT_HOUR - 10 * PMT_MINUTE, "-34 h 10 min 0 s"},
        {INT64_MAX, "2562047788 h 0 min 55 s"},
        {INT64_MIN, "-2562047788 h 0 min 55 s"},
    };
    struct pmt_buf b = {0};
    for (size_t i = 0; i < COUNT(durations); i++) {
        pmt_put_duration(&b, durations[i].us);
        assert_string_equal(b.data, durations[i].text);
        pmt_buf_clear(&b);
    }
    pmt_buf_fini(&b);
}

static void test_put_offset(void **state)
{
    (void)state;
    static const struct {
        int32_t offset;
        const char *text;
    } offsets[] = {
        {0, "+00:00"},      {10800, "+03:00"},   {-19800, "-05:30"}, {20700, "+05:45"},
        {50400, "+14:00"},  {-60, "-00:01"},     {8836, "+02:27:16"}, {-1, "-00:00:01"},
    };
    struct pmt_buf b = {0};
    for (size_t i = 0; i < COUNT(offsets); i++) {
        pmt_put_offset(&b, offsets[i].offset);
        assert_string_equal(b.data, offsets[i].text);
        pmt_buf_clear(&b);
    }
    pmt_buf_fini(&b);
}

/* What is printed reads back, over the whole calendar in odd steps. */
static void test_print_and_read(void **state)
{
    (void)state;
    int64_t step = 77 * PMT_DAY + 12345678901;
    struct pmt_buf b = {0};
    for (int64_t t = iso("0001-01-01 00:00:00"); t < iso("9999-12-31 23:59:59"); t += step) {
        pmt_put_rfc3339(&b, t, 6);
        struct pmt_cursor c = pmt_cursor(pmt_buf_view(&b));
        struct pmt_stamp s;
        assert_true(pmt_read_iso_stamp(&c, &s));
        assert_true(pmt_cur_end(&c));
        assert_int_equal(s.wall, t);
        assert_int_equal(s.how, PMT_STAMP_ZONED);
        pmt_buf_clear(&b);
    }
    pmt_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_civil_valid),
        cmocka_unit_test(test_known_days),
        cmocka_unit_test(test_all_days),
        cmocka_unit_test(test_wall_with_year),
        cmocka_unit_test(test_readers),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_stamp_utc),
        cmocka_unit_test(test_put_times),
        cmocka_unit_test(test_put_duration),
        cmocka_unit_test(test_put_offset),
        cmocka_unit_test(test_print_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
