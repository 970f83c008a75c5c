/* Formats and rules of the user's own: what loads, what it reads, and what is said of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pmt/custom.h"

static struct pmt_arena arena;

static int fini(void **state)
{
    (void)state;
    pmt_arena_fini(&arena);
    return 0;
}

/* ---- times ------------------------------------------------------------------------------- */

/* "2022-02-26T12:00:07.123000 +10800", without what is not there; "none" when it is no time. */
static void check_time(const char *format, const char *text, const char *want)
{
    const char *why = "";
    char got[80] = "none";
    struct pmt_stamp s = {.wall = 77};
    const struct pmt_time_format *t = pmt_time_format_new(format, &arena, &why);
    if (!t)
        fail_msg("%s: %s", format, why);
    if (pmt_time_format_read(t, pmt_str(text), &s)) {
        struct pmt_buf b = {0};
        pmt_put_rfc3339(&b, s.wall, s.decimals);
        b.data[b.n - 1] = '\0'; /* the Z: it is wall time */
        snprintf(got, sizeof got, "%s%s", s.how == PMT_STAMP_YEARLESS ? "-" : "",
                 b.data + (s.how == PMT_STAMP_YEARLESS ? 4 : 0));
        if (s.how == PMT_STAMP_ZONED)
            snprintf(got + strlen(got), 20, " %+d%s", (int)s.offset, s.universal ? "u" : "");
        pmt_buf_fini(&b);
    } else {
        assert_int_equal(s.wall, 77);
    }
    if (strcmp(got, want) != 0)
        fail_msg("%s of \"%s\" is %s, expected %s", format, text, got, want);
}

static void times_are_read(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"iso", "2022-02-26T12:00:07.123+03:00", "2022-02-26T12:00:07.123 +10800"},
        {"iso", "2022-02-26 12:00:07", "2022-02-26T12:00:07"},
        {"iso", "2022-02-26 12:00:07 ", "none"},
        {"clf", "26/Feb/2022:12:00:07 +0300", "2022-02-26T12:00:07 +10800"},
        {"syslog", "Feb  6 09:00:07", "--02-06T09:00:07"},
        {"nginx-error", "2022/02/26 12:00:07", "2022-02-26T12:00:07"},
        {"epoch", "1645876807", "2022-02-26T12:00:07 +0u"},
        {"epoch", "1645876807.25", "2022-02-26T12:00:07.25 +0u"},
        {"epoch", "16458768070", "none"},
        {"epoch", "1645876807x", "none"},
        {"epoch", "-1", "none"},
        {"epoch_ms", "1645876807123", "2022-02-26T12:00:07.123 +0u"},
        {"epoch_us", "1645876807123456", "2022-02-26T12:00:07.123456 +0u"},
        {"%Y-%m-%d %H:%M:%S", "2022-02-26 12:00:07", "2022-02-26T12:00:07"},
        {"%Y-%m-%d %H:%M:%S", "2022-02-29 12:00:07", "none"},
        {"%Y-%m-%d %H:%M:%S", "2022-02-26 24:00:07", "none"},
        {"%Y-%m-%d %H:%M:%S", "2022-02-26 12:60:07", "none"},
        {"%Y-%m-%d %H:%M:%S", "2022-02-26 12:00:61", "none"},
        {"%Y-%m-%d %H:%M:%S", "2022-02-26 12:00:07 ", "none"},
        {"%Y-%m-%d %H:%M:%S", "2022-02-26   12:00:07", "2022-02-26T12:00:07"},
        {"%Y-%m-%d %H:%M:%S", "", "none"},
        {"%F %T,%f %z", "2022-02-26 12:00:07,1234567 -0330", "2022-02-26T12:00:07.123456 -12600"},
        {"%F %T%z", "2022-02-26 12:00:07Z", "2022-02-26T12:00:07 +0u"},
        {"%F %T %Z", "2022-02-26 12:00:07 UTC", "2022-02-26T12:00:07 +0u"},
        {"%F %T %Z", "2022-02-26 12:00:07 EAT", "none"},
        {"%F %T %z", "2022-02-26 12:00:07 +1600", "none"},
        {"%d/%b/%y %R", "26/feb/22 12:00", "2022-02-26T12:00:00"},
        {"%B %e %Y %I:%M %p", "February  6 2022 12:30 am", "2022-02-06T00:30:00"},
        {"%B %e %Y %I:%M %p", "Feb 6 2022 1:30 PM", "2022-02-06T13:30:00"},
        {"%B %e %Y %I:%M %p", "Feb 6 2022 13:30 PM", "none"},
        {"%a %b %d %T", "Sat Feb 26 12:00:07", "--02-26T12:00:07"},
        {"%a %b %d %T", "Xxx Feb 26 12:00:07", "none"},
        {"%Y%j %H:%M", "2022057 12:00", "2022-02-26T12:00:00"},
        {"%Y%j %H:%M", "2022366 12:00", "none"},
        {"%s.%f", "1645876807.5", "2022-02-26T12:00:07.5 +0u"},
        {"%D %H:%M %%", "02/26/22 12:00 %", "2022-02-26T12:00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_time(cases[i][0], cases[i][1], cases[i][2]);
}

