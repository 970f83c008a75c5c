#include "redact_passes.h"

static const char redacted[] = "[redacted]";

enum {
    WORD_MAX = 256, /* how far back the beginning of a word is looked for */
    NAME_MAX_BYTES = 64,
};

/* ---- homes --------------------------------------------------------------------------------- */

/* Folders that hold one entry for each account. */
static const char *const homes[] = {
    "/home/",           "/Users/",          "/var/mail/",       "/var/spool/mail/",
    "/var/spool/cron/crontabs/",            "/var/spool/cron/tabs/",
    "/var/lib/systemd/linger/",             "/var/lib/AccountsService/users/",
};

static bool is_in_path(char c)
{
    return pmt_is_alnum(c) || (unsigned char)c >= 0x80 || memchr("._+@%\\-", c, 7);
}

/* A site may have pages below "/home/" and "/Users/": the target of a request, or what follows the
 * host of a URL, is no file. */
static bool is_of_url(struct pmt_slice in, size_t at)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
                                          "OPTIONS"};
    size_t word = at;
    while (word && at - word < WORD_MAX && !pmt_is_space(in.p[word - 1]) &&
           !memchr("\"'<(=,", in.p[word - 1], 6))
        word--;
    struct pmt_slice before = pmt_part(in, word, at);
    if (pmt_slice_find(before, "unix:")) /* nginx: "http://unix:/path/of/socket:/target" */
        return false;
    if (pmt_slice_find(before, "://"))
        return !pmt_stands(in, word, "file:");
    if (word != at || !at || in.p[at - 1] != ' ')
        return false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        size_t n = strlen(methods[i]);
        if (at > n && memcmp(in.p + at - 1 - n, methods[i], n) == 0)
            return true;
    }
    return false;
}

/* The name in "/home/NAME" or "/~NAME" at in[at] == '/', as [*begin, end); 0 when there is none. */
static size_t find_home(struct pmt_slice in, size_t at, bool url, size_t *begin)
{
    size_t p = 0;
    bool anywhere = pmt_stands(in, at, "/~");
    if (anywhere)
        p = at + 2;
    for (size_t i = 0; !p && !url && i < sizeof homes / sizeof *homes; i++)
        if (pmt_stands(in, at, homes[i]))
            p = at + strlen(homes[i]);
    size_t end = p;
    while (end && end < in.n && is_in_path(in.p[end]))
        end++;
    while (end > p && (in.p[end - 1] == '.' || in.p[end - 1] == '\\')) /* of the sentence */
        end--;
    if (!p || end == p || (!anywhere && is_of_url(in, at)))
        return 0;
    *begin = p;
    return pmt_slice_is(pmt_part(in, p, end), "root") ? 0 : end;
}

/* ---- units --------------------------------------------------------------------------------- */

/* Units of which there is one for each account (systemd.special(7), user@.service(5)), and of
 * programs that people run for themselves. */
static const char *const units[] = {
    "user@",    "user-runtime-dir@", "user-environment@", "syncthing@", "code-server@",
    "jupyter@", "tmux@",             "emacs@",            "podman@",    "rclone@",
    "mpd@",     "vncserver@",        "offlineimap@",      "screen@",    "user-",
};

/* The account in "user@NAME.service" and "user-NAME.slice" at in[at], where a word begins, as
 * [*begin, end); 0 when there is none. Numbers of accounts stay. */
static size_t find_unit(struct pmt_slice in, size_t at, size_t *begin)
{
    static const char *const ends[] = {".service", ".slice", ".socket", ".timer", ".scope"};
    size_t p = 0;
    for (size_t i = 0; !p && i < sizeof units / sizeof *units; i++)
        if (pmt_stands(in, at, units[i]))
            p = at + strlen(units[i]);
    size_t stop = p, digits = 0;
    while (p && stop < in.n && stop - p < NAME_MAX_BYTES && is_in_path(in.p[stop]))
        stop++;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct pmt_slice rest = pmt_part(in, p, stop);
        const char *dot = pmt_slice_find(rest, ends[i]);
        size_t end = dot ? (size_t)(dot - in.p) : 0;
        if (!dot || end == p)
            continue;
        for (size_t k = p; k < end; k++)
            digits += pmt_is_digit(in.p[k]);
        bool dashed = in.p[p - 1] == '-'; /* user-runtime-dir@1000.service is no account's */
        if (digits == end - p || (dashed && (i != 1 || memchr(in.p + p, '@', end - p))))
            return 0;
        *begin = p;
        return end;
    }
    return 0;
}

/* ---- hardware addresses and fingerprints ----------------------------------------------------- */

enum { PAIRS_MIN = 6 };

/* "00:11:22:33:44:55", with '-' too, and longer: in[at..end), or 0. */
static size_t pairs_end(struct pmt_slice in, size_t at)
{
    size_t n = 0, i = at;
    char sign = at + 2 < in.n ? in.p[at + 2] : '\0';
    if (sign != ':' && sign != '-')
        return 0;
    while (i + 1 < in.n && pmt_is_hex(in.p[i]) && pmt_is_hex(in.p[i + 1])) {
        n++;
        i += 2;
        if (i >= in.n || in.p[i] != sign)
            break;
        i++;
    }
    if (i > at && in.p[i - 1] == sign)
        i--;
    return n >= PAIRS_MIN && (i == in.n || !pmt_is_alnum(in.p[i])) ? i : 0;
}

