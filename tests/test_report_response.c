/* test_report_response.c - evidence of detection and response, and alerts that would have fired. */
#include "world.h"

static const char *plain(const char *text)
{
    static char out[4][2048];
    static unsigned next;
    char *s = out[next++ % 4];
    size_t n = 0;
    for (; *text && n + 1 < sizeof out[0]; text++)
        if ((unsigned char)*text > 4)
            s[n++] = *text;
    s[n] = '\0';
    return s;
}

static void observed(const struct world *w, const char *part, bool there)
{
    const struct pmt_labelled *l = &w->report.cause[0];
    bool found = false;
    for (size_t k = 0; k < l->n; k++)
        found |= strstr(plain(l->sentences[k].text), part) != NULL;
    if (found == there)
        return;
    for (size_t k = 0; k < l->n; k++)
        print_message("  %s\n", plain(l->sentences[k].text));
    fail_msg("%s: \"%s\"", there ? "does not say" : "says", part);
}

static const struct pmt_table *table_of(const struct world *w, const char *title)
{
    for (size_t i = 0; i < w->report.ntables; i++)
        if (strcmp(w->report.tables[i].title, title) == 0)
            return &w->report.tables[i];
    return NULL;
}

static void assert_row(const struct pmt_table *t, size_t i, const char *first, const char *utc,
                       const char *distance)
{
    assert_non_null(t);
    assert_true(i < t->n);
    assert_string_equal(t->rows[i].cells[0], first);
    assert_string_equal(t->rows[i].cells[1], utc);
    assert_string_equal(plain(t->rows[i].cells[2]), distance);
}

#define SEC(n) (NINE + (int64_t)(n)*PMT_SECOND)

/* Requests fail from 09:20:00 to 09:25:00; what else is logged is in `more`. */
static void open_story(struct world *w, struct pmt_buf text[2], int allowed, int seconds_before)
{
    struct traffic t = {.backend = "shop", .servers = {"web-01", "web-02"},
                        .start = NINE + (1200 - seconds_before) * PMT_SECOND,
                        .seconds = seconds_before + 2400, .every = 1,
                        .troubles = {{.from = seconds_before, .to = seconds_before + 300,
                                      .percent = 100, .status = 503}}};
    put_traffic(&text[0], &t);
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = text[0].data},
                                    {.path = "syslog", .text = text[1].data ? text[1].data : ""}};
    world_open(w, logs, text[1].data ? 2 : 1);
    w->allowed = allowed;
    world_report(w, true);
    assert_non_null(w->report.incident);
}

static void close_story(struct world *w, struct pmt_buf text[2])
{
    world_close(w);
    pmt_buf_fini(&text[0]);
    pmt_buf_fini(&text[1]);
}

#define FAILED                                                                                     \
    "Health check for server shop/web-01 failed, reason: Layer7 wrong status, code: 503, check "   \
    "duration: 1ms, status: 2/3 UP."
#define PASSED                                                                                     \
    "Health check for server shop/web-01 succeeded, reason: Layer7 check passed, code: 200, "      \
    "check duration: 1ms, status: 3/3 UP."

static void what_the_logs_hold(void **state)
{
    (void)state;
    struct pmt_buf text[2] = {{0}};
    struct world w;
    put_state(&text[1], SEC(600), FAILED); /* long before */
    put_state(&text[1], SEC(1201), PASSED); /* of the same minute: it hides no failed one */
    put_state(&text[1], SEC(1203), FAILED);
    put_state(&text[1], SEC(1204), "backend shop has no server available!");
    put_syslog(&text[1], SEC(1300), "web-01",
               "sshd[812]: Accepted publickey for alice from 203.0.113.9 port 50122 ssh2");
    put_syslog(&text[1], SEC(1452), "web-01",
               "sudo: alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/systemctl "
               "restart shop");
    open_story(&w, text, 0, 1200);
    const struct pmt_table *t = table_of(&w, "Detection and response in the logs");
    assert_row(t, 0, "Failed health check", "2022-02-26 09:20:03", "3 s after the start");
    assert_row(t, 1, "Backend without a server", "2022-02-26 09:20:04", "4 s after the start");
    assert_row(t, 2, "Operator session", "2022-02-26 09:21:40", "1 min 40 s after the start");
    assert_row(t, 3, "Operator action", "2022-02-26 09:24:12", "4 min 12 s after the start");
    assert_int_equal(t->n, 4);
    for (size_t i = 0; i < t->n; i++)
        assert_int_equal(t->rows[i].cells[4][0], 'E');
    assert_null(table_of(&w, "Burn-rate alerts, counterfactual"));
    observed(&w, "Counterfactual", false);
    struct pmt_buf md = world_markdown(&w);
    assert_null(strstr(md.data, "alice"));
    pmt_buf_fini(&md);
    close_story(&w, text);
}

