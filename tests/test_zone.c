#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pmt/when.h"

/* The zones here are the system's (tzdata), except where a test writes its own database. */

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct pmt_arena arena;

static int64_t at(const char *text)
{
    struct pmt_cursor c = pmt_cursor(pmt_str(text));
    struct pmt_stamp s;
    assert_true(pmt_read_iso_stamp(&c, &s));
    assert_true(pmt_cur_end(&c));
    return s.wall;
}

static const struct pmt_zone *zone(const char *spec)
{
    const struct pmt_zone *z = NULL;
    const char *why = "";
    if (pmt_zone_open(pmt_str(spec), &arena, &z, &why) != 0)
        fail_msg("%s: %s", spec, why);
    return z;
}

/* What is said about a spec that must be refused. */
static const char *refusal(const char *spec)
{
    const struct pmt_zone *z = NULL;
    const char *why = NULL;
    if (pmt_zone_open(pmt_str(spec), &arena, &z, &why) != -1)
        fail_msg("\"%s\" was opened", spec);
    assert_null(z);
    assert_non_null(why);
    return why;
}

/* ---- offsets ----------------------------------------------------------------------------- */

static void test_fixed(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int32_t offset;
        const char *name;
    } rows[] = {
        {"UTC", 0, "UTC"},           {"Z", 0, "UTC"},           {"+00:00", 0, "UTC"},
        {"UTC+0", 0, "UTC"},         {"+03:00", 10800, "+03:00"}, {"-0330", -12600, "-03:30"},
        {"+3", 10800, "+03:00"},     {"+03", 10800, "+03:00"},  {"UTC+3", 10800, "+03:00"},
        {"UTC-9:30", -34200, "-09:30"}, {"+14:00", 50400, "+14:00"}, {"+5:45", 20700, "+05:45"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct pmt_zone *z = zone(rows[i].spec);
        assert_string_equal(pmt_zone_name(z), rows[i].name);
        assert_int_equal(pmt_zone_offset(z, 0), rows[i].offset);
        assert_int_equal(pmt_zone_offset(z, at("9999-12-31 23:59:59")), rows[i].offset);
        int64_t utc;
        assert_int_equal(pmt_zone_to_utc(z, at("2022-02-26 12:00:07.25"), true, &utc),
                         PMT_WALL_UNIQUE);
        assert_int_equal(utc, at("2022-02-26 12:00:07.25") - rows[i].offset * PMT_SECOND);
    }
    assert_string_equal(pmt_zone_name(pmt_zone_fixed(8836, &arena)), "+02:27:16");
    static const char *const bad[] = {"+", "-", "UTC+", "+3:3", "+330", "+03:60", "+16", "+99:00",
                                      "+03:00 ", "+-3", "+03:", "+03:000", "+003:00"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_non_null(strstr(refusal(bad[i]), "+03:00"));
}

static void test_offsets(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *utc;
        int32_t minutes;
    } rows[] = {
        {"Africa/Nairobi", "2022-02-26 09:00:07", 180},
        {"Africa/Nairobi", "1970-01-01 00:00:00", 180},
        {"Africa/Nairobi", "2060-07-01 00:00:00", 180},
        {"Asia/Kathmandu", "2022-02-26 00:00:00", 345},
        {"Asia/Kathmandu", "1985-12-31 18:29:59", 330},
        {"Asia/Kathmandu", "1985-12-31 18:30:00", 345},
        {"Europe/Berlin", "2022-03-27 00:59:59.999999", 60},
        {"Europe/Berlin", "2022-03-27 01:00:00", 120},
        {"Europe/Berlin", "2022-10-30 00:59:59.999999", 120},
        {"Europe/Berlin", "2022-10-30 01:00:00", 60},
        {"Europe/Berlin", "1945-06-01 00:00:00", 180}, /* double summer time */
        {"Europe/Berlin", "1969-12-31 23:59:59.5", 60},
        {"Australia/Lord_Howe", "2022-04-02 14:59:59", 660},
        {"Australia/Lord_Howe", "2022-04-02 15:00:00", 630},
        {"Australia/Lord_Howe", "2022-10-01 15:29:59", 630},
        {"Australia/Lord_Howe", "2022-10-01 15:30:00", 660},
        {"Pacific/Chatham", "2022-04-02 13:59:59", 825},
        {"Pacific/Chatham", "2022-04-02 14:00:00", 765},
        {"Pacific/Chatham", "2022-09-24 14:00:00", 825},
        {"America/St_Johns", "2022-01-15 00:00:00", -210},
        {"Pacific/Kiritimati", "2022-01-15 00:00:00", 840},
        /* behind the last change in the file */
        {"Europe/Berlin", "2060-03-28 00:59:59", 60},
        {"Europe/Berlin", "2060-03-28 01:00:00", 120},
        {"Europe/Berlin", "2060-10-31 00:59:59", 120},
        {"Europe/Berlin", "2060-10-31 01:00:00", 60},
        {"Australia/Sydney", "2060-01-01 00:00:00", 660},
        {"Australia/Sydney", "2060-04-03 15:59:59", 660},
        {"Australia/Sydney", "2060-04-03 16:00:00", 600},
        {"Australia/Sydney", "2060-10-02 15:59:59", 600},
        {"Australia/Sydney", "2060-10-02 16:00:00", 660},
        {"Australia/Sydney", "2060-12-31 23:59:59", 660},
        {"America/New_York", "2060-03-14 06:59:59", -300},
        {"America/New_York", "2060-03-14 07:00:00", -240},
        {"Asia/Kathmandu", "2060-07-01 00:00:00", 345},
        {"Etc/UTC", "2060-07-01 00:00:00", 0},
        {"GMT", "2022-07-01 00:00:00", 0},
        {"Etc/GMT+3", "2022-07-01 00:00:00", -180},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct pmt_zone *z = zone(rows[i].zone);
        assert_string_equal(pmt_zone_name(z), rows[i].zone);
        int32_t got = pmt_zone_offset(z, at(rows[i].utc));
        if (got != rows[i].minutes * 60)
            fail_msg("%s at %s: %d min %d s", rows[i].zone, rows[i].utc, got / 60, got % 60);
    }
    /* Before the first change clocks showed the town's own time. */
    assert_int_equal(pmt_zone_offset(zone("Africa/Nairobi"), at("1890-01-01 00:00:00")), 8836);
}

