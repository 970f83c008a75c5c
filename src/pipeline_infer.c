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

void pmt_say_inferred(struct pmt_run *r)
{
    for (size_t i = 0; i < r->inputs.n; i++) {
        const struct pmt_scanned *s = &r->sources[i];
        const struct pmt_inferred *x = s->inferred;
        struct pmt_buf b = {0};
        if (!x)
            continue;
        const char *dialect = x->dialect == PMT_DIALECT_HAPROXY ? "haproxy:" : "";
        put_quoted(&b, pmt_arena_printf(&r->arena, "%s%s", dialect, x->format));
        if (x->certain)
            pmt_diag(r->diag, PMT_DIAG_DEBUG,
                     "%s: format inferred from its lines, %zu of the first %zu are of it: "
                     "--log-format %s",
                     s->input->shown, x->fit, x->lines, b.data);
        else
            pmt_diag(r->diag, PMT_DIAG_WARN,
                     "%s: its format could be inferred, but %s; if this is right, give "
                     "--log-format %s",
                     s->input->shown, x->doubt, b.data);
        pmt_buf_fini(&b);
    }
}
