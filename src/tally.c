#include "tally_parts.h"

#include <stdlib.h>

#define LATE (2 * PMT_SECOND)
#define LEAP_DAY (INT64_C(11016) * PMT_DAY) /* Feb 29 of PMT_PSEUDO_YEAR */

const char *pmt_which_told(enum pmt_which which)
{
    static const char *const names[] = {"heads of lines", "accept dates", "requests", "error log",
                                        "other lines"};
    return names[which];
}

struct pmt_tally *pmt_tally_new(struct pmt_vote_budget *ok, struct pmt_vote_budget *failed)
{
    struct pmt_tally *t = pmt_alloc(sizeof *t);
    t->ok_budget = ok;
    t->failed_budget = failed;
    return t;
}

void pmt_tally_free(struct pmt_tally *t)
{
    if (!t)
        return;
    for (size_t c = 0; c < t->nclocks; c++) {
        for (size_t i = 0; i < t->clocks[c].n; i++)
            pmt_segment_fini(&t->clocks[c].segments[i]);
        free(t->clocks[c].segments);
    }
    free(t->clocks);
    free(t->marks);
    free(t->fold);
    free(t->clock_index);
    free(t->agents);
    pmt_arena_fini(&t->arena);
    free(t);
}

/* ---- clocks and segments ----------------------------------------------------------------- */

static uint64_t clock_hash(struct pmt_slice host, uint8_t which)
{
    return pmt_hash(host.p, host.n, which);
}

static void clock_enter(struct pmt_tally *t, size_t c)
{
    size_t k = clock_hash(t->clocks[c].host, t->clocks[c].which) & (t->nclock_index - 1);
    while (t->clock_index[k])
        k = (k + 1) & (t->nclock_index - 1);
    t->clock_index[k] = (uint32_t)(c + 1);
}

static void clock_index_grow(struct pmt_tally *t)
{
    free(t->clock_index);
    t->nclock_index = 16;
    while (t->nclock_index < (t->nclocks + 1) * 4)
        t->nclock_index *= 2;
    t->clock_index = pmt_alloc(t->nclock_index * sizeof *t->clock_index);
    for (size_t i = 0; i < t->nclocks; i++)
        clock_enter(t, i);
}

static bool is_clock(const struct pmt_clock *c, struct pmt_slice host, enum pmt_which which)
{
    return c->which == which && pmt_slice_eq(c->host, host);
}

static size_t clock_find(struct pmt_tally *t, struct pmt_slice host, enum pmt_which which)
{
    size_t last = t->last_clock[which];
    if (last < t->nclocks && is_clock(&t->clocks[last], host, which))
        return last;
    if (!t->clock_index || t->nclocks * 2 >= t->nclock_index)
        clock_index_grow(t);
    for (size_t k = clock_hash(host, (uint8_t)which) & (t->nclock_index - 1); t->clock_index[k];
         k = (k + 1) & (t->nclock_index - 1)) {
        size_t c = t->clock_index[k] - 1;
        if (is_clock(&t->clocks[c], host, which))
            return t->last_clock[which] = c;
    }
    if (t->nclocks >= PMT_CLOCKS_MAX && host.n)
        return clock_find(t, PMT_NO_SLICE, which);
    PMT_GROW(t->clocks, t->nclocks, t->capclocks);
    t->clocks[t->nclocks] =
        (struct pmt_clock){.host = pmt_arena_copy(&t->arena, host), .which = (uint8_t)which};
    clock_enter(t, t->nclocks);
    return t->last_clock[which] = t->nclocks++;
}

/* Does a line with this stamp begin a new segment behind this one? */
static bool breaks(const struct pmt_tally *t, const struct pmt_segment *s, uint8_t how,
                   int64_t key)
{
    if (how == PMT_STAMP_ZONED || t->nsegments >= PMT_SEGMENTS_MAX)
        return false;
    if (s->how != how || key < s->last_key - PMT_STEP_BACK)
        return true;
    return how == PMT_STAMP_YEARLESS && key > s->last_key + PMT_HALF_YEAR;
}

