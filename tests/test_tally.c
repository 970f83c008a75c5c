#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

/* 2022-02-26 12:00:00 */
#define NOON (INT64_C(1645876800) * PMT_SECOND)

/* ---- streams of lines --------------------------------------------------------------------- */

struct stream {
    struct made *m;
    size_t n;
    int64_t now; /* wall */
    unsigned odd; /* one line in so many has an odd time; 0 = none */
};

static int64_t to_pseudo_year(int64_t wall)
{
    int year, month, day;
    int64_t days = wall / PMT_DAY - (wall % PMT_DAY < 0);
    pmt_civil_from_days(days, &year, &month, &day);
    return wall + (pmt_days_from_civil(PMT_PSEUDO_YEAR, month, day) - days) * PMT_DAY;
}

static void make_access(struct made *m, int64_t wall)
{
    struct pmt_record *r = &m->rec;
    static const int64_t statuses[] = {200, 200, 200, 304, 404, 500, 502, 503, 504, 499};
    r->kind = PMT_HTTP_REQUEST;
    r->layer = PMT_LAYER_NGINX;
    r->own = stamp_of(wall, PMT_STAMP_ZONED, rng_once_in(3) ? 3 : 0, rng_once_in(9) ? 7200 : 10800);
    if (!r->own.decimals)
        r->own.wall -= r->own.wall % PMT_SECOND;
    r->client = rng_once_in(3) ? word(m, "10.0.0.%u", (unsigned)rng_below(4))
                               : word(m, "192.0.2.%u", (unsigned)rng_below(200));
    if (rng_once_in(4))
        r->forwarded_for = word(m, "198.51.100.%u, 10.0.0.1", (unsigned)rng_below(50));
    r->path = word(m, "/p%u", (unsigned)rng_below(30));
    if (rng_once_in(3))
        r->upstream = word(m, "10.0.1.%u:80", (unsigned)rng_below(4));
    if (r->upstream.n && rng_once_in(3))
        r->upstream_status = pmt_str(rng_once_in(2) ? "502, 200" : "502");
    r->upstream_logged = r->upstream.n;
    r->vhost = rng_once_in(5) ? PMT_NO_SLICE : word(m, "site-%u.example", (unsigned)rng_below(6));
    r->status = statuses[rng_below(10)];
    r->duration_us = rng_once_in(2) ? (int64_t)rng_below(90 * PMT_SECOND) : -1;
    r->agent_logged = !rng_once_in(4);
    if (r->agent_logged && rng_once_in(2))
        r->agent = word(m, "%s", rng_once_in(4) ? "kube-probe/1.23" : "Mozilla/5.0");
}

static void make_haproxy(struct made *m, int64_t wall)
{
    struct pmt_record *r = &m->rec;
    static const char *const ends[] = {"----", "----", "SC--", "sQ--", "CD--", "cR--", "SH--"};
    int64_t zone = 3 * PMT_HOUR;
    r->kind = PMT_HTTP_REQUEST;
    r->layer = PMT_LAYER_HAPROXY;
    r->start_known = true;
    r->host = word(m, "lb-%u", (unsigned)rng_below(3));
    r->duration_us = rng_once_in(9) ? (int64_t)rng_below(1800) * PMT_SECOND
                                    : (int64_t)rng_below(900) * 1000;
    r->own = stamp_of(wall - r->duration_us, PMT_STAMP_WALL, 3, 0);
    r->head = rng_once_in(2) ? stamp_of(wall, PMT_STAMP_ZONED, 6, 10800)
                             : stamp_of(to_pseudo_year(wall), PMT_STAMP_YEARLESS, 0, 0);
    if (rng_once_in(20)) /* a UTC accept date beside a local envelope */
        r->own = stamp_of(wall - zone - r->duration_us, PMT_STAMP_ZONED, 3, 0);
    r->client = word(m, "203.0.113.%u", (unsigned)rng_below(250));
    r->frontend = PMT_SLICE("www");
    r->backend = word(m, "be%u", (unsigned)rng_below(4));
    r->server = rng_once_in(6) ? PMT_SLICE("<NOSRV>") : word(m, "s%u", (unsigned)rng_below(5));
    r->termination = pmt_str(ends[rng_below(7)]);
    r->status = rng_once_in(3) ? 503 : rng_once_in(9) ? -1 : 200;
}

