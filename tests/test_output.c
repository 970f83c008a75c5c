#include "pmt/pipeline.h"

#include "source_helpers.h"

#include <errno.h>

/* Messages go to a file of the test's directory. */
static struct pmt_diag diag_open(void)
{
    int fd = open(in_dir("messages"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    return (struct pmt_diag){.fd = fd};
}

static void read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, text, size - 1);
    assert_true(n >= 0);
    text[n] = '\0';
    close(fd);
}

static void assert_file(const char *path, const char *want)
{
    char text[512];
    read_file(path, text, sizeof text);
    assert_string_equal(text, want);
}

/* Closes it too. */
static void assert_said(struct pmt_diag *d, const char *want)
{
    char text[512];
    close(d->fd);
    read_file(in_dir("messages"), text, sizeof text);
    if (want[0] ? !strstr(text, want) : text[0])
        fail_msg("said: %s", text);
}

/* Files whose name begins with "draft". */
static int drafts(void)
{
    int n = 0;
    DIR *d = opendir(test_dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += strncmp(e->d_name, "draft", 5) == 0;
    closedir(d);
    return n;
}

static void test_new_file(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), false, &d), 0);
    fputs("text\n", out.file);
    assert_int_equal(access(in_dir("draft"), F_OK), -1); /* not before it is complete */
    assert_int_equal(pmt_output_commit(&out, &d), 0);
    assert_file(in_dir("draft"), "text\n");
    assert_int_equal(drafts(), 1);
    assert_int_equal(pmt_output_commit(&out, &d), 0); /* nothing is open any more */
    pmt_output_abandon(&out);
    assert_file(in_dir("draft"), "text\n");
    assert_said(&d, "");
}

static void test_mode_of_a_new_file(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    struct stat st;
    mode_t mask = umask(027);
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), false, &d), 0);
    assert_int_equal(pmt_output_commit(&out, &d), 0);
    umask(mask);
    assert_int_equal(stat(in_dir("draft"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_said(&d, "");
}

static void test_abandoned(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), false, &d), 0);
    fputs("text\n", out.file);
    pmt_output_abandon(&out);
    assert_int_equal(drafts(), 0);
    assert_said(&d, "");
}

static void test_kept_without_force(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    write_file("draft", pmt_str("by hand\n"));
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), false, &d), -1);
    assert_file(in_dir("draft"), "by hand\n");
    assert_int_equal(drafts(), 1);
    assert_said(&d, "exists already; give another name, or --force to replace it");
}

/* It may come to be while the logs are read. */
static void test_kept_when_it_comes_late(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), false, &d), 0);
    fputs("text\n", out.file);
    write_file("draft", pmt_str("by hand\n"));
    assert_int_equal(pmt_output_commit(&out, &d), -1);
    assert_file(in_dir("draft"), "by hand\n");
    assert_int_equal(drafts(), 1);
    assert_said(&d, "exists already");
}

static void test_forced(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    struct stat st;
    write_file("draft", pmt_str("by hand\n"));
    assert_int_equal(chmod(in_dir("draft"), 0600), 0);
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), true, &d), 0);
    fputs("text\n", out.file);
    assert_file(in_dir("draft"), "by hand\n"); /* until the new one is complete */
    assert_int_equal(pmt_output_commit(&out, &d), 0);
    assert_file(in_dir("draft"), "text\n");
    assert_int_equal(stat(in_dir("draft"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600); /* what nobody else could read stays so */
    assert_int_equal(drafts(), 1);
    assert_said(&d, "");
}

static void test_links(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    struct stat st;
    write_file("draft-real", pmt_str("by hand\n"));
    assert_int_equal(symlink("draft-real", in_dir("draft")), 0);
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), false, &d), -1);
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), true, &d), 0);
    fputs("text\n", out.file);
    assert_int_equal(pmt_output_commit(&out, &d), 0);
    assert_int_equal(lstat(in_dir("draft"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_file(in_dir("draft-real"), "text\n");
    assert_int_equal(unlink(in_dir("draft-real")), 0); /* now it leads nowhere */
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), false, &d), -1);
    assert_said(&d, "exists already");
}

static void test_device(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    struct stat st;
    for (int force = 0; force < 2; force++) {
        assert_int_equal(pmt_output_open(&out, "/dev/null", force, &d), 0);
        assert_null(out.temporary);
        fputs("text\n", out.file);
        assert_int_equal(pmt_output_commit(&out, &d), 0);
        assert_int_equal(stat("/dev/null", &st), 0);
        assert_true(S_ISCHR(st.st_mode));
    }
    assert_said(&d, "");
}

static void test_not_to_be_opened(void **state)
{
    (void)state;
    struct pmt_output out;
    static const struct {
        const char *path, *said;
    } rows[] = {{"/nonexistent/draft", "/nonexistent/draft cannot be written: No such file"},
                {"/tmp", "/tmp cannot be written: Is a directory"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_diag d = diag_open();
        assert_int_equal(pmt_output_open(&out, rows[i].path, true, &d), -1);
        assert_said(&d, rows[i].said);
    }
}

static void test_full(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    if (access("/dev/full", W_OK))
        skip();
    assert_int_equal(pmt_output_open(&out, "/dev/full", false, &d), 0);
    fputs("text\n", out.file);
    assert_int_equal(pmt_output_commit(&out, &d), -1);
    assert_said(&d, "/dev/full cannot be written: No space left on device");
}

static void test_failed_while_writing(void **state)
{
    (void)state;
    struct pmt_diag d = diag_open();
    struct pmt_output out;
    assert_int_equal(pmt_output_open(&out, in_dir("draft"), false, &d), 0);
    assert_int_equal(pmt_output_failed(&out, EPIPE, &d), 0); /* the reader has what it wanted */
    assert_int_equal(pmt_output_failed(&out, ENOSPC, &d), -1);
    pmt_output_abandon(&out);
    assert_int_equal(drafts(), 0);
    assert_said(&d, "draft cannot be written: No space left on device\n");
}

static void test_folders(void **state)
{
    (void)state;
    char path[512];
    assert_false(pmt_output_is_folder(NULL));
    assert_false(pmt_output_is_folder(""));
    assert_true(pmt_output_is_folder("/"));
    assert_true(pmt_output_is_folder(in_dir("")));
    assert_true(pmt_output_is_folder(in_dir("not-there/")));
    assert_false(pmt_output_is_folder(in_dir("not-there")));
    struct pmt_diag d = diag_open();
    snprintf(path, sizeof path, "%s", in_dir("messages"));
    assert_false(pmt_output_is_folder(path)); /* a file */
    assert_false(pmt_output_exists(in_dir("not-there"), &d));
    assert_true(pmt_output_exists(path, &d));
    assert_said(&d, "exists already");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_file, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_mode_of_a_new_file, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_abandoned, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_kept_without_force, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_kept_when_it_comes_late, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_forced, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_links, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_device, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_not_to_be_opened, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_full, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_failed_while_writing, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_folders, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
