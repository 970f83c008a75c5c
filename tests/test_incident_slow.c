#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

#include "pmt/incident.h"

enum { H = 3600, CLIENTS = 400 };
static const int64_t MIDNIGHT = 19000 * 86400LL;

/* One service with a request per second for six hours; `of` says how each is answered. */
struct site {
    struct pmt_counted c;
    struct pmt_counted_service service;
    struct pmt_findings f;
};

struct answer {
    int64_t latency;
    bool bad, left;
    uint64_t client;
};

static void play(struct site *s, struct answer (*of)(int64_t t))
{
    struct pmt_facts facts = {0};
    struct pmt_window w = {PMT_NO_TIME, PMT_NO_TIME};
    memset(s, 0, sizeof *s);
    s->service = (struct pmt_counted_service){.name = PMT_SLICE("shop"), .layer = PMT_LAYER_NGINX};
    for (int64_t t = 0; t < 6 * H; t++) {
        struct answer a = of(t);
        struct pmt_line line = {.text = PMT_SLICE("line"), .number = (uint64_t)t + 1};
        struct pmt_hit hit = {.t = (MIDNIGHT + t) * PMT_SECOND, .bad = a.bad, .gave_up = a.left,
                              .latency = a.latency,
                              .client = pmt_hash(&a.client, sizeof a.client, 0)};
        pmt_flow_add(&s->service.flow, &hit, &line);
    }
    pmt_flow_seal(&s->service.flow);
    s->c = (struct pmt_counted){.services = &s->service, .n = 1, .total = &s->service.flow};
    pmt_findings_build(&s->f, &s->c, &facts, w, NULL);
}

static void done(struct site *s)
{
    pmt_findings_fini(&s->f);
    pmt_flow_fini(&s->service.flow);
}

static struct answer quick(int64_t t)
{
    return (struct answer){50000 + t % 7 * 1000, false, false, (uint64_t)(t * 37 % CLIENTS)};
}

static struct answer slow_hour(int64_t t)
{
    struct answer a = quick(t);
    if (t >= 3 * H && t < 4 * H && t % 4)
        a.latency = 3 * PMT_SECOND;
    return a;
}

static struct answer clients_leave(int64_t t)
{
    struct answer a = quick(t);
    a.latency = -1; /* no times */
    a.left = t % 701 == 0 || (t >= 3 * H && t < 3 * H + 1800 && t % 3 == 0);
    return a;
}

static struct answer always_slow(int64_t t)
{
    struct answer a = quick(t);
    if (t % 5 == 0)
        a.latency = 25 * PMT_SECOND;
    return a;
}

static struct answer one_client(int64_t t)
{
    struct answer a = quick(t);
    if (t >= 3 * H && t < 4 * H && t % 2) {
        a.client = CLIENTS;
        a.latency = 20 * PMT_SECOND;
    }
    return a;
}

static struct answer slow_then_down(int64_t t)
{
    struct answer a = quick(t);
    if (t >= 3 * H && t < 3 * H + 1200 && t % 3)
        a.latency = 6 * PMT_SECOND;
    a.bad = t >= 3 * H + 1200 && t < 4 * H;
    return a;
}

static struct answer mildly(int64_t t)
{
    struct answer a = quick(t);
    if (t >= 3 * H && t < 4 * H)
        a.latency = t % 50 ? 4 * a.latency : PMT_SECOND + 1;
    return a;
}

static void test_slow(void **state)
{
    (void)state;
    struct site s;
    play(&s, slow_hour);
    assert_int_equal(s.f.n, 1);
    const struct pmt_incident *p = &s.f.incidents[0];
    assert_int_equal(p->kind, PMT_INCIDENT_SLOW);
    assert_int_equal(p->start, (MIDNIGHT + 3 * H + 1) * PMT_SECOND);
    assert_int_equal(p->end, (MIDNIGHT + 4 * H - 1) * PMT_SECOND);
    assert_int_equal(p->severity, PMT_GRADE_HIGH);
    assert_int_equal(p->numbers.failed, 0);
    assert_int_equal(p->slow->slow, 2700);
    assert_int_equal(p->slow->step, PMT_SECOND);
    assert_int_equal(p->slow->bad_before, 0);
    assert_int_equal(p->slow->requests_before, H);
    assert_int_equal(p->nphases, 1);
    assert_int_equal(p->phases[0].kind, PMT_PHASE_SLOW);
    assert_int_equal(p->before.n, H - 60 * (p->start % (60 * PMT_SECOND) != 0));
    assert_true(p->before.p95 < 70000 && p->during.p50 > 2800000 && p->after.p99 < 70000);
    assert_ptr_equal(&s.f.incidents[s.f.main], p);
    done(&s);
}

static void test_left(void **state)
{
    (void)state;
    struct site s;
    play(&s, clients_leave);
    assert_int_equal(s.f.n, 1);
    const struct pmt_incident *p = &s.f.incidents[0];
    assert_int_equal(p->kind, PMT_INCIDENT_SLOW);
    assert_int_equal(p->start, (MIDNIGHT + 3 * H) * PMT_SECOND);
    assert_int_equal(p->end, (MIDNIGHT + 3 * H + 1797) * PMT_SECOND);
    assert_int_equal(p->slow->step, 0);
    assert_true(p->slow->left >= 600 && p->slow->left <= 603);
    assert_int_equal(p->during.n, 0);
    assert_int_equal(p->during.p50, -1);
    done(&s);
}

static void test_beside_errors(void **state)
{
    (void)state;
    struct site s;
    play(&s, slow_then_down);
    assert_int_equal(s.f.n, 1);
    const struct pmt_incident *p = &s.f.incidents[0];
    assert_int_equal(p->kind, PMT_INCIDENT_ERRORS);
    assert_int_equal(p->start, (MIDNIGHT + 3 * H + 1200) * PMT_SECOND);
    assert_non_null(p->slow);
    assert_int_equal(p->slow->from, (MIDNIGHT + 3 * H + 1) * PMT_SECOND);
    assert_int_equal(p->slow->slow, 800);
    assert_int_equal(p->slow->step, PMT_SECOND);
    done(&s);
}

static void test_nothing(void **state)
{
    (void)state;
    struct answer (*const of[])(int64_t) = {quick, always_slow, mildly};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct site s;
        play(&s, of[i]);
        if (s.f.n)
            fail_msg("story %zu: %zu incidents", i, s.f.n);
        done(&s);
    }
    struct site s;
    play(&s, one_client);
    for (size_t i = 0; i < s.f.n; i++)
        assert_int_equal(s.f.incidents[i].severity, PMT_GRADE_LOW);
    assert_int_equal(s.f.main, SIZE_MAX);
    done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slow), cmocka_unit_test(test_left),
                                       cmocka_unit_test(test_beside_errors),
                                       cmocka_unit_test(test_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
