#include "report_parts.h"

#include <stdlib.h>

/* What failed most: paths, services, servers. */

enum {
    MOST = 80, /* % of all failures: so many of one path or server are worth a sentence, */
    APART = 2, /* where it has no more than one half of that share of the requests */
    WELL_NAMED = 3,
    WELL_MIN = 10,   /* failures that a service would have had, had it been hit like the others, */
    WELL_TIMES = 10, /* and had so many times less */
};

static const char *const kind_names[] = {"path", "service", "server"};

static const char *text_of(struct pmt_report *r, struct pmt_slice s)
{
    struct pmt_buf b = {0};
    pmt_put_clean(&b, s, 120);
    return pmt_report_keep(r, &b);
}

static const char *path_of(struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_slice path)
{
    struct pmt_buf b = {0};
    pmt_redact_path(in->redactor, path, &b);
    const char *text = text_of(r, pmt_buf_view(&b));
    pmt_buf_fini(&b);
    return text;
}

void pmt_report_find_shown(struct pmt_report *r, const struct pmt_report_input *in)
{
    r->nshown = in->findings->n;
    r->shown = pmt_arena_alloc(r->arena, (r->nshown + 1) * sizeof *r->shown);
    for (size_t i = 0; i < r->nshown; i++) {
        const struct pmt_incident *p = &in->findings->incidents[i];
        struct pmt_shown *s = &r->shown[i];
        *s = (struct pmt_shown){.incident = p, .nworst = p->worst.n};
        s->path = p->path.n ? path_of(r, in, p->path) : NULL;
        s->worst = pmt_arena_alloc(r->arena, (s->nworst + 1) * sizeof *s->worst);
        for (size_t k = 0; k < p->where.n; k++)
            s->where[k] = path_of(r, in, p->where.names[k]);
        for (size_t k = 0; k < s->nworst; k++) {
            const struct pmt_worst *w = &p->worst.v[k];
            bool path = w->kind == PMT_WORST_PATH;
            s->worst[k] = (struct pmt_shown_worst){
                .kind = kind_names[w->kind],
                .name = path ? path_of(r, in, w->name) : text_of(r, w->name),
                .of = w->of.n ? text_of(r, w->of) : NULL,
                .told = path ? NULL : text_of(r, pmt_report_service(r, w->name)),
                .told_of = w->of.n ? text_of(r, pmt_report_service(r, w->of)) : NULL,
                .requests = w->requests, .failed = w->failed};
        }
    }
}

const struct pmt_shown *pmt_report_shown(const struct pmt_report *r, const struct pmt_incident *p)
{
    for (size_t i = 0; i < r->nshown; i++)
        if (r->shown[i].incident == p)
            return &r->shown[i];
    return NULL;
}

/* Has it far more of the failures than of the requests? A server that is given nearly all of them
 * may; then the others went well. */
static bool stands_apart(const struct pmt_incident *p, const struct pmt_shown_worst *w,
                         enum pmt_worst_kind kind)
{
    double failed = (double)p->site.failed, all = (double)p->site.requests;
    double rest = failed - (double)w->failed;
    double expected = (all - (double)w->requests) * (double)w->failed / (double)w->requests;
    return (double)w->failed * all >= APART * (double)w->requests * failed ||
           (kind == PMT_WORST_SERVER && expected >= WELL_MIN && rest * WELL_TIMES <= expected);
}

/* A log tells which server was given each request, checks of its health too: where these are many,
 * the servers have more failures than users had, and no share of theirs can be told. */
static bool are_users(const struct pmt_incident *p, const struct pmt_shown *s,
                      const struct pmt_shown_worst *like)
{
    uint64_t requests = 0, failed = 0;
    for (size_t i = 0; i < s->nworst; i++) {
        const struct pmt_shown_worst *w = &s->worst[i];
        bool same = strcmp(w->kind, like->kind) == 0 &&
                    (w->of ? like->of && strcmp(w->of, like->of) == 0 : !like->of);
        requests += same ? w->requests : 0;
        failed += same ? w->failed : 0;
    }
    return requests <= p->site.requests && failed <= p->site.failed;
}

/* Where most failures are of one path or server that has far fewer of the requests. */
static bool say_one(struct pmt_report *r, struct pmt_labelled *to, enum pmt_worst_kind kind,
                    const char *id)
{
    const struct pmt_incident *p = r->incident;
    const struct pmt_shown *s = pmt_report_shown(r, p);
    for (size_t i = 0; s && i < s->nworst; i++) {
        const struct pmt_shown_worst *w = &s->worst[i];
        if (strcmp(w->kind, kind_names[kind]) != 0)
            continue;
        uint64_t failed = p->site.failed, all = p->site.requests;
        if (w->failed * 100 < failed * MOST || !stands_apart(p, w, kind) || !are_users(p, s, w))
            return false;
        struct pmt_value v[] = {PMT_V("failed", pmt_report_count(r, failed)),
                                PMT_V("n", pmt_report_count(r, w->failed)),
                                PMT_V("pct", pmt_report_percent(r, w->failed, failed)),
                                PMT_C("name", pmt_str(w->name)),
                                PMT_V("share", pmt_report_percent(r, w->requests, all))};
        pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), NULL);
        return true;
    }
    return false;
}

