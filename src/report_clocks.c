#include "report_parts.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- skew -------------------------------------------------------------------------------- */

static int64_t seconds_of(int64_t us)
{
    return (us + (us < 0 ? -PMT_SECOND : PMT_SECOND) / 2) / PMT_SECOND;
}

/* "90 s", "4 min 10 s" */
static void put_length(struct pmt_buf *b, int64_t seconds)
{
    if (seconds < 120)
        pmt_buf_printf(b, "%lld s", (long long)seconds);
    else
        pmt_put_duration(b, seconds * PMT_SECOND);
}

static void put_tenths(struct pmt_buf *b, int64_t us)
{
    int64_t tenths = (us + PMT_SECOND / 20) / (PMT_SECOND / 10);
    pmt_buf_printf(b, "%lld.%lld s", (long long)(tenths / 10), (long long)(tenths % 10));
}

/* "about 90 s ahead of `lb-01`'s" */
static void put_ahead(struct pmt_buf *b, const struct pmt_skew *s)
{
    enum { STEADY = 2 }; /* seconds: less is no drift */
    int64_t least = seconds_of(s->least), most = seconds_of(s->most), mid = seconds_of(s->median);
    bool drifts = most - least > STEADY, behind = drifts ? most <= 0 : mid < 0;
    bool both = drifts && least < 0 && most > 0;
    int64_t near = !drifts ? llabs(mid) : behind ? -most : llabs(least);
    int64_t far = behind ? -least : most;
    struct pmt_buf low = {0}, high = {0};
    put_length(&low, near);
    put_length(&high, far);
    struct pmt_value v[] = {PMT_V("from", low.data), PMT_V("length", low.data),
                            PMT_V("to", high.data), PMT_C("other", s->against)};
    const char *id = !drifts && !mid ? "skew-level"
                     : !drifts       ? behind ? "skew-behind" : "skew-ahead"
                     : both          ? "skew-drift-both"
                     : behind        ? "skew-drift-behind"
                                     : "skew-drift-ahead";
    pmt_put_phrase(b, id, v, PMT_COUNT(v));
    pmt_buf_fini(&low);
    pmt_buf_fini(&high);
}

/* "the clock is about 90 s ahead of `lb-01`'s (812 requests in both logs, which differ by 0.4 s),
 * corrected" */
static void put_skew(struct pmt_buf *b, const struct pmt_skew *s)
{
    struct pmt_buf ahead = {0}, n = {0}, spread = {0};
    put_ahead(&ahead, s);
    pmt_put_count(&n, s->matched);
    put_tenths(&spread, s->spread);
    struct pmt_value v[] = {PMT_V("list", ahead.data), PMT_V("n", n.data),
                            PMT_V("length", spread.data)};
    bool small = llabs(s->least) < 2 * PMT_SECOND && llabs(s->most) < 2 * PMT_SECOND;
    pmt_put_phrase(b, s->corrected ? "clock-skew" : small ? "clock-skew-small" : "clock-skew-loose",
                   v, PMT_COUNT(v));
    pmt_buf_fini(&ahead);
    pmt_buf_fini(&n);
    pmt_buf_fini(&spread);
}

/* ---- how a clock's times are known ------------------------------------------------------- */

/* What several segments of a clock say, each thing once; the first few of many. */
struct said {
    const char *v[4];
    size_t n;
    bool more;
};

static void say(struct said *s, const char *text)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->v[i], text) == 0)
            return;
    if (s->n == PMT_COUNT(s->v))
        s->more = true;
    else
        s->v[s->n++] = text;
}

/* Sources whose names may stand in what is said. */
struct known_names {
    const struct pmt_scanned *all;
    size_t n;
};

/* The longest name of a source that begins here; absent: none does. */
static struct pmt_slice name_at(const struct known_names *names, const char *text)
{
    struct pmt_slice best = PMT_NO_SLICE;
    for (size_t i = 0; i < names->n; i++) {
        const char *shown = names->all[i].input->shown;
        size_t n = *shown == *text ? strlen(shown) : 0;
        if (n > best.n && strncmp(shown, text, n) == 0 && (!text[n] || strchr(" ,;.", text[n])))
            best = pmt_slice(text, n);
    }
    return best;
}

/* Names of files and what was typed stand in it. */
static void put_reason(struct pmt_buf *b, const char *text, const struct known_names *names)
{
    while (*text) {
        struct pmt_slice name = name_at(names, text);
        if (name.n) {
            pmt_buf_puts(b, PMT_CODE_ON);
            pmt_put_clean(b, name, 160);
            pmt_buf_puts(b, PMT_CODE_OFF);
            text += name.n;
        }
        size_t word = strcspn(text, " ");
        word += strspn(text + word, " ");
        pmt_put_clean(b, pmt_slice(text, word), 400);
        text += word;
    }
}

