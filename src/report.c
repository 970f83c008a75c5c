#include "report_parts.h"

#include <stdlib.h>

/* ---- small words ------------------------------------------------------------------------ */

const char *pmt_report_keep(struct pmt_report *r, struct pmt_buf *b)
{
    const char *s = pmt_arena_printf(r->arena, "%s", b->data ? b->data : "");
    pmt_buf_fini(b);
    return s;
}

const char *pmt_report_text(struct pmt_report *r, const char *id, const struct pmt_value *v,
                            size_t n)
{
    struct pmt_buf b = {0};
    pmt_put_phrase(&b, id, v, n);
    return pmt_report_keep(r, &b);
}

const char *pmt_report_datetime(struct pmt_report *r, int64_t t)
{
    struct pmt_buf b = {0};
    pmt_put_datetime(&b, t);
    return pmt_report_keep(r, &b);
}

const char *pmt_report_beside(struct pmt_report *r, int64_t t, int64_t known)
{
    struct pmt_buf b = {0};
    if (t / PMT_DAY == known / PMT_DAY) {
        pmt_put_clock(&b, t);
    } else if (pmt_wall_year(t) == pmt_wall_year(known)) {
        pmt_put_daymonth(&b, t);
        pmt_buf_puts(&b, " ");
        pmt_put_clock(&b, t);
    } else {
        pmt_put_datetime(&b, t);
    }
    return pmt_report_keep(r, &b);
}

const char *pmt_report_edge(struct pmt_report *r, int64_t t)
{
    return t == PMT_NO_TIME ? pmt_report_text(r, "window-open", NULL, 0)
                            : pmt_report_datetime(r, t);
}

const char *pmt_report_duration(struct pmt_report *r, int64_t us)
{
    struct pmt_buf b = {0};
    pmt_put_duration(&b, us);
    return pmt_report_keep(r, &b);
}

const char *pmt_report_length(struct pmt_report *r, int64_t us)
{
    if (us < PMT_HOUR)
        return pmt_report_duration(r, us);
    int64_t minutes = (us + PMT_MINUTE / 2) / PMT_MINUTE;
    return pmt_arena_printf(r->arena, "%lld h %lld min", (long long)(minutes / 60),
                            (long long)(minutes % 60));
}

const char *pmt_report_count(struct pmt_report *r, uint64_t n)
{
    struct pmt_buf b = {0};
    pmt_put_count(&b, n);
    return pmt_report_keep(r, &b);
}

const char *pmt_report_percent(struct pmt_report *r, uint64_t part, uint64_t whole)
{
    struct pmt_buf b = {0};
    pmt_put_percent(&b, part, whole);
    return pmt_report_keep(r, &b);
}

void pmt_lines_add(struct pmt_lines *l, const char *text)
{
    PMT_GROW(l->v, l->n, l->cap);
    l->v[l->n++] = text;
}

void pmt_say(struct pmt_labelled *to, const char *text, const struct pmt_cites *cites)
{
    PMT_GROW(to->sentences, to->n, to->cap);
    const struct pmt_cites none = {{0}, 0};
    to->sentences[to->n++] = (struct pmt_sentence){text, cites ? *cites : none};
}

struct pmt_labelled *pmt_report_label(struct pmt_labelled *list, size_t *n, const char *name)
{
    list[*n] = (struct pmt_labelled){.label = name};
    return &list[(*n)++];
}

const char *pmt_report_services(struct pmt_report *r, const struct pmt_incident *p)
{
    struct pmt_buf b = {0};
    const struct pmt_shown *shown = pmt_report_shown(r, p);
    if (shown && shown->path)
        pmt_buf_printf(&b, PMT_CODE_ON "%s" PMT_CODE_OFF " of ", shown->path);
    for (size_t i = 0; i < p->nservices && i < 3; i++) {
        if (i)
            pmt_buf_puts(&b, ", ");
        pmt_buf_puts(&b, PMT_CODE_ON);
        pmt_put_clean(&b, pmt_report_service(r, p->services[i]), 60);
        pmt_buf_puts(&b, PMT_CODE_OFF);
    }
    if (p->nservices > 3)
        pmt_buf_printf(&b, " and %zu more", p->nservices - 3);
    return pmt_report_keep(r, &b);
}

/* ---- the whole --------------------------------------------------------------------------- */

