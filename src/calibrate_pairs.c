#include "calibrate_parts.h"

#include <stdio.h>
#include <stdlib.h>

enum { COMPARED_MAX = 32 }; /* logs that one is compared with: the nearest, then the biggest */

static const struct pmt_ref *first_wall(const struct pmt_calibration *c,
                                        const struct pmt_chain *chain)
{
    for (size_t k = 0; k < chain->n; k++)
        if (pmt_ref_seg(c, &chain->refs[k])->how != PMT_STAMP_ZONED)
            return &chain->refs[k];
    return NULL;
}

/* ---- the other stamp of the same lines --------------------------------------------------- */

static bool from_stamps(struct pmt_calibration *c, const struct pmt_chain *chain,
                        struct pmt_spans *ret, const char **why)
{
    uint64_t lines = 0;
    ret->n = 0;
    for (size_t k = 0; k < chain->n; k++) {
        const struct pmt_offsets *o = &pmt_ref_seg(c, &chain->refs[k])->paired;
        for (uint32_t i = 0; i < o->n; i++)
            pmt_spans_add(ret, &o->v[i]);
    }
    if (!pmt_spans_settle(ret))
        return false;
    for (size_t i = 0; i < ret->n; i++)
        lines += ret->v[i].n;
    *why = pmt_arena_printf(c->arena, "a second stamp with its zone in %llu of the same lines",
                            (unsigned long long)lines);
    return true;
}

/* ---- the accept date beside a year-less envelope ------------------------------------------ */

/* Two stamps of one line, both without a zone: whatever is known of one holds for the other. */
static bool from_own_stamp(struct pmt_calibration *c, const struct pmt_chain *chain,
                           struct pmt_spans *ret, const char **why)
{
    const struct pmt_segment *head = NULL;
    ret->n = 0;
    if (chain->which != PMT_CLOCK_HEAD)
        return false;
    for (size_t k = 0; k < chain->n && !head; k++)
        if (pmt_ref_seg(c, &chain->refs[k])->beside)
            head = pmt_ref_seg(c, &chain->refs[k]);
    for (size_t i = 0; head && i < c->nchains; i++) {
        const struct pmt_chain *own = &c->chains[i];
        if (own->which != PMT_CLOCK_ACCEPT || strcmp(own->family, chain->family) != 0 ||
            !pmt_slice_eq(own->host, chain->host))
            continue;
        for (size_t k = 0; k < own->n; k++) {
            const struct pmt_map *m = pmt_ref_to_map(c, &own->refs[k]);
            if (m->zone_from != PMT_ZONE_PAIRED || !m->why)
                continue;
            for (unsigned j = 0; j < m->nspans; j++)
                pmt_spans_add(ret, &m->spans[j]);
        }
    }
    for (size_t i = 0; i < ret->n; i++)
        ret->v[i].offset += head->beside_quarters * 900;
    *why = "the accept date in the same lines";
    return pmt_spans_settle(ret);
}

/* ---- the same requests in a log with an offset -------------------------------------------- */

static const struct pmt_prints *prints_of(const struct pmt_segment *s, bool faults)
{
    return faults ? &s->faults : &s->prints;
}

struct candidate {
    const struct pmt_chain *chain;
    bool near;       /* same host or folder */
    size_t prints;
};

static int best_first(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->near != y->near)
        return x->near ? -1 : 1;
    if (x->prints != y->prints)
        return x->prints > y->prints ? -1 : 1;
    return x->chain < y->chain ? -1 : x->chain > y->chain; /* chains are sorted by name */
}

static bool same_folder(const char *a, const char *b)
{
    const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
    size_t n = x ? (size_t)(x - a) : 0;
    return (y ? (size_t)(y - b) : 0) == n && memcmp(a, b, n) == 0;
}

static size_t count_prints(const struct pmt_calibration *c, const struct pmt_chain *chain,
                           bool faults, bool zoned, int64_t *min, int64_t *max)
{
    size_t n = 0;
    *min = INT64_MAX;
    *max = INT64_MIN;
    for (size_t k = 0; k < chain->n; k++) {
        const struct pmt_segment *s = pmt_ref_seg(c, &chain->refs[k]);
        size_t more = (s->how == PMT_STAMP_ZONED) == zoned && s->how != PMT_STAMP_YEARLESS
                          ? pmt_prints_count(prints_of(s, faults)) : 0;
        if (!more)
            continue;
        n += more;
        *min = s->min < *min ? s->min : *min;
        *max = s->max > *max ? s->max : *max;
    }
    return n;
}

static void gather_prints(const struct pmt_calibration *c, const struct pmt_chain *chain,
                          bool faults, bool zoned, struct pmt_prints *ret)
{
    for (size_t k = 0; k < chain->n; k++) {
        const struct pmt_segment *s = pmt_ref_seg(c, &chain->refs[k]);
        if ((s->how == PMT_STAMP_ZONED) == zoned && s->how != PMT_STAMP_YEARLESS)
            pmt_prints_merge(ret, prints_of(s, faults));
    }
    pmt_prints_seal(ret);
}

/* Logs with an offset that may hold the same requests. Clocks that far apart in their whole length
 * cannot, in any zone. */
