/* test_render_md.c - Markdown that stays what it is, whatever strangers wrote into the logs. */
#include "world.h"

/* ---- the escape ------------------------------------------------------------------------------ */

#define ON PMT_CODE_ON
#define OFF PMT_CODE_OFF
#define ZW "\xE2\x80\x8B"

static const struct {
    const char *text, *prose, *cell; /* cell NULL: the same */
} rows[] = {
    {"", "", NULL},
    {"plain text", "plain text", NULL},
    /* markup in prose */
    {"a*b_c`d", "a\\*b\\_c\\`d", NULL},
    {"[x](y)", "\\[x\\](y)", NULL},
    {"![x](y)", "!\\[x\\](y)", NULL},
    {"<b>&amp;<!-- x -->", "\\<b\\>\\&amp;\\<!-- x --\\>", NULL},
    {"a|b", "a\\|b", NULL},
    {"~~gone~~ $x$", "\\~\\~gone\\~\\~ \\$x\\$", NULL},
    {"back\\slash", "back\\\\slash", NULL},
    /* where a block begins */
    {"- item", "\\- item", NULL},
    {"+ item", "\\+ item", NULL},
    {"--- rule", "\\--- rule", NULL},
    {"# head", "\\# head", NULL},
    {"=====", "\\=====", NULL},
    {"12. item", "12\\. item", NULL},
    {"7) item", "7\\) item", NULL},
    {"+03:00 is no list", "+03:00 is no list", NULL},
    {"-5 degrees", "-5 degrees", NULL},
    {"12.5 percent", "12.5 percent", NULL},
    {"a - b # c 1. d", "a - b # c 1. d", NULL},
    /* what becomes a link, pings people or refers to an issue by itself */
    {"@name", "@" ZW "name", NULL},
    {"a@b.example", "a@" ZW "b.example", NULL},
    {"see #12 and GH-12", "see #" ZW "12 and GH" ZW "-12", NULL},
    {"owner/repo#7", "owner/repo#" ZW "7", NULL},
    {"http://evil.example", "http:" ZW "//evil.example", NULL},
    {"HTTPS://evil.example", "HTTPS:" ZW "//evil.example", NULL},
    {"www.evil.example", "www" ZW ".evil.example", NULL},
    {"WWW.evil.example", "WWW" ZW ".evil.example", NULL},
    {"awww.no", "awww.no", NULL},
    {"12:30:00 #x", "12:30:00 #x", NULL},
    /* lines never break */
    {"one\ntwo", "one two", NULL},
    /* marks of our own */
    {"\x03strong\x04", "**strong**", NULL},
    {"on " ON "web-01" OFF ".", "on `web-01`.", NULL},
    /* code: nothing in it is markup, and no run of backticks ends it */
    {ON "a*b_c<d>[e]&@f #1 http://x" OFF, "`a*b_c<d>[e]&@f #1 http://x`", NULL},
    {ON "a`b" OFF, "``a`b``", NULL},
    {ON "a``b`c" OFF, "```a``b`c```", NULL},
    {ON "`" OFF, "`` ` ``", NULL},
    {ON "`a" OFF, "`` `a ``", NULL},
    {ON "a`" OFF, "`` a` ``", NULL},
    {ON "" OFF, "", NULL},
    {ON "a|b||c" OFF, "`a|b||c`", "`a\\|b\\|\\|c`"},
    {ON "a\\|b" OFF, "`a\\|b`", "`a\\\\|b`"},
    {ON "a\nb" OFF, "`a b`", NULL},
    {ON "never closed", "`never closed`", NULL},
};

static void escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf b = {0};
        pmt_put_markdown(&b, rows[i].text, false);
        assert_string_equal(b.data ? b.data : "", rows[i].prose);
        pmt_buf_clear(&b);
        pmt_put_markdown(&b, rows[i].text, true);
        assert_string_equal(b.n ? b.data : "", rows[i].cell ? rows[i].cell : rows[i].prose);
        pmt_buf_fini(&b);
    }
}

static void unmarked(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    pmt_put_unmarked(&b, "on " ON "web|01" OFF " \x03 now\x04.");
    assert_string_equal(b.data, "on web|01  now.");
    pmt_buf_fini(&b);
}

/* ---- what a reader makes of it ------------------------------------------------------------------
 */

static size_t ticks(const char *p)
{
    size_t n = 0;
    while (p[n] == '`')
        n++;
    return n;
}

