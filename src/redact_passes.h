/* redact_passes.h - the passes of redact.c that need no memory of what came before.
 *
 * Each appends `in`, changed, to `out`; none reads outside `in`, all take linear time.
 */
#ifndef PMT_REDACT_PASSES_H
#define PMT_REDACT_PASSES_H

#include "pmt/text.h"

/* Names of people: sudo, ssh, pam, logind, cron, the user of an access log. redact_accounts.c */
void pmt_redact_accounts(struct pmt_slice in, struct pmt_buf *out);
/* HAProxy's captured cookies and headers. redact_secrets.c */
void pmt_redact_captures(struct pmt_slice in, struct pmt_buf *out);
/* Query strings, user:password@, headers and name=value that hold secrets. redact_secrets.c */
void pmt_redact_secrets(struct pmt_slice in, struct pmt_buf *out);
/* Names in paths and units, hardware addresses, "user:password@host". redact_places.c */
void pmt_redact_places(struct pmt_slice in, struct pmt_buf *out);
/* The same of the target of a request, where "/home/..." is a page. */
void pmt_redact_places_of_url(struct pmt_slice in, struct pmt_buf *out);
/* What is known by its shape: e-mail addresses, tokens of well-known services. redact_shapes.c */
void pmt_redact_shapes(struct pmt_slice in, struct pmt_buf *out);
/* Is all of it an e-mail address? redact_shapes.c */
bool pmt_redact_is_mail(struct pmt_slice s);
/* Long runs of hexadecimal or base64, UUIDs. redact_shapes.c */
void pmt_redact_runs(struct pmt_slice in, struct pmt_buf *out);

/* Appends `in` with its escapes undone (\x22, %22, ...) where they stand for printable bytes of
 * ASCII, and says whether there were any. redact_hidden.c */
bool pmt_redact_reveal(struct pmt_slice in, struct pmt_buf *out);

/* Does a client stand at in[at..end)? redact_whose.c */
bool pmt_redact_is_client_place(struct pmt_slice in, size_t at, size_t end);
/* Does the line name one of its own servers at in[at]? redact_whose.c */
bool pmt_redact_is_server_place(struct pmt_slice in, size_t at);
/* "Chrome/110.0.0.0" is no address; "/ip/192.0.2.1" is one: a product stands alone before '/'.
 * redact_whose.c */
bool pmt_redact_is_product_version(struct pmt_slice in, size_t at);

/* What passes as is: nothing, a sign for nothing, a socket, and what was redacted before.
 * redact_whose.c */
bool pmt_redact_is_no_client(struct pmt_slice s);

/* Appends a name of an account as it may be shown: "root" and what is no name stay, everything
 * else is "operator", or "[e-mail]" where it is one. */
void pmt_redact_put_account(struct pmt_buf *out, struct pmt_slice name);

static inline bool pmt_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool pmt_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool pmt_is_alnum(char c)
{
    return pmt_is_digit(c) || pmt_is_alpha(c);
}
static inline bool pmt_is_hex(char c)
{
    return pmt_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static inline bool pmt_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
/* Does lit, which is not empty, stand at in[at]? */
static inline bool pmt_stands(struct pmt_slice in, size_t at, const char *lit)
{
    if (at >= in.n || in.p[at] != lit[0])
        return false;
    size_t n = strlen(lit);
    return in.n - at >= n && memcmp(in.p + at, lit, n) == 0;
}
/* in[from..to) */
static inline struct pmt_slice pmt_part(struct pmt_slice in, size_t from, size_t to)
{
    return pmt_slice(in.p + from, to - from);
}

#endif
