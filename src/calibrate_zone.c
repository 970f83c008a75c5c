#define _XOPEN_SOURCE 700 /* realpath */
#include "calibrate_parts.h"

#include <fnmatch.h>
#include <stdlib.h>

static const char *offset_name(struct pmt_arena *arena, int32_t offset)
{
    struct pmt_buf b = {0};
    pmt_put_offset(&b, offset);
    char *s = pmt_arena_printf(arena, "%s", b.data);
    pmt_buf_fini(&b);
    return s;
}

static void set_zone(struct pmt_map *m, const struct pmt_zone *z, enum pmt_zone_from from,
                     const char *why)
{
    m->zone = z;
    m->zone_from = (uint8_t)from;
    m->zone_name = pmt_zone_name(z);
    m->why = why;
}

/* ---- the line's own offset --------------------------------------------------------------- */

static void line_zone(struct pmt_map *m, const struct pmt_segment *s, struct pmt_arena *arena)
{
    struct pmt_buf b = {0};
    for (unsigned i = 0; i < s->noffsets; i++) {
        if (i)
            pmt_buf_puts(&b, ", ");
        pmt_put_offset(&b, s->offsets[i].offset);
    }
    m->zone_from = PMT_ZONE_LINE;
    m->zone_name = pmt_arena_printf(arena, "%s", b.n ? b.data : "UTC");
    m->why = "each line carries its offset";
    pmt_buf_fini(&b);
}

/* ---- --assume-tz ------------------------------------------------------------------------- */

static bool glob_matches(const char *glob, struct pmt_slice host, const char *shown)
{
    char name[256];
    if (host.n && host.n < sizeof name) {
        memcpy(name, host.p, host.n);
        name[host.n] = '\0';
        if (fnmatch(glob, name, 0) == 0)
            return true;
    }
    return fnmatch(glob, shown, 0) == 0;
}

static bool from_option(struct pmt_map *m, struct pmt_calibrate_options *o, struct pmt_slice host,
                        const char *shown, struct pmt_arena *arena)
{
    const struct pmt_zone_choice *best = NULL;
    for (size_t i = 0; i < o->nassume; i++) {
        struct pmt_zone_choice *a = &o->assume[i];
        /* One that names a host or path beats one for everything. */
        if (a->glob ? glob_matches(a->glob, host, shown) : !(best && best->glob)) {
            best = a;
            a->used = true;
        }
    }
    if (!best)
        return false;
    set_zone(m, best->zone, PMT_ZONE_OPTION,
             best->glob ? pmt_arena_printf(arena, "given by --assume-tz '%s=%s'", best->glob,
                                           pmt_zone_name(best->zone))
                        : pmt_arena_printf(arena, "given by --assume-tz %s",
                                           pmt_zone_name(best->zone)));
    return true;
}

/* ---- the other stamp of the same lines --------------------------------------------------- */

/* Nine of ten lines that hold a second, zoned stamp must agree on the offset. */
static bool from_pair(struct pmt_map *m, const struct pmt_segment *s, struct pmt_arena *arena)
{
    uint64_t all = 0, best = 0;
    int at = 0;
    for (int i = 0; s->pair_quarters && i < 193; i++) {
        all += s->pair_quarters[i];
        if (s->pair_quarters[i] > best) {
            best = s->pair_quarters[i];
            at = i;
        }
    }
    if (!best || best * 10 < all * 9)
        return false;
    set_zone(m, pmt_zone_fixed(-(at - 96) * 900, arena), PMT_ZONE_PAIRED,
             pmt_arena_printf(arena, "a second stamp with its zone in %llu of the same lines",
                              (unsigned long long)best));
    return true;
}

/* ---- the same requests in a log with an offset -------------------------------------------- */

/* Clocks that far apart in their whole length cannot hold the same requests in any zone. */
static bool may_overlap(const struct pmt_segment *a, const struct pmt_segment *b)
{
    const int64_t most = 28 * PMT_HOUR;
    return a->min <= b->max + most && b->min <= a->max + most;
}

static bool from_prints(struct pmt_map *m, const struct pmt_scanned *sources, size_t n,
                        const struct pmt_segment *seg, struct pmt_arena *arena)
{
    struct pmt_pairing best = {0}, now;
    const char *shown = NULL;
    if (seg->how != PMT_STAMP_WALL || !pmt_prints_count(&seg->prints))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++) {
            const struct pmt_clock *clock = &sources[i].tally->clocks[c];
            for (size_t k = 0; k < clock->n; k++) {
                const struct pmt_segment *other = &clock->segments[k];
                if (other->how != PMT_STAMP_ZONED || !may_overlap(seg, other) ||
                    !pmt_prints_pair(&other->prints, &seg->prints, &now) ||
                    now.matched <= best.matched)
                    continue;
                best = now;
                shown = sources[i].input->shown;
            }
        }
    if (!shown)
        return false;
    set_zone(m, pmt_zone_fixed(-best.quarters * 900, arena), PMT_ZONE_PAIRED,
             pmt_arena_printf(arena, "%zu of the same requests are in %s with its offset",
                              best.matched, shown));
    return true;
}

