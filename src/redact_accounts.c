#include "redact_passes.h"

/* How far the end of a name, or of the head of an access line, is looked for. */
enum { NAME_MAX_BYTES = 256 };

void pmt_redact_put_account(struct pmt_buf *out, struct pmt_slice name)
{
    /* What follows "user" in running text, and names that are nobody's. */
    static const char *const no_names[] = {"root",  "-",       "request", "space",     "mode",
                                           "input", "unknown", "session", "interrupt", "agent",
                                           "(null)", "UID",   "child"};
    bool keep = !name.n || name.p[0] == '[';
    for (size_t i = 0; !keep && i < sizeof no_names / sizeof *no_names; i++)
        keep = pmt_slice_is(name, no_names[i]);
    if (keep)
        pmt_buf_slice(out, name);
    else if (pmt_redact_is_mail(name))
        pmt_buf_puts(out, "[e-mail]");
    else
        pmt_buf_puts(out, "operator");
}

/* ---- commands ------------------------------------------------------------------------------ */

static bool is_one_of(struct pmt_slice s, const char *const *words)
{
    for (; *words; words++) {
        if (pmt_slice_is(s, *words))
            return true;
    }
    return false;
}

/* Programs whose verb and object say what was done to a service and hold no secrets. */
static const char *const tools[] = {
    "systemctl", "service", "supervisorctl", "initctl", "rc-service", "invoke-rc.d", "docker",
    "podman",    "kubectl", "apt",           "apt-get", "yum",        "dnf",         "snap",
    "puppet",    "nginx",   "apachectl",     "apache2ctl", "monit",   NULL};
static const char *const verbs[] = {
    "start",   "stop",    "restart",       "reload",       "try-restart", "reload-or-restart",
    "enable",  "disable", "mask",          "unmask",       "kill",        "status",
    "isolate", "reset-failed", "daemon-reload", "daemon-reexec", "force-reload", "reexec",
    "install", "remove",  "purge",         "upgrade",      "update",      "dist-upgrade",
    "agent",   "apply",   "graceful",      "configtest",   "rollout",     "scale",
    "pause",   "unpause", "monitor",       "unmonitor",    "quit",        NULL};

/* A unit, a package, a container: never an argument that could hold a value. */
static bool is_object(struct pmt_slice s)
{
    if (!s.n || s.n > 64)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!pmt_is_alnum(s.p[i]) && !memchr("@._-", s.p[i], 4))
            return false;
    }
    return true;
}

static struct pmt_slice next_word(struct pmt_cursor *c)
{
    pmt_cur_blanks(c);
    const char *begin = c->p;
    while (c->p < c->end && *c->p != ' ' && *c->p != '\t')
        c->p++;
    return pmt_slice(begin, (size_t)(c->p - begin));
}

/* Appends the program of a command line and, for tools that manage services, verb and object. */
static void put_command(struct pmt_buf *out, struct pmt_slice text)
{
    struct pmt_cursor c = pmt_cursor(pmt_slice_trim(text));
    while (pmt_cur_char(&c, '\''))
        continue; /* all of them: what comes out must stay as it is a second time */
    struct pmt_slice program = next_word(&c);
    size_t base = program.n;
    while (base && program.p[base - 1] != '/')
        base--;
    struct pmt_slice name = pmt_part(program, base, program.n);
    if (pmt_slice_starts(program, "/home/") || pmt_slice_starts(program, "/Users/")) {
        pmt_buf_puts(out, "/home/[redacted]/");
        pmt_buf_slice(out, name);
    } else {
        pmt_buf_slice(out, program);
    }

    struct pmt_slice kept[2];
    size_t n = 0;
    bool dropped = false;
    bool tool = is_one_of(name, tools);
    for (struct pmt_slice w = next_word(&c); w.n; w = next_word(&c)) {
        bool option = w.p[0] == '-';
        if (tool && n < 2 && !option && is_object(w)) {
            kept[n++] = w;
            continue;
        }
        dropped = true;
        if (!tool || n == 2 || !option)
            break;
    }
    if (n && !is_one_of(kept[0], verbs) && !(n == 2 && is_one_of(kept[1], verbs))) {
        n = 0;
        dropped = true;
    }
    for (size_t i = 0; i < n; i++)
        pmt_buf_printf(out, " %.*s", PMT_FMT(kept[i]));
    if (dropped)
        pmt_buf_puts(out, " [redacted]");
}

/* ---- names in sentences -------------------------------------------------------------------- */

