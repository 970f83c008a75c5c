#include "nginx_access.h"

/* Who asked: what may stand in front of the date, and what of it is an address. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool pmt_nginx_access_address(struct pmt_slice s)
{
    struct pmt_cursor c = pmt_cursor(s);
    int64_t n;
    int parts = 0, colons = 0;
    while (pmt_cur_digits(&c, 1, 3, &n) && n < 256 && ++parts < 4 && pmt_cur_char(&c, '.'))
        ;
    if (parts == 4)
        return pmt_cur_end(&c);
    for (size_t i = 0; i < s.n; i++) {
        char low = (char)(s.p[i] | 32);
        colons += s.p[i] == ':';
        if (s.p[i] != ':' && !is_digit(s.p[i]) && !(low >= 'a' && low <= 'f'))
            return false;
    }
    return colons >= 2;
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

void pmt_nginx_access_sizes(struct pmt_slice rest, struct pmt_record *rec)
{
    struct pmt_cursor c = pmt_cursor(rest);
    int64_t size;
    pmt_cur_blanks(&c);
    if (pmt_cur_digits(&c, 1, 18, &size) && pmt_cur_lit(&c, " \""))
        rec->bytes = -1;
}
