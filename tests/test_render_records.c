/* test_render_records.c - every understood line as an object, at its instant; and what was not. */
#include "source_helpers.h"

#include "scan_lines.h"

#include "pmt/render_records.h"

#include <cjson/cJSON.h>

struct written {
    struct pmt_buf records, invalid;
};

static void slurp(FILE *f, struct pmt_buf *b)
{
    char part[4096];
    size_t n;
    rewind(f);
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        pmt_buf_put(b, part, n);
    fclose(f);
}

/* The logs as files, read twice like the program reads them. */
static void write_records(const struct scan_log *logs, size_t n, bool redacted,
                          const struct pmt_window *window, const atomic_bool *interrupted,
                          struct written *ret)
{
    struct scan s;
    FILE *records = tmpfile(), *invalid = tmpfile();
    struct pmt_redactor *redactor = pmt_redactor_new(!redacted);
    memset(ret, 0, sizeof *ret);
    scan_open(&s, logs, n);
    for (size_t i = 0; i < n; i++)
        s.inputs[i].path = write_file(logs[i].path, pmt_str(logs[i].text));
    scan_assume(&s, "a.*", "+03:00");
    scan_assume(&s, "fold.*", "Europe/Helsinki");
    scan_calibrate(&s);
    struct pmt_records r = {redactor, scan_rules(), records, invalid, -1, window, interrupted};
    assert_int_equal(pmt_render_records(&r, s.sources, n), 0);
    slurp(records, &ret->records);
    slurp(invalid, &ret->invalid);
    pmt_redactor_free(redactor);
    scan_close(&s);
}

static void written_fini(struct written *w)
{
    pmt_buf_fini(&w->records);
    pmt_buf_fini(&w->invalid);
}

static void one_log(const char *name, const char *text, bool redacted, struct written *ret)
{
    const struct scan_log log = {.path = name, .text = text};
    write_records(&log, 1, redacted, NULL, NULL, ret);
}

static void assert_records(const char *name, const char *text, bool redacted, const char *want)
{
    struct written w;
    one_log(name, text, redacted, &w);
    assert_string_equal(w.records.data ? w.records.data : "", want);
    written_fini(&w);
}

/* ---- what a line becomes ----------------------------------------------------------------------
 */

static void fields(void **state)
{
    (void)state;
    assert_records(
        "access.log",
        "203.0.113.7 - - [26/Feb/2022:12:00:07 +0300] \"GET /cart?item=4711 HTTP/1.1\" 502 "
        "157 \"-\" \"x\"\n",
        true,
        "{\"file\":\"access.log\",\"line\":1,\"ts_utc\":\"2022-02-26T09:00:07Z\",\"kind\":"
        "\"http_request\",\"client_ip\":\"client-1\",\"method\":\"GET\",\"path\":"
        "\"/cart?[redacted]\",\"status\":502,\"bytes\":157,\"agent\":\"x\"}\n");
    assert_records(
        "haproxy.log",
        "Feb 26 12:00:09 lb-01 haproxy[7]: 203.0.113.7:50 [26/Feb/2022:12:00:09.050] www "
        "shop/web-01 0/0/1/12/13 200 347 - - ---- 5/5/4/4/0 0/0 \"GET /a HTTP/1.1\"\n",
        true,
        "{\"file\":\"haproxy.log\",\"line\":1,\"ts_utc\":\"2022-02-26T12:00:09.050Z\","
        "\"kind\":\"http_request\",\"host\":\"lb-01\",\"program\":\"haproxy\",\"pid\":7,"
        "\"client_ip\":\"client-1\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200,"
        "\"bytes\":347,\"frontend\":\"www\",\"backend\":\"shop\",\"server\":\"web-01\","
        "\"request_time_ms\":13,\"termination_state\":\"----\",\"upstream_time_ms\":13,"
        "\"retries\":0}\n");
    assert_records(
        "state.log",
        "Feb 26 12:00:09 lb-01 haproxy[7]: Server shop/web-01 is DOWN, reason: Layer4 timeout. 1 "
        "active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\n",
        true,
        "{\"file\":\"state.log\",\"line\":1,\"ts_utc\":null,\"kind\":\"lb_server_state\","
        "\"host\":\"lb-01\",\"program\":\"haproxy\",\"pid\":7,\"backend\":\"shop\",\"server\":"
        "\"web-01\",\"message\":\"Server shop/web-01 is DOWN, reason: Layer4 timeout. 1 active and "
        "0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\",\"state\":"
        "\"down\",\"active_left\":1,\"reason\":\"Layer4 timeout\"}\n");
    assert_records(
        "kern.log",
        "2022-02-26T09:00:39Z web-01 kernel: Out of memory: Killed process 7 (gunicorn) "
        "total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB\n",
        true,
        "{\"file\":\"kern.log\",\"line\":1,\"ts_utc\":\"2022-02-26T09:00:39Z\",\"kind\":\"syslog\","
        "\"host\":\"web-01\",\"program\":\"kernel\",\"message\":\"Out of memory: Killed process 7 "
        "(gunicorn) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB\",\"event\":\"oom\","
        "\"subject\":\"gunicorn\",\"rule\":\"kernel-oom-killed\"}\n");
}

