#include "infer_parts.h"

#include <stdlib.h>

/* Lines are cut twice: into words at the separator they have in common (a tab, "|", ";", ",", or a
 * blank), where quotes and brackets keep together what stands in them; and then every word that is
 * built alike in all lines: a name before it, quotes or brackets around it, "a/b/c" in it. */

enum { DEEP = 4, STEPS = 8 };

struct build {
    struct pmt_lines *lines;
    struct pmt_arena *arena;
    struct pmt_skeleton *s;
    struct pmt_buf lit;     /* since the column before */
    struct pmt_slice label; /* a word that stands in every line and names the next column */
    bool full;
    uint8_t word;
};

/* ---- all lines ------------------------------------------------------------------------------- */

static size_t fitting(const struct pmt_lines *lines)
{
    size_t n = 0;
    for (size_t i = 0; i < lines->n; i++)
        n += lines->fit[i];
    return n;
}

/* The lines that are cut otherwise are not of this format. */
static void settle(struct build *b, const struct pmt_cut *cuts, size_t model)
{
    for (size_t i = 0; i < b->lines->n; i++)
        b->lines->fit[i] &= cuts[i].n == cuts[model].n && cuts[i].gaps == cuts[model].gaps;
}

static struct pmt_slice *part_of(const struct build *b, const struct pmt_cut *cuts, size_t k)
{
    struct pmt_slice *v = pmt_arena_alloc(b->arena, b->lines->n * sizeof *v);
    for (size_t i = 0; i < b->lines->n; i++)
        v[i] = b->lines->fit[i] ? cuts[i].part[k] : pmt_slice("", 0);
    return v;
}

static size_t first_fit(const struct build *b)
{
    size_t i = 0;
    while (i < b->lines->n && !b->lines->fit[i])
        i++;
    return i;
}

/* ---- what all values have in common ---------------------------------------------------------- */

static bool all_equal(const struct build *b, const struct pmt_slice *v)
{
    size_t first = first_fit(b);
    for (size_t i = first; i < b->lines->n; i++)
        if (b->lines->fit[i] && !pmt_slice_eq(v[i], v[first]))
            return false;
    return first < b->lines->n;
}

static bool in_name(char c)
{
    return pmt_is_letter(c) || (c >= '0' && c <= '9') || (c && strchr("_-.@", c));
}

/* "name=" or "name:" at the start, the name perhaps in quotes: how many bytes, 0 for none. */
static size_t key_length(struct pmt_slice v, struct pmt_slice *name)
{
    size_t quote = v.n > 1 && *v.p == '"', i = quote;
    while (i < v.n && in_name(v.p[i]))
        i++;
    *name = pmt_slice(v.p + quote, i - quote);
    if (!name->n || (!pmt_is_letter(*name->p) && *name->p != '@'))
        return 0;
    if (quote && (i >= v.n || v.p[i++] != '"'))
        return 0;
    if (i >= v.n || (v.p[i] != '=' && v.p[i] != ':'))
        return 0;
    if (v.p[i] == '=' || quote)
        return i + 1;
    /* A colon also stands in addresses and URLs. */
    enum pmt_unit ignored;
    bool known = pmt_name_role(*name, &ignored) != ROLE_NONE;
    bool hex = true;
    for (size_t k = 0; k < name->n; k++)
        hex &= strchr("0123456789abcdefABCDEF", name->p[k]) != NULL;
    bool url = i + 2 < v.n && v.p[i + 1] == '/' && v.p[i + 2] == '/';
    if (url || pmt_slice_is(*name, "unix") || (!known && (hex || memchr(name->p, '.', name->n))))
        return 0;
    return i + 1;
}

static size_t common_key(const struct build *b, const struct pmt_slice *v, struct pmt_slice *name)
{
    size_t first = first_fit(b);
    size_t n = first < b->lines->n ? key_length(v[first], name) : 0;
    for (size_t i = first; n && i < b->lines->n; i++)
        if (b->lines->fit[i] && (v[i].n < n || memcmp(v[i].p, v[first].p, n) != 0))
            return 0;
    return n;
}

/* Do all begin with one of these bytes, the same one? It, or 0. */
static char common_first(const struct build *b, const struct pmt_slice *v, const char *of)
{
    char c = 0;
    for (size_t i = 0; i < b->lines->n; i++) {
        if (!b->lines->fit[i])
            continue;
        if (!v[i].n || (c && *v[i].p != c) || !strchr(of, *v[i].p))
            return 0;
        c = *v[i].p;
    }
    return c;
}

