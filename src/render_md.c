#include "pmt/render.h"

#include "pmt/blocks.h"

#include <stdlib.h>

/* ---- escape ----------------------------------------------------------------------------- */

static size_t longest_ticks(const char *p, const char *end)
{
    size_t longest = 0, run = 0;
    for (; p < end; p++) {
        run = *p == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* CommonMark 6.1: a code span ends at a run of backticks as long as the one that opened it; inside,
 * nothing but that is markup. In a table a pipe must still be escaped (GFM 4.10). */
static void put_code(struct pmt_buf *out, const char *p, const char *end, bool in_table)
{
    size_t fence = longest_ticks(p, end) + 1;
    bool pad = p < end && (*p == '`' || end[-1] == '`');
    if (p == end)
        return;
    for (size_t i = 0; i < fence; i++)
        pmt_buf_puts(out, "`");
    pmt_buf_puts(out, pad ? " " : "");
    for (; p < end; p++) {
        if (*p == '|' && in_table)
            pmt_buf_puts(out, "\\|");
        else
            pmt_buf_put(out, *p == '\n' ? " " : p, 1);
    }
    pmt_buf_puts(out, pad ? " " : "");
    for (size_t i = 0; i < fence; i++)
        pmt_buf_puts(out, "`");
}

static bool special(char c)
{
    return strchr("\\`*_[]<>|~&$", c) != NULL && c != '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What makes a list, a heading or a line of the text behind it where a block begins: how many bytes
 * stand before the one to escape, or -1. */
static int block_start(const char *text)
{
    int n = 0;
    if (*text == '#' || *text == '=')
        return 0;
    if ((*text == '-' || *text == '+') && (!text[1] || text[1] == ' ' || text[1] == *text))
        return 0;
    while (is_digit(text[n]))
        n++;
    return n && (text[n] == '.' || text[n] == ')') && (!text[n + 1] || text[n + 1] == ' ') ? n : -1;
}

#define ZERO_WIDTH "\xE2\x80\x8B" /* breaks what GitHub would turn into a link; nobody sees it */

/* How many bytes of a link that needs no markup begin here: "http://", "www." (GFM 6.9), "@name"
 * and "#12", which ping people and refer to issues. A zero-width space goes behind them. */
static size_t link_start(const char *text, const char *p)
{
    if (*p == '@' || (*p == '#' && is_digit(p[1])))
        return 1;
    if (*p == ':' && p[1] == '/' && p[2] == '/')
        return 1;
    bool fresh = p == text || !is_letter(p[-1]);
    if (fresh && (p[0] | 32) == 'w' && (p[1] | 32) == 'w' && (p[2] | 32) == 'w' && p[3] == '.')
        return 3;
    if (fresh && *p == 'G' && p[1] == 'H' && p[2] == '-' && is_digit(p[3]))
        return 2;
    return 0;
}

void pmt_put_markdown(struct pmt_buf *out, const char *text, bool in_table)
{
    int start = block_start(text);
    for (const char *p = text; *p; p++) {
        size_t link = link_start(text, p);
        if (p - text == start)
            pmt_buf_puts(out, "\\");
        if (*p == *PMT_CODE_ON) {
            const char *end = strchr(p, *PMT_CODE_OFF);
            end = end ? end : p + strlen(p);
            put_code(out, p + 1, end, in_table);
            if (!*end)
                return;
            p = end;
        } else if (*p == *PMT_STRONG_ON || *p == *PMT_STRONG_OFF) {
            pmt_buf_puts(out, "**");
        } else if (*p == '\n') {
            pmt_buf_puts(out, " ");
        } else if (link) {
            pmt_buf_put(out, p, link);
            pmt_buf_puts(out, ZERO_WIDTH);
            p += link - 1;
        } else {
            if (special(*p))
                pmt_buf_puts(out, "\\");
            pmt_buf_put(out, p, 1);
        }
    }
}

void pmt_put_unmarked(struct pmt_buf *out, const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p > 4 || *p == '\0')
            pmt_buf_put(out, p, 1);
}

/* ---- parts ------------------------------------------------------------------------------ */

static void put_cites(struct pmt_buf *out, const struct pmt_report *r, const struct pmt_cites *c)
{
    for (unsigned i = 0; i < c->n; i++)
        pmt_buf_printf(out, "%sE%u", i ? ", " : "[", r->evidence[c->v[i]].id);
    if (c->n)
        pmt_buf_puts(out, "]");
}

/* "The sentence [E1, E2]." - the citation stands before the full stop. */
static void put_sentence(struct pmt_buf *out, const struct pmt_report *r, const char *text,
                         const struct pmt_cites *c)
{
    size_t n = strlen(text);
    bool stop = c->n && n && text[n - 1] == '.';
    struct pmt_buf body = {0};
    pmt_buf_put(&body, text, stop ? n - 1 : n);
    pmt_put_markdown(out, body.data ? body.data : "", false);
    pmt_buf_fini(&body);
    if (c->n) {
        pmt_buf_puts(out, " ");
        put_cites(out, r, c);
    }
    if (stop)
        pmt_buf_puts(out, ".");
}

static bool is_slot(const char *text)
{
    return strncmp(text, "TODO(", 5) == 0;
}

/* What people fill in stands last, and is theirs. */
static void put_labelled(struct pmt_buf *out, const struct pmt_report *r,
                         const struct pmt_labelled *l, bool bullet)
{
    size_t ours = l->n;
    while (ours && is_slot(l->sentences[ours - 1].text))
        ours--;
    pmt_buf_printf(out, bullet ? "- **%s:** " : "**%s** ", l->label);
    for (size_t i = 0; i < l->n; i++) {
        if (i)
            pmt_buf_puts(out, " ");
        if (i == ours)
            pmt_buf_puts(out, PMT_OPEN_TAIL);
        put_sentence(out, r, l->sentences[i].text, &l->sentences[i].cites);
    }
    pmt_buf_puts(out, "\n");
}

/* A bullet, or the mark of one that people fill in. */
static void put_bullet(struct pmt_buf *out, const struct pmt_report *r, const char *text,
                       const struct pmt_cites *cites)
{
    const struct pmt_cites none = {{0}, 0};
    pmt_buf_puts(out, "- ");
    if (is_slot(text))
        pmt_buf_puts(out, PMT_OPEN_TAIL);
    put_sentence(out, r, text, cites ? cites : &none);
    pmt_buf_puts(out, "\n");
}

/* With the day of the incident, or of the logs' end, which the reader knows. */
static bool one_day(const struct pmt_report *r)
{
    int64_t day = (r->incident ? r->incident->start : r->last) / PMT_DAY;
    for (size_t i = 0; i < r->ntimeline; i++) {
        if (!r->timeline[i].shown || r->timeline[i].t == PMT_NO_TIME)
            continue;
        int64_t d = r->timeline[i].t / PMT_DAY;
        if (d != day)
            return false;
    }
    return true;
}

static void put_timeline(struct pmt_buf *out, const struct pmt_report *r)
{
    bool one = one_day(r);
    for (size_t i = 0; i < r->ntimeline; i++) {
        const struct pmt_event_entry *e = &r->timeline[i];
        if (!e->shown)
            continue;
        pmt_buf_puts(out, "- ");
        if (!one) {
            pmt_put_daymonth(out, e->t);
            pmt_buf_puts(out, " ");
        }
        pmt_put_clock(out, e->t);
        out->n -= e->minutes ? 3 : 0; /* ":00" */
        if (e->aside)
            pmt_buf_printf(out, " (%s)", e->aside);
        pmt_buf_puts(out, " - ");
        put_sentence(out, r, e->in_brief ? e->brief : e->message, &e->cites);
        pmt_buf_puts(out, "\n");
    }
    for (size_t i = 0; i < r->slots.n; i++)
        put_bullet(out, r, r->slots.v[i], &r->slot_cites[i]);
    if (r->no_events && !r->incident) {
        pmt_put_markdown(out, r->no_events, false);
        pmt_buf_puts(out, "\n");
    }
}

static void put_measures(struct pmt_buf *out, const struct pmt_report *r)
{
    pmt_buf_puts(out, "What can improve:\n\n");
    for (size_t i = 0; i < r->improvements.n; i++)
        put_bullet(out, r, r->improvements.v[i], NULL);
    pmt_buf_puts(out, "\nSuggested tasks, not agreed:\n\n");
    for (size_t i = 0; i < r->ntasks; i++) {
        pmt_buf_puts(out, is_slot(r->tasks[i].text) ? "- [ ] " PMT_OPEN_TAIL : "- [ ] ");
        put_sentence(out, r, r->tasks[i].text, &r->tasks[i].cites);
        pmt_buf_puts(out, "\n");
    }
}

static void put_cell(struct pmt_buf *out, const char *text)
{
    pmt_buf_puts(out, " ");
    pmt_put_markdown(out, text ? text : "", true);
    pmt_buf_puts(out, " |");
}

static void put_evidence_row(struct pmt_buf *out, const struct pmt_evidence *e)
{
    struct pmt_buf text = {0};
    pmt_buf_printf(out, "| E%u | ", e->id);
    if (e->t != PMT_NO_TIME)
        pmt_put_datetime(out, e->t);
    pmt_buf_puts(out, " |");
    pmt_buf_puts(&text, PMT_CODE_ON);
    pmt_put_clean(&text, e->host, 80);
    pmt_buf_puts(&text, PMT_CODE_OFF);
    put_cell(out, text.data);
    pmt_buf_clear(&text);
    pmt_buf_puts(&text, PMT_CODE_ON);
    pmt_put_clean(&text, pmt_str(e->file), 160);
    pmt_buf_printf(&text, ":%llu" PMT_CODE_OFF, (unsigned long long)e->line);
    put_cell(out, text.data);
    pmt_buf_clear(&text);
    pmt_buf_printf(&text, "%llu", (unsigned long long)e->count);
    put_cell(out, text.data);
    pmt_buf_clear(&text);
    if (e->excerpt)
        pmt_buf_printf(&text, PMT_CODE_ON "%s" PMT_CODE_OFF, e->excerpt);
    else
        pmt_put_phrase(&text, "annex-no-text", NULL, 0);
    put_cell(out, text.data);
    pmt_buf_fini(&text);
    pmt_buf_puts(out, "\n");
}

/* "60 of 120 rows; `--format json` has all." */
static void put_shortened(struct pmt_buf *out, size_t shown, size_t all)
{
    struct pmt_buf some = {0}, every = {0}, text = {0};
    pmt_put_count(&some, shown);
    pmt_put_count(&every, all);
    struct pmt_value v[] = {{"n", pmt_buf_view(&some), true}, {"all", pmt_buf_view(&every), true}};
    pmt_put_phrase(&text, "annex-shortened", v, 2);
    pmt_buf_puts(out, "\n");
    pmt_put_markdown(out, text.data, false);
    pmt_buf_puts(out, "\n");
    pmt_buf_fini(&some);
    pmt_buf_fini(&every);
    pmt_buf_fini(&text);
}

/* What the draft cites; of the rest of the evidence only --format json tells. */
static void put_evidence(struct pmt_buf *out, const struct pmt_report *r, size_t rows)
{
    const struct pmt_evidence **by_id = pmt_alloc((r->nevidence + 1) * sizeof *by_id);
    size_t n = 0;
    for (size_t i = 0; i < r->nevidence; i++)
        by_id[r->evidence[i].id - 1] = &r->evidence[i];
    for (size_t i = 0; i < r->nevidence; i++)
        n += by_id[i]->cited;
    pmt_buf_puts(out, "### Evidence\n\n");
    if (n) {
        pmt_put_phrase(out, "annex-count", NULL, 0);
        pmt_buf_puts(out, "\n\n");
    }
    pmt_buf_puts(out, n ? "| E | UTC | Host | Line | Count | Excerpt |\n|---|---|---|---|---|---|\n"
                        : "None is cited.\n");
    size_t shown = 0;
    for (size_t i = 0; i < r->nevidence && shown < rows; i++)
        if (by_id[i]->cited) {
            put_evidence_row(out, by_id[i]);
            shown++;
        }
    if (shown < n)
        put_shortened(out, shown, n);
    free(by_id);
    pmt_buf_puts(out, "\n");
}

static void put_table(struct pmt_buf *out, const struct pmt_table *t, size_t rows)
{
    pmt_buf_printf(out, "### %s\n\n", t->title);
    if (t->intro) {
        pmt_put_markdown(out, t->intro, false);
        pmt_buf_puts(out, "\n\n");
    }
    if (!t->n)
        return;
    int n = 0;
    pmt_buf_puts(out, "|");
    for (; t->heads[n]; n++)
        put_cell(out, t->heads[n]);
    pmt_buf_puts(out, "\n|");
    for (int i = 0; i < n; i++)
        pmt_buf_puts(out, "---|");
    pmt_buf_puts(out, "\n");
    for (size_t k = 0; k < t->n && k < rows; k++) {
        pmt_buf_puts(out, "|");
        for (int i = 0; i < n; i++)
            put_cell(out, t->rows[k].cells[i]);
        pmt_buf_puts(out, "\n");
    }
    if (t->n > rows)
        put_shortened(out, rows, t->n);
    pmt_buf_puts(out, "\n");
}

/* ---- the whole --------------------------------------------------------------------------- */

/* A block, without the blank lines at its end. The content is emptied. */
static void put_block(struct pmt_buf *out, const char *name, struct pmt_buf *content, bool whole)
{
    struct pmt_slice s = pmt_buf_view(content);
    while (s.n > 1 && s.p[s.n - 1] == '\n' && s.p[s.n - 2] == '\n')
        s.n--;
    pmt_put_block(out, name, s, whole);
    pmt_buf_puts(out, "\n");
    pmt_buf_clear(content);
}

static void put_head(struct pmt_buf *out, const struct pmt_report *r)
{
    struct pmt_buf b = {0};
    pmt_buf_puts(out, "# DRAFT post-mortem: ");
    pmt_put_markdown(out, r->title, false);
    pmt_buf_puts(out, "\n\n");
    if (r->incident)
        pmt_incident_id(r->incident, &b);
    pmt_put_draft_mark(out, r->incident ? pmt_buf_view(&b) : PMT_NO_SLICE);
    pmt_buf_clear(&b);
    for (size_t i = 0; i < r->banner.n; i++) {
        pmt_buf_puts(&b, i ? ">\n> " : "> ");
        pmt_put_markdown(&b, r->banner.v[i], false);
        pmt_buf_puts(&b, "\n");
    }
    put_block(out, "banner", &b, false);
    pmt_buf_fini(&b);
}

static void put_body(struct pmt_buf *out, const struct pmt_report *r)
{
    struct pmt_buf b = {0};
    pmt_buf_puts(out, "## Issue Summary\n\n");
    for (size_t i = 0; i < r->nsummary; i++)
        put_labelled(&b, r, &r->summary[i], true);
    put_block(out, "summary", &b, false);
    pmt_buf_puts(out, "## Timeline\n\n");
    put_timeline(&b, r);
    put_block(out, "timeline", &b, false);
    pmt_buf_puts(out, "## Root cause and resolution\n\n");
    for (size_t i = 0; i < r->ncause; i++) {
        put_labelled(&b, r, &r->cause[i], false);
        pmt_buf_puts(&b, "\n");
    }
    put_block(out, "cause", &b, false);
    pmt_buf_puts(out, "## Corrective and preventative measures\n\n");
    put_measures(&b, r);
    put_block(out, "measures", &b, false);
    pmt_buf_fini(&b);
}

static void put_annex(struct pmt_buf *out, const struct pmt_report *r, size_t rows)
{
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, "## Annex\n\n");
    /* What the draft cites is wanted most. */
    put_evidence(&b, r, rows < SIZE_MAX / 4 ? rows * 4 : SIZE_MAX);
    for (size_t i = 0; i < r->ntables; i++)
        put_table(&b, &r->tables[i], rows);
    put_block(out, "annex", &b, true);
    out->data[--out->n] = '\0';
    pmt_buf_fini(&b);
}

void pmt_render_markdown(const struct pmt_report *r, struct pmt_buf *out)
{
    put_head(out, r);
    put_body(out, r);
    size_t body = out->n;
    put_annex(out, r, SIZE_MAX);
    for (size_t rows = PMT_ANNEX_ROWS; out->n > PMT_DRAFT_MAX && rows; rows /= 2) {
        out->n = body;
        put_annex(out, r, rows);
    }
}
