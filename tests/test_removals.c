#include "pmt/incident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts_helpers.h"

/* Tables of stories leave out what is as usual. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* 2022-02-26 12:00:00 */
#define NOON (INT64_C(1645876800) * PMT_SECOND)

/* A line of a story: seconds after noon, what it says in the words HAProxy has for it. */
struct line {
    int64_t at;
    int lb;
    const char *words;
    const char *server; /* NULL: s1 */
    const char *host;   /* NULL: lb-1 */
    int64_t pid;
};

/* The kinds the parser gives to the wordings. */
#define DOWN PMT_LB_DOWN, "is DOWN, reason: Layer4 timeout."
#define MAINT PMT_LB_MAINT, "is going DOWN for maintenance."
#define DOWN_MAINT PMT_LB_MAINT, "was DOWN and now enters maintenance."
#define DRAIN PMT_LB_DRAIN, "enters drain state."
#define UP PMT_LB_UP, "is UP, reason: Layer7 check passed."
#define UP_READY PMT_LB_UP, "is UP/READY (leaving forced maintenance)."
#define UP_UNDRAINED PMT_LB_UP, "is UP (leaving forced drain)."
#define DOWN_READY PMT_LB_STILL_OUT, "is DOWN/READY (leaving forced maintenance)."
#define UP_DRAIN PMT_LB_STILL_OUT, "is UP/DRAIN (leaving forced maintenance)."
#define DOWN_DRAIN PMT_LB_STILL_OUT, "is DOWN/DRAIN (leaving forced maintenance)."
#define DOWN_UNDRAINED PMT_LB_STILL_OUT, "is DOWN (leaving forced drain)."
#define CHECK PMT_LB_CHECK, "failed, status: 2/3 UP."
#define NONE PMT_LB_NO_SERVER, "has no server available!"

enum { OPEN = -1 };

struct want {
    enum pmt_removal_kind kind;
    int64_t from, to; /* seconds after noon; OPEN */
    uint64_t count;
    const char *server, *host;
};

struct story {
    const char *name;
    struct line lines[10];
    struct want wants[6];
};

