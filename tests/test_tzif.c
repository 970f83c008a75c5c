#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../src/tzif.h"
#include "pmt/when.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct pmt_arena arena;

static int64_t at(const char *text)
{
    struct pmt_cursor c = pmt_cursor(pmt_str(text));
    struct pmt_stamp s;
    assert_true(pmt_read_iso_stamp(&c, &s));
    assert_true(pmt_cur_end(&c));
    return s.wall;
}

static void put32(struct pmt_buf *b, int64_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        char c = (char)((uint64_t)v >> shift & 0xff);
        pmt_buf_put(b, &c, 1);
    }
}

static void put_header(struct pmt_buf *b, char version, int leap, int times, int types)
{
    static const char reserved[15];
    pmt_buf_puts(b, "TZif");
    pmt_buf_put(b, &version, 1);
    pmt_buf_put(b, reserved, sizeof reserved);
    put32(b, 0);
    put32(b, 0);
    put32(b, leap);
    put32(b, times);
    put32(b, types);
    put32(b, 4);
}

/* A file of two types, +1 h and +2 h; the changes take turns from the second type on. */
static void put_file(struct pmt_buf *b, const int64_t *changes, int n, const char *footer)
{
    static const char type[2][6] = {{0, 0, 0x0e, 0x10, 0, 0}, {0, 0, 0x1c, 0x20, 1, 0}};
    put_header(b, '2', 0, 0, 1);
    pmt_buf_put(b, type, 6);
    pmt_buf_put(b, "ABC", 4);
    put_header(b, '2', 0, n, 2);
    for (int i = 0; i < n; i++) {
        put32(b, changes[i] >> 32);
        put32(b, changes[i]);
    }
    for (int i = 0; i < n; i++)
        pmt_buf_put(b, i % 2 ? "\0" : "\1", 1);
    pmt_buf_put(b, type, 12);
    pmt_buf_put(b, "ABC", 4);
    pmt_buf_printf(b, "\n%s\n", footer);
}

/* Reads from a block of exactly that size. */
static bool read_exactly(struct pmt_slice file, struct pmt_tz *tz, const char **why)
{
    char *block = malloc(file.n ? file.n : 1);
    assert_non_null(block);
    memcpy(block, file.p, file.n);
    *why = NULL;
    bool ok = pmt_tzif_read(pmt_slice(block, file.n), &arena, tz, why);
    free(block);
    if (!ok)
        assert_non_null(*why);
    return ok;
}

static void test_own_file(void **state)
{
    (void)state;
    static const int64_t changes[] = {INT64_C(-0x800000000), -1, 1000};
    struct pmt_buf b = {0};
    struct pmt_tz tz;
    const char *why;
    int64_t until;
    put_file(&b, changes, 3, "");
    assert_true(read_exactly(pmt_buf_view(&b), &tz, &why));
    assert_int_equal(pmt_tz_span(&tz, INT64_MIN, &until), 3600);
    assert_int_equal(until, changes[0]);
    assert_int_equal(pmt_tz_span(&tz, changes[0], &until), 7200);
    assert_int_equal(until, -1);
    assert_int_equal(pmt_tz_span(&tz, -1, &until), 3600);
    assert_int_equal(until, 1000);
    /* An empty footer: the last change holds. */
    assert_int_equal(pmt_tz_span(&tz, INT64_MAX, &until), 7200);
    assert_int_equal(until, INT64_MAX);
    pmt_buf_clear(&b);

    put_file(&b, NULL, 0, "");
    assert_true(read_exactly(pmt_buf_view(&b), &tz, &why));
    assert_int_equal(pmt_tz_span(&tz, 0, &until), 3600);
    pmt_buf_clear(&b);

    static const int64_t back[] = {5, 5};
    put_file(&b, back, 2, "");
    assert_false(read_exactly(pmt_buf_view(&b), &tz, &why));
    assert_string_equal(why, "its changes are out of order");
    pmt_buf_fini(&b);
}

