#include "removals_parts.h"

#include <math.h>
#include <stdlib.h>

/* A server that was given nothing while the others of its backend went on being given requests was
 * out of use, whatever the balancer said of it. Time is counted in seconds in which there was any
 * request, so that a burst is no more than its seconds. In the seconds in which the backend was
 * busy, a server that has a share of them would have been left out by chance with a probability of
 * (1 - share) ^ seconds: with PMT_EXPECTED of them expected that is less than e^-22, or 1e-9. */
enum {
    OWN_MIN = 5,           /* below so many a share is not known */
    USUAL_TIMES = 2,       /* what is told lacks so many times what a usual silence may */
    RARE = 10,             /* percent: who is in use less is a stand-by */
    HABITS = 4, HABITS_A_DAY = 2, /* who falls silent in more hours than these has no steady share:
                              clients stick to it, */
    HABITS_NGINX = 2,      /* or it is asked for something else: addresses are not told by groups */
};
#define AROUND_MIN PMT_HOUR
#define BACK_WITHIN PMT_MINUTE
#define EDGE_MIN (30 * PMT_MINUTE)
#define REPLACED_WITHIN PMT_HOUR

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
            pmt_pool_seconds(p, p->well, from, end) * share >= PMT_EXPECTED) {
            first = first == PMT_NO_TIME ? from : first;
            last = end;
        }
        from = next;
    }
    s->sure_from = first;
    s->sure_to = last;
    return first != PMT_NO_TIME;
}

/* ---- the shares around a silence --------------------------------------------------------- */

/* What is known of the server on one side of a silence. */
struct side {
    uint32_t own, all;
    size_t cells;          /* that were looked at */
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
        x.own += p->own[k + 1] - p->own[k];
        x.all += p->all[k + 1] - p->all[k];
        x.cells++;
    }
    return x;
}

/* How much is missing, by the lower of what it has before and behind; 0 when neither is known. */
static double missing(const struct pmt_pool *p, const struct pmt_silences *s,
                      const struct pmt_silence *at)
{
    double least = INFINITY;
    for (int i = 0; i < 2; i++) {
        if (at->edge == (i ? PMT_TRAILING : PMT_LEADING))
            continue;
        struct side x = look(p, s, at, i == 1);
        if (x.own < OWN_MIN)
            continue;
        double n = pmt_pool_missing(p, at->sure_from, at->sure_to, (double)x.own / x.all,
                                    (double)x.own / (double)x.cells);
        least = n < least ? n : least;
    }
    return least < INFINITY ? least : 0;
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
    for (size_t i = 0; i < facts->n && facts->items[i].t <= x->sure_to + BACK_WITHIN; i++) {
        const struct pmt_fact *f = &facts->items[i];
        if (f->t > x->sure_from && f->mark->lb == PMT_LB_UP && is_about(f, u) &&
            pmt_pool_seconds(p, p->all, f->t, x->sure_to) * share < PMT_UNLIKELY)
            found = f;
    }
    return found;
}

/* But a slot for which the resolver had no address may have got its first. */
static bool is_known_by(const struct pmt_facts *facts, const struct pmt_use *u, int64_t t)
{
    bool known = false;
    for (size_t i = 0; i < facts->n && facts->items[i].t <= t + BACK_WITHIN; i++)
        if (is_about(&facts->items[i], u)) {
            const struct pmt_mark *m = facts->items[i].mark;
            if (m->lb == PMT_LB_MAINT && !m->by_operator)
                return false;
            known = true;
        }
    return known;
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
        .requests = s->strays, .began_before = s->edge == PMT_LEADING, .from = s->sure_from,
        .to = open ? PMT_NO_TIME : back ? back->t : s->sure_to, .back = back, .count = 1,
        .before = place_of(s->before, true), .behind = place_of(s->behind, false)};
    size_t at = f->nremovals;
    PMT_GROW(f->removals, f->nremovals, f->capremovals);
    for (; at && f->removals[at - 1].from > r.from; at--)
        f->removals[at] = f->removals[at - 1];
    f->removals[at] = r;
    f->nremovals++;
}

/* "i-0a1b2c3d4e5f60718", "web-7d9f8b6c5-x2x4z": letters and digits as a machine mixes them, for one
 * that it may do away with, too. */
static bool name_is_made_up(struct pmt_slice name)
{
    enum { LONG = 8, TURNS = 3 };
    size_t n = 0, turns = 0;
    bool digit = false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i], low = c | 0x20;
        bool was = digit;
        digit = c >= '0' && c <= '9';
        if (!digit && (low < 'a' || low > 'z')) {
            n = turns = 0;
            continue;
        }
        turns += n && digit != was;
        if (++n >= LONG && turns >= TURNS)
            return true;
    }
    return false;
}