/* ---- wall times -------------------------------------------------------------------------- */

static void test_folds(void **state)
{
    (void)state;
    enum { ONE = PMT_WALL_UNIQUE, TWO = PMT_WALL_TWICE, NO = PMT_WALL_MISSING };
    static const struct {
        const char *zone, *wall;
        int fold;
        const char *first, *second; /* NULL: as the first */
    } rows[] = {
        {"Africa/Nairobi", "2022-02-26 12:00:07.118", ONE, "2022-02-26 09:00:07.118", NULL},
        {"Europe/Berlin", "2022-03-27 01:59:59.999999", ONE, "2022-03-27 00:59:59.999999", NULL},
        {"Europe/Berlin", "2022-03-27 02:00:00", NO, "2022-03-27 01:00:00", NULL},
        {"Europe/Berlin", "2022-03-27 02:30:00.5", NO, "2022-03-27 01:30:00.5", NULL},
        {"Europe/Berlin", "2022-03-27 02:59:59.999999", NO, "2022-03-27 01:59:59.999999", NULL},
        {"Europe/Berlin", "2022-03-27 03:00:00", ONE, "2022-03-27 01:00:00", NULL},
        {"Europe/Berlin", "2022-10-30 01:59:59.999999", ONE, "2022-10-29 23:59:59.999999", NULL},
        {"Europe/Berlin", "2022-10-30 02:00:00", TWO, "2022-10-30 00:00:00",
         "2022-10-30 01:00:00"},
        {"Europe/Berlin", "2022-10-30 02:30:00.25", TWO, "2022-10-30 00:30:00.25",
         "2022-10-30 01:30:00.25"},
        {"Europe/Berlin", "2022-10-30 02:59:59.999999", TWO, "2022-10-30 00:59:59.999999",
         "2022-10-30 01:59:59.999999"},
        {"Europe/Berlin", "2022-10-30 03:00:00", ONE, "2022-10-30 02:00:00", NULL},
        {"Europe/Berlin", "2060-03-28 02:30:00", NO, "2060-03-28 01:30:00", NULL},
        {"Europe/Berlin", "2060-10-31 02:30:00", TWO, "2060-10-31 00:30:00",
         "2060-10-31 01:30:00"},
        {"Australia/Lord_Howe", "2022-04-03 01:29:59", ONE, "2022-04-02 14:29:59", NULL},
        {"Australia/Lord_Howe", "2022-04-03 01:45:00", TWO, "2022-04-02 14:45:00",
         "2022-04-02 15:15:00"},
        {"Australia/Lord_Howe", "2022-04-03 02:00:00", ONE, "2022-04-02 15:30:00", NULL},
        {"Australia/Lord_Howe", "2022-10-02 02:15:00", NO, "2022-10-01 15:45:00", NULL},
        {"Australia/Lord_Howe", "2022-10-02 02:30:00", ONE, "2022-10-01 15:30:00", NULL},
        {"Pacific/Chatham", "2022-04-03 03:00:00", TWO, "2022-04-02 13:15:00",
         "2022-04-02 14:15:00"},
        {"Pacific/Chatham", "2022-09-25 03:00:00", NO, "2022-09-24 14:15:00", NULL},
        {"Pacific/Chatham", "2022-09-25 03:45:00", ONE, "2022-09-24 14:00:00", NULL},
        /* back at 24:00 of a Saturday */
        {"America/Santiago", "2060-04-03 23:30:00", TWO, "2060-04-04 02:30:00",
         "2060-04-04 03:30:00"},
        /* Samoa left out a whole day when it changed sides of the date line. */
        {"Pacific/Apia", "2011-12-29 23:59:59", ONE, "2011-12-30 09:59:59", NULL},
        {"Pacific/Apia", "2011-12-30 12:00:00", NO, "2011-12-30 22:00:00", NULL},
        {"Pacific/Apia", "2011-12-31 00:00:00", ONE, "2011-12-30 10:00:00", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct pmt_zone *z = zone(rows[i].zone);
        const char *second = rows[i].second ? rows[i].second : rows[i].first;
        int64_t utc = 0;
        assert_int_equal(pmt_zone_to_utc(z, at(rows[i].wall), false, &utc), rows[i].fold);
        if (utc != at(rows[i].first))
            fail_msg("%s in %s, first", rows[i].wall, rows[i].zone);
        assert_int_equal(pmt_zone_to_utc(z, at(rows[i].wall), true, &utc), rows[i].fold);
        if (utc != at(second))
            fail_msg("%s in %s, second", rows[i].wall, rows[i].zone);
    }
}

/* An instant's wall time leads back to it, and one said to be there twice is there twice. */
static void check_instant(const struct pmt_zone *z, int64_t utc)
{
    int64_t wall = utc + pmt_zone_offset(z, utc) * PMT_SECOND, first, second;
    enum pmt_fold fold = pmt_zone_to_utc(z, wall, false, &first);
    pmt_zone_to_utc(z, wall, true, &second);
    bool ok = fold == PMT_WALL_TWICE ? first < second && (first == utc || second == utc)
                                     : fold == PMT_WALL_UNIQUE && first == utc && second == utc;
    if (first + pmt_zone_offset(z, first) * PMT_SECOND != wall ||
        second + pmt_zone_offset(z, second) * PMT_SECOND != wall)
        ok = false;
    if (!ok)
        fail_msg("%s: %lld", pmt_zone_name(z), (long long)(utc / PMT_SECOND));
}

static void test_round_trips(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Africa/Nairobi",  "Asia/Kathmandu",   "Europe/Berlin",     "Australia/Lord_Howe",
        "Pacific/Chatham", "America/New_York", "Africa/Casablanca", "-03:30",
    };
    static const int years[] = {2011, 2022, 2024, 2038, 2060};
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct pmt_zone *z = zone(names[i]);
        int jumps = 0;
        for (size_t y = 0; y < COUNT(years); y++) {
            int64_t t = pmt_days_from_civil(years[y], 1, 1) * PMT_DAY + 250000;
            int64_t end = pmt_days_from_civil(years[y] + 1, 1, 1) * PMT_DAY;
            for (; t < end; t += PMT_HOUR) {
                check_instant(z, t);
                if (pmt_zone_offset(z, t) == pmt_zone_offset(z, t + PMT_HOUR))
                    continue;
                /* Half hours and less around a change. */
                for (int64_t u = t - 3 * PMT_HOUR; u < t + 3 * PMT_HOUR; u += PMT_MINUTE)
                    check_instant(z, u);
                jumps++;
            }
        }
        if (i == 0 || i == 1 || i == 7)
            assert_int_equal(jumps, 0);
        else
            assert_true(jumps >= 6);
    }
}

