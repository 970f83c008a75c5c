/* test_removals_shares.c - servers that were given nothing while others were. */
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

enum { SERVERS = 6, SPANS = 24, END = -1 };

/* From one minute after noon to before another, one request every so many seconds. */
struct span {
    int from, to, every;
    bool bad;            /* not answered well */
    int took;            /* seconds */
};

struct server {
    const char *name, *host; /* host NULL: lb-1 */
    struct span spans[SPANS];
};

struct line {
    int minute, lb; /* a state line about a server of lb-1 */
    const char *server;
};

struct want {
    const char *server;
    int from, to; /* minutes, END: open */
    bool before;
};

struct story {
    const char *name;
    int layer; /* 0: HAProxy */
    struct server servers[SERVERS];
    struct line lines[3];
    struct want wants[4];
};

#define ALL_DAY {{0, 1440, 4}}

static const struct story stories[] = {
    {"all are used", 0, {{"a", NULL, ALL_DAY}, {"b", NULL, ALL_DAY}}},
    {"one alone has no share", 0, {{"a", NULL, {{0, 300, 4}, {600, 1440, 4}}}}},
    {"out and back", 0,
     {{"a", NULL, ALL_DAY}, {"b", NULL, {{0, 300, 4}, {600, 1440, 4}}}}, {{0}}, {{"b", 300, 600}}},
    {"out and back within three minutes", 0,
     {{"a", NULL, {{0, 1440, 1}}}, {"b", NULL, {{0, 300, 1}, {303, 1440, 1}}}},
     {{0}}, {{"b", 300, 303}}},
    {"too few were expected", 0,
     {{"a", NULL, {{0, 1440, 60}}}, {"b", NULL, {{0, 300, 60}, {320, 1440, 60}}}}},
    {"never back", 0,
     {{"a", NULL, ALL_DAY}, {"b", NULL, {{0, 300, 4}}}}, {{0}}, {{"b", 300, END}}},
    {"out when the log begins, and a line says it is back", 0,
     {{"a", NULL, ALL_DAY}, {"b", NULL, {{300, 1440, 4}}}},
     {{300, PMT_LB_UP, "b"}}, {{"b", 0, 300, true}}},
    {"heard of for the first time: it may be new", 0,
     {{"a", NULL, ALL_DAY}, {"b", NULL, {{300, 1440, 4}}}}},
    {"came and went: neither is told", 0,
     {{"a", NULL, ALL_DAY}, {"b", NULL, {{300, 600, 4}}}}, {{300, PMT_LB_UP, "b"}}},
    {"told by state lines", 0,
     {{"a", NULL, ALL_DAY}, {"b", NULL, {{0, 300, 4}, {600, 1440, 4}}}},
     {{300, PMT_LB_DOWN, "b"}, {600, PMT_LB_UP, "b"}}},
    {"another balancer gave it requests", 0,
     {{"a", NULL, ALL_DAY}, {"b", NULL, {{0, 300, 4}, {600, 1440, 4}}},
      {"a", "lb-2", ALL_DAY}, {"b", "lb-2", ALL_DAY}}, {{0}}, {{"b", 300, 600}}},
    {"a hole in the log", 0,
     {{"a", NULL, {{0, 300, 4}, {600, 1440, 4}}}, {"b", NULL, {{0, 300, 4}, {600, 1440, 4}}}}},
    {"a hole, and out for longer", 0,
     {{"a", NULL, {{0, 300, 4}, {600, 1440, 4}}}, {"b", NULL, {{0, 300, 4}, {700, 1440, 4}}}},
     {{0}}, {{"b", 600, 700}}},
    {"a hole while it was out", 0,
     {{"a", NULL, {{0, 400, 4}, {500, 1440, 4}}}, {"b", NULL, {{0, 300, 4}, {700, 1440, 4}}}},
     {{0}}, {{"b", 300, 700}}},
    {"one who stands by, and the others while it serves", 0,
     {{"a", NULL, {{0, 300, 4}, {310, 1440, 4}}}, {"c", NULL, {{300, 310, 4}}}},
     {{0}}, {{"a", 300, 310}}},
    {"the sessions that stay with a server without weight", 0,
     {{"a", NULL, ALL_DAY},
      {"b", NULL, {{0, 300, 4}, {400, 401, 60}, {500, 501, 60}, {600, 1440, 4}}}},
     {{0}}, {{"b", 300, 600}}},
    {"most come and go for good", 0,
     {{"a", NULL, {{0, 700, 4}}}, {"b", NULL, {{0, 700, 4}}}, {"c", NULL, {{700, 1440, 4}}},
      {"d", NULL, {{700, 1440, 4}}}}},
    {"one of three goes for good", 0,
     {{"a", NULL, ALL_DAY}, {"b", NULL, ALL_DAY}, {"c", NULL, {{0, 700, 4}}}},
     {{0}}, {{"c", 700, END}}},
    {"silent again and again, all day: clients stick to it", 0,
     {{"a", NULL, ALL_DAY},
      {"b", NULL, {{0, 60, 4}, {120, 180, 4}, {240, 300, 4}, {360, 420, 4}, {480, 540, 4},
                   {600, 660, 4}, {720, 780, 4}, {840, 900, 4}}}}},
    {"nginx: an address is out", PMT_LAYER_NGINX,
     {{"10.0.0.1:80", NULL, ALL_DAY}, {"10.0.0.2:80", NULL, {{0, 300, 4}, {600, 1440, 4}}}},
     {{0}}, {{"10.0.0.2:80", 300, 600}}},
    {"nginx: another port is another pool", PMT_LAYER_NGINX,
     {{"10.0.0.1:80", NULL, ALL_DAY}, {"10.0.0.1:9000", NULL, {{0, 300, 4}, {600, 1440, 4}}}}},
    {"while all else fails, one is given what there is", 0,
     {{"a", NULL, {{0, 300, 4}, {300, 340, 1, true}, {340, 1440, 4}}},
      {"b", NULL, {{0, 300, 4}, {340, 1440, 4}}}}},
    {"the others fail for a part of the time in which it is out", 0,
     {{"a", NULL, {{0, 300, 4}, {300, 340, 4, true}, {340, 1440, 4}}},
      {"b", NULL, {{0, 300, 4}, {600, 1440, 4}}}},
     {{0}}, {{"b", 300, 600}}},
    {"half of what the others are given fails", 0,
     {{"a", NULL, {{0, 300, 4}, {300, 340, 2, true}, {340, 1440, 4}}},
      {"b", NULL, {{0, 300, 4}, {340, 1440, 4}}}, {"c", NULL, {{0, 300, 4}, {300, 340, 2},
                                                              {340, 1440, 4}}}},
     {{0}}, {{"b", 300, 340}}},
    {"hangs, and has as many requests as it may", 0,
     {{"a", NULL, {{0, 1440, 1}}},
      {"b", NULL, {{0, 300, 1}, {300, 301, 1, true, 300}, {306, 307, 1, true, 300},
                   {312, 1440, 1}}}}},
    {"streams that last for hours do not hide that it is given no more", 0,
     {{"a", NULL, {{0, 1440, 4}}}, {"b", NULL, {{0, 300, 4, false, 36000}}}},
     {{0}}, {{"b", 310, END}}},
    {"replaced by another", 0,
     {{"a", NULL, ALL_DAY}, {"d", NULL, ALL_DAY}, {"b", NULL, {{0, 700, 4}}},
      {"c", NULL, {{705, 1440, 4}}}}},
    {"a new one came long before it went", 0,
     {{"a", NULL, ALL_DAY}, {"d", NULL, ALL_DAY}, {"b", NULL, {{0, 700, 4}}},
      {"c", NULL, {{300, 1440, 4}}}},
     {{0}}, {{"b", 700, END}}},
    {"one of those that a machine names and does away with", 0,
     {{"i-0a1b2c3d4e5f60718", NULL, ALL_DAY}, {"i-09f8e7d6c5b4a3021", NULL, ALL_DAY},
      {"i-04c2d9e81f7a6b530", NULL, {{0, 700, 4}}},
      {"i-0d5e1f2a3b4c6d708", NULL, {{300, 1440, 4}}}}},
    {"a surge that is another's alone", 0,
     {{"a", NULL, {{0, 300, 120}, {300, 340, 1}, {340, 1440, 120}}},
      {"b", NULL, {{0, 1440, 300}}}}},
    {"a hash gives all of a page to one: in half hours without its pages it has none", 0,
     {{"a", NULL, {{0, 60, 1}, {60, 90, 3}, {90, 180, 1}, {210, 270, 2}, {270, 390, 1}}},
      {"b", NULL, {{0, 90, 1}, {90, 150, 4}, {180, 240, 1}, {240, 300, 5}, {300, 390, 1}}},
      {"c", NULL, {{0, 30, 2}, {30, 60, 6}, {60, 150, 1}, {150, 180, 5}, {180, 300, 2},
                   {330, 390, 1}}}}},
    {"flaps", 0,
     {{"a", NULL, {{0, 1440, 1}}},
      {"b", NULL, {{0, 300, 1}, {305, 310, 1}, {315, 320, 1}, {325, 330, 1}, {335, 340, 1},
                   {345, 1440, 1}}}}, {{0}}, {{"b", 300, 345}}},
};

