/* bzip2, xz, lzma and zstd as lines; gzip is in test_inflate.c. */
#include "source_helpers.h"

#include "pmt/unpack.h"

#include <bzlib.h>
#include <lzma.h>
#include <zstd.h>

/* ---- packing ----------------------------------------------------------------------------- */

static void put_bzip2(struct pmt_buf *b, struct pmt_slice text)
{
    unsigned n = (unsigned)(text.n + text.n / 50 + 1000);
    char *out = pmt_alloc(n);
    char none[1] = {0};
    char *in = text.n ? (char *)(uintptr_t)text.p : none;
    assert_int_equal(BZ2_bzBuffToBuffCompress(out, &n, in, (unsigned)text.n, 1, 0, 0), BZ_OK);
    pmt_buf_put(b, out, n);
    free(out);
}

static void put_lzma_by(struct pmt_buf *b, struct pmt_slice text, bool alone)
{
    lzma_stream z = LZMA_STREAM_INIT;
    lzma_options_lzma options;
    assert_false(lzma_lzma_preset(&options, 1));
    assert_int_equal(alone ? lzma_alone_encoder(&z, &options)
                           : lzma_easy_encoder(&z, 1, LZMA_CHECK_CRC64),
                     LZMA_OK);
    size_t room = text.n + text.n / 10 + 1000;
    uint8_t *out = pmt_alloc(room);
    z.next_in = (const uint8_t *)text.p;
    z.avail_in = text.n;
    z.next_out = out;
    z.avail_out = room;
    assert_int_equal(lzma_code(&z, LZMA_FINISH), LZMA_STREAM_END);
    pmt_buf_put(b, out, room - z.avail_out);
    lzma_end(&z);
    free(out);
}

static void put_xz(struct pmt_buf *b, struct pmt_slice text)
{
    put_lzma_by(b, text, false);
}

static void put_lzma(struct pmt_buf *b, struct pmt_slice text)
{
    put_lzma_by(b, text, true);
}

static void put_zstd(struct pmt_buf *b, struct pmt_slice text)
{
    size_t room = ZSTD_compressBound(text.n);
    char *out = pmt_alloc(room);
    size_t n = ZSTD_compress(out, room, text.p, text.n, 3);
    assert_false(ZSTD_isError(n));
    pmt_buf_put(b, out, n);
    free(out);
}

static const struct kind {
    enum pmt_compression how;
    const char *name;
    void (*put)(struct pmt_buf *b, struct pmt_slice text);
    bool checked; /* by a checksum in what is written here */
} kinds[] = {
    {PMT_BZIP2, "bzip2", put_bzip2, true},
    {PMT_XZ, "xz", put_xz, true},
    {PMT_LZMA, "lzma", put_lzma, false},
    {PMT_ZSTD, "zstd", put_zstd, false},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void check(struct pmt_source *s, const struct kind *k, const char *want, const char *damage)
{
    struct pmt_buf got = {0};
    lines_of(s, &got);
    assert_string_equal(got.data ? got.data : "", want);
    assert_int_equal(pmt_source_info(s)->compression, k->how);
    assert_string_equal(pmt_source_info(s)->damage, damage);
    pmt_source_close(s);
    pmt_buf_fini(&got);
}

/* Lines that do not pack well, so that cuts fall everywhere. */
static void put_text(struct pmt_buf *b, size_t n)
{
    uint64_t seed = 7;
    for (size_t i = 0; b->n < n; i++)
        pmt_buf_printf(b, "%zu %llx%llx\n", i, (unsigned long long)next_random(&seed),
                       (unsigned long long)next_random(&seed));
}

/* ---- the same lines ---------------------------------------------------------------------- */

static void lines_are_those_of_the_plain_file(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, want = {0};
    put_text(&text, 700 * 1000);
    struct pmt_source *plain = open_bytes(pmt_buf_view(&text));
    lines_of(plain, &want);
    pmt_source_close(plain);
    for (size_t i = 0; i < KINDS; i++) {
        struct pmt_buf z = {0};
        kinds[i].put(&z, pmt_buf_view(&text));
        check(open_bytes(pmt_buf_view(&z)), &kinds[i], want.data, "");
        check(open_pipe(pmt_buf_view(&z)), &kinds[i], want.data, "");
        pmt_buf_clear(&z);
        kinds[i].put(&z, PMT_SLICE(""));
        check(open_bytes(pmt_buf_view(&z)), &kinds[i], "", "");
        pmt_buf_fini(&z);
    }
    pmt_buf_fini(&text);
    pmt_buf_fini(&want);
}

static void streams_behind_each_other_are_one_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        char damage[80];
        struct pmt_buf z = {0};
        snprintf(damage, sizeof damage, "trailing bytes after the %s data were left out",
                 kinds[i].name);
        kinds[i].put(&z, PMT_SLICE("a\nb"));
        pmt_buf_put(&z, "\0\0\0\0", 4);
        kinds[i].put(&z, PMT_SLICE(""));
        kinds[i].put(&z, PMT_SLICE("c\nd\n"));
        check(open_bytes(pmt_buf_view(&z)), &kinds[i], "1:a|2:bc|3:d|", "");
        pmt_buf_puts(&z, "something else");
        check(open_bytes(pmt_buf_view(&z)), &kinds[i], "1:a|2:bc|3:d|", damage);
        pmt_buf_fini(&z);
    }
}