/* A line without its code spans, as CommonMark 6.1 finds them. */
static void prose_of(struct pmt_slice line, struct pmt_buf *out)
{
    char *s = pmt_alloc(line.n + 1);
    memcpy(s, line.p, line.n);
    for (const char *p = s; *p;) {
        if (*p == '\\' && p[1]) {
            pmt_buf_put(out, p, 2);
            p += 2;
            continue;
        }
        size_t fence = ticks(p);
        if (!fence) {
            pmt_buf_put(out, p++, 1);
            continue;
        }
        const char *q = p + fence;
        while (*q && ticks(q) != fence)
            q += ticks(q) ? ticks(q) : 1;
        if (*q) {
            pmt_buf_puts(out, "CODE");
            p = q + fence;
        } else {
            pmt_buf_put(out, p, fence);
            p += fence;
        }
    }
    free(s);
}

/* Cells of a table's line: GFM takes a pipe for a border unless a backslash stands before it, in
 * code too. */
static size_t cells_of(struct pmt_slice line)
{
    size_t n = 0;
    for (size_t i = 0; i < line.n; i++)
        n += line.p[i] == '|' && (i == 0 || line.p[i - 1] != '\\');
    return n - 1;
}

/* RFC 3629, written anew: what is checked must not check itself. */
static bool valid_utf8(const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    while (*p) {
        int more = *p < 0x80 ? 0 : *p >> 5 == 6 ? 1 : *p >> 4 == 14 ? 2 : *p >> 3 == 30 ? 3 : -1;
        if (more < 0)
            return false;
        uint32_t c = more == 0 ? *p : *p & (0x3Fu >> more);
        for (int i = 1; i <= more; i++) {
            if (p[i] >> 6 != 2)
                return false;
            c = c << 6 | (p[i] & 0x3Fu);
        }
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
            return false;
        p += more + 1;
    }
    return true;
}

/* Nothing of what bears the mark stands outside of code, and every table keeps its shape. */
static void check_document(const char *md, const char *mark)
{
    struct pmt_cursor c = pmt_cursor(pmt_str(md));
    struct pmt_slice line;
    size_t cells = 0, marks = 0;
    assert_null(strstr(md, "\n\n\n"));
    while (pmt_cur_until(&c, '\n', &line)) {
        struct pmt_buf prose = {0};
        prose_of(line, &prose);
        if (prose.n && strstr(prose.data, mark))
            fail_msg("outside of code: %.*s", PMT_FMT(line));
        for (size_t i = 0; i + strlen(mark) <= line.n; i++)
            marks += memcmp(line.p + i, mark, strlen(mark)) == 0;
        for (size_t i = 0; i < prose.n; i++)
            if ((unsigned char)prose.data[i] < 0x20)
                fail_msg("a control byte in: %.*s", PMT_FMT(line));
        if (line.n && line.p[0] == '|') {
            if (!cells)
                cells = cells_of(line);
            if (cells_of(line) != cells)
                fail_msg("%zu cells, not %zu: %.*s", cells_of(line), cells, PMT_FMT(line));
        } else {
            cells = 0;
        }
        pmt_buf_fini(&prose);
    }
    assert_true(pmt_cur_end(&c)); /* the last line has its end */
    assert_true(marks > 0);
}

/* What a stranger could write into a field. All of it bears the mark EVIL. */
static const char *const hostile[] = {
    "EVIL",
    "EVIL|EVIL|EVIL",
    "`EVIL`",
    "EVIL``x```EVIL",
    "<script>EVIL</script>",
    "[EVIL](javascript:x)",
    "![EVIL](//x)",
    "**EVIL**",
    "@EVIL",
    "#12EVIL",
    "http://EVIL/",
    "EVIL\\|x",
    "\\`EVIL",
    "EVIL\x1B[31m",
    "\xE2\x80\xAE"
    "EVIL",
    "EVIL\xFF\xFE",
    "EVIL\xC2\x9B",
    "&lt;EVIL",
    "-EVIL",
    "$EVIL$",
    "{host}EVIL",
    "\x01"
    "EVIL\x02\x03\x04",
};

