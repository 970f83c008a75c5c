/* app_text.c - messages of programs that log text about themselves: time, level, what they say.
 *
 *   2022-02-26T09:00:07.118Z<tab>INFO<tab>logger<tab>text<tab>{"a":1}    zap's console, Istio
 *   2022/02/26 09:00:07.118<tab>INFO<tab>http.log.error<tab>text<tab>{...} Caddy's, in UTC
 *   2022-02-26T09:00:07Z INF text a=1                                      zerolog's, Traefik 3
 *   2022-02-26T09:00:07.118765Z  WARN target: text                         tracing's, Spring's
 *   [2022-02-26 09:00:07.118][16][warning][config] [source/a.cc:73] text   Envoy's own log
 *   time="2022-02-26T09:00:07Z" level=info msg="text" a=1                  logrus, slog, Loki
 *
 * logfmt is read as JSON with the same members; one that holds a whole request is a request.
 */
#include "app_json.h"
#include "syslog.h"

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

/* ---- a time, a level, text ------------------------------------------------------------------- */

/* Levels as programs write them alone: in capitals, but zap's and Istio's. */
static bool read_level(struct pmt_slice word, bool any_case, struct pmt_record *r)
{
    int severity = pmt_severity_from_name(word);
    for (size_t i = 0; !any_case && i < word.n; i++)
        if (word.p[i] < 'A' || word.p[i] > 'Z')
            return false;
    r->severity = (int8_t)severity;
    return severity != PMT_SEV_UNKNOWN;
}

/* The members behind a message may tell more of it. */
static void look_at_object(struct pmt_slice object, struct pmt_app *app)
{
    struct pmt_cursor c = pmt_cursor(object);
    struct pmt_json j;
    if (!pmt_json_open(&c))
        return;
    while (pmt_json_next(&c, &j) > 0 && j.name.p)
        if (j.name.n && pmt_slice_is(j.name, "request") && j.type == PMT_JSON_OBJECT)
            app->request = j;
}

/* Behind the level and its tab: [logger] [caller] text [object], with tabs between. */
static bool read_columns(struct pmt_cursor c, struct pmt_record *r)
{
    struct pmt_app app = {.time = {.how = PMT_STAMP_NONE}};
    struct pmt_slice column, message = PMT_NO_SLICE;
    bool more = true;
    while (more) {
        more = pmt_cur_until(&c, '\t', &column);
        if (!more)
            column = pmt_cur_rest(&c);
        if (!more && column.n && *column.p == '{' && message.p) {
            look_at_object(column, &app);
            break;
        }
        if (message.p && !app.logger.p)
            app.logger = message;
        message = column;
    }
    r->message = pmt_slice_trim(message);
    pmt_app_speaker(&app, r);
    return r->message.n;
}

static bool read_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    int64_t ms;
    if (pmt_read_iso_stamp(c, ret))
        return true;
    if (!pmt_read_slash_stamp(c, ret))
        return false;
    pmt_json_is_utc(ret);
    if (pmt_cur_char(c, '.')) {
        const char *from = c->p;
        if (!pmt_cur_digits(c, 1, 3, &ms))
            return false;
        size_t digits = (size_t)(c->p - from);
        ret->wall += ms * (digits == 3 ? 1000 : digits == 2 ? 10000 : 100000);
        ret->decimals = (uint8_t)digits;
    }
    return !pmt_cur_end(c) && *c->p == '\t';
}

static enum pmt_verdict parse_console(struct pmt_slice line, struct pmt_record *r,
                                      struct pmt_reject *why)
{
    struct pmt_cursor c = pmt_cursor(line);
    struct pmt_slice level;
    if (!read_stamp(&c, &r->own))
        return foreign(why, "no time at the start", 0);
    bool tab = pmt_cur_char(&c, '\t');
    if (!tab && !pmt_cur_char(&c, ' '))
        return foreign(why, "nothing behind the time", (size_t)(c.p - line.p));
    pmt_cur_blanks(&c);
    const char *at = c.p;
    if (!pmt_cur_until(&c, tab ? '\t' : ' ', &level) || !read_level(level, tab, r))
        return foreign(why, "no level behind the time", (size_t)(at - line.p));
    r->kind = PMT_OTHER;
    if (tab)
        return read_columns(c, r) ? PMT_RECORD : foreign(why, "no message", line.n);
    r->message = pmt_slice_trim(pmt_cur_rest(&c));
    return r->message.n ? PMT_RECORD : foreign(why, "no message", line.n);
}