static void test_footers(void **state)
{
    (void)state;
    static const struct {
        const char *footer, *utc;
        int32_t minutes;
    } rows[] = {
        {"EAT-3", "2060-07-01 00:00:00", 180},
        {"<+0545>-5:45", "2060-07-01 00:00:00", 345},
        {"<-0330>3:30:30", "2060-07-01 00:00:00", -210}, /* and 30 s, see below */
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2022-03-27 00:59:59", 60},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2022-03-27 01:00:00", 120},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2022-10-30 00:59:59", 120},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2022-10-30 01:00:00", 60},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2022-01-01 00:00:00", 660},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2022-04-02 15:59:59", 660},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2022-04-02 16:00:00", 600},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2022-10-01 16:00:00", 660},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2021-12-31 23:59:59", 660},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2022-04-02 15:00:00", 630},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2022-10-01 15:30:00", 660},
        /* summer is the standard time */
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2022-01-15 00:00:00", 0},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2022-07-15 00:00:00", 60},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2022-03-27 01:00:00", 60},
        /* hours outside the day: the Saturday before the last Sunday, 22:00 */
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31 00:59:59", -120},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31 01:00:00", -60},
        {"IST-2IDT,M3.4.4/26,M10.5.0", "2022-03-24 23:59:59", 120},
        {"IST-2IDT,M3.4.4/26,M10.5.0", "2022-03-25 00:00:00", 180},
        /* daylight saving all year */
        {"EST5EDT,0/0,J365/25", "2022-01-01 00:00:00", -240},
        {"EST5EDT,0/0,J365/25", "2022-01-01 04:59:59", -240},
        {"EST5EDT,0/0,J365/25", "2022-01-01 05:00:00", -240},
        {"EST5EDT,0/0,J365/25", "2024-12-31 23:59:59", -240},
        /* J60 is always 1 March; 59 is 1 March, or 29 February */
        {"AAA0BBB,J60/0,J300/1", "2022-02-28 23:59:59", 0},
        {"AAA0BBB,J60/0,J300/1", "2022-03-01 00:00:00", 60},
        {"AAA0BBB,J60/0,J300/1", "2024-02-29 23:59:59", 0},
        {"AAA0BBB,J60/0,J300/1", "2024-03-01 00:00:00", 60},
        {"AAA0BBB,59/0,J300/1", "2022-02-28 23:59:59", 0},
        {"AAA0BBB,59/0,J300/1", "2022-03-01 00:00:00", 60},
        {"AAA0BBB,59/0,J300/1", "2024-02-28 23:59:59", 0},
        {"AAA0BBB,59/0,J300/1", "2024-02-29 00:00:00", 60},
        {"AAA0BBB,J59/0,J300/1", "2024-02-28 00:00:00", 60},
        /* a fifth week that is the fourth, and a December one */
        {"AAA0BBB,M2.5.0/0,M12.5.6/1", "2022-02-26 23:59:59", 0},
        {"AAA0BBB,M2.5.0/0,M12.5.6/1", "2022-02-27 00:00:00", 60},
        {"AAA0BBB,M2.5.0/0,M12.5.6/1", "2022-12-30 23:59:59", 60},
        {"AAA0BBB,M2.5.0/0,M12.5.6/1", "2022-12-31 00:00:00", 0},
        {"AAA0BBB-2:30,M2.5.0/0,M12.5.6/1", "2022-03-27 00:00:00", 150},
    };
    struct pmt_buf b = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pmt_tz tz;
        const char *why;
        int64_t utc = at(rows[i].utc) / PMT_SECOND, until;
        put_file(&b, NULL, 0, rows[i].footer);
        if (!read_exactly(pmt_buf_view(&b), &tz, &why))
            fail_msg("%s: %s", rows[i].footer, why);
        int32_t got = pmt_tz_span(&tz, utc, &until);
        if (got / 60 != rows[i].minutes)
            fail_msg("%s at %s: %d", rows[i].footer, rows[i].utc, got / 60);
        if (i == 2)
            assert_int_equal(got % 60, -30);
        assert_true(until > utc);
        pmt_buf_clear(&b);
    }
    static const char *const bad[] = {
        "C", "CE-1", "CET", "CET-", "CET-25", "CET-1:6", "CET-1:60", "CET-1CEST", "CET-1CEST,M3",
        "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J1", "CET-1CEST,J366,J1", "CET-1CEST,366,1",
        "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x", "<CET-1", "<>", "CET-1 ",
        "CET-1CE,M3.5.0,M10.5.0", "99999999999999999999", "CET-999999999999999999999",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct pmt_tz tz;
        const char *why;
        put_file(&b, NULL, 0, bad[i]);
        if (read_exactly(pmt_buf_view(&b), &tz, &why))
            fail_msg("\"%s\" was taken", bad[i]);
        assert_string_equal(why, "its last line is no zone rule");
        pmt_buf_clear(&b);
    }
    pmt_buf_fini(&b);
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    static const int64_t changes[] = {-5000, 0, 7000, 90000};
    struct pmt_buf b = {0};
    struct pmt_tz tz = {.first = 42};
    const char *why;
    put_file(&b, changes, 4, "CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t n = 0; n < b.n; n++) {
        if (read_exactly(pmt_slice(b.data, n), &tz, &why))
            fail_msg("%zu bytes of %zu were taken", n, b.n);
        assert_int_equal(tz.first, 42);
    }
    assert_true(read_exactly(pmt_buf_view(&b), &tz, &why));
    pmt_buf_fini(&b);
}

