/* access_json.c - access logs written as one JSON object per line.
 *
 * nginx has had `log_format ... escape=json` since 1.11.8; the object is the site's own, and nearly
 * always names its members after nginx's variables:
 *
 *   {"time_iso8601":"2022-02-26T12:00:07+03:00","remote_addr":"198.51.100.7",
 *    "request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":"2750","request_time":"0.031"}
 *
 * Only the members of the outer object are looked at, in any order, values as strings or numbers.
 * A line is a request when it has a time, a client, a status of three digits, and "request" or a
 * path: an application's own JSON has no client. Values stay as they are logged, escapes too.
 */
#include "nginx_access.h"

enum { MEMBERS_MAX = 128 }; /* more are not looked at */

enum member {
    TIME, MSEC, CLIENT, REQUEST, METHOD, PATH, STATUS, BYTES, ALL_BYTES, SECONDS, UPSTREAM,
    UPSTREAM_STATUS, UPSTREAM_SECONDS, VHOST, AGENT, REFERRER, FORWARDED, MEMBERS
};

static const struct {
    const char *name;
    enum member member;
} names[] = {
    {"time_iso8601", TIME},         {"time_local", TIME},
    {"time", TIME},                 {"@timestamp", TIME},
    {"timestamp", TIME},            {"datetime", TIME},
    {"msec", MSEC},                 {"remote_addr", CLIENT},
    {"client_ip", CLIENT},          {"clientip", CLIENT},
    {"client", CLIENT},             {"remote_ip", CLIENT},
    {"request", REQUEST},           {"request_method", METHOD},
    {"method", METHOD},             {"request_uri", PATH},
    {"uri", PATH},                  {"path", PATH},
    {"url", PATH},                  {"responsetime", SECONDS},
    {"upstreamhost", UPSTREAM},     {"xff", FORWARDED},
    {"status", STATUS},             {"body_bytes_sent", BYTES},
    {"bytes_sent", ALL_BYTES},      {"bytes", ALL_BYTES},
    {"size", ALL_BYTES},            {"request_time", SECONDS},
    {"upstream_addr", UPSTREAM},    {"upstream_status", UPSTREAM_STATUS},
    {"host", VHOST},                {"http_host", VHOST},
    {"server_name", VHOST},         {"vhost", VHOST},
    {"http_user_agent", AGENT},     {"user_agent", AGENT},
    {"agent", AGENT},               {"http_referer", REFERRER},
    {"http_referrer", REFERRER},    {"referer", REFERRER},
    {"referrer", REFERRER},         {"http_x_forwarded_for", FORWARDED},
    {"x_forwarded_for", FORWARDED}, {"upstream_response_time", UPSTREAM_SECONDS},
};

/* ---- JSON ---------------------------------------------------------------------------------- */

static void skip_space(struct pmt_cursor *c)
{
    while (!pmt_cur_end(c) && (*c->p == ' ' || *c->p == '\t'))
        c->p++;
}

/* A string behind its opening quote, as it stands. */
static bool read_string(struct pmt_cursor *c, struct pmt_slice *ret)
{
    const char *from = c->p;
    while (!pmt_cur_end(c) && *c->p != '"')
        c->p += *c->p == '\\' && c->end - c->p > 1 ? 2 : 1;
    *ret = pmt_slice(from, (size_t)(c->p - from));
    return pmt_cur_char(c, '"');
}

/* Over an array or an object inside the outer one. */
static bool skip_nested(struct pmt_cursor *c)
{
    struct pmt_slice ignored;
    size_t depth = 0;
    do {
        char ch = *c->p++;
        if (ch == '"' && !read_string(c, &ignored))
            return false;
        if (ch == '{' || ch == '[')
            depth++;
        else if (ch == '}' || ch == ']')
            depth--;
    } while (depth && !pmt_cur_end(c));
    return !depth;
}

/* A string's content or a bare word; absent for what is neither. */
static bool read_value(struct pmt_cursor *c, struct pmt_slice *ret)
{
    *ret = PMT_NO_SLICE;
    if (pmt_cur_end(c))
        return false;
    if (*c->p == '{' || *c->p == '[')
        return skip_nested(c);
    if (pmt_cur_char(c, '"'))
        return read_string(c, ret);
    const char *from = c->p;
    while (!pmt_cur_end(c) && !memchr(",} \t", *c->p, 4))
        c->p++;
    *ret = pmt_slice(from, (size_t)(c->p - from));
    return ret->n;
}

