/* test_template_whole.c - formats of a site's own: every variable that says something, and lines
 * that are of the format from end to end, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pmt/template.h"

static struct pmt_arena arena;

static enum pmt_verdict read_line(const struct pmt_template *t, const char *line, size_t n,
                                  struct pmt_record *rec, struct pmt_reject *why)
{
    static char *copy;
    free(copy);
    copy = malloc(n ? n : 1); /* exactly as long: a sanitizer sees a byte too far */
    memcpy(copy, line, n);
    pmt_record_clear(rec);
    *why = (struct pmt_reject){NULL, 0};
    enum pmt_verdict v = pmt_template_run_whole(t, pmt_slice(copy, n), rec, why);
    if (v == PMT_FOREIGN) {
        struct pmt_record blank;
        pmt_record_clear(&blank);
        assert_non_null(why->why);
        assert_true(why->column <= n);
        assert_memory_equal(rec, &blank, sizeof blank);
    }
    return v;
}

static void put(struct pmt_buf *b, const char *name, struct pmt_slice s)
{
    if (s.p)
        pmt_buf_printf(b, " %s=%.*s", name, PMT_FMT(s));
}

/* "ts=... dur=... client_ip=..."; what is not known is not there. */
static void tell(struct pmt_buf *b, const struct pmt_record *r)
{
    pmt_buf_puts(b, "ts=");
    if (r->own.how == PMT_STAMP_NONE)
        pmt_buf_puts(b, "-");
    else
        pmt_put_rfc3339(b, r->own.how == PMT_STAMP_ZONED ? pmt_stamp_utc(&r->own) : r->own.wall,
                        r->own.decimals);
    if (r->own.how == PMT_STAMP_WALL)
        pmt_buf_puts(b, " wall");
    if (r->start_known)
        pmt_buf_puts(b, " begin");
    if (r->duration_us >= 0)
        pmt_buf_printf(b, " us=%lld", (long long)r->duration_us);
    if (r->latency_us >= 0)
        pmt_buf_printf(b, " latency=%lld", (long long)r->latency_us);
    for (const struct pmt_field *f = pmt_fields; strcmp(f->name, "vhost") != 0; f++) {
        bool known = false;
        if (f->type == PMT_FIELD_TEXT) {
            put(b, f->name, f->text(r));
        } else if (strcmp(f->name, "request_time_ms") != 0) {
            long long v = f->number(r, &known);
            if (known)
                pmt_buf_printf(b, " %s=%lld", f->name, v);
        }
    }
    put(b, "vhost", r->vhost);
    put(b, "agent", r->agent);
    put(b, "forwarded", r->forwarded_for);
    put(b, "tries", r->upstream_status);
}

struct one {
    enum pmt_dialect dialect;
    const char *format, *line;
    const char *told; /* NULL: not of the format */
};

static void check(const struct one *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct pmt_template *t;
        const char *why;
        struct pmt_record rec;
        struct pmt_reject reject;
        if (pmt_template_compile(v[i].dialect, v[i].format, &arena, &t, &why))
            fail_msg("%s", why);
        enum pmt_verdict got = read_line(t, v[i].line, strlen(v[i].line), &rec, &reject);
        if (got == PMT_FOREIGN && v[i].told)
            fail_msg("%s: %s at %zu", v[i].line, reject.why, reject.column);
        if (got == PMT_FOREIGN)
            continue;
        struct pmt_buf b = {0};
        tell(&b, &rec);
        if (!v[i].told || strcmp(b.data, v[i].told) != 0)
            fail_msg("%s:\ngot  %s\nwant %s", v[i].line, b.data, v[i].told ? v[i].told : "none");
        pmt_buf_fini(&b);
        /* Cut anywhere it is a record or none, but never reads on. */
        for (size_t k = 0; k < strlen(v[i].line); k++)
            (void)read_line(t, v[i].line, k, &rec, &reject);
    }
}
#define CHECK(v) check(v, sizeof(v) / sizeof *(v))

#define AT "26/Feb/2022:12:00:07 +0300"
#define TS "ts=2022-02-26T09:00:07Z"

