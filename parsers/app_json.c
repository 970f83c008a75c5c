/* app_json.c - messages of programs that log JSON: their time, severity, text, host and process.
 *
 * The names are those of the loggers' own documentation. Levels are names, or numbers: of pino and
 * bunyan 10 (trace) to 60 (fatal), of GELF syslog's.
 *
 *   {"level":30,"time":1645866007118,"pid":7,"hostname":"web-1","msg":"text"}      pino, bunyan
 *   {"level":"info","ts":1645866007.118,"logger":"cart","msg":"text"}              zap, Caddy
 *   {"level":"info","msg":"text","time":"2022-02-26T09:00:07Z"}                    logrus, slog
 *   {"@t":"2022-02-26T09:00:07.118Z","@mt":"Order {Id} failed","@l":"Error"}       Serilog
 *   {"@timestamp":"...","log.level":"ERROR","message":"text"}                      Elastic's
 *   {"version":"1.1","host":"web-1","short_message":"text","timestamp":1645866007.1,"level":3}
 *   {"t":{"$date":"..."},"s":"I","c":"NETWORK","msg":"text"}                       MongoDB
 *   {"instant":{"epochSecond":1645866007,"nanoOfSecond":118000000},"message":"text"}    log4j 2
 *   {"timestamp":"...","level":"INFO","fields":{"message":"text"}}                 tracing
 */
#include "app_json.h"

static const struct {
    const char *name;
    enum pmt_app_key key;
    uint8_t rank;
} keys[] = {
    {"msg", APP_MESSAGE, 1},           {"message", APP_MESSAGE, 1},
    {"short_message", APP_MESSAGE, 1}, {"@m", APP_MESSAGE, 1},
    {"RenderedMessage", APP_MESSAGE, 1}, {"Message", APP_MESSAGE, 2},
    {"textPayload", APP_MESSAGE, 2},   {"M", APP_MESSAGE, 3},
    {"@mt", APP_MESSAGE, 3},           {"MessageTemplate", APP_MESSAGE, 3},
    {"event", APP_MESSAGE, 4},         {"level", APP_LEVEL, 2},
    {"level_name", APP_LEVEL, 1},      {"levelname", APP_LEVEL, 1},
    {"log.level", APP_LEVEL, 1},       {"severity", APP_LEVEL, 2},
    {"loglevel", APP_LEVEL, 2},        {"lvl", APP_LEVEL, 2},
    {"Level", APP_LEVEL, 2},           {"Severity", APP_LEVEL, 2},
    {"@l", APP_LEVEL, 2},              {"L", APP_LEVEL, 3},
    {"s", APP_LEVEL, 4},               {"hostname", APP_HOST, 1},
    {"hostName", APP_HOST, 1},         {"Hostname", APP_HOST, 1},
    {"pid", APP_PID, 1},               {"processId", APP_PID, 2},
    {"procid", APP_PID, 2},
};

static void keep(enum pmt_app_key key, uint8_t rank, const struct pmt_json *j, struct pmt_app *app)
{
    if (j->type != PMT_JSON_TEXT && j->type != PMT_JSON_WORD)
        return;
    if (!app->rank[key] || rank < app->rank[key]) {
        app->rank[key] = rank;
        app->found[key] = *j;
    }
}

/* The names that nothing but the time of the line has; other names may tell of another time. */
static uint8_t rank_of_time(struct pmt_slice name)
{
    static const char *const sure[] = {"@timestamp", "timestamp", "time", "ts", "@t", "Timestamp"};
    for (size_t i = 0; i < sizeof sure / sizeof *sure; i++)
        if (pmt_slice_is(name, sure[i]))
            return 1;
    const struct pmt_name *known = pmt_json_name(PMT_NO_SLICE, name);
    return known && (known->member == M_TIME || known->member == M_MSEC) ? 2 : 0;
}

