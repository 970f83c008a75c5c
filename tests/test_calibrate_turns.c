/* test_calibrate_turns.c - local times that exist twice or not at all. */
#include "scan_lines.h"

#include "calibrate_parts.h"

/* Written as the nginx error log does: with the year, without a zone. */
#define ERR(stamp) stamp " [warn] 7#7: 20 worker_connections are not enough\n"
#define SYS(stamp) stamp " web-01 cron[1]: (root) CMD (true)\n"

/* The clock whose lines name no zone. */
static const struct pmt_segment *segments(const struct scan *s, size_t source, size_t *n)
{
    assert_int_equal(s->sources[source].tally->nclocks, 1);
    *n = s->sources[source].tally->clocks[0].n;
    return s->sources[source].tally->clocks[0].segments;
}

static void assert_wall(const struct scan *s, size_t source, size_t segment, int64_t kept,
                        const char *instant)
{
    assert_instant(pmt_map_utc(&s->sources[source].maps[0][segment], kept), instant);
}

static void assert_ends(const struct scan *s, size_t source, size_t segment, const char *first,
                        const char *last)
{
    size_t n;
    const struct pmt_segment *seg = segments(s, source, &n);
    assert_true(segment < n);
    assert_wall(s, source, segment, seg[segment].first_key, first);
    assert_wall(s, source, segment, seg[segment].last_key, last);
}

static void assert_turns(const struct scan *s, size_t source, size_t segment, const char *want)
{
    const char *got = s->sources[source].maps[0][segment].turns;
    if (!want)
        assert_null(got);
    else
        assert_string_equal(got ? got : "(none)", want);
}

#define BERLIN_BACK                                                                                \
    "clocks went back at 2026-10-25 01:00:00 UTC: 02:00:00 to 03:00:00 is there twice"
#define APART ", told apart by the order of lines"
#define AS_FIRST ", and lines in it are read as the first pass"

/* ---- the repeated hour ------------------------------------------------------------------- */

static void berlin_back(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t mtime;
    } rows[] = {
        {ERR("2026/10/25 01:30:00") ERR("2026/10/25 02:59:59") ERR("2026/10/25 02:00:00")
             ERR("2026/10/25 02:59:58") ERR("2026/10/25 03:00:00"), 0},
        {SYS("Oct 25 01:30:00") SYS("Oct 25 02:59:59") SYS("Oct 25 02:00:00")
             SYS("Oct 25 02:59:58") SYS("Oct 25 03:00:00"), INT64_C(1792930000)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {
            {.path = "log", .text = rows[i].text, .mtime = rows[i].mtime}};
        struct scan s;
        size_t n;
        SCAN_OPEN(&s, logs);
        scan_assume(&s, NULL, "Europe/Berlin");
        scan_calibrate(&s);
        segments(&s, 0, &n);
        assert_int_equal(n, 2);
        assert_ends(&s, 0, 0, "2026-10-24T23:30:00Z", "2026-10-25T00:59:59Z");
        assert_ends(&s, 0, 1, "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z");
        assert_turns(&s, 0, 0, BERLIN_BACK APART);
        assert_turns(&s, 0, 1, BERLIN_BACK APART);
        assert_int_equal(s.sources[0].impossible, 0);
        scan_close(&s);
    }
}

/* Half an hour, at two in the morning: from +11:00 to +10:30. */
static void lord_howe_back(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "error.log",
         .text = ERR("2026/04/05 01:10:00") ERR("2026/04/05 01:59:59") ERR("2026/04/05 01:30:00")
             ERR("2026/04/05 01:59:59") ERR("2026/04/05 02:10:00")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Australia/Lord_Howe");
    scan_calibrate(&s);
    assert_ends(&s, 0, 0, "2026-04-04T14:10:00Z", "2026-04-04T14:59:59Z");
    assert_ends(&s, 0, 1, "2026-04-04T15:00:00Z", "2026-04-04T15:40:00Z");
    assert_turns(&s, 0, 1,
                 "clocks went back at 2026-04-04 15:00:00 UTC: 01:30:00 to 02:00:00 is there twice"
                 APART);
    scan_close(&s);
}

