/* custom.c - any line to a format of the user's own that has all its groups: what it takes lies in
 * the line, a line it refuses leaves the record alone, and twice the same comes. The other way
 * round, any bytes as the file of a format or of rules: it loads or says why. */
#include "fuzz.h"

#include "pmt/custom.h"

const unsigned fuzz_places = 24;

static const char format[] =
    "{\"name\": \"all\", \"kind\": \"request\", \"time\": \"%a %Y-%b-%d %I:%M:%S.%f %p %z\", "
    "\"ignore\": \"^#\", \"pattern\": \"^(?<time>[^|]*)[|](?<host>[^|]*)[|](?<pid>[^|]*)"
    "[|](?<severity>[^|]*)[|](?<request>[^|]*)[|](?<status>[^|]*)[|](?<bytes>[^|]*)"
    "[|](?<request_time>[^|]*)[|](?<upstream_time_us>[^|]*)[|]?(?<message>.*)$\", "
    "\"samples\": [{\"line\": \"Sat 2022-Feb-26 01:02:03.5 PM +0300|a|1|err|GET / HTTP/1.1|200|2|"
    "0.5|77|text\", \"expect\": {\"ts\": \"2022-02-26T13:02:03.5+03:00\", \"status\": 200}}]}";

static bool lies_in(struct pmt_slice part, const uint8_t *data, size_t size)
{
    const char *from = (const char *)data;
    return !part.p || (part.p >= from && part.p + part.n <= from + size);
}

static void check_line(const struct pmt_parser *p, const uint8_t *data, size_t size)
{
    struct pmt_slice line = pmt_slice((const char *)data, size);
    struct pmt_record r, again, before;
    struct pmt_reject why = {NULL, 0};
    pmt_record_clear(&r);
    before = again = r;
    enum pmt_verdict v = p->parse_own(p->self, line, &r, &why);
    FUZZ_CHECK(p->parse_own(p->self, line, &again, &why) == v);
    if (v != PMT_RECORD) {
        FUZZ_CHECK(memcmp(&r, &before, sizeof r) == 0);
        FUZZ_CHECK(v == PMT_SILENT || (why.why && why.column <= size));
        return;
    }
    FUZZ_CHECK(lies_in(r.host, data, size) && lies_in(r.method, data, size) &&
               lies_in(r.path, data, size) && lies_in(r.message, data, size));
    FUZZ_CHECK(r.own.how == PMT_STAMP_ZONED && again.own.wall == r.own.wall);
    FUZZ_CHECK(r.status >= -1 && r.bytes >= -1 && r.pid >= -1 && r.duration_us >= -1 &&
               r.latency_us >= -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pmt_custom_format *all;
    static struct pmt_arena kept;
    struct pmt_arena arena = {0};
    struct pmt_custom_format *f = NULL;
    const struct pmt_rule *rules = NULL;
    const char *why = NULL;
    if (!all)
        FUZZ_CHECK(pmt_custom_format_load(pmt_str(format), &kept, &all, &why) == 0);
    check_line(pmt_custom_format_parser(all), data, size);
    struct pmt_slice text = pmt_slice((const char *)data, size);
    why = NULL;
    if (pmt_custom_format_load(text, &arena, &f, &why) == 0)
        check_line(pmt_custom_format_parser(f), data, size);
    else
        FUZZ_CHECK(!f && why && *why);
    pmt_custom_format_free(f);
    why = NULL;
    if (pmt_custom_rules_load(text, NULL, &arena, &rules, &why))
        FUZZ_CHECK(!rules && why && *why);
    pmt_arena_fini(&arena);
    return 0;
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    static const char *const seeds[] = {
        format,
        "Sat 2022-Feb-26 01:02:03.5 PM +0300|a|1|err|GET / HTTP/1.1|200|2|0.5|77|text",
        "Sun 2022-Feb-27 12:00:00.123456789 am Z|-|-|-|-|000|-|0.1, 0.2|-1|",
        "# nothing",
        "[{\"id\": \"a-b\", \"programs\": [\"x\", \"y-*\"], \"literal\": \"full\", \"pattern\": "
        "\"(?<subject>[a-z]+) full\", \"event\": \"storage\", \"sentence\": \"{subject} of {host} "
        "was full\", \"sample\": {\"program\": \"x\", \"message\": \"disk full\", \"subject\": "
        "\"disk\"}}]",
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        use(ctx, seeds[i], strlen(seeds[i]));
}
