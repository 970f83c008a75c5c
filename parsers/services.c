/* services.c - the files that databases, application servers and package tools write themselves.
 *
 * Each has a head of its own; the text behind it is for the rules (src/catalogue_*.c), which know
 * the same programs behind a syslog envelope. As their sources and manuals have them:
 *
 *   PostgreSQL   2026-11-21 00:27:11.203 UTC [4242] [user@db ]FATAL:  text
 *                log_line_prefix '%m [%p] ', Debian's '%m [%p] %q%u@%d '
 *   MariaDB      2026-11-21  0:26:31 0 [Note] text              the hour padded with a blank
 *   MySQL        2026-11-21T00:26:31.010203Z 0 [Note] text
 *   Redis        4242:M 21 Nov 2026 00:26:31.000 * text   . debug, - info, * notice, # warning
 *   php-fpm      [21-Nov-2026 00:27:11] WARNING: text           zlog.c
 *   PHP          [21-Nov-2026 00:27:11 UTC] PHP Fatal error:  text
 *   gunicorn     [2026-11-21 00:27:11 +0000] [4242] [CRITICAL] text
 *   uWSGI        Sat Nov 21 00:27:11 2026 - text
 *   dpkg         2026-11-21 00:20:07 upgrade nginx:amd64 1.22.1-9 1.22.1-9+deb12u1
 *   apt          Start-Date: 2026-11-21  00:20:05               a block of "Key: value" lines
 *
 * A head that says nothing but a time and a level is anybody's, and not read here.
 */
#include "pmt/parser.h"

/* ---- times ------------------------------------------------------------------------------- */

/* "21-Nov-2026 00:27:11[.000]" and "21 Nov 2026 ...": the web servers' date with another byte
 * between its parts. */
static bool read_day_first(struct pmt_cursor *c, char between, struct pmt_stamp *ret)
{
    char text[27];
    size_t left = (size_t)(c->end - c->p), n = left < sizeof text ? left : sizeof text;
    if (n < 20 || c->p[2] != between || c->p[6] != between || c->p[11] != ' ')
        return false;
    memcpy(text, c->p, n);
    text[2] = text[6] = '/';
    text[11] = ':';
    if (n > 20 && text[20] == ' ') /* a zone is the caller's */
        n = 20;
    struct pmt_cursor t = pmt_cursor(pmt_slice(text, n));
    if (!pmt_read_clf_stamp(&t, ret))
        return false;
    c->p += t.p - text;
    return true;
}

/* "2026-11-21  0:26:31" */
static bool read_padded_hour(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    char text[19];
    if (c->end - c->p < (ptrdiff_t)sizeof text || c->p[10] != ' ')
        return false;
    memcpy(text, c->p, sizeof text);
    if (text[11] == ' ')
        text[11] = '0';
    struct pmt_cursor t = pmt_cursor(pmt_slice(text, sizeof text));
    if (!pmt_read_iso_stamp(&t, ret))
        return false;
    c->p += sizeof text;
    return true;
}

/* A zone's name behind a blank: "UTC", "EAT", "Africa/Nairobi". Only the first names an offset. */
static bool read_zone(struct pmt_cursor *c, char close, struct pmt_stamp *s)
{
    struct pmt_slice zone;
    struct pmt_cursor t = *c;
    if (!pmt_cur_char(&t, ' ') || !pmt_cur_until(&t, close, &zone) || !zone.n || zone.n > 40 ||
        memchr(zone.p, ' ', zone.n))
        return false;
    if (pmt_slice_is(zone, "UTC") || pmt_slice_is(zone, "GMT")) {
        s->how = PMT_STAMP_ZONED;
        s->offset = 0;
    }
    c->p = t.p - 1;
    return true;
}

/* ---- one reader per program --------------------------------------------------------------- */

struct head {
    struct pmt_stamp stamp;
    int64_t pid;
    int severity;
};