static void use_build(struct pmt_use *u, const struct server *s, int layer)
{
    uint64_t line = 0;
    *u = (struct pmt_use){.layer = (uint8_t)(layer ? layer : PMT_LAYER_HAPROXY),
                          .backend = layer ? PMT_NO_SLICE : PMT_SLICE("be"),
                          .server = pmt_str(s->name), .host = pmt_str(s->host ? s->host : "lb-1")};
    for (const struct span *p = s->spans; p->every; p++)
        for (int sec = p->from * 60; sec < p->to * 60; sec += p->every) {
            int64_t t = NOON + sec * PMT_SECOND;
            line++;
            pmt_series_add(&u->series, t / PMT_SECOND,
                           &(struct pmt_counts){{[PMT_ALL] = 1, [PMT_BAD] = p->bad}});
            pmt_use_add(u, &(struct pmt_spell){t, t, line, line, 2, 2, t + p->took * PMT_SECOND});
        }
}

/* The last request before and the first behind lie on the table's minutes, or in the seconds just
 * before. */
static bool near(int64_t t, int minute)
{
    int64_t want = NOON + minute * PMT_MINUTE;
    return t <= want + 10 * PMT_SECOND && t >= want - PMT_MINUTE;
}

static bool as_wanted(const struct pmt_removal *r, const struct want *w)
{
    return pmt_slice_is(r->server, w->server) && r->kind == PMT_REMOVAL_NO_TRAFFIC &&
           r->inferred && !r->out && pmt_slice_is(r->host, "lb-1") &&
           near(r->from, w->from) && r->began_before == w->before &&
           r->open == (w->to == END) && (r->open ? r->to == PMT_NO_TIME : near(r->to, w->to)) &&
           (r->before.line != 0) == !w->before && (r->behind.line != 0) == !r->open &&
           (r->open || r->behind.source == 2);
}

