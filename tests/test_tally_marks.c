#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

/* 2022-02-26 12:00:00 */
#define NOON (INT64_C(1645876800) * PMT_SECOND)

static void event(struct made *m, int64_t wall, int ev, const char *subject)
{
    made_clear(m);
    m->rec.kind = PMT_SYSLOG;
    m->rec.event = (uint8_t)ev;
    m->rec.rule = (int16_t)ev;
    m->rec.head = stamp_of(wall, PMT_STAMP_ZONED, 0, 0);
    m->rec.host = PMT_SLICE("web-1");
    m->rec.subject = pmt_str(subject);
    snprintf(m->line, sizeof m->line, "the line of %s", subject ? subject : "nobody");
    m->rec.message = pmt_str(m->line);
}

static void state_line(struct made *m, int64_t wall, int lb, const char *server)
{
    made_clear(m);
    m->rec.kind = PMT_LB_SERVER_STATE;
    m->rec.lb = (uint8_t)lb;
    m->rec.head = stamp_of(wall, PMT_STAMP_ZONED, 0, 0);
    m->rec.host = PMT_SLICE("lb-1");
    m->rec.backend = PMT_SLICE("be");
    m->rec.server = pmt_str(server);
    m->rec.active_left = 1;
    snprintf(m->line, sizeof m->line, "Server be/%s is in state %d", server, lb);
    m->rec.message = pmt_str(m->line);
}

static void test_what_is_kept(void **state)
{
    (void)state;
    static struct made m[6];
    event(&m[0], NOON, PMT_EV_OOM, "app");
    event(&m[1], NOON, PMT_EV_NONE, "app");
    event(&m[2], NOON, PMT_EV_INFO, "app");
    state_line(&m[3], NOON, PMT_LB_DOWN, "s1");
    state_line(&m[4], NOON, PMT_LB_INFO, "s1");
    event(&m[5], NOON, PMT_EV_OOM, "app");
    m[0].rec.actor = PMT_SLICE("root");
    m[0].rec.detail = PMT_SLICE("16 kB");
    m[0].rec.repeats = 4;
    struct pmt_tally *t = tally_part(m, 0, 6, NULL, NULL);
    assert_int_equal(t->nmarks, 3); /* a kill is never folded */
    assert_int_equal(t->marks[0].event, PMT_EV_OOM);
    assert_int_equal(t->marks[0].count, 5);
    assert_int_equal(t->marks[0].line, 1);
    assert_true(pmt_slice_is(t->marks[0].detail, "16 kB"));
    assert_true(t->marks[0].actor != 0);
    assert_true(pmt_slice_is(t->marks[0].excerpt, "the line of app"));
    assert_int_equal(t->marks[1].lb, PMT_LB_DOWN);
    assert_int_equal(t->marks[2].line, 6);
    assert_int_equal(t->marks[2].actor, 0);
    pmt_tally_free(t);
}

/* Repeats in the minute are one mark: the earliest line's words, all of the count. */
static void test_fold(void **state)
{
    (void)state;
    static struct made m[7];
    event(&m[0], NOON + 20 * PMT_SECOND, PMT_EV_UPSTREAM, "10.0.0.7");
    event(&m[1], NOON + 30 * PMT_SECOND, PMT_EV_UPSTREAM, "10.0.0.7");
    event(&m[2], NOON + 30 * PMT_SECOND, PMT_EV_UPSTREAM, "10.0.0.8");  /* another upstream */
    event(&m[3], NOON + 60 * PMT_SECOND, PMT_EV_UPSTREAM, "10.0.0.7");  /* another minute */
    event(&m[4], NOON + 10 * PMT_SECOND, PMT_EV_UPSTREAM, "10.0.0.7");  /* late: the earliest */
    event(&m[5], NOON + 40 * PMT_SECOND, PMT_EV_UPSTREAM, "10.0.0.7");
    event(&m[6], NOON + 40 * PMT_SECOND, PMT_EV_UPSTREAM, "10.0.0.7");  /* another host */
    m[4].rec.detail = PMT_SLICE("of line 5");
    m[5].rec.repeats = 2;
    m[6].rec.host = PMT_SLICE("web-2");
    for (size_t cut = 0; cut <= 7; cut++) {
        struct pmt_tally *t = tally_part(m, 0, cut, NULL, NULL);
        struct pmt_tally *b = tally_part(m, cut, 7, NULL, NULL);
        pmt_tally_append(t, b);
        tally_finish(t);
        assert_int_equal(t->nmarks, 4);
        assert_int_equal(t->marks[0].count, 6);
        assert_int_equal(t->marks[0].line, 5);
        assert_int_equal(t->marks[0].wall, NOON + 10 * PMT_SECOND);
        assert_int_equal(t->marks[0].last_wall, NOON + 40 * PMT_SECOND);
        assert_true(pmt_slice_is(t->marks[0].detail, "of line 5"));
        assert_int_equal(t->marks[1].line, 3);
        assert_int_equal(t->marks[2].line, 4);
        assert_true(pmt_slice_is(t->marks[3].host, "web-2"));
        pmt_tally_free(t);
    }
}

