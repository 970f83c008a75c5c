/* test_render_json.c - the report as data: every key is there, numbers are numbers. */
#include "world.h"

#include <cjson/cJSON.h>

static cJSON *parse(const struct pmt_buf *text)
{
    cJSON *root = cJSON_Parse(text->data);
    if (!root)
        fail_msg("no JSON: %s", text->data);
    return root;
}

/* ---- the contract ---------------------------------------------------------------------------- */

enum type {
    STRING = 1, NUMBER = 2, FLAG = 4, LIST = 8, NOTHING = 16, TIME = 32, PAIR = 64, OBJECT = 128
};

struct key {
    const char *name;
    int types;
};

static const struct key root_keys[] = {
    {"schema", STRING},  {"tool", STRING},   {"main", STRING | NOTHING}, {"sources", LIST},
    {"incidents", LIST}, {"removals", LIST}, {"timeline", LIST},         {"evidence", LIST},
    {"warnings", LIST},  {"factors", LIST},  {"response", LIST},
    {"notes", LIST},     {NULL, 0}};
static const struct key response_keys[] = {{"kind", STRING},    {"time", TIME},
                                           {"after_start_s", NUMBER}, {"host", STRING | NOTHING},
                                           {"evidence", LIST},  {NULL, 0}};
static const struct key span_keys[] = {
    {"first", TIME | NOTHING}, {"last", TIME | NOTHING}, {"gaps", LIST}, {NULL, 0}};
static const struct key gap_keys[] = {{"from", TIME},
                                      {"to", TIME},
                                      {"kind", STRING},
                                      {"expected", NUMBER | NOTHING},
                                      {"missing", STRING | NOTHING},
                                      {NULL, 0}};
static const struct key source_keys[] = {{"file", STRING},
                                         {"arg", STRING},
                                         {"format", STRING | NOTHING},
                                         {"host", STRING | NOTHING},
                                         {"zone", STRING | NOTHING},
                                         {"zone_from", STRING | NOTHING},
                                         {"zone_why", STRING | NOTHING},
                                         {"year_from", STRING | NOTHING},
                                         {"year_why", STRING | NOTHING},
                                         {"turns", STRING | NOTHING},
                                         {"skew_s", NUMBER | NOTHING},
                                         {"skew_n", NUMBER | NOTHING},
                                         {"skew_spread_s", NUMBER | NOTHING},
                                         {"skew_corrected", FLAG},
                                         {"skew_against", STRING | NOTHING},
                                         {"lines", NUMBER},
                                         {"understood", NUMBER},
                                         {"undated", NUMBER},
                                         {"not_understood", NUMBER},
                                         {"cut", NUMBER},
                                         {"late", NUMBER},
                                         {"impossible", NUMBER},
                                         {"first", TIME | NOTHING},
                                         {"last", TIME | NOTHING},
                                         {"gaps", LIST},
                                         {"clocks", LIST},
                                         {"damage", STRING | NOTHING},
                                         {NULL, 0}};
static const struct key clock_keys[] = {{"host", STRING | NOTHING},
                                        {"stamp", STRING},
                                        {"lines", NUMBER},
                                        {"zone", STRING | NOTHING},
                                        {"zone_from", STRING | NOTHING},
                                        {"zone_why", STRING | NOTHING},
                                        {"year_from", STRING | NOTHING},
                                        {"year_why", STRING | NOTHING},
                                        {"turns", STRING | NOTHING},
                                        {"skew_s", NUMBER | NOTHING},
                                        {"skew_n", NUMBER | NOTHING},
                                        {"skew_spread_s", NUMBER | NOTHING},
                                        {"skew_corrected", FLAG},
                                        {"skew_against", STRING | NOTHING},
                                        {NULL, 0}};
