/* scratch.h - room for text that a line holds only in another form.
 *
 * A parser allocates nothing and its slices point into the line. What a line has escaped (JSON's
 * "\u0026", a whole line inside a container's JSON) stands nowhere in it as text; it is written
 * into the scratch of this thread, a fixed block, and lives as long as the line: until the next
 * record is cleared. How much of it is in use is part of the record, so a trial that is given up,
 * with the copy of the record it worked on, gives its room back.
 */
#ifndef PMT_SCRATCH_H
#define PMT_SCRATCH_H

#include "pmt/record.h"

/* Unescaped text is never longer than the escaped: twice the longest line, for a line inside a
 * line. */
enum { PMT_SCRATCH_MAX = 2 * 64 * 1024 };

/* n bytes that belong to *rec; NULL when there are no more. */
char *pmt_scratch_take(struct pmt_record *rec, size_t n);
/* Whether text of a record stands in the scratch of this thread. */
bool pmt_scratch_holds(struct pmt_slice s);

/* A JSON string without its escapes. When there are some the bytes are in the scratch of this
 * thread, which *rec accounts for; when there is no room left in it, as it stands. Escapes that
 * JSON does not know, and "\u0000", stay. */
struct pmt_slice pmt_json_text(struct pmt_slice raw, struct pmt_record *rec);

#endif
