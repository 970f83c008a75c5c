/* test_calibrate_skew.c - hosts whose clocks differ, found from requests that the balancer and the
 * web server both logged; and everything else those clocks stamped. */
#include "scan_lines.h"

#include "calibrate_skew_parts.h"

#define S PMT_SECOND
#define NINE at("2022-02-26T09:00:00Z")

/* ---- a shop of which the truth is known ------------------------------------------------- */

/* How far a clock is ahead, so long after the story began. */
typedef int64_t truth(int64_t since);

static int64_t right(int64_t since)
{
    (void)since;
    return 0;
}
static int64_t ninety(int64_t since)
{
    (void)since;
    return 90 * S;
}
static int64_t behind(int64_t since)
{
    (void)since;
    return -7 * S;
}
static int64_t an_hour(int64_t since)
{
    (void)since;
    return PMT_HOUR;
}
static int64_t drifts(int64_t since) /* 20 s a day */
{
    return since / 4320;
}
#define STEP (5 * PMT_HOUR + 1001 * S)
static int64_t is_set(int64_t since)
{
    return since < STEP ? 41 * S : 0;
}

struct site {
    struct pmt_buf lb[2], web[2], error[2];
};

static void site_fini(struct site *x)
{
    for (int i = 0; i < 2; i++) {
        pmt_buf_fini(&x->lb[i]);
        pmt_buf_fini(&x->web[i]);
        pmt_buf_fini(&x->error[i]);
    }
}

/* Without an envelope when no host is given. */
static void put_balancer(struct pmt_buf *b, int64_t t, const char *host, unsigned i, int status)
{
    if (host) {
        put_bsd_time(b, t + 40 * 1000);
        pmt_buf_printf(b, " %s haproxy[1123]: ", host);
    }
    pmt_buf_printf(b, "%s:40967 [", client_name(i));
    put_clf_time(b, t);
    pmt_buf_printf(b, ".%03d] www shop/web-0%d 0/0/0/38/40 %d 347 - - ---- 5/5/4/4/0 0/0 "
                      "\"GET /item/%u HTTP/1.1\"\n",
                   (int)(t % S / 1000), 1 + (int)(i % 2), status, i);
}

static void put_error(struct pmt_buf *b, int64_t wall, unsigned i)
{
    struct civil c = civil_of(wall);
    pmt_buf_printf(b, "%04d/%02d/%02d %02d:%02d:%02d [error] 811#811: *%u connect() failed (111: "
                      "Connection refused) while connecting to upstream, client: %s, server: "
                      "shop.example, request: \"GET /item/%u HTTP/1.1\", upstream: "
                      "\"http://127.0.0.1:8000/item/%u\", host: \"shop.example\"\n",
                   c.year, c.month, c.day, c.hour, c.minute, c.second, i, client_name(i), i, i);
}

/* Of request i: which balancer took it, which web server answered, when did it begin. */
struct path {
    unsigned first, n;   /* requests of this stretch */
    int64_t every;
    int lb, web;         /* 0 or 1; -1: in turn */
    const char *host[2]; /* of the balancers */
    truth *ahead[2];     /* of the web servers */
    truth *lb_ahead[2];  /* of the balancers; NULL: right */
};

static int64_t begins(const struct path *p, unsigned i)
{
    return NINE + (int64_t)(i - p->first) * p->every + (int64_t)(i * 373 % 1000) * 1000;
}

static void put_requests(struct site *x, const struct path *p)
{
    for (unsigned i = p->first; i < p->first + p->n; i++) {
        int64_t t = begins(p, i), end = t + 40 * 1000;
        int lb = p->lb < 0 ? (int)(i % 2) : p->lb, web = p->web < 0 ? (int)(i / 2 % 2) : p->web;
        int status = i % 9 == 4 ? 502 : 200;
        truth *lb_ahead = p->lb_ahead[lb] ? p->lb_ahead[lb] : right;
        put_balancer(&x->lb[lb], t + lb_ahead(t - NINE), p->host[lb], i, status);
        int64_t own = end + p->ahead[web](t - NINE);
        if (status == 502)
            put_error(&x->error[web], own, i);
        char item[32];
        snprintf(item, sizeof item, "/item/%u", i);
        put_access(&x->web[web], own, client_name(i), item, status, "Mozilla/5.0");
    }
}

