/* test_report_names.c - how logs and services are named, and what is said beside failed requests:
 * that they look like checks, that an error log knows more, that a line was logged later. */
#include "world.h"

#define ID "82dc0410d21b903a745128d53f0e7fb330e8cf9102f690868c966887e36ec4d9"

/* Every second request of twenty minutes fails with 502; other paths are well. */
static void put_story(struct pmt_buf *b, const char *path, int clients, bool private)
{
    for (int i = 0; i < 3600; i += 2) {
        char client[32];
        snprintf(client, sizeof client, private ? "10.2.0.%d" : "198.51.100.%d", i / 2 % clients);
        bool bad = i >= 1200 && i < 2400 && i / 2 % 2;
        put_access(b, NINE + i * PMT_SECOND, client, path, bad ? 502 : 200, "Mozilla/5.0");
        put_access(b, NINE + i * PMT_SECOND, client_name((unsigned)i % 40), "/else", 200,
                   "Mozilla/5.0");
    }
}

static void draft_of(struct world *w, const struct scan_log *logs, size_t n, struct pmt_buf *draft)
{
    world_open(w, logs, n);
    assert_true(w->findings.n >= 1);
    world_report(w, true);
    *draft = world_markdown(w);
}

static void of_logs(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name;
    } rows[] = {
        {"access.log", "access.log"},
        {"var/log/nginx/access.log", "access.log"},
        {"var/log/nginx/shop.example-access.log", "shop.example"},
        {"var/log/nginx/shop_access.log", "shop"},
        {"web-1/var/log/nginx/access.log", "web-1/access.log"},
        {"bundle.tar.gz:access.log", "bundle.tar.gz:access.log"},
        {"bundle.tar.gz:web-1/var/log/nginx/access.log", "web-1/access.log"},
        {"bundle.tar.gz:var/log/nginx/access.log", "bundle.tar.gz/access.log"},
        {"containers/" ID "/" ID "-json.log", "82dc0410d21b"},
        {"containers/shop-0_prod_web-" ID ".log", "shop-0"},
        {"pods/prod_shop-0_8c5/web/0.log", "shop-0"},
        {"0.log", "0"},
        {"web/0.log", "0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0}, draft;
        struct world w;
        char want[128];
        put_story(&text, "/books", 40, false);
        const struct scan_log logs[] = {{.path = rows[i].path, .text = text.data}};
        draft_of(&w, logs, 1, &draft);
        snprintf(want, sizeof want,
                 "# DRAFT post-mortem: HTTP 5xx on `/books` of `%s`, 2022-02-26\n", rows[i].name);
        if (!strstr(draft.data, want))
            fail_msg("%s: %.120s", rows[i].path, draft.data);
        snprintf(want, sizeof want, "| path | `/books` | `%s` |", rows[i].name);
        if (!strstr(draft.data, want))
            fail_msg("%s: no %s", rows[i].path, want);
        pmt_buf_fini(&draft);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* Two that would be called the same keep their paths. */
static void of_two_logs(void **state)
{
    (void)state;
    struct pmt_buf one = {0}, other = {0}, draft;
    struct world w;
    put_story(&one, "/books", 40, false);
    put_story(&other, "/cart", 40, false);
    const struct scan_log logs[] = {{.path = "a/nginx/shop.log", .text = one.data},
                                    {.path = "b/nginx/shop.log", .text = other.data}};
    draft_of(&w, logs, 2, &draft);
    assert_non_null(strstr(draft.data, "`a/nginx/shop.log`, `b/nginx/shop.log`, 2022-02-26\n"));
    pmt_buf_fini(&draft);
    world_close(&w);
    pmt_buf_fini(&one);
    pmt_buf_fini(&other);
}

static void like_checks(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int clients;
        bool private;
        const char *says;
    } rows[] = {
        {"/healthz", 4, true, "and 2 private addresses asked for them."},
        {"/app/health/", 1, true, "and one private address asked for them."},
        {"/healthz", 4, false, NULL},
        {"/healthz", 40, true, NULL},
        {"/healthy-food", 4, true, NULL},
        {"/books", 4, true, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0}, draft;
        struct world w;
        put_story(&text, rows[i].path, rows[i].clients, rows[i].private);
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
        world_open(&w, logs, 1);
        w.findings.main = w.findings.n ? 0 : SIZE_MAX; /* also where it is low */
        world_report(&w, true);
        draft = world_markdown(&w);
        const char *said = strstr(draft.data, "These look like health checks");
        if (!said != !rows[i].says || (said && !strstr(draft.data, rows[i].says)))
            fail_msg("row %zu: %s", i, said ? said : draft.data);
        pmt_buf_fini(&draft);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* The error log beside it tells of as many refused connections, or of fewer. */
static void an_error_log_knows_more(void **state)
{
    (void)state;
    for (int fewer = 0; fewer < 2; fewer++) {
        struct pmt_buf text = {0}, errors = {0}, draft;
        struct world w;
        put_story(&text, "/books", 40, false);
        for (int i = 1202; i < (fewer ? 1400 : 2400); i += 4)
            pmt_buf_printf(&errors, "2022/02/26 09:%02d:%02d [error] 9#9: *%d connect() failed "
                           "(111: Connection refused) while connecting to upstream, client: "
                           "198.51.100.%d, server: , request: \"GET /books HTTP/1.1\", upstream: "
                           "\"http://10.0.0.8:80/books\", host: \"shop.example\"\n",
                           i / 60, i % 60, i, i / 2 % 40);
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data},
                                        {.path = "error.log", .text = errors.data}};
        draft_of(&w, logs, 2, &draft);
        const char *want = fewer ? "with status 502, origin not logged."
                                 : "with status 502, origin not in their lines (the error log has "
                                   "300 refused connections of that time).";
        if (!strstr(draft.data, want))
            fail_msg("%s", strstr(draft.data, "**Impact:**"));
        pmt_buf_fini(&draft);
        world_close(&w);
        pmt_buf_fini(&text);
        pmt_buf_fini(&errors);
    }
}

/* nginx writes when a request has ended: the start is a minute before the stamp in the line. */
static void logged_at_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *took;
        bool said;
    } rows[] = {{"60.009", true}, {"1.200", false}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct pmt_buf text = {0}, draft;
        struct world w;
        for (int i = 0; i < 3600; i += 2) {
            bool bad = i >= 1200 && i < 2400 && i / 2 % 2;
            pmt_buf_printf(&text, "198.51.100.%d - - [", i / 2 % 40);
            put_clf_time(&text, NINE + i * PMT_SECOND);
            pmt_buf_printf(&text, " +0000] \"GET /books HTTP/1.1\" %d 5 \"-\" \"Mozilla/5.0\" %s\n",
                           bad ? 504 : 200, bad ? rows[k].took : "0.010");
        }
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
        draft_of(&w, logs, 1, &draft);
        const char *start = "first failed request, logged at its end 1 min 0 s later [E";
        const char *end = "last failed request, logged at its end 1 min 0 s later [E";
        if (!strstr(draft.data, start) == rows[k].said || !strstr(draft.data, end) == rows[k].said)
            fail_msg("%s: %s", rows[k].took, strstr(draft.data, "## Timeline"));
        pmt_buf_fini(&draft);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* The client that a balancer names is replaced in the excerpt also where it is private. */
static void excerpts_without_clients(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, draft;
    struct world w;
    for (int i = 0; i < 3600; i += 2) {
        pmt_buf_puts(&text, "192.168.7.5 - - [");
        put_clf_time(&text, NINE + i * PMT_SECOND);
        pmt_buf_printf(&text, " +0000] \"GET /books HTTP/1.1\" %d 5 \"-\" \"Mozilla/5.0\" "
                       "\"100.64.7.%d, 10.9.8.7\"\n",
                       i >= 1200 && i < 2400 ? 502 : 200, i / 2 % 40);
    }
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    draft_of(&w, logs, 1, &draft);
    if (!strstr(draft.data, "\"client-2, 10.9.8.7\"") || strstr(draft.data, "100.64.7."))
        fail_msg("%s", strstr(draft.data, "### Evidence"));
    pmt_buf_fini(&draft);
    world_close(&w);
    pmt_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_logs),
        cmocka_unit_test(of_two_logs),
        cmocka_unit_test(like_checks),
        cmocka_unit_test(an_error_log_knows_more),
        cmocka_unit_test(logged_at_the_end),
        cmocka_unit_test(excerpts_without_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
