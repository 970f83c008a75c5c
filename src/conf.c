#include "conf_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- the lists --------------------------------------------------------------------------- */

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
        (struct pmt_conf_problem){file, line, pmt_arena_copy(r->arena, pmt_str(text)).p};
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
        const struct pmt_conf_entry *x = &c->entries[i];
        if (same(x->text, e->text) && same(x->path, e->path) && same(x->tag, e->tag) &&
            x->escape == e->escape)
            return;
    }
    PMT_GROW(c->entries, c->n, c->cap);
    c->entries[c->n++] = *e;
}

void pmt_conf_fini(struct pmt_conf *c)
{
    free(c->entries);
    free(c->problems);
    free(c->files);
    *c = (struct pmt_conf){.entries = NULL};
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

/* ---- which log is meant ------------------------------------------------------------------ */

/* The last name of the n bytes at s. */
static struct pmt_slice last_name(const char *s, size_t n)
{
    size_t from = n;
    while (from > 0 && s[from - 1] != '/')
        from--;
    return pmt_slice(s + from, n - from);
}

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

unsigned pmt_conf_tail(const char *pattern, const char *path)
{
    size_t np = strlen(pattern), ns = strlen(path);
    unsigned ret = 0;
    for (;;) {
        struct pmt_slice p = last_name(pattern, np), s = last_name(path, ns);
        if (!p.n || !s.n || !pmt_conf_glob(p, s))
            return ret;
        ret++;
        np -= p.n;
        ns -= s.n;
        while (np && pattern[np - 1] == '/')
            np--;
        while (ns && path[ns - 1] == '/')
            ns--;
    }
}

/* How many folders the configuration and a log have in common, from the root on. */
static unsigned nearness(const struct pmt_conf *c, const char *path)
{
    unsigned ret = 0;
    for (size_t i = 0; c->path[i] && c->path[i] == path[i]; i++)
        ret += c->path[i] == '/';
    return ret;
}

size_t pmt_conf_entries_for(const struct pmt_conf *confs, size_t n, enum pmt_dialect dialect,
                            const char *path, const struct pmt_conf_entry **ret,
                            const struct pmt_conf **from, size_t most)
{
    unsigned best = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const struct pmt_conf *c = &confs[i];
        if (c->dialect != dialect || (c->machine && strncmp(path, "/var/log/", 9) != 0))
            continue;
        for (size_t j = 0; j < c->n; j++) {
            unsigned tail = c->entries[j].path ? pmt_conf_tail(c->entries[j].path, path) : 0;
            unsigned rank = tail ? nearness(c, path) * 1000 + tail : 0;
            if (!rank || rank < best)
                continue;
            if (rank > best)
                k = 0;
            best = rank;
            if (k == most)
                continue;
            ret[k] = &c->entries[j];
            from[k++] = c;
        }
    }
    return k;
}

/* ---- the whole --------------------------------------------------------------------------- */

bool pmt_conf_is_main(struct pmt_slice name, enum pmt_dialect *dialect)
{
    static const struct {
        const char *name;
        enum pmt_dialect dialect;
    } mains[] = {
        {"nginx.conf", PMT_DIALECT_NGINX},
        {"haproxy.cfg", PMT_DIALECT_HAPROXY},
        {"apache2.conf", PMT_DIALECT_APACHE},
        {"httpd.conf", PMT_DIALECT_APACHE},
    };
    for (size_t i = 0; i < sizeof mains / sizeof *mains; i++)
        if (pmt_slice_is(name, mains[i].name)) {
            *dialect = mains[i].dialect;
            return true;
        }
    return false;
}

static void read_all(struct pmt_conf_reader *r)
{
    switch (r->conf->dialect) {
    case PMT_DIALECT_NGINX: pmt_conf_nginx(r); break;
    case PMT_DIALECT_HAPROXY: pmt_conf_haproxy(r); break;
    case PMT_DIALECT_APACHE: pmt_conf_apache(r); break;
    }
    free(r->stack);
}

static void push(struct pmt_conf_reader *r, const char *path, const char *shown,
                 struct pmt_slice text)
{
    PMT_GROW(r->stack, r->n, r->cap);
    r->stack[r->n++] =
        (struct pmt_conf_frame){.path = path, .shown = shown, .text = text, .line = 1};
}

/* The files of a folder, the first on top. */
static bool push_folder(struct pmt_conf_reader *r, const char *path, const char *shown,
                        const char **why)
{
    const char **names;
    size_t n = pmt_conf_list(r, path, "*.cfg", &names);
    for (size_t i = n; i > 0; i--)
        push(r, pmt_arena_printf(r->arena, "%s/%s", path, names[i - 1]),
             pmt_arena_printf(r->arena, "%s/%s", shown, names[i - 1]), PMT_NO_SLICE);
    if (!n)
        *why = "is a folder without *.cfg files; name the file";
    return n > 0;
}

bool pmt_conf_read(struct pmt_conf *c, enum pmt_dialect dialect, const char *path,
                   const char *shown, const char *within, struct pmt_arena *arena,
                   const char **why)
{
    struct stat st;
    *c = (struct pmt_conf){.dialect = dialect, .shown = shown};
    c->path = pmt_conf_real(arena, path);
    struct pmt_conf_reader r = {.conf = c, .arena = arena};
    r.within = within ? pmt_conf_real(arena, within) : NULL;
    pmt_conf_place(&r);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        if (dialect != PMT_DIALECT_HAPROXY) {
            *why = "is a folder; name the main file of the configuration";
            return false;
        }
        if (!push_folder(&r, path, shown, why))
            return false;
    } else {
        struct pmt_slice text;
        if (!pmt_conf_open(&r, path, &text, why))
            return false;
        push(&r, NULL, shown, text);
    }
    read_all(&r);
    return true;
}

bool pmt_conf_read_tree(struct pmt_conf *c, enum pmt_dialect dialect,
                        const struct pmt_conf_tree *tree, const char *path, const char *shown,
                        struct pmt_arena *arena, const char **why)
{
    struct pmt_slice text;
    *c = (struct pmt_conf){.dialect = dialect, .path = path, .shown = shown};
    struct pmt_conf_reader r = {.conf = c, .arena = arena, .tree = tree, .within = ""};
    pmt_conf_place(&r);
    if (!pmt_conf_open(&r, path, &text, why))
        return false;
    push(&r, NULL, shown, text);
    read_all(&r);
    return true;
}

void pmt_conf_text(struct pmt_conf *c, enum pmt_dialect dialect, struct pmt_slice text,
                   const char *shown, struct pmt_arena *arena)
{
    *c = (struct pmt_conf){.dialect = dialect, .path = shown, .shown = shown};
    struct pmt_conf_reader r = {.conf = c, .arena = arena, .no_files = true, .dir = "",
                                .home = ""};
    push(&r, NULL, shown, text);
    read_all(&r);
}
