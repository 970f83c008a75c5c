#include "pmt/scan.h"

#include "source_helpers.h"
#include "tally_helpers.h"

#include <archive.h>
#include <archive_entry.h>

/* Requests of two layers, states, free text, and what no parser knows; one line is unfinished. */
static const char log_text[] =
    "192.0.2.1 - - [26/Feb/2022:08:20:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl\"\n"
    "192.0.2.2 - - [26/Feb/2022:08:20:01 +0000] \"GET /a HTTP/1.1\" 502 7 \"-\" \"curl\"\n"
    "\n"
    "of nobody\n"
    "192.0.2.3 - - [26/Feb/2022:08:20:01 +0000] \"GET /b HTTP/1.1\" 502 7 \"-\" \"curl\"\n"
    "Feb 26 08:20:02 web-1 systemd[1]: shop.service: Failed with result 'oom-kill'.\n"
    "2022/02/26 08:20:02 [error] 9#9: *1 connect() failed (111: Connection refused) while "
    "connecting to upstream, client: 192.0.2.4, upstream: \"http://127.0.0.1:8000/\"\n"
    "Feb 26 08:20:03 lb-1 haproxy[8]: Server shop/web-1 is DOWN. 0 active and 0 backup servers "
    "left. 1 sessions active, 0 requeued, 0 remaining in queue.\n"
    "192.0.2.5 - - [26/Feb/2022:08:20:04 +0000] \"GET /c\n"
    "Feb 26 08:20:05 lb-1 haproxy[8]: 192.0.2.6:40001 [26/Feb/2022:08:20:05.120] www shop/<NOSRV> "
    "0/0/-1/-1/0 503 212 - - SC-- 3/3/1/1/0 0/0 \"GET /d HTTP/1.1\"\n"
    "192.0.2.7 - - [26/Feb/2022:08:20:06 +0000] \"GET /e HTTP/1.1\" 200 5 \"-\" \"curl\"";

struct bed {
    struct pmt_inputs inputs;
    struct pmt_rules *rules;
    struct pmt_scan scan;
};

static void bed_open(struct bed *b, const char *const *paths, size_t n)
{
    *b = (struct bed){.rules = pmt_rules_new()};
    pmt_inputs_collect(&b->inputs, paths, n);
    b->scan = (struct pmt_scan){.inputs = &b->inputs, .rules = b->rules, .jobs = 2, .stdin_fd = -1};
}

static void bed_close(struct bed *b)
{
    pmt_inputs_fini(&b->inputs);
    pmt_rules_free(b->rules);
}

/* One file with the text above, read in parts of so many bytes. */
static void dump_parts(struct bed *b, uint64_t part_bytes, struct pmt_buf *ret)
{
    b->scan.part_bytes = part_bytes;
    struct pmt_scanned *s = pmt_scan_run(&b->scan);
    assert_non_null(s);
    assert_null(s[0].skipped);
    assert_false(s[0].problem);
    assert_int_equal(s[0].info.lines, 11);
    dump_tally(ret, s[0].tally);
    pmt_scanned_free(s, b->inputs.n);
}

static void test_parts_equal_the_whole(void **state)
{
    (void)state;
    struct bed b;
    const char *path = write_file("access.log", pmt_slice(log_text, sizeof log_text - 1));
    bed_open(&b, &path, 1);
    struct pmt_buf whole = {0}, parts = {0};
    dump_parts(&b, 0, &whole);
    assert_non_null(strstr(whole.data, "lines 11 understood 9 undated 0 not 2"));
    assert_non_null(strstr(whole.data, "reject line 4 "));
    assert_non_null(strstr(whole.data, "reject line 9 "));
    for (uint64_t n = 1; n <= sizeof log_text; n++) {
        pmt_buf_clear(&parts);
        dump_parts(&b, n, &parts);
        assert_same_dump(&whole, &parts);
    }
    pmt_buf_fini(&whole);
    pmt_buf_fini(&parts);
    bed_close(&b);
}

static void test_threads_do_not_matter(void **state)
{
    (void)state;
    struct bed b;
    const char *path = write_file("access.log", pmt_slice(log_text, sizeof log_text - 1));
    bed_open(&b, &path, 1);
    struct pmt_buf one = {0}, many = {0};
    b.scan.jobs = 1;
    dump_parts(&b, 64, &one);
    b.scan.jobs = 16;
    dump_parts(&b, 64, &many);
    assert_same_dump(&one, &many);
    pmt_buf_fini(&one);
    pmt_buf_fini(&many);
    bed_close(&b);
}

