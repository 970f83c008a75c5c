/* test_blocks.c - comments that tell what was written from what people wrote. */
#include "pmt/blocks.h"

#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

static struct pmt_slice view(const char *s)
{
    return pmt_str(s);
}

static void written_and_read(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    struct pmt_blocks blocks;
    pmt_buf_puts(&b, "# Title\n\n");
    pmt_put_draft_mark(&b, view("2022-02-26T0847Z"));
    pmt_put_block(&b, "one", view("- first. " PMT_OPEN_TAIL "TODO(x): what?\n\n- " PMT_OPEN_TAIL
                                  "TODO(y): who?\n- [ ] second\n"), false);
    pmt_put_block(&b, "empty", view(""), false);
    pmt_put_block(&b, "all", view("a\n\nb\n"), true);
    pmt_buf_puts(&b, "the end");
    assert_null(strchr(b.data, *PMT_OPEN_TAIL));
    assert_null(strstr(b.data, "empty"));
    assert_int_equal(pmt_blocks_read(&blocks, pmt_buf_view(&b)), 0);
    assert_int_equal(blocks.n, 2);
    assert_true(pmt_slice_is(blocks.incident, "2022-02-26T0847Z"));
    const struct pmt_block *one = pmt_blocks_find(&blocks, view("one"));
    assert_non_null(one);
    assert_int_equal(one->number, 4);
    assert_false(one->whole);
    assert_int_equal(one->nlines, 2); /* the slot is people's */
    assert_int_equal(one->lines[0].n, strlen("- first."));
    assert_true(pmt_slice_is(one->content, "- first. TODO(x): what?\n\n- TODO(y): who?\n"
                                           "- [ ] second\n"));
    assert_true(pmt_slice_is(one->end, "<!-- pm-timeline:end one -->\n"));
    assert_true(pmt_block_line_is(view("- first. TODO(x): what?"), &one->lines[0]));
    assert_true(pmt_block_line_is(view("- first. They saw a blank page."), &one->lines[0]));
    assert_true(pmt_block_line_is(view("- first."), &one->lines[0]));
    assert_false(pmt_block_line_is(view("- First."), &one->lines[0]));
    assert_false(pmt_block_line_is(view("- first"), &one->lines[0]));
    assert_false(pmt_block_line_is(view(""), &one->lines[0]));
    assert_true(pmt_block_line_is(view("- [ ] second"), &one->lines[1]));
    assert_true(pmt_block_line_is(view("- [x] second, by whom"), &one->lines[1]));
    assert_false(pmt_block_line_is(view("- [y] second"), &one->lines[1]));
    const struct pmt_block *all = pmt_blocks_find(&blocks, view("all"));
    assert_true(all->whole);
    assert_int_equal(all->hash, pmt_block_hash(all->content));
    assert_int_equal(all->hash, pmt_block_hash(view("a \r\n\r\nb\t\n")));
    assert_int_not_equal(all->hash, pmt_block_hash(view("a\nb\n")));
    assert_null(pmt_blocks_find(&blocks, view("on")));
    pmt_blocks_fini(&blocks);
    pmt_buf_fini(&b);
}

