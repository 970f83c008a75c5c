#include "prints_parts.h"

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

static void assert_same(const struct pmt_prints *a, const struct pmt_prints *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct pmt_print_day *x = &a->days[i], *y = &b->days[i];
        assert_int_equal(x->day, y->day);
        assert_int_equal(x->n, y->n);
        assert_int_equal(x->limit, y->limit);
        assert_memory_equal(x->v, y->v, x->n * sizeof *x->v);
        assert_int_equal(x->nbusy, y->nbusy);
        if (x->nbusy)
            assert_memory_equal(x->busy, y->busy, x->nbusy * sizeof *x->busy);
    }
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
    assert_same(&whole, &back);
    assert_same(&whole, &joined);
    pmt_prints_fini(&whole);
    pmt_prints_fini(&joined);
    pmt_prints_fini(&back);
    for (int i = 0; i < 3; i++)
        pmt_prints_fini(&parts[i]);
    free(hash);
    free(t);
}

static int64_t shift(const void *ctx, int64_t t)
{
    return t + *(const int64_t *)ctx;
}

/* More keys than are remembered in any one table, a third of them asked too often: neither the
 * order in which they come nor the parts they come in decide what stays. */
static void test_busy_keys_in_any_order_and_partition(void **state)
{
    (void)state;
    enum { N = 60000, PARTS = 5 };
    uint64_t *hash = malloc(N * sizeof *hash);
    int64_t *t = malloc(N * sizeof *t);
    assert_non_null(hash);
    assert_non_null(t);
    for (int keys = 1; keys <= 3000; keys *= 7) {
        struct pmt_prints whole = {0}, back = {0}, sorted = {0}, joined = {0}, parts[PARTS] = {{0}};
        seed = (uint64_t)keys;
        for (int i = 0; i < N; i++) {
            hash[i] = next() % (uint64_t)(next() % 3 ? keys : keys * 40 + 1);
            hash[i] = pmt_hash(&hash[i], sizeof hash[i], 1);
            t[i] = (int64_t)(next() % 86400) * SECOND;
        }
        for (int i = 0; i < N; i++)
            pmt_prints_add(&whole, hash[i], t[i]);
        for (int i = N; i-- > 0;)
            pmt_prints_add(&back, hash[i], t[i]);
        for (int k = 0; k < 8; k++) /* all of some keys, then all of others */
            for (int i = 0; i < N; i++)
                if ((int)(hash[i] % 8) == k)
                    pmt_prints_add(&sorted, hash[i], t[i]);
        for (int i = 0; i < N; i++)
            pmt_prints_add(&parts[i % 7 % PARTS], hash[i], t[i]);
        for (int k = PARTS; k-- > 0;) {
            pmt_prints_seal(&parts[k]);
            pmt_prints_merge(&joined, &parts[k]);
            pmt_prints_fini(&parts[k]);
        }
        pmt_prints_seal(&whole);
        pmt_prints_seal(&back);
        pmt_prints_seal(&sorted);
        pmt_prints_seal(&joined);
        assert_same(&whole, &back);
        assert_same(&whole, &sorted);
        assert_same(&whole, &joined);
        assert_in_range(pmt_prints_count(&whole), 1, PMT_PRINTS_MAX + PMT_PRINTS_BUSY);
        pmt_prints_fini(&whole);
        pmt_prints_fini(&back);
        pmt_prints_fini(&sorted);
        pmt_prints_fini(&joined);
    }
    free(hash);
    free(t);
}

/* Of one key, seen all day, both logs keep the same requests though their zones differ. */
static void test_busy_key_stays_the_same_in_all_zones(void **state)
{
    (void)state;
    static const int quarters[] = {0, 12, -20, 23, 56};
    for (size_t k = 0; k < sizeof quarters / sizeof *quarters; k++) {
        struct pmt_prints a = {0}, b = {0}, back = {0};
        int64_t ahead = quarters[k] * 900 * SECOND, behind = -ahead;
        size_t seen, found;
        seed = 3;
        for (int i = 0; i < 20000; i++) {
            int64_t t = (100 * 86400 + 20000 + (int64_t)(next() % 3600)) * SECOND;
            pmt_prints_add(&a, 5, t);
            pmt_prints_add(&b, 5, t + ahead);
        }
        pmt_prints_seal(&a);
        pmt_prints_seal(&b);
        assert_int_equal(pmt_prints_count(&a), PMT_PRINTS_BUSY);
        assert_int_equal(pmt_prints_count(&b), PMT_PRINTS_BUSY);
        pmt_prints_move(&back, &b, shift, &behind);
        pmt_prints_seal(&back);
        assert_int_equal(pmt_prints_count(&back), PMT_PRINTS_BUSY);
        pmt_prints_share(&a, &back, &seen, &found);
        assert_int_equal(seen, found);
        pmt_prints_fini(&a);
        pmt_prints_fini(&b);
        pmt_prints_fini(&back);
    }
}