static const struct key incident_keys[] = {{"id", STRING},
                                           {"kind", STRING},
                                           {"severity", STRING},
                                           {"start", TIME},
                                           {"start_bounds", PAIR},
                                           {"end", TIME | NOTHING},
                                           {"end_bounds", PAIR},
                                           {"duration_s", NUMBER},
                                           {"duration_bounds_s", PAIR},
                                           {"ongoing", FLAG},
                                           {"began_before_log", FLAG},
                                           {"redundancy_restored", TIME | NOTHING},
                                           {"phases", LIST},
                                           {"bursts", NUMBER},
                                           {"services", LIST},
                                           {"layer", STRING | NOTHING},
                                           {"requests_total", NUMBER | NOTHING},
                                           {"requests_failed", NUMBER | NOTHING},
                                           {"requests_retried", NUMBER | NOTHING},
                                           {"latency", OBJECT},
                                           {"slow", OBJECT | NOTHING},
                                           {"lines", OBJECT | NOTHING},
                                           {"requests_given_up", NUMBER | NOTHING},
                                           {"failures", LIST},
                                           {"given_up", LIST},
                                           {"clients_total", NUMBER | NOTHING},
                                           {"clients_affected", NUMBER | NOTHING},
                                           {"clients_estimated", FLAG}, {"clients_sample", NUMBER},
                                           {"affected_pct", NUMBER | NOTHING},
                                           {"path", STRING | NOTHING},
                                           {"site_requests_total", NUMBER | NOTHING},
                                           {"site_requests_failed", NUMBER | NOTHING},
                                           {"worst", LIST},
                                           {"evidence", LIST},
                                           {NULL, 0}};
static const struct key worst_keys[] = {{"kind", STRING},           {"name", STRING},
                                        {"of", STRING | NOTHING},   {"requests_total", NUMBER},
                                        {"requests_failed", NUMBER}, {NULL, 0}};
static const struct key phase_keys[] = {{"kind", STRING}, {"from", TIME}, {"to", TIME}, {NULL, 0}};
static const struct key failure_keys[] = {{"status", NUMBER | NOTHING}, {"by", STRING},
                                          {"termination_state", STRING | NOTHING},
                                          {"count", NUMBER}, {NULL, 0}};
static const struct key removal_keys[] = {{"backend", STRING | NOTHING}, {"server", STRING},
                                          {"kind", STRING},    {"inferred", FLAG},
                                          {"from", TIME},      {"to", TIME | NOTHING},
                                          {"began_before", FLAG}, {"open", FLAG},
                                          {"count", NUMBER},   {"evidence", LIST},
                                          {NULL, 0}};
static const struct key timeline_keys[] = {
    {"id", STRING},   {"time", TIME | NOTHING}, {"time_known", STRING}, {"host", STRING | NOTHING},
    {"kind", STRING}, {"message", STRING},      {"evidence", LIST},     {NULL, 0}};
static const struct key evidence_keys[] = {
    {"id", STRING},   {"time", TIME | NOTHING}, {"host", STRING | NOTHING},    {"file", STRING},
    {"line", NUMBER}, {"count", NUMBER},        {"excerpt", STRING | NOTHING}, {NULL, 0}};

/* RFC 3339 in UTC with Z, and up to six decimals. */
static bool is_time(const char *s)
{
    struct pmt_cursor c = pmt_cursor(pmt_str(s));
    struct pmt_stamp t;
    size_t n = strlen(s);
    return n >= 20 && s[10] == 'T' && s[n - 1] == 'Z' && pmt_read_iso_stamp(&c, &t) &&
           pmt_cur_end(&c) && t.how == PMT_STAMP_ZONED && t.offset == 0;
}

static bool is_of(const cJSON *item, int types)
{
    return ((types & STRING) && cJSON_IsString(item)) ||
           ((types & NUMBER) && cJSON_IsNumber(item)) || ((types & FLAG) && cJSON_IsBool(item)) ||
           ((types & LIST) && cJSON_IsArray(item)) || ((types & NOTHING) && cJSON_IsNull(item)) ||
           ((types & TIME) && cJSON_IsString(item) && is_time(item->valuestring)) ||
           ((types & OBJECT) && cJSON_IsObject(item)) ||
           ((types & PAIR) && cJSON_IsArray(item) && cJSON_GetArraySize(item) == 2);
}

/* All keys and no others (new ones belong in the tables above). */
static void check_keys(const char *what, const cJSON *o, const struct key *keys, int others)
{
    int n = 0;
    for (; keys[n].name; n++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, keys[n].name);
        if (!item || !is_of(item, keys[n].types))
            fail_msg("%s.%s is %s", what, keys[n].name, item ? "of another type" : "not there");
    }
    assert_int_equal(cJSON_GetArraySize(o), n + others);
}

