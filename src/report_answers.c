#include "report_parts.h"

/* Who gave the answers that failed requests got. The words are HAProxy's manual's for a state (8.5)
 * and nginx's for its lists: what the line says, never why. */

enum { ROWS_MAX = 16 };

static const char *const words[PMT_BY_COUNT] = {
    [PMT_BY_CLIENT] = "gone",
    [PMT_BY_CLIENT_SENDING] = "gone-sending",
    [PMT_BY_CLIENT_QUEUED] = "gone-queued",
    [PMT_BY_CLIENT_CONNECT] = "gone-connecting",
    [PMT_BY_CLIENT_WAITING] = "gone-waiting",
    [PMT_BY_CLIENT_OTHER] = "gone-other",
    [PMT_BY_SERVER] = "by-server",
    [PMT_BY_NO_SERVER] = "by-no-server",
    [PMT_BY_CONNECT] = "by-connect",
    [PMT_BY_CONNECT_TIME] = "by-connect-time",
    [PMT_BY_SERVER_CLOSED] = "by-server-closed",
    [PMT_BY_SERVER_TIME] = "by-server-time",
    [PMT_BY_SERVER_DATA] = "by-server-data",
    [PMT_BY_SERVER_STALLED] = "by-server-stalled",
    [PMT_BY_QUEUE] = "by-queue",
    [PMT_BY_SERVER_SIDE] = "by-server-side",
    [PMT_BY_INVALID] = "by-invalid",
    [PMT_BY_DENIED] = "by-denied",
    [PMT_BY_PROXY] = "by-proxy",
    [PMT_BY_PROXY_RULE] = "by-proxy-rule",
    [PMT_BY_RESOURCE] = "by-resource",
    [PMT_BY_INTERNAL] = "by-internal",
    [PMT_BY_MARKED_DOWN] = "by-marked-down",
    [PMT_BY_MARKED_UP] = "by-marked-up",
    [PMT_BY_KILLED] = "by-killed",
    [PMT_BY_UPSTREAM] = "by-upstream",
    [PMT_BY_NO_ANSWER] = "by-no-answer",
    [PMT_BY_NO_LIVE] = "by-no-live",
    [PMT_BY_NGINX] = "by-nginx",
    [PMT_BY_UNKNOWN] = "by-unknown",
    [PMT_BY_VARIOUS] = "by-various",
};

void pmt_report_count_answers(struct pmt_report *r, const struct pmt_report_input *in)
{
    size_t n = in->findings->n;
    r->answers = pmt_arena_alloc(r->arena, (n + 1) * sizeof *r->answers);
    for (size_t i = 0; i < n; i++) {
        const struct pmt_incident *p = &in->findings->incidents[i];
        r->answers[i] = (struct pmt_cause_counts){.n = 0};
        if (p->flow)
            pmt_causes_between(&p->flow->causes, p->start / PMT_SECOND, p->end / PMT_SECOND,
                               &r->answers[i]);
    }
}

/* Of the incident that is drafted; NULL when none is. */
static const struct pmt_cause_counts *drafted(const struct pmt_report *r,
                                              const struct pmt_report_input *in)
{
    return r->incident ? &r->answers[r->incident - in->findings->incidents] : NULL;
}

/* An access log may not tell what the error log beside it does: of which failed request each of its
 * lines is stays open, so both numbers are said. */
static const struct pmt_factor *in_error_log(const struct pmt_report *r,
                                             const struct pmt_cause_count *c)
{
    const char *kind = c->key.status == 502   ? "not_listening"
                       : c->key.status == 504 ? "slow_upstream"
                                              : NULL;
    for (size_t i = 0; kind && c->key.by == PMT_BY_UNKNOWN && i < r->nfactors; i++)
        if (strcmp(r->factors[i].kind, kind) == 0 && r->factors[i].inside >= c->n)
            return &r->factors[i];
    return NULL;
}

static const char *by_text(struct pmt_report *r, const struct pmt_cause_count *c)
{
    const struct pmt_factor *f = in_error_log(r, c);
    if (f) {
        struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, f->inside)),
                                PMT_V("what", f->many)};
        return pmt_report_text(r, "by-unknown-logged", v, 2);
    }
    return pmt_report_text(r, words[c->key.by], NULL, 0);
}

