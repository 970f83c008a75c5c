/* test_burn.c - when burn-rate alerts would have fired: against a replay that adds up each window
 * anew, and at the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pmt/burn.h"
#include "tally_helpers.h"

enum { ALLOWED = 1000, PAGE = 0 }; /* 99.9 %; the rule that pages */

static void put(struct pmt_flow *f, int64_t sec, unsigned all, unsigned bad)
{
    const struct pmt_counts c = {{[PMT_ALL] = all, [PMT_BAD] = bad}};
    pmt_series_add(&f->series, sec, &c);
}

static struct pmt_burn replay(struct pmt_flow *f, int64_t from, int64_t to)
{
    struct pmt_burn b;
    pmt_burn_replay(&pmt_burn_rules[PAGE], f, ALLOWED, from, to, &b);
    return b;
}

/* Steady traffic, all of which fails from 10,000 on: the long window passes 1.44 % after 52 s. */
static void steady_traffic(void **state)
{
    (void)state;
    struct pmt_flow f = {0};
    for (int64_t s = 0; s < 12000; s++)
        put(&f, s, 10, s >= 10000 ? 10 : 0);
    struct pmt_burn b = replay(&f, 10000, 11999);
    assert_true(b.asked && b.fired && !b.before && !b.late);
    assert_int_equal(b.at, 10051);
    assert_int_equal(b.covered, 3600);
    pmt_burn_replay(&pmt_burn_rules[1], &f, ALLOWED, 10000, 11999, &b);
    assert_true(b.fired && !b.late);
    assert_int_equal(b.at, 10060); /* of 10,061 s in the log 61 failed: 0.6 % */
    assert_int_equal(b.covered, 10061);
    pmt_flow_fini(&f);
}

static void too_few_failures(void **state)
{
    (void)state;
    struct pmt_flow f = {0};
    for (int64_t s = 0; s < 12000; s++)
        put(&f, s, 100, s >= 10000); /* 1 % */
    struct pmt_burn b = replay(&f, 10000, 11999);
    assert_true(b.asked && !b.fired);
    pmt_flow_fini(&f);
}

/* The short window ends it: what failed an hour ago fires nothing now. */
static void both_windows(void **state)
{
    (void)state;
    struct pmt_flow f = {0};
    for (int64_t s = 0; s < 12000; s++)
        put(&f, s, 10, s >= 9000 && s < 9100 ? 10 : 0);
    struct pmt_burn b = replay(&f, 9500, 11999);
    assert_true(b.asked && !b.fired);
    b = replay(&f, 9200, 11999); /* still within five minutes */
    assert_true(b.fired && b.before);
    pmt_flow_fini(&f);
}

static void little_log_before(void **state)
{
    (void)state;
    struct pmt_flow f = {0};
    for (int64_t s = 1000; s < 1600; s++)
        put(&f, s, 10, s >= 1100 ? 10 : 0);
    struct pmt_burn b = replay(&f, 1100, 1200); /* no five minutes yet */
    assert_false(b.asked || b.fired);
    b = replay(&f, 1100, 1599);
    assert_true(b.fired && b.late && !b.before);
    assert_int_equal(b.at, 1299);
    assert_int_equal(b.covered, 300);
    b = replay(&f, 1299, 1599); /* now it can be told from the first second on */
    assert_true(b.fired && !b.late);
    pmt_flow_fini(&f);
    f = (struct pmt_flow){0};
    b = replay(&f, 0, 100);
    assert_false(b.asked || b.fired);
}

static uint64_t sum(unsigned (*v)[2], int64_t from, int64_t to, int which)
{
    uint64_t n = 0;
    for (int64_t s = from < 0 ? 0 : from; s <= to; s++)
        n += v[s][which];
    return n;
}

/* Random traffic, with seconds that hold none. */
static void against_a_slow_replay(void **state)
{
    (void)state;
    enum { N = 9000 };
    static unsigned v[N][2];
    for (int round = 0; round < 12; round++) {
        struct pmt_flow f = {0};
        int64_t from = 4000 + (int64_t)rng_below(3000), first = -1, want = -1;
        for (int64_t s = 0; s < N; s++) {
            v[s][0] = rng_once_in(3) ? (unsigned)rng_below(9) : 0;
            unsigned n = s >= from + 100 ? (unsigned)round * 8 : 0;
            v[s][1] = v[s][0] && rng_below(1000) < n ? 1 : 0;
            if (!v[s][0])
                continue;
            first = first < 0 ? s : first;
            put(&f, s, v[s][0], v[s][1]);
        }
        for (int64_t s = from; s < N && want < 0; s++) {
            uint64_t la = sum(v, s - 3599, s, 0), lb = sum(v, s - 3599, s, 1);
            uint64_t sa = sum(v, s - 299, s, 0), sb = sum(v, s - 299, s, 1);
            if (v[s][0] && lb * 10000 > la * 144 && sb * 10000 > sa * 144)
                want = s;
        }
        struct pmt_burn b = replay(&f, from, N - 1);
        assert_int_equal(b.fired, want >= 0);
        if (want >= 0)
            assert_int_equal(b.at, want);
        pmt_flow_fini(&f);
    }
}

static void the_budget(void **state)
{
    (void)state;
    struct pmt_flow f = {0};
    uint64_t part, whole;
    const int64_t day = 86400;
    for (int64_t s = 0; s <= 31 * day; s += 3600)
        put(&f, s, 100, s == 31 * day ? 36 : 0);
    assert_true(pmt_budget_used(&f, ALLOWED, 31 * day, 31 * day, &part, &whole));
    assert_int_equal(whole, UINT64_C(72000) * ALLOWED); /* hours of 30 days, 100 each */
    assert_int_equal(part, 36 * UINT64_C(1000000));     /* of 72 that may fail: half */
    assert_false(pmt_budget_used(&f, ALLOWED, 29 * day, 29 * day, &part, &whole));
    pmt_flow_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_traffic),
        cmocka_unit_test(too_few_failures),
        cmocka_unit_test(both_windows),
        cmocka_unit_test(little_log_before),
        cmocka_unit_test(against_a_slow_replay),
        cmocka_unit_test(the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
