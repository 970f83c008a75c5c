#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "infer_lines.h"
#include "pmt/infer.h"

enum { LINES = 120 };

/* What must be known of each line: its time and status always. */
enum { ADDR = 1, REQ = 2, BYTES = 4, TIME = 8, AGENT = 16, UP = 32, HOST = 64, PATH = 128 };

static const struct {
    const char *format;
    int known;
} formats[] = {
    {"{addr} [{clf}] \"{req}\" {st} {by} rt={rt} uct=\"{urt}\" urt=\"{urt}\"",
     ADDR | REQ | BYTES | TIME},
    {"{clf} {addr} {m} {p} {pr} {st} {by} {rt} {up} {us} {urt}", ADDR | REQ | BYTES | TIME | UP},
    {"{iso}|{addr}|{m}|{p}|{st}|{by}|{rt}|{ua}", ADDR | REQ | BYTES | TIME | AGENT},
    {"time={iso3} client={addr} method={m} uri=\"{p}\" status={st} bytes={by} rt={rt} "
     "ua=\"{up}\" us=\"{us}\" agent=\"{ua}\"",
     ADDR | REQ | BYTES | TIME | UP | AGENT},
    {"time:{clf3}\thost:{vh}\tip:{addr}\treq:{req}\tstatus:{st}\tsize:{by}\tua:{ua}\treqtime:{rt}",
     ADDR | REQ | BYTES | TIME | AGENT | HOST},
    {"{epoch_ms} {addr} \"{req}\" {st} {rt} \"{ua}\"", ADDR | REQ | TIME | AGENT},
    {"[{isoblank}] {vh} {addr} \"{req}\" {st} {by} {ms}ms", ADDR | REQ | BYTES | TIME | HOST},
    {"{isoblank},123 INFO [worker-1] {addr} - {m} {p} {st} {ms}ms", ADDR | REQ | TIME},
    {"{vh};{addr};{clf};{st};{by};{rt};{ref};{req}", ADDR | REQ | TIME | HOST},
    {"[{clf3}][{addr}][{m} /x HTTP/1.1][{st}][{rt}]", ADDR | TIME},
    {"{addr} - - [{clf}] {vh} \"{req}\" {st} {by} \"{ref}\" \"{ua}\" \"{xff}\"",
     ADDR | REQ | BYTES | AGENT | HOST},
    {"{isoms} {addr} {st} {m} {p} duration_ms={ms} id={id}", ADDR | REQ | TIME},
    {"{st} {by} {addr} {m} {p} {iso}", ADDR | REQ},
    {"{addr}\t{iso}\t{m}\t{p}\t{st}\t{by}\t{rt}", ADDR | REQ | BYTES | TIME},
    {"{iso} | {addr} | {st} | {req} | {rt} | {urt} | {ua}", ADDR | REQ | TIME | AGENT},
    {"<{addr}> ({iso}) {m} '{p}' status: {st} time: {rt}s", ADDR | REQ | TIME},
    {"{addr} {clf} \"{req}\" {us} {st} {rt}", ADDR | REQ | TIME},
    {"{iso} \"{m} {p}\" {st} {rt} \"{up}\" {id}", REQ | TIME | UP},
    {"{vh} {addr} {id} [{clf}] {st} {by} {rt} \"{req}\" \"{ref}\" \"{ua}\"",
     ADDR | REQ | TIME | AGENT | HOST},
    {"@timestamp={isoms} remote_addr={addr} request=\"{req}\" status={st} body_bytes_sent={by} "
     "request_time={rt} upstream_addr={up} upstream_status={us} upstream_response_time={urt}",
     ADDR | REQ | BYTES | TIME | UP},
    {"{addr} [{iso3}] {vh} {m} {p} {pr} {st} {by} {rt} \"{ua}\"",
     ADDR | REQ | BYTES | TIME | AGENT | HOST},
    {"level=info ts={isoms} msg=request method={m} path={p} code={st} took={ms}ms size={by}",
     REQ | BYTES | TIME},
    {"{epoch} {ms} {addr} TCP_MISS/{st} {by} {m} {p}", ADDR | REQ},
    {"{clf} [{id}] {addr} {vh} \"{req}\" {st} {by} \"{ua}\" rt:{rt} up:{up}",
     ADDR | REQ | BYTES | TIME | AGENT | HOST | UP},
    {"{addr} -> {vh} : {m} {p} => {st} ({by} bytes, {ms} ms) at {iso}", ADDR | REQ | HOST},
    {"{isoblank} {m} {p} - {port} {addr} {st} 0 0 {ms}", ADDR | REQ},
    {"\"{addr}\" \"{clf}\" \"{req}\" \"{st}\" \"{by}\" \"{rt}\" \"{ua}\"",
     ADDR | REQ | BYTES | TIME | AGENT},
    {"{addr}, {iso}, {st}, {rt}, \"{req}\"", ADDR | REQ | TIME},
    {"{iso}\t{st}\t{m}\t{vh}\t{p}\t{usec}us", REQ | TIME | HOST},
    {"status=\"{st}\" method=\"{m}\" path=\"{p}\" host=\"{vh}\" fwd=\"{xff}\" time=\"{iso}\" "
     "response_time_us={usec}",
     REQ | TIME | HOST},
    {"{addr}:{port} [{clf}] http-in be_app/app1 {tm} {st} {by} {ts} {cc} \"{req}\"",
     ADDR | REQ | BYTES},
    {"{clf} fe_web be_app/app2 {addr} {m} {p} {st} {tm} {ts}", ADDR | REQ},
    {"{iso} {addr} {req} {st} {by} {rt}", ADDR | REQ | BYTES | TIME},
    {"{clf}|{addr}|{st}|{m} {p}|{by} bytes|{rt}", ADDR | REQ | TIME},
    {"req=[{req}] st=[{st}] t=[{clf}] ip=[{addr}] rt=[{rt}]", ADDR | REQ | TIME},
    {"{m} {p} {st} {by} {iso}", REQ},
    {"access: {clf3} {addr} {m} {p} {st} {rt} {ua}", ADDR | REQ | TIME | AGENT},
};

