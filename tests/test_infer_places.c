#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "infer_dice.h"
#include "pmt/infer.h"

/* Columns without a name that could mean two things: what a record may not say of them. */

enum { LINES = 80, TEXT = 48 };

struct truth {
    char client[TEXT], upstream[TEXT];
    int64_t bytes, us, upstream_us; /* -1: none */
};

static struct truth truths[LINES];
static struct pmt_buf text_of;

static void roll(struct truth *t, bool slow)
{
    static const char *const upstreams[] = {"10.0.0.8:80", "10.0.0.9:80"};
    snprintf(t->client, sizeof t->client, "198.51.100.%d", (int)dice(200) + 1);
    snprintf(t->upstream, sizeof t->upstream, "%s", dice(4) ? upstreams[dice(2)] : "-");
    t->bytes = (int64_t)dice(9000);
    t->upstream_us = (int64_t)(slow ? 40 + dice(dice(3) ? 2200 : 4000) : dice(90)) * 1000;
    t->us = t->upstream_us + (int64_t)dice(slow ? 40 : 3) * 1000;
    if (*t->upstream == '-') {
        t->us = (int64_t)(slow ? 2500 + dice(3000) : dice(9)) * 1000;
        t->upstream_us = -1;
    }
}

static void put_seconds(int64_t us)
{
    if (us < 0)
        pmt_buf_puts(&text_of, "-");
    else
        pmt_buf_printf(&text_of, "%d.%03d", (int)(us / PMT_SECOND),
                       (int)(us % PMT_SECOND / 1000));
}

static void put(const char *name, size_t i)
{
    const struct truth *t = &truths[i];
    if (!strcmp(name, "t"))
        pmt_buf_printf(&text_of, "2024-02-03T08:%02d:%02dZ", (int)i / 60, (int)i % 60);
    else if (!strcmp(name, "clf"))
        pmt_buf_printf(&text_of, "03/Feb/2024:08:%02d:%02d +0000", (int)i / 60, (int)i % 60);
    else if (!strcmp(name, "c"))
        pmt_buf_puts(&text_of, t->client);
    else if (!strcmp(name, "other"))
        pmt_buf_printf(&text_of, "203.0.113.%d", (int)dice(200) + 1);
    else if (!strcmp(name, "proxy"))
        pmt_buf_printf(&text_of, "192.0.2.%d", (int)dice(4) + 1);
    else if (!strcmp(name, "list"))
        pmt_buf_puts(&text_of, dice(2) ? "203.0.113.7, 192.0.2.9" : "203.0.113.8");
    else if (!strcmp(name, "r"))
        pmt_buf_printf(&text_of, "GET /a/%d HTTP/1.1", (int)dice(9));
    else if (!strcmp(name, "st"))
        pmt_buf_puts(&text_of, dice(5) ? "200" : "404");
    else if (!strcmp(name, "by"))
        pmt_buf_printf(&text_of, "%d", (int)t->bytes);
    else if (!strcmp(name, "len"))
        pmt_buf_printf(&text_of, "%d", 300 + (int)dice(600));
    else if (!strcmp(name, "rt"))
        put_seconds(t->us);
    else if (!strcmp(name, "urt"))
        put_seconds(t->upstream_us);
    else if (!strcmp(name, "uct"))
        put_seconds(t->upstream_us < 0 ? -1 : (int64_t)dice(3) * 1000);
    else if (!strcmp(name, "up"))
        pmt_buf_puts(&text_of, t->upstream);
    else
        fail_msg("no field %s", name);
}

static struct pmt_slice make(const char *format, bool slow)
{
    char name[TEXT];
    pmt_buf_clear(&text_of);
    dice_state = 11;
    for (size_t i = 0; i < LINES; i++) {
        roll(&truths[i], slow);
        for (const char *p = format; *p; p++) {
            size_t n = *p == '{' ? strcspn(p, "}") - 1 : 0;
            if (n) {
                snprintf(name, sizeof name, "%.*s", (int)n, p + 1);
                put(name, i);
                p += n + 1;
            } else {
                pmt_buf_put(&text_of, p, 1);
            }
        }
        pmt_buf_puts(&text_of, "\n");
    }
    return pmt_buf_view(&text_of);
}

/* Reads the lines by what is inferred of them, which must be certain. */
static void check(const char *format, bool slow, void (*one)(const struct pmt_record *rec,
                                                             const struct truth *t,
                                                             const char *format))
{
    struct pmt_slice all = make(format, slow), line;
    struct pmt_inferred *x = pmt_infer(all, false);
    if (!x || !x->certain)
        fail_msg("%s: %s", format, x ? x->doubt : "nothing");
    struct pmt_cursor c = pmt_cursor(all);
    for (size_t i = 0; pmt_cur_until(&c, '\n', &line); i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        pmt_record_clear(&rec);
        assert_int_equal(pmt_parser_line(&x->parser, line, &rec, &why), PMT_RECORD);
        one(&rec, &truths[i], x->format);
    }
    pmt_inferred_free(x);
    pmt_buf_fini(&text_of);
}

