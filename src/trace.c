#include "pmt/trace.h"

#include <stdlib.h>

/* A record begins with how many cells it is behind the one before (zigzag), and its form and
 * column, as a varint. */
enum form {
    ONE,  /* a byte: second, and count - 1 */
    SOME, /* two bytes: which seconds; then half a byte for each, its count - 1 */
    MANY, /* varint: count and second */
    FORMS,
};
enum column { GOOD, BAD, GAVE_UP };
enum { SMALL = 16, FULL = 255 };

/* Chunks are never moved: joining two traces is joining two lists. */
struct pmt_trace_chunk {
    struct pmt_trace_chunk *next;
    int64_t from; /* cell that its first record is counted from */
    uint16_t n, cap;
    unsigned char bytes[];
};
/* RECORD_MAX: what one takes at most, which is two varints, or one and a byte or half for each
 * second. */
enum { RECORD_MAX = 24, CHUNK_MAX = 1000 };

void pmt_trace_fini(struct pmt_trace *t)
{
    while (t->first) {
        struct pmt_trace_chunk *next = t->first->next;
        free(t->first);
        t->first = next;
    }
    *t = (struct pmt_trace){0};
}

/* The first ones small: most prefixes are asked for hardly ever. */
static void reserve(struct pmt_trace *t)
{
    struct pmt_trace_chunk *last = t->last;
    if (last && last->n + RECORD_MAX <= last->cap)
        return;
    size_t cap = last ? 2 * (size_t)last->cap : RECORD_MAX;
    cap = cap > CHUNK_MAX ? CHUNK_MAX : cap;
    struct pmt_trace_chunk *fresh = pmt_alloc(sizeof *fresh + cap);
    *fresh = (struct pmt_trace_chunk){.from = t->written, .cap = (uint16_t)cap};
    if (last)
        last->next = fresh;
    else
        t->first = fresh;
    t->last = fresh;
}

static void put(struct pmt_trace *t, unsigned byte)
{
    t->last->bytes[t->last->n++] = (unsigned char)byte;
}

static void put_varint(struct pmt_trace *t, uint64_t v)
{
    while (v >= 0x80) {
        put(t, (unsigned)(v & 0x7F) | 0x80);
        v >>= 7;
    }
    put(t, (unsigned)v);
}

static void put_head(struct pmt_trace *t, enum form form, enum column column)
{
    int64_t behind = t->cell - t->written;
    uint64_t zigzag = (uint64_t)behind << 1 ^ (uint64_t)(behind < 0 ? -1 : 0);
    reserve(t);
    put_varint(t, zigzag * (FORMS * PMT_TRACE_COLUMNS) + (uint64_t)form * PMT_TRACE_COLUMNS +
                      (uint64_t)column);
    t->written = t->cell;
}

static void put_many(struct pmt_trace *t, enum column column, int at, uint64_t n)
{
    put_head(t, MANY, column);
    put_varint(t, n * PMT_TRACE_CELL + (uint64_t)at);
}

static void put_one(struct pmt_trace *t, enum column column, int at, unsigned n)
{
    if (n > SMALL) {
        put_many(t, column, at, n);
        return;
    }
    put_head(t, ONE, column);
    put(t, (unsigned)at << 4 | (n - 1));
}

static void put_some(struct pmt_trace *t, unsigned mask)
{
    put_head(t, SOME, GOOD);
    unsigned char *to = t->last->bytes + t->last->n;
    *to++ = (unsigned char)mask;
    *to++ = (unsigned char)(mask >> 8);
    bool odd = false;
    for (int i = 0; mask >> i; i++) {
        if (!(mask >> i & 1))
            continue;
        if (odd)
            to[-1] |= (unsigned char)((t->good[i] - 1) << 4);
        else
            *to++ = (unsigned char)(t->good[i] - 1);
        odd = !odd;
    }
    t->last->n = (uint16_t)(to - t->last->bytes);
}

static void flush_good(struct pmt_trace *t)
{
    unsigned mask = t->marked;
    for (int i = 0; t->large && mask >> i; i++)
        if (t->good[i] > SMALL) {
            put_many(t, GOOD, i, t->good[i]);
            mask &= ~(1u << i);
        }
    if (mask && !(mask & (mask - 1))) {
        int at = 0;
        while (!(mask >> at & 1))
            at++;
        put_one(t, GOOD, at, t->good[at]);
    } else if (mask) {
        put_some(t, mask);
    }
    t->marked = 0;
    t->large = false;
    memset(t->good, 0, sizeof t->good);
}

static void flush_lost(struct pmt_trace *t, int column)
{
    if (t->lost[column])
        put_one(t, (enum column)column, t->lost_at[column], t->lost[column]);
    t->lost[column] = 0;
}

static void flush(struct pmt_trace *t)
{
    if (t->marked)
        flush_good(t);
    for (int column = BAD; column < PMT_TRACE_COLUMNS; column++)
        flush_lost(t, column);
}

