#include "pmt/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct row {
    const char *in;
    const char *expect; /* NULL: unchanged */
};

/* Each row with a redactor of its own; and what comes out is not changed by a second time. */
static void check_rows(const struct row *rows, size_t n,
                       void (*redact)(struct pmt_redactor *, struct pmt_slice, struct pmt_buf *))
{
    for (size_t i = 0; i < n; i++) {
        const char *expect = rows[i].expect ? rows[i].expect : rows[i].in;
        struct pmt_redactor *r = pmt_redactor_new(false);
        struct pmt_buf once = {0}, twice = {0};
        redact(r, pmt_str(rows[i].in), &once);
        assert_string_equal(once.data, expect);
        redact(r, pmt_buf_view(&once), &twice);
        assert_string_equal(twice.data, expect);
        pmt_buf_fini(&once);
        pmt_buf_fini(&twice);
        pmt_redactor_free(r);
    }
}

static void redact_line(struct pmt_redactor *r, struct pmt_slice s, struct pmt_buf *b)
{
    pmt_redact_line(r, s, b);
}

#define CHECK_LINES(rows) check_rows(rows, sizeof(rows) / sizeof *(rows), redact_line)

static void test_access_lines(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"203.0.113.9 - alice [26/Feb/2022:12:00:07 +0300] \"GET /cart?item=4711 HTTP/1.1\" 500 12 "
         "\"https://shop.example/?q=bob\" \"Mozilla/5.0 Chrome/110.0.0.0 Safari/537.36\"",
         "client-1 - [redacted] [26/Feb/2022:12:00:07 +0300] \"GET /cart?[redacted] HTTP/1.1\" 500 "
         "12 \"https://shop.example/?[redacted]\" \"Mozilla/5.0 Chrome/110.0.0.0 Safari/537.36\""},
        {"10.0.0.5 - - [26/Feb/2022:12:00:07 +0300] \"GET /a?x=1 2 3 HTTP/1.1\" 500 12",
         "client-1 - - [26/Feb/2022:12:00:07 +0300] \"GET /a?[redacted] HTTP/1.1\" 500 12"},
        {"2001:db8::1 - - [26/Feb/2022:12:00:07 +0300] \"GET /ip/192.0.2.1/x HTTP/1.1\" 200 1",
         "client-1 - - [26/Feb/2022:12:00:07 +0300] \"GET /ip/client-2/x HTTP/1.1\" 200 1"},
        {"{\"remote_addr\":\"203.0.113.9\",\"user\":\"alice\",\"uri\":\"/a?b=c\",\"status\":500}",
         "{\"remote_addr\":\"client-1\",\"user\":\"operator\",\"uri\":\"/a?[redacted]\",\"status\":"
         "500}"},
    };
    CHECK_LINES(rows);
}

static void test_error_lines(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"2022/02/26 12:00:07 [error] 6749#6749: *1 connect() failed (111: Connection refused) "
         "while connecting to upstream, client: 10.0.0.5, server: shop.example, request: \"GET "
         "/ok?a=b HTTP/1.1\", upstream: \"http://10.0.0.8:8080/ok?a=b\", host: \"203.0.113.50\"",
         "2022/02/26 12:00:07 [error] 6749#6749: *1 connect() failed (111: Connection refused) "
         "while connecting to upstream, client: client-1, server: shop.example, request: \"GET "
         "/ok?[redacted] HTTP/1.1\", upstream: \"http://10.0.0.8:8080/ok?[redacted]\", host: "
         "\"203.0.113.50\""},
        {"no live upstreams, client: 2001:db8::1, upstream: \"http://[fd00::8]:80/x\"",
         "no live upstreams, client: client-1, upstream: \"http://[fd00::8]:80/x\""},
        {"user \"alice\": password mismatch, client: 192.0.2.1, server: x",
         "user \"operator\": password mismatch, client: client-1, server: x"},
        {"no user/password was provided for basic authentication, client: ::1, server: x",
         "no user/password was provided for basic authentication, client: client-1, server: x"},
    };
    CHECK_LINES(rows);
}

