/* render_records.h - every understood line as one JSON object, and the lines that were not.
 *
 * Both read the sources a second time, after calibration, and write as they read: no document is
 * built. A line's instant: HAProxy's accept date, an access log's own stamp, else the envelope's;
 * null where the line has none.
 */
#ifndef PMT_RENDER_RECORDS_H
#define PMT_RENDER_RECORDS_H

#include "pmt/incident.h"
#include "pmt/redact.h"

#include <stdatomic.h>
#include <stdio.h>

struct pmt_records {
    struct pmt_redactor *redactor;
    const struct pmt_rules *rules; /* tell what events are; NULL: nothing does */
    FILE *records; /* NULL: not wanted */
    FILE *invalid; /* NULL: not wanted */
    int stdin_fd;
    const struct pmt_window *window; /* records outside it are left out, and those without a time
                                        when it has an edge; NULL: none is. The lines that were not
                                        understood are written all. */
    const atomic_bool *interrupted;  /* may be NULL; looked at every now and then */
};

/* Writes both for all sources, in their order. 0 (also when interrupted), or -1 when writing failed
 * (errno tells). */
int pmt_render_records(const struct pmt_records *r, const struct pmt_scanned *sources, size_t n);

#endif
