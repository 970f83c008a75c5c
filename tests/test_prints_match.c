#include "pmt/prints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define DAY 86400
#define START (INT64_C(1700000000) * SECOND)

static uint64_t seed;

static uint64_t next(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return pmt_hash(&seed, sizeof seed, 0);
}

static int64_t below(int64_t n)
{
    return (int64_t)(next() % (uint64_t)n);
}

/* Two logs of the same requests, and what is wrong with the second one's clock. */
struct world {
    const char *name;
    int requests, seconds; /* spread evenly by chance over so many seconds */
    int paths;             /* asked again and again; 0: each one once */
    int64_t zone, skew;    /* seconds that b is ahead */
    int64_t turn;          /* seconds that it goes forward by half-way through, or ... */
    int turn_at;           /* percent */
    int64_t step;          /* seconds that it is set forward after a third */
    int drift;             /* seconds a day */
    int lost, foreign;     /* percent: only one of them has it */
    int servers;           /* b is one of so many, a balancer's */
    bool copied;           /* each line is there twice */
    int least, most;       /* percent of what both hold that must and may be matched */
};

static int64_t true_b(const struct world *w, int64_t a)
{
    int64_t since = a - START, span = (int64_t)w->seconds * SECOND;
    int64_t t = a + (w->zone + w->skew) * SECOND + since / DAY * w->drift;
    t += since >= span / 100 * (w->turn_at ? w->turn_at : 50) ? w->turn * SECOND : 0;
    return t + (since >= span / 3 ? w->step * SECOND : 0);
}

static uint64_t key(const struct world *w, int path)
{
    return w->paths ? pmt_hash(&path, sizeof path, 77) : next();
}

/* b writes whole seconds. How many requests both hold. */
static size_t make(const struct world *w, struct pmt_prints *a, struct pmt_prints *b)
{
    size_t both = 0;
    for (int i = 0; i < w->requests; i++) {
        int64_t t = START + below((int64_t)w->seconds * SECOND);
        uint64_t h = key(w, w->paths ? (int)below(w->paths) : 0);
        int64_t late = below(20) ? below(SECOND / 5) : below(3 * SECOND);
        bool in_a = below(100) >= w->lost, in_b = below(100) >= w->lost;
        in_b = in_b && (!w->servers || !below(w->servers));
        for (int k = 0; k <= w->copied; k++) {
            if (in_a)
                pmt_prints_add(a, h, t);
            if (in_b)
                pmt_prints_add(b, h, (true_b(w, t) + late) / SECOND * SECOND);
        }
        both += in_a && in_b;
    }
    for (int i = 0; i < w->requests * w->foreign / 100; i++) {
        uint64_t h = key(w, w->paths ? (int)below(w->paths) : 0);
        pmt_prints_add(below(2) ? a : b, h, START + below((int64_t)w->seconds * SECOND));
    }
    pmt_prints_seal(a);
    pmt_prints_seal(b);
    return both;
}

static size_t count_wrong(const struct world *w, const struct pmt_matches *m)
{
    size_t wrong = 0;
    for (size_t i = 0; i < m->n; i++) {
        int64_t off = m->v[i].b - true_b(w, m->v[i].a);
        wrong += off < -4 * SECOND || off > 4 * SECOND;
        assert_true(!i || m->v[i - 1].a <= m->v[i].a);
    }
    return wrong;
}

static int check(const struct world *w)
{
    struct pmt_prints a = {0}, b = {0};
    struct pmt_matches m;
    int failed = 0;
    size_t both = make(w, &a, &b);
    pmt_prints_match(&a, &b, &m);
    size_t wrong = count_wrong(w, &m);
    if (m.n * 100 < both * (size_t)w->least || m.n * 100 > both * (size_t)w->most ||
        wrong * 200 > m.n) {
        print_error("%s, zone %+d: %zu of %zu found, %zu of them wrong\n", w->name,
                    (int)w->zone, m.n, both, wrong);
        failed = 1;
    }
    pmt_matches_fini(&m);
    pmt_prints_fini(&a);
    pmt_prints_fini(&b);
    return failed;
}

