#include "notes_parts.h"

/* The time a note begins with, as people write it:
 *
 *   time  = ["**"|"["|"("] [about] [[weekday [","]] date ["T"|","|"at"]] [about] clock [zone] sep
 *   about = "~" | "about" | "around" | "approx." | "circa" | "ca."
 *   date  = 2022-02-26 | 2022/02/26 | 26.02.2022 | 26 Feb[ruary] [2022] | Feb[ruary] 26[,] [2022]
 *   clock = 12:15[:07[.5]] ["AM"|"PM"]
 *   zone  = "Z" | +03:00 | +0300 | +03 | UTC[+3] | Africa/Nairobi | EAT
 *   sep   = ":" | "-" | en dash | em dash | "->" | "|" | "," or nothing
 *
 * An abbreviation counts when all zones that use it have one offset: EAT, CET; not IST, CST. */

static const char why_day[] = "there is no such day; write the date as 2022-02-26";
static const char why_slashes[] = "days and months with slashes are read both ways; write the date "
                                  "as 2022-02-26";
static const char why_clock[] = "no possible time of day; 00:00 to 23:59:59 are, or 12:00 AM to "
                                "11:59 PM";
static const char why_date_only[] = "a date without a time of day; write 2022-02-26 12:15, or "
                                    "leave the date out";

/* A word in any case, of which at least `least` letters are written. */
static bool take_word(struct pmt_cursor *c, const char *word, size_t least)
{
    struct pmt_cursor t = *c;
    size_t n = 0;
    while (t.p < t.end && word[n] && pmt_note_lower(*t.p) == word[n]) {
        t.p++;
        n++;
    }
    if (n < least || (n > least && word[n]) || !pmt_note_at_edge(&t))
        return false;
    *c = t;
    return true;
}

/* ---- the parts --------------------------------------------------------------------------- */

static bool take_about(struct pmt_cursor *c)
{
    static const char *const words[] = {"about", "around", "approximately", "approx", "circa",
                                        "ca"};
    struct pmt_cursor t = *c;
    bool is = pmt_cur_char(&t, '~');
    for (size_t i = 0; !is && i < sizeof words / sizeof *words; i++)
        is = take_word(&t, words[i], strlen(words[i])) &&
             (pmt_cur_char(&t, '.') || t.p == t.end || *t.p == ' ');
    if (!is)
        return false;
    pmt_cur_blanks(&t);
    *c = t;
    return true;
}

/* 0 = Monday, or -1. */
static int take_weekday(struct pmt_cursor *c)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    for (int i = 0; i < 7; i++) {
        struct pmt_cursor t = *c;
        if (!take_word(&t, days[i], 3))
            continue;
        if (!pmt_cur_char(&t, ','))
            (void)pmt_cur_char(&t, '.');
        pmt_cur_blanks(&t);
        *c = t;
        return i;
    }
    return -1;
}

static bool take_month(struct pmt_cursor *c, int64_t *month)
{
    static const char *const months[] = {"january", "february", "march",     "april",
                                         "may",     "june",     "july",      "august",
                                         "september", "october", "november", "december"};
    for (int i = 0; i < 12; i++)
        if (take_word(c, months[i], 3) || (i == 8 && take_word(c, "sept", 4))) {
            (void)pmt_cur_char(c, '.');
            *month = i + 1;
            return true;
        }
    return false;
}

/* "[,] 2022", where no clock follows. */
static bool take_year(struct pmt_cursor *c, int64_t *year)
{
    struct pmt_cursor t = *c;
    (void)pmt_cur_char(&t, ',');
    pmt_cur_blanks(&t);
    if (!pmt_cur_digits(&t, 4, 4, year) || !pmt_note_at_edge(&t))
        return false;
    *c = t;
    return true;
}

struct date {
    int64_t year, month, day; /* year 0: not written */
};