static const struct story stories[] = {
    {"down and up", {{10, DOWN}, {70, UP}}, {{PMT_REMOVAL_DOWN, 10, 70, 1}}},
    {"never back", {{10, DOWN}}, {{PMT_REMOVAL_DOWN, 10, OPEN, 1}}},
    {"up alone", {{10, UP}, {20, UP_READY}, {30, UP_UNDRAINED}}, {{0}}},
    {"maintenance", {{10, MAINT}, {70, UP_READY}}, {{PMT_REMOVAL_MAINTENANCE, 10, 70, 1}}},
    {"drain", {{10, DRAIN}, {70, UP_UNDRAINED}}, {{PMT_REMOVAL_DRAIN, 10, 70, 1}}},
    {"flaps",
     {{10, DOWN}, {20, UP}, {30, DOWN}, {40, UP}, {50, DOWN}, {60, UP}},
     {{PMT_REMOVAL_DOWN, 10, 60, 3}}},
    {"down twice is told twice",
     {{10, DOWN}, {20, UP}, {30, DOWN}, {40, UP}},
     {{PMT_REMOVAL_DOWN, 10, 20, 1}, {PMT_REMOVAL_DOWN, 30, 40, 1}}},
    {"from one forced state to the next, and to the first again: it was not back",
     {{10, MAINT}, {20, DRAIN}, {30, MAINT}, {40, DRAIN}, {50, MAINT}, {60, UP_READY}},
     {{PMT_REMOVAL_MAINTENANCE, 10, 20, 1},
      {PMT_REMOVAL_DRAIN, 20, 30, 1},
      {PMT_REMOVAL_MAINTENANCE, 30, 40, 1},
      {PMT_REMOVAL_DRAIN, 40, 50, 1},
      {PMT_REMOVAL_MAINTENANCE, 50, 60, 1}}},
    {"maintenance entered while down, left while healthy",
     {{10, DOWN}, {50, DOWN_MAINT}, {90, UP_READY}},
     {{PMT_REMOVAL_DOWN, 10, 50, 1}, {PMT_REMOVAL_MAINTENANCE, 50, 90, 1}}},
    {"maintenance left while down, up after checks",
     {{10, MAINT}, {50, DOWN_READY}, {55, UP}},
     {{PMT_REMOVAL_MAINTENANCE, 10, 50, 1}, {PMT_REMOVAL_DOWN, 50, 55, 1}}},
    {"all of it",
     {{10, DOWN}, {20, DOWN_MAINT}, {30, DOWN_READY}, {40, UP}},
     {{PMT_REMOVAL_DOWN, 10, 20, 1},
      {PMT_REMOVAL_MAINTENANCE, 20, 30, 1},
      {PMT_REMOVAL_DOWN, 30, 40, 1}}},
    {"maintenance left into drain",
     {{10, DRAIN}, {20, MAINT}, {30, UP_DRAIN}, {40, UP_UNDRAINED}},
     {{PMT_REMOVAL_DRAIN, 10, 20, 1},
      {PMT_REMOVAL_MAINTENANCE, 20, 30, 1},
      {PMT_REMOVAL_DRAIN, 30, 40, 1}}},
    {"maintenance left into drain, down",
     {{20, MAINT}, {30, DOWN_DRAIN}, {40, UP}},
     {{PMT_REMOVAL_MAINTENANCE, 20, 30, 1}, {PMT_REMOVAL_DRAIN, 30, 40, 1}}},
    {"drain left while down",
     {{10, DRAIN}, {20, DOWN_UNDRAINED}, {30, UP}},
     {{PMT_REMOVAL_DRAIN, 10, 20, 1}, {PMT_REMOVAL_DOWN, 20, 30, 1}}},
    {"went down while drained",
     {{10, DRAIN}, {15, DOWN}, {20, DOWN_UNDRAINED}, {30, UP}},
     {{PMT_REMOVAL_DRAIN, 10, 15, 1}, {PMT_REMOVAL_DOWN, 15, 30, 1}}},
    {"the log begins while it is out",
     {{10, DOWN_READY}, {20, UP}},
     {{PMT_REMOVAL_DOWN, 10, 20, 1}}},
    {"the log begins while it drains",
     {{10, UP_DRAIN}, {20, UP_UNDRAINED}},
     {{PMT_REMOVAL_DRAIN, 10, 20, 1}}},
    {"a server whose name has DRAIN in it",
     {{10, MAINT, "/DRAINER"}, {20, DOWN_READY, "/DRAINER"}, {30, UP, "/DRAINER"}},
     {{PMT_REMOVAL_MAINTENANCE, 10, 20, 1, "/DRAINER"}, {PMT_REMOVAL_DOWN, 20, 30, 1, "/DRAINER"}}},
    {"told once more by the process after a reload",
     {{10, DOWN, NULL, NULL, 7}, {40, DOWN, NULL, NULL, 8}, {90, UP, NULL, NULL, 8}},
     {{PMT_REMOVAL_DOWN, 10, 90, 1}}},
    {"told twice at once, as line and as alert",
     {{10, DOWN, NULL, NULL, 7}, {10, DOWN, NULL, NULL, 7}, {90, UP, NULL, NULL, 7},
      {90, UP, NULL, NULL, 7}},
     {{PMT_REMOVAL_DOWN, 10, 90, 1}}},
    {"checks and empty backends are no removals",
     {{5, CHECK}, {10, DOWN}, {11, CHECK}, {12, NONE, ""}, {60, CHECK}, {70, UP}},
     {{PMT_REMOVAL_DOWN, 10, 70, 1}}},
    {"two servers",
     {{10, DOWN, "s1"}, {20, DOWN, "s2"}, {30, UP, "s1"}, {40, UP, "s2"}},
     {{PMT_REMOVAL_DOWN, 10, 30, 1, "s1"}, {PMT_REMOVAL_DOWN, 20, 40, 1, "s2"}}},
    {"two balancers with the same names",
     {{10, DOWN, NULL, "lb-1"}, {11, DOWN, NULL, "lb-2"}, {30, UP, NULL, "lb-2"},
      {40, UP, NULL, "lb-1"}},
     {{PMT_REMOVAL_DOWN, 10, 40, 1, NULL, "lb-1"}, {PMT_REMOVAL_DOWN, 11, 30, 1, NULL, "lb-2"}}},
    {NULL, {{0}}, {{0}}},
};

