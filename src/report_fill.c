#include "report_parts.h"

enum { FULL = 95 }; /* % that fail: with fewer, successes lie in it too */

/* A short story leaves room: what is left out of a long one, most useful first, until the draft has
 * PMT_BODY_WORDS_MIN words. Facts, then more questions; those that all drafts have are worded alike
 * in each, and nothing is said twice. */

/* In front of the question, or the note, that ends the paragraph. Returns the words added. */
static size_t add(struct pmt_labelled *to, const char *text)
{
    struct pmt_sentence last;
    if (!to || !to->n)
        return 0;
    last = to->sentences[to->n - 1];
    pmt_say(to, last.text, &last.cites);
    to->sentences[to->n - 2] = (struct pmt_sentence){text, {{0}, 0}};
    return pmt_count_words(text);
}

static struct pmt_labelled *named(struct pmt_labelled *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].label, name) == 0)
            return &list[i];
    return NULL;
}

/* ---- facts ------------------------------------------------------------------------------ */

static const char *counted_text(struct pmt_report *r, struct pmt_numbers k)
{
    struct pmt_value v[] = {PMT_V("failed", pmt_report_count(r, k.failed)),
                            PMT_V("all", pmt_report_count(r, k.requests))};
    return pmt_report_text(r, "some-of", v, PMT_COUNT(v));
}

/* What is not in the logs of the hour before (or after) it: " (logged from 09:10:00)" */
static const char *not_logged(struct pmt_report *r, const struct pmt_report_input *in, int side)
{
    const struct pmt_incident *p = r->incident;
    int64_t first, last;
    if (!pmt_flow_span(p->flow, &first, &last))
        return "";
    int64_t from = side < 0 ? p->start - PMT_HOUR : p->end;
    int64_t to = side < 0 ? p->start : p->end + PMT_HOUR;
    int64_t edge = (side < 0 ? first : last) * PMT_SECOND;
    bool cut = side < 0 ? edge - from >= PMT_OPEN_EDGE : to - edge >= PMT_OPEN_EDGE;
    struct pmt_value v[] = {PMT_V("at", pmt_report_beside(r, edge, side < 0 ? p->start : p->end))};
    const char *text = cut ? pmt_report_text(r, side < 0 ? "hour-from" : "hour-until", v, 1) : "";
    const char *left = pmt_report_without(r, in, PMT_SORT_REQUESTS, from, to, false);
    if (!*text && !*left)
        return "";
    return pmt_arena_printf(r->arena, " (%s%s)", text, *text ? left : left + 1);
}

/* How many requests failed in the hour before and in the hour after. */
static size_t add_around(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    int64_t first = p->start / PMT_SECOND, last = p->end / PMT_SECOND;
    struct pmt_numbers before = pmt_requests_between(p->flow, first - 3600, first - 1);
    struct pmt_numbers after = pmt_requests_between(p->flow, last + 1, last + 3600);
    bool has_before = before.requests && !p->began_before;
    bool has_after = after.requests && !p->ongoing;
    if (!has_before && !has_after)
        return 0;
    struct pmt_value v[] = {PMT_V("before", counted_text(r, before)),
                            PMT_V("after", counted_text(r, after)),
                            PMT_V("left", not_logged(r, in, -1)),
                            PMT_V("right", not_logged(r, in, 1)),
                            PMT_V("pre", pmt_report_of_others(r, in, first - 3600, first - 1,
                                                              before.failed)),
                            PMT_V("post", pmt_report_of_others(r, in, last + 1, last + 3600,
                                                               after.failed))};
    return add(named(r->summary, r->nsummary, "Impact"),
               pmt_report_text(r, !has_after    ? "impact-before"
                                  : !has_before ? "impact-after"
                                                : "impact-around", v, PMT_COUNT(v)));
}