static void test_haproxy_lines(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"203.0.113.9:51000 [26/Feb/2022:12:00:07.123] fe~ be/web1 0/0/1/2/3 200 1234 SESS=abc - "
         "--VN 12/3/0/1/0 0/0 {shop.example|My agent} {} \"GET /x?y=z HTTP/1.1\"",
         "client-1:51000 [26/Feb/2022:12:00:07.123] fe~ be/web1 0/0/1/2/3 200 1234 "
         "SESS=[redacted] - --VN 12/3/0/1/0 0/0 {[redacted]} {} \"GET /x?[redacted] HTTP/1.1\""},
        /* The port behind an IPv6 address, and a line cut within a capture. */
        {"Feb 26 12:00:07 lb-1 haproxy[12]: 2001:db8::5:5100 [26/Feb/2022:12:00:07.123] fe be/s "
         "0/-1/-1/-1/3 503 217 - - SC-- 12/3/0/1/+2 0/0 {a b|c",
         "Feb 26 12:00:07 lb-1 haproxy[12]: client-1:5100 [26/Feb/2022:12:00:07.123] fe be/s "
         "0/-1/-1/-1/3 503 217 - - SC-- 12/3/0/1/+2 0/0 {[redacted]}"},
        {"::1:58816 [26/Feb/2022:12:00:07.123] fe be/s 0/0/0/0/0 200 1 - - ---- 1/1/1/1/0 0/0 "
         "\"GET / HTTP/1.1\"",
         "client-1:58816 [26/Feb/2022:12:00:07.123] fe be/s 0/0/0/0/0 200 1 - - ---- 1/1/1/1/0 0/0 "
         "\"GET / HTTP/1.1\""},
        {"Server be/web1 is DOWN, reason: Layer4 timeout, check duration: 2001ms. 1 active and 0 "
         "backup servers left.",
         NULL},
        {"be/web1 changed its IP from 10.0.0.5 to 10.0.0.6 by DNS cache.", NULL},
    };
    CHECK_LINES(rows);
}

static void test_sudo(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"web-1 sudo:   ubuntu : TTY=pts/0 ; PWD=/home/ubuntu ; USER=root ; "
         "COMMAND=/usr/bin/systemctl restart nginx --foo=bar",
         "web-1 sudo:   operator : TTY=pts/0 ; PWD=[redacted] ; USER=root ; "
         "COMMAND=/usr/bin/systemctl restart nginx [redacted]"},
        {"  alice : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=bob ; COMMAND=/bin/vim /etc/x",
         "  operator : command not allowed ; TTY=pts/0 ; PWD=[redacted] ; USER=[redacted] ; "
         "COMMAND=/bin/vim [redacted]"},
        {"sudo[12]: a : PWD=/x ; secret ; USER=root ; ENV=A=1 ; COMMAND=/home/a/bin/run",
         "sudo[12]: operator : PWD=[redacted] ; [redacted] ; USER=root ; ENV=[redacted] ; "
         "COMMAND=/home/[redacted]/run"},
        {"a : USER=root ; COMMAND=/usr/sbin/service nginx restart",
         "operator : USER=root ; COMMAND=/usr/sbin/service nginx restart"},
        {"a : USER=root ; COMMAND=/bin/systemctl --now -H prod.example stop web",
         "operator : USER=root ; COMMAND=/bin/systemctl prod.example stop [redacted]"},
        {"a : USER=root ; COMMAND=/bin/systemctl --now stop web",
         "operator : USER=root ; COMMAND=/bin/systemctl stop web [redacted]"},
        {"a : USER=root ; COMMAND=/usr/bin/docker run -e SECRET=x web",
         "operator : USER=root ; COMMAND=/usr/bin/docker [redacted]"},
        {"a : USER=root ; COMMAND=/usr/bin/mysql restart nginx",
         "operator : USER=root ; COMMAND=/usr/bin/mysql [redacted]"},
        {"a : USER=root ; COMMAND=", "operator : USER=root ; COMMAND="},
        {"a : USER=root ; COMMAND=''''''''''''''''''''/bin/ls' x",
         "operator : USER=root ; COMMAND=/bin/ls' [redacted]"},
        {"root : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/bin/ls",
         "root : TTY=pts/0 ; PWD=[redacted] ; USER=root ; COMMAND=/bin/ls"},
    };
    CHECK_LINES(rows);
}

