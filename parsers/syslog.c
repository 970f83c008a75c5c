/* syslog.c - the envelope: when, which host, which program; the message goes on.
 *
 * RFC 5424 6:    <PRI>VERSION SP TIMESTAMP SP HOST SP APP SP PROCID SP MSGID SP SD [SP MSG]
 * RFC 3164 4.1:  <PRI>Mmm dd hh:mm:ss HOST TAG[PID]: MSG
 * Files and journalctl leave PRI out and put other stamps in the place of the BSD one:
 *
 * (syslog_stamp.c). RFC 6587 3.4.1 puts the length in front ("47 <13>1 ..."). HAProxy and nginx
 * (nohostname) send no host, some write a level there (syslog_level.c); rsyslog loses the colon
 * behind a tag that came from RFC 5424 ("db1 app[99] text"). A word ending in ':' is therefore a
 * tag, never a host. A relay may put a host or a whole head of its own in front.
 *
 * What stands behind the envelope goes to syslog_message.c, what containers put around it is in
 * syslog_container.c.
 */
#include "syslog.h"

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

/* "<165>"; rsyslog writes "<invld>" for one it did not understand. */
static bool read_pri(struct pmt_cursor *c, int8_t *severity)
{
    struct pmt_cursor t = *c;
    int64_t pri;
    if (pmt_cur_lit(c, "<invld>"))
        return true;
    if (!pmt_cur_char(&t, '<') || !pmt_cur_digits(&t, 1, 3, &pri) || pri > 191 ||
        !pmt_cur_char(&t, '>'))
        return false;
    *severity = (int8_t)(pri % 8);
    *c = t;
    return true;
}

/* ---- RFC 5424 ---------------------------------------------------------------------------- */

/* A field up to the blank; "-" is the nil value. */
static bool read_field(struct pmt_cursor *c, struct pmt_slice *ret)
{
    if (!pmt_cur_until(c, ' ', ret) || !ret->n)
        return false;
    if (pmt_slice_is(*ret, "-"))
        *ret = PMT_NO_SLICE;
    return true;
}

/* SD = "-" / 1*( "[" SD-ID *(SP NAME "=" DQUOTE VALUE DQUOTE) "]" ); '"', '\' and ']' are escaped
 * by a backslash inside VALUE. */
static bool skip_structured_data(struct pmt_cursor *c)
{
    if (pmt_cur_char(c, '-'))
        return true;
    bool any = false;
    while (pmt_cur_char(c, '[')) {
        bool quoted = false;
        for (;; c->p++) {
            if (c->p == c->end)
                return false;
            if (*c->p == '"')
                quoted = !quoted;
            else if (quoted && *c->p == '\\' && c->end - c->p > 1)
                c->p++;
            else if (!quoted && *c->p == ']')
                break;
        }
        c->p++;
        any = true;
    }
    return any;
}

/* Behind "<PRI>1 ". */
static enum pmt_verdict parse_5424(struct pmt_slice line, struct pmt_cursor c,
                                   struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice procid, msgid;
    if (!pmt_cur_char(&c, '-') &&
        (!pmt_read_iso_stamp(&c, &rec->head) || rec->head.how != PMT_STAMP_ZONED))
        return foreign(why, "no RFC 5424 time with its offset", (size_t)(c.p - line.p));
    if (!pmt_cur_char(&c, ' ') || !read_field(&c, &rec->host) || !read_field(&c, &rec->program) ||
        !read_field(&c, &procid) || !read_field(&c, &msgid))
        return foreign(why, "an RFC 5424 field is missing", (size_t)(c.p - line.p));
    if (!pmt_slice_int(procid, &rec->pid) || rec->pid < 0)
        rec->pid = -1;
    size_t at = (size_t)(c.p - line.p);
    if (!skip_structured_data(&c) || (!pmt_cur_end(&c) && !pmt_cur_char(&c, ' ')))
        return foreign(why, "broken RFC 5424 structured data", at);
    return pmt_syslog_deliver(pmt_cur_rest(&c), rec);
}

