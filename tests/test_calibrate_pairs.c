/* test_calibrate_pairs.c - zones found by comparing: two stamps of one line, two logs of the same
 * requests or of the same events. Every case is tried in many zones. */
#include "scan_lines.h"

static const int32_t east[] = {0, 10800, 20700, -12600, 50400, -43200, 900};
enum { EAST = sizeof east / sizeof *east };

static const int64_t noon = INT64_C(1645876800) * PMT_SECOND; /* 2022-02-26T12:00:00Z */

static void put_zone(struct pmt_buf *b, int32_t offset)
{
    int minutes = (offset < 0 ? -offset : offset) / 60;
    pmt_buf_printf(b, "%c%02d%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void put_zoned_access(struct pmt_buf *b, int64_t utc, int32_t offset, const char *client,
                             unsigned path, int status)
{
    pmt_buf_printf(b, "%s - - [", client);
    put_clf_time(b, utc + (int64_t)offset * PMT_SECOND);
    pmt_buf_puts(b, " ");
    put_zone(b, offset);
    pmt_buf_printf(b, "] \"GET /item/%u HTTP/1.1\" %d 512 \"-\" \"x\"\n", path, status);
}

/* "2022/02/26 12:00:07 [error] ... client: ..., request: ..." */
static void put_error(struct pmt_buf *b, int64_t wall, const char *client, unsigned path)
{
    struct civil c = civil_of(wall);
    pmt_buf_printf(b, "%04d/%02d/%02d %02d:%02d:%02d [error] 811#811: *%u connect() failed (111: "
                      "Connection refused) while connecting to upstream, client: %s, server: "
                      "shop.example, request: \"GET /item/%u HTTP/1.1\", upstream: "
                      "\"http://127.0.0.1:8000/item/%u\", host: \"shop.example\"\n",
                   c.year, c.month, c.day, c.hour, c.minute, c.second, path, client, path, path);
}

static void assert_known(const struct scan *s, size_t source, const char *first)
{
    const struct pmt_map *m = scan_map(s, source);
    assert_string_equal(pmt_zone_from_name((enum pmt_zone_from)m->zone_from), "paired");
    assert_instant(s->sources[source].first, first);
}

static int64_t moment(unsigned i) /* at no fixed distance */
{
    return noon + (int64_t)(i * 37 + i * i % 11) * PMT_SECOND;
}

static void error_log_beside_its_access_log(void **state)
{
    (void)state;
    for (size_t z = 0; z < EAST; z++) {
        struct pmt_buf access = {0}, error = {0};
        struct scan s;
        for (unsigned i = 0; i < 40; i++) {
            put_zoned_access(&access, moment(i), 7200, client_name(i), i, i % 3 ? 200 : 502);
            if (i % 3 == 0)
                put_error(&error, moment(i) + (int64_t)east[z] * PMT_SECOND, client_name(i), i);
        }
        const struct scan_log logs[] = {{.path = "a/access.log", .text = access.data},
                                        {.path = "b/error.log", .text = error.data}};
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_known(&s, 1, "2022-02-26T12:00:00Z");
        scan_close(&s);
        pmt_buf_fini(&access);
        pmt_buf_fini(&error);
    }
}

static void put_balancer(struct pmt_buf *b, int64_t utc, int32_t offset, const char *client,
                         unsigned path, int status)
{
    int64_t wall = utc + (int64_t)offset * PMT_SECOND;
    put_bsd_time(b, wall);
    pmt_buf_printf(b, " lb-01 haproxy[1123]: %s:40967 [", client);
    put_clf_time(b, wall);
    pmt_buf_printf(b, ".120] www shop/web-1 0/0/0/12/12 %d 347 - - ---- 5/5/4/4/0 0/0 \"GET "
                      "/item/%u HTTP/1.1\"\n", status, path);
}

/* The envelope of the same lines, and a kernel line among them, follow. */
static void balancer_beside_a_web_server(void **state)
{
    (void)state;
    for (size_t z = 0; z < EAST; z++) {
        struct pmt_buf access = {0}, balancer = {0};
        struct scan s;
        put_bsd_time(&balancer, noon + (int64_t)east[z] * PMT_SECOND - PMT_SECOND);
        pmt_buf_puts(&balancer, " lb-01 haproxy[1123]: backend shop has no server available!\n");
        for (unsigned i = 0; i < 40; i++) {
            put_zoned_access(&access, moment(i), 10800, "10.0.0.10", i, 200);
            put_balancer(&balancer, moment(i), east[z], client_name(i), i, 200);
        }
        const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = balancer.data},
                                        {.path = "web/access.log", .text = access.data}};
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_known(&s, 0, "2022-02-26T11:59:59Z");
        for (size_t c = 0; c < s.sources[0].tally->nclocks; c++)
            assert_int_equal(s.sources[0].maps[c][0].zone_from, PMT_ZONE_PAIRED);
        scan_close(&s);
        pmt_buf_fini(&access);
        pmt_buf_fini(&balancer);
    }
}

