/* template.c - the template compiler and its programs: "<dialect><format>\n<line>\n<line>...".
 *
 * Any format is compiled or refused with a reason; what was compiled runs over any line, leaves
 * the record alone when the line is foreign, and what it leaves over is the end of the line.
 */
#include "fuzz.h"

#include "pmt/scratch.h"
#include "pmt/template.h"

const unsigned fuzz_places = 64;

static void run_line(const struct pmt_template *t, struct pmt_slice line)
{
    struct pmt_record r, before;
    struct pmt_reject why = {NULL, 0};
    struct pmt_slice rest = PMT_NO_SLICE;
    pmt_record_clear(&before);
    r = before;
    enum pmt_verdict v = pmt_template_run_rest(t, line, &r, &why, &rest);
    FUZZ_CHECK(v == PMT_RECORD || v == PMT_FOREIGN || v == PMT_SILENT);
    if (v == PMT_FOREIGN) {
        FUZZ_CHECK(why.why && why.column <= line.n);
        FUZZ_CHECK(r.status == before.status && !r.path.p && !r.client.p && r.bytes == -1 &&
                   r.own.how == PMT_STAMP_NONE && r.kind == before.kind);
        return;
    }
    if (pmt_slice_ends(line, "\r"))
        line.n--;
    FUZZ_CHECK(!rest.n || rest.p + rest.n == line.p + line.n);
    FUZZ_CHECK(!r.path.n || (r.path.p >= line.p && r.path.p + r.path.n <= line.p + line.n));
    FUZZ_CHECK(!r.client.n || (r.client.p >= line.p && r.client.p + r.client.n <= line.p + line.n));
    FUZZ_CHECK(r.status >= -1 && r.bytes >= -1 && r.duration_us >= -1);
}

static bool is_within(struct pmt_slice s, struct pmt_slice line)
{
    return !s.n || (s.p >= line.p && s.p + s.n <= line.p + line.n) || pmt_scratch_holds(s);
}