/* ---- RFC 3164 and its many cousins ------------------------------------------------------- */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How long the "app" of "app:text" is, and 0 when it is an address, a URL or "C:\" rather. */
static size_t glued_tag(struct pmt_slice word)
{
    size_t n = 0;
    while (n < word.n && (is_alpha(word.p[n]) || (n && memchr("_-.", word.p[n], 3))))
        n++;
    return n > 1 && n + 1 < word.n && word.p[n] == ':' && is_alpha(word.p[n + 1]) ? n : 0;
}

/* TAG[PID]: with TAG of anything but blanks ("postfix/smtpd", "su(pam_unix)"), PID maybe not a
 * number; the colon may be missing behind a bracket. Behind a host the blank may be missing too,
 * and in a host's place "2001:db8::" is one. Leaves the cursor behind the tag. */
static bool read_tag(struct pmt_cursor *c, bool behind_host, struct pmt_record *rec)
{
    struct pmt_slice rest = pmt_cur_rest(c), word = rest;
    const char *blank = rest.n ? memchr(rest.p, ' ', rest.n) : NULL;
    if (blank)
        word.n = (size_t)(blank - rest.p);
    const char *close = pmt_slice_find(word, "]:");
    size_t used;
    if (close) { /* also "app[7]:text" */
        word.n = (size_t)(close - word.p) + 1;
        used = word.n + 1;
    } else if (word.n > 1 && word.p[word.n - 1] == ':') {
        if (!behind_host && pmt_slice_ends(word, "::"))
            return false;
        used = word.n--;
    } else if (word.n > 1 && word.p[word.n - 1] == ']') {
        used = word.n;
    } else {
        size_t n = behind_host ? glued_tag(word) : 0;
        if (!n)
            return false;
        used = n + 1;
        word.n = n;
    }
    if (word.p[word.n - 1] == ']') {
        const char *open = memchr(word.p, '[', word.n);
        if (!open || open == word.p)
            return false;
        struct pmt_slice pid = pmt_slice(open + 1, (size_t)(word.p + word.n - 1 - open - 1));
        if (!pmt_slice_int(pid, &rec->pid) || rec->pid < 0)
            rec->pid = -1;
        word.n = (size_t)(open - word.p);
    }
    /* journalctl -o with-unit names the unit in the tag's place. */
    if (pmt_slice_ends(word, ".service") && word.n > 8)
        word.n -= 8;
    int64_t number; /* network gear counts its messages */
    if (*word.p >= '0' && *word.p <= '9' && pmt_slice_int(word, &number))
        return false;
    rec->program = word;
    c->p += used;
    return true;
}

/* A relay that takes the sender's head for the message: "relay lb-1 haproxy[7]: text". Only with a
 * pid (or the kernel, which has none), for free text has words and colons too. */
static void read_second_host(struct pmt_cursor *c, struct pmt_record *rec)
{
    struct pmt_cursor t = *c;
    struct pmt_slice host, word;
    struct pmt_record r = {.pid = -1};
    if (!pmt_cur_until(&t, ' ', &host) || !host.n || memchr(host.p, ':', host.n))
        return;
    struct pmt_cursor tag = t;
    if (!pmt_cur_until(&t, ' ', &word) || !read_tag(&tag, true, &r) ||
        (pmt_slice_ends(word, "]:") ? r.pid < 0 : !pmt_slice_is(word, "kernel:")))
        return;
    rec->host = host;
    rec->program = r.program;
    rec->pid = r.pid;
    *c = tag;
}

/* The same with a time: "relay Nov 21 00:27:10 lb-1 haproxy[7]: text". The inner one is nearer to
 * what happened, unless only the outer one knows its zone. */
static bool read_second_head(struct pmt_cursor *c, struct pmt_record *rec)
{
    struct pmt_cursor t = *c;
    struct pmt_stamp s;
    if (!pmt_syslog_read_stamp(&t, &s) || !pmt_cur_char(&t, ' '))
        return false;
    if (s.how == PMT_STAMP_ZONED || rec->head.how != PMT_STAMP_ZONED)
        rec->head = s;
    *c = t;
    return true;
}