static char common_last(const struct build *b, const struct pmt_slice *v, const char *of,
                        size_t least)
{
    char c = 0;
    for (size_t i = 0; i < b->lines->n; i++) {
        if (!b->lines->fit[i])
            continue;
        char last = v[i].n >= least ? v[i].p[v[i].n - 1] : 0;
        if (!last || (c && last != c) || !strchr(of, last))
            return 0;
        c = last;
    }
    return c;
}

/* The bracket or quote that all stand in. "[::1]:80" and "(a) (b)" do not stand in one. */
static char common_pair(const struct build *b, const struct pmt_slice *v)
{
    char open = common_first(b, v, "\"'[({<"), close = open == '<' ? '>' : pmt_closing(open);
    char last[2] = {close, 0};
    if (!open || !common_last(b, v, last, 2))
        return 0;
    for (size_t i = 0; i < b->lines->n && open != '<' && open != '('; i++)
        if (b->lines->fit[i] && pmt_group_end(v[i].p, v[i].p + v[i].n) != v[i].p + v[i].n)
            return 0;
    return open;
}

static void strip(const struct build *b, struct pmt_slice *v, size_t front, size_t back)
{
    for (size_t i = 0; i < b->lines->n; i++)
        if (b->lines->fit[i])
            v[i] = pmt_slice(v[i].p + front, v[i].n - front - back);
}

/* ---- words into columns ---------------------------------------------------------------------- */

struct word {
    struct pmt_slice *v;
    struct pmt_slice name;
    bool quoted, whole;
    uint8_t unit;
    char behind[STEPS]; /* what was taken off the end, last first */
    size_t nbehind;
};

static void put_column(struct build *b, const struct word *w)
{
    if (b->s->n == PMT_INFER_COLUMNS) {
        b->full = true;
        return;
    }
    struct pmt_column *c = pmt_arena_alloc(b->arena, sizeof *c);
    *c = (struct pmt_column){.v = w->v, .name = w->name, .quoted = w->quoted, .unit = w->unit,
                             .whole = w->whole, .word = b->word};
    if (!c->name.n) {
        c->name = b->label;
        b->label = PMT_NO_SLICE;
    }
    pmt_column_look(c, b->lines);
    b->s->lits[b->s->n] = pmt_arena_copy(b->arena, pmt_buf_view(&b->lit));
    b->s->cols[b->s->n++] = c;
    pmt_buf_clear(&b->lit);
}

/* Takes off what is around all values alike. */
static void unwrap(struct build *b, struct word *w)
{
    size_t n;
    char c;
    while (w->nbehind + 1 < STEPS) {
        struct pmt_slice name;
        if ((n = common_key(b, w->v, &name))) {
            pmt_buf_put(&b->lit, w->v[first_fit(b)].p, n);
            w->name = name;
            strip(b, w->v, n, 0);
        } else if ((c = common_pair(b, w->v))) {
            pmt_buf_put(&b->lit, &c, 1);
            w->quoted |= c == '"' || c == '\'';
            w->behind[w->nbehind++] = c == '<' ? '>' : pmt_closing(c);
            strip(b, w->v, 1, 1);
        } else if ((c = common_last(b, w->v, " ,;:|", 2))) {
            w->behind[w->nbehind++] = c;
            strip(b, w->v, 0, 1);
        } else if ((c = common_first(b, w->v, " "))) {
            pmt_buf_put(&b->lit, &c, 1);
            strip(b, w->v, 1, 0);
        } else {
            return;
        }
    }
}

static bool is_signed(struct pmt_slice v)
{
    int64_t ignored;
    size_t sign = v.n > 1 && (*v.p == '-' || *v.p == '+');
    return v.n > sign && v.p[sign] != '-' && pmt_slice_int(pmt_slice(v.p + sign, v.n - sign),
                                                           &ignored);
}

/* "12ms", "350us", "0.003s" in all lines. */
static void take_unit(struct build *b, struct word *w)
{
    static const struct {
        const char *text;
        uint8_t unit;
    } units[] = {{"ms", UNIT_MS}, {"us", UNIT_US}, {"\xc2\xb5s", UNIT_US}, {"s", UNIT_S},
                 {"B", UNIT_BYTES}, {"b", UNIT_BYTES}};
    for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
        size_t n = strlen(units[k].text), i;
        for (i = 0; i < b->lines->n; i++) {
            if (!b->lines->fit[i])
                continue;
            struct pmt_slice v = w->v[i];
            if (v.n <= n || !pmt_slice_ends(v, units[k].text) ||
                pmt_list_kind(pmt_slice(v.p, v.n - n)) != 2)
                break;
        }
        if (i < b->lines->n || w->nbehind + n > STEPS)
            continue;
        strip(b, w->v, 0, n);
        w->unit = units[k].unit;
        for (size_t c = n; c > 0; c--)
            w->behind[w->nbehind++] = units[k].text[c - 1];
        return;
    }
}

