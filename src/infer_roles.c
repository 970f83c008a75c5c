#include "infer_parts.h"

/* What columns mean: their names first, then what their values look like and where they stand. A
 * role that two columns could have is doubtful where a mistake would be a lie (the time, the
 * status, the request), and nobody's where it would only be a loss. */

static bool is_one_of(const struct pmt_column *c, enum pmt_shape a, enum pmt_shape b)
{
    return c->shape == a || c->shape == b;
}

static bool is_time(const struct pmt_column *c)
{
    return c->shape == SHAPE_CLF || c->shape == SHAPE_ISO || c->shape == SHAPE_EPOCH ||
           c->shape == SHAPE_DATE;
}

static bool is_whole_number(const struct pmt_column *c)
{
    return is_one_of(c, SHAPE_INT, SHAPE_THREE);
}

/* ---- by name --------------------------------------------------------------------------------- */

static bool suits(const struct pmt_column *c, enum pmt_role role)
{
    bool nothing = c->known == 0; /* "-" in all lines */
    switch (role) {
    case ROLE_TIME: return is_time(c);
    case ROLE_STATUS: return c->shape == SHAPE_THREE;
    case ROLE_REQUEST: return c->shape == SHAPE_REQUEST;
    case ROLE_METHOD: return c->shape == SHAPE_METHOD;
    case ROLE_PATH: return is_one_of(c, SHAPE_PATH, SHAPE_URL);
    case ROLE_PROTOCOL: return c->shape == SHAPE_PROTOCOL;
    case ROLE_CLIENT: return is_one_of(c, SHAPE_ADDRESS, SHAPE_ADDRESS_PORT);
    case ROLE_BYTES: return is_whole_number(c) || nothing;
    case ROLE_DURATION: return is_whole_number(c) || c->shape == SHAPE_DECIMAL;
    case ROLE_UPSTREAM_TIME:
        return is_one_of(c, SHAPE_DECIMAL, SHAPE_NUMBERS) || nothing;
    case ROLE_UPSTREAM: return pmt_holds_addresses(c) || is_one_of(c, SHAPE_TEXT, SHAPE_HOST);
    case ROLE_UPSTREAM_STATUS: return is_one_of(c, SHAPE_THREE, SHAPE_NUMBERS) || nothing;
    case ROLE_AGENT:
        return is_one_of(c, SHAPE_TEXT, SHAPE_AGENT);
    case ROLE_FORWARDED: return pmt_holds_addresses(c) || nothing;
    case ROLE_VHOST:
        return is_one_of(c, SHAPE_TEXT, SHAPE_HOST) || c->shape == SHAPE_ADDRESS;
    case ROLE_STATE: return c->shape == SHAPE_STATE;
    case ROLE_FRONTEND: case ROLE_BACKEND: case ROLE_SERVER:
        return is_one_of(c, SHAPE_TEXT, SHAPE_HOST);
    default: return true;
    }
}

enum { HOSTS = 10 };

/* Names that are used for two things are settled by the values. */
static enum pmt_role settle_name(const struct pmt_column *c, enum pmt_role role)
{
    if (role == ROLE_AGENT && pmt_holds_addresses(c))
        return ROLE_UPSTREAM; /* ua="10.0.0.1:80" */
    if (role == ROLE_REQUEST && is_one_of(c, SHAPE_PATH, SHAPE_URL))
        return ROLE_PATH;
    if (role == ROLE_PATH && c->shape == SHAPE_REQUEST)
        return ROLE_REQUEST;
    if ((role == ROLE_BACKEND || role == ROLE_SERVER) && pmt_holds_addresses(c))
        /* One address may be the host itself. */
        return c->distinct > 1 || pmt_holds_ports(c) ? ROLE_UPSTREAM : ROLE_OTHER;
    if (role == ROLE_VHOST && c->shape == SHAPE_ADDRESS && c->distinct >= HOSTS)
        return ROLE_CLIENT; /* LTSV's "host" is the client's */
    if (role == ROLE_TIME && c->shape == SHAPE_DECIMAL)
        return ROLE_DURATION;
    return role;
}

