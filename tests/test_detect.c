#include "pmt/detect.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

/* Tables of stories leave out what is as usual. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { H = 3600, PHASES = 3 };
#define MIDNIGHT INT64_C(1645833600) /* 2022-02-26 */

/* Trouble from one second up to another, in which a share of the requests fails. */
struct phase {
    int64_t from, to;
    double rate;
};

/* What happened, told from the side of the traffic. */
struct story {
    const char *name;
    int64_t span;               /* seconds */
    double per_second;          /* requests */
    uint64_t clients;
    double background;          /* share that fails anyhow */
    struct phase phases[PHASES];
    struct phase noisy;         /* one client more, failing so many times a second (`rate`) */
    bool by_day;                /* traffic follows the hour */
    /* what is to be found */
    size_t bursts;
    int64_t slack;              /* seconds by which the ends may be off (0: to the second) */
    bool ongoing, began_before; /* of the last, of the first */
    bool one_client;
    int joined;                 /* so many phases are one burst */
};

static const struct story stories[] = {
    {"total outage of ten minutes", 6 * H, 20, 500, 0.0005, {{3 * H, 3 * H + 600, 1}}, .bursts = 1},
    {"total outage in a short log", 1800, 2, 60, 0, {{900, 1200, 1}}, .bursts = 1},
    {"total outage in a tiny log", 300, 5, 50, 0, {{120, 180, 1}}, .bursts = 1},
    {"brownout of 5 %", 12 * H, 20, 2000, 0.0005, {{5 * H, 6 * H, 0.05}}, .bursts = 1, .slack = 20},
    {"brownout of 1.2 % over hours", 24 * H, 20, 3000, 0.0005, {{10 * H, 15 * H, 0.012}},
     .bursts = 1, .slack = 60},
    {"brownout of 1.2 % beside a permanent bug", 24 * H, 20, 3000, 0.003,
     {{10 * H, 15 * H, 0.012}}, .bursts = 1, .slack = 180},
    {"two outages ten minutes apart", 6 * H, 10, 300, 0.0005,
     {{2 * H, 2 * H + 300, 0.9}, {2 * H + 900, 2 * H + 1200, 0.9}}, .bursts = 2},
    {"the same at one request a second", 24 * H, 1, 200, 0.0005,
     {{10 * H, 10 * H + 300, 0.9}, {10 * H + 900, 10 * H + 1200, 0.9}}, .bursts = 2, .slack = 2},
    {"two outages a minute apart are one", 6 * H, 10, 300, 0.0005,
     {{2 * H, 2 * H + 300, 0.9}, {2 * H + 360, 2 * H + 600, 0.9}}, .bursts = 1, .joined = 2},
    {"one request a minute, an hour", 48 * H, 1.0 / 60, 40, 0, {{20 * H, 21 * H, 1}}, .bursts = 1},
    {"one request a minute, twenty minutes", 48 * H, 1.0 / 60, 40, 0,
     {{20 * H, 20 * H + 1200, 1}}, .bursts = 1},
    {"30 seconds at a thousand a second", 900, 1000, 20000, 0.0005, {{450, 480, 1}}, .bursts = 1},
    {"began before the log", 6 * H, 20, 500, 0.0005, {{0, 1800, 0.8}}, .bursts = 1,
     .began_before = true},
    {"goes on at its end", 6 * H, 20, 500, 0.0005, {{5 * H, 6 * H, 0.8}}, .bursts = 1,
     .ongoing = true},
    {"all of the log", 2 * H, 20, 500, 0.0005, {{0, 2 * H, 1}}, .bursts = 1, .ongoing = true,
     .began_before = true},
    {"34 hours of 92", 92 * H, 3, 400, 0.001, {{40 * H, 74 * H, 0.3}}, .bursts = 1, .slack = 10},
    {"34 hours of 92, faint", 92 * H, 3, 400, 0.001, {{40 * H, 74 * H, 0.03}}, .bursts = 1,
     .slack = 120},
    {"34 hours of 48, first and last faint", 48 * H, 5, 400, 0.0005,
     {{8 * H, 20 * H, 0.03}, {20 * H, 20 * H + 1620, 0.995}, {20 * H + 1620, 42 * H, 0.03}},
     .bursts = 1, .joined = 3, .slack = 120},
    {"blip of a deployment", 6 * H, 50, 2000, 0.0005, {{3 * H, 3 * H + 3, 1}}, .bursts = 1},
    {"outage by night", 72 * H, 10, 3000, 0.001, {{27 * H, 27 * H + 1200, 0.7}}, .by_day = true,
     .bursts = 1, .slack = 2},
    {"two outages beside a permanent bug", 12 * H, 10, 300, 0.003,
     {{2 * H, 2 * H + 300, 0.5}, {8 * H, 8 * H + 120, 1}}, .bursts = 2, .slack = 2},
    {"a fifth fails at few requests", 6 * H, 3.5, 200, 0.001, {{3 * H, 3 * H + 300, 0.2}},
     .bursts = 1, .slack = 20},
    /* several rates are one burst, from the first to the last of them */
    {"an outage with a low tail of hours", 24 * H, 5, 800, 0.0005,
     {{8 * H, 8 * H + 600, 1}, {8 * H + 600, 11 * H, 0.012}}, .bursts = 1, .joined = 2,
     .slack = 60},
    {"some fail for two hours before everything does", 24 * H, 5, 800, 0.0005,
     {{6 * H, 8 * H, 0.012}, {8 * H, 8 * H + 600, 1}}, .bursts = 1, .joined = 2, .slack = 60},
    {"stairs up", 24 * H, 5, 800, 0.0005,
     {{6 * H, 7 * H, 0.01}, {7 * H, 8 * H, 0.1}, {8 * H, 9 * H, 0.8}}, .bursts = 1, .joined = 3,
     .slack = 120},
    {"stairs down", 24 * H, 5, 800, 0.001,
     {{6 * H, 7 * H, 0.8}, {7 * H, 8 * H, 0.1}, {8 * H, 9 * H, 0.01}}, .bursts = 1, .joined = 3,
     .slack = 180},
    {"the first minute is hardly bad", 6 * H, 3, 300, 0.0005,
     {{3 * H, 3 * H + 60, 0.1}, {3 * H + 60, 3 * H + 600, 1}}, .bursts = 1, .joined = 2,
     .slack = 20},
    /* nothing to be found */
    {"nothing fails", 24 * H, 20, 2000, 0},
    {"background of 0.05 %", 24 * H, 20, 2000, 0.0005},
    {"permanent bug of 0.3 %", 24 * H, 20, 2000, 0.003},
    {"permanent bug of 2 %", 24 * H, 20, 2000, 0.02},
    {"by day and by night", 72 * H, 10, 2000, 0.003, .by_day = true},
    {"few clients with very many requests each, 0.3 %", 12 * H, 33, 20, 0.003},
    {"eight clients with very many requests each, 1 %", 12 * H, 40, 8, 0.01},
    {"a handful of failures", 6 * H, 1, 50, 0, {{3 * H, 3 * H + 2, 1}}},
    {"a noisy client", 24 * H, 10, 800, 0.0005, .noisy = {8 * H, 11 * H, 5}},
    /* clients */
    {"a noisy client of a quiet site", 24 * H, 0.2, 100, 0, .noisy = {8 * H, 11 * H, 5},
     .bursts = 1, .one_client = true, .slack = 2},
    {"an outage while a client makes noise", 24 * H, 2, 300, 0.0005,
     {{9 * H, 9 * H + 600, 0.9}}, .noisy = {8 * H, 11 * H, 5}, .bursts = 1, .slack = 3},
    {"an outage of a quiet site while a client makes noise", 24 * H, 0.4, 100, 0,
     {{9 * H, 9 * H + 1200, 1}}, .noisy = {8 * H, 11 * H, 5}, .bursts = 1, .slack = 60},
    {"everyone behind one address", 6 * H, 10, 1, 0.0005, {{3 * H, 3 * H + 600, 1}}, .bursts = 1},
    {"behind three", 6 * H, 10, 3, 0.0005, {{3 * H, 3 * H + 600, 1}}, .bursts = 1},
    {"behind two, brownout of 5 %", 6 * H, 10, 2, 0.0005, {{3 * H, 3 * H + 1800, 0.05}},
     .bursts = 1, .slack = 60},
    {"four that ask once a minute", 24 * H, 4.0 / 60, 4, 0, {{9 * H, 9 * H + 1800, 1}},
     .bursts = 1},
    {"twenty busy clients", 12 * H, 33, 20, 0.003, {{6 * H, 6 * H + 600, 0.5}}, .bursts = 1,
     .slack = 2},
    {NULL},
};

