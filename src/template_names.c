#include "template_program.h"

/* The names of each dialect: what a variable means and how its bytes are found. */

/* nginx: ngx_http_variables.c, ngx_http_upstream.c, ngx_stream_*.c, and the modules log, realip and
 * ssi_filter. What is not here is opaque text: a site may name variables itself. */
static const struct pmt_var nginx_vars[] = {
    {"remote_addr", MEANS_CLIENT, TAKE_TEXT, VAR_ADDRESS, NULL},
    {"server_addr", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS, NULL},
    {"realip_remote_addr", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS, NULL},
    {"proxy_protocol_server_addr", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS, NULL},
    {"remote_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"server_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"realip_remote_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"proxy_protocol_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"proxy_protocol_server_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"proxy_protocol_addr", MEANS_FORWARDED, TAKE_TEXT, VAR_ADDRESS, NULL},
    {"time_local", MEANS_STAMP, TAKE_STAMP, 0, NULL},
    {"time_iso8601", MEANS_STAMP, TAKE_STAMP, 0, NULL},
    {"msec", MEANS_STAMP, TAKE_EPOCH, 0, NULL},
    {"date_gmt", MEANS_NOTHING, TAKE_PARTS, 0, "%A, %d-%b-%Y %H:%M:%S %Z"},
    {"date_local", MEANS_NOTHING, TAKE_PARTS, 0, "%A, %d-%b-%Y %H:%M:%S %Z"},
    {"request", MEANS_REQUEST, TAKE_TEXT, 0, NULL},
    {"request_method", MEANS_METHOD, TAKE_TEXT, 0, NULL},
    {"request_uri", MEANS_PATH, TAKE_TEXT, VAR_PATH | VAR_BETTER, NULL},
    {"uri", MEANS_PATH, TAKE_TEXT, VAR_PATH, NULL},
    {"document_uri", MEANS_PATH, TAKE_TEXT, VAR_PATH, NULL},
    {"is_args", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY, NULL},
    {"args", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY, NULL},
    {"query_string", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY, NULL},
    {"status", MEANS_STATUS, TAKE_STATUS, 0, NULL},
    {"body_bytes_sent", MEANS_BYTES, TAKE_NUMBER, 0, NULL},
    {"bytes_sent", MEANS_BYTES, TAKE_NUMBER, 0, NULL},
    {"bytes_received", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"request_length", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"content_length", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"connection", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"connection_requests", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"connection_time", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"pid", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"gzip_ratio", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"tcpinfo_rtt", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"tcpinfo_rttvar", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"tcpinfo_snd_cwnd", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"tcpinfo_rcv_space", MEANS_NOTHING, TAKE_NUMBER, 0, NULL},
    {"request_time", MEANS_SECONDS, TAKE_NUMBER, 0, NULL},
    {"request_time_ms", MEANS_MILLIS, TAKE_NUMBER, 0, NULL}, /* a site's own, as we name them */
    {"request_time_us", MEANS_MICROS, TAKE_NUMBER, 0, NULL},
    {"session_time", MEANS_SECONDS, TAKE_NUMBER, VAR_SESSION, NULL},
    {"protocol", MEANS_NOTHING, TAKE_TEXT, VAR_SESSION, NULL},
    {"http_referer", MEANS_REFERRER, TAKE_TEXT, 0, NULL},
    {"http_user_agent", MEANS_AGENT, TAKE_TEXT, VAR_BLANKS, NULL},
    {"http_x_forwarded_for", MEANS_FORWARDED, TAKE_TEXT, VAR_BETTER, NULL},
    {"proxy_add_x_forwarded_for", MEANS_FORWARDED, TAKE_TEXT, VAR_BETTER, NULL},
    {"http_x_real_ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL},
    {"http_cf_connecting_ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL},
    {"http_true_client_ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL},
    {"http_x_client_ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL},
    {"http_x_original_forwarded_for", MEANS_FORWARDED, TAKE_TEXT, 0, NULL},
    {"host", MEANS_VHOST, TAKE_TEXT, VAR_HOST, NULL},
    {"http_host", MEANS_VHOST, TAKE_TEXT, VAR_HOST, NULL},
    {"server_name", MEANS_VHOST, TAKE_TEXT, VAR_HOST, NULL},
    {"hostname", MEANS_NOTHING, TAKE_TEXT, VAR_HOST, NULL},
    {"scheme", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"server_protocol", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"ssl_protocol", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"ssl_cipher", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"ssl_server_name", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"ssl_preread_server_name", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"pipe", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"request_id", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"connection_id", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"proxy_host", MEANS_NOTHING, TAKE_TEXT, VAR_HOST, NULL},
    {"proxy_port", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"http2", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"http3", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"https", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"request_completion", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"nginx_version", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"upstream_cache_status", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"upstream_last_server_name", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"limit_req_status", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"limit_conn_status", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"upstream_addr", MEANS_UPSTREAM, TAKE_LIST, 0, NULL},
    {"upstream_status", MEANS_UPSTREAM_STATUS, TAKE_LIST, 0, NULL},
    {"upstream_response_time", MEANS_UPSTREAM_SECONDS, TAKE_LIST, 0, NULL},
    {"upstream_connect_time", MEANS_NOTHING, TAKE_LIST, 0, NULL},
    {"upstream_header_time", MEANS_NOTHING, TAKE_LIST, 0, NULL},
    {"upstream_session_time", MEANS_NOTHING, TAKE_LIST, 0, NULL},
    {"upstream_first_byte_time", MEANS_NOTHING, TAKE_LIST, 0, NULL},
    {"upstream_queue_time", MEANS_NOTHING, TAKE_LIST, 0, NULL},
    {"upstream_response_length", MEANS_NOTHING, TAKE_LIST, 0, NULL},
    {"upstream_bytes_received", MEANS_NOTHING, TAKE_LIST, 0, NULL},
    {"upstream_bytes_sent", MEANS_NOTHING, TAKE_LIST, 0, NULL},
    {NULL, MEANS_NOTHING, TAKE_TEXT, 0, NULL},
};

/* HAProxy: configuration manual 8.2.6 (8.2.4 before 3.0), and the names of 1.5 to 1.8. */
static const struct pmt_var haproxy_vars[] = {
    {"ci", MEANS_CLIENT, TAKE_WORD, VAR_ADDRESS, NULL},
    {"cp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"fi", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS, NULL},
    {"fp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"bi", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS, NULL},
    {"bp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"si", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS, NULL},
    {"sp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"tr", MEANS_STAMP, TAKE_STAMP, VAR_REQUEST_DATE | VAR_NO_QUOTES, NULL},
    {"trg", MEANS_STAMP, TAKE_STAMP, VAR_REQUEST_DATE | VAR_NO_QUOTES | VAR_UNIVERSAL, NULL},
    {"trl", MEANS_STAMP, TAKE_STAMP, VAR_REQUEST_DATE | VAR_NO_QUOTES, NULL},
    {"t", MEANS_STAMP, TAKE_STAMP, VAR_NO_QUOTES, NULL},
    {"T", MEANS_STAMP, TAKE_STAMP, VAR_NO_QUOTES | VAR_UNIVERSAL, NULL},
    {"Tl", MEANS_STAMP, TAKE_STAMP, VAR_NO_QUOTES, NULL},
    {"Ts", MEANS_NOTHING, TAKE_PARTS, VAR_NO_QUOTES | VAR_NUMBER, "%s"},
    {"ms", MEANS_NOTHING, TAKE_PARTS, VAR_NO_QUOTES | VAR_NUMBER, "%L"},
    {"ft", MEANS_FRONTEND, TAKE_WORD, 0, NULL},
    {"f", MEANS_FRONTEND, TAKE_WORD, 0, NULL},
    {"b", MEANS_BACKEND, TAKE_WORD, 0, NULL},
    {"s", MEANS_SERVER, TAKE_WORD, 0, NULL},
    {"H", MEANS_NOTHING, TAKE_WORD, 0, NULL},
    {"ID", MEANS_NOTHING, TAKE_WORD, 0, NULL},
    {"sslv", MEANS_NOTHING, TAKE_WORD, 0, NULL},
    {"sslc", MEANS_NOTHING, TAKE_WORD, 0, NULL},
    {"TR", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Tq", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Tw", MEANS_QUEUE_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Tc", MEANS_CONNECT_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Tr", MEANS_RESPONSE_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Td", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"TD", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Th", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Ti", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Tu", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Ta", MEANS_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Tt", MEANS_TOTAL_MILLIS, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"ST", MEANS_STATUS, TAKE_STATUS, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"B", MEANS_BYTES, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"U", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"tsc", MEANS_TERMINATION, TAKE_STATE, VAR_NO_QUOTES, NULL},
    {"ts", MEANS_TERMINATION, TAKE_STATE, VAR_NO_QUOTES, NULL},
    {"CC", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"CS", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"ac", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"fc", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"bc", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"sc", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"rc", MEANS_RETRIES, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"sq", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"bq", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"lc", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"rt", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"pid", MEANS_NOTHING, TAKE_NUMBER, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"hr", MEANS_NOTHING, TAKE_CAPTURES, VAR_NO_QUOTES, NULL},
    {"hs", MEANS_NOTHING, TAKE_CAPTURES, VAR_NO_QUOTES, NULL},
    {"hrl", MEANS_NOTHING, TAKE_TEXT, VAR_NO_QUOTES, NULL},
    {"hsl", MEANS_NOTHING, TAKE_TEXT, VAR_NO_QUOTES, NULL},
    {"r", MEANS_REQUEST, TAKE_TEXT, 0, NULL},
    {"HM", MEANS_METHOD, TAKE_TEXT, 0, NULL},
    {"HU", MEANS_PATH, TAKE_TEXT, VAR_PATH | VAR_BETTER, NULL},
    {"HP", MEANS_PATH, TAKE_TEXT, VAR_PATH, NULL},
    {"HPO", MEANS_PATH, TAKE_TEXT, VAR_PATH, NULL},
    {"HQ", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY, NULL},
    {"HV", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"OG", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    /* as some were called before 1.5 was done */
    {"Ci", MEANS_CLIENT, TAKE_WORD, VAR_ADDRESS, NULL},
    {"Cp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Fi", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS, NULL},
    {"Fp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Bi", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS, NULL},
    {"Bp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"Si", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS, NULL},
    {"Sp", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT | VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {"cc", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"cs", MEANS_NOTHING, TAKE_TEXT, 0, NULL},
    {"st", MEANS_STATUS, TAKE_STATUS, VAR_NO_QUOTES | VAR_NUMBER, NULL},
    {NULL, MEANS_NOTHING, TAKE_TEXT, 0, NULL},
};

/* Apache httpd: mod_log_config, "Custom Log Formats"; mod_logio. By letter; the name is what stands
 * in the braces, "" for none. Header names are compared without case. */
static const struct {
    char letter;
    struct pmt_var var;
} apache_vars[] = {
    {'h', {"", MEANS_CLIENT, TAKE_TEXT, VAR_ADDRESS, NULL}},
    {'h', {"c", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS, NULL}},
    {'a', {"", MEANS_CLIENT, TAKE_TEXT, VAR_ADDRESS | VAR_BETTER, NULL}},
    {'a', {"c", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS, NULL}},
    {'A', {"", MEANS_NOTHING, TAKE_TEXT, VAR_ADDRESS, NULL}},
    {'p', {"", MEANS_NOTHING, TAKE_NUMBER, 0, NULL}},
    {'p', {"canonical", MEANS_NOTHING, TAKE_NUMBER, 0, NULL}},
    {'p', {"local", MEANS_NOTHING, TAKE_NUMBER, 0, NULL}},
    {'p', {"remote", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL}},
    {'t', {"", MEANS_STAMP, TAKE_STAMP, 0, NULL}},
    {'r', {"", MEANS_REQUEST, TAKE_TEXT, 0, NULL}},
    {'m', {"", MEANS_METHOD, TAKE_TEXT, 0, NULL}},
    {'U', {"", MEANS_PATH, TAKE_TEXT, VAR_PATH, NULL}},
    {'q', {"", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY, NULL}},
    {'s', {"", MEANS_STATUS, TAKE_STATUS, 0, NULL}},
    {'b', {"", MEANS_BYTES, TAKE_NUMBER, 0, NULL}},
    {'B', {"", MEANS_BYTES, TAKE_NUMBER, 0, NULL}},
    {'O', {"", MEANS_BYTES, TAKE_NUMBER, 0, NULL}},
    {'I', {"", MEANS_NOTHING, TAKE_NUMBER, 0, NULL}},
    {'S', {"", MEANS_NOTHING, TAKE_NUMBER, 0, NULL}},
    {'k', {"", MEANS_NOTHING, TAKE_NUMBER, 0, NULL}},
    {'P', {"", MEANS_NOTHING, TAKE_NUMBER, 0, NULL}},
    {'X', {"", MEANS_NOTHING, TAKE_TEXT, 0, NULL}},
    {'D', {"", MEANS_MICROS, TAKE_NUMBER, 0, NULL}},
    {'T', {"", MEANS_SECONDS, TAKE_NUMBER, 0, NULL}},
    {'T', {"s", MEANS_SECONDS, TAKE_NUMBER, 0, NULL}},
    {'T', {"ms", MEANS_MILLIS, TAKE_NUMBER, 0, NULL}},
    {'T', {"us", MEANS_MICROS, TAKE_NUMBER, 0, NULL}},
    {'v', {"", MEANS_VHOST, TAKE_TEXT, VAR_HOST, NULL}},
    {'V', {"", MEANS_VHOST, TAKE_TEXT, VAR_HOST, NULL}},
    {'i', {"referer", MEANS_REFERRER, TAKE_TEXT, 0, NULL}},
    {'i', {"user-agent", MEANS_AGENT, TAKE_TEXT, VAR_BLANKS, NULL}},
    {'i', {"x-forwarded-for", MEANS_FORWARDED, TAKE_TEXT, VAR_BETTER, NULL}},
    {'i', {"x-real-ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL}},
    {'i', {"cf-connecting-ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL}},
    {'i', {"true-client-ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL}},
    {'i', {"x-client-ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL}},
    {'i', {"host", MEANS_VHOST, TAKE_TEXT, VAR_HOST, NULL}},
};

static const struct pmt_var *find_var(const struct pmt_var *vars, struct pmt_slice name)
{
    for (; vars->name; vars++)
        if (pmt_slice_is(name, vars->name))
            return vars;
    return NULL;
}

/* "time_iso8601_ms": what sites make of nginx's own by map is a date still. */
const struct pmt_var *pmt_var_nginx(struct pmt_slice name)
{
    static const char *const dates[] = {"time_iso8601", "time_local"};
    const struct pmt_var *v = find_var(nginx_vars, name);
    for (size_t i = 0; !v && i < sizeof dates / sizeof *dates; i++)
        if (pmt_slice_starts(name, dates[i]))
            v = find_var(nginx_vars, pmt_str(dates[i]));
    return v;
}

const struct pmt_var *pmt_var_haproxy(struct pmt_slice name)
{
    return find_var(haproxy_vars, name);
}

bool pmt_same_without_case(struct pmt_slice s, const char *lower)
{
    if (s.n != strlen(lower))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) != lower[i])
            return false;
    }
    return true;
}

const struct pmt_var *pmt_var_apache(char letter, struct pmt_slice param)
{
    for (size_t i = 0; i < sizeof apache_vars / sizeof *apache_vars; i++)
        if (apache_vars[i].letter == letter &&
            pmt_same_without_case(param, apache_vars[i].var.name))
            return &apache_vars[i].var;
    return NULL;
}

bool pmt_is_apache_letter(char letter)
{
    return letter && strchr("aAbBcCDeEfFhHiIklLmnoOpPqrRsStTuUvVxX", letter);
}
