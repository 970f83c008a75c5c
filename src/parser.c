#include "pmt/parser.h"

enum { DETECT_LINES = 200, DETECT_PARSERS = 32 };

enum pmt_verdict pmt_parse_line(const struct pmt_parser *preferred, struct pmt_slice line,
                                struct pmt_record *rec, const struct pmt_parser **used,
                                struct pmt_reject *why)
{
    struct pmt_reject best = {"no known format", 0}, one;
    enum pmt_verdict v;
    if (preferred) {
        pmt_record_clear(rec);
        one = best;
        v = preferred->parse(line, rec, &one);
        if (v != PMT_FOREIGN) {
            *used = preferred;
            return v;
        }
        best = one;
    }
    for (const struct pmt_parser *const *p = pmt_parsers; *p; p++) {
        if (*p == preferred)
            continue;
        pmt_record_clear(rec);
        one = (struct pmt_reject){"no known format", 0};
        v = (*p)->parse(line, rec, &one);
        if (v != PMT_FOREIGN) {
            *used = *p;
            return v;
        }
        if (!preferred && one.column > best.column)
            best = one;
    }
    *why = best;
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