/* ---- traffic --------------------------------------------------------------------------------- */

static int64_t poisson(double mean)
{
    if (mean > 30) {
        double u = sqrt(-2 * log(rng_unit() + 1e-300)) * cos(6.283185307 * rng_unit());
        double v = mean + sqrt(mean) * u + 0.5;
        return v < 0 ? 0 : (int64_t)v;
    }
    double limit = exp(-mean), p = rng_unit();
    int64_t n = 0;
    for (; p > limit; n++)
        p *= rng_unit();
    return n;
}

/* First and last second in which a phase made a request fail. */
struct truth {
    int64_t first[PHASES], last[PHASES];
};

static bool fails(const struct story *s, int64_t t, struct truth *truth)
{
    bool bad = s->background > 0 && rng_unit() < s->background;
    for (int k = 0; k < PHASES; k++)
        if (t >= s->phases[k].from && t < s->phases[k].to && rng_unit() < s->phases[k].rate) {
            bad = true;
            truth->first[k] = truth->first[k] ? truth->first[k] : MIDNIGHT + t;
            truth->last[k] = MIDNIGHT + t;
        }
    return bad;
}

static void request(struct pmt_flow *f, int64_t t, uint64_t client, bool bad)
{
    static uint64_t number;
    struct pmt_line line = {.text = PMT_SLICE("line"), .number = ++number};
    struct pmt_hit hit = {.t = (MIDNIGHT + t) * PMT_SECOND, .bad = bad, .latency = -1,
                          .client = pmt_hash(&client, sizeof client, 0)};
    pmt_flow_add(f, &hit, &line);
}

