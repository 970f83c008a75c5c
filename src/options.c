#include "options_parts.h"

#include "pmt/timespec.h"

/* ---- the table ----------------------------------------------------------------------------- */

enum kind {
    FLAG,     /* bool, set to true */
    TEXT,     /* const char *, any text but the empty one */
    WORD,     /* int, one of the row's words; without a value the row's `bare` */
    NUMBER,   /* int, between min and max */
    DURATION, /* int64_t, microseconds */
    PERCENT,  /* int, what is missing to 100 %, in millionths */
    ZONE_FOR, /* appends to assume_tz */
    NOTES,    /* appends to notes */
};

struct row {
    char letter; /* 0: none */
    const char *name;
    enum kind kind;
    size_t at;       /* where in struct pmt_options */
    const char *arg; /* NULL: takes none. In [brackets]: may be left out, else only --name=value */
    const char *help;
    const char *const *words; /* WORD: NULL-ended, in the order of the enum */
    int min, max;             /* NUMBER */
    int bare;                 /* WORD with an optional value */
};

static const char *const formats[] = {"md", "json", "records", "timesketch", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};

#define AT(field) offsetof(struct pmt_options, field)

static const struct row rows[] = {
    {'o', "output", TEXT, AT(output), "FILE",
     "write to FILE instead of standard output; to a folder (DIR/) one file per incident; existing "
     "files are kept",
     NULL, 0, 0, 0},
    {0, "update", TEXT, AT(update), "REPORT",
     "write anew what is generated in the draft REPORT, about the same incident; what people wrote "
     "stays",
     NULL, 0, 0, 0},
    {0, "final", TEXT, AT(final), "REPORT",
     "read no log: list what is still open in REPORT", NULL, 0, 0, 0},
    {0, "force", FLAG, AT(force), NULL,
     "let --output, --invalid and --keep-actors replace existing files, and --update what was "
     "edited by hand",
     NULL, 0, 0, 0},
    {'f', "format", WORD, AT(format), "FORMAT",
     "md: the draft (default); json: the same as data; records: every line that was understood, "
     "one JSON object each; timesketch: the timeline as Timesketch imports it",
     formats, 0, 0, 0},
    {0, "since", TEXT, AT(since), "TIME",
     "draft and count incidents from TIME on: 2022-02-26T08:47, 2022-02-26, 14:00 (last day in the "
     "logs), -3h (before the last line), @1645866904",
     NULL, 0, 0, 0},
    {0, "until", TEXT, AT(until), "TIME", "draft and count incidents before TIME", NULL, 0, 0, 0},
    {0, "lead", DURATION, AT(lead), "DURATION",
     "how long before an incident its lead-up is looked for: 14d (default), 36h, 90m, 0", NULL, 0,
     0, 0},
    {0, "incident", TEXT, AT(incident), "ID",
     "draft this incident instead of the main one; the draft lists the IDs", NULL, 0, 0, 0},
    {0, "slo", PERCENT, AT(allowed), "PERCENT",
     "share of requests that are to succeed, such as 99.9: say when burn-rate alerts would have "
     "fired, and how much of the budget was used",
     NULL, 0, 0, 0},
    {0, "notes", NOTES, AT(notes), "FILE",
     "merge what people noted into the draft, one note a line: 2022-02-26 12:15 EAT - escalated to "
     "the database team #escalated; may be repeated",
     NULL, 0, 0, 0},
    {0, "assume-tz", ZONE_FOR, AT(assume_tz), "[GLOB=]ZONE",
     "zone of logs that do not write theirs, such as Africa/Nairobi or +03:00; with GLOB only for "
     "hosts, or else files, that match; may be repeated",
     NULL, 0, 0, 0},
    {0, "display-tz", TEXT, AT(display_tz), "ZONE",
     "show times in ZONE beside UTC; --since and --until without a zone are read in it",
     NULL, 0, 0, 0},
    {0, "year", NUMBER, AT(year), "YEAR",
     "year of the newest line in logs that do not write theirs",
     NULL, PMT_YEAR_MIN, PMT_YEAR_MAX, 0},
    {'j', "jobs", NUMBER, AT(jobs), "N", "read with N threads; 0: one per processor (default)",
     NULL, 0, PMT_JOBS_MAX, 0},
    {0, "invalid", TEXT, AT(invalid), "FILE",
     "write the lines that were not understood to FILE, with file, line and reason", NULL, 0, 0, 0},
    {0, "no-redact", FLAG, AT(no_redact), NULL,
     "keep client addresses, query strings, credentials and account names as logged", NULL, 0, 0,
     0},
    {0, "keep-actors", TEXT, AT(keep_actors), "FILE",
     "write which operator of the draft is which account to FILE, which only you may read", NULL, 0,
     0, 0},
    {0, "exit-code", FLAG, AT(exit_code), NULL, "exit with 10 when an incident was found", NULL, 0,
     0, 0},
    {'q', "quiet", FLAG, AT(quiet), NULL, "print errors only", NULL, 0, 0, 0},
    {'v', "verbose", FLAG, AT(verbose), NULL,
     "say more about what is read, and how the times of each clock are known", NULL, 0, 0, 0},
    {0, "color", WORD, AT(color), "[WHEN]",
     "color messages: auto (default), always, never; --color alone is always", colors, 0, 0,
     PMT_COLOR_ALWAYS},
    {'h', "help", FLAG, AT(help), NULL, "print this help", NULL, 0, 0, 0},
    {'V', "version", FLAG, AT(version), NULL, "print the version", NULL, 0, 0, 0},
};
enum { NROWS = sizeof rows / sizeof *rows };

