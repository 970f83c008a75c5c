#include "calibrate_parts.h"

#include <stdlib.h>

/* A step back as the repeated hour makes one; a shorter one is lines out of order. */
#define BACK_MOST (3 * PMT_HOUR)

enum {
    TURNS_TOLD = 6,    /* turns of one segment that are written out */
    TURNS_MAX = 400,   /* that are looked at: 200 years of them */
};

/* A change of the offset. */
struct turn {
    int64_t from, at;  /* it was behind `from`, at `at` at the latest */
    int32_t before, then;
    bool exact;        /* it was at `at` */
};

/* ---- wall times -------------------------------------------------------------------------- */

static bool reads_wall(const struct pmt_segment *seg, const struct pmt_map *m)
{
    return seg->how != PMT_STAMP_ZONED && (m->zone || m->nspans) &&
           m->year_from != PMT_YEAR_UNKNOWN;
}

/* With its year; a Feb 29 that is not there counts as the day after. */
static int64_t wall_of(const struct pmt_map *m, int64_t kept)
{
    int64_t wall = kept;
    if (m->year && !pmt_wall_with_year(kept, m->year, &wall))
        pmt_wall_with_year(kept + PMT_DAY, m->year, &wall);
    return wall;
}

static int64_t floor_to(int64_t v, int64_t unit)
{
    return v / unit - (v % unit < 0);
}

/* The minutes of [from, to) of a wall clock that hold lines of the segment. */
static int64_t minutes_between(const struct pmt_segment *seg, const struct pmt_map *m,
                               int64_t from, int64_t to)
{
    if (m->year) { /* back to how they are kept */
        int year, month, day;
        pmt_civil_from_days(floor_to(from, PMT_DAY), &year, &month, &day);
        int64_t days = pmt_days_from_civil(PMT_PSEUDO_YEAR + year - m->year, month, day);
        int64_t kept = days * PMT_DAY + from - floor_to(from, PMT_DAY) * PMT_DAY;
        to += kept - from;
        from = kept;
    }
    return pmt_minutes_count(&seg->minutes, floor_to(from, PMT_MINUTE),
                             floor_to(to - 1, PMT_MINUTE));
}

/* ---- turns ------------------------------------------------------------------------------- */

/* What one map says of the clocks between two instants; by time. */
static bool next_turn(const struct pmt_map *m, int64_t after, struct turn *t)
{
    if (!m->nspans) {
        struct pmt_zone_turn z;
        if (!pmt_zone_next_turn(m->zone, after, &z))
            return false;
        *t = (struct turn){z.at, z.at, z.before, z.then, true};
        return true;
    }
    for (unsigned i = 1; i < m->nspans; i++) {
        const struct pmt_offset_span *a = &m->spans[i - 1], *b = &m->spans[i];
        if (b->min <= after || a->offset == b->offset)
            continue;
        bool exact = b->min - a->max <= PMT_SECOND;
        *t = (struct turn){exact ? b->min : a->max, b->min, a->offset, b->offset, exact};
        return true;
    }
    return false;
}

/* The wall times that a turn makes missing, or makes be there twice. */
static int64_t turn_begin(const struct turn *t)
{
    int32_t offset = t->before < t->then ? t->before : t->then;
    return t->from + (int64_t)offset * PMT_SECOND;
}
static int64_t turn_end(const struct turn *t)
{
    int32_t offset = t->before < t->then ? t->then : t->before;
    return t->at + (int64_t)offset * PMT_SECOND;
}

/* The turn that makes this wall time be there twice. */
static bool turn_around(const struct pmt_map *m, int64_t wall, struct turn *t)
{
    for (int64_t after = wall - 2 * PMT_DAY; next_turn(m, after, t); after = t->at) {
        if (t->from > wall + 2 * PMT_DAY)
            return false;
        if (t->then < t->before && wall >= turn_begin(t) && wall < turn_end(t))
            return true;
    }
    return false;
}

/* ---- second passes ----------------------------------------------------------------------- */

/* Does the segment begin in the second pass of this turn, behind that other one? */
static bool is_second(const struct turn *t, int64_t wall, int64_t last, const struct pmt_map *prev)
{
    int64_t back = last - wall;
    if (back > PMT_STEP_BACK)
        return back < BACK_MOST;
    /* A file that begins while the second pass runs, or with a line that comes late after it. */
    return prev->second_until == turn_end(t) || (back > 0 && last >= turn_end(t));
}

