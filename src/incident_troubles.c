#include "incident_parts.h"

#include <math.h>
#include <stdlib.h>

/* Lines that tell of failures and are no requests come at some rate when all is well: a scanner's
 * handshakes, a client that an upstream keeps waiting. A stretch in which they come so much more
 * often that chance is ruled out is found as bursts of failing requests are, by evidence in nats;
 * but of what succeeded meanwhile nothing is known. So error lines are told where no request is
 * logged, and connections where the requests that were logged show that most did not come. */
enum {
    BLOCKS = 16,         /* of the time the logs cover: the quieter half tells what is usual */
    TIMES = 5,           /* what is raised is weighed at so many times the usual rate, */
    LEAST_MINUTE = 2,    /* and at so many lines a minute at least */
    LINES_MIN = 20,      /* fewer lines are no incident */
    MIN_CLIENTS = 3,     /* fewer: small */
    MANY_CLIENTS = 25,
    MIN_LENGTH = 30,     /* seconds; shorter, and fewer clients than many: small */
    HIGH_LENGTH = 60,    /* seconds in which most connections fail */
    HOUR = 3600,
    EXPECTED_MIN = 40,   /* requests: fewer than half of so many is no chance */
};

struct stretch {
    int64_t from, to; /* seconds of its first and last line */
    bool ongoing;     /* the logs end before there is evidence that it was over */
};
struct stretches {
    struct stretch *v;
    size_t n, cap;
};

/* ---- when they come more often ------------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Lines a second when all is well, taken for a little more than was seen. */
static double usual_rate(struct pmt_flow *flow, int64_t from, int64_t to)
{
    uint64_t blocks[BLOCKS] = {0}, quiet = 0;
    struct pmt_series_iter it = pmt_series_iter_from(&flow->series, from);
    struct pmt_counts c;
    int64_t sec, span = to - from + 1;
    while (pmt_series_next(&it, &sec, &c) && sec <= to)
        if (sec >= from)
            blocks[(sec - from) * BLOCKS / span] += c.c[PMT_BAD];
    qsort(blocks, BLOCKS, sizeof *blocks, by_count);
    for (int i = 0; i < BLOCKS / 2; i++)
        quiet += blocks[i];
    return ((double)quiet + 3) * 2 / (double)span;
}

/* How many seconds from an edge of a stretch on are no part of it: stray lines, further from the
 * others than its own rate makes likely. */
static int64_t stray(struct pmt_flow *flow, const struct stretch *s, double usual, bool end)
{
    double rate = (double)pmt_requests_between(flow, s->from, s->to).failed /
                  (double)(s->to - s->from + 1) / TIMES;
    double lines[PMT_MERGE_GAP + 1] = {0}, sum = 0, least = 0;
    int64_t n = s->to - s->from < PMT_MERGE_GAP ? s->to - s->from : PMT_MERGE_GAP, sec, best = 0;
    int64_t from = end ? s->to - n : s->from;
    struct pmt_series_iter it = pmt_series_iter_from(&flow->series, from);
    struct pmt_counts c;
    while (pmt_series_next(&it, &sec, &c) && sec <= from + n)
        if (sec >= from)
            lines[end ? s->to - sec : sec - from] = c.c[PMT_BAD];
    if (rate <= usual)
        return 0;
    for (int64_t i = 0; i <= n; i++) {
        if (lines[i] > 0 && sum < least) {
            least = sum;
            best = i;
        }
        sum += lines[i] * log(rate / usual) - (rate - usual);
    }
    return best;
}

/* Evidence so far, where it last was none, and where it was most. */
struct evidence {
    double now, most;
    int64_t from, to, last;
};

static void end_stretch(struct stretches *ret, struct evidence *e, bool ongoing)
{
    if (e->most >= PMT_ALARM) {
        struct stretch *old = ret->n ? &ret->v[ret->n - 1] : NULL;
        if (old && e->from - old->to <= PMT_MERGE_GAP) {
            old->to = e->to;
            old->ongoing = ongoing;
        } else {
            PMT_GROW(ret->v, ret->n, ret->cap);
            ret->v[ret->n++] = (struct stretch){e->from, e->to, ongoing};
        }
    }
    e->now = e->most = 0;
}

