/* Times by a format of the user's own. Of strftime(3)'s letters these are read:
 *
 *   %Y 2022  %y 22  %m 02  %b Feb  %B February  %d 26  %e " 6"  %j 057
 *   %H 12  %I 12 with %p AM  %M 00  %S 07  %f 123456 (one to nine digits of a second)
 *   %z +0300, +03:00, Z  %Z UTC, GMT, Z  %s seconds since 1970  %a Sat  %A Saturday
 *   %F %Y-%m-%d  %T %H:%M:%S  %D %m/%d/%y  %R %H:%M  %% %
 *
 * A blank in the format stands for one or more. Numbers may lack their leading zero. What stands in
 * the text twice is read twice, and the later one holds. */
#include "custom_parts.h"

enum word {
    BY_LETTERS, ISO, CLF, SYSLOG, NGINX_ERROR, EPOCH, EPOCH_MS, EPOCH_US,
};
static const char *const words[] = {
    [ISO] = "iso", [CLF] = "clf", [SYSLOG] = "syslog", [NGINX_ERROR] = "nginx-error",
    [EPOCH] = "epoch", [EPOCH_MS] = "epoch_ms", [EPOCH_US] = "epoch_us",
};

struct pmt_time_format {
    enum word word;
    const char *letters; /* without %F %T %D %R */
};

/* ---- the format -------------------------------------------------------------------------- */

static const char *longer(char letter)
{
    switch (letter) {
    case 'F': return "%Y-%m-%d";
    case 'T': return "%H:%M:%S";
    case 'D': return "%m/%d/%y";
    case 'R': return "%H:%M";
    default: return NULL;
    }
}

static bool has(const char *letters, char which)
{
    for (const char *p = letters; (p = strchr(p, '%')); p += 2)
        if (p[1] == which)
            return true;
    return false;
}

/* Why a format cannot tell a time; NULL when it can. */
static const char *lacking(const char *f)
{
    if (has(f, 's'))
        return NULL;
    bool day = has(f, 'j') || ((has(f, 'm') || has(f, 'b') || has(f, 'B')) &&
                               (has(f, 'd') || has(f, 'e')));
    if (!day)
        return "says no month and day (%m or %b, and %d; or %j)";
    if (has(f, 'j') && !has(f, 'Y') && !has(f, 'y'))
        return "has a day of the year (%j), but no year (%Y)";
    if (has(f, 'I') != has(f, 'p'))
        return "must have %I and %p together";
    if ((!has(f, 'H') && !has(f, 'I')) || !has(f, 'M'))
        return "says no hour and minute (%H and %M)";
    return NULL;
}

static const char *expand(const char *text, struct pmt_arena *arena, const char **why)
{
    struct pmt_buf b = {0};
    *why = NULL;
    for (const char *p = text; *p; p++) {
        if (*p != '%') {
            pmt_buf_put(&b, p, 1);
            continue;
        }
        p++;
        if (longer(*p)) {
            pmt_buf_puts(&b, longer(*p));
        } else if (*p && strchr("YymbBdejHIpMSfzZsaA%", *p)) {
            pmt_buf_put(&b, p - 1, 2);
        } else {
            *why = *p ? pmt_arena_printf(arena, "has %%%c, which is not read here", *p)
                      : "ends in a lone %";
            break;
        }
    }
    const char *ret = pmt_arena_copy(arena, pmt_buf_view(&b)).p;
    pmt_buf_fini(&b);
    return ret;
}

const struct pmt_time_format *pmt_time_format_new(const char *text, struct pmt_arena *arena,
                                                  const char **why)
{
    struct pmt_time_format *t = pmt_arena_alloc(arena, sizeof *t);
    for (size_t i = ISO; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            t->word = (enum word)i;
            return t;
        }
    if (!strchr(text, '%')) {
        *why = pmt_arena_printf(arena,
                                "\"%s\" is none of iso, clf, syslog, nginx-error, epoch, epoch_ms, "
                                "epoch_us, and has no %%Y, %%m, %%d ... either",
                                text);
        return NULL;
    }
    const char *wrong;
    t->letters = expand(text, arena, &wrong);
    if (!wrong)
        wrong = lacking(t->letters);
    if (!wrong)
        return t;
    *why = pmt_arena_printf(arena, "\"%s\" %s", text, wrong);
    return NULL;
}

/* ---- reading ----------------------------------------------------------------------------- */

struct parts {
    int64_t year, month, day, day_of_year, hour, minute, second, us, epoch;
    int32_t offset;
    int decimals;
    bool has_year, has_zone, universal, has_epoch, afternoon, twelve;
};

