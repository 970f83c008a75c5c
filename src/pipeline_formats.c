#include "pipeline_parts.h"

/* ---- what was given -------------------------------------------------------------------------- */

static int add_given(struct pmt_run *r, const struct pmt_log_format *g)
{
    const char *option = g->glob ? "--log-format-for" : "--log-format";
    const char *name = g->glob ? pmt_arena_printf(&r->arena, "%s '%s'", option, g->glob) : option;
    const struct pmt_template *ignored;
    const char *format, *why;
    enum pmt_dialect dialect;
    size_t column;
    if (!pmt_dialect_read(g->text, &dialect, &format, &why)) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "%s: %s", name, why);
        return -1;
    }
    if (pmt_template_check(dialect, format, &r->arena, &ignored, &why, &column)) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "%s: %s", name, why);
        pmt_diag_point(r->diag, format, column);
        return -1;
    }
    if (!pmt_formats_add_template(&r->formats, &r->arena, dialect, format, name, g->glob, true,
                                  &why))
        return 0;
    pmt_diag(r->diag, PMT_DIAG_ERROR, "%s: %s", name, why);
    return -1;
}

int pmt_open_formats(struct pmt_run *r)
{
    enum { GIVEN_MAX = PMT_OWN_MAX - 2 };
    const struct pmt_options *o = r->o;
    if (o->nlog_formats > GIVEN_MAX) {
        pmt_diag(r->diag, PMT_DIAG_ERROR, "at most %d formats can be given", (int)GIVEN_MAX);
        return -1;
    }
    /* The nearer one first: those for some files before those for all. */
    for (int all = 0; all < 2; all++)
        for (size_t i = 0; i < o->nlog_formats; i++)
            if ((o->log_formats[i].glob == NULL) == all && add_given(r, &o->log_formats[i]))
                return -1;
    return 0;
}

/* ---- what became of it ----------------------------------------------------------------------- */

/* Where a format that was given stands among those of a source, or -1. */
static int place_of(const struct pmt_scanned *s, const struct pmt_format *f)
{
    for (int i = 0; i < s->own.n; i++)
        if (s->own.items[i] == &f->parser)
            return i;
    return -1;
}

static void say_unused(struct pmt_run *r, const struct pmt_format *f)
{
    const struct pmt_scanned *tried = NULL;
    bool first = false;
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *s = &r->sources[i];
        int at = place_of(s, f);
        if (at < 0)
            continue;
        if (s->own.reads >> at & 1)
            return;
        if (!tried) {
            tried = s;
            first = at == 0;
        }
    }
    if (!tried)
        pmt_diag(r->diag, PMT_DIAG_WARN, "%s: no log%s was read", f->name,
                 f->glob ? " of that name" : "");
    else if (first && !(tried->parser && strcmp(tried->parser->name, "syslog") == 0))
        pmt_diag(r->diag, PMT_DIAG_WARN, "%s reads none of the first lines of %s: %s (column %zu)",
                 f->name, tried->input->shown, tried->own.refused.why,
                 tried->own.refused.column + 1);
    else
        pmt_diag(r->diag, PMT_DIAG_WARN, "%s reads none of the first lines of %s", f->name,
                 tried->input->shown);
}

void pmt_say_formats(struct pmt_run *r)
{
    for (size_t i = 0; i < r->formats.n; i++)
        if (r->formats.items[i].given)
            say_unused(r, &r->formats.items[i]);
}
