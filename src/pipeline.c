#define _POSIX_C_SOURCE 200809L
#include "pmt/pipeline.h"

#include "pmt/render.h"
#include "pmt/render_records.h"
#include "pmt/scan.h"
#include "pmt/timespec.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PROGRESS_AFTER_S = 1 };

struct run {
    const struct pmt_options *o;
    struct pmt_diag *diag;
    const char *version;
    struct pmt_arena arena;
    struct pmt_inputs inputs;
    struct pmt_rules *rules;
    struct pmt_scanned *sources;
    struct pmt_calibrate_options calibrate;
    const struct pmt_zone *display;
    struct pmt_counted counted;
    struct pmt_facts facts;
    struct pmt_findings findings;
    struct pmt_redactor *redactor;
    struct pmt_window window;
    struct timespec started;
    int stdin_fd;
    bool incomplete;
};

/* ---- before the scan ----------------------------------------------------------------------------- */

static int open_zones(struct run *r)
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

static void collect_inputs(struct run *r)
{
    pmt_inputs_collect(&r->inputs, r->o->paths, r->o->npaths);
    for (size_t i = 0; i < r->inputs.nnotes; i++) {
        const struct pmt_input_note *n = &r->inputs.notes[i];
        r->incomplete |= n->problem;
        pmt_diag(r->diag, n->problem ? PMT_DIAG_WARN : PMT_DIAG_DEBUG, "%s %s", n->shown, n->why);
    }
}

/* Records and lines not understood need the input twice: a pipe waits in a temporary file. */
static int spool_stdin(struct run *r)
{
    bool twice = r->o->format == PMT_FORMAT_RECORDS || r->o->invalid, named = false;
    struct stat st;
    r->stdin_fd = STDIN_FILENO;
    for (size_t i = 0; i < r->inputs.n; i++)
        named |= strcmp(r->inputs.items[i].path, "-") == 0;
    if (!twice || !named || (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode)))
        return 0;
    int fd = pmt_source_spool(STDIN_FILENO);
    if (fd < 0) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "standard input cannot be kept for a second reading in the "
                                          "temporary folder; give files, or set TMPDIR");
        return -1;
    }
    r->stdin_fd = fd;
    return 0;
}

/* ---- the scan ------------------------------------------------------------------------------------ */

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct run *r = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = (double)(now.tv_sec - r->started.tv_sec) +
                     (double)(now.tv_nsec - r->started.tv_nsec) / 1e9;
    if (seconds >= PROGRESS_AFTER_S)
        pmt_diag_progress(r->diag, done, total, seconds);
}

static int scan(struct run *r, const volatile sig_atomic_t *interrupted)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct pmt_scan s = {
        .inputs = &r->inputs, .rules = r->rules, .stdin_fd = r->stdin_fd,
        .jobs = r->o->jobs ? r->o->jobs : cpus > 0 ? (int)cpus : 1,
        .interrupted = interrupted,
        .progress = r->diag->progress ? show_progress : NULL, .ctx = r,
    };
    const char *part = getenv("PMT_PART_BYTES"); /* tests cut files into small parts */
    if (part)
        s.part_bytes = strtoull(part, NULL, 10);
    clock_gettime(CLOCK_MONOTONIC, &r->started);
    r->sources = pmt_scan_run(&s);
    pmt_diag_progress_end(r->diag);
    if (!r->sources)
        return PMT_EXIT_INTERRUPTED;
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *x = &r->sources[i];
        r->incomplete |= x->problem;
        if (x->skipped)
            pmt_diag(r->diag, x->problem ? PMT_DIAG_WARN : PMT_DIAG_DEBUG, "%s %s", x->input->shown,
                     x->skipped);
        else if (x->info.damage[0])
            pmt_diag(r->diag, x->problem ? PMT_DIAG_WARN : PMT_DIAG_DEBUG, "%s: %s",
                     x->input->shown, x->info.damage);
    }
    return 0;
}

static uint64_t understood(const struct run *r)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->inputs.n; i++)
        n += r->sources[i].tally ? r->sources[i].tally->understood : 0;
    return n;
}

static int say_nothing(struct run *r)
{
    uint64_t lines = 0;
    const struct pmt_rejected *first = NULL;
    const char *file = "";
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_tally *t = r->sources[i].tally;
        lines += t ? t->lines : 0;
        if (t && t->nrejects && !first) {
            first = &t->rejects[0];
            file = r->sources[i].input->shown;
        }
    }
    if (first)
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "none of %llu lines is of a known format; the first: %s:%llu, column %zu: %s",
                 (unsigned long long)lines, file, (unsigned long long)first->line,
                 first->column + 1, first->why);
    else if (!r->inputs.n)
        pmt_diag(r->diag, PMT_DIAG_ERROR, "there is no log to read; name a log file or its folder, "
                                          "for instance /var/log/nginx");
    else
        pmt_diag(r->diag, PMT_DIAG_ERROR, "no log was found in %zu files; -v says why each was left out",
                 r->inputs.n);
    return PMT_EXIT_NOTHING;
}

