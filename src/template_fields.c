#include "template_program.h"

/* ---- the names of each dialect ------------------------------------------------------------- */

/* nginx: ngx_http_variables.c, ngx_http_log_module.c, ngx_http_upstream.c, ngx_stream_*.c. What is
 * not here is opaque text. */
static const struct pmt_var nginx_vars[] = {
    {"remote_addr", MEANS_CLIENT, TAKE_TEXT, VAR_ADDRESS},
    {"server_addr", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS},
    {"realip_remote_addr", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS},
    {"remote_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT},
    {"server_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT},
    {"realip_remote_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT},
    {"time_local", MEANS_STAMP, TAKE_STAMP, 0},
    {"time_iso8601", MEANS_STAMP, TAKE_STAMP, 0},
    {"msec", MEANS_STAMP, TAKE_EPOCH, 0},
    {"request", MEANS_REQUEST, TAKE_TEXT, 0},
    {"request_method", MEANS_METHOD, TAKE_TEXT, 0},
    {"request_uri", MEANS_PATH, TAKE_TEXT, 0},
    {"uri", MEANS_PATH, TAKE_TEXT, 0},
    {"document_uri", MEANS_PATH, TAKE_TEXT, 0},
    {"is_args", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY},
    {"args", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY},
    {"query_string", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY},
    {"status", MEANS_STATUS, TAKE_STATUS, 0},
    {"body_bytes_sent", MEANS_BYTES, TAKE_NUMBER, 0},
    {"bytes_sent", MEANS_BYTES, TAKE_NUMBER, 0},
    {"bytes_received", MEANS_NOTHING, TAKE_NUMBER, 0},
    {"request_length", MEANS_NOTHING, TAKE_NUMBER, 0},
    {"request_time", MEANS_SECONDS, TAKE_NUMBER, 0},
    {"session_time", MEANS_SECONDS, TAKE_NUMBER, VAR_SESSION},
    {"protocol", MEANS_NOTHING, TAKE_TEXT, VAR_SESSION},
    {"http_referer", MEANS_REFERRER, TAKE_TEXT, 0},
    {"http_user_agent", MEANS_AGENT, TAKE_TEXT, 0},
    {"http_x_forwarded_for", MEANS_FORWARDED, TAKE_TEXT, 0},
    {"proxy_add_x_forwarded_for", MEANS_FORWARDED, TAKE_TEXT, 0},
    {"host", MEANS_VHOST, TAKE_TEXT, 0},
    {"http_host", MEANS_VHOST, TAKE_TEXT, 0},
    {"server_name", MEANS_VHOST, TAKE_TEXT, 0},
    {"upstream_addr", MEANS_UPSTREAM, TAKE_LIST, 0},
    {"upstream_status", MEANS_UPSTREAM_STATUS, TAKE_LIST, 0},
    {"upstream_response_time", MEANS_UPSTREAM_SECONDS, TAKE_LIST, 0},
    {"upstream_connect_time", MEANS_NOTHING, TAKE_LIST, 0},
    {"upstream_header_time", MEANS_NOTHING, TAKE_LIST, 0},
    {"upstream_session_time", MEANS_NOTHING, TAKE_LIST, 0},
    {"upstream_first_byte_time", MEANS_NOTHING, TAKE_LIST, 0},
    {"upstream_response_length", MEANS_NOTHING, TAKE_LIST, 0},
    {"upstream_bytes_received", MEANS_NOTHING, TAKE_LIST, 0},
    {"upstream_bytes_sent", MEANS_NOTHING, TAKE_LIST, 0},
    {NULL, MEANS_NOTHING, TAKE_TEXT, 0},
};

/* HAProxy: configuration manual 8.2.6 (8.2.4 before 3.0), and the names of 1.5 to 1.8. */
static const struct pmt_var haproxy_vars[] = {
    {"ci", MEANS_CLIENT, TAKE_WORD, VAR_ADDRESS},
    {"cp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES},
    {"fi", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS},
    {"fp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES},
    {"bi", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS},
    {"bp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES},
    {"si", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS},
    {"sp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES},
    {"tr", MEANS_STAMP, TAKE_STAMP, VAR_REQUEST_DATE | VAR_NO_QUOTES},
    {"trg", MEANS_STAMP, TAKE_STAMP, VAR_REQUEST_DATE | VAR_NO_QUOTES | VAR_UNIVERSAL},
    {"trl", MEANS_STAMP, TAKE_STAMP, VAR_REQUEST_DATE | VAR_NO_QUOTES},
    {"t", MEANS_STAMP, TAKE_STAMP, VAR_NO_QUOTES},
    {"T", MEANS_STAMP, TAKE_STAMP, VAR_NO_QUOTES | VAR_UNIVERSAL},
    {"Tl", MEANS_STAMP, TAKE_STAMP, VAR_NO_QUOTES},
    {"Ts", MEANS_STAMP, TAKE_EPOCH, VAR_NO_QUOTES},
    {"ms", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"ft", MEANS_FRONTEND, TAKE_WORD, 0},
    {"f", MEANS_FRONTEND, TAKE_WORD, 0},
    {"b", MEANS_BACKEND, TAKE_WORD, 0},
    {"s", MEANS_SERVER, TAKE_WORD, 0},
    {"H", MEANS_NOTHING, TAKE_WORD, 0},
    {"ID", MEANS_NOTHING, TAKE_WORD, 0},
    {"sslv", MEANS_NOTHING, TAKE_WORD, 0},
    {"sslc", MEANS_NOTHING, TAKE_WORD, 0},
    {"TR", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Tq", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Tw", MEANS_QUEUE_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Tc", MEANS_CONNECT_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Tr", MEANS_RESPONSE_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Td", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Th", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Ti", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Tu", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Ta", MEANS_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES},
    {"Tt", MEANS_TOTAL_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES},
    {"ST", MEANS_STATUS, TAKE_STATUS, VAR_NO_QUOTES},
    {"B", MEANS_BYTES, TAKE_NUMBER, VAR_NO_QUOTES},
    {"U", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"tsc", MEANS_TERMINATION, TAKE_STATE, VAR_NO_QUOTES},
    {"ts", MEANS_TERMINATION, TAKE_STATE, VAR_NO_QUOTES},
    {"CC", MEANS_NOTHING, TAKE_TEXT, 0},
    {"CS", MEANS_NOTHING, TAKE_TEXT, 0},
    {"ac", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"fc", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"bc", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"sc", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"rc", MEANS_RETRIES, TAKE_NUMBER, VAR_NO_QUOTES},
    {"sq", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"bq", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"lc", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"rt", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"pid", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES},
    {"hr", MEANS_NOTHING, TAKE_CAPTURES, VAR_NO_QUOTES},
    {"hs", MEANS_NOTHING, TAKE_CAPTURES, VAR_NO_QUOTES},
    {"hrl", MEANS_NOTHING, TAKE_TEXT, VAR_NO_QUOTES},
    {"hsl", MEANS_NOTHING, TAKE_TEXT, VAR_NO_QUOTES},
    {"r", MEANS_REQUEST, TAKE_TEXT, 0},
    {"HM", MEANS_METHOD, TAKE_TEXT, 0},
    {"HU", MEANS_PATH, TAKE_TEXT, 0},
    {"HP", MEANS_PATH, TAKE_TEXT, 0},
    {"HPO", MEANS_PATH, TAKE_TEXT, 0},
    {"HQ", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY},
    {"HV", MEANS_NOTHING, TAKE_TEXT, 0},
    {NULL, MEANS_NOTHING, TAKE_TEXT, 0},
};

static const struct pmt_var haproxy_exprs[] = {
    {"fc_err_str", MEANS_MESSAGE, TAKE_TEXT, 0},
    {"src", MEANS_CLIENT, TAKE_WORD, VAR_ADDRESS},
    {NULL, MEANS_NOTHING, TAKE_TEXT, 0},
};

/* Apache httpd: mod_log_config, "Custom Log Formats". By letter; the name is what stands in the
 * braces, "" for none. Header names are compared without case. */
static const struct {
    char letter;
    struct pmt_var var;
} apache_vars[] = {
    {'h', {"", MEANS_CLIENT, TAKE_TEXT, VAR_ADDRESS}},
    {'a', {"", MEANS_CLIENT, TAKE_TEXT, VAR_ADDRESS}},
    {'a', {"c", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS}},
    {'p', {"", MEANS_NOTHING, TAKE_NUMBER, 0}},
    {'p', {"remote", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT}},
    {'t', {"", MEANS_STAMP, TAKE_STAMP, 0}},
    {'r', {"", MEANS_REQUEST, TAKE_TEXT, 0}},
    {'m', {"", MEANS_METHOD, TAKE_TEXT, 0}},
    {'U', {"", MEANS_PATH, TAKE_TEXT, 0}},
    {'q', {"", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY}},
    {'s', {"", MEANS_STATUS, TAKE_STATUS, 0}},
    {'b', {"", MEANS_BYTES, TAKE_NUMBER, 0}},
    {'B', {"", MEANS_BYTES, TAKE_NUMBER, 0}},
    {'O', {"", MEANS_BYTES, TAKE_NUMBER, 0}},
    {'I', {"", MEANS_NOTHING, TAKE_NUMBER, 0}},
    {'D', {"", MEANS_MICROS, TAKE_NUMBER, 0}},
    {'T', {"", MEANS_SECONDS, TAKE_NUMBER, 0}},
    {'T', {"s", MEANS_SECONDS, TAKE_NUMBER, 0}},
    {'T', {"ms", MEANS_MILLIS, TAKE_NUMBER, 0}},
    {'T', {"us", MEANS_MICROS, TAKE_NUMBER, 0}},
    {'v', {"", MEANS_VHOST, TAKE_TEXT, 0}},
    {'V', {"", MEANS_VHOST, TAKE_TEXT, 0}},
    {'i', {"referer", MEANS_REFERRER, TAKE_TEXT, 0}},
    {'i', {"user-agent", MEANS_AGENT, TAKE_TEXT, 0}},
    {'i', {"x-forwarded-for", MEANS_FORWARDED, TAKE_TEXT, 0}},
    {'i', {"host", MEANS_VHOST, TAKE_TEXT, 0}},
};

static const struct pmt_var *find_var(const struct pmt_var *vars, struct pmt_slice name)
{
    for (; vars->name; vars++)
        if (pmt_slice_is(name, vars->name))
            return vars;
    return NULL;
}

const struct pmt_var *pmt_var_nginx(struct pmt_slice name)
{
    return find_var(nginx_vars, name);
}

const struct pmt_var *pmt_var_haproxy(struct pmt_slice name)
{
    return find_var(haproxy_vars, name);
}

const struct pmt_var *pmt_var_haproxy_expr(struct pmt_slice expr)
{
    return find_var(haproxy_exprs, expr);
}

static bool same_without_case(struct pmt_slice s, const char *lower)
{
    if (s.n != strlen(lower))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) != lower[i])
            return false;
    }
    return true;
}

const struct pmt_var *pmt_var_apache(char letter, struct pmt_slice param)
{
    for (size_t i = 0; i < sizeof apache_vars / sizeof *apache_vars; i++)
        if (apache_vars[i].letter == letter && same_without_case(param, apache_vars[i].var.name))
            return &apache_vars[i].var;
    return NULL;
}

const char *pmt_meaning_missing(enum pmt_meaning m)
{
    switch (m) {
    case MEANS_STAMP:
        return "no possible date and time where the format has them";
    case MEANS_CLIENT:
    case MEANS_CLIENT_PORT:
        return "no client address where the format has it";
    case MEANS_REQUEST:
        return "no request line where the format has it";
    case MEANS_STATUS:
        return "no three-digit status where the format has it";
    case MEANS_BYTES:
        return "no byte count where the format has it";
    case MEANS_FRONTEND:
    case MEANS_BACKEND:
    case MEANS_SERVER:
        return "no frontend, backend and server where the format has them";
    default:
        return "the text between two fields differs from the format's";
    }
}

/* ---- what was found, into the record ------------------------------------------------------- */

/* Unset variables are written "-", or as nothing under escape=json and escape=none. */
static struct pmt_slice text(struct pmt_slice s)
{
    return s.n == 0 || (s.n == 1 && *s.p == '-') ? PMT_NO_SLICE : s;
}

/* HAProxy prints an IPv6 client without brackets, so only the last colon tells where the port
 * begins. */
static struct pmt_slice without_port(struct pmt_slice s)
{
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == ':')
            return text(pmt_slice(s.p, i - 1));
    return text(s);
}

static int64_t duration(int64_t v, int64_t unit)
{
    return v >= 0 && v <= INT64_MAX / unit ? v * unit : -1;
}

/* A method as nginx takes it: capital letters, "_" and "-" (ngx_http_parse_request_line). Returns
 * what stands behind it. */
static const char *skip_method(const char *p, const char *end)
{
    if (p == end || *p < 'A' || *p > 'Z')
        return p;
    while (p < end && ((*p >= 'A' && *p <= 'Z') || *p == '_' || *p == '-'))
        p++;
    return p;
}

/* HAProxy writes the target of HTTP/2 requests in absolute form, "https://shop.example/a?b": the
 * path is what web servers behind it log too. */
static void split_target(struct pmt_record *rec)
{
    struct pmt_cursor c = pmt_cursor(rec->path);
    struct pmt_slice host;
    if (!pmt_cur_lit(&c, "https://") && !pmt_cur_lit(&c, "http://"))
        return;
    const char *slash = c.p - 1; /* stands for the path where there is none */
    if (pmt_cur_until(&c, '/', &host)) {
        rec->path = pmt_slice(c.p - 1, (size_t)(c.end - c.p) + 1);
    } else {
        host = pmt_cur_rest(&c);
        rec->path = pmt_slice(slash, 1);
    }
    if (!rec->vhost.p && host.n)
        rec->vhost = host;
}

/* RFC 9112 3: request-line = method SP request-target SP HTTP-version. The target of a hostile or
 * sloppy client may hold blanks, the version may lack (HTTP/0.9, or the line was cut), and a TLS
 * hello sent to a plain port is no request at all: then neither method nor path is known. */
static void store_request(enum pmt_dialect dialect, struct pmt_slice s, struct pmt_record *rec)
{
    const char *end = s.p + s.n, *sp = skip_method(s.p, end);
    if (sp == s.p || sp == end || *sp != ' ')
        return;
    const char *p = sp + 1, *word = end;
    if (s.n >= 12 && memcmp(end - 9, " HTTP/", 6) == 0)
        word -= 8; /* nearly always */
    while (word > p && word[-1] != ' ')
        word--;
    bool version = end - word >= 5 && memcmp(word, "HTTP/", 5) == 0;
    if (version)
        end = word;
    while (p < end && *p == ' ')
        p++;
    while (end > p && end[-1] == ' ')
        end--;
    struct pmt_slice path = pmt_slice(p, (size_t)(end - p));
    if (!path.n || (!version && *p != '/' && *p != '*' && !pmt_slice_find(path, "://")))
        return;
    rec->method = pmt_slice(s.p, (size_t)(sp - s.p));
    rec->path = path;
    if (dialect == PMT_DIALECT_HAPROXY && (*p | 32) == 'h')
        split_target(rec);
}

static void store_seconds(struct pmt_slice s, struct pmt_record *rec)
{
    int64_t us;
    if (pmt_slice_seconds(s, &us))
        rec->duration_us = us;
}

/* Fields that go into the record as they are. */
static const struct {
    uint16_t at; /* 0: not one of them (the record begins with its kind) */
    bool number;
} places[MEANINGS] = {
    [MEANS_CLIENT] = {offsetof(struct pmt_record, client), false},
    [MEANS_PATH] = {offsetof(struct pmt_record, path), false},
    [MEANS_STATUS] = {offsetof(struct pmt_record, status), true},
    [MEANS_BYTES] = {offsetof(struct pmt_record, bytes), true},
    [MEANS_REFERRER] = {offsetof(struct pmt_record, referrer), false},
    [MEANS_AGENT] = {offsetof(struct pmt_record, agent), false},
    [MEANS_FORWARDED] = {offsetof(struct pmt_record, forwarded_for), false},
    [MEANS_VHOST] = {offsetof(struct pmt_record, vhost), false},
    [MEANS_UPSTREAM] = {offsetof(struct pmt_record, upstream), false},
    [MEANS_UPSTREAM_STATUS] = {offsetof(struct pmt_record, upstream_status), false},
    [MEANS_BACKEND] = {offsetof(struct pmt_record, backend), false},
    [MEANS_SERVER] = {offsetof(struct pmt_record, server), false},
    [MEANS_MESSAGE] = {offsetof(struct pmt_record, message), false},
};

static void store_special(const struct pmt_template *t, enum pmt_meaning m,
                          const struct pmt_found *f, struct pmt_record *rec)
{
    struct pmt_slice s = f->text[m];
    switch (m) {
    case MEANS_CLIENT_PORT:
        rec->client = without_port(s);
        break;
    case MEANS_REQUEST:
        store_request(t->dialect, s, rec);
        break;
    case MEANS_METHOD:
        rec->method = s.n && skip_method(s.p, s.p + s.n) == s.p + s.n ? s : PMT_NO_SLICE;
        break;
    case MEANS_SECONDS:
        store_seconds(s, rec);
        break;
    case MEANS_UPSTREAM_SECONDS:
        pmt_slice_seconds_sum(s, &rec->latency_us);
        break;
    case MEANS_MILLIS:
    case MEANS_TOTAL_MILLIS:
        rec->duration_us = duration(f->number[m], 1000);
        break;
    case MEANS_MICROS:
        rec->duration_us = duration(f->number[m], 1);
        break;
    case MEANS_FRONTEND: /* "~" only says that the frontend speaks TLS */
        rec->frontend = text(s.n && s.p[s.n - 1] == '~' ? pmt_slice(s.p, s.n - 1) : s);
        break;
    case MEANS_TERMINATION:
        rec->termination = s;
        break;
    case MEANS_RETRIES:
        rec->retries = f->number[m];
        rec->redispatched = s.n && *s.p == '+';
        break;
    default:
        break;
    }
}

/* Manual 8.4: Tw in the queue, Tc for the connection to the server, Tr until the server's answer
 * began; -1 for what was not reached. What the client took to send or read is in none of them. */
static int64_t first_byte(const struct pmt_found *f)
{
    static const enum pmt_meaning parts[] = {MEANS_RESPONSE_MILLIS, MEANS_QUEUE_MILLIS,
                                             MEANS_CONNECT_MILLIS};
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!(f->seen >> parts[i] & 1))
            continue;
        int64_t us = duration(f->number[parts[i]], 1000);
        if (us < 0 || us > PMT_DAY * 366)
            return -1;
        sum += us;
    }
    return sum;
}

/* The time that the server's side took, where the log tells it apart. */
static void store_latency(const struct pmt_found *f, struct pmt_record *rec)
{
    if (f->seen >> MEANS_RESPONSE_MILLIS & 1)
        rec->latency_us = first_byte(f);
    else if (rec->duration_us < 0)
        rec->duration_us = rec->latency_us;
}

void pmt_found_store(const struct pmt_template *t, const struct pmt_found *f,
                     struct pmt_record *rec)
{
    rec->kind = t->http ? PMT_HTTP_REQUEST : PMT_OTHER;
    rec->layer = t->dialect == PMT_DIALECT_HAPROXY ? PMT_LAYER_HAPROXY : PMT_LAYER_NGINX;
    if (f->seen >> MEANS_STAMP & 1) {
        rec->own = f->stamp;
        rec->own.universal |= t->universal;
        rec->start_known = t->dialect == PMT_DIALECT_HAPROXY;
    }
    if (f->seen >> MEANS_AGENT & 1)
        rec->agent_logged = true;
    if (f->seen >> MEANS_UPSTREAM & 1 || f->seen >> MEANS_UPSTREAM_STATUS & 1)
        rec->upstream_logged = true;
    for (const uint8_t *m = t->meanings; *m; m++) {
        if (!(f->seen >> *m & 1))
            continue;
        char *place = (char *)rec + places[*m].at;
        if (!places[*m].at)
            store_special(t, (enum pmt_meaning) * m, f, rec);
        else if (places[*m].number)
            *(int64_t *)(void *)place = f->number[*m];
        else
            *(struct pmt_slice *)(void *)place = text(f->text[*m]);
    }
    store_latency(f, rec);
    /* Over a unix socket there is no address: nginx "unix:", HAProxy "unix:<listener>". */
    if (rec->client.n && *rec->client.p == 'u' &&
        (pmt_slice_is(rec->client, "unix") || pmt_slice_is(rec->client, "unix:")))
        rec->client = PMT_NO_SLICE;
}