/* ---- siblings ---------------------------------------------------------------------------- */

struct sibling {
    struct pmt_offset_span spans[PMT_OFFSETS_MAX];
    unsigned n;
    const char *shown;
    uint64_t lines;
    bool crowded; /* more offsets than can be one zone's */
};

static void span_add(struct sibling *b, const struct pmt_offset_span *span)
{
    unsigned k = 0;
    while (k < b->n && b->spans[k].offset != span->offset)
        k++;
    if (k == PMT_OFFSETS_MAX) {
        b->crowded = true;
    } else if (k == b->n) {
        b->spans[b->n++] = *span;
    } else {
        b->spans[k].min = span->min < b->spans[k].min ? span->min : b->spans[k].min;
        b->spans[k].max = span->max > b->spans[k].max ? span->max : b->spans[k].max;
    }
}

/* Lines with an offset, or without one that was found by comparing them. */
static void sibling_add(struct sibling *b, const struct pmt_scanned *s, size_t c, size_t k)
{
    const struct pmt_segment *seg = &s->tally->clocks[c].segments[k];
    const struct pmt_map *m = &s->maps[c][k];
    if (seg->how == PMT_STAMP_ZONED) {
        for (unsigned i = 0; i < seg->noffsets; i++)
            span_add(b, &seg->offsets[i]);
    } else if (seg->how == PMT_STAMP_WALL && m->zone && m->zone_from == PMT_ZONE_PAIRED) {
        int32_t offset = pmt_zone_offset(m->zone, seg->min);
        int64_t east = (int64_t)offset * PMT_SECOND;
        span_add(b, &(struct pmt_offset_span){offset, seg->min - east, seg->max - east});
    } else {
        return;
    }
    if (seg->lines > b->lines) {
        b->lines = seg->lines;
        b->shown = s->input->shown;
    }
}

/* Of a family, which is a real path however the log was named. */
static struct pmt_slice folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return pmt_slice(path, slash ? (size_t)(slash - path) : 0);
}

/* Is one folder the other, or above it? */
static bool folders_nest(struct pmt_slice a, struct pmt_slice b)
{
    if (a.n > b.n) {
        struct pmt_slice t = a;
        a = b;
        b = t;
    }
    return (b.n == a.n || b.p[a.n] == '/') && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

enum sibling_by { BY_HOST, BY_FOLDER, BY_NESTING };

/* What the logs with offsets of the same host, or in the same folder, show. */
static struct sibling find_sibling(const struct pmt_scanned *sources, size_t n, size_t me,
                                   struct pmt_slice host, enum sibling_by by)
{
    struct sibling b = {0}, strangers = {0};
    struct pmt_slice folder = folder_of(sources[me].input->family);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++) {
            const struct pmt_clock *clock = &sources[i].tally->clocks[c];
            struct pmt_slice h = pmt_clock_host(&sources[i], clock);
            bool stranger = host.n && h.n && !pmt_slice_eq(host, h);
            if (by == BY_HOST && (stranger || !host.n || !h.n))
                continue;
            struct pmt_slice f = folder_of(sources[i].input->family);
            if (by == BY_FOLDER && (stranger || !pmt_slice_eq(folder, f)))
                continue;
            if (by == BY_NESTING && !folders_nest(folder, f))
                continue;
            for (size_t k = 0; k < clock->n; k++)
                sibling_add(stranger ? &strangers : &b, &sources[i], c, k);
        }
    /* Logs of other hosts round about prove nothing, but if they differ, neither do these. */
    for (unsigned i = 0; i < strangers.n; i++)
        for (unsigned k = 0; k < b.n; k++)
            b.crowded |= strangers.spans[i].offset != b.spans[k].offset;
    return b;
}

/* Were both in force at once? Spans of more than a season hold several turns of the clocks, and
 * only their ends are known: those prove nothing. */
static bool at_once(const struct pmt_offset_span *a, const struct pmt_offset_span *b)
{
    const int64_t season = 220 * PMT_DAY;
    int64_t from = a->min > b->min ? a->min : b->min, to = a->max < b->max ? a->max : b->max;
    return to - from > 2 * PMT_HOUR && a->max - a->min < season && b->max - b->min < season;
}

