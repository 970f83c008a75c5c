/* envoy.c - the access log of Envoy and Istio as text.
 *
 * Envoy's default format (envoyproxy.io, Access logging, Default format):
 *
 *   [%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE%
 *   %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION%
 *   %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"
 *   "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"
 *
 * Istio's (istio.io, Envoy Access Logs) has between flags and bytes, by version, what Mixer said,
 * or %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% and a quoted reason of the transport;
 * and behind it
 *
 *   %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS%
 *   %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%
 *
 * Times are milliseconds. A code of 0 is an answer that never began; with "- - -" for a request it
 * is a TCP session. Clients choose the user agent, so what stands behind it is read from the end.
 */
#include "access_json.h"

#include "nginx_access.h"

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

static struct pmt_slice said(struct pmt_slice s)
{
    return s.n && !pmt_slice_is(s, "-") ? s : PMT_NO_SLICE;
}

/* A word, or what stands between quotes; with the blank behind it. */
static bool read_token(struct pmt_cursor *c, struct pmt_slice *ret)
{
    if (pmt_cur_char(c, '"'))
        return pmt_cur_until(c, '"', ret) && (pmt_cur_end(c) || pmt_cur_char(c, ' '));
    if (pmt_cur_until(c, ' ', ret))
        return true;
    *ret = pmt_cur_rest(c);
    c->p = c->end;
    return ret->n;
}

/* "0 135 4 3" or "0 135 4 -", the sizes and times, perhaps behind a few words of Istio's. */
static bool read_numbers(struct pmt_cursor *c, struct pmt_slice *details, int64_t *sent,
                         int64_t *duration, int64_t *upstream)
{
    enum { WORDS_BEFORE = 5 };
    for (int i = 0; i < WORDS_BEFORE; i++) {
        struct pmt_cursor t = *c;
        int64_t received;
        *upstream = -1;
        if (pmt_cur_digits(&t, 1, 18, &received) && pmt_cur_char(&t, ' ') &&
            pmt_cur_digits(&t, 1, 18, sent) && pmt_cur_char(&t, ' ') &&
            pmt_cur_digits(&t, 1, 15, duration) && pmt_cur_char(&t, ' ') &&
            (pmt_cur_lit(&t, "- ") ||
             (pmt_cur_digits(&t, 1, 15, upstream) && pmt_cur_char(&t, ' ')))) {
            *c = t;
            return true;
        }
        struct pmt_slice word;
        if (!read_token(c, &word))
            return false;
        if (!i)
            *details = word;
    }
    return false;
}

/* The quoted text that ends at the cursor's end, which goes back before it. */
static bool read_last(struct pmt_cursor *c, struct pmt_slice *ret)
{
    const char *end = c->end;
    if (c->p == end || end[-1] != '"')
        return false;
    const char *open = --end;
    while (open > c->p && open[-1] != '"')
        open--;
    if (open == c->p)
        return false;
    *ret = pmt_slice(open, (size_t)(end - open));
    c->end = open - 1;
    if (c->end > c->p && c->end[-1] == ' ')
        c->end--;
    return true;
}

/* "192.0.2.8:80", "tcp://192.0.2.8:80", "envoy://internal_client_address/". */
static struct pmt_slice upstream_of(struct pmt_slice s)
{
    struct pmt_cursor c = pmt_cursor(s);
    struct pmt_slice ignored;
    if (s.n && pmt_cur_until_lit(&c, "://", &ignored))
        return said(pmt_cur_rest(&c));
    return said(s);
}

/* What Istio adds: cluster, upstream local, downstream local, downstream remote. */
static void put_istio(struct pmt_slice words, struct pmt_record *r)
{
    struct pmt_cursor c = pmt_cursor(words);
    struct pmt_slice word;
    for (int i = 0; i < 4 && read_token(&c, &word); i++) {
        if (i == 0)
            r->backend = said(word);
        else if (i == 3 && pmt_json_address(word).n)
            r->client = pmt_json_address(word);
    }
}

static void put_headers(struct pmt_cursor c, struct pmt_record *r)
{
    struct pmt_slice id, authority, upstream, rest = pmt_cur_rest(&c), forwarded, words;
    const char *end = rest.p + rest.n;
    while (end > rest.p && end[-1] != '"')
        end--;
    words = pmt_slice_trim(pmt_slice(end, (size_t)(rest.p + rest.n - end)));
    c.end = end;
    if (pmt_cur_char(&c, '"') && pmt_cur_until_lit(&c, "\" ", &forwarded)) {
        r->forwarded_for = said(forwarded);
        const char *comma = forwarded.n ? memchr(forwarded.p, ',', forwarded.n) : NULL;
        if (comma)
            forwarded.n = (size_t)(comma - forwarded.p);
        struct pmt_slice client = pmt_json_address(pmt_slice_trim(forwarded));
        r->client = client.n ? client : PMT_NO_SLICE;
    }
    if (!read_last(&c, &upstream) || !read_last(&c, &authority) || !read_last(&c, &id))
        return;
    r->upstream = upstream_of(upstream);
    r->vhost = said(authority);
    r->agent_logged = true;
    if (c.end - c.p >= 2 && *c.p == '"' && c.end[-1] == '"')
        r->agent = said(pmt_slice(c.p + 1, (size_t)(c.end - c.p) - 2));
    put_istio(words, r);
}

static bool read_code(struct pmt_cursor *c, int64_t *ret)
{
    const char *from = c->p;
    return pmt_cur_digits(c, 1, 3, ret) && (c->p - from == 3 || *ret == 0) && pmt_cur_char(c, ' ');
}

