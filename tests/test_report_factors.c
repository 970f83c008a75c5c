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
#define STARTED "systemd[1]: Started app.service - The shop."
#define FAILED "systemd[1]: app.service: Failed with result 'exit-code'."
#define SCHEDULED "systemd[1]: app.service: Scheduled restart job, restart counter is at 1."
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
         "the same is logged once more, without enough requests to compare."},
        {{{2, -6 * 3600, RELOAD}, {1, -300, RELOAD}, {0, -300, RELOAD}}, 3,
         "A change 5 min 0 s before the start: Operator A ran systemctl reload nginx on web-01; "
         "of 2 others like it, the one with requests beside it was not followed by more errors "
         "within 10 minutes."},
        /* What undid it is no other one like it. */
        {{{0, -300, RELOAD}, {0, 1795, RELOAD}}, 2,
         "A change 5 min 0 s before the start: Operator A ran systemctl reload nginx on web-01; "
         "the same is logged around it again, and at no other time."},
        {{{0, -300, STARTED}}, 1,
         "A change 5 min 0 s before the start: app.service was started on web-01; the same is not "
         "logged at other times."},
        /* systemd started again what had failed; or did an operator? */
        {{{0, -300, FAILED}, {0, -270, STARTED}}, 2, NULL},
        {{{0, -270, SCHEDULED}, {0, -270, STARTED}}, 2, NULL},
        {{{0, -300, FAILED}, {0, -100, STARTED}}, 2,
         "A change 1 min 40 s before the start: app.service was started on web-01; the same is not "
         "logged at other times."},
        {{{0, -300, FAILED}, {0, -271, RELOAD}, {0, -270, STARTED}}, 3,
         "A change 4 min 30 s before the start: app.service was started on web-01; the same is not "
         "logged at other times."},
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

/* ---- the hypothesis ------------------------------------------------------------------------- */

/* A change just before the start is told when nothing graver came before it; and of an event that
 * came again and again the one nearest to the start is. */
static void hypothesis(void **state)
{
    (void)state;
    static const struct {
        struct event events[8];
        size_t n;
        const char *says, *not;
    } rows[] = {
        {{{0, -4, STARTED}}, 1,
         "Hypothesis, unconfirmed: it began 4 s after this change: app.service was started on "
         "web-01.", "suggest none"},
        {{{0, 0, RELOAD}}, 1,
         "Hypothesis, unconfirmed: it began within a second of this change: Operator A ran "
         "systemctl reload nginx on web-01.", "suggest none"},
        {{{0, -61, RELOAD}}, 1, "these logs suggest none", "it began"},
        {{{0, 2, RELOAD}}, 1, "these logs suggest none", "it began"},
        /* one that others like it tell to be harmless */
        {{{2, -4, RELOAD}, {2, 900, RELOAD}, {1, -4, RELOAD}, {0, -4, RELOAD}}, 4,
         "these logs suggest none", "it began"},
        {{{0, -3, FAILED}, {0, -2, STARTED}}, 2, "app.service failed on web-01", "it began"},
        {{{0, -4, STARTED}, {0, -1, KILL}}, 2,
         "it began 4 s after this change: app.service was started on web-01.", NULL},
        {{{0, -4, STARTED}, {0, -1, KILL}}, 2,
         "Seen with it: The kernel on web-01 killed a gunicorn process", NULL},
        {{{0, -10, KILL}, {0, -4, STARTED}}, 2,
         "from the gravest event near the start (10 s before the start): The kernel",
         "this change"},
        {{{0, -3000, KILL}, {0, -600, KILL}, {0, -5, KILL}, {0, 30, KILL}}, 4,
         "(5 s before the start): The kernel", NULL},
        {{{0, -3000, KILL}, {0, -600, KILL}, {0, 30, KILL}}, 3,
         "(10 min 0 s before the start): The kernel", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        open_story(&w, rows[i].events, rows[i].n, 1);
        struct pmt_buf draft = world_markdown(&w);
        char *from = strstr(draft.data, "**Root cause:**"), *to = from ? strchr(from, '\n') : NULL;
        assert_non_null(to);
        *to = '\0';
        for (char *p = from; *p; p++) /* citations and code marks aside */
            if (*p == '`')
                memmove(p, p + 1, strlen(p)), p--;
        for (char *p; (p = strstr(from, " [E")) != NULL;)
            memmove(p, strchr(p, ']') + 1, strlen(strchr(p, ']')));
        if (!strstr(from, rows[i].says) || (rows[i].not && strstr(from, rows[i].not)))
            fail_msg("row %zu: %s", i, from);
        pmt_buf_fini(&draft);
        world_close(&w);
    }
}

/* The timeline tells each kill that came just before the start by itself. */
static void nearest_in_the_timeline(void **state)
{
    (void)state;
    struct world w;
    static const struct event all[] = {{0, -3000, KILL}, {0, -600, KILL}, {0, -5, KILL}};
    open_story(&w, all, 3, 1);
    const struct pmt_event_entry *near = NULL, *before = NULL;
    for (size_t i = 0; i < w.report.ntimeline; i++)
        if (strcmp(w.report.timeline[i].kind, "oom") == 0)
            *(w.report.timeline[i].t == ONSET - 5 * PMT_SECOND ? &near : &before) =
                &w.report.timeline[i];
    assert_non_null(near);
    assert_non_null(before);
    assert_true(near->shown && near->rank > before->rank);
    assert_null(strstr(near->message, "times until"));
    assert_non_null(strstr(before->message, "(2 times until"));
    world_close(&w);
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
    assert_int_equal(w.report.ntasks, 3); /* one, and two questions */
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes),
        cmocka_unit_test(hypothesis),
        cmocka_unit_test(nearest_in_the_timeline),
        cmocka_unit_test(events),
        cmocka_unit_test(traffic),
        cmocka_unit_test(tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