/* The option is obeyed, but what speaks against it is kept. */
static void an_option_against_the_logs(void **state)
{
    (void)state;
    for (int right = 0; right < 2; right++) {
        struct pmt_buf access = {0}, balancer = {0};
        struct scan s;
        for (unsigned i = 0; i < 40; i++) {
            put_zoned_access(&access, moment(i), 10800, "10.0.0.10", i, 200);
            put_balancer(&balancer, moment(i), 3600, client_name(i), i, 200);
        }
        const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = balancer.data},
                                        {.path = "web/access.log", .text = access.data}};
        SCAN_OPEN(&s, logs);
        scan_assume(&s, "lb-*", right ? "+01:00" : "Africa/Nairobi");
        scan_calibrate(&s);
        const struct pmt_map *m = scan_map(&s, 0);
        assert_int_equal(m->zone_from, PMT_ZONE_OPTION);
        if (right)
            assert_null(m->contradicted);
        else
            assert_string_equal(m->contradicted,
                                "given by --assume-tz 'lb-*=Africa/Nairobi', but 40 of the same "
                                "requests are in web/access.log with its offset, which shows "
                                "+01:00");
        scan_close(&s);
        pmt_buf_fini(&access);
        pmt_buf_fini(&balancer);
    }
}

/* Clocks go forward at 01:00 UTC; nothing but the requests tells. */
static void across_a_turn_of_the_clocks(void **state)
{
    (void)state;
    const int64_t turn = at("2026-03-29T01:00:00Z");
    struct pmt_buf access = {0}, balancer = {0};
    struct scan s;
    for (int i = -120; i < 120; i++) {
        int64_t t = turn + i * 31 * PMT_SECOND;
        put_zoned_access(&access, t, 0, "10.0.0.10", (unsigned)(i + 120), 200);
        put_balancer(&balancer, t, i < 0 ? 3600 : 7200, client_name((unsigned)(i + 120)),
                     (unsigned)(i + 120), 200);
    }
    const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = balancer.data},
                                    {.path = "web/access.log", .text = access.data}};
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_instant(s.sources[0].first, "2026-03-28T23:58:00Z");
    assert_instant(s.sources[0].last, "2026-03-29T02:01:29Z");
    assert_string_equal(scan_map(&s, 0)->zone_name, "+01:00, +02:00");
    scan_close(&s);
    pmt_buf_fini(&access);
    pmt_buf_fini(&balancer);
}

/* What systemd says of a service, and what the service says of itself. */
static void starts_of_a_service(void **state)
{
    (void)state;
    for (size_t z = 0; z < EAST; z++) {
        struct pmt_buf own = {0}, system = {0};
        struct scan s;
        for (unsigned i = 0; i < 3; i++) {
            int64_t t = moment(i * 40);
            struct civil c = civil_of(t + 3 * PMT_HOUR);
            pmt_buf_printf(&own, "[%04d-%02d-%02d %02d:%02d:%02d +0300] [42%u] [INFO] Starting "
                                 "gunicorn 20.1.0\n",
                           c.year, c.month, c.day, c.hour, c.minute, c.second, i);
            put_syslog(&system, t + (int64_t)east[z] * PMT_SECOND + PMT_SECOND, "web-01",
                       "systemd[1]: Started gunicorn.service - the shop.");
        }
        const struct scan_log logs[] = {{.path = "web-01/app.log", .text = own.data},
                                        {.path = "web-01/syslog", .text = system.data}};
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_known(&s, 1, "2022-02-26T12:00:01Z");
        scan_close(&s);
        pmt_buf_fini(&own);
        pmt_buf_fini(&system);
    }
}

/* One rsyslog writes a traditional and an ISO copy. */
static void copies_of_lines(void **state)
{
    (void)state;
    struct pmt_buf iso = {0}, bsd = {0};
    struct scan s;
    for (unsigned i = 0; i < 4; i++) {
        struct civil c = civil_of(moment(i * 9) - PMT_HOUR);
        const char *what = i % 2 ? "kernel: Out of memory: Killed process 2211 (gunicorn)"
                                 : "kernel: nf_conntrack: table full, dropping packet";
        pmt_buf_printf(&iso, "%04d-%02d-%02dT%02d:%02d:%02d-01:00 web-01 %s\n", c.year, c.month,
                       c.day, c.hour, c.minute, c.second, what);
        put_syslog(&bsd, moment(i * 9) + 20700 * PMT_SECOND, "web-01", what);
    }
    const struct scan_log logs[] = {{.path = "web-01/iso.log", .text = iso.data},
                                    {.path = "web-01/messages", .text = bsd.data}};
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_known(&s, 1, "2022-02-26T12:00:00Z");
    scan_close(&s);
    pmt_buf_fini(&iso);
    pmt_buf_fini(&bsd);
}

/* Another service, another machine: no evidence. */
static void unrelated_events(void **state)
{
    (void)state;
    static const char *const systems[] = {"web-01 systemd[1]: Started redis.service - a store.",
                                          "web-02 systemd[1]: Started gunicorn.service."};
    for (size_t i = 0; i < 2; i++) {
        struct pmt_buf system = {0};
        struct scan s;
        put_bsd_time(&system, noon + 3 * PMT_HOUR);
        pmt_buf_printf(&system, " %s\n", systems[i]);
        const struct scan_log logs[] = {
            {.path = "web-01/app.log",
             .text = "[2022-02-26 12:00:00 +0000] [42] [INFO] Starting gunicorn 20.1.0\n"},
            {.path = i ? "web-02/syslog" : "web-01/syslog", .text = system.data}};
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_int_not_equal(scan_map(&s, 1)->zone_from, PMT_ZONE_PAIRED);
        scan_close(&s);
        pmt_buf_fini(&system);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_log_beside_its_access_log),
        cmocka_unit_test(balancer_beside_a_web_server),
        cmocka_unit_test(an_option_against_the_logs),
        cmocka_unit_test(across_a_turn_of_the_clocks),
        cmocka_unit_test(starts_of_a_service),
        cmocka_unit_test(copies_of_lines),
        cmocka_unit_test(unrelated_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
