#define _POSIX_C_SOURCE 200809L
#include "pipeline_parts.h"

#include "pmt/render.h"
#include "pmt/render_records.h"
#include "pmt/timespec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- before the scan ------------------------------------------------------------------------- */

static int open_zones(struct pmt_run *r)
{
    const struct pmt_options *o = r->o;
    const char *why;
    r->calibrate.assume =
        pmt_arena_alloc(&r->arena, (o->nassume_tz + 1) * sizeof *r->calibrate.assume);
    r->calibrate.nassume = o->nassume_tz;
    r->calibrate.year = o->year;
    for (size_t i = 0; i < o->nassume_tz; i++) {
        r->calibrate.assume[i].glob = o->assume_tz[i].glob;
        if (pmt_zone_open(pmt_str(o->assume_tz[i].zone), &r->arena, &r->calibrate.assume[i].zone,
                          &why)) {
            pmt_diag(r->diag, PMT_DIAG_ERROR, "--assume-tz: %s", why);
            return -1;
        }
    }
    if (o->display_tz && pmt_zone_open(pmt_str(o->display_tz), &r->arena, &r->display, &why)) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "--display-tz: %s", why);
        return -1;
    }
    return 0;
}

static int resolve(struct pmt_run *r, const char *option, const char *text, int64_t first,
                   int64_t last, int64_t *ret)
{
    const char *why;
    *ret = PMT_NO_TIME;
    if (!text || !pmt_timespec_resolve(pmt_str(text), r->display, first, last, ret, &why))
        return 0;
    pmt_diag(r->diag, PMT_DIAG_ERROR, "%s \"%s\" %s", option, text, why);
    return -1;
}

/* What is mistyped is said before the logs are read: any day will do for that. */
static int check_times(struct pmt_run *r)
{
    int64_t unused;
    return resolve(r, "--since", r->o->since, 0, 0, &unused) ||
                   resolve(r, "--until", r->o->until, 0, 0, &unused)
               ? -1 : 0;
}

/* Records and lines not understood need the input twice: a pipe waits in a temporary file, which
 * then stands for standard input. */
static int spool_pipe(struct pmt_run *r)
{
    struct pmt_input *pipe = NULL;
    r->stdin_fd = STDIN_FILENO;
    if (r->o->format != PMT_FORMAT_RECORDS && !r->o->invalid && !r->o->explain)
        return 0;
    for (size_t i = 0; i < r->inputs.n; i++) {
        if (r->inputs.items[i].regular)
            continue;
        if (pipe) {
            pmt_diag(r->diag, PMT_DIAG_ERROR,
                     "%s and %s are pipes, and only one can be kept for a second reading; with "
                     "--format records or --invalid give files",
                     pipe->shown, r->inputs.items[i].shown);
            return PMT_EXIT_USAGE;
        }
        pipe = &r->inputs.items[i];
    }
    if (!pipe)
        return 0;
    bool standard = strcmp(pipe->path, "-") == 0;
    int in = standard ? STDIN_FILENO : open(pipe->path, O_RDONLY | O_CLOEXEC);
    pmt_source_interruptible(r->interrupted);
    int fd = in < 0 ? -1 : pmt_source_spool(in);
    pmt_source_interruptible(NULL);
    if (in > STDERR_FILENO)
        close(in);
    if (fd < 0) {
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s cannot be kept for a second reading in the temporary folder; give files, or "
                 "set TMPDIR",
                 pipe->shown);
        return PMT_EXIT_NOTHING;
    }
    pipe->path = "-";
    r->stdin_fd = fd;
    return 0;
}

