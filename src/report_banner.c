#include "report_parts.h"

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
    pmt_report_clocks(r, in);
    pmt_report_gaps(r, in);
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