static void test_reader_sees_what_the_scan_saw(void **state)
{
    (void)state;
    struct bed b;
    const char *path = write_file("access.log", pmt_slice(log_text, sizeof log_text - 1));
    bed_open(&b, &path, 1);
    b.scan.part_bytes = 100;
    struct pmt_scanned *s = pmt_scan_run(&b.scan);
    struct pmt_reader *r = pmt_reader_new(-1);
    assert_int_equal(pmt_reader_turn(r, &s[0]), 0);
    struct pmt_line line;
    struct pmt_record rec;
    enum pmt_verdict verdict;
    struct pmt_reject why;
    uint64_t lines = 0, understood = 0, foreign = 0;
    while (pmt_reader_next(r, &line, &rec, &verdict, &why)) {
        assert_int_equal(line.number, ++lines);
        understood += verdict != PMT_FOREIGN; /* what says nothing is understood too */
        if (verdict != PMT_FOREIGN)
            continue;
        const struct pmt_rejected *kept = &s[0].tally->rejects[foreign++];
        assert_int_equal(kept->line, line.number);
        assert_string_equal(kept->why, why.why);
        assert_int_equal(kept->column, why.column);
    }
    assert_int_equal(lines, s[0].tally->lines);
    assert_int_equal(understood, s[0].tally->understood);
    assert_int_equal(foreign, s[0].tally->not_understood);
    pmt_reader_free(r);
    pmt_reader_free(NULL);
    pmt_scanned_free(s, b.inputs.n);
    bed_close(&b);
}

/* Named files say why; only what is walked may be left out for being no log. */
/* A site's own format, so many lines of it. */
static void put_own(const char *name, int lines)
{
    struct pmt_buf b = {0};
    for (int i = 0; i < lines; i++)
        pmt_buf_printf(&b, "2022-02-26T08:%02d:%02dZ|192.0.2.%d|GET /p%d?x HTTP/1.1|%d|%d|0.0%d\n",
                       20 + i / 60, i % 60, 1 + i % 9, i, i % 7 ? 200 : 502, 900 + i, 10 + i);
    write_file(name, pmt_buf_view(&b));
    pmt_buf_fini(&b);
}

/* Three lines tell no format; those of the day before do. Another log's do not. */
static void test_a_fresh_log_is_read_as_the_one_before(void **state)
{
    static const struct {
        const char *name;
        int lines;
        bool read;
    } logs[] = {{"mail.log", 3, false}, {"shop.log", 3, true}, {"shop.log.1", 60, true}};
    const char *dir = test_dir;
    struct bed b;
    (void)state;
    for (size_t i = 0; i < 3; i++)
        put_own(logs[i].name, logs[i].lines);
    bed_open(&b, &dir, 1);
    struct pmt_scanned *s = pmt_scan_run(&b.scan);
    assert_non_null(s);
    assert_int_equal(b.inputs.n, 3);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            if (strcmp(s[i].input->shown, logs[k].name) != 0)
                continue;
            assert_int_equal(!s[i].skipped, logs[k].read);
            assert_int_equal(s[i].tally ? s[i].tally->understood : 0,
                             logs[k].read ? logs[k].lines : 0);
        }
    pmt_scanned_free(s, b.inputs.n);
    bed_close(&b);
}

static void test_what_is_not_read(void **state)
{
    (void)state;
    struct bed b;
    const char *paths[] = {
        write_file("empty.log", pmt_str("")),
        write_file("junk.bin", pmt_slice("\x7f" "ELF\1\1\0\0\0\0junk", 14)),
        write_file("notes.txt", pmt_str("remember the milk\n")),
        write_file("packed.xz", pmt_slice("\xfd" "7zXZ\0\0\4", 8)),
        write_file("gone.log", pmt_str("x\n")),
    };
    bed_open(&b, paths, 5);
    assert_int_equal(b.inputs.n, 5);
    unlink(paths[4]);
    struct pmt_scanned *s = pmt_scan_run(&b.scan);
    for (size_t i = 0; i < 5; i++) {
        const char *name = s[i].input->shown;
        bool problem = strcmp(name, "packed.xz") == 0 || strcmp(name, "gone.log") == 0;
        assert_int_equal(s[i].problem, problem);
        if (strcmp(name, "notes.txt") == 0) {
            assert_null(s[i].skipped); /* it was named: its lines are counted as not understood */
            assert_int_equal(s[i].tally->not_understood, 1);
        } else {
            assert_non_null(s[i].skipped);
            assert_null(s[i].tally);
        }
    }
    pmt_scanned_free(s, b.inputs.n);
    bed_close(&b);

    const char *dir = test_dir;
    bed_open(&b, &dir, 1);
    s = pmt_scan_run(&b.scan);
    for (size_t i = 0; i < b.inputs.n; i++)
        if (strcmp(s[i].input->shown, "notes.txt") == 0)
            assert_string_equal(s[i].skipped, "is in no known log format");
    pmt_scanned_free(s, b.inputs.n);
    bed_close(&b);
}