static void times_that_tell_none_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"sometime", "none of iso, clf"}, {"%Y %q", "has %q"}, {"%Y %", "ends in a lone %"},
        {"%H:%M:%S", "says no month and day"}, {"%Y-%m-%d", "says no hour and minute"},
        {"%F %I:%M", "must have %I and %p together"}, {"%j %H:%M", "but no year"},
        {"", "none of iso"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = "";
        assert_null(pmt_time_format_new(cases[i][0], &arena, &why));
        if (!strstr(why, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], why);
    }
}

/* ---- formats ----------------------------------------------------------------------------- */

#define HEAD "{\"name\": \"shop\", \"kind\": \"request\", "
#define PATTERN "\"pattern\": \"^(?<time>\\\\S+) (?<client_ip>\\\\S+) (?<request>.*) " \
                "(?<status>\\\\d+) (?<bytes>\\\\S+) (?<request_time_ms>\\\\S+)$\", "
#define TIME "\"time\": \"iso\", "
#define LINE "2022-02-26T12:00:07Z 192.0.2.7 GET /a HTTP/1.1 502 12 1500"
#define SAMPLE "{\"line\": \"" LINE "\", \"expect\": {\"ts\": \"2022-02-26T12:00:07Z\", " \
               "\"status\": 502, \"method\": \"GET\", \"path\": \"/a\", \"vhost\": null, " \
               "\"request_time_ms\": 1500}}"
#define WITH(expect) "\"samples\": [{\"line\": \"" LINE "\", \"expect\": " expect "}]}"
#define GOOD HEAD PATTERN TIME "\"samples\": [" SAMPLE "]}"

static struct pmt_custom_format *load(const char *json)
{
    struct pmt_custom_format *f = NULL;
    const char *why = "";
    if (pmt_custom_format_load(pmt_str(json), &arena, &f, &why))
        fail_msg("%s", why);
    return f;
}

static enum pmt_verdict read_line(const struct pmt_custom_format *f, const char *line,
                                  struct pmt_record *rec, struct pmt_reject *why)
{
    const struct pmt_parser *p = pmt_custom_format_parser(f);
    return p->parse_own(p->self, pmt_str(line), rec, why);
}

