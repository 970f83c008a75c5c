/* Every sentence of the draft. Observed facts in the past tense with the component as subject;
 * computed values carry (est.); what people know is a TODO. No cause, no blame, no person. */
#include "pmt/report.h"

#include <assert.h>

const struct pmt_phrase pmt_phrases[] = {
    /* title and banner */
    {"title", "{what} on {services}, {date}"},
    {"title-none", "no incident found"},
    {"banner-draft",
     "Draft written by `pm-timeline` from logs; not reviewed. `[E1]` cites the evidence table, "
     "(est.) marks a computed value, `TODO` is for people. Times are UTC."},
    {"banner-unredacted", "Not redacted: addresses, query strings and account names are as logged."},
    {"banner-zone",
     "The time zone of {n} of {all} sources is an assumption ({list}): check it in the sources "
     "table, and set it with `--assume-tz` where it is wrong."},
    {"banner-year", "The year of {list} is not shown by anything: its lines are left out. Give "
                    "`--year`."},
    {"banner-unread", "{n} of {all} lines ({pct}) were not understood; the sources table says where."},
    {"banner-damage", "{file}: {what}."},
    {"banner-window", "Only incidents between {from} and {to} are drafted and counted."},
    {"window-open", "the edge of the logs"},
    /* summary */
    {"duration", "{length} (est.), from {start} UTC{local-start} to {end} UTC{local-end}."},
    {"duration-ongoing",
     "at least {length} (est.), from {start} UTC{local-start}; ongoing at the end of the logs "
     "({end} UTC{local-end})."},
    {"began-before", "The logs begin during the incident: it may have started earlier."},
    {"bounds", "The last request that succeeded before is from {before}; the first after the end "
               "from {after}."},
    {"bounds-open", "The last request that succeeded before is from {before}."},
    {"quiet", "After the end the logs go on for {length} without another burst."},
    {"phases", "{list}."},
    {"phase-full", "{length} with nearly every request failing ({pct})"},
    {"phase-partial", "{length} with {pct} of the requests failing"},
    {"impact", "{failed} of {all} requests ({pct}) to {services} failed with a 5xx or without an "
               "answer."},
    {"impact-clients", "{affected} of {all} client addresses ({pct}) saw at least one failure; "
                       "addresses are not people."},
    {"impact-clients-about", "About {affected} of {all} client addresses ({pct}) saw at least one "
                             "failure (est., from a sample); addresses are not people."},
    {"impact-gave-up", "Clients left before the answer in {n} more requests."},
    {"impact-none", "Requests are not in these logs, so their number is unknown."},
    {"todo-impact", "TODO(impact): what did users experience?"},
    {"cause-removal", "Hypothesis, unconfirmed: {server} was out of {backend} for {length} before "
                      "the first failure."},
    {"cause-oom", "{host} ran short of memory during the incident."},
    {"todo-cause", "TODO(cause): confirm or replace."},
    {"todo-cause-none", "TODO(cause): these logs suggest none."},
    /* timeline */
    {"impact-start", "**Impact starts (est.)**: first failure of the burst."},
    {"impact-start-before", "**Impact had started (est.)**: the logs begin with failures."},
    {"impact-end", "**Impact ends (est.)**: last failure of the burst."},
    {"impact-ongoing", "**Impact goes on**: the last failure in these logs."},
    {"phase-change-partial", "The share of failing requests fell to {pct} (est.)."},
    {"phase-change-full", "Nearly every request failed from here on ({pct}, est.)."},
    {"server-down", "{server} of {backend} was marked DOWN{by}{reason}{left}."},
    {"server-maint", "{server} of {backend} was set to maintenance{by}{left}."},
    {"server-drain", "{server} of {backend} was set to drain{by}{left}."},
    {"server-up", "{server} of {backend} was back in service{by}{after}."},
    {"server-still-out", "{server} of {backend} left maintenance and did not take requests yet{by}."},
    {"server-back-traffic", "{server} of {backend} was given requests again (est., no state line){after}."},
    {"no-server", "{backend} had no server left{by}."},
    {"by-host", " on {host}"},
    {"reason", " ({reason})"},
    {"left", "; {n} active servers remained"},
    {"left-one", "; one active server remained"},
    {"left-none", "; no active server remained"},
    {"after-out", ", {length} after it went out"},
    {"no-return", "No return to service is in these logs."},
    {"many", "{sentence} ({n} times until {last})."},
    {"operator", "An operator ran {subject} on {host}."},
    {"commands", "An operator ran {subject} on {host}, and {n} more commands until {last}."},
    {"session", "First login on {host} after the impact started."},
    {"todo-detection", "TODO(detection) - When was it noticed, and how (alert, engineer, customer)?"},
    {"todo-investigation", "TODO(investigation) - What was looked at and suspected?"},
    {"todo-misleading", "TODO(misleading) - Which lead was followed and ruled out?"},
    {"todo-escalation", "TODO(escalation) - Which team was it escalated to?"},
    {"todo-resolution", "TODO(resolution) - Which action ended it?"},
    /* root cause and resolution */
    {"observed-removed", "{server} of {backend} was out from {from} to {to} ({length})."},
    {"observed-removed-open", "{server} of {backend} was out from {from} on; no return is in these "
                              "logs."},
    {"observed-events", "Between {from} and {to} these logs show {list}."},
    {"observed-order", "The order of events alone does not show what brought the failures about."},
    {"observed-nothing", "No state change, kill, restart or operator action near the incident is in "
                         "these logs."},
    {"resolution-last", "The last change in these logs up to the end: {sentence} That was {length} "
                        "before the last failure."},
    {"resolution-last-after", "The last change in these logs up to the end: {sentence} It was logged "
                              "{length} after the last failure."},
    {"resolution-redundancy", "All servers were back in service at {at}."},
    {"resolution-open", "Not all servers were back in service at the end of the logs."},
    {"resolution-none", "No change is in these logs shortly before the failures ended."},
    {"todo-fix", "TODO(fix): what was done, and what is permanent?"},
    /* measures */
    {"improve-redundancy", "Noticing a server that stays out of rotation."},
    {"improve-memory", "Noticing memory pressure before users do."},
    {"improve-errors", "Noticing failing requests sooner."},
    {"improve-limits", "Knowing the limits of connections and files before they are reached."},
    {"improve-storage", "Noticing disks that fill up."},
    {"improve-crash", "Noticing processes that die and come back."},
    {"todo-improve", "TODO(measures): what else should be better?"},
    {"task-redundancy", "Alert when {backend} has fewer active servers than usual for 15 minutes "
                        "({server}: out for {length})."},
    {"task-maintenance", "Give every maintenance of a server an end date, and alert when it passes."},
    {"task-memory", "Alert on memory above 90% on {host}, and cap the memory of {subject}."},
    {"task-errors", "Alert when more than 1% of requests fail for 5 minutes ({failed} failed here)."},
    {"task-limits", "Raise or watch the limit reported on {host}, with the figure from a load test."},
    {"task-storage", "Alert on disk space below 10% on {host}."},
    {"task-crash", "Find out why {subject} died on {host}, and alert on its restarts."},
    {"todo-tasks", "TODO(tasks): owner, due date and ticket for each."},
    /* none found */
    {"none-duration", "No incident was found in these logs."},
    {"none-span", "They cover {from} to {to} UTC; the sources table says which log covers what."},
    {"none-nothing-counted", "No access log or balancer log with requests was read, so failures of "
                             "requests could not be seen."},
    {"none-requests", "{failed} of {all} requests failed with a 5xx over that time ({pct}), without "
                      "a burst."},
    {"none-low", "{n} smaller findings are listed in the annex."},
    {NULL, NULL},
};

