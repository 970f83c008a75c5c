#include "template_builder.h"

/* From a format string to a program: template_read.c takes the string apart and hands literals and
 * variables over one by one; here they become steps. What depends on the steps around one, or on
 * the whole format, is settled at the end. */

bool pmt_builder_fail(struct pmt_builder *b, size_t at, const char *what)
{
    *b->why = what;
    *b->column = at;
    return false;
}

void pmt_builder_literal(struct pmt_builder *b, char c)
{
    /* HAProxy writes one blank where the format has several, and none at the start of the line. */
    if (b->dialect == PMT_DIALECT_HAPROXY && c == ' ') {
        bool first = b->n == 0 && b->lit_to == 0;
        if (first || (b->lit_to > b->lit_from && b->lit[b->lit_to - 1] == ' '))
            return;
    }
    b->lit[b->lit_to++] = c;
    b->after_var = false;
}

static bool literal_is(const struct pmt_builder *b, const char *s)
{
    return pmt_slice_is(pmt_slice(b->lit + b->lit_from, b->lit_to - b->lit_from), s);
}

/* ---- one variable ------------------------------------------------------------------------ */

/* A variable that continues the one before it: a port behind its address, the query behind its
 * path, the second group of captures. They become one field. */
static bool joins(struct pmt_builder *b, const struct pmt_var *v)
{
    struct pmt_op *last = b->n ? &b->ops[b->n - 1] : NULL;
    if (!last)
        return false;
    unsigned before = b->flags[b->n - 1];
    if ((v->flags & VAR_PORT) && (before & VAR_ADDRESS) && literal_is(b, ":")) {
        if (last->meaning == MEANS_CLIENT)
            last->meaning = MEANS_CLIENT_PORT;
        return true;
    }
    if ((v->flags & VAR_QUERY) && (before & VAR_PATH))
        return literal_is(b, "") || literal_is(b, "?");
    return v->take == TAKE_CAPTURES && last->take == TAKE_CAPTURES && literal_is(b, " ");
}

/* A part of a date right behind another: Apache's "%{msec_frac}t%{%z}t". Together they are read as
 * one text of parts. */
static bool joins_date(struct pmt_builder *b, const struct pmt_var *v)
{
    struct pmt_op *last = b->n ? &b->ops[b->n - 1] : NULL;
    size_t ignored;
    if (!last || !b->after_var || v->take != TAKE_PARTS || !literal_is(b, "") ||
        (b->json ? last->inner : last->take) != TAKE_PARTS)
        return false;
    last->parts = pmt_arena_printf(b->arena, "%s%s", last->parts, v->parts);
    b->parts |= pmt_parts_of(v->parts, &ignored);
    b->stamp_flags |= v->flags & VAR_UNIVERSAL;
    return true;
}

/* Each meaning stands once: the first time, or where it is told better. */
static uint8_t claim(struct pmt_builder *b, const struct pmt_var *v)
{
    enum { RANK = VAR_BETTER | VAR_REQUEST_DATE };
    for (size_t i = 0; v->meaning && i < b->n; i++) {
        uint8_t had = b->ops[i].meaning;
        if (had != v->meaning && !(had == MEANS_CLIENT_PORT && v->meaning == MEANS_CLIENT))
            continue;
        if ((v->flags & RANK) <= (b->flags[i] & RANK))
            return MEANS_NOTHING;
        b->ops[i].meaning = MEANS_NOTHING;
        b->ops[i].ignored = true;
    }
    if (v->meaning == MEANS_STAMP)
        b->stamp_flags = v->flags;
    return v->meaning;
}

static void put_op(struct pmt_builder *b, const struct pmt_var *v, struct pmt_manner m, size_t at)
{
    struct pmt_op *op = &b->ops[b->n];
    *op = (struct pmt_op){.lit = b->lit + b->lit_from,
                          .lit_n = (uint32_t)(b->lit_to - b->lit_from),
                          .take = v->take,
                          .letters = m.letters,
                          .escapes = m.escaped,
                          .parts = v->parts};
    op->meaning = claim(b, v);
    op->ignored = op->meaning != v->meaning;
    if (v->take == TAKE_PARTS) {
        size_t ignored;
        b->parts |= pmt_parts_of(v->parts, &ignored);
        b->stamp_flags |= v->flags & VAR_UNIVERSAL;
    }
    if (b->json) {
        op->inner = v->take == TAKE_CAPTURES || v->take == TAKE_LIST ? TAKE_TEXT : v->take;
        op->take = TAKE_JSON;
    }
    b->flags[b->n] = v->flags;
    b->at[b->n] = (uint32_t)at;
    b->n++;
    b->lit_from = b->lit_to;
}

