#include "pmt/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int pmt_output_open(struct pmt_output *out, const char *path, bool force, struct pmt_diag *diag)
{
    *out = (struct pmt_output){.path = path, .file = stdout};
    if (!path)
        return 0;
    struct stat st;
    if (!force && lstat(path, &st) == 0) {
        pmt_diag(diag, PMT_DIAG_ERROR, "%s exists already; give another name, or --force to replace it",
                 path);
        return -1;
    }
    struct pmt_buf name = {0};
    pmt_buf_printf(&name, "%s.XXXXXX", path);
    out->temporary = name.data;
    int fd = mkstemp(out->temporary);
    out->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out->file) {
        pmt_diag(diag, PMT_DIAG_ERROR, "%s cannot be written: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        free(out->temporary);
        out->temporary = NULL;
        return -1;
    }
    mode_t mask = umask(022);
    umask(mask);
    fchmod(fd, 0666 & ~mask);
    return 0;
}

int pmt_output_commit(struct pmt_output *out, struct pmt_diag *diag)
{
    FILE *f = out->file;
    int failed = ferror(f) | fflush(f);
    int errnum = errno;
    if (out->path) {
        failed |= fclose(f) != 0;
        if (!failed && rename(out->temporary, out->path)) {
            errnum = errno;
            failed = 1;
        }
        if (failed)
            unlink(out->temporary);
        free(out->temporary);
    }
    *out = (struct pmt_output){0};
    if (!failed)
        return 0;
    /* A reader that closed the pipe has what it wanted. */
    if (errnum != EPIPE)
        pmt_diag(diag, PMT_DIAG_ERROR, "the output could not be written: %s", strerror(errnum));
    return -1;
}

void pmt_output_abandon(struct pmt_output *out)
{
    if (out->temporary) {
        fclose(out->file);
        unlink(out->temporary);
        free(out->temporary);
    }
    *out = (struct pmt_output){0};
}