static void test_accounts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"Accepted publickey for ubuntu from 203.0.113.9 port 51534 ssh2: ED25519 "
         "SHA256:Nb3kPz0a7Qv4RrT2x9LmYw8sUeXc1dHf5GjKoPqBtVI",
         "Accepted publickey for operator from client-1 port 51534 ssh2: ED25519 "
         "SHA256:[redacted]"},
        {"Accepted keyboard-interactive/pam for alice from 10.0.0.5 port 1 ssh2",
         "Accepted keyboard-interactive/pam for operator from client-1 port 1 ssh2"},
        {"Failed password for invalid user bob smith from 198.51.100.7 port 22 ssh2",
         "Failed password for invalid user operator from client-1 port 22 ssh2"},
        {"Invalid user  from 198.51.100.7 port 22", "Invalid user  from client-1 port 22"},
        {"Disconnected from user alice 203.0.113.9 port 51534",
         "Disconnected from user operator client-1 port 51534"},
        {"Connection closed by authenticating user alice 203.0.113.9 port 5 [preauth]",
         "Connection closed by authenticating user operator client-1 port 5 [preauth]"},
        {"New session 3 of user ubuntu.", "New session 3 of user operator."},
        {"Started Session 3 of User alice.", "Started Session 3 of User operator."},
        {"session opened for user root(uid=0) by ubuntu(uid=1000)",
         "session opened for user root(uid=0) by operator(uid=1000)"},
        {"session opened for user root by (uid=0)", NULL},
        {"(to root) alice on pts/0", "(to root) operator on pts/0"},
        {"(alice) CMD (/usr/local/bin/deploy.sh --token=abc)",
         "(operator) CMD (/usr/local/bin/deploy.sh [redacted])"},
        {"(root) CMD (run-parts /etc/cron.hourly)", "(root) CMD (run-parts [redacted])"},
        {"(root) RELOAD (crontabs/root)", NULL},
        {"authentication failure; logname= uid=0 tty=ssh ruser= rhost=dsl-203.isp.example  "
         "user=alice",
         "authentication failure; logname= uid=0 tty=ssh ruser= rhost=client-1  user=operator"},
        {"a blank page for user bob.b@mail.example", "a blank page for user [e-mail]"},
        {"Accepted password for bob@mail.example from 198.51.100.7 port 22 ssh2",
         "Accepted password for [e-mail] from client-1 port 22 ssh2"},
        {"Access denied for user 'app'@'10.0.0.1' (using password: YES)",
         "Access denied for user 'operator'@'10.0.0.1' (using password: YES)"},
        {"FATAL: password authentication failed for user \"app\"",
         "FATAL: password authentication failed for user \"operator\""},
        {"Starting session: shell on pts/0 for bob from 203.0.113.9 port 5 id 0",
         "Starting session: shell on pts/0 for operator from client-1 port 5 id 0"},
        {"User bob from 203.0.113.9 not allowed because not listed in AllowUsers",
         "User operator from client-1 not allowed because not listed in AllowUsers"},
        {"Successful su for ann by bob", "Successful su for operator by operator"},
        {"(bob) BEGIN EDIT (bob) (bob) RELOAD (crontabs/bob)",
         "(operator) BEGIN EDIT (operator) (operator) RELOAD (crontabs/operator)"},
        {"Created slice User Slice of bob. Created slice User Slice of UID 1000.",
         "Created slice User Slice of operator. Created slice User Slice of UID 1000."},
        {"add 'bob' to group 'sudo', role \"ann\" does not exist",
         "add 'operator' to group 'sudo', role \"operator\" does not exist"},
        {"Stopped by user request", NULL},
        {"Failed to start The NGINX HTTP and reverse proxy server.", NULL},
    };
    CHECK_LINES(rows);
}

