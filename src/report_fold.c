#include "report_parts.h"

/* Groups are in order of time: nothing that is told by another lies further from it than this. */
#define REACH (15 * PMT_MINUTE)

/* One story is told by several logs: an operator's command, the unit manager that carried it out,
 * the program that says what it did. One bullet tells it, in the words of whoever knows most. */

/* Did b begin on the same host no more than `behind` after a, nor `ahead` before it? */
static bool near(const struct pmt_group *a, const struct pmt_group *b, int64_t ahead,
                 int64_t behind)
{
    return a->first->host.n && pmt_slice_eq(a->first->host, b->first->host) &&
           b->first->t >= a->first->t - ahead && b->first->t <= a->first->t + behind;
}

/* And was it over with it? What goes on for longer has a bullet of its own. */
static bool with(const struct pmt_group *a, const struct pmt_group *b, int64_t ahead,
                 int64_t behind)
{
    return near(a, b, ahead, behind) && b->last <= a->last + behind;
}

static enum pmt_event event_of(const struct pmt_group *g)
{
    return pmt_is_state(g->first->mark) ? PMT_EV_NONE : (enum pmt_event)g->first->mark->event;
}

/* "systemctl reload x", "service x restart": the subject's words, the program first. */
static bool has_word(struct pmt_slice subject, const char *word)
{
    struct pmt_cursor c = pmt_cursor(subject);
    struct pmt_slice w;
    while (pmt_cur_until(&c, ' ', &w))
        if (pmt_slice_is(w, word))
            return true;
    return pmt_slice_is(pmt_cur_rest(&c), word);
}

static bool is_any(struct pmt_slice subject, const char *const *words)
{
    for (; *words; words++)
        if (has_word(subject, *words))
            return true;
    return false;
}

static bool acts_on_units(const struct pmt_group *g)
{
    static const char *const words[] = {"reload", "restart", "start", "stop", "try-restart",
                                        "reload-or-restart", "force-reload", "quit", NULL};
    return event_of(g) == PMT_EV_OPERATOR && is_any(g->first->mark->subject, words);
}

static bool boots(const struct pmt_group *g)
{
    static const char *const words[] = {"reboot", "shutdown", "poweroff", "halt", NULL};
    return event_of(g) == PMT_EV_OPERATOR && is_any(g->first->mark->subject, words);
}

/* Commands that speak to the balancer's socket: the balancer tells what they did. */
static bool speaks_to_socket(const struct pmt_group *g)
{
    static const char *const words[] = {"socat", "nc", "ncat", "hatop", "haproxyctl", "tee", NULL};
    return event_of(g) == PMT_EV_OPERATOR && is_any(g->first->mark->subject, words);
}

static bool is_kill(const struct pmt_group *g)
{
    return event_of(g) == PMT_EV_OOM && pmt_slice_is(g->first->mark->program, "kernel");
}

static bool starts_kernel(const struct pmt_group *g)
{
    return event_of(g) == PMT_EV_REBOOT && pmt_slice_is(g->first->mark->program, "kernel");
}

/* Two changes of one backend in the same moment: one server for another. The lines in between say
 * that no server was left, as the first one did. */
static bool fold_states(const struct pmt_group *a, const struct pmt_group *b,
                        enum pmt_fold_how *how)
{
    const struct pmt_mark *x = a->first->mark, *y = b->first->mark;
    if (!pmt_is_state(x) || !pmt_is_state(y) || !pmt_slice_eq(x->backend, y->backend) ||
        !near(a, b, 0, 2 * PMT_SECOND) || a->count > 1 || b->count > 1)
        return false;
    *how = PMT_FOLD_SAME;
    if (y->lb == PMT_LB_NO_SERVER)
        return x->active_left == 0 && x->lb != PMT_LB_UP;
    *how = PMT_FOLD_ALSO;
    return x->lb != PMT_LB_NO_SERVER && !pmt_slice_eq(x->server, y->server);
}

