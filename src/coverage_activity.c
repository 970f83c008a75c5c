#include "coverage_parts.h"

#include <stdlib.h>

/* ---- what is counted --------------------------------------------------------------------- */

/* Requests, where most lines are; else lines. Nothing is expected of a log that only speaks when
 * something goes wrong. */
static void judge(struct pmt_activity *a)
{
    uint64_t all = 0, kinds[5] = {0};
    for (size_t i = 0; i < a->n; i++) {
        const struct pmt_tally *t = a->sources[a->members[i]].tally;
        for (int k = 0; t && k < 5; k++) {
            kinds[k] += t->kinds[k];
            all += t->kinds[k];
        }
    }
    a->requests = all && kinds[PMT_HTTP_REQUEST] * 2 >= all;
    a->steady = a->requests || (all && (kinds[PMT_SYSLOG] + kinds[PMT_OTHER]) * 2 >= all);
}

static const struct pmt_segment *segment_at(const struct pmt_activity *a, const struct pmt_spot *s)
{
    return &a->sources[s->source].tally->clocks[s->clock].segments[s->segment];
}

static const struct pmt_map *map_at(const struct pmt_activity *a, const struct pmt_spot *s)
{
    return &a->sources[s->source].maps[s->clock][s->segment];
}

static void add_segment(struct pmt_activity *a, struct pmt_spot at)
{
    const struct pmt_segment *seg = segment_at(a, &at);
    const struct pmt_map *map = map_at(a, &at);
    if (a->requests && !seg->ndigests)
        return;
    for (size_t i = 0; i < seg->minutes.n; i++) {
        struct pmt_active s = {.first = at, .last = at};
        s.first.minute = seg->minutes.v[i].from;
        s.last.minute = seg->minutes.v[i].to;
        s.first.line = seg->minutes.v[i].first_line;
        s.last.line = seg->minutes.v[i].last_line;
        int64_t from = pmt_map_second(map, s.first.minute * 60);
        int64_t to = pmt_map_second(map, s.last.minute * 60 + 59);
        if (from == PMT_NO_TIME || to == PMT_NO_TIME || to < from)
            continue;
        s.from = pmt_minute_of(from * PMT_SECOND);
        s.to = pmt_minute_of(to * PMT_SECOND);
        PMT_GROW(a->active, a->nactive, a->capactive);
        a->active[a->nactive++] = s;
    }
    for (size_t i = 0; a->requests && i < seg->ndigests; i++) {
        const struct pmt_digest *d = &seg->digests[i];
        int64_t sec = pmt_map_second(map, d->minute * 60);
        if (sec == PMT_NO_TIME)
            continue;
        PMT_GROW(a->busy, a->nbusy, a->capbusy);
        a->busy[a->nbusy++] =
            (struct pmt_busy){pmt_minute_of(sec * PMT_SECOND), d->count, d->sum, 0};
    }
}

/* ---- in order of time -------------------------------------------------------------------- */

static int by_spot(const struct pmt_spot *x, const struct pmt_spot *y)
{
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->clock != y->clock)
        return x->clock < y->clock ? -1 : 1;
    if (x->segment != y->segment)
        return x->segment < y->segment ? -1 : 1;
    return x->minute < y->minute ? -1 : x->minute > y->minute;
}

static int by_from(const void *pa, const void *pb)
{
    const struct pmt_active *x = pa, *y = pb;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return by_spot(&x->first, &y->first);
}

static void join_active(struct pmt_activity *a)
{
    size_t out = 0;
    if (!a->nactive)
        return;
    qsort(a->active, a->nactive, sizeof *a->active, by_from);
    for (size_t i = 1; i < a->nactive; i++) {
        struct pmt_active *last = &a->active[out], *s = &a->active[i];
        if (s->from > last->to + 1) {
            a->active[++out] = *s;
            continue;
        }
        last->first_shared |= s->from == last->from;
        if (s->to > last->to) {
            last->to = s->to;
            last->last = s->last;
            last->last_shared = false;
        } else {
            last->last_shared |= s->to == last->to;
        }
    }
    a->nactive = out + 1;
    for (size_t i = 1; i < a->nactive; i++) {
        const struct pmt_active *p = &a->active[i - 1];
        a->active[i].before = p->before + p->to - p->from + 1;
    }
}

static int by_minute(const void *pa, const void *pb)
{
    const struct pmt_busy *x = pa, *y = pb;
    if (x->minute != y->minute)
        return x->minute < y->minute ? -1 : 1;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return x->sum < y->sum ? -1 : x->sum > y->sum;
}

/* A minute that two files hold alike (a file under two names, copied while it was rotated) is
 * counted once. */
