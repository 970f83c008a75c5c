#define _XOPEN_SOURCE 700 /* realpath */
#include "conf_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- opening ----------------------------------------------------------------------------- */

const char *pmt_conf_real(struct pmt_arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    const char *ret = pmt_arena_copy(arena, pmt_str(real ? real : path)).p;
    free(real);
    return ret;
}

static bool is_within(const struct pmt_conf_reader *r, const char *path)
{
    if (!r->within)
        return true;
    const char *real = pmt_conf_real(r->arena, path);
    size_t n = strlen(r->within);
    return strncmp(real, r->within, n) == 0 && (real[n] == '/' || r->within[n - 1] == '/');
}

static const char *why_not(int err)
{
    switch (err) {
    case ENOENT:
    case ENOTDIR: return "does not exist";
    case EACCES:
    case EPERM: return "may not be read (permission denied); run with sudo, or copy it";
    case ELOOP: return "is a link to itself";
    default: return "could not be read";
    }
}

static bool read_text(int fd, struct pmt_arena *arena, struct pmt_slice *text, const char **why)
{
    struct pmt_buf b = {0};
    char block[16384];
    ssize_t n;
    while ((n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || b.n + (size_t)n > PMT_CONF_BYTES_MAX)
            break;
        pmt_buf_put(&b, block, (size_t)n);
    }
    *why = n > 0  ? "is longer than 4 MiB, which no configuration is"
           : n < 0 ? "could not be read"
           : b.n && memchr(b.data, '\0', b.n) ? "is no text" : NULL;
    struct pmt_slice all = pmt_buf_view(&b);
    if (pmt_slice_starts(all, "\xEF\xBB\xBF"))
        all = pmt_slice(all.p + 3, all.n - 3);
    if (!*why)
        *text = pmt_arena_copy(arena, all);
    pmt_buf_fini(&b);
    return !*why;
}

/* Was this very file read before? */
static bool is_known(const struct pmt_conf_reader *r, const char *path)
{
    const struct pmt_conf *c = r->conf;
    struct stat st;
    if (!r->tree && stat(path, &st) != 0)
        return false;
    for (size_t i = 0; i < c->nfiles; i++)
        if (r->tree ? strcmp(c->files[i].path, path) == 0
                    : c->files[i].dev == st.st_dev && c->files[i].ino == st.st_ino)
            return true;
    return false;
}

static void put_file(struct pmt_conf_reader *r, const char *path, dev_t dev, ino_t ino)
{
    struct pmt_conf *c = r->conf;
    PMT_GROW(c->files, c->nfiles, c->capfiles);
    c->files[c->nfiles++] =
        (struct pmt_conf_file){pmt_arena_copy(r->arena, pmt_str(path)).p, dev, ino};
}

static bool open_in_tree(struct pmt_conf_reader *r, const char *path, struct pmt_slice *text,
                         const char **why)
{
    for (size_t i = 0; i < r->tree->n; i++)
        if (strcmp(r->tree->v[i].path, path) == 0) {
            *text = r->tree->v[i].text;
            put_file(r, path, 0, 0);
            return true;
        }
    *why = "does not exist";
    return false;
}

/* Looked at before it is opened: opening a device may do something. */
bool pmt_conf_open(struct pmt_conf_reader *r, const char *path, struct pmt_slice *text,
                   const char **why)
{
    struct stat st;
    int fd = -1;
    *why = NULL;
    if (r->tree)
        return open_in_tree(r, path, text, why);
    if (stat(path, &st))
        *why = why_not(errno);
    else if (!S_ISREG(st.st_mode))
        *why = S_ISDIR(st.st_mode) ? "is a folder" : "is no regular file";
    else if (!is_within(r, path))
        *why = "lies outside the folder that was given";
    else if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0)
        *why = why_not(errno);
    else if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        *why = "is no regular file";
    bool good = !*why && read_text(fd, r->arena, text, why);
    if (fd >= 0)
        close(fd);
    if (good)
        put_file(r, path, st.st_dev, st.st_ino);
    return good;
}

/* ---- where the server has it ------------------------------------------------------------- */

/* Where servers are built to look for their main file; of two that end alike the longer first. */
static const char *const mains[3][5] = {
    [PMT_DIALECT_NGINX] = {"/usr/local/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf",
                           "/etc/nginx/nginx.conf"},
    [PMT_DIALECT_HAPROXY] = {"/usr/local/etc/haproxy/haproxy.cfg", "/etc/haproxy/haproxy.cfg"},
    [PMT_DIALECT_APACHE] = {"/usr/local/apache2/conf/httpd.conf",
                            "/usr/local/etc/apache24/httpd.conf", "/etc/httpd/conf/httpd.conf",
                            "/etc/apache2/apache2.conf"},
};

static const char *folder_of(struct pmt_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return pmt_arena_copy(arena, pmt_slice(path, slash == path ? 1 : (size_t)(slash - path))).p;
}

