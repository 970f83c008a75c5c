/* conf_lines.h - what a configuration's text is read as, in lines to compare: of an entry its name,
 * line, format, file and tag, of a problem its line and how it begins. */
#ifndef CONF_LINES_H
#define CONF_LINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pmt/conf.h"

struct conf_case {
    const char *text;
    const char *entries;  /* "NAME:LINE TEXT >PATH #TAG @SITE\n" each; "built in": such a format */
    const char *problems; /* "LINE: BEGINNING\n" each; NULL: none */
};

static void put_entries(struct pmt_buf *b, const struct pmt_conf *c)
{
    static const char *const escapes[] = {"", " json", " none"};
    for (size_t i = 0; i < c->n; i++) {
        const struct pmt_conf_entry *e = &c->entries[i];
        pmt_buf_printf(b, "%s:%llu%s %s", e->name, (unsigned long long)e->line, escapes[e->escape],
                       e->text ? e->text : "built in");
        if (e->path)
            pmt_buf_printf(b, " >%s", e->path);
        if (e->tag)
            pmt_buf_printf(b, " #%s", e->tag);
        if (e->site)
            pmt_buf_printf(b, " @%s", e->site);
        pmt_buf_puts(b, "\n");
    }
}

/* Each problem begins as the next line of `wanted`, and none is left. */
static void check_problems(const struct pmt_conf *c, const char *wanted, const char *text)
{
    size_t i = 0;
    for (const char *p = wanted ? wanted : ""; *p; i++) {
        const char *end = strchr(p, '\n');
        if (i == c->nproblems)
            fail_msg("no problem \"%.*s\" in\n%s", (int)(end - p), p, text);
        struct pmt_buf b = {0};
        pmt_buf_printf(&b, "%llu: %s", (unsigned long long)c->problems[i].line, c->problems[i].why);
        if (strncmp(b.data, p, (size_t)(end - p)) != 0)
            fail_msg("\"%s\" is not \"%.*s\"", b.data, (int)(end - p), p);
        pmt_buf_fini(&b);
        p = end + 1;
    }
    if (i != c->nproblems || i != c->bad)
        fail_msg("a problem too many: %llu: %s", (unsigned long long)c->problems[i].line,
                 c->problems[i].why);
}

__attribute__((unused)) static void check_conf(enum pmt_dialect dialect, const struct conf_case *k)
{
    struct pmt_arena arena = {0};
    struct pmt_conf c;
    struct pmt_buf b = {0};
    pmt_conf_text(&c, dialect, pmt_str(k->text), "a.conf", &arena);
    put_entries(&b, &c);
    if (strcmp(b.data ? b.data : "", k->entries) != 0)
        fail_msg("of\n%s\ncomes\n%swhere\n%sis right", k->text, b.data ? b.data : "", k->entries);
    for (size_t i = 0; i < c.n; i++)
        assert_string_equal(c.entries[i].file, "a.conf");
    check_problems(&c, k->problems, k->text);
    pmt_buf_fini(&b);
    pmt_conf_fini(&c);
    pmt_arena_fini(&arena);
}

#define CHECK_ALL(dialect, cases)                                                                  \
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++)                                   \
    check_conf(dialect, &cases[at])

#endif
