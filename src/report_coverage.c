#include "report_parts.h"

/* ---- gaps -------------------------------------------------------------------------------- */

/* From when to when, and what was expected: values of the phrases about gaps. */
#define GAP_VALUES 4
static void gap_values(struct pmt_report *r, const struct pmt_gap *g, struct pmt_value *v)
{
    struct pmt_value n[] = {PMT_V("n", pmt_report_count(r, g->expected))};
    v[0] = PMT_V("from", pmt_report_datetime(r, g->from));
    v[1] = PMT_V("to", pmt_report_beside(r, g->to, g->from));
    v[2] = PMT_V("left", g->expected ? pmt_report_text(r, "gap-expected", n, 1) : "");
    v[3] = PMT_C("missing", pmt_str(g->missing));
}

void pmt_put_gap(struct pmt_buf *b, const struct pmt_gap *g)
{
    struct pmt_buf text[4] = {{0}};
    pmt_put_datetime(&text[0], g->from);
    pmt_put_datetime(&text[1], g->to);
    pmt_put_count(&text[2], g->expected);
    struct pmt_value n[] = {PMT_V("n", text[2].data)};
    if (g->expected)
        pmt_put_phrase(&text[3], "gap-expected", n, 1);
    struct pmt_value v[] = {PMT_V("from", text[0].data), PMT_V("to", text[1].data),
                            PMT_V("left", text[3].data), PMT_C("missing", pmt_str(g->missing)),
                            PMT_V("reason", g->why)};
    bool missing = g->kind == PMT_GAP_ROTATION;
    pmt_put_phrase(b, !missing ? "gap-silent" : g->why ? "gap-unread" : "gap-rotation", v,
                   PMT_COUNT(v));
    for (size_t i = 0; i < PMT_COUNT(text); i++)
        pmt_buf_fini(&text[i]);
}

/* Inside the incident, or within an hour of it. Where none is drafted any matters: it may have
 * hidden one. */
static bool is_near(const struct pmt_report *r, const struct pmt_gap *g)
{
    const struct pmt_incident *p = r->incident;
    return !p || (g->to >= p->start - PMT_HOUR && g->from <= p->end + PMT_HOUR);
}

/* The hole tells it. */
static bool in_hole(const struct pmt_report_input *in, const struct pmt_gap *g)
{
    for (size_t i = 0; in->coverage && i < in->coverage->nholes; i++) {
        const struct pmt_gap *h = &in->coverage->holes[i];
        if (h->kind == PMT_GAP_SILENT && g->kind == PMT_GAP_SILENT && h->from <= g->from &&
            g->to <= h->to)
            return true;
    }
    return false;
}

const char *pmt_report_log(const struct pmt_report_input *in, const struct pmt_scanned *s)
{
    const struct pmt_scanned *best = s;
    for (size_t i = 0; i < in->nsources; i++)
        if (in->sources[i].input->rotation > best->input->rotation &&
            strcmp(in->sources[i].input->family, s->input->family) == 0)
            best = &in->sources[i];
    return best->input->shown;
}

static const char *gap_text(struct pmt_report *r, const struct pmt_report_input *in,
                            const struct pmt_scanned *s, const struct pmt_gap *g)
{
    struct pmt_value v[GAP_VALUES + 3];
    gap_values(r, g, v);
    v[GAP_VALUES] = PMT_C("file", pmt_str(pmt_report_log(in, s)));
    v[GAP_VALUES + 1] = PMT_V("reason", g->why);
    /* "access.log.2 to access.log.4" */
    bool many = g->missing && (strstr(g->missing, " to ") || strstr(g->missing, " and "));
    v[GAP_VALUES + 2] = PMT_V("by", g->why ? many ? "were" : "was" : many ? "are" : "is");
    const char *id = g->kind != PMT_GAP_ROTATION ? "banner-gap"
                     : g->why                    ? "banner-gap-unread"
                                                 : "banner-gap-rotation";
    return pmt_report_text(r, id, v, PMT_COUNT(v));
}

enum { GAPS_NAMED = 4 };

static void add_gap(struct pmt_report *r, size_t *n, const char *text)
{
    if ((*n)++ < GAPS_NAMED)
        pmt_lines_add(&r->banner, text);
}

void pmt_report_gaps(struct pmt_report *r, const struct pmt_report_input *in)
{
    size_t n = 0;
    for (size_t i = 0; in->coverage && i < in->coverage->nholes; i++) {
        const struct pmt_gap *h = &in->coverage->holes[i];
        struct pmt_value v[GAP_VALUES];
        if (h->kind != PMT_GAP_SILENT || !is_near(r, h))
            continue;
        gap_values(r, h, v);
        add_gap(r, &n, pmt_report_text(r, "banner-hole", v, GAP_VALUES));
    }
    for (size_t i = 0; i < in->nsources; i++)
        for (size_t k = 0; k < in->sources[i].ngaps; k++) {
            const struct pmt_gap *g = &in->sources[i].gaps[k];
            if ((g->kind == PMT_GAP_ROTATION || is_near(r, g)) && !in_hole(in, g))
                add_gap(r, &n, gap_text(r, in, &in->sources[i], g));
        }
    if (n <= GAPS_NAMED)
        return;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, n - GAPS_NAMED))};
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-gap-more", v, 1));
}