static struct pmt_buf text_of;

/* Lines of a format, and what is in them. */
static struct pmt_slice make(const char *format, struct truth *truths, size_t n, uint64_t seed)
{
    int64_t clock = INT64_C(1645876800) * PMT_SECOND;
    dice_state = seed;
    pmt_buf_clear(&text_of);
    for (size_t i = 0; i < n; i++) {
        roll(&truths[i], &clock);
        put_line(&text_of, format, &truths[i]);
        pmt_buf_puts(&text_of, "\n");
    }
    return pmt_buf_view(&text_of);
}

static bool same(struct pmt_slice got, const char *want)
{
    return pmt_slice_is(want[0] == '-' && !want[1] ? pmt_slice("-", 1) : got, want) &&
           (want[0] != '-' || !got.p);
}

#define SAME(what, good)                                                                           \
    do {                                                                                           \
        if (!(good))                                                                               \
            fail_msg("%s of \"%.*s\"\nread as %s", what, PMT_FMT(line), x->format);                \
    } while (0)

static void compare(const struct pmt_inferred *x, int known, struct pmt_slice line,
                    const struct truth *t, const char *format)
{
    struct pmt_record rec;
    struct pmt_reject why = {"", 0};
    pmt_record_clear(&rec);
    if (pmt_parser_line(&x->parser, line, &rec, &why) != PMT_RECORD)
        fail_msg("foreign (%s, %zu): \"%.*s\"\nof %s", why.why, why.column, PMT_FMT(line),
                 x->format);
    int64_t at = rec.own.how == PMT_STAMP_ZONED ? pmt_stamp_utc(&rec.own) : rec.own.wall;
    bool thousandths = strstr(format, "ms}") && (strstr(format, "{isoms}") ||
                                                 strstr(format, "{epoch_ms}"));
    int64_t want = thousandths ? t->when / 1000 * 1000 : t->when / PMT_SECOND * PMT_SECOND;
    if (strstr(format, "{isoblank},123"))
        want += 123000;
    SAME("time", rec.own.how != PMT_STAMP_NONE && at == want);
    SAME("status", rec.status == t->status);
    if (known & ADDR)
        SAME("client", same(rec.client, t->client));
    if (known & REQ)
        SAME("request", same(rec.method, t->method) && same(rec.path, t->path));
    if (known & BYTES)
        SAME("bytes", rec.bytes == t->bytes);
    if (known & TIME)
        SAME("duration", rec.duration_us == t->duration_us);
    else
        SAME("duration", rec.duration_us == -1 || strstr(format, "{tm}"));
    if (known & AGENT)
        SAME("agent", same(rec.agent, t->agent));
    if (known & UP)
        SAME("upstream", same(rec.upstream, t->upstream));
    if (known & HOST)
        SAME("vhost", same(rec.vhost, t->vhost));
}