static void test_interrupted(void **state)
{
    (void)state;
    struct bed b;
    static atomic_bool flag = true;
    const char *path = write_file("access.log", pmt_slice(log_text, sizeof log_text - 1));
    bed_open(&b, &path, 1);
    b.scan.interrupted = &flag;
    assert_null(pmt_scan_run(&b.scan));
    bed_close(&b);
}

static void stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    *(atomic_bool *)ctx = true;
}

/* A pipe that gives nothing holds a worker; the scan ends all the same. */
static void test_interrupted_while_it_waits(void **state)
{
    (void)state;
    struct bed b;
    static atomic_bool flag = false;
    const char *path = "-";
    int fds[2], old = dup(0);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(dup2(fds[0], 0), 0);
    bed_open(&b, &path, 1);
    b.scan.stdin_fd = fds[0];
    b.scan.interrupted = &flag;
    b.scan.progress = stop;
    b.scan.ctx = (void *)(uintptr_t)&flag;
    assert_null(pmt_scan_run(&b.scan));
    assert_true(flag);
    bed_close(&b);
    dup2(old, 0);
    close(old);
    close(fds[0]);
    close(fds[1]);
}

/* ---- archives -------------------------------------------------------------------------------- */

static void put_file(struct archive *a, const char *name, const char *text)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, 1645866904, 0);
    archive_entry_set_size(e, (la_int64_t)strlen(text));
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, text, strlen(text)), (la_ssize_t)strlen(text));
    archive_entry_free(e);
}

static struct archive *begin_archive(const char *name)
{
    struct archive *a = archive_write_new();
    archive_write_set_format_ustar(a);
    assert_int_equal(archive_write_open_filename(a, in_dir(name)), ARCHIVE_OK);
    return a;
}