/* ---- errors -------------------------------------------------------------------------------- */

/* The row whose name was probably meant, or NULL: the beginning of a name, one misspelt, or a part
 * of one. */
static const struct row *nearest(const char *name)
{
    const struct row *found = NULL;
    size_t n = strlen(name), best = n < 4 ? 2 : 3;
    for (size_t i = 0; n >= 2 && i < NROWS; i++) {
        if (strncmp(rows[i].name, name, n) == 0)
            return &rows[i];
    }
    for (size_t i = 0; i < NROWS; i++) {
        size_t d = pmt_name_distance(name, rows[i].name, best);
        if (d < best) {
            best = d;
            found = &rows[i];
        }
    }
    for (size_t i = 0; !found && n >= 2 && i < NROWS; i++) {
        if (strstr(rows[i].name, name))
            found = &rows[i];
    }
    return found;
}

static const char *unknown_option(struct pmt_arena *arena, const char *name)
{
    const struct row *near = nearest(name);
    if (near)
        return pmt_arena_printf(arena, "unknown option --%s; did you mean --%s?", name, near->name);
    return pmt_arena_printf(arena, "unknown option --%s; see pm-timeline --help", name);
}

static const char *wrong_word(struct pmt_arena *arena, const struct row *row, const char *value)
{
    struct pmt_buf b = {0};
    for (const char *const *w = row->words; *w; w++)
        pmt_buf_printf(&b, "%s%s", w == row->words ? "" : ", ", *w);
    const char *error = pmt_arena_printf(arena, "--%s must be one of %s; not \"%s\"", row->name,
                                         b.data, value);
    pmt_buf_fini(&b);
    return error;
}

/* ---- parsing ------------------------------------------------------------------------------- */

struct parse {
    struct pmt_options o;
    struct pmt_arena *arena;
    const char *error; /* NULL as long as all is well */
};

static bool is_optional(const struct row *row)
{
    return row->arg && row->arg[0] == '[' && row->kind == WORD;
}

/* [GLOB=]ZONE, split at the last '=': a pattern may hold one, a zone never does. */
static void store_zone(struct parse *p, const struct row *row, const char *value)
{
    const char *eq = strrchr(value, '=');
    struct pmt_assume_tz *z = &p->o.assume_tz[p->o.nassume_tz];
    z->zone = eq ? eq + 1 : value;
    z->glob = eq ? pmt_arena_copy(p->arena, pmt_slice(value, (size_t)(eq - value))).p : NULL;
    if (eq == value || !*z->zone)
        p->error = pmt_arena_printf(p->arena,
                                    "--%s must be ZONE or GLOB=ZONE, such as Africa/Nairobi or "
                                    "web-*=+03:00; not \"%s\"",
                                    row->name, value);
    else
        p->o.nassume_tz++;
}

static void store_number(struct parse *p, const struct row *row, int *ret, const char *value)
{
    int64_t v;
    if (pmt_slice_int(pmt_str(value), &v) && v >= row->min && v <= row->max)
        *ret = (int)v;
    else
        p->error = pmt_arena_printf(p->arena, "--%s must be a number from %d to %d; not \"%s\"",
                                    row->name, row->min, row->max, value);
}

static void store_word(struct parse *p, const struct row *row, int *ret, const char *value)
{
    if (!value) {
        *ret = row->bare;
        return;
    }
    for (int i = 0; row->words[i]; i++) {
        if (strcmp(row->words[i], value) == 0) {
            *ret = i;
            return;
        }
    }
    p->error = wrong_word(p->arena, row, value);
}

