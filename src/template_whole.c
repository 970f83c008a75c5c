#include "template_program.h"

/* A format of a site's own is not guessed at: a line is of it from its first byte to its last, or
 * it is another's. Where texts are written raw (escape=none, a user agent without quotes) the first
 * place where the literal behind one stands need not be the right one: the places behind it are
 * tried, within bounds, and the one is taken with which all of the line fits. */

enum {
    STEPS_MAX = 96,  /* longer formats are read without the search */
    TEXTS_TRIED = 6, /* back from the step that failed */
    PLACES_TRIED = 32,
    CUT_AT = 480, /* the shortest length that a syslog daemon is known to cut at */
    SEARCHED_MAX = 16384, /* bytes of a line: one with a URI of 9 kB is still searched */
};

/* The most bytes that a field has which cannot be read because the line ends in it. */
static ptrdiff_t longest(const struct pmt_op *op)
{
    switch ((enum pmt_take)op->take) {
    case TAKE_STATUS: return 2;
    case TAKE_STATE: return op->letters - 1;
    case TAKE_STAMP: return 18; /* "2022-02-26T12:00:0" */
    case TAKE_NUMBER:
    case TAKE_PARTS:
    case TAKE_EPOCH: return 0;
    default: return PTRDIFF_MAX;
    }
}

/* Did the first i steps take the whole line, or all of a line that was cut? Of a short line most
 * must be there: another format may begin alike. */
static bool fits(const struct pmt_template *t, size_t i, const char *line, const char *p,
                 const char *end)
{
    if (i > t->n)
        return p == end || *p == ' ' || *p == '\t';
    if (i <= t->required || (end - line < CUT_AT && i <= t->n / 2))
        return false;
    const struct pmt_op *op = &t->ops[i];
    size_t left = (size_t)(end - p);
    if (memcmp(p, op->lit, left < op->lit_n ? left : op->lit_n) != 0)
        return false;
    return left <= op->lit_n || end - p - op->lit_n <= longest(op);
}

static void begin(const struct pmt_template *t, struct pmt_found *f)
{
    f->seen = 0;
    if (t->pieces)
        f->parts = (struct pmt_parts){0};
}

/* Step j is a text that ends at the literal at q: is the line of the format then? */
static bool try_place(const struct pmt_template *t, const char *line, size_t j, const char *start,
                      const char *q, const char *end, struct pmt_found *f)
{
    const char *p = q;
    begin(t, f);
    size_t steps = pmt_template_steps(t, j + 1, &p, end, f, NULL);
    if (!fits(t, steps, line, p, end))
        return false;
    begin(t, f);
    p = line;
    /* The steps before it once more: what they found lies in *f. */
    if (pmt_template_steps(t, 0, &p, end, f, NULL) < j)
        return false;
    struct pmt_slice text = pmt_slice(start, (size_t)(q - start));
    for (size_t i = j; i <= t->n; i++) /* and what came behind it is forgotten */
        f->seen &= ~(UINT32_C(1) << t->ops[i].meaning);
    if (t->ops[j].meaning) {
        f->text[t->ops[j].meaning] = text;
        f->seen |= UINT32_C(1) << t->ops[j].meaning;
    }
    p = q;
    size_t i = pmt_template_steps(t, j + 1, &p, end, f, NULL);
    return fits(t, i, line, p, end) && pmt_found_impossible(t, f) == MEANS_NOTHING;
}

static bool search(const struct pmt_template *t, const char *line, const char *end,
                   struct pmt_found *f)
{
    const char *starts[STEPS_MAX + 1], *p = line;
    if (t->n >= STEPS_MAX || end - line > SEARCHED_MAX)
        return false;
    begin(t, f);
    size_t failed = pmt_template_steps(t, 0, &p, end, f, starts);
    if (failed > t->n)
        failed = t->n;
    for (size_t j = failed, tried = 0; j > 0 && tried < TEXTS_TRIED; j--) {
        const struct pmt_op *op = &t->ops[j - 1];
        if (op->take != TAKE_TEXT && op->take != TAKE_REQUEST)
            continue;
        tried++;
        const char *start = starts[j - 1], *q = start;
        for (int n = 0; n < PLACES_TRIED && (q = pmt_op_find(op + 1, start, q, end)); n++, q++)
            if (try_place(t, line, j - 1, start, q, end, f))
                return true;
    }
    return false;
}

static const char *reason(const struct pmt_template *t, size_t failed)
{
    if (failed > t->n)
        return "the line goes on behind the last field";
    const struct pmt_op *op = &t->ops[failed];
    return pmt_meaning_missing(op->parts ? MEANS_STAMP : (enum pmt_meaning)op->meaning);
}

enum pmt_verdict pmt_template_run_whole(const struct pmt_template *t, struct pmt_slice line,
                                        struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_found f;
    if (!line.n)
        line.p = "";
    else if (line.p[line.n - 1] == '\r')
        line.n--;
    const char *p = line.p, *end = p + line.n;
    begin(t, &f);
    size_t i = pmt_template_steps(t, 0, &p, end, &f, NULL);
    bool good = fits(t, i, line.p, p, end);
    enum pmt_meaning bad = good ? pmt_found_impossible(t, &f) : MEANS_NOTHING;
    if ((!good || bad) && !search(t, line.p, end, &f)) {
        if (t->pathless)
            return pmt_template_run_whole(t->pathless, line, rec, why);
        if (bad)
            *why = (struct pmt_reject){pmt_meaning_missing(bad),
                                       (size_t)(f.text[bad].p - line.p)};
        else
            *why = (struct pmt_reject){reason(t, i), (size_t)(p - line.p)};
        return PMT_FOREIGN;
    }
    if (t->pieces && !pmt_found_date(t, &f)) {
        *why = (struct pmt_reject){pmt_meaning_missing(MEANS_STAMP), 0};
        return PMT_FOREIGN;
    }
    if (t->json)
        pmt_found_unescape(t, &f, rec);
    pmt_found_store(t, &f, rec);
    return PMT_RECORD;
}
