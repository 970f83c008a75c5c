#include "nginx_access.h"

/* What sites add behind combined, by habit and by nginx's own documentation:
 *
 *   "$http_x_forwarded_for"                                   the manual's `main`
 *   $request_time $upstream_response_time                     bare, in this order
 *   rt=$request_time uct="$upstream_connect_time" urt="..."   keys, with or without quotes
 *   upstream_addr: $upstream_addr                             or with a colon, or a blank
 *
 *   42 "router@docker" "http://192.0.2.8:80" 31ms            Traefik's, whole
 *   512 0.031 [shop-web-80] [] 192.0.2.8:80 2750 0.030 200 <id>    ingress-nginx's default, which
 *       has names in brackets and behind them, in this order, address, length, time and status of
 *       the upstream; older ones have one pair of brackets and no id
 *
 * A token is `key=value`, `key:value` or a value; a value is quoted, bracketed, or a list as nginx
 * writes its upstreams ("a, b : c"). What has no known key must be recognisable by its shape. */

enum {
    TOKENS_MAX = 64, /* more are not looked at */
    LONG_NAME = 12,  /* "request_time" */
};

enum tail_field {
    IGNORED, TIME, TRIES, UPSTREAM, UPSTREAM_STATUS, UA, AGENT, REFERRER, VHOST, FORWARDED
};

#define KEY(text, field)                                                                           \
    {                                                                                              \
        text, sizeof(text) - 1, field                                                              \
    }
static const struct {
    const char *key;
    size_t n;
    enum tail_field field;
} keys[] = {
    KEY("rt", TIME),
    KEY("request_time", TIME),
    KEY("req_time", TIME),
    KEY("reqtime", TIME),
    KEY("rqt", TIME),
    KEY("urt", TRIES),
    KEY("ut", TRIES),
    KEY("upstream_response_time", TRIES),
    KEY("upstream_time", TRIES),
    KEY("response_time", TRIES),
    KEY("ua", UA),
    KEY("upstream", UPSTREAM),
    KEY("upstream_addr", UPSTREAM),
    KEY("uaddr", UPSTREAM),
    KEY("us", UPSTREAM_STATUS),
    KEY("ustatus", UPSTREAM_STATUS),
    KEY("upstream_status", UPSTREAM_STATUS),
    KEY("host", VHOST),
    KEY("http_host", VHOST),
    KEY("vhost", VHOST),
    KEY("server_name", VHOST),
    KEY("xff", FORWARDED),
    KEY("x_forwarded_for", FORWARDED),
    KEY("http_x_forwarded_for", FORWARDED),
    KEY("forwarded_for", FORWARDED),
    KEY("agent", AGENT),
    KEY("user_agent", AGENT),
    KEY("http_user_agent", AGENT),
    KEY("referer", REFERRER),
    KEY("referrer", REFERRER),
    KEY("http_referer", REFERRER),
    /* Known, so that a blank after the colon belongs to them; not used. */
    KEY("uct", IGNORED),
    KEY("uht", IGNORED),
    KEY("uc", IGNORED),
    KEY("uh", IGNORED),
    KEY("ul", IGNORED),
    KEY("cs", IGNORED),
    KEY("rid", IGNORED),
    KEY("request_id", IGNORED),
    KEY("upstream_connect_time", IGNORED),
    KEY("upstream_header_time", IGNORED),
    KEY("upstream_cache_status", IGNORED),
    KEY("upstream_response_length", IGNORED),
    KEY("request_length", IGNORED),
};
enum { KEYS = sizeof keys / sizeof *keys };

struct token {
    int key; /* index in keys, -1 for none or an unknown one */
    bool unknown_key;
    bool quoted, bracketed;
    struct pmt_slice value;
};

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* `key=`, `key:`, or `key ` of a name that is long enough to be none by chance. A word before "="
 * is a key even if unknown; before ":" only a known one is (else it is a host and its port). */
static void read_key(struct pmt_cursor *c, struct token *t)
{
    const char *p = c->p;
    t->key = -1;
    while (p < c->end && is_name(*p))
        p++;
    struct pmt_slice name = pmt_slice(c->p, (size_t)(p - c->p));
    if (!name.n || p == c->end || (*p != '=' && *p != ':' && (*p != ' ' || name.n < LONG_NAME)))
        return;
    for (int i = 0; i < KEYS && t->key < 0; i++)
        if (name.n == keys[i].n && *name.p == *keys[i].key &&
            memcmp(name.p, keys[i].key, name.n) == 0)
            t->key = i;
    if (t->key < 0 && *p != '=')
        return;
    t->unknown_key = t->key < 0;
    bool blank = t->key >= 0 && *p == ':' && c->end - p > 1 && p[1] == ' ';
    c->p = p + 1 + blank;
}

