/* options_parts.h - what options.c (the table, parsing, help) has from options_values.c; not for
 * anyone else. */
#ifndef PMT_OPTIONS_PARTS_H
#define PMT_OPTIONS_PARTS_H

#include "pmt/options.h"

/* Steps (letters put in, left out, changed or swapped) between two names, or `limit` when there
 * are at least as many. */
size_t pmt_name_distance(const char *a, const char *b, size_t limit);
/* "99.9", "99.95%": from 50 up to, and without, 100; at most four decimals. *ret is what is missing
 * to 100 %, in millionths. */
bool pmt_missing_read(struct pmt_slice s, int *ret);

#endif
