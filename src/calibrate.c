#include "calibrate_parts.h"

static const char *const zone_from_names[] = {"line", "option", "paired",
                                              "sibling", "machine", "utc"};
static const char *const year_from_names[] = {
    "line", "option", "accept_date", "neighbour", "gzip", "mtime", "order", "unknown"};

const char *pmt_zone_from_name(enum pmt_zone_from f)
{
    return zone_from_names[f];
}

const char *pmt_year_from_name(enum pmt_year_from f)
{
    return year_from_names[f];
}

/* ---- maps -------------------------------------------------------------------------------- */

/* Has this wall time passed the turn of the clocks between two spans? One that exists twice has
 * not, unless it is the second pass; one that does not exist has not. Where between the two the
 * turn was is not always known: then in the middle, but a second pass is always behind it. */
static bool is_past(const struct pmt_offset_span *a, const struct pmt_offset_span *b, int64_t wall,
                    bool second)
{
    int64_t turn = second ? a->max + 1 : b->min - (b->min - a->max) / 2;
    int32_t offset = second || b->offset > a->offset ? b->offset : a->offset;
    return wall - (int64_t)offset * PMT_SECOND >= turn;
}

/* The one offset at which this wall time lies within what pairs of this very clock showed. */
static bool shown_offset(const struct pmt_map *m, int64_t wall, int32_t *ret)
{
    unsigned n = 0;
    for (unsigned i = 0; i < m->nshown; i++) {
        int64_t utc = wall - (int64_t)m->shown[i].offset * PMT_SECOND;
        if (utc >= m->shown[i].min && utc <= m->shown[i].max) {
            *ret = m->shown[i].offset;
            n++;
        }
    }
    return n == 1;
}

static int32_t span_offset(const struct pmt_map *m, int64_t wall)
{
    int32_t offset;
    if (shown_offset(m, wall, &offset))
        return offset;
    unsigned i = 0;
    while (i + 1 < m->nspans &&
           is_past(&m->spans[i], &m->spans[i + 1], wall, wall < m->second_until))
        i++;
    return m->spans[i].offset;
}

/* Whole seconds: an estimate claims no more, and what is kept by the second stays apart. Stamps of
 * whole seconds were cut already: half a second early on average, which a smaller correction makes
 * up for. */
static int64_t ahead_at(const struct pmt_skew *s, int64_t t, bool whole)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->knots[mid].at <= t)
            lo = mid + 1;
        else
            hi = mid;
    }
    const struct pmt_knot *a = &s->knots[lo ? lo - 1 : 0], *b = &s->knots[lo < s->n ? lo : lo - 1];
    double ahead = (double)a->ahead;
    if (b->at > a->at)
        ahead += (double)(b->ahead - a->ahead) * (double)(t - a->at) / (double)(b->at - a->at);
    int64_t up = (int64_t)ahead + (whole ? 0 : PMT_SECOND / 2), rest = up % PMT_SECOND;
    return up - (rest < 0 ? rest + PMT_SECOND : rest);
}

int64_t pmt_map_utc(const struct pmt_map *m, int64_t wall)
{
    if (m->year && !pmt_wall_with_year(wall, m->year, &wall))
        return PMT_NO_TIME;
    int64_t utc = wall;
    if (m->nspans)
        utc = wall - (int64_t)span_offset(m, wall) * PMT_SECOND;
    else if (m->zone)
        pmt_zone_to_utc(m->zone, wall, wall < m->second_until, &utc);
    if (m->skew && m->skew->corrected && m->skew->n)
        utc -= ahead_at(m->skew, utc, !m->decimals);
    return utc;
}

int64_t pmt_map_second(const void *map, int64_t sec)
{
    int64_t utc = pmt_map_utc(map, sec * PMT_SECOND);
    if (utc == PMT_NO_TIME)
        return PMT_NO_TIME;
    return utc / PMT_SECOND - (utc % PMT_SECOND < 0);
}

/* ---- the whole --------------------------------------------------------------------------- */

/* First and last instant; and the clock the coverage table shows: the one with most lines, the
 * program's own rather than the envelope's. */
static void summarise(struct pmt_scanned *s)
{
    uint64_t best = 0;
    s->first = s->last = PMT_NO_TIME;
    for (size_t c = 0; c < s->tally->nclocks; c++) {
        const struct pmt_clock *clock = &s->tally->clocks[c];
        for (size_t k = 0; k < clock->n; k++) {
            const struct pmt_segment *seg = &clock->segments[k];
            int64_t first = pmt_map_utc(&s->maps[c][k], seg->min);
            int64_t last = pmt_map_utc(&s->maps[c][k], seg->max);
            if (first != PMT_NO_TIME && (s->first == PMT_NO_TIME || first < s->first))
                s->first = first;
            if (last != PMT_NO_TIME && (s->last == PMT_NO_TIME || last > s->last))
                s->last = last;
            uint64_t weight = seg->lines * (clock->which == PMT_CLOCK_HEAD ? 2 : 3);
            if (weight > best) {
                best = weight;
                s->main_clock = c;
                s->main_segment = k;
            }
        }
    }
}

void pmt_calibrate(struct pmt_scanned *sources, size_t n, struct pmt_calibrate_options *options,
                   struct pmt_arena *arena)
{
    struct pmt_calibration c = {.sources = sources, .n = n, .options = options, .arena = arena};
    pmt_calibrate_hosts(sources, n);
    for (size_t i = 0; i < n; i++) {
        struct pmt_scanned *s = &sources[i];
        s->first = s->last = PMT_NO_TIME;
        if (!s->tally)
            continue;
        s->maps = pmt_arena_alloc(arena, (s->tally->nclocks + 1) * sizeof *s->maps);
        for (size_t k = 0; k < s->tally->nclocks; k++) {
            s->maps[k] = pmt_arena_alloc(arena, s->tally->clocks[k].n * sizeof **s->maps);
            for (size_t j = 0; j < s->tally->clocks[k].n; j++)
                s->maps[k][j] = (struct pmt_map){
                    .second_until = INT64_MIN,
                    .decimals = s->tally->clocks[k].segments[j].decimals};
        }
    }
    pmt_calibrate_chains(&c);
    pmt_calibrate_zones(&c);
    pmt_calibrate_years(&c);
    pmt_calibrate_turns(&c);
    pmt_calibrate_skews(&c);
    for (size_t i = 0; i < n; i++)
        if (sources[i].tally)
            summarise(&sources[i]);
}
