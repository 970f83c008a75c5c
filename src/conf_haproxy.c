#include "conf_parts.h"

#include <stdlib.h>
#include <strings.h>

/* HAProxy, configuration manual 2.2 and 2.3: one keyword a line; words end at a blank; "#" begins a
 * comment; a backslash takes the meaning of a blank, "#", "\", a quote or "$" away, and \n \r \t
 * \xHH stand for a byte; '...' is taken as it is; in "..." a backslash keeps its meaning and $NAME,
 * ${NAME} and ${NAME-default} are variables of the environment. Sections begin with their keyword
 * and go on to the next one.
 *
 * There are no includes; sites start HAProxy with "-f /etc/haproxy/haproxy.cfg -f
 * /etc/haproxy/conf.d", so what lies there is read too, in the order of names as HAProxy does.
 *
 * A format is not tied to a file, so what a proxy has from its "defaults" makes no difference: each
 * format that stands anywhere is one. */

enum {
    VARIABLES_MAX = 100,
    WORD_BYTES = 65536,
    CAPTURES_MAX = 32,
    CAPTURE_WHOLE = 40, /* a shorter capture may hold half an address or half a host */
};

struct variable {
    struct pmt_slice name, value;
};

struct haproxy {
    struct pmt_conf_reader *r;
    struct pmt_conf_words words;
    struct pmt_buf word;
    const char *section; /* "frontend www" */
    bool log_profile;
    const char *tag; /* of the last log-tag */
    struct variable variables[VARIABLES_MAX];
    size_t nvariables;
    struct pmt_slice captures[CAPTURES_MAX]; /* names of request headers, in this section */
    size_t ncaptures, first_entry;           /* of this section */
    struct pmt_slice unknown; /* a variable of this line that is set nowhere */
};

/* ---- words ------------------------------------------------------------------------------- */

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at;
    char lower = c >= 'A' && c <= 'F' ? (char)(c + 32) : c;
    return lower && (at = strchr(digits, lower)) ? (int)(at - digits) : -1;
}

/* What a backslash at i stands for, into x->word; the bytes it takes. */
static size_t put_escape(struct haproxy *x, struct pmt_slice s, size_t i, bool quoted)
{
    char c = i + 1 < s.n ? s.p[i + 1] : '\0';
    if (c == 'x' && i + 3 < s.n && hex(s.p[i + 2]) >= 0 && hex(s.p[i + 3]) >= 0) {
        char byte = (char)(hex(s.p[i + 2]) * 16 + hex(s.p[i + 3]));
        pmt_buf_put(&x->word, &byte, 1);
        return 4;
    }
    char out = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
    if (!c || (!strchr(" \\#nrt\"'", c) && !(quoted && c == '$'))) {
        pmt_buf_put(&x->word, "\\", 1);
        return 1;
    }
    pmt_buf_put(&x->word, &out, 1);
    return 2;
}

/* The value of "$NAME" or "${NAME-default}" at i, into x->word; the bytes it takes. */
static size_t put_variable(struct haproxy *x, struct pmt_slice s, size_t i)
{
    size_t from = i + 1, to;
    bool brace = from < s.n && s.p[from] == '{';
    from += brace;
    for (to = from; to < s.n && (is_name(s.p[to]) || (brace && s.p[to] == '.')); to++)
        ;
    struct pmt_slice name = pmt_slice(s.p + from, to - from), fallback = PMT_NO_SLICE;
    if (brace && to < s.n && s.p[to] == '-') {
        size_t begin = ++to;
        while (to < s.n && s.p[to] != '}')
            to++;
        fallback = pmt_slice(s.p + begin, to - begin);
    }
    if (brace)
        while (to < s.n && s.p[to++] != '}')
            ;
    if (!name.n) {
        pmt_buf_put(&x->word, "$", 1);
        return 1;
    }
    for (size_t k = x->nvariables; k > 0; k--)
        if (pmt_slice_eq(x->variables[k - 1].name, name)) {
            if (x->word.n < WORD_BYTES) /* each may hold the one before twice */
                pmt_buf_slice(&x->word, x->variables[k - 1].value);
            return to - i;
        }
    if (fallback.p)
        pmt_buf_slice(&x->word, fallback);
    else
        x->unknown = name;
    return to - i;
}

