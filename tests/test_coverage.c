#include "scan_lines.h"

#include "pmt/coverage.h"

/* ---- logs with gaps ---------------------------------------------------------------------- */

enum { FILES_MAX = SCAN_LOGS_MAX };

/* Files as they lie in one folder: their names tell what rotation they are. */
struct logs {
    struct scan_log v[FILES_MAX];
    struct pmt_buf text[FILES_MAX];
    char names[FILES_MAX][48];
    size_t n;
    struct scan scan;
    struct pmt_coverage cov;
};

static struct pmt_buf *file(struct logs *l, const char *name)
{
    l->v[l->n].path = name;
    pmt_buf_puts(&l->text[l->n], "");
    return &l->text[l->n++];
}

/* One request each `every` seconds in [from, to). */
static void put_requests(struct pmt_buf *b, const char *from, const char *to, int every)
{
    unsigned i = 0;
    for (int64_t t = at(from); t < at(to); t += every * PMT_SECOND)
        put_access(b, t, client_name(i++ % 40), "/books", 200, "Mozilla/5.0 Firefox/97.0");
}

static void put_proxied(struct pmt_buf *b, const char *from, const char *to, int every)
{
    unsigned i = 0;
    for (int64_t t = at(from); t < at(to); t += every * PMT_SECOND)
        put_haproxy(b, t, client_name(i++ % 40), "shop", "web-01", 200, "/books");
}

static void put_cron(struct pmt_buf *b, const char *from, const char *to, int every)
{
    for (int64_t t = at(from); t < at(to); t += every * PMT_SECOND)
        put_syslog(b, t, "web-01", "CRON[812]: (root) CMD (true)");
}

static void put_errors(struct pmt_buf *b, const char *from, const char *to, int every)
{
    for (int64_t t = at(from); t < at(to); t += every * PMT_SECOND) {
        struct civil c = civil_of(t);
        pmt_buf_printf(b,
                       "%04d/%02d/%02d %02d:%02d:%02d [error] 812#812: *7 connect() failed (111: "
                       "Connection refused) while connecting to upstream, client: 192.0.2.1, "
                       "server: shop.example.com, request: \"GET /books HTTP/1.1\", upstream: "
                       "\"http://10.0.0.7:8080/books\", host: \"shop.example.com\"\n",
                       c.year, c.month, c.day, c.hour, c.minute, c.second);
    }
}

static void name_rotations(struct logs *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct pmt_input *in = &l->scan.inputs[i];
        struct pmt_slice base = pmt_str(in->path);
        pmt_rotation_split(base, &l->scan.arena, &base, &in->rotation, &in->numbered);
        base = pmt_strip_compression(base);
        in->family = pmt_arena_printf(&l->scan.arena, "%.*s", PMT_FMT(base));
    }
}

static void read_all(struct logs *l)
{
    for (size_t i = 0; i < l->n; i++) {
        l->v[i].text = l->text[i].data;
        l->v[i].mtime = at("2022-03-01T00:00:00Z") / PMT_SECOND;
    }
    scan_open(&l->scan, l->v, l->n);
    name_rotations(l);
}

static void judge(struct logs *l)
{
    scan_calibrate(&l->scan);
    pmt_coverage_build(&l->cov, l->scan.sources, l->n, &l->scan.arena);
}

static void build(struct logs *l)
{
    read_all(l);
    judge(l);
}

static void done(struct logs *l)
{
    scan_close(&l->scan);
    for (size_t i = 0; i < l->n; i++)
        pmt_buf_fini(&l->text[i]);
}

static const struct pmt_scanned *source(const struct logs *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->scan.sources[i].input->path, name) == 0)
            return &l->scan.sources[i];
    fail_msg("no %s", name);
    return NULL;
}

/* "access.log silent 2022-02-26T10:00:00Z..2022-02-26T10:10:00Z 60": of all files, a line each. */
static void put_gap(struct pmt_buf *b, const char *name, const struct pmt_gap *g)
{
    pmt_buf_printf(b, "%s%s %s ", b->n ? "; " : "", name,
                   g->kind == PMT_GAP_SILENT ? "silent" : "rotation");
    pmt_put_rfc3339(b, g->from, 0);
    pmt_buf_puts(b, "..");
    pmt_put_rfc3339(b, g->to, 0);
    pmt_buf_printf(b, " %llu", (unsigned long long)g->expected);
    if (g->missing)
        pmt_buf_printf(b, " missing %s", g->missing);
    if (g->why)
        pmt_buf_printf(b, " (%s)", g->why);
}

#define assert_gaps(l, want) assert_gaps_at((l), (want), __LINE__)
static void assert_gaps_at(const struct logs *l, const char *want, int line)
{
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, "");
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < l->scan.sources[i].ngaps; k++)
            put_gap(&b, l->scan.sources[i].input->path, &l->scan.sources[i].gaps[k]);
    if (strcmp(b.data, want) != 0)
        fail_msg("line %d\nwant: %s\ngot:  %s", line, want, b.data);
    pmt_buf_fini(&b);
}

static void assert_holes(const struct logs *l, const char *want)
{
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, "");
    for (size_t k = 0; k < l->cov.nholes; k++)
        put_gap(&b, "hole", &l->cov.holes[k]);
    assert_string_equal(b.data, want);
    pmt_buf_fini(&b);
}

static void assert_span(const struct logs *l, unsigned sorts, const char *host, const char *first,
                        const char *last)
{
    int64_t a = PMT_NO_TIME, z = PMT_NO_TIME;
    bool found = pmt_coverage_span(&l->cov, sorts, pmt_str(host), &a, &z);
    assert_int_equal(found, first != NULL);
    if (!found)
        return;
    assert_instant(a, first);
    assert_instant(z, last);
}

/* ---- silence ----------------------------------------------------------------------------- */

static void test_silence(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    put_requests(b, "2022-02-26T08:00:07Z", "2022-02-26T10:00:00Z", 10);
    put_requests(b, "2022-02-26T10:10:03Z", "2022-02-26T12:00:00Z", 10);
    build(&l);
    assert_gaps(&l, "access.log silent 2022-02-26T09:59:57Z..2022-02-26T10:10:03Z 61");
    assert_holes(&l, "hole silent 2022-02-26T09:59:57Z..2022-02-26T10:10:03Z 61");
    assert_instant(l.cov.first, "2022-02-26T08:00:07Z");
    assert_instant(l.cov.last, "2022-02-26T11:59:53Z");
    done(&l);
}

