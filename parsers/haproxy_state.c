/* haproxy_state.c - what HAProxy says about its servers: availability, checks, addresses.
 *
 * The wordings of src/server.c, src/check.c, src/backend.c and src/resolvers.c of HAProxy 1.4 to
 * 3.x (`<x>` varies, [..] is optional):
 *
 *   [Backup ]Server <b>/<s>[ ('<name>')] <wording>[ (<cause>)][ via <b>/<s>]
 *            [, reason: <block> | , changed from <origin>][. <tail>]
 *   <block>  = <text>[, code: <n>][, info: "<text>"][, check duration: <n>ms]
 *   <tail>   = <A> active and <B> backup servers left|online.[ Running on backup.] ...
 *   Health|Agent check for [backup ]server <b>/<s> [conditionally ]succeeded|failed
 *            [, reason: <block>], status: <n>/<m> <UP|DOWN|DRAIN>.
 *   backend|proxy <b> has no server available!      (on stderr: backend '<b>' ...)
 *   <b>/<s> changed its IP|FQDN from ...            <b>/<s>: IP changed from '...' ...
 *   Load-balancing on [Backup ]Server <b>/<s> is disabled | is enabled again    (1.4)
 *
 * The text of info comes from the checked server and may hold commas, parentheses and a whole
 * sentence of this grammar: so a line is read from its start, and the tail is looked for from the
 * end. Anything that does not start like this is no state line, whatever it holds further on.
 */
#include "haproxy.h"

struct state {
    struct pmt_slice backend, server, reason;
    enum pmt_lb lb;
    bool by_operator;
    int64_t active;
};

/* What may follow "Server <b>/<s> ", the longer first where one begins the other. */
static const struct {
    const char *text;
    enum pmt_lb lb;
    bool by_operator;
} wordings[] = {
    {"is DOWN for maintenance", PMT_LB_MAINT, true}, /* 1.4 */
    {"is DOWN/READY", PMT_LB_STILL_OUT, false},
    {"is DOWN/DRAIN", PMT_LB_STILL_OUT, false},
    {"is DOWN", PMT_LB_DOWN, false},
    {"is UP/READY", PMT_LB_UP, false},
    {"is UP/DRAIN", PMT_LB_STILL_OUT, false},
    {"is UP", PMT_LB_UP, false},
    {"is going DOWN for maintenance", PMT_LB_MAINT, true},
    {"was DOWN and now enters maintenance", PMT_LB_MAINT, true},
    {"administratively READY thanks to valid DNS answer", PMT_LB_UP, false},
    {"enters drain state", PMT_LB_DRAIN, true},
    {"is stopping", PMT_LB_DRAIN, false},
    {"remains in forced maintenance", PMT_LB_INFO, true},
    {"remains in forced drain mode", PMT_LB_INFO, true},
    {"remains in maintenance", PMT_LB_INFO, false},
    {"remains in drain mode", PMT_LB_INFO, false},
    {"is leaving forced maintenance but remains in maintenance", PMT_LB_INFO, true},
    {"is leaving forced drain but remains in drain mode", PMT_LB_INFO, true},
    {"resolves again but remains in maintenance", PMT_LB_INFO, false},
};

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

static void commit(struct pmt_record *rec, struct pmt_slice message, const struct state *s)
{
    rec->kind = PMT_LB_SERVER_STATE;
    rec->lb = (uint8_t)s->lb;
    rec->by_operator = s->by_operator;
    rec->backend = s->backend;
    rec->server = s->server;
    rec->reason = s->reason;
    rec->active_left = s->active;
    rec->message = message;
}

/* "<backend>/<server>": HAProxy allows letters, digits and "-_.:" in names, its internal proxies
 * have angle brackets. One slash, nothing empty, no quote, no priority ("<133>") in front. */
static bool split_name(struct pmt_slice name, struct state *s)
{
    if (name.n > 1 && name.p[0] == '<' && name.p[1] >= '0' && name.p[1] <= '9')
        return false;
    const char *slash = name.n ? memchr(name.p, '/', name.n) : NULL;
    if (!slash || memchr(name.p, '"', name.n) || memchr(name.p, '[', name.n))
        return false;
    size_t head = (size_t)(slash - name.p);
    struct pmt_slice server = pmt_slice(slash + 1, name.n - head - 1);
    if (!head || !server.n || memchr(server.p, '/', server.n))
        return false;
    s->backend = pmt_slice(name.p, head);
    s->server = server;
    return true;
}

/* The same, taken up to the blank behind it. */
static bool read_name(struct pmt_cursor *c, struct state *s)
{
    struct pmt_cursor t = *c;
    struct pmt_slice name;
    if (!pmt_cur_until(&t, ' ', &name) || !split_name(name, s))
        return false;
    *c = t;
    return true;
}

