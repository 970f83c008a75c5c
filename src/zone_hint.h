/* zone_hint.h - what to answer to a zone that cannot be opened as it was written.
 *
 * Private to zone.c and zone_hint.c. Nothing here opens a zone; names that come back are for a
 * sentence to the user.
 */
#ifndef PMT_ZONE_HINT_H
#define PMT_ZONE_HINT_H

#include "pmt/text.h"

enum { PMT_ZONE_NAME_MAX = 64 }; /* bytes; the longest IANA name has 32 */

/* Names are made of letters, digits, '_', '+', '-' and single slashes between parts. As there is
 * no dot, no such name leads out of the database. */
bool pmt_zone_name_possible(struct pmt_slice name);
/* "EAT", any case: "Africa/Nairobi (+03:00)", or several such; NULL for no known abbreviation. */
const char *pmt_zone_of_abbreviation(struct pmt_slice spec);
/* The name in the database below root nearest to one that is not there, or NULL. */
const char *pmt_zone_near(struct pmt_slice wanted, const char *root, struct pmt_arena *arena);

#endif
