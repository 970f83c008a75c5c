/* pipeline.h - the whole run: options in, a draft out, an exit status back. */
#ifndef PMT_PIPELINE_H
#define PMT_PIPELINE_H

#include "pmt/diag.h"
#include "pmt/options.h"

#include <stdatomic.h>

enum pmt_exit {
    PMT_EXIT_WRITTEN = 0,
    PMT_EXIT_NOTHING = 1,    /* nothing could be read or understood */
    PMT_EXIT_USAGE = 2,
    PMT_EXIT_INCOMPLETE = 3, /* written, but some input could not be read in full */
    PMT_EXIT_OPEN = 4,       /* --final: something in the report is still open */
    PMT_EXIT_FOUND = 10,     /* with --exit-code: an incident was found */
    PMT_EXIT_INTERRUPTED = 130,
};

int pmt_pipeline_run(const struct pmt_options *o, struct pmt_diag *diag, const char *version,
                     const atomic_bool *interrupted);
/* --final: lists what is open in a report. Returns an exit status. */
int pmt_pipeline_final(const struct pmt_options *o, struct pmt_diag *diag);

/* --formats: every parser with its summary and a line of it. */
void pmt_put_formats(struct pmt_buf *b);

/* What is written: standard output, or a file that is complete or not there. A file is written
 * under another name beside it and takes its place at the end; what is no regular file (a device, a
 * pipe) is written to as it is. */
struct pmt_output {
    const char *path; /* NULL: standard output */
    char *temporary;  /* NULL: written to directly */
    void *file;       /* FILE *, NULL when closed */
    int errnum;       /* why writing failed, 0 while it did not */
    bool force;
};
/* Does this path (or NULL) name a folder: one that exists, or any name that ends in "/"? */
bool pmt_output_is_folder(const char *path);
/* Is there something of this name that must be kept? Says so. */
bool pmt_output_exists(const char *path, struct pmt_diag *diag);
/* 0, or -1 after saying why. Without force an existing file is kept, whenever it came to be. */
int pmt_output_open(struct pmt_output *out, const char *path, bool force, struct pmt_diag *diag);
/* The same for what is nobody else's business: a file that only its owner may read. */
int pmt_output_open_private(struct pmt_output *out, const char *path, bool force,
                            struct pmt_diag *diag);
/* Writing failed with errnum: says so and returns -1; or 0 when the reader of a pipe has left: it
 * has what it wanted. */
int pmt_output_failed(struct pmt_output *out, int errnum, struct pmt_diag *diag);
/* 0, or -1 after saying why. Does nothing for one that was never opened. */
int pmt_output_commit(struct pmt_output *out, struct pmt_diag *diag);
void pmt_output_abandon(struct pmt_output *out);

#endif
