#include "pmt/votes.h"

#include <stdlib.h>

enum { OPEN_MINUTES = 4, FIRST_BITS = 5 };

/* At rest: n votes sorted by hash. Open: a hash table of `slots` places, 0 = free. */
struct pmt_vote_minute {
    int64_t minute;
    uint64_t *v;
    uint32_t n, slots; /* slots = 0: at rest; else 1 << bits */
    uint8_t bits;
    uint8_t shift;     /* the table's places follow the hash bits behind these */
    uint64_t used;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void pmt_votes_fini(struct pmt_votes *v)
{
    for (size_t i = 0; i < v->n; i++)
        free(v->minutes[i].v);
    free(v->minutes);
    *v = (struct pmt_votes){.budget = v->budget};
}

static uint64_t join(uint64_t a, uint64_t b)
{
    int first = PMT_VOTE_FIRST(a) < PMT_VOTE_FIRST(b) ? PMT_VOTE_FIRST(a) : PMT_VOTE_FIRST(b);
    int last = PMT_VOTE_LAST(a) > PMT_VOTE_LAST(b) ? PMT_VOTE_LAST(a) : PMT_VOTE_LAST(b);
    return PMT_VOTE_HASH(a) << 12 | (uint64_t)first << 6 | (uint64_t)last;
}

static void table_put(struct pmt_vote_minute *m, uint64_t vote);

/* The upper bits of the hash choose the place, so that a table read from front to back is sorted
 * but for what was displaced. (Bits above m->shift are 0 in a thinned set.) */
static uint32_t place_of(const struct pmt_vote_minute *m, uint64_t hash)
{
    return (uint32_t)((hash << m->shift & ((UINT64_C(1) << 52) - 1)) >> (52 - m->bits));
}

static void table_grow(struct pmt_vote_minute *m, uint8_t bits)
{
    struct pmt_vote_minute big = {.slots = UINT32_C(1) << bits, .bits = bits, .shift = m->shift};
    big.v = pmt_alloc(big.slots * sizeof *big.v);
    for (uint32_t i = 0; i < (m->slots ? m->slots : m->n); i++)
        if (m->v[i])
            table_put(&big, m->v[i]);
    free(m->v);
    m->v = big.v;
    m->slots = big.slots;
    m->bits = bits;
}

static void table_put(struct pmt_vote_minute *m, uint64_t vote)
{
    uint64_t hash = PMT_VOTE_HASH(vote);
    for (uint32_t i = place_of(m, hash);; i = (i + 1) & (m->slots - 1)) {
        if (!m->v[i]) {
            m->v[i] = vote;
            m->n++;
            break;
        }
        if (PMT_VOTE_HASH(m->v[i]) == hash) {
            m->v[i] = join(m->v[i], vote);
            return;
        }
    }
    if (m->n * 4 > m->slots * 3) {
        uint32_t n = m->n;
        table_grow(m, (uint8_t)(m->bits + 1));
        m->n = n;
    }
}

static unsigned level_of(uint64_t vote)
{
    uint64_t hash = PMT_VOTE_HASH(vote);
    unsigned level = 0;
    while (level < PMT_VOTE_SHIFT_MAX && !(hash >> (51 - level)))
        level++;
    return level;
}

enum counting { LEAVES, COMES };

/* Tells the budget about the n votes of a minute at rest. */
static void budget_count(struct pmt_vote_budget *b, const uint64_t *v, uint32_t n,
                         enum counting how)
{
    uint64_t levels[PMT_VOTE_SHIFT_MAX + 1] = {0};
    if (!b || !b->limit)
        return;
    for (uint32_t i = 0; i < n; i++)
        levels[level_of(v[i])]++;
    for (unsigned i = 0; i <= PMT_VOTE_SHIFT_MAX; i++) {
        if (levels[i] && how == COMES)
            atomic_fetch_add(&b->level[i], levels[i]);
        else if (levels[i])
            atomic_fetch_sub(&b->level[i], levels[i]);
    }
}

/* Lowers the threshold of the run until no more than `most` are kept. A level only ever grows
 * towards what all lines together make of it, so how far this goes does not depend on which worker
 * came when. */
static unsigned budget_lower(struct pmt_vote_budget *b, uint64_t most)
{
    unsigned shift = atomic_load(&b->shift);
    while (b->limit && shift < PMT_VOTE_SHIFT_MAX) {
        uint64_t kept = 0;
        for (unsigned i = shift; i <= PMT_VOTE_SHIFT_MAX; i++)
            kept += atomic_load(&b->level[i]);
        if (kept <= most)
            break;
        if (atomic_compare_exchange_strong(&b->shift, &shift, shift + 1))
            shift++;
    }
    return shift;
}

static void minute_open(struct pmt_votes *v, struct pmt_vote_minute *m)
{
    uint8_t bits = FIRST_BITS;
    uint32_t n = m->n;
    while ((uint64_t)n * 4 >= (UINT64_C(3) << bits))
        bits++;
    budget_count(v->budget, m->v, n, LEAVES);
    m->shift = (uint8_t)v->shift;
    table_grow(m, bits);
    m->n = n;
    v->open++;
}

static bool above(uint64_t vote, unsigned shift)
{
    return shift && PMT_VOTE_HASH(vote) >> (52 - shift) != 0;
}

/* A table that was read front to back needs few moves; if it needs many, the usual sort. */
static void sort_nearly(uint64_t *v, uint32_t n)
{
    uint64_t moves = 0, most = (uint64_t)n * 8;
    for (uint32_t i = 1; i < n; i++) {
        uint64_t x = v[i];
        uint32_t j = i;
        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
        moves += i - j;
        if (moves > most) {
            pmt_sort_u64(v, n);
            return;
        }
    }
}

static void minute_seal(struct pmt_votes *v, struct pmt_vote_minute *m)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->slots; i++)
        if (m->v[i] && !above(m->v[i], v->shift))
            m->v[n++] = m->v[i];
    sort_nearly(m->v, n);
    m->v = pmt_realloc(m->v, n, sizeof *m->v);
    m->n = n;
    m->slots = 0;
    v->open--;
    if (v->budget) {
        budget_count(v->budget, m->v, n, COMES);
        pmt_votes_thin(v, budget_lower(v->budget, v->budget->limit +
                                                      v->budget->limit / PMT_VOTE_SLACK));
    }
}

