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
        /* A hole of several logs is known to the minute. */
        if (h->kind == PMT_GAP_SILENT && g->kind == PMT_GAP_SILENT &&
            h->from - PMT_MINUTE <= g->from && g->to <= h->to + PMT_MINUTE)
            return true;
    }
    return false;
}

/* A server that is out of its backend logs no request: the removal tells of it. */
static bool was_given_none(const struct pmt_report_input *in, struct pmt_slice host,
                           const struct pmt_gap *g)
{
    for (size_t i = 0; host.n && i < in->findings->nremovals; i++) {
        const struct pmt_removal *x = &in->findings->removals[i];
        if (g->kind == PMT_GAP_SILENT && pmt_slice_eq(x->server, host) &&
            x->from - 5 * PMT_MINUTE <= g->from + PMT_HOUR && g->from <= x->from + PMT_HOUR &&
            (x->open || g->to <= x->to + PMT_HOUR))
            return true;
    }
    return false;
}

/* It is what the incident is about. */
static bool is_the_story(const struct pmt_report_input *in, const struct pmt_gap *g)
{
    const struct pmt_incident *p =
        in->drafted < in->findings->n ? &in->findings->incidents[in->drafted] : NULL;
    for (size_t i = 0; p && g->kind == PMT_GAP_SILENT && i < p->nphases; i++)
        if (p->phases[i].kind == PMT_PHASE_NO_DATA &&
            p->phases[i].from - PMT_MINUTE <= g->from && g->to <= p->phases[i].to + PMT_MINUTE)
            return true;
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
        if (h->kind != PMT_GAP_SILENT || !is_near(r, h) || is_the_story(in, h))
            continue;
        gap_values(r, h, v);
        add_gap(r, &n, pmt_report_text(r, "banner-hole", v, GAP_VALUES));
    }
    for (size_t i = 0; i < in->nsources; i++)
        for (size_t k = 0; k < in->sources[i].ngaps; k++) {
            const struct pmt_gap *g = &in->sources[i].gaps[k];
            if ((g->kind == PMT_GAP_ROTATION || is_near(r, g)) && !in_hole(in, g) &&
                !was_given_none(in, in->sources[i].host, g))
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
    if (hole && !is_the_story(in, hole) && hole->from >= p->start - PMT_SECOND &&
        hole->to <= p->end + PMT_SECOND)
        say_hole(r, to, "hole-inside", hole);
    hole = pmt_report_hole(in, p->end, behind);
    if (hole && hole->to <= behind && !p->ongoing)
        say_hole(r, to, "hole-behind", hole);
}

/* ---- what is not in which logs ----------------------------------------------------------- */

enum { LOGS_NAMED = 3 };

/* The edges of what a log covers of a time; false: nothing of it. */
static bool covered_part(const struct pmt_covered *c, int64_t from, int64_t to, int64_t *first,
                         int64_t *last)
{
    *first = c->first > from ? c->first : from;
    *last = c->last < to ? c->last : to;
    for (size_t i = 0; i < c->ngaps; i++)
        if (c->gaps[i].from <= *first && *first < c->gaps[i].to)
            *first = c->gaps[i].to;
    for (size_t i = c->ngaps; i-- > 0;)
        if (c->gaps[i].from < *last && *last <= c->gaps[i].to)
            *last = c->gaps[i].from;
    return *first <= *last;
}

static void add_lost(struct pmt_lost *v, size_t *n, size_t max, struct pmt_lost x)
{
    for (size_t i = 0; i < *n && i < max; i++)
        if (x.gap->from >= v[i].gap->from && x.gap->to <= v[i].gap->to)
            return;
    size_t at = *n < max ? *n : max;
    for (; at > 0 && v[at - 1].gap->from > x.gap->from; at--)
        if (at < max)
            v[at] = v[at - 1];
    if (at < max)
        v[at] = x;
    ++*n;
}

size_t pmt_report_lost(const struct pmt_report_input *in, unsigned sorts, int64_t from, int64_t to,
                       struct pmt_lost *v, size_t max)
{
    const struct pmt_coverage *cov = in->coverage;
    size_t n = 0;
    for (size_t i = 0; cov && i < cov->nlogs; i++)
        for (size_t k = 0; (cov->logs[i].sorts & sorts) && k < cov->logs[i].ngaps; k++) {
            const struct pmt_gap *g = &cov->logs[i].gaps[k];
            if (g->from < to && g->to > from && !is_the_story(in, g))
                add_lost(v, &n, max, (struct pmt_lost){
                    g, in->sources[cov->logs[i].source].input->shown});
        }
    for (size_t i = 0; cov && (sorts & PMT_SORT_REQUESTS) && i < cov->nholes; i++)
        if (cov->holes[i].from < to && cov->holes[i].to > from &&
            !is_the_story(in, &cov->holes[i]))
            add_lost(v, &n, max, (struct pmt_lost){&cov->holes[i], NULL});
    return n;
}

