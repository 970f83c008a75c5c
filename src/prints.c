#include "pmt/prints.h"

#include <stdlib.h>

#define SECOND INT64_C(1000000)
#define QUARTER (900 * SECOND)
#define DAY (86400 * SECOND)

enum {
    CELLS = 1024,
    BUSY_KEYS = 16,      /* remembered per day */
    CLOSE = 5,           /* seconds: two stamps of the end of one request */
    RARE = 3,            /* a key that one log holds more often tells nothing */
    QUARTERS_MAX = 112,  /* clocks are at most 28 hours apart: zones span 26 */
};

struct pmt_print_day {
    int64_t day;
    struct pmt_print *v;
    uint32_t n, cap;
    uint64_t limit; /* hashes above it cannot belong to the smallest */
    uint64_t busy[BUSY_KEYS];
    unsigned nbusy;
};

void pmt_prints_fini(struct pmt_prints *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->days[i].v);
    free(p->days);
    *p = (struct pmt_prints){0};
}

static int by_hash(const void *a, const void *b)
{
    const struct pmt_print *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->t < y->t ? -1 : x->t > y->t;
}

static bool is_busy(const struct pmt_print_day *d, uint64_t hash)
{
    for (unsigned i = 0; i < d->nbusy; i++)
        if (d->busy[i] == hash)
            return true;
    return false;
}

/* Keys asked all day long tell nothing and would fill the room: they go, and are remembered. */
static void drop_busy(struct pmt_print_day *d)
{
    uint32_t out = 0;
    for (uint32_t i = 0, k; i < d->n; i = k) {
        for (k = i; k < d->n && d->v[k].hash == d->v[i].hash;)
            k++;
        if (k - i > PMT_PRINTS_BUSY) {
            if (d->nbusy < BUSY_KEYS)
                d->busy[d->nbusy++] = d->v[i].hash;
            continue;
        }
        memmove(d->v + out, d->v + i, (k - i) * sizeof *d->v);
        out += k - i;
    }
    d->n = out;
}

/* Keeps the smallest; equal hashes at the edge all stay, so that no order decides. */
static void cut(struct pmt_print_day *d)
{
    if (!d->n)
        return;
    qsort(d->v, d->n, sizeof *d->v, by_hash);
    drop_busy(d);
    if (d->n <= PMT_PRINTS_MAX)
        return;
    uint32_t n = PMT_PRINTS_MAX;
    d->limit = d->v[n - 1].hash;
    while (n < d->n && d->v[n].hash == d->limit)
        n++;
    d->n = n;
}

/* While the day goes on: lowers the limit without sorting, to the edge of the first of many equal
 * cells of hashes below which there are enough. What has no place among the smallest goes. */
static void thin(struct pmt_print_day *d)
{
    uint32_t cells[CELLS] = {0}, sum = 0, out = 0;
    uint64_t width = d->limit / CELLS + 1;
    size_t cell = 0;
    for (uint32_t i = 0; i < d->n; i++)
        if (d->v[i].hash <= d->limit) /* a join may have lowered it */
            cells[d->v[i].hash / width]++;
    while (cell < CELLS - 1 && (sum += cells[cell]) < PMT_PRINTS_MAX)
        cell++;
    if (cell < CELLS - 1)
        d->limit = width * (cell + 1) - 1;
    for (uint32_t i = 0; i < d->n; i++)
        if (d->v[i].hash <= d->limit)
            d->v[out++] = d->v[i];
    d->n = out;
    if (d->n > 2 * PMT_PRINTS_MAX) /* a busy key, or many alike */
        cut(d);
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
    if (hash > d->limit || (d->nbusy && is_busy(d, hash)))
        return;
    if (d->n == d->cap) {
        if (d->n >= 4 * PMT_PRINTS_MAX)
            thin(d);
        if (d->n == d->cap) {
            d->cap = d->cap ? d->cap * 2 : 8;
            d->v = pmt_realloc(d->v, d->cap, sizeof *d->v);
        }
        if (hash > d->limit)
            return;
    }
    d->v[d->n++] = (struct pmt_print){hash, t};
}

