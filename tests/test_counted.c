/* test_counted.c - every request of a user once, at the outermost layer that saw it. */
#include "scan_lines.h"

#include "pmt/counted.h"
#include "pmt/coverage.h"

#define DAY0 at("2022-02-26T09:00:00Z")
#define BROWSER "Mozilla/5.0 (X11; Linux x86_64; rv:97.0) Gecko/20100101 Firefox/97.0"

struct tallied {
    struct scan scan;
    struct pmt_counted counted;
};

static void count(struct tallied *t, const struct scan_log *logs, size_t n)
{
    scan_open(&t->scan, logs, n);
    scan_calibrate(&t->scan);
    pmt_counted_build(&t->counted, t->scan.sources, n, &t->scan.arena);
}
#define COUNT(t, logs) count(t, logs, sizeof(logs) / sizeof *(logs))

static void uncount(struct tallied *t)
{
    pmt_counted_fini(&t->counted);
    scan_close(&t->scan);
}

static struct pmt_numbers total(struct tallied *t)
{
    struct pmt_numbers none = {0};
    return t->counted.n ? pmt_numbers_between(t->counted.total, INT64_MIN / 2, INT64_MAX / 2)
                        : none;
}

static struct pmt_numbers of_service(struct tallied *t, const char *name)
{
    for (size_t i = 0; i < t->counted.n; i++)
        if (pmt_slice_is(t->counted.services[i].name, name))
            return pmt_numbers_between(&t->counted.services[i].flow, INT64_MIN / 2, INT64_MAX / 2);
    fail_msg("no service %s", name);
    return (struct pmt_numbers){0};
}

static uint64_t left_out(const struct tallied *t, enum pmt_left_rule rule, const char *name)
{
    for (size_t i = 0; i < t->counted.nleft; i++)
        if (t->counted.left_out[i].rule == rule && pmt_slice_is(t->counted.left_out[i].name, name))
            return t->counted.left_out[i].count;
    return 0;
}

static size_t notes(const struct tallied *t, enum pmt_count_note kind)
{
    size_t n = 0;
    for (size_t i = 0; i < t->counted.nnotes; i++)
        n += t->counted.notes[i].kind == kind;
    return n;
}

/* Request number i, five seconds apart: every tenth fails. */
static int64_t time_of(int i)
{
    return DAY0 + i * 5 * PMT_SECOND;
}

static int status_of(int i)
{
    return i % 10 == 3 ? 502 : 200;
}

static void put_path(char *path, size_t n, int i)
{
    snprintf(path, n, "/books/%d", i);
}

/* What the balancer and a web server write of requests [from, to). */
static void balancer_log(struct pmt_buf *b, int from, int to)
{
    char path[32];
    for (int i = from; i < to; i++) {
        put_path(path, sizeof path, i);
        put_haproxy(b, time_of(i), client_name((unsigned)i % 40), "shop",
                    i % 2 ? "web-01" : "web-02", status_of(i), path);
    }
}

/* parity: 0, 1: only those that the balancer gave to that server; -1: all. peer NULL: the client.
 */
static void web_log(struct pmt_buf *b, int from, int to, int parity, const char *peer)
{
    char path[32];
    for (int i = from; i < to; i++) {
        if (parity >= 0 && i % 2 != parity)
            continue;
        put_path(path, sizeof path, i);
        put_access(b, time_of(i), peer ? peer : client_name((unsigned)i % 40), path, status_of(i),
                   BROWSER);
    }
}

/* ---- layers ----------------------------------------------------------------------------- */