static void check_list(const cJSON *root, const char *name, const struct key *keys, int others)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, name))
        check_keys(name, item, keys, others);
}

static void check_contract(const cJSON *root)
{
    const cJSON *item;
    check_keys("report", root, root_keys, 3); /* what is an object or null */
    check_list(root, "response", response_keys, 0);
    check_keys("span", cJSON_GetObjectItemCaseSensitive(root, "span"), span_keys, 0);
    check_list(root, "sources", source_keys, 0);
    check_list(root, "incidents", incident_keys, 0);
    check_list(root, "removals", removal_keys, 0);
    check_list(root, "timeline", timeline_keys, 0);
    check_list(root, "evidence", evidence_keys, 0);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "incidents"))
    {
        check_list(item, "phases", phase_keys, 0);
        check_list(item, "failures", failure_keys, 0);
        check_list(item, "worst", worst_keys, 0);
        check_list(item, "given_up", failure_keys, 0);
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "sources"))
    {
        check_list(item, "gaps", gap_keys, 0);
        check_list(item, "clocks", clock_keys, 0);
    }
    check_list(cJSON_GetObjectItemCaseSensitive(root, "span"), "gaps", gap_keys, 0);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "warnings"))
        assert_true(cJSON_IsString(item));
}

/* Every citation names a row, rows are numbered in order, and so are events. */
static void check_ids(const cJSON *root)
{
    static const char *const citing[] = {"incidents", "removals", "timeline", "response", NULL};
    const cJSON *item, *cite;
    int n = 0, rows = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "evidence"));
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "evidence"))
    {
        char want[16];
        snprintf(want, sizeof want, "E%d", ++n);
        assert_string_equal(cJSON_GetObjectItemCaseSensitive(item, "id")->valuestring, want);
    }
    n = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "timeline"))
    {
        char want[16];
        snprintf(want, sizeof want, "T%d", ++n);
        assert_string_equal(cJSON_GetObjectItemCaseSensitive(item, "id")->valuestring, want);
    }
    for (size_t i = 0; citing[i]; i++)
        cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, citing[i]))
            cJSON_ArrayForEach(cite, cJSON_GetObjectItemCaseSensitive(item, "evidence"))
        {
            int id = 0;
            assert_int_equal(sscanf(cite->valuestring, "E%d", &id), 1);
            assert_in_range(id, 1, rows);
        }
}

/* 2022-02-26T09:00:00Z */
#define NINE_UTC (INT64_C(1645866000) * PMT_SECOND)

/* ---- stories --------------------------------------------------------------------------------- */

static const char *text_of(const cJSON *o, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, key);
    return cJSON_IsString(item) ? item->valuestring : cJSON_IsNull(item) ? "null" : "?";
}

static double number_of(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key)->valuedouble;
}

static const cJSON *item_of(const cJSON *root, const char *list, int i)
{
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, list), i);
    assert_non_null(item);
    return item;
}

static void assert_pair(const cJSON *o, const char *key, const char *a, const char *b)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(o, key);
    const char *want[] = {a, b};
    for (int i = 0; i < 2; i++) {
        char *got = cJSON_PrintUnformatted(cJSON_GetArrayItem(list, i));
        assert_string_equal(got, want[i]);
        free(got);
    }
}

static struct pmt_buf report_of(const struct scan_log *logs, size_t n, struct pmt_window window)
{
    struct world w;
    world_open_in(&w, logs, n, window);
    world_report(&w, true);
    struct pmt_buf json = world_json(&w);
    world_close(&w);
    return json;
}

static const struct pmt_window everything = {PMT_NO_TIME, PMT_NO_TIME};