static void take(struct pmt_slice name, struct pmt_slice value, struct pmt_slice *found)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pmt_slice_is(name, names[i].name)) {
            if (!found[names[i].member].p)
                found[names[i].member] = value;
            return;
        }
}

static bool read_object(struct pmt_cursor *c, struct pmt_slice *found)
{
    struct pmt_slice name, value;
    if (!pmt_cur_char(c, '{'))
        return false;
    for (int i = 0; i < MEMBERS_MAX; i++) {
        skip_space(c);
        if (!pmt_cur_char(c, '"') || !read_string(c, &name))
            return false;
        skip_space(c);
        if (!pmt_cur_char(c, ':'))
            return false;
        skip_space(c);
        if (!read_value(c, &value))
            return false;
        take(name, value, found);
        skip_space(c);
        if (!pmt_cur_char(c, ','))
            return pmt_cur_char(c, '}');
    }
    return true;
}

/* ---- values -------------------------------------------------------------------------------- */

/* "1645866007.118": nginx's $msec. */
static bool read_epoch(struct pmt_slice s, struct pmt_stamp *ret)
{
    int64_t seconds, part;
    if (!s.n)
        return false;
    struct pmt_cursor c = pmt_cursor(s);
    if (!pmt_cur_digits(&c, 9, 10, &seconds) || !pmt_cur_char(&c, '.') ||
        !pmt_cur_digits(&c, 3, 3, &part) || !pmt_cur_end(&c))
        return false;
    *ret = (struct pmt_stamp){
        .wall = seconds * PMT_SECOND + part * 1000, .how = PMT_STAMP_ZONED, .decimals = 3,
        .universal = true};
    return true;
}

static bool read_time(const struct pmt_slice *found, struct pmt_stamp *ret)
{
    if (read_epoch(found[MSEC], ret) || read_epoch(found[TIME], ret))
        return true;
    if (!found[TIME].n)
        return false;
    struct pmt_cursor c = pmt_cursor(found[TIME]);
    return (pmt_read_iso_stamp(&c, ret) || pmt_read_clf_stamp(&c, ret)) && pmt_cur_end(&c);
}

static struct pmt_slice text(struct pmt_slice s)
{
    return s.n && !pmt_slice_is(s, "-") && !pmt_slice_is(s, "null") ? s : PMT_NO_SLICE;
}

static int64_t number(struct pmt_slice s)
{
    int64_t v;
    return s.n && pmt_slice_int(s, &v) && v >= 0 ? v : -1;
}

static void put(const struct pmt_slice *found, struct pmt_record *r)
{
    struct pmt_slice bytes = found[BYTES].p ? found[BYTES] : found[ALL_BYTES];
    int64_t us = -1;
    r->client = text(found[CLIENT]);
    if (pmt_slice_is(r->client, "unix:"))
        r->client = PMT_NO_SLICE;
    if (!r->method.p) {
        r->method = text(found[METHOD]);
        r->path = text(found[PATH]);
    }
    r->bytes = number(bytes);
    pmt_slice_seconds_sum(found[UPSTREAM_SECONDS], &r->latency_us);
    bool own = found[SECONDS].n && pmt_slice_seconds(found[SECONDS], &us);
    r->duration_us = own ? us : r->latency_us;
    r->upstream = text(found[UPSTREAM]);
    r->upstream_status = text(found[UPSTREAM_STATUS]);
    r->upstream_logged = found[UPSTREAM].p || found[UPSTREAM_STATUS].p;
    r->vhost = text(found[VHOST]);
    r->agent_logged = found[AGENT].p;
    r->agent = text(found[AGENT]);
    r->referrer = text(found[REFERRER]);
    r->forwarded_for = text(found[FORWARDED]);
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice found[MEMBERS] = {{NULL, 0}}, trimmed = pmt_slice_trim(line);
    struct pmt_cursor c = pmt_cursor(trimmed);
    struct pmt_record r = *rec;
    *why = (struct pmt_reject){"no JSON object", 0};
    if (!trimmed.n || !read_object(&c, found)) {
        why->column = trimmed.n ? (size_t)(c.p - line.p) : 0;
        return PMT_FOREIGN;
    }
    why->why = "a JSON object, but not one request of an access log";
    if (found[STATUS].n != 3 || (r.status = number(found[STATUS])) < 0 || !found[CLIENT].p ||
        !read_time(found, &r.own) || !(found[REQUEST].p || found[PATH].n))
        return PMT_FOREIGN;
    if (found[REQUEST].n)
        pmt_nginx_request_line(found[REQUEST], &r);
    r.kind = PMT_HTTP_REQUEST;
    r.layer = PMT_LAYER_NGINX;
    put(found, &r);
    *rec = r;
    return PMT_RECORD;
}

