#include "report_parts.h"

/* What a note says and the logs do not: only times are compared, words are not understood. */

#define LONG_AFTER (30 * PMT_MINUTE) /* what is noted as the end this long behind it is another */
#define NEIGHBOURHOOD (10 * PMT_MINUTE)
enum { SHARE_MIN = 10 }; /* requests below which a share says nothing */

/* What was noted to the minute may have been in all of it; what was noted as about then, around. */
static int64_t tolerance(const struct pmt_note_time *t)
{
    return t->about ? 10 * PMT_MINUTE : t->seconds ? PMT_SECOND : PMT_MINUTE;
}

static void cite_edge(struct pmt_report *r, const struct pmt_report_input *in, bool end,
                      struct pmt_cites *cites)
{
    const struct pmt_incident *p = r->incident;
    if (p->first)
        pmt_report_cite_bad(r, in, end ? p->last : p->first, end, p->decimals, cites);
    else if (p->kind == PMT_INCIDENT_SILENCE)
        pmt_report_cite_silence(r, in, cites);
    else
        pmt_report_cite_fact(r, in, end ? p->fact_end : p->fact, cites);
}

static const char *say(struct pmt_report *r, const char *id, int64_t t, int64_t at, uint64_t n)
{
    int64_t far = pmt_whole(t, at);
    struct pmt_value v[] = {PMT_V("length", pmt_report_length(r, far < 0 ? -far : far)),
                            PMT_V("at", pmt_report_beside(r, at, t)),
                            PMT_V("n", pmt_report_count(r, n))};
    return pmt_report_text(r, id, v, PMT_COUNT(v));
}

/* Noticed, or passed on, before it began; or only after it was over. */
static const char *too_early(struct pmt_report *r, const struct pmt_report_input *in,
                             const struct pmt_told_note *n, struct pmt_cites *cites)
{
    const struct pmt_incident *p = r->incident;
    int64_t slack = tolerance(&n->note->time);
    if (!p->began_before && n->t + slack <= p->start) {
        cite_edge(r, in, false, cites);
        return say(r, "against-start", n->t, p->start, 0);
    }
    if (!p->ongoing && (n->note->tags & PMT_NOTE_DETECTED) && n->t - slack > p->end) {
        cite_edge(r, in, true, cites);
        return say(r, "against-behind-end", n->t, p->end, 0);
    }
    return NULL;
}

/* Noted as the end, and it went on; or it had long been over. */
static const char *not_then(struct pmt_report *r, const struct pmt_report_input *in,
                            const struct pmt_told_note *n, struct pmt_cites *cites)
{
    const struct pmt_incident *p = r->incident;
    int64_t slack = tolerance(&n->note->time);
    if (n->t + slack <= p->end) {
        uint64_t failed = p->flow && p->first ? pmt_requests_between(p->flow, n->t / PMT_SECOND + 1,
                                                         p->end / PMT_SECOND).failed : 0;
        cite_edge(r, in, true, cites);
        return say(r, failed > 1 ? "against-failing" : "against-going-on", n->t, p->end, failed);
    }
    return NULL;
}

static const char *too_late(struct pmt_report *r, const struct pmt_report_input *in,
                            const struct pmt_told_note *n, struct pmt_cites *cites)
{
    const struct pmt_incident *p = r->incident;
    if (p->ongoing || n->t - tolerance(&n->note->time) <= p->end + LONG_AFTER)
        return NULL;
    cite_edge(r, in, true, cites);
    return say(r, "against-behind-end", n->t, p->end, 0);
}

/* Mitigated is not over; but the share of failures should have fallen. */
static const char *no_fall(struct pmt_report *r, const struct pmt_report_input *in,
                           const struct pmt_told_note *n, struct pmt_cites *cites)
{
    const struct pmt_incident *p = r->incident;
    int64_t slack = tolerance(&n->note->time);
    if (!p->flow || n->t + slack + NEIGHBOURHOOD > p->end)
        return NULL;
    int64_t from = (n->t - NEIGHBOURHOOD) / PMT_SECOND, at = n->t / PMT_SECOND;
    int64_t then = (n->t + slack) / PMT_SECOND;
    struct pmt_numbers old = pmt_requests_between(p->flow, from, at - 1);
    struct pmt_numbers now =
        pmt_requests_between(p->flow, then, then + NEIGHBOURHOOD / PMT_SECOND - 1);
    if (old.requests < SHARE_MIN || now.requests < SHARE_MIN ||
        (double)now.failed * (double)old.requests * 10 <
            (double)old.failed * (double)now.requests * 9)
        return NULL;
    struct pmt_value v[] = {PMT_V("old", pmt_report_percent(r, old.failed, old.requests)),
                            PMT_V("pct", pmt_report_percent(r, now.failed, now.requests))};
    cite_edge(r, in, true, cites);
    return pmt_report_text(r, "against-share", v, 2);
}

const char *pmt_report_against(struct pmt_report *r, const struct pmt_report_input *in,
                               const struct pmt_told_note *n, struct pmt_cites *cites)
{
    unsigned tags = n->note->tags;
    const char *text = NULL;
    if (n->t == PMT_NO_TIME)
        return NULL;
    if (tags & (PMT_NOTE_DETECTED | PMT_NOTE_ESCALATED | PMT_NOTE_MITIGATED | PMT_NOTE_RESOLVED))
        text = too_early(r, in, n, cites);
    if (!text && (tags & PMT_NOTE_RESOLVED))
        text = not_then(r, in, n, cites);
    if (!text && (tags & (PMT_NOTE_MITIGATED | PMT_NOTE_RESOLVED)))
        text = too_late(r, in, n, cites);
    if (!text && (tags & PMT_NOTE_MITIGATED))
        text = no_fall(r, in, n, cites);
    return text;
}
