/* scan_lines.h - logs in memory, read as the scan reads files: the real parsers, the real rules,
 * the real tally; and lines written by the minute. For the tests of what stands above the scan. */
#ifndef PMT_TESTS_SCAN_LINES_H
#define PMT_TESTS_SCAN_LINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pmt/calibrate.h"
#include "pmt/rules.h"

#define UNUSED __attribute__((unused))

/* ---- logs ------------------------------------------------------------------------------- */

struct scan_log {
    const char *path;         /* also how it is shown */
    const char *text;         /* lines, each with its newline */
    const char *family;       /* NULL: the path */
    int64_t mtime, gzip_time; /* seconds since 1970; 0: unknown */
};

enum { SCAN_LOGS_MAX = 12 };

struct scan {
    struct pmt_inputs list;
    struct pmt_input inputs[SCAN_LOGS_MAX];
    struct pmt_scanned sources[SCAN_LOGS_MAX];
    size_t n;
    struct pmt_arena arena;
    struct pmt_calibrate_options options;
    struct pmt_zone_choice assume[4];
};

/* Compiled once for all tests of a program. */
static UNUSED struct pmt_rules *scan_rules(void)
{
    static struct pmt_rules *rules;
    if (!rules)
        rules = pmt_rules_new();
    return rules;
}

static UNUSED void scan_line(struct pmt_tally *t, const struct pmt_parser *parser,
                             struct pmt_rules_scratch *scratch, const struct pmt_line *line)
{
    struct pmt_record rec;
    struct pmt_reject why = {"", 0};
    const struct pmt_parser *used;
    switch (pmt_parse_line(parser, NULL, line->text, &rec, &used, &why)) {
    case PMT_RECORD:
        if (rec.kind != PMT_HTTP_REQUEST && rec.lb == PMT_LB_NONE)
            pmt_rules_match(scan_rules(), scratch, &rec);
        pmt_tally_add(t, &rec, line);
        break;
    case PMT_SILENT:
        pmt_tally_silent(t);
        break;
    case PMT_FOREIGN:
        pmt_tally_reject(t, line, why.why, why.column);
        break;
    }
}

static UNUSED void scan_log(struct scan *s, const struct scan_log *log)
{
    struct pmt_scanned *x = &s->sources[s->n];
    struct pmt_input *in = &s->inputs[s->n++];
    size_t understood, lines;
    struct pmt_slice text = pmt_str(log->text);
    *in = (struct pmt_input){.path = log->path,
                             .shown = log->path,
                             .arg = "logs",
                             .family = log->family ? log->family : log->path,
                             .rotation = INT64_MAX,
                             .mtime = log->mtime,
                             .regular = true};
    *x = (struct pmt_scanned){.input = in,
                              .parser = pmt_parser_detect(text, &understood, &lines),
                              .tally = pmt_tally_new(NULL, NULL),
                              .first = PMT_NO_TIME,
                              .last = PMT_NO_TIME};
    x->info.gzip_time = log->gzip_time;
    struct pmt_rules_scratch *scratch = pmt_rules_scratch_new(scan_rules());
    struct pmt_cursor c = pmt_cursor(text);
    struct pmt_line line = {.number = 0};
    while (pmt_cur_until(&c, '\n', &line.text)) {
        line.number++;
        scan_line(x->tally, x->parser, scratch, &line);
    }
    assert_true(pmt_cur_end(&c)); /* each line has its newline */
    x->info.lines = line.number;
    pmt_rules_scratch_free(scratch);
    pmt_tally_seal(x->tally);
}

static UNUSED void scan_open(struct scan *s, const struct scan_log *logs, size_t n)
{
    memset(s, 0, sizeof *s);
    assert_true(n <= SCAN_LOGS_MAX);
    for (size_t i = 0; i < n; i++)
        scan_log(s, &logs[i]);
    s->list.items = s->inputs;
    s->list.n = n;
}
#define SCAN_OPEN(s, logs) scan_open(s, logs, sizeof(logs) / sizeof *(logs))

/* --assume-tz GLOB=ZONE; NULL for the glob: everything. */
static UNUSED void scan_assume(struct scan *s, const char *glob, const char *zone)
{
    const char *why;
    struct pmt_zone_choice *a = &s->assume[s->options.nassume++];
    a->glob = glob;
    if (pmt_zone_open(pmt_str(zone), &s->arena, &a->zone, &why))
        fail_msg("%s", why);
    s->options.assume = s->assume;
}

static UNUSED void scan_calibrate(struct scan *s)
{
    pmt_calibrate(s->sources, s->n, &s->options, &s->arena);
}

