/* elb.c - access logs of Amazon's load balancers.
 *
 * Application Load Balancer (docs.aws.amazon.com, Access logs for your Application Load Balancer,
 * Access log entries); the newest fields come last and may lack:
 *
 *   type time elb client:port target:port request_processing_time target_processing_time
 *   response_processing_time elb_status_code target_status_code received_bytes sent_bytes
 *   "request" "user_agent" ssl_cipher ssl_protocol target_group_arn ...
 *
 * Classic: the same from the time on, up to ssl_protocol. The time is when the answer was sent to
 * the client, in UTC. Times are seconds, -1 for a request that no target got. The request's target
 * is the whole URL; what stands in it is escaped, a quote is never raw.
 */
#include "access_json.h"

#include "nginx_access.h"

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

/* "http ", "https ", "h2 ", "grpcs ", "ws ", "wss ". */
static void skip_type(struct pmt_cursor *c)
{
    static const char *const types[] = {"http ", "https ", "h2 ", "grpcs ", "grpc ", "ws ", "wss "};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (pmt_cur_lit(c, types[i]))
            return;
}

/* "0.001", "-1"; *ret is -1 then. */
static bool read_seconds(struct pmt_cursor *c, int64_t *ret)
{
    struct pmt_slice word;
    int64_t us;
    if (!pmt_cur_until(c, ' ', &word))
        return false;
    *ret = -1;
    if (pmt_slice_is(word, "-1") || pmt_slice_is(word, "-"))
        return true;
    if (!pmt_slice_seconds(word, &us))
        return false;
    *ret = us;
    return true;
}

/* "http://shop.example:80/a?b=1" */
static void split_url(struct pmt_record *r)
{
    struct pmt_cursor c = pmt_cursor(r->path);
    struct pmt_slice scheme, host;
    if (!r->path.n || !pmt_cur_until_lit(&c, "://", &scheme) || !pmt_cur_until(&c, '/', &host))
        return;
    r->vhost = host;
    r->path = pmt_slice(c.p - 1, (size_t)(c.end - c.p) + 1);
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice trimmed = pmt_slice_trim(line), name, client, target, code, request, agent;
    struct pmt_cursor c = pmt_cursor(trimmed);
    struct pmt_record r = *rec;
    int64_t before, answer, after, received;
    skip_type(&c);
    if (!pmt_read_iso_stamp(&c, &r.own) || r.own.how != PMT_STAMP_ZONED || !pmt_cur_char(&c, ' '))
        return foreign(why, "no time of a load balancer", (size_t)(c.p - line.p));
    if (!pmt_cur_until(&c, ' ', &name) || !pmt_cur_until(&c, ' ', &client) ||
        !memchr(client.p, ':', client.n) || !pmt_cur_until(&c, ' ', &target))
        return foreign(why, "no client and target", (size_t)(c.p - line.p));
    if (!read_seconds(&c, &before) || !read_seconds(&c, &answer) || !read_seconds(&c, &after))
        return foreign(why, "no processing times", (size_t)(c.p - line.p));
    struct pmt_slice status = pmt_slice(c.p, 3);
    if (!(pmt_cur_lit(&c, "- ") ||
          (pmt_cur_digits(&c, 3, 3, &r.status) && pmt_cur_char(&c, ' '))) ||
        !pmt_cur_until(&c, ' ', &code) || !pmt_cur_digits(&c, 1, 18, &received) ||
        !pmt_cur_char(&c, ' ') || !pmt_cur_digits(&c, 1, 18, &r.bytes) || !pmt_cur_lit(&c, " \"") ||
        !pmt_cur_until(&c, '"', &request))
        return foreign(why, "no status, sizes and request", (size_t)(c.p - line.p));
    r.client = pmt_json_address(client).n ? pmt_json_address(client) : PMT_NO_SLICE;
    r.upstream = pmt_slice_is(target, "-") ? PMT_NO_SLICE : target;
    r.upstream_status = pmt_slice_is(code, "-") ? PMT_NO_SLICE : code;
    r.upstream_logged = code.n == 3 && r.status >= 0 && pmt_slice_eq(code, status);
    r.duration_us = before >= 0 && answer >= 0 && after >= 0 ? before + answer + after : -1;
    r.latency_us = answer;
    pmt_nginx_request_line(request, &r);
    split_url(&r);
    bool tcp = pmt_slice_starts(request, "- - -");
    r.kind = tcp ? PMT_OTHER : PMT_HTTP_REQUEST;
    r.layer = tcp ? PMT_LAYER_NONE : PMT_LAYER_NGINX;
    if (pmt_cur_lit(&c, " \"") && pmt_cur_until(&c, '"', &agent)) {
        r.agent_logged = true;
        r.agent = pmt_slice_is(agent, "-") ? PMT_NO_SLICE : agent;
    }
    *rec = r;
    return PMT_RECORD;
}

