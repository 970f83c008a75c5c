#include "report_parts.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- clocks ------------------------------------------------------------------------------ */

/* calibrate says so in words. */
static bool year_is_assumed(const struct pmt_map *m)
{
    return m->year && m->year_why && strncmp(m->year_why, "assumed ", 8) == 0;
}

/* What is assumed of clocks: zones by host, or where no host is known by log; years by log. */
struct assumed {
    struct pmt_names zones, years, unknown;
    size_t nzones, nyears, nunknown;
    const char *family;              /* of the years not yet told */
    struct pmt_slice log;
    int first, last;
};

/* "2025", or "2025 and 2026", or "2024 to 2026" */
static void put_years(struct assumed *a)
{
    char text[48];
    if (!a->family)
        return;
    if (a->first == a->last)
        snprintf(text, sizeof text, "%d", a->first);
    else
        snprintf(text, sizeof text, "%d %s %d", a->first, a->last > a->first + 1 ? "to" : "and",
                 a->last);
    pmt_names_add(&a->years, a->log, text);
    a->family = NULL;
}

static void note_year(struct assumed *a, const char *family, struct pmt_slice log, int year)
{
    if (!a->family || strcmp(a->family, family) != 0) {
        put_years(a);
        a->family = family;
        a->log = log;
        a->first = a->last = year;
    }
    a->first = year < a->first ? year : a->first;
    a->last = year > a->last ? year : a->last;
}

static void look_at(struct assumed *a, const struct pmt_report_input *in,
                    const struct pmt_scanned *s)
{
    bool zone = false, year = false, unknown = false;
    struct pmt_slice log = pmt_str(pmt_report_log(in, s));
    for (size_t c = 0; c < s->tally->nclocks; c++) {
        const struct pmt_clock *clock = &s->tally->clocks[c];
        struct pmt_slice shown = pmt_str(s->input->shown);
        struct pmt_slice host = clock->host.n ? clock->host : s->host.n ? s->host : shown;
        for (size_t k = 0; k < clock->n; k++) {
            const struct pmt_map *m = &s->maps[c][k];
            if (m->zone_from >= PMT_ZONE_SIBLING) {
                pmt_names_add(&a->zones, host, m->zone_name);
                zone = true;
            }
            if (m->year_from == PMT_YEAR_UNKNOWN) {
                pmt_names_add(&a->unknown, log, NULL);
                unknown = true;
            } else if (year_is_assumed(m)) {
                note_year(a, s->input->family, log, m->year);
                year = true;
            }
        }
    }
    a->nzones += zone;
    a->nyears += year;
    a->nunknown += unknown;
}

static void say_assumed(struct pmt_report *r, const char *id, struct pmt_names *names, size_t n,
                        size_t all)
{
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, n)),
                            PMT_V("all", pmt_report_count(r, all)),
                            PMT_V("list", pmt_report_keep(r, &names->list))};
    if (n)
        pmt_lines_add(&r->banner, pmt_report_text(r, id, v, PMT_COUNT(v)));
}

struct skews {
    const struct pmt_skew **v;
    size_t n, cap;
};

/* Parts of one curve are told as one. */
static void add_skew(struct skews *all, const struct pmt_skew *s)
{
    for (size_t i = 0; i < all->n; i++)
        if (s == all->v[i] || (pmt_slice_eq(s->whose, all->v[i]->whose) &&
                               pmt_slice_eq(s->against, all->v[i]->against)))
            return;
    PMT_GROW(all->v, all->n, all->cap);
    all->v[all->n++] = s;
}

static int by_name(const void *a, const void *b)
{
    const struct pmt_skew *const *x = a, *const *y = b;
    int c = pmt_slice_cmp((*x)->whose, (*y)->whose);
    return c ? c : pmt_slice_cmp((*x)->against, (*y)->against);
}

static void say_skews(struct pmt_report *r, struct skews *all)
{
    if (all->n)
        qsort(all->v, all->n, sizeof *all->v, by_name);
    for (size_t i = 0; i < all->n && i < PMT_NAMED; i++) {
        struct pmt_buf ahead = {0};
        pmt_put_ahead(&ahead, all->v[i]);
        struct pmt_value v[] = {PMT_C("host", all->v[i]->whose), PMT_V("list", ahead.data),
                                PMT_V("n", pmt_report_count(r, all->v[i]->matched))};
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-skew", v, PMT_COUNT(v)));
        pmt_buf_fini(&ahead);
    }
    if (all->n <= PMT_NAMED)
        return;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, all->n - PMT_NAMED))};
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-skew-more", v, 1));
}

