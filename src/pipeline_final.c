#define _POSIX_C_SOURCE 200809L
#include "pipeline_parts.h"

#include "pmt/final.h"

#include <stdio.h>

int pmt_pipeline_final(const struct pmt_options *o, struct pmt_diag *diag)
{
    struct pmt_arena arena = {0};
    struct pmt_final f = {.arena = &arena};
    struct pmt_buf text = {0}, out = {0};
    int status = PMT_EXIT_NOTHING;
    if (!pmt_read_report(o->final, diag, &text)) {
        pmt_final_check(&f, pmt_buf_view(&text));
        for (size_t i = 0; i < f.n; i++) {
            struct pmt_buf row = {0};
            pmt_buf_puts(&row, o->final);
            if (f.v[i].line)
                pmt_buf_printf(&row, ":%u", f.v[i].line);
            pmt_buf_printf(&row, ": %s", f.v[i].what);
            pmt_put_terminal_safe(&out, pmt_buf_view(&row));
            pmt_buf_puts(&out, "\n");
            pmt_buf_fini(&row);
        }
        bool written = fwrite(out.data ? out.data : "", 1, out.n, stdout) == out.n;
        if (!written || fflush(stdout))
            pmt_diag(diag, PMT_DIAG_ERROR, "standard output cannot be written");
        else
            status = f.n ? PMT_EXIT_OPEN : PMT_EXIT_WRITTEN;
        pmt_diag(diag, PMT_DIAG_NOTE, "%zu words; open: %zu", f.words, f.n);
    }
    pmt_final_fini(&f);
    pmt_buf_fini(&out);
    pmt_buf_fini(&text);
    pmt_arena_fini(&arena);
    return status;
}