/* From and to: what the logs cover. */
static void find(struct pmt_flow *flow, int64_t from, int64_t to, struct stretches *ret)
{
    double usual = usual_rate(flow, from, to), least = LEAST_MINUTE / 60.0;
    double raised = usual * TIMES > least ? usual * TIMES : least;
    double gain = log(raised / usual), loss = raised - usual;
    struct evidence e = {0, 0, from, from, from};
    struct pmt_series_iter it = pmt_series_iter_from(&flow->series, from);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c) && sec <= to) {
        if (!c.c[PMT_BAD] || sec < from)
            continue;
        e.now -= loss * (double)(sec - e.last);
        if (e.most - e.now >= PMT_QUIET || e.now <= 0) {
            end_stretch(ret, &e, false);
            e.from = sec;
        }
        e.now += gain * c.c[PMT_BAD];
        e.last = sec;
        if (e.now > e.most) {
            e.most = e.now;
            e.to = sec;
        }
    }
    e.now -= loss * (double)(to - e.last);
    end_stretch(ret, &e, e.now > 0 && e.most - e.now < PMT_QUIET);
    for (size_t i = 0; i < ret->n; i++) {
        ret->v[i].from += stray(flow, &ret->v[i], usual, false);
        ret->v[i].to -= ret->v[i].ongoing ? 0 : stray(flow, &ret->v[i], usual, true);
    }
}

/* ---- one incident -------------------------------------------------------------------------- */

static bool is_told(const struct pmt_findings *f, int64_t from, int64_t to)
{
    for (size_t i = 0; i < f->n; i++)
        if (from * PMT_SECOND <= f->incidents[i].end && to * PMT_SECOND >= f->incidents[i].start &&
            f->incidents[i].severity != PMT_GRADE_LOW)
            return true;
    return false;
}

/* The part in the window; false when too little is left. */
static bool clamp(struct stretch *s, struct pmt_window w, bool *before)
{
    *before = w.since != PMT_NO_TIME && s->from * PMT_SECOND < w.since;
    if (*before)
        s->from = (w.since + PMT_SECOND - 1) / PMT_SECOND;
    if (w.until != PMT_NO_TIME && s->to * PMT_SECOND >= w.until) {
        s->to = (w.until - 1) / PMT_SECOND;
        s->ongoing = true;
    }
    return s->from <= s->to;
}

static struct pmt_incident *add(struct pmt_findings *f, struct pmt_counted *c,
                                enum pmt_incident_kind kind, struct pmt_flow *flow,
                                const struct stretch *s)
{
    PMT_GROW(f->incidents, f->n, f->cap);
    struct pmt_incident *p = &f->incidents[f->n++];
    struct pmt_numbers k = pmt_numbers_between(flow, s->from, s->to);
    size_t i = pmt_flow_search(flow, s->from), n = pmt_flow_search(flow, s->to + 1);
    *p = (struct pmt_incident){.kind = kind, .start = s->from * PMT_SECOND,
                               .end = s->to * PMT_SECOND, .ongoing = s->ongoing,
                               .good_before = PMT_NO_TIME, .good_after = PMT_NO_TIME,
                               .redundancy_restored = PMT_NO_TIME, .decimals = c->decimals,
                               .lines = k.failed};
    p->numbers.clients_affected = k.clients_affected;
    p->numbers.clients_estimated = k.clients_estimated;
    if (i < n) {
        p->first = &flow->bad[i];
        p->last = &flow->bad[n - 1];
        p->start = p->first->sec * PMT_SECOND + p->first->first_us;
        p->end = p->last->sec * PMT_SECOND + p->last->last_us;
    }
    return p;
}

static enum pmt_grade grade(const struct pmt_incident *p, struct pmt_flow *flow)
{
    int64_t length = (p->end - p->start) / PMT_SECOND;
    bool short_one = length < MIN_LENGTH && p->numbers.clients_affected < MANY_CLIENTS;
    /* Behind a balancer that is the only client they cannot be told apart. */
    bool few = p->numbers.clients_affected < MIN_CLIENTS && pmt_clients_tell(flow);
    return short_one || few ? PMT_GRADE_LOW : PMT_GRADE_MEDIUM;
}

/* Those that have such lines meanwhile, most first. */
static void name_services(struct pmt_incident *p, struct pmt_counted *c, uint8_t sort)
{
    uint64_t most = UINT64_MAX;
    size_t at = c->ntroubles;
    int64_t from = p->start / PMT_SECOND, to = p->end / PMT_SECOND;
    while (p->nservices < sizeof p->services / sizeof *p->services) {
        uint64_t next = 0;
        size_t found = c->ntroubles;
        for (size_t i = 0; i < c->ntroubles; i++) {
            struct pmt_counted_trouble *t = &c->troubles[i];
            uint64_t n = t->sort == sort ? pmt_requests_between(&t->flow, from, to).failed : 0;
            bool behind = n < most || (n == most && i > at);
            if (n > next && behind && n * 100 >= p->lines) {
                next = n;
                found = i;
            }
        }
        if (found == c->ntroubles)
            return;
        p->services[p->nservices++] = c->troubles[found].name;
        most = next;
        at = found;
    }
}

/* ---- error lines where no request is logged ------------------------------------------------ */