static void say_clocks(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct assumed a = {0};
    struct skews skews = {0};
    size_t all = 0;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (!s->tally || !s->tally->nclocks)
            continue;
        all++;
        look_at(&a, in, s);
        for (size_t c = 0; c < s->tally->nclocks; c++)
            for (size_t k = 0; k < s->tally->clocks[c].n; k++)
                if (s->maps[c][k].skew && s->maps[c][k].skew->corrected)
                    add_skew(&skews, s->maps[c][k].skew);
    }
    put_years(&a);
    say_assumed(r, "banner-zone", &a.zones, a.nzones, all);
    say_assumed(r, "banner-year-assumed", &a.years, a.nyears, all);
    say_assumed(r, "banner-year", &a.unknown, a.nunknown, all);
    say_skews(r, &skews);
    free(skews.v);
}

/* ---- the rest ---------------------------------------------------------------------------- */

static void say_window(struct pmt_report *r, const struct pmt_report_input *in)
{
    if (in->window.since == PMT_NO_TIME && in->window.until == PMT_NO_TIME)
        return;
    struct pmt_value v[] = {PMT_V("from", pmt_report_edge(r, in->window.since)),
                            PMT_V("to", pmt_report_edge(r, in->window.until))};
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-window", v, 2));
}

enum { DAMAGES_NAMED = 3 };

static void say_damage(struct pmt_report *r, const struct pmt_report_input *in)
{
    size_t n = 0;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (!s->tally || !s->info.damage[0] || ++n > DAMAGES_NAMED)
            continue;
        struct pmt_value v[] = {PMT_C("file", pmt_str(s->input->shown)),
                                PMT_V("what", s->info.damage)};
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-damage", v, 2));
    }
    if (n <= DAMAGES_NAMED)
        return;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, n - DAMAGES_NAMED))};
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-damage-more", v, 1));
}

/* Most likely a zone or a year that is not the right one. */
static void say_impossible(struct pmt_report *r, const struct pmt_report_input *in)
{
    uint64_t n = 0;
    for (size_t i = 0; i < in->nsources; i++)
        n += in->sources[i].impossible;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, n))};
    if (n)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-impossible", v, 1));
}

enum {
    UNREAD_SHARE = 100,     /* of all lines one in so many: the sum is told */
    UNREAD_LEAST = 20,      /* lines of one log, */
    UNREAD_LOG_SHARE = 1000, /* and one in so many of them: that log is told */
    UNREAD_NAMED = 3,
};

/* In other logs lines that nothing reads are usual, and tell of no request. */
static bool has_requests(const struct pmt_tally *t)
{
    for (size_t c = 0; t && c < t->nclocks; c++)
        for (size_t k = 0; k < t->clocks[c].n; k++)
            if (t->clocks[c].segments[k].nservices)
                return true;
    return false;
}

static void say_unread_logs(struct pmt_report *r, const struct pmt_report_input *in)
{
    unsigned n = 0;
    for (size_t i = 0; i < in->nsources && n < UNREAD_NAMED; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        uint64_t unread = s->tally ? s->tally->not_understood : 0;
        if (unread < UNREAD_LEAST || unread * UNREAD_LOG_SHARE < s->tally->lines ||
            !has_requests(s->tally))
            continue;
        n++;
        struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, unread)),
                                PMT_V("all", pmt_report_count(r, s->tally->lines)),
                                PMT_C("log", pmt_str(s->input->shown)),
                                PMT_V("pct", pmt_report_percent(r, unread, s->tally->lines))};
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-unread-log", v, PMT_COUNT(v)));
    }
}

static void say_unread(struct pmt_report *r, const struct pmt_report_input *in)
{
    uint64_t lines = 0, unread = 0;
    struct pmt_names left_out = {0};
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        lines += s->tally ? s->tally->lines : 0;
        unread += s->tally ? s->tally->not_understood : 0;
        if (s->requests)
            pmt_names_add(&left_out, pmt_str(s->input->shown), NULL);
    }
    struct pmt_value list = PMT_V("list", pmt_report_keep(r, &left_out.list));
    if (left_out.n)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-left-out", &list, 1));
    if (unread * UNREAD_SHARE <= lines) {
        say_unread_logs(r, in);
        return;
    }
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, unread)),
                            PMT_V("all", pmt_report_count(r, lines)),
                            PMT_V("pct", pmt_report_percent(r, unread, lines))};
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-unread", v, PMT_COUNT(v)));
}

void pmt_report_banner(struct pmt_report *r, const struct pmt_report_input *in)
{
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-draft", NULL, 0));
    if (!in->redacted)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-unredacted", NULL, 0));
    pmt_report_say_others(r, in);
    say_window(r, in);
    say_clocks(r, in);
    pmt_report_doubts(r, in);
    say_impossible(r, in);
    pmt_report_gaps(r, in);
    say_damage(r, in);
    say_unread(r, in);
}
