#include "pmt/paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally_helpers.h"

static const struct {
    const char *path, *prefix; /* NULL: nothing that tells */
} rules[] = {
    {"/checkout", "/checkout"},
    {"/checkout/", "/checkout"},
    {"/checkout?step=2", "/checkout"},
    {"/checkout;jsessionid=1F", "/checkout"},
    {"/checkout#top", "/checkout"},
    {"/checkout/pay/now", "/checkout"},
    {"/items/12", "/items"},
    {"/api/orders/7", "/api/orders"},
    {"/api/v1/orders/7", "/api/v1/orders"},
    {"/api/v12/orders", "/api/v12/orders"},
    {"/rest/v2/de/cart", "/rest/v2/de"}, /* three are enough */
    {"/api", "/api"},
    {"/api/7f3c9a2e11", "/api"},
    {"/de/cart", "/de/cart"},
    {"/en-US/cart", "/en-US/cart"},
    {"/index.php/cart", "/index.php/cart"},
    {"/index.php?id=3", "/index.php"},
    {"/login.php", "/login.php"},
    {"/feed.xml", "/feed.xml"},
    {"/wp-admin/admin-ajax.php", "/wp-admin"},
    {"http://shop.example/cart/3", "/cart"},
    {"https://shop.example/api/cart", "/api/cart"},
    {"/alice", "/alice"}, /* who can know? */
    /* files that pages are made of */
    {"/style.css", NULL},
    {"/favicon.ico", NULL},
    {"/static/app.js", "/static"},
    /* somebody, or one of many */
    {"/2024/02/spring", NULL},
    {"/12", NULL},
    {"/item12345", NULL},
    {"/7f3c9a2e", NULL},
    {"/9b2f6c1e-3f5d-4c1a-9a57-0242ac120002", NULL},
    {"/caf%C3%A9", NULL},
    {"/~carol", NULL},
    {"/.env", NULL},
    {"/a@b.example", NULL},
    {"/a-very-long-title-of-some-page", NULL},
    {"/x\x01y", NULL},
    {"/", NULL},
    {"//cart", NULL},
    {"/?q=1", NULL},
    {"*", NULL},
    {"-", NULL},
    {"", NULL},
    {"http://shop.example", NULL},
};

static void prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct pmt_slice got = pmt_path_prefix(pmt_str(rules[i].path));
        struct pmt_slice want = pmt_str(rules[i].prefix);
        if (!pmt_slice_eq(got, want) || !got.p != !want.p)
            fail_msg("%s: got %.*s", rules[i].path, PMT_FMT(got));
    }
    assert_null(pmt_path_prefix(PMT_NO_SLICE).p);
}

/* Cut anywhere, nothing is read behind the end. */
static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        for (size_t n = 0; n <= strlen(rules[i].path); n++) {
            char *copy = pmt_alloc(n ? n : 1);
            memcpy(copy, rules[i].path, n);
            struct pmt_slice got = pmt_path_prefix(pmt_slice(copy, n));
            assert_true(!got.p || (got.p >= copy && got.p + got.n <= copy + n));
            free(copy);
        }
}

static struct pmt_path *ask(struct pmt_paths *p, struct pmt_arena *arena, const char *prefix)
{
    struct pmt_slice s = pmt_str(prefix);
    return pmt_paths_find(p, arena, 7, s, pmt_prefix_hash(s));
}

static void count_one(struct pmt_paths *p, struct pmt_arena *arena, const char *prefix,
                      int64_t sec)
{
    struct pmt_path *path = ask(p, arena, prefix);
    if (path)
        pmt_trace_add(&path->trace, sec, &(struct pmt_counts){{[PMT_ALL] = 1}});
}

static void dump(struct pmt_buf *b, const struct pmt_paths *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct pmt_series series = {0};
        pmt_buf_printf(b, "%.*s\n", PMT_FMT(p->v[i].prefix));
        pmt_trace_each(&p->v[i].trace, dump_into, &series);
        dump_series(b, &series);
        pmt_series_fini(&series);
    }
}

/* A site whose paths begin with names, of which there are many more than are told apart: the same
 * are told apart in whatever parts it is read, with all of their requests, and what most sites have
 * is among them. */
static void too_many(void **state)
{
    (void)state;
    enum { NAMES = 3 * PMT_PATHS_MAX, PARTS = 3 };
    struct pmt_arena arena = {0};
    struct pmt_paths whole = {0}, parts[PARTS] = {{0}};
    struct pmt_buf want = {0}, got = {0};
    for (int i = 0; i < 2 * NAMES; i++) {
        char name[32];
        snprintf(name, sizeof name, "/user-%x-%x", (unsigned)i % NAMES / 256,
                 (unsigned)i % NAMES % 256);
        const char *prefix = i % 500 == 499 ? "/checkout" : name;
        count_one(&whole, &arena, prefix, i);
        count_one(&parts[i * PARTS / (2 * NAMES)], &arena, prefix, i);
    }
    pmt_paths_seal(&whole, 0, true);
    for (int i = 0; i < PARTS; i++)
        pmt_paths_seal(&parts[i], 0, false);
    pmt_paths_merge(&parts[1], &parts[2], &arena);
    pmt_paths_merge(&parts[0], &parts[1], &arena);
    pmt_paths_seal(&parts[0], 0, true);
    assert_int_equal(whole.n, PMT_PATHS_MAX);
    dump(&want, &whole);
    dump(&got, &parts[0]);
    assert_same_dump(&want, &got);
    assert_non_null(ask(&whole, &arena, "/checkout"));
    pmt_paths_fini(&whole);
    for (int i = 0; i < PARTS; i++)
        pmt_paths_fini(&parts[i]);
    pmt_buf_fini(&want);
    pmt_buf_fini(&got);
    pmt_arena_fini(&arena);
}

/* The same prefix of two services is two. */
static void services_apart(void **state)
{
    (void)state;
    struct pmt_arena arena = {0};
    struct pmt_paths p = {0};
    struct pmt_slice s = pmt_str("/cart");
    struct pmt_path *a = pmt_paths_find(&p, &arena, 1, s, pmt_prefix_hash(s));
    assert_int_equal(a->service, 1);
    struct pmt_path *b = pmt_paths_find(&p, &arena, 2, s, pmt_prefix_hash(s));
    assert_int_equal(b->service, 2);
    assert_int_equal(p.n, 2);
    pmt_paths_fini(&p);
    pmt_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(too_many),
        cmocka_unit_test(services_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
