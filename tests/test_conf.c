#define _XOPEN_SOURCE 700 /* realpath, nftw */
#include "conf_lines.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a folder of the test's own ----------------------------------------------------------- */

static char top[200];
static struct pmt_arena arena;

static char *at(const char *below)
{
    return pmt_arena_printf(&arena, "%s/%s", top, below);
}

static void make_folders(const char *path)
{
    char *copy = pmt_arena_printf(&arena, "%s", path);
    for (char *p = copy + strlen(top) + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        mkdir(copy, 0700);
        *p = '/';
    }
}

static void write_file(const char *below, const char *text)
{
    const char *path = at(below);
    make_folders(path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int set_up(void **state)
{
    (void)state;
    char made[] = "/tmp/test_conf_XXXXXX";
    if (!mkdtemp(made))
        return -1;
    char *real = realpath(made, NULL);
    snprintf(top, sizeof top, "%s", real ? real : made);
    free(real);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    pmt_arena_fini(&arena);
    return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void check_read(enum pmt_dialect dialect, const char *below, const char *within,
                       const char *entries, const char *problems)
{
    struct pmt_conf c;
    struct pmt_buf b = {0};
    const char *why = NULL, *slash = strrchr(below, '/');
    const char *shown = slash ? slash + 1 : below;
    assert_true(pmt_conf_read(&c, dialect, at(below), shown, within ? at(within) : NULL, &arena,
                              &why));
    for (size_t i = 0; i < c.n; i++)
        pmt_buf_printf(&b, "%s:%llu %s >%s\n", c.entries[i].file,
                       (unsigned long long)c.entries[i].line, c.entries[i].text,
                       c.entries[i].path ? c.entries[i].path : "");
    assert_string_equal(b.data ? b.data : "", entries);
    check_problems(&c, problems, below);
    pmt_buf_fini(&b);
    pmt_conf_fini(&c);
}

/* ---- the tests ---------------------------------------------------------------------------- */

static void follows_includes_of_a_copy(void **state)
{
    (void)state;
    write_file("b/etc/nginx/nginx.conf",
               "http {\n include /etc/nginx/conf.d/*.conf;\n include more/x.conf;\n}\n");
    write_file("b/etc/nginx/conf.d/b.conf", "log_format b $status;\ninclude conf.d/b.conf;\n");
    write_file("b/etc/nginx/conf.d/a.conf", "access_log /l/a.log b;");
    write_file("b/etc/nginx/more/x.conf", "log_format x $msec;\ninclude nginx.conf;\n");
    check_read(PMT_DIALECT_NGINX, "b/etc/nginx/nginx.conf", "b",
               "conf.d/b.conf:1 $status >/l/a.log\nmore/x.conf:1 $msec >\n", NULL);
    /* A link as it was made on the server, and two that lead elsewhere. */
    assert_int_equal(symlink("/etc/nginx/more/x.conf", at("b/etc/nginx/conf.d/link.conf")), 0);
    write_file("secret.conf", "log_format s $status;");
    assert_int_equal(symlink("../../../../secret.conf", at("b/etc/nginx/conf.d/out.conf")), 0);
    assert_int_equal(mkfifo(at("b/etc/nginx/conf.d/pipe.conf"), 0600), 0);
    check_read(PMT_DIALECT_NGINX, "b/etc/nginx/nginx.conf", "b",
               "conf.d/b.conf:1 $status >/l/a.log\nmore/x.conf:1 $msec >\n",
               "0: lies outside the folder that was given\n0: is no regular file\n");
}

static void finds_includes_beside_a_lone_file(void **state)
{
    (void)state;
    write_file("flat/nginx.conf", "include /etc/nginx/conf.d/*.conf; include /etc/passwd;\n"
                                  "include gone.conf; include gone/*.conf;\n");
    write_file("flat/conf.d/a.conf", "log_format a $status;");
    check_read(PMT_DIALECT_NGINX, "flat/nginx.conf", "flat", "conf.d/a.conf:1 $status >\n",
               "1: it includes /etc/passwd, which is not there\n"
               "2: it includes gone.conf, which is not there\n");
}

static void reads_folders_of_haproxy(void **state)
{
    (void)state;
    write_file("h/2.cfg", "listen b\n log-format %ST\n");
    write_file("h/1.cfg", "listen a\n log-format %ci\n");
    write_file("h/readme", "log-format %B\n");
    check_read(PMT_DIALECT_HAPROXY, "h", NULL, "h/1.cfg:2 %ci >\nh/2.cfg:2 %ST >\n", NULL);
    /* and the one beside the main file, which nothing includes */
    write_file("hc/haproxy.cfg", "defaults\n log-format %ST\n");
    write_file("hc/conf.d/2.cfg", "listen b\n log-format %B\n");
    write_file("hc/conf.d/1.cfg", "listen a\n log-format %ci\n");
    write_file("hc/conf.d/readme", "log-format %cp\n");
    check_read(PMT_DIALECT_HAPROXY, "hc/haproxy.cfg", "hc",
               "haproxy.cfg:2 %ST >\nconf.d/1.cfg:2 %ci >\nconf.d/2.cfg:2 %B >\n", NULL);
}

static void knows_the_folders_of_apache(void **state)
{
    (void)state;
    write_file("a/etc/httpd/conf/httpd.conf",
               "ServerRoot \"/etc/httpd\"\nIncludeOptional conf.d/*.conf\nInclude gone.conf\n"
               "IncludeOptional gone.conf\n");
    write_file("a/etc/httpd/conf.d/s.conf", "CustomLog logs/access_log \"%h %s\"\n");
    check_read(PMT_DIALECT_APACHE, "a/etc/httpd/conf/httpd.conf", "a",
               "/etc/httpd/conf.d/s.conf:1 %h %s >logs/access_log\n",
               "3: it includes gone.conf, which is not there\n");
    write_file("d/etc/apache2/apache2.conf", "Include sites-enabled\n");
    write_file("d/etc/apache2/envvars",
               "# a script\nunset HOME\nif [ x ]; then\nSUFFIX=\nfi\n"
               "export APACHE_LOG_DIR=/srv/log/apache2$SUFFIX\nexport A=`id`\n");
    write_file("d/etc/apache2/sites-enabled/s.conf", "CustomLog ${APACHE_LOG_DIR}/s.log %s\n");
    check_read(PMT_DIALECT_APACHE, "d/etc/apache2/apache2.conf", "d",
               "sites-enabled/s.conf:1 %s >/srv/log/apache2/s.log\n", NULL);
}

static void reads_a_tree_of_texts(void **state)
{
    (void)state;
#define BLOB(path, text) {path, {text, sizeof(text) - 1}}
    static const struct pmt_conf_blob blobs[] = {
        BLOB("/a.tar/w/etc/nginx/sites-available/s", "access_log /l/s.log b;"),
        BLOB("/a.tar/w/etc/nginx/nginx.conf",
             "include /etc/nginx/conf.d/*.conf; include sites-enabled/*; include nginx.conf;\n"
             "include gone.conf; include /etc/nginx/conf.d;"),
        BLOB("/a.tar/w/etc/nginx/conf.d/b.conf", "log_format b $status;"),
        BLOB("/a.tar/w/etc/nginx/conf.d/.c.conf", "log_format c $status;"),
        BLOB("/a.tar/w/etc/nginx/conf.d/deep/d.conf", "log_format d $status;"),
        BLOB("/a.tar/etc/nginx/conf.d/e.conf", "log_format e $status;"),
    };
    const struct pmt_conf_tree tree = {blobs, sizeof blobs / sizeof *blobs};
    struct pmt_conf c;
    const char *why;
    assert_true(pmt_conf_read_tree(&c, PMT_DIALECT_NGINX, &tree, "/a.tar/w/etc/nginx/nginx.conf",
                                   "a.tar:w/etc/nginx/nginx.conf", &arena, &why));
    assert_int_equal(c.n, 1);
    assert_string_equal(c.entries[0].path, "/l/s.log");
    assert_string_equal(c.entries[0].file, "a.tar:w/etc/nginx/conf.d/b.conf");
    assert_int_equal(c.nfiles, 3);
    check_problems(&c, "2: it includes gone.conf, which is not there\n", "the tree");
    pmt_conf_fini(&c);
    assert_false(pmt_conf_read_tree(&c, PMT_DIALECT_NGINX, &tree, "/a.tar/nginx.conf", "x", &arena,
                                    &why));
    assert_string_equal(why, "does not exist");
    pmt_conf_fini(&c);
}

static void says_why_a_file_is_not_read(void **state)
{
    (void)state;
    static const struct {
        enum pmt_dialect dialect;
        const char *path, *why;
    } cases[] = {
        {PMT_DIALECT_NGINX, "gone", "does not exist"},
        {PMT_DIALECT_NGINX, "h", "is a folder; name the main file"},
        {PMT_DIALECT_HAPROXY, "b", "is a folder without *.cfg files"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_conf c;
        const char *why = NULL;
        assert_false(pmt_conf_read(&c, cases[i].dialect, at(cases[i].path), "x", NULL, &arena,
                                   &why));
        assert_true(strncmp(why, cases[i].why, strlen(cases[i].why)) == 0);
        assert_int_equal(c.n, 0);
        pmt_conf_fini(&c);
    }
}

static void knows_which_log_is_meant(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path;
        unsigned names;
    } cases[] = {
        {"/var/log/nginx/access.log", "/var/log/nginx/access.log", 4},
        {"/var/log/nginx/access.log", "/b/var/log/nginx/access.log", 4},
        {"/var/log/nginx/access.log", "/b/web-1/access.log", 1},
        {"/var/log/nginx/access.log", "/b/nginx/error.log", 0},
        {"logs/*.log", "/b/logs/shop.log", 2},
        {"*/a.log", "/b/logs/a.log", 2},
        {"a\\*.log", "/l/ab.log", 0},
        {"a\\*.log", "/l/a*.log", 1},
        {"/a.log", "a.log", 1},
        {"a?[0-9][!x].log", "ab7y.log", 1},
        {"a?[0-9][!x].log", "ab7x.log", 0},
        {"a[.log", "a[.log", 1},
        {"a[]x].log", "a].log", 1},
        {"*a*b*.log", "xaxxbx.log", 1},
        {"*a*b", "xaxxbx", 0},
        {"*.log", ".log", 0},
        /* What would take fnmatch() years. */
        {"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0},
        {"", "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(pmt_conf_tail(cases[i].pattern, cases[i].path), cases[i].names);
}

static void finds_the_entries_of_a_log(void **state)
{
    (void)state;
    struct pmt_conf_entry one[] = {{.name = "1a", .path = "/var/log/nginx/access.log"},
                                   {.name = "1b", .path = "/var/log/nginx/shop/access.log"},
                                   {.name = "1c", .path = "/var/log/nginx/*.log"},
                                   {.name = "1d"}};
    struct pmt_conf_entry two[] = {{.name = "2a", .path = "/var/log/nginx/access.log"}};
    struct pmt_conf_entry own[] = {{.name = "m", .path = "/var/log/nginx/access.log"}};
    const struct pmt_conf confs[] = {
        {.path = "/b/web-1/etc/nginx/nginx.conf", .entries = one, .n = 4},
        {.path = "/b/web-2/etc/nginx/nginx.conf", .entries = two, .n = 1},
        {.path = "/etc/nginx/nginx.conf", .entries = own, .n = 1, .machine = true},
        {.path = "/b/web-1/haproxy.cfg", .entries = own, .n = 1, .dialect = PMT_DIALECT_HAPROXY},
    };
    static const struct {
        const char *path, *names;
    } cases[] = {
        {"/b/web-1/var/log/nginx/access.log", "1a 1c "},
        {"/b/web-1/var/log/nginx/shop/access.log", "1b "},
        {"/b/web-1/var/log/nginx/other.log", "1c "},
        {"/b/web-2/access.log", "2a "},
        {"/b/logs/access.log", "1a 1b 1c 2a "},
        {"/var/log/nginx/access.log", "1a 1c 2a m "},
        {"/b/web-2/other.log", "1c "},
        {"/b/web-1/error", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct pmt_conf_entry *e[8];
        const struct pmt_conf *from[8];
        struct pmt_buf b = {0};
        size_t n = pmt_conf_entries_for(confs, 4, PMT_DIALECT_NGINX, cases[i].path, e, from, 8);
        for (size_t k = 0; k < n; k++) {
            pmt_buf_printf(&b, "%s ", e[k]->name);
            assert_true(e[k] >= from[k]->entries && e[k] < from[k]->entries + from[k]->n);
        }
        assert_string_equal(b.data ? b.data : "", cases[i].names);
        pmt_buf_fini(&b);
        assert_true(pmt_conf_entries_for(confs, 4, PMT_DIALECT_NGINX, cases[i].path, e, from, 1) <=
                    1);
    }
}

static void knows_main_files(void **state)
{
    (void)state;
    enum pmt_dialect d;
    assert_true(pmt_conf_is_main(PMT_SLICE("nginx.conf"), &d) && d == PMT_DIALECT_NGINX);
    assert_true(pmt_conf_is_main(PMT_SLICE("haproxy.cfg"), &d) && d == PMT_DIALECT_HAPROXY);
    assert_true(pmt_conf_is_main(PMT_SLICE("httpd.conf"), &d) && d == PMT_DIALECT_APACHE);
    assert_true(pmt_conf_is_main(PMT_SLICE("apache2.conf"), &d) && d == PMT_DIALECT_APACHE);
    assert_false(pmt_conf_is_main(PMT_SLICE("nginx.conf.d"), &d));
    assert_false(pmt_conf_is_main(PMT_SLICE(""), &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_includes_of_a_copy),
        cmocka_unit_test(finds_includes_beside_a_lone_file),
        cmocka_unit_test(reads_folders_of_haproxy),
        cmocka_unit_test(knows_the_folders_of_apache),
        cmocka_unit_test(reads_a_tree_of_texts),
        cmocka_unit_test(says_why_a_file_is_not_read),
        cmocka_unit_test(knows_which_log_is_meant),
        cmocka_unit_test(finds_the_entries_of_a_log),
        cmocka_unit_test(knows_main_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