static void test_worlds(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {.name = "plain", .requests = 1000, .seconds = DAY, .least = 99},
        {.name = "90 s", .requests = 1000, .seconds = DAY, .skew = 90, .least = 99},
        {.name = "450 s", .requests = 1000, .seconds = DAY, .skew = 450, .least = 99},
        {.name = "3600 s", .requests = 1000, .seconds = DAY, .skew = 3600, .least = 99},
        {.name = "losses", .requests = 1000, .seconds = DAY, .lost = 40, .foreign = 50,
         .skew = -41, .least = 99},
        {.name = "copies", .requests = 1000, .seconds = DAY, .skew = 7, .copied = true,
         .least = 99},
        {.name = "turn", .requests = 2000, .seconds = 3 * DAY, .turn = 3600, .least = 98},
        {.name = "turn back, losses", .requests = 2000, .seconds = 3 * DAY, .turn = -3600,
         .lost = 30, .foreign = 30, .least = 98},
        {.name = "turn by half an hour", .requests = 200, .seconds = DAY, .turn = 1800,
         .zone = 37800, .least = 95},
        {.name = "turn at the end", .requests = 2000, .seconds = DAY, .turn = -3600,
         .turn_at = 99, .least = 99},
        {.name = "turn at the end, dense", .requests = 3000, .seconds = 600, .turn = 3600,
         .turn_at = 97, .least = 99},
        {.name = "turn at the beginning", .requests = 2000, .seconds = DAY, .turn = 1800,
         .turn_at = 1, .least = 99},
        {.name = "turn of few", .requests = 20, .seconds = DAY, .turn = 3600, .least = 90},
        {.name = "step by 2 s", .requests = 2000, .seconds = DAY, .step = 2, .least = 98},
        {.name = "step by 7 s", .requests = 2000, .seconds = DAY, .step = 7, .least = 98},
        {.name = "step by 300 s", .requests = 2000, .seconds = DAY, .step = -300, .least = 98},
        {.name = "drift", .requests = 6000, .seconds = 5 * DAY, .drift = 20, .least = 98},
        {.name = "drift, seldom", .requests = 300, .seconds = 5 * DAY, .drift = 20, .least = 90},
        {.name = "drift, losses, paths", .requests = 6000, .seconds = 5 * DAY, .drift = -20,
         .paths = 3000, .lost = 20, .foreign = 20, .least = 90},
        {.name = "short and dense", .requests = 3000, .seconds = 600, .skew = 3, .least = 95},
        {.name = "short, few paths", .requests = 300, .seconds = 600, .paths = 60, .skew = 30,
         .least = 70},
        {.name = "four only", .requests = 4, .seconds = 3600, .skew = 12, .least = 100},
        {.name = "three only", .requests = 3, .seconds = 3600, .skew = 12, .most = 0},
        {.name = "half of it in the other", .requests = 2000, .seconds = DAY, .lost = 75,
         .paths = 900, .least = 80},
        {.name = "one of ten", .requests = 4000, .seconds = DAY, .servers = 10, .paths = 2000,
         .skew = 8, .least = 90},
        {.name = "one of ten, popular paths", .requests = 20000, .seconds = 3 * DAY,
         .servers = 10, .paths = 200, .skew = 8, .least = 60},
        {.name = "one of four, an hour", .requests = 3000, .seconds = 3600, .servers = 4,
         .paths = 300, .least = 10},
        {.name = "one of four, an hour, each once", .requests = 3000, .seconds = 3600,
         .servers = 4, .skew = -4, .least = 99},
        {.name = "two minutes", .requests = 200, .seconds = 120, .lost = 10, .least = 99},
        {.name = "half a minute", .requests = 30, .seconds = 30, .skew = 70, .least = 90},
        {.name = "one path", .requests = 60, .seconds = 3600, .paths = 1, .skew = 2, .least = 90},
        {.name = "one path, often", .requests = 600, .seconds = 3600, .paths = 1, .least = 8},
        {.name = "one path, very often", .requests = 1200, .seconds = 7200, .paths = 1,
         .skew = 1, .least = 4},
        {.name = "few paths for a week", .requests = 10000, .seconds = 7 * DAY, .paths = 30,
         .skew = 90, .least = 80},
        {.name = "few paths, turn", .requests = 6000, .seconds = 4 * DAY, .paths = 30,
         .turn = 3600, .least = 80},
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++)
        for (int quarters = -48; quarters <= 56; quarters += 26) {
            struct world w = worlds[i];
            seed = i * 1000 + (uint64_t)(quarters + 100);
            w.zone += quarters * 900;
            w.most = w.least ? 103 : 0;
            failed += check(&w);
        }
    assert_int_equal(failed, 0);
}

