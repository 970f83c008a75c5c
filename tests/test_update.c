/* test_update.c - reports that people went on writing keep what they wrote. */
#include "pmt/update.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define OPEN PMT_OPEN_TAIL

/* A draft with a timeline, and a table nobody adds to. */
static void put_draft(struct pmt_buf *b, const char *timeline, const char *annex)
{
    pmt_buf_puts(b, "# Title\n\n");
    pmt_put_draft_mark(b, pmt_str("2022-02-26T0847Z"));
    pmt_buf_puts(b, "\n## Timeline\n\n");
    pmt_put_block(b, "timeline", pmt_str(timeline), false);
    pmt_buf_puts(b, "\n");
    pmt_put_block(b, "annex", pmt_str(annex), true);
}

/* The text with every `from` as `to`. */
static char *replaced(const char *text, const char *from, const char *to)
{
    struct pmt_buf b = {0};
    for (const char *p = text, *q; p; p = q ? q + strlen(from) : NULL) {
        q = strstr(p, from);
        pmt_buf_put(&b, p, q ? (size_t)(q - p) : strlen(p));
        pmt_buf_puts(&b, q ? to : "");
    }
    return b.data;
}

/* Without the comments: what a reader sees. */
static char *seen(const char *text)
{
    struct pmt_buf b = {0};
    struct pmt_slice rest = pmt_str(text), line;
    while (pmt_next_line(&rest, &line))
        if (!pmt_slice_starts(line, "<!-- "))
            pmt_buf_slice(&b, line);
    pmt_buf_puts(&b, "");
    return b.data;
}

struct said {
    struct pmt_arena arena;
    struct pmt_update_notes notes;
};

static char *merged(const char *report, const char *timeline, struct said *said)
{
    struct pmt_buf fresh = {0}, out = {0};
    struct pmt_blocks a, b;
    memset(said, 0, sizeof *said);
    said->notes.arena = &said->arena;
    put_draft(&fresh, timeline, "new rows\n");
    assert_int_equal(pmt_blocks_read(&a, pmt_str(report)), 0);
    assert_int_equal(pmt_blocks_read(&b, pmt_buf_view(&fresh)), 0);
    pmt_update_merge(&a, &b, &said->notes, &out);
    pmt_blocks_fini(&a);
    pmt_blocks_fini(&b);
    pmt_buf_fini(&fresh);
    return out.data;
}

static void said_fini(struct said *s)
{
    free(s->notes.lines.v);
    pmt_arena_fini(&s->arena);
}

static const char before[] = "- 08:47:31 - Impact starts [E1].\n"
                             "- 08:52:18 - A kill [E2]. " OPEN "TODO(impact): what did users "
                             "experience?\n"
                             "- 09:15:04 - Traffic moved [E3].\n"
                             "- " OPEN "TODO(detection): when, and how: by an alert, an engineer "
                             "or a customer?\n"
                             "- " OPEN "TODO(escalation): when, and to which team?\n";

#define HEAD "# Title\n\n\n## Timeline\n\n"
#define TAIL "\nnew rows\n"
#define DETECTION "- TODO(detection): when, and how: by an alert, an engineer or a customer?\n"
#define ESCALATION "- TODO(escalation): when, and to which team?\n"
#define IMPACT " TODO(impact): what did users experience?\n"