static int severity_of(struct pmt_slice level)
{
    static const struct {
        const char *name;
        int severity;
    } names[] = {
        {"LOG", PMT_SEV_INFO},      {"FATAL", PMT_SEV_CRIT}, {"PANIC", PMT_SEV_EMERG},
        {"HINT", PMT_SEV_INFO},     {"DETAIL", PMT_SEV_INFO}, {"STATEMENT", PMT_SEV_INFO},
        {"CONTEXT", PMT_SEV_INFO},  {"Note", PMT_SEV_NOTICE}, {"System", PMT_SEV_NOTICE},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pmt_slice_is(level, names[i].name))
            return names[i].severity;
    return pmt_severity_from_name(level);
}

static bool read_postgres(struct pmt_cursor *c, struct head *h)
{
    struct pmt_slice who, level;
    struct pmt_cursor t;
    if (!pmt_read_iso_stamp(c, &h->stamp) || !read_zone(c, ' ', &h->stamp) ||
        !pmt_cur_lit(c, " [") || !pmt_cur_digits(c, 1, 10, &h->pid) || !pmt_cur_lit(c, "] "))
        return false;
    t = *c;
    if (pmt_cur_until(&t, ' ', &who) && memchr(who.p, '@', who.n))
        *c = t;
    if (!pmt_cur_until_lit(c, ":  ", &level) || level.n > 10)
        return false;
    h->severity = severity_of(level);
    return h->severity != PMT_SEV_UNKNOWN;
}

static bool read_mysql(struct pmt_cursor *c, struct head *h)
{
    struct pmt_slice level;
    int64_t thread;
    bool iso = c->end - c->p > 10 && c->p[10] == 'T';
    if (iso ? !pmt_read_iso_stamp(c, &h->stamp) : !read_padded_hour(c, &h->stamp))
        return false;
    if (!pmt_cur_char(c, ' ') || !pmt_cur_digits(c, 1, 18, &thread) || !pmt_cur_lit(c, " [") ||
        !pmt_cur_until_lit(c, "] ", &level))
        return false;
    h->severity = severity_of(level);
    return h->severity != PMT_SEV_UNKNOWN;
}

static bool read_redis(struct pmt_cursor *c, struct head *h)
{
    static const char marks[] = ".-*#";
    static const int8_t severities[] = {PMT_SEV_DEBUG, PMT_SEV_INFO, PMT_SEV_NOTICE,
                                        PMT_SEV_WARNING};
    if (!pmt_cur_digits(c, 1, 10, &h->pid) || !pmt_cur_char(c, ':') || pmt_cur_end(c) ||
        !memchr("MSCX", *c->p, 4))
        return false;
    c->p++;
    if (!pmt_cur_char(c, ' ') || !read_day_first(c, ' ', &h->stamp) || !pmt_cur_char(c, ' ') ||
        pmt_cur_end(c))
        return false;
    const char *mark = memchr(marks, *c->p, 4);
    if (!mark)
        return false;
    h->severity = severities[mark - marks];
    c->p++;
    return pmt_cur_char(c, ' ');
}

static bool read_php_fpm(struct pmt_cursor *c, struct head *h)
{
    struct pmt_slice level;
    if (!pmt_cur_char(c, '[') || !read_day_first(c, '-', &h->stamp) || !pmt_cur_lit(c, "] ") ||
        !pmt_cur_until_lit(c, ": ", &level))
        return false;
    h->severity = severity_of(level);
    return h->severity != PMT_SEV_UNKNOWN;
}

static bool read_php(struct pmt_cursor *c, struct head *h)
{
    return pmt_cur_char(c, '[') && read_day_first(c, '-', &h->stamp) &&
           read_zone(c, ']', &h->stamp) && pmt_cur_lit(c, "] ") &&
           pmt_slice_starts(pmt_cur_rest(c), "PHP ");
}

static bool read_gunicorn(struct pmt_cursor *c, struct head *h)
{
    struct pmt_slice level;
    if (!pmt_cur_char(c, '[') || !pmt_read_iso_stamp(c, &h->stamp) ||
        h->stamp.how != PMT_STAMP_ZONED || !pmt_cur_lit(c, "] [") ||
        !pmt_cur_digits(c, 1, 10, &h->pid) || !pmt_cur_lit(c, "] [") ||
        !pmt_cur_until_lit(c, "] ", &level))
        return false;
    h->severity = severity_of(level);
    return h->severity != PMT_SEV_UNKNOWN;
}

