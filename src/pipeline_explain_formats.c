#include "pmt/parser.h"
#include "pmt/pipeline.h"
#include "pmt/source.h"

/* ---- --formats ------------------------------------------------------------------------------- */

enum { SAMPLE_MAX = 200 };

static const char *first_sample(const struct pmt_parser *p)
{
    for (const struct pmt_sample *s = p->samples; s && s->line; s++)
        if (s->verdict == PMT_RECORD && !strchr(s->line, '\n'))
            return s->line;
    return NULL;
}

void pmt_put_formats(struct pmt_buf *b)
{
    for (const struct pmt_parser *const *p = pmt_parsers; *p; p++) {
        const char *sample = first_sample(*p);
        pmt_buf_printf(b, "%s\n    %s\n", (*p)->name, (*p)->summary);
        for (const char *const *name = (*p)->programs; name && *name; name++)
            pmt_buf_printf(b, "%s%s%s", name == (*p)->programs ? "    in syslog as " : ", ", *name,
                           name[1] ? "" : "\n");
        if (sample) {
            struct pmt_slice line = pmt_slice_head(pmt_str(sample), SAMPLE_MAX);
            pmt_buf_puts(b, "    e.g. ");
            pmt_put_terminal_safe(b, line);
            pmt_buf_printf(b, "%s\n", strlen(sample) > line.n ? "..." : "");
        }
        pmt_buf_puts(b, "\n");
    }
    pmt_buf_printf(b,
                   "systemd-journal\n"
                   "    files of systemd's journal, read in place, each entry a line; %s\n\n",
                   pmt_source_reads_journals()
                       ? "built in"
                       : "not in this build: journalctl -D DIR -o export | pm-timeline -");
    pmt_buf_puts(b, "formats of a site's own\n"
                    "    --log-format FORMAT, the servers' configuration, or inferred from the "
                    "lines; see pm-timeline(1)\n");
}