static void put_value(struct pmt_buf *b, const struct pmt_value *v)
{
    if (v->plain) {
        pmt_buf_slice(b, v->text);
        return;
    }
    pmt_buf_puts(b, PMT_CODE_ON);
    pmt_put_clean(b, v->text, 80);
    pmt_buf_puts(b, PMT_CODE_OFF);
}

/* In templates `x` is code and **x** is strong. */
void pmt_put_template(struct pmt_buf *b, const char *text, const struct pmt_value *values, size_t n)
{
    bool code = false, strong = false;
    for (const char *p = text; *p;) {
        if (*p == '`') {
            pmt_buf_puts(b, (code = !code) ? PMT_CODE_ON : PMT_CODE_OFF);
            p++;
        } else if (p[0] == '*' && p[1] == '*') {
            pmt_buf_puts(b, (strong = !strong) ? PMT_STRONG_ON : PMT_STRONG_OFF);
            p += 2;
        } else if (*p == '{' && strchr(p, '}')) {
            const char *end = strchr(p, '}');
            struct pmt_slice name = pmt_slice(p + 1, (size_t)(end - p - 1));
            for (size_t i = 0; i < n; i++)
                if (pmt_slice_is(name, values[i].name) && values[i].text.p)
                    put_value(b, &values[i]);
            p = end + 1;
        } else {
            size_t run = strcspn(p + 1, "`*{") + 1;
            pmt_buf_put(b, p, run);
            p += run;
        }
    }
}

