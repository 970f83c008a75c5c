/* nginx_error.c - the error log of nginx.
 *
 * src/core/ngx_log.c, src/http/ngx_http_request.c (ngx_http_log_error_handler), and the stream and
 * mail modules:
 *
 *   YYYY/MM/DD HH:MM:SS [<level>] <pid>#<tid>: [*<connection> ]<text>[, client: <address>]
 *       [, server: <name>][, request: "<line>"][, subrequest: "<uri>"][, upstream: "<url>"]
 *       [, host: "<h>"][, referrer: "<r>"]
 *   nginx: [<level>] <text>                 stderr, before the log is open: no time
 *
 * Lines end at 2048 bytes wherever that falls. Nothing inside the quotes is escaped: <text> may
 * quote a decoded path or what an application wrote to stderr, the request and the referrer come
 * from the client, and each may hold quotes, commas and ", client: ". So the trailer is the first
 * ", client: " from which known keys follow each other up to the end of the line; what an
 * application says (FastCGI) is skipped before looking.
 */
#include "pmt/parser.h"

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

/* What the trailer holds; slices of the line. */
struct trailer {
    struct pmt_slice client, server, request, upstream, referrer;
};

static const char client_key[] = ", client: ";

/* What follows ", client: <address>"; behind the last two nothing of ours comes. */
enum key { SERVER, REQUEST, UPSTREAM, SUBREQUEST, HOST, LOGIN, REFERRER, REQUEST_ID, LAST };
static const struct {
    const char *text;
    enum key key;
} keys[] = {
    {", server: ", SERVER},          {", request: \"", REQUEST},   {", upstream: \"", UPSTREAM},
    {", subrequest: \"", SUBREQUEST}, {", host: \"", HOST},         {", login: \"", LOGIN},
    {", referrer: \"", REFERRER},    {", bytes from/to ", LAST},   {", packets from/to ", LAST},
    {", request_id: \"", REQUEST_ID},
};
enum { KEYS = sizeof keys / sizeof *keys };

/* True at the line's end or before a known key. */
static bool at_value_end(struct pmt_slice rest)
{
    for (size_t i = 0; rest.n && i < KEYS; i++)
        if (pmt_slice_starts(rest, keys[i].text))
            return true;
    return !rest.n;
}

/* A value up to its closing quote; without one the line was cut and the value ends there. False
 * when it runs into another trailer. */
static bool read_quoted(struct pmt_cursor *c, struct pmt_slice *ret)
{
    struct pmt_slice ignored, value = pmt_cur_rest(c);
    struct pmt_cursor t = *c;
    bool closed = false;
    while (!closed && pmt_cur_until(&t, '"', &ignored)) {
        closed = at_value_end(pmt_cur_rest(&t));
        if (closed)
            value.n = (size_t)(t.p - 1 - value.p);
    }
    if (pmt_slice_find(value, client_key))
        return false;
    c->p = closed ? t.p : c->end;
    *ret = value;
    return true;
}

/* A bare value: up to the comma. Addresses and server names hold neither blanks nor quotes. */
static bool read_bare(struct pmt_cursor *c, struct pmt_slice *ret)
{
    struct pmt_slice rest = pmt_cur_rest(c);
    const char *comma = rest.n ? memchr(rest.p, ',', rest.n) : NULL;
    if (comma)
        rest.n = (size_t)(comma - rest.p);
    if (rest.n && (memchr(rest.p, '"', rest.n) || memchr(rest.p, ' ', rest.n)))
        return false;
    c->p += rest.n;
    *ret = rest;
    return true;
}

/* It comes from the client and may hold anything, another trailer too: it ends with the line, but
 * for an id behind it. */
static bool read_referrer(struct pmt_cursor *c, struct pmt_slice *ret)
{
    struct pmt_slice value = pmt_cur_rest(c), before;
    struct pmt_cursor t = *c;
    if (pmt_cur_until_lit(&t, "\", request_id: \"", &before) &&
        !memchr(t.p, ' ', (size_t)(t.end - t.p)))
        value = before;
    else if (pmt_slice_ends(value, "\""))
        value.n--;
    c->p = c->end;
    *ret = value;
    return true;
}