static void nginx(void **state)
{
    (void)state;
    static const char urls[] = "$http_x_forwarded_for - $remote_user [$time_local] $scheme://$host"
                               "$request_uri $request_method $status $body_bytes_sent "
                               "\"$http_user_agent\" $request_time";
    static const char raw[] = "$msec $remote_addr $request $status $http_user_agent "
                              "$request_time $upstream_addr,$upstream_status";
    static const struct one v[] = {
        /* the client behind proxies; a path right behind the host */
        {PMT_DIALECT_NGINX, urls,
         "203.0.113.9, 192.0.2.3 - - [" AT "] https://shop.example/a/b?c GET 200 5 \"x y\" 0.100",
         TS " us=100000 client_ip=203.0.113.9 method=GET path=/a/b?c status=200 bytes=5"
            " vhost=shop.example agent=x y forwarded=203.0.113.9, 192.0.2.3"},
        {PMT_DIALECT_NGINX, urls,
         "- - - [" AT "] https://shop.example/ GET 200 5 \"-\" 0.100",
         TS " us=100000 method=GET path=/ status=200 bytes=5 vhost=shop.example"},
        {PMT_DIALECT_NGINX, "$proxy_protocol_addr - $remote_addr $time_local $status",
         "203.0.113.7 - 192.0.2.1 " AT " 200",
         TS " client_ip=192.0.2.1 status=200 forwarded=203.0.113.7"},
        /* texts without quotes, lists behind a comma */
        {PMT_DIALECT_NGINX, raw,
         "1645866007.045 192.0.2.7 GET /a b HTTP/1.1 502 Mozilla/5.0 (X11; 5 x) 0.123 "
         "192.0.2.81:80, 192.0.2.82:80,502, 200",
         "ts=2022-02-26T09:00:07.045Z us=123000 client_ip=192.0.2.7 method=GET path=/a b"
         " status=502 upstream=192.0.2.81:80, 192.0.2.82:80 agent=Mozilla/5.0 (X11; 5 x)"
         " tries=502, 200"},
        {PMT_DIALECT_NGINX, raw, "1645866007.045 192.0.2.7 - 400 - 0.000 -,-",
         "ts=2022-02-26T09:00:07.045Z us=0 client_ip=192.0.2.7 status=400"},
        {PMT_DIALECT_NGINX, raw, "1645866007.045 192.0.2.7 GET / HTTP/1.1 200 a 0.12x -,-", NULL},
        {PMT_DIALECT_NGINX, raw, "1645866007.045 192.0.2.7 GET / HTTP/1.1 200 a 1 -,-", NULL},
        /* $request tells the path, not $uri; sizes and times */
        {PMT_DIALECT_NGINX,
         "$time_iso8601 \"$request\" $uri $status $bytes_sent $upstream_header_time "
         "$upstream_response_time $connection $request_id",
         "2022-02-26T12:00:07+03:00 \"GET /a?b HTTP/2.0\" /index.html 200 5 0.010, 0.020 : 0.030 "
         "0.040, - 17 abc",
         TS " us=40000 latency=40000 method=GET path=/a?b status=200 bytes=5"},
        {PMT_DIALECT_NGINX, "[$date_gmt] ${remote_addr}:$remote_port \"$request\" $status",
         "[Saturday, 26-Feb-2022 09:00:07 GMT] 2001:db8::7:5 \"GET / HTTP/1.0\" 200",
         TS " client_ip=2001:db8::7 method=GET path=/ status=200"},
        {PMT_DIALECT_NGINX, "$status $remote_addr $time_local", "- 192.0.2.7 " AT,
         TS " client_ip=192.0.2.7"},
    };
    CHECK(v);
}