static const struct {
    const char *what;
    const char *from, *to;  /* what people did to the first draft */
    const char *timeline;   /* of the second */
    const char *want, *say; /* what is seen then; what is said, or NULL */
} rows[] = {
    {"nothing", "x", "x", before,
     "- 08:47:31 - Impact starts [E1].\n- 08:52:18 - A kill [E2]." IMPACT
     "- 09:15:04 - Traffic moved [E3].\n" DETECTION ESCALATION, NULL},
    {"numbers change", "x", "x",
     "- 08:40:00 - A removal [E1].\n- 08:47:31 - Impact starts [E2].\n"
     "- 08:52:18 - A kill [E3]. " OPEN "TODO(impact): what did users experience?\n"
     "- 09:15:04 - Traffic moved; all well [E4].\n- " OPEN "TODO(escalation): when, and to which "
     "team?\n- " OPEN "TODO(detection): when, and how: by an alert, an engineer or a customer?\n",
     "- 08:40:00 - A removal [E1].\n- 08:47:31 - Impact starts [E2].\n- 08:52:18 - A kill [E3]."
     IMPACT "- 09:15:04 - Traffic moved; all well [E4].\n" DETECTION ESCALATION, NULL},
    {"a bullet between", "- 08:52:18", "- 08:50:00 - We met.  \n\n- 08:52:18",
     "- 08:47:31 - Impact starts [E1].\n- 08:49:00 - New [E9].\n- 08:52:18 - A kill [E2].\n"
     "- 09:15:04 - Traffic moved [E3].\n",
     "- 08:47:31 - Impact starts [E1].\n- 08:50:00 - We met.  \n- 08:49:00 - New [E9].\n"
     "- 08:52:18 - A kill [E2].\n- 09:15:04 - Traffic moved [E3].\n", NULL},
    {"a bullet behind one that is gone", "- 09:15:04", "- 09:00:00 - We met.\n- 09:15:04",
     "- 08:47:31 - Impact starts [E1].\n- 09:10:00 - New [E9].\n- 09:15:04 - Traffic moved [E3].\n"
     "- " OPEN "TODO(detection): when?\n- " OPEN "TODO(escalation): whom?\n",
     "- 08:47:31 - Impact starts [E1].\n- 09:10:00 - New [E9].\n- 09:00:00 - We met.\n"
     "- 09:15:04 - Traffic moved [E3].\n" DETECTION ESCALATION, NULL},
    {"a first line", "- 08:47:31", "As told by the shift:\n\n- 08:47:31", "- 08:00:00 - New.\n",
     "As told by the shift:\n- 08:00:00 - New.\n", NULL},
    {"an answer", "TODO(impact): what did users experience?", "A blank page. ", before,
     "- 08:47:31 - Impact starts [E1].\n- 08:52:18 - A kill [E2]. A blank page. \n"
     "- 09:15:04 - Traffic moved [E3].\n" DETECTION ESCALATION, NULL},
    {"an answer to a line that is gone", "TODO(impact): what did users experience?",
     "A blank page.", "- 09:15:04 - Traffic moved [E3].\n",
     "- 08:52:18 - A kill [E2]. A blank page.\n- 09:15:04 - Traffic moved [E3].\n",
     "9: this line is not drawn from the logs any more"},
    {"a question that was taken away", " TODO(impact): what did users experience?", "", before,
     "- 08:47:31 - Impact starts [E1].\n- 08:52:18 - A kill [E2].\n"
     "- 09:15:04 - Traffic moved [E3].\n" DETECTION ESCALATION, NULL},
    {"a question that was answered in its place", "- TODO(detection): when, and how: by an alert, "
                                                  "an engineer or a customer?",
     "- 09:00:00 - The pager.", before,
     "- 08:47:31 - Impact starts [E1].\n- 08:52:18 - A kill [E2]." IMPACT
     "- 09:15:04 - Traffic moved [E3].\n- 09:00:00 - The pager.\n" ESCALATION, NULL},
    {"a question that the second draft answers", "x", "x",
     "- 08:47:31 - Impact starts [E1].\n- 09:00:00 - Detected by an alert.\n"
     "- " OPEN "TODO(escalation): when, and to which team?\n",
     "- 08:47:31 - Impact starts [E1].\n- 09:00:00 - Detected by an alert.\n" ESCALATION, NULL},
    {"text around", "## Timeline\n", "## What happened\n\nOur  words\t\n", "- 08:00:00 - New.\n",
     "# Title\n\n\n## What happened\n\nOur  words\t\n\n- 08:00:00 - New.\n", NULL},
};

