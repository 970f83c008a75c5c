#include "infer_parts.h"

#include <stdlib.h>

/* A built-in format reads the lines and leaves what it does not know. The lines are looked at as
 * those of no known format are, and only how long requests took is taken from that: all else is as
 * the built-in format says. */

static int64_t micros_of(const struct pmt_column *c, struct pmt_slice v)
{
    int64_t n;
    bool good = c->unit == UNIT_S || c->shape == SHAPE_DECIMAL ? pmt_slice_seconds(v, &n)
                                                                : pmt_slice_int(v, &n);
    if (!good || n < 0)
        return -1;
    int64_t scale = c->unit == UNIT_US || c->unit == UNIT_S ? 1 : 1000;
    if (c->unit == UNIT_MS && c->shape == SHAPE_DECIMAL)
        return n / 1000; /* was read as seconds */
    return n > PMT_DAY * 366 / scale ? -1 : n * scale;
}

static enum pmt_verdict parse_behind(const void *self, struct pmt_slice line,
                                     struct pmt_record *rec, struct pmt_reject *why)
{
    const struct pmt_inferred *x = self;
    struct pmt_slice values[PMT_INFER_COLUMNS];
    struct pmt_record read = *rec;
    if (rec->program.p || rec->head.how != PMT_STAMP_NONE) {
        *why = (struct pmt_reject){"the message is another program's", 0};
        return PMT_FOREIGN;
    }
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    if (x->known->parse(line, &read, why) != PMT_RECORD)
        return PMT_FOREIGN;
    why->why = pmt_skeleton_read(x->skeleton, line, values, &why->column);
    if (why->why)
        return PMT_FOREIGN;
    *rec = read;
    for (size_t i = 0; i < x->skeleton->n && rec->duration_us < 0; i++)
        if (x->skeleton->cols[i]->role == ROLE_DURATION)
            rec->duration_us = micros_of(x->skeleton->cols[i], values[i]);
    rec->start_known |= x->begins;
    return PMT_RECORD;
}

/* Lines that the built-in format reads, and of them those that say the same here. */
static size_t count_timed(const struct pmt_inferred *x, const struct pmt_lines *lines)
{
    size_t n = 0;
    for (size_t i = 0; i < lines->n; i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        pmt_record_clear(&rec);
        n += parse_behind(x, lines->line[i], &rec, &why) == PMT_RECORD && rec.duration_us >= 0;
    }
    return n;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '-';
}

/* "0.047", "rt=0.047", "47ms", "0/47561"; no address, no path. */
static bool may_be_time(struct pmt_slice s)
{
    unsigned points = 0;
    size_t i = 0, letters = 0;
    while (i < s.n && is_name(s.p[i]))
        i++;
    if (i < s.n && (s.p[i] == '=' || s.p[i] == ':'))
        s = pmt_slice(s.p + i + 1, s.n - i - 1);
    if (!s.n || !is_digit(*s.p))
        return false;
    for (i = 0; i < s.n; i++) {
        points += s.p[i] == '.';
        letters += !is_digit(s.p[i]) && s.p[i] != '.' && s.p[i] != '/';
    }
    return points <= 2 && letters <= 3; /* "ms"; of a micro sign both bytes */
}

bool pmt_infer_room(struct pmt_slice line, const struct pmt_record *rec)
{
    size_t room = 0, i = 0;
    if (line.n && *line.p == '{')
        return false; /* members have names */
    while (i < line.n) {
        char c = line.p[i], ends = c == '"' ? '"' : c == '[' ? ']' : '\0';
        size_t from = i + (ends != '\0');
        for (i = from; i < line.n; i++) {
            if (ends ? line.p[i] == ends : strchr(" |\t;,", line.p[i]) != NULL)
                break;
            i += line.p[i] == '\\' && ends == '"' && i + 1 < line.n;
        }
        struct pmt_slice word = pmt_slice(line.p + from, i - from);
        room += ends != ']' && word.p != rec->client.p && may_be_time(word);
        i += i < line.n;
    }
    return room > (size_t)(rec->status >= 0) + (size_t)(rec->bytes >= 0);
}

struct pmt_inferred *pmt_infer_behind(struct pmt_slice head, const struct pmt_parser *known)
{
    struct pmt_lines *lines = pmt_alloc(sizeof *lines);
    struct pmt_inferred *x = NULL;
    for (const char *d = " |\t;"; *d && !x; d++)
        x = pmt_infer_attempt(head, lines, *d, false, false);
    if (x && (x->doubt || !(pmt_with_role(x->skeleton, ROLE_DURATION) || x->offer))) {
        pmt_inferred_free(x);
        x = NULL;
    }
    if (x) {
        x->known = known;
        x->begins = x->dialect == PMT_DIALECT_APACHE;
        x->certain = !x->offer && pmt_nearly_all(count_timed(x, lines), lines->n);
        if (!x->certain)
            x->doubt = "nothing shows that the number behind them is a duration";
        x->parser.name = known->name;
        x->parser.layer = known->layer;
        x->parser.parse_own = parse_behind;
        x->parser.claims = NULL;
    }
    free(lines);
    return x;
}
