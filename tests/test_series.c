#include "pmt/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tally_helpers.h"

static void add(struct pmt_series *s, int64_t sec, uint32_t all, uint32_t bad, uint32_t gave_up)
{
    pmt_series_add(s, sec, &(struct pmt_counts){{all, bad, gave_up}});
}

static struct pmt_buf dump(struct pmt_series *s)
{
    struct pmt_buf b = {0};
    dump_series(&b, s);
    return b;
}

static void test_sums(void **state)
{
    (void)state;
    struct pmt_series s = {0};
    add(&s, 1000, 1, 0, 0);
    add(&s, 1000, 2, 1, 0);
    add(&s, -1, 3, 0, 2);
    add(&s, 1001, 0, 0, 0); /* nothing: not a second with requests */
    struct pmt_buf b = dump(&s);
    assert_string_equal(b.data, "   -1 3 0 2\n   1000 3 1 0\n");
    pmt_buf_fini(&b);
    add(&s, 1000, 1, 0, 0); /* after it came to rest */
    b = dump(&s);
    assert_string_equal(b.data, "   -1 3 0 2\n   1000 4 1 0\n");
    pmt_buf_fini(&b);
    pmt_series_fini(&s);
    assert_int_equal(s.n, 0);
}

static void test_empty(void **state)
{
    (void)state;
    struct pmt_series s = {0}, d = {0};
    int64_t sec;
    struct pmt_counts c;
    struct pmt_series_iter it = pmt_series_iter(&s);
    assert_false(pmt_series_next(&it, &sec, &c));
    it = pmt_series_iter_from(&s, 5);
    assert_false(pmt_series_next(&it, &sec, &c));
    pmt_series_seal(&s);
    pmt_series_merge(&d, &s, NULL, NULL);
    assert_int_equal(d.n, 0);
    add(&s, 7, 0, 0, 0); /* a page without any request */
    it = pmt_series_iter(&s);
    assert_false(pmt_series_next(&it, &sec, &c));
    pmt_series_fini(&s);
    pmt_series_fini(&d);
}

/* Counters stop at their end instead of beginning anew, in whatever order they are reached. */
static void test_saturation(void **state)
{
    (void)state;
    struct pmt_series s = {0}, t = {0};
    int64_t sec;
    struct pmt_counts c;
    add(&s, 5, UINT32_MAX - 1, UINT32_MAX - 1, 0);
    add(&s, 5, 1, 5, UINT32_MAX);
    add(&s, 5, 1, 0, 1);
    struct pmt_series_iter it = pmt_series_iter(&s); /* through the form at rest */
    assert_true(pmt_series_next(&it, &sec, &c));
    for (int k = 0; k < PMT_COLUMNS; k++)
        assert_int_equal(c.c[k], UINT32_MAX);
    add(&t, 5, 7, 7, 7);
    pmt_series_merge(&t, &s, NULL, NULL);
    it = pmt_series_iter(&t);
    assert_true(pmt_series_next(&it, &sec, &c));
    for (int k = 0; k < PMT_COLUMNS; k++)
        assert_int_equal(c.c[k], UINT32_MAX);
    pmt_series_fini(&s);
    pmt_series_fini(&t);
}

/* Every second with its greatest counts still fits where pages are brought to rest. */
static void test_full_page(void **state)
{
    (void)state;
    struct pmt_series s = {0};
    int64_t sec, n = 0;
    struct pmt_counts c;
    for (int i = 0; i < 1024; i++)
        add(&s, i, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    struct pmt_series_iter it = pmt_series_iter(&s);
    for (; pmt_series_next(&it, &sec, &c); n++) {
        assert_int_equal(sec, n);
        assert_int_equal(c.c[PMT_GAVE_UP], UINT32_MAX);
    }
    assert_int_equal(n, 1024);
    pmt_series_fini(&s);
}

struct addition {
    int64_t sec;
    uint32_t c[PMT_COLUMNS];
};

static void shuffle(struct addition *a, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = rng_below(i);
        struct addition t = a[i - 1];
        a[i - 1] = a[k];
        a[k] = t;
    }
}

