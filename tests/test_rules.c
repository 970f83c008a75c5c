#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "pmt/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static struct pmt_rules *rules;
static struct pmt_rules_scratch *scratch;

static int setup(void **state)
{
    (void)state;
    rules = pmt_rules_new();
    scratch = pmt_rules_scratch_new(rules);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pmt_rules_scratch_free(scratch);
    pmt_rules_free(rules);
    return 0;
}

#define UPSTREAM "192.0.2.8:8080"

static struct pmt_record record_of(const char *program, struct pmt_slice message)
{
    struct pmt_record rec;
    pmt_record_clear(&rec);
    bool nginx = strcmp(program, "nginx-error") == 0;
    rec.kind = nginx ? PMT_NGINX_ERROR : PMT_SYSLOG;
    rec.program = pmt_str(nginx ? NULL : program);
    if (nginx)
        rec.upstream = PMT_SLICE(UPSTREAM);
    if (strcmp(program, "systemd") == 0)
        rec.pid = 1;
    if (strcmp(program, "systemd-user") == 0) {
        rec.program = PMT_SLICE("systemd");
        rec.pid = 912;
    }
    rec.message = message;
    return rec;
}

static bool match(struct pmt_record *rec)
{
    return pmt_rules_match(rules, scratch, rec);
}

/* ---- programs and fields ----------------------------------------------------------------- */

static void a_systemd_without_pid_is_the_system(void **state)
{
    (void)state;
    struct pmt_record rec =
        record_of("systemd", PMT_SLICE("Stopped nginx.service - A web server."));
    rec.pid = -1;
    assert_true(match(&rec));
    assert_int_equal(rec.event, PMT_EV_SERVICE_STOPPED);
}

static void an_upstream_that_was_cut_off_is_absent(void **state)
{
    (void)state;
    struct pmt_record rec =
        record_of("nginx-error", PMT_SLICE("no live upstreams while connecting to upstream"));
    rec.upstream = PMT_NO_SLICE;
    assert_true(match(&rec));
    assert_int_equal(rec.event, PMT_EV_NO_SERVER);
    assert_null(rec.subject.p);
}

/* ---- hostile input ----------------------------------------------------------------------- */

static void untouched_when_nothing_matches(void **state)
{
    (void)state;
    struct pmt_record rec = record_of("shop", PMT_SLICE("all is well")), before;
    rec.subject = PMT_SLICE("kept");
    memcpy(&before, &rec, sizeof rec);
    assert_false(match(&rec));
    assert_memory_equal(&rec, &before, sizeof rec);
    rec.message = PMT_NO_SLICE;
    assert_false(match(&rec));
    rec.message = PMT_SLICE("");
    assert_false(match(&rec));
    rec.program = PMT_NO_SLICE;
    rec.message = PMT_SLICE("No space left on device");
    assert_true(match(&rec));
    rec.kind = PMT_HTTP_REQUEST;
    assert_false(match(&rec));
}

/* Every prefix of every sample, its end against an unreadable page. */
static void no_read_past_the_end(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
    const struct pmt_rule *r;
    for (int i = 0; (r = pmt_rules_get(rules, i)); i++)
        for (size_t n = 0; n <= strlen(r->sample); n++) {
            char *p = map + page - n;
            memcpy(p, r->sample, n);
            struct pmt_record rec = record_of(r->program_of_sample, pmt_slice(p, n));
            if (!match(&rec))
                continue;
            assert_true(!rec.subject.p || rec.subject.p + rec.subject.n <= map + page ||
                        pmt_slice_is(rec.subject, UPSTREAM));
            assert_true(!rec.detail.p || rec.detail.p + rec.detail.n <= map + page);
        }
    munmap(map, 2 * page);
}

static void nul_and_control_bytes(void **state)
{
    (void)state;
    static const char oom[] = "Out of memory: Killed process 9 (a\0\x1b[2J\xff) total-vm:1kB";
    struct pmt_record rec = record_of("kernel", pmt_slice(oom, sizeof oom - 1));
    assert_true(match(&rec));
    assert_int_equal(rec.event, PMT_EV_OOM);
    assert_int_equal(rec.subject.n, 7);
    static const char nuls[] = "\0\0\0\0: No space left on device";
    rec = record_of("shop", pmt_slice(nuls, sizeof nuls - 1));
    assert_true(match(&rec));
    static const char cut[] = "No space left\0 on device";
    rec = record_of("shop", pmt_slice(cut, sizeof cut - 1));
    assert_false(match(&rec));
}

/* Each rule's literal with 64 KB of what its pattern likes around it: bounded, and no rule is lost
 * to a captured text without an end. */
static void long_lines_are_bounded(void **state)
{
    (void)state;
    enum { LONG = 64 * 1024 };
    char *line = pmt_alloc(LONG);
    static const char fill[] = {'a', ' ', '(', '[', '1', '.', '/', ':', '\0', '\n', '"', '-'};
    const struct pmt_rule *r;
    for (int i = 0; (r = pmt_rules_get(rules, i)); i++)
        for (size_t f = 0; f < sizeof fill; f++) {
            memset(line, fill[f], LONG);
            size_t n = strlen(r->literal);
            for (size_t at = 0; at + n < LONG; at += 1000)
                memcpy(line + at, r->literal, n);
            struct pmt_record rec = record_of(r->program_of_sample, pmt_slice(line, LONG));
            if (!match(&rec))
                continue;
            assert_true(rec.subject.n <= PMT_RULES_TEXT_MAX);
            assert_true(rec.actor.n <= PMT_RULES_TEXT_MAX);
            assert_true(rec.detail.n <= PMT_RULES_TEXT_MAX);
        }
    free(line);
}