static void take_time(const struct pmt_json *j, struct pmt_app *app)
{
    struct pmt_stamp t;
    uint8_t rank = rank_of_time(j->name);
    if (rank && (!app->time_rank || rank < app->time_rank) && pmt_json_time(j->value, &t)) {
        app->time = t;
        app->time_rank = rank;
        if (t.how == PMT_STAMP_WALL && j->value.n > 4 && j->value.p[4] == '/')
            pmt_json_is_utc(&app->time); /* Caddy's "2022/02/26 09:00:07.118" */
    }
}

/* ---- objects inside -------------------------------------------------------------------------- */

/* {"epochSecond":1645866007,"nanoOfSecond":118000000} */
static void take_instant(struct pmt_cursor c, struct pmt_app *app)
{
    struct pmt_json j;
    int64_t seconds = -1, ns = -1;
    while (pmt_json_next(&c, &j) > 0 && j.name.p) {
        if (pmt_slice_is(j.name, "epochSecond") && !pmt_slice_int(j.value, &seconds))
            return;
        if (pmt_slice_is(j.name, "nanoOfSecond") && !pmt_slice_int(j.value, &ns))
            return;
    }
    if (seconds < 1000000000 || seconds > 9999999999 || ns < 0 || ns > 999999999)
        return;
    app->time_rank = 1;
    app->time = (struct pmt_stamp){.wall = seconds * PMT_SECOND + ns / 1000,
                                   .how = PMT_STAMP_ZONED, .decimals = 6, .universal = true};
}

static void take_inner(const struct pmt_json *outer, struct pmt_app *app)
{
    static const struct {
        const char *outer, *inner;
        enum pmt_app_key key;
    } rows[] = {{"fields", "message", APP_MESSAGE},
                {"log", "level", APP_LEVEL},
                {"host", "name", APP_HOST},
                {"host", "hostname", APP_HOST}};
    struct pmt_cursor c = pmt_cursor(outer->value);
    struct pmt_json j;
    if (!pmt_json_open(&c))
        return;
    if (pmt_slice_is(outer->name, "instant")) {
        take_instant(c, app);
    } else if (pmt_slice_is(outer->name, "t")) {
        if (pmt_json_next(&c, &j) > 0 && pmt_slice_is(j.name, "$date") &&
            pmt_json_time(j.value, &app->time))
            app->time_rank = 1;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!pmt_slice_is(outer->name, rows[i].outer))
            continue;
        struct pmt_cursor in = pmt_cursor(outer->value);
        pmt_json_open(&in);
        while (pmt_json_next(&in, &j) > 0 && j.name.p)
            if (pmt_slice_is(j.name, rows[i].inner))
                keep(rows[i].key, 3, &j, app);
    }
}

void pmt_app_take(const struct pmt_json *j, struct pmt_app *app)
{
    if (j->type == PMT_JSON_OBJECT) {
        if (pmt_slice_is(j->name, "request"))
            app->request = *j;
        take_inner(j, app);
        return;
    }
    if (pmt_slice_is(j->name, "logger") && j->type == PMT_JSON_TEXT)
        app->logger = j->value;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (*j->name.p == *keys[i].name && pmt_slice_is(j->name, keys[i].name))
            keep(keys[i].key, keys[i].rank, j, app);
    if (j->type == PMT_JSON_TEXT || j->type == PMT_JSON_WORD)
        take_time(j, app);
}

/* ---- into the record ------------------------------------------------------------------------- */

static int severity_of(const struct pmt_json *j)
{
    static const int pino[] = {PMT_SEV_DEBUG,   PMT_SEV_DEBUG, PMT_SEV_INFO,
                               PMT_SEV_WARNING, PMT_SEV_ERR,   PMT_SEV_CRIT};
    int64_t v;
    struct pmt_slice s = j->value;
    if (!j->name.p)
        return PMT_SEV_UNKNOWN;
    if (pmt_slice_int(s, &v)) {
        if (v >= PMT_SEV_EMERG && v <= PMT_SEV_DEBUG)
            return (int)v;
        return v >= 10 && v <= 60 && v % 10 == 0 ? pino[v / 10 - 1] : PMT_SEV_UNKNOWN;
    }
    if (s.n == 1 && pmt_slice_is(j->name, "s")) /* MongoDB's */
        return *s.p == 'F'   ? PMT_SEV_CRIT
               : *s.p == 'E' ? PMT_SEV_ERR
               : *s.p == 'W' ? PMT_SEV_WARNING
               : *s.p == 'I' ? PMT_SEV_INFO
               : *s.p == 'D' ? PMT_SEV_DEBUG
                             : PMT_SEV_UNKNOWN;
    return pmt_severity_from_name(s);
}

