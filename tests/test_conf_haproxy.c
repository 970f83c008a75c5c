#include "conf_lines.h"

static void reads_formats(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"", "", NULL},
        {"frontend www\n  log-format \"%ci:%cp [%tr] %ST\"\n",
         "log-format in frontend www:2 %ci:%cp [%tr] %ST\n", NULL},
        {"defaults\n log-format %ci\\ [%tr]\\ %ST # blanks\n",
         "log-format in defaults:2 %ci [%tr] %ST\n", NULL},
        {"defaults base from other\n error-log-format '%ci \"%r\"'\n",
         "error-log-format in defaults base:2 %ci \"%r\"\n", NULL},
        {"defaults from other\n log-format %ci\n", "log-format in defaults:2 %ci\n", NULL},
        {"listen a\n log-format \"{\\\"c\\\":\\\"%ci\\\",\\\"s\\\":%ST}\"\n",
         "log-format in listen a:2 {\"c\":\"%ci\",\"s\":%ST}\n", NULL},
        {"listen a\n log-format '{\"c\":\"%ci\"}'\n", "log-format in listen a:2 {\"c\":\"%ci\"}\n",
         NULL},
        {"listen a\n log-format %ci\\x5b%cp\\x5D\\t%ST\\#\\\\x\n",
         "log-format in listen a:2 %ci[%cp]\t%ST#\\\\x\n", NULL},
        {"listen a\n log-format '%[var(txn.x),regsub(\\d,x)] %ST'\n",
         "log-format in listen a:2 %[var(txn.x),regsub(\\\\d,x)] %ST\n", NULL},
        {"listen a\n log-format \"100\\%% %ST\"\r\n", "log-format in listen a:2 100\\\\%% %ST\n",
         NULL},
        /* As HAProxy 2.6 reads them. */
        {"listen a\n log-format \"%ST \\z \\. %% {x} \\x41\\\"\" # c\n",
         "log-format in listen a:2 %ST \\\\z \\\\. %% {x} A\"\n", NULL},
        {"listen a\n log-format %ST\" x y\"\\ z'$H \\n'$H\n",
         "log-format in listen a:2 %ST x y z$H \\\\n$H\n", NULL},
        {"listen a\n log-format '%ST \\x41 \\\" \"q\"'\n log-format %ST,a#b\n",
         "log-format in listen a:2 %ST \\\\x41 \\\\\" \"q\"\nlog-format in listen a:3 %ST,a\n",
         NULL},
        {"log-profile p\n log-tag shop\n on any format \"%ci %ST\"\n on error drop\n"
         " on close sd x format %ci\n",
         "format in log-profile p:3 %ci %ST #shop\nformat in log-profile p:5 %ci #shop\n", NULL},
        /* What is no format, or one that is built in. */
        {"listen a\n option httplog clf\n log-format-sd '[x a=\"%ci\"]'\n #log-format %ci\n", "",
         NULL},
        {"global\n log-tag edge\nlisten a\n log-format %ci\n",
         "log-format in listen a:4 %ci #edge\n",
         NULL},
        {"listen a\n log-format %ci\nlisten b\n log-format %ci\n", "log-format in listen a:2 %ci\n",
         NULL},
    };
    CHECK_ALL(PMT_DIALECT_HAPROXY, cases);
}

/* A slot is the header that is captured into it, wherever in the section; not one of another, and
 * none that may be cut short. */
static void knows_what_is_captured(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"frontend a\n log-format \"%[capture.req.hdr(0)] %[capture.req.hdr(1)] %ST\"\n"
         " capture request header Host len 60\n http-request capture req.hdr(Referer) len 100\n",
         "log-format in frontend a:2 %[req.hdr(Host)] %[req.hdr(Referer)] %ST\n", NULL},
        {"frontend a\n declare capture request len 99\n"
         " tcp-request content capture req.fhdr(x-real-ip,1) len 64\n"
         " http-request capture src len 64\n capture response header Host len 60\n"
         " log-format \"%[capture.req.hdr(0)]|%[capture.req.hdr(1)]|%[capture.req.hdr(2)]|"
         "%[capture.req.hdr(3)] %ST\"\n",
         "log-format in frontend a:6 %[capture.req.hdr(0)]|%[req.hdr(x-real-ip)]|"
         "%[capture.req.hdr(2)]|%[capture.req.hdr(3)] %ST\n", NULL},
        {"frontend a\n capture request header X-Forwarded-For len 15\n"
         " log-format \"%[capture.req.hdr(0)] %ST\"\n",
         "log-format in frontend a:3 %[capture.req.hdr(0)] %ST\n", NULL},
        {"frontend a\n capture request header Host len 60\nfrontend b\n"
         " log-format \"%[capture.req.hdr(0)] %ST\"\n",
         "log-format in frontend b:4 %[capture.req.hdr(0)] %ST\n", NULL},
        /* an agent holds blanks */
        {"frontend a\n capture request header User-Agent len 200\n"
         " log-format '\"%[capture.req.hdr(0)]\" %ST %[capture.req.hdr(0)]'\n",
         "log-format in frontend a:3 \"%[req.hdr(User-Agent)]\" %ST %[capture.req.hdr(0)]\n",
         NULL},
        {"frontend a\n capture request header Host len 60\n"
         " log-format '%[capture.req.hdr(0),lower] %[capture.req.hdr(x)] %ST'\n",
         "log-format in frontend a:3 %[capture.req.hdr(0),lower] %[capture.req.hdr(x)] %ST\n",
         NULL},
    };
    CHECK_ALL(PMT_DIALECT_HAPROXY, cases);
}