/* "upstream connect time=0.001": of how long a request took only a part. */
static bool is_of_a_part(const struct pmt_skeleton *s, size_t i)
{
    static const char *const parts[] = {"connect", "header", "upstream", "queue", "handshake"};
    const struct pmt_column *before = i ? s->cols[i - 1] : NULL;
    bool word = before && before->shape == SHAPE_TEXT && before->distinct == 1;
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        if (pmt_slice_find(s->lits[i], parts[k]) || (word && pmt_slice_is(before->v[0], parts[k])))
            return true;
    return false;
}

/* The first of a name gets the role; *doubt when another one could as well have it. */
static void by_name(struct pmt_skeleton *s, const char **doubt)
{
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        enum pmt_unit unit;
        enum pmt_role role = settle_name(c, pmt_name_role(c->name, &unit));
        if (role == ROLE_DURATION && is_of_a_part(s, i))
            role = ROLE_OTHER;
        if (role == ROLE_NONE || !suits(c, role) || (role == ROLE_OTHER && c->unit))
            continue;
        if (role != ROLE_OTHER && pmt_with_role(s, role)) {
            if (role == ROLE_STATUS)
                *doubt = "two columns are named as the status";
            c->role = role == ROLE_TIME ? ROLE_NONE : ROLE_OTHER;
            continue;
        }
        c->role = (uint8_t)role;
        if (unit && !c->unit)
            c->unit = (uint8_t)unit;
    }
}

/* ---- the time -------------------------------------------------------------------------------- */

enum { AGREE_S = 2, QUARTER_S = 900, BACK_S = 600 };
#define EPOCH_FROM (INT64_C(946684800) * PMT_SECOND) /* 2000 */
#define EPOCH_TO (INT64_C(4102444800) * PMT_SECOND)  /* 2100 */

/* Numbers are times when they are of our days and follow each other. */
static bool runs_on(const struct pmt_column *c, const struct pmt_lines *lines)
{
    int64_t before = PMT_NO_TIME;
    size_t good = 0, n = 0;
    struct pmt_stamp x;
    if (c->shape != SHAPE_EPOCH && c->shape != SHAPE_DATE)
        return true;
    for (size_t i = 0; i < lines->n; i++) {
        if (!lines->fit[i])
            continue;
        if (!pmt_time_of(c, c->v[i], &x))
            return false;
        if (x.how != PMT_STAMP_YEARLESS && (x.wall < EPOCH_FROM || x.wall > EPOCH_TO))
            return false;
        good += before == PMT_NO_TIME ||
                (x.wall >= before - BACK_S * PMT_SECOND && x.wall <= before + PMT_DAY);
        n++;
        before = x.wall;
    }
    return pmt_nearly_all(good, n);
}

/* Do two columns tell one time? Without an offset they may differ by that of a zone. */
static bool agree(const struct pmt_column *a, const struct pmt_column *b,
                  const struct pmt_lines *lines)
{
    size_t good = 0, n = 0;
    for (size_t i = 0; i < lines->n; i++) {
        struct pmt_stamp x, y;
        if (!lines->fit[i] || !pmt_time_of(a, a->v[i], &x) || !pmt_time_of(b, b->v[i], &y))
            continue;
        int64_t d = pmt_stamp_utc(&x) - pmt_stamp_utc(&y);
        if (x.how != PMT_STAMP_ZONED || y.how != PMT_STAMP_ZONED) {
            int64_t step = QUARTER_S * PMT_SECOND;
            d = x.wall - (x.how == PMT_STAMP_ZONED ? x.offset * PMT_SECOND : 0) -
                (y.wall - (y.how == PMT_STAMP_ZONED ? y.offset * PMT_SECOND : 0));
            d = ((d % step) + step + step / 2) % step - step / 2;
        }
        n++;
        good += d >= -AGREE_S * PMT_SECOND && d <= AGREE_S * PMT_SECOND;
    }
    return pmt_nearly_all(good, n);
}