/* Words that an account's name follows. OpenSSH auth.c and packet.c, linux-pam pam_unix, systemd
 * logind-session.c, shadow useradd.c, polkit. */
static const char *const phrases[] = {
    "for user ",          "of user ",      "of User ",      "from user ",     "by user ",
    "invalid user ",      "Invalid user ", "illegal user ", "Illegal user ",
    "authenticating user ",
    "attempts exceeded for ", "password changed for ", "new user: name=", "unix-user:",
    "new group: name=",   "/etc/group: name=", "/etc/gshadow: name=", "session: user ",
    "Authentication failure for ", "su for root by ", "su for operator by ", "su for ",
    "Slice of ",          "role \"",       "add '",         "delete '",
    "user \"",            "user '",        "User \"",      "User '",
};

/* "user NAME" only in front of these: anything may be said of users. */
static const char *const doings[] = {
    " from ", " added by ", " removed by ", " not allowed", " logged in", " logged out",
    " authenticated", " login",
};

static bool ends_name(char c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '\0':
    case '"':
    case '\'':
    case '(':
    case ')':
    case ',':
    case ';':
    case ':':
    case '<':
    case '>':
    case '[':
    case ']':
    case '{':
    case '}':
        return true;
    default:
        return false;
    }
}

/* The name at in[at], possibly empty; a full stop at the end of the sentence is not part of it. */
static size_t name_end(struct pmt_slice in, size_t at)
{
    size_t end = at;
    while (end < in.n && !ends_name(in.p[end]))
        end++;
    if (end > at && in.p[end - 1] == '.' && (end == in.n || pmt_is_space(in.p[end])))
        end--;
    return end;
}

/* "user NAME from ADDRESS": where the name begins, or 0. */
static size_t after_user(struct pmt_slice in, size_t at)
{
    size_t p = at + strlen("user ");
    if (!pmt_stands(in, at, "user ") && !pmt_stands(in, at, "User "))
        return 0;
    size_t end = name_end(in, p);
    for (size_t i = 0; end > p && i < sizeof doings / sizeof *doings; i++)
        if (pmt_stands(in, end, doings[i]))
            return p;
    return 0;
}

/* "Starting session: shell on pts/0 for NAME from ADDRESS" (OpenSSH session.c, do_exec). */
static size_t after_session(struct pmt_slice in, size_t at)
{
    enum { FAR = 128 };
    if (!pmt_stands(in, at, "Starting session: "))
        return 0;
    size_t limit = in.n - at < FAR ? in.n : at + FAR;
    const char *to = pmt_slice_find(pmt_part(in, at, limit), " for ");
    return to ? (size_t)(to - in.p) + 5 : 0;
}

/* "Accepted METHOD for NAME from ADDRESS", also Failed, Postponed, Partial (OpenSSH auth.c,
 * auth_log): where the name begins, or 0. */
static size_t after_ssh_method(struct pmt_slice in, size_t at)
{
    static const char *const words[] = {"Accepted ", "Failed ", "Postponed ", "Partial "};
    static const char *const methods[] = {"password",  "publickey", "keyboard-interactive",
                                          "hostbased", "gssapi",    "none"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!pmt_stands(in, at, words[i]))
            continue;
        size_t p = at + strlen(words[i]), limit = p + 64;
        bool known = false;
        for (size_t k = 0; k < sizeof methods / sizeof *methods; k++)
            known = known || pmt_stands(in, p, methods[k]);
        if (!known)
            return 0;
        while (p < in.n && p < limit && !pmt_is_space(in.p[p]))
            p++;
        return pmt_stands(in, p, " for ") ? p + 5 : 0;
    }
    return 0;
}

/* A name typed by a stranger may hold blanks: up to " from ", if that is near. */
static size_t ssh_name_end(struct pmt_slice in, size_t at)
{
    size_t limit = in.n - at < NAME_MAX_BYTES ? in.n : at + NAME_MAX_BYTES;
    const char *from = pmt_slice_find(pmt_part(in, at, limit), " from ");
    return from ? (size_t)(from - in.p) : name_end(in, at);
}

