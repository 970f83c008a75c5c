#include "pmt/votes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tally_helpers.h"

static uint64_t client(uint64_t n)
{
    return pmt_hash(&n, sizeof n, 0);
}

static struct pmt_buf dump(struct pmt_votes *v)
{
    struct pmt_buf b = {0};
    pmt_votes_seal(v);
    dump_votes(&b, "", v);
    return b;
}

static void test_one_vote_per_minute(void **state)
{
    (void)state;
    struct pmt_votes v = {0};
    int64_t minute;
    size_t n;
    pmt_votes_add(&v, client(1), 600 + 7);
    pmt_votes_add(&v, client(1), 600 + 3);
    pmt_votes_add(&v, client(1), 600 + 59);
    pmt_votes_add(&v, client(1), 660);
    pmt_votes_add(&v, client(2), 600);
    pmt_votes_add(&v, client(3), -1); /* the last second of minute -1 */
    pmt_votes_seal(&v);
    assert_int_equal(pmt_votes_count(&v), 4);
    assert_int_equal(v.n, 3);
    const uint64_t *votes = pmt_votes_minute(&v, 0, &minute, &n);
    assert_int_equal(minute, -1);
    assert_int_equal(n, 1);
    assert_int_equal(PMT_VOTE_FIRST(votes[0]), 59);
    votes = pmt_votes_minute(&v, 1, &minute, &n);
    assert_int_equal(minute, 10);
    assert_int_equal(n, 2);
    size_t i = PMT_VOTE_HASH(votes[0]) == client(1) >> 12 ? 0 : 1;
    assert_int_equal(PMT_VOTE_HASH(votes[i]), client(1) >> 12);
    assert_int_equal(PMT_VOTE_FIRST(votes[i]), 3);
    assert_int_equal(PMT_VOTE_LAST(votes[i]), 59);
    assert_true(PMT_VOTE_HASH(votes[0]) < PMT_VOTE_HASH(votes[1]));
    assert_int_equal(pmt_votes_search(&v, -5), 0);
    assert_int_equal(pmt_votes_search(&v, 10), 1);
    assert_int_equal(pmt_votes_search(&v, 11), 2);
    assert_int_equal(pmt_votes_search(&v, 12), 3);
    pmt_votes_fini(&v);
}

/* A hash of 0 is no vote's. */
static void test_hash_zero(void **state)
{
    (void)state;
    struct pmt_votes v = {0};
    int64_t minute;
    size_t n;
    pmt_votes_add(&v, 1, 5);
    pmt_votes_add(&v, 4095, 6);
    pmt_votes_seal(&v);
    const uint64_t *votes = pmt_votes_minute(&v, 0, &minute, &n);
    assert_int_equal(n, 1);
    assert_int_equal(PMT_VOTE_HASH(votes[0]), 1);
    assert_int_equal(PMT_VOTE_LAST(votes[0]), 6);
    pmt_votes_fini(&v);
}

struct visit {
    uint64_t client;
    int64_t sec;
};

static void make_visits(struct visit *a, size_t n, size_t clients, int64_t span)
{
    for (size_t i = 0; i < n; i++)
        a[i] = (struct visit){client(rng_below(clients)), (int64_t)rng_below((uint64_t)span)};
}

static void shuffle(struct visit *a, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = rng_below(i);
        struct visit t = a[i - 1];
        a[i - 1] = a[k];
        a[k] = t;
    }
}

static int64_t ten_later(const void *ctx, int64_t sec)
{
    (void)ctx;
    return sec + 10;
}

static void test_order(void **state)
{
    (void)state;
    enum { N = 3000 };
    static struct visit a[N];
    for (uint64_t seed = 1; seed <= 12; seed++) {
        rng_state = seed;
        struct pmt_votes whole = {0};
        make_visits(a, N, 20 + seed * 40, 1500);
        for (size_t i = 0; i < N; i++)
            pmt_votes_add(&whole, a[i].client, a[i].sec);
        struct pmt_buf want = dump(&whole);
        for (int round = 0; round < 3; round++) {
            struct pmt_votes parts[3] = {{0}}, copy = {0};
            shuffle(a, N);
            for (size_t i = 0; i < N; i++)
                pmt_votes_add(&parts[rng_below(3)], a[i].client, a[i].sec);
            pmt_votes_merge(&parts[1], &parts[2], NULL, NULL);
            assert_int_equal(pmt_votes_count(&parts[2]), 0); /* emptied */
            pmt_votes_copy(&copy, &parts[0]);
            pmt_votes_merge(&parts[1], &copy, NULL, NULL);
            struct pmt_buf got = dump(&parts[1]);
            assert_same_dump(&want, &got);
            pmt_buf_fini(&got);
            for (int i = 0; i < 3; i++)
                pmt_votes_fini(&parts[i]);
            pmt_votes_fini(&copy);
        }
        pmt_buf_fini(&want);
        pmt_votes_fini(&whole);
    }
}