static void test_secrets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"password=hunter2, token: abc; key=x secret = y end",
         "password=[redacted], token: [redacted]; key=[redacted] secret = [redacted] end"},
        {"X-Api-Key: abc AWS_SECRET_ACCESS_KEY=abc/def PGPASSWORD='a b' c",
         "X-Api-Key: [redacted] AWS_SECRET_ACCESS_KEY=[redacted] PGPASSWORD='[redacted]' c"},
        {"{\"password\":\"a\\\"b\",\"n\":1} {\\\"token\\\": \\\"x\\\", 2}",
         "{\"password\":\"[redacted]\",\"n\":1} {\\\"token\\\": \\\"[redacted]\\\", 2}"},
        {"-H 'Authorization: Basic YWJj' x \"Cookie: a=b; c=d\" y",
         "-H 'Authorization: [redacted]' x \"Cookie: [redacted]\" y"},
        {"got Set-Cookie: a=b; path=/ and more", "got Set-Cookie: [redacted]"},
        {"sent Bearer abcdef123456 twice", "sent Bearer [redacted] twice"},
        {"the Basic settings", NULL},
        {"https://bob:pw@example.net/x ftp://bob@ex/y postgres://u:p@s@db.example:5432/shop",
         "https://[redacted]@example.net/x ftp://[redacted]@ex/y "
         "postgres://[redacted]@db.example:5432/shop"},
        {"/a;jsessionid=ABC123 x", "/a;jsessionid=[redacted] x"},
        {"Is it down? really?? yes (sure?) /health?ok=1",
         "Is it down? really?? yes (sure?) /health?[redacted]"},
        {"/a?q=O'Brien&token=x z", "/a?[redacted] z"},
        {"/a?q=\\\"b c\"", "/a?[redacted] c\""},
        /* What stands where the value should be only introduces it, or is a name of its own. */
        {"X-Auth-Token: Bearer abc next", "X-Auth-Token: [redacted] next"},
        {"auth=Basic YWJj= next token=YWJj= next", "auth=[redacted] next token=[redacted] next"},
        {"secret: token: abc next", "secret: [redacted] next"},
        {"token: PGPASSWORD='a b' next", "token: [redacted] next"},
        {"\"token\": \"api_key\":\"abc\" next", "\"token\": \"api_key\":\"[redacted]\" next"},
        {"token: /login?user=bob&pin=abc next", "token: [redacted] next"},
        {"Bearer PGPASSWORD='abc' next", "Bearer PGPASSWORD='[redacted]' next"},
        {"Accepted publickey for \"api_key\":\"abc\" x",
         "Accepted publickey for \"operator\":\"[redacted]\" x"},
        {"\"Cookie:  \"sid\":\"abc\" a=b\" x", "\"Cookie:  [redacted]"},
    };
    CHECK_LINES(rows);
}

static void test_shapes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"mail to bob.smith+x@mail.example.com. Or (a@b.org)",
         "mail to [e-mail]. Or ([e-mail])"},
        {"/users/bob%40example.com%20x/y bob@example.com@z root@192.0.2.1 end",
         "/users/[e-mail]%20x/y [e-mail]@z [redacted]@client-1 end"},
        {"openvpn@client.service getty@tty1.service left-pad@1.3.0 @name user@host", NULL},
        {"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.",
         "jwt [redacted]."},
        {"AKIAABCDEFGHIJKLMNOP ghp_abcdefghijklmnop1234 xoxb-1234567890-abc sk_live_abcdefgh",
         "[redacted] [redacted] [redacted] [redacted]"},
        {"id 0123456789abcdef0123456789abcdef 7f3a2c10-9b1e-4c55-8d21-0a1b2c3d4e5f",
         "id [redacted] [redacted]"},
        {"da39a3ee5e6b4b0d3255bfef95601890afd80709", "[redacted]"},
        {"0123456789abcdef0123456789abcde", NULL}, /* 31 */
        {"x aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE/fG3+hJ5= y", "x [redacted] y"},
        {"/api/v1/users/list/of/things/that/are/long/and/more/and/more", NULL},
        {"Amazon-Route53-Health-Check-Service frontend-production-payments-service-v2-canary-01",
         NULL},
    };
    CHECK_LINES(rows);
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"to 203.0.113.9. and 203.0.113.9:80, [2001:db8::1]:443 (2001:DB8:0::1) ::ffff:203.0.113.9",
         "to client-1. and client-1:80, [client-2]:443 (client-2) client-1"},
        {"be:203.0.113.9 data:203.0.113.9", "be:client-1 data:client-1"},
        {"ua=\"10.0.0.8:8080, 192.168.1.2:80\" 127.0.0.1 169.254.1.1 fe80::1 ::1 ::", NULL},
        {"IN=eth0 MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC=10.1.2.3 DST=10.0.0.8",
         "IN=eth0 MAC=[redacted] SRC=client-1 DST=10.0.0.8"},
        {"12:00:07 1.2.3.4.5 1.2.3 1.2.3.400 std::vector 26/Feb/2022:12:00:07 a::b", NULL},
        {"Mozilla/5.0 Chrome/110.0.0.0", NULL},
        {"client-7 client-other", NULL},
    };
    CHECK_LINES(rows);
}