/* "26 Feb[ruary] [2022]" and "Feb[ruary] 26[,] [2022]" */
static bool take_named_date(struct pmt_cursor *c, struct date *d)
{
    struct pmt_cursor t = *c;
    d->year = 0;
    if (pmt_cur_digits(&t, 1, 2, &d->day)) {
        pmt_cur_blanks(&t);
        if (!take_month(&t, &d->month))
            return false;
    } else {
        if (!take_month(&t, &d->month))
            return false;
        pmt_cur_blanks(&t);
        if (!pmt_cur_digits(&t, 1, 2, &d->day) || !pmt_note_at_edge(&t) ||
            (t.p < t.end && *t.p == ':'))
            return false;
    }
    (void)take_year(&t, &d->year);
    *c = t;
    return true;
}

/* 1, 0 for none, -1 with *why. */
static int take_date(struct pmt_cursor *c, struct date *d, const char **why)
{
    struct pmt_cursor t = *c;
    bool is = (pmt_cur_digits(&t, 4, 4, &d->year) &&
               ((pmt_cur_char(&t, '-') && pmt_cur_digits(&t, 2, 2, &d->month) &&
                 pmt_cur_char(&t, '-')) ||
                (pmt_cur_char(&t, '/') && pmt_cur_digits(&t, 1, 2, &d->month) &&
                 pmt_cur_char(&t, '/'))) &&
               pmt_cur_digits(&t, 1, 2, &d->day));
    if (!is) {
        t = *c;
        is = pmt_cur_digits(&t, 1, 2, &d->day) && pmt_cur_char(&t, '.') &&
             pmt_cur_digits(&t, 1, 2, &d->month) && pmt_cur_char(&t, '.') &&
             pmt_cur_digits(&t, 4, 4, &d->year);
    }
    if (!is) {
        t = *c;
        if (pmt_cur_digits(&t, 1, 2, &d->day) && pmt_cur_char(&t, '/') &&
            pmt_cur_digits(&t, 1, 2, &d->month) && pmt_cur_char(&t, '/') &&
            pmt_cur_digits(&t, 2, 4, &d->year)) {
            *why = why_slashes;
            return -1;
        }
        t = *c;
        is = take_named_date(&t, d);
    }
    if (!is)
        return 0;
    *why = why_day;
    if (!pmt_civil_valid(d->year ? (int)d->year : PMT_PSEUDO_YEAR, (int)d->month, (int)d->day))
        return -1;
    *c = t;
    return 1;
}

/* [" "]("AM"|"p.m."): 'a', 'p' or 0. */
static char take_half(struct pmt_cursor *c)
{
    struct pmt_cursor t = *c;
    pmt_cur_blanks(&t);
    if (t.p == t.end || !strchr("aApP", *t.p))
        return 0;
    char half = pmt_note_lower(*t.p++);
    bool dotted = pmt_cur_char(&t, '.');
    if (!pmt_cur_char(&t, 'm') && !pmt_cur_char(&t, 'M'))
        return 0;
    if (dotted)
        (void)pmt_cur_char(&t, '.');
    if (!pmt_note_at_edge(&t))
        return 0;
    *c = t;
    return half;
}

static bool digit_follows(const struct pmt_cursor *c, char sign)
{
    return c->end - c->p > 1 && *c->p == sign && pmt_note_digit(c->p[1]);
}

/* 1, 0 for none, -1 with *why. */
static int take_clock(struct pmt_cursor *c, struct pmt_note_time *ret, const char **why)
{
    struct pmt_cursor t = *c;
    int64_t h, m, s = 0, us = 0;
    if (!pmt_cur_digits(&t, 1, 2, &h) || !pmt_cur_char(&t, ':') || !pmt_cur_digits(&t, 2, 2, &m))
        return 0;
    ret->seconds = digit_follows(&t, ':') && pmt_cur_char(&t, ':'); /* else it parts the words */
    if (ret->seconds) {
        if (!pmt_cur_digits(&t, 2, 2, &s))
            return 0;
        struct pmt_cursor f = t;
        int64_t scale = PMT_SECOND / 10;
        if ((pmt_cur_char(&f, '.') || pmt_cur_char(&f, ',')) && f.p < f.end &&
            pmt_note_digit(*f.p)) {
            for (; f.p < f.end && pmt_note_digit(*f.p); f.p++, scale /= 10)
                us += (*f.p - '0') * scale;
            t = f;
        }
    }
    if (digit_follows(&t, ':') || (t.p < t.end && pmt_note_digit(*t.p)))
        return 0;
    char half = take_half(&t);
    *why = why_clock;
    if (h > 23 || m > 59 || s > 60 || (half && (h < 1 || h > 12)))
        return -1;
    if (half)
        h = h % 12 + (half == 'p' ? 12 : 0);
    ret->wall = h * PMT_HOUR + m * PMT_MINUTE + s * PMT_SECOND + us;
    *c = t;
    return 1;
}

