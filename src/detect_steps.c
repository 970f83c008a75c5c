#include "detect_parts.h"

#include <math.h>
#include <stdlib.h>

enum {
    FEW_CLIENTS = 5,   /* a minute: then requests are weighed, not clients, */
    MANY_REQUESTS = 5, /* if each of them makes so many */
    CROWD = 20,        /* failing clients a minute among which no single one matters */
};

static void push(struct pmt_steps *s, int64_t sec, double n, double k)
{
    PMT_GROW(s->v, s->n, s->cap);
    s->v[s->n++] = (struct pmt_step){sec, n, k};
}

size_t pmt_steps_search(const struct pmt_steps *s, int64_t sec)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->v[mid].sec < sec)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct pmt_step pmt_steps_sum(const struct pmt_steps *s, int64_t from, int64_t to)
{
    struct pmt_step sum = {from, 0, 0};
    for (size_t i = pmt_steps_search(s, from); i < s->n && s->v[i].sec <= to; i++) {
        sum.n += s->v[i].n;
        sum.k += s->v[i].k;
    }
    return sum;
}

static bool skipped(const struct pmt_steps *s, uint64_t vote)
{
    for (unsigned i = 0; i < s->nskip; i++)
        if (s->skip[i] == PMT_VOTE_HASH(vote))
            return true;
    return false;
}

/* ---- votes of clients ---------------------------------------------------------------------- */

/* The requests of one minute: all that were answered, those that failed, and second by second those
 * that went well. */
struct minute_requests {
    double all, bad;
    double good[60];
};

/* Reads a series minute by minute, forwards. */
struct minute_reader {
    struct pmt_series_iter it;
    int64_t sec;
    struct pmt_counts c;
    bool more;
};

static struct minute_requests requests_of(struct minute_reader *r, int64_t minute)
{
    struct minute_requests m = {0};
    for (; r->more && r->sec < minute * 60 + 60;
         r->more = pmt_series_next(&r->it, &r->sec, &r->c)) {
        if (r->sec < minute * 60)
            continue;
        double answered = (double)r->c.c[PMT_ALL] - r->c.c[PMT_GAVE_UP];
        m.all += answered;
        m.bad += r->c.c[PMT_BAD];
        m.good[r->sec - minute * 60] = answered - r->c.c[PMT_BAD];
    }
    return m;
}

struct minute_votes {
    int64_t minute;
    const uint64_t *ok, *failed;
    size_t nok, nfailed;
};

/* A client that makes a hundred requests a minute and has one of them fail is a failed vote like
 * one whose every request failed; so the share of failed votes is never taken for more than that of
 * failed requests. (And a client that fails a hundred times a minute is one vote.) The ok votes are
 * spread over the minute as the good requests are: where many ask, they ask at its beginning, and
 * what fails first later would look worse than it is. */
static void minute_steps(struct pmt_steps *s, const struct minute_votes *m, double ok_weight,
                         const struct minute_requests *r)
{
    double n[60] = {0}, k[60] = {0}, votes = 0, failed = 0;
    for (size_t i = 0; i < m->nfailed; i++) {
        int at = PMT_VOTE_FIRST(m->failed[i]) % 60;
        if (skipped(s, m->failed[i]))
            continue;
        n[at] += 1;
        k[at] += 1;
        failed += 1;
    }
    if (failed <= 0) {
        if (m->nok)
            push(s, m->minute * 60, (double)m->nok * ok_weight, 0);
        return;
    }
    double ok = (double)m->nok * ok_weight, good = r->all - r->bad;
    for (int i = 0; i < 60 && good > 0; i++)
        n[i] += ok * r->good[i] / good;
    for (size_t i = 0; i < m->nok && good <= 0; i++)
        n[PMT_VOTE_FIRST(m->ok[i]) % 60] += ok_weight;
    votes = failed + ok;
    double share = r->all > 0 ? r->bad / r->all : 1, scale = share * votes / failed;
    for (int i = 0; i < 60; i++)
        if (n[i] > 0)
            push(s, m->minute * 60 + i, n[i], scale < 1 ? k[i] * scale : k[i]);
}