/* Names of people in paths, units and sockets; those of services and servers stay. */
static void test_places(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"open() \"/home/bob/www/x.html\" failed (2: No such file), root /Users/ann, ~root /home",
         "open() \"/home/[redacted]/www/x.html\" failed (2: No such file), root "
         "/Users/[redacted], ~root /home"},
        {"cwd=/home/b.o-b exe=/usr/bin/x /var/spool/cron/crontabs/bob. /home/b\\xC3\\xB6b/x",
         "cwd=/home/[redacted] exe=/usr/bin/x /var/spool/cron/crontabs/[redacted]. "
         "/home/[redacted]/x"},
        {"connect() to unix:/home/bob/app.sock failed, /run/php/php8.1-fpm.sock /run/user/1000/bus",
         "connect() to unix:/home/[redacted]/app.sock failed, /run/php/php8.1-fpm.sock "
         "/run/user/1000/bus"},
        {"upstream: \"http://unix:/home/bob/app.sock:/x\", host: \"shop.example\"",
         "upstream: \"http://unix:/home/[redacted]/app.sock:/x\", host: \"shop.example\""},
        /* Pages of a site are no homes. */
        {"\"GET /home/news HTTP/1.1\" \"https://shop.example/Users/all\" POST /home/a", NULL},
        {"\"GET /~bob/ HTTP/1.1\" file:///home/bob/x",
         "\"GET /~[redacted]/ HTTP/1.1\" file:///home/[redacted]/x"},
        {"Started user@bob.service, user@1000.service, user-bob.slice, user-1000.slice.",
         "Started user@[redacted].service, user@1000.service, user-[redacted].slice, "
         "user-1000.slice."},
        {"syncthing@ann.service getty@tty1.service openvpn@client.service user-db.service "
         "user-runtime-dir@1000.service php-fpm@shop.service",
         "syncthing@[redacted].service getty@tty1.service openvpn@client.service user-db.service "
         "user-runtime-dir@1000.service php-fpm@shop.service"},
        {"owner=bob group=web DB_USER=app PGUSER='ann' x_username: y",
         "owner=operator group=web DB_USER=operator PGUSER='operator' x_username: y"},
        {"DHCPACK to 00:11:22:33:44:55 via eth0, 00-11-22-aa-bb-cc 0011.2233.4455 12:00:07",
         "DHCPACK to [redacted] via eth0, [redacted] [redacted] 12:00:07"},
        {"dsn app:pw@tcp(10.0.0.9:3306)/shop bob:pw@db:5432/x shop:1.25@sha256:abc be/web-01:80",
         "dsn [redacted]@tcp(10.0.0.9:3306)/shop [redacted]@db:5432/x shop:1.25@sha256:abc "
         "be/web-01:80"},
        {"mailto:bob@example.com git@example.com:shop/web.git 12:00:07@1 from=<bob@web-1>",
         "mailto:[e-mail] [e-mail]:shop/web.git 12:00:07@1 from=<[redacted]@web-1>"},
        {"POST https://hooks.slack.com/services/T01/B02/abcDEF failed",
         "POST https://hooks.slack.com/services/[redacted] failed"},
    };
    CHECK_LINES(rows);
}

static void test_hidden(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"body {\\x22password\\x22:\\x22hunter2\\x22} end",
         "body {\"password\":\"[redacted]\"} end"},
        {"{\"m\":\"p\\u0061ssword=hunter2\"}", "{\"m\":\"password=[redacted]\"}"},
        {"GET /login%3Fuser%3Dbob HTTP", "GET /login?[redacted] HTTP"},
        {"GET /u/bob%2540example.com/ HTTP", "GET /u/[e-mail]/ HTTP"},
        {"to 203%2E0%2E113%2E9, p%61ss=#7Bx", "to client-1, pass=[redacted]"},
        {"/a%20b/%7Bid%7D worker #21 100%25 \\x41\\xC3 #zz %4", NULL},
    };
    CHECK_LINES(rows);
}

static void redact_path(struct pmt_redactor *r, struct pmt_slice s, struct pmt_buf *b)
{
    pmt_redact_path(r, s, b);
}

static void test_paths(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"/", NULL},
        {"/cart?item=4711", "/cart?[redacted]"},
        {"/cart?", NULL},
        {"/cart?a b\"c d", "/cart?[redacted]"},
        {"/a?b?c", "/a?[redacted]"},
        {"/u/bob@example.com/7f3a2c10-9b1e-4c55-8d21-0a1b2c3d4e5f", "/u/[e-mail]/[redacted]"},
        {"/ip/203.0.113.9", "/ip/client-1"},
        {"/xoxa-3.0.113.9", "/[redacted]"}, /* a token only when the address has become a name */
        {"*", NULL},
    };
    check_rows(rows, sizeof rows / sizeof *rows, redact_path);
}

