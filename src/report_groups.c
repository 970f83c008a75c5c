#include "report_parts.h"

#include <stdlib.h>

#define BESIDE (2 * PMT_MINUTE)
#define AFTER (30 * PMT_MINUTE) /* what happened so long after the end still belongs to it */

/* ---- which facts ------------------------------------------------------------------------ */

enum pmt_scope pmt_scope_of(const struct pmt_builder *b, int64_t t)
{
    if (t < b->from || t > b->end + AFTER)
        return PMT_OUTSIDE;
    /* Most logs know seconds only: what happened in the second of the first failure is not before
     * it. */
    if (t / PMT_SECOND < b->start / PMT_SECOND)
        return PMT_LEAD_UP;
    return t <= b->end ? PMT_DURING : PMT_AFTERWARDS;
}

static bool is_change(const struct pmt_builder *b, const struct pmt_mark *m)
{
    const struct pmt_rule *rule = m->rule >= 0 ? pmt_rules_get(b->in->rules, m->rule) : NULL;
    return rule && rule->change;
}

/* Before the incident only what changed something, or took something away, is of interest. */
static bool wanted(const struct pmt_builder *b, const struct pmt_fact *f, enum pmt_scope scope)
{
    const struct pmt_mark *m = f->mark;
    if (scope == PMT_OUTSIDE)
        return false;
    if (pmt_is_state(m))
        return true;
    if (pmt_lb_is_check(m->lb) || m->event == PMT_EV_NONE || m->event == PMT_EV_INFO || m->rule < 0)
        return false;
    switch (m->event) {
    case PMT_EV_OPERATOR:
        return scope == PMT_DURING || is_change(b, m);
    case PMT_EV_SESSION:
        return scope == PMT_DURING;
    case PMT_EV_NO_SERVER: /* may be told just before the first request meets it */
        return scope == PMT_DURING || !b->r->incident ||
               b->r->incident->start - f->t <= PMT_MINUTE;
    case PMT_EV_UPSTREAM: case PMT_EV_SERVER_OUT: case PMT_EV_LOG_GAP: case PMT_EV_NETWORK:
        return scope == PMT_DURING || !b->r->incident;
    default:
        return true;
    }
}

/* ---- groups ----------------------------------------------------------------------------- */

/* An upgrade changes hundreds of packages: that is one thing that happened on the host. */
static struct pmt_slice told_subject(const struct pmt_mark *m)
{
    return pmt_slice_is(m->program, "dpkg") ? PMT_NO_SLICE : m->subject;
}

static bool alike(const struct pmt_group *g, const struct pmt_group *h)
{
    const struct pmt_mark *x = g->first->mark, *y = h->first->mark;
    if (g->scope != h->scope || g->look != h->look || g->near != h->near ||
        !pmt_slice_eq(g->first->host, h->first->host))
        return false;
    if (g->look || (x->event == PMT_EV_SESSION && y->event == PMT_EV_SESSION))
        return true;
    return x->rule == y->rule && x->lb == y->lb &&
           (x->event != PMT_EV_OPERATOR || x->actor == y->actor) &&
           pmt_slice_eq(told_subject(x), told_subject(y)) &&
           pmt_slice_eq(x->backend, y->backend) && pmt_slice_eq(x->server, y->server);
}

static uint64_t group_key(const struct pmt_group *g)
{
    const struct pmt_mark *m = g->first->mark;
    uint64_t h = pmt_hash(g->first->host.p, g->first->host.n, (uint64_t)g->scope);
    bool session = m->event == PMT_EV_SESSION;
    int64_t what[3] = {g->look ? -1 : session ? -2 : m->rule, m->lb, g->near};
    if (!g->look && m->event == PMT_EV_OPERATOR)
        h = pmt_hash(&m->actor, sizeof m->actor, h);
    if (!g->look && !session) {
        h = pmt_hash(told_subject(m).p, told_subject(m).n, h);
        h = pmt_hash(m->backend.p, m->backend.n, h);
        h = pmt_hash(m->server.p, m->server.n, h);
    }
    return pmt_hash(what, sizeof what, h);
}

