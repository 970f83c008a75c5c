#include "report_parts.h"

/* One entry per host (or per log where the host is not known); the first four are named. */
static size_t add_assumed(struct pmt_buf *list, const struct pmt_scanned *s,
                          const struct pmt_map *m, size_t named)
{
    struct pmt_buf one = {0};
    pmt_buf_puts(&one, PMT_CODE_ON);
    pmt_put_clean(&one, s->host.n ? s->host : pmt_str(s->input->shown), 80);
    pmt_buf_printf(&one, PMT_CODE_OFF ": %s", m->zone_name);
    bool fresh = !pmt_slice_find(pmt_buf_view(list), one.data);
    if (fresh && named < 4)
        pmt_buf_printf(list, "%s%s", list->n ? "; " : "", one.data);
    else if (fresh && named == 4)
        pmt_buf_puts(list, "; and more");
    pmt_buf_fini(&one);
    return fresh;
}

/* The first four are named. */
static void add_name(struct pmt_buf *list, const char *name, size_t named)
{
    if (named > 4)
        return;
    pmt_buf_puts(list, list->n ? ", " : "");
    if (named == 4) {
        pmt_buf_puts(list, "and more");
        return;
    }
    pmt_buf_puts(list, PMT_CODE_ON);
    pmt_put_clean(list, pmt_str(name), 80);
    pmt_buf_puts(list, PMT_CODE_OFF);
}

static void say_zones(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_buf list = {0}, years = {0};
    size_t assumed = 0, all = 0, named = 0, undated = 0;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (!s->tally || !s->tally->nclocks)
            continue;
        all++;
        const struct pmt_map *m = &s->maps[s->main_clock][s->main_segment];
        if (m->zone_from >= PMT_ZONE_SIBLING) {
            assumed++;
            named += add_assumed(&list, s, m, named);
        }
        if (m->year_from == PMT_YEAR_UNKNOWN)
            add_name(&years, s->input->shown, undated++);
    }
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, assumed)),
                            PMT_V("all", pmt_report_count(r, all)),
                            PMT_V("list", pmt_report_keep(r, &list))};
    if (assumed)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-zone", v, PMT_COUNT(v)));
    struct pmt_value y[] = {PMT_V("list", pmt_report_keep(r, &years))};
    if (y[0].text.n)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-year", y, 1));
}

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

enum { OTHERS_NAMED = 3 };

/* Who reads one draft must know that there is another incident. */
static void say_others(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_buf list = {0};
    unsigned n = 0;
    for (size_t i = 0; i < in->findings->n; i++) {
        const struct pmt_incident *p = &in->findings->incidents[i];
        if (p == r->incident || p->severity == PMT_GRADE_LOW)
            continue;
        if (n < OTHERS_NAMED) {
            pmt_buf_puts(&list, n ? ", " PMT_CODE_ON : PMT_CODE_ON);
            pmt_incident_id(p, &list);
            pmt_buf_puts(&list, PMT_CODE_OFF);
        } else if (n == OTHERS_NAMED) {
            pmt_buf_puts(&list, ", ...");
        }
        n++;
    }
    struct pmt_value v[] = {PMT_V("list", pmt_report_keep(r, &list))};
    if (n)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-others", v, 1));
}

void pmt_report_banner(struct pmt_report *r, const struct pmt_report_input *in)
{
    uint64_t lines = 0, unread = 0;
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-draft", NULL, 0));
    if (!in->redacted)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-unredacted", NULL, 0));
    say_others(r, in);
    say_window(r, in);
    say_zones(r, in);
    say_damage(r, in);
    for (size_t i = 0; i < in->nsources; i++) {
        lines += in->sources[i].tally ? in->sources[i].tally->lines : 0;
        unread += in->sources[i].tally ? in->sources[i].tally->not_understood : 0;
    }
    if (unread * 100 > lines) {
        struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, unread)),
                                PMT_V("all", pmt_report_count(r, lines)),
                                PMT_V("pct", pmt_report_percent(r, unread, lines))};
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-unread", v, PMT_COUNT(v)));
    }
}
