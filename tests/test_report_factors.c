/* test_report_factors.c - what may have contributed, how usual it is, and tasks drawn from it. */
#include "world.h"

static const char *plain(const char *text)
{
    static char out[4096];
    size_t n = 0;
    for (; *text && n + 1 < sizeof out; text++)
        if ((unsigned char)*text > 4)
            out[n++] = *text;
    out[n] = '\0';
    return out;
}

/* ---- three days, on the last of which requests fail from 09:20 to 09:50 --------------------- */

enum { DAYS = 3, EVERY = 5 };
#define LAST_DAY NINE
#define ONSET (NINE + 20 * PMT_MINUTE)

/* busy: so many requests for each one of the days before, on the last day. */
static void put_requests(struct pmt_buf *b, unsigned busy)
{
    for (int day = DAYS - 1; day >= 0; day--) {
        int64_t from = LAST_DAY - day * PMT_DAY - PMT_HOUR, to = from + 2 * PMT_HOUR;
        unsigned i = 0;
        for (int64_t t = from; t < to; t += EVERY * PMT_SECOND)
            for (unsigned k = 0; k < (day ? 1 : busy); k++, i++) {
                bool fails = !day && t >= ONSET && t < ONSET + 30 * PMT_MINUTE;
                pmt_buf_printf(b, "%s - - [", client_name(i % 40));
                put_clf_time(b, t);
                pmt_buf_printf(b, " +0000] \"GET /books HTTP/1.1\" %d 347 \"-\" \"Mozilla/5.0\"\n",
                               fails ? 502 : 200);
            }
    }
}

static void put_line(struct pmt_buf *b, int64_t t, const char *text)
{
    put_bsd_time(b, t);
    pmt_buf_printf(b, " web-01 %s\n", text);
}

#define RELOAD "sudo:   ann : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/usr/bin/systemctl " \
               "reload nginx"
#define KILL "kernel: [913222.412947] Out of memory: Killed process 2211 (gunicorn) " \
             "total-vm:1893412kB, anon-rss:1612208kB, file-rss:0kB, shmem-rss:0kB, UID:33 " \
             "pgtables:3520kB oom_score_adj:0"
#define FULL "app[1]: write /var/lib/x: No space left on device"

struct event {
    int day;         /* before the last */
    int64_t seconds; /* from the onset's time of day */
    const char *text;
};

static void open_story(struct world *w, const struct event *events, size_t n, unsigned busy)
{
    struct pmt_buf requests = {0}, sys = {0};
    put_requests(&requests, busy);
    for (size_t i = 0; i < n; i++) /* in order of time */
        put_line(&sys, ONSET - events[i].day * PMT_DAY + events[i].seconds * PMT_SECOND,
                 events[i].text);
    if (!sys.n)
        put_line(&sys, ONSET, "cron[1]: nothing");
    const struct scan_log logs[] = {{.path = "web-01/access.log", .text = requests.data},
                                    {.path = "web-01/syslog", .text = sys.data}};
    world_open(w, logs, 2);
    world_report(w, true);
    assert_non_null(w->report.incident);
    assert_int_equal(w->report.incident->start, ONSET);
    pmt_buf_fini(&requests);
    pmt_buf_fini(&sys);
}

static const struct pmt_factor *factor(const struct world *w, const char *kind)
{
    for (size_t i = 0; i < w->report.nfactors; i++)
        if (strcmp(w->report.factors[i].kind, kind) == 0)
            return &w->report.factors[i];
    return NULL;
}

static void assert_factor(const struct world *w, const char *kind, const char *text)
{
    const struct pmt_factor *f = factor(w, kind);
    if (!text && f)
        fail_msg("%s is told: %s", kind, plain(f->text));
    if (text && !f)
        fail_msg("%s is not told", kind);
    if (text)
        assert_string_equal(plain(f->text), text);
}

/* ---- a change before it --------------------------------------------------------------------- */