/* A clock that stepped back a little, into times that exist twice, has begun the second pass. */
static void second_passes(const struct pmt_calibration *c, const struct pmt_chain *chain)
{
    bool any = false;
    for (size_t i = 1; i < chain->n; i++) {
        const struct pmt_segment *seg = pmt_ref_seg(c, &chain->refs[i]);
        const struct pmt_segment *prev = pmt_ref_seg(c, &chain->refs[i - 1]);
        struct pmt_map *m = pmt_ref_to_map(c, &chain->refs[i]);
        const struct pmt_map *before = pmt_ref_to_map(c, &chain->refs[i - 1]);
        struct turn t;
        if (seg->how != prev->how || !reads_wall(seg, m) || !reads_wall(prev, before))
            continue;
        int64_t wall = wall_of(m, seg->first_key);
        int64_t last = wall_of(before, prev->last_key);
        if (turn_around(m, wall, &t) && is_second(&t, wall, last, before)) {
            m->second_until = turn_end(&t);
            any = true;
        }
    }
    /* The order of lines tells all of them; pairs show only some. */
    for (size_t i = 0; any && i < chain->n; i++)
        pmt_ref_to_map(c, &chain->refs[i])->nshown = 0;
}

/* ---- steps back that no turn explains ------------------------------------------------------ */

/* Is it as if clocks had been set back by an hour: from shortly before a full hour to shortly
 * behind the one before, in the small hours of a Sunday? Elsewhere two files may have been put into
 * one. */
static bool like_a_turn(int64_t last, int64_t wall)
{
    enum { SUNDAY = 6, LATEST = 4 };
    int64_t hour = floor_to(wall + PMT_HOUR, PMT_HOUR) * PMT_HOUR;
    int64_t day = floor_to(hour, PMT_DAY);
    bool night = pmt_weekday(day) == SUNDAY && hour - day * PMT_DAY <= LATEST * PMT_HOUR;
    return night && last <= hour && last > hour - PMT_HOUR && last - wall <= PMT_HOUR &&
           last - wall >= 40 * PMT_MINUTE;
}

/* The lines go on from where the time went back to; one late line would not. */
static bool goes_on(const struct pmt_segment *seg, const struct pmt_map *m, int64_t wall,
                    int64_t last)
{
    return minutes_between(seg, m, wall, last) > 1;
}

/* Where nothing shows the zone, what looks like the end of summer time is read as one, so that what
 * came later stays later. */
static void step_back(const struct pmt_calibration *c, const struct pmt_chain *chain, size_t i,
                      int64_t last, int64_t wall)
{
    const struct pmt_segment *seg = pmt_ref_seg(c, &chain->refs[i]);
    struct pmt_scanned *s = &c->sources[chain->refs[i].source];
    const struct pmt_map *m = pmt_ref_to_map(c, &chain->refs[i]);
    bool turn = m->zone_from == PMT_ZONE_UTC && like_a_turn(last, wall);
    struct pmt_buf b = {0};
    s->back_by = last - wall;
    s->back_line = seg->first_line;
    s->back_turned = turn;
    pmt_buf_puts(&b, "the time goes back by ");
    pmt_put_duration(&b, s->back_by);
    pmt_buf_printf(&b, " at line %llu%s", (unsigned long long)s->back_line,
                   turn ? ", read as the end of summer time" : ", which its zone does not explain");
    pmt_ref_to_map(c, &chain->refs[i])->turns = pmt_arena_copy(c->arena, pmt_buf_view(&b)).p;
    pmt_buf_fini(&b);
    for (size_t k = i; turn && k < chain->n; k++) {
        struct pmt_map *later = pmt_ref_to_map(c, &chain->refs[k]);
        later->zone = pmt_zone_fixed(pmt_zone_offset(m->zone, 0) - 3600, c->arena);
        later->zone_name = pmt_zone_name(later->zone);
    }
}

static void steps_back(const struct pmt_calibration *c, const struct pmt_chain *chain)
{
    bool done = false;
    for (size_t i = 1; i < chain->n && !done; i++) {
        const struct pmt_segment *seg = pmt_ref_seg(c, &chain->refs[i]);
        const struct pmt_segment *prev = pmt_ref_seg(c, &chain->refs[i - 1]);
        struct pmt_map *m = pmt_ref_to_map(c, &chain->refs[i]);
        const struct pmt_map *before = pmt_ref_to_map(c, &chain->refs[i - 1]);
        if (seg->how != prev->how || !reads_wall(seg, m) || !reads_wall(prev, before) ||
            chain->refs[i].source != chain->refs[i - 1].source ||
            m->second_until != INT64_MIN)
            continue;
        int64_t wall = wall_of(m, seg->first_key), last = wall_of(before, prev->last_key);
        int64_t back = last - wall;
        if (back > PMT_STEP_BACK && back < BACK_MOST && goes_on(seg, m, wall, last)) {
            step_back(c, chain, i, last, wall);
            done = true;
        }
    }
}

/* ---- what is said ------------------------------------------------------------------------ */

static void put_hours(struct pmt_buf *b, const struct turn *t)
{
    pmt_buf_puts(b, " UTC: ");
    pmt_put_clock(b, turn_begin(t));
    pmt_buf_puts(b, " to ");
    pmt_put_clock(b, turn_end(t));
}