/* Moved by what is no whole minute, a vote falls into the minutes its two ends fall into. */
static void test_map(void **state)
{
    (void)state;
    struct pmt_votes v = {0}, d = {0};
    int64_t minute;
    size_t n;
    pmt_votes_add(&v, client(1), 40);
    pmt_votes_add(&v, client(1), 55);
    pmt_votes_add(&v, client(2), 1);
    pmt_votes_merge(&d, &v, ten_later, NULL);
    pmt_votes_seal(&d);
    assert_int_equal(d.n, 2);
    pmt_votes_minute(&d, 0, &minute, &n);
    assert_int_equal(minute, 0);
    assert_int_equal(n, 2);
    const uint64_t *votes = pmt_votes_minute(&d, 1, &minute, &n);
    assert_int_equal(minute, 1);
    assert_int_equal(n, 1);
    assert_int_equal(PMT_VOTE_FIRST(votes[0]), 5);
    pmt_votes_fini(&v);
    pmt_votes_fini(&d);
}

static int64_t drop_first_half(const void *ctx, int64_t sec)
{
    (void)ctx;
    return sec < 30 ? INT64_MIN : sec;
}

static void test_map_drops(void **state)
{
    (void)state;
    struct pmt_votes v = {0}, d = {0};
    pmt_votes_add(&v, client(1), 10);
    pmt_votes_add(&v, client(2), 40);
    pmt_votes_add(&v, client(3), 100);
    pmt_votes_merge(&d, &v, drop_first_half, NULL);
    pmt_votes_seal(&d);
    assert_int_equal(pmt_votes_count(&d), 2);
    pmt_votes_fini(&v);
    pmt_votes_fini(&d);
}

/* ---- thinning -------------------------------------------------------------------------------- */

static void test_thin(void **state)
{
    (void)state;
    struct pmt_votes v = {0};
    for (uint64_t i = 0; i < 4000; i++)
        pmt_votes_add(&v, client(i), (int64_t)(i % 3) * 60);
    pmt_votes_seal(&v);
    pmt_votes_thin(&v, 3);
    uint64_t kept = pmt_votes_count(&v);
    assert_in_range(kept, 4000 / 8 - 100, 4000 / 8 + 100);
    for (size_t i = 0; i < v.n; i++) {
        int64_t minute;
        size_t n;
        const uint64_t *votes = pmt_votes_minute(&v, i, &minute, &n);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(PMT_VOTE_HASH(votes[k]) >> 49, 0);
    }
    pmt_votes_thin(&v, 1); /* never back */
    assert_int_equal(v.shift, 3);
    for (uint64_t i = 0; i < 4000; i++) /* the others stay out */
        pmt_votes_add(&v, client(i), (int64_t)(i % 3) * 60);
    pmt_votes_seal(&v);
    assert_int_equal(pmt_votes_count(&v), kept);
    pmt_votes_fini(&v);
}

/* The same clients, whoever came first and however the run was cut: the highest threshold that
 * meets the limit. */
static void test_budget(void **state)
{
    (void)state;
    enum { N = 60000, LIMIT = 4000, CLIENTS = 5000, SPAN = 600 * 60, PARTS = 12 };
    static struct visit a[N];
    rng_state = 5;
    make_visits(a, N, CLIENTS, SPAN);
    struct pmt_votes all = {0};
    for (size_t i = 0; i < N; i++)
        pmt_votes_add(&all, a[i].client, a[i].sec);
    pmt_votes_seal(&all);
    unsigned shift = 0;
    while (pmt_votes_count(&all) > LIMIT)
        pmt_votes_thin(&all, ++shift);
    assert_int_equal(shift, 4);
    struct pmt_buf want = dump(&all);
    for (int round = 0; round < 8; round++) {
        struct pmt_vote_budget budget = {.limit = LIMIT};
        struct pmt_votes parts[PARTS] = {{0}};
        for (int i = 0; i < PARTS; i++)
            parts[i].budget = &budget;
        if (round % 2)
            shuffle(a, N);
        for (size_t i = 0; i < N; i++) { /* parts by time, with some overlap */
            int64_t late = (int64_t)rng_below(120);
            pmt_votes_add(&parts[(a[i].sec + late) * PARTS / (SPAN + 120)], a[i].client, a[i].sec);
        }
        for (int i = PARTS; i-- > 0;) /* workers end in any order */
            pmt_votes_seal(&parts[i]);
        for (int n = PARTS; n > 1; n--) {
            size_t i = rng_below((uint64_t)n - 1);
            pmt_votes_merge(&parts[i], &parts[i + 1], NULL, NULL);
            pmt_votes_fini(&parts[i + 1]);
            memmove(parts + i + 1, parts + i + 2, (size_t)(n - (int)i - 2) * sizeof *parts);
        }
        pmt_votes_seal(&parts[0]);
        pmt_votes_settle(&parts[0]);
        assert_null(parts[0].budget);
        struct pmt_buf got = dump(&parts[0]);
        assert_same_dump(&want, &got);
        pmt_buf_fini(&got);
        pmt_votes_fini(&parts[0]);
    }
    pmt_buf_fini(&want);
    pmt_votes_fini(&all);
}

