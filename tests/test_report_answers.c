/* test_report_answers.c - who answered failed requests, and what another try hid, in words. */
#include "world.h"

static const char *plain(const char *text)
{
    static char out[4096];
    size_t n = 0;
    for (; *text && n + 1 < sizeof out; text++)
        if ((unsigned char)*text > 4)
            out[n++] = *text;
    out[n] = '\0';
    return out;
}

static bool says(const struct pmt_labelled *l, size_t n, const char *part)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < l[i].n; k++)
            if (strstr(plain(l[i].sentences[k].text), part))
                return true;
    return false;
}

static void must_say(const struct world *w, const char *part)
{
    if (says(w->report.summary, w->report.nsummary, part) ||
        says(w->report.cause, w->report.ncause, part))
        return;
    for (size_t k = 0; k < w->report.summary[1].n; k++)
        print_message("  %s\n", plain(w->report.summary[1].sentences[k].text));
    fail_msg("nothing says \"%s\"", part);
}

static const struct pmt_table *table_of(const struct world *w, const char *title)
{
    for (size_t i = 0; i < w->report.ntables; i++)
        if (strcmp(w->report.tables[i].title, title) == 0)
            return &w->report.tables[i];
    return NULL;
}

/* ---- HAProxy ----------------------------------------------------------------------------- */

/* Every fourth second from 1200 to 1500 fails; `how` tells of the i-th of those. */
struct answer {
    const char *server, *state, *retries;
    int status;
};

static void put_balancer(struct pmt_buf *b, const struct answer *failing, size_t n,
                         const struct answer *good, size_t ngood)
{
    size_t bad = 0, ok = 0;
    for (int i = 0; i < 3600; i++) {
        int64_t t = NINE + i * PMT_SECOND;
        bool fails = i >= 1200 && i <= 1500;
        const struct answer *a = fails ? &failing[bad++ % n] : &good[ok++ % ngood];
        put_bsd_time(b, t);
        pmt_buf_printf(b, " lb-01 haproxy[1123]: %s:40967 [", client_name((unsigned)i % 40));
        put_clf_time(b, t);
        pmt_buf_printf(b,
                       ".118] www shop/%s 0/0/0/12/12 %d 347 - - %s 5/5/4/4/%s 0/0 "
                       "\"GET /books HTTP/1.1\"\n",
                       a->server, a->status, a->state, a->retries);
    }
}

static const struct answer fine[] = {{"web-01", "----", "0", 200}, {"web-02", "----", "0", 200}};

static void open_balancer(struct world *w, struct pmt_buf *text)
{
    const struct scan_log logs[] = {{.path = "haproxy.log", .text = text->data}};
    world_open(w, logs, 1);
    world_report(w, true);
    assert_non_null(w->report.incident);
}

static void of_one_sort(void **state)
{
    (void)state;
    static const struct answer refused[] = {{"web-01", "SC--", "3", 503}};
    struct pmt_buf text = {0};
    struct world w;
    put_balancer(&text, refused, 1, fine, 2);
    open_balancer(&w, &text);
    must_say(&w, "301 of 301 requests (100.0%) to shop failed: all with status 503, given by "
                 "HAProxy when the connection to the server was refused or failed (state SC).");
    assert_int_equal(table_of(&w, "Who answered the failed requests")->n, 1);
    world_close(&w);
    pmt_buf_fini(&text);
}

static void of_several_sorts(void **state)
{
    (void)state;
    static const struct answer mixed[] = {
        {"web-01", "SH--", "0", 502}, {"web-01", "SH--", "0", 502}, {"web-01", "----", "0", 500},
        {"web-01", "SH--", "0", 502}, {"web-01", "SH--", "0", 502}, {"<NOSRV>", "sQ--", "0", 503},
        {"web-01", "SH--", "0", 502}, {"web-01", "SH--", "0", 502}, {"web-01", "----", "0", 500},
        {"web-01", "SH--", "0", 502}, {"web-01", "SH--", "0", 502}, {"web-01", "SH--", "0", 502}};
    struct pmt_buf text = {0};
    struct world w;
    put_balancer(&text, mixed, 12, fine, 2);
    open_balancer(&w, &text);
    must_say(&w, "failed: 75.1% with status 502, given by HAProxy when the server closed "
                 "before it had answered (state SH); 16.6% with status 500, from the "
                 "server.");
    const struct pmt_table *t = table_of(&w, "Who answered the failed requests");
    assert_int_equal(t->n, 3);
    assert_string_equal(t->rows[2].cells[2], "25");
    world_close(&w);
    pmt_buf_fini(&text);
}

