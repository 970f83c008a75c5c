/* pattern.h - a regular expression of a user's own, with named groups and bounded work.
 *
 * Compiled once, then shared by all threads: nothing in it changes. Bytes, not characters: log text
 * need not be valid UTF-8. Only named groups capture. A text on which it needs more than its limits
 * is taken as not matching. pcre2 lives in src/pattern.c, in src/rules.c and nowhere else.
 */
#ifndef PMT_PATTERN_H
#define PMT_PATTERN_H

#include "pmt/text.h"

enum {
    PMT_PATTERN_MAX = 8192,   /* bytes of one pattern */
    PMT_PATTERN_GROUPS = 64,  /* in one pattern */
    PMT_PATTERN_TEXT = 16384, /* what a longer line is matched against is its beginning */
};

struct pmt_pattern;

/* NULL with *why (in the arena) and *column, from 0, when it is none. */
struct pmt_pattern *pmt_pattern_new(const char *text, struct pmt_arena *arena, const char **why,
                                    size_t *column);
void pmt_pattern_free(struct pmt_pattern *p);
/* The named groups, in order of their names; NULL behind the last. */
const char *pmt_pattern_group(const struct pmt_pattern *p, size_t i);
/* Whether it matches; groups[i] is then what group i captured, absent when it took no part. Room
 * for PMT_PATTERN_GROUPS. */
bool pmt_pattern_match(const struct pmt_pattern *p, struct pmt_slice text,
                       struct pmt_slice *groups);

#endif
