/* test_incident_bursts.c - which bursts are one incident. */
#include "world.h"

enum { HOURS = 3, SECONDS = HOURS * 3600, BURSTS_MAX = 8 };

/* Bursts that begin so many seconds behind nine, each so long. */
struct loop {
    int at[BURSTS_MAX], n, length;
    const char *line;  /* of syslog, 2 s before each burst; NULL: none */
    int every;         /* seconds, at which it is logged all the time, too; 0: it is not */
    size_t want;       /* incidents */
    size_t bursts;     /* of the first of them */
};

#define KILLED "kernel: Out of memory: Killed process 4711 (node) total-vm:2812044kB"
#define FAILED "systemd[1]: app.service: Failed with result 'exit-code'."
#define RESTARTED "sudo:   deploy : TTY=pts/0 ; PWD=/srv ; USER=root ; " \
                  "COMMAND=/usr/bin/systemctl restart app"

static bool fails(const struct loop *l, int sec)
{
    for (int i = 0; i < l->n; i++)
        if (sec >= l->at[i] && sec < l->at[i] + l->length)
            return true;
    return false;
}

static void play(struct world *w, const struct loop *l, struct pmt_buf text[2])
{
    for (int i = 0; i < SECONDS; i++)
        put_access(&text[0], NINE + i * PMT_SECOND, client_name((unsigned)(i * 7) % 200), "/books",
                   fails(l, i) ? 502 : 200, "Mozilla/5.0 Firefox/97.0");
    put_syslog(&text[1], NINE, "web-01", "cron[44]: started");
    for (int i = 0; i < SECONDS && l->line; i++)
        if ((fails(l, i + 2) && !fails(l, i + 1)) || (l->every && i % l->every == 0))
            put_syslog(&text[1], NINE + i * PMT_SECOND, "web-01", l->line);
    const struct scan_log logs[] = {
        {.path = "access.log", .text = text[0].data},
        {.path = "syslog", .text = text[1].data, .mtime = NINE / PMT_SECOND + SECONDS}};
    WORLD_OPEN(w, logs);
}

static void done(struct world *w, struct pmt_buf text[2])
{
    world_close(w);
    pmt_buf_fini(&text[0]);
    pmt_buf_fini(&text[1]);
}

static void which_are_one(void **state)
{
    (void)state;
    static const struct loop rows[] = {
        /* every seven minutes, with a kill at each, or a rhythm alone */
        {{3600, 4020, 4440, 4860, 5280}, 5, 38, KILLED, 0, 1, 5},
        {{3600, 4020, 4440, 4860, 5280}, 5, 38, NULL, 0, 1, 5},
        /* what dies need not keep a rhythm */
        {{3600, 3900, 4700}, 3, 60, FAILED, 0, 1, 3},
        {{3600, 3900, 4700}, 3, 60, NULL, 0, 3, 0},
        /* three in a rhythm may be chance, and so may two with the same event be */
        {{3600, 4020, 4440}, 3, 38, NULL, 0, 3, 0},
        {{3600, 4200}, 2, 60, KILLED, 0, 2, 0},
        /* more than a quarter of an hour apart */
        {{3600, 4700, 5800}, 3, 60, KILLED, 0, 3, 0},
        /* what people do again and again, and what is logged all the time */
        {{3600, 3900, 4700}, 3, 60, RESTARTED, 0, 3, 0},
        {{3600, 3900, 4700}, 3, 60, FAILED, 60, 3, 0},
        /* three of the five that come near each other */
        {{3600, 4000, 4800, 6600, 8600}, 5, 60, KILLED, 0, 3, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text[2] = {{0}};
        struct world w;
        play(&w, &rows[i], text);
        if (w.findings.n != rows[i].want || w.findings.incidents[0].bursts != rows[i].bursts)
            fail_msg("row %zu: %zu incidents, the first of %zu bursts", i, w.findings.n,
                     w.findings.n ? w.findings.incidents[0].bursts : 0);
        done(&w, text);
    }
}

/* How long it was, how long it failed, and what in it was well. */
static void what_it_is(void **state)
{
    (void)state;
    static const struct loop l = {{3600, 4020, 4440, 4860, 5280}, 5, 38, KILLED, 0, 1, 5};
    struct pmt_buf text[2] = {{0}};
    struct world w;
    play(&w, &l, text);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_instant(p->start, "2022-02-26T10:00:00Z");
    assert_instant(p->end, "2022-02-26T10:28:37Z");
    assert_int_equal(p->numbers.failed, 5 * 38);
    assert_int_equal(p->numbers.requests, 5317 - 3600 + 1);
    assert_int_equal(p->nphases, 9);
    for (size_t i = 0; i < p->nphases; i++) {
        assert_int_equal(p->phases[i].kind, i % 2 ? PMT_PHASE_WELL : PMT_PHASE_FULL);
        assert_int_equal(p->phases[i].failed, i % 2 ? 0 : 38);
        assert_int_equal(p->phases[i].requests, i % 2 ? 420 - 38 : 38);
    }
    struct pmt_phase bad = pmt_incident_failing(p);
    assert_int_equal(bad.failed, 190);
    assert_int_equal(bad.requests, 190);
    assert_int_equal(bad.to - bad.from, 5 * 37 * PMT_SECOND);
    assert_int_equal(p->severity, PMT_GRADE_HIGH); /* most of the clients */
    done(&w, text);
}

static bool holds(const struct pmt_buf *b, const char *text)
{
    return pmt_slice_find(pmt_buf_view(b), text) != NULL;
}

static void how_it_is_told(void **state)
{
    (void)state;
    static const struct loop l = {{3600, 4020, 4440, 4860, 5280, 5700}, 6, 38, KILLED, 0, 1, 6};
    struct pmt_buf text[2] = {{0}};
    struct world w;
    play(&w, &l, text);
    world_report(&w, true);
    struct pmt_buf draft = world_markdown(&w);
    assert_true(holds(&draft, "It came in 6 bursts, at most 6 min 23 s apart: 3 min 42 s in all, "
                              "in which 228 of 228 requests (100.0%) failed."));
    assert_true(holds(&draft, "The first of 6 bursts of failures ends (est.); the others start at "
                              "10:07:00, 10:14:00, 10:21:00, 1 more and 10:35:00."));
    assert_true(holds(&draft, "6 bursts, 3 min 42 s"));
    assert_false(holds(&draft, "The share of failing requests"));
    pmt_buf_fini(&draft);
    done(&w, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_are_one),
        cmocka_unit_test(what_it_is),
        cmocka_unit_test(how_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
