#include "infer_parts.h"

#include <stdlib.h>

/* Files that name their columns: in their first line, as CSV does, or behind "#Fields:" (W3C's
 * extended log file format, which IIS and content networks write):
 *
 *   #Version: 1.0
 *   #Fields: date time cs-method cs-uri-stem sc-status time-taken
 *   2024-01-09 14:30:05 GET /cart 200 15
 *
 * The names stand for the columns in their order; after a new start they stand there again. */

static const char fields[] = "#Fields:";

void pmt_take_lines(struct pmt_slice head, struct pmt_lines *lines, size_t *total)
{
    struct pmt_cursor c = pmt_cursor(head);
    lines->n = *total = 0;
    lines->header = PMT_NO_SLICE;
    lines->w3c = lines->iis = false;
    while (lines->n < PMT_INFER_LINES && !pmt_cur_end(&c)) {
        struct pmt_slice line;
        if (!pmt_cur_until(&c, '\n', &line)) {
            line = pmt_cur_rest(&c);
            c.p = c.end;
        }
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (!pmt_slice_trim(line).n)
            continue;
        lines->iis |= pmt_slice_starts(line, "#Software: Microsoft Internet Information");
        if (!lines->w3c && pmt_slice_starts(line, fields)) {
            size_t n = sizeof fields - 1;
            lines->header = pmt_slice_trim(pmt_slice(line.p + n, line.n - n));
            lines->w3c = true;
        }
        if (*line.p == '#')
            continue;
        ++*total;
        if (line.n > PMT_INFER_LINE_MAX)
            continue;
        lines->fit[lines->n] = true;
        lines->line[lines->n++] = line;
    }
}

static struct pmt_slice unquoted(struct pmt_slice s)
{
    s = pmt_slice_trim(s);
    bool quotes = s.n > 1 && *s.p == '"' && s.p[s.n - 1] == '"';
    return quotes ? pmt_slice(s.p + 1, s.n - 2) : s;
}

void pmt_take_header(struct pmt_lines *lines, char delimiter, size_t *total)
{
    enum { WORDS = 4, KNOWN = 3 };
    struct pmt_cut cut;
    size_t known = 0;
    if (lines->header.n || !lines->n)
        return;
    struct pmt_slice first = lines->line[0];
    for (size_t i = 0; i < first.n; i++)
        if (first.p[i] >= '0' && first.p[i] <= '9')
            return;
    pmt_cut_text(first, delimiter, &cut);
    for (size_t k = 0; k < cut.n; k++) {
        enum pmt_unit unit;
        known += pmt_name_role(unquoted(cut.part[k]), &unit) != ROLE_NONE;
    }
    if (cut.n < WORDS || known < KNOWN || (delimiter == ' ' && known < cut.n))
        return;
    lines->header = first;
    lines->n--;
    memmove(lines->line, lines->line + 1, lines->n * sizeof *lines->line);
    --*total;
}

/* A date and its time are one column of two names where the separator stands between them. */
static size_t names_of(const struct pmt_column *c, char delimiter)
{
    bool date = c->shape == SHAPE_ISO || c->shape == SHAPE_DATE;
    return 1 + (date && !c->quoted && memchr(c->v[0].p, delimiter, c->v[0].n) != NULL);
}

void pmt_name_columns(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    struct pmt_cut *cut = pmt_alloc(sizeof *cut);
    char delimiter = lines->w3c && memchr(lines->header.p, '\t', lines->header.n) ? '\t'
                     : lines->w3c                                                 ? ' '
                                                                                  : s->delimiter;
    size_t more = 0;
    if (lines->header.n)
        pmt_cut_text(lines->header, delimiter, cut);
    for (size_t i = 0; lines->header.n && i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        bool alone = (!i || s->cols[i - 1]->word != c->word) &&
                     (i + 1 == s->n || s->cols[i + 1]->word != c->word);
        size_t k = c->word + more;
        if (alone && !c->name.n && k < cut->n)
            c->name = unquoted(cut->part[k]);
        more += alone && lines->fit[0] ? names_of(c, s->delimiter) - 1 : 0;
    }
    free(cut);
}

bool pmt_is_header(struct pmt_slice header, bool w3c, struct pmt_slice line)
{
    return w3c ? line.n && *line.p == '#' : pmt_slice_eq(header, line);
}
