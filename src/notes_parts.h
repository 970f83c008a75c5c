/* notes_parts.h - notes.c (lines and tags) and notes_time.c (the time a line begins with)
 * and notes_zone.c (its zone, and when that was). */
#ifndef PMT_NOTES_PARTS_H
#define PMT_NOTES_PARTS_H

#include "pmt/notes.h"

/* Takes the time a line begins with, and what parts it from the words. 1; 0 when it begins with
 * none (the cursor stays); -1 with *why. strict: the line has a tag, so a date alone is an error
 * and not prose. */
int pmt_note_read_time(struct pmt_cursor *c, bool strict, struct pmt_arena *arena,
                       struct pmt_note_time *ret, const char **why);

static inline bool pmt_note_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool pmt_note_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
static inline bool pmt_note_letter(char c)
{
    return pmt_note_upper(c) || (c >= 'a' && c <= 'z');
}
static inline char pmt_note_lower(char c)
{
    return pmt_note_upper(c) ? (char)(c + 32) : c;
}
static inline bool pmt_note_word_byte(char c)
{
    return pmt_note_letter(c) || pmt_note_digit(c) || c == '_';
}
/* Ends a word here? */
static inline bool pmt_note_at_edge(const struct pmt_cursor *c)
{
    return c->p == c->end || !pmt_note_word_byte(*c->p);
}

extern const char pmt_note_why_span[];
/* The zone behind a clock: 1, 0 for none, -1 with *why. joined: a T stands before the time, so that
 * "-" is no dash. */
int pmt_note_take_zone(struct pmt_cursor *c, bool joined, struct pmt_arena *arena,
                       struct pmt_note_time *ret, const char **why);

#endif
