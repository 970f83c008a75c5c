/* pipeline.h - the whole run: options in, a draft out, an exit status back. */
#ifndef PMT_PIPELINE_H
#define PMT_PIPELINE_H

#include "pmt/diag.h"
#include "pmt/options.h"

#include <signal.h>

enum pmt_exit {
    PMT_EXIT_WRITTEN = 0,
    PMT_EXIT_NOTHING = 1,    /* nothing could be read or understood */
    PMT_EXIT_USAGE = 2,
    PMT_EXIT_INCOMPLETE = 3, /* written, but some input could not be read in full */
    PMT_EXIT_FOUND = 10,     /* with --exit-code: an incident was found */
    PMT_EXIT_INTERRUPTED = 130,
};

int pmt_pipeline_run(const struct pmt_options *o, struct pmt_diag *diag, const char *version,
                     const volatile sig_atomic_t *interrupted);

/* Opens what -o names: a temporary file beside it, renamed over it when the work is done. */
struct pmt_output {
    const char *path; /* NULL: standard output */
    char *temporary;
    void *file;       /* FILE * */
};
/* 0, or -1 after saying why. */
int pmt_output_open(struct pmt_output *out, const char *path, bool force, struct pmt_diag *diag);
int pmt_output_commit(struct pmt_output *out, struct pmt_diag *diag);
void pmt_output_abandon(struct pmt_output *out);

#endif
