/* test_calibrate_spans.c - offsets by the time they were in force: which evidence one clock can
 * have given, and where it turned. */
#include "calibrate_parts.h"
#include "scan_lines.h"

#include <stdlib.h>

struct row {
    int32_t offset;
    const char *min, *max;
    uint64_t n;
};

static struct pmt_spans spans_of(const struct row *rows, size_t n)
{
    struct pmt_spans s = {0};
    for (size_t i = 0; i < n; i++)
        pmt_spans_add(&s, &(struct pmt_offset_span){rows[i].offset, at(rows[i].min),
                                                    at(rows[i].max), rows[i].n});
    return s;
}
#define SPANS(rows) spans_of(rows, sizeof(rows) / sizeof *(rows))

static void one_offset_is_one_span(void **state)
{
    (void)state;
    const struct row rows[] = {{10800, "2022-02-02T00:00:00Z", "2022-02-03T00:00:00Z", 5},
                               {10800, "2022-01-02T00:00:00Z", "2022-01-03T00:00:00Z", 7}};
    struct pmt_spans s = SPANS(rows);
    assert_true(pmt_spans_settle(&s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.v[0].n, 12);
    assert_instant(s.v[0].min, "2022-01-02T00:00:00Z");
    assert_instant(s.v[0].max, "2022-02-03T00:00:00Z");
    free(s.v);
}

/* Winter, summer, winter: in their order, and not two spans laid over each other. */
static void summer_between_winters(void **state)
{
    (void)state;
    const struct row rows[] = {{3600, "2022-11-02T00:00:00Z", "2022-12-03T00:00:00Z", 5},
                               {3600, "2022-01-02T00:00:00Z", "2022-03-27T00:59:00Z", 7},
                               {7200, "2022-03-27T01:02:00Z", "2022-10-29T23:00:00Z", 9}};
    struct pmt_spans s = SPANS(rows);
    assert_true(pmt_spans_settle(&s));
    assert_int_equal(s.n, 3);
    assert_int_equal(s.v[1].offset, 7200);
    assert_instant(s.v[1].min, "2022-03-27T01:00:00Z"); /* the only turn that fits */
    assert_instant(s.v[0].max, "2022-03-27T00:59:59Z");
    assert_instant(s.v[1].max, "2022-10-29T23:00:00Z"); /* here many would fit */
    free(s.v);
}

static void turns_at_a_whole_local_hour(void **state)
{
    (void)state;
    static const struct {
        int32_t before, after;
        const char *last, *first, *want;
    } rows[] = {
        {3600, 7200, "2026-03-29T00:59:58Z", "2026-03-29T01:00:02Z", "2026-03-29T01:00:00Z"},
        {3600, 7200, "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z"},
        /* Lord Howe: 02:00 at +10:30, and 02:00 at +11:00 */
        {37800, 39600, "2026-10-03T15:10:00Z", "2026-10-03T15:50:00Z", "2026-10-03T15:30:00Z"},
        {39600, 37800, "2026-04-04T14:40:00Z", "2026-04-04T15:20:00Z", "2026-04-04T15:00:00Z"},
        /* Adelaide: 02:00 at +09:30 */
        {34200, 37800, "2026-10-03T15:50:00Z", "2026-10-03T16:45:00Z", "2026-10-03T16:30:00Z"},
        /* Chatham: 02:45 at +12:45, a whole hour of UTC */
        {45900, 49500, "2026-09-26T13:50:00Z", "2026-09-26T14:20:00Z", "2026-09-26T14:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row pair[] = {
            {rows[i].before, "2026-01-01T00:00:00Z", rows[i].last, 9},
            {rows[i].after, rows[i].first, "2026-12-01T00:00:00Z", 9}};
        struct pmt_spans s = SPANS(pair);
        assert_true(pmt_spans_settle(&s));
        assert_int_equal(s.n, 2);
        assert_instant(s.v[1].min, rows[i].want);
        assert_true(s.v[0].max == s.v[1].min - 1);
        free(s.v);
    }
}

static void two_machines_are_no_evidence(void **state)
{
    (void)state;
    static const struct row rows[][2] = {
        /* both at once */
        {{0, "2022-02-01T00:00:00Z", "2022-02-02T00:00:00Z", 5},
         {3600, "2022-02-01T12:00:00Z", "2022-02-03T00:00:00Z", 5}},
        /* no summer time is three hours */
        {{0, "2022-02-01T00:00:00Z", "2022-02-02T00:00:00Z", 5},
         {10800, "2022-02-03T00:00:00Z", "2022-02-04T00:00:00Z", 5}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_spans s = SPANS(rows[i]);
        assert_false(pmt_spans_settle(&s));
        free(s.v);
    }
    struct pmt_spans none = {0};
    assert_false(pmt_spans_settle(&none));
}

/* A line with another offset among many proves nothing; at the turn a late line is no overlap. */
static void few_lines_against_many(void **state)
{
    (void)state;
    const struct row forged[] = {{10800, "2022-02-01T00:00:00Z", "2022-02-20T00:00:00Z", 100},
                                 {0, "2022-02-05T00:00:00Z", "2022-02-06T00:00:00Z", 10}};
    struct pmt_spans s = SPANS(forged);
    assert_true(pmt_spans_settle(&s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.v[0].offset, 10800);
    free(s.v);
    const struct row more[] = {{10800, "2022-02-01T00:00:00Z", "2022-02-20T00:00:00Z", 100},
                               {0, "2022-02-05T00:00:00Z", "2022-02-06T00:00:00Z", 11}};
    s = SPANS(more);
    assert_false(pmt_spans_settle(&s));
    free(s.v);
    const struct row late[] = {{7200, "2026-10-24T00:00:00Z", "2026-10-25T01:00:01Z", 50},
                               {3600, "2026-10-25T01:00:00Z", "2026-10-26T00:00:00Z", 50}};
    s = SPANS(late);
    assert_true(pmt_spans_settle(&s));
    assert_int_equal(s.n, 2);
    free(s.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_offset_is_one_span),
        cmocka_unit_test(summer_between_winters),
        cmocka_unit_test(turns_at_a_whole_local_hour),
        cmocka_unit_test(two_machines_are_no_evidence),
        cmocka_unit_test(few_lines_against_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
