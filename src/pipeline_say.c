#define _POSIX_C_SOURCE 200809L
#include "pipeline_parts.h"

#include "pmt/render.h"

#include <stdlib.h>

enum {
    PROGRESS_AFTER_S = 1,
    CLOCKS_TOLD = 40, /* per source: a central syslog holds one of each host */
};

static const char *counted(struct pmt_run *r, uint64_t n, const char *one, const char *many)
{
    struct pmt_buf b = {0};
    pmt_put_count(&b, n);
    const char *s = pmt_arena_printf(&r->arena, "%s %s", b.data, n == 1 ? one : many);
    pmt_buf_fini(&b);
    return s;
}

/* ---- what was not read ----------------------------------------------------------------------- */

void pmt_say_notes(struct pmt_run *r)
{
    /* When nothing else was named, what is in the way is not a remark beside the work. */
    enum pmt_diag_level trouble = r->inputs.n ? PMT_DIAG_WARN : PMT_DIAG_ERROR;
    enum pmt_diag_level remark = r->inputs.n ? PMT_DIAG_DEBUG : PMT_DIAG_NOTE;
    for (size_t i = 0; i < r->inputs.nnotes; i++) {
        const struct pmt_input_note *n = &r->inputs.notes[i];
        r->incomplete |= n->problem;
        pmt_diag(r->diag, n->problem ? trouble : remark, "%s %s", n->shown, n->why);
    }
}

int pmt_check_journals(struct pmt_run *r)
{
    if (!r->o->njournals || pmt_source_reads_journals())
        return 0;
    pmt_diag(r->diag, PMT_DIAG_ERROR,
             "--journal: this program was built without libsystemd; journalctl -D %s -o export | "
             "pm-timeline - does the same",
             r->o->journals[0]);
    return -1;
}

/* Files of a journal that were met by the way; who named one is told of it by its name. */
static void say_journals(struct pmt_run *r)
{
    size_t n = 0;
    const struct pmt_input *first = NULL;
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *x = &r->sources[i];
        if (!x->journal || x->problem || !x->input->walked)
            continue;
        first = n++ ? first : x->input;
    }
    if (n)
        pmt_diag(r->diag, PMT_DIAG_NOTE,
                 "%s left out, such as %s: this program was built without libsystemd; journalctl "
                 "-D DIR -o export | pm-timeline - reads the journal",
                 counted(r, n, "binary journal was", "binary journals were"), first->shown);
}

/* --journal names what holds a journal. */
static void say_no_journal(struct pmt_run *r)
{
    for (size_t k = 0; k < r->o->njournals; k++) {
        bool any = false;
        for (size_t i = 0; i < r->inputs.n; i++)
            any |= r->sources[i].info.compression == PMT_JOURNAL &&
                   strcmp(r->sources[i].input->arg, r->o->journals[k]) == 0;
        if (!any)
            pmt_diag(r->diag, PMT_DIAG_WARN, "--journal: there is no journal in %s",
                     r->o->journals[k]);
    }
}

void pmt_say_sources(struct pmt_run *r, bool nothing)
{
    say_journals(r);
    say_no_journal(r);
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *x = &r->sources[i];
        r->incomplete |= x->problem;
        enum pmt_diag_level trouble = nothing ? PMT_DIAG_ERROR : PMT_DIAG_WARN;
        /* Who named a file wants to know; in a directory much is no log. */
        enum pmt_diag_level remark = x->input->walked ? PMT_DIAG_DEBUG : PMT_DIAG_NOTE;
        bool only = nothing && r->inputs.n == 1; /* pmt_say_nothing tells */
        if (x->skipped && !(only && !x->problem))
            pmt_diag(r->diag, x->problem ? trouble : remark, "%s %s", x->input->shown, x->skipped);
        if (x->info.damage[0])
            pmt_diag(r->diag, x->problem ? trouble : remark, "%s: %s", x->input->shown,
                     x->info.damage);
    }
}

static void compare(const struct pmt_parser *p, struct pmt_slice line,
                    const struct pmt_parser **best, size_t *furthest)
{
    struct pmt_record rec;
    struct pmt_reject why = {"", 0};
    pmt_record_clear(&rec);
    if (pmt_parser_line(p, line, &rec, &why) == PMT_FOREIGN && why.column > *furthest) {
        *furthest = why.column;
        *best = p;
    }
}

/* The parser that got furthest into the source's first line that was not understood; NULL when none
 * got anywhere. */
static const struct pmt_parser *closest(const struct pmt_scanned *s)
{
    struct pmt_slice line = s->tally->rejects[0].excerpt;
    const struct pmt_parser *best = NULL;
    size_t furthest = 0;
    for (size_t i = 0; i < s->own.n; i++)
        compare(s->own.items[i], line, &best, &furthest);
    for (const struct pmt_parser *const *p = pmt_parsers; *p; p++)
        compare(*p, line, &best, &furthest);
    return best;
}

