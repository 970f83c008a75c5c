#include "calibrate_skew_parts.h"

#include <stdlib.h>

enum { BESIDE_MIN = PMT_PAIRS_MIN }; /* failed requests that an access log and an error log share */
#define BESIDE_GAP (5 * PMT_SECOND)  /* by which both stamp them apart, if one clock does */

/* ---- chains ------------------------------------------------------------------------------ */

static bool has_layer(const struct pmt_calibration *c, const struct pmt_chain *chain, uint8_t layer)
{
    for (size_t i = 0; i < chain->n; i++) {
        const struct pmt_segment *s = pmt_ref_seg(c, &chain->refs[i]);
        for (size_t k = 0; k < s->nservices; k++)
            if (s->services[k].layer == layer)
                return true;
    }
    return false;
}

bool pmt_chain_balances(const struct pmt_calibration *c, const struct pmt_chain *chain)
{
    return chain->which == PMT_CLOCK_ACCEPT || has_layer(c, chain, PMT_LAYER_HAPROXY);
}

bool pmt_chain_serves(const struct pmt_calibration *c, const struct pmt_chain *chain)
{
    return chain->which != PMT_CLOCK_ACCEPT && has_layer(c, chain, PMT_LAYER_NGINX);
}

struct moving {
    const struct pmt_map *map;
    int64_t bias;
};

static int64_t move(const void *ctx, int64_t t)
{
    const struct moving *m = ctx;
    int64_t utc = pmt_map_utc(m->map, t);
    return utc == PMT_NO_TIME ? PMT_NO_TIME : utc + m->bias;
}

/* A stamp in whole seconds is cut: on average half a second early. */
void pmt_chain_prints(const struct pmt_calibration *c, const struct pmt_chain *chain,
                      enum pmt_prints_which which, struct pmt_prints *ret)
{
    *ret = (struct pmt_prints){0};
    for (size_t i = 0; i < chain->n; i++) {
        const struct pmt_segment *s = pmt_ref_seg(c, &chain->refs[i]);
        struct moving m = {pmt_ref_to_map(c, &chain->refs[i]), s->decimals ? 0 : PMT_SECOND / 2};
        pmt_prints_move(ret, which == PMT_FAULTS ? &s->faults : &s->prints, move, &m);
    }
    pmt_prints_seal(ret);
}

static uint64_t lines_of(const struct pmt_calibration *c, const struct pmt_chain *chain)
{
    uint64_t n = 0;
    for (size_t i = 0; i < chain->n; i++)
        n += pmt_ref_seg(c, &chain->refs[i])->lines;
    return n;
}

static uint64_t requests_of(const struct pmt_calibration *c, const struct pmt_chain *chain)
{
    uint64_t n = 0;
    for (size_t i = 0; i < chain->n; i++) {
        const struct pmt_segment *s = pmt_ref_seg(c, &chain->refs[i]);
        for (size_t k = 0; k < s->ndigests; k++)
            n += s->digests[k].count;
    }
    return n;
}

/* ---- by host and by log ------------------------------------------------------------------ */

struct keyed {
    bool nameless;
    struct pmt_slice key; /* host or family */
    size_t chain;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->nameless != y->nameless)
        return x->nameless - y->nameless;
    int d = pmt_slice_cmp(x->key, y->key);
    return d ? d : x->chain < y->chain ? -1 : x->chain > y->chain;
}

static void group(struct pmt_machines *m, const struct pmt_calibration *c)
{
    struct keyed *v = pmt_alloc((c->nchains + 1) * sizeof *v);
    for (size_t i = 0; i < c->nchains; i++) {
        const struct pmt_chain *chain = &c->chains[i];
        v[i] = (struct keyed){!chain->host.n, chain->host.n ? chain->host : pmt_str(chain->family),
                              i};
    }
    qsort(v, c->nchains, sizeof *v, by_key);
    for (size_t i = 0; i < c->nchains; i++) {
        const struct pmt_chain *chain = &c->chains[v[i].chain];
        if (!i || v[i].nameless != v[i - 1].nameless || !pmt_slice_eq(v[i].key, v[i - 1].key)) {
            m->v[m->n] = (struct pmt_machine){
                .host = chain->host, .family = chain->family, .joined = m->n};
            m->n++;
        }
        struct pmt_machine *x = &m->v[m->n - 1];
        m->of[v[i].chain] = m->n - 1;
        if (pmt_chain_balances(c, chain)) {
            uint64_t requests = requests_of(c, chain);
            x->balancer = true;
            x->requests = requests > x->requests ? requests : x->requests;
        }
        x->web |= pmt_chain_serves(c, chain);
    }
    free(v);
}

/* ---- error logs -------------------------------------------------------------------------- */

