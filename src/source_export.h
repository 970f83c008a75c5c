/* source_export.h - entries of `journalctl -o export` as lines; private to source.
 *
 * The journal's export format is no text of lines: an entry is a block of fields, an empty line
 * ends it, and a field may hold anything (systemd, "Journal Export Formats"):
 *
 *   __REALTIME_TIMESTAMP=1645866007118765        NAME=VALUE, when the value is printable text
 *   MESSAGE                                      else the name alone, the length as 64 bits with
 *   <8 bytes><that many bytes>                   the lowest byte first, the bytes, a newline
 *
 * An entry becomes one line as `journalctl -o json` writes it, with the fields that are looked at.
 */
#ifndef PMT_SOURCE_EXPORT_H
#define PMT_SOURCE_EXPORT_H

#include "pmt/text.h"

enum pmt_export_field {
    PMT_EXPORT_MORE, /* not all of it is here */
    PMT_EXPORT_FIELD,
    PMT_EXPORT_END,  /* the empty line behind an entry */
};

struct pmt_export {
    struct pmt_slice name, value; /* of a field; the value is what of it is here */
    size_t used;                  /* bytes it took here */
    uint64_t left;                /* bytes of the value that are still to come */
    uint64_t newlines;            /* in what it took here */
};

/* How an export begins: `journalctl` writes the cursor first. */
bool pmt_export_is(struct pmt_slice text);
/* What stands at the start of text. `whole`: nothing more fits, or comes; a field that is not all
 * here is then given as far as it is, with what is left. */
enum pmt_export_field pmt_export_next(struct pmt_slice text, bool whole, struct pmt_export *ret);

/* The fields that are looked at, in the order of journalctl's heads: which one this is, or
 * PMT_EXPORT_NAMES. The first is the time. */
enum { PMT_EXPORT_NAMES = 8 };
size_t pmt_export_name(struct pmt_slice name);
/* Adds such a field to the line of an entry; begins it when it is empty. */
void pmt_export_put(struct pmt_buf *line, size_t name, struct pmt_slice value);

/* Where the text comes from: `window` is what is here and not taken. */
struct pmt_export_text {
    void *source;
    struct pmt_slice (*window)(void *source);
    bool (*more)(void *source); /* enlarges the window; false when nothing comes, or fits */
    void (*take)(void *source, size_t n, uint64_t newlines);
};

struct pmt_export_entry {
    uint64_t skipped; /* lines that stood before its first */
    bool cut;         /* a value did not fit */
    bool ended;       /* by its empty line, not by the end of the text */
};

/* The next entry as a line. False at the end. */
bool pmt_export_entry(const struct pmt_export_text *from, struct pmt_buf *line,
                      struct pmt_export_entry *ret);
/* The entries at the start of a text as lines, as many as are whole. */
void pmt_export_head(struct pmt_slice text, struct pmt_buf *lines);

#endif
