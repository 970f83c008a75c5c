#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

struct request {
    int64_t t;
    bool bad, gave_up;
    uint64_t client;
    uint64_t line;
    int64_t latency;
};

static void add(struct pmt_flow *f, const struct request *r, uint64_t less)
{
    char text[32];
    snprintf(text, sizeof text, "line %llu", (unsigned long long)r->line);
    struct pmt_line line = {.text = pmt_str(text), .number = r->line - less};
    pmt_flow_add(f, &(struct pmt_hit){.t = r->t, .bad = r->bad, .gave_up = r->gave_up,
                                      .client = r->client, .latency = r->latency,
                                      .cause = {502, r->bad ? PMT_BY_CONNECT : PMT_BY_NOTHING}},
                 &line);
}

static struct pmt_buf dump(struct pmt_flow *f)
{
    struct pmt_buf b = {0};
    dump_flow(&b, f);
    return b;
}

static void make(struct request *r, size_t n, int64_t span, unsigned bad_once_in, bool in_order)
{
    for (size_t i = 0; i < n; i++) {
        int64_t t = in_order ? (int64_t)i * span / (int64_t)n : (int64_t)rng_below((uint64_t)span);
        r[i] = (struct request){.t = t * PMT_SECOND, .client = rng() | 1, .line = i + 1, 0};
        if (rng_once_in(2))
            r[i].t += (int64_t)rng_below(4) * 250000; /* many ties */
        r[i].bad = rng_once_in(bad_once_in);
        r[i].gave_up = !r[i].bad && rng_once_in(20);
        r[i].latency = rng_once_in(9) ? -1 : (int64_t)(rng() >> (30 + rng_below(30))) % PMT_HOUR;
    }
}

static void test_counts(void **state)
{
    (void)state;
    struct pmt_flow f = {0};
    struct request r[] = {{-1, false, false, 5 << 12, 1, -1},
                          {0, true, false, 6 << 12, 2, -1},
                          {PMT_SECOND - 1, true, false, 7 << 12, 3, -1},
                          {500, true, false, 7 << 12, 4, -1},
                          {PMT_SECOND, false, true, 0, 5, -1}};
    for (size_t i = 0; i < 5; i++)
        add(&f, &r[i], 0);
    pmt_flow_seal(&f);
    struct pmt_series_iter it = pmt_series_iter(&f.series);
    struct pmt_counts c;
    int64_t sec;
    assert_true(pmt_series_next(&it, &sec, &c));
    assert_int_equal(sec, -1);
    assert_int_equal(c.c[PMT_ALL], 1);
    assert_true(pmt_series_next(&it, &sec, &c));
    assert_int_equal(sec, 0);
    assert_int_equal(c.c[PMT_BAD], 3);
    assert_true(pmt_series_next(&it, &sec, &c));
    assert_int_equal(c.c[PMT_GAVE_UP], 1);
    assert_int_equal(pmt_votes_count(&f.ok), 1); /* a client that is not known has no vote */
    assert_int_equal(pmt_votes_count(&f.failed), 2);
    assert_int_equal(f.nbad, 1);
    assert_int_equal(f.bad[0].first_us, 0);
    assert_int_equal(f.bad[0].first_line, 2);
    assert_int_equal(f.bad[0].last_us, 999999);
    assert_int_equal(f.bad[0].last_line, 3);
    assert_memory_equal(f.bad[0].text->first, "line 2", f.bad[0].text->first_n);
    assert_memory_equal(f.bad[0].text->last, "line 3", f.bad[0].text->last_n);
    assert_int_equal(pmt_flow_search(&f, -5), 0);
    assert_int_equal(pmt_flow_search(&f, 0), 0);
    assert_int_equal(pmt_flow_search(&f, 1), 1);
    pmt_flow_fini(&f);
}

