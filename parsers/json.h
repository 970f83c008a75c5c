/* json.h - JSON as logs hold it, one object per line; private to parsers/.
 *
 * A reader over the line's own bytes, after RFC 8259, and generous where loggers are: what nginx
 * writes without escape=json has "\x22" in its strings, and bytes that are no UTF-8. Objects inside
 * the outer one are not built: whoever asks for one gets its bytes and reads on.
 */
#ifndef PMT_PARSERS_JSON_H
#define PMT_PARSERS_JSON_H

#include "pmt/parser.h"
#include "pmt/scratch.h"

enum pmt_json_type {
    PMT_JSON_TEXT,   /* what stands between the quotes, still escaped */
    PMT_JSON_WORD,   /* a number, true, false */
    PMT_JSON_NULL,
    PMT_JSON_OBJECT, /* with its braces */
    PMT_JSON_ARRAY,  /* with its brackets */
};

struct pmt_json {
    struct pmt_slice name, value;
    enum pmt_json_type type;
};

/* Over the opening brace and what stands before it. */
bool pmt_json_open(struct pmt_cursor *c);
/* The next member: 1, 0 behind the closing brace, -1 when the object is broken or cut (the cursor
 * stays near). Of an array the elements, which have no name. */
int pmt_json_next(struct pmt_cursor *c, struct pmt_json *ret);
/* Over the opening bracket of an array. */
bool pmt_json_open_array(struct pmt_cursor *c);

/* "[98,105,110]": the bytes of a text that is no UTF-8, as journald writes it. Absent when it is
 * something else. */
struct pmt_slice pmt_json_bytes(struct pmt_slice array, struct pmt_record *rec);

#endif
