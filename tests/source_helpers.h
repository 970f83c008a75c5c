/* source_helpers.h - files in a directory of the test's own, gzip members, and lines as text. */
#ifndef PMT_TESTS_SOURCE_HELPERS_H
#define PMT_TESTS_SOURCE_HELPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>
#include <fcntl.h>
#include <cmocka.h>
#include <zlib.h>

#include "pmt/source.h"

/* A slice in a static table, where PMT_SLICE is no constant expression. */
#define TEXT(literal) {(literal), sizeof(literal) - 1}

static char test_dir[64];

static int make_dir(void **state)
{
    (void)state;
    snprintf(test_dir, sizeof test_dir, "/tmp/pmt-test-XXXXXX");
    if (!mkdtemp(test_dir))
        return -1;
    return chmod(test_dir, 0755); /* tests that give up root's rights come here too */
}

static int remove_dir(void **state)
{
    (void)state;
    DIR *d = opendir(test_dir);
    if (!d)
        return -1;
    for (struct dirent *e; (e = readdir(d));)
        unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    return rmdir(test_dir);
}

/* A path in the test's directory, good for the next seven calls. */
static inline const char *in_dir(const char *name)
{
    static char paths[8][160];
    static size_t next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", test_dir, name);
    return p;
}

static inline void append_file(const char *path, struct pmt_slice bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    assert_true(fd >= 0);
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        assert_true(n > 0);
        bytes = pmt_slice(bytes.p + n, bytes.n - (size_t)n);
    }
    close(fd);
}

static inline const char *write_file(const char *name, struct pmt_slice bytes)
{
    const char *path = in_dir(name);
    unlink(path);
    append_file(path, bytes);
    return path;
}

static inline struct pmt_source *open_bytes(struct pmt_slice bytes)
{
    struct pmt_source *s;
    assert_int_equal(pmt_source_open(write_file("input", bytes), 0, UINT64_MAX, &s), 0);
    return s;
}

/* The bytes through a pipe, in odd pieces; the writer is a child, gone when the pipe is read. */
static inline struct pmt_source *open_pipe(struct pmt_slice bytes)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        for (size_t at = 0, step = 1; at < bytes.n; step = step * 3 % 65537) {
            size_t n = bytes.n - at < step ? bytes.n - at : step;
            ssize_t put = write(fds[1], bytes.p + at, n);
            if (put <= 0)
                break;
            at += (size_t)put;
        }
        _exit(0);
    }
    close(fds[1]);
    struct pmt_source *s;
    assert_int_equal(pmt_source_open_fd(fds[0], &s), 0);
    return s;
}

/* Appends a gzip member as a compressor writes it. */
static inline void put_member(struct pmt_buf *b, struct pmt_slice text, int level, uint32_t mtime)
{
    z_stream z = {0};
    gz_header header = {.time = mtime, .os = 3};
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
    size_t room = deflateBound(&z, (uLong)text.n) + 64;
    unsigned char *out = pmt_alloc(room);
    unsigned char none[1] = {0};
    z.next_in = text.n ? (unsigned char *)(uintptr_t)text.p : none;
    z.avail_in = (uInt)text.n;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    pmt_buf_put(b, out, room - z.avail_out);
    deflateEnd(&z);
    free(out);
}

/* "number:text(cut)(unfinished)|" per line; NULs inside are written as '?'. */
static inline void lines_of(struct pmt_source *s, struct pmt_buf *ret)
{
    struct pmt_line line;
    while (pmt_source_next(s, &line)) {
        pmt_buf_printf(ret, "%llu:", (unsigned long long)line.number);
        for (size_t i = 0; i < line.text.n; i++)
            pmt_buf_put(ret, line.text.p[i] ? line.text.p + i : "?", 1);
        pmt_buf_printf(ret, "%s%s|", line.cut ? "(cut)" : "",
                       line.unfinished ? "(unfinished)" : "");
    }
}

/* As lines_of, without numbers: parts are put one behind another. */
static inline void texts_of(struct pmt_source *s, struct pmt_buf *ret)
{
    struct pmt_line line;
    while (pmt_source_next(s, &line)) {
        for (size_t i = 0; i < line.text.n; i++)
            pmt_buf_put(ret, line.text.p[i] ? line.text.p + i : "?", 1);
        pmt_buf_printf(ret, "%s%s|", line.cut ? "(cut)" : "",
                       line.unfinished ? "(unfinished)" : "");
    }
}

static inline uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

#endif
