/* test_causes.c - who gave the answer of a failed request, line by line; counting in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pmt/causes.h"
#include "tally_helpers.h"

static void assert_cause(const char *what, struct pmt_cause_key got, enum pmt_by by, int status)
{
    if (got.by != by || got.status != status)
        fail_msg("%s: %s %u, not %s %d", what, pmt_by_name((enum pmt_by)got.by), got.status,
                 pmt_by_name(by), status);
}

/* ---- HAProxy ----------------------------------------------------------------------------- */

static void the_state_tells_who_answered(void **state)
{
    (void)state;
    static const struct {
        const char *termination, *server;
        int status;
        enum pmt_by by;
    } rows[] = {
        {"----", "web-01", 500, PMT_BY_SERVER},
        {"--VN", "web-01", 503, PMT_BY_SERVER},
        {"----", "<NOSRV>", 503, PMT_BY_PROXY_RULE},
        {"SC--", "<NOSRV>", 503, PMT_BY_NO_SERVER},
        {"SC--", "", 503, PMT_BY_NO_SERVER},
        {"SC--", "web-01", 503, PMT_BY_CONNECT},
        {"sC--", "web-01", 503, PMT_BY_CONNECT_TIME},
        {"SH--", "web-01", 502, PMT_BY_SERVER_CLOSED},
        {"SHVN", "web-01", 502, PMT_BY_SERVER_CLOSED},
        {"sH--", "web-01", 504, PMT_BY_SERVER_TIME},
        {"SD--", "web-01", 500, PMT_BY_SERVER_DATA},
        {"SL--", "web-01", 500, PMT_BY_SERVER_DATA},
        {"sD--", "web-01", 500, PMT_BY_SERVER_STALLED},
        {"sQ--", "<NOSRV>", 503, PMT_BY_QUEUE},
        {"SQ--", "<NOSRV>", 503, PMT_BY_SERVER_SIDE},
        {"sR--", "web-01", 500, PMT_BY_SERVER_SIDE},
        {"PH--", "web-01", 502, PMT_BY_INVALID},
        {"PR--", "<NOSRV>", 500, PMT_BY_DENIED},
        {"PT--", "<NOSRV>", 500, PMT_BY_DENIED},
        {"PC--", "web-01", 503, PMT_BY_PROXY},
        {"PD--", "web-01", 500, PMT_BY_PROXY},
        {"LR--", "<NOSRV>", 503, PMT_BY_PROXY_RULE},
        {"RC--", "web-01", 503, PMT_BY_RESOURCE},
        {"IR--", "<NOSRV>", 500, PMT_BY_INTERNAL},
        {"DH--", "web-01", 503, PMT_BY_MARKED_DOWN},
        {"UD--", "web-03", 503, PMT_BY_MARKED_UP},
        {"KH--", "web-01", 503, PMT_BY_KILLED},
        {"XX--", "web-01", 503, PMT_BY_UNKNOWN},
        {"S", "web-01", 503, PMT_BY_UNKNOWN},
        {"", "web-01", 503, PMT_BY_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_record r;
        pmt_record_clear(&r);
        r.layer = PMT_LAYER_HAPROXY;
        r.termination = pmt_str(rows[i].termination);
        r.server = pmt_str(rows[i].server);
        r.status = rows[i].status;
        assert_cause(rows[i].termination, pmt_cause_of(&r, true, false), rows[i].by,
                     rows[i].status);
    }
}

static void without_a_status_it_is_none(void **state)
{
    (void)state;
    struct pmt_record r;
    pmt_record_clear(&r);
    r.layer = PMT_LAYER_HAPROXY;
    r.termination = pmt_str("SC--");
    r.server = pmt_str("<NOSRV>");
    assert_cause("-1", pmt_cause_of(&r, true, false), PMT_BY_NO_SERVER, 0);
    r.termination = pmt_str("CH--");
    assert_cause("client", pmt_cause_of(&r, false, true), PMT_BY_CLIENT_WAITING, 0);
}

static void what_a_client_waited_for(void **state)
{
    (void)state;
    static const struct {
        const char *termination;
        enum pmt_by by;
    } rows[] = {{"CH--", PMT_BY_CLIENT_WAITING}, {"CQ--", PMT_BY_CLIENT_QUEUED},
                {"CC--", PMT_BY_CLIENT_CONNECT}, {"CR--", PMT_BY_CLIENT_SENDING},
                {"cR--", PMT_BY_CLIENT_SENDING}, {"CD--", PMT_BY_CLIENT_OTHER},
                {"cD--", PMT_BY_CLIENT_OTHER},   {"", PMT_BY_CLIENT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_record r;
        pmt_record_clear(&r);
        r.termination = pmt_str(rows[i].termination);
        r.status = 499;
        assert_cause(rows[i].termination, pmt_cause_of(&r, false, true), rows[i].by, 0);
    }
}

/* ---- nginx ------------------------------------------------------------------------------- */

static void the_list_tells_who_answered(void **state)
{
    (void)state;
    static const struct {
        bool logged;
        const char *upstream, *statuses;
        int status;
        enum pmt_by by;
    } rows[] = {
        {false, "", "", 502, PMT_BY_UNKNOWN},
        {true, "", "", 500, PMT_BY_NGINX},
        {true, "", "", 502, PMT_BY_NGINX},
        {true, "10.0.0.8:80", "500", 500, PMT_BY_UPSTREAM},
        {true, "10.0.0.8:80", "503", 503, PMT_BY_UPSTREAM},
        {true, "10.0.0.8:80", "502", 502, PMT_BY_NO_ANSWER},
        {true, "10.0.0.8:80", "504", 504, PMT_BY_NO_ANSWER},
        {true, "10.0.0.8:80", "-", 502, PMT_BY_NO_ANSWER},
        {true, "10.0.0.8:80", "-", 500, PMT_BY_NGINX},
        {true, "10.0.0.8:80", "404", 503, PMT_BY_NGINX},
        {true, "10.0.0.8:80, 10.0.0.9:80", "502, 500", 500, PMT_BY_UPSTREAM},
        {true, "10.0.0.8:80, 10.0.0.9:80", "502, 504", 504, PMT_BY_NO_ANSWER},
        {true, "10.0.0.8:80, 10.0.0.9:80", "504, -", 504, PMT_BY_NO_ANSWER},
        {true, "10.0.0.8:80 : 10.0.0.9:80", "404 : 500", 500, PMT_BY_UPSTREAM},
        {true, "shop", "502", 502, PMT_BY_NO_LIVE},
        {true, "10.0.0.8:80, shop", "502, 502", 502, PMT_BY_NO_LIVE},
        {true, "unix:/run/app.sock", "502", 502, PMT_BY_NO_ANSWER},
        {true, "[::1]:8080", "", 502, PMT_BY_NO_ANSWER},
        {true, "10.0.0.8:80", "", 500, PMT_BY_UNKNOWN},
        {true, "", "503", 503, PMT_BY_UPSTREAM},
        {true, "", ", , ", 503, PMT_BY_NGINX},
        {true, "", " : : ", 503, PMT_BY_NGINX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_record r;
        char what[80];
        pmt_record_clear(&r);
        r.layer = PMT_LAYER_NGINX;
        r.upstream_logged = rows[i].logged;
        r.upstream = pmt_str(rows[i].upstream);
        r.upstream_status = pmt_str(rows[i].statuses);
        r.status = rows[i].status;
        snprintf(what, sizeof what, "%s / %s / %d", rows[i].upstream, rows[i].statuses,
                 rows[i].status);
        assert_cause(what, pmt_cause_of(&r, true, false), rows[i].by, rows[i].status);
    }
}

/* ---- retries ----------------------------------------------------------------------------- */

static void a_good_answer_after_another_try(void **state)
{
    (void)state;
    static const struct {
        const char *upstream, *statuses;
        int status;
        bool retried;
    } rows[] = {
        {"10.0.0.8:80", "200", 200, false},
        {"10.0.0.8:80, 10.0.0.9:80", "502, 200", 200, true},
        {"10.0.0.8:80, 10.0.0.9:80", "504, 404", 404, true},
        {"a:1, b:1, c:1", "200, 502, 200", 200, true},
        {"10.0.0.8:80, 10.0.0.9:80", "404, 200", 200, false}, /* no error of a server */
        {"10.0.0.8:80 : 10.0.0.9:80", "404 : 200", 200, false},
        {"10.0.0.8:80 : 10.0.0.9:80", "500 : 200", 200, true},
        {"10.0.0.8:80, 10.0.0.9:80", "200, 502", 200, false},
        {"10.0.0.8:80, 10.0.0.9:80", "", 200, true}, /* "," parts tries at one group */
        {"10.0.0.8:80 : 10.0.0.9:80", "", 200, false},
        {"", "", 200, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_record r;
        pmt_record_clear(&r);
        r.layer = PMT_LAYER_NGINX;
        r.upstream = pmt_str(rows[i].upstream);
        r.upstream_status = pmt_str(rows[i].statuses);
        r.upstream_logged = true;
        r.status = rows[i].status;
        assert_cause(rows[i].statuses, pmt_cause_of(&r, false, false),
                     rows[i].retried ? PMT_BY_UPSTREAM_RETRY : PMT_BY_NOTHING, 0);
    }
}

static void retries_of_the_balancer(void **state)
{
    (void)state;
    struct pmt_record r;
    pmt_record_clear(&r);
    r.layer = PMT_LAYER_HAPROXY;
    r.status = 200;
    r.server = pmt_str("web-01");
    assert_cause("unknown", pmt_cause_of(&r, false, false), PMT_BY_NOTHING, 0);
    r.retries = 0;
    assert_cause("none", pmt_cause_of(&r, false, false), PMT_BY_NOTHING, 0);
    r.retries = 2;
    assert_cause("two", pmt_cause_of(&r, false, false), PMT_BY_SERVER_RETRY, 0);
    r.retries = 0;
    r.redispatched = true;
    assert_cause("another server", pmt_cause_of(&r, false, false), PMT_BY_SERVER_RETRY, 0);
    r.status = 503;
    r.termination = pmt_str("SC--");
    assert_cause("in vain", pmt_cause_of(&r, true, false), PMT_BY_CONNECT, 503);
}

/* ---- counting ------------------------------------------------------------------------------ */

static struct pmt_buf dump(struct pmt_causes *c)
{
    struct pmt_buf b = {0};
    dump_causes(&b, c);
    return b;
}

/* More kinds than are told apart, in random order, whole and in parts. */
static void parts_are_the_whole(void **state)
{
    (void)state;
    enum { N = 4000, PARTS = 5 };
    for (int round = 0; round < 20; round++) {
        struct pmt_causes whole = {0}, parts[PARTS] = {{0}}, sum = {0};
        for (int i = 0; i < N; i++) {
            struct pmt_cause_key key = {(uint16_t)(500 + rng_below(12)),
                                        (uint8_t)(1 + rng_below(PMT_BY_VARIOUS - 1))};
            int64_t sec = (int64_t)rng_below(5000);
            pmt_causes_add(&whole, key, sec);
            pmt_causes_add(&parts[rng_below(PARTS)], key, sec);
        }
        for (int i = 0; i < PARTS; i++)
            pmt_causes_merge(&sum, &parts[(i + round) % PARTS], NULL, NULL);
        struct pmt_buf a = dump(&whole), b = dump(&sum);
        assert_string_equal(a.data, b.data);
        assert_true(whole.n <= PMT_CAUSES_MAX + 1);
        struct pmt_cause_counts counts;
        pmt_causes_between(&whole, 0, 5000, &counts);
        assert_true(counts.n <= PMT_CAUSES_MAX + 1);
        assert_true(counts.v[0].n >= counts.v[counts.n - 1].n);
        pmt_buf_fini(&a);
        pmt_buf_fini(&b);
        pmt_causes_fini(&whole);
        pmt_causes_fini(&sum);
        for (int i = 0; i < PARTS; i++)
            pmt_causes_fini(&parts[i]);
    }
}

static void counts_between_two_seconds(void **state)
{
    (void)state;
    struct pmt_causes c = {0};
    struct pmt_cause_counts k;
    const struct pmt_cause_key connect = {503, PMT_BY_CONNECT}, own = {500, PMT_BY_SERVER};
    pmt_causes_add(&c, own, 99);
    for (int i = 100; i <= 110; i++)
        pmt_causes_add(&c, connect, i);
    pmt_causes_add(&c, own, 105);
    pmt_causes_add(&c, (struct pmt_cause_key){0, PMT_BY_SERVER_RETRY}, 104);
    pmt_causes_add(&c, (struct pmt_cause_key){0, PMT_BY_CLIENT}, 104);
    pmt_causes_between(&c, 100, 109, &k);
    assert_int_equal(k.n, 2);
    assert_int_equal(k.failed, 11);
    assert_int_equal(k.retried, 1);
    assert_int_equal(k.gave_up, 1);
    assert_int_equal(k.nleft, 1);
    assert_cause("most", k.v[0].key, PMT_BY_CONNECT, 503);
    assert_int_equal(k.v[0].n, 10);
    assert_int_equal(k.v[1].n, 1);
    pmt_causes_between(&c, 200, 300, &k);
    assert_int_equal(k.n, 0);
    pmt_causes_fini(&c);
    pmt_causes_between(&c, 0, 300, &k);
    assert_int_equal(k.n, 0);
}

static int64_t next_hour(const void *ctx, int64_t sec)
{
    (void)ctx;
    return sec == 7 ? PMT_DROP : sec + 3600;
}

static void times_are_mapped(void **state)
{
    (void)state;
    struct pmt_causes a = {0}, b = {0};
    struct pmt_cause_counts k;
    for (int i = 5; i < 10; i++)
        pmt_causes_add(&a, (struct pmt_cause_key){502, PMT_BY_NO_ANSWER}, i);
    pmt_causes_merge(&b, &a, next_hour, NULL);
    pmt_causes_between(&b, 3605, 3609, &k);
    assert_int_equal(k.failed, 4);
    pmt_causes_between(&a, 5, 9, &k); /* left as it was */
    assert_int_equal(k.failed, 5);
    pmt_causes_fini(&a);
    pmt_causes_fini(&b);
}

static void all_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < PMT_BY_COUNT; i++) {
        assert_non_null(pmt_by_name((enum pmt_by)i));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(pmt_by_name((enum pmt_by)i), pmt_by_name((enum pmt_by)k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_tells_who_answered),
        cmocka_unit_test(without_a_status_it_is_none),
        cmocka_unit_test(what_a_client_waited_for),
        cmocka_unit_test(the_list_tells_who_answered),
        cmocka_unit_test(a_good_answer_after_another_try),
        cmocka_unit_test(retries_of_the_balancer),
        cmocka_unit_test(parts_are_the_whole),
        cmocka_unit_test(counts_between_two_seconds),
        cmocka_unit_test(times_are_mapped),
        cmocka_unit_test(all_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
