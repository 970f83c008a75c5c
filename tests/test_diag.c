#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "pmt/diag.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

static void check_safe(struct pmt_slice in, const char *expect)
{
    struct pmt_buf b = {0};
    pmt_put_terminal_safe(&b, in);
    pmt_buf_put(&b, "", 0);
    assert_string_equal(b.data, expect);
    pmt_buf_fini(&b);
}

static void test_terminal_safe(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *expect;
    } rows[] = {
        {"", ""},
        {"plain text, 100 %", "plain text, 100 %"},
        {"a\tb\nc\r", "a\\x09b\\x0Ac\\x0D"},
        {"\033[31mred\033]0;title\a", "\\x1B[31mred\\x1B]0;title\\x07"},
        {"\x7f", "\\x7F"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xc2\x9b" "31m", "\\xC2\\x9B31m"},              /* CSI as a C1 control */
        {"\xe2\x80\xae" "gpj", "\\xE2\\x80\\xAEgpj"},     /* right-to-left override */
        {"\xe2\x81\xa6x\xe2\x81\xa9", "\\xE2\\x81\\xA6x\\xE2\\x81\\xA9"}, /* isolates */
        {"\xd8\x9c", "\\xD8\\x9C"},                       /* Arabic letter mark */
        {"\xe2\x80\xa8", "\\xE2\\x80\\xA8"},              /* line separator */
        {"\xff\xfe", "\\xFF\\xFE"},
        {"\xc0\xaf", "\\xC0\\xAF"},                       /* overlong slash */
        {"\xe0\x80\xaf", "\\xE0\\x80\\xAF"},
        {"\xed\xa0\x80", "\\xED\\xA0\\x80"},              /* surrogate */
        {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},     /* above U+10FFFF */
        {"x\xe2\x82", "x\\xE2\\x82"},                     /* cut in the middle */
        {"\xc3" "A", "\\xC3" "A"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_safe(pmt_str(rows[i].in), rows[i].expect);
    check_safe(pmt_slice("a\0b", 3), "a\\x00b");
    check_safe(PMT_NO_SLICE, "");
}

/* What the calls below write to a pipe, in one string. */
struct catcher {
    int fds[2];
    char text[4096];
};

static struct pmt_diag catch_begin(struct catcher *c)
{
    assert_int_equal(pipe(c->fds), 0);
    return (struct pmt_diag){.fd = c->fds[1]};
}

static const char *catch_end(struct catcher *c)
{
    close(c->fds[1]);
    ssize_t n, have = 0;
    while ((n = read(c->fds[0], c->text + have, sizeof c->text - 1 - (size_t)have)) > 0)
        have += n;
    c->text[have] = '\0';
    close(c->fds[0]);
    return c->text;
}

static void say_all(struct pmt_diag *d)
{
    pmt_diag(d, PMT_DIAG_ERROR, "%s:%d: %s", "access.log", 7, "gone");
    pmt_diag(d, PMT_DIAG_WARN, "odd");
    pmt_diag(d, PMT_DIAG_NOTE, "note");
    pmt_diag(d, PMT_DIAG_DEBUG, "debug");
}

static void test_levels(void **state)
{
    (void)state;
    struct catcher c;
    struct pmt_diag d = catch_begin(&c);
    say_all(&d);
    assert_string_equal(catch_end(&c), "pm-timeline: error: access.log:7: gone\n"
                                       "pm-timeline: warning: odd\n"
                                       "pm-timeline: note\n");
    d = catch_begin(&c);
    d.verbosity = -1;
    say_all(&d);
    assert_string_equal(catch_end(&c), "pm-timeline: error: access.log:7: gone\n");
    d = catch_begin(&c);
    d.verbosity = 1;
    say_all(&d);
    assert_non_null(strstr(catch_end(&c), "pm-timeline: note\npm-timeline: debug\n"));
}

static void test_hostile_arguments(void **state)
{
    (void)state;
    struct catcher c;
    struct pmt_diag d = catch_begin(&c);
    pmt_diag(&d, PMT_DIAG_WARN, "cannot read %s", "a\033]52;c;x\a\nb%n");
    assert_string_equal(catch_end(&c),
                        "pm-timeline: warning: cannot read a\\x1B]52;c;x\\x07\\x0Ab%n\n");
}

static void test_point(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t column;
        const char *expect;
    } rows[] = {
        {"$a$b", 2, "  $a$b\n    ^\n"},
        {"", 0, "  \n  ^\n"},
        {"abc", 9, "  abc\n     ^\n"},
        {"\tx$", 2, "  \\x09x$\n       ^\n"},
        {"caf\xc3\xa9 $", 6, "  caf\xc3\xa9 $\n       ^\n"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789$x"
         "tttttttttttttttttttttttttttttt", 70,
         "  ...45678901234567890123456789012345678901234567890123456789$xtttttttttttttttttt...\n"
         "                                                             ^\n"},
        {"$x234567890123456789012345678901234567890123456789012345678901234567890123456789", 0,
         "  $x23456789012345678901234567890123456789012345678901234567890123456789012345...\n"
         "  ^\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct catcher c;
        struct pmt_diag d = catch_begin(&c);
        d.verbosity = -1;
        pmt_diag_point(&d, rows[i].text, rows[i].column);
        assert_string_equal(catch_end(&c), rows[i].expect);
    }
}

static void test_colour(void **state)
{
    (void)state;
    struct catcher c;
    struct pmt_diag d = catch_begin(&c);
    d.colour = true;
    pmt_diag(&d, PMT_DIAG_ERROR, "gone");
    pmt_diag(&d, PMT_DIAG_NOTE, "note");
    assert_string_equal(catch_end(&c),
                        "pm-timeline: \033[1;31merror:\033[0m gone\npm-timeline: note\n");
}

static void test_long_message(void **state)
{
    (void)state;
    struct catcher c;
    struct pmt_diag d = catch_begin(&c);
    char text[3001];
    memset(text, 'x', 3000);
    text[3000] = '\0';
    pmt_diag(&d, PMT_DIAG_NOTE, "%s", text);
    assert_int_equal(strlen(catch_end(&c)), strlen("pm-timeline: ") + 3000 + 1);
}

static void test_no_progress_without_terminal(void **state)
{
    (void)state;
    struct catcher c;
    struct pmt_diag d = catch_begin(&c);
    pmt_diag_progress(&d, 10, 100, 1.0);
    assert_false(d.progress);
    pmt_diag_progress_end(&d);
    assert_string_equal(catch_end(&c), "");
}

static void test_progress_on_terminal(void **state)
{
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        skip();
    int fd = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    struct termios t;
    assert_int_equal(tcgetattr(fd, &t), 0);
    t.c_oflag &= (tcflag_t)~OPOST;
    assert_int_equal(tcsetattr(fd, TCSANOW, &t), 0);

    struct pmt_diag d = {.fd = fd};
    pmt_diag_progress(&d, 1234567, 2000000, 3.9);
    assert_true(d.progress);
    pmt_diag_progress(&d, 999, 0, 4.0);
    pmt_diag_progress(&d, 5000000000u, 4000000000u, 60.0);
    pmt_diag(&d, PMT_DIAG_NOTE, "done");
    assert_false(d.progress);
    d.verbosity = -1;
    pmt_diag_progress(&d, 1, 2, 61.0); /* -q draws nothing */
    assert_false(d.progress);
    static const char expect[] = "\r\033[Kpm-timeline: read 1.2 MB of 2.0 MB (61 %), 316 kB/s, "
                                 "2 s left"
                                 "\r\033[Kpm-timeline: read 999 B, 249 B/s"
                                 "\r\033[Kpm-timeline: read 5.0 GB of 5.0 GB (100 %), 83.3 MB/s"
                                 "\r\033[Kpm-timeline: done\n";
    char text[512] = "";
    size_t have = 0;
    while (have < sizeof expect - 1) {
        ssize_t n = read(master, text + have, sizeof text - 1 - have);
        assert_true(n > 0);
        have += (size_t)n;
    }
    text[have] = '\0';
    assert_string_equal(text, expect);
    close(fd);
    close(master);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal_safe),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_hostile_arguments),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_long_message),
        cmocka_unit_test(test_no_progress_without_terminal),
        cmocka_unit_test(test_progress_on_terminal),
        cmocka_unit_test(test_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