/* ---- logs of other requests -------------------------------------------------------------- */

/* Small numbers are much more likely, as popular paths are. */
static int popular(int n)
{
    int most = 1 + (int)below(n);
    return (int)below(1 + below(most));
}

enum pattern { PATHS, PAGES, POLLS, RETRIES, VISITS, PATTERNS };
static const char *const names[] = {"paths", "pages", "polls", "retries", "visits"};

static void add_some(struct pmt_prints *p, enum pattern pattern, int paths, int64_t t)
{
    int first = popular(paths) * 100, n = pattern == PATHS ? 1 : pattern == POLLS ? 40 : 12;
    for (int k = 0; k < n; k++) {
        int path = pattern == PATHS || pattern == POLLS || pattern == RETRIES ? first : first + k;
        pmt_prints_add(p, pmt_hash(&path, sizeof path, 5), t / SECOND * SECOND);
        t += pattern == PAGES ? SECOND / 10 : pattern == POLLS ? 7 * SECOND
             : pattern == RETRIES ? SECOND << (k < 6 ? k : 6) : SECOND + below(20 * SECOND);
    }
}

/* The same popular things are asked of two servers, each by its own users. */
static void test_other_requests(void **state)
{
    (void)state;
    static const struct {
        int seconds, times, paths;
    } logs[] = {
        {600, 20, 15}, {600, 200, 40}, {600, 200, 400}, {600, 3000, 60}, {600, 3000, 2000},
        {3600, 400, 3}, {3600, 400, 300}, {DAY, 400, 300}, {DAY, 3000, 50}, {4 * DAY, 3000, 2000},
    };
    int failed = 0, tried = 0;
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
        for (int k = 0; k < 2 * PATTERNS; k++, tried++) {
            struct pmt_prints p[2] = {{0}, {0}};
            struct pmt_matches m;
            enum pattern pattern = (enum pattern)(k % PATTERNS);
            int64_t apart = k / PATTERNS % 2 * 20000 * SECOND;
            seed = i * 100 + (uint64_t)k;
            for (int n = 0; n < 2; n++) {
                for (int j = 0; j < logs[i].times; j += pattern == PATHS ? 1 : 12)
                    add_some(&p[n], pattern, logs[i].paths,
                             START + n * apart + below(logs[i].seconds * SECOND));
                pmt_prints_seal(&p[n]);
            }
            pmt_prints_match(&p[0], &p[1], &m);
            if (m.n) {
                print_error("%s: %d in %d s of %d: %zu found\n", names[pattern], logs[i].times,
                            logs[i].seconds, logs[i].paths, m.n);
                failed++;
            }
            pmt_matches_fini(&m);
            pmt_prints_fini(&p[0]);
            pmt_prints_fini(&p[1]);
        }
    assert_int_equal(tried, 100);
    assert_int_equal(failed, 0);
}