static void store_percent(struct parse *p, const struct row *row, int *ret, const char *value)
{
    if (!pmt_missing_read(pmt_str(value), ret))
        p->error = pmt_arena_printf(p->arena,
                                    "--%s must be a percentage from 50 to 99.9999, such as 99.9; "
                                    "not \"%s\"",
                                    row->name, value);
}

/* value is NULL for a flag and for an optional value that was left out. */
static void store(struct parse *p, const struct row *row, const char *value)
{
    void *at = (char *)&p->o + row->at;
    if (value && !*value) {
        p->error = pmt_arena_printf(p->arena, "--%s needs a value: --%s=%s", row->name, row->name,
                                    row->arg);
        return;
    }
    switch (row->kind) {
    case FLAG:
        *(bool *)at = true;
        break;
    case TEXT:
        *(const char **)at = value;
        break;
    case WORD:
        store_word(p, row, at, value);
        break;
    case NUMBER:
        store_number(p, row, at, value);
        break;
    case DURATION:
        if (!pmt_duration_read(pmt_str(value), at))
            p->error = pmt_arena_printf(p->arena,
                                        "--%s must be a duration such as 14d, 36h, 90m or 0; not "
                                        "\"%s\"",
                                        row->name, value);
        break;
    case PERCENT:
        store_percent(p, row, at, value);
        break;
    case ZONE_FOR:
        store_zone(p, row, value);
        break;
    case NOTES:
        if (strcmp(value, "-") == 0)
            p->error = "--notes reads no standard input, which is for logs; give a file";
        p->o.notes[p->o.nnotes++] = value;
        break;
    }
}

/* One "--name[=value]". next is the argument behind it or NULL; true when it was taken. */
static bool parse_long(struct parse *p, const char *text, const char *next)
{
    const char *eq = strchr(text, '=');
    size_t n = eq ? (size_t)(eq - text) : strlen(text);
    const char *value = eq ? eq + 1 : NULL;
    for (size_t i = 0; i < NROWS; i++) {
        const struct row *row = &rows[i];
        if (strlen(row->name) != n || memcmp(row->name, text, n) != 0)
            continue;
        if (value && !row->arg) {
            p->error = pmt_arena_printf(p->arena, "--%s takes no value; not \"%s\"", row->name,
                                        value);
            return false;
        }
        if (value || !row->arg || is_optional(row)) {
            store(p, row, value);
            return false;
        }
        store(p, row, next ? next : "");
        return true;
    }
    p->error = unknown_option(p->arena, pmt_arena_copy(p->arena, pmt_slice(text, n)).p);
    return false;
}

/* One "-abc": flags, the last of which may take the rest, or the next argument, as its value. */
static bool parse_short(struct parse *p, const char *text, const char *next)
{
    for (; *text && !p->error && !p->o.help && !p->o.version; text++) {
        const struct row *row = NULL;
        for (size_t i = 0; i < NROWS && !row; i++) {
            if (rows[i].letter == *text)
                row = &rows[i];
        }
        if (!row) {
            /* As much as is one letter for people. */
            size_t n = 1;
            while (((unsigned char)text[n] & 0xC0) == 0x80)
                n++;
            p->error = pmt_arena_printf(p->arena, "unknown option -%.*s; see pm-timeline --help",
                                        (int)n, text);
            return false;
        }
        if (!row->arg) {
            store(p, row, NULL);
            continue;
        }
        if (text[1]) {
            store(p, row, text + 1);
            return false;
        }
        store(p, row, next ? next : "");
        return true;
    }
    return false;
}

/* What no single row can tell. */
static const char *check_together(const struct pmt_options *o)
{
    if (o->quiet && o->verbose)
        return "--quiet and --verbose contradict each other; give one of them";
    if (o->update && o->output)
        return "--update writes to the report itself; leave --output out";
    if (o->update && o->format != PMT_FORMAT_MARKDOWN)
        return "--update goes with --format md alone";
    if (o->keep_actors && o->format == PMT_FORMAT_RECORDS)
        return "--keep-actors goes with a draft, not with --format records";
    if (o->final && o->npaths)
        return "--final reads the report alone; leave the logs out";
    if (o->final)
        return NULL;
    if (!o->npaths)
        return "nothing to read; name log files, a directory such as /var/log/nginx, or - for "
               "standard input";
    return NULL;
}