/* A line of each sort, with the instant of the stamp that it is placed by. */
static void instants(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        /* the accept date, though the envelope says when it was over */
        {"haproxy.log",
         "2022-02-26T09:00:39+00:00 lb-01 haproxy[7]: 203.0.113.7:50 [26/Feb/2022:12:00:09.050] "
         "www "
         "shop/web-01 0/0/1/30000/30001 504 347 - - sH-- 5/5/4/4/0 0/0 \"GET /a HTTP/1.1\"\n",
         "\"2022-02-26T09:00:09.050Z\""},
        /* a state line has the envelope's time */
        {"state.log",
         "2022-02-26T09:00:39.123456+00:00 lb-01 haproxy[7]: backend shop has no server "
         "available!\n",
         "\"2022-02-26T09:00:39.123456Z\""},
        /* an access line in an envelope has its own */
        {"nginx.log",
         "2022-02-26T09:00:12+00:00 web-01 nginx: 203.0.113.7 - - [26/Feb/2022:12:00:07 +0300] "
         "\"GET / "
         "HTTP/1.1\" 200 5 \"-\" \"x\"\n",
         "\"2022-02-26T09:00:07Z\""},
        /* the error log, in the zone that was given for it */
        {"a.error.log", "2022/02/26 12:00:08 [error] 9#9: *1 open() failed\n",
         "\"2022-02-26T09:00:08Z\""},
        {"b.error.log", "2022/02/26 12:00:08 [error] 9#9: *1 open() failed\n",
         "\"2022-02-26T12:00:08Z\""},
        /* nothing shows the year: no instant */
        {"syslog", "Feb 26 12:00:08 web-01 cron[1]: (root) CMD (true)\n", "null"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct written w;
        one_log(rows[i].name, rows[i].text, true, &w);
        const char *ts = w.records.data ? strstr(w.records.data, "\"ts_utc\":") : NULL;
        if (!ts || strncmp(ts + 9, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("%s: %s", rows[i].name, w.records.data);
        written_fini(&w);
    }
}

/* Two passes of a repeated hour, and two years, in one file each. */
static void instants_of_segments(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "fold.log",
         .text = "2022/10/30 03:50:00 [error] 9#9: first\n"
                 "2022/10/30 03:05:00 [error] 9#9: second\n"},
        {.path = "c.syslog",
         .mtime = 1641081600, /* 2 January 2022 */
         .text = "Dec 31 23:59:59 web-01 cron[1]: a\nJan  1 00:00:01 web-01 cron[1]: b\n"}};
    struct written w;
    write_records(&logs[0], 1, true, NULL, NULL, &w);
    assert_non_null(strstr(w.records.data, "\"line\":1,\"ts_utc\":\"2022-10-30T00:50:00Z\""));
    assert_non_null(strstr(w.records.data, "\"line\":2,\"ts_utc\":\"2022-10-30T01:05:00Z\""));
    written_fini(&w);
    write_records(&logs[1], 1, true, NULL, NULL, &w);
    assert_non_null(strstr(w.records.data, "\"line\":1,\"ts_utc\":\"2021-12-31T23:59:59Z\""));
    assert_non_null(strstr(w.records.data, "\"line\":2,\"ts_utc\":\"2022-01-01T00:00:01Z\""));
    written_fini(&w);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void every_line_is_an_object(void **state)
{
    (void)state;
    struct written w;
    one_log("syslog",
            "2022-02-26T09:00:39Z web-01 app[1]: quote \" backslash \\ slash / tab \t end\n"
            "2022-02-26T09:00:39Z web-01 app[1]: \x1B[31m \x01 \x7F \xC3\xA9 \xFF \xE2\x82 "
            "\xED\xA0\x80 "
            "\xF4\x90\x80\x80 \xC0\xAF\n"
            "2022-02-26T09:00:39Z we\"b\xFF app[1]: hostile host\n"
            "2022-02-26T09:00:39Z web-01 app[1]: \xC2\x9B \xC2\xA0 \xE2\x80\xA7 \xE2\x80\xA8 "
            "\xE2\x80\xAE \xE2\x80\xAF \xE2\x81\xA5 \xE2\x81\xA6 \xE2\x81\xA9 \xE2\x81\xAA "
            "\xF0\x90\x80\xA8 hidden\n"
            "2022-02-26T09:00:39Z web-01 app[1]:\n"
            "not a line\n"
            "2022-02-26T09:00:39Z web-01 app[1]: last\n",
            true, &w);
    struct pmt_cursor c = pmt_cursor(pmt_buf_view(&w.records));
    struct pmt_slice line;
    size_t n = 0;
    while (pmt_cur_until(&c, '\n', &line)) {
        for (size_t i = 0; i < line.n; i++)
            assert_true((unsigned char)line.p[i] >= 0x20 && (unsigned char)line.p[i] < 0xFE);
        cJSON *o = cJSON_ParseWithLength(line.p, line.n);
        if (!o)
            fail_msg("no JSON: %.*s", PMT_FMT(line));
        const cJSON *item;
        cJSON_ArrayForEach(item, o)
            assert_true(cJSON_IsString(item) || cJSON_IsNumber(item) || cJSON_IsNull(item));
        cJSON_Delete(o);
        n++;
    }
    assert_true(pmt_cur_end(&c));
    assert_int_equal(n, 6);
    /* What steers or turns text is written as its code point, what stands beside it is not. */
    assert_non_null(strstr(w.records.data,
                           "\\u009b \xC2\xA0 \xE2\x80\xA7 \\u2028 \\u202e \xE2\x80\xAF "
                           "\xE2\x81\xA5 \\u2066 \\u2069 \xE2\x81\xAA \xF0\x90\x80\xA8 hidden"));
    assert_non_null(strstr(w.records.data, "quote \\\" backslash \\\\ slash / tab \\u0009 end\""));
    assert_non_null(strstr(w.records.data, "\\u001b[31m \\u0001 \\u007f \xC3\xA9 \\ufffd "));
    assert_non_null(strstr(w.records.data, "\"host\":\"we\\\"b\\ufffd\""));
    assert_non_null(strstr(w.records.data, "\"line\":7,"));
    written_fini(&w);
}

/* ---- redaction ------------------------------------------------------------------------------- */

static const char people[] =
    "2022-02-26T09:00:39Z web-01 sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; "
    "COMMAND=/usr/bin/tail secret\n"
    "2022-02-26T09:00:39Z web-01 sshd[3]: Accepted password for alice from 203.0.113.9 port 22 "
    "ssh2\n"
    "203.0.113.9 - alice [26/Feb/2022:12:00:07 +0300] \"GET /x?token=secret HTTP/1.1\" 200 5 \"-\" "
    "\"x\"\n"
    "2022-02-26T09:00:39Z lb-01 haproxy[7]: 203.0.113.9:50 [26/Feb/2022:12:00:09.050] www "
    "shop/web-01 "
    "0/0/1/12/13 200 347 - - ---- 5/5/4/4/0 0/0 \"GET /a?token=secret HTTP/1.1\"\n"
    "2022/02/26 12:00:08 [error] 9#9: *1 open() failed, client: 203.0.113.9, request: \"GET "
    "/x?token=secret HTTP/1.1\"\n"
    "what is this, 203.0.113.9?token=secret\n";

static void redacted(void **state)
{
    (void)state;
    static const char *const who[] = {"alice", "203.0.113.9", "secret", NULL};
    struct written w;
    one_log("mixed.log", people, true, &w);
    for (size_t i = 0; who[i]; i++) {
        if (strstr(w.records.data, who[i]))
            fail_msg("%s in %s", who[i], w.records.data);
        if (strstr(w.invalid.data, who[i]))
            fail_msg("%s in %s", who[i], w.invalid.data);
    }
    assert_non_null(strstr(w.records.data, "\"client_ip\":\"client-1\""));
    written_fini(&w);
    one_log("mixed.log", people, false, &w);
    for (size_t i = 0; who[i]; i++)
        assert_non_null(strstr(w.records.data, who[i]));
    assert_non_null(strstr(w.invalid.data, "203.0.113.9?token=secret"));
    written_fini(&w);
}

/* ---- lines that were not understood ------------------------------------------------------------
 */

static void invalid_lines(void **state)
{
    (void)state;
    struct written w;
    one_log("access.log",
            "203.0.113.7 - - [26/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"\n"
            "203.0.113.7 - - [31/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"\n"
            "\n"
            "steers \x1B[31m\x01 a terminal\tor not \xFF\n",
            true, &w);
    assert_non_null(strstr(w.invalid.data, "access.log:2:"));
    assert_null(strstr(w.invalid.data, "access.log:3:")); /* an empty line says nothing */
    assert_non_null(strstr(w.invalid.data, "steers \\x1B[31m\\x01 a terminal\tor not \xFF\n"));
    struct pmt_cursor c = pmt_cursor(pmt_buf_view(&w.invalid));
    struct pmt_slice line, part;
    size_t n = 0;
    while (pmt_cur_until(&c, '\n', &line)) {
        struct pmt_cursor l = pmt_cursor(line);
        int64_t number, column;
        assert_true(pmt_cur_until(&l, ':', &part) && pmt_slice_is(part, "access.log"));
        assert_true(pmt_cur_int(&l, &number) && pmt_cur_char(&l, ':') && pmt_cur_int(&l, &column) &&
                    pmt_cur_lit(&l, ": ") && column > 0);
        n++;
    }
    assert_int_equal(n, 2);
    written_fini(&w);
}

/* ---- which lines -------------------------------------------------------------------------------
 */

static const char three[] =
    "2022-02-26T09:00:00Z web-01 app[1]: one\n2022-02-26T09:10:00Z web-01 app[1]: two\n"
    "2022-02-26T09:20:00Z web-01 app[1]: three\nno line\n";

static void window(void **state)
{
    (void)state;
    static const struct {
        const char *since, *until;
        bool want[3];
    } cases[] = {
        {NULL, NULL, {true, true, true}},
        {"2022-02-26T09:10:00Z", NULL, {false, true, true}},
        {NULL, "2022-02-26T09:10:00Z", {true, false, false}},
        {"2022-02-26T09:00:01Z", "2022-02-26T09:20:00Z", {false, true, false}},
        {"2022-02-26T10:00:00Z", NULL, {false, false, false}},
    };
    static const char *const words[] = {"\"one\"", "\"two\"", "\"three\""};
    const struct scan_log log = {.path = "syslog", .text = three};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_window win = {cases[i].since ? at(cases[i].since) : PMT_NO_TIME,
                                 cases[i].until ? at(cases[i].until) : PMT_NO_TIME};
        struct written w;
        write_records(&log, 1, true, &win, NULL, &w);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(w.records.data && strstr(w.records.data, words[k]), cases[i].want[k]);
        assert_non_null(strstr(w.invalid.data, "syslog:4:"));
        written_fini(&w);
    }
}

