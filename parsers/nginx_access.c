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
