#include "pmt/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts_helpers.h"

/* 2022-02-26 12:00:00 */
#define NOON (INT64_C(1645876800) * PMT_SECOND)

static void say(struct pmt_tally *t, const char *host, int64_t at, const char *text)
{
    static struct made m;
    made_clear(&m);
    m.rec.kind = PMT_SYSLOG;
    m.rec.event = PMT_EV_OOM;
    m.rec.head = stamp_of(at, PMT_STAMP_ZONED, 0, 0);
    m.rec.host = pmt_str(host);
    m.rec.message = pmt_str(text);
    snprintf(m.line, sizeof m.line, "%llu %s", (unsigned long long)t->lines, text);
    tally_made(t, &m, t->lines + 1);
}

static struct pmt_facts build(struct pmt_scanned *s, size_t n)
{
    struct pmt_facts f;
    pmt_facts_build(&f, s, n);
    return f;
}

static void fini(struct pmt_facts *f, struct pmt_scanned *s, size_t n)
{
    pmt_facts_fini(f);
    for (size_t i = 0; i < n; i++)
        scanned_fini(&s[i]);
}

/* kern.log and syslog: one fact with two places. Repeats in one file stay repeats. */
static void test_copies(void **state)
{
    (void)state;
    struct pmt_scanned s[3];
    for (int i = 0; i < 3; i++) {
        struct pmt_tally *t = pmt_tally_new(NULL, NULL);
        say(t, "web-1", NOON + i * 400000, "Out of memory");
        say(t, "web-1", NOON + i * 400000, "Out of memory");
        say(t, "web-1", NOON + 10 * PMT_SECOND, i == 2 ? "Killed process 8" : "Killed process 7");
        s[i] = scanned_of(t, NULL);
    }
    struct pmt_facts f = build(s, 3);
    assert_int_equal(f.n, 4);
    assert_int_equal(f.items[0].t, NOON);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(f.items[i].nplaces, 3);
        assert_int_equal(f.items[i].count, 1);
        assert_int_equal(f.items[i].places[0].source, 0);
        assert_int_equal(f.items[i].places[1].source, 1);
        assert_int_equal(f.items[i].places[2].source, 2);
    }
    assert_int_equal(f.items[2].nplaces, 2);
    assert_int_equal(f.items[3].nplaces, 1);
    fini(&f, s, 3);
}

