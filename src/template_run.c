#include "template_program.h"
#include "template_values.h"

#define RARE __attribute__((noinline)) /* kept out of the loop */

/* The loop: each step is "this literal, then a field". A text field ends where the next step's
 * literal stands, found with memchr for its first byte; numbers, dates and the status are read
 * where they stand and say themselves whether they are right. */

static inline bool here(const struct pmt_op *op, const char *p, const char *end)
{
    size_t left = (size_t)(end - p);
    if (left >= 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        if ((v & op->lit_mask) != op->lit_head)
            return false;
        if (op->lit_n <= 8)
            return true;
    }
    if (left < op->lit_n)
        return false;
    for (uint32_t i = 0; i < op->lit_n; i++)
        if (p[i] != op->lit[i])
            return false;
    return true;
}

/* Behind an odd number of backslashes. The runs of backslashes before two quotes never overlap,
 * so looking at each once is linear in the line. */
static bool is_escaped(const char *start, const char *q)
{
    const char *b = q;
    while (b > start && b[-1] == '\\')
        b--;
    return (q - b) & 1;
}

/* Where op's literal stands in [p, end), or NULL. `start` is where the field before it began. */
static const char *find(const struct pmt_op *op, const char *start, const char *p, const char *end,
                        bool escapes)
{
    while (p < end) {
        const char *q = memchr(p, op->lit[0], (size_t)(end - p));
        if (!q)
            return NULL;
        if (here(op, q, end) && !(escapes && is_escaped(start, q)))
            return q;
        p = q + 1;
    }
    return NULL;
}

/* "rt=0.031": a widespread format has no blank behind the agent. */
static bool is_key(const char *p, const char *end)
{
    const char *from = p;
    while (p < end && ((*p >= 'a' && *p <= 'z') || *p == '_'))
        p++;
    return p > from && p < end && *p == '=';
}

/* The quote that ends the last field is the one before a blank or the line's end; with raw
 * (unescaped) text there may be others before it. */
static const char *find_last(const struct pmt_op *op, const char *p, const char *end, bool escapes,
                             bool agent)
{
    const char *first = NULL, *start = p;
    for (const char *q; (q = find(op, start, p, end, escapes)); p = q + 1) {
        if (!first)
            first = q;
        if (agent && is_key(q + op->lit_n, end))
            return q;
        if (q + op->lit_n == end || q[op->lit_n] == ' ')
            return q;
    }
    return first;
}

/* Behind a list as nginx writes its upstreams: "a, b : c". With a comma behind it, it ends at the
 * first one that no blank follows. */
static const char *list_end(const char *p, const char *end, char sep)
{
    while (sep == ',' && p < end && (*p != ',' || (end - p > 1 && p[1] == ' ')))
        p++;
    while (sep != ',' && p < end) {
        if (*p == ' ') {
            bool colon = end - p >= 3 && p[1] == ':' && p[2] == ' ';
            if (!colon && p[-1] != ',')
                break;
            p += colon ? 2 : 0;
        }
        p++;
    }
    return p;
}

/* Behind a request line without quotes, which ends in its version; NULL when it has none. */
static RARE const char *request_end(const struct pmt_op *next, const char *p, const char *end)
{
    const char *q = pmt_slice_find(pmt_slice(p, (size_t)(end - p)), " HTTP/");
    if (!q)
        return NULL;
    for (q += 6; q < end && *q != ' ';)
        q++;
    return here(next, q, end) ? q : NULL;
}

/* Text up to the next step's literal; *found says that it stands there. Where it does not stand in
 * the line any more the line was cut or its tail has another shape: the field then ends at the
 * literal's first byte, if there is one. */
static const char *take_text(const struct pmt_op *op, const char *p, const char *end, bool required,
                             bool *found)
{
    const struct pmt_op *next = op + 1;
    char sep = next->lit_n ? next->lit[0] : ' ';
    if (op->take == TAKE_LIST && (sep == ' ' || sep == ','))
        return p < end && *p != sep ? list_end(p, end, sep) : p;
    if (!next->lit_n)
        return end;
    if (op->take == TAKE_REQUEST) {
        const char *behind = request_end(next, p, end);
        *found = behind;
        if (behind)
            return behind;
    }
    const char *q = next->take == TAKE_END ? find_last(next, p, end, op->escapes,
                                                     op->meaning == MEANS_AGENT)
                                           : find(next, p, p, end, op->escapes);
    if (q && op->take == TAKE_WORD && memchr(p, ' ', (size_t)(q - p)))
        q = NULL;
    *found = q;
    if (q || required)
        return q;
    for (q = p; (q = memchr(q, next->lit[0], (size_t)(end - q))); q++)
        if (!op->escapes || !is_escaped(p, q))
            return q;
    return end;
}

/* HAProxy manual 8.2.3, fields 20 and 21: captured headers in braces, separated by "|", each group
 * only there when the frontend captures. They may hold nearly anything; the request behind them
 * holds no quote, so the last closing brace before the next literal is the end. */