static void index_put(struct pmt_builder *b, size_t i)
{
    size_t k = group_key(&b->groups[i]) & (b->nindex - 1);
    while (b->index[k])
        k = (k + 1) & (b->nindex - 1);
    b->index[k] = (uint32_t)i + 1;
}

static struct pmt_group *index_find(const struct pmt_builder *b, const struct pmt_group *like)
{
    if (!b->nindex)
        return NULL;
    for (size_t k = group_key(like) & (b->nindex - 1); b->index[k]; k = (k + 1) & (b->nindex - 1))
        if (alike(&b->groups[b->index[k] - 1], like))
            return &b->groups[b->index[k] - 1];
    return NULL;
}

static void group_new(struct pmt_builder *b, const struct pmt_group *g, bool findable)
{
    PMT_GROW(b->groups, b->n, b->cap);
    b->groups[b->n++] = *g;
    if (!findable)
        return;
    if (b->n * 2 < b->nindex) {
        index_put(b, b->n - 1);
        return;
    }
    free(b->index);
    b->nindex = b->nindex ? b->nindex * 4 : 256;
    while (b->nindex <= b->n * 2)
        b->nindex *= 2;
    b->index = pmt_alloc(b->nindex * sizeof *b->index);
    for (size_t i = 0; i < b->n; i++)
        index_put(b, i);
}

static uint64_t server_key(struct pmt_slice backend, struct pmt_slice server)
{
    return pmt_hash(server.p, server.n, pmt_hash(backend.p, backend.n, 0));
}

static void find_flapping(struct pmt_builder *b)
{
    const struct pmt_findings *f = b->in->findings;
    b->flapping = pmt_alloc((f->nremovals + 1) * sizeof *b->flapping);
    for (size_t i = 0; i < f->nremovals; i++)
        if (f->removals[i].flaps)
            b->flapping[b->nflapping++] =
                server_key(f->removals[i].backend, f->removals[i].server);
    pmt_sort_u64(b->flapping, b->nflapping);
}

static bool flaps(const struct pmt_builder *b, const struct pmt_mark *m)
{
    uint64_t key = server_key(m->backend, m->server);
    size_t lo = 0, hi = b->nflapping;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (b->flapping[mid] < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < b->nflapping && b->flapping[lo] == key;
}

bool pmt_report_stood(const struct pmt_builder *b, const struct pmt_removal *x)
{
    return !x->pause && x->from < b->start && (x->open || x->to >= b->start);
}

/* What died again and again before the start is told where it is nearest to it, too. */
static bool is_near(const struct pmt_builder *b, const struct pmt_fact *f)
{
    enum pmt_event e = (enum pmt_event)f->mark->event;
    bool died = e == PMT_EV_OOM || e == PMT_EV_CRASH || e == PMT_EV_SERVICE_FAILED;
    return died && f->t < b->start && b->start - f->t <= PMT_MINUTE;
}

/* A server that was out when it began is told, however long before it had gone. */
static void collect_standing(struct pmt_builder *b)
{
    for (size_t i = 0; i < b->in->findings->nremovals; i++) {
        const struct pmt_removal *x = &b->in->findings->removals[i];
        if (!pmt_report_stood(b, x) || !x->out || x->out->t >= b->from)
            continue;
        struct pmt_group g = {.scope = PMT_LEAD_UP, .first = x->out, .last = x->out->last,
                              .count = x->out->count};
        group_new(b, &g, false);
    }
}

static void collect(struct pmt_builder *b)
{
    collect_standing(b);
    for (size_t i = 0; i < b->in->facts->n; i++) {
        const struct pmt_fact *f = &b->in->facts->items[i];
        struct pmt_group g = {.scope = pmt_scope_of(b, f->t), .first = f, .last = f->last,
                              .count = f->count, .change = is_change(b, f->mark)};
        if (!wanted(b, f, g.scope))
            continue;
        pmt_report_meet(b->r, f);
        g.look = f->mark->event == PMT_EV_OPERATOR && !g.change;
        g.near = g.scope == PMT_LEAD_UP && is_near(b, f);
        /* State changes stand alone, unless a server flaps. */
        bool alone = pmt_is_state(f->mark) && f->mark->lb != PMT_LB_NO_SERVER && !flaps(b, f->mark);
        struct pmt_group *have = alone ? NULL : index_find(b, &g);
        /* The same an hour later is another change. */
        if (have && g.change && f->t - have->last > PMT_HOUR)
            have = NULL;
        if (!have) {
            group_new(b, &g, !alone);
            continue;
        }
        have->count += g.count;
        have->several |= have->first->mark->actor != f->mark->actor;
        have->last = g.last > have->last ? g.last : have->last;
    }
}

/* What goes on over the start, or the end, is one condition. */
static void join_over_edges(struct pmt_builder *b)
{
    size_t out = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct pmt_group *g = &b->groups[i], like = *g;
        bool event = g->first->mark->event != PMT_EV_OPERATOR && !pmt_is_state(g->first->mark) &&
                     g->first->mark->event != PMT_EV_SESSION;
        struct pmt_group *before = NULL;
        like.scope = g->scope == PMT_DURING ? PMT_LEAD_UP : PMT_DURING;
        if (event && (g->scope == PMT_DURING || g->scope == PMT_AFTERWARDS))
            before = index_find(b, &like);
        int64_t near = g->scope == PMT_DURING ? PMT_MINUTE : 10 * PMT_MINUTE;
        if (!before || before->last > g->first->t || g->first->t - before->last > near)
            continue;
        before->count += g->count;
        before->last = g->last > before->last ? g->last : before->last;
        g->count = 0;
    }
    for (size_t i = 0; i < b->n; i++)
        if (b->groups[i].count)
            b->groups[out++] = b->groups[i];
    b->n = out;
}

