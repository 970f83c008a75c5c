#include "report_parts.h"

/* Failures that nobody but a machine may have met: all on paths that checks of health ask for, by a
 * few private addresses. Which agent asked is not looked at: where it is known for a check, its
 * requests are not counted at all. */

enum {
    NEARLY_ALL = 90, /* % of the failures */
    FEW = 8,         /* addresses */
};

/* The last name of a path that is asked for by balancers, orchestrators and monitors. */
static bool is_check_path(struct pmt_slice path)
{
    static const char *const names[] = {
        "health", "healthz", "healthy", "healthcheck", "health-check", "health_check", "_health",
        "ready", "readyz", "readiness", "live", "livez", "liveness", "alive", "status", "ping",
        "heartbeat", "startupz", "up", NULL};
    size_t n = path.n;
    while (n && path.p[n - 1] == '/')
        n--;
    size_t at = n;
    while (at && path.p[at - 1] != '/')
        at--;
    for (size_t i = 0; names[i]; i++)
        if (pmt_slice_is(pmt_slice(path.p + at, n - at), names[i]))
            return true;
    return false;
}

/* RFC 1918, 6598, 4193, and this machine. */
static bool is_private(struct pmt_slice a)
{
    struct pmt_cursor c = pmt_cursor(a);
    int64_t one, two;
    if (pmt_slice_is(a, "::1") || pmt_slice_starts(a, "fd") || pmt_slice_starts(a, "fc"))
        return memchr(a.p, ':', a.n) != NULL;
    if (!pmt_cur_digits(&c, 1, 3, &one) || !pmt_cur_char(&c, '.') ||
        !pmt_cur_digits(&c, 1, 3, &two) || !pmt_cur_char(&c, '.'))
        return false;
    return one == 10 || one == 127 || (one == 192 && two == 168) ||
           (one == 172 && two >= 16 && two <= 31) || (one == 100 && two >= 64 && two <= 127);
}

static bool by_private(const struct pmt_report_input *in, const struct pmt_badsec *b, bool last)
{
    struct pmt_record rec;
    return b && pmt_report_read_bad(in, b, last, &rec) && is_private(rec.client);
}

void pmt_report_say_checks(struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_labelled *to)
{
    const struct pmt_incident *p = r->incident;
    uint64_t failed = 0;
    for (size_t i = 0; i < p->worst.n; i++)
        if (p->worst.v[i].kind == PMT_WORST_PATH && is_check_path(p->worst.v[i].name))
            failed += p->worst.v[i].failed;
    if (!failed || failed * 100 < p->site.failed * NEARLY_ALL ||
        p->numbers.clients_affected > FEW || !by_private(in, p->first, false) ||
        !by_private(in, p->last, true))
        return;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, p->numbers.clients_affected))};
    pmt_say(to, pmt_report_text(r, p->numbers.clients_affected == 1 ? "impact-checks-one"
                                                                    : "impact-checks", v, 1), NULL);
}