/* "`/cart` and `/checkout`" */
static const char *named(struct pmt_report *r, const char *const *names, size_t n, size_t more)
{
    struct pmt_buf b = {0};
    for (size_t i = 0; i < n; i++)
        pmt_buf_printf(&b, "%s" PMT_CODE_ON "%s" PMT_CODE_OFF,
                       !i ? "" : i + 1 == n && !more ? " and " : ", ", names[i]);
    if (more)
        pmt_buf_printf(&b, " and %zu more", more);
    return pmt_report_keep(r, &b);
}

/* That it was some paths only. */
static bool say_where(struct pmt_report *r, struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    const struct pmt_where *w = &p->where;
    if (w->n < 2 && !w->paths)
        return false; /* one alone is told of the whole site */
    struct pmt_value v[] = {
        PMT_V("list", named(r, pmt_report_shown(r, p)->where, w->n, 0)),
        PMT_V("k", pmt_report_count(r, w->paths)), PMT_V("n", pmt_report_count(r, w->failed)),
        PMT_V("all", pmt_report_count(r, w->requests)),
        PMT_V("pct", pmt_report_percent(r, w->failed, w->requests)),
        PMT_V("old", pmt_report_count(r, p->numbers.failed - w->failed)),
        PMT_V("other", pmt_report_count(r, p->numbers.requests - w->requests))};
    pmt_say(to, pmt_report_text(r, w->paths ? "impact-below" : "impact-where", v, PMT_COUNT(v)),
            NULL);
    return true;
}

/* Services that went well meanwhile. */
struct well {
    struct pmt_slice name;
    uint64_t requests, failed;
};

static int most_first(const void *a, const void *b)
{
    const struct well *x = a, *y = b;
    if (x->requests != y->requests)
        return x->requests > y->requests ? -1 : 1;
    return pmt_slice_cmp(x->name, y->name);
}

static bool is_hit(const struct pmt_incident *p, struct pmt_slice service)
{
    for (size_t i = 0; i < p->nservices; i++)
        if (pmt_slice_eq(p->services[i], service))
            return true;
    return false;
}

void pmt_report_say_well(struct pmt_report *r, const struct pmt_report_input *in,
                         struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    struct well *v = pmt_alloc((in->counted->n + 1) * sizeof *v), sum = {.requests = 0};
    const char *names[WELL_NAMED];
    size_t n = 0;
    double rate = p->numbers.requests ? (double)p->numbers.failed / (double)p->numbers.requests : 0;
    for (size_t i = 0; i < in->counted->n; i++) {
        struct pmt_counted_service *s = &in->counted->services[i];
        struct pmt_numbers k = pmt_requests_between(&s->flow, p->start / PMT_SECOND,
                                                    p->end / PMT_SECOND);
        if (is_hit(p, s->name) || (double)k.requests * rate < WELL_MIN ||
            (double)k.failed * WELL_TIMES > (double)k.requests * rate)
            continue;
        v[n++] = (struct well){s->name, k.requests, k.failed};
        sum.requests += k.requests;
        sum.failed += k.failed;
    }
    if (n)
        qsort(v, n, sizeof *v, most_first);
    size_t shown = n < WELL_NAMED ? n : WELL_NAMED;
    for (size_t i = 0; i < shown; i++)
        names[i] = text_of(r, pmt_report_service(r, v[i].name));
    struct pmt_value w[] = {PMT_V("failed", pmt_report_count(r, sum.failed)),
                            PMT_V("all", pmt_report_count(r, sum.requests)),
                            PMT_V("list", named(r, names, shown, n - shown))};
    if (n)
        pmt_say(to, pmt_report_text(r, "impact-well", w, PMT_COUNT(w)), NULL);
    free(v);
}

void pmt_report_say_worst(struct pmt_report *r, struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    if (!p->site.failed)
        return;
    if (p->path.n) {
        struct pmt_value v[] = {
            PMT_V("pct", pmt_report_percent(r, p->numbers.failed, p->site.requests)),
            PMT_V("all", pmt_report_count(r, p->site.requests))};
        pmt_say(to, pmt_report_text(r, "impact-share", v, PMT_COUNT(v)), NULL);
    } else if (say_where(r, to) || say_one(r, to, PMT_WORST_PATH, "impact-most-path")) {
        return;
    }
    say_one(r, to, PMT_WORST_SERVER, "impact-most-server");
}

static const char *code(struct pmt_report *r, const char *text)
{
    return text ? pmt_arena_printf(r->arena, PMT_CODE_ON "%s" PMT_CODE_OFF, text) : "";
}

void pmt_report_worst_table(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_shown *s = r->incident ? pmt_report_shown(r, r->incident) : NULL;
    if (!s || !s->nworst)
        return;
    struct pmt_table *t = &r->tables[r->ntables++];
    *t = (struct pmt_table){.title = "What failed most",
                            .heads = {"What", "Name", "Of", "Failed", "Of requests", NULL}};
    for (size_t i = 0; i < s->nworst; i++) {
        const struct pmt_shown_worst *w = &s->worst[i];
        if (in->counted->nleft && strcmp(w->kind, kind_names[PMT_WORST_SERVER]) == 0)
            t->intro = pmt_report_text(r, "annex-servers", NULL, 0);
        PMT_GROW(t->rows, t->n, t->cap);
        t->rows[t->n++] = (struct pmt_row){
            {w->kind, code(r, w->told ? w->told : w->name), code(r, w->told_of),
             pmt_report_count(r, w->failed), pmt_report_count(r, w->requests)}};
    }
}