/* What Caddy gave up a request with is its error log. */
static void put_request(const struct pmt_json *request, struct pmt_record *r)
{
    struct pmt_cursor c = pmt_cursor(request->value);
    struct pmt_slice client = PMT_NO_SLICE, peer = PMT_NO_SLICE;
    struct pmt_json j;
    if (!pmt_json_open(&c))
        return;
    while (pmt_json_next(&c, &j) > 0 && j.name.p) {
        if (j.type != PMT_JSON_TEXT || !j.value.n)
            continue;
        if (pmt_slice_is(j.name, "client_ip"))
            client = j.value;
        else if (pmt_slice_is(j.name, "remote_ip") || pmt_slice_is(j.name, "remote_addr"))
            peer = j.value;
        else if (pmt_slice_is(j.name, "method"))
            r->method = pmt_json_text(j.value, r);
        else if (pmt_slice_is(j.name, "uri"))
            r->path = pmt_json_text(j.value, r);
        else if (pmt_slice_is(j.name, "host"))
            r->vhost = pmt_json_text(j.value, r);
    }
    r->client = pmt_json_address(client.n ? client : peer);
}

/* "dial tcp 192.0.2.8:80: connect: ..." */
static struct pmt_slice dialled(struct pmt_slice message)
{
    struct pmt_cursor c = pmt_cursor(message);
    struct pmt_slice address;
    if (!pmt_cur_lit(&c, "dial tcp ") || !pmt_cur_until_lit(&c, ": ", &address) ||
        memchr(address.p, ' ', address.n))
        return PMT_NO_SLICE;
    return address;
}

void pmt_app_speaker(const struct pmt_app *app, struct pmt_record *r)
{
    static const char *const loggers[] = {"admin", "admin.api", "http"};
    struct pmt_slice l = app->logger;
    if (!l.n && !pmt_slice_is(r->message, "serving initial configuration") &&
        !pmt_slice_is(r->message, "shutting down apps, then terminating"))
        return;
    if (pmt_slice_is(l, "http.log.error") || pmt_slice_starts(l, "http.log.error.")) {
        r->speaker = PMT_SLICE("caddy-error");
        r->upstream = dialled(r->message);
        if (app->request.name.p)
            put_request(&app->request, r);
        return;
    }
    bool caddy = !l.n || pmt_slice_starts(l, "http.");
    for (size_t i = 0; i < sizeof loggers / sizeof *loggers; i++)
        caddy |= pmt_slice_is(l, loggers[i]);
    if (caddy)
        r->speaker = PMT_SLICE("caddy");
}

enum pmt_verdict pmt_app_message(const struct pmt_app *app, struct pmt_record *r)
{
    const struct pmt_json *message = &app->found[APP_MESSAGE], *host = &app->found[APP_HOST];
    int64_t pid;
    if (!app->rank[APP_MESSAGE] || message->type != PMT_JSON_TEXT || !message->value.n ||
        (app->time.how == PMT_STAMP_NONE && r->head.how == PMT_STAMP_NONE))
        return PMT_FOREIGN;
    int severity = severity_of(&app->found[APP_LEVEL]);
    r->kind = PMT_OTHER;
    r->own = app->time;
    if (severity != PMT_SEV_UNKNOWN)
        r->severity = (int8_t)severity;
    if (!r->host.p && app->rank[APP_HOST] && host->value.n)
        r->host = pmt_json_text(host->value, r);
    if (r->pid < 0 && app->rank[APP_PID] && pmt_slice_int(app->found[APP_PID].value, &pid) &&
        pid >= 0)
        r->pid = pid;
    r->message = pmt_slice_trim(pmt_json_text(message->value, r));
    pmt_app_speaker(app, r);
    return r->message.n ? PMT_RECORD : PMT_FOREIGN;
}
