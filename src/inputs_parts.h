/* inputs_parts.h - what the walk hands to the list. Private to inputs. */
#ifndef PMT_INPUTS_PARTS_H
#define PMT_INPUTS_PARTS_H

#include "pmt/inputs.h"

#include <sys/stat.h>

/* One thing that was met: an input, or (why is set) something that is not read. */
struct pmt_found {
    struct pmt_input in; /* shown and family come last */
    const char *why;
    bool problem;
    bool typed;       /* a note on an argument: shown as it was given */
    bool link;        /* reached through a symbolic link */
    const char *root; /* real path of the directory that `below` is seen from; "" for none */
    const char *below;
    const char *real_dir; /* real path of the directory the file is in */
    size_t parents;       /* names of root that are shown before `below` */
    const struct pmt_found *same_as; /* this file is read there */
};

struct pmt_founds {
    struct pmt_found *items;
    size_t n, cap;
    size_t missing; /* arguments that do not exist */
    struct pmt_arena *arena;
};

/* Looks at one argument and, when it is a directory, at all below it. */
void pmt_inputs_walk(struct pmt_founds *all, const char *arg);

const char *pmt_inputs_directory_of(struct pmt_arena *arena, const char *path);
/* Why something is not read. _link gives NULL when nothing speaks against it. */
const char *pmt_inputs_cannot_read(struct pmt_arena *arena, const char *path, int errnum);
const char *pmt_inputs_why_link(struct pmt_arena *arena, const char *target);
const char *pmt_inputs_why_dead_link(struct pmt_arena *arena, const char *target);
const char *pmt_inputs_why_special(mode_t mode);

#endif