/* A rotation does not hide the step back, and what begins in the second pass stays in it. */
static void rotation_in_the_repeated_hour(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ERR("2026/10/25 01:30:00") ERR("2026/10/25 02:20:00"), ERR("2026/10/25 02:21:00"),
        ERR("2026/10/25 02:02:00") ERR("2026/10/25 02:10:00"),
        ERR("2026/10/25 02:11:00") ERR("2026/10/25 02:30:00"),
        ERR("2026/10/25 02:31:00") ERR("2026/10/25 03:10:00"),
        /* A line that comes late, behind the turn. */
        ERR("2026/10/25 02:59:00") ERR("2026/10/25 03:30:00")};
    static const char *const first[] = {"2026-10-24T23:30:00Z", "2026-10-25T00:21:00Z",
                                        "2026-10-25T01:02:00Z", "2026-10-25T01:11:00Z",
                                        "2026-10-25T01:31:00Z", "2026-10-25T01:59:00Z"};
    static const char *const last[] = {"2026-10-25T00:20:00Z", "2026-10-25T00:21:00Z",
                                       "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z",
                                       "2026-10-25T02:10:00Z", "2026-10-25T02:30:00Z"};
    struct scan_log logs[6] = {{.path = NULL}};
    static const char *const names[] = {"error.log.5", "error.log.4", "error.log.3",
                                        "error.log.2", "error.log.1", "error.log"};
    for (size_t i = 0; i < 6; i++)
        logs[i] = (struct scan_log){.path = names[i], .family = "error.log", .text = texts[i]};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Europe/Berlin");
    scan_calibrate(&s);
    for (size_t i = 0; i < 6; i++) {
        assert_ends(&s, i, 0, first[i], last[i]);
        assert_turns(&s, i, 0, BERLIN_BACK APART);
    }
    scan_close(&s);
}

/* Without a step back nothing tells that there was a second pass. */
static void first_pass_for_want_of_order(void **state)
{
    (void)state;
    static const struct {
        const char *text, *turns;
    } rows[] = {
        {ERR("2026/10/25 01:30:00") ERR("2026/10/25 02:30:00") ERR("2026/10/25 03:10:00"),
         BERLIN_BACK AS_FIRST},
        /* A few lines out of order are no step. */
        {ERR("2026/10/25 01:30:00") ERR("2026/10/25 02:30:00") ERR("2026/10/25 02:29:00"),
         BERLIN_BACK AS_FIRST},
        {ERR("2026/10/25 01:30:00") ERR("2026/10/25 03:10:00"), BERLIN_BACK},
        {ERR("2026/10/25 01:30:00") ERR("2026/10/25 01:59:59"), NULL},
        {ERR("2026/10/25 03:00:00") ERR("2026/10/25 04:00:00"), NULL},
        {ERR("2026/10/25 02:30:00"), BERLIN_BACK AS_FIRST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {{.path = "error.log", .text = rows[i].text}};
        struct scan s;
        size_t n;
        SCAN_OPEN(&s, logs);
        scan_assume(&s, NULL, "Europe/Berlin");
        scan_calibrate(&s);
        segments(&s, 0, &n);
        assert_int_equal(n, 1);
        assert_turns(&s, 0, 0, rows[i].turns);
        assert_true(s.sources[0].maps[0][0].second_until == INT64_MIN);
        scan_close(&s);
    }
}

/* A step back elsewhere, or a longer one, is no second pass. */
static void steps_that_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ERR("2026/10/25 14:59:59") ERR("2026/10/25 14:00:00"),
        ERR("2026/10/25 05:59:59") ERR("2026/10/25 02:10:00"), /* a file of that day, copied in */
        ERR("2026/10/24 02:59:59") ERR("2026/10/24 02:00:00")};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct scan_log logs[] = {{.path = "error.log", .text = texts[i]}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_assume(&s, NULL, "Europe/Berlin");
        scan_calibrate(&s);
        assert_true(s.sources[0].maps[0][1].second_until == INT64_MIN);
        scan_close(&s);
    }
}