static void a_format_reads_its_lines(void **state)
{
    (void)state;
    struct pmt_custom_format *f = load(GOOD);
    struct pmt_record rec;
    struct pmt_reject why;
    assert_string_equal(pmt_custom_format_name(f), "shop");
    assert_null(pmt_custom_format_files(f));
    pmt_record_clear(&rec);
    rec.host = PMT_SLICE("web-1"); /* of an envelope */
    assert_int_equal(read_line(f, LINE, &rec, &why), PMT_RECORD);
    assert_int_equal(rec.kind, PMT_HTTP_REQUEST);
    assert_int_equal(rec.layer, PMT_LAYER_NGINX);
    assert_int_equal(rec.status, 502);
    assert_int_equal(rec.bytes, 12);
    assert_int_equal(rec.duration_us, 1500000);
    assert_true(pmt_slice_is(rec.client, "192.0.2.7") && pmt_slice_is(rec.host, "web-1"));
    assert_false(rec.agent_logged || rec.upstream_logged || rec.start_known);
    struct pmt_record before = rec;
    static const struct {
        const char *line, *why;
        size_t column;
    } foreign[] = {
        {"something else", "not of the pattern", 0},
        {"2022-02-30T12:00:07Z 192.0.2.7 GET / HTTP/1.1 502 12 1", "no time of the format's in it",
         0},
        {"2022-02-26T12:00:07Z 192.0.2.7 GET / HTTP/1.1 1502 12 1",
         "no status where the format has it", 46},
        {"2022-02-26T12:00:07Z 192.0.2.7 GET / HTTP/1.1 502 x 1",
         "no number where the format has one", 50},
        {"2022-02-26T12:00:07Z 192.0.2.7 GET / HTTP/1.1 502 1 y",
         "no duration where the format has one", 52},
    };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        assert_int_equal(read_line(f, foreign[i].line, &rec, &why), PMT_FOREIGN);
        assert_string_equal(why.why, foreign[i].why);
        assert_int_equal(why.column, foreign[i].column);
        assert_memory_equal(&rec, &before, sizeof rec);
    }
    pmt_record_clear(&rec);
    assert_int_equal(
        read_line(f, "2022-02-26T12:00:07Z - rubbish 000 - -", &rec, &why), PMT_RECORD);
    assert_true(!rec.client.p && !rec.method.p && rec.status == -1 && rec.bytes == -1 &&
                rec.duration_us == -1);
    pmt_custom_format_free(f);
    pmt_custom_format_free(NULL);
}

static void an_event_behind_an_envelope_needs_no_time(void **state)
{
    (void)state;
    struct pmt_custom_format *f =
        load("{\"name\": \"app\", \"summary\": \"x\", \"files\": \"*app*\", \"kind\": \"event\","
             " \"pattern\": \"^<(?<severity>\\\\w+)> (?<message>.*)$\", \"ignore\": \"^#\","
             " \"samples\": [{\"line\": \"<warn> disk\", \"expect\": {\"severity\": \"warning\","
             " \"message\": \"disk\", \"ts\": null}}, {\"line\": \"# x\", \"expect\": \"ignored\"},"
             " {\"line\": \"x\", \"expect\": \"foreign\"}]}");
    struct pmt_record rec;
    struct pmt_reject why;
    pmt_record_clear(&rec);
    assert_string_equal(pmt_custom_format_files(f), "*app*");
    assert_int_equal(read_line(f, "<err> a", &rec, &why), PMT_FOREIGN);
    assert_int_equal(read_line(f, "# a", &rec, &why), PMT_SILENT);
    rec.head = (struct pmt_stamp){.how = PMT_STAMP_WALL};
    assert_int_equal(read_line(f, "<err> a", &rec, &why), PMT_RECORD);
    assert_int_equal(rec.severity, PMT_SEV_ERR);
    assert_int_equal(rec.kind, PMT_OTHER);
    pmt_custom_format_free(f);
}

static void states_of_servers_are_read(void **state)
{
    (void)state;
    struct pmt_custom_format *f = load(
        "{\"name\": \"lb\", \"kind\": \"state\", \"time\": \"epoch\", \"states\": {\"OFF\": "
        "\"down\"}, \"pattern\": \"^(?<time>\\\\d+) (?<backend>\\\\w+)/(?<server>\\\\w+) "
        "(?<state>\\\\w+)( (?<reason>.*))?$\", \"samples\": [{\"line\": \"1645876807 shop/web1 OFF "
        "no answer\", \"expect\": {\"ts\": \"2022-02-26T12:00:07Z\", \"state\": \"down\", "
        "\"backend\": \"shop\", \"server\": \"web1\", \"reason\": \"no answer\"}}]}");
    struct pmt_record rec;
    struct pmt_reject why;
    pmt_record_clear(&rec);
    assert_int_equal(read_line(f, "1645876807 a/b UP", &rec, &why), PMT_RECORD);
    assert_int_equal(rec.kind, PMT_LB_SERVER_STATE);
    assert_int_equal(rec.lb, PMT_LB_UP);
    assert_int_equal(rec.layer, PMT_LAYER_HAPROXY);
    assert_int_equal(read_line(f, "1645876807 a/b SIDEWAYS", &rec, &why), PMT_FOREIGN);
    assert_string_equal(why.why, "no state that is known");
    pmt_custom_format_free(f);
}

