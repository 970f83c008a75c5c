#include "template_builder.h"

/* Where the total (with idle time) and the active time are both logged, the active one counts; and
 * a whole request line says more than its method or path. */
static void settle_doubles(struct pmt_builder *b)
{
    bool active = pmt_builder_has(b, MEANS_MILLIS) || pmt_builder_has(b, MEANS_MICROS);
    bool line = pmt_builder_has(b, MEANS_REQUEST);
    for (size_t i = 0; i < b->n; i++) {
        uint8_t *m = &b->ops[i].meaning;
        if ((active && (*m == MEANS_TOTAL_MILLIS || *m == MEANS_SECONDS)) ||
            (line && (*m == MEANS_METHOD || *m == MEANS_PATH)))
            *m = MEANS_NOTHING;
    }
}

/* A date in pieces is that of the request's begin, unless only its end is logged. */
static void settle_date(struct pmt_builder *b)
{
    uint32_t begin = 0, ignored = 0;
    size_t at;
    for (size_t i = 0; i < b->n; i++)
        if (b->ops[i].parts && !(b->flags[i] & VAR_END))
            begin |= pmt_parts_of(b->ops[i].parts, &at);
        else if (b->ops[i].parts)
            ignored |= pmt_parts_of(b->ops[i].parts, &at);
    b->ends = !pmt_builder_has(b, MEANS_STAMP) && !pmt_parts_suffice(begin) &&
              pmt_parts_suffice(ignored);
    b->parts = b->ends ? ignored : begin;
    for (size_t i = 0; i < b->n; i++)
        if (b->ops[i].parts)
            b->ops[i].ignored = !(b->flags[i] & VAR_END) == b->ends;
}

/* In quotes a backslash hides the next quote (Apache, nginx's escape=json); nginx's own escape
 * never leaves one. HAProxy writes the quote as #22, but where it is told otherwise. */
static void settle_escapes(struct pmt_builder *b)
{
    bool haproxy = b->dialect == PMT_DIALECT_HAPROXY;
    for (size_t i = 0; i < b->n; i++) {
        const struct pmt_op *op = &b->ops[i], *next = op + 1;
        bool quotes = op->lit_n && op->lit[op->lit_n - 1] == '"' && next->lit_n &&
                      next->lit[0] == '"';
        b->ops[i].escapes = quotes && (!haproxy || op->escapes || *b->ops[0].lit == '{');
    }
}

static bool checks_itself(uint8_t take)
{
    return take >= TAKE_NUMBER && take != TAKE_CAPTURES && take != TAKE_JSON;
}

/* ", ", ":" and " : " stand in lists of upstreams too ... */
static bool begins_as_in_list(struct pmt_slice lit)
{
    return pmt_slice_starts(lit, ", ") || pmt_slice_starts(lit, ":") ||
           pmt_slice_starts(lit, " : ");
}

/* ... but not what is behind them in ", status=" and ": took ". */
static bool tells_from_list(struct pmt_slice lit)
{
    for (size_t i = 0; i < lit.n; i++)
        if (!memchr(",: 0123456789.-", lit.p[i], 15))
            return true;
    return false;
}

/* Not needed to tell which request failed, when, and for whom. */
static bool can_be_missed(const struct pmt_op *op)
{
    switch ((enum pmt_meaning)op->meaning) {
    case MEANS_NOTHING:
    case MEANS_REFERRER:
    case MEANS_AGENT:
    case MEANS_FORWARDED:
    case MEANS_VHOST:
    case MEANS_UPSTREAM:
    case MEANS_UPSTREAM_STATUS:
        return op->take == TAKE_TEXT || op->take == TAKE_LIST;
    default:
        return false;
    }
}

static void miss(struct pmt_op *op)
{
    op->meaning = MEANS_NOTHING;
    op->take = TAKE_TEXT;
}

static bool is_blank(struct pmt_slice lit)
{
    return lit.n == 1 && *lit.p == ' ';
}

/* Where nothing tells the end of a list of upstreams, both it and the list behind it are passed
 * over. */