static size_t find_candidates(const struct pmt_calibration *c, const struct pmt_chain *me,
                              bool faults, struct candidate *ret)
{
    const int64_t most = 28 * PMT_HOUR;
    int64_t min, max, from, to;
    size_t n = 0;
    if (!count_prints(c, me, faults, false, &min, &max))
        return 0;
    for (size_t i = 0; i < c->nchains; i++) {
        const struct pmt_chain *other = &c->chains[i];
        size_t prints = count_prints(c, other, faults, true, &from, &to);
        if (prints && other->which != PMT_CLOCK_ERROR && min <= to + most && from <= max + most)
            ret[n++] = (struct candidate){
                other, same_folder(me->family, other->family) ||
                           (me->host.n && pmt_slice_eq(me->host, other->host)), prints};
    }
    if (n)
        qsort(ret, n, sizeof *ret, best_first);
    return n < COMPARED_MAX ? n : COMPARED_MAX;
}

static int32_t quarters_of(int64_t gap)
{
    const int64_t quarter = 15 * PMT_MINUTE;
    return (int32_t)((gap + (gap < 0 ? -quarter : quarter) / 2) / quarter);
}

static bool is_far(const struct pmt_match *m)
{
    int64_t gap = m->b - m->a, rest = gap - quarters_of(gap) * (15 * PMT_MINUTE);
    return rest > 2 * PMT_MINUTE || rest < -2 * PMT_MINUTE;
}

/* What is left of whole quarters is the clocks' own difference: instants are by the clock that is
 * in question, whose turns they bound. Where the rest is minutes, the quarter is in doubt: such
 * matches count only when there is hardly anything else. */
static void add_matches(struct pmt_spans *s, const struct pmt_matches *m)
{
    size_t first = s->n, far = 0;
    for (size_t i = 0; i < m->n; i++)
        far += is_far(&m->v[i]);
    for (size_t i = 0; i < m->n; i++) {
        if (far * 2 < m->n && is_far(&m->v[i]))
            continue;
        int32_t offset = quarters_of(m->v[i].b - m->v[i].a) * 900;
        int64_t t = m->v[i].b - (int64_t)offset * PMT_SECOND;
        struct pmt_offset_span *last = s->n > first ? &s->v[s->n - 1] : NULL;
        if (last && last->offset == offset) {
            last->min = t < last->min ? t : last->min;
            last->max = t > last->max ? t : last->max;
            last->n++;
        } else {
            pmt_spans_add(s, &(struct pmt_offset_span){offset, t, t, 1});
        }
    }
}

/* The best of these candidates; NULL when they show nothing, or contradict each other. */
static const struct pmt_chain *compare(struct pmt_calibration *c, const struct candidate *list,
                                       size_t n, const struct pmt_prints *own, bool faults,
                                       struct pmt_spans *ret, size_t *ret_matched)
{
    size_t *matched = pmt_alloc((n + 1) * sizeof *matched), best = 0, shown = 0;
    ret->n = *ret_matched = 0;
    for (size_t i = 0; i < n; i++) {
        struct pmt_prints zoned = {0};
        struct pmt_matches m = {0};
        gather_prints(c, list[i].chain, faults, true, &zoned);
        pmt_prints_match(&zoned, own, &m);
        add_matches(ret, &m);
        matched[i] = m.n;
        best = m.n > best ? m.n : best;
        pmt_matches_fini(&m);
        pmt_prints_fini(&zoned);
    }
    /* Of those that show much the same the first is named: how many is a matter of the sample. */
    while (best && matched[shown] * 2 < best)
        shown++;
    *ret_matched = matched[shown];
    free(matched);
    return best && pmt_spans_settle(ret) ? list[shown].chain : NULL;
}

/* The log beside it is asked first: another server's may hold requests that only look the same. */
static bool from_requests(struct pmt_calibration *c, const struct pmt_chain *me, bool faults,
                          struct pmt_spans *ret, const char **why)
{
    struct candidate *list = pmt_alloc((c->nchains + 1) * sizeof *list);
    size_t n = find_candidates(c, me, faults, list), near = 0, matched = 0;
    const struct pmt_chain *shown = NULL;
    struct pmt_prints own = {0};
    while (near < n && list[near].near)
        near++;
    if (n)
        gather_prints(c, me, faults, false, &own);
    if (near)
        shown = compare(c, list, near, &own, faults, ret, &matched);
    if (!shown && n > near)
        shown = compare(c, list + near, n - near, &own, faults, ret, &matched);
    pmt_prints_fini(&own);
    free(list);
    if (!shown)
        return false;
    /* Of a busy day only a sample is compared, so that a larger number would claim too much. */
    char count[24] = "over 1,000";
    if (matched <= 1000)
        snprintf(count, sizeof count, "%zu", matched);
    *why = pmt_arena_printf(c->arena, "%s of the same %srequests are in %s with its offset", count,
                            faults ? "failed " : "",
                            c->sources[shown->refs[shown->n - 1].source].input->shown);
    return true;
}

bool pmt_calibrate_paired(struct pmt_calibration *c, const struct pmt_chain *chain,
                          struct pmt_spans *ret, const char **why)
{
    if (!first_wall(c, chain))
        return false;
    return from_stamps(c, chain, ret, why) || from_requests(c, chain, false, ret, why) ||
           from_requests(c, chain, true, ret, why) || from_own_stamp(c, chain, ret, why);
}