static void nginx_json(void **state)
{
    (void)state;
    static const char format[] =
        "{\"t\":\"$time_iso8601\",\"s\":\"$status\",\"b\":$body_bytes_sent,\"rt\":\"$request_time\""
        ",\"urt\":\"$upstream_response_time\",\"r\":\"$request\",\"ua\":\"$http_user_agent\","
        "\"a\":\"$remote_addr\"}";
#define HEAD "{\"t\":\"2022-02-26T12:00:07+03:00\",\"s\":\"499\",\"b\":0,\"rt\":\"0.120\",\"urt\":"
    static const struct one v[] = {
        {PMT_DIALECT_NGINX, format,
         HEAD "\"\",\"r\":\"GET /\\\"x\\\" HTTP/1.1\",\"ua\":\"a\\\\\",\"a\":\"192.0.2.7\"}",
         TS " us=120000 client_ip=192.0.2.7 method=GET path=/\"x\" status=499 bytes=0"
            " agent=a\\"},
        /* escape=none */
        {PMT_DIALECT_NGINX, format,
         HEAD "\"0.100, 0.020\",\"r\":\"GET /x\"x\",\"s\" HTTP/1.1\",\"ua\":\"a\",\"a\":"
              "\"192.0.2.7\"}",
         TS " us=120000 latency=120000 client_ip=192.0.2.7 method=GET path=/x\"x\",\"s\" status=499"
            " bytes=0 agent=a"},
        /* another format of the same beginning */
        {PMT_DIALECT_NGINX, format, HEAD "\"0.100\",\"q\":\"GET / HTTP/1.1\"}", NULL},
        {PMT_DIALECT_NGINX, format, HEAD "\"0.1s\",\"r\":\"-\",\"ua\":\"-\",\"a\":\"-\"}", NULL},
        /* cut */
        {PMT_DIALECT_NGINX, format, HEAD "\"0.100\",\"r\":\"GET /abc",
         TS " us=120000 latency=100000 method=GET path=/abc status=499 bytes=0"},
    };
    CHECK(v);
}

