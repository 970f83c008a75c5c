#include "pmt/latency.h"

#include "pmt/series.h"

#include <math.h>
#include <stdlib.h>

enum {
    OPEN_MINUTES = 4,
    PER_OCTAVE = 8,
    SWITCHING = 101,           /* RFC 9110 15.2.2: the connection goes on as something else */
    LARGE = 1024 * 1024,       /* bytes: the whole time then tells how fast the client read */
};

struct pmt_latency_minute {
    int64_t minute;
    uint32_t *open;            /* a count per bucket, or NULL when at rest */
    uint64_t used;
    unsigned char *bytes;      /* at rest: gap to the bucket before, count */
    uint32_t nbytes;
};

int64_t pmt_request_latency(const struct pmt_record *r, bool bad, bool gave_up)
{
    if (r->status == SWITCHING)
        return -1;
    if (bad || gave_up)
        return r->duration_us;
    if (r->latency_us >= 0)
        return r->latency_us;
    return r->bytes >= LARGE ? -1 : r->duration_us;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- buckets ------------------------------------------------------------------------------- */

/* Bucket 0 holds what is under a millisecond. From there an octave has eight steps that are equal:
 * the three bits behind the leading one. */
static unsigned bucket_of(int64_t us)
{
    uint64_t ms8 = (uint64_t)us * PER_OCTAVE / 1000; /* so that one millisecond has those bits */
    unsigned octave = 0;
    if (ms8 < PER_OCTAVE)
        return 0;
    while (ms8 >> octave >= 2 * PER_OCTAVE)
        octave++;
    unsigned b = 1 + octave * PER_OCTAVE + (unsigned)(ms8 >> octave) - PER_OCTAVE;
    return b < PMT_LATENCY_BUCKETS ? b : PMT_LATENCY_BUCKETS - 1;
}

/* Microseconds at which a bucket begins. */
static int64_t bucket_begin(unsigned b)
{
    if (b == 0)
        return 0;
    return (int64_t)((uint64_t)(PER_OCTAVE + (b - 1) % PER_OCTAVE) << (b - 1) / PER_OCTAVE) * 1000 /
           PER_OCTAVE;
}

/* ---- minutes ------------------------------------------------------------------------------- */

void pmt_latency_fini(struct pmt_latency *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->minutes[i].open);
        free(l->minutes[i].bytes);
    }
    free(l->minutes);
    *l = (struct pmt_latency){0};
}

static size_t put_varint(unsigned char *b, uint32_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        b[n++] = (unsigned char)(v | 0x80);
    b[n++] = (unsigned char)v;
    return n;
}

static uint32_t get_varint(const unsigned char *b, size_t *at)
{
    uint32_t v = 0;
    for (int shift = 0;; shift += 7) {
        unsigned char c = b[(*at)++];
        v |= (uint32_t)(c & 0x7F) << shift;
        if (!(c & 0x80))
            return v;
    }
}

static void minute_seal(struct pmt_latency_minute *m)
{
    unsigned char buf[PMT_LATENCY_BUCKETS * 7];
    size_t n = 0;
    unsigned last = 0;
    for (unsigned i = 0; i < PMT_LATENCY_BUCKETS; i++) {
        if (!m->open[i])
            continue;
        n += put_varint(buf + n, i - last);
        n += put_varint(buf + n, m->open[i]);
        last = i;
    }
    free(m->open);
    m->open = NULL;
    m->bytes = pmt_realloc(m->bytes, n, 1);
    memcpy(m->bytes, buf, n);
    m->nbytes = (uint32_t)n;
}

static bool next_bucket(const struct pmt_latency_minute *m, size_t *at, unsigned *bucket,
                        uint32_t *count)
{
    if (*at >= m->nbytes)
        return false;
    *bucket += get_varint(m->bytes, at);
    *count = get_varint(m->bytes, at);
    return true;
}

static void minute_open(struct pmt_latency_minute *m)
{
    size_t at = 0;
    unsigned bucket = 0;
    uint32_t count;
    m->open = pmt_alloc(PMT_LATENCY_BUCKETS * sizeof *m->open);
    while (next_bucket(m, &at, &bucket, &count))
        m->open[bucket] = count;
}

