#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../parsers/haproxy.h"

#include <stdio.h>
#include <stdlib.h>

#define CLIENT "198.51.100.7:40112 "
#define AT "[26/Feb/2022:12:00:07.118] "
#define TAIL " - - ---- 1/1/0/0/0 0/0 \"GET /x?y=1 HTTP/1.1\""

/* NULL is absent; numbers as they stand in the record, -1 unknown. */
struct expect {
    const char *line, *client, *frontend, *backend, *server, *termination, *method, *path, *message;
    int64_t status, bytes, ms;
    int kind, how;
};

enum { REQ = PMT_HTTP_REQUEST, OTHER = PMT_OTHER };
enum { NONE = PMT_STAMP_NONE, WALL = PMT_STAMP_WALL, ZONED = PMT_STAMP_ZONED };

static const struct expect cases[] = {
    /* httplog: no captures, one group, two, odd contents */
    {CLIENT AT "www app/web1 0/0/0/7/2001 200 51" TAIL, "198.51.100.7", "www", "app", "web1",
     "----", "GET", "/x?y=1", NULL, 200, 51, 2001, REQ, WALL},
    {CLIENT AT
     "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/0 0/0 {shop.example} \"GET / HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/", NULL, 200, 51, 8, REQ, WALL},
    {CLIENT AT
     "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/0 0/0 {shop.example|Mozilla/5.0 (X11; "
     "Linux)} {} \"GET / HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/", NULL, 200, 51, 8, REQ, WALL},
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/0 0/0 {a {b} \"GET /no} x\" } {{}} "
               "\"GET /{y} HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/{y}", NULL, 200, 51, 8, REQ, WALL},
    /* none chosen, refused, bad, timed out, killed; status and timers that never were */
    {CLIENT AT "www www/<NOSRV> 0/-1/-1/-1/0 403 192 - - PR-- 1/1/0/0/0 0/0 \"GET /d HTTP/1.1\"",
     "198.51.100.7", "www", "www", "<NOSRV>", "PR--", "GET", "/d", NULL, 403, 192, 0, REQ, WALL},
    {CLIENT AT
     "www app/<NOSRV> 0/5000/-1/-1/5000 503 217 - - sQ-- 1/1/0/0/0 0/7 \"GET /q HTTP/1.1\"",
     "198.51.100.7", "www", "app", "<NOSRV>", "sQ--", "GET", "/q", NULL, 503, 217, 5000, REQ, WALL},
    {CLIENT AT "www www/<NOSRV> -1/-1/-1/-1/0 400 0 - - CR-- 3/3/0/0/0 0/0 \"<BADREQ>\"",
     "198.51.100.7", "www", "www", "<NOSRV>", "CR--", NULL, NULL, NULL, 400, 0, 0, REQ, WALL},
    {CLIENT AT "www app/web1 4/0/0/-1/30 -1 0 - - CH-- 3/3/0/0/+2 0/0 \"POST /pay HTTP/2.0\"",
     "198.51.100.7", "www", "app", "web1", "CH--", "POST", "/pay", NULL, -1, 0, 30, REQ, WALL},
    {CLIENT AT "www app/web2 0/0/0/0/+13 200 +51" TAIL, "198.51.100.7", "www", "app", "web2",
     "----", "GET", "/x?y=1", NULL, 200, 51, 13, REQ, WALL},
    /* cookies, one with a blank; the letters of a cookie's life */
    {CLIENT AT
     "www app/web1 0/0/0/7/8 200 51 SRV=web1 SRV=w b ---- 1/1/0/0/0 0/0 \"GET /c HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/c", NULL, 200, 51, 8, REQ, WALL},
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - --VN 1/1/0/0/0 0/0 \"GET /c HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "--VN", "GET", "/c", NULL, 200, 51, 8, REQ, WALL},
    /* one word more before the timers, the host asked for; a client that nobody knows */
    {"-:40112 " AT "www~ app/web1 shop.example 0/0/1/17/18 302 291" TAIL, NULL, "www", "app",
     "web1", "----", "GET", "/x?y=1", NULL, 302, 291, 18, REQ, WALL},
    /* what only has as many letters as a state is none: this is another format's line */
    {CLIENT AT
     "www app/web1 0/0/0/7/8 200 51 - - with 1/1/0/0/0 0/0 \"GET /c HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", NULL, NULL, NULL, NULL, 200, 51, 8, REQ, WALL},
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - KTEU 1/1/0/0/0 0/0 \"GET /c HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "KTEU", "GET", "/c", NULL, 200, 51, 8, REQ, WALL},
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - KKEU 1/1/0/0/0 0/0 \"GET /c HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", NULL, NULL, NULL, NULL, 200, 51, 8, REQ, WALL},
    /* %[base] in the request line: host and path as one; CONNECT asks for a host and a port */
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/0 0/0 "
               "\"GET shop.example:8443/cart HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/cart", NULL, 200, 51, 8, REQ, WALL},
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/0 0/0 "
               "\"CONNECT shop.example:443 HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "----", "CONNECT", "shop.example:443", NULL, 200, 51, 8,
     REQ, WALL},
    /* TLS frontend; httpslog's tail */
    {CLIENT AT "www~ app/web1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {shop.example} {} "
               "\"GET https://shop.example/i HTTP/2.0\" 0/0/0/0/0 shop.example/TLSv1.3/TLS_AES_256",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/i", NULL, 200, 2750, 109, REQ,
     WALL},
    {CLIENT AT "www~ app/web1 10/0/30/69/109 200 2750 - - ---- 1/1/0/0/0 0/0 \"GET "
               "https://shop.example HTTP/2.0\"",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/", NULL, 200, 2750, 109, REQ, WALL},
    /* a word of the site's own before it; a time or a priority is none */
    {"C0A80001:8225_61990000_0001:12 " CLIENT AT "www app/web1 0/0/0/7/8 200 51" TAIL,
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/x?y=1", NULL, 200, 51, 8, REQ, WALL},
    {"lb-1 2001:db8::7:40112 " AT "tcpf tcpb/r1 0/0/5007 212 -- 2/1/0/0/0 0/0", "2001:db8::7",
     "tcpf", "tcpb", "r1", "--", NULL, NULL, NULL, -1, 212, 5007, OTHER, WALL},
    /* other clients, HAProxy's own client, an applet, no date */
    {"2001:db8::7:40112 " AT "www app/web1 0/0/0/7/8 200 51" TAIL, "2001:db8::7", "www", "app",
     "web1", "----", "GET", "/x?y=1", NULL, 200, 51, 8, REQ, WALL},
    {"unix:1 " AT "www app/web1 0/0/0/7/8 200 51" TAIL, NULL, "www", "app", "web1", "----", "GET",
     "/x?y=1", NULL, 200, 51, 8, REQ, WALL},
    {"-:- " AT "<HTTPCLIENT> -/- 2/0/0/7/8 200 51" TAIL, NULL, "<HTTPCLIENT>", NULL, NULL, "----",
     "GET", "/x?y=1", NULL, 200, 51, 8, REQ, WALL},
    {CLIENT AT "www www/<lua.hello> 0/0/0/7/8 200 51" TAIL, "198.51.100.7", "www", "www",
     "<lua.hello>", "----", "GET", "/x?y=1", NULL, 200, 51, 8, REQ, WALL},
    {CLIENT "[] www app/web1 0/0/0/7/8 200 51" TAIL, "198.51.100.7", "www", "app", "web1", "----",
     "GET", "/x?y=1", NULL, 200, 51, 8, REQ, NONE},
    /* cut at the line limit: in the request, in a capture, behind the status */
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/0 0/0 \"GET /long?a=bbbb",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/long?a=bbbb", NULL, 200, 51, 8, REQ,
     WALL},
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/0 0/0 {shop.exa", "198.51.100.7",
     "www", "app", "web1", "----", NULL, NULL, NULL, 200, 51, 8, REQ, WALL},
    {CLIENT AT "www app/web1 0/0/0/7/8 502", "198.51.100.7", "www", "app", "web1", NULL, NULL, NULL,
     NULL, 502, -1, 8, REQ, WALL},
    /* a request as escaped by HAProxy */
    {CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/0 0/0 \"GET /a#22b#7Bc\\ HTTP/1.1\"",
     "198.51.100.7", "www", "app", "web1", "----", "GET", "/a#22b#7Bc\\", NULL, 200, 51, 8, REQ,
     WALL},
    /* tcplog */
    {CLIENT AT "tcpf tcpb/r2 1/-1/0 0 SC 2/1/0/0/+1 0/0", "198.51.100.7", "tcpf", "tcpb", "r2",
     "SC", NULL, NULL, NULL, -1, 0, 0, OTHER, WALL},
    {CLIENT AT "tcpf tcpb/r1 0/0/+5007 +212 -- 2/1/0/0/0 0/0", "198.51.100.7", "tcpf", "tcpb", "r1",
     "--", NULL, NULL, NULL, -1, 212, 5007, OTHER, WALL},
    /* the CLF forms, with the trailing blank HAProxy writes */
    {"198.51.100.7 - - [26/Feb/2022:12:00:07 +0300] \"GET /clf HTTP/1.1\" 200 51 \"\" \"\" 38718 "
     "079 "
     "\"clf~\" \"app\" \"web1\" 0 0 0 0 21 ---- 2 1 1 0 0 0 0 \"\" \"\" ",
     "198.51.100.7", "clf", "app", "web1", "----", "GET", "/clf", NULL, 200, 51, 21, REQ, ZONED},
    {"198.51.100.7 - - [26/Feb/2022:09:00:07 +0000] \"TCP \" 000 51 \"\" \"\" 38718 079 \"tcpf\" "
     "\"tcpb\" \"r1\" 0 1 -1 300 77 sC-- 2 1 1 0 0 0 0 \"\" \"\" ",
     "198.51.100.7", "tcpf", "tcpb", "r1", "sC", NULL, NULL, NULL, -1, 51, 300, OTHER, ZONED},
    /* connections that came to nothing, and no log format at all */
    {CLIENT AT "www/1: SSL handshake failure (error:0A000412:SSL routines::sslv3 alert)",
     "198.51.100.7", "www", NULL, NULL, NULL, NULL, NULL,
     "SSL handshake failure (error:0A000412:SSL routines::sslv3 alert)", -1, -1, -1, OTHER, WALL},
    {"::1:58816 " AT "pp/sock-1: Timeout while waiting for PROXY protocol header", "::1", "pp",
     NULL, NULL, NULL, NULL, NULL, "Timeout while waiting for PROXY protocol header", -1, -1, -1,
     OTHER, WALL},
    {"Connect from ::1:41568 to ::1:8080 (def/HTTP)", "::1", "def", NULL, NULL, NULL, NULL, NULL,
     NULL, -1, -1, -1, OTHER, NONE},
    {"Connect from 198.51.100.7:41568 to 198.51.100.1:80 (def/TCP)", "198.51.100.7", "def", NULL,
     NULL, NULL, NULL, NULL, NULL, -1, -1, -1, OTHER, NONE},
};

