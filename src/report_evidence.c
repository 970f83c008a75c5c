#include "report_parts.h"

#include "pmt/reread.h"

#include <stdlib.h>

void pmt_cites_add(struct pmt_cites *c, uint32_t evidence)
{
    for (unsigned i = 0; i < c->n; i++)
        if (c->v[i] == evidence)
            return;
    if (c->n < PMT_CITES_MAX)
        c->v[c->n++] = evidence;
}

uint32_t pmt_report_cite(struct pmt_report *r, const struct pmt_report_input *in, uint32_t source,
                         uint64_t line, int64_t t, uint8_t decimals, struct pmt_slice host,
                         uint64_t count, struct pmt_slice raw)
{
    for (size_t i = 0; i < r->nevidence; i++)
        if (r->evidence[i].source == source && r->evidence[i].line == line)
            return (uint32_t)i;
    PMT_GROW(r->evidence, r->nevidence, r->capevidence);
    r->evidence[r->nevidence] = (struct pmt_evidence){
        .t = t, .decimals = decimals, .source = source, .line = line, .count = count, .raw = raw,
        .host = host.n ? host : in->sources[source].host,
        .file = in->sources[source].input->shown};
    return (uint32_t)r->nevidence++;
}

void pmt_report_cite_place(struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_place at, int64_t t, struct pmt_slice host,
                           struct pmt_cites *cites)
{
    if (at.line)
        pmt_cites_add(cites,
                      pmt_report_cite(r, in, at.source, at.line, t, 0, host, 1, PMT_NO_SLICE));
}

void pmt_report_cite_silence(struct pmt_report *r, const struct pmt_report_input *in,
                             struct pmt_cites *cites)
{
    const struct pmt_incident *p = r->incident;
    for (size_t i = 0; i < p->nphases; i++) {
        const struct pmt_phase *x = &p->phases[i];
        if (x->kind != PMT_PHASE_NO_DATA)
            continue;
        pmt_report_cite_place(r, in, p->silent_from, x->from,
                              in->sources[p->silent_from.source].host, cites);
        pmt_report_cite_place(r, in, p->silent_to, x->to,
                              in->sources[p->silent_to.source].host, cites);
        return;
    }
}

void pmt_report_cite_fact(struct pmt_report *r, const struct pmt_report_input *in,
                          const struct pmt_fact *f, struct pmt_cites *cites)
{
    if (f)
        pmt_cites_add(cites,
                      pmt_report_cite(r, in, f->places[0].source, f->places[0].line, f->t,
                                      f->mark->decimals, f->host, f->count, f->mark->excerpt));
}

static bool read_line(const struct pmt_scanned *s, struct pmt_slice raw, struct pmt_record *ret)
{
    struct pmt_reject why;
    const struct pmt_parser *used;
    return raw.n && pmt_parse_line(s->parser, &s->own, raw, ret, &used, &why) == PMT_RECORD;
}

/* A log of many hosts names them in its lines. */
static struct pmt_slice host_in_line(struct pmt_report *r, const struct pmt_scanned *s,
                                     struct pmt_slice raw)
{
    struct pmt_record rec;
    return !s->host.n && read_line(s, raw, &rec) ? pmt_arena_copy(r->arena, rec.host)
                                                 : PMT_NO_SLICE;
}

void pmt_report_cite_bad(struct pmt_report *r, const struct pmt_report_input *in,
                         const struct pmt_badsec *b, bool last, uint8_t decimals,
                         struct pmt_cites *cites)
{
    struct pmt_slice raw = PMT_NO_SLICE;
    if (b->text)
        raw = last ? pmt_slice(b->text->last, b->text->last_n)
                   : pmt_slice(b->text->first, b->text->first_n);
    struct pmt_slice host = host_in_line(r, &in->sources[b->source], raw);
    pmt_cites_add(cites, pmt_report_cite(r, in, (uint32_t)b->source,
                                         last ? b->last_line : b->first_line,
                                         b->sec * PMT_SECOND + (last ? b->last_us : b->first_us),
                                         decimals, host, 1, raw));
}

bool pmt_report_read_bad(const struct pmt_report_input *in, const struct pmt_badsec *b, bool last,
                         struct pmt_record *ret)
{
    if (!b->text)
        return false;
    struct pmt_slice raw = last ? pmt_slice(b->text->last, b->text->last_n)
                                : pmt_slice(b->text->first, b->text->first_n);
    return read_line(&in->sources[b->source], raw, ret) && ret->kind == PMT_HTTP_REQUEST;
}

static const struct pmt_evidence *sort_base;

