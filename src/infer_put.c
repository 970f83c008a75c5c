#include "infer_parts.h"

/* The skeleton as a format string, and lines against the skeleton. */

/* nginx has no variable for the two that count in thousandths and millionths; the names stand for
 * what a site computes itself. */
static const char *const nginx_names[ROLES] = {
    [ROLE_STATUS] = "status", [ROLE_REQUEST] = "request", [ROLE_METHOD] = "request_method",
    [ROLE_PATH] = "request_uri", [ROLE_PROTOCOL] = "server_protocol",
    [ROLE_CLIENT] = "remote_addr", [ROLE_BYTES] = "body_bytes_sent",
    [ROLE_UPSTREAM_TIME] = "upstream_response_time", [ROLE_UPSTREAM] = "upstream_addr",
    [ROLE_UPSTREAM_STATUS] = "upstream_status", [ROLE_AGENT] = "http_user_agent",
    [ROLE_REFERRER] = "http_referer", [ROLE_FORWARDED] = "http_x_forwarded_for",
    [ROLE_VHOST] = "host",
};

static const char *const haproxy_names[ROLES] = {
    [ROLE_TIME] = "tr", [ROLE_STATUS] = "ST", [ROLE_REQUEST] = "r", [ROLE_METHOD] = "HM",
    [ROLE_PATH] = "HU", [ROLE_PROTOCOL] = "HV", [ROLE_CLIENT] = "ci", [ROLE_BYTES] = "B",
    [ROLE_FRONTEND] = "ft", [ROLE_BACKEND] = "b", [ROLE_SERVER] = "s", [ROLE_STATE] = "tsc",
    [ROLE_TIMER_REQUEST] = "TR", [ROLE_TIMER_QUEUE] = "Tw", [ROLE_TIMER_CONNECT] = "Tc",
    [ROLE_TIMER_RESPONSE] = "Tr", [ROLE_TIMER_ALL] = "Ta", [ROLE_VHOST] = "[req.hdr(host)]",
};

/* Apache's; what it has no letter for is a note of a module's. */
static const char *const apache_names[ROLES] = {
    [ROLE_STATUS] = ">s", [ROLE_REQUEST] = "r", [ROLE_METHOD] = "m", [ROLE_PATH] = "U",
    [ROLE_PROTOCOL] = "H", [ROLE_CLIENT] = "h", [ROLE_BYTES] = "b",
    [ROLE_AGENT] = "{User-Agent}i", [ROLE_REFERRER] = "{Referer}i",
    [ROLE_FORWARDED] = "{X-Forwarded-For}i", [ROLE_VHOST] = "v",
};

/* A column that means nothing to us: by its own name where that is no variable's. */
static void put_other(const struct pmt_skeleton *s, size_t i, enum pmt_dialect dialect,
                      struct pmt_buf *b)
{
    const struct pmt_column *c = s->cols[i];
    enum pmt_unit ignored;
    bool haproxy = dialect == PMT_DIALECT_HAPROXY, apache = dialect == PMT_DIALECT_APACHE;
    pmt_buf_puts(b, haproxy ? "%[var(txn." : apache ? "%{" : "$");
    if (!c->name.n || c->name.n > 32 || pmt_name_role(c->name, &ignored) != ROLE_NONE) {
        pmt_buf_printf(b, "field_%zu", i + 1);
    } else {
        pmt_buf_puts(b, haproxy || apache ? "" : "x_");
        for (size_t k = 0; k < c->name.n; k++) {
            char ch = c->name.p[k];
            bool good = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                        (ch >= '0' && ch <= '9');
            pmt_buf_put(b, good ? &ch : "_", 1);
        }
    }
    pmt_buf_puts(b, haproxy ? ")]" : apache ? "}n" : "");
}

static bool blank_behind(const struct pmt_skeleton *s, size_t i)
{
    return s->lits[i + 1].n ? *s->lits[i + 1].p == ' ' : i + 1 == s->n;
}

