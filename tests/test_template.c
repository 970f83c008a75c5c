#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmt/template.h"

#include <stdlib.h>

static struct pmt_arena arena;

static const struct pmt_template *compiled(enum pmt_dialect d, const char *format)
{
    const struct pmt_template *t = NULL;
    const char *why = NULL;
    if (pmt_template_compile(d, format, &arena, &t, &why))
        fail_msg("\"%s\": %s", format, why);
    return t;
}

/* Runs over a copy of exactly n bytes, so that a sanitizer sees every byte too far. The copy lives
 * until the next call. */
static enum pmt_verdict run_n(const struct pmt_template *t, const char *line, size_t n,
                              struct pmt_record *rec, struct pmt_slice *rest)
{
    static char *copy;
    free(copy);
    copy = NULL;
    pmt_record_clear(rec);
    if (!line)
        return PMT_FOREIGN;
    copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, line, n);
    struct pmt_reject why = {NULL, 0};
    struct pmt_slice ignored;
    enum pmt_verdict v =
        pmt_template_run_rest(t, pmt_slice(copy, n), rec, &why, rest ? rest : &ignored);
    if (v == PMT_FOREIGN) {
        struct pmt_record blank;
        pmt_record_clear(&blank);
        assert_non_null(why.why);
        assert_true(why.column <= n);
        assert_memory_equal(rec, &blank, sizeof blank);
    }
    return v;
}

static void run(const struct pmt_template *t, const char *line, struct pmt_record *rec)
{
    if (run_n(t, line, strlen(line), rec, NULL) != PMT_RECORD)
        fail_msg("foreign: %s", line);
}

static void is(struct pmt_slice got, const char *want)
{
    if (want ? !got.p || !pmt_slice_is(got, want) : got.p != NULL)
        fail_msg("got \"%.*s\", want \"%s\"", PMT_FMT(got), want ? want : "(absent)");
}

