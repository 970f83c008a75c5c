/* test_calibrate.c - wall time to UTC: each rung of the ladder of zones, in its order. */
#include "scan_lines.h"

#define ZONED "203.0.113.7 - - [26/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"\n"
#define ERROR_LINE                                                                                 \
    "2022/02/26 12:00:08 [error] 9#9: *1 connect() failed (111: Connection refused)\n"
#define SYSLOG(host) "Feb 26 12:00:08 " host " systemd[1]: Started Cron.\n"

static void assert_zone(const struct scan *s, size_t source, enum pmt_zone_from from,
                        const char *zone)
{
    const struct pmt_map *m = scan_map(s, source);
    assert_string_equal(pmt_zone_from_name((enum pmt_zone_from)m->zone_from),
                        pmt_zone_from_name(from));
    assert_string_equal(m->zone_name, zone);
    assert_true(m->why && m->why[0]);
}

/* ---- the rungs -------------------------------------------------------------------------- */

static void line_beats_everything(void **state)
{
    (void)state;
    const struct scan_log logs[] = {{.path = "w/access.log", .text = ZONED}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "America/New_York");
    scan_calibrate(&s);
    assert_zone(&s, 0, PMT_ZONE_LINE, "+03:00");
    assert_instant(s.sources[0].first, "2022-02-26T09:00:07Z");
    assert_false(s.assume[0].used);
    scan_close(&s);
}

static void option_beats_siblings(void **state)
{
    (void)state;
    const struct scan_log logs[] = {{.path = "w/access.log", .text = ZONED},
                                    {.path = "w/error.log", .text = ERROR_LINE}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "America/New_York");
    scan_calibrate(&s);
    assert_zone(&s, 1, PMT_ZONE_OPTION, "America/New_York");
    assert_instant(s.sources[1].first, "2022-02-26T17:00:08Z");
    assert_true(s.assume[0].used);
    scan_close(&s);
}

/* A glob is matched with the host of the clock and with the path as shown; of several the later
 * wins, and any of them wins over one for everything, wherever that stands. */
