#include "calibrate_skew_parts.h"

#include <stdlib.h>

/* With two clocks no log can tell which of them is right. The balancer's is taken as the reference,
 * since its times bound the incident: of several, that of the one with most requests; the others
 * are reached through web servers that both of them feed. */

/* Requests that two machines both logged: a (a balancer's) time and b's. */
struct edge {
    size_t a, b;
    struct pmt_match *v;
    size_t n, cap;
};

/* A machine's clock was set, as it showed it then. */
struct set {
    size_t machine;
    int64_t at;
};

struct graph {
    const struct pmt_calibration *c;
    struct pmt_machines machines;
    struct edge *edges;
    size_t n, cap;
    size_t *depth;           /* by machine: how far from the reference; SIZE_MAX: not reached */
    size_t *root;            /* by machine: its reference */
    struct pmt_skew **skews; /* by machine; NULL: the reference, or not reached */
    struct set *sets;        /* by machine, then time */
    size_t nsets, capsets;
};

/* ---- comparing --------------------------------------------------------------------------- */

static struct edge *edge_between(struct graph *g, size_t a, size_t b)
{
    for (size_t i = g->n; i-- > 0;)
        if (g->edges[i].a == a && g->edges[i].b == b)
            return &g->edges[i];
    PMT_GROW(g->edges, g->n, g->cap);
    g->edges[g->n] = (struct edge){.a = a, .b = b};
    return &g->edges[g->n++];
}

static void compare(struct graph *g, size_t a, const struct pmt_prints *balancer, size_t b,
                    const struct pmt_prints *web)
{
    struct pmt_matches found = {0};
    pmt_prints_match(balancer, web, &found);
    if (found.n) {
        struct edge *e = edge_between(g, a, b);
        for (size_t i = 0; i < found.n; i++) {
            PMT_GROW(e->v, e->n, e->cap);
            e->v[e->n++] = found.v[i];
        }
    }
    pmt_matches_fini(&found);
}