static void changes(void **state)
{
    (void)state;
    static const struct {
        struct event events[6];
        size_t n;
        const char *says;
    } rows[] = {
        {{{0, -300, RELOAD}}, 1,
         "A change 5 min 0 s before the start: Operator A ran systemctl reload nginx on web-01; "
         "the same is not logged at other times."},
        {{{2, -300, RELOAD}, {1, -300, RELOAD}, {1, 1200, RELOAD}, {0, -300, RELOAD}}, 4,
         "A change 5 min 0 s before the start: Operator A ran systemctl reload nginx on web-01; "
         "of 3 others like it, none of the 3 with requests beside it was followed by more errors "
         "within 10 minutes."},
        /* At night there are no requests to compare. */
        {{{1, -6 * 3600, RELOAD}, {0, -300, RELOAD}}, 2,
         "A change 5 min 0 s before the start: Operator A ran systemctl reload nginx on web-01; "
         "the same is logged 1 times more, without enough requests to compare."},
        /* Behind the start, or long before it. */
        {{{0, 1, RELOAD}}, 1, NULL},
        {{{0, -3700, RELOAD}}, 1, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        open_story(&w, rows[i].events, rows[i].n, 1);
        assert_factor(&w, "change", rows[i].says);
        world_close(&w);
    }
}

/* ---- what is logged then, and at other times ------------------------------------------------ */

static void events(void **state)
{
    (void)state;
    struct world w;
    static const struct event only[] = {{0, 60, KILL}, {0, 90, FULL}, {0, 120, FULL}};
    open_story(&w, only, 3, 1);
    assert_factor(&w, "memory", "The kernel on web-01 killed a gunicorn process for lack of memory "
                                "(1 min 0 s after the start); none at other times in these logs.");
    assert_int_equal(factor(&w, "storage")->inside, 2);
    assert_int_equal(factor(&w, "storage")->outside, 0);
    assert_true(factor(&w, "memory")->cites.n == 1);
    world_close(&w);
    /* A disk that was full every day says nothing of this one. */
    struct event daily[40];
    size_t n = 0;
    for (int day = 2; day >= 0; day--)
        for (int k = 0; k < 10; k++)
            daily[n++] = (struct event){day, k * 60, FULL};
    open_story(&w, daily, n, 1);
    assert_factor(&w, "storage", NULL);
    world_close(&w);
    /* Ten times as often as on other days does. */
    n = 0;
    daily[n++] = (struct event){1, 0, FULL};
    for (int k = 0; k < 10; k++)
        daily[n++] = (struct event){0, k * 60, FULL};
    open_story(&w, daily, n, 1);
    assert_int_equal(factor(&w, "storage")->outside, 1);
    assert_true(strstr(plain(factor(&w, "storage")->text), "; 1 at other times in these logs."));
    world_close(&w);
}

/* ---- traffic -------------------------------------------------------------------------------- */

static void traffic(void **state)
{
    (void)state;
    struct world w;
    open_story(&w, NULL, 0, 1);
    assert_factor(&w, "usual_traffic", "The half hour before the start had 360 requests, 1.0 times "
                                       "the mean of 2 earlier days at that time.");
    assert_factor(&w, "traffic", NULL);
    for (size_t i = 0; i < w.report.ncause; i++) /* as usual: no factor */
        assert_null(strstr(w.report.cause[i].label, "factors"));
    world_close(&w);
    open_story(&w, NULL, 0, 3);
    assert_factor(&w, "traffic", "The half hour before the start had 1,080 requests, 3.0 times the "
                                 "mean of 2 earlier days at that time.");
    world_close(&w);
}

/* ---- tasks ---------------------------------------------------------------------------------- */

static void tasks(void **state)
{
    (void)state;
    struct world w;
    static const struct event all[] = {{0, -300, RELOAD}, {0, 60, KILL}, {0, 90, FULL}};
    open_story(&w, all, 3, 3);
    size_t n = w.report.ntasks;
    assert_int_equal(n, 6); /* five, and the question */
    for (size_t i = 0; i + 1 < n; i++) {
        const char *text = plain(w.report.tasks[i].text);
        bool of_traffic = strstr(text, "twice the usual traffic");
        assert_true(text[0] == '(');
        assert_true(w.report.tasks[i].cites.n > 0 || of_traffic);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(w.report.tasks[i].text, w.report.tasks[k].text);
    }
    assert_true(strstr(plain(w.report.tasks[0].text), "Alert on memory above 90% on web-01"));
    assert_true(strstr(plain(w.report.tasks[4].text), "of requests fail"));
    assert_true(strstr(plain(w.report.tasks[5].text), "TODO(tasks)"));
    world_close(&w);
    /* Nothing was found: what is known is to be noticed, the rest is asked. */
    open_story(&w, NULL, 0, 1);
    assert_int_equal(w.report.ntasks, 2);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes),
        cmocka_unit_test(events),
        cmocka_unit_test(traffic),
        cmocka_unit_test(tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
