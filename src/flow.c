#include "pmt/tally.h"

#include <stdlib.h>

enum { CELLS_MAX = PMT_TEXTS_MAX / 2, SHIFT_MAX = 40 };

void pmt_flow_fini(struct pmt_flow *f)
{
    for (int i = 0; i < PMT_SLOW_SORTS; i++) {
        if (f->slow[i])
            pmt_flow_fini(f->slow[i]);
        free(f->slow[i]);
    }
    pmt_latency_fini(&f->latency);
    pmt_series_fini(&f->series);
    pmt_votes_fini(&f->ok);
    pmt_votes_fini(&f->failed);
    pmt_causes_fini(&f->causes);
    for (size_t i = 0; i < f->nbad; i++)
        free(f->bad[i].text);
    free(f->bad);
    *f = (struct pmt_flow){.ok = f->ok, .failed = f->failed, .slow_budget = f->slow_budget};
}

size_t pmt_flow_search(const struct pmt_flow *f, int64_t sec)
{
    size_t lo = 0, hi = f->nbad;
    if (f->nbad && f->bad[f->nbad - 1].sec < sec)
        return f->nbad;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (f->bad[mid].sec < sec)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The failing second, new when `*fresh`. */
static struct pmt_badsec *bad_at(struct pmt_flow *f, int64_t sec, bool *fresh)
{
    size_t i = pmt_flow_search(f, sec);
    *fresh = i == f->nbad || f->bad[i].sec != sec;
    if (*fresh) {
        PMT_GROW(f->bad, f->nbad, f->capbad);
        memmove(f->bad + i + 1, f->bad + i, (f->nbad - i) * sizeof *f->bad);
        f->bad[i] = (struct pmt_badsec){.sec = sec};
        f->nbad++;
    }
    return &f->bad[i];
}

static bool same_cell(const struct pmt_badsec *a, const struct pmt_badsec *b, unsigned shift)
{
    int64_t size = (int64_t)1 << shift;
    int64_t x = a->sec / size - (a->sec % size < 0), y = b->sec / size - (b->sec % size < 0);
    return x == y;
}

static size_t count_cells(const struct pmt_flow *f, unsigned shift)
{
    size_t n = 0;
    for (size_t i = 0; i < f->nbad; i++)
        n += i == 0 || !same_cell(&f->bad[i - 1], &f->bad[i], shift);
    return n;
}

/* Beyond the bound, texts are kept for the first and the last failing second of every cell of
 * 2^shift seconds, the smallest cells of which there are CELLS_MAX. More seconds only make for
 * more or larger cells, and who stands at the end of a large cell stands at the end of a small one:
 * so which texts are left depends on which seconds failed and on nothing else. */
static void thin_texts(struct pmt_flow *f)
{
    if (f->nbad <= CELLS_MAX && !f->text_shift)
        return;
    while (f->text_shift < SHIFT_MAX && count_cells(f, f->text_shift) > CELLS_MAX)
        f->text_shift++;
    f->texts = 0;
    for (size_t i = 0; i < f->nbad; i++) {
        bool inner = i && i + 1 < f->nbad &&
                     same_cell(&f->bad[i - 1], &f->bad[i], f->text_shift) &&
                     same_cell(&f->bad[i], &f->bad[i + 1], f->text_shift);
        if (inner) {
            free(f->bad[i].text);
            f->bad[i].text = NULL;
        }
        f->texts += f->bad[i].text != NULL;
    }
}

static uint8_t put_text(char *to, struct pmt_slice line)
{
    struct pmt_slice s = pmt_slice_head(line, PMT_EXCERPT_MAX);
    memcpy(to, s.p, s.n);
    return (uint8_t)s.n;
}

static void add_bad(struct pmt_flow *f, int64_t sec, int32_t us, uint32_t path,
                    const struct pmt_line *line)
{
    bool fresh;
    struct pmt_badsec *b = bad_at(f, sec, &fresh);
    if (fresh) {
        b->text = pmt_alloc(sizeof *b->text);
        f->texts++;
    }
    /* Ties go to the earlier line, so that the choice does not depend on the order of joins. */
    if (fresh || us < b->first_us || (us == b->first_us && line->number < b->first_line)) {
        b->first_us = us;
        b->first_line = line->number;
        b->first_path = path;
        if (b->text)
            b->text->first_n = put_text(b->text->first, line->text);
    }
    if (fresh || us > b->last_us || (us == b->last_us && line->number > b->last_line)) {
        b->last_us = us;
        b->last_line = line->number;
        b->last_path = path;
        if (b->text)
            b->text->last_n = put_text(b->text->last, line->text);
    }
    if (fresh && f->texts > 2 * PMT_TEXTS_MAX)
        thin_texts(f);
}

/* ---- what was slow ------------------------------------------------------------------------- */

/* Of which sort it is, or PMT_SLOW_SORTS. */
static unsigned slow_sort(const struct pmt_hit *h)
{
    if (h->bad)
        return PMT_SLOW_SORTS;
    if (h->gave_up)
        return PMT_SLOW_LEFT;
    return h->latency < PMT_SECOND        ? PMT_SLOW_SORTS
           : h->latency < 4 * PMT_SECOND  ? PMT_SLOW_1
           : h->latency < 16 * PMT_SECOND ? PMT_SLOW_4
                                          : PMT_SLOW_16;
}

static struct pmt_flow *slow_flow(struct pmt_flow *f, unsigned sort)
{
    if (!f->slow[sort]) {
        f->slow[sort] = pmt_alloc(sizeof *f->slow[sort]);
        f->slow[sort]->failed.budget = f->slow_budget;
    }
    return f->slow[sort];
}

static void add_slow(struct pmt_flow *f, const struct pmt_hit *h, int64_t sec,
                     const struct pmt_line *line)
{
    static const struct pmt_counts one = {{[PMT_BAD] = 1}};
    pmt_series_add(&f->series, sec, &one);
    if (h->client)
        pmt_votes_add(&f->failed, h->client, sec);
    add_bad(f, sec, (int32_t)(h->t - sec * PMT_SECOND), h->path, line);
}

void pmt_flow_copy_slow(struct pmt_flow *dst, struct pmt_flow *src, unsigned sorts)
{
    struct pmt_flow twin;
    int64_t sec;
    struct pmt_counts c;
    pmt_flow_seal(src);
    twin = *src;
    memset(twin.slow, 0, sizeof twin.slow);
    memset(&twin.series, 0, sizeof twin.series);
    pmt_flow_copy(dst, &twin);
    struct pmt_series_iter it = pmt_series_iter(&src->series);
    while (pmt_series_next(&it, &sec, &c)) {
        if (sorts & 1u << PMT_SLOW_LEFT)
            c.c[PMT_GAVE_UP] = 0; /* they are among the failed */
        pmt_series_add(&dst->series, sec, &c);
    }
    for (unsigned i = 0; i < PMT_SLOW_SORTS; i++)
        if (src->slow[i] && sorts & 1u << i)
            pmt_flow_copy(dst, src->slow[i]);
    pmt_flow_seal(dst);
    pmt_votes_without(&dst->ok, &dst->failed);
}

/* ---- requests ------------------------------------------------------------------------------ */

void pmt_flow_add(struct pmt_flow *f, const struct pmt_hit *h, const struct pmt_line *line)
{
    int64_t sec = h->t / PMT_SECOND - (h->t % PMT_SECOND < 0);
    struct pmt_counts c = {{[PMT_ALL] = 1, [PMT_BAD] = h->bad, [PMT_GAVE_UP] = h->gave_up}};
    pmt_series_add(&f->series, sec, &c);
    if (h->client)
        pmt_votes_add(h->bad ? &f->failed : &f->ok, h->client, sec);
    if (h->latency >= 0)
        pmt_latency_add(&f->latency, sec, h->latency);
    unsigned slow = slow_sort(h);
    if (slow < PMT_SLOW_SORTS)
        add_slow(slow_flow(f, slow), h, sec, line);
    if (h->cause.by)
        pmt_causes_add(&f->causes, h->cause, sec);
    if (h->bad)
        add_bad(f, sec, (int32_t)(h->t - sec * PMT_SECOND), h->path, line);
}

static bool is_earlier(const struct pmt_badsec *a, const struct pmt_badsec *b)
{
    return a->first_us != b->first_us ? a->first_us < b->first_us : a->first_line < b->first_line;
}

static bool is_later(const struct pmt_badsec *a, const struct pmt_badsec *b)
{
    return a->last_us != b->last_us ? a->last_us > b->last_us : a->last_line > b->last_line;
}

static void swap_text(struct pmt_badsec *a, struct pmt_badsec *b)
{
    struct pmt_badtext *t = a->text;
    a->text = b->text;
    b->text = t;
}

/* Two parts of one source saw the same second: the earliest and the latest line of both. */
static void join_bad(struct pmt_badsec *d, struct pmt_badsec *s)
{
    bool earlier = is_earlier(s, d), later = is_later(s, d);
    if (earlier && later) {
        swap_text(d, s);
    } else if ((earlier || later) && !(d->text && s->text)) {
        free(d->text); /* no text rather than one of another line */
        d->text = NULL;
    } else if (earlier) {
        d->text->first_n = s->text->first_n;
        memcpy(d->text->first, s->text->first, s->text->first_n);
    } else if (later) {
        d->text->last_n = s->text->last_n;
        memcpy(d->text->last, s->text->last, s->text->last_n);
    }
    if (earlier) {
        d->first_us = s->first_us;
        d->first_line = s->first_line;
        d->first_path = s->first_path;
    }
    if (later) {
        d->last_us = s->last_us;
        d->last_line = s->last_line;
        d->last_path = s->last_path;
    }
}

/* Two sources saw failures in the same second. Evidence stays in one of them, the one that saw the
 * first (the lower number on a tie, so that the order of merging does not matter); the last instant
 * is the later one all the same. */
static void merge_bad(struct pmt_badsec *d, struct pmt_badsec *s)
{
    int32_t last_us = d->last_us > s->last_us ? d->last_us : s->last_us;
    if (s->first_us != d->first_us ? s->first_us < d->first_us : s->source < d->source) {
        struct pmt_badsec old = *d;
        *d = *s;
        d->sec = old.sec;
        s->text = old.text;
    }
    d->last_us = last_us;
}

void pmt_flow_merge(struct pmt_flow *dst, struct pmt_flow *src,
                    int64_t (*map)(const void *ctx, int64_t sec), const void *ctx, int32_t source,
                    uint64_t add_lines)
{
    pmt_series_merge(&dst->series, &src->series, map, ctx);
    pmt_votes_merge(&dst->ok, &src->ok, map, ctx);
    pmt_votes_merge(&dst->failed, &src->failed, map, ctx);
    pmt_causes_merge(&dst->causes, &src->causes, map, ctx);
    pmt_latency_merge(&dst->latency, &src->latency, map, ctx);
    for (unsigned i = 0; i < PMT_SLOW_SORTS; i++)
        if (src->slow[i])
            pmt_flow_merge(slow_flow(dst, i), src->slow[i], map, ctx, source, add_lines);
    if (src->text_shift > dst->text_shift)
        dst->text_shift = src->text_shift;
    for (size_t i = 0; i < src->nbad; i++) {
        struct pmt_badsec *s = &src->bad[i];
        bool fresh;
        int64_t sec = map ? map(ctx, s->sec) : s->sec;
        if (sec == PMT_DROP)
            continue;
        s->first_line += add_lines;
        s->last_line += add_lines;
        if (source >= 0)
            s->source = source;
        struct pmt_badsec *d = bad_at(dst, sec, &fresh);
        bool had = d->text != NULL;
        if (fresh) {
            *d = *s;
            d->sec = sec;
            s->text = NULL;
        } else if (d->source == s->source) {
            join_bad(d, s);
        } else {
            merge_bad(d, s);
        }
        dst->texts += d->text != NULL;
        dst->texts -= had;
    }
}

void pmt_flow_copy(struct pmt_flow *dst, struct pmt_flow *src)
{
    /* A shallow twin whose votes and texts are its own, so that the merge may take them. */
    struct pmt_flow twin = *src;
    struct pmt_badsec *bad = pmt_realloc(NULL, src->nbad, sizeof *bad);
    for (size_t i = 0; i < src->nbad; i++) {
        bad[i] = src->bad[i];
        if (bad[i].text) {
            bad[i].text = pmt_alloc(sizeof *bad[i].text);
            memcpy(bad[i].text, src->bad[i].text, sizeof *bad[i].text);
        }
    }
    twin.bad = bad;
    twin.ok = twin.failed = (struct pmt_votes){0};
    memset(twin.slow, 0, sizeof twin.slow);
    pmt_series_seal(&src->series);
    pmt_latency_seal(&src->latency);
    twin.series = src->series;
    twin.latency = src->latency;
    pmt_flow_merge(dst, &twin, NULL, NULL, -1, 0);
    for (unsigned i = 0; i < PMT_SLOW_SORTS; i++)
        if (src->slow[i])
            pmt_flow_copy(slow_flow(dst, i), src->slow[i]);
    pmt_votes_copy(&dst->ok, &src->ok);
    pmt_votes_copy(&dst->failed, &src->failed);
    for (size_t i = 0; i < src->nbad; i++)
        free(bad[i].text);
    free(bad);
}

void pmt_flow_seal(struct pmt_flow *f)
{
    pmt_series_seal(&f->series);
    pmt_votes_seal(&f->ok);
    pmt_votes_seal(&f->failed);
    pmt_causes_seal(&f->causes);
    pmt_latency_seal(&f->latency);
    for (unsigned i = 0; i < PMT_SLOW_SORTS; i++)
        if (f->slow[i])
            pmt_flow_seal(f->slow[i]);
    thin_texts(f);
    if (f->nbad && f->capbad > f->nbad) {
        f->bad = pmt_realloc(f->bad, f->nbad, sizeof *f->bad);
        f->capbad = f->nbad;
    }
}

void pmt_flow_settle(struct pmt_flow *f)
{
    pmt_votes_settle(&f->ok);
    pmt_votes_settle(&f->failed);
    f->slow_budget = NULL;
    for (unsigned i = 0; i < PMT_SLOW_SORTS; i++)
        if (f->slow[i])
            pmt_flow_settle(f->slow[i]);
}