/* Takes a name of a list, or its first three letters, in any case; its place from 0. */
static bool read_name(struct pmt_cursor *c, const char *const *names, int n, int64_t *ret)
{
    for (int i = 0; i < n; i++) {
        size_t len = strlen(names[i]), left = (size_t)(c->end - c->p), k = 0;
        while (k < len && k < left && (c->p[k] | 0x20) == (names[i][k] | 0x20))
            k++;
        if (k != len && k < 3)
            continue;
        c->p += k == len ? len : 3;
        *ret = i;
        return true;
    }
    return false;
}

static bool read_month(struct pmt_cursor *c, int64_t *ret)
{
    static const char *const names[] = {"January", "February", "March", "April", "May", "June",
                                        "July", "August", "September", "October", "November",
                                        "December"};
    int64_t i;
    if (!read_name(c, names, 12, &i))
        return false;
    *ret = i + 1;
    return true;
}

static bool read_weekday(struct pmt_cursor *c)
{
    static const char *const names[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
                                        "Saturday", "Sunday"};
    int64_t ignored;
    return read_name(c, names, 7, &ignored);
}

/* "+0300", "+03:00", "+03", "Z". */
static bool read_offset(struct pmt_cursor *c, struct parts *p)
{
    int64_t hours, minutes = 0;
    p->has_zone = true;
    if (pmt_cur_char(c, 'Z')) {
        p->offset = 0;
        p->universal = true;
        return true;
    }
    bool west = c->p < c->end && *c->p == '-';
    if (!pmt_cur_char(c, '-') && !pmt_cur_char(c, '+'))
        return false;
    if (!pmt_cur_digits(c, 2, 2, &hours))
        return false;
    struct pmt_cursor t = *c;
    pmt_cur_char(&t, ':');
    if (pmt_cur_digits(&t, 2, 2, &minutes))
        *c = t;
    if (hours > 15 || minutes > 59)
        return false;
    p->offset = (int32_t)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

static bool read_fraction(struct pmt_cursor *c, struct parts *p)
{
    int digits = 0;
    p->us = 0;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9' && digits < 9; c->p++, digits++)
        if (digits < 6)
            p->us = p->us * 10 + (*c->p - '0');
    for (int k = digits; k < 6; k++)
        p->us *= 10;
    p->decimals = digits < 6 ? digits : 6;
    return digits > 0;
}

static bool read_zone_name(struct pmt_cursor *c, struct parts *p)
{
    p->has_zone = p->universal = true;
    p->offset = 0;
    return pmt_cur_lit(c, "UTC") || pmt_cur_lit(c, "GMT") || pmt_cur_char(c, 'Z');
}

static bool read_half(struct pmt_cursor *c, struct parts *p)
{
    if (c->end - c->p < 2 || (c->p[1] | 0x20) != 'm')
        return false;
    char half = (char)(*c->p | 0x20);
    p->afternoon = half == 'p';
    c->p += 2;
    return half == 'a' || half == 'p';
}

static bool read_year(struct pmt_cursor *c, struct parts *p, bool of_century)
{
    p->has_year = true;
    if (!of_century)
        return pmt_cur_digits(c, 4, 4, &p->year);
    if (!pmt_cur_digits(c, 2, 2, &p->year))
        return false;
    p->year += p->year < 69 ? 2000 : 1900; /* strptime(3), %y */
    return true;
}

static bool read_letter(struct pmt_cursor *c, char letter, struct parts *p)
{
    switch (letter) {
    case 'Y': return read_year(c, p, false);
    case 'y': return read_year(c, p, true);
    case 'm': return pmt_cur_digits(c, 1, 2, &p->month);
    case 'b': case 'B': return read_month(c, &p->month);
    case 'd': case 'e':
        pmt_cur_blanks(c);
        return pmt_cur_digits(c, 1, 2, &p->day);
    case 'j': return pmt_cur_digits(c, 1, 3, &p->day_of_year);
    case 'I':
        p->twelve = true;
        return pmt_cur_digits(c, 1, 2, &p->hour) && p->hour >= 1 && p->hour <= 12;
    case 'H': return pmt_cur_digits(c, 1, 2, &p->hour);
    case 'p': return read_half(c, p);
    case 'M': return pmt_cur_digits(c, 1, 2, &p->minute);
    case 'S': return pmt_cur_digits(c, 1, 2, &p->second);
    case 'f': return read_fraction(c, p);
    case 'z': return read_offset(c, p);
    case 'Z': return read_zone_name(c, p);
    case 's':
        p->has_epoch = true;
        return pmt_cur_digits(c, 1, 11, &p->epoch);
    case 'a': case 'A': return read_weekday(c);
    default: return pmt_cur_char(c, '%');
    }
}

/* Parts that are no date and time are refused. */
static bool put_together(const struct parts *p, struct pmt_stamp *ret)
{
    struct pmt_stamp s = {.decimals = (uint8_t)p->decimals};
    int year = p->has_year ? (int)p->year : PMT_PSEUDO_YEAR;
    int64_t hour = p->twelve ? p->hour % 12 + (p->afternoon ? 12 : 0) : p->hour, days;
    if (p->has_epoch) {
        *ret = (struct pmt_stamp){.wall = p->epoch * PMT_SECOND + p->us, .how = PMT_STAMP_ZONED,
                                  .decimals = s.decimals, .universal = true};
        return true;
    }
    if (hour > 23 || p->minute > 59 || p->second > 60)
        return false;
    if (p->day_of_year) {
        if (!pmt_civil_valid(year, 1, 1) ||
            p->day_of_year > (pmt_civil_valid(year, 2, 29) ? 366 : 365))
            return false;
        days = pmt_days_from_civil(year, 1, 1) + p->day_of_year - 1;
    } else {
        if (!pmt_civil_valid(year, (int)p->month, (int)p->day))
            return false;
        days = pmt_days_from_civil(year, (int)p->month, (int)p->day);
    }
    s.wall = days * PMT_DAY + hour * PMT_HOUR + p->minute * PMT_MINUTE + p->second * PMT_SECOND +
             p->us;
    s.how = !p->has_year ? PMT_STAMP_YEARLESS : p->has_zone ? PMT_STAMP_ZONED : PMT_STAMP_WALL;
    s.offset = s.how == PMT_STAMP_ZONED ? p->offset : 0;
    s.universal = s.how == PMT_STAMP_ZONED && p->universal;
    *ret = s;
    return true;
}

static bool read_letters(const char *f, struct pmt_cursor *c, struct pmt_stamp *ret)
{
    struct parts p = {0};
    for (; *f; f++) {
        if (*f == '%') {
            if (!read_letter(c, *++f, &p))
                return false;
        } else if (*f == ' ') {
            if (!pmt_cur_char(c, ' '))
                return false;
            pmt_cur_blanks(c);
        } else if (!pmt_cur_char(c, *f)) {
            return false;
        }
    }
    return pmt_cur_end(c) && put_together(&p, ret);
}

/* "1645866904", "1645866904.123"; `unit` is how many of it make a second. */
static bool read_epoch(struct pmt_slice text, int64_t unit, struct pmt_stamp *ret)
{
    enum { LATEST = 4102444800 / 1000 }; /* the year 2100, in thousands of seconds */
    struct pmt_cursor c = pmt_cursor(text);
    struct parts p = {0};
    int64_t n, us;
    if (!pmt_cur_digits(&c, 1, 18, &n))
        return false;
    if (pmt_cur_char(&c, '.') && !read_fraction(&c, &p))
        return false;
    if (!pmt_cur_end(&c) || n / unit / 1000 > LATEST)
        return false;
    us = n / unit * PMT_SECOND + n % unit * (PMT_SECOND / unit) + p.us / unit;
    *ret = (struct pmt_stamp){.wall = us, .how = PMT_STAMP_ZONED, .universal = true,
                              .decimals = (uint8_t)(unit == 1      ? p.decimals
                                                    : unit == 1000 ? 3 : 6)};
    return true;
}

bool pmt_time_format_read(const struct pmt_time_format *t, struct pmt_slice text,
                          struct pmt_stamp *ret)
{
    struct pmt_cursor c = pmt_cursor(text);
    struct pmt_stamp s;
    bool good = false;
    switch (t->word) {
    case BY_LETTERS: return read_letters(t->letters, &c, ret);
    case EPOCH: return read_epoch(text, 1, ret);
    case EPOCH_MS: return read_epoch(text, 1000, ret);
    case EPOCH_US: return read_epoch(text, 1000000, ret);
    case ISO: good = pmt_read_iso_stamp(&c, &s); break;
    case CLF: good = pmt_read_clf_stamp(&c, &s); break;
    case SYSLOG: good = pmt_read_bsd_stamp(&c, &s); break;
    case NGINX_ERROR: good = pmt_read_slash_stamp(&c, &s); break;
    }
    if (!good || !pmt_cur_end(&c))
        return false;
    *ret = s;
    return true;
}
