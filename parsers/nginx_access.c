#include "nginx_access.h"
#include "pmt/template.h"

#include <assert.h>
#include <pthread.h>

/* The access log of nginx (and of Apache, whose "combined" has the same bytes). nginx's predefined
 * format is, from ngx_http_log_module.c:
 *
 *   $remote_addr - $remote_user [$time_local]
 *       "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"
 *
 * Sites rarely replace it and often add to it. So this reads what starts as combined or common,
 * perhaps with a host name before the address, and takes from whatever follows the parts that say
 * what they are: key=value pairs with a known key, a time in seconds, an upstream's address. A
 * format that is really different is read by the site's own log_format string. */
static const char combined[] = "$remote_addr - $remote_user [$time_local] \"$request\" $status "
                               "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct pmt_arena arena;
static const struct pmt_template *template, *request_line;

static void compile(void)
{
    const char *why;
    int bad = pmt_template_compile(PMT_DIALECT_NGINX, combined, &arena, &template, &why) ||
              pmt_template_compile(PMT_DIALECT_NGINX, "$request", &arena, &request_line, &why) ||
              pmt_nginx_access_compile(&arena, &why);
    assert(!bad);
    (void)bad;
}

void pmt_nginx_request_line(struct pmt_slice s, struct pmt_record *rec)
{
    struct pmt_reject ignored;
    pthread_once(&once, compile);
    (void)pmt_template_run(request_line, s, rec, &ignored);
}

/* ---- before the date ----------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Letters, digits and the punctuation of addresses, host names and "unix:". A word that ends in a
 * colon is another log's program ("nginx:"). */
static bool is_hostlike(struct pmt_slice s)
{
    /* Bits 45 "-" to 58 ":" without "/", "%", "*"; then letters, "[", "]", "_". */
    static const uint64_t set[4] = {UINT64_C(0x07FF642000000000), UINT64_C(0x07FFFFFEAFFFFFFE), 0,
                                    0};
    bool ok = true;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        ok &= set[c >> 6] >> (c & 63) & 1;
    }
    return ok && s.n &&
           (s.p[s.n - 1] != ':' || pmt_slice_is(s, "unix:") || pmt_slice_ends(s, "::"));
}

/* "shop.example:443" without its port; "[::1]:443" too. What follows the last colon of a bare IPv6
 * address is a port when it is longer than any part of one. */
struct pmt_slice pmt_nginx_access_without_port(struct pmt_slice s)
{
    size_t i = s.n;
    while (i > 0 && is_digit(s.p[i - 1]))
        i--;
    if (i < 2 || i == s.n || s.p[i - 1] != ':')
        return s;
    struct pmt_slice host = pmt_slice(s.p, i - 1);
    bool bare_v6 = memchr(host.p, ':', host.n) && host.p[host.n - 1] != ']' && s.n - i < 5;
    return bare_v6 ? s : host;
}

/* One address: without port and brackets; absent for a socket's peer. */
static bool take_client(struct pmt_slice s, struct pmt_record *rec)
{
    struct pmt_slice host = pmt_nginx_access_without_port(s);
    bool brackets = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    rec->client = brackets ? pmt_slice(host.p + 1, host.n - 2) : host;
    if (pmt_slice_is(s, "-") || pmt_slice_is(s, "unix:"))
        rec->client = PMT_NO_SLICE;
    return is_hostlike(s);
}

/* A whole X-Forwarded-For: "first, second", perhaps in quotes; perhaps the peer behind it. */
static bool read_forwarded(struct pmt_cursor c, struct pmt_record *rec)
{
    struct pmt_slice list, one;
    if (pmt_cur_char(&c, '"')) {
        if (!pmt_cur_until_lit(&c, "\" ", &list))
            return false;
        rec->forwarded_for = pmt_slice_is(list, "-") ? PMT_NO_SLICE : list;
        return take_client(pmt_cur_rest(&c), rec);
    }
    const char *from = c.p;
    while (pmt_cur_until_lit(&c, ", ", &one))
        if (!is_hostlike(one))
            return false;
    if (c.p == from)
        return false;
    list = pmt_slice(from, (size_t)(c.end - from));
    if (pmt_cur_until(&c, ' ', &one) && is_hostlike(one)) {
        rec->forwarded_for = pmt_slice(from, (size_t)(one.p + one.n - from));
        return take_client(pmt_cur_rest(&c), rec);
    }
    rec->forwarded_for = list;
    return is_hostlike(pmt_cur_rest(&c)) &&
           take_client(pmt_slice(from, (size_t)((const char *)memchr(from, ',', list.n) - from)),
                       rec);
}

/* "address", "host address" (Apache's vhost_combined and a leading $host), or a whole
 * X-Forwarded-For in the address's place or before it. Anything else is another format's head,
 * such as a syslog envelope. */