static void hostile_world(const char *evil, struct pmt_buf *md, struct pmt_buf *json)
{
    struct pmt_buf lb = {0}, sys = {0}, err = {0}, rest = {0};
    char text[512], path[128];
    struct traffic t = {.backend = "shop",
                        .servers = {"web-01", "web-02"},
                        .start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&lb, &t);
    for (int i = 0; i < 120; i++) /* a backend with that name, asked for such a path */
        put_haproxy(&lb, NINE + (1200 + i * 2) * PMT_SECOND, client_name((unsigned)i % 30), evil,
                    evil, 503, evil);
    snprintf(text, sizeof text,
             "Server %s/%s is DOWN, reason: Layer4 timeout, info: \"%s\", check "
             "duration: 1ms. 1 active and 0 backup servers left. 0 sessions active, 0 "
             "requeued, 0 remaining in queue.",
             evil, evil, evil);
    put_state(&lb, NINE + 1250 * PMT_SECOND, text);
    snprintf(text, sizeof text, "backend %s has no server available!", evil);
    put_state(&lb, NINE + 1260 * PMT_SECOND, text);
    snprintf(text, sizeof text, "systemd[1]: Reloaded %s.", evil);
    put_syslog(&sys, NINE + 1300 * PMT_SECOND, evil, text);
    snprintf(text, sizeof text,
             "sudo:    alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/%s", evil);
    put_syslog(&sys, NINE + 1310 * PMT_SECOND, "web-01", text);
    snprintf(text, sizeof text,
             "kernel: [9.4] Out of memory: Killed process 2211 (%s) total-vm:1kB, "
             "anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3kB "
             "oom_score_adj:0",
             evil);
    put_syslog(&sys, NINE + 1320 * PMT_SECOND, evil, text);
    pmt_buf_printf(&err,
                   "2022/02/26 09:21:00 [error] 9#9: *1 connect() failed (111: Connection refused) "
                   "while connecting to upstream, client: 203.0.113.7, server: %s, request: \"GET "
                   "/%s HTTP/1.1\", upstream: \"http://%s/\", host: \"%s\"\n",
                   evil, evil, evil, evil);
    pmt_buf_printf(&rest, "%s\n%s no line of any log\n", evil, evil);
    snprintf(path, sizeof path, "%s/error.log", evil);
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = lb.data},
                                    {.path = "syslog", .text = sys.data},
                                    {.path = path, .text = err.data},
                                    {.path = "rest.log", .text = rest.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    struct pmt_input_note note = {.shown = path, .why = "is a link to /dev/stdout"};
    w.scan.list.notes = &note;
    w.scan.list.nnotes = 1;
    world_report(&w, true);
    assert_non_null(w.report.incident);
    *md = world_markdown(&w);
    *json = world_json(&w);
    w.scan.list.notes = NULL;
    world_close(&w);
    pmt_buf_fini(&lb);
    pmt_buf_fini(&sys);
    pmt_buf_fini(&err);
    pmt_buf_fini(&rest);
}

static void hostile_logs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct pmt_buf md, json;
        hostile_world(hostile[i], &md, &json);
        check_document(md.data, "EVIL");
        assert_true(valid_utf8(md.data));
        assert_true(valid_utf8(json.data));
        /* Neither renderer lets anything through that steers a terminal or turns the text. */
        static const char *const never[] = {"\x1B", "\xE2\x80\xAE", "\xC2\x9B", "\xFF", "\x01",
                                            "\x02", "\x03",         "\x04",     NULL};
        for (size_t k = 0; never[k]; k++) {
            assert_null(strstr(md.data, never[k]));
            assert_null(strstr(json.data, never[k]));
        }
        pmt_buf_fini(&md);
        pmt_buf_fini(&json);
    }
}

/* ---- the shape of the document ------------------------------------------------------------------
 */

static void sections_in_order(void **state)
{
    (void)state;
    static const char *const order[] = {
        "# DRAFT post-mortem: ",
        "\n<!-- pm-timeline:draft 2022-02-26T09",
        "\n> Draft by `pm-timeline` from logs",
        "\n## Issue Summary\n",
        "\n- **Duration:** ",
        "\n- **Impact:** ",
        "\n- **Root cause:** ",
        "\n## Timeline\n\n<!-- pm-timeline:begin timeline ",
        " -->\n- ",
        "\n- TODO(detection): ",
        "\n- TODO(investigation): ",
        "\n- TODO(escalation): ",
        "\n<!-- pm-timeline:end timeline -->\n\n## Root cause and resolution\n\n<!-- ",
        " -->\n**Observed.** ",
        "\n**Resolution.** ",
        "\n## Corrective and preventative measures\n\n<!-- ",
        " -->\nWhat can improve:\n\n- ",
        "\nSuggested tasks, not agreed:\n\n- [ ] ",
        "\n- [ ] TODO(tasks): ",
        "\n<!-- pm-timeline:begin annex =",
        " -->\n## Annex\n",
        "\n### Evidence\n",
        "\n| E1 | 2022-02-26 ",
        "\n### Incidents and findings\n",
        "\n### Sources\n"};
    struct pmt_buf text = {0};
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&text, &t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    struct pmt_buf md = world_markdown(&w);
    const char *p = md.data;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const char *q = strstr(p, order[i]);
        if (!q)
            fail_msg("not in its place: %s", order[i]);
        p = q + 1;
    }
    /* One day: clock times alone. */
    assert_non_null(
        strstr(md.data, "\n- 09:20:00 - **Impact starts (est.)**: first failed request [E1].\n"));
    assert_true(md.n > 2 && md.data[md.n - 1] == '\n' && md.data[md.n - 2] != '\n');
    pmt_buf_fini(&md);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* Across midnight each bullet has its date. */