static bool is_many(const struct pmt_gap *g)
{
    return g->missing && (strstr(g->missing, " to ") || strstr(g->missing, " and "));
}

static const char *lost_text(struct pmt_report *r, const struct pmt_lost *x, int64_t beside,
                             bool named)
{
    const struct pmt_gap *g = x->gap;
    struct pmt_value v[] = {
        PMT_V("from", pmt_report_beside(r, g->from, beside)),
        PMT_V("to", pmt_report_beside(r, g->to, g->from)), PMT_C("file", pmt_str(x->file)),
        PMT_C("missing", pmt_str(g->missing)),
        PMT_V("by", g->why ? is_many(g) ? "were" : "was" : is_many(g) ? "are" : "is")};
    const char *id = !named                    ? "without-silent"
                     : g->kind == PMT_GAP_SILENT ? x->file ? "without-named" : "without-hole"
                     : g->why                    ? "without-unread"
                                                 : "without-rotation";
    return pmt_report_text(r, id, v, PMT_COUNT(v));
}

const char *pmt_report_without(struct pmt_report *r, const struct pmt_report_input *in,
                               unsigned sorts, int64_t from, int64_t to, bool named)
{
    struct pmt_lost v[LOGS_NAMED];
    size_t n = pmt_report_lost(in, sorts, from, to, v, LOGS_NAMED);
    struct pmt_buf b = {0};
    for (size_t i = 0; i < n && i < LOGS_NAMED; i++) {
        pmt_buf_puts(&b, i ? ", " : " without ");
        pmt_buf_puts(&b, lost_text(r, &v[i], from, named));
    }
    if (n > LOGS_NAMED)
        pmt_buf_printf(&b, " and %zu more", n - LOGS_NAMED);
    return pmt_report_keep(r, &b);
}

void pmt_report_say_lost(struct pmt_report *r, const struct pmt_report_input *in,
                         struct pmt_labelled *to, int64_t from, int64_t until)
{
    struct pmt_lost x[LOGS_NAMED];
    size_t n = pmt_report_lost(in, PMT_SORT_SYSTEM | PMT_SORT_BALANCER, from, until, x, LOGS_NAMED);
    for (size_t i = 0; i < n && i < LOGS_NAMED; i++) {
        const struct pmt_gap *g = x[i].gap;
        struct pmt_value v[] = {PMT_V("from", pmt_report_datetime(r, g->from)),
                                PMT_V("to", pmt_report_beside(r, g->to, g->from)),
                                PMT_C("file", pmt_str(x[i].file)),
                                PMT_C("missing", pmt_str(g->missing))};
        const char *id = g->kind == PMT_GAP_SILENT ? "observed-lost-silent"
                         : g->why                  ? "observed-lost-unread"
                                                   : "observed-lost";
        pmt_say(to, pmt_report_text(r, id, v, PMT_COUNT(v)), NULL);
    }
}

bool pmt_report_requests_lost(const struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_lost one[1];
    int64_t from = in->window.since != PMT_NO_TIME ? in->window.since : r->first;
    int64_t to = in->window.until != PMT_NO_TIME ? in->window.until : r->last;
    return r->first != PMT_NO_TIME && pmt_report_lost(in, PMT_SORT_REQUESTS, from, to, one, 1);
}

/* Does the log hold lines of other hosts? */
static bool has_others(const struct pmt_coverage *cov, size_t at, unsigned sorts)
{
    for (size_t i = 0; i < cov->nlogs; i++)
        if (i != at && (cov->logs[i].sorts & sorts) &&
            strcmp(cov->logs[i].family, cov->logs[at].family) == 0)
            return true;
    return false;
}

/* A log of few lines hardly begins or ends with the time that is searched. The last part of that
 * time weighs more: what ended it stands there. */
static bool is_much(int64_t left, bool end, int64_t from, int64_t to)
{
    return left * (end ? 50 : 10) >= to - from;
}