/* ---- what is asked of all --------------------------------------------------------------- */

static const struct pmt_skew *skew_of(const struct scan *s, size_t source)
{
    const struct pmt_skew *skew = scan_map(s, source)->skew;
    const struct pmt_scanned *x = &s->sources[source];
    for (size_t c = 0; c < x->tally->nclocks; c++) /* one clock, however many stamps */
        for (size_t k = 0; k < x->tally->clocks[c].n; k++)
            assert_ptr_equal(x->maps[c][k].skew, skew);
    return skew;
}

static void assert_skew(const struct scan *s, size_t source, const char *whose, const char *against,
                        int64_t median, bool corrected)
{
    const struct pmt_skew *skew = skew_of(s, source);
    assert_non_null(skew);
    assert_true(pmt_slice_is(skew->whose, whose));
    assert_true(pmt_slice_is(skew->against, against));
    assert_true(skew->matched >= PMT_SKEW_MIN);
    assert_int_equal(skew->corrected, corrected);
    assert_true(skew->least <= skew->median && skew->median <= skew->most);
    if (llabs(skew->median - median) > S / 3)
        fail_msg("median %lld us", (long long)skew->median);
}

/* The worst error over all requests, of those the clock did not show twice. */
static int64_t worst(const struct scan *s, size_t source, const struct path *p, int web)
{
    const struct pmt_map *m = scan_map(s, source);
    int64_t most = 0;
    for (unsigned i = p->first; i < p->first + p->n; i++) {
        int64_t end = begins(p, i) + 40 * 1000, own = end + p->ahead[web](end - NINE);
        if (p->ahead[web] == is_set && llabs(end - NINE - STEP) < 100 * S)
            continue;
        int64_t off = llabs(pmt_map_utc(m, own - own % S) - end);
        most = off > most ? off : most;
    }
    return most;
}

/* A later stamp never gives an earlier instant; how often it does all the same. */
static size_t count_backwards(const struct pmt_map *m, int64_t from, int64_t to)
{
    size_t n = 0;
    for (int64_t wall = from; wall < to; wall += S)
        n += pmt_map_utc(m, wall + S) < pmt_map_utc(m, wall);
    return n;
}

/* ---- one host --------------------------------------------------------------------------- */

static void a_named_host_and_its_logs(void **state)
{
    (void)state;
    /* The balancer's stamps have no zone: that the web server's is wrong by an hour is known only
     * when somebody says what the balancer's is. */
    static const struct {
        truth *ahead;
        bool corrected, told;
    } rows[] = {{ninety, true, false}, {behind, true, false}, {an_hour, true, true},
                {right, false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct site x = {0};
        struct path p = {.n = 120, .every = 20 * S, .host = {"lb-01"}, .ahead = {rows[i].ahead}};
        struct pmt_buf kern = {0};
        struct scan s;
        put_requests(&x, &p);
        put_syslog(&kern, NINE + PMT_MINUTE + rows[i].ahead(0), "web-01", "kernel: oom-killer");
        const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = x.lb[0].data},
                                        {.path = "web-01/access.log", .text = x.web[0].data},
                                        {.path = "web-01/error.log", .text = x.error[0].data},
                                        {.path = "web-01/kern.log", .text = kern.data}};
        SCAN_OPEN(&s, logs);
        if (rows[i].told)
            scan_assume(&s, NULL, "UTC");
        scan_calibrate(&s);
        assert_null(skew_of(&s, 0));
        for (size_t k = 1; k < 4; k++) {
            assert_skew(&s, k, "web-01", "lb-01", rows[i].ahead(0), rows[i].corrected);
            assert_ptr_equal(skew_of(&s, k), skew_of(&s, 1));
        }
        assert_int_equal(skew_of(&s, 1)->n, 1);
        assert_true(skew_of(&s, 1)->matched > 100);
        assert_true(worst(&s, 1, &p, 0) <= S);
        assert_instant(s.sources[3].first, "2022-02-26T09:01:00Z");
        scan_close(&s);
        pmt_buf_fini(&kern);
        site_fini(&x);
    }
}

