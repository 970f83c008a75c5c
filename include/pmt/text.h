/* text.h - slices, cursors, buffers and arenas: the words everything else is written in.
 *
 * A slice is a pointer and a length, passed by value, never NUL-terminated, and borrowed: it
 * lives as long as the bytes it points into (for a log line: until the next line is read).
 * Whoever keeps text copies it, once, into an arena. Nothing here knows about logs, and nothing
 * here prints. Out of memory ends the program in one place, pmt_oom().
 */
#ifndef PMT_TEXT_H
#define PMT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- slices ------------------------------------------------------------------------------ */

struct pmt_slice {
    const char *p; /* NULL means "there is no such text"; n is then 0 */
    size_t n;
};

#define PMT_SLICE(literal) ((struct pmt_slice){(literal), sizeof(literal) - 1})
#define PMT_NO_SLICE ((struct pmt_slice){NULL, 0})
/* For printf's "%.*s". */
#define PMT_FMT(s) (int)(s).n, ((s).p ? (s).p : "")

static inline struct pmt_slice pmt_slice(const char *p, size_t n)
{
    return (struct pmt_slice){p, n};
}
/* The slice of a C string; NULL gives the absent slice. */
static inline struct pmt_slice pmt_str(const char *s)
{
    return (struct pmt_slice){s, s ? strlen(s) : 0};
}
static inline bool pmt_slice_eq(struct pmt_slice a, struct pmt_slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool pmt_slice_is(struct pmt_slice a, const char *s)
{
    return pmt_slice_eq(a, pmt_str(s));
}
static inline bool pmt_slice_starts(struct pmt_slice a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.n >= n && memcmp(a.p, prefix, n) == 0;
}
static inline bool pmt_slice_ends(struct pmt_slice a, const char *suffix)
{
    size_t n = strlen(suffix);
    return a.n >= n && memcmp(a.p + a.n - n, suffix, n) == 0;
}
/* Compares as bytes, shorter first on a tie: <0, 0, >0. Never the locale's order. */
int pmt_slice_cmp(struct pmt_slice a, struct pmt_slice b);
/* Where needle first stands in hay, or NULL. An empty needle stands at the start. */
const char *pmt_slice_find(struct pmt_slice hay, const char *needle);
/* Without blanks (space, tab, CR, NUL) on either side. */
struct pmt_slice pmt_slice_trim(struct pmt_slice s);
/* At most n bytes of s, never cutting a UTF-8 sequence in two. */
struct pmt_slice pmt_slice_head(struct pmt_slice s, size_t n);

/* Sorts numbers upwards. In place, without recursion, never quadratic. */
void pmt_sort_u64(uint64_t *v, size_t n);

/* A 64-bit hash of bytes, the same on every machine and in every run. Not for security. */
uint64_t pmt_hash(const void *p, size_t n, uint64_t seed);

/* ---- cursors ----------------------------------------------------------------------------- */

/* A position in a line. Readers advance it only when they succeed and never read at or past end. */
struct pmt_cursor {
    const char *p;
    const char *end;
};

static inline struct pmt_cursor pmt_cursor(struct pmt_slice s)
{
    return (struct pmt_cursor){s.p, s.n ? s.p + s.n : s.p}; /* p may be NULL when n is 0 */
}
static inline struct pmt_slice pmt_cur_rest(const struct pmt_cursor *c)
{
    return (struct pmt_slice){c->p, (size_t)(c->end - c->p)};
}
static inline bool pmt_cur_end(const struct pmt_cursor *c)
{
    return c->p == c->end;
}
/* Takes one given byte. */
static inline bool pmt_cur_char(struct pmt_cursor *c, char ch)
{
    if (c->p == c->end || *c->p != ch)
        return false;
    c->p++;
    return true;
}
/* Takes a literal. */
static inline bool pmt_cur_lit(struct pmt_cursor *c, const char *lit)
{
    size_t n = strlen(lit);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, lit, n) != 0)
        return false;
    c->p += n;
    return true;
}
/* Takes what stands before the byte ch and the byte itself; *ret is without it. */
static inline bool pmt_cur_until(struct pmt_cursor *c, char ch, struct pmt_slice *ret)
{
    const char *q = c->p < c->end ? memchr(c->p, ch, (size_t)(c->end - c->p)) : NULL;
    if (!q)
        return false;
    *ret = (struct pmt_slice){c->p, (size_t)(q - c->p)};
    c->p = q + 1;
    return true;
}
/* Takes what stands before lit and lit itself; *ret is without it. */
bool pmt_cur_until_lit(struct pmt_cursor *c, const char *lit, struct pmt_slice *ret);
/* The next line that is not blank, without blanks around it; the last one may lack its end. */
bool pmt_cur_line(struct pmt_cursor *c, struct pmt_slice *ret);
/* Takes between min and max decimal digits (max <= 18). */
bool pmt_cur_digits(struct pmt_cursor *c, int min, int max, int64_t *ret);
/* Takes an optional '-' and 1 to 18 digits. */
bool pmt_cur_int(struct pmt_cursor *c, int64_t *ret);
/* Takes blanks (spaces and tabs), possibly none. */
void pmt_cur_blanks(struct pmt_cursor *c);

