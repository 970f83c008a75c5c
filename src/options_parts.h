/* options_parts.h - what options.c (parsing), options_table.c (the rows), options_help.c and
 * options_values.c share; not for anyone else. */
#ifndef PMT_OPTIONS_PARTS_H
#define PMT_OPTIONS_PARTS_H

#include "pmt/options.h"

enum pmt_option_kind {
    FLAG,     /* bool, set to true */
    TEXT,     /* const char *, any text but the empty one */
    WORD,     /* int, one of the row's words; without a value the row's `bare` */
    NUMBER,   /* int, between min and max */
    DURATION, /* int64_t, microseconds */
    PERCENT,  /* int, what is missing to 100 %, in millionths */
    ZONE_FOR, /* appends to assume_tz */
    NOTES,    /* appends to notes */
    CONF,           /* appends to confs; `min` is the dialect */
    JOURNAL,        /* appends to journals, and to paths */
    PARSER,         /* appends to parsers */
    RULES,          /* appends to rules */
    LOG_FORMAT,     /* appends to log_formats */
    LOG_FORMAT_FOR, /* the same, and takes two values: a pattern and a format */
};

struct pmt_option_row {
    char letter; /* 0: none */
    const char *name;
    enum pmt_option_kind kind;
    size_t at;       /* where in struct pmt_options */
    const char *arg; /* NULL: takes none. In [brackets]: may be left out, else only --name=value */
    const char *help;
    const char *const *words; /* WORD: NULL-ended, in the order of the enum */
    int min, max;             /* NUMBER */
    int bare;                 /* WORD with an optional value */
};

extern const struct pmt_option_row pmt_option_rows[];
extern const size_t pmt_option_count;

/* Its value may be left out: --color, but --color=never. */
static inline bool pmt_option_is_optional(const struct pmt_option_row *row)
{
    return row->arg && row->arg[0] == '[' && row->kind == WORD;
}

/* Steps (letters put in, left out, changed or swapped) between two names, or `limit` when there
 * are at least as many. */
size_t pmt_name_distance(const char *a, const char *b, size_t limit);
/* "99.9", "99.95%": from 50 up to, and without, 100; at most four decimals. *ret is what is missing
 * to 100 %, in millionths. */
bool pmt_missing_read(struct pmt_slice s, int *ret);

#endif
