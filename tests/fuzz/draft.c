/* draft.c - the whole program: bytes to logs, logs to drafts.
 *
 * "<ask>" and then logs, each begun by the byte 0x1D and one that chooses its name. The drafts are
 * checked for what they must be, and with ASK_PARTS, which is the top bit, they must be the same
 * bytes when every file is read in small parts by two threads.
 */
#include "draft.h"
#include "fuzz.h"

#include "pmt/parser.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ASK_PARTS = 128, PART_BYTES = 1000, FILE_BEGINS = 0x1D };

const unsigned fuzz_places = 3;

static const char *const names[] = {
    "haproxy.log",        "web-01/access.log",   "web-01/error.log", "web-01/syslog",
    "web-01/access.log.1", "web-02/access.log",  "messages",         "kern.log",
};
enum { NAMES = sizeof names / sizeof *names };

static char folder[256];

static const char *path_of(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "%s%s%s", folder, *name ? "/" : "", name);
    return path;
}

static void remove_files(void)
{
    for (size_t i = 0; i < NAMES; i++)
        unlink(path_of(names[i]));
}

static void remove_folder(void)
{
    remove_files();
    rmdir(path_of("web-01"));
    rmdir(path_of("web-02"));
    rmdir(folder);
}

static void make_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/pmt-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    FUZZ_CHECK(mkdtemp(folder) && atexit(remove_folder) == 0);
    FUZZ_CHECK(mkdir(path_of("web-01"), 0700) == 0 && mkdir(path_of("web-02"), 0700) == 0);
}

static void append(const char *name, struct pmt_slice text)
{
    static const struct timespec times[2] = {{1645900000, 0}, {1645900000, 0}};
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_APPEND, 0600);
    FUZZ_CHECK(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
    FUZZ_CHECK(futimens(fd, times) == 0 && close(fd) == 0);
}

static void write_files(struct pmt_slice logs)
{
    struct pmt_cursor c = pmt_cursor(logs);
    while (!pmt_cur_end(&c)) {
        struct pmt_slice file;
        if (!pmt_cur_until(&c, FILE_BEGINS, &file)) {
            file = pmt_cur_rest(&c);
            c.p = c.end;
        }
        if (file.n > 1)
            append(names[(unsigned char)file.p[0] % NAMES], pmt_slice(file.p + 1, file.n - 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct drafts whole, parts;
    if (!folder[0])
        make_folder();
    if (!size)
        return 0;
    remove_files();
    write_files(pmt_slice((const char *)data + 1, size - 1));
    make_drafts(folder, data[0] & 127, 0, &whole);
    check_drafts(&whole);
    if (data[0] & ASK_PARTS) {
        make_drafts(folder, data[0] & 127, PART_BYTES, &parts);
        FUZZ_CHECK(pmt_slice_eq(pmt_buf_view(&whole.markdown), pmt_buf_view(&parts.markdown)));
        FUZZ_CHECK(pmt_slice_eq(pmt_buf_view(&whole.json), pmt_buf_view(&parts.json)));
        drafts_fini(&parts);
    }
    drafts_fini(&whole);
    return 0;
}

/* ---- seeds ------------------------------------------------------------------------------- */

static void begin(struct pmt_buf *b, unsigned ask)
{
    char c = (char)ask;
    pmt_buf_clear(b);
    pmt_buf_put(b, &c, 1);
}

static void begin_file(struct pmt_buf *b, int name)
{
    pmt_buf_printf(b, "%c%c", FILE_BEGINS, name);
}

static void put_state(struct pmt_buf *b, int s, bool down, const char *name)
{
    pmt_buf_printf(b, "Feb 26 09:00:%02d lb-1 haproxy[12]: Server %s/web-01 is %s, reason: "
                      "Layer4 connection problem, check duration: 0ms. %d active and 0 backup "
                      "servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\n",
                   s, name, down ? "DOWN" : "UP", !down);
}

/* A minute of a shop behind a balancer; for half of it nothing answers. The name stands
 * wherever a log can name something. */
static void put_outage(struct pmt_buf *b, const char *name)
{
    begin_file(b, 0);
    for (int s = 0; s < 60; s++) {
        bool bad = s >= 20 && s < 50;
        if (s == 20 || s == 50)
            put_state(b, s, bad, name);
        pmt_buf_printf(b, "Feb 26 09:00:%02d lb-1 haproxy[12]: 203.0.113.%d:40%02d "
                          "[26/Feb/2022:09:00:%02d.%03d] shop~ %s/%s 0/0/%d/4/5 %d 612 - - %s "
                          "1/1/0/0/0 0/0 \"GET /%s?n=%d HTTP/1.1\"\n",
                       s, 1 + s, s, s, 100 + s * 3, name, bad ? "<NOSRV>" : "web-01",
                       bad ? -1 : 1, bad ? 503 : 200, bad ? "SC--" : "----", name, s);
    }
    begin_file(b, 1);
    for (int s = 0; s < 60; s += 5)
        if (s < 20 || s >= 50)
            pmt_buf_printf(b, "203.0.113.%d - - [26/Feb/2022:12:00:%02d +0300] \"GET /%s?n=%d "
                              "HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0 %s\"\n",
                           1 + s, s, name, s, name);
    begin_file(b, 3);
    pmt_buf_printf(b, "Feb 26 12:00:19 web-01 kernel: [1.0] Out of memory: Killed process 812 (%s) "
                      "total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0\n"
                      "Feb 26 12:00:22 web-%s systemd[1]: %s.service: Main process exited, "
                      "code=exited, status=1/FAILURE\n"
                      "Feb 26 12:00:35 web-01 sudo:   %s : TTY=pts/0 ; PWD=/home/%s ; "
                      "USER=root ; COMMAND=/usr/bin/systemctl restart %s\n"
                      "what is this %s\n",
                   name, name, name, name, name, name, name);
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    struct pmt_buf one = {0}, all = {0};
    unsigned ask = 0;
    begin(&all, ASK_RECORDS | ASK_PARTS);
    for (size_t i = 0; pmt_parsers[i]; i++) {
        begin_file(&all, (int)i);
        begin(&one, ASK_PARTS | (ask++ & 127));
        begin_file(&one, (int)i);
        for (const struct pmt_sample *s = pmt_parsers[i]->samples; s->line; s++) {
            pmt_buf_printf(&all, "%s\n", s->line);
            pmt_buf_printf(&one, "%s\n", s->line);
            if (one.n < 1500 && s[1].line) /* some at a time: a fuzzer likes short inputs */
                continue;
            use(ctx, one.data, one.n);
            begin(&one, ASK_PARTS | (ask++ & 127));
            begin_file(&one, (int)i);
        }
    }
    use(ctx, all.data, all.n);
    static const char *const hostile[] = {
        "app", "<b>x", "a`b``c", "a|b|c", "[a](b)", "![a](b)", "\x1B[31mred", "a\tb", "a\\",
        "a\x9B\xC2\x9B", "\xFF\xC3", "\xE2\x80\xAE\xE2\x80\xA8", "\\`\\|", "**a**_b_~c~",
        "#1@here", "&lt;a&amp;", "\xF0\x9F\x92\xA5", "\x7F\x01\x02\x03\x04", "-->", "]",
        "{host}{subject}", "%s%n"};
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        begin(&one, (unsigned)(i * 37 + (i & 1) * ASK_RECORDS) & 255);
        put_outage(&one, hostile[i]);
        use(ctx, one.data, one.n);
    }
    pmt_buf_fini(&one);
    pmt_buf_fini(&all);
}
