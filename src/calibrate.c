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

/* ---- maps -------------------------------------------------------------------------------- */

int64_t pmt_span_gap(const struct pmt_offset_span *s, int64_t wall)
{
    int64_t utc = wall - (int64_t)s->offset * PMT_SECOND;
    return utc < s->min ? s->min - utc : utc > s->max ? utc - s->max : 0;
}

/* Of the offsets a sibling showed, the one in force nearest to this wall time. Where both may be
 * meant, clocks were just set back: the first pass is the one with the larger offset. */
static int32_t span_offset(const struct pmt_map *m, int64_t wall)
{
    int64_t best_gap = INT64_MAX;
    int32_t best = 0;
    for (unsigned i = 0; i < m->nspans; i++) {
        int32_t offset = m->spans[i].offset;
        int64_t gap = pmt_span_gap(&m->spans[i], wall);
        if (m->second && gap <= PMT_FOLD_MAX)
            gap = 0;
        bool tie = gap == best_gap && (m->second ? offset < best : offset > best);
        if (gap < best_gap || tie) {
            best_gap = gap;
            best = offset;
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

/* "web-01" and "web-01.example.com" are one host's names; "10" is none of "10.0.0.1". */
static bool same_host(struct pmt_slice a, struct pmt_slice b)
{
    if (a.n > b.n) {
        struct pmt_slice t = a;
        a = b;
        b = t;
    }
    if (!a.n || memcmp(a.p, b.p, a.n) != 0)
        return false;
    return a.n == b.n || (b.p[a.n] == '.' && (a.p[a.n - 1] > '9' || a.p[0] > '9'));
}

/* The host of which any line says that it is `name`. */
static struct pmt_slice host_in_lines(const struct pmt_scanned *sources, size_t n,
                                      struct pmt_slice name)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            if (same_host(name, sources[i].tally->clocks[c].host))
                return sources[i].tally->clocks[c].host;
    return PMT_NO_SLICE;
}

static struct pmt_slice server_in_segment(const struct pmt_segment *s, struct pmt_slice name)
{
    for (size_t i = 0; i < s->nuses; i++)
        if (pmt_slice_eq(s->uses[i].server, name))
            return s->uses[i].server;
    return PMT_NO_SLICE;
}

/* A server the balancer gave requests to: people name folders after servers, too. */
static struct pmt_slice host_in_servers(const struct pmt_scanned *sources, size_t n,
                                        struct pmt_slice name)
{
    static const char *const no_hosts[] = {"log", "logs", "nginx", "haproxy", "httpd", "apache2"};
    for (size_t i = 0; i < sizeof no_hosts / sizeof *no_hosts; i++)
        if (pmt_slice_is(name, no_hosts[i]))
            return PMT_NO_SLICE;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++) {
                struct pmt_slice h =
                    server_in_segment(&sources[i].tally->clocks[c].segments[k], name);
                if (h.n)
                    return h;
            }
    return PMT_NO_SLICE;
}

/* The host that the nearest folder above this file is named after. */
static struct pmt_slice host_of_path(const struct pmt_scanned *sources, size_t n, const char *path)
{
    const char *end = strrchr(path, '/');
    while (end && end > path) {
        const char *begin = end;
        while (begin > path && begin[-1] != '/')
            begin--;
        struct pmt_slice name = pmt_slice(begin, (size_t)(end - begin));
        struct pmt_slice host = name.n ? host_in_lines(sources, n, name) : PMT_NO_SLICE;
        if (name.n && !host.n)
            host = host_in_servers(sources, n, name);
        if (host.n)
            return host;
        end = begin > path ? begin - 1 : NULL;
    }
    return PMT_NO_SLICE;
}

/* The one host that all lines name; *none when no line names any. */
static struct pmt_slice host_of_lines(const struct pmt_tally *t, bool *none)
{
    struct pmt_slice host = PMT_NO_SLICE;
    *none = true;
    for (size_t c = 0; t && c < t->nclocks; c++) {
        if (!t->clocks[c].host.n)
            continue;
        if (!*none && !pmt_slice_eq(host, t->clocks[c].host))
            return PMT_NO_SLICE;
        host = t->clocks[c].host;
        *none = false;
    }
    return host;
}

/* A source whose lines all name one host is that host's; one whose lines name none belongs to the
 * host whose name a folder on its path bears, if lines elsewhere in the input name that host. */
static void find_hosts(struct pmt_scanned *sources, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool none;
        sources[i].host = host_of_lines(sources[i].tally, &none);
        if (sources[i].tally && none)
            sources[i].host = host_of_path(sources, n, sources[i].input->path);
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

/* Does this wall time exist twice? */
static bool is_twice(const struct pmt_map *m, int64_t wall)
{
    int64_t utc;
    if (m->year && !pmt_wall_with_year(wall, m->year, &wall))
        return false;
    if (m->zone)
        return pmt_zone_to_utc(m->zone, wall, false, &utc) == PMT_WALL_TWICE;
    unsigned fit = 0;
    for (unsigned i = 0; i < m->nspans; i++)
        fit += pmt_span_gap(&m->spans[i], wall) <= PMT_FOLD_MAX;
    return fit > 1;
}

/* A zoneless clock that stepped back a little, into times that exist twice, has begun the second
 * pass of the repeated hour. */
static void second_passes(struct pmt_scanned *s)
{
    for (size_t c = 0; c < s->tally->nclocks; c++)
        for (size_t k = 1; k < s->tally->clocks[c].n; k++) {
            const struct pmt_segment *seg = &s->tally->clocks[c].segments[k];
            struct pmt_map *m = &s->maps[c][k];
            int64_t back = seg[-1].last_key - seg->first_key;
            m->second = seg->how != PMT_STAMP_ZONED && seg->how == seg[-1].how && back > 0 &&
                        back < 3 * PMT_HOUR && is_twice(m, seg->first_key);
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

enum { NOT_KNOWN = 255 }; /* zone_from, until the assumptions are made */

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
                if (!pmt_calibrate_zone_known(sources, n, i, c, k, options, arena))
                    sources[i].maps[c][k].zone_from = NOT_KNOWN;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++)
            for (size_t k = 0; k < sources[i].tally->clocks[c].n; k++)
                if (sources[i].maps[c][k].zone_from == NOT_KNOWN)
                    pmt_calibrate_zone_assumed(sources, n, i, c, k, arena);
    pmt_calibrate_years(sources, n, options);
    for (size_t i = 0; i < n; i++)
        if (sources[i].tally) {
            second_passes(&sources[i]);
            summarise(&sources[i]);
        }
}
