/* test_report.c - the draft as data: what is told, in which order, how often, and what is not. */
#include "world.h"

#define SEC(n) (NINE + (int64_t)(n)*PMT_SECOND)

/* ---- reading a report ------------------------------------------------------------------- */

static const char *plain(const char *text)
{
    static char out[8][2048];
    static unsigned next;
    char *s = out[next++ % 8];
    size_t n = 0;
    for (; *text && n + 1 < sizeof out[0]; text++)
        if ((unsigned char)*text > 4)
            s[n++] = *text;
    s[n] = '\0';
    return s;
}

/* The first entry whose text holds `part`. */
static const struct pmt_event_entry *find_entry(const struct world *w, const char *part)
{
    for (size_t i = 0; i < w->report.ntimeline; i++)
        if (strstr(plain(w->report.timeline[i].message), part))
            return &w->report.timeline[i];
    return NULL;
}

static const struct pmt_event_entry *entry_of(const struct world *w, const char *part)
{
    const struct pmt_event_entry *e = find_entry(w, part);
    if (!e) {
        for (size_t i = 0; i < w->report.ntimeline; i++)
            print_message("  %s\n", plain(w->report.timeline[i].message));
        fail_msg("nothing says \"%s\"", part);
    }
    return e;
}

static const struct pmt_event_entry *bullet(const struct world *w, const char *part)
{
    const struct pmt_event_entry *e = entry_of(w, part);
    if (!e->shown)
        fail_msg("not shown: %s", plain(e->message));
    return e;
}

static size_t bullets(const struct world *w)
{
    size_t n = w->report.slots.n;
    for (size_t i = 0; i < w->report.ntimeline; i++)
        n += w->report.timeline[i].shown;
    return n;
}

static bool labelled_says(const struct pmt_labelled *l, size_t n, const char *part)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < l[i].n; k++)
            if (strstr(plain(l[i].sentences[k].text), part))
                return true;
    return false;
}

static void assert_summary(const struct world *w, const char *part, bool want)
{
    if (labelled_says(w->report.summary, w->report.nsummary, part) != want)
        fail_msg("the summary %s \"%s\"", want ? "does not say" : "says", part);
}

static void assert_cause(const struct world *w, const char *part, bool want)
{
    if (labelled_says(w->report.cause, w->report.ncause, part) == want)
        return;
    for (size_t i = 0; i < w->report.ncause; i++)
        for (size_t k = 0; k < w->report.cause[i].n; k++)
            print_message("  %s\n", plain(w->report.cause[i].sentences[k].text));
    fail_msg("the causes %s \"%s\"", want ? "do not say" : "say", part);
}

static size_t words_of(struct world *w)
{
    struct pmt_buf md = world_markdown(w);
    char *annex = strstr(md.data, "<!-- pm-timeline:begin annex =");
    assert_non_null(annex);
    *annex = '\0';
    for (char *p = md.data; (p = strstr(p, "<!-- ")); p += strcspn(p, "\n"))
        memset(p, ' ', strcspn(p, "\n")); /* comments are no words */
    size_t n = pmt_count_words(md.data), banner = 0;
    for (size_t i = 0; i < w->report.banner.n; i++)
        banner += pmt_count_words(plain(w->report.banner.v[i]));
    pmt_buf_fini(&md);
    return banner > PMT_BANNER_WORDS ? n - (banner - PMT_BANNER_WORDS) : n;
}

/* ---- what holds of every report --------------------------------------------------------- */

static const char *const forbidden[] = {
    "because",     "caused",        "due to",        "led to",    "resulted in", "triggered",
    "fixed by",    "root cause is", "human error",   "mistake",   "forgot",      "careless",
    "should have", "outage",        "unfortunately", "obviously", "alice",       "bob",
    "203.0.113.",  "198.51.100.",   "192.0.2.",      NULL};

static unsigned sentences(const char *text)
{
    unsigned n = 0;
    for (const char *p = text; *p; p++)
        n += strchr(".?!", *p) && (p[1] == ' ' || !p[1]);
    return n;
}

static void check_cites(const struct pmt_report *r, const struct pmt_cites *c)
{
    assert_true(c->n <= PMT_CITES_MAX);
    for (unsigned i = 0; i < c->n; i++) {
        assert_true(c->v[i] < r->nevidence);
        if (i)
            assert_true(r->evidence[c->v[i]].id > r->evidence[c->v[i - 1]].id);
    }
}

static void check_evidence(const struct pmt_report *r)
{
    for (size_t i = 0; i < r->nevidence; i++) {
        const struct pmt_evidence *e = &r->evidence[i];
        assert_in_range(e->id, 1, r->nevidence);
        assert_true(e->line > 0 && e->count > 0);
        for (size_t k = 0; k < r->nevidence; k++)
            if (r->evidence[k].id > e->id && r->evidence[k].cited == e->cited)
                assert_true(r->evidence[k].t >= e->t);
            else if (r->evidence[k].id > e->id)
                assert_true(e->cited);
    }
}

static void check_timeline(const struct pmt_report *r)
{
    for (size_t i = 0; i < r->ntimeline; i++) {
        const struct pmt_event_entry *e = &r->timeline[i];
        if (i)
            assert_true(e->at >= e[-1].at);
        assert_true(e->at >= e->t);
        assert_false(e->shown && e->told);
        check_cites(r, &e->cites);
        if (e->shown && (sentences(plain(e->message)) < 1 || sentences(plain(e->message)) > 2))
            fail_msg("no bullet: %s", plain(e->message));
        for (size_t k = 0; k < i; k++)
            if (e->shown && r->timeline[k].shown && r->timeline[k].t == e->t)
                assert_string_not_equal(e->message, r->timeline[k].message);
    }
}

static void check(struct world *w)
{
    struct pmt_buf md = world_markdown(w);
    for (size_t i = 0; forbidden[i]; i++)
        if (strstr(md.data, forbidden[i]))
            fail_msg("\"%s\" in\n%s", forbidden[i], md.data);
    pmt_buf_fini(&md);
    check_evidence(&w->report);
    check_timeline(&w->report);
    assert_true(bullets(w) <= PMT_BULLETS_MAX);
    size_t words = words_of(w);
    if (words > 600 || (w->report.incident && words < 340))
        fail_msg("%zu words", words);
}

/* ---- a story told in full --------------------------------------------------------------- */

struct shop {
    struct pmt_buf lb, web, kern, auth, sys;
};

static void fini_shop(struct shop *s)
{
    pmt_buf_fini(&s->lb);
    pmt_buf_fini(&s->web);
    pmt_buf_fini(&s->kern);
    pmt_buf_fini(&s->auth);
    pmt_buf_fini(&s->sys);
}

/* web-02 is set aside the day before; web-01 alone runs out of memory; web-02 comes back and the
 * application is started again. */
static void make_shop(struct shop *s)
{
    static const char sudo[] =
        "sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=";
    char text[256];
    struct traffic before = {.backend = "shop",
                             .servers = {"web-01", "web-02"},
                             .start = SEC(-90000),
                             .seconds = 3600,
                             .every = 10};
    struct traffic alone = {.backend = "shop",
                            .servers = {"web-01", "web-01"},
                            .start = NINE,
                            .seconds = 3000,
                            .every = 2,
                            .troubles = {{.from = 1200, .to = 2400, .percent = 100},
                                         {.from = 2402, .to = 2998, .percent = 30}}};
    struct traffic after = {.backend = "shop",
                            .servers = {"web-02", "web-01"},
                            .start = SEC(3000),
                            .seconds = 3600,
                            .every = 2};
    memset(s, 0, sizeof *s);
    put_traffic(&s->lb, &before);
    snprintf(text, sizeof text, "%s/usr/bin/socat stdio /run/haproxy/admin.sock", sudo);
    put_syslog(&s->auth, SEC(-86400), "lb-01", text);
    put_state(&s->lb, SEC(-86400), GONE("shop", "web-02", "1"));
    put_traffic(&s->lb, &alone);
    put_syslog(&s->sys, SEC(1200), "web-01", "nginx: nothing that a rule knows");
    put_syslog(
        &s->kern, SEC(1260), "web-01",
        "kernel: [913222.4] Out of memory: Killed process 2211 (gunicorn) total-vm:189kB, "
        "anon-rss:161kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3520kB oom_score_adj:0");
    put_syslog(&s->sys, SEC(1260), "web-01",
               "systemd[1]: gunicorn.service: Failed with result 'oom-kill'.");
    put_syslog(&s->auth, SEC(1500), "web-01",
               "sshd[3084]: Accepted publickey for bob from 203.0.113.9 port 50372 ssh2: ED25519 "
               "SHA256:0123456789abcdef");
    snprintf(text, sizeof text, "%s/usr/bin/tail -f /var/log/nginx/error.log", sudo);
    put_syslog(&s->auth, SEC(1530), "web-01", text);
    snprintf(text, sizeof text, "%s/usr/bin/top", sudo);
    put_syslog(&s->auth, SEC(1560), "web-01", text);
    put_state(&s->lb, SEC(2402), READY("shop", "web-02"));
    put_state(&s->lb, SEC(2402), GONE("shop", "web-01", "1"));
    snprintf(text, sizeof text, "%s/usr/bin/systemctl reload gunicorn", sudo);
    put_syslog(&s->auth, SEC(2997), "web-02", text);
    put_syslog(&s->sys, SEC(2997), "web-02", "systemd[1]: Reloaded Shop application server.");
    put_traffic(&s->lb, &after);
}

