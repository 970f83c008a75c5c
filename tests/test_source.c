/* Lines out of files, pipes and gzip; damaged gzip is in test_inflate.c. */
#include "source_helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

/* ---- what lines are ---------------------------------------------------------------------- */

struct lines_case {
    struct pmt_slice text;
    const char *want; /* as lines_of() writes it */
    uint64_t nuls;
    bool bom;
};

static const struct lines_case lines_cases[] = {
    {TEXT(""), "", 0, false},
    {TEXT("a\n"), "1:a|", 0, false},
    {TEXT("a"), "1:a(unfinished)|", 0, false},
    {TEXT("a\nb\n"), "1:a|2:b|", 0, false},
    {TEXT("a\nb"), "1:a|2:b(unfinished)|", 0, false},
    {TEXT("\n"), "1:|", 0, false},
    {TEXT("\n\n\nx\n"), "1:|2:|3:|4:x|", 0, false},
    {TEXT("a\r\nb\r\n"), "1:a|2:b|", 0, false},
    {TEXT("\r\n\r\n"), "1:|2:|", 0, false},
    {TEXT("a\rb\r\r\n"), "1:a\rb\r|", 0, false},
    {TEXT("a\r"), "1:a\r(unfinished)|", 0, false},
    {TEXT("\xEF\xBB\xBF" "a\nb\n"), "1:a|2:b|", 0, true},
    {TEXT("\xEF\xBB\xBF"), "", 0, true},
    {TEXT("\xEF\xBB"), "1:\xEF\xBB(unfinished)|", 0, false},
    {TEXT("a\n\xEF\xBB\xBF" "b\n"), "1:a|2:\xEF\xBB\xBF" "b|", 0, false},
    {TEXT("\0\0\0a\nb\n"), "1:a|2:b|", 3, false},
    {TEXT("a\n\0\0\0\0\0\0\0\0\0\0\0b\n"), "1:a|2:b|", 11, false},
    {TEXT("\0\0\0"), "", 3, false},
    {TEXT("a\n\0\0"), "1:a|", 2, false},
    {TEXT("\0\n\0\r\nx"), "1:|2:|3:x(unfinished)|", 2, false},
    {TEXT("a\0b\n"), "1:a?b|", 0, false},
    {TEXT("1234567890ABC\nx\n"), "1:1234567890ABC|2:x|", 0, false},
    /* A journal's export: an entry is a line, numbered by its first. */
    {TEXT("__CURSOR=a\n_PID=7\nUNIT=x\nMESSAGE=a \"b\" \\\n\n\n__CURSOR=b\nMESSAGE=c\n\n"),
     "1:{\"_PID\":\"7\",\"MESSAGE\":\"a \\\"b\\\" \\\\\"}|7:{\"MESSAGE\":\"c\"}|", 0, false},
    {TEXT("__CURSOR=a\nMESSAGE\n\5\0\0\0\0\0\0\0a\n\nb=\nX=y\n\n__CURSOR=b\nMESSAGE=c\n\n"),
     "1:{\"MESSAGE\":\"a\\n\\nb=\"}|8:{\"MESSAGE\":\"c\"}|", 0, false},
    {TEXT("__CURSOR=a\nMESSAGE\n\1\0\0\0\0\0\0\0\1\n\n"), "1:{\"MESSAGE\":\"\\u0001\"}|", 0,
     false},
    {TEXT("__CURSOR=a\nMESSAGE=cut"), "1:{\"MESSAGE\":\"cut\"}(unfinished)|", 0, false},
    {TEXT("__CURSOR=a\n_PID=7\nMESSAGE\n\5\0"), "1:{\"_PID\":\"7\",\"MESSAGE\":\"\"}(unfinished)|",
     0, false},
    {TEXT("__CURSOR=a\nUNIT=x\n\n"), "1:{}|", 0, false},
    {TEXT("\n__CURSOR=a\n"), "1:|2:__CURSOR=a|", 0, false},
};

static void check_lines(struct pmt_source *s, const struct lines_case *c)
{
    struct pmt_buf got = {0};
    lines_of(s, &got);
    assert_string_equal(got.data ? got.data : "", c->want);
    const struct pmt_source_info *info = pmt_source_info(s);
    assert_int_equal(info->nul_bytes, c->nuls);
    assert_int_equal(info->bom, c->bom);
    assert_int_equal(info->bytes_text, c->text.n);
    assert_int_equal(info->lines_cut, 0);
    assert_string_equal(info->damage, "");
    assert_false(info->incomplete);
    struct pmt_line line;
    assert_int_equal(pmt_source_next(s, &line), 0);
    pmt_source_close(s);
    pmt_buf_fini(&got);
}

