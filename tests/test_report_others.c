/* test_report_others.c - what a draft tells of the other incidents in the logs. */
#include "world.h"

static void play(struct world *w, struct pmt_buf *text, const struct trouble *troubles, int seconds)
{
    struct traffic t = {.start = NINE, .seconds = seconds, .every = 2};
    memcpy(t.troubles, troubles, sizeof t.troubles);
    put_traffic(text, &t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text->data}};
    WORLD_OPEN(w, logs);
    world_report(w, true);
}

static void done(struct world *w, struct pmt_buf *text, struct pmt_buf *draft)
{
    pmt_buf_fini(draft);
    world_close(w);
    pmt_buf_fini(text);
}

static void assert_says(const struct pmt_buf *draft, const char *text, bool want)
{
    if ((strstr(draft->data, text) != NULL) != want)
        fail_msg("%s: %s", want ? "not said" : "said", text);
}

/* The grave one is drafted, and what came again after it is a bullet of it. */
static void again(void **state)
{
    (void)state;
    static const struct trouble troubles[4] = {{.from = 1200, .to = 1800, .percent = 100},
                                               {.from = 2400, .to = 2680, .percent = 50}};
    struct world w;
    struct pmt_buf text = {0};
    play(&w, &text, troubles, 7200);
    struct pmt_buf draft = world_markdown(&w);
    assert_int_equal(w.findings.main, 0);
    assert_says(&draft, "- 09:40:00 - Again, 10 min 0 s after the end: 71 of 140 requests (50.7%) "
                        "to `access.log` failed until 09:44:38 [E", true);
    assert_says(&draft, "> Other incidents in these logs (`--incident` drafts them): "
                        "`2022-02-26T0940Z` (09:40:00 to 09:44:38, 71 failed).", true);
    assert_says(&draft, "; in the hour after it 71 of 1,800, all of them in other incidents.",
                true);
    done(&w, &text, &draft);
}

static void before(void **state)
{
    (void)state;
    static const struct trouble troubles[4] = {{.from = 1200, .to = 1400, .percent = 100},
                                               {.from = 2400, .to = 3000, .percent = 100}};
    struct world w;
    struct pmt_buf text = {0};
    play(&w, &text, troubles, 7200);
    struct pmt_buf draft = world_markdown(&w);
    assert_int_equal(w.findings.main, 1);
    assert_says(&draft, "- 09:20:00 - An earlier incident: 101 of 101 requests (100.0%) to "
                        "`access.log` failed until 09:23:20, 16 min 40 s before the start [E",
                true);
    done(&w, &text, &draft);
}

/* More than an hour apart they have nothing to do with each other; small ones are not told. */
static void apart(void **state)
{
    (void)state;
    static const struct trouble troubles[4] = {
        {.from = 1200, .to = 1400, .percent = 100},
        {.from = 6000, .to = 6600, .percent = 100},
        {.from = 7400, .to = 8000, .percent = 100, .clients = 2}};
    struct world w;
    struct pmt_buf text = {0};
    play(&w, &text, troubles, 10800);
    struct pmt_buf draft = world_markdown(&w);
    assert_int_equal(w.findings.n, 3);
    assert_int_equal(w.findings.main, 1);
    assert_says(&draft, "An earlier incident", false);
    assert_says(&draft, "Again, ", false);
    assert_says(&draft, "drafts them): `2022-02-26T0920Z` (09:20:00 to 09:23:20, 101 failed).",
                true);
    done(&w, &text, &draft);
}

/* Many: the banner names those that failed most, by time, and says how many more there are. */
static void many(void **state)
{
    (void)state;
    enum { N = 6 };
    static const int lengths[N] = {300, 900, 400, 800, 700, 1000};
    struct pmt_buf text = {0};
    struct world w;
    for (int i = 0; i < N; i++) {
        struct traffic t = {.start = NINE + i * 2 * PMT_HOUR, .seconds = 7200, .every = 2,
                            .troubles = {{.from = 1200, .to = 1199 + lengths[i], .percent = 100}}};
        put_traffic(&text, &t);
    }
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    struct pmt_buf draft = world_markdown(&w);
    assert_int_equal(w.findings.n, N);
    assert_says(&draft, "drafts them): `2022-02-26T1120Z` (11:20:00 to 11:34:58, 450 failed), "
                        "`2022-02-26T1520Z` (15:20:00 to 15:33:18, 400 failed), "
                        "`2022-02-26T1720Z` (17:20:00 to 17:31:38, 350 failed) and 2 more, in the "
                        "annex.", true);
    done(&w, &text, &draft);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(again),
        cmocka_unit_test(before),
        cmocka_unit_test(apart),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