void pmt_put_phrase(struct pmt_buf *b, const char *id, const struct pmt_value *values, size_t n)
{
    const struct pmt_phrase *p = pmt_phrases;
    while (p->id && strcmp(p->id, id) != 0)
        p++;
    assert(p->id);
    if (p->id)
        pmt_put_template(b, p->text, values, n);
}

void pmt_put_count(struct pmt_buf *b, uint64_t n)
{
    char digits[32];
    int len = 0;
    do {
        if (len % 4 == 3)
            digits[len++] = ',';
        digits[len++] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    while (len)
        pmt_buf_put(b, &digits[--len], 1);
}

void pmt_put_percent(struct pmt_buf *b, uint64_t part, uint64_t whole)
{
    if (!whole) {
        pmt_buf_puts(b, "unknown");
        return;
    }
    uint64_t tenths = (uint64_t)((double)part * 1000.0 / (double)whole + 0.5);
    if (part < whole && tenths >= 1000)
        tenths = 999;
    if (part && !tenths)
        pmt_buf_puts(b, "under 0.1%");
    else
        pmt_buf_printf(b, "%u.%u%%", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
}

/* Length of the UTF-8 sequence at p (RFC 3629), 0 when it is none. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xF0 && p[0] <= 0xF4 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC2 ? 2 : 0;
    if (p[0] > 0xF4 || !len || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return len;
}

void pmt_put_clean(struct pmt_buf *b, struct pmt_slice s, size_t max)
{
    size_t start = b->n;
    for (size_t i = 0; i < s.n;) {
        if (b->n - start >= max) {
            pmt_buf_puts(b, "\xE2\x80\xA6"); /* an ellipsis */
            return;
        }
        const unsigned char *p = (const unsigned char *)s.p + i;
        size_t len = utf8_length(p, s.n - i);
        /* Controls, C1 controls, and the marks that turn the direction of text. */
        bool bad = !len || p[0] < 0x20 || p[0] == 0x7F || (len == 2 && p[0] == 0xC2 && p[1] < 0xA0) ||
                   (len == 3 && p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0x8B && p[2] <= 0x8F) ||
                   (len == 3 && p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0xA8 && p[2] <= 0xAE) ||
                   (len == 3 && p[0] == 0xE2 && p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9);
        if (bad && len <= 1) {
            pmt_buf_printf(b, p[0] == '\t' ? " " : "\\x%02X", p[0]);
            i++;
        } else if (bad) {
            for (size_t k = 0; k < len; k++)
                pmt_buf_printf(b, "\\x%02X", p[k]);
            i += len;
        } else {
            pmt_buf_put(b, p, len);
            i += len;
        }
    }
}
