/* scan_family.c - what one file of a rotation tells about the format of the others.
 *
 * A log that was rotated a minute ago has too few lines to tell its format from; the file before it
 * has enough. Such a file is read once more, with what was inferred from the other. */
#include "scan_parts.h"

#include "pmt/infer.h"

static const char *family_of(const struct pmt_inputs *inputs, const struct pmt_task *t)
{
    return inputs->items[t->input].family;
}

/* The first in the order of inputs whose lines tell. */
static const struct pmt_inferred *lender(const struct pmt_inputs *inputs,
                                         const struct pmt_task *tasks, size_t n, const char *family)
{
    for (size_t i = 0; i < n; i++) {
        const struct pmt_inferred *x = tasks[i].a.inferred;
        if (x && x->certain && !x->program && strcmp(family_of(inputs, &tasks[i]), family) == 0)
            return x;
    }
    return NULL;
}

/* What nothing reads; or what leaves unread how long requests took, as too few lines tell. */
static bool in_need(const struct pmt_task *t)
{
    return t->a.unknown || (t->detect && t->a.inferred && t->a.inferred->known &&
                            !t->a.inferred->certain);
}

bool pmt_scan_lend(const struct pmt_inputs *inputs, struct pmt_task *tasks, size_t n, size_t i)
{
    struct pmt_task *t = &tasks[i];
    const char *family = family_of(inputs, t);
    if (!in_need(t) || !family)
        return false;
    const struct pmt_inferred *x = lender(inputs, tasks, n, family);
    if (!x || (!t->a.unknown && !x->known))
        return false;
    pmt_inferred_free(t->a.inferred);
    pmt_tally_free(t->a.tally);
    t->a = (struct pmt_answer){.lent = x};
    return true;
}

bool pmt_scan_fits(const struct pmt_inferred *x, struct pmt_slice head)
{
    struct pmt_cursor c = pmt_cursor(head);
    struct pmt_record rec;
    struct pmt_reject why;
    struct pmt_slice line;
    size_t lines = 0, fit = 0;
    while (lines < PMT_INFER_LINES && !pmt_cur_end(&c)) {
        if (!pmt_cur_until(&c, '\n', &line)) {
            line = pmt_cur_rest(&c);
            c.p = c.end;
        }
        line = pmt_slice_trim(line);
        if (!line.n)
            continue;
        pmt_record_clear(&rec);
        enum pmt_verdict v = x->parser.parse_own(x->parser.self, line, &rec, &why);
        lines += v != PMT_SILENT;
        fit += v == PMT_RECORD;
    }
    return fit * 100 >= lines * PMT_INFER_PERCENT && fit;
}
