#include "notes_parts.h"

const char pmt_note_why_span[] = "a span of two times; write one note for its beginning and one "
                                 "for its end";
static const char why_offset[] = "the offset is none; write it as +03:00";

/* ---- zones ------------------------------------------------------------------------------- */

/* Behind the sign: 3, 03, 0300, 3:00, 03:00 */
static bool take_offset(struct pmt_cursor *c, bool west, int32_t *offset)
{
    struct pmt_cursor t = *c;
    int64_t h, m = 0;
    if (!pmt_cur_digits(&t, 1, 2, &h))
        return false;
    if (pmt_cur_char(&t, ':') ? !pmt_cur_digits(&t, 2, 2, &m)
                              : t.p < t.end && pmt_note_digit(*t.p) &&
                                    !pmt_cur_digits(&t, 2, 2, &m))
        return false;
    if (h > 14 || m > 59 || !pmt_note_at_edge(&t))
        return false;
    *offset = (int32_t)((h * 3600 + m * 60) * (west ? -1 : 1));
    *c = t;
    return true;
}

static struct pmt_slice peek_zone_word(const struct pmt_cursor *c)
{
    const char *p = c->p;
    for (; p < c->end; p++) {
        bool sign = p > c->p && (*p == '+' || *p == '-') && p + 1 < c->end &&
                    pmt_note_word_byte(p[1]);
        if (!pmt_note_word_byte(*p) && *p != '/' && !sign)
            break;
    }
    return pmt_slice(c->p, (size_t)(p - c->p));
}

static bool all_upper(struct pmt_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!pmt_note_upper(s.p[i]))
            return false;
    return s.n >= 2 && s.n <= 5;
}

/* A blank and a dash behind a word: what stands there instead of a zone was meant as one. */
static bool dash_follows(struct pmt_cursor c)
{
    return c.p < c.end && *c.p == ' ' &&
           (pmt_cur_lit(&c, " - ") || pmt_cur_lit(&c, " \xE2\x80\x93 ") ||
            pmt_cur_lit(&c, " \xE2\x80\x94 "));
}

static int take_abbreviation(struct pmt_cursor *c, struct pmt_slice word, struct pmt_arena *arena,
                             struct pmt_note_time *ret, const char **why)
{
    int32_t offset;
    const char *use;
    struct pmt_cursor behind = {c->p + word.n, c->end};
    switch (pmt_zone_abbreviation(word, &offset, &use)) {
    case 1:
        ret->zone = pmt_zone_fixed(offset, arena);
        *c = behind;
        return 1;
    case -1:
        *why = pmt_arena_printf(arena,
                                "\"%.*s\" means several zones; write an offset such as +03:00, or "
                                "%s", PMT_FMT(word), use);
        return -1;
    default:
        if (!dash_follows(behind))
            return 0;
        *why = pmt_arena_printf(arena,
                                "\"%.*s\" is no zone known here; write an offset such as +03:00, "
                                "or a name such as Africa/Nairobi", PMT_FMT(word));
        return -1;
    }
}

/* "UTC", "GMT", "UTC+3", "Africa/Nairobi", "EAT". 1, 0 for none, -1 with *why. */
static int take_named_zone(struct pmt_cursor *c, struct pmt_arena *arena,
                           struct pmt_note_time *ret, const char **why)
{
    struct pmt_cursor t = *c;
    int32_t offset = 0;
    if (pmt_cur_lit(&t, "UTC") || pmt_cur_lit(&t, "GMT") || pmt_cur_lit(&t, "Z")) {
        bool west = t.p < t.end && *t.p == '-';
        struct pmt_cursor o = {t.p + 1, t.end};
        if (t.p < t.end && (*t.p == '+' || west) && take_offset(&o, west, &offset))
            t = o;
        if (pmt_note_at_edge(&t)) {
            ret->zone = pmt_zone_fixed(offset, arena);
            *c = t;
            return 1;
        }
    }
    struct pmt_slice word = peek_zone_word(c);
    if (all_upper(word))
        return take_abbreviation(c, word, arena, ret, why);
    if (!word.n || !memchr(word.p, '/', word.n) || !pmt_note_upper(*word.p))
        return 0;
    if (pmt_zone_open(word, arena, &ret->zone, why)) {
        /* "App/DB restarted" is no zone; "Africa/Nairobbi - " was meant as one. */
        if (!dash_follows((struct pmt_cursor){c->p + word.n, c->end}))
            return 0;
        return -1;
    }
    c->p += word.n;
    return 1;
}

int pmt_note_take_zone(struct pmt_cursor *c, bool joined, struct pmt_arena *arena,
                       struct pmt_note_time *ret, const char **why)
{
    struct pmt_cursor t = *c;
    pmt_cur_blanks(&t);
    bool blank = t.p > c->p, west = t.p < t.end && *t.p == '-';
    bool sign = west || (t.p < t.end && *t.p == '+');
    bool bracket = pmt_cur_char(&t, '(');
    if (bracket) {
        int is = take_named_zone(&t, arena, ret, why);
        if (is < 0 || (is && !pmt_cur_char(&t, ')')))
            return is < 0 ? -1 : 0;
        if (is)
            *c = t;
        return is;
    }
    if (sign && t.p + 1 < t.end && pmt_note_digit(t.p[1])) {
        int32_t offset;
        *why = west && !joined && !blank ? pmt_note_why_span : why_offset;
        t.p++;
        if ((west && !joined && !blank) || !take_offset(&t, west, &offset))
            return -1;
        ret->zone = pmt_zone_fixed(offset, arena);
        *c = t;
        return 1;
    }
    int is = take_named_zone(&t, arena, ret, why);
    if (is > 0)
        *c = t;
    return is;
}

/* ---- the instant ------------------------------------------------------------------------- */

static int64_t to_utc(const struct pmt_zone *zone, int64_t wall)
{
    int64_t utc = wall;
    if (zone)
        (void)pmt_zone_to_utc(zone, wall, false, &utc);
    return utc;
}

static int64_t midnight(int64_t wall)
{
    int64_t in_day = wall % PMT_DAY;
    return wall - (in_day < 0 ? in_day + PMT_DAY : in_day);
}

int64_t pmt_note_instant(const struct pmt_note_time *t, const struct pmt_zone *zone, int64_t anchor)
{
    const struct pmt_zone *z = t->zone ? t->zone : zone;
    if (t->when == PMT_NOTE_DATED)
        return to_utc(z, t->wall);
    if (t->when == PMT_NOTE_UNTIMED || anchor == PMT_NO_TIME)
        return PMT_NO_TIME;
    int64_t local = anchor + (z ? pmt_zone_offset(z, anchor) * PMT_SECOND : 0);
    if (t->when == PMT_NOTE_CLOCK) {
        int64_t day = midnight(local) - PMT_DAY, utc;
        while ((utc = to_utc(z, day + t->wall)) < anchor - 6 * PMT_HOUR)
            day += PMT_DAY;
        return utc;
    }
    int64_t best = PMT_NO_TIME, wall;
    for (int year = pmt_wall_year(local) - 1, last = year + 2; year <= last; year++) {
        if (year < 0 || year > 9999 || !pmt_wall_with_year(t->wall, year, &wall))
            continue;
        int64_t utc = to_utc(z, wall), far = utc > anchor ? utc - anchor : anchor - utc;
        if (best == PMT_NO_TIME || far < (best > anchor ? best - anchor : anchor - best))
            best = utc;
    }
    return best;
}