/* "0011.2233.4455", as switches write it: in[at..end), or 0. */
static size_t triple_end(struct pmt_slice in, size_t at)
{
    enum { LENGTH = 14 };
    if (in.n - at < LENGTH)
        return 0;
    for (size_t i = 0; i < LENGTH; i++)
        if (i % 5 == 4 ? in.p[at + i] != '.' : !pmt_is_hex(in.p[at + i]))
            return 0;
    size_t end = at + LENGTH;
    return end == in.n || (!pmt_is_alnum(in.p[end]) && in.p[end] != '.') ? end : 0;
}

/* ---- credentials in front of a host -------------------------------------------------------- */

static bool is_login(char c)
{
    return pmt_is_alnum(c) || (unsigned char)c >= 0x80 ||
           memchr("._+%~!$^*#-", c, 11);
}

/* "user:password@host", "user:password@tcp(host)" without "://" in front: where the '@' stands that
 * ends them, or 0. An image has its digest there, a package its version. */
static size_t login_end(struct pmt_slice in, size_t at)
{
    static const char *const schemes[] = {"mailto:", "sip:", "sips:", "xmpp:", "acct:"};
    size_t colon = at;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (pmt_stands(in, at, schemes[i]))
            return 0;
    while (colon < in.n && is_login(in.p[colon]))
        colon++;
    if (colon == at || colon >= in.n || in.p[colon] != ':')
        return 0;
    size_t i = colon + 1;
    while (i < in.n && is_login(in.p[i]))
        i++;
    if (i == colon + 1 || i + 1 >= in.n || in.p[i] != '@' || pmt_stands(in, i, "@sha256:"))
        return 0;
    size_t host = i + 1, letters = 0, end = host;
    while (end < in.n && (pmt_is_alnum(in.p[end]) || memchr(".-_", in.p[end], 3)))
        letters += pmt_is_alpha(in.p[end++]);
    bool unit = pmt_slice_ends(pmt_part(in, host, end), ".service");
    return unit || (!letters && (end == host || in.p[end - 1] != '.') && end - host < 7) ? 0 : i;
}

/* "<bob@web-1>" of a mail server, whose host has no domain: where the name ends, or 0. */
static size_t angled_end(struct pmt_slice in, size_t at)
{
    size_t i = at + 1;
    while (i < in.n && (is_login(in.p[i]) || in.p[i] == '='))
        i++;
    return i > at + 1 && i + 1 < in.n && in.p[i] == '@' && pmt_is_alnum(in.p[i + 1]) ? i : 0;
}

/* ---- the pass ------------------------------------------------------------------------------ */

/* What goes at in[at], as [*begin, end); 0: nothing. */
static size_t find(struct pmt_slice in, size_t at, bool url, size_t *begin)
{
    static const char hook[] = "hooks.slack.com/services/";
    char c = in.p[at], before = at ? in.p[at - 1] : ' ';
    *begin = at;
    if (c == '/')
        return find_home(in, at, url, begin);
    if (c == '<') {
        *begin = at + 1;
        return angled_end(in, at);
    }
    if (pmt_is_alnum(before) || !pmt_is_alnum(c))
        return 0;
    size_t end = find_unit(in, at, begin);
    if (!end && pmt_is_hex(c) && before != ':' && before != '-' && before != '.') {
        end = pairs_end(in, at);
        end = end ? end : triple_end(in, at);
    }
    if (!end && c == 'h' && pmt_stands(in, at, hook)) {
        *begin = end = at + sizeof hook - 1;
        while (end < in.n && (pmt_is_alnum(in.p[end]) || in.p[end] == '/'))
            end++;
        end = end > *begin ? end : 0;
    }
    return end;
}

static void redact(struct pmt_slice in, struct pmt_buf *out, bool url)
{
    size_t done = 0, login = 0; /* up to which no login begins: each run is looked at once */
    for (size_t i = 0; i < in.n;) {
        size_t begin = i, end = find(in, i, url, &begin);
        if (!end && i >= login && is_login(in.p[i]) && (!i || in.p[i - 1] != '/')) {
            end = login_end(in, i);
            login = i;
            while (login < in.n && is_login(in.p[login]))
                login++;
        }
        if (!end || pmt_stands(in, begin, redacted)) {
            i++;
            continue;
        }
        pmt_buf_slice(out, pmt_part(in, done, begin));
        pmt_buf_puts(out, redacted);
        i = done = end;
    }
    pmt_buf_slice(out, pmt_part(in, done, in.n));
}

void pmt_redact_places(struct pmt_slice in, struct pmt_buf *out)
{
    redact(in, out, false);
}

void pmt_redact_places_of_url(struct pmt_slice in, struct pmt_buf *out)
{
    redact(in, out, true);
}