/* A request each `every` seconds for hours, none for `silent` seconds, and on. */
static size_t gaps_after(int every, int silent, int every_after)
{
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    int64_t start = at("2022-02-26T08:00:00Z"), t = start;
    for (; t < start + 4 * PMT_HOUR; t += every * PMT_SECOND)
        put_access(b, t, "192.0.2.1", "/books", 200, "Mozilla/5.0");
    int64_t again = t + (silent - every) * PMT_SECOND;
    for (t = again; t < again + 4 * PMT_HOUR; t += every_after * PMT_SECOND)
        put_access(b, t, "192.0.2.1", "/books", 200, "Mozilla/5.0");
    build(&l);
    size_t n = l.scan.sources[0].ngaps;
    done(&l);
    return n;
}

static void test_thresholds(void **state)
{
    (void)state;
    static const struct {
        int every, silent, every_after;
        size_t gaps;
    } cases[] = {
        {1, 115, 1, 0},    /* shorter than two minutes, whatever is expected */
        {1, 125, 1, 1},
        {10, 200, 10, 0},  /* 20 requests */
        {10, 240, 10, 1},  /* 24 */
        {60, 1200, 60, 0}, /* 20 */
        {60, 1500, 60, 1}, /* 25 */
        {10, 1200, 60, 0}, /* the lower of both rates counts: 20 */
        {60, 1200, 10, 0},
        {10, 1500, 60, 1},
        {60, 1500, 10, 1},
        {300, 6000, 300, 0}, /* one in five minutes: 20 */
        {300, 9000, 300, 1}, /* 30 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = gaps_after(cases[i].every, cases[i].silent, cases[i].every_after);
        if (n != cases[i].gaps)
            fail_msg("case %zu: %zu gaps", i, n);
    }
}

/* What is no gap. */
static void test_few_lines(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    put_requests(b, "2022-02-26T08:00:00Z", "2022-02-26T08:00:20Z", 1); /* 20 on either side */
    put_requests(b, "2022-02-26T20:00:00Z", "2022-02-26T20:00:20Z", 1);
    build(&l);
    assert_gaps(&l, "");
    assert_holes(&l, "");
    done(&l);
}

static void test_bursts(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log"); /* a hundred requests every four hours */
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 100; k++)
            put_access(b, at("2022-02-26T00:00:00Z") + i * 4 * PMT_HOUR + k * PMT_SECOND / 2,
                       "192.0.2.1", "/feed", 200, "reader/1.0");
    build(&l);
    assert_gaps(&l, "");
    done(&l);
}

static void test_error_log_owes_nothing(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "error.log");
    put_errors(b, "2022-02-26T08:00:00Z", "2022-02-26T10:00:00Z", 10);
    put_errors(b, "2022-02-26T15:00:00Z", "2022-02-26T17:00:00Z", 10);
    build(&l);
    assert_gaps(&l, "");
    done(&l);
}

static void test_state_changes_owe_nothing(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "haproxy-events.log");
    for (int64_t t = at("2022-02-26T08:00:00Z"); t < at("2022-02-26T17:00:00Z"); t += PMT_MINUTE)
        if (t < at("2022-02-26T10:00:00Z") || t > at("2022-02-26T15:00:00Z"))
            put_syslog(b, t, "lb-01",
                       "haproxy[1123]: Server shop/web-01 is going DOWN for maintenance. 1 active "
                       "and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in "
                       "queue.");
    build(&l);
    assert_gaps(&l, "");
    assert_span(&l, PMT_SORT_BALANCER, "lb-01", "2022-02-26T08:00:00Z", "2022-02-26T16:59:00Z");
    done(&l);
}

/* Night after night, and one night only. */
static void nights(int quiet, const char *want)
{
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    for (int day = 0; day < 6; day++) {
        int64_t start = at("2022-02-20T00:00:00Z") + day * PMT_DAY;
        for (int64_t t = start; t < start + PMT_DAY; t += 100 * PMT_SECOND) {
            bool asleep = t >= start + 2 * PMT_HOUR && t < start + 4 * PMT_HOUR + day * PMT_MINUTE;
            if (!asleep || day >= quiet)
                put_access(b, t, "192.0.2.1", "/books", 200, "Mozilla/5.0");
        }
    }
    build(&l);
    assert_gaps(&l, want);
    done(&l);
}

static void test_habit(void **state)
{
    (void)state;
    nights(6, "");
    nights(1, "access.log silent 2022-02-20T01:58:20Z..2022-02-20T04:00:00Z 73");
}

/* One night, into which the requests grow fewer: 60 expected by
 * the hours before, but 18 by the last of them. */
static void test_lull(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    put_requests(b, "2022-02-25T12:00:00Z", "2022-02-25T22:30:00Z", 75);
    put_requests(b, "2022-02-25T22:30:00Z", "2022-02-26T00:00:00Z", 540);
    put_requests(b, "2022-02-26T02:30:00Z", "2022-02-26T12:00:00Z", 75);
    build(&l);
    assert_gaps(&l, "");
    done(&l);
}

/* Every weekend without a request, or every night to Sunday. */
static void test_weekends(void **state)
{
    (void)state;
    for (int night = 0; night < 2; night++) {
        struct logs l = {0};
        struct pmt_buf *b = file(&l, "access.log");
        for (int64_t t = at("2022-02-01T00:00:00Z"); t < at("2022-03-02T00:00:00Z");
             t += 300 * PMT_SECOND) {
            int day = pmt_weekday(t / PMT_DAY);
            if (night ? day < 6 || t % PMT_DAY > 6 * PMT_HOUR : day < 5)
                put_access(b, t, "192.0.2.1", "/books", 200, "Mozilla/5.0");
        }
        build(&l);
        assert_gaps(&l, "");
        done(&l);
    }
}

static void test_system_log(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "syslog"); /* a line each five minutes */
    put_cron(b, "2022-02-26T00:00:01Z", "2022-02-26T08:00:00Z", 300);
    put_cron(b, "2022-02-26T09:00:01Z", "2022-02-26T12:00:00Z", 300); /* 12 expected */
    put_cron(b, "2022-02-26T15:00:01Z", "2022-02-26T20:00:00Z", 300); /* 36 expected */
    build(&l);
    /* Lines are known by their minutes. */
    assert_gaps(&l, "syslog silent 2022-02-26T11:56:00Z..2022-02-26T15:00:00Z 0");
    assert_holes(&l, ""); /* says nothing about requests */
    done(&l);
}

/* An hour of a door-knocker's lines, two hours none, an hour again: that log is mostly silent. */
static void test_quiet_system_log(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "auth.log");
    put_cron(b, "2022-02-20T00:00:01Z", "2022-02-25T10:00:00Z", 3 * 3600);
    put_cron(b, "2022-02-25T10:00:01Z", "2022-02-25T11:00:00Z", 60);
    put_cron(b, "2022-02-25T13:00:01Z", "2022-02-25T14:00:00Z", 60);
    put_cron(b, "2022-02-25T15:00:01Z", "2022-02-28T10:00:00Z", 3 * 3600);
    build(&l);
    assert_gaps(&l, "");
    done(&l);
}