static void every_format_is_found(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        static struct truth truths[LINES];
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct pmt_slice all = make(formats[f].format, truths, LINES, seed * 977 + f);
            struct pmt_inferred *x = pmt_infer(all, false);
            if (!x || !x->certain)
                fail_msg("%s: %s\n%s\n%.300s", formats[f].format, x ? x->doubt : "nothing",
                         x ? x->format : "", all.p);
            struct pmt_cursor c = pmt_cursor(all);
            struct pmt_slice line;
            for (size_t i = 0; pmt_cur_until(&c, '\n', &line); i++)
                compare(x, formats[f].known, line, &truths[i], formats[f].format);
            pmt_inferred_free(x);
        }
    }
    pmt_buf_fini(&text_of);
}

/* ---- what must not be used ------------------------------------------------------------------- */

static const struct {
    const char *format, *doubt;
} doubtful[] = {
    {"{iso} {addr} {st} {st} {req}", "two columns could be the status"},
    {"{iso} {addr} {us} {st} {st} {m} {p}", "two columns could be the status"},
    {"{iso} {addr} {p} {st} {rt}", "there is a path, but no method"},
    {"{iso} {addr} {m} {p} {p}/x {rt} {st}", NULL}, /* the path is behind the method */
    {"{iso} {addr} status={st} code={st} {req}", "two columns are named as the status"},
    {"{iso} \"{req}\" {st} {addr} \"GET /{id} HTTP/1.1\"", "two columns could be the request"},
    {"{iso} {addr} 404 {rt} \"{req}\" {by}", "what could be the status is the same in all lines"},
    {"{iso} {epoch}0 {addr} {req} {st}", NULL}, /* eleven digits are no time */
    {"{iso} 1500000000 {addr} {req} {st}", "two columns could be the time, and they differ"},
    {"{clf} 2022-02-26T09:15:31Z {addr} {req} {st}",
     "two columns could be the time, and they differ"},
    {"{clf} {isoblank} {addr} {req} {st}", NULL}, /* two that agree */
    {"{iso} {m} {p} status={by} {st}", NULL},
};

static void what_is_ambiguous_is_a_guess(void **state)
{
    (void)state;
    static struct truth truths[LINES];
    for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++) {
        struct pmt_inferred *x = pmt_infer(make(doubtful[i].format, truths, LINES, i + 5), false);
        const char *want = doubtful[i].doubt;
        if (!x || (want ? x->certain || strcmp(x->doubt, want) : !x->certain))
            fail_msg("%s: %s, read as %s", doubtful[i].format,
                     !x ? "nothing" : x->doubt ? x->doubt : "certain", x ? x->format : "");
        assert_non_null(x->format);
        pmt_inferred_free(x);
    }
    pmt_buf_fini(&text_of);
}

static const char *const hopeless[] = {
    "{iso} {addr} {m} {p} {rt}",         /* no status */
    "{addr} {req} {st} {rt}",            /* no time */
    "{iso} {addr} {st} {rt}",            /* no request */
    "{m} {vh}{p} {st} {by} {iso}",       /* nothing tells host and path apart */
    "{iso} {addr} {m} {p} {by}",
    "{iso} {id} {port} {by} {rt}",
};

