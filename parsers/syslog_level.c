/* syslog_level.c - severities that are written as words, and what else stands before a time.
 *
 *   daemon.info app[7]: text                       busybox, in the host's place or behind it
 *   <daemon.info> web-1 app[7]: text               FreeBSD's syslogd -v
 *   kern  :err   : [Sat Nov 21 00:27:10 2026] text dmesg -x
 *   29: Nov 21 00:27:10.203: %SYS-5-CONFIG_I: text network gear counts its messages
 */
#include "syslog.h"

static bool is_facility(struct pmt_slice s)
{
    static const char *const names[] = {"kern",   "user",   "mail",   "daemon", "auth",
                                        "syslog", "lpr",    "news",   "uucp",   "cron",
                                        "authpriv", "ftp",  "local0", "local1", "local2",
                                        "local3", "local4", "local5", "local6", "local7"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pmt_slice_is(s, names[i]))
            return true;
    return false;
}

bool pmt_syslog_read_level(struct pmt_cursor *c, bool brackets, struct pmt_record *rec)
{
    struct pmt_cursor t = *c;
    struct pmt_slice facility, level;
    if ((brackets && !pmt_cur_char(&t, '<')) || !pmt_cur_until(&t, ' ', &level))
        return false;
    if (brackets && (!pmt_slice_ends(level, ">") || !level.n--))
        return false;
    struct pmt_cursor in = pmt_cursor(level);
    if (!pmt_cur_until(&in, '.', &facility))
        return false;
    int severity = pmt_severity_from_name(pmt_cur_rest(&in));
    if (severity < 0 || !is_facility(facility))
        return false;
    rec->severity = (int8_t)severity;
    *c = t;
    return true;
}

/* util-linux, sys-utils/dmesg.c: "%-6s:%-6s: " */
void pmt_syslog_read_dmesg_level(struct pmt_cursor *c, struct pmt_record *rec)
{
    struct pmt_cursor t = *c;
    struct pmt_slice facility, level;
    if (!pmt_cur_until(&t, ':', &facility) || !pmt_cur_until(&t, ':', &level) ||
        !is_facility(pmt_slice_trim(facility)) || !pmt_cur_char(&t, ' ') || pmt_cur_end(&t) ||
        *t.p != '[')
        return;
    int severity = pmt_severity_from_name(pmt_slice_trim(level));
    if (severity < 0)
        return;
    rec->severity = (int8_t)severity;
    *c = t;
}

void pmt_syslog_skip_count(struct pmt_cursor *c)
{
    struct pmt_cursor t = *c;
    struct pmt_stamp ignored;
    int64_t count;
    if (!pmt_cur_digits(&t, 1, 10, &count) || !pmt_cur_lit(&t, ": "))
        return;
    pmt_cur_char(&t, '.'); /* the clock was once set by others; a "*" says that it never was */
    struct pmt_cursor at = t;
    if (pmt_syslog_read_stamp(&t, &ignored) && pmt_cur_lit(&t, ": %"))
        *c = at;
}