/* How a column whose values may hold blanks is taken up to a blank. */
static const char *of_several_words(const struct pmt_skeleton *s, size_t i)
{
    const struct pmt_column *c = s->cols[i];
    if (!blank_behind(s, i))
        return NULL;
    if (c->shape == SHAPE_NUMBERS)
        return "upstream_header_time";
    return c->shape == SHAPE_ADDRESSES ? "upstream_bytes_sent" : NULL;
}

static bool put_time(const struct pmt_column *c, enum pmt_dialect dialect, struct pmt_buf *b)
{
    if (c->shape == SHAPE_DATE)
        return false;
    if (dialect == PMT_DIALECT_NGINX)
        pmt_buf_puts(b, c->shape == SHAPE_CLF   ? "$time_local"
                        : c->shape == SHAPE_ISO ? "$time_iso8601"
                                                : "$msec");
    else if (c->shape == SHAPE_EPOCH)
        return false; /* %Ts has no decimals, and what stands behind a point is another variable */
    else
        pmt_buf_puts(b, "%tr");
    return true;
}

/* One of a single word, as W3C writes it: the variables that are agents hold blanks. */
static bool is_word_of_agent(const struct pmt_skeleton *s, size_t i)
{
    return s->cols[i]->role == ROLE_AGENT && !s->cols[i]->quoted && i + 1 < s->n &&
           blank_behind(s, i);
}

static void put_nginx(const struct pmt_skeleton *s, size_t i, struct pmt_buf *b)
{
    const struct pmt_column *c = s->cols[i];
    const char *name = is_word_of_agent(s, i) ? NULL : nginx_names[c->role];
    if (c->role == ROLE_DURATION)
        name = c->unit == UNIT_MS   ? "request_time_ms"
               : c->unit == UNIT_US ? "request_time_us"
                                    : "request_time";
    if (!name && (name = of_several_words(s, i)) == NULL) {
        put_other(s, i, PMT_DIALECT_NGINX, b);
        return;
    }
    pmt_buf_printf(b, "$%s", name);
    if (c->role == ROLE_CLIENT && c->shape == SHAPE_ADDRESS_PORT)
        pmt_buf_puts(b, ":$remote_port");
}

static void put_haproxy(const struct pmt_skeleton *s, size_t i, struct pmt_buf *b)
{
    static const char *const counts[] = {"ac", "fc", "bc", "sc", "rc"};
    const struct pmt_column *c = s->cols[i];
    const char *name = haproxy_names[c->role];
    if (c->role == ROLE_COUNT && c->at < sizeof counts / sizeof *counts)
        name = counts[c->at];
    if (c->role == ROLE_DURATION && c->unit == UNIT_MS)
        name = "Ta";
    if (!name) {
        put_other(s, i, PMT_DIALECT_HAPROXY, b);
        return;
    }
    pmt_buf_printf(b, "%%%s", name);
    if (c->role == ROLE_CLIENT && c->shape == SHAPE_ADDRESS_PORT)
        pmt_buf_puts(b, ":%cp");
}

/* "%h %l %u %t": what stands between the client and the date; "%v:%p". */
static const char *apache_place(const struct pmt_skeleton *s, size_t i)
{
    const struct pmt_column *before = i ? s->cols[i - 1] : NULL;
    if (s->cols[i]->role != ROLE_NONE || s->cols[i]->name.n || !before)
        return NULL;
    if (before->role == ROLE_VHOST && pmt_slice_is(s->lits[i], ":"))
        return "p";
    if (before->role == ROLE_CLIENT && i + 2 < s->n && s->cols[i + 2]->role == ROLE_TIME)
        return "l";
    return i >= 2 && s->cols[i - 2]->role == ROLE_CLIENT && i + 1 < s->n &&
                   s->cols[i + 1]->role == ROLE_TIME
               ? "u"
               : NULL;
}

static void put_apache(const struct pmt_skeleton *s, size_t i, struct pmt_buf *b)
{
    const struct pmt_column *c = s->cols[i];
    const char *name = is_word_of_agent(s, i) ? NULL : apache_names[c->role];
    if (!name)
        name = apache_place(s, i);
    if (c->role == ROLE_DURATION)
        name = c->unit == UNIT_MS ? "{ms}T" : c->unit == UNIT_US ? "D" : "T";
    if (name)
        pmt_buf_printf(b, "%%%s", name);
    else
        put_other(s, i, PMT_DIALECT_APACHE, b);
}

