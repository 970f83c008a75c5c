#include "calibrate_year.h"

#include <stdlib.h>

/* Dated lines this near to year-less stamps settle their year against a file time that says
 * otherwise (a copy, a checkout, a restore). */
#define NEIGHBOUR_NEAR (100 * PMT_DAY)
/* A log whose last line is older than that when its file was last written was copied; one whose
 * last line is this fresh was not. */
#define FILE_NEAR (40 * PMT_DAY)
#define FILE_FRESH (2 * PMT_DAY)
/* Other times are no times: archives made to be the same each time carry 1970 or 1980. */
#define FILE_EARLIEST INT64_C(631152000)  /* seconds: 1990 */
#define FILE_LATEST INT64_C(253370764800) /* 9999 */

int64_t pmt_year_wall(int64_t pseudo, int year)
{
    int64_t wall;
    if (pmt_wall_with_year(pseudo, year, &wall))
        return wall;
    return pmt_wall_with_year(pseudo + PMT_DAY, year, &wall) ? wall : pseudo;
}

/* Has every Feb 29 of the run its day when it is based on this year? */
static bool leap_days_fit(const struct pmt_year_run *run, int base)
{
    for (size_t i = 0; run->leap && i < run->n; i++)
        if (run->v[i].seg->leap_day && !pmt_civil_valid(base + run->v[i].rel, 2, 29))
            return false;
    return true;
}

/* ---- dated neighbours -------------------------------------------------------------------- */

struct span {
    struct pmt_slice host;
    int64_t first, last; /* instants; first > last: none */
    uint64_t lines;      /* of the log that has most of them */
    const char *shown;   /* that log */
};

struct pmt_dated {
    struct span *v; /* by host */
    size_t n;
    struct span all;
};

static void span_add(struct span *s, const struct span *add)
{
    s->first = add->first < s->first ? add->first : s->first;
    s->last = add->last > s->last ? add->last : s->last;
    if (add->lines > s->lines) {
        s->lines = add->lines;
        s->shown = add->shown;
    }
}

static int by_host(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return pmt_slice_cmp(x->host, y->host);
}

/* Wall times count as UTC here: a day is precise enough. */
static struct span span_of_clock(const struct pmt_scanned *s, const struct pmt_clock *clock)
{
    struct span d = {pmt_clock_host(s, clock), INT64_MAX, INT64_MIN, 0, s->input->shown};
    for (size_t k = 0; k < clock->n; k++) {
        const struct pmt_segment *seg = &clock->segments[k];
        if (seg->how == PMT_STAMP_YEARLESS)
            continue;
        d.first = seg->min < d.first ? seg->min : d.first;
        d.last = seg->max > d.last ? seg->max : d.last;
        d.lines += seg->lines;
    }
    return d;
}

struct pmt_dated *pmt_dated_new(const struct pmt_calibration *c)
{
    struct pmt_dated *d = pmt_alloc(sizeof *d);
    size_t n = 0, cap = 0;
    d->all = (struct span){PMT_NO_SLICE, INT64_MAX, INT64_MIN, 0, ""};
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; c->sources[i].tally && k < c->sources[i].tally->nclocks; k++) {
            struct span s = span_of_clock(&c->sources[i], &c->sources[i].tally->clocks[k]);
            if (!s.lines)
                continue;
            span_add(&d->all, &s);
            if (!s.host.n)
                continue;
            PMT_GROW(d->v, n, cap);
            d->v[n++] = s;
        }
    if (n)
        qsort(d->v, n, sizeof *d->v, by_host);
    for (size_t i = 0; i < n; i++)
        if (d->n && pmt_slice_eq(d->v[d->n - 1].host, d->v[i].host))
            span_add(&d->v[d->n - 1], &d->v[i]);
        else
            d->v[d->n++] = d->v[i];
    return d;
}

void pmt_dated_free(struct pmt_dated *d)
{
    free(d->v);
    free(d);
}

static const struct span *span_of_host(const struct pmt_dated *d, struct pmt_slice host)
{
    struct span key = {.host = host};
    return host.n && d->n ? bsearch(&key, d->v, d->n, sizeof *d->v, by_host) : NULL;
}

