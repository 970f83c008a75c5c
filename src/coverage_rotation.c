#include "coverage_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define OTHER_START (10 * PMT_MINUTE)
#define CUT_SHORT (10 * PMT_MINUTE) /* shorter ones are found if the log is busy enough */
#define LIVE_MIN (INT64_MAX - 1) /* the live file, or its compressed copy: no suffix */

/* Between two files that hold lines: what is missing there, or was not read. */
struct between {
    bool begun;          /* a file in front of it holds lines */
    int64_t last;        /* instant of the last line so far */
    uint64_t n;          /* files missing or unread */
    const char *oldest, *newest;
    const char *why;     /* of the last that was not read */
    bool gone;           /* of them some are not there at all */
    int64_t least;       /* a shorter time is no hole */
};

struct walk {
    const struct pmt_activity *a;
    struct pmt_arena *arena;
    struct pmt_found_gaps *gaps;
    size_t *order;       /* sources of this sort of suffix, the oldest first, the live file last */
    size_t n;
    bool numbered;
    int64_t step;        /* dated: seconds between two suffixes, mostly; 0: not known */
    struct between b;
};

static const struct pmt_scanned *at(const struct walk *w, size_t i)
{
    return &w->a->sources[w->order[i]];
}

static bool is_live(const struct pmt_scanned *s)
{
    return s->input->rotation >= LIVE_MIN;
}

static bool holds_lines(const struct pmt_scanned *s)
{
    return s->first != PMT_NO_TIME;
}

/* An empty rotation is read, and says that nothing happened. */
static bool unread(const struct pmt_scanned *s)
{
    return s->skipped && (s->problem || s->info.damage[0] || s->input->size) &&
           strncmp(s->skipped, "is empty", 8) != 0;
}

/* ---- names ------------------------------------------------------------------------------- */

/* The name with `old` in its last part replaced, without compression; NULL: it is not there. */
static const char *replaced(struct pmt_arena *arena, const char *shown, const char *old,
                            const char *new)
{
    struct pmt_slice s = pmt_strip_compression(pmt_str(shown));
    size_t n = strlen(old);
    for (size_t i = s.n; i >= n; i--) {
        const char *p = s.p + i - n;
        if (memcmp(p, old, n) == 0)
            return pmt_arena_printf(arena, "%.*s%s%.*s", (int)(i - n), s.p, new, (int)(s.n - i),
                                    s.p + i);
        if (*p == '/')
            break;
    }
    return NULL;
}

static const char *numbered_name(struct pmt_arena *arena, const struct pmt_scanned *like,
                                 int64_t number)
{
    char old[32], new[32];
    snprintf(old, sizeof old, ".%lld", (long long)-like->input->rotation);
    snprintf(new, sizeof new, ".%lld", (long long)number);
    const char *name = replaced(arena, like->input->shown, old, new);
    return name ? name : pmt_arena_printf(arena, "%s (%s)", like->input->shown, new + 1);
}

/* Dates as logs are rotated by them; the longer first, for what holds an hour. */
enum { DATE_FORMS = 7 };

static void put_date(char *ret, size_t size, int form, int64_t sec)
{
    int year, month, day, hour = (int)(sec % 86400 / 3600);
    pmt_civil_from_days(sec / 86400, &year, &month, &day);
    const char *dash = form < 6 && form % 2 ? "-" : "";
    static const char *const between[] = {"-", "-", "", "_", NULL, NULL};
    if (form == 6)
        snprintf(ret, size, "%lld", (long long)sec);
    else if (between[form])
        snprintf(ret, size, "%04d%s%02d%s%02d%s%02d", year, dash, month, dash, day, between[form],
                 hour);
    else
        snprintf(ret, size, "%04d%s%02d%s%02d", year, dash, month, dash, day);
}

static const char *dated_name(struct pmt_arena *arena, const struct pmt_scanned *like, int64_t sec)
{
    char old[64], new[64];
    for (int form = 0; form < DATE_FORMS; form++) {
        put_date(old, sizeof old, form, like->input->rotation);
        put_date(new, sizeof new, form, sec);
        const char *name = strcmp(old, new) ? replaced(arena, like->input->shown, old, new) : NULL;
        if (name)
            return name;
    }
    return pmt_arena_printf(arena, "the one behind %s", like->input->shown);
}

/* ---- what is missing --------------------------------------------------------------------- */

static void miss(struct between *b, uint64_t n, const char *oldest, const char *newest)
{
    if (!b->n)
        b->oldest = oldest;
    b->newest = newest;
    b->n += n;
}

/* logrotate(8) numbers without leaving one out. */
static void miss_numbers(struct walk *w, const struct pmt_scanned *older,
                         const struct pmt_scanned *newer)
{
    int64_t high = -older->input->rotation - 1;
    int64_t low = is_live(newer) ? 1 : -newer->input->rotation + 1;
    if (low > high)
        return;
    miss(&w->b, (uint64_t)(high - low + 1), numbered_name(w->arena, older, high),
         numbered_name(w->arena, older, low));
    w->b.gone = true;
    /* Numbers may begin elsewhere (`start 2`), but none is left out. */
    w->b.least = is_live(newer) ? OTHER_START : 0;
}