/* Is it worth to cut the values at d? Of "a/b/c" all must be numbers, or both words; of others half
 * of the parts must be something. */
static bool tells_more(const struct build *b, const struct pmt_cut *cuts, size_t model, char d)
{
    size_t n = cuts[model].n, good = 0;
    for (size_t k = 0; k < n; k++) {
        size_t fit = 0, numbers = 0, words = 0, shaped = 0, keys = 0;
        for (size_t i = 0; i < b->lines->n; i++) {
            if (!b->lines->fit[i] || cuts[i].n != n)
                continue;
            struct pmt_slice v = pmt_slice_trim(cuts[i].part[k]), name;
            uint32_t m = pmt_shapes_of(v) & ~(1u << SHAPE_TEXT) & ~(1u << SHAPE_HOST);
            fit++;
            numbers += is_signed(v);
            words += v.n > 0 && !strchr("./", *v.p);
            shaped += m != 0 || pmt_is_dash(v);
            keys += key_length(v, &name) > 0;
        }
        if (d == '/' && numbers < fit && !(n == 2 && words == fit))
            return false;
        good += shaped == fit || keys == fit;
    }
    return d == '/' || good * 2 >= n;
}

static void put_word(struct build *b, struct word *w, int depth);

static bool put_parts(struct build *b, const struct word *w, int depth, struct pmt_cut *cuts)
{
    bool blanks = depth || w->quoted || b->s->delimiter != ' ';
    for (const char *d = blanks ? " |;,/:" : "|;,/:"; *d; d++) {
        size_t model = 0, alike = pmt_cut_all(b->lines, w->v, *d, cuts, &model);
        if (!pmt_nearly_all(alike, fitting(b->lines)) || cuts[model].n < 2 ||
            cuts[model].n > 16 || !tells_more(b, cuts, model, *d))
            continue;
        settle(b, cuts, model);
        size_t n = cuts[model].n, from = b->s->n;
        struct word *words = pmt_arena_alloc(b->arena, n * sizeof *words);
        for (size_t k = 0; k < n; k++)
            words[k] = (struct word){.v = part_of(b, cuts, k), .quoted = w->quoted};
        for (size_t k = 0; k < n; k++) {
            if (k && *d != ' ')
                pmt_buf_put(&b->lit, d, 1);
            else if (k)
                pmt_buf_puts(&b->lit, " ");
            words[k].name = k == 0 ? w->name : PMT_NO_SLICE;
            put_word(b, &words[k], depth + 1);
        }
        for (size_t k = from; k < b->s->n && b->s->n - from == n; k++) {
            b->s->cols[k]->group = *d;
            b->s->cols[k]->at = (uint8_t)(k - from);
            b->s->cols[k]->of = (uint8_t)n;
        }
        return true;
    }
    return false;
}

/* A word that is the same in all lines and says nothing: a separator, or a name for what follows.
 * Between separators that are no blanks it is a value that was the same so far. */
