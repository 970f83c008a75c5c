/* apache_error.c - the error log of Apache httpd.
 *
 * Its default ErrorLogFormat (manual of 2.4, core: ErrorLogFormat):
 *
 *   "[%{u}t] [%-m:%l] [pid %P:tid %T] %7F: %E: [client\ %a] %M% ,\ referer\ %{Referer}i"
 *
 * which is, with the parts that may be missing in brackets of their own,
 *
 *   [Sat Feb 26 12:00:07.123456 2022] [<module>:<level>] [pid <pid>[:tid <tid>]]
 *       [ (<errno>)<text>:][ [client <address>:<port>]] <message>
 *
 * 2.2 has no microseconds, no module, no pid and no port. A site's own ErrorLogFormat often has
 * another time (%{cu}t, "2022-02-26 12:00:07.123456") and the rest as it is.
 */
#include "pmt/parser.h"

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

/* "[Sat Feb 26 12:00:07.123456 2022] ": the year stands behind the time. */
static bool read_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct pmt_cursor t = *c;
    struct pmt_slice weekday;
    struct pmt_stamp s;
    int64_t year;
    if (!pmt_cur_char(&t, '[') || !pmt_cur_until(&t, ' ', &weekday) || weekday.n != 3 ||
        !pmt_read_bsd_stamp(&t, &s) || s.how != PMT_STAMP_YEARLESS || !pmt_cur_char(&t, ' ') ||
        !pmt_cur_digits(&t, 4, 4, &year) || !pmt_cur_lit(&t, "] ") ||
        !pmt_wall_with_year(s.wall, (int)year, &s.wall))
        return false;
    s.how = PMT_STAMP_WALL;
    *c = t;
    *ret = s;
    return true;
}

/* "[2022-02-26 12:00:07.123456] ", "[2022-02-26T12:00:07.123+0300] ": only with a module behind it,
 * for others write so too. */
static bool read_iso_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct pmt_cursor t = *c;
    struct pmt_slice module;
    if (!pmt_cur_char(&t, '[') || !pmt_read_iso_stamp(&t, ret) || !pmt_cur_lit(&t, "] "))
        return false;
    struct pmt_cursor in = t;
    if (!pmt_cur_char(&in, '[') || !pmt_cur_until(&in, ':', &module) || !module.n ||
        memchr(module.p, ']', module.n))
        return false;
    for (size_t i = 0; i < module.n; i++)
        if ((module.p[i] < 'a' || module.p[i] > 'z') && module.p[i] != '_' &&
            (module.p[i] < '0' || module.p[i] > '9'))
            return false;
    *c = t;
    return true;
}

/* "[proxy:error] ", "[error] "; trace1 to trace8 are finer than debug. */
static bool read_level(struct pmt_cursor *c, int *severity)
{
    struct pmt_cursor t = *c;
    struct pmt_slice level, module;
    if (!pmt_cur_char(&t, '[') || !pmt_cur_until_lit(&t, "] ", &level))
        return false;
    struct pmt_cursor in = pmt_cursor(level);
    if (pmt_cur_until(&in, ':', &module))
        level = pmt_cur_rest(&in);
    *severity = pmt_slice_starts(level, "trace") ? PMT_SEV_DEBUG : pmt_severity_from_name(level);
    if (*severity == PMT_SEV_UNKNOWN)
        return false;
    *c = t;
    return true;
}

/* "[pid 911:tid 140] ", "[pid 911] " */
static bool read_pid(struct pmt_cursor *c, int64_t *ret)
{
    struct pmt_cursor t = *c;
    struct pmt_slice thread;
    int64_t pid;
    if (!pmt_cur_lit(&t, "[pid ") || !pmt_cur_digits(&t, 1, 10, &pid) ||
        !pmt_cur_until_lit(&t, "] ", &thread))
        return false;
    *c = t;
    *ret = pid;
    return true;
}

