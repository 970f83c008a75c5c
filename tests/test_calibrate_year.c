/* test_calibrate_year.c - the year of stamps that carry none. */
#include "scan_lines.h"

static void assert_year(const struct scan *s, size_t source, size_t segment,
                        enum pmt_year_from from, int year)
{
    const struct pmt_map *m = &s->sources[source].maps[0][segment];
    assert_string_equal(pmt_year_from_name((enum pmt_year_from)m->year_from),
                        pmt_year_from_name(from));
    assert_int_equal(m->year, year);
}

static int64_t seconds(const char *instant)
{
    return at(instant) / PMT_SECOND;
}

#define LINE(stamp) stamp " web-01 cron[1]: (root) CMD (true)\n"

static void accept_date_pair(void **state)
{
    (void)state;
    /* The accept date in the same lines beats a file time that says something else. */
    const struct scan_log logs[] = {
        {.path = "haproxy.log",
         .mtime = seconds("2026-05-01T00:00:00Z"),
         .text = "Feb 26 12:00:09 lb-01 haproxy[7]: 203.0.113.7:50 [26/Feb/2022:12:00:09.050] www "
                 "shop/web-01 0/0/0/12/12 200 347 - - ---- 5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    bool head = false;
    for (size_t c = 0; c < s.sources[0].tally->nclocks; c++)
        if (s.sources[0].tally->clocks[c].which == PMT_CLOCK_HEAD) {
            head = true;
            assert_int_equal(s.sources[0].maps[c][0].year, 2022);
            assert_int_equal(s.sources[0].maps[c][0].year_from, PMT_YEAR_PAIRED);
        }
    assert_true(head);
    assert_instant(s.sources[0].last, "2022-02-26T12:00:09Z");
    scan_close(&s);
}

/* An accept date just before midnight of New Year belongs to an envelope of the next year. */
static void accept_date_across_new_year(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "haproxy.log",
         .text = "Jan  1 00:00:05 lb-01 haproxy[7]: 203.0.113.7:50 [31/Dec/2021:23:59:50.050] www "
                 "shop/web-01 0/0/0/12/15000 200 347 - - ---- 5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_instant(s.sources[0].first, "2021-12-31T23:59:50Z");
    assert_instant(s.sources[0].last, "2022-01-01T00:00:05Z");
    scan_close(&s);
}

static void gzip_before_mtime(void **state)
{
    (void)state;
    static const struct {
        const char *gzip, *mtime;
        enum pmt_year_from from;
        int year;
    } rows[] = {
        {"2022-02-27T00:00:00Z", "2026-05-01T00:00:00Z", PMT_YEAR_GZIP, 2022},
        {NULL, "2022-02-27T00:00:00Z", PMT_YEAR_MTIME, 2022},
        {NULL, "2022-02-25T13:00:00Z", PMT_YEAR_MTIME, 2022}, /* a day of slack: zones, clocks */
        {NULL, "2022-02-24T00:00:00Z", PMT_YEAR_MTIME, 2021},
        {NULL, "2023-01-05T00:00:00Z", PMT_YEAR_MTIME, 2022},
        {NULL, NULL, PMT_YEAR_UNKNOWN, PMT_PSEUDO_YEAR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {{.path = "syslog",
                                         .text = LINE("Feb 26 12:00:08"),
                                         .gzip_time = rows[i].gzip ? seconds(rows[i].gzip) : 0,
                                         .mtime = rows[i].mtime ? seconds(rows[i].mtime) : 0}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_year(&s, 0, 0, rows[i].from, rows[i].year);
        scan_close(&s);
    }
}

/* After a copy the file's time is the copy's: dated logs beside it know better. */
static void useless_mtime(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "w/access.log",
         .mtime = seconds("2026-05-01T00:00:00Z"),
         .text = "203.0.113.7 - - [26/Feb/2022:12:00:07 +0000] \"GET / HTTP/1.1\" 200 5\n"},
        {.path = "w/syslog",
         .mtime = seconds("2026-05-01T00:00:00Z"),
         .text = LINE("Feb 26 12:00:08")},
        /* Half a year away from anything dated: only its file's time is left. */
        {.path = "w/old",
         .mtime = seconds("2026-05-01T00:00:00Z"),
         .text = LINE("Sep  1 12:00:08")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_year(&s, 1, 0, PMT_YEAR_NEIGHBOUR, 2022);
    assert_instant(s.sources[1].first, "2022-02-26T12:00:08Z");
    assert_year(&s, 2, 0, PMT_YEAR_MTIME, 2025);
    scan_close(&s);
}

/* The host's own dated lines come before those of others. */
static void neighbours_of_the_host_first(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "a", .text = "2021-02-26T12:00:07+00:00 web-01 cron[4]: (root) CMD (true)\n"},
        {.path = "b", .text = "2023-02-26T12:00:07+00:00 web-02 cron[4]: (root) CMD (true)\n"},
        {.path = "c", .text = LINE("Feb 26 12:00:08")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_year(&s, 2, 0, PMT_YEAR_NEIGHBOUR, 2021);
    scan_close(&s);
}

/* Dated lines that span years leave it open; a file time that fits one of them settles it. */
static void neighbours_that_leave_it_open(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "a",
         .text = "2020-01-26T12:00:07+00:00 web-01 cron[4]: (root) CMD (true)\n"
                 "2023-02-26T12:00:07+00:00 web-01 cron[4]: (root) CMD (true)\n"},
        {.path = "b", .text = LINE("Feb 20 12:00:08"), .mtime = seconds("2021-02-21T00:00:00Z")},
        {.path = "c", .text = LINE("Feb 20 12:00:08")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_year(&s, 1, 0, PMT_YEAR_MTIME, 2021);
    assert_year(&s, 2, 0, PMT_YEAR_NEIGHBOUR, 2023); /* the latest of equals */
    scan_close(&s);
}

static void new_year_in_one_file(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "syslog",
         .mtime = seconds("2022-01-02T00:00:00Z"),
         .text = LINE("Dec 31 23:59:58") LINE("Dec 31 23:59:59") LINE("Jan  1 00:00:01")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_int_equal(s.sources[0].tally->clocks[0].n, 2);
    assert_year(&s, 0, 0, PMT_YEAR_ORDER, 2021);
    assert_year(&s, 0, 1, PMT_YEAR_MTIME, 2022);
    assert_instant(s.sources[0].first, "2021-12-31T23:59:58Z");
    assert_instant(s.sources[0].last, "2022-01-01T00:00:01Z");
    scan_close(&s);
}

/* A line of the old year that comes late is no new year. */
static void late_december(void **state)
{
    (void)state;
    const struct scan_log logs[] = {{.path = "syslog",
                                     .mtime = seconds("2022-01-02T00:00:00Z"),
                                     .text = LINE("Dec 31 23:59:58") LINE("Jan  1 00:00:01")
                                         LINE("Dec 31 23:59:59") LINE("Jan  1 00:00:02")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    static const int years[] = {2021, 2022, 2021, 2022};
    assert_int_equal(s.sources[0].tally->clocks[0].n, 4);
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(s.sources[0].maps[0][k].year, years[k]);
    assert_instant(s.sources[0].first, "2021-12-31T23:59:58Z");
    assert_instant(s.sources[0].last, "2022-01-01T00:00:02Z");
    scan_close(&s);
}

/* Several years in one file: each turn of the year is one less. */
static void many_new_years(void **state)
{
    (void)state;
    const struct scan_log logs[] = {{.path = "syslog",
                                     .mtime = seconds("2022-03-02T00:00:00Z"),
                                     .text = LINE("Dec  1 00:00:00") LINE("Feb  1 00:00:00")
                                         LINE("Jun  1 00:00:00") LINE("Nov  1 00:00:00")
                                             LINE("Feb 20 00:00:00")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_instant(s.sources[0].first, "2020-12-01T00:00:00Z");
    assert_instant(s.sources[0].last, "2022-02-20T00:00:00Z");
    scan_close(&s);
}

/* 29 February exists in leap years only. */
static void leap_day(void **state)
{
    (void)state;
    static const struct {
        const char *mtime;
        int year;
    } rows[] = {{"2022-06-01T00:00:00Z", 2020},
                {"2024-03-01T00:00:00Z", 2024},
                {"2024-02-27T00:00:00Z", 2020},
                {"2104-06-01T00:00:00Z", 2104},
                {"2103-06-01T00:00:00Z", 2096}}; /* 2100 is none */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scan_log logs[] = {
            {.path = "syslog", .text = LINE("Feb 29 12:00:08"), .mtime = seconds(rows[i].mtime)}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_year(&s, 0, 0, PMT_YEAR_MTIME, rows[i].year);
        scan_close(&s);
    }
}

static void leap_day_that_is_not_there(void **state)
{
    (void)state;
    const struct scan_log logs[] = {{.path = "syslog", .text = LINE("Feb 29 12:00:08")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    s.options.year = 2023;
    scan_calibrate(&s);
    assert_true(s.sources[0].first == PMT_NO_TIME);
    assert_int_equal(s.sources[0].impossible, 1);
    assert_string_equal(s.sources[0].maps[0][0].year_why, "2023: from --year");
    int64_t second = s.sources[0].tally->clocks[0].segments[0].min / PMT_SECOND;
    assert_true(pmt_map_second(&s.sources[0].maps[0][0], second) == PMT_NO_TIME);
    scan_close(&s);
}

/* It is obeyed, but dated lines that say otherwise are not passed over in silence. */
static void year_option_against_the_logs(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "a", .text = LINE("Sep 20 12:00:00")},
        {.path = "d", .text = "2024-09-20T12:00:07+00:00 web-02 cron[4]: (root) CMD (true)\n"}};
    for (int year = 2023; year <= 2024; year++) {
        struct scan s;
        SCAN_OPEN(&s, logs);
        s.options.year = year;
        scan_calibrate(&s);
        assert_year(&s, 0, 0, PMT_YEAR_OPTION, year);
        if (year == 2024)
            assert_null(s.sources[0].maps[0][0].contradicted);
        else
            assert_string_equal(s.sources[0].maps[0][0].contradicted,
                                "given by --year 2023, but 2024: from the dated lines of d");
        scan_close(&s);
    }
}

/* --year names the year of the newest stamp without one; the others keep their distance. */
static void year_option(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "a",
         .mtime = seconds("2022-01-02T00:00:00Z"),
         .text = LINE("Dec 31 23:59:58") LINE("Jan  1 00:00:01")},
        {.path = "b", .mtime = seconds("2020-06-02T00:00:00Z"), .text = LINE("Jun  1 00:00:00")},
        {.path = "c", .text = LINE("Jun  1 00:00:00")},
        {.path = "d", .text = "2024-09-20T12:00:07+00:00 web-02 cron[4]: (root) CMD (true)\n"}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    s.options.year = 2012;
    scan_calibrate(&s);
    assert_year(&s, 0, 0, PMT_YEAR_OPTION, 2011);
    assert_year(&s, 0, 1, PMT_YEAR_OPTION, 2012);
    assert_year(&s, 1, 0, PMT_YEAR_OPTION, 2010);
    assert_year(&s, 2, 0, PMT_YEAR_OPTION, 2012);
    assert_year(&s, 3, 0, PMT_YEAR_LINE, 0);
    assert_instant(s.sources[3].first, "2024-09-20T12:00:07Z");
    scan_close(&s);
}

/* ---- rotations --------------------------------------------------------------------------- */

/* Five days over New Year, one file each. */
static const char *const five_days[] = {
    LINE("Dec 29 00:00:04") LINE("Dec 29 23:50:00"), LINE("Dec 30 00:00:04"),
    LINE("Dec 31 00:00:04") LINE("Dec 31 23:59:58"),
    LINE("Jan  1 00:00:01") LINE("Dec 31 23:59:59") LINE("Jan  1 00:00:02"),
    LINE("Jan  2 00:00:04") LINE("Jan  2 06:00:00")};
static const char *const five_names[] = {"syslog.4", "syslog.3", "syslog.2", "syslog.1", "syslog"};

#define ACCESS(stamp) "203.0.113.7 - - [" stamp " +0000] \"GET / HTTP/1.1\" 200 5\n"

static void five_files_over_new_year(void **state)
{
    (void)state;
    static const struct {
        const char *access, *mtime, *gzip; /* of all five; gzip: of all but the live one */
        bool own;                          /* each file's time is right */
        enum pmt_year_from from;           /* of the newest line */
        int year;
        const char *why;
    } rows[] = {
        {ACCESS("29/Dec/2021:00:00:01") ACCESS("02/Jan/2022:06:00:01"), "2026-05-01T00:00:00Z",
         NULL, false, PMT_YEAR_NEIGHBOUR, 2022, "2022: from the dated lines of access.log"},
        /* Also when it is there for one of the days only. */
        {ACCESS("02/Jan/2022:05:00:01"), "2026-05-01T00:00:00Z", NULL, false, PMT_YEAR_NEIGHBOUR,
         2022, "2022: from the dated lines of access.log"},
        {ACCESS("29/Dec/2021:05:00:01"), "2026-05-01T00:00:00Z", NULL, false, PMT_YEAR_ORDER, 2022,
         "2022: one after the dated lines of access.log, by the order of lines"},
        {ACCESS("20/Jan/2022:05:00:01"), "2022-12-31T12:00:00Z", NULL, false, PMT_YEAR_NEIGHBOUR,
         2022, "2022: from the dated lines of access.log"},
        /* A time before the last line is none that was kept. */
        {ACCESS("02/Jan/2022:05:00:01"), "2021-12-20T12:00:00Z", NULL, false, PMT_YEAR_NEIGHBOUR,
         2022, "2022: from the dated lines of access.log"},
        {NULL, "2022-12-20T12:00:00Z", NULL, false, PMT_YEAR_MTIME, 2022,
         "assumed 2022 from the file's time, which is the same for all 5 files"},
        {NULL, NULL, NULL, true, PMT_YEAR_MTIME, 2022, "2022: from the file's time"},
        {NULL, "2026-05-01T00:00:00Z", NULL, true, PMT_YEAR_MTIME, 2022,
         "2022: from the file's time"},
        {NULL, "2026-05-01T00:00:00Z", "own", false, PMT_YEAR_GZIP, 2022,
         "2022: from the gzip header of syslog.1"},
        /* Packed again at one instant: no more than a bound, and all must keep to it. */
        {NULL, "2026-05-01T00:00:00Z", "2022-12-30T12:00:00Z", false, PMT_YEAR_GZIP, 2022,
         "assumed 2022 from the gzip header of syslog.1, which is the same for all 4 files"},
        {NULL, NULL, NULL, false, PMT_YEAR_UNKNOWN, PMT_PSEUDO_YEAR,
         "unknown: no dated log lies near, and no file's time is known"},
    };
    static const char *const own[] = {"2021-12-29T23:50:00Z", "2021-12-31T00:00:04Z",
                                      "2022-01-01T00:00:00Z", "2022-01-02T00:00:02Z",
                                      "2022-01-02T06:00:00Z"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scan_log logs[6] = {{.path = NULL}};
        for (size_t k = 0; k < 5; k++) {
            const char *mtime = rows[i].own ? own[k] : rows[i].mtime;
            const char *gzip = k < 4 ? rows[i].gzip : NULL;
            if (gzip && strcmp(gzip, "own") == 0)
                gzip = own[k];
            logs[k] = (struct scan_log){.path = five_names[k],
                                        .family = "syslog",
                                        .text = five_days[k],
                                        .mtime = mtime ? seconds(mtime) : 0,
                                        .gzip_time = gzip ? seconds(gzip) : 0};
        }
        logs[5] = (struct scan_log){.path = "access.log",
                                    .text = rows[i].access,
                                    .mtime = rows[i].mtime ? seconds(rows[i].mtime) : 0};
        struct scan s;
        scan_open(&s, logs, rows[i].access ? 6 : 5);
        scan_calibrate(&s);
        assert_year(&s, 4, 0, rows[i].from, rows[i].year);
        assert_string_equal(s.sources[4].maps[0][0].year_why, rows[i].why);
        if (rows[i].from != PMT_YEAR_UNKNOWN) {
            static const char *const from[] = {"2021-12-29T00:00:04Z", "2021-12-30T00:00:04Z",
                                               "2021-12-31T00:00:04Z", "2021-12-31T23:59:59Z",
                                               "2022-01-02T00:00:04Z"};
            for (size_t k = 0; k < 5; k++)
                assert_instant(s.sources[k].first, from[k]);
            assert_instant(s.sources[3].last, "2022-01-01T00:00:02Z");
        }
        scan_close(&s);
    }
}

/* Whichever of them is missing: the order still holds. */
static void files_missing(void **state)
{
    (void)state;
    for (unsigned without = 0; without < 5; without++) {
        struct scan_log logs[5] = {{.path = NULL}};
        size_t n = 0;
        for (size_t k = 0; k < 5; k++)
            if (k != without)
                logs[n++] = (struct scan_log){.path = five_names[k],
                                              .family = "syslog",
                                              .text = five_days[k],
                                              .mtime = seconds("2026-05-01T00:00:00Z")};
        logs[n++] = (struct scan_log){.path = "access.log", .text = ACCESS("31/Dec/2021:12:00:00")};
        struct scan s;
        scan_open(&s, logs, n);
        scan_calibrate(&s);
        for (size_t i = 0; i < 4; i++) {
            size_t k = i + (i >= without);
            assert_int_equal(pmt_wall_year(s.sources[i].first), k < 4 ? 2021 : 2022);
            assert_int_equal(pmt_wall_year(s.sources[i].last), k < 3 ? 2021 : 2022);
        }
        scan_close(&s);
    }
}

/* ---- what is no New Year ----------------------------------------------------------------- */

static void assert_years(const char *text, const char *mtime, const int *years, size_t n)
{
    const struct scan_log logs[] = {{.path = "syslog", .mtime = seconds(mtime), .text = text}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_int_equal(s.sources[0].tally->clocks[0].n, n);
    for (size_t k = 0; k < n; k++)
        assert_int_equal(s.sources[0].maps[0][k].year, years[k]);
    scan_close(&s);
}

static void silence_of_months(void **state)
{
    (void)state;
    assert_years(LINE("Jan  5 12:00:00") LINE("Aug 10 12:00:00"), "2022-08-10T12:00:00Z",
                 (const int[]){2022, 2022}, 2);
    assert_years(LINE("Nov  5 12:00:00") LINE("Jan  5 12:00:00") LINE("Aug 10 12:00:00"),
                 "2022-08-10T12:00:00Z", (const int[]){2021, 2022, 2022}, 3);
}

/* A machine without a battery begins at New Year until its clock is set. */
static void clock_that_began_anew(void **state)
{
    (void)state;
    assert_years(LINE("Aug 10 12:00:00") LINE("Jan  1 00:00:07") LINE("Aug 10 12:05:00"),
                 "2022-08-10T12:05:00Z", (const int[]){2022, 2022, 2022}, 3);
    /* Once right, it is right. */
    assert_years(LINE("Aug 10 12:00:00") LINE("Jan  1 00:00:07") LINE("Aug 10 12:05:00")
                     LINE("Apr  1 12:00:00") LINE("Jan  5 12:00:00") LINE("Aug 11 12:05:00"),
                 "2022-08-11T12:05:00Z", (const int[]){2022, 2022, 2022, 2022, 2022, 2022}, 6);
}

/* ---- one file, several hosts ------------------------------------------------------------- */

#define FROM(host, stamp) stamp " " host " cron[1]: (root) CMD (true)\n"

static int year_of(const struct pmt_scanned *x, const char *host, size_t segment)
{
    for (size_t c = 0; c < x->tally->nclocks; c++)
        if (pmt_slice_is(x->tally->clocks[c].host, host)) {
            assert_true(segment < x->tally->clocks[c].n);
            return x->maps[c][segment].year;
        }
    fail_msg("no host %s", host);
    return 0;
}

/* Hosts of few lines take their years from the lines around theirs. */
static void lines_around(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        /* The same name in a dated log of years before. */
        {.path = "other.log",
         .text = "2018-12-05T12:00:07+00:00 switch cron[4]: (root) CMD (true)\n"},
        {.path = "central.log",
         .mtime = seconds("2022-11-03T12:00:00Z"),
         .text = FROM("web-01", "Nov  1 12:00:00") FROM("switch", "Nov  1 12:00:05")
             FROM("web-01", "Dec 31 23:59:58") FROM("web-02", "Jan  1 00:00:01")
                 FROM("web-01", "Jan  1 00:00:02") FROM("web-02", "Dec 31 23:59:59")
                     FROM("web-01", "Mar  1 00:00:00") FROM("web-01", "Jun  2 00:00:00")
                         FROM("web-01", "Oct 31 00:00:00") FROM("switch", "Oct 31 12:00:00")
                             FROM("web-01", "Nov  3 12:00:00")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    const struct pmt_scanned *x = &s.sources[1];
    assert_int_equal(year_of(x, "web-01", 0), 2021);
    assert_int_equal(year_of(x, "web-01", 1), 2022);
    assert_int_equal(year_of(x, "web-02", 0), 2022);
    assert_int_equal(year_of(x, "web-02", 1), 2021);
    /* A year lies between its lines, and nothing in them tells. */
    assert_int_equal(year_of(x, "switch", 0), 2021);
    assert_int_equal(year_of(x, "switch", 1), 2022);
    assert_instant(x->first, "2021-11-01T12:00:00Z");
    assert_instant(x->last, "2022-11-03T12:00:00Z");
    scan_close(&s);
}

/* One host's balancer writes the year: the others in the file share it. */
static void accept_date_of_another_host(void **state)
{
    (void)state;
    const struct scan_log logs[] = {
        {.path = "central.log",
         .mtime = seconds("2026-05-01T00:00:00Z"),
         .text = FROM("web-01", "Dec 31 23:59:00") FROM("web-01", "Dec 31 23:59:20")
             "Dec 31 23:59:59 lb-01 haproxy[7]: 203.0.113.7:50 [31/Dec/2021:23:59:58.050] www "
             "shop/web-01 0/0/0/12/12 200 347 - - ---- 5/5/4/4/0 0/0 \"GET / HTTP/1.1\"\n" FROM(
                 "web-01", "Jan  1 00:00:05")}};
    struct scan s;
    SCAN_OPEN(&s, logs);
    scan_calibrate(&s);
    assert_int_equal(year_of(&s.sources[0], "web-01", 0), 2021);
    assert_int_equal(year_of(&s.sources[0], "web-01", 1), 2022);
    assert_instant(s.sources[0].last, "2022-01-01T00:00:05Z");
    scan_close(&s);
}

/* ---- 29 February ------------------------------------------------------------------------- */

/* Neighbours of a year without it do not take it in; nothing else is known: it is counted. */
static void leap_day_beside_dated_lines(void **state)
{
    (void)state;
    static const struct {
        const char *dated, *mtime;
        enum pmt_year_from from;
        int year;
        unsigned impossible;
        const char *why;
    } rows[] = {
        {"2023-03-01T12:00:07+00:00", "2023-03-02T00:00:00Z", PMT_YEAR_MTIME, 2020, 0,
         "assumed 2020 from the file's time and the 29 February in it, which is 1095 days after "
         "its last line"},
        {"2024-03-10T12:00:07+00:00", "2026-03-02T00:00:00Z", PMT_YEAR_NEIGHBOUR, 2024, 0,
         "2024: from the dated lines of dated and the 29 February in it"},
        {"2023-03-01T12:00:07+00:00", NULL, PMT_YEAR_NEIGHBOUR, 2023, 2,
         "2023: from the dated lines of dated"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf dated = {0};
        pmt_buf_printf(&dated, "%s web-02 cron[4]: (root) CMD (true)\n", rows[i].dated);
        const struct scan_log logs[] = {
            {.path = "dated", .text = dated.data},
            {.path = "syslog",
             .text = LINE("Feb 28 12:00:00") LINE("Feb 29 12:00:08") LINE("Feb 29 13:00:00")
                 LINE("Mar  1 12:00:00"),
             .mtime = rows[i].mtime ? seconds(rows[i].mtime) : 0}};
        struct scan s;
        SCAN_OPEN(&s, logs);
        scan_calibrate(&s);
        assert_year(&s, 1, 0, rows[i].from, rows[i].year);
        assert_string_equal(s.sources[1].maps[0][0].year_why, rows[i].why);
        assert_int_equal(s.sources[1].impossible, rows[i].impossible);
        scan_close(&s);
        pmt_buf_fini(&dated);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accept_date_pair),
        cmocka_unit_test(accept_date_across_new_year),
        cmocka_unit_test(gzip_before_mtime),
        cmocka_unit_test(useless_mtime),
        cmocka_unit_test(neighbours_of_the_host_first),
        cmocka_unit_test(neighbours_that_leave_it_open),
        cmocka_unit_test(new_year_in_one_file),
        cmocka_unit_test(late_december),
        cmocka_unit_test(many_new_years),
        cmocka_unit_test(leap_day),
        cmocka_unit_test(leap_day_that_is_not_there),
        cmocka_unit_test(year_option),
        cmocka_unit_test(year_option_against_the_logs),
        cmocka_unit_test(five_files_over_new_year),
        cmocka_unit_test(files_missing),
        cmocka_unit_test(silence_of_months),
        cmocka_unit_test(clock_that_began_anew),
        cmocka_unit_test(lines_around),
        cmocka_unit_test(accept_date_of_another_host),
        cmocka_unit_test(leap_day_beside_dated_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
