/* infer.h - the format of an access log, found from its lines.
 *
 * A log whose format nobody gave is still made of separators and values. The lines of its head are
 * cut at quotes, brackets and the separators they have in common; what the values of each column
 * look like over many lines, and the names written before them, tell what they are. The answer is
 * a format string that a server could have been configured with, compiled like any other.
 *
 * It is used only where nearly all lines fit and the time, the status and the request are certain;
 * where two columns could be the status, or too few lines are there, it is a guess to be shown. A
 * line is read only when every value looks as it should and the compiled format agrees: a line that
 * is in doubt is refused. Nothing here prints.
 */
#ifndef PMT_INFER_H
#define PMT_INFER_H

#include "pmt/template.h"

enum {
    PMT_INFER_LINES = 200,     /* of the head that are looked at */
    PMT_INFER_LEAST = 8,       /* lines that are needed to be certain */
    PMT_INFER_COLUMNS = 64,    /* at most */
    PMT_INFER_LINE_MAX = 8192, /* longer lines are not looked at */
    PMT_INFER_PERCENT = 95,    /* of the lines must fit */
};

struct pmt_inferred {
    struct pmt_arena arena;
    enum pmt_dialect dialect; /* nginx's, or HAProxy's where its states or timers stand in it */
    const char *format;       /* the format string */
    bool certain;             /* used; else a guess */
    const char *doubt;        /* why it is a guess; NULL when certain */
    size_t fit, lines;        /* so many of so many lines are read by it */
    const char *program;      /* behind an envelope: whose messages ("": of nobody, as in a
                                 container's log); NULL: bare lines */
    /* A number stands behind the requests, and nothing says how long they took. */
    bool micros;               /* it is that, in microseconds: its values show it */
    const char *offer;         /* not certain: the --log-format to give if it is; else NULL */
    const struct pmt_parser *known; /* a built-in format reads all the others; NULL: none */
    bool begins;               /* its times are when requests began */
    struct pmt_slice header;   /* the file itself names its columns so; absent */
    bool w3c;                  /* behind "#Fields:", and its times are in UTC */
    const struct pmt_template *template;
    const struct pmt_skeleton *skeleton;
    struct pmt_parser parser; /* reads it; its self is this struct */
};

/* From whole lines (enveloped: messages behind an envelope that has the time). NULL when they are
 * nothing like requests. */
struct pmt_inferred *pmt_infer(struct pmt_slice head, bool enveloped);
void pmt_inferred_free(struct pmt_inferred *x);

/* For a source whose head is read by `chosen` (may be NULL) and its own formats: NULL when they
 * read it well, or nothing can be inferred. A certain one is put before the others in *own, and
 * *chosen is set when it is a format of bare lines. */
struct pmt_inferred *pmt_infer_source(struct pmt_slice head, const struct pmt_parser **chosen,
                                      struct pmt_own *own);
/* Puts it before the other formats of *own; false when there is no room. */
bool pmt_inferred_use(const struct pmt_inferred *x, const struct pmt_parser **chosen,
                      struct pmt_own *own);

#endif
