/* infer.c - the format of lines, found from them: any text, first byte "e" for messages behind an
 * envelope.
 *
 * Whatever the text is, what comes out compiles and is sure of itself only where nearly all lines
 * fit; and a line it reads has a time and a status, and a path that lies in the line.
 */
#include "fuzz.h"

#include "pmt/infer.h"

const unsigned fuzz_places = 48;

static bool inside(struct pmt_slice s, struct pmt_slice line)
{
    return !s.n || (s.p >= line.p && s.p + s.n <= line.p + line.n);
}

static bool reads(const struct pmt_inferred *x, struct pmt_slice line, bool enveloped)
{
    struct pmt_record r, before;
    struct pmt_reject why = {NULL, 0};
    pmt_record_clear(&before);
    r = before;
    enum pmt_verdict v = pmt_parser_line(&x->parser, line, &r, &why);
    if (v == PMT_FOREIGN) {
        FUZZ_CHECK(why.why && why.column <= line.n);
        FUZZ_CHECK(memcmp(&r, &before, sizeof r) == 0);
        return false;
    }
    FUZZ_CHECK(v == PMT_RECORD && r.kind == PMT_HTTP_REQUEST);
    FUZZ_CHECK(enveloped || r.own.how != PMT_STAMP_NONE);
    FUZZ_CHECK(r.status >= 100 && r.status <= 599);
    FUZZ_CHECK(inside(r.path, line) && inside(r.method, line) && inside(r.client, line));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    bool enveloped = data[0] == 'e';
    struct pmt_slice all = pmt_slice((const char *)data + enveloped, size - enveloped);
    struct pmt_inferred *x = pmt_infer(all, enveloped);
    if (!x)
        return 0;
    const struct pmt_template *t;
    const char *why;
    FUZZ_CHECK(x->format && pmt_template_compile(x->dialect, x->format, &x->arena, &t, &why) == 0);
    FUZZ_CHECK(x->certain == !x->doubt && x->fit <= x->lines && x->fit * 2 >= x->lines);
    FUZZ_CHECK(!x->certain || (x->fit * 100 >= x->lines * PMT_INFER_PERCENT &&
                               x->fit >= PMT_INFER_LEAST));
    struct pmt_cursor c = pmt_cursor(all);
    struct pmt_slice line;
    size_t fit = 0;
    while (pmt_cur_until(&c, '\n', &line))
        fit += reads(x, line, enveloped);
    FUZZ_CHECK(fit + 1 >= x->fit); /* the last line may lack its end */
    pmt_inferred_free(x);
    return 0;
}

/* Ten lines of a format; "%d" is their number. */
static void seed(fuzz_use *use, void *ctx, const char *before, const char *line)
{
    struct pmt_buf b = {0};
    pmt_buf_puts(&b, before);
    for (int i = 10; i < 20; i++) {
        for (const char *p = line; *p; p++) {
            if (*p == '#')
                pmt_buf_printf(&b, "%d", i);
            else
                pmt_buf_put(&b, p, 1);
        }
        pmt_buf_puts(&b, i % 3 ? "" : " 404");
        pmt_buf_puts(&b, "\n");
    }
    use(ctx, b.data, b.n);
    pmt_buf_fini(&b);
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    static const char *const lines[] = {
        "26/Feb/2022:12:00:# +0300 203.0.113.# \"GET /a?b=# HTTP/1.1\" 200 5# 0.0#",
        "2022-02-26T12:00:#Z|2001:db8::#|POST|/a|502|0.1#|Mozilla/5.0 (X11; x)",
        "time=2022-02-26T12:00:#Z ip=203.0.113.# m=GET uri=\"/a#\" status=200 rt=# us=\"502, 200\"",
        "t:16458768#.5\treq:GET /x HTTP/1.1\tstatus:200\tua:-",
        "[2022-02-26 12:00:#,123] [10.0.0.1:80, 10.0.0.2:80] 404 'GET' </a#> #ms",
        "198.51.100.4:50# fe be_app/app1 1/0/1/#/9# 200 5# ---- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        seed(use, ctx, strstr(lines[i], "be_app") ? "e" : "", lines[i]);
}