static void knows_variables_that_are_set(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"global\n setenv F \"%ci %ST\"\nlisten a\n log-format \"${F}\"\n",
         "log-format in listen a:4 %ci %ST\n", NULL},
        {"global\n setenv F %ci\n presetenv F %cp\nlisten a\n log-format \"$F %ST\"\n",
         "log-format in listen a:5 %ci %ST\n", NULL},
        /* HAProxy's own, which a site may change first */
        {"listen a\n log-format \"$HAPROXY_TCP_LOG_FMT %[src]\"\n",
         "log-format in listen a:2 %ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc "
         "%sq/%bq %[src]\n", NULL},
        {"global\n setenv HAPROXY_HTTP_LOG_FMT %ST\nlisten a\n"
         " log-format \"${HAPROXY_HTTP_LOG_FMT} %ci\"\n",
         "log-format in listen a:4 %ST %ci\n", NULL},
        {"listen a\n log-format \"${F-%ST}\"\n", "log-format in listen a:2 %ST\n", NULL},
        {"listen a\n log-format '$F %ST'\n log-format $F\\ %ci\n log-format \"\\$F %cp $\"\n",
         "log-format in listen a:2 $F %ST\nlog-format in listen a:3 $F %ci\n"
         "log-format in listen a:4 $F %cp $\n", NULL},
        {"listen a\n log-format \"${F} %ST\"\n log-format %ST\n", "log-format in listen a:3 %ST\n",
         "2: log-format uses ${F}, which is set outside\n"},
    };
    CHECK_ALL(PMT_DIALECT_HAPROXY, cases);
}

static void goes_on_behind_what_is_broken(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"listen a\n log-format \"%ci\n log-format %ST\n", "log-format in listen a:3 %ST\n",
         "2: a quote is not closed\n"},
        {"listen a\n log-format\n log-format \"\"\n log-format %ST\n",
         "log-format in listen a:4 %ST\n",
         "2: log-format without a format\n3: log-format without\n"},
        {"listen a\n log-format %ci %ST\n", "log-format in listen a:2 %ci\n",
         "2: log-format has blanks that are neither quoted nor\n"},
        {"log-format %ci\\", "log-format in no section:1 %ci\\\\\n", NULL},
    };
    CHECK_ALL(PMT_DIALECT_HAPROXY, cases);
}

/* Each variable twice the one before: cut, and not a gigabyte. */
static void bounds_what_variables_grow_to(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct pmt_arena arena = {0};
    struct pmt_conf c;
    pmt_buf_puts(&text, "global\n setenv V0 xxxxxxxxxxxxxxxx\n");
    for (int i = 1; i < 60; i++)
        pmt_buf_printf(&text, " setenv V%d \"${V%d}${V%d}\"\n", i, i - 1, i - 1);
    pmt_buf_puts(&text, "listen a\n log-format \"$V59 %ST\"\n");
    pmt_conf_text(&c, PMT_DIALECT_HAPROXY, pmt_buf_view(&text), "a.cfg", &arena);
    assert_int_equal(c.n, 1);
    assert_true(strlen(c.entries[0].text) < 1000000 && arena.bytes < 20000000);
    pmt_conf_fini(&c);
    pmt_arena_fini(&arena);
    pmt_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_formats),
        cmocka_unit_test(knows_what_is_captured),
        cmocka_unit_test(knows_variables_that_are_set),
        cmocka_unit_test(goes_on_behind_what_is_broken),
        cmocka_unit_test(bounds_what_variables_grow_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
