/* access_json.c - access logs written as one JSON object per line.
 *
 * nginx has had `log_format ... escape=json` since 1.11.8; the object is the site's own, and nearly
 * always names its members after nginx's variables:
 *
 *   {"time_iso8601":"2022-02-26T12:00:07+03:00","remote_addr":"198.51.100.7",
 *    "request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":"2750","request_time":"0.031"}
 *
 * Others have fixed names:
 *
 *   Caddy 2    "ts" in seconds since 1970 as the answer was sent, "duration" in seconds, "request"
 *              an object with "remote_ip", "client_ip" (2.7), "method", "host", "uri", "headers"
 *              (lists); its console form has tabs before the object (caddyserver.com/docs/logging)
 *              What its error log says of a request is not one more request
 *   Traefik    "StartUTC", "Duration" in nanoseconds, "ClientHost", "DownstreamStatus",
 *              "RouterName", "ServiceName", "ServiceAddr" (1: "FrontendName", "BackendName",
 *              "BackendAddr"; doc.traefik.io, Access Logs, Available Fields)
 *   Envoy      what the site chose; Istio's names are those of Envoy's operators: "start_time",
 *              "response_code", "response_flags", "duration" in milliseconds, "upstream_cluster"
 *
 * What no name tells is taken by its shape, when only one member has that shape: a date, a request
 * line, an address, a time with three decimals. A status is taken so when it is the only whole
 * number that no name tells of, and the line is a whole request but for it. A line is a request
 * when it has a time, a status, a request line or a path, and a client or another sign that a web
 * server wrote it: an application's own JSON has none.
 */
#include "access_json.h"

#include "nginx_access.h"

enum { MEMBERS_MAX = 256, DEPTH_MAX = 4, PARENTS_MAX = 64 }; /* more are not looked at */

/* A shape that only one member of an unknown name may have. */
enum shape { SHAPE_TIME, SHAPE_CLIENT, SHAPE_REQUEST, SHAPE_SECONDS, SHAPE_INTEGER, SHAPES };

struct found {
    struct pmt_slice text[M_MEMBERS];
    char unit[M_MEMBERS];
    struct pmt_slice shaped[SHAPES];
    unsigned count[SHAPES];
    unsigned families; /* bits */
    bool of_logger;    /* an application's message: what it counts is its own */
    struct pmt_stamp stamp;
    enum pmt_member from; /* which member the stamp is of */
};

static bool is_said(struct pmt_slice s)
{
    return s.n && !pmt_slice_is(s, "-");
}

static void take_shape(struct pmt_slice name, struct pmt_slice s, struct found *f)
{
    struct pmt_stamp ignored;
    struct pmt_slice address;
    enum shape shape;
    f->of_logger |= pmt_json_is_of_logger(name);
    if (!is_said(s))
        return;
    if (pmt_json_is_integer(s) && !pmt_json_counts(name))
        shape = SHAPE_INTEGER;
    else if (s.n < 3)
        return;
    else if (s.n >= 19 && pmt_json_time(s, &ignored))
        shape = SHAPE_TIME;
    else if (pmt_json_is_request_line(s))
        shape = SHAPE_REQUEST;
    else if (pmt_json_is_seconds(s))
        shape = SHAPE_SECONDS;
    else if ((address = pmt_json_address(s)).n == s.n && s.n >= 7 &&
             !pmt_slice_seconds(s, &(int64_t){0}))
        shape = SHAPE_CLIENT;
    else
        return;
    f->count[shape]++;
    f->shaped[shape] = s;
}

/* The best of the times: when the request began, else the one with decimals. */
static void take_time(enum pmt_member m, struct pmt_slice s, struct found *f)
{
    struct pmt_stamp t;
    bool better = f->stamp.how == PMT_STAMP_NONE || (m < f->from && m < M_TIME);
    if (better && pmt_json_time(s, &t)) {
        f->stamp = t;
        f->from = m;
    }
}

