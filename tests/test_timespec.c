#include "pmt/timespec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"0", 0},           {"0m", 0},
        {"14d", 14 * PMT_DAY},
        {"36h", 36 * PMT_HOUR},
        {"90m", 90 * PMT_MINUTE},
        {"45s", 45 * PMT_SECOND},
        {"1h30m", 90 * PMT_MINUTE},
        {"1d2h3m4s", PMT_DAY + 2 * PMT_HOUR + 3 * PMT_MINUTE + 4 * PMT_SECOND},
        {"36500d", PMT_DURATION_MAX},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t v = -1;
        assert_true(pmt_duration_read(pmt_str(good[i].text), &v));
        assert_int_equal(v, good[i].us);
    }
    static const char *const bad[] = {
        "", "14", "d", "1w", "1.5h", "-1h", "+1h", "1h1h", "1m1h", "1h 30m", "1H", "00",
        "36501d", "36500d1s", "999999999999d", "9999999999999s", "1h30", " 1h",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t v = 77;
        assert_false(pmt_duration_read(pmt_str(bad[i]), &v));
        assert_int_equal(v, 77);
    }
    assert_false(pmt_duration_read(PMT_NO_SLICE, &(int64_t){0}));
}

/* 2022-02-26 22:30:00 UTC, which is the 27th, 01:30, three hours to the east. */
#define LAST (INT64_C(1645914600) * PMT_SECOND)
#define FIRST (LAST - 2 * PMT_DAY)

struct row {
    const char *text;
    const char *utc;
};

static void check_rows(const struct row *rows, size_t n, const struct pmt_zone *zone)
{
    for (size_t i = 0; i < n; i++) {
        const char *why = "untouched";
        int64_t t = 0;
        struct pmt_buf b = {0};
        if (pmt_timespec_resolve(pmt_str(rows[i].text), zone, FIRST, LAST, &t, &why) != 0)
            fail_msg("%s %s", rows[i].text, why);
        assert_string_equal(why, "untouched");
        pmt_put_rfc3339(&b, t, t % PMT_SECOND ? 1 : 0);
        if (strcmp(b.data, rows[i].utc) != 0)
            fail_msg("%s is %s, not %s", rows[i].text, b.data, rows[i].utc);
        pmt_buf_fini(&b);
    }
}

static void test_utc(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"2022-02-26T08:47:31Z", "2022-02-26T08:47:31Z"},
        {"2022-02-26 08:47:31", "2022-02-26T08:47:31Z"},
        {"2022-02-26t08:47", "2022-02-26T08:47:00Z"},
        {"  2022-02-26T08:47  ", "2022-02-26T08:47:00Z"},
        {"2022-02-26T08:47:31.5", "2022-02-26T08:47:31.5Z"},
        {"2022-02-26T08:47:31,5999999999", "2022-02-26T08:47:31.5Z"},
        {"2022-02-26T08:47+03:00", "2022-02-26T05:47:00Z"},
        {"2022-02-26 08:47 +0300", "2022-02-26T05:47:00Z"},
        {"2022-02-26T08:47-03", "2022-02-26T11:47:00Z"},
        {"2022-02-26 08:47 UTC", "2022-02-26T08:47:00Z"},
        {"2022-02-26", "2022-02-26T00:00:00Z"},
        {"1969-12-31T23:00", "1969-12-31T23:00:00Z"},
        {"2022-02-26T23:59:60", "2022-02-27T00:00:00Z"},
        {"14:00", "2022-02-26T14:00:00Z"},
        {"14:00:05", "2022-02-26T14:00:05Z"},
        {"14:00Z", "2022-02-26T14:00:00Z"},
        {"14:00+03:00", "2022-02-27T11:00:00Z"}, /* there it is the 27th already */
        {"23:59", "2022-02-26T23:59:00Z"},       /* may lie behind the last line */
        {"-3h", "2022-02-26T19:30:00Z"},
        {"-90m", "2022-02-26T21:00:00Z"},
        {"-2d", "2022-02-24T22:30:00Z"},
        {"-1h30m", "2022-02-26T21:00:00Z"},
        {"-0", "2022-02-26T22:30:00Z"},
        {"@1645866904", "2022-02-26T09:15:04Z"},
        {"@1645866904.5", "2022-02-26T09:15:04.5Z"},
        {"@0", "1970-01-01T00:00:00Z"},
        {"@253402300799", "9999-12-31T23:59:59Z"},
    };
    check_rows(rows, sizeof rows / sizeof *rows, NULL);
}