/* Past the bound of what is kept, clients are a sample. A failed vote in it stays one vote (it is
 * no more evidence than that); an ok vote counts for as many as there are, in its proportion. */
static double weight_of_ok(const struct pmt_flow *f)
{
    return f->ok.shift >= f->failed.shift
               ? (double)(UINT64_C(1) << (f->ok.shift - f->failed.shift))
               : 1 / (double)(UINT64_C(1) << (f->failed.shift - f->ok.shift));
}

static void steps_from_votes(struct pmt_steps *s, struct pmt_flow *f)
{
    size_t i = 0, k = 0;
    double ok_weight = weight_of_ok(f);
    struct minute_reader r = {.it = pmt_series_iter(&f->series)};
    r.more = pmt_series_next(&r.it, &r.sec, &r.c);
    while (i < f->ok.n || k < f->failed.n) {
        int64_t mi = INT64_MAX, mk = INT64_MAX;
        struct minute_votes m = {0};
        if (i < f->ok.n)
            m.ok = pmt_votes_minute(&f->ok, i, &mi, &m.nok);
        if (k < f->failed.n)
            m.failed = pmt_votes_minute(&f->failed, k, &mk, &m.nfailed);
        m.minute = mi < mk ? mi : mk;
        if (mi != m.minute)
            m.nok = 0;
        if (mk != m.minute)
            m.nfailed = 0;
        struct minute_requests req = {0};
        if (m.nfailed)
            req = requests_of(&r, m.minute);
        minute_steps(s, &m, ok_weight, &req);
        i += mi == m.minute;
        k += mk == m.minute;
    }
}

/* ---- without ok votes ---------------------------------------------------------------------- */

/* One of many parts of a service, of which the ok votes are not kept: the clients that failed in a
 * minute, each once, against all requests that were answered in it. As a client makes one request
 * or more, that is less evidence than there is, never more. */
static void steps_from_failed(struct pmt_steps *s, struct pmt_flow *f)
{
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec;
    bool more = pmt_series_next(&it, &sec, &c);
    while (more) {
        int64_t minute = sec / 60 - (sec % 60 < 0), at = INT64_MAX;
        double n[60] = {0}, k[60] = {0}, good = 0;
        size_t failed = 0, kept = 0;
        const uint64_t *v = NULL;
        size_t i = pmt_votes_search(&f->failed, minute);
        if (i < f->failed.n)
            v = pmt_votes_minute(&f->failed, i, &at, &failed);
        for (size_t j = 0; at == minute && j < failed; j++)
            if (!skipped(s, v[j])) {
                k[PMT_VOTE_FIRST(v[j]) % 60] += 1;
                kept++;
            }
        for (; more && sec < minute * 60 + 60; more = pmt_series_next(&it, &sec, &c)) {
            n[sec - minute * 60] = (double)c.c[PMT_ALL] - c.c[PMT_GAVE_UP] - c.c[PMT_BAD];
            good += n[sec - minute * 60];
        }
        if (!kept && good > 0)
            push(s, minute * 60, good, 0);
        for (int j = 0; kept && j < 60; j++)
            if (n[j] + k[j] > 0)
                push(s, minute * 60 + j, n[j] + k[j], k[j]);
    }
}

/* ---- how much a failed request weighs ------------------------------------------------------ */

static size_t votes_of(const struct pmt_votes *v, int64_t minute, const uint64_t **ret)
{
    size_t n = 0, i = pmt_votes_search(v, minute);
    int64_t m = minute;
    if (i < v->n)
        *ret = pmt_votes_minute(v, i, &m, &n);
    return i < v->n && m == minute ? n : 0;
}

