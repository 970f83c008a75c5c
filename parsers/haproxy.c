/* haproxy.c - HAProxy's own log: requests, server states, and what the process says of itself.
 *
 * Three sorts of line, as HAProxy writes them behind a syslog envelope, raw to a file or container
 * log, or to stderr:
 *
 *   requests        haproxy_request.c
 *   server states   haproxy_state.c
 *   the process     "Proxy www started.", "Former worker (4687) exited with code 0 (Exit)"
 *
 * stderr has a label in front (src/errors.c, src/log.c of HAProxy):
 *   2.4 and later   "[WARNING]  (<pid>) : ", the level padded to a fixed width
 *   until 2.3       "[WARNING] <ddd>/<HHMMSS> (<pid>) : "
 * ddd counts the days of the year from 0 and has no year: whether day 59 is 29 February or 1 March
 * cannot be told, so the label gives no stamp.
 */
#include "haproxy.h"

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

struct label {
    int severity;
    int64_t pid;
};

/* "[ALERT]    (4687) : " or "[ALERT] 324/002548 (4687) : " */
static bool read_label(struct pmt_cursor *c, struct label *ret)
{
    struct pmt_cursor t = *c;
    struct pmt_slice level;
    int64_t day, clock, pid;
    if (!pmt_cur_char(&t, '[') || !pmt_cur_until(&t, ']', &level))
        return false;
    int severity = pmt_slice_is(level, "DIAG") ? PMT_SEV_DEBUG : pmt_severity_from_name(level);
    if (severity == PMT_SEV_UNKNOWN)
        return false;
    pmt_cur_blanks(&t);
    if (pmt_cur_digits(&t, 3, 3, &day)) {
        if (!pmt_cur_char(&t, '/') || !pmt_cur_digits(&t, 6, 6, &clock))
            return false;
        pmt_cur_blanks(&t);
    }
    if (!pmt_cur_char(&t, '(') || !pmt_cur_digits(&t, 1, 10, &pid) || !pmt_cur_lit(&t, ") : "))
        return false;
    *c = t;
    *ret = (struct label){severity, pid};
    return true;
}

/* What comes over stderr has one severity for all in the journal; the label is its own. */
static void take_label(const struct label *label, struct pmt_record *rec)
{
    if (label->severity != PMT_SEV_UNKNOWN)
        rec->severity = (int8_t)label->severity;
    if (rec->pid < 0)
        rec->pid = label->pid;
}

/* Raw lines of the process without a label: only wordings that are HAProxy's own, in full. */
static bool is_process_line(struct pmt_slice text)
{
    static const char *const starts[] = {
        "New worker (",        "New worker #",         "Initializing new worker (",
        "Former worker ",      "Current worker (",     "Current worker #",
        "Loading success.",    "Loading failure!",     "Reloading HAProxy",
        "Reexecuting Master process",                  "Exiting Master process",
        "All workers exited.", "exit-on-failure: killing every ",
        "Stopping frontend ",  "Stopping backend ",    "Stopping proxy ",
        "Paused frontend ",    "Resumed frontend ",    "Pausing frontend ",
        "Enabling frontend ",  "Paused backend ",      "Resumed backend ",
        "Paused proxy ",       "Resumed proxy ",       "Pausing proxy ",
        "Enabling proxy ",     "Scheduling a soft-stop in ",
        "Grace period expired, proceeding with soft-stop",
        "soft-stop running for too long",              "Some tasks resisted to hard-stop",
        "Connect() failed for backend ",               "SIGHUP: ",
        "SIGHUP received, dumping servers states",
    };
    static const char *const proxy_said[] = {
        "started.", "stopped (cumulated conns: ", "stopped (FE: ", "hard-stopped (",
        "reached process FD limit", "reached system FD limit", "reached system memory limit",
        "reached the configured maximum connection limit",
    };
    struct pmt_cursor c = pmt_cursor(text);
    struct pmt_slice name;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (pmt_slice_starts(text, starts[i]))
            return true;
    if (!pmt_cur_lit(&c, "Proxy ") || !pmt_cur_until(&c, ' ', &name))
        return false;
    for (size_t i = 0; i < sizeof proxy_said / sizeof *proxy_said; i++)
        if (pmt_slice_starts(pmt_cur_rest(&c), proxy_said[i]))
            return true;
    return false;
}

/* "haproxy[76]: " in front where the rest of the envelope was left out. */
static bool read_tag(struct pmt_cursor *c, int64_t *pid)
{
    struct pmt_cursor t = *c;
    if (!pmt_cur_lit(&t, "haproxy[") || !pmt_cur_digits(&t, 1, 10, pid) || !pmt_cur_lit(&t, "]:"))
        return false;
    pmt_cur_blanks(&t);
    *c = t;
    return true;
}

static enum pmt_verdict parse_bare(struct pmt_slice line, struct pmt_record *rec,
                                   struct pmt_reject *why)
{
    struct pmt_cursor c = pmt_cursor(line);
    struct label label = {PMT_SEV_UNKNOWN, -1};
    bool labelled = read_label(&c, &label);
    struct pmt_slice text = pmt_slice_trim(pmt_cur_rest(&c));
    if (!text.n)
        return foreign(why, "nothing is said", (size_t)(c.p - line.p));
    enum pmt_verdict v = pmt_haproxy_state(text, rec, why);
    if (v == PMT_FOREIGN && (labelled || is_process_line(text))) {
        rec->kind = PMT_OTHER;
        rec->message = text;
        v = PMT_RECORD;
    }
    if (v == PMT_FOREIGN)
        return pmt_haproxy_request(line, rec, why);
    /* Without an envelope nobody else names the program, and the rules ask for it. */
    rec->program = PMT_SLICE("haproxy");
    take_label(&label, rec);
    return v;
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_cursor c = pmt_cursor(line);
    int64_t pid;
    if (pmt_cur_end(&c) || *c.p != 'h' || !read_tag(&c, &pid))
        return parse_bare(line, rec, why);
    enum pmt_verdict v = parse_bare(pmt_cur_rest(&c), rec, why);
    if (v == PMT_FOREIGN) {
        why->column += (size_t)(c.p - line.p);
    } else {
        rec->program = PMT_SLICE("haproxy");
        rec->pid = pid;
    }
    return v;
}

/* Behind an envelope what the process says of itself is free text like any program's. */
static enum pmt_verdict parse_message(struct pmt_slice message, struct pmt_record *rec,
                                      struct pmt_reject *why)
{
    struct pmt_cursor c = pmt_cursor(message);
    struct label label = {PMT_SEV_UNKNOWN, -1};
    bool labelled = read_label(&c, &label);
    struct pmt_slice text = pmt_slice_trim(pmt_cur_rest(&c));
    enum pmt_verdict v = pmt_haproxy_state(text, rec, why);
    if (v == PMT_FOREIGN && !labelled)
        return pmt_haproxy_request(message, rec, why);
    if (v == PMT_FOREIGN && text.n) {
        rec->kind = PMT_SYSLOG;
        rec->message = text;
        v = PMT_RECORD;
    }
    if (v != PMT_FOREIGN)
        take_label(&label, rec);
    return v;
}

static const char *const programs[] = {"haproxy", "hapee-lb", NULL};

const struct pmt_parser pmt_parser_haproxy = {
    .name = "haproxy",
    .summary = "HAProxy: requests (httplog, tcplog, clf), server states, process notices",
    .layer = PMT_LAYER_HAPROXY,
    .programs = programs,
    .parse = parse,
    .parse_message = parse_message,
    .samples = pmt_haproxy_samples,
};