/* A draft must not be written over a log that it is made from. */
bool pmt_is_input(struct pmt_run *r, const char *path)
{
    struct stat out, in;
    if (!path || stat(path, &out) || !S_ISREG(out.st_mode))
        return false;
    for (size_t i = 0; i < r->inputs.n; i++)
        if (stat(r->inputs.items[i].path, &in) == 0 && in.st_dev == out.st_dev &&
            in.st_ino == out.st_ino) {
            pmt_diag(r->diag, PMT_DIAG_ERROR,
                     "%s is one of the logs to read; give another name to write to", path);
            return true;
        }
    for (size_t i = 0; i < r->o->nnotes; i++)
        if (stat(r->o->notes[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
            pmt_diag(r->diag, PMT_DIAG_ERROR,
                     "%s holds notes to read; give another name to write to", path);
            return true;
        }
    if (pmt_is_conf(r, out.st_dev, out.st_ino)) {
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s is a configuration that is read; give another name to write to", path);
        return true;
    }
    return false;
}

static int open_outputs(struct pmt_run *r, struct pmt_output *out, struct pmt_output *invalid)
{
    const struct pmt_options *o = r->o;
    if (pmt_is_input(r, o->output) || pmt_is_input(r, o->invalid) || pmt_is_input(r, o->update))
        return -1;
    if (o->output && o->invalid && strcmp(o->output, o->invalid) == 0) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "--output and --invalid name the same file; give two");
        return -1;
    }
    if (o->update && pmt_update_begin(r))
        return -1;
    r->folder = pmt_output_is_folder(o->output);
    if (r->folder   ? pmt_folder_open(r)
        : o->update ? pmt_output_open(out, o->update, true, r->diag)
                    : pmt_output_open(out, o->output, o->force, r->diag))
        return -1;
    if (r->folder && o->keep_actors) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "--keep-actors goes with one draft, not with a folder; "
                                          "name one with --incident and a file");
        pmt_folder_abandon(r);
        return -1;
    }
    if (o->keep_actors &&
        (pmt_is_input(r, o->keep_actors) ||
         pmt_output_open_private(&r->actors, o->keep_actors, o->force, r->diag))) {
        pmt_output_abandon(out);
        return -1;
    }
    if (o->invalid && pmt_output_open(invalid, o->invalid, o->force, r->diag)) {
        pmt_output_abandon(out);
        pmt_output_abandon(&r->actors);
        pmt_folder_abandon(r);
        return -1;
    }
    return 0;
}

/* ---- the scan -------------------------------------------------------------------------------- */

static bool stopped(const struct pmt_run *r)
{
    return r->interrupted && *r->interrupted;
}

static int scan(struct pmt_run *r)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct pmt_scan s = {
        .inputs = &r->inputs, .rules = r->rules, .formats = &r->formats,
        .stdin_fd = r->stdin_fd,
        .jobs = r->o->jobs ? r->o->jobs : cpus > 0 ? (int)cpus : 1,
        .interrupted = r->interrupted, .progress = pmt_say_progress, .ctx = r,
    };
    const char *part = getenv("PMT_PART_BYTES"); /* tests cut files into small parts */
    if (part)
        s.part_bytes = strtoull(part, NULL, 10);
    clock_gettime(CLOCK_MONOTONIC, &r->started);
    r->sources = pmt_scan_run(&s);
    pmt_diag_progress_end(r->diag);
    return r->sources ? 0 : PMT_EXIT_INTERRUPTED;
}

static bool nothing_understood(const struct pmt_run *r)
{
    /* Blank lines and headings are of every format. */
    for (size_t i = 0; i < r->inputs.n; i++)
        for (int kind = 0; r->sources[i].tally && kind < 5; kind++)
            if (r->sources[i].tally->kinds[kind])
                return false;
    return true;
}

/* ---- after the scan -------------------------------------------------------------------------- */

static int by_content(const void *a, const void *b)
{
    const struct pmt_scanned *x = a, *y = b;
    int c = strcmp(x->input->family, y->input->family);
    if (c)
        return c;
    if (x->first != y->first && x->first != PMT_NO_TIME && y->first != PMT_NO_TIME)
        return x->first < y->first ? -1 : 1;
    if (x->input->rotation != y->input->rotation)
        return x->input->rotation < y->input->rotation ? -1 : 1;
    return strcmp(x->input->path, y->input->path);
}

static void find_span(struct pmt_run *r)
{
    r->first = r->last = PMT_NO_TIME;
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *s = &r->sources[i];
        if (s->first == PMT_NO_TIME)
            continue;
        r->first = r->first == PMT_NO_TIME || s->first < r->first ? s->first : r->first;
        r->last = r->last == PMT_NO_TIME || s->last > r->last ? s->last : r->last;
    }
}

static int resolve_window(struct pmt_run *r)
{
    find_span(r);
    if (resolve(r, "--since", r->o->since, r->first, r->last, &r->window.since) ||
        resolve(r, "--until", r->o->until, r->first, r->last, &r->window.until))
        return -1;
    pmt_say_window(r);
    if (r->window.since != PMT_NO_TIME && r->window.until != PMT_NO_TIME &&
        r->window.since >= r->window.until) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "--since must lie before --until");
        return -1;
    }
    return 0;
}

/* The incident to draft: the one that was named, or that the report to update is about, or the main
 * one. */
