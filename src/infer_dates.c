#include "infer_parts.h"

/* Dates as programs write them that are neither nginx's nor HAProxy's nor ISO's, by the letters of
 * strftime. Which of day and month stands first is told by a value above 12 or by the order of the
 * lines, and else by nothing. */

/* The blank stands for whatever separates date and time. */
static const char *const bases[] = {
    "%Y/%m/%d %H:%M:%S",    "%Y.%m.%d %H:%M:%S",    "%d.%m.%Y %H:%M:%S",    "%m.%d.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",    "%m/%d/%Y %H:%M:%S",    "%d-%m-%Y %H:%M:%S",    "%m-%d-%Y %H:%M:%S",
    "%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %I:%M:%S %p", "%d/%b/%Y %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",    "%d %b %Y %H:%M:%S",    "%d/%b/%Y:%H:%M:%S",    "%Y%m%d %H:%M:%S",
    "%Y%m%d%H%M%S",         "%Y%m%dT%H%M%S",        "%Y%m%d-%H%M%S",        "%Y-%m-%d %H:%M:%S",
    "%a %b %e %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S", "%b %d, %Y %H:%M:%S",  "%b %e %H:%M:%S",
    "%Q",                   "%q",
};
static const char *const fractions[] = {"", ".%L", ",%L", ".%f"};
static const char *const offsets[] = {"", " %z", "%z", " %Z"};

enum {
    BASES = sizeof bases / sizeof *bases,
    FRACTIONS = sizeof fractions / sizeof *fractions,
    OFFSETS = sizeof offsets / sizeof *offsets,
    FORMAT_MAX = 64,
    BACK_S = 600,
    AHEAD_S = 6 * 3600, /* what a quiet night takes */
};

static void put_format(const struct pmt_date *d, char *ret)
{
    size_t n = 0;
    const char *pieces[] = {bases[d->base], fractions[d->fraction], offsets[d->offset]};
    for (size_t i = 0; i < 3; i++)
        for (const char *p = pieces[i]; *p; p++) {
            bool gap = i == 0 && *p == ' ' && p[1] == '%' && (p[2] == 'H' || p[2] == 'I');
            if (gap && d->separator == '\t') {
                ret[n++] = '%';
                ret[n++] = 't';
            } else {
                ret[n++] = gap ? d->separator : *p;
            }
        }
    ret[n] = '\0';
}

