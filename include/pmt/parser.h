/* parser.h - the contract of a log format, and the list of them.
 *
 * A parser is a pure function of one line: it allocates nothing, keeps nothing, prints nothing,
 * reads nothing outside [line.p, line.p + line.n) and gives the same answer whatever came before.
 * Slices in the record point into the line (or at string constants). On FOREIGN the record's
 * content is unspecified.
 *
 * A parser carries the lines that prove it. tests/test_parsers.c walks the registry: each sample
 * must give its answer, no earlier parser may claim it, and every prefix of every sample, placed
 * against an unreadable page, must neither crash nor read past its end. The same samples are fuzz
 * seeds and documentation (`parsers/README.md`).
 */
#ifndef PMT_PARSER_H
#define PMT_PARSER_H

#include "pmt/record.h"

enum pmt_verdict {
    PMT_RECORD,  /* understood, the record is filled */
    PMT_SILENT,  /* this format, but nothing to tell (a header line, "-- Boot ... --") */
    PMT_FOREIGN, /* not this format, or broken; *why says what and where */
};

struct pmt_reject {
    const char *why; /* a literal: "no closing bracket after the time" */
    size_t column;   /* byte offset in the line, from 0 */
};

struct pmt_sample {
    const char *line;
    enum pmt_verdict verdict;
    /* "field=value" pairs separated by " | ": names of pmt_fields (record.h), and kind, ts (the
     * stamp the line is placed by: RFC 3339 with its offset if ZONED, "2022-02-26T12:00:07" if
     * WALL, "--02-26T12:00:07" if YEARLESS), lb ("still_out"), vhost, agent, referrer,
     * forwarded_for, upstream_status, reason, active_left, repeats, operator (yes, no). A value "-"
     * means the field must be absent. */
    const char *expect;
};

struct pmt_parser {
    const char *name;    /* "nginx-access" */
    const char *summary; /* one line for people */
    enum pmt_layer layer;
    /* Programs whose syslog messages this parser reads (NULL-ended), or NULL. */
    const char *const *programs;
    enum pmt_verdict (*parse)(struct pmt_slice line, struct pmt_record *rec,
                              struct pmt_reject *why);
    /* The message behind a syslog envelope. The envelope's fields are already in *rec and are kept;
     * FOREIGN leaves *rec as it was. NULL when the format never comes in an envelope. */
    enum pmt_verdict (*parse_message)(struct pmt_slice message, struct pmt_record *rec,
                                      struct pmt_reject *why);
    const struct pmt_sample *samples; /* ended by .line = NULL */
    /* A format that is not built in (formats.h) instead has what it was made of and one function,
     * for a bare line as for the message behind an envelope: there it keeps what the envelope left
     * in *rec, and on FOREIGN *rec is as it was. self and what it points to never change. */
    const void *self;
    enum pmt_verdict (*parse_own)(const void *self, struct pmt_slice line, struct pmt_record *rec,
                                  struct pmt_reject *why);
    /* Is what another parser read as text a request of this format that does not fit it? Then the
     * line is not understood. NULL: never. */
    bool (*claims)(const void *self, struct pmt_slice line, const struct pmt_record *rec);
};

/* The formats beside the built-in ones that hold for one source, in the order they are tried. */
enum { PMT_OWN_MAX = 32 };
struct pmt_own {
    const struct pmt_parser *items[PMT_OWN_MAX];
    uint8_t n;
    uint8_t before; /* so many are tried before the built-in parsers, the others after them */
    uint32_t reads;                /* 1 << i: items[i] reads a line of the head */
    const struct pmt_parser *main; /* the one that reads most lines of the head; NULL: none does */
    struct pmt_reject refused;     /* why the first line of the head is not of items[0] */
};

/* In the order they are tried; NULL-ended. parsers/registry.c. */
extern const struct pmt_parser *const pmt_parsers[];

/* A bare line, and the message behind an envelope; the latter FOREIGN when the format never comes
 * in one. */
static inline enum pmt_verdict pmt_parser_line(const struct pmt_parser *p, struct pmt_slice line,
                                               struct pmt_record *rec, struct pmt_reject *why)
{
    return p->self ? p->parse_own(p->self, line, rec, why) : p->parse(line, rec, why);
}
static inline enum pmt_verdict pmt_parser_message(const struct pmt_parser *p,
                                                  struct pmt_slice message, struct pmt_record *rec,
                                                  struct pmt_reject *why)
{
    if (p->self)
        return p->parse_own(p->self, message, rec, why);
    return p->parse_message ? p->parse_message(message, rec, why) : PMT_FOREIGN;
}

/* Reads one line: the source's own formats (may be NULL) that come first, the preferred parser (may
 * be NULL), and when they answer FOREIGN the built-in ones in registry order and the rest of the
 * source's own; what the main one of those claims is FOREIGN. *used is the one that answered RECORD
 * or SILENT; *why is the preferred parser's reason (else the one that got furthest). Clears *rec
 * first, and sets its `own_formats`, which envelopes offer their message to, and its `reader`. */
enum pmt_verdict pmt_parse_line(const struct pmt_parser *preferred, const struct pmt_own *own,
                                struct pmt_slice line, struct pmt_record *rec,
                                const struct pmt_parser **used, struct pmt_reject *why);

/* The parser that understands most of the lines in `head` (the first up to 200 whole lines of a
 * file; registry order breaks ties), and how many of how many it understood. NULL when none
 * understands even one. A multi-line tail does not count against it. */
const struct pmt_parser *pmt_parser_detect(struct pmt_slice head, size_t *understood,
                                           size_t *lines);

#endif
