/* gzip as it is found: members, padding, and damage of every kind. Told through a source, because
 * what matters is which lines come out. */
#include "source_helpers.h"
#include "pmt/inflate.h"

struct found {
    struct pmt_buf lines;
    struct pmt_source_info info;
};

static struct found read_all(struct pmt_slice bytes)
{
    struct found f = {0};
    struct pmt_source *s = open_bytes(bytes);
    lines_of(s, &f.lines);
    pmt_buf_put(&f.lines, "", 0);
    f.info = *pmt_source_info(s);
    pmt_source_close(s);
    return f;
}

static void check(struct pmt_slice bytes, const char *lines, const char *damage)
{
    struct found f = read_all(bytes);
    assert_string_equal(f.lines.data, lines);
    assert_string_equal(f.info.damage, damage);
    assert_int_equal(f.info.bytes_in, bytes.n);
    bool harmless = !damage[0] || strncmp(damage, "trailing", 8) == 0;
    assert_int_equal(f.info.incomplete, !harmless);
    pmt_buf_fini(&f.lines);
}

static void put_log(struct pmt_buf *b, uint64_t seed, size_t size)
{
    for (int i = 0; b->n < size; i++)
        pmt_buf_printf(b,
                       "198.51.100.%d - - [26/Feb/2022:11:%02d:%02d +0300] \"GET /item/%d\" %d\n",
                       (int)(next_random(&seed) % 256), i / 60 % 60, i % 60,
                       (int)(next_random(&seed) % 100000), (int)(200 + next_random(&seed) % 300));
}

/* ---- sound data -------------------------------------------------------------------------- */

static void members_follow_one_another(void **state)
{
    (void)state;
    struct pmt_buf z = {0};
    put_member(&z, PMT_SLICE("one\ntw"), 6, 1645866904);
    put_member(&z, PMT_SLICE(""), 6, 0);
    put_member(&z, PMT_SLICE("o\r"), 0, 5);
    put_member(&z, PMT_SLICE("\nthree\n"), 9, 0);
    check(pmt_buf_view(&z), "1:one|2:two|3:three|", "");
    struct found f = read_all(pmt_buf_view(&z));
    assert_int_equal(f.info.gzip_time, 1645866904);
    pmt_buf_fini(&f.lines);
    pmt_buf_fini(&z);
}

static void the_first_header_gives_the_time(void **state)
{
    (void)state;
    static const uint32_t times[] = {0, 1, 1645866904, 4294967295u};
    for (size_t i = 0; i < 4; i++) {
        struct pmt_buf z = {0};
        put_member(&z, PMT_SLICE("x\n"), 6, times[i]);
        put_member(&z, PMT_SLICE("y\n"), 6, 77);
        struct found f = read_all(pmt_buf_view(&z));
        assert_int_equal(f.info.gzip_time, times[i]);
        pmt_buf_fini(&f.lines);
        pmt_buf_fini(&z);
    }
}

static void padding_is_skipped(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 3, 511, 200000};
    for (size_t i = 0; i < 5; i++) {
        struct pmt_buf z = {0};
        char *zeros = pmt_alloc(lengths[i]);
        put_member(&z, PMT_SLICE("one\n"), 6, 0);
        pmt_buf_put(&z, zeros, lengths[i]);
        put_member(&z, PMT_SLICE("two\n"), 6, 0);
        pmt_buf_put(&z, zeros, lengths[i]);
        check(pmt_buf_view(&z), "1:one|2:two|", "");
        free(zeros);
        pmt_buf_fini(&z);
    }
}

static void a_big_log_is_the_same_as_plain(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, z = {0};
    put_log(&text, 1, 3000000);
    put_member(&z, pmt_slice(text.data, 1234567), 6, 0);
    put_member(&z, pmt_slice(text.data + 1234567, text.n - 1234567), 1, 0);
    struct found plain = read_all(pmt_buf_view(&text)), gz = read_all(pmt_buf_view(&z));
    assert_int_equal(plain.lines.n, gz.lines.n);
    assert_memory_equal(plain.lines.data, gz.lines.data, gz.lines.n);
    assert_int_equal(plain.info.bytes_text, gz.info.bytes_text);
    assert_int_equal(gz.info.bytes_in, z.n);
    pmt_buf_fini(&plain.lines);
    pmt_buf_fini(&gz.lines);
    pmt_buf_fini(&text);
    pmt_buf_fini(&z);
}

