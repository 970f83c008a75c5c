#include "redact_passes.h"

static const char redacted[] = "[redacted]";

/* ---- HAProxy's captures -------------------------------------------------------------------- */

enum { TOKENS_MAX = 64 };

/* "12/3/0/1/+2" with `want` numbers: HAProxy's counters of connections and of queues. */
static bool is_counters(struct pmt_slice s, int want)
{
    struct pmt_cursor c = pmt_cursor(s);
    for (int i = 0; i < want; i++) {
        int64_t v;
        if (i && !pmt_cur_char(&c, '/'))
            return false;
        (void)pmt_cur_char(&c, '+');
        if (!pmt_cur_digits(&c, 1, 18, &v))
            return false;
    }
    return pmt_cur_end(&c);
}

/* "SESSION=abc" becomes "SESSION=[redacted]"; "-" is no cookie. */
static void put_cookie(struct pmt_buf *out, struct pmt_slice s)
{
    const char *eq = s.n ? memchr(s.p, '=', s.n) : NULL;
    if (pmt_slice_is(s, "-")) {
        pmt_buf_slice(out, s);
        return;
    }
    if (eq)
        pmt_buf_put(out, s.p, (size_t)(eq + 1 - s.p));
    pmt_buf_puts(out, redacted);
}

/* httplog, HAProxy configuration manual 8.2.3:
 *   ... status bytes CC CS tsc ac/fc/bc/sc/rc sq/bq {request headers} {response headers} "request"
 * CC and CS are captured cookies. A brace group may hold blanks; a '}' in it is written #7D. */
void pmt_redact_captures(struct pmt_slice in, struct pmt_buf *out)
{
    struct pmt_slice t[TOKENS_MAX];
    size_t n = 0, at = 0;
    while (n < TOKENS_MAX && at < in.n) {
        const char *blank = memchr(in.p + at, ' ', in.n - at);
        size_t end = blank ? (size_t)(blank - in.p) : in.n;
        t[n++] = pmt_part(in, at, end);
        at = end + 1;
    }
    size_t k = 3;
    while (k + 1 < n && !(t[k - 1].n == 4 && is_counters(t[k], 5) && is_counters(t[k + 1], 2)))
        k++;
    if (k + 1 >= n) {
        pmt_buf_slice(out, in);
        return;
    }
    pmt_buf_put(out, in.p, (size_t)(t[k - 3].p - in.p));
    put_cookie(out, t[k - 3]);
    pmt_buf_puts(out, " ");
    put_cookie(out, t[k - 2]);
    size_t done = (size_t)(t[k - 2].p + t[k - 2].n - in.p);
    at = (size_t)(t[k + 1].p + t[k + 1].n - in.p);
    while (pmt_stands(in, at, " {")) {
        const char *close = memchr(in.p + at, '}', in.n - at);
        size_t end = close ? (size_t)(close - in.p) : in.n;
        pmt_buf_slice(out, pmt_part(in, done, at + 2));
        if (end > at + 2)
            pmt_buf_puts(out, redacted);
        if (!close) /* the line was cut in the middle of the group */
            pmt_buf_puts(out, "}");
        done = end;
        at = close ? end + 1 : in.n;
    }
    pmt_buf_slice(out, pmt_part(in, done, in.n));
}

/* ---- query strings ------------------------------------------------------------------------- */

/* Where the quoted text around a position ends, and in it the last " HTTP/": a request whose target
 * holds blanks ends there. Looked up once per quoted text, so that a line full of question marks
 * takes no longer. */
struct quoted {
    bool known;
    size_t quote; /* position of the closing '"', or the end of the line */
    size_t http;  /* position of " HTTP/", 0 when there is none */
};

static void look_up_quoted(struct pmt_slice in, size_t at, struct quoted *q)
{
    if (q->known && at <= q->quote)
        return;
    const char *quote = memchr(in.p + at, '"', in.n - at);
    *q = (struct quoted){.known = true, .quote = quote ? (size_t)(quote - in.p) : in.n};
    struct pmt_slice rest = pmt_part(in, at, q->quote);
    for (const char *p; quote && (p = pmt_slice_find(rest, " HTTP/"));) {
        q->http = (size_t)(p - in.p);
        rest = pmt_part(in, q->http + 1, q->quote);
    }
}

