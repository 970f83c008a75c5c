/* test_parsers.c - walks the registry: what parser.h promises of every parser. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "pmt/parser.h"

/* Walks all samples of all parsers. */
#define EACH_SAMPLE(parser, sample)                                                                \
    for (const struct pmt_parser *const *parser = pmt_parsers; *parser; parser++)                  \
        for (const struct pmt_sample *sample = (*parser)->samples; sample->line; sample++)

/* ---- the expect language ----------------------------------------------------------------- */

static void show_stamp(const struct pmt_stamp *s, char *out, size_t n)
{
    int64_t days = s->wall / PMT_DAY, left = s->wall % PMT_DAY;
    int year, month, day;
    if (s->how == PMT_STAMP_NONE) {
        snprintf(out, n, "-");
        return;
    }
    if (left < 0) {
        left += PMT_DAY;
        days--;
    }
    pmt_civil_from_days(days, &year, &month, &day);
    char date[32], decimals[16] = "", zone[16] = "";
    if (s->how == PMT_STAMP_YEARLESS)
        snprintf(date, sizeof date, "--%02d-%02d", month, day);
    else
        snprintf(date, sizeof date, "%04d-%02d-%02d", year, month, day);
    if (s->decimals) {
        snprintf(decimals, sizeof decimals, ".%06d", (int)(left % PMT_SECOND));
        decimals[1 + s->decimals] = '\0';
    }
    if (s->how == PMT_STAMP_ZONED) {
        int offset = s->offset < 0 ? -s->offset : s->offset;
        snprintf(zone, sizeof zone, "%c%02d:%02d", s->offset < 0 ? '-' : '+', offset / 3600 % 100,
                 offset / 60 % 60);
    }
    int seconds = (int)(left / PMT_SECOND);
    snprintf(out, n, "%sT%02d:%02d:%02d%s%s", date, seconds / 3600, seconds / 60 % 60, seconds % 60,
             decimals, zone);
}

static void show_text(struct pmt_slice s, char *out, size_t n)
{
    snprintf(out, n, "%.*s", s.p ? (int)s.n : 1, s.p ? s.p : "-");
}

/* The value of a field, "-" when absent. False for a name nobody knows. */
static bool show_field(const struct pmt_record *r, struct pmt_slice name, char *out, size_t n)
{
    const struct {
        const char *name;
        struct pmt_slice text;
    } texts[] = {
        {"operator", r->by_operator ? PMT_SLICE("yes") : PMT_SLICE("no")},
        {"kind", pmt_str(pmt_kind_name(r->kind))},
        {"lb", pmt_str(pmt_lb_name(r->lb))},
    };
    for (const struct pmt_field *f = pmt_fields; f->name; f++) {
        if (!pmt_slice_is(name, f->name))
            continue;
        bool known = true;
        int64_t v;
        if (f->type == PMT_FIELD_TEXT)
            show_text(f->text(r), out, n);
        else if (v = f->number(r, &known), known)
            snprintf(out, n, "%lld", (long long)v);
        else
            snprintf(out, n, "-");
        return true;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (pmt_slice_is(name, texts[i].name)) {
            show_text(texts[i].text, out, n);
            return true;
        }
    }
    if (pmt_slice_is(name, "ts"))
        show_stamp(pmt_record_stamp(r), out, n);
    else if (pmt_slice_is(name, "repeats"))
        snprintf(out, n, "%llu", (unsigned long long)r->repeats);
    else
        return false;
    return true;
}

/* How many of the "field=value" pairs do not hold; each is printed. */
static int check_expect(const struct pmt_parser *p, const struct pmt_sample *s,
                        const struct pmt_record *r)
{
    struct pmt_cursor c = pmt_cursor(pmt_str(s->expect));
    int wrong = 0;
    while (!pmt_cur_end(&c)) {
        struct pmt_slice pair, name;
        char got[4096];
        if (!pmt_cur_until_lit(&c, " | ", &pair)) {
            pair = pmt_cur_rest(&c);
            c.p = c.end;
        }
        pair = pmt_slice_trim(pair);
        if (!pair.n)
            continue;
        struct pmt_cursor in = pmt_cursor(pair);
        if (!pmt_cur_until(&in, '=', &name) || !show_field(r, name, got, sizeof got)) {
            print_error("%s: no such field in \"%.*s\"\n", p->name, PMT_FMT(pair));
            wrong++;
            continue;
        }
        struct pmt_slice want = pmt_cur_rest(&in);
        /* "Z" is another way to write "+00:00". */
        size_t n = strlen(got);
        if (pmt_slice_is(name, "ts") && pmt_slice_ends(want, "Z") && n > 6 &&
            strcmp(got + n - 6, "+00:00") == 0)
            memcpy(got + n - 6, "Z", 2);
        if (!pmt_slice_is(want, got)) {
            print_error("%s: %s\n    %.*s is \"%s\", not \"%.*s\"\n", p->name, s->line,
                        PMT_FMT(name), got, PMT_FMT(want));
            wrong++;
        }
    }
    return wrong;
}