static void people_keep_their_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf first = {0};
        struct said said;
        put_draft(&first, before, "old rows\n");
        char *report = replaced(first.data, rows[i].from, rows[i].to);
        char *out = merged(report, rows[i].timeline, &said), *text = seen(out);
        if (!strstr(text, rows[i].want) || !strstr(text, TAIL) || strstr(text, "old rows"))
            fail_msg("%s:\n%s", rows[i].what, text);
        if (rows[i].say ? !said.notes.lines.n || !strstr(said.notes.lines.v[0], rows[i].say)
                        : said.notes.lines.n)
            fail_msg("%s: said %s", rows[i].what,
                     said.notes.lines.n ? said.notes.lines.v[0] : "nothing");
        said_fini(&said);
        char *again = merged(out, rows[i].timeline, &said); /* and a second time nothing changes */
        if (strcmp(again, out) != 0)
            fail_msg("%s, again:\n%s", rows[i].what, again);
        said_fini(&said);
        free(again);
        free(text);
        free(out);
        free(report);
        pmt_buf_fini(&first);
    }
}

/* Line ends of the report, its first bytes and a last line without an end stay. */
static void bytes_around(void **state)
{
    (void)state;
    struct pmt_buf first = {0};
    struct said said;
    put_draft(&first, before, "old rows\n");
    pmt_buf_puts(&first, "\nThe end");
    char *crlf = replaced(first.data, "\n", "\r\n"), *bom = replaced(crlf, "# Title", "\xEF\xBB\xBF"
                                                                                      "# Title");
    char *out = merged(bom, "- 08:00:00 - New.\n- 09:00:00 - Newer.\n", &said);
    assert_memory_equal(out, "\xEF\xBB\xBF# Title\r\n", 12);
    assert_non_null(strstr(out, "- 08:00:00 - New.\r\n- 09:00:00 - Newer.\r\n"));
    assert_non_null(strstr(out, "new rows\r\n"));
    assert_string_equal(out + strlen(out) - 11, "\r\n\r\nThe end");
    for (const char *p = out; (p = strchr(p, '\n')); p++)
        assert_true(p[-1] == '\r');
    free(out);
    free(bom);
    free(crlf);
    said_fini(&said);
    pmt_buf_fini(&first);
}

static void blocks_taken_out(void **state)
{
    (void)state;
    struct pmt_buf first = {0};
    struct said said;
    put_draft(&first, before, "old rows\n");
    char *annex = strstr(first.data, "<!-- pm-timeline:begin annex");
    first.n = (size_t)(annex - first.data);
    *annex = '\0';
    char *out = merged(first.data, before, &said);
    assert_null(strstr(out, "new rows"));
    assert_int_equal(said.notes.lines.n, 1);
    assert_non_null(strstr(said.notes.lines.v[0], "\"annex\" was taken out"));
    free(out);
    said_fini(&said);
    pmt_buf_fini(&first);
}

/* ---- edits ----------------------------------------------------------------------------------- */

static const struct {
    const char *from, *to;
    unsigned line;          /* 0: no edit */
    const char *what;
    const char *forced;     /* what is seen with force */
} edits[] = {
    {"x", "x", 0, NULL, NULL},
    {"- 08:52:18", "- ours\n- 08:52:18", 0, NULL, NULL},
    {"TODO(impact): what did users experience?", "ours", 0, NULL, NULL},
    {"A kill", "A crash", 9, "was changed", "- 08:52:18 - A kill [E2].\n- 09:15:04"},
    {"- 08:52:18 - A kill [E2]. TODO(impact): what did users experience?\n", "", 9,
     "taken away", "- 08:52:18 - A kill [E2].\n- 09:15:04"},
    {"- 08:52:18 - A kill", "- ours\n- 08:52:18 - The kill", 9, "was changed",
     "- 08:52:18 - A kill [E2].\n"},
    {"- 09:15:04 - Traffic moved [E3].\n", "", 10, "was changed", "- 09:15:04 - Traffic moved"},
    {"old rows", "our rows", 15, "begins here", TAIL},
    {"old rows", "old rows\t", 0, NULL, NULL},
};