/* Nothing shows the zone, but that its clocks were set back by an hour: later lines stay later. */
static void steps_back_without_a_zone(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *text, *last;
        uint64_t line;
        bool turned;
    } rows[] = {
        /* from 02:55 to 02:05, and on */
        {NULL,
         SYS("Oct 25 02:45:01") SYS("Oct 25 02:55:01") SYS("Oct 25 02:05:01")
             SYS("Oct 25 02:15:01") SYS("Oct 25 03:05:01"),
         "2026-10-25T04:05:01Z", 3, true},
        /* no full hour between: a clock was set */
        {NULL,
         SYS("Oct 25 02:25:01") SYS("Oct 25 02:35:01") SYS("Oct 25 02:05:01")
             SYS("Oct 25 02:15:01") SYS("Oct 25 03:05:01"),
         "2026-10-25T03:05:01Z", 3, false},
        /* by day: two files in one */
        {NULL,
         SYS("Oct 25 12:45:01") SYS("Oct 25 12:55:01") SYS("Oct 25 12:05:01")
             SYS("Oct 25 12:15:01") SYS("Oct 25 13:05:01"),
         "2026-10-25T13:05:01Z", 3, false},
        /* on a Saturday */
        {NULL,
         SYS("Oct 24 02:45:01") SYS("Oct 24 02:55:01") SYS("Oct 24 02:05:01")
             SYS("Oct 24 02:15:01") SYS("Oct 24 03:05:01"),
         "2026-10-24T03:05:01Z", 3, false},
        /* more than an hour */
        {NULL,
         SYS("Oct 25 02:59:01") SYS("Oct 25 01:55:01") SYS("Oct 25 02:05:01")
             SYS("Oct 25 03:05:01"),
         "2026-10-25T03:05:01Z", 2, false},
        /* that zone turned an hour before */
        {"Europe/London",
         SYS("Oct 25 02:45:01") SYS("Oct 25 02:55:01") SYS("Oct 25 02:05:01")
             SYS("Oct 25 02:15:01") SYS("Oct 25 03:05:01"),
         "2026-10-25T03:05:01Z", 3, false},
        /* one late line */
        {NULL, SYS("Oct 25 02:45:01") SYS("Oct 25 02:05:01") SYS("Oct 25 02:55:01"),
         "2026-10-25T02:55:01Z", 0, false},
        {"Europe/Berlin",
         SYS("Oct 25 02:55:01") SYS("Oct 25 02:05:01") SYS("Oct 25 02:15:01"),
         "2026-10-25T01:15:01Z", 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {
            {.path = "syslog", .text = rows[i].text, .mtime = 1792917000}}; /* 2026-10-25 */
        struct scan s;
        SCAN_OPEN(&s, logs);
        if (rows[i].zone)
            scan_assume(&s, NULL, rows[i].zone);
        scan_calibrate(&s);
        assert_instant(s.sources[0].last, rows[i].last);
        assert_int_equal(s.sources[0].back_line, rows[i].line);
        assert_int_equal(s.sources[0].back_by != 0, rows[i].line != 0);
        assert_int_equal(s.sources[0].back_turned, rows[i].turned);
        scan_close(&s);
    }
}

/* A segment that began in a second pass lasts into the next autumn: there it is the first again. */
static void over_a_year(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "error.log",
         .text = ERR("2025/10/26 02:40:00") ERR("2025/10/26 02:10:00") ERR("2026/03/01 12:00:00")
             ERR("2026/10/25 02:30:00") ERR("2026/10/25 02:10:00") ERR("2026/11/01 12:00:00")}};
    struct scan s;
    size_t n;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Europe/Berlin");
    scan_calibrate(&s);
    segments(&s, 0, &n);
    assert_int_equal(n, 3);
    assert_ends(&s, 0, 0, "2025-10-26T00:40:00Z", "2025-10-26T00:40:00Z");
    assert_ends(&s, 0, 1, "2025-10-26T01:10:00Z", "2026-10-25T00:30:00Z");
    assert_ends(&s, 0, 2, "2026-10-25T01:10:00Z", "2026-11-01T11:00:00Z");
    assert_turns(&s, 0, 1,
                 "clocks went back at 2025-10-26 01:00:00 UTC: 02:00:00 to 03:00:00 is there twice"
                 APART "; clocks went forward at 2026-03-29 01:00:00 UTC: 02:00:00 to 03:00:00 is "
                 "missing in the local time; " BERLIN_BACK APART);
    scan_close(&s);
}

/* ---- the missing hour -------------------------------------------------------------------- */

