/* template.h - access-log formats as templates: literals with variables between them.
 *
 * nginx log_format, HAProxy log-format and Apache LogFormat are format strings. One compiler turns
 * such a string into a flat program (expect literal, take field up to the next literal) and one
 * loop runs it. combined, httplog, tcplog and httpslog are built-in strings; a site's own format is
 * the string from its own configuration. Compilation allocates in the caller's arena; running
 * allocates nothing. A compiled template is immutable and may be run by many threads.
 */
#ifndef PMT_TEMPLATE_H
#define PMT_TEMPLATE_H

#include "pmt/parser.h"

enum pmt_dialect { PMT_DIALECT_NGINX, PMT_DIALECT_HAPROXY, PMT_DIALECT_APACHE };

struct pmt_template;

/* The longest format string that is compiled, in bytes. */
enum { PMT_TEMPLATE_MAX = 65536 };

/* 0; or -1 with *why (in arena): what is wrong, with the column, e.g. two variables without a
 * literal between them that could tell them apart. */
int pmt_template_compile(enum pmt_dialect dialect, const char *format, struct pmt_arena *arena,
                         const struct pmt_template **ret, const char **why);
/* The same; the column, from 0, stands apart from the reason. */
int pmt_template_check(enum pmt_dialect dialect, const char *format, struct pmt_arena *arena,
                       const struct pmt_template **ret, const char **why, size_t *column);

/* Is a text that may be anything the first thing in a line of this format? */
bool pmt_template_begins_with_text(const struct pmt_template *t);
/* Why nothing could be drawn from lines of this format; NULL when it is fit for use. */
const char *pmt_template_unfit(const struct pmt_template *t);

/* Whose format a person typed: "nginx:", "haproxy:" or "apache:" in front says it; else "$name" is
 * nginx's, and of what begins with "%" all that one program alone knows is that program's. *format
 * is behind the prefix. False when it is not clear; *why then says what to do. */
bool pmt_dialect_read(const char *typed, enum pmt_dialect *dialect, const char **format,
                      const char **why);

/* Runs it over a line. RECORD even when trailing fields are missing or extra ones follow, as long
 * as everything up to and including the status (or, for TCP, the byte count) was understood.
 * Fields the format does not name are left as they are; on FOREIGN *rec is untouched. */
enum pmt_verdict pmt_template_run(const struct pmt_template *t, struct pmt_slice line,
                                  struct pmt_record *rec, struct pmt_reject *why);
/* For a format of a site's own: the whole line must be of it. Only the line's end may lack (behind
 * the status), and text may follow behind a blank. Where a text holds the literal behind it, other
 * places of that literal are tried. A time, status, number or client that is impossible is FOREIGN
 * wherever it stands. */
enum pmt_verdict pmt_template_run_whole(const struct pmt_template *t, struct pmt_slice line,
                                        struct pmt_record *rec, struct pmt_reject *why);
/* As pmt_template_run; *rest is what stands behind the last part that was understood (may be
 * empty). */
enum pmt_verdict pmt_template_run_rest(const struct pmt_template *t, struct pmt_slice line,
                                       struct pmt_record *rec, struct pmt_reject *why,
                                       struct pmt_slice *rest);

/* Reads a date by the letters of strftime (and %L, %f, %Q, %q for thousandths, millionths, and both
 * since 1970) at p: the position behind, or NULL when there is none or an impossible one. */
const char *pmt_template_date(const char *format, const char *p, const char *end,
                              struct pmt_stamp *ret);

#endif
