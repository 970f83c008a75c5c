#include "pmt/formats.h"

#include <fnmatch.h>
#include <stdlib.h>

enum { HEAD_LINES = 200 };

/* ---- the list ------------------------------------------------------------------------------ */

/* Does syslog's head stand before it? "<134>", "Nov 21 00:27:10 ", or an ISO time and a tag behind
 * the host. A format that begins with a text would take all that for the text. */
static bool has_head(struct pmt_slice line)
{
    struct pmt_cursor c = pmt_cursor(line);
    struct pmt_slice host, tag;
    struct pmt_stamp ignored;
    int64_t pri;
    if (pmt_cur_char(&c, '<') && pmt_cur_digits(&c, 1, 3, &pri) && pmt_cur_char(&c, '>'))
        return true;
    c = pmt_cursor(line);
    if (pmt_read_bsd_stamp(&c, &ignored))
        return true;
    return pmt_read_iso_stamp(&c, &ignored) && pmt_cur_char(&c, ' ') &&
           pmt_cur_until(&c, ' ', &host) && pmt_cur_until(&c, ' ', &tag) &&
           pmt_slice_ends(tag, "]:");
}

/* A line without a time cannot be placed, unless its envelope has one. */
static enum pmt_verdict run_template(const void *self, struct pmt_slice line,
                                     struct pmt_record *rec, struct pmt_reject *why)
{
    bool timed = rec->head.how != PMT_STAMP_NONE;
    struct pmt_record before;
    if (!timed && pmt_template_begins_with_text(self) && has_head(line)) {
        *why = (struct pmt_reject){"syslog's head stands before the line", 0};
        return PMT_FOREIGN;
    }
    if (!timed && rec->program.p) /* an envelope without a time: as it was when the line is none */
        before = *rec;
    enum pmt_verdict v = pmt_template_run_whole(self, line, rec, why);
    if (v == PMT_RECORD && !timed && rec->own.how == PMT_STAMP_NONE) {
        if (rec->program.p)
            *rec = before;
        *why = (struct pmt_reject){"the line has no time, nor has an envelope around it", 0};
        return PMT_FOREIGN;
    }
    return v;
}

static struct pmt_format *add(struct pmt_formats *f, struct pmt_arena *arena, const char *name,
                              const char *glob, bool given)
{
    PMT_GROW(f->items, f->n, f->cap);
    struct pmt_format *x = &f->items[f->n++];
    *x = (struct pmt_format){.given = given};
    x->name = pmt_arena_copy(arena, pmt_str(name)).p;
    x->glob = glob ? pmt_arena_copy(arena, pmt_str(glob)).p : NULL;
    return x;
}

int pmt_formats_add_template(struct pmt_formats *f, struct pmt_arena *arena,
                             enum pmt_dialect dialect, const char *text, const char *name,
                             const char *glob, bool given, const char **why)
{
    const struct pmt_template *t;
    if (pmt_template_compile(dialect, text, arena, &t, why) ||
        (*why = pmt_template_unfit(t)) != NULL)
        return -1;
    struct pmt_format *x = add(f, arena, name, glob, given);
    x->dialect = dialect;
    x->text = pmt_arena_copy(arena, pmt_str(text)).p;
    x->parser = (struct pmt_parser){
        .name = x->name,
        .summary = x->text,
        .layer = dialect == PMT_DIALECT_HAPROXY ? PMT_LAYER_HAPROXY : PMT_LAYER_NGINX,
        .self = t,
        .parse_own = run_template,
    };
    return 0;
}

void pmt_formats_add_parser(struct pmt_formats *f, struct pmt_arena *arena,
                            const struct pmt_parser *parser, const char *name, const char *glob,
                            bool given)
{
    struct pmt_format *x = add(f, arena, name, glob, given);
    x->parser = *parser;
    x->parser.name = x->name;
}

