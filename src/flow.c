#include "pmt/tally.h"

#include <stdlib.h>

enum { RUN_GAP = 2 }; /* failing seconds this near belong to one run */

void pmt_flow_fini(struct pmt_flow *f)
{
    pmt_series_fini(&f->series);
    pmt_votes_fini(&f->ok);
    pmt_votes_fini(&f->failed);
    for (size_t i = 0; i < f->nbad; i++)
        free(f->bad[i].text);
    free(f->bad);
    *f = (struct pmt_flow){.ok = f->ok, .failed = f->failed};
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

static bool keeps_text(const struct pmt_flow *f, size_t i)
{
    const struct pmt_badsec *b = &f->bad[i];
    int64_t mask = ((int64_t)1 << f->text_shift) - 1;
    return (b->sec & mask) == 0 || i == 0 || f->bad[i - 1].sec < b->sec - RUN_GAP ||
           i + 1 == f->nbad || f->bad[i + 1].sec > b->sec + RUN_GAP;
}

/* Beyond the bound, texts are kept on a grid of seconds and at the ends of runs: which ones
 * depends on which seconds failed and on nothing else. */
static void thin_texts(struct pmt_flow *f, unsigned limit)
{
    while (f->texts > limit && f->text_shift < 20) {
        f->text_shift++;
        f->texts = 0;
        for (size_t i = 0; i < f->nbad; i++) {
            if (f->bad[i].text && !keeps_text(f, i)) {
                free(f->bad[i].text);
                f->bad[i].text = NULL;
            }
            f->texts += f->bad[i].text != NULL;
        }
    }
}

static uint8_t put_text(char *to, struct pmt_slice line)
{
    struct pmt_slice s = pmt_slice_head(line, PMT_EXCERPT_MAX);
    memcpy(to, s.p, s.n);
    return (uint8_t)s.n;
}

static void add_bad(struct pmt_flow *f, int64_t sec, int32_t us, const struct pmt_line *line)
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
        if (b->text)
            b->text->first_n = put_text(b->text->first, line->text);
    }
    if (fresh || us > b->last_us || (us == b->last_us && line->number > b->last_line)) {
        b->last_us = us;
        b->last_line = line->number;
        if (b->text)
            b->text->last_n = put_text(b->text->last, line->text);
    }
    if (fresh && f->texts > 2 * PMT_TEXTS_MAX)
        thin_texts(f, PMT_TEXTS_MAX);
}

void pmt_flow_add(struct pmt_flow *f, int64_t t, bool bad, bool gave_up, uint64_t client,
                  const struct pmt_line *line)
{
    int64_t sec = t / PMT_SECOND - (t % PMT_SECOND < 0);
    struct pmt_counts c = {{[PMT_ALL] = 1, [PMT_BAD] = bad, [PMT_GAVE_UP] = gave_up}};
    pmt_series_add(&f->series, sec, &c);
    if (client)
        pmt_votes_add(bad ? &f->failed : &f->ok, client, sec);
    if (bad)
        add_bad(f, sec, (int32_t)(t - sec * PMT_SECOND), line);
}

void pmt_flow_merge(struct pmt_flow *dst, struct pmt_flow *src,
                    int64_t (*map)(const void *ctx, int64_t sec), const void *ctx, int32_t source,
                    uint64_t add_lines)
{
    pmt_series_merge(&dst->series, &src->series, map, ctx);
    pmt_votes_merge(&dst->ok, &src->ok, map, ctx);
    pmt_votes_merge(&dst->failed, &src->failed, map, ctx);
    for (size_t i = 0; i < src->nbad; i++) {
        struct pmt_badsec *s = &src->bad[i];
        bool fresh;
        int64_t sec = map ? map(ctx, s->sec) : s->sec;
        if (sec == PMT_DROP)
            continue;
        struct pmt_badsec *d = bad_at(dst, sec, &fresh);
        s->first_line += add_lines;
        s->last_line += add_lines;
        if (source >= 0)
            s->source = source;
        if (fresh) {
            *d = *s;
            d->sec = sec;
            dst->texts += d->text != NULL;
            s->text = NULL;
            continue;
        }
        bool earlier = s->first_us < d->first_us, later = s->last_us > d->last_us;
        if (later && d->source == s->source) {
            d->last_us = s->last_us;
            d->last_line = s->last_line;
            if (d->text && s->text) {
                d->text->last_n = s->text->last_n;
                memcpy(d->text->last, s->text->last, s->text->last_n);
            }
        } else if (later) {
            /* Evidence stays in one source; the instant is the later one all the same. */
            d->last_us = s->last_us;
        }
        if (earlier && d->source == s->source) {
            d->first_us = s->first_us;
            d->first_line = s->first_line;
            if (d->text && s->text) {
                d->text->first_n = s->text->first_n;
                memcpy(d->text->first, s->text->first, s->text->first_n);
            }
        } else if (earlier) {
            struct pmt_badtext *t = d->text;
            int32_t last_us = d->last_us > s->last_us ? d->last_us : s->last_us;
            *d = *s;
            d->sec = sec;
            d->last_us = last_us;
            dst->texts += d->text != NULL;
            dst->texts -= t != NULL;
            free(t);
            s->text = NULL;
        }
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
    pmt_series_seal(&src->series);
    twin.series = src->series;
    pmt_flow_merge(dst, &twin, NULL, NULL, -1, 0);
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
    thin_texts(f, PMT_TEXTS_MAX);
    if (f->nbad && f->capbad > f->nbad) {
        f->bad = pmt_realloc(f->bad, f->nbad, sizeof *f->bad);
        f->capbad = f->nbad;
    }
}