/* A late line may become the first of a fact that was kept long before: its words are copied. */
static void test_late_line_is_copied(void **state)
{
    (void)state;
    enum { N = 400 };
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    char subject[16], *text = strdup("the late line");
    static struct made m;
    event(&m, NOON + 30 * PMT_SECOND, PMT_EV_UPSTREAM, "first");
    tally_made(t, &m, 1);
    for (uint64_t i = 0; i < N; i++) {
        snprintf(subject, sizeof subject, "s%llu", (unsigned long long)i);
        event(&m, NOON + 30 * PMT_SECOND, PMT_EV_UPSTREAM, subject);
        tally_made(t, &m, i + 2);
    }
    event(&m, NOON, PMT_EV_UPSTREAM, "first");
    pmt_tally_add(t, &m.rec, &(struct pmt_line){.text = pmt_str(text), .number = N + 2});
    memset(text, 'x', strlen(text)); /* the line is gone */
    free(text);
    memset(&m, 'x', sizeof m);
    pmt_tally_seal(t);
    assert_int_equal(t->nmarks, N + 1);
    assert_true(pmt_slice_is(t->marks[0].excerpt, "the late line"));
    assert_true(pmt_slice_is(t->marks[0].subject, "first"));
    assert_int_equal(t->marks[0].line, N + 2);
    pmt_tally_free(t);
}

/* The log line and the alert of one state, in other words and quotes, are the same fact. */
static void test_payload(void **state)
{
    (void)state;
    static struct made m[6];
    for (size_t i = 0; i < 6; i++)
        state_line(&m[i], NOON, PMT_LB_NO_SERVER, "");
    m[0].rec.message = PMT_SLICE("backend be has no server available!");
    m[1].rec.message = PMT_SLICE("backend 'be' has no server available!");
    m[2].rec.backend = PMT_SLICE("other");
    m[3].rec.lb = PMT_LB_DOWN;
    m[4].rec.reason = PMT_SLICE("Layer4 timeout");
    m[5].rec.active_left = 0;
    struct pmt_tally *t = tally_part(m, 0, 6, NULL, NULL);
    assert_int_equal(t->nmarks, 6);
    assert_int_equal(t->marks[0].payload, t->marks[1].payload);
    for (size_t i = 2; i < 6; i++)
        assert_true(t->marks[i].payload != t->marks[0].payload);
    pmt_tally_free(t);
    /* Free text: what stands behind the envelope. */
    event(&m[0], NOON, PMT_EV_OOM, "a");
    event(&m[1], NOON, PMT_EV_OOM, "a");
    event(&m[2], NOON, PMT_EV_OOM, "b");
    m[0].rec.message = m[1].rec.message = PMT_SLICE("Out of memory");
    snprintf(m[0].line, sizeof m[0].line, "Feb 26 12:00:00 web-1 kernel: Out of memory");
    t = tally_part(m, 0, 3, NULL, NULL);
    assert_int_equal(t->marks[0].payload, t->marks[1].payload);
    assert_true(t->marks[2].payload != t->marks[0].payload);
    pmt_tally_free(t);
}