static void make_state(struct made *m, int64_t wall)
{
    struct pmt_record *r = &m->rec;
    static const uint8_t lbs[] = {PMT_LB_DOWN, PMT_LB_UP, PMT_LB_CHECK, PMT_LB_CHECK,
                                  PMT_LB_CHECK, PMT_LB_INFO};
    r->kind = PMT_LB_SERVER_STATE;
    r->lb = lbs[rng_below(6)];
    r->host = word(m, "lb-%u", (unsigned)rng_below(3));
    r->program = PMT_SLICE("haproxy");
    r->pid = (int64_t)rng_below(3);
    r->head = rng_once_in(3) ? stamp_of(wall, PMT_STAMP_ZONED, 6, 10800)
                             : stamp_of(to_pseudo_year(wall), PMT_STAMP_YEARLESS, 0, 0);
    r->backend = word(m, "be%u", (unsigned)rng_below(2));
    r->server = word(m, "s%u", (unsigned)rng_below(2));
    r->reason = word(m, "reason %u", (unsigned)rng_below(3));
}

static void make_event(struct made *m, int64_t wall)
{
    struct pmt_record *r = &m->rec;
    static const uint8_t events[] = {PMT_EV_OOM, PMT_EV_UPSTREAM, PMT_EV_UPSTREAM, PMT_EV_RESOURCE,
                                     PMT_EV_INFO, PMT_EV_OPERATOR};
    r->kind = PMT_SYSLOG;
    r->event = events[rng_below(6)];
    r->rule = r->event;
    r->host = word(m, "web-%u", (unsigned)rng_below(2));
    r->head = stamp_of(to_pseudo_year(wall), PMT_STAMP_YEARLESS, 0, 0);
    r->subject = word(m, "unit-%u", (unsigned)rng_below(3));
    r->detail = word(m, "detail %u", (unsigned)rng_below(100));
    r->actor = word(m, "user%u", (unsigned)rng_below(3));
    r->message = word(m, "message %u", (unsigned)rng_below(1000));
    r->repeats = rng_once_in(10) ? rng_below(5) : 0;
}

static void make_line(struct stream *s, size_t i)
{
    struct made *m = &s->m[i];
    int64_t wall = s->now;
    made_clear(m);
    snprintf(m->line, sizeof m->line, "line %zu, %llx", i, (unsigned long long)rng());
    if (rng_once_in(40)) {
        m->sort = rng_once_in(2) ? MADE_SILENT : MADE_REJECT;
        return;
    }
    if (s->odd && rng_once_in(s->odd)) /* late lines, and stamps that are not of this world */
        wall = rng_once_in(5)   ? pmt_days_from_civil(9999, 12, 31) * PMT_DAY
               : rng_once_in(5) ? pmt_days_from_civil(1, 1, 1) * PMT_DAY + 1
                                : wall - (int64_t)rng_below(900) * PMT_SECOND;
    switch (rng_below(8)) {
    case 0: make_state(m, wall); break;
    case 1: make_event(m, wall); break;
    case 2: case 3: case 4: make_haproxy(m, wall); break;
    default: make_access(m, wall); break;
    }
    if (rng_once_in(200))
        m->rec.own.how = m->rec.head.how = PMT_STAMP_NONE;
}

