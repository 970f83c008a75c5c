#include "pmt/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A pattern for a line of a log needs some hundred steps. */
enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 2000, HEAP_LIMIT_KIB = 2048 };

struct pmt_pattern {
    pcre2_code *code;
    pcre2_match_context *limits; /* only read while matching */
    uint32_t captures;
    size_t n;
    struct {
        const char *name; /* in `code` */
        uint32_t number;
    } groups[PMT_PATTERN_GROUPS];
};

static const char *compile_error(struct pmt_arena *arena, int error)
{
    PCRE2_UCHAR text[160];
    if (pcre2_get_error_message(error, text, sizeof text) < 0)
        return "it is no regular expression";
    return pmt_arena_printf(arena, "%s", (const char *)text);
}

/* PCRE2's table of names: entries of one size, each the group's number in two bytes, most
 * significant first, and its name. pcre2api(3), "PCRE2_INFO_NAMETABLE". */
static bool take_names(struct pmt_pattern *p)
{
    uint32_t n = 0, size = 0;
    PCRE2_SPTR table = NULL;
    (void)pcre2_pattern_info(p->code, PCRE2_INFO_NAMECOUNT, &n);
    (void)pcre2_pattern_info(p->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    (void)pcre2_pattern_info(p->code, PCRE2_INFO_NAMETABLE, &table);
    (void)pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &p->captures);
    if (n > PMT_PATTERN_GROUPS || p->captures > PMT_PATTERN_GROUPS)
        return false;
    for (; p->n < n; p->n++, table += size) {
        p->groups[p->n].number = (uint32_t)table[0] << 8 | table[1];
        p->groups[p->n].name = (const char *)table + 2;
    }
    return true;
}

struct pmt_pattern *pmt_pattern_new(const char *text, struct pmt_arena *arena, const char **why,
                                    size_t *column)
{
    const uint32_t flags =
        PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE;
    int error;
    PCRE2_SIZE where;
    *column = 0;
    if (strlen(text) > PMT_PATTERN_MAX) {
        *why = pmt_arena_printf(arena, "it is longer than %d bytes", PMT_PATTERN_MAX);
        return NULL;
    }
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, strlen(text), flags, &error, &where, NULL);
    if (!code) {
        if (error == PCRE2_ERROR_HEAP_FAILED)
            pmt_oom();
        *why = compile_error(arena, error);
        *column = where;
        return NULL;
    }
    struct pmt_pattern *p = pmt_alloc(sizeof *p);
    p->code = code;
    p->limits = pcre2_match_context_create(NULL);
    if (!p->limits)
        pmt_oom();
    (void)pcre2_set_match_limit(p->limits, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(p->limits, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(p->limits, HEAP_LIMIT_KIB);
    /* Where there is no JIT the interpreter does the same work. */
    (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    if (take_names(p))
        return p;
    *why = pmt_arena_printf(arena, "it has more than %d groups", PMT_PATTERN_GROUPS);
    pmt_pattern_free(p);
    return NULL;
}

void pmt_pattern_free(struct pmt_pattern *p)
{
    if (!p)
        return;
    pcre2_code_free(p->code);
    pcre2_match_context_free(p->limits);
    free(p);
}

const char *pmt_pattern_group(const struct pmt_pattern *p, size_t i)
{
    return i < p->n ? p->groups[i].name : NULL;
}

static struct pmt_slice captured(const PCRE2_SIZE *v, struct pmt_slice text)
{
    /* \K in a lookahead can put the end before the start. */
    if (v[0] == PCRE2_UNSET || v[1] < v[0] || v[1] > text.n)
        return PMT_NO_SLICE;
    return pmt_slice(text.p + v[0], v[1] - v[0]);
}

/* What a match is written to is made anew for each: whoever calls may be any thread. */
bool pmt_pattern_match(const struct pmt_pattern *p, struct pmt_slice text,
                       struct pmt_slice *groups)
{
    if (text.n > PMT_PATTERN_TEXT)
        text.n = PMT_PATTERN_TEXT;
    pcre2_match_data *data = pcre2_match_data_create(p->captures + 1, NULL);
    if (!data)
        pmt_oom();
    PCRE2_SPTR s = (PCRE2_SPTR)(text.p ? text.p : "");
    int rc = pcre2_match(p->code, s, text.n, 0, 0, data, p->limits);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) /* the interpreter works on the heap */
        rc = pcre2_match(p->code, s, text.n, 0, PCRE2_NO_JIT, data, p->limits);
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(data);
    for (size_t i = 0; rc > 0 && i < p->n; i++)
        groups[i] = (int)p->groups[i].number < rc ? captured(v + 2 * p->groups[i].number, text)
                                                  : PMT_NO_SLICE;
    pcre2_match_data_free(data);
    return rc > 0;
}