/* ---- specs that cannot be ---------------------------------------------------------------- */

/* Each "Region/City (+hh:mm)" in an answer is a zone with that offset at some time of 2022. */
static void check_candidates(const char *why, int *count)
{
    const char *p = strstr(why, "; use ");
    assert_non_null(p);
    p += 6;
    for (;;) {
        size_t n = strcspn(p, " ");
        char name[64];
        struct pmt_stamp s;
        assert_true(n < sizeof name && p[n] == ' ' && p[n + 1] == '(');
        memcpy(name, p, n);
        name[n] = '\0';
        p += n + 2;
        char stamp[32];
        snprintf(stamp, sizeof stamp, "2022-01-15T00:00:00%.6s", p);
        struct pmt_cursor c = pmt_cursor(pmt_str(stamp));
        assert_true(pmt_read_iso_stamp(&c, &s) && pmt_cur_end(&c));
        const struct pmt_zone *z = zone(name);
        if (pmt_zone_offset(z, at("2022-01-15 00:00:00")) != s.offset &&
            pmt_zone_offset(z, at("2022-07-15 00:00:00")) != s.offset)
            fail_msg("%s never has %.6s", name, p);
        ++*count;
        p += 7;
        if (!*p)
            return;
        p += strncmp(p, " or ", 4) == 0 ? 4 : 2;
    }
}

