#include "pmt/options.h"
#include "pmt/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MAX_ARGS = 16 };

/* A command line for one test; the arena lives as long. */
struct run {
    char *argv[MAX_ARGS + 2];
    int argc;
    struct pmt_arena arena;
    struct pmt_options o;
    const char *error;
    int result;
};

/* args: NULL-ended, without the program's name. */
static void run(struct run *r, const char *const *args)
{
    *r = (struct run){.argv = {(char *)"pm-timeline"}, .argc = 1};
    for (; args[r->argc - 1]; r->argc++)
        r->argv[r->argc] = (char *)args[r->argc - 1];
    r->o.year = 4711; /* must stay on failure */
    r->result = pmt_options_parse(r->argc, r->argv, &r->arena, &r->o, &r->error);
    if (r->result == 0)
        assert_null(r->error);
    else
        assert_int_equal(r->o.year, 4711);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void check_ok(struct run *r)
{
    if (r->result != 0)
        fail_msg("%s", r->error);
}

static void test_defaults(void **state)
{
    (void)state;
    struct run r;
    run(&r, ARGS("access.log"));
    check_ok(&r);
    assert_int_equal(r.o.npaths, 1);
    assert_string_equal(r.o.paths[0], "access.log");
    assert_int_equal(r.o.format, PMT_FORMAT_MARKDOWN);
    assert_int_equal(r.o.color, PMT_COLOR_AUTO);
    assert_int_equal(r.o.lead, 14 * PMT_DAY);
    assert_int_equal(r.o.allowed, 0);
    assert_int_equal(r.o.year, 0);
    assert_int_equal(r.o.jobs, 0);
    assert_int_equal(r.o.nassume_tz, 0);
    assert_null(r.o.output);
    assert_null(r.o.since);
    assert_null(r.o.until);
    assert_null(r.o.display_tz);
    assert_null(r.o.incident);
    assert_null(r.o.invalid);
    assert_false(r.o.force || r.o.no_redact || r.o.exit_code || r.o.quiet || r.o.verbose);
    assert_false(r.o.help || r.o.version);
    pmt_arena_fini(&r.arena);
}

static void test_all_long(void **state)
{
    (void)state;
    struct run r;
    run(&r, ARGS("--output=draft.md", "--force", "--format=json", "--since=-3h", "--until=14:00",
                 "--lead=36h", "--incident=2022-02-26-1", "--display-tz=Africa/Nairobi",
                 "--year=2022", "--jobs=2", "--invalid=bad.txt", "--no-redact", "--exit-code",
                 "--verbose", "--color=never", "a"));
    check_ok(&r);
    assert_string_equal(r.o.output, "draft.md");
    assert_true(r.o.force && r.o.no_redact && r.o.exit_code && r.o.verbose);
    assert_false(r.o.quiet);
    assert_int_equal(r.o.format, PMT_FORMAT_JSON);
    assert_string_equal(r.o.since, "-3h");
    assert_string_equal(r.o.until, "14:00");
    assert_int_equal(r.o.lead, 36 * PMT_HOUR);
    assert_string_equal(r.o.incident, "2022-02-26-1");
    assert_string_equal(r.o.display_tz, "Africa/Nairobi");
    assert_int_equal(r.o.year, 2022);
    assert_int_equal(r.o.jobs, 2);
    assert_string_equal(r.o.invalid, "bad.txt");
    assert_int_equal(r.o.color, PMT_COLOR_NEVER);
    pmt_arena_fini(&r.arena);
}

static void test_spellings(void **state)
{
    (void)state;
    struct run r;
    /* A value may begin with a dash; paths may stand anywhere. */
    run(&r, ARGS("a", "--since", "-3h", "b", "-f", "records", "-"));
    check_ok(&r);
    assert_string_equal(r.o.since, "-3h");
    assert_int_equal(r.o.format, PMT_FORMAT_RECORDS);
    assert_int_equal(r.o.npaths, 3);
    assert_string_equal(r.o.paths[2], "-");
    pmt_arena_fini(&r.arena);

    run(&r, ARGS("-qfjson", "-j4", "-o", "out", "a"));
    check_ok(&r);
    assert_true(r.o.quiet);
    assert_int_equal(r.o.format, PMT_FORMAT_JSON);
    assert_int_equal(r.o.jobs, 4);
    assert_string_equal(r.o.output, "out");
    pmt_arena_fini(&r.arena);

    run(&r, ARGS("-qf", "json", "a"));
    check_ok(&r);
    assert_true(r.o.quiet);
    assert_int_equal(r.o.format, PMT_FORMAT_JSON);
    assert_int_equal(r.o.npaths, 1);
    pmt_arena_fini(&r.arena);

    run(&r, ARGS("--", "--since", "-q", "--"));
    check_ok(&r);
    assert_int_equal(r.o.npaths, 3);
    assert_null(r.o.since);
    assert_false(r.o.quiet);
    pmt_arena_fini(&r.arena);

    /* The last one counts; "-" is standard output. */
    run(&r, ARGS("-o", "x", "--since=1", "--since=2", "-o", "-", "a"));
    check_ok(&r);
    assert_null(r.o.output);
    assert_string_equal(r.o.since, "2");
    pmt_arena_fini(&r.arena);

    /* An optional value is never the next argument. */
    run(&r, ARGS("--color", "never"));
    check_ok(&r);
    assert_int_equal(r.o.color, PMT_COLOR_ALWAYS);
    assert_string_equal(r.o.paths[0], "never");
    pmt_arena_fini(&r.arena);
}

static void test_assume_tz(void **state)
{
    (void)state;
    struct run r;
    run(&r, ARGS("--assume-tz", "Africa/Nairobi", "--assume-tz=web-*=+03:00", "--assume-tz",
                 "a=b/c?=UTC", "a"));
    check_ok(&r);
    assert_int_equal(r.o.nassume_tz, 3);
    assert_null(r.o.assume_tz[0].glob);
    assert_string_equal(r.o.assume_tz[0].zone, "Africa/Nairobi");
    assert_string_equal(r.o.assume_tz[1].glob, "web-*");
    assert_string_equal(r.o.assume_tz[1].zone, "+03:00");
    assert_string_equal(r.o.assume_tz[2].glob, "a=b/c?");
    assert_string_equal(r.o.assume_tz[2].zone, "UTC");
    pmt_arena_fini(&r.arena);
}

static void test_notes(void **state)
{
    (void)state;
    struct run r;
    run(&r, ARGS("--notes", "a.md", "--notes=b.md", "log"));
    check_ok(&r);
    assert_int_equal(r.o.nnotes, 2);
    assert_string_equal(r.o.notes[0], "a.md");
    assert_string_equal(r.o.notes[1], "b.md");
    pmt_arena_fini(&r.arena);
    run(&r, ARGS("--notes", "-", "log"));
    assert_int_not_equal(r.result, 0);
    assert_non_null(strstr(r.error, "--notes reads no standard input"));
    pmt_arena_fini(&r.arena);
}

static void test_confs(void **state)
{
    (void)state;
    struct run r;
    run(&r, ARGS("--haproxy-conf", "h.cfg", "--nginx-conf=a", "--apache-conf", "b", "--nginx-conf",
                 "c", "log"));
    check_ok(&r);
    assert_int_equal(r.o.nconfs, 4);
    assert_int_equal(r.o.confs[0].dialect, PMT_DIALECT_HAPROXY);
    assert_string_equal(r.o.confs[0].path, "h.cfg");
    assert_int_equal(r.o.confs[1].dialect, PMT_DIALECT_NGINX);
    assert_string_equal(r.o.confs[1].path, "a");
    assert_int_equal(r.o.confs[2].dialect, PMT_DIALECT_APACHE);
    assert_string_equal(r.o.confs[2].path, "b");
    assert_string_equal(r.o.confs[3].path, "c");
    pmt_arena_fini(&r.arena);
    run(&r, ARGS("--nginx-conf=", "log"));
    assert_int_not_equal(r.result, 0);
    assert_non_null(strstr(r.error, "--nginx-conf needs a value"));
    pmt_arena_fini(&r.arena);
}

static void test_limits(void **state)
{
    (void)state;
    struct run r;
    run(&r, ARGS("--year=9999", "--jobs=256", "--lead=0", "a"));
    check_ok(&r);
    assert_int_equal(r.o.year, PMT_YEAR_MAX);
    assert_int_equal(r.o.jobs, PMT_JOBS_MAX);
    assert_int_equal(r.o.lead, 0);
    pmt_arena_fini(&r.arena);
}

static void test_slo(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int allowed;
    } rows[] = {{"--slo=99.9", 1000},  {"--slo=99.9%", 1000}, {"--slo=99", 10000},
                {"--slo=99.95", 500},  {"--slo=99.9999", 1},  {"--slo=50", 500000},
                {"--slo=99.9000", 1000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run r;
        run(&r, ARGS(rows[i].text, "a"));
        check_ok(&r);
        assert_int_equal(r.o.allowed, rows[i].allowed);
        pmt_arena_fini(&r.arena);
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *args[4];
        const char *error;
    } rows[] = {
        {{"--format=xml", "a"},
         "--format must be one of md, json, records, timesketch; not \"xml\""},
        {{"-f", "xml", "a"}, "--format must be one of md, json, records, timesketch; not \"xml\""},
        {{"-f=json", "a"}, "--format must be one of md, json, records, timesketch; not \"=json\""},
        {{"--color=sometimes", "a"},
         "--color must be one of auto, always, never; not \"sometimes\""},
        {{"--year=22", "a"}, "--year must be a number from 1970 to 9999; not \"22\""},
        {{"--year=10000", "a"}, "--year must be a number from 1970 to 9999; not \"10000\""},
        {{"--year=0x7e6", "a"}, "--year must be a number from 1970 to 9999; not \"0x7e6\""},
        {{"-j", "-1", "a"}, "--jobs must be a number from 0 to 256; not \"-1\""},
        {{"-j", "257", "a"}, "--jobs must be a number from 0 to 256; not \"257\""},
        {{"-j", "99999999999999999999", "a"},
         "--jobs must be a number from 0 to 256; not \"99999999999999999999\""},
        {{"--slo=100", "a"},
         "--slo must be a percentage from 50 to 99.9999, such as 99.9; not \"100\""},
        {{"--slo=49.9999", "a"},
         "--slo must be a percentage from 50 to 99.9999, such as 99.9; not \"49.9999\""},
        {{"--slo=99.99999", "a"},
         "--slo must be a percentage from 50 to 99.9999, such as 99.9; not \"99.99999\""},
        {{"--slo=99.", "a"},
         "--slo must be a percentage from 50 to 99.9999, such as 99.9; not \"99.\""},
        {{"--slo=9", "a"},
         "--slo must be a percentage from 50 to 99.9999, such as 99.9; not \"9\""},
        {{"--slo=-99.9", "a"},
         "--slo must be a percentage from 50 to 99.9999, such as 99.9; not \"-99.9\""},
        {{"--lead=14", "a"},
         "--lead must be a duration such as 14d, 36h, 90m or 0; not \"14\""},
        {{"--assume-tz==UTC", "a"},
         "--assume-tz must be ZONE or GLOB=ZONE, such as Africa/Nairobi or web-*=+03:00; not "
         "\"=UTC\""},
        {{"--assume-tz=web-*=", "a"},
         "--assume-tz must be ZONE or GLOB=ZONE, such as Africa/Nairobi or web-*=+03:00; not "
         "\"web-*=\""},
        {{"--force=yes", "a"}, "--force takes no value; not \"yes\""},
        {{"a", "--output"}, "--output needs a value: --output=FILE"},
        {{"a", "-o"}, "--output needs a value: --output=FILE"},
        {{"a", "--output="}, "--output needs a value: --output=FILE"},
        {{"--formt=json", "a"}, "unknown option --formt; did you mean --format?"},
        {{"--form=json", "a"}, "unknown option --form; did you mean --format?"},
        {{"--no-redcat", "a"}, "unknown option --no-redcat; did you mean --no-redact?"},
        {{"--colour", "a"}, "unknown option --colour; did you mean --color?"},
        {{"--tz=UTC", "a"}, "unknown option --tz; did you mean --assume-tz?"},
        {{"--xyzzy", "a"}, "unknown option --xyzzy; see pm-timeline --help"},
        {{"--=x", "a"}, "unknown option --; see pm-timeline --help"},
        {{"-x", "a"}, "unknown option -x; see pm-timeline --help"},
        {{"-q\xc3\xa9", "a"}, "unknown option -\xc3\xa9; see pm-timeline --help"},
        {{"--update=r.md", "-ox", "a"},
         "--update writes to the report itself; leave --output out"},
        {{"--update=r.md", "-fjson", "a"}, "--update goes with --format md alone"},
        {{"--explain=x.log", "a"}, "--explain reads one file; leave the other paths out"},
        {{"--explain=x.log", "-o", "b"}, "--explain writes to standard output alone"},
        {{"--final=r.md", "a"}, "--final reads the report alone; leave the logs out"},
        {{"--keep-actors=k", "-frecords", "a"},
         "--keep-actors goes with a draft, not with --format records"},
        {{"-qv", "a"}, "--quiet and --verbose contradict each other; give one of them"},
        {{"-q"},
         "nothing to read; name log files, a directory such as /var/log/nginx, or - for standard "
         "input"},
        {{"--"},
         "nothing to read; name log files, a directory such as /var/log/nginx, or - for standard "
         "input"},
        {{""}, "a path is empty; is a variable of your shell not set?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run r;
        run(&r, rows[i].args);
        assert_int_equal(r.result, -1);
        assert_string_equal(r.error, rows[i].error);
        pmt_arena_fini(&r.arena);
    }
}

static void test_long_unknown_name(void **state)
{
    (void)state;
    char name[5000] = "--";
    memset(name + 2, 'o', sizeof name - 3);
    struct run r;
    run(&r, ARGS(name, "a"));
    assert_int_equal(r.result, -1);
    assert_non_null(strstr(r.error, "; see pm-timeline --help"));
    pmt_arena_fini(&r.arena);
}

static void test_help_stops(void **state)
{
    (void)state;
    struct run r;
    run(&r, ARGS("-q", "--help", "--nonsense"));
    check_ok(&r);
    assert_true(r.o.help);
    pmt_arena_fini(&r.arena);
    run(&r, ARGS("-Vx"));
    check_ok(&r);
    assert_true(r.o.version);
    assert_false(r.o.help);
    pmt_arena_fini(&r.arena);
    run(&r, ARGS("--nonsense", "--help"));
    assert_int_equal(r.result, -1);
    pmt_arena_fini(&r.arena);
}

static void test_no_argument(void **state)
{
    (void)state;
    struct run r;
    run(&r, (const char *const[]){NULL});
    check_ok(&r);
    assert_int_equal(r.o.npaths, 0);
    pmt_arena_fini(&r.arena);
    char *none[] = {NULL};
    struct pmt_arena arena = {0};
    assert_int_equal(pmt_options_parse(0, none, &arena, &r.o, &r.error), 0);
    assert_int_equal(r.o.npaths, 0);
    pmt_arena_fini(&arena);
}

static void test_help_text(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    pmt_options_help(&b, "1.2.3");
    static const char *const parts[] = {
        "Usage: pm-timeline [OPTION]... PATH...\n",
        "\n  -o, --output FILE          write to FILE",
        "\n      --force                let",
        "\n  -f, --format FORMAT        md: the draft",
        "\n      --assume-tz [GLOB=]ZONE\n                             zone of logs",
        "\n      --color[=WHEN]         color messages",
        "\n  -h, --help                 print this help\n",
        "\nExit status:\n  0    ",
        "\n  130  interrupted\n",
        "pm-timeline 1.2.3.",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!strstr(b.data, parts[i]))
            fail_msg("not in the help: %s", parts[i]);
    }
    size_t width = 0;
    for (size_t i = 0; i < b.n; i++) {
        width = b.data[i] == '\n' ? 0 : width + 1;
        assert_true(width <= 80);
        assert_false(i && b.data[i] == '\n' && b.data[i - 1] == ' ');
    }
    assert_int_equal(b.data[b.n - 1], '\n');
    pmt_buf_fini(&b);
}

static void test_intro(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    pmt_options_intro(&b);
    size_t lines = 0;
    for (size_t i = 0; i < b.n; i++)
        lines += b.data[i] == '\n';
    assert_int_equal(lines, 5);
    assert_non_null(strstr(b.data, "pm-timeline /var/log/nginx "));
    assert_non_null(strstr(b.data, "haproxy.log"));
    assert_non_null(strstr(b.data, "journalctl -o short-iso | pm-timeline -"));
    assert_non_null(strstr(b.data, "--help"));
    pmt_buf_fini(&b);
}

static void test_log_formats(void **state)
{
    (void)state;
    struct run r;
    run(&r, ARGS("--log-format", "$status", "a.log", "--log-format-for", "api*", "%h %t", "b.log",
                 "--log-format=x=$y", "--log-format-for=c", "$z", "-q"));
    check_ok(&r);
    assert_int_equal(r.o.npaths, 2);
    assert_string_equal(r.o.paths[1], "b.log");
    assert_true(r.o.quiet);
    static const char *const want[][2] = {
        {NULL, "$status"}, {"api*", "%h %t"}, {NULL, "x=$y"}, {"c", "$z"}};
    assert_int_equal(r.o.nlog_formats, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(r.o.log_formats[i].text, want[i][1]);
        if (want[i][0])
            assert_string_equal(r.o.log_formats[i].glob, want[i][0]);
        else
            assert_null(r.o.log_formats[i].glob);
    }
    pmt_arena_fini(&r.arena);
    static const char *const bad[][4] = {
        {"--log-format-for"},          {"--log-format-for", "x"},     {"--log-format-for=x"},
        {"--log-format-for", "", "$"}, {"--log-format-for", "x", ""}, {"--log-format-for=", "y"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        run(&r, bad[i]);
        assert_int_equal(r.result, -1);
        assert_non_null(strstr(r.error, "--log-format-for needs two values"));
        pmt_arena_fini(&r.arena);
    }
    run(&r, ARGS("--log-format"));
    assert_int_equal(r.result, -1);
    assert_non_null(strstr(r.error, "--log-format needs a value"));
    pmt_arena_fini(&r.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),   cmocka_unit_test(test_all_long),
        cmocka_unit_test(test_spellings),  cmocka_unit_test(test_assume_tz),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_confs),
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_slo),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_long_unknown_name), cmocka_unit_test(test_help_stops),
        cmocka_unit_test(test_no_argument), cmocka_unit_test(test_help_text),
        cmocka_unit_test(test_intro),
        cmocka_unit_test(test_log_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
