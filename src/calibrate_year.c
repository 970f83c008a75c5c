#include "calibrate_year.h"

#include <stdlib.h>

/* A line of the old year comes this late at the most; and a clock that began anew at New Year (a
 * machine without a battery) is right again within that. */
#define LATE_MOST (30 * PMT_DAY)

enum { YEAR_MIN = 1, YEAR_MAX = 9999 };

static bool yearless(const struct pmt_segment *s)
{
    return s->how == PMT_STAMP_YEARLESS;
}

static void set_year(struct pmt_map *m, int year, enum pmt_year_from from, const char *why)
{
    m->year = (int16_t)(year < YEAR_MIN ? YEAR_MIN : year > YEAR_MAX ? YEAR_MAX : year);
    m->year_from = (uint8_t)from;
    m->year_why = why;
}

/* ---- the order of lines ------------------------------------------------------------------ */

/* Where stamps fall back by over half a year, a year begins. Where they leap ahead by that, a late
 * line of the old year came; or the clock is right again that began anew at `fell` (and no year
 * began); or else the log was silent for so long. */
static int turn_of_year(const struct pmt_year_run *run, size_t i, size_t *fell)
{
    int64_t after = run->v[i].seg->first_key, ahead = after - run->v[i - 1].seg->last_key;
    if (-ahead > PMT_HALF_YEAR) {
        *fell = i;
        return 1;
    }
    if (ahead <= PMT_HALF_YEAR)
        return 0;
    if (ahead > 366 * PMT_DAY - LATE_MOST)
        return -1;
    int64_t lost = *fell ? after - run->v[*fell - 1].seg->last_key : PMT_HALF_YEAR;
    if (lost < LATE_MOST && lost > -LATE_MOST) {
        for (size_t k = *fell; k < i; k++)
            run->v[k].rel--;
        *fell = 0;
    }
    return 0;
}

static void run_extent(struct pmt_year_run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        const struct pmt_year_member *m = &run->v[i];
        if (!i || m->rel < run->lo || (m->rel == run->lo && m->seg->min < run->first)) {
            run->lo = m->rel;
            run->first = m->seg->min;
        }
        if (!i || m->rel > run->hi || (m->rel == run->hi && m->seg->max > run->last)) {
            run->hi = m->rel;
            run->last = m->seg->max;
        }
    }
}

/* The caller frees run->v. */
static struct pmt_year_run run_of(const struct pmt_calibration *c, const struct pmt_chain *chain)
{
    struct pmt_year_run run = {.host = chain->host};
    size_t fell = 0;
    run.v = pmt_alloc((chain->n + 1) * sizeof *run.v);
    for (size_t i = 0; i < chain->n; i++) {
        const struct pmt_segment *seg = pmt_ref_seg(c, &chain->refs[i]);
        if (!yearless(seg))
            continue;
        struct pmt_year_member *m = &run.v[run.n];
        *m = (struct pmt_year_member){&chain->refs[i], seg, pmt_ref_to_map(c, &chain->refs[i]), 0};
        if (run.n) {
            int turn = turn_of_year(&run, run.n, &fell);
            m->rel = m[-1].rel + turn;
        }
        run.n++;
        run.leap |= seg->leap_day;
        run.paired |= seg->pair_year != 0;
        run.lines += seg->lines;
    }
    run_extent(&run);
    return run;
}

/* "one before", "2 after" */
static const char *distance(const struct pmt_calibration *c, int years)
{
    if (years == -1 || years == 1)
        return years < 0 ? "one before" : "one after";
    return pmt_arena_printf(c->arena, "%d %s", abs(years), years < 0 ? "before" : "after");
}

static void follow(const struct pmt_calibration *c, const struct pmt_year_member *m,
                   const struct pmt_year_member *by, const char *why)
{
    int year = by->map->year + m->rel - by->rel;
    bool option = by->map->year_from == PMT_YEAR_OPTION;
    set_year(m->map, year, option ? PMT_YEAR_OPTION : PMT_YEAR_ORDER,
             pmt_arena_printf(c->arena, "%d: by the order of lines, from %s", year, why));
}

