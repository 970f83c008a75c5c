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

void pmt_put_ahead(struct pmt_buf *b, const struct pmt_skew *s)
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
    pmt_put_ahead(&ahead, s);
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

/* ---- names ------------------------------------------------------------------------------ */

void pmt_names_add(struct pmt_names *to, struct pmt_slice name, const char *detail)
{
    struct pmt_buf one = {0};
    pmt_buf_puts(&one, PMT_CODE_ON);
    pmt_put_clean(&one, name, 80);
    pmt_buf_puts(&one, PMT_CODE_OFF);
    if (detail)
        pmt_buf_printf(&one, ": %s", detail);
    if (to->n <= PMT_NAMED && !pmt_slice_find(pmt_buf_view(&to->list), one.data)) {
        pmt_buf_puts(&to->list, !to->n ? "" : detail ? "; " : ", ");
        pmt_buf_puts(&to->list, to->n == PMT_NAMED ? "and more" : one.data);
        to->n++;
    }
    pmt_buf_fini(&one);
}

/* ---- the clocks of a source -------------------------------------------------------------- */

enum { TIMES_TOLD = 6, CLOCKS_TOLD = 80 };

static uint64_t lines_of(const struct pmt_clock *c)
{
    uint64_t n = 0;
    for (size_t k = 0; k < c->n; k++)
        n += c->segments[k].lines;
    return n;
}

/* Most of the lines have a stamp of the program's own. */
static bool is_envelope(const struct pmt_tally *t, size_t at)
{
    const struct pmt_clock *head = &t->clocks[at];
    for (size_t c = 0; head->which == PMT_CLOCK_HEAD && c < t->nclocks; c++)
        if (t->clocks[c].which != PMT_CLOCK_HEAD && pmt_slice_eq(t->clocks[c].host, head->host) &&
            lines_of(&t->clocks[c]) * 2 > lines_of(head))
            return true;
    return false;
}

/* Hosts whose times are known in the same way; without any, what of their lines it is. */
struct alike {
    struct pmt_names hosts;
    const char *known, *what;
};

static bool add_alike(struct pmt_report *r, struct alike *told, size_t *n, struct pmt_buf *known,
                      struct pmt_slice host, const char *what)
{
    size_t i = 0;
    while (i < *n && strcmp(told[i].known, known->data) != 0)
        i++;
    if (i == TIMES_TOLD)
        return false;
    if (i == *n)
        told[(*n)++] = (struct alike){.known = pmt_report_keep(r, known), .what = what};
    if (host.n)
        pmt_names_add(&told[i].hosts, host, NULL);
    return true;
}

const char *pmt_report_times(struct pmt_report *r, const struct pmt_report_input *in,
                             const struct pmt_scanned *s)
{
    const struct pmt_tally *t = s->tally;
    struct alike told[TIMES_TOLD] = {{{{0}, 0}, NULL, NULL}};
    struct pmt_buf text = {0};
    size_t n = 0;
    bool more = t->nclocks > CLOCKS_TOLD;
    for (size_t i = 0; i <= t->nclocks && i <= CLOCKS_TOLD; i++) {
        size_t c = i ? i - 1 : s->main_clock;
        struct pmt_buf known = {0};
        struct pmt_slice host = t->clocks[c].host.n ? t->clocks[c].host : s->host;
        if ((i && c == s->main_clock) || (i && is_envelope(t, c)))
            continue;
        pmt_put_clock_known(&known, s, c, in->sources, in->nsources);
        more |= !add_alike(r, told, &n, &known, host, pmt_which_told(t->clocks[c].which));
        pmt_buf_fini(&known);
    }
    for (size_t i = 0; i < n; i++) {
        if (n > 1)
            pmt_buf_printf(&text, "%s%s: ", i ? ". " : "",
                           told[i].hosts.n ? told[i].hosts.list.data : told[i].what);
        pmt_buf_puts(&text, told[i].known);
        pmt_buf_fini(&told[i].hosts.list);
    }
    pmt_buf_puts(&text, more ? ". And more hosts" : "");
    return pmt_report_keep(r, &text);
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