static struct stream make_stream(uint64_t seed, size_t n, unsigned odd)
{
    struct stream s = {.n = n, .odd = odd};
    rng_state = seed;
    s.m = pmt_alloc(n * sizeof *s.m);
    /* Some streams begin just before New Year. */
    s.now = seed % 3 ? NOON : pmt_days_from_civil(2022, 1, 1) * PMT_DAY - 20 * PMT_MINUTE;
    for (size_t i = 0; i < n; i++) {
        make_line(&s, i);
        s.now += rng_once_in(4) ? (int64_t)rng_below(6 * PMT_SECOND) : (int64_t)rng_below(400000);
        if (odd && rng_once_in(n / 3)) /* the clock was set back, or the next day's file follows */
            s.now += rng_once_in(2) ? -(int64_t)rng_below(PMT_HOUR) : PMT_DAY;
    }
    return s;
}

static struct pmt_buf dump_whole(const struct stream *s)
{
    struct pmt_buf b = {0};
    struct pmt_tally *t = tally_part(s->m, 0, s->n, NULL, NULL);
    dump_tally(&b, t);
    pmt_tally_free(t);
    return b;
}

/* Cut anywhere, joined in any association. */
static struct pmt_buf dump_parts(const struct stream *s, size_t parts)
{
    struct pmt_tally **t = pmt_alloc(parts * sizeof *t);
    struct pmt_buf b = {0};
    uint64_t *cuts = pmt_alloc((parts + 1) * sizeof *cuts);
    for (size_t i = 1; i < parts; i++)
        cuts[i] = rng_below(s->n + 1);
    cuts[parts] = s->n;
    pmt_sort_u64(cuts, parts + 1);
    for (size_t i = 0; i < parts; i++)
        t[i] = tally_part(s->m, cuts[i], cuts[i + 1], NULL, NULL);
    while (parts > 1) {
        size_t i = rng_below(parts - 1);
        pmt_tally_append(t[i], t[i + 1]);
        memmove(t + i + 1, t + i + 2, (parts - i - 2) * sizeof *t);
        parts--;
    }
    tally_finish(t[0]);
    dump_tally(&b, t[0]);
    pmt_tally_free(t[0]);
    free(t);
    free(cuts);
    return b;
}

static void test_partition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct stream s = make_stream(seed, 200 + seed * 60, seed % 2 ? 25 : 0);
        struct pmt_buf want = dump_whole(&s);
        for (int round = 0; round < 6; round++) {
            struct pmt_buf got = dump_parts(&s, 2 + rng_below(9));
            assert_same_dump(&want, &got);
            pmt_buf_fini(&got);
        }
        pmt_buf_fini(&want);
        free(s.m);
    }
}

/* Two ways by hand, every cut of a short stream. */
static void test_associative(void **state)
{
    (void)state;
    struct stream s = make_stream(77, 48, 6);
    struct pmt_buf want = dump_whole(&s);
    for (size_t i = 0; i <= s.n; i += 5)
        for (size_t k = i; k <= s.n; k += 7)
            for (int left = 0; left < 2; left++) {
                struct pmt_tally *a = tally_part(s.m, 0, i, NULL, NULL);
                struct pmt_tally *b = tally_part(s.m, i, k, NULL, NULL);
                struct pmt_tally *c = tally_part(s.m, k, s.n, NULL, NULL);
                struct pmt_buf got = {0};
                if (left) {
                    pmt_tally_append(a, b);
                    pmt_tally_append(a, c);
                } else {
                    pmt_tally_append(b, c);
                    pmt_tally_append(a, b);
                }
                tally_finish(a);
                dump_tally(&got, a);
                assert_same_dump(&want, &got);
                pmt_tally_free(a);
                pmt_buf_fini(&got);
            }
    pmt_buf_fini(&want);
    free(s.m);
}

/* ---- clocks and segments ------------------------------------------------------------------ */

