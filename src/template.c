#include "template_program.h"

/* From a format string to a program. Each dialect has a reader that finds its variables; all of
 * them hand literals and variables to the same three functions (put_literal, put_quote, put_var).
 *
 * nginx    log_format, ngx_http_log_module: $name, ${name}
 * HAProxy  configuration manual 8.2.6: %name, %{flags}name, %(id)name, %[expression], %%; in the
 *          configuration file blanks may be written "\ "
 * Apache   mod_log_config: "%", modifiers "<>!,0-9^", {parameter}, a letter; \" and %% stand for
 *          themselves */

struct builder {
    enum pmt_dialect dialect;
    struct pmt_arena *arena;
    const char *format;
    const char **why;
    size_t *column;
    struct pmt_op *ops; /* from the arena; at most one per byte of the format */
    size_t n;
    char *lit; /* the literal being collected, in the arena; each op's is a piece of it */
    size_t lit_from, lit_to;
    uint8_t last_flags; /* of the variable before */
    bool after_var;     /* no literal yet since the variable before */
    bool session;
    uint8_t stamp_flags; /* of the variable that is the stamp */
};

static bool fail(struct builder *b, size_t at, const char *what)
{
    *b->why = what;
    *b->column = at;
    return false;
}

static bool put_literal(struct builder *b, char c)
{
    /* HAProxy writes one blank where the format has several, and none at the start of the line. */
    if (b->dialect == PMT_DIALECT_HAPROXY && c == ' ') {
        bool first = b->n == 0 && b->lit_to == 0;
        if (first || (b->lit_to > b->lit_from && b->lit[b->lit_to - 1] == ' '))
            return true;
    }
    b->lit[b->lit_to++] = c;
    b->after_var = false;
    return true;
}

static bool literal_is(const struct builder *b, const char *s)
{
    return pmt_slice_is(pmt_slice(b->lit + b->lit_from, b->lit_to - b->lit_from), s);
}

/* A variable that continues the one before it: a port behind its address, the query behind its
 * path, the second group of captures. They become one field. */
static bool joins(struct builder *b, const struct pmt_var *v)
{
    struct pmt_op *last = b->n ? &b->ops[b->n - 1] : NULL;
    if (!last)
        return false;
    if ((v->flags & VAR_PORT) && (b->last_flags & VAR_ADDRESS) && literal_is(b, ":")) {
        if (last->meaning == MEANS_CLIENT)
            last->meaning = MEANS_CLIENT_PORT;
        return true;
    }
    if ((v->flags & VAR_QUERY) && last->meaning == MEANS_PATH)
        return literal_is(b, "") || literal_is(b, "?");
    return v->take == TAKE_CAPTURES && last->take == TAKE_CAPTURES && literal_is(b, " ");
}

/* Each meaning stands once: the first time, or the better date. */
static uint8_t claim(struct builder *b, const struct pmt_var *v)
{
    for (size_t i = 0; v->meaning && i < b->n; i++) {
        uint8_t had = b->ops[i].meaning;
        if (had != v->meaning && !(had == MEANS_CLIENT_PORT && v->meaning == MEANS_CLIENT))
            continue;
        bool better = (v->flags & VAR_REQUEST_DATE) > (b->stamp_flags & VAR_REQUEST_DATE);
        if (v->meaning != MEANS_STAMP || !better)
            return MEANS_NOTHING;
        b->ops[i].meaning = MEANS_NOTHING;
        b->ops[i].take = TAKE_TEXT;
    }
    if (v->meaning == MEANS_STAMP)
        b->stamp_flags = v->flags;
    return v->meaning;
}

static bool put_var(struct builder *b, const struct pmt_var *v, bool quoted, uint8_t letters,
                    size_t at)
{
    quoted = quoted && !(v->flags & VAR_NO_QUOTES);
    if (v->flags & VAR_SESSION)
        b->session = true;
    if (!quoted && joins(b, v)) {
        b->lit_to = b->lit_from;
        b->after_var = true;
        return true;
    }
    if (quoted)
        put_literal(b, '"');
    if (b->n && b->after_var)
        return fail(b, at,
                    "two variables without a literal between them: nothing tells where the "
                    "first one ends");
    struct pmt_op *op = &b->ops[b->n];
    *op = (struct pmt_op){.lit = b->lit + b->lit_from,
                          .lit_n = (uint32_t)(b->lit_to - b->lit_from),
                          .take = v->take,
                          .letters = letters};
    op->meaning = claim(b, v);
    if (op->take == TAKE_STAMP && op->meaning == MEANS_NOTHING)
        op->take = TAKE_TEXT;
    b->n++;
    b->lit_from = b->lit_to;
    b->after_var = true;
    b->last_flags = v->flags;
    if (quoted)
        put_literal(b, '"');
    return true;
}

