#include "report_parts.h"

#include <stdlib.h>

/* Commands that looked at the network: a lead that was followed. Whether it was a wrong one people
 * know; that no network error is logged the logs tell. */

static const char *const tools[] = {
    "tcpdump", "tshark", "ngrep", "mtr", "mtr-packet", "ping", "ping6", "fping", "hping3",
    "traceroute", "tracepath", "ip", "ifconfig", "route", "ss", "netstat", "lsof", "ethtool", "arp",
    "arping", "dig", "nslookup", "host", "nmap", "iperf", "iperf3", "conntrack", "iftop", "nethogs",
    NULL};

enum { TOOLS_NAMED = 4, HOSTS_NAMED = 3 };

static bool is_tool(struct pmt_slice program)
{
    for (size_t i = 0; tools[i]; i++)
        if (pmt_slice_is(program, tools[i]))
            return true;
    return false;
}

struct names {
    struct pmt_slice v[TOOLS_NAMED];
    size_t n, more;
};

static void add_name(struct names *to, struct pmt_slice name, size_t max)
{
    for (size_t i = 0; i < to->n; i++)
        if (pmt_slice_eq(to->v[i], name))
            return;
    if (to->n < max)
        to->v[to->n++] = name;
    else
        to->more++;
}

static const char *list_of(struct pmt_report *r, const struct names *names)
{
    struct pmt_buf b = {0};
    for (size_t i = 0; i < names->n; i++) {
        bool last = i + 1 == names->n && !names->more;
        pmt_buf_puts(&b, !i ? "" : last ? " and " : ", ");
        pmt_buf_puts(&b, PMT_CODE_ON);
        pmt_put_clean(&b, names->v[i], 60);
        pmt_buf_puts(&b, PMT_CODE_OFF);
    }
    if (names->more)
        pmt_buf_puts(&b, " and more");
    return pmt_report_keep(r, &b);
}

/* Would these logs tell of network errors, and do they tell of none? */
static bool no_network_errors(const struct pmt_builder *b)
{
    struct pmt_searched s;
    if (!pmt_report_search(b->r, b->in, PMT_SORT_KERNEL, b->start, b->end, &s) || !s.logs)
        return false;
    for (size_t i = 0; i < b->in->facts->n; i++) {
        const struct pmt_fact *f = &b->in->facts->items[i];
        if (f->mark->event == PMT_EV_NETWORK && f->t >= b->start - PMT_HOUR && f->t <= b->end)
            return false;
    }
    return true;
}

void pmt_report_tell_looks(struct pmt_builder *b)
{
    struct names programs = {.n = 0}, hosts = {.n = 0};
    const struct pmt_fact *first = NULL, *last = NULL;
    for (size_t i = 0; i < b->in->facts->n; i++) {
        const struct pmt_fact *f = &b->in->facts->items[i];
        if (f->mark->event != PMT_EV_OPERATOR || pmt_scope_of(b, f->t) != PMT_DURING ||
            !is_tool(f->mark->subject))
            continue;
        first = first ? first : f;
        last = f;
        add_name(&programs, f->mark->subject, TOOLS_NAMED);
        add_name(&hosts, f->host, HOSTS_NAMED);
    }
    if (programs.n < 2) /* one is no search */
        return;
    const char *none =
        no_network_errors(b) ? pmt_report_text(b->r, "no-network-errors", NULL, 0) : "";
    struct pmt_value v[] = {
        PMT_V("list", list_of(b->r, &programs)), PMT_V("host", list_of(b->r, &hosts)),
        PMT_V("to", pmt_report_beside(b->r, last->t, first->t)), PMT_V("none", none)};
    struct pmt_event_entry *e =
        pmt_report_entry(b->r, first->t, first->mark->decimals, "operator_action",
                         pmt_report_text(b->r, "network-tools", v, PMT_COUNT(v)), 93);
    e->host = first->host;
    pmt_report_cite_fact(b->r, b->in, first, &e->cites);
    pmt_report_cite_fact(b->r, b->in, last, &e->cites);
}
