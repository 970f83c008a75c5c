#include "infer_parts.h"

#include <stdlib.h>

/* ---- reading by it --------------------------------------------------------------------------- */

static struct pmt_slice value_of(const struct pmt_skeleton *s, const struct pmt_slice *values,
                                 enum pmt_role role)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->cols[i]->role == role)
            return values[i];
    return PMT_NO_SLICE;
}

static bool lies_in(struct pmt_slice inner, struct pmt_slice outer)
{
    return !inner.n || (outer.p && inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
}

/* Does the record say what stands in the columns? */
static bool agrees(const struct pmt_skeleton *s, const struct pmt_slice *values,
                   const struct pmt_record *rec)
{
    int64_t status;
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_stamp stamp;
        if (s->cols[i]->role == ROLE_TIME &&
            (!pmt_time_of(s->cols[i], values[i], &stamp) || stamp.wall != rec->own.wall ||
             stamp.how != rec->own.how || stamp.offset != rec->own.offset))
            return false;
    }
    struct pmt_slice request = value_of(s, values, ROLE_REQUEST);
    struct pmt_slice path = request.p ? request : value_of(s, values, ROLE_PATH);
    struct pmt_slice method = request.p ? request : value_of(s, values, ROLE_METHOD);
    return pmt_slice_int(value_of(s, values, ROLE_STATUS), &status) && status == rec->status &&
           lies_in(rec->path, path) && lies_in(rec->method, method) &&
           (lies_in(rec->client, value_of(s, values, ROLE_CLIENT)) ||
            lies_in(rec->client, value_of(s, values, ROLE_FORWARDED)));
}

static enum pmt_verdict parse_inferred(const void *self, struct pmt_slice line,
                                       struct pmt_record *rec, struct pmt_reject *why)
{
    const struct pmt_inferred *x = self;
    struct pmt_slice values[PMT_INFER_COLUMNS];
    bool message = rec->program.p || rec->head.how != PMT_STAMP_NONE;
    *why = (struct pmt_reject){"the message is another program's", 0};
    if (x->program ? !pmt_slice_is(rec->program, x->program) || !message : message)
        return PMT_FOREIGN;
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    if (x->header.n && pmt_is_header(x->header, x->w3c, line))
        return PMT_SILENT;
    why->why = pmt_skeleton_read(x->skeleton, line, values, &why->column);
    if (why->why)
        return PMT_FOREIGN;
    struct pmt_record read = *rec;
    enum pmt_verdict v = pmt_template_run(x->template, line, &read, why);
    if (v != PMT_RECORD)
        return PMT_FOREIGN;
    if (!agrees(x->skeleton, values, &read)) {
        *why = (struct pmt_reject){"the line can be read in two ways", 0};
        return PMT_FOREIGN;
    }
    *rec = read;
    struct pmt_slice agent = value_of(x->skeleton, values, ROLE_AGENT);
    if (!rec->agent_logged && agent.p) { /* of a single word, which no variable is */
        rec->agent_logged = true;
        rec->agent = pmt_is_dash(agent) ? PMT_NO_SLICE : agent;
    }
    if (x->w3c && rec->own.how == PMT_STAMP_WALL) { /* W3C's draft: in GMT */
        rec->own.how = PMT_STAMP_ZONED;
        rec->own.universal = true;
    }
    return PMT_RECORD;
}

/* A method, a status and an address in a message of the program whose requests are of this format:
 * that is one more of them. */
static bool claims(const void *self, struct pmt_slice line, const struct pmt_record *rec)
{
    const struct pmt_inferred *x = self;
    uint32_t seen = 0, address = 1u << SHAPE_ADDRESS | 1u << SHAPE_ADDRESS_PORT;
    bool message = rec->program.p || rec->head.how != PMT_STAMP_NONE;
    if (x->program ? !message || !pmt_slice_is(rec->program, x->program) : message)
        return false;
    struct pmt_slice s = x->program ? rec->message : line;
    if (rec->path.p || !s.n || !pmt_with_role(x->skeleton, ROLE_CLIENT))
        return false;
    for (size_t i = 0, from = 0; i <= s.n; i++)
        if (i == s.n || strchr(" \t|;,=\"'[](){}<>", s.p[i])) {
            seen |= pmt_shapes_of(pmt_slice(s.p + from, i - from));
            from = i + 1;
        }
    return seen >> SHAPE_METHOD & 1 && seen >> SHAPE_THREE & 1 && seen & address;
}

/* ---- finding it ------------------------------------------------------------------------------ */

/* JSON has a reader of its own; a document in tags is no log. */
static bool is_something_else(const struct pmt_lines *lines)
{
    size_t n = 0;
    for (size_t i = 0; i < lines->n; i++)
        n += *lines->line[i].p == '{' ||
             (lines->line[i].n > 1 && *lines->line[i].p == '<' &&
              (strchr("/!?", lines->line[i].p[1]) || (lines->line[i].p[1] | 32) >= 'a'));
    return n * 2 > lines->n;
}

/* What columns point to must not die with the lines. */
static void keep(struct pmt_skeleton *s, struct pmt_arena *arena)
{
    for (size_t i = 0; i < s->n; i++) {
        s->cols[i]->name = pmt_arena_copy(arena, s->cols[i]->name);
        s->cols[i]->v = NULL;
    }
}

