#include "options_parts.h"

#include "pmt/timespec.h"

/* ---- errors -------------------------------------------------------------------------------- */

/* The row whose name was probably meant, or NULL: the beginning of a name, one misspelt, or a part
 * of one. */
static const struct pmt_option_row *nearest(const char *name)
{
    const struct pmt_option_row *found = NULL;
    size_t n = strlen(name), best = n < 4 ? 2 : 3;
    for (size_t i = 0; n >= 2 && i < pmt_option_count; i++) {
        if (strncmp(pmt_option_rows[i].name, name, n) == 0)
            return &pmt_option_rows[i];
    }
    for (size_t i = 0; i < pmt_option_count; i++) {
        size_t d = pmt_name_distance(name, pmt_option_rows[i].name, best);
        if (d < best) {
            best = d;
            found = &pmt_option_rows[i];
        }
    }
    for (size_t i = 0; !found && n >= 2 && i < pmt_option_count; i++) {
        if (strstr(pmt_option_rows[i].name, name))
            found = &pmt_option_rows[i];
    }
    return found;
}

static const char *unknown_option(struct pmt_arena *arena, const char *name)
{
    const struct pmt_option_row *near = nearest(name);
    if (near)
        return pmt_arena_printf(arena, "unknown option --%s; did you mean --%s?", name, near->name);
    return pmt_arena_printf(arena, "unknown option --%s; see pm-timeline --help", name);
}

static const char *wrong_word(struct pmt_arena *arena, const struct pmt_option_row *row,
                              const char *value)
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

/* [GLOB=]ZONE, split at the last '=': a pattern may hold one, a zone never does. */
static void store_zone(struct parse *p, const struct pmt_option_row *row, const char *value)
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

static void store_number(struct parse *p, const struct pmt_option_row *row, int *ret,
                         const char *value)
{
    int64_t v;
    if (pmt_slice_int(pmt_str(value), &v) && v >= row->min && v <= row->max)
        *ret = (int)v;
    else
        p->error = pmt_arena_printf(p->arena, "--%s must be a number from %d to %d; not \"%s\"",
                                    row->name, row->min, row->max, value);
}

static void store_word(struct parse *p, const struct pmt_option_row *row, int *ret,
                       const char *value)
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

static void store_percent(struct parse *p, const struct pmt_option_row *row, int *ret,
                          const char *value)
{
    if (!pmt_missing_read(pmt_str(value), ret))
        p->error = pmt_arena_printf(p->arena,
                                    "--%s must be a percentage from 50 to 99.9999, such as 99.9; "
                                    "not \"%s\"",
                                    row->name, value);
}

/* value is NULL for a flag and for an optional value that was left out; second for all but a kind
 * that takes two. */
static void store(struct parse *p, const struct pmt_option_row *row, const char *value,
                  const char *second)
{
    void *at = (char *)&p->o + row->at;
    if (row->kind == LOG_FORMAT_FOR && (!value || !*value || !second || !*second)) {
        p->error = "--log-format-for needs two values: --log-format-for 'api*.log' '$time_iso8601 "
                   "$remote_addr $status'";
        return;
    }
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
    case CONF:
        p->o.confs[p->o.nconfs++] = (struct pmt_conf_given){row->min, value};
        break;
    case JOURNAL:
        if (strcmp(value, "-") == 0)
            p->error = "--journal reads a folder; for standard input: journalctl -o export | "
                       "pm-timeline -";
        p->o.journals[p->o.njournals++] = value;
        p->o.paths[p->o.npaths++] = value;
        break;
    case PARSER:
        p->o.parsers[p->o.nparsers++] = value;
        break;
    case RULES:
        p->o.rules[p->o.nrules++] = value;
        break;
    case LOG_FORMAT:
        p->o.log_formats[p->o.nlog_formats++] = (struct pmt_log_format){NULL, value};
        break;
    case LOG_FORMAT_FOR:
        p->o.log_formats[p->o.nlog_formats++] = (struct pmt_log_format){value, second};
        break;
    }
}