static struct pmt_slice folder_of(const char *family)
{
    const char *slash = strrchr(family, '/');
    return pmt_slice(family, slash ? (size_t)(slash - family) : 0);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* How many failed requests of the error log the access log holds, if one clock stamped both. */
static size_t beside(const struct pmt_calibration *c, const struct pmt_prints *faults,
                     const struct pmt_chain *access)
{
    struct pmt_prints prints;
    struct pmt_matches found = {0};
    size_t n = 0;
    pmt_chain_prints(c, access, PMT_FAULTS, &prints);
    if (pmt_prints_count(&prints) >= BESIDE_MIN)
        pmt_prints_match(&prints, faults, &found);
    if (found.n >= BESIDE_MIN) {
        int64_t *gaps = pmt_alloc(found.n * sizeof *gaps);
        for (size_t i = 0; i < found.n; i++)
            gaps[i] = found.v[i].b - found.v[i].a;
        qsort(gaps, found.n, sizeof *gaps, by_number);
        int64_t gap = gaps[found.n / 2];
        n = gap <= BESIDE_GAP && gap >= -BESIDE_GAP ? found.n : 0;
        free(gaps);
    }
    pmt_matches_fini(&found);
    pmt_prints_fini(&prints);
    return n;
}

/* The access log that holds most of what this error log tells: of those in the same folder, else of
 * all. The index of the chain, or SIZE_MAX. */
static size_t find_beside(const struct pmt_calibration *c, const struct pmt_chain *error,
                          size_t *compared)
{
    struct pmt_prints faults;
    size_t best = SIZE_MAX, most = 0;
    pmt_chain_prints(c, error, PMT_FAULTS, &faults);
    bool enough = pmt_prints_count(&faults) >= BESIDE_MIN;
    for (int far = 0; far < 2 && enough && best == SIZE_MAX; far++)
        for (size_t i = 0; i < c->nchains; i++) {
            const struct pmt_chain *access = &c->chains[i];
            bool near = pmt_slice_eq(folder_of(access->family), folder_of(error->family));
            if (near == (far != 0) || !pmt_chain_serves(c, access) ||
                *compared == PMT_COMPARED_MAX)
                continue;
            ++*compared;
            size_t n = beside(c, &faults, access);
            if (n > most) {
                most = n;
                best = i;
            }
        }
    pmt_prints_fini(&faults);
    return best;
}

static bool has_requests(const struct pmt_machine *x)
{
    return x->web || x->balancer;
}

static void join_error_logs(struct pmt_machines *m, const struct pmt_calibration *c)
{
    size_t compared = 0;
    for (size_t i = 0; i < c->nchains; i++) {
        struct pmt_machine *x = &m->v[m->of[i]];
        if (c->chains[i].which != PMT_CLOCK_ERROR || x->host.n || has_requests(x))
            continue;
        size_t access = find_beside(c, &c->chains[i], &compared);
        if (access != SIZE_MAX)
            x->joined = m->of[access];
    }
}

/* ---- the rest of a folder ---------------------------------------------------------------- */

/* The only machine of this folder that has requests and no host; SIZE_MAX when it is not alone. */
static size_t only_one(const struct pmt_machines *m, struct pmt_slice folder)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < m->n; i++) {
        const struct pmt_machine *x = &m->v[i];
        if (x->host.n || !has_requests(x) || !pmt_slice_eq(folder_of(x->family), folder))
            continue;
        if (found != SIZE_MAX)
            return SIZE_MAX;
        found = i;
    }
    return found;
}

static void join_folders(struct pmt_machines *m)
{
    for (size_t i = 0; i < m->n; i++) {
        struct pmt_machine *x = &m->v[i];
        if (x->host.n || has_requests(x) || x->joined != i)
            continue;
        size_t to = only_one(m, folder_of(x->family));
        if (to != SIZE_MAX)
            x->joined = to;
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

/* The host; where none is known, the newest file of the log with most lines. */
static void name_all(struct pmt_machines *m, const struct pmt_calibration *c)
{
    uint64_t *most = pmt_alloc((m->n + 1) * sizeof *most);
    for (size_t i = 0; i < c->nchains; i++) {
        const struct pmt_chain *chain = &c->chains[i];
        struct pmt_machine *x = &m->v[m->of[i]];
        uint64_t lines = lines_of(c, chain);
        if (x->name.n && lines <= most[m->of[i]])
            continue;
        most[m->of[i]] = lines;
        x->name = x->host.n || !chain->n
                      ? x->host
                      : pmt_str(c->sources[chain->refs[chain->n - 1].source].input->shown);
    }
    free(most);
}

void pmt_machines_find(struct pmt_machines *m, const struct pmt_calibration *c)
{
    *m = (struct pmt_machines){.v = pmt_alloc((c->nchains + 1) * sizeof *m->v),
                               .of = pmt_alloc((c->nchains + 1) * sizeof *m->of)};
    group(m, c);
    join_error_logs(m, c);
    join_folders(m);
    for (size_t i = 0; i < c->nchains; i++)
        m->of[i] = m->v[m->of[i]].joined;
    name_all(m, c);
}

void pmt_machines_fini(struct pmt_machines *m)
{
    free(m->v);
    free(m->of);
}
