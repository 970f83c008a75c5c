#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmt/infer.h"

/* A head in which all is well, and the lines of the outage after it. */

enum { LINES = 60 };

struct log {
    struct pmt_buf text;
    const struct pmt_parser *parser;
    struct pmt_own own;
    struct pmt_inferred *found;
};

/* "{t}" is the time, "{n}" a number of the line, "{c}" a client's last byte, "{s}" the status. */
static void put(struct pmt_buf *b, const char *format, int i)
{
    for (const char *p = format; *p; p++) {
        if (p[0] != '{' || !p[1] || p[2] != '}') {
            pmt_buf_put(b, p, 1);
            continue;
        }
        if (p[1] == 't')
            pmt_buf_printf(b, "12:%02d:%02d", i / 60, i % 60);
        else if (p[1] == 's')
            pmt_buf_puts(b, i % 7 == 3 ? "404" : "200");
        else
            pmt_buf_printf(b, "%d", p[1] == 'c' ? 1 + i * 13 % 200 : 1 + i * 37 % 90);
        p += 2;
    }
    pmt_buf_puts(b, "\n");
}

static void look_at(struct log *l, const char *format)
{
    size_t understood, lines;
    *l = (struct log){.text = {0}};
    for (int i = 0; i < LINES; i++)
        put(&l->text, format, i);
    l->parser = pmt_parser_detect(pmt_buf_view(&l->text), &understood, &lines);
    l->found = pmt_infer_source(pmt_buf_view(&l->text), &l->parser, &l->own);
}

static void done(struct log *l)
{
    pmt_inferred_free(l->found);
    pmt_buf_fini(&l->text);
}

static enum pmt_verdict read_by(const struct log *l, const char *line, struct pmt_record *rec)
{
    struct pmt_reject why;
    const struct pmt_parser *used;
    return pmt_parse_line(l->parser, &l->own, pmt_str(line), rec, &used, &why);
}

static const struct {
    const char *head, *later, *state;
} same_so_far[] = {
    {"2022-02-26T{t}+00:00|192.0.2.{c}|{s}|GET|/p{n}|0.0{n}|----",
     "2022-02-26T13:00:00+00:00|192.0.2.7|503|GET|/p1|0.011|SC--", NULL},
    {"2022-02-26T{t}+00:00 192.0.2.{c} {s} GET /p{n} 0.0{n} --",
     "2022-02-26T13:00:00+00:00 192.0.2.7 503 GET /p1 0.011 timeout", NULL},
    {"2022-02-26T{t}+00:00 192.0.2.{c} {s} GET /p{n} {} 0.0{n} +",
     "2022-02-26T13:00:00+00:00 192.0.2.7 503 GET /p1 {x} 0.011 X", NULL},
    {"2022-02-26T{t}+00:00;192.0.2.{c};{s};request;GET;/p{n};.;0.0{n}",
     "2022-02-26T13:00:00+00:00;192.0.2.7;503;error;GET;/p1;p;0.011", NULL},
    {"2022-02-26T{t}+00:00 192.0.2.{c} {s} GET / 0.0{n}",
     "2022-02-26T13:00:00+00:00 192.0.2.7 503 GET /p1 0.011", NULL},
    {"Feb 26 {t} lb1 haproxy[9]: 192.0.2.{c}|26/Feb/2022:{t}.123|web|be/s{n}|0/{n}|{s}|{n}|----|"
     "\"GET /p{n} HTTP/1.1\"",
     "Feb 26 13:00:00 lb1 haproxy[9]: 192.0.2.7|26/Feb/2022:13:00:00.123|web|be/<NOSRV>|-1/9|503|"
     "7|SC--|\"GET /p1 HTTP/1.1\"",
     "SC--"},
};

static void what_is_the_same_so_far_is_a_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same_so_far / sizeof *same_so_far; i++) {
        struct log l;
        struct pmt_record rec;
        look_at(&l, same_so_far[i].head);
        if (!l.found || !l.found->certain)
            fail_msg("%s: %s", same_so_far[i].head, l.found ? l.found->doubt : "nothing");
        if (read_by(&l, same_so_far[i].later, &rec) != PMT_RECORD || rec.status != 503)
            fail_msg("\"%s\" is not of %s", same_so_far[i].later, l.found->format);
        assert_int_equal(rec.kind, PMT_HTTP_REQUEST);
        if (same_so_far[i].state)
            assert_non_null(strstr(l.found->format, "%tsc"));
        else
            assert_null(strstr(l.found->format, "%tsc"));
        done(&l);
    }
}