static void one_incident(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, sys = {0};
    struct traffic t = {.backend = "shop",
                        .servers = {"web-01", "web-01"},
                        .start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_state(&text, NINE - 600 * PMT_SECOND, GONE("shop", "web-02", "1"));
    put_traffic(&text, &t);
    put_state(&text, NINE + 3000 * PMT_SECOND, READY("shop", "web-02"));
    put_state(&text, NINE + 3598 * PMT_SECOND, GONE("shop", "web-01", "1"));
    put_syslog(&sys, NINE + 1300 * PMT_SECOND, "web-01", "systemd[1]: Reloaded Shop.");
    pmt_buf_puts(&sys, "no line of a log\n");
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data},
                                    {.path = "syslog", .text = sys.data}};
    struct pmt_buf json = report_of(logs, 2, everything);
    cJSON *root = parse(&json);
    check_contract(root);
    check_ids(root);
    assert_string_equal(text_of(root, "schema"), "pm-timeline/report/1");
    assert_string_equal(text_of(root, "tool"), "pm-timeline 0.1.0");
    assert_string_equal(text_of(root, "main"), "2022-02-26T0920Z");
    const cJSON *i = item_of(root, "incidents", 0);
    assert_string_equal(text_of(i, "id"), "2022-02-26T0920Z");
    assert_string_equal(text_of(i, "kind"), "errors");
    assert_string_equal(text_of(i, "severity"), "high");
    assert_string_equal(text_of(i, "start"), "2022-02-26T09:20:00.118Z");
    assert_string_equal(text_of(i, "end"), "2022-02-26T09:25:00.118Z");
    assert_pair(i, "start_bounds", "\"2022-02-26T09:19:58Z\"", "\"2022-02-26T09:20:00.118Z\"");
    assert_pair(i, "end_bounds", "\"2022-02-26T09:25:00.118Z\"", "\"2022-02-26T09:25:02Z\"");
    assert_pair(i, "duration_bounds_s", "300", "304");
    assert_true(number_of(i, "duration_s") == 300.0);
    assert_true(number_of(i, "requests_total") == 151 && number_of(i, "requests_failed") == 151);
    assert_true(number_of(i, "clients_total") == 40 && number_of(i, "affected_pct") == 100.0);
    assert_string_equal(text_of(i, "layer"), "haproxy");
    assert_string_equal(text_of(i, "redundancy_restored"), "2022-02-26T09:50:00Z");
    assert_string_equal(item_of(i, "services", 0)->valuestring, "shop");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(i, "evidence")), 2);
    const cJSON *r = item_of(root, "removals", 0);
    assert_string_equal(text_of(r, "server"), "web-02");
    assert_string_equal(text_of(r, "kind"), "maintenance");
    assert_string_equal(text_of(r, "from"), "2022-02-26T08:50:00Z");
    assert_true(number_of(r, "count") == 1);
    r = item_of(root, "removals", 1);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(r, "open")));
    assert_string_equal(text_of(r, "to"), "null");
    const cJSON *s = item_of(root, "sources", 1);
    assert_string_equal(text_of(s, "file"), "syslog");
    assert_string_equal(text_of(s, "host"), "web-01");
    assert_string_equal(text_of(s, "zone"), "UTC");
    assert_string_equal(text_of(s, "zone_from"), "utc");
    assert_string_equal(text_of(s, "year_from"), "neighbour");
    assert_true(number_of(s, "lines") == 2 && number_of(s, "not_understood") == 1);
    cJSON_Delete(root);
    pmt_buf_fini(&json);
    pmt_buf_fini(&text);
    pmt_buf_fini(&sys);
}

