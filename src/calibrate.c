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