static void haproxy(void **state)
{
    (void)state;
    static const struct one v[] = {
        /* dates */
        {PMT_DIALECT_HAPROXY, "%Ts.%ms %ci:%cp %b %s %ST %Ta",
         "1645866007.045 192.0.2.7:99 app web 200 12",
         "ts=2022-02-26T09:00:07.045Z begin us=12000 client_ip=192.0.2.7 status=200 backend=app"
         " server=web"},
        {PMT_DIALECT_HAPROXY, "%T %ms %ci:%cp %ST", AT " 045 192.0.2.7:99 200",
         "ts=2022-02-26T09:00:07.045Z begin client_ip=192.0.2.7 status=200"},
        {PMT_DIALECT_HAPROXY,
         "%[accept_date(us),us_ltime(\"%Y-%m-%d %H:%M:%S.%N %z\")] %[src]:%[src_port] %[status]",
         "2022-02-26 12:00:07.123456 +0300 2001:db8::7:1 200",
         "ts=2022-02-26T09:00:07.123456Z begin client_ip=2001:db8::7 status=200"},
        {PMT_DIALECT_HAPROXY, "%[accept_date(ms),ms_ltime(\"%Y-%m-%dT%H:%M:%S.%3NZ\")] %ci %ST",
         "2022-02-26T09:00:07.118Z 203.0.113.7 200",
         "ts=2022-02-26T09:00:07.118Z begin client_ip=203.0.113.7 status=200"},
        {PMT_DIALECT_HAPROXY, "%[accept_date(ms),ms_ltime(\"%Y-%m-%dT%H:%M:%S.%3NZ\")] %ci %ST",
         "2022-02-26T09:00:07.11Z 203.0.113.7 200", NULL},
        {PMT_DIALECT_HAPROXY, "%[accept_date(ms),ms_ltime(\"%Y-%m-%dT%H:%M:%S.%3N\")] %ci %ST",
         "2022-02-26T09:00:07.118 203.0.113.7 200",
         "ts=2022-02-26T09:00:07.118Z wall begin client_ip=203.0.113.7 status=200"},
        {PMT_DIALECT_HAPROXY, "%[request_date,utime(%Y%m%dT%H%M%S)] %ci %ST",
         "20220226T090007 192.0.2.7 200", TS " begin client_ip=192.0.2.7 status=200"},
        {PMT_DIALECT_HAPROXY, "%[date,http_date] %ci %ST",
         "Sat, 26 Feb 2022 09:00:07 GMT 192.0.2.7 200", TS " begin client_ip=192.0.2.7 status=200"},
        /* flags: hexadecimal is none of what others write */
        {PMT_DIALECT_HAPROXY, "%{+X}o %ci:%cp %{-X}Ta %b %ST [%tr]",
         "C0000207:0063 12 app 200 [26/Feb/2022:12:00:07.118]",
         "ts=2022-02-26T12:00:07.118Z wall begin us=12000 status=200 backend=app"},
        {PMT_DIALECT_HAPROXY, "%{+Q,+E}o %ci %b [%tr] %ST %HM %HU",
         "\"192.0.2.7\" \"app\" [26/Feb/2022:12:00:07.118] 200 \"GET\" \"/a\\\"b\"",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 method=GET path=/a\\\"b"
         " status=200 backend=app"},
        /* samples, known and opaque */
        {PMT_DIALECT_HAPROXY,
         "{\"ts\":\"%[date(0,ms)]\",\"h\":\"%[req.hdr(Host),lower]\",\"ua\":\"%[req.fhdr(user-agent"
         "),json(utf8s)]\",\"m\":\"%HM\",\"u\":\"%HU\",\"s\":%ST,\"t\":%Ta,\"srv\":\"%b/%s\","
         "\"x\":\"%[var(txn.x)]\"}",
         "{\"ts\":\"1645866007045\",\"h\":\"shop.example\",\"ua\":\"a \\\"b\\\", c\",\"m\":\"GET\","
         "\"u\":\"/a?b\",\"s\":503,\"t\":12,\"srv\":\"app/<NOSRV>\",\"x\":\"\"}",
         "ts=2022-02-26T09:00:07.045Z begin us=12000 method=GET path=/a?b status=503 backend=app"
         " server=<NOSRV> vhost=shop.example agent=a \"b\", c"},
        {PMT_DIALECT_HAPROXY, "%[src,ipmask(24)] %[hdr(host),map(/m)] %[capture.req.method] %ST",
         "192.0.2.0 x GET 200", "ts=- method=GET status=200"},
        {PMT_DIALECT_HAPROXY, "%ci:%cp [%tr] %[req.hdr(host)]%HU %ST",
         "192.0.2.7:5 [26/Feb/2022:12:00:07.118] shop.example/a 200",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 path=/a status=200"
         " vhost=shop.example"},
        /* JSON as HAProxy writes it by itself */
        {PMT_DIALECT_HAPROXY,
         "%{+json}o %(c)ci %(p:sint)cp %(t)tr %(s)ST %(n)CC %Tw %(ta)Ta %(r){+Q}r %(be)b %(hr)hr",
         "{\"c\": \"192.0.2.7\", \"p\": 4711, \"t\": \"26/Feb/2022:12:00:07.118\", \"s\": 503, "
         "\"n\": null, \"ta\": 12, \"r\": \"GET /\\\"a HTTP/1.1\", \"be\": \"app\", \"hr\": "
         "\"{a|b}\"}",
         "ts=2022-02-26T12:00:07.118Z wall begin us=12000 client_ip=192.0.2.7 method=GET"
         " path=/\"a status=503 backend=app"},
        /* captures that are not there: of the blanks around them only one is written */
        {PMT_DIALECT_HAPROXY, "%ci [%tr] %ST {%[ssl_fc_sni]} %hs %{+Q}r",
         "192.0.2.7 [26/Feb/2022:12:00:07.118] 400 {-} \"<BADREQ>\"",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 status=400"},
        {PMT_DIALECT_HAPROXY, "%ci [%tr] %ST {%[ssl_fc_sni]} %hs %{+Q}r",
         "192.0.2.7 [26/Feb/2022:12:00:07.118] 200 {-} {a} b} \"GET /c HTTP/1.1\"",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 method=GET path=/c"
         " status=200"},
        {PMT_DIALECT_HAPROXY,
         "{\"c\":\"%ci\",\"t\":\"%tr\",\"s\":%ST,\"hr\":\"%hr\",\"hs\":\"%hs\",\"r\":%{+Q}r}",
         "{\"c\":\"192.0.2.7\",\"t\":\"26/Feb/2022:12:00:07.118\",\"s\":400,\"hr\":\"\",\"hs\":"
         "\"{x}\",\"r\":\"<BADREQ>\"}",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 status=400"},
        /* host and path as one; a state by the manual's letters; names of early versions */
        {PMT_DIALECT_HAPROXY, "%ci [%tr] %ST %HM %[var(txn.base)] %tsc",
         "192.0.2.7 [26/Feb/2022:12:00:07.118] 200 GET shop.example:8080/a/b cD--",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 method=GET path=/a/b"
         " status=200 termination_state=cD-- vhost=shop.example:8080"},
        {PMT_DIALECT_HAPROXY, "%ci [%tr] %ST %tsc", "192.0.2.7 [26/Feb/2022:12:00:07.118] 200 with",
         NULL},
        {PMT_DIALECT_HAPROXY, "%Ci:%Cp [%t] %st %[txn.sess_term_state] %B",
         "192.0.2.7:99 [26/Feb/2022:12:00:07.118] 200 sH 12",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 status=200 bytes=12"
         " termination_state=sH"},
        /* a list of addresses has blanks of its own */
        {PMT_DIALECT_HAPROXY, "%ci [%tr] XFF=%[req.hdr(x-forwarded-for)] %r %ST",
         "192.0.2.7 [26/Feb/2022:12:00:07.118] XFF=203.0.113.9, 198.51.100.1 GET /c HTTP/1.1 200",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 method=GET path=/c"
         " status=200 forwarded=203.0.113.9, 198.51.100.1"},
        /* an error-log-format */
        {PMT_DIALECT_HAPROXY, "%ci:%cp [%tr] %ft %[fc_err_str]",
         "192.0.2.7:5 [26/Feb/2022:12:00:07.118] www~ SSL handshake failure",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 frontend=www"
         " message=SSL handshake failure"},
        /* a text with blanks, and a word behind a blank: where it ends is not told */
        {PMT_DIALECT_HAPROXY, "%ci:%cp [%t] %ft %[fc_err_str] %[ssl_fc_err,hex]",
         "192.0.2.7:5 [26/Feb/2022:12:00:07.118] www~ SSL handshake failure 1417C086",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 frontend=www"},
        {PMT_DIALECT_HAPROXY, "%ci:%cp [%t] %ft %[fc_err_str]/%[ssl_fc_err,hex] %sslv",
         "192.0.2.7:5 [26/Feb/2022:12:00:07.118] www~ SSL handshake failure/1417C086 -",
         "ts=2022-02-26T12:00:07.118Z wall begin client_ip=192.0.2.7 frontend=www"
         " message=SSL handshake failure"},
        /* impossible */
        {PMT_DIALECT_HAPROXY, "%ci %ST %B [%tr]", "192.0.2.7 200 12 [30/Feb/2022:12:00:07.118]",
         NULL},
        {PMT_DIALECT_HAPROXY, "%ci %ST %B [%tr]", "192.0.2.7 042 12 [26/Feb/2022:12:00:07.118]",
         NULL},
        {PMT_DIALECT_HAPROXY, "%ci %ST %B [%tr]", "192.0.2.7 200 1.2.3 [26/Feb/2022:12:00:07.118]",
         NULL},
        {PMT_DIALECT_HAPROXY, "%Ts %ci %ST", "1645866007.5 192.0.2.7 200", NULL},
    };
    CHECK(v);
}

static void apache(void **state)
{
    (void)state;
    static const char split[] =
        "[%{%Y-%m-%dT%H:%M:%S}t.%{msec_frac}t %{%z}t] %h %m %U%q %H %>s %b %D";
    static const struct one v[] = {
        {PMT_DIALECT_APACHE, split,
         "[2022-02-26T12:00:07.123 +0300] 192.0.2.7 GET /a?b HTTP/1.1 200 55 1500",
         "ts=2022-02-26T09:00:07.123Z begin us=1500 client_ip=192.0.2.7 method=GET path=/a?b"
         " status=200 bytes=55"},
        {PMT_DIALECT_APACHE, split,
         "[2022-02-30T12:00:07.123 +0300] 192.0.2.7 GET /a HTTP/1.1 200 55 1500", NULL},
        {PMT_DIALECT_APACHE, split,
         "[2022-02-26T25:00:07.123 +0300] 192.0.2.7 GET /a HTTP/1.1 200 55 1500", NULL},
        {PMT_DIALECT_APACHE, "%a %l %u %{end:sec}t %s %>s %B %T \\\"%r\\\"",
         "192.0.2.7 - - 1645866007 200 404 5 2 \"GET / HTTP/1.1\"",
         TS " us=2000000 client_ip=192.0.2.7 method=GET path=/ status=404 bytes=5"},
        {PMT_DIALECT_APACHE, "%{begin:usec}t %{end:msec}t %h %>s %O",
         "1645866007123456 1645866008000 192.0.2.7 200 -",
         "ts=2022-02-26T09:00:07.123456Z begin client_ip=192.0.2.7 status=200"},
        {PMT_DIALECT_APACHE, "%{%Y-%m-%dT%H:%M:%S}t.%{msec_frac}t%{%z}t %a %>s",
         "2022-02-26T12:00:07.123+0300 192.0.2.7 200",
         "ts=2022-02-26T09:00:07.123Z begin client_ip=192.0.2.7 status=200"},
        {PMT_DIALECT_APACHE, "%{%Y-%m-%dT%H:%M:%S}t.%{msec_frac}t%{%z}t %a %>s",
         "2022-02-26T12:00:07.12+0300 192.0.2.7 200", NULL},
        {PMT_DIALECT_APACHE, "%t %{usec_frac}t %a %{c}a %{remote}p %v%U %>s %{us}T %S %X",
         "[" AT "] 000450 192.0.2.7 192.0.2.8 99 shop.example/a 200 77 12 +",
         "ts=2022-02-26T09:00:07.000450Z begin us=77 client_ip=192.0.2.7 path=/a status=200"
         " vhost=shop.example"},
        {PMT_DIALECT_APACHE,
         "%h %l %u %t \\\"%r\\\" %>s %b \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\" %D "
         "%{SSL_PROTOCOL}x %{tid}P %^FB %L %k %R %{X}e %{X}n %{X}C",
         "192.0.2.7 - a b [" AT "] \"GET / HTTP/1.1\" 200 - \"-\" \"x \\\"y\\\"\" 1500 TLSv1.3 12 "
         "- - 0 - - - -",
         TS " begin us=1500 client_ip=192.0.2.7 method=GET path=/ status=200 agent=x \\\"y\\\""},
    };
    CHECK(v);
}

/* Where two fields nobody needs cannot be told apart, the others still can. */
static void what_may_be_missed(void **state)
{
    (void)state;
    static const char pair[] = "[$time_local] $status $upstream_addr, $upstream_status \"$host\"";
    static const char colon[] = "[$time_local] $status $upstream_addr:$upstream_status";
    static const char agent[] = "$remote_addr $http_user_agent $host $status [$time_local]";
    static const struct one v[] = {
        {PMT_DIALECT_NGINX, "[$time_local] $ssl_protocol$ssl_cipher$pid $status",
         "[" AT "] TLSv1.3TLS_AES_256_GCM_SHA384911 200", TS " status=200"},
        {PMT_DIALECT_NGINX, pair, "[" AT "] 502 192.0.2.8:80, 192.0.2.9:80, 502, 502 \"a.example\"",
         TS " status=502 vhost=a.example"},
        {PMT_DIALECT_NGINX, colon, "[" AT "] 502 192.0.2.8:80:502", TS " status=502"},
        {PMT_DIALECT_NGINX, "[$time_local] $upstream_addr, us=$upstream_status $status",
         "[" AT "] 192.0.2.8:80, 192.0.2.9:80, us=502, 200 200",
         TS " status=200 upstream=192.0.2.8:80, 192.0.2.9:80 tries=502, 200"},
        {PMT_DIALECT_NGINX, "[$time_local] to $upstream_addr: took $request_time $status",
         "[" AT "] to 192.0.2.8:80 : unix:/a.sock: took 0.031 200",
         TS " us=31000 status=200 upstream=192.0.2.8:80 : unix:/a.sock"},
        {PMT_DIALECT_NGINX, agent, "192.0.2.7 Mozilla/5.0 (X11) a.example 200 [" AT "]",
         TS " client_ip=192.0.2.7 status=200"},
        {PMT_DIALECT_NGINX, "[$time_local] $scheme://$host$request_uri $server_protocol $status",
         "[" AT "] https://a.example- HTTP/1.1 400", TS " status=400"},
        {PMT_DIALECT_NGINX, "[$time_local] \"$host$uri\" $status", "[" AT "] \"a.example-\" 400",
         TS " status=400"},
        {PMT_DIALECT_NGINX, agent, "192.0.2.7 - - 200 [" AT "]",
         TS " client_ip=192.0.2.7 status=200"},
    };
    CHECK(v);
}

/* Lines that another format wrote which begins alike, and fields that cannot be. */
static void another_formats_lines(void **state)
{
    (void)state;
    static const char alike[] = "[$time_local] $status $request_method $request_uri \"$host\"";
    static const char client[] = "$time_iso8601 $status $remote_addr $upstream_addr $request_time";
    static const struct one v[] = {
        {PMT_DIALECT_NGINX, alike, "[" AT "] 200 GET /a b \"shop.example\"",
         TS " method=GET path=/a b status=200 vhost=shop.example"},
        {PMT_DIALECT_NGINX, alike, "[" AT "] 400 - x%00 \"-\"", TS " path=x%00 status=400"},
        {PMT_DIALECT_NGINX, alike, "[" AT "] 500 \"POST /a HTTP/1.1\" - 17", NULL},
        {PMT_DIALECT_NGINX, alike, "[" AT "] 500 POST 17 \"-\"", NULL},
        {PMT_DIALECT_NGINX, alike, "[" AT "] 500 POST /a HTTP/1.1 \"-\"", NULL},
        {PMT_DIALECT_NGINX, alike, "[" AT "] 200 GET / \"a b\"", NULL},
        {PMT_DIALECT_NGINX, alike, "[" AT "] 200 GET", TS " method=GET status=200"}, /* cut */
        {PMT_DIALECT_NGINX, alike, "[" AT "] 200", NULL},
        {PMT_DIALECT_NGINX, client, "2022-02-26T12:00:07+03:00 200 192.0.2.7 unix:/a.sock 0.001",
         TS " us=1000 client_ip=192.0.2.7 status=200 upstream=unix:/a.sock"},
        {PMT_DIALECT_NGINX, client, "2022-02-26T12:00:07+03:00 200 192.0.2.7:80 - 0.001", NULL},
        {PMT_DIALECT_NGINX, client, "2022-02-26T12:00:07+03:00 200 \"a\" - 0.001", NULL},
        {PMT_DIALECT_NGINX, client, "2022-02-26T12:00:07+03:00 200 192.0.2.7 - 0.001 more",
         TS " us=1000 client_ip=192.0.2.7 status=200"},
        {PMT_DIALECT_NGINX, client, "2022-02-26T12:00:07+03:00 200 192.0.2.7 - 0.001;more", NULL},
        {PMT_DIALECT_NGINX, "$http_x_forwarded_for [$time_local] $status", "\"x\" [" AT "] 200",
         TS " status=200 forwarded=\"x\""},
    };
    CHECK(v);
}

static void what_cannot_be_told_apart(void **state)
{
    (void)state;
    static const struct {
        enum pmt_dialect dialect;
        const char *format;
        size_t column;
        const char *why;
    } v[] = {
        {PMT_DIALECT_NGINX, "$status$body_bytes_sent", 7, "without a literal"},
        {PMT_DIALECT_NGINX, "$request_uri$host", 12, "without a literal"},
        {PMT_DIALECT_NGINX, "$status $http_user_agent $remote_addr $host", 25, "hold blanks"},
        {PMT_DIALECT_NGINX, "$status $http_user_agent $host $remote_addr", 25, "hold blanks"},
        {PMT_DIALECT_NGINX, "$status $http_user_agent $request $msec", 25, "hold blanks"},
        {PMT_DIALECT_NGINX, "$status $upstream_addr, $request_time", 8, "list of upstreams"},
        {PMT_DIALECT_NGINX, "$status $upstream_addr:$upstream_response_time", 8,
         "list of upstreams"},
        {PMT_DIALECT_NGINX, "$status$ssl_cipher", 7, "without a literal"},
        {PMT_DIALECT_HAPROXY, "%ci %foo %ST", 4, "no variable %foo"},
        {PMT_DIALECT_HAPROXY, "%ci %Tams", 4, "no variable %Tams"},
        {PMT_DIALECT_HAPROXY, "%[date,ltime(%Y %G)] %ci %ST", 0, "how this date is written"},
        {PMT_DIALECT_APACHE, "%h %Z", 3, "no directive %Z"},
        {PMT_DIALECT_APACHE, "%h %{%Y %G}t", 3, "cannot be read back"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        const struct pmt_template *t;
        const char *why = "";
        size_t column = 0;
        assert_int_equal(pmt_template_check(v[i].dialect, v[i].format, &arena, &t, &why, &column),
                         -1);
        if (!strstr(why, v[i].why) || column != v[i].column)
            fail_msg("%s: %s at %zu", v[i].format, why, column);
    }
}

static void what_tells_nothing(void **state)
{
    (void)state;
    static const struct {
        enum pmt_dialect dialect;
        const char *format;
        bool fit;
    } v[] = {
        {PMT_DIALECT_NGINX, "$remote_addr [$time_local] \"$request\" $status", true},
        {PMT_DIALECT_NGINX, "$remote_addr [$time_local] \"$request\"", false},
        {PMT_DIALECT_NGINX, "$remote_addr $status", true},
        {PMT_DIALECT_NGINX, "$remote_addr $http_user_agent", false},
        {PMT_DIALECT_NGINX, "$remote_addr $protocol $bytes_sent $session_time", true},
        {PMT_DIALECT_HAPROXY, "%ci:%cp [%t] %ft %b/%s %ts", true},
        {PMT_DIALECT_HAPROXY, "%ci:%cp [%t] %ft %b/%s", false},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        const struct pmt_template *t;
        const char *why;
        assert_int_equal(pmt_template_compile(v[i].dialect, v[i].format, &arena, &t, &why), 0);
        assert_int_equal(pmt_template_unfit(t) == NULL, v[i].fit);
    }
}

/* Long lines of what the search stops at. */
static void hostile_length(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    static const char *const fills[] = {" ", "\" ", "\",\"", "a ", " HTTP/", ", "};
    const struct pmt_template *t;
    const char *why;
    char *line = malloc(N);
    assert_int_equal(pmt_template_compile(PMT_DIALECT_NGINX,
                                          "$a $b \"$c\" $d \"$request\" $http_user_agent $status "
                                          "\"$e\",\"$f\"",
                                          &arena, &t, &why),
                     0);
    for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
        struct pmt_record rec;
        struct pmt_reject reject;
        size_t m = strlen(fills[i]), n = 0;
        for (; n + m <= N; n += m)
            memcpy(line + n, fills[i], m);
        assert_int_equal(read_line(t, line, n, &rec, &reject), PMT_FOREIGN);
        assert_int_equal(read_line(t, line, 16000, &rec, &reject), PMT_FOREIGN);
    }
    free(line);
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
        cmocka_unit_test(nginx),
        cmocka_unit_test(nginx_json),
        cmocka_unit_test(haproxy),
        cmocka_unit_test(apache),
        cmocka_unit_test(what_may_be_missed),
        cmocka_unit_test(another_formats_lines),
        cmocka_unit_test(what_cannot_be_told_apart),
        cmocka_unit_test(what_tells_nothing),
        cmocka_unit_test(hostile_length),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