/* "duration_usec":12345 tells more than "duration_sec":0. */
static bool is_finer(const struct pmt_name *name, const struct found *f)
{
    return name->member == M_DURATION && f->unit[M_DURATION] == 's' && name->unit &&
           name->unit != 's' && !memchr(f->text[M_DURATION].p, '.', f->text[M_DURATION].n);
}

static void take(struct pmt_slice parent, const struct pmt_json *j, struct found *f)
{
    const struct pmt_name *name = pmt_json_name(parent, j->name);
    struct pmt_stamp ignored;
    if (!name) {
        if (!parent.n)
            take_shape(j->name, j->value, f);
        return;
    }
    if ((name->member == M_BYTES || name->member == M_ALL_BYTES) &&
        (pmt_slice_is(parent, "request") || pmt_slice_is(parent, "req")))
        return; /* of what the client sent */
    f->families |= 1u << name->family;
    if (name->member == M_DURATION && j->value.n >= 19 && pmt_json_time(j->value, &ignored)) {
        take_time(M_START, j->value, f); /* "requestTime":"2022-02-26 12:00:07.118 +0300" */
    } else if (name->member <= M_TIME) {
        take_time((enum pmt_member)name->member, j->value, f);
    } else if (!is_said(f->text[name->member]) || is_finer(name, f)) {
        f->text[name->member] = j->value;
        f->unit[name->member] = name->unit;
    } else if (pmt_json_names_client(name) && !pmt_slice_eq(f->text[M_CLIENT], j->value) &&
               !is_said(f->text[M_REAL])) {
        f->text[M_REAL] = j->value; /* "remote_addr" was the balancer's, or may be */
    }
}

/* The names of the objects around, "request.headers", for those few that are looked into. */
struct parents {
    char text[PARENTS_MAX];
    size_t n[DEPTH_MAX];
    struct pmt_cursor outer[DEPTH_MAX];
    size_t depth;
};

static bool enter(struct parents *p, struct pmt_cursor *c, const struct pmt_json *j)
{
    size_t n = p->n[p->depth], more = n ? 1 : 0;
    if (p->depth + 1 == DEPTH_MAX || n + more + j->name.n > PARENTS_MAX ||
        !pmt_json_holds_request(j->name))
        return false;
    if (more)
        p->text[n++] = '.';
    memcpy(p->text + n, j->name.p, j->name.n);
    p->outer[p->depth++] = *c;
    p->n[p->depth] = n + j->name.n;
    *c = pmt_cursor(j->value);
    return pmt_json_open(c);
}

static bool read_object(struct pmt_cursor *c, struct found *f)
{
    struct parents p = {.depth = 0};
    struct pmt_json j;
    if (!pmt_json_open(c))
        return false;
    for (int i = 0; i < MEMBERS_MAX; i++) {
        int more = pmt_json_next(c, &j);
        if (more < 0 || (more && !j.name.p))
            return false;
        if (!more && !p.depth)
            return true;
        if (!more) {
            *c = p.outer[--p.depth];
            continue;
        }
        if (j.type == PMT_JSON_OBJECT) {
            enter(&p, c, &j);
            continue;
        }
        if (j.type == PMT_JSON_NULL ||
            (j.type == PMT_JSON_ARRAY && !(p.depth && pmt_json_first_of(&j))))
            continue;
        take(pmt_slice(p.text, p.n[p.depth]), &j, f);
    }
    return true;
}

/* ---- into the record ------------------------------------------------------------------------- */

static struct pmt_slice text(const struct found *f, enum pmt_member m, struct pmt_record *r)
{
    struct pmt_slice s = f->text[m];
    return is_said(s) ? pmt_json_text(s, r) : PMT_NO_SLICE;
}

static int64_t number(struct pmt_slice s)
{
    int64_t v;
    return s.n && pmt_slice_int(s, &v) && v >= 0 ? v : -1;
}

static bool is_family(const struct found *f, enum pmt_family family)
{
    return f->families >> family & 1;
}

static struct pmt_slice only(const struct found *f, enum shape shape)
{
    return f->count[shape] == 1 ? f->shaped[shape] : PMT_NO_SLICE;
}