/* The whole slice as a number: optional '-', 1 to 18 digits, nothing else. */
bool pmt_slice_int(struct pmt_slice s, int64_t *ret);
/* Seconds written in decimal ("0.123", "12", "1.5") as microseconds; false for anything else. */
bool pmt_slice_seconds(struct pmt_slice s, int64_t *ret_us);
/* The sum of such numbers, apart by ", " or " : ", as nginx logs the times of its tries; "-" adds
 * nothing. False when there is no number, or something else. */
bool pmt_slice_seconds_sum(struct pmt_slice s, int64_t *ret_us);

/* ---- buffers ----------------------------------------------------------------------------- */

/* A growing byte buffer. {0} is an empty one. data is kept NUL-terminated once anything was put. */
struct pmt_buf {
    char *data;
    size_t n, cap;
};

void pmt_buf_fini(struct pmt_buf *b);
void pmt_buf_clear(struct pmt_buf *b);
void pmt_buf_put(struct pmt_buf *b, const void *p, size_t n);
void pmt_buf_puts(struct pmt_buf *b, const char *s);
void pmt_buf_slice(struct pmt_buf *b, struct pmt_slice s);
void pmt_buf_printf(struct pmt_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline struct pmt_slice pmt_buf_view(const struct pmt_buf *b)
{
    return (struct pmt_slice){b->data ? b->data : "", b->n};
}

/* ---- arenas ------------------------------------------------------------------------------ */

/* Memory that is freed all at once. {0} is an empty one. */
struct pmt_arena {
    struct pmt_arena_block *blocks;
    size_t bytes; /* handed out so far */
};

void pmt_arena_fini(struct pmt_arena *a);
/* Zeroed memory, aligned for anything. Never NULL. */
void *pmt_arena_alloc(struct pmt_arena *a, size_t n);
/* A copy; NUL-terminated behind its end as a convenience. The absent slice stays absent. */
struct pmt_slice pmt_arena_copy(struct pmt_arena *a, struct pmt_slice s);
char *pmt_arena_printf(struct pmt_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Moves all of b's memory into a; b is empty afterwards. */
void pmt_arena_adopt(struct pmt_arena *a, struct pmt_arena *b);

/* ---- memory ------------------------------------------------------------------------------ */

/* Says so and ends the program; the only place where running out of memory is handled. */
_Noreturn void pmt_oom(void);
void *pmt_alloc(size_t n);                       /* zeroed, never NULL */
void *pmt_realloc(void *p, size_t count, size_t size); /* overflow-checked, never NULL */

/* Makes room for one more element in a (pointer, count, capacity) triple. */
#define PMT_GROW(ptr, n, cap)                                                                      \
    do {                                                                                           \
        if ((n) >= (cap)) {                                                                        \
            (cap) = (cap) ? (cap) * 2 : 8;                                                         \
            (ptr) = pmt_realloc((ptr), (cap), sizeof *(ptr));                                      \
        }                                                                                          \
    } while (0)

#endif