/* Two of nginx's side by side that mean nothing to us ("$ssl_protocol$ssl_cipher") are one text. */
static bool becomes_opaque(struct pmt_builder *b, const struct pmt_var *v)
{
    struct pmt_op *last = &b->ops[b->n - 1];
    if (b->dialect != PMT_DIALECT_NGINX || last->meaning || v->meaning || last->parts || v->parts)
        return false;
    last->take = TAKE_TEXT;
    b->flags[b->n - 1] |= v->flags & VAR_BLANKS;
    return true;
}

bool pmt_builder_var(struct pmt_builder *b, const struct pmt_var *v, struct pmt_manner m,
                     size_t at)
{
    bool quoted = m.quoted && !(v->flags & VAR_NO_QUOTES), back = false;
    b->session |= v->flags & VAR_SESSION;
    if (!quoted && !b->json && joins(b, v)) {
        b->lit_to = b->lit_from;
        b->after_var = true;
        return true;
    }
    if (!quoted && joins_date(b, v))
        return true;
    if (quoted)
        pmt_builder_literal(b, '"');
    if (b->n && b->after_var) {
        /* A path right behind a host begins with the first "/". */
        back = v->flags & VAR_PATH && b->flags[b->n - 1] & VAR_HOST;
        b->has_path |= back;
        if (back && b->pathless)
            b->ops[b->n - 1].meaning = MEANS_NOTHING;
        if ((back && b->pathless) || (!back && !quoted && becomes_opaque(b, v)))
            return true;
        if (!back)
            return pmt_builder_fail(b, at,
                                    "two variables without a literal between them: nothing tells "
                                    "where the first one ends");
        pmt_builder_literal(b, '/');
    }
    put_op(b, v, m, at);
    b->ops[b->n - 1].back = back;
    b->after_var = true;
    if (quoted)
        pmt_builder_literal(b, '"');
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* The last step that must succeed: the status, else the byte count, else all of them. */
static size_t required_step(const struct pmt_builder *b)
{
    size_t bytes = b->n - 1;
    for (size_t i = b->n; i > 0; i--) {
        if (b->ops[i - 1].meaning == MEANS_STATUS)
            return i - 1;
        if (b->ops[i - 1].meaning == MEANS_BYTES)
            bytes = i - 1;
    }
    return bytes;
}

static bool has(const struct pmt_builder *b, uint8_t meaning)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->ops[i].meaning == meaning)
            return true;
    return false;
}

static bool is_http(const struct pmt_builder *b)
{
    return !b->session && (has(b, MEANS_STATUS) || has(b, MEANS_REQUEST) ||
                           has(b, MEANS_METHOD) || has(b, MEANS_PATH));
}

/* Where the total (with idle time) and the active time are both logged, the active one counts; and
 * a whole request line says more than its method or path. */
static void settle_doubles(struct pmt_builder *b)
{
    bool active = has(b, MEANS_MILLIS) || has(b, MEANS_MICROS), line = has(b, MEANS_REQUEST);
    for (size_t i = 0; i < b->n; i++) {
        uint8_t *m = &b->ops[i].meaning;
        if ((active && (*m == MEANS_TOTAL_MILLIS || *m == MEANS_SECONDS)) ||
            (line && (*m == MEANS_METHOD || *m == MEANS_PATH)))
            *m = MEANS_NOTHING;
    }
}

