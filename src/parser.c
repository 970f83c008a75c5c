#include "pmt/parser.h"

enum { DETECT_LINES = 200, DETECT_PARSERS = 32 };

/* What one parser makes of the line; true when it reads it. */
static bool reads(const struct pmt_parser *p, const struct pmt_own *own, struct pmt_slice line,
                  struct pmt_record *rec, enum pmt_verdict *v, struct pmt_reject *why)
{
    pmt_record_clear(rec);
    rec->own_formats = own;
    *why = (struct pmt_reject){"no known format", 0};
    *v = pmt_parser_line(p, line, rec, why);
    if (*v == PMT_FOREIGN)
        return false;
    if (!rec->reader)
        rec->reader = p;
    return true;
}

/* The same of a source's own formats from..to. */
static const struct pmt_parser *own_reads(const struct pmt_own *own, size_t from, size_t to,
                                          struct pmt_slice line, struct pmt_record *rec,
                                          enum pmt_verdict *v, struct pmt_reject *best)
{
    for (size_t i = from; i < to; i++) {
        struct pmt_reject one;
        if (reads(own->items[i], own, line, rec, v, &one))
            return own->items[i];
        if (one.column >= best->column)
            *best = one;
    }
    return NULL;
}

/* Text to a built-in parser, and a request of the source's own format that is written otherwise. */
static bool is_claimed(const struct pmt_own *own, struct pmt_slice line,
                       const struct pmt_record *rec, enum pmt_verdict *v, struct pmt_reject *why)
{
    if (*v != PMT_RECORD || !own || !own->main || !own->main->claims ||
        (rec->kind != PMT_SYSLOG && rec->kind != PMT_OTHER) ||
        !own->main->claims(own->main->self, line, rec))
        return false;
    *why = (struct pmt_reject){"a request that is written otherwise than the others", 0};
    *v = PMT_FOREIGN;
    return true;
}

enum pmt_verdict pmt_parse_line(const struct pmt_parser *preferred, const struct pmt_own *own,
                                struct pmt_slice line, struct pmt_record *rec,
                                const struct pmt_parser **used, struct pmt_reject *why)
{
    struct pmt_reject best = {"no known format", 0}, one;
    enum pmt_verdict v;
    if (own && own->n && (*used = own_reads(own, 0, own->before, line, rec, &v, &best)))
        return v;
    bool settled = preferred && preferred->self;
    if (preferred && !preferred->self) {
        if (reads(preferred, own, line, rec, &v, &one)) {
            *used = is_claimed(own, line, rec, &v, why) ? NULL : preferred;
            return v;
        }
        if (!settled)
            best = one;
        settled = true;
    }
    for (const struct pmt_parser *const *p = pmt_parsers; *p; p++) {
        if (*p == preferred)
            continue;
        if (reads(*p, own, line, rec, &v, &one)) {
            *used = is_claimed(own, line, rec, &v, why) ? NULL : *p;
            return v;
        }
        if (!settled && one.column > best.column)
            best = one;
    }
    struct pmt_reject ignored = best;
    if (own && own->n &&
        (*used = own_reads(own, own->before, own->n, line, rec, &v, &ignored)))
        return v;
    *why = best;
    *used = NULL;
    return PMT_FOREIGN;
}

/* The index of the first parser that understands the line, or -1. */
static int first_reader(struct pmt_slice line)
{
    struct pmt_record rec;
    struct pmt_reject why = {"", 0};
    for (int i = 0; pmt_parsers[i]; i++) {
        pmt_record_clear(&rec);
        if (pmt_parsers[i]->parse(line, &rec, &why) != PMT_FOREIGN)
            return i;
    }
    return -1;
}

const struct pmt_parser *pmt_parser_detect(struct pmt_slice head, size_t *understood, size_t *lines)
{
    size_t votes[DETECT_PARSERS] = {0}, total = 0, best = 0;
    bool in_tail = false; /* the line before was understood, or belongs to one that was */
    struct pmt_cursor c = pmt_cursor(head);
    while (total < DETECT_LINES && !pmt_cur_end(&c)) {
        struct pmt_slice line;
        if (!pmt_cur_until(&c, '\n', &line)) {
            line = pmt_cur_rest(&c);
            c.p = c.end;
        }
        bool indented = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
        line = pmt_slice_trim(line);
        if (!line.n)
            continue;
        int i = first_reader(line);
        if (i < 0 && in_tail && indented)
            continue;
        total++;
        in_tail = i >= 0;
        if (i >= 0 && i < DETECT_PARSERS)
            votes[i]++;
    }
    for (size_t i = 1; i < DETECT_PARSERS; i++)
        if (votes[i] > votes[best])
            best = i;
    *understood = votes[best];
    *lines = total;
    return votes[best] ? pmt_parsers[best] : NULL;
}