/* A log whose lines are of one moment covers nothing, where there are others. */
static bool is_thin(const struct pmt_coverage *cov, size_t at, unsigned sorts, int64_t from,
                    int64_t to)
{
    if (cov->logs[at].last - cov->logs[at].first >= PMT_MINUTE)
        return false;
    for (size_t i = 0; i < cov->nlogs; i++)
        if ((cov->logs[i].sorts & sorts) && cov->logs[i].first <= to && cov->logs[i].last >= from &&
            cov->logs[i].last - cov->logs[i].first >= PMT_MINUTE)
            return true;
    return false;
}

/* What begins late, ends early, or has gaps: " (`auth.log` begins at 09:00:10)". */
static const char *not_covered(struct pmt_report *r, const struct pmt_report_input *in,
                               unsigned sorts, int64_t from, int64_t to)
{
    const struct pmt_coverage *cov = in->coverage;
    const char *without = pmt_report_without(r, in, sorts, from, to, false);
    struct pmt_buf b = {0};
    size_t n = 0;
    for (size_t i = 0; i < cov->nlogs; i++) {
        const struct pmt_covered *c = &cov->logs[i];
        for (int end = 0; end < 2; end++) {
            int64_t t = end ? c->last : c->first;
            int64_t left = end ? to - t : t - from;
            if (!(c->sorts & sorts) || is_thin(cov, i, sorts, from, to) || t < from ||
                t > to || !is_much(left, end, from, to))
                continue;
            /* One host of a log of many may just have been quiet. */
            if (has_others(cov, i, sorts))
                continue;
            bool one = c->first == c->last;
            if ((one && end) || n++ >= LOGS_NAMED)
                continue;
            struct pmt_value v[] = {
                PMT_C("log", pmt_str(in->sources[c->source].input->shown)),
                PMT_V("at", pmt_report_beside(r, t, from))};
            pmt_buf_puts(&b, n > 1 ? ", " : " (");
            pmt_put_phrase(&b, one ? "log-one" : end ? "log-ends" : "log-begins", v,
                           PMT_COUNT(v));
        }
    }
    if (n > LOGS_NAMED)
        pmt_buf_printf(&b, " and %zu more", n - LOGS_NAMED);
    pmt_buf_puts(&b, n ? ")" : "");
    pmt_buf_puts(&b, without);
    return pmt_report_keep(r, &b);
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
    bool lost = false;
    int64_t first = INT64_MAX, last = INT64_MIN;
    *ret = (struct pmt_searched){.from = from, .to = to, .left = "", .whole_left = ""};
    for (size_t i = 0; cov && i < cov->nlogs; i++) {
        const struct pmt_covered *c = &cov->logs[i];
        if (!(c->sorts & sorts))
            continue;
        ret->elsewhere |= c->first > to || c->last < from;
        if (c->first > to || c->last < from)
            continue;
        int64_t begins, ends;
        if (!covered_part(c, from, to, &begins, &ends)) {
            lost = true;
            continue;
        }
        ret->sorts |= c->sorts & sorts;
        first = begins < first ? begins : first;
        last = ends > last ? ends : last;
        if (is_thin(cov, i, sorts, from, to) || named_before(cov, i, sorts, from, to) ||
            ++named > LOGS_NAMED)
            continue;
        pmt_buf_puts(&list, list.n ? ", " PMT_CODE_ON : PMT_CODE_ON);
        pmt_put_clean(&list, pmt_str(in->sources[c->source].input->shown), 80);
        pmt_buf_puts(&list, PMT_CODE_OFF);
    }
    ret->lost = lost;
    if (named > LOGS_NAMED)
        pmt_buf_printf(&list, " and %zu more", named - LOGS_NAMED);
    ret->logs = list.n ? pmt_report_keep(r, &list) : NULL;
    ret->from = first > from && first != INT64_MAX ? first : from;
    ret->to = last < to && last != INT64_MIN ? last : to;
    if (ret->logs) {
        ret->left = not_covered(r, in, sorts, ret->from, ret->to);
        ret->whole_left = not_covered(r, in, sorts, from, to);
    }
    pmt_buf_fini(&list);
    return cov != NULL;
}

const char *pmt_report_searched_span(struct pmt_report *r, const struct pmt_searched *s)
{
    struct pmt_value v[] = {PMT_V("from", pmt_report_datetime(r, s->from)),
                            PMT_V("to", pmt_report_beside(r, s->to, s->from)),
                            PMT_V("left", s->left)};
    return pmt_report_text(r, "span", v, PMT_COUNT(v));
}