static void something_behind_the_last_member_is_told(void **state)
{
    (void)state;
    static const struct pmt_slice tails[] = {
        TEXT("x"), TEXT("\0\0garbage\n"), TEXT("\x1f\x8c\x08 no magic, but near"),
        TEXT("\x1f\x8b\x09\0\0\0\0\0\0\0\0\0"),
    };
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct pmt_buf z = {0};
        put_member(&z, PMT_SLICE("one\ntwo"), 6, 0);
        pmt_buf_slice(&z, tails[i]);
        check(pmt_buf_view(&z), "1:one|2:two(unfinished)|",
              "trailing bytes after the gzip data were left out");
        pmt_buf_fini(&z);
    }
}

/* ---- truncation -------------------------------------------------------------------------- */

static void a_truncated_stored_member_gives_every_byte_it_has(void **state)
{
    (void)state;
    static const char text[] = "one\ntwo\r\n\nfour\n";
    const size_t front = 10 + 5; /* member header, header of a stored block */
    struct pmt_buf z = {0};
    put_member(&z, pmt_str(text), 0, 0);
    for (size_t n = 3; n < z.n; n++) {
        size_t have = n < front ? 0 : n - front;
        have = have < sizeof text - 1 ? have : sizeof text - 1;
        struct pmt_source *plain = open_bytes(pmt_slice(text, have));
        struct pmt_buf want = {0};
        struct pmt_line line;
        uint64_t whole = 0;
        while (pmt_source_next(plain, &line)) {
            pmt_buf_printf(&want, "%llu:%.*s%s|", (unsigned long long)line.number,
                           PMT_FMT(line.text), line.unfinished ? "(cut)(unfinished)" : "");
            whole += !line.unfinished;
        }
        pmt_buf_put(&want, "", 0);
        pmt_source_close(plain);
        char damage[160];
        snprintf(damage, sizeof damage,
                 whole ? "gzip data ends early after line %d (truncated file?)"
                       : "gzip data ends early before the end of line 1 (truncated file?)",
                 (int)whole);
        check(pmt_slice(z.data, n), want.data, damage);
        pmt_buf_fini(&want);
    }
    pmt_buf_fini(&z);
}

/* What comes out of the first n bytes is the beginning of the text, and never less than out of
 * fewer bytes. */
static void a_truncated_deflated_log_gives_a_beginning_of_it(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, z = {0};
    put_log(&text, 3, 2500);
    put_member(&z, pmt_slice(text.data, 1200), 6, 0);
    size_t first = z.n;
    put_member(&z, pmt_slice(text.data + 1200, text.n - 1200), 6, 0);
    uint64_t before = 0;
    for (size_t n = 3; n < z.n; n++) {
        struct pmt_source *s = open_bytes(pmt_slice(z.data, n));
        struct pmt_line line = {0};
        size_t at = 0;
        while (pmt_source_next(s, &line)) {
            assert_memory_equal(line.text.p, text.data + at, line.text.n);
            at += line.text.n + !line.unfinished;
        }
        const struct pmt_source_info *info = pmt_source_info(s);
        assert_int_equal(at, info->bytes_text);
        assert_true(info->bytes_text >= before);
        assert_int_equal(line.cut, n != first && line.unfinished);
        assert_int_equal(info->incomplete, n != first); /* between members nothing is missing */
        before = info->bytes_text;
        pmt_source_close(s);
    }
    assert_true(before > text.n - 20);
    pmt_buf_fini(&text);
    pmt_buf_fini(&z);
}

