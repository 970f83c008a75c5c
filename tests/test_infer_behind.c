#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "infer_dice.h"
#include "pmt/infer.h"

extern const struct pmt_parser pmt_parser_nginx_access;

enum { LINES = 120 };

static struct pmt_buf text_of;
static int64_t took[LINES]; /* microseconds */

/* Mostly some thousand, now and then a hundred times that. */
static int64_t roll_micros(void)
{
    int64_t us = 3000 + (int64_t)dice(3000);
    for (int i = 0; i < 5; i++)
        us = us * (int64_t)(70 + dice(210)) / 100;
    return us + (dice(8) ? 0 : 400000);
}

static void put_number(const char *name, size_t n, size_t line, int64_t bytes)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"D", took[line]}, {"fast", 80 + took[line] / 100}, {"ms", took[line] / 1000},
        {"T", took[line] / 1000000}, {"O", bytes + 200 + (int64_t)dice(90)},
        {"I", 100 + (int64_t)dice(900)}, {"pid", 2130 + (int64_t)dice(4)},
        {"serial", 5000 + (int64_t)line * 3}, {"any", 1 + (int64_t)dice(900000)},
        {"packed", bytes * (int64_t)(1 + dice(6))}, {"one", 1},
    };
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        if (strlen(numbers[k].name) == n && memcmp(numbers[k].name, name, n) == 0) {
            pmt_buf_printf(&text_of, "%lld", (long long)numbers[k].value);
            return;
        }
    fail_msg("no number of that name: %s", name);
}

/* combined with something behind it. */
static struct pmt_slice make(const char *behind, size_t n)
{
    pmt_buf_clear(&text_of);
    for (size_t i = 0; i < n; i++) {
        int64_t bytes = dice(4) ? 300 + (int64_t)dice(30000) : 0;
        took[i] = roll_micros();
        pmt_buf_printf(&text_of,
                       "198.51.100.%d - - [26/Feb/2022:12:%02d:%02d +0000] \"GET /p/%d HTTP/1.1\" "
                       "%s %lld \"-\" \"curl/7.88.1\" ",
                       (int)dice(250), (int)(i / 60), (int)(i % 60), (int)dice(30),
                       bytes ? "200" : "304", (long long)bytes);
        for (const char *p = behind; *p; p++) {
            size_t len = *p == '{' ? strcspn(p, "}") : 0;
            if (len)
                put_number(p + 1, len - 1, i, bytes);
            else
                pmt_buf_put(&text_of, p, 1);
            p += len;
        }
        pmt_buf_puts(&text_of, "\n");
    }
    return pmt_buf_view(&text_of);
}

static const struct pmt_parser *chosen;
static struct pmt_own own;

static struct pmt_inferred *infer(struct pmt_slice head)
{
    chosen = &pmt_parser_nginx_access;
    own = (struct pmt_own){.n = 0};
    return pmt_infer_source(head, &chosen, &own);
}

/* Each line as the built-in format reads it, with how long it took. */
static void check_lines(struct pmt_slice text, int64_t unit, bool begins)
{
    struct pmt_cursor c = pmt_cursor(text);
    struct pmt_slice line;
    for (size_t i = 0; pmt_cur_until(&c, '\n', &line); i++) {
        struct pmt_record rec, plain;
        struct pmt_reject why;
        const struct pmt_parser *used;
        assert_int_equal(pmt_parse_line(chosen, &own, line, &rec, &used, &why), PMT_RECORD);
        pmt_record_clear(&plain);
        assert_int_equal(pmt_parser_nginx_access.parse(line, &plain, &why), PMT_RECORD);
        assert_int_equal(plain.duration_us, -1);
        assert_int_equal(rec.duration_us, took[i] / unit * unit);
        assert_int_equal(rec.start_known, begins);
        assert_int_equal(rec.own.wall, plain.own.wall);
        assert_int_equal(rec.status, plain.status);
        assert_int_equal(rec.bytes, plain.bytes);
        assert_true(pmt_slice_eq(rec.client, plain.client));
        assert_true(pmt_slice_eq(rec.path, plain.path));
        assert_true(pmt_slice_eq(rec.agent, plain.agent));
    }
}