/* What to do about a text in a format of its own. */
static const char *way_on(struct pmt_run *r, const struct pmt_scanned *s)
{
    return pmt_arena_printf(&r->arena,
                            "; --explain %s shows how it is read, --log-format or --parser tell "
                            "its format",
                            s->input->archive ? "FILE" : s->input->path);
}

static void say_foreign(struct pmt_run *r, const struct pmt_scanned *s, uint64_t lines)
{
    const struct pmt_rejected *first = &s->tally->rejects[0];
    const struct pmt_parser *p = closest(s);
    const char *all = counted(r, lines, "line", "lines");
    unsigned long long number = first->line;
    if (p)
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s, none of a known log format; %s:%llu looks most like %s, but: %s (column "
                 "%zu)%s",
                 all, s->input->shown, number, p->name, first->why, first->column + 1,
                 way_on(r, s));
    else
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "%s, none of a known log format; %s:%llu looks like none at all%s", all,
                 s->input->shown, number, way_on(r, s));
}

void pmt_say_nothing(struct pmt_run *r)
{
    uint64_t lines = 0;
    const struct pmt_scanned *foreign = NULL, *skipped = NULL;
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *s = &r->sources[i];
        lines += s->tally ? s->tally->lines : 0;
        if (s->tally && s->tally->nrejects &&
            (!foreign || (!closest(foreign) && closest(s))))
            foreign = s;
        if (s->skipped && !s->problem && !skipped)
            skipped = s;
    }
    if (foreign)
        say_foreign(r, foreign, lines);
    else if (!r->inputs.n && !r->incomplete)
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "there is no log in %s; name a log file or its folder, such as /var/log/nginx",
                 r->o->npaths == 1 ? r->o->paths[0] : "what was named");
    else if (r->inputs.n == 1 && skipped)
        pmt_diag(r->diag, PMT_DIAG_ERROR, "%s %s%s", skipped->input->shown, skipped->skipped,
                 skipped->unknown ? way_on(r, skipped) : "");
    else if (skipped)
        pmt_diag(r->diag, PMT_DIAG_ERROR,
                 "there is no log in %zu files: %s %s%s; -v tells of each", r->inputs.n,
                 skipped->input->shown, skipped->skipped,
                 skipped->unknown ? way_on(r, skipped) : "");
    else if (!r->incomplete)
        pmt_diag(r->diag, PMT_DIAG_ERROR, "%s, and nothing in them to tell of",
                 counted(r, lines, "line", "lines"));
}

/* ---- what was assumed ------------------------------------------------------------------------ */

static const char *datetime(struct pmt_run *r, int64_t t)
{
    struct pmt_buf b = {0};
    pmt_put_datetime(&b, t);
    const char *s = pmt_arena_copy(&r->arena, pmt_buf_view(&b)).p;
    pmt_buf_fini(&b);
    return s;
}

/* "web-01, accept date: UTC: each line carries its offset; 812 lines, 2022-02-26 08:00:00 to
 * 2022-02-26 09:59:58" */
static void put_clock(struct pmt_buf *b, const struct pmt_scanned *s, size_t at)
{
    static const char *const which[] = {"head of the line", "accept date", "time of the request",
                                        "time of the error", "the message's own time"};
    const struct pmt_clock *c = &s->tally->clocks[at];
    struct pmt_slice host = c->host.n ? c->host : s->host;
    uint64_t lines = 0;
    int64_t first = PMT_NO_TIME, last = PMT_NO_TIME;
    for (size_t k = 0; k < c->n; k++) {
        int64_t from = pmt_map_utc(&s->maps[at][k], c->segments[k].min);
        int64_t to = pmt_map_utc(&s->maps[at][k], c->segments[k].max);
        lines += c->segments[k].lines;
        if (from != PMT_NO_TIME && (first == PMT_NO_TIME || from < first))
            first = from;
        if (to != PMT_NO_TIME && (last == PMT_NO_TIME || to > last))
            last = to;
    }
    pmt_buf_printf(b, "%.*s%s%s: ", PMT_FMT(host), host.n ? ", " : "", which[c->which]);
    pmt_put_clock_known(b, s, at, NULL, 0);
    pmt_buf_puts(b, ". ");
    pmt_put_count(b, lines);
    pmt_buf_puts(b, lines == 1 ? " line" : " lines");
    if (first == PMT_NO_TIME || last == PMT_NO_TIME)
        return;
    pmt_buf_puts(b, ", ");
    pmt_put_datetime(b, first);
    pmt_buf_puts(b, " to ");
    pmt_put_datetime(b, last);
}

