#define _POSIX_C_SOURCE 200809L
#include "pipeline_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ----------------------------------------------------------------------------------- */

/* Only as much as is needed to see that it is too much. */
static int read_file(const char *path, struct pmt_buf *ret)
{
    char piece[16384];
    struct stat st;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno;
    int err = fstat(fd, &st) ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;
    while (!err && ret->n <= PMT_CUSTOM_BYTES) {
        n = read(fd, piece, sizeof piece);
        if (n > 0)
            pmt_buf_put(ret, piece, (size_t)n);
        else if (n == 0)
            break;
        else if (errno != EINTR)
            err = errno;
    }
    close(fd);
    return err;
}

/* What is wrong is said as `level`, behind what it is: "--parser shop.json". */
static bool read_or_say(struct pmt_run *r, const char *what, const char *path, struct pmt_buf *b,
                        enum pmt_diag_level level)
{
    int err = read_file(path, b);
    if (err)
        pmt_diag(r->diag, level, "%s: cannot be read: %s", what, strerror(err));
    return !err;
}

/* ---- rules ----------------------------------------------------------------------------------- */

int pmt_open_rules(struct pmt_run *r)
{
    size_t n = r->o->nrules, built_in = 0;
    while (pmt_catalogue_tables[built_in])
        built_in++;
    const struct pmt_rule **tables =
        pmt_arena_alloc(&r->arena, (n + built_in + 1) * sizeof(const struct pmt_rule *));
    for (size_t i = 0; i < n; i++) {
        const char *why = "", *path = r->o->rules[i];
        const char *what = pmt_arena_printf(&r->arena, "--rules %s", path);
        struct pmt_buf b = {0};
        bool good = read_or_say(r, what, path, &b, PMT_DIAG_ERROR);
        if (good && pmt_custom_rules_load(pmt_buf_view(&b), tables, &r->arena, &tables[i], &why)) {
            pmt_diag(r->diag, PMT_DIAG_ERROR, "%s: %s", what, why);
            good = false;
        }
        pmt_buf_fini(&b);
        if (!good)
            return -1;
    }
    for (size_t i = 0; i < built_in; i++)
        tables[n + i] = pmt_catalogue_tables[i];
    r->rules = pmt_rules_compile(tables);
    return 0;
}

/* ---- formats --------------------------------------------------------------------------------- */

static int add(struct pmt_run *r, const char *what, const char *path, bool given)
{
    const char *why = "";
    struct pmt_buf b = {0};
    struct pmt_custom_format *f = NULL;
    enum pmt_diag_level level = given ? PMT_DIAG_ERROR : PMT_DIAG_WARN;
    bool good = read_or_say(r, what, path, &b, level);
    if (good && pmt_custom_format_load(pmt_buf_view(&b), &r->arena, &f, &why)) {
        pmt_diag(r->diag, level, "%s: %s", what, why);
        good = false;
    }
    pmt_buf_fini(&b);
    if (!good)
        return -1;
    PMT_GROW(r->customs, r->ncustoms, r->capcustoms);
    r->customs[r->ncustoms++] = f;
    pmt_formats_add_parser(&r->formats, &r->arena, pmt_custom_format_parser(f),
                           pmt_custom_format_name(f), pmt_custom_format_files(f), given);
    return 0;
}

/* $XDG_CONFIG_HOME/pm-timeline/parsers, by default below ~/.config (XDG Base Directory
 * Specification, "Environment variables": "All paths ... must be absolute. If ... relative ...,
 * consider the path invalid and ignore it."). */
static const char *own_folder(struct pmt_run *r)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && config[0] == '/')
        return pmt_arena_printf(&r->arena, "%s/pm-timeline/parsers", config);
    if (home && home[0] == '/')
        return pmt_arena_printf(&r->arena, "%s/.config/pm-timeline/parsers", home);
    return NULL;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A format that does not load is no reason to read nothing. */
static void add_own_folder(struct pmt_run *r)
{
    const char *folder = own_folder(r), **names = NULL;
    size_t n = 0, cap = 0;
    DIR *d = folder ? opendir(folder) : NULL;
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.' || !pmt_slice_ends(pmt_str(e->d_name), ".json"))
            continue;
        PMT_GROW(names, n, cap);
        names[n++] = pmt_arena_copy(&r->arena, pmt_str(e->d_name)).p;
    }
    closedir(d);
    if (n)
        qsort(names, n, sizeof *names, by_bytes);
    for (size_t i = 0; i < n; i++)
        (void)add(r, pmt_arena_printf(&r->arena, "pm-timeline/parsers/%s", names[i]),
                  pmt_arena_printf(&r->arena, "%s/%s", folder, names[i]), false);
    free(names);
}

int pmt_open_customs(struct pmt_run *r)
{
    if (r->o->nparsers + r->o->nlog_formats > PMT_OWN_MAX - 2) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "at most %d formats can be given", PMT_OWN_MAX - 2);
        return -1;
    }
    for (size_t i = 0; i < r->o->nparsers; i++)
        if (add(r, pmt_arena_printf(&r->arena, "--parser %s", r->o->parsers[i]),
                r->o->parsers[i], true))
            return -1;
    add_own_folder(r);
    return 0;
}

void pmt_close_customs(struct pmt_run *r)
{
    for (size_t i = 0; i < r->ncustoms; i++)
        pmt_custom_format_free(r->customs[i]);
    free(r->customs);
}