static UNUSED void scan_close(struct scan *s)
{
    for (size_t i = 0; i < s->n; i++)
        pmt_tally_free(s->sources[i].tally);
    pmt_arena_fini(&s->arena);
}

/* The map of the clock the coverage table speaks of. */
static UNUSED const struct pmt_map *scan_map(const struct scan *s, size_t source)
{
    const struct pmt_scanned *x = &s->sources[source];
    return &x->maps[x->main_clock][x->main_segment];
}

/* ---- instants --------------------------------------------------------------------------- */

/* "2022-02-26T08:47:31.5Z" */
static UNUSED int64_t at(const char *text)
{
    struct pmt_cursor c = pmt_cursor(pmt_str(text));
    struct pmt_stamp stamp;
    if (!pmt_read_iso_stamp(&c, &stamp) || !pmt_cur_end(&c))
        fail_msg("no instant: %s", text);
    return pmt_stamp_utc(&stamp);
}

static UNUSED void assert_instant(int64_t got, const char *want)
{
    struct pmt_buf b = {0};
    if (got == PMT_NO_TIME)
        pmt_buf_puts(&b, "none");
    else
        pmt_put_rfc3339(&b, got, 0);
    assert_string_equal(b.data, want);
    pmt_buf_fini(&b);
}

/* ---- lines ------------------------------------------------------------------------------ */

static UNUSED const char *put_month(int month)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return names[month - 1];
}

struct civil {
    int year, month, day, hour, minute, second;
    int us;
};

static UNUSED struct civil civil_of(int64_t wall)
{
    struct civil c;
    int64_t days = wall / PMT_DAY, left = wall % PMT_DAY;
    pmt_civil_from_days(days, &c.year, &c.month, &c.day);
    c.us = (int)(left % PMT_SECOND);
    c.second = (int)(left / PMT_SECOND % 60);
    c.minute = (int)(left / PMT_MINUTE % 60);
    c.hour = (int)(left / PMT_HOUR);
    return c;
}

/* "26/Feb/2022:12:00:07" */
static UNUSED void put_clf_time(struct pmt_buf *b, int64_t wall)
{
    struct civil c = civil_of(wall);
    pmt_buf_printf(b, "%02d/%s/%04d:%02d:%02d:%02d", c.day, put_month(c.month), c.year, c.hour,
                   c.minute, c.second);
}

/* "Feb 26 12:00:07" */
static UNUSED void put_bsd_time(struct pmt_buf *b, int64_t wall)
{
    struct civil c = civil_of(wall);
    pmt_buf_printf(b, "%s %2d %02d:%02d:%02d", put_month(c.month), c.day, c.hour, c.minute,
                   c.second);
}

/* One line of an access log, in UTC. agent "-": none. */
static UNUSED void put_access(struct pmt_buf *b, int64_t t, const char *client, const char *path,
                              int status, const char *agent)
{
    pmt_buf_printf(b, "%s - - [", client);
    put_clf_time(b, t);
    pmt_buf_printf(b, " +0000] \"GET %s HTTP/1.1\" %d 512 \"-\" \"%s\"\n", path, status, agent);
}

/* One request in the balancer's log of host lb-01, in UTC, with the year in the accept date. */
static UNUSED void put_haproxy(struct pmt_buf *b, int64_t t, const char *client,
                               const char *backend, const char *server, int status,
                               const char *path)
{
    put_bsd_time(b, t);
    pmt_buf_printf(b, " lb-01 haproxy[1123]: %s:40967 [", client);
    put_clf_time(b, t);
    pmt_buf_printf(b,
                   ".%03d] www %s/%s 0/0/0/12/12 %d 347 - - ---- 5/5/4/4/0 0/0 "
                   "\"GET %s HTTP/1.1\"\n",
                   (int)(t % PMT_SECOND / 1000), backend, server, status, path);
}

/* A line of free text in a traditional syslog file, in UTC. */
static UNUSED void put_syslog(struct pmt_buf *b, int64_t t, const char *host, const char *message)
{
    put_bsd_time(b, t);
    pmt_buf_printf(b, " %s %s\n", host, message);
}

/* "198.51.100.7": client number n. Three such networks are set aside for documentation. */
static UNUSED const char *client_name(unsigned n)
{
    static char names[8][24];
    static unsigned next;
    static const char *const nets[] = {"192.0.2", "198.51.100", "203.0.113"};
    char *s = names[next++ % 8];
    snprintf(s, sizeof names[0], "%s.%u", nets[n / 250 % 3], 1 + n % 250);
    return s;
}

#endif