/* Written when they are through: lines of a minute ago among those of now. */
static void test_late_lines(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    int64_t start = at("2022-02-26T08:00:00Z");
    for (int64_t k = 0; k < 3600; k++) { /* each block of ten minutes is written backwards */
        int64_t sec = k / 600 * 600 + 599 - k % 600;
        put_access(b, start + sec * PMT_SECOND, "192.0.2.1", "/books", 200, "Mozilla/5.0");
    }
    build(&l);
    assert_gaps(&l, "");
    done(&l);
}

static void test_other_stamps(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "haproxy.log"); /* envelope without a year, accept date */
    put_proxied(b, "2022-02-26T08:00:00Z", "2022-02-26T10:00:00Z", 5);
    put_syslog(b, at("2022-02-26T10:10:00Z"), "lb-01",
               "haproxy[1123]: Server shop/web-01 is UP/READY (leaving forced maintenance).");
    put_proxied(b, "2022-02-26T10:20:00Z", "2022-02-26T12:00:00Z", 5);
    build(&l);
    /* Judged by requests: a state change is none. */
    assert_gaps(&l, "haproxy.log silent 2022-02-26T09:59:55Z..2022-02-26T10:20:00Z 241");
    done(&l);
}

/* Two hosts in one file: the gap lies between whoever wrote last and whoever wrote first. Where
 * both did in one minute, the minute's edge is safe to say. */
static void test_two_hosts(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "haproxy.log");
    for (int host = 0; host < 2; host++) {
        struct pmt_buf one = {0};
        put_proxied(&one, "2022-02-26T08:00:00Z",
                    host ? "2022-02-26T09:59:20Z" : "2022-02-26T09:59:50Z", 5);
        put_proxied(&one, host ? "2022-02-26T10:20:10Z" : "2022-02-26T10:20:40Z",
                    "2022-02-26T12:00:00Z", 5);
        for (char *p = one.data; host && (p = strstr(p, "lb-01")); p++)
            p[4] = '2';
        pmt_buf_put(b, one.data, one.n);
        pmt_buf_fini(&one);
    }
    build(&l);
    assert_gaps(&l, "haproxy.log silent 2022-02-26T10:00:00Z..2022-02-26T10:20:00Z 477");
    done(&l);
}

static void test_years_away(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    put_requests(b, "1999-12-31T23:00:00Z", "1999-12-31T23:00:01Z", 1);
    put_requests(b, "2022-02-26T08:00:00Z", "2022-02-26T10:00:00Z", 10);
    put_requests(b, "2022-02-26T10:10:00Z", "2022-02-26T12:00:00Z", 10);
    put_requests(b, "2199-12-31T23:00:00Z", "2199-12-31T23:00:01Z", 1);
    build(&l);
    assert_gaps(&l, "access.log silent 2022-02-26T09:59:50Z..2022-02-26T10:10:00Z 61");
    done(&l);
}

/* ---- rotations --------------------------------------------------------------------------- */

/* A silence between two files is one gap, and the newer one's. */
static void test_across_rotation(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log.1");
    put_requests(b, "2022-02-25T06:25:00Z", "2022-02-26T06:00:00Z", 30);
    b = file(&l, "access.log");
    put_requests(b, "2022-02-26T07:00:00Z", "2022-02-26T19:00:00Z", 30);
    build(&l);
    assert_gaps(&l, "access.log silent 2022-02-26T05:59:30Z..2022-02-26T07:00:00Z 121");
    assert_int_equal(source(&l, "access.log")->ngaps, 1);
    done(&l);

    /* Where a file begins and ends is known to the second in any log. */
    l = (struct logs){0};
    put_cron(file(&l, "syslog.1"), "2022-02-25T06:25:07Z", "2022-02-26T06:25:00Z", 300);
    put_cron(file(&l, "syslog"), "2022-02-26T12:00:09Z", "2022-02-26T19:00:00Z", 300);
    build(&l);
    assert_gaps(&l, "syslog silent 2022-02-26T06:20:07Z..2022-02-26T12:00:09Z 0");
    assert_int_equal(l.cov.nlogs, 1);
    assert_string_equal(l.scan.sources[l.cov.logs[0].source].input->path, "syslog");
    done(&l);
}