static void what_is_certain_is_read(void **state)
{
    static const struct {
        const char *behind;
        int64_t unit;
        bool micros;
    } cases[] = {
        {"{D}", 1, true},          {"{I} {O} {D}", 1, true}, {"{T}/{D}", 1, true},
        {"{T} {D}", 1, true},      {"\"{D}\"", 1, true},     {"D={D}", 1, true},
        {"took={D}", 1, true},     {"{pid} {D}", 1, true},   {"took={ms}ms", 1000, false},
        {"{ms}ms", 1000, false},   {"duration_us={D}", 1, false},
        {"{serial} time_ms={ms}", 1000, false},
    };
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            dice_state = seed;
            struct pmt_slice all = make(cases[k].behind, LINES);
            struct pmt_inferred *x = infer(all);
            if (!x || !x->certain || x->micros != cases[k].micros)
                fail_msg("\"%s\", seed %d: %s", cases[k].behind, (int)seed,
                         !x ? "nothing" : x->offer ? x->offer : x->format);
            assert_ptr_equal(chosen, &x->parser);
            assert_string_equal(chosen->name, "nginx-access");
            check_lines(all, cases[k].unit, cases[k].micros);
            pmt_inferred_free(x);
        }
    pmt_buf_fini(&text_of);
}

/* It could be many things: it is offered, and the lines are read as before. */
static void what_is_not_is_offered(void **state)
{
    static const char *const cases[] = {"{fast}", "{ms}", "{T}", "{any}", "{packed}", "{ms} {pid}",
                                        "{T} {serial}"};
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            dice_state = seed;
            struct pmt_inferred *x = infer(make(cases[k], LINES));
            if (!x || x->certain || !x->offer)
                fail_msg("\"%s\", seed %d: %s", cases[k], (int)seed, !x ? "nothing" : x->format);
            assert_true(strncmp(x->offer, "apache:", 7) == 0 && strstr(x->offer, "%D"));
            const struct pmt_template *t;
            const char *why;
            assert_int_equal(pmt_template_compile(PMT_DIALECT_APACHE, x->offer + 7, &x->arena, &t,
                                                  &why), 0);
            assert_ptr_equal(chosen, &pmt_parser_nginx_access);
            assert_int_equal(own.n, 0);
            pmt_inferred_free(x);
        }
    dice_state = 1; /* too few lines to be certain */
    struct pmt_inferred *x = infer(make("{D}", 20));
    assert_true(x && !x->certain && x->offer);
    pmt_inferred_free(x);
    pmt_buf_fini(&text_of);
}

static void what_is_no_duration_is_left(void **state)
{
    static const char *const cases[] = {"", "{O}", "{I} {O}", "{pid}", "{serial}", "{one}",
                                        "\"203.0.113.9\"", "colour=blue"};
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            dice_state = seed;
            struct pmt_inferred *x = infer(make(cases[k], LINES));
            if (x)
                fail_msg("\"%s\", seed %d: %s", cases[k], (int)seed, x->format);
            assert_ptr_equal(chosen, &pmt_parser_nginx_access);
        }
    pmt_buf_fini(&text_of);
}

/* A line that is built otherwise says nothing of how long it took, and is not lost. */
static void other_lines_are_read_as_before(void **state)
{
    (void)state;
    dice_state = 1;
    struct pmt_inferred *x = infer(make("{D}", LINES));
    static const char *const lines[] = {
        "192.0.2.7 - - [26/Feb/2022:12:09:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"a\"b\" 1 \"\"",
        "192.0.2.7 - - [26/Feb/2022:12:09:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl/8\"",
        "192.0.2.7 - - [26/Feb/2022:12:09:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\" 1234 5",
    };
    assert_true(x && x->certain);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        const struct pmt_parser *used;
        assert_int_equal(pmt_parse_line(chosen, &own, pmt_str(lines[i]), &rec, &used, &why),
                         PMT_RECORD);
        assert_int_equal(rec.duration_us, -1);
        assert_int_equal(rec.status, 200);
    }
    pmt_inferred_free(x);
    pmt_buf_fini(&text_of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_certain_is_read),
        cmocka_unit_test(what_is_not_is_offered),
        cmocka_unit_test(what_is_no_duration_is_left),
        cmocka_unit_test(other_lines_are_read_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