static void test_compile_errors(void **state)
{
    (void)state;
    static const struct {
        enum pmt_dialect dialect;
        const char *format, *why;
    } cases[] = {
        {PMT_DIALECT_NGINX, "", "no variable (column 1"},
        {PMT_DIALECT_NGINX, "only text", "no variable (column 1"},
        {PMT_DIALECT_NGINX, "$remote_addr$status",
         "without a literal between them: nothing tells "
         "where the first one ends (column 13"},
        {PMT_DIALECT_NGINX, "$a ${b}${host}", "(column 8"},
        {PMT_DIALECT_NGINX, "$status $", "no variable name behind \"$\" (column 9"},
        {PMT_DIALECT_NGINX, "$status ${}", "no variable name behind \"$\" (column 9"},
        {PMT_DIALECT_NGINX, "$status ${x", "no closing brace behind \"${\" (column 9"},
        {PMT_DIALECT_NGINX, "$status $-", "no variable name"},
        {PMT_DIALECT_HAPROXY, "%ci%cp", "without a literal between them"},
        {PMT_DIALECT_HAPROXY, "%ST %", "no variable name behind \"%\" (column 5"},
        {PMT_DIALECT_HAPROXY, "%ST %{+Q", "no closing brace behind \"%{\" (column 5"},
        {PMT_DIALECT_HAPROXY, "%ST %[src", "no closing bracket behind \"%[\" (column 5"},
        {PMT_DIALECT_HAPROXY, "%ST %(x", "no closing parenthesis"},
        {PMT_DIALECT_HAPROXY, "%{+Q}o", "no variable (column 1"},
        {PMT_DIALECT_APACHE, "%h%l", "without a literal between them"},
        {PMT_DIALECT_APACHE, "%h %", "no letter behind \"%\" (column 4"},
        {PMT_DIALECT_APACHE, "%h %>", "no letter behind \"%\" (column 4"},
        {PMT_DIALECT_APACHE, "%h %{Referer", "no closing brace behind \"%{\" (column 4"},
        {PMT_DIALECT_APACHE, "%h %^F", "no letter behind \"%\" (column 4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct pmt_template *t = (const void *)&arena;
        const char *why = NULL;
        if (pmt_template_compile(cases[i].dialect, cases[i].format, &arena, &t, &why) != -1)
            fail_msg("compiled: %s", cases[i].format);
        assert_non_null(why);
        if (!strstr(why, cases[i].why))
            fail_msg("\"%s\": got %s, want %s", cases[i].format, why, cases[i].why);
        assert_ptr_equal(t, &arena); /* untouched */
    }
}

static void test_too_long(void **state)
{
    (void)state;
    char *format = calloc(1, PMT_TEMPLATE_MAX + 2);
    const struct pmt_template *t;
    const char *why;
    memset(format, 'x', PMT_TEMPLATE_MAX + 1);
    memcpy(format, "$status ", 8);
    assert_int_equal(pmt_template_compile(PMT_DIALECT_NGINX, format, &arena, &t, &why), -1);
    format[PMT_TEMPLATE_MAX] = '\0';
    assert_int_equal(pmt_template_compile(PMT_DIALECT_NGINX, format, &arena, &t, &why), 0);
    free(format);
}

/* Every cut of every format is either compiled or refused with a reason. */
static void test_cut_formats(void **state)
{
    (void)state;
    static const struct {
        enum pmt_dialect dialect;
        const char *format;
    } cases[] = {
        {PMT_DIALECT_NGINX, "$remote_addr - ${remote_user} [$time_local] \"$request\" $status"},
        {PMT_DIALECT_HAPROXY, "%{+Q}o %{-Q}ci - - [%trg] %(x)r %[src,lower(a])] %ST%% \"\" %{+X}B"},
        {PMT_DIALECT_APACHE, "%h %l %u %t \\\"%r\\\" %>s %b %{Referer}i %^FB %{ms}T%%"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t n = 0; n <= strlen(cases[i].format); n++) {
            char *cut = calloc(1, n + 1);
            const struct pmt_template *t;
            const char *why = NULL;
            memcpy(cut, cases[i].format, n);
            if (pmt_template_compile(cases[i].dialect, cut, &arena, &t, &why))
                assert_non_null(why);
            free(cut);
        }
}

#define AT "26/Feb/2022:12:00:07 +0300"
#define WALL INT64_C(1645876807) /* 2022-02-26 12:00:07 read as if UTC */

static const char combined[] = "$remote_addr - $remote_user [$time_local] \"$request\" $status "
                               "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

static void test_nginx_combined(void **state)
{
    (void)state;
    const struct pmt_template *t = compiled(PMT_DIALECT_NGINX, combined);
    struct pmt_record r;
    run(t, "192.0.2.7 - - [" AT "] \"GET /a?b=1 HTTP/1.1\" 502 157 \"http://x.example/\" \"curl\"",
        &r);
    assert_int_equal(r.kind, PMT_HTTP_REQUEST);
    assert_int_equal(r.layer, PMT_LAYER_NGINX);
    assert_int_equal(r.own.how, PMT_STAMP_ZONED);
    assert_true(r.own.wall == WALL * PMT_SECOND && r.own.offset == 3 * 3600);
    assert_false(r.start_known);
    assert_true(r.agent_logged);
    is(r.client, "192.0.2.7");
    is(r.method, "GET");
    is(r.path, "/a?b=1");
    is(r.referrer, "http://x.example/");
    is(r.agent, "curl");
    assert_int_equal(r.status, 502);
    assert_int_equal(r.bytes, 157);
    assert_int_equal(r.duration_us, -1);
}

/* Cut anywhere: foreign up to the status, a record from there on; never a byte too far. */
static void test_cut_lines(void **state)
{
    (void)state;
    static const struct {
        enum pmt_dialect dialect;
        const char *format, *line;
        const char *needed; /* where a cut line begins to be a record */
    } cases[] = {
        {PMT_DIALECT_NGINX, combined,
         "192.0.2.7 - a b [" AT "] \"GET /a\\\" HTTP/1.1\" 502 157 \"-\" \"c\\\"url\"", " 157"},
        {PMT_DIALECT_NGINX, "{\"t\":\"$time_iso8601\",\"s\":$status,\"u\":\"$upstream_addr\"}",
         "{\"t\":\"2022-02-26T12:00:07+03:00\",\"s\":502,\"u\":\"10.0.0.1:80, 10.0.0.2:80\"}",
         ",\"u"},
        {PMT_DIALECT_HAPROXY,
         "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc "
         "%sq/%bq %hr %hs %{+Q}r",
         "192.0.2.7:4000 [26/Feb/2022:12:00:07.001] www~ app/web1 0/0/1/2/3 200 51 - a=b ---- "
         "1/1/0/0/+1 0/0 {shop} {} \"GET /x HTTP/1.1\"",
         " 51"},
        {PMT_DIALECT_HAPROXY,
         "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq",
         "192.0.2.7:4000 [26/Feb/2022:12:00:07.001] www app/web1 1/-1/0 5 SC 2/1/0/0/+1 0/0",
         " SC"},
        {PMT_DIALECT_APACHE, "%v:%p %h %l %u %t \\\"%r\\\" %>s %O \\\"%{User-Agent}i\\\" %D",
         "shop.example:80 192.0.2.7 - - [" AT "] \"GET /x HTTP/1.1\" 200 51 \"c\" 1234", " 51"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct pmt_template *t = compiled(cases[i].dialect, cases[i].format);
        size_t needed = (size_t)(strstr(cases[i].line, cases[i].needed) - cases[i].line);
        for (size_t n = 0; n <= strlen(cases[i].line); n++) {
            struct pmt_record r;
            enum pmt_verdict v = run_n(t, cases[i].line, n, &r, NULL);
            if ((v == PMT_RECORD) != (n >= needed))
                fail_msg("%d at %zu of %s", v, n, cases[i].line);
        }
    }
}

static void test_nginx_variables(void **state)
{
    (void)state;
    struct pmt_record r;
    run(compiled(PMT_DIALECT_NGINX, "$msec|${request_method}|$uri$is_args$args|$status|"
                                    "$request_time|$host|$unknown_thing|$upstream_addr|"
                                    "$upstream_status|$http_x_forwarded_for"),
        "1645866007.250|PUT|/a/b?c=d|204|0.042|shop.example|what ever|10.0.0.1:80, 10.0.0.2:80 : "
        "dead"
        "|502, 502 : 204|203.0.113.9, 10.0.0.3",
        &r);
    assert_int_equal(r.own.how, PMT_STAMP_ZONED);
    assert_true(pmt_stamp_utc(&r.own) == INT64_C(1645866007250000));
    assert_int_equal(r.own.decimals, 3);
    is(r.method, "PUT");
    is(r.path, "/a/b?c=d");
    is(r.vhost, "shop.example");
    is(r.upstream, "10.0.0.1:80, 10.0.0.2:80 : dead");
    is(r.upstream_status, "502, 502 : 204");
    is(r.forwarded_for, "203.0.113.9, 10.0.0.3");
    assert_int_equal(r.status, 204);
    assert_int_equal(r.duration_us, 42000);
    assert_false(r.agent_logged);

    /* Lists without quotes end where nginx ends them. */
    run(compiled(PMT_DIALECT_NGINX, "$status $upstream_addr $upstream_status $request_time"),
        "200 10.0.0.1:80, 10.0.0.2:80 502, 200 0.100", &r);
    is(r.upstream, "10.0.0.1:80, 10.0.0.2:80");
    is(r.upstream_status, "502, 200");
    assert_int_equal(r.duration_us, 100000);

    /* An address and its port are one field; so is the query behind its path. */
    run(compiled(PMT_DIALECT_NGINX, "$remote_addr:$remote_port $request_uri?$args $status"),
        "2001:db8::7:5000 /x?y=1 200", &r);
    is(r.client, "2001:db8::7");
    is(r.path, "/x?y=1");

    /* The first of two fields with one meaning counts. */
    run(compiled(PMT_DIALECT_NGINX, "$host $server_name $status $bytes_sent $body_bytes_sent"),
        "a.example b.example 200 300 100", &r);
    is(r.vhost, "a.example");
    assert_int_equal(r.bytes, 300);
}

static void test_nginx_json(void **state)
{
    (void)state;
    const struct pmt_template *t =
        compiled(PMT_DIALECT_NGINX,
                 "{\"time\":\"$time_iso8601\",\"ip\":\"$remote_addr\",\"req\":\"$request\","
                 "\"status\":$status,\"rt\":$request_time,\"urt\":\"$upstream_response_time\","
                 "\"ua\":\"$http_user_agent\",\"up\":\"$upstream_addr\"}");
    struct pmt_record r;
    run(t,
        "{\"time\":\"2022-02-26T12:00:07+03:00\",\"ip\":\"192.0.2.7\",\"req\":\"GET /\\\"q\\\" "
        "HTTP/1.1\",\"status\":504,\"rt\":60.001,\"urt\":\"60.000, "
        "-\",\"ua\":\"a\\\\\",\"up\":\"\"}",
        &r);
    is(r.client, "192.0.2.7");
    is(r.path, "/\\\"q\\\"");
    is(r.agent, "a\\\\");
    is(r.upstream, NULL);
    assert_true(r.own.wall == WALL * PMT_SECOND && r.own.offset == 3 * 3600);
    assert_int_equal(r.status, 504);
    assert_int_equal(r.duration_us, 60001000);
}

/* Without the request's own time the sum of its tries tells when it began. */
static void test_times_of_tries(void **state)
{
    (void)state;
    static const struct {
        const char *format, *line;
        int64_t us;
    } rows[] = {
        {"$remote_addr [$time_local] $status \"$upstream_response_time\"",
         "192.0.2.7 [" AT "] 504 \"60.001, 0.004 : 0.100\"", 60105000},
        {"$remote_addr [$time_local] $status \"$upstream_response_time\"",
         "192.0.2.7 [" AT "] 504 \"60.001, -\"", 60001000},
        {"$remote_addr [$time_local] $status \"$upstream_response_time\"",
         "192.0.2.7 [" AT "] 200 \"-\"", -1},
        {"$remote_addr [$time_local] $status \"$upstream_response_time\"",
         "192.0.2.7 [" AT "] 200 \"x\"", -1},
        {"$remote_addr [$time_local] $status \"$upstream_response_time\" $request_time",
         "192.0.2.7 [" AT "] 504 \"60.001, 0.004\" 61.000", 61000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_record r;
        run(compiled(PMT_DIALECT_NGINX, rows[i].format), rows[i].line, &r);
        assert_int_equal(r.duration_us, rows[i].us);
    }
}

/* What the server's side took: nginx's tries, HAProxy's timers up to the first byte. */
static void test_latency(void **state)
{
    (void)state;
    static const struct {
        enum pmt_dialect dialect;
        const char *format, *line;
        int64_t us;
    } rows[] = {
        {PMT_DIALECT_NGINX, "$remote_addr [$time_local] $status $request_time "
         "\"$upstream_response_time\"",
         "192.0.2.7 [" AT "] 200 9.000 \"1.001, 0.004\"", 1005000},
        {PMT_DIALECT_NGINX, "$remote_addr [$time_local] $status $request_time",
         "192.0.2.7 [" AT "] 200 9.000", -1},
        {PMT_DIALECT_NGINX, "$remote_addr [$time_local] $status $request_time "
         "\"$upstream_response_time\"",
         "192.0.2.7 [" AT "] 200 9.000 \"-\"", -1},
        {PMT_DIALECT_HAPROXY, "%ci:%cp %Tw/%Tc/%Tr/%Ta %ST", "192.0.2.7:9 5/2/30/9000 200", 37000},
        {PMT_DIALECT_HAPROXY, "%ci:%cp %Tw/%Tc/%Tr/%Ta %ST", "192.0.2.7:9 5/2/-1/9000 504", -1},
        {PMT_DIALECT_HAPROXY, "%ci:%cp %Tr/%Ta %ST", "192.0.2.7:9 30/9000 200", 30000},
        {PMT_DIALECT_HAPROXY, "%ci:%cp %Ta %ST", "192.0.2.7:9 9000 200", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_record r;
        run(compiled(rows[i].dialect, rows[i].format), rows[i].line, &r);
        if (r.latency_us != rows[i].us || (r.duration_us != 9000000))
            fail_msg("%s: %lld", rows[i].line, (long long)r.latency_us);
    }
}

static void test_session_is_no_request(void **state)
{
    (void)state;
    struct pmt_record r;
    run(compiled(PMT_DIALECT_NGINX,
                 "$remote_addr [$time_local] $protocol $status $bytes_sent $session_time"),
        "192.0.2.7 [" AT "] TCP 502 0 1.500", &r);
    assert_int_equal(r.kind, PMT_OTHER);
    assert_int_equal(r.status, 502);
    assert_int_equal(r.duration_us, 1500000);
}

/* Text in front that holds the literal itself, or a quote escaped by nobody. */
static void test_odd_lines(void **state)
{
    (void)state;
    const struct pmt_template *t = compiled(PMT_DIALECT_NGINX, combined);
    static const struct {
        const char *line, *path, *agent;
        int64_t status, bytes;
    } cases[] = {
        {"c - u [x [y [" AT "] \"GET /1 HTTP/1.1\" 200 5 \"-\" \"-\"", "/1", NULL, 200, 5},
        {"c - - [" AT "] \"GET /2\" 200 x\" 404 5 \"-\" \"a\"", "/2", "x\" 404 5 \"-\" \"a", 200,
         -1},
        {"c - - [" AT "] \"GET /3\\\" 201 5 \"-\" \"a\"", "/3\\", "a", 201, 5},
        {"c - - [" AT "] \"GET /4\\\\\" 201 5 \"-\" \"a\"", "/4\\\\", "a", 201, 5},
        {"c - - [" AT "] \"GET /5 HTTP/1.1\" 200 99999999999999999999 \"-\" \"a\"", "/5", "a", 200,
         -1},
        {"c - - [" AT "] \"GET /6 HTTP/1.1\" 200 5 \"-\" \"a\" extra \"more\" 7", "/6", "a", 200,
         5},
        {"c - - [" AT "] \"GET /7 HTTP/1.1\" 200 5\r", "/7", NULL, 200, 5},
        {"c - - [" AT "] \"GET /8 HTTP/1.1\" 200", "/8", NULL, 200, -1},
        {" - - [" AT "] \"GET /9  HTTP/3.0\" 200 0 \"\" \"\"", "/9", NULL, 200, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_record r;
        run(t, cases[i].line, &r);
        is(r.path, cases[i].path);
        if (i != 1) /* there is no telling where that request ends */
            is(r.agent, cases[i].agent);
        assert_int_equal(r.status, cases[i].status);
        assert_int_equal(r.bytes, cases[i].bytes);
    }
}

static void test_rest(void **state)
{
    (void)state;
    const struct pmt_template *t = compiled(PMT_DIALECT_NGINX, combined);
    static const char *const cases[][2] = {
        {"c - - [" AT "] \"GET / HTTP/1.1\" 200 5 \"-\" \"a\" rt=1", " rt=1"},
        {"c - - [" AT "] \"GET / HTTP/1.1\" 200 5 rt=1", " rt=1"},
        {"c - - [" AT "] \"GET / HTTP/1.1\" 200 5", ""},
        {"c - - [" AT "] \"GET / HTTP/1.1\" 200 5 \"-\" \"a\"", ""},
        {"c - - [" AT "] \"GET / HTTP/1.1\" 200 5 \"-\" 0.1", "\" 0.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_record r;
        struct pmt_slice rest;
        assert_int_equal(run_n(t, cases[i][0], strlen(cases[i][0]), &r, &rest), PMT_RECORD);
        is(rest, cases[i][1]);
    }
}

static void test_foreign_says_where(void **state)
{
    (void)state;
    const struct pmt_template *t = compiled(PMT_DIALECT_NGINX, combined);
    static const struct {
        const char *line, *why;
        size_t column;
    } cases[] = {
        {"", "no client address", 0},
        {"hello", "no client address", 0},
        {"c - - [30/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" 200 5", "date", 5},
        {"c - - [" AT "] \"GET / HTTP/1.1\" 20 5", "status", 50},
        {"c - - [" AT "] \"GET / HTTP/1.1\" -1 5", "status", 50},
        {"c - - [" AT "] GET", "request", 33},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_record r;
        struct pmt_reject why = {NULL, 99};
        pmt_record_clear(&r);
        assert_int_equal(pmt_template_run(t, pmt_str(cases[i].line), &r, &why), PMT_FOREIGN);
        if (!strstr(why.why, cases[i].why) || why.column != cases[i].column)
            fail_msg("%s: \"%s\" at %zu", cases[i].line, why.why, why.column);
    }
    struct pmt_record r;
    struct pmt_reject why;
    assert_int_equal(pmt_template_run(t, PMT_NO_SLICE, &r, &why), PMT_FOREIGN);
}

static void test_haproxy(void **state)
{
    (void)state;
    struct pmt_record r;
    /* As in a configuration file: escaped blanks, own order, flags, expressions, %%. */
    run(compiled(PMT_DIALECT_HAPROXY,
                 "%ci:%cp\\ [%T]\\ [%tr]\\ 100%%\\ %[capture.req.hdr(0),lower]\\ "
                 "%{+Q}ft\\ %HM\\ %HP%HQ\\ %HV\\ %ST\\ %ts\\ %Tt\\ %Ta\\ %B"),
        "::1:58816 [26/Feb/2022:09:00:01 +0000] [26/Feb/2022:12:00:07.118] 100% x \"www~\" GET "
        "/a?b "
        "HTTP/1.1 -1 sH 9000 +2001 +198",
        &r);
    is(r.client, "::1");
    is(r.frontend, "www");
    is(r.method, "GET");
    is(r.path, "/a?b");
    is(r.termination, "sH");
    assert_int_equal(r.kind, PMT_HTTP_REQUEST);
    assert_int_equal(r.layer, PMT_LAYER_HAPROXY);
    assert_int_equal(r.status, -1);
    assert_int_equal(r.bytes, 198);
    assert_int_equal(r.duration_us, 2001000); /* Ta, not Tt */
    /* The request's date, not the connection's. */
    assert_int_equal(r.own.how, PMT_STAMP_WALL);
    assert_true(r.own.wall == WALL * PMT_SECOND + 118000);
    assert_true(r.start_known);

    /* +Q for all, blanks written once, none in front. */
    run(compiled(PMT_DIALECT_HAPROXY, "%{+Q}o  %{-Q}ci   %b  %s %ST %r"),
        "192.0.2.7 \"app\" \"<NOSRV>\" 503 \"<BADREQ>\"", &r);
    is(r.client, "192.0.2.7");
    is(r.backend, "app");
    is(r.server, "<NOSRV>");
    is(r.path, NULL);
    assert_int_equal(r.status, 503);

    /* Numbers nobody needs: as many as the format has, and the bytes between them. */
    const struct pmt_template *t = compiled(PMT_DIALECT_HAPROXY, "%ac/%fc/%bc %sq,%bq %ST");
    run(t, "1/23/+4 -1,0 200", &r);
    assert_int_equal(r.status, 200);
    static const char *const bad[] = {"1/2 3,4 200", "1/2/3/4 5,6 200", "1/2/3 4 200",
                                      "a/2/3 4,5 200"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(run_n(t, bad[i], strlen(bad[i]), &r, NULL), PMT_FOREIGN);
}

static void test_apache(void **state)
{
    (void)state;
    struct pmt_record r;
    run(compiled(PMT_DIALECT_APACHE, "%v:%p %h %l %u %t \\\"%r\\\" %>s %O \\\"%{Referer}i\\\" "
                                     "\\\"%{User-Agent}i\\\" %D"),
        "shop.example:443 192.0.2.7 - frank [" AT "] \"GET /a\\\"b HTTP/1.1\" 200 5120 "
        "\"-\" \"a \\\"b\\\"\" 1234",
        &r);
    is(r.vhost, "shop.example");
    is(r.client, "192.0.2.7");
    is(r.path, "/a\\\"b");
    is(r.referrer, NULL);
    is(r.agent, "a \\\"b\\\"");
    assert_int_equal(r.layer, PMT_LAYER_NGINX);
    assert_int_equal(r.bytes, 5120);
    assert_int_equal(r.duration_us, 1234);
    assert_true(r.own.wall == WALL * PMT_SECOND);

    run(compiled(PMT_DIALECT_APACHE, "%V %a %{X-Forwarded-For}i %m %U%q %s %b %T %^FB"),
        "shop.example 10.0.0.2 203.0.113.9 GET /a?b 304 - 2 77", &r);
    is(r.path, "/a?b");
    is(r.forwarded_for, "203.0.113.9");
    assert_int_equal(r.status, 304);
    assert_int_equal(r.bytes, -1);
    assert_int_equal(r.duration_us, 2000000);
}

/* A long line of what the search stops at is still one pass. */
static void test_hostile_length(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    static const char *const fills[] = {" - ", " [", "\\\"", "\" ", "{} ", "/", "- "};
    char *line = malloc(N);
    const struct pmt_template *ts[] = {
        compiled(PMT_DIALECT_NGINX, combined),
        compiled(PMT_DIALECT_HAPROXY, "%ci:%cp [%t] %ft %b/%s %ST %CC %CS %tsc %hr %hs %{+Q}r"),
    };
    const char *heads[] = {"c - - [" AT "] \"GET /",
                           "192.0.2.7:1 [26/Feb/2022:12:00:07.118] f b/s 200 "};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof fills / sizeof *fills; i++)
            for (size_t head = 0; head < 2; head++) {
                size_t n = head ? strlen(heads[k]) : 0, m = strlen(fills[i]);
                memcpy(line, heads[k], n);
                for (; n + m <= N; n += m)
                    memcpy(line + n, fills[i], m);
                struct pmt_record r;
                enum pmt_verdict v = run_n(ts[k], line, n, &r, NULL);
                assert_int_equal(v, k && head ? PMT_RECORD : PMT_FOREIGN);
            }
    free(line);
}

static void test_dialects(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        int dialect; /* -1: not clear */
        const char *rest;
    } cases[] = {
        {"$remote_addr $status", PMT_DIALECT_NGINX, NULL},
        {"{\"s\":${status}}", PMT_DIALECT_NGINX, NULL},
        {"100% $status", PMT_DIALECT_NGINX, NULL},
        {"nginx:%t $status", PMT_DIALECT_NGINX, "%t $status"},
        {"%ci:%cp [%tr] %ST", PMT_DIALECT_HAPROXY, NULL},
        {"%{+Q}o %b %s %[src]", PMT_DIALECT_HAPROXY, NULL},
        {"%(st)ST %B", PMT_DIALECT_HAPROXY, NULL},
        {"%ci %nonsense %ST", PMT_DIALECT_HAPROXY, NULL},
        {"haproxy:%t %r %s", PMT_DIALECT_HAPROXY, "%t %r %s"},
        {"%h %l %u %t \\\"%r\\\" %>s %b", PMT_DIALECT_APACHE, NULL},
        {"%{Referer}i %400,501{User-agent}i %^FB", PMT_DIALECT_APACHE, NULL},
        {"apache:%t %r %s", PMT_DIALECT_APACHE, "%t %r %s"},
        {"%t %r %s", -1, NULL},
        {"%h %t $status", -1, NULL},
        {"no variable", -1, NULL},
        {"$1.50", -1, NULL},
        {"", -1, NULL},
        {"%", -1, NULL},
        {"%{", -1, NULL},
        {"%(", -1, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum pmt_dialect d = PMT_DIALECT_NGINX;
        const char *format = NULL, *why = NULL;
        bool clear = pmt_dialect_read(cases[i].typed, &d, &format, &why);
        if (clear != (cases[i].dialect >= 0) || (clear && (int)d != cases[i].dialect))
            fail_msg("%s: %d %d", cases[i].typed, clear, (int)d);
        if (clear)
            assert_string_equal(format, cases[i].rest ? cases[i].rest : cases[i].typed);
        else
            assert_non_null(why);
    }
}

static void test_check_tells_the_column(void **state)
{
    (void)state;
    const struct pmt_template *t;
    const char *why;
    size_t column = 99;
    assert_int_equal(pmt_template_check(PMT_DIALECT_NGINX, "[$status$request]", &arena, &t, &why,
                                        &column),
                     -1);
    assert_int_equal(column, 8);
    assert_null(strstr(why, "column"));
}

static int teardown(void **state)
{
    (void)state;
    struct pmt_record r;
    run_n(NULL, NULL, 0, &r, NULL);
    pmt_arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile_errors),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_cut_formats),
        cmocka_unit_test(test_nginx_combined),
        cmocka_unit_test(test_cut_lines),
        cmocka_unit_test(test_nginx_variables),
        cmocka_unit_test(test_nginx_json),
        cmocka_unit_test(test_times_of_tries),
        cmocka_unit_test(test_latency),
        cmocka_unit_test(test_session_is_no_request),
        cmocka_unit_test(test_odd_lines),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_foreign_says_where),
        cmocka_unit_test(test_haproxy),
        cmocka_unit_test(test_apache),
        cmocka_unit_test(test_hostile_length),
        cmocka_unit_test(test_dialects),
        cmocka_unit_test(test_check_tells_the_column),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
