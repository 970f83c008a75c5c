#include "pipeline_parts.h"

#include "pmt/infer.h"

/* For a shell, in single quotes. */
static void put_quoted(struct pmt_buf *b, const char *s)
{
    pmt_buf_puts(b, "'");
    for (; *s; s++)
        pmt_buf_puts(b, *s == '\'' ? "'\\''" : (char[2]){*s, '\0'});
    pmt_buf_puts(b, "'");
}

static const char *dialect_prefix(enum pmt_dialect d)
{
    return d == PMT_DIALECT_HAPROXY ? "haproxy:" : d == PMT_DIALECT_APACHE ? "apache:" : "";
}

/* The first file of a log tells of all. */
static enum pmt_diag_level once(const struct pmt_run *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (r->sources[k].inferred && r->sources[k].inferred->offer &&
            strcmp(r->inputs.items[k].family, r->inputs.items[i].family) == 0)
            return PMT_DIAG_DEBUG;
    return PMT_DIAG_WARN;
}

static void say_offer(struct pmt_run *r, size_t i, const char *format)
{
    bool apache = strncmp(format + 1, "apache:", 7) == 0;
    pmt_diag(r->diag, once(r, i),
             "%s: a number behind its requests is not read; if it is how long they took in "
             "microseconds, give --log-format %s, of milliseconds with %s, of seconds with %s",
             r->sources[i].input->shown, format, apache ? "%{ms}T" : "$request_time_ms",
             apache ? "%T" : "$request_time");
}

static void say_one(struct pmt_run *r, size_t i, const struct pmt_inferred *x)
{
    const char *shown = r->sources[i].input->shown;
    struct pmt_buf b = {0};
    if (x->offer && (x->known || x->certain)) {
        put_quoted(&b, x->offer);
        say_offer(r, i, b.data);
        pmt_buf_fini(&b);
        if (x->known)
            return;
        b = (struct pmt_buf){0};
    }
    put_quoted(&b, pmt_arena_printf(&r->arena, "%s%s", dialect_prefix(x->dialect), x->format));
    if (x->certain && x->micros)
        pmt_diag(r->diag, PMT_DIAG_DEBUG,
                 "%s: by its values the number behind its requests is how long they took, in "
                 "microseconds, in %zu of the first %zu lines: --log-format %s",
                 shown, x->fit, x->lines, b.data);
    else if (x->certain)
        pmt_diag(r->diag, PMT_DIAG_DEBUG,
                 "%s: format inferred from its lines, %zu of the first %zu are of it: "
                 "--log-format %s",
                 shown, x->fit, x->lines, b.data);
    else
        pmt_diag(r->diag, PMT_DIAG_WARN,
                 "%s: its format could be inferred, but %s; if this is right, give "
                 "--log-format %s",
                 shown, x->doubt, b.data);
    pmt_buf_fini(&b);
}

void pmt_say_inferred(struct pmt_run *r)
{
    for (size_t i = 0; i < r->inputs.n; i++)
        if (r->sources[i].inferred)
            say_one(r, i, r->sources[i].inferred);
}