static void play(const struct story *s, struct pmt_flow *f, struct truth *truth)
{
    for (int64_t t = 0; t < s->span; t++) {
        double hour = 6.283185307 * (double)(t % 86400) / 86400;
        double rate = s->per_second * (s->by_day ? 0.15 + 0.85 * (0.5 - 0.5 * cos(hour)) : 1);
        for (int64_t n = poisson(rate); n > 0; n--) {
            uint64_t client = rng_below(s->clients);
            request(f, t, client, fails(s, t, truth));
        }
        if (t >= s->noisy.from && t < s->noisy.to)
            for (int64_t n = poisson(s->noisy.rate); n > 0; n--)
                request(f, t, UINT64_MAX, true);
    }
}

/* ---- verdict --------------------------------------------------------------------------------- */

static void expect(const struct story *s, const struct truth *truth, const struct pmt_burst *b,
                   size_t i)
{
    size_t last = s->joined ? (size_t)s->joined - 1 : i;
    int64_t from = truth->first[i], to = truth->last[last];
    if (s->one_client) {
        from = MIDNIGHT + s->noisy.from;
        to = MIDNIGHT + s->noisy.to - 1;
    }
    bool good = llabs(b->start - from) <= s->slack && llabs(b->end - to) <= s->slack &&
                b->ongoing == (s->ongoing && i + 1 == s->bursts) &&
                b->began_before == (s->began_before && i == 0) && b->one_client == s->one_client;
    if (!good)
        fail_msg("%s: wanted %lld..%lld, got %lld..%lld%s%s%s", s->name,
                 (long long)(from - MIDNIGHT), (long long)(to - MIDNIGHT),
                 (long long)(b->start - MIDNIGHT), (long long)(b->end - MIDNIGHT),
                 b->ongoing ? " ongoing" : "", b->began_before ? " began before" : "",
                 b->one_client ? " one client" : "");
}

static void assert_story(const struct story *s, uint64_t seed)
{
    struct pmt_flow f = {.nbad = 0};
    struct truth truth = {{0}, {0}};
    struct pmt_burst *b;
    rng_state = seed;
    play(s, &f, &truth);
    size_t n = pmt_detect(&f, &b);
    if (n != s->bursts)
        fail_msg("%s, seed %llu: %zu bursts instead of %zu, the first %lld..%lld", s->name,
                 (unsigned long long)seed, n, s->bursts, n ? (long long)(b->start - MIDNIGHT) : 0,
                 n ? (long long)(b->end - MIDNIGHT) : 0);
    for (size_t i = 0; i < n; i++)
        expect(s, &truth, &b[i], i);
    free(b);
    pmt_flow_fini(&f);
}

