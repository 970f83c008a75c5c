/* scan_parts.h - what scan.c (who reads what), scan_lines.c (a text as lines into a tally) and
 * scan_archive.c (all texts of an archive) share; not for anyone else. */
#ifndef PMT_SCAN_PARTS_H
#define PMT_SCAN_PARTS_H

#include "pmt/archive.h"
#include "pmt/scan.h"

/* What reading one text told. */
struct pmt_answer {
    const struct pmt_parser *parser;
    struct pmt_own own;
    struct pmt_inferred *inferred;     /* owned by who has the answer */
    const struct pmt_inferred *lent;   /* to try, from another file of its rotation; may be NULL */
    bool unknown;                      /* no format reads it */
    bool requests;                     /* it is skipped, and looks like a log of requests */
    struct pmt_tally *tally;
    struct pmt_source_info info;
    const char *skipped;
    bool problem;
    bool journal; /* skipped, and one of systemd's */
};

/* A member of an archive. */
struct pmt_inside {
    struct pmt_input in;
    struct pmt_answer a;
};

/* One file, or one part of a big one. */
struct pmt_task {
    size_t input;
    uint64_t from, to;
    uint64_t weight;
    unsigned part;
    bool detect; /* what it is; else the answer has it already */
    struct pmt_answer a;
    struct pmt_inside *inside; /* of an archive: what is in it */
    size_t n, cap;
    struct pmt_arena arena; /* its names */
    _Atomic uint64_t done;
};

/* What all workers read with, and one its own. */
struct pmt_reading {
    const struct pmt_scan *scan;
    struct pmt_vote_budget *ok, *failed, *slow;
    struct pmt_rules_scratch *scratch;
};

bool pmt_scan_stopped(const struct pmt_scan *s);
/* Why a source cannot be opened; with PMT_EFORMAT there is one all the same. */
void pmt_scan_refused(struct pmt_answer *a, const struct pmt_input *in, int err,
                      const struct pmt_source *src, struct pmt_arena *arena);
/* What tells a log from another file: text, and a format in its first lines. */
bool pmt_scan_recognise(struct pmt_answer *a, const struct pmt_formats *formats,
                        const struct pmt_input *in, struct pmt_source *src);
/* scan_family.c. When nothing reads task i, and the format of another file of its rotation was
 * inferred: empties its answer and lends it that format. The task is then to be run again. */
bool pmt_scan_lend(const struct pmt_inputs *inputs, struct pmt_task *tasks, size_t n, size_t i);
/* Are nearly all lines of this head in that format? */
bool pmt_scan_fits(const struct pmt_inferred *x, struct pmt_slice head);
/* All lines of a source that was recognised, or else nothing. `progress` may be NULL. */
void pmt_scan_lines(const struct pmt_reading *r, struct pmt_answer *a, struct pmt_source *src,
                    _Atomic uint64_t *progress);
/* All members of the archive that src is. */
void pmt_scan_archive(const struct pmt_reading *r, struct pmt_task *t, const struct pmt_input *in,
                      struct pmt_source *src);
struct pmt_scanned pmt_scanned_of(const struct pmt_input *in, const struct pmt_answer *a);
/* Puts members in the place of their archives: among the inputs, and what is known of them. */
struct pmt_scanned *pmt_scan_expand(struct pmt_inputs *inputs, struct pmt_task *tasks, size_t n,
                                    struct pmt_scanned *sources);

#endif
