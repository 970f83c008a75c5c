#include "template_builder.h"

/* Format strings, taken apart.
 *
 * nginx    log_format, ngx_http_log_module: $name, ${name}
 * HAProxy  configuration manual 8.2.6: %name, %{flags}name, %(id)name, %[expression], %%; in the
 *          configuration file blanks may be written "\ "
 * Apache   mod_log_config: "%", modifiers "<>!,0-9^", {parameter}, a letter; \" and %% stand for
 *          themselves */

static const struct pmt_var opaque = {"", MEANS_NOTHING, TAKE_TEXT, 0, NULL};
static const struct pmt_manner plain = {.letters = 0};

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* ---- nginx ------------------------------------------------------------------------------- */

bool pmt_read_nginx_format(struct pmt_builder *b)
{
    const char *f = b->format;
    for (size_t i = 0; f[i];) {
        size_t at = i;
        if (f[i] != '$') {
            pmt_builder_literal(b, f[i++]);
            continue;
        }
        bool brace = f[++i] == '{';
        size_t from = i += brace;
        while (is_name(f[i]))
            i++;
        if (i == from)
            return pmt_builder_fail(b, at, "no variable name behind \"$\"");
        struct pmt_slice name = pmt_slice(f + from, i - from);
        if (brace && f[i++] != '}')
            return pmt_builder_fail(b, at, "no closing brace behind \"${\"");
        const struct pmt_var *v = pmt_var_nginx(name);
        if (!pmt_builder_var(b, v ? v : &opaque, plain, at))
            return false;
    }
    return true;
}

/* ---- HAProxy ----------------------------------------------------------------------------- */

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

/* "+Q,-X,+E,+json": quotes, hexadecimal, backslashes before quotes, JSON. */
static void read_flags(struct pmt_slice s, struct pmt_manner *m, bool *json)
{
    for (size_t i = 0; i + 1 < s.n; i++) {
        if (s.p[i] != '+' && s.p[i] != '-')
            continue;
        bool on = s.p[i] == '+';
        struct pmt_slice name = pmt_slice(s.p + i + 1, s.n - i - 1);
        if (*name.p == 'Q')
            m->quoted = on;
        else if (*name.p == 'X')
            m->hex = on;
        else if (*name.p == 'E')
            m->escaped = on;
        else if (pmt_slice_starts(name, "json"))
            *json = on;
    }
}

/* JSON (3.0): '{"name": value, "name": value}', of what has a name; the rest is left out. */
static bool json_var(struct pmt_builder *b, const struct pmt_var *v, struct pmt_slice name,
                     struct pmt_manner m, size_t at)
{
    const char *colon = name.n ? memchr(name.p, ':', name.n) : NULL;
    if (colon) /* "name:type" */
        name.n = (size_t)(colon - name.p);
    if (!name.n)
        return true;
    for (const char *p = b->n ? ", \"" : "{\""; *p; p++)
        pmt_builder_literal(b, *p);
    for (size_t i = 0; i < name.n; i++)
        pmt_builder_literal(b, name.p[i]);
    for (const char *p = "\": "; *p; p++)
        pmt_builder_literal(b, *p);
    m.quoted = false;
    return pmt_builder_var(b, v, m, at);
}

static bool put_haproxy(struct pmt_builder *b, const struct pmt_var *v, struct pmt_slice id,
                        struct pmt_manner m, size_t at)
{
    struct pmt_var hex = *v;
    /* Addresses and ports in hexadecimal are none that others write. */
    if (m.hex && (v->meaning == MEANS_CLIENT || v->take == TAKE_NUMBER || v->parts)) {
        hex.meaning = MEANS_NOTHING;
        hex.take = TAKE_WORD;
        hex.parts = NULL;
        v = &hex;
    }
    return b->json ? json_var(b, v, id, m, at) : pmt_builder_var(b, v, m, at);
}

/* One variable of HAProxy behind the "%" at `at`; *pos is moved behind it. */
static bool haproxy_var(struct pmt_builder *b, size_t at, size_t *pos)
{
    const char *f = b->format;
    size_t i = at + 1, end;
    struct pmt_manner m = {.quoted = b->quote_all, .hex = b->hex_all, .escaped = b->escape_all};
    bool json = b->json;
    struct pmt_slice id = PMT_NO_SLICE;
    if (f[i] == '(') { /* since 3.0: a name and a type for JSON and CBOR */
        if (!(end = skip_group(f, i + 1, ')')))
            return pmt_builder_fail(b, at, "no closing parenthesis behind \"%(\"");
        id = pmt_slice(f + i + 1, end - i - 2);
        i = end;
    }
    if (f[i] == '{') {
        if (!(end = skip_group(f, i + 1, '}')))
            return pmt_builder_fail(b, at, "no closing brace behind \"%{\"");
        read_flags(pmt_slice(f + i + 1, end - i - 2), &m, &json);
        i = end;
    }
    if (f[i] == '[') {
        if (!(end = skip_group(f, i + 1, ']')))
            return pmt_builder_fail(b, at, "no closing bracket behind \"%[\"");
        struct pmt_var v;
        if (!pmt_var_haproxy_expr(pmt_slice(f + i + 1, end - i - 2), b->arena, &v))
            b->lost_date = at + 1;
        *pos = end;
        m.letters = 2; /* txn.sess_term_state: never those of the cookie */
        return put_haproxy(b, &v, id, m, at);
    }
    size_t from = i;
    while (is_name(f[i]))
        i++;
    if (i == from)
        return pmt_builder_fail(b, at, "no variable name behind \"%\"");
    *pos = i;
    struct pmt_slice name = pmt_slice(f + from, i - from);
    if (pmt_slice_is(name, "o")) { /* no output: its flags hold from here on */
        b->quote_all = m.quoted;
        b->hex_all = m.hex;
        b->escape_all = m.escaped;
        b->json = json;
        return true;
    }
    const struct pmt_var *v = pmt_var_haproxy(name);
    if (!v)
        return pmt_builder_fail(b, at, pmt_arena_printf(b->arena, "HAProxy has no variable %%%.*s",
                                                        PMT_FMT(pmt_slice_head(name, 40))));
    m.letters = pmt_slice_is(name, "tsc") ? 4 : 2;
    return put_haproxy(b, v, id, m, at);
}