/* Nobody names a host. The error log holds what the access log holds, wherever it lies; what else
 * lies in a folder with one log of requests is that machine's. */
static void nameless_hosts(void **state)
{
    (void)state;
    struct site x = {0};
    struct path p = {.n = 120, .every = 20 * S, .ahead = {ninety}};
    struct scan s;
    put_requests(&x, &p);
    const struct scan_log logs[] = {
        {.path = "a/access.log", .text = x.web[0].data},
        {.path = "a/dpkg.log",
         .text = "2022-02-26 09:02:00 status half-configured nginx:amd64 1.22.1-9\n"},
        {.path = "b/dpkg.log",
         .text = "2022-02-26 09:02:00 status half-configured nginx:amd64 1.22.1-9\n"},
        {.path = "b/haproxy.log", .text = x.lb[0].data},
        {.path = "c/error.log", .text = x.error[0].data},
    };
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_skew(&s, 0, "a/access.log", "b/haproxy.log", 90 * S, true);
    assert_ptr_equal(skew_of(&s, 1), skew_of(&s, 0));
    assert_instant(s.sources[1].first, "2022-02-26T09:00:30Z");
    assert_null(skew_of(&s, 2));
    assert_null(skew_of(&s, 3));
    assert_ptr_equal(skew_of(&s, 4), skew_of(&s, 0));
    scan_close(&s);
    site_fini(&x);
}

/* A balancer's log and a web server's, side by side, are not one machine's; what lies beside them
 * could be either's, but for the error log. */
static void one_folder(void **state)
{
    (void)state;
    struct site x = {0};
    struct path p = {.n = 120, .every = 20 * S, .ahead = {ninety}};
    struct scan s;
    put_requests(&x, &p);
    const struct scan_log logs[] = {
        {.path = "access.log", .text = x.web[0].data},
        {.path = "dpkg.log",
         .text = "2022-02-26 09:02:00 status half-configured nginx:amd64 1.22.1-9\n"},
        {.path = "error.log", .text = x.error[0].data},
        {.path = "haproxy.log", .text = x.lb[0].data},
    };
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_skew(&s, 0, "access.log", "haproxy.log", 90 * S, true);
    assert_null(skew_of(&s, 1));
    assert_ptr_equal(skew_of(&s, 2), skew_of(&s, 0));
    assert_null(skew_of(&s, 3));
    scan_close(&s);
    site_fini(&x);
}

/* An error log of another clock than the access log's, though both tell of the same requests. */
static void an_error_log_elsewhere(void **state)
{
    (void)state;
    struct site x = {0}, y = {0};
    struct path p = {.n = 120, .every = 20 * S, .ahead = {ninety}}, q = p;
    struct scan s;
    q.ahead[0] = right;
    put_requests(&x, &p);
    put_requests(&y, &q);
    const struct scan_log logs[] = {{.path = "a/access.log", .text = x.web[0].data},
                                    {.path = "b/haproxy.log", .text = x.lb[0].data},
                                    {.path = "c/error.log", .text = y.error[0].data}};
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_non_null(skew_of(&s, 0));
    assert_null(skew_of(&s, 2));
    scan_close(&s);
    site_fini(&x);
    site_fini(&y);
}

/* ---- clocks that move ------------------------------------------------------------------- */