/* "[HOST] [TAG]" behind the stamp and its blank; false with a reason when there is no message. What
 * is read of them goes into *rec. */
static bool read_head(struct pmt_cursor *c, struct pmt_record *rec, const char **why)
{
    struct pmt_slice host;
    pmt_cur_blanks(c);
    *why = "nothing behind the time";
    if (pmt_cur_end(c))
        return false;
    if (pmt_syslog_read_level(c, false, rec)) {
        read_tag(c, true, rec);
        return true;
    }
    pmt_syslog_read_level(c, true, rec);
    if (read_tag(c, false, rec) || pmt_slice_starts(pmt_cur_rest(c), "last message repeated "))
        return true;
    *why = "no message behind the host";
    if (!pmt_cur_until(c, ' ', &host))
        return false;
    *why = "no host behind the time";
    if (pmt_slice_is(host, "(none)")) /* busybox, before the host has a name */
        host = PMT_SLICE("-");
    int64_t number; /* a thread of MySQL's */
    if (!host.n || memchr("[{(\"", host.p[0], 4) || memchr(host.p, '=', host.n) ||
        pmt_slice_int(host, &number) || pmt_severity_from_name(host) != PMT_SEV_UNKNOWN)
        return false;
    rec->host = pmt_slice_is(host, "-") ? PMT_NO_SLICE : host;
    pmt_cur_blanks(c);
    if (c->end - c->p > 2 && c->p[2] == '%') /* "asa-1 : %ASA-6-302013: text" */
        pmt_cur_lit(c, ": ");
    pmt_syslog_read_level(c, false, rec);
    if (!read_tag(c, true, rec))
        pmt_cur_lit(c, "- "); /* rsyslog's nil program */
    return true;
}

/* A relay that did so with a whole line of RFC 5424: "relay 1 2026-11-21T00:27:10Z lb-1 ...". */
static bool is_second_5424(struct pmt_cursor *c)
{
    struct pmt_cursor t = *c, u;
    struct pmt_stamp s;
    if (!pmt_cur_lit(&t, "1 "))
        return false;
    u = t;
    if (!pmt_read_iso_stamp(&u, &s) || s.how != PMT_STAMP_ZONED)
        return false;
    *c = t;
    return true;
}

/* Behind the stamp and its blank: [HOST] [TAG] MSG. */
static enum pmt_verdict parse_rest(struct pmt_slice line, struct pmt_cursor c,
                                   struct pmt_record *rec, struct pmt_reject *why)
{
    if (read_pri(&c, &rec->severity)) { /* a whole message behind a container's time */
        if (pmt_cur_lit(&c, "1 "))
            return parse_5424(line, c, rec, why);
        read_second_head(&c, rec);
    }
    struct pmt_cursor start = c;
    const char *reason;
    bool head = read_head(&c, rec, &reason);
    if (!rec->program.p && rec->head.how == PMT_STAMP_ZONED) {
        /* Only a time, as containers put it before each line. */
        struct pmt_record bare = *rec;
        bare.host = PMT_NO_SLICE;
        enum pmt_verdict v = pmt_syslog_bare(pmt_cur_rest(&start), &bare);
        if (v != PMT_FOREIGN) {
            *rec = bare;
            return v;
        }
    }
    if (!head)
        return foreign(why, reason, (size_t)(c.p - line.p));
    if (rec->host.p && !rec->program.p) {
        struct pmt_cursor second = c;
        struct pmt_record inner = *rec;
        if (is_second_5424(&second) && parse_5424(line, second, &inner, why) == PMT_RECORD) {
            *rec = inner;
            return PMT_RECORD;
        }
        if (read_second_head(&c, rec))
            head = read_head(&c, rec, &reason);
        else
            read_second_host(&c, rec);
    }
    return pmt_syslog_deliver(pmt_cur_rest(&c), rec);
}