static void balancer_and_web_servers(void **state)
{
    (void)state;
    /* The web servers see the balancer as their peer, or (real_ip) the clients themselves. */
    static const char *const peers[] = {"10.0.0.10", NULL};
    for (size_t p = 0; p < 2; p++) {
        struct pmt_buf lb = {0}, one = {0}, two = {0};
        balancer_log(&lb, 0, 600);
        web_log(&one, 0, 600, 1, peers[p]);
        web_log(&two, 0, 600, 0, peers[p]);
        const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = lb.data},
                                        {.path = "web-01/access.log", .text = one.data},
                                        {.path = "web-02/access.log", .text = two.data}};
        struct tallied t;
        COUNT(&t, logs);
        struct pmt_numbers k = total(&t);
        assert_int_equal(k.requests, 600);
        assert_int_equal(k.failed, 60);
        assert_int_equal(k.clients, 40);
        assert_int_equal(t.counted.n, 1);
        assert_true(t.counted.layers[PMT_LAYER_HAPROXY]);
        assert_false(t.counted.layers[PMT_LAYER_NGINX]);
        assert_int_equal(notes(&t, PMT_NOTE_THROUGH_BALANCER), 2);
        /* The balancer's own stamps count: milliseconds. */
        assert_int_equal(t.counted.decimals, 3);
        uncount(&t);
        pmt_buf_fini(&lb);
        pmt_buf_fini(&one);
        pmt_buf_fini(&two);
    }
}

/* An hour of the balancer's log is missing: the web servers' logs stand in, for that hour. */
static void stands_in_where_the_balancer_is_silent(void **state)
{
    (void)state;
    struct pmt_buf lb = {0}, web = {0};
    balancer_log(&lb, 0, 360);
    balancer_log(&lb, 1080, 1440);
    web_log(&web, 0, 1440, -1, "10.0.0.10");
    const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = lb.data},
                                    {.path = "web-01/access.log", .text = web.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(total(&t).requests, 1440);
    assert_int_equal(of_service(&t, "shop").requests, 720);
    assert_int_equal(of_service(&t, "web-01/access.log").requests, 720);
    assert_int_equal(of_service(&t, "web-01/access.log").failed, 72);
    assert_int_equal(notes(&t, PMT_NOTE_THROUGH_BALANCER), 1);
    uncount(&t);
    pmt_buf_fini(&lb);
    pmt_buf_fini(&web);
}

/* A silence of a few minutes is a quiet night, not a lost log. */
static void a_short_silence_is_covered(void **state)
{
    (void)state;
    struct pmt_buf lb = {0}, web = {0};
    balancer_log(&lb, 0, 360);
    balancer_log(&lb, 420, 720); /* five minutes later */
    web_log(&web, 0, 720, -1, "10.0.0.10");
    const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = lb.data},
                                    {.path = "web-01/access.log", .text = web.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(total(&t).requests, 660);
    uncount(&t);
    pmt_buf_fini(&lb);
    pmt_buf_fini(&web);
}

/* Lines cut out of the balancer's log at a busy time, no longer than a quiet night's silence: the
 * web servers' logs stand in there, too, but for the two minutes of its edges. */
static void stands_in_where_lines_were_cut(void **state)
{
    (void)state;
    for (int cut = 0; cut < 2; cut++) {
        struct pmt_buf lb = {0}, web = {0};
        balancer_log(&lb, 0, cut ? 366 : 480); /* 09:30:25 */
        balancer_log(&lb, cut ? 474 : 480, 840); /* 09:39:30 */
        web_log(&web, 0, 840, -1, NULL); /* real_ip: it knows the clients */
        const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = lb.data},
                                        {.path = "web-01/access.log", .text = web.data}};
        struct tallied t;
        struct pmt_coverage cov;
        scan_open(&t.scan, logs, 2);
        scan_calibrate(&t.scan);
        pmt_coverage_build(&cov, t.scan.sources, 2, &t.scan.arena);
        assert_int_equal(t.scan.sources[0].ngaps, cut);
        pmt_counted_build(&t.counted, t.scan.sources, 2, &t.scan.arena);
        int64_t from = at("2022-02-26T09:31:00Z"), to = at("2022-02-26T09:39:00Z") - 1;
        struct pmt_numbers inside = pmt_numbers_between(t.counted.total, from / PMT_SECOND,
                                                        to / PMT_SECOND);
        assert_int_equal(inside.requests, 96);
        assert_int_equal(inside.failed, 10);
        assert_int_equal(total(&t).requests, cut ? 840 - 12 : 840);
        assert_int_equal(total(&t).failed, cut ? 84 - 1 : 84);
        assert_int_equal(total(&t).clients, 40);
        uncount(&t);
        pmt_buf_fini(&lb);
        pmt_buf_fini(&web);
    }
}

