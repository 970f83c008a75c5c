/* source.c - any bytes as a file: lines come out whole, once, and the same however they are read.
 *
 * The bytes are read as a file, through a pipe, and (plain text) in two parts. Damage is no error;
 * whatever gzip data says, the lines are bounded and counted.
 */
#include "fuzz.h"

#include "pmt/source.h"
#include "pmt/unpack.h"

#include <unistd.h>
#include <zlib.h>

const unsigned fuzz_places = 96;

static char path[256]; /* of the one file that all inputs are written to */

struct seen {
    uint64_t hash, lines, cut, text;
};

/* Everything a source tells; it is closed. */
static struct seen read_all(struct pmt_source *s)
{
    struct seen seen = {0};
    struct pmt_line line;
    struct pmt_slice head = pmt_source_head(s);
    bool binary = pmt_source_binary(s);
    FUZZ_CHECK(head.n <= PMT_HEAD_MAX && pmt_source_binary(s) == binary);
    while (pmt_source_next(s, &line) > 0) {
        FUZZ_CHECK(line.number == ++seen.lines && line.text.n <= PMT_LINE_MAX);
        FUZZ_CHECK(!line.text.n || !memchr(line.text.p, '\n', line.text.n));
        seen.hash = pmt_hash(line.text.p, line.text.n, seen.hash);
        seen.cut += line.cut;
    }
    const struct pmt_source_info *info = pmt_source_info(s);
    FUZZ_CHECK(info->lines == seen.lines && info->lines_cut == seen.cut);
    FUZZ_CHECK(memchr(info->damage, '\0', sizeof info->damage));
    FUZZ_CHECK(!info->incomplete || info->damage[0]);
    seen.text = info->bytes_text;
    pmt_source_close(s);
    return seen;
}

static struct seen read_fd(int fd, bool *refused)
{
    struct pmt_source *s = NULL;
    struct seen seen = {0};
    int err = pmt_source_open_fd(fd, &s);
    FUZZ_CHECK(err == 0 || err == PMT_EFORMAT);
    *refused = err != 0;
    if (!err)
        return read_all(s);
    pmt_source_close(s);
    return seen;
}

/* Only what a pipe takes at once, since nobody reads while this writes. */
static void check_pipe(const uint8_t *data, size_t size, const struct seen *file, bool file_refused)
{
    int ends[2];
    bool refused;
    if (size > 4096 || pipe(ends))
        return;
    FUZZ_CHECK(write(ends[1], data, size) == (ssize_t)size);
    close(ends[1]);
    struct seen seen = read_fd(ends[0], &refused);
    FUZZ_CHECK(refused == file_refused && seen.lines == file->lines && seen.hash == file->hash);
}

static struct seen read_part(uint64_t from, uint64_t to)
{
    struct pmt_source *s;
    FUZZ_CHECK(pmt_source_open(path, from, to, &s) == 0);
    return read_all(s);
}

/* Lines of the two parts together: their number, bytes and cuts are those of the whole. */
static void check_parts(uint64_t cut, const struct seen *whole)
{
    struct seen a = read_part(0, cut), b = read_part(cut, UINT64_MAX);
    FUZZ_CHECK(a.lines + b.lines == whole->lines && a.cut + b.cut == whole->cut);
    FUZZ_CHECK(a.text + b.text == whole->text);
    if (!b.lines)
        FUZZ_CHECK(a.hash == whole->hash);
}

static void remove_file(void)
{
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    if (fd < 0) {
        const char *tmp = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/pmt-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
        fd = mkstemp(path);
        FUZZ_CHECK(fd >= 0 && atexit(remove_file) == 0);
    }
    bool refused = false;
    FUZZ_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
    struct seen file = read_fd(dup(fd), &refused);
    check_pipe(data, size, &file, refused);
    bool packed = pmt_unpack_how(data, size) != PMT_PLAIN;
    if (!packed && !refused && size > 1)
        check_parts(1 + data[size / 2] % (size - 1), &file);
    return 0;
}

static void put_gzip(struct pmt_buf *b, const char *text, unsigned zeros)
{
    unsigned char out[4096];
    z_stream z = {0};
    static const char nothing[8];
    FUZZ_CHECK(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (unsigned)strlen(text);
    z.next_out = out;
    z.avail_out = sizeof out;
    FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    pmt_buf_put(b, out, sizeof out - z.avail_out);
    pmt_buf_put(b, nothing, zeros);
    deflateEnd(&z);
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    static const struct {
        const char *text;
        size_t n;
    } seeds[] = {
#define TEXT(literal) {literal, sizeof(literal) - 1}
        TEXT("one\ntwo\r\n\nfour"),
        TEXT("\xEF\xBB\xBFone\ntwo\n"),
        TEXT("\0\0\0\0one\n\0two\nth\0ree\n"),
        /* "one\ntwo\n" by bzip2 -1, xz -0, lzma -0 and zstd; lz4 is refused. */
        TEXT("\x04\x22\x4d\x18\x64\x40"),
        TEXT("BZh11AY&SY\xa7\x14+w\x00\x00\x02\xc1\x80\x00\x10\x02\x01\x84\x80 \x00!\x80\x0c"
             "\x02" "8\xf5\x1b\x8b\xb9\x22\x9c(HS\x8a\x15\xbb\x80"),
        TEXT("\xfd" "7zXZ\x00\x00\x04\xe6\xd6\xb4" "F\x02\x00!\x01\x0c\x00\x00\x00\x8f\x98" "A"
             "\x9c\x01\x00\x07one\x0atwo\x0a\x00Q\xab\x9e\xafWupI\x00\x01 \x08\xbb\x19\xd9\xbb"
             "\x1f\xb6\xf3}\x01\x00\x00\x00\x00\x04YZ"),
        TEXT("]\x00\x00\x04\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00" "7\x9b\x88\xcc\xf6\xc6`1"
             "\xd9\x1a\xeb\x0b\xff\xffhH\x00\x00"),
        TEXT("(\xb5/\xfd \x08" "A\x00\x00one\x0atwo\x0a"),
        TEXT("a\n\x1F\x8B\b\0"),
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        use(ctx, seeds[i].text, seeds[i].n);
    struct pmt_buf b = {0};
    put_gzip(&b, "one\ntwo\nthree\n", 0);
    use(ctx, b.data, b.n);
    put_gzip(&b, "fo", 3);
    put_gzip(&b, "ur\nfive\n", 0);
    use(ctx, b.data, b.n);
    pmt_buf_puts(&b, "trailing");
    put_gzip(&b, "six\n", 0);
    use(ctx, b.data, b.n);
    pmt_buf_clear(&b);
    for (int i = 0; i < 9000; i++) /* one line longer than is read */
        pmt_buf_puts(&b, "01234567");
    pmt_buf_puts(&b, "\nnext\n");
    use(ctx, b.data, b.n);
    pmt_buf_fini(&b);
}