static void check_refused(const char *json, const char *want)
{
    struct pmt_custom_format *f = NULL;
    const char *why = "";
    if (!pmt_custom_format_load(pmt_str(json), &arena, &f, &why))
        fail_msg("loaded: %s", json);
    if (!strstr(why, want))
        fail_msg("\"%s\", expected \"%s\"", why, want);
    assert_null(f);
}

static void formats_that_do_not_prove_themselves_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "is no JSON from line 1, column 1 on"},
        {"{\n \"name\": x}", "is no JSON from line 2, column 10 on"},
        {GOOD " x", "is no JSON from line 1"},
        {"[]", "the format is no object"},
        {"{\"nmae\": \"x\"}", "the format has \"nmae\", which is none of name, summary"},
        {"{\"name\": \"x\", \"name\": \"y\"}", "the format has \"name\" twice"},
        {"{\"name\": 7}", "\"name\" is no text"},
        {"{\"name\": \"a b\"}", "\"name\" must be of letters"},
        {"{\"kind\": \"event\"}", "has no \"name\""},
        {HEAD TIME "\"samples\": []}", "has no \"pattern\""},
        {HEAD "\"pattern\": \"(?<time>\"}", "missing closing parenthesis, at column 9 of (?<time>"},
        {HEAD "\"pattern\": \"(?<tmie>x)\"}", "the group (?<tmie>) of \"pattern\" is none of time"},
        {HEAD "\"pattern\": \"(?<time>x)\", \"time\": \"iso\"}", "needs the group (?<status>)"},
        {"{\"name\": \"x\", \"kind\": \"odd\", \"pattern\": \"x\"}", "of request, event, state"},
        {"{\"name\": \"syslog\", \"kind\": \"event\"}", "a built-in format has this \"name\""},
        {HEAD PATTERN "\"samples\": [" SAMPLE "]}", "has no \"time\""},
        {HEAD PATTERN "\"time\": \"%Y\", \"samples\": [" SAMPLE "]}", "says no month and day"},
        {HEAD PATTERN TIME "\"layer\": \"x\"}", "\"layer\" must be web or balancer"},
        {HEAD PATTERN TIME "\"states\": {}}", "\"states\" must be an object"},
        {HEAD PATTERN TIME "\"time_of\": \"x\"}", "\"time_of\" must be start or end"},
        {HEAD PATTERN TIME "\"samples\": []}", "\"samples\" must be a list of 1 to 1000 lines"},
        {HEAD PATTERN TIME "\"samples\": [" SAMPLE ", {\"line\": \"x\", \"expect\": {}}]}",
         "sample 2: the line is not understood: not of the pattern (column 1)"},
        {HEAD PATTERN TIME WITH("\"foreign\""),
         "sample 1: the line is understood, expected to be foreign"},
        {HEAD PATTERN TIME WITH("{\"status\": 200}"),
         "sample 1: status is \"502\", expected \"200\""},
        {HEAD PATTERN TIME WITH("{\"status\": null}"),
         "sample 1: status is \"502\", expected none"},
        {HEAD PATTERN TIME WITH("{\"vhost\": \"x\"}"),
         "sample 1: vhost is absent, expected \"x\""},
        {HEAD PATTERN TIME WITH("{\"what\": \"x\"}"),
         "sample 1: \"what\" is no field of a record"},
        {HEAD PATTERN TIME WITH("{\"ts\": \"2022-02-26T12:00:08Z\"}"),
         "sample 1: ts is \"2022-02-26T12:00:07Z\", expected \"2022-02-26T12:00:08Z\""},
        {HEAD PATTERN TIME "\"samples\": [{\"line\": \"" LINE "\"}]}", "there is no \"expect\""},
        {HEAD PATTERN TIME WITH("{\"status\": 502}"),
         "no sample says its \"ts\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_refused(cases[i][0], cases[i][1]);
    char *big = pmt_alloc(PMT_CUSTOM_BYTES + 2);
    memset(big, ' ', PMT_CUSTOM_BYTES + 1);
    check_refused(big, "is longer than 1048576 bytes");
    free(big);
}