/* A date in pieces is that of the request's begin, unless only its end is logged. */
static void settle_date(struct pmt_builder *b)
{
    uint32_t begin = 0, ignored = 0;
    size_t at;
    for (size_t i = 0; i < b->n; i++)
        if (b->ops[i].parts && !(b->flags[i] & VAR_END))
            begin |= pmt_parts_of(b->ops[i].parts, &at);
        else if (b->ops[i].parts)
            ignored |= pmt_parts_of(b->ops[i].parts, &at);
    b->ends = !has(b, MEANS_STAMP) && !pmt_parts_suffice(begin) && pmt_parts_suffice(ignored);
    b->parts = b->ends ? ignored : begin;
    for (size_t i = 0; i < b->n; i++)
        if (b->ops[i].parts)
            b->ops[i].ignored = !(b->flags[i] & VAR_END) == b->ends;
}

/* In quotes a backslash hides the next quote (Apache, nginx's escape=json); nginx's own escape
 * never leaves one. HAProxy writes the quote as #22, but where it is told otherwise. */
static void settle_escapes(struct pmt_builder *b)
{
    bool haproxy = b->dialect == PMT_DIALECT_HAPROXY;
    for (size_t i = 0; i < b->n; i++) {
        const struct pmt_op *op = &b->ops[i], *next = op + 1;
        bool quotes = op->lit_n && op->lit[op->lit_n - 1] == '"' && next->lit_n &&
                      next->lit[0] == '"';
        b->ops[i].escapes = quotes && (!haproxy || op->escapes || *b->ops[0].lit == '{');
    }
}

static bool checks_itself(uint8_t take)
{
    return take >= TAKE_NUMBER && take != TAKE_CAPTURES && take != TAKE_JSON;
}

/* ", ", ":" and " : " stand in lists of upstreams too ... */
static bool begins_as_in_list(struct pmt_slice lit)
{
    return pmt_slice_starts(lit, ", ") || pmt_slice_starts(lit, ":") ||
           pmt_slice_starts(lit, " : ");
}

/* ... but not what is behind them in ", status=" and ": took ". */
static bool tells_from_list(struct pmt_slice lit)
{
    for (size_t i = 0; i < lit.n; i++)
        if (!memchr(",: 0123456789.-", lit.p[i], 15))
            return true;
    return false;
}

/* Not needed to tell which request failed, when, and for whom. */
static bool can_be_missed(const struct pmt_op *op)
{
    switch ((enum pmt_meaning)op->meaning) {
    case MEANS_NOTHING:
    case MEANS_REFERRER:
    case MEANS_AGENT:
    case MEANS_FORWARDED:
    case MEANS_VHOST:
    case MEANS_UPSTREAM:
    case MEANS_UPSTREAM_STATUS:
        return op->take == TAKE_TEXT || op->take == TAKE_LIST;
    default:
        return false;
    }
}

static void miss(struct pmt_op *op)
{
    op->meaning = MEANS_NOTHING;
    op->take = TAKE_TEXT;
}

static bool is_blank(struct pmt_slice lit)
{
    return lit.n == 1 && *lit.p == ' ';
}

/* Where nothing tells the end of a list of upstreams, both it and the list behind it are passed
 * over. */
static bool settle_list(struct pmt_builder *b, size_t i, struct pmt_slice lit)
{
    struct pmt_op *op = &b->ops[i], *next = op + 1;
    if (op->take != TAKE_LIST || !begins_as_in_list(lit))
        return true;
    if (tells_from_list(lit)) {
        op->take = TAKE_TEXT;
    } else if (i + 1 < b->n && next->take == TAKE_LIST && can_be_missed(next) &&
               can_be_missed(op)) {
        miss(op);
        miss(next);
    } else {
        return pmt_builder_fail(b, b->at[i],
                                "a list of upstreams is written with \", \" and \" : \": "
                                "nothing tells where this one ends");
    }
    return true;
}

/* The same for what may hold blanks (the user agent) with only a blank behind it, where something
 * that shows what it is comes next. */
