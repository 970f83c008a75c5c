/* test_parser.c - reading a line with a preferred parser, and telling a file's format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmt/parser.h"

extern const struct pmt_parser pmt_parser_nginx_error, pmt_parser_haproxy, pmt_parser_syslog;

static enum pmt_verdict read_line(const struct pmt_parser *preferred, const char *line,
                                  struct pmt_record *rec, const struct pmt_parser **used,
                                  struct pmt_reject *why)
{
    *used = NULL;
    *why = (struct pmt_reject){NULL, 0};
    return pmt_parse_line(preferred, NULL, pmt_str(line), rec, used, why);
}

static void others_help_when_the_preferred_declines(void **state)
{
    (void)state;
    struct pmt_record rec;
    struct pmt_reject why;
    const struct pmt_parser *used;
    const char *line = "2022/02/26 12:00:07 [notice] 900#900: exit";
    assert_int_equal(read_line(&pmt_parser_syslog, line, &rec, &used, &why), PMT_RECORD);
    assert_ptr_equal(used, &pmt_parser_nginx_error);
    assert_int_equal(rec.kind, PMT_NGINX_ERROR);
    assert_int_equal(read_line(NULL, "-- Reboot --", &rec, &used, &why), PMT_SILENT);
    assert_ptr_equal(used, &pmt_parser_syslog);
}

static void the_reason_is_the_preferred_parsers(void **state)
{
    (void)state;
    struct pmt_record rec;
    struct pmt_reject why;
    const struct pmt_parser *used;
    const char *line = "2022/02/26 12:00:07 [error] nothing more";
    assert_int_equal(read_line(&pmt_parser_syslog, line, &rec, &used, &why), PMT_FOREIGN);
    assert_string_equal(why.why, "no syslog time at the start");
    assert_null(used);
    assert_int_equal(read_line(NULL, line, &rec, &used, &why), PMT_FOREIGN);
    assert_string_equal(why.why, "no pid#tid behind the level"); /* got furthest */
    assert_int_equal(why.column, 28);
    assert_int_equal(read_line(NULL, "", &rec, &used, &why), PMT_FOREIGN);
    assert_non_null(why.why);
}

static void nothing_is_left_of_a_parser_that_declined(void **state)
{
    (void)state;
    struct pmt_record rec;
    struct pmt_reject why;
    const struct pmt_parser *used;
    /* syslog reads the priority before it declines. */
    memset(&rec, 0x55, sizeof rec);
    assert_int_equal(read_line(&pmt_parser_syslog, "Proxy www started.", &rec, &used, &why),
                     PMT_RECORD);
    assert_ptr_equal(used, &pmt_parser_haproxy);
    assert_int_equal(rec.status, -1);
    assert_int_equal(rec.head.how, PMT_STAMP_NONE);
    assert_null(rec.host.p);
}

#define ERROR_LINE "2022/02/26 12:00:07 [notice] 900#900: exit\n"
#define SYSLOG_LINE "Feb 26 12:00:07 web-1 app[7]: text\n"

static void the_majority_names_the_format(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        const struct pmt_parser *parser;
        size_t understood, lines;
    } cases[] = {
        {"", NULL, 0, 0},
        {"\n\n\r\n", NULL, 0, 0},
        {"just\nwords\n", NULL, 0, 2},
        {ERROR_LINE, &pmt_parser_nginx_error, 1, 1},
        {SYSLOG_LINE ERROR_LINE SYSLOG_LINE, &pmt_parser_syslog, 2, 3},
        /* registry order breaks ties */
        {SYSLOG_LINE ERROR_LINE, &pmt_parser_nginx_error, 1, 2},
        /* what is not understood counts, a multi-line tail does not */
        {SYSLOG_LINE "words\n" SYSLOG_LINE, &pmt_parser_syslog, 2, 3},
        {SYSLOG_LINE "    at a\n\tat b\n" SYSLOG_LINE, &pmt_parser_syslog, 2, 2},
        {"    at a\n" SYSLOG_LINE, &pmt_parser_syslog, 1, 2},
        /* CRLF, no newline at the end */
        {"Feb 26 12:00:07 web-1 app[7]: text\r\nFeb 26 12:00:08 web-1 app[7]: text",
         &pmt_parser_syslog, 2, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t understood = 99, lines = 99;
        assert_ptr_equal(pmt_parser_detect(pmt_str(cases[i].head), &understood, &lines),
                         cases[i].parser);
        assert_int_equal(understood, cases[i].understood);
        assert_int_equal(lines, cases[i].lines);
    }
}

static void only_the_first_lines_are_looked_at(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    size_t understood, lines;
    for (int i = 0; i < 200; i++)
        pmt_buf_puts(&b, ERROR_LINE);
    for (int i = 0; i < 300; i++)
        pmt_buf_puts(&b, SYSLOG_LINE);
    assert_ptr_equal(pmt_parser_detect(pmt_buf_view(&b), &understood, &lines),
                     &pmt_parser_nginx_error);
    assert_int_equal(lines, 200);
    assert_int_equal(understood, 200);
    pmt_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_help_when_the_preferred_declines),
        cmocka_unit_test(the_reason_is_the_preferred_parsers),
        cmocka_unit_test(nothing_is_left_of_a_parser_that_declined),
        cmocka_unit_test(the_majority_names_the_format),
        cmocka_unit_test(only_the_first_lines_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
