#include "template_program.h"

/* Whose format string it is. nginx's variables begin with "$". HAProxy's and Apache's begin with
 * "%" and share their letters ("%t %r %s" is either's); but HAProxy's names have up to three
 * letters and its expressions brackets, and Apache has a letter behind braces or modifiers. */

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool has_nginx_variable(const char *s)
{
    for (; (s = strchr(s, '$')); s++)
        if (s[1] == '{' || (is_name(s[1]) && !(s[1] >= '0' && s[1] <= '9')))
            return true;
    return false;
}

/* How many variables of one program the format has, and whether all are of it. */
struct fit {
    int known, unknown;
};

/* "%name", "%{+Q}name", "%(id)name", "%[expression]" */
static struct fit fit_haproxy(const char *s)
{
    struct fit f = {0, 0};
    for (; (s = strchr(s, '%')); s += *s != '\0') {
        if (*++s == '%')
            continue;
        if (*s == '(')
            s += strcspn(s, ")") + (strchr(s, ')') != NULL);
        bool flags = true;
        if (*s == '{') {
            size_t n = strcspn(s, "}");
            flags = s[1] == '+' || s[1] == '-';
            s += n + (s[n] == '}');
        }
        size_t n = 0;
        while (is_name(s[n]))
            n++;
        struct pmt_slice name = pmt_slice(s, n);
        bool known = flags && (*s == '[' || pmt_var_haproxy(name) || pmt_slice_is(name, "o"));
        f.known += known;
        f.unknown += !known;
    }
    return f;
}

/* "%h", "%>s", "%{Referer}i", "%^FB"; a second letter behind the first is none of Apache's. */
static struct fit fit_apache(const char *s)
{
    static const char letters[] = "aAbBCDeEfFhHiIklLmnoOpPqrRsStTuUvVX";
    struct fit f = {0, 0};
    for (; (s = strchr(s, '%')); s += *s != '\0') {
        if (*++s == '%')
            continue;
        s += strspn(s, "<>!,0123456789");
        if (*s == '{') {
            size_t n = strcspn(s, "}");
            s += n + (s[n] == '}');
        }
        bool known = *s == '^' || (*s && strchr(letters, *s) && !is_name(s[1]));
        f.known += known;
        f.unknown += !known;
    }
    return f;
}

static bool takes_prefix(const char *typed, const char *prefix, const char **format)
{
    size_t n = strlen(prefix);
    if (strncmp(typed, prefix, n) != 0)
        return false;
    *format = typed + n;
    return true;
}

/* nginx's own directive: log_format NAME [escape=...] FORMAT. How a line is escaped shows. */
static bool takes_escape(const char *typed, const char **format)
{
    return takes_prefix(typed, "escape=json ", format) ||
           takes_prefix(typed, "escape=default ", format) ||
           takes_prefix(typed, "escape=none ", format);
}

bool pmt_dialect_read(const char *typed, enum pmt_dialect *dialect, const char **format,
                      const char **why)
{
    *format = typed;
    if (takes_escape(typed, format) || takes_prefix(typed, "nginx:", format)) {
        (void)takes_escape(*format, format);
        *dialect = PMT_DIALECT_NGINX;
        return true;
    }
    if (takes_prefix(typed, "haproxy:", format)) {
        *dialect = PMT_DIALECT_HAPROXY;
        return true;
    }
    if (takes_prefix(typed, "apache:", format)) {
        *dialect = PMT_DIALECT_APACHE;
        return true;
    }
    bool nginx = has_nginx_variable(typed);
    struct fit haproxy = fit_haproxy(typed), apache = fit_apache(typed);
    /* Both programs know some letters: the names that only one has decide. */
    bool is_haproxy = haproxy.known && !haproxy.unknown;
    bool is_apache = apache.known && !apache.unknown;
    if (!is_haproxy && !is_apache) { /* a mistake in one place: what most of it is */
        is_haproxy = haproxy.known > apache.known;
        is_apache = apache.known > haproxy.known;
    }
    if (nginx + is_haproxy + is_apache != 1) {
        *why = nginx || is_haproxy || is_apache
                   ? "it is not clear whose format this is; write nginx:, haproxy: or apache: "
                     "before it"
                   : "there is no variable in this format: nginx's begin with \"$\", those of "
                     "HAProxy and Apache with \"%\"; is it quoted with '...' for the shell?";
        return false;
    }
    *dialect = nginx        ? PMT_DIALECT_NGINX
               : is_haproxy ? PMT_DIALECT_HAPROXY
                            : PMT_DIALECT_APACHE;
    return true;
}
