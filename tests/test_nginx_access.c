#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmt/parser.h"

/* What the samples beside the parser cannot say: the fields that have no name there, what the
 * envelope keeps, and which lines belong to others. */

extern const struct pmt_parser pmt_parser_nginx_access;

#define HEAD "192.0.2.7 - - [26/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" 200 5"
#define FULL HEAD " \"-\" \"curl/7.88.1\""

static void same(const char *line, struct pmt_slice got, const char *want)
{
    if (want ? !got.p || !pmt_slice_is(got, want) : got.p != NULL)
        fail_msg("got \"%.*s\", want \"%s\": %s", PMT_FMT(got), want ? want : "(absent)", line);
}

static void test_tails(void **state)
{
    (void)state;
    static const struct {
        const char *line, *referrer, *forwarded, *upstream_status;
        int64_t us;
        bool agent_logged;
    } cases[] = {
        {HEAD, NULL, NULL, NULL, -1, false},
        {FULL, NULL, NULL, NULL, -1, true},
        {HEAD " \"http://a.example/\" \"-\"", "http://a.example/", NULL, NULL, -1, true},
        {FULL " \"203.0.113.9, 10.0.0.2\"", NULL, "203.0.113.9, 10.0.0.2", NULL, -1, true},
        {FULL " \"2001:db8::9\"", NULL, "2001:db8::9", NULL, -1, true},
        {FULL " \"unknown\"", NULL, NULL, NULL, -1, true},
        {FULL " \"rt=99.000\" 0.001", NULL, NULL, NULL, 1000, true}, /* a client's header */
        {FULL " rt=0.001 rt=0.002", NULL, NULL, NULL, 1000, true},
        {FULL " rt=- urt=-", NULL, NULL, NULL, -1, true},
        {FULL " us=-", NULL, NULL, NULL, -1, true},
        {FULL " us=\"502, 200\" xff=\"203.0.113.9\"", NULL, "203.0.113.9", "502, 200", -1, true},
        {FULL " us=502, 504 : 200 rt=1.5", NULL, NULL, "502, 504 : 200", 1500000, true},
        {HEAD " 0.250 \"http://a.example/\" \"curl\"", "http://a.example/", NULL, NULL, 250000,
         true},
        {FULL " rt=0.1|us=200;xff=203.0.113.9", NULL, "203.0.113.9", "200", 100000, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_record r;
        struct pmt_reject why;
        pmt_record_clear(&r);
        assert_int_equal(pmt_parser_nginx_access.parse(pmt_str(cases[i].line), &r, &why),
                         PMT_RECORD);
        same(cases[i].line, r.referrer, cases[i].referrer);
        same(cases[i].line, r.forwarded_for, cases[i].forwarded);
        same(cases[i].line, r.upstream_status, cases[i].upstream_status);
        /* Known to have been none, or not known: "-" is logged where there was no upstream. */
        assert_int_equal(r.upstream_logged, strstr(cases[i].line, " us=") ||
                                                strstr(cases[i].line, "|us="));
        if (r.duration_us != cases[i].us || r.agent_logged != cases[i].agent_logged)
            fail_msg("time or agent differs: %s", cases[i].line);
    }
}

static void test_forwarded_in_place_of_the_address(void **state)
{
    (void)state;
    struct pmt_record r;
    struct pmt_reject why;
    pmt_record_clear(&r);
    assert_int_equal(
        pmt_parser_nginx_access.parse(
            pmt_str(
                "203.0.113.9, 10.0.0.2 - - [26/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" 200 5"),
            &r, &why),
        PMT_RECORD);
    same("list", r.client, "203.0.113.9");
    same("list", r.forwarded_for, "203.0.113.9, 10.0.0.2");
}

static void test_message(void **state)
{
    (void)state;
    struct pmt_record before, r;
    struct pmt_reject why;
    pmt_record_clear(&before);
    before.host = PMT_SLICE("web-1");
    before.severity = PMT_SEV_INFO;
    before.head = (struct pmt_stamp){.wall = 5, .how = PMT_STAMP_YEARLESS};
    r = before;
    assert_int_equal(pmt_parser_nginx_access.parse_message(pmt_str(FULL), &r, &why), PMT_RECORD);
    same("message", r.host, "web-1");
    assert_int_equal(r.severity, PMT_SEV_INFO);
    assert_true(r.head.wall == 5 && r.own.how == PMT_STAMP_ZONED);

    static const char *const others[] = {
        "2022/02/26 12:00:07 [error] 6749#6749: *1 connect() failed (111: Connection refused)",
        "a b " FULL, /* understood by the template, refused for its head */
        "",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        r = before;
        assert_int_equal(pmt_parser_nginx_access.parse_message(pmt_str(others[i]), &r, &why),
                         PMT_FOREIGN);
        assert_memory_equal(&r, &before, sizeof r);
    }
}

static void test_others_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "<190>Feb 26 12:00:07 web-1 nginx: " FULL,
        "Feb 26 12:00:07 web-1 nginx: " FULL,
        "2022-02-26T12:00:07+03:00 web-1 nginx: " FULL,
        "nginx: " FULL,
        "<190>1 " FULL,
        "web-1  | " FULL,
        HEAD
        " \"\" \"\" 38718 079 \"clf\" \"app\" \"web1\" 0 0 0 0 0 ---- 2 1 1 0 0 0 0 \"\" \"\" ",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct pmt_record r;
        struct pmt_reject why = {NULL, 0};
        pmt_record_clear(&r);
        if (pmt_parser_nginx_access.parse(pmt_str(lines[i]), &r, &why) != PMT_FOREIGN)
            fail_msg("claimed: %s", lines[i]);
        assert_non_null(why.why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tails),
        cmocka_unit_test(test_forwarded_in_place_of_the_address),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_others_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