static void same(const char *line, const char *name, struct pmt_slice got, const char *want)
{
    if (want ? !got.p || !pmt_slice_is(got, want) : got.p != NULL)
        fail_msg("%s: got \"%.*s\", want \"%s\": %s", name, PMT_FMT(got), want ? want : "(absent)",
                 line);
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct expect *e = &cases[i];
        struct pmt_record r;
        struct pmt_reject why;
        pmt_record_clear(&r);
        r.host = PMT_SLICE("lb-1");
        r.severity = PMT_SEV_INFO;
        if (pmt_haproxy_request(pmt_str(e->line), &r, &why) != PMT_RECORD)
            fail_msg("%s at %zu: %s", why.why, why.column, e->line);
        same(e->line, "client", r.client, e->client);
        same(e->line, "frontend", r.frontend, e->frontend);
        same(e->line, "backend", r.backend, e->backend);
        same(e->line, "server", r.server, e->server);
        same(e->line, "termination", r.termination, e->termination);
        same(e->line, "method", r.method, e->method);
        same(e->line, "path", r.path, e->path);
        same(e->line, "message", r.message, e->message);
        same(e->line, "host", r.host, "lb-1"); /* the envelope's */
        if (r.status != e->status || r.bytes != e->bytes || r.kind != e->kind ||
            r.own.how != e->how || r.layer != PMT_LAYER_HAPROXY || r.severity != PMT_SEV_INFO ||
            r.duration_us != (e->ms < 0 ? -1 : e->ms * 1000) || r.start_known != (e->how != NONE))
            fail_msg("a number differs: %s", e->line);
    }
}