/* Whatever a file says, what is read from it stays possible. */
static void test_every_byte_changed(void **state)
{
    (void)state;
    static const int64_t changes[] = {-5000, 0, 7000, 90000};
    static const unsigned char masks[] = {0xff, 0x80, 0x01, 0x20, 0x7f};
    static const int64_t when[] = {INT64_MIN / PMT_SECOND, -1, 5000, INT64_C(2850000000),
                                   INT64_MAX / PMT_SECOND};
    struct pmt_buf b = {0};
    put_file(&b, changes, 4, "CET-1CEST,M3.5.0,M10.5.0/3");
    size_t taken = 0;
    for (size_t i = 0; i < b.n * COUNT(masks); i++) {
        struct pmt_tz tz;
        const char *why;
        char was = b.data[i / COUNT(masks)];
        b.data[i / COUNT(masks)] = (char)(was ^ masks[i % COUNT(masks)]);
        bool ok = read_exactly(pmt_buf_view(&b), &tz, &why);
        b.data[i / COUNT(masks)] = was;
        for (size_t k = 0; ok && k < COUNT(when); k++) {
            int64_t until;
            int32_t offset = pmt_tz_span(&tz, when[k], &until);
            assert_true(offset > -26 * 3600 && offset < 26 * 3600);
            assert_true(until > when[k]);
        }
        taken += ok;
    }
    assert_true(taken > 0 && taken < b.n * COUNT(masks));
    pmt_buf_fini(&b);
}

static void test_hostile_headers(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    struct pmt_tz tz;
    const char *why;
    assert_false(read_exactly(PMT_SLICE("root:x:0:0:root:/root:/bin/sh"), &tz, &why));
    /* Counts far beyond the file. */
    put_header(&b, '2', -1, -1, -1);
    pmt_buf_put(&b, "ABC", 4);
    assert_false(read_exactly(pmt_buf_view(&b), &tz, &why));
    assert_string_equal(why, "it is cut");
    pmt_buf_clear(&b);
    put_header(&b, '\0', 0, 0, 0);
    pmt_buf_put(&b, "ABC", 4);
    assert_false(read_exactly(pmt_buf_view(&b), &tz, &why));
    assert_non_null(strstr(why, "version 1"));
    pmt_buf_clear(&b);
    /* No type at all, leap seconds. */
    for (int leap = 0; leap < 2; leap++) {
        put_header(&b, '2', 0, 0, 0);
        pmt_buf_put(&b, "ABC", 4);
        put_header(&b, '2', leap, 0, 0);
        pmt_buf_put(&b, "ABC\0\0\0\0\0\0\0\0\0\0\0\0", 4 + 12 * (size_t)leap);
        pmt_buf_puts(&b, "\n\n");
        assert_false(read_exactly(pmt_buf_view(&b), &tz, &why));
        assert_non_null(strstr(why, leap ? "leap seconds" : "no offset"));
        pmt_buf_clear(&b);
    }
    /* An offset of 26 hours: the type's first bytes stand 9 before the footer's line. */
    put_file(&b, NULL, 0, "");
    memcpy(b.data + b.n - 18, "\0\1\x6d\xa0", 4);
    assert_false(read_exactly(pmt_buf_view(&b), &tz, &why));
    assert_non_null(strstr(why, "no clock has"));
    pmt_buf_fini(&b);
}

static int teardown(void **state)
{
    (void)state;
    pmt_arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_own_file, teardown),
        cmocka_unit_test_teardown(test_footers, teardown),
        cmocka_unit_test_teardown(test_truncated_everywhere, teardown),
        cmocka_unit_test_teardown(test_every_byte_changed, teardown),
        cmocka_unit_test_teardown(test_hostile_headers, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
