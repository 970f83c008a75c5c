#include "redact_passes.h"

/* Whose an address in a line is, by what stands around it. */

static bool ends_with(struct pmt_slice in, size_t at, const char *lit)
{
    size_t n = strlen(lit);
    return at >= n && memcmp(in.p + at - n, lit, n) == 0;
}

static bool any_ends(struct pmt_slice in, size_t at, const char *const *lits)
{
    for (; *lits; lits++) {
        if (ends_with(in, at, *lits))
            return true;
    }
    return false;
}

/* Is the value at in[at] that of a field of such a name, in JSON or as name=value? Case and '_' '-'
 * '.' do not matter. */
static bool is_field(struct pmt_slice in, size_t at, const char *const *names)
{
    char name[32];
    size_t n = sizeof name;
    while (at && memchr("\"\\[ ", in.p[at - 1], 4))
        at--;
    if (!at || (in.p[at - 1] != ':' && in.p[at - 1] != '='))
        return false;
    at--;
    while (at && memchr("\"\\ ", in.p[at - 1], 3))
        at--;
    for (; at && (pmt_is_alnum(in.p[at - 1]) || memchr("_-.", in.p[at - 1], 3)); at--) {
        if (!pmt_is_alnum(in.p[at - 1]))
            continue;
        if (!n)
            return false;
        name[--n] = in.p[at - 1] | 0x20;
    }
    struct pmt_slice is = pmt_slice(name + n, sizeof name - n);
    for (size_t i = 0; names[i]; i++) {
        if (pmt_slice_is(is, names[i]))
            return true;
    }
    return false;
}

bool pmt_redact_is_client_place(struct pmt_slice in, size_t at, size_t end)
{
    static const char *const fields[] = {
        "client", "clientip", "clientaddr", "clientaddress", "clienthost", "remoteip", "remoteaddr",
        "remoteaddress", "remotehost", "downstreamremoteaddress", "realipremoteaddr", "realip",
        "xrealip", "xforwardedfor", "httpxforwardedfor", "forwardedfor", "xff", "cip", NULL};
    static const char *const before[] = {"client: ", "client: [", "rhost=", "SRC=", "client=",
                                         "client_ip=", "remote_addr=", "clientip=", "addr=", NULL};
    if (any_ends(in, at, before) || is_field(in, at, fields))
        return true;
    size_t p = end;
    if (p < in.n && in.p[p] == ']')
        p++;
    if (p < in.n && in.p[p] == ':') {
        p++;
        while (p < in.n && p < end + 8 && pmt_is_digit(in.p[p]))
            p++;
    }
    if (at == 0)
        return p < in.n && in.p[p] == ' ';
    return pmt_stands(in, p, " port ") || pmt_stands(in, p, " - ") ||
           (pmt_stands(in, p, " [") && p + 2 < in.n && pmt_is_digit(in.p[p + 2]));
}

bool pmt_redact_is_server_place(struct pmt_slice in, size_t at)
{
    static const char *const before[] = {"host: \"", "server: ", "DST=",        "listen ",
                                         "laddr=",   "bind() to ", "connect() to ", NULL};
    static const char *const fields[] = {"upstreamaddr", NULL};
    while (at && in.p[at - 1] == '[')
        at--;
    if (any_ends(in, at, before) || is_field(in, at, fields))
        return true;
    if (!ends_with(in, at, "://"))
        return false;
    size_t scheme = at - 3;
    while (scheme && at - scheme < 16 && pmt_is_alnum(in.p[scheme - 1]))
        scheme--;
    return ends_with(in, scheme, "upstream: \"");
}

bool pmt_redact_is_product_version(struct pmt_slice in, size_t at)
{
    if (!at || in.p[at - 1] != '/')
        return false;
    size_t name = at - 1;
    while (name && at - name < 40 && (pmt_is_alnum(in.p[name - 1]) || in.p[name - 1] == '-'))
        name--;
    if (name == at - 1)
        return false;
    return !name || in.p[name - 1] == ' ' || in.p[name - 1] == '"' || in.p[name - 1] == '(';
}

static bool is_client_name(struct pmt_slice s)
{
    if (pmt_slice_is(s, "client-other"))
        return true;
    if (!pmt_slice_starts(s, "client-") || s.n == 7)
        return false;
    for (size_t i = 7; i < s.n; i++) {
        if (!pmt_is_digit(s.p[i]))
            return false;
    }
    return true;
}

/* "unix:" and "unix:2" are no names; a path may hold one. */
static bool is_socket(struct pmt_slice s)
{
    size_t i = strlen("unix:");
    if (!pmt_slice_starts(s, "unix:"))
        return false;
    while (i < s.n && pmt_is_digit(s.p[i]))
        i++;
    return i == s.n;
}

bool pmt_redact_is_no_client(struct pmt_slice s)
{
    return !s.n || pmt_slice_is(s, "-") || pmt_slice_is(s, "unknown") || is_socket(s) ||
           is_client_name(s);
}