static const char *skip_captures(const struct pmt_op *op, const char *p, const char *from,
                                 const char *end)
{
    if (from == end || *from != '{') /* none: of the blanks around them only one is written */
        return here(op + 1, from, end) ? from : from > p && from[-1] == ' ' ? from - 1 : p;
    for (const char *q = end; q > from; q--)
        if (q[-1] == '}' && here(op + 1, q, end))
            return q;
    return end;
}

/* A run of numbers that only have to be there, with a known byte between each two: the position
 * behind them. */
static const char *skip_numbers(const struct pmt_op *op, const char *p, const char *end)
{
    const char *sep = op->seps, *last = sep + op->more;
    for (; p < end; p++) {
        if (is_digit(*p))
            continue;
        if (sep < last && *p == *sep)
            sep++;
        else if (*p != '-' && *p != '+' && *p != '.')
            break;
    }
    return sep == last ? p : NULL;
}

static const char *take_state(const struct pmt_op *op, const char *p, const char *end)
{
    if (end - p < op->letters)
        return NULL;
    for (int i = 0; i < op->letters; i++)
        if (!is_state(i, p[i]))
            return NULL;
    p += op->letters;
    return p == end || here(op + 1, p, end) ? p : NULL;
}

static const char *take_stamp(const char *p, const char *end, struct pmt_stamp *ret)
{
    struct pmt_cursor c = {p, end};
    bool clf = end - p > 2 && (p[2] == '/' || p[1] == '/');
    return (clf ? pmt_read_clf_stamp(&c, ret) : pmt_read_iso_stamp(&c, ret)) ? c.p : NULL;
}

static RARE const char *take_parts(const struct pmt_op *op, const char *p, const char *end,
                                   struct pmt_found *f)
{
    struct pmt_parts other = {0};
    return pmt_parts_read(op->parts, p, end, op->ignored ? &other : &f->parts);
}

static inline void keep(struct pmt_found *f, unsigned meaning, const char *p, const char *q)
{
    if (!meaning)
        return;
    f->text[meaning] = pmt_slice(p, (size_t)(q - p));
    f->seen |= UINT32_C(1) << meaning;
}

static RARE const char *take_json(const struct pmt_template *t, const struct pmt_op *op,
                                  const char *p, const char *end, struct pmt_found *f);

/* One field that is not text at p: the position behind it, or NULL when it cannot be read. */
static inline __attribute__((always_inline)) const char *take(const struct pmt_template *t,
                                                              const struct pmt_op *op,
                                                              const char *p, const char *end,
                                                              struct pmt_found *f)
{
    const char *q;
    struct pmt_stamp other, *stamp;
    switch ((enum pmt_take)op->take) {
    case TAKE_NUMBER:
        if (op->more)
            return skip_numbers(op, p, end);
        q = take_number(p, end, &f->number[op->meaning]);
        if (q == p && t->dialect == PMT_DIALECT_HAPROXY)
            return NULL;
        break;
    case TAKE_STATUS:
        q = take_status(t->dialect, p, end, &f->number[op->meaning]);
        break;
    case TAKE_STATE:
        q = take_state(op, p, end);
        break;
    case TAKE_STAMP:
    case TAKE_EPOCH:
        /* HAProxy has no date for a connection that was never accepted: "[]". */
        if (t->dialect == PMT_DIALECT_HAPROXY && op[1].lit_n && here(op + 1, p, end))
            return p;
        stamp = op->ignored ? &other : &f->stamp;
        q = op->take == TAKE_STAMP ? take_stamp(p, end, stamp) : pmt_epoch_read(p, end, stamp);
        break;
    case TAKE_PARTS:
        q = take_parts(op, p, end, f);
        break;
    case TAKE_JSON:
        return take_json(t, op, p, end, f);
    default:
        return p;
    }
    if (q)
        keep(f, op->meaning, p, q);
    return q;
}

/* A JSON value: a string, or what stands bare up to the next mark; null and "" are unset. */
static const char *take_json(const struct pmt_template *t, const struct pmt_op *op, const char *p,
                             const char *end, struct pmt_found *f)
{
    struct pmt_op inside[2] = {*op, {.take = TAKE_END}};
    bool quoted = p < end && *p == '"';
    const char *q = p += quoted;
    while (q < end && (quoted ? *q != '"' : *q != ',' && *q != '}'))
        q += quoted && *q == '\\' && end - q > 1 ? 2 : 1;
    struct pmt_slice v = pmt_slice(p, (size_t)(q - p));
    if (quoted && q == end)
        return NULL;
    q += quoted;
    if (!v.n || (!quoted && pmt_slice_is(v, "null")))
        return q;
    inside[0].take = op->inner;
    if (op->inner <= TAKE_REQUEST)
        keep(f, op->meaning, v.p, v.p + v.n);
    else if (take(t, inside, v.p, v.p + v.n, f) != v.p + v.n)
        return NULL;
    return q;
}

