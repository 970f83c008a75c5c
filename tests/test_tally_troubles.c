#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

/* 2022-02-26 12:00:00 */
#define NOON (INT64_C(1645876800) * PMT_SECOND)

enum { LINES = 3000, SITES = 150 };

static void error_line(struct made *m, int64_t t, unsigned site, unsigned client)
{
    made_clear(m);
    m->rec.kind = PMT_NGINX_ERROR;
    m->rec.event = PMT_EV_UPSTREAM;
    m->rec.own = stamp_of(t, PMT_STAMP_WALL, 0, 0);
    m->rec.client = word(m, "198.51.100.%u", client);
    m->rec.vhost = word(m, "site-%u.example", site);
    m->rec.method = PMT_SLICE("GET");
    m->rec.path = PMT_SLICE("/cart");
    m->rec.message = PMT_SLICE("connect() failed (111: Connection refused)");
    snprintf(m->line, sizeof m->line, "line of site %u", site);
}

static void handshake(struct made *m, int64_t t, unsigned frontend, unsigned client)
{
    made_clear(m);
    m->rec.kind = PMT_OTHER;
    m->rec.layer = PMT_LAYER_HAPROXY;
    m->rec.own = stamp_of(t, PMT_STAMP_WALL, 3, 0);
    m->rec.client = word(m, "203.0.113.%u", client);
    m->rec.frontend = word(m, "www-%u", frontend);
    m->rec.message = PMT_SLICE("SSL handshake failure");
    snprintf(m->line, sizeof m->line, "handshake %u", frontend);
}

static struct pmt_troubles *troubles_in(struct pmt_tally *t)
{
    return t->nclocks ? t->clocks[0].segments[0].troubles : NULL;
}

static void dump_troubles(struct pmt_buf *b, struct pmt_tally *t)
{
    for (size_t c = 0; c < t->nclocks; c++)
        for (size_t i = 0; i < t->clocks[c].n; i++) {
            struct pmt_troubles *l = t->clocks[c].segments[i].troubles;
            for (size_t k = 0; l && k < l->n; k++) {
                pmt_buf_printf(b, "trouble sort %u", l->v[k].sort);
                dump_slice(b, "name", l->v[k].name);
                pmt_buf_puts(b, "\n");
                dump_flow(b, &l->v[k].flow);
            }
            for (size_t k = 0; l && k < l->ndigests; k++)
                pmt_buf_printf(b, "digest %lld %u %llx\n", (long long)l->digests[k].minute,
                               l->digests[k].count, (unsigned long long)l->digests[k].sum);
        }
}

/* More sites and frontends than are told apart, whole and cut in parts in any association. */
static void any_partition(void **state)
{
    (void)state;
    static struct made m[LINES];
    struct pmt_buf want = {0};
    rng_state = 41;
    for (int i = 0; i < LINES; i++) {
        int64_t t = NOON + i * PMT_SECOND / 2;
        if (rng_once_in(3))
            handshake(&m[i], t, (unsigned)rng_below(SITES), (unsigned)rng_below(200));
        else
            error_line(&m[i], t, (unsigned)rng_below(SITES), (unsigned)rng_below(200));
    }
    struct pmt_tally *whole = tally_part(m, 0, LINES, NULL, NULL);
    tally_finish(whole);
    dump_troubles(&want, whole);
    assert_int_equal(whole->nclocks, 2);
    for (size_t c = 0; c < 2; c++)
        assert_int_equal(whole->clocks[c].segments[0].troubles->n, PMT_TROUBLES_MAX + 1);
    pmt_tally_free(whole);
    for (int round = 0; round < 6; round++) {
        struct pmt_buf got = {0};
        size_t i = rng_below(LINES), k = i + rng_below(LINES - i);
        struct pmt_tally *a = tally_part(m, 0, i, NULL, NULL);
        struct pmt_tally *b = tally_part(m, i, k, NULL, NULL);
        struct pmt_tally *c = tally_part(m, k, LINES, NULL, NULL);
        if (round % 2) {
            pmt_tally_append(b, c);
            pmt_tally_append(a, b);
        } else {
            pmt_tally_append(a, b);
            pmt_tally_append(a, c);
        }
        tally_finish(a);
        dump_troubles(&got, a);
        assert_same_dump(&want, &got);
        pmt_buf_fini(&got);
        pmt_tally_free(a);
    }
    pmt_buf_fini(&want);
}

static void which_lines(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        uint8_t event;
        const char *path, *client, *upstream;
        int sort; /* -1: tells of no failure */
    } cases[] = {
        {"connect() failed", PMT_EV_UPSTREAM, "/", "192.0.2.1", "192.0.2.8:80",
         PMT_TROUBLE_UPSTREAM},
        {"no live upstreams while connecting to upstream", PMT_EV_NO_SERVER, "/", "192.0.2.1",
         "shop", PMT_TROUBLE_UPSTREAM},
        {"connect() failed", PMT_EV_UPSTREAM, "", "192.0.2.1", "192.0.2.8:6379", -1},
        {"connect() failed", PMT_EV_UPSTREAM, "/", "", "192.0.2.8:80", -1},
        {"open() failed", PMT_EV_INFO, "/", "192.0.2.1", "", -1},
        {"upstream server temporarily disabled", PMT_EV_SERVER_OUT, "/", "192.0.2.1", "a", -1},
        {"SSL_do_handshake() failed (SSL: error:1) while SSL handshaking", PMT_EV_INFO, "",
         "192.0.2.1", "", PMT_TROUBLE_CONNECTION},
        {"SSL_do_handshake() failed (SSL: error:1) while SSL handshaking to upstream",
         PMT_EV_UPSTREAM, "/", "192.0.2.1", "192.0.2.8:443", PMT_TROUBLE_UPSTREAM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made m;
        error_line(&m, NOON, 1, 1);
        m.rec.event = cases[i].event;
        m.rec.message = pmt_str(cases[i].message);
        m.rec.path = pmt_str(cases[i].path);
        m.rec.client = pmt_str(cases[i].client);
        m.rec.upstream = pmt_str(cases[i].upstream);
        struct pmt_tally *t = tally_part(&m, 0, 1, NULL, NULL);
        struct pmt_troubles *l = troubles_in(t);
        assert_int_equal(l ? l->v[0].sort : -1, cases[i].sort);
        pmt_tally_free(t);
    }
}

/* A request, a session and a state line of the balancer are none. */
static void which_lines_of_the_balancer(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct made m;
        handshake(&m, NOON, 1, 1);
        if (i == 1)
            m.rec.server = PMT_SLICE("web-01");
        if (i == 2)
            m.rec.message = PMT_SLICE("started.");
        if (i == 3)
            m.rec.kind = PMT_HTTP_REQUEST;
        struct pmt_tally *t = tally_part(&m, 0, 1, NULL, NULL);
        assert_int_equal(troubles_in(t) != NULL, i == 0);
        pmt_tally_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_partition),
        cmocka_unit_test(which_lines),
        cmocka_unit_test(which_lines_of_the_balancer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
