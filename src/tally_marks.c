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
        return pmt_lb_is_check(r->lb);
    }
}

enum { KEEP = PMT_MARKS_MAX / 2 }; /* of either sort */

static int64_t minute_of(int64_t wall)
{
    return wall / PMT_MINUTE - (wall % PMT_MINUTE < 0);
}

/* A hash of what a fact that folds is, without where in this tally it stands. */
static uint64_t rank_of(const struct pmt_mark *m)
{
    int64_t what[3] = {minute_of(m->wall), m->rule, m->lb};
    uint64_t h = pmt_hash(what, sizeof what, 1);
    h = pmt_hash(m->host.p, m->host.n, h);
    h = pmt_hash(m->backend.p, m->backend.n, h);
    h = pmt_hash(m->server.p, m->server.n, h);
    return pmt_hash(m->subject.p, m->subject.n, h);
}

static size_t slot_of(const struct pmt_tally *t, const struct pmt_mark *m)
{
    uint32_t where[2] = {m->clock, m->segment};
    return pmt_hash(where, sizeof where, rank_of(m)) & (t->nfold - 1);
}

static bool same_fact(const struct pmt_mark *a, const struct pmt_mark *b)
{
    return a->clock == b->clock && a->segment == b->segment && a->rule == b->rule &&
           a->lb == b->lb && minute_of(a->wall) == minute_of(b->wall) &&
           pmt_slice_eq(a->host, b->host) && pmt_slice_eq(a->backend, b->backend) &&
           pmt_slice_eq(a->server, b->server) && pmt_slice_eq(a->subject, b->subject);
}

static void fold_enter(struct pmt_tally *t, size_t i)
{
    size_t k = slot_of(t, &t->marks[i]);
    while (t->fold[k])
        k = (k + 1) & (t->nfold - 1);
    t->fold[k] = (uint32_t)(i + 1);
}

static void fold_build(struct pmt_tally *t)
{
    free(t->fold);
    t->nfold = 64;
    while (t->nfold < (t->nfoldable + 1) * 4)
        t->nfold *= 2;
    t->fold = pmt_alloc(t->nfold * sizeof *t->fold);
    for (size_t i = 0; i < t->nmarks; i++)
        if (t->marks[i].foldable)
            fold_enter(t, i);
}

/* Of more than they may be, the facts that fold with the smallest ranks stay (the earlier on a
 * tie): whoever is among them at the end was so all the time, however the lines came in parts. */
void pmt_tally_cut_marks(struct pmt_tally *t)
{
    if (t->nfoldable <= KEEP)
        return;
    uint64_t *ranks = pmt_realloc(NULL, t->nfoldable, sizeof *ranks);
    size_t n = 0, out = 0, below = 0;
    for (size_t i = 0; i < t->nmarks; i++)
        if (t->marks[i].foldable)
            ranks[n++] = rank_of(&t->marks[i]);
    pmt_sort_u64(ranks, n);
    t->fold_cut = ranks[KEEP - 1];
    while (below < KEEP && ranks[below] < t->fold_cut)
        below++;
    free(ranks);
    size_t ties = KEEP - below;
    for (size_t i = 0; i < t->nmarks; i++) {
        struct pmt_mark *m = &t->marks[i];
        uint64_t rank = m->foldable ? rank_of(m) : 0;
        if (m->foldable && (rank > t->fold_cut || (rank == t->fold_cut && !ties))) {
            t->marks_dropped += m->count;
            continue;
        }
        ties -= m->foldable && rank == t->fold_cut;
        t->marks[out++] = *m;
    }
    t->nmarks = out;
    t->nfoldable = KEEP;
    fold_build(t);
}

/* The same fact of the same minute, if it is there. */
static struct pmt_mark *fold_find(struct pmt_tally *t, const struct pmt_mark *m)
{
    if (!t->fold || t->nfoldable * 2 >= t->nfold)
        fold_build(t);
    for (size_t k = slot_of(t, m); t->fold[k]; k = (k + 1) & (t->nfold - 1))
        if (same_fact(&t->marks[t->fold[k] - 1], m))
            return &t->marks[t->fold[k] - 1];
    return NULL;
}

static bool is_before(const struct pmt_mark *a, const struct pmt_mark *b)
{
    return a->wall != b->wall ? a->wall < b->wall : a->line < b->line;
}

/* What folds is told with the words of its earliest line. */
static void fold_into(struct pmt_mark *have, const struct pmt_mark *m, bool first)
{
    uint64_t count = have->count + m->count;
    int64_t last = m->last_wall > have->last_wall ? m->last_wall : have->last_wall;
    if (first)
        *have = *m;
    have->count = count;
    have->last_wall = last;
}

/* Is there room for one more? Facts that do not fold are kept in the order of lines. */
static bool has_room(struct pmt_tally *t, const struct pmt_mark *m)
{
    if (!m->foldable)
        return t->nmarks - t->nfoldable < KEEP;
    if (t->nfoldable >= 2 * KEEP)
        pmt_tally_cut_marks(t);
    return !t->fold_cut || rank_of(m) <= t->fold_cut;
}

