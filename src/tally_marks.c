#include "tally_parts.h"

#include <stdlib.h>

/* ---- marks ------------------------------------------------------------------------------- */

static bool folds(const struct pmt_record *r)
{
    switch (r->event) {
    case PMT_EV_UPSTREAM: case PMT_EV_NO_SERVER: case PMT_EV_SERVER_OUT: case PMT_EV_RESOURCE:
    case PMT_EV_STORAGE: case PMT_EV_NETWORK: case PMT_EV_LOG_GAP:
        return true;
    default:
        return r->lb == PMT_LB_CHECK;
    }
}

static uint64_t fold_key(const struct pmt_mark *m)
{
    uint64_t h = pmt_hash(m->host.p, m->host.n, m->clock);
    h = pmt_hash(m->backend.p, m->backend.n, h);
    h = pmt_hash(m->server.p, m->server.n, h);
    h = pmt_hash(m->subject.p, m->subject.n, h);
    int64_t where[4] = {m->wall / PMT_MINUTE, m->segment, m->rule, m->lb};
    return pmt_hash(where, sizeof where, h);
}

static bool same_fact(const struct pmt_mark *a, const struct pmt_mark *b)
{
    return a->clock == b->clock && a->segment == b->segment && a->rule == b->rule &&
           a->lb == b->lb && a->wall / PMT_MINUTE == b->wall / PMT_MINUTE &&
           pmt_slice_eq(a->host, b->host) && pmt_slice_eq(a->backend, b->backend) &&
           pmt_slice_eq(a->server, b->server) && pmt_slice_eq(a->subject, b->subject);
}

static void fold_index(struct pmt_tally *t, size_t i)
{
    uint64_t h = fold_key(&t->marks[i]);
    size_t k = h & (t->nfold - 1);
    while (t->fold[k])
        k = (k + 1) & (t->nfold - 1);
    t->fold[k] = (uint32_t)(i + 1);
}

static void fold_grow(struct pmt_tally *t)
{
    free(t->fold);
    t->nfold = 64;
    while (t->nfold < (t->nmarks + 1) * 2)
        t->nfold *= 2;
    t->fold = pmt_alloc(t->nfold * sizeof *t->fold);
    for (size_t i = 0; i < t->nmarks; i++)
        if (t->marks[i].foldable)
            fold_index(t, i);
}

/* Adds m's count to the same fact of the same minute, if it is there. */
static bool fold_into(struct pmt_tally *t, const struct pmt_mark *m)
{
    if (!t->fold || t->nmarks * 2 >= t->nfold)
        fold_grow(t);
    for (size_t k = fold_key(m) & (t->nfold - 1); t->fold[k]; k = (k + 1) & (t->nfold - 1)) {
        struct pmt_mark *have = &t->marks[t->fold[k] - 1];
        if (!same_fact(have, m))
            continue;
        have->count += m->count;
        if (m->last_wall > have->last_wall)
            have->last_wall = m->last_wall;
        if (m->wall < have->wall || (m->wall == have->wall && m->line < have->line)) {
            have->wall = m->wall;
            have->line = m->line;
            have->payload = m->payload;
            have->excerpt = m->excerpt;
        }
        return true;
    }
    return false;
}

static void mark_push(struct pmt_tally *t, const struct pmt_mark *m)
{
    if (t->nmarks >= PMT_MARKS_MAX) {
        t->marks_dropped += m->count;
        return;
    }
    PMT_GROW(t->marks, t->nmarks, t->capmarks);
    t->marks[t->nmarks++] = *m;
    if (m->foldable)
        fold_index(t, t->nmarks - 1);
}

void pmt_tally_mark(struct pmt_tally *t, size_t clock, size_t segment, const struct pmt_record *r,
                    const struct pmt_line *line)
{
    const struct pmt_stamp *stamp = pmt_record_stamp(r);
    struct pmt_slice text = r->message.n ? r->message : line->text;
    struct pmt_mark m = {
        .clock = (uint32_t)clock, .segment = (uint32_t)segment,
        .wall = pmt_kept_time(stamp), .last_wall = pmt_kept_time(stamp),
        .line = line->number, .count = 1 + r->repeats,
        .payload = pmt_hash(text.p, text.n, 2),
        .kind = r->kind, .lb = r->lb, .event = r->event, .decimals = stamp->decimals,
        .severity = r->severity, .by_operator = r->by_operator, .foldable = folds(r),
        .timeless = stamp->how == PMT_STAMP_NONE,
        .rule = r->rule, .pid = r->pid, .active_left = r->active_left,
        .host = r->host, .backend = r->backend, .server = r->server, .subject = r->subject,
        .actor = r->actor.n ? pmt_hash(r->actor.p, r->actor.n, 3) : 0,
        .excerpt = line->text, /* for the fold; copied below */
    };
    if (m.foldable && fold_into(t, &m)) {
        /* If this line became the first, its excerpt is still borrowed. */
        for (size_t i = t->nmarks; i-- > 0;)
            if (t->marks[i].excerpt.p == line->text.p) {
                t->marks[i].excerpt =
                    pmt_arena_copy(&t->arena, pmt_slice_head(line->text, PMT_EXCERPT_MAX));
                break;
            } else if (t->nmarks - i > 64) {
                break;
            }
        return;
    }
    struct pmt_slice *keep[] = {&m.host, &m.backend, &m.server, &m.subject};
    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
        *keep[i] = pmt_arena_copy(&t->arena, *keep[i]);
    m.program = pmt_arena_copy(&t->arena, r->program);
    m.detail = pmt_arena_copy(&t->arena, r->detail);
    m.reason = pmt_arena_copy(&t->arena, pmt_slice_head(r->reason, PMT_EXCERPT_MAX));
    m.client = pmt_arena_copy(&t->arena, r->client);
    m.upstream = pmt_arena_copy(&t->arena, r->upstream);
    m.excerpt = pmt_arena_copy(&t->arena, pmt_slice_head(line->text, PMT_EXCERPT_MAX));
    mark_push(t, &m);
}

void pmt_tally_put_mark(struct pmt_tally *t, const struct pmt_mark *m)
{
    if (!m->foldable || !fold_into(t, m))
        mark_push(t, m);
}
