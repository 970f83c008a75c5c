#include "removals_parts.h"

#include <stdlib.h>

/* A server that was given nothing while the others of its backend went on being given requests was
 * out of use, whatever the balancer said of it. Time is counted in seconds in which there was any
 * request, so that a burst is no more than its seconds. In the seconds in which the backend was
 * busy, a server that has a share of them would have been left out by chance with a probability of
 * (1 - share) ^ seconds: with PMT_EXPECTED of them expected that is less than e^-22, or 1e-9. */
enum {
    OWN_MIN = 5,           /* below so many a share is not known */
    PARTS = 4,             /* of the silence: by pieces so long the share is steady or not */
    CHUNK = 8,             /* and no fewer are expected in one */
    CHUNKS_MIN = 4,
    RARE = 10,             /* percent: who is in use less is a stand-by */
    HABITS = 4, HABITS_A_DAY = 2, /* who falls silent in more hours than these has no steady share:
                              clients stick to it, */
    HABITS_NGINX = 2,      /* or it is asked for something else: addresses are not told by groups */
};
#define AROUND_MIN PMT_HOUR
#define BACK_WITHIN PMT_MINUTE
#define EDGE_MIN (30 * PMT_MINUTE)

/* While nobody is given anything nobody is left out: holes of more than a tenth, in which the
 * others have no requests either, prove nothing. It began with the first piece between holes that
 * is too long for chance, and ended with the last. */
static bool others_served(const struct pmt_pool *p, double share, struct pmt_silence *s)
{
    size_t a, b;
    int64_t tenth = (s->to - s->from) / 10, from = s->from, first = PMT_NO_TIME, last = 0;
    pmt_pool_within(p, s->from, s->to, &a, &b);
    for (size_t i = a; i <= b; i++) {
        int64_t end = i > a ? (p->cells[i - 1] + 1) * PMT_CELL * PMT_SECOND : from;
        int64_t next = i < b ? p->cells[i] * PMT_CELL * PMT_SECOND : s->to;
        if (i < b && next - end <= tenth)
            continue;
        if (i == b && next - end <= tenth)
            end = next;
        if (end - from >= PMT_REMOVAL_MIN &&
            pmt_pool_seconds(p, p->all, from, end) * share >= PMT_EXPECTED) {
            first = first == PMT_NO_TIME ? from : first;
            last = end;
        }
        from = next;
    }
    if (first == PMT_NO_TIME)
        return false;
    s->from = first;
    s->to = last;
    return true;
}

/* ---- the shares around a silence --------------------------------------------------------- */

/* What is known of the server on one side of a silence. */
struct side {
    uint32_t own, all;
    double odd;            /* sum of squares by which its pieces differ from what was expected */
    unsigned chunks;
};

static const struct pmt_silence *marked_at(const struct pmt_silences *s, int64_t t)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) { /* the first that ends behind it */
        size_t mid = lo + (hi - lo) / 2;
        if (s->v[mid].to <= t)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->n && s->v[lo].marked && s->v[lo].from <= t ? &s->v[lo] : NULL;
}

/* As much time as the silence lasted, without others that are marked. */
static struct side look(const struct pmt_pool *p, const struct pmt_silences *s,
                        const struct pmt_silence *at, bool behind)
{
    struct side x = {0};
    int64_t left = at->to - at->from > AROUND_MIN ? at->to - at->from : AROUND_MIN;
    size_t a, b;
    uint32_t own = 0, all = 0;
    double chunk = pmt_pool_seconds(p, p->all, at->from, at->to) * s->share / PARTS;
    chunk = chunk > CHUNK ? chunk : CHUNK;
    pmt_pool_within(p, at->from, at->to, &a, &b);
    for (size_t i = behind ? b : a; left > 0 && (behind ? i < p->ncells : i > 0);) {
        size_t k = behind ? i++ : --i;
        size_t next = behind ? i : k - 1; /* that is looked at next */
        int64_t t = p->cells[k] * PMT_CELL * PMT_SECOND;
        if (next < p->ncells)
            left -= llabs(p->cells[next] - p->cells[k]) * PMT_CELL * PMT_SECOND;
        const struct pmt_silence *skip = marked_at(s, t);
        if (skip && skip != at) {
            size_t first, end;
            pmt_pool_within(p, skip->from, skip->to, &first, &end);
            if (behind && end > i)
                i = end;
            else if (!behind && first < i)
                i = first;
            continue;
        }
        uint32_t n = p->own[k + 1] - p->own[k], m = p->all[k + 1] - p->all[k];
        x.own += n;
        x.all += m;
        own += n;
        all += m;
        if (all * s->share < chunk)
            continue;
        double d = own - all * s->share;
        x.odd += d * d / (all * s->share);
        x.chunks++;
        own = all = 0;
    }
    return x;
}

