/* Archives, written by libarchive here, read in place. */
#include "source_helpers.h"

#include "pmt/archive.h"

#include <archive.h>
#include <archive_entry.h>

/* ---- writing ----------------------------------------------------------------------------- */

struct file {
    const char *name, *text;
    unsigned type;    /* 0: AE_IFREG */
    const char *link; /* of a hard link: to what */
};

static la_ssize_t take(struct archive *a, void *arg, const void *p, size_t n)
{
    (void)a;
    pmt_buf_put(arg, p, n);
    return (la_ssize_t)n;
}

static void put_file(struct archive *a, const struct file *f, struct pmt_slice text)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, f->name);
    archive_entry_set_filetype(e, f->type ? f->type : AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, 1645866904, 0);
    archive_entry_set_size(e, (la_int64_t)text.n);
    if (f->type == AE_IFLNK)
        archive_entry_set_symlink(e, "/etc/passwd");
    if (f->link)
        archive_entry_set_hardlink(e, f->link);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    if (text.n)
        assert_int_equal(archive_write_data(a, text.p, text.n), (la_ssize_t)text.n);
    archive_entry_free(e);
}

static struct archive *begin(struct pmt_buf *to, bool zip)
{
    struct archive *a = archive_write_new();
    assert_int_equal(zip ? archive_write_set_format_zip(a) : archive_write_set_format_pax(a),
                     ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_per_block(a, 0), ARCHIVE_OK);
    assert_int_equal(archive_write_open(a, to, NULL, take, NULL), ARCHIVE_OK);
    return a;
}