static void access_line(struct pmt_tally *t, uint64_t number, const char *host, int64_t wall,
                        int how)
{
    static struct made m;
    made_clear(&m);
    snprintf(m.line, sizeof m.line, "line %llu", (unsigned long long)number);
    m.rec.kind = PMT_HTTP_REQUEST;
    m.rec.layer = PMT_LAYER_NGINX;
    m.rec.own = stamp_of(wall, how, 0, 0);
    m.rec.host = pmt_str(host);
    m.rec.client = PMT_SLICE("192.0.2.1");
    m.rec.status = 503;
    tally_made(t, &m, number);
}

static size_t segments_of(const struct pmt_tally *t)
{
    size_t n = 0;
    for (size_t c = 0; c < t->nclocks; c++)
        n += t->clocks[c].n;
    return n;
}

static void test_steps_back(void **state)
{
    (void)state;
    static const struct {
        int64_t by;
        int how;
        size_t segments;
    } rows[] = {
        {0, PMT_STAMP_WALL, 1},
        {-PMT_STEP_BACK, PMT_STAMP_WALL, 1},
        {-PMT_STEP_BACK - 1, PMT_STAMP_WALL, 2},
        {-PMT_STEP_BACK - 1, PMT_STAMP_YEARLESS, 2},
        {-PMT_STEP_BACK - 1, PMT_STAMP_ZONED, 1},
        {PMT_HALF_YEAR, PMT_STAMP_YEARLESS, 1},
        {PMT_HALF_YEAR + 1, PMT_STAMP_YEARLESS, 2},
        {PMT_HALF_YEAR + 1, PMT_STAMP_WALL, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_tally *t = pmt_tally_new(NULL, NULL);
        access_line(t, 1, NULL, NOON, rows[i].how);
        access_line(t, 2, NULL, NOON + rows[i].by, rows[i].how);
        access_line(t, 3, NULL, NOON + rows[i].by, rows[i].how);
        pmt_tally_seal(t);
        assert_int_equal(segments_of(t), rows[i].segments);
        pmt_tally_free(t);
    }
}

static void test_late(void **state)
{
    (void)state;
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    access_line(t, 1, NULL, NOON, PMT_STAMP_ZONED);
    access_line(t, 2, NULL, NOON - 2 * PMT_SECOND, PMT_STAMP_ZONED);
    assert_int_equal(t->late, 0);
    access_line(t, 3, NULL, NOON, PMT_STAMP_ZONED);
    access_line(t, 4, NULL, NOON - 3 * PMT_SECOND, PMT_STAMP_ZONED);
    assert_int_equal(t->late, 1);
    pmt_tally_free(t);
}

/* The offset of a zoneless stamp shows in the zoned one beside it, and the year likewise. */
static void test_pairs(void **state)
{
    (void)state;
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    static struct made m;
    made_clear(&m);
    m.rec.kind = PMT_HTTP_REQUEST;
    m.rec.layer = PMT_LAYER_HAPROXY;
    m.rec.start_known = true;
    m.rec.duration_us = 90 * PMT_SECOND;
    m.rec.own = stamp_of(NOON - 90 * PMT_SECOND, PMT_STAMP_WALL, 3, 0);
    m.rec.head = stamp_of(NOON - PMT_HOUR + 12, PMT_STAMP_ZONED, 6, 2 * 3600);
    tally_made(t, &m, 1);
    m.rec.head = stamp_of(to_pseudo_year(NOON), PMT_STAMP_YEARLESS, 0, 0);
    tally_made(t, &m, 2);
    pmt_tally_seal(t);
    assert_int_equal(t->nclocks, 2);
    assert_int_equal(t->clocks[0].which, PMT_CLOCK_ACCEPT);
    assert_int_equal(t->clocks[1].which, PMT_CLOCK_HEAD);
    const struct pmt_offsets *paired = &t->clocks[0].segments[0].paired;
    assert_int_equal(paired->n, 1);
    assert_int_equal(paired->v[0].offset, 3 * 3600);
    assert_int_equal(paired->v[0].n, 1);
    assert_int_equal(paired->v[0].min, NOON - 3 * PMT_HOUR + 12);
    assert_int_equal(t->clocks[1].n, 2);
    assert_int_equal(t->clocks[1].segments[1].pair_year, 2022);
    pmt_tally_free(t);
}

static void test_year_9999_costs_a_page(void **state)
{
    (void)state;
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    access_line(t, 1, NULL, NOON, PMT_STAMP_ZONED);
    access_line(t, 2, NULL, pmt_days_from_civil(9999, 12, 31) * PMT_DAY, PMT_STAMP_ZONED);
    access_line(t, 3, NULL, pmt_days_from_civil(1, 1, 1) * PMT_DAY, PMT_STAMP_ZONED);
    access_line(t, 4, NULL, NOON, PMT_STAMP_ZONED);
    pmt_tally_seal(t);
    struct pmt_flow *f = &t->clocks[0].segments[0].services[0].flow;
    assert_int_equal(f->series.n, 3);
    assert_int_equal(f->failed.n, 3);
    assert_int_equal(f->nbad, 3);
    assert_int_equal(t->clocks[0].segments[0].ndigests, 3);
    pmt_tally_free(t);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void test_offsets_max(void **state)
{
    (void)state;
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    static struct made m;
    for (uint64_t i = 0; i < 2 * PMT_OFFSETS_MAX; i++) {
        made_clear(&m);
        m.rec.kind = PMT_HTTP_REQUEST;
        m.rec.own = stamp_of(NOON, PMT_STAMP_ZONED, 0, (int32_t)(115200 - 900 * (int64_t)i));
        tally_made(t, &m, i + 1);
    }
    const struct pmt_segment *s = &t->clocks[0].segments[0];
    assert_int_equal(s->offsets.n, PMT_OFFSETS_MAX);
    for (int i = 0; i < PMT_OFFSETS_MAX; i++) /* the smallest */
        assert_int_equal(s->offsets.v[i].offset, 115200 - 900 * (2 * PMT_OFFSETS_MAX - 1 - i));
    pmt_tally_free(t);
}

static void test_rejects_kept(void **state)
{
    (void)state;
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    for (uint64_t i = 1; i <= 10; i++) {
        char text[32];
        snprintf(text, sizeof text, "odd %llu", (unsigned long long)i);
        pmt_tally_reject(t, &(struct pmt_line){.text = pmt_str(text), .number = i}, "why", i);
    }
    pmt_tally_seal(t);
    assert_int_equal(t->not_understood, 10);
    assert_int_equal(t->nrejects, PMT_REJECTS_KEPT);
    for (unsigned i = 0; i < t->nrejects; i++) {
        assert_int_equal(t->rejects[i].line, i + 1);
        assert_int_equal(t->rejects[i].column, i + 1);
    }
    assert_true(pmt_slice_is(t->rejects[2].excerpt, "odd 3"));
    pmt_tally_free(t);
}

static void test_clocks_max(void **state)
{
    (void)state;
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    char host[32];
    for (uint64_t i = 0; i < PMT_CLOCKS_MAX + 500; i++) {
        snprintf(host, sizeof host, "host-%llu", (unsigned long long)i);
        access_line(t, i + 1, host, NOON, PMT_STAMP_ZONED);
    }
    access_line(t, PMT_CLOCKS_MAX + 501, "host-0", NOON, PMT_STAMP_ZONED);
    assert_int_equal(t->nclocks, PMT_CLOCKS_MAX + 1);
    assert_null(t->clocks[PMT_CLOCKS_MAX].host.p);
    assert_int_equal(t->clocks[PMT_CLOCKS_MAX].segments[0].lines, 500);
    assert_int_equal(t->clocks[0].segments[0].lines, 2);
    pmt_tally_seal(t);
    pmt_tally_free(t);
}

static void test_segments_max(void **state)
{
    (void)state;
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    for (uint64_t i = 0; i < PMT_SEGMENTS_MAX + 500; i++)
        access_line(t, i + 1, NULL, NOON - (int64_t)i * 11 * PMT_MINUTE, PMT_STAMP_WALL);
    assert_int_equal(segments_of(t), PMT_SEGMENTS_MAX);
    assert_int_equal(t->clocks[0].segments[PMT_SEGMENTS_MAX - 1].lines, 501);
    pmt_tally_seal(t);
    pmt_tally_free(t);
}

/* A budget of the run, over parts: the same votes as in one go. */
static void test_vote_budget(void **state)
{
    (void)state;
    struct stream s = make_stream(4, 6000, 0);
    struct pmt_buf want = {0};
    for (int round = 0; round < 4; round++) {
        struct pmt_vote_budget ok = {.limit = 900}, failed = {.limit = 700};
        size_t parts = round ? 3 : 1;
        struct pmt_tally *t[3];
        for (size_t i = 0; i < parts; i++)
            t[i] = tally_part(s.m, s.n * i / parts, s.n * (i + 1) / parts, &ok, &failed);
        for (size_t n = parts; n > 1; n--) {
            size_t i = round == 1 ? 0 : n - 2;
            pmt_tally_append(t[i], t[i + 1]);
            memmove(t + i + 1, t + i + 2, (n - i - 2) * sizeof *t);
        }
        tally_finish(t[0]);
        struct pmt_buf got = {0};
        dump_tally(&got, t[0]);
        assert_true(atomic_load(&ok.shift) > 0);
        if (round)
            assert_same_dump(&want, &got);
        pmt_tally_free(t[0]);
        if (round)
            pmt_buf_fini(&got);
        else
            want = got;
    }
    pmt_buf_fini(&want);
    free(s.m);
}

/* ---- memory ---------------------------------------------------------------------------------- */

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
#include <malloc.h>

static size_t in_use(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

/* What a small file costs: nothing is set aside for what may come. */
static void test_small_file(void **state)
{
    (void)state;
    size_t before = in_use();
    if (!before)
        skip(); /* another allocator, of a sanitizer */
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    for (uint64_t i = 1; i <= 50; i++)
        access_line(t, i, "web-1", NOON, PMT_STAMP_ZONED);
    pmt_tally_seal(t);
    assert_in_range(in_use() - before, 500, 16 * 1024);
    pmt_tally_free(t);
    assert_in_range(in_use(), 0, before + 64);
}

/* A day at one request a second is a few bytes a second. */
static void test_day(void **state)
{
    (void)state;
    static struct made m;
    size_t before = in_use();
    if (!before)
        skip();
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    for (int64_t i = 0; i < 86400; i++) {
        made_clear(&m);
        m.rec.kind = PMT_HTTP_REQUEST;
        m.rec.layer = PMT_LAYER_NGINX;
        m.rec.own = stamp_of(NOON + i * PMT_SECOND, PMT_STAMP_ZONED, 0, 0);
        m.rec.client = PMT_SLICE("192.0.2.1");
        m.rec.status = 200;
        tally_made(t, &m, (uint64_t)i + 1);
    }
    pmt_tally_seal(t);
    assert_in_range(in_use() - before, 86400, 6 * 86400);
    pmt_tally_free(t);
}
#else
static void test_small_file(void **state)
{
    (void)state;
    skip();
}
static void test_day(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partition),    cmocka_unit_test(test_associative),
        cmocka_unit_test(test_steps_back),   cmocka_unit_test(test_late),
        cmocka_unit_test(test_pairs),        cmocka_unit_test(test_year_9999_costs_a_page),
        cmocka_unit_test(test_offsets_max),  cmocka_unit_test(test_rejects_kept),
        cmocka_unit_test(test_clocks_max),   cmocka_unit_test(test_segments_max),
        cmocka_unit_test(test_vote_budget),  cmocka_unit_test(test_small_file),
        cmocka_unit_test(test_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