static void drift(void **state)
{
    (void)state;
    struct site x = {0};
    struct path p = {.n = 4 * 720, .every = 120 * S, .host = {"lb-01"}, .ahead = {drifts}};
    struct scan s;
    put_requests(&x, &p);
    const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = x.lb[0].data},
                                    {.path = "web-01/access.log", .text = x.web[0].data}};
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_skew(&s, 1, "web-01", "lb-01", 40 * S, true);
    assert_true(skew_of(&s, 1)->least < S && skew_of(&s, 1)->most > 79 * S);
    assert_true(worst(&s, 1, &p, 0) < 2 * S);
    assert_int_equal(count_backwards(scan_map(&s, 1), NINE, NINE + 4 * PMT_DAY), 0);
    scan_close(&s);
    site_fini(&x);
}

static void a_step(void **state)
{
    (void)state;
    for (int said = 0; said < 2; said++) {
        struct site x = {0};
        struct path p = {.n = 1500, .every = 24 * S, .host = {"lb-01"}, .ahead = {is_set}};
        struct pmt_buf syslog = {0};
        struct scan s;
        put_requests(&x, &p);
        put_syslog(&syslog, NINE + 41 * S, "web-01", "kernel: up");
        put_syslog(&syslog, NINE + STEP, "web-01",
                   said ? "chronyd[612]: System clock was stepped by -41.000213 seconds"
                        : "kernel: still up");
        const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = x.lb[0].data},
                                        {.path = "web-01/access.log", .text = x.web[0].data},
                                        {.path = "web-01/syslog", .text = syslog.data}};
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        const struct pmt_skew *skew = skew_of(&s, 1);
        assert_true(skew && skew->corrected);
        assert_true(llabs(skew->least) < S && llabs(skew->most - 41 * S) < S);
        assert_true(worst(&s, 1, &p, 0) <= S);
        size_t k = 1;
        while (k < skew->n && skew->knots[k].at != skew->knots[k - 1].at + 1)
            k++;
        assert_true(k < skew->n);
        if (said) {
            assert_true(skew->knots[k].at == NINE + STEP);
            assert_instant(s.sources[2].last, "2022-02-26T14:16:41Z");
        } else {
            assert_true(llabs(skew->knots[k].at - NINE - STEP) <= 60 * S);
        }
        assert_instant(s.sources[2].first, "2022-02-26T09:00:00Z");
        assert_int_equal(count_backwards(scan_map(&s, 1), NINE, NINE + 10 * PMT_HOUR), 0);
        scan_close(&s);
        pmt_buf_fini(&syslog);
        site_fini(&x);
    }
}

static int64_t is_set_far(int64_t since)
{
    return since < STEP ? 20 * PMT_MINUTE : 0;
}

/* For twenty minutes every stamp stands twice in the log; where its lines go back, it is known
 * which is meant. Nobody says that the clock was set. */
static void lines_that_go_back(void **state)
{
    (void)state;
    struct site x = {0};
    struct path p = {.n = 1500, .every = 24 * S, .host = {"lb-01"}, .ahead = {is_set_far}};
    struct pmt_buf syslog = {0};
    struct scan s;
    put_requests(&x, &p);
    int64_t before = NINE + STEP - 5 * PMT_MINUTE, behind_it = NINE + STEP + 10 * PMT_MINUTE;
    put_syslog(&syslog, NINE + 20 * PMT_MINUTE, "web-01", "kernel: up");
    put_syslog(&syslog, before + 20 * PMT_MINUTE, "web-01", "kernel: still up");
    put_syslog(&syslog, NINE + STEP + 2 * S, "web-01", "kernel: and on");
    put_syslog(&syslog, behind_it, "web-01", "kernel: and on");
    const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = x.lb[0].data},
                                    {.path = "web-01/access.log", .text = x.web[0].data},
                                    {.path = "web-01/syslog", .text = syslog.data}};
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "UTC");
    scan_calibrate(&s);
    const struct pmt_scanned *y = &s.sources[2];
    assert_int_equal(y->tally->clocks[0].n, 2);
    const struct pmt_segment *seg = y->tally->clocks[0].segments;
    assert_true(y->maps[0][0].skew && y->maps[0][0].skew->corrected);
    assert_true(pmt_map_utc(&y->maps[0][0], seg[0].min) == NINE);
    assert_true(pmt_map_utc(&y->maps[0][0], seg[0].max) == before);
    assert_true(pmt_map_utc(&y->maps[0][1], seg[1].min) == NINE + STEP + 2 * S);
    assert_true(pmt_map_utc(&y->maps[0][1], seg[1].max) == behind_it);
    /* The access log goes on in one segment; at least the rest of it is right. */
    assert_true(scan_map(&s, 1)->skew->knots[2].at == NINE + STEP + 2 * S);
    scan_close(&s);
    pmt_buf_fini(&syslog);
    site_fini(&x);
}