/* Up to the closing quote or bracket, else (a cut line) to the end. */
static struct pmt_slice read_enclosed(struct pmt_cursor *c, char close)
{
    const char *from = ++c->p;
    while (c->p < c->end && *c->p != close)
        c->p += *c->p == '\\' && c->end - c->p > 1 ? 2 : 1;
    struct pmt_slice s = pmt_slice(from, (size_t)(c->p - from));
    if (c->p < c->end)
        c->p++;
    return s;
}

/* Words joined by ", " and " : "; ends at a separator too, and before a mark at its end. */
static struct pmt_slice read_list(struct pmt_cursor *c)
{
    const char *from = c->p;
    while (c->p < c->end && *c->p != '|' && *c->p != ';') {
        if (*c->p == ' ' || *c->p == '\t') {
            bool colon = c->end - c->p >= 3 && c->p[1] == ':' && c->p[2] == ' ';
            if (!colon && (c->p == from || c->p[-1] != ','))
                break;
            c->p += colon ? 2 : 0;
        }
        c->p++;
    }
    struct pmt_slice s = pmt_slice(from, (size_t)(c->p - from));
    bool colon = s.n > 1 && pmt_slice_ends(s, ":") && is_digit(s.p[s.n - 2]);
    return colon || pmt_slice_ends(s, ",") ? pmt_slice(s.p, s.n - 1) : s;
}

/* "[default-app-80]", but not "[::1]:8080". */
static bool is_bracketed(const struct pmt_cursor *c)
{
    if (pmt_cur_end(c) || *c->p != '[')
        return false;
    const char *q = memchr(c->p, ']', (size_t)(c->end - c->p));
    return !q || q + 1 == c->end || q[1] != ':';
}

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == '|' || c == ';';
}

static bool next_token(struct pmt_cursor *c, struct token *t)
{
    while (!pmt_cur_end(c) && is_separator(*c->p))
        c->p++;
    if (pmt_cur_end(c))
        return false;
    *t = (struct token){0};
    read_key(c, t);
    t->quoted = !pmt_cur_end(c) && *c->p == '"';
    t->bracketed = t->key < 0 && is_bracketed(c);
    t->value = t->quoted      ? read_enclosed(c, '"')
               : t->bracketed ? read_enclosed(c, ']')
                              : read_list(c);
    return true;
}

/* "0.123": what nginx prints for a time. A ratio has two decimals, an epoch ten digits. */
static bool is_seconds(struct pmt_slice s)
{
    int64_t us;
    return s.n > 4 && s.n < 12 && s.p[s.n - 4] == '.' && is_digit(s.p[s.n - 1]) &&
           pmt_slice_seconds(s, &us);
}

/* "10.0.0.8:8080", "[::1]:8080"; a bare IPv6 address has no port. */
static bool has_port(struct pmt_slice s)
{
    size_t i = s.n;
    while (i > 0 && is_digit(s.p[i - 1]))
        i--;
    if (i == s.n || i < 2 || s.p[i - 1] != ':')
        return false;
    return *s.p == '[' ? s.p[i - 2] == ']' : is_digit(*s.p) && !memchr(s.p, ':', i - 1);
}

/* One address of an upstream: "10.0.0.8:8080", "[::1]:8080", "unix:/run/app.sock", or with `names`
 * the name of a group that had no live server. */
static bool is_upstream_one(struct pmt_slice s, bool names)
{
    if (pmt_slice_starts(s, "unix:"))
        return s.n > 5;
    for (size_t i = 0; i < s.n; i++)
        if (!is_name(s.p[i]) && !memchr(".:-[]", s.p[i], 5))
            return false;
    return s.n && (names || has_port(s));
}

/* The first element decides about `names`; a later one may be a group's name. */
static bool is_upstream(struct pmt_slice s, bool names)
{
    struct pmt_cursor c = pmt_cursor(s);
    bool any = false;
    while (!pmt_cur_end(&c)) {
        const char *from = c.p;
        while (!pmt_cur_end(&c) && *c.p != ' ' && *c.p != ',')
            c.p++;
        struct pmt_slice one = pmt_slice(from, (size_t)(c.p - from));
        if (one.n && !pmt_slice_is(one, ":")) {
            if (!is_upstream_one(one, names || any))
                return false;
            any = true;
        }
        if (!pmt_cur_end(&c))
            c.p++;
    }
    return any;
}