static const char *const programs[] = {"nginx", "nginx_access", NULL};

#define TS "kind=http_request | ts=2022-02-26T12:00:07"

static const struct pmt_sample samples[] = {
    {"{\"time_iso8601\":\"2022-02-26T12:00:07+03:00\",\"remote_addr\":\"198.51.100.7\","
     "\"request\":\"GET /a?b=1 HTTP/1.1\",\"status\":\"502\",\"body_bytes_sent\":\"157\","
     "\"request_time\":\"0.031\",\"upstream_addr\":\"192.0.2.8:80\",\"upstream_status\":\"502\","
     "\"http_user_agent\":\"x \\\"y\\\"\",\"http_referer\":\"\",\"host\":\"shop.example\"}",
     PMT_RECORD,
     TS "+03:00 | client_ip=198.51.100.7 | method=GET | path=/a?b=1 | status=502 | bytes=157 | "
        "request_time_ms=31 | upstream=192.0.2.8:80 | upstream_status=502 | referrer=- | "
        "agent=x \\\"y\\\" | vhost=shop.example"},
    {"{ \"@timestamp\": \"2022-02-26T12:00:07.118Z\", \"method\": \"POST\", \"uri\": \"/pay\", "
     "\"status\": 200, \"bytes\": 12, \"geo\": {\"status\": 1, \"x\": [\"}\"]}, \"client_ip\": "
     "\"2001:db8::7\" }",
     PMT_RECORD,
     TS ".118Z | client_ip=2001:db8::7 | method=POST | path=/pay | status=200 | bytes=12 | "
        "upstream=-"},
    {"{\"time_local\":\"26/Feb/2022:12:00:07 +0300\",\"msec\":1645866007.118,\"request\":\"\","
     "\"status\":400,\"remote_addr\":\"unix:\"}",
     PMT_RECORD,
     "kind=http_request | ts=2022-02-26T09:00:07.118Z | status=400 | method=- | client_ip=- | "
     "bytes=-"},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"level\":\"error\",\"status\":200,\"msg\":\"no\"}",
     PMT_FOREIGN, ""},
    {"{\"@timestamp\":\"2022-02-26T12:00:07+03:00\",\"clientip\":\"198.51.100.7\",\"size\":157,"
     "\"responsetime\":0.031,\"upstreamhost\":\"192.0.2.8:80\",\"url\":\"/a\",\"status\":\"200\"}",
     PMT_RECORD,
     TS "+03:00 | client_ip=198.51.100.7 | method=- | path=/a | bytes=157 | request_time_ms=31 | "
        "upstream=192.0.2.8:80"},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"method\":\"GET\",\"path\":\"/\",\"status\":504,"
     "\"remote_addr\":\"192.0.2.1\",\"upstream_response_time\":\"60.001, 0.004\"}",
     PMT_RECORD, TS "Z | method=GET | path=/ | status=504 | request_time_ms=60005"},
    {"{\"request\":\"GET / HTTP/1.1\",\"status\":200,\"remote_addr\":\"192.0.2.1\"}", PMT_FOREIGN,
     ""},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"method\":\"GET\",\"path\":\"/\",\"status\":200,"
     "\"controller\":\"cart\"}",
     PMT_FOREIGN, ""},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"request\":\"GET / HTTP/1.1\",\"status\":\"ok\","
     "\"remote_addr\":\"192.0.2.1\"}",
     PMT_FOREIGN, ""},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"request\":\"GET / HT", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_access_json = {
    .name = "access-json",
    .summary = "access log with one JSON object per line, named after nginx's variables",
    .layer = PMT_LAYER_NGINX,
    .programs = programs,
    .parse = parse,
    .parse_message = parse,
    .samples = samples,
};
