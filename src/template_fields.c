#include "template_program.h"

#include "pmt/scratch.h"

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
        if (s.p[i - 1] == ':') {
            s.n = i - 1;
            break;
        }
    if (s.n > 2 && *s.p == '[' && s.p[s.n - 1] == ']')
        s = pmt_slice(s.p + 1, s.n - 2);
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

/* The target of HTTP/2 requests is in absolute form in HAProxy's logs, "https://shop.example/a?b";
 * where a site logs %[base], the host stands right before the path: the path is what web servers
 * behind it log too. Host and port alone are what CONNECT asks for. */
static void split_target(struct pmt_record *rec)
{
    struct pmt_cursor c = pmt_cursor(rec->path);
    struct pmt_slice host;
    bool absolute = pmt_cur_lit(&c, "https://") || pmt_cur_lit(&c, "http://");
    const char *slash = c.p - 1; /* stands for the path where there is none */
    if (pmt_cur_until(&c, '/', &host)) {
        if (!absolute && !pmt_may_be_host(host))
            return;
        rec->path = pmt_slice(c.p - 1, (size_t)(c.end - c.p) + 1);
    } else if (absolute) {
        host = pmt_cur_rest(&c);
        rec->path = pmt_slice(slash, 1);
    } else {
        return;
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
    if (!path.n || pmt_slice_is(path, "-") ||
        (!version && *p != '/' && *p != '*' && !pmt_slice_find(path, "://")))
        return;
    rec->method = pmt_slice(s.p, (size_t)(sp - s.p));
    rec->path = path;
    if (dialect == PMT_DIALECT_HAPROXY && *p != '/')
        split_target(rec);
}

static void store_seconds(struct pmt_slice s, struct pmt_record *rec)
{
    int64_t us;
    if (pmt_slice_seconds(s, &us))
        rec->duration_us = us;
}

/* "124.5" of a unit that a second has so many of. */
static void store_part(struct pmt_slice s, int64_t of_second, struct pmt_record *rec)
{
    int64_t us;
    if (s.n && memchr(s.p, '.', s.n) && pmt_slice_seconds(s, &us))
        rec->duration_us = us / of_second;
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
        if (t->dialect != PMT_DIALECT_HAPROXY)
            store_part(s, 1000, rec);
        break;
    case MEANS_MICROS:
        rec->duration_us = duration(f->number[m], 1);
        store_part(s, 1000000, rec);
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

/* Behind several proxies the first of those it was forwarded for is who asked. */
static void store_forwarded_client(struct pmt_record *rec)
{
    struct pmt_slice s = rec->forwarded_for;
    const char *comma = s.n ? memchr(s.p, ',', s.n) : NULL;
    if (comma)
        s.n = (size_t)(comma - s.p);
    s = pmt_slice_trim(s);
    rec->client = s.n && pmt_may_be_client(s) ? text(s) : PMT_NO_SLICE;
}

void pmt_found_unescape(const struct pmt_template *t, struct pmt_found *f, struct pmt_record *rec)
{
    for (const uint8_t *m = t->meanings; *m; m++)
        if (f->seen >> *m & 1)
            f->text[*m] = pmt_json_text(f->text[*m], rec);
}

bool pmt_found_date(const struct pmt_template *t, struct pmt_found *f)
{
    struct pmt_stamp *s = &f->stamp;
    uint32_t stamp = UINT32_C(1) << MEANS_STAMP;
    if (t->in_parts && pmt_parts_suffice(f->parts.seen)) {
        if (!pmt_parts_stamp(&f->parts, s))
            return false;
        if (t->universal && s->how == PMT_STAMP_WALL)
            s->how = PMT_STAMP_ZONED; /* with an offset of 0 */
        f->seen |= stamp;
    } else if (t->fraction && f->seen & stamp && f->parts.seen & PART_FRACTION && !s->decimals) {
        s->wall += f->parts.us;
        s->decimals = f->parts.decimals;
    }
    return true;
}

void pmt_found_store(const struct pmt_template *t, const struct pmt_found *f,
                     struct pmt_record *rec)
{
    rec->kind = t->http ? PMT_HTTP_REQUEST : PMT_OTHER;
    rec->layer = t->dialect == PMT_DIALECT_HAPROXY ? PMT_LAYER_HAPROXY : PMT_LAYER_NGINX;
    if (f->seen >> MEANS_STAMP & 1) {
        rec->own = f->stamp;
        rec->own.universal |= t->universal;
        rec->start_known = t->begins;
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
    if (t->dialect == PMT_DIALECT_HAPROXY && f->seen >> MEANS_PATH & 1 && rec->path.n &&
        *rec->path.p != '/')
        split_target(rec);
    if (t->forwarded && rec->forwarded_for.p)
        store_forwarded_client(rec);
    /* Over a unix socket there is no address: nginx "unix:", HAProxy "unix:<listener>". */
    if (rec->client.n && *rec->client.p == 'u' &&
        (pmt_slice_is(rec->client, "unix") || pmt_slice_is(rec->client, "unix:")))
        rec->client = PMT_NO_SLICE;
}
