#include "pmt/record.h"

static const char *const kind_names[] = {"other", "http_request", "lb_server_state", "nginx_error",
                                         "syslog"};
static const char *const severity_names[] = {"emerg",   "alert",  "crit", "err",
                                             "warning", "notice", "info", "debug"};
static const char *const event_names[] = {
    "none",           "oom",             "crash",           "reboot",
    "clock_step",     "service_failed",  "service_stopped", "service_started",
    "service_restarting", "config_change", "deploy",        "operator_action",
    "session",        "resource_exhausted", "storage",      "network",
    "upstream_error", "no_live_upstreams", "upstream_disabled", "failover",
    "log_gap",        "info",
};

static const char *const lb_names[] = {"none", "down", "maint", "drain", "up", "still_out",
                                       "no_server", "check", "check_failed", "info"};

/* Copied whole: cheaper per line than clearing and then setting what is not zero. */
static const struct pmt_record empty = {
    .severity = PMT_SEV_UNKNOWN, .pid = -1, .status = -1, .bytes = -1, .duration_us = -1,
    .latency_us = -1,
    .active_left = -1, .rule = -1, .retries = -1,
};

void pmt_record_clear(struct pmt_record *r)
{
    memcpy(r, &empty, sizeof *r);
}

const char *pmt_kind_name(enum pmt_kind k)
{
    return kind_names[k];
}

const char *pmt_severity_name(int severity)
{
    return severity >= PMT_SEV_EMERG && severity <= PMT_SEV_DEBUG ? severity_names[severity] : NULL;
}

const char *pmt_event_name(enum pmt_event e)
{
    return event_names[e];
}

const char *pmt_lb_name(enum pmt_lb lb)
{
    return lb_names[lb];
}

int pmt_severity_from_name(struct pmt_slice s)
{
    /* syslog(3) and its deprecated names, nginx (error, warn), HAProxy's stderr (in capitals);
     * loggers of applications, some of which write three letters. */
    static const struct {
        const char *name;
        int severity;
    } names[] = {
        {"emerg", PMT_SEV_EMERG},    {"panic", PMT_SEV_EMERG},     {"alert", PMT_SEV_ALERT},
        {"crit", PMT_SEV_CRIT},      {"critical", PMT_SEV_CRIT},   {"err", PMT_SEV_ERR},
        {"error", PMT_SEV_ERR},      {"warn", PMT_SEV_WARNING},    {"warning", PMT_SEV_WARNING},
        {"notice", PMT_SEV_NOTICE},  {"info", PMT_SEV_INFO},       {"debug", PMT_SEV_DEBUG},
        {"fatal", PMT_SEV_CRIT},     {"trace", PMT_SEV_DEBUG},     {"ftl", PMT_SEV_CRIT},
        {"wrn", PMT_SEV_WARNING},    {"inf", PMT_SEV_INFO},        {"dbg", PMT_SEV_DEBUG},
        {"trc", PMT_SEV_DEBUG},      {"dpanic", PMT_SEV_CRIT},     {"information", PMT_SEV_INFO},
    };
    char low[12];
    if (s.n == 0 || s.n >= sizeof low)
        return PMT_SEV_UNKNOWN;
    for (size_t i = 0; i < s.n; i++)
        low[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (*names[i].name == *low && pmt_slice_is(pmt_slice(low, s.n), names[i].name))
            return names[i].severity;
    return PMT_SEV_UNKNOWN;
}

/* ---- the table of fields ----------------------------------------------------------------- */

#define TEXT(field)                                                                                \
    static struct pmt_slice text_##field(const struct pmt_record *r)                               \
    {                                                                                              \
        return r->field;                                                                           \
    }
#define NUMBER(field)                                                                              \
    static int64_t number_##field(const struct pmt_record *r, bool *known)                         \
    {                                                                                              \
        *known = r->field >= 0;                                                                    \
        return r->field;                                                                           \
    }

TEXT(host)
TEXT(program)
NUMBER(pid)
TEXT(client)
TEXT(method)
TEXT(path)
NUMBER(status)
NUMBER(bytes)
TEXT(frontend)
TEXT(backend)
TEXT(server)
TEXT(termination)
TEXT(upstream)
TEXT(message)
TEXT(vhost)
TEXT(agent)
TEXT(referrer)
TEXT(forwarded_for)
TEXT(upstream_status)
NUMBER(retries)
NUMBER(active_left)
TEXT(reason)
TEXT(subject)

static struct pmt_slice text_severity(const struct pmt_record *r)
{
    return pmt_str(pmt_severity_name(r->severity));
}

static struct pmt_slice text_state(const struct pmt_record *r)
{
    return r->lb == PMT_LB_NONE ? PMT_NO_SLICE : pmt_str(pmt_lb_name((enum pmt_lb)r->lb));
}

static struct pmt_slice text_event(const struct pmt_record *r)
{
    return r->event == PMT_EV_NONE ? PMT_NO_SLICE
                                   : pmt_str(pmt_event_name((enum pmt_event)r->event));
}

static int64_t number_request_time(const struct pmt_record *r, bool *known)
{
    *known = r->duration_us >= 0;
    return r->duration_us / 1000;
}

static int64_t number_upstream_time(const struct pmt_record *r, bool *known)
{
    *known = r->latency_us >= 0;
    return r->latency_us / 1000;
}

#define A_TEXT(sort, name, field) {name, PMT_FIELD_TEXT, PMT_SORT_##sort, text_##field, NULL}
#define A_NUMBER(name, field) {name, PMT_FIELD_NUMBER, PMT_SORT_WORD, NULL, number_##field}

const struct pmt_field pmt_fields[] = {
    A_TEXT(NAME, "host", host),
    A_TEXT(NAME, "program", program),
    A_NUMBER("pid", pid),
    A_TEXT(WORD, "severity", severity),
    A_TEXT(CLIENT, "client_ip", client),
    A_TEXT(NAME, "method", method),
    A_TEXT(PATH, "path", path),
    A_NUMBER("status", status),
    A_NUMBER("bytes", bytes),
    A_TEXT(NAME, "frontend", frontend),
    A_TEXT(NAME, "backend", backend),
    A_TEXT(NAME, "server", server),
    A_NUMBER("request_time_ms", request_time),
    A_TEXT(NAME, "termination_state", termination),
    A_TEXT(NAME, "upstream", upstream),
    A_TEXT(TEXT, "message", message),
    A_TEXT(NAME, "vhost", vhost),
    A_TEXT(TEXT, "agent", agent),
    A_TEXT(TEXT, "referrer", referrer),
    A_TEXT(CLIENTS, "forwarded_for", forwarded_for),
    A_TEXT(NAME, "upstream_status", upstream_status),
    A_NUMBER("upstream_time_ms", upstream_time),
    A_NUMBER("retries", retries),
    A_TEXT(WORD, "state", state),
    A_NUMBER("active_left", active_left),
    A_TEXT(TEXT, "reason", reason),
    A_TEXT(WORD, "event", event),
    A_TEXT(SUBJECT, "subject", subject),
    {NULL, PMT_FIELD_TEXT, PMT_SORT_WORD, NULL, NULL},
};