static int by_match(const void *a, const void *b)
{
    const struct pmt_match *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

/* Each request once, though two logs of a machine hold it. */
static void drop_copies(struct edge *e)
{
    size_t out = 0;
    qsort(e->v, e->n, sizeof *e->v, by_match);
    for (size_t i = 0; i < e->n; i++)
        if (!out || by_match(&e->v[out - 1], &e->v[i]) != 0)
            e->v[out++] = e->v[i];
    e->n = out;
}

static void compare_all(struct graph *g)
{
    const struct pmt_calibration *c = g->c;
    struct pmt_prints *balancers = pmt_alloc((c->nchains + 1) * sizeof *balancers);
    size_t *chains = pmt_alloc((c->nchains + 1) * sizeof *chains), n = 0, compared = 0;
    for (size_t i = 0; i < c->nchains; i++)
        if (pmt_chain_balances(c, &c->chains[i])) {
            pmt_chain_prints(c, &c->chains[i], PMT_REQUESTS, &balancers[n]);
            chains[n++] = i;
        }
    for (size_t i = 0; i < c->nchains && n && compared < PMT_COMPARED_MAX; i++) {
        struct pmt_prints web;
        if (!pmt_chain_serves(c, &c->chains[i]))
            continue;
        pmt_chain_prints(c, &c->chains[i], PMT_REQUESTS, &web);
        for (size_t k = 0; k < n && pmt_prints_count(&web); k++) {
            size_t a = g->machines.of[chains[k]], b = g->machines.of[i];
            if (a != b && pmt_prints_count(&balancers[k]) && compared++ < PMT_COMPARED_MAX)
                compare(g, a, &balancers[k], b, &web);
        }
        pmt_prints_fini(&web);
    }
    for (size_t i = 0; i < n; i++)
        pmt_prints_fini(&balancers[i]);
    for (size_t i = 0; i < g->n; i++)
        drop_copies(&g->edges[i]);
    free(balancers);
    free(chains);
}

/* ---- clocks that were set ---------------------------------------------------------------- */

static int by_machine(const void *a, const void *b)
{
    const struct set *x = a, *y = b;
    if (x->machine != y->machine)
        return x->machine < y->machine ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* The machine of each clock of a source; the caller frees. */
static size_t **machines_of_clocks(const struct graph *g)
{
    const struct pmt_calibration *c = g->c;
    size_t **of = pmt_alloc((c->n + 1) * sizeof *of);
    for (size_t i = 0; i < c->n; i++)
        if (c->sources[i].tally)
            of[i] = pmt_alloc((c->sources[i].tally->nclocks + 1) * sizeof **of);
    for (size_t i = 0; i < c->nchains; i++)
        for (size_t k = 0; k < c->chains[i].n; k++)
            of[c->chains[i].refs[k].source][c->chains[i].refs[k].clock] = g->machines.of[i];
    return of;
}

static void put_set(struct graph *g, size_t machine, int64_t at)
{
    if (at == PMT_NO_TIME)
        return;
    PMT_GROW(g->sets, g->nsets, g->capsets);
    g->sets[g->nsets++] = (struct set){machine, at};
}

/* By how much the lines go back from one segment to the next, and from when to when. */
static bool goes_back(const struct pmt_calibration *c, const struct pmt_ref *before,
                      const struct pmt_ref *behind, int64_t *last, int64_t *first)
{
    *last = pmt_map_utc(pmt_ref_to_map(c, before), pmt_ref_seg(c, before)->last_key);
    *first = pmt_map_utc(pmt_ref_to_map(c, behind), pmt_ref_seg(c, behind)->first_key);
    return *last != PMT_NO_TIME && *first != PMT_NO_TIME && *first < *last;
}

/* Lines that say so, and lines that go back by minutes. */
static void find_sets(struct graph *g)
{
    const struct pmt_calibration *c = g->c;
    size_t **of = machines_of_clocks(g);
    for (size_t i = 0; i < c->nchains; i++)
        for (size_t k = 1; k < c->chains[i].n; k++) {
            int64_t last, first;
            if (goes_back(c, &c->chains[i].refs[k - 1], &c->chains[i].refs[k], &last, &first))
                put_set(g, g->machines.of[i], first);
        }
    for (size_t i = 0; i < c->n; i++) {
        const struct pmt_tally *t = c->sources[i].tally;
        for (size_t k = 0; t && k < t->nmarks; k++) {
            const struct pmt_mark *m = &t->marks[k];
            if (m->event == PMT_EV_CLOCK_STEP)
                put_set(g, of[i][m->clock],
                        pmt_map_utc(&c->sources[i].maps[m->clock][m->segment], m->wall));
        }
        free(of[i]);
    }
    if (g->nsets)
        qsort(g->sets, g->nsets, sizeof *g->sets, by_machine);
    free(of);
}

/* Those of one machine; the caller frees. */
static int64_t *sets_of(const struct graph *g, size_t machine, size_t *n)
{
    int64_t *v = pmt_alloc((g->nsets + 1) * sizeof *v);
    *n = 0;
    for (size_t i = 0; i < g->nsets; i++)
        if (g->sets[i].machine == machine)
            v[(*n)++] = g->sets[i].at;
    return v;
}

/* ---- the way from the reference ---------------------------------------------------------- */

static bool comes_first(const struct graph *g, size_t a, size_t b)
{
    int d = pmt_slice_cmp(g->machines.v[a].name, g->machines.v[b].name);
    return d ? d < 0 : a < b;
}

/* The busiest balancer that was not reached yet; SIZE_MAX when there is none. */
static size_t next_reference(const struct graph *g)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < g->machines.n; i++) {
        const struct pmt_machine *x = &g->machines.v[i];
        if (!x->balancer || g->depth[i] != SIZE_MAX)
            continue;
        const struct pmt_machine *have = best == SIZE_MAX ? NULL : &g->machines.v[best];
        if (!have || x->requests > have->requests ||
            (x->requests == have->requests && comes_first(g, i, best)))
            best = i;
    }
    return best;
}

/* The machine at the other end, if that can be reached from `depth` by this edge. */
static size_t reaches(const struct graph *g, const struct edge *e, size_t depth, size_t *from)
{
    if (e->n < PMT_SKEW_MIN)
        return SIZE_MAX;
    for (int turned = 0; turned < 2; turned++) {
        size_t near = turned ? e->b : e->a, far = turned ? e->a : e->b;
        *from = near;
        if (g->depth[near] == depth && g->depth[far] == SIZE_MAX &&
            (!g->skews[near] || pmt_skew_tight(g->skews[near])))
            return far;
    }
    return SIZE_MAX;
}

/* The clock at the far end of an edge, against the reference: what the near end showed is moved by
 * what is known of it. */
static void measure(struct graph *g, const struct edge *e, size_t near, size_t far)
{
    struct pmt_seen *v = pmt_alloc(e->n * sizeof *v);
    const struct pmt_skew *known = g->skews[near];
    struct pmt_skew *s = pmt_arena_alloc(g->c->arena, sizeof *s);
    size_t nsets;
    int64_t *sets = sets_of(g, far, &nsets);
    for (size_t i = 0; i < e->n; i++) {
        int64_t ref = near == e->a ? e->v[i].a : e->v[i].b;
        v[i].own = near == e->a ? e->v[i].b : e->v[i].a;
        v[i].ref = known ? ref - pmt_skew_at(known, ref) : ref;
    }
    pmt_skew_curve(v, e->n, sets, nsets, g->c->arena, s);
    s->whose = g->machines.v[far].name;
    s->against = g->machines.v[g->root[near]].name;
    g->skews[far] = s;
    free(sets);
    free(v);
}