/* An X-Forwarded-For as it should be: an address first (what clients send in it is up to them). */
static bool is_forwarded(struct pmt_slice s)
{
    const char *comma = s.n ? memchr(s.p, ',', s.n) : NULL;
    if (comma)
        s.n = (size_t)(comma - s.p);
    s = pmt_nginx_access_without_port(s);
    if (s.n > 2 && *s.p == '[' && s.p[s.n - 1] == ']')
        s = pmt_slice(s.p + 1, s.n - 2);
    return pmt_nginx_access_address(s);
}

static void set(struct pmt_slice *field, struct pmt_slice s)
{
    *field = !field->p && s.n && !pmt_slice_is(s, "-") ? s : *field;
}

static void take_agent(struct pmt_slice s, struct pmt_record *rec)
{
    if (!rec->agent_logged)
        set(&rec->agent, s);
    rec->agent_logged = true;
}

static void take_seconds(struct pmt_slice s, struct pmt_record *rec)
{
    int64_t us;
    rec->duration_us = rec->duration_us < 0 && pmt_slice_seconds(s, &us) ? us : rec->duration_us;
}

/* Of times without a key the request's own is the longest. The first is it where they are equal but
 * for the clock's millisecond. */
static void take_bare_seconds(struct pmt_slice s, int64_t *bare)
{
    enum { MILLISECOND = 1000 };
    int64_t us;
    if (pmt_slice_seconds(s, &us) && (*bare < 0 || us > *bare + MILLISECOND))
        *bare = us;
}

static void take_upstream(struct pmt_slice *field, struct pmt_slice s, struct pmt_record *rec)
{
    rec->upstream_logged = true;
    set(field, s);
}

static void take_keyed(enum tail_field field, struct pmt_slice s, struct pmt_record *rec)
{
    switch (field) {
    case TIME:
        take_seconds(s, rec);
        break;
    case TRIES: /* kept by the caller: the request's own time may follow */
    case IGNORED:
        break;
    case UPSTREAM:
        take_upstream(&rec->upstream, s, rec);
        break;
    case UPSTREAM_STATUS:
        take_upstream(&rec->upstream_status, s, rec);
        break;
    case UA: /* the upstream's address with some, the user agent with others */
        if (is_upstream(s, rec->agent_logged))
            take_upstream(&rec->upstream, s, rec);
        else if (!pmt_slice_is(s, "-"))
            take_agent(s, rec);
        break;
    case AGENT:
        take_agent(s, rec);
        break;
    case REFERRER:
        set(&rec->referrer, s);
        break;
    case VHOST:
        set(&rec->vhost, s);
        break;
    case FORWARDED:
        set(&rec->forwarded_for, s);
        break;
    }
}

/* doc.traefik.io, Access Logs, Common Log Format: "<number of requests since the start>
 * "<router>" "<server URL>" <duration>ms". */
static bool take_traefik(struct pmt_slice rest, struct pmt_record *rec)
{
    struct pmt_cursor c = pmt_cursor(rest);
    struct pmt_slice router, url, scheme;
    int64_t number, ms;
    pmt_cur_blanks(&c);
    if (!pmt_cur_digits(&c, 1, 18, &number) || !pmt_cur_lit(&c, " \"") ||
        !pmt_cur_until_lit(&c, "\" \"", &router) || !pmt_cur_until_lit(&c, "\" ", &url) ||
        !pmt_cur_digits(&c, 1, 15, &ms) || !pmt_cur_lit(&c, "ms"))
        return false;
    pmt_cur_blanks(&c);
    if (!pmt_cur_end(&c))
        return false;
    struct pmt_cursor in = pmt_cursor(url);
    if (pmt_cur_until_lit(&in, "://", &scheme))
        url = pmt_cur_rest(&in);
    const char *slash = url.n ? memchr(url.p, '/', url.n) : NULL;
    if (slash)
        url.n = (size_t)(slash - url.p);
    set(&rec->frontend, router);
    set(&rec->upstream, url);
    rec->duration_us = ms * 1000;
    return true;
}

/* A list of numbers of at least `digits` digits, or "-" for an upstream that gave none. */
static bool is_number_list(struct pmt_slice s, size_t digits)
{
    size_t n = 0;
    for (size_t i = 0; i <= s.n; i++) {
        if (i < s.n && is_digit(s.p[i])) {
            n++;
            continue;
        }
        if ((n && n < digits) || (i < s.n && !memchr("-,: ", s.p[i], 4)))
            return false;
        n = 0;
    }
    return s.n;
}