/* ---- several hosts ---------------------------------------------------------------------- */

static void one_of_two_web_servers(void **state)
{
    (void)state;
    struct site x = {0};
    struct path p = {.n = 300, .every = 7 * S, .web = -1, .host = {"lb-01"},
                     .ahead = {right, ninety}};
    struct scan s;
    put_requests(&x, &p);
    const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = x.lb[0].data},
                                    {.path = "web-01/access.log", .text = x.web[0].data},
                                    {.path = "web-02/access.log", .text = x.web[1].data}};
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_skew(&s, 1, "web-01", "lb-01", 0, false);
    assert_skew(&s, 2, "web-02", "lb-01", 90 * S, true);
    assert_int_equal(skew_of(&s, 1)->matched, 150);
    assert_int_equal(skew_of(&s, 2)->matched, 150);
    scan_close(&s);
    site_fini(&x);
}

/* The second balancer is reached through a web server that both feed; one behind it through that.
 * The busier balancer is the reference, whatever it is called. */
static void two_balancers(void **state)
{
    (void)state;
    for (int busy = 0; busy < 2; busy++) {
        struct site x = {0};
        struct path p = {.lb = busy, .n = 400, .every = 6 * S, .host = {"lb-01", "lb-02"},
                         .ahead = {drifts, ninety}};
        struct path q = {.first = 1000, .lb = !busy, .n = 100, .every = 24 * S,
                         .host = {"lb-01", "lb-02"}, .ahead = {drifts, ninety}};
        struct path r = {.first = 2000, .lb = !busy, .web = 1, .n = 100, .every = 24 * S,
                         .host = {"lb-01", "lb-02"}, .ahead = {drifts, ninety}};
        p.lb_ahead[!busy] = q.lb_ahead[!busy] = r.lb_ahead[!busy] = behind;
        struct scan s;
        put_requests(&x, &p);
        put_requests(&x, &q);
        put_requests(&x, &r);
        const struct scan_log logs[] = {{.path = "lb/one.log", .text = x.lb[0].data},
                                        {.path = "lb/two.log", .text = x.lb[1].data},
                                        {.path = "web-01/access.log", .text = x.web[0].data},
                                        {.path = "web-02/access.log", .text = x.web[1].data}};
        const char *reference = busy ? "lb-02" : "lb-01", *other = busy ? "lb-01" : "lb-02";
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_null(skew_of(&s, (size_t)busy));
        assert_skew(&s, (size_t)!busy, other, reference, -7 * S, true);
        assert_skew(&s, 2, "web-01", reference, 0, false);
        assert_skew(&s, 3, "web-02", reference, 90 * S, true);
        scan_close(&s);
        site_fini(&x);
    }
}

/* Two sites in one heap of logs: each has its own reference. */
static void two_sites(void **state)
{
    (void)state;
    struct site x = {0};
    struct path p = {.n = 200, .every = 9 * S, .host = {"lb-01", "lb-02"},
                     .ahead = {ninety, behind}};
    struct path q = {.first = 5000, .lb = 1, .web = 1, .n = 100, .every = 18 * S,
                     .host = {"lb-01", "lb-02"}, .ahead = {ninety, behind}};
    struct scan s;
    put_requests(&x, &p);
    put_requests(&x, &q);
    const struct scan_log logs[] = {{.path = "lb/one.log", .text = x.lb[0].data},
                                    {.path = "lb/two.log", .text = x.lb[1].data},
                                    {.path = "web-01/access.log", .text = x.web[0].data},
                                    {.path = "web-02/access.log", .text = x.web[1].data}};
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_null(skew_of(&s, 0));
    assert_null(skew_of(&s, 1));
    assert_skew(&s, 2, "web-01", "lb-01", 90 * S, true);
    assert_skew(&s, 3, "web-02", "lb-02", -7 * S, true);
    scan_close(&s);
    site_fini(&x);
}

