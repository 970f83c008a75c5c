/* redact.c - what leaves redaction: nothing that was planted, and the same a second time.
 *
 * "<which><where><line>": a piece that holds a secret or a client's address is put into the line,
 * between blanks. Whatever the line says around it, the secret must be gone; but for a line whose
 * quotes in front of the piece make no sense: nobody can tell a name from a value there.
 */
#include "fuzz.h"

#include "pmt/redact.h"

const unsigned fuzz_places = 24;

#define SECRET "Zq7Xhunter2"
#define ADDRESS "203.0.113.77"

static const char *const pieces[] = {
    "password=" SECRET,
    "token: " SECRET,
    "PGPASSWORD='" SECRET "'",
    "\"api_key\":\"" SECRET "\"",
    "/login?user=bob&pin=" SECRET,
    "https://bob:" SECRET "@db.example.org/x",
    "Authorization: Basic " SECRET,
    "Bearer " SECRET "abc",
    "Cookie: sid=" SECRET,
    "/a;jsessionid=" SECRET,
    "bob." SECRET "@example.org",
    ADDRESS,
    "client: " ADDRESS ",",
    ADDRESS ":51234",
    "[::ffff:" ADDRESS "]",
    "rhost=" ADDRESS,
    "(" ADDRESS ")",
    "\\x22password\\x22:\\x22" SECRET "\\x22",
    "p%61ssword=" SECRET,
    "/login%3Fuser%3Dbob%26pin%3D" SECRET,
    "/users/bob" SECRET "%2540example.org/",
    "Authorization:%20Bearer%20" SECRET,
    "203%2E0%2E113%2E77",
    "user@" SECRET ".service",
    "user-" SECRET ".slice",
    "owner=" SECRET,
    "app:" SECRET "@tcp(db:3306)/shop",
    "mysql://app:" SECRET "@db/shop",
    "https://hooks.slack.com/services/T1/B2/" SECRET,
    "eyJhbGciOiJIUzI1NiJ9." SECRET,
    "AKIAABCDEFGH" SECRET,
    "ghp_abcdefghij" SECRET,
    "xoxb-1234-" SECRET,
    "<" SECRET "@web-1>",
    /* Of lines only: in the target of a request these are pages. */
    "\"/home/" SECRET "/x\"",
    "unix:/home/" SECRET "/app.sock",
};
enum { PIECES = sizeof pieces / sizeof *pieces, OF_LINES = 2 };

static void show(const char *what, struct pmt_slice s)
{
    fputs(what, stderr);
    for (size_t i = 0; i < s.n; i++)
        fprintf(stderr, s.p[i] >= ' ' && s.p[i] < 0x7F ? "%c" : "\\x%02X", (unsigned char)s.p[i]);
    fputc('\n', stderr);
}

static void check_twice(struct pmt_redactor *r, struct pmt_slice line,
                        void (*redact)(struct pmt_redactor *, struct pmt_slice, struct pmt_buf *))
{
    struct pmt_buf once = {0}, twice = {0};
    redact(r, line, &once);
    redact(r, pmt_buf_view(&once), &twice);
    bool same = pmt_slice_eq(pmt_buf_view(&once), pmt_buf_view(&twice));
    bool gone = !pmt_slice_find(pmt_buf_view(&once), SECRET) &&
                (redact != pmt_redact_line || !pmt_slice_find(pmt_buf_view(&once), ADDRESS));
    if (!same || !gone) {
        show("in:    ", line);
        show("once:  ", pmt_buf_view(&once));
        show("twice: ", pmt_buf_view(&twice));
    }
    FUZZ_CHECK(same);
    FUZZ_CHECK(gone);
    FUZZ_CHECK(once.n <= 16 * line.n + 64);
    pmt_buf_fini(&once);
    pmt_buf_fini(&twice);
}

/* Do quotes stand around words, as programs write them? */
static bool quotes_are_sane(struct pmt_slice s)
{
    char open = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '"' && s.p[i] != '\'')
            continue;
        if (!open && i && !memchr(" =:,([{", s.p[i - 1], 7))
            return false;
        if (open && (s.p[i] != open || (i + 1 < s.n && !memchr(" ,;)]}:", s.p[i + 1], 7))))
            return false;
        open = open ? 0 : s.p[i];
    }
    return !open;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct pmt_slice all = pmt_slice((const char *)data + 2, size - 2);
    /* Not by the line itself, where it may stand wherever it likes. */
    if (pmt_slice_find(all, "unter2") || pmt_slice_find(all, "113.77"))
        return 0;
    size_t where = all.n * data[1] / 255;
    bool plant = quotes_are_sane(pmt_slice(all.p, where));
    struct pmt_redactor *r = pmt_redactor_new(false);
    struct pmt_buf line = {0};
    pmt_redact_know_client(r, PMT_SLICE(ADDRESS));
    pmt_buf_put(&line, all.p, where);
    pmt_buf_printf(&line, " %s ", plant ? pieces[data[0] % PIECES] : "");
    pmt_buf_put(&line, all.p + where, all.n - where);
    /* In memory of exactly its size. */
    char *exact = malloc(line.n);
    FUZZ_CHECK(exact);
    memcpy(exact, line.data, line.n);
    check_twice(r, pmt_slice(exact, line.n), pmt_redact_line);
    if (data[0] % PIECES < PIECES - OF_LINES || !plant)
        check_twice(r, pmt_slice(exact, line.n), pmt_redact_path);
    free(exact);
    pmt_buf_fini(&line);
    pmt_redactor_free(r);
    return 0;
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    static const char *const lines[] = {
        "203.0.113.9 - alice [26/Feb/2022:12:00:07 +0300] \"GET /cart?item=4711 HTTP/1.1\" 500 12 "
        "\"https://shop.example/?q=bob\" \"Mozilla/5.0 Chrome/110.0.0.0 Safari/537.36\"",
        "2022/02/26 12:00:07 [error] 6749#6749: *1 connect() failed (111: Connection refused) "
        "while connecting to upstream, client: 10.0.0.5, server: shop.example, request: \"GET "
        "/ok?a=b HTTP/1.1\", upstream: \"http://10.0.0.8:8080/ok?a=b\", host: \"192.0.2.50\"",
        "203.0.113.9:5 [26/Feb/2022:12:00:07.123] fe~ be/w 0/0/1/2/3 200 12 S=a - --VN 1/3/0/1/0 "
        "0/0 {a|b} {c} \"GET /x?y=z HTTP/1.1\"",
        "w sudo:  bob : TTY=pts/0 ; PWD=/home/b ; USER=root ; COMMAND=/bin/systemctl stop web -f",
        "Accepted publickey for bob from 2001:db8::9 port 5 ssh2: X SHA256:Nb3kPz0a7Qv4RrT2x9LmYw",
        "(to root) bob on x (bob) CMD (/a b) for user 'c' of user d. by e(uid=1) rhost=h user=i",
        "\"Cookie: a=b\" https://u:p@h/x?y \\\"token\\\": \\\"x\\\" Bearer abcdef123456 a%40b.org",
        "Access denied for user 'app'@'10.0.0.1' upstream: \"http://[fd00::8]:80/x\" DST=10.0.0.8",
    };
    struct pmt_buf b = {0};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (unsigned char which = 0; which < PIECES; which++) {
            unsigned char where = (unsigned char)(which * 67 + i * 31);
            pmt_buf_clear(&b);
            pmt_buf_put(&b, &which, 1);
            pmt_buf_put(&b, &where, 1);
            pmt_buf_puts(&b, lines[i]);
            use(ctx, b.data, b.n);
        }
    pmt_buf_fini(&b);
}
