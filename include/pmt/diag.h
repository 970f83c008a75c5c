/* diag.h - the only place that writes to stderr.
 *
 * A message says what happened, where (file:line) and what to do. Text that comes from a log or a
 * file name is escaped before it reaches the terminal (control bytes, escape sequences, invalid
 * UTF-8). Only the top floor (pipeline, cli, main) owns one; stages below return what happened.
 */
#ifndef PMT_DIAG_H
#define PMT_DIAG_H

#include "pmt/text.h"

enum pmt_diag_level { PMT_DIAG_ERROR, PMT_DIAG_WARN, PMT_DIAG_NOTE, PMT_DIAG_DEBUG };

struct pmt_diag {
    int fd;        /* usually 2 */
    int verbosity; /* -1 with -q (errors only), 0, 1 with -v (NOTE and DEBUG too) */
    bool colour;
    bool progress; /* a progress line stands on the terminal and must be cleared first */
};

/* Writes "pm-timeline: <text>\n" (level ERROR and WARN get "error: " / "warning: " in front of
 * text). The whole line is escaped, so arguments may be hostile. NOTE is shown unless -q. */
void pmt_diag(struct pmt_diag *d, enum pmt_diag_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Two lines below an error, whatever the verbosity: a text, and a mark below its column (bytes,
 * from 0). Of a long one the part around the column. */
void pmt_diag_point(struct pmt_diag *d, const char *text, size_t column);
/* Draws the progress line (terminal only): bytes done of total (0 = unknown), and from the seconds
 * so far the rate and the time left. */
void pmt_diag_progress(struct pmt_diag *d, uint64_t done, uint64_t total, double seconds);
void pmt_diag_progress_end(struct pmt_diag *d);

/* Appends s with control bytes, DEL, C1 controls, bidirectional overrides and bytes that are not
 * UTF-8 written as \xHH; safe for a terminal. */
void pmt_put_terminal_safe(struct pmt_buf *b, struct pmt_slice s);

#endif
