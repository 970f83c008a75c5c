#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

/* ---- how long a request took ----------------------------------------------------------------- */

static void test_of_request(void **state)
{
    (void)state;
    static const struct {
        int64_t status, duration, latency, bytes, want;
        bool bad, gave_up;
    } rows[] = {
        {200, 9000000, 20000, 100, 20000, false, false}, /* the client read slowly */
        {200, 30000, -1, 100, 30000, false, false},
        {200, -1, -1, 100, -1, false, false},
        {200, 90000000, -1, 5 << 20, -1, false, false},  /* a download */
        {200, 90000000, 40000, 5 << 20, 40000, false, false},
        {101, 90000000, 90000000, 100, -1, false, false},
        {499, 7000000, 2000, 0, 7000000, false, true},
        {504, 30000000, 10000000, 0, 30000000, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_record r;
        pmt_record_clear(&r);
        r.status = rows[i].status;
        r.duration_us = rows[i].duration;
        r.latency_us = rows[i].latency;
        r.bytes = rows[i].bytes;
        assert_int_equal(pmt_request_latency(&r, rows[i].bad, rows[i].gave_up), rows[i].want);
    }
}

/* ---- percentiles ----------------------------------------------------------------------------- */

static struct pmt_percentiles all_of(struct pmt_latency *l)
{
    struct pmt_latency_sum sum = {0};
    pmt_latency_between(l, -1000000, 1000000, &sum);
    return pmt_latency_percentiles(&sum);
}

/* A tenth of the value, and a millisecond. */
static void about(int64_t got, int64_t want)
{
    if (llabs(got - want) > want / 10 + 1000)
        fail_msg("%lld, not about %lld", (long long)got, (long long)want);
}

static void test_percentiles(void **state)
{
    (void)state;
    struct pmt_latency l = {0};
    assert_int_equal(all_of(&l).n, 0);
    assert_int_equal(all_of(&l).p50, -1);
    for (int i = 1; i <= 1000; i++)
        pmt_latency_add(&l, i, i * 10000); /* 10 ms to 10 s */
    struct pmt_percentiles p = all_of(&l);
    assert_int_equal(p.n, 1000);
    about(p.p50, 5000000);
    about(p.p95, 9500000);
    about(p.p99, 9900000);
    pmt_latency_fini(&l);
}

static void test_one_value(void **state)
{
    (void)state;
    static const int64_t values[] = {0, 1, 999, 1000, 1001, 20000, 999999, 1000000, 60000000,
                                     3600 * PMT_SECOND};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct pmt_latency l = {0};
        pmt_latency_add(&l, 5, values[i]);
        about(all_of(&l).p50, values[i]);
        pmt_latency_fini(&l);
    }
    struct pmt_latency l = {0};
    pmt_latency_add(&l, 5, INT64_MAX);
    assert_true(all_of(&l).p50 > 3600 * PMT_SECOND);
    pmt_latency_fini(&l);
}

static void test_between(void **state)
{
    (void)state;
    struct pmt_latency l = {0};
    for (int minute = -3; minute < 4; minute++)
        for (int i = 0; i <= minute + 3; i++)
            pmt_latency_add(&l, minute * 60 + i, 5000);
    static const struct {
        int64_t from, to;
        uint64_t n;
    } rows[] = {{0, 59, 4},     {-180, 239, 28}, {1, 179, 5 + 6}, {0, 60, 4},
                {30, 40, 4},    {30, 70, 4 + 5}, {-61, -1, 3},    {240, 999, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_latency_sum sum = {0};
        pmt_latency_between(&l, rows[i].from, rows[i].to, &sum);
        if (sum.n != rows[i].n)
            fail_msg("%lld to %lld: %llu", (long long)rows[i].from, (long long)rows[i].to,
                     (unsigned long long)sum.n);
    }
    pmt_latency_fini(&l);
}

/* ---- order and parts ------------------------------------------------------------------------- */

static int64_t later(const void *ctx, int64_t sec)
{
    (void)ctx;
    return sec < 600 ? PMT_DROP : sec + 3600;
}

static void same(struct pmt_latency *a, struct pmt_latency *b)
{
    for (int64_t minute = -10; minute < 400; minute++) {
        struct pmt_latency_sum x = {0}, y = {0};
        pmt_latency_between(a, minute * 60, minute * 60 + 59, &x);
        pmt_latency_between(b, minute * 60, minute * 60 + 59, &y);
        assert_memory_equal(&x, &y, sizeof x);
    }
}

static void test_parts(void **state)
{
    (void)state;
    enum { N = 3000 };
    for (int round = 0; round < 20; round++) {
        struct pmt_latency all = {0}, part[3] = {{0}}, one = {0}, other = {0};
        for (int i = 0; i < N; i++) {
            int64_t sec = (int64_t)rng_below(6 * 3600) - 120;
            int64_t us = (int64_t)(rng() >> (20 + rng_below(40)));
            pmt_latency_add(&all, sec, us);
            pmt_latency_add(&part[rng_below(3)], sec, us);
        }
        for (int i = 0; i < 3; i++) {
            pmt_latency_merge(&one, &part[i], NULL, NULL);
            pmt_latency_merge(&other, &part[2 - i], NULL, NULL);
        }
        same(&all, &one);
        same(&all, &other);
        struct pmt_latency x = {0}, y = {0};
        pmt_latency_merge(&x, &all, later, NULL);
        for (int i = 0; i < 3; i++)
            pmt_latency_merge(&y, &part[i], later, NULL);
        same(&x, &y);
        assert_true(all_of(&x).n < N && all_of(&x).n > N / 2);
        struct pmt_latency *used[] = {&all, &part[0], &part[1], &part[2], &one, &other, &x, &y};
        for (size_t i = 0; i < sizeof used / sizeof *used; i++)
            pmt_latency_fini(used[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_request), cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_one_value),  cmocka_unit_test(test_between),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
