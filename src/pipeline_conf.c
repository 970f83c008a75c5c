#define _POSIX_C_SOURCE 200809L
#include "pipeline_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ENTRIES_OF_A_LOG = 8,
    CANDIDATES_MAX = 24, /* formats tried on every log: each costs time */
    PROBLEMS_SAID = 5,   /* of one configuration */
};

static const char *const options[] = {
    [PMT_DIALECT_NGINX] = "--nginx-conf",
    [PMT_DIALECT_HAPROXY] = "--haproxy-conf",
    [PMT_DIALECT_APACHE] = "--apache-conf",
};

/* ---- reading ------------------------------------------------------------------------------- */

static struct pmt_conf *put_conf(struct pmt_run *r)
{
    PMT_GROW(r->confs, r->nconfs, r->capconfs);
    return &r->confs[r->nconfs++];
}

bool pmt_is_conf(const struct pmt_run *r, dev_t dev, ino_t ino)
{
    for (size_t i = 0; i < r->nconfs; i++)
        for (size_t k = 0; k < r->confs[i].nfiles; k++)
            if (r->confs[i].files[k].dev == dev && r->confs[i].files[k].ino == ino)
                return true;
    return false;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

int pmt_open_confs(struct pmt_run *r)
{
    for (size_t i = 0; i < r->o->nconfs; i++) {
        const struct pmt_conf_given *g = &r->o->confs[i];
        const char *why;
        if (pmt_conf_read(put_conf(r), (enum pmt_dialect)g->dialect, g->path, name_of(g->path),
                          NULL, &r->arena, &why))
            continue;
        pmt_diag(r->diag, PMT_DIAG_ERROR, "%s: %s %s", options[g->dialect], g->path, why);
        return -1;
    }
    return 0;
}

/* What an include names may be a log all the same: whatever reads as one stays one. */
static bool is_log(const struct pmt_input *in)
{
    struct pmt_source *s;
    size_t understood = 0, lines = 0;
    int err = pmt_source_open(in->path, 0, UINT64_MAX, &s);
    if (!err && !pmt_source_binary(s))
        (void)pmt_parser_detect(pmt_source_head(s), &understood, &lines);
    if (!err || err == PMT_EFORMAT)
        pmt_source_close(s);
    return understood * 2 > lines;
}

/* A main file in a folder that was walked: nothing outside of that folder is opened for it. */
static void read_found(struct pmt_run *r, const struct pmt_input *in)
{
    enum pmt_dialect dialect;
    const char *why;
    if (!in->regular || !pmt_conf_is_main(pmt_str(name_of(in->path)), &dialect) ||
        pmt_is_conf(r, in->dev, in->ino))
        return;
    struct pmt_conf *c = put_conf(r);
    if (!pmt_conf_read(c, dialect, in->path, in->shown, in->walked ? in->arg : NULL, &r->arena,
                       &why)) {
        pmt_conf_fini(c);
        r->nconfs--;
    }
}

/* This machine's own, unless one was given. */
static void read_machine(struct pmt_run *r)
{
    static const struct {
        enum pmt_dialect dialect;
        const char *path;
    } mains[] = {
        {PMT_DIALECT_NGINX, "/etc/nginx/nginx.conf"},
        {PMT_DIALECT_HAPROXY, "/etc/haproxy/haproxy.cfg"},
        {PMT_DIALECT_APACHE, "/etc/apache2/apache2.conf"},
        {PMT_DIALECT_APACHE, "/etc/httpd/conf/httpd.conf"},
    };
    bool own = false;
    for (size_t i = 0; i < r->inputs.n && !own; i++)
        own = r->inputs.items[i].regular && pmt_is_machine_log(&r->inputs.items[i]);
    for (size_t i = 0; own && i < sizeof mains / sizeof *mains; i++) {
        const char *path = mains[i].path, *why;
        bool given = false;
        for (size_t k = 0; k < r->o->nconfs; k++)
            given |= r->o->confs[k].dialect == (int)mains[i].dialect;
        if (given || (access(path, F_OK) != 0 && errno == ENOENT))
            continue;
        struct pmt_conf *c = put_conf(r);
        if (pmt_conf_read(c, mains[i].dialect, path, path, NULL, &r->arena, &why)) {
            c->machine = true;
            continue;
        }
        pmt_diag(r->diag, PMT_DIAG_DEBUG, "%s %s; formats in it are not known", path, why);
        pmt_conf_fini(c);
        r->nconfs--;
    }
}

static void leave_out(struct pmt_run *r)
{
    for (size_t i = r->inputs.n; i > 0; i--) {
        const struct pmt_input *in = &r->inputs.items[i - 1];
        if (in->regular && pmt_is_conf(r, in->dev, in->ino) && !is_log(in))
            pmt_inputs_leave_out(&r->inputs, i - 1, PMT_IS_CONF);
    }
}

/* ---- formats ------------------------------------------------------------------------------- */

struct fed {
    const char *text, *glob;
    enum pmt_dialect dialect;
};

struct feeding {
    struct pmt_run *r;
    struct fed *v;
    size_t n, cap;
};

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The path of a log as a pattern that matches nothing else. */
static const char *literal_glob(struct pmt_run *r, const char *path)
{
    char *out = pmt_arena_alloc(&r->arena, 2 * strlen(path) + 1);
    for (size_t n = 0; *path; path++) {
        if (strchr("*?[\\", *path))
            out[n++] = '\\';
        out[n++] = *path;
    }
    return out;
}

/* False when it cannot be made into a program; that is told once for each format. */
static bool feed(struct feeding *f, struct pmt_conf *c, const struct pmt_conf_entry *e,
                 const char *glob)
{
    struct pmt_run *r = f->r;
    const char *why;
    for (size_t i = 0; i < f->n; i++)
        if (f->v[i].dialect == c->dialect && same(f->v[i].text, e->text) &&
            same(f->v[i].glob, glob))
            return true;
    PMT_GROW(f->v, f->n, f->cap);
    f->v[f->n++] = (struct fed){e->text, glob, c->dialect};
    const char *name = pmt_arena_printf(&r->arena, "%s of %s:%llu", e->name, e->file,
                                        (unsigned long long)e->line);
    if (!pmt_formats_add_template(&r->formats, &r->arena, c->dialect, e->text, name, glob, false,
                                  &why))
        return true;
    bool told = false;
    for (size_t i = 0; i < c->nproblems; i++)
        told |= c->problems[i].line == e->line && same(c->problems[i].file, e->file);
    if (!told && c->nproblems < PMT_CONF_PROBLEMS_MAX) {
        PMT_GROW(c->problems, c->nproblems, c->capproblems);
        c->problems[c->nproblems++] = (struct pmt_conf_problem){
            e->file, e->line,
            pmt_arena_printf(&r->arena, "%s cannot be read back: %s", e->name, why), true};
        c->bad++;
    }
    return false;
}

/* The formats of the logs that a configuration names; all rotations are one. */
static void feed_logs(struct feeding *f, const struct pmt_input *items, size_t nitems)
{
    struct pmt_run *r = f->r;
    const char *last = NULL;
    for (size_t i = 0; i < nitems; i++) {
        const struct pmt_input *in = &items[i];
        if (!in->regular || same(last, in->family))
            continue;
        last = in->family;
        for (int d = PMT_DIALECT_NGINX; d <= PMT_DIALECT_APACHE; d++) {
            const struct pmt_conf_entry *e[ENTRIES_OF_A_LOG];
            const struct pmt_conf *from[ENTRIES_OF_A_LOG];
            size_t n = pmt_conf_entries_for(r->confs, r->nconfs, (enum pmt_dialect)d, in->family, e,
                                            from, ENTRIES_OF_A_LOG);
            for (size_t k = 0; k < n; k++) {
                struct pmt_conf *c = &r->confs[from[k] - r->confs];
                pmt_diag(r->diag, PMT_DIAG_DEBUG, "%s is written in %s, says %s:%llu", in->shown,
                         e[k]->name, e[k]->file, (unsigned long long)e[k]->line);
                if (e[k]->text)
                    feed(f, c, e[k], literal_glob(r, in->family));
            }
        }
    }
}

/* Every format is one that any log may be in: by way of syslog, or under another name. Those that
 * no file is named for come first. */
static void feed_candidates(struct feeding *f)
{
    struct pmt_run *r = f->r;
    size_t n = 0;
    for (int filed = 0; filed < 2; filed++)
        for (size_t i = 0; i < r->nconfs; i++)
            for (size_t k = 0; k < r->confs[i].n && n < CANDIDATES_MAX; k++) {
                const struct pmt_conf_entry *e = &r->confs[i].entries[k];
                if (e->text && (e->path != NULL) == filed)
                    n += feed(f, &r->confs[i], e, NULL);
            }
}

static void say(struct pmt_run *r, const struct pmt_conf *c, bool given)
{
    /* Who gave it wants to know; one that was found may be broken where it does not matter. */
    enum pmt_diag_level level = given ? PMT_DIAG_WARN : PMT_DIAG_DEBUG;
    size_t formats = 0;
    for (size_t i = 0; i < c->n; i++)
        formats += c->entries[i].text != NULL;
    pmt_diag(r->diag, PMT_DIAG_DEBUG,
             "%s: read for the formats of logs, with %zu file%s that it includes; %zu found",
             c->shown, c->nfiles - 1, c->nfiles == 2 ? "" : "s", formats);
    for (size_t i = 0; i < c->nproblems && i < PROBLEMS_SAID; i++) {
        const struct pmt_conf_problem *p = &c->problems[i];
        /* That of a log among those that are read, as far as anyone can tell. */
        bool matters = p->format && !c->machine;
        level = given || matters ? PMT_DIAG_WARN : PMT_DIAG_DEBUG;
        if (p->line)
            pmt_diag(r->diag, level, "%s:%llu: %s", p->file, (unsigned long long)p->line, p->why);
        else
            pmt_diag(r->diag, level, "%s %s", p->file, p->why);
    }
    if (c->bad > PROBLEMS_SAID)
        pmt_diag(r->diag, level, "%s: and %zu more like these", c->shown, c->bad - PROBLEMS_SAID);
}

const char *pmt_why_conf(struct pmt_run *r, const char *shown)
{
    for (size_t i = 0; i < r->nconfs; i++)
        for (size_t k = 0; k < r->confs[i].nproblems; k++) {
            const struct pmt_conf_problem *p = &r->confs[i].problems[k];
            if (p->format && same(p->file, shown))
                return pmt_arena_printf(&r->arena, "is configuration, and line %llu: %s",
                                        (unsigned long long)p->line, p->why);
        }
    return PMT_IS_CONF;
}

void pmt_find_confs(struct pmt_run *r)
{
    struct feeding f = {.r = r};
    size_t given = r->nconfs;
    for (size_t i = 0; i < r->inputs.n; i++)
        read_found(r, &r->inputs.items[i]);
    for (size_t i = 0; i < r->inputs.n; i++)
        pmt_find_confs_in(r, &r->inputs.items[i]);
    leave_out(r);
    read_machine(r);
    feed_logs(&f, r->inputs.items, r->inputs.n);
    feed_logs(&f, r->members, r->nmembers);
    feed_candidates(&f);
    for (size_t i = 0; i < r->inputs.nnotes; i++)
        if (strcmp(r->inputs.notes[i].why, PMT_IS_CONF) == 0)
            r->inputs.notes[i].why = pmt_why_conf(r, r->inputs.notes[i].shown);
    for (size_t i = 0; i < r->nconfs; i++)
        say(r, &r->confs[i], i < given);
    free(f.v);
}