#define BERLIN_FORWARD                                                                             \
    "clocks went forward at 2026-03-29 01:00:00 UTC: 02:00:00 to 03:00:00 is missing in the "      \
    "local time"
#define HOWE_FORWARD                                                                               \
    "clocks went forward at 2026-10-03 15:30:00 UTC: 02:00:00 to 02:30:00 is missing in the "      \
    "local time"

static void missing_hour(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *text, *turns;
        unsigned impossible;
    } rows[] = {
        {"Europe/Berlin", ERR("2026/03/29 01:59:59") ERR("2026/03/29 03:00:00"), BERLIN_FORWARD,
         0},
        {"Europe/Berlin", ERR("2026/03/29 01:59:59"), NULL, 0},
        {"Europe/Berlin", ERR("2026/03/29 03:00:00"), NULL, 0},
        /* Lines in it are of a clock that did not turn. */
        {"Europe/Berlin",
         ERR("2026/03/29 01:59:59") ERR("2026/03/29 02:00:00") ERR("2026/03/29 02:59:59")
             ERR("2026/03/29 03:00:00"),
         BERLIN_FORWARD ", yet 2 minutes of it hold lines", 2},
        /* All of a segment: its lines are counted. */
        {"Europe/Berlin",
         ERR("2026/03/29 02:10:00") ERR("2026/03/29 02:10:10") ERR("2026/03/29 02:10:20"),
         BERLIN_FORWARD ", yet 1 minute of it holds lines", 3},
        {"Australia/Lord_Howe", ERR("2026/10/04 01:59:59") ERR("2026/10/04 02:30:00"),
         HOWE_FORWARD, 0},
        {"Australia/Lord_Howe",
         ERR("2026/10/04 01:59:59") ERR("2026/10/04 02:29:59") ERR("2026/10/04 02:30:00"),
         HOWE_FORWARD ", yet 1 minute of it holds lines", 1},
        {"UTC", ERR("2026/03/29 01:59:59") ERR("2026/03/29 02:30:00"), NULL, 0},
        {"+01:00", ERR("2026/03/29 01:59:59") ERR("2026/03/29 02:30:00"), NULL, 0},
        {"Africa/Nairobi", ERR("2026/03/29 01:59:59") ERR("2026/10/29 02:30:00"), NULL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {{.path = "error.log", .text = rows[i].text}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_assume(&s, NULL, rows[i].zone);
        scan_calibrate(&s);
        assert_turns(&s, 0, 0, rows[i].turns);
        assert_int_equal(s.sources[0].impossible, rows[i].impossible);
        scan_close(&s);
    }
}

/* The same where the lines carry no year. */
static void missing_hour_without_year(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "syslog",
         .mtime = at("2026-03-29T05:00:00Z") / PMT_SECOND,
         .text = SYS("Mar 29 01:59:59") SYS("Mar 29 02:30:00") SYS("Mar 29 03:00:00")},
        /* Of no known year: nothing is said. */
        {.path = "other", .text = SYS("Sep 27 01:59:59") SYS("Sep 27 02:30:00")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Europe/Berlin");
    scan_calibrate(&s);
    assert_turns(&s, 0, 0, BERLIN_FORWARD ", yet 1 minute of it holds lines");
    assert_int_equal(s.sources[0].impossible, 1);
    assert_turns(&s, 1, 0, NULL);
    scan_close(&s);
}

/* Many turns are not all written out. */
static void many_turns(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "error.log", .text = ERR("2010/01/01 00:00:00") ERR("2016/01/01 00:00:00")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Europe/Berlin");
    scan_calibrate(&s);
    const char *turns = s.sources[0].maps[0][0].turns;
    assert_non_null(turns);
    assert_non_null(strstr(turns, "2012-10-28 01:00:00 UTC"));
    assert_null(strstr(turns, "2013"));
    assert_non_null(strstr(turns, "; and 6 times more"));
    scan_close(&s);
}

/* ---- offsets that other logs showed ------------------------------------------------------ */

/* One log, a map by spans: what turns makes of it. */
static void with_spans(const char *text, struct pmt_offset_span *v, unsigned n, struct scan *s)
{
    const struct scan_log logs[] = {{.path = "error.log", .text = text}};
    SCAN_OPEN(s, logs);
    scan_calibrate(s);
    size_t segs;
    segments(s, 0, &segs);
    for (size_t k = 0; k < segs; k++) {
        struct pmt_map *m = &s->sources[0].maps[0][k];
        *m = (struct pmt_map){.spans = v, .nspans = n, .second_until = INT64_MIN};
    }
    struct pmt_calibration c = {.sources = s->sources, .n = 1, .options = &s->options,
                                .arena = &s->arena};
    pmt_calibrate_chains(&c);
    pmt_calibrate_turns(&c);
}

static void spans(void **state)
{
    (void)state;
    int64_t turn = at("2026-10-25T01:00:00Z");
    struct pmt_offset_span met[] = {{7200, turn - 30 * PMT_DAY, turn - 1, 9},
                                    {3600, turn, turn + 30 * PMT_DAY, 9}};
    struct pmt_offset_span apart[] = {{7200, turn - 30 * PMT_DAY, turn - 40 * PMT_MINUTE, 9},
                                      {3600, turn + 40 * PMT_MINUTE, turn + 30 * PMT_DAY, 9}};
    const char *text = ERR("2026/10/25 01:30:00") ERR("2026/10/25 02:15:00")
        ERR("2026/10/25 02:01:00") ERR("2026/10/25 03:10:00");
    struct scan s;
    with_spans(text, met, 2, &s);
    assert_ends(&s, 0, 0, "2026-10-24T23:30:00Z", "2026-10-25T00:15:00Z");
    assert_ends(&s, 0, 1, "2026-10-25T01:01:00Z", "2026-10-25T02:10:00Z");
    assert_turns(&s, 0, 0, BERLIN_BACK APART);
    scan_close(&s);
    with_spans(text, apart, 2, &s);
    assert_ends(&s, 0, 0, "2026-10-24T23:30:00Z", "2026-10-25T00:15:00Z");
    assert_ends(&s, 0, 1, "2026-10-25T01:01:00Z", "2026-10-25T02:10:00Z");
    assert_turns(&s, 0, 1,
                 "clocks went back between 2026-10-25 00:20:00 and 2026-10-25 01:40:00 UTC");
    scan_close(&s);
}

static void spans_forward(void **state)
{
    (void)state;
    int64_t turn = at("2026-03-29T01:00:00Z");
    struct pmt_offset_span met[] = {{3600, turn - 30 * PMT_DAY, turn - 1, 9},
                                    {7200, turn, turn + 30 * PMT_DAY, 9}};
    struct scan s;
    with_spans(ERR("2026/03/29 01:59:00") ERR("2026/03/29 02:10:00") ERR("2026/03/29 03:10:00"),
               met, 2, &s);
    assert_ends(&s, 0, 0, "2026-03-29T00:59:00Z", "2026-03-29T01:10:00Z");
    assert_turns(&s, 0, 0, BERLIN_FORWARD ", yet 1 minute of it holds lines");
    assert_int_equal(s.sources[0].impossible, 1);
    scan_close(&s);
}

/* Lines that carry their offset need none of it. */
static void zoned_lines(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "syslog",
         .text = "2026-10-25T02:59:59+02:00 web-01 cron[4]: (root) CMD (true)\n"
                 "2026-10-25T02:00:00+01:00 web-01 cron[4]: (root) CMD (true)\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_assume(&s, NULL, "Europe/Berlin");
    scan_calibrate(&s);
    assert_turns(&s, 0, 0, NULL);
    assert_instant(s.sources[0].first, "2026-10-25T00:59:59Z");
    assert_instant(s.sources[0].last, "2026-10-25T01:00:00Z");
    scan_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(berlin_back),
        cmocka_unit_test(lord_howe_back),
        cmocka_unit_test(rotation_in_the_repeated_hour),
        cmocka_unit_test(first_pass_for_want_of_order),
        cmocka_unit_test(steps_that_are_none),
        cmocka_unit_test(steps_back_without_a_zone),
        cmocka_unit_test(over_a_year),
        cmocka_unit_test(missing_hour),
        cmocka_unit_test(missing_hour_without_year),
        cmocka_unit_test(many_turns),
        cmocka_unit_test(spans),
        cmocka_unit_test(spans_forward),
        cmocka_unit_test(zoned_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