/* "%t" is a date of the common log format with its brackets. */
static bool put_time_apache(const struct pmt_skeleton *s, size_t i, struct pmt_arena *arena,
                            struct pmt_buf *b)
{
    if (s->cols[i]->shape == SHAPE_DATE) {
        pmt_buf_printf(b, "%%{%s%s}t", s->micros ? "" : "end:",
                       pmt_date_format(&s->cols[i]->date, arena));
        return true;
    }
    if (s->cols[i]->shape != SHAPE_CLF || !b->n || b->data[b->n - 1] != '[' ||
        !s->lits[i + 1].n || *s->lits[i + 1].p != ']')
        return false;
    b->n--;
    pmt_buf_puts(b, "%t");
    return true;
}

/* What is between columns; false where the dialect has no way to write it. */
static bool put_literal(struct pmt_slice lit, enum pmt_dialect dialect, struct pmt_buf *b)
{
    for (size_t i = 0; i < lit.n; i++) {
        unsigned char c = (unsigned char)lit.p[i];
        if ((c < ' ' && c != '\t') || (c == '$' && dialect == PMT_DIALECT_NGINX))
            return false;
        if (c == '%' && dialect != PMT_DIALECT_NGINX)
            pmt_buf_puts(b, "%");
        if (c == '\\' && dialect == PMT_DIALECT_HAPROXY)
            pmt_buf_puts(b, "\\");
        pmt_buf_put(b, &lit.p[i], 1);
    }
    return true;
}

/* A name is longer by what stands behind it: "${host}_x". */
static bool needs_brace(struct pmt_slice lit)
{
    return lit.n && ((*lit.p >= 'a' && *lit.p <= 'z') || (*lit.p >= 'A' && *lit.p <= 'Z') ||
                     (*lit.p >= '0' && *lit.p <= '9') || *lit.p == '_');
}

static void brace(struct pmt_buf *b, size_t from)
{
    const char *dollar = NULL;
    for (size_t i = from; i < b->n; i++)
        if (b->data[i] == '$')
            dollar = b->data + i;
    if (!dollar)
        return;
    size_t at = (size_t)(dollar - b->data) + 1;
    pmt_buf_puts(b, "{}");
    memmove(b->data + at + 1, b->data + at, b->n - at - 2);
    b->data[at] = '{';
    b->data[b->n - 1] = '}';
}

bool pmt_put_inferred(const struct pmt_skeleton *s, enum pmt_dialect dialect,
                      struct pmt_arena *arena, struct pmt_buf *b)
{
    bool haproxy = dialect == PMT_DIALECT_HAPROXY;
    for (size_t i = 0; i < s->n; i++) {
        const struct pmt_column *c = s->cols[i];
        struct pmt_slice lit = s->lits[i];
        bool stamped = i && dialect == PMT_DIALECT_APACHE && s->cols[i - 1]->role == ROLE_TIME &&
                       s->cols[i - 1]->shape == SHAPE_CLF;
        if (!put_literal(pmt_slice(lit.p + stamped, lit.n - stamped), dialect, b))
            return false;
        size_t from = b->n;
        if (dialect == PMT_DIALECT_APACHE && c->role == ROLE_TIME) {
            if (!put_time_apache(s, i, arena, b))
                return false;
        } else if (dialect == PMT_DIALECT_APACHE) {
            put_apache(s, i, b);
        } else if (c->role == ROLE_TIME) {
            if (!put_time(c, dialect, b))
                return false;
        } else if (haproxy) {
            put_haproxy(s, i, b);
        } else {
            put_nginx(s, i, b);
        }
        bool date = c->role != ROLE_TIME && blank_behind(s, i) && c->v &&
                    (c->shape == SHAPE_CLF || c->shape == SHAPE_ISO || c->shape == SHAPE_DATE);
        for (size_t k = 0; date && k < c->v[0].n; k++)
            if (c->v[0].p[k] == ' ') /* another date, taken apart at its blanks */
                pmt_buf_printf(b, haproxy                         ? " %%[var(txn.rest_%zu_%zu)]"
                                  : dialect == PMT_DIALECT_APACHE ? " %%{rest_%zu_%zu}n"
                                                                  : " $rest_%zu_%zu",
                               i + 1, k);
        if (dialect == PMT_DIALECT_NGINX && needs_brace(s->lits[i + 1]))
            brace(b, from);
    }
    return put_literal(s->lits[s->n], dialect, b);
}

