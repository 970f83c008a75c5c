/* update.h - a report that people went on writing, with what is generated in it written anew.
 *
 * Both texts hold blocks (blocks.h). Everything outside of them stays to the byte, and within them
 * the lines that people added and what they put behind a generated line or in place of a TODO. A
 * generated line that was changed or taken away is an edit: it is refused, or with force replaced.
 * Nothing is read or written here; slices are borrowed, text lies in the arena.
 */
#ifndef PMT_UPDATE_H
#define PMT_UPDATE_H

#include "pmt/blocks.h"
#include "pmt/report.h"

/* Where a block was edited by hand. */
struct pmt_edit {
    struct pmt_slice block;
    unsigned line;
    const char *what; /* "was changed" */
};

/* The first edit of a report that was read; false when there is none. */
bool pmt_update_edited(const struct pmt_blocks *report, struct pmt_edit *ret);

/* What was noticed on the way: one line each. */
struct pmt_update_notes {
    struct pmt_arena *arena;
    struct pmt_lines lines;
};

/* Appends the report with the blocks of the fresh draft. Edits are overwritten. */
void pmt_update_merge(const struct pmt_blocks *report, const struct pmt_blocks *fresh,
                      struct pmt_update_notes *notes, struct pmt_buf *out);

/* Does the text consist of nothing but questions as drafts ask them ("TODO(impact): what did users
 * experience?")? */
bool pmt_update_unanswered(struct pmt_slice text);

#endif
