/* test_formats.c - formats beside the built-in ones: which a source gets, and who reads a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmt/formats.h"

extern const struct pmt_parser pmt_parser_nginx_access, pmt_parser_syslog, pmt_parser_haproxy;

static struct pmt_arena arena;

static void add(struct pmt_formats *f, enum pmt_dialect dialect, const char *text,
                const char *name, const char *glob, bool given)
{
    const char *why = NULL;
    if (pmt_formats_add_template(f, &arena, dialect, text, name, glob, given, &why))
        fail_msg("%s", why);
}

static const struct pmt_parser *choose(const struct pmt_formats *f, const char *shown,
                                       const char *head, struct pmt_own *own)
{
    struct pmt_input in = {.path = shown, .shown = shown, .family = shown};
    return pmt_formats_choose(f, &in, pmt_str(head), own);
}

#define PIPES "$msec|$status|$remote_addr|$request|$request_time"
#define PIPED "1645866904.123|502|192.0.2.7|GET /a HTTP/1.1|0.125\n"
#define COMBINED "192.0.2.7 - - [26/Feb/2022:12:00:07 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\""

static void a_given_format_reads_its_lines_and_others_the_rest(void **state)
{
    (void)state;
    struct pmt_formats f = {0};
    struct pmt_own own;
    struct pmt_record rec;
    struct pmt_reject why;
    const struct pmt_parser *used;
    add(&f, PMT_DIALECT_NGINX, PIPES, "--log-format", NULL, true);
    const struct pmt_parser *p = choose(&f, "a.log", PIPED PIPED COMBINED "\n", &own);
    assert_ptr_equal(p, &f.items[0].parser);
    assert_ptr_equal(own.main, p);
    assert_string_equal(p->name, "--log-format");
    assert_int_equal(pmt_parse_line(p, &own, pmt_str("1645866904.123|502|192.0.2.7|GET /a "
                                                     "HTTP/1.1|0.125"),
                                    &rec, &used, &why),
                     PMT_RECORD);
    assert_ptr_equal(used, p);
    assert_ptr_equal(rec.reader, p);
    assert_int_equal(rec.status, 502);
    assert_int_equal(rec.duration_us, 125000);
    assert_int_equal(pmt_parse_line(p, &own, pmt_str(COMBINED), &rec, &used, &why), PMT_RECORD);
    assert_ptr_equal(used, &pmt_parser_nginx_access);
    assert_ptr_equal(rec.reader, used);
    /* the reason is that of the format */
    assert_int_equal(pmt_parse_line(p, &own, pmt_str("1645866904.123|5x2|192.0.2.7|GET / |0.1"),
                                    &rec, &used, &why),
                     PMT_FOREIGN);
    assert_string_equal(why.why, "no three-digit status where the format has it");
    assert_int_equal(why.column, 14);
    /* most lines are another's */
    assert_ptr_equal(choose(&f, "a.log", PIPED COMBINED "\n" COMBINED "\n", &own),
                     &pmt_parser_nginx_access);
    assert_int_equal(own.before, 1);
    assert_ptr_equal(own.main, p);
    pmt_formats_fini(&f);
}

