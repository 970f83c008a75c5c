#include "incident_parts.h"

#include <stdlib.h>

enum {
    MIN_CLIENTS = 3,        /* fewer failing clients: low */
    MIN_LENGTH = 30,        /* seconds; shorter and fewer than MANY_CLIENTS: low */
    MANY_CLIENTS = 25,
    NAMED_ANYWAY = 3,       /* so many services are named however small their share */
    AFTERSHOCK = 2,         /* one of the hour before with so many times the harm wins */
    RIVAL_FAILURES = 10,    /* one of the day before with so many times the failures wins */
};

static const char *const kind_names[] = {"errors", "slow", "silence", "no_server",
                                         "upstream_errors", "connections"};
static const char *const grade_names[] = {"low", "medium", "high"};
static const char *const phase_names[] = {"full", "partial", "slow", "no_data", "well"};
static const char *const removal_names[] = {"down", "maintenance", "drain", "no_traffic"};

const char *pmt_incident_kind_name(enum pmt_incident_kind k)
{
    return kind_names[k];
}
const char *pmt_grade_name(enum pmt_grade g)
{
    return grade_names[g];
}
const char *pmt_phase_name(enum pmt_phase_kind k)
{
    return phase_names[k];
}
const char *pmt_removal_kind_name(enum pmt_removal_kind k)
{
    return removal_names[k];
}

void pmt_incident_id(const struct pmt_incident *i, struct pmt_buf *b)
{
    struct pmt_buf t = {0};
    pmt_put_rfc3339(&t, i->start, 0); /* 2022-02-26T08:47:31Z */
    pmt_buf_put(b, t.data, 13);
    pmt_buf_put(b, t.data + 14, 2);
    pmt_buf_puts(b, "Z");
    pmt_buf_fini(&t);
}

/* ---- one incident ----------------------------------------------------------------------- */

static void find_bounds(struct pmt_incident *p)
{
    int64_t sec, first = p->start / PMT_SECOND, last = p->end / PMT_SECOND;
    struct pmt_counts c;
    p->good_before = p->good_after = PMT_NO_TIME;
    struct pmt_series_iter it = pmt_series_iter(&p->flow->series);
    while (pmt_series_next(&it, &sec, &c)) {
        bool good = c.c[PMT_ALL] > c.c[PMT_BAD] + c.c[PMT_GAVE_UP];
        /* In the second of the first failure, a good request may lie on either side of it. */
        if (good && sec <= first)
            p->good_before = sec * PMT_SECOND;
        if (good && sec > last) {
            p->good_after = sec * PMT_SECOND;
            break;
        }
    }
    if (p->began_before)
        p->good_before = PMT_NO_TIME;
    if (p->ongoing)
        p->good_after = PMT_NO_TIME;
}

static void find_evidence(struct pmt_incident *p, int64_t first, int64_t last)
{
    struct pmt_flow *f = p->flow;
    size_t i = pmt_flow_search(f, first), k = pmt_flow_search(f, last);
    p->first = i < f->nbad ? &f->bad[i] : NULL;
    p->last = k < f->nbad && f->bad[k].sec == last ? &f->bad[k] : k ? &f->bad[k - 1] : NULL;
    p->start = p->first ? p->first->sec * PMT_SECOND + p->first->first_us : first * PMT_SECOND;
    p->end = p->last ? p->last->sec * PMT_SECOND + p->last->last_us : last * PMT_SECOND;
    /* Of a part, not every failing second's lines are known. */
    while (p->first && !p->first->first_line)
        p->first = p->first < p->last ? p->first + 1 : NULL;
    while (p->last && !p->last->last_line)
        p->last = p->first && p->last > p->first ? p->last - 1 : NULL;
}

void pmt_incident_find_edges(struct pmt_incident *p, int64_t first, int64_t last)
{
    find_evidence(p, first, last);
    find_bounds(p);
}

struct share {
    struct pmt_slice name;
    uint64_t failed;
    uint8_t layer;
};

static int by_failed(const void *a, const void *b)
{
    const struct share *x = a, *y = b;
    if (x->failed != y->failed)
        return x->failed > y->failed ? -1 : 1;
    return pmt_slice_cmp(x->name, y->name);
}

/* The services that failed, most failures first; but for the first few, those with under 1 % of
 * them are not named. */
