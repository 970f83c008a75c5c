#include "conf_nginx.h"

#include <stdlib.h>

/* nginx, ngx_conf_file.c: words end at a blank, ";" or "{"; "#" begins a comment, and a quote a
 * quoted word, only where a word may begin; behind a backslash any sign is part of the word; "${"
 * opens no block. Afterwards \" \' \\ \t \r \n in a word are what they stand for; other backslashes
 * stay. A word has at most 4096 bytes.
 *
 * lua-nginx-module: "..._by_lua_block {" holds Lua up to its closing brace. */

enum { WORD_MAX = 4096 };

/* A format, or the use of one. */
struct site {
    struct pmt_slice name; /* of the format */
    const char *text, *path, *tag, *file;
    uint64_t line;
    enum pmt_escape escape;
    size_t server; /* whose log it is: 1 is the first of nginx.servers; 0: no server's own */
    bool stream; /* in "stream { }": names of its own */
    bool used;
};

struct sites {
    struct site *v;
    size_t n, cap;
};

struct nginx {
    struct pmt_conf_reader *r;
    struct pmt_conf_words words;
    struct sites formats, logs;
    unsigned stream; /* blocks that are open in "stream { }"; 0: we are not in one */
    unsigned server; /* and in "server { }" */
    const char **servers; /* its name, of each such block; NULL: none that tells */
    size_t nservers, capservers;
    struct pmt_conf_vars vars;
    unsigned map;    /* the same of the innermost "map ... { }" */
};

enum end { AT_END, AT_SEMICOLON, AT_OPEN, AT_CLOSE, AT_BROKEN };

/* ---- words ------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct pmt_conf_frame *f)
{
    for (; f->at < f->text.n; f->at++) {
        char c = f->text.p[f->at];
        if (c == '#')
            while (f->at + 1 < f->text.n && f->text.p[f->at + 1] != '\n')
                f->at++;
        else if (!is_blank(c))
            return;
        f->line += c == '\n';
    }
}

static struct pmt_slice unescape(struct pmt_conf_reader *r, struct pmt_slice s)
{
    static const char from[] = "\"'\\trn", to[] = "\"'\\\t\r\n";
    char *out = pmt_arena_alloc(r->arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool escape = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1];
        const char *k = escape ? strchr(from, s.p[i + 1]) : NULL;
        out[n++] = k ? to[k - from] : s.p[i];
        i += k != NULL;
    }
    return pmt_slice(out, n);
}

/* The end of the word that begins at f->at, at most WORD_MAX on; SIZE_MAX when a quote is not
 * closed. *behind is where the reading goes on. */
static size_t word_end(const struct pmt_conf_frame *f, size_t *behind)
{
    const char *p = f->text.p;
    size_t i = f->at, most = f->text.n - i > WORD_MAX ? i + WORD_MAX : f->text.n;
    char quote = p[i] == '"' || p[i] == '\'' ? p[i] : '\0';
    for (i += quote != '\0'; i < most; i++) {
        if (p[i] == '\\' && i + 1 < most) {
            i++;
        } else if (quote && p[i] == quote) {
            *behind = i + 1;
            return i;
        } else if (!quote && p[i] == '$' && i + 1 < most && p[i + 1] == '{') {
            i++;
        } else if (!quote && (is_blank(p[i]) || p[i] == ';' || p[i] == '{')) {
            break;
        }
    }
    *behind = i;
    return quote || (most < f->text.n && i == most) ? SIZE_MAX : i;
}

/* Behind the end of the line that the reading stands in. */
static void skip_line(struct pmt_conf_frame *f)
{
    while (f->at < f->text.n && f->text.p[f->at] != '\n')
        f->at++;
}

static enum end broken(struct nginx *x, struct pmt_conf_frame *f, const char *what)
{
    pmt_conf_problem(x->r, f->shown, f->line, "%s; the directive is passed over", what);
    if (f->at < f->text.n && f->text.p[f->at] != '}')
        skip_line(f);
    if (++f->broken == PMT_CONF_BROKEN_MAX) {
        pmt_conf_problem(x->r, f->shown, f->line, "this is no configuration of nginx; the rest of "
                                                  "the file is not used");
        f->at = f->text.n;
    }
    return AT_BROKEN;
}

