#include "coverage_parts.h"

#include <stdlib.h>

/* Lines of one log and host that are looked at together. */
enum group { GROUP_REQUESTS, GROUP_ERRORS, GROUP_REST, GROUPS };

struct ref {
    struct pmt_slice host;
    size_t source, clock;
};

static int by_host(const void *pa, const void *pb)
{
    const struct ref *x = pa, *y = pb;
    int c = pmt_slice_cmp(x->host, y->host);
    if (c)
        return c;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->clock < y->clock ? -1 : x->clock > y->clock;
}

/* ---- what a log would tell of ------------------------------------------------------------ */

/* Debian's and Red Hat's rsyslog, and whoever names files after them. The system's one log holds no
 * sudo there: that goes to auth.log and secure. */
static unsigned sorts_by_name(const char *family)
{
    static const struct {
        const char *name;
        unsigned sorts;
    } names[] = {
        {"syslog", PMT_SORT_KERNEL | PMT_SORT_SERVICES},
        {"messages", PMT_SORT_KERNEL | PMT_SORT_SERVICES},
        {"journal", PMT_SORT_SYSTEM},
        {"kern", PMT_SORT_KERNEL},
        {"daemon", PMT_SORT_SERVICES},
        {"auth", PMT_SORT_OPERATOR},
        {"secure", PMT_SORT_OPERATOR},
    };
    const char *slash = strrchr(family, '/');
    struct pmt_slice base = pmt_str(slash ? slash + 1 : family);
    const char *dot = memchr(base.p, '.', base.n);
    if (dot)
        base.n = (size_t)(dot - base.p);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pmt_slice_is(base, names[i].name))
            return names[i].sorts;
    return 0;
}

/* What the facts of one clock show that its log holds. */
static unsigned sort_of_mark(const struct pmt_mark *m)
{
    if (m->lb != PMT_LB_NONE)
        return PMT_SORT_BALANCER;
    if (pmt_slice_is(m->program, "kernel"))
        return PMT_SORT_KERNEL;
    if (pmt_slice_is(m->program, "systemd"))
        return PMT_SORT_SERVICES;
    return pmt_slice_is(m->program, "sudo") ? PMT_SORT_OPERATOR : 0;
}

/* One program logs a balancer's requests and its state changes, so where the first are the second
 * would be. */
static bool has_balancer(const struct pmt_clock *c)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->segments[i].nservices; k++)
            if (c->segments[i].services[k].layer == PMT_LAYER_HAPROXY)
                return true;
    return false;
}

/* By clock. */
static unsigned *sorts_of_clocks(const struct pmt_tally *t)
{
    unsigned *sorts = pmt_alloc((t->nclocks + 1) * sizeof *sorts);
    for (size_t i = 0; i < t->nclocks; i++)
        if (has_balancer(&t->clocks[i]))
            sorts[i] |= PMT_SORT_BALANCER;
    for (size_t i = 0; i < t->nmarks; i++)
        sorts[t->marks[i].clock] |= sort_of_mark(&t->marks[i]);
    return sorts;
}

/* ---- collecting -------------------------------------------------------------------------- */

static enum group group_of(const struct pmt_clock *c, const struct pmt_segment *s)
{
    if (s->ndigests)
        return GROUP_REQUESTS;
    if (c->which == PMT_CLOCK_ERROR)
        return GROUP_ERRORS;
    return c->which == PMT_CLOCK_HEAD || c->which == PMT_CLOCK_OWN ? GROUP_REST : GROUPS;
}

static void add_segment(struct pmt_covered *c, const struct pmt_scanned *s, size_t source,
                        const struct pmt_segment *seg, const struct pmt_map *map,
                        const struct pmt_scanned *sources)
{
    int64_t first = pmt_map_utc(map, seg->min), last = pmt_map_utc(map, seg->max);
    if (!seg->lines || first == PMT_NO_TIME || last == PMT_NO_TIME)
        return;
    if (c->first == PMT_NO_TIME || s->last > sources[c->source].last)
        c->source = source;
    if (c->first == PMT_NO_TIME || first < c->first)
        c->first = first;
    if (c->last == PMT_NO_TIME || last > c->last)
        c->last = last;
    for (size_t i = 0; i < seg->minutes.n; i++) {
        int64_t from = pmt_map_second(map, seg->minutes.v[i].from * 60);
        int64_t to = pmt_map_second(map, seg->minutes.v[i].to * 60 + 59);
        if (from != PMT_NO_TIME && to != PMT_NO_TIME && from <= to)
            pmt_minutes_add_slowly(&c->minutes, pmt_minute_of(from * PMT_SECOND),
                                   pmt_minute_of(to * PMT_SECOND));
    }
}

static void settle(struct pmt_covered *c, struct pmt_arena *arena)
{
    struct pmt_minutes m = c->minutes;
    c->minutes = (struct pmt_minutes){0};
    if (m.n) {
        c->minutes.v = pmt_arena_alloc(arena, m.n * sizeof *m.v);
        memcpy(c->minutes.v, m.v, m.n * sizeof *m.v);
        c->minutes.n = c->minutes.cap = m.n;
    }
    pmt_minutes_fini(&m);
}