void pmt_conf_place(struct pmt_conf_reader *r)
{
    const char *const *all = mains[r->conf->dialect];
    struct pmt_slice path = pmt_str(r->conf->path);
    r->dir = folder_of(r->arena, r->conf->path);
    for (; *all; all++) {
        r->home = folder_of(r->arena, *all);
        if (!pmt_slice_ends(path, *all))
            continue;
        r->root = pmt_arena_copy(r->arena, pmt_slice(path.p, path.n - strlen(*all))).p;
        return;
    }
}

/* The places where a file may be that the server knows by this path, the likeliest first. */
static size_t places(struct pmt_conf_reader *r, const char *base, const char *path,
                     const char *ret[2])
{
    size_t n = 0, home = strlen(r->home);
    if (path[0] != '/') {
        ret[n++] = pmt_arena_printf(r->arena, "%s/%s", base ? base : r->dir, path);
        if (!base)
            return n;
        path = ret[--n];
    }
    if (r->root) {
        ret[n++] = pmt_arena_printf(r->arena, "%s%s", r->root, path);
        return n;
    }
    if (strncmp(path, r->home, home) == 0 && path[home] == '/')
        ret[n++] = pmt_arena_printf(r->arena, "%s%s", r->dir, path + home);
    if (!r->within)
        ret[n++] = path;
    return n;
}

/* ---- names with signs of patterns -------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t pmt_conf_list(struct pmt_conf_reader *r, const char *dir, const char *pattern,
                     const char ***ret)
{
    const char **v = NULL;
    size_t n = 0, cap = 0;
    DIR *d = r->looked++ < PMT_CONF_LOOKS_MAX ? opendir(dir) : NULL;
    for (struct dirent *e; d && r->looked < PMT_CONF_LOOKS_MAX && (e = readdir(d));) {
        r->looked++;
        if (!pmt_conf_glob(pmt_str(pattern), pmt_str(e->d_name)))
            continue;
        PMT_GROW(v, n, cap);
        v[n++] = pmt_arena_copy(r->arena, pmt_str(e->d_name)).p;
    }
    if (d)
        closedir(d);
    if (n)
        qsort(v, n, sizeof *v, by_bytes);
    *ret = pmt_arena_alloc(r->arena, (n + 1) * sizeof **ret);
    if (n)
        memcpy(*ret, v, n * sizeof *v);
    free(v);
    return n;
}

struct paths {
    const char **v;
    size_t n, cap;
};

static void put_path(struct paths *p, const char *path)
{
    if (p->n == PMT_CONF_FILES_MAX)
        return;
    PMT_GROW(p->v, p->n, p->cap);
    p->v[p->n++] = path;
}

/* All that the pattern names, name by name from the root on. */
static struct paths expand(struct pmt_conf_reader *r, const char *pattern)
{
    struct paths now = {0}, next = {0};
    put_path(&now, "");
    for (const char *p = pattern; *p;) {
        const char *slash = strchr(p, '/');
        size_t len = slash ? (size_t)(slash - p) : strlen(p);
        const char *name = pmt_arena_copy(r->arena, pmt_slice(p, len)).p;
        bool plain = !strpbrk(name, "*?[\\");
        next.n = 0;
        for (size_t i = 0; i < now.n; i++) {
            const char **found = &name;
            size_t n = 1;
            if (!plain)
                n = pmt_conf_list(r, *now.v[i] ? now.v[i] : ".", name, &found);
            for (size_t k = 0; k < n; k++)
                put_path(&next, pmt_arena_printf(r->arena, "%s%s%s", now.v[i], found[k],
                                                 slash ? "/" : ""));
        }
        struct paths t = now;
        now = next;
        next = t;
        p += len + (slash != NULL);
    }
    free(next.v);
    return now;
}

/* A link that was made on the server leads to where its target was there; in a copy of the
 * configuration that is below the copy's root. */
static const char *follow(struct pmt_conf_reader *r, const char *path)
{
    char target[4096];
    ssize_t n = r->root && *r->root && !r->tree ? readlink(path, target, sizeof target) : -1;
    if (n <= 0 || *target != '/' || (size_t)n == sizeof target)
        return path;
    return pmt_arena_printf(r->arena, "%s%.*s", r->root, (int)n, target);
}

/* ---- including --------------------------------------------------------------------------- */

/* As near to how the main file is shown as can be, else as the server has it. */
static const char *shown_as(struct pmt_conf_reader *r, const char *path)
{
    size_t n = strlen(r->dir), root = r->root ? strlen(r->root) : 0;
    const char *slash = strrchr(r->conf->shown, '/');
    if (strncmp(path, r->dir, n) != 0 || path[n] != '/')
        return root && strncmp(path, r->root, root) == 0 ? path + root : path;
    return pmt_arena_printf(r->arena, "%.*s%s", slash ? (int)(slash + 1 - r->conf->shown) : 0,
                            r->conf->shown, path + n + 1);
}