/* ---- the line ---------------------------------------------------------------------------- */

/* journalctl: "-- Boot 0123... --", "-- Logs begin at ... --" and such. */
static bool is_journal_marker(struct pmt_slice line)
{
    static const char *const starts[] = {"-- Boot ", "-- Reboot --", "-- Logs begin ",
                                         "-- Journal begins ", "-- No entries --"};
    if (!pmt_slice_ends(line, " --"))
        return false;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (pmt_slice_starts(line, starts[i]))
            return true;
    return false;
}

/* What needs a tag with its pid to be told from other programs' lines: an ISO time with a blank in
 * it ("2026-11-21 00:27:10 web-1 app[7]: text"), journalctl's short-unix
 * ("1795220830.203456 web-1 app[7]: text") and short-monotonic ("[    5.203456] web-1 ..."), which
 * is no time of day. Without the tag the latter is dmesg's. */
static enum pmt_verdict parse_counted(struct pmt_slice line, struct pmt_cursor c,
                                      struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice message;
    if (pmt_syslog_read_epoch(&c, &rec->head)) {
        pmt_cur_blanks(&c);
        read_second_host(&c, rec);
        if (rec->host.p)
            return pmt_syslog_deliver(pmt_cur_rest(&c), rec);
        return foreign(why, "no host and tag behind the seconds", (size_t)(c.p - line.p));
    }
    if (pmt_read_iso_stamp(&c, &rec->head) && pmt_cur_char(&c, ' ')) {
        read_second_host(&c, rec);
        if (rec->host.p)
            return pmt_syslog_deliver(pmt_cur_rest(&c), rec);
        return foreign(why, "no host and tag behind the time", (size_t)(c.p - line.p));
    }
    pmt_syslog_read_dmesg_level(&c, rec);
    message = pmt_syslog_without_monotonic(pmt_cur_rest(&c));
    if (message.p != c.p) {
        c.p = message.p;
        read_second_host(&c, rec);
    } else if (!pmt_syslog_read_dmesg_stamp(&c, &rec->head)) {
        return foreign(why, "no syslog time at the start", 0);
    }
    if (pmt_cur_end(&c) || *c.p == '[')
        return foreign(why, "nothing behind the kernel's time", (size_t)(c.p - line.p));
    if (!rec->host.p)
        rec->program = PMT_SLICE("kernel");
    return pmt_syslog_deliver(pmt_cur_rest(&c), rec);
}

/* Only container engines write a time to the nanosecond, and nothing else before the line. */
static bool is_nanoseconds(struct pmt_slice stamp)
{
    enum { MICROSECONDS = 6 };
    size_t n = 0;
    const char *dot = memchr(stamp.p, '.', stamp.n);
    for (const char *p = dot ? dot + 1 : NULL; p && p < stamp.p + stamp.n; p++, n++)
        if (*p < '0' || *p > '9')
            break;
    return n > MICROSECONDS;
}

