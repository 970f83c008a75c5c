#include "infer_parts.h"

/* What columns are by their values and by where they stand, when their names do not say it: what
 * two could be is nobody's. */

const char pmt_two_clients[] = "two columns could be the client";

static bool is_one_of(const struct pmt_column *c, enum pmt_shape a, enum pmt_shape b)
{
    return c->shape == a || c->shape == b;
}

static bool is_whole_number(const struct pmt_column *c)
{
    return is_one_of(c, SHAPE_INT, SHAPE_THREE);
}

static bool has_port(const struct pmt_column *c, const struct pmt_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++) {
        size_t n = 0;
        while (lines->fit[i] && n < c->v[i].n && c->v[i].p[n] != ',' && c->v[i].p[n] != ' ')
            n++;
        if (n && pmt_shapes_of(pmt_slice(c->v[i].p, n)) >> SHAPE_ADDRESS_PORT & 1)
            return true;
    }
    return false;
}

/* Three digits right behind the upstream's address, perhaps a list of them. */
static void find_upstream_status(struct pmt_skeleton *s)
{
    for (size_t i = 0; i + 1 < s->n; i++) {
        struct pmt_column *c = s->cols[i + 1];
        if (s->cols[i]->role == ROLE_UPSTREAM && c->role == ROLE_NONE &&
            is_one_of(c, SHAPE_NUMBERS, SHAPE_THREE) && c->least >= 100000 && c->most < 600000 &&
            !pmt_with_role(s, ROLE_UPSTREAM_STATUS))
            c->role = ROLE_UPSTREAM_STATUS;
    }
}

/* A name that is not known says that the column is something of its own. */
static bool is_own(const struct pmt_column *c)
{
    enum pmt_unit unit;
    return c->name.n && pmt_name_role(c->name, &unit) == ROLE_NONE;
}

static bool only_addresses(const struct pmt_skeleton *s, size_t i)
{
    for (size_t k = 0; k < s->n; k++)
        if (k != i && pmt_holds_addresses(s->cols[k]))
            return false;
    return true;
}

/* One address in all lines and another that differs: the server's own, and its clients'. */
static bool is_server_beside(const struct pmt_skeleton *s, size_t i, size_t status)
{
    enum { MANY = 5 };
    if (s->cols[i]->distinct > 2)
        return false;
    for (size_t k = 0; k < s->n; k++)
        if (k != i && s->cols[k]->role == ROLE_NONE && pmt_holds_addresses(s->cols[k]) &&
            s->cols[k]->distinct >= MANY && (k < status || !pmt_holds_ports(s->cols[k])))
            return true;
    return false;
}

static bool has_gaps(const struct pmt_column *c, const struct pmt_lines *lines)
{
    size_t n = 0;
    for (size_t i = 0; i < lines->n; i++)
        n += lines->fit[i];
    return c->known < n;
}

static bool say_the_same(const struct pmt_column *a, const struct pmt_column *b,
                         const struct pmt_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        if (lines->fit[i] && !pmt_slice_eq(a->v[i], b->v[i]))
            return false;
    return true;
}

/* A proxy's addresses are few beside those of its clients. */
static bool has_many_more(const struct pmt_column *a, const struct pmt_column *b)
{
    enum { MANY = 5, TIMES = 4 };
    return a->distinct >= MANY && a->distinct >= b->distinct * TIMES;
}

/* Of two columns of addresses one is a proxy's, or what a proxy told. */
static const char *find_client(struct pmt_skeleton *s, size_t status,
                               const struct pmt_lines *lines)
{
    struct pmt_column *best = NULL;
    const char *doubt = NULL;
    if (pmt_with_role(s, ROLE_CLIENT))
        return NULL;
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        if (c->role != ROLE_NONE || !pmt_holds_addresses(c) || c->shape == SHAPE_ADDRESSES ||
            (is_own(c) && !only_addresses(s, i)) || is_server_beside(s, i, status) ||
            (i > status && (c->quoted || has_port(c, lines))))
            continue;
        if (!best || has_many_more(c, best)) {
            best = c;
            doubt = NULL;
        } else if (has_many_more(best, c) || say_the_same(best, c, lines)) {
            continue;
        } else if (has_gaps(best, lines) == has_gaps(c, lines)) {
            doubt = pmt_two_clients;
        } else if (has_gaps(best, lines)) {
            best = c;
        }
    }
    if (best)
        best->role = ROLE_CLIENT;
    return doubt;
}