/* Beside them, who left first: HAProxy knows what the client waited for. */
static void clients_that_left(void **state)
{
    (void)state;
    static const struct answer mixed[] = {
        {"web-01", "sH--", "0", 504}, {"web-01", "sH--", "0", 504}, {"web-01", "CH--", "0", -1}};
    struct pmt_buf text = {0};
    struct world w;
    put_balancer(&text, mixed, 3, fine, 2);
    open_balancer(&w, &text);
    must_say(&w, "failed: all with status 504, given by HAProxy when the server did not answer in "
                 "time (state sH).");
    must_say(&w, "Clients left before the answer in 100 more requests.");
    const struct pmt_table *t = table_of(&w, "Who answered the failed requests");
    assert_int_equal(t->n, 2);
    assert_string_equal(t->rows[0].cells[2], "201");
    assert_string_equal(t->rows[1].cells[0], "");
    assert_string_equal(plain(t->rows[1].cells[1]), "not counted as failed: the client left while "
                                                    "the server had not answered (state CH)");
    assert_string_equal(t->rows[1].cells[2], "100");
    world_close(&w);
    pmt_buf_fini(&text);
}

/* ---- nginx ------------------------------------------------------------------------------- */

static void put_web(struct pmt_buf *b, const char *tail, const char *failing, const char *good)
{
    for (int i = 0; i < 3600; i++) {
        int64_t t = NINE + i * PMT_SECOND;
        bool fails = i >= 1200 && i <= 1500 && i % 2;
        pmt_buf_printf(b, "%s - - [", client_name((unsigned)i % 40));
        put_clf_time(b, t);
        pmt_buf_printf(b, " +0000] \"GET /books HTTP/1.1\" %d 512 \"-\" \"Mozilla/5.0\"",
                       fails ? 502 : 200);
        pmt_buf_printf(b, tail, fails ? failing : good);
        pmt_buf_puts(b, "\n");
    }
}

static void of_nginx(void **state)
{
    (void)state;
    static const struct {
        const char *tail, *failing, *want;
    } rows[] = {
        {"", "", "failed: all with status 502, origin not logged."},
        {" ua=\"10.0.0.8:80\" us=\"%s\"", "502",
         "with status 502, given by the web server for lack of a valid answer from the upstream, "
         "or passed on from it (logged alike)."},
        {" upstream_addr=shop us=\"%s\"", "502", "given by nginx with no live upstream."},
        {" us=\"%s\"", "-", "given by the web server itself."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_buf text = {0};
        struct world w;
        put_web(&text, rows[i].tail, rows[i].failing, "200");
        const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
        world_open(&w, logs, 1);
        world_report(&w, true);
        must_say(&w, rows[i].want);
        assert_false(says(w.report.summary, w.report.nsummary, "another try"));
        world_close(&w);
        pmt_buf_fini(&text);
    }
}

/* ---- retries ----------------------------------------------------------------------------- */

static void another_try_hid_errors(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct world w;
    put_web(&text, " ua=\"10.0.0.8:80, 10.0.0.9:80\" us=\"%s\"", "502, 502", "502, 200");
    const struct scan_log logs[] = {{.path = "access.log", .text = text.data}};
    world_open(&w, logs, 1);
    world_report(&w, true);
    must_say(&w, "149 more requests (49.8% of all) were answered only after another try.");
    assert_non_null(strstr(table_of(&w, "Who answered the failed requests")->intro, "149"));
    struct pmt_buf json = world_json(&w);
    assert_non_null(strstr(json.data, "\"requests_retried\":\t149"));
    assert_non_null(strstr(json.data, "\"by\":\t\"upstream_no_answer\""));
    pmt_buf_fini(&json);
    world_close(&w);
    pmt_buf_fini(&text);
}

/* Few of them are for the annex; and those of the balancer are told by its counters. */
static void a_few_are_for_the_annex(void **state)
{
    (void)state;
    static const struct answer some[] = {
        {"web-01", "SC--", "3", 503}, {"web-01", "SC--", "3", 503}, {"web-02", "----", "0", 200},
        {"web-01", "SC--", "3", 503}};
    static struct answer many[150];
    for (size_t i = 0; i < 150; i++)
        many[i] = i % 2 ? some[2] : some[0];
    many[7] = (struct answer){"web-02", "----", "+1", 200};
    struct pmt_buf text = {0};
    struct world w;
    put_balancer(&text, many, 150, fine, 2);
    open_balancer(&w, &text);
    assert_false(says(w.report.summary, w.report.nsummary, "another try"));
    const struct pmt_table *t = table_of(&w, "Who answered the failed requests");
    assert_string_equal(t->intro, "Failed: answered with a 5xx, or not at all. Answered well "
                                  "after another try, and not counted as failed: 2.");
    world_close(&w);
    pmt_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_sort),
        cmocka_unit_test(of_several_sorts),
        cmocka_unit_test(clients_that_left),
        cmocka_unit_test(of_nginx),
        cmocka_unit_test(another_try_hid_errors),
        cmocka_unit_test(a_few_are_for_the_annex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