/* One ", key: value", or the head of a key at the end of a cut line. */
static bool read_pair(struct pmt_cursor *c, struct trailer *t)
{
    struct pmt_slice rest = pmt_cur_rest(c), ignored;
    for (size_t i = 0; i < KEYS; i++) {
        if (rest.n < strlen(keys[i].text) && memcmp(rest.p, keys[i].text, rest.n) == 0) {
            c->p = c->end;
            return true;
        }
        if (!pmt_cur_lit(c, keys[i].text))
            continue;
        switch (keys[i].key) {
        case SERVER:
            return read_bare(c, &t->server);
        case REQUEST:
            return read_quoted(c, &t->request);
        case UPSTREAM:
            return read_quoted(c, &t->upstream);
        case SUBREQUEST:
        case HOST:
        case LOGIN:
        case REQUEST_ID: /* OpenResty's */
            return read_quoted(c, &ignored);
        case REFERRER:
            return read_referrer(c, &t->referrer);
        case LAST:
            c->p = c->end;
            return true;
        }
    }
    return false;
}

/* What stands behind ", client: ". True when it fills the line. */
static bool read_trailer(struct pmt_cursor c, struct trailer *ret)
{
    struct trailer t = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (!read_bare(&c, &t.client))
        return false;
    while (!pmt_cur_end(&c))
        if (!read_pair(&c, &t))
            return false;
    *ret = t;
    return true;
}

/* Finds the trailer; returns where the text before it ends. */
static size_t find_trailer(struct pmt_slice text, struct trailer *ret)
{
    enum { TRIES = 8 };
    struct pmt_cursor c = pmt_cursor(text);
    struct pmt_slice before;
    size_t first = text.n;
    if (pmt_slice_starts(text, "FastCGI sent in stderr: \""))
        while (pmt_cur_until_lit(&c, "\" while reading ", &before))
            ;
    const char *from = c.p;
    for (int i = 0; i < TRIES && pmt_cur_until_lit(&c, client_key, &before); i++) {
        size_t end = (size_t)(before.p + before.n - text.p);
        if (read_trailer(c, ret))
            return end;
        if (first == text.n)
            first = end;
    }
    c.p = from; /* the stream module, over UDP */
    if (first == text.n && pmt_cur_until_lit(&c, ", udp client: ", &before) && read_trailer(c, ret))
        return (size_t)(before.p + before.n - text.p);
    /* None fills the line. The first still tells the client, when it is one. */
    c.p = from;
    if (pmt_cur_until_lit(&c, client_key, &before) && read_bare(&c, &ret->client))
        return first;
    return text.n;
}

/* "GET /ok HTTP/1.1"; a path may hold blanks, and the protocol may be cut off or missing. */
static void put_request(struct pmt_slice request, struct pmt_record *rec)
{
    struct pmt_cursor c = pmt_cursor(request);
    struct pmt_slice method, path, part;
    if (!pmt_cur_until(&c, ' ', &method) || !method.n || method.n > 20 || pmt_cur_end(&c))
        return;
    for (size_t i = 0; i < method.n; i++)
        if (!((method.p[i] >= 'A' && method.p[i] <= 'Z') || method.p[i] == '-' ||
              method.p[i] == '_'))
            return;
    path = pmt_cur_rest(&c);
    const char *start = c.p;
    while (pmt_cur_until_lit(&c, " HTTP/", &part))
        path.n = (size_t)(part.p + part.n - start);
    rec->method = method;
    rec->path = path;
}

/* "http://192.0.2.8:80/x", "http://app/x", "fastcgi://unix:/run/php.sock:", "192.0.2.8:6379". */
static struct pmt_slice upstream_address(struct pmt_slice url)
{
    struct pmt_cursor c = pmt_cursor(url);
    struct pmt_slice ignored;
    pmt_cur_until_lit(&c, "://", &ignored);
    struct pmt_slice rest = pmt_cur_rest(&c);
    bool socket = pmt_cur_lit(&c, "unix:");
    const char *stop = memchr(c.p, socket ? ':' : '/', (size_t)(c.end - c.p));
    if (stop)
        rest.n = (size_t)(stop - rest.p);
    return rest;
}

