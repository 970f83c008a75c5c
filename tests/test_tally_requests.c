#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

/* 2022-02-26 12:00:00 */
#define NOON (INT64_C(1645876800) * PMT_SECOND)

static void request(struct made *m, int64_t wall, int layer)
{
    made_clear(m);
    m->rec.kind = PMT_HTTP_REQUEST;
    m->rec.layer = (uint8_t)layer;
    m->rec.own = stamp_of(wall, PMT_STAMP_ZONED, 0, 0);
    m->rec.status = 200;
}

static struct pmt_segment *segment_of(struct pmt_tally *t)
{
    return &t->clocks[0].segments[0];
}

static uint64_t requests_in(struct pmt_series *s)
{
    struct pmt_series_iter it = pmt_series_iter(s);
    struct pmt_counts c;
    int64_t sec;
    uint64_t n = 0;
    while (pmt_series_next(&it, &sec, &c))
        n += c.c[PMT_ALL];
    return n;
}

/* Whole, and cut in parts joined in any association: the same. */
static void assert_partition(const struct made *m, size_t n)
{
    struct pmt_buf want = {0};
    struct pmt_tally *whole = tally_part(m, 0, n, NULL, NULL);
    dump_tally(&want, whole);
    pmt_tally_free(whole);
    for (int round = 0; round < 6; round++) {
        struct pmt_buf got = {0};
        size_t i = rng_below(n), k = i + rng_below(n - i);
        struct pmt_tally *a = tally_part(m, 0, i, NULL, NULL);
        struct pmt_tally *b = tally_part(m, i, k, NULL, NULL);
        struct pmt_tally *c = tally_part(m, k, n, NULL, NULL);
        if (round % 2) {
            pmt_tally_append(b, c);
            pmt_tally_append(a, b);
        } else {
            pmt_tally_append(a, b);
            pmt_tally_append(a, c);
        }
        tally_finish(a);
        dump_tally(&got, a);
        assert_same_dump(&want, &got);
        pmt_buf_fini(&got);
        pmt_tally_free(a);
    }
    pmt_buf_fini(&want);
}

/* ---- what a request is -------------------------------------------------------------------- */

