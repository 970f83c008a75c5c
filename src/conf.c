#include "conf_parts.h"

#include <stdlib.h>
#include <sys/stat.h>

void pmt_conf_fini(struct pmt_conf *c)
{
    free(c->entries);
    free(c->problems);
    free(c->files);
    *c = (struct pmt_conf){.entries = NULL};
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
