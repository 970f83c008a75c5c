/* klog.c - what programs around Kubernetes, and glog's others, put before their messages.
 *
 * k8s.io/klog, klog.go (formatHeader), and glog before it:
 *
 *   Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg
 *
 * L is I, W, E or F; threadid is in fact the process, padded to seven. There is no year and no
 * zone. An ingress controller writes such lines between its nginx's.
 */
#include "pmt/parser.h"

static bool read_stamp(struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct pmt_cursor t = *c;
    int64_t month, day, hour, minute, second, us;
    if (!pmt_cur_digits(&t, 2, 2, &month) || !pmt_cur_digits(&t, 2, 2, &day) ||
        !pmt_cur_char(&t, ' ') || !pmt_cur_digits(&t, 2, 2, &hour) || !pmt_cur_char(&t, ':') ||
        !pmt_cur_digits(&t, 2, 2, &minute) || !pmt_cur_char(&t, ':') ||
        !pmt_cur_digits(&t, 2, 2, &second) || !pmt_cur_char(&t, '.') ||
        !pmt_cur_digits(&t, 6, 6, &us) || !pmt_civil_valid(PMT_PSEUDO_YEAR, (int)month, (int)day) ||
        hour > 23 || minute > 59 || second > 60)
        return false;
    int64_t days = pmt_days_from_civil(PMT_PSEUDO_YEAR, (int)month, (int)day);
    *ret = (struct pmt_stamp){.wall = days * PMT_DAY + hour * PMT_HOUR + minute * PMT_MINUTE +
                                      second * PMT_SECOND + us,
                              .how = PMT_STAMP_YEARLESS,
                              .decimals = 6};
    *c = t;
    return true;
}

static enum pmt_verdict parse(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    static const char letters[] = "IWEF";
    static const int8_t severities[] = {PMT_SEV_INFO, PMT_SEV_WARNING, PMT_SEV_ERR, PMT_SEV_CRIT};
    struct pmt_slice trimmed = pmt_slice_trim(line), place;
    struct pmt_cursor c = pmt_cursor(trimmed);
    struct pmt_stamp stamp;
    int64_t pid;
    *why = (struct pmt_reject){"no klog head", 0};
    const char *letter = trimmed.n ? memchr(letters, *c.p, sizeof letters - 1) : NULL;
    if (!letter)
        return PMT_FOREIGN;
    c.p++;
    if (!read_stamp(&c, &stamp) || !pmt_cur_char(&c, ' '))
        return PMT_FOREIGN;
    pmt_cur_blanks(&c);
    why->column = (size_t)(c.p - line.p);
    if (!pmt_cur_digits(&c, 1, 10, &pid) || !pmt_cur_char(&c, ' ') ||
        !pmt_cur_until_lit(&c, "] ", &place) || !place.n || memchr(place.p, ' ', place.n) ||
        !memchr(place.p, ':', place.n))
        return PMT_FOREIGN;
    rec->kind = PMT_OTHER;
    rec->severity = severities[letter - letters];
    rec->own = stamp;
    if (rec->pid < 0)
        rec->pid = pid;
    rec->message = pmt_cur_rest(&c);
    return PMT_RECORD;
}

static const struct pmt_sample samples[] = {
    {"W0226 12:00:07.118765       1 controller.go:1108] Service \"shop/web\" has no endpoints.",
     PMT_RECORD,
     "kind=other | ts=--02-26T12:00:07.118765 | severity=warning | pid=1 | message=Service "
     "\"shop/web\" has no endpoints."},
    {"I0229 23:59:59.000000 4242 main.go:7] ready", PMT_RECORD,
     "kind=other | ts=--02-29T23:59:59.000000 | severity=info | pid=4242 | message=ready"},
    {"F0226 12:00:07.118765       1 main.go:99] gone", PMT_RECORD, "severity=crit | message=gone"},
    {"E0230 12:00:07.118765       1 main.go:99] no such day", PMT_FOREIGN, ""},
    {"E0226 24:00:07.118765       1 main.go:99] no such hour", PMT_FOREIGN, ""},
    {"E0226 12:00:07.118765       1 main.go:99", PMT_FOREIGN, ""},
    {"X0226 12:00:07.118765       1 main.go:99] text", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};

const struct pmt_parser pmt_parser_klog = {
    .name = "klog",
    .summary = "logs of Kubernetes programs (klog, glog)",
    .layer = PMT_LAYER_NONE,
    .programs = NULL,
    .parse = parse,
    .parse_message = NULL,
    .samples = samples,
};
