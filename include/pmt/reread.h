/* reread.h - the text of lines that the scan passed by: read once more, for evidence.
 *
 * The scan keeps the text of what failed and of what happened, not of the millions of good
 * requests. A draft cites a few of those (the last before a silence, the first of a server that
 * came back): only the files that hold them are read again, up to the last line asked for.
 */
#ifndef PMT_REREAD_H
#define PMT_REREAD_H

#include "pmt/calibrate.h"

struct pmt_wanted {
    uint32_t source;       /* index in sources */
    uint64_t line;         /* from 1 */
    struct pmt_slice text; /* set, in the arena, at most PMT_EXCERPT_MAX bytes; absent: not to be
                              had (a pipe, or the file is not the one that was read) */
};

/* v is sorted by it. */
void pmt_reread(const struct pmt_scanned *sources, struct pmt_wanted *v, size_t n,
                struct pmt_arena *arena);

#endif