bool pmt_read_haproxy_format(struct pmt_builder *b)
{
    const char *f = b->format;
    for (size_t i = 0; f[i];) {
        if (f[i] == '\\' && f[i + 1])
            i++;
        else if (f[i] == '%' && f[i + 1] == '%')
            i++;
        else if (f[i] == '%') {
            if (!haproxy_var(b, i, &i))
                return false;
            continue;
        }
        if (!b->json)
            pmt_builder_literal(b, f[i]);
        i++;
    }
    if (b->json)
        pmt_builder_literal(b, '}');
    return true;
}

/* ---- Apache ------------------------------------------------------------------------------ */

/* %{format}t: "begin:" or "end:" in front; sec, msec, usec, msec_frac, usec_frac or what strftime
 * takes. */
static bool apache_time(struct pmt_builder *b, struct pmt_slice param, size_t at)
{
    static const char *const words[][2] = {{"sec", "%s"},       {"msec", "%Q"},
                                           {"usec", "%q"},      {"msec_frac", "%L"},
                                           {"usec_frac", "%f"}};
    struct pmt_var v = {"", MEANS_NOTHING, TAKE_PARTS, 0, NULL};
    struct pmt_cursor c = pmt_cursor(param);
    if (pmt_cur_lit(&c, "end:"))
        v.flags = VAR_END;
    else
        pmt_cur_lit(&c, "begin:");
    struct pmt_slice text = pmt_cur_rest(&c);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (pmt_slice_is(text, words[i][0]))
            v.parts = words[i][1];
    if (!v.parts)
        v.parts = pmt_arena_copy(b->arena, text).p;
    size_t inside = 0;
    if (!pmt_parts_of(v.parts, &inside))
        return pmt_builder_fail(b, at, "a letter of this date cannot be read back as a date");
    return pmt_builder_var(b, &v, plain, at);
}

/* One directive of Apache behind the "%" at `at`. */
static bool apache_var(struct pmt_builder *b, size_t at, size_t *pos)
{
    const char *f = b->format;
    size_t i = at + 1, end;
    struct pmt_slice param = {"", 0};
    bool final = false;
    for (; f[i] && strchr("<>!,0123456789", f[i]); i++)
        final |= f[i] == '>';
    if (f[i] == '{') {
        if (!(end = skip_group(f, i + 1, '}')))
            return pmt_builder_fail(b, at, "no closing brace behind \"%{\"");
        param = pmt_slice(f + i + 1, end - i - 2);
        i = end;
    }
    if (f[i] == '^') { /* "%^FB", "%{X}^ti": three characters */
        if (!is_name(f[i + 1]) || !is_name(f[i + 2]))
            return pmt_builder_fail(b, at, "no letter behind \"%\"");
        *pos = i + 3;
        return pmt_builder_var(b, &opaque, plain, at);
    }
    if (!is_name(f[i]))
        return pmt_builder_fail(b, at, "no letter behind \"%\"");
    if (!pmt_is_apache_letter(f[i]))
        return pmt_builder_fail(b, at, pmt_arena_printf(b->arena, "Apache has no directive %%%c",
                                                        f[i]));
    *pos = i + 1;
    if (f[i] == 't' && param.n)
        return apache_time(b, param, at);
    const struct pmt_var *v = pmt_var_apache(f[i], param);
    struct pmt_var better = v ? *v : opaque;
    if (final) /* "%>s": of the last of internal redirections */
        better.flags |= VAR_BETTER;
    if (better.meaning != MEANS_STAMP)
        return pmt_builder_var(b, &better, plain, at);
    pmt_builder_literal(b, '[');
    if (!pmt_builder_var(b, &better, plain, at))
        return false;
    pmt_builder_literal(b, ']');
    return true;
}

bool pmt_read_apache_format(struct pmt_builder *b)
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
        pmt_builder_literal(b, f[i++]);
    }
    return true;
}
