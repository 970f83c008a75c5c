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

bool pmt_redact_is_client_place(struct pmt_slice in, size_t at, size_t end)
{
    static const char *const before[] = {"client: ", "client: [", "rhost=", "SRC=", "client=",
                                         "client_ip=", "remote_addr=", "clientip=", "addr=", NULL};
    if (any_ends(in, at, before))
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
    while (at && in.p[at - 1] == '[')
        at--;
    if (any_ends(in, at, before))
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