static size_t segment_new(struct pmt_tally *t, struct pmt_clock *c, uint8_t how)
{
    if (c->n) /* hardly anything comes there any more */
        pmt_segment_seal(t, &c->segments[c->n - 1]);
    PMT_GROW(c->segments, c->n, c->cap);
    t->nsegments++;
    c->segments[c->n] =
        (struct pmt_segment){.how = how, .min = INT64_MAX, .max = INT64_MIN};
    return c->n++;
}

/* The segment for lines of this sort at the end of the clock; SIZE_MAX when there is none. */
static size_t segment_last(const struct pmt_clock *c, uint8_t how)
{
    for (size_t i = c->n; i-- > 0;)
        if ((c->segments[i].how == PMT_STAMP_ZONED) == (how == PMT_STAMP_ZONED))
            return i;
    return SIZE_MAX;
}

/* One more line on a clock; `key` is when it was written, for the order. */
static void clock_line(struct pmt_tally *t, struct pmt_slice host, enum pmt_which which,
                       const struct pmt_stamp *stamp, int64_t lag, uint64_t line, size_t *ret_clock,
                       size_t *ret_segment)
{
    size_t c = clock_find(t, host, which);
    struct pmt_clock *clock = &t->clocks[c];
    int64_t at = pmt_kept_time(stamp), key = at + lag;
    size_t i = segment_last(clock, stamp->how);
    if (i == SIZE_MAX || breaks(t, &clock->segments[i], stamp->how, key))
        i = segment_new(t, clock, stamp->how);
    struct pmt_segment *s = &clock->segments[i];
    if (!s->lines) {
        s->first_line = line;
        s->first_key = key;
    } else if (key < s->last_key - LATE) {
        t->late++;
    }
    s->lines++;
    s->last_line = line;
    s->last_key = key;
    if (at < s->min)
        s->min = at;
    if (at > s->max)
        s->max = at;
    if (stamp->decimals > s->decimals)
        s->decimals = stamp->decimals;
    pmt_minutes_add(&s->minutes, at / PMT_MINUTE - (at % PMT_MINUTE < 0), line);
    if (stamp->how == PMT_STAMP_ZONED && !stamp->universal)
        pmt_offsets_add(&s->offsets, &(struct pmt_offset_span){stamp->offset, at, at, 1});
    if (stamp->how == PMT_STAMP_YEARLESS)
        s->leap_day |= at >= LEAP_DAY && at < LEAP_DAY + PMT_DAY;
    *ret_clock = c;
    *ret_segment = i;
}

static enum pmt_which which_of(const struct pmt_record *r)
{
    if (r->own.how == PMT_STAMP_NONE)
        return PMT_CLOCK_HEAD;
    if (r->start_known)
        return PMT_CLOCK_ACCEPT;
    if (r->kind == PMT_HTTP_REQUEST)
        return PMT_CLOCK_ACCESS;
    return r->kind == PMT_NGINX_ERROR ? PMT_CLOCK_ERROR : PMT_CLOCK_OWN;
}

/* The year that brings a year-less wall time nearest to `near`; 0 when none fits. */
static int year_near(int64_t pseudo, int64_t near, int64_t *ret)
{
    int best = 0, year = pmt_wall_year(near);
    int64_t best_gap = INT64_MAX;
    for (int y = year - 1; y <= year + 1; y++) {
        int64_t w;
        if (!pmt_wall_with_year(pseudo, y, &w))
            continue;
        int64_t gap = w > near ? w - near : near - w;
        if (gap < best_gap) {
            best_gap = gap;
            best = y;
            *ret = w;
        }
    }
    return best;
}

/* How many quarter hours `a` is ahead of `b`; false when that is no zone's difference. */
static bool quarters_between(int64_t a, int64_t b, int64_t *ret)
{
    int64_t quarter = 15 * PMT_MINUTE, d = a - b;
    *ret = (d + (d < 0 ? -quarter : quarter) / 2) / quarter;
    int64_t rest = d - *ret * quarter;
    return d <= PMT_DAY && d >= -PMT_DAY && rest <= 2 * PMT_MINUTE && rest >= -2 * PMT_MINUTE;
}

static void pair_vote(struct pmt_segment *s, int64_t utc, int64_t wall)
{
    int64_t quarters;
    if (quarters_between(wall, utc, &quarters))
        pmt_offsets_add(&s->paired,
                        &(struct pmt_offset_span){(int32_t)quarters * 900, utc, utc, 1});
}