static void test_abbreviations(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int candidates;
    } rows[] = {
        {"EAT", 1},  {"CAT", 1},  {"WAT", 1},  {"EST", 2},  {"EDT", 1},  {"CST", 3},  {"CDT", 2},
        {"MST", 2},  {"MDT", 1},  {"PST", 2},  {"PDT", 1},  {"CET", 2},  {"CEST", 2}, {"EET", 3},
        {"EEST", 2}, {"MSK", 1},  {"IST", 3},  {"BST", 2},  {"JST", 1},  {"KST", 1},  {"AEST", 2},
        {"AEDT", 1}, {"ACST", 2}, {"ACDT", 1}, {"AWST", 1}, {"NZST", 1}, {"NZDT", 1}, {"BRT", 1},
        {"ART", 1},  {"SGT", 1},  {"HKT", 1},  {"PKT", 1},  {"WIB", 1},  {"WITA", 1}, {"WIT", 1},
        {"HST", 1},  {"WET", 1},  {"WEST", 1}, {"MET", 1},  {"MEZ", 1},  {"MESZ", 1}, {"MEST", 1},
        {"AKST", 1}, {"AKDT", 1}, {"AST", 3},  {"ADT", 1},  {"NST", 1},  {"NDT", 1},  {"CLT", 1},
        {"COT", 1},  {"PET", 1},  {"GST", 1},  {"ICT", 2},  {"IDT", 1},  {"MYT", 1},  {"NPT", 1},
        {"PHT", 1},  {"SAST", 1}, {"SST", 2},  {"TRT", 1},  {"eat", 1},  {"Cet", 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why = refusal(rows[i].spec);
        int count = 0;
        assert_non_null(strstr(why, rows[i].spec));
        check_candidates(why, &count);
        if (count != rows[i].candidates)
            fail_msg("%s", why);
    }
    assert_string_equal(refusal("EAT"), "\"EAT\" is an abbreviation several zones share or "
                                        "shared; use Africa/Nairobi (+03:00)");
    assert_non_null(strstr(refusal("IST"), "Asia/Kolkata (+05:30)"));
    /* No abbreviations of a place, though as short as one. */
    zone("UTC");
    zone("GMT");
    zone("Etc/GMT");
    zone("Etc/GMT-14");
    zone("EST5EDT");
}

