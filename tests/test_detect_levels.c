#include "detect_levels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STEPS = 4000, WANTED = 5 };

/* So many steps of 20 requests each, so many of which fail. */
struct part {
    size_t steps;
    double k;
};

struct wanted {
    const char *name;
    struct part parts[WANTED];
};

/* Each part is a plateau of its own. */
static const struct wanted cuts[] = {
    {"nothing fails", {{1000, 0}}},
    {"everything fails", {{1000, 20}}},
    {"an outage", {{500, 0}, {30, 20}, {500, 0}}},
    {"two plateaus", {{500, 0}, {60, 20}, {60, 6}, {500, 0}}},
    {"stairs", {{500, 0}, {60, 1}, {60, 6}, {60, 20}, {500, 0}}},
    {"it begins bad", {{40, 20}, {500, 0}}},
    {"it ends bad", {{500, 0}, {40, 20}}},
    {"one step", {{1, 20}}},
};

static size_t fill(struct pmt_step *v, const struct part *parts)
{
    size_t n = 0;
    for (size_t i = 0; i < WANTED && parts[i].steps; i++)
        for (size_t k = 0; k < parts[i].steps; k++, n++)
            v[n] = (struct pmt_step){(int64_t)n, 20, parts[i].k};
    return n;
}

static void test_cuts(void **state)
{
    (void)state;
    static struct pmt_step v[STEPS];
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        const struct part *parts = cuts[i].parts;
        struct pmt_plateau *p;
        size_t n = fill(v, parts), at = 0, k = 0;
        size_t count = pmt_plateaus_find(v, n, 0.001, &p);
        for (; k < WANTED && parts[k].steps; k++) {
            if (k >= count || p[k].from != at || p[k].to != at + parts[k].steps)
                fail_msg("%s: part %zu of %zu", cuts[i].name, k, count);
            assert_int_equal(p[k].raised, parts[k].k > 0);
            assert_true(fabs(p[k].k - parts[k].k * (double)parts[k].steps) < 1e-6);
            at = p[k].to;
        }
        assert_int_equal(count, k);
        free(p);
    }
}

/* A failure now and then, at the normal rate, is no plateau; nor is one alone. */
static void test_background(void **state)
{
    (void)state;
    static struct pmt_step v[STEPS];
    struct pmt_plateau *p;
    for (size_t i = 0; i < STEPS; i++)
        v[i] = (struct pmt_step){(int64_t)i, 20, i % 50 == 7};
    assert_int_equal(pmt_plateaus_find(v, STEPS, 0.001, &p), 1);
    assert_false(p->raised);
    free(p);
    assert_int_equal(pmt_plateaus_find(v, 0, 0.001, &p), 0);
    assert_null(p);
}

/* Rates at the very ends of what is possible must not make it stumble. */
static void test_odd_rates(void **state)
{
    (void)state;
    static const double rates[] = {0.0005, 0.002, 0.05, 0.3, 0.5, 0.9, 0.99};
    static struct pmt_step v[STEPS];
    size_t n = fill(v, cuts[2].parts);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct pmt_plateau *p;
        size_t count = pmt_plateaus_find(v, n, rates[i], &p), at = 0;
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(p[k].from, at);
            at = p[k].to;
        }
        assert_int_equal(at, n);
        free(p);
    }
}

static void test_gain(void **state)
{
    (void)state;
    const struct pmt_normal known = {.rate = 0.001, .n = 100000, .k = 90};
    const struct pmt_normal hardly = {.rate = 0.001, .n = 300, .k = 0};
    const struct pmt_normal nothing = {.rate = 0.001};
    const struct pmt_normal guess = {.rate = 0.001, .n = 300, .k = 0, .guess = true};
    assert_true(fabs(pmt_gain(10, 10, 0.1, 1 - 1e-9) - 10 * log(10)) < 1e-6);
    assert_true(pmt_gain(1000, 0, 0.001, 0.01) < -8);
    assert_true(pmt_gain_at_least(0.001, 1000, 0, 0.02) <= 0);
    /* At no less than 2 %, half a per cent is none. */
    assert_true(pmt_gain_at_least(0.0005, 10000, 50, 0.02) <= 0);
    assert_true(pmt_gain_at_least(0.0005, 10000, 50, 0.0005) > 50);
    /* Thirty of five thousand beside a hundred thousand that tell what is normal, beside a few. */
    double much = pmt_gain_over(&known, 5000, 30), little = pmt_gain_over(&hardly, 5000, 30);
    assert_true(much > 20);
    assert_true(little < 3 && little >= 0);
    assert_true(pmt_gain_over(&guess, 5000, 30) > much);
    /* What fails more often than any site does at all times needs no comparison. */
    assert_true(pmt_gain_over(&nothing, 500, 400) > 500);
    assert_true(pmt_gain_over(&nothing, 500, 10) <= 0);
    assert_true(pmt_gain_over(&known, 0, 0) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_background),
        cmocka_unit_test(test_odd_rates),
        cmocka_unit_test(test_gain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
