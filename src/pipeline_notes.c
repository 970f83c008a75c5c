#define _POSIX_C_SOURCE 200809L
#include "pipeline_parts.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { PROBLEMS_SAID = 10 };

/* The last n parts of a path: a file is shown by as few as tell it from the others. */
static const char *last_parts(const char *path, size_t n)
{
    const char *at = path + strlen(path);
    while (at > path) {
        if (at[-1] == '/' && !--n)
            return at;
        at--;
    }
    return path;
}

static const char *shown(const struct pmt_options *o, size_t i)
{
    for (size_t parts = 1;; parts++) {
        const char *name = last_parts(o->notes[i], parts);
        bool alone = true;
        for (size_t k = 0; k < o->nnotes; k++)
            alone &= k == i || strcmp(o->notes[k], o->notes[i]) == 0 ||
                     strcmp(last_parts(o->notes[k], parts), name) != 0;
        if (alone || name == o->notes[i])
            return name;
    }
}

/* A folder or a device is no notes file; a missing one is. */
static const char *trouble(int err, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return "is a folder; name the file";
    switch (err) {
    case PMT_EMISSING: return "does not exist";
    case PMT_EACCESS: return "may not be read (permission denied)";
    case PMT_EFORMAT: return "is no text; notes are Markdown or plain text";
    default: return "could not be read";
    }
}

static void say_problems(struct pmt_run *r)
{
    const struct pmt_notes *n = &r->notes;
    for (size_t i = 0; i < n->nproblems && i < PROBLEMS_SAID; i++)
        if (n->problems[i].line)
            pmt_diag(r->diag, PMT_DIAG_WARN, "%s:%llu: %s", n->problems[i].file,
                     (unsigned long long)n->problems[i].line, n->problems[i].why);
        else
            pmt_diag(r->diag, PMT_DIAG_WARN, "--notes: %s %s", n->problems[i].file,
                     n->problems[i].why);
    if (n->bad > PROBLEMS_SAID)
        pmt_diag(r->diag, PMT_DIAG_WARN, "and %zu more lines of the notes could not be read",
                 n->bad - PROBLEMS_SAID);
    r->incomplete |= n->bad != 0;
}

/* "notes.md:3, notes.md:9 and 4 more" */
static void put_place(struct pmt_buf *b, const char *file, uint64_t line, size_t at)
{
    if (at < PMT_NOTES_LINES_NAMED)
        pmt_buf_printf(b, "%s%s:%llu", at ? ", " : "", file, (unsigned long long)line);
}

static void put_rest(struct pmt_buf *b, uint64_t n, size_t named)
{
    if (n > named && named)
        pmt_buf_printf(b, " and %llu more", (unsigned long long)(n - named));
    pmt_buf_put(b, "", 0);
}

static void say_zoneless(struct pmt_run *r)
{
    const struct pmt_notes *n = &r->notes;
    struct pmt_buf b = {0};
    size_t zoneless = 0;
    for (size_t i = 0; i < n->n; i++)
        if (n->v[i].time.when != PMT_NOTE_UNTIMED && !n->v[i].time.zone)
            put_place(&b, n->v[i].file, n->v[i].line, zoneless++);
    put_rest(&b, zoneless, zoneless < PMT_NOTES_LINES_NAMED ? zoneless : PMT_NOTES_LINES_NAMED);
    if (zoneless)
        pmt_diag(r->diag, PMT_DIAG_NOTE, "%s: no zone is written, so %s read in %s; %s", b.data,
                 zoneless == 1 ? "it is" : "they are",
                 r->display ? pmt_zone_name(r->display) : "UTC",
                 r->display ? "write one behind the time if it is another"
                            : "write one behind the time, or give --display-tz");
    pmt_buf_fini(&b);
}

static void say_tags(struct pmt_run *r)
{
    const struct pmt_notes *n = &r->notes;
    size_t said = 0;
    for (size_t i = 0; i < n->n && said < PROBLEMS_SAID; i++) {
        struct pmt_slice tag = pmt_note_unknown_tag(n->v[i].raw);
        if (!tag.n)
            continue;
        said++;
        pmt_diag(r->diag, PMT_DIAG_NOTE, "%s:%llu: %.*s is none of the tags and stays in the text",
                 n->v[i].file, (unsigned long long)n->v[i].line, PMT_FMT(tag));
    }
}

static void say_account(struct pmt_run *r)
{
    const struct pmt_notes *n = &r->notes;
    struct pmt_buf b = {0};
    for (size_t i = 0; i < n->nfirst_others; i++)
        put_place(&b, n->first_others[i].file, n->first_others[i].line, i);
    put_rest(&b, n->others, n->nfirst_others);
    say_zoneless(r);
    say_tags(r);
    pmt_diag(r->diag, PMT_DIAG_NOTE,
             "%zu note%s read; %llu other line%s of the notes left alone%s%s%s", n->n,
             n->n == 1 ? "" : "s", (unsigned long long)n->others, n->others == 1 ? "" : "s",
             n->nfirst_others ? " (no time and no tag: " : "", n->nfirst_others ? b.data : "",
             n->nfirst_others ? ")" : "");
    pmt_buf_fini(&b);
}

void pmt_read_notes(struct pmt_run *r)
{
    const struct pmt_options *o = r->o;
    for (size_t i = 0; i < o->nnotes; i++) {
        const char *damage, *name = shown(o, i);
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= strcmp(o->notes[k], o->notes[i]) == 0;
        if (again)
            continue;
        int err = pmt_notes_read(&r->notes, o->notes[i], name, &r->arena, &damage);
        if (err)
            pmt_notes_trouble(&r->notes, name, 0, trouble(err, o->notes[i]));
        else if (damage)
            pmt_notes_trouble(&r->notes, name, 0, damage);
    }
    if (!o->nnotes)
        return;
    say_problems(r);
    say_account(r);
}