static void name_services(struct pmt_incident *p, struct pmt_counted *c,
                          const struct pmt_counted_service *at)
{
    struct share *s = pmt_alloc((c->n + 1) * sizeof *s);
    size_t n = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (at && at != &c->services[i])
            continue;
        struct pmt_series_iter it =
            pmt_series_iter_from(&c->services[i].flow.series, p->start / PMT_SECOND);
        int64_t sec;
        struct pmt_counts k;
        uint64_t failed = 0;
        while (pmt_series_next(&it, &sec, &k) && sec <= p->end / PMT_SECOND)
            if (sec >= p->start / PMT_SECOND)
                failed += k.c[PMT_BAD];
        s[n++] = (struct share){c->services[i].name, failed, c->services[i].layer};
        all += failed;
    }
    qsort(s, n, sizeof *s, by_failed);
    p->layer = n ? s[0].layer : PMT_LAYER_NONE;
    for (size_t i = 0; i < n && p->nservices < 8; i++)
        if (s[i].failed && (s[i].failed * 100 >= all || i < NAMED_ANYWAY))
            p->services[p->nservices++] = s[i].name;
    free(s);
}

struct pmt_phase pmt_incident_failing(const struct pmt_incident *p)
{
    struct pmt_phase sum = {PMT_PHASE_PARTIAL, p->start, p->end, p->numbers.requests,
                            p->numbers.failed};
    if (!p->bursts)
        return sum;
    sum.to = sum.from;
    sum.requests = sum.failed = 0;
    for (size_t i = 0; i < p->nphases; i++) {
        const struct pmt_phase *x = &p->phases[i];
        if (x->kind == PMT_PHASE_WELL)
            continue;
        sum.to += x->to - x->from;
        sum.requests += x->requests;
        sum.failed += x->failed;
    }
    return sum;
}

/* By the series it is told at; but a part is one of many: how grave it is the whole site tells. */
enum pmt_grade pmt_incident_grade(const struct pmt_incident *p, const struct pmt_burst *b)
{
    const struct pmt_numbers *k = &p->numbers;
    struct pmt_phase bad = pmt_incident_failing(p);
    double rate = bad.requests ? (double)bad.failed / (double)bad.requests : 0;
    uint64_t of = p->path.n ? p->site.requests : k->requests;
    uint64_t clients = p->path.n ? p->site.clients : k->clients;
    int64_t length = (bad.to - bad.from) / PMT_SECOND;
    /* Behind one address (a balancer, a NAT) clients cannot be told apart: they do not grade. */
    bool told_apart = clients > MIN_CLIENTS;
    if (told_apart && (k->clients_affected < MIN_CLIENTS || b->one_client))
        return PMT_GRADE_LOW;
    if (rate < 3 * b->p0 || (length < MIN_LENGTH && k->clients_affected < MANY_CLIENTS))
        return PMT_GRADE_LOW;
    if (k->failed * 2 >= of || (told_apart && k->clients_affected * 2 >= clients))
        return PMT_GRADE_HIGH;
    return PMT_GRADE_MEDIUM;
}

/* Where a path tells the story, the clients are those of its whole service: whoever asked for
 * something else of it was there, too. */
static void tell_all_clients(struct pmt_incident *p, struct pmt_counted *c, size_t service)
{
    struct pmt_numbers k = p->site;
    if (!p->path.n)
        return;
    if (service < c->n)
        k = pmt_numbers_between(&c->services[service].flow, p->start / PMT_SECOND,
                                p->end / PMT_SECOND);
    p->numbers.clients = k.clients;
    p->numbers.clients_affected = k.clients_affected;
    p->numbers.clients_estimated = k.clients_estimated;
}

static void add_incident(struct pmt_findings *f, struct pmt_counted *c,
                         const struct pmt_finding *b)
{
    PMT_GROW(f->incidents, f->n, f->cap);
    struct pmt_incident *p = &f->incidents[f->n++];
    *p = (struct pmt_incident){.kind = PMT_INCIDENT_ERRORS, .flow = b->flow,
                               .path = b->part ? b->part->prefix : PMT_NO_SLICE,
                               .ongoing = b->burst.ongoing,
                               .began_before = b->burst.began_before,
                               .redundancy_restored = PMT_NO_TIME, .decimals = c->decimals};
    pmt_incident_find_edges(p, b->burst.start, b->burst.end);
    p->site = pmt_numbers_between(c->total, b->burst.start, b->burst.end);
    p->numbers = pmt_numbers_between(b->flow, b->burst.start, b->burst.end);
    if (b->nbursts)
        pmt_incident_burst_phases(p, b->bursts, b->nbursts);
    else
        pmt_incident_find_phases(p);
    name_services(p, c, b->service);
    pmt_incident_find_worst(p, c);
    p->severity = pmt_incident_grade(p, &b->burst);
    tell_all_clients(p, c, b->service ? (size_t)(b->service - c->services) : SIZE_MAX);
}