static void assert_removal(const char *story, const struct pmt_removal *r, const struct want *w)
{
    bool same = r->kind == w->kind && r->from == NOON + w->from * PMT_SECOND &&
                r->count == w->count && r->open == (w->to == OPEN) &&
                r->to == (w->to == OPEN ? PMT_NO_TIME : NOON + w->to * PMT_SECOND) &&
                pmt_slice_is(r->server, w->server ? w->server : "s1") &&
                pmt_slice_is(r->host, w->host ? w->host : "lb-1") && r->out && !r->inferred &&
                (r->back != NULL) == (w->to != OPEN);
    if (!same)
        fail_msg("%s: %s %.*s %lld..%lld, told %llu times, open %d", story,
                 pmt_removal_kind_name(r->kind), PMT_FMT(r->server),
                 (long long)(r->from - NOON) / PMT_SECOND, (long long)(r->to - NOON) / PMT_SECOND,
                 (unsigned long long)r->count, r->open);
}

/* Three times within an hour are one; what lies apart from them stays apart. */
static void test_flaps(void **state)
{
    (void)state;
    static const int minutes[] = {0, 90, 100, 110, 120, 130, 140, 210, 400};
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++)
        for (int up = 0; up < 2; up++) {
            char words[64];
            int64_t at = NOON + (minutes[i] + up) * PMT_MINUTE;
            snprintf(words, sizeof words, "is %s, %zu", up ? "UP" : "DOWN", i);
            state_add(t, "lb-1", 7, at, up ? PMT_LB_UP : PMT_LB_DOWN, "s1", words);
            state_add(t, "lb-2", 7, at, up ? PMT_LB_UP : PMT_LB_DOWN, i ? "s2" : "s1", words);
        }
    struct pmt_scanned src = scanned_of(t, NULL);
    struct pmt_findings f = {0};
    struct pmt_counted c = {0};
    struct pmt_facts facts;
    pmt_facts_build(&facts, &src, 1);
    pmt_removals_build(&f, &c, &facts);
    static const struct {
        int from, to, count;
    } want[] = {{0, 1, 1}, {90, 141, 6}, {210, 211, 1}, {400, 401, 1}};
    size_t n = 0;
    for (size_t i = 0; i < f.nremovals; i++) {
        const struct pmt_removal *r = &f.removals[i];
        if (!pmt_slice_is(r->host, "lb-1"))
            continue;
        assert_true(n < 4);
        assert_int_equal(r->from, NOON + want[n].from * PMT_MINUTE);
        assert_int_equal(r->to, NOON + want[n].to * PMT_MINUTE);
        assert_int_equal(r->count, want[n].count);
        assert_int_equal(r->flaps, want[n].count > 1);
        n++;
    }
    assert_int_equal(n, 4);
    assert_int_equal(f.nremovals, 8);
    free(f.removals);
    pmt_facts_fini(&facts);
    scanned_fini(&src);
}

