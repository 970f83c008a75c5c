/* damage.h - what is wrong with a source, in words. Private to the source.
 *
 * The first damage of a source is told in full, the others are counted.
 */
#ifndef PMT_DAMAGE_H
#define PMT_DAMAGE_H

#include "pmt/inflate.h"

struct pmt_damage {
    const char *what;         /* "gzip": what the text was packed by */
    enum pmt_inflate_why why; /* PMT_INFLATE_WELL: none */
    bool in_bytes;            /* there are no lines to tell the place by */
    int errnum;               /* PMT_INFLATE_READ: of the failed read; 0: its archive is damaged */
    bool shrank;              /* or the file ended before its size */
    uint64_t after;           /* the last line that was whole before it */
    uint64_t behind;          /* the last line delivered up to it, whole or cut */
    uint64_t more;            /* how many more such places */
};

/* Writes the sentence into ret (size bytes, cut where needed): `lines` were delivered so far, and
 * none follow when `ended`. Nothing is written when there is no damage. */
void pmt_damage_describe(const struct pmt_damage *d, uint64_t lines, bool ended, char *ret,
                         size_t size);

#endif
