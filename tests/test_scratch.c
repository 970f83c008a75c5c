#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmt/scratch.h"

static void room_is_taken_in_turn_and_counted_in_the_record(void **state)
{
    (void)state;
    struct pmt_record rec;
    pmt_record_clear(&rec);
    char *a = pmt_scratch_take(&rec, 10), *b = pmt_scratch_take(&rec, 5);
    assert_non_null(a);
    assert_ptr_equal(b, a + 10);
    assert_int_equal(rec.scratch_used, 15);
    assert_true(pmt_scratch_holds(pmt_slice(a, 15)));
    assert_false(pmt_scratch_holds(PMT_SLICE("elsewhere")));
}

static void a_trial_that_is_given_up_gives_its_room_back(void **state)
{
    (void)state;
    struct pmt_record rec, trial;
    pmt_record_clear(&rec);
    char *kept = pmt_scratch_take(&rec, 3);
    trial = rec;
    char *lost = pmt_scratch_take(&trial, 100);
    assert_ptr_equal(pmt_scratch_take(&rec, 1), lost);
    assert_ptr_equal(kept + 3, lost);
}

static void there_is_an_end(void **state)
{
    (void)state;
    struct pmt_record rec;
    pmt_record_clear(&rec);
    assert_null(pmt_scratch_take(&rec, PMT_SCRATCH_MAX + 1));
    assert_null(pmt_scratch_take(&rec, SIZE_MAX));
    assert_int_equal(rec.scratch_used, 0);
    char *all = pmt_scratch_take(&rec, PMT_SCRATCH_MAX);
    assert_non_null(all);
    assert_null(pmt_scratch_take(&rec, 1));
    assert_true(pmt_scratch_holds(pmt_slice(all, PMT_SCRATCH_MAX)));
    assert_false(pmt_scratch_holds(pmt_slice(all, PMT_SCRATCH_MAX + 1)));
    pmt_record_clear(&rec);
    assert_ptr_equal(pmt_scratch_take(&rec, 1), all);
}

static void json_escapes_go(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"a\\\"b\\\\c\\/d\\n", "a\"b\\c/d\n"},
        {"\\u0026\\u00e9\\ud83d\\ude00", "&\xC3\xA9\xF0\x9F\x98\x80"},
        {"\\ud83d", "\xEF\xBF\xBD"},
        {"\\x22\\u0000\\u12", "\\x22\\u0000\\u12"},
        {"end\\", "end\\"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_record rec;
        pmt_record_clear(&rec);
        struct pmt_slice s = pmt_json_text(pmt_str(cases[i][0]), &rec);
        if (!pmt_slice_is(s, cases[i][1]))
            fail_msg("%s: %.*s", cases[i][0], PMT_FMT(s));
        assert_int_equal(pmt_scratch_holds(s), strchr(cases[i][0], '\\') != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_taken_in_turn_and_counted_in_the_record),
        cmocka_unit_test(a_trial_that_is_given_up_gives_its_room_back),
        cmocka_unit_test(there_is_an_end),
        cmocka_unit_test(json_escapes_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