static void without_time_status_and_request_there_is_nothing(void **state)
{
    (void)state;
    static struct truth truths[LINES];
    for (size_t i = 0; i < sizeof hopeless / sizeof *hopeless; i++) {
        struct pmt_inferred *x = pmt_infer(make(hopeless[i], truths, LINES, i + 9), false);
        if (x)
            fail_msg("%s: %s", hopeless[i], x->format);
    }
    pmt_buf_fini(&text_of);
}

/* One line of many kinds of text; "#" is a number that differs from line to line. */
static const char *const texts[] = {
    "id,name,price,stock\n#,pump,12.50,#",
    "INSERT INTO orders VALUES (#,'2022-02-26 12:00:07','GET',200,'/a');",
    "server { listen 80; location /a# { proxy_pass http://10.0.0.1:8080; } }",
    "-rw-r--r-- 1 root adm # Feb 26 12:00 access.log.#",
    "Feb 26 12:00:07 web1 CRON[#]: (root) CMD (run-parts /etc/cron.hourly)",
    "2022-02-26 12:00:07 status installed libfoo#:amd64 1.2-#",
    "2022-02-26T12:00:07.#Z INFO started worker # of 200 in /var/run/app",
    "commit #deadbeef\nDate: Sat Feb 26 12:00:07 2022 +0000\n    200 lines of code",
    "user#:x:#:#:,,,:/home/user#:/bin/bash",
    "http_requests_total{code=\"200\",method=\"get\",path=\"/a\"} # 1645876807#",
    "2022/02/26 12:00:07 [error] #\\#0: *# upstream timed out, request: \"GET /a HTTP/1.1\"",
    "12:00:07 up # days, 2 users, load average: 0.#, 0.#, 0.#",
    "2022-02-26 12:00:07.# UTC [#] LOG: duration: 200.# ms statement: SELECT # FROM t",
    "2022-02-26,GET,/a,200,#",
    "2022-02-26T12:00:07Z,sensor#,200,404,500",
    "GET /api/v1/# HTTP/1.1\nHost: shop.example\nstatus: 200",
    "| 2022-02-26 12:00:07 | deploy # | 200 files | /srv/app |",
    "2022-02-26 12:00:07 backup of /srv/data# done, 200 files, 404 skipped, 500 MB",
    "192.0.2.# - - [26/Feb/2022] GET /a 200",
    "drop 192.0.2.# 443 198.51.100.7 # GET /a 200",
    "<tr><td>2022-02-26T12:00:07Z</td><td>GET</td><td>/a#</td><td>200</td></tr>",
    "2022-02-26T12:00:07Z 192.0.2.# sshd: Accepted publickey for user# from 192.0.2.9 port #",
    "{\"time\":\"2022-02-26T12:00:07Z\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200,\"n\":#}",
    "ab GET /x 200 #\tcd GET /y 404 #",
};

static void other_text_is_no_request_log(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct pmt_buf b = {0};
        dice_state = i;
        for (int k = 0; k < 60; k++) {
            for (const char *p = texts[i]; *p; p++) {
                if (*p == '#')
                    pmt_buf_printf(&b, "%d", (int)dice(900) + 100);
                else
                    pmt_buf_put(&b, p, 1);
            }
            pmt_buf_puts(&b, "\n");
        }
        struct pmt_inferred *x = pmt_infer(pmt_buf_view(&b), false);
        if (x)
            fail_msg("\"%s\" is %s as %s", texts[i], x->certain ? "read" : "guessed", x->format);
        pmt_buf_fini(&b);
    }
}