/* The end of what follows in[at] == '?', and whether it is a query: else the question mark was that
 * of a sentence, and only signs stand there. */
static size_t query_end(struct pmt_slice in, size_t at, struct quoted *q, bool *query)
{
    size_t end = at + 1;
    bool words = false;
    while (end < in.n && !pmt_is_space(in.p[end]) &&
           !(in.p[end] == '"' && in.p[end - 1] != '\\')) {
        words = words || !memchr(")]}>.,;:!?'", in.p[end], 11);
        end++;
    }
    *query = words;
    if (!words)
        return end;
    look_up_quoted(in, at, q);
    return q->http > end ? q->http : end;
}

/* ---- names and values ---------------------------------------------------------------------- */

enum secret {
    NOT_SECRET,
    VALUE,       /* name=value */
    VALUE_COLON, /* name: value too */
    HEADER,      /* Name: all of the rest; or as above */
    ACCOUNT,     /* name=account */
};

/* Names are compared without case, and '-' is as good as '_'. */
#define NAME(literal) literal, sizeof literal - 1
static const struct {
    const char *name;
    size_t n;
    bool whole; /* all of the name; else its end: "access_token", "X-Api-Key" */
    enum secret secret;
} secrets[] = {
    {NAME("authorization"), false, HEADER},
    {NAME("cookie"), false, HEADER},
    {NAME("api_key"), false, VALUE_COLON},
    {NAME("apikey"), false, VALUE_COLON},
    {NAME("access_key"), false, VALUE_COLON},
    {NAME("private_key"), false, VALUE_COLON},
    {NAME("token"), false, VALUE_COLON},
    {NAME("password"), false, VALUE_COLON},
    {NAME("passwd"), false, VALUE_COLON},
    {NAME("passphrase"), false, VALUE_COLON},
    {NAME("secret"), false, VALUE_COLON},
    {NAME("credential"), false, VALUE_COLON},
    {NAME("credentials"), false, VALUE_COLON},
    {NAME("signature"), false, VALUE_COLON},
    {NAME("sessionid"), false, VALUE_COLON},
    {NAME("session_id"), false, VALUE_COLON},
    {NAME("key"), false, VALUE},
    {NAME("pwd"), false, VALUE},
    {NAME("pass"), false, VALUE},
    {NAME("sid"), false, VALUE},
    {NAME("pin"), true, VALUE_COLON},
    {NAME("otp"), true, VALUE_COLON},
    {NAME("proctitle"), true, VALUE},
    {NAME("cmd"), true, VALUE},
    {NAME("sessid"), false, VALUE},
    {NAME("session"), false, VALUE},
    {NAME("auth"), false, VALUE},
    {NAME("jwt"), false, VALUE},
    {NAME("user"), true, ACCOUNT},
    {NAME("_user"), false, ACCOUNT},
    {NAME("pguser"), true, ACCOUNT},
    {NAME("ruser"), true, ACCOUNT},
    {NAME("owner"), true, ACCOUNT},
    {NAME("username"), false, ACCOUNT},
    {NAME("user_name"), true, ACCOUNT},
    {NAME("userid"), true, ACCOUNT},
    {NAME("logname"), true, ACCOUNT},
    {NAME("login"), true, ACCOUNT},
    {NAME("acct"), true, ACCOUNT},
    {NAME("account"), true, ACCOUNT},
};

static char fold(char c)
{
    return c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static enum secret secret_of(struct pmt_slice name)
{
    char last = fold(name.p[name.n - 1]);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        size_t n = secrets[i].n, k = 0;
        if (name.n < n || (secrets[i].whole && name.n != n) || secrets[i].name[n - 1] != last)
            continue;
        const char *tail = name.p + name.n - n;
        while (k < n && fold(tail[k]) == secrets[i].name[k])
            k++;
        if (k == n)
            return secrets[i].secret;
    }
    return NOT_SECRET;
}

