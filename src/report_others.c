#include "report_parts.h"

#include <stdlib.h>

/* Other incidents of these logs: who reads one draft must know of them, and those that came just
 * before or after it belong to its story. */

enum { NAMED = 3, TOLD = 2 }; /* in the banner; on either side in the timeline */
#define NEAR PMT_HOUR

static bool is_other(const struct pmt_report *r, const struct pmt_incident *p)
{
    return p != r->incident && p->severity != PMT_GRADE_LOW;
}

/* ---- the banner ----------------------------------------------------------------------------- */

static int by_failed(const void *a, const void *b)
{
    const struct pmt_incident *const *x = a, *const *y = b;
    if ((*x)->numbers.failed != (*y)->numbers.failed)
        return (*x)->numbers.failed > (*y)->numbers.failed ? -1 : 1;
    return *x < *y ? -1 : *x > *y; /* they are in one array, by time */
}

static int by_time(const void *a, const void *b)
{
    const struct pmt_incident *const *x = a, *const *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* "10:00:22 to 10:12:39, 1,308 failed" */
static void put_one(struct pmt_report *r, struct pmt_buf *b, const struct pmt_incident *p)
{
    pmt_buf_puts(b, PMT_CODE_ON);
    pmt_incident_id(p, b);
    pmt_buf_printf(b, PMT_CODE_OFF " (%s ", pmt_report_beside(r, p->start, p->start));
    if (p->ongoing)
        pmt_buf_puts(b, "on");
    else
        pmt_buf_printf(b, "to %s", pmt_report_beside(r, p->end, p->start));
    if (p->numbers.failed)
        pmt_buf_printf(b, ", %s failed", pmt_report_count(r, p->numbers.failed));
    pmt_buf_puts(b, ")");
}

void pmt_report_say_others(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_findings *f = in->findings;
    const struct pmt_incident **v = pmt_alloc((f->n + 1) * sizeof *v);
    struct pmt_buf list = {0};
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (is_other(r, &f->incidents[i]))
            v[n++] = &f->incidents[i];
    if (n > NAMED)
        qsort(v, n, sizeof *v, by_failed);
    size_t named = n < NAMED ? n : NAMED;
    if (named)
        qsort(v, named, sizeof *v, by_time);
    for (size_t i = 0; i < named; i++) {
        pmt_buf_puts(&list, i ? ", " : "");
        put_one(r, &list, v[i]);
    }
    if (n > named)
        pmt_buf_printf(&list, " and %zu more, in the annex", n - named);
    struct pmt_value w[] = {PMT_V("list", pmt_report_keep(r, &list))};
    if (n)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-others", w, 1));
    free(v);
}

/* ---- the timeline --------------------------------------------------------------------------- */

/* Of silences and of backends without a server other lines tell. */
static bool is_near_one(const struct pmt_report *r, const struct pmt_incident *p)
{
    return is_other(r, p) && p->flow;
}

static void tell(struct pmt_builder *b, const struct pmt_incident *p)
{
    const struct pmt_incident *main = b->r->incident;
    bool before = p->start < main->start;
    int64_t gap = before ? main->start - p->end : p->start - main->end;
    const struct pmt_numbers *k = &p->numbers;
    struct pmt_value v[] = {
        PMT_V("length", pmt_report_length(b->r, gap > 0 ? pmt_whole(0, gap) : 0)),
        PMT_V("to", pmt_report_beside(b->r, p->end, p->start)),
        PMT_V("n", pmt_report_count(b->r, k->failed)),
        PMT_V("all", pmt_report_count(b->r, k->requests)),
        PMT_V("pct", pmt_report_percent(b->r, k->failed, k->requests)),
        PMT_V("services", pmt_report_services(b->r, p))};
    const char *id = gap <= 0 ? k->failed ? "other-beside" : "other-beside-short"
                     : before ? k->failed ? "other-before" : "other-before-short"
                     : k->failed ? "other-after" : "other-after-short";
    struct pmt_event_entry *e =
        pmt_report_entry(b->r, p->start, p->decimals, "other_incident",
                         pmt_report_text(b->r, id, v, PMT_COUNT(v)), 90);
    e->time_known = PMT_ESTIMATED;
    if (p->first)
        pmt_report_cite_bad(b->r, b->in, p->first, false, p->decimals, &e->cites);
}

void pmt_report_tell_others(struct pmt_builder *b)
{
    const struct pmt_findings *f = b->in->findings;
    const struct pmt_incident *p = b->r->incident;
    size_t before = 0, after = 0;
    for (size_t i = f->n; i-- > 0 && before < TOLD;) {
        const struct pmt_incident *o = &f->incidents[i];
        if (is_near_one(b->r, o) && o->start < p->start && p->start - o->end <= NEAR) {
            tell(b, o);
            before++;
        }
    }
    for (size_t i = 0; i < f->n && after < TOLD && !p->ongoing; i++) {
        const struct pmt_incident *o = &f->incidents[i];
        if (is_near_one(b->r, o) && o->start >= p->start && o->start - p->end <= NEAR) {
            tell(b, o);
            after++;
        }
    }
}

/* ---- the impact ----------------------------------------------------------------------------- */

const char *pmt_report_of_others(struct pmt_report *r, const struct pmt_report_input *in,
                                 int64_t from, int64_t to, uint64_t failed)
{
    const struct pmt_findings *f = in->findings;
    uint64_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct pmt_incident *p = &f->incidents[i];
        int64_t a = p->start / PMT_SECOND, z = p->end / PMT_SECOND;
        a = a > from ? a : from;
        z = z < to ? z : to;
        if (is_other(r, p) && a <= z)
            n += pmt_requests_between(r->incident->flow, a, z).failed;
    }
    n = n < failed ? n : failed; /* they may overlap */
    struct pmt_value v[] = {PMT_V("n", n == failed ? "all" : pmt_report_count(r, n))};
    return n * 2 < failed || !n ? "" : pmt_report_text(r, "of-others", v, 1);
}