static void samples_give_their_answer(void **state)
{
    (void)state;
    int wrong = 0;
    EACH_SAMPLE(p, s) {
        struct pmt_record rec;
        struct pmt_reject why = {"", 0};
        pmt_record_clear(&rec);
        enum pmt_verdict v = (*p)->parse(pmt_str(s->line), &rec, &why);
        if (v != s->verdict) {
            print_error("%s: %s\n    verdict %d, not %d (%s, column %zu)\n", (*p)->name, s->line,
                        (int)v, (int)s->verdict, why.why, why.column);
            wrong++;
        } else if (v == PMT_RECORD) {
            wrong += check_expect(*p, s, &rec);
        }
    }
    assert_int_equal(wrong, 0);
}

/* Of a request in JSON that lacks but the status it is told that it does. */
static void a_missing_status_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *members, *why;
    } rows[] = {{"}", "no member that could be the status"},
                {",\"rc\":652}", "no member that could be the status"},
                {",\"conn\":502}", "no member that could be the status"},
                {",\"rc\":502,\"n\":7}", "several members that could be the status"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[256];
        struct pmt_record rec;
        const struct pmt_parser *used;
        struct pmt_reject why = {"", 0};
        int n = snprintf(line, sizeof line,
                         "{\"when\":\"2022-02-26T12:00:07Z\",\"peer\":\"198.51.100.7\","
                         "\"what\":\"GET /a HTTP/1.1\"%s", rows[i].members);
        pmt_record_clear(&rec);
        assert_int_equal(pmt_parse_line(NULL, NULL, pmt_str(line), &rec, &used, &why),
                         PMT_FOREIGN);
        assert_non_null(strstr(why.why, rows[i].why));
        assert_int_equal(why.column, n - 1);
    }
}