static void what_lies_past_the_limit_is_not_seen(void **state)
{
    (void)state;
    static const char text[] = ": No space left on device";
    size_t n = PMT_RULES_MESSAGE_MAX + sizeof text - 1;
    char *line = pmt_alloc(n);
    memset(line, 'x', n);
    memcpy(line + PMT_RULES_MESSAGE_MAX, text, sizeof text - 1);
    struct pmt_record rec = record_of("shop", pmt_slice(line, n));
    assert_false(match(&rec));
    memset(line, 'x', n);
    memcpy(line + PMT_RULES_MESSAGE_MAX - (sizeof text - 1), text, sizeof text - 1);
    rec = record_of("shop", pmt_slice(line, n));
    assert_true(match(&rec));
    free(line);
}

static void long_captures_are_cut_between_characters(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, "Started x");
    for (int i = 0; i < 500; i++)
        pmt_buf_puts(&b, "\xc3\xa9");
    struct pmt_record rec = record_of("systemd", pmt_buf_view(&b));
    assert_true(match(&rec));
    assert_int_equal(rec.subject.n, PMT_RULES_TEXT_MAX - 1);
    pmt_buf_fini(&b);
}

/* Tables of our own: the order, the groups, and a pattern that would run for years. */
#define ROW(id, programs, literal, pattern)                                                        \
    {                                                                                              \
        id, programs, literal, pattern, PMT_EV_INFO, false, "A", "x", "x", NULL                    \
    }
static const struct pmt_rule table_one[] = {
    ROW("evil", "evil", "a", "^(a+)+(?<subject>b)$"),
    ROW("deep", "evil", "(", "^(\\((?1)*\\))+(?<subject>z)$"),
    ROW("exact", "web", "hit", NULL),
    ROW("prefix", "web*", "hit", NULL),
    ROW("longer", "web-edge*", "edge", NULL),
    {NULL, NULL, NULL, NULL, PMT_EV_NONE, false, NULL, NULL, NULL, NULL},
};
static const struct pmt_rule table_two[] = {
    ROW("any", "*", "hit", NULL),
    {NULL, NULL, NULL, NULL, PMT_EV_NONE, false, NULL, NULL, NULL, NULL},
};

static const char *id_for(const struct pmt_rules *r, struct pmt_rules_scratch *s,
                          const char *program, struct pmt_slice message)
{
    struct pmt_record rec = record_of(program, message);
    return pmt_rules_match(r, s, &rec) ? pmt_rules_get(r, rec.rule)->id : "none";
}

static void groups_and_limits(void **state)
{
    (void)state;
    static const struct pmt_rule *const tables[] = {table_one, table_two, NULL};
    struct pmt_rules *r = pmt_rules_compile(tables);
    struct pmt_rules_scratch *s = pmt_rules_scratch_new(r);
    assert_string_equal(id_for(r, s, "web", PMT_SLICE("a hit")), "exact");
    assert_string_equal(id_for(r, s, "web2", PMT_SLICE("a hit")), "prefix");
    assert_string_equal(id_for(r, s, "web-edge-1", PMT_SLICE("a hit")), "prefix");
    assert_string_equal(id_for(r, s, "web-edge-1", PMT_SLICE("an edge")), "longer");
    assert_string_equal(id_for(r, s, "web", PMT_SLICE("an edge")), "none");
    assert_string_equal(id_for(r, s, "we", PMT_SLICE("a hit")), "any");
    assert_string_equal(id_for(r, s, "", PMT_SLICE("a hit")), "any");
    assert_string_equal(id_for(r, s, "zzz", PMT_SLICE("a miss")), "none");
    char text[4096];
    memset(text, 'a', sizeof text);
    assert_string_equal(id_for(r, s, "evil", pmt_slice(text, sizeof text)), "none");
    memset(text, '(', sizeof text);
    assert_string_equal(id_for(r, s, "evil", pmt_slice(text, sizeof text)), "none");
    assert_string_equal(id_for(r, s, "evil", PMT_SLICE("aab")), "evil");
    pmt_rules_scratch_free(s);
    pmt_rules_free(r);
    pmt_rules_free(NULL);
    pmt_rules_scratch_free(NULL);
}

static void no_tables_match_nothing(void **state)
{
    (void)state;
    static const struct pmt_rule *const tables[] = {NULL};
    struct pmt_rules *r = pmt_rules_compile(tables);
    struct pmt_rules_scratch *s = pmt_rules_scratch_new(r);
    assert_string_equal(id_for(r, s, "web", PMT_SLICE("a hit")), "none");
    assert_null(pmt_rules_get(r, 0));
    pmt_rules_scratch_free(s);
    pmt_rules_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_systemd_without_pid_is_the_system),
        cmocka_unit_test(an_upstream_that_was_cut_off_is_absent),
        cmocka_unit_test(untouched_when_nothing_matches),
        cmocka_unit_test(no_read_past_the_end),
        cmocka_unit_test(nul_and_control_bytes),
        cmocka_unit_test(long_lines_are_bounded),
        cmocka_unit_test(what_lies_past_the_limit_is_not_seen),
        cmocka_unit_test(long_captures_are_cut_between_characters),
        cmocka_unit_test(groups_and_limits),
        cmocka_unit_test(no_tables_match_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
