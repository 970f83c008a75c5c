/* template_program.h - a compiled template, private to template*.c.
 *
 * template.c makes it from a format string, which template_read.c takes apart with the variables of
 * template_names.c (and template_samples.c: HAProxy's expressions); template_run.c walks it over a
 * line, template_whole.c asks that all of the line fits, template_time.c reads dates that are
 * written in pieces, and template_fields.c puts what was found into the record.
 */
#ifndef PMT_TEMPLATE_PROGRAM_H
#define PMT_TEMPLATE_PROGRAM_H

#include "pmt/template.h"

/* How the bytes of a field are found. */
enum pmt_take {
    TAKE_TEXT,     /* all up to the literal behind it */
    TAKE_WORD,     /* the same, but it never holds a blank */
    TAKE_LIST,     /* nginx $upstream_...: words joined by ", " and " : " */
    TAKE_REQUEST,  /* "GET /x HTTP/1.1" with a blank behind it; the last of the texts */
    TAKE_NUMBER,   /* digits, sign, point; or a lone "-" */
    TAKE_STATUS,   /* three digits, or -1 */
    TAKE_STATE,    /* HAProxy's termination state: two or four letters */
    TAKE_STAMP,    /* a date and time, CLF or ISO */
    TAKE_EPOCH,    /* seconds since 1970 with decimals */
    TAKE_PARTS,    /* a piece of a date, as strftime writes it */
    TAKE_JSON,     /* a JSON string or bare value, that holds what `inner` takes */
    TAKE_CAPTURES, /* HAProxy: none, one or two groups in braces */
    TAKE_END,      /* behind the last field: only its literal counts */
};

/* What a field means. Each stands at most once in a program; others are opaque. */
enum pmt_meaning {
    MEANS_NOTHING,
    MEANS_STAMP, /* kept aside, see pmt_found */
    MEANS_CLIENT,
    MEANS_CLIENT_PORT, /* "address:port", split at the last colon */
    MEANS_REQUEST,     /* "GET /x HTTP/1.1" */
    MEANS_METHOD,
    MEANS_PATH,
    MEANS_STATUS,
    MEANS_BYTES,
    MEANS_SECONDS,
    MEANS_UPSTREAM_SECONDS, /* of the tries: also the request's, where its own is not logged */
    MEANS_MILLIS,
    MEANS_TOTAL_MILLIS, /* HAProxy Tt: with idle time, only where there is no Ta */
    MEANS_MICROS,
    MEANS_QUEUE_MILLIS, /* HAProxy Tw, Tc, Tr: up to the first byte of the answer */
    MEANS_CONNECT_MILLIS,
    MEANS_RESPONSE_MILLIS,
    MEANS_REFERRER,
    MEANS_AGENT,
    MEANS_FORWARDED,
    MEANS_VHOST,
    MEANS_UPSTREAM,
    MEANS_UPSTREAM_STATUS,
    MEANS_FRONTEND,
    MEANS_BACKEND,
    MEANS_SERVER,
    MEANS_TERMINATION,
    MEANS_RETRIES, /* HAProxy: "+" before it says that another server was tried */
    MEANS_MESSAGE,
    MEANINGS, /* how many; fits a 32-bit mask */
};

/* What else the compiler must know of a variable. */
enum pmt_var_flag {
    VAR_ADDRESS = 1, /* may hold colons: ":" and a port behind it belong to it */
    VAR_PORT = 2,
    VAR_QUERY = 4,         /* joins the path before it, with or without "?" between */
    VAR_SESSION = 8,       /* only session (not HTTP) logs have it */
    VAR_REQUEST_DATE = 16, /* a date of the request: better than one of the connection */
    VAR_NO_QUOTES = 32,    /* HAProxy +Q does not quote it */
    VAR_UNIVERSAL = 64,    /* written in UTC whatever the machine's zone */
    VAR_PATH = 128,        /* begins with "/": told from a host right before it */
    VAR_HOST = 256,        /* holds no "/" */
    VAR_BETTER = 512,      /* of two of this meaning the one that counts */
    VAR_BLANKS = 1024,     /* may hold blanks, and nothing in it tells where it ends */
    VAR_NUMBER = 2048,     /* HAProxy's JSON writes it without quotes */
    VAR_END = 4096,        /* Apache: a date of the request's end */
};

struct pmt_var {
    const char *name;
    uint8_t meaning;
    uint8_t take;
    uint16_t flags;
    const char *parts; /* TAKE_PARTS: how the piece is written, see pmt_parts_read */
};

/* One step: the literal, then the field. The literal's first eight bytes are compared in one go:
 * as they lie in memory, so the machine's byte order does not matter. */
struct pmt_op {
    const char *lit;
    uint64_t lit_mask, lit_head;
    uint32_t lit_n;
    uint8_t meaning;
    uint8_t take;
    uint8_t letters;  /* TAKE_STATE: how many */
    bool escapes;     /* inside quotes a backslash takes the next quote's meaning away */
    bool ignored;     /* TAKE_PARTS: of a date that does not count */
    uint8_t back;     /* so many bytes of the literal belong to the field behind it */
    uint8_t inner;    /* TAKE_JSON */
    uint8_t more;     /* TAKE_NUMBER: so many numbers follow that nobody needs ... */
    const char *seps; /* ... each behind one of these bytes */
    const char *parts; /* TAKE_PARTS */
};