void pmt_formats_fini(struct pmt_formats *f)
{
    free(f->items);
    *f = (struct pmt_formats){0};
}

static bool matches(const char *glob, const char *path)
{
    const char *slash = strrchr(path, '/');
    return fnmatch(glob, path, 0) == 0 || (slash && fnmatch(glob, slash + 1, 0) == 0);
}

bool pmt_format_applies(const struct pmt_format *f, const struct pmt_input *in)
{
    return !f->glob || matches(f->glob, in->shown) || matches(f->glob, in->path) ||
           (in->family && matches(f->glob, in->family));
}

/* ---- which of them a source gets ----------------------------------------------------------- */

/* How much of some lines a choice of formats tells. */
struct worth {
    size_t structured;         /* lines that are more than free text */
    size_t fields;             /* that are known in them */
    uint64_t core;             /* a hash of what they say of request, client and time */
    size_t bare[PMT_OWN_MAX];  /* lines that each of the formats reads ... */
    size_t inner[PMT_OWN_MAX]; /* ... and those where it may be inside an envelope */
    size_t preferred;          /* lines of the built-in parser that reads most */
};

static size_t known_fields(const struct pmt_record *rec)
{
    size_t n = (rec->own.how != PMT_STAMP_NONE) + (rec->duration_us >= 0);
    for (const struct pmt_field *f = pmt_fields; f->name; f++) {
        bool known = false;
        if (f->type == PMT_FIELD_TEXT)
            known = f->text(rec).p;
        else
            (void)f->number(rec, &known);
        n += known;
    }
    return n;
}

static uint64_t core_of(const struct pmt_record *rec)
{
    const struct pmt_slice texts[] = {rec->client, rec->method, rec->path};
    uint64_t h = (uint64_t)rec->status ^ (uint64_t)rec->own.wall << 10;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        h = pmt_hash(texts[i].p ? texts[i].p : "", texts[i].n, h);
    return h;
}

static struct worth weigh(const struct pmt_parser *preferred, const struct pmt_own *own,
                          struct pmt_slice head)
{
    struct worth w = {.structured = 0};
    struct pmt_cursor c = pmt_cursor(head);
    struct pmt_slice line;
    for (size_t i = 0; i < HEAD_LINES && pmt_cur_line(&c, &line); i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        const struct pmt_parser *used;
        if (pmt_parse_line(preferred, own, line, &rec, &used, &why) != PMT_RECORD)
            continue;
        w.preferred += used == preferred;
        for (size_t k = 0; k < own->n; k++) {
            w.bare[k] += used == own->items[k];
            w.inner[k] += rec.reader == own->items[k];
        }
        if (rec.kind == PMT_SYSLOG)
            continue;
        w.structured++;
        w.fields += known_fields(&rec);
        w.core += core_of(&rec);
    }
    return w;
}

/* Puts the format before all built-in ones. */
static void promote(struct pmt_own *own, const struct pmt_parser *p)
{
    own->items[own->n++] = own->items[own->before];
    own->items[own->before++] = p;
}

/* One that was found for this very file is believed when it tells no less, and where the two do not
 * agree; one of other files, or of none, must tell more. */
static bool better(const struct pmt_format *f, const struct worth *x, const struct worth *than)
{
    if (x->structured != than->structured)
        return x->structured > than->structured;
    if (f->glob && x->structured && x->core != than->core)
        return true;
    return x->structured && (f->glob ? x->fields >= than->fields : x->fields > than->fields);
}

static bool is_chosen(const struct pmt_own *own, const struct pmt_parser *p)
{
    for (size_t i = 0; i < own->n; i++)
        if (own->items[i] == p)
            return true;
    return false;
}

/* A format of JSON that reads all there is knows what its members are; the built-in reader goes by
 * their names, which a site chooses as it likes. */
static bool knows_members(const struct pmt_format *f, size_t reads, const struct worth *x,
                          const struct worth *than)
{
    return f->text && *f->text == '{' && reads && reads == x->structured &&
           x->structured >= than->structured;
}