static void edits_are_found(void **state)
{
    (void)state;
    static const char second[] = "- 08:47:31 - Impact starts [E1].\n- 08:52:18 - A kill [E2].\n"
                                 "- 09:15:04 - Traffic moved [E3].\n";
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct pmt_buf first = {0};
        struct pmt_blocks b;
        struct pmt_edit edit;
        put_draft(&first, before, "old rows\n");
        char *report = replaced(first.data, edits[i].from, edits[i].to);
        assert_int_equal(pmt_blocks_read(&b, pmt_str(report)), 0);
        bool found = pmt_update_edited(&b, &edit);
        if (found != (edits[i].line != 0) || (found && edit.line != edits[i].line))
            fail_msg("row %zu: line %u", i, found ? edit.line : 0);
        if (found && !strstr(edit.what, edits[i].what))
            fail_msg("row %zu: %s", i, edit.what);
        if (found) {
            struct said said;
            char *out = merged(report, second, &said), *text = seen(out);
            if (!strstr(text, edits[i].forced) || strstr(text, "A crash") || strstr(text, "our "))
                fail_msg("row %zu: %s", i, text);
            free(out);
            free(text);
            said_fini(&said);
        }
        pmt_blocks_fini(&b);
        free(report);
        pmt_buf_fini(&first);
    }
}

/* Tasks are there to be worded anew; other generated lines are not. */
static void tasks_worded_anew(void **state)
{
    (void)state;
    static const char was[] = "What can improve:\n\n- Notice sooner.\n\nSuggested tasks:\n\n"
                              "- [ ] Alert when 1% fails [E1].\n- [ ] Alert on memory [E2].\n";
    static const struct {
        const char *from, *to;
        bool edited;
        const char *fresh, *seen;
    } tasks[] = {
        {"Alert when 1% fails", "Page when 2% fail", false, was,
         "- [ ] Page when 2% fail [E1].\n- [ ] Alert on memory [E2].\n"},
        {"- [ ] Alert on memory [E2].\n", "- [x] Cap it.\n- [ ] Call them.\n", false, was,
         "- [ ] Alert when 1% fails [E1].\n- [x] Cap it.\n- [ ] Call them.\n"},
        /* What it was made from has changed: then both stand there. */
        {"Alert on memory", "Cap memory", false,
         "What can improve:\n\n- Notice sooner.\n\nSuggested tasks:\n\n"
         "- [ ] Alert when 1% fails [E1].\n- [ ] Alert on memory [E3].\n",
         "- [ ] Alert when 1% fails [E1].\n- [ ] Alert on memory [E3].\n"
         "- [ ] Cap memory [E2].\n"},
        {"- [ ] Alert on memory [E2].\n", "", true, was, NULL},
        {"- [ ] Alert on memory [E2].\n", "We will see.\n", true, was, NULL},
        {"- Notice sooner.", "- Notice later.", true, was, NULL},
    };
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        struct pmt_buf first = {0};
        struct pmt_blocks b;
        struct pmt_edit edit;
        put_draft(&first, was, "old rows\n");
        char *report = replaced(first.data, tasks[i].from, tasks[i].to);
        assert_int_equal(pmt_blocks_read(&b, pmt_str(report)), 0);
        assert_int_equal(pmt_update_edited(&b, &edit), tasks[i].edited);
        /* Twice, as the first time must leave what the second needs. */
        for (int times = 0; !tasks[i].edited && times < 2; times++) {
            struct said said;
            char *out = merged(report, tasks[i].fresh, &said), *text = seen(out);
            if (!strstr(text, tasks[i].seen))
                fail_msg("row %zu, time %d: %s", i, times, text);
            free(text);
            free(report);
            report = out;
            said_fini(&said);
        }
        pmt_blocks_fini(&b);
        free(report);
        pmt_buf_fini(&first);
    }
}

static void questions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool asks;
    } texts[] = {
        {"", true},
        {"TODO(impact): what did users experience?", true},
        {" TODO(cause): confirm or replace. ", true},
        {"TODO(impact): what did users experience? TODO(cause): confirm or replace.", true},
        {"TODO(impact): what did users experience? A blank page.", false},
        {"A blank page.", false},
        {"TODO(impact): ask support", false},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (pmt_update_unanswered(pmt_str(texts[i].text)) != texts[i].asks)
            fail_msg("%s", texts[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_keep_their_words),
        cmocka_unit_test(bytes_around),
        cmocka_unit_test(blocks_taken_out),
        cmocka_unit_test(edits_are_found),
        cmocka_unit_test(tasks_worded_anew),
        cmocka_unit_test(questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
