#include "redact_passes.h"

static const char redacted[] = "[redacted]";

/* ---- tokens of well-known services --------------------------------------------------------- */

/* A fixed head and at least `least` bytes of [A-Za-z0-9] or `more` behind it. */
static const struct {
    const char *head;
    size_t least;
    const char *more;
} tokens[] = {
    {"eyJ", 16, "._-"}, /* JSON web token, RFC 7519: base64url of {"... */
    {"AKIA", 16, ""},   {"ASIA", 16, ""},   /* AWS access keys */
    {"ghp_", 16, "_"},  {"gho_", 16, "_"},  /* GitHub */
    {"ghu_", 16, "_"},  {"ghs_", 16, "_"},  {"ghr_", 16, "_"},
    {"github_pat_", 16, "_"},
    {"glpat-", 16, "_-"},                   /* GitLab */
    {"xoxa-", 8, "-"},  {"xoxb-", 8, "-"},  {"xoxp-", 8, "-"}, /* Slack */
    {"xoxr-", 8, "-"},  {"xoxs-", 8, "-"},  {"xoxe-", 8, "-"},
    {"sk_live_", 8, ""}, {"rk_live_", 8, ""}, {"sk_test_", 8, ""}, /* Stripe */
    {"sk-", 20, "_-"},
    {"AIza", 30, "_-"}, {"ya29.", 16, "_-."}, /* Google */
    {"xoxc-", 8, "-"},  {"xoxd-", 8, "-%"}, {"xapp-", 8, "-"},
    {"whsec_", 16, ""}, {"SG.", 16, "_-."}, /* Stripe, SendGrid */
    {"npm_", 16, ""},   {"pypi-", 16, "_-"},
    {"dop_v1_", 16, ""}, {"hvs.", 16, "_-"}, {"hf_", 16, ""},
};

static size_t token_end(struct pmt_slice in, size_t at)
{
    switch (in.p[at]) { /* the first letters of the heads */
    case 'e':
    case 'A':
    case 'g':
    case 'x':
    case 's':
    case 'r':
    case 'y':
    case 'w':
    case 'S':
    case 'n':
    case 'p':
    case 'd':
    case 'h':
        break;
    default:
        return 0;
    }
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        if (!pmt_stands(in, at, tokens[i].head))
            continue;
        size_t begin = at + strlen(tokens[i].head), end = begin;
        while (end < in.n && in.p[end] &&
               (pmt_is_alnum(in.p[end]) || strchr(tokens[i].more, in.p[end])))
            end++;
        while (end > begin && (in.p[end - 1] == '.' || in.p[end - 1] == '-'))
            end--;
        if (end - begin >= tokens[i].least)
            return end;
    }
    return 0;
}

/* ---- e-mail addresses ---------------------------------------------------------------------- */

static bool is_mail(char c)
{
    return pmt_is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '@';
}

/* Units of systemd look like addresses: "openvpn@client.service". */
static bool is_unit(struct pmt_slice domain)
{
    static const char *const types[] = {".service", ".socket", ".timer", ".target", ".mount",
                                        ".slice",   ".scope",  ".device", ".path",  ".swap"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (pmt_slice_ends(domain, types[i]))
            return true;
    }
    return false;
}

enum mail { NO_MAIL, MAIL, MAIL_AT_NUMBERS };

/* What the host of local@host is: a name with a top-level domain, or the four numbers of an
 * address, which are left to others. */
static enum mail mail_host(struct pmt_slice host)
{
    size_t dots = 0, last = 0, letters = 0, digits = 0;
    for (size_t i = 0; i < host.n; i++) {
        digits += pmt_is_digit(host.p[i]);
        if (host.p[i] == '.') {
            dots++;
            last = i + 1;
            letters = 0;
        } else {
            letters += pmt_is_alpha(host.p[i]);
        }
    }
    if (!dots || is_unit(host))
        return NO_MAIL;
    if (letters >= 2 && letters == host.n - last)
        return MAIL;
    return dots == 3 && digits + dots == host.n ? MAIL_AT_NUMBERS : NO_MAIL;
}

/* Is there "local@host.tld" or "local%40host.tld" at in[begin..end), all of it is_mail()? *at is
 * where the '@' stands, *stop where the host ends. */
static enum mail find_mail(struct pmt_slice in, size_t begin, size_t end, size_t *at, size_t *stop)
{
    for (size_t i = begin + 1; i < end; i++) {
        size_t host = in.p[i] == '@' ? i + 1 : pmt_stands(in, i, "%40") ? i + 3 : 0;
        if (!host || host >= end)
            continue;
        size_t h = host;
        while (h < end && (pmt_is_alnum(in.p[h]) || in.p[h] == '.' || in.p[h] == '-'))
            h++;
        size_t next = h;
        while (h > host && !pmt_is_alnum(in.p[h - 1]))
            h--;
        enum mail mail = mail_host(pmt_part(in, host, h));
        if (mail != NO_MAIL) {
            *at = i;
            *stop = h;
            return mail;
        }
        i = next - 1;
    }
    return NO_MAIL;
}

bool pmt_redact_is_mail(struct pmt_slice s)
{
    size_t at, stop;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_mail(s.p[i]))
            return false;
    }
    return s.n && find_mail(s, 0, s.n, &at, &stop) == MAIL && stop == s.n;
}