/* All clocks of one host in one log. */
static void add_host(struct pmt_covered_list *list, const struct pmt_activity *a,
                     const struct ref *refs, size_t n, const struct pmt_covered *like,
                     struct pmt_arena *arena)
{
    struct pmt_covered groups[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
        groups[g] = *like;
        groups[g].host = refs[0].host;
        groups[g].sorts = g == GROUP_REQUESTS ? PMT_SORT_REQUESTS
                          : g == GROUP_ERRORS ? PMT_SORT_ERRORS : like->sorts;
    }
    for (size_t i = 0; i < n; i++) {
        const struct pmt_scanned *s = &a->sources[refs[i].source];
        const struct pmt_clock *c = &s->tally->clocks[refs[i].clock];
        for (size_t k = 0; k < c->n; k++) {
            enum group g = group_of(c, &c->segments[k]);
            if (g != GROUPS)
                add_segment(&groups[g], s, refs[i].source, &c->segments[k],
                            &s->maps[refs[i].clock][k], a->sources);
        }
    }
    for (int g = 0; g < GROUPS; g++) {
        settle(&groups[g], arena);
        if (groups[g].first == PMT_NO_TIME || !groups[g].sorts)
            continue;
        PMT_GROW(list->v, list->n, list->cap);
        list->v[list->n++] = groups[g];
    }
}

void pmt_covered_add(struct pmt_covered_list *list, const struct pmt_activity *a,
                     const struct pmt_gap *gaps, size_t ngaps, struct pmt_arena *arena)
{
    struct pmt_covered like = {.family = a->sources[a->members[0]].input->family, .gaps = gaps,
                               .ngaps = ngaps, .first = PMT_NO_TIME, .last = PMT_NO_TIME};
    struct ref *refs = NULL;
    unsigned **sorts = pmt_alloc((a->n + 1) * sizeof *sorts);
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < a->n; i++) {
        const struct pmt_scanned *s = &a->sources[a->members[i]];
        if (!s->tally || !s->maps)
            continue;
        sorts[i] = sorts_of_clocks(s->tally);
        for (size_t c = 0; c < s->tally->nclocks; c++) {
            PMT_GROW(refs, n, cap);
            refs[n++] = (struct ref){s->tally->clocks[c].host.n ? s->tally->clocks[c].host
                                                                : s->host, i, c};
        }
    }
    if (n)
        qsort(refs, n, sizeof *refs, by_host);
    for (size_t i = 0, end; i < n; i = end) {
        like.sorts = sorts_by_name(like.family);
        for (end = i; end < n && pmt_slice_eq(refs[end].host, refs[i].host); end++) {
            like.sorts |= sorts[refs[end].source][refs[end].clock];
            refs[end].source = a->members[refs[end].source];
        }
        add_host(list, a, &refs[i], end - i, &like, arena);
    }
    for (size_t i = 0; i < a->n; i++)
        free(sorts[i]);
    free(sorts);
    free(refs);
}

/* ---- questions --------------------------------------------------------------------------- */

bool pmt_is_host(struct pmt_slice asked, struct pmt_slice host)
{
    if (!asked.n || pmt_slice_eq(asked, host))
        return true;
    struct pmt_slice less = asked.n < host.n ? asked : host, more = asked.n < host.n ? host : asked;
    return less.n && memcmp(less.p, more.p, less.n) == 0 && more.n > less.n &&
           more.p[less.n] == '.' && (less.p[0] < '0' || less.p[0] > '9');
}

static bool has_gap(const struct pmt_covered *c, int64_t from, int64_t to)
{
    for (size_t i = 0; i < c->ngaps; i++)
        if (c->gaps[i].from < to && from < c->gaps[i].to)
            return true;
    return false;
}

/* The next log of this sort and host, from *at on; NULL at the end. */
static const struct pmt_covered *next_log(const struct pmt_coverage *cov, unsigned sort,
                                          struct pmt_slice host, size_t *at)
{
    while (*at < cov->nlogs) {
        const struct pmt_covered *c = &cov->logs[(*at)++];
        if ((c->sorts & sort) && pmt_is_host(host, c->host))
            return c;
    }
    return NULL;
}

bool pmt_coverage_has(const struct pmt_coverage *cov, unsigned sorts, struct pmt_slice host,
                      int64_t from, int64_t to)
{
    for (unsigned bit = 1; bit <= sorts; bit <<= 1) {
        const struct pmt_covered *c;
        size_t at = 0;
        if (!(sorts & bit))
            continue;
        while ((c = next_log(cov, bit, host, &at)))
            if (pmt_minutes_any(&c->minutes, pmt_minute_of(from), pmt_minute_of(to)))
                break;
        if (!c)
            return false;
    }
    return sorts != 0;
}

bool pmt_coverage_reaches(const struct pmt_coverage *cov, unsigned sorts, struct pmt_slice host,
                          int64_t from, int64_t to)
{
    for (unsigned bit = 1; bit <= sorts; bit <<= 1) {
        const struct pmt_covered *c;
        size_t at = 0;
        if (!(sorts & bit))
            continue;
        while ((c = next_log(cov, bit, host, &at)))
            if (c->first <= from && c->last >= to && !has_gap(c, from, to))
                break;
        if (!c)
            return false;
    }
    return sorts != 0;
}

bool pmt_coverage_span(const struct pmt_coverage *cov, unsigned sorts, struct pmt_slice host,
                       int64_t *first, int64_t *last)
{
    int64_t from = INT64_MIN, to = INT64_MAX;
    for (unsigned bit = 1; bit <= sorts; bit <<= 1) {
        const struct pmt_covered *c;
        int64_t a = INT64_MAX, z = INT64_MIN;
        size_t at = 0;
        if (!(sorts & bit))
            continue;
        while ((c = next_log(cov, bit, host, &at))) {
            a = c->first < a ? c->first : a;
            z = c->last > z ? c->last : z;
        }
        from = a > from ? a : from;
        to = z < to ? z : to;
    }
    if (!sorts || from > to)
        return false;
    *first = from;
    *last = to;
    return true;
}