static void a_glob_tells_which_files_it_is_for(void **state)
{
    (void)state;
    static const struct {
        const char *glob, *path;
        bool applies;
    } cases[] = {
        {NULL, "any", true},
        {"api*.log", "api-1.log", true},
        {"api*.log", "nginx/api-1.log", true},
        {"nginx/*", "nginx/x/api.log", true},
        {"api*.log", "access.log", false},
        {"api.log", "api.log.1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_format f = {.glob = cases[i].glob};
        struct pmt_input in = {.path = cases[i].path, .shown = cases[i].path};
        assert_int_equal(pmt_format_applies(&f, &in), cases[i].applies);
    }
    /* rotations of the file are the file */
    struct pmt_format f = {.glob = "api.log"};
    struct pmt_input in = {.path = "/l/api.log.1.gz", .shown = "api.log.1.gz",
                           .family = "/l/api.log"};
    assert_true(pmt_format_applies(&f, &in));
}

static const char longer[] =
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
    "\"$http_referer\" \"$http_user_agent\" <$upstream_addr>";
#define LONG_LINE COMBINED " <192.0.2.80:8080>\n"

static void a_found_format_must_tell_more(void **state)
{
    (void)state;
    struct pmt_formats f = {0};
    struct pmt_own own;
    add(&f, PMT_DIALECT_NGINX, PIPES, "log_format pipes", NULL, false);
    add(&f, PMT_DIALECT_NGINX, longer, "log_format longer", NULL, false);
    /* more fields than the built-in parser knows; the other one comes after the built-in ones */
    assert_ptr_equal(choose(&f, "a.log", LONG_LINE LONG_LINE, &own), &f.items[1].parser);
    assert_int_equal(own.before, 1);
    assert_int_equal(own.n, 2);
    assert_ptr_equal(own.items[1], &f.items[0].parser);
    /* no more of these: it is not of this file */
    assert_ptr_equal(choose(&f, "a.log", COMBINED "\n", &own), &pmt_parser_nginx_access);
    assert_int_equal(own.before, 0);
    assert_int_equal(own.n, 2);
    assert_null(own.main);
    /* more lines */
    assert_ptr_equal(choose(&f, "a.log", PIPED COMBINED "\n" PIPED, &own), &f.items[0].parser);
    pmt_formats_fini(&f);
}

static void one_found_for_the_file_is_believed_when_it_tells_as_much(void **state)
{
    (void)state;
    static const char same[] = "$remote_addr - $remote_user [$time_local] \"$request\" $status "
                               "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"";
    struct pmt_formats f = {0};
    struct pmt_own own;
    add(&f, PMT_DIALECT_NGINX, same, "of any", NULL, false);
    add(&f, PMT_DIALECT_NGINX, same, "of a.log", "a.log", false);
    assert_ptr_equal(choose(&f, "a.log", COMBINED "\n", &own), &f.items[1].parser);
    assert_ptr_equal(choose(&f, "b.log", COMBINED "\n", &own), &pmt_parser_nginx_access);
    assert_int_equal(own.n, 1);
    pmt_formats_fini(&f);
}

/* A name may lie: this site's "duration_ms" is how long the request took to arrive. */
static void a_found_format_knows_the_members_of_json(void **state)
{
    (void)state;
    static const char names[] = "{\"ts\":\"%tr\",\"remote_ip\":\"%ci\",\"status\":%ST,"
                                "\"method\":\"%HM\",\"path\":\"%HP\",\"duration_ms\":%TR}";
#define MEMBERS "\"remote_ip\":\"192.0.2.7\",\"status\":200,\"method\":\"GET\",\"path\":\"/a\"," \
                "\"duration_ms\":7}"
    static const char line[] = "{\"ts\":\"26/Feb/2022:12:00:07.118\"," MEMBERS;
    static const char other[] = "{\"time\":\"2022-02-26T12:00:08Z\"," MEMBERS;
    struct pmt_formats f = {0};
    struct pmt_own own;
    struct pmt_record rec;
    struct pmt_reject why;
    const struct pmt_parser *used;
    add(&f, PMT_DIALECT_HAPROXY, names, "of the site", NULL, false);
    assert_ptr_equal(choose(&f, "a.log", line, &own), &f.items[0].parser);
    assert_int_equal(pmt_parse_line(&f.items[0].parser, &own, pmt_str(line), &rec, &used, &why),
                     PMT_RECORD);
    assert_int_equal(rec.duration_us, -1);
    /* it reads none of these */
    (void)choose(&f, "a.log", other, &own);
    assert_int_equal(own.before, 0);
    pmt_formats_fini(&f);
}

static void a_text_in_front_is_no_head(void **state)
{
    (void)state;
    static const char *const heads[] = {"<134>Nov 21 00:27:10 lb-1 haproxy[7]: ",
                                        "Nov 21 00:27:10 lb-1 haproxy[7]: ",
                                        "2026-11-21T00:27:10Z lb-1 haproxy[7]: "};
    struct pmt_formats f = {0};
    struct pmt_own own;
    struct pmt_record rec;
    struct pmt_reject why;
    const struct pmt_parser *used;
    add(&f, PMT_DIALECT_HAPROXY, "%[req.hdr(x-real-ip)] [%tr] %ST %{+Q}r", "of the site", NULL,
        false);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct pmt_buf b = {0};
        pmt_buf_puts(&b, heads[i]);
        pmt_buf_puts(&b, "192.0.2.7 [21/Nov/2026:00:27:09.118] 200 \"GET /a HTTP/1.1\"");
        pmt_buf_put(&b, "", 1);
        const struct pmt_parser *p = choose(&f, "a.log", b.data, &own);
        assert_int_equal(pmt_parse_line(p, &own, pmt_str(b.data), &rec, &used, &why), PMT_RECORD);
        assert_ptr_equal(used, &pmt_parser_syslog);
        assert_true(pmt_slice_is(rec.client, "192.0.2.7") && pmt_slice_is(rec.host, "lb-1"));
        pmt_buf_fini(&b);
    }
    pmt_formats_fini(&f);
}