static const struct pmt_var opaque = {"", MEANS_NOTHING, TAKE_TEXT, 0};

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool compile_nginx(struct builder *b)
{
    const char *f = b->format;
    for (size_t i = 0; f[i];) {
        size_t at = i;
        if (f[i] != '$') {
            put_literal(b, f[i++]);
            continue;
        }
        bool brace = f[++i] == '{';
        size_t from = i += brace;
        while (is_name(f[i]))
            i++;
        if (i == from)
            return fail(b, at, "no variable name behind \"$\"");
        struct pmt_slice name = pmt_slice(f + from, i - from);
        if (brace && f[i++] != '}')
            return fail(b, at, "no closing brace behind \"${\"");
        const struct pmt_var *v = pmt_var_nginx(name);
        if (!put_var(b, v ? v : &opaque, false, 0, at))
            return false;
    }
    return true;
}

/* Behind the bracket that closes the one before f[i], 0 when there is none. Brackets inside
 * parentheses ("%[str(])]") do not count. */
static size_t skip_group(const char *f, size_t i, char close)
{
    int parens = 0;
    for (; f[i]; i++) {
        if (f[i] == close && parens == 0)
            return i + 1;
        if (close == ']' && (f[i] == '(' || f[i] == ')'))
            parens += f[i] == '(' ? 1 : parens > 0 ? -1 : 0;
    }
    return 0;
}

/* The flags "+Q" and "-Q" among "{+Q,+X}"; others do not change the shape we look for. */
static void read_flags(struct pmt_slice s, bool *quoted)
{
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i + 1] == 'Q' && (s.p[i] == '+' || s.p[i] == '-'))
            *quoted = s.p[i] == '+';
}

/* One variable of HAProxy behind the "%" at `at`; *pos is moved behind it. */
static bool haproxy_var(struct builder *b, size_t at, size_t *pos, bool *quote_all)
{
    const char *f = b->format;
    size_t i = at + 1, end;
    bool quoted = *quote_all;
    if (f[i] == '(') { /* since 3.0: a name and a type for JSON and CBOR */
        if (!(end = skip_group(f, i + 1, ')')))
            return fail(b, at, "no closing parenthesis behind \"%(\"");
        i = end;
    }
    if (f[i] == '{') {
        if (!(end = skip_group(f, i + 1, '}')))
            return fail(b, at, "no closing brace behind \"%{\"");
        read_flags(pmt_slice(f + i + 1, end - i - 2), &quoted);
        i = end;
    }
    if (f[i] == '[') {
        if (!(end = skip_group(f, i + 1, ']')))
            return fail(b, at, "no closing bracket behind \"%[\"");
        const struct pmt_var *v = pmt_var_haproxy_expr(pmt_slice(f + i + 1, end - i - 2));
        *pos = end;
        return put_var(b, v ? v : &opaque, quoted, 0, at);
    }
    size_t from = i;
    while (is_name(f[i]))
        i++;
    if (i == from)
        return fail(b, at, "no variable name behind \"%\"");
    *pos = i;
    struct pmt_slice name = pmt_slice(f + from, i - from);
    if (pmt_slice_is(name, "o")) { /* no output: its flags hold from here on */
        *quote_all = quoted;
        return true;
    }
    const struct pmt_var *v = pmt_var_haproxy(name);
    return put_var(b, v ? v : &opaque, quoted, pmt_slice_is(name, "tsc") ? 4 : 2, at);
}

static bool compile_haproxy(struct builder *b)
{
    const char *f = b->format;
    bool quote_all = false;
    for (size_t i = 0; f[i];) {
        if (f[i] == '\\' && f[i + 1])
            i++;
        else if (f[i] == '%' && f[i + 1] == '%')
            i++;
        else if (f[i] == '%') {
            if (!haproxy_var(b, i, &i, &quote_all))
                return false;
            continue;
        }
        put_literal(b, f[i++]);
    }
    return true;
}

/* One directive of Apache behind the "%" at `at`. */
static bool apache_var(struct builder *b, size_t at, size_t *pos)
{
    const char *f = b->format;
    size_t i = at + 1, end;
    struct pmt_slice param = {"", 0};
    while (f[i] && strchr("<>!,0123456789", f[i]))
        i++;
    if (f[i] == '{') {
        if (!(end = skip_group(f, i + 1, '}')))
            return fail(b, at, "no closing brace behind \"%{\"");
        param = pmt_slice(f + i + 1, end - i - 2);
        i = end;
    }
    size_t letters = f[i] == '^' ? 3 : 1; /* "%^FB" */
    for (size_t k = letters == 3; k < letters; k++)
        if (!is_name(f[i + k]))
            return fail(b, at, "no letter behind \"%\"");
    const struct pmt_var *v = letters == 1 ? pmt_var_apache(f[i], param) : NULL;
    *pos = i + letters;
    if (v && v->meaning == MEANS_STAMP) {
        put_literal(b, '[');
        return put_var(b, v, false, 0, at) && put_literal(b, ']');
    }
    return put_var(b, v ? v : &opaque, false, 0, at);
}