/* ---- Envoy ----------------------------------------------------------------------------------- */

static enum pmt_verdict parse_envoy(struct pmt_slice line, struct pmt_record *r,
                                    struct pmt_reject *why)
{
    struct pmt_cursor c = pmt_cursor(line), t;
    struct pmt_slice level, ignored;
    int64_t thread;
    if (!pmt_cur_char(&c, '[') || !pmt_read_iso_stamp(&c, &r->own) || !pmt_cur_lit(&c, "][") ||
        !pmt_cur_digits(&c, 1, 10, &thread) || !pmt_cur_lit(&c, "][") ||
        !pmt_cur_until(&c, ']', &level) || !read_level(level, true, r) ||
        !pmt_cur_char(&c, '[') || !pmt_cur_until_lit(&c, "] ", &ignored))
        return foreign(why, "no time, thread, level and logger in brackets", 0);
    t = c;
    if (pmt_cur_char(&t, '[') && pmt_cur_until_lit(&t, "] ", &ignored) &&
        pmt_slice_find(ignored, ".cc:"))
        c = t;
    r->kind = PMT_OTHER;
    r->message = pmt_slice_trim(pmt_cur_rest(&c));
    return r->message.n ? PMT_RECORD : foreign(why, "no message", line.n);
}

/* ---- logfmt ---------------------------------------------------------------------------------- */

static bool is_key(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '-' || c == '@';
}

struct pair {
    struct pmt_slice key, value; /* a quoted value without its quotes, still escaped */
    bool quoted;
};

/* key=value, key="value", or a key alone; the blanks behind it. */
static bool read_pair(struct pmt_cursor *c, struct pair *ret)
{
    const char *from = c->p;
    while (!pmt_cur_end(c) && is_key(*c->p))
        c->p++;
    *ret = (struct pair){.key = pmt_slice(from, (size_t)(c->p - from))};
    if (!ret->key.n)
        return false;
    if (pmt_cur_char(c, '=')) {
        ret->quoted = pmt_cur_char(c, '"');
        from = c->p;
        while (!pmt_cur_end(c) && *c->p != (ret->quoted ? '"' : ' ')) {
            if (!ret->quoted && (*c->p == '"' || (unsigned char)*c->p < 0x20))
                return false;
            c->p += ret->quoted && *c->p == '\\' && c->end - c->p > 1 ? 2 : 1;
        }
        ret->value = pmt_slice(from, (size_t)(c->p - from));
        if (ret->quoted && !pmt_cur_char(c, '"'))
            return false;
    }
    if (!pmt_cur_end(c) && *c->p != ' ')
        return false;
    pmt_cur_blanks(c);
    return true;
}

static char *put(char *to, struct pmt_slice s)
{
    memcpy(to, s.p, s.n);
    return to + s.n;
}

static char *put_pair(char *to, const struct pair *p)
{
    *to++ = '"';
    to = put(to, p->key);
    to = put(to, PMT_SLICE("\":\""));
    for (size_t i = 0; i < p->value.n; i++) {
        if (!p->quoted && p->value.p[i] == '\\')
            *to++ = '\\';
        *to++ = p->value.p[i];
    }
    return put(to, PMT_SLICE("\","));
}

/* The line as a JSON object in the scratch; absent when it is no logger's logfmt, which has a time,
 * a level and a message. */
static struct pmt_slice as_json(struct pmt_slice line, struct pmt_record *r)
{
    struct pmt_cursor c = pmt_cursor(line);
    struct pmt_stamp ignored;
    struct pair p;
    bool time = false, level = false, message = false;
    size_t n = 2;
    while (!pmt_cur_end(&c)) {
        if (!read_pair(&c, &p))
            return PMT_NO_SLICE;
        n += p.key.n + 2 * p.value.n + 6;
        time |= pmt_json_time(p.value, &ignored);
        level |= pmt_severity_from_name(p.value) != PMT_SEV_UNKNOWN;
        message |= pmt_slice_is(p.key, "msg") || pmt_slice_is(p.key, "message");
    }
    char *start = time && level && message ? pmt_scratch_take(r, n) : NULL, *to = start;
    if (!start)
        return PMT_NO_SLICE;
    *to++ = '{';
    for (c = pmt_cursor(line); !pmt_cur_end(&c) && read_pair(&c, &p);)
        to = put_pair(to, &p);
    to[-1] = '}';
    return pmt_slice(start, (size_t)(to - start));
}

