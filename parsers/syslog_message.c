/* syslog_message.c - what stands behind a syslog envelope, and who reads it.
 *
 * The parser that names the program reads it; when nobody knows the program, whoever knows the
 * message's unmistakable shape (a site may log under any tag); else it is free text for the rules.
 * Before that what syslog itself put in goes: byte order mark, the kernel's clock, folding.
 */
#include "syslog.h"

static bool digits_and(struct pmt_slice s, const char *shape)
{
    size_t n = strlen(shape);
    if (s.n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (shape[i] == '0' ? !digit : shape[i] != 'x' && shape[i] != s.p[i])
            return false;
    }
    return true;
}

/* Worth offering to the web parsers whatever the tag says: nginx's error stamp at the start, a CLF
 * stamp in brackets near it, Envoy's, JSON, or HAProxy's words for a server's state. They still
 * may decline. */
static bool looks_like_web_log(struct pmt_slice m)
{
    enum { NEAR = 120 };
    static const char *const words[] = {"Server ",   "Backup Server ",   "Health check for ",
                                        "Agent check for ", "Load-balancing on ",
                                        "[WARNING]", "[ALERT]",          "[NOTICE]"};
    if (!m.n)
        return false;
    if (digits_and(m, "0000/00/00 00:00:00 [") || digits_and(m, "[0000-00-00T00:00:00") ||
        pmt_slice_starts(m, "{\"") || pmt_slice_starts(m, "{ \""))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (*m.p == *words[i] && pmt_slice_starts(m, words[i]))
            return true;
    if (pmt_slice_ends(m, " has no server available!"))
        return true;
    struct pmt_cursor c = pmt_cursor(m.n > NEAR ? pmt_slice(m.p, NEAR) : m);
    struct pmt_slice before;
    while (pmt_cur_until(&c, '[', &before))
        if (digits_and(pmt_cur_rest(&c), "00/xxx/0000:00:00:00"))
            return true;
    return false;
}

static bool reads_program(const struct pmt_parser *p, struct pmt_slice program)
{
    for (const char *const *name = p->programs; name && *name; name++)
        if (*program.p == **name && pmt_slice_is(program, *name))
            return true;
    return false;
}

static bool take(const struct pmt_parser *p, struct pmt_slice message, struct pmt_record *rec,
                 enum pmt_verdict *v)
{
    struct pmt_reject ignored;
    *v = pmt_parser_message(p, message, rec, &ignored);
    if (*v != PMT_FOREIGN)
        rec->reader = p;
    return *v != PMT_FOREIGN;
}

/* The source's own formats, whatever the tag: a site may log under any. */
static bool take_own(size_t from, size_t to, struct pmt_slice message, struct pmt_record *rec,
                     enum pmt_verdict *v)
{
    for (size_t i = from; i < to; i++)
        if (take(rec->own_formats->items[i], message, rec, v))
            return true;
    return false;
}

enum pmt_verdict pmt_syslog_hand_over(struct pmt_slice message, struct pmt_record *rec)
{
    const struct pmt_own *own = rec->own_formats;
    bool known = false;
    enum pmt_verdict v;
    if (own && take_own(0, own->before, message, rec, &v))
        return v;
    for (const struct pmt_parser *const *p = pmt_parsers; rec->program.n && *p; p++) {
        if (!(*p)->parse_message || !reads_program(*p, rec->program))
            continue;
        known = true;
        if (take(*p, message, rec, &v))
            return v;
    }
    bool web = !known && looks_like_web_log(message);
    for (const struct pmt_parser *const *p = pmt_parsers; web && *p; p++)
        if ((*p)->parse_message && take(*p, message, rec, &v))
            return v;
    return own && take_own(own->before, own->n, message, rec, &v) ? v : PMT_FOREIGN;
}

/* rsyslog, runtime/ratelimit.c: "message repeated %d times: [%.800s]", N copies beyond the first.
 * sysklogd: "last message repeated %d times"; syslog-ng: "Last message '%.20s' repeated %d times,
 * suppressed by syslog-ng on %s". Those two say nothing new and stay what they are. */
static struct pmt_slice unfold(struct pmt_slice message, struct pmt_record *rec)
{
    struct pmt_cursor c = pmt_cursor(message);
    struct pmt_slice quoted;
    int64_t times;
    bool folded = pmt_cur_lit(&c, "message repeated ");
    if (!folded && pmt_cur_lit(&c, "Last message '")) {
        if (!pmt_cur_until_lit(&c, "' repeated ", &quoted))
            return message;
    } else if (!folded && !pmt_cur_lit(&c, "last message repeated ")) {
        return message;
    }
    if (!pmt_cur_digits(&c, 1, 9, &times) || !pmt_cur_lit(&c, " time"))
        return message;
    rec->repeats = (uint64_t)times;
    pmt_cur_char(&c, 's');
    if (!folded || !pmt_cur_lit(&c, ": ["))
        return message;
    struct pmt_slice inner = pmt_slice_trim(pmt_cur_rest(&c));
    if (inner.n && inner.p[inner.n - 1] == ']')
        inner.n--;
    return inner;
}

static struct pmt_slice without_bom(struct pmt_slice message)
{
    message = pmt_slice_trim(message);
    if (pmt_slice_starts(message, "\xEF\xBB\xBF"))
        message = pmt_slice_trim(pmt_slice(message.p + 3, message.n - 3));
    return message;
}

enum pmt_verdict pmt_syslog_deliver(struct pmt_slice message, struct pmt_record *rec)
{
    message = without_bom(message);
    if (pmt_slice_is(rec->program, "kernel"))
        message = pmt_syslog_without_monotonic(message);
    message = unfold(message, rec);
    enum pmt_verdict v = pmt_syslog_hand_over(message, rec);
    if (v != PMT_FOREIGN)
        return v;
    rec->kind = PMT_SYSLOG;
    rec->message = message.n ? message : PMT_NO_SLICE;
    return PMT_RECORD;
}
