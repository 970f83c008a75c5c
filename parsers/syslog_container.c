/* syslog_container.c - what container engines put around the lines of a program.
 *
 *   2026-11-21T00:27:10.203456789Z <line>             docker logs -t, kubectl logs --timestamps
 *   2026-11-21T00:27:10.203456789Z stdout F <line>    files of containerd and CRI-O: the stream,
 *                                                     F for a full line, P for a part of one
 *   web-1  | <line>                                   docker compose logs
 *   [pod/web-7c5b/nginx] <line>                       kubectl logs --prefix
 *
 * HAProxy's `log stdout format iso` and `timed` look like the first, with a priority or without.
 * The line inside is read as if it stood in a file of its own.
 */
#include "syslog.h"

static bool take(const struct pmt_parser *p, struct pmt_slice line, struct pmt_record *rec,
                 enum pmt_verdict *v)
{
    struct pmt_record r = *rec;
    struct pmt_reject ignored;
    *v = pmt_parser_line(p, line, &r, &ignored);
    if (*v == PMT_FOREIGN)
        return false;
    r.reader = p;
    *rec = r;
    return true;
}

enum pmt_verdict pmt_syslog_bare(struct pmt_slice line, struct pmt_record *rec)
{
    const struct pmt_own *own = rec->own_formats;
    enum pmt_verdict v;
    line = pmt_slice_trim(line);
    if (!line.n)
        return PMT_FOREIGN;
    for (size_t i = 0; own && i < own->before; i++)
        if (take(own->items[i], line, rec, &v))
            return v;
    for (const struct pmt_parser *const *p = pmt_parsers; *p; p++)
        if (*p != &pmt_parser_syslog && take(*p, line, rec, &v))
            return v;
    for (size_t i = own ? own->before : 0; own && i < own->n; i++)
        if (take(own->items[i], line, rec, &v))
            return v;
    return PMT_FOREIGN;
}

bool pmt_syslog_is_cri(struct pmt_cursor *c, const struct pmt_record *rec)
{
    struct pmt_cursor t = *c;
    if (rec->head.how != PMT_STAMP_ZONED ||
        (!pmt_cur_lit(&t, "stdout ") && !pmt_cur_lit(&t, "stderr ")) ||
        (!pmt_cur_char(&t, 'F') && !pmt_cur_char(&t, 'P')) ||
        (!pmt_cur_end(&t) && !pmt_cur_char(&t, ' ')))
        return false;
    *c = t;
    return true;
}

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.';
}

static bool read_name(struct pmt_cursor *c, struct pmt_slice *ret)
{
    const char *from = c->p;
    while (c->p < c->end && is_name(*c->p))
        c->p++;
    *ret = pmt_slice(from, (size_t)(c->p - from));
    return ret->n;
}

/* On a terminal docker compose colours the name: "\033[36mweb-1  |\033[0m ". */
static void skip_colour(struct pmt_cursor *c)
{
    struct pmt_cursor t = *c;
    int64_t ignored;
    if (!pmt_cur_lit(&t, "\033["))
        return;
    while (pmt_cur_digits(&t, 1, 3, &ignored) && pmt_cur_char(&t, ';'))
        ;
    if (pmt_cur_char(&t, 'm'))
        *c = t;
}

bool pmt_syslog_is_composed(struct pmt_slice *line, struct pmt_slice *host)
{
    struct pmt_cursor c = pmt_cursor(*line);
    struct pmt_slice name, ignored;
    skip_colour(&c);
    if (pmt_cur_lit(&c, "[pod/")) {
        if (!read_name(&c, &name) || !pmt_cur_char(&c, '/') || !read_name(&c, &ignored) ||
            !pmt_cur_lit(&c, "] "))
            return false;
    } else {
        if (!read_name(&c, &name) || !pmt_cur_char(&c, ' '))
            return false;
        pmt_cur_blanks(&c);
        if (!pmt_cur_char(&c, '|'))
            return false;
        skip_colour(&c);
        if (!pmt_cur_char(&c, ' '))
            return false;
    }
    *host = name;
    *line = pmt_cur_rest(&c);
    return true;
}