/* Cuts ". <A> active and <B> backup servers ..." off the end of *rest and returns A, else -1. The
 * last such place counts: the text of a check may quote one. Without it (old versions, cut lines)
 * only the full stop goes. */
static int64_t cut_tail(struct pmt_slice *rest)
{
    int64_t active = -1;
    struct pmt_slice before, head = *rest;
    struct pmt_cursor c = pmt_cursor(*rest);
    while (pmt_cur_until_lit(&c, " active and ", &before)) {
        const char *digits = before.p + before.n;
        int64_t a, b;
        while (digits > before.p && digits[-1] >= '0' && digits[-1] <= '9')
            digits--;
        struct pmt_cursor t = c;
        if (digits - before.p < 2 || digits[-1] != ' ' || digits[-2] != '.' ||
            !pmt_slice_int(pmt_slice(digits, (size_t)(before.p + before.n - digits)), &a) ||
            !pmt_cur_digits(&t, 1, 9, &b) || !pmt_cur_lit(&t, " backup server"))
            continue;
        active = a;
        head = pmt_slice(rest->p, (size_t)(digits - 2 - rest->p));
    }
    if (active < 0 && head.n && head.p[head.n - 1] == '.')
        head.n--;
    *rest = head;
    return active;
}

static bool from_resolver(struct pmt_slice cause)
{
    return pmt_slice_starts(cause, "No IP for server") || pmt_slice_starts(cause, "DNS ") ||
           pmt_slice_starts(cause, "unspecified DNS error") ||
           pmt_slice_starts(cause, "entry removed from SRV record");
}

/* "[ (<cause>)][ via <b>/<s>][, reason: <block> | , changed from <origin>]", without the tail. */
static void read_reason(struct pmt_slice rest, struct state *s)
{
    struct pmt_cursor c = pmt_cursor(rest);
    struct pmt_slice cause;
    if (pmt_cur_lit(&c, " (")) {
        if (!pmt_cur_until(&c, ')', &cause))
            cause = pmt_cur_rest(&c);
        s->reason = pmt_slice_trim(cause);
        if (from_resolver(cause))
            s->by_operator = false;
        if (pmt_slice_starts(cause, "leaving ")) {
            s->by_operator = true;
            if (s->lb == PMT_LB_DOWN)
                s->lb = PMT_LB_STILL_OUT;
        }
    }
    if (pmt_slice_starts(pmt_cur_rest(&c), " via ")) {
        struct pmt_slice via = pmt_cur_rest(&c);
        const char *comma = memchr(via.p, ',', via.n);
        if (comma)
            via.n = (size_t)(comma - via.p);
        c.p += via.n;
        if (!s->reason.p)
            s->reason = pmt_slice_trim(via);
    }
    if (pmt_cur_lit(&c, ", reason: ")) {
        s->reason = pmt_cur_rest(&c);
    } else if (pmt_slice_starts(pmt_cur_rest(&c), ", changed from ")) {
        c.p += 2;
        s->reason = pmt_cur_rest(&c);
        if (pmt_slice_starts(s->reason, "changed from CLI") ||
            pmt_slice_starts(s->reason, "changed from Web interface"))
            s->by_operator = true;
    }
}

/* "<b>/<s>[ ('<name>')] <wording>..." */
static enum pmt_verdict server_line(struct pmt_slice message, struct pmt_cursor c,
                                    struct pmt_record *rec, struct pmt_reject *why)
{
    struct state s = {.active = -1};
    struct pmt_slice ignored;
    if (!read_name(&c, &s))
        return foreign(why, "no backend/server after \"Server\"", (size_t)(c.p - message.p));
    if (pmt_cur_lit(&c, "('") && !pmt_cur_until_lit(&c, "') ", &ignored))
        return foreign(why, "no end of the server's host name", (size_t)(c.p - message.p));
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++) {
        struct pmt_cursor t = c;
        if (!pmt_cur_lit(&t, wordings[i].text))
            continue;
        struct pmt_slice rest = pmt_cur_rest(&t);
        if (rest.n && !memchr(" ,.", rest.p[0], 3))
            break;
        s.lb = wordings[i].lb;
        s.by_operator = wordings[i].by_operator;
        s.active = cut_tail(&rest);
        read_reason(rest, &s);
        commit(rec, message, &s);
        return PMT_RECORD;
    }
    return foreign(why, "nothing known is said about the server", (size_t)(c.p - message.p));
}

