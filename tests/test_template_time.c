/* test_template_time.c - dates that are written in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../src/template_program.h"

/* The date as text: "2022-02-26T09:00:07.123Z", " wall" or " yearless" behind it. */
static void put_stamp(struct pmt_buf *b, const struct pmt_stamp *s)
{
    bool zoned = s->how == PMT_STAMP_ZONED;
    pmt_put_rfc3339(b, zoned ? pmt_stamp_utc(s) : s->wall, s->decimals);
    if (!zoned)
        pmt_buf_puts(b, s->how == PMT_STAMP_WALL ? " wall" : " yearless");
}

static const struct {
    const char *format, *text, *stamp; /* NULL: not read, or impossible */
} dates[] = {
    {"%Y-%m-%dT%H:%M:%S%z", "2022-02-26T12:00:07+0300", "2022-02-26T09:00:07Z"},
    {"%Y-%m-%dT%H:%M:%S%z", "2022-02-26T12:00:07-03:30", "2022-02-26T15:30:07Z"},
    {"%FT%TZ", "2022-02-26T12:00:07Z", "2022-02-26T12:00:07Z wall"},
    {"%d/%b/%Y:%T %z", "26/Feb/2022:12:00:07 +0000", "2022-02-26T12:00:07Z"},
    {"%d/%b/%Y:%T %z", "6/Feb/2022:12:00:07 +0000", "2022-02-06T12:00:07Z"},
    {"%a, %d %b %Y %H:%M:%S %Z", "Sat, 26 Feb 2022 12:00:07 GMT", "2022-02-26T12:00:07Z"},
    {"%A, %d-%B-%Y %H:%M:%S %Z", "Saturday, 26-February-2022 12:00:07 EAT",
     "2022-02-26T12:00:07Z wall"},
    {"%c", "Sat Feb  6 12:00:07 2022", "2022-02-06T12:00:07Z wall"},
    {"%b %e %T", "Feb  6 12:00:07", "2000-02-06T12:00:07Z yearless"},
    {"%D %r", "02/26/22 12:00:07 AM", "2022-02-26T00:00:07Z wall"},
    {"%D %I:%M %p", "02/26/99 01:05 pm", "1999-02-26T13:05:00Z wall"},
    {"%Y%j %R", "2022060 23:59", "2022-03-01T23:59:00Z wall"},
    {"%Y-%j %R", "2024-366 23:59", "2024-12-31T23:59:00Z wall"},
    {"%s", "1645866007", "2022-02-26T09:00:07Z"},
    {"%s.%L", "1645866007.045", "2022-02-26T09:00:07.045Z"},
    {"%Q", "1645866007045", "2022-02-26T09:00:07.045Z"},
    {"%q", "1645866007045001", "2022-02-26T09:00:07.045001Z"},
    {"%F %T,%f", "2022-02-26 12:00:07,045001", "2022-02-26T12:00:07.045001Z wall"},
    {"%F %T.%N", "2022-02-26 12:00:07.123456789", "2022-02-26T12:00:07.123456Z wall"},
    {"%F%%%T", "2022-02-26%12:00:07", "2022-02-26T12:00:07Z wall"},
    {"%F %T", "2016-12-31 23:59:60", "2017-01-01T00:00:00Z wall"},
    {"%F %T", "2020-02-29 00:00:00", "2020-02-29T00:00:00Z wall"},
    /* impossible */
    {"%F %T", "2022-02-29 00:00:00", NULL},
    {"%F %T", "2022-02-26 24:00:00", NULL},
    {"%F %T", "2022-02-26 12:60:00", NULL},
    {"%F %T", "2022-02-26 12:00:61", NULL},
    {"%F %T", "2022-13-26 12:00:00", NULL},
    {"%F %T", "2022-00-26 12:00:00", NULL},
    {"%F %T", "2022-02-0 12:00:00", NULL},
    {"%F %T%z", "2022-02-26 12:00:07+2400", NULL},
    {"%d/%b/%Y %R", "26/Fab/2022 12:00", NULL},
    {"%D %I:%M %p", "02/26/99 13:05 pm", NULL},
    {"%D %I:%M %p", "02/26/99 01:05 xm", NULL},
    {"%Y-%j %R", "2023-366 23:59", NULL},
    {"%Y-%j %R", "2023-0 23:59", NULL},
    {"%b %e %T", "Feb 30 12:00:07", NULL},
    {"%s", "99999999999999999", NULL},
    {"%s", "x", NULL},
    {"%F %T.%L", "2022-02-26 12:00:07.04", NULL},
    /* no date */
    {"%T", "12:00:07", NULL},
    {"%F", "2022-02-26", NULL},
};

static void dates_in_one_piece(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        struct pmt_parts parts = {0};
        struct pmt_stamp stamp;
        size_t at, n = strlen(dates[i].text);
        char *copy = malloc(n);
        memcpy(copy, dates[i].text, n);
        assert_int_not_equal(pmt_parts_of(dates[i].format, &at), 0);
        const char *q = pmt_parts_read(dates[i].format, copy, copy + n, &parts);
        bool good = q == copy + n && pmt_parts_stamp(&parts, &stamp);
        if (good != (dates[i].stamp != NULL))
            fail_msg("%s: %s", dates[i].format, dates[i].text);
        if (good) {
            struct pmt_buf b = {0};
            put_stamp(&b, &stamp);
            assert_string_equal(b.data, dates[i].stamp);
            pmt_buf_fini(&b);
        }
        free(copy);
    }
}

/* Cut anywhere: never a byte too far. */
static void cut_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        for (size_t n = 0; n < strlen(dates[i].text); n++) {
            struct pmt_parts parts = {0};
            char *copy = malloc(n ? n : 1);
            memcpy(copy, dates[i].text, n);
            const char *q = pmt_parts_read(dates[i].format, copy, copy + n, &parts);
            assert_true(!q || (q >= copy && q <= copy + n));
            free(copy);
        }
}

static void what_a_format_writes(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        bool known, suffices;
        size_t at;
    } cases[] = {
        {"%F %T", true, true, 0},   {"%m-%d %H:%M", true, true, 0}, {"%T", true, false, 0},
        {"%d %T", true, false, 0},  {"%Y %j %R", true, true, 0},    {"%j %R", true, false, 0},
        {"%F %T.%3N", true, true, 0}, {"%F %T.%3G", false, false, 6},
        {"%s", true, true, 0},      {"%L", true, false, 0},         {"%F %G", false, false, 3},
        {"%F %", false, false, 3},  {"%E", false, false, 0},        {"text", false, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t at = 0;
        uint32_t parts = pmt_parts_of(cases[i].format, &at);
        assert_int_equal(parts != 0, cases[i].known);
        assert_int_equal(pmt_parts_suffice(parts), cases[i].suffices);
        if (!parts)
            assert_int_equal(at, cases[i].at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_in_one_piece),
        cmocka_unit_test(cut_dates),
        cmocka_unit_test(what_a_format_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
