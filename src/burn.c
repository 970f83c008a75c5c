#include "pmt/burn.h"

const struct pmt_burn_rule pmt_burn_rules[PMT_BURN_RULES] = {
    {144, 3600, 300},
    {60, 6 * 3600, 1800},
};

/* The requests of the last so many seconds. */
struct window {
    struct pmt_series_iter it; /* of what will leave it */
    int64_t length, next;      /* the second that leaves next */
    struct pmt_counts leaving;
    bool any;                  /* is there such a second? */
    uint64_t all, bad;
};

static void window_open(struct window *w, struct pmt_flow *f, int64_t from, int64_t length)
{
    *w = (struct window){.it = pmt_series_iter_from(&f->series, from), .length = length};
    do
        w->any = pmt_series_next(&w->it, &w->next, &w->leaving);
    while (w->any && w->next < from);
}

/* It ends with this second now. */
static void window_move(struct window *w, int64_t sec, const struct pmt_counts *c)
{
    w->all += c->c[PMT_ALL];
    w->bad += c->c[PMT_BAD];
    while (w->any && w->next <= sec - w->length) {
        w->all -= w->leaving.c[PMT_ALL];
        w->bad -= w->leaving.c[PMT_BAD];
        w->any = pmt_series_next(&w->it, &w->next, &w->leaving);
    }
}

/* Failed over all is more than tenths / 10 times what is allowed. */
static bool is_above(const struct window *w, int tenths, int allowed)
{
    return w->bad * 10 * 1000000 > w->all * (uint64_t)tenths * (uint64_t)allowed;
}

void pmt_burn_replay(const struct pmt_burn_rule *rule, struct pmt_flow *f, int allowed,
                     int64_t from, int64_t to, struct pmt_burn *ret)
{
    int64_t sec, first, last, begin = from - 2 * rule->longer;
    struct window longer, shorter;
    struct pmt_counts c;
    bool before = false, late = true;
    *ret = (struct pmt_burn){.at = 0};
    if (!pmt_flow_span(f, &first, &last))
        return;
    window_open(&longer, f, begin, rule->longer);
    window_open(&shorter, f, begin, rule->shorter);
    struct pmt_series_iter it = pmt_series_iter_from(&f->series, begin);
    while (pmt_series_next(&it, &sec, &c) && sec <= to) {
        if (sec < begin)
            continue;
        window_move(&longer, sec, &c);
        window_move(&shorter, sec, &c);
        if (sec - first + 1 < rule->shorter)
            continue;
        bool fires = is_above(&longer, rule->tenths, allowed) &&
                     is_above(&shorter, rule->tenths, allowed);
        ret->asked |= sec >= from;
        if (sec < from || !fires) {
            before = fires;
            late = false;
            continue;
        }
        *ret = (struct pmt_burn){.asked = true, .fired = true, .before = before,
                                 .late = late && sec > from, .at = sec,
                                 .covered = sec - first + 1};
        ret->covered = ret->covered > rule->longer ? rule->longer : ret->covered;
        return;
    }
}

bool pmt_budget_used(struct pmt_flow *f, int allowed, int64_t from, int64_t to, uint64_t *part,
                     uint64_t *whole)
{
    const int64_t days = (int64_t)PMT_BUDGET_DAYS * 86400;
    int64_t first, last;
    if (!pmt_flow_span(f, &first, &last) || to - first + 1 < days)
        return false;
    *part = pmt_requests_between(f, from, to).failed * 1000000;
    *whole = pmt_requests_between(f, to - days + 1, to).requests * (uint64_t)allowed;
    return *whole > 0;
}