/* Is there a name at or behind in[at], where a word begins? */
static bool find_name(struct pmt_slice in, size_t at, size_t *begin, size_t *end)
{
    size_t p = after_ssh_method(in, at);
    p = p ? p : after_session(in, at);
    bool ssh = p != 0;
    for (size_t i = 0; !p && i < sizeof phrases / sizeof *phrases; i++) {
        if (pmt_stands(in, at, phrases[i])) {
            p = at + strlen(phrases[i]);
            ssh = phrases[i][0] == 'I';
        }
    }
    p = p ? p : after_user(in, at);
    if (!p)
        return false;
    if (pmt_stands(in, p, "invalid user ") || pmt_stands(in, p, "illegal user "))
        p += strlen("invalid user ");
    char quote = p < in.n && (in.p[p] == '"' || in.p[p] == '\'') ? in.p[p++] : in.p[p - 1];
    if (quote == '"' || quote == '\'') {
        const char *close = memchr(in.p + p, quote, in.n - p);
        *end = close ? (size_t)(close - in.p) : in.n;
    } else {
        *end = ssh ? ssh_name_end(in, p) : name_end(in, p);
    }
    *begin = p;
    return *end > p;
}

/* "(alice) CMD (/path args)" of cron, "(to root) alice on pts/0" of su (util-linux su-common.c).
 * Appends it up to the returned position; 0 when it is neither. */
static size_t put_parenthesis(struct pmt_buf *out, struct pmt_slice in, size_t at)
{
    bool su = pmt_stands(in, at, "(to ");
    size_t begin = at + (su ? 4 : 1), end = name_end(in, begin), p = end + 2;
    if (end == begin || !pmt_stands(in, end, ") "))
        return 0;
    if (su) {
        size_t who = name_end(in, p);
        pmt_buf_puts(out, "(to ");
        pmt_redact_put_account(out, pmt_part(in, begin, end));
        pmt_buf_puts(out, ") ");
        pmt_redact_put_account(out, pmt_part(in, p, who));
        return who;
    }
    size_t word = p; /* "CMD", "BEGIN EDIT" */
    while (word < in.n && word < p + 32 &&
           ((in.p[word] >= 'A' && in.p[word] <= 'Z') || in.p[word] == ' '))
        word++;
    while (word > p && in.p[word - 1] == ' ')
        word--;
    if (word < p + 3 || !pmt_stands(in, word, " ("))
        return 0;
    struct pmt_slice who = pmt_part(in, begin, end);
    pmt_buf_puts(out, "(");
    pmt_redact_put_account(out, who);
    pmt_buf_slice(out, pmt_part(in, end, word + 2));
    if (!pmt_slice_is(pmt_part(in, p, word), "CMD")) { /* "(bob) LIST (bob)", "(crontabs/bob)" */
        size_t name = word + 2 + (pmt_stands(in, word + 2, "crontabs/") ? 9 : 0);
        size_t last = name_end(in, name);
        if (!pmt_slice_eq(pmt_part(in, name, last), who))
            return word + 2;
        pmt_buf_slice(out, pmt_part(in, word + 2, name));
        pmt_redact_put_account(out, who);
        return last;
    }
    /* The command ends with the line; what cron runs may hold arguments as sudo's does. */
    size_t last = in.n;
    while (last > word + 2 && in.p[last - 1] != ')')
        last--;
    size_t close = last > word + 2 ? last - 1 : in.n;
    put_command(out, pmt_part(in, word + 2, close));
    return close;
}

/* "$remote_addr - $remote_user [26/Feb/2022:...": the user of an access log, as [begin, end). */
static bool find_web_user(struct pmt_slice in, size_t *begin, size_t *end)
{
    struct pmt_slice head = pmt_slice(in.p, in.n < NAME_MAX_BYTES ? in.n : NAME_MAX_BYTES);
    const char *dash = pmt_slice_find(head, " - ");
    if (!dash)
        return false;
    size_t p = (size_t)(dash - in.p) + 3;
    for (size_t q = p; q < in.n && q < p + NAME_MAX_BYTES; q++) {
        if (!pmt_stands(in, q, " [") || in.n - q < 5 || !pmt_is_digit(in.p[q + 2]) ||
            !pmt_is_digit(in.p[q + 3]) || in.p[q + 4] != '/')
            continue;
        *begin = p;
        *end = q;
        struct pmt_slice user = pmt_part(in, p, q);
        return user.n && !pmt_slice_is(user, "-");
    }
    return false;
}

