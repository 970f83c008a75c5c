#define _POSIX_C_SOURCE 200809L
#include "pipeline_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file per incident, named after it: "2022-02-26T0847Z.md". Each draft is the same as with
 * --incident; the drafts name each other. */

static int cannot_write(struct pmt_run *r, const char *path, int errnum)
{
    pmt_diag(r->diag, PMT_DIAG_ERROR, "%s cannot be written: %s", path, strerror(errnum));
    return -1;
}

int pmt_folder_open(struct pmt_run *r)
{
    const char *path = r->o->output;
    struct stat st;
    if (r->o->format == PMT_FORMAT_RECORDS) {
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s is a folder, and --format records writes one file; give --output a file",
                 path);
        return -1;
    }
    if (stat(path, &st) == 0) {
        if (!S_ISDIR(st.st_mode))
            return cannot_write(r, path, ENOTDIR);
        return access(path, W_OK | X_OK) ? cannot_write(r, path, errno) : 0;
    }
    if (mkdir(path, 0777))
        return cannot_write(r, path, errno);
    r->made_folder = true;
    return 0;
}

void pmt_folder_abandon(struct pmt_run *r)
{
    if (r->made_folder)
        rmdir(r->o->output); /* stays when there is something in it */
    r->made_folder = false;
}

/* ---- names ----------------------------------------------------------------------------------- */

struct draft {
    size_t incident; /* SIZE_MAX: none */
    const char *path;
};

struct drafts {
    struct draft *v;
    size_t n, cap;
};

static bool is_taken(const struct drafts *l, const char *path)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->v[i].path, path) == 0)
            return true;
    return false;
}

/* Two that begin in one minute: the second is "...-2". */
static void add_draft(struct pmt_run *r, struct drafts *l, size_t incident)
{
    static const char *const endings[] = {"md", "json", "jsonl", "jsonl"};
    const char *ending = endings[r->o->format], *path = r->o->output;
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/", *name = "no-incident", *full;
    struct pmt_buf id = {0};
    if (incident != SIZE_MAX) {
        pmt_incident_id(&r->findings.incidents[incident], &id);
        name = id.data;
    }
    full = pmt_arena_printf(&r->arena, "%s%s%s.%s", path, slash, name, ending);
    for (int k = 2; is_taken(l, full); k++)
        full = pmt_arena_printf(&r->arena, "%s%s%s-%d.%s", path, slash, name, k, ending);
    pmt_buf_fini(&id);
    PMT_GROW(l->v, l->n, l->cap);
    l->v[l->n++] = (struct draft){incident, full};
}

static void list_drafts(struct pmt_run *r, struct drafts *l, size_t drafted)
{
    if (r->o->incident || drafted == SIZE_MAX) {
        add_draft(r, l, drafted);
        return;
    }
    for (size_t i = 0; i < r->findings.n; i++)
        if (r->findings.incidents[i].severity != PMT_GRADE_LOW)
            add_draft(r, l, i);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Said before anything is written: none of them, or all. */
static bool is_free(struct pmt_run *r, const struct drafts *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if (!r->o->force && pmt_output_exists(l->v[i].path, r->diag))
            return false;
        if (pmt_is_input(r, l->v[i].path))
            return false;
    }
    return true;
}

static int write_one(struct pmt_run *r, const struct draft *d)
{
    struct pmt_output out = {0};
    if (pmt_output_open(&out, d->path, r->o->force, r->diag))
        return -1;
    /* Addresses are numbered as they come up in each draft. */
    struct pmt_redactor *shared = r->redactor;
    r->redactor = pmt_redactor_new(r->o->no_redact);
    int err = pmt_write_report(r, d->incident, &out);
    pmt_redactor_free(r->redactor);
    r->redactor = shared;
    if (err) {
        pmt_output_abandon(&out);
        return -1;
    }
    if (pmt_output_commit(&out, r->diag))
        return -1;
    bool main = d->incident == r->findings.main && d->incident != SIZE_MAX && !r->o->incident;
    pmt_diag(r->diag, PMT_DIAG_NOTE, "wrote %s%s", d->path, main ? ", the main incident" : "");
    return 0;
}

int pmt_folder_write(struct pmt_run *r, size_t drafted)
{
    struct drafts l = {0};
    list_drafts(r, &l, drafted);
    int status = is_free(r, &l) ? PMT_EXIT_WRITTEN : PMT_EXIT_USAGE;
    for (size_t i = 0; i < l.n && !status; i++) {
        if (r->interrupted && *r->interrupted)
            status = PMT_EXIT_INTERRUPTED;
        else if (write_one(r, &l.v[i]))
            status = PMT_EXIT_NOTHING;
    }
    free(l.v);
    return status;
}