static void dates_on_bullets(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct traffic t = {.start = NINE,
                        .seconds = 16 * 3600,
                        .every = 10,
                        .troubles = {{.from = 14 * 3600, .to = 15 * 3600 + 600, .percent = 100}}};
    put_traffic(&text, &t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    struct pmt_buf md = world_markdown(&w);
    assert_non_null(strstr(md.data, ", 2022-02-26 to 2022-02-27\n"));
    assert_non_null(strstr(md.data, "\n- 26 Feb 23:00:00 - **Impact starts"));
    assert_non_null(strstr(md.data, "\n- 27 Feb 00:10:00 - **Impact ends"));
    pmt_buf_fini(&md);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* Every citation stands in the table, and nothing else does. */
static void citations(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, sys = {0};
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&text, &t);
    for (int i = 0; i < 100; i++) {
        char line[64];
        snprintf(line, sizeof line, "systemd[1]: Reloaded Unit %d.", i);
        put_syslog(&sys, NINE + (1210 + i) * PMT_SECOND, "web-01", line);
    }
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data},
                                    {.path = "syslog", .text = sys.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    struct pmt_buf md = world_markdown(&w);
    bool cited[200] = {false}, row[200] = {false};
    for (const char *p = md.data; (p = strchr(p, 'E')); p++) {
        unsigned id;
        if (sscanf(p, "E%u", &id) != 1 || id >= 200)
            continue;
        bool is_row = p - md.data > 3 && strncmp(p - 3, "\n| ", 3) == 0;
        if (is_row)
            row[id] = true;
        else if (p[-1] == '[' || p[-1] == ' ')
            cited[id] = true;
    }
    for (size_t i = 0; i < 200; i++)
        if (row[i] != cited[i])
            fail_msg("E%zu is %s", i, row[i] ? "not cited" : "not in the table");
    pmt_buf_fini(&md);
    world_close(&w);
    pmt_buf_fini(&text);
    pmt_buf_fini(&sys);
}

/* Over the length that forges take, the tables of the annex are cut, and say so. */
static void short_enough_to_paste(void **state)
{
    (void)state;
    enum { ROWS = 3000 };
    static struct pmt_row rows_of_one[ROWS];
    struct pmt_buf text = {0};
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&text, &t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    world_report(&w, true);
    struct pmt_buf whole = world_markdown(&w);
    struct pmt_table was = w.report.tables[0], *one = &w.report.tables[0];
    for (size_t i = 0; i < ROWS; i++)
        rows_of_one[i].cells[0] = "a row that is long enough to make of many of them too much";
    one->rows = rows_of_one;
    one->n = ROWS;
    struct pmt_buf md = world_markdown(&w);
    assert_true(md.n <= PMT_DRAFT_MAX);
    assert_non_null(strstr(md.data, "\nThe table is cut to 64 of 3,000 rows, as the draft would be "
                                    "too long to paste; `--format json` has all.\n"));
    const char *annex = strstr(whole.data, "<!-- pm-timeline:begin annex");
    assert_non_null(annex);
    assert_memory_equal(md.data, whole.data, (size_t)(annex - whole.data)); /* the body is whole */
    assert_non_null(strstr(md.data, "\n<!-- pm-timeline:end annex -->\n"));
    check_document(md.data, "access.log");
    *one = was;
    pmt_buf_fini(&md);
    pmt_buf_fini(&whole);
    world_close(&w);
    pmt_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),          cmocka_unit_test(unmarked),
        cmocka_unit_test(hostile_logs),     cmocka_unit_test(sections_in_order),
        cmocka_unit_test(dates_on_bullets), cmocka_unit_test(citations),
        cmocka_unit_test(short_enough_to_paste),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
