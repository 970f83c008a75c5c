#include "pipeline_parts.h"

#include "pmt/infer.h"
#include "pmt/render_fields.h"

#include <errno.h>
#include <stdio.h>

/* --explain: how a file is read. What is shown of it is redacted as records are. */

enum {
    EXAMPLES = 3,         /* lines of different kinds that are shown in full */
    LOOKED_AT = 10000,    /* lines in which they are looked for */
    COUNTED = 200,        /* lines of the head that are counted by their reader */
    READERS = 8,
    LABEL = 18,
    EXCERPT = 400,        /* bytes of a line */
    CLOCKS = 4,
};

static void put_label(struct pmt_buf *b, const char *label)
{
    pmt_buf_printf(b, "  %-*s ", LABEL, label);
}

static const char *compression_name(enum pmt_compression c)
{
    switch (c) {
    case PMT_PLAIN: return "none";
    case PMT_GZIP: return "gzip";
    case PMT_BZIP2: return "bzip2";
    case PMT_XZ: return "xz";
    case PMT_LZMA: return "lzma";
    case PMT_ZSTD: return "zstd";
    case PMT_JOURNAL: return "journal of systemd: line N is entry N of journalctl --file FILE";
    default: return "one that is not read";
    }
}

/* ---- a line field by field ------------------------------------------------------------------- */

static void put_text(struct pmt_run *r, struct pmt_buf *b, struct pmt_slice s)
{
    struct pmt_buf clean = {0};
    pmt_redact_line(r->redactor, pmt_slice_head(s, EXCERPT), &clean);
    pmt_put_terminal_safe(b, pmt_buf_view(&clean));
    pmt_buf_puts(b, s.n > EXCERPT ? "..." : "");
    pmt_buf_fini(&clean);
}

static void put_stamp(struct pmt_buf *b, const char *label, const struct pmt_stamp *s)
{
    static const char *const how[] = {
        [PMT_STAMP_YEARLESS] = " without year and offset",
        [PMT_STAMP_WALL] = " without offset",
    };
    if (s->how == PMT_STAMP_NONE)
        return;
    struct pmt_buf text = {0};
    put_label(b, label);
    pmt_put_datetime(&text, s->wall);
    struct pmt_slice shown = pmt_buf_view(&text);
    bool yearless = s->how == PMT_STAMP_YEARLESS;
    pmt_buf_slice(b, pmt_slice(shown.p + (yearless ? 5 : 0), shown.n - (yearless ? 5 : 0)));
    if (s->how == PMT_STAMP_ZONED) {
        pmt_buf_puts(b, " ");
        pmt_put_offset(b, s->offset);
    } else {
        pmt_buf_puts(b, how[s->how]);
    }
    pmt_buf_puts(b, "\n");
    pmt_buf_fini(&text);
}

static void put_fields(struct pmt_run *r, struct pmt_buf *b, struct pmt_shown *shown,
                       const struct pmt_record *rec)
{
    put_stamp(b, "time (own)", &rec->own);
    put_stamp(b, "time (head)", &rec->head);
    for (const struct pmt_field *f = pmt_fields; f->name; f++) {
        bool known = false;
        if (f->type == PMT_FIELD_NUMBER) {
            int64_t v = f->number(rec, &known);
            if (!known)
                continue;
            put_label(b, f->name);
            pmt_buf_printf(b, "%lld\n", (long long)v);
            continue;
        }
        struct pmt_slice v = f->text(rec);
        if (!v.n)
            continue;
        put_label(b, f->name);
        v = pmt_shown_text(shown, rec, f, v);
        pmt_put_terminal_safe(b, pmt_slice_head(v, EXCERPT));
        pmt_buf_puts(b, v.n > EXCERPT ? "...\n" : "\n");
    }
    if (rec->rule >= 0) {
        put_label(b, "rule");
        pmt_buf_printf(b, "%s\n", pmt_rules_get(r->rules, rec->rule)->id);
    }
}

/* ---- who reads it ---------------------------------------------------------------------------- */

struct seen {
    const struct pmt_parser *reader;
    uint8_t kind;
    bool event;
};

struct look {
    struct seen shown[EXAMPLES];
    size_t nshown;
    const struct pmt_parser *readers[READERS];
    size_t lines_of[READERS], nreaders, counted, foreign;
    struct pmt_buf examples;
    struct pmt_shown *shows;
    struct pmt_rules_scratch *scratch;
};