static void a_log_in_two_formats(void **state)
{
    (void)state;
    struct pmt_formats f = {0};
    struct pmt_own own;
    add(&f, PMT_DIALECT_NGINX, "$status;$remote_addr;$time_iso8601", "one", NULL, false);
    add(&f, PMT_DIALECT_NGINX, "$request_method;$uri;$status", "unused", NULL, false);
    add(&f, PMT_DIALECT_NGINX, PIPES, "two", NULL, false);
    assert_ptr_equal(choose(&f, "a.log", PIPED "200;192.0.2.7;2022-02-26T12:00:07Z\n" PIPED, &own),
                     &f.items[2].parser);
    assert_int_equal(own.before, 2);
    assert_int_equal(own.n, 3);
    assert_ptr_equal(own.items[2], &f.items[1].parser);
    assert_int_equal(own.reads, 3);
    pmt_formats_fini(&f);
}

#define BY_SYSLOG "Feb 26 12:00:07 lb-1 haproxy[7]: "
#define SHORT_HAPROXY "%ci:%cp %ft %b/%s %ST %Ta %{+Q}r"
#define SHORT_LINE "192.0.2.7:4711 www app/web1 503 37 \"GET /a HTTP/1.1\""

/* Two formats in one file: a built-in parser that reads some of the one less well must not get
 * before it, whichever comes first. */
static void several_found_formats_share_a_file(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        struct pmt_formats f = {0};
        struct pmt_own own;
        struct pmt_record rec;
        struct pmt_reject why;
        const struct pmt_parser *used;
        add(&f, PMT_DIALECT_NGINX, turn ? PIPES : longer, "one", NULL, false);
        add(&f, PMT_DIALECT_NGINX, turn ? longer : PIPES, "two", NULL, false);
        const struct pmt_parser *p = choose(&f, "a.log", PIPED LONG_LINE PIPED LONG_LINE, &own);
        assert_int_equal(own.before, 2);
        struct pmt_slice line = pmt_str(LONG_LINE);
        line.n--;
        assert_int_equal(pmt_parse_line(p, &own, line, &rec, &used, &why), PMT_RECORD);
        assert_string_equal(used->name, turn ? "two" : "one");
        pmt_formats_fini(&f);
    }
}

static void envelopes_offer_their_message(void **state)
{
    (void)state;
    static const char *const heads[] = {BY_SYSLOG SHORT_LINE "\n",
                                        "2022-02-26T12:00:07Z " SHORT_LINE "\n",
                                        "2022-02-26T12:00:07.1Z stdout F " SHORT_LINE "\n",
                                        "<134>Feb 26 12:00:07 weblog: " SHORT_LINE "\n",
                                        "<134>1 2022-02-26T12:00:07Z lb h 7 - - " SHORT_LINE "\n"};
    struct pmt_formats f = {0};
    struct pmt_own own;
    add(&f, PMT_DIALECT_HAPROXY, SHORT_HAPROXY, "log-format", NULL, false);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        const struct pmt_parser *used, *p = choose(&f, "a.log", heads[i], &own);
        struct pmt_slice line = pmt_slice(heads[i], strcspn(heads[i], "\n"));
        assert_ptr_equal(p, &pmt_parser_syslog);
        assert_ptr_equal(own.main, &f.items[0].parser);
        assert_int_equal(pmt_parse_line(p, &own, line, &rec, &used, &why), PMT_RECORD);
        assert_ptr_equal(used, &pmt_parser_syslog);
        assert_ptr_equal(rec.reader, &f.items[0].parser);
        assert_int_equal(rec.kind, PMT_HTTP_REQUEST);
        assert_int_equal(rec.status, 503);
        assert_int_equal(rec.duration_us, 37000);
        assert_true(pmt_slice_is(rec.server, "web1"));
        assert_int_equal(rec.own.how, PMT_STAMP_NONE);
        assert_int_not_equal(rec.head.how, PMT_STAMP_NONE);
    }
    pmt_formats_fini(&f);
}