static void lines_are_the_same_from_file_gzip_and_pipe(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines_cases / sizeof lines_cases[0]; i++) {
        const struct lines_case *c = &lines_cases[i];
        struct pmt_source *s = open_bytes(c->text);
        assert_int_equal(pmt_source_info(s)->compression, PMT_PLAIN);
        check_lines(s, c);
        struct pmt_buf z = {0};
        put_member(&z, c->text, 6, 0);
        s = open_bytes(pmt_buf_view(&z));
        assert_int_equal(pmt_source_info(s)->compression, PMT_GZIP);
        check_lines(s, c);
        pmt_buf_fini(&z);
        check_lines(open_pipe(c->text), c);
    }
}

static void put_repeated(struct pmt_buf *b, char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pmt_buf_put(b, &c, 1);
}

static void check_long_line(size_t n, const char *ending, bool gz)
{
    struct pmt_buf text = {0}, z = {0};
    pmt_buf_puts(&text, "first\n");
    put_repeated(&text, 'x', n);
    pmt_buf_puts(&text, ending);
    if (ending[0])
        pmt_buf_puts(&text, "last\n");
    put_member(&z, pmt_buf_view(&text), 6, 0);
    struct pmt_source *s = open_bytes(pmt_buf_view(gz ? &z : &text));
    struct pmt_line line;
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_int_equal(pmt_source_next(s, &line), 1);
    bool cut = n > PMT_LINE_MAX;
    assert_int_equal(line.text.n, cut ? (size_t)PMT_LINE_MAX : n);
    for (size_t i = 0; i < line.text.n; i++)
        assert_int_equal(line.text.p[i], 'x');
    assert_int_equal(line.number, 2);
    assert_int_equal(line.cut, cut);
    assert_int_equal(line.unfinished, !ending[0]);
    if (ending[0]) {
        assert_int_equal(pmt_source_next(s, &line), 1);
        assert_true(pmt_slice_is(line.text, "last"));
        assert_int_equal(line.number, 3);
        assert_false(line.cut);
    }
    assert_int_equal(pmt_source_next(s, &line), 0);
    assert_int_equal(pmt_source_info(s)->lines_cut, cut);
    assert_int_equal(pmt_source_info(s)->bytes_text, text.n);
    pmt_source_close(s);
    pmt_buf_fini(&text);
    pmt_buf_fini(&z);
}

static void long_lines_are_cut_and_counted_once(void **state)
{
    (void)state;
    static const size_t lengths[] = {PMT_LINE_MAX - 1, PMT_LINE_MAX,     PMT_LINE_MAX + 1,
                                     PMT_LINE_MAX + 2, PMT_LINE_MAX + 3, PMT_SOURCE_BUFFER,
                                     PMT_SOURCE_BUFFER + PMT_LINE_MAX - 5, 1000000};
    static const char *const endings[] = {"\n", "\r\n", ""};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        for (size_t k = 0; k < 3; k++)
            for (int gz = 0; gz < 2; gz++)
                check_long_line(lengths[i], endings[k], gz);
}

static void a_long_head_of_nuls_is_dropped(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    put_repeated(&text, '\0', 700001);
    pmt_buf_puts(&text, "first\nsecond\n");
    put_repeated(&text, '\0', 300000);
    pmt_buf_puts(&text, "third");
    const struct lines_case c = {pmt_buf_view(&text), "1:first|2:second|3:third(unfinished)|",
                                 1000001, false};
    check_lines(open_bytes(c.text), &c);
    check_lines(open_pipe(c.text), &c);
    struct pmt_buf z = {0};
    put_member(&z, c.text, 6, 0);
    check_lines(open_bytes(pmt_buf_view(&z)), &c);
    struct pmt_source *s = open_bytes(c.text);
    assert_true(pmt_slice_starts(pmt_source_head(s), "first\nsecond\n"));
    check_lines(s, &c);
    pmt_buf_fini(&z);
    pmt_buf_fini(&text);
}

/* ---- parts ------------------------------------------------------------------------------- */