static int choose(struct pmt_run *r, size_t *ret)
{
    const char *wanted = r->o->incident ? r->o->incident : r->update_about;
    *ret = r->findings.main;
    if (!wanted || (strcmp(wanted, "none") == 0 && *ret == SIZE_MAX))
        return 0;
    struct pmt_buf id = {0}, all = {0};
    for (size_t i = 0; i < r->findings.n; i++) {
        pmt_buf_clear(&id);
        pmt_incident_id(&r->findings.incidents[i], &id);
        if (strcmp(id.data, wanted) == 0) {
            *ret = i;
            pmt_buf_fini(&id);
            pmt_buf_fini(&all);
            return 0;
        }
        pmt_buf_printf(&all, "%s%s", all.n ? ", " : "", id.data);
    }
    const char *found = all.n ? all.data : "none";
    if (r->o->incident)
        pmt_diag(r->diag, PMT_DIAG_ERROR, "--incident: there is no %s; found: %s", wanted, found);
    else
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s is about %s, which is not found here; found: %s; name one with --incident",
                 r->o->update, strcmp(wanted, "none") ? wanted : "no incident", found);
    pmt_buf_fini(&id);
    pmt_buf_fini(&all);
    return -1;
}

static int write_actors(struct pmt_run *r, const struct pmt_report *report)
{
    struct pmt_buf key = {0};
    if (!r->actors.file)
        return 0;
    pmt_put_actors_key(&key, report);
    bool good = fwrite(key.data, 1, key.n, r->actors.file) == key.n;
    pmt_buf_fini(&key);
    return good ? 0 : pmt_output_failed(&r->actors, errno, r->diag);
}

int pmt_write_report(struct pmt_run *r, size_t drafted, struct pmt_output *to)
{
    struct pmt_report report;
    struct pmt_report_input in = {
        .sources = r->sources, .nsources = r->inputs.n, .inputs = &r->inputs,
        .counted = &r->counted, .facts = &r->facts, .findings = &r->findings, .rules = r->rules,
        .redactor = r->redactor, .drafted = drafted, .window = r->window, .lead = r->o->lead,
        .allowed = r->o->allowed,
        .display = r->display, .redacted = !r->o->no_redact, .version = r->version,
        .coverage = &r->coverage, .notes = r->o->nnotes ? &r->notes : NULL,
    };
    struct pmt_buf out = {0};
    pmt_report_build(&report, &in, &r->arena);
    if (r->o->format == PMT_FORMAT_JSON)
        pmt_render_json(&report, &in,
                        pmt_arena_printf(&r->arena, "pm-timeline %s", r->version), &out);
    else if (r->o->format == PMT_FORMAT_TIMESKETCH)
        pmt_render_timesketch(&report, &out);
    else
        pmt_render_markdown(&report, &out);
    int err = write_actors(r, &report);
    pmt_report_fini(&report);
    bool changed = true;
    if (err || (r->o->update && pmt_update_apply(r, &out, &changed))) {
        pmt_buf_fini(&out);
        return -1;
    }
    if (!changed)
        pmt_output_abandon(to);
    int good = !changed || fwrite(out.data, 1, out.n, to->file) == out.n;
    pmt_buf_fini(&out);
    return good ? 0 : pmt_output_failed(to, errno, r->diag);
}

/* Records and lines not understood read the sources again. */
static int write_lines(struct pmt_run *r, struct pmt_output *records, struct pmt_output *invalid)
{
    struct pmt_records x = {
        .redactor = r->redactor, .rules = r->rules, .records = records ? records->file : NULL,
        .invalid = invalid->file, .stdin_fd = r->stdin_fd, .window = &r->window,
        .interrupted = r->interrupted,
    };
    if ((!x.records && !x.invalid) || !pmt_render_records(&x, r->sources, r->inputs.n))
        return 0;
    return pmt_output_failed(x.invalid && ferror(x.invalid) ? invalid : records, errno, r->diag);
}

static int analyse_and_write(struct pmt_run *r, struct pmt_output *out, struct pmt_output *invalid)
{
    size_t drafted = SIZE_MAX;
    pmt_calibrate(r->sources, r->inputs.n, &r->calibrate, &r->arena);
    qsort(r->sources, r->inputs.n, sizeof *r->sources, by_content);
    pmt_coverage_build(&r->coverage, r->sources, r->inputs.n, &r->arena);
    pmt_say_zones(r);
    if (r->o->explain)
        return pmt_explain(r, out);
    if (resolve_window(r))
        return PMT_EXIT_USAGE;
    bool records = r->o->format == PMT_FORMAT_RECORDS;
    if (write_lines(r, records ? out : NULL, invalid))
        return PMT_EXIT_NOTHING;
    pmt_counted_build(&r->counted, r->sources, r->inputs.n, &r->arena);
    pmt_facts_build(&r->facts, r->sources, r->inputs.n);
    pmt_findings_build(&r->findings, &r->counted, &r->facts, r->window, &r->coverage);
    if (choose(r, &drafted))
        return PMT_EXIT_USAGE;
    if (r->folder)
        return pmt_folder_write(r, drafted);
    if (!records && pmt_write_report(r, drafted, out))
        return PMT_EXIT_NOTHING;
    return PMT_EXIT_WRITTEN;
}