/* ---- ranks ------------------------------------------------------------------------------ */

/* A change of a server's state long before says something only if it still held at the start. */
static int state_rank(const struct pmt_builder *b, const struct pmt_group *g)
{
    const struct pmt_findings *all = b->in->findings;
    bool out = g->first->mark->lb == PMT_LB_NO_SERVER;
    for (size_t i = 0; i < all->nremovals; i++)
        if (all->removals[i].out == g->first && g->scope == PMT_LEAD_UP)
            return all->removals[i].open || all->removals[i].to >= b->start ? 92 : 42;
    return g->scope == PMT_LEAD_UP ? 38 : out ? 89 : 90;
}

/* Something was changed when a server went away of which no line tells. */
static bool beside_removal(const struct pmt_builder *b, const struct pmt_group *g)
{
    const struct pmt_removal *x = pmt_report_standing(b->r, b->in);
    int64_t d = x ? g->first->t - x->from : 0;
    return x && !x->out && g->change && d >= -BESIDE && d <= BESIDE;
}

static int base_rank(const struct pmt_builder *b, const struct pmt_group *g)
{
    const struct pmt_mark *m = g->first->mark;
    if (beside_removal(b, g))
        return g->speaks ? 90 : 87; /* what carried it out, rather than an editor */
    bool near = g->scope != PMT_LEAD_UP || b->start - g->first->t < PMT_HOUR;
    switch (m->event) {
    case PMT_EV_OOM:
        /* The kernel tells what was killed; the unit that it belonged to tells it again. */
        return (near ? 93 : 60) - (pmt_slice_is(m->program, "kernel") ? 0 : 20);
    case PMT_EV_SESSION:
        return 92; /* when somebody looked at it, at the latest */
    case PMT_EV_OPERATOR:
        return g->look ? 50 : !near ? 58 : g->speaks ? 84 : 71;
    case PMT_EV_REBOOT: case PMT_EV_CRASH: case PMT_EV_SERVICE_FAILED: case PMT_EV_FAILOVER:
    case PMT_EV_CLOCK_STEP:
        return near ? 80 : 45;
    case PMT_EV_STORAGE:
        return near ? 81 : 40;
    case PMT_EV_RESOURCE: case PMT_EV_NO_SERVER:
        return near ? 78 : 40;
    case PMT_EV_CONFIG_CHANGE: case PMT_EV_DEPLOY:
        return near ? 77 : 48;
    case PMT_EV_UPSTREAM: case PMT_EV_SERVER_OUT:
        return 75;
    case PMT_EV_SERVICE_RESTARTING: case PMT_EV_SERVICE_STOPPED:
        return near ? 66 : 35;
    default:
        return near ? 55 : 30;
    }
}

