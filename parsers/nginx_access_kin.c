#include "nginx_access.h"
#include "pmt/template.h"

/* What is nearly combined: another head before the date, or a field beside the request.
 *
 *   198.51.100.7 [date] "GET / HTTP/1.1" 200 ...              no user
 *   [steam] 198.51.100.7 / - - - [date] "GET / ...            a cache for downloads
 *   198.51.100.7 0.031 HIT [date] shop.example "GET / ...     a cache's status and the site
 *   198.51.100.7 - - [date] shop.example "GET / ...           the site behind the date: bare,
 *   198.51.100.7 - - [date] "shop.example" "GET / ...         quoted, in parentheses
 *   198.51.100.7 - - [date] "GET / HTTP/1.1" shop.example 200 ...
 *
 * and formats that a product ships and nobody changes, from their first byte to their last. A line
 * is one of these only where it is certain which address is the client and which number the
 * status. */

#define TAIL " $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\""
static const char *const near[] = {
    ("$remote_addr [$time_local] \"$request\"" TAIL),
    ("$remote_addr [$time_local] $host \"$request\"" TAIL),
    ("$remote_addr [$time_local] \"$request\" $host" TAIL),
};
enum { BEHIND_REQUEST = 2, NEAR = sizeof near / sizeof *near };

static const char *const fixed[] = {
    /* a widespread front end for nginx in a container: for what it passes on, and for the rest */
    ("[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme "
     "$host \"$request_uri\" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] "
     "[Sent-to $server] \"$http_user_agent\" \"$http_referer\""),
    ("[$time_local] $status - $request_method $scheme $host \"$request_uri\" [Client $remote_addr] "
     "[Length $body_bytes_sent] [Gzip $gzip_ratio] \"$http_user_agent\" \"$http_referer\""),
    /* a forum's */
    ("[$time_local] \"$http_host\" $remote_addr \"$request\" \"$http_user_agent\" \"$route\" "
     "$status $bytes_sent \"$http_referer\" $upstream_response_time $request_time \"$username\""),
    ("[$time_local] $remote_addr \"$request\" \"$http_user_agent\" \"$route\" $status $bytes_sent "
     "\"$http_referer\" $upstream_response_time $request_time \"$username\""),
    /* a platform's for its health checks */
    "$msec\"$uri\"$status\"$request_time\"$upstream_response_time\"$http_x_forwarded_for",
    /* sessions: ingress-nginx; nginx's documentation */
    "[$remote_addr] [$time_local] TCP $status $bytes_sent $bytes_received $session_time",
    "[$remote_addr] [$time_local] UDP $status $bytes_sent $bytes_received $session_time",
    "$remote_addr [$time_local] TCP $status $bytes_sent $bytes_received $session_time",
    "$remote_addr [$time_local] UDP $status $bytes_sent $bytes_received $session_time",
};
enum { FIXED = sizeof fixed / sizeof *fixed };

static const struct pmt_template *near_programs[NEAR], *fixed_programs[FIXED];

int pmt_nginx_access_compile(struct pmt_arena *arena, const char **why)
{
    int bad = 0;
    for (size_t i = 0; i < NEAR; i++)
        bad |= pmt_template_compile(PMT_DIALECT_NGINX, near[i], arena, &near_programs[i], why);
    for (size_t i = 0; i < FIXED; i++)
        bad |= pmt_template_compile(PMT_DIALECT_NGINX, fixed[i], arena, &fixed_programs[i], why);
    return bad;
}

/* ---- before the date ----------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "shop.example" */
static bool is_name(struct pmt_slice s)
{
    bool top = false; /* the last label begins with a letter: "TLSv1.3" is no name */
    for (size_t i = 0; i < s.n; i++) {
        char low = (char)(s.p[i] | 32);
        bool letter = low >= 'a' && low <= 'z';
        if (!is_digit(s.p[i]) && !letter && s.p[i] != '.' && s.p[i] != '-')
            return false;
        if (i && s.p[i - 1] == '.')
            top = letter;
    }
    return top;
}

/* "0.031" */
static bool is_seconds(struct pmt_slice s)
{
    int64_t us;
    return s.n > 4 && s.p[s.n - 4] == '.' && pmt_slice_seconds(s, &us);
}

/* What may stand beside the one address and is none: "-", "/", a time, a cache's status, a name,
 * something in brackets. */
