/* timespec.h - times and durations as people type them: --since, --until, --lead.
 *
 * "Now" is the last instant in the logs: the host's clock is never asked, so that the same command
 * over the same logs always selects the same. Nothing here allocates.
 */
#ifndef PMT_TIMESPEC_H
#define PMT_TIMESPEC_H

#include "pmt/when.h"

/* No duration is longer: 100 years of 365 days. */
#define PMT_DURATION_MAX (36500 * PMT_DAY)

/* "14d", "36h", "90m", "45s", "1h30m", "0": numbers with units in falling order, each unit once.
 * The whole slice; false when it is none or longer than PMT_DURATION_MAX. */
bool pmt_duration_read(struct pmt_slice text, int64_t *ret);

/* Resolves what was typed to an instant:
 *   2022-02-26T08:47[:31[.5]][Z|+03:00]  date and time, 'T' or one blank between; without an offset
 *                                        it is read in `zone`
 *   2022-02-26                           00:00 of that day
 *   14:00[:05][Z|+03:00]                 on the last day in the logs, as that zone counts days
 *   -3h, -90m, -2d, -1h30m               that long before the last line
 *   @1645866904[.5]                      seconds since 1970-01-01 UTC
 * zone: the display zone, NULL is UTC. first, last: the instants the logs hold, PMT_NO_TIME for
 * none. 0; or -1 with *why, a literal that continues a sentence such as `--since "noon" `:
 * `is not a time; ...`. *ret is untouched on failure, *why on success. */
int pmt_timespec_resolve(struct pmt_slice text, const struct pmt_zone *zone, int64_t first,
                         int64_t last, int64_t *ret, const char **why);

#endif