/* %rc: how often the connection was tried again; "+" when another server was. */
static void test_retries(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t retries;
        bool redispatched;
    } rows[] = {{"0", 0, false}, {"3", 3, false}, {"+3", 3, true}, {"+0", 0, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[300];
        struct pmt_record r;
        struct pmt_reject why;
        snprintf(line, sizeof line,
                 CLIENT AT "www app/web1 0/0/0/7/8 200 51 - - ---- 1/1/0/0/%s 0/0 "
                           "\"GET / HTTP/1.1\"", rows[i].text);
        pmt_record_clear(&r);
        assert_int_equal(r.retries, -1);
        assert_int_equal(pmt_haproxy_request(pmt_str(line), &r, &why), PMT_RECORD);
        assert_int_equal(r.retries, rows[i].retries);
        assert_int_equal(r.redispatched, rows[i].redispatched);
    }
}

static void test_date(void **state)
{
    (void)state;
    struct pmt_record r;
    struct pmt_reject why;
    pmt_record_clear(&r);
    assert_int_equal(pmt_haproxy_request(pmt_str(cases[0].line), &r, &why), PMT_RECORD);
    assert_true(r.own.wall == INT64_C(1645876807118000));
    assert_int_equal(r.own.decimals, 3);
}

/* Foreign lines say why, and the record stays as it was. */
static void test_foreign(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        " ",
        "Server app/web1 is DOWN. 0 active and 0 backup servers left.",
        "Connect from nowhere",
        ("2026-11-21T09:14:07\tInformational\thaproxy\t" CLIENT AT
         "www app/web1 0/0/0/7/8 200 51" TAIL),
        "198.51.100.7:40112 [31/Feb/2022:12:00:07.118] www app/web1 0/0/0/7/8 200 51",
        "198.51.100.7:40112 [26/Feb/2022:12:00:07.118] www app/web1 0/0/0/7/8 20",
        "198.51.100.7:40112 [26/Feb/2022:12:00:07.118] www app/web1 0/0/0/7 200 51",
        "198.51.100.7:40112 [26/Feb/2022:12:00:07.118] www app 0/0/0/7/8 200 51",
        "198.51.100.7:40112 [26/Feb/2022:12:00:07.118] www app/web1 1/-1",
        "198.51.100.7 - - [26/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" OK",
    };
    struct pmt_record before;
    pmt_record_clear(&before);
    before.message = PMT_SLICE("kept");
    before.pid = 7;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct pmt_record r = before;
        struct pmt_reject why = {NULL, SIZE_MAX};
        if (pmt_haproxy_request(pmt_str(lines[i]), &r, &why) != PMT_FOREIGN)
            fail_msg("understood: %s", lines[i]);
        assert_memory_equal(&r, &before, sizeof r);
        assert_non_null(why.why);
        assert_true(why.column <= strlen(lines[i]));
    }
}

/* Every prefix, in a block of exactly its size. */
static void test_cut_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t n = 0; n <= strlen(cases[i].line); n++) {
            char *copy = malloc(n ? n : 1);
            struct pmt_record r;
            struct pmt_reject why = {NULL, 0};
            pmt_record_clear(&r);
            assert_non_null(copy);
            memcpy(copy, cases[i].line, n);
            if (pmt_haproxy_request(pmt_slice(copy, n), &r, &why) == PMT_FOREIGN)
                assert_true(why.why && why.column <= n);
            else if (r.path.p)
                assert_true(r.path.p >= copy && r.path.p + r.path.n <= copy + n);
            free(copy);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_date),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_cut_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