/* "status 503" */
static const char *status_text(struct pmt_report *r, const struct pmt_cause_count *c)
{
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, c->key.status))};
    return c->key.status ? pmt_report_text(r, "answer-status", v, 1)
                         : pmt_report_text(r, "answer-none", NULL, 0);
}

/* The nth most: "; 16.6% with status 500, the server's own answer" */
static const char *one_of(struct pmt_report *r, const struct pmt_cause_counts *a, size_t at,
                          const char *id, struct pmt_value v[PMT_IMPACT_VALUES], size_t n,
                          const char *other)
{
    v[n++] = PMT_V("old", pmt_report_percent(r, a->v[at].n, a->failed));
    v[n++] = PMT_V("what", status_text(r, &a->v[at]));
    v[n++] = PMT_V("by", by_text(r, &a->v[at]));
    v[n++] = PMT_V("other", other);
    return pmt_report_text(r, id, v, n);
}

const char *pmt_report_impact(struct pmt_report *r, const struct pmt_report_input *in,
                              struct pmt_value v[PMT_IMPACT_VALUES], size_t n)
{
    const struct pmt_cause_counts *a = drafted(r, in);
    if (!a->n)
        return pmt_report_text(r, "impact", v, n);
    if (a->n == 1)
        return one_of(r, a, 0, "impact-all", v, n, "");
    bool second = a->v[1].n * 10 >= a->failed;
    return one_of(r, a, 0, "impact-most", v, n,
                  second ? one_of(r, a, 1, "impact-other", v, n, "") : "");
}

bool pmt_report_logged_late(const struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_cause_counts *a = r->incident && r->incident->flow ? drafted(r, in) : NULL;
    uint64_t late = 0;
    for (size_t i = 0; a && i < a->n; i++)
        if (a->v[i].key.status == 504 && a->v[i].key.by >= PMT_BY_UPSTREAM)
            late += a->v[i].n;
    return late && late * 2 >= a->failed && !r->incident->during.n;
}

void pmt_report_say_retries(struct pmt_report *r, const struct pmt_report_input *in,
                            struct pmt_labelled *to)
{
    uint64_t n = drafted(r, in)->retried, all = r->incident->numbers.requests;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, n)),
                            PMT_V("pct", pmt_report_percent(r, n, all))};
    if (n && n * 100 >= all)
        pmt_say(to, pmt_report_text(r, "impact-retries", v, PMT_COUNT(v)), NULL);
}

static void put_row(struct pmt_report *r, struct pmt_table *t, const struct pmt_cause_count *c,
                    const char *share)
{
    struct pmt_row *x = pmt_report_row(t);
    bool left = c->key.by < PMT_BY_SERVER;
    x->cells[0] = c->key.status ? pmt_report_count(r, c->key.status) : left ? "" : "none";
    x->cells[1] = by_text(r, c);
    x->cells[2] = pmt_report_count(r, c->n);
    x->cells[3] = share;
}

void pmt_report_answers_table(struct pmt_report *r, const struct pmt_report_input *in)
{
    static const char *const heads[] = {"Status", "Answer", "Requests", "Share", NULL};
    const struct pmt_cause_counts *a = drafted(r, in);
    if (!a || (!a->n && !a->nleft && !a->retried))
        return;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, a->retried))};
    const char *intro = pmt_report_text(r, "annex-failed", NULL, 0);
    if (a->retried)
        intro = pmt_arena_printf(r->arena, "%s %s", intro,
                                 pmt_report_text(r, "annex-retries", v, 1));
    struct pmt_table *t = pmt_report_table(r, "Who answered the failed requests", intro, heads);
    for (size_t i = 0; i < a->n && i < ROWS_MAX; i++)
        put_row(r, t, &a->v[i], pmt_report_percent(r, a->v[i].n, a->failed));
    for (size_t i = 0; i < a->nleft; i++)
        put_row(r, t, &a->left[i], "");
}