static void push_files(struct pmt_conf_reader *r, const struct pmt_conf_words *by,
                       const struct paths *files, unsigned depth)
{
    for (size_t i = files->n; i > 0; i--) {
        if (r->opened == PMT_CONF_FILES_MAX) {
            if (!r->full)
                pmt_conf_problem(r, by->file, by->line,
                                 "more than %d files are included; the rest is not read",
                                 PMT_CONF_FILES_MAX);
            r->full = true;
            return;
        }
        r->opened++;
        const char *path = follow(r, files->v[i - 1]);
        PMT_GROW(r->stack, r->n, r->cap);
        r->stack[r->n++] = (struct pmt_conf_frame){
            .path = path, .shown = shown_as(r, path), .line = 1, .depth = depth,
            .blocks = r->blocks};
    }
}

static struct paths find(struct pmt_conf_reader *r, const char *place, bool plain)
{
    struct paths found = {0};
    struct stat st;
    if (!plain)
        return expand(r, place);
    if (stat(place, &st) == 0 && S_ISDIR(st.st_mode))
        return expand(r, pmt_arena_printf(r->arena, "%s/*", place));
    if (lstat(place, &st) == 0)
        put_path(&found, place);
    return found;
}

/* Name by name; `below`: one name more, whatever it is. */
static bool path_matches(struct pmt_slice pattern, struct pmt_slice path, bool below)
{
    struct pmt_cursor p = pmt_cursor(pattern), s = pmt_cursor(path);
    struct pmt_slice a, b;
    for (;;) {
        bool more = pmt_cur_until(&p, '/', &a), goes_on = pmt_cur_until(&s, '/', &b);
        a = more ? a : pmt_cur_rest(&p);
        b = goes_on ? b : pmt_cur_rest(&s);
        if (!pmt_conf_glob(a, b))
            return false;
        if (!more)
            return below ? goes_on && s.p < s.end && *s.p != '.' &&
                               !memchr(s.p, '/', (size_t)(s.end - s.p))
                         : !goes_on;
        if (!goes_on)
            return false;
    }
}

static struct paths find_in_tree(struct pmt_conf_reader *r, const char *place)
{
    struct paths found = {0};
    bool plain = !strpbrk(place, "*?[");
    const char *enabled = strstr(place, "/sites-enabled");
    for (size_t i = 0; i < r->tree->n && r->looked < PMT_CONF_LOOKS_MAX; i++, r->looked++)
        if (path_matches(pmt_str(place), pmt_str(r->tree->v[i].path), false) ||
            (plain && path_matches(pmt_str(place), pmt_str(r->tree->v[i].path), true)))
            put_path(&found, r->tree->v[i].path);
    if (found.n)
        qsort(found.v, found.n, sizeof *found.v, by_bytes);
    if (found.n || !enabled)
        return found;
    free(found.v);
    return find_in_tree(r, pmt_arena_printf(r->arena, "%.*s/sites-available%s",
                                            (int)(enabled - place), place, enabled + 14));
}

void pmt_conf_include(struct pmt_conf_reader *r, const struct pmt_conf_words *by,
                      struct pmt_slice pattern, const char *base, bool may_miss)
{
    const char *path = pmt_arena_copy(r->arena, pattern).p, *places_of[2];
    unsigned depth = r->n ? r->stack[r->n - 1].depth + 1 : 1;
    if (r->no_files || !path || !*path || pattern.n >= PMT_CONF_PATH_MAX)
        return;
    if (depth > PMT_CONF_DEPTH_MAX) {
        pmt_conf_problem(r, by->file, by->line,
                         "files include each other more than %d deep; the rest is not read",
                         PMT_CONF_DEPTH_MAX);
        return;
    }
    size_t n = places(r, base, path, places_of);
    bool plain = !strpbrk(path, "*?[");
    for (size_t i = 0; i < n; i++) {
        struct paths found = r->tree ? find_in_tree(r, places_of[i]) : find(r, places_of[i], plain);
        bool any = found.n > 0;
        if (any)
            push_files(r, by, &found, depth);
        free(found.v);
        if (any)
            return;
    }
    if (!plain && r->looked >= PMT_CONF_LOOKS_MAX && !r->full) {
        pmt_conf_problem(r, by->file, by->line,
                         "patterns of includes name more than %d files; the rest is not read",
                         PMT_CONF_LOOKS_MAX);
        r->full = true;
    }
    if (plain && !may_miss)
        pmt_conf_problem(r, by->file, by->line,
                         "it includes %s, which is not there; formats in it are not known",
                         pmt_conf_word(r, pattern));
}

void pmt_conf_pop(struct pmt_conf_reader *r)
{
    r->n--;
}

/* Opens what is on top; what cannot be read goes, with a problem. */
struct pmt_conf_frame *pmt_conf_top(struct pmt_conf_reader *r)
{
    while (r->n) {
        struct pmt_conf_frame *f = &r->stack[r->n - 1];
        const char *why;
        if (!f->path)
            return f;
        bool known = is_known(r, f->path);
        if (!known && pmt_conf_open(r, f->path, &f->text, &why)) {
            f->path = NULL;
            return f;
        }
        if (!known)
            pmt_conf_problem(r, f->shown, 0, "%s; formats in it are not known", why);
        pmt_conf_pop(r);
    }
    return NULL;
}