static void put_word(struct haproxy *x)
{
    struct pmt_conf_words *w = &x->words;
    if (w->n < PMT_CONF_ARGS)
        w->v[w->n++] = pmt_arena_copy(x->r->arena, pmt_buf_view(&x->word));
    pmt_buf_clear(&x->word);
}

/* Splits a line into x->words. False when a quote in it is not closed. */
static bool split(struct haproxy *x, struct pmt_slice s)
{
    char quote = '\0';
    bool in_word = false;
    pmt_buf_clear(&x->word);
    for (size_t i = 0; i < s.n;) {
        char c = s.p[i];
        bool blank = c == ' ' || c == '\t' || c == '\r';
        if (!quote && (blank || c == '#')) {
            if (in_word)
                put_word(x);
            in_word = false;
            if (c == '#')
                return true;
            i++;
            continue;
        }
        in_word = true;
        if (c == '\\' && quote != '\'') {
            i += put_escape(x, s, i, quote == '"');
        } else if (c == '$' && quote == '"') {
            i += put_variable(x, s, i);
        } else if ((c == '"' && quote != '\'') || (c == '\'' && quote != '"')) {
            quote = quote ? '\0' : c;
            i++;
        } else {
            pmt_buf_put(&x->word, &c, 1);
            i++;
        }
    }
    if (in_word)
        put_word(x);
    return !quote;
}

/* ---- keywords ---------------------------------------------------------------------------- */

static bool word_is(const struct haproxy *x, size_t i, const char *s)
{
    return i < x->words.n && pmt_slice_is(x->words.v[i], s);
}

/* The template's own reader takes backslashes away, as they stand in the file. */
static const char *with_backslashes(struct haproxy *x, struct pmt_slice s)
{
    char *out = pmt_arena_alloc(x->r->arena, 2 * s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\')
            out[n++] = '\\';
        out[n++] = s.p[i];
    }
    return out;
}

static void put_format(struct haproxy *x, const char *keyword, size_t at)
{
    const struct pmt_conf_words *w = &x->words;
    if (at >= w->n || !w->v[at].n) {
        pmt_conf_problem(x->r, w->file, w->line, "%s without a format; it is passed over", keyword);
        return;
    }
    if (at + 1 < w->n)
        pmt_conf_problem(x->r, w->file, w->line,
                         "%s has blanks that are neither quoted nor behind a backslash; only what "
                         "stands before the first is used", keyword);
    pmt_conf_add(x->r, &(struct pmt_conf_entry){
                           .text = with_backslashes(x, w->v[at]),
                           .name = pmt_arena_printf(x->r->arena, "%s in %s", keyword, x->section),
                           .file = w->file, .line = w->line, .tag = x->tag});
}

/* "on STEP [drop] [format FORMAT] [sd FORMAT]" of a log-profile. */
static void on_step(struct haproxy *x)
{
    for (size_t i = 2; i + 1 < x->words.n; i++)
        if (word_is(x, i, "format")) {
            put_format(x, "format", i + 1);
            return;
        } else if (word_is(x, i, "sd")) {
            i++;
        }
}

static void end_section(struct haproxy *x);

static bool begin_section(struct haproxy *x)
{
    static const char *const sections[] = {
        "global",  "defaults",    "frontend",  "backend",     "listen",   "peers",  "resolvers",
        "mailers", "userlist",    "cache",     "program",     "ring",     "traces", "http-errors",
        "acme",    "log-forward", "fcgi-app",  "log-profile", "crt-store"};
    const struct pmt_conf_words *w = &x->words;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (word_is(x, 0, sections[i])) {
            end_section(x);
            bool named = w->n > 1 && !word_is(x, 1, "from");
            x->section = named ? pmt_arena_printf(x->r->arena, "%s %s", sections[i],
                                                  pmt_conf_word(x->r, w->v[1]))
                               : sections[i];
            x->log_profile = word_is(x, 0, "log-profile");
            return true;
        }
    return false;
}

/* ---- captures ---------------------------------------------------------------------------- */

