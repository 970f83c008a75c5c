/* test_calibrate_curve.c - from requests that two clocks saw to how far one was ahead, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "calibrate_skew_parts.h"

#define BEGIN (INT64_C(19049) * PMT_DAY) /* 26 Feb 2022 */
#define S PMT_SECOND

/* ---- clocks whose truth is known -------------------------------------------------------- */

/* How far a clock is ahead at an instant. */
typedef int64_t truth(int64_t ref);

struct matches {
    struct pmt_seen *v;
    size_t n, cap;
};

static void seen(struct matches *m, int64_t ref, int64_t own)
{
    PMT_GROW(m->v, m->n, m->cap);
    m->v[m->n++] = (struct pmt_seen){ref, own};
}

/* As two logs show it: one to the millisecond, the other cut to seconds, for which half a second is
 * added; and every `odd`th request took its client some seconds to receive. */
static void observe(struct matches *m, truth *ahead, int64_t from, int64_t to, int64_t every,
                    int odd)
{
    for (int64_t ref = BEGIN + from; ref < BEGIN + to; ref += every) {
        int64_t end = ref + (int64_t)m->n * 373 % 1000 * 1000, own = end + ahead(end);
        int64_t late = odd && m->n % (size_t)odd == 0 ? 3 * S : 0;
        seen(m, end + late, own - own % S + S / 2);
    }
}

static struct pmt_skew curve_of(struct matches *m, struct pmt_arena *arena, int64_t set)
{
    struct pmt_skew s;
    pmt_skew_curve(m->v, m->n, &set, set ? 1 : 0, arena, &s);
    assert_true(s.n > 0);
    for (size_t i = 1; i < s.n; i++)
        assert_true(s.knots[i - 1].at < s.knots[i].at);
    assert_true(s.least <= s.median && s.median <= s.most);
    return s;
}

static int64_t error_at(const struct pmt_skew *s, truth *ahead, int64_t ref)
{
    int64_t own = ref + ahead(ref);
    return llabs(own - pmt_skew_at(s, own) - ref);
}

/* Everywhere, but for those minutes around a step whose stamps the clock shows twice. */
static void assert_close(const struct pmt_skew *s, truth *ahead, int64_t from, int64_t to,
                         int64_t most)
{
    for (int64_t ref = BEGIN + from; ref < BEGIN + to; ref += 7 * S)
        if (error_at(s, ahead, ref) > most)
            fail_msg("%lld s after the beginning the error is %lld us",
                     (long long)((ref - BEGIN) / S), (long long)error_at(s, ahead, ref));
}

/* A later stamp is never moved before an earlier one, except at a step. */
static size_t count_steps(const struct pmt_skew *s, int64_t from, int64_t to)
{
    size_t steps = 0;
    for (int64_t own = BEGIN + from + S; own < BEGIN + to; own += S)
        steps += own - pmt_skew_at(s, own) < own - S - pmt_skew_at(s, own - S);
    return steps;
}

static size_t count_knot_pairs(const struct pmt_skew *s)
{
    size_t n = 0;
    for (size_t i = 1; i < s->n; i++)
        n += s->knots[i].at == s->knots[i - 1].at + 1;
    return n;
}

/* ---- clocks that stand still ------------------------------------------------------------ */

static int64_t agrees(int64_t ref)
{
    (void)ref;
    return 300 * 1000;
}
static int64_t ninety(int64_t ref)
{
    (void)ref;
    return 90 * S;
}
static int64_t an_hour_behind(int64_t ref)
{
    (void)ref;
    return -PMT_HOUR;
}

static void constants(void **state)
{
    (void)state;
    static const struct {
        truth *ahead;
        int64_t to, every;
        bool corrected;
    } rows[] = {
        {agrees, PMT_DAY, 60 * S, false},
        {ninety, PMT_DAY, 60 * S, true},
        {ninety, 8 * 60 * S, 60 * S, true},      /* eight matches */
        {ninety, 7 * 60 * S, 60 * S, false},     /* seven */
        {ninety, 60 * S, S, true},
        {ninety, 4 * PMT_DAY, 4 * PMT_HOUR, true},
        {an_hour_behind, PMT_DAY, 600 * S, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_arena arena = {0};
        struct matches m = {0};
        observe(&m, rows[i].ahead, 0, rows[i].to, rows[i].every, 5);
        size_t n = m.n;
        struct pmt_skew s = curve_of(&m, &arena, 0);
        assert_int_equal(s.n, 1);
        assert_int_equal(s.matched, n);
        assert_true(s.least == s.most && s.most == s.median);
        assert_true(llabs(s.median - rows[i].ahead(BEGIN)) < S);
        assert_true(s.spread < S);
        assert_int_equal(s.corrected, rows[i].corrected);
        pmt_arena_fini(&arena);
        free(m.v);
    }
}

/* What scatters by more than it tells is not taken off. */
static void uncertain(void **state)
{
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct pmt_arena arena = {0};
        struct matches m = {0};
        for (int i = 0; i < 200; i++) {
            int64_t ref = BEGIN + i * 60 * S, scatter = (i * 37 % 11 - 5) * S;
            seen(&m, ref, ref + (wide ? 4 * S + scatter : 40 * S + scatter));
        }
        struct pmt_skew s = curve_of(&m, &arena, 0);
        assert_true(s.spread > S);
        assert_int_equal(s.corrected, !wide);
        assert_int_equal(pmt_skew_tight(&s), !wide);
        pmt_arena_fini(&arena);
        free(m.v);
    }
}