static enum pmt_verdict parse_logfmt(struct pmt_slice line, struct pmt_record *rec,
                                     struct pmt_reject *why)
{
    struct pmt_record r = *rec;
    struct pmt_slice json = as_json(line, &r);
    struct pmt_reject ignored;
    if (!json.p || pmt_parser_envelope_json.parse(json, &r, &ignored) != PMT_RECORD)
        return foreign(why, "no message of a program with its time and level", 0);
    *rec = r;
    return PMT_RECORD;
}

/* ---- the line -------------------------------------------------------------------------------- */

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice s = pmt_slice_trim(line);
    struct pmt_record r = *rec;
    enum pmt_verdict v = !s.n                            ? foreign(why, "an empty line", 0)
                         : *s.p >= '0' && *s.p <= '9'    ? parse_console(s, &r, why)
                         : *s.p == '['                   ? parse_envoy(s, &r, why)
                         : is_key(*s.p)                  ? parse_logfmt(s, &r, why)
                                                         : foreign(why, "no time, no key", 0);
    if (v == PMT_RECORD)
        *rec = r;
    return v;
}

#define AT "ts=2022-02-26T09:00:07.118Z"

static const struct pmt_sample samples[] = {
    {"2022-02-26T09:00:07.118Z\tERROR\tsetup\tunable to start\t{\"error\": \"none\"}", PMT_RECORD,
     "kind=other | " AT " | severity=err | message=unable to start"},
    {"2022-02-26T09:00:07.118Z\twarning\tenvoy config\tstream closed", PMT_RECORD,
     "kind=other | " AT " | severity=warning | message=stream closed"},
    {"2022/02/26 09:00:07.118\tINFO\tserving initial configuration", PMT_RECORD,
     "kind=other | " AT " | severity=info | message=serving initial configuration"},
    {"2022/02/26 09:00:07.118\tERROR\thttp.log.error\tdial tcp 192.0.2.8:80: connect: connection "
     "refused\t{\"request\": {\"remote_ip\": \"198.51.100.7\", \"method\": \"GET\", \"uri\": "
     "\"/pay\"}, \"status\": 502}",
     PMT_RECORD,
     "kind=other | " AT " | severity=err | client_ip=198.51.100.7 | method=GET | path=/pay | "
     "status=- | upstream=192.0.2.8:80 | message=dial tcp 192.0.2.8:80: connect: connection "
     "refused"},
    {"2022-02-26T09:00:07Z INF started version=3.1", PMT_RECORD,
     "kind=other | ts=2022-02-26T09:00:07Z | severity=info | host=- | message=started version=3.1"},
    {"2022-02-26T09:00:07.118765Z  WARN cart::db: slow", PMT_RECORD,
     "kind=other | ts=2022-02-26T09:00:07.118765Z | severity=warning | message=cart::db: slow"},
    {"[2022-02-26 09:00:07.118][16][warning][config] [source/common/a.cc:73] stream closed",
     PMT_RECORD,
     "kind=other | ts=2022-02-26T09:00:07.118 | severity=warning | message=stream closed"},
    {"time=\"2022-02-26T09:00:07.118Z\" level=fatal msg=\"the \\\"ice\\\" breaks\" n=100 omg",
     PMT_RECORD, "kind=other | " AT " | severity=crit | message=the \"ice\" breaks"},
    {"level=info ts=2022-02-26T09:00:07.118Z caller=main.go:12 msg=ready", PMT_RECORD,
     "kind=other | " AT " | severity=info | message=ready"},
    {"t=2022-02-26T09:00:07.118Z level=info msg=\"Request Completed\" method=GET path=/a "
     "status=302 remote_addr=198.51.100.7 time_ms=7 size=29",
     PMT_RECORD,
     "kind=http_request | " AT " | client_ip=198.51.100.7 | method=GET | path=/a | status=302 | "
     "bytes=29 | request_time_ms=7"},
    {"2022-02-26T09:00:07.118Z web-1 text", PMT_FOREIGN, ""},
    {"time=2022-02-26T09:00:07.118Z status=200", PMT_FOREIGN, ""},
    {"level=info msg=ready", PMT_FOREIGN, ""},
    {"2022-02-30T09:00:07Z INF started", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_app_text = {
    .name = "app-text",
    .summary = "programs' own messages: consoles of zap, zerolog, tracing, Caddy, Envoy; logfmt",
    .layer = PMT_LAYER_NONE,
    .programs = NULL,
    .parse = parse,
    .parse_message = NULL,
    .samples = samples,
};