static void a_line_without_any_time_is_not_understood(void **state)
{
    (void)state;
    struct pmt_formats f = {0};
    struct pmt_own own;
    struct pmt_record rec;
    struct pmt_reject why;
    const struct pmt_parser *used;
    add(&f, PMT_DIALECT_HAPROXY, SHORT_HAPROXY, "--log-format", NULL, true);
    const struct pmt_parser *p = choose(&f, "a.log", SHORT_LINE "\n", &own);
    assert_null(p);
    assert_int_equal(pmt_parse_line(p, &own, pmt_str(SHORT_LINE), &rec, &used, &why), PMT_FOREIGN);
    /* what the envelope left is kept where it has none either */
    const char *line = "<134>1 - lb-1 haproxy 7 - - " SHORT_LINE;
    assert_int_equal(pmt_parse_line(p, &own, pmt_str(line), &rec, &used, &why), PMT_RECORD);
    assert_int_equal(rec.kind, PMT_SYSLOG);
    assert_int_equal(rec.status, -1);
    assert_null(rec.server.p);
    pmt_formats_fini(&f);
}

static enum pmt_verdict read_tilde(const void *self, struct pmt_slice line,
                                   struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_cursor c = pmt_cursor(line);
    (void)why;
    if (!pmt_cur_lit(&c, self) || !pmt_read_iso_stamp(&c, &rec->own))
        return PMT_FOREIGN;
    rec->kind = PMT_OTHER;
    return PMT_RECORD;
}

static void a_parser_of_its_own_kind(void **state)
{
    (void)state;
    struct pmt_formats f = {0};
    struct pmt_own own;
    const struct pmt_parser p = {.name = "x", .self = "~~ ", .parse_own = read_tilde};
    pmt_formats_add_parser(&f, &arena, &p, "mine.json", "*.app", true);
    assert_ptr_equal(choose(&f, "a.app", "~~ 2022-02-26T12:00:07Z\n", &own), &f.items[0].parser);
    assert_string_equal(f.items[0].parser.name, "mine.json");
    assert_null(choose(&f, "a.log", "~~ 2022-02-26T12:00:07Z\n", &own));
    pmt_formats_fini(&f);
}

static void what_does_not_compile_is_not_added(void **state)
{
    (void)state;
    struct pmt_formats f = {0};
    const char *why = NULL;
    assert_int_equal(pmt_formats_add_template(&f, &arena, PMT_DIALECT_NGINX, "$status$request",
                                              "x", NULL, true, &why),
                     -1);
    assert_non_null(strstr(why, "column 8"));
    assert_int_equal(f.n, 0);
    pmt_formats_fini(&f);
}

static int fini(void **state)
{
    (void)state;
    pmt_arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_given_format_reads_its_lines_and_others_the_rest),
        cmocka_unit_test(a_glob_tells_which_files_it_is_for),
        cmocka_unit_test(a_found_format_must_tell_more),
        cmocka_unit_test(one_found_for_the_file_is_believed_when_it_tells_as_much),
        cmocka_unit_test(a_found_format_knows_the_members_of_json),
        cmocka_unit_test(a_text_in_front_is_no_head),
        cmocka_unit_test(several_found_formats_share_a_file),
        cmocka_unit_test(a_log_in_two_formats),
        cmocka_unit_test(envelopes_offer_their_message),
        cmocka_unit_test(a_line_without_any_time_is_not_understood),
        cmocka_unit_test(a_parser_of_its_own_kind),
        cmocka_unit_test(what_does_not_compile_is_not_added),
    };
    return cmocka_run_group_tests(tests, NULL, fini);
}