static enum pmt_verdict parse_plain(struct pmt_slice line, struct pmt_record *rec,
                                    struct pmt_reject *why)
{
    struct pmt_slice trimmed = pmt_slice_trim(line);
    struct pmt_cursor c = pmt_cursor(trimmed), t;
    int64_t octets;
    if (is_journal_marker(trimmed))
        return PMT_SILENT;
    t = c;
    if (pmt_cur_digits(&t, 1, 6, &octets) && pmt_cur_char(&t, ' ') && t.p < t.end && *t.p == '<')
        c = t;
    bool pri = read_pri(&c, &rec->severity);
    if (pri && pmt_cur_lit(&c, "1 "))
        return parse_5424(line, c, rec, why);
    if (pri) {
        pmt_cur_blanks(&c);
        pmt_syslog_skip_count(&c);
    }
    const char *start = c.p;
    if (pmt_syslog_read_stamp(&c, &rec->head)) {
        if (pmt_syslog_is_dmesg_iso(pmt_slice(start, (size_t)(c.p - start)))) {
            rec->program = PMT_SLICE("kernel");
            return pmt_syslog_deliver(pmt_cur_rest(&c), rec);
        }
        pmt_cur_char(&c, ':');
        if (!pmt_cur_char(&c, ' '))
            return foreign(why, "no blank behind the time", (size_t)(c.p - line.p));
        if (pmt_syslog_is_cri(&c, rec) || is_nanoseconds(pmt_slice(start, (size_t)(c.p - start))))
            return pmt_syslog_contained(pmt_cur_rest(&c), rec);
        return parse_rest(line, c, rec, why);
    }
    if (!pri || (c.p < c.end && *c.p == '[')) /* also dmesg -r: "<4>[12345.678901] text" */
        return parse_counted(line, c, rec, why);
    /* HAProxy's "log stdout format short": "<5>Server app/web2 is DOWN". */
    enum pmt_verdict v = pmt_syslog_bare(pmt_cur_rest(&c), rec);
    return v != PMT_FOREIGN
               ? v
               : foreign(why, "no time behind the priority", (size_t)(c.p - line.p));
}

/* A head of its own that starts with a time or a priority; that time counts when it tells its zone,
 * or nobody does. */
static enum pmt_verdict contained_syslog(struct pmt_slice line, struct pmt_record *rec)
{
    struct pmt_record r = *rec;
    struct pmt_cursor c = pmt_cursor(line);
    struct pmt_reject ignored;
    bool pri = read_pri(&c, &r.severity);
    if (pri)
        pmt_cur_blanks(&c);
    enum pmt_verdict v = PMT_FOREIGN;
    if (pri && pmt_cur_lit(&c, "1 ")) {
        v = parse_5424(line, c, &r, &ignored);
    } else if (pmt_syslog_read_stamp(&c, &r.head) && pmt_cur_char(&c, ' ')) {
        v = parse_rest(line, c, &r, &ignored);
    } else if (pri) { /* HAProxy's "log stdout format short" */
        v = pmt_syslog_bare(pmt_cur_rest(&c), &r);
        if (v == PMT_FOREIGN)
            v = pmt_syslog_deliver(pmt_cur_rest(&c), &r);
    } else {
        read_second_host(&c, &r);
        if (r.host.p)
            v = pmt_syslog_deliver(pmt_cur_rest(&c), &r);
    }
    if (v == PMT_FOREIGN)
        return v;
    if (r.head.how != PMT_STAMP_ZONED)
        r.head = rec->head;
    *rec = r;
    return v;
}

enum pmt_verdict pmt_syslog_wrapped(struct pmt_slice line, struct pmt_record *rec)
{
    enum pmt_verdict v = pmt_syslog_bare(line, rec);
    return v != PMT_FOREIGN ? v : contained_syslog(pmt_slice_trim(line), rec);
}

enum pmt_verdict pmt_syslog_contained(struct pmt_slice line, struct pmt_record *rec)
{
    enum pmt_verdict v = pmt_syslog_wrapped(line, rec);
    return v != PMT_FOREIGN ? v : pmt_syslog_deliver(line, rec);
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice host, rest = line;
    enum pmt_verdict v = parse_plain(line, rec, why);
    if (v != PMT_FOREIGN || !pmt_syslog_is_composed(&rest, &host))
        return v;
    v = pmt_syslog_bare(rest, rec);
    if (v == PMT_FOREIGN)
        v = parse_plain(rest, rec, why);
    if (v == PMT_FOREIGN)
        why->column += (size_t)(rest.p - line.p);
    else if (!rec->host.p)
        rec->host = host;
    return v;
}

const struct pmt_parser pmt_parser_syslog = {
    .name = "syslog",
    .summary = "syslog in files, on the wire and from journalctl (RFC 3164, RFC 5424, ISO)",
    .layer = PMT_LAYER_NONE,
    .programs = NULL,
    .parse = parse,
    .parse_message = NULL,
    .samples = pmt_syslog_samples,
};
