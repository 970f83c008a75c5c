#include "pmt/counted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

static void request(struct pmt_flow *f, int64_t sec, uint64_t client, bool bad, bool gave_up)
{
    struct pmt_line line = {.text = PMT_SLICE("line"), .number = 1};
    struct pmt_hit hit = {.t = sec * PMT_SECOND, .bad = bad, .gave_up = gave_up,
                          .client = pmt_hash(&client, sizeof client, 0)};
    pmt_flow_add(f, &hit, &line);
}

static void test_span(void **state)
{
    (void)state;
    struct pmt_flow f = {.nbad = 0};
    int64_t first = 1, last = 2;
    assert_false(pmt_flow_span(&f, &first, &last));
    assert_int_equal(first, 1);
    request(&f, 5000, 1, false, false);
    assert_true(pmt_flow_span(&f, &first, &last));
    assert_int_equal(first, 5000);
    assert_int_equal(last, 5000);
    request(&f, -70, 1, false, false);
    request(&f, 90000, 1, false, false);
    request(&f, 90010, 1, false, false);
    assert_true(pmt_flow_span(&f, &first, &last));
    assert_int_equal(first, -70);
    assert_int_equal(last, 90010);
    pmt_flow_fini(&f);
}

/* Both ends belong to it. */
static void test_requests_between(void **state)
{
    (void)state;
    struct pmt_flow f = {.nbad = 0};
    for (int64_t sec = -300; sec < 300; sec++) {
        request(&f, sec, 1, sec % 2 == 0, false);
        request(&f, sec, 2, false, sec % 3 == 0);
    }
    for (int64_t from = -310; from < 310; from += 31)
        for (int64_t to = from - 1; to < 310; to += 47) {
            struct pmt_numbers want = {0}, got = pmt_requests_between(&f, from, to);
            for (int64_t sec = from; sec <= to; sec++) {
                if (sec < -300 || sec >= 300)
                    continue;
                want.requests += 2;
                want.failed += sec % 2 == 0;
                want.gave_up += sec % 3 == 0;
            }
            assert_int_equal(got.requests, want.requests);
            assert_int_equal(got.failed, want.failed);
            assert_int_equal(got.gave_up, want.gave_up);
        }
    pmt_flow_fini(&f);
}

static void test_clients(void **state)
{
    (void)state;
    struct pmt_flow f = {.nbad = 0};
    request(&f, 100, 1, false, false);
    request(&f, 130, 2, true, false);
    request(&f, 200, 2, true, false); /* the same in another minute */
    request(&f, 210, 3, true, false);
    request(&f, 210, 1, true, false); /* served before, fails now */
    request(&f, 400, 4, false, false);
    request(&f, -10, 5, true, false);
    struct pmt_numbers k = pmt_numbers_between(&f, 0, 300);
    assert_int_equal(k.clients, 3);
    assert_int_equal(k.clients_affected, 3);
    assert_false(k.clients_estimated);
    k = pmt_numbers_between(&f, 100, 209);
    assert_int_equal(k.clients, 2);
    assert_int_equal(k.clients_affected, 1);
    k = pmt_numbers_between(&f, 300, 500);
    assert_int_equal(k.clients, 1);
    assert_int_equal(k.clients_affected, 0);
    k = pmt_numbers_between(&f, -20, -5);
    assert_int_equal(k.clients, 1);
    assert_int_equal(k.clients_affected, 1);
    k = pmt_numbers_between(&f, 1000, 2000);
    assert_int_equal(k.clients, 0);
    assert_int_equal(k.requests, 0);
    pmt_flow_fini(&f);
}

/* Half a minute within one minute, in which everything fails: who was served before and behind was
 * not there. When some are served in it, some of those are taken for these. */
static void test_within_a_minute(void **state)
{
    (void)state;
    for (int served = 0; served <= 200; served += 200) {
        struct pmt_flow f = {.nbad = 0};
        for (uint64_t i = 0; i < 400; i++) {
            request(&f, 6000 + (int64_t)(i % 10), i, false, false);
            request(&f, 6050 + (int64_t)(i % 10), i, false, false);
            if (i >= 100)
                request(&f, 6015 + (int64_t)(i % 30), i, true, false);
        }
        for (uint64_t i = 0; i < (uint64_t)served; i++)
            request(&f, 6015 + (int64_t)(i % 30), i * 2, false, false);
        struct pmt_numbers k = pmt_numbers_between(&f, 6015, 6044);
        assert_int_equal(k.clients_affected, 300);
        assert_in_range(k.clients, served ? 325 : 300, served ? 365 : 300); /* 350 it was */
        assert_int_equal(k.clients_estimated, served > 0);
        pmt_flow_fini(&f);
    }
}

/* A sample gives about the number of clients, says so, and never fewer than were affected. */
static void test_estimate(void **state)
{
    (void)state;
    enum { CLIENTS = 40000, AFFECTED = 10000 };
    for (unsigned ok = 0; ok <= 6; ok += 2)
        for (unsigned failed = 0; failed <= 4; failed += 2) {
            struct pmt_flow f = {.nbad = 0};
            for (uint64_t i = 0; i < CLIENTS; i++) {
                request(&f, (int64_t)(i % 600), i, false, false);
                if (i % (CLIENTS / AFFECTED) == 0)
                    request(&f, (int64_t)(i % 600), i, true, false);
            }
            pmt_flow_seal(&f);
            pmt_votes_thin(&f.ok, ok);
            pmt_votes_thin(&f.failed, failed);
            struct pmt_numbers k = pmt_numbers_between(&f, 0, 600);
            unsigned most = ok > failed ? ok : failed;
            assert_int_equal(k.clients_estimated, most > 0);
            /* Four sigma of a binomial sample. */
            uint64_t off = most ? 4 * 200 * (UINT64_C(1) << most / 2) : 0;
            assert_in_range(k.clients, CLIENTS - off, CLIENTS + off);
            off = failed ? 4 * 100 * (UINT64_C(1) << failed / 2) : 0;
            assert_in_range(k.clients_affected, AFFECTED - off, AFFECTED + off);
            assert_true(k.clients >= k.clients_affected);
            assert_int_equal(k.requests, CLIENTS + AFFECTED); /* these are never a sample */
            assert_int_equal(k.failed, AFFECTED);
            pmt_flow_fini(&f);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span),
        cmocka_unit_test(test_requests_between),
        cmocka_unit_test(test_clients),
        cmocka_unit_test(test_within_a_minute),
        cmocka_unit_test(test_estimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
