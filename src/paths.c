#include "pmt/paths.h"

#include <stdlib.h>

/* ---- the rule ---------------------------------------------------------------------------- */

/* What a byte of a segment is. */
enum { OTHER = 0, PLAIN = 1, LETTER = 2, DIGIT = 4, HEX = 8, END = 16 };
static const uint8_t kinds[256] = {
    ['0'] = DIGIT | HEX, ['1'] = DIGIT | HEX, ['2'] = DIGIT | HEX, ['3'] = DIGIT | HEX,
    ['4'] = DIGIT | HEX, ['5'] = DIGIT | HEX, ['6'] = DIGIT | HEX, ['7'] = DIGIT | HEX,
    ['8'] = DIGIT | HEX, ['9'] = DIGIT | HEX, ['a'] = LETTER | HEX, ['b'] = LETTER | HEX,
    ['c'] = LETTER | HEX, ['d'] = LETTER | HEX, ['e'] = LETTER | HEX, ['f'] = LETTER | HEX,
    ['A'] = LETTER | HEX, ['B'] = LETTER | HEX, ['C'] = LETTER | HEX, ['D'] = LETTER | HEX,
    ['E'] = LETTER | HEX, ['F'] = LETTER | HEX, ['g'] = LETTER, ['h'] = LETTER, ['i'] = LETTER,
    ['j'] = LETTER, ['k'] = LETTER, ['l'] = LETTER, ['m'] = LETTER, ['n'] = LETTER, ['o'] = LETTER,
    ['p'] = LETTER, ['q'] = LETTER, ['r'] = LETTER, ['s'] = LETTER, ['t'] = LETTER, ['u'] = LETTER,
    ['v'] = LETTER, ['w'] = LETTER, ['x'] = LETTER, ['y'] = LETTER, ['z'] = LETTER, ['G'] = LETTER,
    ['H'] = LETTER, ['I'] = LETTER, ['J'] = LETTER, ['K'] = LETTER, ['L'] = LETTER, ['M'] = LETTER,
    ['N'] = LETTER, ['O'] = LETTER, ['P'] = LETTER, ['Q'] = LETTER, ['R'] = LETTER, ['S'] = LETTER,
    ['T'] = LETTER, ['U'] = LETTER, ['V'] = LETTER, ['W'] = LETTER, ['X'] = LETTER, ['Y'] = LETTER,
    ['Z'] = LETTER, ['-'] = PLAIN, ['_'] = PLAIN, ['.'] = PLAIN, ['/'] = END, ['?'] = END,
    [';'] = END, ['#'] = END,
};

static bool is_letter(char c)
{
    return kinds[(unsigned char)c] & LETTER;
}

/* Reads the segment at *at up to what ends it. False when it names one of many: a number, a hash,
 * an address, somebody. */
static bool take_segment(struct pmt_slice path, size_t *at, struct pmt_slice *ret)
{
    enum { DIGITS = 4, HASH = 8 };
    size_t from = *at, i = from, run = 0, digits = 0, hex = 0;
    for (; i < path.n; i++) {
        unsigned kind = kinds[(unsigned char)path.p[i]];
        if (kind == END)
            break;
        run = kind & DIGIT ? run + 1 : 0;
        if (kind == OTHER || run >= DIGITS || i - from == PMT_PREFIX_WORD)
            return false;
        digits += (kind & DIGIT) != 0;
        hex += (kind & HEX) != 0;
    }
    *at = i;
    *ret = pmt_slice(path.p + from, i - from);
    return ret->n && path.p[from] != '.' && digits < ret->n &&
           !(hex == ret->n && hex >= HASH && digits);
}

/* "v2", "de", "en-US" */
static bool is_version_or_language(struct pmt_slice s)
{
    if (s.n < 2)
        return false;
    if (s.n <= 3 && s.p[0] == 'v' && !is_letter(s.p[1]) && !is_letter(s.p[s.n - 1]))
        return true;
    bool two = is_letter(s.p[0]) && is_letter(s.p[1]);
    return two && (s.n == 2 || (s.n == 5 && (s.p[2] == '-' || s.p[2] == '_') &&
                                is_letter(s.p[3]) && is_letter(s.p[4])));
}