/* The two stamps of one line tell about each other: the year of a year-less envelope, and the
 * offset of whichever of them has none. */
static void pair(struct pmt_segment *head, struct pmt_segment *own, const struct pmt_record *r,
                 int64_t lag)
{
    int64_t own_end = r->own.wall + lag, head_wall = r->head.wall;
    if (r->head.how == PMT_STAMP_YEARLESS) {
        /* The year is settled by the first line, and nothing else is to be had from two stamps
         * without a zone: this runs for every line of a balancer's log. */
        if (r->own.how == PMT_STAMP_YEARLESS ||
            (r->own.how == PMT_STAMP_WALL && head->pair_year && head->beside))
            return;
        int year = year_near(r->head.wall, own_end, &head_wall);
        if (!head->pair_year)
            head->pair_year = year;
    }
    int64_t quarters;
    if (r->head.how != PMT_STAMP_ZONED && r->own.how != PMT_STAMP_ZONED && !head->beside &&
        quarters_between(head_wall, own_end, &quarters)) {
        head->beside = true;
        head->beside_quarters = (int16_t)quarters;
    }
    if (r->head.how == PMT_STAMP_ZONED && r->own.how == PMT_STAMP_WALL)
        pair_vote(own, pmt_stamp_utc(&r->head), own_end);
    else if (r->own.how == PMT_STAMP_ZONED && r->head.how != PMT_STAMP_ZONED)
        pair_vote(head, pmt_stamp_utc(&r->own) + lag, head_wall);
}

/* ---- lines ------------------------------------------------------------------------------- */

void pmt_tally_add(struct pmt_tally *t, const struct pmt_record *r, const struct pmt_line *line)
{
    t->lines++;
    t->understood++;
    t->kinds[r->kind]++;
    const struct pmt_stamp *stamp = pmt_record_stamp(r);
    if (stamp->how == PMT_STAMP_NONE) {
        t->undated++;
        return;
    }
    size_t clock, segment, head_clock, head_segment;
    int64_t lag = r->start_known && r->duration_us > 0 ? r->duration_us : 0;
    clock_line(t, r->host, which_of(r), stamp, lag, line->number, &clock, &segment);
    if (r->own.how != PMT_STAMP_NONE && r->head.how != PMT_STAMP_NONE) {
        clock_line(t, r->host, PMT_CLOCK_HEAD, &r->head, 0, line->number, &head_clock,
                   &head_segment);
        pair(&t->clocks[head_clock].segments[head_segment], &t->clocks[clock].segments[segment], r,
             lag);
    }
    if (r->kind == PMT_NGINX_ERROR)
        pmt_segment_fault(&t->clocks[clock].segments[segment], r);
    if (r->kind != PMT_HTTP_REQUEST)
        pmt_segment_trouble(t, &t->clocks[clock].segments[segment], r, line);
    if (r->kind == PMT_HTTP_REQUEST)
        pmt_segment_request(t, &t->clocks[clock].segments[segment], r, line);
    else if ((r->lb != PMT_LB_NONE && r->lb != PMT_LB_INFO) ||
             (r->event != PMT_EV_NONE && r->event != PMT_EV_INFO))
        pmt_tally_mark(t, clock, segment, r, line);
    else if (r->layer == PMT_LAYER_HAPROXY && r->server.n && r->lb == PMT_LB_NONE)
        pmt_segment_session(t, &t->clocks[clock].segments[segment], r, line);
}

void pmt_tally_silent(struct pmt_tally *t)
{
    t->lines++;
    t->understood++;
}

void pmt_tally_reject(struct pmt_tally *t, const struct pmt_line *line, const char *why,
                      size_t column)
{
    t->lines++;
    t->not_understood++;
    if (t->nrejects == PMT_REJECTS_KEPT)
        return;
    t->rejects[t->nrejects++] = (struct pmt_rejected){
        line->number, why, column,
        pmt_arena_copy(&t->arena, pmt_slice_head(line->text, PMT_EXCERPT_MAX))};
}

static void seal_segments(struct pmt_tally *t)
{
    for (size_t c = 0; c < t->nclocks; c++)
        for (size_t i = 0; i < t->clocks[c].n; i++)
            pmt_segment_seal(t, &t->clocks[c].segments[i]);
}