/* The header in "req.hdr(NAME)" or "hdr(NAME,1)"; nothing for other samples. */
static struct pmt_slice header_of(struct pmt_slice sample)
{
    struct pmt_cursor c = pmt_cursor(sample);
    struct pmt_slice name;
    pmt_cur_lit(&c, "req.");
    pmt_cur_lit(&c, "f");
    if (!pmt_cur_lit(&c, "hdr(") || !pmt_cur_until(&c, ')', &name) || !pmt_cur_end(&c))
        return PMT_NO_SLICE;
    const char *comma = name.n ? memchr(name.p, ',', name.n) : NULL;
    return comma ? pmt_slice(name.p, (size_t)(comma - name.p)) : name;
}

/* "capture request header NAME len N", "http-request capture SAMPLE len N", "tcp-request content
 * capture SAMPLE len N" and "declare capture request len N" take a slot each, in this order. */
static void take_capture(struct haproxy *x)
{
    const struct pmt_conf_words *w = &x->words;
    bool header = word_is(x, 0, "capture") && word_is(x, 1, "request") && word_is(x, 2, "header");
    bool http = word_is(x, 0, "http-request") && word_is(x, 1, "capture");
    bool tcp = word_is(x, 0, "tcp-request") && word_is(x, 1, "content") && word_is(x, 2, "capture");
    bool declared = word_is(x, 0, "declare") && word_is(x, 2, "request");
    size_t sample = http || declared ? 2 : 3;
    int64_t len;
    if (!(header || http || tcp || declared) || !word_is(x, sample + 1, "len") ||
        x->ncaptures == CAPTURES_MAX || sample + 2 >= w->n)
        return;
    bool whole = pmt_slice_int(w->v[sample + 2], &len) && len >= CAPTURE_WHOLE;
    struct pmt_slice name = declared ? PMT_NO_SLICE
                            : header ? w->v[sample]
                                     : header_of(w->v[sample]);
    for (size_t i = 0; i < name.n; i++)
        whole = whole && (is_name(name.p[i]) || name.p[i] == '-');
    x->captures[x->ncaptures++] = whole ? pmt_arena_copy(x->r->arena, name) : PMT_NO_SLICE;
}

static bool is_agent(struct pmt_slice name)
{
    static const char agent[] = "user-agent";
    return name.n == sizeof agent - 1 && strncasecmp(name.p, agent, name.n) == 0;
}

/* "%[capture.req.hdr(0)]" is the header of that slot; a user agent holds blanks, and is left as it
 * is where one stands behind it. */
static const char *with_headers(struct haproxy *x, const char *text)
{
    static const char call[] = "%[capture.req.hdr(";
    struct pmt_buf b = {0};
    for (const char *p = text; *p;) {
        char *end = NULL;
        unsigned long slot = CAPTURES_MAX;
        if (strncmp(p, call, sizeof call - 1) == 0)
            slot = strtoul(p + sizeof call - 1, &end, 10);
        struct pmt_slice name = slot < x->ncaptures ? x->captures[slot] : PMT_NO_SLICE;
        bool whole = name.n && end[0] == ')' && end[1] == ']';
        if (!whole || (is_agent(name) && (end[2] == ' ' || !end[2]))) {
            pmt_buf_put(&b, p++, 1);
            continue;
        }
        pmt_buf_puts(&b, "%[req.hdr(");
        pmt_buf_slice(&b, name);
        p = end;
    }
    text = pmt_arena_copy(x->r->arena, pmt_buf_view(&b)).p;
    pmt_buf_fini(&b);
    return text;
}

static void end_section(struct haproxy *x)
{
    struct pmt_conf *c = x->r->conf;
    for (size_t i = x->first_entry; i < c->n && x->ncaptures; i++)
        if (c->entries[i].text && strstr(c->entries[i].text, "%[capture.req.hdr("))
            c->entries[i].text = with_headers(x, c->entries[i].text);
    x->ncaptures = 0;
    x->first_entry = c->n;
}