/* "[client 198.51.100.7:52144] "; IPv6 has brackets of its own with a port, none without. */
static bool read_client(struct pmt_cursor *c, struct pmt_slice *ret)
{
    struct pmt_cursor t = *c;
    struct pmt_slice all;
    if (!pmt_cur_lit(&t, "[client ") || !pmt_cur_until_lit(&t, "] ", &all) || !all.n)
        return false;
    struct pmt_slice address = all, before;
    struct pmt_cursor in = pmt_cursor(all);
    if (pmt_cur_char(&in, '[')) {
        if (!pmt_cur_until(&in, ']', &address))
            return false;
    } else if (pmt_cur_until(&in, ':', &before) && !memchr(in.p, ':', (size_t)(in.end - in.p))) {
        address = before;
    }
    *c = t;
    *ret = address;
    return true;
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_cursor c = pmt_cursor(line);
    struct pmt_slice errno_text;
    int severity;
    if (!read_stamp(&c, &rec->own) && !read_iso_stamp(&c, &rec->own))
        return foreign(why, "no Apache time at the start", 0);
    if (!read_level(&c, &severity))
        return foreign(why, "no level behind the time", (size_t)(c.p - line.p));
    rec->kind = PMT_OTHER;
    rec->severity = (int8_t)severity;
    rec->speaker = PMT_SLICE("apache-error");
    read_pid(&c, &rec->pid);
    if (!read_client(&c, &rec->client)) {
        /* Behind "(111)Connection refused: " the client stands in the middle of the message. */
        struct pmt_cursor t = c;
        if (pmt_cur_char(&t, '(') && pmt_cur_until_lit(&t, ": ", &errno_text))
            read_client(&t, &rec->client);
    }
    rec->message = pmt_cur_rest(&c);
    if (!rec->message.n)
        return foreign(why, "no message", line.n);
    return PMT_RECORD;
}

#define SAID "kind=other | ts=2022-02-26T12:00:07.123456 | severity=err | pid=911 | "

static const struct pmt_sample samples[] = {
    {"[Sat Feb 26 12:00:07.123456 2022] [proxy:error] [pid 911:tid 140] [client "
     "198.51.100.7:52144] AH00957: HTTP: attempt to connect to 192.0.2.8:8080 failed",
     PMT_RECORD,
     SAID "client_ip=198.51.100.7 | "
          "message=AH00957: HTTP: attempt to connect to 192.0.2.8:8080 failed"},
    {"[Sat Feb 26 12:00:07.123456 2022] [core:error] [pid 911] [client [2001:db8::7]:52144] "
     "AH00126: Invalid URI",
     PMT_RECORD, SAID "client_ip=2001:db8::7 | message=AH00126: Invalid URI"},
    {"[Sat Feb 26 12:00:07.123456 2022] [proxy:error] [pid 911:tid 140] (111)Connection refused: "
     "[client 198.51.100.7:52144] AH00957: text",
     PMT_RECORD,
     SAID "client_ip=198.51.100.7 | "
          "message=(111)Connection refused: [client 198.51.100.7:52144] AH00957: text"},
    {"[Sat Feb 26 12:00:07.123456 2022] [mpm_event:notice] [pid 900:tid 1] AH00489: resuming "
     "normal operations",
     PMT_RECORD,
     "kind=other | severity=notice | pid=900 | client_ip=- | "
     "message=AH00489: resuming normal operations"},
    {"[Sun Feb  6 12:00:07 2022] [error] [client 2001:db8::7] File does not exist: /srv/a",
     PMT_RECORD,
     "kind=other | ts=2022-02-06T12:00:07 | severity=err | pid=- | client_ip=2001:db8::7 | "
     "message=File does not exist: /srv/a"},
    {"[2022-02-26 12:00:07.123456] [proxy:error] [pid 911:tid 140] [client 198.51.100.7:52144] "
     "AH00898: text",
     PMT_RECORD, SAID "client_ip=198.51.100.7 | message=AH00898: text"},
    {"[2022-02-26T12:00:07.123456] [error] text", PMT_FOREIGN, ""},
    {"[Sat Feb 26 12:00:07.123456 2022] [proxy:loud] text", PMT_FOREIGN, ""},
    {"[Tue Feb 29 12:00:07.123456 2022] [proxy:error] text", PMT_FOREIGN, ""},
    {"[Sat Feb 26 12:00:07.123456] [proxy:error] text", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_apache_error = {
    .name = "apache-error",
    .summary = "Apache httpd error log",
    .layer = PMT_LAYER_NONE,
    .programs = NULL,
    .parse = parse,
    .parse_message = NULL,
    .samples = samples,
};