/* Reads one directive into x->words, up to and with what ends it. */
static enum end next(struct nginx *x, struct pmt_conf_frame *f)
{
    struct pmt_conf_words *w = &x->words;
    w->n = 0;
    w->file = f->shown;
    for (;;) {
        skip_blanks(f);
        if (!w->n)
            w->line = f->line;
        if (f->at == f->text.n)
            return w->n ? broken(x, f, "no \";\" behind the last directive") : AT_END;
        char c = f->text.p[f->at];
        if (c == ';' || c == '{' || c == '}') {
            if (c == '}' && w->n) /* it is read again, as the end of the block */
                return broken(x, f, "no \";\" before \"}\"");
            f->at++;
            return c == ';' ? AT_SEMICOLON : c == '{' ? AT_OPEN : AT_CLOSE;
        }
        size_t from = f->at + (c == '"' || c == '\''), behind, to = word_end(f, &behind);
        if (to == SIZE_MAX)
            return broken(x, f, "a quote is not closed, or a word is longer than 4096 bytes");
        if (w->n < PMT_CONF_ARGS)
            w->v[w->n++] = unescape(x->r, pmt_slice(f->text.p + from, to - from));
        for (; f->at < behind; f->at++)
            f->line += f->text.p[f->at] == '\n';
    }
}

/* "[[ ... ]]", "[==[ ... ]==]" of Lua at f->at: to its last bracket. False when none is there. */
static bool skip_long_bracket(struct pmt_conf_frame *f)
{
    const char *p = f->text.p;
    size_t level = 0, i = f->at + 1, end = f->text.n;
    while (i < end && p[i] == '=')
        level++, i++;
    if (f->at >= end || p[f->at] != '[' || i >= end || p[i] != '[')
        return false;
    for (size_t k; i < end; i++) {
        f->line += p[i] == '\n';
        if (p[i] != ']')
            continue;
        for (k = i + 1; k < end && p[k] == '=';)
            k++;
        if (k < end && p[k] == ']' && k - i - 1 == level) {
            f->at = k;
            return true;
        }
    }
    f->at = end - 1;
    return true;
}

/* Behind the closing brace of a block of Lua: strings and comments may hold braces. */
static void skip_lua(struct pmt_conf_frame *f)
{
    const char *p = f->text.p;
    unsigned open = 1;
    for (; f->at < f->text.n && open; f->at++) {
        char c = p[f->at];
        f->line += c == '\n';
        open += c == '{';
        open -= c == '}';
        if (c == '-' && f->at + 1 < f->text.n && p[f->at + 1] == '-') {
            f->at += 2;
            if (!skip_long_bracket(f)) {
                skip_line(f);
                f->at--;
            }
        } else if (c == '[') {
            (void)skip_long_bracket(f);
        } else if (c == '"' || c == '\'') {
            while (++f->at < f->text.n && p[f->at] != c && p[f->at] != '\n')
                f->at += p[f->at] == '\\' && f->at + 1 < f->text.n;
            if (f->at == f->text.n)
                return;
            f->line += p[f->at] == '\n';
        }
    }
}

/* ---- directives -------------------------------------------------------------------------- */

static struct site *put(struct sites *s, const struct nginx *x)
{
    PMT_GROW(s->v, s->n, s->cap);
    s->v[s->n] = (struct site){.file = x->words.file, .line = x->words.line,
                               .server = x->server ? x->nservers : 0, .stream = x->stream != 0};
    return &s->v[s->n++];
}