/* Of requests in the same microsecond the first line is the first and the last line the last. */
static void test_ties(void **state)
{
    (void)state;
    for (int cut = 0; cut <= 4; cut++) {
        struct pmt_flow a = {0}, b = {0};
        for (uint64_t line = 1; line <= 4; line++) {
            bool first = line <= (uint64_t)cut;
            add(first ? &a : &b, &(struct request){7 * PMT_SECOND, true, false, line, line, 0},
                first ? 0 : (uint64_t)cut);
        }
        pmt_flow_merge(&a, &b, NULL, NULL, -1, (uint64_t)cut);
        assert_int_equal(a.nbad, 1);
        assert_int_equal(a.bad[0].first_line, 1);
        assert_int_equal(a.bad[0].last_line, 4);
        assert_memory_equal(a.bad[0].text->first, "line 1", 6);
        assert_memory_equal(a.bad[0].text->last, "line 4", 6);
        pmt_flow_fini(&a);
        pmt_flow_fini(&b);
    }
}

static void test_partition(void **state)
{
    (void)state;
    enum { N = 2000 };
    static struct request r[N];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        rng_state = seed;
        struct pmt_flow whole = {0};
        make(r, N, 300, 3, seed % 2);
        for (size_t i = 0; i < N; i++)
            add(&whole, &r[i], 0);
        struct pmt_buf want = dump(&whole);
        for (int round = 0; round < 4; round++) {
            struct pmt_flow a = {0}, b = {0}, c = {0};
            size_t i = rng_below(N), k = i + rng_below(N - i);
            for (size_t q = 0; q < N; q++)
                add(q < i ? &a : q < k ? &b : &c, &r[q], q < i ? 0 : q < k ? i : k);
            pmt_flow_seal(&b);
            if (round % 2) {
                pmt_flow_merge(&b, &c, NULL, NULL, -1, k - i);
                pmt_flow_merge(&a, &b, NULL, NULL, -1, i);
            } else {
                pmt_flow_merge(&a, &b, NULL, NULL, -1, i);
                pmt_flow_merge(&a, &c, NULL, NULL, -1, k);
            }
            struct pmt_buf got = dump(&a);
            assert_same_dump(&want, &got);
            pmt_buf_fini(&got);
            pmt_flow_fini(&a);
            pmt_flow_fini(&b);
            pmt_flow_fini(&c);
        }
        pmt_buf_fini(&want);
        pmt_flow_fini(&whole);
    }
}

/* PMT_TEXTS_MAX: past it the same texts are left, however the lines were cut, and those at the ends
 * of the run are among them. */
static void test_texts_are_bounded(void **state)
{
    (void)state;
    enum { N = 9000 };
    static struct request r[N];
    static const unsigned once_in[] = {1, 2, 3};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        rng_state = seed;
        struct pmt_flow whole = {0};
        make(r, N, seed % 2 ? N : 10 * N, once_in[seed % 3], seed < 4);
        for (size_t i = 0; i < N; i++) {
            add(&whole, &r[i], 0);
            assert_in_range(whole.texts, 0, 2 * PMT_TEXTS_MAX + 1);
        }
        struct pmt_buf want = dump(&whole);
        assert_in_range(whole.texts, PMT_TEXTS_MAX / 8, PMT_TEXTS_MAX);
        assert_non_null(whole.bad[0].text);
        assert_non_null(whole.bad[whole.nbad - 1].text);
        size_t texts = 0;
        for (size_t i = 0; i < whole.nbad; i++)
            texts += whole.bad[i].text != NULL;
        assert_int_equal(texts, whole.texts);
        for (int round = 0; round < 3; round++) {
            struct pmt_flow a = {0}, b = {0};
            size_t i = rng_below(N);
            for (size_t q = 0; q < N; q++)
                add(q < i ? &a : &b, &r[q], q < i ? 0 : i);
            pmt_flow_seal(&a);
            pmt_flow_seal(&b);
            pmt_flow_merge(&a, &b, NULL, NULL, -1, i);
            struct pmt_buf got = dump(&a);
            assert_same_dump(&want, &got);
            pmt_buf_fini(&got);
            pmt_flow_fini(&a);
            pmt_flow_fini(&b);
        }
        pmt_buf_fini(&want);
        pmt_flow_fini(&whole);
    }
}

static void test_few_texts_stay(void **state)
{
    (void)state;
    struct pmt_flow f = {0};
    for (uint64_t i = 0; i < PMT_TEXTS_MAX / 2; i++)
        add(&f, &(struct request){(int64_t)i * PMT_SECOND, true, false, 1, i + 1, 0}, 0);
    pmt_flow_seal(&f);
    for (size_t i = 0; i < f.nbad; i++)
        assert_non_null(f.bad[i].text);
    pmt_flow_fini(&f);
}