/* Reads [cuts[0], cuts[1]), [cuts[1], cuts[2]) ... and checks that they add up to the whole. */
static void check_parts(const char *path, const char *want, const uint64_t *cuts, size_t n)
{
    struct pmt_buf got = {0};
    uint64_t bytes = 0, lines = 0, nuls = 0, cut_lines = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        struct pmt_source *s;
        assert_int_equal(pmt_source_open(path, cuts[i], cuts[i + 1], &s), 0);
        texts_of(s, &got);
        bytes += pmt_source_info(s)->bytes_text;
        lines += pmt_source_info(s)->lines;
        nuls += pmt_source_info(s)->nul_bytes;
        cut_lines += pmt_source_info(s)->lines_cut;
        pmt_source_close(s);
    }
    assert_string_equal(got.data ? got.data : "", want);
    struct pmt_source *whole;
    assert_int_equal(pmt_source_open(path, 0, UINT64_MAX, &whole), 0);
    struct pmt_line line;
    while (pmt_source_next(whole, &line))
        ;
    assert_int_equal(bytes, pmt_source_info(whole)->bytes_text);
    assert_int_equal(lines, pmt_source_info(whole)->lines);
    assert_int_equal(nuls, pmt_source_info(whole)->nul_bytes);
    assert_int_equal(cut_lines, pmt_source_info(whole)->lines_cut);
    pmt_source_close(whole);
    pmt_buf_fini(&got);
}

static void whole_texts(const char *path, struct pmt_buf *want)
{
    struct pmt_source *s;
    assert_int_equal(pmt_source_open(path, 0, UINT64_MAX, &s), 0);
    texts_of(s, want);
    pmt_source_close(s);
    pmt_buf_put(want, "", 0);
}

static void every_split_of_a_small_file_gives_every_line_once(void **state)
{
    (void)state;
    static const struct pmt_slice texts[] = {
        TEXT("aa\nbbb\r\n\n\nc\n\0\0\0d\n\r\nlast"),
        TEXT("\xEF\xBB\xBF" "a\n\nb\n"),
        TEXT("\0\0\0\0\0first\r\nsecond\r\n\0\0"),
        TEXT("\n\n\n"),
        TEXT("no newline at all"),
        TEXT(""),
    };
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        const char *path = write_file("parts", texts[t]);
        struct pmt_buf want = {0};
        whole_texts(path, &want);
        for (uint64_t x = 0; x <= texts[t].n; x++)
            for (uint64_t y = x; y <= texts[t].n + 1; y++) {
                const uint64_t cuts[] = {0, x, y, UINT64_MAX};
                check_parts(path, want.data, cuts, 4);
            }
        pmt_buf_fini(&want);
    }
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void splits_of_a_big_file_give_every_line_once(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, want = {0};
    uint64_t seed = 7, starts[64];
    size_t nstarts = 0;
    while (text.n < 900000) {
        uint64_t r = next_random(&seed);
        if (r % 13 == 0 && nstarts < 64)
            starts[nstarts++] = text.n;
        if (r % 97 == 0)
            put_repeated(&text, '\0', r % 5000);
        put_repeated(&text, (char)('a' + r % 26), r % 211 == 0 ? r % 150000 : r % 120);
        pmt_buf_puts(&text, r % 3 ? "\n" : "\r\n");
    }
    const char *path = write_file("big", pmt_buf_view(&text));
    whole_texts(path, &want);
    for (int round = 0; round < 30; round++) {
        uint64_t cuts[8] = {0};
        for (size_t i = 1; i < 7; i++)
            cuts[i] = round % 2 ? starts[next_random(&seed) % nstarts]
                                : next_random(&seed) % text.n;
        cuts[7] = UINT64_MAX;
        qsort(cuts, 8, sizeof cuts[0], by_value);
        check_parts(path, want.data, cuts, 8);
    }
    pmt_buf_fini(&text);
    pmt_buf_fini(&want);
}

static void a_part_of_nuls_reads_little_more_than_itself(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    put_repeated(&text, '\0', 3000000);
    pmt_buf_puts(&text, "x\n");
    const char *path = write_file("nuls", pmt_buf_view(&text));
    struct pmt_source *s;
    struct pmt_line line;
    assert_int_equal(pmt_source_open(path, 1000, 2000, &s), 0);
    assert_int_equal(pmt_source_next(s, &line), 0);
    assert_in_range(pmt_source_info(s)->bytes_in, 0, PMT_SOURCE_BUFFER + PMT_LINE_MAX + 2);
    pmt_source_close(s);
    pmt_buf_fini(&text);
}

