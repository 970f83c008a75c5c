/* Lines read once more for evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "pmt/reread.h"

static char path[] = "/tmp/pmt-test-XXXXXX";

static void put_file(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* As the walk fills it in. */
static struct pmt_input input(void)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (struct pmt_input){.path = path, .shown = "log", .regular = true, .dev = st.st_dev,
                              .ino = st.st_ino, .size = (uint64_t)st.st_size};
}

static void assert_text(const struct pmt_wanted *w, const char *want)
{
    assert_int_equal(w->text.n, strlen(want));
    assert_memory_equal(w->text.p, want, w->text.n);
}

static void test_lines(void **state)
{
    (void)state;
    put_file("one\r\ntwo\n\nfour\nfive");
    struct pmt_input in = input();
    struct pmt_scanned s[2] = {{.input = &in}, {.input = &in}};
    struct pmt_arena arena = {0};
    struct pmt_wanted v[] = {{.source = 1, .line = 5}, {.source = 0, .line = 4},
                             {.source = 0, .line = 1}, {.source = 0, .line = 1},
                             {.source = 0, .line = 9}, {.source = 0, .line = 3}};
    pmt_reread(s, v, 6, &arena);
    assert_text(&v[0], "one"); /* sorted by now */
    assert_text(&v[1], "one");
    assert_text(&v[2], "");
    assert_text(&v[3], "four");
    assert_null(v[4].text.p); /* there is no such line */
    assert_int_equal(v[4].line, 9);
    assert_text(&v[5], "five");
    pmt_arena_fini(&arena);
}

static void test_grown_and_replaced(void **state)
{
    (void)state;
    put_file("one\ntwo\n");
    struct pmt_input in = input();
    struct pmt_scanned s = {.input = &in};
    struct pmt_arena arena = {0};
    struct pmt_wanted v = {.line = 2};
    put_file("one\ntwo\nthree\n"); /* the same file, longer */
    pmt_reread(&s, &v, 1, &arena);
    assert_text(&v, "two");
    v.text = PMT_NO_SLICE;
    put_file("x\n"); /* copied and truncated: other lines */
    pmt_reread(&s, &v, 1, &arena);
    assert_null(v.text.p);
    in.ino++; /* renamed, and a new one in its place */
    put_file("one\ntwo\n");
    pmt_reread(&s, &v, 1, &arena);
    assert_null(v.text.p);
    in = input();
    in.regular = false; /* a pipe was read: it is gone */
    pmt_reread(&s, &v, 1, &arena);
    assert_null(v.text.p);
    pmt_reread(&s, NULL, 0, &arena);
    pmt_arena_fini(&arena);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_grown_and_replaced),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
