/* test_notes.c - which lines are notes, their times, tags and words. */
#include "pmt/notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* 2022-02-26 08:47:31 UTC, a Saturday */
#define ANCHOR (INT64_C(1645865251) * PMT_SECOND)

static struct pmt_arena arena;

static int end_arena(void **state)
{
    (void)state;
    pmt_arena_fini(&arena);
    return 0;
}

static const char *instant(const struct pmt_note_time *t, const struct pmt_zone *zone)
{
    struct pmt_buf b = {0};
    int64_t at = pmt_note_instant(t, zone, ANCHOR);
    if (at == PMT_NO_TIME)
        return "none";
    pmt_put_datetime(&b, at);
    char *s = pmt_arena_printf(&arena, "%s", b.data);
    pmt_buf_fini(&b);
    return s;
}

static void lines_that_are_notes(void **state)
{
    (void)state;
    static const struct {
        const char *line, *at, *text;
        unsigned tags;
    } cases[] = {
        {"2022-02-26 12:15 EAT - escalated to the infrastructure team #escalated",
         "2022-02-26 09:15:00", "escalated to the infrastructure team", PMT_NOTE_ESCALATED},
        {"- 12:15 EAT: web-02 back", "2022-02-26 09:15:00", "web-02 back", 0},
        {"* 26 Feb 12:15 looked at logs", "2022-02-26 12:15:00", "looked at logs", 0},
        {"+ 26 February 2022, 12:15:07 UTC | x", "2022-02-26 12:15:07", "x", 0},
        {"> Feb 26 12:15 Africa/Nairobi, x", "2022-02-26 09:15:00", "x", 0},
        {"1. February 26, 2022 at 12:15 (EAT) \xE2\x80\x93 x", "2022-02-26 09:15:00", "x", 0},
        {"- [x] 2022-02-26T12:15:07.5+03:00 x", "2022-02-26 09:15:07", "x", 0},
        {"2022-02-26T09:15-0130 x", "2022-02-26 10:45:00", "x", 0},
        {"2022-02-26T09:15Z x", "2022-02-26 09:15:00", "x", 0},
        {"2022/02/26 09:15 UTC x", "2022-02-26 09:15:00", "x", 0},
        {"26.02.2022 09:15 GMT+3 x", "2022-02-26 06:15:00", "x", 0},
        {"**12:15 EAT** - x", "2022-02-26 09:15:00", "x", 0},
        {"**12:15 EAT:** x", "2022-02-26 09:15:00", "x", 0},
        {"[12:15 EAT] x", "2022-02-26 09:15:00", "x", 0},
        {"`12:15` x", "2022-02-26 12:15:00", "x", 0},
        {"Sat 26 Feb 2022 12:15 CET -> x", "2022-02-26 11:15:00", "x", 0},
        {"Saturday, 26 Feb 12:15 x", "2022-02-26 12:15:00", "x", 0},
        {"12:15 -03:00 - x", "2022-02-26 15:15:00", "x", 0},
        {"12:15 PM EAT: x", "2022-02-26 09:15:00", "x", 0},
        {"12:15 am x", "2022-02-27 00:15:00", "x", 0},
        {"1:05 p.m. x", "2022-02-26 13:05:00", "x", 0},
        {"12:15 OOM: killed", "2022-02-26 12:15:00", "OOM: killed", 0},
        {"12:15 App/DB restarted", "2022-02-26 12:15:00", "App/DB restarted", 0},
        {"12:15 eat lunch", "2022-02-26 12:15:00", "eat lunch", 0},
        {"2:15 x", "2022-02-27 02:15:00", "x", 0},
        {"02:50 x", "2022-02-26 02:50:00", "x", 0},
        {"31 Dec 23:59 x", "2021-12-31 23:59:00", "x", 0},
        {"12:15 #detected", "2022-02-26 12:15:00", "", PMT_NOTE_DETECTED},
        {"#cause web-02 was out", "none", "web-02 was out", PMT_NOTE_CAUSE},
        {"12:15 x #Impact and #MISLEADING y", "2022-02-26 12:15:00", "x and y",
         PMT_NOTE_IMPACT | PMT_NOTE_MISLEADING},
        {"12:15 see #12 and a#cause and #causes", "2022-02-26 12:15:00",
         "see #12 and a#cause and #causes", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_noted n;
        const char *why = "";
        if (pmt_note_parse(pmt_str(cases[i].line), &arena, &n, &why) != 1)
            fail_msg("%s: %s", cases[i].line, why);
        if (strcmp(instant(&n.time, NULL), cases[i].at) != 0)
            fail_msg("%s: %s", cases[i].line, instant(&n.time, NULL));
        if (!pmt_slice_is(n.text, cases[i].text) || n.tags != cases[i].tags)
            fail_msg("%s: \"%.*s\" %u", cases[i].line, PMT_FMT(n.text), n.tags);
        assert_false(n.time.about);
    }
}

static void lines_that_are_none(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "", "   ", "# Notes of 12:15", "## 2022-02-26 12:15", "---", "We met at two.",
        "| 12:15 | x |", "- a list", "26 Feb was a bad day", "12 servers", "1:1 meetings",
        "12:15:7 x", "2022-02-26", "#12 is the ticket", "see #causes", "12:150 x", "May 2022",
        "https://x.example/#cause-3"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct pmt_noted n;
        const char *why = "";
        if (pmt_note_parse(pmt_str(lines[i]), &arena, &n, &why) != 0)
            fail_msg("%s: is a note, %s", lines[i], why);
    }
}