static void count_reader(struct look *l, const struct pmt_parser *p)
{
    size_t i = 0;
    while (i < l->nreaders && l->readers[i] != p)
        i++;
    if (i == READERS)
        return;
    l->readers[i] = p;
    l->nreaders += i == l->nreaders;
    l->lines_of[i]++;
}

static void show_line(struct pmt_run *r, struct look *l, const struct pmt_line *line,
                      struct pmt_record *rec)
{
    if (rec->kind != PMT_HTTP_REQUEST && rec->lb == PMT_LB_NONE)
        pmt_rules_match(r->rules, l->scratch, rec);
    bool event = rec->event != PMT_EV_NONE;
    for (size_t i = 0; i < l->nshown; i++)
        if (l->shown[i].reader == rec->reader && l->shown[i].kind == rec->kind &&
            l->shown[i].event == event)
            return;
    if (l->nshown == EXAMPLES)
        return;
    l->shown[l->nshown++] = (struct seen){rec->reader, rec->kind, event};
    pmt_buf_printf(&l->examples, "\nline %llu, read as %s: %s\n  ",
                   (unsigned long long)line->number, rec->reader ? rec->reader->name : "nothing",
                   pmt_kind_name((enum pmt_kind)rec->kind));
    put_text(r, &l->examples, line->text);
    pmt_buf_puts(&l->examples, "\n");
    put_fields(r, &l->examples, l->shows, rec);
}

static void look_at(struct pmt_run *r, const struct pmt_scanned *s, struct look *l)
{
    struct pmt_reader *reader = pmt_reader_new(r->stdin_fd);
    struct pmt_line line;
    struct pmt_record rec;
    enum pmt_verdict v;
    struct pmt_reject why;
    bool open = pmt_reader_turn(reader, s) == 0;
    for (size_t i = 0; open && i < LOOKED_AT && (i < COUNTED || l->nshown < EXAMPLES); i++) {
        if (!pmt_reader_next(reader, &line, &rec, &v, &why))
            break;
        if (i < COUNTED && line.text.n) {
            l->counted++;
            l->foreign += v == PMT_FOREIGN;
            if (v != PMT_FOREIGN)
                count_reader(l, v == PMT_RECORD ? rec.reader : s->parser);
        }
        if (v == PMT_RECORD)
            show_line(r, l, &line, &rec);
    }
    pmt_reader_free(reader);
}

static void put_format(struct pmt_buf *b, const struct pmt_scanned *s, const struct look *l)
{
    put_label(b, "format");
    if (!s->parser)
        pmt_buf_puts(b, "none that is known");
    pmt_put_format(b, s->parser, &s->own);
    pmt_buf_puts(b, "\n");
    for (size_t i = 0; i < l->nreaders; i++) {
        put_label(b, i ? "" : "why");
        pmt_buf_printf(b, "%s reads %zu of the first %zu lines\n",
                       l->readers[i] ? l->readers[i]->name : "nothing", l->lines_of[i],
                       l->counted);
    }
    const struct pmt_inferred *x = s->inferred;
    if (!x)
        return;
    if (x->offer && (x->known || x->certain)) {
        put_label(b, "not read");
        pmt_buf_printf(b, "a number behind the requests; if it is how long they took in "
                       "microseconds,\n  %-*s give --log-format '", LABEL, "");
        pmt_put_terminal_safe(b, pmt_str(x->offer));
        pmt_buf_puts(b, x->known ? "'\n" : "'");
    }
    if (x->offer && x->known)
        return;
    put_label(b, x->certain ? "inferred" : "a guess");
    pmt_put_terminal_safe(b, pmt_str(x->format));
    if (x->micros)
        pmt_buf_printf(b, "\n  %-*s how long requests took is told by the values", LABEL, "");
    if (x->doubt)
        pmt_buf_printf(b, "\n  %-*s not used: %s", LABEL, "", x->doubt);
    pmt_buf_puts(b, "\n");
}

/* With the host and the stamp that is meant, where there are several. */
static void put_clock(struct pmt_buf *b, const struct pmt_scanned *s, const struct pmt_clock *c,
                      const struct pmt_map *m)
{
    if (s->tally->nclocks > 1) {
        pmt_put_terminal_safe(b, c->host);
        pmt_buf_printf(b, "%s%s: ", c->host.n ? ", " : "", pmt_which_told(c->which));
    }
    pmt_put_terminal_safe(b, pmt_str(m->zone_name));
    pmt_buf_puts(b, ": ");
    pmt_put_terminal_safe(b, pmt_str(m->why ? m->why : ""));
    if (m->year_why) {
        pmt_buf_puts(b, "; year "); /* "2022: from ..." */
        pmt_put_terminal_safe(b, pmt_str(m->year_why));
    }
    pmt_buf_puts(b, "\n");
}

