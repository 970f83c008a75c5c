/* test_phrases.c - the words of the draft: every sentence it can be made of, and how values are put
 * into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pmt/report.h"

#include <stdio.h>

/* Order is never turned into cause, nobody is blamed, nothing is made bigger or smaller than it is.
 */
static const char *const forbidden[] = {
    "because",      "caused",        "due to",        "led to",      "resulted in",
    "triggered",    "fixed by",      "root cause is", "human error", "fault",
    "mistake",      "forgot",        "careless",      "should have", "outage",
    "massive",      "unfortunately", "simply",        "obviously",   "breach",
    "unauthorized", "leak",          "violation",     "illegal",     NULL};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* Where word begins a word of text, in any case; NULL when it does not. Endings count as the word:
 * "leaks", "faulty". */
static const char *says(const char *text, const char *word)
{
    for (const char *p = text; *p; p++) {
        size_t n = 0;
        while (word[n] && lower(p[n]) == word[n])
            n++;
        if (!word[n] && (p == text || !letter(p[-1])))
            return p;
    }
    return NULL;
}

static void check_words(const char *where, const char *text)
{
    for (size_t i = 0; forbidden[i]; i++)
        if (says(text, forbidden[i]))
            fail_msg("%s says \"%s\": %s", where, forbidden[i], text);
}

static void forbidden_words_are_found(void **state)
{
    (void)state;
    assert_non_null(says("It LED TO this", "led to"));
    assert_non_null(says("faults of many", "fault"));
    assert_null(says("the default", "fault"));
    assert_null(says("bleak", "leak"));
    assert_null(says("", "leak"));
}

static void no_phrase_says_too_much(void **state)
{
    (void)state;
    for (const struct pmt_phrase *p = pmt_phrases; p->id; p++)
        check_words(p->id, p->text);
}

static void no_rule_says_too_much(void **state)
{
    (void)state;
    for (size_t t = 0; pmt_catalogue_tables[t]; t++)
        for (const struct pmt_rule *r = pmt_catalogue_tables[t]; r->id; r++)
            check_words(r->id, r->sentence);
}

/* ---- shape ------------------------------------------------------------------------------ */

static void ids_are_unique(void **state)
{
    (void)state;
    for (const struct pmt_phrase *p = pmt_phrases; p->id; p++) {
        assert_true(p->text && p->text[0]);
        for (const struct pmt_phrase *q = p + 1; q->id; q++)
            assert_string_not_equal(p->id, q->id);
    }
}

static const char *const values[] = {
    "what",     "services", "date",    "n",      "all",   "list",        "pct",       "file",
    "from",     "to",       "length",  "start",  "end",   "local-start", "local-end", "failed",
    "affected", "server",   "backend", "other",  "old",   "left",        "sentence",  "before",
    "after",    "of",       "by",      "reason", "host",  "subject",     "detail",    "last",
    "at",       "missing",  "log",     "name",   "scope", "when",        "right",     "none",
    "since",    "now",      "usual",   "times",  "k",     "known",       "else",      "more",
    "others",   "share",    "step",    "old95",  "now95", "who",         "pre",       "post",
    "error",    "kind",     "about",   "logged", NULL};

static bool known(struct pmt_slice name, const char *const *names)
{
    for (; *names; names++)
        if (pmt_slice_is(name, *names))
            return true;
    return false;
}

static void check_placeholders(const char *where, const char *text, const char *const *names)
{
    for (const char *p = text; (p = strchr(p, '{')); p++) {
        const char *end = strchr(p, '}');
        assert_non_null(end);
        struct pmt_slice name = pmt_slice(p + 1, (size_t)(end - p - 1));
        if (!known(name, names))
            fail_msg("%s has an unknown {%.*s}", where, PMT_FMT(name));
    }
    size_t ticks = 0;
    for (const char *p = text; *p; p++)
        ticks += *p == '`';
    assert_int_equal(ticks % 2, 0);
}