static void test_share(void **state)
{
    (void)state;
    static const struct {
        int64_t ahead;
        int in_both; /* of ten */
    } cases[] = {{0, 10}, {0, 7}, {0, 0}, {4, 10}, {-4, 10}, {6, 10}, {-90, 10}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct pmt_prints a = {0}, b = {0};
        size_t seen, found;
        seed = 21;
        for (int i = 0; i < 2000; i++) {
            int64_t t = (100 * 86400 + (int64_t)(next() % 80000)) * SECOND;
            uint64_t h = next();
            pmt_prints_add(&a, h, t);
            if (i % 10 < cases[k].in_both)
                pmt_prints_add(&b, h, t + cases[k].ahead * SECOND);
            pmt_prints_add(&a, 1, t); /* a check that only a gets */
            pmt_prints_add(&b, next(), t);
        }
        pmt_prints_seal(&a);
        pmt_prints_seal(&b);
        pmt_prints_share(&a, &b, &seen, &found);
        bool close = cases[k].ahead >= -5 && cases[k].ahead <= 5;
        assert_true(seen >= 1990 && seen <= 2000);
        assert_int_equal((found + 5) * 10 / seen, close ? cases[k].in_both : 0);
        pmt_prints_fini(&a);
        pmt_prints_fini(&b);
    }
}

/* Few paths, asked for all the time; what failed is rare, and has another status in each log. */
static void test_share_of_few_paths(void **state)
{
    (void)state;
    static const struct {
        int paths, every;   /* seconds from one to the next */
        bool same;          /* requests; failures never are */
    } cases[] = {{7, 3, true}, {7, 3, false}, {20, 10, true}, {20, 10, false}, {3, 20, true}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct pmt_prints a = {0}, b = {0};
        size_t seen, found;
        seed = 23;
        for (int64_t s = 0; s < 6 * 3600;
             s += 1 + (int64_t)(next() % (2 * (uint64_t)cases[k].every))) {
            int64_t t = (100 * 86400 + s) * SECOND;
            uint64_t h = 1000 + next() % (uint64_t)cases[k].paths;
            bool rare = s > 3600 && s < 7200 && next() % 4 == 0;
            uint64_t far = next() % 3600;
            pmt_prints_add(&a, rare ? next() : h, t);
            pmt_prints_add(&b, rare ? next() : h, cases[k].same ? t : t + (int64_t)far * SECOND);
        }
        pmt_prints_seal(&a);
        pmt_prints_seal(&b);
        pmt_prints_share(&a, &b, &seen, &found);
        assert_true(seen > 100);
        assert_int_equal(found * 2 >= seen, cases[k].same);
        pmt_prints_fini(&a);
        pmt_prints_fini(&b);
    }
}

static void test_one_path_all_day_leaves_room_for_others(void **state)
{
    (void)state;
    struct pmt_prints p = {0};
    for (int i = 0; i < 100000; i++)
        pmt_prints_add(&p, 1, (int64_t)(i % 86400) * SECOND);
    for (int i = 0; i < 1000; i++)
        pmt_prints_add(&p, UINT64_MAX / 1001 * (uint64_t)(i + 1), (int64_t)i * SECOND);
    pmt_prints_seal(&p);
    assert_int_equal(pmt_prints_count(&p), 1000 + PMT_PRINTS_BUSY);
    pmt_prints_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_set_in_any_order_and_partition),
        cmocka_unit_test(test_busy_keys_in_any_order_and_partition),
        cmocka_unit_test(test_busy_key_stays_the_same_in_all_zones),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_share_of_few_paths),
        cmocka_unit_test(test_one_path_all_day_leaves_room_for_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
