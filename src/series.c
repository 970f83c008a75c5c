#include "pmt/series.h"

#include <stdlib.h>

enum { PAGE_SECONDS = 256, OPEN_MAX_PAGES = 4 };

struct pmt_page {
    int64_t number;          /* seconds / PAGE_SECONDS */
    struct pmt_counts *open; /* PAGE_SECONDS of them, or NULL when at rest */
    uint64_t used;           /* last use, while open */
    unsigned char *bytes;    /* at rest */
    uint32_t nbytes;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void pmt_series_fini(struct pmt_series *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->pages[i].open);
        free(s->pages[i].bytes);
    }
    free(s->pages);
    *s = (struct pmt_series){0};
}

static size_t put_varint(unsigned char *b, uint64_t v)
{
    size_t n = 0;
    while (v >= 0x80) {
        b[n++] = (unsigned char)(v | 0x80);
        v >>= 7;
    }
    b[n++] = (unsigned char)v;
    return n;
}

static uint64_t get_varint(const unsigned char *b, size_t *at)
{
    uint64_t v = 0;
    for (int shift = 0;; shift += 7) {
        unsigned char c = b[(*at)++];
        v |= (uint64_t)(c & 0x7F) << shift;
        if (!(c & 0x80))
            return v;
    }
}

/* Per second with any request: gap to the one before, requests * 2 + "more follows", and then bad
 * and given up. Nearly all seconds of nearly all logs take two or three bytes. */
static void page_seal(struct pmt_page *p)
{
    unsigned char buf[PAGE_SECONDS * 20];
    size_t n = 0;
    int last = -1;
    for (int i = 0; i < PAGE_SECONDS; i++) {
        const struct pmt_counts *c = &p->open[i];
        uint32_t any = 0;
        for (int k = 0; k < PMT_COLUMNS; k++)
            any |= c->c[k];
        if (!any)
            continue;
        bool more = c->c[PMT_BAD] || c->c[PMT_GAVE_UP];
        n += put_varint(buf + n, (uint64_t)(i - last));
        n += put_varint(buf + n, (uint64_t)c->c[PMT_ALL] * 2 + more);
        if (more) {
            n += put_varint(buf + n, c->c[PMT_BAD]);
            n += put_varint(buf + n, c->c[PMT_GAVE_UP]);
        }
        last = i;
    }
    free(p->open);
    p->open = NULL;
    p->bytes = pmt_realloc(p->bytes, n, 1);
    memcpy(p->bytes, buf, n);
    p->nbytes = (uint32_t)n;
}

static bool page_next(const struct pmt_page *p, size_t *at, int *sec, struct pmt_counts *c)
{
    if (*at >= p->nbytes)
        return false;
    *sec += (int)get_varint(p->bytes, at);
    uint64_t all = get_varint(p->bytes, at);
    *c = (struct pmt_counts){{[PMT_ALL] = (uint32_t)(all >> 1)}};
    if (all & 1) {
        c->c[PMT_BAD] = (uint32_t)get_varint(p->bytes, at);
        c->c[PMT_GAVE_UP] = (uint32_t)get_varint(p->bytes, at);
    }
    return true;
}

static void page_open(struct pmt_page *p)
{
    p->open = pmt_alloc(PAGE_SECONDS * sizeof *p->open);
    size_t at = 0;
    int sec = -1;
    struct pmt_counts c;
    while (page_next(p, &at, &sec, &c))
        p->open[sec] = c;
}

/* Index of the first page whose number is >= number. */
static size_t page_search(const struct pmt_series *s, int64_t number)
{
    size_t lo = 0, hi = s->n;
    if (s->n && s->pages[s->n - 1].number < number) /* logs move forward */
        return s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->pages[mid].number < number)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void seal_oldest(struct pmt_series *s)
{
    struct pmt_page *oldest = NULL;
    unsigned seen = 0;
    for (size_t i = s->n; i-- > 0 && seen < s->open;) /* the open ones stand near the end */
        if (s->pages[i].open) {
            seen++;
            if (!oldest || s->pages[i].used < oldest->used)
                oldest = &s->pages[i];
        }
    page_seal(oldest);
    s->open--;
}

static struct pmt_page *page_for_writing(struct pmt_series *s, int64_t number)
{
    size_t i = page_search(s, number);
    if (i == s->n || s->pages[i].number != number) {
        PMT_GROW(s->pages, s->n, s->cap);
        memmove(s->pages + i + 1, s->pages + i, (s->n - i) * sizeof *s->pages);
        s->pages[i] = (struct pmt_page){.number = number};
        s->n++;
    }
    if (!s->pages[i].open) {
        if (s->open >= OPEN_MAX_PAGES)
            seal_oldest(s);
        page_open(&s->pages[i]);
        s->open++;
    }
    s->pages[i].used = ++s->clock;
    s->last = i;
    return &s->pages[i];
}

void pmt_series_add(struct pmt_series *s, int64_t sec, const struct pmt_counts *add)
{
    int64_t number = floor_div(sec, PAGE_SECONDS);
    struct pmt_page *p;
    if (s->last < s->n && s->pages[s->last].number == number && s->pages[s->last].open)
        p = &s->pages[s->last];
    else
        p = page_for_writing(s, number);
    struct pmt_counts *c = &p->open[sec - number * PAGE_SECONDS];
    for (int k = 0; k < PMT_COLUMNS; k++)
        c->c[k] = UINT32_MAX - c->c[k] < add->c[k] ? UINT32_MAX : c->c[k] + add->c[k];
}

void pmt_series_seal(struct pmt_series *s)
{
    for (size_t i = s->n; s->open && i-- > 0;)
        if (s->pages[i].open) {
            page_seal(&s->pages[i]);
            s->open--;
        }
}

struct pmt_series_iter pmt_series_iter(struct pmt_series *s)
{
    pmt_series_seal(s);
    return (struct pmt_series_iter){.s = s, .sec = -1};
}

struct pmt_series_iter pmt_series_iter_from(struct pmt_series *s, int64_t sec)
{
    pmt_series_seal(s);
    return (struct pmt_series_iter){
        .s = s, .page = page_search(s, floor_div(sec, PAGE_SECONDS)), .sec = -1};
}

bool pmt_series_next(struct pmt_series_iter *it, int64_t *sec, struct pmt_counts *counts)
{
    while (it->page < it->s->n) {
        const struct pmt_page *p = &it->s->pages[it->page];
        if (page_next(p, &it->at, &it->sec, counts)) {
            *sec = p->number * PAGE_SECONDS + it->sec;
            return true;
        }
        it->page++;
        it->at = 0;
        it->sec = -1;
    }
    return false;
}

void pmt_series_merge(struct pmt_series *dst, struct pmt_series *src,
                      int64_t (*map)(const void *ctx, int64_t sec), const void *ctx)
{
    struct pmt_series_iter it = pmt_series_iter(src);
    int64_t sec;
    struct pmt_counts c;
    while (pmt_series_next(&it, &sec, &c)) {
        if (map && (sec = map(ctx, sec)) == PMT_DROP)
            continue;
        pmt_series_add(dst, sec, &c);
    }
}