/* Two sources: evidence in the one that saw the first, whoever is merged first. */
static void test_sources(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct pmt_flow f[2] = {{.nbad = 0}}, all = {0};
        add(&f[0], &(struct request){5 * PMT_SECOND + 300, true, false, 1, 11, 0}, 0);
        add(&f[0], &(struct request){6 * PMT_SECOND, true, false, 1, 12, 0}, 0);
        add(&f[1], &(struct request){5 * PMT_SECOND + 100, true, false, 1, 21, 0}, 0);
        add(&f[1], &(struct request){5 * PMT_SECOND + 200, true, false, 1, 22, 0}, 0);
        add(&f[1], &(struct request){6 * PMT_SECOND, true, false, 1, 23, 0}, 0);
        for (int k = 0; k < 2; k++) {
            int source = order ? 1 - k : k;
            pmt_flow_merge(&all, &f[source], NULL, NULL, source, 0);
        }
        assert_int_equal(all.nbad, 2);
        assert_int_equal(all.bad[0].source, 1);
        assert_int_equal(all.bad[0].first_us, 100);
        assert_int_equal(all.bad[0].first_line, 21);
        assert_int_equal(all.bad[0].last_us, 300);
        assert_int_equal(all.bad[0].last_line, 22);
        assert_memory_equal(all.bad[0].text->last, "line 22", 7);
        assert_int_equal(all.bad[1].source, 0);
        assert_int_equal(all.bad[1].first_line, 12);
        pmt_flow_fini(&f[0]);
        pmt_flow_fini(&f[1]);
        pmt_flow_fini(&all);
    }
}

static int64_t even_hour_later(const void *ctx, int64_t sec)
{
    (void)ctx;
    return sec % 2 ? PMT_DROP : sec + 3600;
}

static void test_map(void **state)
{
    (void)state;
    struct pmt_flow f = {0}, all = {0};
    for (uint64_t i = 0; i < 10; i++)
        add(&f, &(struct request){(int64_t)i * PMT_SECOND, true, false, 1, i + 1, 0}, 0);
    pmt_flow_merge(&all, &f, even_hour_later, NULL, 3, 0);
    assert_int_equal(all.nbad, 5);
    assert_int_equal(all.bad[4].sec, 3608);
    assert_int_equal(all.bad[4].first_line, 9);
    assert_int_equal(all.bad[4].source, 3);
    assert_int_equal(all.texts, 5);
    pmt_flow_fini(&f);
    pmt_flow_fini(&all);
}

static void test_copy(void **state)
{
    (void)state;
    static struct request r[500];
    struct pmt_flow f = {0}, all = {0};
    rng_state = 4;
    make(r, 500, 200, 2, true);
    for (size_t i = 0; i < 500; i++)
        add(&f, &r[i], 0);
    struct pmt_buf want = dump(&f);
    pmt_flow_copy(&all, &f);
    struct pmt_buf got = dump(&all), left = dump(&f);
    assert_same_dump(&want, &got);
    assert_same_dump(&want, &left);
    pmt_buf_fini(&want);
    pmt_buf_fini(&got);
    pmt_buf_fini(&left);
    pmt_flow_fini(&f);
    pmt_flow_fini(&all);
}

static void test_long_line(void **state)
{
    (void)state;
    struct pmt_flow f = {0};
    char text[1000];
    memset(text, 'x', sizeof text);
    struct pmt_line line = {.text = pmt_slice(text, sizeof text), .number = 1};
    pmt_flow_add(&f, &(struct pmt_hit){.bad = true, .client = 1}, &line);
    assert_int_equal(f.bad[0].text->first_n, PMT_EXCERPT_MAX);
    assert_int_equal(f.bad[0].text->last_n, PMT_EXCERPT_MAX);
    pmt_flow_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),         cmocka_unit_test(test_ties),
        cmocka_unit_test(test_partition),      cmocka_unit_test(test_texts_are_bounded),
        cmocka_unit_test(test_few_texts_stay), cmocka_unit_test(test_sources),
        cmocka_unit_test(test_map),            cmocka_unit_test(test_copy),
        cmocka_unit_test(test_long_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