/* The same line as one of a site's own format: the whole of it, or none. */
static void run_whole(const struct pmt_template *t, struct pmt_slice line)
{
    struct pmt_record r, before;
    struct pmt_reject why = {NULL, 0};
    pmt_record_clear(&before);
    r = before;
    enum pmt_verdict v = pmt_template_run_whole(t, line, &r, &why);
    FUZZ_CHECK(v == PMT_RECORD || v == PMT_FOREIGN);
    if (v == PMT_FOREIGN) {
        FUZZ_CHECK(why.why && why.column <= line.n);
        FUZZ_CHECK(memcmp(&r, &before, sizeof r) == 0);
        return;
    }
    FUZZ_CHECK(is_within(r.path, line) && is_within(r.client, line) && is_within(r.agent, line) &&
               is_within(r.upstream, line) && is_within(r.message, line));
    FUZZ_CHECK(!r.client.n || !memchr(r.client.p, ' ', r.client.n));
    FUZZ_CHECK(r.status == -1 || r.status == 0 || (r.status >= 100 && r.status <= 999));
    FUZZ_CHECK(r.bytes >= -1 && r.duration_us >= -1 && r.latency_us >= -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct pmt_cursor c = pmt_cursor(pmt_slice((const char *)data + 1, size - 1));
    struct pmt_slice format;
    if (!pmt_cur_until(&c, '\n', &format))
        return 0;
    struct pmt_arena arena = {0};
    const struct pmt_template *t = NULL;
    const char *why = NULL;
    char *text = pmt_arena_copy(&arena, format).n ? pmt_arena_printf(&arena, "%.*s",
                                                                     PMT_FMT(format)) : "";
    if (pmt_template_compile((enum pmt_dialect)(data[0] % 3), text, &arena, &t, &why)) {
        FUZZ_CHECK(!t && why && *why);
    } else {
        FUZZ_CHECK(t);
        for (int k = 0; k < 8 && !pmt_cur_end(&c); k++) {
            struct pmt_slice line;
            if (!pmt_cur_until(&c, '\n', &line)) {
                line = pmt_cur_rest(&c);
                c.p = c.end;
            }
            run_line(t, line);
            run_whole(t, line);
        }
    }
    pmt_arena_fini(&arena);
    return 0;
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    static const char *const seeds[] = {
        /* dialect 0: nginx log_format */
        "0$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
        "\"$http_referer\" \"$http_user_agent\" rt=$request_time ua=\"$upstream_addr\"\n"
        "203.0.113.7 - - [26/Feb/2022:12:00:07 +0300] \"GET /cart?x=1 HTTP/1.1\" 502 157 \"-\" "
        "\"Mozilla/5.0\" rt=0.004 ua=\"10.0.0.11:8080\"\n",
        "0{\"t\":\"$time_iso8601\",\"c\":\"$remote_addr\",\"r\":\"$request_method $request_uri\","
        "\"s\":$status,\"d\":$request_time,\"u\":\"$upstream_status\"}\n"
        "{\"t\":\"2022-02-26T12:00:07+03:00\",\"c\":\"2001:db8::7\",\"r\":\"GET /\",\"s\":200,"
        "\"d\":1.5,\"u\":\"502, 200\"}\n",
        "0$msec|${host}|$scheme|$request_uri|$status|$bytes_sent|$http_x_forwarded_for\n"
        "1645866007.123|shop.example|https|/a%20b|499|0|198.51.100.4, 10.0.0.5\n",
        /* dialect 1: HAProxy log-format */
        "1%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc "
        "%sq/%bq %hr %hs %{+Q}r\n"
        "203.0.113.7:51234 [26/Feb/2022:12:00:07.123] shop~ app/web-01 0/0/1/4/5 200 612 - - ---- "
        "1/1/0/0/0 0/0 {agent|host} {x} \"GET / HTTP/1.1\"\n",
        "1%[src] %{+E}[capture.req.hdr(0)] %Tt %HM %HU %ST %t\n"
        "203.0.113.7 x\\]y 17 POST /pay 503 26/Feb/2022:12:00:07.123\n",
        "1%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq\n"
        "203.0.113.7:51234 [26/Feb/2022:12:00:07.123] db db/pg-1 0/0/5007 212 -- 1/1/0/0/0 0/0\n",
        /* dialect 2: Apache LogFormat */
        "2%h %l %u %t \\\"%r\\\" %>s %b \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\" %D\n"
        "203.0.113.7 - bob [26/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.0\" 200 12 \"-\" "
        "\"curl/7.88\" 1234\n",
        "2%v:%p %a %{%Y-%m-%dT%H:%M:%S%z}t %m %U%q %s %O %{ms}T\n"
        "shop.example:443 203.0.113.7 2022-02-26T12:00:07+0300 GET /x?y 404 199 12\n",
        "0$http_x_forwarded_for [$date_gmt] $scheme://$host$request_uri $request $status "
        "$http_user_agent $request_time $upstream_addr,$upstream_response_time\n"
        "203.0.113.9, 192.0.2.3 [Saturday, 26-Feb-2022 09:00:07 GMT] https://shop.example/a GET "
        "/a b HTTP/1.1 502 Mozilla/5.0 (X11; 5 x) 0.123 192.0.2.81:80, 192.0.2.82:80,0.1, -\n",
        "1%{+json}o %(c)ci %(t)tr %(s:sint)ST %(r){+Q}r %(be)b %(d)[accept_date(ms)]\n"
        "{\"c\": \"192.0.2.7\", \"t\": \"26/Feb/2022:12:00:07.118\", \"s\": 503, \"r\": \"GET "
        "/\\\"a HTTP/1.1\", \"be\": null, \"d\": 1645866007118}\n",
        "1%[request_date,utime(\"%Y-%m-%d %H:%M:%S\")] %Ts.%ms %[src]:%[src_port] %[status]\n"
        "2022-02-26 09:00:07 1645866007.118 2001:db8::7:1 200\n",
        "2[%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t] %{end:usec}t %h%v%U%q %>s %{us}T %^FB\n"
        "[26/Feb/2022 12:00:07.123 +0300] 1645866007123456 hshop.example/a?b 200 5 -\n",
        "2[%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t] %{end:usec}t %h %v%U%q %>s %{us}T %^FB\n"
        "[26/Feb/2022 12:00:07.123 +0300] 1645866007123456 192.0.2.7 shop.example/a?b 200 5 -\n",
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        use(ctx, seeds[i], strlen(seeds[i]));
}