static int64_t gap_to(const struct span *d, int64_t first, int64_t last)
{
    if (last < d->first)
        return d->first - last;
    return first > d->last ? first - d->last : 0;
}

/* How far the run lies from the dated lines when it is based on this year. */
static int64_t run_gap(const struct pmt_year_run *run, const struct span *d, int base)
{
    return gap_to(d, pmt_year_wall(run->first, base + run->lo),
                  pmt_year_wall(run->last, base + run->hi));
}

/* The base that brings the whole run nearest to the dated lines; the latest of equals. */
static bool near_base(const struct pmt_year_run *run, const struct span *d, bool leap, int *ret)
{
    int64_t best = NEIGHBOUR_NEAR;
    if (d->first > d->last)
        return false;
    int from = pmt_wall_year(d->last) + 1 - run->lo, to = pmt_wall_year(d->first) - 1 - run->hi;
    for (int base = from; base >= to && best > 0; base--) {
        int64_t gap = run_gap(run, d, base);
        if (gap < best && (!leap || leap_days_fit(run, base))) {
            best = gap;
            *ret = base;
        }
    }
    return best < NEIGHBOUR_NEAR;
}

/* The year of the member that is nearest to the dated lines; the newest of equals. */
static int nearest_rel(const struct pmt_year_run *run, const struct span *d, int base)
{
    int64_t best = INT64_MAX;
    int rel = run->hi;
    for (size_t i = run->n; i-- > 0;) {
        const struct pmt_year_member *m = &run->v[i];
        int64_t gap = gap_to(d, pmt_year_wall(m->seg->min, base + m->rel),
                             pmt_year_wall(m->seg->max, base + m->rel));
        if (gap < best) {
            best = gap;
            rel = m->rel;
        }
    }
    return rel;
}

/* ---- the times of files ------------------------------------------------------------------ */

/* What a file's own time says of the run. */
struct file {
    const char *shown;
    int64_t time, last; /* of the file; its last stamp, year-less */
    int rel, base;      /* the year of that stamp; the run's base by it */
};

/* The latest base with which the file's last line is no later than a day after its time (clocks
 * and zones differ by less). */
static bool file_base(const struct pmt_year_run *run, bool leap, struct file *f)
{
    int64_t limit = f->time + PMT_DAY;
    int year = pmt_wall_year(limit);
    for (int y = year; y > year - 9; y--) {
        f->base = y - f->rel;
        if (pmt_year_wall(f->last, y) <= limit && (!leap || leap_days_fit(run, f->base)))
            return true;
    }
    return false;
}

/* The files of the run that have such a time, oldest first; the caller frees. */
static struct file *files_of(const struct pmt_calibration *c, const struct pmt_year_run *run,
                             bool gzip, bool leap, size_t *ret)
{
    struct file *v = NULL;
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < run->n;) {
        const struct pmt_scanned *s = &c->sources[run->v[i].ref->source];
        int64_t time = gzip ? s->info.gzip_time : s->input->mtime;
        struct file f = {.shown = s->input->shown};
        size_t source = run->v[i].ref->source;
        for (; i < run->n && run->v[i].ref->source == source; i++) {
            f.rel = run->v[i].rel;
            f.last = run->v[i].seg->last_key;
        }
        if (time < FILE_EARLIEST || time > FILE_LATEST)
            continue;
        f.time = time * PMT_SECOND;
        if (!file_base(run, leap, &f))
            continue;
        PMT_GROW(v, n, cap);
        v[n++] = f;
    }
    *ret = n;
    return v;
}

/* Several files of one instant though their lines end days apart: copied or unpacked then. */
static bool all_at_once(const struct file *v, size_t n)
{
    bool apart = false;
    for (size_t i = 1; i < n; i++) {
        int64_t time = v[i].time - v[0].time;
        int64_t lines = pmt_year_wall(v[i].last, 2000 + v[i].rel - v[0].rel) -
                        pmt_year_wall(v[0].last, 2000);
        if (time > PMT_HOUR || time < -PMT_HOUR)
            return false;
        apart |= lines > PMT_DAY || lines < -PMT_DAY;
    }
    return apart;
}

/* Every gzip time is the latest that its file's lines can be; so the earliest base holds for all.
 * Of plain times the newest file's counts: that file was last written with its last line. */
