#include "template_program.h"

/* What a field that was found can be at all. A line with one that cannot is another format's, or
 * broken; nothing of it is bent into something possible. */

static bool is_number(struct pmt_slice s)
{
    struct pmt_cursor c = pmt_cursor(s);
    int64_t ignored;
    if (!s.n || (s.n == 1 && *s.p == '-'))
        return true;
    if (!pmt_cur_char(&c, '+'))
        pmt_cur_char(&c, '-');
    bool digits = false;
    while (pmt_cur_digits(&c, 1, 18, &ignored))
        digits = true;
    if (digits && pmt_cur_char(&c, '.'))
        while (pmt_cur_digits(&c, 1, 18, &ignored))
            ;
    return digits && pmt_cur_end(&c);
}

/* nginx always writes three decimals. */
static bool is_seconds(struct pmt_slice s)
{
    return !s.n || pmt_slice_is(s, "-") || (s.n > 4 && s.p[s.n - 4] == '.');
}

/* "a, b : c": a blank stands behind a comma or around a colon only. */
static bool is_list(struct pmt_slice s, bool of_numbers)
{
    for (size_t i = 0; i < s.n; i++) {
        char before = i ? s.p[i - 1] : 0, behind = i + 1 < s.n ? s.p[i + 1] : 0;
        if (s.p[i] == ' ' && before != ',' && before != ':' && behind != ':')
            return false;
        if (of_numbers && !memchr("0123456789.,:- ", s.p[i], 15))
            return false;
    }
    return true;
}

static bool is_said(struct pmt_slice s)
{
    return s.n && !pmt_slice_is(s, "-");
}

/* Letters, digits, and what stands in names, addresses and paths of sockets. */
static bool is_word(struct pmt_slice s, const char *marks)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c >= 0x80;
        if (!plain && !strchr(marks, c))
            return false;
    }
    return true;
}

bool pmt_may_be_client(struct pmt_slice s)
{
    return is_word(s, ".:-_[]%");
}

/* Not an IPv4 address with a port: none was to be there. */
static bool is_client(struct pmt_slice s)
{
    const char *colon = memchr(s.p, ':', s.n);
    bool port = colon && memchr(s.p, '.', (size_t)(colon - s.p)) &&
                !memchr(colon + 1, ':', (size_t)(s.p + s.n - colon - 1));
    return pmt_may_be_client(s) && !port;
}

static bool is_client_port(struct pmt_slice s)
{
    return is_word(s, ".:-_[]%/");
}

bool pmt_may_be_host(struct pmt_slice s)
{
    return is_word(s, ".:-_[]*");
}

/* RFC 9110 5.6.2 token; HAProxy's "<BADREQ>" */
static bool is_method(struct pmt_slice s)
{
    return is_word(s, "!#$%&'*+-.^_`|~<>");
}

/* "/a?b", "*", "http://host/a", "host:443", "host/a", "<BADREQ>"; not a whole request line. */
static bool is_path(struct pmt_slice s)
{
    struct pmt_cursor c = pmt_cursor(s), t = c;
    struct pmt_slice host;
    int64_t port;
    if (pmt_slice_find(s, " HTTP/"))
        return false;
    if (*s.p == '/' || *s.p == '*' || *s.p == '<' || *s.p == '?' || pmt_slice_find(s, "://"))
        return true;
    if (pmt_cur_until(&t, '/', &host) && memchr(host.p, '.', host.n) && pmt_may_be_host(host))
        return true;
    return pmt_cur_until(&c, ':', &host) && pmt_cur_digits(&c, 1, 5, &port) && pmt_cur_end(&c);
}

/* What a client sent and was refused for may be anything. */
static bool is_refused(int64_t status, struct pmt_slice s)
{
    return status >= 400 && status < 500 && !memchr(s.p, ' ', s.n);
}

/* "192.0.2.7, 198.51.100.1" with a blank behind it: its own blanks stand behind commas, and it does
 * not end in one. */
static bool is_cut_list(const struct pmt_template *t, const struct pmt_found *f)
{
    struct pmt_slice s = f->seen >> MEANS_FORWARDED & 1 ? f->text[MEANS_FORWARDED] : PMT_NO_SLICE;
    bool cut = pmt_slice_ends(s, ",");
    for (size_t i = 1; i < s.n && !cut; i++)
        cut = s.p[i] == ' ' && s.p[i - 1] != ',';
    for (size_t i = 0; cut && i < t->n; i++)
        if (t->ops[i].meaning == MEANS_FORWARDED)
            return t->ops[i + 1].lit_n && *t->ops[i + 1].lit == ' ';
    return false;
}

static const struct {
    enum pmt_meaning meaning;
    bool (*is)(struct pmt_slice s);
} words[] = {
    {MEANS_CLIENT, is_client}, {MEANS_CLIENT_PORT, is_client_port}, {MEANS_VHOST, pmt_may_be_host},
    {MEANS_METHOD, is_method}, {MEANS_PATH, is_path},
};

static enum pmt_meaning impossible_list(const struct pmt_found *f)
{
    static const struct {
        enum pmt_meaning meaning;
        bool of_numbers;
    } lists[] = {
        {MEANS_UPSTREAM, false}, {MEANS_UPSTREAM_STATUS, true}, {MEANS_UPSTREAM_SECONDS, true}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (f->seen >> lists[i].meaning & 1 &&
            !is_list(f->text[lists[i].meaning], lists[i].of_numbers))
            return lists[i].meaning;
    return MEANS_NOTHING;
}

enum pmt_meaning pmt_found_impossible(const struct pmt_template *t, const struct pmt_found *f)
{
    static const enum pmt_meaning numbers[] = {
        MEANS_BYTES,        MEANS_SECONDS,        MEANS_MILLIS,          MEANS_TOTAL_MILLIS,
        MEANS_MICROS,       MEANS_QUEUE_MILLIS,   MEANS_CONNECT_MILLIS,  MEANS_RESPONSE_MILLIS,
        MEANS_RETRIES};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (f->seen >> numbers[i] & 1 && !is_number(f->text[numbers[i]]))
            return numbers[i];
    int64_t status = f->seen >> MEANS_STATUS & 1 ? f->number[MEANS_STATUS] : -1;
    if (status > 0 && status < 100)
        return MEANS_STATUS;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        enum pmt_meaning m = words[i].meaning;
        struct pmt_slice text = f->seen >> m & 1 ? f->text[m] : PMT_NO_SLICE;
        if (is_said(text) && !words[i].is(text) && !(m == MEANS_PATH && is_refused(status, text)))
            return m;
    }
    if (t->dialect == PMT_DIALECT_NGINX && f->seen >> MEANS_SECONDS & 1 &&
        !is_seconds(f->text[MEANS_SECONDS]))
        return MEANS_SECONDS;
    return is_cut_list(t, f) ? MEANS_FORWARDED : impossible_list(f);
}
