#include "pmt/redact.h"

#include "redact_passes.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

/* ---- clients ------------------------------------------------------------------------------- */

struct pmt_redactor {
    bool off;
    uint64_t *keys;    /* open addressing; 0 is a free place */
    uint32_t *numbers; /* beside it: 0 is a client not cited yet */
    size_t cap, n;     /* cap is a power of two */
    uint32_t cited;
    uint64_t own; /* whose request the line is that is redacted now; 0: not known */
    struct pmt_buf a, b; /* between passes */
    struct pmt_buf last; /* between rounds */
};

enum { ROUNDS_MAX = 8 };

struct pmt_redactor *pmt_redactor_new(bool off)
{
    struct pmt_redactor *r = pmt_alloc(sizeof *r);
    r->off = off;
    return r;
}

void pmt_redactor_free(struct pmt_redactor *r)
{
    if (!r)
        return;
    free(r->keys);
    free(r->numbers);
    pmt_buf_fini(&r->a);
    pmt_buf_fini(&r->b);
    pmt_buf_fini(&r->last);
    free(r);
}

static size_t place_of(const struct pmt_redactor *r, uint64_t key)
{
    size_t i = (size_t)key & (r->cap - 1);
    while (r->keys[i] && r->keys[i] != key)
        i = (i + 1) & (r->cap - 1);
    return i;
}

static void grow(struct pmt_redactor *r)
{
    struct pmt_redactor old = *r;
    r->cap = old.cap ? old.cap * 2 : 64;
    r->keys = pmt_alloc(r->cap * sizeof *r->keys);
    r->numbers = pmt_alloc(r->cap * sizeof *r->numbers);
    for (size_t i = 0; i < old.cap; i++) {
        if (!old.keys[i])
            continue;
        size_t at = place_of(r, old.keys[i]);
        r->keys[at] = old.keys[i];
        r->numbers[at] = old.numbers[i];
    }
    free(old.keys);
    free(old.numbers);
}

static bool is_known(const struct pmt_redactor *r, uint64_t key)
{
    return r->cap && r->keys[place_of(r, key)] == key;
}

/* Where the number of a client stands; NULL when there is no room for one more. */
static uint32_t *number_of(struct pmt_redactor *r, uint64_t key)
{
    if (!is_known(r, key)) {
        if (r->n == PMT_REDACT_CLIENTS_MAX)
            return NULL;
        if (r->n * 2 >= r->cap)
            grow(r);
        r->keys[place_of(r, key)] = key;
        r->n++;
    }
    return &r->numbers[place_of(r, key)];
}

static void put_client(struct pmt_redactor *r, uint64_t key, struct pmt_buf *b)
{
    uint32_t *number = number_of(r, key);
    if (!number) {
        pmt_buf_puts(b, "client-other");
        return;
    }
    if (!*number)
        *number = ++r->cited;
    pmt_buf_printf(b, "client-%lu", (unsigned long)*number);
}

/* ---- addresses ----------------------------------------------------------------------------- */

/* The longest address and port, and some more: what is longer is none. */
enum { RUN_MAX = 64 };

struct address {
    uint64_t key;  /* the same however it is spelled */
    bool internal; /* private, loopback, link-local: RFC 1918, 4193, 6598, 3927, 6890 */
};

static uint64_t key_of(const void *p, size_t n, uint64_t seed)
{
    uint64_t key = pmt_hash(p, n, seed);
    return key ? key : 1;
}

static struct address address4(const unsigned char *p)
{
    bool internal = p[0] == 10 || p[0] == 127 || p[0] == 0 || p[0] >= 224 ||
                    (p[0] == 172 && (p[1] & 0xF0) == 16) || (p[0] == 192 && p[1] == 168) ||
                    (p[0] == 169 && p[1] == 254) || (p[0] == 100 && (p[1] & 0xC0) == 64);
    return (struct address){key_of(p, 4, 4), internal};
}

