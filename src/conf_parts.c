#include "conf_parts.h"

#include <stdarg.h>
#include <stdio.h>

void pmt_conf_problem(struct pmt_conf_reader *r, const char *file, uint64_t line, const char *fmt,
                      ...)
{
    struct pmt_conf *c = r->conf;
    char text[400];
    va_list ap;
    c->bad++;
    if (c->nproblems == PMT_CONF_PROBLEMS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    PMT_GROW(c->problems, c->nproblems, c->capproblems);
    c->problems[c->nproblems++] =
        (struct pmt_conf_problem){file, line, pmt_arena_copy(r->arena, pmt_str(text)).p,
                                  false};
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

void pmt_conf_add(struct pmt_conf_reader *r, const struct pmt_conf_entry *e)
{
    struct pmt_conf *c = r->conf;
    if (c->n == PMT_CONF_ENTRIES_MAX) {
        if (!r->full)
            pmt_conf_problem(r, e->file, e->line, "more than %d formats and logs; the rest is not "
                                                  "used", PMT_CONF_ENTRIES_MAX);
        r->full = true;
        return;
    }
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_conf_entry *x = &c->entries[i];
        if (!same(x->text, e->text) || !same(x->path, e->path) || !same(x->tag, e->tag) ||
            x->escape != e->escape)
            continue;
        x->site = same(x->site, e->site) ? x->site : NULL;
        return;
    }
    PMT_GROW(c->entries, c->n, c->cap);
    c->entries[c->n++] = *e;
}

/* ---- words ------------------------------------------------------------------------------- */

const char *pmt_conf_word(struct pmt_conf_reader *r, struct pmt_slice s)
{
    struct pmt_slice head = pmt_slice_head(s, PMT_CONF_SHORT);
    return pmt_arena_printf(r->arena, "%.*s%s", PMT_FMT(head), head.n < s.n ? "..." : "");
}

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Behind the variable that begins at i. "$name", "${name}"; "%Y", "%{...}t". */
static size_t skip_variable(struct pmt_slice s, size_t i, char variable)
{
    i++;
    if (i < s.n && s.p[i] == '{') {
        while (i < s.n && s.p[i] != '}')
            i++;
        i += i < s.n;
        return variable == '%' && i < s.n ? i + 1 : i;
    }
    if (variable == '%')
        return i < s.n ? i + 1 : i;
    while (i < s.n && is_name(s.p[i]))
        i++;
    return i;
}

const char *pmt_conf_pattern(struct pmt_conf_reader *r, struct pmt_slice path, char variable)
{
    if (!path.n || pmt_slice_starts(path, "/dev/") || pmt_slice_starts(path, "/proc/"))
        return NULL;
    char *out = pmt_arena_alloc(r->arena, 2 * path.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < path.n;) {
        if (path.p[i] == variable) {
            i = skip_variable(path, i, variable);
            if (!n || out[n - 1] != '*')
                out[n++] = '*';
            continue;
        }
        if (strchr("*?[]\\", path.p[i]))
            out[n++] = '\\';
        out[n++] = path.p[i++];
    }
    return out;
}

/* ---- patterns -------------------------------------------------------------------------- */

/* Is c in the set whose "[" is at p[i]? *behind is the place behind its "]"; 0: there is none. */
static bool in_set(struct pmt_slice p, size_t i, char c, size_t *behind)
{
    bool no = i + 1 < p.n && (p.p[i + 1] == '!' || p.p[i + 1] == '^'), in = false;
    size_t first = i + 1 + no;
    *behind = 0;
    for (size_t k = first; k < p.n; k++) {
        if (p.p[k] == ']' && k > first) {
            *behind = k + 1;
            return in != no;
        }
        if (k + 2 < p.n && p.p[k + 1] == '-' && p.p[k + 2] != ']') {
            in |= c >= p.p[k] && c <= p.p[k + 2];
            k += 2;
        } else {
            in |= c == p.p[k];
        }
    }
    return false;
}

/* Does one sign of the pattern, at i, match c? *next is behind it. */
static bool sign_matches(struct pmt_slice p, size_t i, char c, size_t *next)
{
    size_t behind;
    *next = i + 1;
    if (p.p[i] == '?')
        return true;
    if (p.p[i] == '[') {
        bool in = in_set(p, i, c, &behind);
        if (behind) {
            *next = behind;
            return in;
        }
    }
    if (p.p[i] == '\\' && i + 1 < p.n)
        *next = ++i + 1;
    return p.p[i] == c;
}

/* As fnmatch(), but a hostile pattern costs no more than its length times that of the name. */
bool pmt_conf_glob(struct pmt_slice p, struct pmt_slice s)
{
    size_t i = 0, k = 0, next, star = SIZE_MAX, from = 0;
    if (s.n && *s.p == '.' && (!p.n || *p.p != '.'))
        return false;
    while (k < s.n) {
        if (i < p.n && p.p[i] == '*') {
            star = ++i;
            from = k;
        } else if (i < p.n && sign_matches(p, i, s.p[k], &next)) {
            i = next;
            k++;
        } else if (star != SIZE_MAX) {
            i = star;
            k = ++from;
        } else {
            return false;
        }
    }
    while (i < p.n && p.p[i] == '*')
        i++;
    return i == p.n;
}