static void put_turn(struct pmt_buf *b, const struct turn *t, int64_t minutes, bool told_apart,
                     bool paired)
{
    bool back = t->then < t->before;
    pmt_buf_printf(b, "%sclocks went %s ", b->n ? "; " : "", back ? "back" : "forward");
    if (!t->exact) {
        pmt_buf_puts(b, "between ");
        pmt_put_datetime(b, t->from);
        pmt_buf_puts(b, " and ");
        pmt_put_datetime(b, t->at);
        pmt_buf_puts(b, " UTC");
        return;
    }
    pmt_buf_puts(b, "at ");
    pmt_put_datetime(b, t->at);
    put_hours(b, t);
    if (!back && minutes)
        pmt_buf_printf(b, " is missing in the local time, yet %lld minute%s of it hold%s lines",
                       (long long)minutes, minutes == 1 ? "" : "s", minutes == 1 ? "s" : "");
    else if (!back)
        pmt_buf_puts(b, " is missing in the local time");
    else if (told_apart)
        pmt_buf_puts(b, " is there twice, told apart by the order of lines");
    else if (minutes && paired)
        pmt_buf_puts(b, " is there twice, told apart by what other logs hold too");
    else if (minutes)
        pmt_buf_puts(b, " is there twice, and lines in it are read as the first pass");
    else
        pmt_buf_puts(b, " is there twice");
}

/* Lines in so many of the segment's minutes: all of them, or at least one each. */
static uint64_t lines_in(const struct pmt_segment *seg, int64_t minutes)
{
    int64_t all = 0;
    for (size_t i = 0; i < seg->minutes.n; i++)
        all += seg->minutes.v[i].to - seg->minutes.v[i].from + 1;
    return minutes == all ? seg->lines : (uint64_t)minutes;
}

/* Returns how many of the segment's minutes lie in hours that clocks left out. later: the end of
 * the next repeated hour of which a second pass is there. */
static int64_t tell(const struct pmt_calibration *c, const struct pmt_segment *seg,
                    struct pmt_map *m, int64_t later)
{
    struct pmt_buf b = {0};
    struct turn t;
    int64_t missing = 0, from = wall_of(m, seg->min), to = wall_of(m, seg->max);
    unsigned told = 0, more = 0, looked = 0;
    for (int64_t after = from - 2 * PMT_DAY; next_turn(m, after, &t); after = t.at) {
        if (t.from > to + 2 * PMT_DAY || ++looked > TURNS_MAX)
            break;
        int64_t minutes = minutes_between(seg, m, turn_begin(&t), turn_end(&t));
        /* Before it in the local time before, behind it in that of then: within. */
        bool within = from < t.from + (int64_t)t.before * PMT_SECOND &&
                      to >= t.at + (int64_t)t.then * PMT_SECOND;
        if (!t.exact)
            minutes = 0;
        if (!minutes && !within)
            continue;
        missing += t.then > t.before ? minutes : 0;
        if (told == TURNS_TOLD) {
            more++;
            continue;
        }
        put_turn(&b, &t, minutes, m->second_until == turn_end(&t) || later == turn_end(&t),
                 m->nshown > 0);
        told++;
    }
    if (more)
        pmt_buf_printf(&b, "; and %u times more", more);
    if (b.n)
        m->turns = pmt_arena_copy(c->arena, pmt_buf_view(&b)).p;
    pmt_buf_fini(&b);
    return missing;
}

/* Lines of one source whose time does not exist; one line may carry two stamps. */
struct impossible {
    uint64_t by_stamp[PMT_CLOCK_OWN + 1];
};

/* From the newest segment back, so that it is known of a first pass whether a second follows. */
static void tell_chain(const struct pmt_calibration *c, const struct pmt_chain *chain,
                       struct impossible *impossible)
{
    int64_t later = INT64_MIN;
    for (size_t i = chain->n; i-- > 0;) {
        const struct pmt_ref *r = &chain->refs[i];
        const struct pmt_segment *seg = pmt_ref_seg(c, r);
        struct pmt_map *m = pmt_ref_to_map(c, r);
        int64_t minutes = 0;
        if (reads_wall(seg, m))
            minutes = tell(c, seg, m, later);
        if (m->second_until != INT64_MIN)
            later = m->second_until;
        if (seg->leap_day && !pmt_civil_valid(m->year, 2, 29)) {
            int64_t day = pmt_days_from_civil(PMT_PSEUDO_YEAR, 2, 29) * PMT_DAY / PMT_MINUTE;
            minutes += pmt_minutes_count(&seg->minutes, day, day + PMT_DAY / PMT_MINUTE - 1);
        }
        impossible[r->source].by_stamp[chain->which] += lines_in(seg, minutes);
    }
}

void pmt_calibrate_turns(struct pmt_calibration *c)
{
    struct impossible *impossible = pmt_alloc((c->n + 1) * sizeof *impossible);
    for (size_t i = 0; i < c->nchains; i++) {
        second_passes(c, &c->chains[i]);
        steps_back(c, &c->chains[i]);
        tell_chain(c, &c->chains[i], impossible);
    }
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < PMT_CLOCK_OWN + 1; k++)
            if (impossible[i].by_stamp[k] > c->sources[i].impossible)
                c->sources[i].impossible = impossible[i].by_stamp[k];
    free(impossible);
}