/* ---- nothing to go by ------------------------------------------------------------------- */

static void too_few_or_strangers(void **state)
{
    (void)state;
    static const struct {
        unsigned common, alone; /* requests of the web server: the balancer's too, and not */
        bool found;
    } rows[] = {{0, 200, false}, {7, 0, false}, {8, 0, true}, {0, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct site x = {0}, y = {0};
        struct path p = {.n = rows[i].common, .every = 20 * S, .host = {"lb-01"},
                         .ahead = {ninety}};
        struct path more = {.first = 3000, .n = 200, .every = 20 * S, .web = 1, .host = {"lb-01"},
                            .ahead = {ninety, right}};
        struct path alone = {.first = 6000, .n = rows[i].alone, .every = 17 * S, .ahead = {ninety}};
        struct scan s;
        put_requests(&x, &p);
        put_requests(&x, &more);
        put_requests(&y, &alone);
        if (y.web[0].n)
            pmt_buf_slice(&x.web[0], pmt_buf_view(&y.web[0]));
        if (!x.web[0].n)
            put_access(&x.web[0], NINE, "192.0.2.1", "/", 200, "x");
        const struct scan_log logs[] = {{.path = "lb/haproxy.log", .text = x.lb[0].data},
                                        {.path = "web-01/access.log", .text = x.web[0].data}};
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_null(skew_of(&s, 0));
        assert_int_equal(skew_of(&s, 1) != NULL, rows[i].found);
        scan_close(&s);
        site_fini(&x);
        site_fini(&y);
    }
}

/* More web servers in one central log than are compared. */
static void very_many(void **state)
{
    (void)state;
    const unsigned hosts = PMT_COMPARED_MAX + 6;
    struct pmt_buf lb = {0}, central = {0};
    struct scan s;
    for (unsigned i = 0; i < hosts * PMT_SKEW_MIN; i++) {
        int64_t t = NINE + i * 40 * S;
        char head[64], item[32];
        put_balancer(&lb, t, "lb-01", i, 200);
        snprintf(head, sizeof head, " app-%04u nginx: ", i % hosts);
        snprintf(item, sizeof item, "/item/%u", i);
        put_bsd_time(&central, t + 90 * S);
        pmt_buf_puts(&central, head);
        put_access(&central, t + 90 * S, client_name(i), item, 200, "Mozilla/5.0");
    }
    const struct scan_log logs[] = {{.path = "central/syslog", .text = central.data},
                                    {.path = "lb/haproxy.log", .text = lb.data}};
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    const struct pmt_scanned *x = &s.sources[0];
    size_t found = 0;
    assert_int_equal(x->tally->nclocks, 2 * hosts);
    for (size_t c = 0; c < x->tally->nclocks; c++)
        found += x->maps[c][0].skew != NULL;
    assert_int_equal(found, 2 * PMT_COMPARED_MAX);
    scan_close(&s);
    pmt_buf_fini(&lb);
    pmt_buf_fini(&central);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_named_host_and_its_logs),
        cmocka_unit_test(nameless_hosts),
        cmocka_unit_test(one_folder),
        cmocka_unit_test(an_error_log_elsewhere),
        cmocka_unit_test(drift),
        cmocka_unit_test(a_step),
        cmocka_unit_test(lines_that_go_back),
        cmocka_unit_test(one_of_two_web_servers),
        cmocka_unit_test(two_balancers),
        cmocka_unit_test(two_sites),
        cmocka_unit_test(too_few_or_strangers),
        cmocka_unit_test(very_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