static void what_only_parts_stays_between(void **state)
{
    (void)state;
    struct log l;
    look_at(&l, "192.0.2.{c} -> web : GET /p{n} => {s} ({n} bytes) at 2022-02-26T{t}+00:00");
    assert_non_null(l.found);
    assert_non_null(strstr(l.found->format, " -> "));
    assert_non_null(strstr(l.found->format, " => "));
    done(&l);
}

static void requests_told_as_logfmt(void **state)
{
    (void)state;
    struct log l;
    struct pmt_record rec;
    look_at(&l, "ts=2022-02-26T{t}+00:00 lvl=info msg=\"served\" cust=192.0.2.{c} verb=GET "
                "uri=\"/p{n}\" st={s} rt_ms={n}");
    assert_non_null(l.found);
    assert_true(l.found->certain);
    assert_int_equal(read_by(&l, "ts=2022-02-26T13:00:00+00:00 lvl=error msg=\"failed\" "
                                 "cust=192.0.2.7 verb=GET uri=\"/p1\" st=503 rt_ms=9", &rec),
                     PMT_RECORD);
    assert_int_equal(rec.kind, PMT_HTTP_REQUEST);
    assert_int_equal(rec.status, 503);
    /* of the same program: a text, and a request that has one more */
    assert_int_equal(read_by(&l, "ts=2022-02-26T13:00:00+00:00 lvl=error msg=\"no route\"", &rec),
                     PMT_RECORD);
    assert_int_equal(rec.kind, PMT_OTHER);
    assert_int_equal(read_by(&l, "ts=2022-02-26T13:00:00+00:00 lvl=error msg=\"failed\" "
                                 "cust=192.0.2.7 verb=GET uri=\"/p1\" st=503 rt_ms=9 err=x", &rec),
                     PMT_FOREIGN);
    done(&l);
}

static void a_number_that_may_be_the_status_is_offered(void **state)
{
    (void)state;
    struct log l;
    look_at(&l, "ts=2022-02-26T{t}+00:00 lvl=info msg=served cust=192.0.2.{c} verb=GET uri=/p{n} "
                "one={s} other={s}");
    assert_non_null(l.found);
    assert_false(l.found->certain);
    assert_non_null(l.found->doubt);
    assert_string_equal(l.parser->name, "app-text");
    done(&l);
    look_at(&l, "ts=2022-02-26T{t}+00:00 lvl=info msg=\"cache {n} filled\" took={n} keys={n}");
    assert_null(l.found);
    done(&l);
}

static void a_request_of_the_program_is_no_text(void **state)
{
    (void)state;
    struct log l;
    struct pmt_record rec;
    look_at(&l, "Feb 26 {t} lb1 edge[9]: 192.0.2.{c}|GET|/p{n}|{s}|{n}");
    assert_non_null(l.found);
    assert_true(l.found->certain);
    assert_int_equal(read_by(&l, "Feb 26 13:00:00 lb1 edge[9]: 192.0.2.7|GET|/p1|503|7|late|x",
                             &rec), PMT_FOREIGN);
    assert_int_equal(read_by(&l, "Feb 26 13:00:00 lb1 edge[9]: starting 503 workers", &rec),
                     PMT_RECORD);
    assert_int_equal(rec.kind, PMT_SYSLOG);
    assert_int_equal(read_by(&l, "Feb 26 13:00:00 lb1 core[9]: 192.0.2.7|GET|/p1|503|7|late|x",
                             &rec), PMT_RECORD);
    assert_int_equal(rec.kind, PMT_SYSLOG);
    done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_the_same_so_far_is_a_column),
        cmocka_unit_test(what_only_parts_stays_between),
        cmocka_unit_test(requests_told_as_logfmt),
        cmocka_unit_test(a_number_that_may_be_the_status_is_offered),
        cmocka_unit_test(a_request_of_the_program_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