static void samples_are_counted(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, HEAD PATTERN TIME "\"samples\": [" SAMPLE);
    for (int i = 1; i < PMT_CUSTOM_SAMPLES; i++)
        pmt_buf_puts(&b, "," SAMPLE);
    size_t n = b.n;
    pmt_buf_puts(&b, "]}");
    pmt_custom_format_free(load(b.data));
    b.n = n;
    pmt_buf_puts(&b, "," SAMPLE "]}");
    check_refused(b.data, "\"samples\" must be a list");
    pmt_buf_fini(&b);
}

/* ---- rules ------------------------------------------------------------------------------- */

#define RULE_HEAD "{\"id\": \"shop-queue-full\", \"programs\": [\"shop\"], \"literal\": \"queue\", "
#define RULE_PATTERN "\"pattern\": \"queue (?<subject>\\\\w+) full: (?<detail>\\\\d+)\", "
#define RULE_EVENT "\"event\": \"resource_exhausted\", "
#define RULE_SENTENCE "\"sentence\": \"Queue {subject} of {host} was full with {detail} jobs\", "
#define RULE_SAMPLE "\"sample\": {\"program\": \"shop\", \"message\": \"queue mail full: 900\", " \
                    "\"subject\": \"mail\", \"detail\": \"900\"}}"
#define RULE RULE_HEAD RULE_PATTERN RULE_EVENT RULE_SENTENCE RULE_SAMPLE
#define OTHER_RULE "{\"id\": \"shop-moved\", \"programs\": \"shop,shop-*\", " \
                   "\"literal\": \"moved\", \"event\": \"deploy\", " \
                   "\"sentence\": \"A release went to {host}\", " \
                   "\"sample\": {\"program\": \"shop-2\", \"message\": \"moved to 1.2\"}}"

static void rules_are_tried_before_the_catalogue(void **state)
{
    (void)state;
    const struct pmt_rule *mine = NULL, *more = NULL;
    const char *why = "";
    if (pmt_custom_rules_load(PMT_SLICE("[" RULE "]"), NULL, &arena, &mine, &why))
        fail_msg("%s", why);
    const struct pmt_rule *before[] = {mine, NULL};
    if (pmt_custom_rules_load(PMT_SLICE("[" OTHER_RULE "]"), before, &arena, &more, &why))
        fail_msg("%s", why);
    assert_string_equal(mine[0].id, "shop-queue-full");
    assert_null(mine[1].id);
    assert_int_equal(mine[0].event, PMT_EV_RESOURCE);
    assert_false(mine[0].change);
    assert_true(more[0].change); /* as its class has it */
    assert_string_equal(more[0].programs, "shop,shop-*");
    const struct pmt_rule *tables[] = {mine, more, pmt_catalogue_tables[0], NULL};
    struct pmt_rules *rules = pmt_rules_compile(tables);
    struct pmt_rules_scratch *scratch = pmt_rules_scratch_new(rules);
    struct pmt_record rec;
    pmt_record_clear(&rec);
    rec.kind = PMT_SYSLOG;
    rec.program = PMT_SLICE("shop");
    rec.message = PMT_SLICE("queue web full: 7 (exit code 1)");
    assert_true(pmt_rules_match(rules, scratch, &rec));
    assert_int_equal(rec.rule, 0);
    assert_true(pmt_slice_is(rec.subject, "web") && pmt_slice_is(rec.detail, "7"));
    pmt_rules_scratch_free(scratch);
    pmt_rules_free(rules);
    assert_int_equal(
        pmt_custom_rules_load(PMT_SLICE("[" RULE "]"), before, &arena, &more, &why), -1);
    assert_string_equal(why, "rule 1 (shop-queue-full): there is another rule of this id");
}

static void check_rules_refused(const char *json, const char *want)
{
    const struct pmt_rule *ret = NULL;
    const char *why = "";
    if (!pmt_custom_rules_load(pmt_str(json), NULL, &arena, &ret, &why))
        fail_msg("loaded: %s", json);
    if (!strstr(why, want))
        fail_msg("\"%s\", expected \"%s\"", why, want);
    assert_null(ret);
}