/* ---- head -------------------------------------------------------------------------------- */

static void check_head(struct pmt_source *s, const char *want_head, const char *want_lines)
{
    struct pmt_buf got = {0};
    for (int i = 0; i < 2; i++) {
        struct pmt_slice head = pmt_source_head(s);
        assert_int_equal(head.n, strlen(want_head));
        assert_memory_equal(head.p, want_head, head.n);
    }
    lines_of(s, &got);
    assert_string_equal(got.data, want_lines);
    pmt_source_close(s);
    pmt_buf_fini(&got);
}

static void head_shows_and_does_not_consume(void **state)
{
    (void)state;
    const struct pmt_slice text = PMT_SLICE("\xEF\xBB\xBF" "one\r\ntwo\nrest");
    const char *head = "one\r\ntwo\nrest", *lines = "1:one|2:two|3:rest(unfinished)|";
    struct pmt_buf z = {0};
    put_member(&z, text, 9, 0);
    check_head(open_bytes(text), head, lines);
    check_head(open_pipe(text), head, lines);
    check_head(open_pipe(pmt_buf_view(&z)), head, lines);
    struct pmt_source *s = open_bytes(PMT_SLICE(""));
    assert_int_equal(pmt_source_head(s).n, 0);
    assert_non_null(pmt_source_head(s).p);
    pmt_source_close(s);
    pmt_buf_fini(&z);
}

static void head_ends_at_a_line_end_unless_the_first_line_is_longer(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    while (text.n < 300000)
        pmt_buf_puts(&text, "0123456789abcdefghijklmno\n"); /* 26 does not divide 65536 */
    for (int kind = 0; kind < 3; kind++) {
        struct pmt_buf z = {0};
        put_member(&z, pmt_buf_view(&text), 6, 0);
        struct pmt_source *s = kind == 0   ? open_bytes(pmt_buf_view(&text))
                               : kind == 1 ? open_pipe(pmt_buf_view(&text))
                                           : open_pipe(pmt_buf_view(&z));
        struct pmt_slice head = pmt_source_head(s);
        assert_int_equal(head.n, PMT_HEAD_MAX / 26 * 26);
        assert_int_equal(head.p[head.n - 1], '\n');
        struct pmt_line line = {0};
        while (pmt_source_next(s, &line))
            assert_int_equal(line.text.n, 25);
        assert_int_equal(line.number, text.n / 26);
        pmt_source_close(s);
        pmt_buf_fini(&z);
    }
    pmt_buf_clear(&text);
    put_repeated(&text, 'y', 100000);
    struct pmt_source *s = open_bytes(pmt_buf_view(&text));
    assert_int_equal(pmt_source_head(s).n, PMT_HEAD_MAX);
    pmt_source_close(s);
    pmt_buf_fini(&text);
}