static void test_not_copies(void **state)
{
    (void)state;
    static const struct {
        const char *host_a, *host_b, *source_b, *text_b;
        int64_t later;
        size_t n;
    } rows[] = {
        {"web-1", "web-1", NULL, "text", 0, 1},
        {"web-1", "web-1", NULL, "text", PMT_SECOND, 1},
        {"web-1", "web-1", NULL, "text", 2 * PMT_SECOND, 2},
        {"web-1", "web-2", NULL, "text", 0, 2},
        {"web-1", NULL, NULL, "text", 0, 1},
        {"web-1", NULL, "web-2", "text", 0, 2},
        {"web-1", "web-1", "web-2", "text", 0, 1}, /* what the line names counts */
        {"web-1", "web-1", NULL, "other", 0, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_tally *a = pmt_tally_new(NULL, NULL), *b = pmt_tally_new(NULL, NULL);
        say(a, rows[i].host_a, NOON, "text");
        say(b, rows[i].host_b, NOON + rows[i].later, rows[i].text_b);
        struct pmt_scanned s[] = {scanned_of(a, NULL), scanned_of(b, rows[i].source_b)};
        struct pmt_facts f = build(s, 2);
        assert_int_equal(f.n, rows[i].n);
        fini(&f, s, 2);
    }
}

static void test_more_places_than_kept(void **state)
{
    (void)state;
    enum { N = PMT_PLACES_MAX + 2 };
    struct pmt_scanned s[N];
    for (int i = 0; i < N; i++) {
        struct pmt_tally *t = pmt_tally_new(NULL, NULL);
        say(t, "web-1", NOON, "Out of memory");
        s[i] = scanned_of(t, NULL);
    }
    struct pmt_facts f = build(s, N);
    assert_int_equal(f.n, 1);
    assert_int_equal(f.items[0].nplaces, PMT_PLACES_MAX);
    fini(&f, s, N);
}

static void test_order_and_times(void **state)
{
    (void)state;
    struct pmt_tally *a = pmt_tally_new(NULL, NULL), *b = pmt_tally_new(NULL, NULL);
    say(a, "web-1", NOON + 5 * PMT_SECOND, "three");
    say(a, "web-1", NOON, "one");
    say(b, "web-1", NOON + 1, "two");
    say(b, "web-1", NOON + 5 * PMT_SECOND, "four");
    struct pmt_scanned s[] = {scanned_of(a, NULL), scanned_of(b, NULL)};
    struct pmt_facts f = build(s, 2);
    static const char *const want[] = {"one", "two", "three", "four"};
    assert_int_equal(f.n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_non_null(pmt_slice_find(f.items[i].mark->excerpt, want[i]));
    fini(&f, s, 2);
}

/* Without a year there is no place on the time line. */
static void test_unknown_year(void **state)
{
    (void)state;
    struct pmt_tally *a = pmt_tally_new(NULL, NULL);
    say(a, "web-1", NOON, "one");
    struct pmt_scanned s = scanned_of(a, NULL);
    s.maps[0][0].year_from = PMT_YEAR_UNKNOWN;
    struct pmt_facts f = build(&s, 1);
    assert_int_equal(f.n, 0);
    fini(&f, &s, 1);
}

/* A folded fact in two sources: the larger count, the later end. */
static void test_counts(void **state)
{
    (void)state;
    struct pmt_scanned s[2];
    for (int i = 0; i < 2; i++) {
        struct pmt_tally *t = pmt_tally_new(NULL, NULL);
        for (int k = 0; k < 3 + i; k++)
            state_add(t, "lb-1", 1, NOON + k * PMT_SECOND, PMT_LB_CHECK, "s1", "failed");
        s[i] = scanned_of(t, NULL);
    }
    struct pmt_facts f = build(s, 2);
    assert_int_equal(f.n, 1);
    assert_int_equal(f.items[0].count, 4);
    assert_int_equal(f.items[0].last, NOON + 3 * PMT_SECOND);
    fini(&f, s, 2);
}

/* ---- what HAProxy tells twice ---------------------------------------------------------------- */

/* Log line and alert of one process in one file, each with its own words: one fact, two places. */
static void test_stdout_twice(void **state)
{
    (void)state;
    static const struct {
        int64_t pid_a, pid_b, later;
        size_t n;
    } rows[] = {
        {7, 7, 0, 1}, {7, -1, 0, 1},              /* one of the forms names no process */
        {7, 8, 0, 2},                             /* a new process tells it once more */
        {7, 7, 2 * PMT_SECOND, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_tally *t = pmt_tally_new(NULL, NULL);
        state_add(t, "lb-1", rows[i].pid_a, NOON, PMT_LB_DOWN, "s1", "is DOWN.");
        state_add(t, "lb-1", rows[i].pid_b, NOON + rows[i].later, PMT_LB_DOWN, "s1", "is DOWN!");
        struct pmt_scanned s = scanned_of(t, NULL);
        struct pmt_facts f = build(&s, 1);
        assert_int_equal(f.n, rows[i].n);
        assert_int_equal(f.items[0].nplaces, rows[i].n == 1 ? 2 : 1);
        assert_int_equal(f.items[0].count, 1);
        fini(&f, &s, 1);
    }
}

/* Out, in, out again in one second is three facts, whatever is told twice. */
static void test_flap_in_a_second(void **state)
{
    (void)state;
    for (int twice = 0; twice < 2; twice++)
        for (size_t sources = 1; sources <= 2; sources++) {
            struct pmt_scanned s[2];
            for (size_t i = 0; i < sources; i++) {
                struct pmt_tally *t = pmt_tally_new(NULL, NULL);
                static const int lbs[] = {PMT_LB_MAINT, PMT_LB_UP, PMT_LB_MAINT};
                for (int k = 0; k < 3; k++)
                    for (int again = 0; again <= twice; again++)
                        state_add(t, "lb-1", 7, NOON, lbs[k], "s1", again ? "alert" : "line");
                s[i] = scanned_of(t, NULL);
            }
            struct pmt_facts f = build(s, sources);
            assert_int_equal(f.n, 3);
            assert_int_equal(f.items[0].mark->lb, PMT_LB_MAINT);
            assert_int_equal(f.items[1].mark->lb, PMT_LB_UP);
            assert_int_equal(f.items[2].mark->lb, PMT_LB_MAINT);
            fini(&f, s, sources);
        }
}

/* Thousands of lines with one text in one second are no reason to take long. */
static void test_crowd(void **state)
{
    (void)state;
    struct pmt_scanned s[2];
    for (int i = 0; i < 2; i++) {
        struct pmt_tally *t = pmt_tally_new(NULL, NULL);
        for (int k = 0; k < PMT_MARKS_MAX / 2; k++)
            say(t, "web-1", NOON, "Out of memory");
        s[i] = scanned_of(t, NULL);
    }
    struct pmt_facts f = build(s, 2);
    assert_in_range(f.n, PMT_MARKS_MAX / 2, PMT_MARKS_MAX);
    fini(&f, s, 2);
}

static void test_nothing(void **state)
{
    (void)state;
    struct pmt_scanned s = {0};
    struct pmt_facts f = build(&s, 1);
    assert_int_equal(f.n, 0);
    pmt_facts_fini(&f);
    f = build(NULL, 0);
    assert_int_equal(f.n, 0);
    pmt_facts_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies),          cmocka_unit_test(test_not_copies),
        cmocka_unit_test(test_more_places_than_kept), cmocka_unit_test(test_order_and_times),
        cmocka_unit_test(test_unknown_year),    cmocka_unit_test(test_counts),
        cmocka_unit_test(test_stdout_twice),    cmocka_unit_test(test_flap_in_a_second),
        cmocka_unit_test(test_crowd),           cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