static void put_trailer(const struct trailer *t, struct pmt_record *rec)
{
    if (t->client.n && !pmt_slice_starts(t->client, "unix:"))
        rec->client = t->client;
    /* Before the request is read, server: is the address listened on and not a name. */
    bool listen = t->server.n && memchr(t->server.p, ':', t->server.n);
    if (t->server.n && !listen)
        rec->vhost = t->server;
    if (t->request.n)
        put_request(t->request, rec);
    if (t->upstream.n)
        rec->upstream = upstream_address(t->upstream);
    if (t->referrer.n)
        rec->referrer = t->referrer;
}

/* "[error] " */
static bool read_level(struct pmt_cursor *c, int *severity)
{
    struct pmt_cursor t = *c;
    struct pmt_slice level;
    if (!pmt_cur_char(&t, '[') || !pmt_cur_until_lit(&t, "] ", &level))
        return false;
    *severity = pmt_severity_from_name(level);
    if (*severity == PMT_SEV_UNKNOWN)
        return false;
    *c = t;
    return true;
}

/* "[emerg] text" of the program "nginx", which in a log of its own writes a time before it. */
static bool is_stderr_text(struct pmt_slice text, const struct pmt_record *rec)
{
    return text.n && *text.p == '[' && pmt_slice_is(rec->program, "nginx");
}

/* Writes *rec only when all of it is understood: so it serves behind an envelope too. */
static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice trimmed = pmt_slice_trim(line);
    struct pmt_cursor c = pmt_cursor(trimmed);
    struct pmt_stamp stamp;
    struct trailer trailer = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    int64_t pid = -1, number;
    int severity;
    /* Before its log is open, on stderr; behind a container's time "nginx:" was taken for a tag. */
    if (pmt_cur_lit(&c, "nginx: ") || is_stderr_text(trimmed, rec)) {
        if (!read_level(&c, &severity))
            return foreign(why, "no level behind \"nginx: \"", (size_t)(c.p - line.p));
        rec->kind = PMT_NGINX_ERROR;
        rec->severity = (int8_t)severity;
        if (!rec->program.p)
            rec->program = PMT_SLICE("nginx");
        rec->message = pmt_cur_rest(&c);
        return PMT_RECORD;
    }
    if (!pmt_read_slash_stamp(&c, &stamp))
        return foreign(why, "no nginx error time at the start", 0);
    if (!pmt_cur_char(&c, ' ') || !read_level(&c, &severity))
        return foreign(why, "no level behind the time", (size_t)(c.p - line.p));
    if (!pmt_cur_digits(&c, 1, 10, &pid) || !pmt_cur_char(&c, '#') ||
        !pmt_cur_digits(&c, 1, 10, &number) || !pmt_cur_lit(&c, ": "))
        return foreign(why, "no pid#tid behind the level", (size_t)(c.p - line.p));
    struct pmt_cursor t = c;
    if (pmt_cur_char(&t, '*') && pmt_cur_digits(&t, 1, 18, &number) && pmt_cur_char(&t, ' '))
        c = t;
    struct pmt_slice text = pmt_cur_rest(&c);
    text.n = find_trailer(text, &trailer);
    rec->kind = PMT_NGINX_ERROR;
    rec->own = stamp;
    rec->severity = (int8_t)severity;
    if (rec->pid < 0) /* an envelope may have told */
        rec->pid = pid;
    rec->message = text;
    put_trailer(&trailer, rec);
    return PMT_RECORD;
}

static const char *const programs[] = {"nginx", NULL};

#define HEAD "2022/02/26 12:00:07 [error] 911#912: "
#define SAID "kind=nginx_error | ts=2022-02-26T12:00:07 | severity=err | pid=911 | "
#define WHO ", client: 198.51.100.7, server: shop.example, "
#define WHOM "client_ip=198.51.100.7 | vhost=shop.example | "

