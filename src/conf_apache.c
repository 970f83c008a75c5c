#include "conf_parts.h"

#include <stdlib.h>

/* Apache httpd, "Configuration Files" and server/util.c (ap_getword_conf): one directive a line; a
 * backslash at the end of a line joins the next; a comment is a line of its own; a word in quotes
 * ends at the same quote, before which a backslash takes its meaning away, as it does before a
 * backslash in any word. ${NAME} is what Define or the environment of the server says: on Debian
 * the file envvars beside the main file. */

enum { VARIABLES_MAX = 200, VARIABLE_MAX = 200, LINE_BYTES = 65536 };

struct variable {
    struct pmt_slice name, value;
};

/* A format, or the use of one. */
struct site {
    struct pmt_slice name; /* of the format; of a use: or the format itself */
    const char *path, *file, *directive;
    uint64_t line;
    bool nameless; /* a format without a name: TransferLog's from here on */
};

struct sites {
    struct site *v;
    size_t n, cap;
};

struct apache {
    struct pmt_conf_reader *r;
    struct pmt_conf_words words;
    struct pmt_buf line;
    struct sites formats, logs;
    struct pmt_slice *texts; /* of the formats */
    size_t captexts;
    struct variable variables[VARIABLES_MAX];
    size_t nvariables;
    struct pmt_slice unknown; /* a variable of this line that is set nowhere */
    const char *server_root;  /* NULL: the folder of the main file */
};

/* ---- variables --------------------------------------------------------------------------- */

static void define(struct apache *x, struct pmt_slice name, struct pmt_slice value)
{
    for (size_t i = 0; i < x->nvariables; i++)
        if (pmt_slice_eq(x->variables[i].name, name)) {
            x->variables[i].value = value;
            return;
        }
    if (x->nvariables < VARIABLES_MAX)
        x->variables[x->nvariables++] = (struct variable){name, value};
}

static const struct variable *find_variable(const struct apache *x, struct pmt_slice name)
{
    for (size_t i = 0; i < x->nvariables; i++)
        if (pmt_slice_eq(x->variables[i].name, name))
            return &x->variables[i];
    return NULL;
}

/* The line with its variables' values; of one that nobody sets the name is kept in x->unknown. */
static void put_line(struct apache *x, struct pmt_slice s)
{
    for (size_t i = 0; i < s.n && x->line.n < LINE_BYTES; i++) {
        size_t left = s.n - i < VARIABLE_MAX ? s.n - i : VARIABLE_MAX;
        const char *end = left > 2 && s.p[i] == '$' && s.p[i + 1] == '{'
                              ? memchr(s.p + i, '}', left) : NULL;
        if (!end) {
            pmt_buf_put(&x->line, s.p + i, 1);
            continue;
        }
        struct pmt_slice name = pmt_slice(s.p + i + 2, (size_t)(end - s.p) - i - 2);
        const struct variable *v = find_variable(x, name);
        if (v)
            pmt_buf_slice(&x->line, v->value);
        else
            x->unknown = name;
        i = (size_t)(end - s.p);
    }
}

/* "export NAME=value$SUFFIX" of Debian's envvars, which is a script: only such plain lines are
 * read. SUFFIX is that of a second server on one machine. */
static void read_envvars(struct apache *x)
{
    struct pmt_slice text, s;
    const char *why, *path = pmt_arena_printf(x->r->arena, "%s/envvars", x->r->dir);
    if (x->r->no_files || !pmt_conf_open(x->r, path, &text, &why))
        return;
    struct pmt_cursor c = pmt_cursor(text);
    while (pmt_cur_until(&c, '\n', &s)) {
        struct pmt_cursor l = pmt_cursor(pmt_slice_trim(s));
        struct pmt_slice name;
        if (!pmt_cur_lit(&l, "export ") || !pmt_cur_until(&l, '=', &name))
            continue;
        struct pmt_slice value = pmt_cur_rest(&l);
        if (pmt_slice_ends(value, "$SUFFIX"))
            value.n -= 7;
        if (!memchr(value.p, '$', value.n) && !memchr(value.p, '`', value.n))
            define(x, pmt_slice_trim(name), value);
    }
}