static size_t add_worst(struct pmt_report *r)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_series_iter it = pmt_series_iter_from(&p->flow->series, p->start / PMT_SECOND);
    struct pmt_counts c;
    struct pmt_numbers now = {0}, worst = {0};
    int64_t sec, minute = INT64_MIN, at = 0;
    while (pmt_series_next(&it, &sec, &c) && sec <= p->end / PMT_SECOND) {
        if (sec < p->start / PMT_SECOND)
            continue;
        if (sec / 60 != minute)
            now = (struct pmt_numbers){0};
        minute = sec / 60;
        now.requests += c.c[PMT_ALL];
        now.failed += c.c[PMT_BAD];
        if (now.failed > worst.failed || minute * PMT_MINUTE == at) {
            worst = now;
            at = minute * PMT_MINUTE;
        }
    }
    if (p->end - p->start < 3 * PMT_MINUTE || !worst.failed)
        return 0;
    struct pmt_value v[] = {PMT_V("at", pmt_report_beside(r, at, p->start)),
                            PMT_V("list", counted_text(r, worst))};
    return add(named(r->summary, r->nsummary, "Impact"),
               pmt_report_text(r, "impact-worst", v, PMT_COUNT(v)));
}

static size_t add_bounds(struct pmt_report *r)
{
    const struct pmt_incident *p = r->incident;
    struct pmt_labelled *to = named(r->summary, r->nsummary, "Duration");
    /* Wider edges stand in the timeline. */
    bool full = p->numbers.failed * 100 >= p->numbers.requests * FULL;
    if (!full || p->good_before == PMT_NO_TIME || p->good_after == PMT_NO_TIME || !to ||
        p->start - p->good_before >= PMT_OPEN_EDGE || p->good_after - p->end >= PMT_OPEN_EDGE)
        return 0;
    struct pmt_value v[] = {PMT_V("before", pmt_report_beside(r, p->good_before, p->start)),
                            PMT_V("after", pmt_report_beside(r, p->good_after, p->end))};
    const char *text = pmt_report_text(r, "bounds", v, PMT_COUNT(v));
    pmt_say(to, text, NULL);
    return pmt_count_words(text);
}

static size_t add_coverage(struct pmt_report *r, const struct pmt_report_input *in)
{
    uint64_t lines = 0, sources = 0;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_tally *t = in->sources[i].tally;
        lines += t ? t->lines : 0;
        sources += t && t->understood;
    }
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, sources)),
                            PMT_V("all", pmt_report_count(r, lines)),
                            PMT_V("from", pmt_report_datetime(r, r->first)),
                            PMT_V("to", pmt_report_beside(r, r->last, r->first))};
    return add(named(r->cause, r->ncause, "Observed."),
               pmt_report_text(r, "observed-coverage", v, PMT_COUNT(v)));
}

/* What came first of all that shows that somebody, or something, noticed. */
static size_t add_response(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_labelled *to = named(r->cause, r->ncause, "Observed.");
    const struct pmt_incident *p = r->incident;
    struct pmt_searched s;
    if (p->began_before ||
        !pmt_report_search(r, in, PMT_SORT_OPERATOR, p->start, p->end + PMT_HOUR, &s) || !s.logs)
        return 0;
    struct pmt_value log[] = {PMT_V("log", s.logs)};
    if (!r->nfirsts)
        return add(to, pmt_report_text(r, "fill-no-response", log, 1));
    const struct pmt_first *f = &r->firsts[0];
    char *kind = pmt_arena_printf(r->arena, "%s", f->label);
    kind[0] = (char)(kind[0] | 0x20);
    struct pmt_value v[] = {
        PMT_V("kind", pmt_arena_printf(r->arena, "%s %s", strchr("aeiou", kind[0]) ? "an" : "a",
                                       kind)),
        PMT_V("when", pmt_report_when(r, f->fact->t))};
    return add(to, pmt_report_text(r, "fill-first-response", v, PMT_COUNT(v)));
}

static size_t add_paths(struct pmt_report *r)
{
    enum { PATHS = 3 };
    const struct pmt_shown *s = pmt_report_shown(r, r->incident);
    struct pmt_buf list = {0};
    size_t n = 0;
    for (size_t i = 0; s && i < s->nworst && n < PATHS; i++) {
        const struct pmt_shown_worst *w = &s->worst[i];
        if (strcmp(w->kind, "path") != 0)
            continue;
        struct pmt_value v[] = {PMT_C("name", pmt_str(w->name)),
                                PMT_V("n", pmt_report_count(r, w->failed)),
                                PMT_V("all", pmt_report_count(r, w->requests))};
        pmt_buf_puts(&list, n++ ? ", " : "");
        pmt_put_phrase(&list, "fill-path", v, PMT_COUNT(v));
    }
    struct pmt_value v[] = {PMT_V("list", pmt_report_keep(r, &list))};
    return n ? add(named(r->summary, r->nsummary, "Impact"),
                   pmt_report_text(r, "fill-paths", v, 1))
             : 0;
}

