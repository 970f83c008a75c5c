/* report_parts.h - what the files that build the report share; not for anyone else.
 * report.c: summary, cause, measures, the whole. report_timeline.c: what happened when.
 * report_annex.c: the tables. */
#ifndef PMT_REPORT_PARTS_H
#define PMT_REPORT_PARTS_H

#include "pmt/report.h"

/* Evidence for a line; the same line is the same evidence. raw may be absent. */
uint32_t pmt_report_cite(struct pmt_report *r, const struct pmt_report_input *in, uint32_t source,
                         uint64_t line, int64_t t, uint8_t decimals, struct pmt_slice host,
                         uint64_t count, struct pmt_slice raw);
void pmt_report_cite_fact(struct pmt_report *r, const struct pmt_report_input *in,
                          const struct pmt_fact *f, struct pmt_cites *cites);
/* The first (or last) request of a failing second. */
void pmt_report_cite_bad(struct pmt_report *r, const struct pmt_report_input *in,
                         const struct pmt_badsec *b, bool last, uint8_t decimals,
                         struct pmt_cites *cites);
void pmt_cites_add(struct pmt_cites *c, uint32_t evidence);

/* A phrase as text in the arena. */
const char *pmt_report_text(struct pmt_report *r, const char *id, const struct pmt_value *v,
                            size_t n);
const char *pmt_report_datetime(struct pmt_report *r, int64_t t);
const char *pmt_report_duration(struct pmt_report *r, int64_t us);
const char *pmt_report_count(struct pmt_report *r, uint64_t n);
const char *pmt_report_percent(struct pmt_report *r, uint64_t part, uint64_t whole);
void pmt_lines_add(struct pmt_lines *l, const char *text);
void pmt_say(struct pmt_labelled *to, const char *text, const struct pmt_cites *cites);

#define PMT_V(n, s) ((struct pmt_value){(n), pmt_str(s), true})   /* plain */
#define PMT_C(n, s) ((struct pmt_value){(n), (s), false})          /* log text: code */
#define PMT_COUNT(a) (sizeof(a) / sizeof *(a))

void pmt_report_timeline(struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_annex(struct pmt_report *r, const struct pmt_report_input *in);

#endif
