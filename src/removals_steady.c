#include "removals_parts.h"

#include <math.h>
#include <stdlib.h>

/* How steadily is a server given its share?
 *
 * A server that is given every third request by turns or by chance misses n of them with a
 * probability of (2/3)^n. One that has the pages of some hash, or the clients that stick to it,
 * gets them in lots: it misses as many as there are when the few pages or clients that are in
 * demand are not its own. How large the lots are its own shares tell: if N equal sources (pages,
 * clients) choose a server once, each with probability q, its share varies with a relative variance
 * v of (1 - q) / (q N), and nothing comes of all of them with (1 - q) ^ N. So v tells N, which no
 * fixed limit has to: thousands where there are turns, a dozen where there is a hash.
 *
 * v is taken of stretches as long as the silence where there are enough: what is in demand changes,
 * and a silence that outlasts many changes proves as much more. When a server of the backend is
 * out, the others have more: what is expected of one is its weight among those that are in use
 * then. The weights are those that explain the requests of each, which a few rounds find. */
enum {
    ROUNDS = 5,
    CHUNK = 8,             /* no fewer requests are expected in a stretch */
    CHUNKS_MIN = 4,        /* below so many nothing is known; */
    CHUNKS_WISH = 8,       /* with so many they may be as long as is asked for */
    SPANS = 4,             /* so many times the silence is looked at, on either side */
};
#define LOOK_MIN (6 * PMT_HOUR)
#define USUAL_SPAN (15 * PMT_MINUTE)
#define Q_MOST 0.999

/* Of everything marked: the weight in use in each cell, by what is gone. */
static void cells_in_use(struct pmt_pool *p, const struct pmt_silences *s, double *in_use)
{
    double all = 0, gone = 0;
    for (size_t i = 0; i <= p->ncells; i++)
        in_use[i] = 0;
    for (size_t i = 0; i < p->n; i++) {
        all += p->weights[i];
        for (size_t k = 0; k < s[i].n; k++) {
            size_t a, b;
            if (!s[i].v[k].marked)
                continue;
            pmt_pool_within(p, s[i].v[k].from, s[i].v[k].to, &a, &b);
            in_use[a] += p->weights[i];
            in_use[b] -= p->weights[i];
        }
    }
    for (size_t i = 0; i < p->ncells; i++) {
        gone += in_use[i];
        in_use[i] = all - gone > all / 1e6 ? all - gone : all;
    }
}

void pmt_pool_weigh(struct pmt_pool *p, const struct pmt_silences *s, const uint64_t *given)
{
    double *in_use = pmt_alloc((p->ncells + 1) * sizeof *in_use);
    p->weights = pmt_alloc(p->n * sizeof *p->weights);
    p->per = pmt_alloc((p->ncells + 1) * sizeof *p->per);
    for (size_t i = 0; i < p->n; i++)
        p->weights[i] = (double)given[i];
    for (int round = 0; round < ROUNDS; round++) {
        cells_in_use(p, s, in_use);
        for (size_t i = 0; i < p->ncells; i++)
            p->per[i + 1] = p->per[i] + (double)(p->given[i + 1] - p->given[i]) / in_use[i];
        for (size_t i = 0; i < p->n && round + 1 < ROUNDS; i++) {
            double base = p->per[p->ncells];
            for (size_t k = 0; k < s[i].n; k++) {
                size_t a, b;
                pmt_pool_within(p, s[i].v[k].from, s[i].v[k].to, &a, &b);
                base -= s[i].v[k].marked ? p->per[b] - p->per[a] : 0;
            }
            p->weights[i] = base > 0 ? (double)given[i] / base : p->weights[i];
        }
    }
    free(in_use);
}

struct pieces {
    double odd, expected;  /* squares of what differs, over what was expected; and that itself */
    unsigned n;
    double e, o;           /* of the piece that is not full yet */
};

static void piece_add(struct pieces *x, double e, double o, double full)
{
    x->e += e;
    x->o += o;
    if (x->e < full || x->e <= 0)
        return;
    x->odd += (x->o - x->e) * (x->o - x->e) / x->e;
    x->expected += x->e;
    x->n++;
    x->e = x->o = 0;
}

static void pieces_between(const struct pmt_pool *p, size_t server, size_t a, size_t b, double full,
                           struct pieces *x)
{
    for (size_t i = a; i < b; i++)
        piece_add(x, p->weights[server] * (p->per[i + 1] - p->per[i]),
                  (double)(p->mine[i + 1] - p->mine[i]), full);
}

/* The cells from a to before b, without this server's silences; they are in order. */
static struct pieces look(const struct pmt_pool *p, size_t server, const struct pmt_silences *s,
                          size_t a, size_t b, double full)
{
    struct pieces x = {0};
    for (size_t k = 0; k < s->n && a < b; k++) {
        size_t from, to;
        if (!s->v[k].marked)
            continue;
        pmt_pool_within(p, s->v[k].from, s->v[k].to, &from, &to);
        if (to <= a)
            continue;
        pieces_between(p, server, a, from < b ? from : b, full, &x);
        a = to;
    }
    pieces_between(p, server, a, b, full, &x);
    return x;
}

/* Of which so many requests of a server come as though each chose it for itself. */
static double sources(const struct pieces *x, double q)
{
    if (x->n < CHUNKS_MIN)
        return INFINITY;
    /* Beyond what chance alone gives so few stretches. */
    double more = x->odd / x->n - 1 - sqrt(2.0 / x->n);
    return more > 0 ? (1 - q) / q * (x->expected / x->n) / more : INFINITY;
}

static double at_least(double a, double b)
{
    return a > b ? a : b;
}

static double share_of(const struct pmt_pool *p, size_t server)
{
    double all = 0;
    for (size_t i = 0; i < p->n; i++)
        all += p->weights[i];
    double q = all > 0 ? p->weights[server] / all : 0;
    return q < Q_MOST ? q : Q_MOST;
}

double pmt_pool_nats(const struct pmt_pool *p, size_t server, const struct pmt_silences *s,
                     const struct pmt_silence *at, double usual)
{
    int64_t length = at->to - at->from;
    int64_t far = length * SPANS > LOOK_MIN ? length * SPANS : LOOK_MIN;
    size_t a = pmt_pool_search(p, at->from - far), b = pmt_pool_search(p, at->to + far), from, to;
    double q = share_of(p, server), full;
    struct pieces x = look(p, server, s, a, b, 0);
    pmt_pool_within(p, at->from, at->to, &from, &to);
    double missing = p->weights[server] * (p->per[to] - p->per[from]);
    full = missing < x.expected / CHUNKS_WISH ? missing : x.expected / CHUNKS_WISH;
    full = at_least(full, CHUNK);
    x = look(p, server, s, a, b, full);
    double own = sources(&x, q) * at_least(1, missing / full);
    double all = usual * at_least(1, (double)length / (double)USUAL_SPAN);
    return -log1p(-q) * (own < all ? own : all);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double pmt_pool_sources(struct pmt_pool *p, const struct pmt_silences *s)
{
    double *v = pmt_alloc(p->n * sizeof *v);
    double spans = (double)(p->last - p->first) / (double)USUAL_SPAN + 1;
    for (size_t i = 0; i < p->n; i++) {
        pmt_pool_own(p, p->v[i]);
        struct pieces x = look(p, i, &s[i], 0, p->ncells, 0);
        x = look(p, i, &s[i], 0, p->ncells, at_least(x.expected / spans, CHUNK));
        v[i] = sources(&x, share_of(p, i));
    }
    qsort(v, p->n, sizeof *v, by_value);
    double median = v[p->n / 2];
    free(v);
    return median;
}