static bool settle_blanks(struct pmt_builder *b, size_t i, struct pmt_slice lit)
{
    struct pmt_op *op = &b->ops[i], *next = op + 1, *third = op + 2;
    if (!(b->flags[i] & VAR_BLANKS) || !is_blank(lit) || i + 1 >= b->n || checks_itself(next->take))
        return true;
    bool shows = i + 2 < b->n && (checks_itself(third->take) ||
                                  !is_blank(pmt_slice(third->lit, third->lit_n)));
    if (b->dialect != PMT_DIALECT_NGINX || !shows || !can_be_missed(op) || !can_be_missed(next))
        return pmt_builder_fail(b, b->at[i + 1],
                                "the variable before it may hold blanks, and only a blank "
                                "stands between: nothing tells where it ends");
    miss(op);
    miss(next);
    return true;
}

/* What is behind a text must not be a part of it. */
static bool settle_texts(struct pmt_builder *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct pmt_op *op = &b->ops[i], *next = op + 1;
        struct pmt_slice lit = pmt_slice(next->lit, next->lit_n);
        if (op->meaning == MEANS_REQUEST && op->take == TAKE_TEXT && lit.n && *lit.p == ' ')
            op->take = TAKE_REQUEST;
        /* "SSL handshake failure", and a word behind it: that there was an error is told. */
        b->message |= op->meaning == MEANS_MESSAGE;
        if (op->meaning == MEANS_MESSAGE && is_blank(lit) && i + 1 < b->n &&
            !checks_itself(next->take))
            op->meaning = MEANS_NOTHING;
        if (!settle_list(b, i, lit) || !settle_blanks(b, i, lit))
            return false;
    }
    return true;
}

/* Numbers nobody needs, one byte apart ("%ac/%fc/%bc/%sc/%rc %sq/%bq"), become one step. Their
 * literals lie side by side in the builder's buffer. */
static void merge_numbers(struct pmt_builder *b)
{
    size_t n = 0;
    for (size_t i = 0; i <= b->n; i++) {
        struct pmt_op *op = &b->ops[i], *last = n ? &b->ops[n - 1] : NULL;
        bool number = op->take == TAKE_NUMBER && op->meaning == MEANS_NOTHING;
        if (last && number && op->lit_n == 1 && !strchr("0123456789+-.", *op->lit) &&
            last->take == TAKE_NUMBER && last->meaning == MEANS_NOTHING && last->more < UINT8_MAX) {
            if (!last->more++)
                last->seps = op->lit;
        } else {
            b->ops[n++] = *op;
        }
    }
    b->n = n - 1; /* without the end */
}

static void settle_literals(struct pmt_builder *b)
{
    for (size_t i = 0; i <= b->n; i++) {
        struct pmt_op *op = &b->ops[i];
        size_t n = op->lit_n < 8 ? op->lit_n : 8;
        memset(&op->lit_mask, 0xFF, n);
        memcpy(&op->lit_head, op->lit, n);
    }
}

static const struct pmt_template *finish(struct pmt_builder *b)
{
    struct pmt_template *t = pmt_arena_alloc(b->arena, sizeof *t);
    bool stamp = has(b, MEANS_STAMP), pieces = false;
    for (size_t i = 0; i < b->n; i++)
        pieces |= b->ops[i].parts != NULL;
    t->dialect = b->dialect;
    t->http = is_http(b);
    t->universal = b->stamp_flags & VAR_UNIVERSAL;
    t->json = b->json || (b->ops[0].lit_n && b->ops[0].lit[0] == '{');
    t->pieces = pieces;
    t->in_parts = !stamp && pmt_parts_suffice(b->parts);
    t->fraction = stamp && !(b->stamp_flags & VAR_REQUEST_DATE) && b->parts == PART_FRACTION;
    t->begins = b->dialect == PMT_DIALECT_HAPROXY ||
                (b->dialect == PMT_DIALECT_APACHE && !b->ends);
    t->forwarded = has(b, MEANS_FORWARDED) && !has(b, MEANS_CLIENT) && !has(b, MEANS_CLIENT_PORT);
    t->message = b->message;
    t->required = required_step(b);
    t->n = b->n;
    t->ops = b->ops;
    size_t k = 0;
    for (size_t i = 0; i < b->n; i++)
        if (b->ops[i].meaning && b->ops[i].meaning != MEANS_STAMP)
            t->meanings[k++] = b->ops[i].meaning;
    return t;
}