static void end(struct archive *a)
{
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

static void pack(struct pmt_buf *to, bool zip, const struct file *files, size_t n)
{
    struct archive *a = begin(to, zip);
    for (size_t i = 0; i < n; i++)
        put_file(a, &files[i], files[i].text ? pmt_str(files[i].text) : pmt_slice("", 0));
    end(a);
}
#define PACK(to, zip, files) pack(to, zip, files, sizeof(files) / sizeof *(files))

/* ---- telling ----------------------------------------------------------------------------- */

/* "name=1:a|2:b|;" for each member, "name!why;" for what is not read. */
static void tell(struct pmt_source *s, struct pmt_buf *ret, char *damage)
{
    struct pmt_member m;
    struct pmt_archive *a = pmt_archive_open(s);
    while (pmt_archive_next(a, &m)) {
        pmt_buf_printf(ret, "%s", m.name);
        if (m.why) {
            pmt_buf_printf(ret, "!%s;", m.why);
            continue;
        }
        struct pmt_source *text;
        assert_int_equal(pmt_archive_text(a, &text), 0);
        pmt_buf_puts(ret, "=");
        lines_of(text, ret);
        if (pmt_source_info(text)->damage[0])
            pmt_buf_printf(ret, "(%s)", pmt_source_info(text)->damage);
        pmt_buf_puts(ret, ";");
        pmt_source_close(text);
    }
    assert_int_equal(pmt_archive_next(a, &m), 0);
    snprintf(damage, 200, "%s", pmt_archive_damage(a));
    pmt_archive_close(a);
    pmt_source_close(s);
    pmt_buf_put(ret, "", 0);
}

static void check(struct pmt_slice bytes, const char *want, const char *want_damage)
{
    struct pmt_buf got = {0};
    char damage[200];
    struct pmt_source *s = open_bytes(bytes);
    assert_true(pmt_archive_is(pmt_source_head(s)));
    tell(s, &got, damage);
    assert_string_equal(got.data ? got.data : "", want);
    assert_string_equal(damage, want_damage);
    pmt_buf_clear(&got);
    s = open_pipe(bytes);
    assert_true(pmt_archive_is(pmt_source_head(s)));
    tell(s, &got, damage);
    assert_string_equal(got.data ? got.data : "", want);
    assert_string_equal(damage, want_damage);
    pmt_buf_fini(&got);
}

/* ---- what is one ------------------------------------------------------------------------- */

static void archives_are_told_by_content(void **state)
{
    (void)state;
    static const struct file files[] = {{"a.log", "a\n", 0, NULL}};
    for (int zip = 0; zip < 2; zip++) {
        struct pmt_buf b = {0};
        PACK(&b, zip, files);
        struct pmt_slice all = pmt_buf_view(&b);
        assert_true(pmt_archive_is(all));
        assert_false(pmt_archive_is(pmt_slice(all.p, zip ? 21 : 511)));
        assert_false(pmt_archive_is(pmt_slice(all.p + 3, all.n - 3)));
        b.data[zip ? 1 : 100]++;
        assert_false(pmt_archive_is(pmt_buf_view(&b)));
        pmt_buf_fini(&b);
    }
    static const char zeros[1024], text[1024] = "PK is how this log begins\n";
    assert_false(pmt_archive_is(pmt_slice(zeros, sizeof zeros)));
    assert_false(pmt_archive_is(pmt_slice(text, sizeof text)));
    assert_false(pmt_archive_is(pmt_slice("", 0)));
}

/* ---- what is in it ----------------------------------------------------------------------- */

static void members_come_in_order_with_their_lines(void **state)
{
    (void)state;
    static const struct file files[] = {
        {"./var/", NULL, AE_IFDIR, NULL},
        {"./var/log/a.log", "one\ntwo\n", 0, NULL},
        {"empty", "", 0, NULL},
        {"../../b.log", "three", 0, NULL},
        {"/abs/\x1b[31mc.log", "\xEF\xBB\xBF" "four\r\n", 0, NULL},
    };
    static const char want[] = "var/log/a.log=1:one|2:two|;empty=;../../b.log=1:three(unfinished)|;"
                               "/abs/\x1b[31mc.log=1:four|;";
    for (int zip = 0; zip < 2; zip++) {
        struct pmt_buf b = {0}, z = {0};
        PACK(&b, zip, files);
        check(pmt_buf_view(&b), want, "");
        put_member(&z, pmt_buf_view(&b), 6, 0);
        check(pmt_buf_view(&z), want, "");
        pmt_buf_fini(&b);
        pmt_buf_fini(&z);
    }
}

static void what_is_no_file_is_said(void **state)
{
    (void)state;
    static const struct file files[] = {
        {"a.log", "a\n", 0, NULL},
        {"l", NULL, AE_IFLNK, NULL},
        {"p", NULL, AE_IFIFO, NULL},
        {"d", NULL, AE_IFCHR, NULL},
        {"h", NULL, 0, "a.log"},
        {"b.log", "b\n", 0, NULL},
    };
    struct pmt_buf b = {0};
    PACK(&b, false, files);
    check(pmt_buf_view(&b),
          "a.log=1:a|;l!is a symbolic link in the archive;p!is a named pipe in the archive;"
          "d!is a device in the archive;h!is another name of a file in the archive;b.log=1:b|;",
          "");
    pmt_buf_fini(&b);
}

static void compressed_members_are_read(void **state)
{
    (void)state;
    struct pmt_buf b = {0}, z = {0};
    put_member(&z, PMT_SLICE("one\ntwo\n"), 6, 1645866904);
    struct archive *a = begin(&b, false);
    put_file(a, &(struct file){"a.gz", NULL, 0, NULL}, pmt_buf_view(&z));
    put_file(a, &(struct file){"cut.gz", NULL, 0, NULL}, pmt_slice(z.data, z.n - 9));
    put_file(a, &(struct file){"b.log", NULL, 0, NULL}, PMT_SLICE("three\n"));
    end(a);
    check(pmt_buf_view(&b),
          "a.gz=1:one|2:two|;cut.gz=1:one|2:two|(gzip data ends early after line 2 (truncated "
          "file?));b.log=1:three|;", "");
    pmt_buf_fini(&b);
    pmt_buf_fini(&z);
}

static void members_carry_their_size_and_time(void **state)
{
    (void)state;
    static const struct file files[] = {{"a.log", "one\n", 0, NULL}, {"b.log", "", 0, NULL}};
    struct pmt_buf b = {0};
    struct pmt_member m;
    PACK(&b, false, files);
    struct pmt_source *s = open_bytes(pmt_buf_view(&b));
    struct pmt_archive *a = pmt_archive_open(s);
    assert_int_equal(pmt_archive_next(a, &m), 1);
    assert_int_equal(m.number, 0);
    assert_int_equal(m.size, 4);
    assert_int_equal(m.mtime, 1645866904);
    assert_int_equal(pmt_archive_next(a, &m), 1); /* the first one's text is passed by */
    assert_int_equal(m.number, 1);
    assert_int_equal(m.size, 0);
    pmt_archive_close(a);
    pmt_source_close(s);
    pmt_buf_fini(&b);
    pmt_archive_close(NULL);
}

/* ---- damage ------------------------------------------------------------------------------ */

/* Wherever it is cut: what comes is a beginning of what the whole gives, and nothing is read past
 * the end. */
static void an_archive_cut_anywhere_gives_its_beginning(void **state)
{
    (void)state;
    static const struct file files[] = {{"a.log", "one\ntwo\n", 0, NULL},
                                        {"b.log", "three\nfour\n", 0, NULL}};
    for (int zip = 0; zip < 2; zip++) {
        struct pmt_buf b = {0}, z = {0};
        PACK(&b, zip, files);
        put_member(&z, pmt_buf_view(&b), 6, 0);
        size_t with_a = 0;
        for (size_t n = 520; n < b.n; n += zip ? 1 : 37) {
            struct pmt_buf got = {0};
            char damage[200];
            struct pmt_source *s = open_bytes(pmt_slice(b.data, n));
            if (pmt_archive_is(pmt_source_head(s))) {
                tell(s, &got, damage);
                with_a += strncmp(got.data ? got.data : "", "a.log=1:one|2:two|;", 19) == 0;
            } else {
                pmt_source_close(s);
            }
            pmt_buf_fini(&got);
        }
        assert_true(zip || with_a > 10);
        struct pmt_buf got = {0};
        char damage[200];
        struct pmt_source *s = open_bytes(pmt_slice(z.data, z.n - 9));
        assert_true(pmt_archive_is(pmt_source_head(s)));
        tell(s, &got, damage);
        assert_string_equal(got.data, "a.log=1:one|2:two|;b.log=1:three|2:four|;");
        assert_string_equal(damage, "gzip data ends early (truncated file?)");
        pmt_buf_fini(&got);
        pmt_buf_fini(&b);
        pmt_buf_fini(&z);
    }
}

static void a_member_cut_off_is_delivered_so_far(void **state)
{
    (void)state;
    struct pmt_buf b = {0}, text = {0}, got = {0};
    char damage[200];
    for (int i = 0; i < 20000; i++)
        pmt_buf_printf(&text, "line %d\n", i);
    struct archive *a = begin(&b, false);
    put_file(a, &(struct file){"a.log", NULL, 0, NULL}, pmt_buf_view(&text));
    end(a);
    tell(open_bytes(pmt_slice(b.data, b.n / 2)), &got, damage);
    assert_non_null(strstr(got.data, "8000:line 7999|"));
    assert_null(strstr(got.data, "20000:line"));
    assert_non_null(strstr(got.data, "(the archive is damaged or ends early, after line "));
    assert_string_equal(damage, "it is damaged");
    pmt_buf_fini(&b);
    pmt_buf_fini(&text);
    pmt_buf_fini(&got);
}

/* A header that is broken costs its member and no other. */
static void behind_a_broken_header_it_goes_on(void **state)
{
    (void)state;
    static const struct file files[] = {{"a.log", "a\n", 0, NULL}, {"b.log", "b\n", 0, NULL},
                                        {"c.log", "c\n", 0, NULL}};
    struct pmt_buf b = {0};
    PACK(&b, false, files);
    assert_memory_equal(b.data + 1024, "b.log", 5);
    b.data[1024 + 150]++;
    check(pmt_buf_view(&b), "a.log=1:a|;c.log=1:c|;", "");
    pmt_buf_fini(&b);
}

/* ---- bounds ------------------------------------------------------------------------------ */

static void members_are_counted(void **state)
{
    (void)state;
    struct pmt_buf b = {0};
    struct pmt_member m;
    struct archive *w = begin(&b, false);
    for (int i = 0; i <= PMT_ARCHIVE_MEMBERS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d", i);
        put_file(w, &(struct file){name, NULL, 0, NULL}, PMT_SLICE(""));
    }
    end(w);
    struct pmt_source *s = open_bytes(pmt_buf_view(&b));
    struct pmt_archive *a = pmt_archive_open(s);
    size_t n = 0;
    while (pmt_archive_next(a, &m))
        n++;
    assert_int_equal(n, PMT_ARCHIVE_MEMBERS);
    assert_string_equal(pmt_archive_damage(a), "it holds more than 20000 files");
    pmt_archive_close(a);
    pmt_source_close(s);
    pmt_buf_fini(&b);
}

static void long_names_are_left_out(void **state)
{
    (void)state;
    char name[PMT_ARCHIVE_NAME + 2] = {0};
    memset(name, 'x', PMT_ARCHIVE_NAME + 1);
    struct pmt_buf b = {0};
    struct pmt_member m;
    struct archive *w = begin(&b, false);
    put_file(w, &(struct file){name, NULL, 0, NULL}, PMT_SLICE("a\n"));
    put_file(w, &(struct file){name + 1, NULL, 0, NULL}, PMT_SLICE("a\n"));
    end(w);
    struct pmt_source *s = open_bytes(pmt_buf_view(&b));
    struct pmt_archive *a = pmt_archive_open(s);
    assert_int_equal(pmt_archive_next(a, &m), 1);
    assert_string_equal(m.why, "has too long a name");
    assert_true(m.problem && strlen(m.name) <= PMT_ARCHIVE_NAME + 3);
    assert_int_equal(pmt_archive_next(a, &m), 1);
    assert_null(m.why);
    assert_string_equal(m.name, name + 1);
    pmt_archive_close(a);
    pmt_source_close(s);
    pmt_buf_fini(&b);
}

/* gzip in gzip: each alone is within its bound, both together are not. */
static void a_bomb_in_a_member_is_left_at_the_bound(void **state)
{
    (void)state;
    size_t n = 96 * 1024 * 1024;
    char *zeros = pmt_alloc(n);
    memset(zeros, '\n', n);
    struct pmt_buf inner = {0}, tar = {0}, outer = {0};
    put_member(&inner, pmt_slice(zeros, n), 9, 0);
    free(zeros);
    struct archive *w = begin(&tar, false);
    put_file(w, &(struct file){"bomb.gz", NULL, 0, NULL}, pmt_buf_view(&inner));
    put_file(w, &(struct file){"more.gz", NULL, 0, NULL}, pmt_buf_view(&inner));
    end(w);
    put_member(&outer, pmt_buf_view(&tar), 9, 0);
    struct pmt_source *s = open_bytes(pmt_buf_view(&outer)), *text;
    struct pmt_archive *a = pmt_archive_open(s);
    struct pmt_member m;
    struct pmt_line line;
    uint64_t lines = 0;
    bool told = false;
    while (pmt_archive_next(a, &m)) {
        assert_int_equal(pmt_archive_text(a, &text), 0);
        while (pmt_source_next(text, &line))
            ;
        lines += pmt_source_info(text)->lines;
        told |= strstr(pmt_source_info(text)->damage, "more than 2000 times its size") != NULL;
        pmt_source_close(text);
    }
    assert_true(told);
    assert_true(lines < 90 * 1024 * 1024);
    pmt_archive_close(a);
    pmt_source_close(s);
    pmt_buf_fini(&inner);
    pmt_buf_fini(&tar);
    pmt_buf_fini(&outer);
}

static void put_octal(char *p, uint64_t v)
{
    char digits[12];
    snprintf(digits, sizeof digits, "%011llo", (unsigned long long)v);
    memcpy(p, digits, 11);
}

/* A hole of four gigabytes is one NUL. The header is GNU tar's old one for sparse files: from 386
 * on the places and sizes of the data, at 483 the size of the whole. */
static void holes_cost_nothing(void **state)
{
    (void)state;
    const uint64_t far = UINT64_C(1) << 32;
    char tar[512 * 4] = "sparse.log";
    memcpy(tar + 100, "0000644", 7);
    put_octal(tar + 124, 8);
    put_octal(tar + 136, 1645866904);
    tar[156] = 'S';
    memcpy(tar + 257, "ustar  ", 8);
    put_octal(tar + 386, 0);
    put_octal(tar + 398, 4);
    put_octal(tar + 410, far);
    put_octal(tar + 422, 4);
    put_octal(tar + 483, far + 4);
    memset(tar + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)tar[i];
    char digits[8];
    snprintf(digits, sizeof digits, "%06o", sum);
    memcpy(tar + 148, digits, 7);
    memcpy(tar + 512, "one\ntwo\n", 8);
    check(pmt_slice(tar, sizeof tar), "sparse.log=1:one|2:two|;", "");
}

/* ---- once more --------------------------------------------------------------------------- */

static void the_opener_finds_members_in_any_order(void **state)
{
    (void)state;
    static const struct file files[] = {{"a.log", "a\n", 0, NULL}, {"d/", NULL, AE_IFDIR, NULL},
                                        {"b.log", "b\n", 0, NULL}, {"c.log", "c\n", 0, NULL}};
    static const size_t asked[] = {0, 1, 2, 1, 1, 0, 2};
    struct pmt_buf b = {0};
    PACK(&b, false, files);
    struct pmt_input archive = {.path = write_file("x.tar", pmt_buf_view(&b))};
    struct pmt_input plain = {.path = write_file("plain", PMT_SLICE("p\n"))};
    struct pmt_opener o = {.stdin_fd = -1};
    struct pmt_source *s;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct pmt_input in = {.path = "?", .archive = &archive, .member = asked[i]};
        struct pmt_buf got = {0};
        const char want[] = {'1', ':', (char)('a' + asked[i]), '|', '\0'};
        assert_int_equal(pmt_opener_open(&o, &in, &s), 0);
        lines_of(s, &got);
        assert_string_equal(got.data, want);
        pmt_source_close(s);
        assert_int_equal(pmt_opener_open(&o, &plain, &s), 0);
        pmt_source_close(s);
        pmt_buf_fini(&got);
    }
    struct pmt_input none = {.path = "?", .archive = &archive, .member = 3};
    assert_int_equal(pmt_opener_open(&o, &none, &s), PMT_EMISSING);
    struct pmt_input gone = {.path = in_dir("gone")}, of_gone = {.path = "?", .archive = &gone};
    assert_int_equal(pmt_opener_open(&o, &of_gone, &s), PMT_EMISSING);
    struct pmt_input no_archive = {.path = "?", .archive = &plain};
    assert_int_equal(pmt_opener_open(&o, &no_archive, &s), PMT_EMISSING);
    pmt_opener_fini(&o);
    pmt_buf_fini(&b);
}

