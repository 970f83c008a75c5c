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
    assert_non_null(strstr(md.data, "Of the 180 failed requests, 180 (100.0%) were given to "
                                    "`web-07`, which received 10.0% of all requests."));
    pmt_buf_fini(&md);
    done(&w, &text);
}

/* Some paths fail, the rest does not: their names, or what they all begin with. */
struct shop {
    const char *paths[8];
    int failing;          /* so many of them, from the first on */
    int percent;          /* of the requests to them */
    size_t n, below;      /* names; paths below the one */
    const char *name;     /* of the first */
    const char *says;     /* NULL: nothing of it */
};

static void put_shop(struct pmt_buf *b, const struct shop *s)
{
    size_t n = 0;
    while (n < 8 && s->paths[n])
        n++;
    for (int i = 0; i < SECONDS * 2; i++) {
        int sec = i / 2, k = i % (int)n;
        bool bad = sec >= 7200 && sec < 9000 && k < s->failing &&
                   i / (int)n * 37 % 100 < s->percent;
        put_access(b, NINE + sec * PMT_SECOND, client_name((unsigned)(i * 7 + i / 200) % 200),
                   s->paths[k], bad ? 500 : 200, "Mozilla/5.0 Firefox/97.0");
    }
}

static void where_it_failed(void **state)
{
    (void)state;
    static const struct shop rows[] = {
        {{"/checkout", "/cart", "/books/7", "/search", "/"}, 2, 100, 2, 0, "/cart",
         "Of 1,440 requests to `/cart` and `/checkout` 1,440 (100.0%) failed; of 2,158 to other "
         "paths 0."},
        {{"/api/a", "/api/b", "/books/7", "/search", "/", "/cart", "/login"}, 2, 80, 2, 0,
         "/api/", "to other paths 0."},
        {{"/api/a", "/api/b", "/api/c", "/api/d", "/api/e", "/books", "/search", "/cart"}, 5, 90,
         1, 5, "/api", "requests to 5 paths below `/api` "},
        {{"/a/x", "/b/x", "/c/x", "/d/x", "/e/x", "/books", "/search", "/cart"}, 5, 90, 0, 0, NULL,
         NULL},
        {{"/api/a", "/api/b", "/books", "/search"}, 4, 60, 0, 0, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0};
        struct world w;
        put_shop(&text, &rows[i]);
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, 1);
        const struct pmt_where *x = &w.findings.incidents[0].where;
        if (x->n != rows[i].n || x->paths != rows[i].below)
            fail_msg("row %zu: %zu names, %zu below", i, x->n, x->paths);
        if (rows[i].name)
            assert_true(pmt_slice_starts(x->names[0], rows[i].name));
        world_report(&w, true);
        struct pmt_buf draft = world_markdown(&w);
        if (!strstr(draft.data, rows[i].says ? rows[i].says : "to other paths") != !rows[i].says)
            fail_msg("row %zu: %s", i, strstr(draft.data, "**Impact:**"));
        pmt_buf_fini(&draft);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* Of what failed far less than all there is no row. */
static void what_failed_most(void **state)
{
    (void)state;
    const struct failing f[] = {{.path = "/cart", .from = 7200, .to = 9000, .percent = 100},
                                {.path = "/checkout", .from = 7200, .to = 9000, .percent = 100},
                                {.path = "/search", .from = 7600, .to = 7620, .percent = 100}};
    struct pmt_buf text = {0};
    struct world w;
    play(&w, &text, f, 3);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_int_equal(p->worst.n, 2);
    assert_true(pmt_slice_is(p->worst.v[0].name, "/cart"));
    assert_true(pmt_slice_is(p->worst.v[1].name, "/checkout"));
    done(&w, &text);
}

/* Other sites that were not hit are named, with what they were asked. */
static void the_other_sites(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int every, percent;
    } sites[] = {{"api.access.log", 1, 100}, {"www.access.log", 1, 0}, {"blog.access.log", 2, 0},
                 {"rare.access.log", 600, 0}, {"shop.access.log", 1, 30}};
    enum { N = sizeof sites / sizeof *sites };
    struct pmt_buf text[N] = {{0}};
    struct scan_log logs[N];
    struct world w;
    memset(logs, 0, sizeof logs);
    for (int i = 0; i < N; i++) {
        struct traffic t = {.start = NINE, .seconds = 7200, .every = sites[i].every,
                            .clients = 40 - i,
                            .troubles = {{.from = 3600, .to = 4799, .percent = sites[i].percent}}};
        put_traffic(&text[i], &t);
        logs[i].path = sites[i].name;
        logs[i].text = text[i].data;
    }
    world_open(&w, logs, N);
    assert_int_equal(w.findings.n, 1);
    world_report(&w, true);
    struct pmt_buf draft = world_markdown(&w);
    if (!strstr(draft.data, "Meanwhile 0 of 1,800 requests to `www` and "
                            "`blog` failed."))
        fail_msg("%s", strstr(draft.data, "**Impact:**"));
    pmt_buf_fini(&draft);
    world_close(&w);
    for (int i = 0; i < N; i++)
        pmt_buf_fini(&text[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_path),         cmocka_unit_test(its_own_evidence),
        cmocka_unit_test(broken_at_all_times), cmocka_unit_test(broken_from_then_on),
        cmocka_unit_test(all_of_it),        cmocka_unit_test(one_client),
        cmocka_unit_test(where_it_failed),
        cmocka_unit_test(what_failed_most),
        cmocka_unit_test(the_other_sites),
        cmocka_unit_test(two_logs),         cmocka_unit_test(one_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