static void count_fit(struct pmt_inferred *x, const struct pmt_lines *lines)
{
    const char *program = x->program;
    x->program = NULL; /* the messages stand here without their envelope */
    for (size_t i = 0; i < lines->n; i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        pmt_record_clear(&rec);
        x->fit += parse_inferred(x, lines->line[i], &rec, &why) == PMT_RECORD;
    }
    x->program = program;
}

/* One that only Apache's letters write. */
static bool has_other_date(const struct pmt_skeleton *s)
{
    const struct pmt_column *time = pmt_with_role(s, ROLE_TIME);
    return time && time->shape == SHAPE_DATE;
}

/* The format string; where Apache's letters cannot write it, nginx's names do. */
static bool put(struct pmt_inferred *x, const struct pmt_skeleton *s, const char **ret)
{
    struct pmt_buf b = {0};
    bool good = pmt_put_inferred(s, x->dialect, &x->arena, &b);
    if (!good && x->dialect == PMT_DIALECT_APACHE) {
        pmt_buf_clear(&b);
        x->dialect = PMT_DIALECT_NGINX;
        good = pmt_put_inferred(s, x->dialect, &x->arena, &b);
    }
    if (good)
        *ret = pmt_arena_copy(&x->arena, pmt_buf_view(&b)).p;
    pmt_buf_fini(&b);
    return good;
}

/* What would read the number as a duration. */
static void offer(struct pmt_inferred *x, const struct pmt_skeleton *s)
{
    enum pmt_dialect dialect = x->dialect;
    struct pmt_column was = *s->number;
    s->number->role = ROLE_DURATION;
    s->number->unit = UNIT_US;
    x->dialect = PMT_DIALECT_APACHE;
    const char *format = NULL;
    if (put(x, s, &format))
        x->offer = pmt_arena_printf(&x->arena, "%s%s",
                                    x->dialect == PMT_DIALECT_APACHE ? "apache:" : "", format);
    *s->number = was;
    x->dialect = dialect;
}

/* The format of the lines as cut at a separator, into *x; false when there is none. */
static bool find(struct pmt_inferred *x, struct pmt_lines *lines, char delimiter, bool rest,
                 bool enveloped)
{
    struct pmt_skeleton *s = pmt_arena_alloc(&x->arena, sizeof *s);
    bool hopeless;
    const char *why;
    if (!pmt_split(lines, delimiter, rest, &x->arena, s))
        return false;
    for (size_t i = 0; i < s->n; i++)
        pmt_column_look(s->cols[i], lines); /* fewer lines may fit now */
    pmt_name_columns(s, lines);
    x->doubt = pmt_roles(s, lines, enveloped, &hopeless);
    if (hopeless)
        return false;
    x->dialect = pmt_is_haproxy(s) ? PMT_DIALECT_HAPROXY
                 : s->micros || has_other_date(s) ? PMT_DIALECT_APACHE
                                   : PMT_DIALECT_NGINX;
    bool good = put(x, s, &x->format);
    x->micros = s->micros;
    if (good && s->number && !s->micros)
        offer(x, s);
    x->skeleton = s;
    good = good && !pmt_template_compile(x->dialect, x->format, &x->arena, &x->template, &why);
    keep(s, &x->arena);
    return good;
}

struct pmt_inferred *pmt_infer_attempt(struct pmt_slice head, struct pmt_lines *lines,
                                       char delimiter, bool rest, bool enveloped)
{
    struct pmt_inferred *x = pmt_alloc(sizeof *x);
    pmt_take_lines(head, lines, &x->lines);
    pmt_take_header(lines, delimiter, &x->lines);
    x->header = pmt_arena_copy(&x->arena, lines->header);
    x->w3c = lines->w3c;
    bool good = lines->n > 1 && !is_something_else(lines) &&
                find(x, lines, delimiter, rest, enveloped);
    if (good)
        count_fit(x, lines);
    if (!good || x->fit * 2 < x->lines) {
        pmt_inferred_free(x);
        return NULL;
    }
    if (!pmt_nearly_all(x->fit, x->lines))
        x->doubt = "too many lines are written otherwise";
    else if (x->fit < PMT_INFER_LEAST && !x->w3c && !x->doubt) /* which has names */
        x->doubt = "there are too few lines";
    x->certain = !x->doubt;
    x->parser = (struct pmt_parser){
        .name = "inferred",
        .summary = x->format,
        .layer = x->dialect == PMT_DIALECT_HAPROXY ? PMT_LAYER_HAPROXY : PMT_LAYER_NGINX,
        .self = x,
        .parse_own = parse_inferred,
        .claims = claims,
    };
    return x;
}

struct pmt_inferred *pmt_infer(struct pmt_slice head, bool enveloped)
{
    static const char delimiters[] = "\t|;, "; /* the rarer in values first */
    struct pmt_lines *lines = pmt_alloc(sizeof *lines);
    struct pmt_inferred *best = NULL;
    for (int rest = 0; rest < 2; rest++)
        for (const char *d = delimiters; *d && !(best && best->certain); d++) {
            struct pmt_inferred *x =
                pmt_infer_attempt(head, lines, *d, rest, enveloped);
            if (x && (!best || x->certain || x->fit > best->fit)) {
                pmt_inferred_free(best);
                best = x;
            } else {
                pmt_inferred_free(x);
            }
        }
    free(lines);
    return best;
}

void pmt_inferred_free(struct pmt_inferred *x)
{
    if (!x)
        return;
    pmt_arena_fini(&x->arena);
    free(x);
}