static void put_times(struct pmt_buf *b, const struct pmt_scanned *s)
{
    size_t told = 0;
    for (size_t c = 0; s->maps && c < s->tally->nclocks; c++)
        for (size_t k = 0; k < s->tally->clocks[c].n && told < CLOCKS; k++) {
            const struct pmt_map *m = &s->maps[c][k];
            if (!m->zone_name || (k && m->why == s->maps[c][k - 1].why))
                continue;
            put_label(b, told++ ? "" : "zone");
            put_clock(b, s, &s->tally->clocks[c], m);
        }
}

/* ---- what is not understood ------------------------------------------------------------------ */

/* The mark stands below its column where redaction left what is before it as it can be told. */
static void put_rejected(struct pmt_run *r, struct pmt_buf *b, const struct pmt_rejected *x)
{
    struct pmt_buf whole = {0}, before = {0}, shown = {0};
    size_t column = x->column < x->excerpt.n ? x->column : x->excerpt.n;
    pmt_redact_line(r->redactor, x->excerpt, &whole);
    pmt_redact_line(r->redactor, pmt_slice(x->excerpt.p, column), &before);
    pmt_put_terminal_safe(&shown, pmt_buf_view(&whole));
    pmt_buf_printf(b, "\nline %llu, column %zu: %s\n  ", (unsigned long long)x->line,
                   x->column + 1, x->why);
    pmt_buf_slice(b, pmt_buf_view(&shown));
    pmt_buf_puts(b, "\n");
    if (whole.n >= before.n && (!before.n || memcmp(whole.data, before.data, before.n) == 0)) {
        pmt_buf_clear(&shown);
        pmt_put_terminal_safe(&shown, pmt_buf_view(&before));
        size_t width = 0; /* bytes that continue a character take no room */
        for (size_t i = 0; i < shown.n; i++)
            width += ((unsigned char)shown.data[i] & 0xC0) != 0x80;
        pmt_buf_printf(b, "  %*s^\n", (int)width, "");
    }
    pmt_buf_fini(&whole);
    pmt_buf_fini(&before);
    pmt_buf_fini(&shown);
}

static void put_source(struct pmt_run *r, const struct pmt_scanned *s, struct pmt_buf *b)
{
    pmt_put_terminal_safe(b, pmt_str(s->input->shown));
    pmt_buf_puts(b, "\n");
    put_label(b, "compression");
    pmt_buf_printf(b, "%s\n", compression_name(s->info.compression));
    if (s->info.unclosed) {
        put_label(b, "state");
        pmt_buf_puts(b, "not closed: it is being written, or its machine went down\n");
    }
    if (s->info.damage[0]) {
        put_label(b, "damage");
        pmt_put_terminal_safe(b, pmt_str(s->info.damage));
        pmt_buf_puts(b, "\n");
    }
    if (!s->tally) {
        put_label(b, "not read");
        pmt_put_terminal_safe(b, pmt_str(s->skipped ? s->skipped : "nothing of it can be read"));
        pmt_buf_puts(b, "\n");
        return;
    }
    struct look l = {.shows = pmt_shown_new(r->redactor),
                     .scratch = pmt_rules_scratch_new(r->rules)};
    look_at(r, s, &l);
    pmt_shown_free(l.shows);
    pmt_rules_scratch_free(l.scratch);
    put_format(b, s, &l);
    put_times(b, s);
    put_label(b, "lines");
    pmt_put_count(b, s->tally->lines);
    pmt_buf_puts(b, ", not understood: ");
    pmt_put_count(b, s->tally->not_understood);
    pmt_buf_puts(b, "\n");
    pmt_buf_slice(b, pmt_buf_view(&l.examples));
    pmt_buf_fini(&l.examples);
    for (unsigned i = 0; i < s->tally->nrejects && i < EXAMPLES; i++)
        put_rejected(r, b, &s->tally->rejects[i]);
}

int pmt_explain(struct pmt_run *r, struct pmt_output *out)
{
    struct pmt_buf b = {0};
    for (size_t i = 0; i < r->inputs.n; i++) {
        pmt_buf_puts(&b, i ? "\n" : "");
        put_source(r, &r->sources[i], &b);
    }
    bool good = fwrite(b.data ? b.data : "", 1, b.n, out->file) == b.n;
    pmt_buf_fini(&b);
    return good || !pmt_output_failed(out, errno, r->diag) ? PMT_EXIT_WRITTEN : PMT_EXIT_NOTHING;
}
