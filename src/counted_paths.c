#include "counted_parts.h"

#include <stdlib.h>

/* ---- which are watched ------------------------------------------------------------------- */

/* Index of the segment's service with this key; SIZE_MAX: it is not told apart. */
static size_t service_of(const struct pmt_segment *s, uint64_t key, size_t *last)
{
    if (*last < s->nservices && s->services[*last].key == key)
        return *last;
    for (size_t i = 0; i < s->nservices; i++)
        if (s->services[i].key == key)
            return *last = i;
    return SIZE_MAX;
}

void pmt_parts_count(struct pmt_part_rows *rows, const struct pmt_segment *s, const size_t *to)
{
    size_t last = 0;
    for (size_t i = 0; s->paths && i < s->paths->n; i++) {
        const struct pmt_path *p = &s->paths->v[i];
        size_t v = p->bad ? service_of(s, p->service, &last) : SIZE_MAX;
        if (v == SIZE_MAX || to[v] == SIZE_MAX)
            continue;
        PMT_GROW(rows->v, rows->n, rows->cap);
        rows->v[rows->n++] = (struct pmt_part_row){to[v], p->prefix, p->bad};
    }
}

static int by_service_and_prefix(const void *a, const void *b)
{
    const struct pmt_part_row *x = a, *y = b;
    if (x->service != y->service)
        return x->service < y->service ? -1 : 1;
    return pmt_slice_cmp(x->prefix, y->prefix);
}

static int most_bad_first(const void *a, const void *b)
{
    const struct pmt_part_row *x = a, *y = b;
    if (x->service != y->service)
        return x->service < y->service ? -1 : 1;
    if (x->bad != y->bad)
        return x->bad > y->bad ? -1 : 1;
    return pmt_slice_cmp(x->prefix, y->prefix);
}

static int by_prefix(const void *a, const void *b)
{
    const struct pmt_part *x = a, *y = b;
    return pmt_slice_cmp(x->prefix, y->prefix);
}

void pmt_parts_choose(struct pmt_counted *c, struct pmt_part_rows *rows)
{
    size_t n = 0;
    if (rows->n)
        qsort(rows->v, rows->n, sizeof *rows->v, by_service_and_prefix);
    for (size_t i = 0; i < rows->n; i++) {
        if (n && !by_service_and_prefix(&rows->v[n - 1], &rows->v[i]))
            rows->v[n - 1].bad += rows->v[i].bad;
        else
            rows->v[n++] = rows->v[i];
    }
    if (n)
        qsort(rows->v, n, sizeof *rows->v, most_bad_first);
    for (size_t i = 0; i < n; i++) {
        struct pmt_counted_service *s = &c->services[rows->v[i].service];
        if (rows->v[i].bad < PMT_PART_BAD || s->nparts == PMT_PARTS_MAX)
            continue;
        PMT_GROW(s->parts, s->nparts, s->capparts);
        s->parts[s->nparts++] = (struct pmt_part){.prefix = rows->v[i].prefix};
    }
    for (size_t i = 0; i < c->n; i++)
        if (c->services[i].nparts)
            qsort(c->services[i].parts, c->services[i].nparts, sizeof *c->services[i].parts,
                  by_prefix);
    free(rows->v);
    *rows = (struct pmt_part_rows){0};
}

/* ---- what they hold ---------------------------------------------------------------------- */

static struct pmt_part *part_of(struct pmt_counted_service *s, struct pmt_slice prefix)
{
    struct pmt_part like = {.prefix = prefix};
    return s->nparts ? bsearch(&like, s->parts, s->nparts, sizeof like, by_prefix) : NULL;
}

/* What the reading of one trace needs. */
struct reading {
    int64_t (*map)(const void *ctx, int64_t sec);
    const void *ctx;
    struct pmt_part *to;
};

static void read_second(void *ctx, int64_t sec, const struct pmt_counts *c)
{
    struct reading *r = ctx;
    int64_t utc = r->map(r->ctx, sec);
    if (utc == PMT_DROP)
        return;
    r->to->requests += c->c[PMT_ALL];
    r->to->bad += c->c[PMT_BAD];
    pmt_series_add(&r->to->flow.series, utc, c);
}

void pmt_parts_merge(struct pmt_counted *c, struct pmt_segment *s, const size_t *to,
                     int64_t (*map)(const void *ctx, int64_t sec), const void *ctx)
{
    size_t last = 0;
    for (size_t i = 0; s->paths && i < s->paths->n; i++) {
        struct pmt_path *p = &s->paths->v[i];
        size_t v = service_of(s, p->service, &last);
        struct pmt_part *part = NULL;
        if (v != SIZE_MAX && to[v] != SIZE_MAX)
            part = part_of(&c->services[to[v]], p->prefix);
        if (!part)
            continue;
        struct reading r = {map, ctx, part};
        pmt_trace_each(&p->trace, read_second, &r);
        if (p->failed)
            pmt_votes_merge(&part->flow.failed, p->failed, map, ctx);
        pmt_series_seal(&part->flow.series);
        pmt_trace_fini(&p->trace);
    }
}

void pmt_parts_fini(struct pmt_counted_service *s)
{
    for (size_t i = 0; i < s->nparts; i++)
        pmt_flow_fini(&s->parts[i].flow);
    free(s->parts);
    s->parts = NULL;
    s->nparts = s->capparts = 0;
}