static const struct pmt_sample samples[] = {
    {HEAD "*1 connect() failed (111: Connection refused) while connecting to upstream" WHO
          "request: \"GET /ok?a=1 HTTP/1.1\", upstream: \"http://192.0.2.8:8080/ok?a=1\", host: "
          "\"shop.example\"",
     PMT_RECORD,
     SAID WHOM "method=GET | path=/ok?a=1 | upstream=192.0.2.8:8080 | status=- | host=- | "
               "message=connect() failed (111: Connection refused) while connecting to upstream"},
    {HEAD "*7 connect() to unix:/run/php.sock failed (11: Resource temporarily unavailable) while "
          "connecting to upstream" WHO "request: \"GET / HTTP/1.1\", upstream: "
          "\"fastcgi://unix:/run/php.sock:\", host: \"shop.example\"",
     PMT_RECORD, SAID WHOM "upstream=unix:/run/php.sock | path=/"},
    {HEAD "*18 upstream timed out (110: Connection timed out) while reading response header from "
          "upstream, client: 2001:db8::7, server: _, request: \"POST /pay HTTP/2.0\", upstream: "
          "\"http://[2001:db8::8]:80/pay\", host: \"shop.example\", referrer: "
          "\"https://shop.example/cart\"",
     PMT_RECORD,
     SAID "client_ip=2001:db8::7 | vhost=_ | method=POST | path=/pay | upstream=[2001:db8::8]:80"},
    {HEAD "*12 no live upstreams while connecting to upstream" WHO
          "request: \"GET /cart HTTP/1.1\", upstream: \"http://cart_pool/cart\", host: \"s\"",
     PMT_RECORD,
     SAID WHOM "upstream=cart_pool | message=no live upstreams while connecting to upstream"},
    {"2022/02/26 12:00:07 [warn] 911#911: *6 upstream server temporarily disabled while connecting "
     "to upstream" WHO "request: \"GET /a HTTP/1.1\", upstream: \"http://192.0.2.8:80/a\"",
     PMT_RECORD,
     "kind=nginx_error | severity=warning | upstream=192.0.2.8:80 | message=upstream server "
     "temporarily disabled while connecting to upstream"},
    {HEAD "*14 upstream prematurely closed connection while reading response header from "
          "upstream" WHO "request: \"GET /a HTTP/1.1\", subrequest: \"/auth\", upstream: "
          "\"http://unix:/tmp/a.sock:/auth\"",
     PMT_RECORD, SAID WHOM "path=/a | upstream=unix:/tmp/a.sock"},
    {HEAD "*27 limiting requests, excess: 0.994 by zone \"rq\"" WHO
          "request: \"GET /b HTTP/1.1\", host: \"shop.example\"",
     PMT_RECORD, SAID WHOM "upstream=- | message=limiting requests, excess: 0.994 by zone \"rq\""},
    {HEAD "*41 app.shop.example could not be resolved (3: Host not found)" WHO
          "request: \"GET / HTTP/1.1\"",
     PMT_RECORD, SAID WHOM "message=app.shop.example could not be resolved (3: Host not found)"},
    {"2022/02/26 12:00:07 [info] 911#911: *36 client closed connection while waiting for request, "
     "client: 198.51.100.7, server: 0.0.0.0:80",
     PMT_RECORD, "kind=nginx_error | severity=info | client_ip=198.51.100.7 | vhost=- | method=-"},
    {HEAD "*3 access forbidden by rule, client: unix:, server: , request: \"GET /x HTTP/1.0\"",
     PMT_RECORD, SAID "client_ip=- | vhost=- | path=/x | message=access forbidden by rule"},
    /* The stream module. */
    {HEAD "*71 connect() failed (111: Connection refused) while connecting to upstream, client: "
          "198.51.100.7, server: 0.0.0.0:6379, upstream: \"192.0.2.8:6379\", bytes from/to "
          "client:0/0, bytes from/to upstream:0/0",
     PMT_RECORD, SAID "client_ip=198.51.100.7 | vhost=- | upstream=192.0.2.8:6379 | method=-"},
    {"2022/02/26 12:00:07 [info] 911#911: *71 client disconnected, bytes from/to "
     "client:517/3100, bytes from/to upstream:3100/517",
     PMT_RECORD,
     "kind=nginx_error | message=client disconnected, bytes from/to client:517/3100, bytes from/to "
     "upstream:3100/517"},
    {HEAD "*72 sendmsg() failed (90: Message too long) while proxying and sending to client, udp "
          "client: 198.51.100.7, server: 0.0.0.0:53, upstream: \"192.0.2.8:53\", bytes from/to "
          "client:42/0, bytes from/to upstream:93/42",
     PMT_RECORD,
     SAID "client_ip=198.51.100.7 | upstream=192.0.2.8:53 | message=sendmsg() failed (90: Message "
          "too long) while proxying and sending to client"},
    {HEAD "*73 [lua] a.lua:3: slow" WHO "request: \"GET / HTTP/1.1\", host: \"shop.example\", "
          "referrer: \"https://a.example/\", request_id: \"9f0c1d2e\"",
     PMT_RECORD, SAID WHOM "path=/ | referrer=https://a.example/"},
    /* Text of others that looks like ours: an application's, a path's, a client's. */
    {HEAD "*61 FastCGI sent in stderr: \"PHP message: say \"hi\", client: 203.0.113.66, server: x, "
          "request: \"GET /no HTTP/1.1\", referrer: \"y\" while reading response header from "
          "upstream" WHO "request: \"GET /yes HTTP/1.1\", upstream: "
          "\"fastcgi://unix:/run/php.sock:\"",
     PMT_RECORD, SAID WHOM "path=/yes | upstream=unix:/run/php.sock"},
    {HEAD "*62 open() \"/srv/\", client: 203.0.113.66, server: x, request: \"GET /no\" failed (2: "
          "No such file or directory)" WHO "request: \"GET /yes HTTP/1.1\", host: \"shop.example\"",
     PMT_RECORD, SAID WHOM "path=/yes"},
    {HEAD "*63 open() \"/srv/a, client: b\" failed (2: No such file or directory)" WHO
          "request: \"GET /a,%20client:%20b HTTP/1.1\", host: \"shop.example\"",
     PMT_RECORD,
     SAID WHOM "path=/a,%20client:%20b | "
               "message=open() \"/srv/a, client: b\" failed (2: No such file or directory)"},
    {HEAD "*64 access forbidden by rule" WHO "request: \"GET /q=\"x\", y HTTP/1.1\", host: "
          "\"shop.example\", referrer: \"http://x/\", client: 203.0.113.66, server: y\"",
     PMT_RECORD, SAID WHOM "path=/q=\"x\", y | referrer=http://x/\", client: 203.0.113.66, server: "
                           "y"},
    /* Cut at 2048 bytes, wherever that falls. */
    {HEAD "*65 connect() failed (111: Connection refused) while connecting to upstream" WHO
          "request: \"GET /long",
     PMT_RECORD, SAID WHOM "method=GET | path=/long | upstream=-"},
    {HEAD "*65 connect() failed (111: Connection refused) while connecting to upstream" WHO
          "request: \"GET / HTTP/1.1\", upst",
     PMT_RECORD, SAID WHOM "path=/ | upstream=-"},
    /* The process. */
    {"2022/02/26 12:00:07 [notice] 900#900: signal 1 (SIGHUP) received from 812, reconfiguring",
     PMT_RECORD,
     "kind=nginx_error | ts=2022-02-26T12:00:07 | severity=notice | pid=900 | client_ip=- | "
     "message=signal 1 (SIGHUP) received from 812, reconfiguring"},
    {"2022/02/26 12:00:07 [alert] 900#900: worker process 911 exited on signal 9", PMT_RECORD,
     "kind=nginx_error | severity=alert | message=worker process 911 exited on signal 9"},
    {"2022/02/26 12:00:07 [crit] 911#0: accept4() failed (24: Too many open files)", PMT_RECORD,
     "kind=nginx_error | severity=crit | message=accept4() failed (24: Too many open files)"},
    {"nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)", PMT_RECORD,
     "kind=nginx_error | ts=- | severity=emerg | pid=- | "
     "message=bind() to 0.0.0.0:80 failed (98: Address already in use)"},
    {"2022/02/26 12:00:07 [loud] 911#911: text", PMT_FOREIGN, ""},
    {"2022/02/30 12:00:07 [error] 911#911: text", PMT_FOREIGN, ""},
    {"2022/02/26 12:00:07 [error] text without a pid", PMT_FOREIGN, ""},
    {"nginx: configuration file /etc/nginx/nginx.conf test failed", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_nginx_error = {
    .name = "nginx-error",
    .summary = "nginx error log",
    .layer = PMT_LAYER_NONE,
    .programs = programs,
    .parse = parse,
    .parse_message = parse,
    .samples = samples,
};
