#include "pmt/incident.h"

#include <math.h>
#include <stdlib.h>

enum {
    MIN_CLIENTS = 3,        /* fewer failing clients: low */
    MIN_LENGTH = 30,        /* seconds; shorter and fewer than MANY_CLIENTS: low */
    MANY_CLIENTS = 25,
    NO_SERVER_HIGH = 60,    /* seconds without any server */
    NARROW_SHARE = 80,      /* % of the failures a narrower series must hold to tell the story */
    RIVAL_FAILURES = 10,    /* an incident of the day before with so many times the failures wins */
};

static const char *const kind_names[] = {"errors", "slow", "silence", "no_server"};
static const char *const grade_names[] = {"low", "medium", "high"};
static const char *const phase_names[] = {"full", "partial", "slow", "no_data"};
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

/* ---- which series tells a burst ------------------------------------------------------------- */

struct finding {
    struct pmt_burst burst;
    struct pmt_flow *flow;
    uint64_t failed, requests;
};

struct finding_list {
    struct finding *v;
    size_t n, cap;
};

static void add_findings(struct finding_list *l, struct pmt_flow *flow, struct pmt_window w)
{
    struct pmt_burst *b;
    size_t n = pmt_detect(flow, &b);
    for (size_t i = 0; i < n; i++) {
        if ((w.since != PMT_NO_TIME && (b[i].end + 1) * PMT_SECOND <= w.since) ||
            (w.until != PMT_NO_TIME && b[i].start * PMT_SECOND > w.until))
            continue;
        struct pmt_numbers k = pmt_requests_between(flow, b[i].start, b[i].end);
        PMT_GROW(l->v, l->n, l->cap);
        l->v[l->n++] = (struct finding){b[i], flow, k.failed, k.requests};
    }
    free(b);
}

static int by_start(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->burst.start != y->burst.start)
        return x->burst.start < y->burst.start ? -1 : 1;
    return x->burst.end > y->burst.end ? -1 : x->burst.end < y->burst.end;
}

/* Overlapping findings are one incident, told at the narrowest series that holds most of its
 * failures. Returns the index behind the cluster that begins at i; *best is its teller. */
static size_t cluster(const struct finding_list *l, size_t i, struct finding *best)
{
    int64_t end = l->v[i].burst.end;
    size_t k = i + 1;
    uint64_t most = l->v[i].failed;
    while (k < l->n && l->v[k].burst.start <= end) {
        end = l->v[k].burst.end > end ? l->v[k].burst.end : end;
        most = l->v[k].failed > most ? l->v[k].failed : most;
        k++;
    }
    const struct finding *b = NULL;
    for (size_t j = i; j < k; j++)
        if (l->v[j].failed * 100 >= most * NARROW_SHARE && (!b || l->v[j].requests < b->requests))
            b = &l->v[j];
    *best = *b;
    return k;
}

/* ---- one incident --------------------------------------------------------------------------- */

static void add_phase(struct pmt_incident *p, enum pmt_phase_kind kind, int64_t from, int64_t to,
                      uint64_t requests, uint64_t failed)
{
    if (p->nphases && p->phases[p->nphases - 1].kind == kind) {
        struct pmt_phase *last = &p->phases[p->nphases - 1];
        last->to = to;
        last->requests += requests;
        last->failed += failed;
        return;
    }
    PMT_GROW(p->phases, p->nphases, p->capphases);
    p->phases[p->nphases++] = (struct pmt_phase){kind, from, to, requests, failed};
}

/* Phases shorter than two minutes belong to what surrounds them, if anything does. */
static void smooth_phases(struct pmt_incident *p)
{
    struct pmt_phase *old = p->phases;
    size_t n = p->nphases;
    p->phases = NULL;
    p->nphases = p->capphases = 0;
    for (size_t i = 0; i < n; i++) {
        bool brief = old[i].to - old[i].from < 2 * PMT_MINUTE;
        enum pmt_phase_kind kind = old[i].kind;
        if (brief && p->nphases)
            kind = p->phases[p->nphases - 1].kind;
        else if (brief && i + 1 < n)
            kind = old[i + 1].kind;
        add_phase(p, kind, old[i].from, old[i].to, old[i].requests, old[i].failed);
    }
    free(old);
}