static void lines_that_are_bad(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"12:15 IST - x", "\"IST\" means several zones; write an offset such as +03:00, or "
                          "Asia/Kolkata (+05:30)"},
        {"12:15 CST: x", "Asia/Shanghai (+08:00)"},
        {"12:15 BST x", "Europe/London (+01:00)"},
        {"12:15 XYZT - x", "\"XYZT\" is no zone known here"},
        {"12:15 Africa/Nairobbi - x", "did you mean Africa/Nairobi?"},
        {"12:15-12:30 x", "a span of two times"},
        {"12:15 - 12:30 EAT x", "a span of two times"},
        {"12:15 EAT - 12:30 EAT x", "a span of two times"},
        {"12:15 +33:00 x", "the offset is none; write it as +03:00"},
        {"25:15 x", "no possible time of day"},
        {"13:15 PM x", "no possible time of day"},
        {"31 Feb 12:15 x", "there is no such day"},
        {"2022-02-30 12:15 x", "there is no such day"},
        {"03/04/2022 12:15 x", "read both ways; write the date as 2022-02-26"},
        {"2022-02-26 x #escalated", "a date without a time of day"},
        {"Sun 26 Feb 2022 12:15 x", "2022-02-26 is a Saturday"},
        {"12:15", "a time without words"},
        {"#cause", "a tag without a time or words"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_noted n;
        const char *why = NULL;
        int is = pmt_note_parse(pmt_str(cases[i].line), &arena, &n, &why);
        if (is != -1 || !strstr(why, cases[i].why))
            fail_msg("%s: %d %s", cases[i].line, is, why ? why : "");
    }
}

static void about(void **state)
{
    (void)state;
    static const char *const lines[] = {"~12:15 x",        "about 12:15 x",  "approx. 12:15 x",
                                        "26 Feb ~12:15 x", "circa 12:15 x",  "Around 12:15 x",
                                        "~ 12:15 x",       "ca. 26 Feb 12:15 x"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct pmt_noted n;
        const char *why = "";
        if (pmt_note_parse(pmt_str(lines[i]), &arena, &n, &why) != 1 || !n.time.about)
            fail_msg("%s: %s", lines[i], why);
        assert_string_equal(instant(&n.time, NULL), "2022-02-26 12:15:00");
    }
}

/* Without a zone of its own it is read in the one that is given. */
static void zones(void **state)
{
    (void)state;
    const struct pmt_zone *zone = pmt_zone_fixed(3 * 3600, &arena);
    struct pmt_noted n;
    const char *why;
    assert_int_equal(pmt_note_parse(PMT_SLICE("12:15 x"), &arena, &n, &why), 1);
    assert_string_equal(instant(&n.time, zone), "2022-02-26 09:15:00");
    assert_int_equal(pmt_note_parse(PMT_SLICE("26 Feb 00:15 x"), &arena, &n, &why), 1);
    assert_string_equal(instant(&n.time, zone), "2022-02-25 21:15:00");
    assert_int_equal(pmt_note_parse(PMT_SLICE("12:15 UTC x"), &arena, &n, &why), 1);
    assert_string_equal(instant(&n.time, zone), "2022-02-26 12:15:00");
    n.time.when = PMT_NOTE_CLOCK;
    assert_int_equal(pmt_note_instant(&n.time, zone, PMT_NO_TIME), PMT_NO_TIME);
}

/* Every beginning of a note is read within its bounds. */
static void beginnings(void **state)
{
    (void)state;
    static const char line[] = "- [x] **Sat, 26 February 2022 at ~12:15:07.25 p.m. (EAT)** "
                               "\xE2\x80\x93 x #detected #cause";
    for (size_t n = 0; n < sizeof line; n++) {
        char *copy = malloc(n ? n : 1); /* no byte more, for the sanitizer */
        struct pmt_noted note;
        const char *why;
        memcpy(copy, line, n);
        (void)pmt_note_parse(pmt_slice(copy, n), &arena, &note, &why);
        free(copy);
    }
}

static void write_file(char *path, const char *text, size_t n)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    close(fd);
}

