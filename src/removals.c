#include "pmt/incident.h"

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

static void begin(struct pmt_findings *f, const struct pmt_fact *fact, enum pmt_removal_kind kind)
{
    PMT_GROW(f->removals, f->nremovals, f->capremovals);
    f->removals[f->nremovals++] = (struct pmt_removal){
        .backend = fact->mark->backend, .server = fact->mark->server, .host = fact->host,
        .kind = kind, .open = true, .from = fact->t, .to = PMT_NO_TIME, .count = fact->count,
        .out = fact};
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
            begin(f, fact, kind);
        }
    } else if (takes_out(m)) {
        if (r && r->kind == kind_of(m)) {
            r->count += fact->count;
        } else {
            if (r)
                close_removal(r, fact);
            begin(f, fact, kind_of(m));
        }
    }
}

static struct pmt_series *use_of(struct pmt_counted *c, const struct pmt_removal *r)
{
    for (size_t i = 0; i < c->nuses; i++)
        if (pmt_slice_eq(c->uses[i].server, r->server) &&
            pmt_slice_eq(c->uses[i].backend, r->backend))
            return &c->uses[i].series;
    return NULL;
}

/* A reload or a restart puts servers back without a line about them: requests tell. */
static void back_by_traffic(struct pmt_counted *c, struct pmt_removal *r)
{
    struct pmt_series *s = use_of(c, r);
    int64_t from = r->from / PMT_SECOND + IN_FLIGHT, sec;
    int64_t until = r->open ? INT64_MAX : r->to / PMT_SECOND - IN_FLIGHT;
    struct pmt_counts k;
    if (!s || r->kind == PMT_REMOVAL_DRAIN) /* sessions may stick to a drained server */
        return;
    struct pmt_series_iter it = pmt_series_iter_from(s, from);
    while (pmt_series_next(&it, &sec, &k))
        if (sec > from) {
            if (sec < until) {
                r->open = false;
                r->inferred = true;
                r->to = sec * PMT_SECOND;
                r->back = NULL;
            }
            return;
        }
}

/* Requests are not told apart by balancer: with two of them that see the same server, one may send
 * it requests while the other holds it for down. */
static bool one_balancer(const struct pmt_facts *facts)
{
    const struct pmt_fact *first = NULL;
    for (size_t i = 0; i < facts->n; i++) {
        if (facts->items[i].mark->kind != PMT_LB_SERVER_STATE)
            continue;
        if (first && !pmt_slice_eq(first->host, facts->items[i].host))
            return false;
        first = &facts->items[i];
    }
    return true;
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

void pmt_removals_build(struct pmt_findings *f, struct pmt_counted *counted,
                        const struct pmt_facts *facts)
{
    for (size_t i = 0; i < facts->n; i++)
        if (facts->items[i].mark->kind == PMT_LB_SERVER_STATE && facts->items[i].mark->server.n)
            state_line(f, &facts->items[i]);
        else if (facts->items[i].mark->event == PMT_EV_SERVER_OUT &&
                 facts->items[i].mark->subject.n)
            pause_line(f, &facts->items[i]);
    if (!one_balancer(facts))
        return;
    for (size_t i = 0; i < f->nremovals; i++)
        if (!f->removals[i].pause)
            back_by_traffic(counted, &f->removals[i]);
}
