/* Regular expressions of the user's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pmt/pattern.h"

static struct pmt_arena arena;

static struct pmt_pattern *compile(const char *text)
{
    const char *why = "";
    size_t column;
    struct pmt_pattern *p = pmt_pattern_new(text, &arena, &why, &column);
    if (!p)
        fail_msg("%s: %s", text, why);
    return p;
}

static void named_groups_are_captured(void **state)
{
    (void)state;
    struct pmt_slice g[PMT_PATTERN_GROUPS];
    struct pmt_pattern *p = compile("^(?<b>[0-9]+)( (?<a>[a-z]*))?(?<c>!)?$");
    assert_string_equal(pmt_pattern_group(p, 0), "a");
    assert_string_equal(pmt_pattern_group(p, 1), "b");
    assert_string_equal(pmt_pattern_group(p, 2), "c");
    assert_null(pmt_pattern_group(p, 3));
    assert_true(pmt_pattern_match(p, PMT_SLICE("12 xy"), g));
    assert_true(pmt_slice_is(g[0], "xy") && pmt_slice_is(g[1], "12") && !g[2].p);
    assert_true(pmt_pattern_match(p, PMT_SLICE("12 "), g));
    assert_true(g[0].p && g[0].n == 0);
    assert_true(pmt_pattern_match(p, PMT_SLICE("7!"), g));
    assert_true(!g[0].p && pmt_slice_is(g[1], "7") && pmt_slice_is(g[2], "!"));
    assert_false(pmt_pattern_match(p, PMT_SLICE("x"), g));
    assert_false(pmt_pattern_match(p, PMT_NO_SLICE, g));
    assert_false(pmt_pattern_match(p, PMT_SLICE("12\n"), g)); /* '$' is the very end */
    pmt_pattern_free(p);
    pmt_pattern_free(NULL);
}

static void any_bytes_are_text(void **state)
{
    (void)state;
    struct pmt_slice g[PMT_PATTERN_GROUPS];
    struct pmt_pattern *p = compile("^(?<x>.{5})$");
    assert_true(pmt_pattern_match(p, pmt_slice("\xff\xfe\0\x80z", 5), g));
    assert_int_equal(g[0].n, 5);
    pmt_pattern_free(p);
}

static void mistakes_are_told_with_their_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
        size_t column;
    } cases[] = {
        {"(?<a>x", "missing closing parenthesis", 6},
        {"ab[c", "missing terminating ]", 4},
        {"x(*UTF)", "not recognized", 6},
        {"(*UTF)x", "using UTF is disabled", 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = "";
        size_t column = 99;
        assert_null(pmt_pattern_new(cases[i].text, &arena, &why, &column));
        if (!strstr(why, cases[i].why))
            fail_msg("%s: \"%s\"", cases[i].text, why);
        assert_int_equal(column, cases[i].column);
    }
}

static void size_and_groups_are_bounded(void **state)
{
    (void)state;
    const char *why = "";
    size_t column;
    char *text = pmt_alloc(PMT_PATTERN_MAX + 2);
    memset(text, 'x', PMT_PATTERN_MAX + 1);
    assert_null(pmt_pattern_new(text, &arena, &why, &column));
    assert_string_equal(why, "it is longer than 8192 bytes");
    text[PMT_PATTERN_MAX] = '\0';
    pmt_pattern_free(compile(text));
    free(text);
    struct pmt_buf b = {0};
    for (int i = 0; i < PMT_PATTERN_GROUPS; i++)
        pmt_buf_printf(&b, "(?<g%d>x)?", i);
    pmt_pattern_free(compile(b.data));
    pmt_buf_puts(&b, "(?<more>x)");
    assert_null(pmt_pattern_new(b.data, &arena, &why, &column));
    assert_string_equal(why, "it has more than 64 groups");
    pmt_buf_fini(&b);
}

/* It would take 2^n steps, and then match. */
static void work_is_bounded(void **state)
{
    (void)state;
    struct pmt_slice g[PMT_PATTERN_GROUPS];
    struct pmt_pattern *p = compile("^(?:a+)+(?<x>b)?$");
    char text[64];
    memset(text, 'a', sizeof text);
    assert_true(pmt_pattern_match(p, pmt_slice(text, sizeof text), g));
    text[sizeof text - 1] = 'c';
    assert_false(pmt_pattern_match(p, pmt_slice(text, sizeof text), g));
    pmt_pattern_free(p);
    p = compile("^(?:(?<x>a)|b)*c"); /* deep, for the stack of the compiled code */
    struct pmt_buf b = {0};
    for (int i = 0; i < 100000; i++)
        pmt_buf_puts(&b, i % 2 ? "a" : "b");
    pmt_buf_puts(&b, "c");
    (void)pmt_pattern_match(p, pmt_buf_view(&b), g);
    pmt_buf_fini(&b);
    pmt_pattern_free(p);
}

static void of_a_long_line_the_beginning_counts(void **state)
{
    (void)state;
    struct pmt_slice g[PMT_PATTERN_GROUPS];
    struct pmt_buf b = {0};
    struct pmt_pattern *p = compile("^(?<x>b*)c?$");
    for (int i = 0; i < PMT_PATTERN_TEXT; i++)
        pmt_buf_puts(&b, "b");
    pmt_buf_puts(&b, "d");
    assert_true(pmt_pattern_match(p, pmt_buf_view(&b), g));
    assert_int_equal(g[0].n, PMT_PATTERN_TEXT);
    pmt_buf_fini(&b);
    pmt_pattern_free(p);
}

static int fini(void **state)
{
    (void)state;
    pmt_arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_groups_are_captured),
        cmocka_unit_test(any_bytes_are_text),
        cmocka_unit_test(mistakes_are_told_with_their_column),
        cmocka_unit_test(size_and_groups_are_bounded),
        cmocka_unit_test(work_is_bounded),
        cmocka_unit_test(of_a_long_line_the_beginning_counts),
    };
    return cmocka_run_group_tests(tests, NULL, fini);
}