/* log_format NAME [escape=default|json|none] TEXT...; */
static void log_format(struct nginx *x)
{
    const struct pmt_conf_words *w = &x->words;
    struct pmt_buf b = {0};
    size_t i = 2;
    if (w->n < 3) {
        pmt_conf_problem(x->r, w->file, w->line, "log_format without a name or a format; it is "
                                                 "passed over");
        return;
    }
    if (x->formats.n == PMT_CONF_ENTRIES_MAX)
        return;
    struct site *f = put(&x->formats, x);
    f->name = w->v[1];
    if (pmt_slice_starts(w->v[2], "escape=")) {
        struct pmt_slice how = pmt_slice(w->v[2].p + 7, w->v[2].n - 7);
        f->escape = pmt_slice_is(how, "json")   ? PMT_ESCAPE_JSON
                    : pmt_slice_is(how, "none") ? PMT_ESCAPE_NONE : PMT_ESCAPE_DEFAULT;
        i = 3;
    }
    for (; i < w->n; i++)
        pmt_buf_slice(&b, w->v[i]);
    f->text = pmt_arena_copy(x->r->arena, pmt_buf_view(&b)).p;
    pmt_buf_fini(&b);
}

/* "syslog:server=ADDRESS[,facility=...][,tag=...]" */
static const char *syslog_tag(struct nginx *x, struct pmt_slice target)
{
    struct pmt_cursor c = pmt_cursor(pmt_slice(target.p + 7, target.n - 7));
    struct pmt_slice part;
    const char *tag = "nginx";
    while (!pmt_cur_end(&c)) {
        if (!pmt_cur_until(&c, ',', &part)) {
            part = pmt_cur_rest(&c);
            c.p = c.end;
        }
        if (pmt_slice_starts(part, "tag="))
            tag = pmt_arena_copy(x->r->arena, pmt_slice(part.p + 4, part.n - 4)).p;
    }
    return tag;
}

/* access_log PATH [NAME [buffer=...] ...]; access_log syslog:... [NAME ...]; access_log off; */
static void access_log(struct nginx *x)
{
    const struct pmt_conf_words *w = &x->words;
    if (w->n < 2 || pmt_slice_is(w->v[1], "off") || x->logs.n == PMT_CONF_ENTRIES_MAX)
        return;
    struct site *l = put(&x->logs, x);
    l->name = w->n > 2 && !memchr(w->v[2].p, '=', w->v[2].n) ? w->v[2] : PMT_SLICE("combined");
    if (pmt_slice_starts(w->v[1], "syslog:"))
        l->tag = syslog_tag(x, w->v[1]);
    else
        l->path = pmt_conf_pattern(x->r, w->v[1], '$');
}

/* server_name NAME...; "_", "", variables, patterns and regular expressions name none. */
static void server_name(struct nginx *x)
{
    const struct pmt_conf_words *w = &x->words;
    const char **to = x->server ? &x->servers[x->nservers - 1] : NULL;
    for (size_t i = 1; to && !*to && i < w->n; i++) {
        struct pmt_slice s = w->v[i];
        if (s.n && *s.p == '.')
            s = pmt_slice(s.p + 1, s.n - 1);
        if (s.n && !pmt_slice_is(s, "_") && *s.p != '~' && !memchr(s.p, '*', s.n) &&
            !memchr(s.p, '$', s.n))
            *to = pmt_conf_word(x->r, s);
    }
}

static void directive(struct nginx *x)
{
    const struct pmt_conf_words *w = &x->words;
    if (!w->n)
        return;
    if (x->map && x->map == x->r->blocks)
        pmt_conf_map_entry(&x->vars, w);
    else if (pmt_slice_is(w->v[0], "set"))
        pmt_conf_set(&x->vars, w);
    else if (pmt_slice_is(w->v[0], "log_format"))
        log_format(x);
    else if (pmt_slice_is(w->v[0], "access_log"))
        access_log(x);
    else if (pmt_slice_is(w->v[0], "server_name"))
        server_name(x);
    else if (pmt_slice_is(w->v[0], "include") && w->n > 1)
        pmt_conf_include(x->r, w, w->v[1], NULL, false);
}

static void open_block(struct nginx *x, struct pmt_conf_frame *f)
{
    const struct pmt_conf_words *w = &x->words;
    if (w->n && pmt_slice_ends(w->v[0], "_by_lua_block")) {
        skip_lua(f);
        return;
    }
    x->r->blocks++;
    if (!x->stream && w->n == 1 && pmt_slice_is(w->v[0], "stream"))
        x->stream = x->r->blocks;
    if (!x->stream && !x->server && w->n == 1 && pmt_slice_is(w->v[0], "server")) {
        PMT_GROW(x->servers, x->nservers, x->capservers);
        x->servers[x->nservers++] = NULL;
        x->server = x->r->blocks;
    }
    if (w->n && pmt_slice_is(w->v[0], "map")) {
        x->map = x->r->blocks;
        pmt_conf_map(&x->vars, w);
    }
}