/* Without an instant a line is in no window. */
static void window_without_time(void **state)
{
    (void)state;
    const struct scan_log log = {.path = "syslog",
                                 .text = "Feb 26 12:00:08 web-01 cron[1]: (root) CMD (true)\n"};
    struct pmt_window open = {PMT_NO_TIME, PMT_NO_TIME}, some = {PMT_NO_TIME, PMT_DAY};
    struct written w;
    write_records(&log, 1, true, &open, NULL, &w);
    assert_true(w.records.n > 0);
    written_fini(&w);
    write_records(&log, 1, true, &some, NULL, &w);
    assert_int_equal(w.records.n, 0);
    written_fini(&w);
}

static void interrupted(void **state)
{
    (void)state;
    const struct scan_log log = {.path = "syslog", .text = three};
    atomic_bool stop = true;
    struct written w;
    write_records(&log, 1, true, NULL, &stop, &w);
    assert_int_equal(w.records.n, 0);
    written_fini(&w);
    stop = false;
    write_records(&log, 1, true, NULL, &stop, &w);
    assert_true(w.records.n > 0);
    written_fini(&w);
}

/* A full disk is noticed. */
static void writing_fails(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        return; /* there is no such device here */
    const struct scan_log logs[] = {{.path = "syslog", .text = three}};
    struct scan s;
    struct pmt_redactor *redactor = pmt_redactor_new(false);
    SCAN_OPEN(&s, logs);
    s.inputs[0].path = write_file("syslog", pmt_str(three));
    scan_calibrate(&s);
    setvbuf(full, NULL, _IONBF, 0);
    struct pmt_records r = {.redactor = redactor, .records = full, .stdin_fd = -1};
    assert_int_equal(pmt_render_records(&r, s.sources, 1), -1);
    fclose(full);
    pmt_redactor_free(redactor);
    scan_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(instants),
        cmocka_unit_test(instants_of_segments),
        cmocka_unit_test(every_line_is_an_object),
        cmocka_unit_test(redacted),
        cmocka_unit_test(invalid_lines),
        cmocka_unit_test(window),
        cmocka_unit_test(window_without_time),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(writing_fails),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
