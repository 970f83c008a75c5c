/* test_incident_told.c - at which series an incident is told, and who failed most. */
#include "world.h"

enum { HOURS = 4, SECONDS = HOURS * 3600 };

/* Requests to `path`, from one second up to another, of which a share fails. */
struct failing {
    const char *path;
    int from, to, percent;
    int clients; /* only so many ask for it then; 0: all */
};

/* Two requests a second from 200 clients; in fifty requests two are for /checkout and one for
 * /contact. */
static const char *path_of(int i)
{
    static const char *const others[] = {"/", "/books/7", "/cart", "/search?q=tea", "/books/12"};
    return i % 25 == 11 ? "/checkout?step=2" : i % 50 == 33 ? "/contact" : others[i % 5];
}

static int status_of(const struct failing *f, size_t n, int i, const char *path)
{
    for (size_t k = 0; k < n; k++)
        if (f[k].percent && i / 2 >= f[k].from && i / 2 < f[k].to &&
            (!f[k].path || strncmp(path, f[k].path, strlen(f[k].path)) == 0) &&
            i / 50 * 37 % 100 < f[k].percent)
            return 502;
    return 200;
}

static void put_site(struct pmt_buf *b, const struct failing *f, size_t n, int web)
{
    for (int i = 0; i < SECONDS * 2; i++) {
        const char *path = path_of(i);
        int status = status_of(f, n, i, path), client = (i * 7 + i / 200) % 200;
        if (web >= 0 && i / 50 % 2 != web)
            continue;
        if (status != 200 && f[0].clients)
            client = 500 + i % f[0].clients;
        put_access(b, NINE + i / 2 * PMT_SECOND, client_name((unsigned)client), path, status,
                   "Mozilla/5.0 Firefox/97.0");
    }
}

static void play(struct world *w, struct pmt_buf *text, const struct failing *f, size_t n)
{
    put_site(text, f, n, -1);
    const struct scan_log logs[] = {{.path = "access.log", .text = text->data}};
    WORLD_OPEN(w, logs);
}

static void done(struct world *w, struct pmt_buf *text)
{
    world_close(w);
    pmt_buf_fini(text);
}

/* Its 2 % of the requests are too few to be seen in the whole. */
static void one_path(void **state)
{
    (void)state;
    const struct failing f[] = {{.path = "/contact", .from = 7200, .to = 9000, .percent = 100}};
    struct pmt_buf text = {0};
    struct world w;
    play(&w, &text, f, 1);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_true(pmt_slice_is(p->path, "/contact"));
    assert_true(pmt_slice_is(p->services[0], "access.log"));
    assert_int_equal(p->numbers.requests, 72);
    assert_int_equal(p->numbers.failed, 72);
    assert_int_equal(p->site.failed, 72);
    assert_true(p->site.requests > 3500 && p->site.requests < 3600);
    /* One path is not the site, and its clients are not all there are. */
    assert_int_equal(p->severity, PMT_GRADE_MEDIUM);
    assert_int_equal(p->numbers.clients, 200);
    assert_true(p->numbers.clients_affected > 20 && p->numbers.clients_affected < 73);
    assert_instant(p->start, "2022-02-26T11:00:16Z");
    assert_instant(p->good_before, "2022-02-26T10:59:51Z");
    assert_instant(p->end, "2022-02-26T11:29:51Z");
    assert_instant(p->good_after, "2022-02-26T11:30:16Z");
    assert_int_equal(w.findings.main, 0);
    assert_int_equal(p->worst.n, 1);
    assert_true(pmt_slice_is(p->worst.v[0].name, "/contact"));
    assert_int_equal(p->worst.v[0].failed, 72);
    done(&w, &text);
}

/* The evidence is a line that asked for it. */
static void its_own_evidence(void **state)
{
    (void)state;
    const struct failing f[] = {{.path = "/checkout", .from = 7200, .to = 10800, .percent = 100},
                                {.path = "/cart", .from = 5000, .to = 5002, .percent = 100}};
    struct pmt_buf text = {0};
    struct world w;
    play(&w, &text, f, 2);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_non_null(p->first);
    assert_non_null(p->last);
    assert_non_null(pmt_slice_find(pmt_slice(p->first->text->first, p->first->text->first_n),
                                   "GET /checkout?step=2 "));
    assert_non_null(pmt_slice_find(pmt_slice(p->last->text->last, p->last->text->last_n),
                                   "GET /checkout?step=2 "));
    done(&w, &text);
}

