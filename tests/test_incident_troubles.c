#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "world.h"

enum { HOUR = 3600 };

/* ---- lines --------------------------------------------------------------------------------- */

static void put_error(struct pmt_buf *b, int64_t t, const char *text, const char *client, int path,
                      bool upstream)
{
    struct civil c = civil_of(t);
    pmt_buf_printf(b,
                   "%04d/%02d/%02d %02d:%02d:%02d [error] 911#911: *7 %s, client: %s, server: "
                   "shop.example, request: \"GET /books/%d HTTP/1.1\"",
                   c.year, c.month, c.day, c.hour, c.minute, c.second, text, client, path);
    if (upstream)
        pmt_buf_printf(b, ", upstream: \"http://192.0.2.8:8080/books/%d\"", path);
    pmt_buf_puts(b, ", host: \"shop.example\"\n");
}

static void put_refused(struct pmt_buf *b, int64_t t, const char *client, int path)
{
    put_error(b, t, "connect() failed (111: Connection refused) while connecting to upstream",
              client, path, true);
}

/* What stands in an error log when all is well. */
static void put_missing(struct pmt_buf *b, int64_t t)
{
    put_error(b, t, "open() \"/srv/www/favicon.ico\" failed (2: No such file or directory)",
              "203.0.113.9", 1, false);
}

static void put_handshake(struct pmt_buf *b, int64_t t, const char *client)
{
    put_bsd_time(b, t);
    pmt_buf_printf(b, " lb-01 haproxy[1123]: %s:40967 [", client);
    put_clf_time(b, t);
    pmt_buf_puts(b, ".123] www/1: SSL handshake failure\n");
}

/* Eight hours of an error log in which each `every` seconds of [from, to) a request is refused. */
static void error_log(struct pmt_buf *b, int from, int to, int every, int clients)
{
    for (int s = 0; s < 8 * HOUR; s++) {
        if (s % 300 == 7)
            put_missing(b, NINE + s * PMT_SECOND);
        if (s >= from && s < to && s % every == 0)
            put_refused(b, NINE + s * PMT_SECOND, client_name((unsigned)(s / every % clients)),
                        s);
    }
}

/* Eight hours of requests, one each two seconds; of those in [from, to) one of `kept` gets
 * through, and the others' handshakes fail. Scanners' fail all day, and more between two times. */
struct balancer {
    int from, to, kept;
    int storm_from, storm_to;
};
static void balancer_log(struct pmt_buf *b, const struct balancer *x)
{
    for (int s = 0; s < 8 * HOUR; s++) {
        int64_t t = NINE + s * PMT_SECOND;
        if (s % 97 == 5)
            put_handshake(b, t, "203.0.113.66");
        if (s >= x->storm_from && s < x->storm_to)
            put_handshake(b, t, client_name(600 + (unsigned)s % 5));
        if (s % 2)
            continue;
        if (s >= x->from && s < x->to && s / 2 % x->kept != 0)
            put_handshake(b, t, client_name((unsigned)s / 2 % 80));
        else
            put_haproxy(b, t, client_name((unsigned)s / 2 % 80), "shop", "web-01", 200, "/");
    }
}

static const struct pmt_incident *the_one(const struct world *w, enum pmt_incident_kind kind)
{
    assert_int_equal(w->findings.n, 1);
    assert_int_equal(w->findings.incidents[0].kind, kind);
    assert_null(w->findings.incidents[0].flow);
    return &w->findings.incidents[0];
}

/* ---- error lines --------------------------------------------------------------------------- */