static void globs_of_the_option(void **state)
{
    (void)state;
    static const struct {
        const char *globs[3], *zones[3];
        const char *want;
    } rows[] = {
        {{"web-*"}, {"+03:00"}, "+03:00"},
        {{"*.example.com"}, {"+03:00"}, "UTC"},
        {{"logs/*/error.log"}, {"+04:00"}, "+04:00"},
        {{"logs/*"}, {"+04:00"}, "+04:00"},
        {{"error.log"}, {"+04:00"}, "UTC"},
        {{"web-*", "web-01"}, {"+03:00", "+05:00"}, "+05:00"},
        {{"web-01", "web-*"}, {"+05:00", "+03:00"}, "+03:00"},
        {{"web-01", NULL}, {"+05:00", "+03:00"}, "+05:00"},
        {{NULL, "web-01"}, {"+03:00", "+05:00"}, "+05:00"},
        {{NULL, NULL}, {"+03:00", "+05:00"}, "+05:00"},
        {{NULL, "db-*"}, {"+03:00", "+05:00"}, "+03:00"},
        {{"web-[0-9]?", "lb-*", NULL}, {"-03:30", "+05:00", "+01:00"}, "-03:30"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* The error log names no host; its folder bears the name that syslog's lines name. */
        const struct scan_log logs[] = {{.path = "other/syslog", .text = SYSLOG("web-01")},
                                        {.path = "logs/web-01/error.log", .text = ERROR_LINE}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        for (size_t k = 0; k < 3 && rows[i].zones[k]; k++)
            scan_assume(&s, rows[i].globs[k], rows[i].zones[k]);
        scan_calibrate(&s);
        assert_true(pmt_slice_is(s.sources[1].host, "web-01"));
        assert_zone(&s, 1, strcmp(rows[i].want, "UTC") == 0 ? PMT_ZONE_UTC : PMT_ZONE_OPTION,
                    rows[i].want);
        scan_close(&s);
    }
}

/* An ISO envelope tells the offset of the accept date in the same lines; that is better than what
 * another log of the host writes with. */
static void paired_beats_siblings(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "lb/haproxy.log",
         .text = "2022-02-26T09:00:09.100+00:00 lb-01 haproxy[7]: 203.0.113.7:50 "
                 "[26/Feb/2022:12:00:09.050] www shop/web-01 0/0/0/12/12 200 347 - - ---- "
                 "5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n"},
        {.path = "lb/access.log",
         .text = "203.0.113.7 - - [26/Feb/2022:12:00:07 -0500] \"GET / HTTP/1.1\" 200 5 \"-\" "
                 "\"x\"\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_zone(&s, 0, PMT_ZONE_PAIRED, "+03:00");
    assert_instant(s.sources[0].first, "2022-02-26T09:00:09Z");
    scan_close(&s);
}

/* What a host writes without an offset is in one zone; what carries one may be a container's. */
static void zoneless_logs_of_a_host_agree(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "lb/haproxy.log",
         .text = "2022-02-26T09:00:09.100+00:00 lb-01 haproxy[7]: 203.0.113.7:50 "
                 "[26/Feb/2022:12:00:09.050] www shop/web-01 0/0/0/12/12 200 347 - - ---- "
                 "5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n"},
        {.path = "lb/messages", .text = SYSLOG("lb-01")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_zone(&s, 1, PMT_ZONE_SIBLING, "+03:00");
    scan_close(&s);
}

static void paired_needs_agreement(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    /* Two of ten lines say something else: a clock that was wrong for a while. */
    for (int i = 0; i < 10; i++)
        pmt_buf_printf(&text,
                       "2022-02-26T%02d:00:0%d+00:00 lb-01 haproxy[7]: 203.0.113.7:50 "
                       "[26/Feb/2022:12:00:0%d.050] www shop/web-01 0/0/0/12/12 200 347 - - ---- "
                       "5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n",
                       i < 2 ? 7 : 9, i, i);
    const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = text.data}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_int_not_equal(scan_map(&s, 0)->zone_from, PMT_ZONE_PAIRED);
    scan_close(&s);
    pmt_buf_fini(&text);
}

/* The same host's log wins over one in the same folder, and that over a neighbouring folder's. */
static void siblings_in_order(void **state)
{
    (void)state;
    static const char iso[] = "2022-02-26T12:00:07%s web-01 cron[4]: (root) CMD (true)\n";
    char same_host[128];
    snprintf(same_host, sizeof same_host, iso, "+05:00");
    const struct scan_log logs[] = {
        {.path = "in/a/web-01/error.log", .text = ERROR_LINE},
        {.path = "in/b/cron.log", .text = same_host},
        {.path = "in/a/web-01/access.log", .text = ZONED},
        {.path = "in/c/access.log",
         .text = "203.0.113.7 - - [26/Feb/2022:12:00:07 -0100] \"GET / HTTP/1.1\" 200 5\n"},
        {.path = "in/c/error.log", .text = ERROR_LINE},
        {.path = "in/c/old/error.log", .text = ERROR_LINE},
        {.path = "in/d/error.log", .text = ERROR_LINE},
    };
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    /* Both the ISO log and the access log are web-01's: two offsets at once, so no evidence by
     * host; by folder there is one. */
    assert_zone(&s, 0, PMT_ZONE_SIBLING, "+03:00");
    assert_non_null(strstr(scan_map(&s, 0)->why, "in/a/web-01/access.log"));
    assert_zone(&s, 4, PMT_ZONE_SIBLING, "-01:00");
    assert_non_null(strstr(scan_map(&s, 4)->why, "the same folder's"));
    assert_zone(&s, 5, PMT_ZONE_SIBLING, "-01:00");
    assert_non_null(strstr(scan_map(&s, 5)->why, "a neighbouring folder's"));
    assert_zone(&s, 6, PMT_ZONE_UTC, "UTC");
    scan_close(&s);
}

/* "Z", seconds since 1970: written alike on any machine, so they say nothing of its zone. */
static void universal_stamps_are_no_siblings(void **state)
{
    (void)state;
    static const char *const universal[] = {
        "{\"msec\":1645866007.118,\"request\":\"GET / HTTP/1.1\",\"status\":200,"
        "\"remote_addr\":\"192.0.2.7\"}\n",
        "{\"time\":\"2022-02-26T09:00:07Z\",\"request\":\"GET / HTTP/1.1\",\"status\":200,"
        "\"remote_addr\":\"192.0.2.7\"}\n",
    };
    for (size_t i = 0; i < 2; i++) {
        const struct scan_log logs[] = {{.path = "w/access.json", .text = universal[i]},
                                        {.path = "w/error.log", .text = ERROR_LINE}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_zone(&s, 0, PMT_ZONE_LINE, "UTC");
        assert_instant(s.sources[0].first, "2022-02-26T09:00:07Z");
        assert_zone(&s, 1, PMT_ZONE_UTC, "UTC");
        scan_close(&s);
    }
}

static void sibling_by_host(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "in/syslog", .text = SYSLOG("web-01") SYSLOG("web-02")},
        {.path = "in/one.log",
         .text = "2022-02-26T12:00:07+05:00 web-01 cron[4]: (root) CMD (true)\n"},
        {.path = "in/two.log",
         .text = "2022-02-26T12:00:07-02:00 web-02 cron[4]: (root) CMD (true)\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    /* One file, two clocks: each takes its own host's offset. */
    assert_int_equal(s.sources[0].tally->nclocks, 2);
    for (size_t c = 0; c < 2; c++) {
        const struct pmt_map *m = &s.sources[0].maps[c][0];
        assert_int_equal(m->zone_from, PMT_ZONE_SIBLING);
        bool first = pmt_slice_is(s.sources[0].tally->clocks[c].host, "web-01");
        assert_string_equal(m->zone_name, first ? "+05:00" : "-02:00");
        assert_non_null(strstr(m->why, "the same host's"));
    }
    assert_false(s.sources[0].host.n);
    scan_close(&s);
}

/* Two offsets at the same time are two machines, however near they lie. */
static void siblings_in_conflict(void **state)
{
    (void)state;
    static const char *const second[] = {"+0100", "+0200", "+0400", "+0900"};
    for (size_t i = 0; i < sizeof second / sizeof *second; i++) {
        struct pmt_buf a = {0}, b = {0};
        for (int h = 0; h < 12; h++) {
            pmt_buf_printf(
                &a, "203.0.113.7 - - [26/Feb/2022:%02d:00:07 +0300] \"GET / HTTP/1.1\" 200 5\n",
                h + 3);
            pmt_buf_printf(&b,
                           "203.0.113.7 - - [26/Feb/2022:%02d:00:07 %s] \"GET / HTTP/1.1\" 200 5\n",
                           h + 3, second[i]);
        }
        const struct scan_log logs[] = {{.path = "in/a.log", .text = a.data},
                                        {.path = "in/b.log", .text = b.data},
                                        {.path = "in/error.log", .text = ERROR_LINE}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_zone(&s, 2, PMT_ZONE_UTC, "UTC");
        scan_close(&s);
        pmt_buf_fini(&a);
        pmt_buf_fini(&b);
    }
}

/* Only what lies under /var/log was written by this machine's clock. */
static void machine_only_under_var_log(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool machine;
    } rows[] = {
        {"/var/log/pmt-no-such-folder/error.log", true},
        {"/var/log/../pmt-no-such-folder/error.log", false},
        {"/var/logs/pmt-no-such-folder/error.log", false},
        {"/srv/bundle/var/log/error.log", false},
        {"var/log/error.log", false},
        {"-", false},
    };
    struct pmt_arena arena = {0};
    const struct pmt_zone *own = pmt_zone_machine(&arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {{.path = rows[i].path, .text = ERROR_LINE}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        /* A machine that has no zone leaves UTC. */
        if (rows[i].machine && own)
            assert_zone(&s, 0, PMT_ZONE_MACHINE, pmt_zone_name(own));
        else
            assert_zone(&s, 0, PMT_ZONE_UTC, "UTC");
        scan_close(&s);
    }
    pmt_arena_fini(&arena);
}

/* ---- clocks that are set back and forward ----------------------------------------------- */

/* Helsinki, 30 October 2022: at 01:00 UTC the clocks go from 04:00 (+03:00) back to 03:00. */
#define ACCESS_AT(day, time, offset)                                                               \
    "203.0.113.7 - - [" day "/Oct/2022:" time " " offset "] \"GET / HTTP/1.1\" 200 5\n"

static void siblings_across_the_change(void **state)
{
    (void)state;
    static const struct {
        const char *error, *want;
    } rows[] = {
        {"2022/10/29 12:00:00 [error] 9#9: x\n", "2022-10-29T09:00:00Z"},
        {"2022/10/30 02:59:00 [error] 9#9: x\n", "2022-10-29T23:59:00Z"},
        {"2022/10/30 03:30:00 [error] 9#9: x\n", "2022-10-30T00:30:00Z"}, /* twice: the first */
        {"2022/10/30 04:30:00 [error] 9#9: x\n", "2022-10-30T02:30:00Z"},
        {"2022/10/31 12:00:00 [error] 9#9: x\n", "2022-10-31T10:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {
            {.path = "w/access.log",
             .text = ACCESS_AT("29", "00:00:10", "+0300") ACCESS_AT("30", "03:59:50", "+0300")
                 ACCESS_AT("30", "03:00:10", "+0200") ACCESS_AT("31", "23:00:00", "+0200")},
            {.path = "w/error.log", .text = rows[i].error}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_zone(&s, 1, PMT_ZONE_SIBLING, "+03:00, +02:00");
        assert_instant(s.sources[1].first, rows[i].want);
        scan_close(&s);
    }
}

static void assert_repeated_hour(struct scan *s, size_t source)
{
    const struct pmt_clock *c = &s->sources[source].tally->clocks[0];
    assert_int_equal(c->n, 2);
    assert_true(s->sources[source].maps[0][0].second_until == INT64_MIN);
    assert_true(s->sources[source].maps[0][1].second_until > c->segments[1].min);
    assert_instant(pmt_map_utc(&s->sources[source].maps[0][0], c->segments[0].max),
                   "2022-10-30T00:50:00Z");
    assert_instant(pmt_map_utc(&s->sources[source].maps[0][1], c->segments[1].min),
                   "2022-10-30T01:05:00Z");
    assert_instant(pmt_map_utc(&s->sources[source].maps[0][1], c->segments[1].max),
                   "2022-10-30T02:10:00Z");
}

#define REPEATED                                                                                   \
    "2022/10/30 03:50:00 [error] 9#9: x\n2022/10/30 03:05:00 [error] 9#9: x\n"                     \
    "2022/10/30 04:10:00 [error] 9#9: x\n"

static void repeated_hour(void **state)
{
    (void)state;
    const struct scan_log logs[] = {{.path = "w/error.log", .text = REPEATED}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Europe/Helsinki");
    scan_calibrate(&s);
    assert_repeated_hour(&s, 0);
    scan_close(&s);
}

static void repeated_hour_of_siblings(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "w/error.log", .text = REPEATED},
        {.path = "w/access.log",
         .text = ACCESS_AT("29", "00:00:10", "+0300") ACCESS_AT("30", "03:45:50", "+0300")
             ACCESS_AT("30", "03:20:10", "+0200") ACCESS_AT("31", "23:00:00", "+0200")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_repeated_hour(&s, 0);
    scan_close(&s);
}

static void repeated_hour_without_year(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "w/syslog",
         .mtime = 1667200000, /* 31 October 2022 */
         .text = "Oct 30 03:50:00 web-01 cron[1]: x\nOct 30 03:05:00 web-01 cron[1]: x\n"
                 "Oct 30 04:10:00 web-01 cron[1]: x\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Europe/Helsinki");
    scan_calibrate(&s);
    assert_repeated_hour(&s, 0);
    scan_close(&s);
}

/* A step back at another time of the year is no second pass. */
static void step_back_is_no_second_pass(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "w/error.log",
         .text = "2022/06/30 03:50:00 [error] 9#9: x\n2022/06/30 03:05:00 [error] 9#9: x\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Europe/Helsinki");
    scan_calibrate(&s);
    assert_int_equal(s.sources[0].tally->clocks[0].n, 2);
    assert_true(s.sources[0].maps[0][1].second_until == INT64_MIN);
    scan_close(&s);
}

/* ---- whose log -------------------------------------------------------------------------- */

static void hosts(void **state)
{
    (void)state;
    static const struct {
        const char *path, *host;
    } rows[] = {
        {"in/web-01/nginx/error.log", "web-01.example.com"}, /* the nearest folder of that name */
        {"in/lb-01/web-01/error.log", "web-01.example.com"},
        {"in/web-01/lb-01/error.log", "lb-01"},
        {"in/web-02/error.log", "web-02"}, /* a server the balancer knows */
        {"in/nginx/error.log", ""},        /* so is that, but it is a program's folder */
        {"in/10/error.log", ""},           /* no part of an address */
        {"web-01.log", "web-01.example.com"}, /* the file itself */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {
            {.path = "x/syslog", .text = SYSLOG("web-01.example.com") SYSLOG("10.0.0.9")},
            {.path = "x/haproxy.log",
             .text =
                 "Feb 26 12:00:09 lb-01 haproxy[7]: 203.0.113.7:50 [26/Feb/2022:12:00:09.050] "
                 "www shop/web-02 0/0/0/12/12 200 347 - - ---- 5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n"
                 "Feb 26 12:00:09 lb-01 haproxy[7]: 203.0.113.7:50 [26/Feb/2022:12:00:09.050] "
                 "www shop/nginx 0/0/0/12/12 200 347 - - ---- 5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n"},
            {.path = rows[i].path, .text = ERROR_LINE}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_true(pmt_slice_is(s.sources[1].host, "lb-01"));
        assert_false(s.sources[0].host.n); /* two hosts in one file */
        if (!pmt_slice_is(s.sources[2].host, rows[i].host))
            fail_msg("%s: %.*s", rows[i].path, PMT_FMT(s.sources[2].host));
        scan_close(&s);
    }
}

static void empty_sources(void **state)
{
    (void)state;
    const struct scan_log logs[] = {{.path = "a.log", .text = ""},
                                    {.path = "b.log", .text = "no log at all\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    pmt_tally_free(s.sources[0].tally);
    s.sources[0].tally = NULL;
    scan_calibrate(&s);
    for (size_t i = 0; i < s.n; i++)
        assert_true(s.sources[i].first == PMT_NO_TIME && s.sources[i].last == PMT_NO_TIME);
    scan_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_beats_everything),
        cmocka_unit_test(option_beats_siblings),
        cmocka_unit_test(globs_of_the_option),
        cmocka_unit_test(paired_beats_siblings),
        cmocka_unit_test(zoneless_logs_of_a_host_agree),
        cmocka_unit_test(paired_needs_agreement),
        cmocka_unit_test(siblings_in_order),
        cmocka_unit_test(universal_stamps_are_no_siblings),
        cmocka_unit_test(sibling_by_host),
        cmocka_unit_test(siblings_in_conflict),
        cmocka_unit_test(machine_only_under_var_log),
        cmocka_unit_test(siblings_across_the_change),
        cmocka_unit_test(repeated_hour),
        cmocka_unit_test(repeated_hour_of_siblings),
        cmocka_unit_test(repeated_hour_without_year),
        cmocka_unit_test(step_back_is_no_second_pass),
        cmocka_unit_test(hosts),
        cmocka_unit_test(empty_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
