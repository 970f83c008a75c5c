#include "report_parts.h"

/* Changes before the start: what was changed, how near, and what followed others like it. That a
 * change came just before says when it was, never that it did it. */

enum {
    CHANGES_MAX = 2,
    COMPARED_MIN = 20, /* requests in the ten minutes beside a change */
    ROSE_MIN = 5,      /* failures */
    ROSE_TIMES = 3,
    USUAL_MIN = 3,     /* so many others that nothing followed: it is a usual one */
};
#define LEAD PMT_HOUR
#define BESIDE (10 * PMT_MINUTE)
#define JUST_BEFORE PMT_MINUTE
#define COMES_BACK (2 * PMT_MINUTE) /* a unit that is started so soon after it failed */

static bool same_change(const struct pmt_fact *a, const struct pmt_fact *b)
{
    return a->mark->rule == b->mark->rule && pmt_slice_eq(a->host, b->host) &&
           pmt_slice_eq(a->mark->subject, b->mark->subject);
}

/* ---- what is one ---------------------------------------------------------------------------- */

/* systemd started a unit again that had failed: nobody changed anything. */
static bool by_itself(const struct pmt_facts *all, size_t at)
{
    const struct pmt_fact *f = &all->items[at];
    if (f->mark->event != PMT_EV_SERVICE_STARTED)
        return false;
    for (size_t i = at; i-- > 0 && f->t - all->items[i].t <= COMES_BACK;) {
        const struct pmt_fact *g = &all->items[i];
        if (!pmt_slice_eq(g->host, f->host))
            continue;
        if (g->mark->event == PMT_EV_OPERATOR || g->mark->event == PMT_EV_REBOOT)
            return false;
        if (!pmt_slice_eq(g->mark->subject, f->mark->subject))
            continue;
        if (g->mark->event == PMT_EV_SERVICE_RESTARTING ||
            g->mark->event == PMT_EV_SERVICE_FAILED)
            return true;
        if (g->mark->event == PMT_EV_SERVICE_STOPPED)
            return false;
    }
    return false;
}

bool pmt_report_is_change(const struct pmt_report_input *in, size_t at)
{
    const struct pmt_mark *m = in->facts->items[at].mark;
    const struct pmt_rule *rule = m->rule >= 0 ? pmt_rules_get(in->rules, m->rule) : NULL;
    return rule && rule->change && m->event != PMT_EV_REBOOT && !by_itself(in->facts, at);
}

/* ---- others like it ------------------------------------------------------------------------- */

/* Did errors rise within ten minutes of it? False with *known unset where too few were asked. */
static bool rose(const struct pmt_report_input *in, int64_t t, bool *known)
{
    int64_t at = t / PMT_SECOND, beside = BESIDE / PMT_SECOND;
    struct pmt_numbers before = pmt_requests_between(in->counted->total, at - beside, at - 1);
    struct pmt_numbers after = pmt_requests_between(in->counted->total, at, at + beside);
    *known = before.requests >= COMPARED_MIN && after.requests >= COMPARED_MIN;
    double was = before.requests ? (double)before.failed / (double)before.requests : 0;
    double is = after.requests ? (double)after.failed / (double)after.requests : 0;
    return *known && after.failed >= ROSE_MIN && is > ROSE_TIMES * was;
}

struct others {
    uint64_t n, known, risen; /* at other times; with requests beside them; followed by errors */
    uint64_t near;            /* around this incident */
};

static struct others others_like(const struct pmt_report *r, const struct pmt_report_input *in,
                                 const struct pmt_fact *f)
{
    struct others o = {0};
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < in->facts->n; i++) {
        const struct pmt_fact *g = &in->facts->items[i];
        if (!same_change(f, g) || f == g)
            continue;
        /* What undid it, or tried to, says nothing of how harmless it usually is. */
        if (g->t >= r->incident->start - LEAD && g->t <= r->incident->end + LEAD) {
            o.near++;
            continue;
        }
        if (last != INT64_MIN && g->t - last < BESIDE)
            continue;
        last = g->t;
        bool is_known = false;
        o.n++;
        o.risen += in->counted->n && rose(in, g->t, &is_known);
        o.known += is_known;
    }
    return o;
}

static const char *counter_check(struct pmt_report *r, const struct others *o)
{
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, o->n)),
                            PMT_V("known", pmt_report_count(r, o->known)),
                            PMT_V("k", pmt_report_count(r, o->risen))};
    const char *id = !o->n && o->near ? "change-near"
                     : !o->n          ? "change-never"
                     : !o->known      ? o->n == 1 ? "change-unknown-once" : "change-unknown"
                     : o->n == 1      ? o->risen ? "change-rose-once" : "change-harmless-once"
                     : o->known == 1  ? o->risen ? "change-rose-one" : "change-harmless-one"
                     : !o->risen      ? "change-harmless"
                                      : "change-rose";
    return pmt_report_text(r, id, v, PMT_COUNT(v));
}

/* ---- those before it ------------------------------------------------------------------------ */

/* The nearest changes of the hour before, each sort once. */
void pmt_report_changes(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_fact *told[CHANGES_MAX];
    size_t n = 0;
    for (size_t i = in->facts->n; i-- > 0 && n < CHANGES_MAX;) {
        const struct pmt_fact *f = &in->facts->items[i];
        if (f->t > r->incident->start || f->t < r->incident->start - LEAD ||
            r->incident->began_before || !pmt_report_is_change(in, i))
            continue;
        size_t k = 0;
        while (k < n && !same_change(told[k], f))
            k++;
        if (k < n)
            continue;
        told[n++] = f;
        int64_t before = pmt_whole(f->t, r->incident->start);
        struct others o = others_like(r, in, f);
        struct pmt_value v[] = {
            PMT_V("sentence", pmt_report_without_stop(r, pmt_report_sentence(r, in, f))),
            PMT_V("length", pmt_report_length(r, before)),
            PMT_V("others", counter_check(r, &o))};
        struct pmt_factor *x =
            pmt_report_factor(r, "change", pmt_report_text(r, "factor-change", v, 3),
                              before <= BESIDE ? 88 : 58);
        x->fact = f;
        x->improve = "improve-change";
        x->task = n == 1 ? "task-change" : NULL;
        pmt_report_cite_fact(r, in, f, &x->cites);
    }
}

const struct pmt_fact *pmt_report_change_before(const struct pmt_report *r,
                                                const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    for (size_t i = in->facts->n; p && !p->began_before && i-- > 0;) {
        const struct pmt_fact *f = &in->facts->items[i];
        if (f->t < p->start - JUST_BEFORE)
            break;
        if (f->t > p->start || !pmt_report_is_change(in, i))
            continue;
        struct others o = others_like(r, in, f);
        if (o.known < USUAL_MIN || o.risen)
            return f;
    }
    return NULL;
}
