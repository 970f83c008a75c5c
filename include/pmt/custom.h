/* custom.h - formats and event rules of a user's own, each described by a JSON file.
 *
 * A format is a regular expression whose named groups are the record's fields, a time format, a
 * kind, and samples; a rule is what pmt/rules.h calls one. Both prove themselves when they are
 * loaded: a format that does not read its own samples as it says, and a rule whose sample is not
 * its own, are refused with a sentence on where. The file is the user's; the lines it is used on
 * are anybody's. cJSON lives in src/custom*.c and in the JSON renderer.
 * Ownership: what a file tells lives in the arena given, compiled patterns in what is freed.
 */
#ifndef PMT_CUSTOM_H
#define PMT_CUSTOM_H

#include "pmt/formats.h"
#include "pmt/rules.h"

enum {
    PMT_CUSTOM_BYTES = 1024 * 1024, /* of one file */
    PMT_CUSTOM_SAMPLES = 1000,      /* of one format */
    PMT_CUSTOM_RULES = 2000,        /* of one file */
};

struct pmt_custom_format;

/* 0; or -1 with *why (in the arena), a sentence that goes behind the file's name and a colon. */
int pmt_custom_format_load(struct pmt_slice json, struct pmt_arena *arena,
                           struct pmt_custom_format **ret, const char **why);
void pmt_custom_format_free(struct pmt_custom_format *f);
/* For pmt_formats_add_parser; dies with the format. */
const struct pmt_parser *pmt_custom_format_parser(const struct pmt_custom_format *f);
const char *pmt_custom_format_name(const struct pmt_custom_format *f);
/* The files it is for, or NULL: any. */
const char *pmt_custom_format_files(const struct pmt_custom_format *f);

/* A table of rules, ended by .id = NULL, for pmt_rules_compile. `before` are tables that are tried
 * first (NULL-ended; may be NULL): no sample may be theirs. Same answers. */
int pmt_custom_rules_load(struct pmt_slice json, const struct pmt_rule *const *before,
                          struct pmt_arena *arena, const struct pmt_rule **ret, const char **why);

/* A time as people write it down for a format: one of the words "iso", "clf", "syslog",
 * "nginx-error", "epoch", "epoch_ms", "epoch_us", or letters behind '%' as in strftime(3). */
struct pmt_time_format;
const struct pmt_time_format *pmt_time_format_new(const char *text, struct pmt_arena *arena,
                                                  const char **why);
/* The whole of the text as such a time; *ret is untouched on failure. */
bool pmt_time_format_read(const struct pmt_time_format *t, struct pmt_slice text,
                          struct pmt_stamp *ret);

#endif
