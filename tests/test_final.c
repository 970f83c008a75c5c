/* test_final.c - what is open in a report is found, and nothing else. */
#include "pmt/final.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A finished one, of 420 words or so. %s: a line put in each section. */
static char *report(const char *title, const char *summary, const char *task, const char *tail,
                    int words)
{
    struct pmt_buf b = {0};
    pmt_buf_printf(&b, "%s\n\n## Issue Summary\n\n%s\n\n", title, summary);
    for (int i = 0; i < words; i++)
        pmt_buf_puts(&b, i % 10 ? "word " : "\nword ");
    pmt_buf_printf(&b, "\n\n## Timeline\n\n- 08:47 - It began.\n\n## Root cause and resolution\n\n"
                       "A limit was reached.\n\n## Corrective and preventative measures\n\n%s\n%s",
                   task, tail);
    return b.data;
}

#define TITLE "# The books were gone"
#define TASK "- [ ] Alert on memory. Owner: SRE, due 2022-04-01, OPS-12"

static const struct {
    const char *title, *summary, *task, *tail;
    int words;
    const char *open; /* "line: what", apart by '|'; "" nothing */
} rows[] = {
    {TITLE, "x", TASK, "", 400, ""},
    {TITLE, "x", TASK, "", 500, ""},
    {"# DRAFT post-mortem: x", "x", TASK, "", 400, "1: the title says"},
    {TITLE, "TODO(impact): what? TODO(cause): why?", TASK, "", 400,
     "5: TODO(impact): what?|5: TODO(cause): why?"},
    {TITLE, "`TODO` is for people", TASK, "", 400, ""},
    {TITLE, "34 h (est.), 3 (E2, est.).", TASK, "", 400, "5: 2 values are marked"},
    {TITLE, "34 h (est.).", TASK, "", 400, "5: 1 value is marked"},
    {TITLE, "(est.) marks computed values", TASK, "", 400, ""},
    {TITLE, "Hypothesis, unconfirmed: x", TASK, "", 400, "5: a hypothesis"},
    {TITLE, "> Draft, not reviewed.", TASK, "", 400, "5: the banner"},
    {TITLE, "```\nTODO(x) (est.)\n```", TASK, "", 400, ""},
    {TITLE, "<!-- pm-timeline:begin summary 1.2 -->", TASK, "", 400, ""},
    {TITLE, "x", TASK, "\n## Annex\n\nTODO(x) (est.)\n", 400, ": the annex is still"},
    {TITLE, "x", TASK, "\n<!-- pm-timeline:begin annex =1 -->\n## Annex\n", 400, ": the annex is"},
    {TITLE, "x", "- [ ] Alert.", "", 400, ": the task has no owner, no due date and no ticket"},
    {TITLE, "x", "- [x] Alert. Owner: me", "", 400, ": the task has no due date and no ticket"},
    {TITLE, "x", "- [x] Alert. Due tomorrow", "", 400, ": the task has no owner and no ticket"},
    {TITLE, "x", "- [x] Alert. #12", "", 400, ": the task has no owner and no due date"},
    {TITLE, "x", "- [x] Alert. Owner: me, 2022-04-01", "", 400, ": the task has no ticket"},
    {TITLE, "x", "- [ ] Alert. @me https://x/1", "", 400, ": the task has no due date"},
    {TITLE, "x", "- [ ] TODO(tasks): who?", "", 400, ": TODO(tasks): who?"},
    {TITLE, "x", "Alert.", "", 400, "0: there is no list of tasks"},
    {TITLE, "x", TASK, "", 300, "0: 331 words, where 400 to 600"},
    {TITLE, "x", TASK, "", 600, "0: 631 words"},
};

static void what_is_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = report(rows[i].title, rows[i].summary, rows[i].task, rows[i].tail,
                            rows[i].words);
        struct pmt_arena arena = {0};
        struct pmt_final f = {.arena = &arena};
        struct pmt_buf said = {0};
        pmt_final_check(&f, pmt_str(text));
        pmt_buf_puts(&said, "");
        for (size_t k = 0; k < f.n; k++)
            pmt_buf_printf(&said, "%s%u: %s", k ? "|" : "", f.v[k].line, f.v[k].what);
        const char *want = rows[i].open;
        size_t wanted = *want != '\0';
        for (const char *p = want; *p; p++)
            wanted += *p == '|';
        bool good = f.n == wanted;
        char *copy = pmt_alloc(strlen(want) + 1);
        memcpy(copy, want, strlen(want));
        for (char *p = copy, *q; good && p; p = q) {
            q = strchr(p, '|');
            if (q)
                *q++ = '\0';
            good = strstr(said.data, p) != NULL;
        }
        if (!good)
            fail_msg("row %zu: %s", i, said.data);
        free(copy);
        free(text);
        pmt_final_fini(&f);
        pmt_buf_fini(&said);
        pmt_arena_fini(&arena);
    }
}

static void words_and_sections(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t words, open;
    } texts[] = {
        {"", 0, 6}, /* four sections, tasks, words */
        {"\xEF\xBB\xBF# One two", 2, 6},
        {"---\ntitle: x y z\n---\none two", 2, 6},
        {"one <!-- two --> three\r\n", 2, 6},
        {"a [link](https://x.example/a b) and ![an image](x.png) - [E1]\n", 4, 6},
        {"<b>one</b> 1 < 2 > 0", 4, 6},
        {"<never closed", 2, 6},
        {"## Overview\n## Timeline\n## Root Cause\n## Action items\n", 6, 2},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct pmt_arena arena = {0};
        struct pmt_final f = {.arena = &arena};
        pmt_final_check(&f, pmt_str(texts[i].text));
        if (f.words != texts[i].words || f.n != texts[i].open)
            fail_msg("text %zu: %zu words, %zu open", i, f.words, f.n);
        pmt_final_fini(&f);
        pmt_arena_fini(&arena);
    }
}

/* Cut anywhere, and with every byte in it made another, nothing is read past the end. */
static void broken(void **state)
{
    (void)state;
    char *text = report("# DRAFT", "![x](y) <b> TODO(a) `TODO` (est.) [l](m", TASK, "- [", 3);
    size_t all = strlen(text);
    for (size_t n = 0; n <= all; n++) {
        char *copy = pmt_alloc(n ? n : 1);
        struct pmt_arena arena = {0};
        struct pmt_final f = {.arena = &arena};
        memcpy(copy, text, n);
        if (n)
            copy[n / 2] = (char)(n * 37);
        pmt_final_check(&f, pmt_slice(copy, n));
        pmt_final_fini(&f);
        pmt_arena_fini(&arena);
        free(copy);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_open),
        cmocka_unit_test(words_and_sections),
        cmocka_unit_test(broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