/* One "--name[=value]". next are the arguments behind it, ended by NULL: how many were taken. */
static int parse_long(struct parse *p, const char *text, char **next)
{
    const char *eq = strchr(text, '=');
    size_t n = eq ? (size_t)(eq - text) : strlen(text);
    const char *value = eq ? eq + 1 : NULL;
    for (size_t i = 0; i < pmt_option_count; i++) {
        const struct pmt_option_row *row = &pmt_option_rows[i];
        if (strlen(row->name) != n || memcmp(row->name, text, n) != 0)
            continue;
        if (value && !row->arg) {
            p->error = pmt_arena_printf(p->arena, "--%s takes no value; not \"%s\"", row->name,
                                        value);
            return 0;
        }
        bool two = row->kind == LOG_FORMAT_FOR;
        if (value || !row->arg || pmt_option_is_optional(row)) {
            store(p, row, value, two ? *next : NULL);
            return two;
        }
        store(p, row, *next ? *next : "", two && *next ? next[1] : NULL);
        return 1 + two;
    }
    p->error = unknown_option(p->arena, pmt_arena_copy(p->arena, pmt_slice(text, n)).p);
    return 0;
}

/* One "-abc": flags, the last of which may take the rest, or the next argument, as its value. */
static int parse_short(struct parse *p, const char *text, const char *next)
{
    for (; *text && !p->error && !p->o.help && !p->o.version; text++) {
        const struct pmt_option_row *row = NULL;
        for (size_t i = 0; i < pmt_option_count && !row; i++) {
            if (pmt_option_rows[i].letter == *text)
                row = &pmt_option_rows[i];
        }
        if (!row) {
            /* As much as is one letter for people. */
            size_t n = 1;
            while (((unsigned char)text[n] & 0xC0) == 0x80)
                n++;
            p->error = pmt_arena_printf(p->arena, "unknown option -%.*s; see pm-timeline --help",
                                        (int)n, text);
            return 0;
        }
        if (!row->arg) {
            store(p, row, NULL, NULL);
            continue;
        }
        if (text[1]) {
            store(p, row, text + 1, NULL);
            return 0;
        }
        store(p, row, next ? next : "", NULL);
        return 1;
    }
    return 0;
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
    if (o->explain && o->npaths)
        return "--explain reads one file; leave the other paths out";
    if (o->explain && (o->output || o->update || o->invalid || o->keep_actors))
        return "--explain writes to standard output alone";
    if (o->final || o->explain || o->formats)
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
    p.o.confs = pmt_arena_alloc(arena, count * sizeof *p.o.confs);
    p.o.journals = pmt_arena_alloc(arena, count * sizeof *p.o.journals);
    p.o.parsers = pmt_arena_alloc(arena, count * sizeof *p.o.parsers);
    p.o.rules = pmt_arena_alloc(arena, count * sizeof *p.o.rules);
    p.o.log_formats = pmt_arena_alloc(arena, count * sizeof *p.o.log_formats);
    bool options = true;
    for (int i = 1; i < argc && !p.error && !p.o.help && !p.o.version; i++) {
        const char *arg = argv[i];
        if (!options || arg[0] != '-' || !arg[1]) {
            if (!*arg)
                p.error = "a path is empty; is a variable of your shell not set?";
            p.o.paths[p.o.npaths++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            options = false;
        } else {
            i += arg[1] == '-' ? parse_long(&p, arg + 2, argv + i + 1)
                               : parse_short(&p, arg + 1, argv[i + 1]);
        }
    }
    if (!p.error && !p.o.help && !p.o.version && argc > 1)
        p.error = check_together(&p.o);
    if (p.error) {
        *error = p.error;
        return -1;
    }
    if (p.o.explain)
        p.o.paths[p.o.npaths++] = p.o.explain;
    if (p.o.output && strcmp(p.o.output, "-") == 0)
        p.o.output = NULL;
    *ret = p.o;
    return 0;
}
