#include "conf_nginx.h"

/* Variables of a site's own, where they stand for one that says more of a request:
 *
 *   map "$time_iso8601 # $msec" $time_ms { "~..." $1.$3$2; }          a time with milliseconds
 *   map $upstream_response_time $urt { default $upstream_response_time; "" 0; }
 *   map $http_x_forwarded_for $client { "" $remote_addr; "~..." $first; }
 *   set $client $remote_addr;
 *
 * In a format such a variable is written as the one it stands for, unless the format has that one
 * too: then it stays what it is, opaque. */

/* Those that a variable may stand for, and those that say the same: of each row one counts. */
static const char *const rows[][4] = {
    {"time_iso8601", "time_local", "msec", NULL},
    {"remote_addr", NULL},
    {"http_x_forwarded_for", "proxy_add_x_forwarded_for", NULL},
    {"request", NULL},
    {"request_uri", NULL},
    {"host", "http_host", NULL},
    {"http_user_agent", NULL},
    {"http_referer", NULL},
    {"status", NULL},
    {"request_method", NULL},
    {"body_bytes_sent", "bytes_sent", NULL},
    {"request_time", NULL},
    {"upstream_addr", NULL},
    {"upstream_status", NULL},
    {"upstream_response_time", NULL},
};
enum {
    ROWS = sizeof rows / sizeof *rows,
    TIME = 0, CLIENT = 1, FORWARDED = 2,
    REQUEST = 3, REFERRER = 7, /* from here to there it is text of any kind */
};

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* "$name" or "${name}" at the beginning of the text: its name, and how many bytes it takes. */
static struct pmt_slice name_at(struct pmt_slice s, size_t *taken)
{
    size_t i = s.n > 1 && s.p[1] == '{' ? 2 : 1, from = i;
    while (i < s.n && is_name(s.p[i]))
        i++;
    struct pmt_slice name = pmt_slice(s.p + from, i - from);
    *taken = i + (from == 2 && i < s.n && s.p[i] == '}');
    return name;
}

/* The only variable in a word; absent when there is more in it. */
static struct pmt_slice lone(struct pmt_slice word)
{
    size_t taken = 0;
    if (!word.n || *word.p != '$')
        return PMT_NO_SLICE;
    struct pmt_slice name = name_at(word, &taken);
    return taken == word.n && name.n ? name : PMT_NO_SLICE;
}

static int row_of(struct pmt_slice name)
{
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; rows[r][i]; i++)
            if (pmt_slice_is(name, rows[r][i]))
                return r;
    return -1;
}

/* Does the text hold a variable of the row? */
static bool has_row(struct pmt_slice text, int row)
{
    size_t taken;
    for (size_t i = 0; i < text.n; i += taken) {
        taken = 1;
        if (text.p[i] == '$' &&
            row_of(name_at(pmt_slice(text.p + i, text.n - i), &taken)) == row)
            return true;
    }
    return false;
}

/* ---- what is said of a variable ------------------------------------------------------------- */

static struct pmt_conf_var *find(struct pmt_conf_vars *v, struct pmt_slice name)
{
    for (size_t i = 0; i < v->n; i++)
        if (pmt_slice_eq(v->v[i].name, name))
            return &v->v[i];
    return NULL;
}

static struct pmt_conf_var *put(struct pmt_conf_vars *v, struct pmt_slice word)
{
    struct pmt_slice name = lone(word);
    if (!name.n || v->n == PMT_CONF_ENTRIES_MAX)
        return NULL;
    struct pmt_conf_var *old = find(v, name);
    if (old) {
        old->row = -1; /* said twice: it may be either */
        old->settled = true;
        return NULL;
    }
    PMT_GROW(v->v, v->n, v->cap);
    v->v[v->n] = (struct pmt_conf_var){.name = name, .row = -1, .value = -1};
    return &v->v[v->n++];
}