static void binary_is_told_from_text(void **state)
{
    (void)state;
    static const struct {
        struct pmt_slice text;
        bool binary;
    } cases[] = {
        {TEXT(""), false},
        {TEXT("plain\ttext\r\n"), false},
        {TEXT("\033[31mred\033[0m\n"), false},
        {TEXT("caf\xc3\xa9 \xe9 latin\n"), false},
        {TEXT("\0\0\0\0head of a truncated log\n"), false},
        {TEXT("one\n\0\0\0\0truncated again\n"), false},
        {TEXT("a\0b\n"), true},
        {TEXT("\x7f" "ELF\x02\x01\x01\0\0\0"), true},
        {TEXT("123456789\x01"), false}, /* one in ten */
        {TEXT("12345678\x01"), true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pmt_source *s = open_bytes(cases[i].text);
        assert_int_equal(pmt_source_binary(s), cases[i].binary);
        pmt_source_close(s);
    }
}

/* ---- opening ----------------------------------------------------------------------------- */

static void compressions_are_told_apart_by_content(void **state)
{
    (void)state;
    static const struct {
        struct pmt_slice bytes;
        enum pmt_compression compression;
    } cases[] = {
        {TEXT("BZh91AY&SY\x01\x02"), PMT_BZIP2},
        {TEXT("BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0"), PMT_BZIP2},
        {TEXT("\xfd" "7zXZ\0\0\x04"), PMT_XZ},
        {TEXT("\x28\xb5\x2f\xfd\x04\0"), PMT_ZSTD},
        {TEXT("\x5e\x2a\x4d\x18\x04\0\0\0"), PMT_ZSTD},
        {TEXT("\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0"), PMT_LZMA},
        {TEXT("\x5d\0\0\x10\0\x22\x33\x44\x55\0\0\0\0\0"), PMT_LZMA},
        {TEXT("\x04\x22\x4d\x18\x64\x40"), PMT_LZ4},
        {TEXT("BZh9 is no magic\n"), PMT_PLAIN},
        {TEXT("] begins no lzma\n"), PMT_PLAIN},
        {TEXT("\x5d\0\0\0\0\0\0\0\0\0\0"), PMT_PLAIN},
        {TEXT("\x5d\0\0\x80"), PMT_PLAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pmt_source *s = NULL;
        struct pmt_line line;
        const char *path = write_file("other", cases[i].bytes);
        bool refused = cases[i].compression == PMT_LZ4;
        assert_int_equal(pmt_source_open(path, 0, UINT64_MAX, &s), refused ? PMT_EFORMAT : 0);
        assert_int_equal(pmt_source_info(s)->compression, cases[i].compression);
        if (refused) {
            assert_non_null(strstr(pmt_source_info(s)->damage, "lz4 -dc FILE"));
            assert_int_equal(pmt_source_head(s).n, 0);
            assert_int_equal(pmt_source_next(s, &line), 0);
        }
        pmt_source_close(s);
    }
}

static void opening_fails_with_a_reason_and_touches_nothing(void **state)
{
    (void)state;
    struct pmt_source *const untouched = (struct pmt_source *)(void *)lines_cases;
    struct pmt_source *s = untouched;
    assert_int_equal(pmt_source_open(in_dir("missing"), 0, UINT64_MAX, &s), PMT_EMISSING);
    const char *file = write_file("file", PMT_SLICE("x\n"));
    assert_int_equal(pmt_source_open(in_dir("file/below"), 0, UINT64_MAX, &s), PMT_EMISSING);
    assert_int_equal(pmt_source_open(in_dir(""), 0, UINT64_MAX, &s), PMT_EIO);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(chmod(file, 0), 0);
    bool root = geteuid() == 0;
    if (root)
        assert_int_equal(seteuid(65534), 0);
    int rc = pmt_source_open(file, 0, UINT64_MAX, &s);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(rc, PMT_EACCESS);
    assert_ptr_equal(s, untouched);

    struct pmt_buf z = {0};
    put_member(&z, PMT_SLICE("x\n"), 6, 0);
    assert_int_equal(pmt_source_open(write_file("z", pmt_buf_view(&z)), 1, UINT64_MAX, &s),
                     PMT_EFORMAT);
    assert_int_equal(pmt_source_info(s)->compression, PMT_GZIP);
    pmt_source_close(s);
    pmt_buf_fini(&z);
    pmt_source_close(NULL);
}

static void descriptors_are_closed_on_exec_and_on_close(void **state)
{
    (void)state;
    const char *path = write_file("cloexec", PMT_SLICE("x\n"));
    int probe = dup(0); /* the lowest free number is the one the source gets */
    close(probe);
    struct pmt_source *s;
    assert_int_equal(pmt_source_open(path, 0, UINT64_MAX, &s), 0);
    assert_int_equal(fcntl(probe, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    pmt_source_close(s);
    assert_int_equal(fcntl(probe, F_GETFD), -1);
}

static void a_shared_descriptor_is_read_from_its_place_and_keeps_it(void **state)
{
    (void)state;
    int fd = open(write_file("shared", PMT_SLICE("one\ntwo\nthree\n")), O_RDONLY);
    assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
    struct pmt_source *s;
    int other = dup(fd);
    assert_int_equal(pmt_source_open_fd(fd, &s), 0);
    struct pmt_buf got = {0};
    lines_of(s, &got);
    assert_string_equal(got.data, "1:two|2:three|");
    assert_int_equal(lseek(other, 0, SEEK_CUR), 4);
    pmt_source_close(s);
    close(other);
    pmt_buf_fini(&got);
}

/* ---- files and pipes that live ----------------------------------------------------------- */

static void a_live_file_is_read_to_its_size_at_opening(void **state)
{
    (void)state;
    const char *path = write_file("live", PMT_SLICE("one\ntw"));
    struct pmt_source *s;
    assert_int_equal(pmt_source_open(path, 0, UINT64_MAX, &s), 0);
    append_file(path, PMT_SLICE("o\nthree\n"));
    struct pmt_buf got = {0};
    lines_of(s, &got);
    assert_string_equal(got.data, "1:one|2:tw(unfinished)|");
    assert_string_equal(pmt_source_info(s)->damage, "");
    pmt_source_close(s);
    pmt_buf_fini(&got);
}

static void a_file_cut_short_under_the_reader_is_told(void **state)
{
    (void)state;
    const char *path = write_file("shrinks", PMT_SLICE("one\ntwo\nthree\nfour\n"));
    struct pmt_source *s;
    assert_int_equal(pmt_source_open(path, 0, UINT64_MAX, &s), 0);
    assert_int_equal(truncate(path, 6), 0);
    struct pmt_buf got = {0};
    lines_of(s, &got);
    assert_string_equal(got.data, "1:one|2:tw(cut)(unfinished)|");
    assert_string_equal(pmt_source_info(s)->damage,
                        "the file was cut short while it was read, after line 1");
    assert_true(pmt_source_info(s)->incomplete);
    pmt_source_close(s);
    pmt_buf_fini(&got);
}

static void a_read_error_is_told_with_its_place(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    /* Closing with unread bytes resets the connection: the reader gets the text, then an error. */
    assert_int_equal(write(fds[0], "unread", 6), 6);
    assert_int_equal(write(fds[1], "one\ntwo and a bit\nthr", 21), 21);
    close(fds[1]);
    struct pmt_source *s;
    assert_int_equal(pmt_source_open_fd(fds[0], &s), 0);
    struct pmt_buf got = {0}, want = {0};
    lines_of(s, &got);
    assert_string_equal(got.data, "1:one|2:two and a bit|3:thr(cut)(unfinished)|");
    pmt_buf_printf(&want, "read error after line 2: %s", strerror(ECONNRESET));
    assert_string_equal(pmt_source_info(s)->damage, want.data);
    assert_int_equal(pmt_source_info(s)->lines_cut, 1);
    assert_true(pmt_source_info(s)->incomplete);
    pmt_source_close(s);
    pmt_buf_fini(&got);
    pmt_buf_fini(&want);
}

static void on_alarm(int sig)
{
    (void)sig;
}

static void interrupted_and_blocking_reads_are_tried_again(void **state)
{
    (void)state;
    struct sigaction act = {.sa_handler = on_alarm}, old; /* no SA_RESTART */
    const struct itimerval often = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
    assert_int_equal(sigaction(SIGALRM, &act, &old), 0);
    for (int nonblock = 0; nonblock < 2; nonblock++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        if (child == 0) {
            const struct timespec nap = {0, 10000000};
            for (int i = 0; i < 5; i++) {
                nanosleep(&nap, NULL);
                if (write(fds[1], "part\nof ", 8) != 8)
                    _exit(1);
            }
            _exit(0);
        }
        close(fds[1]);
        if (nonblock)
            assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
        assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
        struct pmt_source *s;
        assert_int_equal(pmt_source_open_fd(fds[0], &s), 0);
        struct pmt_buf got = {0};
        lines_of(s, &got);
        assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
        assert_string_equal(got.data, "1:part|2:of part|3:of part|4:of part|5:of part|"
                                      "6:of (unfinished)|");
        pmt_source_close(s);
        pmt_buf_fini(&got);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }
    sigaction(SIGALRM, &old, NULL);
}

static void a_spooled_pipe_can_be_read_in_parts(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "one\ntwo\n", 8), 8);
    close(fds[1]);
    assert_int_equal(setenv("TMPDIR", in_dir(""), 1), 0);
    int fd = pmt_source_spool(fds[0]);
    assert_true(fd >= 0);
    close(fds[0]);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    for (int i = 0; i < 2; i++) {
        struct pmt_source *s;
        assert_int_equal(pmt_source_open_fd(dup(fd), &s), 0);
        struct pmt_buf got = {0};
        lines_of(s, &got);
        assert_string_equal(got.data, "1:one|2:two|");
        pmt_source_close(s);
        pmt_buf_fini(&got);
    }
    close(fd);
    assert_int_equal(setenv("TMPDIR", in_dir("missing"), 1), 0);
    assert_int_equal(pmt_source_spool(0), PMT_EIO);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

/* ---- as bytes, and from a member --------------------------------------------------------- */

static void a_source_can_be_read_as_bytes(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, z = {0}, got = {0};
    char piece[1000];
    for (int i = 0; i < 100000; i++)
        pmt_buf_printf(&text, "%d\n%c", i, i % 7 ? 'x' : '\0');
    put_member(&z, pmt_buf_view(&text), 6, 0);
    for (int cut = 0; cut < 2; cut++) {
        struct pmt_source *s = open_bytes(pmt_slice(z.data, cut ? z.n / 2 : z.n));
        if (cut)
            pmt_source_head(s);
        long n;
        pmt_buf_clear(&got);
        while ((n = pmt_source_bytes(s, piece, sizeof piece)) > 0)
            pmt_buf_put(&got, piece, (size_t)n);
        assert_int_equal(n, cut ? -1 : 0);
        assert_true(cut ? got.n < text.n && got.n > text.n / 3 : got.n == text.n);
        assert_memory_equal(got.data, text.data, got.n);
        assert_string_equal(pmt_source_info(s)->damage,
                            cut ? "gzip data ends early (truncated file?)" : "");
        assert_int_equal(pmt_source_info(s)->incomplete, cut);
        pmt_source_close(s);
    }
    pmt_buf_fini(&text);
    pmt_buf_fini(&z);
    pmt_buf_fini(&got);
}

struct member {
    struct pmt_slice left;
    bool breaks; /* at its end */
};

static long read_member(void *from, void *p, size_t n)
{
    struct member *m = from;
    if (!m->left.n)
        return m->breaks ? -1 : 0;
    n = n < 7 ? n : 7;
    n = n < m->left.n ? n : m->left.n;
    memcpy(p, m->left.p, n);
    m->left = pmt_slice(m->left.p + n, m->left.n - n);
    return (long)n;
}

static void a_member_is_read_as_a_file_is(void **state)
{
    (void)state;
    struct pmt_buf z = {0};
    put_member(&z, PMT_SLICE("one\ntwo\nthree"), 6, 0);
    for (int i = 0; i < 4; i++) {
        struct member m = {i % 2 ? pmt_buf_view(&z) : PMT_SLICE("one\ntwo\nthree"), i > 1};
        struct pmt_whole whole = {.packed = 9};
        struct pmt_source *s;
        struct pmt_buf got = {0};
        assert_int_equal(pmt_source_open_member(read_member, &m, &whole, &s), 0);
        lines_of(s, &got);
        if (i > 1)
            assert_string_equal(got.data, "1:one|2:two|3:three(cut)(unfinished)|");
        else
            assert_string_equal(got.data, "1:one|2:two|3:three(unfinished)|");
        assert_string_equal(pmt_source_info(s)->damage,
                            i > 1 ? "the archive is damaged or ends early, after line 2" : "");
        assert_int_equal(whole.text, i % 2 ? 13 : 0); /* what is plain is its archive's to count */
        pmt_source_close(s);
        pmt_buf_fini(&got);
    }
    pmt_buf_fini(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_from_file_gzip_and_pipe),
        cmocka_unit_test(long_lines_are_cut_and_counted_once),
        cmocka_unit_test(a_long_head_of_nuls_is_dropped),
        cmocka_unit_test(every_split_of_a_small_file_gives_every_line_once),
        cmocka_unit_test(splits_of_a_big_file_give_every_line_once),
        cmocka_unit_test(a_part_of_nuls_reads_little_more_than_itself),
        cmocka_unit_test(head_shows_and_does_not_consume),
        cmocka_unit_test(head_ends_at_a_line_end_unless_the_first_line_is_longer),
        cmocka_unit_test(binary_is_told_from_text),
        cmocka_unit_test(compressions_are_told_apart_by_content),
        cmocka_unit_test(opening_fails_with_a_reason_and_touches_nothing),
        cmocka_unit_test(descriptors_are_closed_on_exec_and_on_close),
        cmocka_unit_test(a_shared_descriptor_is_read_from_its_place_and_keeps_it),
        cmocka_unit_test(a_live_file_is_read_to_its_size_at_opening),
        cmocka_unit_test(a_file_cut_short_under_the_reader_is_told),
        cmocka_unit_test(a_read_error_is_told_with_its_place),
        cmocka_unit_test(interrupted_and_blocking_reads_are_tried_again),
        cmocka_unit_test(a_spooled_pipe_can_be_read_in_parts),
        cmocka_unit_test(a_source_can_be_read_as_bytes),
        cmocka_unit_test(a_member_is_read_as_a_file_is),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