/* The found format that tells most about the head, if it tells more than the built-in parsers and
 * what is chosen already: a log may be written in several. */
static const struct pmt_format *best_found(const struct pmt_formats *f, const struct pmt_input *in,
                                           const struct pmt_parser *preferred,
                                           const struct pmt_own *chosen, struct pmt_slice head)
{
    const struct pmt_format *best = NULL;
    struct worth most = weigh(preferred, chosen, head);
    for (size_t i = 0; i < f->n; i++) {
        const struct pmt_format *x = &f->items[i];
        if (x->given || is_chosen(chosen, &x->parser) || !pmt_format_applies(x, in))
            continue;
        struct pmt_own own = *chosen;
        promote(&own, &x->parser);
        struct worth w = weigh(preferred, &own, head);
        bool more = w.structured > most.structured || w.fields > most.fields;
        if ((better(x, &w, &most) || knows_members(x, w.inner[own.before - 1], &w, &most)) &&
            (!best || more)) {
            best = x;
            most = w;
        }
    }
    return best;
}

/* Why lines are not of the format: told of the first one that it gets furthest into, as a head or a
 * comment may stand before them. */
static struct pmt_reject refusal(const struct pmt_parser *p, struct pmt_slice head)
{
    enum { LOOKED_AT = 20 };
    struct pmt_cursor c = pmt_cursor(head);
    struct pmt_slice line;
    struct pmt_reject best = {"the line is another format's", 0};
    bool any = false;
    for (int i = 0; i < LOOKED_AT && pmt_cur_line(&c, &line); i++) {
        struct pmt_record rec;
        struct pmt_reject why = best;
        pmt_record_clear(&rec);
        if (pmt_parser_line(p, line, &rec, &why) == PMT_FOREIGN &&
            (!any || why.column > best.column))
            best = why;
        any = true;
    }
    return best;
}

const struct pmt_parser *pmt_formats_choose(const struct pmt_formats *f, const struct pmt_input *in,
                                            struct pmt_slice head, struct pmt_own *own)
{
    size_t understood, lines, most = 0, best = 0;
    const struct pmt_parser *preferred = pmt_parser_detect(head, &understood, &lines);
    *own = (struct pmt_own){.n = 0};
    if (!f || !f->n)
        return preferred;
    for (size_t i = 0; i < f->n && own->n < PMT_OWN_MAX - 1; i++)
        if (f->items[i].given && pmt_format_applies(&f->items[i], in))
            promote(own, &f->items[i].parser);
    const struct pmt_format *found;
    while (own->n < PMT_OWN_MAX - 1 && (found = best_found(f, in, preferred, own, head)))
        promote(own, &found->parser);
    for (size_t i = 0; i < f->n && own->n < PMT_OWN_MAX; i++)
        if (!f->items[i].given && !is_chosen(own, &f->items[i].parser) &&
            pmt_format_applies(&f->items[i], in))
            own->items[own->n++] = &f->items[i].parser;
    struct worth w = weigh(preferred, own, head);
    for (size_t k = 0; k < own->n; k++) {
        own->reads |= (uint32_t)(w.inner[k] > 0) << k;
        if (w.inner[k] > most) {
            most = w.inner[k];
            own->main = own->items[k];
        }
        best = w.bare[k] > w.bare[best] ? k : best;
    }
    if (own->n && !(own->reads & 1))
        own->refused = refusal(own->items[0], head);
    return w.bare[best] && w.bare[best] >= w.preferred ? own->items[best] : preferred;
}

void pmt_put_format(struct pmt_buf *b, const struct pmt_parser *parser, const struct pmt_own *own)
{
    if (!parser)
        return;
    pmt_buf_puts(b, parser->name);
    if (own->main && own->main != parser)
        pmt_buf_printf(b, ", %s", own->main->name);
}