static void say_title(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_incident *p = r->incident;
    if (!p) {
        bool part = pmt_report_requests_lost(r, in) || pmt_report_untimed(in);
        r->title = pmt_report_text(r, part ? "title-none-part" : "title-none", NULL, 0);
        return;
    }
    struct pmt_buf date = {0};
    pmt_put_date(&date, p->start);
    if (p->end / PMT_DAY != p->start / PMT_DAY) {
        pmt_buf_puts(&date, " to ");
        pmt_put_date(&date, p->end);
    }
    uint64_t all = p->numbers.requests, failed = p->numbers.failed;
    struct pmt_value v[] = {
        PMT_V("what", p->kind == PMT_INCIDENT_NO_SERVER ? "no server available"
                      : p->kind == PMT_INCIDENT_SILENCE ? "no request logged"
                      : p->kind == PMT_INCIDENT_SLOW    ? pmt_report_slow_title(p)
                      : pmt_report_trouble(p)           ? pmt_report_trouble_title(p)
                      : all && failed == all         ? "HTTP 5xx for all requests"
                      : all && failed * 10 >= all * 9 ? "HTTP 5xx for nearly all requests"
                                                      : "HTTP 5xx"),
        PMT_V("services", pmt_report_services(r, p)), PMT_V("date", pmt_report_keep(r, &date))};
    r->title = pmt_report_text(r, "title", v, PMT_COUNT(v));
}

static void find_span(struct pmt_report *r, const struct pmt_report_input *in)
{
    r->first = r->last = PMT_NO_TIME;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (s->first == PMT_NO_TIME)
            continue;
        if (r->first == PMT_NO_TIME || s->first < r->first)
            r->first = s->first;
        if (r->last == PMT_NO_TIME || s->last > r->last)
            r->last = s->last;
    }
}

static size_t words_labelled(const struct pmt_labelled *l, size_t n)
{
    size_t words = 0;
    for (size_t i = 0; i < n; i++) {
        words += pmt_count_words(l[i].label);
        for (size_t k = 0; k < l[i].n; k++)
            words += pmt_count_words(l[i].sentences[k].text) + l[i].sentences[k].cites.n;
    }
    return words;
}

static size_t words_of(const struct pmt_lines *l)
{
    size_t words = 0;
    for (size_t i = 0; i < l->n; i++)
        words += pmt_count_words(l->v[i]);
    return words;
}

/* Words of the body without the events of the timeline. */
static size_t words_so_far(const struct pmt_report *r)
{
    enum { HEADINGS = 22 };
    size_t words = HEADINGS + pmt_count_words(r->title), banner = words_of(&r->banner);
    words += (banner < PMT_BANNER_WORDS ? banner : PMT_BANNER_WORDS) + words_of(&r->slots) +
             words_of(&r->improvements);
    for (size_t i = 0; i < r->slots.n; i++)
        words += r->slot_cites[i].n;
    for (size_t i = 0; i < r->ntasks; i++)
        words += pmt_count_words(r->tasks[i].text) + r->tasks[i].cites.n;
    return words + words_labelled(r->summary, r->nsummary) + words_labelled(r->cause, r->ncause);
}

void pmt_report_build(struct pmt_report *r, const struct pmt_report_input *in,
                      struct pmt_arena *arena)
{
    *r = (struct pmt_report){.arena = arena};
    if (in->drafted != SIZE_MAX)
        r->incident = &in->findings->incidents[in->drafted];
    find_span(r, in);
    pmt_report_find_hurt(r);
    pmt_report_count_answers(r, in);
    pmt_report_name_services(r, in);
    pmt_report_find_shown(r, in);
    say_title(r, in);
    pmt_report_banner(r, in);
    pmt_report_notes(r, in);
    pmt_report_timeline(r, in);
    if (r->incident) {
        pmt_report_factors(r, in);
        pmt_report_response(r, in);
        pmt_report_summary(r, in);
        pmt_report_cause(r, in);
        pmt_report_slots(r);
    } else {
        pmt_report_summary_none(r, in);
    }
    pmt_report_notes_banner(r);
    pmt_report_measures(r, in);
    size_t words = pmt_report_choose(r, words_so_far(r));
    if (r->incident)
        pmt_report_fill(r, in, words);
    pmt_report_mark_cited(r);
    pmt_report_settle_evidence(r, in);
    pmt_report_sort_cites(r);
    pmt_report_annex(r, in);
}

static void labelled_fini(struct pmt_labelled *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(l[i].sentences);
}

void pmt_report_fini(struct pmt_report *r)
{
    labelled_fini(r->summary, r->nsummary);
    labelled_fini(r->cause, r->ncause);
    for (size_t i = 0; i < r->ntables; i++)
        free(r->tables[i].rows);
    free(r->notes);
    free(r->banner.v);
    free(r->slots.v);
    free(r->improvements.v);
    free(r->warnings.v);
    free(r->timeline);
    free(r->tasks);
    free(r->factors);
    free(r->evidence);
    free(r->actors);
    *r = (struct pmt_report){0};
}