/* Who came for good and who went; how requests are given out. */
struct habits {
    const struct pmt_silences *v; /* of all servers of the pool */
    size_t n, came, went;
    double sources;        /* see pmt_pool_sources */
};

static size_t moved_near(const struct habits *m, enum pmt_edge edge, int64_t t)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (!m->v[i].n)
            continue;
        const struct pmt_silence *x = &m->v[i].v[edge == PMT_LEADING ? 0 : m->v[i].n - 1];
        int64_t at = edge == PMT_LEADING ? x->to : x->from;
        n += x->marked && x->edge == edge && llabs(at - t) <= REPLACED_WITHIN;
    }
    return n;
}

/* Where most servers come or go for good (pods, a new fleet), that is how the service is run. Who
 * goes when another comes was replaced: the backend lacks none. Who is heard of for the first time
 * by its first request may be new. */
static bool may_be_told(const struct pmt_facts *facts, const struct pmt_use *u,
                        const struct pmt_silence *x, const struct pmt_silences *s,
                        const struct habits *m)
{
    bool churn = (m->came + m->went) * 2 > m->n;
    if (x->edge == PMT_BETWEEN)
        return true;
    if (x->edge == PMT_LEADING)
        return !churn && !has_marked(s, PMT_TRAILING) && is_known_by(facts, u, x->to);
    return !churn && !has_marked(s, PMT_LEADING) && !(m->came && name_is_made_up(u->server)) &&
           moved_near(m, PMT_LEADING, x->from) < moved_near(m, PMT_TRAILING, x->from);
}

/* Which of its silences may be told, and how unlikely each is. */
static void weigh_server(const struct pmt_findings *f, const struct pmt_facts *facts,
                         const struct pmt_pool *p, size_t server, struct pmt_silences *s,
                         const struct habits *m)
{
    const struct pmt_use *u = p->v[server];
    if (stands_by(p, s) || is_habit(p, u, s))
        return;
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_silence *x = &s->v[i];
        if (!x->marked || !may_be_told(facts, u, x, s, m) || is_told(f, u, x) ||
            !others_served(p, s->share, x))
            continue;
        x->expected = missing(p, s, x);
        if (x->expected < PMT_EXPECTED)
            continue;
        x->nats = pmt_pool_nats(p, server, s, x, m->sources);
    }
}

/* The longest silence of the backend that comes of how its requests are given out. */
static double usual_silence(const struct pmt_silences *s, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < s[i].n; k++)
            if (s[i].v[k].nats > 0 && s[i].v[k].nats < PMT_EXPECTED && s[i].v[k].expected > most)
                most = s[i].v[k].expected;
    return most;
}

static void tell_server(struct pmt_findings *f, const struct pmt_facts *facts,
                        const struct pmt_pool *p, const struct pmt_use *u,
                        const struct pmt_silences *s, double usual)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct pmt_silence *x = &s->v[i];
        if (x->nats >= PMT_EXPECTED && x->expected > USUAL_TIMES * usual)
            tell(f, u, x, x->edge == PMT_TRAILING ? NULL : line_back(facts, p, u, s->share, x));
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

static void tell_pool(struct pmt_findings *f, const struct pmt_facts *facts, struct pmt_pool *p)
{
    struct pmt_silences *s = pmt_alloc(p->n * sizeof *s);
    struct habits m = {.v = s, .n = p->n};
    uint64_t *given = pmt_alloc(p->n * sizeof *given);
    pmt_pool_build(p);
    for (size_t i = 0; i < p->n; i++) {
        pmt_pool_own(p, p->v[i]);
        pmt_pool_silences(p, p->v[i], &s[i]);
        given[i] = p->mine[p->ncells];
        m.came += has_marked(&s[i], PMT_LEADING);
        m.went += has_marked(&s[i], PMT_TRAILING) && !has_marked(&s[i], PMT_LEADING);
    }
    pmt_pool_weigh(p, s, given);
    free(given);
    m.sources = pmt_pool_sources(p, s);
    for (size_t i = 0; i < p->n; i++) {
        pmt_pool_own(p, p->v[i]);
        weigh_server(f, facts, p, i, &s[i], &m);
    }
    double usual = usual_silence(s, p->n);
    for (size_t i = 0; i < p->n; i++)
        tell_server(f, facts, p, p->v[i], &s[i], usual);
    for (size_t i = 0; i < p->n; i++)
        free(s[i].v);
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