static void test_bad_and_gave_up(void **state)
{
    (void)state;
    static const struct {
        int64_t status;
        const char *termination, *server;
        bool bad, gave_up;
    } rows[] = {
        {200, NULL, NULL, false, false},
        {404, NULL, NULL, false, false},
        {499, NULL, NULL, false, true},
        {500, NULL, NULL, true, false},
        {503, "SC--", "<NOSRV>", true, false},
        {503, "CC--", "s1", false, true}, /* what was logged then reached nobody */
        {504, "sH--", "s1", true, false},
        {599, NULL, NULL, true, false},
        {600, NULL, NULL, false, false},
        {200, "CD--", "s1", false, false},
        {-1, "CR--", "<NOSRV>", false, true},
        {-1, "cR--", "<NOSRV>", false, true},
        {-1, "SC--", "<NOSRV>", true, false},
        {-1, "PR--", "<NOSRV>", false, false},
        {-1, "--", "s1", false, false}, /* a TCP session that went well */
        {-1, NULL, NULL, false, false},
        {400, "PR--", "<NOSRV>", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_record r;
        pmt_record_clear(&r);
        r.status = rows[i].status;
        r.termination = pmt_str(rows[i].termination);
        r.server = pmt_str(rows[i].server);
        assert_int_equal(pmt_request_bad(&r), rows[i].bad);
        assert_int_equal(pmt_request_gave_up(&r), rows[i].gave_up);
    }
}

/* nginx writes at the end of a request, HAProxy's stamp is its start. */
static void test_start(void **state)
{
    (void)state;
    static const struct {
        int64_t wall, duration;
        int decimals;
        bool start_known;
        int64_t sec;
    } rows[] = {
        {NOON, -1, 0, false, 0},
        {NOON, 0, 0, false, 0},
        {NOON, 5 * PMT_SECOND, 0, false, -5}, /* between 11:59:55.000 and .999 */
        {NOON, 200000, 0, false, 0},          /* may have begun in the same second */
        {NOON, 1200000, 0, false, -1},
        {NOON + 100000, 200000, 3, false, -1},
        {NOON, 5 * PMT_SECOND, 3, true, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct made m;
        request(&m, rows[i].wall, PMT_LAYER_NGINX);
        m.rec.own.decimals = (uint8_t)rows[i].decimals;
        m.rec.duration_us = rows[i].duration;
        m.rec.start_known = rows[i].start_known;
        struct pmt_tally *t = tally_part(&m, 0, 1, NULL, NULL);
        struct pmt_series_iter it = pmt_series_iter(&segment_of(t)->services[0].flow.series);
        struct pmt_counts c;
        int64_t sec;
        assert_true(pmt_series_next(&it, &sec, &c));
        assert_int_equal(sec - NOON / PMT_SECOND, rows[i].sec);
        pmt_tally_free(t);
    }
}

/* Behind a balancer the client is who the balancer says. */
static void test_client(void **state)
{
    (void)state;
    static const struct {
        const char *peer, *forwarded, *client;
    } rows[] = {
        {"192.0.2.1", NULL, "192.0.2.1"},
        {"192.0.2.1", "198.51.100.7", "192.0.2.1"}, /* anybody may send this header */
        {"10.0.0.1", "198.51.100.7", "198.51.100.7"},
        {"10.0.0.1", " 198.51.100.7, 10.0.0.9", "198.51.100.7"},
        {"10.0.0.1", NULL, "10.0.0.1"},
        {"172.15.0.1", "198.51.100.7", "172.15.0.1"},
        {"172.16.0.1", "198.51.100.7", "198.51.100.7"},
        {"172.31.0.1", "198.51.100.7", "198.51.100.7"},
        {"172.32.0.1", "198.51.100.7", "172.32.0.1"},
        {"172.2.0.1", "198.51.100.7", "172.2.0.1"},
        {"172.", "198.51.100.7", "172."},
        {"192.168.3.4", "198.51.100.7", "198.51.100.7"},
        {"127.0.0.1", "198.51.100.7", "198.51.100.7"},
        {"::1", "2001:db8::5", "2001:db8::5"},
        {"unix:", "198.51.100.7", "198.51.100.7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct made m;
        request(&m, NOON, PMT_LAYER_NGINX);
        m.rec.client = pmt_str(rows[i].peer);
        m.rec.forwarded_for = pmt_str(rows[i].forwarded);
        struct pmt_tally *t = tally_part(&m, 0, 1, NULL, NULL);
        int64_t minute;
        size_t n;
        const uint64_t *v = pmt_votes_minute(&segment_of(t)->services[0].flow.ok, 0, &minute, &n);
        struct pmt_slice want = pmt_str(rows[i].client);
        assert_int_equal(n, 1);
        assert_int_equal(PMT_VOTE_HASH(v[0]), pmt_hash(want.p, want.n, 0) >> 12);
        pmt_tally_free(t);
    }
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void test_services_max(void **state)
{
    (void)state;
    enum { NAMES = 400, N = 3000 };
    static struct made m[N];
    rng_state = 11;
    for (size_t i = 0; i < N; i++) {
        request(&m[i], NOON + (int64_t)i * PMT_SECOND,
                rng_once_in(4) ? PMT_LAYER_HAPROXY : PMT_LAYER_NGINX);
        m[i].rec.client = word(&m[i], "192.0.2.%u", (unsigned)rng_below(100));
        /* Only the end of the stream knows them all. */
        unsigned name = (unsigned)rng_below(i < N / 2 ? NAMES / 3 : NAMES);
        m[i].rec.status = rng_once_in(5) ? 503 : 200;
        if (m[i].rec.layer == PMT_LAYER_NGINX) {
            m[i].rec.vhost = word(&m[i], "site-%u", name);
            m[i].rec.path = word(&m[i], "/p%u", (unsigned)rng_below(3));
            m[i].rec.agent_logged = rng_once_in(3);
        } else if (rng_once_in(2)) {
            m[i].rec.frontend = word(&m[i], "front-%u", name); /* a name is not needed */
        } else {
            m[i].rec.backend = word(&m[i], "back-%u", name);
        }
    }
    struct pmt_tally *t = tally_part(m, 0, N, NULL, NULL);
    struct pmt_segment *s = segment_of(t);
    size_t named = 0, rest[3] = {0};
    uint64_t requests = 0;
    for (size_t i = 0; i < s->nservices; i++) {
        struct pmt_service *v = &s->services[i];
        bool is_named = v->name.n || v->frontend.n || v->backend.n;
        named += is_named;
        rest[v->layer] += !is_named;
        requests += requests_in(&v->flow.series);
    }
    for (size_t i = 0; i < s->nchecks; i++)
        requests += requests_in(&s->checks[i].flow.series);
    assert_int_equal(named, PMT_SERVICES_MAX);
    assert_int_equal(rest[PMT_LAYER_NGINX], 1);
    assert_int_equal(rest[PMT_LAYER_HAPROXY], 1);
    assert_int_equal(requests, N);
    pmt_tally_free(t);
    assert_partition(m, N);
}

static void test_checks_max(void **state)
{
    (void)state;
    enum { PATHS = 150, N = 3000 };
    static struct made m[N];
    rng_state = 12;
    for (size_t i = 0; i < N; i++) {
        request(&m[i], NOON + (int64_t)i * PMT_SECOND, PMT_LAYER_NGINX);
        m[i].rec.client = PMT_SLICE("10.0.0.5");
        m[i].rec.vhost = word(&m[i], "site-%u", (unsigned)rng_below(3));
        m[i].rec.path = word(&m[i], "/p%u", (unsigned)rng_below(PATHS));
        m[i].rec.agent_logged = true;
        if (rng_once_in(5))
            m[i].rec.agent = PMT_SLICE("kube-probe/1.23");
        else if (rng_once_in(5))
            m[i].rec.agent = PMT_SLICE("Mozilla/5.0");
    }
    struct pmt_tally *t = tally_part(m, 0, N, NULL, NULL);
    struct pmt_segment *s = segment_of(t);
    size_t agents = 0;
    uint64_t requests = 0, candidates = 0;
    assert_int_equal(s->nchecks, PMT_CHECKS_MAX);
    for (size_t i = 0; i < s->nchecks; i++) {
        agents += s->checks[i].agent.n > 0;
        assert_int_equal(s->checks[i].count, requests_in(&s->checks[i].flow.series));
        requests += s->checks[i].count;
    }
    assert_int_equal(agents, 3); /* of each service; never pushed out */
    assert_int_equal(s->nservices, 3);
    for (size_t i = 0; i < s->nservices; i++)
        requests += requests_in(&s->services[i].flow.series);
    assert_int_equal(requests, N);
    for (size_t i = 0; i < s->ndigests; i++)
        candidates += s->digests[i].checks;
    requests = 0;
    for (size_t i = 0; i < N; i++)
        requests += !pmt_slice_is(m[i].rec.agent, "Mozilla/5.0");
    assert_int_equal(candidates, requests); /* kept or not */
    pmt_tally_free(t);
    assert_partition(m, N);
}

static void test_uses_max(void **state)
{
    (void)state;
    enum { SERVERS = 400, N = 3000 };
    static struct made m[N];
    rng_state = 13;
    for (size_t i = 0; i < N; i++) {
        request(&m[i], NOON + (int64_t)i * PMT_SECOND, PMT_LAYER_HAPROXY);
        m[i].rec.backend = PMT_SLICE("be");
        m[i].rec.server = rng_once_in(9) ? PMT_SLICE("<NOSRV>")
                                         : word(&m[i], "s%u", (unsigned)rng_below(SERVERS));
    }
    struct pmt_tally *t = tally_part(m, 0, N, NULL, NULL);
    struct pmt_segment *s = segment_of(t);
    assert_int_equal(s->nuses, PMT_USES_MAX);
    for (size_t i = 0; i < s->nuses; i++) {
        uint64_t want = 0;
        for (size_t k = 0; k < N; k++)
            want += pmt_slice_eq(m[k].rec.server, s->uses[i].server);
        assert_int_equal(requests_in(&s->uses[i].series), want); /* nobody else's */
    }
    pmt_tally_free(t);
    assert_partition(m, N);
}

/* A spell of use ends with a silence; which requests begin and end it is known by line. */
static void test_spells(void **state)
{
    (void)state;
    enum { N = 6 };
    static const int64_t secs[N] = {0, 119, 118, 239, 500, 380};
    static struct made m[N];
    for (size_t i = 0; i < N; i++) {
        request(&m[i], NOON + secs[i] * PMT_SECOND, PMT_LAYER_HAPROXY);
        m[i].rec.backend = PMT_SLICE("be");
        m[i].rec.server = PMT_SLICE("s1");
    }
    struct pmt_tally *t = tally_part(m, 0, N, NULL, NULL);
    const struct pmt_use *u = segment_of(t)->uses;
    assert_int_equal(u->layer, PMT_LAYER_HAPROXY);
    assert_int_equal(u->nspells, 4); /* 119 to 239 and 380 to 500 are two minutes of silence */
    assert_int_equal(u->spells[0].last, NOON + 119 * PMT_SECOND);
    assert_int_equal(u->spells[0].first_line, 1);
    assert_int_equal(u->spells[0].last_line, 2);
    assert_int_equal(u->spells[2].first_line, 6);
    assert_int_equal(u->spells[3].first_line, 5);
    pmt_tally_free(t);
    assert_partition(m, N);
    /* A request between two of them joins them. */
    request(&m[0], NOON + 180 * PMT_SECOND, PMT_LAYER_HAPROXY);
    m[0].rec.backend = PMT_SLICE("be");
    m[0].rec.server = PMT_SLICE("s1");
    t = tally_part(m, 0, N, NULL, NULL);
    u = segment_of(t)->uses;
    assert_int_equal(u->nspells, 3);
    assert_int_equal(u->spells[0].first_line, 3);
    assert_int_equal(u->spells[0].last_line, 4);
    pmt_tally_free(t);
    assert_partition(m, N);
}

/* A TCP session is no request, but it is some server's; "SC" had no connection. */
static void test_sessions(void **state)
{
    (void)state;
    enum { N = 3 };
    static const char *const ends[N] = {"--", "SC", "cD"};
    static struct made m[N];
    for (size_t i = 0; i < N; i++) {
        request(&m[i], NOON + (int64_t)i * PMT_SECOND, PMT_LAYER_HAPROXY);
        m[i].rec.kind = PMT_OTHER;
        m[i].rec.backend = PMT_SLICE("be");
        m[i].rec.server = PMT_SLICE("s1");
        m[i].rec.status = -1;
        m[i].rec.start_known = true;
        m[i].rec.duration_us = (int64_t)(N - i) * PMT_HOUR;
        m[i].rec.termination = pmt_str(ends[i]);
    }
    struct pmt_tally *t = tally_part(m, 0, N, NULL, NULL);
    struct pmt_segment *s = segment_of(t);
    assert_int_equal(s->nservices, 0);
    assert_int_equal(s->ndigests, 0);
    assert_int_equal(s->nuses, 1);
    assert_int_equal(s->uses[0].nspells, 1);
    assert_int_equal(s->uses[0].spells[0].last, NOON + 2 * PMT_SECOND);
    assert_int_equal(s->uses[0].spells[0].done, NOON + N * PMT_HOUR);
    struct pmt_series_iter it = pmt_series_iter(&s->uses[0].series);
    struct pmt_counts k;
    int64_t sec;
    for (size_t i = 0; i < N; i++) {
        assert_true(pmt_series_next(&it, &sec, &k));
        assert_int_equal(k.c[PMT_ALL], 1);
        assert_int_equal(k.c[PMT_BAD], i == 1);
    }
    pmt_tally_free(t);
    assert_partition(m, N);
}

static void test_spells_in_any_order(void **state)
{
    (void)state;
    enum { N = 500 };
    static struct made m[N], back[N];
    struct pmt_buf want = {0}, got = {0};
    rng_state = 5;
    for (size_t i = 0; i < N; i++) {
        /* No further back than one segment goes. */
        request(&m[i], NOON + (int64_t)(i + rng_below(9)) * 53 * PMT_SECOND, PMT_LAYER_HAPROXY);
        m[i].rec.backend = PMT_SLICE("be");
        m[i].rec.server = word(&m[i], "s%u", (unsigned)rng_below(3));
    }
    for (size_t i = 0; i < N; i++)
        back[i] = m[i % 2 ? i - 1 : i + 1 < N ? i + 1 : i];
    for (int k = 0; k < 2; k++) {
        struct pmt_tally *t = tally_part(k ? back : m, 0, N, NULL, NULL);
        struct pmt_segment *s = segment_of(t);
        for (size_t i = 0; i < s->nuses; i++)
            for (size_t j = 0; j < s->uses[i].nspells; j++)
                pmt_buf_printf(k ? &got : &want, "%zu %lld %lld\n", i,
                               (long long)s->uses[i].spells[j].first,
                               (long long)s->uses[i].spells[j].last);
        pmt_tally_free(t);
    }
    assert_same_dump(&want, &got);
    pmt_buf_fini(&want);
    pmt_buf_fini(&got);
    assert_partition(m, N);
}

/* Past the bound the widest silences stay, wherever the parts were cut. */
static void test_spells_max(void **state)
{
    (void)state;
    enum { N = PMT_SPELLS_MAX + 300 };
    struct made *m = pmt_alloc(N * sizeof *m);
    int64_t t = NOON;
    rng_state = 21;
    for (size_t i = 0; i < N; i++) {
        t += PMT_USE_GAP + (int64_t)rng_below(100000) * PMT_SECOND;
        request(&m[i], t, PMT_LAYER_HAPROXY);
        m[i].rec.backend = PMT_SLICE("be");
        m[i].rec.server = PMT_SLICE("s1");
    }
    struct pmt_tally *whole = tally_part(m, 0, N, NULL, NULL);
    const struct pmt_use *u = segment_of(whole)->uses;
    assert_int_equal(u->nspells, PMT_SPELLS_MAX);
    int64_t kept = INT64_MAX, closed = 0;
    for (size_t i = 1; i < u->nspells; i++)
        if (u->spells[i].first - u->spells[i - 1].last < kept)
            kept = u->spells[i].first - u->spells[i - 1].last;
    for (size_t i = 1, k = 0; i < N; i++) {
        int64_t gap = m[i].rec.own.wall - m[i - 1].rec.own.wall;
        if (m[i].rec.own.wall > u->spells[k].last)
            k++;
        else if (gap > closed)
            closed = gap;
    }
    assert_true(closed <= kept);
    pmt_tally_free(whole);
    assert_partition(m, N);
    free(m);
}

/* nginx names what it tried; the last one answered. */
static void test_uses_of_nginx(void **state)
{
    (void)state;
    static const struct {
        const char *upstream, *want;
    } rows[] = {
        {"10.0.0.8:80", "10.0.0.8:80"},
        {"10.0.0.8:80, 10.0.0.9:80", "10.0.0.9:80"},
        {"10.0.0.8:80, 10.0.0.9:80 : 10.0.1.1:8080", "10.0.1.1:8080"},
        {"10.0.0.8:80,10.0.0.9:80", "10.0.0.9:80"},
        {"[2001:db8::8]:80", "[2001:db8::8]:80"},
        {"unix:/run/app.sock", "unix:/run/app.sock"},
        {"shop_servers", NULL}, /* the group: nobody was chosen */
        {"10.0.0.8:80, shop_servers", NULL},
        {"10.0.0.8:80 :", NULL},
        {NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct made m;
        request(&m, NOON, PMT_LAYER_NGINX);
        m.rec.vhost = PMT_SLICE("shop.example");
        m.rec.upstream = pmt_str(rows[i].upstream);
        struct pmt_tally *t = tally_part(&m, 0, 1, NULL, NULL);
        struct pmt_segment *s = segment_of(t);
        if (s->nuses != (rows[i].want != NULL))
            fail_msg("%s: %zu uses", rows[i].upstream, s->nuses);
        if (rows[i].want) {
            assert_true(pmt_slice_is(s->uses[0].server, rows[i].want));
            assert_true(pmt_slice_is(s->uses[0].backend, "shop.example"));
            assert_int_equal(s->uses[0].layer, PMT_LAYER_NGINX);
        }
        pmt_tally_free(t);
    }
}

/* Where no host is logged, the pool that a proxy gave the request to is the site. */
static void test_site_is_the_host_or_the_pool(void **state)
{
    (void)state;
    static const struct {
        const char *vhost, *backend, *want;
    } rows[] = {{"shop.example", NULL, "shop.example"},
                {NULL, "default-shop-80", "default-shop-80"},
                {"shop.example", "default-shop-80", "shop.example"},
                {NULL, NULL, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct made m;
        request(&m, NOON, PMT_LAYER_NGINX);
        m.rec.vhost = pmt_str(rows[i].vhost);
        m.rec.backend = pmt_str(rows[i].backend);
        m.rec.upstream = PMT_SLICE("10.0.0.8:80");
        struct pmt_tally *t = tally_part(&m, 0, 1, NULL, NULL);
        struct pmt_segment *s = segment_of(t);
        assert_int_equal(s->nservices, 1);
        assert_int_equal(s->nuses, 1);
        assert_true(pmt_slice_eq(s->services[0].name, pmt_str(rows[i].want)));
        assert_true(pmt_slice_eq(s->uses[0].backend, pmt_str(rows[i].want)));
        pmt_tally_free(t);
    }
}

/* The digest of a minute does not ask in which order its lines stood. */
static void test_digests(void **state)
{
    (void)state;
    enum { N = 300 };
    static struct made m[N], back[N];
    for (size_t i = 0; i < N; i++) {
        request(&m[i], NOON + (int64_t)i * 7 * PMT_SECOND, PMT_LAYER_NGINX);
        snprintf(m[i].line, sizeof m[i].line, "line %zu", i);
        back[N - 1 - i] = m[i];
    }
    struct pmt_tally *a = tally_part(m, 0, N, NULL, NULL), *b = tally_part(back, 0, N, NULL, NULL);
    assert_int_equal(segment_of(a)->ndigests, N * 7 / 60);
    assert_int_equal(segment_of(b)->ndigests, N * 7 / 60);
    for (size_t i = 0; i < segment_of(a)->ndigests; i++) {
        assert_int_equal(segment_of(a)->digests[i].minute, segment_of(b)->digests[i].minute);
        assert_int_equal(segment_of(a)->digests[i].sum, segment_of(b)->digests[i].sum);
        assert_int_equal(segment_of(a)->digests[i].count, segment_of(b)->digests[i].count);
        assert_true(i == 0 || segment_of(a)->digests[i].minute ==
                                  segment_of(a)->digests[i - 1].minute + 1);
    }
    pmt_tally_free(a);
    pmt_tally_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_and_gave_up), cmocka_unit_test(test_start),
        cmocka_unit_test(test_client),          cmocka_unit_test(test_services_max),
        cmocka_unit_test(test_checks_max),      cmocka_unit_test(test_uses_max),
        cmocka_unit_test(test_spells),
        cmocka_unit_test(test_sessions),          cmocka_unit_test(test_spells_in_any_order),
        cmocka_unit_test(test_spells_max),      cmocka_unit_test(test_uses_of_nginx),
        cmocka_unit_test(test_site_is_the_host_or_the_pool),
        cmocka_unit_test(test_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