const char *pmt_date_format(const struct pmt_date *d, struct pmt_arena *arena)
{
    char format[FORMAT_MAX];
    put_format(d, format);
    return pmt_arena_printf(arena, "%s", format);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

const char *pmt_date_read(const struct pmt_date *d, const char *p, const char *end,
                          struct pmt_stamp *ret)
{
    char format[FORMAT_MAX];
    bool epoch = bases[d->base][1] == 'Q' || bases[d->base][1] == 'q';
    put_format(d, format);
    const char *q = pmt_template_date(format, p, end, ret);
    if (!q || (q < end && is_digit(*q)))
        return NULL;
    if (offsets[d->offset][0] == ' ' && offsets[d->offset][2] == 'Z' &&
        !pmt_slice_ends(pmt_slice(p, (size_t)(q - p)), " GMT") &&
        !pmt_slice_ends(pmt_slice(p, (size_t)(q - p)), " UTC"))
        return NULL; /* a name that is not the same everywhere, or "PM" */
    if (epoch && q - p != (bases[d->base][1] == 'Q' ? 13 : 16))
        return NULL;
    return q;
}

/* The next way to write a date. */
static bool next_date(struct pmt_date *d)
{
    if (++d->offset < OFFSETS)
        return true;
    d->offset = 0;
    if (++d->fraction < FRACTIONS)
        return true;
    d->fraction = 0;
    return ++d->base < BASES;
}

/* Nothing reads behind a base that does not: on to the next one then. */
static bool base_reads(struct pmt_date *d, const char *p, const char *end)
{
    char format[FORMAT_MAX];
    struct pmt_stamp ignored;
    if (d->fraction || d->offset)
        return true;
    put_format(d, format);
    if (pmt_template_date(format, p, end, &ignored))
        return true;
    d->fraction = FRACTIONS - 1;
    d->offset = OFFSETS - 1;
    return false;
}

static bool may_begin(const char *p, const char *end)
{
    if (end - p < 12)
        return false;
    bool name = p[0] >= 'A' && p[0] <= 'Z' && pmt_is_letter(p[1]) && pmt_is_letter(p[2]) &&
                (p[3] == ' ' || p[3] == ',');
    return name || (is_digit(p[0]) && (is_digit(p[1]) || strchr("./-", p[1])));
}

const char *pmt_date_end(const char *p, const char *end, char separator)
{
    const char *longest = NULL;
    struct pmt_stamp ignored;
    if (!may_begin(p, end))
        return NULL;
    for (int k = 0; k < (separator == ' ' ? 1 : 2); k++) {
        struct pmt_date d = {.separator = k ? separator : ' '};
        do {
            const char *q = base_reads(&d, p, end) ? pmt_date_read(&d, p, end, &ignored) : NULL;
            longest = q && (!longest || q > longest) ? q : longest;
        } while (next_date(&d));
    }
    return longest;
}

/* Do all values read so? How often do they not follow each other? */
static bool reads_all(const struct pmt_date *d, const struct pmt_column *c,
                      const struct pmt_lines *lines, size_t *jumps)
{
    int64_t before = INT64_MIN;
    size_t n = 0;
    *jumps = 0;
    for (size_t i = 0; i < lines->n; i++) {
        struct pmt_slice v = c->v[i];
        struct pmt_stamp s;
        if (!lines->fit[i] || pmt_is_dash(v))
            continue;
        if (pmt_date_read(d, v.p, v.p + v.n, &s) != v.p + v.n)
            return false;
        n++;
        *jumps += before != INT64_MIN && (s.wall < before - BACK_S * PMT_SECOND ||
                                          s.wall > before + AHEAD_S * PMT_SECOND);
        before = s.wall;
    }
    return n > 0;
}

static bool day_first(const struct pmt_date *d)
{
    return bases[d->base][1] == 'd' && bases[d->base][4] == 'm';
}

static bool month_first(const struct pmt_date *d)
{
    return bases[d->base][1] == 'm' && bases[d->base][4] == 'd';
}

void pmt_column_date(struct pmt_column *c, const struct pmt_lines *lines)
{
    static const char separators[] = " \t|;,";
    size_t first = 0;
    while (first < lines->n && (!lines->fit[first] || pmt_is_dash(c->v[first])))
        first++;
    if (first == lines->n || !may_begin(c->v[first].p, c->v[first].p + c->v[first].n))
        return;
    bool found = false;
    size_t least = 0, jumps; /* of the one found */
    for (const char *sep = separators; *sep; sep++) {
        struct pmt_date d = {.separator = *sep};
        struct pmt_stamp s;
        struct pmt_slice v = c->v[first];
        do {
            if (!base_reads(&d, v.p, v.p + v.n) ||
                pmt_date_read(&d, v.p, v.p + v.n, &s) != v.p + v.n ||
                !reads_all(&d, c, lines, &jumps))
                continue;
            /* Where both orders read, the one that runs on is it when the other does not. */
            bool other = found && ((day_first(&c->date) && month_first(&d)) ||
                                   (month_first(&c->date) && day_first(&d)));
            if (found && !other)
                continue;
            c->unsure = found && (least == 0) == (jumps == 0);
            if (found && (c->unsure || jumps > 0))
                continue;
            c->date = d;
            least = jumps;
            found = true;
        } while (next_date(&d));
        if (found)
            break;
    }
    if (found)
        c->shape = SHAPE_DATE;
}