void pmt_tally_seal(struct pmt_tally *t)
{
    pmt_tally_cut_marks(t);
    free(t->fold);
    t->fold = NULL;
    free(t->clock_index);
    t->clock_index = NULL;
    free(t->agents);
    t->agents = NULL;
    seal_segments(t);
}

/* ---- append ------------------------------------------------------------------------------ */

static void join_segments(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b,
                          uint64_t lines)
{
    if (a->lines && b->first_key < a->last_key - LATE)
        t->late++;
    if (!a->lines) {
        a->first_line = b->first_line + lines;
        a->first_key = b->first_key;
    }
    a->last_line = b->last_line + lines;
    a->last_key = b->last_key;
    a->lines += b->lines;
    a->min = a->min < b->min ? a->min : b->min;
    a->max = a->max > b->max ? a->max : b->max;
    a->decimals = a->decimals > b->decimals ? a->decimals : b->decimals;
    for (uint32_t i = 0; i < b->offsets.n; i++)
        pmt_offsets_add(&a->offsets, &b->offsets.v[i]);
    for (uint32_t i = 0; i < b->paired.n; i++)
        pmt_offsets_add(&a->paired, &b->paired.v[i]);
    if (!a->pair_year)
        a->pair_year = b->pair_year;
    if (!a->beside) {
        a->beside = b->beside;
        a->beside_quarters = b->beside_quarters;
    }
    a->leap_day |= b->leap_day;
    pmt_minutes_merge(&a->minutes, &b->minutes, lines);
    pmt_segment_join_requests(t, a, b, lines);
}

/* Where each of b's segments went. */
static uint32_t *join_clock(struct pmt_tally *a, size_t c, struct pmt_clock *from, uint64_t lines)
{
    uint32_t *to = pmt_alloc((from->n + 1) * sizeof *to);
    for (size_t i = 0; i < from->n; i++) {
        struct pmt_segment *s = &from->segments[i];
        struct pmt_clock *clock = &a->clocks[c];
        size_t k = segment_last(clock, s->how);
        /* Only b's first zoneless segment may continue a's last; the others broke off already. */
        if (k == SIZE_MAX || breaks(a, &clock->segments[k], s->how, s->first_key))
            k = segment_new(a, clock, s->how);
        join_segments(a, &clock->segments[k], s, lines);
        to[i] = (uint32_t)k;
    }
    return to;
}

void pmt_tally_append(struct pmt_tally *a, struct pmt_tally *b)
{
    uint64_t lines = a->lines;
    uint32_t **segments = pmt_alloc((b->nclocks + 1) * sizeof *segments);
    uint32_t *clocks = pmt_alloc((b->nclocks + 1) * sizeof *clocks);
    for (size_t c = 0; c < b->nclocks; c++) {
        clocks[c] = (uint32_t)clock_find(a, b->clocks[c].host,
                                         (enum pmt_which)b->clocks[c].which);
        segments[c] = join_clock(a, clocks[c], &b->clocks[c], lines);
    }
    for (size_t i = 0; i < b->nmarks; i++) {
        struct pmt_mark m = b->marks[i];
        m.segment = segments[m.clock][m.segment];
        m.clock = clocks[m.clock];
        m.line += lines;
        pmt_tally_put_mark(a, &m);
    }
    for (size_t c = 0; c < b->nclocks; c++)
        free(segments[c]);
    free(segments);
    free(clocks);
    for (unsigned i = 0; i < b->nrejects && a->nrejects < PMT_REJECTS_KEPT; i++) {
        a->rejects[a->nrejects] = b->rejects[i];
        a->rejects[a->nrejects++].line += lines;
    }
    a->lines += b->lines;
    a->understood += b->understood;
    a->undated += b->undated;
    a->not_understood += b->not_understood;
    a->late += b->late;
    a->marks_dropped += b->marks_dropped;
    for (int i = 0; i < 5; i++)
        a->kinds[i] += b->kinds[i];
    for (int i = 0; i < 3; i++)
        a->layers[i] += b->layers[i];
    pmt_arena_adopt(&a->arena, &b->arena);
    pmt_tally_free(b);
    seal_segments(a); /* the budget counts what is at rest */
}