/* All of s as an address. */
static bool read_address(struct pmt_slice s, struct address *ret)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char p[16];
    if (!s.n || s.n >= sizeof text || memchr(s.p, '\0', s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (inet_pton(AF_INET, text, p) == 1) {
        *ret = address4(p);
        return true;
    }
    if (inet_pton(AF_INET6, text, p) != 1)
        return false;
    static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    static const unsigned char zeros[15] = {0};
    if (memcmp(p, mapped, 12) == 0) { /* ::ffff:192.0.2.1 is 192.0.2.1 */
        *ret = address4(p + 12);
        return true;
    }
    bool internal = (p[0] & 0xFE) == 0xFC || (p[0] == 0xFE && (p[1] & 0xC0) == 0x80) ||
                    p[0] == 0xFF || (memcmp(p, zeros, 15) == 0 && p[15] <= 1);
    *ret = (struct address){key_of(p, 16, 6), internal};
    return true;
}

/* IPv4 at in[at]: its length, or 0. What is longer than four numbers is a version. */
static size_t find_address4(struct pmt_slice in, size_t at, struct address *ret)
{
    size_t end = at;
    while (end < in.n && end < at + 16 && (pmt_is_digit(in.p[end]) || in.p[end] == '.'))
        end++;
    if (end > at && in.p[end - 1] == '.') /* a full stop */
        end--;
    if (end < in.n && pmt_is_alnum(in.p[end]))
        return 0;
    if (end + 1 < in.n && in.p[end] == '.' && pmt_is_digit(in.p[end + 1]))
        return 0;
    return read_address(pmt_part(in, at, end), ret) ? end - at : 0;
}

/* IPv6 at in[at..end), all of it hexadecimal digits, ':' and '.': its length, or 0. HAProxy writes
 * address and port without brackets, so the last group may be a port: it is one when the date
 * follows, or when nothing else makes sense. */
static size_t find_address6(const struct pmt_redactor *r, struct pmt_slice in, size_t at,
                            size_t end, struct address *ret)
{
    if (end < in.n && pmt_is_alnum(in.p[end]))
        return 0;
    bool dated = pmt_stands(in, end, " [");
    while (end > at && (in.p[end - 1] == '.' || (in.p[end - 1] == ':' && end - at >= 2 &&
                                                 in.p[end - 2] != ':')))
        end--;
    size_t colons = 0, digits = 0, port = at;
    bool twice = false;
    for (size_t i = at; i < end; i++) {
        digits += pmt_is_digit(in.p[i]);
        if (in.p[i] != ':')
            continue;
        twice = twice || (colons && in.p[i - 1] == ':');
        colons++;
        port = i;
    }
    if (!digits || colons < 2 || (!twice && colons < 6))
        return 0;
    struct pmt_slice whole = pmt_part(in, at, end), host = pmt_part(in, at, port);
    struct address a, h;
    bool is_whole = read_address(whole, &a), is_host = read_address(host, &h);
    if (is_host && (!is_whole || dated || (is_known(r, h.key) && !is_known(r, a.key)))) {
        *ret = h;
        return host.n;
    }
    if (is_whole)
        *ret = a;
    return is_whole ? whole.n : 0;
}

static bool is_cited_as_client(const struct pmt_redactor *r, struct pmt_slice in, size_t at,
                               size_t end, const struct address *a)
{
    bool known = is_known(r, a->key) || a->key == r->own;
    if (pmt_redact_is_server_place(in, at))
        return known && !a->internal;
    if (known || pmt_redact_is_client_place(in, at, end))
        return true;
    return !a->internal && !pmt_redact_is_product_version(in, at);
}

static uint64_t client_key(struct pmt_slice s)
{
    struct address a;
    if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
        s = pmt_slice(s.p + 1, s.n - 2);
    return read_address(s, &a) ? a.key : key_of(s.p, s.n, 't');
}

static void put_known(struct pmt_redactor *r, struct pmt_slice s, struct pmt_buf *b)
{
    if (pmt_redact_is_no_client(s))
        pmt_buf_slice(b, s);
    else
        put_client(r, client_key(s), b);
}

/* pam's "rhost=" may hold a host name, which tells as much as an address. */
static size_t put_rhost(struct pmt_redactor *r, struct pmt_slice in, size_t at, struct pmt_buf *b)
{
    size_t end = at;
    while (end < in.n && (pmt_is_alnum(in.p[end]) || memchr(".-_:", in.p[end], 4)))
        end++;
    put_known(r, pmt_part(in, at, end), b);
    return end;
}

/* May an address begin at in[at]? */
static bool is_boundary(struct pmt_slice in, size_t at)
{
    if (!at)
        return true;
    char before = in.p[at - 1];
    if (before == '.')
        return at < 2 || !pmt_is_alnum(in.p[at - 2]);
    return !pmt_is_alnum(before) && !(before == ':' && in.p[at] == ':');
}

/* The last pass: it numbers, so it must see a line once, from left to right. */
static void redact_addresses(struct pmt_redactor *r, struct pmt_slice in, struct pmt_buf *b)
{
    size_t done = 0, i = 0;
    size_t run = 0; /* where the run of hexadecimal digits, ':' and '.' that was looked at ends */
    while (i < in.n) {
        char c = in.p[i];
        if (!(pmt_is_hex(c) || c == ':' || c == 'r') || !is_boundary(in, i)) {
            i++;
            continue;
        }
        if (c == 'r') {
            if (pmt_stands(in, i, "rhost=")) {
                pmt_buf_slice(b, pmt_part(in, done, i + 6));
                i = done = put_rhost(r, in, i + 6, b);
            } else {
                i++;
            }
            continue;
        }
        struct address a;
        size_t n = 0;
        if (i >= run) {
            run = i;
            while (run < in.n && (pmt_is_hex(in.p[run]) || in.p[run] == ':' || in.p[run] == '.'))
                run++;
            n = run - i <= RUN_MAX ? find_address6(r, in, i, run, &a) : 0;
        }
        if (!n)
            n = find_address4(in, i, &a);
        if (n && is_cited_as_client(r, in, i, i + n, &a)) {
            pmt_buf_slice(b, pmt_part(in, done, i));
            put_client(r, a.key, b);
            done = i + n;
        }
        i += n ? n : 1;
    }
    pmt_buf_slice(b, pmt_part(in, done, in.n));
}

/* ---- the whole ----------------------------------------------------------------------------- */

void pmt_redact_know_client(struct pmt_redactor *r, struct pmt_slice addr)
{
    if (!r->off && !pmt_redact_is_no_client(addr) && !pmt_slice_starts(addr, "unix:"))
        (void)number_of(r, client_key(addr));
}

void pmt_redact_client(struct pmt_redactor *r, struct pmt_slice addr, struct pmt_buf *b)
{
    if (r->off)
        pmt_buf_slice(b, addr);
    else if (pmt_slice_starts(addr, "unix:"))
        pmt_redact_line(r, addr, b);
    else
        put_known(r, addr, b);
}

/* One pass, or that of the addresses, over r->a. */
static void step(struct pmt_redactor *r, void (*pass)(struct pmt_slice in, struct pmt_buf *out))
{
    struct pmt_buf before = r->a;
    pmt_buf_clear(&r->b);
    if (pass)
        pass(pmt_buf_view(&before), &r->b);
    else
        redact_addresses(r, pmt_buf_view(&before), &r->b);
    r->a = r->b;
    r->b = before;
}

/* All passes over r->a. What one leaves may, in an odd line, mean something to another in front of
 * it ("user <address>"): again, until nothing changes. A second round is nearly always the last. */
static void run_passes(struct pmt_redactor *r, bool line)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        pmt_buf_clear(&r->last);
        pmt_buf_slice(&r->last, pmt_buf_view(&r->a));
        /* The secrets first: a name that another pass changed no longer tells that its value is one
         * (Accepted publickey for "token":"abc"). */
        step(r, pmt_redact_secrets);
        if (line) {
            step(r, pmt_redact_accounts);
            step(r, pmt_redact_captures);
        }
        step(r, line ? pmt_redact_places : pmt_redact_places_of_url);
        step(r, pmt_redact_shapes);
        step(r, pmt_redact_runs);
        step(r, NULL);
        if (pmt_slice_eq(pmt_buf_view(&r->a), pmt_buf_view(&r->last)))
            return;
    }
}