/* ---- holes and the incident -------------------------------------------------------------- */

const struct pmt_gap *pmt_report_hole(const struct pmt_report_input *in, int64_t from, int64_t to)
{
    for (size_t i = 0; in->coverage && i < in->coverage->nholes; i++)
        if (in->coverage->holes[i].to > from && in->coverage->holes[i].from < to)
            return &in->coverage->holes[i];
    return NULL;
}

static void say_hole(struct pmt_report *r, struct pmt_labelled *to, const char *id,
                     const struct pmt_gap *hole)
{
    struct pmt_value v[GAP_VALUES];
    gap_values(r, hole, v);
    pmt_say(to, pmt_report_text(r, id, v, GAP_VALUES), NULL);
}

/* Between an edge and the nearest success outside lies a hole, or it begins at once. */
static int64_t outside(int64_t good, int64_t edge, int sign)
{
    return good == PMT_NO_TIME ? edge + sign * PMT_MINUTE : good + sign * PMT_SECOND;
}

void pmt_report_say_holes(struct pmt_report *r, const struct pmt_report_input *in,
                          struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    const struct pmt_gap *hole;
    int64_t before = outside(p->good_before, p->start, -1);
    int64_t behind = outside(p->good_after, p->end, 1);
    hole = pmt_report_hole(in, before, p->start);
    if (hole && hole->from >= before && !p->began_before)
        say_hole(r, to, "hole-before", hole);
    hole = pmt_report_hole(in, p->start + PMT_SECOND, p->end - PMT_SECOND);
    if (hole && hole->from >= p->start - PMT_SECOND && hole->to <= p->end + PMT_SECOND)
        say_hole(r, to, "hole-inside", hole);
    hole = pmt_report_hole(in, p->end, behind);
    if (hole && hole->to <= behind && !p->ongoing)
        say_hole(r, to, "hole-behind", hole);
}

/* ---- what is not in which logs ----------------------------------------------------------- */

enum { LOGS_NAMED = 3 };

static bool is_whole(const struct pmt_covered *c, int64_t from, int64_t to)
{
    for (size_t i = 0; i < c->ngaps; i++)
        if (c->gaps[i].from < to && from < c->gaps[i].to)
            return false;
    return c->first <= from && c->last >= to;
}

/* Several hosts, or the requests and the rest of one log. */
static bool named_before(const struct pmt_coverage *cov, size_t at, unsigned sorts, int64_t from,
                         int64_t to)
{
    for (size_t i = at; i-- > 0;)
        if (cov->logs[i].source == cov->logs[at].source && (cov->logs[i].sorts & sorts) &&
            cov->logs[i].first <= to && cov->logs[i].last >= from)
            return true;
    return false;
}

bool pmt_report_search(struct pmt_report *r, const struct pmt_report_input *in, unsigned sorts,
                       int64_t from, int64_t to, struct pmt_searched *ret)
{
    const struct pmt_coverage *cov = in->coverage;
    struct pmt_buf list = {0};
    size_t named = 0;
    int64_t first = INT64_MAX, last = INT64_MIN;
    *ret = (struct pmt_searched){.from = from, .to = to};
    for (size_t i = 0; cov && i < cov->nlogs; i++) {
        const struct pmt_covered *c = &cov->logs[i];
        if (!(c->sorts & sorts))
            continue;
        ret->elsewhere |= c->first > to || c->last < from;
        if (c->first > to || c->last < from)
            continue;
        ret->sorts |= c->sorts & sorts;
        ret->partly |= !is_whole(c, from, to);
        first = c->first < first ? c->first : first;
        last = c->last > last ? c->last : last;
        if (named_before(cov, i, sorts, from, to) || ++named > LOGS_NAMED)
            continue;
        pmt_buf_puts(&list, list.n ? ", " PMT_CODE_ON : PMT_CODE_ON);
        pmt_put_clean(&list, pmt_str(in->sources[c->source].input->shown), 80);
        pmt_buf_puts(&list, PMT_CODE_OFF);
    }
    if (named > LOGS_NAMED)
        pmt_buf_printf(&list, " and %zu more", named - LOGS_NAMED);
    ret->logs = list.n ? pmt_report_keep(r, &list) : NULL;
    ret->from = first > from && first != INT64_MAX ? first : from;
    ret->to = last < to && last != INT64_MIN ? last : to;
    pmt_buf_fini(&list);
    return cov != NULL;
}

const char *pmt_report_searched_span(struct pmt_report *r, const struct pmt_searched *s)
{
    struct pmt_value v[] = {PMT_V("from", pmt_report_datetime(r, s->from)),
                            PMT_V("to", pmt_report_beside(r, s->to, s->from))};
    return pmt_report_text(r, s->partly ? "span-partly" : "span", v, 2);
}