static size_t inferred(struct pmt_findings *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->nremovals; i++)
        if (f->removals[i].kind == PMT_REMOVAL_NO_TRAFFIC)
            f->removals[n++] = f->removals[i];
    return n;
}

static void play(const struct story *s, struct pmt_findings *f)
{
    struct pmt_use uses[SERVERS];
    struct pmt_counted c = {.uses = uses};
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    struct pmt_facts facts;
    for (const struct line *l = s->lines; l < s->lines + 3 && l->server; l++)
        state_add(t, "lb-1", 7, NOON + l->minute * PMT_MINUTE, l->lb, l->server,
                  l->lb == PMT_LB_UP ? "is UP" : "is DOWN");
    for (; c.nuses < SERVERS && s->servers[c.nuses].name; c.nuses++)
        use_build(&uses[c.nuses], &s->servers[c.nuses], s->layer);
    struct pmt_scanned src = scanned_of(t, NULL);
    pmt_facts_build(&facts, &src, 1);
    pmt_removals_build(f, &c, &facts);
    for (size_t i = 0; i < f->nremovals; i++)
        assert_true(!i || f->removals[i].from >= f->removals[i - 1].from);
    pmt_facts_fini(&facts);
    scanned_fini(&src);
    for (size_t i = 0; i < c.nuses; i++)
        pmt_use_fini(&uses[i]);
}

