/* test_report_notes.c - what people noted, in the draft: bullets, slots, and what the logs show
 * against it. */
#include "world.h"

#include "pmt/render.h"

#define N_OF(a) (sizeof(a) / sizeof *(a))

/* ---- an hour of requests, of which half fail from 09:20:00 to 09:39:50 ---------------------- */

#define ONSET (NINE + 20 * PMT_MINUTE)
#define OVER (NINE + 40 * PMT_MINUTE)

struct story {
    struct world w;
    struct pmt_notes notes;
    struct pmt_buf draft;
};

static void open_story(struct story *s, const char *const *lines, size_t n, bool redacted)
{
    struct pmt_buf b = {0};
    memset(s, 0, sizeof *s);
    for (int64_t t = NINE - PMT_HOUR; t < NINE + 2 * PMT_HOUR; t += 5 * PMT_SECOND) {
        unsigned i = (unsigned)(t / (5 * PMT_SECOND));
        bool fails = t >= ONSET && t < OVER && i % 2 == 0;
        pmt_buf_printf(&b, "%s - - [", client_name(i % 40));
        put_clf_time(&b, t);
        pmt_buf_printf(&b, " +0000] \"GET /books HTTP/1.1\" %d 347 \"-\" \"Mozilla/5.0\"\n",
                       fails ? 502 : 200);
    }
    const struct scan_log logs[] = {{.path = "web-01/access.log", .text = b.data}};
    world_open(&s->w, logs, 1);
    for (size_t i = 0; i < n; i++) {
        struct pmt_noted note;
        const char *why = "";
        if (pmt_note_parse(pmt_str(lines[i]), &s->w.scan.arena, &note, &why) != 1)
            fail_msg("%s: %s", lines[i], why);
        note.file = "notes.md";
        note.line = 1;
        PMT_GROW(s->notes.v, s->notes.n, s->notes.cap);
        s->notes.v[s->notes.n++] = note;
    }
    s->w.notes = &s->notes;
    world_report(&s->w, redacted);
    assert_non_null(s->w.report.incident);
    pmt_render_markdown(&s->w.report, &s->draft);
    pmt_buf_fini(&b);
}
#define OPEN(s, lines) open_story(s, lines, N_OF(lines), true)

static void close_story(struct story *s)
{
    world_close(&s->w);
    pmt_notes_fini(&s->notes);
    pmt_buf_fini(&s->draft);
}

static void assert_has(const struct story *s, const char *text)
{
    if (!strstr(s->draft.data, text))
        fail_msg("not in the draft: %s\n%s", text, s->draft.data);
}

static void assert_has_not(const struct story *s, const char *text)
{
    if (strstr(s->draft.data, text))
        fail_msg("in the draft: %s\n%s", text, s->draft.data);
}

/* ---- slots ------------------------------------------------------------------------------ */

static const char *const all[] = {
    "09:24 UTC - an alert went off #detected",
    "09:26:30 UTC - looked at the workers #investigation",
    "09:28 UTC - suspected the network #misleading",
    "~09:30 UTC - passed on to the infrastructure team #escalated",
    "09:39:55 UTC - restarted the workers #resolved",
    "nobody could log in #impact",
    "a worker hung #cause",
};

static void slots_are_filled(void **state)
{
    (void)state;
    struct story s;
    OPEN(&s, all);
    assert_has(&s, "- 09:24 - **Detected** (note): an alert went off [E2].");
    assert_has(&s, "- 09:26:30 - Investigated (note): looked at the workers [E3].");
    assert_has(&s, "- 09:28 - Misleading path (note): suspected the network [E4].");
    assert_has(&s, "- 09:30 - **Escalated** (note, time approximate): passed on to the "
                   "infrastructure team [E5].");
    assert_has(&s, "In the notes it was resolved at 09:39:55 [E7].");
    assert_has(&s, "(note) nobody could log in [E9].");
    assert_has(&s, "According to the notes: a worker hung [E8].");
    assert_has(&s, "TODO(resolution): is it permanent?");
    assert_has(&s, "(note) marks what people noted.");
    static const char *const gone[] = {"TODO(detection)", "TODO(investigation)", "TODO(misleading)",
                                       "TODO(escalation)", "TODO(impact)", "The logs show"};
    for (size_t i = 0; i < N_OF(gone); i++)
        assert_has_not(&s, gone[i]);
    close_story(&s);
}

static void slots_stay_open(void **state)
{
    (void)state;
    struct story s;
    static const char *const some[] = {"09:24 UTC it was slow #detected",
                                       "we looked at the network first #misleading"};
    OPEN(&s, some);
    assert_has(&s, "TODO(detection): was it an alert, an engineer or a customer?");
    assert_has(&s, "Misleading path (note): we looked at the network first");
    assert_has(&s, "TODO(time): when?");
    assert_has(&s, "TODO(investigation): what was suspected?");
    assert_has(&s, "TODO(escalation)");
    assert_has(&s, "TODO(resolution): what was done");
    assert_has_not(&s, "TODO(misleading)");
    close_story(&s);
}