static void members_are_ordered_by_their_place(void **state)
{
    (void)state;
    const struct pmt_input x = {.path = "x"}, y = {.path = "y"};
    const struct pmt_input v[] = {
        {.path = "0"}, {.path = "1", .archive = &y, .member = 7}, {.path = "2"},
        {.path = "3", .archive = &x, .member = 2}, {.path = "4", .archive = &y, .member = 3},
        {.path = "5"}, {.path = "6", .archive = &x, .member = 1},
    };
    static const size_t want[] = {0, 4, 1, 2, 6, 3, 5};
    const struct pmt_input *inputs[7];
    size_t got[7];
    for (size_t i = 0; i < 7; i++)
        inputs[i] = &v[i];
    pmt_opener_order(inputs, 7, got);
    assert_memory_equal(got, want, sizeof want);
    pmt_opener_order(inputs, 0, got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(archives_are_told_by_content),
        cmocka_unit_test(members_come_in_order_with_their_lines),
        cmocka_unit_test(what_is_no_file_is_said),
        cmocka_unit_test(compressed_members_are_read),
        cmocka_unit_test(members_carry_their_size_and_time),
        cmocka_unit_test(an_archive_cut_anywhere_gives_its_beginning),
        cmocka_unit_test(a_member_cut_off_is_delivered_so_far),
        cmocka_unit_test(behind_a_broken_header_it_goes_on),
        cmocka_unit_test(members_are_counted),
        cmocka_unit_test(long_names_are_left_out),
        cmocka_unit_test(a_bomb_in_a_member_is_left_at_the_bound),
        cmocka_unit_test(holes_cost_nothing),
        cmocka_unit_test(the_opener_finds_members_in_any_order),
        cmocka_unit_test(members_are_ordered_by_their_place),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
