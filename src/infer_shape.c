#include "infer_parts.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_alpha(char c)
{
    return is_upper(c) || (c >= 'a' && c <= 'z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t digits(struct pmt_slice s, size_t i)
{
    size_t from = i;
    while (i < s.n && is_digit(s.p[i]))
        i++;
    return i - from;
}

/* ---- one value ------------------------------------------------------------------------------- */

static bool is_v4(struct pmt_slice s)
{
    size_t i = 0;
    for (int part = 0; part < 4; part++) {
        size_t n = digits(s, i);
        int64_t v = 0;
        if (n < 1 || n > 3 || !pmt_slice_int(pmt_slice(s.p + i, n), &v) || v > 255)
            return false;
        i += n;
        if (part < 3 && (i >= s.n || s.p[i++] != '.'))
            return false;
    }
    return i == s.n;
}

/* RFC 4291 2.2: up to eight groups of up to four hex digits, "::" once, perhaps an IPv4 address as
 * the end. */
static bool is_v6(struct pmt_slice s)
{
    size_t groups = 0, i = 0, colons = 0;
    bool gap = false;
    if (s.n < 2 || s.n > 45)
        return false;
    while (i < s.n) {
        if (s.p[i] == ':') {
            colons++;
            if (i + 1 < s.n && s.p[i + 1] == ':') {
                if (gap)
                    return false;
                gap = true;
                i++;
                colons++;
            } else if (i == 0 || i + 1 == s.n) {
                return false;
            }
            i++;
            continue;
        }
        size_t from = i;
        while (i < s.n && is_hex(s.p[i]))
            i++;
        if (i < s.n && s.p[i] == '.')
            return colons >= 2 && is_v4(pmt_slice(s.p + from, s.n - from)) && groups <= 6;
        if (i == from || i - from > 4)
            return false;
        groups++;
    }
    return colons >= 2 && (gap ? groups <= 7 : groups == 8);
}

bool pmt_is_address(struct pmt_slice v)
{
    if (v.n > 2 && v.p[0] == '[' && v.p[v.n - 1] == ']')
        return is_v6(pmt_slice(v.p + 1, v.n - 2));
    return is_v4(v) || is_v6(v);
}

static bool is_address_port(struct pmt_slice v)
{
    size_t i = v.n;
    while (i > 0 && is_digit(v.p[i - 1]))
        i--;
    int64_t port;
    return i > 1 && v.p[i - 1] == ':' && pmt_slice_int(pmt_slice(v.p + i, v.n - i), &port) &&
           port <= 65535 && pmt_is_address(pmt_slice(v.p, i - 1));
}

static bool is_int(struct pmt_slice v)
{
    return v.n >= 1 && v.n <= 18 && digits(v, 0) == v.n;
}

static bool is_decimal(struct pmt_slice v)
{
    size_t whole = digits(v, 0);
    return whole >= 1 && whole <= 9 && whole + 1 < v.n && v.p[whole] == '.' && v.n - whole <= 10 &&
           whole + 1 + digits(v, whole + 1) == v.n;
}

bool pmt_infer_epoch(struct pmt_slice v, int64_t *us)
{
    size_t whole = digits(v, 0);
    int64_t s, scale = PMT_SECOND / 10;
    if (whole != 10 || !pmt_slice_int(pmt_slice(v.p, whole), &s))
        return false;
    if (whole < v.n && (v.p[whole] != '.' || v.n - whole < 2 || v.n - whole > 10 ||
                        whole + 1 + digits(v, whole + 1) != v.n))
        return false;
    *us = s * PMT_SECOND;
    for (size_t i = whole + 1; i < v.n && scale; i++, scale /= 10)
        *us += (v.p[i] - '0') * scale;
    return true;
}

static bool is_whole_stamp(struct pmt_slice v,
                           bool (*read)(struct pmt_cursor *, struct pmt_stamp *))
{
    struct pmt_cursor c = pmt_cursor(v);
    struct pmt_stamp ignored;
    return read(&c, &ignored) && pmt_cur_end(&c);
}

static bool is_method(struct pmt_slice v)
{
    static const char *const known[] = {
        "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND",
        "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "PURGE", "PRI"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (pmt_slice_is(v, known[i]))
            return true;
    return false;
}

/* "HTTP/1.1"; nginx and HAProxy write "HTTP/2.0" too. */
static bool is_protocol(struct pmt_slice v)
{
    return v.n >= 6 && v.n <= 8 && pmt_slice_starts(v, "HTTP/") && is_digit(v.p[5]) &&
           (v.n == 6 || (v.n == 8 && v.p[6] == '.' && is_digit(v.p[7])));
}

static bool is_path(struct pmt_slice v)
{
    if (pmt_slice_is(v, "*"))
        return true;
    if (!v.n || *v.p != '/' || memchr(v.p, ' ', v.n))
        return false;
    return true;
}

static bool is_request(struct pmt_slice v)
{
    const char *sp = v.n ? memchr(v.p, ' ', v.n) : NULL, *last = sp;
    for (const char *q = sp; q; q = memchr(q + 1, ' ', (size_t)(v.p + v.n - q - 1)))
        last = q;
    return sp && last != sp && is_method(pmt_slice(v.p, (size_t)(sp - v.p))) &&
           is_protocol(pmt_slice(last + 1, (size_t)(v.p + v.n - last - 1)));
}

/* HAProxy manual 8.5: the first two letters of every session's state, in HTTP mode two more for the
 * persistence cookie. */
static bool is_state(struct pmt_slice v)
{
    return (v.n == 2 || v.n == 4) && strchr("-CSPLRIUDKcs", v.p[0]) &&
           strchr("-RQCHDLT", v.p[1]) &&
           (v.n == 2 || (strchr("-NIDVEOU", v.p[2]) && strchr("-NIUPRD", v.p[3])));
}

static bool is_host(struct pmt_slice v)
{
    bool dot = false, letter = false;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_')
            return false;
        dot |= c == '.' && i > 0 && i + 1 < v.n;
        letter |= is_alpha(c);
    }
    size_t last = v.n; /* the top level is of letters */
    while (last > 0 && is_alpha(v.p[last - 1]))
        last--;
    return dot && letter && last < v.n - 1 && last > 0 && v.p[last - 1] == '.' && v.n <= 253;
}

static bool is_agent(struct pmt_slice v)
{
    static const char *const known[] = {"Mozilla/", "Opera/", "curl/", "Wget/", "python-requests/",
                                        "Go-http-client/", "okhttp/", "Java/", "kube-probe/",
                                        "Prometheus/", "ELB-HealthChecker/", "libwww-perl/",
                                        "axios/", "PostmanRuntime/", "Dalvik/"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (pmt_slice_starts(v, known[i]))
            return true;
    return false;
}

int pmt_list_kind(struct pmt_slice v)
{
    if (pmt_slice_is(v, "-"))
        return 1;
    if (is_int(v) || is_decimal(v))
        return 2;
    if (pmt_is_address(v) || is_address_port(v) || pmt_slice_starts(v, "unix:"))
        return 3;
    return 0;
}

/* The kinds of all elements of "a, b : c" as bits 1 << kind, 0 when it is no list; *n of them. */
static unsigned list_kinds(struct pmt_slice v, size_t *n)
{
    unsigned kinds = 0;
    *n = 0;
    while (v.n) {
        size_t i = 0;
        while (i < v.n && v.p[i] != ' ' && v.p[i] != ',')
            i++;
        int kind = pmt_list_kind(pmt_slice(v.p, i));
        if (!kind)
            return 0;
        kinds |= 1u << kind;
        ++*n;
        v = pmt_slice(v.p + i, v.n - i);
        if (!v.n)
            break;
        size_t skip = pmt_slice_starts(v, ", ") ? 2 : pmt_slice_starts(v, " : ") ? 3 : *v.p == ',';
        if (!skip || skip == v.n)
            return 0;
        v = pmt_slice(v.p + skip, v.n - skip);
    }
    return kinds;
}

uint32_t pmt_shapes_of(struct pmt_slice v)
{
    int64_t ignored;
    size_t n;
    uint32_t m = UINT32_C(1) << SHAPE_TEXT;
    if (!v.n)
        return m;
    unsigned kinds = list_kinds(v, &n);
    m |= (uint32_t)is_whole_stamp(v, pmt_read_clf_stamp) << SHAPE_CLF;
    m |= (uint32_t)is_whole_stamp(v, pmt_read_iso_stamp) << SHAPE_ISO;
    m |= (uint32_t)pmt_infer_epoch(v, &ignored) << SHAPE_EPOCH;
    m |= (uint32_t)is_request(v) << SHAPE_REQUEST;
    m |= (uint32_t)is_method(v) << SHAPE_METHOD;
    m |= (uint32_t)is_protocol(v) << SHAPE_PROTOCOL;
    m |= (uint32_t)is_state(v) << SHAPE_STATE;
    m |= (uint32_t)(v.n == 3 && is_int(v) && *v.p >= '1' && *v.p <= '5') << SHAPE_THREE;
    m |= (uint32_t)is_decimal(v) << SHAPE_DECIMAL;
    m |= (uint32_t)is_int(v) << SHAPE_INT;
    m |= (uint32_t)(kinds && !(kinds & 1u << 3)) << SHAPE_NUMBERS;
    m |= (uint32_t)(pmt_is_address(v) || pmt_slice_is(v, "unix:")) << SHAPE_ADDRESS;
    m |= (uint32_t)is_address_port(v) << SHAPE_ADDRESS_PORT;
    m |= (uint32_t)(kinds & 1u << 3 && !(kinds & 1u << 2)) << SHAPE_ADDRESSES;
    m |= (uint32_t)is_path(v) << SHAPE_PATH;
    m |= (uint32_t)(pmt_slice_starts(v, "http://") || pmt_slice_starts(v, "https://"))
         << SHAPE_URL;
    m |= (uint32_t)is_agent(v) << SHAPE_AGENT;
    m |= (uint32_t)is_host(v) << SHAPE_HOST;
    return m;
}

/* ---- a column -------------------------------------------------------------------------------- */

/* So many in a hundred values have the shape when the column has it. Requests and agents may be
 * anything a client sends. */
static const struct {
    uint8_t shape, percent;
} order[] = {
    {SHAPE_CLF, 100},     {SHAPE_ISO, 100},          {SHAPE_EPOCH, 100},    {SHAPE_REQUEST, 80},
    {SHAPE_METHOD, 100},  {SHAPE_PROTOCOL, 100},     {SHAPE_THREE, 100},    {SHAPE_DECIMAL, 100},
    {SHAPE_INT, 100},     {SHAPE_NUMBERS, 100},      {SHAPE_ADDRESS, 100},
    {SHAPE_ADDRESS_PORT, 100}, {SHAPE_ADDRESSES, 95}, {SHAPE_STATE, 100},   {SHAPE_PATH, 100},
    {SHAPE_URL, 90},      {SHAPE_AGENT, 50},         {SHAPE_HOST, 95},
};

static void count_number(struct pmt_column *c, struct pmt_slice v)
{
    int64_t x;
    bool number = is_decimal(v) ? pmt_slice_seconds(v, &x) : is_int(v) && pmt_slice_int(v, &x);
    if (!number)
        return;
    x = is_decimal(v) ? x / 1000 : x > INT64_MAX / 1000 ? INT64_MAX : x * 1000;
    c->zeros += x == 0;
    c->least = x < c->least ? x : c->least;
    c->most = x > c->most ? x : c->most;
}

void pmt_column_look(struct pmt_column *c, const struct pmt_lines *lines)
{
    size_t counts[SHAPES] = {0};
    uint64_t seen[PMT_INFER_LINES];
    c->known = c->distinct = c->zeros = 0;
    c->least = INT64_MAX;
    c->most = INT64_MIN;
    for (size_t i = 0; i < lines->n; i++) {
        if (!lines->fit[i])
            continue;
        if (pmt_is_dash(c->v[i]))
            continue;
        uint32_t m = pmt_shapes_of(c->v[i]);
        for (int k = 0; k < SHAPES; k++)
            counts[k] += m >> k & 1;
        count_number(c, c->v[i]);
        seen[c->known++] = pmt_hash(c->v[i].p, c->v[i].n, 0);
    }
    pmt_sort_u64(seen, c->known);
    for (size_t i = 0; i < c->known; i++)
        c->distinct += i == 0 || seen[i] != seen[i - 1];
    c->shape = SHAPE_TEXT;
    for (size_t i = 0; c->known && i < sizeof order / sizeof *order; i++)
        if (counts[order[i].shape] * 100 >= c->known * order[i].percent) {
            c->shape = order[i].shape;
            break;
        }
    if (c->shape == SHAPE_TEXT || c->shape == SHAPE_INT)
        pmt_column_date(c, lines);
    /* A port may look like the last group of an IPv6 address. */
    if (c->shape == SHAPE_TEXT && counts[SHAPE_ADDRESS] + counts[SHAPE_ADDRESS_PORT] >= c->known &&
        c->known && counts[SHAPE_ADDRESS_PORT])
        c->shape = SHAPE_ADDRESS_PORT;
}

static bool is_number(struct pmt_slice v)
{
    size_t sign = v.n > 1 && (*v.p == '+' || *v.p == '-');
    v = pmt_slice(v.p + sign, v.n - sign);
    return is_int(v) || is_decimal(v);
}

bool pmt_column_takes(const struct pmt_column *c, struct pmt_slice v)
{
    struct pmt_stamp ignored;
    size_t n;
    switch ((enum pmt_role)c->role) {
    case ROLE_TIME:
        return pmt_time_of(c, v, &ignored);
    case ROLE_STATUS:
        return v.n == 3 && is_int(v) && *v.p >= '1' && *v.p <= '5';
    case ROLE_METHOD: /* any word of capitals, as servers take them */
        for (n = 0; n < v.n && (is_upper(v.p[n]) || v.p[n] == '_' || v.p[n] == '-'); n++)
            ;
        return n == v.n && n <= 32;
    case ROLE_PATH:
        return pmt_is_dash(v) || is_path(v) || (pmt_shapes_of(v) >> SHAPE_URL & 1);
    case ROLE_PROTOCOL:
        return pmt_is_dash(v) || is_protocol(v);
    case ROLE_BYTES:
    case ROLE_TIMER_REQUEST: case ROLE_TIMER_QUEUE: case ROLE_TIMER_CONNECT:
    case ROLE_TIMER_RESPONSE: case ROLE_TIMER_ALL: case ROLE_COUNT:
    case ROLE_DURATION:
        return pmt_is_dash(v) || is_number(v);
    case ROLE_UPSTREAM_TIME:
    case ROLE_UPSTREAM_STATUS:
        return v.n == 0 || (list_kinds(v, &n) && !(list_kinds(v, &n) & 1u << 3));
    case ROLE_STATE:
        return is_state(v);
    default:
        break;
    }
    if (c->shape == SHAPE_INT || c->shape == SHAPE_DECIMAL || c->shape == SHAPE_THREE)
        return pmt_is_dash(v) || is_number(v) || list_kinds(v, &n);
    return true;
}

bool pmt_time_of(const struct pmt_column *c, struct pmt_slice v, struct pmt_stamp *ret)
{
    struct pmt_cursor at = pmt_cursor(v);
    int64_t us;
    switch ((enum pmt_shape)c->shape) {
    case SHAPE_CLF:
        return v.n && pmt_read_clf_stamp(&at, ret) && pmt_cur_end(&at);
    case SHAPE_ISO:
        return v.n && pmt_read_iso_stamp(&at, ret) && pmt_cur_end(&at);
    case SHAPE_EPOCH:
        if (!v.n || !pmt_infer_epoch(v, &us))
            return false;
        *ret = (struct pmt_stamp){.wall = us, .how = PMT_STAMP_ZONED, .universal = true};
        return true;
    case SHAPE_DATE:
        return v.n && pmt_date_read(&c->date, v.p, v.p + v.n, ret) == v.p + v.n;
    default:
        return false;
    }
}