double pmt_failed_weight(const struct pmt_steps *s, struct pmt_flow *f, int64_t minute)
{
    const uint64_t *v = NULL;
    if (!s->by_client)
        return 1;
    double ok = (double)votes_of(&f->ok, minute, &v) * weight_of_ok(f), failed = 0;
    size_t n = votes_of(&f->failed, minute, &v);
    for (size_t i = 0; i < n; i++)
        failed += !skipped(s, v[i]);
    struct minute_reader r = {.it = pmt_series_iter_from(&f->series, minute * 60)};
    r.more = pmt_series_next(&r.it, &r.sec, &r.c);
    struct minute_requests m = requests_of(&r, minute);
    if (s->light)
        ok = m.all - m.bad;
    if (!n || m.bad <= 0) /* clients are not known here */
        return 1;
    double weight = failed / (failed + ok) * m.all / m.bad;
    return failed + ok > 0 && weight < 1 ? weight : failed > 0;
}

/* ---- votes of requests --------------------------------------------------------------------- */

static void steps_from_requests(struct pmt_steps *s, struct pmt_flow *f)
{
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c)) {
        double n = (double)c.c[PMT_ALL] - c.c[PMT_GAVE_UP];
        struct pmt_step *last = s->n ? &s->v[s->n - 1] : NULL;
        if (!c.c[PMT_BAD] && last && last->k <= 0 && last->sec / 60 == sec / 60)
            last->n += n;
        else
            push(s, sec, n, c.c[PMT_BAD]);
    }
}

/* A balancer without real_ip, a site behind one address: the votes of a few clients say little, the
 * requests do. */
static bool few_clients(struct pmt_flow *f)
{
    if (f->ok.shift || f->failed.shift)
        return false;
    uint64_t minutes = f->ok.n > f->failed.n ? f->ok.n : f->failed.n, requests = 0;
    uint64_t votes = pmt_votes_count(&f->ok) + pmt_votes_count(&f->failed);
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c))
        requests += c.c[PMT_ALL];
    return votes <= FEW_CLIENTS * minutes && requests >= votes * MANY_REQUESTS;
}

bool pmt_clients_tell(struct pmt_flow *f)
{
    return !few_clients(f);
}

void pmt_steps_build(struct pmt_steps *s, struct pmt_flow *f)
{
    s->n = 0;
    s->light = f->searched > 0;
    s->by_client = s->light ? !f->by_requests : !few_clients(f);
    /* Of many that are searched, one may look odd by chance. */
    s->alarm = PMT_ALARM + (s->light ? log(f->searched) : 0);
    if (s->by_client && s->light)
        steps_from_failed(s, f);
    else if (s->by_client)
        steps_from_votes(s, f);
    else
        steps_from_requests(s, f);
}

/* ---- one client ------------------------------------------------------------------------------ */

bool pmt_top_client(const struct pmt_steps *s, const struct pmt_flow *f, int64_t from, int64_t to,
                    struct pmt_top *ret)
{
    uint64_t *hashes = NULL;
    size_t n = 0, cap = 0, most = CROWD * (size_t)((to - from) / 60 + 2);
    for (size_t i = pmt_votes_search(&f->failed, from / 60 - (from % 60 < 0));
         i < f->failed.n && n <= most; i++) {
        int64_t minute;
        size_t votes;
        const uint64_t *v = pmt_votes_minute(&f->failed, i, &minute, &votes);
        if (minute * 60 > to)
            break;
        for (size_t k = 0; k < votes; k++) {
            if (skipped(s, v[k]))
                continue;
            PMT_GROW(hashes, n, cap);
            hashes[n++] = PMT_VOTE_HASH(v[k]);
        }
    }
    *ret = (struct pmt_top){0, 0, n};
    if (n && n <= most)
        pmt_sort_u64(hashes, n);
    for (size_t i = 0, run = 0; i < n && n <= most; i++) {
        run = i && hashes[i - 1] == hashes[i] ? run + 1 : 1;
        if (run > ret->minutes) {
            ret->minutes = run;
            ret->client = hashes[i];
        }
    }
    free(hashes);
    return ret->minutes > 0;
}
