#include "template_program.h"

/* HAProxy's sample expressions, "%[fetch(arguments),converter(arguments),...]" (configuration
 * manual 7.3): those that say what a request log looks for. A converter that changes the value more
 * than its case or its escapes makes it opaque. */

static const struct pmt_var fetches[] = {
    {"src", MEANS_CLIENT, TAKE_WORD, VAR_ADDRESS, NULL},
    {"fc_src", MEANS_CLIENT, TAKE_WORD, VAR_ADDRESS, NULL},
    {"src_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"fc_src_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"dst", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS, NULL},
    {"dst_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"bc_dst", MEANS_NOTHING, TAKE_WORD, VAR_ADDRESS, NULL},
    {"bc_dst_port", MEANS_NOTHING, TAKE_NUMBER, VAR_PORT, NULL},
    {"method", MEANS_METHOD, TAKE_TEXT, 0, NULL},
    {"capture.req.method", MEANS_METHOD, TAKE_TEXT, 0, NULL},
    {"capture.req.uri", MEANS_PATH, TAKE_TEXT, VAR_PATH | VAR_BETTER, NULL},
    {"url", MEANS_PATH, TAKE_TEXT, VAR_PATH | VAR_BETTER, NULL},
    {"pathq", MEANS_PATH, TAKE_TEXT, VAR_PATH | VAR_BETTER, NULL},
    {"path", MEANS_PATH, TAKE_TEXT, VAR_PATH, NULL},
    {"base", MEANS_PATH, TAKE_TEXT, VAR_PATH, NULL},
    {"var(txn.base)", MEANS_PATH, TAKE_TEXT, VAR_PATH, NULL}, /* as an ingress controller has it */
    {"query", MEANS_NOTHING, TAKE_TEXT, VAR_QUERY, NULL},
    {"status", MEANS_STATUS, TAKE_STATUS, VAR_NUMBER, NULL},
    {"txn.status", MEANS_STATUS, TAKE_STATUS, VAR_NUMBER, NULL},
    {"fe_name", MEANS_FRONTEND, TAKE_WORD, 0, NULL},
    {"be_name", MEANS_BACKEND, TAKE_WORD, 0, NULL},
    {"srv_name", MEANS_SERVER, TAKE_WORD, 0, NULL},
    {"txn.sess_term_state", MEANS_TERMINATION, TAKE_STATE, 0, NULL},
    {"txn.conn_retries", MEANS_RETRIES, TAKE_NUMBER, VAR_NUMBER, NULL},
    {"txn.timer.total", MEANS_MILLIS, TAKE_NUMBER, VAR_NUMBER, NULL},
    {"txn.timer.user", MEANS_NOTHING, TAKE_NUMBER, VAR_NUMBER, NULL},
    {"req.timer.queue", MEANS_QUEUE_MILLIS, TAKE_NUMBER, VAR_NUMBER, NULL},
    {"bc.timer.connect", MEANS_CONNECT_MILLIS, TAKE_NUMBER, VAR_NUMBER, NULL},
    {"res.timer.hdr", MEANS_RESPONSE_MILLIS, TAKE_NUMBER, VAR_NUMBER, NULL},
    {"bytes_out", MEANS_BYTES, TAKE_NUMBER, VAR_NUMBER, NULL},
    {"ssl_fc_sni", MEANS_VHOST, TAKE_TEXT, VAR_HOST, NULL},
    {"fc_err_str", MEANS_MESSAGE, TAKE_TEXT, 0, NULL},
    {NULL, MEANS_NOTHING, TAKE_TEXT, 0, NULL},
};

static const struct pmt_var headers[] = {
    {"host", MEANS_VHOST, TAKE_TEXT, VAR_HOST, NULL},
    {"user-agent", MEANS_AGENT, TAKE_TEXT, VAR_BLANKS, NULL},
    {"referer", MEANS_REFERRER, TAKE_TEXT, 0, NULL},
    {"x-forwarded-for", MEANS_FORWARDED, TAKE_TEXT, VAR_BETTER, NULL},
    {"x-real-ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL},
    {"cf-connecting-ip", MEANS_FORWARDED, TAKE_TEXT, 0, NULL},
    {NULL, MEANS_NOTHING, TAKE_TEXT, 0, NULL},
};

/* "name" or "name(arguments)" at the cursor, up to the comma behind it. */
static bool next_call(struct pmt_cursor *c, struct pmt_slice *name, struct pmt_slice *args)
{
    if (pmt_cur_end(c))
        return false;
    const char *p = c->p;
    while (p < c->end && *p != ',' && *p != '(')
        p++;
    *name = pmt_slice_trim(pmt_slice(c->p, (size_t)(p - c->p)));
    *args = PMT_NO_SLICE;
    if (p < c->end && *p == '(') {
        const char *from = ++p;
        char quote = 0;
        for (int depth = 1; p < c->end; p++) {
            if (quote)
                quote = *p == quote ? 0 : quote;
            else if (*p == '\'' || *p == '"')
                quote = *p;
            else if (*p == '(')
                depth++;
            else if (*p == ')' && --depth == 0)
                break;
        }
        *args = pmt_slice(from, (size_t)(p - from));
        while (p < c->end && *p != ',')
            p++;
    }
    c->p = p + (p < c->end);
    return true;
}

static struct pmt_slice without_quotes(struct pmt_slice s)
{
    s = pmt_slice_trim(s);
    if (s.n > 2 && s.p[0] == '\\' && (s.p[1] == '"' || s.p[1] == '\'')) /* as a file has it */
        s = pmt_slice(s.p + 1, s.n - 1);
    if (s.n >= 2 && (*s.p == '"' || *s.p == '\'')) {
        s = pmt_slice(s.p + 1, s.n - 2);
        if (pmt_slice_ends(s, "\\"))
            s.n--;
    }
    return s;
}

/* The unit that a date is counted in: "date(0,ms)", "accept_date(us)". */
static const char *unit_of(struct pmt_slice args)
{
    if (pmt_slice_ends(args, "ms"))
        return "%Q";
    return pmt_slice_ends(args, "us") ? "%q" : "%s";
}

/* "...%SZ", "...%3NZ": whatever it was put together from, the line says that it is UTC. */
static bool says_utc(const char *format)
{
    size_t n = strlen(format);
    return n > 2 && format[n - 1] == 'Z' && strchr("STNsfL", format[n - 2]);
}

/* ltime("%Y-%m-%d ..."[,offset]): a part of a second is %N, or %3N in so many digits. */
static bool take_time_format(struct pmt_slice name, struct pmt_slice args, struct pmt_arena *arena,
                             struct pmt_var *ret)
{
    bool utc = pmt_slice_ends(name, "utime");
    if (!utc && !pmt_slice_ends(name, "ltime"))
        return false;
    struct pmt_slice format = args;
    const char *comma = args.n && *args.p != '"' && *args.p != '\'' ? memchr(args.p, ',', args.n)
                                                                    : NULL;
    if (comma)
        format.n = (size_t)(comma - args.p);
    format = without_quotes(format);
    size_t ignored;
    const char *text = pmt_arena_copy(arena, format).p;
    if (!format.n || !pmt_parts_of(text, &ignored))
        return false;
    utc |= says_utc(text);
    ret->parts = text;
    ret->flags = (uint16_t)((ret->flags & ~(unsigned)VAR_NUMBER) | (utc ? VAR_UNIVERSAL : 0));
    return true;
}

static bool take_date(struct pmt_slice name, struct pmt_slice args, struct pmt_var *ret)
{
    bool request = pmt_slice_is(name, "request_date");
    if (!request && !pmt_slice_is(name, "accept_date") &&
        !(pmt_slice_is(name, "date") && (!args.n || *args.p == '0')))
        return false;
    *ret = (struct pmt_var){"", MEANS_NOTHING, TAKE_PARTS,
                            (uint16_t)(VAR_NUMBER | (request ? VAR_REQUEST_DATE : 0)),
                            unit_of(args)};
    return true;
}

static const struct pmt_var *find(const struct pmt_var *vars, struct pmt_slice name, bool header)
{
    for (; vars->name; vars++)
        if (header ? pmt_same_without_case(name, vars->name) : pmt_slice_is(name, vars->name))
            return vars;
    return NULL;
}

static bool is_header(struct pmt_slice name)
{
    static const char *const names[] = {"hdr", "fhdr", "req.hdr", "req.fhdr", "req.hdr_ip",
                                        "hdr_ip"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pmt_slice_is(name, names[i]))
            return true;
    return false;
}

static bool keeps_the_value(struct pmt_slice converter)
{
    static const char *const names[] = {"lower", "upper", "json", "ltrim", "rtrim", "trim"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pmt_slice_is(converter, names[i]))
            return true;
    return false;
}

bool pmt_var_haproxy_expr(struct pmt_slice expr, struct pmt_arena *arena, struct pmt_var *ret)
{
    static const struct pmt_var opaque = {"", MEANS_NOTHING, TAKE_TEXT, 0, NULL};
    struct pmt_cursor c = pmt_cursor(expr);
    struct pmt_slice name, args;
    *ret = opaque;
    if (!next_call(&c, &name, &args))
        return true;
    bool is_date = take_date(name, args, ret);
    if (!is_date) {
        const struct pmt_var *v = pmt_slice_is(expr, "var(txn.base)") ? find(fetches, expr, false)
                                : is_header(name) ? find(headers, without_quotes(args), true)
                                                  : find(fetches, name, false);
        if (v)
            *ret = *v;
    }
    while (next_call(&c, &name, &args)) {
        bool date = ret->take == TAKE_PARTS && take_time_format(name, args, arena, ret);
        if (!date && pmt_slice_is(name, "http_date") && ret->take == TAKE_PARTS) {
            ret->parts = "%a, %d %b %Y %H:%M:%S %Z";
            ret->flags = (uint16_t)(ret->flags & ~(unsigned)VAR_NUMBER);
        } else if (!date && !keeps_the_value(name)) {
            *ret = opaque;
        }
    }
    return !is_date || ret->take == TAKE_PARTS;
}