/* ---- the whole --------------------------------------------------------------------------- */

static bool clock_follows(struct pmt_cursor c)
{
    int64_t h, m;
    return pmt_cur_digits(&c, 1, 2, &h) && pmt_cur_char(&c, ':') && pmt_cur_digits(&c, 2, 2, &m);
}

static void skip_any(struct pmt_cursor *c, const char *chars)
{
    while (c->p < c->end && *c->p && strchr(chars, *c->p))
        c->p++;
}

/* What closes the time's brackets or emphasis, and what parts it from the words. */
static int take_separator(struct pmt_cursor *c, const char **why)
{
    static const char *const separators[] = {"->", "=>", "-", "\xE2\x80\x93", "\xE2\x80\x94",
                                             ":",  "|",  ",", "\xE2\x86\x92"};
    skip_any(c, "*_`])");
    pmt_cur_blanks(c);
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
        if (pmt_cur_lit(c, separators[i]))
            break;
    skip_any(c, "*_` \t");
    *why = pmt_note_why_span;
    return clock_follows(*c) ? -1 : 0;
}

static const char *wrong_weekday(struct pmt_arena *arena, const struct date *d, int64_t days)
{
    static const char *const names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
    return pmt_arena_printf(arena, "%04d-%02d-%02d is a %s; correct the date or leave the weekday "
                            "out", (int)d->year, (int)d->month, (int)d->day,
                            names[pmt_weekday(days)]);
}

/* "T", ",", "at" or blanks between date and clock. */
static bool take_joint(struct pmt_cursor *c)
{
    if (c->p < c->end && (*c->p == 'T' || *c->p == 't')) {
        c->p++;
        return true;
    }
    (void)pmt_cur_char(c, ',');
    pmt_cur_blanks(c);
    if (take_word(c, "at", 2))
        pmt_cur_blanks(c);
    return false;
}

int pmt_note_read_time(struct pmt_cursor *c, bool strict, struct pmt_arena *arena,
                       struct pmt_note_time *ret, const char **why)
{
    struct pmt_cursor t = *c;
    struct pmt_note_time time = {.when = PMT_NOTE_CLOCK};
    struct date d;
    bool joined = false;
    skip_any(&t, "*_`[( ");
    time.about = take_about(&t);
    int weekday = take_weekday(&t), dated = take_date(&t, &d, why);
    if (dated < 0)
        return -1;
    if (dated)
        joined = take_joint(&t);
    time.about |= take_about(&t);
    int is = take_clock(&t, &time, why);
    if (!is && dated && strict)
        *why = why_date_only;
    if (is <= 0)
        return is < 0 || (dated && strict) ? -1 : 0;
    if (dated) {
        int year = d.year ? (int)d.year : PMT_PSEUDO_YEAR;
        int64_t days = pmt_days_from_civil(year, (int)d.month, (int)d.day);
        time.when = d.year ? PMT_NOTE_DATED : PMT_NOTE_YEARLESS;
        time.wall += days * PMT_DAY;
        if (weekday >= 0 && d.year && pmt_weekday(days) != weekday) {
            *why = wrong_weekday(arena, &d, days);
            return -1;
        }
    }
    if (pmt_note_take_zone(&t, joined, arena, &time, why) < 0 || take_separator(&t, why) < 0)
        return -1;
    *ret = time;
    *c = t;
    return 1;
}