static size_t add_rate(struct pmt_report *r)
{
    const struct pmt_incident *p = r->incident;
    int64_t first, last, start = p->start / PMT_SECOND, end = p->end / PMT_SECOND;
    if (!pmt_flow_span(p->flow, &first, &last) || first > start - 3600 || end - start < 120)
        return 0;
    uint64_t before = pmt_requests_between(p->flow, start - 3600, start - 1).requests;
    uint64_t inside = pmt_requests_between(p->flow, start, end).requests * 60;
    uint64_t length = (uint64_t)(end - start + 1);
    struct pmt_value v[] = {PMT_V("old", pmt_report_count(r, (before + 30) / 60)),
                            PMT_V("now", pmt_report_count(r, (inside + length / 2) / length))};
    return add(named(r->summary, r->nsummary, "Impact"),
               pmt_report_text(r, "fill-rate", v, PMT_COUNT(v)));
}

/* ---- more questions --------------------------------------------------------------------- */

/* Where the logs tell little, people have more to tell: questions that longer drafts leave out. */

static size_t ask_behind(struct pmt_report *r, struct pmt_labelled *to, const char *id)
{
    const char *text = pmt_report_text(r, id, NULL, 0);
    if (!to)
        return 0;
    pmt_say(to, text, NULL);
    return pmt_count_words(text);
}

static size_t ask_line(struct pmt_report *r, struct pmt_lines *to, const char *id)
{
    const char *text = pmt_report_text(r, id, NULL, 0);
    pmt_lines_add(to, text);
    return pmt_count_words(text);
}

static size_t ask_decisions(struct pmt_report *r)
{
    size_t shown = r->slots.n;
    for (size_t i = 0; i < r->ntimeline; i++)
        shown += r->timeline[i].shown;
    return shown < PMT_BULLETS_MAX ? ask_line(r, &r->slots, "todo-decisions") : 0;
}

static size_t ask_sooner(struct pmt_report *r)
{
    const char *text = pmt_report_text(r, "todo-sooner", NULL, 0);
    PMT_GROW(r->tasks, r->ntasks, r->captasks);
    r->tasks[r->ntasks++] = (struct pmt_sentence){text, {{0}, 0}};
    return pmt_count_words(text);
}

static void ask_more(struct pmt_report *r, size_t words)
{
    for (int step = 0; words < PMT_BODY_WORDS_MIN && step < 6; step++)
        switch (step) {
        case 0:
            words += ask_behind(r, named(r->cause, r->ncause, "Observed."), "todo-first");
            break;
        case 1:
            words += ask_line(r, &r->improvements, "todo-lessons");
            break;
        case 2:
            words += ask_sooner(r);
            break;
        case 3:
            words += ask_decisions(r);
            break;
        case 4:
            words += ask_behind(r, named(r->summary, r->nsummary, "Impact"), "todo-background");
            break;
        default:
            words += ask_behind(r, named(r->cause, r->ncause, "Resolution."), "todo-check");
            break;
        }
}

void pmt_report_fill(struct pmt_report *r, const struct pmt_report_input *in, size_t words)
{
    /* Of a slow incident "failed" would not be the word. */
    bool counted = r->incident->flow != NULL, failed = r->incident->kind != PMT_INCIDENT_SLOW;
    for (int step = 0; words < PMT_BODY_WORDS_MIN && step < 7; step++)
        switch (step) {
        case 0:
            words += counted && failed ? add_around(r, in) : 0;
            break;
        case 1:
            words += counted && failed ? add_worst(r) : 0;
            break;
        case 2:
            words += add_response(r, in);
            break;
        case 3:
            words += counted && failed ? add_paths(r) : 0;
            break;
        case 4:
            words += counted ? add_rate(r) : 0;
            break;
        case 5:
            words += counted ? add_bounds(r) : 0;
            break;
        default:
            words += add_coverage(r, in);
            break;
        }
    ask_more(r, words);
}