/* ctime(), as in "Sat Nov 21 00:27:11 2026 - ". */
static bool read_uwsgi(struct pmt_cursor *c, struct head *h)
{
    struct pmt_slice day;
    int64_t year;
    if (!pmt_cur_until(c, ' ', &day) || day.n != 3 || !pmt_read_bsd_stamp(c, &h->stamp) ||
        h->stamp.how != PMT_STAMP_YEARLESS || !pmt_cur_char(c, ' ') ||
        !pmt_cur_digits(c, 4, 4, &year) || !pmt_cur_lit(c, " - ") ||
        !pmt_wall_with_year(h->stamp.wall, (int)year, &h->stamp.wall))
        return false;
    h->stamp.how = PMT_STAMP_WALL;
    return true;
}

static bool read_dpkg(struct pmt_cursor *c, struct head *h)
{
    static const char *const verbs[] = {"install ", "upgrade ", "remove ", "purge ",
                                        "status ", "configure ", "trigproc ", "startup "};
    if (c->end - c->p < 11 || c->p[10] != ' ' || !pmt_read_iso_stamp(c, &h->stamp) ||
        !pmt_cur_char(c, ' '))
        return false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (pmt_slice_starts(pmt_cur_rest(c), verbs[i]))
            return true;
    return false;
}

/* The two lines of a block that tell the time; the message is the whole line. */
static bool read_apt(struct pmt_cursor *c, struct head *h)
{
    struct pmt_cursor t = *c;
    char text[19];
    if ((!pmt_cur_lit(&t, "Start-Date: ") && !pmt_cur_lit(&t, "End-Date: ")) ||
        t.end - t.p != 20 || t.p[10] != ' ' || t.p[11] != ' ')
        return false;
    memcpy(text, t.p, 11);
    memcpy(text + 11, t.p + 12, 8);
    struct pmt_cursor in = pmt_cursor(pmt_slice(text, sizeof text));
    return pmt_read_iso_stamp(&in, &h->stamp);
}

static const struct {
    const char *program;
    bool (*read)(struct pmt_cursor *c, struct head *h);
} services[] = {
    {"postgres", read_postgres}, {"mysqld", read_mysql},     {"redis-server", read_redis},
    {"php-fpm", read_php_fpm},   {"php", read_php},          {"gunicorn", read_gunicorn},
    {"uwsgi", read_uwsgi},       {"dpkg", read_dpkg},        {"apt", read_apt},
};

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice trimmed = pmt_slice_trim(line);
    for (size_t i = 0; trimmed.n && i < sizeof services / sizeof *services; i++) {
        struct pmt_cursor c = pmt_cursor(trimmed);
        struct head h = {.pid = -1, .severity = PMT_SEV_UNKNOWN};
        if (!services[i].read(&c, &h))
            continue;
        struct pmt_slice text = pmt_slice_trim(pmt_cur_rest(&c));
        rec->kind = PMT_OTHER;
        rec->own = h.stamp;
        rec->program = pmt_str(services[i].program);
        rec->pid = h.pid;
        rec->severity = (int8_t)h.severity;
        rec->message = text.n ? text : PMT_NO_SLICE;
        return PMT_RECORD;
    }
    *why = (struct pmt_reject){"no head of a known service", 0};
    return PMT_FOREIGN;
}

#define SAID "kind=other | ts=2022-02-26T12:00:07"

