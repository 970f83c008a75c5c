#define _XOPEN_SOURCE 700 /* realpath */
#include "calibrate_parts.h"

#include <fnmatch.h>
#include <stdlib.h>

static void set_zone(struct pmt_map *m, const struct pmt_zone *z, enum pmt_zone_from from,
                     const char *why)
{
    m->zone = z;
    m->zone_from = (uint8_t)from;
    m->zone_name = pmt_zone_name(z);
    m->why = why;
}

/* ---- the line's own offset --------------------------------------------------------------- */

enum { OFFSETS_NAMED = 4 };

static void line_zone(struct pmt_map *m, const struct pmt_segment *s, struct pmt_arena *arena)
{
    int32_t seen[OFFSETS_NAMED];
    unsigned n = 0;
    struct pmt_buf b = {0};
    for (uint32_t i = 0; i < s->offsets.n && n < OFFSETS_NAMED; i++) {
        unsigned k = 0;
        while (k < n && seen[k] != s->offsets.v[i].offset)
            k++;
        if (k < n)
            continue;
        pmt_buf_puts(&b, n ? ", " : "");
        pmt_put_offset(&b, seen[n++] = s->offsets.v[i].offset);
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

/* ---- siblings ---------------------------------------------------------------------------- */

/* What lines with an offset show, and what was found of zoneless ones by comparing. */
struct sibling {
    struct pmt_spans zoned, paired, strangers;
    const char *shown;
    uint64_t lines;
};

static void sibling_fini(struct sibling *b)
{
    free(b->zoned.v);
    free(b->paired.v);
    free(b->strangers.v);
}

static void sibling_add(struct sibling *b, const struct pmt_calibration *c,
                        const struct pmt_ref *ref, bool stranger)
{
    const struct pmt_segment *seg = pmt_ref_seg(c, ref);
    const struct pmt_map *m = pmt_ref_to_map(c, ref);
    bool zoned = seg->how == PMT_STAMP_ZONED, paired = m->zone_from == PMT_ZONE_PAIRED && m->why;
    struct pmt_spans *to = stranger ? &b->strangers : zoned ? &b->zoned : &b->paired;
    for (uint32_t i = 0; zoned && i < seg->offsets.n; i++)
        pmt_spans_add(to, &seg->offsets.v[i]);
    for (unsigned i = 0; paired && !zoned && i < m->nspans; i++)
        pmt_spans_add(to, &m->spans[i]);
    if (!stranger && ((zoned && seg->offsets.n) || (paired && !zoned)) && seg->lines > b->lines) {
        b->lines = seg->lines;
        b->shown = c->sources[ref->source].input->shown;
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

static bool is_near(const struct pmt_chain *me, const struct pmt_chain *other, enum sibling_by by,
                    bool stranger)
{
    struct pmt_slice folder = folder_of(me->family), f = folder_of(other->family);
    if (by == BY_HOST)
        return !stranger && me->host.n && other->host.n;
    return by == BY_FOLDER ? !stranger && pmt_slice_eq(folder, f) : folders_nest(folder, f);
}

/* What the logs of the same host, or in the same folder, show. */
static void find_sibling(const struct pmt_calibration *c, const struct pmt_chain *me,
                         enum sibling_by by, struct sibling *ret)
{
    for (size_t i = 0; i < c->nchains; i++) {
        const struct pmt_chain *other = &c->chains[i];
        bool stranger = me->host.n && other->host.n && !pmt_slice_eq(me->host, other->host);
        for (size_t k = 0; is_near(me, other, by, stranger) && k < other->n; k++)
            sibling_add(ret, c, &other->refs[k], stranger);
    }
}

/* Logs of other hosts round about prove nothing, but if they differ, neither do these. */
static bool is_crowded(const struct sibling *b, const struct pmt_spans *spans)
{
    for (size_t i = 0; i < b->strangers.n; i++)
        for (size_t k = 0; k < spans->n; k++)
            if (b->strangers.v[i].offset != spans->v[k].offset)
                return true;
    return false;
}

/* Was this offset in force at this span's time? */
static bool has(const struct pmt_spans *spans, const struct pmt_offset_span *s)
{
    for (size_t i = 0; i < spans->n; i++)
        if (spans->v[i].offset == s->offset && spans->v[i].min <= s->max &&
            s->min <= spans->v[i].max)
            return true;
    return false;
}

/* A host's zoneless logs are all in its own zone; what carries an offset may be a container's, or a
 * program's that has another. Where nothing speaks against it, it tells when the clocks turned,
 * for it is seldom silent. Settles what is to be believed in ret. */
static bool believe(const struct pmt_spans *zoned, const struct pmt_spans *paired,
                    struct pmt_spans *ret)
{
    ret->n = 0;
    for (size_t i = 0; i < paired->n; i++)
        pmt_spans_add(ret, &paired->v[i]);
    for (size_t i = 0; i < zoned->n; i++)
        pmt_spans_add(ret, &zoned->v[i]);
    bool good = pmt_spans_settle(ret);
    for (size_t i = 0; good && i < paired->n; i++)
        good = has(ret, &paired->v[i]);
    if (good)
        return true;
    ret->n = 0;
    for (size_t i = 0; i < paired->n; i++)
        pmt_spans_add(ret, &paired->v[i]);
    return pmt_spans_settle(ret);
}

static void take_spans(struct pmt_calibration *c, const struct pmt_chain *chain,
                       const struct pmt_spans *spans, enum pmt_zone_from from, const char *why)
{
    for (size_t k = 0; k < chain->n; k++)
        if (!pmt_ref_to_map(c, &chain->refs[k])->why)
            pmt_map_take_spans(pmt_ref_to_map(c, &chain->refs[k]), spans, from, why, c->arena);
}

static bool from_sibling(struct pmt_calibration *c, const struct pmt_chain *chain)
{
    static const char *const what[] = {"the same host's", "the same folder's",
                                       "a neighbouring folder's"};
    bool found = false;
    for (enum sibling_by by = BY_HOST; by <= BY_NESTING && !found; by++) {
        struct sibling b = {0};
        struct pmt_spans spans = {0};
        find_sibling(c, chain, by, &b);
        found = believe(&b.zoned, &b.paired, &spans) && !is_crowded(&b, &spans);
        if (found)
            take_spans(c, chain, &spans, PMT_ZONE_SIBLING,
                       pmt_arena_printf(c->arena, "assumed: %s %s writes with this offset",
                                        what[by], b.shown));
        free(spans.v);
        sibling_fini(&b);
    }
    return found;
}

/* What pairs show may be a short time only: before and behind it lines of the same host, or in the
 * same folder, tell of turns of the clocks, unless they are in another zone. */
static void take_paired(struct pmt_calibration *c, const struct pmt_chain *chain,
                        const struct pmt_spans *paired, const char *why)
{
    struct sibling b = {0};
    struct pmt_spans spans = {0};
    find_sibling(c, chain, chain->host.n ? BY_HOST : BY_FOLDER, &b);
    bool completed = believe(&b.zoned, paired, &spans);
    struct pmt_offset_span *shown = pmt_arena_alloc(c->arena, paired->n * sizeof *shown);
    memcpy(shown, paired->v, paired->n * sizeof *shown);
    for (size_t k = 0; k < chain->n; k++) {
        struct pmt_map *m = pmt_ref_to_map(c, &chain->refs[k]);
        if (!m->why) {
            m->shown = shown;
            m->nshown = (unsigned)paired->n;
        }
    }
    take_spans(c, chain, completed ? &spans : paired, PMT_ZONE_PAIRED, why);
    free(spans.v);
    sibling_fini(&b);
}

/* ---- nothing to go by -------------------------------------------------------------------- */

/* A file that cannot be looked up any more is judged by its name. */
bool pmt_is_machine_log(const struct pmt_input *in)
{
    if (in->archive)
        return false; /* a bundle may be of any machine */
    const char *path = in->path;
    char *real = realpath(path, NULL);
    const char *p = real ? real : path;
    bool own = strncmp(p, "/var/log/", 9) == 0 && !strstr(p, "/../");
    free(real);
    return own;
}

static void from_fallback(struct pmt_map *m, const struct pmt_input *in, struct pmt_arena *arena)
{
    const struct pmt_zone *z = pmt_is_machine_log(in) ? pmt_zone_machine(arena) : NULL;
    if (z)
        set_zone(m, z, PMT_ZONE_MACHINE,
                 "assumed: this machine's zone, as the file is in its /var/log");
    else
        set_zone(m, pmt_zone_fixed(0, arena), PMT_ZONE_UTC,
                 "assumed: nothing shows the zone; set it with --assume-tz");
}

/* ---- the ladder -------------------------------------------------------------------------- */

/* An option is obeyed, but not in silence when the logs themselves say otherwise. */
static void check_option(struct pmt_calibration *c, const struct pmt_chain *chain)
{
    struct pmt_spans spans = {0};
    const char *why;
    bool found = pmt_calibrate_paired(c, chain, &spans, &why);
    for (size_t k = 0; found && k < chain->n; k++) {
        struct pmt_map *m = pmt_ref_to_map(c, &chain->refs[k]);
        for (size_t i = 0; m->zone_from == PMT_ZONE_OPTION && !m->contradicted && i < spans.n; i++)
            if (pmt_zone_offset(m->zone, spans.v[i].min) != spans.v[i].offset) {
                struct pmt_spans one = {&spans.v[i], 1, 1};
                struct pmt_map shown = {0};
                pmt_map_take_spans(&shown, &one, PMT_ZONE_PAIRED, why, c->arena);
                m->contradicted = pmt_arena_printf(c->arena, "%s, but %s, which shows %s", m->why,
                                                   why, shown.zone_name);
            }
    }
    free(spans.v);
}

/* True when every segment has its zone. */
static bool settle_known(struct pmt_calibration *c, const struct pmt_chain *chain)
{
    size_t open = 0;
    for (size_t k = 0; k < chain->n; k++) {
        const struct pmt_ref *r = &chain->refs[k];
        struct pmt_map *m = pmt_ref_to_map(c, r);
        if (pmt_ref_seg(c, r)->how == PMT_STAMP_ZONED)
            line_zone(m, pmt_ref_seg(c, r), c->arena);
        else
            open += !from_option(m, c->options, chain->host, c->sources[r->source].input->shown,
                                 c->arena);
    }
    if (!open) {
        check_option(c, chain);
        return true;
    }
    struct pmt_spans spans = {0};
    const char *why;
    bool found = pmt_calibrate_paired(c, chain, &spans, &why);
    if (found)
        take_paired(c, chain, &spans, why);
    free(spans.v);
    return found;
}

static bool settle_by_events(struct pmt_calibration *c, const struct pmt_chain *chain)
{
    struct pmt_spans spans = {0};
    const char *why;
    bool found = pmt_calibrate_events(c, chain, &spans, &why);
    if (found)
        take_paired(c, chain, &spans, why);
    free(spans.v);
    return found;
}

/* What is known first: what is assumed builds on it. An envelope may be known by the program's own
 * stamp inside it. */
void pmt_calibrate_zones(struct pmt_calibration *c)
{
    bool *known = pmt_alloc(c->nchains + 1);
    for (size_t i = 0; i < c->nchains; i++)
        if (c->chains[i].which != PMT_CLOCK_HEAD)
            known[i] = settle_known(c, &c->chains[i]);
    for (size_t i = 0; i < c->nchains; i++)
        if (c->chains[i].which == PMT_CLOCK_HEAD)
            known[i] = settle_known(c, &c->chains[i]);
    for (size_t i = 0; i < c->nchains; i++)
        known[i] = known[i] || settle_by_events(c, &c->chains[i]);
    for (size_t i = 0; i < c->nchains; i++) {
        const struct pmt_chain *chain = &c->chains[i];
        if (known[i] || from_sibling(c, chain))
            continue;
        for (size_t k = 0; k < chain->n; k++) {
            struct pmt_map *m = pmt_ref_to_map(c, &chain->refs[k]);
            if (!m->why)
                from_fallback(m, c->sources[chain->refs[k].source].input, c->arena);
        }
    }
    free(known);
}
