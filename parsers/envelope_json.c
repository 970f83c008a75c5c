/* envelope_json.c - lines of others, and free text, wrapped into one JSON object per line.
 *
 * Docker's json-file driver, and what fluent-bit makes of it: the line with its end, the stream,
 * the time in nanoseconds (docs.docker.com, JSON File logging driver):
 *
 *   {"log":"<line>\n","stream":"stdout","time":"2022-02-26T09:00:07.118765432Z"}
 *
 * journalctl -o json (systemd.journal-fields(7), systemd's "Journal JSON Format"): microseconds
 * since 1970, all values texts; a message that is no UTF-8 is a list of numbers, a field that
 * stands twice a list of texts:
 *
 *   {"__REALTIME_TIMESTAMP":"1645866007118765","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"app",
 *    "_PID":"7","PRIORITY":"6","MESSAGE":"text"}
 *
 * A shipper's have any time, and a "message" that is a line of a known format. Else a message and
 * a time are what a program's logger wrote: app_json.c. A request of an access log stays one.
 *
 * What is wrapped is read as if it stood in a file of its own; unescaped, it is in the scratch.
 */
#include "app_json.h"
#include "syslog.h"

enum { MEMBERS_MAX = 256 }; /* more are not looked at */

enum key {
    K_LOG,
    K_MESSAGE,
    K_JOURNAL_TIME,
    K_JOURNAL_MESSAGE,
    K_JOURNAL_HOST,
    K_IDENTIFIER,
    K_COMM,
    K_JOURNAL_PID,
    K_SYSLOG_PID,
    K_PRIORITY,
    KEYS
};

static const struct {
    const char *name;
    enum key key;
} keys[] = {
    {"log", K_LOG},
    {"message", K_MESSAGE},
    {"__REALTIME_TIMESTAMP", K_JOURNAL_TIME},
    {"MESSAGE", K_JOURNAL_MESSAGE},
    {"_HOSTNAME", K_JOURNAL_HOST},
    {"SYSLOG_IDENTIFIER", K_IDENTIFIER},
    {"_COMM", K_COMM},
    {"_PID", K_JOURNAL_PID},
    {"SYSLOG_PID", K_SYSLOG_PID},
    {"PRIORITY", K_PRIORITY},
};

static void take(const struct pmt_json *j, struct pmt_json *found, struct pmt_app *app)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (*j->name.p == *keys[i].name && pmt_slice_is(j->name, keys[i].name) &&
            !found[keys[i].key].name.p)
            found[keys[i].key] = *j;
    pmt_app_take(j, app);
}

static bool read_object(struct pmt_cursor *c, struct pmt_json *found, struct pmt_app *app)
{
    struct pmt_json j;
    int more = 0;
    if (!pmt_json_open(c))
        return false;
    for (int i = 0; i < MEMBERS_MAX && (more = pmt_json_next(c, &j)) > 0; i++) {
        if (!j.name.p)
            return false;
        if (j.name.n)
            take(&j, found, app);
    }
    return more >= 0;
}

/* A text; of a list of texts the first. */
static struct pmt_slice text(const struct pmt_json *j, struct pmt_record *r)
{
    struct pmt_json first;
    if (j->name.p && j->type == PMT_JSON_ARRAY) {
        struct pmt_cursor c = pmt_cursor(j->value);
        if (pmt_json_open_array(&c) && pmt_json_next(&c, &first) > 0 &&
            first.type == PMT_JSON_TEXT && !first.name.p)
            return pmt_json_text(first.value, r);
        return pmt_json_bytes(j->value, r);
    }
    if (!j->name.p || (j->type != PMT_JSON_TEXT && j->type != PMT_JSON_WORD))
        return PMT_NO_SLICE;
    return pmt_json_text(j->value, r);
}