static const struct pmt_sample samples[] = {
    {"2022-02-26 12:00:07.203 UTC [4242] FATAL:  sorry, too many clients already", PMT_RECORD,
     SAID ".203Z | program=postgres | pid=4242 | severity=crit | "
          "message=sorry, too many clients already"},
    {"2022-02-26 12:00:07.203 EAT [4242] shop@orders ERROR:  deadlock detected", PMT_RECORD,
     SAID ".203 | program=postgres | severity=err | message=deadlock detected"},
    {"2022-02-26 12:00:07.203 EAT [977] LOG:  database system is ready to accept connections",
     PMT_RECORD,
     SAID ".203 | severity=info | message=database system is ready to accept connections"},
    {"2022-02-26 12:00:07 0 [Note] /usr/sbin/mariadbd: ready for connections.", PMT_RECORD,
     SAID " | program=mysqld | severity=notice | "
          "message=/usr/sbin/mariadbd: ready for connections."},
    {"2022-02-26  2:00:07 88 [Warning] Aborted connection 88 to db: 'shop'", PMT_RECORD,
     "kind=other | ts=2022-02-26T02:00:07 | severity=warning"},
    {"2022-02-26T12:00:07.010203Z 0 [System] [MY-010931] [Server] ready for connections.",
     PMT_RECORD,
     SAID ".010203Z | program=mysqld | host=- | "
          "message=[MY-010931] [Server] ready for connections."},
    {"4242:M 26 Feb 2022 12:00:07.000 * Ready to accept connections tcp", PMT_RECORD,
     SAID ".000 | program=redis-server | pid=4242 | severity=notice | "
          "message=Ready to accept connections tcp"},
    {"4242:S 26 Feb 2022 12:00:07.000 # Background saving error", PMT_RECORD,
     SAID ".000 | severity=warning"},
    {"[26-Feb-2022 12:00:07] WARNING: [pool www] server reached pm.max_children setting (50), "
     "consider raising it",
     PMT_RECORD,
     SAID " | program=php-fpm | severity=warning | message=[pool www] server reached "
          "pm.max_children setting (50), consider raising it"},
    {"[26-Feb-2022 12:00:07.123456] NOTICE: fpm is running, pid 812", PMT_RECORD,
     "kind=other | ts=2022-02-26T12:00:07.123456 | severity=notice"},
    {"[26-Feb-2022 12:00:07 UTC] PHP Fatal error:  Uncaught Error: no in /srv/a.php:3", PMT_RECORD,
     SAID "Z | program=php | severity=- | "
          "message=PHP Fatal error:  Uncaught Error: no in /srv/a.php:3"},
    {"[26-Feb-2022 12:00:07 Africa/Nairobi] PHP Warning:  x", PMT_RECORD, SAID " | program=php"},
    {"[2022-02-26 12:00:07 +0300] [4242] [CRITICAL] WORKER TIMEOUT (pid:6077)", PMT_RECORD,
     SAID "+03:00 | program=gunicorn | pid=4242 | severity=crit | "
          "message=WORKER TIMEOUT (pid:6077)"},
    {"Sat Feb 26 12:00:07 2022 - *** HARAKIRI ON WORKER 3 (pid: 6077, try: 1) ***", PMT_RECORD,
     SAID " | program=uwsgi | message=*** HARAKIRI ON WORKER 3 (pid: 6077, try: 1) ***"},
    {"2022-02-26 12:00:07 upgrade nginx:amd64 1.22.1-9 1.22.1-9+deb12u1", PMT_RECORD,
     SAID " | program=dpkg | message=upgrade nginx:amd64 1.22.1-9 1.22.1-9+deb12u1"},
    {"2022-02-26 12:00:07 status half-configured nginx:amd64 1.22.1-9", PMT_RECORD,
     SAID " | program=dpkg"},
    {"Start-Date: 2022-02-26  12:00:07", PMT_RECORD,
     SAID " | program=apt | message=Start-Date: 2022-02-26  12:00:07"},
    {"2022-02-26 12:00:07,123 INFO app: started", PMT_FOREIGN, ""},
    {"2022-02-26 12:00:07 started", PMT_FOREIGN, ""},
    {"2022-02-26 12:00:07.203 UTC [4242] text without a level", PMT_FOREIGN, ""},
    {"2022-02-26T12:00:07Z 0 [loud] text", PMT_FOREIGN, ""},
    {"[31-Feb-2022 12:00:07] WARNING: text", PMT_FOREIGN, ""},
    {"[2022-02-26 12:00:07] [4242] [INFO] text", PMT_FOREIGN, ""},
    {"4242:M 26 Feb 2022 12:00:07.000 text", PMT_FOREIGN, ""},
    {"Sat Feb 26 12:00:07 2022 text", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_services = {
    .name = "services",
    .summary = "own files of PostgreSQL, MySQL, Redis, PHP, gunicorn, uWSGI, dpkg and apt",
    .layer = PMT_LAYER_NONE,
    .programs = NULL,
    .parse = parse,
    .parse_message = NULL,
    .samples = samples,
};