static bool settle_list(struct pmt_builder *b, size_t i, struct pmt_slice lit)
{
    struct pmt_op *op = &b->ops[i], *next = op + 1;
    if (op->take != TAKE_LIST || !begins_as_in_list(lit))
        return true;
    if (tells_from_list(lit)) {
        op->take = TAKE_TEXT;
    } else if (i + 1 < b->n && next->take == TAKE_LIST && can_be_missed(next) &&
               can_be_missed(op)) {
        miss(op);
        miss(next);
    } else {
        return pmt_builder_fail(b, b->at[i],
                                "a list of upstreams is written with \", \" and \" : \": "
                                "nothing tells where this one ends");
    }
    return true;
}

/* The same for what may hold blanks (the user agent) with only a blank behind it, where something
 * that shows what it is comes next. */
static bool settle_blanks(struct pmt_builder *b, size_t i, struct pmt_slice lit)
{
    struct pmt_op *op = &b->ops[i], *next = op + 1, *third = op + 2;
    if (!(b->flags[i] & VAR_BLANKS) || !is_blank(lit) || i + 1 >= b->n || checks_itself(next->take))
        return true;
    bool shows = i + 2 < b->n && (checks_itself(third->take) ||
                                  !is_blank(pmt_slice(third->lit, third->lit_n)));
    if (b->dialect != PMT_DIALECT_NGINX || !shows || !can_be_missed(op) || !can_be_missed(next))
        return pmt_builder_fail(b, b->at[i + 1],
                                "the variable before it may hold blanks, and only a blank "
                                "stands between: nothing tells where it ends");
    miss(op);
    miss(next);
    return true;
}

/* What is behind a text must not be a part of it. */
static bool settle_texts(struct pmt_builder *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct pmt_op *op = &b->ops[i], *next = op + 1;
        struct pmt_slice lit = pmt_slice(next->lit, next->lit_n);
        if (op->meaning == MEANS_REQUEST && op->take == TAKE_TEXT && lit.n && *lit.p == ' ')
            op->take = TAKE_REQUEST;
        /* "SSL handshake failure", and a word behind it: that there was an error is told. */
        b->message |= op->meaning == MEANS_MESSAGE;
        if (op->meaning == MEANS_MESSAGE && is_blank(lit) && i + 1 < b->n &&
            !checks_itself(next->take))
            op->meaning = MEANS_NOTHING;
        if (!settle_list(b, i, lit) || !settle_blanks(b, i, lit))
            return false;
    }
    return true;
}

/* Numbers nobody needs, one byte apart ("%ac/%fc/%bc/%sc/%rc %sq/%bq"), become one step. Their
 * literals lie side by side in the builder's buffer. */
static void merge_numbers(struct pmt_builder *b)
{
    size_t n = 0;
    for (size_t i = 0; i <= b->n; i++) {
        struct pmt_op *op = &b->ops[i], *last = n ? &b->ops[n - 1] : NULL;
        bool number = op->take == TAKE_NUMBER && op->meaning == MEANS_NOTHING;
        if (last && number && op->lit_n == 1 && !strchr("0123456789+-.", *op->lit) &&
            last->take == TAKE_NUMBER && last->meaning == MEANS_NOTHING && last->more < UINT8_MAX) {
            if (!last->more++)
                last->seps = op->lit;
        } else {
            b->ops[n++] = *op;
        }
    }
    b->n = n - 1; /* without the end */
}

static void settle_literals(struct pmt_builder *b)
{
    for (size_t i = 0; i <= b->n; i++) {
        struct pmt_op *op = &b->ops[i];
        size_t n = op->lit_n < 8 ? op->lit_n : 8;
        memset(&op->lit_mask, 0xFF, n);
        memcpy(&op->lit_head, op->lit, n);
    }
}

/* Without its date a line would be placed by what stands around it, which may be another time. */
static bool has_date(struct pmt_builder *b)
{
    bool any = !b->lost_date || pmt_parts_suffice(b->parts);
    for (size_t i = 0; i < b->n; i++)
        any |= b->ops[i].meaning == MEANS_STAMP;
    return any || pmt_builder_fail(b, b->lost_date - 1,
                                   "how this date is written cannot be read back, and the format "
                                   "has no other");
}

bool pmt_builder_settle(struct pmt_builder *b)
{
    if (!settle_texts(b))
        return false;
    settle_doubles(b);
    settle_date(b);
    if (!has_date(b))
        return false;
    settle_escapes(b);
    merge_numbers(b);
    settle_literals(b);
    return true;
}
