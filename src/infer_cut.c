#include "infer_parts.h"

/* Texts into words at a separator. Quotes and brackets that open a word, or stand behind "=" or ":"
 * in it, keep together what they hold; a date and a list of upstreams are one word. */

char pmt_closing(char c)
{
    return c == '[' ? ']' : c == '(' ? ')' : c == '{' ? '}' : c == '"' || c == '\'' ? c : 0;
}

const char *pmt_group_end(const char *p, const char *end)
{
    char close = pmt_closing(*p);
    for (const char *q = p + 1; q < end; q++) {
        if (*q == '\\' && close == '"' && q + 1 < end)
            q++;
        else if (*q == close)
            return q + 1;
    }
    return NULL;
}

static const char *stamp_end(const char *p, const char *end, char d)
{
    struct pmt_stamp ignored;
    struct pmt_cursor c = {p, end};
    bool digits = end - p >= 19 && *p >= '0' && *p <= '9';
    if (!digits || (!pmt_read_clf_stamp(&c, &ignored) && !pmt_read_iso_stamp(&c, &ignored)))
        c.p = pmt_date_end(p, end, d);
    else if (end - c.p >= 4 && (memcmp(c.p, " UTC", 4) == 0 || memcmp(c.p, " GMT", 4) == 0) &&
             pmt_date_end(p, end, d))
        c.p = pmt_date_end(p, end, d);
    if (!c.p)
        return NULL;
    return c.p == end || *c.p == d || strchr("]),;|\"", *c.p) ? c.p : NULL;
}

static const char *find_or_end(const char *p, const char *end, char d)
{
    const char *q = p < end ? memchr(p, d, (size_t)(end - p)) : NULL;
    return q ? q : end;
}

/* Of an element that may have a name before it: "up=10.0.0.1:80". */
static int first_kind(struct pmt_slice v)
{
    int kind = pmt_list_kind(v);
    size_t i = 0;
    while (i < v.n && (pmt_is_letter(v.p[i]) || v.p[i] == '_'))
        i++;
    if (!kind && i + 1 < v.n && (v.p[i] == '=' || v.p[i] == ':'))
        kind = pmt_list_kind(pmt_slice(v.p + i + 1, v.n - i - 1));
    return kind;
}

const char *pmt_list_end(const char *p, const char *q, const char *end)
{
    while (q < end && *q == ' ') {
        const char *to = q, *next = q + 1;
        if (to > p && to[-1] == ',')
            to--;
        else if (end - q > 3 && q[1] == ':' && q[2] == ' ')
            next = q + 3;
        else
            return q;
        const char *from = to;
        while (from > p && from[-1] != ' ' && from[-1] != ',')
            from--;
        const char *stop = find_or_end(next, end, ' ');
        const char *element = stop > next && stop[-1] == ',' ? stop - 1 : stop;
        int a = first_kind(pmt_slice(from, (size_t)(to - from)));
        int b = pmt_list_kind(pmt_slice(next, (size_t)(element - next)));
        if (!a || !b || (a != b && a != 1 && b != 1))
            return q;
        q = stop;
    }
    return q;
}

static const char *word_end(const char *p, const char *end, char d)
{
    const char *q = stamp_end(p, end, d);
    if (!q)
        q = p;
    while (q < end && *q != d) {
        bool opens = pmt_closing(*q) && (q == p || strchr("=:([{<|;, ", q[-1]));
        const char *behind = opens ? pmt_group_end(q, end) : NULL;
        if (!behind) {
            q++;
            continue;
        }
        bool first = q == p;
        q = behind;
        if (first && q < end && (*q == '[' || *q == '"') && pmt_group_end(q, end))
            return q; /* "[a][b]" */
    }
    return d == ' ' ? pmt_list_end(p, q, end) : q;
}

void pmt_cut_text(struct pmt_slice v, char d, struct pmt_cut *c)
{
    const char *p = v.n ? v.p : "", *end = p + v.n;
    c->n = 0;
    c->gaps = 0;
    for (size_t n = 0;; n++) {
        if (n == PMT_CUT_PARTS)
            return;
        const char *q = word_end(p, end, d);
        c->part[n] = pmt_slice(p, (size_t)(q - p));
        if (q == end) {
            c->n = n + 1;
            return;
        }
        p = q + (*q == d);
        c->gaps = c->gaps * 31 + (uint64_t)(p - q) + 1;
    }
}

size_t pmt_cut_all(const struct pmt_lines *lines, const struct pmt_slice *v, char d,
                   struct pmt_cut *cuts, size_t *model)
{
    size_t best = 0;
    for (size_t i = 0; i < lines->n; i++)
        if (lines->fit[i])
            pmt_cut_text(v[i], d, &cuts[i]);
    for (size_t i = 0; i < lines->n && best * 2 < lines->n; i++) {
        size_t alike = 0;
        if (!lines->fit[i] || !cuts[i].n)
            continue;
        for (size_t k = 0; k < lines->n; k++)
            alike += lines->fit[k] && cuts[k].n == cuts[i].n && cuts[k].gaps == cuts[i].gaps;
        if (alike > best) {
            best = alike;
            *model = i;
        }
    }
    return best;
}