/* "[backup ]server <b>/<s> failed, reason: ..., status: 2/3 UP." */
static enum pmt_verdict check_line(struct pmt_slice message, struct pmt_cursor c,
                                   struct pmt_record *rec, struct pmt_reject *why)
{
    struct state s = {.lb = PMT_LB_CHECK, .active = -1};
    pmt_cur_lit(&c, "backup ");
    if (!pmt_cur_lit(&c, "server ") || !read_name(&c, &s))
        return foreign(why, "no backend/server after \"check for\"", (size_t)(c.p - message.p));
    pmt_cur_lit(&c, "conditionally ");
    if (pmt_cur_lit(&c, "failed"))
        s.lb = PMT_LB_CHECK_FAILED;
    else if (!pmt_cur_lit(&c, "succeeded"))
        return foreign(why, "no result of the check", (size_t)(c.p - message.p));
    if (pmt_cur_lit(&c, ", reason: ")) {
        struct pmt_slice part;
        s.reason = pmt_cur_rest(&c);
        while (pmt_cur_until_lit(&c, ", status: ", &part))
            s.reason.n = (size_t)(part.p + part.n - s.reason.p);
    }
    commit(rec, message, &s);
    return PMT_RECORD;
}

/* "<b> has no server available!" behind "backend " or "proxy "; stderr quotes the name. */
static enum pmt_verdict no_server_line(struct pmt_slice message, struct pmt_cursor c,
                                       struct pmt_record *rec, struct pmt_reject *why)
{
    struct state s = {.lb = PMT_LB_NO_SERVER, .active = -1};
    size_t column = (size_t)(c.p - message.p);
    struct pmt_slice name;
    if (!pmt_cur_until(&c, ' ', &name) || !pmt_cur_lit(&c, "has no server available!"))
        return foreign(why, "not \"has no server available!\"", column);
    if (name.n > 2 && name.p[0] == '\'' && name.p[name.n - 1] == '\'')
        name = pmt_slice(name.p + 1, name.n - 2);
    if (!name.n)
        return foreign(why, "no backend name", column);
    s.backend = name;
    commit(rec, message, &s);
    return PMT_RECORD;
}

/* "app/web2 changed its IP from ...", "app/web2: IP changed from '...'" and ports, host names. */
static enum pmt_verdict address_line(struct pmt_slice message, struct pmt_record *rec,
                                     struct pmt_reject *why)
{
    struct state s = {.lb = PMT_LB_INFO, .active = -1};
    struct pmt_cursor c = pmt_cursor(message);
    struct pmt_slice name;
    if (!pmt_cur_until(&c, ' ', &name))
        return foreign(why, "no state line", 0);
    if (name.n && name.p[name.n - 1] == ':' &&
        (pmt_cur_lit(&c, "IP changed from ") || pmt_cur_lit(&c, "port changed from ")))
        name.n--;
    else if (!pmt_cur_lit(&c, "changed its IP from ") && !pmt_cur_lit(&c, "changed its FQDN from "))
        return foreign(why, "no state line", 0);
    if (!split_name(name, &s))
        return foreign(why, "no backend/server before what changed", 0);
    commit(rec, message, &s);
    return PMT_RECORD;
}

/* "<b>/<s> is disabled" behind "Load-balancing on [Backup ]Server ": 1.4's disable-on-404. */
static enum pmt_verdict balancing_line(struct pmt_slice message, struct pmt_cursor c,
                                       struct pmt_record *rec, struct pmt_reject *why)
{
    struct state s = {.active = -1};
    if (read_name(&c, &s)) {
        s.lb = pmt_cur_lit(&c, "is disabled")        ? PMT_LB_DRAIN
               : pmt_cur_lit(&c, "is enabled again") ? PMT_LB_UP
                                                     : PMT_LB_NONE;
        if (s.lb != PMT_LB_NONE) {
            commit(rec, message, &s);
            return PMT_RECORD;
        }
    }
    return foreign(why, "neither disabled nor enabled", (size_t)(c.p - message.p));
}

enum pmt_verdict pmt_haproxy_state(struct pmt_slice message, struct pmt_record *rec,
                                   struct pmt_reject *why)
{
    struct pmt_cursor c;
    message = pmt_slice_trim(message);
    c = pmt_cursor(message);
    if (pmt_cur_lit(&c, "Server ") || pmt_cur_lit(&c, "Backup Server "))
        return server_line(message, c, rec, why);
    if (pmt_cur_lit(&c, "Health check for ") || pmt_cur_lit(&c, "Agent check for "))
        return check_line(message, c, rec, why);
    if (pmt_cur_lit(&c, "backend ") || pmt_cur_lit(&c, "proxy "))
        return no_server_line(message, c, rec, why);
    if (pmt_cur_lit(&c, "Load-balancing on ")) {
        pmt_cur_lit(&c, "Backup ");
        if (pmt_cur_lit(&c, "Server "))
            return balancing_line(message, c, rec, why);
    }
    return address_line(message, rec, why);
}
