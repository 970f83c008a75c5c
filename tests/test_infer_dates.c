#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "infer_dice.h"
#include "pmt/infer.h"

enum { LINES = 60 };

static struct pmt_buf text_of;
static int64_t times[LINES]; /* wall, microseconds */

static void put_time(const char *format, int64_t at)
{
    char piece[64];
    int64_t s = at / PMT_SECOND;
    int year, month, day;
    pmt_civil_from_days(s / 86400, &year, &month, &day);
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
                    .tm_hour = (int)(s % 86400 / 3600), .tm_min = (int)(s % 3600 / 60),
                    .tm_sec = (int)(s % 60), .tm_wday = (int)((s / 86400 + 4) % 7)};
    for (const char *p = format; *p; p++) {
        if (*p == '#') { /* thousandths */
            pmt_buf_printf(&text_of, "%03d", (int)(at / 1000 % 1000));
        } else if (*p == '@') { /* thousandths since 1970 */
            pmt_buf_printf(&text_of, "%lld", (long long)(at / 1000));
        } else if (*p == '%') {
            size_t n = strftime(piece, sizeof piece, (char[]){'%', *++p, '\0'}, &tm);
            pmt_buf_put(&text_of, piece, n);
        } else {
            pmt_buf_put(&text_of, p, 1);
        }
    }
}

/* Lines with "{t}" for the time: from `first` on, `step` seconds apart, in steps of thousandths. */
static struct pmt_slice make(const char *head, const char *line, const char *date, int64_t first,
                             int64_t step)
{
    pmt_buf_clear(&text_of);
    dice_state = 3;
    pmt_buf_puts(&text_of, head);
    for (size_t i = 0; i < LINES; i++) {
        times[i] = (first + (int64_t)i * step) * PMT_SECOND + (int64_t)dice(1000) * 1000;
        for (const char *p = line; *p; p++) {
            if (strncmp(p, "{t}", 3) == 0) {
                put_time(date, times[i]);
                p += 2;
            } else if (strncmp(p, "{ip}", 4) == 0) {
                pmt_buf_printf(&text_of, "198.51.100.%d", (int)dice(250));
                p += 3;
            } else if (strncmp(p, "{st}", 4) == 0) {
                pmt_buf_puts(&text_of, dice(9) ? "200" : "503");
                p += 3;
            } else if (strncmp(p, "{ms}", 4) == 0) {
                pmt_buf_printf(&text_of, "%d", 2 + (int)dice(90));
                p += 3;
            } else {
                pmt_buf_put(&text_of, p, 1);
            }
        }
        pmt_buf_puts(&text_of, "\n");
    }
    return pmt_buf_view(&text_of);
}

/* Requests with their times, to so many microseconds; the other lines say nothing. Returns how many
 * such there are. */
static size_t check(const struct pmt_inferred *x, struct pmt_slice text, int64_t to, bool yearless)
{
    struct pmt_cursor c = pmt_cursor(text);
    struct pmt_slice line;
    size_t i = 0, silent = 0;
    while (pmt_cur_until(&c, '\n', &line)) {
        struct pmt_record rec;
        struct pmt_reject why = {"", 0};
        pmt_record_clear(&rec);
        enum pmt_verdict v = pmt_parser_line(&x->parser, line, &rec, &why);
        if (v == PMT_SILENT) {
            silent++;
            continue;
        }
        if (v != PMT_RECORD || (!yearless && rec.own.wall != times[i] / to * to))
            fail_msg("%s: \"%.*s\"\nby %s", why.why, PMT_FMT(line), x->format);
        assert_int_equal(rec.own.how == PMT_STAMP_YEARLESS, yearless);
        assert_true(rec.client.p && pmt_slice_starts(rec.client, "198.51.100."));
        assert_true(pmt_slice_is(rec.method, "GET"));
        assert_true(rec.status == 200 || rec.status == 503);
        i++;
    }
    assert_int_equal(i, LINES);
    return silent;
}

/* 26 February 2022, 12:00 */
#define NOON INT64_C(1645876800)

static void dates_are_read(void **state)
{
    static const struct {
        const char *date;
        int64_t to;
    } cases[] = {
        {"%Y/%m/%d %H:%M:%S", PMT_SECOND},      {"%d.%m.%Y %H:%M:%S", PMT_SECOND},
        {"%m/%d/%Y %H:%M:%S", PMT_SECOND},      {"%d/%m/%Y %H:%M:%S", PMT_SECOND},
        {"%m/%d/%Y %I:%M:%S %p", PMT_SECOND},   {"%d-%b-%Y %H:%M:%S", PMT_SECOND},
        {"%d/%b/%Y:%H:%M:%S", PMT_SECOND},      {"%a %b %e %H:%M:%S %Y", PMT_SECOND},
        {"%a, %d %b %Y %H:%M:%S GMT", PMT_SECOND}, {"%Y%m%d%H%M%S", PMT_SECOND},
        {"%Y/%m/%d %H:%M:%S.#", 1000},          {"%d.%m.%Y %H:%M:%S,#", 1000},
        {"@", 1000},                            {"%b %e %H:%M:%S", 0},
    };
    static const char *const lines[] = {"{t} {ip} GET /cart {st} 1.250",
                                        "[{t}] {ip} \"GET /cart HTTP/1.1\" {st} 17 1.250",
                                        "{ip}\t{t}\tGET\t/cart\t{st}\t1.250",
                                        "at={t}|ip={ip}|GET /cart|{st}"};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
            struct pmt_slice all = make("", lines[l], cases[k].date, NOON, 41);
            struct pmt_inferred *x = pmt_infer(all, false);
            if (!x || !x->certain)
                fail_msg("\"%s\" in \"%s\": %s", cases[k].date, lines[l],
                         x ? x->doubt : "nothing");
            check(x, all, cases[k].to ? cases[k].to : 1, !cases[k].to);
            pmt_inferred_free(x);
        }
    pmt_buf_fini(&text_of);
}