static void only_an_error_log(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    struct world w;
    error_log(&b, 4 * HOUR, 4 * HOUR + 1200, 3, 50);
    const struct scan_log logs[] = {{.path = "error.log", .text = b.data}};
    WORLD_OPEN(&w, logs);
    const struct pmt_incident *p = the_one(&w, PMT_INCIDENT_UPSTREAM);
    assert_int_equal(p->start, NINE + 4 * HOUR * PMT_SECOND);
    assert_int_equal(p->end, NINE + (4 * HOUR + 1197) * PMT_SECOND);
    assert_int_equal(p->lines, 400);
    assert_int_equal(p->numbers.clients_affected, 50);
    assert_int_equal(p->severity, PMT_GRADE_MEDIUM);
    assert_int_equal(p->nservices, 1);
    assert_true(pmt_slice_is(p->services[0], "shop.example"));
    assert_false(p->ongoing);
    assert_int_equal(w.findings.main, 0);
    world_report(&w, true);
    struct pmt_buf md = world_markdown(&w);
    assert_non_null(strstr(md.data, "400 lines of error logs"));
    assert_non_null(strstr(md.data, "These are error lines, not requests"));
    assert_null(strstr(md.data, "failed with a 5xx"));
    pmt_buf_fini(&md);
    world_close(&w);
    pmt_buf_fini(&b);
}

/* They tell more than error lines: all got an answer in the end, from another upstream. */
static void a_log_of_requests_tells_more(void **state)
{
    (void)state;
    static const struct {
        int from; /* second in which the access log begins */
        size_t incidents;
    } cases[] = {{0, 0}, {3 * HOUR, 0}, {6 * HOUR, 1}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct pmt_buf b = {0}, access = {0};
        struct world w;
        error_log(&b, 4 * HOUR, 4 * HOUR + 1200, 3, 50);
        for (int s = cases[k].from; s < 8 * HOUR; s += 3)
            put_access(&access, NINE + s * PMT_SECOND, client_name((unsigned)s / 3 % 50), "/", 200,
                       "Mozilla/5.0");
        const struct scan_log logs[] = {{.path = "error.log", .text = b.data},
                                        {.path = "access.log", .text = access.data}};
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, cases[k].incidents);
        world_close(&w);
        pmt_buf_fini(&b);
        pmt_buf_fini(&access);
    }
}

static void what_is_no_incident(void **state)
{
    (void)state;
    static const struct {
        int from, to, every, clients;
        bool low;
    } cases[] = {
        {0, 8 * HOUR, 20, 50, false},              /* as always */
        {4 * HOUR, 4 * HOUR + 45, 3, 15, false},   /* few */
        {4 * HOUR, 4 * HOUR + 20, 1, 10, true},    /* for seconds */
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct pmt_buf b = {0};
        struct world w;
        error_log(&b, cases[k].from, cases[k].to, cases[k].every, cases[k].clients);
        const struct scan_log logs[] = {{.path = "error.log", .text = b.data}};
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, cases[k].low);
        assert_true(w.findings.main == SIZE_MAX);
        if (cases[k].low)
            assert_int_equal(w.findings.incidents[0].severity, PMT_GRADE_LOW);
        world_close(&w);
        pmt_buf_fini(&b);
    }
}

static void goes_on_at_the_end(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    struct world w;
    error_log(&b, 7 * HOUR, 8 * HOUR, 3, 50);
    const struct scan_log logs[] = {{.path = "error.log", .text = b.data}};
    WORLD_OPEN(&w, logs);
    assert_true(the_one(&w, PMT_INCIDENT_UPSTREAM)->ongoing);
    world_close(&w);
    struct pmt_window window = {PMT_NO_TIME, NINE + (7 * HOUR + 600) * PMT_SECOND};
    world_open_in(&w, logs, 1, window);
    assert_int_equal(the_one(&w, PMT_INCIDENT_UPSTREAM)->lines, 200);
    assert_true(w.findings.incidents[0].ongoing);
    world_close(&w);
    pmt_buf_fini(&b);
}