/* A server that went out and came back so often that its lines are in groups. */
static bool fold_flaps(const struct pmt_group *a, const struct pmt_group *b)
{
    const struct pmt_mark *x = a->first->mark, *y = b->first->mark;
    return x->lb != PMT_LB_UP && x->lb != PMT_LB_NO_SERVER && y->lb == PMT_LB_UP && a->count > 1 &&
           b->count > 1 && a->scope == b->scope && pmt_slice_eq(x->backend, y->backend) &&
           pmt_slice_eq(x->server, y->server) && near(a, b, 0, REACH);
}

/* Does a tell what b says, and how? */
static bool tells(const struct pmt_group *a, const struct pmt_group *b, enum pmt_fold_how *how)
{
    enum pmt_event e = event_of(b);
    bool unit = e == PMT_EV_CONFIG_CHANGE || e == PMT_EV_SERVICE_STARTED ||
                e == PMT_EV_SERVICE_STOPPED || e == PMT_EV_SERVICE_RESTARTING;
    *how = PMT_FOLD_SAME;
    if (pmt_is_state(a->first->mark) && speaks_to_socket(b))
        return with(a, b, 3 * PMT_SECOND, 3 * PMT_SECOND);
    if (acts_on_units(a) && unit)
        return with(a, b, PMT_SECOND, 5 * PMT_SECOND);
    if (event_of(a) == PMT_EV_CONFIG_CHANGE && e == PMT_EV_CONFIG_CHANGE)
        return with(a, b, 0, 5 * PMT_SECOND);
    if (boots(a) && e == PMT_EV_REBOOT && near(a, b, 0, 15 * PMT_MINUTE)) {
        *how = starts_kernel(b) ? PMT_FOLD_BOOT : PMT_FOLD_SAME;
        return true;
    }
    if (boots(a) && (e == PMT_EV_SERVICE_STARTED || e == PMT_EV_SERVICE_STOPPED))
        return with(a, b, 0, 5 * PMT_MINUTE);
    if (event_of(a) == PMT_EV_REBOOT && e == PMT_EV_REBOOT)
        return with(a, b, 0, 15 * PMT_MINUTE);
    if (is_kill(a) && (e == PMT_EV_OOM || e == PMT_EV_CRASH || e == PMT_EV_SERVICE_FAILED))
        return !is_kill(b) && with(a, b, 2 * PMT_SECOND, 10 * PMT_SECOND);
    if (e == PMT_EV_OPERATOR && b->look && event_of(a) == PMT_EV_SESSION) {
        *how = PMT_FOLD_ALSO;
        return near(a, b, 0, 15 * PMT_MINUTE);
    }
    if (pmt_is_state(a->first->mark) && pmt_is_state(b->first->mark) && fold_flaps(a, b))
        return true;
    return fold_states(a, b, how);
}

/* Who may speak for others, best first: a command says more than the unit manager, and a state
 * line more than the command behind it. */
static int standing(const struct pmt_group *g)
{
    if (pmt_is_state(g->first->mark) || is_kill(g) || boots(g))
        return 3;
    return event_of(g) == PMT_EV_OPERATOR || event_of(g) == PMT_EV_SESSION ? 2 : 1;
}

static void fold_into(struct pmt_group *g, size_t n, size_t i)
{
    bool also = false; /* a bullet has at most two sentences */
    size_t from = i, to = i;
    while (from > 0 && g[i].first->t - g[from - 1].first->t <= REACH)
        from--;
    while (to + 1 < n && g[to + 1].first->t - g[i].first->t <= REACH)
        to++;
    for (size_t k = from; k <= to; k++) {
        enum pmt_fold_how how;
        /* Who tells others is not told itself. */
        bool free = k != i && g[k].into == SIZE_MAX && !g[k].speaks;
        if (!free || !tells(&g[i], &g[k], &how) || (how == PMT_FOLD_ALSO && also))
            continue;
        g[k].into = i;
        g[k].fold = how;
        g[i].speaks = true;
        also |= how == PMT_FOLD_ALSO;
    }
}

void pmt_report_fold(struct pmt_group *groups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        groups[i].into = SIZE_MAX;
        groups[i].speaks = false;
    }
    for (int s = 3; s > 0; s--)
        for (size_t i = 0; i < n; i++)
            if (groups[i].into == SIZE_MAX && standing(&groups[i]) == s)
                fold_into(groups, n, i);
}