/* A job that asks the same at the same time each day: yesterday's are not today's. */
static void test_what_comes_each_day(void **state)
{
    (void)state;
    struct pmt_prints a = {0}, b = {0};
    struct pmt_matches m;
    seed = 9;
    for (int day = 0; day < 6; day++) {
        for (uint64_t k = 1; k < 40; k++) {
            int64_t t = START + (day * DAY + (int64_t)k * 600) * SECOND;
            if (day < 4)
                pmt_prints_add(&a, pmt_hash(&k, sizeof k, 1), t);
            if (day > 1)
                pmt_prints_add(&b, pmt_hash(&k, sizeof k, 1), t + 3605 * SECOND);
        }
        for (int k = 0; k < 100; k++) {
            int64_t t = START + (day * DAY + below(DAY)) * SECOND;
            uint64_t h = next();
            if (day < 4)
                pmt_prints_add(&a, h, t);
            if (day > 1)
                pmt_prints_add(&b, h, t + 3605 * SECOND);
        }
    }
    pmt_prints_seal(&a);
    pmt_prints_seal(&b);
    pmt_prints_match(&a, &b, &m);
    assert_in_range(m.n, 270, 2 * 139);
    for (size_t i = 0; i < m.n; i++)
        assert_int_equal(m.v[i].b - m.v[i].a, 3605 * SECOND);
    pmt_matches_fini(&m);
    pmt_prints_fini(&a);
    pmt_prints_fini(&b);
}

/* ---- properties -------------------------------------------------------------------------- */

static int64_t shift(const void *ctx, int64_t t)
{
    return t + *(const int64_t *)ctx;
}

/* Whatever the zone of b's clock is taken for, the same requests match. */
static void test_any_quarter_gives_the_same(void **state)
{
    (void)state;
    for (int round = 0; round < 8; round++) {
        struct world w = {.requests = 300 + 400 * (round % 3), .seconds = DAY * (1 + round % 4),
                          .paths = round % 2 ? 2000 : 0, .lost = 10 * (round % 3), .foreign = 20,
                          .skew = 40 * (round % 5) - 80, .drift = round % 4 == 3 ? 15 : 0};
        struct pmt_prints a = {0}, b = {0};
        struct pmt_matches m, same;
        seed = 5000 + (uint64_t)round;
        make(&w, &a, &b);
        pmt_prints_match(&a, &b, &m);
        assert_true(m.n > 100);
        for (int k = 0; k < 4; k++) {
            struct pmt_prints moved = {0};
            int64_t by = (below(105) - 48) * 900 * SECOND;
            pmt_prints_move(&moved, &b, shift, &by);
            pmt_prints_seal(&moved);
            pmt_prints_match(&a, &moved, &same);
            assert_int_equal(m.n, same.n);
            for (size_t i = 0; i < m.n; i++) {
                assert_int_equal(m.v[i].a, same.v[i].a);
                assert_int_equal(m.v[i].b + by, same.v[i].b);
            }
            pmt_matches_fini(&same);
            pmt_prints_fini(&moved);
        }
        pmt_matches_fini(&m);
        pmt_prints_fini(&a);
        pmt_prints_fini(&b);
    }
}

static void test_nothing_at_all(void **state)
{
    (void)state;
    struct pmt_prints none = {0}, one = {0};
    struct pmt_matches m = {.n = 7};
    pmt_prints_match(&none, &none, &m);
    assert_int_equal(m.n, 0);
    pmt_prints_add(&one, 1, START);
    pmt_prints_seal(&one);
    pmt_prints_match(&none, &one, &m);
    assert_int_equal(m.n, 0);
    pmt_prints_match(&one, &none, &m);
    assert_int_equal(m.n, 0);
    pmt_prints_match(&one, &one, &m);
    assert_int_equal(m.n, 0);
    assert_int_equal(m.compared, 1);
    pmt_matches_fini(&m);
    pmt_prints_fini(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worlds),
        cmocka_unit_test(test_other_requests),
        cmocka_unit_test(test_what_comes_each_day),
        cmocka_unit_test(test_any_quarter_gives_the_same),
        cmocka_unit_test(test_nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