static void test_stories(void **state)
{
    (void)state;
    for (const struct story *s = stories; s->name; s++) {
        struct pmt_tally *t = pmt_tally_new(NULL, NULL);
        for (const struct line *l = s->lines; l->words; l++)
            state_add(t, l->host ? l->host : "lb-1", l->pid, NOON + l->at * PMT_SECOND, l->lb,
                      l->server ? l->server[0] ? l->server : NULL : "s1", l->words);
        struct pmt_scanned src = scanned_of(t, NULL);
        struct pmt_findings f = {0};
        struct pmt_counted c = {0};
        struct pmt_facts facts;
        pmt_facts_build(&facts, &src, 1);
        pmt_removals_build(&f, &c, &facts);
        size_t n = 0;
        for (; n < 6 && s->wants[n].count; n++) {
            if (n >= f.nremovals)
                fail_msg("%s: only %zu removals", s->name, f.nremovals);
            assert_removal(s->name, &f.removals[n], &s->wants[n]);
        }
        if (f.nremovals != n)
            fail_msg("%s: %zu removals instead of %zu", s->name, f.nremovals, n);
        free(f.removals);
        pmt_facts_fini(&facts);
        scanned_fini(&src);
    }
}

/* ---- silently back --------------------------------------------------------------------------- */

struct silent {
    struct line lines[6];
    int64_t traffic[6]; /* seconds after noon in which the server was given requests; 0 ends */
    int64_t to;
    bool inferred;
    const char *host; /* of the balancer that gave it the requests; NULL: not known */
};

static void assert_silent(size_t row, const struct silent *s)
{
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    for (const struct line *l = s->lines; l->words; l++)
        state_add(t, l->host ? l->host : "lb-1", 7, NOON + l->at * PMT_SECOND, l->lb, "s1",
                  l->words);
    struct pmt_scanned src = scanned_of(t, NULL);
    struct pmt_use use = {.backend = PMT_SLICE("be"), .server = PMT_SLICE("s1"),
                          .host = pmt_str(s->host)};
    for (size_t i = 0; i < 6 && s->traffic[i]; i++)
        pmt_series_add(&use.series, NOON / PMT_SECOND + s->traffic[i],
                       &(struct pmt_counts){{[PMT_ALL] = 3}});
    struct pmt_counted c = {.uses = &use, .nuses = 1};
    struct pmt_findings f = {0};
    struct pmt_facts facts;
    pmt_facts_build(&facts, &src, 1);
    pmt_removals_build(&f, &c, &facts);
    assert_true(f.nremovals > 0);
    const struct pmt_removal *r = &f.removals[0];
    if (r->inferred != s->inferred || r->open != (s->to == OPEN) ||
        (!r->open && r->to != NOON + s->to * PMT_SECOND))
        fail_msg("row %zu: to %lld, open %d, inferred %d", row,
                 (long long)(r->to - NOON) / PMT_SECOND, r->open, r->inferred);
    assert_true(!r->inferred || !r->back);
    free(f.removals);
    pmt_facts_fini(&facts);
    scanned_fini(&src);
    pmt_series_fini(&use.series);
}