static void test_stories(void **state)
{
    (void)state;
    for (const struct story *s = stories; s->name; s++)
        for (uint64_t seed = 1; seed <= 1 + (s->per_second * (double)s->span < 300000); seed++)
            assert_story(s, seed * 1000);
}

/* Each of many clients that make noise, one after another, and one of them twice. */
static void test_many_noisy(void **state)
{
    (void)state;
    enum { N = 7 };
    struct pmt_flow f = {.nbad = 0};
    struct pmt_burst *b;
    rng_state = 6;
    for (int64_t t = 0; t < 24 * H; t++) {
        if (rng_once_in(10))
            request(&f, t, rng_below(100), false);
        for (int64_t k = 0; k < N; k++)
            if (t >= (2 + 3 * k) * H && t < (3 + 3 * k) * H)
                request(&f, t, 1000 + (uint64_t)(k % 5), true);
    }
    size_t n = pmt_detect(&f, &b);
    assert_int_equal(n, N);
    for (int64_t k = 0; k < N; k++) {
        assert_true(b[k].one_client);
        assert_int_equal(b[k].start, MIDNIGHT + (2 + 3 * k) * H);
        assert_int_equal(b[k].end, MIDNIGHT + (3 + 3 * k) * H - 1);
    }
    free(b);
    pmt_flow_fini(&f);
}

/* Clients as a sample: the same is found, and one failure of a client in it is no outage. */
static void test_thinned(void **state)
{
    (void)state;
    static const struct story outage = {"outage, thinned", 6 * H, 20, 3000, 0.0005,
                                        {{3 * H, 3 * H + 600, 0.5}}};
    static const struct story fine = {"background, thinned", 6 * H, 20, 3000, 0.003};
    for (unsigned ok = 0; ok <= 5; ok += 1 + (ok == 1))
        for (unsigned failed = 0; failed <= 3; failed += 1 + (failed == 1)) {
            struct pmt_flow f = {.nbad = 0}, g = {.nbad = 0};
            struct truth truth = {{0}, {0}};
            struct pmt_burst *b;
            rng_state = 8;
            play(&outage, &f, &truth);
            play(&fine, &g, &truth);
            pmt_flow_seal(&f);
            pmt_flow_seal(&g);
            pmt_votes_thin(&f.ok, ok);
            pmt_votes_thin(&g.ok, ok);
            pmt_votes_thin(&f.failed, failed);
            pmt_votes_thin(&g.failed, failed);
            assert_int_equal(pmt_detect(&f, &b), 1);
            assert_in_range(b->start, truth.first[0] - 2, truth.first[0] + 2);
            assert_in_range(b->end, truth.last[0] - 2, truth.last[0] + 2);
            free(b);
            assert_int_equal(pmt_detect(&g, &b), 0);
            free(b);
            pmt_flow_fini(&f);
            pmt_flow_fini(&g);
        }
}

/* Requests that clients gave up are neither failures nor successes. */
static void test_gave_up(void **state)
{
    (void)state;
    struct pmt_flow f = {.nbad = 0};
    struct pmt_burst *b;
    for (int64_t t = 0; t < 2 * H; t++) {
        bool left = t >= H && t < H + 600;
        uint64_t client = (uint64_t)t % 100;
        struct pmt_line line = {.text = PMT_SLICE("line"), .number = (uint64_t)t + 1};
        struct pmt_hit hit = {.t = (MIDNIGHT + t) * PMT_SECOND, .gave_up = left, .latency = -1,
                              .client = pmt_hash(&client, sizeof client, 0)};
        pmt_flow_add(&f, &hit, &line);
    }
    assert_int_equal(pmt_detect(&f, &b), 0);
    free(b);
    pmt_flow_fini(&f);
}

/* One request every ten seconds; each from another client. */
static void one_in_ten(struct pmt_flow *f, int64_t from, int64_t to, int64_t bad_every)
{
    for (int64_t t = from; t < to; t += 10)
        request(f, t, (uint64_t)t * UINT64_C(0x9E3779B97F4A7C15),
                bad_every && (t - from) / 10 % bad_every == bad_every - 1);
}

/* Nine failures in the eighty minutes behind an outage, where two are usual, are chance; fifty are
 * its end. */