/* Index of the first minute >= minute. */
static size_t search(const struct pmt_latency *l, int64_t minute)
{
    size_t lo = 0, hi = l->n;
    if (l->n && l->minutes[l->n - 1].minute < minute) /* logs move forward */
        return l->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->minutes[mid].minute < minute)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void seal_oldest(struct pmt_latency *l)
{
    struct pmt_latency_minute *oldest = NULL;
    unsigned seen = 0;
    for (size_t i = l->n; i-- > 0 && seen < l->open;) /* the open ones stand near the end */
        if (l->minutes[i].open) {
            seen++;
            if (!oldest || l->minutes[i].used < oldest->used)
                oldest = &l->minutes[i];
        }
    minute_seal(oldest);
    l->open--;
}

static struct pmt_latency_minute *minute_for_writing(struct pmt_latency *l, int64_t minute)
{
    size_t i = search(l, minute);
    if (i == l->n || l->minutes[i].minute != minute) {
        PMT_GROW(l->minutes, l->n, l->cap);
        memmove(l->minutes + i + 1, l->minutes + i, (l->n - i) * sizeof *l->minutes);
        l->minutes[i] = (struct pmt_latency_minute){.minute = minute};
        l->n++;
    }
    if (!l->minutes[i].open) {
        if (l->open >= OPEN_MINUTES)
            seal_oldest(l);
        minute_open(&l->minutes[i]);
        l->open++;
    }
    l->minutes[i].used = ++l->clock;
    l->last = i;
    return &l->minutes[i];
}

static void put(struct pmt_latency *l, int64_t minute, unsigned bucket, uint32_t count)
{
    struct pmt_latency_minute *m;
    if (l->last < l->n && l->minutes[l->last].minute == minute && l->minutes[l->last].open)
        m = &l->minutes[l->last];
    else
        m = minute_for_writing(l, minute);
    m->open[bucket] =
        UINT32_MAX - m->open[bucket] < count ? UINT32_MAX : m->open[bucket] + count;
}

void pmt_latency_add(struct pmt_latency *l, int64_t sec, int64_t us)
{
    const int64_t most = 10 * PMT_DAY; /* far beyond the last bucket */
    put(l, floor_div(sec, 60), bucket_of(us < most ? us : most), 1);
}

void pmt_latency_seal(struct pmt_latency *l)
{
    for (size_t i = l->n; l->open && i-- > 0;)
        if (l->minutes[i].open) {
            minute_seal(&l->minutes[i]);
            l->open--;
        }
}

void pmt_latency_merge(struct pmt_latency *dst, struct pmt_latency *src,
                       int64_t (*map)(const void *ctx, int64_t sec), const void *ctx)
{
    pmt_latency_seal(src);
    for (size_t i = 0; i < src->n; i++) {
        const struct pmt_latency_minute *m = &src->minutes[i];
        int64_t sec = map ? map(ctx, m->minute * 60 + 30) : m->minute * 60;
        size_t at = 0;
        unsigned bucket = 0;
        uint32_t count;
        while (sec != PMT_DROP && next_bucket(m, &at, &bucket, &count))
            put(dst, floor_div(sec, 60), bucket, count);
    }
}

/* ---- asking -------------------------------------------------------------------------------- */

void pmt_latency_between(struct pmt_latency *l, int64_t from, int64_t to,
                         struct pmt_latency_sum *add)
{
    int64_t first = floor_div(from + 59, 60), last = floor_div(to + 1, 60) - 1;
    if (last < first) {
        first = floor_div(from, 60);
        last = floor_div(to, 60);
    }
    pmt_latency_seal(l);
    for (size_t i = search(l, first); i < l->n && l->minutes[i].minute <= last; i++) {
        size_t at = 0;
        unsigned bucket = 0;
        uint32_t count;
        while (next_bucket(&l->minutes[i], &at, &bucket, &count)) {
            add->bucket[bucket] += count;
            add->n += count;
        }
    }
}

/* The time that a share of the requests stays below: inside a bucket they are taken to lie evenly
 * apart. */
static int64_t quantile(const struct pmt_latency_sum *sum, double share)
{
    double want = share * (double)sum->n, seen = 0;
    for (unsigned b = 0; b < PMT_LATENCY_BUCKETS; b++) {
        double here = (double)sum->bucket[b];
        if (here > 0 && seen + here >= want) {
            int64_t low = bucket_begin(b), high = bucket_begin(b + 1);
            return low + (int64_t)llround((want - seen) / here * (double)(high - low));
        }
        seen += here;
    }
    return -1;
}

struct pmt_percentiles pmt_latency_percentiles(const struct pmt_latency_sum *sum)
{
    return (struct pmt_percentiles){.n = sum->n, .p50 = quantile(sum, 0.5),
                                    .p95 = quantile(sum, 0.95), .p99 = quantile(sum, 0.99)};
}