/* Puts a line into r->a. Of a target all of its query goes, also blanks and quotes that a broken
 * client sent. */
static void take(struct pmt_redactor *r, struct pmt_slice s, bool line)
{
    const char *query = line || !s.n ? NULL : memchr(s.p, '?', s.n);
    size_t n = query ? (size_t)(query - s.p) : s.n;
    pmt_buf_clear(&r->a);
    pmt_buf_put(&r->a, s.p, n);
    if (query)
        pmt_buf_puts(&r->a, n + 1 < s.n ? "?[redacted]" : "?");
}

static void run_secrets(struct pmt_redactor *r, bool line)
{
    (void)line;
    step(r, pmt_redact_secrets);
}

/* What escapes hid is found once they are undone; without a find they stay as they are. */
static void run_unhidden(struct pmt_redactor *r, bool line,
                         void (*passes)(struct pmt_redactor *r, bool line))
{
    struct pmt_buf as_is = {0}, shown = {0}, more = {0};
    passes(r, line);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        pmt_buf_clear(&as_is);
        pmt_buf_clear(&shown);
        pmt_buf_slice(&as_is, pmt_buf_view(&r->a));
        if (!pmt_redact_reveal(pmt_buf_view(&as_is), &shown))
            break;
        for (int times = 1; times < ROUNDS_MAX; times++) { /* "%2540" */
            pmt_buf_clear(&more);
            if (!pmt_redact_reveal(pmt_buf_view(&shown), &more))
                break;
            pmt_buf_clear(&shown);
            pmt_buf_slice(&shown, pmt_buf_view(&more));
        }
        take(r, pmt_buf_view(&shown), line);
        passes(r, line);
        if (pmt_slice_eq(pmt_buf_view(&r->a), pmt_buf_view(&shown))) {
            take(r, pmt_buf_view(&as_is), true);
            break;
        }
    }
    pmt_buf_fini(&as_is);
    pmt_buf_fini(&shown);
    pmt_buf_fini(&more);
}

static void run_all(struct pmt_redactor *r, bool line)
{
    /* The secrets first: see run_passes. */
    run_unhidden(r, line, run_secrets);
    run_unhidden(r, line, run_passes);
}

void pmt_redact_line(struct pmt_redactor *r, const struct pmt_slice line, struct pmt_buf *b)
{
    if (r->off || !line.n) {
        pmt_buf_slice(b, line);
        return;
    }
    take(r, line, true);
    run_all(r, true);
    pmt_buf_slice(b, pmt_buf_view(&r->a));
}

void pmt_redact_line_of(struct pmt_redactor *r, struct pmt_slice line, struct pmt_slice client,
                        struct pmt_buf *b)
{
    if (!pmt_redact_is_no_client(client) && !pmt_slice_starts(client, "unix:"))
        r->own = client_key(client);
    pmt_redact_line(r, line, b);
    r->own = 0;
}

void pmt_redact_path(struct pmt_redactor *r, struct pmt_slice path, struct pmt_buf *b)
{
    if (r->off || !path.n) {
        pmt_buf_slice(b, path);
        return;
    }
    take(r, path, false);
    run_all(r, false);
    pmt_buf_slice(b, pmt_buf_view(&r->a));
}