static void test_tail(void **state)
{
    enum { HOUR = 3600, DAY = 24 * HOUR, OUT = 2 * DAY, BACK = OUT + HOUR };
    (void)state;
    for (int64_t every = 10; every <= 50; every += 40) {
        struct pmt_flow f = {0};
        struct pmt_burst *b;
        one_in_ten(&f, 0, OUT, 300);
        one_in_ten(&f, OUT, BACK, 1);
        one_in_ten(&f, BACK, BACK + 80 * 60, every);
        one_in_ten(&f, BACK + 80 * 60, BACK + DAY, 300);
        assert_int_equal(pmt_detect(&f, &b), 1);
        assert_int_equal(b[0].start, MIDNIGHT + OUT);
        if (every == 50)
            assert_int_equal(b[0].end, MIDNIGHT + BACK - 10);
        else
            assert_in_range(b[0].end - MIDNIGHT - BACK, 79 * 60, 80 * 60);
        free(b);
        pmt_flow_fini(&f);
    }
}

/* An outage that ends within a second: the few failures of its last second are not chance. */
static void test_last_second(void **state)
{
    enum { RATE = 60, DOWN = 120, UP = DOWN + 60 };
    (void)state;
    for (int few = 3; few <= 5; few++) {
        struct pmt_flow f = {0};
        struct pmt_burst *b;
        for (int64_t t = 0; t < UP + 120; t++)
            for (int i = 0; i < RATE; i++)
                request(&f, t, (uint64_t)(t * RATE + i) % 3001,
                        t >= DOWN && (t < UP || (t == UP && i < few)));
        assert_int_equal(pmt_detect(&f, &b), 1);
        assert_int_equal(b[0].start, MIDNIGHT + DOWN);
        assert_int_equal(b[0].end, MIDNIGHT + UP);
        free(b);
        pmt_flow_fini(&f);
    }
}

static void test_empty(void **state)
{
    (void)state;
    struct pmt_flow f = {.nbad = 0};
    struct pmt_burst *b;
    assert_int_equal(pmt_detect(&f, &b), 0);
    free(b);
    request(&f, 0, 1, true); /* one line in all */
    assert_int_equal(pmt_detect(&f, &b), 0);
    free(b);
    pmt_flow_fini(&f);
}

/* Without any address (a format that has none) requests are all there is. */
static void test_no_clients(void **state)
{
    (void)state;
    struct pmt_flow f = {.nbad = 0};
    struct pmt_burst *b;
    for (int64_t t = 0; t < 6 * H; t++)
        for (uint64_t i = 0; i < 3; i++) {
            struct pmt_line line = {.text = PMT_SLICE("line"), .number = (uint64_t)t * 3 + i};
            struct pmt_hit hit = {.t = (MIDNIGHT + t) * PMT_SECOND,
                                  .bad = t >= 2 * H && t < 2 * H + 300, .latency = -1};
            pmt_flow_add(&f, &hit, &line);
        }
    assert_int_equal(pmt_detect(&f, &b), 1);
    assert_int_equal(b->start, MIDNIGHT + 2 * H);
    assert_int_equal(b->end, MIDNIGHT + 2 * H + 299);
    free(b);
    pmt_flow_fini(&f);
}

/* Stamps of other ages between the lines neither hide the outage nor make one. */
static void test_odd_stamps(void **state)
{
    (void)state;
    static const struct story outage = {"outage", 6 * H, 20, 500, 0.0005,
                                        {{3 * H, 3 * H + 600, 1}}};
    struct pmt_flow f = {.nbad = 0};
    struct truth truth = {{0}, {0}};
    struct pmt_burst *b;
    rng_state = 3;
    play(&outage, &f, &truth);
    request(&f, INT64_C(253402300799) - MIDNIGHT, 1, true);
    request(&f, INT64_C(-62135596800) - MIDNIGHT, 1, true);
    assert_int_equal(pmt_detect(&f, &b), 1);
    assert_int_equal(b->start, truth.first[0]);
    assert_int_equal(b->end, truth.last[0]);
    free(b);
    pmt_flow_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),    cmocka_unit_test(test_many_noisy),
        cmocka_unit_test(test_thinned),
        cmocka_unit_test(test_gave_up),    cmocka_unit_test(test_empty),
        cmocka_unit_test(test_tail),
        cmocka_unit_test(test_last_second),
        cmocka_unit_test(test_no_clients), cmocka_unit_test(test_odd_stamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