/* The field at step i cannot be read, perhaps because the text before it, which began at `start`,
 * holds the literal itself (a user "x [", a raw quote in the URI) or ends in a backslash that is
 * none of the log's. Tries every other place where the literal stands. */
static RARE const char *resync(const struct pmt_template *t, size_t i, const char *start,
                               const char *end, struct pmt_found *f)
{
    const struct pmt_op *op = &t->ops[i];
    bool checked = op->take == TAKE_STATUS || op->take == TAKE_STAMP || op->take == TAKE_STATE;
    if (!checked || i == 0 || op[-1].take != TAKE_TEXT || !op->lit_n)
        return NULL;
    for (const char *q = start; (q = find(op, start, q, end, false)); q++) {
        const char *r = take(t, op, q + op->lit_n, end, f);
        if (!r || (r < end && op[1].lit_n && !here(op + 1, r, end)))
            continue;
        keep(f, op[-1].meaning, start, q);
        return r;
    }
    f->seen &= ~(UINT32_C(1) << op->meaning);
    return NULL;
}

/* The usual case of take_text(), for speed: the first place where the literal could stand is it. */
static inline const char *first_place(const struct pmt_op *op, const char *p, const char *end)
{
    const struct pmt_op *next = op + 1;
    if (!next->lit_n)
        return NULL;
    const char *q = memchr(p, next->lit[0], (size_t)(end - p));
    if (!q || !here(next, q, end) || (op->escapes && q > p && q[-1] == '\\'))
        return NULL;
    if (op->take == TAKE_WORD && next->lit[0] != ' ' && memchr(p, ' ', (size_t)(q - p)))
        return NULL;
    bool last = next->take == TAKE_END && q + next->lit_n < end && q[next->lit_n] != ' ';
    return last ? NULL : q;
}

/* Runs the steps from `first` on: how many succeeded, and *pos behind the last of them. */
static inline __attribute__((always_inline)) size_t run(const struct pmt_template *t, size_t first,
                                                        const char **pos, const char *end,
                                                        struct pmt_found *f, const char **starts)
{
    const char *p = *pos, *start = p;
    bool found = false; /* this step's literal was seen at p */
    size_t i = first;
    for (; i <= t->n; i++) {
        const struct pmt_op *op = &t->ops[i];
        const char *from = p + op->lit_n - op->back, *q = NULL;
        bool lit = found || here(op, p, end);
        found = false;
        if (starts)
            starts[i] = from;
        if (lit && op->take <= TAKE_WORD && (q = first_place(op, from, end))) {
            found = true;
            keep(f, op->meaning, from, q);
            start = from;
            p = q;
            continue;
        }
        if (op->take == TAKE_CAPTURES) {
            if (lit)
                p = skip_captures(op, p, from, end);
            continue;
        }
        if (lit && op->take <= TAKE_REQUEST) {
            if ((q = take_text(op, from, end, i < t->required, &found)))
                keep(f, op->meaning, from, q);
        } else if (lit) {
            q = take(t, op, from, end, f);
        }
        if (!q && (i == first || !(q = resync(t, i, start, end, f))))
            break;
        start = from;
        p = q;
    }
    *pos = p;
    return i;
}

size_t pmt_template_steps(const struct pmt_template *t, size_t first, const char **pos,
                          const char *end, struct pmt_found *f, const char **starts)
{
    return run(t, first, pos, end, f, starts);
}

const char *pmt_op_find(const struct pmt_op *op, const char *start, const char *p, const char *end)
{
    return op->lit_n ? find(op, start, p, end, false) : NULL;
}

enum pmt_verdict pmt_template_run_rest(const struct pmt_template *t, struct pmt_slice line,
                                       struct pmt_record *rec, struct pmt_reject *why,
                                       struct pmt_slice *rest)
{
    struct pmt_found f;
    f.seen = 0;
    if (t->pieces)
        f.parts = (struct pmt_parts){0};
    if (!line.n)
        line.p = "";
    else if (line.p[line.n - 1] == '\r')
        line.n--;
    const char *p = line.p, *end = p + line.n;
    size_t i = run(t, 0, &p, end, &f, NULL);
    if (i <= t->required) {
        *why = (struct pmt_reject){pmt_meaning_missing((enum pmt_meaning)t->ops[i].meaning),
                                   (size_t)(p - line.p)};
        return PMT_FOREIGN;
    }
    if (t->pieces && !pmt_found_date(t, &f)) {
        *why = (struct pmt_reject){pmt_meaning_missing(MEANS_STAMP), 0};
        return PMT_FOREIGN;
    }
    pmt_found_store(t, &f, rec);
    *rest = pmt_slice(p, (size_t)(end - p));
    return PMT_RECORD;
}

enum pmt_verdict pmt_template_run(const struct pmt_template *t, struct pmt_slice line,
                                  struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_slice rest;
    return pmt_template_run_rest(t, line, rec, why, &rest);
}
