/* notes.h - what people noted, line by line: a file in Markdown or plain text.
 *
 * One note a line: a time, then words, with tags among them; the grammar stands above the reader in
 * notes_time.c. A line without a time is a note when it has a tag; all others (headings, prose) are
 * counted and left alone. Nothing here knows the logs: a time that lacks its date, its year or its
 * zone is completed once the incident is known, by pmt_note_instant. No line depends on another, so
 * that their order does not matter. Nothing is printed: what could not be read is listed.
 * Ownership: everything lies in the arena, but for the two lists, which pmt_notes_fini frees.
 */
#ifndef PMT_NOTES_H
#define PMT_NOTES_H

#include "pmt/source.h"
#include "pmt/when.h"

enum {
    PMT_NOTES_MAX = 1000,         /* notes kept, of all files */
    PMT_NOTES_PROBLEMS_MAX = 100, /* lines listed that could not be read */
    PMT_NOTES_LINES_NAMED = 5,    /* lines that something is said of */
    PMT_NOTE_BYTES = 1000,        /* of a line; the rest is cut */
};

/* Tags, the most telling first: a note with several is told by the first. */
enum pmt_note_tag {
    PMT_NOTE_DETECTED = 1 << 0,
    PMT_NOTE_RESOLVED = 1 << 1,
    PMT_NOTE_MITIGATED = 1 << 2,
    PMT_NOTE_ESCALATED = 1 << 3,
    PMT_NOTE_MISLEADING = 1 << 4,
    PMT_NOTE_INVESTIGATION = 1 << 5,
    PMT_NOTE_CAUSE = 1 << 6,
    PMT_NOTE_IMPACT = 1 << 7,
    PMT_NOTE_ACTION = 1 << 8,
};
/* Their names, in that order; NULL ends. */
extern const char *const pmt_note_tags[];

enum pmt_note_when {
    PMT_NOTE_UNTIMED,
    PMT_NOTE_CLOCK,    /* wall: since midnight, of a day that is not written */
    PMT_NOTE_YEARLESS, /* wall: in PMT_PSEUDO_YEAR */
    PMT_NOTE_DATED,
};

struct pmt_note_time {
    uint8_t when;  /* enum pmt_note_when */
    bool about;    /* "~12:15" */
    bool seconds;  /* they are written */
    int64_t wall;
    const struct pmt_zone *zone; /* NULL: not written */
};

struct pmt_noted {
    struct pmt_note_time time;
    unsigned tags;         /* enum pmt_note_tag, or-ed */
    struct pmt_slice text; /* without time and tags; as written, so hostile */
    struct pmt_slice raw;  /* the line */
    const char *file;      /* as shown */
    uint64_t line;
};

struct pmt_note_problem {
    const char *file;
    uint64_t line;   /* 0: of the whole file */
    const char *why; /* what is wrong and what to write */
};

struct pmt_notes {
    struct pmt_noted *v;
    size_t n, cap;
    struct pmt_note_problem *problems;
    size_t nproblems, capproblems;
    size_t bad;      /* lines and files that could not be read; the first of them are listed */
    uint64_t others; /* lines that are no notes, blank ones and headings left out */
    struct pmt_note_line {
        const char *file; /* as shown */
        uint64_t line;
    } first_others[PMT_NOTES_LINES_NAMED]; /* the first of them */
    size_t nfirst_others;
};

void pmt_notes_fini(struct pmt_notes *n);
/* Appends the notes of a file. 0, or what pmt_source_open answers; PMT_EFORMAT for what is no text.
 * shown is kept. *damage: what was wrong with the rest of the file, or NULL. */
int pmt_notes_read(struct pmt_notes *n, const char *path, const char *shown,
                   struct pmt_arena *arena, const char **damage);

/* The first "#word" in a line that is none of the tags; absent: there is none. "#12" and "#5xx" are
 * no words. */
struct pmt_slice pmt_note_unknown_tag(struct pmt_slice line);

/* One more thing that could not be read; why is kept. */
void pmt_notes_trouble(struct pmt_notes *n, const char *file, uint64_t line, const char *why);

/* One line: 1 and a note (without file and line); 0 for one that is none; -1 with *why. */
int pmt_note_parse(struct pmt_slice line, struct pmt_arena *arena, struct pmt_noted *ret,
                   const char **why);

/* When it was. Without a zone it is read in `zone` (NULL: UTC); without a year it lies as near to
 * the anchor as can be; without a date it is the first such time of day from six hours before the
 * anchor on. PMT_NO_TIME for what has no time, or would need an anchor that is none. */
int64_t pmt_note_instant(const struct pmt_note_time *t, const struct pmt_zone *zone,
                         int64_t anchor);

#endif