/* Is what is missing much more than chance, and than how unsteadily it is given requests at other
 * times (as where clients stick to their server)? */
static bool significant(const struct pmt_pool *p, const struct pmt_silences *s,
                        const struct pmt_silence *at, const struct pmt_silence *told)
{
    struct side sides[2] = {{0}};
    double share = 2, odd = 0;
    unsigned chunks = 0;
    for (int i = 0; i < 2; i++) {
        if (at->edge == (i ? PMT_TRAILING : PMT_LEADING))
            continue;
        sides[i] = look(p, s, at, i == 1);
        if (sides[i].own < OWN_MIN)
            continue;
        double one = (double)sides[i].own / sides[i].all;
        share = one < share ? one : share;
        odd += sides[i].odd;
        chunks += sides[i].chunks;
    }
    double unsteady = chunks >= CHUNKS_MIN && odd > chunks ? odd / chunks : 1;
    return share <= 1 &&
           pmt_pool_seconds(p, p->all, told->from, told->to) * share >= PMT_EXPECTED * unsteady;
}

/* ---- one server -------------------------------------------------------------------------- */

static size_t minutes_in(const struct pmt_pool *p, const uint32_t *sums)
{
    size_t n = 0;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < p->ncells; i++) {
        int64_t minute = pmt_cell_of(p->cells[i] * PMT_CELL) * PMT_CELL / 60;
        if (sums[i + 1] == sums[i] || minute == last)
            continue;
        last = minute;
        n++;
    }
    return n;
}

/* Who is in use for a small part of the time only, and neither at first nor at last, stands by for
 * others. */
static bool stands_by(const struct pmt_pool *p, const struct pmt_silences *s)
{
    const struct pmt_silence *first = NULL, *last = NULL;
    if (minutes_in(p, p->own) * 100 >= minutes_in(p, p->all) * RARE)
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].marked) {
            first = first ? first : &s->v[i];
            last = &s->v[i];
        }
    if (!first)
        return false;
    bool at_first = first->edge != PMT_LEADING && first->from - p->first >= EDGE_MIN;
    bool at_last = last->edge != PMT_TRAILING && p->last - last->to >= EDGE_MIN;
    return !at_first && !at_last;
}

static bool has_marked(const struct pmt_silences *s, enum pmt_edge edge)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].marked && s->v[i].edge == edge)
            return true;
    return false;
}

static bool is_habit(const struct pmt_pool *p, const struct pmt_use *u,
                     const struct pmt_silences *s)
{
    int64_t hours = 0, last = INT64_MIN, days = (p->last - p->first) / PMT_DAY;
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].marked && s->v[i].from / PMT_HOUR != last) {
            last = s->v[i].from / PMT_HOUR;
            hours++;
        }
    return hours > (u->layer == PMT_LAYER_NGINX ? HABITS_NGINX : HABITS + HABITS_A_DAY * days);
}

/* Is a removal of it told by state lines then? */
static bool is_told(const struct pmt_findings *f, const struct pmt_use *u,
                    const struct pmt_silence *s)
{
    for (size_t i = 0; i < f->nremovals; i++) {
        const struct pmt_removal *r = &f->removals[i];
        if (r->out && !r->pause && pmt_removal_of(r, u) && r->from <= s->to &&
            (r->open || r->to >= s->from))
            return true;
    }
    return false;
}

static bool is_about(const struct pmt_fact *f, const struct pmt_use *u)
{
    struct pmt_removal r = {.backend = f->mark->backend, .server = f->mark->server,
                            .host = f->host};
    return f->mark->kind == PMT_LB_SERVER_STATE && r.server.n && pmt_removal_of(&r, u);
}

/* The last line that says it is back, where its first request is not too late for it. */
static const struct pmt_fact *line_back(const struct pmt_facts *facts, const struct pmt_pool *p,
                                        const struct pmt_use *u, double share,
                                        const struct pmt_silence *x)
{
    const struct pmt_fact *found = NULL;
    for (size_t i = 0; i < facts->n && facts->items[i].t <= x->to + BACK_WITHIN; i++) {
        const struct pmt_fact *f = &facts->items[i];
        if (f->t > x->from && f->mark->lb == PMT_LB_UP && is_about(f, u) &&
            pmt_pool_seconds(p, p->all, f->t, x->to) * share < PMT_UNLIKELY)
            found = f;
    }
    return found;
}

