/* blocks.h - which parts of a report the program wrote: comments around them, and what the
 * comments say of each line between.
 *
 *   <!-- pm-timeline:draft 2022-02-26T0847Z -->        the incident it is about, or "none"
 *   <!-- pm-timeline:begin timeline 76.3f2a9 64.b0c2d -->
 *   - 26 Feb 08:47:31 - ...                            generated: its first 76 bytes hash to 3f2a9
 *   - people's own line
 *   <!-- pm-timeline:end timeline -->
 *   <!-- pm-timeline:begin annex =3f2a91bc -->         nobody adds to it: one hash for all
 *
 * So a line that was added by people is told from one that was written, and one that was changed
 * from both. What stands behind the bytes that are hashed belongs to people: a TODO, or what they
 * put in its place. Line ends, blanks at the end of a line and a ticked box make no difference.
 * Slices are borrowed from the text that was read.
 */
#ifndef PMT_BLOCKS_H
#define PMT_BLOCKS_H

#include "pmt/text.h"

enum {
    PMT_BLOCKS_MAX = 32,       /* per report */
    PMT_BLOCK_LINES_MAX = 512, /* generated lines that one marker tells apart */
};

/* In the text of a line: from here on it belongs to people. */
#define PMT_OPEN_TAIL "\x05"

/* A generated line: so many bytes, whose hash is this. */
struct pmt_block_line {
    size_t n;
    uint32_t hash;
};

struct pmt_block {
    struct pmt_slice name;
    unsigned number;        /* of the line of its first marker, from 1 */
    struct pmt_slice begin; /* that line, with its end */
    struct pmt_slice content, end;
    struct pmt_block_line *lines;
    size_t nlines, caplines;
    bool whole;             /* one hash for all of it */
    uint32_t hash;
};

/* A report taken apart. {0} is an empty one. */
struct pmt_blocks {
    struct pmt_slice text;
    struct pmt_slice draft; /* the line that says which incident it is about, with its end */
    struct pmt_slice incident;
    struct pmt_block v[PMT_BLOCKS_MAX];
    size_t n;
    unsigned wrong;         /* line that is wrong, and why */
    const char *why;
};

/* Appends a block: both markers and the content, whose lines may hold PMT_OPEN_TAIL. An empty
 * content is no block. */
void pmt_put_block(struct pmt_buf *out, const char *name, struct pmt_slice content, bool whole);
/* Appends the line that says which incident the draft is about; absent: about none. */
void pmt_put_draft_mark(struct pmt_buf *out, struct pmt_slice incident);

/* 0, or -1 with wrong and why set. */
int pmt_blocks_read(struct pmt_blocks *b, struct pmt_slice text);
void pmt_blocks_fini(struct pmt_blocks *b);
const struct pmt_block *pmt_blocks_find(const struct pmt_blocks *b, struct pmt_slice name);

/* Takes the next line off *rest, with its end; false when there is none. */
bool pmt_next_line(struct pmt_slice *rest, struct pmt_slice *line);
/* Without what ends it, and blanks in front of that. */
struct pmt_slice pmt_line_text(struct pmt_slice line);
/* Does the line (without its end) begin with this generated one? */
bool pmt_block_line_is(struct pmt_slice line, const struct pmt_block_line *generated);
uint32_t pmt_block_hash(struct pmt_slice content);

#endif