/* ---- times ----------------------------------------------------------------------------------- */

static void is_timed(const struct pmt_record *rec, const struct truth *t, const char *format)
{
    if (rec->duration_us != t->us || rec->latency_us != t->upstream_us)
        fail_msg("%lld and %lld us, not %lld and %lld, by %s", (long long)rec->duration_us,
                 (long long)rec->latency_us, (long long)t->us, (long long)t->upstream_us, format);
}

static void the_longer_time_is_the_requests(void **state)
{
    static const char *const cases[] = {
        "{t} {c} \"{r}\" {st} {by} {rt} {urt}", "{t}|{c}|{r}|{st}|{by}|{rt}|{urt}",
        "{t},{c},\"{r}\",{st},{by},{rt},{urt}",
        "\"{t}\" \"{c}\" \"{r}\" \"{st}\" \"{by}\" \"{rt}\" \"{urt}\"",
        "{t} {c} \"{r}\" {st} {by} {urt} {rt}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int slow = 0; slow < 2; slow++)
            check(cases[i], slow, is_timed);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void is_client(const struct pmt_record *rec, const struct truth *t, const char *format)
{
    if (!pmt_slice_is(rec->client, t->client))
        fail_msg("client %.*s by %s", PMT_FMT(rec->client), format);
}

static void a_proxy_is_no_client(void **state)
{
    static const char *const cases[] = {
        "{t} {proxy} {c} \"{r}\" {st} {by} {rt}", "{t} {c} {proxy} \"{r}\" {st} {by} {rt}",
        "{t}|{c}|{list}|{r}|{st}|{by}|{rt}",      "{t} {c} {c} \"{r}\" {st} {by} {rt}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i], false, is_client);
}

static void of_two_addresses_none_is_taken(void **state)
{
    static const char *const cases[] = {
        "{t} {c} {other} \"{r}\" {st} {by} {rt}", "{t}|{c}|{other}|{r}|{st}|{by}|{rt}",
        "\"{t}\" \"{c}\" \"{other}\" \"{r}\" \"{st}\" \"{by}\" \"{rt}\"",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pmt_slice all = make(cases[i], false);
        size_t understood, lines;
        const struct pmt_parser *parser = pmt_parser_detect(all, &understood, &lines);
        struct pmt_own own = {.n = 0};
        struct pmt_inferred *x = pmt_infer_source(all, &parser, &own);
        if (!x || x->certain || strcmp(x->doubt, "two columns could be the client"))
            fail_msg("%s: %s", cases[i], !x ? "nothing" : x->doubt ? x->doubt : x->format);
        assert_int_equal(own.n, 0);
        pmt_inferred_free(x);
    }
    pmt_buf_fini(&text_of);
}

/* ---- upstreams and sizes --------------------------------------------------------------------- */

static void is_upstream(const struct pmt_record *rec, const struct truth *t, const char *format)
{
    bool none = *t->upstream == '-';
    if (none ? rec->upstream.p != NULL : !pmt_slice_is(rec->upstream, t->upstream))
        fail_msg("upstream %.*s by %s", PMT_FMT(rec->upstream), format);
    assert_int_equal(rec->duration_us, -1);
}

static void a_word_is_no_upstream(void **state)
{
    (void)state;
    check("{t} {c} \"{r}\" {st} {by} upstream connect time={uct} upstream address {up}", false,
          is_upstream);
}

static void has_no_size(const struct pmt_record *rec, const struct truth *t, const char *format)
{
    (void)t;
    if (rec->bytes != -1)
        fail_msg("%lld bytes by %s", (long long)rec->bytes, format);
}

static void has_size(const struct pmt_record *rec, const struct truth *t, const char *format)
{
    (void)format;
    assert_int_equal(rec->bytes, t->bytes);
}

static void of_two_sizes_none_is_taken(void **state)
{
    static const char *const cases[] = {
        "[{clf}] {c} \"{r}\" {st} {len} {by} \"curl/8.4.0\" {rt}",
        "[{clf}] {c} \"{r}\" {st} {by} {len} \"curl/8.4.0\" {rt}",
        "{t} {c} \"{r}\" {st} {len} {by} {rt}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i], false, has_no_size);
    check("[{clf}] {c} \"{r}\" {st} {by} \"curl/8.4.0\" {rt}", false, has_size);
    check("[{clf}] {c} \"{r}\" {st} {len} bytes={by} {rt}", false, has_size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longer_time_is_the_requests),
        cmocka_unit_test(a_proxy_is_no_client),
        cmocka_unit_test(of_two_addresses_none_is_taken),
        cmocka_unit_test(a_word_is_no_upstream),
        cmocka_unit_test(of_two_sizes_none_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
