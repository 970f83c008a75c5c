/* parser.c - one parser over any bytes; which one is told by FUZZ_PARSER when it is compiled.
 *
 * Held against parser.h: the same line gives the same answer wherever it stands and whatever stands
 * behind it, what a record points at can be read, unknown numbers are -1, a reason has its column
 * in the line, and a message that is foreign leaves the envelope as it was.
 */
#include "fuzz.h"

#include "pmt/parser.h"

#define CONCAT(a, b) a##b
#define PARSER_OF(name) CONCAT(pmt_parser_, name)

extern const struct pmt_parser PARSER_OF(FUZZ_PARSER);

const unsigned fuzz_places = 48;

enum { TEXTS = 21, NUMBERS = 6 };

static void texts_of(const struct pmt_record *r, struct pmt_slice *ret)
{
    const struct pmt_slice all[TEXTS] = {
        r->host,    r->program,  r->client,          r->method,  r->path,          r->vhost,
        r->agent,   r->referrer, r->forwarded_for,   r->frontend, r->backend,      r->server,
        r->upstream, r->reason,  r->upstream_status, r->message, r->termination,   r->subject,
        r->actor,   r->detail,   PMT_NO_SLICE};
    memcpy(ret, all, sizeof all);
}

static bool stamps_equal(const struct pmt_stamp *a, const struct pmt_stamp *b)
{
    return a->how == b->how && a->decimals == b->decimals && a->wall == b->wall &&
           a->offset == b->offset;
}

static bool records_equal(const struct pmt_record *a, const struct pmt_record *b)
{
    struct pmt_slice x[TEXTS], y[TEXTS];
    texts_of(a, x);
    texts_of(b, y);
    for (int i = 0; i < TEXTS; i++)
        if (!pmt_slice_eq(x[i], y[i]) || !x[i].p != !y[i].p)
            return false;
    return a->kind == b->kind && a->lb == b->lb && a->layer == b->layer &&
           a->severity == b->severity && a->by_operator == b->by_operator && a->pid == b->pid &&
           a->status == b->status && a->bytes == b->bytes && a->duration_us == b->duration_us &&
           a->active_left == b->active_left && a->repeats == b->repeats &&
           stamps_equal(&a->head, &b->head) && stamps_equal(&a->own, &b->own);
}

static void check_stamp(const struct pmt_stamp *s)
{
    FUZZ_CHECK(s->how <= PMT_STAMP_ZONED && s->decimals <= 6);
    if (s->how == PMT_STAMP_NONE)
        return;
    int year = pmt_wall_year(s->wall);
    FUZZ_CHECK(year >= 0 && year <= 10000); /* 9999-12-31T23:59:60 is the year after */
    FUZZ_CHECK(s->how != PMT_STAMP_YEARLESS || year <= PMT_PSEUDO_YEAR + 1);
    FUZZ_CHECK(s->how != PMT_STAMP_ZONED || (s->offset > -100 * 3600 && s->offset < 100 * 3600));
}

static void check_record(const struct pmt_record *r)
{
    const int64_t numbers[NUMBERS] = {r->pid,         r->status,      r->bytes,
                                      r->duration_us, r->active_left, (int64_t)r->repeats};
    struct pmt_slice texts[TEXTS];
    uint64_t sum = 0;
    FUZZ_CHECK(r->kind <= PMT_SYSLOG && r->lb <= PMT_LB_INFO && r->layer <= PMT_LAYER_HAPROXY);
    FUZZ_CHECK(r->severity >= PMT_SEV_UNKNOWN && r->severity <= PMT_SEV_DEBUG);
    for (int i = 0; i < NUMBERS; i++)
        FUZZ_CHECK(numbers[i] >= -1);
    check_stamp(&r->head);
    check_stamp(&r->own);
    texts_of(r, texts);
    for (int i = 0; i < TEXTS; i++) {
        FUZZ_CHECK(texts[i].p || !texts[i].n);
        sum += pmt_hash(texts[i].p, texts[i].n, sum); /* can all of it be read? */
    }
    for (const struct pmt_field *f = pmt_fields; f->name; f++) {
        bool known = false;
        if (f->type == PMT_FIELD_NUMBER)
            sum += (uint64_t)f->number(r, &known);
        else
            sum += f->text(r).n;
    }
    FUZZ_CHECK(sum != 1); /* uses it */
}

/* The message parser, behind an envelope that must survive. */
static void check_message(const struct pmt_parser *p, struct pmt_slice message)
{
    struct pmt_record r, before;
    struct pmt_reject why = {NULL, 0};
    pmt_record_clear(&r);
    r.kind = PMT_SYSLOG;
    r.host = PMT_SLICE("lb-01");
    r.program = PMT_SLICE("haproxy");
    r.message = message;
    r.head = (struct pmt_stamp){.wall = PMT_DAY, .how = PMT_STAMP_WALL};
    before = r;
    enum pmt_verdict v = p->parse_message(message, &r, &why);
    FUZZ_CHECK(v == PMT_RECORD || v == PMT_SILENT || v == PMT_FOREIGN);
    if (v == PMT_FOREIGN)
        FUZZ_CHECK(records_equal(&r, &before) && why.why && why.column <= message.n);
    if (v == PMT_RECORD) {
        check_record(&r);
        FUZZ_CHECK(pmt_slice_is(r.host, "lb-01") && stamps_equal(&r.head, &before.head));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pmt_parser *p = &PARSER_OF(FUZZ_PARSER);
    struct pmt_slice line = pmt_slice((const char *)data, size);
    struct pmt_record first, second;
    struct pmt_reject why = {NULL, 0}, why_second = {NULL, 0};
    pmt_record_clear(&first);
    pmt_record_clear(&second);
    enum pmt_verdict v = p->parse(line, &first, &why);
    FUZZ_CHECK(v == PMT_RECORD || v == PMT_SILENT || v == PMT_FOREIGN);
    FUZZ_CHECK(v != PMT_FOREIGN || (why.why && *why.why && why.column <= size));

    /* The same line with something behind it. */
    char *longer = malloc(size + 4);
    FUZZ_CHECK(longer);
    memcpy(longer, data, size);
    memcpy(longer + size, "7\" ]", 4);
    FUZZ_CHECK(p->parse(pmt_slice(longer, size), &second, &why_second) == v);
    if (v == PMT_RECORD) {
        check_record(&first);
        FUZZ_CHECK(records_equal(&first, &second));
    } else if (v == PMT_FOREIGN) {
        FUZZ_CHECK(why.why == why_second.why && why.column == why_second.column);
    }
    free(longer);
    if (p->parse_message)
        check_message(p, line);
    return 0;
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    for (const struct pmt_sample *s = PARSER_OF(FUZZ_PARSER).samples; s->line; s++)
        use(ctx, s->line, strlen(s->line));
}
