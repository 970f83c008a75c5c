/* test_render_fields.c - what each field of a record loses; what is remembered is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "pmt/render_fields.h"

static const struct pmt_field *field(const char *name)
{
    const struct pmt_field *f = pmt_fields;
    while (f->name && strcmp(f->name, name) != 0)
        f++;
    assert_non_null(f->name);
    return f;
}

static void assert_shown(struct pmt_shown *s, enum pmt_event event, const char *name,
                         const char *text, const char *want)
{
    struct pmt_record rec;
    pmt_record_clear(&rec);
    rec.event = (uint8_t)event;
    for (int twice = 0; twice < 2; twice++) {
        struct pmt_slice got = pmt_shown_text(s, &rec, field(name), pmt_str(text));
        if (!pmt_slice_is(got, want))
            fail_msg("%s %s: %.*s, not %s", name, text, PMT_FMT(got), want);
    }
}

static void by_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
        enum pmt_event event;
    } rows[] = {
        {"client_ip", "203.0.113.7", "client-1", 0},
        {"forwarded_for", "203.0.113.7, 203.0.113.8,10.0.0.1", "client-1, client-2, client-3", 0},
        {"forwarded_for", "alice", "client-4", 0},
        {"path", "/cart?item=4711", "/cart?[redacted]", 0},
        {"path", "/cart?", "/cart?", 0},
        {"path", "/cart?other=1", "/cart?[redacted]", 0},
        {"referrer", "https://shop.example/p?q=secret", "https://shop.example/p?[redacted]", 0},
        {"agent", "bot/1.0 (ops@shop.example)", "bot/1.0 ([e-mail])", 0},
        {"agent", "Mozilla/5.0 Chrome/110.0.0.0 Safari/537.36",
         "Mozilla/5.0 Chrome/110.0.0.0 Safari/537.36", 0},
        {"agent", "probe 203.0.113.8", "probe client-2", 0},
        {"vhost", "192.0.2.8", "192.0.2.8", 0},
        {"upstream", "192.0.2.8:80", "192.0.2.8:80", 0},
        {"reason", "Layer4 timeout", "Layer4 timeout", 0},
        {"subject", "192.0.2.8:80", "192.0.2.8:80", PMT_EV_UPSTREAM},
        {"subject", "nginx.service", "nginx.service", PMT_EV_SERVICE_FAILED},
        {"event", "oom", "oom", PMT_EV_OOM},
    };
    struct pmt_redactor *redactor = pmt_redactor_new(false);
    struct pmt_shown *s = pmt_shown_new(redactor);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_shown(s, rows[i].event, rows[i].name, rows[i].text, rows[i].want);
    pmt_shown_free(s);
    pmt_redactor_free(redactor);
}

static void without_redaction(void **state)
{
    (void)state;
    struct pmt_redactor *redactor = pmt_redactor_new(true);
    struct pmt_shown *s = pmt_shown_new(redactor);
    assert_shown(s, PMT_EV_NONE, "path", "/cart?item=4711", "/cart?item=4711");
    assert_shown(s, PMT_EV_NONE, "forwarded_for", "203.0.113.7,x", "203.0.113.7,x");
    pmt_shown_free(s);
    pmt_redactor_free(redactor);
}

/* The same text, once a client is known by the address in it. */
static void a_client_known_later(void **state)
{
    (void)state;
    struct pmt_redactor *redactor = pmt_redactor_new(false);
    struct pmt_shown *s = pmt_shown_new(redactor);
    assert_shown(s, PMT_EV_NONE, "path", "/of/10.0.0.7/x", "/of/10.0.0.7/x");
    assert_shown(s, PMT_EV_NONE, "client_ip", "10.0.0.7", "client-1");
    assert_shown(s, PMT_EV_NONE, "path", "/of/10.0.0.7/x", "/of/client-1/x");
    pmt_shown_free(s);
    pmt_redactor_free(redactor);
}

/* More texts than are remembered, of several sorts, each the same as without a memory. */
static void many_texts(void **state)
{
    (void)state;
    struct pmt_redactor *redactor = pmt_redactor_new(false);
    struct pmt_shown *s = pmt_shown_new(redactor);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 20000; i++) {
            char path[64], want[64];
            snprintf(path, sizeof path, "/a/%d?x=%d", i, round);
            snprintf(want, sizeof want, "/a/%d?[redacted]", i);
            assert_shown(s, PMT_EV_NONE, "path", path, want);
            snprintf(path, sizeof path, "/a/%d", i);
            assert_shown(s, PMT_EV_NONE, "backend", path, path);
        }
    pmt_shown_free(s);
    pmt_redactor_free(redactor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_what_it_is),
        cmocka_unit_test(without_redaction),
        cmocka_unit_test(a_client_known_later),
        cmocka_unit_test(many_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
