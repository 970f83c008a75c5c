#include "zone_hint.h"

#include "pmt/when.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    NEAR_MAX_ENTRIES = 8192, /* looked at for a near miss; a full database has about 1800 */
    NEAR_MAX_DEPTH = 3,      /* America/Argentina/Ushuaia */
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool pmt_zone_name_possible(struct pmt_slice name)
{
    if (name.n == 0 || name.n > PMT_ZONE_NAME_MAX || name.p[name.n - 1] == '/')
        return false;
    char before = '/';
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool word = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                    c == '+' || c == '-';
        if (!word && (c != '/' || before == '/'))
            return false;
        before = c;
    }
    return true;
}

/* ---- abbreviations ----------------------------------------------------------------------- */

/* What people write who mean a zone, and what they should write. Some of these are also names in
 * the tz database, of rules hardly anyone means ("EST" is five hours behind UTC all year), so
 * they are looked up here first. Offsets are those of the time of year the abbreviation is for. */
static const struct {
    const char *abbreviation, *use;
} abbreviations[] = {
    {"ACDT", "Australia/Adelaide (+10:30)"},
    {"ACST", "Australia/Adelaide (+09:30) or Australia/Darwin (+09:30)"},
    {"ADT", "America/Halifax (-03:00)"},
    {"AEDT", "Australia/Sydney (+11:00)"},
    {"AEST", "Australia/Sydney (+10:00) or Australia/Brisbane (+10:00)"},
    {"AKDT", "America/Anchorage (-08:00)"},
    {"AKST", "America/Anchorage (-09:00)"},
    {"ART", "America/Argentina/Buenos_Aires (-03:00)"},
    {"AST", "America/Halifax (-04:00), America/Puerto_Rico (-04:00) or Asia/Riyadh (+03:00)"},
    {"AWST", "Australia/Perth (+08:00)"},
    {"BRT", "America/Sao_Paulo (-03:00)"},
    {"BST", "Europe/London (+01:00) or Asia/Dhaka (+06:00)"},
    {"CAT", "Africa/Harare (+02:00)"},
    {"CDT", "America/Chicago (-05:00) or America/Havana (-04:00)"},
    {"CEST", "Europe/Berlin (+02:00) or Europe/Paris (+02:00)"},
    {"CET", "Europe/Berlin (+01:00) or Europe/Paris (+01:00)"},
    {"CLT", "America/Santiago (-04:00)"},
    {"COT", "America/Bogota (-05:00)"},
    {"CST", "America/Chicago (-06:00), Asia/Shanghai (+08:00) or America/Havana (-05:00)"},
    {"EAT", "Africa/Nairobi (+03:00)"},
    {"EDT", "America/New_York (-04:00)"},
    {"EEST", "Europe/Helsinki (+03:00) or Europe/Kyiv (+03:00)"},
    {"EET", "Europe/Helsinki (+02:00), Europe/Kyiv (+02:00) or Africa/Cairo (+02:00)"},
    {"EST", "America/New_York (-05:00) or America/Panama (-05:00)"},
    {"GST", "Asia/Dubai (+04:00)"},
    {"HKT", "Asia/Hong_Kong (+08:00)"},
    {"HST", "Pacific/Honolulu (-10:00)"},
    {"ICT", "Asia/Bangkok (+07:00) or Asia/Ho_Chi_Minh (+07:00)"},
    {"IDT", "Asia/Jerusalem (+03:00)"},
    {"IST", "Asia/Kolkata (+05:30), Europe/Dublin (+01:00) or Asia/Jerusalem (+02:00)"},
    {"JST", "Asia/Tokyo (+09:00)"},
    {"KST", "Asia/Seoul (+09:00)"},
    {"MDT", "America/Denver (-06:00)"},
    {"MEST", "Europe/Berlin (+02:00)"},
    {"MESZ", "Europe/Berlin (+02:00)"},
    {"MET", "Europe/Berlin (+01:00)"},
    {"MEZ", "Europe/Berlin (+01:00)"},
    {"MSK", "Europe/Moscow (+03:00)"},
    {"MST", "America/Denver (-07:00) or America/Phoenix (-07:00)"},
    {"MYT", "Asia/Kuala_Lumpur (+08:00)"},
    {"NDT", "America/St_Johns (-02:30)"},
    {"NPT", "Asia/Kathmandu (+05:45)"},
    {"NST", "America/St_Johns (-03:30)"},
    {"NZDT", "Pacific/Auckland (+13:00)"},
    {"NZST", "Pacific/Auckland (+12:00)"},
    {"PDT", "America/Los_Angeles (-07:00)"},
    {"PET", "America/Lima (-05:00)"},
    {"PHT", "Asia/Manila (+08:00)"},
    {"PKT", "Asia/Karachi (+05:00)"},
    {"PST", "America/Los_Angeles (-08:00) or Asia/Manila (+08:00)"},
    {"SAST", "Africa/Johannesburg (+02:00)"},
    {"SGT", "Asia/Singapore (+08:00)"},
    {"SST", "Pacific/Pago_Pago (-11:00) or Asia/Singapore (+08:00)"},
    {"TRT", "Europe/Istanbul (+03:00)"},
    {"WAT", "Africa/Lagos (+01:00)"},
    {"WEST", "Europe/Lisbon (+01:00)"},
    {"WET", "Europe/Lisbon (+00:00)"},
    {"WIB", "Asia/Jakarta (+07:00)"},
    {"WIT", "Asia/Jayapura (+09:00)"},
    {"WITA", "Asia/Makassar (+08:00)"},
};