static struct pmt_slice forwarded_for(const struct found *f, struct pmt_record *r)
{
    struct pmt_slice s = text(f, M_FORWARDED, r);
    return s.n ? s : pmt_json_address(text(f, M_REAL, r));
}

static struct pmt_slice client_of(const struct found *f, struct pmt_record *r)
{
    static const enum pmt_member order[] = {M_CLIENT, M_REMOTE_IP, M_CLIENT_PORT};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        struct pmt_slice s = text(f, order[i], r), address = pmt_json_address(s);
        if (address.n)
            return address;
        if (s.n && !memchr(s.p, ' ', s.n) && !pmt_slice_starts(s, "unix:") &&
            !pmt_slice_starts(s, "@"))
            return s;
    }
    if (f->text[M_CLIENT].p || f->text[M_CLIENT_PORT].p)
        return PMT_NO_SLICE;
    struct pmt_slice first = r->forwarded_for;
    const char *comma = first.n ? memchr(first.p, ',', first.n) : NULL;
    if (comma)
        first.n = (size_t)(comma - first.p);
    first = pmt_json_address(pmt_slice_trim(first));
    return first.n ? first : only(f, SHAPE_CLIENT);
}

/* "000" and "0": no answer was given. */
static bool read_status(const struct found *f, int64_t *ret)
{
    struct pmt_slice s = f->text[M_STATUS];
    int64_t v;
    if (!s.n || !pmt_slice_int(s, &v))
        return false;
    *ret = v;
    return (s.n == 3 && v >= 0) || (s.n == 1 && v == 0);
}

static void put_request(const struct found *f, struct pmt_record *r)
{
    struct pmt_slice line = text(f, M_REQUEST, r);
    if (!line.n)
        line = pmt_json_text(only(f, SHAPE_REQUEST), r);
    if (line.n)
        pmt_nginx_request_line(line, r);
    if (r->method.p)
        return;
    r->method = text(f, M_METHOD, r);
    for (size_t i = 0; i < r->method.n; i++)
        if ((r->method.p[i] < 'A' || r->method.p[i] > 'Z') && r->method.p[i] != '-' &&
            r->method.p[i] != '_')
            r->method = PMT_NO_SLICE;
    r->path = text(f, M_TARGET, r);
    if (!r->path.n)
        r->path = text(f, M_PATH, r);
    if (!r->path.n && line.n && *line.p == '/')
        r->path = line;
    r->path = pmt_json_without_origin(r->path, r);
}

/* nginx tells who gave the answer by its lists. Of the others only this is sure: the answer was
 * the upstream's own when it had the same status, or when Envoy says so. */
static void put_upstream(const struct found *f, struct pmt_record *r)
{
    r->upstream = pmt_json_without_scheme(text(f, M_UPSTREAM, r));
    if (!r->upstream.n)
        r->upstream = pmt_json_without_scheme(text(f, M_UPSTREAM_URL, r));
    r->upstream_status = text(f, M_UPSTREAM_STATUS, r);
    if (is_family(f, FAMILY_ENVOY) && pmt_slice_is(f->text[M_DETAILS], "via_upstream") &&
        r->status > 0)
        r->upstream_status = f->text[M_STATUS];
    if (is_family(f, FAMILY_TRAEFIK) || is_family(f, FAMILY_ENVOY) || is_family(f, FAMILY_CADDY))
        r->upstream_logged =
            r->upstream_status.n && pmt_slice_eq(r->upstream_status, f->text[M_STATUS]);
    else
        r->upstream_logged = f->text[M_UPSTREAM].p || f->text[M_UPSTREAM_STATUS].p;
}

static void put_times(const struct found *f, struct pmt_record *r)
{
    struct pmt_slice s = f->text[M_DURATION], upstream = f->text[M_UPSTREAM_DURATION];
    char unit = f->unit[M_DURATION];
    if (!unit)
        unit = is_family(f, FAMILY_TRAEFIK)                  ? 'n'
               : is_family(f, FAMILY_ENVOY)                  ? 'm'
               : is_family(f, FAMILY_PINO)                   ? 'm'
               : is_family(f, FAMILY_CADDY) || pmt_json_is_seconds(s) ? 's'
                                                             : 0;
    if (!pmt_json_duration(s, unit, &r->duration_us) && !s.p)
        pmt_json_duration(only(f, SHAPE_SECONDS), 's', &r->duration_us);
    if (f->unit[M_UPSTREAM_DURATION] == 's')
        pmt_slice_seconds_sum(upstream, &r->latency_us);
    else
        pmt_json_duration(upstream, f->unit[M_UPSTREAM_DURATION], &r->latency_us);
    if (r->duration_us < 0)
        r->duration_us = r->latency_us;
}