static struct pmt_slice without_end(struct pmt_slice s)
{
    while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

static struct pmt_slice said(struct pmt_slice s)
{
    return s.n ? s : PMT_NO_SLICE;
}

static int64_t number(const struct pmt_json *j, struct pmt_record *r)
{
    struct pmt_slice s = text(j, r);
    int64_t v;
    return s.n && pmt_slice_int(s, &v) && v >= 0 ? v : -1;
}

/* ---- each of the three ----------------------------------------------------------------------- */

static enum pmt_verdict journal(const struct pmt_json *found, struct pmt_record *r)
{
    struct pmt_slice time = found[K_JOURNAL_TIME].value;
    int64_t us, priority;
    if (!time.n || !pmt_slice_int(time, &us) || us < 0 || us > INT64_MAX / 2)
        return PMT_FOREIGN;
    r->head =
        (struct pmt_stamp){.wall = us, .how = PMT_STAMP_ZONED, .decimals = 6, .universal = true};
    r->host = said(text(&found[K_JOURNAL_HOST], r));
    r->program = said(text(&found[K_IDENTIFIER], r));
    if (!r->program.p)
        r->program = said(text(&found[K_COMM], r));
    r->pid = number(&found[K_JOURNAL_PID], r);
    if (r->pid < 0)
        r->pid = number(&found[K_SYSLOG_PID], r);
    priority = number(&found[K_PRIORITY], r);
    if (priority >= PMT_SEV_EMERG && priority <= PMT_SEV_DEBUG)
        r->severity = (int8_t)priority;
    const struct pmt_json *message = &found[K_JOURNAL_MESSAGE]; /* some shippers' is small */
    return pmt_syslog_deliver(without_end(text(message->name.p ? message : &found[K_MESSAGE], r)),
                              r);
}

static enum pmt_verdict shipped(const struct pmt_json *found, struct pmt_record *r)
{
    if (found[K_MESSAGE].type != PMT_JSON_TEXT)
        return PMT_FOREIGN;
    return pmt_syslog_wrapped(without_end(text(&found[K_MESSAGE], r)), r);
}

/* What an access log says of a request may stand beside a message: "handled request". */
static enum pmt_verdict request(struct pmt_slice line, struct pmt_record *r)
{
    struct pmt_record t = *r;
    struct pmt_reject ignored;
    if (pmt_parser_access_json.parse(line, &t, &ignored) != PMT_RECORD)
        return PMT_FOREIGN;
    *r = t;
    return PMT_RECORD;
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice trimmed = pmt_slice_trim(line);
    struct pmt_cursor c = pmt_cursor(trimmed);
    struct pmt_json found[KEYS] = {{.name = {NULL, 0}}};
    struct pmt_app app = {.time = {.how = PMT_STAMP_NONE}};
    enum pmt_verdict v = PMT_FOREIGN;
    *why = (struct pmt_reject){"no JSON object", 0};
    if (!pmt_cur_char(&c, '\x1e')) /* -o json-seq, RFC 7464 */
        pmt_cur_lit(&c, "data: ");  /* -o json-sse */
    if (pmt_cur_end(&c) || *c.p != '{')
        return PMT_FOREIGN;
    struct pmt_record r = *rec;
    if (!read_object(&c, found, &app)) {
        why->column = (size_t)(c.p - line.p);
        return PMT_FOREIGN;
    }
    why->why = "a JSON object, but neither a request nor a message with a time";
    if (found[K_JOURNAL_TIME].name.p) {
        v = journal(found, &r);
    } else if (found[K_LOG].name.p && found[K_LOG].type == PMT_JSON_TEXT) {
        if (app.time.how == PMT_STAMP_NONE)
            return PMT_FOREIGN;
        r.head = app.time;
        v = pmt_syslog_contained(without_end(text(&found[K_LOG], &r)), &r);
    } else {
        v = request(trimmed, &r);
        if (v == PMT_FOREIGN && app.time.how != PMT_STAMP_NONE && found[K_MESSAGE].name.p) {
            r.head = app.time;
            v = shipped(found, &r);
        }
        if (v == PMT_FOREIGN) {
            r = *rec;
            v = pmt_app_message(&app, &r);
        }
    }
    if (v != PMT_FOREIGN)
        *rec = r;
    return v;
}

/* Behind syslog's head: what a logger wrote with a time of its own. Other JSON stays text. */
static enum pmt_verdict parse_message(struct pmt_slice message, struct pmt_record *rec,
                                      struct pmt_reject *why)
{
    struct pmt_cursor c = pmt_cursor(message);
    struct pmt_json found[KEYS] = {{.name = {NULL, 0}}};
    struct pmt_app app = {.time = {.how = PMT_STAMP_NONE}};
    struct pmt_record r = *rec;
    *why = (struct pmt_reject){"no message of a logger in JSON", 0};
    if (!read_object(&c, found, &app) || app.time.how == PMT_STAMP_NONE ||
        pmt_app_message(&app, &r) != PMT_RECORD)
        return PMT_FOREIGN;
    *rec = r;
    return PMT_RECORD;
}

static const char *const programs[] = {"caddy", "traefik", "envoy", NULL};

#define AT "ts=2022-02-26T09:00:07.118765Z"
#define DOCKER(log)                                                                                \
    "{\"log\":\"" log "\\n\",\"stream\":\"stdout\","                                               \
    "\"time\":\"2022-02-26T09:00:07.118765432Z\"}"
#define JOURNAL(fields)                                                                            \
    "{\"__CURSOR\":\"s=1;i=2\",\"__REALTIME_TIMESTAMP\":\"1645866007118765\","                     \
    "\"_BOOT_ID\":\"0a\",\"_HOSTNAME\":\"web-1\"," fields "}"

static const struct pmt_sample samples[] = {
    {DOCKER("ready \\u2713"), PMT_RECORD, "kind=syslog | " AT " | message=ready \xE2\x9C\x93"},
    {DOCKER("198.51.100.7 - - [26/Feb/2022:09:00:07 +0000] \\\"GET /a?b=1\\u0026c HTTP/1.1\\\" 502"
            " 157 "
            "\\\"-\\\" \\\"q\\\\x22uote\\\""),
     PMT_RECORD,
     "kind=http_request | ts=2022-02-26T09:00:07Z | client_ip=198.51.100.7 | path=/a?b=1&c | "
     "status=502 | bytes=157 | agent=q\\x22uote"},
    {DOCKER("{\\\"time\\\":\\\"2022-02-26T09:00:07Z\\\",\\\"remote_addr\\\":\\\"198.51.100.7\\\","
            "\\\"request\\\":\\\"GET /a HTTP/1.1\\\",\\\"status\\\":502,\\\"agent\\\":\\\"q\\\\\\"
            "\"u"
            "\\\"}"),
     PMT_RECORD, "kind=http_request | client_ip=198.51.100.7 | path=/a | agent=q\"u"},
    {DOCKER("<129>Feb 26 12:00:07 haproxy[8]: Server cart/c2 is DOWN. 1 active and 0 backup server"
            "s "
            "left. 2 sessions active, 0 requeued, 0 remaining in queue."),
     PMT_RECORD,
     "kind=lb_server_state | lb=down | " AT " | severity=alert | program=haproxy | pid=8"},
    {DOCKER("2022/02/26 09:00:07 [notice] 1#1: exit"), PMT_RECORD,
     "kind=nginx_error | severity=notice | pid=1 | message=exit"},
    {"{\"time\":\"2022-02-26T09:00:07.118765432Z\",\"stream\":\"stderr\",\"_p\":\"F\",\"log\":"
     "\"x"
     "\"}",
     PMT_RECORD, "kind=syslog | " AT " | message=x"},
    {"{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2022-02-30T09:00:07.118765432Z\"}",
     PMT_FOREIGN, ""},

    {JOURNAL("\"SYSLOG_IDENTIFIER\":\"app\",\"_PID\":\"7\",\"PRIORITY\":\"3\",\"MESSAGE\":\"a \\\""
             "b\\\""
             "\\tc\""),
     PMT_RECORD,
     "kind=syslog | " AT " | host=web-1 | program=app | pid=7 | severity=err | message=a \"b\"\tc"},
    {JOURNAL("\"MESSAGE\":[98,105,110,255,1],\"_COMM\":\"app\""), PMT_RECORD,
     "kind=syslog | host=web-1 | program=app | pid=- | message=bin\xFF\x01"},
    {JOURNAL("\"MESSAGE\":[\"one\",\"two\"],\"SYSLOG_IDENTIFIER\":[\"app\",\"b\"]"), PMT_RECORD,
     "kind=syslog | program=app | message=one"},
    {"\x1e" JOURNAL("\"MESSAGE\":\"x\""), PMT_RECORD, "kind=syslog | " AT " | message=x"},
    {"data: " JOURNAL("\"MESSAGE\":\"x\""), PMT_RECORD, "kind=syslog | " AT " | message=x"},
    {JOURNAL("\"MESSAGE\":null,\"SYSLOG_IDENTIFIER\":\"app\""), PMT_RECORD,
     "kind=syslog | program=app | message=-"},
    {JOURNAL("\"SYSLOG_IDENTIFIER\":\"haproxy\",\"SYSLOG_PID\":\"9\",\"MESSAGE\":\"backend cart ha"
             "s no "
             "server available!\""),
     PMT_RECORD, "kind=lb_server_state | lb=no_server | backend=cart | pid=9 | " AT},

    {"{\"level\":\"error\",\"ts\":1645866007.118765,\"logger\":\"http.log.error\",\"msg\":"
     "\"dial t"
     "cp "
     "192.0.2.8:80: connect: connection refused\",\"request\":{\"remote_ip\":\"198.51.100.7\","
     "\"method\":\"GET\",\"uri\":\"/pay\"},\"duration\":0.001,\"status\":502,\"err_id\":"
     "\"a\"}",
     PMT_RECORD,
     "kind=other | " AT " | severity=err | status=- | client_ip=198.51.100.7 | method=GET | "
     "path=/pay | upstream=192.0.2.8:80 | message=dial tcp 192.0.2.8:80: connect: connection "
     "refused"},
    {"{\"@timestamp\":\"2022-02-26T09:00:08Z\",\"host\":{\"name\":\"web-1\"},\"message\":"
     "\"2022/02"
     "/26 "
     "12:00:07 [warn] 9#9: text\"}",
     PMT_RECORD, "kind=nginx_error | severity=warning | pid=9 | message=text"},
    {"{\"@timestamp\":\"2022-02-26T09:00:08Z\",\"message\":\"Feb 26 12:00:07 web-1 app[7]: text\"}",
     PMT_RECORD, "kind=syslog | host=web-1 | program=app | pid=7 | message=text"},
    {"{\"time\":\"2022-02-26T12:00:07+03:00\",\"level\":\"error\",\"msg\":\"x\"}", PMT_RECORD,
     "kind=other | ts=2022-02-26T12:00:07+03:00 | severity=err | message=x"},
    {"{\"level\":40,\"time\":1645866007118,\"pid\":7,\"hostname\":\"web-1\",\"msg\":\"slow\"}",
     PMT_RECORD,
     "kind=other | ts=2022-02-26T09:00:07.118Z | severity=warning | pid=7 | host=web-1 | "
     "message=slow"},
    {"{\"level\":\"warning\",\"msg\":\"x\",\"started_at\":\"2021-01-01T00:00:00Z\",\"time\":"
     "\"2022-02-26 12:00:07.118765432 +0300 EAT\"}",
     PMT_RECORD, "kind=other | ts=2022-02-26T12:00:07.118765+03:00 | severity=warning"},
    {"{\"@t\":\"2022-02-26T09:00:07.1187654Z\",\"@mt\":\"Order {Id} failed\",\"@l\":\"Error\"}",
     PMT_RECORD, "kind=other | " AT " | severity=err | message=Order {Id} failed"},
    {"{\"instant\":{\"epochSecond\":1645866007,\"nanoOfSecond\":118765432},\"level\":\"WARN\","
     "\"message\":\"x\"}",
     PMT_RECORD, "kind=other | " AT " | severity=warning | message=x"},
    {"{\"t\":{\"$date\":\"2022-02-26T12:00:07.118+03:00\"},\"s\":\"E\",\"c\":\"STORAGE\",\"msg\":"
     "\"x\"}",
     PMT_RECORD, "kind=other | ts=2022-02-26T12:00:07.118+03:00 | severity=err | message=x"},
    {"{\"timestamp\":\"2022-02-26T09:00:07.118765Z\",\"level\":\"INFO\",\"fields\":{\"message\":"
     "\"x\"},\"target\":\"cart\"}",
     PMT_RECORD, "kind=other | " AT " | severity=info | message=x"},
    {"{\"level\":\"info\",\"ts\":1645866007.118765,\"logger\":\"http.log.access\",\"msg\":"
     "\"handled request\",\"request\":{\"remote_ip\":\"198.51.100.7\",\"method\":\"GET\","
     "\"uri\":\"/\"}}",
     PMT_RECORD, "kind=other | " AT " | message=handled request"},
    {"{\"level\":\"info\",\"msg\":\"x\"}", PMT_FOREIGN, ""},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"level\":\"info\",\"msg\":\"\"}", PMT_FOREIGN, ""},
    {"{\"level\":\"info\",\"time\":12,\"msg\":\"x\"}", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_envelope_json = {
    .name = "envelope-json",
    .summary = "lines in JSON: Docker's json-file, journalctl -o json, an application's messages",
    .layer = PMT_LAYER_NONE,
    .programs = programs,
    .parse = parse,
    .parse_message = parse_message,
    .samples = samples,
};