static void rules_that_do_not_hold_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{}", "is no list of 1 to 2000 rules"},
        {"[]", "is no list of 1 to 2000 rules"},
        {"[1]", "rule 1 is no object"},
        {"[" RULE ", {}]", "rule 2 has no \"id\""},
        {"[{\"idd\": 1}]", "rule 1 has \"idd\", which is none of id, programs"},
        {"[{\"id\": \"a\"}]", "rule 1: \"programs\" must be a list"},
        {"[{\"id\": \"a\", \"programs\": [\"a,b\"]}]", "rule 1: \"programs\" must be a list"},
        {"[" RULE_HEAD "\"event\": \"fire\"}]", "rule 1: \"event\" must be one of oom, crash"},
        {"[" RULE_HEAD RULE_EVENT RULE_SENTENCE "\"sample\": {\"message\": \"x\"}}]",
         "rule 1: the sample has no \"program\""},
        {"[" RULE_HEAD "\"pattern\": \"(\", " RULE_EVENT RULE_SENTENCE RULE_SAMPLE "]",
         "rule 1: \"pattern\": missing closing parenthesis, at column 2 of ("},
        {"[" RULE_HEAD "\"pattern\": \"(?<who>queue)\", " RULE_EVENT RULE_SENTENCE RULE_SAMPLE "]",
         "rule 1: the groups of a pattern are"},
        {"[" RULE_HEAD RULE_PATTERN RULE_EVENT "\"change\": true, " RULE_SENTENCE RULE_SAMPLE "]",
         "rule 1: an event of this class is no change"},
        {"[" RULE_HEAD RULE_PATTERN RULE_EVENT "\"sentence\": \"{host} was full because of mail\", "
         RULE_SAMPLE "]", "rule 1: the sentence says \"because\""},
        {"[" RULE_HEAD RULE_PATTERN RULE_EVENT "\"sentence\": \"{host} was {full}\", "
         RULE_SAMPLE "]", "rule 1: the sentence has other braces"},
        {"[" RULE_HEAD RULE_PATTERN RULE_EVENT "\"sentence\": \"It was full\", " RULE_SAMPLE "]",
         "rule 1: the sentence does not say where"},
        {"[" RULE_HEAD RULE_PATTERN RULE_EVENT "\"sentence\": \"{host} was full.\", "
         RULE_SAMPLE "]", "rule 1: the sentence must stand without a full stop"},
        {"[" RULE_HEAD "\"pattern\": \"^full\", " RULE_EVENT RULE_SENTENCE RULE_SAMPLE "]",
         "rule 1 (shop-queue-full): it does not match its own sample"},
        {"[" RULE_HEAD RULE_EVENT RULE_SENTENCE RULE_SAMPLE "]",
         "rule 1 (shop-queue-full): subject is absent in the sample, expected \"mail\""},
        {"[" RULE_HEAD RULE_PATTERN RULE_EVENT RULE_SENTENCE "\"sample\": {\"program\": \"shop\", "
         "\"message\": \"queue mail full: 9\", \"subject\": \"mail\"}}]",
         "rule 1 (shop-queue-full): detail is \"9\" in the sample, expected none"},
        {"[" RULE "," RULE "]", "rule 2 (shop-queue-full): there is another rule of this id"},
        {"[" OTHER_RULE ", {\"id\": \"late\", \"programs\": \"shop\", \"literal\": \"moved\", "
         RULE_EVENT "\"sentence\": \"Moved on {host}\", \"sample\": {\"program\": \"shop\", "
         "\"message\": \"moved\"}}]",
         "rule 2 (late): its sample is matched by shop-moved, which stands before it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_rules_refused(cases[i][0], cases[i][1]);
    struct pmt_buf b = {0};
    pmt_buf_printf(&b, "[{\"id\": \"%s\", \"programs\": \"shop\", \"literal\": \"moved\", "
                       RULE_EVENT
                       "\"sentence\": \"Moved on {host}\", \"sample\": {\"program\": \"shop\", "
                       "\"message\": \"moved\"}}]", pmt_catalogue_tables[0][0].id);
    check_rules_refused(b.data, "there is another rule of this id");
    pmt_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(times_that_tell_none_are_refused),
        cmocka_unit_test(a_format_reads_its_lines),
        cmocka_unit_test(an_event_behind_an_envelope_needs_no_time),
        cmocka_unit_test(states_of_servers_are_read),
        cmocka_unit_test(formats_that_do_not_prove_themselves_are_refused),
        cmocka_unit_test(samples_are_counted),
        cmocka_unit_test(rules_are_tried_before_the_catalogue),
        cmocka_unit_test(rules_that_do_not_hold_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, fini);
}