/* ---- drifts ----------------------------------------------------------------------------- */

static int64_t drifts(int64_t ref) /* by 20 s a day */
{
    return (ref - BEGIN) / 4320 - 10 * S;
}
static int64_t wanders(int64_t ref) /* 12 s up and down in two days */
{
    int64_t t = (ref - BEGIN) % (2 * PMT_DAY);
    return (t < PMT_DAY ? t : 2 * PMT_DAY - t) / 7200 - 3 * S;
}

static void slow_changes(void **state)
{
    (void)state;
    static const struct {
        truth *ahead;
        int64_t every;
    } rows[] = {{drifts, 5 * S}, {drifts, 120 * S}, {drifts, 1200 * S}, {drifts, PMT_HOUR},
                {wanders, 60 * S}, {wanders, 600 * S}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_arena arena = {0};
        struct matches m = {0};
        observe(&m, rows[i].ahead, 0, 4 * PMT_DAY, rows[i].every, 7);
        struct pmt_skew s = curve_of(&m, &arena, 0);
        assert_true(s.corrected);
        assert_true(s.spread < S);
        assert_close(&s, rows[i].ahead, 0, 4 * PMT_DAY - PMT_HOUR, 3 * S / 2);
        assert_int_equal(count_steps(&s, -PMT_HOUR, 4 * PMT_DAY + PMT_HOUR), 0);
        assert_int_equal(count_knot_pairs(&s), 0);
        pmt_arena_fini(&arena);
        free(m.v);
    }
}

/* At night nobody asked for anything: what the clock lost meanwhile is no step. */
static void drift_with_silent_nights(void **state)
{
    (void)state;
    struct pmt_arena arena = {0};
    struct matches m = {0};
    for (int day = 0; day < 4; day++)
        observe(&m, drifts, day * PMT_DAY + 6 * PMT_HOUR, day * PMT_DAY + 18 * PMT_HOUR, 30 * S, 9);
    struct pmt_skew s = curve_of(&m, &arena, 0);
    assert_int_equal(count_knot_pairs(&s), 0);
    assert_close(&s, drifts, 6 * PMT_HOUR, 3 * PMT_DAY + 18 * PMT_HOUR, S);
    pmt_arena_fini(&arena);
    free(m.v);
}

/* ---- steps ------------------------------------------------------------------------------ */

#define STEP_AT (7 * PMT_HOUR + 1234 * S)

static int64_t set_back(int64_t ref)
{
    return ref < BEGIN + STEP_AT ? 41 * S : 0;
}
static int64_t set_forward(int64_t ref)
{
    return ref < BEGIN + STEP_AT ? -41 * S : 0;
}
static int64_t set_a_little(int64_t ref)
{
    return ref < BEGIN + STEP_AT ? 5 * S / 2 : -S / 2;
}
static int64_t drifts_and_is_set(int64_t ref)
{
    return ref < BEGIN + STEP_AT ? (ref - BEGIN) / 1000 : 0;
}
static int64_t set_twice(int64_t ref)
{
    return ref < BEGIN + STEP_AT ? 100 * S : ref < BEGIN + 2 * STEP_AT ? 0 : -30 * S;
}