static void put_said(struct pmt_buf *b, const struct said *s, const char *before, bool capital,
                     const struct known_names *names)
{
    for (size_t i = 0; i < s->n; i++) {
        pmt_buf_puts(b, i ? "; " : b->n ? ". " : "");
        pmt_buf_puts(b, i ? "" : before);
        const char *text = s->v[i];
        bool raise = capital && !i && *text >= 'a' && *text <= 'z';
        if (raise)
            pmt_buf_put(b, &(char){(char)(*text - 'a' + 'A')}, 1);
        put_reason(b, text + raise, names);
    }
    pmt_buf_puts(b, s->more ? "; and more" : "");
}

void pmt_put_clock_known(struct pmt_buf *b, const struct pmt_scanned *s, size_t clock,
                         const struct pmt_scanned *all, size_t n)
{
    struct known_names names = {all, n};
    struct said zones = {0}, years = {0}, turns = {0};
    const struct pmt_skew *skew = NULL;
    struct pmt_arena room = {0};
    struct pmt_buf text = {0};
    for (size_t k = 0; k < s->tally->clocks[clock].n; k++) {
        const struct pmt_map *m = &s->maps[clock][k];
        say(&zones, pmt_arena_printf(&room, "%s: %s", m->zone_name, m->why));
        if (m->year_why)
            say(&years, m->year_why);
        if (m->turns)
            say(&turns, m->turns);
        skew = skew ? skew : m->skew;
    }
    put_said(&text, &zones, "", false, &names);
    put_said(&text, &years, "Year ", false, &names);
    put_said(&text, &turns, "", true, &names);
    if (skew) {
        pmt_buf_puts(&text, text.n ? ". " : "");
        put_skew(&text, skew);
    }
    pmt_buf_puts(b, text.data ? text.data : "");
    pmt_buf_fini(&text);
    pmt_arena_fini(&room);
}

/* ---- the banner -------------------------------------------------------------------------- */

enum { NAMED = 4 }; /* hosts or logs that a sentence names */

/* The names of a sentence, each once. */
struct names {
    struct pmt_buf list;
    size_t n;
};

/* "`web-01`: +03:00": detail may be NULL. */
static void add_name(struct names *to, struct pmt_slice name, const char *detail)
{
    struct pmt_buf one = {0};
    pmt_buf_puts(&one, PMT_CODE_ON);
    pmt_put_clean(&one, name, 80);
    pmt_buf_puts(&one, PMT_CODE_OFF);
    if (detail)
        pmt_buf_printf(&one, ": %s", detail);
    if (to->n <= NAMED && !pmt_slice_find(pmt_buf_view(&to->list), one.data)) {
        pmt_buf_puts(&to->list, !to->n ? "" : detail ? "; " : ", ");
        pmt_buf_puts(&to->list, to->n == NAMED ? "and more" : one.data);
        to->n++;
    }
    pmt_buf_fini(&one);
}

/* calibrate says so in words. */
static bool year_is_assumed(const struct pmt_map *m)
{
    return m->year && m->year_why && strncmp(m->year_why, "assumed ", 8) == 0;
}

/* What is assumed of a source's clocks: by host, or where no host is known by log. */
struct assumed {
    struct names zones, years, unknown;
    size_t nzones, nyears, nunknown;
};

static void look_at(struct assumed *a, const struct pmt_scanned *s)
{
    bool zone = false, year = false, unknown = false;
    for (size_t c = 0; c < s->tally->nclocks; c++) {
        const struct pmt_clock *clock = &s->tally->clocks[c];
        struct pmt_slice shown = pmt_str(s->input->shown);
        struct pmt_slice host = clock->host.n ? clock->host : s->host.n ? s->host : shown;
        for (size_t k = 0; k < clock->n; k++) {
            const struct pmt_map *m = &s->maps[c][k];
            char number[16];
            if (m->zone_from >= PMT_ZONE_SIBLING) {
                add_name(&a->zones, host, m->zone_name);
                zone = true;
            }
            if (m->year_from == PMT_YEAR_UNKNOWN) {
                add_name(&a->unknown, shown, NULL);
                unknown = true;
            } else if (year_is_assumed(m)) {
                snprintf(number, sizeof number, "%d", m->year);
                add_name(&a->years, shown, number);
                year = true;
            }
        }
    }
    a->nzones += zone;
    a->nyears += year;
    a->nunknown += unknown;
}