/* A check may fail before the first request does; a login before the start answers nothing. */
static void shortly_before(void **state)
{
    (void)state;
    struct pmt_buf text[2] = {{0}};
    struct world w;
    put_syslog(&text[1], SEC(1170), "web-01",
               "sshd[812]: Accepted publickey for alice from 203.0.113.9 port 50122 ssh2");
    put_state(&text[1], SEC(1190), FAILED);
    put_state(&text[1], SEC(1194), "Server shop/web-01 is DOWN, reason: Layer7 wrong status. 1 "
                                   "active and 0 backup servers left.");
    open_story(&w, text, 0, 1200);
    const struct pmt_table *t = table_of(&w, "Detection and response in the logs");
    assert_row(t, 0, "Failed health check", "2022-02-26 09:19:50", "10 s before the start");
    assert_row(t, 1, "State change of a server", "2022-02-26 09:19:54", "6 s before the start");
    assert_int_equal(t->n, 2);
    close_story(&w, text);
}

static void nothing_of_it(void **state)
{
    (void)state;
    struct pmt_buf text[2] = {{0}};
    struct world w;
    open_story(&w, text, 0, 1200);
    assert_null(table_of(&w, "Detection and response in the logs"));
    close_story(&w, text);
}

static void an_alert_would_have_fired(void **state)
{
    (void)state;
    struct pmt_buf text[2] = {{0}};
    struct world w;
    open_story(&w, text, 1000, 3600);
    observed(&w, "Counterfactual: at an SLO of 99.9% a 14.4x burn-rate rule (1 h and 5 min) would "
                 "have fired at about 09:20:51, 51 s after the start.", true);
    observed(&w, "Full failure used 11.6% of an error budget of 30 days, by time (est.).", true);
    const struct pmt_table *t = table_of(&w, "Burn-rate alerts, counterfactual");
    assert_row(t, 0, "14.4x over 1 h and 5 min", "2022-02-26 09:20:51", "51 s after the start");
    assert_string_equal(t->rows[0].cells[3], "1 h");
    assert_row(t, 1, "6x over 6 h and 30 min", "2022-02-26 09:20:21", "21 s after the start");
    assert_string_equal(t->rows[1].cells[3], "1 h 0 min of 6 h");
    struct pmt_buf json = world_json(&w);
    assert_non_null(strstr(json.data, "\"target_pct\":\t99.9000"));
    assert_non_null(strstr(json.data, "\"at\":\t\"2022-02-26T09:20:51Z\""));
    pmt_buf_fini(&json);
    close_story(&w, text);
}

static void or_not(void **state)
{
    (void)state;
    static const struct {
        int allowed, before;
        const char *want;
    } rows[] = {
        {500000, 3600, "at an SLO of 50% no burn-rate rule (14.4x over 1 h and 5 min, 6x over 6 h "
                       "and 30 min) would have fired."},
        {1000, 60, "would have fired at or before 09:23:59, 3 min 59 s after the start, "
                   "computed from the 5 min 0 s of its 1 h that are logged."},
        {50, 3600, "at an SLO of 99.995% a 14.4x burn-rate rule"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text[2] = {{0}};
        struct world w;
        open_story(&w, text, rows[i].allowed, rows[i].before);
        observed(&w, rows[i].want, true);
        close_story(&w, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_logs_hold),
        cmocka_unit_test(shortly_before),
        cmocka_unit_test(nothing_of_it),
        cmocka_unit_test(an_alert_would_have_fired),
        cmocka_unit_test(or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
