#include "infer_parts.h"

/* Durations. Decimals are seconds when they have three digits and are short, as nginx writes them;
 * whole numbers only where a name says that they are durations and a name, a unit or their range
 * says of what. Of several, a request lasts at least as long as what its upstream took. */

enum {
    SHORT = 1000,     /* thousandths: half of the requests take less than a second */
    LONG = 60000000,  /* and fewer than half of them a minute */
};

/* The numbers of a column in thousandths, sorted; how many. */
static size_t numbers(const struct pmt_column *c, const struct pmt_lines *lines, uint64_t *v)
{
    size_t n = 0;
    for (size_t i = 0; i < lines->n; i++) {
        int64_t us;
        if (lines->fit[i] && pmt_slice_seconds(c->v[i], &us) && us >= 0)
            v[n++] = (uint64_t)us / 1000;
    }
    pmt_sort_u64(v, n);
    return n;
}

static bool so_many_decimals(const struct pmt_column *c, const struct pmt_lines *lines, size_t n)
{
    for (size_t i = 0; i < lines->n; i++) {
        struct pmt_slice v = c->v[i];
        if (lines->fit[i] && !pmt_is_dash(v) && (v.n < n + 2 || v.p[v.n - n - 1] != '.'))
            return false;
    }
    return true;
}

/* Or six, as programs write that count in microseconds. */
static bool three_decimals(const struct pmt_column *c, const struct pmt_lines *lines)
{
    return so_many_decimals(c, lines, 3) || so_many_decimals(c, lines, 6);
}

/* The unit of a column that is a duration by its name, UNIT_NONE when it is not certain. */
static enum pmt_unit unit_of(const struct pmt_column *c, const struct pmt_lines *lines)
{
    uint64_t v[PMT_INFER_LINES];
    size_t n = numbers(c, lines, v);
    bool decimals = c->shape == SHAPE_DECIMAL;
    if (c->unit == UNIT_BYTES)
        return UNIT_NONE;
    if (c->unit)
        return (enum pmt_unit)c->unit;
    if (!n)
        return UNIT_NONE;
    if (lines->iis && !decimals) /* its time-taken */
        return UNIT_MS;
    if (decimals)
        return three_decimals(c, lines) || v[n / 2] < SHORT ? UNIT_S : UNIT_NONE;
    /* No request takes 0 us, and none in the middle of many a minute. */
    if (c->zeros * 10 >= n && c->most > 60000)
        return UNIT_MS;
    return v[n / 2] >= LONG ? UNIT_US : UNIT_NONE;
}

/* Without a name, or behind one that is anything's: "in 12ms", "time: 12ms". */
static bool is_told_by_unit(struct pmt_slice name)
{
    static const char *const names[] = {"in", "time", "t", "after", "for", "done"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pmt_slice_is(name, names[i]))
            return true;
    return !name.n;
}

static void check_named(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        if (c->role == ROLE_NONE && c->unit && c->unit != UNIT_BYTES && is_told_by_unit(c->name))
            c->role = ROLE_DURATION; /* "12ms" */
        if (c->role == ROLE_DURATION) {
            bool told = c->unit;
            c->unit = (uint8_t)unit_of(c, lines);
            c->role = c->unit ? ROLE_DURATION : ROLE_OTHER;
            if (c->unit == UNIT_US && !told) {
                s->micros = true;
                s->number = c;
            }
        } else if (c->role == ROLE_UPSTREAM_TIME && c->unit && c->unit != UNIT_S) {
            c->role = ROLE_OTHER;
        }
    }
}

/* Seconds, perhaps of requests that took long. */
static bool are_seconds(const struct pmt_column *c, const struct pmt_lines *lines)
{
    enum { MINUTE = 60000 };
    uint64_t v[PMT_INFER_LINES];
    if (c->role != ROLE_NONE || c->name.n || c->known == 0 ||
        (c->shape != SHAPE_DECIMAL && c->shape != SHAPE_NUMBERS))
        return false;
    if (c->shape == SHAPE_NUMBERS) /* of tries; some are decimals */
        return c->most > INT64_MIN && numbers(c, lines, v) && v[0] % 1000 != 0;
    size_t n = numbers(c, lines, v);
    return n && three_decimals(c, lines) && v[n / 2] < MINUTE;
}

