#include "pmt/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

/* Seconds of three days, near together, far apart, back in time and before 1970; counts up to and
 * beyond what half a byte, a byte and a record hold. */
static int64_t some_second(void)
{
    static int64_t now;
    switch (rng_below(8)) {
    case 0:
        now = (int64_t)rng_below(3 * 86400) - 86400;
        break;
    case 1:
        now -= (int64_t)rng_below(40);
        break;
    default:
        now += (int64_t)rng_below(3);
    }
    return now;
}

static struct pmt_counts some_counts(void)
{
    static const uint32_t many[] = {1, 1, 1, 2, 15, 16, 17, 254, 255, 256, 70000};
    struct pmt_counts c = {{0}};
    uint32_t n = many[rng_below(sizeof many / sizeof *many)];
    c.c[PMT_ALL] = n + 1;
    if (rng_once_in(4))
        c.c[PMT_BAD] = (uint32_t)rng_below(n + 1);
    if (rng_once_in(9))
        c.c[PMT_GAVE_UP] = 1;
    return c;
}

static void assert_same(const struct pmt_trace *t, struct pmt_series *want)
{
    struct pmt_buf a = {0}, b = {0};
    struct pmt_series got = {0};
    pmt_trace_each(t, dump_into, &got);
    dump_series(&a, want);
    dump_series(&b, &got);
    assert_same_dump(&a, &b);
    pmt_series_fini(&got);
    pmt_buf_fini(&a);
    pmt_buf_fini(&b);
}

/* It holds what a series holds, however it was cut and joined. */
static void holds_what_a_series_holds(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct pmt_trace parts[4] = {{0}};
        struct pmt_series want = {0};
        size_t n = 1 + rng_below(round % 10 ? 60 : 3000);
        for (size_t i = 0; i < n; i++) {
            int64_t sec = some_second();
            struct pmt_counts c = some_counts();
            pmt_trace_add(&parts[i * 4 / n], sec, &c);
            pmt_series_add(&want, sec, &c);
        }
        if (round % 2) {
            pmt_trace_merge(&parts[2], &parts[3]);
            pmt_trace_merge(&parts[0], &parts[1]);
            pmt_trace_merge(&parts[0], &parts[2]);
        } else {
            for (int i = 1; i < 4; i++)
                pmt_trace_merge(&parts[0], &parts[i]);
        }
        assert_same(&parts[0], &want);
        for (int i = 1; i < 4; i++)
            assert_null(parts[i].first);
        pmt_trace_fini(&parts[0]);
        pmt_series_fini(&want);
    }
}

/* One that goes on after it was joined. */
static void goes_on(void **state)
{
    (void)state;
    struct pmt_trace a = {0}, b = {0};
    struct pmt_series want = {0};
    struct pmt_counts one = {{[PMT_ALL] = 1}};
    for (int64_t i = 0; i < 900; i++) {
        pmt_trace_add(i % 3 ? &a : &b, 100 + i / 2, &one);
        pmt_series_add(&want, 100 + i / 2, &one);
        if (i % 100 == 99)
            pmt_trace_merge(&a, &b);
    }
    assert_same(&a, &want);
    pmt_trace_fini(&a);
    pmt_trace_fini(&b);
    pmt_series_fini(&want);
}

/* What a few requests cost: no memory but its own. */
static void few_requests_take_nothing(void **state)
{
    (void)state;
    struct pmt_trace t = {0};
    struct pmt_counts one = {{[PMT_ALL] = 1}}, bad = {{[PMT_ALL] = 1, [PMT_BAD] = 1}};
    pmt_trace_add(&t, 1645876800, &one);
    pmt_trace_add(&t, 1645876803, &bad);
    assert_null(t.first);
    pmt_trace_add(&t, 1645876820, &one);
    assert_non_null(t.first);
    pmt_trace_fini(&t);
    assert_null(t.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_a_series_holds),
        cmocka_unit_test(goes_on),
        cmocka_unit_test(few_requests_take_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
