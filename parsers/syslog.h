/* syslog.h - what the files of the syslog parser share, private to parsers/. */
#ifndef PMT_PARSERS_SYSLOG_H
#define PMT_PARSERS_SYSLOG_H

#include "pmt/parser.h"

/* The envelope's fields are in *rec. Offers the message to the other parsers; FOREIGN when none
 * reads it, *rec is then as it was. */
enum pmt_verdict pmt_syslog_hand_over(struct pmt_slice message, struct pmt_record *rec);
/* The same, but what nobody reads becomes free text (PMT_SYSLOG). Takes off what syslog put in:
 * a byte order mark, the kernel's clock, "message repeated N times: [...]". */
enum pmt_verdict pmt_syslog_deliver(struct pmt_slice message, struct pmt_record *rec);

/* syslog_samples.c: the lines that prove all of it. */
extern const struct pmt_sample pmt_syslog_samples[];

#endif
