/* draft.h - the whole program over one folder of logs, and what its output must be like. */
#ifndef FUZZ_DRAFT_H
#define FUZZ_DRAFT_H

#include "pmt/text.h"

/* What is asked for, as bits of one byte. */
enum {
    ASK_NO_REDACT = 1,
    ASK_ZONE = 2,     /* --assume-tz of a zone with two offsets */
    ASK_WINDOW = 4,   /* --since and --until within the logs */
    ASK_OTHER = 8,    /* --incident: the last one found */
    ASK_DISPLAY = 16, /* --display-tz */
    ASK_YEAR = 32,    /* --year 2022 */
    ASK_RECORDS = 64, /* the records and the lines not understood, too */
};

struct drafts {
    struct pmt_buf markdown, json, records, invalid;
};
void drafts_fini(struct drafts *d);

/* Runs all stages over the folder; part_bytes as in scan.h. */
void make_drafts(const char *folder, unsigned ask, uint64_t part_bytes, struct drafts *ret);
/* Aborts when one of them is not what its format promises. */
void check_drafts(const struct drafts *d);

#endif