static void steps(void **state)
{
    (void)state;
    static const struct {
        truth *ahead;
        int64_t every;
        size_t steps;
    } rows[] = {{set_back, 10 * S, 1},     {set_back, S / 2, 1},   {set_back, 600 * S, 1},
                {set_back, 1800 * S, 1},   {set_forward, 10 * S, 1}, {set_forward, 600 * S, 1},
                {set_a_little, 20 * S, 1}, {set_twice, 30 * S, 2},
                {drifts_and_is_set, 60 * S, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* With a line of the clock's daemon, and without. */
        for (int said = 0; said < 2; said++) {
            struct pmt_arena arena = {0};
            struct matches m = {0};
            int64_t moment = BEGIN + STEP_AT, set = moment + rows[i].ahead(moment);
            observe(&m, rows[i].ahead, 0, PMT_DAY, rows[i].every, 6);
            struct pmt_skew s = curve_of(&m, &arena, said ? set : 0);
            assert_true(s.corrected);
            assert_int_equal(count_knot_pairs(&s), rows[i].steps);
            int64_t off = said ? 0 : rows[i].every + 100 * S; /* the overlap is not to be told */
            assert_close(&s, rows[i].ahead, 0, STEP_AT - 101 * S - off, S);
            if (rows[i].steps == 1)
                assert_close(&s, rows[i].ahead, STEP_AT + off, PMT_DAY, S);
            if (said) {
                size_t k = 0;
                while (s.knots[k].at != set - 1)
                    assert_true(++k < s.n);
                assert_true(s.knots[k + 1].at == set);
            }
            assert_true(count_steps(&s, 0, PMT_DAY) <= rows[i].steps);
            pmt_arena_fini(&arena);
            free(m.v);
        }
    }
}

/* Of two lines about the clock the one between the two matches counts. */
static void said_twice(void **state)
{
    (void)state;
    struct pmt_arena arena = {0};
    struct matches m = {0};
    const int64_t sets[] = {BEGIN + STEP_AT - 25 * S, BEGIN + STEP_AT, BEGIN + STEP_AT + 25 * S};
    struct pmt_skew s;
    observe(&m, set_back, 0, PMT_DAY, 20 * S, 0);
    pmt_skew_curve(m.v, m.n, sets, 3, &arena, &s);
    assert_int_equal(count_knot_pairs(&s), 1);
    size_t k = 0;
    while (s.knots[k].at != BEGIN + STEP_AT)
        assert_true(++k < s.n);
    pmt_arena_fini(&arena);
    free(m.v);
}

/* Forward and back, and a clock that was set by nearly nothing. */
static void no_step(void **state)
{
    (void)state;
    struct pmt_arena arena = {0};
    struct matches m = {0};
    observe(&m, ninety, 0, PMT_HOUR, 10 * S, 0);
    for (int i = 0; i < 40; i++) { /* for six minutes clients received slowly */
        int64_t ref = BEGIN + PMT_HOUR + i * 10 * S;
        seen(&m, ref + 6 * S, ref + 90 * S);
    }
    size_t all = m.n;
    for (int i = 40; i < 400; i++)
        seen(&m, BEGIN + PMT_HOUR + i * 10 * S, BEGIN + PMT_HOUR + i * 10 * S + 90 * S);
    struct pmt_skew s = curve_of(&m, &arena, BEGIN + PMT_HOUR + 30 * PMT_MINUTE + 90 * S);
    assert_true(all > 40 && s.corrected);
    assert_int_equal(s.n, 1);
    assert_true(llabs(s.median - 90 * S) < S);
    pmt_arena_fini(&arena);
    free(m.v);
}

/* The order in which matches come is no matter, nor how often they are looked at. */
static void any_order(void **state)
{
    (void)state;
    struct pmt_arena arena = {0};
    struct matches m = {0};
    observe(&m, drifts_and_is_set, 0, PMT_DAY, 60 * S, 6);
    struct pmt_skew a = curve_of(&m, &arena, 0);
    for (size_t i = 0; i < m.n; i++) {
        size_t k = i * 7919 % m.n;
        struct pmt_seen t = m.v[i];
        m.v[i] = m.v[k];
        m.v[k] = t;
    }
    struct pmt_skew b = curve_of(&m, &arena, 0);
    assert_int_equal(a.n, b.n);
    for (size_t i = 0; i < a.n; i++)
        assert_true(a.knots[i].at == b.knots[i].at && a.knots[i].ahead == b.knots[i].ahead);
    assert_true(a.spread == b.spread && a.median == b.median);
    pmt_arena_fini(&arena);
    free(m.v);
}

/* Whatever the matches say: knots are in order, and only steps move backwards. */
static void nonsense(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int round = 0; round < 200; round++) {
        struct pmt_arena arena = {0};
        struct matches m = {0};
        size_t n = 1 + (size_t)round * 3;
        int64_t set = BEGIN + 30 * S * (int64_t)n / 2;
        for (size_t i = 0; i < n; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            int64_t wide = (round % 3 == 0 ? 2 : round % 3 == 1 ? 60 : 90000) * S;
            int64_t ref = BEGIN + (int64_t)i * 30 * S;
            seen(&m, ref, ref + (int64_t)(x % (uint64_t)wide) - wide / 2);
        }
        struct pmt_skew s = curve_of(&m, &arena, set);
        assert_true(count_steps(&s, -PMT_HOUR, 7 * PMT_HOUR) <= count_knot_pairs(&s));
        pmt_arena_fini(&arena);
        free(m.v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants),
        cmocka_unit_test(uncertain),
        cmocka_unit_test(slow_changes),
        cmocka_unit_test(drift_with_silent_nights),
        cmocka_unit_test(steps),
        cmocka_unit_test(said_twice),
        cmocka_unit_test(no_step),
        cmocka_unit_test(any_order),
        cmocka_unit_test(nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