static bool is_beside(struct pmt_slice s)
{
    static const char *const words[] = {"-",       "/",     "HIT",         "MISS", "BYPASS",
                                        "EXPIRED", "STALE", "REVALIDATED", "UPDATING"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (pmt_slice_is(s, words[i]))
            return true;
    bool brackets = s.n > 2 && *s.p == '[' && s.p[s.n - 1] == ']' && !memchr(s.p, '/', s.n) &&
                    !memchr(s.p, ':', s.n);
    return is_seconds(s) || is_name(s) || brackets;
}

/* The one address in the head of a line, and a name that stands beside it. */
static bool read_only_address(struct pmt_slice head, struct pmt_slice *ret,
                              struct pmt_slice *site)
{
    struct pmt_cursor c = pmt_cursor(head);
    struct pmt_slice word, found = PMT_NO_SLICE;
    while (!pmt_cur_end(&c)) {
        if (!pmt_cur_until(&c, ' ', &word)) {
            word = pmt_cur_rest(&c);
            c.p = c.end;
        }
        if (pmt_nginx_access_address(word) && !found.p)
            found = word;
        else if (!is_beside(word))
            return false;
        else if (is_name(word))
            *site = word;
    }
    *ret = found;
    return found.p != NULL;
}

/* "198.51.100.7 - alice": what is before the first " - " is read as combined's is. */
static bool read_head(struct pmt_record *rec)
{
    struct pmt_slice head = rec->client, first, site = PMT_NO_SLICE;
    struct pmt_cursor c = pmt_cursor(head);
    if (!head.p)
        return false;
    if (read_only_address(head, &rec->client, &site)) {
        if (!rec->vhost.p)
            rec->vhost = site;
        return true;
    }
    if (pmt_slice_ends(head, " -")) /* no user */
        rec->client = pmt_slice(head.p, head.n - 2);
    bool user = pmt_cur_until_lit(&c, " - ", &first);
    if (user)
        rec->client = first;
    if (!pmt_nginx_access_client(rec) || (rec->client.p && !pmt_nginx_access_address(rec->client)))
        return false;
    if (!user && rec->vhost.p && pmt_nginx_access_address(rec->vhost)) { /* "forwarded-for peer" */
        rec->forwarded_for = rec->vhost;
        rec->vhost = PMT_NO_SLICE;
    }
    return true;
}

/* ---- beside the request -------------------------------------------------------------------- */

/* "shop.example:443", "\"shop.example\"", "(shop.example)", "-"; or the time it took, or another
 * word that is no number. */
static bool read_beside(struct pmt_record *rec)
{
    struct pmt_slice s = rec->vhost, host;
    rec->vhost = PMT_NO_SLICE;
    if (!s.n)
        return true;
    char a = *s.p, z = s.p[s.n - 1];
    if (s.n > 2 && ((a == '"' && z == '"') || (a == '(' && z == ')')))
        s = pmt_slice(s.p + 1, s.n - 2);
    host = pmt_nginx_access_without_port(s);
    if (is_name(host) || pmt_nginx_access_address(host) || pmt_slice_is(host, "localhost")) {
        rec->vhost = host;
        return true;
    }
    bool letter = false;
    for (size_t i = 0; i < s.n; i++) {
        char low = (char)(s.p[i] | 32);
        letter |= (low >= 'a' && low <= 'z') || s.p[i] == '-' || s.p[i] == '_';
        if (s.p[i] == ' ' || s.p[i] == '"')
            return false;
    }
    if (is_seconds(s))
        (void)pmt_slice_seconds(s, &rec->duration_us);
    return letter || is_seconds(s);
}

/* One of the formats that are nearly combined. */
static bool read_near(size_t i, struct pmt_slice line, struct pmt_record *rec)
{
    struct pmt_slice rest;
    struct pmt_reject ignored;
    if (pmt_template_run_rest(near_programs[i], line, rec, &ignored, &rest) != PMT_RECORD ||
        rec->status < 0 || !read_head(rec) || !read_beside(rec) ||
        (i == BEHIND_REQUEST && !rec->vhost.p))
        return false;
    if (rest.n)
        pmt_nginx_access_tail(rest, rec);
    return true;
}

enum pmt_verdict pmt_nginx_access_near(struct pmt_slice line, struct pmt_record *rec)
{
    bool found = false;
    for (size_t i = 0; i < NEAR; i++) {
        struct pmt_record r = *rec;
        if (!read_near(i, line, &r))
            continue;
        /* A request that is none says nothing about where it ends: another reading may have one. */
        bool request = r.method.p;
        if (request || (!found && i != BEHIND_REQUEST && r.agent_logged)) {
            *rec = r;
            found = true;
        }
        if (request)
            break;
    }
    return found ? PMT_RECORD : PMT_FOREIGN;
}

enum pmt_verdict pmt_nginx_access_fixed(struct pmt_slice line, struct pmt_record *rec)
{
    struct pmt_reject ignored;
    for (size_t i = 0; i < FIXED; i++) {
        struct pmt_record r = *rec;
        if (pmt_template_run_whole(fixed_programs[i], line, &r, &ignored) != PMT_RECORD)
            continue;
        *rec = r;
        return PMT_RECORD;
    }
    return PMT_FOREIGN;
}