static void placeholders_are_known(void **state)
{
    (void)state;
    static const char *const of_rules[] = {"host", "subject", "detail", NULL};
    for (const struct pmt_phrase *p = pmt_phrases; p->id; p++)
        check_placeholders(p->id, p->text, values);
    for (size_t t = 0; pmt_catalogue_tables[t]; t++)
        for (const struct pmt_rule *r = pmt_catalogue_tables[t]; r->id; r++)
            check_placeholders(r->id, r->sentence, of_rules);
}

/* Sentences end with '.', '?' or '!' before a blank or the end. Not in "(est.)". */
static unsigned sentences(const char *text)
{
    unsigned n = 0;
    for (const char *p = text; *p; p++)
        if (strchr(".?!", *p) && (p[1] == ' ' || !p[1]))
            n++;
    return n;
}

/* What stands in a bullet of the timeline has at most two sentences: of its own, or of its own and
 * one that it takes in. */
static void bullets_are_short(void **state)
{
    (void)state;
    static const char *const bullets[] = {"impact-start",
                                          "impact-start-before",
                                          "impact-start-server",
                                          "impact-end",
                                          "impact-end-server",
                                          "impact-ongoing",
                                          "impact-ongoing-server",
                                          "phase-fell",
                                          "phase-rose",
                                          "server-down",
                                          "server-maint",
                                          "server-drain",
                                          "server-up",
                                          "server-still-out",
                                          "server-back-traffic",
                                          "no-server",
                                          "many",
                                          "booted",
                                          "commands",
                                          "commands-there",
                                          "command-there",
                                          "session",
                                          NULL};
    for (const struct pmt_phrase *p = pmt_phrases; p->id; p++) {
        bool bullet = known(pmt_str(p->id), bullets),
             todo = pmt_slice_starts(pmt_str(p->id), "todo");
        unsigned n = sentences(p->text);
        if (bullet && (n != 1 || p->text[strlen(p->text) - 1] != '.'))
            fail_msg("%s is a bullet of %u sentences", p->id, n);
        if (todo && (n < 1 || n > 2))
            fail_msg("%s is a slot of %u sentences", p->id, n);
    }
    for (size_t i = 0; bullets[i]; i++) {
        const struct pmt_phrase *p = pmt_phrases;
        while (p->id && strcmp(p->id, bullets[i]) != 0)
            p++;
        assert_non_null(p->id); /* the list above is not out of date */
    }
}

/* One sentence in the past tense that goes on without its full stop. */
static void rules_are_one_sentence(void **state)
{
    (void)state;
    for (size_t t = 0; pmt_catalogue_tables[t]; t++)
        for (const struct pmt_rule *r = pmt_catalogue_tables[t]; r->id; r++) {
            size_t n = strlen(r->sentence);
            if (!n || sentences(r->sentence) || strchr(".;:,", r->sentence[n - 1]))
                fail_msg("%s: %s", r->id, r->sentence);
        }
}

/* Slots are TODO(name): so that they can be listed. Some are asked in a short and a long form. */
static void slots(void **state)
{
    (void)state;
    static const char *const names[] = {"impact",     "cause",      "detection",  "investigation",
                                        "misleading", "escalation", "resolution", "improve",
                                        "tasks",      "time",       "background", "decisions",
                                        "first",      "check",      "lessons",    "sooner",
                                        NULL};
    bool seen[16] = {false};
    for (const struct pmt_phrase *p = pmt_phrases; p->id; p++) {
        bool slot = strncmp(p->id, "todo-", 5) == 0;
        if (slot != (strncmp(p->text, "TODO(", 5) == 0))
            fail_msg("%s: %s", p->id, p->text);
        for (const char *q = p->text; (q = strstr(q, "TODO(")); q++) {
            const char *close = strstr(q, "): ");
            assert_non_null(close);
            assert_true(close[3] != '\0');
            size_t i = 0;
            while (names[i] && !pmt_slice_is(pmt_slice(q + 5, (size_t)(close - q - 5)), names[i]))
                i++;
            if (!names[i])
                fail_msg("an unknown slot: %s", q);
            seen[i] = true;
        }
    }
    for (size_t i = 0; names[i]; i++)
        assert_true(seen[i]);
}