/* ---- after the scan ------------------------------------------------------------------------------ */

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

static void say_zones(struct run *r)
{
    for (size_t i = 0; i < r->calibrate.nassume; i++)
        if (!r->calibrate.assume[i].used)
            pmt_diag(r->diag, PMT_DIAG_WARN, "--assume-tz %s%s%s was not needed: no log without a zone "
                                             "matches it",
                     r->calibrate.assume[i].glob ? r->calibrate.assume[i].glob : "",
                     r->calibrate.assume[i].glob ? "=" : "",
                     pmt_zone_name(r->calibrate.assume[i].zone));
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *s = &r->sources[i];
        if (!s->tally || !s->tally->nclocks)
            continue;
        const struct pmt_map *m = &s->maps[s->main_clock][s->main_segment];
        pmt_diag(r->diag, PMT_DIAG_DEBUG, "%s: %s, zone %s (%s)", s->input->shown,
                 s->parser ? s->parser->name : "unknown format", m->zone_name, m->why);
    }
}

static int resolve(struct run *r, const char *option, const char *text, int64_t first, int64_t last,
                   int64_t *ret)
{
    const char *why;
    *ret = PMT_NO_TIME;
    if (!text)
        return 0;
    if (pmt_timespec_resolve(pmt_str(text), r->display, first, last, ret, &why)) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "%s \"%s\" %s", option, text, why);
        return -1;
    }
    struct pmt_buf b = {0};
    pmt_put_datetime(&b, *ret);
    pmt_diag(r->diag, PMT_DIAG_NOTE, "%s %s means %s UTC", option, text, b.data);
    pmt_buf_fini(&b);
    return 0;
}

static int resolve_window(struct run *r)
{
    int64_t first = PMT_NO_TIME, last = PMT_NO_TIME;
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *s = &r->sources[i];
        if (s->first == PMT_NO_TIME)
            continue;
        first = first == PMT_NO_TIME || s->first < first ? s->first : first;
        last = last == PMT_NO_TIME || s->last > last ? s->last : last;
    }
    if (resolve(r, "--since", r->o->since, first, last, &r->window.since) ||
        resolve(r, "--until", r->o->until, first, last, &r->window.until))
        return -1;
    if (r->window.since != PMT_NO_TIME && r->window.until != PMT_NO_TIME &&
        r->window.since > r->window.until) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "--since lies after --until; exchange them");
        return -1;
    }
    return 0;
}

/* The incident to draft: the main one, or the one that was named. */
static int choose(struct run *r, size_t *ret)
{
    *ret = r->findings.main;
    if (!r->o->incident)
        return 0;
    struct pmt_buf id = {0}, all = {0};
    for (size_t i = 0; i < r->findings.n; i++) {
        pmt_buf_clear(&id);
        pmt_incident_id(&r->findings.incidents[i], &id);
        if (strcmp(id.data, r->o->incident) == 0) {
            *ret = i;
            pmt_buf_fini(&id);
            pmt_buf_fini(&all);
            return 0;
        }
        pmt_buf_printf(&all, "%s%s", all.n ? ", " : "", id.data);
    }
    pmt_diag(r->diag, PMT_DIAG_ERROR, "--incident: there is no %s; found: %s", r->o->incident,
             all.n ? all.data : "none");
    pmt_buf_fini(&id);
    pmt_buf_fini(&all);
    return -1;
}

static int write_report(struct run *r, size_t drafted, FILE *to)
{
    struct pmt_report report;
    struct pmt_report_input in = {
        .sources = r->sources, .nsources = r->inputs.n, .inputs = &r->inputs,
        .counted = &r->counted, .facts = &r->facts, .findings = &r->findings, .rules = r->rules,
        .redactor = r->redactor, .drafted = drafted, .window = r->window, .lead = r->o->lead,
        .display = r->display, .redacted = !r->o->no_redact, .version = r->version,
    };
    struct pmt_buf out = {0};
    pmt_report_build(&report, &in, &r->arena);
    if (r->o->format == PMT_FORMAT_JSON)
        pmt_render_json(&report, &in,
                        pmt_arena_printf(&r->arena, "pm-timeline %s", r->version), &out);
    else
        pmt_render_markdown(&report, &out);
    pmt_report_fini(&report);
    bool good = fwrite(out.data, 1, out.n, to) == out.n;
    pmt_buf_fini(&out);
    return good ? 0 : -1;
}