static void clocks_and_gaps(void **state)
{
    (void)state;
    static const struct pmt_knot knots[] = {{NINE_UTC, -90 * PMT_SECOND}};
    const struct pmt_skew skew = {
        .knots = knots, .n = 1, .least = -90012345, .median = -90012345, .most = -90012345,
        .spread = 345678, .matched = 812, .corrected = true, .whose = PMT_SLICE("web-01"),
        .against = PMT_SLICE("lb-01")};
    static const struct pmt_gap gaps[] = {
        {.from = NINE_UTC, .to = NINE_UTC + 600 * PMT_SECOND, .expected = 31},
        {.from = NINE_UTC + 900 * PMT_SECOND, .to = NINE_UTC + 1000 * PMT_SECOND,
         .kind = PMT_GAP_ROTATION, .missing = "syslog.2"}};
    const struct scan_log logs[] = {
        {.path = "syslog", .text = "2022-02-26T09:00:10Z web-01 cron[1]: x\n"}};
    struct world w;
    WORLD_OPEN(&w, logs);
    struct pmt_scanned *s = &w.scan.sources[0];
    s->maps[0][0].skew = &skew;
    s->maps[0][0].year_why = "2022: from --year";
    s->maps[0][0].turns = "clocks went back";
    s->impossible = 7;
    s->gaps = gaps;
    s->ngaps = 2;
    w.coverage.holes = gaps;
    w.coverage.nholes = 1;
    world_report(&w, true);
    struct pmt_buf json = world_json(&w);
    cJSON *root = parse(&json);
    check_contract(root);
    const cJSON *o = item_of(root, "sources", 0);
    assert_true(number_of(o, "skew_s") == -90.012 && number_of(o, "skew_n") == 812);
    assert_true(number_of(o, "skew_spread_s") == 0.345 && number_of(o, "impossible") == 7);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "skew_corrected")));
    assert_string_equal(text_of(o, "skew_against"), "lb-01");
    const cJSON *clock = item_of(o, "clocks", 0);
    assert_string_equal(text_of(clock, "host"), "web-01");
    assert_string_equal(text_of(clock, "stamp"), "head");
    assert_string_equal(text_of(clock, "zone_from"), "line");
    assert_true(number_of(clock, "skew_s") == -90.012 && number_of(clock, "lines") == 1);
    assert_string_equal(text_of(o, "year_why"), "2022: from --year");
    assert_string_equal(text_of(o, "turns"), "clocks went back");
    const cJSON *g = item_of(o, "gaps", 0);
    assert_string_equal(text_of(g, "from"), "2022-02-26T09:00:00Z");
    assert_string_equal(text_of(g, "to"), "2022-02-26T09:10:00Z");
    assert_string_equal(text_of(g, "kind"), "silent");
    assert_string_equal(text_of(g, "missing"), "null");
    assert_true(number_of(g, "expected") == 31);
    g = item_of(o, "gaps", 1);
    assert_string_equal(text_of(g, "kind"), "rotation");
    assert_string_equal(text_of(g, "expected"), "null");
    assert_string_equal(text_of(g, "missing"), "syslog.2");
    g = item_of(cJSON_GetObjectItemCaseSensitive(root, "span"), "gaps", 0);
    assert_string_equal(text_of(g, "to"), "2022-02-26T09:10:00Z");
    cJSON_Delete(root);
    pmt_buf_fini(&json);
    world_close(&w);
}

static void what_is_unknown_is_null(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    put_state(&text, NINE, "backend shop has no server available!");
    const struct scan_log logs[] = {
        {.path = "haproxy.log", .text = text.data, .mtime = NINE / PMT_SECOND + 3600},
        {.path = "empty.log", .text = ""}};
    struct pmt_buf json = report_of(logs, 2, everything);
    cJSON *root = parse(&json);
    check_contract(root);
    check_ids(root);
    const cJSON *i = item_of(root, "incidents", 0);
    static const char *const nulls[] = {
        "end",           "redundancy_restored", "requests_total", "requests_failed",
        "clients_total", "clients_affected",    "affected_pct",   NULL};
    for (size_t k = 0; nulls[k]; k++)
        assert_string_equal(text_of(i, nulls[k]), "null");
    assert_pair(i, "start_bounds", "null", "\"2022-02-26T09:00:00Z\"");
    assert_pair(i, "end_bounds", "\"2022-02-26T09:00:00Z\"", "null");
    assert_pair(i, "duration_bounds_s", "0", "null");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(i, "ongoing")));
    const cJSON *s = item_of(root, "sources", 1);
    static const char *const unread[] = {
        "format", "host",   "zone",   "zone_from",     "zone_why",     "year_from", "year_why",
        "turns",  "skew_s", "skew_n", "skew_spread_s", "skew_against", "first",     "last",
        "damage", NULL};
    for (size_t k = 0; unread[k]; k++)
        assert_string_equal(text_of(s, unread[k]), "null");
    cJSON_Delete(root);
    pmt_buf_fini(&json);
    pmt_buf_fini(&text);
}

