#include "calibrate_parts.h"

/* Dated lines this near to a year-less stamp settle its year against a file time that says
 * otherwise (a copy, a checkout, a restore). */
#define NEIGHBOUR_NEAR (100 * PMT_DAY)

struct dated {
    int64_t first, last; /* instants; first > last: none */
};

static void dated_add(struct dated *d, int64_t first, int64_t last)
{
    if (first < d->first)
        d->first = first;
    if (last > d->last)
        d->last = last;
}

/* The instants of all lines that carry a year: of one host's, or of all sources. Wall times count
 * as UTC here: a day is precise enough. */
static struct dated find_dated(const struct pmt_scanned *sources, size_t n, struct pmt_slice host)
{
    struct dated d = {INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++) {
            const struct pmt_clock *clock = &sources[i].tally->clocks[c];
            struct pmt_slice h = pmt_clock_host(&sources[i], clock);
            if (host.n && !pmt_slice_eq(host, h))
                continue;
            for (size_t k = 0; k < clock->n; k++)
                if (clock->segments[k].how != PMT_STAMP_YEARLESS)
                    dated_add(&d, clock->segments[k].min, clock->segments[k].max);
        }
    return d;
}

static int64_t gap_to(const struct dated *d, int64_t first, int64_t last)
{
    if (last < d->first)
        return d->first - last;
    return first > d->last ? first - d->last : 0;
}

/* How far the segment, read in year y, lies from the dated lines; INT64_MAX when it cannot be. */
static int64_t year_gap(const struct pmt_segment *s, const struct dated *d, int y)
{
    int64_t first, last;
    if (d->first > d->last || !pmt_wall_with_year(s->min, y, &first) ||
        !pmt_wall_with_year(s->max, y, &last))
        return INT64_MAX;
    return gap_to(d, first, last);
}

/* The year that brings the segment nearest to the dated lines; the latest of equals. */
static int year_by_neighbour(const struct pmt_segment *s, const struct dated *d)
{
    if (d->first > d->last)
        return 0;
    int best = 0;
    int64_t best_gap = NEIGHBOUR_NEAR;
    for (int y = pmt_wall_year(d->last) + 1; y >= pmt_wall_year(d->first) - 1; y--) {
        int64_t gap = year_gap(s, d, y);
        if (gap < best_gap) {
            best_gap = gap;
            best = y;
        }
    }
    return best;
}

/* The latest year in which the segment ends no later than a day after `seconds` (clocks and zones
 * differ by less). */
static int year_before(const struct pmt_segment *s, int64_t seconds)
{
    int64_t limit = seconds * PMT_SECOND + PMT_DAY, first, last;
    for (int y = pmt_wall_year(limit); y > pmt_wall_year(limit) - 9; y--)
        if (pmt_wall_with_year(s->max, y, &last) && pmt_wall_with_year(s->min, y, &first) &&
            last <= limit)
            return y;
    return 0;
}

static void set_year(struct pmt_map *m, int year, enum pmt_year_from from)
{
    m->year = (int16_t)year;
    m->year_from = (uint8_t)from;
}

/* What is known of one segment by itself; order of trust. */
static void own_year(struct pmt_scanned *sources, size_t n, size_t i, size_t c, size_t k)
{
    struct pmt_scanned *s = &sources[i];
    const struct pmt_clock *clock = &s->tally->clocks[c];
    const struct pmt_segment *seg = &clock->segments[k];
    struct pmt_map *m = &s->maps[c][k];
    struct pmt_slice host = pmt_clock_host(s, clock);
    if (seg->pair_year) {
        set_year(m, seg->pair_year, PMT_YEAR_PAIRED);
        return;
    }
    if (k + 1 < clock->n)
        return; /* only the newest segment ends near the file's time; the others follow from it */
    struct dated d = find_dated(sources, n, host);
    if (d.first > d.last)
        d = find_dated(sources, n, PMT_NO_SLICE);
    bool gzip = s->info.gzip_time > 0;
    int64_t file_time = gzip ? s->info.gzip_time : s->input->mtime;
    int year = file_time > 0 ? year_before(seg, file_time) : 0;
    int near = year_by_neighbour(seg, &d);
    /* A file's time is worth nothing after a copy, a restore or a checkout: dated lines nearby
     * overrule it, unless they leave open which year is meant. */
    bool open = near && year && year != near && year_gap(seg, &d, year) < NEIGHBOUR_NEAR;
    if (near && !open)
        set_year(m, near, PMT_YEAR_NEIGHBOUR);
    else if (year)
        set_year(m, year, gzip ? PMT_YEAR_GZIP : PMT_YEAR_MTIME);
}

/* Across New Year in the order of lines: where stamps fall back by half a year, the line before is
 * of the year before; where they leap ahead by that, it is of the year after. */
static void by_order(struct pmt_map *m, const struct pmt_map *neighbour, int64_t before,
                     int64_t after, bool earlier)
{
    int turn = before > after + PMT_HALF_YEAR ? 1 : after > before + PMT_HALF_YEAR ? -1 : 0;
    set_year(m, neighbour->year + (earlier ? -turn : turn), PMT_YEAR_ORDER);
}

static bool yearless(const struct pmt_segment *s)
{
    return s->how == PMT_STAMP_YEARLESS;
}

/* Neighbouring segments of the same clock settle what has no evidence of its own. */
static void fill_clock(struct pmt_scanned *s, size_t c)
{
    const struct pmt_clock *clock = &s->tally->clocks[c];
    const struct pmt_segment *seg = clock->segments;
    struct pmt_map *maps = s->maps[c];
    for (size_t k = clock->n; k-- > 1;)
        if (yearless(&seg[k]) && yearless(&seg[k - 1]) && maps[k].year && !maps[k - 1].year)
            by_order(&maps[k - 1], &maps[k], seg[k - 1].last_key, seg[k].first_key, true);
    for (size_t k = 1; k < clock->n; k++)
        if (yearless(&seg[k]) && yearless(&seg[k - 1]) && maps[k - 1].year && !maps[k].year)
            by_order(&maps[k], &maps[k - 1], seg[k - 1].last_key, seg[k].first_key, false);
}

/* --year names the year of the newest year-less stamp: everything moves with it. */
static void apply_option(struct pmt_scanned *sources, size_t n, int year)
{
    int newest = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++)
                if (sources[i].maps[c][k].year > newest)
                    newest = sources[i].maps[c][k].year;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++) {
                struct pmt_map *m = &sources[i].maps[c][k];
                if (yearless(&sources[i].tally->clocks[c].segments[k]))
                    set_year(m, m->year ? m->year + year - newest : year, PMT_YEAR_OPTION);
            }
}

void pmt_calibrate_years(struct pmt_scanned *sources, size_t n,
                         const struct pmt_calibrate_options *options)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++) {
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++)
                if (yearless(&sources[i].tally->clocks[c].segments[k]))
                    own_year(sources, n, i, c, k);
            fill_clock(&sources[i], c);
        }
    if (options->year)
        apply_option(sources, n, options->year);
    /* Nothing at all to go by: say so, and keep the lines out of the timeline. */
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++)
                if (yearless(&sources[i].tally->clocks[c].segments[k]) &&
                    !sources[i].maps[c][k].year)
                    set_year(&sources[i].maps[c][k], PMT_PSEUDO_YEAR, PMT_YEAR_UNKNOWN);
}