static void a_mixed_file_is_not_read(void **state)
{
    (void)state;
    static struct truth truths[LINES];
    struct pmt_buf b = {0};
    struct pmt_slice all = make("{iso} {addr} {m} {p} {st} {rt}", truths, LINES, 4), line;
    struct pmt_cursor c = pmt_cursor(all);
    for (int i = 0; pmt_cur_until(&c, '\n', &line); i++) {
        pmt_buf_slice(&b, line);
        pmt_buf_puts(&b, i % 8 ? "\n" : "\nreloading the configuration now\n");
    }
    struct pmt_inferred *x = pmt_infer(pmt_buf_view(&b), false);
    assert_non_null(x);
    assert_false(x->certain);
    assert_string_equal(x->doubt, "too many lines are written otherwise");
    pmt_inferred_free(x);
    pmt_buf_fini(&b);
    x = pmt_infer(make("{iso} {addr} {m} {p} {st} {rt}", truths, PMT_INFER_LEAST - 1, 4), false);
    assert_non_null(x);
    assert_string_equal(x->doubt, "there are too few lines");
    pmt_inferred_free(x);
    x = pmt_infer(make("{iso} {addr} {m} {p} {st} {rt}", truths, 1, 4), false);
    assert_null(x);
    pmt_buf_fini(&text_of);
}

/* ---- lines that were not in the head --------------------------------------------------------- */

static const struct {
    const char *format, *line;
    int64_t status; /* -1: must be foreign */
    const char *path;
} later[] = {
    {"{iso} {addr} {m} {p} {st} {rt}", "2022-02-26T12:00:07Z 192.0.2.1 GET /a 404 0.003", 404,
     "/a"},
    /* blanks that a client sent */
    {"{iso} {addr} {m} {p} {st} {rt}", "2022-02-26T12:00:07Z 192.0.2.1 GET /a 200 404 0.003", -1,
     NULL},
    {"{iso} {addr} {m} {p} {st} {rt}", "2022-02-26T12:00:07Z 192.0.2.1 GET /a 200 0.001 404 0.003",
     -1, NULL},
    {"{iso} {addr} {m} {p} {pr} {st} {by}",
     "2022-02-26T12:00:07Z 192.0.2.1 GET /a 200 17 HTTP/1.1 404 3", -1, NULL},
    /* a date that does not exist, a status that is none */
    {"{iso} {addr} {m} {p} {st} {rt}", "2022-02-30T12:00:07Z 192.0.2.1 GET /a 404 0.003", -1,
     NULL},
    {"{iso} {addr} {m} {p} {st} {rt}", "2022-02-26T12:00:07Z 192.0.2.1 GET /a 604 0.003", -1,
     NULL},
    {"{iso} {addr} {m} {p} {st} {rt}", "2022-02-26T12:00:07Z 192.0.2.1 GET /a 40 0.003", -1, NULL},
    {"{iso} {addr} {m} {p} {st} {rt}", "2022-02-26T12:00:07Z 192.0.2.1 GET /a 404", -1, NULL},
    {"{iso} {addr} {m} {p} {st} {rt}", "", -1, NULL},
    {"{clf} {addr} \"{req}\" {st} {rt}",
     "26/Feb/2022:12:00:07 +0000 192.0.2.1 \"\\x16\\x03\\x01\" 400 0.003", 400, NULL},
    {"{clf} {addr} \"{req}\" {st} {rt}",
     "26/Feb/2022:12:00:07 +0000 192.0.2.1 \"GET /\\\" 200 0.001 HTTP/1.1\" 404 0.003", 404,
     "/\\\" 200 0.001"},
    {"{iso}|{addr}|{m}|{p}|{st}|{rt}|{ua}",
     "2022-02-26T12:00:07Z|192.0.2.1|GET|/a|b|404|0.003|curl/7.88.1", -1, NULL},
    {"{iso} {addr} {m} {p} {st} {rt}", "2022-02-26T12:00:07Z 192.0.2.1 GET /a 404 0.003\r", 404,
     "/a"},
    {"{epoch_ms} {m} {p} {st} {rt}", "1645876807.123456 GET /a 404 0.003", 404, "/a"},
    {"{epoch_ms} {m} {p} {st} {rt}", "16458768070.123 GET /a 404 0.003", -1, NULL},
};