static void order_does_not_matter(void **state)
{
    (void)state;
    struct story one, other;
    const char *turned[N_OF(all) + 1];
    for (size_t i = 0; i < N_OF(all); i++)
        turned[i] = all[(i * 3 + 4) % N_OF(all)];
    turned[N_OF(all)] = all[2]; /* noted twice */
    OPEN(&one, all);
    open_story(&other, turned, N_OF(turned), true);
    assert_string_equal(one.draft.data, other.draft.data);
    close_story(&one);
    close_story(&other);
}

/* ---- what the logs show ------------------------------------------------------------------ */

static void contradictions(void **state)
{
    (void)state;
    static const struct {
        const char *note, *want; /* NULL: none */
    } cases[] = {
        {"09:05 UTC x #detected", "The logs show the start only 15 min 0 s later, at 09:20:"},
        {"09:19 UTC x #detected", "The logs show the start only"},
        {"09:20 UTC x #detected", NULL},
        {"~09:12 UTC x #detected", NULL},
        {"09:45 UTC x #detected", "The logs show the end 5 min "},
        {"09:40 UTC x #detected", NULL},
        {"09:10 UTC x #escalated", "The logs show the start only 10 min 0 s later"},
        {"09:50 UTC x #escalated", NULL},
        {"09:30 UTC x #resolved", "failed requests after it, the last 9 min "},
        {"09:39 UTC x #resolved", NULL},
        {"~09:31 UTC x #resolved", NULL},
        {"09:50 UTC x #resolved", NULL},
        {"10:30 UTC x #resolved", "The logs show the end 50 min "},
        {"09:25 UTC x #mitigated", "The logs show no fall: "},
        {"09:39 UTC x #mitigated", NULL},
        {"10:30 UTC x #mitigated", "The logs show the end 50 min "},
        {"09:05 UTC x #action", NULL},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct story s;
        open_story(&s, &cases[i].note, 1, true);
        const struct pmt_told_note *n = &s.w.report.notes[0];
        if (cases[i].want ? !n->against || !strstr(n->against, cases[i].want) : n->against != NULL)
            fail_msg("%s: %s", cases[i].note, n->against ? n->against : "nothing");
        if (n->against) {
            assert_int_equal(n->cites.n, 2);
            assert_has(&s, n->against[0] ? cases[i].want : "");
            assert_has(&s, "The logs show otherwise than 1 of the notes");
        }
        close_story(&s);
    }
}

/* ---- words ------------------------------------------------------------------------------ */

static void words_are_redacted(void **state)
{
    (void)state;
    struct story s;
    static const char *const lines[] = {
        "09:30 UTC @anna.b (anna@shop.example, 198.51.100.77) saw /x?token=abc; see #12 \x01y"};
    OPEN(&s, lines);
    static const char *const secrets[] = {"anna", "198.51.100.77", "abc", "#12", "\x01"};
    for (size_t i = 0; i < N_OF(secrets); i++) {
        const char *annex = strstr(s.draft.data, "## Annex"); /* there it is code */
        const char *at = strstr(s.draft.data, secrets[i]);
        if (at && (at < annex || i != 3))
            fail_msg("%s:\n%s", secrets[i], s.draft.data);
    }
    close_story(&s);
    open_story(&s, lines, 1, false);
    assert_has(&s, "anna.b");
    close_story(&s);
}

static void others_are_left_out(void **state)
{
    (void)state;
    struct story s;
    static const char *const lines[] = {"2021-11-01 08:00 UTC x #cause", "2022-03-09 08:00 UTC y",
                                        "09:30 z"};
    OPEN(&s, lines);
    size_t out = 0;
    for (size_t i = 0; i < s.w.report.nnotes; i++)
        out += s.w.report.notes[i].use == PMT_NOTE_LEFT_OUT;
    assert_int_equal(out, 2);
    assert_has(&s, "left out: not between");
    assert_has(&s, "no zone is written: read in UTC");
    assert_has_not(&s, "According to the notes");
    close_story(&s);
}

static void limits_hold(void **state)
{
    (void)state;
    struct story s;
    const char *lines[60];
    char text[60][200];
    for (int i = 0; i < 60; i++) {
        snprintf(text[i], sizeof text[i],
                 "09:%02d UTC number %d. It was said at length. And then, once more, somebody said "
                 "a lot of it all over again%s", i % 60, i, i % 7 ? "" : " #resolved");
        lines[i] = text[i];
    }
    open_story(&s, lines, 60, true);
    size_t bullets = 0;
    for (size_t i = 0; i < s.w.report.ntimeline; i++)
        bullets += s.w.report.timeline[i].shown;
    assert_true(bullets + s.w.report.slots.n <= PMT_BULLETS_MAX);
    char *annex = strstr(s.draft.data, "## Annex");
    *annex = '\0';
    size_t words = pmt_count_words(s.draft.data);
    assert_true(words <= PMT_BODY_WORDS_MAX + 60); /* the marks of the blocks */
    close_story(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_filled),      cmocka_unit_test(slots_stay_open),
        cmocka_unit_test(order_does_not_matter), cmocka_unit_test(contradictions),
        cmocka_unit_test(words_are_redacted),    cmocka_unit_test(others_are_left_out),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
