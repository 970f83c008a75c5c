#include "infer_parts.h"

/* Names as people write them before values, in small letters, "-" as "_". nginx's own variables,
 * W3C's extended log file names, the usual short ones. */
static const struct {
    const char *name;
    uint8_t role, unit;
} names[] = {
    {"zeit", ROLE_TIME, 0}, {"methode", ROLE_METHOD, 0}, {"pfad", ROLE_PATH, 0},
    {"taken", ROLE_DURATION, 0}, {"apptime", ROLE_UPSTREAM_TIME, 0}, {"dauer", ROLE_DURATION, 0},
    {"time", ROLE_TIME, 0}, {"ts", ROLE_TIME, 0}, {"t", ROLE_TIME, 0},
    {"timestamp", ROLE_TIME, 0}, {"@timestamp", ROLE_TIME, 0}, {"date", ROLE_TIME, 0},
    {"datetime", ROLE_TIME, 0}, {"time_local", ROLE_TIME, 0}, {"time_iso8601", ROLE_TIME, 0},
    {"msec", ROLE_TIME, 0}, {"when", ROLE_TIME, 0}, {"at", ROLE_TIME, 0},
    {"status", ROLE_STATUS, 0}, {"st", ROLE_STATUS, 0}, {"code", ROLE_STATUS, 0},
    {"http_status", ROLE_STATUS, 0}, {"sc_status", ROLE_STATUS, 0},
    {"status_code", ROLE_STATUS, 0}, {"statuscode", ROLE_STATUS, 0},
    {"response_code", ROLE_STATUS, 0}, {"resp_code", ROLE_STATUS, 0},
    {"http_code", ROLE_STATUS, 0}, {"response_status", ROLE_STATUS, 0},
    {"request", ROLE_REQUEST, 0}, {"req", ROLE_REQUEST, 0}, {"r", ROLE_REQUEST, 0},
    {"sc", ROLE_STATUS, 0}, {"resp", ROLE_STATUS, 0}, {"ret", ROLE_STATUS, 0},
    {"method", ROLE_METHOD, 0}, {"meth", ROLE_METHOD, 0}, {"http_method", ROLE_METHOD, 0},
    {"verb", ROLE_METHOD, 0}, {"m", ROLE_METHOD, 0},
    {"request_method", ROLE_METHOD, 0}, {"cs_method", ROLE_METHOD, 0},
    {"uri", ROLE_PATH, 0}, {"path", ROLE_PATH, 0}, {"url", ROLE_PATH, 0}, {"u", ROLE_PATH, 0},
    {"request_uri", ROLE_PATH, 0}, {"target", ROLE_PATH, 0}, {"cs_uri", ROLE_PATH, 0},
    {"cs_uri_stem", ROLE_PATH, 0}, {"cs_uri_query", ROLE_OTHER, 0},
    {"cs_version", ROLE_PROTOCOL, 0}, {"cs_protocol_version", ROLE_PROTOCOL, 0},
    {"cs_protocol", ROLE_OTHER, 0}, {"cs_user_agent", ROLE_AGENT, 0},
    {"cs_referer", ROLE_REFERRER, 0}, {"cs_host", ROLE_VHOST, 0}, {"s_port", ROLE_OTHER, 0},
    {"x_host_header", ROLE_VHOST, 0}, {"cs_username", ROLE_OTHER, 0},
    {"sc_substatus", ROLE_OTHER, 0}, {"sc_win32_status", ROLE_OTHER, 0},
    {"s_sitename", ROLE_OTHER, 0}, {"s_computername", ROLE_OTHER, 0}, {"c_port", ROLE_OTHER, 0},
    {"time_to_first_byte", ROLE_OTHER, 0}, {"cs_cookie", ROLE_OTHER, 0},
    {"x_edge_location", ROLE_OTHER, 0}, {"sc_content_type", ROLE_OTHER, 0},
    {"sc_content_len", ROLE_OTHER, 0},
    {"request_path", ROLE_PATH, 0}, {"resource", ROLE_PATH, 0}, {"route", ROLE_PATH, 0},
    {"proto", ROLE_PROTOCOL, 0}, {"protocol", ROLE_PROTOCOL, 0}, {"http", ROLE_PROTOCOL, 0},
    {"server_protocol", ROLE_PROTOCOL, 0}, {"version", ROLE_PROTOCOL, 0},
    {"ip", ROLE_CLIENT, 0}, {"client", ROLE_CLIENT, 0}, {"client_ip", ROLE_CLIENT, 0},
    {"clientip", ROLE_CLIENT, 0}, {"remote_addr", ROLE_CLIENT, 0}, {"remote", ROLE_CLIENT, 0},
    {"remote_ip", ROLE_CLIENT, 0}, {"c_ip", ROLE_CLIENT, 0}, {"src", ROLE_CLIENT, 0},
    {"addr", ROLE_CLIENT, 0}, {"ra", ROLE_CLIENT, 0}, {"from", ROLE_CLIENT, 0},
    {"cip", ROLE_CLIENT, 0}, {"client_addr", ROLE_CLIENT, 0}, {"client_address", ROLE_CLIENT, 0},
    {"remote_address", ROLE_CLIENT, 0}, {"src_ip", ROLE_CLIENT, 0}, {"source_ip", ROLE_CLIENT, 0},
    {"user_ip", ROLE_CLIENT, 0}, {"real_ip", ROLE_CLIENT, 0}, {"peer", ROLE_CLIENT, 0},
    {"source", ROLE_CLIENT, 0}, {"host_ip", ROLE_OTHER, 0}, {"server_ip", ROLE_OTHER, 0},
    {"dst", ROLE_OTHER, 0}, {"dst_ip", ROLE_OTHER, 0}, {"dest", ROLE_OTHER, 0},
    {"local_addr", ROLE_OTHER, 0}, {"local_ip", ROLE_OTHER, 0},
    {"bytes", ROLE_BYTES, 0}, {"size", ROLE_BYTES, 0}, {"bytes_sent", ROLE_BYTES, 0},
    {"body_bytes_sent", ROLE_BYTES, 0}, {"sc_bytes", ROLE_BYTES, 0}, {"sent", ROLE_BYTES, 0},
    {"by", ROLE_BYTES, 0}, {"sz", ROLE_BYTES, 0}, {"length", ROLE_BYTES, 0},
    {"response_size", ROLE_BYTES, 0}, {"resp_size", ROLE_BYTES, 0}, {"bytes_out", ROLE_BYTES, 0},
    {"response_bytes", ROLE_BYTES, 0}, {"content_length", ROLE_BYTES, 0},
    {"bytes_in", ROLE_OTHER, 0}, {"request_size", ROLE_OTHER, 0}, {"req_size", ROLE_OTHER, 0},
    {"out", ROLE_BYTES, 0}, {"len", ROLE_BYTES, 0}, {"b", ROLE_BYTES, 0},
    {"rt", ROLE_DURATION, 0}, {"request_time", ROLE_DURATION, 0}, {"req_time", ROLE_DURATION, 0},
    {"reqtime", ROLE_DURATION, 0}, {"rtime", ROLE_DURATION, 0}, {"duration", ROLE_DURATION, 0},
    {"dur", ROLE_DURATION, 0}, {"elapsed", ROLE_DURATION, 0}, {"took", ROLE_DURATION, 0},
    {"latency", ROLE_DURATION, 0}, {"time_taken", ROLE_DURATION, 0}, {"tt", ROLE_DURATION, 0},
    {"elapsed_time", ROLE_DURATION, 0}, {"exec_time", ROLE_DURATION, 0},
    {"processing_time", ROLE_DURATION, 0}, {"total_time", ROLE_DURATION, 0},
    {"time_total", ROLE_DURATION, 0}, {"response_duration", ROLE_DURATION, 0},
    {"request_duration", ROLE_DURATION, 0}, {"lat", ROLE_DURATION, 0},
    {"response_time", ROLE_DURATION, 0}, {"resp_time", ROLE_DURATION, 0},
    {"total", ROLE_DURATION, 0}, {"d", ROLE_DURATION, 0},
    {"urt", ROLE_UPSTREAM_TIME, 0}, {"ut", ROLE_UPSTREAM_TIME, 0}, {"upt", ROLE_UPSTREAM_TIME, 0},
    {"upstream_response_time", ROLE_UPSTREAM_TIME, 0}, {"upstream_time", ROLE_UPSTREAM_TIME, 0},
    {"uct", ROLE_OTHER, 0}, {"uht", ROLE_OTHER, 0}, {"upstream_connect_time", ROLE_OTHER, 0},
    {"upstream_header_time", ROLE_OTHER, 0}, {"connect_time", ROLE_OTHER, 0},
    {"ul", ROLE_OTHER, 0}, {"port", ROLE_OTHER, 0}, {"server_port", ROLE_OTHER, 0},
    {"remote_port", ROLE_OTHER, 0}, {"conn", ROLE_OTHER, 0}, {"connection", ROLE_OTHER, 0},
    {"pid", ROLE_OTHER, 0}, {"id", ROLE_OTHER, 0}, {"rid", ROLE_OTHER, 0},
    {"request_id", ROLE_OTHER, 0}, {"request_length", ROLE_OTHER, 0}, {"rl", ROLE_OTHER, 0},
    {"in", ROLE_OTHER, 0}, {"cs_bytes", ROLE_OTHER, 0}, {"user", ROLE_OTHER, 0},
    {"remote_user", ROLE_OTHER, 0}, {"cache", ROLE_OTHER, 0}, {"ssl", ROLE_OTHER, 0},
    {"server_addr", ROLE_OTHER, 0}, {"s_ip", ROLE_OTHER, 0}, {"local", ROLE_OTHER, 0},
    {"gzip_ratio", ROLE_OTHER, 0}, {"gz", ROLE_OTHER, 0}, {"pipe", ROLE_OTHER, 0},
    {"upstream", ROLE_UPSTREAM, 0}, {"upstream_addr", ROLE_UPSTREAM, 0},
    {"backend_addr", ROLE_UPSTREAM, 0}, {"up", ROLE_UPSTREAM, 0},
    {"upstream_status", ROLE_UPSTREAM_STATUS, 0}, {"us", ROLE_UPSTREAM_STATUS, 0},
    {"ustatus", ROLE_UPSTREAM_STATUS, 0}, {"ucode", ROLE_UPSTREAM_STATUS, 0},
    {"upstream_code", ROLE_UPSTREAM_STATUS, 0}, {"ups", ROLE_UPSTREAM_STATUS, 0},
    {"up_status", ROLE_UPSTREAM_STATUS, 0}, {"backend_code", ROLE_UPSTREAM_STATUS, 0},
    {"origin_status", ROLE_UPSTREAM_STATUS, 0}, {"ust", ROLE_UPSTREAM_STATUS, 0},
    {"backend_status", ROLE_UPSTREAM_STATUS, 0},
    {"upstream_duration", ROLE_UPSTREAM_TIME, 0}, {"backend_time", ROLE_UPSTREAM_TIME, 0},
    {"ua", ROLE_AGENT, 0}, {"agent", ROLE_AGENT, 0}, {"user_agent", ROLE_AGENT, 0},
    {"useragent", ROLE_AGENT, 0}, {"http_user_agent", ROLE_AGENT, 0},
    {"ref", ROLE_REFERRER, 0}, {"referer", ROLE_REFERRER, 0}, {"referrer", ROLE_REFERRER, 0},
    {"http_referer", ROLE_REFERRER, 0},
    {"xff", ROLE_FORWARDED, 0}, {"forwarded", ROLE_FORWARDED, 0},
    {"forwarded_for", ROLE_FORWARDED, 0}, {"x_forwarded_for", ROLE_FORWARDED, 0},
    {"http_x_forwarded_for", ROLE_FORWARDED, 0}, {"fwd", ROLE_FORWARDED, 0},
    {"vhost", ROLE_VHOST, 0}, {"host", ROLE_VHOST, 0}, {"server_name", ROLE_VHOST, 0},
    {"http_host", ROLE_VHOST, 0}, {"domain", ROLE_VHOST, 0},
    {"sni", ROLE_VHOST, 0}, {"site", ROLE_VHOST, 0}, {"authority", ROLE_VHOST, 0},
    {"hostname", ROLE_OTHER, 0}, {"virtual_host", ROLE_VHOST, 0},
    {"fe", ROLE_FRONTEND, 0}, {"frontend", ROLE_FRONTEND, 0},
    {"be", ROLE_BACKEND, 0}, {"backend", ROLE_BACKEND, 0},
    {"srv", ROLE_SERVER, 0}, {"server", ROLE_SERVER, 0},
    {"term", ROLE_STATE, 0}, {"tsc", ROLE_STATE, 0}, {"termination_state", ROLE_STATE, 0},
};

