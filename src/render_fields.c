#include "pmt/render_fields.h"

#include <stdlib.h>

enum {
    REMEMBERED = 8192, /* texts, a power of two; each of at most ... */
    TEXT_MAX = 300,    /* ... so many bytes */
};

struct memory {
    enum pmt_field_sort sort;
    bool server; /* a subject that is one */
    struct pmt_buf given, shown;
};

struct pmt_shown {
    struct pmt_redactor *redactor;
    bool off; /* it changes nothing */
    struct memory *memory;
    struct pmt_buf given, line, clean;
};

struct pmt_shown *pmt_shown_new(struct pmt_redactor *redactor)
{
    struct pmt_shown *s = pmt_alloc(sizeof *s);
    s->redactor = redactor;
    s->memory = pmt_alloc(REMEMBERED * sizeof *s->memory);
    pmt_redact_path(redactor, PMT_SLICE("/?x"), &s->clean);
    s->off = pmt_slice_is(pmt_buf_view(&s->clean), "/?x");
    return s;
}

void pmt_shown_free(struct pmt_shown *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < REMEMBERED; i++) {
        pmt_buf_fini(&s->memory[i].given);
        pmt_buf_fini(&s->memory[i].shown);
    }
    free(s->memory);
    pmt_buf_fini(&s->given);
    pmt_buf_fini(&s->line);
    pmt_buf_fini(&s->clean);
    free(s);
}

/* ---- what each sort loses ---------------------------------------------------------------- */

/* v as it is redacted where it stands between two texts of a log line, which tell what it is. */
static struct pmt_slice between(struct pmt_shown *s, const char *before, struct pmt_slice v,
                                const char *after)
{
    pmt_buf_clear(&s->line);
    pmt_buf_puts(&s->line, before);
    pmt_buf_slice(&s->line, v);
    pmt_buf_puts(&s->line, after);
    pmt_redact_line(s->redactor, pmt_buf_view(&s->line), &s->clean);
    struct pmt_slice all = pmt_buf_view(&s->clean);
    if (pmt_slice_starts(all, before))
        all = pmt_slice(all.p + strlen(before), all.n - strlen(before));
    if (pmt_slice_ends(all, after))
        all.n -= strlen(after);
    return all;
}

/* Each of a list is somebody's address, whatever it looks like. */
static struct pmt_slice clients(struct pmt_shown *s, struct pmt_slice v)
{
    struct pmt_cursor c = pmt_cursor(v);
    struct pmt_slice one;
    for (bool first = true; !pmt_cur_end(&c); first = false) {
        if (!pmt_cur_until(&c, ',', &one)) {
            one = pmt_cur_rest(&c);
            c.p = c.end;
        }
        pmt_buf_puts(&s->clean, first ? "" : ", ");
        pmt_redact_client(s->redactor, pmt_slice_trim(one), &s->clean);
    }
    return pmt_buf_view(&s->clean);
}

static struct pmt_slice redact(struct pmt_shown *s, enum pmt_field_sort sort, bool server,
                               struct pmt_slice v)
{
    pmt_buf_clear(&s->clean);
    switch (sort) {
    case PMT_SORT_WORD: return v;
    /* Names of servers and services stay, with their addresses; a path of a socket may hold an
     * account, and anything may stand where a name should. */
    case PMT_SORT_NAME: return between(s, "server: ", v, "");
    case PMT_SORT_SUBJECT:
        return server ? between(s, "upstream: \"http://", v, "/\"") : between(s, "about ", v, "");
    case PMT_SORT_CLIENTS: return clients(s, v);
    case PMT_SORT_CLIENT: pmt_redact_client(s->redactor, v, &s->clean); break;
    case PMT_SORT_PATH: pmt_redact_path(s->redactor, v, &s->clean); break;
    case PMT_SORT_TEXT: pmt_redact_line(s->redactor, v, &s->clean); break;
    }
    return pmt_buf_view(&s->clean);
}

/* ---- what is remembered ------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "Chrome/110.0.0.0": a product, which stands alone in front of its version. */
static bool is_version(struct pmt_slice v, size_t at)
{
    size_t name = at - 1;
    while (name > 0 && v.p[name - 1] != '/' && v.p[name - 1] != ' ' && v.p[name - 1] != '(')
        name--;
    return name < at - 1 && (name == 0 || v.p[name - 1] != '/');
}

/* Could it hold an address? A private one is shown until a client is known by it. */
static bool may_hold_address(struct pmt_slice v)
{
    size_t colons = 0;
    for (size_t i = 0; i < v.n; i++) {
        colons += v.p[i] == ':';
        if (!is_digit(v.p[i]) || (i && (is_digit(v.p[i - 1]) || v.p[i - 1] == '.')))
            continue;
        size_t dots = 0, end = i;
        for (; end < v.n && (is_digit(v.p[end]) || v.p[end] == '.'); end++)
            dots += v.p[end] == '.';
        if (dots >= 3 && !(i && v.p[i - 1] == '/' && is_version(v, i)))
            return true;
    }
    return colons > 1;
}

static bool is_remembered(const struct memory *m, enum pmt_field_sort sort, bool server,
                          struct pmt_slice v)
{
    return m->sort == sort && m->server == server && m->given.n == v.n &&
           memcmp(m->given.data, v.p, v.n) == 0;
}

/* A path whose query goes anyway: with another one. */
static struct pmt_slice without_query(struct pmt_shown *s, struct pmt_slice path)
{
    const char *query = memchr(path.p, '?', path.n);
    if (!query || query + 1 == path.p + path.n)
        return path;
    pmt_buf_clear(&s->given);
    pmt_buf_put(&s->given, path.p, (size_t)(query - path.p));
    pmt_buf_puts(&s->given, "?-");
    return pmt_buf_view(&s->given);
}

struct pmt_slice pmt_shown_text(struct pmt_shown *s, const struct pmt_record *rec,
                                const struct pmt_field *field, struct pmt_slice v)
{
    enum pmt_field_sort sort = field->sort;
    bool server = sort == PMT_SORT_SUBJECT &&
                  (rec->event == PMT_EV_UPSTREAM || rec->event == PMT_EV_NO_SERVER ||
                   rec->event == PMT_EV_SERVER_OUT);
    if (s->off || sort == PMT_SORT_WORD || !v.n)
        return v;
    if (sort == PMT_SORT_PATH)
        v = without_query(s, v);
    if (v.n > TEXT_MAX || sort == PMT_SORT_CLIENT || sort == PMT_SORT_CLIENTS)
        return redact(s, sort, server, v);
    struct memory *m = &s->memory[pmt_hash(v.p, v.n, sort) & (REMEMBERED - 1)];
    if (is_remembered(m, sort, server, v))
        return pmt_buf_view(&m->shown);
    struct pmt_slice shown = redact(s, sort, server, v);
    if (may_hold_address(v))
        return shown;
    m->sort = sort;
    m->server = server;
    pmt_buf_clear(&m->given);
    pmt_buf_slice(&m->given, v);
    pmt_buf_clear(&m->shown);
    pmt_buf_slice(&m->shown, shown);
    return pmt_buf_view(&m->shown);
}