void pmt_redact_shapes(struct pmt_slice in, struct pmt_buf *out)
{
    size_t done = 0, i = 0;
    while (i < in.n) {
        if (!is_mail(in.p[i])) {
            i++;
            continue;
        }
        size_t end = i, stop = 0, at = 0;
        while (end < in.n && is_mail(in.p[end]))
            end++;
        enum mail mail = find_mail(in, i, end, &at, &stop);
        if (mail != NO_MAIL) {
            pmt_buf_slice(out, pmt_part(in, done, i));
            pmt_buf_puts(out, mail == MAIL ? "[e-mail]" : redacted);
            done = mail == MAIL ? stop : at;
            i = stop;
            continue;
        }
        for (size_t k = i; k < end;) {
            size_t next = k == i || !pmt_is_alnum(in.p[k - 1]) ? token_end(in, k) : 0;
            if (!next) {
                k++;
                continue;
            }
            pmt_buf_slice(out, pmt_part(in, done, k));
            pmt_buf_puts(out, redacted);
            done = k = next;
        }
        i = end;
    }
    pmt_buf_slice(out, pmt_part(in, done, in.n));
}

/* ---- long runs ----------------------------------------------------------------------------- */

enum { RUN_MIN = 32, UUID_LENGTH = 36 };

struct census {
    size_t hex, digits, upper, lower, plus;
    size_t other;   /* '_' and '-' */
    size_t changes; /* from one to another of: capital, small letter, digit */
};

static struct census count(struct pmt_slice s)
{
    struct census c = {0};
    int last = 0;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool capital = ch >= 'A' && ch <= 'Z';
        int sort = pmt_is_digit(ch) ? 1 : capital ? 2 : pmt_is_alpha(ch) ? 3 : 4;
        c.hex += pmt_is_hex(ch);
        c.digits += sort == 1;
        c.upper += sort == 2;
        c.lower += sort == 3;
        c.plus += ch == '+';
        c.other += ch == '_' || ch == '-';
        if (sort == 4)
            continue;
        c.changes += last && sort != last;
        last = sort;
    }
    return c;
}

/* Names that people give are long too, but they are words: capitals, small letters and digits
 * rarely alternate in them. In random base64 they do at three places of five, in random small
 * letters and digits at two of five. */
static bool looks_random(struct pmt_slice s)
{
    if (s.n < RUN_MIN)
        return false;
    struct census c = count(s);
    if (c.hex == s.n)
        return true;
    if (c.upper && c.lower && c.digits)
        return c.changes * 5 >= s.n * 2;
    return !c.other && c.digits >= 4 && c.changes * 5 >= s.n;
}

/* 8-4-4-4-12, RFC 9562 section 4 */
static bool is_uuid(struct pmt_slice in, size_t at)
{
    if (in.n - at < UUID_LENGTH)
        return false;
    for (size_t i = 0; i < UUID_LENGTH; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? in.p[at + i] != '-' : !pmt_is_hex(in.p[at + i]))
            return false;
    }
    return at + UUID_LENGTH == in.n || !pmt_is_alnum(in.p[at + UUID_LENGTH]);
}

static bool is_run(char c)
{
    return pmt_is_alnum(c) || c == '+' || c == '_' || c == '-';
}

/* Base64 with '/' in it, which paths have too: only with padding, '+' or "SHA256:" in front. The
 * end, padding included, of such a run at in[at..end), or 0. */
static size_t base64_end(struct pmt_slice in, size_t at, size_t end)
{
    struct pmt_slice s = pmt_part(in, at, end);
    if (s.n < RUN_MIN || s.p[0] == '/')
        return 0;
    size_t padded = end;
    while (padded < in.n && padded < end + 2 && in.p[padded] == '=')
        padded++;
    if (padded > end && padded < in.n && is_run(in.p[padded]))
        padded = end; /* name=value */
    struct census c = count(s);
    bool print = at >= 7 && pmt_stands(in, at - 7, "SHA256:");
    if (c.other || !c.upper || !c.lower || (c.digits < 2 && !print))
        return 0;
    return print || c.plus || padded > end ? padded : 0;
}

/* Replaces what goes in in[at..end), a run without '/'. */
static void put_run(struct pmt_buf *out, struct pmt_slice in, size_t at, size_t end)
{
    if (looks_random(pmt_part(in, at, end))) {
        /* A run of words with a UUID in it is mixed too; all of it goes. */
        pmt_buf_puts(out, redacted);
        return;
    }
    size_t done = at;
    for (size_t i = at; i < end; i++) {
        if ((i == at || !pmt_is_alnum(in.p[i - 1])) && is_uuid(in, i)) {
            pmt_buf_slice(out, pmt_part(in, done, i));
            pmt_buf_puts(out, redacted);
            done = i + UUID_LENGTH;
            i = done - 1;
        }
    }
    pmt_buf_slice(out, pmt_part(in, done, end));
}

void pmt_redact_runs(struct pmt_slice in, struct pmt_buf *out)
{
    size_t i = 0;
    while (i < in.n) {
        size_t end = i;
        while (end < in.n && (is_run(in.p[end]) || in.p[end] == '/'))
            end++;
        if (end == i) {
            while (end < in.n && !is_run(in.p[end]) && in.p[end] != '/')
                end++;
            pmt_buf_slice(out, pmt_part(in, i, end));
            i = end;
            continue;
        }
        size_t padded = base64_end(in, i, end);
        if (padded) {
            pmt_buf_puts(out, redacted);
            i = padded;
            continue;
        }
        while (i < end) {
            const char *slash = memchr(in.p + i, '/', end - i);
            size_t stop = slash ? (size_t)(slash - in.p) : end;
            put_run(out, in, i, stop);
            if (slash)
                pmt_buf_puts(out, "/");
            i = slash ? stop + 1 : end;
        }
    }
}