static void nothing_at_all(void **state)
{
    (void)state;
    const struct scan_log logs[] = {{.path = "empty.log", .text = ""}};
    struct pmt_buf json = report_of(logs, 1, everything);
    cJSON *root = parse(&json);
    check_contract(root);
    assert_string_equal(text_of(root, "main"), "null");
    assert_string_equal(text_of(cJSON_GetObjectItemCaseSensitive(root, "span"), "first"), "null");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "incidents")), 0);
    cJSON_Delete(root);
    pmt_buf_fini(&json);
}

/* ---- numbers and text ------------------------------------------------------------------------ */

/* cJSON would print them as 1.6e+15. */
static void large_numbers_are_whole(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&text, &t);
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    struct world w;
    WORLD_OPEN(&w, logs);
    w.scan.sources[0].tally->lines = UINT64_C(9007199254740993);
    w.scan.sources[0].tally->undated = UINT64_MAX;
    w.findings.incidents[0].numbers.requests = UINT64_C(1645866904000000);
    world_report(&w, true);
    struct pmt_buf json = world_json(&w);
    assert_non_null(strstr(json.data, "\"lines\":\t9007199254740993,"));
    assert_non_null(strstr(json.data, "\"undated\":\t9223372036854775807,"));
    assert_non_null(strstr(json.data, "\"requests_total\":\t1645866904000000,"));
    assert_null(strstr(json.data, "e+"));
    cJSON_Delete(parse(&json));
    pmt_buf_fini(&json);
    world_close(&w);
    pmt_buf_fini(&text);
}

static void hostile_text(void **state)
{
    (void)state;
    struct pmt_buf text = {0}, sys = {0};
    struct traffic t = {.start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 100}}};
    put_traffic(&text, &t);
    put_syslog(&sys, NINE + 1300 * PMT_SECOND, "we\"b\\\xFF\x01",
               "systemd[1]: Reloaded \"Shop\\\" \x1B[31m\xC3\xA9\xE2\x82 end.");
    const struct scan_log logs[] = {{.path = "access\"\\\n\xFE.log", .text = text.data},
                                    {.path = "syslog", .text = sys.data}};
    struct pmt_buf json = report_of(logs, 2, everything);
    for (size_t i = 0; i < json.n; i++) {
        unsigned char c = (unsigned char)json.data[i];
        assert_true(c >= 0x20 || c == '\n' || c == '\t');
        assert_true(c != 0xFE && c != 0xFF && c != 0x7F);
    }
    cJSON *root = parse(&json);
    check_contract(root);
    assert_string_equal(text_of(item_of(root, "sources", 0), "file"), "access\"\\\\x0A\\xFE.log");
    assert_string_equal(text_of(item_of(root, "sources", 1), "host"), "we\"b\\\\xFF\\x01");
    bool found = false;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "timeline")) found |=
        strstr(text_of(item, "message"), "\"Shop\\\" \\x1B[31m\xC3\xA9\\xE2\\x82 end") != NULL;
    assert_true(found);
    cJSON_Delete(root);
    pmt_buf_fini(&json);
    pmt_buf_fini(&text);
    pmt_buf_fini(&sys);
}

/* The same logs in the same order give the same bytes. */
static void same_bytes(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct traffic t = {.backend = "shop",
                        .servers = {"web-01", "web-02"},
                        .start = NINE,
                        .seconds = 3600,
                        .every = 2,
                        .troubles = {{.from = 1200, .to = 1500, .percent = 70}}};
    put_traffic(&text, &t);
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = text.data}};
    struct pmt_buf a = report_of(logs, 1, everything), b = report_of(logs, 1, everything);
    assert_string_equal(a.data, b.data);
    assert_true(a.data[a.n - 1] == '\n');
    pmt_buf_fini(&a);
    pmt_buf_fini(&b);
    pmt_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_incident),   cmocka_unit_test(what_is_unknown_is_null),
        cmocka_unit_test(clocks_and_gaps),
        cmocka_unit_test(nothing_at_all), cmocka_unit_test(large_numbers_are_whole),
        cmocka_unit_test(hostile_text),   cmocka_unit_test(same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
