/* rules.c - the rule catalogue over any program name and message: "<program>\n<message>".
 *
 * What a rule takes out of a message lies in it or in the upstream, is short, and a message that no
 * rule knows leaves the record alone.
 */
#include "fuzz.h"

#include "pmt/rules.h"

const unsigned fuzz_places = 12;

static bool lies_in(struct pmt_slice part, struct pmt_slice whole)
{
    return part.n <= PMT_RULES_TEXT_MAX && part.p >= whole.p &&
           part.p + part.n <= whole.p + whole.n;
}

static void check_match(const struct pmt_rules *rules, const struct pmt_record *r)
{
    const struct pmt_rule *rule = pmt_rules_get(rules, r->rule);
    FUZZ_CHECK(rule && rule->event == (enum pmt_event)r->event);
    FUZZ_CHECK(!r->subject.p || lies_in(r->subject, r->message) ||
               lies_in(r->subject, r->upstream));
    FUZZ_CHECK(!r->actor.p || lies_in(r->actor, r->message));
    FUZZ_CHECK(!r->detail.p || lies_in(r->detail, r->message));
    if (r->message.n <= PMT_RULES_MESSAGE_MAX)
        FUZZ_CHECK(pmt_slice_find(r->message, rule->literal));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pmt_rules *rules;
    static struct pmt_rules_scratch *scratch;
    if (!rules) {
        rules = pmt_rules_new();
        scratch = pmt_rules_scratch_new(rules);
    }
    struct pmt_cursor c = pmt_cursor(pmt_slice((const char *)data, size));
    struct pmt_slice program = PMT_NO_SLICE;
    if (!pmt_cur_until(&c, '\n', &program))
        program = PMT_NO_SLICE;
    struct pmt_record r, again;
    pmt_record_clear(&r);
    r.kind = pmt_slice_is(program, "nginx-error") ? PMT_NGINX_ERROR : PMT_SYSLOG;
    r.program = r.kind == PMT_NGINX_ERROR ? PMT_NO_SLICE : program;
    r.pid = size % 2;
    r.message = pmt_cur_rest(&c);
    r.upstream = size % 3 ? PMT_NO_SLICE : PMT_SLICE("http://10.0.0.11:8080/");
    again = r;
    bool matched = pmt_rules_match(rules, scratch, &r);
    if (matched)
        check_match(rules, &r);
    else
        FUZZ_CHECK(r.rule < 0 && !r.subject.p && !r.actor.p && !r.detail.p && !r.event);
    FUZZ_CHECK(pmt_rules_match(rules, scratch, &again) == matched && again.rule == r.rule &&
               pmt_slice_eq(again.subject, r.subject));
    return 0;
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    struct pmt_buf b = {0};
    for (const struct pmt_rule *const *t = pmt_catalogue_tables; *t; t++)
        for (const struct pmt_rule *rule = *t; rule->id; rule++) {
            pmt_buf_clear(&b);
            pmt_buf_printf(&b, "%s\n%s", rule->program_of_sample, rule->sample);
            use(ctx, b.data, b.n);
        }
    pmt_buf_fini(&b);
}