/* Facts that do not fold: the first half of PMT_MARKS_MAX. */
static void test_marks_max(void **state)
{
    (void)state;
    enum { KEEP = PMT_MARKS_MAX / 2, N = KEEP + 700 };
    for (uint64_t cut = 0; cut < N; cut += 17000) {
        struct pmt_tally *t[2] = {pmt_tally_new(NULL, NULL), pmt_tally_new(NULL, NULL)};
        static struct made m;
        for (uint64_t i = 0; i < N; i++) {
            event(&m, NOON + (int64_t)i * PMT_SECOND, PMT_EV_OOM, "app");
            tally_made(t[i >= cut], &m, 1 + (i < cut ? i : i - cut));
        }
        pmt_tally_append(t[0], t[1]);
        tally_finish(t[0]);
        assert_int_equal(t[0]->nmarks, KEEP);
        assert_int_equal(t[0]->marks_dropped, N - KEEP);
        assert_int_equal(t[0]->marks[KEEP - 1].line, KEEP);
        pmt_tally_free(t[0]);
    }
}

static struct pmt_tally *fold_part(uint64_t from, uint64_t to)
{
    struct pmt_tally *t = pmt_tally_new(NULL, NULL);
    static struct made m;
    char subject[32];
    for (uint64_t i = from; i < to; i++) {
        uint64_t who = i * 7919 % 90001; /* comes again, later */
        snprintf(subject, sizeof subject, "u%llu", (unsigned long long)who);
        event(&m, NOON + (int64_t)(i % 50) * PMT_SECOND, PMT_EV_UPSTREAM, subject);
        tally_made(t, &m, i - from + 1);
    }
    pmt_tally_seal(t);
    return t;
}

/* Facts that fold: the other half, the same ones however the lines were cut, with all their
 * repeats. */
static void test_folding_marks_max(void **state)
{
    (void)state;
    enum { N = 150000, KEEP = PMT_MARKS_MAX / 2 };
    struct pmt_buf want = {0};
    struct pmt_tally *whole = fold_part(0, N);
    uint64_t count = whole->marks_dropped;
    assert_int_equal(whole->nmarks, KEEP);
    for (size_t i = 0; i < whole->nmarks; i++) {
        assert_in_range(whole->marks[i].count, 1, 2);
        count += whole->marks[i].count;
    }
    assert_int_equal(count, N);
    dump_tally(&want, whole);
    pmt_tally_free(whole);
    for (uint64_t cut = 20000; cut < N; cut += 60000) {
        struct pmt_buf got = {0};
        struct pmt_tally *a = fold_part(0, cut);
        pmt_tally_append(a, fold_part(cut, N));
        tally_finish(a);
        dump_tally(&got, a);
        assert_same_dump(&want, &got);
        pmt_buf_fini(&got);
        pmt_tally_free(a);
    }
    pmt_buf_fini(&want);
}

/* Of a long line of the journal the message, not the first fields; nothing else is taken apart. */
static void test_excerpt_of_json(void **state)
{
    (void)state;
    static const struct {
        const char *begin;
        int length;
        const char *program;
        int64_t pid;
        const char *begins;
    } rows[] = {
        {"{", 300, "sudo", 0, "sudo: Out of memory"},
        {"{", 300, "kernel", 7, "kernel[7]: Out of memory"},
        {"{", 200, "kernel", 7, "{xxx"},
        {"<", 300, "kernel", 7, "<xxx"},
        {"{", 300, "", 7, "{xxx"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct made m;
        event(&m, NOON, PMT_EV_OOM, "app");
        memset(m.line, 'x', (size_t)rows[i].length);
        m.line[0] = *rows[i].begin;
        m.line[rows[i].length] = '\0';
        m.rec.message = PMT_SLICE("Out of memory");
        m.rec.program = pmt_str(rows[i].program);
        m.rec.pid = rows[i].pid;
        struct pmt_tally *t = tally_part(&m, 0, 1, NULL, NULL);
        assert_true(pmt_slice_starts(t->marks[0].excerpt, rows[i].begins));
        pmt_tally_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_excerpt_of_json),
        cmocka_unit_test(test_what_is_kept), cmocka_unit_test(test_fold),
        cmocka_unit_test(test_late_line_is_copied), cmocka_unit_test(test_payload),
        cmocka_unit_test(test_marks_max), cmocka_unit_test(test_folding_marks_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