struct value {
    size_t begin, end;
};

static size_t skip_blanks(struct pmt_slice in, size_t at)
{
    while (at < in.n && (in.p[at] == ' ' || in.p[at] == '\t'))
        at++;
    return at;
}

/* The sign between name and value, at or behind in[at]: where the value begins, or 0. Forms:
 * name=value, name = value, name: value, "name":"value", \"name\": \"value\", 'name' => 'value'. */
static size_t after_sign(struct pmt_slice in, size_t at, enum secret secret, bool *colon)
{
    size_t p = at;
    if (p < in.n && in.p[p] == '\\')
        p++;
    bool quoted = p < in.n && (in.p[p] == '"' || in.p[p] == '\'');
    p = quoted ? p + 1 : at;
    size_t sign = skip_blanks(in, p);
    if (sign >= in.n)
        return 0;
    *colon = in.p[sign] == ':';
    if (*colon ? !quoted && secret != VALUE_COLON && secret != HEADER : in.p[sign] != '=')
        return 0;
    size_t v = sign + 1;
    if (!*colon && v < in.n && in.p[v] == '>')
        v++;
    /* In "logname= uid=0" there is no value; in "token = x" and "token: x" there is. */
    return quoted || *colon || sign > p ? skip_blanks(in, v) : v;
}

/* Where the word at in[at] ends: at a blank, a NUL or one of `stops`. */
static size_t end_of_word(struct pmt_slice in, size_t at, const char *stops)
{
    while (at < in.n && !pmt_is_space(in.p[at]) && in.p[at] != '\0' && !strchr(stops, in.p[at]))
        at++;
    return at;
}

/* RFC 7235 2.1: the scheme in front of credentials. */
static bool is_scheme(struct pmt_slice word)
{
    static const char *const schemes[] = {"bearer", "basic", "digest"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t k = 0;
        while (k < word.n && schemes[i][k] && fold(word.p[k]) == schemes[i][k])
            k++;
        if (k == word.n && !schemes[i][k])
            return true;
    }
    return false;
}

/* In "token: Bearer abc" and "auth: token: abc" what looks like the value only introduces it. */
static bool is_label(struct pmt_slice word)
{
    return is_scheme(word) || (word.n && word.p[word.n - 1] == ':');
}

/* The value that begins at in[at]; false when it is empty. name: where its name begins; rest: it
 * is a header, whose value goes on to the end. */
static bool find_value(struct pmt_slice in, size_t name, size_t at, enum secret secret, bool rest,
                       struct value *ret)
{
    bool escaped = at + 1 < in.n && in.p[at] == '\\' && in.p[at + 1] == '"';
    size_t v = at + (escaped ? 1 : 0), end;
    if (!rest && v < in.n && (in.p[v] == '"' || in.p[v] == '\'')) {
        char quote = in.p[v++];
        end = v;
        while (end < in.n && !(in.p[end] == quote && (in.p[end - 1] == '\\') == escaped))
            end++;
        size_t behind = end + 1;
        if (escaped && end < in.n && end > v)
            end--;
        if (behind < in.n && memchr(":=", in.p[behind], 2)) /* a name with a value of its own */
            return false;
    } else if (rest) {
        char before = name ? in.p[name - 1] : '\0';
        const char *close = NULL;
        if ((before == '"' || before == '\'') && v < in.n && in.p[v] != before)
            close = memchr(in.p + v, before, in.n - v);
        end = close ? (size_t)(close - in.p) : in.n;
    } else {
        const char *stops = secret == ACCOUNT ? "\"'`&,;()[]{}" : "\"'`&";
        end = end_of_word(in, v, stops);
        for (size_t word = v; secret != ACCOUNT && is_label(pmt_part(in, word, end)) &&
                              end < in.n && pmt_is_space(in.p[end]);) {
            word = skip_blanks(in, end);
            end = end_of_word(in, word, stops);
        }
        if (end > v && end < in.n && memchr("\"'", in.p[end], 2) &&
            memchr(":=", in.p[end - 1], 2)) {
            const char *close = memchr(in.p + end + 1, in.p[end], in.n - end - 1);
            end = close ? (size_t)(close + 1 - in.p) : in.n; /* name='a b' */
        }
        if (secret != ACCOUNT && memchr(in.p + v, '?', end - v)) /* an address with its query */
            end = end_of_word(in, end, "\"'`");
        while (end > v && memchr(",;.)}", in.p[end - 1], 5))
            end--;
    }
    *ret = (struct value){v, end};
    return end > v;
}