/* ---- damage ------------------------------------------------------------------------------ */

static void what_stands_before_a_cut_is_delivered(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, want = {0};
    put_text(&text, 500 * 1000);
    struct pmt_source *plain = open_bytes(pmt_buf_view(&text));
    texts_of(plain, &want);
    pmt_source_close(plain);
    for (size_t i = 0; i < KINDS; i++) {
        struct pmt_buf z = {0}, got = {0};
        kinds[i].put(&z, pmt_buf_view(&text));
        struct pmt_source *s = open_bytes(pmt_slice(z.data, z.n / 2));
        texts_of(s, &got);
        assert_true(pmt_source_info(s)->incomplete);
        assert_non_null(strstr(pmt_source_info(s)->damage, "data ends early after line"));
        assert_memory_equal(pmt_source_info(s)->damage, kinds[i].name, strlen(kinds[i].name));
        pmt_source_close(s);
        const char *cut = strstr(got.data, "(cut)"); /* the line that the end broke off */
        size_t whole = cut ? (size_t)(cut - got.data) : got.n;
        assert_memory_equal(got.data, want.data, whole);
        /* A block of bzip2 is 100 kB here, one of zstd 128 kB: what is cut in two cannot be had. */
        assert_true(whole > want.n / 2 - 140 * 1000 && whole < want.n);
        pmt_buf_fini(&z);
        pmt_buf_fini(&got);
    }
    pmt_buf_fini(&text);
    pmt_buf_fini(&want);
}

static void a_cut_anywhere_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct pmt_buf z = {0};
        kinds[i].put(&z, PMT_SLICE("one\ntwo\nthree\nfour\n"));
        for (size_t n = PMT_UNPACK_MAGIC; n < z.n; n++) {
            struct pmt_buf got = {0};
            struct pmt_source *s = open_bytes(pmt_slice(z.data, n));
            texts_of(s, &got);
            assert_true(pmt_source_info(s)->incomplete);
            assert_non_null(strstr(pmt_source_info(s)->damage, "(truncated file?)"));
            pmt_source_close(s);
            pmt_buf_fini(&got);
        }
        pmt_buf_fini(&z);
    }
}

/* Only where no checksum stands may other text come. */
static void a_changed_byte_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct pmt_buf z = {0};
        kinds[i].put(&z, PMT_SLICE("one\ntwo\nthree\nfour\n"));
        size_t told = 0;
        for (size_t at = PMT_UNPACK_MAGIC; at < z.n; at++) {
            struct pmt_buf got = {0};
            z.data[at] = (char)(z.data[at] ^ 0x21);
            struct pmt_source *s = open_bytes(pmt_buf_view(&z));
            texts_of(s, &got);
            told += pmt_source_info(s)->damage[0] != '\0';
            pmt_source_close(s);
            pmt_buf_fini(&got);
            z.data[at] = (char)(z.data[at] ^ 0x21);
        }
        if (kinds[i].checked)
            assert_true(told > (z.n - PMT_UNPACK_MAGIC) * 9 / 10);
        pmt_buf_fini(&z);
    }
}