static bool has_offset(const struct pmt_column *c, const struct pmt_lines *lines)
{
    struct pmt_stamp x;
    for (size_t i = 0; i < lines->n; i++)
        if (lines->fit[i] && pmt_time_of(c, c->v[i], &x))
            return x.how == PMT_STAMP_ZONED;
    return false;
}

/* "12:00:00 EST": three hours of the world are called so. */
static bool has_zone_behind(const struct pmt_skeleton *s, const struct pmt_column *time,
                            const struct pmt_lines *lines)
{
    static const char *const zones[] = {
        "EST",  "EDT",  "CST", "CDT", "MST", "MDT", "PST", "PDT",  "CET",  "CEST", "EET", "EEST",
        "WET",  "WEST", "BST", "IST", "MSK", "JST", "KST", "AEST", "AEDT", "SGT",  "HKT", "NZST",
        "NZDT", "AKST", "HST", "BRT", "ART", "WIB", "EAT", "SAST", "UTC",  "GMT"};
    for (size_t i = 0; i + 1 < s->n; i++) {
        struct pmt_slice v = lines->n ? s->cols[i + 1]->v[lines->n - 1] : pmt_slice("", 0);
        if (s->cols[i] != time || !lines->fit[lines->n - 1])
            continue;
        for (size_t k = 0; k < sizeof zones / sizeof *zones; k++)
            if (pmt_slice_is(v, zones[k]))
                return true;
    }
    return false;
}

static const char *find_time(struct pmt_skeleton *s, const struct pmt_lines *lines,
                             bool enveloped, bool *hopeless)
{
    struct pmt_column *best = pmt_with_role(s, ROLE_TIME);
    if (best && !runs_on(best, lines)) {
        best->role = ROLE_OTHER;
        best = NULL;
    }
    struct pmt_column *named = best;
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        if (c->role != ROLE_NONE || !is_time(c) || !runs_on(c, lines))
            continue;
        if (!best || (!named && !has_offset(best, lines) && has_offset(c, lines)))
            best = c;
    }
    if (!best) {
        *hopeless = !enveloped;
        return NULL;
    }
    best->role = ROLE_TIME;
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        if (c->role == ROLE_NONE && is_time(c) && runs_on(c, lines) && !agree(best, c, lines))
            return "two columns could be the time, and they differ";
    }
    if (has_zone_behind(s, best, lines))
        return "the zone behind the date is a name that is not the same everywhere";
    return best->unsure ? "nothing shows which of day and month stands first" : NULL;
}

/* ---- the request ----------------------------------------------------------------------------- */

static struct pmt_column *only_one(const struct pmt_skeleton *s, enum pmt_shape shape, size_t *n)
{
    struct pmt_column *found = NULL;
    *n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->cols[i]->role == ROLE_NONE && s->cols[i]->shape == shape) {
            found = *n ? found : s->cols[i];
            ++*n;
        }
    return found;
}

/* A method with the path behind it. */
static void find_pair(struct pmt_skeleton *s)
{
    for (size_t i = 0; i + 1 < s->n; i++) {
        struct pmt_column *m = s->cols[i], *p = s->cols[i + 1];
        if (m->role == ROLE_NONE && m->shape == SHAPE_METHOD && p->role == ROLE_NONE &&
            is_one_of(p, SHAPE_PATH, SHAPE_URL)) {
            m->role = ROLE_METHOD;
            p->role = ROLE_PATH;
            return;
        }
    }
}

/* A path may hold anything, but the same separator in every path is none of it. */
static bool holds_separator(const struct pmt_column *c, const struct pmt_lines *lines)
{
    for (const char *d = "\t|;, "; *d; d++) {
        size_t n = 0, of = 0;
        for (size_t i = 0; i < lines->n; i++) {
            if (!lines->fit[i] || !c->v[i].n)
                continue;
            of++;
            n += memchr(c->v[i].p, *d, c->v[i].n) != NULL;
        }
        if (pmt_nearly_all(n, of))
            return true;
    }
    return false;
}

