/* test_calibrate_hosts.c - whose log it is, when its lines do not say. */
#include "scan_lines.h"

#define ACCESS "203.0.113.7 - - [26/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"\n"
#define SYSLOG(host) "Feb 26 12:00:08 " host " systemd[1]: Started Cron.\n"
#define STATE(host)                                                                                \
    "Feb 26 12:00:08 " host " haproxy[811]: backend shop has no server available!\n"
#define REQUEST(server)                                                                            \
    "Feb 26 09:00:07 lb-1 haproxy[811]: 198.51.100.7:40967 [26/Feb/2022:09:00:07.120] www shop/"   \
    server " 0/0/0/12/12 200 347 - - ---- 5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n"

struct row {
    struct scan_log logs[3];
    const char *want; /* host of the first; NULL: not known */
};

static void check(const struct row *r)
{
    size_t n = 0;
    struct scan s;
    while (n < 3 && r->logs[n].path)
        n++;
    scan_open(&s, r->logs, n);
    scan_calibrate(&s);
    if (r->want)
        assert_true(pmt_slice_is(s.sources[0].host, r->want));
    else
        assert_int_equal(s.sources[0].host.n, 0);
    scan_close(&s);
}

static void named_in_paths(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{{.path = "web-01/access.log", .text = ACCESS},
          {.path = "all/messages", .text = SYSLOG("web-01")}}, "web-01"},
        {{{.path = "web-01/nginx/access.log", .text = ACCESS},
          {.path = "all/messages", .text = SYSLOG("web-01.example.com")}}, "web-01.example.com"},
        {{{.path = "logs/web-01-access.log", .text = ACCESS},
          {.path = "all/messages", .text = SYSLOG("web-01")}}, "web-01"},
        {{{.path = "logs/access_web-01.log", .text = ACCESS},
          {.path = "all/messages", .text = SYSLOG("web-01.example.com")}}, "web-01.example.com"},
        {{{.path = "logs/web-011-access.log", .text = ACCESS},
          {.path = "all/messages", .text = SYSLOG("web-01")}}, NULL},
        {{{.path = "logs/web-1/access.log", .text = ACCESS},
          {.path = "lb/haproxy.log", .text = REQUEST("web-1")}}, "web-1"},
        {{{.path = "logs/web-1.access.log", .text = ACCESS},
          {.path = "lb/haproxy.log", .text = REQUEST("web-1")}}, "web-1"},
        /* not numbered: may be the application's name */
        {{{.path = "logs/shop.log", .text = ACCESS},
          {.path = "lb/haproxy.log", .text = REQUEST("shop")}}, NULL},
        {{{.path = "nginx/access.log", .text = ACCESS},
          {.path = "lb/haproxy.log", .text = REQUEST("nginx")}}, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
}

static void numbered_folders(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{{.path = "logs/web-01/access.log", .text = ACCESS},
          {.path = "logs/web-02/access.log", .text = ACCESS}}, "web-01"},
        {{{.path = "logs/web-01/nginx/access.log", .text = ACCESS},
          {.path = "logs/web-10/nginx/access.log", .text = ACCESS}}, "web-01"},
        {{{.path = "logs/web-01/access.log", .text = ACCESS},
          {.path = "logs/lb-01/access.log", .text = ACCESS}}, NULL},
        {{{.path = "logs/day1/access.log", .text = ACCESS},
          {.path = "logs/day2/access.log", .text = ACCESS}}, NULL},
        {{{.path = "logs/2026/access.log", .text = ACCESS},
          {.path = "logs/2025/access.log", .text = ACCESS}}, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
}

static void beside_a_system_log(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{{.path = "var/log/access.log", .text = ACCESS},
          {.path = "var/log/syslog", .text = SYSLOG("mars")}}, "mars"},
        /* another's log, brought here */
        {{{.path = "logs/access.log", .text = ACCESS},
          {.path = "logs/db-syslog", .text = SYSLOG("mars")}}, NULL},
        /* two machines */
        {{{.path = "logs/access.log", .text = ACCESS},
          {.path = "logs/messages", .text = SYSLOG("venus")},
          {.path = "logs/syslog", .text = SYSLOG("mars")}}, NULL},
        /* a collection: the web server's log may come from elsewhere */
        {{{.path = "logs/access.log", .text = ACCESS},
          {.path = "logs/haproxy.log", .text = REQUEST("web-9")},
          {.path = "logs/syslog", .text = SYSLOG("lb-1")}}, NULL},
        {{{.path = "logs/access.log", .text = ACCESS},
          {.path = "logs/syslog", .text = SYSLOG("lb-1") STATE("lb-1")}}, NULL},
        /* another folder */
        {{{.path = "logs/nginx/access.log", .text = ACCESS},
          {.path = "logs/syslog", .text = SYSLOG("mars")}}, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_in_paths),
        cmocka_unit_test(numbered_folders),
        cmocka_unit_test(beside_a_system_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
