/* tzif.h - the rules of one zone, as a TZif file (RFC 8536) holds them.
 *
 * Private to zone.c and tzif.c. The bytes may be hostile: whatever they are, reading them is
 * bounded by their length. Seconds here are since 1970-01-01 UTC; offsets are seconds east.
 */
#ifndef PMT_TZIF_H
#define PMT_TZIF_H

#include "pmt/text.h"

enum { PMT_TZIF_MAX_BYTES = 1 << 20 };

struct pmt_tz_change {
    int64_t at;
    int32_t offset; /* from then on */
};

/* A day of the year and a time of it, when the clocks change. */
struct pmt_tz_day {
    char kind; /* 'M': month, week, day; 'J': 1 to 365 without Feb 29; 'n': 0 to 365 */
    int month, week, day;
    int32_t time; /* seconds from that day's midnight, wall; may be outside the day */
};

/* What holds from the last change on. */
struct pmt_tz_rule {
    bool present, has_dst;
    int32_t std, dst;
    struct pmt_tz_day start, end; /* of dst */
};

struct pmt_tz {
    int32_t first; /* before the first change */
    size_t n;
    const struct pmt_tz_change *changes; /* strictly ascending */
    struct pmt_tz_rule rule;
};

/* Reads a whole file. False with a literal reason when it is not a usable TZif file. */
bool pmt_tzif_read(struct pmt_slice file, struct pmt_arena *arena, struct pmt_tz *ret,
                   const char **why);
/* The offset at an instant, and when it ends: at *until or later (INT64_MAX: never). */
int32_t pmt_tz_span(const struct pmt_tz *tz, int64_t at, int64_t *until);

#endif