static const char *path_doubt(const struct pmt_skeleton *s, const struct pmt_lines *lines,
                              bool named)
{
    if (holds_separator(pmt_with_role(s, ROLE_PATH), lines))
        return "a separator stands in every path";
    return pmt_with_role(s, ROLE_METHOD) || named ? NULL : "there is a path, but no method";
}

static const char *find_request(struct pmt_skeleton *s, const struct pmt_lines *lines,
                                bool *hopeless)
{
    size_t n;
    struct pmt_column *c = pmt_with_role(s, ROLE_REQUEST);
    if (!c && (c = only_one(s, SHAPE_REQUEST, &n)))
        c->role = ROLE_REQUEST;
    if (c) {
        for (size_t i = 0; i < s->n; i++)
            if (s->cols[i]->role == ROLE_METHOD || s->cols[i]->role == ROLE_PATH)
                s->cols[i]->role = ROLE_OTHER; /* the request line says it */
        return only_one(s, SHAPE_REQUEST, &n) ? "two columns could be the request" : NULL;
    }
    if (!pmt_with_role(s, ROLE_PATH) && !pmt_with_role(s, ROLE_METHOD))
        find_pair(s);
    if (!pmt_with_role(s, ROLE_METHOD) && (c = only_one(s, SHAPE_METHOD, &n)))
        c->role = n == 1 ? ROLE_METHOD : ROLE_NONE;
    if (!pmt_with_role(s, ROLE_PROTOCOL) && (c = only_one(s, SHAPE_PROTOCOL, &n)))
        c->role = ROLE_PROTOCOL;
    bool named = pmt_with_role(s, ROLE_PATH);
    if (!named && (c = only_one(s, SHAPE_PATH, &n))) {
        c->role = ROLE_PATH;
        if (n > 1)
            return "two columns could be the path";
    }
    if (!pmt_with_role(s, ROLE_PATH)) {
        *hopeless = true;
        return NULL;
    }
    return path_doubt(s, lines, named);
}

/* ---- the status ------------------------------------------------------------------------------ */

static bool could_be_status(const struct pmt_column *c, const struct pmt_lines *lines)
{
    size_t common = 0, n = 0;
    if (c->shape != SHAPE_THREE)
        return false;
    for (size_t i = 0; i < lines->n; i++) {
        int64_t v;
        if (!lines->fit[i] || pmt_is_dash(c->v[i]))
            continue;
        if (!pmt_slice_int(c->v[i], &v) || !pmt_status_registered(v))
            return false;
        common += pmt_status_common(v);
        n++;
    }
    return common * 10 >= n * 9;
}

static bool has_dashes(const struct pmt_column *c, const struct pmt_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        if (lines->fit[i] && pmt_slice_is(c->v[i], "-"))
            return true;
    return false;
}

/* An upstream's: it lacks where there was none, or stands beside the upstream's address. */
static bool of_upstream(const struct pmt_skeleton *s, size_t i, const struct pmt_lines *lines)
{
    if (has_dashes(s->cols[i], lines))
        return true;
    for (size_t k = i ? i - 1 : 0; k <= i + 1 && k < s->n; k++)
        if (k != i && is_one_of(s->cols[k], SHAPE_ADDRESS_PORT, SHAPE_ADDRESSES))
            return true;
    return false;
}

