/* Long lines that a container engine wrote in pieces. */
#include "source_helpers.h"

#define AT "2022-02-26T09:00:07.118765432Z "

struct pieces_case {
    struct pmt_slice text;
    const char *want; /* as lines_of() writes it */
};

static const struct pieces_case pieces_cases[] = {
    {TEXT(AT "stdout P a\n" AT "stdout P b\n" AT "stdout F  c\n" AT "stdout F d\n"),
     "1:" AT "stdout F ab c|4:" AT "stdout F d|"},
    {TEXT(AT "stdout P a\n" AT "stderr F e\n" AT "stdout F b\n" AT "stdout F c\n"),
     "1:" AT "stdout F ab|2:" AT "stderr F e|4:" AT "stdout F c|"},
    {TEXT(AT "stdout P a\n" AT "stderr P e\n" AT "stdout F b\n" AT "stdout P c\n" AT
          "stderr F f\n" AT "stdout F d\n"),
     "1:" AT "stdout F ab|2:" AT "stderr F ef|4:" AT "stdout F cd|"},
    {TEXT(AT "stdout F a\n" AT "stdout P b\n" AT "stderr F e\nx\n" AT "stdout P c"),
     "1:" AT "stdout F a|2:" AT "stdout F bc(unfinished)|3:" AT "stderr F e|4:x|"},
    {TEXT(AT "stdout F \n" AT "stdout P\n" AT "stdout F:x y\n"),
     "1:" AT "stdout F |2:" AT "stdout F |3:" AT "stdout F:x y|"},
    {TEXT("x\n" AT "stdout P a\n" AT "stdout F b\n"), "1:x|2:" AT "stdout F ab|"},
    {TEXT("{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"t\"}\n"
          "{\"log\":\"b\",\"stream\":\"stdout\",\"time\":\"t\"}\n"),
     "1:{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"t\"}|"
     "2:{\"log\":\"b\",\"stream\":\"stdout\",\"time\":\"t\"}|"},
};

static void pieces_are_one_line_numbered_by_the_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pieces_cases / sizeof pieces_cases[0]; i++) {
        struct pmt_buf got = {0};
        struct pmt_source *s = open_bytes(pieces_cases[i].text);
        lines_of(s, &got);
        assert_string_equal(got.data ? got.data : "", pieces_cases[i].want);
        assert_int_equal(pmt_source_info(s)->lines_cut, 0);
        pmt_source_close(s);
        pmt_buf_fini(&got);
    }
}

static void put_docker(struct pmt_buf *b, size_t n, char c, const char *end, const char *stream)
{
    pmt_buf_puts(b, "{\"log\":\"");
    for (size_t i = 0; i < n; i++)
        pmt_buf_put(b, &c, 1);
    pmt_buf_printf(b, "%s\",\"stream\":\"%s\",\"time\":\"t\"}\n", end, stream);
}

static void docker_pieces_of_16_kib_are_one_line(void **state)
{
    (void)state;
    enum { PIECE = 16 * 1024 };
    struct pmt_buf text = {0};
    struct pmt_line line;
    struct pmt_source *s;
    put_docker(&text, PIECE, 'a', "", "stdout");
    put_docker(&text, 3, 'e', "\\n", "stderr");
    put_docker(&text, PIECE, 'b', "", "stdout");
    put_docker(&text, 5, 'c', "\\n", "stdout");
    put_docker(&text, PIECE, 'd', "\\\\\\n", "stdout"); /* a backslash, then its newline */
    put_docker(&text, PIECE, 'f', "\\\\n", "stdout");     /* a backslash and an n */
    s = open_bytes(pmt_buf_view(&text));
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_int_equal(line.number, 1);
    assert_int_equal(line.text.n, 2 * PIECE + 5 + 2 + strlen("{\"log\":\"\",\"stream\":\"stdout\","
                                                              "\"time\":\"t\"}"));
    assert_true(pmt_slice_find(line.text, "aabb") && pmt_slice_find(line.text, "bbccccc\\n\""));
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_int_equal(line.number, 2);
    assert_true(pmt_slice_starts(line.text, "{\"log\":\"eee\\n"));
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_int_equal(line.number, 5);
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_int_equal(line.number, 6); /* alone at the end */
    assert_int_equal(pmt_source_next(s, &line), 0);
    pmt_source_close(s);
    pmt_buf_fini(&text);
}

/* Whatever comes, each line of the file is in one that is given, in order; memory is bounded. */
static void pieces_without_an_end_are_given_as_far_as_they_came(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct pmt_line line;
    uint64_t last = 0, given = 0;
    pmt_buf_puts(&text, AT "stdout P begins\n");
    for (int i = 0; i < 3 * PMT_PIECES_HELD; i++)
        pmt_buf_puts(&text, AT "stderr F other\n");
    pmt_buf_puts(&text, AT "stdout F ends\n");
    struct pmt_source *s = open_bytes(pmt_buf_view(&text));
    while (pmt_source_next(s, &line) > 0) {
        assert_true(line.number == last + 1);
        last = line.number;
        given++;
    }
    assert_int_equal(given, 3 * PMT_PIECES_HELD + 2);
    pmt_source_close(s);
    pmt_buf_clear(&text);
    for (int i = 0; i < 3 * PMT_PIECES_MAX; i++)
        pmt_buf_puts(&text, AT "stdout P 0123456789012345678901234567890123456789012345678901234567"
                               "89\n");
    s = open_bytes(pmt_buf_view(&text));
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_true(line.text.n <= PMT_LINE_MAX);
    for (given = 1; pmt_source_next(s, &line) > 0; given++)
        ;
    assert_int_equal(given, 3);
    pmt_source_close(s);
    pmt_buf_clear(&text);
    pmt_buf_puts(&text, AT "stdout P a\n");
    for (int i = 0; i < 9; i++) {
        pmt_buf_puts(&text, AT "stdout P ");
        for (int k = 0; k < 16 * 1024; k++)
            pmt_buf_puts(&text, "x");
        pmt_buf_puts(&text, "\n");
    }
    s = open_bytes(pmt_buf_view(&text));
    assert_int_equal(pmt_source_next(s, &line), 1);
    assert_true(line.cut && line.text.n == PMT_LINE_MAX);
    assert_int_equal(pmt_source_info(s)->lines_cut, 1);
    assert_int_equal(pmt_source_next(s, &line), 0);
    pmt_source_close(s);
    pmt_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_one_line_numbered_by_the_first),
        cmocka_unit_test(docker_pieces_of_16_kib_are_one_line),
        cmocka_unit_test(pieces_without_an_end_are_given_as_far_as_they_came),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