static void unknown_tags(void **state)
{
    (void)state;
    static const struct {
        const char *line, *tag;
    } rows[] = {
        {"12:15 UTC x #nosuchtag", "#nosuchtag"}, {"12:15 UTC x #causes, y", "#causes"},
        {"12:15 UTC #cause x", ""},               {"12:15 UTC see #12 and #5xx", ""},
        {"12:15 UTC a#nosuch", ""},               {"12:15 UTC in #shop-ops", ""},
        {"12:15 UTC page/#menu", ""},             {"12:15 UTC #a", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!pmt_slice_is(pmt_note_unknown_tag(pmt_str(rows[i].line)), rows[i].tag))
            fail_msg("%s", rows[i].line);
}

/* A colon behind the clock parts it from the words. */
static void colons(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int64_t wall; /* -1: no time */
        const char *text;
    } rows[] = {
        {"15:10: the db #misleading", 15 * PMT_HOUR + 10 * PMT_MINUTE, "the db"},
        {"~15:10:the db #misleading", 15 * PMT_HOUR + 10 * PMT_MINUTE, "the db"},
        {"15:10:05: x #cause", 15 * PMT_HOUR + 10 * PMT_MINUTE + 5 * PMT_SECOND, "x"},
        {"15:10:5 x #cause", -1, "15:10:5 x"},
        {"15:10:05:06 x #cause", -1, "15:10:05:06 x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_noted note;
        const char *why = "";
        int is = pmt_note_parse(pmt_str(rows[i].line), &arena, &note, &why);
        bool timed = is == 1 && note.time.when == PMT_NOTE_CLOCK;
        if (is != 1 || timed != (rows[i].wall >= 0) || !pmt_slice_is(note.text, rows[i].text) ||
            (timed && note.time.wall != rows[i].wall))
            fail_msg("%s: %d %s", rows[i].line, is, why);
    }
}

static void files(void **state)
{
    (void)state;
    char path[] = "/tmp/pmt-notes-XXXXXX", bad[] = "/tmp/pmt-notes-XXXXXX";
    static const char text[] = "# Notes\r\n\r\nprose\r\n12:15 EAT - one\r\n12:16 IST - two\r\n"
                               "#cause three";
    struct pmt_notes n = {0};
    const char *damage;
    write_file(path, text, sizeof text - 1);
    assert_int_equal(pmt_notes_read(&n, path, "notes.md", &arena, &damage), 0);
    assert_null(damage);
    assert_int_equal(n.n, 2);
    assert_string_equal(n.v[0].file, "notes.md");
    assert_int_equal(n.v[0].line, 4);
    assert_int_equal(n.v[1].line, 6);
    assert_true(pmt_slice_is(n.v[1].text, "three"));
    assert_int_equal(n.others, 1);
    assert_int_equal(n.nfirst_others, 1);
    assert_int_equal(n.first_others[0].line, 3);
    assert_int_equal(n.bad, 1);
    assert_int_equal(n.problems[0].line, 5);
    unlink(path);
    assert_int_equal(pmt_notes_read(&n, path, "notes.md", &arena, &damage), PMT_EMISSING);
    write_file(bad, "a\0b\1\2\3", 6);
    assert_int_equal(pmt_notes_read(&n, bad, "notes.md", &arena, &damage), PMT_EFORMAT);
    unlink(bad);
    assert_int_equal(n.n, 2);
    pmt_notes_fini(&n);
}

static void limits(void **state)
{
    (void)state;
    char path[] = "/tmp/pmt-notes-XXXXXX";
    struct pmt_buf b = {0};
    for (int i = 0; i < PMT_NOTES_MAX + PMT_NOTES_PROBLEMS_MAX + 7; i++)
        pmt_buf_puts(&b, "12:15 UTC x\n");
    write_file(path, b.data, b.n);
    struct pmt_notes n = {0};
    const char *damage;
    assert_int_equal(pmt_notes_read(&n, path, "notes.md", &arena, &damage), 0);
    assert_int_equal(n.n, PMT_NOTES_MAX);
    assert_int_equal(n.bad, PMT_NOTES_PROBLEMS_MAX + 7);
    assert_int_equal(n.nproblems, PMT_NOTES_PROBLEMS_MAX);
    unlink(path);
    pmt_notes_fini(&n);
    pmt_buf_clear(&b);
    pmt_buf_puts(&b, "12:15 ");
    while (b.n < 2 * PMT_NOTE_BYTES)
        pmt_buf_puts(&b, "y");
    struct pmt_noted note;
    const char *why;
    assert_int_equal(pmt_note_parse(pmt_buf_view(&b), &arena, &note, &why), 1);
    assert_int_equal(note.raw.n, PMT_NOTE_BYTES);
    pmt_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_are_notes), cmocka_unit_test(lines_that_are_none),
        cmocka_unit_test(lines_that_are_bad),   cmocka_unit_test(about),
        cmocka_unit_test(zones),                cmocka_unit_test(beginnings),
        cmocka_unit_test(unknown_tags),
        cmocka_unit_test(colons),
        cmocka_unit_test(files),                cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, end_arena);
}