/* ---- putting values in ------------------------------------------------------------------ */

static void assert_put(const char *template, const struct pmt_value *v, size_t n, const char *want)
{
    struct pmt_buf b = {0};
    pmt_put_template(&b, template, v, n);
    assert_string_equal(b.data ? b.data : "", want);
    pmt_buf_fini(&b);
}

static void templates(void **state)
{
    (void)state;
    const struct pmt_value v[] = {{"host", PMT_SLICE("web-01"), false},
                                  {"n", PMT_SLICE("12"), true},
                                  {"evil", PMT_SLICE("a\x01\x02{n}`**b"), false},
                                  {"gone", PMT_NO_SLICE, true}};
    assert_put("", v, 4, "");
    assert_put("on {host}", v, 4, "on \x01web-01\x02");
    assert_put("{n} of {host}{n}", v, 4,
               "12 of \x01web-01\x02"
               "12");
    assert_put("[{gone}]", v, 4, "[]");
    assert_put("[{unknown}]", v, 4, "[]");
    assert_put("an open { brace", v, 4, "an open { brace");
    assert_put("`code` and **strong**", v, 4,
               "\x01"
               "code\x02 and \x03strong\x04");
    assert_put("2 * 3", v, 4, "2 * 3");
    /* A value is put in as it is: no marks, no templates, no markup in it come to life. */
    assert_put("{evil}", v, 4,
               "\x01"
               "a\\x01\\x02{n}`**b\x02");
}

static void phrases_by_id(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    const struct pmt_value v[] = {{"host", PMT_SLICE("lb-01"), false}};
    pmt_put_phrase(&b, "by-host", v, 1);
    assert_string_equal(b.data, " on \x01lb-01\x02");
    pmt_buf_fini(&b);
}

static void counts(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *want;
    } rows[] = {{0, "0"},
                {7, "7"},
                {999, "999"},
                {1000, "1,000"},
                {1991646, "1,991,646"},
                {UINT64_MAX, "18,446,744,073,709,551,615"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf b = {0};
        pmt_put_count(&b, rows[i].n);
        assert_string_equal(b.data, rows[i].want);
        pmt_buf_fini(&b);
    }
}

