/* syslog_samples.c - the lines that prove parsers/syslog.c: one per shape. */
#include "syslog.h"

#define FREE "kind=syslog | host=web-1 | program=app | pid=7 | message=text here | severity=- | "
#define DOWN                                                                                       \
    "Server cart/c2 is DOWN, reason: Layer4 timeout, check duration: 2001ms. 1 active and 0 "      \
    "backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."
#define IS_DOWN                                                                                    \
    "kind=lb_server_state | lb=down | backend=cart | server=c2 | active_left=1 | "                 \
    "reason=Layer4 timeout, check duration: 2001ms | "

const struct pmt_sample pmt_syslog_samples[] = {
    /* Stamps. */
    {"Nov 21 00:27:10 web-1 app[7]: text here", PMT_RECORD, FREE "ts=--11-21T00:27:10"},
    {"Feb  6 00:27:10 web-1 app[7]: text here", PMT_RECORD, FREE "ts=--02-06T00:27:10"},
    {"Feb 29 00:27:10.203456 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=--02-29T00:27:10.203456"},
    {"Nov 21 2021 00:27:10 web-1 app[7]: text here", PMT_RECORD, FREE "ts=2021-11-21T00:27:10"},
    {"2021-11-21T00:27:10+02:00 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10+02:00"},
    {"2021-11-21T00:27:10.203456Z web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10.203456+00:00"},
    {"2021-11-21T00:27:10+0300 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10+03:00"},
    {"2021-11-21T00:27:10.203456-0330 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10.203456-03:30"},
    {"2021-11-21T00:27:10.203 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10.203"},
    {"Sun 2021-11-21 00:27:10 UTC web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10+00:00"},
    {"Sun 2021-11-21 00:27:10.203456 EAT web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10.203456"},
    {"Sun 2021-11-21 00:27:10 +03 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10+03:00"},
    {"Sun 2021-11-21 00:27:10 UTC web-1 nginx.service[7]: text here", PMT_RECORD,
     "kind=syslog | program=nginx | pid=7 | message=text here"},

    {"Sun Nov 21 00:27:10 2021 daemon.info app[7]: text here", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:10 | severity=info | host=- | program=app | pid=7"},
    {"Sun 2021-11-21 00:27:10 +0530 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10+05:30"},
    {"1637443630.203456 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-20T21:27:10.203456+00:00"},
    {"[ 5123.203456] web-1 app[7]: text here", PMT_RECORD, FREE "ts=-"},
    {"Nov 21 00:27:10 UTC 2021 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:10+00:00"},
    {"Nov 21 00:27:10 CST 2021 web-1 app[7]: text here", PMT_RECORD, FREE "ts=2021-11-21T00:27:10"},
    {"Nov 21 00:27:10 WEB 2021 packets", PMT_RECORD,
     "kind=syslog | ts=--11-21T00:27:10 | host=WEB | program=- | message=2021 packets"},
    {"2021-11-21T00:27:10,203456+01:00 Out of memory: x", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:10.203456+01:00 | host=- | program=kernel | "
     "message=Out of memory: x"},
    {"kern  :err   : [Sun Nov 21 00:27:10 2021] text: here", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:10 | severity=err | program=kernel | message=text: here"},
    {"kern  :warn  : [ 5123.203456] text: here", PMT_RECORD,
     "kind=syslog | ts=- | severity=warning | program=kernel | message=text: here"},
    {"kern  :odd   : [ 5123.203456] text: here", PMT_FOREIGN, ""},
    {"<4>[ 5123.203456] text: here", PMT_RECORD,
     "kind=syslog | ts=- | severity=warning | program=kernel | message=text: here"},
    {"1637443630.203456 IP 192.0.2.1.80 > 192.0.2.2.90: Flags [S]", PMT_FOREIGN, ""},

    /* Network gear: a count before the time, the name of the message in a tag's place. A zone
     * without a year is no time to place, nor is one of a clock that was never set ("*"). */
    {"<189>29: Nov 21 00:27:10.203: %SYS-5-CONFIG_I: text here", PMT_RECORD,
     "kind=syslog | ts=--11-21T00:27:10.203 | severity=notice | host=- | "
     "program=%SYS-5-CONFIG_I | message=text here"},
    {"<189>29: Nov 21 2021 00:27:10.203 UTC: %SYS-5-CONFIG_I: text here", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:10.203+00:00 | program=%SYS-5-CONFIG_I"},
    {"<189>29: Nov 21 00:27:10.203 UTC: %SYS-5-CONFIG_I: text here", PMT_FOREIGN, ""},
    {"<189>29: *Nov 21 00:27:10.203: %SYS-5-CONFIG_I: text here", PMT_FOREIGN, ""},
    {"Nov 21 00:27:10 sw-1 29: Nov 21 00:27:09.203 UTC: %SYS-5-CONFIG_I: text here", PMT_RECORD,
     "kind=syslog | ts=--11-21T00:27:10 | host=sw-1 | program=- | "
     "message=29: Nov 21 00:27:09.203 UTC: %SYS-5-CONFIG_I: text here"},
    {"Nov 21 2021 00:27:10 asa-1 : %ASA-4-106023: text here", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:10 | host=asa-1 | program=%ASA-4-106023 | "
     "message=text here"},
    {"Nov 21 00:27:10 (none) user.notice app[7]: text here", PMT_RECORD,
     "kind=syslog | severity=notice | host=- | program=app | pid=7 | message=text here"},
    /* a relay's head before a line of RFC 5424 */
    {"Nov 21 00:27:12 192.0.2.1 1 2021-11-21T00:27:10.203Z web-1 app 7 - [x@1 y=\"z\"] text here",
     PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:10.203+00:00 | host=web-1 | program=app | pid=7 | "
     "message=text here"},
    {"Nov 21 00:27:12 192.0.2.1 1 2021-11-21T00:27:10.203Z text", PMT_RECORD,
     "kind=syslog | ts=--11-21T00:27:12 | host=192.0.2.1 | program=-"},

    /* PRI, forwarding, octet counting. */
    {"<131>Nov 21 00:27:10 web-1 app[7]: text here", PMT_RECORD,
     "kind=syslog | severity=err | host=web-1 | program=app | pid=7 | message=text here"},
    {"<134>2021-11-21T00:27:10+00:00 web-1 app: text here", PMT_RECORD,
     "kind=syslog | severity=info | host=web-1 | program=app | pid=- | message=text here"},
    {"47 <0>Nov 21 00:27:10 web-1 app: text here", PMT_RECORD,
     "kind=syslog | severity=emerg | host=web-1 | program=app"},
    {"<189>Nov 21 2021 00:27:10: %LINK-3-UPDOWN: Interface eth1, changed state to down", PMT_RECORD,
     "kind=syslog | severity=notice | ts=2021-11-21T00:27:10 | host=- | program=%LINK-3-UPDOWN | "
     "message=Interface eth1, changed state to down"},
    {"<invld>Nov 21 00:27:10 web-1 app: text here", PMT_RECORD, "kind=syslog | severity=-"},
    {"<192>Nov 21 00:27:10 web-1 app: text here", PMT_FOREIGN, ""},

    /* RFC 5424. */
    {"<165>1 2021-11-21T00:00:01.123456+02:00 db1.shop.example app 99 ID47 [ex@32473 k=\"v "
     "\\\"q\\\" \\]\"][b@1 c=\"d\"] text here",
     PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:00:01.123456+02:00 | severity=notice | host=db1.shop.example "
     "| program=app | pid=99 | message=text here"},
    {"<165>1 2021-11-21T00:00:01Z web-1 app 99 - -  two blanks", PMT_RECORD,
     "kind=syslog | program=app | message=two blanks"},
    {"<165>1 2021-11-21T00:00:01Z web-1 app worker-3 - - \xEF\xBB\xBFna\xC3\xAFve", PMT_RECORD,
     "kind=syslog | program=app | pid=- | message=na\xC3\xAFve"},
    {"<34>1 - - - - - - nil fields", PMT_RECORD,
     "kind=syslog | ts=- | severity=crit | host=- | program=- | pid=- | message=nil fields"},
    {"<34>1 2021-11-21T00:00:03Z web-1 app - - [x@1 a=\"]\"]", PMT_RECORD,
     "kind=syslog | program=app | message=-"},
    {"76 <13>1 2021-11-21T00:00:11Z web-1 oc - - - counted", PMT_RECORD,
     "kind=syslog | program=oc | message=counted"},
    {"<34>1 2021-11-21T00:00:03Z web-1 app - - [x@1 a=\"b", PMT_FOREIGN, ""},
    {"<34>1 2021-11-21T00:00:03 web-1 app - - - no offset", PMT_FOREIGN, ""},

    /* Hosts and tags, present and not. */
    {"Nov 21 00:25:32 haproxy[4687]: Proxy www started.", PMT_RECORD,
     "kind=syslog | host=- | program=haproxy | pid=4687 | message=Proxy www started."},
    {"Nov 21 00:25:32 kernel: text", PMT_RECORD, "kind=syslog | host=- | program=kernel"},
    {"Nov 21 00:25:32 2001:db8::5 app[7]: text", PMT_RECORD,
     "kind=syslog | host=2001:db8::5 | program=app | pid=7"},
    {"Nov 21 00:25:32 192.0.2.5 postfix/smtpd[9]: connect from x", PMT_RECORD,
     "kind=syslog | host=192.0.2.5 | program=postfix/smtpd | pid=9 | message=connect from x"},
    {"Nov 21 00:25:32 web-1 su(pam_unix)[812]: session opened for user root", PMT_RECORD,
     "kind=syslog | program=su(pam_unix) | pid=812"},
    {"Nov 21 00:25:32 web-1 /usr/sbin/cron[33]: (root) CMD (true)", PMT_RECORD,
     "kind=syslog | program=/usr/sbin/cron | pid=33 | message=(root) CMD (true)"},
    {"Nov 21 00:25:32 web-1 (systemd)[1]: text", PMT_RECORD, "kind=syslog | program=(systemd)"},
    {"Nov 21 00:25:32 web-1 app[main]: text", PMT_RECORD, "kind=syslog | program=app | pid=-"},
    {"Nov 21 00:25:32 web-1 sudo:   deploy : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/true",
     PMT_RECORD,
     "kind=syslog | program=sudo | pid=- | "
     "message=deploy : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/true"},
    {"2021-11-21T00:00:01.123456+02:00 db1 app[99] no colon", PMT_RECORD,
     "kind=syslog | host=db1 | program=app | pid=99 | message=no colon"},
    {"Nov 21 00:00:03 - - nil fields", PMT_RECORD,
     "kind=syslog | host=- | program=- | message=nil fields"},
    {"Nov 21 00:00:03 web-1 app:glued text", PMT_RECORD,
     "kind=syslog | program=app | message=glued text"},
    {"Nov 21 00:00:03 web-1 -- MARK --", PMT_RECORD,
     "kind=syslog | host=web-1 | program=- | message=-- MARK --"},
    {"Nov 21 00:00:03 web-1 some words to 192.0.2.5:80 only", PMT_RECORD,
     "kind=syslog | host=web-1 | program=- | message=some words to 192.0.2.5:80 only"},
    {"Nov 21 00:27:10 daemon.warn app[7]: text here", PMT_RECORD,
     "kind=syslog | severity=warning | host=- | program=app | message=text here"},
    {"Nov 21 00:27:10 web-1 daemon.info app[7]: text here", PMT_RECORD,
     "kind=syslog | severity=info | host=web-1 | program=app | message=text here"},

    {"Nov 21 00:27:10 <daemon.info> web-1 app[7]: text here", PMT_RECORD,
     "kind=syslog | severity=info | host=web-1 | program=app | pid=7 | message=text here"},
    /* Relays, with and without a second time; only what has a tag with a pid is a second head. */
    {"Nov 21 00:27:11 relay Nov 21 00:27:10 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=--11-21T00:27:10"},
    {"2021-11-21T00:27:11+02:00 relay Nov 21 00:27:10 web-1 app[7]: text here", PMT_RECORD,
     FREE "ts=2021-11-21T00:27:11+02:00"},
    {"Nov 21 00:27:10 relay web-1 app[7]: text here", PMT_RECORD, FREE "ts=--11-21T00:27:10"},
    {"Nov 21 00:27:10 web-1 reload of app: text here", PMT_RECORD,
     "kind=syslog | host=web-1 | program=- | message=reload of app: text here"},

    /* The kernel. */
    {"[12345.678901] Out of memory: Killed process 4242 (app)", PMT_RECORD,
     "kind=syslog | ts=- | host=- | program=kernel | "
     "message=Out of memory: Killed process 4242 (app)"},
    {"[Sun Nov 21 00:27:10 2021] eth0: Link is Down", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:10 | program=kernel | message=eth0: Link is Down"},
    {"Nov 21 00:27:10 web-1 kernel: [12345.678901] Out of memory: Killed process 4242 (app)",
     PMT_RECORD,
     "kind=syslog | program=kernel | pid=- | message=Out of memory: Killed process 4242 (app)"},
    {"Nov 21 00:27:10 web-1 kernel: [    5.000001][    T1] eth0: Link is Down", PMT_RECORD,
     "kind=syslog | program=kernel | message=eth0: Link is Down"},
    {"Nov 21 00:27:10 web-1 kernel: [UFW BLOCK] IN=eth0", PMT_RECORD,
     "kind=syslog | program=kernel | message=[UFW BLOCK] IN=eth0"},

    /* Folded lines. */
    {"Nov 21 00:27:10 web-1 rep[5]: message repeated 4 times: [ same text]", PMT_RECORD,
     "kind=syslog | program=rep | repeats=4 | message=same text"},
    {"Nov 21 00:27:10 web-1 rep[5]: message repeated 2 times: [ worker[3] gone]", PMT_RECORD,
     "kind=syslog | repeats=2 | message=worker[3] gone"},
    {"Nov 21 00:27:10 web-1 last message repeated 3 times", PMT_RECORD,
     "kind=syslog | host=web-1 | program=- | repeats=3 | message=last message repeated 3 times"},
    {"Nov 21 00:27:10 last message repeated 3 times", PMT_RECORD,
     "kind=syslog | host=- | program=- | repeats=3 | message=last message repeated 3 times"},
    {"Nov 21 00:27:10 web-1 app[5]: Last message 'same text' repeated 6 times, suppressed by "
     "syslog-ng on web-1",
     PMT_RECORD, "kind=syslog | program=app | repeats=6"},
    {"Nov 21 00:27:10 lb-1 haproxy[9]: message repeated 2 times: [ " DOWN "]", PMT_RECORD,
     IS_DOWN "repeats=2 | host=lb-1 | program=haproxy"},

    /* What journalctl puts between. */
    {"-- Boot 0123456789abcdef0123456789abcdef --", PMT_SILENT, ""},
    {"-- Reboot --", PMT_SILENT, ""},
    {"-- Logs begin at Sun 2021-11-21 00:00:01 UTC, end at Sun 2021-11-21 09:00:00 UTC. --",
     PMT_SILENT, ""},
    {"-- Journal begins at Sun 2021-11-21 00:00:01 UTC, ends at Sun 2021-11-21 09:00:00 UTC. --",
     PMT_SILENT, ""},
    {"-- No entries --", PMT_SILENT, ""},

    /* Messages others read, by the program's name. */
    {"<129>Nov 21 00:25:32 haproxy[4687]: " DOWN, PMT_RECORD,
     IS_DOWN "ts=--11-21T00:25:32 | severity=alert | host=- | program=haproxy | pid=4687"},
    {"2021-11-21T00:25:32.000001+00:00 lb-1 haproxy[4687]: backend cart has no server available!",
     PMT_RECORD,
     "kind=lb_server_state | lb=no_server | backend=cart | ts=2021-11-21T00:25:32.000001+00:00 | "
     "host=lb-1 | message=backend cart has no server available!"},
    {"Nov 21 00:25:32 lb-1 haproxy[4684]: [WARNING]  (4687) : " DOWN, PMT_RECORD,
     IS_DOWN "severity=warning | pid=4684"},
    {"Nov 21 00:25:32 lb-1 haproxy[4684]: [NOTICE]   (4684) : New worker (4687) forked", PMT_RECORD,
     "kind=syslog | severity=notice | program=haproxy | pid=4684 | "
     "message=New worker (4687) forked"},
    {"Nov 21 00:27:10 lb-1 haproxy[4687]: 198.51.100.7:33317 [21/Nov/2021:00:27:09.655] www "
     "cart/c2 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 \"GET /basket HTTP/1.1\"",
     PMT_RECORD,
     "kind=http_request | ts=2021-11-21T00:27:09.655 | host=lb-1 | program=haproxy | pid=4687 | "
     "client_ip=198.51.100.7 | status=200 | path=/basket | backend=cart | server=c2"},
    {"<187>Nov 21 00:27:10 web-1 nginx: 2021/11/21 00:27:09 [error] 911#911: *1 connect() failed "
     "(111: Connection refused) while connecting to upstream, client: 198.51.100.7, server: "
     "shop.example, request: \"GET /ok HTTP/1.1\", upstream: \"http://192.0.2.8:80/ok\"",
     PMT_RECORD,
     "kind=nginx_error | ts=2021-11-21T00:27:09 | severity=err | host=web-1 | program=nginx | "
     "pid=911 | client_ip=198.51.100.7 | upstream=192.0.2.8:80 | vhost=shop.example"},
    {"Nov 21 00:27:10 web-1 nginx[811]: 2021/11/21 00:27:09 [warn] 911#911: text", PMT_RECORD,
     "kind=nginx_error | ts=2021-11-21T00:27:09 | severity=warning | pid=811 | message=text"},
    {"Nov 21 00:27:10 web-1 nginx[811]: nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address "
     "already in use)",
     PMT_RECORD,
     "kind=nginx_error | ts=--11-21T00:27:10 | severity=emerg | program=nginx | pid=811 | "
     "message=bind() to 0.0.0.0:80 failed (98: Address already in use)"},
    {"<190>Nov 21 00:27:10 web-1 nginx: 198.51.100.7 - - [21/Nov/2021:00:27:10 +0000] \"GET /ok "
     "HTTP/1.1\" 200 2 \"-\" \"curl/7.88.1\"",
     PMT_RECORD,
     "kind=http_request | ts=2021-11-21T00:27:10+00:00 | host=web-1 | program=nginx | "
     "client_ip=198.51.100.7 | status=200 | path=/ok"},

    /* By their shape, under a tag of the site's own, or none. */
    {"Nov 21 00:27:10 lb-1 edge[4687]: " DOWN, PMT_RECORD, IS_DOWN "program=edge | host=lb-1"},
    {"Nov 21 00:27:10 lb-1 edge[4687]: 198.51.100.7:33317 [21/Nov/2021:00:27:09.655] www cart/c2 "
     "10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 \"GET /basket HTTP/1.1\"",
     PMT_RECORD, "kind=http_request | program=edge | server=c2 | status=200"},
    {"Nov 21 00:27:10 web-1 edge: 2021/11/21 00:27:09 [notice] 900#900: reconfiguring", PMT_RECORD,
     "kind=nginx_error | program=edge | pid=900 | message=reconfiguring"},
    {"<5>" DOWN, PMT_RECORD, IS_DOWN "ts=- | severity=notice | program=haproxy"},

    /* Containers. */
    {"2021-11-21T00:27:10.203456789Z " DOWN, PMT_RECORD,
     IS_DOWN "ts=2021-11-21T00:27:10.203456Z | host=- | program=haproxy"},
    {"2021-11-21T00:27:10.203456789Z [ALERT]    (8) : " DOWN, PMT_RECORD,
     IS_DOWN "severity=alert | pid=8"},
    {"2021-11-21T00:27:10.203456789Z stderr F 2021/11/21 00:27:10 [notice] 1#1: exit", PMT_RECORD,
     "kind=nginx_error | ts=2021-11-21T00:27:10 | host=- | pid=1 | message=exit"},
    {"2021-11-21T00:27:10.203456789Z stdout F ready", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:10.203456Z | host=- | message=ready"},
    {"2021-11-21T00:27:10.203456789Z nginx: [emerg] still could not bind()", PMT_RECORD,
     "kind=nginx_error | severity=emerg | program=nginx | message=still could not bind()"},
    {"2021-11-21T00:27:10.203456789Z <129>Nov 21 00:27:10 haproxy[8]: " DOWN, PMT_RECORD,
     IS_DOWN "ts=2021-11-21T00:27:10.203456Z | severity=alert | program=haproxy | pid=8"},
    {"<6>2021-11-21T00:27:10.203456+02:00 " DOWN, PMT_RECORD,
     IS_DOWN "ts=2021-11-21T00:27:10.203456+02:00 | severity=info"},
    {"lb-1     | " DOWN, PMT_RECORD, IS_DOWN "ts=- | host=lb-1 | program=haproxy"},
    {"\033[36mlb-1  |\033[0m " DOWN, PMT_RECORD, IS_DOWN "host=lb-1"},
    {"[pod/lb-7c5b/haproxy] 2021-11-21T00:27:10.203456789Z " DOWN, PMT_RECORD,
     IS_DOWN "ts=2021-11-21T00:27:10.203456Z | host=lb-7c5b"},
    {"lb-1  | started", PMT_FOREIGN, ""},
    {"web | db | cache", PMT_FOREIGN, ""},

    /* No envelope: other people's logs with a time in front. */
    {"2021-11-21 00:27:11,123 INFO app: started", PMT_FOREIGN, ""},
    {"2021-11-21 00:27:11 web-1 app[7]: text", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:11 | host=web-1 | program=app | pid=7 | message=text"},
    {"2021-11-21T00:27:11Z time=\"2021-11-21T00:27:11Z\" level=info", PMT_FOREIGN, ""},
    {"2021-11-21T00:27:11.203456789Z time=\"2021-11-21T00:27:11Z\" level=info", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:11.203456Z | host=- | "
     "message=time=\"2021-11-21T00:27:11Z\" level=info"},
    {"2021-11-21T00:27:11.203456789Z <30>Nov 21 00:27:11 web-1 app[7]: text", PMT_RECORD,
     "kind=syslog | ts=2021-11-21T00:27:11.203456Z | severity=info | host=web-1 | program=app | "
     "pid=7 | message=text"},
    {"2021-11-21T00:27:11Z INFO started", PMT_FOREIGN, ""},
    {"2021-11-21T00:27:11Z [info] started", PMT_FOREIGN, ""},
    {"Nov 31 00:27:10 web-1 app[7]: no such day", PMT_FOREIGN, ""},
    {"Nov 21 00:27:10", PMT_FOREIGN, ""},
    {"Nov 21 00:27:10 web-1", PMT_FOREIGN, ""},
    {"<5>just text", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};