/* ---- a line ---------------------------------------------------------------------------------- */

static bool stands_at(const char *p, const char *end, struct pmt_slice lit)
{
    return (size_t)(end - p) >= lit.n && memcmp(p, lit.p ? lit.p : "", lit.n) == 0;
}

/* Where the text of a column that begins at p ends, or NULL. */
static const char *text_end(const struct pmt_skeleton *s, size_t i, const char *p, const char *end)
{
    struct pmt_slice lit = s->lits[i + 1];
    const struct pmt_column *c = s->cols[i];
    bool list = c->shape == SHAPE_NUMBERS || c->shape == SHAPE_ADDRESSES ||
                c->role == ROLE_UPSTREAM || c->role == ROLE_UPSTREAM_TIME ||
                c->role == ROLE_UPSTREAM_STATUS;
    if (list && blank_behind(s, i)) {
        const char *q = p < end ? memchr(p, ' ', (size_t)(end - p)) : NULL;
        return pmt_list_end(p, q ? q : end, end);
    }
    if (!lit.n)
        return end;
    for (const char *q = p; q < end && (q = memchr(q, *lit.p, (size_t)(end - q))); q++) {
        size_t slashes = 0;
        while (*lit.p == '"' && q - slashes > p && q[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0 && stands_at(q, end, lit))
            return q;
    }
    return NULL;
}

static const char *stamp_end(const struct pmt_column *c, const char *p, const char *end)
{
    struct pmt_cursor at = {p, end};
    struct pmt_stamp ignored;
    if (c->shape == SHAPE_DATE)
        return pmt_date_read(&c->date, p, end, &ignored);
    bool good = c->shape == SHAPE_CLF ? pmt_read_clf_stamp(&at, &ignored)
                                      : pmt_read_iso_stamp(&at, &ignored);
    return good ? at.p : NULL;
}

const char *pmt_skeleton_read(const struct pmt_skeleton *s, struct pmt_slice line,
                              struct pmt_slice *values, size_t *column)
{
    const char *p = line.n ? line.p : "", *start = p, *end = p + line.n;
    for (size_t i = 0; i < s->n; i++) {
        const struct pmt_column *c = s->cols[i];
        *column = (size_t)(p - start);
        if (!stands_at(p, end, s->lits[i]))
            return "the text between two fields differs from the format's";
        p += s->lits[i].n;
        *column = (size_t)(p - start);
        bool stamp = c->shape == SHAPE_CLF || c->shape == SHAPE_ISO || c->shape == SHAPE_DATE;
        const char *q = c->whole ? end
                        : stamp  ? stamp_end(c, p, end)
                                 : text_end(s, i, p, end);
        if (!q)
            return stamp ? "no possible date and time where the format has them"
                         : "the text between two fields differs from the format's";
        values[i] = pmt_slice(p, (size_t)(q - p));
        bool open = i + 1 == s->n && !s->lits[i + 1].n && !c->whole && !stamp &&
                    c->shape != SHAPE_NUMBERS && c->shape != SHAPE_ADDRESSES &&
                    c->role != ROLE_UPSTREAM && memchr(p, s->delimiter, (size_t)(q - p));
        if (open)
            return "the line has more fields than the format";
        if (!pmt_column_takes(c, values[i]))
            return "a value is not what the others of its column are";
        p = q;
    }
    *column = (size_t)(p - start);
    bool ends = stands_at(p, end, s->lits[s->n]) && p + s->lits[s->n].n == end;
    return ends ? NULL : "the line has more than the format";
}