static void test_refused_names(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *says;
    } rows[] = {
        {"Africa/Nairobbi", "did you mean Africa/Nairobi?"},
        {"europe/berlin", "did you mean Europe/Berlin?"},
        {"EUROPE/BERLIN", "did you mean Europe/Berlin?"},
        {"Europe/Belrin", "did you mean Europe/Berlin?"},
        {"Nairobi", "did you mean Africa/Nairobi?"},
        {"new york", "did you mean America/New_York?"},
        {"ushuaia", "did you mean America/Argentina/Ushuaia?"},
        {"utc", "did you mean UTC?"},
        {"Europe", "folder"},
        {"Nowhere/Atlantis", "such as Africa/Nairobi"},
        {"", "a zone is missing"},
        {"GMT+3", "use UTC+3 for a clock ahead of UTC"},
        {"GMT-5", "use UTC-5 for a clock behind UTC"},
        {"../../../etc/passwd", "no zone"},
        {"/etc/passwd", "no zone"},
        {"/usr/share/zoneinfo/Europe/Berlin", "no zone"},
        {"Europe/../Europe/Berlin", "no zone"},
        {"./Europe/Berlin", "no zone"},
        {"Europe//Berlin", "no zone"},
        {"Europe/Berlin/", "no zone"},
        {"Europe/Berlin\n", "no zone"},
        {"localtime", "no zone"},
        {"posixrules", "no zone"},
        {"zone.tab", "no zone"},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "no zone"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why = refusal(rows[i].spec);
        if (!strstr(why, rows[i].says))
            fail_msg("\"%s\": %s", rows[i].spec, why);
    }
    assert_non_null(strstr(refusal("Nowhere/Atlantis"), "/usr/share/zoneinfo"));
    char big[5000];
    memset(big, 'A', sizeof big);
    big[sizeof big - 1] = '\0';
    assert_true(strlen(refusal(big)) < 300);
    /* A spec is a slice: what stands behind it does not count. */
    const struct pmt_zone *z;
    const char *why;
    assert_int_equal(pmt_zone_open(pmt_slice("Europe/Berlinale", 13), &arena, &z, &why), 0);
    assert_string_equal(pmt_zone_name(z), "Europe/Berlin");
}

static void test_machine(void **state)
{
    (void)state;
    const struct pmt_zone *z = pmt_zone_machine(&arena);
    if (!z)
        return; /* a machine without /etc/localtime has none */
    assert_true(pmt_zone_name(z)[0] != '\0');
    assert_null(strstr(pmt_zone_name(z), "zoneinfo"));
    check_instant(z, at("2022-02-26 12:00:07"));
}

/* ---- a database of our own --------------------------------------------------------------- */

static void read_file(struct pmt_buf *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char block[4096];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        pmt_buf_put(b, block, n);
    fclose(f);
    assert_true(b->n > 0);
}

