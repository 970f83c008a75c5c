/* test_report_shares.c - a server that is given far more than its share, and one that all failures
 * are of. */
#include "world.h"

enum { SECONDS = 4 * 3600, RISE = 7200, START = 7290, END = 9000 };

struct shares {
    int before, after;  /* of ten requests those of web-01, before RISE and until END */
    int rise;           /* 0: RISE */
    int every;          /* milliseconds between requests */
    bool gone;          /* web-03 is set to maintenance at RISE, too */
    const char *says;   /* NULL: nothing of it */
};

static void put_site(struct pmt_buf *b, const struct shares *s)
{
    static const char *const others[] = {"web-02", "web-03"};
    int rise = s->rise ? s->rise : RISE;
    if (s->gone)
        put_state(b, NINE + rise * PMT_SECOND, GONE("shop", "web-03", "2"));
    for (int i = 0; i < SECONDS * (1000 / s->every); i++) {
        int sec = i / (1000 / s->every), own = sec >= rise && sec < END ? s->after : s->before;
        bool first = i * 7 % 10 < own, out = s->gone && sec >= rise && sec < END;
        const char *server = first ? "web-01" : others[out ? 0 : i / 10 % 2];
        bool bad = first && sec >= START && sec < END && i % 3 == 0;
        put_haproxy(b, NINE + (int64_t)i * s->every * 1000, client_name((unsigned)(i * 7) % 200),
                    "shop", server, bad ? 503 : 200, "/books");
    }
    if (s->gone)
        put_state(b, NINE + END * PMT_SECOND, READY("shop", "web-03"));
}

static void rises(void **state)
{
    (void)state;
    static const struct shares rows[] = {
        {3, 9, 0, 500, false,
         "Hypothesis, unconfirmed: `web-01` was given 90.0% of the requests of `shop` from "
         "11:00:00 on (est.), against 30.0% before."},
        {3, 5, 0, 500, false, NULL},            /* less than twice as many */
        {9, 9, 0, 500, false, NULL},            /* as it always was */
        {3, 9, START + 60, 500, false, NULL},   /* behind the start */
        {3, 9, 3000, 500, false, NULL},         /* long before it */
        {3, 9, 0, 500, true, NULL},             /* another one was out */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0};
        struct world w;
        put_site(&text, &rows[i]);
        const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data}};
        WORLD_OPEN(&w, logs);
        assert_true(w.findings.main != SIZE_MAX);
        world_report(&w, true);
        struct pmt_buf draft = world_markdown(&w);
        bool said = rows[i].says && strstr(draft.data, rows[i].says);
        bool any = strstr(draft.data, "From here on") ||
                   strstr(draft.data, "its usual share of requests");
        if (rows[i].says ? !said : any)
            fail_msg("row %zu: %s", i, strstr(draft.data, "**Root cause:**"));
        if (said) {
            assert_non_null(strstr(draft.data, "- 11:00:00 - From here on `web-01` was given 90.0% "
                                               "of the requests of `shop`, against 30.0% before "
                                               "(est.)."));
            assert_non_null(strstr(draft.data, "(100.0%) were given to `web-01`, which received "
                                               "90.0% of all requests."));
            assert_non_null(strstr(draft.data, "Alert when one server is given twice its usual"));
        }
        pmt_buf_fini(&draft);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
