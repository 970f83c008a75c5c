#include "report_parts.h"

#include <stdlib.h>

#define USUAL_TIMES 3.0 /* so many times as often as else is not usual */

/* The removal that had stood longest when it began; unless that was just before, too: then the one
 * that left the backend without a server. */
const struct pmt_removal *pmt_report_standing(const struct pmt_report *r,
                                              const struct pmt_report_input *in)
{
    const struct pmt_removal *oldest = NULL, *last = NULL;
    for (size_t i = 0; r->incident && i < in->findings->nremovals; i++) {
        const struct pmt_removal *x = &in->findings->removals[i];
        if (x->pause || x->from >= r->incident->start ||
            (!x->open && x->to <= r->incident->start))
            continue;
        if (!oldest || x->from < oldest->from)
            oldest = x;
        if (x->out && x->out->mark->active_left == 0 &&
            r->incident->start - x->from >= PMT_SECOND) /* else it is part of the start */
            last = x;
    }
    return last && r->incident->start - oldest->from < 10 * PMT_MINUTE ? last : oldest;
}

/* How often each rule matched in the story, and outside of it. */
struct often {
    uint64_t inside, outside;
};

static struct often *how_often(const struct pmt_report *r, const struct pmt_report_input *in)
{
    struct often *n = pmt_alloc((INT16_MAX + 1) * sizeof *n);
    for (size_t i = 0; i < in->facts->n; i++) {
        const struct pmt_fact *f = &in->facts->items[i];
        if (f->mark->rule < 0)
            continue;
        if (f->t >= r->incident->start - PMT_HOUR && f->t <= r->incident->end + PMT_HOUR)
            n[f->mark->rule].inside += f->count;
        else
            n[f->mark->rule].outside += f->count;
    }
    return n;
}

/* Is it logged at other times nearly as often? Then it says little about this one. */
static bool is_usual(const struct pmt_report *r, const struct often *n)
{
    const struct pmt_incident *p = r->incident;
    double length = (double)(p->end - p->start + 2 * PMT_HOUR);
    double rest = (double)(r->last - r->first) - length;
    return n->outside && rest > 0 &&
           (double)n->inside / length < USUAL_TIMES * (double)n->outside / rest;
}

static bool is_event(const struct pmt_report *r, const struct pmt_fact *f, enum pmt_event event,
                     int64_t until)
{
    return f->mark->event == event && f->mark->rule >= 0 &&
           f->t >= r->incident->start - PMT_HOUR && f->t <= until;
}

/* Of those of one second the first. */
static bool same_second(const struct pmt_fact *a, const struct pmt_fact *b)
{
    return a->t / PMT_SECOND == b->t / PMT_SECOND;
}

/* Of several before the start the last, in the same second too: that is the nearest. */
static const struct pmt_fact *telling_event(const struct pmt_report *r,
                                            const struct pmt_report_input *in,
                                            enum pmt_event event, int64_t until)
{
    const struct pmt_fact *found = NULL;
    struct often *often = how_often(r, in);
    int64_t start = r->incident->start / PMT_SECOND;
    for (size_t i = 0; i < in->facts->n; i++) {
        const struct pmt_fact *f = &in->facts->items[i];
        if (found && f->t / PMT_SECOND > start)
            break;
        if (!is_event(r, f, event, until) || pmt_report_retold(in->facts, i))
            continue;
        const struct often *n = &often[f->mark->rule];
        bool near = f->t >= r->incident->start - PMT_LEAD_NEAR;
        if (!is_usual(r, n) && (near || !n->outside) && !(found && same_second(found, f)))
            found = f;
    }
    free(often);
    return found;
}

/* What comes later than this is part of what happened, or of how it ended. */
static int64_t near_start(const struct pmt_incident *p)
{
    int64_t half = (p->end - p->start) / 2, most = 15 * PMT_MINUTE, least = PMT_MINUTE;
    return p->start + (half > most ? most : half < least ? least : half);
}

/* The gravest sort of event near the start, where it is nearest to it. */
const struct pmt_fact *pmt_report_gravest(const struct pmt_report *r,
                                          const struct pmt_report_input *in)
{
    static const enum pmt_event order[] = {PMT_EV_OOM, PMT_EV_STORAGE, PMT_EV_REBOOT, PMT_EV_CRASH,
                                           PMT_EV_SERVICE_FAILED, PMT_EV_RESOURCE,
                                           PMT_EV_NO_SERVER, PMT_EV_UPSTREAM};
    for (size_t i = 0; r->incident && i < PMT_COUNT(order); i++) {
        const struct pmt_fact *f =
            telling_event(r, in, order[i], near_start(r->incident));
        if (f)
            return f;
    }
    return NULL;
}