static bool is_flags(struct pmt_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < 'A' || s.p[i] > 'Z') && s.p[i] != ',')
            return false;
    return s.n;
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice trimmed = pmt_slice_trim(line), request, flags, details = PMT_NO_SLICE;
    struct pmt_cursor c = pmt_cursor(trimmed);
    struct pmt_record r = *rec;
    int64_t code, sent, duration, upstream;
    if (!pmt_cur_char(&c, '[') || !pmt_read_iso_stamp(&c, &r.own) || !pmt_cur_lit(&c, "] \""))
        return foreign(why, "no time in brackets at the start", 0);
    if (!pmt_cur_until_lit(&c, "\" ", &request) || !read_code(&c, &code))
        return foreign(why, "no code behind the request", (size_t)(c.p - line.p));
    if (!pmt_cur_until(&c, ' ', &flags) || !(pmt_slice_is(flags, "-") || is_flags(flags)))
        return foreign(why, "no response flags behind the code", (size_t)(c.p - line.p));
    if (!read_numbers(&c, &details, &sent, &duration, &upstream))
        return foreign(why, "no sizes and times behind the flags", (size_t)(c.p - line.p));
    bool tcp = !code && pmt_slice_starts(request, "- ");
    r.kind = tcp ? PMT_OTHER : PMT_HTTP_REQUEST;
    r.layer = tcp ? PMT_LAYER_NONE : PMT_LAYER_NGINX;
    r.start_known = true;
    if (!tcp) {
        r.status = code;
        pmt_nginx_request_line(request, &r);
    }
    r.termination = said(flags);
    r.bytes = sent;
    r.duration_us = duration * 1000;
    r.latency_us = upstream >= 0 ? upstream * 1000 : -1;
    put_headers(c, &r);
    /* Who gave the answer is sure only when Envoy says that the upstream did. */
    r.upstream_logged = pmt_slice_is(details, "via_upstream");
    if (r.upstream_logged && !tcp)
        r.upstream_status = pmt_slice(flags.p - 4, 3);
    *rec = r;
    return PMT_RECORD;
}

static const char *const programs[] = {"envoy", "istio-proxy", NULL};

#define AT "[2022-02-26T09:00:07.118Z] "
#define SAID "kind=http_request | ts=2022-02-26T09:00:07.118Z | method=GET | path=/a?b=1 | "

static const struct pmt_sample samples[] = {
    {AT "\"GET /a?b=1 HTTP/2\" 502 - 154 157 226 100 \"198.51.100.7, 192.0.2.9\" \"curl/8.1\" "
        "\"cc21d9b0\" \"shop.example\" \"tcp://192.0.2.8:80\"",
     PMT_RECORD,
     SAID "status=502 | bytes=157 | request_time_ms=226 | client_ip=198.51.100.7 | "
          "forwarded_for=198.51.100.7, 192.0.2.9 | agent=curl/8.1 | vhost=shop.example | "
          "upstream=192.0.2.8:80 | termination_state=-"},
    {AT "\"GET /a?b=1 HTTP/1.1\" 503 UH 0 19 0 - \"-\" \"q\" \"uo\" te\" \"cc21\" \"shop.example\" "
        "\"-\"",
     PMT_RECORD,
     SAID "status=503 | termination_state=UH | client_ip=- | upstream=- | agent=q\" \"uo\" te"},
    {AT "\"GET /a?b=1 HTTP/1.1\" 418 - via_upstream - \"-\" 0 135 4 3 \"-\" \"curl/8.1\" \"8496138"
     "6\" "
        "\"shop:8000\" \"192.0.2.8:80\" inbound|8000|| 127.0.0.6:41854 192.0.2.8:80 "
        "198.51.100.7:37652 outbound_.8000_._.shop default",
     PMT_RECORD,
     SAID "status=418 | bytes=135 | request_time_ms=4 | client_ip=198.51.100.7 | "
          "upstream=192.0.2.8:80 | upstream_status=418 | backend=inbound|8000|| | vhost=shop:8000"},
    {AT "\"GET /a?b=1 HTTP/1.1\" 503 UF,URX \"-\" \"TLS error: no peer certificate\" 0 91 2 - \"-"
     "\" "
        "\"-\" \"84961386\" \"shop\" \"[2001:db8::8]:80\" outbound|80||shop - 192.0.2.1:80 "
        "[2001:db8::7]:37652 - default",
     PMT_RECORD,
     SAID "status=503 | termination_state=UF,URX | client_ip=2001:db8::7 | agent=- | "
          "upstream=[2001:db8::8]:80 | backend=outbound|80||shop"},
    {AT "\"- - -\" 0 UF,URX - - \"-\" 0 0 10000 - \"-\" \"-\" \"-\" \"-\" \"192.0.2.8:5432\" "
        "outbound|5432||db - 192.0.2.1:5432 198.51.100.7:37652 - -",
     PMT_RECORD,
     "kind=other | ts=2022-02-26T09:00:07.118Z | status=- | client_ip=198.51.100.7 | "
     "upstream=192.0.2.8:5432 | termination_state=UF,URX"},
    {"[2022-02-30T09:00:07.118Z] \"GET / HTTP/2\" 200 - 0 1 2 3 \"-\" \"-\" \"-\" \"-\" \"-\"",
     PMT_FOREIGN, ""},
    {AT "\"GET / HTTP/2\" 20 - 0 1 2 3 \"-\" \"-\" \"-\" \"-\" \"-\"", PMT_FOREIGN, ""},
    {AT "\"GET / HTTP/2\" 200 - 0 1", PMT_FOREIGN, ""},
    {AT "text", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_envoy = {
    .name = "envoy",
    .summary = "access log of Envoy and Istio, their default text formats",
    .layer = PMT_LAYER_NGINX,
    .programs = programs,
    .parse = parse,
    .parse_message = parse,
    .samples = samples,
};
