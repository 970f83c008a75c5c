#include "pmt/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_monitors(void **state)
{
    (void)state;
    static const struct {
        const char *agent;
        const char *name;
    } rows[] = {
        {"kube-probe/1.23", "Kubernetes probe"},
        {"ELB-HealthChecker/2.0", "AWS load balancer health check"},
        {"Amazon-Route53-Health-Check-Service (ref 0; report http://amzn.to/1vsZADi)",
         "AWS Route 53 health check"},
        {"GoogleHC/1.0", "Google Cloud health check"},
        {"GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)",
         "Google Cloud uptime check"},
        {"Mozilla/5.0 (compatible; GoogleStackdriverMonitoring-UptimeChecks)",
         "Google Cloud uptime check"},
        {"Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "UptimeRobot"},
        {"Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", "Pingdom"},
        {"Mozilla/5.0 (compatible; Cloudflare-Traffic-Manager/1.0; pool-id: 1)",
         "Cloudflare load balancer check"},
        {"Better Uptime Bot Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Better Stack"},
        {"Better Stack Better Uptime Bot Mozilla/5.0", "Better Stack"},
        {"check_http/v2.3.3 (nagios-plugins 2.3.3)", "Nagios check_http"},
        {"Prometheus/2.45.0", "Prometheus"},
        {"Blackbox Exporter/0.24.0", "Prometheus blackbox exporter"},
        {"Consul Health Check", "Consul health check"},
        {"Envoy/HC", "Envoy health check"},
        {"Zabbix", "Zabbix"},
        {"Zabbix 6.0", "Zabbix"},
        {"haproxy", "HAProxy check"},
        {"HealthCheck/1.0", "Azure App Service health check"},
        {"Uptime-Kuma/1.18.0", "Uptime Kuma"},
        {"Mozilla/5.0 (compatible; OhDear/1.1; +https://ohdear.app/checker)", "Oh Dear"},
        {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/110.0.0.0 Safari/537.36 DatadogSynthetics",
         "Datadog Synthetics"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = NULL;
        assert_true(pmt_health_agent(pmt_str(rows[i].agent), &name));
        assert_string_equal(name, rows[i].name);
        assert_true(pmt_health_agent(pmt_str(rows[i].agent), NULL));
    }
}

static void test_others(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "-",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/98.0.4758.102 Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/98.0.4758.102 Safari/537.36 Edg/98.0.1108.62",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/15.3 Safari/605.1.15",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:97.0) Gecko/20100101 Firefox/97.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 15_3 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "curl/7.81.0",
        "Wget/1.21.2",
        "Go-http-client/1.1",
        "python-requests/2.27.1",
        "Amazon CloudFront",
        "okhttp/4.9.3",
        "Zabbixer/1.0",
        "NagiosXYZ",
        "haproxyish",
        "Mozilla/5.0 (X11) Prometheus/2.45.0",             /* only at the start */
        "x-UptimeRobot/2.0",                               /* the tail of another name */
        "Mozilla/5.0 (https://example.net/UptimeRobot/)",  /* of an address */
        "KUBE-PROBE/1.23",                                 /* written as sent, or not at all */
        "kube-probe",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = "untouched";
        assert_false(pmt_health_agent(pmt_str(rows[i]), &name));
        assert_string_equal(name, "untouched");
    }
    assert_false(pmt_health_agent(PMT_NO_SLICE, NULL));
}

/* Every prefix, in memory of exactly its size: nothing behind it is read. */
static void test_prefixes(void **state)
{
    (void)state;
    static const char agent[] = "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://example.net/)";
    static const size_t enough = sizeof "Mozilla/5.0+(compatible; UptimeRobot/" - 1;
    for (size_t n = 1; n < sizeof agent; n++) {
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, agent, n);
        assert_int_equal(pmt_health_agent(pmt_slice(copy, n), NULL), n >= enough);
        free(copy);
    }
}

static void test_limit(void **state)
{
    (void)state;
    char text[PMT_HEALTH_AGENT_MAX + 32];
    static const char probe[] = " UptimeRobot/2.0";
    memset(text, 'x', sizeof text);
    memcpy(text + PMT_HEALTH_AGENT_MAX - (sizeof probe - 1), probe, sizeof probe - 1);
    assert_true(pmt_health_agent(pmt_slice(text, sizeof text), NULL));
    memset(text, 'x', sizeof text);
    memcpy(text + PMT_HEALTH_AGENT_MAX, probe, sizeof probe - 1);
    assert_false(pmt_health_agent(pmt_slice(text, sizeof text), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_monitors),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
