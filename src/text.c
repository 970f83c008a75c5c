#define _GNU_SOURCE /* memmem */
#include "pmt/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int pmt_slice_cmp(struct pmt_slice a, struct pmt_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    if (c)
        return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

const char *pmt_slice_find(struct pmt_slice hay, const char *needle)
{
    if (!hay.p)
        return NULL;
    return memmem(hay.p, hay.n, needle, strlen(needle));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

struct pmt_slice pmt_slice_trim(struct pmt_slice s)
{
    while (s.n && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct pmt_slice pmt_slice_head(struct pmt_slice s, size_t n)
{
    if (s.n <= n)
        return s;
    while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return pmt_slice(s.p, n);
}

/* Multiply-and-fold over 8-byte words; bytes are assembled in a fixed order so that the value
 * does not depend on the machine. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    u128 r = (u128)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

static uint64_t load64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

uint64_t pmt_hash(const void *p, size_t n, uint64_t seed)
{
    const unsigned char *b = p;
    uint64_t h = seed ^ (0x9E3779B97F4A7C15u + n);
    while (n >= 16) {
        h = mix(load64(b) ^ 0xD6E8FEB86659FD93u, load64(b + 8) ^ h);
        b += 16;
        n -= 16;
    }
    while (n >= 8) {
        h = mix(h ^ load64(b), 0xD6E8FEB86659FD93u);
        b += 8;
        n -= 8;
    }
    uint64_t tail = 0;
    for (size_t i = 0; i < n; i++)
        tail |= (uint64_t)b[i] << (8 * i);
    h = mix(h ^ tail, 0xA0761D6478BD642Fu);
    return mix(h, 0xE7037ED1A0B428DBu);
}

/* Shell's sort, gaps growing by 9/4 (Tokuda): for some hundred numbers faster than qsort and its
 * calls. */
void pmt_sort_u64(uint64_t *v, size_t n)
{
    size_t gaps[64] = {1}, k = 1;
    while (k < 64 && gaps[k - 1] < n / 2) {
        gaps[k] = gaps[k - 1] * 9 / 4 + 2;
        k++;
    }
    while (k-- > 0) {
        size_t gap = gaps[k];
        for (size_t i = gap; i < n; i++) {
            uint64_t x = v[i];
            size_t j = i;
            for (; j >= gap && v[j - gap] > x; j -= gap)
                v[j] = v[j - gap];
            v[j] = x;
        }
    }
}

bool pmt_cur_until_lit(struct pmt_cursor *c, const char *lit, struct pmt_slice *ret)
{
    size_t n = strlen(lit);
    const char *q = memmem(c->p, (size_t)(c->end - c->p), lit, n);
    if (!q)
        return false;
    *ret = pmt_slice(c->p, (size_t)(q - c->p));
    c->p = q + n;
    return true;
}

bool pmt_cur_line(struct pmt_cursor *c, struct pmt_slice *ret)
{
    while (!pmt_cur_end(c)) {
        if (!pmt_cur_until(c, '\n', ret)) {
            *ret = pmt_cur_rest(c);
            c->p = c->end;
        }
        *ret = pmt_slice_trim(*ret);
        if (ret->n)
            return true;
    }
    return false;
}

bool pmt_cur_digits(struct pmt_cursor *c, int min, int max, int64_t *ret)
{
    const char *q = c->p;
    int64_t v = 0;
    int n = 0;
    while (q < c->end && n < max && *q >= '0' && *q <= '9') {
        v = v * 10 + (*q - '0');
        q++;
        n++;
    }
    if (n < min || n == 0)
        return false;
    c->p = q;
    *ret = v;
    return true;
}

bool pmt_cur_int(struct pmt_cursor *c, int64_t *ret)
{
    struct pmt_cursor t = *c;
    bool neg = pmt_cur_char(&t, '-');
    int64_t v;
    if (!pmt_cur_digits(&t, 1, 18, &v))
        return false;
    *c = t;
    *ret = neg ? -v : v;
    return true;
}

void pmt_cur_blanks(struct pmt_cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
        c->p++;
}

bool pmt_slice_int(struct pmt_slice s, int64_t *ret)
{
    if (!s.n)
        return false;
    struct pmt_cursor c = pmt_cursor(s);
    int64_t v;
    if (!pmt_cur_int(&c, &v) || !pmt_cur_end(&c))
        return false;
    *ret = v;
    return true;
}

bool pmt_slice_seconds(struct pmt_slice s, int64_t *ret_us)
{
    if (!s.n)
        return false;
    struct pmt_cursor c = pmt_cursor(s);
    int64_t whole, us = 0;
    if (!pmt_cur_digits(&c, 1, 9, &whole))
        return false;
    if (pmt_cur_char(&c, '.')) {
        int64_t scale = 100000;
        if (pmt_cur_end(&c))
            return false;
        while (c.p < c.end && *c.p >= '0' && *c.p <= '9') {
            us += (*c.p - '0') * scale;
            scale /= 10;
            c.p++;
        }
    }
    if (!pmt_cur_end(&c))
        return false;
    *ret_us = whole * 1000000 + us;
    return true;
}

bool pmt_slice_seconds_sum(struct pmt_slice s, int64_t *ret_us)
{
    int64_t sum = 0, us;
    bool any = false;
    if (!s.n)
        return false;
    const char *p = s.p, *end = s.p + s.n;
    while (p < end) {
        const char *q = p;
        while (q < end && *q != ',' && *q != ' ')
            q++;
        struct pmt_slice one = pmt_slice(p, (size_t)(q - p));
        if (pmt_slice_seconds(one, &us)) {
            sum += us;
            any = true;
        } else if (one.n && !pmt_slice_is(one, "-") && !pmt_slice_is(one, ":")) {
            return false;
        }
        p = q + (q < end);
    }
    if (any)
        *ret_us = sum;
    return any;
}

/* ---- buffers ----------------------------------------------------------------------------- */

void pmt_buf_fini(struct pmt_buf *b)
{
    free(b->data);
    *b = (struct pmt_buf){0};
}

void pmt_buf_clear(struct pmt_buf *b)
{
    b->n = 0;
    if (b->data)
        b->data[0] = '\0';
}

static void buf_reserve(struct pmt_buf *b, size_t more)
{
    if (b->cap - b->n > more)
        return;
    size_t cap = b->cap ? b->cap : 64;
    while (cap - b->n <= more) {
        if (cap > SIZE_MAX / 2)
            pmt_oom();
        cap *= 2;
    }
    b->data = pmt_realloc(b->data, cap, 1);
    b->cap = cap;
}

void pmt_buf_put(struct pmt_buf *b, const void *p, size_t n)
{
    buf_reserve(b, n);
    if (n)
        memcpy(b->data + b->n, p, n);
    b->n += n;
    b->data[b->n] = '\0';
}

void pmt_buf_puts(struct pmt_buf *b, const char *s)
{
    pmt_buf_put(b, s, strlen(s));
}

void pmt_buf_slice(struct pmt_buf *b, struct pmt_slice s)
{
    pmt_buf_put(b, s.p, s.n);
}

void pmt_buf_printf(struct pmt_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    buf_reserve(b, (size_t)n);
    va_start(ap, fmt);
    vsnprintf(b->data + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

/* ---- arenas ------------------------------------------------------------------------------ */

struct pmt_arena_block {
    struct pmt_arena_block *next;
    size_t used, cap;
    _Alignas(max_align_t) char data[];
};

/* Small first: a run over ten thousand small files holds ten thousand arenas. */
enum { ARENA_FIRST = 256, ARENA_MAX = 256 * 1024 };

void pmt_arena_fini(struct pmt_arena *a)
{
    for (struct pmt_arena_block *b = a->blocks; b;) {
        struct pmt_arena_block *next = b->next;
        free(b);
        b = next;
    }
    *a = (struct pmt_arena){0};
}

void *pmt_arena_alloc(struct pmt_arena *a, size_t n)
{
    const size_t align = _Alignof(max_align_t);
    if (n > SIZE_MAX / 2)
        pmt_oom();
    n = (n + align - 1) / align * align;
    struct pmt_arena_block *b = a->blocks;
    if (!b || b->cap - b->used < n) {
        size_t cap = b ? b->cap * 2 : ARENA_FIRST;
        if (cap > ARENA_MAX)
            cap = ARENA_MAX;
        if (cap < n)
            cap = n;
        struct pmt_arena_block *fresh = malloc(sizeof *fresh + cap);
        if (!fresh)
            pmt_oom();
        *fresh = (struct pmt_arena_block){.next = b, .cap = cap};
        a->blocks = b = fresh;
    }
    void *p = b->data + b->used;
    b->used += n;
    a->bytes += n;
    return memset(p, 0, n);
}

struct pmt_slice pmt_arena_copy(struct pmt_arena *a, struct pmt_slice s)
{
    if (!s.p)
        return s;
    char *p = pmt_arena_alloc(a, s.n + 1);
    memcpy(p, s.p, s.n);
    return pmt_slice(p, s.n);
}

char *pmt_arena_printf(struct pmt_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        n = 0;
    char *p = pmt_arena_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

void pmt_arena_adopt(struct pmt_arena *a, struct pmt_arena *b)
{
    if (!b->blocks)
        return;
    struct pmt_arena_block *last = b->blocks;
    while (last->next)
        last = last->next;
    /* Behind a's current block, so that its free room is still used. */
    if (a->blocks) {
        last->next = a->blocks->next;
        a->blocks->next = b->blocks;
    } else {
        a->blocks = b->blocks;
    }
    a->bytes += b->bytes;
    *b = (struct pmt_arena){0};
}

/* ---- memory ------------------------------------------------------------------------------ */

void pmt_oom(void)
{
    static const char text[] = "pm-timeline: out of memory\n";
    ssize_t ignored = write(2, text, sizeof text - 1);
    (void)ignored;
    _Exit(1);
}

void *pmt_alloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);
    if (!p)
        pmt_oom();
    return p;
}

void *pmt_realloc(void *p, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        pmt_oom();
    size_t bytes = count * size;
    p = realloc(p, bytes ? bytes : 1);
    if (!p)
        pmt_oom();
    return p;
}
