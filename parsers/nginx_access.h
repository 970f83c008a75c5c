/* nginx_access.h - the parts of the nginx-access parser, private to parsers/. */
#ifndef PMT_PARSERS_NGINX_ACCESS_H
#define PMT_PARSERS_NGINX_ACCESS_H

#include "pmt/parser.h"

/* nginx_access_tail.c: what a site added behind combined or common. Takes what it knows, passes
 * over the rest, and never fails. */
void pmt_nginx_access_tail(struct pmt_slice rest, struct pmt_record *rec);

/* nginx_access_samples.c: the lines that prove all of it. */
extern const struct pmt_sample pmt_nginx_access_samples[];

/* "GET /a HTTP/1.1": sets method and path, or neither. */
void pmt_nginx_request_line(struct pmt_slice s, struct pmt_record *rec);

#endif