/* A full disk, then a new member written behind the broken one: its header is swallowed as data. */
static void a_member_behind_a_truncated_one_is_found(void **state)
{
    (void)state;
    static const struct {
        size_t size; /* of the second member's text */
        uint64_t seed;
    } cases[] = {{40, 1}, {2000, 2}, {2000, 3}, {400000, 4}, {400000, 5}, {3000000, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pmt_buf text = {0}, second = {0}, z = {0};
        put_log(&text, cases[i].seed, 500000);
        put_member(&z, pmt_buf_view(&text), 6, 0);
        z.n = z.n * 2 / 3;
        put_log(&second, cases[i].seed + 100, cases[i].size);
        pmt_buf_puts(&second, "the very last line\n");
        put_member(&z, pmt_buf_view(&second), 6, 0);
        struct pmt_source *s = open_bytes(pmt_buf_view(&z));
        struct pmt_line line;
        uint64_t second_lines = 0, in_second = 0;
        for (const char *p = second.data; *p; p++)
            second_lines += *p == '\n';
        bool cut = false;
        while (pmt_source_next(s, &line)) {
            in_second += cut;
            cut = cut || line.cut;
        }
        assert_true(pmt_slice_is(line.text, "the very last line"));
        assert_int_equal(in_second, second_lines);
        assert_int_equal(pmt_source_info(s)->lines_cut, 1);
        assert_true(pmt_source_info(s)->incomplete);
        assert_non_null(strstr(pmt_source_info(s)->damage, "recovered"));
        pmt_source_close(s);
        pmt_buf_fini(&text);
        pmt_buf_fini(&second);
        pmt_buf_fini(&z);
    }
}

/* ---- damage ------------------------------------------------------------------------------ */

static void reading_goes_on_behind_damage(void **state)
{
    (void)state;
    struct pmt_buf z = {0};
    put_member(&z, PMT_SLICE("one\ntwo\n"), 6, 0);
    size_t second = z.n;
    put_member(&z, PMT_SLICE("three\nfour"), 0, 0);
    size_t third = z.n;
    put_member(&z, PMT_SLICE("five\nsix\n"), 6, 0);

    /* The block type: 3 is none. */
    z.data[second + 10] = 7;
    check(pmt_buf_view(&z), "1:one|2:two|3:five|4:six|",
          "gzip data is damaged after line 2; 2 lines behind it were recovered");
    z.data[second + 10] = 1;

    /* A letter: only the checksum tells. */
    z.data[second + 15] = 'T';
    check(pmt_buf_view(&z), "1:one|2:two|3:Three|4:four(cut)|5:five|6:six|",
          "gzip checksum is wrong: something up to line 4 is damaged");
    z.data[second + 15] = 't';

    /* The length behind the checksum. */
    z.data[third - 4]++;
    check(pmt_buf_view(&z), "1:one|2:two|3:three|4:four(cut)|5:five|6:six|",
          "gzip checksum is wrong: something up to line 4 is damaged");
    z.data[third - 4]--;

    /* Reserved flags in a header. */
    z.data[second + 3] = (char)0x80;
    check(pmt_buf_view(&z), "1:one|2:two|3:five|4:six|",
          "gzip data is damaged after line 2; 2 lines behind it were recovered");
    z.data[second + 3] = 0;

    /* No header at all where one should be: the member is left out. */
    z.data[second] = 'X';
    check(pmt_buf_view(&z), "1:one|2:two|3:five|4:six|",
          "gzip data is damaged after line 2; 2 lines behind it were recovered");

    /* Twice, and nothing sound behind it. */
    z.data[third + 2] = 'X';
    check(pmt_buf_view(&z), "1:one|2:two|", "trailing bytes after the gzip data were left out");
    z.data[second] = 0x1f;
    z.data[second + 10] = 7;
    check(pmt_buf_view(&z), "1:one|2:two|",
          "gzip data is damaged after line 2; nothing behind it could be read");
    z.data[third + 2] = 8;
    z.data[third + 10] = 7;
    check(pmt_buf_view(&z), "1:one|2:two|",
          "gzip data is damaged after line 2; nothing behind it could be read "
          "(and 1 more such place)");
    pmt_buf_fini(&z);
}

static void damage_in_the_first_line_is_told(void **state)
{
    (void)state;
    struct pmt_buf z = {0};
    put_member(&z, PMT_SLICE("one\n"), 0, 0);
    z.data[10] = 7;
    put_member(&z, PMT_SLICE("two\n"), 0, 0);
    check(pmt_buf_view(&z), "1:two|",
          "gzip data is damaged before the end of line 1; 1 line behind it was recovered");
    pmt_buf_fini(&z);
}

static void the_head_ends_before_damage_and_lines_go_on_behind_it(void **state)
{
    (void)state;
    struct pmt_buf z = {0};
    put_member(&z, PMT_SLICE("one\ntw"), 0, 0);
    z.data[z.n - 8]++;
    put_member(&z, PMT_SLICE("three\n"), 0, 0);
    struct pmt_source *s = open_bytes(pmt_buf_view(&z));
    for (int i = 0; i < 2; i++)
        assert_true(pmt_slice_is(pmt_source_head(s), "one\ntw"));
    struct pmt_buf got = {0};
    lines_of(s, &got);
    assert_string_equal(got.data, "1:one|2:tw(cut)|3:three|");
    pmt_source_close(s);
    pmt_buf_fini(&got);
    pmt_buf_fini(&z);
}

static void an_overlong_line_broken_by_damage_is_counted_once(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, z = {0};
    while (text.n < 500000)
        pmt_buf_puts(&text, "abcdefghij");
    put_member(&z, pmt_buf_view(&text), 6, 0);
    z.data[z.n - 8]++;
    put_member(&z, PMT_SLICE("next\n"), 6, 0);
    struct pmt_source *s = open_bytes(pmt_buf_view(&z));
    struct pmt_line line;
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_int_equal(line.text.n, PMT_LINE_MAX);
    assert_true(line.cut);
    assert_false(line.unfinished);
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_true(pmt_slice_is(line.text, "next"));
    assert_int_equal(line.number, 2);
    assert_int_equal(pmt_source_next(s, &line), 0);
    assert_int_equal(pmt_source_info(s)->lines_cut, 1);
    assert_int_equal(pmt_source_info(s)->bytes_text, text.n + 5);
    assert_true(pmt_source_info(s)->incomplete);
    pmt_source_close(s);
    pmt_buf_fini(&text);
    pmt_buf_fini(&z);
}

/* Any bytes may come: it ends, and what it gives is bounded by what it read. */
static void random_damage_never_hurts(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, z = {0};
    uint64_t seed = 11;
    put_log(&text, 9, 6000);
    for (int i = 0; i < 3; i++)
        put_member(&z, pmt_slice(text.data + 2000 * i, 2000), 6, 0);
    for (int round = 0; round < 1500; round++) {
        char *copy = pmt_alloc(z.n);
        memcpy(copy, z.data, z.n);
        for (uint64_t k = next_random(&seed) % 4 + 1; k > 0; k--)
            copy[3 + next_random(&seed) % (z.n - 3)] = (char)next_random(&seed);
        struct found f = read_all(pmt_slice(copy, z.n));
        assert_int_equal(f.info.bytes_in, z.n);
        assert_true(f.info.bytes_text <= z.n * 1032);
        pmt_buf_fini(&f.lines);
        free(copy);
    }
    pmt_buf_fini(&text);
    pmt_buf_fini(&z);
}

/* Headers inside each other's stored blocks, all broken: without a bound on looking back every one
 * of them would be inflated to the end. */
static void looking_back_is_bounded(void **state)
{
    (void)state;
    static const char nested[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03" /* header */
                                 "\0\xff\xff\0\0";              /* stored, 65535 bytes */
    struct pmt_buf z = {0};
    for (int i = 0; i < 20000; i++)
        pmt_buf_put(&z, nested, sizeof nested - 1);
    struct found f = read_all(pmt_buf_view(&z));
    assert_true(f.info.incomplete);
    assert_in_range(f.info.bytes_text, z.n / 2,
                    z.n + (uint64_t)PMT_INFLATE_REWINDS * (2 * PMT_INFLATE_INPUT));
    pmt_buf_fini(&f.lines);
    pmt_buf_fini(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_follow_one_another),
        cmocka_unit_test(the_first_header_gives_the_time),
        cmocka_unit_test(padding_is_skipped),
        cmocka_unit_test(a_big_log_is_the_same_as_plain),
        cmocka_unit_test(something_behind_the_last_member_is_told),
        cmocka_unit_test(a_truncated_stored_member_gives_every_byte_it_has),
        cmocka_unit_test(a_truncated_deflated_log_gives_a_beginning_of_it),
        cmocka_unit_test(a_member_behind_a_truncated_one_is_found),
        cmocka_unit_test(reading_goes_on_behind_damage),
        cmocka_unit_test(damage_in_the_first_line_is_told),
        cmocka_unit_test(the_head_ends_before_damage_and_lines_go_on_behind_it),
        cmocka_unit_test(an_overlong_line_broken_by_damage_is_counted_once),
        cmocka_unit_test(random_damage_never_hurts),
        cmocka_unit_test(looking_back_is_bounded),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
