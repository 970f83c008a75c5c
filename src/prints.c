#include "prints_parts.h"

#include <stdlib.h>

#define SECOND PMT_PRINT_SECOND
#define QUARTER PMT_PRINT_QUARTER
#define DAY (86400 * SECOND)

enum {
    CLOSE = 5, /* seconds: two stamps of the end of one request */
    ASIDE = 12, /* seconds: what is found so far off is there by chance */
    TELLS = 20, /* of so many busy ones one has to tell something */
    FEW = 3,   /* in two minutes: more would be found by chance */
    CELLS = 1024,
    SHORT = 24, /* prints: sorted by insertion */
};

void pmt_prints_fini(struct pmt_prints *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->days[i].v);
        free(p->days[i].busy);
    }
    free(p->days);
    *p = (struct pmt_prints){0};
}

/* How far behind a quarter hour: the same on clocks of all zones. */
int64_t pmt_print_head(int64_t t)
{
    int64_t head = t % QUARTER;
    return head < 0 ? head + QUARTER : head;
}

static int by_hash(const void *a, const void *b)
{
    const struct pmt_print *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->t < y->t ? -1 : x->t > y->t;
}

static int by_head(const void *a, const void *b)
{
    int64_t x = pmt_print_head(((const struct pmt_print *)a)->t);
    int64_t y = pmt_print_head(((const struct pmt_print *)b)->t);
    return x != y ? (x < y ? -1 : 1) : by_hash(a, b);
}