static void check_client(struct pmt_redactor *r, const char *addr, const char *expect)
{
    struct pmt_buf b = {0};
    pmt_redact_client(r, pmt_str(addr), &b);
    pmt_buf_put(&b, "", 0);
    assert_string_equal(b.data, expect);
    pmt_buf_fini(&b);
}

static void test_numbers(void **state)
{
    (void)state;
    struct pmt_redactor *r = pmt_redactor_new(false);
    /* Knowing gives no number; citing does. */
    pmt_redact_know_client(r, PMT_SLICE("10.0.0.7"));
    pmt_redact_know_client(r, PMT_SLICE("10.0.0.8"));
    check_client(r, "203.0.113.9", "client-1");
    check_client(r, "10.0.0.8", "client-2");
    check_client(r, "203.0.113.9", "client-1");
    check_client(r, "2001:DB8::1", "client-3");
    check_client(r, "2001:db8:0:0::1", "client-3");
    check_client(r, "::ffff:203.0.113.9", "client-1");
    check_client(r, "[2001:db8::1]", "client-3");
    check_client(r, "host.isp.example", "client-4");
    check_client(r, "10.0.0.7", "client-5");
    check_client(r, "unix:/home/bob/x.sock", "unix:/home/[redacted]/x.sock");
    static const char *const same[] = {"-", "", "unix:", "unix:2", "client-77", "client-other"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        check_client(r, same[i], same[i]);
    /* A private address that is known goes, except where the line names its servers. */
    struct pmt_buf b = {0};
    pmt_redact_line(r, PMT_SLICE("to 10.0.0.8 or 10.0.0.9, upstream: \"http://10.0.0.8/\""), &b);
    assert_string_equal(b.data, "to client-2 or 10.0.0.9, upstream: \"http://10.0.0.8/\"");
    pmt_buf_clear(&b);
    pmt_redact_line(r, PMT_SLICE("upstream: \"http://203.0.113.9/\", host: \"203.0.113.10\""), &b);
    assert_string_equal(b.data, "upstream: \"http://client-1/\", host: \"203.0.113.10\"");
    pmt_buf_fini(&b);
    pmt_redactor_free(r);
    pmt_redactor_free(NULL);
}

static void test_bound(void **state)
{
    (void)state;
    struct pmt_redactor *r = pmt_redactor_new(false);
    char name[32];
    check_client(r, "203.0.113.9", "client-1");
    for (unsigned i = 1; i < PMT_REDACT_CLIENTS_MAX; i++) {
        size_t n = 0;
        name[n++] = 'h';
        for (unsigned v = i; v; v /= 10)
            name[n++] = (char)('0' + v % 10);
        pmt_redact_know_client(r, pmt_slice(name, n));
    }
    check_client(r, "203.0.113.10", "client-other");
    check_client(r, "203.0.113.9", "client-1");
    check_client(r, "h1", "client-2");
    pmt_redactor_free(r);
}

static void test_off(void **state)
{
    (void)state;
    struct pmt_redactor *r = pmt_redactor_new(true);
    struct pmt_buf b = {0};
    pmt_redact_know_client(r, PMT_SLICE("203.0.113.9"));
    pmt_redact_line(r, PMT_SLICE("203.0.113.9 - a [26/Feb password=x"), &b);
    pmt_redact_client(r, PMT_SLICE(" 203.0.113.9"), &b);
    pmt_redact_path(r, PMT_SLICE(" /a?b=c"), &b);
    assert_string_equal(b.data, "203.0.113.9 - a [26/Feb password=x 203.0.113.9 /a?b=c");
    pmt_buf_fini(&b);
    pmt_redactor_free(r);
}

/* In the line of a request its client goes, private or not; elsewhere a private address stays. */
static void test_own_client(void **state)
{
    (void)state;
    static const struct {
        const char *client, *line, *expect;
    } rows[] = {
        {"100.64.7.1", "ip=100.64.7.1 st=503 up=10.0.0.2:80", "ip=client-1 st=503 up=10.0.0.2:80"},
        {"10.0.0.9", "a|10.0.0.9|504|10.0.3.12:8080", "a|client-1|504|10.0.3.12:8080"},
        {"10.0.0.2", "10.0.0.2 - - upstream: \"http://10.0.0.2:80/\"",
         "client-1 - - upstream: \"http://10.0.0.2:80/\""},
        {"-", "x 10.0.0.9 y", "x 10.0.0.9 y"},
        {"", "x 10.0.0.9 y", "x 10.0.0.9 y"},
        {"unix:", "x 10.0.0.9 y", "x 10.0.0.9 y"},
        /* By the name of the field, as where a line was cut and cannot be read. */
        {"", "{\"remote_ip\": \"100.64.7.1\", \"addr\":\"10.1.0.1\", \"dial\": \"10.1.0.2\"",
         "{\"remote_ip\": \"client-1\", \"addr\":\"10.1.0.1\", \"dial\": \"10.1.0.2\""},
        {"", "\"log\":\"{\\\"Client_IP\\\":\\\"10.1.0.1\\\"",
         "\"log\":\"{\\\"Client_IP\\\":\\\"client-1\\\""},
        {"", "cip=10.1.0.1:33 srv=10.1.0.2:80", "cip=client-1:33 srv=10.1.0.2:80"},
        {"", "X-Forwarded-For: [fd00::1] upstream_addr=10.1.0.2",
         "X-Forwarded-For: [client-1] upstream_addr=10.1.0.2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pmt_redactor *r = pmt_redactor_new(false);
        struct pmt_buf b = {0};
        pmt_redact_line_of(r, pmt_str(rows[i].line), pmt_str(rows[i].client), &b);
        pmt_buf_put(&b, "", 0);
        assert_string_equal(b.data, rows[i].expect);
        /* No other private one does. */
        pmt_buf_clear(&b);
        pmt_redact_line(r, PMT_SLICE("to 10.0.0.77"), &b);
        assert_true(pmt_slice_is(pmt_buf_view(&b), "to 10.0.0.77"));
        pmt_buf_fini(&b);
        pmt_redactor_free(r);
    }
}

/* Once, twice: the same. In memory of exactly the size, so that reading past the end is seen. */
static void check_stable(struct pmt_redactor *r, const char *text, size_t n)
{
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    struct pmt_buf once = {0}, twice = {0};
    pmt_redact_line(r, pmt_slice(copy, n), &once);
    pmt_redact_line(r, pmt_buf_view(&once), &twice);
    if (!pmt_slice_eq(pmt_buf_view(&once), pmt_buf_view(&twice)))
        fail_msg("in:    %.*s\nonce:  %.*s\ntwice: %.*s", (int)n, text,
                 PMT_FMT(pmt_buf_view(&once)), PMT_FMT(pmt_buf_view(&twice)));
    pmt_buf_clear(&once);
    pmt_redact_path(r, pmt_slice(copy, n), &once);
    pmt_buf_fini(&once);
    pmt_buf_fini(&twice);
    free(copy);
}

static void test_every_prefix(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "203.0.113.9:5 [26/Feb/2022:12:00:07.123] fe~ be/w 0/0/1/2/3 200 12 S=a - --VN 1/3/0/1/0 "
        "0/0 {a|b} {c} \"GET /x?y=z HTTP/1.1\"",
        "w sudo:  bob : TTY=pts/0 ; PWD=/home/b ; USER=root ; COMMAND=/bin/systemctl stop web -f",
        "Accepted publickey for bob from 2001:db8::9 port 5 ssh2: X SHA256:Nb3kPz0a7Qv4RrT2x9LmYw8",
        "(to root) bob on x (bob) CMD (/a b) for user 'c' of user d. by e(uid=1) rhost=h user=i",
        "\"Cookie: a=b\" https://u:p@h/x?y \\\"token\\\": \\\"x\\\" Bearer abcdef123456 a%40b.org",
        "10.0.0.1 - bob [26/Feb/2022:12:00:07 +0000] \"GET /?a b HTTP/1.1\" 1 \"-\" \"-\" a@b.org "
        "7f3a2c10-9b1e-4c55-8d21-0a1b2c3d4e5f eyJhbGciOiJIUzI1NiJ9.eyJz",
    };
    struct pmt_redactor *r = pmt_redactor_new(false);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        for (size_t n = 0; n <= strlen(lines[i]); n++)
            check_stable(r, lines[i], n);
    }
    pmt_redactor_free(r);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Pieces that mean something, in any order: every rule meets every other. */
static void test_soup(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        " ", " ", " ", "\"", "'", "\\", "?", "=", ":", "://", "@", "%40", "/", ".", ",", ";", "&",
        "-", "(", ")", "[", "]", "{", "}", "#", "\t", "\xff", "\xc3\xa9", "a", "f", "1", "root",
        "operator", "client-1", "[redacted]", "[e-mail]", "sudo: ", " : ", " ; ", "; COMMAND=",
        "/home/bob/x", "systemctl ", "restart ", "nginx", "USER=", "PWD=", "TTY=", "user ", "user=",
        "for user ", "of user ", "invalid user ", "Invalid user ", "Accepted publickey for ",
        " from ", " port 5", "(to ", ") CMD (", "(uid=", "rhost=", "client: ",
        "upstream: \"http://", "host: \"", "203.0.113.9", "10.0.0.1", "2001:db8::1", "::1",
        ":80", "password", "token=",
        "key", "Cookie: ", "\"Authorization: ", "Bearer ", "abcdef123456", "bob@example.com",
        "eyJhbGciOiJIUzI1NiJ9", "AKIAABCDEFGHIJKLMNOP", "0123456789abcdef0123456789abcdef",
        "7f3a2c10-9b1e-4c55-8d21-0a1b2c3d4e5f", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE", "SHA256:",
        " HTTP/1.1\"", "\"GET /", " - ", " [26/Feb/2022", " 200 1 A=b C=d ---- 1/1/1/1/1 0/0 {",
        "Chrome/", "}", " {", "/home/", "/~bob", "user@bob.service", "user-bob.slice", "owner=bob",
        "bob:pw@db", "00:11:22:33:44:55", "\\x22", "\\x3D", "%3F", "%253D", "#22", "unix:",
        "<bob@a", "hooks.slack.com/services/T/B/c", "su for bob by ann", "user bob from ", "cmd=",
    };
    enum { PIECES = sizeof pieces / sizeof *pieces, LINES = 20000 };
    struct pmt_redactor *r = pmt_redactor_new(false);
    struct pmt_buf line = {0};
    uint32_t seed = 4711;
    for (int i = 0; i < LINES; i++) {
        pmt_buf_clear(&line);
        for (uint32_t n = next_random(&seed) % 14; n; n--)
            pmt_buf_puts(&line, pieces[next_random(&seed) % PIECES]);
        check_stable(r, line.data ? line.data : "", line.n);
    }
    pmt_buf_fini(&line);
    pmt_redactor_free(r);
}