static void put_names(struct pmt_buf *out, struct pmt_slice in)
{
    size_t done = 0;    /* what has been appended */
    size_t word = 0;    /* where the current run of name bytes begins */
    size_t i = 0, begin, end;
    while (i < in.n) {
        if (in.p[i] == '(' && pmt_stands(in, i, "(uid=") && word < i && word >= done) {
            pmt_buf_slice(out, pmt_part(in, done, word));
            pmt_redact_put_account(out, pmt_part(in, word, i));
            done = i;
        } else if (in.p[i] == '(') {
            struct pmt_buf tail = {0};
            size_t next = put_parenthesis(&tail, in, i);
            if (next) {
                pmt_buf_slice(out, pmt_part(in, done, i));
                pmt_buf_slice(out, pmt_buf_view(&tail));
                i = done = word = next;
            }
            pmt_buf_fini(&tail);
            if (next)
                continue;
        } else if (pmt_is_alpha(in.p[i]) && (i == 0 || !pmt_is_alnum(in.p[i - 1])) &&
                   find_name(in, i, &begin, &end)) {
            pmt_buf_slice(out, pmt_part(in, done, begin));
            pmt_redact_put_account(out, pmt_part(in, begin, end));
            i = done = end;
            word = end;
            continue;
        }
        if (ends_name(in.p[i]))
            word = i + 1;
        i++;
    }
    pmt_buf_slice(out, pmt_part(in, done, in.n));
}

/* ---- sudo ---------------------------------------------------------------------------------- */

/* sudo's log line (sudoers manual, "LOG FORMAT", and lib/eventlog/eventlog.c):
 *   [sudo: ]  ACCOUNT : [reason ; ]TTY=t ; PWD=d ; USER=u ; [GROUP=g ; ][ENV=... ; ]COMMAND=c args
 */
static void put_sudo_field(struct pmt_buf *out, struct pmt_slice field, bool first)
{
    struct pmt_cursor c = pmt_cursor(field);
    while (c.p < c.end && *c.p >= 'A' && *c.p <= 'Z')
        c.p++;
    bool named = c.p > field.p && c.p < c.end && *c.p == '=';
    if (!named) {
        pmt_buf_slice(out, first ? field : PMT_SLICE("[redacted]")); /* the reason comes first */
        return;
    }
    size_t value = (size_t)(c.p - field.p) + 1;
    struct pmt_slice name = pmt_part(field, 0, value);
    bool harmless = pmt_slice_is(name, "TTY=") || pmt_slice_is(name, "HOST=") ||
                    pmt_slice_is(name, "TSID=") ||
                    pmt_slice_is(pmt_part(field, value, field.n), "root");
    pmt_buf_slice(out, name);
    pmt_buf_slice(out, harmless ? pmt_part(field, value, field.n) : PMT_SLICE("[redacted]"));
}

static bool put_sudo(struct pmt_buf *out, struct pmt_slice in)
{
    const char *command = pmt_slice_find(in, "; COMMAND=");
    if (!command)
        return false;
    struct pmt_slice before = pmt_slice(in.p, (size_t)(command - in.p));
    const char *colon = pmt_slice_find(before, " : ");
    if (!colon)
        return false;
    size_t end = (size_t)(colon - in.p), at = end;
    const char *tag = pmt_slice_find(pmt_part(in, 0, end), "sudo");
    const char *open = tag ? memchr(tag, ':', (size_t)(colon - tag)) : NULL;
    if (open) {
        at = (size_t)(open - in.p) + 1;
        while (at < end && in.p[at] == ' ')
            at++;
    } else {
        while (at && !pmt_is_space(in.p[at - 1]))
            at--;
    }
    put_names(out, pmt_part(in, 0, at));
    pmt_redact_put_account(out, pmt_part(in, at, end));
    pmt_buf_puts(out, " : ");

    struct pmt_cursor c = {colon + 3, command};
    bool first = true;
    while (c.p < c.end) {
        struct pmt_slice field;
        if (!pmt_cur_until_lit(&c, " ; ", &field)) {
            field = pmt_cur_rest(&c);
            c.p = c.end;
        }
        put_sudo_field(out, pmt_slice_trim(field), first);
        pmt_buf_puts(out, " ");
        if (c.p < c.end)
            pmt_buf_puts(out, "; ");
        first = false;
    }
    pmt_buf_puts(out, "; COMMAND=");
    command += strlen("; COMMAND=");
    put_command(out, pmt_slice(command, (size_t)(in.p + in.n - command)));
    return true;
}

void pmt_redact_accounts(struct pmt_slice in, struct pmt_buf *out)
{
    size_t begin, end;
    if (!in.n || put_sudo(out, in))
        return;
    if (find_web_user(in, &begin, &end)) {
        put_names(out, pmt_part(in, 0, begin));
        pmt_buf_puts(out, "[redacted]");
        in = pmt_part(in, end, in.n);
    }
    put_names(out, in);
}
