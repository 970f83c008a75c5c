#include "infer_parts.h"

#include <stdlib.h>

/* A whole number without a name, where nothing else says how long requests took. Apache's "%D" is
 * that in microseconds, "%{ms}T" in milliseconds, "%T" in seconds (mod_log_config); nginx has no
 * such variable. As it could be a size, a port, a process or a serial number too, it is taken for
 * microseconds only where its values can be nothing else, and else only told of. */

enum {
    LEAST = 50,              /* requests that say anything */
    HEAD_MAX = 16384,        /* bytes: more than the head of a request or an answer has */
    PACKED_MAX = 20,         /* times: more than bodies shrink by */
    FAST = 1000, USUAL = 5000, SLOW = 1000000, NEVER = 300000000, /* microseconds */
};

struct numbers {
    const struct pmt_skeleton *s;
    const struct pmt_lines *lines;
    int64_t v[PMT_INFER_LINES];       /* in the order of lines */
    size_t line[PMT_INFER_LINES];
    uint64_t sorted[PMT_INFER_LINES]; /* those that were served */
    size_t n, served;
};

static struct pmt_slice value_of(const struct numbers *x, enum pmt_role role, size_t i)
{
    const struct pmt_column *c = pmt_with_role(x->s, role);
    return c ? c->v[x->line[i]] : pmt_slice("", 0);
}

static void collect(struct numbers *x, const struct pmt_skeleton *s, const struct pmt_column *c,
                    const struct pmt_lines *lines)
{
    int64_t v, status;
    *x = (struct numbers){.s = s, .lines = lines};
    for (size_t i = 0; i < lines->n; i++) {
        if (!lines->fit[i] || !pmt_slice_int(c->v[i], &v))
            continue;
        x->line[x->n] = i;
        x->v[x->n++] = v;
        if (pmt_slice_int(value_of(x, ROLE_STATUS, x->n - 1), &status) && status < 400)
            x->sorted[x->served++] = (uint64_t)v;
    }
    pmt_sort_u64(x->sorted, x->served);
}

static bool is_get(const struct numbers *x, size_t i)
{
    return pmt_slice_starts(value_of(x, ROLE_REQUEST, i), "GET ") ||
           pmt_slice_is(value_of(x, ROLE_METHOD, i), "GET");
}

static int64_t bytes_of(const struct numbers *x, size_t i)
{
    int64_t bytes;
    return pmt_slice_int(value_of(x, ROLE_BYTES, i), &bytes) ? bytes : 0;
}

/* A size that goes with what was sent: the answer with its head, or before it was packed. */
static bool is_size(const struct numbers *x)
{
    size_t good = 0;
    for (size_t i = 0; i < x->n; i++) {
        int64_t bytes = bytes_of(x, i);
        good += x->v[i] >= bytes && x->v[i] <= bytes + HEAD_MAX;
    }
    return pmt_nearly_all(good, x->n) && x->sorted[x->served ? x->served - 1 : 0] > HEAD_MAX;
}

/* More than nothing was sent, and this is less; or nothing was, and this is much. */
static bool is_no_size(const struct numbers *x)
{
    size_t against = 0;
    for (size_t i = 0; i < x->n; i++) {
        int64_t bytes = bytes_of(x, i);
        against += is_get(x, i) && (x->v[i] < bytes || (!bytes && x->v[i] > HEAD_MAX) ||
                                    x->v[i] > bytes * PACKED_MAX + 8 * HEAD_MAX);
    }
    return against >= 5 && against * 20 >= x->n;
}

/* Serial numbers go up. */
static bool is_serial(const struct numbers *x)
{
    size_t up = 0;
    for (size_t i = 1; i < x->n; i++)
        up += x->v[i] > x->v[i - 1];
    return x->n > 1 && up * 10 >= (x->n - 1) * 8;
}

/* Many take about the same, some much longer; a number out of a hat does not do so. */
static bool leans(const struct numbers *x)
{
    uint64_t sum = 0, median = x->sorted[x->served / 2];
    for (size_t i = 0; i < x->served; i++)
        sum += x->sorted[i];
    return sum / x->served * 20 >= median * 21 && x->sorted[x->served - 1] >= median * 3;
}