bool pmt_nginx_access_client(struct pmt_record *rec)
{
    struct pmt_slice s = rec->client;
    if (!s.p) /* "-", an unset variable */
        return true;
    const char *sp = memchr(s.p, ' ', s.n);
    if (!sp && !memchr(s.p, ':', s.n))
        return is_digit(*s.p) && is_digit(s.p[s.n - 1]) ? true : is_hostlike(s);
    if (!sp)
        return take_client(s, rec);
    struct pmt_cursor c = pmt_cursor(s);
    if (read_forwarded(c, rec))
        return true;
    struct pmt_slice first = pmt_slice(s.p, (size_t)(sp - s.p));
    struct pmt_slice second = pmt_slice(sp + 1, s.n - first.n - 1);
    struct pmt_stamp ignored;
    if (!is_hostlike(first) || pmt_read_iso_stamp(&c, &ignored))
        return false;
    /* A tag without its colon ("nginx-access 198.51.100.7") is no site. */
    bool site = !pmt_slice_is(first, "-") && !pmt_slice_starts(first, "nginx");
    rec->vhost = site ? pmt_nginx_access_without_port(first) : PMT_NO_SLICE;
    if (!read_forwarded(pmt_cursor(second), rec))
        return take_client(second, rec);
    if (rec->client.p == rec->forwarded_for.p && pmt_nginx_access_address(first)) {
        rec->client = first; /* the peer, and those it forwarded for */
        rec->vhost = PMT_NO_SLICE;
    }
    return true;
}

/* HAProxy's `option httplog clf` starts with the same bytes; its two literal empty strings and the
 * port and milliseconds behind them tell it apart: `"" "" 38718 079 "frontend"`. */
static bool is_haproxy_clf(const struct pmt_record *rec, struct pmt_slice rest)
{
    struct pmt_cursor c = pmt_cursor(rest);
    int64_t v;
    return rec->agent_logged && !rec->agent.p && rest.n > 6 &&
           memcmp(rest.p - 5, "\"\" \"\"", 5) == 0 && pmt_cur_char(&c, ' ') &&
           pmt_cur_digits(&c, 1, 5, &v) && pmt_cur_char(&c, ' ') && pmt_cur_digits(&c, 3, 3, &v) &&
           pmt_cur_lit(&c, " \"");
}

/* Where no request was found, there may be something in quotes before it. */
static bool is_beside(struct pmt_slice line, const struct pmt_record *rec)
{
    return !rec->method.p && rec->status > 0 && pmt_slice_find(line, "\" \"");
}

/* What is not combined from its first byte on. Nothing of what was found stays, but for what an
 * envelope had said before. */
static __attribute__((noinline)) enum pmt_verdict parse_kin(struct pmt_slice line,
                                                            struct pmt_record *rec)
{
    struct pmt_record r;
    pmt_record_clear(&r);
    r.head = rec->head;
    r.host = rec->host;
    r.program = rec->program;
    r.pid = rec->pid;
    r.severity = rec->severity;
    r.repeats = rec->repeats;
    r.scratch_used = rec->scratch_used;
    r.own_formats = rec->own_formats;
    r.reader = rec->reader;
    bool understood = pmt_nginx_access_near(line, &r) == PMT_RECORD;
    if (understood ? !r.method.p && rec->status > 0
                   : pmt_nginx_access_fixed(line, &r) != PMT_RECORD)
        return PMT_FOREIGN;
    *rec = r;
    return PMT_RECORD;
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice rest;
    pthread_once(&once, compile);
    enum pmt_verdict v = pmt_template_run_rest(template, line, rec, why, &rest);
    if (v != PMT_RECORD)
        return parse_kin(line, rec);
    if (rec->status < 0 && rec->path.n && memchr(rec->path.p, '"', rec->path.n)) {
        *why = (struct pmt_reject){"no three-digit status behind the request", 0};
        return parse_kin(line, rec);
    }
    if (!pmt_nginx_access_client(rec)) {
        *why = (struct pmt_reject){"the line does not begin with a client address", 0};
        return parse_kin(line, rec);
    }
    if (is_beside(line, rec) && parse_kin(line, rec) == PMT_RECORD)
        return PMT_RECORD;
    if (rest.n && is_haproxy_clf(rec, rest)) {
        *why = (struct pmt_reject){"this is HAProxy's CLF", (size_t)(rest.p - line.p)};
        return PMT_FOREIGN;
    }
    if (rest.n)
        pmt_nginx_access_tail(rest, rec);
    return PMT_RECORD;
}

/* access_log syslog:... - nginx sends the same line as the message, tag "nginx". */
static enum pmt_verdict parse_message(struct pmt_slice message, struct pmt_record *rec,
                                      struct pmt_reject *why)
{
    struct pmt_record r = *rec;
    enum pmt_verdict v = parse(message, &r, why);
    if (v == PMT_RECORD)
        *rec = r;
    return v;
}

static const char *const programs[] = {"nginx", "nginx_access", "apache", "apache2", "httpd", NULL};

const struct pmt_parser pmt_parser_nginx_access = {
    .name = "nginx-access",
    .summary = "nginx (and Apache) access log: combined, common, and what sites add to them",
    .layer = PMT_LAYER_NGINX,
    .programs = programs,
    .parse = parse,
    .parse_message = parse_message,
    .samples = pmt_nginx_access_samples,
};
