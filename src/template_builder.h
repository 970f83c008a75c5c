/* template_builder.h - a template while it is compiled, private to template*.c.
 *
 * template_read.c finds the variables of each dialect and hands literals and variables over;
 * template.c makes steps of them, template_settle.c settles what only the whole format tells.
 */
#ifndef PMT_TEMPLATE_BUILDER_H
#define PMT_TEMPLATE_BUILDER_H

#include "template_program.h"

struct pmt_builder {
    enum pmt_dialect dialect;
    struct pmt_arena *arena;
    const char *format;
    const char **why;
    size_t *column;
    struct pmt_op *ops; /* from the arena; at most one per two bytes of the format */
    uint16_t *flags;    /* of each op's variable */
    uint32_t *at;       /* where it stands in the format */
    size_t n;
    char *lit; /* the literal being collected, in the arena; each op's is a piece of it */
    size_t lit_from, lit_to;
    bool after_var;       /* no literal yet since the variable before */
    bool pathless;        /* a host with a path right behind it is taken to have none */
    bool has_path;        /* there is such a one */
    bool session, message;
    uint16_t stamp_flags; /* of the variable that is the stamp */
    uint32_t parts;       /* of dates in pieces: enum pmt_part */
    size_t lost_date;     /* where one stands that cannot be read back, from 1; 0: none does */
    bool ends;            /* the date is that of the request's end */
    /* HAProxy: what flags before "o" hold for the rest */
    bool quote_all, hex_all, escape_all, json;
};

/* How one variable is written. */
struct pmt_manner {
    bool quoted, hex, escaped;
    uint8_t letters; /* TAKE_STATE: how many */
};

/* false, with the reason and its column. */
bool pmt_builder_fail(struct pmt_builder *b, size_t at, const char *what);
void pmt_builder_literal(struct pmt_builder *b, char c);
/* The variable that stands at `at`; false when it cannot be told from the one before. */
bool pmt_builder_var(struct pmt_builder *b, const struct pmt_var *v, struct pmt_manner m,
                     size_t at);

/* Is there a step of this meaning? */
bool pmt_builder_has(const struct pmt_builder *b, uint8_t meaning);

/* template_settle.c: all steps are known. */
bool pmt_builder_settle(struct pmt_builder *b);

/* template_read.c: the whole format. */
bool pmt_read_nginx_format(struct pmt_builder *b);
bool pmt_read_haproxy_format(struct pmt_builder *b);
bool pmt_read_apache_format(struct pmt_builder *b);

#endif