static void set_variable(struct haproxy *x)
{
    const struct pmt_conf_words *w = &x->words;
    if (w->n < 3 || x->nvariables == VARIABLES_MAX)
        return;
    for (size_t i = 0; word_is(x, 0, "presetenv") && i < x->nvariables; i++)
        if (pmt_slice_eq(x->variables[i].name, w->v[1]))
            return;
    x->variables[x->nvariables++] = (struct variable){w->v[1], w->v[2]};
}

/* What HAProxy sets in its own environment (src/haproxy.c, env.h): its formats, to be extended. */
static void set_own_variables(struct haproxy *x)
{
#define REQUEST                                                                                    \
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq " \
    "%hr %hs %{+Q}r"
    static const char *const own[][2] = {
        {"HAPROXY_HTTP_LOG_FMT", (REQUEST)},
        {"HAPROXY_HTTPS_LOG_FMT",
         (REQUEST " %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/"
                  "%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc")},
        {"HAPROXY_TCP_LOG_FMT",
         "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"},
        {"HAPROXY_HTTP_CLF_LOG_FMT",
         ("%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta "
          "%tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl")},
        {"HAPROXY_TCP_CLF_LOG_FMT",
         ("%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s %Th %Tw %Tc %Tt "
          "%U %ts-- %ac %fc %bc %sc %rc %sq %bq \"\" \"\" ")},
    };
#undef REQUEST
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        x->variables[x->nvariables++] = (struct variable){pmt_str(own[i][0]), pmt_str(own[i][1])};
}

/* log-format-sd is about the structured data in front of the message, which is read as such. */
static void line(struct haproxy *x)
{
    static const char *const formats[] = {"log-format", "error-log-format"};
    const struct pmt_conf_words *w = &x->words;
    if (!w->n || begin_section(x))
        return;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!word_is(x, 0, formats[i]))
            continue;
        if (x->unknown.n)
            pmt_conf_problem(x->r, w->file, w->line,
                             "%s uses ${%s}, which is set outside of the configuration; give the "
                             "format with --log-format", formats[i],
                             pmt_conf_word(x->r, x->unknown));
        else
            put_format(x, formats[i], 1);
    }
    take_capture(x);
    if (x->log_profile && word_is(x, 0, "on") && !x->unknown.n)
        on_step(x);
    else if (word_is(x, 0, "log-tag") && w->n > 1)
        x->tag = pmt_arena_copy(x->r->arena, w->v[1]).p;
    else if (word_is(x, 0, "setenv") || word_is(x, 0, "presetenv"))
        set_variable(x);
}

static void next_line(struct haproxy *x, struct pmt_conf_frame *f)
{
    struct pmt_slice rest = pmt_slice(f->text.p + f->at, f->text.n - f->at);
    const char *end = memchr(rest.p, '\n', rest.n);
    struct pmt_slice s = pmt_slice(rest.p, end ? (size_t)(end - rest.p) : rest.n);
    x->words.n = 0;
    x->words.file = f->shown;
    x->words.line = f->line;
    x->unknown = PMT_NO_SLICE;
    f->at += s.n + (end != NULL);
    f->line++;
    if (split(x, s)) {
        line(x);
        return;
    }
    pmt_conf_problem(x->r, f->shown, x->words.line,
                     "a quote is not closed; the line is passed over");
    if (++f->broken == PMT_CONF_BROKEN_MAX) {
        pmt_conf_problem(x->r, f->shown, f->line,
                         "this is no configuration of HAProxy; the rest of the file is not used");
        f->at = f->text.n;
    }
}

void pmt_conf_haproxy(struct pmt_conf_reader *r)
{
    struct haproxy *x = pmt_alloc(sizeof *x);
    struct pmt_conf_frame *f;
    x->r = r;
    x->section = "no section";
    set_own_variables(x);
    for (int beside = 0; beside < 2; beside++) {
        while ((f = pmt_conf_top(r))) {
            if (f->at < f->text.n)
                next_line(x, f);
            else
                pmt_conf_pop(r);
        }
        end_section(x);
        if (!beside) /* nothing includes it: HAProxy is started with two -f */
            pmt_conf_include(r, &x->words, PMT_SLICE("conf.d/*.cfg"), NULL, true);
    }
    pmt_buf_fini(&x->word);
    free(x);
}