static void a_read_that_fails_is_no_damage_of_the_data(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, z = {0};
    put_text(&text, 400 * 1000);
    put_xz(&z, pmt_buf_view(&text));
    const char *path = write_file("shrinks", pmt_buf_view(&z));
    struct pmt_source *s;
    struct pmt_line line;
    assert_int_equal(pmt_source_open(path, 0, UINT64_MAX, &s), 0);
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_int_equal(truncate(path, 1000), 0);
    while (pmt_source_next(s, &line))
        ;
    assert_true(pmt_source_info(s)->incomplete);
    assert_non_null(strstr(pmt_source_info(s)->damage, "data ends early after line"));
    pmt_source_close(s);
    pmt_buf_fini(&text);
    pmt_buf_fini(&z);
}

/* ---- bounds ------------------------------------------------------------------------------ */

static void growth_is_bounded(void **state)
{
    (void)state;
    const uint64_t mib = 1024 * 1024, free = PMT_UNPACK_FREE;
    const struct {
        uint64_t packed, text;
        bool too_much;
    } cases[] = {
        {0, 0, false}, {1, free, false}, {1, free + PMT_UNPACK_RATIO, true},
        {free / 1032, free, false}, {100 * mib, 1032 * 100 * mib, false},
        {100 * mib, PMT_UNPACK_RATIO * 100 * mib, false},
        {100 * mib, (PMT_UNPACK_RATIO + 1) * 100 * mib, true},
        {PMT_UNPACK_MOST, PMT_UNPACK_MOST, false}, {PMT_UNPACK_MOST, PMT_UNPACK_MOST + 1, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(pmt_unpack_too_much(cases[i].packed, cases[i].text), cases[i].too_much);
}

static void a_bomb_is_left_at_the_bound(void **state)
{
    (void)state;
    size_t n = 3 * (size_t)PMT_UNPACK_FREE;
    char *text = pmt_alloc(n);
    memset(text, '\n', n);
    struct pmt_buf z = {0};
    put_zstd(&z, pmt_slice(text, n));
    free(text);
    struct pmt_source *s = open_bytes(pmt_buf_view(&z));
    struct pmt_line line;
    while (pmt_source_next(s, &line))
        ;
    const struct pmt_source_info *info = pmt_source_info(s);
    assert_true(info->lines >= PMT_UNPACK_FREE && info->lines < 2 * (uint64_t)PMT_UNPACK_FREE);
    assert_true(info->incomplete);
    assert_non_null(strstr(info->damage, "zstd data unpacks to more than 2000 times its size"));
    pmt_source_close(s);
    pmt_buf_fini(&z);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    static const struct {
        struct pmt_slice bytes;
        const char *damage;
    } cases[] = {
        /* A dictionary of 256 MiB; a window of 256 MiB (RFC 8878 3.1.1.1.2: 0x90). */
        {TEXT("\x5d\0\0\0\x10\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0"),
         "lzma data would take more than 128 MiB of memory to unpack"},
        {TEXT("\x28\xb5\x2f\xfd\x00\x90\x01\0\0\0\0"),
         "zstd data would take more than 128 MiB of memory to unpack"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pmt_source *s = open_bytes(cases[i].bytes);
        assert_int_equal(pmt_source_head(s).n, 0);
        assert_string_equal(pmt_source_info(s)->damage, cases[i].damage);
        assert_true(pmt_source_info(s)->incomplete);
        pmt_source_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_those_of_the_plain_file),
        cmocka_unit_test(streams_behind_each_other_are_one_text),
        cmocka_unit_test(what_stands_before_a_cut_is_delivered),
        cmocka_unit_test(a_cut_anywhere_is_told),
        cmocka_unit_test(a_changed_byte_is_told),
        cmocka_unit_test(a_read_that_fails_is_no_damage_of_the_data),
        cmocka_unit_test(growth_is_bounded),
        cmocka_unit_test(a_bomb_is_left_at_the_bound),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