static void write_file(const char *dir, const char *name, struct pmt_slice content, off_t size)
{
    FILE *f = fopen(pmt_arena_printf(&arena, "%s/%s", dir, name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(content.p, 1, content.n, f), content.n);
    assert_int_equal(fflush(f), 0);
    if (size)
        assert_int_equal(ftruncate(fileno(f), size), 0);
    fclose(f);
}

static void test_own_database(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    char *dir = pmt_arena_printf(&arena, "%s/pmt-zone-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(setenv("PMT_ZONEINFO", dir, 1), 0);
    assert_non_null(strstr(refusal("Mars/Base"), dir));
    struct pmt_buf b = {0};
    read_file(&b, "/usr/share/zoneinfo/Asia/Kathmandu");
    assert_int_equal(mkdir(pmt_arena_printf(&arena, "%s/Mars", dir), 0700), 0);
    assert_int_equal(mkfifo(pmt_arena_printf(&arena, "%s/Mars/Pipe", dir), 0600), 0);
    write_file(dir, "Mars/Olympus", pmt_buf_view(&b), 0);
    write_file(dir, "Mars/Text", PMT_SLICE("not a zone\n"), 0);
    write_file(dir, "Mars/Empty", PMT_SLICE(""), 0);
    write_file(dir, "Mars/Huge", pmt_buf_view(&b), (1 << 20) + 1);
    pmt_buf_fini(&b);

    assert_int_equal(pmt_zone_offset(zone("Mars/Olympus"), at("2022-02-26 00:00:00")), 20700);
    assert_non_null(strstr(refusal("Mars/Olimpus"), "did you mean Mars/Olympus?"));
    assert_non_null(strstr(refusal("Mars/Text"), "does not begin as one"));
    assert_non_null(strstr(refusal("Mars/Empty"), "does not begin as one"));
    assert_non_null(strstr(refusal("Mars/Huge"), "too big"));
    assert_non_null(strstr(refusal("Mars/Pipe"), "not a regular file"));
    assert_non_null(strstr(refusal("Mars"), "folder"));
    assert_non_null(strstr(refusal("Mars/Olympus/Top"), "no zone"));
    assert_non_null(strstr(refusal("Europe/Berlin"), dir));

    static const char *const files[] = {"Mars/Olympus", "Mars/Text", "Mars/Empty", "Mars/Huge",
                                        "Mars/Pipe"};
    for (size_t i = 0; i < COUNT(files); i++)
        unlink(pmt_arena_printf(&arena, "%s/%s", dir, files[i]));
    rmdir(pmt_arena_printf(&arena, "%s/Mars", dir));
    assert_int_equal(rmdir(dir), 0);

    /* No database at all: said so, and offsets still work. */
    assert_non_null(strstr(refusal("Europe/Berlin"), "tzdata"));
    zone("UTC");
    zone("+03:00");
}

static int setup(void **state)
{
    (void)state;
    return unsetenv("PMT_ZONEINFO");
}

static int teardown(void **state)
{
    (void)state;
    pmt_arena_fini(&arena);
    return unsetenv("PMT_ZONEINFO");
}

static void test_next_turn(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *after, *at; /* NULL: no turn follows */
        int32_t before, then;
    } rows[] = {
        {"Europe/Berlin", "2026-01-01T00:00:00", "2026-03-29T01:00:00", 3600, 7200},
        {"Europe/Berlin", "2026-03-29T00:59:59", "2026-03-29T01:00:00", 3600, 7200},
        {"Europe/Berlin", "2026-03-29T01:00:00", "2026-10-25T01:00:00", 7200, 3600},
        {"Europe/Berlin", "2150-01-01T00:00:00", "2150-03-29T01:00:00", 3600, 7200},
        {"Australia/Lord_Howe", "2026-01-01T00:00:00", "2026-04-04T15:00:00", 39600, 37800},
        {"Australia/Lord_Howe", "2026-05-01T00:00:00", "2026-10-03T15:30:00", 37800, 39600},
        {"Africa/Nairobi", "2026-01-01T00:00:00", NULL, 0, 0},
        {"UTC", "2026-01-01T00:00:00", NULL, 0, 0},
        {"+05:45", "2026-01-01T00:00:00", NULL, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pmt_zone_turn turn;
        bool found = pmt_zone_next_turn(zone(rows[i].zone), at(rows[i].after), &turn);
        assert_int_equal(found, rows[i].at != NULL);
        if (!found)
            continue;
        assert_int_equal(turn.at, at(rows[i].at));
        assert_int_equal(turn.before, rows[i].before);
        assert_int_equal(turn.then, rows[i].then);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fixed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_offsets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_next_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abbreviations, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_machine, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_database, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