/* Records read the sources again; the report's findings do not matter to them. */
static int write_records(struct run *r, FILE *records, FILE *invalid)
{
    struct pmt_records x = {r->redactor, records, invalid, r->stdin_fd};
    return pmt_render_records(&x, r->sources, r->inputs.n);
}

static void say_account(struct run *r)
{
    uint64_t lines = 0, unread = 0;
    size_t files = 0;
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_tally *t = r->sources[i].tally;
        files += t != NULL;
        lines += t ? t->lines : 0;
        unread += t ? t->not_understood : 0;
    }
    size_t real = 0;
    for (size_t i = 0; i < r->findings.n; i++)
        real += r->findings.incidents[i].severity != PMT_GRADE_LOW;
    pmt_diag(r->diag, PMT_DIAG_NOTE,
             "read %zu %s, %llu lines, %llu of them not understood; %zu %s, %zu %s out of service%s",
             files, files == 1 ? "file" : "files", (unsigned long long)lines,
             (unsigned long long)unread, real, real == 1 ? "incident" : "incidents",
             r->findings.nremovals, r->findings.nremovals == 1 ? "time a server was" : "times a server was",
             r->incomplete ? "; some input could not be read in full" : "");
}

static int analyse_and_write(struct run *r, struct pmt_output *out, struct pmt_output *invalid)
{
    size_t drafted = SIZE_MAX;
    pmt_calibrate(r->sources, r->inputs.n, &r->calibrate, &r->arena);
    qsort(r->sources, r->inputs.n, sizeof *r->sources, by_content);
    say_zones(r);
    if (resolve_window(r))
        return PMT_EXIT_USAGE;
    bool records = r->o->format == PMT_FORMAT_RECORDS;
    if ((records || invalid->file) && write_records(r, records ? out->file : NULL, invalid->file))
        return PMT_EXIT_NOTHING;
    pmt_counted_build(&r->counted, r->sources, r->inputs.n, &r->arena);
    pmt_facts_build(&r->facts, r->sources, r->inputs.n);
    pmt_findings_build(&r->findings, &r->counted, &r->facts, r->window);
    if (choose(r, &drafted))
        return PMT_EXIT_USAGE;
    if (!records && write_report(r, drafted, out->file))
        return PMT_EXIT_NOTHING;
    return PMT_EXIT_WRITTEN;
}

static int run_all(struct run *r, const volatile sig_atomic_t *interrupted)
{
    struct pmt_output out = {0}, invalid = {0};
    if (open_zones(r))
        return PMT_EXIT_USAGE;
    collect_inputs(r);
    if (!r->inputs.n && r->inputs.nothing_named_exists)
        return PMT_EXIT_NOTHING;
    if (pmt_output_open(&out, r->o->output, r->o->force, r->diag))
        return PMT_EXIT_USAGE;
    if (r->o->invalid && pmt_output_open(&invalid, r->o->invalid, r->o->force, r->diag)) {
        pmt_output_abandon(&out);
        return PMT_EXIT_USAGE;
    }
    int status = spool_stdin(r) ? PMT_EXIT_NOTHING : scan(r, interrupted);
    if (!status && !understood(r))
        status = say_nothing(r);
    if (!status)
        status = analyse_and_write(r, &out, &invalid);
    if (status) {
        pmt_output_abandon(&out);
        pmt_output_abandon(&invalid);
        return status;
    }
    if (pmt_output_commit(&out, r->diag) ||
        (r->o->invalid && pmt_output_commit(&invalid, r->diag)))
        return PMT_EXIT_NOTHING;
    say_account(r);
    if (r->incomplete)
        return PMT_EXIT_INCOMPLETE;
    return r->o->exit_code && r->findings.main != SIZE_MAX ? PMT_EXIT_FOUND : PMT_EXIT_WRITTEN;
}

int pmt_pipeline_run(const struct pmt_options *o, struct pmt_diag *diag, const char *version,
                     const volatile sig_atomic_t *interrupted)
{
    struct run r = {.o = o, .diag = diag, .version = version, .findings = {.main = SIZE_MAX}};
    r.rules = pmt_rules_new();
    r.redactor = pmt_redactor_new(o->no_redact);
    int status = run_all(&r, interrupted);
    pmt_findings_fini(&r.findings);
    pmt_facts_fini(&r.facts);
    pmt_counted_fini(&r.counted);
    pmt_scanned_free(r.sources, r.inputs.n);
    pmt_rules_free(r.rules);
    pmt_redactor_free(r.redactor);
    pmt_inputs_fini(&r.inputs);
    pmt_arena_fini(&r.arena);
    if (r.stdin_fd > STDERR_FILENO)
        close(r.stdin_fd);
    return status;
}
