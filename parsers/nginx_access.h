/* nginx_access.h - the parts of the nginx-access parser, private to parsers/. */
#ifndef PMT_PARSERS_NGINX_ACCESS_H
#define PMT_PARSERS_NGINX_ACCESS_H

#include "pmt/parser.h"

/* nginx_access_tail.c: what a site added behind combined or common. Takes what it knows, passes
 * over the rest, and never fails. */
void pmt_nginx_access_tail(struct pmt_slice rest, struct pmt_record *rec);

/* nginx_access_kin.c: its formats, compiled once before all else; -1 with *why. */
int pmt_nginx_access_compile(struct pmt_arena *arena, const char **why);
/* A line that is nearly combined, and one of a format that a product ships;
 * *rec is changed only when the answer is RECORD. */
enum pmt_verdict pmt_nginx_access_near(struct pmt_slice line, struct pmt_record *rec);
enum pmt_verdict pmt_nginx_access_fixed(struct pmt_slice line, struct pmt_record *rec);

/* nginx_access_client.c.
 * What stands in the client's place, "host address" or a list, goes to where it belongs; false when
 * it is something else. */
bool pmt_nginx_access_client(struct pmt_record *rec);
/* "shop.example:443" without its port; "[::1]:443" too. */
struct pmt_slice pmt_nginx_access_without_port(struct pmt_slice s);
/* Four numbers, or hexadecimal digits with two colons at least. */
bool pmt_nginx_access_address(struct pmt_slice s);

/* Behind the size a second bare number, "404 655 276 \"-\"", perhaps $request_length before
 * $body_bytes_sent: then neither is known to be the body. */
void pmt_nginx_access_sizes(struct pmt_slice rest, struct pmt_record *rec);

/* nginx_access_samples.c: the lines that prove all of it. */
extern const struct pmt_sample pmt_nginx_access_samples[];

/* "GET /a HTTP/1.1": sets method and path, or neither. */
void pmt_nginx_request_line(struct pmt_slice s, struct pmt_record *rec);

#endif