/* ---- words ------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void split(struct apache *x)
{
    struct pmt_slice s = pmt_buf_view(&x->line);
    struct pmt_conf_words *w = &x->words;
    for (size_t i = 0; w->n < PMT_CONF_ARGS;) {
        while (i < s.n && is_blank(s.p[i]))
            i++;
        if (i == s.n)
            return;
        char quote = s.p[i] == '"' || s.p[i] == '\'' ? s.p[i++] : '\0', *out;
        size_t n = 0;
        out = pmt_arena_alloc(x->r->arena, s.n - i + 1);
        for (; i < s.n && (quote ? s.p[i] != quote : !is_blank(s.p[i])); i++) {
            if (s.p[i] == '\\' && i + 1 < s.n &&
                (s.p[i + 1] == '\\' || (quote && s.p[i + 1] == quote)))
                i++;
            out[n++] = s.p[i];
        }
        i += i < s.n;
        w->v[w->n++] = pmt_slice(out, n);
    }
}

/* The next line, with those that continue it. False at the end of the file. */
static bool next_line(struct apache *x, struct pmt_conf_frame *f)
{
    if (f->at == f->text.n)
        return false;
    x->words.n = 0;
    x->words.file = f->shown;
    x->words.line = f->line;
    x->unknown = PMT_NO_SLICE;
    pmt_buf_clear(&x->line);
    for (bool more = true; more && f->at < f->text.n; f->line++) {
        struct pmt_slice rest = pmt_slice(f->text.p + f->at, f->text.n - f->at);
        const char *end = memchr(rest.p, '\n', rest.n);
        struct pmt_slice s = pmt_slice(rest.p, end ? (size_t)(end - rest.p) : rest.n);
        f->at += s.n + (end != NULL);
        if (s.n && s.p[s.n - 1] == '\r')
            s.n--;
        more = s.n && s.p[s.n - 1] == '\\';
        s.n -= more;
        put_line(x, s);
    }
    if (*pmt_slice_trim(pmt_buf_view(&x->line)).p != '#')
        split(x);
    return true;
}

/* ---- directives -------------------------------------------------------------------------- */

static bool is_directive(const struct apache *x, const char *lower)
{
    struct pmt_slice s = x->words.v[0];
    if (s.n != strlen(lower))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i]) != lower[i])
            return false;
    return true;
}

static struct site *put(struct sites *s, const struct apache *x, const char *directive)
{
    PMT_GROW(s->v, s->n, s->cap);
    s->v[s->n] = (struct site){.file = x->words.file, .line = x->words.line,
                               .directive = directive};
    return &s->v[s->n++];
}

/* LogFormat TEXT [NAME] */
static void log_format(struct apache *x)
{
    const struct pmt_conf_words *w = &x->words;
    if (w->n < 2 || x->formats.n == PMT_CONF_ENTRIES_MAX)
        return;
    if (x->formats.n == x->captexts) {
        x->captexts = x->captexts ? 2 * x->captexts : 16;
        x->texts = pmt_realloc(x->texts, x->captexts, sizeof *x->texts);
    }
    x->texts[x->formats.n] = w->v[1];
    struct site *f = put(&x->formats, x, "LogFormat");
    f->nameless = w->n < 3;
    if (w->n > 2)
        f->name = w->v[2];
}

/* "|/usr/bin/rotatelogs [-l] /var/log/apache2/access.%Y%m%d 86400": the file, or nothing. */
static struct pmt_slice piped_file(struct pmt_slice target)
{
    struct pmt_cursor c = pmt_cursor(target);
    struct pmt_slice word;
    while (!pmt_cur_end(&c)) {
        if (!pmt_cur_until(&c, ' ', &word)) {
            word = pmt_cur_rest(&c);
            c.p = c.end;
        }
        if (word.n && *word.p == '/')
            return word;
    }
    return PMT_NO_SLICE;
}

static const char *log_path(struct apache *x, struct pmt_slice target)
{
    if (pmt_slice_starts(target, "syslog"))
        return NULL;
    bool pipe = pmt_slice_starts(target, "|");
    struct pmt_slice path = pipe ? piped_file(target) : target;
    return path.n ? pmt_conf_pattern(x->r, path, pipe ? '%' : '\0') : NULL;
}

/* CustomLog TARGET FORMAT-OR-NAME [env=...]; GlobalLog likewise; TransferLog TARGET */
static void custom_log(struct apache *x, const char *directive, bool transfer)
{
    const struct pmt_conf_words *w = &x->words;
    if (w->n < (transfer ? 2 : 3)) {
        pmt_conf_problem(x->r, w->file, w->line, "%s without a %s; it is passed over", directive,
                         w->n < 2 ? "file" : "format");
        return;
    }
    if (x->logs.n == PMT_CONF_ENTRIES_MAX)
        return;
    struct site *l = put(&x->logs, x, directive);
    l->nameless = transfer;
    if (!transfer)
        l->name = w->v[2];
    l->path = log_path(x, w->v[1]);
}