/* What is broken all the time is how it is. */
static void broken_at_all_times(void **state)
{
    (void)state;
    static const int percents[] = {100, 40, 5};
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        const struct failing f[] = {
            {.path = "/checkout", .from = 0, .to = SECONDS, .percent = percents[i]}};
        struct pmt_buf text = {0};
        struct world w;
        play(&w, &text, f, 1);
        if (w.findings.n)
            fail_msg("%d %%: %zu findings", percents[i], w.findings.n);
        done(&w, &text);
    }
}

/* But that it breaks is told. */
static void broken_from_then_on(void **state)
{
    (void)state;
    const struct failing f[] = {
        {.path = "/checkout", .from = SECONDS / 4, .to = SECONDS, .percent = 100}};
    struct pmt_buf text = {0};
    struct world w;
    play(&w, &text, f, 1);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_true(pmt_slice_is(p->path, "/checkout"));
    assert_true(p->ongoing);
    assert_false(p->began_before);
    assert_instant(p->start, "2022-02-26T10:00:05Z");
    done(&w, &text);
}

/* A path fails, and then the rest with it: that is told of the whole. */
static void all_of_it(void **state)
{
    (void)state;
    const struct failing f[] = {{.from = 7200, .to = 7800, .percent = 100}};
    struct pmt_buf text = {0};
    struct world w;
    play(&w, &text, f, 1);
    assert_int_equal(w.findings.n, 1);
    assert_null(w.findings.incidents[0].path.p);
    assert_int_equal(w.findings.incidents[0].severity, PMT_GRADE_HIGH);
    done(&w, &text);
}

/* A link that one or two follow again and again. */
static void one_client(void **state)
{
    (void)state;
    for (int clients = 1; clients <= 2; clients++) {
        const struct failing f[] = {
            {.path = "/contact", .from = 5000, .to = 9000, .percent = 100, .clients = clients}};
        struct pmt_buf text = {0};
        struct world w;
        play(&w, &text, f, 1);
        for (size_t i = 0; i < w.findings.n; i++)
            assert_int_equal(w.findings.incidents[i].severity, PMT_GRADE_LOW);
        assert_true(w.findings.main == SIZE_MAX);
        done(&w, &text);
    }
}

/* Two web servers with a log each: the path is one. */
static void two_logs(void **state)
{
    (void)state;
    const struct failing f[] = {{.path = "/contact", .from = 7200, .to = 10800, .percent = 100}};
    struct pmt_buf text[2] = {{0}};
    struct world w;
    put_site(&text[0], f, 1, 0);
    put_site(&text[1], f, 1, 1);
    const struct scan_log logs[] = {{.path = "web-01/access.log", .text = text[0].data},
                                    {.path = "web-02/access.log", .text = text[1].data}};
    WORLD_OPEN(&w, logs);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_true(pmt_slice_is(p->path, "/contact"));
    assert_int_equal(p->nservices, 2);
    assert_int_equal(p->numbers.failed, 144);
    assert_true(pmt_slice_is(p->worst.v[0].name, "/contact"));
    assert_null(p->worst.v[0].of.p);
    assert_int_equal(p->worst.v[0].failed, 144);
    world_close(&w);
    pmt_buf_fini(&text[0]);
    pmt_buf_fini(&text[1]);
}

/* Of ten servers one fails: the draft says which. */
static void one_server(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct world w;
    for (int i = 0; i < SECONDS; i++) {
        char server[16];
        int which = (i + i / 10) % 10;
        snprintf(server, sizeof server, "web-%02d", which + 1);
        bool bad = which == 6 && i >= 7200 && i < 9000;
        put_haproxy(&text, NINE + i * PMT_SECOND, client_name((unsigned)(i * 7 + i / 200) % 200),
                    "shop", server, bad ? 500 : 200, path_of(i));
    }
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data}};
    WORLD_OPEN(&w, logs);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_worst_list *l = &w.findings.incidents[0].worst;
    bool named = false;
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].kind == PMT_WORST_SERVER) {
            assert_false(named);
            named = true;
            assert_true(pmt_slice_is(l->v[i].name, "web-07"));
            assert_true(pmt_slice_is(l->v[i].of, "shop"));
            assert_int_equal(l->v[i].failed, 180);
            assert_int_equal(l->v[i].requests, 180);
        }
    assert_true(named);
    world_report(&w, true);
    struct pmt_buf md = world_markdown(&w);
    assert_non_null(strstr(md.data, "Of the 180 failed requests, 180 (100.0%) were answered by "
                                    "`web-07`, which received 10.0% of all requests."));
    pmt_buf_fini(&md);
    done(&w, &text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_path),         cmocka_unit_test(its_own_evidence),
        cmocka_unit_test(broken_at_all_times), cmocka_unit_test(broken_from_then_on),
        cmocka_unit_test(all_of_it),        cmocka_unit_test(one_client),
        cmocka_unit_test(two_logs),         cmocka_unit_test(one_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