/* Several sets of one budget: one threshold, and together no more than the limit. */
static void test_budget_is_shared(void **state)
{
    (void)state;
    struct pmt_vote_budget budget = {.limit = 3000};
    struct pmt_votes v[4] = {{0}};
    uint64_t kept = 0, clients = 0;
    unsigned shift = 0;
    rng_state = 9;
    for (int k = 0; k < 4; k++)
        v[k].budget = &budget;
    for (uint64_t i = 0; i < 40000; i++)
        pmt_votes_add(&v[i % 4], client(i), (int64_t)i);
    for (int k = 0; k < 4; k++)
        pmt_votes_seal(&v[k]);
    for (int k = 0; k < 4; k++) {
        pmt_votes_settle(&v[k]);
        shift = k ? shift : v[k].shift;
        assert_int_equal(v[k].shift, shift);
        kept += pmt_votes_count(&v[k]);
        clients += pmt_votes_count(&v[k]) << v[k].shift;
        pmt_votes_fini(&v[k]);
    }
    assert_in_range(kept, 3000 / 2 * 8 / 10, 3000);
    assert_in_range(clients, 40000 * 92 / 100, 40000 * 108 / 100); /* 2.5 % is one sigma */
}

/* While the scan runs, not much more than the limit is held. */
static void test_budget_bounds(void **state)
{
    (void)state;
    struct pmt_vote_budget budget = {.limit = 1000};
    struct pmt_votes v = {.budget = &budget};
    for (uint64_t i = 0; i < 200000; i++) {
        pmt_votes_add(&v, client(i), (int64_t)(i / 10));
        if (i % 1000 == 0) {
            uint64_t held = 0;
            for (size_t k = 0; k < v.n; k++) {
                int64_t minute;
                size_t n;
                pmt_votes_minute(&v, k, &minute, &n);
                held += n;
            }
            assert_in_range(held, 0, 1000 + 1000 / PMT_VOTE_SLACK + 4 * 600);
        }
    }
    pmt_votes_settle(&v);
    assert_in_range(pmt_votes_count(&v), 300, 1000);
    pmt_votes_fini(&v);
}

static void test_no_limit(void **state)
{
    (void)state;
    struct pmt_vote_budget budget = {0};
    struct pmt_votes v = {.budget = &budget};
    for (uint64_t i = 0; i < 20000; i++)
        pmt_votes_add(&v, client(i), (int64_t)i);
    pmt_votes_settle(&v);
    assert_int_equal(v.shift, 0);
    assert_int_equal(pmt_votes_count(&v), 20000);
    pmt_votes_fini(&v);
}

/* However small the limit, one client in 2^40 is the fewest: it ends. */
static void test_smallest_share(void **state)
{
    (void)state;
    struct pmt_vote_budget budget = {.limit = 1};
    struct pmt_votes v = {.budget = &budget};
    for (int64_t minute = 0; minute < 50; minute++) {
        pmt_votes_add(&v, 1 << 12, minute * 60); /* the smallest hash there is */
        pmt_votes_add(&v, client((uint64_t)minute), minute * 60);
    }
    pmt_votes_settle(&v);
    assert_int_equal(v.shift, PMT_VOTE_SHIFT_MAX);
    assert_int_equal(pmt_votes_count(&v), 50);
    pmt_votes_fini(&v);
}

/* Clients of the other set leave the minutes that it has them in, and no others. */
static void test_without(void **state)
{
    (void)state;
    struct pmt_votes a = {0}, b = {0};
    for (uint64_t i = 1; i <= 90; i++) {
        pmt_votes_add(&a, i << 50 | i << 12, 30);
        pmt_votes_add(&a, i << 50 | i << 12, 90);
        if (i % 3 == 0)
            pmt_votes_add(&b, i << 50 | i << 12, 100);
    }
    pmt_votes_without(&a, &b);
    int64_t minute;
    size_t n;
    pmt_votes_minute(&a, 0, &minute, &n);
    assert_int_equal(n, 90);
    pmt_votes_minute(&a, 1, &minute, &n);
    assert_int_equal(n, 60);
    assert_int_equal(pmt_votes_count(&b), 30);
    pmt_votes_fini(&a);
    pmt_votes_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_vote_per_minute), cmocka_unit_test(test_hash_zero),
        cmocka_unit_test(test_order),               cmocka_unit_test(test_map),
        cmocka_unit_test(test_map_drops),           cmocka_unit_test(test_thin),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_budget),              cmocka_unit_test(test_budget_is_shared),
        cmocka_unit_test(test_budget_bounds),       cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_smallest_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