/* One step farther out, each machine by the edge with most matches. False: nothing is there. */
static bool spread_out(struct graph *g, size_t depth)
{
    size_t *by = pmt_alloc((g->machines.n + 1) * sizeof *by); /* edge + 1 */
    bool any = false;
    for (size_t i = 0; i < g->n; i++) {
        size_t from, other = 0, far = reaches(g, &g->edges[i], depth, &from);
        if (far == SIZE_MAX)
            continue;
        const struct edge *have = by[far] ? &g->edges[by[far] - 1] : NULL;
        if (have)
            reaches(g, have, depth, &other);
        if (!have || g->edges[i].n > have->n ||
            (g->edges[i].n == have->n && comes_first(g, from, other)))
            by[far] = i + 1;
    }
    for (size_t i = 0; i < g->machines.n; i++) {
        size_t from;
        if (!by[i])
            continue;
        any = true;
        const struct edge *e = &g->edges[by[i] - 1];
        from = e->a == i ? e->b : e->a;
        measure(g, e, from, i);
        g->root[i] = g->root[from];
    }
    for (size_t i = 0; i < g->machines.n; i++)
        if (by[i])
            g->depth[i] = depth + 1;
    free(by);
    return any;
}

/* ---- the whole --------------------------------------------------------------------------- */

/* The knot behind the step that lies between these two stretches of lines, or 0. */
static size_t step_between(const struct pmt_skew *s, int64_t last, int64_t first)
{
    for (size_t i = 1; i < s->n; i++) {
        const struct pmt_knot *k = &s->knots[i];
        int64_t size = k[-1].ahead - k->ahead;
        if (k->at == k[-1].at + 1 && size >= (last - first) / 2 && k->at >= first - size &&
            k->at <= last + size)
            return i;
    }
    return 0;
}

static const struct pmt_skew *part_of(const struct graph *g, const struct pmt_skew *s, size_t from,
                                      size_t to)
{
    if (from == 0 && to == s->n)
        return s;
    struct pmt_skew *part = pmt_arena_alloc(g->c->arena, sizeof *part);
    *part = *s;
    part->knots = s->knots + from;
    part->n = to - from;
    return part;
}

/* A clock that was set back shows the same stamps twice. Where the lines of a log go back with it,
 * it is known which of them are meant: those before know nothing of the step, nor those behind of
 * what was before it. */
static void apply_to(const struct graph *g, const struct pmt_chain *chain, const struct pmt_skew *s)
{
    size_t begin = 0, from = 0;
    for (size_t k = 1; s && k <= chain->n; k++) {
        int64_t last, first;
        size_t at = k == chain->n ? s->n
                    : goes_back(g->c, &chain->refs[k - 1], &chain->refs[k], &last, &first)
                        ? step_between(s, last, first) : 0;
        if (at <= from)
            continue;
        const struct pmt_skew *part = part_of(g, s, from, at);
        for (; begin < k; begin++)
            pmt_ref_to_map(g->c, &chain->refs[begin])->skew = part;
        from = at;
    }
}

void pmt_calibrate_skews(struct pmt_calibration *c)
{
    struct graph g = {.c = c};
    pmt_machines_find(&g.machines, c);
    g.depth = pmt_alloc((g.machines.n + 1) * sizeof *g.depth);
    g.root = pmt_alloc((g.machines.n + 1) * sizeof *g.root);
    g.skews = pmt_alloc((g.machines.n + 1) * sizeof *g.skews);
    for (size_t i = 0; i < g.machines.n; i++)
        g.depth[i] = SIZE_MAX;
    compare_all(&g);
    find_sets(&g);
    for (size_t ref; (ref = next_reference(&g)) != SIZE_MAX;) {
        size_t depth = 0;
        g.depth[ref] = 0;
        g.root[ref] = ref;
        while (spread_out(&g, depth))
            depth++;
    }
    for (size_t i = 0; i < c->nchains; i++)
        apply_to(&g, &c->chains[i], g.skews[g.machines.of[i]]);
    for (size_t i = 0; i < g.n; i++)
        free(g.edges[i].v);
    free(g.edges);
    free(g.sets);
    free(g.depth);
    free(g.root);
    free(g.skews);
    pmt_machines_fini(&g.machines);
}