/* Where one balancer's log was cut the other's still covers. */
static void covered_by_the_other_balancer(void **state)
{
    (void)state;
    struct pmt_buf one = {0}, two = {0}, web = {0};
    balancer_log(&one, 0, 366);
    balancer_log(&one, 474, 840);
    char path[32];
    for (int i = 0; i < 840; i++) {
        snprintf(path, sizeof path, "/other/%d", i);
        put_haproxy(&two, time_of(i), client_name((unsigned)i % 40), "shop", "web-01", 200, path);
    }
    web_log(&web, 0, 840, -1, "10.0.0.10");
    const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = one.data},
                                    {.path = "lb-02/haproxy.log", .text = two.data},
                                    {.path = "web-01/access.log", .text = web.data}};
    struct tallied t;
    struct pmt_coverage cov;
    scan_open(&t.scan, logs, 3);
    scan_calibrate(&t.scan);
    pmt_coverage_build(&cov, t.scan.sources, 3, &t.scan.arena);
    assert_int_equal(t.scan.sources[0].ngaps, 1);
    pmt_counted_build(&t.counted, t.scan.sources, 3, &t.scan.arena);
    assert_int_equal(total(&t).requests, 732 + 840);
    uncount(&t);
    pmt_buf_fini(&one);
    pmt_buf_fini(&two);
    pmt_buf_fini(&web);
}

/* An nginx that many other clients talk to directly is a service of its own. */
static void unrelated_nginx(void **state)
{
    (void)state;
    struct pmt_buf lb = {0}, web = {0};
    balancer_log(&lb, 0, 600);
    for (int i = 0; i < 900; i++) /* more than the balancer has, from other clients */
        put_access(&web, DAY0 + i * 3 * PMT_SECOND, client_name(100 + (unsigned)i % 50), "/blog",
                   i % 9 ? 200 : 500, BROWSER);
    const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = lb.data},
                                    {.path = "blog/access.log", .text = web.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(t.counted.n, 2);
    assert_int_equal(of_service(&t, "shop").requests, 600);
    assert_int_equal(of_service(&t, "blog/access.log").requests, 900);
    assert_int_equal(of_service(&t, "blog/access.log").failed, 100);
    assert_int_equal(total(&t).requests, 1500);
    assert_int_equal(total(&t).clients, 90);
    assert_int_equal(notes(&t, PMT_NOTE_THROUGH_BALANCER), 0);
    uncount(&t);
    pmt_buf_fini(&lb);
    pmt_buf_fini(&web);
}