/* Without a line understood there is nothing to draft, but what was not understood can be shown. */
static int give_up(struct pmt_run *r, struct pmt_output *out, struct pmt_output *invalid)
{
    if (r->o->explain)
        (void)pmt_explain(r, out);
    pmt_say_nothing(r);
    pmt_output_abandon(out);
    if (!invalid->file || write_lines(r, NULL, invalid))
        pmt_output_abandon(invalid);
    else
        (void)pmt_output_commit(invalid, r->diag);
    return PMT_EXIT_NOTHING;
}

static int read_and_write(struct pmt_run *r, struct pmt_output *out, struct pmt_output *invalid)
{
    int status = spool_pipe(r);
    if (!status)
        status = scan(r);
    if (!status) {
        bool nothing = nothing_understood(r);
        pmt_name_conf_members(r);
        pmt_say_sources(r, nothing);
        pmt_say_formats(r);
        pmt_say_inferred(r);
        status = nothing ? give_up(r, out, invalid) : analyse_and_write(r, out, invalid);
    }
    if (!status && stopped(r))
        status = PMT_EXIT_INTERRUPTED;
    if (status) {
        pmt_output_abandon(out);
        pmt_output_abandon(invalid);
        pmt_output_abandon(&r->actors);
        pmt_folder_abandon(r);
        return status;
    }
    if (pmt_output_commit(out, r->diag) || pmt_output_commit(invalid, r->diag) ||
        pmt_output_commit(&r->actors, r->diag))
        return PMT_EXIT_NOTHING;
    pmt_say_account(r);
    if (r->incomplete)
        return PMT_EXIT_INCOMPLETE;
    return r->o->exit_code && r->findings.main != SIZE_MAX ? PMT_EXIT_FOUND : PMT_EXIT_WRITTEN;
}

static int run_all(struct pmt_run *r)
{
    struct pmt_output out = {0}, invalid = {0};
    if (pmt_check_journals(r) || open_zones(r) || check_times(r) || pmt_open_rules(r) ||
        pmt_open_formats(r) || pmt_open_customs(r) || pmt_open_confs(r))
        return PMT_EXIT_USAGE;
    pmt_inputs_collect(&r->inputs, r->o->paths, r->o->npaths);
    pmt_find_confs(r);
    pmt_say_notes(r);
    if (!r->inputs.n) {
        pmt_say_nothing(r);
        return PMT_EXIT_NOTHING;
    }
    if (open_outputs(r, &out, &invalid))
        return PMT_EXIT_USAGE;
    pmt_read_notes(r);
    return read_and_write(r, &out, &invalid);
}

int pmt_pipeline_run(const struct pmt_options *o, struct pmt_diag *diag, const char *version,
                     const atomic_bool *interrupted)
{
    struct pmt_run r = {
        .o = o, .diag = diag, .version = version, .interrupted = interrupted,
        .findings = {.main = SIZE_MAX}, .window = {PMT_NO_TIME, PMT_NO_TIME},
    };
    r.redactor = pmt_redactor_new(o->no_redact);
    int status = run_all(&r);
    pmt_findings_fini(&r.findings);
    pmt_facts_fini(&r.facts);
    pmt_counted_fini(&r.counted);
    pmt_scanned_free(r.sources, r.inputs.n);
    pmt_formats_fini(&r.formats);
    for (size_t i = 0; i < r.nconfs; i++)
        pmt_conf_fini(&r.confs[i]);
    free(r.confs);
    pmt_close_customs(&r);
    free(r.members);
    free(r.conf_members);
    pmt_rules_free(r.rules);
    pmt_redactor_free(r.redactor);
    pmt_notes_fini(&r.notes);
    pmt_inputs_fini(&r.inputs);
    pmt_arena_fini(&r.arena);
    if (r.stdin_fd > STDERR_FILENO)
        close(r.stdin_fd);
    return status;
}
