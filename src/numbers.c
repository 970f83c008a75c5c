#include "pmt/counted.h"

#include <math.h>
#include <stdlib.h>

bool pmt_flow_span(struct pmt_flow *f, int64_t *first, int64_t *last)
{
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec;
    if (!pmt_series_next(&it, first, &c))
        return false;
    *last = *first;
    it = pmt_series_iter(&f->series);
    it.page = f->series.n - 1;
    while (pmt_series_next(&it, &sec, &c))
        *last = sec;
    return true;
}

struct hashes {
    uint64_t *v;
    size_t n, cap;
};

static void push(struct hashes *h, uint64_t v)
{
    PMT_GROW(h->v, h->n, h->cap);
    h->v[h->n++] = v;
}

static void sort_unique(struct hashes *h)
{
    if (!h->n)
        return;
    pmt_sort_u64(h->v, h->n);
    size_t out = 0;
    for (size_t i = 0; i < h->n; i++)
        if (!out || h->v[out - 1] != h->v[i])
            h->v[out++] = h->v[i];
    h->n = out;
}

enum { COMPACT = 1 << 20 };

/* The clients with a vote between two seconds whose hash is under the threshold. Of one that asked
 * before and behind these in one minute, a vote does not tell whether it did in between: `around`
 * takes those; NULL: they are taken for some that did. */
static void collect(struct hashes *h, const struct pmt_votes *v, int64_t from, int64_t to,
                    unsigned shift, struct hashes *around)
{
    size_t next = COMPACT;
    for (size_t i = pmt_votes_search(v, from / 60 - (from % 60 < 0)); i < v->n; i++) {
        int64_t minute;
        size_t n;
        const uint64_t *votes = pmt_votes_minute(v, i, &minute, &n);
        if (minute * 60 > to)
            break;
        for (size_t k = 0; k < n; k++) {
            uint64_t hash = PMT_VOTE_HASH(votes[k]);
            if (shift && hash >> (52 - shift))
                break; /* sorted by hash */
            int64_t first = minute * 60 + PMT_VOTE_FIRST(votes[k]);
            int64_t last = minute * 60 + PMT_VOTE_LAST(votes[k]);
            if (around && first < from && last > to)
                push(around, hash);
            else if (last >= from && first <= to)
                push(h, hash);
        }
        if (h->n > next) {
            sort_unique(h);
            next = h->n + COMPACT;
        }
    }
    sort_unique(h);
}

struct pmt_numbers pmt_requests_between(struct pmt_flow *f, int64_t from, int64_t to)
{
    struct pmt_numbers r = {0};
    struct pmt_series_iter it = pmt_series_iter_from(&f->series, from);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c) && sec <= to)
        if (sec >= from) {
            r.requests += c.c[PMT_ALL];
            r.failed += c.c[PMT_BAD];
            r.gave_up += c.c[PMT_GAVE_UP];
        }
    return r;
}

/* How many of those around asked in between too, about: so many good requests, dealt out among all
 * clients of the minute by chance. Leaves out those that are known anyway. */
static double asked_between(struct hashes *around, const struct hashes *known, double good)
{
    size_t n = 0, i = 0;
    sort_unique(around);
    for (size_t k = 0; k < around->n; k++) {
        while (i < known->n && known->v[i] < around->v[k])
            i++;
        n += i == known->n || known->v[i] != around->v[k];
    }
    return n ? (double)n * (1 - exp(-good / (double)(n + known->n))) : 0;
}

struct pmt_numbers pmt_numbers_between(struct pmt_flow *f, int64_t from, int64_t to)
{
    struct pmt_numbers r = pmt_requests_between(f, from, to);
    pmt_votes_seal(&f->ok);
    pmt_votes_seal(&f->failed);
    /* All clients are those under both thresholds; the affected ones only need their own. */
    unsigned both = f->ok.shift > f->failed.shift ? f->ok.shift : f->failed.shift;
    struct hashes h = {0}, around = {0};
    collect(&h, &f->failed, from, to, f->failed.shift, NULL);
    r.clients_affected = (uint64_t)h.n << f->failed.shift;
    h.n = 0;
    collect(&h, &f->failed, from, to, both, NULL);
    collect(&h, &f->ok, from, to, both, &around);
    double good = (double)(r.requests - r.failed) / (double)(UINT64_C(1) << both);
    double more = asked_between(&around, &h, good);
    r.clients = (uint64_t)((double)h.n + more + 0.5) << both;
    r.clients_estimated = both > 0 || more >= 0.5;
    r.clients_sample = both ? h.n : 0;
    if (r.clients < r.clients_affected)
        r.clients = r.clients_affected;
    free(h.v);
    free(around.v);
    return r;
}