static bool compile_apache(struct builder *b)
{
    const char *f = b->format;
    for (size_t i = 0; f[i];) {
        if (f[i] == '\\' && f[i + 1])
            i++;
        else if (f[i] == '%' && f[i + 1] == '%')
            i++;
        else if (f[i] == '%') {
            if (!apache_var(b, i, &i))
                return false;
            continue;
        }
        put_literal(b, f[i++]);
    }
    return true;
}

/* The last step that must succeed: the status, else the byte count, else all of them. */
static size_t required_step(const struct builder *b)
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

static bool is_http(const struct builder *b)
{
    if (b->session)
        return false;
    for (size_t i = 0; i < b->n; i++) {
        uint8_t m = b->ops[i].meaning;
        if (m == MEANS_STATUS || m == MEANS_REQUEST || m == MEANS_METHOD || m == MEANS_PATH)
            return true;
    }
    return false;
}

/* Where the total (with idle time) and the active time are both logged, the active one counts. */
static void settle_durations(struct builder *b)
{
    bool active = false;
    for (size_t i = 0; i < b->n; i++) {
        uint8_t m = b->ops[i].meaning;
        active |= m == MEANS_MILLIS || m == MEANS_MICROS;
    }
    for (size_t i = 0; i < b->n; i++) {
        uint8_t *m = &b->ops[i].meaning;
        if (active && (*m == MEANS_TOTAL_MILLIS || *m == MEANS_SECONDS))
            *m = MEANS_NOTHING;
    }
}

/* In quotes a backslash hides the next quote (Apache, nginx's escape=json); nginx's own escape
 * never leaves one, and HAProxy writes the quote as #22. */
static void settle_escapes(struct builder *b)
{
    for (size_t i = 0; i < b->n && b->dialect != PMT_DIALECT_HAPROXY; i++) {
        const struct pmt_op *op = &b->ops[i], *next = op + 1;
        b->ops[i].escapes =
            op->lit_n && op->lit[op->lit_n - 1] == '"' && next->lit_n && next->lit[0] == '"';
    }
}

/* Numbers nobody needs, one byte apart ("%ac/%fc/%bc/%sc/%rc %sq/%bq"), become one step. Their
 * literals lie side by side in the builder's buffer. */
static void merge_numbers(struct builder *b)
{
    size_t n = 0;
    for (size_t i = 0; i <= b->n; i++) {
        struct pmt_op *op = &b->ops[i], *last = n ? &b->ops[n - 1] : NULL;
        bool plain = op->take == TAKE_NUMBER && op->meaning == MEANS_NOTHING;
        if (last && plain && op->lit_n == 1 && !strchr("0123456789+-.", *op->lit) &&
            last->take == TAKE_NUMBER && last->meaning == MEANS_NOTHING && last->more < UINT8_MAX) {
            if (!last->more++)
                last->seps = op->lit;
        } else {
            b->ops[n++] = *op;
        }
    }
    b->n = n - 1; /* without the end */
}

static void settle_literals(struct builder *b)
{
    for (size_t i = 0; i <= b->n; i++) {
        struct pmt_op *op = &b->ops[i];
        size_t n = op->lit_n < 8 ? op->lit_n : 8;
        memset(&op->lit_mask, 0xFF, n);
        memcpy(&op->lit_head, op->lit, n);
    }
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
    struct builder b = {
        .dialect = dialect, .arena = arena, .format = format, .why = why, .column = column};
    b.ops = pmt_arena_alloc(arena, (n / 2 + 2) * sizeof *b.ops);
    b.lit = pmt_arena_alloc(arena, 2 * n + 2); /* quotes and brackets are added to it */
    bool ok = dialect == PMT_DIALECT_NGINX     ? compile_nginx(&b)
              : dialect == PMT_DIALECT_HAPROXY ? compile_haproxy(&b)
                                               : compile_apache(&b);
    if (ok && b.n == 0)
        ok = fail(&b, 0, "the format has no variable");
    if (!ok)
        return -1;
    b.ops[b.n] = (struct pmt_op){
        .lit = b.lit + b.lit_from, .lit_n = (uint32_t)(b.lit_to - b.lit_from), .take = TAKE_END};
    settle_durations(&b);
    merge_numbers(&b);
    settle_escapes(&b);
    settle_literals(&b);
    struct pmt_template *t = pmt_arena_alloc(arena, sizeof *t);
    t->dialect = dialect;
    t->http = is_http(&b);
    t->universal = b.stamp_flags & VAR_UNIVERSAL;
    t->required = required_step(&b);
    t->n = b.n;
    t->ops = b.ops;
    size_t k = 0;
    for (size_t i = 0; i < b.n; i++)
        if (b.ops[i].meaning && b.ops[i].meaning != MEANS_STAMP)
            t->meanings[k++] = b.ops[i].meaning;
    *ret = t;
    return 0;
}