void pmt_prints_merge(struct pmt_prints *dst, const struct pmt_prints *src)
{
    for (size_t i = 0; i < src->n; i++) {
        struct pmt_print_day *d = day_of(dst, src->days[i].day);
        if (src->days[i].limit < d->limit)
            d->limit = src->days[i].limit;
        for (unsigned k = 0; k < src->days[i].nbusy; k++)
            if (!is_busy(d, src->days[i].busy[k]) && d->nbusy < BUSY_KEYS)
                d->busy[d->nbusy++] = src->days[i].busy[k];
        for (uint32_t k = 0; k < src->days[i].n; k++)
            pmt_prints_add(dst, src->days[i].v[k].hash, src->days[i].v[k].t);
    }
}

void pmt_prints_seal(struct pmt_prints *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct pmt_print_day *d = &p->days[i];
        cut(d);
        while (d->n && d->v[d->n - 1].hash > d->limit)
            d->n--;
        if (d->n < d->cap && d->n) {
            d->v = pmt_realloc(d->v, d->n, sizeof *d->v);
            d->cap = d->n;
        }
    }
}

void pmt_prints_move(struct pmt_prints *dst, const struct pmt_prints *src,
                     int64_t (*map)(const void *ctx, int64_t t), const void *ctx)
{
    for (size_t i = 0; i < src->n; i++)
        for (uint32_t k = 0; k < src->days[i].n; k++) {
            int64_t t = map(ctx, src->days[i].v[k].t);
            if (t == INT64_MIN)
                continue;
            struct pmt_print_day *d = day_of(dst, t / DAY - (t % DAY < 0));
            if (src->days[i].limit < d->limit)
                d->limit = src->days[i].limit;
            pmt_prints_add(dst, src->days[i].v[k].hash, t);
        }
}

size_t pmt_prints_count(const struct pmt_prints *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += p->days[i].n;
    return n;
}

/* ---- pairing ----------------------------------------------------------------------------- */

static struct pmt_print *flat(const struct pmt_prints *p, size_t *n)
{
    struct pmt_print *v = pmt_alloc((pmt_prints_count(p) + 1) * sizeof *v);
    *n = 0;
    for (size_t i = 0; i < p->n; i++)
        for (uint32_t k = 0; k < p->days[i].n; k++)
            v[(*n)++] = p->days[i].v[k];
    qsort(v, *n, sizeof *v, by_hash);
    return v;
}

struct match {
    int64_t gap; /* a - b */
    uint64_t hash;
};

struct matches {
    struct match *v;
    size_t n, cap;
    size_t compared;
};

static size_t run_of(const struct pmt_print *v, size_t i, size_t n)
{
    size_t k = i;
    while (k < n && v[k].hash == v[i].hash)
        k++;
    return k - i;
}

static void collect(struct matches *m, const struct pmt_prints *a, const struct pmt_prints *b)
{
    size_t na, nb, i = 0, k = 0;
    struct pmt_print *x = flat(a, &na), *y = flat(b, &nb);
    while (i < na && k < nb) {
        if (x[i].hash != y[k].hash) {
            if (x[i].hash < y[k].hash)
                i++;
            else
                k++;
            continue;
        }
        size_t ri = run_of(x, i, na), rk = run_of(y, k, nb);
        if (ri <= RARE && rk <= RARE) {
            m->compared++;
            for (size_t p = i; p < i + ri; p++)
                for (size_t q = k; q < k + rk; q++) {
                    PMT_GROW(m->v, m->n, m->cap);
                    m->v[m->n++] = (struct match){x[p].t - y[q].t, x[p].hash};
                }
        }
        i += ri;
        k += rk;
    }
    free(x);
    free(y);
}