/* 9 February 2022: both could be the month, as long as it stays the 9th. */
static void day_and_month_must_be_proved(void **state)
{
    static const char *const dates[] = {"%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
                                        "%d.%m.%Y %H:%M:%S"};
    const int64_t ninth = NOON - 17 * 86400;
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct pmt_slice all = make("", "{t} {ip} GET /cart {st} 0.120", dates[k], ninth, 5);
        struct pmt_inferred *x = pmt_infer(all, false);
        assert_true(x && !x->certain);
        assert_string_equal(x->doubt, "nothing shows which of day and month stands first");
        pmt_inferred_free(x);
        /* over midnight the one that goes on is it */
        all = make("", "{t} {ip} GET /cart {st} 0.120", dates[k], ninth + 12 * 3600 - 150, 5);
        x = pmt_infer(all, false);
        assert_true(x && x->certain);
        check(x, all, PMT_SECOND, false);
        pmt_inferred_free(x);
    }
    pmt_buf_fini(&text_of);
}

static void impossible_dates_are_not_bent(void **state)
{
    static const char *const bad[] = {
        "30/02/2022 12:00:00 198.51.100.7 GET /cart 200 0.120",
        "26/13/2022 12:00:00 198.51.100.7 GET /cart 200 0.120",
        "26/02/2022 24:00:00 198.51.100.7 GET /cart 200 0.120",
        "26/02/2022 12:00 198.51.100.7 GET /cart 200 0.120",
        "26.02.2022 12:00:00 198.51.100.7 GET /cart 200 0.120",
    };
    (void)state;
    struct pmt_slice all = make("", "{t} {ip} GET /cart {st} 0.120", "%d/%m/%Y %H:%M:%S", NOON, 5);
    struct pmt_inferred *x = pmt_infer(all, false);
    assert_true(x && x->certain);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        pmt_record_clear(&rec);
        assert_int_equal(pmt_parser_line(&x->parser, pmt_str(bad[i]), &rec, &why), PMT_FOREIGN);
    }
    pmt_inferred_free(x);
    /* the name of a zone that is not the same everywhere */
    all = make("", "{t} {ip} GET /cart {st} 0.120", "%d/%m/%Y %H:%M:%S EST", NOON, 5);
    x = pmt_infer(all, false);
    assert_true(!x || !x->certain);
    pmt_inferred_free(x);
    pmt_buf_fini(&text_of);
}

static void a_head_names_the_columns(void **state)
{
    static const struct {
        const char *head, *line, *date;
        int64_t to;
        bool utc, durations;
    } cases[] = {
        {"#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
         "#Date: 2022-02-26 12:00:00\n"
         "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip cs(User-Agent) "
         "sc-status sc-substatus time-taken\n",
         "{t} 192.0.2.1 GET /cart - 443 {ip} Mozilla/5.0+(X11;+Linux) {st} 0 {ms}",
         "%Y-%m-%d %H:%M:%S", PMT_SECOND, true, true},
        {"#Version: 1.0\n#Fields: date\ttime\tx-edge-location\tsc-bytes\tc-ip\tcs-method\t"
         "cs(Host)\tcs-uri-stem\tsc-status\ttime-taken\n",
         "{t}\tFRA2\t17{ms}\t{ip}\tGET\tshop.example\t/cart\t{st}\t0.0{ms}",
         "%Y-%m-%d\t%H:%M:%S", PMT_SECOND, true, false},
        {"time,client,method,path,status,bytes,took_ms\n", "{t},{ip},GET,/cart,{st},17,{ms}",
         "%d.%m.%Y %H:%M:%S", PMT_SECOND, false, true},
        {"\"time\";\"status\";\"clientIp\";\"method\";\"path\";\"durationMs\"\n",
         "\"{t}\";\"{st}\";\"{ip}\";\"GET\";\"/cart\";\"{ms}\"", "%Y-%m-%d %H:%M:%S", PMT_SECOND,
         false, true},
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct pmt_slice all =
            make(cases[k].head, cases[k].line, cases[k].date, NOON, 41);
        struct pmt_inferred *x = pmt_infer(all, false);
        if (!x || !x->certain)
            fail_msg("case %d: %s", (int)k, x ? x->doubt : "nothing");
        size_t heads = check(x, all, cases[k].to, false), lines = 0;
        for (const char *p = cases[k].head; *p; p++)
            lines += *p == '\n';
        assert_int_equal(heads, lines);
        struct pmt_cursor c = pmt_cursor(all);
        struct pmt_slice line;
        struct pmt_record rec;
        struct pmt_reject why;
        while (pmt_cur_until(&c, '\n', &line)) {
            pmt_record_clear(&rec);
            if (pmt_parser_line(&x->parser, line, &rec, &why) != PMT_RECORD)
                continue;
            assert_int_equal(rec.own.how, cases[k].utc ? PMT_STAMP_ZONED : PMT_STAMP_WALL);
            assert_int_equal(rec.own.offset, 0);
            if (cases[k].durations)
                assert_true(rec.duration_us >= 2000 && rec.duration_us < 92000);
        }
        pmt_inferred_free(x);
    }
    pmt_buf_fini(&text_of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read),
        cmocka_unit_test(day_and_month_must_be_proved),
        cmocka_unit_test(impossible_dates_are_not_bent),
        cmocka_unit_test(a_head_names_the_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