static struct pmt_flow *view_of(struct pmt_findings *f, struct pmt_counted *c, int64_t *from,
                                int64_t *to)
{
    struct pmt_flow *flow = NULL;
    for (size_t i = 0; i < c->ntroubles; i++) {
        struct pmt_counted_trouble *t = &c->troubles[i];
        if (t->sort != PMT_TROUBLE_UPSTREAM)
            continue;
        if (!flow) {
            flow = pmt_alloc(sizeof *flow);
            PMT_GROW(f->views, f->nviews, f->capviews);
            f->views[f->nviews++] = flow;
        }
        pmt_flow_copy(flow, &t->flow);
        *from = t->from < *from ? t->from : *from;
        *to = t->to > *to ? t->to : *to;
    }
    if (flow)
        pmt_flow_seal(flow);
    return flow;
}

static void find_upstream(struct pmt_findings *f, struct pmt_counted *c, struct pmt_window w)
{
    int64_t from = INT64_MAX, to = INT64_MIN;
    struct pmt_flow *flow = view_of(f, c, &from, &to);
    struct stretches found = {0};
    if (flow)
        find(flow, from, to, &found);
    for (size_t i = 0; i < found.n; i++) {
        struct stretch *s = &found.v[i];
        bool before;
        if (!clamp(s, w, &before) || is_told(f, s->from, s->to) ||
            pmt_requests_between(flow, s->from, s->to).failed < LINES_MIN)
            continue;
        struct pmt_incident *p = add(f, c, PMT_INCIDENT_UPSTREAM, flow, s);
        p->began_before = before;
        p->layer = PMT_LAYER_NGINX;
        p->severity = grade(p, flow);
        name_services(p, c, PMT_TROUBLE_UPSTREAM);
    }
    free(found.v);
}

/* ---- connections --------------------------------------------------------------------------- */

/* Requests by this frontend; of a log that names none by all of its layer. */
static uint64_t requests_by(struct pmt_counted *c, struct pmt_slice frontend, int64_t from,
                            int64_t to)
{
    bool named = false;
    uint64_t n = 0, all = 0;
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_counted_service *s = &c->services[i];
        uint64_t k = pmt_requests_between(&s->flow, from, to).requests;
        bool here = pmt_slice_eq(s->frontend, frontend);
        named |= here;
        n += here ? k : 0;
        all += k;
    }
    return named ? n : all;
}

/* How many there would have been at the lower of the rates of the hours around it; of one, where
 * the logs have no other. */
static uint64_t expected_by(struct pmt_counted *c, const struct pmt_counted_trouble *t,
                            const struct stretch *s)
{
    int64_t first, last, length = s->to - s->from + 1;
    double best = -1;
    if (!c->n || !pmt_flow_span(c->total, &first, &last))
        return 0;
    for (int side = 0; side < 2; side++) {
        int64_t from = side ? s->to + 1 : s->from - HOUR, to = from + HOUR - 1;
        from = from < first ? first : from;
        to = to > last ? last : to;
        if (to - from + 1 < HOUR / 12)
            continue;
        double rate = (double)requests_by(c, t->name, from, to) / (double)(to - from + 1);
        best = best < 0 || rate < best ? rate : best;
    }
    return best > 0 ? (uint64_t)(best * (double)length) : 0;
}

/* Most connections fail, and most requests do not come. */
static void weigh(struct pmt_findings *f, struct pmt_counted *c, struct pmt_counted_trouble *t,
                  struct stretch *s, struct pmt_window w)
{
    bool before;
    if (!clamp(s, w, &before) || is_told(f, s->from, s->to))
        return;
    uint64_t lines = pmt_requests_between(&t->flow, s->from, s->to).failed;
    uint64_t requests = requests_by(c, t->name, s->from, s->to);
    uint64_t expected = expected_by(c, t, s);
    if (lines < LINES_MIN || lines < requests || expected < EXPECTED_MIN ||
        requests * 2 >= expected)
        return;
    struct pmt_incident *p = add(f, c, PMT_INCIDENT_CONNECTIONS, &t->flow, s);
    p->began_before = before;
    p->numbers.requests = requests;
    p->expected = expected;
    p->severity = grade(p, &t->flow);
    if (p->severity != PMT_GRADE_LOW && s->to - s->from >= HIGH_LENGTH)
        p->severity = PMT_GRADE_HIGH;
    p->services[p->nservices++] = t->name;
    for (size_t i = 0; i < c->n; i++)
        if (pmt_slice_eq(c->services[i].frontend, t->name))
            p->layer = c->services[i].layer;
}

void pmt_incident_troubles(struct pmt_findings *f, struct pmt_counted *c, struct pmt_window w)
{
    find_upstream(f, c, w);
    for (size_t i = 0; i < c->ntroubles; i++) {
        struct pmt_counted_trouble *t = &c->troubles[i];
        struct stretches found = {0};
        if (t->sort != PMT_TROUBLE_CONNECTION)
            continue;
        find(&t->flow, t->from, t->to, &found);
        for (size_t k = 0; k < found.n; k++)
            weigh(f, c, t, &found.v[k], w);
        free(found.v);
    }
}