/* Next to nothing in common: nothing shows that it came through the balancer. */
static void too_little_to_tell(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    put_haproxy(&text, DAY0, client_name(1), "shop", "web-01", 200, "/a");
    put_access(&text, DAY0 + PMT_SECOND, client_name(2), "/b", 200, BROWSER);
    put_access(&text, DAY0 + 2 * PMT_SECOND, client_name(3), "/c", 500, BROWSER);
    const struct scan_log logs[] = {{.path = "mixed.log", .text = text.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(total(&t).requests, 3);
    assert_int_equal(t.counted.nnotes, 0);
    uncount(&t);
    pmt_buf_fini(&text);
}

static void no_balancer_at_all(void **state)
{
    (void)state;
    struct pmt_buf one = {0}, two = {0};
    web_log(&one, 0, 300, 1, NULL);
    web_log(&two, 0, 300, 0, NULL);
    const struct scan_log logs[] = {{.path = "web-01/access.log", .text = one.data},
                                    {.path = "web-02/access.log", .text = two.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(t.counted.n, 2);
    assert_int_equal(total(&t).requests, 300);
    assert_int_equal(total(&t).failed, 30);
    assert_int_equal(total(&t).clients, 40);
    uncount(&t);
    pmt_buf_fini(&one);
    pmt_buf_fini(&two);
}

/* Servers of a backend: what the removals are told by. */
static void uses_of_servers(void **state)
{
    (void)state;
    struct pmt_buf lb = {0};
    balancer_log(&lb, 0, 100);
    const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = lb.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(t.counted.nuses, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(pmt_slice_is(t.counted.uses[i].backend, "shop"));
        struct pmt_series_iter it = pmt_series_iter(&t.counted.uses[i].series);
        struct pmt_counts c;
        int64_t sec;
        uint64_t n = 0;
        while (pmt_series_next(&it, &sec, &c))
            n += c.c[PMT_ALL];
        assert_int_equal(n, 50);
    }
    uncount(&t);
    pmt_buf_fini(&lb);
}

/* Two balancers have servers of the same names; each one's log, in two files, is one. */
static void uses_by_balancer(void **state)
{
    (void)state;
    struct pmt_buf one = {0}, more = {0}, other = {0};
    balancer_log(&one, 0, 100);
    balancer_log(&more, 100, 200);
    balancer_log(&other, 0, 100);
    for (char *p = other.data; (p = strstr(p, " lb-01 ")); p++)
        memcpy(p, " lb-02 ", 7);
    const struct scan_log logs[] = {
        {.path = "lb-01/haproxy.log.1", .family = "lb-01/haproxy.log", .text = one.data},
        {.path = "lb-01/haproxy.log", .family = "lb-01/haproxy.log", .text = more.data},
        {.path = "lb-02/haproxy.log", .text = other.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(t.counted.nuses, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct pmt_use *u = &t.counted.uses[i];
        assert_true(pmt_slice_is(u->host, i < 2 ? "lb-01" : "lb-02"));
        assert_true(pmt_slice_is(u->server, i % 2 ? "web-02" : "web-01"));
        assert_int_equal(u->nspells, 1);
        assert_int_equal(u->spells[0].first, time_of(i % 2 ? 0 : 1));
        assert_int_equal(u->spells[0].last, time_of((i < 2 ? 198 : 98) + (i % 2 ? 0 : 1)));
        assert_int_equal(u->spells[0].first_source, i < 2 ? 0 : 2);
        assert_int_equal(u->spells[0].last_source, i < 2 ? 1 : 2);
        assert_int_equal(u->spells[0].last_line, i % 2 ? 99 : 100);
    }
    uncount(&t);
    pmt_buf_fini(&one);
    pmt_buf_fini(&more);
    pmt_buf_fini(&other);
}

/* ---- copies ----------------------------------------------------------------------------- */

static void copies(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *paths[3], *families[3];
        int from[3], to[3]; /* to 0: no such log */
        int want;
    } rows[] = {
        {"the same file twice",
         {"a/access.log", "b/access.log"},
         {NULL, NULL},
         {0, 0},
         {600, 600},
         600},
        {"a copy of the first half",
         {"a/access.log", "b/access.log"},
         {NULL, NULL},
         {0, 0},
         {600, 301},
         600},
        {"a copy that was cut within a minute",
         {"a/access.log", "b/access.log"},
         {NULL, NULL},
         {0, 5},
         {305, 600},
         600},
        {"an overlap of one minute, at both edges",
         {"a/access.log", "b/access.log"},
         {NULL, NULL},
         {0, 288},
         {300, 600},
         600},
        {"three, each over the next",
         {"a/access.log", "b/access.log", "c/access.log"},
         {NULL, NULL, NULL},
         {0, 150, 380},
         {240, 480, 600},
         600},
        {"a rotation that was packed and left",
         {"access.log.1", "access.log.1.gz", "access.log"},
         {"access.log", "access.log", "access.log"},
         {0, 0, 300},
         {300, 300, 600},
         600},
        {"two rotations that share a minute",
         {"access.log.1", "access.log"},
         {"access.log", "access.log"},
         {0, 303},
         {303, 600},
         600},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text[3] = {{0}, {0}, {0}};
        struct scan_log logs[3];
        size_t n = 0;
        for (; n < 3 && rows[i].to[n]; n++) {
            web_log(&text[n], rows[i].from[n], rows[i].to[n], -1, NULL);
            logs[n] = (struct scan_log){
                .path = rows[i].paths[n], .family = rows[i].families[n], .text = text[n].data};
        }
        struct tallied t;
        count(&t, logs, n);
        struct pmt_numbers k = total(&t);
        if (k.requests != (uint64_t)rows[i].want || k.failed != (uint64_t)rows[i].want / 10)
            fail_msg("%s: %llu requests, %llu failed", rows[i].what, (unsigned long long)k.requests,
                     (unsigned long long)k.failed);
        uncount(&t);
        for (size_t m = 0; m < 3; m++)
            pmt_buf_fini(&text[m]);
    }
}

/* Two copies of the balancer's log, and the web server behind it. */
static void copies_of_the_balancer(void **state)
{
    (void)state;
    struct pmt_buf lb = {0}, half = {0}, web = {0};
    balancer_log(&lb, 0, 600);
    balancer_log(&half, 200, 400);
    web_log(&web, 0, 600, -1, "10.0.0.10");
    const struct scan_log logs[] = {{.path = "a/haproxy.log", .text = half.data},
                                    {.path = "b/haproxy.log", .text = lb.data},
                                    {.path = "web-01/access.log", .text = web.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(total(&t).requests, 600);
    assert_int_equal(notes(&t, PMT_NOTE_COPY), 1);
    assert_string_equal(t.counted.notes[0].log, "a/haproxy.log");
    assert_string_equal(t.counted.notes[0].other, "b/haproxy.log");
    uncount(&t);
    pmt_buf_fini(&lb);
    pmt_buf_fini(&half);
    pmt_buf_fini(&web);
}

/* Web servers that are asked the same at the same pace are no copies of each other. */
static void similar_is_no_copy(void **state)
{
    (void)state;
    struct pmt_buf one = {0}, two = {0};
    for (int i = 0; i < 300; i++) {
        put_access(&one, time_of(i), client_name(1), "/", 200, BROWSER);
        put_access(&two, time_of(i), client_name(2), "/", 200, BROWSER);
    }
    const struct scan_log logs[] = {{.path = "a/access.log", .text = one.data},
                                    {.path = "b/access.log", .text = two.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(total(&t).requests, 600);
    assert_int_equal(t.counted.nnotes, 0);
    uncount(&t);
    pmt_buf_fini(&one);
    pmt_buf_fini(&two);
}

/* The order of the sources does not matter. */
static void order_of_sources(void **state)
{
    (void)state;
    struct pmt_buf lb = {0}, web = {0}, copy = {0};
    balancer_log(&lb, 0, 300);
    web_log(&web, 0, 600, -1, NULL);
    web_log(&copy, 100, 450, -1, NULL);
    const struct scan_log logs[] = {{.path = "lb-01/haproxy.log", .text = lb.data},
                                    {.path = "web-01/access.log", .text = web.data},
                                    {.path = "copy/access.log", .text = copy.data}};
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < 6; i++) {
        struct scan_log shuffled[3];
        for (size_t k = 0; k < 3; k++)
            shuffled[k] = logs[orders[i][k]];
        struct tallied t;
        COUNT(&t, shuffled);
        assert_int_equal(total(&t).requests, 600);
        assert_int_equal(total(&t).failed, 60);
        assert_int_equal(t.counted.n, 2);
        assert_true(pmt_slice_is(t.counted.services[0].name, "shop"));
        uncount(&t);
    }
    pmt_buf_fini(&lb);
    pmt_buf_fini(&web);
    pmt_buf_fini(&copy);
}

/* ---- health checks ---------------------------------------------------------------------- */

static void checks_by_agent(void **state)
{
    (void)state;
    struct pmt_buf web = {0};
    web_log(&web, 0, 300, -1, NULL);
    for (int i = 0; i < 25; i++)
        put_access(&web, time_of(299) + i * PMT_MINUTE, "192.0.2.50", "/health", 500,
                   "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)");
    for (int i = 0; i < 7; i++) /* irregular, and known all the same */
        put_access(&web, time_of(299) + i * i * PMT_MINUTE, "192.0.2.51", "/", 200,
                   "kube-probe/1.22");
    const struct scan_log logs[] = {{.path = "access.log", .text = web.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(total(&t).requests, 300);
    assert_int_equal(total(&t).failed, 30);
    assert_int_equal(left_out(&t, PMT_LEFT_AGENT, "UptimeRobot"), 25);
    assert_int_equal(t.counted.nleft, 2);
    uncount(&t);
    pmt_buf_fini(&web);
}

/* No agent, one peer, one path, a constant interval. Everything else without an agent counts. */
static void checks_by_rhythm(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int n;      /* requests */
        int every;  /* seconds */
        int jitter; /* added to every jitter-th gap */
        bool check;
    } rows[] = {
        {"every two seconds", 200, 2, 0, true},
        {"every five minutes", 30, 300, 0, true},
        {"every minute, now and then late", 60, 60, 7, true},
        {"too few to tell", 8, 10, 0, false},
        {"a person reloading a page", 40, 10, 2, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf web = {0};
        int64_t when = DAY0;
        web_log(&web, 0, 300, -1, NULL);
        for (int k = 0; k < rows[i].n; k++) {
            put_access(&web, when, "10.0.0.10", "/health?from=lb", k % 2 ? 200 : 503, "-");
            when += rows[i].every * PMT_SECOND;
            if (rows[i].jitter && k % rows[i].jitter == 0)
                when += (3 + k * k % 37) * PMT_SECOND;
        }
        const struct scan_log logs[] = {{.path = "access.log", .text = web.data}};
        struct tallied t;
        COUNT(&t, logs);
        uint64_t n = (uint64_t)rows[i].n;
        if (left_out(&t, PMT_LEFT_RHYTHM, "/health?from=lb") != (rows[i].check ? n : 0) ||
            total(&t).requests != 300 + (rows[i].check ? 0 : n))
            fail_msg("%s: %llu left out, %llu counted", rows[i].what,
                     (unsigned long long)left_out(&t, PMT_LEFT_RHYTHM, "/health?from=lb"),
                     (unsigned long long)total(&t).requests);
        uncount(&t);
        pmt_buf_fini(&web);
    }
}

/* Two servers checked by the same peer: each has its own rhythm, though both share a clock. And
 * behind a balancer they are still found, though its log covers them. */
static void checks_of_two_servers(void **state)
{
    (void)state;
    for (int covered = 0; covered < 2; covered++) {
        struct pmt_buf lb = {0}, one = {0}, two = {0};
        balancer_log(&lb, 0, 600);
        web_log(&one, 0, 600, 1, "10.0.0.10");
        web_log(&two, 0, 600, 0, "10.0.0.10");
        for (int k = 0; k < 40; k++) {
            put_access(&one, DAY0 + k * 30 * PMT_SECOND, "10.0.0.10", "/health", 200, "-");
            put_access(&two, DAY0 + k * 30 * PMT_SECOND + 7 * PMT_SECOND, "10.0.0.10", "/health",
                       200, "-");
        }
        const struct scan_log logs[] = {{.path = "web-01/access.log", .text = one.data},
                                        {.path = "web-02/access.log", .text = two.data},
                                        {.path = "lb-01/haproxy.log", .text = lb.data}};
        struct tallied t;
        count(&t, logs, covered ? 3 : 2);
        assert_int_equal(total(&t).requests, 600);
        assert_int_equal(left_out(&t, PMT_LEFT_RHYTHM, "/health"), 80);
        assert_int_equal(t.counted.nleft, 1);
        uncount(&t);
        pmt_buf_fini(&lb);
        pmt_buf_fini(&one);
        pmt_buf_fini(&two);
    }
}

/* What has no agent and no rhythm goes back to its service, but not where the balancer counts it.
 */
static void no_agent_is_no_crime(void **state)
{
    (void)state;
    struct pmt_buf lb = {0}, web = {0};
    int64_t when = DAY0;
    balancer_log(&lb, 0, 600);
    web_log(&web, 0, 600, -1, "10.0.0.10");
    for (int k = 0; k < 30; k++) { /* through the balancer, and in its log */
        when += (1 + k * k % 17) * PMT_SECOND;
        put_access(&web, when, "10.0.0.10", "/feed", 200, "-");
        put_haproxy(&lb, when, client_name(77), "shop", "web-01", 200, "/feed");
    }
    const struct scan_log logs[] = {{.path = "web-01/access.log", .text = web.data},
                                    {.path = "lb-01/haproxy.log", .text = lb.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(total(&t).requests, 630);
    assert_int_equal(t.counted.nleft, 0);
    uncount(&t);
    pmt_buf_fini(&lb);
    pmt_buf_fini(&web);
}

/* Checks in a log that is there twice are left out once. */
static void checks_in_copies(void **state)
{
    (void)state;
    struct pmt_buf web = {0};
    web_log(&web, 0, 300, -1, NULL);
    for (int k = 0; k < 40; k++)
        put_access(&web, DAY0 + k * 30 * PMT_SECOND, "10.0.0.10", "/health", 200, "-");
    const struct scan_log logs[] = {{.path = "a/access.log", .text = web.data},
                                    {.path = "b/access.log", .text = web.data}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(total(&t).requests, 300);
    assert_int_equal(left_out(&t, PMT_LEFT_RHYTHM, "/health"), 40);
    uncount(&t);
    pmt_buf_fini(&web);
}

/* ---- clients ---------------------------------------------------------------------------- */

/* Behind a balancer the first address of X-Forwarded-For is the client; a public peer is its own.
 */
static void forwarded_for(void **state)
{
    (void)state;
    static const char *const tails[] = {"", ", 10.1.2.3", ", 10.1.2.3, 192.168.0.1"};
    for (int proxied = 0; proxied < 2; proxied++) {
        struct pmt_buf web = {0};
        for (int i = 0; i < 300; i++) {
            pmt_buf_printf(&web, "%s - - [", proxied ? "10.0.0.10" : "203.0.113.250");
            put_clf_time(&web, time_of(i));
            pmt_buf_printf(&web, " +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"%s\" \"%s%s\"\n",
                           BROWSER, client_name((unsigned)i % 30), tails[i % 3]);
        }
        const struct scan_log logs[] = {{.path = "access.log", .text = web.data}};
        struct tallied t;
        COUNT(&t, logs);
        assert_int_equal(total(&t).requests, 300);
        assert_int_equal(total(&t).clients, proxied ? 30 : 1);
        uncount(&t);
        pmt_buf_fini(&web);
    }
}

static void nothing_to_count(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "syslog",
         .text = "2022-02-26T12:00:07+00:00 web-02 cron[4]: (root) CMD (true)\n"}};
    struct tallied t;
    COUNT(&t, logs);
    assert_int_equal(t.counted.n, 0);
    assert_int_equal(total(&t).requests, 0);
    assert_int_equal(t.counted.nleft + t.counted.nnotes, 0);
    uncount(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balancer_and_web_servers),
        cmocka_unit_test(stands_in_where_the_balancer_is_silent),
        cmocka_unit_test(a_short_silence_is_covered),
        cmocka_unit_test(stands_in_where_lines_were_cut),
        cmocka_unit_test(covered_by_the_other_balancer),
        cmocka_unit_test(unrelated_nginx),
        cmocka_unit_test(too_little_to_tell),
        cmocka_unit_test(no_balancer_at_all),
        cmocka_unit_test(uses_of_servers),
        cmocka_unit_test(uses_by_balancer),
        cmocka_unit_test(copies),
        cmocka_unit_test(copies_of_the_balancer),
        cmocka_unit_test(similar_is_no_copy),
        cmocka_unit_test(order_of_sources),
        cmocka_unit_test(checks_by_agent),
        cmocka_unit_test(checks_by_rhythm),
        cmocka_unit_test(checks_of_two_servers),
        cmocka_unit_test(no_agent_is_no_crime),
        cmocka_unit_test(checks_in_copies),
        cmocka_unit_test(forwarded_for),
        cmocka_unit_test(nothing_to_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