/* What the variable stands for, or -1. */
static int stands_for(const struct pmt_conf_var *var)
{
    if (var->settled)
        return var->row;
    bool forwarded = var->source == FORWARDED || var->source == CLIENT;
    if (var->value == CLIENT && forwarded) /* what the patterns cut out is an address too */
        return CLIENT;
    if (var->value == var->source && var->value >= REQUEST && var->value <= REFERRER)
        return var->value; /* without its secrets, or shortened */
    return var->other ? -1 : var->value;
}

/* What the only variable in the word is, or stands for. */
static int row_of_word(struct pmt_conf_vars *v, struct pmt_slice word)
{
    struct pmt_slice name = lone(word);
    int row = row_of(name);
    const struct pmt_conf_var *var = row < 0 && name.n ? find(v, name) : NULL;
    return var ? stands_for(var) : row;
}

void pmt_conf_set(struct pmt_conf_vars *v, const struct pmt_conf_words *w)
{
    int row = w->n == 3 ? row_of_word(v, w->v[2]) : -1;
    struct pmt_conf_var *var = w->n == 3 ? put(v, w->v[1]) : NULL;
    if (var) {
        var->row = row;
        var->settled = true;
    }
}

void pmt_conf_map(struct pmt_conf_vars *v, const struct pmt_conf_words *w)
{
    int source = w->n == 3 ? row_of_word(v, w->v[1]) : -1;
    struct pmt_conf_var *var = w->n == 3 ? put(v, w->v[2]) : NULL;
    v->open = var ? (size_t)(var - v->v) + 1 : 0;
    if (!var)
        return;
    var->source = source;
    if (has_row(w->v[1], TIME) && !pmt_slice_is(w->v[1], "$msec")) {
        var->row = TIME;
        var->settled = true;
    }
}

/* "-", "0", "1.5" or nothing: what may stand where a number does. */
static bool is_unset(struct pmt_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '.' && s.p[i] != '-')
            return false;
    return true;
}

/* One line of the map that is open: "" $remote_addr; */
void pmt_conf_map_entry(struct pmt_conf_vars *v, const struct pmt_conf_words *w)
{
    struct pmt_conf_var *var = v->open ? &v->v[v->open - 1] : NULL;
    if (!var || var->settled || w->n != 2 || pmt_slice_is(w->v[0], "include"))
        return;
    struct pmt_slice value = w->v[1];
    bool fallback = !w->v[0].n || pmt_slice_is(w->v[0], "default") || pmt_slice_is(w->v[0], "-");
    int row = row_of_word(v, value);
    if (fallback && row >= 0 && (var->value < 0 || var->value == row))
        var->value = row;
    else if (row >= 0 || !is_unset(value))
        var->other = true; /* a group of a pattern, or a word */
}

/* ---- in a format ----------------------------------------------------------------------------- */

const char *pmt_conf_with_vars(struct pmt_conf_vars *v, const char *format, struct pmt_arena *arena)
{
    struct pmt_slice text = pmt_str(format);
    struct pmt_buf b = {0};
    bool had[ROWS], changed = false;
    size_t taken;
    if (!v->n)
        return format;
    for (int r = 0; r < ROWS; r++)
        had[r] = has_row(text, r);
    for (size_t i = 0; i < text.n; i += taken) {
        taken = 1;
        struct pmt_slice name = PMT_NO_SLICE;
        if (text.p[i] == '$')
            name = name_at(pmt_slice(text.p + i, text.n - i), &taken);
        struct pmt_conf_var *var = name.n && row_of(name) < 0 ? find(v, name) : NULL;
        int row = var ? stands_for(var) : -1;
        if (row == CLIENT && had[CLIENT])
            row = FORWARDED;
        if (row >= 0 && !had[row]) {
            pmt_buf_printf(&b, "${%s}", rows[row][0]);
            had[row] = changed = true;
        } else {
            pmt_buf_put(&b, text.p + i, taken);
        }
    }
    const char *ret = changed ? pmt_arena_copy(arena, pmt_buf_view(&b)).p : format;
    pmt_buf_fini(&b);
    return ret;
}