static void add_good(struct pmt_trace *t, int at, uint64_t n)
{
    if (t->good[at] + n > FULL) {
        put_many(t, GOOD, at, n);
        return;
    }
    t->good[at] = (uint8_t)(t->good[at] + n);
    t->large |= t->good[at] > SMALL;
    t->marked |= (uint16_t)(1u << at);
}

static void add_lost(struct pmt_trace *t, int column, int at, uint64_t n)
{
    if (t->lost_at[column] != at || t->lost[column] + n > FULL)
        flush_lost(t, column);
    if (n > FULL) {
        put_many(t, (enum column)column, at, n);
        return;
    }
    t->lost_at[column] = (uint8_t)at;
    t->lost[column] = (uint8_t)(t->lost[column] + n);
}

void pmt_trace_add(struct pmt_trace *t, int64_t sec, const struct pmt_counts *add)
{
    int64_t cell = sec / PMT_TRACE_CELL - (sec % PMT_TRACE_CELL < 0);
    int at = (int)(sec - cell * PMT_TRACE_CELL);
    if (cell != t->cell) {
        flush(t);
        t->cell = cell;
    }
    uint32_t left = add->c[PMT_BAD] + add->c[PMT_GAVE_UP];
    if (add->c[PMT_ALL] > left)
        add_good(t, at, add->c[PMT_ALL] - left);
    if (add->c[PMT_BAD])
        add_lost(t, BAD, at, add->c[PMT_BAD]);
    if (add->c[PMT_GAVE_UP])
        add_lost(t, GAVE_UP, at, add->c[PMT_GAVE_UP]);
}

static uint64_t get_varint(const unsigned char *b, unsigned *at)
{
    uint64_t v = 0;
    for (int shift = 0;; shift += 7) {
        unsigned char c = b[(*at)++];
        v |= (uint64_t)(c & 0x7F) << shift;
        if (!(c & 0x80))
            return v;
    }
}

/* Tells of one second of one column. */
struct teller {
    void (*take)(void *ctx, int64_t sec, const struct pmt_counts *c);
    void *ctx;
};

static void tell(const struct teller *to, int64_t cell, int at, uint64_t column, uint64_t n)
{
    static const enum pmt_column columns[] = {PMT_ALL, PMT_BAD, PMT_GAVE_UP};
    struct pmt_counts c = {{0}};
    c.c[PMT_ALL] = c.c[columns[column]] = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    to->take(to->ctx, cell * PMT_TRACE_CELL + at, &c);
}

static void tell_some(const unsigned char *b, unsigned *i, const struct teller *to, int64_t cell)
{
    unsigned mask = b[*i] | (unsigned)b[*i + 1] << 8, byte = 0;
    bool odd = false;
    *i += 2;
    for (int at = 0; at < PMT_TRACE_CELL; at++) {
        if (!(mask >> at & 1))
            continue;
        byte = odd ? byte >> 4 : b[(*i)++];
        odd = !odd;
        tell(to, cell, at, GOOD, (byte & 15) + 1);
    }
}

static void tell_chunk(const struct pmt_trace_chunk *c, const struct teller *to)
{
    int64_t cell = c->from;
    for (unsigned i = 0; i < c->n;) {
        uint64_t head = get_varint(c->bytes, &i), column = head % PMT_TRACE_COLUMNS;
        uint64_t form = head / PMT_TRACE_COLUMNS % FORMS;
        uint64_t zigzag = head / (FORMS * PMT_TRACE_COLUMNS);
        cell += (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
        if (form == ONE) {
            unsigned char b = c->bytes[i++];
            tell(to, cell, b >> 4, column, (b & 15u) + 1);
        } else if (form == SOME) {
            tell_some(c->bytes, &i, to, cell);
        } else {
            uint64_t v = get_varint(c->bytes, &i);
            tell(to, cell, (int)(v % PMT_TRACE_CELL), column, v / PMT_TRACE_CELL);
        }
    }
}

void pmt_trace_each(const struct pmt_trace *t,
                    void (*take)(void *ctx, int64_t sec, const struct pmt_counts *c), void *ctx)
{
    struct teller to = {take, ctx};
    for (const struct pmt_trace_chunk *c = t->first; c; c = c->next)
        tell_chunk(c, &to);
    for (int at = 0; t->marked >> at; at++)
        if (t->good[at])
            tell(&to, t->cell, at, GOOD, t->good[at]);
    for (int column = BAD; column < PMT_TRACE_COLUMNS; column++)
        if (t->lost[column])
            tell(&to, t->cell, t->lost_at[column], (uint64_t)column, t->lost[column]);
}

void pmt_trace_merge(struct pmt_trace *dst, struct pmt_trace *src)
{
    flush(dst);
    flush(src);
    if (src->first) {
        if (dst->last)
            dst->last->next = src->first;
        else
            dst->first = src->first;
        dst->last = src->last;
        dst->written = src->written;
    }
    *src = (struct pmt_trace){0};
}