static void test_stories(void **state)
{
    (void)state;
    for (const struct story *s = stories; s < stories + sizeof stories / sizeof *stories; s++) {
        struct pmt_findings f = {0};
        play(s, &f);
        size_t n = inferred(&f), want = 0;
        while (want < 4 && s->wants[want].server)
            want++;
        for (size_t i = 0; i < n; i++) {
            const struct pmt_removal *r = &f.removals[i];
            if (i >= want || !as_wanted(r, &s->wants[i]))
                fail_msg("%s: %.*s from %lld to %lld s, before %d, open %d", s->name,
                         PMT_FMT(r->server), (long long)((r->from - NOON) / PMT_SECOND),
                         (long long)((r->to - NOON) / PMT_SECOND), r->began_before, r->open);
        }
        if (n != want)
            fail_msg("%s: %zu removals instead of %zu", s->name, n, want);
        free(f.removals);
    }
}

static const struct story *story(const char *name)
{
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        if (strcmp(stories[i].name, name) == 0)
            return &stories[i];
    fail_msg("no story %s", name);
    return NULL;
}

static void test_counts(void **state)
{
    (void)state;
    struct pmt_findings f = {0};
    play(story("flaps"), &f);
    assert_int_equal(f.nremovals, 1);
    assert_true(f.removals[0].flaps);
    assert_int_equal(f.removals[0].count, 5);
    free(f.removals);
    f = (struct pmt_findings){0};
    play(story("the sessions that stay with a server without weight"), &f);
    assert_int_equal(f.removals[0].requests, 2);
    assert_int_equal(f.removals[0].count, 1);
    free(f.removals);
    f = (struct pmt_findings){0};
    play(story("out when the log begins, and a line says it is back"), &f);
    assert_non_null(f.removals[0].back);
    assert_int_equal(f.removals[0].to, NOON + 300 * PMT_MINUTE);
    free(f.removals);
}

/* Slots that the resolver empties: some never had an address, one had. */
static void test_slots(void **state)
{
    (void)state;
    static const struct story empty = {
        "slots", 0, {{"a", NULL, ALL_DAY}, {"b", NULL, ALL_DAY}, {"d", NULL, {{600, 1440, 4}}}},
        {{30, PMT_LB_MAINT, "c"}, {30, PMT_LB_MAINT, "d"}, {600, PMT_LB_UP, "d"}}};
    static const struct story used = {
        "slots", 0, {{"a", NULL, ALL_DAY}, {"b", NULL, {{0, 30, 4}, {600, 1440, 4}}}},
        {{30, PMT_LB_MAINT, "b"}, {600, PMT_LB_UP, "b"}}};
    static const struct story nobody = {"slots", 0, {{NULL}}, {{30, PMT_LB_MAINT, "b"}}};
    static const struct {
        const struct story *story;
        size_t n;
    } cases[] = {{&empty, 0}, {&used, 1}, {&nobody, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_findings f = {0};
        play(cases[i].story, &f);
        assert_int_equal(f.nremovals, cases[i].n);
        if (f.nremovals)
            assert_int_equal(f.removals[0].kind, PMT_REMOVAL_MAINTENANCE);
        free(f.removals);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