struct window_sum {
    int64_t from;
    uint64_t requests, failed;
    int64_t first_good; /* second of the first good request in it */
};

static enum pmt_phase_kind kind_of_window(const struct window_sum *w)
{
    return w->failed * 10 >= w->requests * 9 ? PMT_PHASE_FULL : PMT_PHASE_PARTIAL;
}

static double log_likelihood(double rate, uint64_t good, uint64_t failed)
{
    rate = rate < 0.001 ? 0.001 : rate > 0.999 ? 0.999 : rate;
    return (double)failed * log(rate) + (double)good * log(1 - rate);
}

/* Windows are coarse: the second at which one phase gave way to the next is where the two rates
 * explain the requests best, up to half of either phase away. */
static void refine_phase(struct pmt_incident *p, struct pmt_phase *a, struct pmt_phase *b)
{
    double ra = a->requests ? (double)a->failed / (double)a->requests : 0;
    double rb = b->requests ? (double)b->failed / (double)b->requests : 0;
    int64_t from = (a->from + (a->to - a->from) / 2) / PMT_SECOND;
    int64_t to = (b->from + (b->to - b->from) / 2) / PMT_SECOND, sec, at = a->to / PMT_SECOND;
    struct pmt_series_iter it = pmt_series_iter_from(&p->flow->series, from);
    struct pmt_counts c;
    double sum = 0, best = 0;
    bool any = false;
    while (pmt_series_next(&it, &sec, &c) && sec <= to) {
        if (sec < from)
            continue;
        uint64_t good = c.c[PMT_ALL] - c.c[PMT_BAD];
        /* The boundary before this second: everything so far belongs to a. */
        if (!any || sum > best) {
            best = sum;
            at = sec;
            any = true;
        }
        sum += log_likelihood(ra, good, c.c[PMT_BAD]) - log_likelihood(rb, good, c.c[PMT_BAD]);
    }
    if (any)
        a->to = b->from = at * PMT_SECOND;
}

/* The counts of the phases, once their boundaries stand. */
static void count_phases(struct pmt_incident *p)
{
    for (size_t i = 0; i < p->nphases; i++) {
        struct pmt_phase *ph = &p->phases[i];
        bool last = i + 1 == p->nphases;
        int64_t to = ph->to / PMT_SECOND - !last;
        struct pmt_series_iter it = pmt_series_iter_from(&p->flow->series, ph->from / PMT_SECOND);
        struct pmt_counts c;
        int64_t sec;
        ph->requests = ph->failed = 0;
        while (pmt_series_next(&it, &sec, &c) && sec <= to)
            if (sec >= ph->from / PMT_SECOND) {
                ph->requests += c.c[PMT_ALL];
                ph->failed += c.c[PMT_BAD];
            }
    }
}

/* Windows of a minute or of twenty requests, whichever is longer. */
static void find_phases(struct pmt_incident *p)
{
    struct pmt_series_iter it = pmt_series_iter_from(&p->flow->series, p->start / PMT_SECOND);
    int64_t sec, first = p->start / PMT_SECOND, last = p->end / PMT_SECOND;
    struct pmt_counts c;
    struct window_sum w = {.from = first};
    while (pmt_series_next(&it, &sec, &c) && sec <= last) {
        if (sec < first)
            continue;
        if (sec - w.from >= 60 && w.requests >= 20) {
            add_phase(p, kind_of_window(&w), w.from * PMT_SECOND, sec * PMT_SECOND, w.requests,
                      w.failed);
            w = (struct window_sum){.from = sec};
        }
        w.requests += c.c[PMT_ALL];
        w.failed += c.c[PMT_BAD];
    }
    add_phase(p, kind_of_window(&w), w.from * PMT_SECOND, p->end, w.requests, w.failed);
    smooth_phases(p);
    p->phases[0].from = p->start;
    for (size_t i = 1; i < p->nphases; i++)
        refine_phase(p, &p->phases[i - 1], &p->phases[i]);
    count_phases(p);
}

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
}