/* Members without a year of their own follow from the next one that has one, else from the last. */
static void fill_by_order(const struct pmt_calibration *c, struct pmt_year_run *run,
                          const char *why)
{
    for (size_t i = run->n; i-- > 1;)
        if (run->v[i].map->year && !run->v[i - 1].map->year)
            follow(c, &run->v[i - 1], &run->v[i], why);
    for (size_t i = 1; i < run->n; i++)
        if (run->v[i - 1].map->year && !run->v[i].map->year)
            follow(c, &run->v[i], &run->v[i - 1], why);
}

/* ---- evidence of a run ------------------------------------------------------------------- */

static void settle_found(const struct pmt_calibration *c, struct pmt_year_run *run,
                         const struct pmt_year_found *f)
{
    const char *why = NULL, *assumed = f->assumed ? "assumed " : "";
    for (size_t i = 0; i < run->n; i++) {
        struct pmt_year_member *m = &run->v[i];
        int year = f->base + m->rel, apart = m->rel - f->rel;
        if (!i || m->rel != m[-1].rel)
            why = apart ? pmt_arena_printf(c->arena, "%s%d: %s %s, by the order of lines", assumed,
                                           year, distance(c, apart), f->what)
                        : pmt_arena_printf(c->arena, "%s%d%sfrom %s%s", assumed, year,
                                           f->assumed ? " " : ": ", f->what, f->remark);
        bool order = apart && f->from != PMT_YEAR_OPTION;
        set_year(m->map, year, order ? PMT_YEAR_ORDER : (enum pmt_year_from)f->from, why);
    }
}

static void settle_paired(const struct pmt_calibration *c, struct pmt_year_run *run)
{
    for (size_t i = 0; i < run->n; i++)
        if (run->v[i].seg->pair_year)
            set_year(run->v[i].map, run->v[i].seg->pair_year, PMT_YEAR_PAIRED,
                     pmt_arena_printf(c->arena, "%d: from a dated stamp in the same lines",
                                      run->v[i].seg->pair_year));
    fill_by_order(c, run, "a dated stamp in lines before or after");
}

static void settle_own(const struct pmt_calibration *c, const struct pmt_dated *dated,
                       struct pmt_year_run *run)
{
    struct pmt_year_found found;
    if (run->paired) {
        settle_paired(c, run);
        return;
    }
    pmt_year_find(c, dated, run, &found);
    if (found.from == PMT_YEAR_UNKNOWN && c->options->year)
        found = (struct pmt_year_found){.from = PMT_YEAR_OPTION, .what = "--year", .remark = "",
                                        .base = c->options->year - run->hi, .rel = run->hi};
    if (found.from != PMT_YEAR_UNKNOWN)
        settle_found(c, run, &found);
}

/* ---- the lines around it ----------------------------------------------------------------- */

/* When this line of the source was written, as the run has it. */
static bool time_of_line(const struct pmt_year_run *run, size_t source, uint64_t line,
                         int64_t *ret, const struct pmt_year_member **around)
{
    const struct pmt_year_member *best = NULL;
    size_t lo = 0, hi = run->n; /* the last member that begins in or before this line */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct pmt_year_member *m = &run->v[mid];
        if (m->ref->source < source || (m->ref->source == source && m->seg->first_line <= line))
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo && run->v[lo - 1].ref->source == source)
        best = &run->v[lo - 1];
    else if (lo < run->n && run->v[lo].ref->source == source)
        best = &run->v[lo];
    if (!best || !best->map->year)
        return false;
    const struct pmt_segment *s = best->seg;
    double at = line <= s->first_line  ? 0
                : line >= s->last_line ? 1
                                       : (double)(line - s->first_line) /
                                             (double)(s->last_line - s->first_line);
    int64_t key = s->first_key + (int64_t)(at * (double)(s->last_key - s->first_key));
    *ret = pmt_year_wall(key, best->map->year);
    *around = best;
    return true;
}

static int year_nearest(int64_t pseudo, int64_t to)
{
    int best = 0, year = pmt_wall_year(to);
    int64_t best_gap = INT64_MAX;
    for (int y = year - 1; y <= year + 1; y++) {
        int64_t w = pmt_year_wall(pseudo, y), gap = w > to ? w - to : to - w;
        if (gap < best_gap) {
            best_gap = gap;
            best = y;
        }
    }
    return best;
}

/* Lines that stand together in a file were written together, whatever host they speak of. False
 * when no file of the run holds lines of the leading one. */
