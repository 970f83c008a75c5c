#define _POSIX_C_SOURCE 200809L
#include "pipeline_parts.h"

#include "pmt/update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* No report that people write is longer. */
enum { REPORT_MAX = 8 << 20 };

int pmt_read_report(const char *path, struct pmt_diag *diag, struct pmt_buf *ret)
{
    struct stat st;
    int errnum = 0, fd = stat(path, &st) ? -1 : -2;
    if (fd == -2 && S_ISREG(st.st_mode))
        fd = open(path, O_RDONLY | O_CLOEXEC);
    pmt_buf_clear(ret);
    for (ssize_t n = 1; fd >= 0 && n > 0 && ret->n <= REPORT_MAX;) {
        char part[1 << 15];
        n = read(fd, part, sizeof part);
        errnum = n < 0 ? errno : 0;
        pmt_buf_put(ret, part, n > 0 ? (size_t)n : 0);
    }
    if (fd == -1)
        errnum = errno;
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !errnum && ret->n <= REPORT_MAX)
        return 0;
    if (fd == -2 || ret->n > REPORT_MAX)
        pmt_diag(diag, PMT_DIAG_ERROR, "%s is no report: it is %s", path,
                 fd == -2 ? "no file" : "too long");
    else
        pmt_diag(diag, PMT_DIAG_ERROR, "%s cannot be read: %s", path, strerror(errnum));
    return -1;
}

/* The banner of a draft with notes says what marks them. */
static bool holds_notes(struct pmt_slice report)
{
    struct pmt_cursor c = pmt_cursor(report);
    struct pmt_slice ignored;
    return pmt_cur_until_lit(&c, "(note) marks what people noted.", &ignored);
}

/* Reads the report; 0, or -1 after saying why it cannot be written anew. */
static int take_apart(struct pmt_run *r, struct pmt_buf *text, struct pmt_blocks *report)
{
    const char *path = r->o->update;
    struct pmt_edit edit;
    if (pmt_read_report(path, r->diag, text))
        return -1;
    if (pmt_blocks_read(report, pmt_buf_view(text))) {
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s:%u: %s; set the comments right, or draft anew with --output", path,
                 report->wrong, report->why);
        return -1;
    }
    if (!report->n) {
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s: nothing in it is marked as generated, so there is nothing to update", path);
        return -1;
    }
    if (!r->o->force && !r->o->nnotes && holds_notes(pmt_buf_view(text))) {
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s was drafted with notes, which would be lost: give them again with --notes; or "
                 "--force to have it written without them",
                 path);
        return -1;
    }
    if (r->o->force || !pmt_update_edited(report, &edit))
        return 0;
    pmt_diag(r->diag, PMT_DIAG_ERROR,
             "%s:%u: the block \"%.*s\" was edited by hand: %s %s. Set it right; or take away the "
             "two comments around the block to keep it as it is for good; or --force to have it "
             "written anew",
             path, edit.line, PMT_FMT(edit.block),
             pmt_slice_is(edit.block, "annex") ? "what" : "this line", edit.what);
    return -1;
}

int pmt_update_begin(struct pmt_run *r)
{
    struct pmt_buf text = {0};
    struct pmt_blocks report = {0};
    int err = take_apart(r, &text, &report);
    if (!err && !r->o->incident && !report.incident.n) {
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s does not say which incident it is about any more; name it with --incident",
                 r->o->update);
        err = -1;
    }
    if (!err && report.incident.n)
        r->update_about = pmt_arena_copy(&r->arena, report.incident).p;
    pmt_blocks_fini(&report);
    pmt_buf_fini(&text);
    return err;
}

int pmt_update_apply(struct pmt_run *r, struct pmt_buf *draft, bool *changed)
{
    struct pmt_buf text = {0}, merged = {0};
    struct pmt_blocks report = {0}, fresh = {0};
    struct pmt_update_notes notes = {.arena = &r->arena};
    /* People may have written on while the logs were read. */
    int err = take_apart(r, &text, &report);
    if (!err && pmt_blocks_read(&fresh, pmt_buf_view(draft)))
        err = -1;
    if (!err) {
        pmt_update_merge(&report, &fresh, &notes, &merged);
        *changed = !pmt_slice_eq(pmt_buf_view(&merged), pmt_buf_view(&text));
        for (size_t i = 0; i < notes.lines.n; i++)
            pmt_diag(r->diag, PMT_DIAG_NOTE, "%s:%s", r->o->update, notes.lines.v[i]);
        if (!*changed)
            pmt_diag(r->diag, PMT_DIAG_NOTE, "%s: nothing has changed", r->o->update);
        struct pmt_buf old = *draft;
        *draft = merged;
        merged = old;
    }
    free(notes.lines.v);
    pmt_blocks_fini(&report);
    pmt_blocks_fini(&fresh);
    pmt_buf_fini(&merged);
    pmt_buf_fini(&text);
    return err;
}