static int by_time(const void *a, const void *b)
{
    const struct pmt_evidence *x = &sort_base[*(const uint32_t *)a];
    const struct pmt_evidence *y = &sort_base[*(const uint32_t *)b];
    if (x->cited != y->cited)
        return x->cited ? -1 : 1;
    if (x->t != y->t) {
        if (x->t == PMT_NO_TIME || y->t == PMT_NO_TIME) /* a note without one: last */
            return x->t == PMT_NO_TIME ? 1 : -1;
        return x->t < y->t ? -1 : 1;
    }
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    /* The order of notes in their files does not matter. */
    int words = x->source == PMT_NO_SOURCE ? pmt_slice_cmp(x->raw, y->raw) : 0;
    if (words)
        return words;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* A line that was cut may end in half an address or half a name, which the redactor cannot know:
 * the last word goes. */
static struct pmt_slice whole_words(struct pmt_slice raw, bool *cut)
{
    *cut = raw.n + 3 >= PMT_EXCERPT_MAX;
    size_t n = raw.n;
    while (*cut && n && raw.p[n - 1] != ' ')
        n--;
    return *cut && n > PMT_EXCERPT_MAX / 2 ? pmt_slice(raw.p, n - 1) : raw;
}

/* What the draft cites and the scan passed by. */
static void reread(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_wanted *v = NULL;
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < r->nevidence; i++) {
        const struct pmt_evidence *e = &r->evidence[i];
        if (!e->cited || e->raw.p)
            continue;
        PMT_GROW(v, n, cap);
        v[n++] = (struct pmt_wanted){e->source, e->line, PMT_NO_SLICE};
    }
    pmt_reread(in->sources, v, n, r->arena);
    for (size_t i = 0; i < r->nevidence && n; i++) {
        struct pmt_evidence *e = &r->evidence[i];
        for (size_t k = 0; e->cited && !e->raw.p && k < n; k++)
            if (v[k].source == e->source && v[k].line == e->line)
                e->raw = v[k].text;
    }
    free(v);
}

/* Whose request it is: behind a balancer the first that X-Forwarded-For names, and the peer is the
 * balancer. */
static struct pmt_slice client_of(const struct pmt_record *r)
{
    struct pmt_slice f = r->forwarded_for;
    const char *comma = f.n ? memchr(f.p, ',', f.n) : NULL;
    if (!f.n || pmt_slice_is(f, "-"))
        return r->client;
    return pmt_slice_trim(comma ? pmt_slice(f.p, (size_t)(comma - f.p)) : f);
}

/* As redacted; the client is the one that the line names as such, where it can still be read. */
static void put_redacted(const struct pmt_report_input *in, const struct pmt_evidence *e,
                         struct pmt_slice raw, struct pmt_buf *b)
{
    struct pmt_record rec;
    struct pmt_slice client = PMT_NO_SLICE;
    if (e->source != PMT_NO_SOURCE && read_line(&in->sources[e->source], e->raw, &rec))
        client = client_of(&rec);
    pmt_redact_line_of(in->redactor, raw, client, b);
}

/* Numbers the evidence in order of time, what the draft cites first, and redacts it so. */
void pmt_report_settle_evidence(struct pmt_report *r, const struct pmt_report_input *in)
{
    reread(r, in);
    uint32_t *order = pmt_alloc((r->nevidence + 1) * sizeof *order);
    for (size_t i = 0; i < r->nevidence; i++)
        order[i] = (uint32_t)i;
    sort_base = r->evidence;
    qsort(order, r->nevidence, sizeof *order, by_time);
    for (size_t i = 0; i < r->nevidence; i++) {
        struct pmt_evidence *e = &r->evidence[order[i]];
        e->id = (unsigned)i + 1;
        if (!e->raw.p)
            continue;
        struct pmt_buf redacted = {0}, clean = {0};
        bool was_cut;
        put_redacted(in, e, whole_words(e->raw, &was_cut), &redacted);
        pmt_put_clean(&clean, pmt_buf_view(&redacted), PMT_EXCERPT_MAX);
        if (was_cut && !pmt_slice_ends(pmt_buf_view(&clean), PMT_ELLIPSIS))
            pmt_buf_puts(&clean, PMT_ELLIPSIS);
        e->excerpt = pmt_report_keep(r, &clean);
        pmt_buf_fini(&redacted);
    }
    free(order);
}

static void sort_cites(const struct pmt_report *r, struct pmt_cites *c)
{
    for (unsigned i = 1; i < c->n; i++)
        for (unsigned k = i; k > 0 && r->evidence[c->v[k]].id < r->evidence[c->v[k - 1]].id; k--) {
            uint32_t t = c->v[k];
            c->v[k] = c->v[k - 1];
            c->v[k - 1] = t;
        }
}

static void sort_labelled(const struct pmt_report *r, struct pmt_labelled *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < l[i].n; k++)
            sort_cites(r, &l[i].sentences[k].cites);
}

void pmt_report_sort_cites(struct pmt_report *r)
{
    sort_labelled(r, r->summary, r->nsummary);
    sort_labelled(r, r->cause, r->ncause);
    for (size_t i = 0; i < r->ntimeline; i++)
        sort_cites(r, &r->timeline[i].cites);
    for (size_t i = 0; i < r->slots.n; i++)
        sort_cites(r, &r->slot_cites[i]);
    for (size_t i = 0; i < r->nnotes; i++)
        sort_cites(r, &r->notes[i].cites);
    for (size_t i = 0; i < r->ntasks; i++)
        sort_cites(r, &r->tasks[i].cites);
}