void pmt_parts_settle(struct pmt_counted_service *s, unsigned shift)
{
    size_t n = 0;
    uint64_t requests = 0;
    if (s->nparts)
        requests = pmt_requests_between(&s->flow, INT64_MIN / 2, INT64_MAX / 2).requests;
    for (size_t i = 0; i < s->nparts; i++) {
        struct pmt_part *p = &s->parts[i];
        if (p->bad < PMT_PART_BAD || p->requests * 100 > requests * PMT_PART_SHARE) {
            pmt_flow_fini(&p->flow);
            continue;
        }
        pmt_flow_seal(&p->flow);
        pmt_votes_thin(&p->flow.failed, shift);
        if (n != i)
            s->parts[n] = *p;
        n++;
    }
    s->nparts = n;
}

/* ---- their failing seconds ---------------------------------------------------------------- */

/* What is known of the lines of a failing second: the service's first and last, where they asked
 * for this. */
static struct pmt_badsec bad_second(const struct pmt_badsec *of, uint32_t mark)
{
    struct pmt_badsec b = *of;
    bool first = of->first_path == mark, last = of->last_path == mark;
    b.first_path = b.last_path = mark;
    b.text = NULL;
    if (!first && !last)
        b.first_line = b.last_line = 0;
    if (of->text && (first || last)) {
        b.text = pmt_alloc(sizeof *b.text);
        memcpy(b.text, of->text, sizeof *b.text);
    }
    if (!first && last) {
        b.first_us = of->last_us;
        b.first_line = of->last_line;
    } else if (first && !last) {
        b.last_us = of->first_us;
        b.last_line = of->first_line;
    }
    if (b.text && !first) {
        b.text->first_n = b.text->last_n;
        memcpy(b.text->first, b.text->last, b.text->last_n);
    } else if (b.text && !last) {
        b.text->last_n = b.text->first_n;
        memcpy(b.text->last, b.text->first, b.text->first_n);
    }
    return b;
}

/* Seconds in which nothing else of the service failed: who gave the answers then is known. */
struct own_seconds {
    int64_t *v; /* in order */
    size_t n, cap;
};

static int by_second(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int64_t only_own(const void *ctx, int64_t sec)
{
    const struct own_seconds *own = ctx;
    bool is = own->n && bsearch(&sec, own->v, own->n, sizeof sec, by_second);
    return is ? sec : PMT_DROP;
}

static void take_causes(struct pmt_counted_service *s, struct pmt_flow *part)
{
    struct own_seconds own = {0};
    struct pmt_series_iter all = pmt_series_iter(&s->flow.series);
    struct pmt_series_iter it = pmt_series_iter(&part->series);
    struct pmt_counts c, of = {{0}};
    int64_t sec, at = INT64_MIN;
    while (pmt_series_next(&it, &sec, &c)) {
        while (at < sec && pmt_series_next(&all, &at, &of))
            continue;
        if (!c.c[PMT_BAD] || at != sec || of.c[PMT_BAD] != c.c[PMT_BAD])
            continue;
        PMT_GROW(own.v, own.n, own.cap);
        own.v[own.n++] = sec;
    }
    pmt_causes_merge(&part->causes, &s->flow.causes, only_own, &own);
    pmt_causes_seal(&part->causes);
    free(own.v);
}

void pmt_part_open(struct pmt_counted_service *s, struct pmt_part *p)
{
    uint32_t mark = pmt_prefix_mark(pmt_prefix_hash(p->prefix));
    struct pmt_flow *f = &p->flow;
    struct pmt_series_iter it = pmt_series_iter(&f->series);
    struct pmt_counts c;
    int64_t sec;
    size_t i = 0;
    while (pmt_series_next(&it, &sec, &c)) {
        if (!c.c[PMT_BAD])
            continue;
        while (i < s->flow.nbad && s->flow.bad[i].sec < sec)
            i++;
        PMT_GROW(f->bad, f->nbad, f->capbad);
        struct pmt_badsec none = {.sec = sec};
        bool known = i < s->flow.nbad && s->flow.bad[i].sec == sec;
        f->bad[f->nbad++] = bad_second(known ? &s->flow.bad[i] : &none, mark);
    }
    take_causes(s, f);
}

void pmt_part_close(struct pmt_part *p)
{
    for (size_t i = 0; i < p->flow.nbad; i++)
        free(p->flow.bad[i].text);
    free(p->flow.bad);
    p->flow.bad = NULL;
    p->flow.nbad = p->flow.capbad = 0;
    pmt_causes_fini(&p->flow.causes);
}

/* ---- of several services ----------------------------------------------------------------- */

/* As where several web servers serve the same paths, each with a log of its own. */
void pmt_parts_share(struct pmt_counted *c)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->services[i].nparts; k++) {
            struct pmt_part *p = &c->services[i].parts[k];
            size_t at = 0;
            bool again = false;
            for (size_t j = 0; j < i && !again; j++)
                again = part_of(&c->services[j], p->prefix) != NULL;
            while (again && at < c->nparts && !pmt_slice_eq(c->parts[at].prefix, p->prefix))
                at++;
            if (!again || at < c->nparts || c->nparts == PMT_PARTS_MAX)
                continue;
            PMT_GROW(c->parts, c->nparts, c->capparts);
            c->parts[c->nparts++] = (struct pmt_part){.prefix = p->prefix};
        }
}

void pmt_part_unite(struct pmt_counted *c, struct pmt_part *p)
{
    for (size_t i = 0; i < c->n; i++) {
        struct pmt_part *of = part_of(&c->services[i], p->prefix);
        if (!of)
            continue;
        bool open = of->flow.bad != NULL;
        if (!open)
            pmt_part_open(&c->services[i], of);
        pmt_flow_copy(&p->flow, &of->flow);
        p->requests += of->requests;
        p->bad += of->bad;
        if (!open)
            pmt_part_close(of);
    }
    pmt_flow_seal(&p->flow);
}

void pmt_part_forget(struct pmt_part *p)
{
    pmt_flow_fini(&p->flow);
    p->requests = p->bad = 0;
}