static void open_shop(struct world *w, struct shop *s)
{
    make_shop(s);
    const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = s->lb.data},
                                    {.path = "web-01/kern.log", .text = s->kern.data},
                                    {.path = "all/auth.log", .text = s->auth.data},
                                    {.path = "all/syslog", .text = s->sys.data}};
    WORLD_OPEN(w, logs);
}

static void a_story_in_full(void **state)
{
    (void)state;
    struct shop s;
    struct world w;
    open_shop(&w, &s);
    world_report(&w, true);
    assert_string_equal(plain(w.report.title), "HTTP 5xx on shop, 2022-02-26");
    assert_summary(
        &w, "29 min 56 s (est.), from 2022-02-26 09:20:00 UTC to 2022-02-26 09:49:56 UTC.", true);
    assert_summary(&w, "of requests failing, then", true);
    assert_summary(
        &w, "client addresses (100.0%) saw at least one failure; addresses are not people.", true);
    assert_summary(&w, "web-02 had been out of shop for 24 h 20 min at the start, with one active "
                       "server left.",
                   true);
    assert_summary(&w, "Seen with it: The kernel on web-01 killed a gunicorn process", true);
    assert_cause(
        &w,
        "While web-02 was out of shop (24 h 40 min in all), web-01 took 100.0% of its requests, "
        "against 50.0% before.",
        true);
    assert_cause(&w, "Lines logged then (and at other times): memory kills 1 (0).", true);
    assert_cause(&w, "failed services", false); /* it is told with the kill */
    assert_cause(&w,
                 /* Not in web-01/kern.log: its one line covers nothing. */
                 "Not in all/auth.log, all/syslog from 2022-02-26 09:20:00 to 09:26:00: storage "
                 "errors, network errors, deployments.",
                 true);
    assert_cause(
        &w,
        "Failures fell (est.) in the second of this change: web-02 was back in service on lb-01.",
        true);
    assert_cause(&w, "this change: Operator A ran systemctl reload gunicorn on web-02.", true);
    assert_cause(&w, "All servers were back in service at", false); /* a bullet tells it */
    check(&w);
    assert_in_range(words_of(&w), 350, 600);
    world_close(&w);
    fini_shop(&s);
}

static void the_timeline_of_that_story(void **state)
{
    (void)state;
    struct shop s;
    struct world w;
    open_shop(&w, &s);
    world_report(&w, true);
    static const struct {
        int at;
        const char *says;
    } rows[] = {
        {-86400, "web-02 was set to maintenance on lb-01; one active server remained."},
        {1200, "Impact starts (est.): first failed request."},
        {1260, "The kernel on web-01 killed a gunicorn process for lack of memory."},
        {1500, "First login on web-01 by operator B, 5 min 0 s after the start. "
               "There tail and 1 more commands "
               "followed until 09:26:00."},
        {2402,
         "web-02 was back in service on lb-01, 24 h 40 min after it went out. web-01 was set to "
         "maintenance."},
        {2996, "Impact ends (est.): last failed request."},
        {2997, "Operator A ran systemctl reload gunicorn on web-02."},
    };
    const struct pmt_event_entry *last = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pmt_event_entry *e = bullet(&w, rows[i].says);
        assert_int_equal(e->t / PMT_SECOND, SEC(rows[i].at) / PMT_SECOND);
        assert_true(!last || e > last);
        last = e;
    }
    assert_true(entry_of(&w, "Mitigated (est.): failures fell from 100.0% to")->shown);
    assert_summary(&w, "of requests failing, then", true);
    /* Told by those: only in the data. */
    static const char *const told[] = {"ran socat", "Failed with", "failed on web-01 with result",
                                       "Shop application server was reloaded", NULL};
    for (size_t i = 0; told[i]; i++) {
        const struct pmt_event_entry *e = find_entry(&w, told[i]);
        assert_true(!e || e->told);
    }
    /* The command is cited with what it did. */
    assert_int_equal(bullet(&w, "web-02 was set to maintenance")->cites.n, 2);
    world_close(&w);
    fini_shop(&s);
}

/* ---- words ------------------------------------------------------------------------------ */

static void open_traffic(struct world *w, struct pmt_buf *text, const struct traffic *t,
                         struct pmt_window window)
{
    put_traffic(text, t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text->data}};
    world_open_in(w, logs, 1, window);
    world_report(w, true);
}

static const struct pmt_window everything = {PMT_NO_TIME, PMT_NO_TIME};