static void join_busy(struct pmt_activity *a)
{
    size_t out = 0;
    if (!a->nbusy)
        return;
    qsort(a->busy, a->nbusy, sizeof *a->busy, by_minute);
    struct pmt_busy seen = a->busy[0];
    for (size_t i = 1; i < a->nbusy; i++) {
        struct pmt_busy b = a->busy[i];
        if (b.minute != seen.minute)
            a->busy[++out] = b;
        else if (b.n != seen.n || b.sum != seen.sum)
            a->busy[out].n += b.n;
        seen = b;
    }
    a->nbusy = out + 1;
    for (size_t i = 1; i < a->nbusy; i++)
        a->busy[i].before = a->busy[i - 1].before + a->busy[i - 1].n;
}

void pmt_activity_build(struct pmt_activity *a, struct pmt_scanned *sources, const size_t *members,
                        size_t n)
{
    *a = (struct pmt_activity){.sources = sources, .members = members, .n = n};
    judge(a);
    for (size_t i = 0; i < n; i++) {
        const struct pmt_scanned *s = &sources[members[i]];
        for (size_t c = 0; s->tally && s->maps && c < s->tally->nclocks; c++)
            for (size_t k = 0; k < s->tally->clocks[c].n; k++)
                add_segment(a, (struct pmt_spot){members[i], c, k, 0, 0});
    }
    join_active(a);
    join_busy(a);
}

void pmt_activity_fini(struct pmt_activity *a)
{
    free(a->active);
    free(a->busy);
}

/* ---- counting ---------------------------------------------------------------------------- */

/* Minutes with lines before this one. */
static int64_t minutes_before(const struct pmt_activity *a, int64_t minute)
{
    size_t lo = 0, hi = a->nactive;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (a->active[mid].from < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (!lo)
        return 0;
    const struct pmt_active *s = &a->active[lo - 1];
    return s->before + (minute <= s->to ? minute - s->from : s->to - s->from + 1);
}

static uint64_t requests_before(const struct pmt_activity *a, int64_t minute)
{
    size_t lo = 0, hi = a->nbusy;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (a->busy[mid].minute < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? a->busy[lo - 1].before + a->busy[lo - 1].n : 0;
}

int64_t pmt_activity_minutes(const struct pmt_activity *a, int64_t from, int64_t to)
{
    return from > to ? 0 : minutes_before(a, to + 1) - minutes_before(a, from);
}

uint64_t pmt_activity_requests(const struct pmt_activity *a, int64_t from, int64_t to)
{
    return from > to ? 0 : requests_before(a, to + 1) - requests_before(a, from);
}

/* ---- to the second ----------------------------------------------------------------------- */

/* First and last second of a minute (as the segment keeps time) with a request of this flow. */
static void look(struct pmt_flow *f, int64_t minute, int64_t *first, int64_t *last)
{
    struct pmt_series_iter it = pmt_series_iter_from(&f->series, minute * 60);
    struct pmt_counts counts;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &counts) && sec < minute * 60 + 60) {
        if (sec < minute * 60)
            continue;
        *first = sec < *first ? sec : *first;
        *last = sec > *last ? sec : *last;
    }
}

/* Requests are counted where they began: with those that took long, what is found may lie in an
 * earlier minute, and the minute's edge has to do. */
static bool look_closer(const struct pmt_activity *a, const struct pmt_spot *at, int64_t *first,
                        int64_t *last)
{
    const struct pmt_segment *seg = segment_at(a, at);
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; a->requests && i < seg->nservices; i++)
        look(&seg->services[i].flow, at->minute, &from, &to);
    for (size_t i = 0; a->requests && i < seg->nchecks; i++)
        look(&seg->checks[i].flow, at->minute, &from, &to);
    if (from > to)
        return false;
    *first = pmt_map_second(map_at(a, at), from);
    *last = pmt_map_second(map_at(a, at), to);
    return *first != PMT_NO_TIME && *last != PMT_NO_TIME;
}

int64_t pmt_activity_end(const struct pmt_activity *a, const struct pmt_active *s)
{
    const struct pmt_segment *seg = segment_at(a, &s->last);
    int64_t first, last, edge = (s->to + 1) * PMT_MINUTE;
    if (s->last_shared)
        return edge;
    if (pmt_minute_of(seg->max) == s->last.minute)
        last = pmt_map_utc(map_at(a, &s->last), seg->max);
    else if (look_closer(a, &s->last, &first, &last))
        last *= PMT_SECOND;
    else
        return edge;
    return last < edge && last >= edge - 2 * PMT_MINUTE ? last : edge;
}

int64_t pmt_activity_begin(const struct pmt_activity *a, const struct pmt_active *s)
{
    const struct pmt_segment *seg = segment_at(a, &s->first);
    int64_t first, last, edge = s->from * PMT_MINUTE;
    if (s->first_shared)
        return edge;
    if (pmt_minute_of(seg->min) == s->first.minute)
        first = pmt_map_utc(map_at(a, &s->first), seg->min);
    else if (look_closer(a, &s->first, &first, &last))
        first *= PMT_SECOND;
    else
        return edge;
    return first >= edge && first < edge + 2 * PMT_MINUTE ? first : edge;
}
