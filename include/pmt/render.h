/* render.h - one function per format over the same report. Nothing is computed here.
 *
 * Log text is hostile: it reaches the output only through the format's own escape, which lives
 * here and nowhere else.
 */
#ifndef PMT_RENDER_H
#define PMT_RENDER_H

#include "pmt/report.h"

enum {
    PMT_DRAFT_MAX = 60000, /* bytes of the draft: GitHub takes 65,536 characters. Over it the tables
                              of the annex are cut: */
    PMT_ANNEX_ROWS = 64,   /* to so many rows, then to half as many, and so on */
};

/* The draft in Markdown (GitHub flavour, no raw HTML but comments: see blocks.h). */
void pmt_render_markdown(const struct pmt_report *r, struct pmt_buf *out);
/* Schema pm-timeline/report/1; `tool` is "pm-timeline 0.1.0". */
void pmt_render_json(const struct pmt_report *r, const struct pmt_report_input *in,
                     const char *tool, struct pmt_buf *out);
/* What Timesketch imports: a JSON object per line, for every entry of the timeline and every log
 * line that is evidence, in order of time. */
void pmt_render_timesketch(const struct pmt_report *r, struct pmt_buf *out);

/* Appends report text (with marks) as Markdown prose: what could be markup is escaped, `@` and `#1`
 * are neutralised, code spans get fences longer than any run of backticks in them. */
void pmt_put_markdown(struct pmt_buf *out, const char *text, bool in_table);
/* Appends report text without its marks. */
void pmt_put_unmarked(struct pmt_buf *out, const char *text);

#endif