/* A second group of the same sort on the same host says less than the first; after a kill for lack
 * of memory, so does a program that was given none. */
static bool said_before(const struct pmt_builder *b, size_t i)
{
    const struct pmt_group *g = &b->groups[i];
    uint8_t event = g->first->mark->event;
    for (size_t k = 0; k < b->n; k++) {
        const struct pmt_group *h = &b->groups[k];
        bool host = pmt_slice_eq(h->first->host, g->first->host) || event == PMT_EV_SESSION;
        if (h->scope != g->scope || !host || k == i || pmt_is_state(h->first->mark))
            continue;
        bool before = g->near == h->near ? k < i : h->near;
        if ((before && h->first->mark->event == event) ||
            (event == PMT_EV_RESOURCE && h->first->mark->event == PMT_EV_OOM))
            return true;
    }
    return false;
}

static void rank_groups(struct pmt_builder *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct pmt_group *g = &b->groups[i];
        bool state = pmt_is_state(g->first->mark);
        g->rank = state ? state_rank(b, g) : base_rank(b, g);
        if (!state && g->first->mark->event != PMT_EV_OPERATOR && b->n <= PMT_TIMELINE_MAX &&
            said_before(b, i))
            g->rank -= 25;
    }
}

struct place {
    int rank;
    int64_t far; /* from the start */
    size_t at;
};

static int by_rank(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    if (x->far != y->far)
        return x->far < y->far ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

/* Of more than are kept: the most telling, then the nearest to the start; in order of time. */
static void thin(struct pmt_builder *b)
{
    if (b->n <= PMT_TIMELINE_MAX)
        return;
    struct place *v = pmt_alloc(b->n * sizeof *v);
    bool *keep = pmt_alloc(b->n * sizeof *keep);
    size_t out = 0;
    rank_groups(b);
    for (size_t i = 0; i < b->n; i++) {
        int64_t d = b->groups[i].first->t - b->start;
        v[i] = (struct place){b->groups[i].rank, d < 0 ? -d : d, i};
    }
    qsort(v, b->n, sizeof *v, by_rank);
    for (size_t i = 0; i < PMT_TIMELINE_MAX; i++)
        keep[v[i].at] = true;
    for (size_t i = 0; i < b->n; i++)
        if (keep[i])
            b->groups[out++] = b->groups[i];
    b->n = out;
    free(v);
    free(keep);
}

static bool has_one_backend(const struct pmt_builder *b)
{
    const struct pmt_findings *all = b->in->findings;
    const struct pmt_slice *first = NULL;
    for (size_t i = 0; i < b->n; i++) {
        const struct pmt_mark *m = b->groups[i].first->mark;
        if (!pmt_is_state(m))
            continue;
        if (first && !pmt_slice_eq(*first, m->backend))
            return false;
        first = &m->backend;
    }
    for (size_t i = 0; i < all->nremovals; i++) {
        const struct pmt_removal *x = &all->removals[i];
        if (x->out) /* told above */
            continue;
        if (first && !pmt_slice_eq(*first, x->backend))
            return false;
        first = &x->backend;
    }
    return true;
}

/* ---- the whole -------------------------------------------------------------------------- */

void pmt_report_groups(struct pmt_builder *b)
{
    const struct pmt_incident *p = b->r->incident;
    b->start = p ? p->start : b->r->last;
    b->end = p ? p->end : b->r->last - AFTER - 1; /* without one, everything is lead-up */
    b->from = b->start - b->in->lead;
    find_flapping(b);
    collect(b);
    join_over_edges(b);
    b->one_backend = has_one_backend(b);
    thin(b);
    pmt_report_fold(b->groups, b->n);
    rank_groups(b);
    free(b->index);
    free(b->flapping);
}