/* ---- the whole -------------------------------------------------------------------------- */

static int incident_order(const void *a, const void *b)
{
    const struct pmt_incident *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static uint64_t harm(const struct pmt_incident *p)
{
    /* Those that were to be expected in a silence may all have failed. */
    return p->numbers.failed + p->numbers.gave_up + p->expected;
}

/* Of two of which the later may be an aftershock of the earlier: was the earlier far graver? */
static bool outweighs(const struct pmt_incident *a, const struct pmt_incident *b)
{
    return a->flow && b->flow && harm(a) >= AFTERSHOCK * harm(b) &&
           a->numbers.clients_affected >= b->numbers.clients_affected;
}

/* The newest that is not low; unless one in the hour before it was far graver, or one in the day
 * before it failed ten times as many requests. */
static size_t choose_main(const struct pmt_findings *f)
{
    size_t best = SIZE_MAX;
    for (size_t i = f->n; i-- > 0;)
        if (f->incidents[i].severity != PMT_GRADE_LOW) {
            best = i;
            break;
        }
    if (best == SIZE_MAX)
        return best;
    int64_t newest = f->incidents[best].start, near = newest;
    for (size_t i = best; i-- > 0;) {
        const struct pmt_incident *p = &f->incidents[i], *b = &f->incidents[best];
        if (p->severity == PMT_GRADE_LOW)
            continue;
        bool rival = newest - p->end <= PMT_DAY && p->numbers.failed &&
                     p->numbers.failed >= RIVAL_FAILURES * (b->numbers.failed + b->expected);
        bool shock = near - p->end <= PMT_HOUR;
        near = shock ? p->start : near;
        if (rival || (shock && outweighs(p, b)))
            best = i;
    }
    return best;
}

/* Full redundancy is back when every removal that overlapped the incident is over. */
static void find_redundancy(struct pmt_findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        struct pmt_incident *p = &f->incidents[i];
        bool open = false;
        int64_t latest = PMT_NO_TIME;
        for (size_t k = 0; k < f->nremovals; k++) {
            const struct pmt_removal *r = &f->removals[k];
            if (r->pause || r->from > p->end || (!r->open && r->to < p->start))
                continue;
            open |= r->open;
            if (!r->open && (latest == PMT_NO_TIME || r->to > latest))
                latest = r->to;
        }
        p->redundancy_restored = open ? PMT_NO_TIME : latest;
    }
}

void pmt_findings_build(struct pmt_findings *f, struct pmt_counted *counted,
                        const struct pmt_facts *facts, struct pmt_window window,
                        const struct pmt_coverage *coverage)
{
    struct pmt_told told = {0};
    *f = (struct pmt_findings){.main = SIZE_MAX};
    pmt_removals_build(f, counted, facts);
    if (counted->n)
        pmt_incident_find(counted, window, &told);
    if (told.n)
        pmt_incident_join_bursts(&told, counted, facts);
    for (size_t i = 0; i < told.n; i++) {
        add_incident(f, counted, &told.v[i]);
        free(told.v[i].bursts);
    }
    free(told.v);
    pmt_incident_slow(f, counted, window);
    pmt_incident_troubles(f, counted, window);
    pmt_incident_silences(f, counted, facts, coverage, window);
    pmt_incident_no_server(f, counted, facts, window);
    if (f->n)
        qsort(f->incidents, f->n, sizeof *f->incidents, incident_order);
    pmt_incident_latencies(f);
    find_redundancy(f);
    f->main = choose_main(f);
}

void pmt_findings_fini(struct pmt_findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->incidents[i].phases);
        free(f->incidents[i].worst.v);
        free(f->incidents[i].slow);
    }
    for (size_t i = 0; i < f->nviews; i++) {
        pmt_flow_fini(f->views[i]);
        free(f->views[i]);
    }
    free(f->views);
    free(f->incidents);
    free(f->removals);
    *f = (struct pmt_findings){.main = SIZE_MAX};
}
