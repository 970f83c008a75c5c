/* conf.c - a configuration of nginx, HAProxy or Apache (the first byte says whose): any bytes give
 * formats and problems, within their bounds, and no format that breaks the template. */
#include "fuzz.h"

#include "pmt/conf.h"

const unsigned fuzz_places = 64;

static const char *const seeds[] = {
    "nhttp {\n log_format main escape=json '{\"s\":$status,' '\"r\":\"$request\"}';\n"
    " access_log /l/$host.log main buffer=4k;\n include conf.d/*.conf;\n"
    " server { location / { access_log off; } }\n}\n",
    "nstream { log_format s $time_iso8601\\ ${status}x;\n"
    " access_log syslog:server=192.0.2.1,tag=a s;}",
    "n# c\nlog_format \"q\\\"\\\\\\t\" '$msec $remote_addr' \"; } {\" ;\n"
    "content_by_lua_block { -- }\n x = \"}\" }\naccess_log a.log none;\n}\n",
    "hglobal\n setenv F \"%ci [%tr]\"\n log-tag edge\ndefaults base from x\n"
    " log-format \"${F-%ST} %{+Q}r\"\n error-log-format '%ci %[fc_err_str]'\n",
    "hlisten a\n log-format {\"c\":\"%ci\"}\\ %ST\\x20%Ta # c\n"
    "log-profile p\n on any sd x format %ci\n",
    "aLogFormat \"%h %l %u %t \\\"%r\\\" %>s %b \\\n %{X}i\" x\nDefine L ${APACHE_LOG_DIR}\n"
    "CustomLog ${L}/a.log x env=!y\nCustomLog \"|/b/rotatelogs /l/a.%Y 9\" '%h %s'\n"
    "TransferLog t.log\nIncludeOptional c/*.conf\n",
};

static void check_entry(const struct pmt_conf *c, const struct pmt_conf_entry *e, size_t size)
{
    struct pmt_arena arena = {0};
    const struct pmt_template *t;
    const char *why = NULL;
    FUZZ_CHECK(e->name && *e->name && strcmp(e->file, "fuzz.conf") == 0);
    FUZZ_CHECK(e->line >= 1 && e->line <= size + 1);
    FUZZ_CHECK(!e->path || *e->path);
    if (e->path)
        FUZZ_CHECK(pmt_conf_tail(e->path, "/var/log/nginx/access.log") <= 4);
    if (e->text)
        FUZZ_CHECK(pmt_template_compile(c->dialect, e->text, &arena, &t, &why) == 0 ||
                   (why && *why));
    pmt_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pmt_arena arena = {0};
    struct pmt_conf c;
    if (!size)
        return 0;
    enum pmt_dialect dialect = *data == 'n'   ? PMT_DIALECT_NGINX
                               : *data == 'h' ? PMT_DIALECT_HAPROXY : PMT_DIALECT_APACHE;
    /* As it comes out of a file: no text with a NUL gets that far. */
    if (memchr(data, '\0', size))
        return 0;
    pmt_conf_text(&c, dialect, pmt_slice((const char *)data + 1, size - 1), "fuzz.conf", &arena);
    FUZZ_CHECK(c.n <= PMT_CONF_ENTRIES_MAX && c.nfiles == 0);
    FUZZ_CHECK(c.nproblems <= PMT_CONF_PROBLEMS_MAX && c.nproblems <= c.bad);
    FUZZ_CHECK(arena.bytes <= 64 * 1024 * 1024);
    for (size_t i = 0; i < c.n; i++)
        check_entry(&c, &c.entries[i], size);
    for (size_t i = 0; i < c.nproblems; i++)
        FUZZ_CHECK(c.problems[i].why && *c.problems[i].why && c.problems[i].line <= size + 1);
    pmt_conf_fini(&c);
    pmt_arena_fini(&arena);
    return 0;
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        use(ctx, seeds[i], strlen(seeds[i]));
}