static int32_t quarter_of(int64_t gap)
{
    int64_t shifted = gap + QUARTER / 2;
    return (int32_t)(shifted / QUARTER - (shifted % QUARTER < 0));
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int64_t median(int64_t *v, size_t n)
{
    qsort(v, n, sizeof *v, by_number);
    return v[n / 2];
}

/* The quarter that most keys agree on; a key counts once for it. */
static size_t best_quarter(const struct matches *m, int32_t *quarter)
{
    uint32_t votes[2 * QUARTERS_MAX + 1] = {0};
    uint64_t last[2 * QUARTERS_MAX + 1];
    size_t best = 0;
    memset(last, 0xFF, sizeof last); /* no hash so far */
    for (size_t i = 0; i < m->n; i++) {
        int32_t q = quarter_of(m->v[i].gap);
        if (q < -QUARTERS_MAX || q > QUARTERS_MAX || last[q + QUARTERS_MAX] == m->v[i].hash)
            continue;
        last[q + QUARTERS_MAX] = m->v[i].hash;
        uint32_t n = ++votes[q + QUARTERS_MAX];
        if (n > best) {
            best = n;
            *quarter = q;
        }
    }
    return best;
}

bool pmt_prints_pair(const struct pmt_prints *a, const struct pmt_prints *b,
                     struct pmt_pairing *ret)
{
    struct matches m = {0};
    collect(&m, a, b);
    int32_t quarter = 0;
    size_t agreed = best_quarter(&m, &quarter);
    bool good = m.compared >= PMT_PAIRS_MIN && agreed * 5 >= m.compared * 3;
    if (good) {
        int64_t *rest = pmt_alloc(m.n * sizeof *rest);
        size_t n = 0;
        for (size_t i = 0; i < m.n; i++)
            if (quarter_of(m.v[i].gap) == quarter)
                rest[n++] = m.v[i].gap - quarter * QUARTER;
        *ret = (struct pmt_pairing){.quarters = quarter, .rest = median(rest, n),
                                    .matched = agreed, .compared = m.compared};
        for (size_t i = 0; i < n; i++)
            rest[i] = rest[i] > ret->rest ? rest[i] - ret->rest : ret->rest - rest[i];
        ret->spread = median(rest, n);
        free(rest);
    }
    free(m.v);
    return good;
}

/* ---- how much of one is in the other ----------------------------------------------------- */

static const struct pmt_print_day *day_at(const struct pmt_prints *p, int64_t t)
{
    int64_t day = t / DAY - (t % DAY < 0);
    for (size_t i = 0; i < p->n; i++)
        if (p->days[i].day == day)
            return &p->days[i];
    return NULL;
}

struct near {
    unsigned close, around; /* prints of that key within a few seconds, and within the minute */
};

static struct near find_near(const struct pmt_print_day *d, uint64_t hash, int64_t t)
{
    struct near r = {0, 0};
    uint32_t lo = 0, hi = d->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (d->v[mid].hash < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < d->n && d->v[lo].hash == hash; lo++) {
        if (lo && d->v[lo - 1].hash == hash && d->v[lo - 1].t == d->v[lo].t)
            continue; /* a copy of the log says it again */
        int64_t gap = d->v[lo].t > t ? d->v[lo].t - t : t - d->v[lo].t;
        r.close += gap <= CLOSE * SECOND;
        r.around += gap <= 60 * SECOND;
    }
    return r;
}

void pmt_prints_share(const struct pmt_prints *a, const struct pmt_prints *b, size_t *seen,
                      size_t *found)
{
    struct pmt_pairing pair;
    int64_t shift = pmt_prints_pair(a, b, &pair) && pair.quarters == 0 ? pair.rest : 0;
    size_t busy_seen = 0, busy_found = 0;
    *seen = *found = 0;
    for (size_t i = 0; i < a->n; i++)
        for (uint32_t k = 0; k < a->days[i].n; k++) {
            const struct pmt_print *p = &a->days[i].v[k];
            const struct pmt_print_day *d = day_at(b, p->t - shift);
            if (d && (p->hash > d->limit || is_busy(d, p->hash)))
                continue; /* b may have seen it and not kept it */
            struct near n = d ? find_near(d, p->hash, p->t - shift) : (struct near){0, 0};
            if (n.around > RARE) { /* so often that it would be there by chance */
                busy_seen++;
                busy_found += n.close > 0;
                continue;
            }
            (*seen)++;
            *found += n.close > 0;
        }
    if (!*seen) {
        *seen = busy_seen;
        *found = busy_found;
    }
}
