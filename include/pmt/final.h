/* final.h - what is still open in a report: what a draft asks, marks or leaves to people, and what
 * a finished post-mortem has. It looks at the text alone, with or without the comments of
 * blocks.h, and changes nothing. Slices are borrowed, text lies in the arena.
 */
#ifndef PMT_FINAL_H
#define PMT_FINAL_H

#include "pmt/report.h"

enum {
    PMT_FINAL_WORDS_MIN = 400, /* of the body: headings count, comments, fences and targets of */
    PMT_FINAL_WORDS_MAX = 600, /* links do not */
};

struct pmt_open {
    unsigned line;    /* from 1; 0: the report as a whole */
    const char *what; /* "TODO(impact): what did users experience?" */
};

struct pmt_final {
    struct pmt_arena *arena;
    struct pmt_open *v; /* in order of lines, the whole report last */
    size_t n, cap;
    size_t words;       /* of the body */
};

void pmt_final_check(struct pmt_final *f, struct pmt_slice report);
void pmt_final_fini(struct pmt_final *f);

#endif
