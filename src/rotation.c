/* Names as log rotation builds them, taken apart. Nothing here looks at a file. */
#include "pmt/inputs.h"
#include "pmt/when.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int number_at(const char *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (p[i] - '0');
    return v;
}

struct pmt_slice pmt_strip_compression(struct pmt_slice name)
{
    static const char *const suffixes[] = {".gz", ".bz2", ".xz", ".zst", ".lzma"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t n = strlen(suffixes[i]);
        if (name.n > n && pmt_slice_ends(name, suffixes[i]))
            return pmt_slice(name.p, name.n - n);
    }
    return name;
}

/* The day and time of "20220226", "20220226-13", "2022022613", "2022-02-26", "2022-02-26_13" and
 * the like: eight digits of date, then none, two, four or six of time, with separators between. */
static bool read_date(struct pmt_slice s, int64_t *ret)
{
    char d[14];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (is_digit(s.p[i])) {
            if (n == sizeof d)
                return false;
            d[n++] = s.p[i];
        } else if (s.p[i] != '-' && s.p[i] != '_' && s.p[i] != 'T') {
            return false;
        }
    }
    if (n < 8 || n % 2)
        return false;
    int year = number_at(d, 4), month = number_at(d + 4, 2), day = number_at(d + 6, 2);
    int hour = n >= 10 ? number_at(d + 8, 2) : 0;
    int minute = n >= 12 ? number_at(d + 10, 2) : 0;
    int second = n >= 14 ? number_at(d + 12, 2) : 0;
    if (year < 1990 || year > 2199 || !pmt_civil_valid(year, month, day))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *ret = pmt_days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

/* Where the digits of a dated suffix may stand. 'd' is a digit, '~' any of '-', '_' and 'T'.
 * logrotate(8): "dateformat ... Only %Y %m %d %H %M %S %V and %s specifiers are allowed"; the
 * default is "-%Y%m%d", with `hourly` "-%Y%m%d%H". "%s" is an epoch. Python's
 * TimedRotatingFileHandler writes ".2022-02-26" and ".2022-02-26_13-05". Longest first. */
static const char *const date_shapes[] = {
    "dddddddd~dddddddddd",
    "dddd-dd-dd~dd-dd-dd",
    "dddd-dd-dd~dd-dd",
    "dddddddd~dddddd",
    "dddddddddddddd",
    "dddddddd~dddd",
    "dddd-dd-dd~dd",
    "dddddddddddd",
    "dddddddd~dd",
    "dddd-dd-dd",
    "dddddddddd",
    "ddddddddd",
    "dddddddd",
};

static bool has_shape(struct pmt_slice s, const char *shape)
{
    if (s.n != strlen(shape))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool fits = shape[i] == 'd'   ? is_digit(c)
                    : shape[i] == '~' ? c == '-' || c == '_' || c == 'T'
                                      : c == shape[i];
        if (!fits)
            return false;
    }
    return true;
}

/* What a dated suffix (without the byte in front) tells, in seconds since 1970. Ten digits are
 * YYYYMMDDHH where that is a date and an epoch otherwise. */
static bool read_dated(struct pmt_slice s, int64_t *ret)
{
    if (has_shape(s, "dddddddd~dddddddddd")) {
        int64_t day;
        return read_date(pmt_slice(s.p, 8), &day) && pmt_slice_int(pmt_slice(s.p + 9, 10), ret);
    }
    if (read_date(s, ret))
        return true;
    if (has_shape(s, "dddddddddd") || has_shape(s, "ddddddddd"))
        return pmt_slice_int(s, ret);
    return false;
}

/* Takes a dated suffix off the end of name: a separator ('-', '.', '_') and a date. */
static bool split_dated(struct pmt_slice name, size_t *base_n, int64_t *rotation)
{
    for (size_t i = 0; i < sizeof date_shapes / sizeof date_shapes[0]; i++) {
        size_t n = strlen(date_shapes[i]);
        if (name.n < n + 2)
            continue;
        struct pmt_slice tail = pmt_slice(name.p + name.n - n, n);
        char sep = tail.p[-1];
        if ((sep != '-' && sep != '.' && sep != '_') || !has_shape(tail, date_shapes[i]))
            continue;
        if (!read_dated(tail, rotation))
            continue;
        *base_n = name.n - n - 1;
        return true;
    }
    return false;
}

/* "10.0.0.1" is an address (a central syslog writes a file per sender), not the first rotation of
 * "10.0.0". True when name ends in four groups of one to three digits with dots between. */
