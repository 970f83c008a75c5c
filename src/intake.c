#include "pmt/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail_code(int e)
{
    if (e == ENOENT || e == ENOTDIR)
        return PMT_EMISSING;
    return e == EACCES || e == EPERM ? PMT_EACCESS : PMT_EIO;
}

enum { LOOK_UP_MS = 200 }; /* how often a read that waits looks whether it should go on */

/* Set by the scan before its threads start, and cleared behind them. */
static const atomic_bool *interrupted;

void pmt_source_interruptible(const atomic_bool *flag)
{
    interrupted = flag;
}

/* Waits until a pipe has something to give, or has ended; false when it is not to be waited for any
 * more. */
static bool worth_reading(int fd)
{
    struct pollfd w = {.fd = fd, .events = POLLIN};
    while (interrupted && poll(&w, 1, LOOK_UP_MS) <= 0)
        if (*interrupted)
            return false;
    return true;
}

/* read() or, at >= 0, pread(), until it gives an answer. */
static ssize_t read_patiently(int fd, void *p, size_t n, off_t at)
{
    for (;;) {
        if (at < 0 && !worth_reading(fd))
            return 0;
        ssize_t got = at >= 0 ? pread(fd, p, n, at) : read(fd, p, n);
        if (got >= 0)
            return got;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            /* Somebody else made our standard input non-blocking. */
            struct pollfd w = {.fd = fd, .events = POLLIN};
            if (poll(&w, 1, -1) < 0 && errno != EINTR)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
}

int pmt_intake_open_fd(int fd, struct pmt_intake *ret)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return PMT_EIO;
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return PMT_EIO;
    }
    struct pmt_intake in = {.fd = fd, .regular = S_ISREG(st.st_mode)};
    off_t at = -1;
    if (in.regular) {
        at = lseek(fd, 0, SEEK_CUR);
        if (at < 0)
            return PMT_EIO;
        in.origin = (uint64_t)at;
        in.size = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
    }
    while (in.peek_n < sizeof in.peek) {
        off_t next = in.regular ? at + (off_t)in.peek_n : -1;
        ssize_t n = read_patiently(fd, in.peek + in.peek_n, sizeof in.peek - in.peek_n, next);
        if (n < 0)
            return PMT_EIO;
        if (n == 0)
            break;
        in.peek_n += (size_t)n;
    }
    if (in.regular)
        in.peek_used = in.peek_n; /* pread() gives them again */
    *ret = in;
    return 0;
}

int pmt_intake_open_member(long (*read)(void *from, void *p, size_t n), void *from,
                           struct pmt_intake *ret)
{
    struct pmt_intake in = {.fd = -1, .read = read, .from = from};
    long n = 1;
    while (in.peek_n < sizeof in.peek && n > 0) {
        n = read(from, in.peek + in.peek_n, sizeof in.peek - in.peek_n);
        in.peek_n += n > 0 ? (size_t)n : 0;
    }
    *ret = in;
    return 0;
}

int pmt_intake_open(const char *path, struct pmt_intake *ret)
{
    int fd;
    bool standard_input = strcmp(path, "-") == 0;
    do
        fd = standard_input ? fcntl(0, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return fail_code(errno);
    int rc = pmt_intake_open_fd(fd, ret);
    if (rc) {
        int e = errno;
        close(fd);
        errno = e;
    }
    return rc;
}

void pmt_intake_close(struct pmt_intake *in)
{
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
}

enum pmt_compression pmt_intake_compression(const struct pmt_intake *in)
{
    return pmt_unpack_how(in->peek, in->peek_n);
}

void pmt_intake_seek(struct pmt_intake *in, uint64_t at)
{
    in->at = at;
}

long pmt_intake_read(struct pmt_intake *in, void *p, size_t n)
{
    if (in->peek_used < in->peek_n) {
        size_t left = in->peek_n - in->peek_used;
        n = n < left ? n : left;
        memcpy(p, in->peek + in->peek_used, n);
        in->peek_used += n;
        in->bytes += n;
        return (long)n;
    }
    off_t at = -1;
    if (in->regular) {
        if (in->at >= in->size)
            return 0;
        if (n > in->size - in->at)
            n = (size_t)(in->size - in->at);
        at = (off_t)(in->origin + in->at);
    }
    ssize_t got = in->read ? in->read(in->from, p, n) : read_patiently(in->fd, p, n, at);
    if (got < 0 && in->read)
        return -1;
    if (got < 0) {
        in->errnum = errno;
        return -1;
    }
    if (got == 0)
        in->shrank = in->regular;
    in->at += (uint64_t)got;
    in->bytes += (uint64_t)got;
    return (long)got;
}

/* ---- a pipe to be read twice ------------------------------------------------------------- */

static int temporary_file(void)
{
    const char *dir = getenv("TMPDIR");
    struct pmt_buf path = {0};
    pmt_buf_printf(&path, "%s/pm-timeline-XXXXXX", dir && dir[0] ? dir : "/tmp");
    int fd = mkstemp(path.data);
    if (fd >= 0) {
        unlink(path.data);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    pmt_buf_fini(&path);
    return fd;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno != EINTR)
            return -1;
        if (put > 0) {
            p += put;
            n -= (size_t)put;
        }
    }
    return 0;
}

int pmt_source_spool(int fd)
{
    int out = temporary_file();
    if (out < 0)
        return PMT_EIO;
    char *buf = pmt_realloc(NULL, PMT_SOURCE_BUFFER, 1);
    ssize_t n;
    while ((n = read_patiently(fd, buf, PMT_SOURCE_BUFFER, -1)) > 0)
        if (write_all(out, buf, (size_t)n) != 0) {
            n = -1;
            break;
        }
    int e = errno;
    free(buf);
    if (n == 0 && lseek(out, 0, SEEK_SET) == 0)
        return out;
    if (n == 0)
        e = errno;
    close(out);
    errno = e;
    return PMT_EIO;
}