/* HAProxy writes JSON by its log-format, with the names of its manual. */
static bool is_haproxy(const struct found *f)
{
    return f->text[M_TERMINATION].n >= 2 && f->text[M_TERMINATION].n <= 4 &&
           (f->text[M_FRONTEND].n || f->text[M_BACKEND].n);
}

static void put(const struct found *f, struct pmt_record *r)
{
    bool haproxy = is_haproxy(f);
    struct pmt_slice bytes = f->text[M_BYTES].p       ? f->text[M_BYTES]
                             : f->text[M_ALL_BYTES].p ? f->text[M_ALL_BYTES]
                             : haproxy                ? f->text[M_BYTES_READ]
                                                      : PMT_NO_SLICE;
    r->vhost = text(f, is_said(f->text[M_VHOST]) ? M_VHOST : M_HOST, r);
    put_request(f, r);
    r->kind = PMT_HTTP_REQUEST;
    r->layer = haproxy ? PMT_LAYER_HAPROXY : PMT_LAYER_NGINX;
    r->own = f->stamp;
    r->start_known = f->from == M_START || haproxy;
    r->bytes = number(bytes);
    r->forwarded_for = forwarded_for(f, r);
    r->client = client_of(f, r);
    put_upstream(f, r);
    put_times(f, r);
    if (haproxy && r->duration_us < 0)
        pmt_json_duration(f->text[M_TOTAL], 'm', &r->duration_us);
    r->frontend = text(f, M_FRONTEND, r);
    r->backend = text(f, M_BACKEND, r);
    r->retries = number(f->text[M_RETRIES]);
    r->termination = haproxy ? f->text[M_TERMINATION] : text(f, M_FLAGS, r);
    if (haproxy)
        r->server = text(f, f->text[M_SERVER_NAME].p ? M_SERVER_NAME : M_SERVER, r);
    else if (!r->vhost.p)
        r->vhost = text(f, M_SERVER_NAME, r);
    r->agent_logged = f->text[M_AGENT].p;
    r->agent = text(f, M_AGENT, r);
    r->referrer = text(f, M_REFERRER, r);
    if (!r->host.p)
        r->host = text(f, M_HOSTNAME, r);
    if (r->pid < 0)
        r->pid = number(f->text[M_PID]);
}

/* Caddy's console form: "2022/02/26 09:00:07.118<tab>INFO<tab>http.log.access<tab>handled request
 * <tab>{...}", in UTC unless told otherwise. */
static bool read_console(struct pmt_cursor *c, struct found *f)
{
    struct pmt_stamp s;
    struct pmt_slice level, message;
    if (!pmt_read_slash_stamp(c, &s))
        return false;
    if (pmt_cur_char(c, '.')) {
        int64_t ms;
        if (!pmt_cur_digits(c, 3, 3, &ms))
            return false;
        s.wall += ms * 1000;
        s.decimals = 3;
    }
    pmt_json_is_utc(&s);
    f->stamp = s;
    f->from = M_MSEC;
    return pmt_cur_char(c, '\t') && pmt_cur_until(c, '\t', &level) &&
           pmt_cur_until(c, '\t', &f->text[M_LOGGER]) && pmt_cur_until(c, '\t', &message);
}

/* Of Caddy's loggers only one tells requests; others speak of them. */
static bool is_access_logger(struct pmt_slice logger)
{
    return pmt_slice_is(logger, "http.log.access") || pmt_slice_starts(logger, "http.log.access.");
}

