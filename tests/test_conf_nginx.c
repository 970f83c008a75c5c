#include "conf_lines.h"

static void reads_formats(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"", "", NULL},
        {"log_format main '$remote_addr [$time_local]' ' \"$request\" ' \"$status\";\n",
         "log_format main:1 $remote_addr [$time_local] \"$request\" $status\n", NULL},
        {"# log_format no '$status';\nhttp {\n  log_format a $status;# b\n}\n",
         "log_format a:3 $status\n", NULL},
        {"log_format j escape=json '{\"t\":\"$msec\",'\n  '\"s\":$status}';",
         "log_format j:1 json {\"t\":\"$msec\",\"s\":$status}\n", NULL},
        {"log_format n escape=none $status; log_format d escape=default $status$msec;",
         "log_format n:1 none $status\nlog_format d:1 $status$msec\n", NULL},
        {"log_format q 'it\\'s $status' \"\\\"$request\\\"\" a\\ b\\;c;",
         "log_format q:1 it's $status\"$request\"a\\ b\\;c\n", NULL},
        {"log_format t $status\\t$msec'\\n';", "log_format t:1 $status\t$msec'\n'\n", NULL},
        {"log_format v ${status}x;", "log_format v:1 ${status}x\n", NULL},
        {"log_format s '# no comment; { } $status';",
         "log_format s:1 # no comment; { } $status\n", NULL},
        /* As nginx 1.22 reads them. */
        {"log_format r a\\ b\\;c\\\"d $status \\. \\n x\\ty;",
         "log_format r:1 a\\ b\\;c\"d$status\\.\nx\ty\n", NULL},
        {"log_format h $status#no ${status}x c\\{d;", "log_format h:1 $status#no${status}xc\\{d\n",
         NULL},
        {"log_format k $status\"x\"y'z' '\\x41 \\\\\\\\ \\d';",
         "log_format k:1 $status\"x\"y'z'\\x41 \\\\ \\d\n", NULL},
        {"log_format \"two words\" '$status';\r\n", "log_format two words:1 $status\n", NULL},
    };
    CHECK_ALL(PMT_DIALECT_NGINX, cases);
}

static void ties_files_to_formats(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"access_log /var/log/nginx/access.log;",
         "log_format combined:1 built in >/var/log/nginx/access.log\n", NULL},
        {"http {\n log_format main '$status';\n access_log /l/a.log main buffer=32k;\n"
         " server {\n  access_log /l/b.log main if=$loggable;\n"
         "  location / { access_log off; }\n }\n}",
         "log_format main:2 $status >/l/a.log\nlog_format main:2 $status >/l/b.log\n", NULL},
        /* Where the format comes after its use, and in a name with a variable. */
        {"access_log logs/$host.access-${server_name}[1]*.log main;\nlog_format main $status;",
         "log_format main:2 $status >logs/*.access-*\\[1\\]\\*.log\n", NULL},
        {"access_log /l/a.log buffer=32k;", "log_format combined:1 built in >/l/a.log\n", NULL},
        {"log_format x $status;\n"
         "access_log syslog:server=192.0.2.1:514,facility=local7,tag=shop,severity=info x;\n"
         "access_log syslog:server=unix:/dev/log x;",
         "log_format x:1 $status #shop\nlog_format x:1 $status #nginx\n", NULL},
        {"access_log /dev/stdout main; log_format main $status;", "log_format main:1 $status\n",
         NULL},
        /* Names of http and of stream are apart. */
        {"stream {\n log_format s $status;\n server { access_log /l/s.log s; }\n}\n"
         "http { log_format s $msec; access_log /l/h.log s; }",
         "log_format s:2 $status >/l/s.log\nlog_format s:5 $msec >/l/h.log\n", NULL},
        {"log_format a $status; log_format a $msec; access_log /l/a a;",
         "log_format a:1 $msec >/l/a\nlog_format a:1 $status\n", NULL},
        {"access_log /l/a.log none;", "log_format none:1 built in >/l/a.log\n",
         "1: access_log names the format \"none\", which no log_format has\n"},
    };
    CHECK_ALL(PMT_DIALECT_NGINX, cases);
}

/* Which server a log is of: the name may stand behind it. */
static void ties_files_to_servers(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"http {\n server { access_log /l/a.log; server_name shop.example www.shop.example; }\n}",
         "log_format combined:2 built in >/l/a.log @shop.example\n", NULL},
        {"server { server_name _ \"\" *.a.example ~^b$ $hostname .c.example; location / {\n"
         "access_log /l/c.log; } }\naccess_log /l/d.log;",
         "log_format combined:2 built in >/l/c.log @c.example\n"
         "log_format combined:3 built in >/l/d.log\n", NULL},
        /* One log of two servers, or of one and of all. */
        {"server { server_name a.example; access_log /l/a.log; }\n"
         "server { server_name b.example; access_log /l/a.log; }",
         "log_format combined:1 built in >/l/a.log\n", NULL},
        {"access_log /l/a.log; server { server_name b.example; access_log /l/a.log; }",
         "log_format combined:1 built in >/l/a.log\n", NULL},
        {"server { server_name a.example; access_log /l/a.log; }\n"
         "server { server_name a.example; listen 443; access_log /l/a.log; }",
         "log_format combined:1 built in >/l/a.log @a.example\n", NULL},
        {"server_name a.example; upstream u { server 192.0.2.1; } access_log /l/a.log;",
         "log_format combined:1 built in >/l/a.log\n", NULL},
        {"server { server_name a.example;\n",
         "", "1: the file ends inside a block\n"},
    };
    CHECK_ALL(PMT_DIALECT_NGINX, cases);
}

