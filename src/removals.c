#include "incident_parts.h"

#include <stdlib.h>

enum { IN_FLIGHT = 60 }; /* seconds in which a removed server may still finish what it had */

static bool takes_out(const struct pmt_mark *m)
{
    return m->lb == PMT_LB_DOWN || m->lb == PMT_LB_MAINT || m->lb == PMT_LB_DRAIN;
}

static enum pmt_removal_kind kind_of(const struct pmt_mark *m)
{
    return m->lb == PMT_LB_MAINT ? PMT_REMOVAL_MAINTENANCE
           : m->lb == PMT_LB_DRAIN ? PMT_REMOVAL_DRAIN : PMT_REMOVAL_DOWN;
}

static struct pmt_removal *open_removal(struct pmt_findings *f, const struct pmt_fact *fact)
{
    for (size_t i = f->nremovals; i-- > 0;) {
        struct pmt_removal *r = &f->removals[i];
        if (r->open && pmt_slice_eq(r->server, fact->mark->server) &&
            pmt_slice_eq(r->backend, fact->mark->backend) && pmt_slice_eq(r->host, fact->host))
            return r;
    }
    return NULL;
}

static void close_removal(struct pmt_removal *r, const struct pmt_fact *fact)
{
    r->open = false;
    r->to = fact->t;
    r->back = fact;
}

static struct pmt_removal *begin(struct pmt_findings *f, const struct pmt_fact *fact,
                                 enum pmt_removal_kind kind)
{
    PMT_GROW(f->removals, f->nremovals, f->capremovals);
    f->removals[f->nremovals++] = (struct pmt_removal){
        .backend = fact->mark->backend, .server = fact->mark->server, .host = fact->host,
        .kind = kind, .open = true, .from = fact->t, .to = PMT_NO_TIME, .count = fact->count,
        .out = fact};
    return &f->removals[f->nremovals - 1];
}

/* "Server b/s is UP/DRAIN (leaving forced maintenance)": not the "/DRAIN" of a server's name. */
static bool drains(const struct pmt_mark *m)
{
    return pmt_slice_find(m->excerpt, " is UP/DRAIN") ||
           pmt_slice_find(m->excerpt, " is DOWN/DRAIN");
}

/* One state line. A second line of the same sort while the server is out (a new process tells it
 * again, a check fails once more) is the same removal; another sort ends one and begins the
 * next. */
static void state_line(struct pmt_findings *f, const struct pmt_fact *fact)
{
    const struct pmt_mark *m = fact->mark;
    struct pmt_removal *r = open_removal(f, fact);
    if (m->lb == PMT_LB_UP) {
        if (r)
            close_removal(r, fact);
    } else if (m->lb == PMT_LB_STILL_OUT) {
        /* Left one forced state and is still without traffic: DOWN/READY waits for its checks,
         * UP/DRAIN drains. When the logs do not tell how it had got there, it is out since now. */
        enum pmt_removal_kind kind = drains(m) ? PMT_REMOVAL_DRAIN : PMT_REMOVAL_DOWN;
        if (!r || r->kind != kind) {
            if (r)
                close_removal(r, fact);
            begin(f, fact, kind)->began_before = !r;
        }
    } else if (takes_out(m)) {
        if (r && r->kind == kind_of(m))
            return;
        if (r)
            close_removal(r, fact);
        bool was_out = pmt_slice_find(m->excerpt, " was DOWN and now ") != NULL;
        begin(f, fact, kind_of(m))->began_before = !r && was_out;
    }
}

bool pmt_removal_of(const struct pmt_removal *r, const struct pmt_use *u)
{
    return pmt_slice_eq(u->server, r->server) && pmt_slice_eq(u->backend, r->backend) &&
           (!u->host.n || !r->host.n || pmt_slice_eq(u->host, r->host));
}

/* The line of the first request behind a removal. */
static struct pmt_place first_behind(const struct pmt_use *u, int64_t sec)
{
    for (size_t i = 0; i < u->nspells; i++)
        if (u->spells[i].first / PMT_SECOND == sec)
            return (struct pmt_place){u->spells[i].first_source, u->spells[i].first_line};
    return (struct pmt_place){0, 0};
}

