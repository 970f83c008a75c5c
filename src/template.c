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

bool pmt_builder_has(const struct pmt_builder *b, uint8_t meaning)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->ops[i].meaning == meaning)
            return true;
    return false;
}

static bool is_http(const struct pmt_builder *b)
{
    return !b->session && (pmt_builder_has(b, MEANS_STATUS) || pmt_builder_has(b, MEANS_REQUEST) ||
                           pmt_builder_has(b, MEANS_METHOD) || pmt_builder_has(b, MEANS_PATH));
}

static const struct pmt_template *finish(struct pmt_builder *b)
{
    struct pmt_template *t = pmt_arena_alloc(b->arena, sizeof *t);
    bool stamp = pmt_builder_has(b, MEANS_STAMP), pieces = false;
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
    t->forwarded = pmt_builder_has(b, MEANS_FORWARDED) && !pmt_builder_has(b, MEANS_CLIENT) &&
                   !pmt_builder_has(b, MEANS_CLIENT_PORT);
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
    if (!pmt_builder_settle(b))
        return -1;
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
