#include "report_parts.h"

enum { DOUBTS_NAMED = 3 };

/* One sentence for each source and option. */
static void say_contradicted(struct pmt_report *r, const struct pmt_report_input *in)
{
    const char *told[DOUBTS_NAMED];
    unsigned n = 0;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        for (size_t c = 0; s->tally && c < s->tally->nclocks; c++)
            for (size_t k = 0; k < s->tally->clocks[c].n && n < DOUBTS_NAMED; k++) {
                const char *what = s->maps[c][k].contradicted;
                bool fresh = what;
                for (unsigned t = 0; fresh && t < n; t++)
                    fresh = strcmp(told[t], what) != 0;
                if (!fresh)
                    continue;
                told[n++] = what;
                struct pmt_slice host = s->tally->clocks[c].host.n ? s->tally->clocks[c].host
                                                                   : s->host;
                struct pmt_value v[] = {
                    PMT_C("log", host.n ? host : pmt_str(s->input->shown)),
                    PMT_V("what", what)};
                pmt_lines_add(&r->banner, pmt_report_text(r, "banner-contradicted", v, 2));
            }
    }
}

static void say_back(struct pmt_report *r, const struct pmt_report_input *in)
{
    unsigned n = 0;
    for (size_t i = 0; i < in->nsources && n < DOUBTS_NAMED; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (!s->back_by)
            continue;
        n++;
        struct pmt_value v[] = {
            PMT_C("log", pmt_str(s->input->shown)),
            PMT_V("length", pmt_report_duration(r, s->back_by)),
            PMT_V("n", pmt_report_count(r, s->back_line))};
        pmt_lines_add(&r->banner,
                      pmt_report_text(r, s->back_turned ? "banner-back-turned" : "banner-back", v,
                                      PMT_COUNT(v)));
    }
}

bool pmt_report_untimed(const struct pmt_report_input *in)
{
    for (size_t i = 0; i < in->nsources; i++)
        if (in->sources[i].timed == PMT_TIMED_PERHAPS && in->sources[i].tally)
            return true;
    return false;
}

/* Slow requests cannot be found where nothing says how long they took. */
static void say_untimed(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_names logs = {0};
    for (size_t i = 0; i < in->nsources; i++)
        if (in->sources[i].timed == PMT_TIMED_PERHAPS && in->sources[i].tally)
            pmt_names_add(&logs, pmt_str(pmt_report_log(in, &in->sources[i])), NULL);
    struct pmt_value v[] = {PMT_V("list", pmt_report_keep(r, &logs.list))};
    if (logs.n)
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-untimed", v, 1));
}

/* What does not fit together: a reader must know before all else. */
void pmt_report_doubts(struct pmt_report *r, const struct pmt_report_input *in)
{
    say_contradicted(r, in);
    say_back(r, in);
    say_untimed(r, in);
}