static const struct {
    const char *ending;
    uint8_t unit;
} units[] = {
    {"_ms", UNIT_MS}, {"_msec", UNIT_MS}, {"_millis", UNIT_MS}, {"_us", UNIT_US},
    {"_millisec", UNIT_MS}, {"_milliseconds", UNIT_MS}, {"_microsec", UNIT_US},
    {"_microseconds", UNIT_US},
    {"_usec", UNIT_US}, {"_micros", UNIT_US}, {"_s", UNIT_S}, {"_sec", UNIT_S},
    {"_seconds", UNIT_S},
};

enum { NAME_MAX_BYTES = 32 };

static enum pmt_role find_name(struct pmt_slice s)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pmt_slice_is(s, names[i].name))
            return names[i].role;
    return ROLE_NONE;
}

/* Where a name is put together of words, "timeTaken", they are parted: what has the length. */
static size_t put_low(struct pmt_slice name, bool part, char *low)
{
    size_t n = 0;
    for (size_t i = 0; i < name.n && n + 1 < NAME_MAX_BYTES; i++) {
        char c = name.p[i], before = i ? name.p[i - 1] : 'A';
        if (part && c >= 'A' && c <= 'Z' && before >= 'a' && before <= 'z')
            low[n++] = '_';
        low[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c && strchr("-.( ", c) ? '_' : c;
    }
    return n && low[n - 1] == ')' ? n - 1 : n; /* cs(Referer) */
}

static enum pmt_role role_of(struct pmt_slice s, enum pmt_unit *unit)
{
    const char *low = s.p;
    enum pmt_role role = find_name(s);
    for (size_t i = 0; role == ROLE_NONE && i < sizeof units / sizeof *units; i++) {
        if (!pmt_slice_ends(s, units[i].ending))
            continue;
        role = find_name(pmt_slice(low, s.n - strlen(units[i].ending)));
        if (role == ROLE_TIME)
            role = ROLE_DURATION; /* time_ms */
        if (role == ROLE_DURATION || role == ROLE_UPSTREAM_TIME) {
            *unit = units[i].unit;
            return role;
        }
        return ROLE_NONE;
    }
    return role;
}

enum pmt_role pmt_name_role(struct pmt_slice name, enum pmt_unit *unit)
{
    char low[NAME_MAX_BYTES];
    enum pmt_role role = ROLE_NONE;
    *unit = UNIT_NONE;
    for (int part = 0; name.n && name.n < sizeof low && role == ROLE_NONE && part < 2; part++)
        role = role_of(pmt_slice(low, put_low(name, part, low)), unit);
    return role;
}

/* The registry of HTTP status codes, nginx's 444 and 494 to 499, and those that content networks
 * answer with. */
bool pmt_status_registered(int64_t s)
{
    return (s >= 100 && s <= 103) || (s >= 200 && s <= 208) || s == 226 ||
           (s >= 300 && s <= 308) || (s >= 400 && s <= 418) || (s >= 421 && s <= 426) ||
           s == 428 || s == 429 || s == 431 || s == 444 || s == 451 || s == 460 ||
           (s >= 494 && s <= 499) || (s >= 500 && s <= 511 && s != 509) ||
           (s >= 520 && s <= 527) || s == 530;
}

bool pmt_status_common(int64_t s)
{
    static const int16_t common[] = {200, 201, 202, 204, 206, 301, 302, 303, 304, 307,
                                     308, 400, 401, 403, 404, 405, 410, 413, 422, 429,
                                     499, 500, 502, 503, 504};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (s == common[i])
            return true;
    return false;
}
