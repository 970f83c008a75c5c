#define _GNU_SOURCE /* fnmatch is POSIX; strndup-free otherwise */
#include "calibrate_parts.h"

#include <fnmatch.h>
#include <stdlib.h>

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

/* ---- maps -------------------------------------------------------------------------------- */

/* Of the offsets a sibling showed, the one in force nearest to this wall time. */
static int32_t span_offset(const struct pmt_map *m, int64_t wall)
{
    int64_t best_gap = INT64_MAX;
    int32_t best = 0;
    for (unsigned i = 0; i < m->nspans; i++) {
        const struct pmt_offset_span *s = &m->spans[i];
        int64_t utc = wall - (int64_t)s->offset * PMT_SECOND;
        int64_t gap = utc < s->min ? s->min - utc : utc > s->max ? utc - s->max : 0;
        if (gap < best_gap) {
            best_gap = gap;
            best = s->offset;
        }
    }
    return best;
}

int64_t pmt_map_utc(const struct pmt_map *m, int64_t wall)
{
    if (m->year && !pmt_wall_with_year(wall, m->year, &wall))
        return PMT_NO_TIME;
    if (m->nspans)
        return wall - (int64_t)span_offset(m, wall) * PMT_SECOND;
    if (m->zone) {
        int64_t utc;
        pmt_zone_to_utc(m->zone, wall, m->second, &utc);
        return utc;
    }
    return wall;
}

int64_t pmt_map_second(const void *map, int64_t sec)
{
    int64_t utc = pmt_map_utc(map, sec * PMT_SECOND);
    if (utc == PMT_NO_TIME)
        return PMT_NO_TIME;
    return utc / PMT_SECOND - (utc % PMT_SECOND < 0);
}

/* ---- hosts ------------------------------------------------------------------------------- */

/* Does a folder on the way to this file bear the host's name? */
static bool path_names_host(const char *path, struct pmt_slice host)
{
    struct pmt_cursor c = pmt_cursor(pmt_str(path));
    struct pmt_slice part;
    while (pmt_cur_until(&c, '/', &part))
        if (host.n && pmt_slice_eq(part, host))
            return true;
    return false;
}

/* A source whose lines all name one host is that host's; one whose lines name none belongs to the
 * host whose name a folder on its path bears, if lines elsewhere in the input name that host. */
static void find_hosts(struct pmt_scanned *sources, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct pmt_tally *t = sources[i].tally;
        sources[i].host = PMT_NO_SLICE;
        for (size_t c = 0; t && c < t->nclocks; c++) {
            if (!t->clocks[c].host.n)
                continue;
            if (sources[i].host.n && !pmt_slice_eq(sources[i].host, t->clocks[c].host)) {
                sources[i].host = PMT_NO_SLICE;
                break;
            }
            sources[i].host = t->clocks[c].host;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct pmt_tally *t = sources[i].tally;
        bool named = false;
        for (size_t c = 0; t && c < t->nclocks; c++)
            named |= t->clocks[c].host.n > 0;
        for (size_t k = 0; t && !named && k < n && !sources[i].host.n; k++)
            for (size_t c = 0; sources[k].tally && c < sources[k].tally->nclocks; c++)
                if (path_names_host(sources[i].input->path, sources[k].tally->clocks[c].host)) {
                    sources[i].host = sources[k].tally->clocks[c].host;
                    break;
                }
    }
}

static struct pmt_slice host_of(const struct pmt_scanned *s, const struct pmt_clock *c)
{
    return c->host.n ? c->host : s->host;
}

/* ---- zones ------------------------------------------------------------------------------- */

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

struct sibling {
    struct pmt_offset_span spans[PMT_OFFSETS_MAX];
    unsigned n;
    const char *shown;
    uint64_t lines;
    bool conflict;
};

static void sibling_add(struct sibling *b, const struct pmt_scanned *s,
                        const struct pmt_segment *seg)
{
    for (unsigned i = 0; i < seg->noffsets; i++) {
        unsigned k = 0;
        while (k < b->n && b->spans[k].offset != seg->offsets[i].offset)
            k++;
        if (k == PMT_OFFSETS_MAX)
            return;
        if (k == b->n) {
            b->spans[b->n++] = seg->offsets[i];
            continue;
        }
        if (seg->offsets[i].min < b->spans[k].min)
            b->spans[k].min = seg->offsets[i].min;
        if (seg->offsets[i].max > b->spans[k].max)
            b->spans[k].max = seg->offsets[i].max;
    }
    if (seg->lines > b->lines) {
        b->lines = seg->lines;
        b->shown = s->input->shown;
    }
}

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
    struct sibling b = {0};
    struct pmt_slice folder = folder_of(sources[me].input->path);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++) {
            const struct pmt_clock *clock = &sources[i].tally->clocks[c];
            struct pmt_slice h = host_of(&sources[i], clock);
            if (host.n && h.n && !pmt_slice_eq(host, h))
                continue;
            if (by == BY_HOST && !(host.n && h.n))
                continue;
            struct pmt_slice f = folder_of(sources[i].input->path);
            if (by == BY_FOLDER && !pmt_slice_eq(folder, f))
                continue;
            if (by == BY_NESTING && !folders_nest(folder, f))
                continue;
            for (size_t k = 0; k < clock->n; k++)
                if (clock->segments[k].how == PMT_STAMP_ZONED)
                    sibling_add(&b, &sources[i], &clock->segments[k]);
        }
    return b;
}

