/* source_parts.h - what a source is made of; private to source. */
#ifndef PMT_SOURCE_PARTS_H
#define PMT_SOURCE_PARTS_H

#include "pmt/source.h"

#include "pmt/damage.h"
#include "pmt/intake.h"
#include "pmt/unpack.h"
#include "source_export.h"
#include "source_pieces.h"

/* The buffer always has room for a whole read behind the longest line that is kept. */
enum { BUFFER = PMT_LINE_MAX + 2 + PMT_SOURCE_BUFFER };

struct pmt_source {
    struct pmt_intake intake;
    struct pmt_whole *whole;   /* of a member of an archive; else NULL */
    struct pmt_unpack *unpack; /* NULL for plain text */
    char *buf;                 /* allocated at the first head or next */
    /* [start, end) is text not delivered yet; [start, scanned) holds no newline. */
    size_t start, scanned, end;
    uint64_t base;    /* offset in the text of buf[0] */
    uint64_t to;      /* lines that begin here or later are not ours */
    uint64_t from;    /* as asked for */
    uint64_t number;  /* lines delivered */
    bool begun;       /* a line of ours begins at buf[start]; its NULs are dropped */
    bool broken;      /* damage stands at buf[end] */
    bool ended;       /* nothing comes behind buf[end] */
    enum pmt_inflate_why pending; /* what is wrong at buf[end] */
    struct pmt_damage damage;     /* what was wrong before */
    struct pmt_buf entries;       /* of a journal, or its export: a line, or the head */
    struct pmt_journal *journal;  /* a file of systemd's; else NULL */
    bool looked;                  /* for pieces of a container engine */
    struct pmt_chunks *pieces;    /* NULL when there are none to be expected */
    struct pmt_source_info info;
};

/* Gets more text behind buf[end], moving what is left to the front. False at damage and at the
 * end. What is left is never longer than PMT_LINE_MAX + 1 or, for the head, PMT_HEAD_MAX. */
bool pmt_source_fill(struct pmt_source *s);
/* Damage was reached; `building` when it broke off a line, which counts as delivered already. */
void pmt_source_note_damage(struct pmt_source *s, bool building);
/* The next line as it stands in the text. */
int pmt_source_line(struct pmt_source *s, struct pmt_line *ret);
/* source_entry.c: the next entry of a journal's export. */
int pmt_source_entry(struct pmt_source *s, struct pmt_line *ret);

/* source_journal.c: 0, or PMT_EFORMAT when the file of a journal cannot be read, and info says why;
 * its next entry as a line, its first ones. */
#define PMT_WHY_JOURNAL "is a binary journal: journalctl -D DIR -o export | pm-timeline -"
int pmt_source_journal_open(struct pmt_source *s);
void pmt_source_journal_close(struct pmt_journal *j);
int pmt_source_journal_next(struct pmt_source *s, struct pmt_line *ret);
struct pmt_slice pmt_source_journal_head(struct pmt_source *s);

#endif
