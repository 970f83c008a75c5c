#include "calibrate_parts.h"

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