/* A reload or a restart puts servers back without a line about them: requests tell. */
static void back_by_traffic(struct pmt_use *u, struct pmt_removal *r)
{
    int64_t from = r->from / PMT_SECOND + IN_FLIGHT, sec;
    int64_t until = r->open ? INT64_MAX : r->to / PMT_SECOND - IN_FLIGHT;
    struct pmt_counts k;
    struct pmt_series_iter it = pmt_series_iter_from(&u->series, from);
    while (pmt_series_next(&it, &sec, &k))
        if (sec > from) {
            if (sec < until) {
                r->open = false;
                r->inferred = true;
                r->to = sec * PMT_SECOND;
                r->back = NULL;
                r->behind = first_behind(u, sec);
            }
            return;
        }
}

/* Sessions may stick to a drained server. */
static void find_return(struct pmt_counted *c, struct pmt_removal *r)
{
    for (size_t i = 0; i < c->nuses && r->kind != PMT_REMOVAL_DRAIN; i++)
        if (pmt_removal_of(r, &c->uses[i])) {
            back_by_traffic(&c->uses[i], r);
            return;
        }
}

/* ---- slots ------------------------------------------------------------------------------- */

enum { OTHERS_GIVEN = 100 }; /* requests after which a server in use would have had one */

/* Takes what it was given before an instant from *left. */
static void take_given(struct pmt_use *u, int64_t before, uint64_t *left)
{
    struct pmt_series_iter it = pmt_series_iter(&u->series);
    struct pmt_counts k;
    int64_t sec;
    while (*left && pmt_series_next(&it, &sec, &k) && sec < before / PMT_SECOND)
        *left -= *left < k.c[PMT_ALL] ? *left : k.c[PMT_ALL];
}

/* A template has more servers than there are addresses: at each start the resolver puts the rest
 * into maintenance. Who was never given anything, while others were, had not been in use. */
static bool is_empty_slot(struct pmt_counted *c, const struct pmt_removal *r)
{
    uint64_t before = OTHERS_GIVEN, ever = OTHERS_GIVEN;
    bool used = false;
    if (r->kind != PMT_REMOVAL_MAINTENANCE || !r->out || r->out->mark->by_operator)
        return false;
    for (size_t i = 0; i < c->nuses; i++) {
        struct pmt_use *u = &c->uses[i];
        struct pmt_removal like = *r;
        like.server = u->server;
        if (!u->nspells || !pmt_removal_of(&like, u))
            continue;
        if (pmt_slice_eq(u->server, r->server)) {
            if (u->spells[0].first < r->from)
                return false;
            used = true;
            continue;
        }
        take_given(u, r->from, &before);
        take_given(u, INT64_MAX, &ever);
    }
    return !ever && (!used || !before);
}

static void drop_slots(struct pmt_findings *f, struct pmt_counted *c)
{
    size_t out = 0;
    for (size_t i = 0; i < f->nremovals; i++)
        if (!is_empty_slot(c, &f->removals[i]))
            f->removals[out++] = f->removals[i];
    f->nremovals = out;
}

/* ---- nginx ------------------------------------------------------------------------------- */

/* "upstream server temporarily disabled": each worker for itself passes the server over for
 * fail_timeout (10 s unless set) and says nothing when it tries again. Lines that follow each other
 * within a minute are one pause; its end is an estimate. */
enum { FAIL_TIMEOUT = 10, ONE_PAUSE = 60 };

static void pause_line(struct pmt_findings *f, const struct pmt_fact *fact)
{
    struct pmt_removal *r = NULL;
    for (size_t i = f->nremovals; !r && i-- > 0;)
        if (f->removals[i].pause && pmt_slice_eq(f->removals[i].server, fact->mark->subject) &&
            pmt_slice_eq(f->removals[i].host, fact->host) &&
            fact->t - f->removals[i].to <= ONE_PAUSE * PMT_SECOND)
            r = &f->removals[i];
    if (!r) {
        PMT_GROW(f->removals, f->nremovals, f->capremovals);
        r = &f->removals[f->nremovals++];
        *r = (struct pmt_removal){.server = fact->mark->subject, .host = fact->host,
                                  .kind = PMT_REMOVAL_DOWN, .pause = true, .inferred = true,
                                  .from = fact->t, .to = fact->t, .out = fact};
    }
    r->count += fact->count;
    if (fact->last + FAIL_TIMEOUT * PMT_SECOND > r->to)
        r->to = fact->last + FAIL_TIMEOUT * PMT_SECOND;
}