static void find_evidence(struct pmt_incident *p, int64_t first, int64_t last)
{
    struct pmt_flow *f = p->flow;
    size_t i = pmt_flow_search(f, first), k = pmt_flow_search(f, last);
    p->first = i < f->nbad ? &f->bad[i] : NULL;
    p->last = k < f->nbad && f->bad[k].sec == last ? &f->bad[k] : k ? &f->bad[k - 1] : NULL;
    p->start = p->first ? p->first->sec * PMT_SECOND + p->first->first_us : first * PMT_SECOND;
    p->end = p->last ? p->last->sec * PMT_SECOND + p->last->last_us : last * PMT_SECOND;
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

/* The services that failed, most failures first; those with under 1 % of them are not named. */
static void name_services(struct pmt_incident *p, struct pmt_counted *c)
{
    struct share *s = pmt_alloc((c->n + 1) * sizeof *s);
    size_t n = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (p->flow != c->total && p->flow != &c->services[i].flow)
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
        if (s[i].failed && s[i].failed * 100 >= all)
            p->services[p->nservices++] = s[i].name;
    free(s);
}

/* Without its most affected client there must be something left: in most minutes of the burst
 * more than one client failed. */
static bool one_client_only(const struct pmt_incident *p)
{
    const struct pmt_votes *v = &p->flow->failed;
    int64_t from = p->start / PMT_MINUTE, to = p->end / PMT_MINUTE;
    uint64_t minutes = 0, alone = 0;
    for (size_t i = pmt_votes_search(v, from); i < v->n; i++) {
        int64_t minute;
        size_t n;
        pmt_votes_minute(v, i, &minute, &n);
        if (minute > to)
            break;
        minutes += n > 0;
        alone += n == 1;
    }
    return minutes && p->numbers.clients_affected < MIN_CLIENTS && alone * 2 > minutes;
}

static enum pmt_grade grade(const struct pmt_incident *p, double p0)
{
    const struct pmt_numbers *k = &p->numbers;
    double rate = k->requests ? (double)k->failed / (double)k->requests : 0;
    int64_t length = (p->end - p->start) / PMT_SECOND;
    /* Behind one address (a balancer, a NAT) clients cannot be told apart: then they do not grade. */
    bool told_apart = k->clients > MIN_CLIENTS;
    if (told_apart && (k->clients_affected < MIN_CLIENTS || one_client_only(p)))
        return PMT_GRADE_LOW;
    if (rate < 3 * p0 || (length < MIN_LENGTH && k->clients_affected < MANY_CLIENTS))
        return PMT_GRADE_LOW;
    if (k->failed * 2 >= k->requests || (told_apart && k->clients_affected * 2 >= k->clients))
        return PMT_GRADE_HIGH;
    return PMT_GRADE_MEDIUM;
}

static void add_incident(struct pmt_findings *f, struct pmt_counted *c, const struct finding *b)
{
    PMT_GROW(f->incidents, f->n, f->cap);
    struct pmt_incident *p = &f->incidents[f->n++];
    *p = (struct pmt_incident){.kind = PMT_INCIDENT_ERRORS, .flow = b->flow,
                               .ongoing = b->burst.ongoing,
                               .began_before = b->burst.began_before,
                               .redundancy_restored = PMT_NO_TIME, .decimals = c->decimals};
    find_evidence(p, b->burst.start, b->burst.end);
    p->numbers = pmt_numbers_between(b->flow, b->burst.start, b->burst.end);
    find_bounds(p);
    find_phases(p);
    name_services(p, c);
    p->severity = grade(p, b->burst.p0);
}

/* ---- backends without any server ------------------------------------------------------------ */

static bool overlaps(const struct pmt_findings *f, int64_t from, int64_t to)
{
    for (size_t i = 0; i < f->n; i++)
        if (from <= f->incidents[i].end + PMT_MERGE_GAP * PMT_SECOND &&
            to >= f->incidents[i].start - PMT_MERGE_GAP * PMT_SECOND)
            return true;
    return false;
}

/* There is no line for "has servers again": the next server of that backend that is UP ends it. */
static const struct pmt_fact *next_up(const struct pmt_facts *facts, size_t i)
{
    for (size_t k = i + 1; k < facts->n; k++)
        if (facts->items[k].mark->lb == PMT_LB_UP &&
            pmt_slice_eq(facts->items[k].mark->backend, facts->items[i].mark->backend))
            return &facts->items[k];
    return NULL;
}

/* Where requests were counted at the same time, they tell whether users were hit; this is for logs
 * that hold state lines only. */
static void no_server_incidents(struct pmt_findings *f, struct pmt_counted *c,
                                const struct pmt_facts *facts, struct pmt_window w)
{
    size_t errors = f->n;
    for (size_t i = 0; i < facts->n; i++) {
        const struct pmt_fact *a = &facts->items[i];
        if (a->mark->lb != PMT_LB_NO_SERVER)
            continue;
        const struct pmt_fact *b = next_up(facts, i);
        int64_t end = b ? b->t : facts->items[facts->n - 1].t;
        if ((w.since != PMT_NO_TIME && end < w.since) ||
            (w.until != PMT_NO_TIME && a->t > w.until))
            continue;
        struct pmt_findings seen = {.incidents = f->incidents, .n = f->n};
        int64_t first, last;
        bool counted = c->layers[PMT_LAYER_HAPROXY] && pmt_flow_span(c->total, &first, &last) &&
                       a->t / PMT_SECOND >= first && a->t / PMT_SECOND <= last;
        if (overlaps(&seen, a->t, end) || (counted && errors))
            continue;
        PMT_GROW(f->incidents, f->n, f->cap);
        struct pmt_incident *p = &f->incidents[f->n++];
        *p = (struct pmt_incident){
            .kind = PMT_INCIDENT_NO_SERVER, .start = a->t, .end = end, .ongoing = !b,
            .good_before = PMT_NO_TIME, .good_after = b ? b->t : PMT_NO_TIME,
            .redundancy_restored = PMT_NO_TIME, .fact = a, .fact_end = b,
            .layer = PMT_LAYER_HAPROXY, .decimals = a->mark->decimals, .nservices = 1};
        p->services[0] = a->mark->backend;
        p->severity = end - a->t >= NO_SERVER_HIGH * PMT_SECOND ? PMT_GRADE_HIGH : PMT_GRADE_MEDIUM;
        add_phase(p, PMT_PHASE_FULL, p->start, p->end, 0, 0);
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int incident_order(const void *a, const void *b)
{
    const struct pmt_incident *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* The newest that is not low, unless one in the day before it failed ten times as many requests. */
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
    int64_t newest = f->incidents[best].start;
    for (size_t i = best; i-- > 0;) {
        const struct pmt_incident *p = &f->incidents[i];
        if (p->severity != PMT_GRADE_LOW && newest - p->end <= PMT_DAY &&
            p->numbers.failed >= RIVAL_FAILURES * f->incidents[best].numbers.failed)
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
            if (r->from > p->end || (!r->open && r->to < p->start))
                continue;
            open |= r->open;
            if (!r->open && (latest == PMT_NO_TIME || r->to > latest))
                latest = r->to;
        }
        p->redundancy_restored = open ? PMT_NO_TIME : latest;
    }
}

void pmt_findings_build(struct pmt_findings *f, struct pmt_counted *counted,
                        const struct pmt_facts *facts, struct pmt_window window)
{
    struct finding_list l = {0};
    *f = (struct pmt_findings){.main = SIZE_MAX};
    pmt_removals_build(f, counted, facts);
    if (counted->n) {
        add_findings(&l, counted->total, window);
        for (size_t i = 0; i < counted->n && counted->n > 1; i++)
            add_findings(&l, &counted->services[i].flow, window);
    }
    if (l.n)
        qsort(l.v, l.n, sizeof *l.v, by_start);
    for (size_t i = 0; i < l.n;) {
        struct finding best;
        i = cluster(&l, i, &best);
        add_incident(f, counted, &best);
    }
    free(l.v);
    no_server_incidents(f, counted, facts, window);
    if (f->n)
        qsort(f->incidents, f->n, sizeof *f->incidents, incident_order);
    find_redundancy(f);
    f->main = choose_main(f);
}

void pmt_findings_fini(struct pmt_findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->incidents[i].phases);
    free(f->incidents);
    free(f->removals);
    *f = (struct pmt_findings){.main = SIZE_MAX};
}