static void say_assumed(struct pmt_report *r, const char *id, struct names *names, size_t n,
                        size_t all)
{
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, n)),
                            PMT_V("all", pmt_report_count(r, all)),
                            PMT_V("list", pmt_report_keep(r, &names->list))};
    if (n)
        pmt_lines_add(&r->banner, pmt_report_text(r, id, v, PMT_COUNT(v)));
}

struct skews {
    const struct pmt_skew **v;
    size_t n, cap;
};

/* Parts of one curve are told as one. */
static void add_skew(struct skews *all, const struct pmt_skew *s)
{
    for (size_t i = 0; i < all->n; i++)
        if (s == all->v[i] || (pmt_slice_eq(s->whose, all->v[i]->whose) &&
                               pmt_slice_eq(s->against, all->v[i]->against)))
            return;
    PMT_GROW(all->v, all->n, all->cap);
    all->v[all->n++] = s;
}

static int by_name(const void *a, const void *b)
{
    const struct pmt_skew *const *x = a, *const *y = b;
    int c = pmt_slice_cmp((*x)->whose, (*y)->whose);
    return c ? c : pmt_slice_cmp((*x)->against, (*y)->against);
}

static void say_skews(struct pmt_report *r, struct skews *all)
{
    if (all->n)
        qsort(all->v, all->n, sizeof *all->v, by_name);
    for (size_t i = 0; i < all->n && i < NAMED; i++) {
        struct pmt_buf ahead = {0};
        put_ahead(&ahead, all->v[i]);
        struct pmt_value v[] = {PMT_C("host", all->v[i]->whose), PMT_V("list", ahead.data),
                                PMT_V("n", pmt_report_count(r, all->v[i]->matched))};
        pmt_lines_add(&r->banner, pmt_report_text(r, "banner-skew", v, PMT_COUNT(v)));
        pmt_buf_fini(&ahead);
    }
    if (all->n <= NAMED)
        return;
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, all->n - NAMED))};
    pmt_lines_add(&r->banner, pmt_report_text(r, "banner-skew-more", v, 1));
}

void pmt_report_clocks(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct assumed a = {0};
    struct skews skews = {0};
    size_t all = 0;
    for (size_t i = 0; i < in->nsources; i++) {
        const struct pmt_scanned *s = &in->sources[i];
        if (!s->tally || !s->tally->nclocks)
            continue;
        all++;
        look_at(&a, s);
        for (size_t c = 0; c < s->tally->nclocks; c++)
            for (size_t k = 0; k < s->tally->clocks[c].n; k++)
                if (s->maps[c][k].skew && s->maps[c][k].skew->corrected)
                    add_skew(&skews, s->maps[c][k].skew);
    }
    say_assumed(r, "banner-zone", &a.zones, a.nzones, all);
    say_assumed(r, "banner-year-assumed", &a.years, a.nyears, all);
    say_assumed(r, "banner-year", &a.unknown, a.nunknown, all);
    say_skews(r, &skews);
    free(skews.v);
}

/* ---- times ------------------------------------------------------------------------------- */

bool pmt_report_moved(const struct pmt_report_input *in, const struct pmt_fact *f)
{
    const struct pmt_mark *m = f->mark;
    const struct pmt_map *map = &in->sources[f->places[0].source].maps[m->clock][m->segment];
    struct pmt_map as_shown = *map;
    if (!map->skew || !map->skew->corrected)
        return false;
    as_shown.skew = NULL;
    return pmt_map_utc(map, m->wall) != pmt_map_utc(&as_shown, m->wall);
}

const char *pmt_report_local(struct pmt_report *r, const struct pmt_report_input *in, int64_t t,
                             bool beside)
{
    if (!in->display)
        return "";
    struct pmt_buf b = {0};
    int32_t offset = pmt_zone_offset(in->display, t);
    int64_t local = t + (int64_t)offset * PMT_SECOND;
    if (!beside) {
        pmt_put_datetime(&b, local);
    } else {
        if (local / PMT_DAY - (local % PMT_DAY < 0) != t / PMT_DAY - (t % PMT_DAY < 0)) {
            pmt_put_daymonth(&b, local);
            pmt_buf_puts(&b, " ");
        }
        pmt_put_clock(&b, local);
    }
    pmt_buf_puts(&b, " ");
    pmt_put_offset(&b, offset);
    return pmt_report_keep(r, &b);
}
