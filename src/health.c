#include "pmt/health.h"

/* Where a name must stand. Probes of infrastructure send nothing else and so begin with it;
 * services that load pages in a real browser put it into the browser's agent. */
enum where { AT_START, ANYWHERE };

struct agent {
    const char *text; /* as sent; a last letter or digit must end the word */
    enum where where;
    const char *name;
};

static const struct agent agents[] = {
    /* orchestrators, balancers, proxies, clouds */
    {"kube-probe/", AT_START, "Kubernetes probe"},
    {"Consul Health Check", AT_START, "Consul health check"},
    {"Envoy/HC", AT_START, "Envoy health check"},
    {"haproxy", AT_START, "HAProxy check"},
    {"HAProxy", AT_START, "HAProxy check"},
    {"ELB-HealthChecker/", AT_START, "AWS load balancer health check"},
    {"Amazon-Route53-Health-Check-Service", AT_START, "AWS Route 53 health check"},
    {"GoogleHC/", AT_START, "Google Cloud health check"},
    {"GoogleStackdriverMonitoring", ANYWHERE, "Google Cloud uptime check"},
    {"Load Balancer Agent", AT_START, "Azure load balancer probe"},
    {"Azure Traffic Manager Endpoint Monitor", AT_START, "Azure Traffic Manager"},
    {"Edge Health Probe", AT_START, "Azure Front Door probe"},
    {"HealthCheck/1.0", AT_START, "Azure App Service health check"},
    {"ReadyForRequest/1.0", AT_START, "Azure App Service health check"},
    {"AlwaysOn", AT_START, "Azure App Service Always On"},
    {"Cloudflare-Healthchecks/", ANYWHERE, "Cloudflare health check"},
    {"Cloudflare-Traffic-Manager/", ANYWHERE, "Cloudflare load balancer check"},
    /* monitoring one runs oneself */
    {"check_http/", AT_START, "Nagios check_http"},
    {"check_curl/", AT_START, "Nagios check_curl"},
    {"Nagios", AT_START, "Nagios"},
    {"Icinga", AT_START, "Icinga"},
    {"Zabbix", AT_START, "Zabbix"},
    {"Prometheus/", AT_START, "Prometheus"},
    {"Blackbox Exporter/", AT_START, "Prometheus blackbox exporter"},
    {"Blackbox-Exporter", AT_START, "Prometheus blackbox exporter"},
    {"Uptime-Kuma/", AT_START, "Uptime Kuma"},
    {"Gatus/", AT_START, "Gatus"},
    {"Monit/", AT_START, "Monit"},
    {"monit/", AT_START, "Monit"},
    {"munin/", AT_START, "Munin"},
    {"PRTG Network Monitor", ANYWHERE, "PRTG"},
    /* monitoring services */
    {"UptimeRobot/", ANYWHERE, "UptimeRobot"},
    {"Pingdom.com_bot", ANYWHERE, "Pingdom"},
    {"PingdomPageSpeed/", ANYWHERE, "Pingdom"},
    {"PingdomTMS/", ANYWHERE, "Pingdom"},
    {"StatusCake", ANYWHERE, "StatusCake"},
    {"Site24x7", ANYWHERE, "Site24x7"},
    {"Datadog/Synthetics", ANYWHERE, "Datadog Synthetics"},
    {"DatadogSynthetics", ANYWHERE, "Datadog Synthetics"},
    {"NewRelicPinger/", ANYWHERE, "New Relic"},
    {"NewRelicSynthetics/", ANYWHERE, "New Relic"},
    {"DynatraceSynthetic/", ANYWHERE, "Dynatrace"},
    {"RuxitSynthetic/", ANYWHERE, "Dynatrace"},
    {"Better Uptime Bot", ANYWHERE, "Better Stack"},
    {"Better Stack", AT_START, "Better Stack"},
    {"updown.io daemon", ANYWHERE, "updown.io"},
    {"Checkly/", ANYWHERE, "Checkly"},
    {"FreshpingBot/", ANYWHERE, "Freshping"},
    {"HetrixTools", ANYWHERE, "HetrixTools"},
    {"Catchpoint", ANYWHERE, "Catchpoint"},
    {"ThousandEyes", ANYWHERE, "ThousandEyes"},
    {"OhDear/", ANYWHERE, "Oh Dear"},
    {"Uptimebot/", ANYWHERE, "Uptime.com"},
    {"Uptime/", AT_START, "Uptime.com"},
    {"uptime.com", AT_START, "Uptime.com"},
    {"NodePing", AT_START, "NodePing"},
    {"SentryUptimeBot/", ANYWHERE, "Sentry uptime"},
    {"jetmon/", AT_START, "Jetpack monitor"},
};

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Does text, which stands at p, end there? "Zabbix" does in "Zabbix 6.0", not in "Zabbixer". */
static bool ends_well(const char *p, const char *end, const char *text, size_t n)
{
    return !is_word(text[n - 1]) || p + n == end || !is_word(p[n]);
}

static bool matches(struct pmt_slice agent, const struct agent *row)
{
    size_t n = strlen(row->text);
    const char *end = agent.p + agent.n;
    if (row->where == AT_START)
        return pmt_slice_starts(agent, row->text) && ends_well(agent.p, end, row->text, n);
    for (struct pmt_slice rest = agent; rest.n >= n;) {
        const char *p = pmt_slice_find(rest, row->text);
        if (!p)
            return false;
        /* A product token, a comment or a word of one: not the tail of an address or a name. */
        bool begins = p == agent.p || p[-1] == ' ' || p[-1] == '(' || p[-1] == ';' || p[-1] == '+';
        if (begins && ends_well(p, end, row->text, n))
            return true;
        rest = pmt_slice(p + 1, (size_t)(end - p - 1));
    }
    return false;
}

bool pmt_health_agent(struct pmt_slice agent, const char **name)
{
    if (!agent.n)
        return false;
    if (agent.n > PMT_HEALTH_AGENT_MAX)
        agent.n = PMT_HEALTH_AGENT_MAX;
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
        if (matches(agent, &agents[i])) {
            if (name)
                *name = agents[i].name;
            return true;
        }
    }
    return false;
}
