/* redact.h - what a log excerpt must lose before anybody sees it.
 *
 * Client addresses become client-1, client-2 ... in the order they are first cited; query strings,
 * credentials, cookies, e-mail addresses, account names, and the arguments of commands run by
 * people go. When in doubt more goes than must. What is left is still hostile: it reaches a reader
 * only through the renderer's escape.
 *
 * Redaction is idempotent: what went through once comes out of a second time unchanged. It works
 * on bytes, takes time in proportion to the line, and knows no format: excerpts come from anywhere.
 * A redactor is used by one thread, since the numbers follow the order of calls.
 */
#ifndef PMT_REDACT_H
#define PMT_REDACT_H

#include "pmt/text.h"

/* More clients than this are not told apart: they become "client-other". */
enum { PMT_REDACT_CLIENTS_MAX = 1 << 20 };

struct pmt_redactor;

/* off: everything passes unchanged (--no-redact). */
struct pmt_redactor *pmt_redactor_new(bool off);
void pmt_redactor_free(struct pmt_redactor *r);

/* From now on this address is a client's wherever it stands, except for private addresses where a
 * line names its own servers. It gets its number when it is first cited, not here. */
void pmt_redact_know_client(struct pmt_redactor *r, struct pmt_slice addr);

/* Appends "client-3" for an address (or host name) without port. "", "-" and "unix:..." pass. */
void pmt_redact_client(struct pmt_redactor *r, struct pmt_slice addr, struct pmt_buf *b);
/* Appends a line, or a part of one. Addresses become client-N when they are known, stand where a
 * client stands (first of a line, "client: X", "client_ip":"X", "X port N") or are public; server
 * addresses (upstream: "http://X/", host:, server:) and other private ones stay. */
void pmt_redact_line(struct pmt_redactor *r, struct pmt_slice line, struct pmt_buf *b);
/* The same of a line that tells of a request by `client` (or by an unknown one): this address is
 * a client's also where it is private and nothing around it tells. */
void pmt_redact_line_of(struct pmt_redactor *r, struct pmt_slice line, struct pmt_slice client,
                        struct pmt_buf *b);
/* Appends a request path: "/cart?item=4711" becomes "/cart?[redacted]". */
void pmt_redact_path(struct pmt_redactor *r, struct pmt_slice path, struct pmt_buf *b);

#endif