/* "Bearer eyJ...", "Basic YWxh...": a word that looks like a credential, not like prose. */
static bool find_bearer(struct pmt_slice in, struct pmt_slice word, size_t at, struct value *ret)
{
    bool known = is_scheme(word) && at < in.n && in.p[at] == ' ';
    size_t end = at + 1;
    bool odd = false;
    for (; known && end < in.n; end++) {
        char c = in.p[end];
        if (!pmt_is_alnum(c) && !memchr("+/=._~-", c, 7))
            break;
        odd = odd || pmt_is_digit(c) || c == '=';
    }
    if (end < in.n && in.p[end - 1] == '=' && memchr("\"'", in.p[end], 2)) /* name='...' */
        return false;
    *ret = (struct value){at + 1, end};
    return odd && end - at > 8;
}

/* ---- the pass ------------------------------------------------------------------------------ */

static bool is_name(char c)
{
    return pmt_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* "user:password@" behind "://" at in[at]: where it ends, at the last '@' in front of the host. */
static size_t userinfo_end(struct pmt_slice in, size_t at)
{
    size_t end = 0;
    for (size_t i = at; i < in.n && !pmt_is_space(in.p[i]); i++) {
        if (memchr("/?#\"'<>\\", in.p[i], 8))
            break;
        if (in.p[i] == '@')
            end = i;
    }
    return end;
}

/* Looks at one name: true when a value is to go, *v says which, *account what it is. */
static bool examine(struct pmt_slice in, size_t begin, size_t end, struct value *v, bool *account)
{
    struct pmt_slice word = pmt_part(in, begin, end);
    enum secret secret = secret_of(word);
    *account = secret == ACCOUNT;
    if (secret != NOT_SECRET) {
        bool colon;
        size_t at = after_sign(in, end, secret, &colon);
        if (!at)
            return false;
        bool rest = secret == HEADER && colon && !memchr("\"'\\", in.p[end], 3);
        if (!find_value(in, begin, at, secret, rest, v))
            return false;
        struct pmt_slice text = pmt_part(in, v->begin, v->end);
        /* MySQL: "Access denied for user ... (using password: YES)" */
        return !pmt_slice_is(text, "YES") && !pmt_slice_is(text, "NO");
    }
    return find_bearer(in, word, end, v);
}

void pmt_redact_secrets(struct pmt_slice in, struct pmt_buf *out)
{
    struct quoted q = {0};
    size_t done = 0, i = 0;
    while (i < in.n) {
        char c = in.p[i];
        if (c == '?') {
            bool query;
            size_t end = query_end(in, i, &q, &query);
            if (query) {
                pmt_buf_slice(out, pmt_part(in, done, i + 1));
                pmt_buf_puts(out, redacted);
                done = end;
            }
            i = end;
        } else if (c == ':' && pmt_stands(in, i, "://")) {
            size_t end = userinfo_end(in, i + 3);
            if (end) {
                pmt_buf_slice(out, pmt_part(in, done, i + 3));
                pmt_buf_puts(out, redacted);
                done = end;
            }
            i = end ? end : i + 3;
        } else if (is_name(c)) {
            size_t end = i + 1;
            while (end < in.n && is_name(in.p[end]))
                end++;
            struct value v;
            bool account;
            if (examine(in, i, end, &v, &account)) {
                pmt_buf_slice(out, pmt_part(in, done, v.begin));
                if (account)
                    pmt_redact_put_account(out, pmt_part(in, v.begin, v.end));
                else
                    pmt_buf_puts(out, redacted);
                done = end = v.end;
            }
            i = end;
        } else {
            i++;
        }
    }
    pmt_buf_slice(out, pmt_part(in, done, in.n));
}