/* pino and bunyan give levels as numbers, and durations in milliseconds. */
static bool is_pino(struct pmt_slice level)
{
    return level.n == 2 && level.p[1] == '0' && level.p[0] >= '1' && level.p[0] <= '6';
}

/* A sign that a web server wrote it, not an application. */
static bool is_server(const struct found *f, const struct pmt_record *r)
{
    return r->client.n || r->forwarded_for.n || f->text[M_CLIENT].p || f->text[M_CLIENT_PORT].p ||
           is_family(f, FAMILY_NGINX) || is_family(f, FAMILY_TRAEFIK) ||
           is_family(f, FAMILY_ENVOY) || pmt_json_is_request_line(f->text[M_REQUEST]);
}

/* Of a line that is a whole request but for the status: the only number that it can be. */
static bool shaped_status(const struct found *f, struct pmt_record *r)
{
    struct pmt_slice s = only(f, SHAPE_INTEGER);
    return r->method.n && r->path.n && r->client.n && pmt_json_is_status(s) &&
           pmt_slice_int(s, &r->status);
}

#define NO_STATUS "a JSON object with a request, but no member that could be the status"
#define MANY_STATUS "a JSON object with a request, but several members that could be the status"

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice trimmed = pmt_slice_trim(line);
    struct pmt_cursor c = pmt_cursor(trimmed);
    *why = (struct pmt_reject){"no JSON object", 0};
    if (!trimmed.n || (*c.p != '{' && !(*c.p == '2' && trimmed.p[trimmed.n - 1] == '}')))
        return PMT_FOREIGN;
    struct pmt_record r = *rec;
    struct found f = {.families = 0};
    bool console = *c.p != '{';
    if ((console && !read_console(&c, &f)) || !read_object(&c, &f)) {
        why->column = (size_t)(c.p - line.p);
        return PMT_FOREIGN;
    }
    why->why = "a JSON object, but not one request of an access log";
    struct pmt_slice logger = f.text[M_LOGGER];
    if (f.text[M_REMOTE_IP].p || console || is_access_logger(logger))
        f.families |= 1u << FAMILY_CADDY;
    if (is_family(&f, FAMILY_CADDY) && f.stamp.how == PMT_STAMP_WALL)
        pmt_json_is_utc(&f.stamp); /* its "wall" format: "2022/02/26 09:00:07" */
    if (is_pino(f.text[M_LEVEL]))
        f.families |= 1u << FAMILY_PINO;
    if (f.stamp.how == PMT_STAMP_NONE && only(&f, SHAPE_TIME).n)
        take_time(M_TIME, only(&f, SHAPE_TIME), &f);
    if ((console || pmt_slice_starts(logger, "http.")) && !is_access_logger(logger))
        return PMT_FOREIGN;
    if (f.stamp.how == PMT_STAMP_NONE && r.head.how == PMT_STAMP_NONE)
        return PMT_FOREIGN;
    bool known = read_status(&f, &r.status);
    if (!known && (f.text[M_STATUS].p || f.of_logger || f.text[M_LEVEL].p))
        return PMT_FOREIGN;
    put(&f, &r);
    if (!(r.path.n || f.text[M_REQUEST].p || only(&f, SHAPE_REQUEST).n) || !is_server(&f, &r))
        return PMT_FOREIGN;
    if (!known && !shaped_status(&f, &r)) {
        if (r.method.n && r.path.n && r.client.n) {
            why->why = f.count[SHAPE_INTEGER] > 1 ? MANY_STATUS : NO_STATUS;
            why->column = (size_t)(c.p - line.p) - 1;
        }
        return PMT_FOREIGN;
    }
    *rec = r;
    return PMT_RECORD;
}

static const char *const programs[] = {"nginx", "nginx_access", "caddy", "traefik", "envoy", NULL};

const struct pmt_parser pmt_parser_access_json = {
    .name = "access-json",
    .summary = "access log with one JSON object per line: nginx, Caddy, Traefik, Envoy, HAProxy",
    .layer = PMT_LAYER_NGINX,
    .programs = programs,
    .parse = parse,
    .parse_message = parse,
    .samples = pmt_access_json_samples,
};