static void test_number_missing(void **state)
{
    (void)state;
    struct logs l = {0};
    put_requests(file(&l, "access.log.3.gz"), "2022-02-23T06:25:00Z", "2022-02-24T06:25:00Z", 60);
    put_requests(file(&l, "access.log.1"), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z", 60);
    put_requests(file(&l, "access.log"), "2022-02-26T06:25:00Z", "2022-02-26T19:00:00Z", 60);
    build(&l);
    assert_gaps(&l, "access.log.1 rotation 2022-02-24T06:24:00Z..2022-02-25T06:25:00Z 1441 "
                    "missing access.log.2");
    assert_holes(&l, "hole rotation 2022-02-24T06:24:00Z..2022-02-25T06:25:00Z 1441 "
                     "missing access.log.2");
    done(&l);
}

static void test_numbers_missing(void **state)
{
    (void)state;
    struct logs l = {0};
    put_errors(file(&l, "error.log.9.gz"), "2022-02-17T06:25:00Z", "2022-02-17T06:26:00Z", 60);
    put_errors(file(&l, "error.log.5.gz"), "2022-02-21T06:25:00Z", "2022-02-21T06:26:00Z", 60);
    put_errors(file(&l, "error.log.2.gz"), "2022-02-24T06:25:00Z", "2022-02-24T06:26:00Z", 60);
    put_errors(file(&l, "error.log"), "2022-02-26T06:25:00Z", "2022-02-26T06:26:00Z", 60);
    build(&l);
    /* One line a file: the numbers alone tell. */
    assert_gaps(&l,
                "error.log.5.gz rotation 2022-02-17T06:25:00Z..2022-02-21T06:25:00Z 0 "
                "missing error.log.6 to error.log.8; "
                "error.log.2.gz rotation 2022-02-21T06:25:00Z..2022-02-24T06:25:00Z 0 "
                "missing error.log.3 and error.log.4; "
                "error.log rotation 2022-02-24T06:25:00Z..2022-02-26T06:25:00Z 0 "
                "missing error.log.1");
    done(&l);
}

static void test_numbers_that_are_no_hole(void **state)
{
    (void)state;
    static const struct {
        const char *older, *newer;
    } cases[] = {
        {"access.log.1", "access.log"},       /* neighbours */
        {"access.log.2", "access.log.1"},     /* the live file is missing */
        {"access.log.9.gz", "access.log.8.gz"}, /* others are newer than both */
        {"access.log.0", "access.log"},       /* numbered from 0 */
        {"access.log.old", "access.log"},
        {"access.log.5", "access.log"},       /* but the lines go on: `start 5` */
        {"access.log", "access.log.5"},       /* names lie: the contents lie the other way round */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct logs l = {0};
        put_requests(file(&l, cases[i].older), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z", 60);
        put_requests(file(&l, cases[i].newer), "2022-02-26T06:25:00Z", "2022-02-26T19:00:00Z", 60);
        build(&l);
        assert_gaps(&l, "");
        done(&l);
    }
}

/* What the missing number would hold stands in a file of another name. */
static void test_name_elsewhere(void **state)
{
    (void)state;
    struct logs l = {0};
    put_requests(file(&l, "access.log.3"), "2022-02-23T06:25:00Z", "2022-02-24T06:25:00Z", 60);
    put_requests(file(&l, "access.log-20220225"), "2022-02-24T06:25:00Z", "2022-02-25T06:25:00Z",
                 60);
    put_requests(file(&l, "access.log.1"), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z", 60);
    build(&l);
    assert_gaps(&l, "");
    done(&l);
}

/* Names lie: .6 is newer than .5. What is missing is missing behind the newest of them. */
static void test_order_of_content(void **state)
{
    (void)state;
    struct logs l = {0};
    put_requests(file(&l, "access.log.6"), "2022-02-23T06:25:00Z", "2022-02-24T06:25:00Z", 60);
    put_requests(file(&l, "access.log.5"), "2022-02-22T06:25:00Z", "2022-02-23T06:25:00Z", 60);
    put_requests(file(&l, "access.log.3"), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z", 60);
    build(&l);
    assert_gaps(&l, "access.log.3 rotation 2022-02-24T06:24:00Z..2022-02-25T06:25:00Z 1441 "
                    "missing access.log.4");
    done(&l);
}

static void test_extension(void **state)
{
    (void)state;
    struct logs l = {0};
    put_requests(file(&l, "web.3/access.3.log.gz"), "2022-02-23T06:25:00Z",
                 "2022-02-24T06:25:00Z", 60);
    put_requests(file(&l, "web.3/access.1.log"), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z",
                 60);
    build(&l);
    assert_gaps(&l, "web.3/access.1.log rotation 2022-02-24T06:24:00Z..2022-02-25T06:25:00Z 1441 "
                    "missing web.3/access.2.log");
    done(&l);
}

/* There, but not read. */
static void test_unread(void **state)
{
    (void)state;
    for (int empty = 0; empty < 2; empty++) {
        struct logs l = {0};
        put_requests(file(&l, "access.log.3.gz"), "2022-02-23T06:25:00Z", "2022-02-24T06:25:00Z",
                     60);
        file(&l, "access.log.2.gz");
        put_requests(file(&l, "access.log.1"), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z", 60);
        read_all(&l);
        struct pmt_scanned *s = &l.scan.sources[1];
        s->skipped = empty ? "is empty" : "cannot be read: permission denied";
        s->problem = !empty;
        l.scan.inputs[1].size = 20; /* gzip of nothing has that much */
        pmt_tally_free(s->tally);
        s->tally = NULL;
        judge(&l);
        if (empty) /* silence then, and so busy a log is not silent for a day */
            assert_gaps(&l, "access.log.1 silent 2022-02-24T06:24:00Z..2022-02-25T06:25:00Z 1441");
        else
            assert_gaps(&l, "access.log.1 rotation 2022-02-24T06:24:00Z..2022-02-25T06:25:00Z 1441 "
                            "missing access.log.2.gz (cannot be read: permission denied)");
        done(&l);
    }
}

static void test_damaged(void **state)
{
    (void)state;
    struct logs l = {0};
    put_requests(file(&l, "access.log-20220225.gz"), "2022-02-24T06:25:00Z",
                 "2022-02-24T20:00:00Z", 60);
    put_requests(file(&l, "access.log-20220226"), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z",
                 60);
    read_all(&l);
    struct pmt_source_info *info = &l.scan.sources[0].info;
    info->incomplete = true;
    snprintf(info->damage, sizeof info->damage, "gzip data ends early after line 815");
    judge(&l);
    assert_gaps(&l, "access.log-20220226 rotation 2022-02-24T19:59:00Z..2022-02-25T06:25:00Z 626 "
                    "missing access.log-20220225.gz (gzip data ends early after line 815)");
    done(&l);
}

/* Damaged in its middle, and lines behind it were recovered: no silence, as far as is known. */
static void test_damaged_inside(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log.1.gz");
    put_requests(b, "2022-02-24T06:25:00Z", "2022-02-24T20:00:00Z", 60);
    put_requests(b, "2022-02-24T22:00:00Z", "2022-02-25T06:25:00Z", 60);
    b = file(&l, "access.log");
    put_requests(b, "2022-02-25T06:25:00Z", "2022-02-25T12:00:00Z", 60);
    put_requests(b, "2022-02-25T13:00:00Z", "2022-02-25T16:00:00Z", 60);
    read_all(&l);
    struct pmt_source_info *info = &l.scan.sources[0].info;
    info->incomplete = true;
    snprintf(info->damage, sizeof info->damage, "gzip data is damaged after line 815");
    judge(&l);
    assert_gaps(&l, "access.log.1.gz rotation 2022-02-24T19:59:00Z..2022-02-24T22:00:00Z 121 "
                    "missing access.log.1.gz (gzip data is damaged after line 815); "
                    "access.log silent 2022-02-25T11:59:00Z..2022-02-25T13:00:00Z 61");
    done(&l);
}

/* ---- dates ------------------------------------------------------------------------------- */

/* Daily files for Feb 20 to 26 but for those in `without`; the live one follows. */
static void put_days(struct logs *l, const char *(*name)(struct logs *l, int day), int every,
                     const char *without)
{
    for (int day = 20; day <= 26; day++) {
        if (strchr(without, '0' + day - 20))
            continue;
        struct pmt_buf *b = file(l, name(l, day));
        int64_t start = at("2022-02-19T00:00:00Z") + (day - 20) * PMT_DAY;
        for (int64_t t = start; t < start + PMT_DAY; t += every * PMT_SECOND)
            put_access(b, t, "192.0.2.1", "/books", 200, "Mozilla/5.0");
    }
    put_requests(file(l, "access.log"), "2022-02-26T00:00:00Z", "2022-02-26T19:00:00Z", every);
}

static const char *plain_date(struct logs *l, int day)
{
    snprintf(l->names[l->n], sizeof l->names[0], "access.log-202202%02d", day);
    return l->names[l->n];
}

static const char *dashed_date(struct logs *l, int day)
{
    snprintf(l->names[l->n], sizeof l->names[0], "access-2022-02-%02d.log.gz", day);
    return l->names[l->n];
}

static const char *epoch_date(struct logs *l, int day)
{
    snprintf(l->names[l->n], sizeof l->names[0], "access.log-%lld",
             (long long)(at("2022-02-20T00:00:00Z") / PMT_SECOND) + (day - 20) * 86400);
    return l->names[l->n];
}

static void test_date_missing(void **state)
{
    (void)state;
    static const struct {
        const char *(*name)(struct logs *l, int day);
        int every;
        const char *without, *want;
    } cases[] = {
        {plain_date, 60, "", ""},
        {plain_date, 60, "3",
         "access.log-20220224 rotation 2022-02-21T23:59:00Z..2022-02-23T00:00:00Z 1441 "
         "missing access.log-20220223"},
        {plain_date, 60, "34",
         "access.log-20220225 rotation 2022-02-21T23:59:00Z..2022-02-24T00:00:00Z 2881 "
         "missing access.log-20220223 and access.log-20220224"},
        {plain_date, 60, "6", /* the newest: only the live file is behind it */
         "access.log rotation 2022-02-24T23:59:00Z..2022-02-26T00:00:00Z 1441 "
         "missing access.log-20220226"},
        {plain_date, 60, "0", ""}, /* the oldest */
        {plain_date, 60, "01", ""},
        {dashed_date, 60, "5",
         "access-2022-02-26.log.gz rotation 2022-02-23T23:59:00Z..2022-02-25T00:00:00Z 1441 "
         "missing access-2022-02-25.log"},
        {epoch_date, 60, "1",
         "access.log-1645488000 rotation 2022-02-19T23:59:00Z..2022-02-21T00:00:00Z 1441 "
         "missing access.log-1645401600"},
        {plain_date, 60, "01236", /* two files tell of one step, and the live one is behind it */
         "access.log rotation 2022-02-24T23:59:00Z..2022-02-26T00:00:00Z 1441 "
         "missing access.log-20220226"},
        {plain_date, 60, "0146", /* three files: of two steps the shorter is the usual one */
         "access.log-20220225 rotation 2022-02-22T23:59:00Z..2022-02-24T00:00:00Z 1440 "
         "missing access.log-20220224; "
         "access.log rotation 2022-02-24T23:59:00Z..2022-02-26T00:00:00Z 1439 "
         "missing access.log-20220226"},
        {plain_date, 4 * 3600, "3", ""}, /* so few: `notifempty` may have left it out */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct logs l = {0};
        put_days(&l, cases[i].name, cases[i].every, cases[i].without);
        build(&l);
        assert_gaps(&l, cases[i].want);
        done(&l);
    }
}

/* An error log leaves out the days without errors, however many there were around them. */
static void test_date_of_an_error_log(void **state)
{
    (void)state;
    struct logs l = {0};
    put_errors(file(&l, "error.log-20220220"), "2022-02-19T00:00:00Z", "2022-02-20T00:00:00Z", 60);
    put_errors(file(&l, "error.log-20220221"), "2022-02-20T00:00:00Z", "2022-02-21T00:00:00Z", 60);
    put_errors(file(&l, "error.log-20220223"), "2022-02-22T00:00:00Z", "2022-02-23T00:00:00Z", 60);
    build(&l);
    assert_gaps(&l, "");
    done(&l);
}

/* A date is left out, but the lines go on, but for a short silence: that is all that is missing. */
static void test_date_left_out(void **state)
{
    (void)state;
    struct logs l = {0};
    put_requests(file(&l, "access.log-20220220"), "2022-02-19T00:00:00Z", "2022-02-20T00:00:00Z",
                 60);
    put_requests(file(&l, "access.log-20220221"), "2022-02-20T00:00:00Z", "2022-02-21T00:00:00Z",
                 60);
    put_requests(file(&l, "access.log-20220223"), "2022-02-21T00:40:00Z", "2022-02-23T00:00:00Z",
                 60);
    build(&l);
    assert_gaps(&l,
                "access.log-20220223 silent 2022-02-20T23:59:00Z..2022-02-21T00:40:00Z 41");
    done(&l);
}

/* ---- copies, order ----------------------------------------------------------------------- */

/* Copied while it was rotated: the same lines in two files are one log's rate, not two. */
static void test_copies(void **state)
{
    (void)state;
    struct logs l = {0};
    for (int i = 0; i < 2; i++) {
        struct pmt_buf *b = file(&l, i ? "access.log" : "access.log.1");
        put_requests(b, "2022-02-26T06:25:00Z", "2022-02-26T10:00:00Z", 60);
        put_requests(b, "2022-02-26T10:20:00Z", "2022-02-26T12:00:00Z", 60);
    }
    build(&l);
    assert_gaps(&l, ""); /* 21 at the rate of one */
    done(&l);
}

static void swap(struct pmt_scanned *a, struct pmt_scanned *b)
{
    struct pmt_scanned t = *a;
    *a = *b;
    *b = t;
}

/* The order of sources is nobody's business. */
static void test_order(void **state)
{
    (void)state;
    struct logs l = {0};
    put_days(&l, plain_date, 60, "3");
    put_requests(file(&l, "other.log.3"), "2022-02-23T06:25:00Z", "2022-02-24T06:25:00Z", 60);
    put_requests(file(&l, "other.log.1"), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z", 60);
    build(&l);
    for (int turn = 0; turn < 20; turn++) {
        for (size_t i = l.n; i-- > 1;)
            swap(&l.scan.sources[i], &l.scan.sources[(i * 7 + (size_t)turn * 3) % (i + 1)]);
        pmt_coverage_build(&l.cov, l.scan.sources, l.n, &l.scan.arena);
        const struct pmt_scanned *s = source(&l, "access.log-20220224");
        assert_int_equal(s->ngaps, 1);
        assert_string_equal(s->gaps[0].missing, "access.log-20220223");
        s = source(&l, "other.log.1");
        assert_int_equal(s->ngaps, 1);
        assert_string_equal(s->gaps[0].missing, "other.log.2");
        /* The other log covers most of the missing day. */
        assert_holes(&l, "hole rotation 2022-02-21T23:59:00Z..2022-02-23T00:00:00Z 1441 "
                         "missing access.log-20220223");
        size_t gaps = 0;
        for (size_t i = 0; i < l.n; i++)
            gaps += l.scan.sources[i].ngaps;
        assert_int_equal(gaps, 2);
    }
    done(&l);
}

/* ---- filled ------------------------------------------------------------------------------ */

/* access.log.2 is not there; what lies beside it under another name. */
static void open_renamed(struct logs *l, const char *name, const char *from, const char *to,
                         int every)
{
    put_requests(file(l, "access.log.3"), "2022-02-23T06:00:00Z", "2022-02-24T06:00:00Z", 60);
    put_requests(file(l, "access.log.1"), "2022-02-25T06:00:00Z", "2022-02-26T06:00:00Z", 60);
    put_requests(file(l, name), from, to, every);
}

static void test_filled(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int every;
        const char *want;
    } rows[] = {
        {"2022-02-24T06:00:00Z", "2022-02-25T06:00:00Z", 60, ""},
        {"2022-02-24T07:00:00Z", "2022-02-25T05:00:00Z", 60, ""}, /* 22 of 24 hours */
        {"2022-02-24T06:00:00Z", "2022-02-24T18:00:00Z", 60,
         "access.log.1 rotation 2022-02-24T17:59:00Z..2022-02-25T06:00:00Z 721 missing "
         "access.log.2"},
        /* a third of the requests: something that was picked out */
        {"2022-02-24T06:00:00Z", "2022-02-25T06:00:00Z", 180,
         "access.log.1 rotation 2022-02-24T05:59:00Z..2022-02-25T06:00:00Z 1441 missing "
         "access.log.2"},
        /* another site's: it goes on where this log does */
        {"2022-02-24T06:00:00Z", "2022-02-25T12:00:00Z", 50,
         "access.log.1 rotation 2022-02-24T05:59:00Z..2022-02-25T06:00:00Z 1441 missing "
         "access.log.2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct logs l = {0};
        open_renamed(&l, "old", rows[i].from, rows[i].to, rows[i].every);
        build(&l);
        assert_gaps(&l, rows[i].want);
        done(&l);
    }
}

/* A silence whose lines were moved to a file of their own. */
static void test_filled_silence(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    put_requests(b, "2022-02-26T08:00:00Z", "2022-02-26T10:00:00Z", 10);
    put_requests(b, "2022-02-26T11:00:00Z", "2022-02-26T13:00:00Z", 10);
    put_requests(file(&l, "incident.txt"), "2022-02-26T10:00:00Z", "2022-02-26T11:00:00Z", 10);
    build(&l);
    assert_gaps(&l, "");
    assert_holes(&l, "");
    done(&l);
}

/* What fills has a hole of its own. */
static void test_filled_but_for_a_silence(void **state)
{
    (void)state;
    struct logs l = {0};
    open_renamed(&l, "old", "2022-02-24T06:00:00Z", "2022-02-24T12:00:00Z", 60);
    put_requests(&l.text[2], "2022-02-24T18:00:00Z", "2022-02-25T06:00:00Z", 60);
    build(&l);
    assert_gaps(&l, "access.log.1 rotation 2022-02-24T11:59:00Z..2022-02-24T18:00:00Z 361 missing "
                    "access.log.2; "
                    "old silent 2022-02-24T11:59:00Z..2022-02-24T18:00:00Z 361");
    done(&l);
}

/* A balancer's log, or another host's, fills nothing; a host's own does. */
static void test_filled_by_its_own_sort(void **state)
{
    (void)state;
    static const char *const hosts[] = {"web-01", "web-02"};
    struct logs l = {0};
    open_renamed(&l, "spare", "2022-02-24T06:00:00Z", "2022-02-24T06:01:00Z", 60);
    put_proxied(file(&l, "haproxy.old"), "2022-02-24T06:00:00Z", "2022-02-25T06:00:00Z", 60);
    build(&l);
    assert_gaps(&l, "access.log.1 rotation 2022-02-24T05:59:00Z..2022-02-25T06:00:00Z 1441 missing "
                    "access.log.2");
    done(&l);
    for (size_t i = 0; i < 2; i++) {
        struct logs k = {0};
        put_cron(file(&k, "syslog.3"), "2022-02-23T06:00:00Z", "2022-02-24T06:00:00Z", 60);
        put_cron(file(&k, "syslog.1"), "2022-02-25T06:00:00Z", "2022-02-26T06:00:00Z", 60);
        struct pmt_buf *b = file(&k, "save");
        for (int64_t t = at("2022-02-24T06:00:00Z"); t < at("2022-02-25T06:00:00Z");
             t += PMT_MINUTE)
            put_syslog(b, t, hosts[i], "CRON[812]: (root) CMD (true)");
        build(&k);
        assert_gaps(&k, i ? "syslog.1 rotation 2022-02-24T05:59:00Z..2022-02-25T06:00:00Z 0 "
                            "missing syslog.2" : "");
        done(&k);
    }
}

/* Two logs lack that time: nobody knows whose it is. */
static void test_filled_for_one_only(void **state)
{
    (void)state;
    struct logs l = {0};
    open_renamed(&l, "old", "2022-02-24T06:00:00Z", "2022-02-25T06:00:00Z", 60);
    put_requests(file(&l, "shop.log.3"), "2022-02-23T06:00:00Z", "2022-02-24T06:00:00Z", 50);
    put_requests(file(&l, "shop.log.1"), "2022-02-25T06:00:00Z", "2022-02-26T06:00:00Z", 50);
    build(&l);
    assert_int_equal(source(&l, "access.log.1")->ngaps, 1);
    assert_int_equal(source(&l, "shop.log.1")->ngaps, 1);
    done(&l);
}

/* Names of what is missing, each to be quoted. */
static void test_names_of_the_missing(void **state)
{
    (void)state;
    static const struct {
        const char *oldest, *text, *first, *last;
        uint64_t n;
    } rows[] = {
        {"access.log.3", "access.log.2", "access.log.2", "access.log.2", 1},
        {"access.log.4", "access.log.2 and access.log.3", "access.log.2", "access.log.3", 2},
        {"access.log.6", "access.log.2 to access.log.5", "access.log.2", "access.log.5", 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct logs l = {0};
        put_requests(file(&l, rows[i].oldest), "2022-02-22T06:00:00Z", "2022-02-23T06:00:00Z", 60);
        put_requests(file(&l, "access.log.1"), "2022-02-25T06:00:00Z", "2022-02-26T06:00:00Z", 60);
        build(&l);
        const struct pmt_scanned *s = source(&l, "access.log.1");
        assert_int_equal(s->ngaps, 1);
        assert_string_equal(s->gaps[0].missing, rows[i].text);
        assert_string_equal(s->gaps[0].first_missing, rows[i].first);
        assert_string_equal(s->gaps[0].last_missing, rows[i].last);
        assert_int_equal(s->gaps[0].nmissing, rows[i].n);
        assert_int_equal(l.cov.nholes, 1);
        assert_int_equal(l.cov.holes[0].nmissing, rows[i].n);
        done(&l);
    }
}

/* ---- holes ------------------------------------------------------------------------------- */

static void test_holes(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "haproxy.log");
    put_proxied(b, "2022-02-26T08:00:00Z", "2022-02-26T09:00:00Z", 5);
    put_proxied(b, "2022-02-26T09:30:00Z", "2022-02-26T11:00:20Z", 5);
    put_proxied(b, "2022-02-26T11:30:00Z", "2022-02-26T13:00:00Z", 5);
    b = file(&l, "access.log");
    put_requests(b, "2022-02-26T08:00:00Z", "2022-02-26T11:00:40Z", 10);
    put_requests(b, "2022-02-26T11:20:20Z", "2022-02-26T13:00:00Z", 10);
    build(&l);
    assert_gaps(&l, "haproxy.log silent 2022-02-26T08:59:55Z..2022-02-26T09:30:00Z 361; "
                    "haproxy.log silent 2022-02-26T11:00:15Z..2022-02-26T11:30:00Z 357; "
                    "access.log silent 2022-02-26T11:00:30Z..2022-02-26T11:20:20Z 119");
    /* Where one log goes on there is no hole; in a shared minute the last line is either's. */
    assert_int_equal(l.cov.nholes, 1);
    assert_instant(l.cov.holes[0].from, "2022-02-26T11:01:00Z");
    assert_instant(l.cov.holes[0].to, "2022-02-26T11:20:20Z");
    done(&l);
}

/* The balancer's log ends before the web server's falls silent: nobody holds a request then. */
static void test_hole_behind_an_end(void **state)
{
    (void)state;
    struct logs l = {0};
    put_proxied(file(&l, "haproxy.log"), "2022-02-26T08:00:00Z", "2022-02-26T10:15:00Z", 5);
    struct pmt_buf *b = file(&l, "access.log");
    put_requests(b, "2022-02-26T08:00:00Z", "2022-02-26T10:00:00Z", 10);
    put_requests(b, "2022-02-26T11:00:00Z", "2022-02-26T13:00:00Z", 10);
    build(&l);
    assert_holes(&l, "hole silent 2022-02-26T10:15:00Z..2022-02-26T11:00:00Z 270");
    done(&l);
}

/* Both begin again in one minute; and a few seconds that nobody covers are no hole. */
static void test_edges_of_holes(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "haproxy.log");
    put_proxied(b, "2022-02-26T08:00:00Z", "2022-02-26T10:00:00Z", 10);
    put_proxied(b, "2022-02-26T10:30:50Z", "2022-02-26T13:00:00Z", 10);
    put_proxied(b, "2022-02-26T14:00:00Z", "2022-02-26T16:00:00Z", 10);
    b = file(&l, "access.log");
    put_requests(b, "2022-02-26T08:00:00Z", "2022-02-26T10:05:00Z", 10);
    put_requests(b, "2022-02-26T10:30:20Z", "2022-02-26T13:56:10Z", 10);
    build(&l);
    assert_int_equal(l.cov.nholes, 1);
    assert_instant(l.cov.holes[0].from, "2022-02-26T10:04:50Z");
    assert_instant(l.cov.holes[0].to, "2022-02-26T10:30:00Z");
    done(&l);
}

/* One log is silent while of the other a rotation is missing. */
static void test_hole_of_two_kinds(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "access.log");
    put_requests(b, "2022-02-23T06:00:00Z", "2022-02-24T06:00:00Z", 60);
    put_requests(b, "2022-02-25T08:00:00Z", "2022-02-26T06:00:00Z", 60);
    put_requests(file(&l, "shop.log.3"), "2022-02-23T06:00:00Z", "2022-02-24T05:40:00Z", 60);
    put_requests(file(&l, "shop.log.1"), "2022-02-25T06:25:00Z", "2022-02-26T06:25:00Z", 60);
    build(&l);
    assert_int_equal(l.cov.nholes, 1);
    assert_instant(l.cov.holes[0].from, "2022-02-24T05:59:00Z");
    assert_instant(l.cov.holes[0].to, "2022-02-25T06:25:00Z");
    assert_int_equal(l.cov.holes[0].kind, PMT_GAP_ROTATION);
    assert_string_equal(l.cov.holes[0].missing, "shop.log.2");
    done(&l);
}

/* ---- questions --------------------------------------------------------------------------- */

static void open_three_hosts(struct logs *l)
{
    struct pmt_buf *b = file(l, "lb-01/haproxy.log");
    put_proxied(b, "2022-02-26T08:00:00Z", "2022-02-26T12:00:00Z", 10);
    b = file(l, "web-01/access.log");
    put_requests(b, "2022-02-26T07:00:00Z", "2022-02-26T13:00:00Z", 10);
    b = file(l, "web-01/error.log");
    put_errors(b, "2022-02-26T08:00:00Z", "2022-02-26T08:00:10Z", 10);
    put_errors(b, "2022-02-26T11:00:00Z", "2022-02-26T11:00:10Z", 10);
    b = file(l, "web-01/syslog");
    put_cron(b, "2022-02-26T06:25:00Z", "2022-02-26T09:00:00Z", 60);
    put_cron(b, "2022-02-26T12:00:00Z", "2022-02-26T19:00:00Z", 60);
    b = file(l, "web-01/auth.log");
    put_syslog(b, at("2022-02-26T07:30:00Z"), "web-01",
               "sudo:   deploy : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/bin/systemctl restart "
               "shop");
    put_syslog(b, at("2022-02-26T20:00:00Z"), "web-01", "CRON[812]: (root) CMD (true)");
    build(l);
}

static void test_spans(void **state)
{
    (void)state;
    struct logs l = {0};
    open_three_hosts(&l);
    assert_span(&l, PMT_SORT_REQUESTS, NULL, "2022-02-26T07:00:00Z", "2022-02-26T12:59:50Z");
    assert_span(&l, PMT_SORT_REQUESTS, "lb-01", "2022-02-26T08:00:00Z", "2022-02-26T11:59:50Z");
    assert_span(&l, PMT_SORT_BALANCER, NULL, "2022-02-26T08:00:00Z", "2022-02-26T11:59:50Z");
    assert_span(&l, PMT_SORT_BALANCER, "web-01", NULL, NULL);
    assert_span(&l, PMT_SORT_ERRORS, "web-01", "2022-02-26T08:00:00Z", "2022-02-26T11:00:00Z");
    assert_span(&l, PMT_SORT_KERNEL, "web-01.example.com", "2022-02-26T06:25:00Z",
                "2022-02-26T18:59:00Z");
    assert_span(&l, PMT_SORT_OPERATOR, "web-01", "2022-02-26T07:30:00Z", "2022-02-26T20:00:00Z");
    /* In common. */
    assert_span(&l, PMT_SORT_SYSTEM, "web-01", "2022-02-26T07:30:00Z", "2022-02-26T18:59:00Z");
    assert_span(&l, PMT_SORT_SYSTEM, "web", NULL, NULL);
    assert_span(&l, PMT_SORT_KERNEL, "web-02", NULL, NULL);
    assert_span(&l, PMT_SORT_KERNEL, "lb-01", NULL, NULL); /* haproxy.log is no system log */
    assert_span(&l, 0, NULL, NULL, NULL);
    done(&l);
}

static void test_has_and_reaches(void **state)
{
    (void)state;
    static const struct {
        unsigned sorts;
        const char *host, *from, *to;
        bool has, reaches;
    } cases[] = {
        {PMT_SORT_REQUESTS, NULL, "2022-02-26T07:10:00Z", "2022-02-26T07:20:00Z", true, true},
        {PMT_SORT_REQUESTS, "lb-01", "2022-02-26T07:10:00Z", "2022-02-26T07:20:00Z", false, false},
        {PMT_SORT_REQUESTS, "lb-01", "2022-02-26T07:10:00Z", "2022-02-26T08:00:10Z", true, false},
        {PMT_SORT_ERRORS, "web-01", "2022-02-26T09:00:00Z", "2022-02-26T10:00:00Z", false, true},
        {PMT_SORT_ERRORS, "web-01", "2022-02-26T11:00:00Z", "2022-02-26T11:00:30Z", true, false},
        {PMT_SORT_KERNEL, "web-01", "2022-02-26T08:00:00Z", "2022-02-26T08:30:00Z", true, true},
        {PMT_SORT_KERNEL, "web-01", "2022-02-26T10:00:00Z", "2022-02-26T11:00:00Z", false, false},
        {PMT_SORT_KERNEL, "web-01", "2022-02-26T08:50:00Z", "2022-02-26T09:10:00Z", true, false},
        {PMT_SORT_SYSTEM, "web-01", "2022-02-26T07:30:00Z", "2022-02-26T08:30:00Z", true, true},
        {PMT_SORT_SYSTEM, "web-01", "2022-02-26T08:00:00Z", "2022-02-26T08:30:00Z", false, true},
        {PMT_SORT_SYSTEM, "web-01", "2022-02-26T07:00:00Z", "2022-02-26T08:30:00Z", true, false},
        {0, NULL, "2022-02-26T08:00:00Z", "2022-02-26T09:00:00Z", false, false},
    };
    struct logs l = {0};
    open_three_hosts(&l);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_slice host = pmt_str(cases[i].host);
        int64_t from = at(cases[i].from), to = at(cases[i].to);
        if (pmt_coverage_has(&l.cov, cases[i].sorts, host, from, to) != cases[i].has ||
            pmt_coverage_reaches(&l.cov, cases[i].sorts, host, from, to) != cases[i].reaches)
            fail_msg("case %zu", i);
    }
    done(&l);
}

/* One file of several hosts: each is asked for itself. */
static void test_central_log(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "central.log");
    for (int64_t t = at("2022-02-26T08:00:00Z"); t < at("2022-02-26T10:00:00Z"); t += PMT_MINUTE) {
        put_syslog(b, t, "web-02", "CRON[812]: (root) CMD (true)");
        if (t < at("2022-02-26T09:00:00Z"))
            put_syslog(b, t, "web-01", "systemd[1]: Started shop.service - The shop.");
    }
    build(&l);
    assert_gaps(&l, "");
    assert_span(&l, PMT_SORT_SERVICES, "web-01", "2022-02-26T08:00:00Z", "2022-02-26T08:59:00Z");
    assert_span(&l, PMT_SORT_SERVICES, "web-02", NULL, NULL); /* nothing shows that it has them */
    assert_span(&l, PMT_SORT_KERNEL, "web-01", NULL, NULL);
    done(&l);
}

static void test_names_of_hosts(void **state)
{
    (void)state;
    struct logs l = {0};
    struct pmt_buf *b = file(&l, "kern.log");
    put_syslog(b, at("2022-02-26T08:00:00Z"), "10.0.0.1", "CRON[812]: (root) CMD (true)");
    put_syslog(b, at("2022-02-26T09:00:00Z"), "web-01.example.com", "CRON[812]: (root) CMD (true)");
    build(&l);
    assert_span(&l, PMT_SORT_KERNEL, "10", NULL, NULL);
    assert_span(&l, PMT_SORT_KERNEL, "10.0.0.1", "2022-02-26T08:00:00Z", "2022-02-26T08:00:00Z");
    assert_span(&l, PMT_SORT_KERNEL, "web-01", "2022-02-26T09:00:00Z", "2022-02-26T09:00:00Z");
    assert_span(&l, PMT_SORT_KERNEL, "web-0", NULL, NULL);
    done(&l);
}

static void test_nothing(void **state)
{
    (void)state;
    struct logs l = {0};
    build(&l);
    assert_int_equal(l.cov.first, PMT_NO_TIME);
    assert_holes(&l, "");
    assert_false(pmt_coverage_has(&l.cov, PMT_SORT_REQUESTS, PMT_NO_SLICE, 0, 1));
    done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_few_lines),
        cmocka_unit_test(test_bursts),
        cmocka_unit_test(test_error_log_owes_nothing),
        cmocka_unit_test(test_state_changes_owe_nothing),
        cmocka_unit_test(test_habit),
        cmocka_unit_test(test_lull),
        cmocka_unit_test(test_weekends),
        cmocka_unit_test(test_system_log),
        cmocka_unit_test(test_quiet_system_log),
        cmocka_unit_test(test_late_lines),
        cmocka_unit_test(test_other_stamps),
        cmocka_unit_test(test_two_hosts),
        cmocka_unit_test(test_years_away),
        cmocka_unit_test(test_across_rotation),
        cmocka_unit_test(test_number_missing),
        cmocka_unit_test(test_numbers_missing),
        cmocka_unit_test(test_numbers_that_are_no_hole),
        cmocka_unit_test(test_name_elsewhere),
        cmocka_unit_test(test_order_of_content),
        cmocka_unit_test(test_extension),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_damaged_inside),
        cmocka_unit_test(test_date_missing),
        cmocka_unit_test(test_date_of_an_error_log),
        cmocka_unit_test(test_date_left_out),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_filled),
        cmocka_unit_test(test_filled_silence),
        cmocka_unit_test(test_filled_but_for_a_silence),
        cmocka_unit_test(test_filled_by_its_own_sort),
        cmocka_unit_test(test_filled_for_one_only),
        cmocka_unit_test(test_names_of_the_missing),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_hole_behind_an_end),
        cmocka_unit_test(test_edges_of_holes),
        cmocka_unit_test(test_hole_of_two_kinds),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_has_and_reaches),
        cmocka_unit_test(test_central_log),
        cmocka_unit_test(test_names_of_hosts),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

