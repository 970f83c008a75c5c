#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pmt/minutes.h"
#include "tally_helpers.h"

static void assert_stretches(const struct pmt_minutes *m, const char *want)
{
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, "");
    for (size_t i = 0; i < m->n; i++)
        pmt_buf_printf(&b, "%s%lld-%lld", i ? " " : "", (long long)m->v[i].from,
                       (long long)m->v[i].to);
    assert_string_equal(b.data, want);
    pmt_buf_fini(&b);
}

static void test_add(void **state)
{
    (void)state;
    static const struct {
        int64_t minutes[8];
        size_t n;
        const char *want;
    } cases[] = {
        {{0}, 0, ""},
        {{7}, 1, "7-7"},
        {{7, 7, 7}, 3, "7-7"},
        {{7, 8, 9}, 3, "7-9"},
        {{9, 8, 7}, 3, "7-9"},
        {{7, 9}, 2, "7-7 9-9"},
        {{9, 7}, 2, "7-7 9-9"},
        {{7, 9, 8}, 3, "7-9"},          /* closes the last gap */
        {{1, 3, 5, 7, 4}, 5, "1-1 3-5 7-7"},
        {{1, 3, 5, 7, 2, 6}, 6, "1-3 5-7"},
        {{1, 3, 5, 3, 5, 1}, 6, "1-1 3-3 5-5"},
        {{-3, -1, -2, 0}, 4, "-3-0"},   /* before 1970 */
        {{5, 6, 2, 3, 9, 1}, 6, "1-3 5-6 9-9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_minutes m = {0};
        for (size_t k = 0; k < cases[i].n; k++)
            pmt_minutes_add(&m, cases[i].minutes[k], k + 1);
        assert_stretches(&m, cases[i].want);
        pmt_minutes_fini(&m);
        assert_int_equal(m.n, 0);
    }
}

static void test_add_stretches(void **state)
{
    (void)state;
    static const struct {
        int64_t v[5][2];
        size_t n;
        const char *want;
    } cases[] = {
        {{{1, 3}, {10, 12}, {5, 7}}, 3, "1-3 5-7 10-12"},
        {{{1, 3}, {5, 7}, {9, 12}, {4, 8}}, 4, "1-12"},
        {{{1, 3}, {5, 7}, {9, 12}, {3, 5}}, 4, "1-7 9-12"},
        {{{1, 3}, {5, 7}, {9, 12}, {6, 6}}, 4, "1-3 5-7 9-12"},
        {{{1, 3}, {5, 7}, {9, 12}, {0, 20}}, 4, "0-20"},
        {{{1, 3}, {5, 7}, {9, 12}, {8, 20}}, 4, "1-3 5-20"},
        {{{5, 7}, {9, 12}, {14, 15}, {1, 4}, {13, 13}}, 5, "1-7 9-15"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_minutes m = {0};
        for (size_t k = 0; k < cases[i].n; k++)
            pmt_minutes_add_slowly(&m, cases[i].v[k][0], cases[i].v[k][1]);
        assert_stretches(&m, cases[i].want);
        pmt_minutes_fini(&m);
    }
}

static void test_asks(void **state)
{
    (void)state;
    struct pmt_minutes m = {0};
    assert_false(pmt_minutes_any(&m, INT64_MIN, INT64_MAX));
    assert_int_equal(pmt_minutes_count(&m, 0, 100), 0);
    assert_int_equal(pmt_minutes_search(&m, 5), 0);
    pmt_minutes_add_slowly(&m, 10, 19);
    pmt_minutes_add_slowly(&m, 30, 30);
    assert_false(pmt_minutes_any(&m, 0, 9));
    assert_true(pmt_minutes_any(&m, 0, 10));
    assert_true(pmt_minutes_any(&m, 19, 25));
    assert_false(pmt_minutes_any(&m, 20, 29));
    assert_true(pmt_minutes_any(&m, 30, 30));
    assert_false(pmt_minutes_any(&m, 31, 99));
    assert_int_equal(pmt_minutes_count(&m, 0, 100), 11);
    assert_int_equal(pmt_minutes_count(&m, 15, 16), 2);
    assert_int_equal(pmt_minutes_count(&m, 15, 30), 6);
    assert_int_equal(pmt_minutes_count(&m, 20, 29), 0);
    assert_int_equal(pmt_minutes_count(&m, 18, 12), 0); /* nothing lies between */
    assert_false(pmt_minutes_any(&m, 18, 12));
    assert_int_equal(pmt_minutes_search(&m, 10), 0);
    assert_int_equal(pmt_minutes_search(&m, 20), 1);
    assert_int_equal(pmt_minutes_search(&m, 31), 2);
    pmt_minutes_fini(&m);
}

static void test_lines(void **state)
{
    (void)state;
    struct pmt_minutes m = {0}, more = {0};
    pmt_minutes_add(&m, 10, 1);
    pmt_minutes_add(&m, 10, 2);
    pmt_minutes_add(&m, 11, 3);
    pmt_minutes_add(&m, 10, 4); /* late */
    assert_int_equal(m.v[0].first_line, 1);
    assert_int_equal(m.v[0].last_line, 3);
    pmt_minutes_add(&more, 11, 1);
    pmt_minutes_add(&more, 20, 2);
    pmt_minutes_merge(&m, &more, 4);
    assert_int_equal(m.n, 2);
    assert_int_equal(m.v[0].first_line, 1);
    assert_int_equal(m.v[0].last_line, 5);
    assert_int_equal(m.v[1].first_line, 6);
    assert_int_equal(m.v[1].last_line, 6);
    pmt_minutes_add_slowly(&m, 9, 12); /* somebody who knows no lines */
    assert_int_equal(m.v[0].first_line, 0);
    assert_int_equal(m.v[0].last_line, 0);
    pmt_minutes_fini(&m);
    pmt_minutes_fini(&more);
}

/* ---- against a plain bitmap -------------------------------------------------------------- */

enum { SPAN = 300, PARTS = 4 };

/* What was said of each minute's lines: the lowest and the highest. */
struct said {
    uint64_t low[SPAN], high[SPAN];
};

static void compare(const struct pmt_minutes *m, const bool *bits, const struct said *said)
{
    struct pmt_minutes want = {0};
    for (int64_t i = 0; i < SPAN; i++)
        if (bits[i] && want.n && want.v[want.n - 1].to == i - 1) {
            want.v[want.n - 1].to = i;
        } else if (bits[i]) {
            PMT_GROW(want.v, want.n, want.cap);
            want.v[want.n++] = (struct pmt_stretch){.from = i, .to = i};
        }
    assert_int_equal(m->n, want.n);
    for (size_t i = 0; i < m->n; i++) {
        assert_int_equal(m->v[i].from, want.v[i].from);
        assert_int_equal(m->v[i].to, want.v[i].to);
        assert_int_equal(m->v[i].first_line, said->low[m->v[i].from]);
        assert_int_equal(m->v[i].last_line, said->high[m->v[i].to]);
    }
    for (int k = 0; k < 20; k++) {
        int64_t from = (int64_t)rng_below(SPAN), to = (int64_t)rng_below(SPAN), n = 0;
        for (int64_t i = from; i <= to; i++)
            n += bits[i];
        assert_int_equal(pmt_minutes_count(m, from, to), n);
        assert_int_equal(pmt_minutes_any(m, from, to), n > 0);
    }
    pmt_minutes_fini(&want);
}

/* Any order, any partition, whatever is seen twice: only the set counts. */
static void test_sets(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2000; turn++) {
        struct pmt_minutes parts[PARTS] = {{0}}, all = {0};
        bool bits[SPAN] = {false};
        struct said said = {{0}, {0}};
        size_t n = rng_below(400);
        bool forward = rng_once_in(2); /* as logs are written, a little out of order */
        int64_t at = 0;
        for (size_t i = 0; i < n; i++) {
            at = forward ? at + (int64_t)rng_below(4) - 1 : (int64_t)rng_below(SPAN);
            at = at < 0 ? 0 : at >= SPAN ? SPAN - 1 : at;
            int64_t to = rng_once_in(20) ? at + (int64_t)rng_below(12) : at;
            to = to >= SPAN ? SPAN - 1 : to;
            size_t part = forward ? i * PARTS / n : rng_below(PARTS);
            if (to > at)
                pmt_minutes_add_slowly(&parts[part], at, to);
            else
                pmt_minutes_add(&parts[part], at, i + 1);
            if (to == at && (!said.low[at] || i + 1 < said.low[at]))
                said.low[at] = i + 1;
            if (to == at && i + 1 > said.high[at])
                said.high[at] = i + 1;
            for (int64_t k = at; k <= to; k++)
                bits[k] = true;
        }
        size_t first = rng_below(PARTS);
        for (size_t i = 0; i < PARTS; i++)
            pmt_minutes_merge(&all, &parts[(first + i) % PARTS], 0);
        compare(&all, bits, &said);
        pmt_minutes_merge(&all, &parts[first], 0); /* once more changes nothing */
        compare(&all, bits, &said);
        for (size_t i = 0; i < PARTS; i++)
            pmt_minutes_fini(&parts[i]);
        pmt_minutes_fini(&all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_add_stretches),
        cmocka_unit_test(test_asks),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