void pmt_votes_thin(struct pmt_votes *v, unsigned shift)
{
    if (shift <= v->shift)
        return;
    v->shift = shift;
    for (size_t i = 0; i < v->n; i++) {
        struct pmt_vote_minute *m = &v->minutes[i];
        if (m->slots)
            continue; /* thinned when it is brought to rest */
        uint32_t n = 0;
        /* Sorted by hash: those under the threshold stand in front. */
        while (n < m->n && !above(m->v[n], shift))
            n++;
        if (n < m->n) {
            m->v = pmt_realloc(m->v, n, sizeof *m->v);
            m->n = n;
        }
    }
}

size_t pmt_votes_search(const struct pmt_votes *v, int64_t minute)
{
    size_t lo = 0, hi = v->n;
    if (v->n && v->minutes[v->n - 1].minute < minute)
        return v->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (v->minutes[mid].minute < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct pmt_vote_minute *minute_for_writing(struct pmt_votes *v, int64_t minute)
{
    size_t i = pmt_votes_search(v, minute);
    if (i == v->n || v->minutes[i].minute != minute) {
        PMT_GROW(v->minutes, v->n, v->cap);
        memmove(v->minutes + i + 1, v->minutes + i, (v->n - i) * sizeof *v->minutes);
        v->minutes[i] = (struct pmt_vote_minute){.minute = minute};
        v->n++;
    }
    if (!v->minutes[i].slots) {
        if (v->open >= OPEN_MINUTES) {
            struct pmt_vote_minute *oldest = NULL;
            unsigned seen = 0; /* the open ones stand near the end */
            for (size_t k = v->n; k-- > 0 && seen < v->open;)
                if (v->minutes[k].slots) {
                    seen++;
                    if (!oldest || v->minutes[k].used < oldest->used)
                        oldest = &v->minutes[k];
                }
            minute_seal(v, oldest);
        }
        minute_open(v, &v->minutes[i]);
    }
    v->minutes[i].used = ++v->clock;
    v->last = i;
    return &v->minutes[i];
}

void pmt_votes_put(struct pmt_votes *v, int64_t minute, uint64_t vote)
{
    if (above(vote, v->shift))
        return;
    struct pmt_vote_minute *m;
    if (v->last < v->n && v->minutes[v->last].minute == minute && v->minutes[v->last].slots)
        m = &v->minutes[v->last];
    else
        m = minute_for_writing(v, minute);
    table_put(m, vote);
}

void pmt_votes_add(struct pmt_votes *v, uint64_t client, int64_t sec)
{
    int64_t minute = floor_div(sec, 60);
    uint64_t second = (uint64_t)(sec - minute * 60);
    uint64_t hash = client >> 12;
    pmt_votes_put(v, minute, (hash ? hash : 1) << 12 | second << 6 | second);
}

/* Minutes of which nothing is left after thinning. */
static void drop_empty(struct pmt_votes *v)
{
    size_t out = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (!v->minutes[i].n)
            free(v->minutes[i].v);
        else
            v->minutes[out++] = v->minutes[i];
    }
    v->n = out;
    v->last = 0;
}

void pmt_votes_seal(struct pmt_votes *v)
{
    for (size_t i = v->n; v->open && i-- > 0;)
        if (v->minutes[i].slots)
            minute_seal(v, &v->minutes[i]);
    if (v->shift)
        drop_empty(v);
}

void pmt_votes_settle(struct pmt_votes *v)
{
    pmt_votes_seal(v);
    if (v->budget)
        pmt_votes_thin(v, budget_lower(v->budget, v->budget->limit));
    drop_empty(v);
    v->budget = NULL;
    if (v->n < v->cap) { /* of small files there are many */
        v->minutes = pmt_realloc(v->minutes, v->n, sizeof *v->minutes);
        v->cap = v->n;
    }
}

/* Where dst has nothing in that minute yet, the votes need not be looked at one by one. */
static bool take_minute(struct pmt_votes *dst, struct pmt_vote_minute *m, int64_t minute)
{
    size_t i = pmt_votes_search(dst, minute);
    if (i < dst->n && dst->minutes[i].minute == minute)
        return false;
    PMT_GROW(dst->minutes, dst->n, dst->cap);
    memmove(dst->minutes + i + 1, dst->minutes + i, (dst->n - i) * sizeof *dst->minutes);
    dst->minutes[i] = (struct pmt_vote_minute){.minute = minute, .v = m->v, .n = m->n};
    dst->n++;
    budget_count(dst->budget, m->v, m->n, COMES);
    m->v = NULL;
    m->n = 0;
    return true;
}

void pmt_votes_merge(struct pmt_votes *dst, struct pmt_votes *src,
                     int64_t (*map)(const void *ctx, int64_t sec), const void *ctx)
{
    pmt_votes_seal(src);
    pmt_votes_thin(dst, src->shift);
    pmt_votes_thin(src, dst->shift);
    for (size_t i = 0; i < src->n; i++) {
        struct pmt_vote_minute *m = &src->minutes[i];
        int64_t start = m->minute * 60;
        int64_t to = map ? map(ctx, start) : start;
        int64_t end = map ? map(ctx, start + 59) : start + 59;
        budget_count(src->budget, m->v, m->n, LEAVES);
        if (to == INT64_MIN && end == INT64_MIN)
            continue; /* the map leaves it out */
        /* Nearly always a shift by whole minutes; else a vote may fall into two of them. */
        bool whole = to % 60 == 0 && end == to + 59;
        if (whole && take_minute(dst, m, floor_div(to, 60)))
            continue;
        for (uint32_t k = 0; k < m->n; k++) {
            if (whole) {
                pmt_votes_put(dst, floor_div(to, 60), m->v[k]);
                continue;
            }
            int64_t ends[2] = {map(ctx, start + PMT_VOTE_FIRST(m->v[k])),
                               map(ctx, start + PMT_VOTE_LAST(m->v[k]))};
            for (int e = 0; e < 2; e++) {
                if (ends[e] == INT64_MIN)
                    continue;
                int64_t minute = floor_div(ends[e], 60);
                uint64_t second = (uint64_t)(ends[e] - minute * 60);
                pmt_votes_put(dst, minute,
                              PMT_VOTE_HASH(m->v[k]) << 12 | second << 6 | second);
            }
        }
    }
    unsigned shift = src->shift;
    pmt_votes_fini(src);
    src->shift = shift;
}

void pmt_votes_copy(struct pmt_votes *dst, struct pmt_votes *src)
{
    pmt_votes_seal(src);
    pmt_votes_thin(dst, src->shift);
    for (size_t i = 0; i < src->n; i++) {
        struct pmt_vote_minute *m = &src->minutes[i];
        struct pmt_vote_minute twin = {.minute = m->minute, .n = m->n};
        twin.v = pmt_realloc(NULL, m->n, sizeof *twin.v);
        if (m->n)
            memcpy(twin.v, m->v, m->n * sizeof *twin.v);
        if (take_minute(dst, &twin, m->minute))
            continue;
        for (uint32_t k = 0; k < twin.n; k++)
            pmt_votes_put(dst, m->minute, twin.v[k]);
        free(twin.v);
    }
}

void pmt_votes_without(struct pmt_votes *v, struct pmt_votes *other)
{
    pmt_votes_seal(v);
    pmt_votes_seal(other);
    pmt_votes_thin(v, other->shift); /* whom the other leaves out cannot be told */
    for (size_t i = 0; i < v->n; i++) {
        struct pmt_vote_minute *m = &v->minutes[i];
        size_t at = pmt_votes_search(other, m->minute), k = 0;
        if (at == other->n || other->minutes[at].minute != m->minute)
            continue;
        const struct pmt_vote_minute *o = &other->minutes[at];
        uint32_t n = 0;
        for (uint32_t j = 0; j < m->n; j++) {
            while (k < o->n && PMT_VOTE_HASH(o->v[k]) < PMT_VOTE_HASH(m->v[j]))
                k++;
            if (k == o->n || PMT_VOTE_HASH(o->v[k]) != PMT_VOTE_HASH(m->v[j]))
                m->v[n++] = m->v[j];
        }
        m->n = n;
    }
    drop_empty(v);
}

uint64_t pmt_votes_count(const struct pmt_votes *v)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        n += v->minutes[i].n;
    return n;
}

const uint64_t *pmt_votes_minute(const struct pmt_votes *v, size_t i, int64_t *minute, size_t *n)
{
    *minute = v->minutes[i].minute;
    *n = v->minutes[i].n;
    return v->minutes[i].v;
}