static void the_least_there_can_be(void **state)
{
    (void)state;
    struct traffic t = {.start = NINE,
                        .seconds = 7200,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    struct pmt_buf text = {0};
    struct world w;
    open_traffic(&w, &text, &t, everything);
    assert_string_equal(plain(w.report.title),
                        "HTTP 5xx for all requests on access.log, 2022-02-26");
    assert_summary(&w, "TODO(cause): these logs suggest none.", true);
    assert_summary(&w,
                   "In the hour before it (logged from 09:00:00) 0 of 600 requests failed; in "
                   "the hour after it 0 of 1,800.",
                   true);
    assert_summary(&w, "In the worst minute, 09:20:00, it was 30 of 30.", true);
    assert_cause(&w, "Not in", false); /* no log was read that would tell */
    assert_cause(&w, "No state change", false);
    assert_cause(&w, "There is no system log here", true);
    assert_cause(&w, "No log here would show a change in the hour before the end.", true);
    assert_int_equal(bullets(&w), 6); /* start, end, and four questions */
    check(&w);
    world_close(&w);
    pmt_buf_fini(&text);
}

static void open_edges(void **state)
{
    (void)state;
    static const struct {
        struct trouble trouble;
        const char *since, *until;
        const char *duration, *more, *start, *end;
    } rows[] = {
        {{.from = 0, .to = 1200, .percent = 100},
         NULL,
         NULL,
         "at least 20 min 0 s (est.), from 2022-02-26 09:00:00 UTC to 2022-02-26 09:20:00 UTC.",
         "The logs begin during the incident: it may have started earlier.",
         "Impact had started (est.): first failed request of the logs.",
         "Impact ends (est.)"},
        {{.from = 2000, .to = 3600, .percent = 100},
         NULL,
         NULL,
         "ongoing at the end of the logs (2022-02-26 09:59:58 UTC).",
         "at least 26 min",
         "Impact starts (est.)",
         "Impact goes on: last failed request of the logs."},
        {{.from = 0, .to = 3600, .percent = 100},
         "2022-02-26T09:10:00Z",
         "2022-02-26T09:20:00Z",
         "ongoing at the end of the window (2022-02-26 09:19:58 UTC).",
         "The window begins during the incident: it may have started earlier.",
         "Impact had started (est.): first failed request of the window.",
         "Impact goes on: last failed request of the window."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct traffic t = {
            .start = NINE, .seconds = 3600, .every = 2, .troubles = {rows[i].trouble}};
        struct pmt_window window = {rows[i].since ? at(rows[i].since) : PMT_NO_TIME,
                                    rows[i].until ? at(rows[i].until) : PMT_NO_TIME};
        struct pmt_buf text = {0};
        struct world w;
        open_traffic(&w, &text, &t, window);
        assert_summary(&w, rows[i].duration, true);
        assert_summary(&w, rows[i].more, true);
        bullet(&w, rows[i].start);
        bullet(&w, rows[i].end);
        check(&w);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* Where requests are rare the nearest successes stand beside the edges; else they say nothing. */
static void bounds_in_words(void **state)
{
    (void)state;
    for (int every = 2; every <= 30; every += 28) {
        struct traffic t = {.start = NINE,
                            .seconds = 7200,
                            .every = every,
                            .troubles = {{.from = 1200, .to = 3000, .percent = 100}}};
        struct pmt_buf text = {0};
        struct world w;
        open_traffic(&w, &text, &t, everything);
        if (every == 30) {
            bullet(&w, "first failed request; last success before it at 09:19:30.");
            bullet(&w, "last failed request; next success at 09:50:30.");
        } else {
            bullet(&w, "first failed request.");
            bullet(&w, "last failed request.");
        }
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

static void little_log_behind_the_end(void **state)
{
    (void)state;
    for (int seconds = 2400; seconds <= 7200; seconds += 4800) {
        struct traffic t = {.start = NINE,
                            .seconds = seconds,
                            .every = 2,
                            .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
        struct pmt_buf text = {0};
        struct world w;
        open_traffic(&w, &text, &t, everything);
        assert_summary(&w, "Quiet for 14 min 58 s after the end, then the logs end.",
                       seconds == 2400);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

static void nothing_found(void **state)
{
    (void)state;
    static const struct {
        const char *since, *until;
        const char *what, *counted, *span;
    } rows[] = {
        {NULL, NULL, "No incident was found in these logs.",
         "0 of 1,800 requests failed with a 5xx or without an answer over that time (0.0%), "
         "without a burst.",
         "They cover 2022-02-26 09:00:00 to 2022-02-26 09:59:58 UTC;"},
        {"2022-02-26T09:10:00Z", "2022-02-26T09:20:00Z",
         "No incident was found between 2022-02-26 09:10:00 and 2022-02-26 09:20:00.",
         "0 of 300 requests failed", "The logs cover 2022-02-26 09:00:00 to"},
        {NULL, "2022-02-26T09:20:00Z",
         "No incident was found between the edge of the logs and 2022-02-26 09:20:00.",
         "0 of 600 requests failed", "The logs cover"},
        {"2022-02-26T11:00:00Z", NULL,
         "No incident was found between 2022-02-26 11:00:00 and the edge",
         "No request was counted in that time, so failures could not be seen.", "The logs cover"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct traffic t = {.start = NINE, .seconds = 3600, .every = 2};
        struct pmt_window window = {rows[i].since ? at(rows[i].since) : PMT_NO_TIME,
                                    rows[i].until ? at(rows[i].until) : PMT_NO_TIME};
        struct pmt_buf text = {0};
        struct world w;
        open_traffic(&w, &text, &t, window);
        assert_null(w.report.incident);
        assert_string_equal(w.report.title, "no incident found");
        assert_summary(&w, rows[i].what, true);
        assert_summary(&w, rows[i].counted, true);
        assert_summary(&w, rows[i].span, true);
        assert_string_equal(w.report.no_events,
                            "No event was found from 2022-02-26 09:00:00 to 09:59:58.");
        assert_int_equal(w.report.slots.n, 0);
        check(&w);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* "no failures" is never said where there was no log of requests. */
static void nothing_counted(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "syslog",
         .text = "2022-02-26T12:00:07+00:00 web-02 cron[4]: (root) CMD (true)\n"}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    assert_summary(&w, "No access log or balancer log with requests was read", true);
    assert_summary(&w, "requests failed", false);
    check(&w);
    world_close(&w);
    const struct scan_log none[] = {{.path = "empty.log", .text = ""}};
    WORLD_OPEN(&w, none);
    world_report(&w, true);
    assert_summary(&w, "No incident was found in these logs.", true);
    check(&w);
    world_close(&w);
}

static void state_lines_alone(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    put_state(&text, SEC(-600), GONE("shop", "web-02", "1"));
    put_state(&text, NINE, GONE("shop", "web-01", "0"));
    put_state(&text, NINE, "backend shop has no server available!");
    put_state(&text, SEC(90), READY("shop", "web-02"));
    const struct scan_log logs[] = {
        {.path = "haproxy.log", .text = text.data, .mtime = NINE / PMT_SECOND + 3600}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    assert_string_equal(plain(w.report.title), "no server available on shop, 2022-02-26");
    assert_summary(&w, "shop had no server; the requests that met it are not in these logs.", true);
    assert_summary(&w, "web-02 had been out of shop for 10 min 0 s", true);
    bullet(&w, "Impact starts (est.): shop had no server from here on.");
    bullet(&w, "Impact ends (est.): shop had a server again.");
    assert_cause(&w, "No state change", false); /* there are some, in the timeline */
    assert_cause(&w, "The impact ended within a second of this change: web-02 was back", true);
    /* "No active server remained" and "had no server left" are one fact. */
    const struct pmt_event_entry *e =
        bullet(&w, "web-01 was set to maintenance on lb-01; no active server remained.");
    assert_int_equal(e->cites.n, 2);
    assert_true(entry_of(&w, "shop had no server left on lb-01.")->told);
    struct pmt_buf md = world_markdown(&w);
    const char *annex = strstr(md.data, "<!-- pm-timeline:begin annex =");
    for (const char *p = md.data; (p = strstr(p, " 0 s")) && p < annex; p++)
        assert_memory_equal(p - 3, "min", 3); /* "10 min 0 s", but nothing takes no time */
    assert_null(strstr(md.data, "burst"));
    assert_null(strstr(md.data, "0 of 0")); /* nothing was counted */
    pmt_buf_fini(&md);
    check(&w);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* ---- the order of what happened within a second ----------------------------------------- */

/* Free text knows whole seconds: what it says of the second of the first failure is not before it,
 * nor hidden. */
static void facts_in_the_second_of_the_start(void **state)
{
    (void)state;
    struct pmt_buf lb = {0}, kern = {0};
    struct traffic t = {.backend = "shop",
                        .servers = {"web-01", "web-02"},
                        .start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&lb, &t);
    put_syslog(&kern, SEC(1200), "web-01",
               "kernel: [9.4] Out of memory: Killed process 2211 (gunicorn) total-vm:189kB, "
               "anon-rss:161kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3kB oom_score_adj:0");
    const struct scan_log logs[] = {{.path = "a/kern.log", .text = kern.data},
                                    {.path = "b/haproxy.log", .text = lb.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    const struct pmt_event_entry *start = bullet(&w, "Impact starts"),
                                 *oom = bullet(&w, "killed a gunicorn");
    assert_true(start < oom);
    assert_true(oom->t < start->t); /* as logged */
    check(&w);
    world_close(&w);
    pmt_buf_fini(&lb);
    pmt_buf_fini(&kern);
}

/* ---- folding ---------------------------------------------------------------------------- */

/* Lines around an incident of five minutes, and what must and must not be a bullet. */
struct folding {
    const char *what;
    struct {
        int at;
        const char *host, *message;
    } lines[6];
    const char *shown[3], *not_shown[4];
};

#define OPERATOR(command)                                                                          \
    "sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=" command

static void folds(void **state)
{
    (void)state;
    static const struct folding rows[] = {
        {"a reload by an operator",
         {{1300, "web-01", OPERATOR("/usr/bin/systemctl reload nginx")},
          {1301, "web-01", "systemd[1]: Reloaded A high performance web server."}},
         {"Operator A ran systemctl reload nginx on web-01."},
         {"was reloaded"}},
        {"a reload without an operator",
         {{1301, "web-01", "systemd[1]: Reloaded A high performance web server."}},
         {"A high performance web server was reloaded on web-01."},
         {NULL}},
        {"a reload on another host",
         {{1300, "web-01", OPERATOR("/usr/bin/systemctl reload nginx")},
          {1301, "web-02", "systemd[1]: Reloaded A high performance web server."}},
         {"Operator A ran systemctl reload nginx on web-01.",
          "A high performance web server was reloaded on web-02."},
         {NULL}},
        {"a reload much later",
         {{1300, "web-01", OPERATOR("/usr/bin/systemctl reload nginx")},
          {1390, "web-01", "systemd[1]: Reloaded A high performance web server."}},
         {"Operator A ran systemctl reload nginx on web-01.",
          "A high performance web server was reloaded on web-01."},
         {NULL}},
        {"a boot by an operator",
         {{1300, "web-01", OPERATOR("/usr/sbin/reboot")},
          {1301, "web-01", "systemd-logind[588]: System is rebooting."},
          {1334, "web-01", "kernel: [    0.000000] Linux version 5.4.0-100-generic (x) #1 SMP"}},
         {"Operator A ran reboot on web-01; its kernel started 34 s later."},
         {"shutdown of", "Kernel 5.4.0"}},
        {"a kill, told three times",
         {{1300, "web-01",
           "kernel: [9.4] Out of memory: Killed process 2211 (gunicorn) total-vm:1kB, "
           "anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3kB "
           "oom_score_adj:0"},
          {1300, "web-01",
           "systemd[1]: gunicorn.service: A process of this unit has been killed by "
           "the OOM killer."},
          {1300, "web-01", "systemd[1]: gunicorn.service: Failed with result 'oom-kill'."}},
         {"The kernel on web-01 killed a gunicorn process for lack of memory."},
         {"A process of gunicorn.service", "failed on web-01"}},
        {"a login and what was looked at",
         {{1300, "web-01", "sshd[3]: Accepted password for bob from 203.0.113.9 port 50372 ssh2"},
          {1310, "web-01", OPERATOR("/usr/bin/tail -f /var/log/syslog")}},
         {"First login on web-01 by operator A, 1 min 40 s after the start. There tail followed."},
         {"ran tail"}},
        {"a login, and a look an hour later",
         {{1300, "web-01", "sshd[3]: Accepted password for bob from 203.0.113.9 port 50372 ssh2"},
          {1499, "web-02", OPERATOR("/usr/bin/tail -f /var/log/syslog")}},
         {"First login on web-01 by operator A, 1 min 40 s after the start.",
          "Operator B ran tail on web-02."},
         {NULL}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf web = {0}, sys = {0};
        struct traffic t = {.start = NINE,
                            .seconds = 7200,
                            .every = 2,
                            .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
        put_traffic(&web, &t);
        for (size_t k = 0; k < 6 && rows[i].lines[k].host; k++)
            put_syslog(&sys, SEC(rows[i].lines[k].at), rows[i].lines[k].host,
                       rows[i].lines[k].message);
        const struct scan_log logs[] = {{.path = "access.log", .text = web.data},
                                        {.path = "syslog", .text = sys.data}};
        struct world w;
        WORLD_OPEN(&w, logs);
        world_report(&w, true);
        for (size_t k = 0; k < 3 && rows[i].shown[k]; k++) {
            const struct pmt_event_entry *e = find_entry(&w, rows[i].shown[k]);
            if (!e || !e->shown)
                fail_msg("%s: %s: %s", rows[i].what, e ? "not shown" : "not said",
                         rows[i].shown[k]);
        }
        for (size_t k = 0; k < 4 && rows[i].not_shown[k]; k++) {
            const struct pmt_event_entry *e = find_entry(&w, rows[i].not_shown[k]);
            if (!e || e->shown || !e->told)
                fail_msg("%s: %s is %s", rows[i].what, rows[i].not_shown[k], e ? "shown" : "lost");
        }
        check(&w);
        world_close(&w);
        pmt_buf_fini(&web);
        pmt_buf_fini(&sys);
    }
}

/* A server that flaps is one bullet, not forty; and its backend is named where there are several.
 */
static void flapping(void **state)
{
    (void)state;
    struct pmt_buf lb = {0};
    struct traffic t = {.backend = "shop",
                        .servers = {"web-01", "web-02"},
                        .start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 2400, .percent = 60}}};
    put_traffic(&lb, &t);
    for (int i = 0; i < 40; i++)
        put_state(
            &lb, SEC(1200 + i * 20),
            i % 2 ? "Server shop/web-01 is UP, reason: Layer4 check passed, check duration: "
                    "0ms. 2 active and 0 backup servers online. 0 sessions requeued, 0 total in "
                    "queue."
                  : "Server shop/web-01 is DOWN, reason: Layer4 timeout, check duration: "
                    "2001ms. 1 active and 0 backup servers left. 0 sessions active, 0 "
                    "requeued, 0 remaining in queue.");
    put_state(&lb, SEC(1900), GONE("api", "api-1", "3"));
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = lb.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    bullet(&w,
           "web-01 of shop went out of service and came back 20 times until 09:32:40 on lb-01.");
    assert_true(entry_of(&w, "web-01 of shop was back")->told);
    bullet(&w, "api-1 of api was set to maintenance on lb-01; 3 active servers remained.");
    check(&w);
    world_close(&w);
    pmt_buf_fini(&lb);
}

/* ---- servers that were given nothing ------------------------------------------------------ */

/* [from, to) seconds after nine: web-02 is given none of these requests. */
static void put_shares(struct pmt_buf *lb, int seconds, int from, int to, int trouble)
{
    for (int sec = 0; sec < seconds; sec += 2) {
        bool out = sec >= from && sec < to;
        bool bad = sec >= trouble && sec < trouble + 300;
        put_haproxy(lb, SEC(sec), client_name((unsigned)sec % 40), "shop",
                    !out && sec % 4 ? "web-02" : "web-01", bad ? 503 : 200, "/books");
    }
}

static void out_without_a_line(void **state)
{
    (void)state;
    struct pmt_buf lb = {0};
    put_shares(&lb, 6 * 3600, 3600, 4 * 3600, 3 * 3600);
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = lb.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    const struct pmt_event_entry *e =
        bullet(&w, "web-02 was given no request on lb-01 from 09:59:58 to 13:00:02 (est.).");
    assert_int_equal(e->time_known, PMT_ESTIMATED);
    assert_int_equal(e->cites.n, 2);
    assert_int_equal(w.report.evidence[e->cites.v[0]].line, 1800);
    assert_int_equal(w.report.evidence[e->cites.v[1]].line, 7202);
    assert_summary(&w,
                   "Hypothesis, unconfirmed: web-02 of shop had been given no request for 2 h 0 "
                   "min at the start (est.).", true);
    assert_cause(&w, "While web-02 was out of shop (", true);
    assert_cause(&w, "Servers out of use", false);
    check(&w);
    world_close(&w);
    pmt_buf_fini(&lb);
}

static void out_when_the_log_begins(void **state)
{
    (void)state;
    struct pmt_buf lb = {0};
    put_shares(&lb, 6 * 3600, 0, 4 * 3600, 3 * 3600);
    put_state(&lb, SEC(4 * 3600), READY("shop", "web-02"));
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = lb.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    const struct pmt_event_entry *e =
        bullet(&w, "web-02 was given no request on lb-01 in these logs before 13:00:00 (est.).");
    assert_int_equal(e->time_known, PMT_AT_OR_BEFORE);
    assert_summary(&w, "web-02 of shop had been given no request for at least 3 h 0 min", true);
    check(&w);
    world_close(&w);
    pmt_buf_fini(&lb);
}

static void no_log_names_servers(void **state)
{
    (void)state;
    struct pmt_buf web = {0};
    struct traffic t = {.start = NINE, .seconds = 3600, .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&web, &t);
    const struct scan_log logs[] = {{.path = "access.log", .text = web.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    assert_cause(&w, "Servers out of use would not show: no log here names the server of", true);
    check(&w);
    world_close(&w);
    pmt_buf_fini(&web);
}

/* ---- too much to tell ------------------------------------------------------------------- */

/* Two thousand commands in the week before, and one kill during it: the kill is told, the list is
 * bounded, and the nearest of the others are kept. */
static void more_than_can_be_told(void **state)
{
    (void)state;
    struct pmt_buf web = {0}, sys = {0};
    char message[160];
    struct traffic t = {.start = NINE,
                        .seconds = 7200,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&web, &t);
    for (int i = 0; i < 2000; i++) {
        snprintf(message, sizeof message, OPERATOR("/usr/bin/systemctl restart unit-%d"), i);
        put_syslog(&sys, SEC(-3000 - (2000 - i) * 300), "web-01", message);
    }
    put_syslog(&sys, SEC(1300), "web-01",
               "kernel: [9.4] Out of memory: Killed process 2211 (gunicorn) total-vm:1kB, "
               "anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3kB oom_score_adj:0");
    const struct scan_log logs[] = {{.path = "access.log", .text = web.data},
                                    {.path = "syslog", .text = sys.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    bullet(&w, "The kernel on web-01 killed a gunicorn process");
    assert_in_range(w.report.ntimeline, PMT_TIMELINE_MAX, PMT_TIMELINE_MAX + 20);
    assert_non_null(find_entry(&w, "unit-1999"));
    assert_null(find_entry(&w, "unit-100 "));
    check(&w);
    struct pmt_buf md = world_markdown(&w);
    assert_true(md.n < 60000);
    /* What the draft does not cite is not in its evidence table. */
    assert_null(strstr(md.data, "unit-1700"));
    pmt_buf_fini(&md);
    world_close(&w);
    pmt_buf_fini(&web);
    pmt_buf_fini(&sys);
}

/* However much happened, the body stays short; the start and the end are always in it. */
static void words_are_counted(void **state)
{
    (void)state;
    struct pmt_buf web = {0}, sys = {0};
    char message[256];
    struct traffic t = {.start = NINE,
                        .seconds = 7200,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 3000, .percent = 100}}};
    put_traffic(&web, &t);
    for (int i = 0; i < 30; i++) {
        snprintf(
            message, sizeof message,
            "systemd[1]: Reloaded Unit number %d with a name of very many words that goes on and "
            "on and on and on.",
            i);
        put_syslog(&sys, SEC(1210 + i * 30), "web-01", message);
    }
    const struct scan_log logs[] = {{.path = "access.log", .text = web.data},
                                    {.path = "syslog", .text = sys.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    bullet(&w, "Impact starts");
    bullet(&w, "Impact ends");
    check(&w);
    assert_in_range(words_of(&w), 350, 600);
    world_close(&w);
    pmt_buf_fini(&web);
    pmt_buf_fini(&sys);
}

/* ---- people are not to be known --------------------------------------------------------- */

static void nobody_is_named(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "sshd[1]: Accepted publickey for alice from 203.0.113.9 port 22 ssh2: RSA SHA256:xyz",
        "sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/home/alice/fix.sh "
        "--all",
        "systemd[1]: Started Session 12 of user alice.",
        "systemd-logind[5]: New session 12 of user alice.",
        "su: (to bob) alice on pts/0",
        "cron[5]: (alice) CMD (/home/alice/backup.sh)",
        "haproxy[1123]: Server shop/web-01 is DOWN, reason: Layer7 invalid response, info: \"mail "
        "alice@example.com from 203.0.113.9\", check duration: 1ms. 1 active and 0 backup servers "
        "left. 0 "
        "sessions active, 0 requeued, 0 remaining in queue.",
        NULL};
    static const char *const who[] = {"alice",    "bob",    "203.0.113.", "198.51.100.",
                                      "192.0.2.", "secret", NULL};
    struct pmt_buf web = {0}, sys = {0};
    for (int i = 0; i < 3600; i++)
        put_access(&web, SEC(i), client_name((unsigned)i % 40), "/login?user=alice&token=secret",
                   i >= 1200 && i <= 1500 ? 502 : 200, "Mozilla/5.0 Firefox/97.0");
    for (int i = 0; lines[i]; i++)
        put_syslog(&sys, SEC(1210 + i * 20), "web-01", lines[i]);
    const struct scan_log logs[] = {{.path = "access.log", .text = web.data},
                                    {.path = "syslog", .text = sys.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    struct pmt_buf md = world_markdown(&w), json = world_json(&w);
    for (size_t i = 0; who[i]; i++) {
        if (strstr(md.data, who[i]))
            fail_msg("\"%s\" in %.200s", who[i], strstr(md.data, who[i]) - 100);
        if (strstr(json.data, who[i]))
            fail_msg("\"%s\" in %.200s", who[i], strstr(json.data, who[i]) - 100);
    }
    assert_non_null(strstr(md.data, "client-1"));
    pmt_buf_fini(&md);
    pmt_buf_fini(&json);
    world_close(&w);
    /* With --no-redact it is as logged, and the draft says so. */
    WORLD_OPEN(&w, logs);
    world_report(&w, false);
    md = world_markdown(&w);
    assert_non_null(strstr(md.data, "Not redacted: addresses"));
    assert_non_null(strstr(md.data, "alice"));
    pmt_buf_fini(&md);
    world_close(&w);
    pmt_buf_fini(&web);
    pmt_buf_fini(&sys);
}

/* ---- evidence --------------------------------------------------------------------------- */

static void evidence_of_many_hosts(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct traffic t = {.backend = "shop",
                        .servers = {"web-01", "web-02"},
                        .start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&text, &t);
    put_syslog(&text, SEC(1300), "web-07", "systemd[1]: Reloaded Shop.");
    const struct scan_log logs[] = {{.path = "syslog", .text = text.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    for (size_t i = 0; i < w.report.nevidence; i++)
        assert_true(w.report.evidence[i].host.n > 0);
    assert_true(
        pmt_slice_is(w.report.evidence[bullet(&w, "Impact starts")->cites.v[0]].host, "lb-01"));
    assert_true(
        pmt_slice_is(w.report.evidence[bullet(&w, "was reloaded")->cites.v[0]].host, "web-07"));
    check(&w);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* A line that was cut for keeping must not end in half an address or half a name. */
static void cut_lines_lose_their_last_word(void **state)
{
    (void)state;
    struct pmt_buf web = {0}, err = {0};
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&web, &t);
    /* The kept part ends within the client's address. */
    static const char head[] =
        "2022/02/26 09:20:10 [error] 9#9: *1 connect() failed (111: Connection "
        "refused) while connecting to upstream";
    pmt_buf_puts(&err, head);
    while (err.n < PMT_EXCERPT_MAX - 18)
        pmt_buf_puts(&err, err.n % 7 ? "x" : " ");
    pmt_buf_puts(&err, " client: 203.0.113.250, server: shop\n");
    const struct scan_log logs[] = {{.path = "access.log", .text = web.data},
                                    {.path = "error.log", .text = err.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    bool found = false;
    for (size_t i = 0; i < w.report.nevidence; i++) {
        const char *x = w.report.evidence[i].excerpt;
        if (!x || !strstr(x, "connect() failed"))
            continue;
        found = true;
        assert_null(strstr(x, "203"));
        assert_true(pmt_slice_ends(pmt_str(x), PMT_ELLIPSIS));
    }
    assert_true(found);
    world_close(&w);
    pmt_buf_fini(&web);
    pmt_buf_fini(&err);
}

/* ---- the banner ------------------------------------------------------------------------- */

static bool banner_says(const struct world *w, const char *part)
{
    for (size_t i = 0; i < w->report.banner.n; i++)
        if (strstr(plain(w->report.banner.v[i]), part))
            return true;
    return false;
}

static void banner(void **state)
{
    (void)state;
    struct pmt_buf web = {0};
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&web, &t);
    for (int i = 0; i < 40; i++)
        pmt_buf_puts(&web, "what is this\n");
    const struct scan_log logs[] = {
        {.path = "access.log", .text = web.data},
        {.path = "other/error.log", .text = "2022/02/26 09:20:10 [error] 9#9: *1 x\n"},
        {.path = "third/syslog", .text = "Feb 26 09:20:10 web-09 cron[1]: x\n"}};
    struct world w;
    WORLD_OPEN(&w, logs);
    snprintf(w.scan.sources[1].info.damage, sizeof w.scan.sources[1].info.damage,
             "gzip data ends early after line 1");
    world_report(&w, true);
    assert_true(banner_says(&w, "Draft by pm-timeline from logs, not reviewed."));
    assert_true(banner_says(
        &w, "Time zones are assumed for 2 of 3 sources (other/error.log: UTC; web-09: UTC)"));
    assert_true(banner_says(&w, "40 of 1,842 lines (2.2%) were not understood"));
    assert_true(banner_says(&w, "other/error.log: gzip data ends early after line 1."));
    assert_false(banner_says(&w, "Not redacted"));
    assert_false(banner_says(&w, "Only incidents between"));
    check(&w);
    world_close(&w);
    pmt_buf_fini(&web);
}

/* Fifty broken files do not drown the draft. */
static void much_damage(void **state)
{
    (void)state;
    struct pmt_buf web = {0};
    struct scan_log logs[SCAN_LOGS_MAX];
    char names[SCAN_LOGS_MAX][32];
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&web, &t);
    for (int i = 0; i < SCAN_LOGS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "%02d/syslog", i);
        logs[i] =
            (struct scan_log){.path = names[i], .text = "Feb 26 09:20:10 web-09 cron[1]: x\n"};
    }
    logs[0].text = web.data;
    struct world w;
    world_open(&w, logs, SCAN_LOGS_MAX);
    for (int i = 1; i < SCAN_LOGS_MAX; i++) {
        struct pmt_map *m = &w.scan.sources[i].maps[0][0];
        m->year_from = PMT_YEAR_UNKNOWN;
        snprintf(w.scan.sources[i].info.damage, sizeof w.scan.sources[i].info.damage, "broken");
    }
    world_report(&w, true);
    assert_true(banner_says(&w, "01/syslog: broken."));
    assert_true(banner_says(&w, "03/syslog: broken."));
    assert_false(banner_says(&w, "04/syslog: broken."));
    assert_true(banner_says(&w, "More sources are damaged (8); the sources table says which."));
    assert_true(banner_says(
        &w, "Nothing shows the year of 01/syslog, 02/syslog, 03/syslog, 04/syslog, and more: "
            "lines without a year are left out."));
    check(&w);
    world_close(&w);
    pmt_buf_fini(&web);
}

/* ---- what is assumed and corrected of clocks -------------------------------------------- */

static struct pmt_skew skew_of(int64_t least, int64_t median, int64_t most, bool corrected)
{
    static const struct pmt_knot knots[] = {{0, 90 * PMT_SECOND}};
    return (struct pmt_skew){.knots = knots, .n = 1, .least = least * 100000,
                             .median = median * 100000, .most = most * 100000, .spread = 400000,
                             .matched = 1812, .corrected = corrected, .whose = PMT_SLICE("web-01"),
                             .against = PMT_SLICE("lb-01")};
}

static void skews_in_words(void **state)
{
    (void)state;
    static const struct {
        int least, median, most; /* tenths of a second */
        bool corrected;
        const char *banner, *table;
    } rows[] = {
        {898, 901, 905, true, "web-01's clock is about 90 s ahead of lb-01's (1,812 requests in "
                              "both logs); its times are corrected (est.).",
         "Clock about 90 s ahead of lb-01's, corrected (1,812 requests in both, spread 0.4 s)"},
        {-41, -41, -40, true, "web-01's clock is about 4 s behind lb-01's (", "about 4 s behind"},
        {-3000, -3000, -3000, true, "about 5 min 0 s behind lb-01's", "about 5 min 0 s behind"},
        {-100, 300, 700, true, "is between 10 s behind and 70 s ahead of lb-01's (",
         "Clock between 10 s behind and 70 s ahead of lb-01's, corrected"},
        {200, 300, 700, true, "is between 20 s and 70 s ahead of lb-01's (", "between 20 s and"},
        {-700, -300, -200, true, "is between 20 s and 70 s behind lb-01's (", "and 70 s behind"},
        {-2, 3, 4, false, NULL, "Clock within a second of lb-01's (1,812 requests in both"},
        {12, 13, 14, false, NULL, "Clock about 1 s ahead of lb-01's (1,812 requests"},
        {900, 900, 900, false, NULL,
         "Clock about 90 s ahead of lb-01's, not corrected as that is uncertain (1,812"},
    };
    static const struct scan_log logs[] = {
        {.path = "syslog", .text = "2022-02-26T09:00:10Z web-01 cron[1]: x\n"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_skew s =
            skew_of(rows[i].least, rows[i].median, rows[i].most, rows[i].corrected);
        struct pmt_buf known = {0};
        struct world w;
        WORLD_OPEN(&w, logs);
        w.scan.sources[0].maps[0][0].skew = &s;
        world_report(&w, true);
        assert_int_equal(banner_says(&w, "clock is"), rows[i].banner != NULL);
        if (rows[i].banner && !banner_says(&w, rows[i].banner))
            fail_msg("the banner does not say \"%s\"", rows[i].banner);
        pmt_put_clock_known(&known, &w.scan.sources[0], 0, NULL, 0);
        if (!strstr(plain(known.data), rows[i].table))
            fail_msg("\"%s\" is not in: %s", rows[i].table, plain(known.data));
        pmt_buf_fini(&known);
        world_close(&w);
    }
}

/* Time moved by an estimate is one: in the data, and beside the bullet unless that says so. */
static void moved_times_are_estimates(void **state)
{
    (void)state;
    struct shop s;
    struct world w;
    struct pmt_skew skew = skew_of(900, 900, 900, true), none = skew_of(900, 900, 900, false);
    open_shop(&w, &s);
    for (size_t i = 0; i < w.scan.n; i++)
        for (size_t c = 0; c < w.scan.sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < w.scan.sources[i].tally->clocks[c].n; k++)
                w.scan.sources[i].maps[c][k].skew = strstr(w.scan.sources[i].input->shown, "kern")
                                                        ? &skew : &none;
    world_report(&w, true);
    const struct pmt_event_entry *kill = bullet(&w, "The kernel on web-01 killed");
    assert_int_equal(kill->time_known, PMT_ESTIMATED);
    assert_string_equal(kill->aside, "est.");
    const struct pmt_event_entry *gone = bullet(&w, "web-02 was set to maintenance");
    assert_int_equal(gone->time_known, PMT_OBSERVED);
    assert_null(gone->aside);
    assert_null(bullet(&w, "Impact starts (est.)")->aside);
    struct pmt_buf md = world_markdown(&w);
    assert_non_null(strstr(md.data, "26 Feb 09:21:00 (est.) - The kernel on"));
    pmt_buf_fini(&md);
    check(&w);
    world_close(&w);
    fini_shop(&s);
}

static void local_times_beside(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *kill, *gone;
    } rows[] = {{"+03:00", "12:21:00 +03:00", "12:20:00 +03:00"},
                {"-10:00", "25 Feb 23:21:00 -10:00", "24 Feb 23:20:00 -10:00"},
                {"UTC", "09:21:00 +00:00", "09:20:00 +00:00"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shop s;
        struct world w;
        const char *why;
        open_shop(&w, &s);
        assert_int_equal(pmt_zone_open(pmt_str(rows[i].zone), &w.scan.arena, &w.display, &why), 0);
        world_report(&w, true);
        assert_string_equal(bullet(&w, "The kernel on web-01 killed")->aside, rows[i].kill);
        struct pmt_buf md = world_markdown(&w);
        char want[128];
        snprintf(want, sizeof want, "- 26 Feb 09:21:00 (%s) - The kernel on", rows[i].kill);
        if (!strstr(md.data, want))
            fail_msg("no \"%s\" in %s", want, md.data);
        pmt_buf_fini(&md);
        check(&w);
        world_close(&w);
        fini_shop(&s);
    }
}

static void years_that_are_assumed(void **state)
{
    (void)state;
    static const struct scan_log logs[] = {
        {.path = "syslog", .text = "2022-02-26T09:00:10Z web-01 cron[1]: x\n"},
        {.path = "other/syslog", .text = "Feb 26 09:20:10 web-09 cron[1]: x\n"}};
    struct pmt_buf known = {0};
    struct world w;
    WORLD_OPEN(&w, logs);
    struct pmt_scanned *s = &w.scan.sources[1];
    assert_string_equal(s->input->shown, "other/syslog");
    s->maps[0][0].year_why = "assumed 2022 from the file's time, which is the same for all 5 files";
    s->maps[0][0].turns = "clocks went back at 2022-02-26 01:00:00 UTC";
    s->impossible = 3;
    world_report(&w, true);
    assert_true(banner_says(&w, "The year is assumed for 1 of 2 sources (other/syslog: 2022); "
                                "--year settles it."));
    pmt_put_clock_known(&known, s, 0, w.scan.sources, 2);
    assert_non_null(strstr(known.data, ". Year assumed 2022 from the file's time, which is the "
                                       "same for all 5 files. Clocks went back at 2022-02-26 "));
    bool warned = false;
    for (size_t i = 0; i < w.report.warnings.n; i++)
        warned |= strstr(w.report.warnings.v[i], "other/syslog: the time of at least 3 lines does "
                                                 "not exist") != NULL;
    assert_true(warned);
    pmt_buf_fini(&known);
    world_close(&w);
}

/* One log of several hosts says of each how its times are read, of those alike once. */
static void clocks_of_a_central_log(void **state)
{
    (void)state;
    static const struct scan_log logs[] = {
        {.path = "syslog", .text = "2022-02-26T09:00:10Z web-01 cron[1]: x\n"
                                   "2022-02-26T09:00:11Z web-01 cron[1]: x\n"
                                   "2022-02-26T12:00:12+03:00 web-02 cron[1]: x\n"
                                   "2022-02-26T12:00:13+03:00 web-03 cron[1]: x\n"},
        {.path = "one/syslog", .text = "2022-02-26T09:00:10Z web-01 cron[1]: x\n"}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    struct pmt_buf md = world_markdown(&w);
    assert_non_null(strstr(md.data, "| `web-01`: UTC: each line carries its offset. `web-02`, "
                                    "`web-03`: +03:00: each line carries its offset |"));
    assert_non_null(strstr(md.data, "| UTC: each line carries its offset |"));
    pmt_buf_fini(&md);
    world_close(&w);
}

static void years_of_a_rotated_log(void **state)
{
    (void)state;
    static const char *const paths[] = {"syslog.2", "syslog.1", "syslog"};
    struct scan_log logs[3];
    struct world w;
    for (int i = 0; i < 3; i++)
        logs[i] = (struct scan_log){.path = paths[i], .family = "syslog",
                                    .text = "Feb 26 09:20:10 web-09 cron[1]: x\n"};
    WORLD_OPEN(&w, logs);
    for (int i = 0; i < 3; i++) {
        struct pmt_map *m = &w.scan.sources[i].maps[0][0];
        w.scan.inputs[i].rotation = i == 2 ? INT64_MAX : i - 2;
        m->year = (int16_t)(2022 + i / 2);
        m->year_from = PMT_YEAR_MTIME;
        m->year_why = "assumed 2022 from the file's time";
    }
    world_report(&w, true);
    assert_true(banner_says(&w, "The year is assumed for 3 of 3 sources (syslog: 2022 and 2023);"));
    world_close(&w);
}

/* ---- gaps ------------------------------------------------------------------------------- */

/* An hour of failures at 09:20, with requests missing as each row has it. */
static void holes_in_words(void **state)
{
    (void)state;
    static const struct {
        int from, to; /* seconds of the story without a request */
        const char *banner, *summary;
    } rows[] = {
        {1210, 1400, "Nothing is known of requests from 2022-02-26 09:20:09 to 09:23:20: no log "
                     "holds any, where about 95 were to be expected.",
         "No request is logged from 2022-02-26 09:20:09 to 09:23:20."},
        {900, 1200, "Nothing is known of requests from 2022-02-26 09:14:59 to 09:20:00: no log",
         "No request is logged from 2022-02-26 09:14:59 to 09:20:00: it may have started earlier."},
        {1501, 1800, "Nothing is known of requests from 2022-02-26 09:25:00 to 09:30:00: no log",
         "No request is logged from 2022-02-26 09:25:00 to 09:30:00: it may have ended later."},
        {2000, 2600, "Nothing is known of requests from 2022-02-26 09:33:19 to 09:43:20: no log",
         "Quiet for 8 min 19 s after the end, then nothing is known until 09:43:20."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0};
        struct world w;
        for (int k = 0; k < 2; k++) {
            struct traffic t = {.start = k ? SEC(rows[i].to) : NINE,
                                .seconds = k ? 7200 - rows[i].to : rows[i].from, .every = 1};
            int64_t offset = k ? rows[i].to : 0;
            t.troubles[0] = (struct trouble){.from = 1200 - (int)offset, .to = 1500 - (int)offset,
                                             .percent = 100};
            put_traffic(&text, &t);
        }
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
        struct pmt_gap gap = {.from = SEC(rows[i].from - 1), .to = SEC(rows[i].to),
                              .expected = (uint64_t)(rows[i].to - rows[i].from) / 2};
        WORLD_OPEN(&w, logs);
        /* Found as if it were a rotation that is missing: that is part of no incident. */
        pmt_findings_fini(&w.findings);
        pmt_findings_build(&w.findings, &w.counted, &w.facts, w.in.window, NULL);
        w.coverage.holes = &gap;
        w.coverage.nholes = 1;
        w.scan.sources[0].gaps = &gap;
        w.scan.sources[0].ngaps = 1;
        world_report(&w, true);
        if (!banner_says(&w, rows[i].banner))
            fail_msg("the banner does not say \"%s\"", rows[i].banner);
        assert_false(banner_says(&w, "access.log holds no line"));
        assert_summary(&w, rows[i].summary, true);
        check(&w);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* What was observed comes first; that it was an outage is not said. */
static void silence_in_words(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct world w;
    for (int k = 0; k < 2; k++) {
        struct traffic t = {.start = SEC(k ? 2400 : 0), .seconds = k ? 4800 : 1801, .every = 1};
        put_traffic(&text, &t);
    }
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    assert_non_null(w.report.incident);
    if (!strstr(w.report.title, "no request logged"))
        fail_msg("the title is \"%s\"", w.report.title);
    assert_summary(&w, "No request was logged from 2022-02-26 09:30:00 to 09:40:00, where about "
                       "600 were to be expected: either none was served, or none was logged.",
                   true);
    assert_int_equal(bullet(&w, "Requests stop (est.)")->t, SEC(1800));
    assert_int_equal(bullet(&w, "Requests are logged again")->t, SEC(2400));
    struct pmt_buf json = world_json(&w);
    assert_non_null(strstr(json.data, "\"no_data\""));
    pmt_buf_fini(&json);
    check(&w);
    world_close(&w);
    pmt_buf_fini(&text);
}

static void gaps_in_the_banner(void **state)
{
    (void)state;
    static const struct {
        struct pmt_gap gap;
        bool incident;
        const char *says; /* NULL: nothing */
    } rows[] = {
        {{.from = 3000, .to = 3600, .expected = 40}, true,
         "syslog holds no line from 2022-02-26 09:50:00 to 10:00:00, where about 40 were to be "
         "expected."},
        {{.from = 3000, .to = 3600}, true,
         "syslog holds no line from 2022-02-26 09:50:00 to 10:00:00."},
        {{.from = 9000, .to = 9600}, true, NULL},
        {{.from = 9000, .to = 9600}, false, "syslog holds no line from 2022-02-26 11:30:00 to"},
        {{.from = -900000, .to = -800000, .kind = PMT_GAP_ROTATION, .missing = "syslog.2"}, true,
         "syslog.2 is missing: nothing is known from 2022-02-15 23:00:00 to 17 Feb 02:46:40 of "
         "syslog."},
        {{.from = -900000, .to = -800000, .kind = PMT_GAP_ROTATION,
          .missing = "syslog.2 to syslog.4"}, true, "syslog.2 to syslog.4 are missing: nothing"},
        {{.from = -900000, .to = -800000, .kind = PMT_GAP_ROTATION, .missing = "syslog.2",
          .why = "cannot be read: Permission denied"}, true,
         "syslog.2 was not read in full (cannot be read: Permission denied): nothing is known from "
         "2022-02-15 23:00:00 to 17 Feb 02:46:40 of syslog."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct traffic t = {.start = NINE, .seconds = 3600, .every = 2};
        struct pmt_buf text = {0};
        struct pmt_gap gap = rows[i].gap;
        struct world w;
        if (rows[i].incident)
            t.troubles[0] = (struct trouble){.from = 1200, .to = 1500, .percent = 100};
        put_traffic(&text, &t);
        const struct scan_log logs[] = {
            {.path = "access.log", .text = text.data},
            {.path = "syslog", .text = "2022-02-26T09:00:10Z web-01 cron[1]: x\n"}};
        WORLD_OPEN(&w, logs);
        gap.from = SEC(gap.from);
        gap.to = SEC(gap.to);
        w.scan.sources[1].gaps = &gap;
        w.scan.sources[1].ngaps = 1;
        world_report(&w, true);
        if (!rows[i].says)
            assert_false(banner_says(&w, "syslog"));
        else if (!banner_says(&w, rows[i].says))
            fail_msg("the banner does not say \"%s\"", rows[i].says);
        struct pmt_buf md = world_markdown(&w);
        assert_non_null(strstr(md.data, "| nothing from 2022-02-"));
        pmt_buf_fini(&md);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

static void many_gaps(void **state)
{
    (void)state;
    static const struct scan_log logs[] = {
        {.path = "syslog", .text = "2022-02-26T09:00:10Z web-01 cron[1]: x\n"}};
    struct pmt_gap gaps[20];
    struct world w;
    for (int i = 0; i < 20; i++)
        gaps[i] = (struct pmt_gap){.from = SEC(i * 1000), .to = SEC(i * 1000 + 500)};
    WORLD_OPEN(&w, logs);
    w.scan.sources[0].gaps = gaps;
    w.scan.sources[0].ngaps = 20;
    world_report(&w, true);
    assert_true(banner_says(&w, "More gaps (16); the sources table says where."));
    struct pmt_buf md = world_markdown(&w);
    assert_non_null(strstr(md.data, "; and 12 gaps more |"));
    pmt_buf_fini(&md);
    world_close(&w);
}

/* ---- what is not in the logs ------------------------------------------------------------ */

static void absence_names_logs_and_span(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text; /* beside an access log; NULL: nothing */
        const char *says[2], *silent;
    } rows[] = {
        {NULL, NULL, {"There is no system log here", "No log here would show a change"}, "Not in"},
        {"syslog",
         "2022-02-26T08:00:10Z web-01 cron[1]: x\n2022-02-26T11:30:10Z web-01 cron[1]: y\n",
         {"No kill or restart is in syslog from 2022-02-26 08:20:00 to 09:25:00.",
          "Not in syslog from 2022-02-26 08:20:00 to 09:25:00: memory kills, storage errors, "
          "network errors, deployments."},
         "as far as"},
        {"syslog",
         "2022-02-26T08:00:10Z web-01 cron[1]: x\n2022-02-26T09:22:10Z web-01 cron[1]: y\n",
         {"Not in syslog from 2022-02-26 08:20:00 to 09:22:10: memory kills",
          "No change is in syslog in the hour before the end (syslog ends at 09:22:10)."},
         "There is no"},
        {"auth.log",
         "2022-02-26T09:00:10Z web-01 cron[1]: x\n2022-02-26T11:22:10Z web-01 cron[1]: y\n",
         {"Not in auth.log from 2022-02-26 09:00:10 to 09:25:00: deployments.",
          "There is no kernel log of that time here"},
         "memory kills,"},
        {"kern.log", "2022-02-23T09:00:10Z web-01 cron[1]: x\n",
         {"The system logs here are of another time", "No log here would show a change"},
         "Not in"},
        {"web-01.log", "2022-02-26T09:00:10Z web-01 cron[1]: x\n",
         {"No log here is known to hold what the kernel", "No log here would show a change"},
         "Not in"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct traffic t = {.start = NINE, .seconds = 7200, .every = 2,
                            .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
        struct pmt_buf text = {0};
        struct world w;
        put_traffic(&text, &t);
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data},
                                        {.path = rows[i].path, .text = rows[i].text}};
        world_open(&w, logs, rows[i].path ? 2 : 1);
        world_report(&w, true);
        assert_cause(&w, rows[i].says[0], true);
        assert_cause(&w, rows[i].says[1], true);
        assert_cause(&w, rows[i].silent, false);
        check(&w);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* Of a time whose log is missing nothing is said but that. */
static void no_absence_in_gaps(void **state)
{
    (void)state;
    static const struct {
        int from, to; /* seconds around nine; the incident lasts from 1200 to 1500 */
        const char *says[3], *silent;
    } rows[] = {
        {-3600, 7200,
         {"The log of 2022-02-26 08:00:00 to 11:00:00 is missing (syslog.2): it cannot tell what "
          "changed then.",
          "The log of the hour before the end is missing: it cannot tell what changed then.",
          "TODO(cause): these logs suggest none, but they are without 08:00:00 to 11:00:00 "
          "(syslog.2 is missing)."},
         "Not in"},
        {600, 1200,
         {"Not in syslog from 2022-02-26 08:20:00 to 09:25:00 without 09:10:00 to 09:20:00: "
          "memory kills",
          "No change is in syslog in the hour before the end without 09:10:00 to 09:20:00.",
          "The log of 2022-02-26 09:10:00 to 09:20:00 is missing (syslog.2)"},
         "of another time"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct traffic t = {.start = NINE, .seconds = 7200, .every = 2,
                            .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
        struct pmt_buf text = {0};
        struct pmt_covered covered[4];
        struct pmt_coverage cov;
        struct pmt_gap gap = {.from = SEC(rows[i].from), .to = SEC(rows[i].to),
                              .kind = PMT_GAP_ROTATION, .missing = "syslog.2"};
        struct world w;
        put_traffic(&text, &t);
        const struct scan_log logs[] = {
            {.path = "access.log", .text = text.data},
            {.path = "syslog", .text = "2022-02-26T08:00:00Z web-01 cron[1]: x\n"
                                       "2022-02-26T11:30:10Z web-01 cron[1]: y\n"}};
        WORLD_OPEN(&w, logs);
        assert_in_range(w.coverage.nlogs, 2, 4);
        for (size_t k = 0; k < w.coverage.nlogs; k++) {
            covered[k] = w.coverage.logs[k];
            if (covered[k].sorts & PMT_SORT_SYSTEM) {
                covered[k].gaps = &gap;
                covered[k].ngaps = 1;
            }
        }
        cov = w.coverage;
        cov.logs = covered;
        w.coverage = cov;
        world_report(&w, true);
        for (int k = 0; k < 3; k++)
            if (strstr(rows[i].says[k], "TODO"))
                assert_summary(&w, rows[i].says[k], true);
            else
                assert_cause(&w, rows[i].says[k], true);
        assert_cause(&w, rows[i].silent, false);
        check(&w);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_story_in_full),
        cmocka_unit_test(the_timeline_of_that_story),
        cmocka_unit_test(the_least_there_can_be),
        cmocka_unit_test(open_edges),
        cmocka_unit_test(bounds_in_words),
        cmocka_unit_test(little_log_behind_the_end),
        cmocka_unit_test(nothing_found),
        cmocka_unit_test(nothing_counted),
        cmocka_unit_test(state_lines_alone),
        cmocka_unit_test(facts_in_the_second_of_the_start),
        cmocka_unit_test(folds),
        cmocka_unit_test(flapping),
        cmocka_unit_test(out_without_a_line),
        cmocka_unit_test(out_when_the_log_begins),
        cmocka_unit_test(no_log_names_servers),
        cmocka_unit_test(more_than_can_be_told),
        cmocka_unit_test(words_are_counted),
        cmocka_unit_test(nobody_is_named),
        cmocka_unit_test(evidence_of_many_hosts),
        cmocka_unit_test(cut_lines_lose_their_last_word),
        cmocka_unit_test(banner),
        cmocka_unit_test(much_damage),
        cmocka_unit_test(skews_in_words),
        cmocka_unit_test(moved_times_are_estimates),
        cmocka_unit_test(local_times_beside),
        cmocka_unit_test(years_that_are_assumed),
        cmocka_unit_test(clocks_of_a_central_log),
        cmocka_unit_test(years_of_a_rotated_log),
        cmocka_unit_test(holes_in_words),
        cmocka_unit_test(silence_in_words),
        cmocka_unit_test(gaps_in_the_banner),
        cmocka_unit_test(many_gaps),
        cmocka_unit_test(absence_names_logs_and_span),
        cmocka_unit_test(no_absence_in_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
