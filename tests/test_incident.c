/* test_incident.c - what was found: bounds, phases, grades, and which one is drafted. */
#include "world.h"

#include "incident_parts.h"

static void assert_main(const struct world *w, size_t want)
{
    if (w->findings.main != want)
        fail_msg("main is %zu of %zu", w->findings.main, w->findings.n);
}

static void open_traffic(struct world *w, const struct traffic *t, struct pmt_buf *text)
{
    put_traffic(text, t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text->data}};
    WORLD_OPEN(w, logs);
}

/* ---- bounds ----------------------------------------------------------------------------- */

static void bounds_to_the_second(void **state)
{
    (void)state;
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    struct pmt_buf text = {0};
    struct world w;
    open_traffic(&w, &t, &text);
    assert_int_equal(w.findings.n, 1);
    assert_main(&w, 0);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_int_equal(p->kind, PMT_INCIDENT_ERRORS);
    assert_instant(p->start, "2022-02-26T09:20:00Z");
    assert_instant(p->end, "2022-02-26T09:25:00Z");
    assert_instant(p->good_before, "2022-02-26T09:19:58Z");
    assert_instant(p->good_after, "2022-02-26T09:25:02Z");
    assert_false(p->ongoing);
    assert_false(p->began_before);
    assert_int_equal(p->numbers.requests, 151);
    assert_int_equal(p->numbers.failed, 151);
    assert_int_equal(p->severity, PMT_GRADE_HIGH);
    assert_int_equal(p->first->first_line, 601);
    assert_int_equal(p->last->last_line, 751);
    assert_int_equal(p->nservices, 1);
    assert_true(pmt_slice_is(p->services[0], "access.log"));
    assert_int_equal(p->layer, PMT_LAYER_NGINX);
    struct pmt_buf id = {0};
    pmt_incident_id(p, &id);
    assert_string_equal(id.data, "2022-02-26T0920Z");
    pmt_buf_fini(&id);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* Milliseconds of the balancer's accept date are kept. */
static void bounds_with_decimals(void **state)
{
    (void)state;
    struct traffic t = {.backend = "shop",
                        .servers = {"web-01", "web-02"},
                        .start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    struct pmt_buf text = {0};
    struct world w;
    open_traffic(&w, &t, &text);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_true(p->start == at("2022-02-26T09:20:00.118Z"));
    assert_true(p->end == at("2022-02-26T09:25:00.118Z"));
    assert_int_equal(p->decimals, 3);
    assert_int_equal(p->layer, PMT_LAYER_HAPROXY);
    world_close(&w);
    pmt_buf_fini(&text);
}

static void cut_off_at_the_edges(void **state)
{
    (void)state;
    static const struct {
        struct trouble trouble;
        bool before, ongoing;
    } rows[] = {
        {{.from = 0, .to = 600, .percent = 100}, true, false},
        {{.from = 3000, .to = 3600, .percent = 100}, false, true},
        {{.from = 0, .to = 3600, .percent = 100}, true, true},
        {{.from = 1200, .to = 1500, .percent = 100}, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct traffic t = {
            .start = NINE, .seconds = 3600, .every = 2, .troubles = {rows[i].trouble}};
        struct pmt_buf text = {0};
        struct world w;
        open_traffic(&w, &t, &text);
        assert_int_equal(w.findings.n, 1);
        const struct pmt_incident *p = &w.findings.incidents[0];
        assert_int_equal(p->began_before, rows[i].before);
        assert_int_equal(p->ongoing, rows[i].ongoing);
        if (rows[i].before)
            assert_true(p->good_before == PMT_NO_TIME);
        if (rows[i].ongoing)
            assert_true(p->good_after == PMT_NO_TIME);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

static void nothing_happened(void **state)
{
    (void)state;
    struct traffic t = {.start = NINE, .seconds = 3600, .every = 2};
    struct pmt_buf text = {0};
    struct world w;
    open_traffic(&w, &t, &text);
    assert_int_equal(w.findings.n, 0);
    assert_true(w.findings.main == SIZE_MAX);
    world_close(&w);
    pmt_buf_fini(&text);
    const struct scan_log none[] = {{.path = "empty.log", .text = ""}};
    WORLD_OPEN(&w, none);
    assert_int_equal(w.findings.n, 0);
    assert_true(w.findings.main == SIZE_MAX);
    world_close(&w);
}

/* ---- phases ----------------------------------------------------------------------------- */

static void full_then_partial(void **state)
{
    (void)state;
    struct traffic t = {.start = NINE,
                        .seconds = 7200,
                        .every = 1,
                        .troubles = {{.from = 1800, .to = 2699, .percent = 100},
                                     {.from = 2700, .to = 5400, .percent = 30}}};
    struct pmt_buf text = {0};
    struct world w;
    open_traffic(&w, &t, &text);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_int_equal(p->nphases, 2);
    assert_int_equal(p->phases[0].kind, PMT_PHASE_FULL);
    assert_int_equal(p->phases[1].kind, PMT_PHASE_PARTIAL);
    assert_true(p->phases[0].from == p->start && p->phases[1].to == p->end);
    assert_true(p->phases[0].to == p->phases[1].from);
    int64_t edge = p->phases[1].from - NINE;
    assert_in_range(edge / PMT_SECOND, 2697, 2705);
    /* What the phases hold adds up to the whole. */
    assert_int_equal(p->phases[0].requests + p->phases[1].requests, p->numbers.requests);
    assert_int_equal(p->phases[0].failed + p->phases[1].failed, p->numbers.failed);
    assert_in_range(p->phases[1].failed * 100 / p->phases[1].requests, 28, 32);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* A minute of something else does not make a phase of its own. */
static void brief_phases_are_smoothed(void **state)
{
    (void)state;
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 1,
                        .troubles = {{.from = 900, .to = 1300, .percent = 100},
                                     {.from = 1301, .to = 1370, .percent = 40},
                                     {.from = 1371, .to = 1800, .percent = 100}}};
    struct pmt_buf text = {0};
    struct world w;
    open_traffic(&w, &t, &text);
    assert_int_equal(w.findings.n, 1);
    assert_int_equal(w.findings.incidents[0].nphases, 1);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* Everything fails on a quiet site, but for what somebody asks that is not there, in a minute of
 * each hour: no phases. */
static void phases_are_no_chance(void **state)
{
    (void)state;
    static const int scans[] = {3, 8, 20};
    for (size_t i = 0; i < sizeof scans / sizeof *scans; i++) {
        struct pmt_buf text = {0};
        struct world w;
        for (int s = 0; s < 8 * 3600; s++) {
            bool fails = s >= 3 * 3600 && s < 7 * 3600;
            if (s % 25 == 0)
                put_access(&text, NINE + s * PMT_SECOND, client_name((unsigned)s / 7 % 140),
                           "/books", fails ? 502 : 200, "Mozilla/5.0 Firefox/97.0");
            if (s % 3600 >= 1000 && s % 3600 < 1000 + scans[i])
                put_access(&text, NINE + s * PMT_SECOND, client_name(200), "/books/none", 404,
                           "Mozilla/5.0");
        }
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, 1);
        const struct pmt_incident *p = &w.findings.incidents[0];
        if (p->nphases != 1)
            fail_msg("%d requests: %zu phases", scans[i], p->nphases);
        assert_int_equal(p->phases[0].failed, p->numbers.failed);
        assert_int_equal(p->phases[0].requests, p->numbers.requests);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

static void phases_are_never_empty(void **state)
{
    (void)state;
    struct pmt_incident p = {.start = NINE, .end = NINE + 5 * PMT_SECOND};
    struct pmt_flow flow = {0};
    struct pmt_line line = {.text = PMT_SLICE("x"), .number = 1};
    for (int i = 0; i < 6; i++)
        pmt_flow_add(
            &flow, &(struct pmt_hit){.t = NINE + i * PMT_SECOND, .bad = true, .client = 7}, &line);
    pmt_flow_seal(&flow);
    p.flow = &flow;
    pmt_incident_find_phases(&p);
    assert_int_equal(p.nphases, 1);
    assert_int_equal(p.phases[0].kind, PMT_PHASE_FULL);
    assert_int_equal(p.phases[0].requests, 6);
    free(p.phases);
    pmt_flow_fini(&flow);
}

/* ---- grades ----------------------------------------------------------------------------- */

static void grades(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct trouble trouble;
        int clients;
        enum pmt_grade want;
    } rows[] = {
        {"every request of five minutes",
         {.from = 1200, .to = 1500, .percent = 100},
         0,
         PMT_GRADE_HIGH},
        {"half the clients", {.from = 1200, .to = 2400, .percent = 30}, 0, PMT_GRADE_HIGH},
        {"a few clients of many",
         {.from = 1200, .to = 1800, .percent = 100, .clients = 30},
         200,
         PMT_GRADE_MEDIUM},
        {"two clients only",
         {.from = 1200, .to = 3000, .percent = 100, .clients = 2},
         0,
         PMT_GRADE_LOW},
        {"twenty seconds, ten clients",
         {.from = 1200, .to = 1219, .percent = 100},
         0,
         PMT_GRADE_LOW},
        {"one address for all", {.from = 1200, .to = 1500, .percent = 100}, 1, PMT_GRADE_HIGH},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct traffic t = {.start = NINE,
                            .seconds = 3600,
                            .every = 1,
                            .clients = rows[i].clients,
                            .troubles = {rows[i].trouble}};
        struct pmt_buf text = {0};
        struct world w;
        if (strstr(rows[i].what, "ten clients")) { /* every other second */
            t.every = 2;
        }
        open_traffic(&w, &t, &text);
        if (w.findings.n != 1 || w.findings.incidents[0].severity != rows[i].want)
            fail_msg("%s: %zu found, %s", rows[i].what, w.findings.n,
                     w.findings.n ? pmt_grade_name(w.findings.incidents[0].severity) : "none");
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* A backend without a server for a minute is grave whatever the share of its failures. */
static void no_server_raises_the_grade(void **state)
{
    (void)state;
    for (int seconds = 30; seconds <= 90; seconds += 60) {
        struct pmt_buf text = {0};
        struct traffic t = {.backend = "shop",
                            .servers = {"web-01", "web-02"},
                            .start = NINE,
                            .seconds = 3600,
                            .every = 1,
                            .clients = 200,
                            .troubles = {{.from = 1200, .to = 1800, .percent = 40, .clients = 40}}};
        put_traffic(&text, &t);
        put_state(&text, NINE + 1300 * PMT_SECOND, "backend api has no server available!");
        put_state(&text, NINE + (1300 + seconds) * PMT_SECOND, READY("api", "api-1"));
        const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data}};
        struct world w;
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, 1); /* the burst tells it: no incident of its own */
        assert_int_equal(w.findings.incidents[0].severity,
                         seconds >= 60 ? PMT_GRADE_HIGH : PMT_GRADE_MEDIUM);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* ---- which one is drafted --------------------------------------------------------------- */

static void choice_of_the_main_one(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct trouble troubles[3];
        int seconds;
        size_t n, want;
    } rows[] = {
        {"the newest",
         {{.from = 1200, .to = 1500, .percent = 100}, {.from = 4000, .to = 4300, .percent = 100}},
         7200,
         2,
         1},
        {"not the newest when that is small",
         {{.from = 1200, .to = 1500, .percent = 100},
          {.from = 4000, .to = 5500, .percent = 100, .clients = 2}},
         7200,
         2,
         0},
        {"one of the day before with ten times the failures",
         {{.from = 1200, .to = 3600, .percent = 100}, {.from = 6000, .to = 6120, .percent = 100}},
         9000,
         2,
         0},
        {"one of the hour before with twice the failures and no fewer clients",
         {{.from = 1200, .to = 1800, .percent = 100}, {.from = 4000, .to = 4280, .percent = 50}},
         7200,
         2,
         0},
        {"the gravest of those that come one after the other",
         {{.from = 1200, .to = 2400, .percent = 60},
          {.from = 3200, .to = 3600, .percent = 50},
          {.from = 6800, .to = 7000, .percent = 100}},
         9000,
         3,
         0},
        {"but not with a few more",
         {{.from = 1200, .to = 1600, .percent = 100}, {.from = 4000, .to = 4280, .percent = 100}},
         7200,
         2,
         1},
        {"nor of two hours before",
         {{.from = 1200, .to = 1800, .percent = 100}, {.from = 9000, .to = 9280, .percent = 80}},
         12000,
         2,
         1},
        {"but not of two days before",
         {{.from = 1200, .to = 3600, .percent = 100},
          {.from = 200000, .to = 200120, .percent = 100}},
         203000,
         2,
         1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct traffic t = {.start = NINE, .seconds = rows[i].seconds, .every = 2};
        struct pmt_buf text = {0};
        struct world w;
        memcpy(t.troubles, rows[i].troubles, sizeof rows[i].troubles);
        open_traffic(&w, &t, &text);
        if (w.findings.n != rows[i].n || w.findings.main != rows[i].want)
            fail_msg("%s: %zu found, main %zu", rows[i].what, w.findings.n, w.findings.main);
        for (size_t k = 1; k < w.findings.n; k++)
            assert_true(w.findings.incidents[k - 1].start <= w.findings.incidents[k].start);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

static void window_of_the_user(void **state)
{
    (void)state;
    static const struct {
        const char *since, *until;
        size_t n, main;
    } rows[] = {
        {NULL, NULL, 2, 1},
        {"2022-02-26T09:30:00Z", NULL, 1, 0},
        {NULL, "2022-02-26T09:30:00Z", 1, 0},
        {"2022-02-26T09:22:00Z", "2022-02-26T09:23:00Z", 1, 0},        /* within the first */
        {"2022-02-26T09:25:00Z", "2022-02-26T09:30:00Z", 1, SIZE_MAX}, /* its last second: small */
        {"2022-02-26T09:25:01Z", "2022-02-26T09:30:00Z", 0, SIZE_MAX},
        {"2022-02-26T09:19:59Z", "2022-02-26T09:20:01Z", 1, SIZE_MAX}, /* its first */
        {"2022-02-26T09:19:59Z", "2022-02-26T09:20:00Z", 0, SIZE_MAX}, /* the end is outside */
        {"2022-02-26T08:00:00Z", "2022-02-26T09:19:59Z", 0, SIZE_MAX},
    };
    struct traffic t = {.start = NINE,
                        .seconds = 7200,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100},
                                     {.from = 4000, .to = 4300, .percent = 100}}};
    struct pmt_buf text = {0};
    put_traffic(&text, &t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_window window = {rows[i].since ? at(rows[i].since) : PMT_NO_TIME,
                                    rows[i].until ? at(rows[i].until) : PMT_NO_TIME};
        struct world w;
        world_open_in(&w, logs, 1, window);
        if (w.findings.n != rows[i].n || w.findings.main != rows[i].main)
            fail_msg("row %zu: %zu found, main %zu", i, w.findings.n, w.findings.main);
        world_close(&w);
    }
    pmt_buf_fini(&text);
}

/* Of what crosses an edge only the part inside is found and counted. */
static void window_across_an_incident(void **state)
{
    (void)state;
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1800, .percent = 100}}};
    struct pmt_buf text = {0};
    put_traffic(&text, &t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    struct pmt_window window = {at("2022-02-26T09:21:01Z"), at("2022-02-26T09:24:00Z")};
    struct world w;
    world_open_in(&w, logs, 1, window);
    assert_int_equal(w.findings.n, 1);
    assert_main(&w, 0);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_instant(p->start, "2022-02-26T09:21:02Z");
    assert_instant(p->end, "2022-02-26T09:23:58Z");
    assert_true(p->began_before && p->ongoing);
    assert_true(p->good_before == PMT_NO_TIME && p->good_after == PMT_NO_TIME);
    assert_int_equal(p->numbers.requests, 89);
    assert_int_equal(p->numbers.failed, 89);
    assert_int_equal(p->phases[0].requests, 89);
    world_close(&w);
    pmt_buf_fini(&text);
}

static void window_across_a_backend_without_server(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    put_state(&text, NINE, "backend shop has no server available!");
    put_state(&text, NINE + 600 * PMT_SECOND, READY("shop", "web-02"));
    const struct scan_log logs[] = {
        {.path = "haproxy.log", .text = text.data, .mtime = NINE / PMT_SECOND + 3600}};
    struct pmt_window window = {NINE + 60 * PMT_SECOND, NINE + 120 * PMT_SECOND};
    struct world w;
    world_open_in(&w, logs, 1, window);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_true(p->start == window.since && p->end == window.until - 1);
    assert_true(p->began_before && p->ongoing);
    assert_true(p->phases[0].from == p->start && p->phases[0].to == p->end);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* ---- services --------------------------------------------------------------------------- */

/* The narrowest series that holds most of the failures tells it. */
static void told_by_the_narrowest(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct traffic shop = {.backend = "shop",
                           .servers = {"web-01", "web-02"},
                           .start = NINE,
                           .seconds = 3600,
                           .every = 1};
    struct traffic api = {.backend = "api",
                          .servers = {"api-1", "api-2"},
                          .start = NINE,
                          .seconds = 3600,
                          .every = 6,
                          .troubles = {{.from = 1200, .to = 2400, .percent = 100}}};
    put_traffic(&text, &shop);
    put_traffic(&text, &api);
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_int_equal(p->nservices, 1);
    assert_true(pmt_slice_is(p->services[0], "api"));
    assert_int_equal(p->numbers.requests, 201);
    assert_int_equal(p->numbers.failed, 201);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* When both fail, both are named, the one that failed most first. */
static void services_that_failed(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct traffic shop = {.backend = "shop",
                           .servers = {"web-01", "web-02"},
                           .start = NINE,
                           .seconds = 3600,
                           .every = 2,
                           .troubles = {{.from = 1200, .to = 2400, .percent = 100}}};
    struct traffic api = shop, quiet = {.backend = "mail",
                                        .servers = {"m-1", "m-2"},
                                        .start = NINE,
                                        .seconds = 3600,
                                        .every = 2};
    api.backend = "api";
    api.every = 1;
    put_traffic(&text, &shop);
    put_traffic(&text, &api);
    put_traffic(&text, &quiet);
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    assert_int_equal(w.findings.n, 1);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_int_equal(p->nservices, 2);
    assert_true(pmt_slice_is(p->services[0], "api"));
    assert_true(pmt_slice_is(p->services[1], "shop"));
    assert_int_equal(p->numbers.failed, 601 + 1201);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* With very many services none may hold a hundredth of the failures: the worst are named anyway. */
static void some_services_are_always_named(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    char name[16];
    for (int i = 0; i < 3600; i++) {
        snprintf(name, sizeof name, "b%03d", i % 200);
        put_haproxy(&text, NINE + i * PMT_SECOND, client_name((unsigned)i % 50), name, "s1",
                    i >= 1200 && i < 2400 ? 503 : 200, "/");
    }
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    assert_int_equal(w.findings.n, 1);
    assert_int_equal(w.findings.incidents[0].numbers.failed, 1200);
    assert_int_equal(w.findings.incidents[0].nservices, 3);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* ---- removals and redundancy ------------------------------------------------------------ */

static void redundancy(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int out, back;        /* seconds; back 0: never */
        const char *restored; /* "none" */
    } rows[] = {
        {"back during it", 600, 1400, "2022-02-26T09:23:20Z"},
        {"back after it", 600, 3000, "2022-02-26T09:50:00Z"},
        {"never back", 600, 0, "none"},
        {"over before it", 100, 600, "none"},
        {"begun after it", 2000, 2500, "none"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0};
        struct traffic t = {.start = NINE,
                            .seconds = 3600,
                            .every = 2,
                            .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
        struct pmt_buf states = {0};
        put_traffic(&text, &t);
        put_state(&states, NINE + rows[i].out * PMT_SECOND, GONE("shop", "web-02", "1"));
        if (rows[i].back)
            put_state(&states, NINE + rows[i].back * PMT_SECOND, READY("shop", "web-02"));
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data},
                                        {.path = "haproxy.log", .text = states.data}};
        struct world w;
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.nremovals, 1);
        assert_int_equal(w.findings.removals[0].open, !rows[i].back);
        assert_instant(w.findings.incidents[0].redundancy_restored, rows[i].restored);
        world_close(&w);
        pmt_buf_fini(&text);
        pmt_buf_fini(&states);
    }
}

/* ---- no server -------------------------------------------------------------------------- */

static void state_lines_only(void **state)
{
    (void)state;
    static const struct {
        int seconds; /* 0: never up again */
        enum pmt_grade want;
    } rows[] = {{20, PMT_GRADE_MEDIUM}, {90, PMT_GRADE_HIGH}, {0, PMT_GRADE_HIGH}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0};
        put_state(&text, NINE, "backend shop has no server available!");
        put_state(&text, NINE + 5 * PMT_SECOND, READY("api", "api-1")); /* another backend's */
        put_state(&text, NINE + 10 * PMT_SECOND, "backend shop has no server available!");
        if (rows[i].seconds)
            put_state(&text, NINE + rows[i].seconds * PMT_SECOND, READY("shop", "web-02"));
        put_state(&text, NINE + 600 * PMT_SECOND, GONE("api", "api-1", "1"));
        const struct scan_log logs[] = {
            {.path = "haproxy.log", .text = text.data, .mtime = NINE / PMT_SECOND + 3600}};
        struct world w;
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, 1);
        assert_main(&w, 0);
        const struct pmt_incident *p = &w.findings.incidents[0];
        assert_int_equal(p->kind, PMT_INCIDENT_NO_SERVER);
        assert_int_equal(p->severity, rows[i].want);
        assert_instant(p->start, "2022-02-26T09:00:00Z");
        assert_int_equal(p->ongoing, !rows[i].seconds);
        assert_true(p->end == NINE + (rows[i].seconds ? rows[i].seconds : 600) * PMT_SECOND);
        assert_null(p->flow);
        assert_int_equal(p->nphases, 1);
        assert_true(pmt_slice_is(p->services[0], "shop"));
        assert_int_equal(p->fact->places[0].line, 1);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* Several backends at once are one incident; the newest of several is drafted. */
static void backends_without_server(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    put_state(&text, NINE, "backend shop has no server available!");
    put_state(&text, NINE + PMT_SECOND, "backend api has no server available!");
    put_state(&text, NINE + 70 * PMT_SECOND, READY("shop", "web-02"));
    put_state(&text, NINE + 200 * PMT_SECOND, READY("api", "api-1"));
    put_state(&text, NINE + PMT_HOUR, "backend shop has no server available!");
    put_state(&text, NINE + PMT_HOUR + 5 * PMT_SECOND, READY("shop", "web-02"));
    const struct scan_log logs[] = {
        {.path = "haproxy.log", .text = text.data, .mtime = NINE / PMT_SECOND + 7200}};
    struct world w;
    WORLD_OPEN(&w, logs);
    assert_int_equal(w.findings.n, 2);
    const struct pmt_incident *p = &w.findings.incidents[0];
    assert_int_equal(p->nservices, 2);
    assert_true(pmt_slice_is(p->services[1], "api"));
    assert_true(p->end == NINE + 200 * PMT_SECOND);
    assert_true(p->phases[0].to == p->end);
    assert_main(&w, 1);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* Where requests were counted and none failed, nobody was hit. */
static void no_server_that_nobody_met(void **state)
{
    (void)state;
    static const struct {
        int percent; /* of the requests in it that failed */
        enum pmt_grade want;
    } rows[] = {{0, PMT_GRADE_LOW}, {20, PMT_GRADE_HIGH}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0};
        struct traffic t = {.backend = "shop",
                            .servers = {"web-01", "web-02"},
                            .start = NINE,
                            .seconds = 3600,
                            .every = 30,
                            .troubles = {{.from = 1200, .to = 1320, .percent = rows[i].percent}}};
        put_traffic(&text, &t);
        put_state(&text, NINE + 1200 * PMT_SECOND, "backend shop has no server available!");
        put_state(&text, NINE + 1320 * PMT_SECOND, READY("shop", "web-02"));
        const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data}};
        struct world w;
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, 1);
        assert_int_equal(w.findings.incidents[0].kind, PMT_INCIDENT_NO_SERVER);
        assert_int_equal(w.findings.incidents[0].severity, rows[i].want);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* ---- silence ---------------------------------------------------------------------------- */

/* An hour's requests, one each second, with none between two seconds of it. */
static void put_around(struct pmt_buf *b, int last, int first, const struct trouble *x)
{
    for (int k = 0; k < 2; k++) {
        int offset = k ? first : 0;
        struct traffic t = {.start = NINE + offset * PMT_SECOND,
                            .seconds = k ? 3600 - first : last + 1, .every = 1};
        if (x) {
            t.troubles[0] = *x;
            t.troubles[0].from -= offset;
            t.troubles[0].to -= offset;
        }
        put_traffic(b, &t);
    }
}

/* Graver where something else tells that it was real. */
static void no_line_at_all(void **state)
{
    (void)state;
    static const struct {
        bool cron, boot;
        enum pmt_grade want;
    } rows[] = {{false, false, PMT_GRADE_MEDIUM}, {true, false, PMT_GRADE_HIGH},
                {false, true, PMT_GRADE_HIGH}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0}, sys = {0};
        put_around(&text, 1800, 2400, NULL);
        for (int k = 0; k < 60; k++)
            if (rows[i].cron || k < 30 || k > 40)
                put_syslog(&sys, NINE + k * PMT_MINUTE, "web-01",
                           "systemd[1]: Started logrotate.service - Rotate log files.");
            else if (rows[i].boot && k == 38)
                put_syslog(&sys, NINE + k * PMT_MINUTE, "web-01",
                           "kernel: [    0.000000] Linux version 6.1.0-18-amd64 (gcc-12)");
        const struct scan_log logs[] = {
            {.path = "access.log", .text = text.data},
            {.path = "syslog", .text = sys.data, .mtime = NINE / PMT_SECOND + 3600}};
        struct world w;
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, 1);
        assert_main(&w, 0);
        const struct pmt_incident *p = &w.findings.incidents[0];
        assert_int_equal(p->kind, PMT_INCIDENT_SILENCE);
        assert_int_equal(p->severity, rows[i].want);
        assert_instant(p->start, "2022-02-26T09:30:00Z");
        assert_instant(p->end, "2022-02-26T09:40:00Z");
        assert_false(p->ongoing || p->began_before);
        assert_int_equal(p->nphases, 1);
        assert_int_equal(p->phases[0].kind, PMT_PHASE_NO_DATA);
        assert_in_range(p->expected, 590, 610);
        world_close(&w);
        pmt_buf_fini(&text);
        pmt_buf_fini(&sys);
    }
}

/* An incident neither ends nor begins where the log falls silent. */
static void silence_beside_errors(void **state)
{
    (void)state;
    enum { FULL = PMT_PHASE_FULL, NO_DATA = PMT_PHASE_NO_DATA };
    static const struct {
        struct trouble x;
        int start, end, n, phases[3];
    } rows[] = {
        {{.from = 1500, .to = 1800, .percent = 100}, 1500, 2400, 2, {FULL, NO_DATA}},
        {{.from = 2400, .to = 2700, .percent = 100}, 1800, 2700, 2, {NO_DATA, FULL}},
        {{.from = 1500, .to = 2700, .percent = 100}, 1500, 2700, 3, {FULL, NO_DATA, FULL}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0};
        put_around(&text, 1800, 2400, &rows[i].x);
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
        struct world w;
        WORLD_OPEN(&w, logs);
        assert_int_equal(w.findings.n, 1);
        const struct pmt_incident *p = &w.findings.incidents[0];
        assert_int_equal(p->kind, PMT_INCIDENT_ERRORS);
        assert_int_equal((p->start - NINE) / PMT_SECOND, rows[i].start);
        assert_int_equal((p->end - NINE) / PMT_SECOND, rows[i].end);
        assert_int_equal(p->nphases, rows[i].n);
        uint64_t failed = 0;
        for (size_t k = 0; k < p->nphases; k++) {
            assert_int_equal(p->phases[k].kind, rows[i].phases[k]);
            if (p->phases[k].kind == PMT_PHASE_NO_DATA) {
                assert_true(p->phases[k].from == NINE + 1800 * PMT_SECOND);
                assert_true(p->phases[k].to == NINE + 2400 * PMT_SECOND);
            }
            failed += p->phases[k].failed;
        }
        assert_int_equal(failed, p->numbers.failed);
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* Without coverage nothing is known of silence; in a window only its part is found. */
static void silence_in_a_window(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    put_around(&text, 1800, 2400, NULL);
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    struct world w;
    world_open_in(&w, logs, 1, (struct pmt_window){PMT_NO_TIME, NINE + 2000 * PMT_SECOND});
    assert_int_equal(w.findings.n, 1);
    assert_true(w.findings.incidents[0].ongoing);
    assert_true(w.findings.incidents[0].end == NINE + 2000 * PMT_SECOND - 1);
    pmt_findings_fini(&w.findings);
    pmt_findings_build(&w.findings, &w.counted, &w.facts, w.in.window, NULL);
    assert_int_equal(w.findings.n, 0);
    world_close(&w);
    pmt_buf_fini(&text);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(pmt_incident_kind_name(PMT_INCIDENT_ERRORS), "errors");
    assert_string_equal(pmt_incident_kind_name(PMT_INCIDENT_NO_SERVER), "no_server");
    assert_string_equal(pmt_grade_name(PMT_GRADE_LOW), "low");
    assert_string_equal(pmt_grade_name(PMT_GRADE_HIGH), "high");
    assert_string_equal(pmt_phase_name(PMT_PHASE_FULL), "full");
    assert_string_equal(pmt_phase_name(PMT_PHASE_NO_DATA), "no_data");
    assert_string_equal(pmt_phase_name(PMT_PHASE_WELL), "well");
    assert_string_equal(pmt_removal_kind_name(PMT_REMOVAL_DOWN), "down");
    assert_string_equal(pmt_removal_kind_name(PMT_REMOVAL_NO_TRAFFIC), "no_traffic");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_to_the_second),
        cmocka_unit_test(bounds_with_decimals),
        cmocka_unit_test(cut_off_at_the_edges),
        cmocka_unit_test(nothing_happened),
        cmocka_unit_test(full_then_partial),
        cmocka_unit_test(brief_phases_are_smoothed),
        cmocka_unit_test(phases_are_never_empty),
        cmocka_unit_test(phases_are_no_chance),
        cmocka_unit_test(grades),
        cmocka_unit_test(no_server_raises_the_grade),
        cmocka_unit_test(choice_of_the_main_one),
        cmocka_unit_test(window_of_the_user),
        cmocka_unit_test(window_across_an_incident),
        cmocka_unit_test(window_across_a_backend_without_server),
        cmocka_unit_test(told_by_the_narrowest),
        cmocka_unit_test(services_that_failed),
        cmocka_unit_test(some_services_are_always_named),
        cmocka_unit_test(redundancy),
        cmocka_unit_test(state_lines_only),
        cmocka_unit_test(backends_without_server),
        cmocka_unit_test(no_server_that_nobody_met),
        cmocka_unit_test(no_line_at_all),
        cmocka_unit_test(silence_beside_errors),
        cmocka_unit_test(silence_in_a_window),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