int pmt_template_compile(enum pmt_dialect dialect, const char *format, struct pmt_arena *arena,
                         const struct pmt_template **ret, const char **why)
{
    size_t column;
    if (!pmt_template_check(dialect, format, arena, ret, why, &column))
        return 0;
    *why = pmt_arena_printf(arena, "%s (column %zu of \"%s\")", *why, column + 1, format);
    return -1;
}

/* Without its date a line would be placed by what stands around it, which may be another time. */
static bool has_date(struct pmt_builder *b)
{
    bool any = !b->lost_date || pmt_parts_suffice(b->parts);
    for (size_t i = 0; i < b->n; i++)
        any |= b->ops[i].meaning == MEANS_STAMP;
    return any || pmt_builder_fail(b, b->lost_date - 1,
                                   "how this date is written cannot be read back, and the format "
                                   "has no other");
}

/* From the string to the program. */
static int check(struct pmt_builder *b, const struct pmt_template **ret)
{
    size_t n = strlen(b->format);
    b->ops = pmt_arena_alloc(b->arena, (n / 2 + 2) * sizeof *b->ops);
    b->flags = pmt_arena_alloc(b->arena, (n / 2 + 2) * sizeof *b->flags);
    b->at = pmt_arena_alloc(b->arena, (n / 2 + 2) * sizeof *b->at);
    b->lit = pmt_arena_alloc(b->arena, 4 * n + 16); /* quotes, JSON's marks are added to it */
    bool ok = b->dialect == PMT_DIALECT_NGINX     ? pmt_read_nginx_format(b)
              : b->dialect == PMT_DIALECT_HAPROXY ? pmt_read_haproxy_format(b)
                                                  : pmt_read_apache_format(b);
    if (ok && b->n == 0)
        ok = pmt_builder_fail(b, 0, "the format has no variable");
    if (!ok)
        return -1;
    b->ops[b->n] = (struct pmt_op){
        .lit = b->lit + b->lit_from, .lit_n = (uint32_t)(b->lit_to - b->lit_from),
        .take = TAKE_END};
    if (!settle_texts(b))
        return -1;
    settle_doubles(b);
    settle_date(b);
    if (!has_date(b))
        return -1;
    settle_escapes(b);
    merge_numbers(b);
    settle_literals(b);
    *ret = finish(b);
    return 0;
}

int pmt_template_check(enum pmt_dialect dialect, const char *format, struct pmt_arena *arena,
                       const struct pmt_template **ret, const char **why, size_t *column)
{
    size_t n = strlen(format);
    if (n > PMT_TEMPLATE_MAX) {
        *why = pmt_arena_printf(arena, "the format has %zu bytes; at most %d are read", n,
                                PMT_TEMPLATE_MAX);
        *column = PMT_TEMPLATE_MAX;
        return -1;
    }
    struct pmt_builder b = {
        .dialect = dialect, .arena = arena, .format = format, .why = why, .column = column};
    struct pmt_builder other = b;
    const struct pmt_template *t, *pathless = NULL;
    if (check(&b, &t))
        return -1;
    other.pathless = true;
    if (b.has_path && !check(&other, &pathless)) {
        struct pmt_template *both = pmt_arena_alloc(arena, sizeof *both);
        *both = *t;
        both->pathless = pathless;
        t = both;
    }
    *ret = t;
    return 0;
}

const char *pmt_template_unfit(const struct pmt_template *t)
{
    uint32_t all = 0;
    for (const uint8_t *m = t->meanings; *m; m++)
        all |= UINT32_C(1) << *m;
    if (t->http && !(all >> MEANS_STATUS & 1))
        return "the format has no status ($status, %ST, %>s): which requests failed cannot be told";
    static const uint32_t tells = UINT32_C(1) << MEANS_STATUS | UINT32_C(1) << MEANS_BYTES |
                                  UINT32_C(1) << MEANS_TERMINATION | UINT32_C(1) << MEANS_MESSAGE;
    if (!(all & tells) && !t->message)
        return "the format tells neither a status nor how a session ended: nothing can be drawn "
               "from such lines";
    return NULL;
}

bool pmt_template_begins_with_text(const struct pmt_template *t)
{
    return !t->ops[0].lit_n && t->ops[0].take <= TAKE_REQUEST;
}