/* Two offsets that are not one zone's winter and summer are two machines: no evidence. */
static bool one_zone(const struct sibling *b)
{
    int32_t low = INT32_MAX, high = INT32_MIN;
    for (unsigned i = 0; i < b->n; i++) {
        low = b->spans[i].offset < low ? b->spans[i].offset : low;
        high = b->spans[i].offset > high ? b->spans[i].offset : high;
    }
    return b->n && high - low <= 3600;
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

static void from_fallback(struct pmt_map *m, const char *path, struct pmt_arena *arena)
{
    char *real = realpath(path, NULL);
    const struct pmt_zone *z = NULL;
    if (real && strncmp(real, "/var/log/", 9) == 0)
        z = pmt_zone_machine(arena);
    free(real);
    if (z)
        set_zone(m, z, PMT_ZONE_MACHINE,
                 "assumed: this machine's zone, as the file is in its /var/log");
    else
        set_zone(m, pmt_zone_fixed(0, arena), PMT_ZONE_UTC,
                 "assumed: nothing shows the zone; set it with --assume-tz");
}

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

static void calibrate_segment(struct pmt_scanned *sources, size_t n, size_t me, size_t c, size_t k,
                              struct pmt_calibrate_options *o, struct pmt_arena *arena)
{
    struct pmt_scanned *s = &sources[me];
    const struct pmt_clock *clock = &s->tally->clocks[c];
    const struct pmt_segment *seg = &clock->segments[k];
    struct pmt_map *m = &s->maps[c][k];
    struct pmt_slice host = host_of(s, clock);
    if (seg->how == PMT_STAMP_ZONED)
        line_zone(m, seg, arena);
    else if (!from_option(m, o, host, s->input->shown, arena) && !from_pair(m, seg, arena) &&
             !from_sibling(m, sources, n, me, host, arena))
        from_fallback(m, s->input->path, arena);
    /* A zoneless clock that stepped back by up to two hours into times that exist twice has begun
     * the second pass. */
    if (k > 0 && m->zone && seg->how == clock->segments[k - 1].how) {
        int64_t utc, before = clock->segments[k - 1].last_key, from = seg->first_key;
        if (m->year)
            return; /* years are not known yet when zones are: see recheck in pmt_calibrate */
        m->second = before > from && before - from < 3 * PMT_HOUR &&
                    pmt_zone_to_utc(m->zone, from, false, &utc) == PMT_WALL_TWICE;
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

/* The repeated hour of year-less clocks, once their years are known. */
static void second_passes(struct pmt_scanned *s)
{
    for (size_t c = 0; c < s->tally->nclocks; c++)
        for (size_t k = 1; k < s->tally->clocks[c].n; k++) {
            const struct pmt_segment *seg = &s->tally->clocks[c].segments[k];
            struct pmt_map *m = &s->maps[c][k];
            int64_t utc, from, before = seg[-1].last_key;
            if (seg->how != PMT_STAMP_YEARLESS || !m->zone || !m->year ||
                !pmt_wall_with_year(seg->first_key, m->year, &from))
                continue;
            m->second = before > seg->first_key && before - seg->first_key < 3 * PMT_HOUR &&
                        pmt_zone_to_utc(m->zone, from, false, &utc) == PMT_WALL_TWICE;
        }
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
    find_hosts(sources, n);
    for (size_t i = 0; i < n; i++) {
        struct pmt_scanned *s = &sources[i];
        s->first = s->last = PMT_NO_TIME;
        if (!s->tally)
            continue;
        s->maps = pmt_arena_alloc(arena, (s->tally->nclocks + 1) * sizeof *s->maps);
        for (size_t c = 0; c < s->tally->nclocks; c++)
            s->maps[c] = pmt_arena_alloc(arena, s->tally->clocks[c].n * sizeof **s->maps);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++)
                calibrate_segment(sources, n, i, c, k, options, arena);
    pmt_calibrate_years(sources, n, options);
    for (size_t i = 0; i < n; i++)
        if (sources[i].tally) {
            second_passes(&sources[i]);
            summarise(&sources[i]);
        }
}