static void by_files(const struct pmt_calibration *c, const struct pmt_year_run *run, bool gzip,
                     bool leap, struct pmt_year_found *ret)
{
    size_t n, best;
    struct file *v = files_of(c, run, gzip, leap, &n);
    bool agree = true;
    ret->from = PMT_YEAR_UNKNOWN;
    if (!n)
        return;
    best = n - 1;
    for (size_t i = n - 1; gzip && i-- > 0;) {
        agree &= v[i].base == v[n - 1].base;
        if (v[i].base < v[best].base)
            best = i;
    }
    const struct file *f = &v[best];
    int64_t late = f->time - pmt_year_wall(f->last, f->base + f->rel);
    *ret = (struct pmt_year_found){.from = gzip ? PMT_YEAR_GZIP : PMT_YEAR_MTIME,
                                   .base = f->base, .rel = f->rel, .remark = ""};
    ret->what = gzip ? pmt_arena_printf(c->arena, "the gzip header of %s", f->shown)
                     : "the file's time";
    if (all_at_once(v, n))
        ret->remark = pmt_arena_printf(c->arena, ", which is the same for all %zu files", n);
    else if (!agree)
        ret->remark = ", with which those of other files do not agree";
    else if (late > FILE_NEAR)
        ret->remark = pmt_arena_printf(c->arena, ", which is %lld days after its last line",
                                       (long long)(late / PMT_DAY));
    ret->assumed = *ret->remark;
    ret->fresh = !ret->assumed && late < FILE_FRESH;
    free(v);
}

/* ---- together ---------------------------------------------------------------------------- */

/* Do the dated lines lie within the run, and not only because the two last so long that they would
 * in many a year? */
static bool overlap_tells(const struct pmt_year_run *run, const struct span *d, int base)
{
    int64_t length = pmt_year_wall(run->last, base + run->hi) -
                     pmt_year_wall(run->first, base + run->lo) + d->last - d->first;
    return run_gap(run, d, base) == 0 && length < PMT_HALF_YEAR;
}

/* A file's time is worth nothing after a copy, a restore or a checkout: dated lines nearby overrule
 * it. Unless they leave open which year is meant; or they say little, and the file was last written
 * with its last line. */
static bool by_dated(const struct pmt_calibration *c, const struct pmt_year_run *run,
                     const struct span *d, bool leap, const struct pmt_year_found *file,
                     struct pmt_year_found *ret)
{
    int base = 0;
    if (!d || !near_base(run, d, leap, &base))
        return false;
    bool differs = file->from != PMT_YEAR_UNKNOWN && file->base != base;
    if (differs && (run_gap(run, d, file->base) < NEIGHBOUR_NEAR ||
                    (file->fresh && !overlap_tells(run, d, base)))) {
        *ret = *file;
        return true;
    }
    *ret = (struct pmt_year_found){.from = PMT_YEAR_NEIGHBOUR, .base = base, .remark = "",
                                   .rel = nearest_rel(run, d, base)};
    ret->what = pmt_arena_printf(c->arena, "the dated lines of %s", d->shown);
    return true;
}

static void find(const struct pmt_calibration *c, const struct pmt_dated *dated,
                 const struct pmt_year_run *run, bool leap, struct pmt_year_found *ret)
{
    struct pmt_year_found gzip, mtime, *file = &gzip;
    by_files(c, run, true, leap, &gzip);
    by_files(c, run, false, leap, &mtime);
    if (gzip.from == PMT_YEAR_UNKNOWN ||
        (gzip.assumed && mtime.from != PMT_YEAR_UNKNOWN && !mtime.assumed))
        file = &mtime;
    if (!by_dated(c, run, span_of_host(dated, run->host), leap, file, ret) &&
        !by_dated(c, run, &dated->all, leap, file, ret))
        *ret = *file;
}

void pmt_year_find(const struct pmt_calibration *c, const struct pmt_dated *dated,
                   const struct pmt_year_run *run, struct pmt_year_found *ret)
{
    find(c, dated, run, run->leap, ret);
    if (run->leap && ret->from != PMT_YEAR_UNKNOWN)
        ret->what = pmt_arena_printf(c->arena, "%s and the 29 February in it", ret->what);
    else if (run->leap)
        find(c, dated, run, false, ret);
}