static bool settle_around(const struct pmt_calibration *c, struct pmt_year_run *run,
                          const struct pmt_year_run *leader)
{
    bool any = false;
    for (size_t i = 0; i < run->n; i++) {
        struct pmt_year_member *m = &run->v[i];
        const struct pmt_year_member *around;
        int64_t at;
        if (!time_of_line(leader, m->ref->source, m->seg->first_line, &at, &around))
            continue;
        int year = year_nearest(m->seg->first_key, at);
        set_year(m->map, year, (enum pmt_year_from)around->map->year_from,
                 pmt_arena_printf(c->arena, "%d: as the lines around it in the same file", year));
        any = true;
    }
    if (any)
        fill_by_order(c, run, "those among other lines of the same file");
    return any;
}

/* ---- the whole --------------------------------------------------------------------------- */

/* The chains of one log: the one with most lines (but any that knows its year from its own lines
 * comes first) is settled by evidence, the others by where they stand between its lines. */
static void settle_family(const struct pmt_calibration *c, const struct pmt_dated *dated,
                          const struct pmt_chain *chains, size_t n)
{
    struct pmt_year_run *runs = pmt_alloc((n + 1) * sizeof *runs);
    size_t lead = 0;
    for (size_t i = 0; i < n; i++) {
        runs[i] = run_of(c, &chains[i]);
        bool more = runs[i].lines > runs[lead].lines;
        if (runs[i].paired == runs[lead].paired ? more : runs[i].paired)
            lead = i;
    }
    settle_own(c, dated, &runs[lead]);
    for (size_t i = 0; i < n; i++)
        if (i != lead && runs[i].n &&
            (runs[i].paired || !settle_around(c, &runs[i], &runs[lead])))
            settle_own(c, dated, &runs[i]);
    for (size_t i = 0; i < n; i++)
        free(runs[i].v);
    free(runs);
}

/* --year names the year of the newest year-less stamp: everything moves with it. What it had to
 * settle by itself stays. */
static void apply_option(const struct pmt_calibration *c)
{
    int newest = 0, year = c->options->year;
    for (size_t i = 0; i < c->nchains; i++)
        for (size_t k = 0; k < c->chains[i].n; k++) {
            const struct pmt_map *m = pmt_ref_to_map(c, &c->chains[i].refs[k]);
            if (m->year > newest && m->year_from != PMT_YEAR_OPTION)
                newest = m->year;
        }
    for (size_t i = 0; i < c->nchains; i++)
        for (size_t k = 0; k < c->chains[i].n; k++) {
            const struct pmt_ref *r = &c->chains[i].refs[k];
            struct pmt_map *m = pmt_ref_to_map(c, r);
            if (!yearless(pmt_ref_seg(c, r)))
                continue;
            int own = m->year_from == PMT_YEAR_OPTION ? m->year : m->year + year - newest;
            const char *why =
                own == year ? pmt_arena_printf(c->arena, "%d: from --year", own)
                            : pmt_arena_printf(c->arena, "%d: %s --year, by the order of lines",
                                               own, distance(c, own - year));
            bool known = m->year_from == PMT_YEAR_PAIRED || m->year_from == PMT_YEAR_NEIGHBOUR;
            if (known && m->year != own && !m->contradicted)
                m->contradicted = pmt_arena_printf(c->arena, "given by --year %d, but %s", year,
                                                   m->year_why);
            set_year(m, own, PMT_YEAR_OPTION, why);
        }
}

void pmt_calibrate_years(struct pmt_calibration *c)
{
    struct pmt_dated *dated = pmt_dated_new(c);
    for (size_t i = 0, next; i < c->nchains; i = next) {
        for (next = i + 1; next < c->nchains; next++)
            if (strcmp(c->chains[next].family, c->chains[i].family) != 0)
                break;
        settle_family(c, dated, &c->chains[i], next - i);
    }
    pmt_dated_free(dated);
    if (c->options->year)
        apply_option(c);
    /* Nothing at all to go by: say so, and keep the lines out of the timeline. */
    for (size_t i = 0; i < c->nchains; i++)
        for (size_t k = 0; k < c->chains[i].n; k++) {
            const struct pmt_ref *r = &c->chains[i].refs[k];
            if (yearless(pmt_ref_seg(c, r)) && !pmt_ref_to_map(c, r)->year)
                set_year(pmt_ref_to_map(c, r), PMT_PSEUDO_YEAR, PMT_YEAR_UNKNOWN,
                         "unknown: no dated log lies near, and no file's time is known");
        }
}