static const char *find_status(struct pmt_skeleton *s, const struct pmt_lines *lines,
                               bool *hopeless)
{
    struct pmt_column *c = pmt_with_role(s, ROLE_STATUS), *behind = NULL, *first = NULL;
    size_t n = 0, of_upstreams = 0;
    if (c)
        return could_be_status(c, lines) ? NULL : "what is named as the status holds other numbers";
    for (size_t i = 0; i < s->n; i++) {
        c = s->cols[i];
        if (c->role != ROLE_NONE || !could_be_status(c, lines))
            continue;
        n++;
        first = first ? first : c;
        if (pmt_behind_request(s, i) && !behind)
            behind = c;
        else
            of_upstreams += of_upstream(s, i, lines);
    }
    if (!n) {
        *hopeless = true;
        return NULL;
    }
    c = behind ? behind : first;
    c->role = ROLE_STATUS;
    if (n > 1 && (!behind || of_upstreams + 1 < n))
        return "two columns could be the status";
    for (size_t i = 0; i < s->n; i++)
        if (s->cols[i]->role == ROLE_NONE && could_be_status(s->cols[i], lines) &&
            !pmt_with_role(s, ROLE_UPSTREAM_STATUS))
            s->cols[i]->role = ROLE_UPSTREAM_STATUS;
    if (has_dashes(c, lines))
        return "what could be the status lacks in some lines";
    return behind || c->distinct > 1 ? NULL : "what could be the status is the same in all lines";
}

/* An address, a socket, a name with a port; or a list in which one is. */
static bool is_place(struct pmt_slice v)
{
    enum { ADDRESS = 1 << SHAPE_ADDRESS | 1 << SHAPE_ADDRESS_PORT };
    for (size_t i = 0, n; i < v.n; i += n + 1) {
        for (n = 0; i + n < v.n && v.p[i + n] != ' ' && v.p[i + n] != ',';)
            n++;
        struct pmt_slice one = pmt_slice(v.p + i, n);
        size_t digits = 0;
        while (digits < n && one.p[n - 1 - digits] >= '0' && one.p[n - 1 - digits] <= '9')
            digits++;
        if ((n && pmt_shapes_of(one) & ADDRESS) || pmt_slice_starts(one, "unix:") ||
            pmt_slice_starts(one, "http:") || pmt_slice_starts(one, "https:") ||
            (digits && digits < 6 && n > digits + 1 && one.p[n - 1 - digits] == ':'))
            return true;
    }
    return false;
}

/* "upstream connect" names none, and "up=10.0.0.1:80/502/0.003" is more than that. Among places a
 * group's name may stand, where none of its servers was alive. */
static void drop_upstream(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    struct pmt_column *c = pmt_with_role(s, ROLE_UPSTREAM);
    size_t places = 0, n = 0;
    for (size_t i = 0; c && !pmt_holds_addresses(c) && i < lines->n; i++) {
        struct pmt_slice v = c->v[i];
        if (!lines->fit[i] || pmt_is_dash(v))
            continue;
        bool url = pmt_slice_starts(v, "unix:") || pmt_slice_starts(v, "http");
        if (!url && memchr(v.p, '/', v.n))
            c->role = ROLE_OTHER;
        places += is_place(v);
        n++;
    }
    if (c && places * 2 < n)
        c->role = ROLE_OTHER;
}

const char *pmt_roles(struct pmt_skeleton *s, const struct pmt_lines *lines, bool enveloped,
                      bool *hopeless)
{
    const char *doubts[4] = {NULL};
    *hopeless = false;
    by_name(s, &doubts[0]);
    drop_upstream(s, lines);
    doubts[1] = find_time(s, lines, enveloped, hopeless);
    doubts[2] = *hopeless ? NULL : find_request(s, lines, hopeless);
    doubts[3] = *hopeless ? NULL : find_status(s, lines, hopeless);
    const char *doubt = NULL;
    for (size_t i = 0; i < 4; i++) {
        *hopeless |= doubt && doubts[i]; /* two are more than a guess */
        doubt = doubt ? doubt : doubts[i];
    }
    if (*hopeless)
        return NULL;
    pmt_roles_haproxy(s, lines);
    const char *client = pmt_roles_places(s, lines);
    pmt_roles_durations(s, lines);
    return doubt ? doubt : client;
}