/* ---- flaps ------------------------------------------------------------------------------- */

enum { FLAPS = 3 };         /* so many removals of one server */
#define FLAPPING PMT_HOUR   /* that begin in so much time are one, with a count */

/* It had come back in between, and left in the same way. */
static bool flap_alike(const struct pmt_removal *a, const struct pmt_removal *b)
{
    return a->kind == b->kind && !a->open && a->to < b->from && a->pause == b->pause &&
           (!a->back || a->back->mark->lb == PMT_LB_UP) &&
           (a->out != NULL) == (b->out != NULL) && pmt_slice_eq(a->server, b->server) &&
           pmt_slice_eq(a->backend, b->backend) && pmt_slice_eq(a->host, b->host);
}

static void flap_join(struct pmt_removal *r, const struct pmt_removal *next)
{
    r->flaps = true;
    r->count += next->count;
    r->requests += next->requests;
    r->open = next->open;
    r->inferred = next->inferred;
    r->to = next->to;
    r->back = next->back;
    r->behind = next->behind;
}

/* Removals are in order of time: the next that is this server's and begins soon enough; nremovals
 * when there is none. */
static size_t next_alike(const struct pmt_findings *f, size_t i)
{
    for (size_t k = i + 1; k < f->nremovals; k++) {
        if (f->removals[k].from - f->removals[i].from > FLAPPING)
            break;
        if (flap_alike(&f->removals[i], &f->removals[k]))
            return k;
    }
    return f->nremovals;
}

static void fold_flaps(struct pmt_findings *f)
{
    size_t out = 0;
    bool *gone = pmt_alloc((f->nremovals + 1) * sizeof *gone);
    for (size_t i = 0; i < f->nremovals; i++) {
        size_t v[FLAPS] = {i}, n = 1;
        if (gone[i] || f->removals[i].pause)
            continue;
        while (n < FLAPS && (v[n] = next_alike(f, v[n - 1])) < f->nremovals &&
               f->removals[v[n]].from - f->removals[i].from <= FLAPPING)
            n++;
        if (n < FLAPS)
            continue;
        /* Any further one that has FLAPS of them in the hour up to it. */
        for (size_t k = 1; k < FLAPS; k++)
            flap_join(&f->removals[i], &f->removals[v[k]]);
        int64_t hour[FLAPS];
        for (size_t k = 0; k < FLAPS; k++) {
            gone[v[k]] = k > 0;
            hour[k] = f->removals[v[k]].from;
        }
        for (size_t k = next_alike(f, v[FLAPS - 1]), at = 1;
             k < f->nremovals && f->removals[k].from - hour[at] <= FLAPPING;
             k = next_alike(f, k), at = (at + 1) % FLAPS) {
            flap_join(&f->removals[i], &f->removals[k]);
            gone[k] = true;
            hour[(at + FLAPS - 1) % FLAPS] = f->removals[k].from;
        }
    }
    for (size_t i = 0; i < f->nremovals; i++)
        if (!gone[i])
            f->removals[out++] = f->removals[i];
    f->nremovals = out;
    free(gone);
}

void pmt_removals_build(struct pmt_findings *f, struct pmt_counted *counted,
                        const struct pmt_facts *facts)
{
    for (size_t i = 0; i < facts->n; i++)
        if (facts->items[i].mark->kind == PMT_LB_SERVER_STATE && facts->items[i].mark->server.n)
            state_line(f, &facts->items[i]);
        else if (facts->items[i].mark->event == PMT_EV_SERVER_OUT &&
                 facts->items[i].mark->subject.n)
            pause_line(f, &facts->items[i]);
    drop_slots(f, counted);
    for (size_t i = 0; i < f->nremovals; i++)
        if (!f->removals[i].pause)
            find_return(counted, &f->removals[i]);
    pmt_removals_by_share(f, counted, facts);
    fold_flaps(f);
}