static void close_block(struct nginx *x, const struct pmt_conf_frame *f)
{
    if (x->r->blocks == f->blocks) {
        pmt_conf_problem(x->r, f->shown, f->line, "\"}\" closes no block; it is passed over");
        return;
    }
    if (x->stream == x->r->blocks)
        x->stream = 0;
    if (x->server == x->r->blocks)
        x->server = 0;
    if (x->map == x->r->blocks)
        x->map = 0;
    x->r->blocks--;
}

static void end_file(struct nginx *x, const struct pmt_conf_frame *f)
{
    if (x->r->blocks > f->blocks)
        pmt_conf_problem(x->r, f->shown, f->line - (f->text.p[f->at - 1] == '\n'),
                         "the file ends inside a block; the \"}\" is taken to be there");
    x->r->blocks = f->blocks;
    if (x->stream > x->r->blocks)
        x->stream = 0;
    if (x->server > x->r->blocks)
        x->server = 0;
    if (x->map > x->r->blocks)
        x->map = 0;
    pmt_conf_pop(x->r);
}

/* ---- what comes of it -------------------------------------------------------------------- */

/* The last one of the name, as the server would not start with two. */
static struct site *find_format(struct nginx *x, const struct site *log)
{
    for (size_t i = x->formats.n; i > 0; i--) {
        struct site *f = &x->formats.v[i - 1];
        if (f->stream == log->stream && pmt_slice_eq(f->name, log->name))
            return f;
    }
    return NULL;
}

static void add(struct nginx *x, const struct site *format, const struct site *log)
{
    const struct site *at = format ? format : log;
    pmt_conf_add(x->r, &(struct pmt_conf_entry){
                           .text = format ? format->text : NULL,
                           .name = pmt_arena_printf(x->r->arena, "log_format %s",
                                                    pmt_conf_word(x->r, at->name)),
                           .file = at->file, .line = at->line,
                           .path = log ? log->path : NULL, .tag = log ? log->tag : NULL,
                           .site = log && log->server ? x->servers[log->server - 1] : NULL,
                           .escape = format ? format->escape : PMT_ESCAPE_DEFAULT});
}

static void resolve(struct nginx *x)
{
    for (size_t i = 0; i < x->formats.n; i++)
        x->formats.v[i].text =
            pmt_conf_with_vars(&x->vars, x->formats.v[i].text, x->r->arena);
    for (size_t i = 0; i < x->logs.n; i++) {
        const struct site *log = &x->logs.v[i];
        struct site *format = find_format(x, log);
        if (format)
            format->used = true;
        else if (!pmt_slice_is(log->name, "combined"))
            pmt_conf_problem(x->r, log->file, log->line,
                             "access_log names the format \"%s\", which no log_format has; its "
                             "lines are read as far as they are of a known format",
                             pmt_conf_word(x->r, log->name));
        add(x, format, log);
    }
    for (size_t i = 0; i < x->formats.n; i++)
        if (!x->formats.v[i].used)
            add(x, &x->formats.v[i], NULL);
}

void pmt_conf_nginx(struct pmt_conf_reader *r)
{
    struct nginx *x = pmt_alloc(sizeof *x);
    struct pmt_conf_frame *f;
    x->r = r;
    while ((f = pmt_conf_top(r))) {
        switch (next(x, f)) {
        case AT_END: end_file(x, f); break;
        case AT_SEMICOLON: directive(x); break;
        case AT_OPEN: open_block(x, f); break;
        case AT_CLOSE: close_block(x, f); break;
        case AT_BROKEN: break;
        }
    }
    resolve(x);
    free(x->formats.v);
    free(x->logs.v);
    free(x->servers);
    free(x->vars.v);
    free(x);
}
