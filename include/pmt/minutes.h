/* minutes.h - which minutes hold lines: stretches of minutes, kept apart and sorted.
 *
 * What is kept is a function of the set of minutes, never of their order or partition. Minutes are
 * counted from 1970, wall or UTC as whoever adds them keeps time.
 */
#ifndef PMT_MINUTES_H
#define PMT_MINUTES_H

#include "pmt/text.h"

/* Minutes, both ends included. */
struct pmt_stretch {
    int64_t from, to;
    uint64_t first_line, last_line; /* lowest of the first minute and highest of the last; 0: not
                                       known */
};

struct pmt_minutes {
    struct pmt_stretch *v; /* sorted; between two at least one minute is missing */
    size_t n, cap;
};

void pmt_minutes_fini(struct pmt_minutes *m);
void pmt_minutes_add_stretch(struct pmt_minutes *m, const struct pmt_stretch *add);
/* The same without lines. */
static inline void pmt_minutes_add_slowly(struct pmt_minutes *m, int64_t from, int64_t to)
{
    pmt_minutes_add_stretch(m, &(struct pmt_stretch){.from = from, .to = to});
}
/* Adds all of src, its lines moved by `lines`; src is left as it was. */
void pmt_minutes_merge(struct pmt_minutes *dst, const struct pmt_minutes *src, uint64_t lines);
/* Index of the first stretch that ends at or behind this minute; n when none does. */
size_t pmt_minutes_search(const struct pmt_minutes *m, int64_t minute);
/* Is any minute between these two (both included) there? */
bool pmt_minutes_any(const struct pmt_minutes *m, int64_t from, int64_t to);
/* How many of the minutes between these two (both included) are there. */
int64_t pmt_minutes_count(const struct pmt_minutes *m, int64_t from, int64_t to);

/* A line of this minute. Logs move forward: mostly it is the last one again. */
static inline void pmt_minutes_add(struct pmt_minutes *m, int64_t minute, uint64_t line)
{
    struct pmt_stretch *last = m->n ? &m->v[m->n - 1] : NULL;
    if (last && minute > last->from && minute <= last->to + 1) {
        if (minute > last->to || (minute == last->to && line > last->last_line))
            last->last_line = line;
        last->to = minute > last->to ? minute : last->to;
    } else {
        pmt_minutes_add_stretch(m, &(struct pmt_stretch){minute, minute, line, line});
    }
}

#endif