static void no_earlier_parser_claims_a_sample(void **state)
{
    (void)state;
    int wrong = 0;
    EACH_SAMPLE(p, s) {
        if (s->verdict == PMT_FOREIGN)
            continue;
        struct pmt_record rec;
        struct pmt_reject why;
        const struct pmt_parser *used = NULL;
        assert_int_equal(pmt_parse_line(NULL, NULL, pmt_str(s->line), &rec, &used, &why),
                         s->verdict);
        if (used != *p) {
            print_error("%s: %s\n    is claimed by %s\n", (*p)->name, s->line, used->name);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* ---- bounds ------------------------------------------------------------------------------ */

/* Readable bytes between two unreadable pages. */
struct fence {
    char *map, *start, *end;
    size_t size;
};

static struct fence fence_new(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = 16384;
    inner = (inner + page - 1) / page * page;
    struct fence f = {.size = inner + 2 * page};
    f.map = mmap(NULL, f.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(f.map != MAP_FAILED);
    f.start = f.map + page;
    f.end = f.start + inner;
    assert_int_equal(mprotect(f.map, page, PROT_NONE), 0);
    assert_int_equal(mprotect(f.end, page, PROT_NONE), 0);
    return f;
}

/* Every slice of a record lies in the line whole, or is a constant outside of the fenced bytes. */
static void check_slices(const struct pmt_record *r, struct pmt_slice line, const struct fence *f)
{
    const struct pmt_slice slices[] = {
        r->host,     r->program, r->client,      r->method,   r->path,            r->vhost,
        r->agent,    r->referrer, r->forwarded_for, r->frontend, r->backend,      r->server,
        r->reason,   r->message, r->termination, r->upstream, r->upstream_status, r->subject,
        r->actor,    r->detail,
    };
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        uintptr_t p = (uintptr_t)slices[i].p;
        if (!slices[i].p) {
            assert_int_equal(slices[i].n, 0);
            continue;
        }
        bool inside = p >= (uintptr_t)line.p && p + slices[i].n <= (uintptr_t)line.p + line.n;
        bool outside = p < (uintptr_t)f->map || p >= (uintptr_t)f->map + f->size;
        assert_true(inside || outside);
    }
}

/* What holds for any parser on any bytes. */
static void check_contract(const struct pmt_parser *p, struct pmt_slice line, const struct fence *f)
{
    struct pmt_record rec, before;
    struct pmt_reject why = {NULL, 0};
    pmt_record_clear(&rec);
    enum pmt_verdict v = p->parse(line, &rec, &why);
    if (v == PMT_FOREIGN) {
        assert_non_null(why.why);
        assert_true(why.column <= line.n);
    } else {
        check_slices(&rec, line, f);
        assert_true(rec.pid >= -1 && rec.status >= -1 && rec.bytes >= -1);
        assert_true(rec.duration_us >= -1 && rec.active_left >= -1);
    }
    if (!p->parse_message)
        return;
    pmt_record_clear(&rec);
    rec.head = (struct pmt_stamp){.wall = 1, .how = PMT_STAMP_WALL};
    rec.host = PMT_SLICE("web-1");
    rec.program = PMT_SLICE("app");
    memcpy(&before, &rec, sizeof rec);
    if (p->parse_message(line, &rec, &why) == PMT_FOREIGN) {
        assert_memory_equal(&before, &rec, sizeof rec);
    } else {
        check_slices(&rec, line, f);
        assert_true(pmt_slice_is(rec.host, "web-1") && pmt_slice_is(rec.program, "app"));
        assert_int_equal(rec.head.wall, 1);
    }
}

static void no_prefix_reads_past_its_end(void **state)
{
    (void)state;
    struct fence f = fence_new();
    EACH_SAMPLE(owner, s) {
        size_t length = strlen(s->line);
        assert_true(length < 16384);
        for (size_t n = 0; n <= length; n++) {
            memcpy(f.end - n, s->line, n);
            for (const struct pmt_parser *const *p = pmt_parsers; *p; p++)
                check_contract(*p, pmt_slice(f.end - n, n), &f);
            memcpy(f.start, s->line, n);
            for (const struct pmt_parser *const *p = pmt_parsers; *p; p++)
                check_contract(*p, pmt_slice(f.start, n), &f);
        }
    }
    assert_int_equal(munmap(f.map, f.size), 0);
}

/* Each byte of each sample in turn becomes one that ends, opens or breaks something. */
static void no_odd_byte_breaks_a_parser(void **state)
{
    (void)state;
    static const char odd[] = {'\0', '"', '[', ' ', '/', ':', '\xFF', '9'};
    struct fence f = fence_new();
    EACH_SAMPLE(p, s) {
        size_t n = strlen(s->line);
        char *line = f.end - n;
        memcpy(line, s->line, n);
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < sizeof odd; k++) {
                line[i] = odd[k];
                check_contract(*p, pmt_slice(line, n), &f);
            }
            line[i] = s->line[i];
        }
    }
    assert_int_equal(munmap(f.map, f.size), 0);
}

/* ---- what the registry itself promises --------------------------------------------------- */

static void parsers_are_complete(void **state)
{
    (void)state;
    for (const struct pmt_parser *const *p = pmt_parsers; *p; p++) {
        assert_non_null((*p)->name);
        assert_non_null((*p)->summary);
        assert_non_null((*p)->parse);
        assert_non_null((*p)->samples);
        assert_non_null((*p)->samples[0].line);
        /* A program's messages need a reader. */
        assert_true(!(*p)->programs || (*p)->parse_message);
        for (const struct pmt_parser *const *q = pmt_parsers; q != p; q++)
            assert_string_not_equal((*p)->name, (*q)->name);
    }
}

/* A client chooses the words of its request; none may become a state of a server. */
static void requests_never_become_states(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "198.51.100.7:3 [26/Feb/2022:12:14:15.001] www cart/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- "
        "1/1/0/0/0 0/0 {%s} {} \"GET / HTTP/1.1\"",
        "198.51.100.7:3 [26/Feb/2022:12:14:15.001] www cart/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- "
        "1/1/0/0/0 0/0 \"GET /%s HTTP/1.1\"",
        "Nov 21 00:27:10 lb-1 haproxy[9]: 198.51.100.7:3 [26/Feb/2022:12:14:15.001] www cart/c2 "
        "0/0/0/0/0 200 217 - - ---- 1/1/0/0/0 0/0 {|%s} \"GET / HTTP/1.1\"",
    };
    EACH_SAMPLE(p, s) {
        if (strcmp((*p)->name, "haproxy") != 0)
            continue;
        for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
            char line[4096];
            struct pmt_record rec;
            struct pmt_reject why;
            const struct pmt_parser *used;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(line, sizeof line, heads[i], s->line);
#pragma GCC diagnostic pop
            enum pmt_verdict v = pmt_parse_line(NULL, NULL, pmt_str(line), &rec, &used, &why);
            assert_true(v == PMT_FOREIGN || rec.kind != PMT_LB_SERVER_STATE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsers_are_complete),
        cmocka_unit_test(samples_give_their_answer),
        cmocka_unit_test(a_missing_status_is_told),
        cmocka_unit_test(no_earlier_parser_claims_a_sample),
        cmocka_unit_test(no_prefix_reads_past_its_end),
        cmocka_unit_test(no_odd_byte_breaks_a_parser),
        cmocka_unit_test(requests_never_become_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