static void mark_push(struct pmt_tally *t, const struct pmt_mark *m)
{
    PMT_GROW(t->marks, t->nmarks, t->capmarks);
    t->marks[t->nmarks++] = *m;
    if (m->foldable) {
        t->nfoldable++;
        fold_enter(t, t->nmarks - 1);
    }
}

/* A balancer tells the same state to syslog and to stderr in other quotes: what it says counts, not
 * how. Else the message behind the envelope. */
static uint64_t payload_of(const struct pmt_record *r, const struct pmt_line *line)
{
    if (r->kind == PMT_LB_SERVER_STATE) {
        int64_t what[2] = {r->lb, r->active_left};
        uint64_t h = pmt_hash(what, sizeof what, 2);
        h = pmt_hash(r->backend.p, r->backend.n, h);
        h = pmt_hash(r->server.p, r->server.n, h);
        return pmt_hash(r->reason.p, r->reason.n, h);
    }
    struct pmt_slice text = r->message.n ? r->message : line->text;
    return pmt_hash(text.p, text.n, 2);
}

/* The line, or as much as is kept of it. Of a long JSON line that would be fields of the envelope:
 * then the program and what it said, as syslog writes them. */
static struct pmt_slice excerpt(struct pmt_arena *arena, const struct pmt_record *r,
                                const struct pmt_line *line)
{
    struct pmt_slice s = line->text;
    if (s.n <= PMT_EXCERPT_MAX || *s.p != '{' || r->kind != PMT_SYSLOG || !r->program.n)
        return pmt_arena_copy(arena, pmt_slice_head(s, PMT_EXCERPT_MAX));
    struct pmt_buf b = {0};
    pmt_buf_slice(&b, r->program);
    if (r->pid > 0)
        pmt_buf_printf(&b, "[%lld]", (long long)r->pid);
    pmt_buf_puts(&b, ": ");
    pmt_buf_slice(&b, pmt_slice_head(r->message, PMT_EXCERPT_MAX));
    s = pmt_arena_copy(arena, pmt_slice_head(pmt_buf_view(&b), PMT_EXCERPT_MAX));
    pmt_buf_fini(&b);
    return s;
}

/* Everything that is borrowed from the line is copied. */
static void own(struct pmt_arena *arena, struct pmt_mark *m, const struct pmt_record *r,
                const struct pmt_line *line)
{
    m->host = pmt_arena_copy(arena, r->host);
    m->backend = pmt_arena_copy(arena, r->backend);
    m->server = pmt_arena_copy(arena, r->server);
    m->subject = pmt_arena_copy(arena, r->subject);
    m->program = pmt_arena_copy(arena, r->program);
    m->detail = pmt_arena_copy(arena, r->detail);
    m->reason = pmt_arena_copy(arena, pmt_slice_head(r->reason, PMT_EXCERPT_MAX));
    m->client = pmt_arena_copy(arena, r->client);
    m->upstream = pmt_arena_copy(arena, r->upstream);
    m->account = pmt_arena_copy(arena, r->actor);
    m->excerpt = excerpt(arena, r, line);
}

void pmt_tally_mark(struct pmt_tally *t, size_t clock, size_t segment, const struct pmt_record *r,
                    const struct pmt_line *line)
{
    const struct pmt_stamp *stamp = pmt_record_stamp(r);
    struct pmt_mark m = {
        .clock = (uint32_t)clock, .segment = (uint32_t)segment,
        .wall = pmt_kept_time(stamp), .last_wall = pmt_kept_time(stamp),
        .line = line->number, .count = 1 + r->repeats, .payload = payload_of(r, line),
        .kind = r->kind, .lb = r->lb, .event = r->event, .decimals = stamp->decimals,
        .severity = r->severity, .by_operator = r->by_operator, .foldable = folds(r),
        .timeless = stamp->how == PMT_STAMP_NONE,
        .rule = r->rule, .pid = r->pid, .active_left = r->active_left,
        .host = r->host, .backend = r->backend, .server = r->server, .subject = r->subject,
        .actor = r->actor.n ? pmt_hash(r->actor.p, r->actor.n, 3) : 0,
    };
    struct pmt_mark *have = m.foldable ? fold_find(t, &m) : NULL;
    bool first = have && is_before(&m, have);
    if (!have && !has_room(t, &m)) {
        t->marks_dropped += m.count;
        return;
    }
    if (!have || first)
        own(&t->arena, &m, r, line);
    if (have)
        fold_into(have, &m, first);
    else
        mark_push(t, &m);
}

void pmt_tally_put_mark(struct pmt_tally *t, const struct pmt_mark *m)
{
    struct pmt_mark *have = m->foldable ? fold_find(t, m) : NULL;
    if (have)
        fold_into(have, m, is_before(m, have));
    else if (has_room(t, m))
        mark_push(t, m);
    else
        t->marks_dropped += m->count;
}
