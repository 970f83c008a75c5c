#define _XOPEN_SOURCE 700 /* realpath() */
#include "pmt/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot_write(const char *path, int errnum, struct pmt_diag *diag)
{
    pmt_diag(diag, PMT_DIAG_ERROR, "%s cannot be written: %s", path, strerror(errnum));
    return -1;
}

static int exists(const char *path, struct pmt_diag *diag)
{
    pmt_diag(diag, PMT_DIAG_ERROR, "%s exists already; give another name, or --force to replace it",
             path);
    return -1;
}

bool pmt_output_is_folder(const char *path)
{
    struct stat st;
    size_t n = path ? strlen(path) : 0;
    return n && (path[n - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)));
}

bool pmt_output_exists(const char *path, struct pmt_diag *diag)
{
    struct stat st;
    return lstat(path, &st) == 0 && exists(path, diag);
}

/* A device, a pipe: there is nothing in it that could be lost. */
static int open_directly(struct pmt_output *out, const char *path, struct pmt_diag *diag)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    out->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (out->file)
        return 0;
    int errnum = errno;
    if (fd >= 0)
        close(fd);
    return cannot_write(path, errnum, diag);
}

/* `was`: the file that is replaced, or NULL. Its owner and mode stay, as far as that is allowed. */
static int open_beside(struct pmt_output *out, const char *path, const struct stat *was,
                       struct pmt_diag *diag)
{
    /* A link stays one: what it leads to is replaced. */
    char *real = was ? realpath(path, NULL) : NULL;
    struct pmt_buf name = {0};
    pmt_buf_printf(&name, "%s.XXXXXX", real ? real : path);
    free(real);
    out->temporary = name.data;
    int fd = mkstemp(out->temporary);
    out->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out->file) {
        int errnum = errno;
        if (fd >= 0) {
            close(fd);
            unlink(out->temporary);
        }
        free(out->temporary);
        out->temporary = NULL;
        return cannot_write(path, errnum, diag);
    }
    mode_t mask = umask(022);
    umask(mask);
    mode_t mode = was ? was->st_mode & 0777 : 0666 & ~mask;
    if (was && fchown(fd, was->st_uid, was->st_gid) && fchown(fd, (uid_t)-1, was->st_gid))
        mode &= ~(mode_t)0070; /* another group is not let in */
    fchmod(fd, mode);
    return 0;
}

int pmt_output_open(struct pmt_output *out, const char *path, bool force, struct pmt_diag *diag)
{
    *out = (struct pmt_output){.path = path, .file = stdout, .force = force};
    if (!path)
        return 0;
    struct stat st;
    out->file = NULL;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return cannot_write(path, EISDIR, diag);
        if (!S_ISREG(st.st_mode))
            return open_directly(out, path, diag);
        return force ? open_beside(out, path, &st, diag) : exists(path, diag);
    }
    if (!force && lstat(path, &st) == 0) /* a link that leads nowhere */
        return exists(path, diag);
    return open_beside(out, path, NULL, diag);
}

int pmt_output_open_private(struct pmt_output *out, const char *path, bool force,
                            struct pmt_diag *diag)
{
    if (pmt_output_open(out, path, force, diag))
        return -1;
    if (!out->temporary || fchmod(fileno(out->file), 0600) == 0)
        return 0;
    int errnum = errno;
    pmt_output_abandon(out);
    return cannot_write(path, errnum, diag);
}

int pmt_output_failed(struct pmt_output *out, int errnum, struct pmt_diag *diag)
{
    out->errnum = errnum;
    if (errnum == EPIPE)
        return 0;
    return cannot_write(out->path ? out->path : "standard output", errnum, diag);
}

/* Gives the finished file its name. Without force the name must still be free: link() fails where
 * rename() would replace. */
static int give_name(const struct pmt_output *out, struct pmt_diag *diag)
{
    if (!out->force && link(out->temporary, out->path) == 0) {
        unlink(out->temporary);
        return 0;
    }
    struct stat st;
    if (!out->force && (errno == EEXIST || lstat(out->path, &st) == 0))
        return exists(out->path, diag);
    /* The temporary name is that of the file a link leads to, and six letters and a point. */
    struct pmt_slice real = pmt_slice(out->temporary, strlen(out->temporary) - 7);
    struct pmt_buf name = {0};
    pmt_buf_slice(&name, real);
    int err = rename(out->temporary, name.data) ? cannot_write(out->path, errno, diag) : 0;
    pmt_buf_fini(&name);
    return err;
}

int pmt_output_commit(struct pmt_output *out, struct pmt_diag *diag)
{
    FILE *f = out->file;
    if (!f)
        return 0;
    int err = 0;
    bool told = out->errnum != 0;
    errno = 0;
    if ((fflush(f) || ferror(f)) && !told)
        err = pmt_output_failed(out, errno ? errno : EIO, diag);
    if (out->path && fclose(f) && !err && !out->errnum)
        err = pmt_output_failed(out, errno, diag);
    out->file = NULL;
    if (out->temporary && !err)
        err = give_name(out, diag);
    if (out->temporary && err)
        unlink(out->temporary);
    free(out->temporary);
    *out = (struct pmt_output){0};
    return err;
}

void pmt_output_abandon(struct pmt_output *out)
{
    if (out->path && out->file)
        fclose(out->file);
    if (out->temporary) {
        unlink(out->temporary);
        free(out->temporary);
    }
    *out = (struct pmt_output){0};
}