static void include(struct apache *x, bool optional)
{
    const struct pmt_conf_words *w = &x->words;
    for (size_t i = 1; i < w->n; i++)
        pmt_conf_include(x->r, w, w->v[i], x->server_root, optional);
}

static void directive(struct apache *x)
{
    const struct pmt_conf_words *w = &x->words;
    if (!w->n)
        return;
    if (is_directive(x, "logformat"))
        log_format(x);
    else if (is_directive(x, "customlog"))
        custom_log(x, "CustomLog", false);
    else if (is_directive(x, "globallog"))
        custom_log(x, "GlobalLog", false);
    else if (is_directive(x, "transferlog"))
        custom_log(x, "TransferLog", true);
    else if (is_directive(x, "include") || is_directive(x, "includeoptional"))
        include(x, is_directive(x, "includeoptional"));
    else if (is_directive(x, "define") && w->n > 1)
        define(x, w->v[1], w->n > 2 ? w->v[2] : PMT_SLICE(""));
    else if (is_directive(x, "serverroot") && w->n > 1 && w->v[1].n)
        x->server_root = pmt_arena_copy(x->r->arena, w->v[1]).p;
    else
        return;
    if (x->unknown.n)
        pmt_conf_problem(x->r, w->file, w->line,
                         "${%s} is set outside of the configuration and taken to be empty; a "
                         "Define of it would be read", pmt_conf_word(x->r, x->unknown));
}

/* ---- what comes of it -------------------------------------------------------------------- */

static const struct site *find_format(const struct apache *x, const struct site *log)
{
    const struct site *found = NULL;
    for (size_t i = 0; i < x->formats.n; i++) {
        const struct site *f = &x->formats.v[i];
        if (log->nameless ? f->nameless : !f->nameless && pmt_slice_eq(f->name, log->name))
            found = f;
    }
    return found;
}

static void add(struct apache *x, const struct site *format, const struct site *log)
{
    const struct site *at = format ? format : log;
    struct pmt_slice text = format ? x->texts[format - x->formats.v]
                            : log->nameless || !memchr(log->name.p, '%', log->name.n)
                                ? PMT_NO_SLICE : log->name;
    bool named = format && format->name.n;
    pmt_conf_add(x->r, &(struct pmt_conf_entry){
                           .text = pmt_arena_copy(x->r->arena, text).p,
                           .name = pmt_arena_printf(x->r->arena, "%s%s%s", at->directive,
                                                    named ? " " : "",
                                                    named ? pmt_conf_word(x->r, format->name) : ""),
                           .file = at->file, .line = at->line, .path = log ? log->path : NULL});
}

static void resolve(struct apache *x)
{
    bool *used = pmt_alloc(x->formats.n + 1);
    for (size_t i = 0; i < x->logs.n; i++) {
        const struct site *log = &x->logs.v[i], *format = find_format(x, log);
        if (format)
            used[format - x->formats.v] = true;
        else if (!log->nameless && !memchr(log->name.p, '%', log->name.n))
            pmt_conf_problem(x->r, log->file, log->line,
                             "%s names the format \"%s\", which no LogFormat has; its lines are "
                             "read as far as they are of a known format",
                             log->directive, pmt_conf_word(x->r, log->name));
        add(x, format, log);
    }
    for (size_t i = 0; i < x->formats.n; i++)
        if (!used[i])
            add(x, &x->formats.v[i], NULL);
    free(used);
}

void pmt_conf_apache(struct pmt_conf_reader *r)
{
    struct apache *x = pmt_alloc(sizeof *x);
    struct pmt_conf_frame *f;
    x->r = r;
    define(x, PMT_SLICE("APACHE_LOG_DIR"), PMT_SLICE("/var/log/apache2"));
    read_envvars(x);
    while ((f = pmt_conf_top(r))) {
        if (next_line(x, f))
            directive(x);
        else
            pmt_conf_pop(r);
    }
    resolve(x);
    pmt_buf_fini(&x->line);
    free(x->formats.v);
    free(x->logs.v);
    free(x->texts);
    free(x);
}
