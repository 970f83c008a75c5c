/* template_program.h - a compiled template, private to template*.c.
 *
 * template.c makes it from a format string, with the variable names of template_fields.c;
 * template_run.c walks it over a line, and template_fields.c puts what was found into the record.
 */
#ifndef PMT_TEMPLATE_PROGRAM_H
#define PMT_TEMPLATE_PROGRAM_H

#include "pmt/template.h"

/* How the bytes of a field are found. */
enum pmt_take {
    TAKE_TEXT,     /* all up to the literal behind it */
    TAKE_WORD,     /* the same, but it never holds a blank */
    TAKE_LIST,     /* nginx $upstream_...: words joined by ", " and " : "; the last of the texts */
    TAKE_NUMBER,   /* digits, sign, point; or a lone "-" */
    TAKE_STATUS,   /* three digits, or -1 */
    TAKE_STATE,    /* HAProxy's termination state: two or four letters */
    TAKE_STAMP,    /* a date and time, CLF or ISO */
    TAKE_EPOCH,    /* seconds since 1970 with decimals */
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
};

struct pmt_var {
    const char *name;
    uint8_t meaning;
    uint8_t take;
    uint8_t flags;
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
    uint8_t more;     /* TAKE_NUMBER: so many numbers follow that nobody needs ... */
    const char *seps; /* ... each behind one of these bytes */
};

struct pmt_template {
    enum pmt_dialect dialect;
    bool http;       /* lines are requests; else sessions or notices */
    bool universal;  /* its dates are in UTC whatever the machine's zone */
    size_t required; /* the line is FOREIGN when it breaks at or before this step */
    size_t n;        /* fields; ops[n] is TAKE_END */
    const struct pmt_op *ops;
    uint8_t meanings[MEANINGS + 1]; /* the text and number fields it has, ended by 0 */
};

/* What one run found, before anything is put into the record. */
struct pmt_found {
    uint32_t seen; /* 1 << meaning */
    struct pmt_stamp stamp;
    struct pmt_slice text[MEANINGS];
    int64_t number[MEANINGS]; /* TAKE_NUMBER and TAKE_STATUS: -1 for unknown */
};

/* The variable's row, or NULL: nginx by name without "$", HAProxy by name without "%". */
const struct pmt_var *pmt_var_nginx(struct pmt_slice name);
const struct pmt_var *pmt_var_haproxy(struct pmt_slice name);
/* HAProxy's sample expressions, "%[...]". */
const struct pmt_var *pmt_var_haproxy_expr(struct pmt_slice expr);
/* Apache by its letter and what stands in the braces before it (absent when there are none). */
const struct pmt_var *pmt_var_apache(char letter, struct pmt_slice param);

/* What a line lacks when a field of this meaning cannot be read. */
const char *pmt_meaning_missing(enum pmt_meaning m);
void pmt_found_store(const struct pmt_template *t, const struct pmt_found *f,
                     struct pmt_record *rec);

#endif