static void end_archive(struct archive *a)
{
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

/* "shown: lines", "shown: why", a star before a problem. */
static void tell_sources(const struct pmt_scanned *s, size_t n, struct pmt_buf *ret)
{
    for (size_t i = 0; i < n; i++) {
        pmt_buf_printf(ret, "%s%s: ", s[i].problem ? "*" : "", s[i].input->shown);
        if (s[i].tally)
            pmt_buf_printf(ret, "%llu\n", (unsigned long long)s[i].tally->lines);
        else
            pmt_buf_printf(ret, "%s\n", s[i].skipped);
    }
}

static void test_members_stand_in_the_place_of_their_archive(void **state)
{
    (void)state;
    struct bed b;
    struct archive *a = begin_archive("b.tar");
    put_file(a, "web-1/access.log", log_text);
    put_file(a, "web-1/access.log.1", log_text);
    put_file(a, "notes.txt", "remember the milk\n");
    put_file(a, "web-1/access.log.1",
             "192.0.2.1 - - [26/Feb/2022:08:20:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"\n");
    end_archive(a);
    const char *paths[] = {in_dir("b.tar"), write_file("a.log", pmt_str(log_text)),
                           write_file("c.log", pmt_str(log_text))};
    static const char want[] = "a.log: 11\n"
                               "b.tar:notes.txt: is in no known log format\n"
                               "b.tar:web-1/access.log.1: 1\n"
                               "b.tar:web-1/access.log.1 (entry 2): is in the archive again, "
                               "further on: that one is read\n"
                               "b.tar:web-1/access.log: 11\n"
                               "c.log: 11\n";
    for (int jobs = 1; jobs < 4; jobs++) {
        struct pmt_buf got = {0};
        bed_open(&b, paths, 3);
        b.scan.jobs = jobs;
        struct pmt_scanned *s = pmt_scan_run(&b.scan);
        assert_int_equal(b.inputs.n, 6);
        tell_sources(s, b.inputs.n, &got);
        assert_string_equal(got.data, want);
        for (size_t i = 0; i < b.inputs.n; i++)
            assert_ptr_equal(s[i].input, &b.inputs.items[i]);
        assert_string_equal(s[4].input->archive->shown, "b.tar");
        assert_int_equal(s[4].input->mtime, 1645866904);
        assert_true(s[4].input->walked && s[4].input->regular);
        assert_non_null(strstr(s[4].input->path, "/b/web-1/access.log"));
        assert_string_equal(s[4].input->family, s[3].input->family);
        pmt_scanned_free(s, b.inputs.n);
        bed_close(&b);
        pmt_buf_fini(&got);
    }
}

static void test_members_are_read_again(void **state)
{
    (void)state;
    struct bed b;
    struct archive *a = begin_archive("b.tar");
    put_file(a, "z.log", log_text);
    put_file(a, "a.log", log_text);
    end_archive(a);
    const char *path = in_dir("b.tar");
    bed_open(&b, &path, 1);
    struct pmt_scanned *s = pmt_scan_run(&b.scan);
    struct pmt_reader *r = pmt_reader_new(-1);
    struct pmt_line line;
    struct pmt_record rec;
    enum pmt_verdict verdict;
    struct pmt_reject why;
    for (size_t i = 0; i < 4; i++) { /* the second stands before the first */
        uint64_t lines = 0;
        assert_int_equal(pmt_reader_turn(r, &s[i % 2]), 0);
        while (pmt_reader_next(r, &line, &rec, &verdict, &why))
            lines++;
        assert_int_equal(lines, 11);
    }
    pmt_reader_free(r);
    pmt_scanned_free(s, b.inputs.n);
    bed_close(&b);
}

/* What was named says all; what was met says in one line that there is nothing in it. */
static void test_archives_without_a_log(void **state)
{
    (void)state;
    struct bed b;
    struct pmt_buf got = {0}, inner = {0};
    const char *dir = test_dir;
    struct archive *a = begin_archive("inner.tar");
    put_file(a, "x", "x\n");
    end_archive(a);
    char bytes[2048];
    FILE *f = fopen(in_dir("inner.tar"), "rb");
    assert_non_null(f);
    pmt_buf_put(&inner, bytes, fread(bytes, 1, sizeof bytes, f));
    fclose(f);
    unlink(in_dir("inner.tar"));
    a = begin_archive("a.tar");
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, "inner.tar");
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_size(e, (la_int64_t)inner.n);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, inner.data, inner.n), (la_ssize_t)inner.n);
    archive_entry_free(e);
    end_archive(a);
    bed_open(&b, &dir, 1);
    struct pmt_scanned *s = pmt_scan_run(&b.scan);
    tell_sources(s, b.inputs.n, &got);
    assert_string_equal(got.data, "a.tar: is an archive without a log in it\n");
    pmt_scanned_free(s, b.inputs.n);
    bed_close(&b);
    const char *path = in_dir("a.tar");
    bed_open(&b, &path, 1);
    s = pmt_scan_run(&b.scan);
    pmt_buf_clear(&got);
    tell_sources(s, b.inputs.n, &got);
    assert_string_equal(got.data, "*a.tar:inner.tar: is an archive in an archive: unpack the outer "
                                  "one first\n");
    pmt_scanned_free(s, b.inputs.n);
    bed_close(&b);
    a = begin_archive("notes.tar");
    put_file(a, "notes.txt", "remember the milk\n");
    end_archive(a);
    path = in_dir("notes.tar");
    bed_open(&b, &path, 1);
    s = pmt_scan_run(&b.scan);
    pmt_buf_clear(&got);
    tell_sources(s, b.inputs.n, &got);
    assert_string_equal(got.data, "notes.tar:notes.txt: is in no known log format\n");
    pmt_scanned_free(s, b.inputs.n);
    bed_close(&b);
    pmt_buf_fini(&got);
    pmt_buf_fini(&inner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts_equal_the_whole, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_threads_do_not_matter, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_reader_sees_what_the_scan_saw, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_what_is_not_read, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_a_fresh_log_is_read_as_the_one_before, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_members_stand_in_the_place_of_their_archive, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_members_are_read_again, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_archives_without_a_log, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_interrupted, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_interrupted_while_it_waits, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