static void test_zone(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"2022-02-26T08:47", "2022-02-26T05:47:00Z"},
        {"2022-02-26T08:47Z", "2022-02-26T08:47:00Z"},
        {"2022-02-26", "2022-02-25T21:00:00Z"},
        {"01:00", "2022-02-26T22:00:00Z"}, /* the last day is the 27th there */
        {"01:00Z", "2022-02-26T01:00:00Z"},
        {"-3h", "2022-02-26T19:30:00Z"},
        {"@0", "1970-01-01T00:00:00Z"},
    };
    struct pmt_arena arena = {0};
    check_rows(rows, sizeof rows / sizeof *rows, pmt_zone_fixed(3 * 3600, &arena));
    pmt_arena_fini(&arena);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part; /* of the reason */
    } rows[] = {
        {"", "is not a time"},
        {"   ", "is not a time"},
        {"noon", "is not a time"},
        {"now", "is not a time"},
        {"1", "is not a time"},
        {"14", "is not a time"},
        {"14:0", "is not a time"},
        {"14:00:5", "is not a time"},
        {"14:00:05.", "is not a time"},
        {"24:00", "time of day"},
        {"12:60", "time of day"},
        {"12:00:61", "time of day"},
        {"2022-02-30", "calendar"},
        {"2021-02-29T10:00", "calendar"},
        {"2022-13-01", "calendar"},
        {"2022-2-26", "is not a time"},
        {"22-02-26", "is not a time"},
        {"2022-02-26T", "is not a time"},
        {"2022-02-26x", "is not a time"},
        {"2022-02-26T08", "is not a time"},
        {"2022-02-26T08:47 EAT", "offset"},
        {"2022-02-26T08:47+3", "offset"},
        {"2022-02-26T08:47+24:00", "offset"},
        {"2022-02-26T08:47+03:60", "offset"},
        {"2022-02-26T08:47+03:00x", "offset"},
        {"2022-02-26T08:47Zx", "offset"},
        {"-", "is not a time"},
        {"-3", "is not a time"},
        {"-3w", "is not a time"},
        {"--3h", "is not a time"},
        {"@", "is not a time"},
        {"@12x", "is not a time"},
        {"@12.", "is not a time"},
        {"@1645866904000", "out of range"}, /* milliseconds */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why = "";
        int64_t t = 77;
        assert_int_equal(
            pmt_timespec_resolve(pmt_str(rows[i].text), NULL, FIRST, LAST, &t, &why), -1);
        assert_int_equal(t, 77);
        if (!strstr(why, rows[i].part))
            fail_msg("\"%s\" %s", rows[i].text, why);
    }
}

static void test_without_lines(void **state)
{
    (void)state;
    static const char *const relative[] = {"-3h", "14:00", "14:00Z"};
    int64_t t = 77;
    const char *why;
    for (size_t i = 0; i < sizeof relative / sizeof *relative; i++) {
        why = "";
        assert_int_equal(pmt_timespec_resolve(pmt_str(relative[i]), NULL, PMT_NO_TIME, PMT_NO_TIME,
                                              &t, &why),
                         -1);
        assert_non_null(strstr(why, "no line has a time"));
    }
    assert_int_equal(t, 77);
    assert_int_equal(pmt_timespec_resolve(PMT_SLICE("2022-02-26"), NULL, PMT_NO_TIME, PMT_NO_TIME,
                                          &t, &why),
                     0);
    /* Lines stamped at the very edge of what can be counted. */
    assert_int_equal(
        pmt_timespec_resolve(PMT_SLICE("-14d"), NULL, 0, INT64_MIN + PMT_DAY, &t, &why), -1);
}

/* Every prefix of every form, in memory of exactly its size: nothing behind it is read. */
static void test_prefixes(void **state)
{
    (void)state;
    static const char *const forms[] = {"2022-02-26T08:47:31.5+03:00", "14:00:05Z", "-1h30m",
                                        "@1645866904.5"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        for (size_t n = 1; n <= strlen(forms[i]); n++) {
            char *copy = malloc(n);
            assert_non_null(copy);
            memcpy(copy, forms[i], n);
            int64_t t;
            const char *why = NULL;
            int r = pmt_timespec_resolve(pmt_slice(copy, n), NULL, FIRST, LAST, &t, &why);
            assert_true((r == 0) == (why == NULL));
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations), cmocka_unit_test(test_utc),
        cmocka_unit_test(test_zone),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_without_lines), cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