static void a_copy_counts_once(void **state)
{
    (void)state;
    struct pmt_buf b = {0}, copy = {0};
    struct world w;
    error_log(&b, 4 * HOUR, 4 * HOUR + 1200, 3, 50);
    struct pmt_cursor c = pmt_cursor(pmt_buf_view(&b));
    struct pmt_slice line;
    for (int64_t t = 0; pmt_cur_until(&c, '\n', &line); t++)
        pmt_buf_printf(&copy, "2022-02-26T%.8s+00:00 web-01 nginx: %.*s\n", line.p + 11,
                       PMT_FMT(line));
    const struct scan_log logs[] = {{.path = "error.log", .text = b.data},
                                    {.path = "syslog", .text = copy.data}};
    WORLD_OPEN(&w, logs);
    assert_int_equal(the_one(&w, PMT_INCIDENT_UPSTREAM)->lines, 400);
    world_close(&w);
    pmt_buf_fini(&b);
    pmt_buf_fini(&copy);
}

/* ---- connections --------------------------------------------------------------------------- */

static void handshakes_fail(void **state)
{
    (void)state;
    static const struct balancer cases[] = {
        {.from = 3 * HOUR, .to = 4 * HOUR, .kept = 8},
        {.from = 3 * HOUR, .to = 4 * HOUR, .kept = 1800}, /* next to none: no silence besides */
    };
    for (size_t k = 0; k < 2; k++) {
        struct pmt_buf b = {0};
        struct world w;
        balancer_log(&b, &cases[k]);
        const struct scan_log logs[] = {{.path = "haproxy.log", .text = b.data}};
        WORLD_OPEN(&w, logs);
        const struct pmt_incident *p = the_one(&w, PMT_INCIDENT_CONNECTIONS);
        uint64_t kept = 1800 / (unsigned)cases[k].kept;
        assert_in_range(p->start, NINE + (3 * HOUR - 10) * PMT_SECOND,
                        NINE + (3 * HOUR + 10) * PMT_SECOND);
        assert_in_range(p->end, NINE + (4 * HOUR - 10) * PMT_SECOND,
                        NINE + (4 * HOUR + 10) * PMT_SECOND);
        assert_in_range(p->lines, 1800 - kept, 1800 - kept + 40);
        assert_in_range(p->numbers.requests, kept - 1, kept + 5);
        assert_in_range(p->expected, 1790, 1810);
        assert_int_equal(p->severity, PMT_GRADE_HIGH);
        assert_true(pmt_slice_is(p->services[0], "www"));
        world_report(&w, true);
        struct pmt_buf md = world_markdown(&w);
        assert_non_null(strstr(md.data, "ended in the TLS handshake"));
        assert_null(strstr(md.data, "No incident"));
        pmt_buf_fini(&md);
        world_close(&w);
        pmt_buf_fini(&b);
    }
}

static void handshakes_that_are_no_incident(void **state)
{
    (void)state;
    static const struct balancer cases[] = {
        {.kept = 1, .storm_from = 2 * HOUR, .storm_to = 3 * HOUR}, /* a scanner */
        {.from = 3 * HOUR, .to = 3 * HOUR + 30, .kept = 60},       /* too few to tell */
        {.kept = 1},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct pmt_buf b = {0};
        struct world w;
        balancer_log(&b, &cases[k]);
        const struct scan_log logs[] = {{.path = "haproxy.log", .text = b.data}};
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, 0);
        world_report(&w, true);
        struct pmt_buf md = world_markdown(&w);
        assert_non_null(strstr(md.data, "connections to `www` ended in the TLS handshake; most "
                                        "in the hour from 2022-02-26 "));
        pmt_buf_fini(&md);
        world_close(&w);
        pmt_buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_error_log),
        cmocka_unit_test(a_log_of_requests_tells_more),
        cmocka_unit_test(what_is_no_incident),
        cmocka_unit_test(goes_on_at_the_end),
        cmocka_unit_test(a_copy_counts_once),
        cmocka_unit_test(handshakes_fail),
        cmocka_unit_test(handshakes_that_are_no_incident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