/* One piece 64 KiB long: with quadratic time this test would not end. */
static void test_long_lines(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a",  "?",   "?a ", "://", "://a@", "a.",     "a@",   "@a",   "%40",     "1.2.3.4", "a:",
        "::", "1:",  "eyJ", "eyJ-", "(a",   "(to ",   "user \"", "for user ", "; ", " : ", "{",
        "\"", "\\\"", "token=", "token=\"", "Cookie: ", "a-", "aB3/", "0", "Accepted password for ",
        "/home/a", "/home/", "/~a", "user-", "user@a", "00:", "aa-", "a:b@", "a:b", "<a", "\\x22",
        "%25", "%2525", "user a from ", "su for ", "root by ", "Starting session: ", "add '",
        "; COMMAND=", "sudo ", "a b@", "?)", " HTTP/", "\"? HTTP/", "rhost=", "(uid=", "1/1/1/1/1 ",
    };
    enum { SIZE = 64 * 1024 };
    char *text = malloc(SIZE + 64);
    assert_non_null(text);
    struct pmt_redactor *r = pmt_redactor_new(false);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t n = 0;
        while (n < SIZE) {
            memcpy(text + n, pieces[i], strlen(pieces[i]));
            n += strlen(pieces[i]);
        }
        check_stable(r, text, n);
    }
    pmt_redactor_free(r);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access_lines), cmocka_unit_test(test_error_lines),
        cmocka_unit_test(test_haproxy_lines), cmocka_unit_test(test_sudo),
        cmocka_unit_test(test_accounts),     cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_shapes),       cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_places),       cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_paths),        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_own_client),
        cmocka_unit_test(test_bound),        cmocka_unit_test(test_off),
        cmocka_unit_test(test_every_prefix), cmocka_unit_test(test_soup),
        cmocka_unit_test(test_long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
