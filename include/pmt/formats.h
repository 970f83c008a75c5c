/* formats.h - the formats a run has beside the built-in parsers, and which of them a source gets.
 *
 * A format comes from the user (--log-format), from a server's configuration, or from a file of the
 * user's own. One that is given is tried first in the files it is for; one that was found is used
 * where it tells at least as much about the first lines of a file as the built-in parsers do. Lines
 * that a format refuses are the built-in parsers'.
 * Ownership: names, texts and programs lie in the arena that was given; the list is freed by
 * pmt_formats_fini. Once the scan runs nothing is added any more, and all threads read it.
 */
#ifndef PMT_FORMATS_H
#define PMT_FORMATS_H

#include "pmt/inputs.h"
#include "pmt/template.h"

struct pmt_format {
    const char *name; /* for people: "--log-format", "log_format main of nginx.conf:12" */
    const char *glob; /* the files it is for, by name as shown, path or family; NULL: any */
    bool given;       /* by the user */
    enum pmt_dialect dialect;
    const char *text;         /* the format string; NULL: no template */
    struct pmt_parser parser; /* its name is `name` */
};

struct pmt_formats {
    struct pmt_format *items;
    size_t n, cap;
};

/* Adds a format string. 0; or -1 with *why (in the arena): what is wrong, and in which column. */
int pmt_formats_add_template(struct pmt_formats *f, struct pmt_arena *arena,
                             enum pmt_dialect dialect, const char *text, const char *name,
                             const char *glob, bool given, const char **why);
/* Adds a parser that has `self`; it is copied, and gets this name. */
void pmt_formats_add_parser(struct pmt_formats *f, struct pmt_arena *arena,
                            const struct pmt_parser *parser, const char *name, const char *glob,
                            bool given);
void pmt_formats_fini(struct pmt_formats *f);

/* Is the format for this file? */
bool pmt_format_applies(const struct pmt_format *f, const struct pmt_input *in);
/* How a source is read whose first lines are `head`: the parser that understands most of it (may be
 * NULL; one of *own or built in), and the formats of the run that hold for it. `f` may be NULL. */
const struct pmt_parser *pmt_formats_choose(const struct pmt_formats *f, const struct pmt_input *in,
                                            struct pmt_slice head, struct pmt_own *own);

/* What a source is written in, for people: "nginx-access", "syslog, --log-format". Nothing where
 * there is no parser. */
void pmt_put_format(struct pmt_buf *b, const struct pmt_parser *parser, const struct pmt_own *own);

#endif
