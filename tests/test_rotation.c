#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pmt/inputs.h"
#include "pmt/when.h"

static int64_t at(int year, int month, int day, int hour, int minute, int second)
{
    return pmt_days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

static void names_with_a_number(void **state)
{
    (void)state;
    static const struct {
        const char *name, *base;
        int64_t rotation;
    } cases[] = {
        {"access.log.1", "access.log", -1},
        {"access.log.14.gz", "access.log", -14},
        {"access.log.2.bz2", "access.log", -2},
        {"access.log.2.xz", "access.log", -2},
        {"access.log.2.zst", "access.log", -2},
        {"access.log.0", "access.log", 0},
        {"syslog.1", "syslog", -1},
        {"messages.99999", "messages", -99999},
        {"access.log.old", "access.log", -1},
        {"access.1.log", "access.log", -1},
        {"access.12.log.gz", "access.log", -12},
        {"10.0.0.1.log.3.gz", "10.0.0.1.log", -3},
        {"a.1", "a", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pmt_arena arena = {0};
        struct pmt_slice base;
        int64_t rotation = 7;
        bool numbered = false;
        assert_true(pmt_rotation_split(pmt_str(cases[i].name), &arena, &base, &rotation,
                                       &numbered));
        assert_true(pmt_slice_is(base, cases[i].base));
        assert_int_equal(rotation, cases[i].rotation);
        assert_true(numbered);
        pmt_arena_fini(&arena);
    }
}

static void names_with_a_date(void **state)
{
    (void)state;
    const struct {
        const char *name, *base;
        int64_t rotation;
    } cases[] = {
        {"system@3f0c1f9e1d2b4c5d8e7f6a5b4c3d2e1f-0000000000000001-0005d8e6f7b1a2c0.journal",
         "system.journal", 1645861393},
        {"user-1000@0005d8e6f7b1a2c0-8b4f1a2c3d4e5f60.journal~", "user-1000.journal", 1645861393},
        {"access.log-20220226", "access.log", at(2022, 2, 26, 0, 0, 0)},
        {"access.log-20220226.gz", "access.log", at(2022, 2, 26, 0, 0, 0)},
        {"access.log-20220226-13", "access.log", at(2022, 2, 26, 13, 0, 0)},
        {"access.log-2022022613.xz", "access.log", at(2022, 2, 26, 13, 0, 0)},
        {"access.log-20220226-1345", "access.log", at(2022, 2, 26, 13, 45, 0)},
        {"access.log-20220226-134507", "access.log", at(2022, 2, 26, 13, 45, 7)},
        {"access.log-20220226T134507", "access.log", at(2022, 2, 26, 13, 45, 7)},
        {"access.log-202202261345", "access.log", at(2022, 2, 26, 13, 45, 0)},
        {"access.log-20220226134507", "access.log", at(2022, 2, 26, 13, 45, 7)},
        {"access.log.20220226", "access.log", at(2022, 2, 26, 0, 0, 0)},
        {"access_20220226.log", "access.log", at(2022, 2, 26, 0, 0, 0)},
        {"access.log-2022-02-26.zst", "access.log", at(2022, 2, 26, 0, 0, 0)},
        {"app.log.2022-02-26_13", "app.log", at(2022, 2, 26, 13, 0, 0)},
        {"app.log.2022-02-26_13-05", "app.log", at(2022, 2, 26, 13, 5, 0)},
        {"app.log.2022-02-26_13-05-09", "app.log", at(2022, 2, 26, 13, 5, 9)},
        {"access-20220226.log.gz", "access.log", at(2022, 2, 26, 0, 0, 0)},
        {"access-2022-02-26.log", "access.log", at(2022, 2, 26, 0, 0, 0)},
        {"access.log-1645866904", "access.log", 1645866904},
        {"access.log-1645866904.gz", "access.log", 1645866904},
        {"access.log-999999999", "access.log", 999999999},
        {"access-1645866904.log", "access.log", 1645866904},
        {"access.log-20220226-1645866904.gz", "access.log", 1645866904},
        {"access.log-20240229", "access.log", at(2024, 2, 29, 0, 0, 0)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pmt_arena arena = {0};
        struct pmt_slice base;
        int64_t rotation = 7;
        bool numbered = true;
        assert_true(pmt_rotation_split(pmt_str(cases[i].name), &arena, &base, &rotation,
                                       &numbered));
        assert_true(pmt_slice_is(base, cases[i].base));
        assert_int_equal(rotation, cases[i].rotation);
        assert_false(numbered);
        pmt_arena_fini(&arena);
    }
}

static void names_that_are_no_rotation_leave_everything_untouched(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "access.log",
        "access.log.gz",
        ".1",
        ".old",
        ".log",
        "1",
        "20220226",
        "-20220226",
        "20220226.log",
        "1645866904",
        "access.log-20220230",  /* no such day */
        "access.log-20221326",  /* no such month */
        "access.log-20210229",  /* no leap year */
        "access.log-20220226-1", /* half an hour field */
        "access.log-20220226-24",
        "access.log-12345678",
        "access.log.123456",
        "access.log-1", /* a name, not a rotation */
        "access.log.1a",
        "access.log.",
        "10.0.0.1",
        "10.0.0.1.log",
        "web-10.0.0.1.log.gz",
        "old",
        "access.1.txt",
        ".gz",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct pmt_arena arena = {0};
        struct pmt_slice base = PMT_NO_SLICE;
        int64_t rotation = 7;
        bool numbered = true;
        assert_false(pmt_rotation_split(pmt_str(names[i]), &arena, &base, &rotation, &numbered));
        assert_null(base.p);
        assert_int_equal(rotation, 7);
        assert_true(numbered);
        pmt_arena_fini(&arena);
    }
}

static void a_name_needs_no_end(void **state)
{
    (void)state;
    static const char name[] = "access.log-20220226-13.gz";
    for (size_t n = 0; n < sizeof name; n++) {
        char *copy = pmt_alloc(n ? n : 1); /* a read past the end shows under a sanitizer */
        memcpy(copy, name, n);
        struct pmt_arena arena = {0};
        struct pmt_slice base;
        int64_t rotation;
        bool numbered;
        bool got = pmt_rotation_split(pmt_slice(copy, n), &arena, &base, &rotation, &numbered);
        /* A date, with an hour, with "." or the like behind it, and all of it. */
        bool want = n == 19 || n == 22 || n == 25;
        assert_int_equal(got, want);
        pmt_arena_fini(&arena);
        free(copy);
    }
}

static void compression_is_stripped(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a.gz", "a"},   {"a.bz2", "a"}, {"a.xz", "a"},        {"a.zst", "a"},
        {"a.log", "a.log"}, {".gz", ".gz"}, {"a.gz.gz", "a.gz"}, {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(pmt_slice_is(pmt_strip_compression(pmt_str(cases[i][0])), cases[i][1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_with_a_number),
        cmocka_unit_test(names_with_a_date),
        cmocka_unit_test(names_that_are_no_rotation_leave_everything_untouched),
        cmocka_unit_test(a_name_needs_no_end),
        cmocka_unit_test(compression_is_stripped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