static bool put_label(struct build *b, const struct word *w)
{
    struct pmt_slice s = w->v[first_fit(b)], name;
    enum pmt_unit ignored;
    bool letters = false, blanks = b->s->delimiter == ' ';
    if (!all_equal(b, w->v) || !s.n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        letters |= pmt_is_letter(s.p[i]) || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '"';
    if (letters) {
        size_t n = s.n - (s.p[s.n - 1] == ':' || s.p[s.n - 1] == '=');
        name = pmt_slice(s.p, n);
        for (size_t i = 0; i < n; i++)
            if (!in_name(s.p[i]) || s.p[i] == '.')
                return false;
        bool known = n > 1 && pmt_name_role(name, &ignored) != ROLE_NONE;
        if (!pmt_is_letter(*s.p) || (n == s.n && !(known && blanks)))
            return false;
        b->label = name;
    } else if (!blanks || !pmt_only_parts(s)) {
        return false;
    }
    pmt_buf_slice(&b->lit, s);
    return true;
}

static void put_word(struct build *b, struct word *w, int depth)
{
    if (first_fit(b) == b->lines->n || (depth == 0 && !w->whole && put_label(b, w)))
        return;
    if (!w->whole)
        unwrap(b, w);
    bool done = false;
    struct pmt_column look = {.v = w->v};
    pmt_column_look(&look, b->lines);
    if (look.shape == SHAPE_TEXT && look.known && !w->whole) {
        take_unit(b, w);
        if (!w->unit && depth < DEEP) {
            struct pmt_cut *cuts = pmt_alloc(b->lines->n * sizeof *cuts);
            done = put_parts(b, w, depth, cuts);
            free(cuts);
        }
    }
    if (!done)
        put_column(b, w);
    while (w->nbehind)
        pmt_buf_put(&b->lit, &w->behind[--w->nbehind], 1);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Lines whose end holds blanks as it likes ("... Mozilla/5.0 (X11; Linux)" without quotes): as many
 * words as nearly all have, the last one is the rest. */
static bool cut_rest(const struct build *b, struct pmt_cut *cuts, size_t *model)
{
    enum { LEAST = 5 };
    size_t sizes[PMT_CUT_PARTS + 1] = {0}, few = 0, n = 0, total = fitting(b->lines);
    for (size_t i = 0; i < b->lines->n; i++)
        sizes[b->lines->fit[i] && cuts[i].n ? cuts[i].n : 0]++;
    while (n < PMT_CUT_PARTS && pmt_nearly_all(total - few - sizes[n], total))
        few += sizes[n++];
    if (n < LEAST)
        return false;
    *model = b->lines->n;
    for (size_t i = 0; i < b->lines->n; i++) {
        struct pmt_cut *c = &cuts[i];
        if (!b->lines->fit[i] || c->n < n) {
            c->n = 0;
            continue;
        }
        c->part[n - 1].n = (size_t)(c->part[c->n - 1].p + c->part[c->n - 1].n - c->part[n - 1].p);
        c->n = n;
        c->gaps = 0;
        *model = *model < i ? *model : i;
    }
    return *model < b->lines->n;
}

static bool cut_lines(struct build *b, struct pmt_cut *cuts, size_t *model, bool rest)
{
    enum { LEAST = 4, LEAST_BLANK = 3 };
    size_t alike = pmt_cut_all(b->lines, b->lines->line, b->s->delimiter, cuts, model);
    if (rest)
        return cut_rest(b, cuts, model);
    return alike * 3 >= b->lines->n * 2 && /* a guess needs no more */
           cuts[*model].n >= (b->s->delimiter == ' ' ? LEAST_BLANK : LEAST);
}

/* Brackets of the last column may hold the separator: "Mozilla/5.0 (X11; Linux)". */
static bool holds_delimiter(const struct build *b, const struct pmt_cut *cuts, size_t k)
{
    for (size_t i = 0; i < b->lines->n; i++) {
        if (!b->lines->fit[i])
            continue;
        struct pmt_slice v = pmt_slice_trim(cuts[i].part[k]);
        if (v.n && !strchr("\"'[({", *v.p) && memchr(v.p, b->s->delimiter, v.n))
            return true;
    }
    return false;
}

bool pmt_split(struct pmt_lines *lines, char delimiter, bool rest, struct pmt_arena *arena,
               struct pmt_skeleton *ret)
{
    struct build b = {.lines = lines, .arena = arena, .s = ret};
    struct pmt_cut *cuts = pmt_alloc(lines->n * sizeof *cuts + 1);
    size_t model = 0;
    *ret = (struct pmt_skeleton){.delimiter = delimiter};
    bool good = cut_lines(&b, cuts, &model, rest);
    if (good) {
        settle(&b, cuts, model);
        size_t n = cuts[model].n;
        struct word *words = pmt_arena_alloc(arena, n * sizeof *words);
        for (size_t k = 0; k < n; k++)
            words[k] = (struct word){.v = part_of(&b, cuts, k), .whole = k + 1 == n &&
                                                (rest || (ret->delimiter != ' ' &&
                                                          holds_delimiter(&b, cuts, k)))};
        for (size_t k = 0; k < n; k++) {
            bool gap = k && cuts[model].part[k].p >
                                cuts[model].part[k - 1].p + cuts[model].part[k - 1].n;
            if (gap)
                pmt_buf_put(&b.lit, &ret->delimiter, 1);
            b.word = (uint8_t)k;
            put_word(&b, &words[k], 0);
        }
        ret->lits[ret->n] = pmt_arena_copy(arena, pmt_buf_view(&b.lit));
    }
    free(cuts);
    pmt_buf_fini(&b.lit);
    if (!good || b.full || !ret->n)
        return false;
    /* Where separators in excess stand in a column before, the rest is anything. */
    uint8_t last = ret->cols[ret->n - 1]->shape;
    return !rest || last == SHAPE_AGENT || last == SHAPE_URL || last == SHAPE_REQUEST;
}
