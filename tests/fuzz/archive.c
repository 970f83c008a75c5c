/* archive.c - any bytes as an archive: a bounded number of members, each a text as any other, and
 * the same from a pipe and when it is opened again. */
#include "fuzz.h"

#include "pmt/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

const unsigned fuzz_places = 64;

static char path[256]; /* of the one file that all inputs are written to */

struct seen {
    uint64_t hash, members, lines;
};

static void read_text(struct pmt_source *text, struct seen *seen)
{
    struct pmt_line line;
    while (pmt_source_next(text, &line) > 0) {
        FUZZ_CHECK(line.text.n <= PMT_LINE_MAX);
        seen->hash = pmt_hash(line.text.p, line.text.n, seen->hash);
        seen->lines++;
    }
    FUZZ_CHECK(memchr(pmt_source_info(text)->damage, '\0', sizeof pmt_source_info(text)->damage));
    pmt_source_close(text);
}

static struct seen read_all(struct pmt_source *s)
{
    struct seen seen = {0};
    struct pmt_member m;
    struct pmt_source *text;
    struct pmt_archive *a = pmt_archive_open(s);
    while (pmt_archive_next(a, &m)) {
        FUZZ_CHECK(m.number == seen.members++ && strlen(m.name) <= PMT_ARCHIVE_NAME + 3);
        if (m.why)
            continue;
        if (pmt_archive_text(a, &text) == 0)
            read_text(text, &seen);
        else
            pmt_source_close(text);
    }
    FUZZ_CHECK(seen.members <= PMT_ARCHIVE_MEMBERS);
    pmt_archive_close(a);
    pmt_source_close(s);
    return seen;
}

static void check_again(const struct seen *first)
{
    struct pmt_input file = {.path = path};
    struct pmt_opener o = {.stdin_fd = -1};
    struct pmt_source *text;
    for (size_t i = first->members < 3 ? first->members : 3; i-- > 0;) {
        struct pmt_input in = {.path = path, .archive = &file, .member = i};
        struct seen seen = {0};
        if (pmt_opener_open(&o, &in, &text) == 0)
            read_text(text, &seen);
        FUZZ_CHECK(seen.lines <= first->lines);
    }
    pmt_opener_fini(&o);
}

static void remove_file(void)
{
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct pmt_source *s = NULL;
    if (fd < 0) {
        const char *tmp = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/pmt-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
        fd = mkstemp(path);
        FUZZ_CHECK(fd >= 0 && atexit(remove_file) == 0);
    }
    FUZZ_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    int err = pmt_source_open(path, 0, UINT64_MAX, &s);
    if (err || !pmt_archive_is(pmt_source_head(s))) {
        pmt_source_close(s);
        return 0;
    }
    struct seen seen = read_all(s);
    check_again(&seen);
    return 0;
}

static la_ssize_t take(struct archive *a, void *arg, const void *p, size_t n)
{
    (void)a;
    pmt_buf_put(arg, p, n);
    return (la_ssize_t)n;
}

static void put_file(struct archive *a, const char *name, unsigned type, const char *text)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, type);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)strlen(text));
    if (type == AE_IFLNK)
        archive_entry_set_symlink(e, "a.log");
    FUZZ_CHECK(archive_write_header(a, e) == ARCHIVE_OK);
    FUZZ_CHECK(archive_write_data(a, text, strlen(text)) >= 0);
    archive_entry_free(e);
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    static int (*const formats[])(struct archive *) = {
        archive_write_set_format_ustar, archive_write_set_format_pax,
        archive_write_set_format_gnutar, archive_write_set_format_zip};
    char name[200];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    name[100] = '/';
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct pmt_buf b = {0};
        struct archive *a = archive_write_new();
        FUZZ_CHECK(a && formats[i](a) == ARCHIVE_OK);
        archive_write_set_bytes_per_block(a, 0);
        FUZZ_CHECK(archive_write_open(a, &b, NULL, take, NULL) == ARCHIVE_OK);
        put_file(a, "a.log", AE_IFREG, "one\ntwo\n");
        put_file(a, "link", AE_IFLNK, "");
        put_file(a, name, AE_IFREG, "three\n");
        FUZZ_CHECK(archive_write_close(a) == ARCHIVE_OK);
        archive_write_free(a);
        use(ctx, b.data, b.n);
        pmt_buf_fini(&b);
    }
}