/* The pieces of a date. */
enum pmt_part {
    PART_YEAR = 1, PART_MONTH = 2, PART_DAY = 4, PART_HOUR = 8, PART_MINUTE = 16, PART_SECOND = 32,
    PART_FRACTION = 64, PART_OFFSET = 128, PART_EPOCH = 256, PART_PM = 512, PART_YEARDAY = 1024,
};
struct pmt_parts {
    uint32_t seen; /* enum pmt_part */
    int year, month, day, hour, minute, second, yearday;
    bool pm, universal;
    int64_t us;    /* PART_FRACTION */
    int64_t epoch; /* microseconds since 1970 */
    int32_t offset;
    uint8_t decimals;
};

struct pmt_template {
    enum pmt_dialect dialect;
    bool message;    /* one says what happened, even where its end cannot be found */
    bool http;       /* lines are requests; else sessions or notices */
    bool universal;  /* its dates are in UTC whatever the machine's zone */
    bool json;       /* a JSON object: its texts have JSON's escapes */
    bool pieces;     /* it has pieces of dates, whether they count or not */
    bool in_parts;   /* its date is made of pieces */
    bool fraction;   /* the date's part of a second is a field of its own */
    bool begins;     /* its date is that of the request's begin */
    bool forwarded;  /* the client is in the field of those forwarded for */
    const struct pmt_template *pathless; /* for requests that were none: "https://shop.example-" */
    size_t required; /* the line is FOREIGN when it breaks at or before this step */
    size_t n;        /* fields; ops[n] is TAKE_END */
    const struct pmt_op *ops;
    uint8_t meanings[MEANINGS + 1]; /* the text and number fields it has, ended by 0 */
};

/* What one run found, before anything is put into the record. */
struct pmt_found {
    uint32_t seen; /* 1 << meaning */
    struct pmt_stamp stamp;
    struct pmt_parts parts; /* only where the template has any */
    struct pmt_slice text[MEANINGS];
    int64_t number[MEANINGS]; /* TAKE_NUMBER and TAKE_STATUS: -1 for unknown */
};

/* The variable's row, or NULL: nginx by name without "$", HAProxy by name without "%". */
const struct pmt_var *pmt_var_nginx(struct pmt_slice name);
const struct pmt_var *pmt_var_haproxy(struct pmt_slice name);
/* HAProxy's sample expressions, "%[...]": what is not known is opaque. False for a date that is
 * written in a way that cannot be read back. */
bool pmt_var_haproxy_expr(struct pmt_slice expr, struct pmt_arena *arena, struct pmt_var *ret);
/* Apache by its letter and what stands in the braces before it (absent when there are none); its
 * dates are not here. */
const struct pmt_var *pmt_var_apache(char letter, struct pmt_slice param);
/* Is the letter a directive of Apache's at all? */
bool pmt_is_apache_letter(char letter);
bool pmt_same_without_case(struct pmt_slice s, const char *lower);

/* template_time.c. A date written as strftime does, with the letters of C, and: "%Q" and "%q"
 * milli- and microseconds since 1970, "%L" and "%f" the milli- and microseconds of a second, "%N"
 * its decimals, "%3N" so many of them. Which parts it writes; 0 when there is a letter that cannot
 * be read back, *at is where. */
uint32_t pmt_parts_of(const char *format, size_t *at);
/* Reads them at p: the position behind, or NULL. */
const char *pmt_parts_read(const char *format, const char *p, const char *end,
                           struct pmt_parts *ret);
/* Seconds since 1970 with their decimals, in one piece: the position behind, or NULL. */
const char *pmt_epoch_read(const char *p, const char *end, struct pmt_stamp *ret);
/* Enough of a date to place a line? */
bool pmt_parts_suffice(uint32_t parts);
/* The date; false when it is an impossible one. */
bool pmt_parts_stamp(const struct pmt_parts *parts, struct pmt_stamp *ret);

/* What a line lacks when a field of this meaning cannot be read. */
const char *pmt_meaning_missing(enum pmt_meaning m);
/* template_checks.c: the field that cannot be what the format says, or MEANS_NOTHING. */
enum pmt_meaning pmt_found_impossible(const struct pmt_template *t, const struct pmt_found *f);
/* Only what addresses and host names are made of? */
bool pmt_may_be_host(struct pmt_slice s);
bool pmt_may_be_client(struct pmt_slice s);
/* Takes JSON's escapes off the texts. */
void pmt_found_unescape(const struct pmt_template *t, struct pmt_found *f, struct pmt_record *rec);
/* The date from its pieces; false when it is an impossible one. */
bool pmt_found_date(const struct pmt_template *t, struct pmt_found *f);

/* template_run.c. Runs the steps from `first` on, which begins at *pos: how many succeeded
 * (counted from 0), *pos behind the last of them. starts (may be NULL) gets where each field
 * begins. */
size_t pmt_template_steps(const struct pmt_template *t, size_t first, const char **pos,
                          const char *end, struct pmt_found *f, const char **starts);
/* Where the step's literal stands from p on, or NULL. */
const char *pmt_op_find(const struct pmt_op *op, const char *start, const char *p, const char *end);
void pmt_found_store(const struct pmt_template *t, const struct pmt_found *f,
                     struct pmt_record *rec);

#endif