#define SAID                                                                                       \
    "kind=http_request | ts=2022-02-26T09:00:07.118641Z | client_ip=198.51.100.7 | "               \
    "method=GET | path=/a?b=1 | vhost=shop.example:80 | "

static const struct pmt_sample samples[] = {
    {"http 2022-02-26T09:00:07.118641Z app/shop/50dc6c495c0c9188 198.51.100.7:2817 192.0.2.8:80 "
     "0.000 0.031 0.001 502 502 34 366 \"GET http://shop.example:80/a?b=1 HTTP/1.1\" \"curl/8.1\" "
     "- "
     "- arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop/73e2 \"Root=1-5833\" \"-\" \"-\""
     " 0 "
     "2022-02-26T09:00:07.086000Z \"forward\" \"-\" \"-\" \"192.0.2.8:80\" \"502\" \"-\" \"-\"",
     PMT_RECORD,
     SAID "status=502 | upstream=192.0.2.8:80 | upstream_status=502 | bytes=366 | "
          "request_time_ms=32 | agent=curl/8.1"},
    {"h2 2022-02-26T09:00:07.118641Z app/shop/50dc6c495c0c9188 198.51.100.7:2817 - -1 -1 -1 503 - "
     "34 "
     "366 \"GET https://shop.example:80/a?b=1 HTTP/2.0\" \"-\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2",
     PMT_RECORD, SAID "status=503 | upstream=- | upstream_status=- | agent=-"},
    {"2022-02-26T09:00:07.118641Z shop 198.51.100.7:2817 192.0.2.8:80 0.000073 0.001048 0.000057 2"
     "00 "
     "200 0 29 \"GET http://shop.example:80/a?b=1 HTTP/1.1\" \"curl/8.1\" - -",
     PMT_RECORD, SAID "status=200 | bytes=29 | request_time_ms=1"},
    {"2022-02-26T09:00:07.118641Z shop 198.51.100.7:2817 192.0.2.8:5432 0.001069 0.000028 0.000041"
     " - "
     "- 82 305 \"- - - \" \"-\" - -",
     PMT_RECORD, "kind=other | client_ip=198.51.100.7 | status=- | bytes=305 | method=-"},
    {"http 2022-02-26T25:00:07.118641Z app/shop/50dc 198.51.100.7:2817 - -1 -1 -1 503 - 34 366 \"G"
     "ET "
     "http://shop.example/ HTTP/1.1\" \"-\" - -",
     PMT_FOREIGN, ""},
    {"http 2022-02-26T09:00:07.118641Z app/shop/50dc 198.51.100.7:2817 - -1 -1 -1 503 - 34",
     PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_elb = {
    .name = "aws-elb",
    .summary = "access logs of Amazon's application and classic load balancers",
    .layer = PMT_LAYER_NGINX,
    .programs = NULL,
    .parse = parse,
    .parse_message = NULL,
    .samples = samples,
};
