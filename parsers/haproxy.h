/* haproxy.h - the two readers behind the haproxy parser, private to parsers/.
 *
 * haproxy_request.c reads what HAProxy says about one request or session (httplog, tcplog, their
 * CLF forms, "Connect from", connection errors); haproxy.c reads what it says about servers,
 * proxies and itself, and owns the parser. Both take the message without its syslog envelope, keep
 * what the envelope left in *rec, and leave *rec as it was on FOREIGN.
 */
#ifndef PMT_PARSERS_HAPROXY_H
#define PMT_PARSERS_HAPROXY_H

#include "pmt/parser.h"

enum pmt_verdict pmt_haproxy_request(struct pmt_slice line, struct pmt_record *rec,
                                     struct pmt_reject *why);
enum pmt_verdict pmt_haproxy_state(struct pmt_slice message, struct pmt_record *rec,
                                   struct pmt_reject *why);

/* haproxy_samples.c: the lines that prove all of it. */
extern const struct pmt_sample pmt_haproxy_samples[];

#endif