static const char *find_addresses(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    size_t status = 0;
    for (size_t i = 0; i < s->n; i++)
        status = s->cols[i]->role == ROLE_STATUS ? i : status;
    const char *doubt = find_client(s, status, lines);
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        if (c->role != ROLE_NONE || !pmt_holds_addresses(c) || (is_own(c) && !only_addresses(s, i)))
            continue;
        /* With a port and behind the status it is the upstream's. */
        bool upstream = i > status && has_port(c, lines);
        if (is_server_beside(s, i, status))
            continue;
        if (!upstream && c->shape != SHAPE_ADDRESSES && !pmt_with_role(s, ROLE_CLIENT))
            c->role = ROLE_CLIENT;
        else if (upstream && !pmt_with_role(s, ROLE_UPSTREAM))
            c->role = ROLE_UPSTREAM;
        else if (c->quoted && !has_port(c, lines) && !pmt_with_role(s, ROLE_FORWARDED) &&
                 (i > status || c->shape == SHAPE_ADDRESSES || has_gaps(c, lines)))
            c->role = ROLE_FORWARDED;
    }
    return doubt;
}

/* Answers without a body have 0 or "-" bytes, the others mostly more. */
static bool follows_body(const struct pmt_skeleton *s, const struct pmt_column *c,
                         const struct pmt_lines *lines)
{
    enum { BARE = 3 };
    const struct pmt_column *status = pmt_with_role(s, ROLE_STATUS);
    size_t bare = 0, some = 0, n = 0;
    for (size_t i = 0; i < lines->n; i++) {
        if (!lines->fit[i])
            continue;
        bool none = pmt_is_dash(c->v[i]) || pmt_slice_is(c->v[i], "0");
        if (pmt_slice_is(status->v[i], "304") || pmt_slice_is(status->v[i], "204")) {
            bare++;
            if (!none)
                return false;
            continue;
        }
        n++;
        some += !none;
    }
    return bare >= BARE && some * 3 >= n * 2 && c->most > 1000000;
}

/* The number behind the status: by what it holds; or where the common log format has it, or
 * something else says how long requests took. */
static bool are_bytes(const struct pmt_skeleton *s, size_t i, const struct pmt_lines *lines)
{
    const struct pmt_column *time = pmt_with_role(s, ROLE_TIME), *c = s->cols[i];
    if (pmt_is_haproxy(s) || follows_body(s, c, lines))
        return true;
    bool timed = false;
    for (size_t k = 0; k < s->n; k++)
        timed |= s->cols[k] != c && (s->cols[k]->role == ROLE_DURATION ||
                                     s->cols[k]->shape == SHAPE_DECIMAL ||
                                     (s->cols[k]->unit && s->cols[k]->unit != UNIT_BYTES));
    const struct pmt_column *next = i + 1 < s->n ? s->cols[i + 1] : NULL;
    /* "$request_length $body_bytes_sent": either could be */
    if (next && is_whole_number(next) && next->role == ROLE_NONE && !next->name.n && !next->unit)
        return false;
    bool common = time && time->shape == SHAPE_CLF && pmt_with_role(s, ROLE_REQUEST) &&
                  pmt_with_role(s, ROLE_REQUEST)->quoted;
    return i >= 2 && pmt_behind_request(s, i - 1) && c->distinct > 1 && (common || timed);
}

static void find_texts(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i], *before = i ? s->cols[i - 1] : NULL;
        if (c->role == ROLE_NONE && c->unit == UNIT_BYTES && is_whole_number(c) && !c->name.n &&
            !pmt_with_role(s, ROLE_BYTES))
            c->role = ROLE_BYTES;
        if (c->role != ROLE_NONE || (is_own(c) && c->shape != SHAPE_AGENT))
            continue;
        if (c->shape == SHAPE_AGENT && !pmt_with_role(s, ROLE_AGENT)) {
            c->role = ROLE_AGENT;
            /* "-" "curl/7" as combined has them */
            if (before && before->role == ROLE_NONE && c->quoted && before->quoted &&
                (!before->known || before->shape == SHAPE_URL) && !pmt_with_role(s, ROLE_REFERRER))
                before->role = ROLE_REFERRER;
        } else if (c->shape == SHAPE_URL && !pmt_with_role(s, ROLE_REFERRER)) {
            c->role = ROLE_REFERRER;
        } else if (c->shape == SHAPE_HOST && !pmt_with_role(s, ROLE_VHOST) && !c->whole &&
                   !(c->group == '/')) {
            c->role = ROLE_VHOST;
        } else if (is_whole_number(c) && !c->unit && before && before->role == ROLE_STATUS &&
                   !pmt_with_role(s, ROLE_BYTES) && are_bytes(s, i, lines)) {
            c->role = ROLE_BYTES; /* as the common log format has it, and HAProxy's */
        }
    }
}

const char *pmt_roles_places(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    const char *doubt = find_addresses(s, lines);
    find_upstream_status(s);
    find_texts(s, lines);
    return doubt;
}