static bool ends_in_address(struct pmt_slice name)
{
    size_t i = name.n;
    for (int group = 0; group < 4; group++) {
        size_t digits = 0;
        while (i > 0 && digits < 4 && is_digit(name.p[i - 1])) {
            i--;
            digits++;
        }
        if (digits < 1 || digits > 3)
            return false;
        if (group < 3 && (i == 0 || name.p[--i] != '.'))
            return false;
    }
    return i == 0 || !(is_digit(name.p[i - 1]) || name.p[i - 1] == '.');
}

/* Takes ".N" (at most five digits) or ".old" off the end of name. */
static bool split_numbered(struct pmt_slice name, size_t *base_n, int64_t *rotation)
{
    if (name.n > 4 && pmt_slice_ends(name, ".old")) {
        *base_n = name.n - 4;
        *rotation = -1;
        return true;
    }
    size_t i = name.n;
    while (i > 0 && is_digit(name.p[i - 1]))
        i--;
    size_t digits = name.n - i;
    if (digits < 1 || digits > 5 || i < 2 || name.p[i - 1] != '.' || ends_in_address(name))
        return false;
    *base_n = i - 1;
    *rotation = -(int64_t)number_at(name.p + i, digits);
    return true;
}

static bool split_suffix(struct pmt_slice name, size_t *base_n, int64_t *rotation, bool *numbered)
{
    if (split_dated(name, base_n, rotation)) {
        *numbered = false;
        return true;
    }
    if (split_numbered(name, base_n, rotation)) {
        *numbered = true;
        return true;
    }
    return false;
}

/* Hexadecimal digits that end at name[end]; 0: there are none, or more than 16. */
static size_t hex_before(struct pmt_slice name, size_t end, uint64_t *ret)
{
    size_t n = 0;
    *ret = 0;
    while (n < end && n < 17) {
        char c = name.p[end - n - 1];
        int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            break;
        if (n < 16)
            *ret |= (uint64_t)digit << (4 * n);
        n++;
    }
    return n < 17 ? n : 0;
}

/* systemd's archived journals: NAME@SEQNUM_ID-SEQNUM-REALTIME.journal (systemd-journald(8)), and of
 * what was not closed in order NAME@REALTIME-RANDOM.journal~; microseconds since 1970 of its first
 * entry, and of when it was put aside. */
static bool split_journal(struct pmt_slice name, struct pmt_arena *arena, struct pmt_slice *base,
                          int64_t *rotation)
{
    static const char ext[] = ".journal";
    bool left = pmt_slice_ends(name, ".journal~");
    size_t end = name.n - (sizeof ext - 1) - left;
    const char *at = name.n ? memchr(name.p, '@', name.n) : NULL;
    uint64_t last, first;
    if (!(left || pmt_slice_ends(name, ext)) || !at || at == name.p)
        return false;
    size_t n = hex_before(name, end, &last), stem = (size_t)(at - name.p);
    if (!n || end - n < stem + 2 || name.p[end - n - 1] != '-' ||
        !hex_before(name, end - n - 1, &first))
        return false;
    *rotation = (int64_t)((left ? first : last) / 1000000);
    char *p = pmt_arena_alloc(arena, stem + sizeof ext);
    memcpy(p, name.p, stem);
    memcpy(p + stem, ext, sizeof ext);
    *base = pmt_slice(p, stem + sizeof ext - 1);
    return true;
}

bool pmt_rotation_split(struct pmt_slice name, struct pmt_arena *arena, struct pmt_slice *base,
                        int64_t *rotation, bool *numbered)
{
    static const char ext[] = ".log";
    const size_t ext_n = sizeof ext - 1;
    size_t base_n;
    name = pmt_strip_compression(name);
    if (split_journal(name, arena, base, rotation)) {
        *numbered = false;
        return true;
    }
    if (split_suffix(name, &base_n, rotation, numbered)) {
        *base = pmt_slice(name.p, base_n);
        return true;
    }
    if (name.n <= ext_n || !pmt_slice_ends(name, ext))
        return false;
    if (!split_suffix(pmt_slice(name.p, name.n - ext_n), &base_n, rotation, numbered))
        return false;
    char *p = pmt_arena_alloc(arena, base_n + ext_n + 1);
    memcpy(p, name.p, base_n);
    memcpy(p + base_n, ext, ext_n);
    *base = pmt_slice(p, base_n + ext_n);
    return true;
}