/* Dates are left out by `notifempty`: here they are missed only where the lines are, too. */
static void miss_dates(struct walk *w, const struct pmt_scanned *older,
                       const struct pmt_scanned *newer)
{
    if (!w->step || is_live(older) || !holds_lines(newer) || !w->b.begun)
        return;
    int64_t step = w->step * PMT_SECOND, lost = newer->first - w->b.last;
    int64_t n = is_live(newer)
                    ? (lost + step / 4) / step
                    : (newer->input->rotation - older->input->rotation + w->step / 2) / w->step - 1;
    uint64_t unused;
    if (n < 1 || lost < step / 2 || !pmt_silence_odd(w->a, w->b.last, newer->first, &unused))
        return;
    miss(&w->b, (uint64_t)n, dated_name(w->arena, older, older->input->rotation + w->step),
         dated_name(w->arena, older, older->input->rotation + n * w->step));
    w->b.gone = true;
}

static void report(struct walk *w, const struct pmt_scanned *newer)
{
    const struct between *b = &w->b;
    struct pmt_gap gap = {.from = b->last, .to = newer->first, .kind = PMT_GAP_ROTATION,
                          .why = b->gone ? NULL : b->why};
    if (gap.to <= gap.from || gap.to - gap.from < b->least)
        return;
    /* Names lie: what is missing here may stand in another file. */
    if (pmt_activity_minutes(w->a, pmt_minute_of(gap.from) + 1, pmt_minute_of(gap.to) - 1))
        return;
    gap.expected = pmt_silence_expected(w->a, gap.from, gap.to);
    const char *a = w->numbered ? b->newest : b->oldest, *z = w->numbered ? b->oldest : b->newest;
    gap.missing = b->n == 1 ? a : pmt_arena_printf(w->arena, "%s %s %s", a,
                                                   b->n == 2 ? "and" : "to", z);
    gap.first_missing = a;
    gap.last_missing = z;
    gap.nmissing = b->n;
    PMT_GROW(w->gaps->v, w->gaps->n, w->gaps->cap);
    w->gaps->v[w->gaps->n++] = (struct pmt_found_gap){gap, (size_t)(newer - w->a->sources)};
}

static void step_to(struct walk *w, size_t i)
{
    const struct pmt_scanned *s = at(w, i);
    if (i && w->numbered)
        miss_numbers(w, at(w, i - 1), s);
    else if (i)
        miss_dates(w, at(w, i - 1), s);
    if (unread(s)) {
        miss(&w->b, 1, s->input->shown, s->input->shown);
        w->b.why = s->skipped;
        w->b.least = w->b.gone ? w->b.least : PMT_MINUTE;
    }
    if (!holds_lines(s))
        return;
    if (w->b.n && w->b.begun)
        report(w, s);
    int64_t last = w->b.begun && w->b.last > s->last ? w->b.last : s->last;
    w->b = (struct between){.begun = true, .last = last, .least = PMT_MINUTE};
    if (s->info.incomplete) { /* its end, at least, is not there */
        miss(&w->b, 1, s->input->shown, s->input->shown);
        w->b.why = s->info.damage;
        w->b.least = CUT_SHORT;
    }
}

/* ---- a family ---------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The lower median of the steps between dated files. */
static int64_t usual_step(const struct walk *w)
{
    int64_t *steps = pmt_alloc((w->n + 1) * sizeof *steps), median = 0;
    size_t n = 0;
    for (size_t i = 1; i < w->n; i++) {
        int64_t d = is_live(at(w, i)) ? 0
                                      : at(w, i)->input->rotation - at(w, i - 1)->input->rotation;
        if (d > 0)
            steps[n++] = d;
    }
    qsort(steps, n, sizeof *steps, by_number);
    if (n)
        median = steps[(n - 1) / 2];
    free(steps);
    return median;
}

static void walk(const struct pmt_activity *a, struct pmt_found_gaps *gaps,
                 struct pmt_arena *arena, bool numbered)
{
    struct walk w = {.a = a, .arena = arena, .gaps = gaps, .numbered = numbered};
    w.order = pmt_alloc((a->n + 1) * sizeof *w.order);
    for (size_t i = 0; i < a->n; i++) {
        const struct pmt_scanned *s = &a->sources[a->members[i]];
        if (is_live(s) || s->input->numbered == numbered)
            w.order[w.n++] = a->members[i];
    }
    w.step = numbered ? 0 : usual_step(&w);
    for (size_t i = 0; i < w.n; i++)
        step_to(&w, i);
    free(w.order);
}

void pmt_rotations_find(const struct pmt_activity *a, struct pmt_found_gaps *gaps,
                        struct pmt_arena *arena)
{
    bool numbered = false, dated = false;
    for (size_t i = 0; i < a->n; i++) {
        const struct pmt_scanned *s = &a->sources[a->members[i]];
        numbered |= s->input->numbered;
        dated |= !s->input->numbered && !is_live(s);
    }
    if (numbered)
        walk(a, gaps, arena, true);
    if (dated)
        walk(a, gaps, arena, false);
}