static void later_lines_are_read_strictly(void **state)
{
    (void)state;
    static struct truth truths[LINES];
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        struct pmt_inferred *x = pmt_infer(make(later[i].format, truths, LINES, i), false);
        struct pmt_record rec, before;
        struct pmt_reject why = {NULL, 0};
        assert_non_null(x);
        assert_true(x->certain);
        pmt_record_clear(&before);
        rec = before;
        struct pmt_slice line = pmt_str(later[i].line);
        enum pmt_verdict v = pmt_parser_line(&x->parser, line, &rec, &why);
        if (v != (later[i].status < 0 ? PMT_FOREIGN : PMT_RECORD))
            fail_msg("\"%s\" of %s: %s", later[i].line, x->format, why.why ? why.why : "read");
        if (v == PMT_FOREIGN) {
            assert_non_null(why.why);
            assert_true(why.column <= line.n);
            assert_memory_equal(&rec, &before, sizeof rec);
        } else {
            assert_int_equal(rec.status, later[i].status);
            if (later[i].path ? !pmt_slice_is(rec.path, later[i].path) : rec.path.p != NULL)
                fail_msg("path \"%.*s\" of \"%s\"", PMT_FMT(rec.path), later[i].line);
        }
        pmt_inferred_free(x);
    }
    pmt_buf_fini(&text_of);
}

/* ---- for a source ---------------------------------------------------------------------------- */

static void what_is_read_already_costs_nothing(void **state)
{
    (void)state;
    static struct truth truths[LINES];
    struct pmt_slice all = make("{addr} - - [{clf}] \"{req}\" {st} {by} \"{ref}\" \"{ua}\"",
                                truths, LINES, 1);
    size_t understood, lines;
    const struct pmt_parser *parser = pmt_parser_detect(all, &understood, &lines);
    struct pmt_own own = {.n = 0};
    assert_non_null(parser);
    const struct pmt_parser *before = parser;
    assert_null(pmt_infer_source(all, &parser, &own));
    assert_ptr_equal(parser, before);
    assert_int_equal(own.n, 0);
    pmt_buf_fini(&text_of);
}

static void messages_behind_an_envelope(void **state)
{
    (void)state;
    static struct truth truths[LINES];
    struct pmt_buf b = {0};
    struct pmt_slice all = make("{addr}:{port} fe_web be_app/app1 {tm} {st} {by} {ts} {m} {p}",
                                truths, LINES, 3), line;
    struct pmt_cursor c = pmt_cursor(all);
    for (int i = 0; pmt_cur_until(&c, '\n', &line); i++)
        pmt_buf_printf(&b, "Feb 26 12:%02d:%02d lb1 haproxy[812]: %.*s\n", i / 60, i % 60,
                       PMT_FMT(line));
    pmt_buf_puts(&b, "Feb 26 12:03:00 lb1 cron[9]: 192.0.2.1:1 fe_web be_app/app1 1/0/1/9/20 404 7 "
                     "---- GET /x\n");
    all = pmt_buf_view(&b);
    size_t understood, lines;
    const struct pmt_parser *parser = pmt_parser_detect(all, &understood, &lines), *used;
    struct pmt_own own = {.n = 0};
    struct pmt_inferred *x = pmt_infer_source(all, &parser, &own);
    assert_non_null(x);
    assert_true(x->certain);
    assert_string_equal(x->program, "haproxy");
    assert_int_equal(x->dialect, PMT_DIALECT_HAPROXY);
    assert_string_equal(parser->name, "syslog");
    assert_ptr_equal(own.items[0], &x->parser);
    c = pmt_cursor(all);
    for (int i = 0; pmt_cur_until(&c, '\n', &line); i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        assert_int_equal(pmt_parse_line(parser, &own, line, &rec, &used, &why), PMT_RECORD);
        if (i == LINES) { /* of another program */
            assert_int_equal(rec.kind, PMT_SYSLOG);
            continue;
        }
        assert_int_equal(rec.kind, PMT_HTTP_REQUEST);
        assert_int_equal(rec.status, truths[i].status);
        assert_int_equal(rec.bytes, truths[i].bytes);
        assert_true(same(rec.path, truths[i].path) && same(rec.client, truths[i].client));
        assert_true(pmt_slice_is(rec.host, "lb1") && pmt_slice_is(rec.backend, "be_app"));
        assert_true(pmt_slice_is(rec.server, "app1") && pmt_slice_is(rec.frontend, "fe_web"));
        assert_int_equal(rec.duration_us, truths[i].duration_us + 4000);
    }
    pmt_inferred_free(x);
    pmt_buf_fini(&b);
    pmt_buf_fini(&text_of);
}

