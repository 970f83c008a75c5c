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

/* syslog_stamp.c. Each advances the cursor only when it succeeds. */
bool pmt_syslog_read_stamp(struct pmt_cursor *c, struct pmt_stamp *ret);
/* Is the time dmesg's in ISO form? */
bool pmt_syslog_is_dmesg_iso(struct pmt_slice stamp);
/* "1795220830.203456 ", with the blank. */
bool pmt_syslog_read_epoch(struct pmt_cursor *c, struct pmt_stamp *ret);
/* "[Sat Nov 21 00:27:10 2026] ", with the blank. */
bool pmt_syslog_read_dmesg_stamp(struct pmt_cursor *c, struct pmt_stamp *ret);
/* What stands behind the kernel's "[12345.678901] "; the message itself when that is not there. */
struct pmt_slice pmt_syslog_without_monotonic(struct pmt_slice message);

/* syslog_level.c. "daemon.info ", in angle brackets or not; with the blank. */
bool pmt_syslog_read_level(struct pmt_cursor *c, bool brackets, struct pmt_record *rec);
/* "kern  :err   : " before a bracket; what is not there changes nothing. */
void pmt_syslog_read_dmesg_level(struct pmt_cursor *c, struct pmt_record *rec);
/* "29: " before the time of network gear. */
void pmt_syslog_skip_count(struct pmt_cursor *c);

/* syslog_container.c. A line without an envelope of its own, offered to all parsers but syslog;
 * what *rec has stays where the line does not say otherwise, all of it on FOREIGN. */
enum pmt_verdict pmt_syslog_bare(struct pmt_slice line, struct pmt_record *rec);
/* A line of a program in a container, behind the engine's time, which is in *rec: any line that
 * could stand in a file of its own, syslog's too, else free text. */
enum pmt_verdict pmt_syslog_contained(struct pmt_slice line, struct pmt_record *rec);
/* The same, but FOREIGN for what would be free text. */
enum pmt_verdict pmt_syslog_wrapped(struct pmt_slice line, struct pmt_record *rec);
/* "stdout F " behind the time. */
bool pmt_syslog_is_cri(struct pmt_cursor *c, const struct pmt_record *rec);
/* "web-1  | " or "[pod/web-7c5b/nginx] " before the line: takes it off. */
bool pmt_syslog_is_composed(struct pmt_slice *line, struct pmt_slice *host);

extern const struct pmt_parser pmt_parser_syslog;

/* syslog_samples.c: the lines that prove all of it. */
extern const struct pmt_sample pmt_syslog_samples[];

#endif