/* Where a key stands among the busy ones, or would. */
static uint32_t busy_at(const struct pmt_print_day *d, uint64_t hash)
{
    uint32_t lo = 0, hi = d->nbusy;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (d->busy[mid].hash < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool pmt_print_is_busy(const struct pmt_print_day *d, uint64_t hash, int64_t *head)
{
    uint32_t i = busy_at(d, hash);
    bool found = i < d->nbusy && d->busy[i].hash == hash;
    *head = found ? d->busy[i].head : INT64_MAX;
    return found;
}

static void set_busy(struct pmt_print_day *d, uint64_t hash, int64_t head)
{
    uint32_t i = busy_at(d, hash);
    if (i == d->nbusy || d->busy[i].hash != hash) {
        PMT_GROW(d->busy, d->nbusy, d->capbusy);
        memmove(d->busy + i + 1, d->busy + i, (d->nbusy - i) * sizeof *d->busy);
        d->busy[i] = (struct pmt_print_busy){hash, head};
        d->nbusy++;
    } else if (head < d->busy[i].head) {
        d->busy[i].head = head;
    }
}

static bool has_place(const struct pmt_print_day *d, uint64_t hash, int64_t t)
{
    int64_t head;
    return hash <= d->limit &&
           (!d->nbusy || !pmt_print_is_busy(d, hash, &head) || pmt_print_head(t) <= head);
}

static void sort_short(struct pmt_print *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct pmt_print x = v[i];
        uint32_t k = i;
        for (; k > 0 && by_hash(&x, &v[k - 1]) < 0; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

/* Hashes are spread evenly: dealt out into cells up to the limit, each cell holds but a few. What
 * lies above the limit (a join may have lowered it) goes. */
static void sort_by_hash(struct pmt_print_day *d)
{
    uint32_t ends[CELLS] = {0}, sum = 0;
    uint64_t width = d->limit / CELLS + 1;
    for (uint32_t i = 0; i < d->n; i++)
        if (d->v[i].hash <= d->limit)
            ends[d->v[i].hash / width]++;
    for (uint32_t c = 0, n; c < CELLS; c++) {
        n = ends[c];
        ends[c] = sum;
        sum += n;
    }
    struct pmt_print *v = pmt_realloc(NULL, d->cap, sizeof *v);
    for (uint32_t i = 0; i < d->n; i++)
        if (d->v[i].hash <= d->limit)
            v[ends[d->v[i].hash / width]++] = d->v[i];
    free(d->v);
    d->v = v;
    d->n = sum;
    for (uint32_t c = 0, from = 0; c < CELLS; from = ends[c++])
        if (ends[c] - from > SHORT)
            qsort(v + from, ends[c] - from, sizeof *v, by_hash);
        else
            sort_short(v + from, ends[c] - from);
}

/* Keeps the smallest keys, and of each what stands first behind its quarter hours. Both can only
 * become less when more is added: what is kept in the end is a function of the set. */
static void cut(struct pmt_print_day *d)
{
    uint32_t out = 0;
    if (d->n > CELLS)
        sort_by_hash(d);
    else if (d->n)
        qsort(d->v, d->n, sizeof *d->v, by_hash);
    for (uint32_t i = 0, k; i < d->n && out < PMT_PRINTS_MAX; i = k) {
        uint64_t hash = d->v[i].hash;
        uint32_t n = 0, start = out;
        if (hash > d->limit)
            break;
        for (k = i; k < d->n && d->v[k].hash == hash; k++)
            if (!d->nbusy || has_place(d, hash, d->v[k].t))
                d->v[start + n++] = d->v[k];
        if (n > PMT_PRINTS_BUSY) {
            qsort(d->v + start, n, sizeof *d->v, by_head);
            n = PMT_PRINTS_BUSY;
            set_busy(d, hash, pmt_print_head(d->v[start + n - 1].t));
            qsort(d->v + start, n, sizeof *d->v, by_hash);
        }
        out += n;
        if (out >= PMT_PRINTS_MAX)
            d->limit = hash;
    }
    d->n = out;
    while (d->nbusy && d->busy[d->nbusy - 1].hash > d->limit)
        d->nbusy--;
}

static struct pmt_print_day *day_of(struct pmt_prints *p, int64_t day)
{
    if (p->last < p->n && p->days[p->last].day == day)
        return &p->days[p->last];
    size_t i = p->n;
    while (i > 0 && p->days[i - 1].day > day)
        i--;
    if (i == 0 || p->days[i - 1].day != day) {
        PMT_GROW(p->days, p->n, p->cap);
        memmove(p->days + i + 1, p->days + i, (p->n - i) * sizeof *p->days);
        p->days[i] = (struct pmt_print_day){.day = day, .limit = UINT64_MAX};
        p->n++;
        i++;
    }
    p->last = i - 1;
    return &p->days[i - 1];
}

void pmt_prints_add(struct pmt_prints *p, uint64_t hash, int64_t t)
{
    struct pmt_print_day *d = day_of(p, t / DAY - (t % DAY < 0));
    if (!has_place(d, hash, t))
        return;
    if (d->n == d->cap) {
        if (d->n >= 4 * PMT_PRINTS_MAX)
            cut(d);
        if (d->n == d->cap) {
            d->cap = d->cap ? d->cap * 2 : 8;
            d->v = pmt_realloc(d->v, d->cap, sizeof *d->v);
        }
        if (!has_place(d, hash, t))
            return;
    }
    d->v[d->n++] = (struct pmt_print){hash, t};
}

/* What src may have left out of a day has no place in it here either; unless it was moved by part
 * of a quarter hour, which makes other requests the first ones. */
static void join(struct pmt_prints *dst, int64_t day, const struct pmt_print_day *src, bool whole)
{
    struct pmt_print_day *d = day_of(dst, day);
    if (src->limit < d->limit)
        d->limit = src->limit;
    for (uint32_t i = 0; i < src->nbusy; i++)
        set_busy(d, src->busy[i].hash, whole ? src->busy[i].head
                                             : src->busy[i].head % QUARTER + QUARTER);
}

void pmt_prints_merge(struct pmt_prints *dst, const struct pmt_prints *src)
{
    for (size_t i = 0; i < src->n; i++) {
        join(dst, src->days[i].day, &src->days[i], true);
        for (uint32_t k = 0; k < src->days[i].n; k++)
            pmt_prints_add(dst, src->days[i].v[k].hash, src->days[i].v[k].t);
    }
}

void pmt_prints_seal(struct pmt_prints *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct pmt_print_day *d = &p->days[i];
        cut(d);
        if (d->n < d->cap && d->n) {
            d->v = pmt_realloc(d->v, d->n, sizeof *d->v);
            d->cap = d->n;
        }
    }
}

void pmt_prints_move(struct pmt_prints *dst, const struct pmt_prints *src,
                     int64_t (*map)(const void *ctx, int64_t t), const void *ctx)
{
    for (size_t i = 0; i < src->n; i++) {
        int64_t joined = INT64_MIN;
        for (uint32_t k = 0; k < src->days[i].n; k++) {
            int64_t t = map(ctx, src->days[i].v[k].t);
            if (t == INT64_MIN)
                continue;
            int64_t day = t / DAY - (t % DAY < 0);
            if (day != joined)
                join(dst, day, &src->days[i], (t - src->days[i].v[k].t) % QUARTER == 0);
            joined = day;
            pmt_prints_add(dst, src->days[i].v[k].hash, t);
        }
    }
}

size_t pmt_prints_count(const struct pmt_prints *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += p->days[i].n;
    return n;
}

/* ---- how much of one is in the other ----------------------------------------------------- */

static const struct pmt_print_day *day_at(const struct pmt_prints *p, int64_t t)
{
    int64_t day = t / DAY - (t % DAY < 0);
    size_t lo = 0, hi = p->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->days[mid].day < day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < p->n && p->days[lo].day == day ? &p->days[lo] : NULL;
}

struct near {
    unsigned close, around; /* prints of that key within a few seconds, and within the minute */
};

static uint32_t first_of(const struct pmt_print_day *d, uint64_t hash)
{
    uint32_t lo = 0, hi = d->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (d->v[mid].hash < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool holds(const struct pmt_print_day *d, uint64_t hash)
{
    uint32_t at = first_of(d, hash);
    return at < d->n && d->v[at].hash == hash;
}

static struct near find_near(const struct pmt_print_day *d, uint64_t hash, int64_t t)
{
    struct near r = {0, 0};
    for (uint32_t i = first_of(d, hash); i < d->n && d->v[i].hash == hash; i++) {
        if (i && d->v[i - 1].hash == hash && d->v[i - 1].t == d->v[i].t)
            continue; /* a copy of the log says it again */
        int64_t gap = d->v[i].t > t ? d->v[i].t - t : t - d->v[i].t;
        r.close += gap <= CLOSE * SECOND;
        r.around += gap <= 60 * SECOND;
    }
    return r;
}

/* Did b keep what it saw of this key then, a few seconds sooner or later? */
static bool would_keep(const struct pmt_print_day *d, const struct pmt_print *p,
                       const struct near *n)
{
    int64_t most, head = pmt_print_head(p->t);
    if (p->hash > d->limit)
        return false;
    if (!pmt_print_is_busy(d, p->hash, &most))
        return true;
    return most >= QUARTER ? n->around > 0
                           : head >= CLOSE * SECOND && head + CLOSE * SECOND <= most;
}

/* What of a busy key is found where it cannot be meant: in halves, -1 when b did not keep what
 * stood there. */
static int by_chance(const struct pmt_print_day *d, const struct pmt_print *p)
{
    int looked = 0, hits = 0;
    for (int side = -1; side <= 1; side += 2) {
        struct pmt_print aside = {p->hash, p->t + side * ASIDE * SECOND};
        struct near n = find_near(d, p->hash, aside.t);
        if (aside.t / DAY != p->t / DAY || !would_keep(d, &aside, &n))
            continue;
        looked++;
        hits += n.close > 0;
    }
    return looked ? hits * 2 / looked : -1;
}

void pmt_prints_share(const struct pmt_prints *a, const struct pmt_prints *b, size_t *seen,
                      size_t *found)
{
    size_t busy_seen = 0, busy_found = 0, told = 0, told_found = 0, chance = 0;
    *seen = *found = 0;
    for (size_t i = 0; i < a->n; i++)
        for (uint32_t k = 0; k < a->days[i].n; k++) {
            const struct pmt_print *p = &a->days[i].v[k];
            const struct pmt_print_day *d = day_at(b, p->t);
            struct near n = d ? find_near(d, p->hash, p->t) : (struct near){0, 0};
            if (d && !would_keep(d, p, &n))
                continue;
            /* So often that it would be there by chance, or a check that comes all day. */
            int64_t head;
            if (n.around > FEW || pmt_print_is_busy(&a->days[i], p->hash, &head) ||
                (d && pmt_print_is_busy(d, p->hash, &head))) {
                int luck = d && holds(d, p->hash) ? by_chance(d, p) : -1;
                busy_seen++;
                busy_found += n.close > 0;
                told += luck >= 0;
                told_found += luck >= 0 && n.close > 0;
                chance += luck > 0 ? (size_t)luck : 0;
                continue;
            }
            (*seen)++;
            *found += n.close > 0;
        }
    /* What failed is rare, and often another's answer: the many that did not have a say, as far as
     * they tell more than chance. */
    chance /= 2;
    if (!*seen && (told - chance) * TELLS < busy_seen) {
        *seen = busy_seen;
        *found = busy_found;
        return;
    }
    *seen += told - chance;
    *found += told_found > chance ? told_found - chance : 0;
}
