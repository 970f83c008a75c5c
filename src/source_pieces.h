/* source_pieces.h - long lines that a container engine wrote in pieces; private to source. */
#ifndef PMT_SOURCE_PIECES_H
#define PMT_SOURCE_PIECES_H

#include "pmt/source.h"

struct pmt_held {
    size_t at, n; /* in the text */
    uint64_t number;
    bool cut, unfinished, taken;
};

struct pmt_chunks {
    struct pmt_buf line, tail, text;
    bool over; /* the line is longer than PMT_LINE_MAX */
    struct pmt_held held[PMT_PIECES_HELD];
    size_t from, to; /* those held */
};

/* Whether one of the first lines is of a container engine's file. */
bool pmt_chunks_in(struct pmt_slice head);
/* The next line, put together; `next` gives those of the file. */
int pmt_chunks_next(struct pmt_chunks *p, int (*next)(void *source, struct pmt_line *ret),
                    void *source, struct pmt_line *ret);
void pmt_chunks_fini(struct pmt_chunks *p);

#endif
