#include "prints_parts.h"

#include <stdlib.h>

enum { NARROW = 60 }; /* seconds */

static int by_hash(const void *a, const void *b)
{
    const struct pmt_print *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->t < y->t ? -1 : x->t > y->t;
}

static size_t run_of(const struct pmt_print *v, size_t i, size_t n)
{
    size_t k = i;
    while (k < n && v[k].hash == v[i].hash)
        k++;
    return k - i;
}

/* Where so many had a key that but a few seconds of quarter hours stayed, any two logs agree on
 * quarters. */
static bool is_narrow(const struct pmt_print_day *d, const struct pmt_print *v, size_t n)
{
    int64_t head, lo = INT64_MAX, hi = 0;
    if (!d->nbusy || !pmt_print_is_busy(d, v->hash, &head))
        return false;
    if (head >= PMT_PRINT_QUARTER)
        return head < PMT_PRINT_QUARTER + NARROW * PMT_PRINT_SECOND;
    for (size_t i = 0; i < n; i++) {
        int64_t at = pmt_print_head(v[i].t);
        lo = at < lo ? at : lo;
        hi = at > hi ? at : hi;
    }
    return hi - lo < NARROW * PMT_PRINT_SECOND;
}

/* All of them by hash and time. What a copy of the log says again is said once. */
static struct pmt_print *flat(const struct pmt_prints *p, size_t *ret)
{
    struct pmt_print *v = pmt_alloc((pmt_prints_count(p) + 1) * sizeof *v);
    size_t n = 0, out = 0;
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0, run; k < p->days[i].n; k += run) {
            run = run_of(p->days[i].v, k, p->days[i].n);
            if (is_narrow(&p->days[i], p->days[i].v + k, run))
                continue;
            memcpy(v + n, p->days[i].v + k, run * sizeof *v);
            n += run;
        }
    qsort(v, n, sizeof *v, by_hash);
    for (size_t i = 0; i < n; i++)
        if (!out || by_hash(&v[out - 1], &v[i]) != 0)
            v[out++] = v[i];
    *ret = out;
    return v;
}

/* How often a key stands around each of v. */
static void count_around(const struct pmt_print *v, size_t n, uint32_t *ret)
{
    const int64_t reach = PMT_PRINT_REACH * PMT_PRINT_SECOND;
    size_t lo = 0, hi = 0;
    for (size_t i = 0; i < n; i++) {
        for (; v[lo].t < v[i].t - reach; lo++) {}
        for (; hi < n && v[hi].t <= v[i].t + reach; hi++) {}
        ret[i] = (uint32_t)(hi - lo);
    }
}

/* One key: of each of a's, those of b's within reach. Whether it is rare has nothing to do with
 * how far the clocks are apart. */
static void add_key(struct pmt_asks *q, const struct pmt_print *a, size_t na, uint32_t *around,
                    size_t first, size_t nb)
{
    const struct pmt_print *b = q->b + first;
    const int64_t reach = PMT_PRINT_REACH * PMT_PRINT_SECOND;
    size_t lo = 0, hi = 0, rare = 0;
    count_around(b, nb, around);
    for (size_t i = 0; i < nb; i++)
        q->often[first + i] = around[i] > PMT_PRINT_RARE;
    count_around(a, na, around);
    for (size_t i = 0; i < na; i++) {
        for (; hi < nb && b[hi].t <= a[i].t + reach; hi++)
            rare += !q->often[first + hi];
        for (; lo < hi && b[lo].t < a[i].t - reach; lo++)
            rare -= !q->often[first + lo];
        if (lo == hi)
            continue;
        PMT_GROW(q->v, q->n, q->cap);
        q->v[q->n++] = (struct pmt_ask){
            .t = a[i].t, .key = q->keys, .first = (uint32_t)(first + lo), .n = (uint32_t)(hi - lo),
            .most = (uint32_t)(around[i] > hi - lo ? around[i] : hi - lo),
            .rare = rare > 0 && around[i] <= PMT_PRINT_RARE};
    }
    q->keys++;
}

static int by_time(const void *a, const void *b)
{
    const struct pmt_ask *x = a, *y = b;
    if (x->t != y->t)
        return x->t < y->t ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

void pmt_asks_collect(struct pmt_asks *q, const struct pmt_prints *a, const struct pmt_prints *b)
{
    size_t na, nb, i = 0, k = 0;
    struct pmt_print *x = flat(a, &na), *y = flat(b, &nb);
    uint32_t *around = pmt_alloc(((na > nb ? na : nb) + 1) * sizeof *around);
    *q = (struct pmt_asks){.b = y, .na = na, .nb = nb, .often = pmt_alloc(nb + 1)};
    while (i < na && k < nb) {
        if (x[i].hash != y[k].hash) {
            if (x[i].hash < y[k].hash)
                i++;
            else
                k++;
            continue;
        }
        size_t ri = run_of(x, i, na), rk = run_of(y, k, nb);
        add_key(q, x + i, ri, around, k, rk);
        i += ri;
        k += rk;
    }
    q->votes = pmt_alloc((q->keys + 1) * sizeof *q->votes);
    free(around);
    free(x);
}

static int rare_first(const void *a, const void *b)
{
    const struct pmt_ask *x = a, *y = b;
    return x->rare != y->rare ? (x->rare ? -1 : 1) : by_time(a, b);
}

size_t pmt_asks_sort(struct pmt_asks *q, bool all)
{
    size_t n = 0;
    if (q->n)
        qsort(q->v, q->n, sizeof *q->v, all ? by_time : rare_first);
    while (n < q->n && (all || q->v[n].rare))
        n++;
    return n;
}

void pmt_asks_fini(struct pmt_asks *q)
{
    free(q->v);
    free(q->b);
    free(q->often);
    free(q->points);
    free(q->votes);
    free(q->cells);
    free(q->contrast);
    free(q->upto);
}