static void say_debug(struct pmt_run *r, const struct pmt_scanned *s, struct pmt_buf *text)
{
    struct pmt_buf plain = {0};
    pmt_put_unmarked(&plain, text->data ? text->data : "");
    pmt_diag(r->diag, PMT_DIAG_DEBUG, "%s: %s", s->input->shown, plain.data ? plain.data : "");
    pmt_buf_fini(&plain);
    pmt_buf_fini(text);
}

/* The reasoning, clock by clock. */
static void say_source_times(struct pmt_run *r, const struct pmt_scanned *s)
{
    struct pmt_buf b = {0};
    if (r->diag->verbosity < 1)
        return;
    pmt_put_format(&b, s->parser, &s->own);
    if (!b.n)
        pmt_buf_puts(&b, "unknown format");
    for (size_t i = 0; i < s->ngaps; i++) {
        pmt_buf_puts(&b, "; ");
        pmt_put_gap(&b, &s->gaps[i]);
    }
    if (s->impossible)
        pmt_buf_printf(&b, "; at least %llu lines of a time that does not exist",
                       (unsigned long long)s->impossible);
    say_debug(r, s, &b);
    for (size_t c = 0; c < s->tally->nclocks && c < CLOCKS_TOLD; c++) {
        put_clock(&b, s, c);
        say_debug(r, s, &b);
    }
    if (s->tally->nclocks > CLOCKS_TOLD)
        pmt_diag(r->diag, PMT_DIAG_DEBUG, "%s: and %zu more clocks", s->input->shown,
                 s->tally->nclocks - CLOCKS_TOLD);
}

void pmt_say_zones(struct pmt_run *r)
{
    for (size_t i = 0; i < r->calibrate.nassume; i++) {
        const struct pmt_zone_choice *c = &r->calibrate.assume[i];
        if (!c->used)
            pmt_diag(r->diag, PMT_DIAG_WARN,
                     "--assume-tz %s%s%s was not needed: no log without a zone matches it",
                     c->glob ? c->glob : "", c->glob ? "=" : "", pmt_zone_name(c->zone));
    }
    for (size_t i = 0; i < r->inputs.n; i++)
        if (r->sources[i].tally && r->sources[i].tally->nclocks)
            say_source_times(r, &r->sources[i]);
}

void pmt_say_window(struct pmt_run *r)
{
    int64_t since = r->window.since, until = r->window.until;
    if (since != PMT_NO_TIME)
        pmt_diag(r->diag, PMT_DIAG_NOTE, "--since %s means %s UTC", r->o->since,
                 datetime(r, since));
    if (until != PMT_NO_TIME)
        pmt_diag(r->diag, PMT_DIAG_NOTE, "--until %s means %s UTC", r->o->until,
                 datetime(r, until));
    if (r->first == PMT_NO_TIME)
        return;
    if ((since != PMT_NO_TIME && since > r->last) || (until != PMT_NO_TIME && until <= r->first))
        pmt_diag(r->diag, PMT_DIAG_WARN, "the logs hold nothing of that time: they go from %s to "
                                         "%s UTC",
                 datetime(r, r->first), datetime(r, r->last));
}

/* ---- while it runs, and at the end ----------------------------------------------------------- */

void pmt_say_progress(void *run, uint64_t done, uint64_t total)
{
    struct pmt_run *r = run;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = (double)(now.tv_sec - r->started.tv_sec) +
                     (double)(now.tv_nsec - r->started.tv_nsec) / 1e9;
    if (seconds >= PROGRESS_AFTER_S)
        pmt_diag_progress(r->diag, done, total, seconds);
}

void pmt_say_account(struct pmt_run *r)
{
    uint64_t lines = 0, unread = 0, real = 0, files = 0, left = 0;
    if (r->o->explain) /* it told all that, and no incident was looked for */
        return;
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_tally *t = r->sources[i].tally;
        files += t != NULL;
        left += t == NULL;
        lines += t ? t->lines : 0;
        unread += t ? t->not_understood : 0;
    }
    for (size_t i = 0; i < r->findings.n; i++)
        real += r->findings.incidents[i].severity != PMT_GRADE_LOW;
    struct pmt_buf not_understood = {0};
    pmt_put_count(&not_understood, unread);
    pmt_diag(r->diag, PMT_DIAG_NOTE, "read %s%s%s%s, %s, %s of them not understood; %s, %s%s",
             counted(r, files, "file", "files"), left ? " (" : "",
             left ? counted(r, left, "more was left out", "more were left out") : "",
             left ? "; the annex says why)" : "", counted(r, lines, "line", "lines"),
             not_understood.data, counted(r, real, "incident", "incidents"),
             counted(r, r->findings.nremovals, "time a server was out of service",
                     "times a server was out of service"),
             r->incomplete ? "; some input could not be read in full" : "");
    pmt_buf_fini(&not_understood);
}