/* Segments that stand before what tells. */
static bool is_preamble(struct pmt_slice s)
{
    enum { LONGEST = 9 };
    if (s.n > LONGEST)
        return false;
    static const char *const words[] = {"api", "rest", "index.php", "wp-json", "app", "public"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (s.p[0] == words[i][0] && pmt_slice_is(s, words[i]))
            return true;
    return is_version_or_language(s);
}

/* Files that pages are made of. */
static bool is_static_file(struct pmt_slice s)
{
    static const char *const ends[] = {".css", ".js", ".map", ".png", ".jpg", ".jpeg", ".gif",
                                       ".svg", ".ico", ".webp", ".avif", ".woff", ".woff2", ".ttf",
                                       ".txt"};
    size_t dot = s.n;
    while (dot && s.p[dot - 1] != '.')
        dot--;
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (pmt_slice_eq(pmt_slice(s.p + dot, s.n - dot), pmt_str(ends[i] + 1)))
            return true;
    return false;
}

/* "http://shop.example/cart", as a proxy is asked: what is behind the host. */
static struct pmt_slice behind_host(struct pmt_slice path)
{
    size_t scheme = pmt_slice_starts(path, "http://") ? 7 : pmt_slice_starts(path, "https://") ? 8
                                                                                               : 0;
    const char *slash = scheme ? memchr(path.p + scheme, '/', path.n - scheme) : path.p;
    return slash ? pmt_slice(slash, path.n - (size_t)(slash - path.p)) : PMT_NO_SLICE;
}

struct pmt_slice pmt_path_prefix(struct pmt_slice path)
{
    if (path.n && path.p[0] != '/')
        path = behind_host(path);
    if (path.n < 2 || path.p[0] != '/')
        return PMT_NO_SLICE;
    size_t at = 0, end = 0;
    for (int i = 0; i < PMT_PREFIX_SEGMENTS && at < path.n && path.p[at] == '/'; i++) {
        struct pmt_slice s;
        at++;
        if (!take_segment(path, &at, &s) || is_static_file(s))
            break;
        end = at;
        if (!is_preamble(s))
            break;
    }
    return end ? pmt_slice(path.p, end) : PMT_NO_SLICE;
}

uint64_t pmt_prefix_hash(struct pmt_slice prefix)
{
    return pmt_hash(prefix.p, prefix.n, 0);
}

/* ---- which are told apart ---------------------------------------------------------------- */

/* Where sites begin with somebody's name, these are nobody's. */
static bool is_common(struct pmt_slice prefix)
{
    static const char *const words[] = {
        "/account", "/admin", "/ajax", "/api", "/assets", "/auth", "/basket", "/blog", "/books",
        "/cart", "/categories", "/category", "/checkout", "/contact", "/css", "/dashboard",
        "/download", "/downloads", "/feed", "/feed.xml", "/files", "/graphql", "/help", "/home",
        "/images", "/img", "/index.html", "/index.php", "/items", "/js", "/login", "/logout",
        "/media", "/messages", "/news", "/notifications", "/oauth", "/order", "/orders", "/pages",
        "/pay", "/payment", "/payments", "/product", "/products", "/profile", "/register",
        "/rest", "/rpc", "/rss", "/search", "/session", "/settings", "/shop", "/signin", "/signup",
        "/sitemap.xml", "/static", "/store", "/upload", "/uploads", "/user", "/users",
        "/webhook", "/webhooks", "/wp-admin", "/wp-content", "/wp-login.php", "/ws",
    };
    size_t lo = 0, hi = sizeof words / sizeof *words;
    if (memchr(prefix.p + 1, '/', prefix.n - 1))
        return true; /* only known words stand before others */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int d = pmt_slice_cmp(pmt_str(words[mid]), prefix);
        if (!d)
            return true;
        if (d < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

static void path_fini(struct pmt_path *p)
{
    pmt_trace_fini(&p->trace);
    if (p->failed)
        pmt_votes_fini(p->failed);
    free(p->failed);
    p->failed = NULL;
}

void pmt_paths_fini(struct pmt_paths *p)
{
    for (size_t i = 0; i < p->n; i++)
        path_fini(&p->v[i]);
    free(p->v);
    free(p->index);
    *p = (struct pmt_paths){0};
}

/* The upper bit of a key ranks it and says nothing else. */
#define RARE (UINT64_C(1) << 63)

static size_t place(const struct pmt_paths *p, uint64_t key)
{
    size_t at = (size_t)(key >> 20) & (p->nindex - 1);
    while (p->index[at] && ((p->v[p->index[at] - 1].key ^ key) & ~RARE))
        at = (at + 1) & (p->nindex - 1);
    return at;
}

static void reindex(struct pmt_paths *p, size_t size)
{
    free(p->index);
    p->nindex = size;
    p->index = pmt_alloc(size * sizeof *p->index);
    for (size_t i = 0; i < p->n; i++)
        p->index[place(p, p->v[i].key)] = (uint32_t)i + 1;
}

static int by_key(const void *a, const void *b)
{
    const struct pmt_path *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* In order of their keys; the largest go when there are too many. */
static void sort_and_cut(struct pmt_paths *p)
{
    if (p->n)
        qsort(p->v, p->n, sizeof *p->v, by_key);
    while (p->n > PMT_PATHS_MAX)
        path_fini(&p->v[--p->n]);
    if (p->n == PMT_PATHS_MAX)
        p->cut = p->v[p->n - 1].key;
    p->last = 0;
    free(p->index);
    p->index = NULL;
    p->nindex = 0;
}

struct pmt_path *pmt_paths_find(struct pmt_paths *p, struct pmt_arena *arena, uint64_t service,
                                struct pmt_slice prefix, uint64_t hash)
{
    uint64_t key = (hash ^ service) * UINT64_C(0x9E3779B97F4A7C15) & ~RARE;
    if (p->last < p->n && !((p->v[p->last].key ^ key) & ~RARE))
        return &p->v[p->last];
    if (p->n == PMT_PATHS_MAX + PMT_PATHS_MAX / 4)
        sort_and_cut(p);
    if (!p->index || p->n * 2 >= p->nindex) {
        size_t size = 16;
        while (size <= p->n * 2)
            size *= 2;
        reindex(p, size);
    }
    size_t at = place(p, key);
    if (p->index[at])
        return &p->v[p->last = p->index[at] - 1];
    key |= is_common(prefix) ? 0 : RARE;
    if (p->cut && key > p->cut)
        return NULL;
    PMT_GROW(p->v, p->n, p->cap);
    p->v[p->n] = (struct pmt_path){.key = key, .service = service,
                                   .prefix = pmt_arena_copy(arena, prefix)};
    p->index[at] = (uint32_t)p->n + 1;
    return &p->v[p->last = p->n++];
}

void pmt_path_failed(struct pmt_path *p, uint64_t client, int64_t sec, unsigned shift)
{
    if (!p->failed)
        p->failed = pmt_alloc(sizeof *p->failed);
    pmt_votes_thin(p->failed, shift);
    pmt_votes_add(p->failed, client, sec);
}

void pmt_paths_merge(struct pmt_paths *dst, struct pmt_paths *src, struct pmt_arena *arena)
{
    for (size_t i = 0; i < src->n; i++) {
        struct pmt_path *from = &src->v[i];
        struct pmt_path *to = pmt_paths_find(dst, arena, from->service, from->prefix,
                                             pmt_prefix_hash(from->prefix));
        if (!to)
            continue;
        pmt_trace_merge(&to->trace, &from->trace);
        to->bad += from->bad;
        if (from->failed && !to->failed)
            to->failed = pmt_alloc(sizeof *to->failed);
        if (from->failed)
            pmt_votes_merge(to->failed, from->failed, NULL, NULL);
    }
}

void pmt_paths_seal(struct pmt_paths *p, unsigned shift, bool last)
{
    sort_and_cut(p);
    for (size_t i = 0; i < p->n; i++) {
        if (!p->v[i].failed)
            continue;
        pmt_votes_thin(p->v[i].failed, shift);
        pmt_votes_seal(p->v[i].failed);
        if (last)
            pmt_votes_settle(p->v[i].failed);
    }
    if (p->n < p->cap) {
        p->v = pmt_realloc(p->v, p->n, sizeof *p->v);
        p->cap = p->n;
    }
}