/* How many "a, b : c" are. */
static size_t list_length(struct pmt_slice s)
{
    size_t n = s.n > 0;
    for (size_t i = 0; i + 1 < s.n; i++)
        n += s.p[i + 1] == ' ' && (s.p[i] == ',' || (i && s.p[i] == ':' && s.p[i - 1] == ' '));
    return n;
}

/* Behind the addresses of an upstream, by habit, the status of each try and then its time; only
 * where there are as many of each, and the last status is the request's (a size may look alike). */
static void take_tries(struct pmt_cursor *c, struct pmt_record *rec)
{
    struct pmt_cursor t = *c;
    struct token status, time;
    size_t n = list_length(rec->upstream);
    int64_t last;
    if (rec->upstream_status.p || !next_token(&t, &status) || status.key >= 0 ||
        status.value.n < 3 || list_length(status.value) != n || !is_number_list(status.value, 3) ||
        !pmt_slice_int(pmt_slice(status.value.p + status.value.n - 3, 3), &last) ||
        last != rec->status)
        return;
    *c = t;
    set(&rec->upstream_status, status.value);
    if (n > 1 && rec->latency_us < 0 && next_token(&t, &time) && time.key < 0 &&
        list_length(time.value) == n && pmt_slice_seconds_sum(time.value, &rec->latency_us))
        *c = t;
}

/* What stands behind a name in brackets, when all of it is ingress-nginx's: perhaps another pair of
 * brackets, then address, length, time and status of the upstream. */
static void take_ingress(struct pmt_cursor *c, struct pmt_slice name, struct pmt_record *rec)
{
    struct pmt_cursor t = *c;
    struct token address, length, time, status;
    int64_t us = -1;
    if (!next_token(&t, &address) || (address.bracketed && !next_token(&t, &address)) ||
        !next_token(&t, &length) || !next_token(&t, &time) || !next_token(&t, &status))
        return;
    bool none = pmt_slice_is(address.value, "-");
    if ((!none && !is_upstream(address.value, true)) || !is_number_list(length.value, 1) ||
        !is_number_list(status.value, 3) ||
        (!pmt_slice_seconds_sum(time.value, &us) && !is_number_list(time.value, SIZE_MAX)))
        return;
    *c = t;
    set(&rec->backend, name);
    take_upstream(&rec->upstream, address.value, rec);
    take_upstream(&rec->upstream_status, status.value, rec);
    rec->latency_us = us;
}

void pmt_nginx_access_tail(struct pmt_slice rest, struct pmt_record *rec)
{
    if (rec->agent_logged && pmt_slice_ends(rest, "ms") && take_traefik(rest, rec))
        return;
    struct pmt_cursor c = pmt_cursor(rest);
    struct token t;
    struct pmt_slice tries = PMT_NO_SLICE;
    int64_t bare = -1;
    /* How many of combined's two quoted fields are behind us. A quote here closes the referrer,
     * behind which something else than the agent stands. */
    int quotes = rec->agent_logged ? 2 : pmt_cur_char(&c, '"') ? 1 : 0;
    if (quotes < 2)
        pmt_nginx_access_sizes(rest, rec);
    for (int n = 0; n < TOKENS_MAX && next_token(&c, &t); n++) {
        if (t.key >= 0) {
            take_keyed(keys[t.key].field, t.value, rec);
            if (keys[t.key].field == TRIES)
                tries = t.value;
        } else if (t.unknown_key) {
            continue;
        } else if (t.bracketed) {
            take_ingress(&c, t.value, rec);
        } else if (t.quoted && quotes < 2) { /* combined's own two, behind something inserted */
            if (quotes++ == 0)
                set(&rec->referrer, t.value);
            else
                take_agent(t.value, rec);
        } else if (is_seconds(t.value)) {
            take_bare_seconds(t.value, &bare);
        } else if (is_upstream(t.value, false)) {
            take_upstream(&rec->upstream, t.value, rec);
            take_tries(&c, rec);
        } else if (t.quoted && is_forwarded(t.value)) {
            set(&rec->forwarded_for, t.value);
        }
    }
    pmt_slice_seconds_sum(tries, &rec->latency_us);
    if (rec->duration_us < 0)
        rec->duration_us = bare >= 0 ? bare : rec->latency_us;
}
