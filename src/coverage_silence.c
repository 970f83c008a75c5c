#include "coverage_parts.h"

enum {
    WINDOW_MIN = 60,          /* minutes whose rate is asked before and after a silence */
    AROUND = 7 * 24 * 60,     /* minutes on either side that are asked as a whole */
    DAYS = 7,                 /* days before and after whose same hours are asked */
    DAY = 24 * 60,
    NIGHT_MAX = 18 * 60,      /* what is longer is no night, but may be a weekend */
    THEN_MIN = 8,             /* fewer expected on another day show nothing */
};

/* What is counted around a silence: lines, or the minutes that hold any. */
struct measure {
    const struct pmt_activity *a;
    bool minutes;
};

static double count(const struct measure *m, int64_t from, int64_t to)
{
    return m->minutes ? (double)pmt_activity_minutes(m->a, from, to)
                      : (double)pmt_activity_requests(m->a, from, to);
}

static int64_t first_minute(const struct pmt_activity *a)
{
    return a->active[0].from;
}

static int64_t last_minute(const struct pmt_activity *a)
{
    return a->active[a->nactive - 1].to;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The silence, the minutes of its last line before and first line behind, and the windows whose
 * rates are asked: as long as it is, but an hour at least (or the n-th part of that next to the
 * silence), as far as the log reaches. */
struct silence {
    int64_t from, to, from_minute, to_minute, begin, end;
    double length, before, after; /* minutes */
};

static struct silence frame(const struct pmt_activity *a, int64_t from, int64_t to, int part)
{
    struct silence s = {.from = from, .to = to};
    /* Where only minutes are known the edges are the first and last silent instants. */
    s.from_minute = pmt_minute_of(from - 1);
    s.to_minute = pmt_minute_of(to);
    s.length = (double)(to - from) / (double)PMT_MINUTE;
    int64_t window = later((to - from) / PMT_MINUTE, WINDOW_MIN) / part;
    s.begin = later(s.from_minute - window + 1, first_minute(a));
    s.end = earlier(s.to_minute + window - 1, last_minute(a));
    s.before = (double)(from - s.begin * PMT_MINUTE) / (double)PMT_MINUTE;
    s.after = (double)((s.end + 1) * PMT_MINUTE - to) / (double)PMT_MINUTE;
    s.before = s.before < 1 ? 1 : s.before;
    s.after = s.after < 1 ? 1 : s.after;
    return s;
}

/* So much was to be expected at the lower rate of before and after. */
static double lower_rate(const struct measure *m, const struct silence *s)
{
    double before = count(m, s->begin, s->from_minute) / s->before;
    double after = count(m, s->to_minute, s->end) / s->after;
    return (before < after ? before : after) * s->length;
}

/* Too little was seen on one side to know a rate. */
static bool too_few(const struct measure *m, const struct silence *s)
{
    return count(m, s->begin, s->from_minute) < PMT_SILENCE_LINES ||
           count(m, s->to_minute, s->end) < PMT_SILENCE_LINES;
}

/* Was the log about as silent in these hours of another day, by what it held around them? */
static bool silent_then(const struct measure *m, const struct silence *s, int64_t shift,
                        bool *known)
{
    struct silence then = *s;
    then.begin += shift;
    then.end += shift;
    then.from_minute += shift;
    then.to_minute += shift;
    double due = lower_rate(m, &then);
    *known = due >= THEN_MIN && !too_few(m, &then);
    return *known && count(m, then.from_minute + 1, then.to_minute - 1) * 2 < due;
}

/* A site that sleeps does so every night, or every weekend. */
static bool habit(const struct measure *m, const struct silence *s)
{
    unsigned days = 0, silent = 0, weeks = 0, silent_weeks = 0;
    for (int k = -DAYS; k <= DAYS; k++) {
        int64_t shift = (int64_t)k * DAY;
        bool known, week = k == DAYS || k == -DAYS;
        if (!k || s->length > (week ? DAYS * DAY : NIGHT_MAX))
            continue;
        bool was = silent_then(m, s, shift, &known);
        days += known;
        silent += was;
        if (week) {
            weeks += known;
            silent_weeks += was;
        }
    }
    return silent * 2 > days || (weeks && silent_weeks == weeks);
}

uint64_t pmt_silence_expected(const struct pmt_activity *a, int64_t from, int64_t to)
{
    struct measure m = {a, false};
    if (!a->nactive || !a->requests || to <= from)
        return 0;
    struct silence s = frame(a, from, to, 1);
    return too_few(&m, &s) ? 0 : (uint64_t)(lower_rate(&m, &s) + 0.5);
}

bool pmt_silence_odd(const struct pmt_activity *a, int64_t from, int64_t to, uint64_t *expected)
{
    *expected = 0;
    if (!a->steady || !a->nactive || to - from < PMT_SILENCE_MIN)
        return false;
    struct silence s = frame(a, from, to, 1);
    /* Where lines come in bursts, with most minutes silent, their number says nothing. */
    struct measure lines = {a, false}, minutes = {a, true};
    bool bursts = lower_rate(&minutes, &s) * 2 < s.length;
    const struct measure *m = a->requests && !bursts ? &lines : &minutes;
    double due = lower_rate(m, &s);
    if (due < PMT_SILENCE_LINES || too_few(m, &s))
        return false;
    /* Into a night the lines grow fewer, and out of it more. */
    struct silence near = frame(a, from, to, 2);
    if (lower_rate(m, &near) < PMT_SILENCE_LINES)
        return false;
    /* Busy only around it: a log that mostly keeps quiet. */
    int64_t begin = later(s.from_minute - AROUND, first_minute(a));
    int64_t end = earlier(s.to_minute + AROUND, last_minute(a));
    double whole = count(m, begin, end) / (double)(end - begin + 1) * s.length;
    if ((m->minutes && whole < PMT_SILENCE_LINES) || habit(m, &s))
        return false;
    *expected = pmt_silence_expected(a, from, to);
    return true;
}

static bool overlaps(const struct pmt_found_gaps *gaps, size_t n, int64_t from, int64_t to)
{
    for (size_t i = 0; i < n; i++)
        if (gaps->v[i].gap.from < to && from < gaps->v[i].gap.to)
            return true;
    return false;
}

/* Lines stand between the two, and so many of the file are not understood that they may be these:
 * that is no silence. */
static bool is_unread(const struct pmt_scanned *file, const struct pmt_active *before,
                      const struct pmt_active *behind)
{
    uint64_t between = behind->first.line - before->last.line - 1;
    return before->last.source == behind->first.source && between >= PMT_SILENCE_LINES &&
           file->tally->not_understood * 2 >= between;
}

void pmt_silences_find(const struct pmt_activity *a, struct pmt_found_gaps *gaps)
{
    size_t missing = gaps->n;
    for (size_t i = 0; a->steady && i + 1 < a->nactive; i++) {
        const struct pmt_active *s = &a->active[i], *next = s + 1;
        struct pmt_gap gap = {.kind = PMT_GAP_SILENT};
        gap.from = pmt_activity_end(a, s);
        gap.to = pmt_activity_begin(a, next);
        gap.before = (struct pmt_place){(uint32_t)s->last.source, s->last.line};
        gap.behind = (struct pmt_place){(uint32_t)next->first.source, next->first.line};
        if (overlaps(gaps, missing, gap.from, gap.to) ||
            !pmt_silence_odd(a, gap.from, gap.to, &gap.expected))
            continue;
        const struct pmt_scanned *file = &a->sources[s->last.source];
        if (file->info.incomplete || is_unread(file, s, next)) {
            gap.kind = PMT_GAP_ROTATION;
            gap.missing = gap.first_missing = gap.last_missing = file->input->shown;
            gap.nmissing = 1;
            gap.why = file->info.incomplete ? file->info.damage : "its lines are not understood";
        }
        PMT_GROW(gaps->v, gaps->n, gaps->cap);
        gaps->v[gaps->n++] = (struct pmt_found_gap){gap, next->first.source};
    }
}