static bool are_short(const struct pmt_column *c, const struct pmt_lines *lines)
{
    uint64_t v[PMT_INFER_LINES];
    size_t n = numbers(c, lines, v);
    return c->shape == SHAPE_NUMBERS || (n && v[n / 2] < SHORT);
}

/* Of the lines where both are numbers, in how many is `times` b's at least a's? */
static size_t reaches(const struct pmt_column *a, const struct pmt_column *b, int64_t times,
                      const struct pmt_lines *lines, size_t *both)
{
    size_t n = 0;
    *both = 0;
    for (size_t i = 0; i < lines->n; i++) {
        int64_t x, y;
        if (!lines->fit[i] || !pmt_slice_seconds_sum(a->v[i], &x) ||
            !pmt_slice_seconds_sum(b->v[i], &y))
            continue;
        ++*both;
        n += y * times >= x;
    }
    return n;
}

/* Is a never less than b, where both are numbers? */
static bool lasts(const struct pmt_column *a, const struct pmt_column *b,
                  const struct pmt_lines *lines)
{
    size_t both, good = reaches(b, a, 1, lines, &both);
    return both == 0 || pmt_nearly_all(good, both);
}

/* Is half of a's time or more b's in most lines? So is a request's of its upstream. */
static bool goes_with(const struct pmt_column *a, const struct pmt_column *b,
                      const struct pmt_lines *lines)
{
    size_t both, good = reaches(a, b, 2, lines, &both);
    return both && good * 3 >= both * 2;
}

/* The one that is never less than the others. What is not short needs one that it goes with. */
static struct pmt_column *longest(const struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        bool all = c->shape == SHAPE_DECIMAL && are_seconds(c, lines);
        bool shown = all && are_short(c, lines);
        for (size_t k = 0; all && k < s->n; k++) {
            if (k == i || !are_seconds(s->cols[k], lines))
                continue;
            all = lasts(c, s->cols[k], lines);
            shown |= all && goes_with(c, s->cols[k], lines);
        }
        if (all && shown)
            return c;
    }
    return NULL;
}

static size_t fitting(const struct pmt_lines *lines)
{
    size_t n = 0;
    for (size_t i = 0; i < lines->n; i++)
        n += lines->fit[i];
    return n;
}

/* A request always has a time, its upstream's may lack. */
void pmt_roles_durations(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    bool request = false, upstream = false;
    check_named(s, lines);
    for (size_t i = 0; i < s->n; i++) {
        request |= s->cols[i]->role == ROLE_DURATION || s->cols[i]->role == ROLE_TIMER_ALL;
        upstream |= s->cols[i]->role == ROLE_UPSTREAM_TIME;
    }
    struct pmt_column *c = request ? NULL : longest(s, lines);
    if (c && c->known == fitting(lines)) {
        c->role = ROLE_DURATION;
        c->unit = UNIT_S;
    }
    for (size_t k = 0; k < 2 && !upstream; k++) { /* the longest of the others, or the only one */
        size_t n = 0;
        c = k ? NULL : longest(s, lines);
        for (size_t i = 0; k && i < s->n; i++)
            if (are_seconds(s->cols[i], lines)) {
                c = s->cols[i];
                n++;
            }
        bool beside = pmt_with_role(s, ROLE_DURATION) || pmt_with_role(s, ROLE_TIMER_ALL);
        if (c && n <= 1 && (beside || are_short(c, lines))) {
            c->role = ROLE_UPSTREAM_TIME;
            upstream = true;
        }
    }
    if (!pmt_with_role(s, ROLE_DURATION) && !pmt_with_role(s, ROLE_TIMER_ALL) &&
        !pmt_with_role(s, ROLE_UPSTREAM_TIME))
        pmt_roles_numbers(s, lines);
}