int pmt_options_parse(int argc, char **argv, struct pmt_arena *arena, struct pmt_options *ret,
                      const char **error)
{
    struct parse p = {.o = {.lead = PMT_LEAD_DEFAULT}, .arena = arena};
    size_t count = argc > 0 ? (size_t)argc : 1;
    p.o.paths = pmt_arena_alloc(arena, count * sizeof *p.o.paths);
    p.o.assume_tz = pmt_arena_alloc(arena, count * sizeof *p.o.assume_tz);
    p.o.notes = pmt_arena_alloc(arena, count * sizeof *p.o.notes);
    bool options = true;
    for (int i = 1; i < argc && !p.error && !p.o.help && !p.o.version; i++) {
        const char *arg = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        if (!options || arg[0] != '-' || !arg[1]) {
            if (!*arg)
                p.error = "a path is empty; is a variable of your shell not set?";
            p.o.paths[p.o.npaths++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            options = false;
        } else if (arg[1] == '-' ? parse_long(&p, arg + 2, next) : parse_short(&p, arg + 1, next)) {
            i++;
        }
    }
    if (!p.error && !p.o.help && !p.o.version && argc > 1)
        p.error = check_together(&p.o);
    if (p.error) {
        *error = p.error;
        return -1;
    }
    if (p.o.output && strcmp(p.o.output, "-") == 0)
        p.o.output = NULL;
    *ret = p.o;
    return 0;
}

/* ---- help ---------------------------------------------------------------------------------- */

enum { HELP_COLUMN = 29, HELP_WIDTH = 80 };

/* Appends text, which begins at `column`, wrapped at blanks; further lines begin at HELP_COLUMN. */
static void put_wrapped(struct pmt_buf *b, const char *text, size_t column)
{
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > HELP_COLUMN) {
            if (column + 1 + n > HELP_WIDTH) {
                pmt_buf_printf(b, "\n%*s", HELP_COLUMN, "");
                column = HELP_COLUMN;
            } else {
                pmt_buf_puts(b, " ");
                column++;
            }
        }
        pmt_buf_put(b, text, n);
        column += n;
        text += n + strspn(text + n, " ");
    }
    pmt_buf_puts(b, "\n");
}

static void put_row(struct pmt_buf *b, const struct row *row)
{
    size_t begin = b->n;
    if (row->letter)
        pmt_buf_printf(b, "  -%c, --%s", row->letter, row->name);
    else
        pmt_buf_printf(b, "      --%s", row->name);
    if (is_optional(row))
        pmt_buf_printf(b, "[=%.*s]", (int)(strlen(row->arg) - 2), row->arg + 1);
    else if (row->arg)
        pmt_buf_printf(b, " %s", row->arg);
    size_t used = b->n - begin;
    if (used + 2 > HELP_COLUMN)
        pmt_buf_printf(b, "\n%*s", HELP_COLUMN, "");
    else
        pmt_buf_printf(b, "%*s", (int)(HELP_COLUMN - used), "");
    put_wrapped(b, row->help, HELP_COLUMN);
}

void pmt_options_help(struct pmt_buf *b, const char *version)
{
    pmt_buf_printf(b,
                   "Usage: pm-timeline [OPTION]... PATH...\n"
                   "Reads nginx, HAProxy and syslog files after an outage, drafts a post-mortem.\n"
                   "PATH is a log file, a directory, or - for standard input; logs that are\n"
                   "rotated or compressed are read too. Times are UTC.\n"
                   "\n"
                   "Options:\n");
    for (size_t i = 0; i < NROWS; i++)
        put_row(b, &rows[i]);
    pmt_buf_printf(b,
                   "\n"
                   "Exit status:\n"
                   "  0    the draft was written, with an incident or without\n"
                   "  1    nothing could be read or understood\n"
                   "  2    the command line was wrong\n"
                   "  3    the draft was written, but some input could not be read in full\n"
                   "  4    --final: something in the report is still open\n"
                   "  10   with --exit-code: an incident was found\n"
                   "  130  interrupted\n"
                   "\n"
                   "pm-timeline %s. Manual: man pm-timeline\n",
                   version);
}

void pmt_options_intro(struct pmt_buf *b)
{
    pmt_buf_puts(b, "pm-timeline reads logs after an outage and drafts the post-mortem.\n"
                    "  pm-timeline /var/log/nginx                  read a directory\n"
                    "  pm-timeline access.log haproxy.log syslog   better: the balancer's log too\n"
                    "  journalctl -o short-iso | pm-timeline -     read the journal\n"
                    "  pm-timeline --help                          all options\n");
}