static bool is_known_by(const struct pmt_facts *facts, const struct pmt_use *u, int64_t t)
{
    for (size_t i = 0; i < facts->n && facts->items[i].t <= t + BACK_WITHIN; i++)
        if (is_about(&facts->items[i], u))
            return true;
    return false;
}

static struct pmt_place place_of(const struct pmt_spell *r, bool last)
{
    if (!r)
        return (struct pmt_place){0, 0};
    return last ? (struct pmt_place){r->last_source, r->last_line}
                : (struct pmt_place){r->first_source, r->first_line};
}

static void tell(struct pmt_findings *f, const struct pmt_use *u, const struct pmt_silence *s,
                 const struct pmt_fact *back)
{
    bool open = s->edge == PMT_TRAILING;
    struct pmt_removal r = {
        .backend = u->backend, .server = u->server, .host = u->host,
        .kind = PMT_REMOVAL_NO_TRAFFIC, .inferred = true, .open = open,
        .requests = s->strays, .began_before = s->edge == PMT_LEADING, .from = s->from,
        .to = open ? PMT_NO_TIME : back ? back->t : s->to, .back = back, .count = 1,
        .before = place_of(s->before, true), .behind = place_of(s->behind, false)};
    size_t at = f->nremovals;
    PMT_GROW(f->removals, f->nremovals, f->capremovals);
    for (; at && f->removals[at - 1].from > r.from; at--)
        f->removals[at] = f->removals[at - 1];
    f->removals[at] = r;
    f->nremovals++;
}

/* Who is heard of for the first time by its first request may be new. */
static bool may_be_told(const struct pmt_facts *facts, const struct pmt_use *u,
                        const struct pmt_silence *x, const struct pmt_silences *s, bool churn)
{
    if (x->edge == PMT_LEADING)
        return !churn && !has_marked(s, PMT_TRAILING) && is_known_by(facts, u, x->to);
    return x->edge == PMT_BETWEEN || (!churn && !has_marked(s, PMT_LEADING));
}

static void tell_server(struct pmt_findings *f, const struct pmt_facts *facts,
                        const struct pmt_pool *p, const struct pmt_use *u, struct pmt_silences *s,
                        bool churn)
{
    if (stands_by(p, s) || is_habit(p, u, s))
        return;
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_silence x = s->v[i];
        if (x.marked && may_be_told(facts, u, &x, s, churn) && !is_told(f, u, &x) &&
            others_served(p, s->share, &x) && significant(p, s, &s->v[i], &x))
            tell(f, u, &x,
                 x.edge == PMT_TRAILING ? NULL : line_back(facts, p, u, s->share, &x));
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

/* Where most servers come or go for good (pods, a new fleet), that is how the service is run. */
static void tell_pool(struct pmt_findings *f, const struct pmt_facts *facts, struct pmt_pool *p)
{
    struct pmt_silences *s = pmt_alloc(p->n * sizeof *s);
    size_t moving = 0;
    pmt_pool_build(p);
    for (size_t i = 0; i < p->n; i++) {
        pmt_pool_own(p, p->v[i]);
        pmt_pool_silences(p, p->v[i], &s[i]);
        moving += has_marked(&s[i], PMT_LEADING) || has_marked(&s[i], PMT_TRAILING);
    }
    for (size_t i = 0; i < p->n; i++) {
        pmt_pool_own(p, p->v[i]);
        tell_server(f, facts, p, p->v[i], &s[i], moving * 2 > p->n);
        free(s[i].v);
    }
    free(s);
}

void pmt_removals_by_share(struct pmt_findings *f, struct pmt_counted *c,
                           const struct pmt_facts *facts)
{
    bool *done = pmt_alloc((c->nuses + 1) * sizeof *done);
    for (size_t i = 0; i < c->nuses; i++) {
        struct pmt_pool p = {0};
        for (size_t k = i; k < c->nuses; k++) {
            if (done[k] || !c->uses[k].nspells || !pmt_pool_same(&c->uses[i], &c->uses[k]))
                continue;
            done[k] = true;
            PMT_GROW(p.v, p.n, p.cap);
            p.v[p.n++] = &c->uses[k];
        }
        if (p.n > 1)
            tell_pool(f, facts, &p);
        pmt_pool_fini(&p);
    }
    free(done);
}