/* The order of additions, and rests and merges in between, leave no trace; a plain table agrees. */
static void test_order(void **state)
{
    (void)state;
    enum { N = 900, SPAN = 2000 };
    static struct addition a[N];
    static uint32_t want[SPAN][PMT_COLUMNS];
    for (uint64_t seed = 1; seed <= 30; seed++) {
        rng_state = seed;
        memset(want, 0, sizeof want);
        for (size_t i = 0; i < N; i++) {
            a[i] = (struct addition){(int64_t)rng_below(SPAN) - SPAN / 2,
                                     {1 + (uint32_t)rng_below(300), (uint32_t)rng_below(3),
                                      (uint32_t)rng_below(2)}};
            for (int k = 0; k < PMT_COLUMNS; k++)
                want[a[i].sec + SPAN / 2][k] += a[i].c[k];
        }
        struct pmt_buf table = {0};
        for (int i = 0; i < SPAN; i++)
            if (want[i][PMT_ALL])
                pmt_buf_printf(&table, "   %d %u %u %u\n", i - SPAN / 2, want[i][0], want[i][1],
                               want[i][2]);
        for (int round = 0; round < 3; round++) {
            struct pmt_series s = {0}, other = {0};
            shuffle(a, N);
            for (size_t i = 0; i < N; i++) {
                add(rng_once_in(3) ? &other : &s, a[i].sec, a[i].c[0], a[i].c[1], a[i].c[2]);
                if (rng_once_in(50))
                    pmt_series_seal(&s);
            }
            pmt_series_merge(&s, &other, NULL, NULL);
            struct pmt_buf got = dump(&s);
            assert_same_dump(&table, &got);
            pmt_buf_fini(&got);
            pmt_series_fini(&s);
            pmt_series_fini(&other);
        }
        pmt_buf_fini(&table);
    }
}

static int64_t shifted(const void *ctx, int64_t sec)
{
    return sec % 10 == 3 ? PMT_DROP : sec + *(const int64_t *)ctx;
}

static void test_map(void **state)
{
    (void)state;
    struct pmt_series s = {0}, d = {0};
    int64_t by = -3600;
    add(&s, 100, 1, 1, 0);
    add(&s, 103, 9, 9, 9); /* left out */
    add(&s, 104, 2, 0, 0);
    add(&d, -3496, 5, 0, 0);
    pmt_series_merge(&d, &s, shifted, &by);
    struct pmt_buf b = dump(&d);
    assert_string_equal(b.data, "   -3500 1 1 0\n   -3496 7 0 0\n");
    pmt_buf_fini(&b);
    b = dump(&s); /* as it was */
    assert_string_equal(b.data, "   100 1 1 0\n   103 9 9 9\n   104 2 0 0\n");
    pmt_buf_fini(&b);
    pmt_series_fini(&s);
    pmt_series_fini(&d);
}

/* A stamp far away costs one page, however far. */
static void test_far_away(void **state)
{
    (void)state;
    struct pmt_series s = {0};
    const int64_t noon = INT64_C(1645876800), year_9999 = INT64_C(253402300799),
                  year_1 = INT64_C(-62135596800);
    add(&s, noon, 1, 0, 0);
    assert_int_equal(s.n, 1);
    add(&s, year_9999, 1, 0, 0);
    assert_int_equal(s.n, 2);
    add(&s, year_1, 1, 0, 0);
    assert_int_equal(s.n, 3);
    add(&s, noon + 1, 1, 0, 0);
    assert_int_equal(s.n, 3);
    struct pmt_buf b = dump(&s);
    assert_string_equal(b.data, "   -62135596800 1 0 0\n   1645876800 1 0 0\n   1645876801 1 0 0\n"
                                "   253402300799 1 0 0\n");
    pmt_buf_fini(&b);
    pmt_series_fini(&s);
}

/* From any second on, everything from there comes, and nothing before its page. */
static void test_iter_from(void **state)
{
    (void)state;
    struct pmt_series s = {0};
    for (int64_t sec = -2000; sec < 2000; sec += 37)
        add(&s, sec, 1, 0, 0);
    for (int64_t from = -2100; from < 2100; from += 53) {
        struct pmt_series_iter it = pmt_series_iter_from(&s, from);
        struct pmt_counts c;
        int64_t sec, want = -2000;
        while (want < from)
            want += 37;
        while (pmt_series_next(&it, &sec, &c)) {
            if (sec < from) {
                assert_true(from - sec < 256);
                continue;
            }
            assert_int_equal(sec, want);
            want += 37;
        }
        assert_true(want >= 2000);
    }
    pmt_series_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),      cmocka_unit_test(test_empty),
        cmocka_unit_test(test_saturation), cmocka_unit_test(test_full_page),
        cmocka_unit_test(test_order),     cmocka_unit_test(test_map),
        cmocka_unit_test(test_far_away),  cmocka_unit_test(test_iter_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
