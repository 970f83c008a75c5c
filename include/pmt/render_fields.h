/* render_fields.h - the fields of a record as they may be shown.
 *
 * Redacted by what each is: a client, a path, a name, any text. Names, agents and paths come again
 * and again: what was redacted is remembered, a bounded number of texts, and only where the answer
 * can be no other the next time. One for each thread. It borrows its redactor.
 */
#ifndef PMT_RENDER_FIELDS_H
#define PMT_RENDER_FIELDS_H

#include "pmt/record.h"
#include "pmt/redact.h"

struct pmt_shown;

struct pmt_shown *pmt_shown_new(struct pmt_redactor *redactor);
void pmt_shown_free(struct pmt_shown *s);
/* What may be shown of v, the text of a field of rec; good until the next call. */
struct pmt_slice pmt_shown_text(struct pmt_shown *s, const struct pmt_record *rec,
                                const struct pmt_field *field, struct pmt_slice v);

#endif
