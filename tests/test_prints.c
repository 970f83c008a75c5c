#include "pmt/prints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000)

static uint64_t seed;

static uint64_t next(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return pmt_hash(&seed, sizeof seed, 0);
}

static void test_same_set_in_any_order_and_partition(void **state)
{
    (void)state;
    enum { N = 40000 };
    uint64_t *hash = malloc(N * sizeof *hash);
    int64_t *t = malloc(N * sizeof *t);
    assert_non_null(hash);
    assert_non_null(t);
    seed = 7;
    for (int i = 0; i < N; i++) {
        hash[i] = next() % 30000 * 0x9E3779B97F4A7C15u;
        t[i] = (int64_t)(next() % (3 * 86400)) * SECOND;
    }
    struct pmt_prints whole = {0}, parts[3] = {{0}}, joined = {0}, back = {0};
    for (int i = 0; i < N; i++)
        pmt_prints_add(&whole, hash[i], t[i]);
    for (int i = N; i-- > 0;)
        pmt_prints_add(&back, hash[i], t[i]);
    for (int i = 0; i < N; i++)
        pmt_prints_add(&parts[i % 3], hash[i], t[i]);
    for (int i = 0; i < 3; i++) {
        pmt_prints_seal(&parts[i]);
        pmt_prints_merge(&joined, &parts[i]);
    }
    pmt_prints_seal(&whole);
    pmt_prints_seal(&joined);
    pmt_prints_seal(&back);
    assert_int_equal(pmt_prints_count(&whole), pmt_prints_count(&back));
    assert_int_equal(pmt_prints_count(&whole), pmt_prints_count(&joined));
    assert_in_range(pmt_prints_count(&whole), 3 * PMT_PRINTS_MAX, 3 * PMT_PRINTS_MAX + 60);
    /* Equal sets pair perfectly, at no distance. */
    struct pmt_pairing pair;
    assert_true(pmt_prints_pair(&whole, &joined, &pair));
    assert_int_equal(pair.quarters, 0);
    assert_int_equal(pair.rest, 0);
    assert_int_equal(pair.spread, 0);
    assert_int_equal(pair.matched, pair.compared);
    pmt_prints_fini(&whole);
    pmt_prints_fini(&joined);
    pmt_prints_fini(&back);
    for (int i = 0; i < 3; i++)
        pmt_prints_fini(&parts[i]);
    free(hash);
    free(t);
}

/* Two layers: b lacks a third of the requests, its clock is 5 h 45 min behind and 41 s off. */
static void test_offset_and_skew_are_found(void **state)
{
    (void)state;
    static const int quarters[] = {0, 12, -20, 23, 56, -40};
    for (size_t k = 0; k < sizeof quarters / sizeof *quarters; k++) {
        struct pmt_prints a = {0}, b = {0};
        seed = 11 + k;
        for (int i = 0; i < 3000; i++) {
            uint64_t h = next();
            int64_t t = INT64_C(1700000000) * SECOND + (int64_t)(next() % 200000) * SECOND;
            pmt_prints_add(&a, h, t);
            if (i % 3)
                pmt_prints_add(&b, h, t - quarters[k] * 900 * SECOND - 41 * SECOND +
                                          (int64_t)(next() % 1000) * 1000);
        }
        for (int i = 0; i < 2000; i++) /* a path asked all the time must not mislead */
            pmt_prints_add(&a, 42, INT64_C(1700000000) * SECOND + i * 90 * SECOND);
        pmt_prints_add(&b, 42, INT64_C(1700000000) * SECOND);
        pmt_prints_seal(&a);
        pmt_prints_seal(&b);
        struct pmt_pairing pair;
        assert_true(pmt_prints_pair(&a, &b, &pair));
        assert_int_equal(pair.quarters, quarters[k]);
        assert_in_range(pair.rest, 40 * SECOND, 41 * SECOND);
        assert_in_range(pair.spread, 0, SECOND);
        assert_true(pair.matched > 1500);
        pmt_prints_fini(&a);
        pmt_prints_fini(&b);
    }
}

static void test_strangers_do_not_pair(void **state)
{
    (void)state;
    struct pmt_prints a = {0}, b = {0};
    struct pmt_pairing pair = {.quarters = 77};
    seed = 5;
    assert_false(pmt_prints_pair(&a, &b, &pair)); /* nothing at all */
    for (int i = 0; i < 500; i++) {
        uint64_t h = next() % 400; /* the same paths, at unrelated times */
        pmt_prints_add(&a, h, (int64_t)(next() % 86400) * SECOND);
        pmt_prints_add(&b, h, (int64_t)(next() % 86400) * SECOND);
    }
    pmt_prints_seal(&a);
    pmt_prints_seal(&b);
    assert_false(pmt_prints_pair(&a, &b, &pair));
    assert_int_equal(pair.quarters, 77); /* untouched */
    pmt_prints_fini(&a);
    pmt_prints_fini(&b);
}

static void test_one_path_all_day_is_bounded(void **state)
{
    (void)state;
    struct pmt_prints p = {0};
    for (int i = 0; i < 100000; i++)
        pmt_prints_add(&p, 1, (int64_t)(i % 86400) * SECOND);
    for (int i = 0; i < 1000; i++)
        pmt_prints_add(&p, 2 + (uint64_t)i, (int64_t)i * SECOND);
    pmt_prints_seal(&p);
    assert_true(pmt_prints_count(&p) <= 4 * PMT_PRINTS_MAX);
    pmt_prints_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_set_in_any_order_and_partition),
        cmocka_unit_test(test_offset_and_skew_are_found),
        cmocka_unit_test(test_strangers_do_not_pair),
        cmocka_unit_test(test_one_path_all_day_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