static void variables_that_stand_for_others(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"map \"$time_iso8601 # $msec\" $ms { \"~(.*) # (.*)$\" $1.$2; }\n"
         "log_format a '$ms $status';",
         "log_format a:2 ${time_iso8601} $status\n", NULL},
        /* Not where the format has it already, under any of its names; not from $msec alone. */
        {"map $time_local $t { ~(.*) $1; } log_format a '$t $msec $status';",
         "log_format a:1 $t $msec $status\n", NULL},
        {"map $msec $t { ~(.*)[.] $1; } log_format a '$t $status';", "log_format a:1 $t $status\n",
         NULL},
        {"map $upstream_response_time $u { default $upstream_response_time; \"\" 0; }\n"
         "log_format a '${u}s $u $status';",
         "log_format a:2 ${upstream_response_time}s $u $status\n", NULL},
        {"map $request_time $r { default $request_time; ~^9 slow; } log_format a '$r $status';",
         "log_format a:1 $r $status\n", NULL},
        {"map $http_x_forwarded_for $c {\n \"\" $remote_addr;\n ~^(?P<f>[0-9.]+),? $f;\n}\n"
         "log_format a '$c $status';\nlog_format b '$c $remote_addr $status';\n"
         "log_format c '$c $remote_addr $http_x_forwarded_for $status';",
         "log_format a:5 ${remote_addr} $status\n"
         "log_format b:6 ${http_x_forwarded_for} $remote_addr $status\n"
         "log_format c:7 $c $remote_addr $http_x_forwarded_for $status\n",
         NULL},
        {"map $request_uri $t { default $request_uri; ~(.*)key=[^&]* $1; }\n"
         "map $t $filtered { default $t; ~(.*)pw=[^&]* $1; }\nlog_format a '$filtered $status';",
         "log_format a:3 ${request_uri} $status\n", NULL},
        {"server { set $c $remote_addr; } log_format a '$c $status';",
         "log_format a:1 ${remote_addr} $status\n", NULL},
        {"set $c $remote_addr; if ($http_x) { set $c $1; } log_format a '$c $status';",
         "log_format a:1 $c $status\n", NULL},
        {"map $status $loggable { ~^[23] 0; default 1; } log_format a '$loggable $status';",
         "log_format a:1 $loggable $status\n", NULL},
        {"map $a $b { c { } default $remote_addr; } map { } map $x; set; log_format a $b$status;",
         "log_format a:1 ${remote_addr}$status\n", NULL},
        {"map $a $status { default $remote_addr; } log_format a $status;",
         "log_format a:1 $status\n", NULL},
    };
    CHECK_ALL(PMT_DIALECT_NGINX, cases);
}

static void passes_over_what_is_no_format(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"map $status $ok { ~^[23] 0; default 1; }\nlocation ~ \\.php$ { x; }\nlog_format a $ok;",
         "log_format a:3 $ok\n", NULL},
        {"location / {\n content_by_lua_block {\n  -- } \"\n  ngx.say(\"}\\\"}\", '{')\n"
         "  if x then t = {} end\n }\n}\nlog_format a $status;",
         "log_format a:8 $status\n", NULL},
        {"init_by_lua_block {\n local a = [[ { \" ]] local b = t[t[1]]\n --[==[ }\n ]] } ]==]\n"
         " --[ { comment\n local c = [=[ ]] } ]=]\n}\nlog_format a $status;",
         "log_format a:8 $status\n", NULL},
        {"content_by_lua_block { x = [[ } ", "", NULL},
        {"content_by_lua_block { --", "", NULL},
        {"add_header X \"log_format no $status;\";\nlog_format a $status;",
         "log_format a:2 $status\n", NULL},
        {"include mime.types; log_format a $status;", "log_format a:1 $status\n", NULL},
        {";;{;}", "", NULL},
    };
    CHECK_ALL(PMT_DIALECT_NGINX, cases);
}

static void goes_on_behind_what_is_broken(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"log_format main;\nlog_format;\nlog_format a $status;", "log_format a:3 $status\n",
         "1: log_format without a name or a format\n2: log_format without\n"},
        {"}\nlog_format a $status;", "log_format a:2 $status\n", "1: \"}\" closes no block\n"},
        {"http {\nlog_format a $status;\n", "log_format a:2 $status\n",
         "2: the file ends inside a block\n"},
        {"http { log_format b 'x' }\nlog_format a $status;", "log_format a:2 $status\n",
         "1: no \";\" before \"}\"\n"},
        {"log_format b 'never closed;\nlog_format a $status;", "log_format a:2 $status\n",
         "1: a quote is not closed\n"},
        {"log_format a $status", "", "1: no \";\" behind the last directive\n"},
    };
    CHECK_ALL(PMT_DIALECT_NGINX, cases);
}

/* A file of another kind costs little, and little is said of it. */
static void gives_up_on_other_files(void **state)
{
    (void)state;
    struct pmt_buf text = {0};
    struct pmt_arena arena = {0};
    struct pmt_conf c;
    for (int i = 0; i < 3000; i++)
        pmt_buf_puts(&text, "'\n");
    for (int i = 0; i < 5000; i++)
        pmt_buf_puts(&text, "x");
    pmt_conf_text(&c, PMT_DIALECT_NGINX, pmt_buf_view(&text), "a.conf", &arena);
    assert_int_equal(c.n, 0);
    assert_true(c.bad > 0 && c.bad <= 21);
    pmt_conf_fini(&c);
    pmt_arena_fini(&arena);
    pmt_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_formats),
        cmocka_unit_test(ties_files_to_formats),
        cmocka_unit_test(ties_files_to_servers),
        cmocka_unit_test(variables_that_stand_for_others),
        cmocka_unit_test(passes_over_what_is_no_format),
        cmocka_unit_test(goes_on_behind_what_is_broken),
        cmocka_unit_test(gives_up_on_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