static bool same_letters(struct pmt_slice a, struct pmt_slice b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    }
    return true;
}

const char *pmt_zone_of_abbreviation(struct pmt_slice spec)
{
    for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++) {
        if (same_letters(spec, pmt_str(abbreviations[i].abbreviation)))
            return abbreviations[i].use;
    }
    return NULL;
}

/* The next "(+03:00)" in a list, or false at its end. */
static bool next_offset(const char **p, int32_t *ret)
{
    const char *at = strchr(*p, '(');
    if (!at || strlen(at) < 8)
        return false;
    int32_t minutes = ((at[2] - '0') * 10 + at[3] - '0') * 60 + (at[5] - '0') * 10 + at[6] - '0';
    *ret = minutes * 60 * (at[1] == '-' ? -1 : 1);
    *p = at + 8;
    return true;
}

int pmt_zone_abbreviation(struct pmt_slice name, int32_t *offset, const char **use)
{
    int32_t first, other;
    *use = pmt_zone_of_abbreviation(name);
    const char *p = *use;
    if (!p || !next_offset(&p, &first))
        return 0;
    while (next_offset(&p, &other))
        if (other != first)
            return -1;
    *offset = first;
    return 1;
}

/* ---- near misses ------------------------------------------------------------------------- */

/* How many letters are missing, too many or other (Levenshtein), whatever their case; a blank
 * counts as the underscore it stands for. */
static size_t distance(struct pmt_slice a, struct pmt_slice b)
{
    size_t row[PMT_ZONE_NAME_MAX + 1];
    if (a.n > PMT_ZONE_NAME_MAX || b.n > PMT_ZONE_NAME_MAX)
        return 2 * PMT_ZONE_NAME_MAX; /* more than any distance */
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 0; i < a.n; i++) {
        char ac = a.p[i] == ' ' ? '_' : lower(a.p[i]);
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.n; j++) {
            size_t best = diagonal + (ac != lower(b.p[j]));
            diagonal = row[j + 1];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (diagonal + 1 < best)
                best = diagonal + 1;
            row[j + 1] = best;
        }
    }
    return row[b.n];
}

struct near {
    struct pmt_slice wanted;
    size_t limit; /* further away is another name */
    size_t best;  /* the smallest distance so far */
    const char *name;
};

/* "Nairobi" is near Africa/Nairobi too, but a whole name that is as near is nearer. */
static void consider(struct near *near, const char *name)
{
    size_t d = 2 * distance(near->wanted, pmt_str(name));
    const char *city = strrchr(name, '/');
    if (city && !memchr(near->wanted.p, '/', near->wanted.n)) {
        size_t by_city = 2 * distance(near->wanted, pmt_str(city + 1)) + 1;
        d = by_city < d ? by_city : d;
    }
    if (d > 2 * near->limit + 1 || d > near->best)
        return;
    /* Folders list their entries in any order: ties go to the first by name. */
    if (d == near->best && near->name && strcmp(near->name, name) <= 0)
        return;
    near->best = d;
    near->name = name;
}

/* Folders wait in a list, so that neither their depth nor their number is left to the disk. */
const char *pmt_zone_near(struct pmt_slice wanted, const char *root, struct pmt_arena *arena)
{
    struct folder {
        const char *prefix; /* "America/Argentina/" */
        int depth;
    } *folders = NULL;
    size_t n = 0, cap = 0, entries = 0;
    struct near near = {.wanted = wanted, .best = SIZE_MAX};
    near.limit = wanted.n < 3 ? 0 : wanted.n < 8 ? 1 : wanted.n < 13 ? 2 : 3;
    PMT_GROW(folders, n, cap);
    folders[n++] = (struct folder){"", 1};
    for (size_t i = 0; i < n; i++) {
        struct folder in = folders[i];
        DIR *dir = opendir(pmt_arena_printf(arena, "%s/%s", root, in.prefix));
        struct dirent *e;
        while (dir && entries < NEAR_MAX_ENTRIES && (e = readdir(dir))) {
            struct stat st;
            entries++;
            /* Lower case are lists, and posix and right, which hold all names once more. */
            bool capital = e->d_name[0] >= 'A' && e->d_name[0] <= 'Z';
            if (!capital || !pmt_zone_name_possible(pmt_str(e->d_name)))
                continue;
            const char *name = pmt_arena_printf(arena, "%s%s", in.prefix, e->d_name);
            if (fstatat(dirfd(dir), e->d_name, &st, 0) != 0)
                continue;
            if (S_ISREG(st.st_mode)) {
                consider(&near, name);
            } else if (S_ISDIR(st.st_mode) && in.depth < NEAR_MAX_DEPTH) {
                PMT_GROW(folders, n, cap);
                folders[n++] = (struct folder){pmt_arena_printf(arena, "%s/", name), in.depth + 1};
            }
        }
        if (dir)
            closedir(dir);
    }
    free(folders);
    return near.name;
}
