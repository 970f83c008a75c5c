/* tally_helpers.h - a generator of numbers, lines made by hand, and a tally written out in full.
 * For the tests of what is built on tallies. */
#ifndef PMT_TALLY_HELPERS_H
#define PMT_TALLY_HELPERS_H

#include "pmt/tally.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- numbers: splitmix64, the same in every run ---------------------------------------- */

static uint64_t rng_state = 1;

static inline uint64_t rng(void)
{
    uint64_t z = (rng_state += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}
/* 0 ... n - 1 */
static inline uint64_t rng_below(uint64_t n)
{
    return rng() % n;
}
/* True once in n. */
static inline bool rng_once_in(uint64_t n)
{
    return rng() % n == 0;
}
static inline double rng_unit(void)
{
    return (double)(rng() >> 11) / 9007199254740992.0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* A record and the line it came from; borrowed text lives in `words`. */
struct made {
    enum { MADE_RECORD, MADE_SILENT, MADE_REJECT } sort;
    struct pmt_record rec;
    char line[400];
    char words[8][32];
    unsigned nwords;
};

__attribute__((format(printf, 2, 3))) static inline struct pmt_slice word(struct made *m,
                                                                          const char *fmt, ...)
{
    va_list ap;
    char *w = m->words[m->nwords++];
    va_start(ap, fmt);
    vsnprintf(w, sizeof m->words[0], fmt, ap);
    va_end(ap);
    return pmt_str(w);
}

static inline void made_clear(struct made *m)
{
    memset(m, 0, sizeof *m);
    pmt_record_clear(&m->rec);
}

static inline struct pmt_stamp stamp_of(int64_t wall, int how, int decimals, int32_t offset)
{
    return (struct pmt_stamp){.wall = wall, .how = (uint8_t)how, .decimals = (uint8_t)decimals,
                              .offset = offset};
}

static inline void tally_made(struct pmt_tally *t, const struct made *m, uint64_t number)
{
    struct pmt_line line = {.text = pmt_str(m->line), .number = number};
    if (m->sort == MADE_SILENT)
        pmt_tally_silent(t);
    else if (m->sort == MADE_REJECT)
        pmt_tally_reject(t, &line, "odd", 3);
    else
        pmt_tally_add(t, &m->rec, &line);
}

/* Lines [from, to) as one part, at rest. */
static inline struct pmt_tally *tally_part(const struct made *m, size_t from, size_t to,
                                           struct pmt_vote_budget *ok,
                                           struct pmt_vote_budget *failed)
{
    struct pmt_tally *t = pmt_tally_new(ok, failed);
    for (size_t i = from; i < to; i++)
        tally_made(t, &m[i], i - from + 1);
    pmt_tally_seal(t);
    return t;
}

static inline void tally_finish(struct pmt_tally *t)
{
    t->ok_budget = t->failed_budget = NULL;
    pmt_tally_seal(t);
}

/* ---- writing out ------------------------------------------------------------------------- */

static inline void dump_slice(struct pmt_buf *b, const char *name, struct pmt_slice s)
{
    pmt_buf_printf(b, " %s=%s%.*s", name, s.p ? "" : "(none)", PMT_FMT(s));
}

static inline void dump_series(struct pmt_buf *b, struct pmt_series *s)
{
    struct pmt_series_iter it = pmt_series_iter(s);
    struct pmt_counts c;
    int64_t sec;
    while (pmt_series_next(&it, &sec, &c))
        pmt_buf_printf(b, "   %lld %u %u %u\n", (long long)sec, c.c[0], c.c[1], c.c[2]);
}

static inline void dump_votes(struct pmt_buf *b, const char *name, const struct pmt_votes *v)
{
    pmt_buf_printf(b, "  votes %s shift %u\n", name, v->shift);
    for (size_t i = 0; i < v->n; i++) {
        int64_t minute;
        size_t n;
        const uint64_t *votes = pmt_votes_minute(v, i, &minute, &n);
        if (!n)
            continue;
        pmt_buf_printf(b, "   minute %lld:", (long long)minute);
        for (size_t k = 0; k < n; k++)
            pmt_buf_printf(b, " %llx", (unsigned long long)votes[k]);
        pmt_buf_puts(b, "\n");
    }
}

static inline void dump_causes(struct pmt_buf *b, struct pmt_causes *c)
{
    struct pmt_cause_counts counts;
    /* Kinds of no request have no say; retries are counted beside the failures. */
    pmt_causes_between(c, INT64_MIN / 2, INT64_MAX / 2, &counts);
    pmt_buf_printf(b, "  causes: %llu retried\n", (unsigned long long)counts.retried);
    for (size_t i = 0; i < counts.n; i++)
        pmt_buf_printf(b, "   %s %u: %llu\n", pmt_by_name((enum pmt_by)counts.v[i].key.by),
                       counts.v[i].key.status, (unsigned long long)counts.v[i].n);
}

static inline void dump_latency(struct pmt_buf *b, struct pmt_flow *f)
{
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec, last = INT64_MIN;
    while (pmt_series_next(&it, &sec, &c)) {
        int64_t minute = sec / 60 - (sec % 60 < 0);
        struct pmt_latency_sum sum = {0};
        if (minute == last)
            continue;
        last = minute;
        pmt_latency_between(&f->latency, minute * 60, minute * 60 + 59, &sum);
        pmt_buf_printf(b, "   latency %lld:", (long long)minute);
        for (int i = 0; i < PMT_LATENCY_BUCKETS; i++)
            if (sum.bucket[i])
                pmt_buf_printf(b, " %d*%llu", i, (unsigned long long)sum.bucket[i]);
        pmt_buf_puts(b, "\n");
    }
}

static inline void dump_flow(struct pmt_buf *b, struct pmt_flow *f)
{
    pmt_flow_seal(f);
    dump_latency(b, f);
    for (int i = 0; i < PMT_SLOW_SORTS; i++)
        if (f->slow[i]) {
            pmt_buf_printf(b, "  slow %d\n", i);
            dump_flow(b, f->slow[i]);
        }
    dump_series(b, &f->series);
    dump_votes(b, "ok", &f->ok);
    dump_votes(b, "failed", &f->failed);
    dump_causes(b, &f->causes);
    pmt_buf_printf(b, "  failing seconds %zu, texts %u, shift %u\n", f->nbad, f->texts,
                   f->text_shift);
    for (size_t i = 0; i < f->nbad; i++) {
        const struct pmt_badsec *s = &f->bad[i];
        pmt_buf_printf(b, "   %lld us %d..%d lines %llu..%llu source %d", (long long)s->sec,
                       s->first_us, s->last_us, (unsigned long long)s->first_line,
                       (unsigned long long)s->last_line, s->source);
        if (s->text) {
            dump_slice(b, "first", pmt_slice(s->text->first, s->text->first_n));
            dump_slice(b, "last", pmt_slice(s->text->last, s->text->last_n));
        }
        pmt_buf_puts(b, "\n");
    }
}

static inline void dump_offsets(struct pmt_buf *b, const char *what, const struct pmt_offsets *o)
{
    for (size_t i = 0; i < o->n; i++)
        pmt_buf_printf(b, "  %s %d %lld..%lld %llu\n", what, o->v[i].offset, (long long)o->v[i].min,
                       (long long)o->v[i].max, (unsigned long long)o->v[i].n);
}

static inline void dump_into(void *ctx, int64_t sec, const struct pmt_counts *c)
{
    pmt_series_add(ctx, sec, c);
}

static inline void dump_segment(struct pmt_buf *b, struct pmt_segment *s)
{
    pmt_buf_printf(b, " segment how %u decimals %u lines %llu (%llu..%llu) keys %lld..%lld "
                      "span %lld..%lld year %d\n",
                   s->how, s->decimals, (unsigned long long)s->lines,
                   (unsigned long long)s->first_line, (unsigned long long)s->last_line,
                   (long long)s->first_key, (long long)s->last_key, (long long)s->min,
                   (long long)s->max, s->pair_year);
    pmt_buf_printf(b, "  beside %d %d leap day %d\n", s->beside, s->beside_quarters, s->leap_day);
    dump_offsets(b, "offset", &s->offsets);
    dump_offsets(b, "paired", &s->paired);
    for (size_t i = 0; i < s->minutes.n; i++)
        pmt_buf_printf(b, "  minutes %lld..%lld\n", (long long)s->minutes.v[i].from,
                       (long long)s->minutes.v[i].to);
    for (size_t i = 0; i < s->nservices; i++) {
        pmt_buf_printf(b, "  service layer %u", s->services[i].layer);
        dump_slice(b, "name", s->services[i].name);
        dump_slice(b, "frontend", s->services[i].frontend);
        dump_slice(b, "backend", s->services[i].backend);
        pmt_buf_puts(b, "\n");
        dump_flow(b, &s->services[i].flow);
    }
    for (size_t i = 0; i < s->nchecks; i++) {
        pmt_buf_printf(b, "  check %llx count %llu of", (unsigned long long)s->checks[i].key,
                       (unsigned long long)s->checks[i].count);
        dump_slice(b, "service", s->services[s->checks[i].service].name);
        dump_slice(b, "peer", s->checks[i].peer);
        dump_slice(b, "path", s->checks[i].path);
        dump_slice(b, "agent", s->checks[i].agent);
        pmt_buf_puts(b, "\n");
        dump_flow(b, &s->checks[i].flow);
    }
    for (size_t i = 0; i < s->nuses; i++) {
        dump_slice(b, " use", s->uses[i].backend);
        dump_slice(b, "server", s->uses[i].server);
        pmt_buf_puts(b, "\n");
        for (size_t k = 0; k < s->uses[i].nspells; k++) {
            const struct pmt_spell *v = &s->uses[i].spells[k];
            pmt_buf_printf(b, "   spell %lld..%lld lines %llu..%llu done %lld\n",
                           (long long)v->first, (long long)v->last,
                           (unsigned long long)v->first_line, (unsigned long long)v->last_line,
                           (long long)v->done);
        }
        dump_series(b, &s->uses[i].series);
    }
    for (size_t i = 0; s->paths && i < s->paths->n; i++) {
        struct pmt_series series = {0};
        pmt_buf_printf(b, "  path %llx", (unsigned long long)s->paths->v[i].key);
        dump_slice(b, "prefix", s->paths->v[i].prefix);
        pmt_buf_puts(b, "\n");
        pmt_trace_each(&s->paths->v[i].trace, dump_into, &series);
        dump_series(b, &series);
        pmt_series_fini(&series);
        if (s->paths->v[i].failed)
            dump_votes(b, "failed", s->paths->v[i].failed);
    }
    for (size_t i = 0; i < s->ndigests; i++)
        pmt_buf_printf(b, "  digest %lld %u %u %llx\n", (long long)s->digests[i].minute,
                       s->digests[i].count, s->digests[i].checks,
                       (unsigned long long)s->digests[i].sum);
}

static inline void dump_mark(struct pmt_buf *b, const struct pmt_mark *m)
{
    pmt_buf_printf(b, "mark clock %u segment %u wall %lld..%lld line %llu count %llu payload %llx "
                      "kind %u lb %u event %u rule %d severity %d pid %lld actor %llx",
                   m->clock, m->segment, (long long)m->wall, (long long)m->last_wall,
                   (unsigned long long)m->line, (unsigned long long)m->count,
                   (unsigned long long)m->payload, m->kind, m->lb, m->event, m->rule, m->severity,
                   (long long)m->pid, (unsigned long long)m->actor);
    dump_slice(b, "host", m->host);
    dump_slice(b, "backend", m->backend);
    dump_slice(b, "server", m->server);
    dump_slice(b, "subject", m->subject);
    dump_slice(b, "detail", m->detail);
    dump_slice(b, "reason", m->reason);
    dump_slice(b, "client", m->client);
    dump_slice(b, "upstream", m->upstream);
    dump_slice(b, "program", m->program);
    dump_slice(b, "excerpt", m->excerpt);
    pmt_buf_puts(b, "\n");
}

/* Everything a tally at rest holds. */
static inline void dump_tally(struct pmt_buf *b, struct pmt_tally *t)
{
    pmt_buf_printf(b, "lines %llu understood %llu undated %llu not %llu late %llu dropped %llu\n",
                   (unsigned long long)t->lines, (unsigned long long)t->understood,
                   (unsigned long long)t->undated, (unsigned long long)t->not_understood,
                   (unsigned long long)t->late, (unsigned long long)t->marks_dropped);
    for (int i = 0; i < 5; i++)
        pmt_buf_printf(b, "kind %d %llu\n", i, (unsigned long long)t->kinds[i]);
    for (int i = 0; i < 3; i++)
        pmt_buf_printf(b, "layer %d %llu\n", i, (unsigned long long)t->layers[i]);
    for (size_t c = 0; c < t->nclocks; c++) {
        pmt_buf_printf(b, "clock which %u", t->clocks[c].which);
        dump_slice(b, "host", t->clocks[c].host);
        pmt_buf_puts(b, "\n");
        for (size_t i = 0; i < t->clocks[c].n; i++)
            dump_segment(b, &t->clocks[c].segments[i]);
    }
    for (size_t i = 0; i < t->nmarks; i++)
        dump_mark(b, &t->marks[i]);
    for (unsigned i = 0; i < t->nrejects; i++) {
        pmt_buf_printf(b, "reject line %llu column %zu", (unsigned long long)t->rejects[i].line,
                       t->rejects[i].column);
        dump_slice(b, t->rejects[i].why, t->rejects[i].excerpt);
        pmt_buf_puts(b, "\n");
    }
}

/* Fails with the first line that differs. */
static inline void assert_same_dump(const struct pmt_buf *want, const struct pmt_buf *got)
{
    if (want->n == got->n && memcmp(want->data, got->data, want->n) == 0)
        return;
    size_t i = 0, from = 0;
    while (i < want->n && i < got->n && want->data[i] == got->data[i])
        if (want->data[i++] == '\n')
            from = i;
    fail_msg("differs at byte %zu:\nwant: %.*s\ngot:  %.*s", i,
             (int)strcspn(want->data + from, "\n"), want->data + from,
             (int)strcspn(got->data + from, "\n"), got->data + from);
}

#endif