/* What a container's log driver writes names no program. */
static void lines_of_a_container(void **state)
{
    (void)state;
    static struct truth truths[LINES];
    struct pmt_buf b = {0};
    struct pmt_slice all = make("{addr}|{m} {p}|{st}|{by}", truths, LINES, 5), line;
    struct pmt_cursor c = pmt_cursor(all);
    for (int i = 0; pmt_cur_until(&c, '\n', &line); i++)
        pmt_buf_printf(&b, "{\"log\":\"%.*s\\n\",\"stream\":\"stdout\","
                       "\"time\":\"2022-02-26T12:%02d:%02d.000000001Z\"}\n",
                       PMT_FMT(line), i / 60, i % 60);
    all = pmt_buf_view(&b);
    size_t understood, lines;
    const struct pmt_parser *parser = pmt_parser_detect(all, &understood, &lines), *used;
    struct pmt_own own = {.n = 0};
    struct pmt_inferred *x = pmt_infer_source(all, &parser, &own);
    assert_non_null(x);
    assert_true(x->certain);
    assert_string_equal(x->program, "");
    c = pmt_cursor(all);
    for (int i = 0; pmt_cur_until(&c, '\n', &line); i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        assert_int_equal(pmt_parse_line(parser, &own, line, &rec, &used, &why), PMT_RECORD);
        assert_int_equal(rec.kind, PMT_HTTP_REQUEST);
        assert_int_equal(rec.status, truths[i].status);
        assert_true(same(rec.path, truths[i].path) && same(rec.client, truths[i].client));
    }
    pmt_inferred_free(x);
    pmt_buf_fini(&b);
    pmt_buf_fini(&text_of);
}

static void given_formats_stay_first(void **state)
{
    (void)state;
    static struct truth truths[LINES];
    struct pmt_slice all = make("{iso} {addr} {m} {p} {st} {rt}", truths, LINES, 3);
    struct pmt_parser given = {.name = "given"}, found = {.name = "found"};
    struct pmt_inferred *x = pmt_infer(all, false);
    const struct pmt_parser *parser = NULL;
    struct pmt_own own = {.items = {&given, &found}, .n = 2, .before = 1, .reads = 2};
    assert_non_null(x);
    assert_true(pmt_inferred_use(x, &parser, &own));
    assert_ptr_equal(parser, &x->parser);
    assert_int_equal(own.n, 3);
    assert_int_equal(own.before, 2);
    assert_ptr_equal(own.items[0], &given);
    assert_ptr_equal(own.items[1], &x->parser);
    assert_ptr_equal(own.items[2], &found);
    assert_int_equal(own.reads, 2 | 4);
    own.n = PMT_OWN_MAX;
    assert_false(pmt_inferred_use(x, &parser, &own));
    pmt_inferred_free(x);
    pmt_buf_fini(&text_of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_found),
        cmocka_unit_test(what_is_ambiguous_is_a_guess),
        cmocka_unit_test(without_time_status_and_request_there_is_nothing),
        cmocka_unit_test(other_text_is_no_request_log),
        cmocka_unit_test(a_mixed_file_is_not_read),
        cmocka_unit_test(later_lines_are_read_strictly),
        cmocka_unit_test(what_is_read_already_costs_nothing),
        cmocka_unit_test(messages_behind_an_envelope),
        cmocka_unit_test(lines_of_a_container),
        cmocka_unit_test(given_formats_stay_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