static void percents(void **state)
{
    (void)state;
    static const struct {
        uint64_t part, whole;
        const char *want;
    } rows[] = {{0, 0, "unknown"},          {0, 10, "0.0%"},
                {10, 10, "100.0%"},         {1, 2, "50.0%"},
                {9999, 10000, "99.9%"},     {999999, 1000000, "99.9%"},
                {1, 1000000, "under 0.1%"}, {1, 1000, "0.1%"},
                {1311, 3451, "38.0%"},      {UINT64_MAX - 1, UINT64_MAX, "99.9%"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf b = {0};
        pmt_put_percent(&b, rows[i].part, rows[i].whole);
        assert_string_equal(b.data, rows[i].want);
        pmt_buf_fini(&b);
    }
}

static void words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t want;
    } rows[] = {{"", 0},
                {" - ", 0},
                {"one", 1},
                {"one  two\nthree", 3},
                {"34 h 10 min", 4},
                {"- [ ] a", 1},
                {"\x01web-01\x02.", 1},
                {"(est.)", 1},
                {"caf\xC3\xA9 \xC3\xA9", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(pmt_count_words(rows[i].text), rows[i].want);
}

/* ---- clean text ------------------------------------------------------------------------- */

static void assert_clean(struct pmt_slice s, size_t max, const char *want)
{
    struct pmt_buf b = {0};
    pmt_put_clean(&b, s, max);
    assert_string_equal(b.data ? b.data : "", want);
    pmt_buf_fini(&b);
}
#define CLEAN(text, want) assert_clean(PMT_SLICE(text), 200, want)

static void clean_text(void **state)
{
    (void)state;
    CLEAN("", "");
    CLEAN("plain", "plain");
    CLEAN("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
    CLEAN("a\tb", "a b");
    CLEAN("a\nb\r", "a\\x0Ab\\x0D");
    CLEAN("\x1B[31mred", "\\x1B[31mred");
    CLEAN("nul\0byte", "nul\\x00byte");
    CLEAN("\x7F", "\\x7F");
    CLEAN("\x01\x02\x03\x04", "\\x01\\x02\\x03\\x04");
    /* C1 controls, turns of direction, what joins and hides */
    CLEAN("a\xC2\x9B"
          "31m",
          "a\\xC2\\x9B31m");
    CLEAN("\xE2\x80\xAE"
          "evil",
          "\\xE2\\x80\\xAEevil");
    CLEAN("\xE2\x81\xA6x\xE2\x81\xA9", "\\xE2\\x81\\xA6x\\xE2\\x81\\xA9");
    CLEAN("zero\xE2\x80\x8Bwidth", "zero\\xE2\\x80\\x8Bwidth");
    CLEAN("word\xE2\x81\xA0join", "word\\xE2\\x81\\xA0join");
    CLEAN("\xEF\xBB\xBF"
          "bom",
          "\\xEF\\xBB\\xBF"
          "bom");
    CLEAN("soft\xC2\xADhyphen", "soft\\xC2\\xADhyphen");
    CLEAN("\xD8\x9C"
          "arabic mark",
          "\\xD8\\x9C"
          "arabic mark");
    CLEAN("tag\xF3\xA0\x81\x81", "tag\\xF3\\xA0\\x81\\x81");
    CLEAN("\xE2\x80\xA8line", "\\xE2\\x80\\xA8line");
    /* no UTF-8: a lone byte, an overlong form, a surrogate, past the end of Unicode, cut short */
    CLEAN("\xFFx", "\\xFFx");
    CLEAN("\xC0\xAF", "\\xC0\\xAF");
    CLEAN("\xE0\x80\xAF", "\\xE0\\x80\\xAF");
    CLEAN("\xED\xA0\x80", "\\xED\\xA0\\x80");
    CLEAN("\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80");
    CLEAN("\xF5\x80\x80\x80", "\\xF5\\x80\\x80\\x80");
    CLEAN("cut \xE2\x82", "cut \\xE2\\x82");
    CLEAN("cut \xF0\x9F\x98", "cut \\xF0\\x9F\\x98");
}

static void clean_text_is_cut(void **state)
{
    (void)state;
    assert_clean(PMT_SLICE("abcdef"), 6, "abcdef");
    assert_clean(PMT_SLICE("abcdef"), 3, "abc" PMT_ELLIPSIS);
    /* never within a character */
    assert_clean(PMT_SLICE("ab\xE2\x82\xAC"
                           "d"),
                 3, "ab\xE2\x82\xAC" PMT_ELLIPSIS);
    assert_clean(pmt_slice(NULL, 0), 3, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forbidden_words_are_found),
        cmocka_unit_test(no_phrase_says_too_much),
        cmocka_unit_test(no_rule_says_too_much),
        cmocka_unit_test(ids_are_unique),
        cmocka_unit_test(placeholders_are_known),
        cmocka_unit_test(bullets_are_short),
        cmocka_unit_test(rules_are_one_sentence),
        cmocka_unit_test(slots),
        cmocka_unit_test(templates),
        cmocka_unit_test(phrases_by_id),
        cmocka_unit_test(counts),
        cmocka_unit_test(percents),
        cmocka_unit_test(words),
        cmocka_unit_test(clean_text),
        cmocka_unit_test(clean_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