static const struct {
    const char *text;
    unsigned line;   /* 0: good */
    const char *why; /* part of it */
} rows[] = {
    {"", 0, ""},
    {"no markers\r\n", 0, ""},
    {"<!-- another comment -->\n", 0, ""},
    {"text <!-- pm-timeline:end x --> in a line\n", 0, ""},
    {"\xEF\xBB\xBF<!-- pm-timeline:begin x 3.0 -->\n<!-- pm-timeline:end x -->", 0, ""},
    {"\xEF\xBB\xBF<!-- pm-timeline:begin x -->\n", 1, "does not end"},
    {"a\r\n<!-- pm-timeline:begin x -->\r\n  <!-- pm-timeline:end x -->  \r\n", 0, ""},
    {"<!-- pm-timeline:begin x -->\nb\n", 1, "does not end"},
    {"a\n<!-- pm-timeline:end x -->\n", 2, "has not begun"},
    {"<!-- pm-timeline:begin x -->\n<!-- pm-timeline:end y -->\n", 2, "has not begun"},
    {"<!-- pm-timeline:begin x -->\n<!-- pm-timeline:begin y -->\n", 2, "within another"},
    {"<!-- pm-timeline:begin x -->\n<!-- pm-timeline:end x -->\n<!-- pm-timeline:begin x -->\n", 3,
     "twice"},
    {"<!-- pm-timeline:draft a -->\n<!-- pm-timeline:draft a -->\n", 2, "second"},
    {"<!-- pm-timeline:draft -->\n", 1, "name an incident"},
    {"<!-- pm-timeline:begin x -->\n<!-- pm-timeline:draft a -->\n", 2, "within a block"},
    {"<!-- pm-timeline:begin -->\n", 1, "none that"},
    {"<!-- pm-timeline:other x -->\n", 1, "none that"},
    {"<!-- pm-timeline:begin x\n-->\n", 1, "does not end on its line"},
    {"<!-- pm-timeline:", 1, "does not end on its line"},
    {"<!-- pm-timeline:-->", 1, "none that"},
    {"<!-- pm-timeline:begin x 3.g -->\n", 1, "were changed"},
    {"<!-- pm-timeline:begin x 0.1 -->\n", 1, "were changed"},
    {"<!-- pm-timeline:begin x .1 -->\n", 1, "were changed"},
    {"<!-- pm-timeline:begin x 3. -->\n", 1, "were changed"},
    {"<!-- pm-timeline:begin x 3.123456789 -->\n", 1, "were changed"},
    {"<!-- pm-timeline:begin x = -->\n", 1, "were changed"},
    {"<!-- pm-timeline:begin x =1 3.1 -->\n", 1, "were changed"},
    {"<!-- pm-timeline:begin x 3.1 =1 -->\n", 1, "were changed"},
};

static void markers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_blocks b;
        int err = pmt_blocks_read(&b, view(rows[i].text));
        if ((err != 0) != (rows[i].line != 0) || b.wrong != rows[i].line)
            fail_msg("row %zu: %d, line %u", i, err, b.wrong);
        if (err && !strstr(b.why, rows[i].why))
            fail_msg("row %zu: %s", i, b.why);
        pmt_blocks_fini(&b);
    }
}

/* Cut anywhere, a report never makes the reader look past its end. */
static void every_prefix(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    pmt_put_draft_mark(&b, PMT_NO_SLICE);
    pmt_put_block(&b, "one", view("- first. " PMT_OPEN_TAIL "TODO(x)\n- [ ] b\n"), false);
    pmt_put_block(&b, "all", view("a\n"), true);
    for (size_t n = 0; n <= b.n; n++) {
        char *copy = pmt_alloc(n ? n : 1);
        struct pmt_blocks blocks;
        memcpy(copy, b.data, n);
        (void)pmt_blocks_read(&blocks, pmt_slice(copy, n));
        pmt_blocks_fini(&blocks);
        free(copy);
    }
    pmt_buf_fini(&b);
}

static void too_many(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    struct pmt_blocks blocks;
    for (int i = 0; i <= PMT_BLOCKS_MAX; i++)
        pmt_buf_printf(&b, "<!-- pm-timeline:begin b%d -->\n<!-- pm-timeline:end b%d -->\n", i, i);
    assert_int_equal(pmt_blocks_read(&blocks, pmt_buf_view(&b)), -1);
    assert_int_equal(blocks.wrong, 2 * PMT_BLOCKS_MAX + 1);
    pmt_blocks_fini(&blocks);
    pmt_buf_clear(&b);
    pmt_buf_puts(&b, "<!-- pm-timeline:begin x");
    for (int i = 0; i <= PMT_BLOCK_LINES_MAX; i++)
        pmt_buf_puts(&b, " 1.1");
    pmt_buf_puts(&b, " -->\n<!-- pm-timeline:end x -->\n");
    assert_int_equal(pmt_blocks_read(&blocks, pmt_buf_view(&b)), -1);
    assert_int_equal(blocks.wrong, 1);
    pmt_blocks_fini(&blocks);
    pmt_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read),
        cmocka_unit_test(markers),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