static void test_back_by_traffic(void **state)
{
    (void)state;
    static const struct silent rows[] = {
        {{{10, DOWN}}, {5, 9}, OPEN, false},
        {{{10, DOWN}}, {5, 12, 70}, OPEN, false},           /* what was in flight */
        {{{10, DOWN}}, {5, 12, 500, 501}, 500, true},       /* a reload put it back */
        {{{10, MAINT}}, {5, 12, 500, 501}, 500, true},
        {{{10, DRAIN}}, {5, 12, 500, 501}, OPEN, false},    /* sessions stick to it */
        {{{10, DOWN}, {900, UP}}, {5, 500, 501}, 500, true},
        {{{10, DOWN}, {900, UP}}, {5, 850, 901}, 900, false}, /* the line is as good */
        {{{10, DOWN}, {900, UP}}, {5, 950}, 900, false},
        {{{10, DOWN}}, {0}, OPEN, false},
        /* Another balancer holds the same server for healthy. */
        {{{10, DOWN}}, {5, 500, 501}, OPEN, false, "lb-2"},
        {{{10, DOWN}}, {5, 500, 501}, 500, true, "lb-1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_silent(i, &rows[i]);
}

/* State lines on stderr and in the log of the same balancer, two sources, in other words. */
static void test_two_sources(void **state)
{
    (void)state;
    struct pmt_scanned s[2];
    for (int i = 0; i < 2; i++) {
        struct pmt_tally *t = pmt_tally_new(NULL, NULL);
        state_add(t, "lb-1", i ? -1 : 7, NOON, PMT_LB_DOWN, "s1",
                  i ? "is DOWN" : "is DOWN.");
        state_add(t, "lb-1", i ? -1 : 7, NOON + PMT_MINUTE, PMT_LB_UP, "s1",
                  i ? "is UP" : "is UP.");
        s[i] = scanned_of(t, NULL);
    }
    struct pmt_findings f = {0};
    struct pmt_counted c = {0};
    struct pmt_facts facts;
    pmt_facts_build(&facts, s, 2);
    assert_int_equal(facts.n, 2);
    assert_int_equal(facts.items[0].nplaces, 2);
    pmt_removals_build(&f, &c, &facts);
    assert_int_equal(f.nremovals, 1);
    assert_int_equal(f.removals[0].count, 1);
    assert_int_equal(f.removals[0].to, NOON + PMT_MINUTE);
    free(f.removals);
    pmt_facts_fini(&facts);
    for (int i = 0; i < 2; i++)
        scanned_fini(&s[i]);
}

/* One line of the nginx error log: the upstream is passed over for a while. */
static void pause_add(struct pmt_tally *t, int64_t at, const char *upstream)
{
    static struct made m;
    made_clear(&m);
    m.rec.kind = PMT_NGINX_ERROR;
    m.rec.event = PMT_EV_SERVER_OUT;
    m.rec.rule = 0;
    m.rec.own = stamp_of(at, PMT_STAMP_ZONED, 0, 0);
    m.rec.subject = pmt_str(upstream);
    snprintf(m.line, sizeof m.line, "upstream server temporarily disabled %s", upstream);
    m.rec.message = pmt_str(m.line);
    tally_made(t, &m, t->lines + 1);
}

static void test_nginx_pauses(void **state)
{
    (void)state;
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    pause_add(t, NOON, "10.0.0.8:80");
    pause_add(t, NOON + 11 * PMT_SECOND, "10.0.0.8:80");
    pause_add(t, NOON + 70 * PMT_SECOND, "10.0.0.8:80"); /* in the next minute: the same pause */
    pause_add(t, NOON + 12 * PMT_SECOND, "10.0.0.9:80");
    pause_add(t, NOON + PMT_HOUR, "10.0.0.8:80");
    struct pmt_scanned s = scanned_of(t, "web-1");
    struct pmt_findings f = {0};
    struct pmt_counted c = {0};
    struct pmt_facts facts;
    pmt_facts_build(&facts, &s, 1);
    pmt_removals_build(&f, &c, &facts);
    assert_int_equal(f.nremovals, 3);
    assert_true(pmt_slice_is(f.removals[0].server, "10.0.0.8:80"));
    assert_int_equal(f.removals[0].from, NOON);
    assert_int_equal(f.removals[0].to, NOON + 80 * PMT_SECOND);
    assert_int_equal(f.removals[0].count, 3);
    assert_true(pmt_slice_is(f.removals[1].server, "10.0.0.9:80"));
    assert_int_equal(f.removals[1].to, NOON + 22 * PMT_SECOND);
    assert_int_equal(f.removals[2].from, NOON + PMT_HOUR);
    for (size_t i = 0; i < f.nremovals; i++) {
        assert_true(f.removals[i].inferred && f.removals[i].pause && !f.removals[i].open);
        assert_int_equal(f.removals[i].backend.n, 0);
    }
    free(f.removals);
    pmt_facts_fini(&facts);
    scanned_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),
        cmocka_unit_test(test_flaps),
        cmocka_unit_test(test_back_by_traffic),
        cmocka_unit_test(test_two_sources),
        cmocka_unit_test(test_nginx_pauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