static bool is_micros(const struct numbers *x, const struct pmt_column *c)
{
    if (x->n < LEAST || x->served < LEAST || c->zeros || c->distinct * 2 < x->n ||
        !pmt_with_role(x->s, ROLE_BYTES))
        return false;
    uint64_t tenth = x->sorted[x->served / 10], median = x->sorted[x->served / 2];
    /* In milliseconds hardly any request that was served would have taken less than a second; in
     * nanoseconds a thousandth is left of each. */
    return tenth >= FAST && median >= USUAL && median <= SLOW &&
           x->sorted[x->served - 1] <= NEVER && is_no_size(x) && !is_serial(x) && leans(x);
}

/* "%T/%D" or "%T %D": whole seconds beside it. Milliseconds from a thousand on are a second. */
static bool has_seconds(const struct numbers *x, const struct pmt_column *c,
                        const struct pmt_column *seconds)
{
    size_t told = 0, some = 0;
    for (size_t i = 0; i < x->n; i++) {
        int64_t s;
        if (x->v[i] < 1 || !pmt_slice_int(seconds->v[x->line[i]], &s) ||
            s != x->v[i] / 1000000)
            return false;
        told += s > 0;
        some += x->v[i] > 2 * FAST;
    }
    bool slash = c->group == '/' && c->of == 2 && seconds->group == '/';
    return told >= 3 || (slash && some >= 5);
}

/* Without a name, or with one that says what it is and not of which unit. */
static bool could_be_number(const struct pmt_column *c)
{
    enum pmt_unit unit;
    bool named = c->name.n && (pmt_slice_is(c->name, "D") ||
                               (pmt_name_role(c->name, &unit) == ROLE_DURATION && !unit));
    return (c->role == ROLE_NONE || c->role == ROLE_OTHER) && (!c->name.n || named) && !c->unit &&
           c->known && (c->shape == SHAPE_INT || c->shape == SHAPE_THREE);
}

/* "%I %O" of combinedio: what was received stands before what was sent. */
static bool is_received(const struct numbers *x, const struct pmt_column *c)
{
    enum { HEAD_LEAST = 16 };
    size_t i = 0;
    while (i + 1 < x->s->n && x->s->cols[i] != c)
        i++;
    struct numbers *next = pmt_alloc(sizeof *next);
    if (i + 1 < x->s->n && could_be_number(x->s->cols[i + 1]))
        collect(next, x->s, x->s->cols[i + 1], x->lines);
    bool sent = next->n && is_size(next);
    free(next);
    return sent && c->least >= HEAD_LEAST * 1000 && x->sorted[x->served / 2] < HEAD_MAX;
}

/* Perhaps a duration: not a size, a serial number, or one of a few processes or ports. Only zeros
 * are "%T" of a quiet time. */
static bool is_perhaps(const struct numbers *x, const struct pmt_column *c)
{
    bool few = c->distinct * 10 < x->n && c->most > 600000;
    return x->n && x->served && !few && !is_size(x) && !is_received(x, c) && !is_serial(x) &&
           (c->distinct > 1 || !c->most);
}

void pmt_roles_numbers(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    struct numbers *x = pmt_alloc(sizeof *x);
    struct pmt_column *sure = NULL;
    bool behind = false, twice = false;
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i], *before = i ? s->cols[i - 1] : NULL;
        bool number = behind && could_be_number(c);
        behind |= c->role == ROLE_STATUS;
        if (!number)
            continue;
        collect(x, s, c, lines);
        if ((before && could_be_number(before) && has_seconds(x, c, before)) || is_micros(x, c)) {
            twice |= sure != NULL;
            sure = c;
        } else if (is_perhaps(x, c) && !(s->number && before == s->number && !c->most)) {
            s->number = c;
        }
    }
    if (sure && !twice) {
        s->number = sure;
        s->micros = true;
        sure->role = ROLE_DURATION;
        sure->unit = UNIT_US;
    } else if (sure) {
        s->number = sure;
    }
    free(x);
}