/* Offsets that are not one zone's winter and summer are two machines: no evidence. */
static bool one_zone(const struct sibling *b)
{
    if (!b->n || b->n > 2 || b->crowded)
        return false;
    if (b->n == 1)
        return true;
    int32_t d = b->spans[0].offset - b->spans[1].offset;
    return d <= 3600 && d >= -3600 && !at_once(&b->spans[0], &b->spans[1]);
}

/* Clocks turn at a whole hour of UTC: if just one lies between what the two offsets showed, each
 * was in force right up to it. */
static void sharpen(struct pmt_offset_span *a, struct pmt_offset_span *b)
{
    struct pmt_offset_span *first = a->max <= b->max ? a : b, *then = first == a ? b : a;
    int64_t turn = then->min - then->min % PMT_HOUR;
    if (then->min < first->max || turn <= first->max || turn - PMT_HOUR > first->max)
        return;
    first->max = turn - 1;
    then->min = turn;
}

static bool from_sibling(struct pmt_map *m, const struct pmt_scanned *sources, size_t n, size_t me,
                         struct pmt_slice host, struct pmt_arena *arena)
{
    static const char *const what[] = {"the same host's", "the same folder's",
                                       "a neighbouring folder's"};
    for (enum sibling_by by = BY_HOST; by <= BY_NESTING; by++) {
        struct sibling b = find_sibling(sources, n, me, host, by);
        if (!one_zone(&b))
            continue;
        const char *why = pmt_arena_printf(arena, "assumed: %s %s writes with this offset",
                                           what[by], b.shown);
        if (b.n == 1) {
            set_zone(m, pmt_zone_fixed(b.spans[0].offset, arena), PMT_ZONE_SIBLING, why);
            return true;
        }
        struct pmt_offset_span *spans = pmt_arena_alloc(arena, b.n * sizeof *spans);
        memcpy(spans, b.spans, b.n * sizeof *spans);
        sharpen(&spans[0], &spans[1]);
        m->spans = spans;
        m->nspans = b.n;
        m->zone_from = PMT_ZONE_SIBLING;
        m->zone_name = pmt_arena_printf(arena, "%s, %s", offset_name(arena, spans[0].offset),
                                        offset_name(arena, spans[1].offset));
        m->why = why;
        return true;
    }
    return false;
}

/* ---- nothing to go by -------------------------------------------------------------------- */

/* Only what lies under this machine's own log folder was written by its clock. A file that cannot
 * be looked up any more is judged by its name. */
static bool is_machine_log(const char *path)
{
    char *real = realpath(path, NULL);
    const char *p = real ? real : path;
    bool own = strncmp(p, "/var/log/", 9) == 0 && !strstr(p, "/../");
    free(real);
    return own;
}

static void from_fallback(struct pmt_map *m, const char *path, struct pmt_arena *arena)
{
    const struct pmt_zone *z = is_machine_log(path) ? pmt_zone_machine(arena) : NULL;
    if (z)
        set_zone(m, z, PMT_ZONE_MACHINE,
                 "assumed: this machine's zone, as the file is in its /var/log");
    else
        set_zone(m, pmt_zone_fixed(0, arena), PMT_ZONE_UTC,
                 "assumed: nothing shows the zone; set it with --assume-tz");
}

bool pmt_calibrate_zone_known(struct pmt_scanned *sources, size_t n, size_t me, size_t c, size_t k,
                              struct pmt_calibrate_options *o, struct pmt_arena *arena)
{
    struct pmt_scanned *s = &sources[me];
    const struct pmt_clock *clock = &s->tally->clocks[c];
    const struct pmt_segment *seg = &clock->segments[k];
    struct pmt_map *m = &s->maps[c][k];
    if (seg->how == PMT_STAMP_ZONED) {
        line_zone(m, seg, arena);
        return true;
    }
    return from_option(m, o, pmt_clock_host(s, clock), s->input->shown, arena) ||
           from_pair(m, seg, arena) || from_prints(m, sources, n, seg, arena);
}

void pmt_calibrate_zone_assumed(struct pmt_scanned *sources, size_t n, size_t me, size_t c,
                                size_t k, struct pmt_arena *arena)
{
    struct pmt_scanned *s = &sources[me];
    struct pmt_slice host = pmt_clock_host(s, &s->tally->clocks[c]);
    struct pmt_map *m = &s->maps[c][k];
    if (!from_sibling(m, sources, n, me, host, arena))
        from_fallback(m, s->input->path, arena);
}
