/* Every test builds a tree of its own below a temporary directory and reads it. */
#define _XOPEN_SOURCE 700 /* nftw, realpath */
#define _DEFAULT_SOURCE   /* setgroups */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "pmt/inputs.h"

static char root[256];

static int make_tree(void **state)
{
    (void)state;
    char made[] = "/tmp/pmt-test-XXXXXX";
    if (!mkdtemp(made) || chmod(made, 0755) != 0)
        return -1;
    char *real = realpath(made, NULL);
    snprintf(root, sizeof root, "%s", real);
    free(real);
    return chdir(root);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int remove_tree(void **state)
{
    (void)state;
    return chdir("/") != 0 || nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 ? -1 : 0;
}

static const char *abs_path(const char *name)
{
    static char paths[8][512];
    static size_t next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", root, name);
    return p;
}

/* Makes a file (and the directories above it) of `size` bytes. */
static void make_file(const char *name, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s", name);
    for (char *p = path + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            if (mkdir(path, 0755) != 0)
                assert_int_equal(errno, EEXIST);
            *p = '/';
        }
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    const struct timespec times[2] = {{1645866904, 0}, {1645866904, 0}};
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

/* "shown shown\n" of what is read, then "! shown: why" (problems) and "- shown: why". */
static char *told(const struct pmt_inputs *in)
{
    static struct pmt_buf b;
    pmt_buf_clear(&b);
    pmt_buf_puts(&b, "");
    for (size_t i = 0; i < in->n; i++)
        pmt_buf_printf(&b, "%s\n", in->items[i].shown);
    for (size_t i = 0; i < in->nnotes; i++)
        pmt_buf_printf(&b, "%c %s: %s\n", in->notes[i].problem ? '!' : '-', in->notes[i].shown,
                       in->notes[i].why);
    pmt_buf_put(&b, "", 0);
    return b.data;
}

static void check(const char *const *args, const char *want)
{
    size_t n = 0;
    while (args[n])
        n++;
    struct pmt_inputs in;
    pmt_inputs_collect(&in, args, n);
    assert_string_equal(told(&in), want);
    pmt_inputs_fini(&in);
    /* In the opposite order. */
    const char *turned[16];
    for (size_t i = 0; i < n; i++)
        turned[i] = args[n - 1 - i];
    pmt_inputs_collect(&in, turned, n);
    assert_string_equal(told(&in), want);
    pmt_inputs_fini(&in);
}

#define CHECK(want, ...) check((const char *const[]){__VA_ARGS__, NULL}, want)

/* ---- order ------------------------------------------------------------------------------- */

static void rotations_of_a_log_stand_together_oldest_first(void **state)
{
    (void)state;
    static const char *const names[] = {
        "nginx/access.log",        "nginx/access.log.1",          "nginx/access.log.2.gz",
        "nginx/access.log.14.gz",  "nginx/error.log",             "nginx/error.log-20220226.gz",
        "nginx/error.log-20220101", "nginx/error.log-20220226-13", "nginx/Zebra.log",
        "syslog",                  "syslog-1645866904",           "syslog-1645000000.gz",
        "app-20220226.log",        "app-20220225.log.gz",         "app.log",
        "kern.log",                "kern.log.gz",                 "kern.log.0",
        "kern.log.old",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        make_file(names[i], i);
    CHECK("app-20220225.log.gz\napp-20220226.log\napp.log\n"
          "kern.log.old\nkern.log.0\nkern.log.gz\nkern.log\n"
          "nginx/Zebra.log\n"
          "nginx/access.log.14.gz\nnginx/access.log.2.gz\nnginx/access.log.1\nnginx/access.log\n"
          "nginx/error.log-20220101\nnginx/error.log-20220226.gz\nnginx/error.log-20220226-13\n"
          "nginx/error.log\n"
          "syslog-1645000000.gz\nsyslog-1645866904\nsyslog\n",
          root);
}

static void an_input_tells_what_stat_tells(void **state)
{
    (void)state;
    make_file("log/access.log", 12);
    make_file("log/access.log.2.gz", 34);
    make_file("log/access.log-20220226", 56);
    const char *args[] = {"log"};
    struct pmt_inputs in;
    pmt_inputs_collect(&in, args, 1);
    assert_int_equal(in.n, 3);
    const struct pmt_input *old = &in.items[0], *dated = &in.items[1], *live = &in.items[2];
    assert_string_equal(live->path, "log/access.log");
    assert_string_equal(live->shown, "access.log");
    assert_string_equal(live->arg, "log");
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(in.items[i].family, abs_path("log/access.log"));
    assert_true(live->rotation == INT64_MAX);
    assert_int_equal(old->rotation, -2);
    assert_int_equal(dated->rotation, 1645833600);
    assert_true(old->numbered && !dated->numbered && !live->numbered);
    assert_int_equal(live->size, 12);
    assert_int_equal(old->size, 34);
    assert_int_equal(live->mtime, 1645866904);
    assert_true(live->regular && live->walked);
    assert_false(in.nothing_named_exists);
    pmt_inputs_fini(&in);
    assert_int_equal(in.n, 0);

    const char *named[] = {"log/access.log", "./log/access.log.2.gz"};
    pmt_inputs_collect(&in, named, 2);
    assert_int_equal(in.n, 2);
    assert_false(in.items[0].walked);
    assert_string_equal(in.items[0].family, in.items[1].family); /* however it is written */
    pmt_inputs_fini(&in);
}

static void hidden_and_empty_files_are_read(void **state)
{
    (void)state;
    make_file(".hidden/.log", 1);
    make_file("empty", 0);
    make_file("with space\nand newline", 1);
    CHECK(".hidden/.log\nempty\nwith space\nand newline\n", root);
    if (mkdir("nothing", 0755) != 0)
        fail();
    CHECK("", "nothing");
}

/* ---- how they are shown ------------------------------------------------------------------ */

static void names_are_relative_to_the_argument(void **state)
{
    (void)state;
    make_file("srv/a/web-01/nginx/access.log", 1);
    make_file("srv/a/web-02/nginx/access.log", 1);
    make_file("srv/a/web-02/nginx/error.log", 1);
    CHECK("access.log\n", "srv/a/web-01/nginx/access.log");
    CHECK("access.log\n", abs_path("srv/a/web-01/nginx/"));
    CHECK("web-01/nginx/access.log\nweb-02/nginx/access.log\nweb-02/nginx/error.log\n", "srv/a");
    CHECK("web-01/nginx/access.log\nweb-02/nginx/access.log\nerror.log\n",
          abs_path("srv/a/web-01/nginx"), abs_path("srv/a/web-02/nginx"));
    CHECK("web-01/nginx/access.log\nweb-02/nginx/access.log\n",
          "srv/a/web-01/nginx/access.log", "srv/a/web-02/nginx/access.log");
    assert_int_equal(chdir("srv/a/web-01"), 0);
    CHECK("web-01/nginx/access.log\nweb-02/nginx/access.log\nnginx/error.log\n", ".",
          "../web-02");
    CHECK("nginx/access.log\n", ".");
    assert_int_equal(chdir(root), 0);
}

static void parents_are_added_until_nothing_is_shown_twice(void **state)
{
    (void)state;
    make_file("x/a/log", 1);
    make_file("y/a/log", 1);
    make_file("z/b/log", 1);
    CHECK("x/a/log\ny/a/log\nb/log\n", "x/a", "y/a", "z/b");
    /* A name that is another's with its parent. */
    make_file("w/b/log", 1);
    make_file("w/c/b/log", 1);
    CHECK("w/b/log\nc/b/log\n", "w/b/log", "w/c/b/log");
    CHECK("b/log\nc/b/log\nlog\n", "w", "z/b/log");
    CHECK("w/b/log\nc/b/log\nz/b/log\n", "w", "z");
    /* A path that ends in the whole of another. */
    char name[512], want[1024];
    snprintf(name, sizeof name, "%s/log", root + 1);
    make_file(name, 1);
    make_file("log", 1);
    snprintf(want, sizeof want, "%s/log\n%s%s/log\n", root, strrchr(root, '/') + 1, root);
    CHECK(want, "log", name);
}

/* ---- the same file twice ----------------------------------------------------------------- */

static void a_file_given_twice_is_read_once(void **state)
{
    (void)state;
    make_file("log/nginx/access.log", 1);
    make_file("log/syslog", 1);
    CHECK("syslog\n- syslog: was given twice: read once\n", "log/syslog", abs_path("log/syslog"));
    CHECK("nginx/access.log\nsyslog\n"
          "- access.log: is the same file as nginx/access.log: read once\n", "log", "log/nginx");
    CHECK("nginx/access.log\nsyslog\n- syslog: was given twice: read once\n", "log", "log/syslog");
    assert_int_equal(link("log/syslog", "log/hard"), 0);
    assert_int_equal(symlink("syslog", "log/a-link"), 0);
    CHECK("nginx/access.log\nsyslog\n- a-link: is the same file as syslog: read once\n"
          "- hard: is the same file as syslog: read once\n", "log");
}

static void links_are_followed_but_not_in_circles(void **state)
{
    (void)state;
    make_file("data/nginx/access.log", 1);
    make_file("log/syslog", 1);
    assert_int_equal(symlink("../data/nginx", "log/nginx"), 0);
    assert_int_equal(symlink("..", "log/up"), 0);
    assert_int_equal(symlink("self", "log/self"), 0);
    assert_int_equal(symlink("gone.log", "log/dangling"), 0);
    assert_int_equal(symlink("syslog/x", "log/through"), 0);
    CHECK("nginx/access.log\nsyslog\n"
          "- dangling: is a link to gone.log, which does not exist\n"
          "- self: is a link to self, which does not exist\n"
          "- through: is a link to syslog/x, which does not exist\n"
          "- up/data/nginx: is a link to a directory that is read already\n"
          "- up/log: is a link to a directory that is read already\n", "log");
    /* A directory is read at its own place, wherever links to it sort. */
    assert_int_equal(symlink("nginx", "data/a"), 0);
    CHECK("nginx/access.log\n- a: is a link to a directory that is read already\n", "data");
    CHECK("! log/dangling: is a link to gone.log, which does not exist\n", "log/dangling");
}

/* ---- what is not read -------------------------------------------------------------------- */

static void what_is_no_log_is_left_out_with_a_reason(void **state)
{
    (void)state;
    make_file("log/.syslog.swp", 1);
    make_file("log/syslog", 1);
    assert_int_equal(mkfifo("log/pipe", 0644), 0);
    assert_int_equal(symlink("/dev/null", "log/null"), 0);
    assert_int_equal(symlink("/dev/stdout", "log/access.log"), 0);
    assert_int_equal(symlink("/dev/stderr", "log/error.log"), 0);
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "log/socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    CHECK("syslog\n"
          "- .syslog.swp: is an editor's swap file\n"
          "- access.log: is a link to /dev/stdout: the container's log driver has the lines\n"
          "- error.log: is a link to /dev/stderr: the container's log driver has the lines\n"
          "- null: is a device: read only when named itself\n"
          "- pipe: is a named pipe: read only when named itself\n"
          "- socket: is a socket\n", "log");
    /* Named, they are a problem, or are read. */
    CHECK(".syslog.swp\n"
          "pipe\n"
          "! log/access.log: is a link to /dev/stdout: the container's log driver has the lines\n"
          "! log/socket: is a socket\n",
          "log/access.log", "log/pipe", "log/socket", "log/.syslog.swp");
    close(fd);
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    make_file("syslog", 1);
    CHECK("syslog\n! : does not exist\n! gone: does not exist\n! syslog/x: does not exist\n",
          "syslog", "gone", "syslog/x", "");
    const char *args[] = {"gone", "gone too"};
    struct pmt_inputs in;
    pmt_inputs_collect(&in, args, 2);
    assert_true(in.nothing_named_exists);
    assert_int_equal(in.nnotes, 2);
    pmt_inputs_fini(&in);
    pmt_inputs_collect(&in, args, 0);
    assert_false(in.nothing_named_exists);
    pmt_inputs_fini(&in);
}

static void standard_input_is_an_input(void **state)
{
    (void)state;
    make_file("stdin", 9);
    int saved = dup(0), fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(dup2(fds[0], 0), 0);
    struct pmt_inputs in;
    const char *args[] = {"-", "-"};
    pmt_inputs_collect(&in, args, 2);
    assert_int_equal(in.n, 1);
    assert_string_equal(in.items[0].path, "-");
    assert_string_equal(in.items[0].shown, "stdin");
    assert_string_equal(in.items[0].family, "-");
    assert_int_equal(in.items[0].size, 0);
    assert_true(in.items[0].mtime > 0); /* it is being written now: dates year-less lines */
    assert_false(in.items[0].regular);
    assert_int_equal(in.nnotes, 1);
    assert_false(in.notes[0].problem);
    pmt_inputs_fini(&in);

    int fd = open("stdin", O_RDONLY);
    assert_int_equal(dup2(fd, 0), 0);
    pmt_inputs_collect(&in, args, 1);
    assert_true(in.items[0].regular);
    assert_int_equal(in.items[0].size, 9);
    assert_int_equal(in.items[0].mtime, 1645866904);
    pmt_inputs_fini(&in);
    assert_int_equal(dup2(saved, 0), 0);
    close(saved);
    close(fd);
    close(fds[0]);
    close(fds[1]);
}

/* ---- rights ------------------------------------------------------------------------------ */

/* Collects `arg` without root's rights and writes what is told to a pipe. */
static void collect_as_nobody(const char *arg, int to)
{
    const char *args[] = {arg};
    struct pmt_inputs in;
    if (geteuid() == 0 &&
        (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        _exit(1);
    pmt_inputs_collect(&in, args, 1);
    const char *text = told(&in);
    ssize_t n = write(to, text, strlen(text));
    pmt_inputs_fini(&in);
    _exit(n != (ssize_t)strlen(text));
}

static void check_as_nobody(const char *arg, const char *want)
{
    int fds[2], status;
    char got[4096];
    size_t n = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0)
        collect_as_nobody(arg, fds[1]);
    close(fds[1]);
    for (ssize_t more; (more = read(fds[0], got + n, sizeof got - 1 - n)) > 0;)
        n += (size_t)more;
    got[n] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(got, want);
}

static void what_may_not_be_read_is_a_problem_and_says_what_helps(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* giving files to another group takes root */
    const struct group *group = getgrent();
    while (group && (group->gr_gid == 0 || group->gr_gid == 65534))
        group = getgrent();
    assert_non_null(group);
    gid_t gid = group->gr_gid;
    char denied[160], want[1024];
    snprintf(denied, sizeof denied,
             "cannot be read: Permission denied (run with sudo, or join group %s)", group->gr_name);
    endgrent();
    make_file("log/mine", 1);
    make_file("log/group", 1);
    make_file("log/alone", 1);
    make_file("log/rootgroup", 1);
    make_file("log/dir/below", 1);
    make_file("log/closed/below", 1);
    assert_int_equal(chown("log/group", 0, gid) | chmod("log/group", 0640), 0);
    assert_int_equal(chown("log/alone", 0, gid) | chmod("log/alone", 0600), 0);
    assert_int_equal(chmod("log/rootgroup", 0640), 0);
    assert_int_equal(chown("log/dir", 0, gid) | chmod("log/dir", 0750), 0);
    assert_int_equal(chown("log/closed", 0, gid) | chmod("log/closed", 0740), 0);
    snprintf(want, sizeof want,
             "mine\n"
             "! alone: cannot be read: Permission denied (run with sudo)\n"
             "! closed: cannot be read: Permission denied (run with sudo)\n"
             "! dir: %s\n"
             "! group: %s\n"
             "! rootgroup: cannot be read: Permission denied (run with sudo)\n",
             denied, denied);
    check_as_nobody("log", want);
    static const char *const named[] = {"log/dir", "log/dir/below", "log/group"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(want, sizeof want, "! %s: %s\n", named[i], denied);
        check_as_nobody(named[i], want);
    }
    check_as_nobody("log/closed/below", "! log/closed/below: cannot be read: Permission denied "
                                        "(run with sudo)\n");
}

static void a_deep_tree_is_no_danger(void **state)
{
    (void)state;
    char path[2200] = "deep";
    assert_int_equal(mkdir(path, 0755), 0);
    for (int i = 0; i < 1000; i++) {
        size_t n = strlen(path);
        snprintf(path + n, sizeof path - n, "/d");
        assert_int_equal(mkdir(path, 0755), 0);
    }
    const char *args[] = {"deep"};
    struct pmt_inputs in;
    pmt_inputs_collect(&in, args, 1);
    assert_int_equal(in.n + in.nnotes, 0);
    pmt_inputs_fini(&in);
}

#define TREE_TEST(f) cmocka_unit_test_setup_teardown(f, make_tree, remove_tree)

static void test_a_member_is_as_in_a_folder(void **state)
{
    (void)state;
    struct pmt_arena arena = {0};
    static const struct {
        const char *archive, *name, *path, *shown, *family;
        int64_t rotation;
    } cases[] = {
        {"b.tar", "a.log", "/d/b/a.log", "b.tar:a.log", "/d/b.tar/a.log", INT64_MAX},
        {"b.tar.gz", "web-1/access.log.2.gz", "/d/b/web-1/access.log.2.gz",
         "b.tar.gz:web-1/access.log.2.gz", "/d/b.tar.gz/web-1/access.log", -2},
        {"b.tgz", "x.xz", "/d/b/x.xz", "b.tgz:x.xz", "/d/b.tgz/x", INT64_MAX - 1},
        {"logs", "../../x", "/d/logs/../../x", "logs:../../x", "/d/logs/../../x", INT64_MAX},
        {"b.zip", "/abs/x", "/d/b//abs/x", "b.zip:/abs/x", "/d/b.zip//abs/x", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        snprintf(path, sizeof path, "/d/%s", cases[i].archive);
        struct pmt_input archive = {.path = path, .shown = cases[i].archive, .arg = "d",
                                    .family = path, .mtime = 7, .regular = true, .ino = 9};
        struct pmt_input in = pmt_input_member(&archive, cases[i].name, &arena);
        assert_string_equal(in.path, cases[i].path);
        assert_string_equal(in.shown, cases[i].shown);
        assert_string_equal(in.family, cases[i].family);
        assert_string_equal(in.arg, "d");
        assert_true(in.rotation == cases[i].rotation);
        assert_true(in.walked && in.regular && in.archive == &archive && in.ino == 9);
    }
    pmt_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_member_is_as_in_a_folder),
        TREE_TEST(rotations_of_a_log_stand_together_oldest_first),
        TREE_TEST(an_input_tells_what_stat_tells),
        TREE_TEST(hidden_and_empty_files_are_read),
        TREE_TEST(names_are_relative_to_the_argument),
        TREE_TEST(parents_are_added_until_nothing_is_shown_twice),
        TREE_TEST(a_file_given_twice_is_read_once),
        TREE_TEST(links_are_followed_but_not_in_circles),
        TREE_TEST(what_is_no_log_is_left_out_with_a_reason),
        TREE_TEST(what_is_missing_is_told),
        TREE_TEST(standard_input_is_an_input),
        TREE_TEST(what_may_not_be_read_is_a_problem_and_says_what_helps),
        TREE_TEST(a_deep_tree_is_no_danger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
