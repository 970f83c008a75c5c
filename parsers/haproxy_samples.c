/* haproxy_samples.c - the lines that prove parsers/haproxy.c: one per wording. */
#include "haproxy.h"

#define LEFT(a, b) ". " #a " active and " #b " backup servers left."
#define ONLINE(a, b) ". " #a " active and " #b " backup servers online."
#define LEFT_END " 2 sessions active, 0 requeued, 0 remaining in queue."
#define ONLINE_END " 0 sessions requeued, 0 total in queue."
#define CART2 "kind=lb_server_state | backend=cart | server=c2"
#define CART CART2 " | ts=- | program=haproxy"

const struct pmt_sample pmt_haproxy_samples[] = {
    /* Down and up by checks. */
    {"Server cart/c2 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", "
     "check duration: 0ms" LEFT(1, 1) LEFT_END,
     PMT_RECORD,
     CART " | lb=down | operator=no | active_left=1 | reason=Layer4 connection problem, "
          "info: \"Connection refused\", check duration: 0ms"},
    {"Server cart/c2 is DOWN" LEFT(3, 0) LEFT_END, PMT_RECORD,
     CART " | lb=down | operator=no | active_left=3 | reason=- | severity=- | pid=- | "
          "message=Server cart/c2 is DOWN. 3 active and 0 backup servers left. 2 sessions active, "
          "0 requeued, 0 remaining in queue."},
    {"Server cart/c2 is DOWN via stock/s1" LEFT(0, 0) LEFT_END, PMT_RECORD,
     CART " | lb=down | operator=no | active_left=0 | reason=via stock/s1"},
    {"Server cart/c2 is DOWN, changed from CLI" LEFT(1, 0) LEFT_END, PMT_RECORD,
     CART " | lb=down | operator=yes | active_left=1 | reason=changed from CLI"},
    {"Server cart/c2 is DOWN, changed from Web interface" LEFT(1, 0) LEFT_END, PMT_RECORD,
     CART " | lb=down | operator=yes | reason=changed from Web interface"},
    {"Server cart/c2 is DOWN, changed from Lua script" LEFT(1, 0) LEFT_END, PMT_RECORD,
     CART " | lb=down | operator=no | reason=changed from Lua script"},
    {"Server cart/c2 is DOWN, changed from server-state after a reload" LEFT(1, 0) LEFT_END,
     PMT_RECORD, CART " | lb=down | operator=no | reason=changed from server-state after a reload"},
    {"Server cart/c2 is UP, reason: Layer7 check passed, code: 200, check duration: 4ms"
     ONLINE(2, 0) ONLINE_END,
     PMT_RECORD,
     CART " | lb=up | operator=no | active_left=2 | "
          "reason=Layer7 check passed, code: 200, check duration: 4ms"},
    {"Server cart/c2 is UP" ONLINE(2, 0) ONLINE_END, PMT_RECORD,
     CART " | lb=up | active_left=2 | reason=-"},
    {"Server cart/c2 is UP via stock/s1.v2" ONLINE(1, 0) ONLINE_END, PMT_RECORD,
     CART " | lb=up | reason=via stock/s1.v2"},
    {"Server cart/c2 is UP, changed from CLI" ONLINE(2, 0) ONLINE_END, PMT_RECORD,
     CART " | lb=up | operator=yes | reason=changed from CLI"},
    {"Backup Server cart/c2 is DOWN, reason: Layer7 wrong status, code: 404, info: \"Not Found\", "
     "check duration: 1ms" LEFT(0, 0) LEFT_END,
     PMT_RECORD,
     CART " | lb=down | active_left=0 | reason=Layer7 wrong status, code: 404, "
          "info: \"Not Found\", check duration: 1ms"},
    {"Backup Server cart/c2 is UP" ONLINE(0, 1) " Running on backup." ONLINE_END, PMT_RECORD,
     CART " | lb=up | active_left=0 | reason=-"},
    {"Server cart/c2 is DOWN, reason: Layer7 timeout, check duration: 2001ms" LEFT(0, 1)
     " Running on backup." LEFT_END,
     PMT_RECORD, CART " | lb=down | active_left=0 | reason=Layer7 timeout, check duration: 2001ms"},
    /* What a checked server answers is its own text: commas, parentheses, even our own words. */
    {"Server cart/c2 is DOWN, reason: Layer7 wrong status, code: 503, info: \"busy, retry (later). "
     "9 active and 9 backup servers left. Bye\", check duration: 7ms" LEFT(1, 0) LEFT_END,
     PMT_RECORD,
     CART " | lb=down | active_left=1 | reason=Layer7 wrong status, code: 503, info: \"busy, retry "
          "(later). 9 active and 9 backup servers left. Bye\", check duration: 7ms"},
    {"Server cart/c2 is DOWN, reason: Layer7 wrong status, code: 0, info: \"via agent : down "
     "(nightly, import)\", check duration: 0ms" LEFT(1, 0) LEFT_END,
     PMT_RECORD,
     CART " | lb=down | active_left=1 | reason=Layer7 wrong status, code: 0, info: \"via agent : "
          "down (nightly, import)\", check duration: 0ms"},
    {"Server cart/c2 is DOWN, reason: Health analyze, info: \"Detected 10 consecutive errors, last "
     "one was: Wrong http response\"" LEFT(1, 0) LEFT_END,
     PMT_RECORD,
     CART " | lb=down | active_left=1 | reason=Health analyze, info: \"Detected 10 consecutive "
          "errors, last one was: Wrong http response\""},
    {"Server cart/c2 is DOWN, reason: Layer7 invalid response, info: \"TCPCHK got #22NO#22 at step "
     "2 of tcp-check (expect string 'OK')\", check duration: 3ms" LEFT(1, 0) LEFT_END,
     PMT_RECORD,
     CART " | lb=down | reason=Layer7 invalid response, info: \"TCPCHK got #22NO#22 at step 2 of "
          "tcp-check (expect string 'OK')\", check duration: 3ms"},
    {"Server cart/c2 is DOWN, reason: Layer4 timeout, check dura", PMT_RECORD,
     CART " | lb=down | active_left=- | reason=Layer4 timeout, check dura"},

    /* Maintenance. */
    {"Server cart/c2 is going DOWN for maintenance" LEFT(1, 1) LEFT_END, PMT_RECORD,
     CART " | lb=maint | operator=yes | active_left=1 | reason=-"},
    {"Server cart/c2 is going DOWN for maintenance via stock/s1" LEFT(1, 1) LEFT_END, PMT_RECORD,
     CART " | lb=maint | operator=yes | reason=via stock/s1"},
    {"Server cart/c2 is going DOWN for maintenance ('disable' on stats page)" LEFT(1, 0) LEFT_END,
     PMT_RECORD, CART " | lb=maint | operator=yes | reason='disable' on stats page"},
    {"Server cart/c2 is going DOWN for maintenance (No IP for server )" LEFT(1, 0) LEFT_END,
     PMT_RECORD, CART " | lb=maint | operator=no | active_left=1 | reason=No IP for server"},
    {"Server cart/c2 is going DOWN for maintenance (DNS NX status)" LEFT(1, 0) LEFT_END, PMT_RECORD,
     CART " | lb=maint | operator=no | reason=DNS NX status"},
    {"Server cart/c2 is going DOWN for maintenance (DNS timeout status)" LEFT(1, 0) LEFT_END,
     PMT_RECORD, CART " | lb=maint | operator=no | reason=DNS timeout status"},
    {"Server cart/c2 is going DOWN for maintenance (DNS refused status)" LEFT(1, 0) LEFT_END,
     PMT_RECORD, CART " | lb=maint | operator=no | reason=DNS refused status"},
    {"Server cart/c2 is going DOWN for maintenance (unspecified DNS error)" LEFT(1, 0) LEFT_END,
     PMT_RECORD, CART " | lb=maint | operator=no | reason=unspecified DNS error"},
    {"Server cart/c2 is going DOWN for maintenance (entry removed from SRV record)" LEFT(1, 0)
     LEFT_END,
     PMT_RECORD, CART " | lb=maint | operator=no | reason=entry removed from SRV record"},
    {"Server cart/c2 is DOWN for maintenance" LEFT(1, 0), PMT_RECORD,
     CART " | lb=maint | operator=yes | active_left=1"},
    {"Server cart/c2 was DOWN and now enters maintenance.", PMT_RECORD,
     CART " | lb=maint | operator=yes | active_left=- | reason=-"},
    {"Server cart/c2 was DOWN and now enters maintenance (DNS NX status) via stock/s1.", PMT_RECORD,
     CART " | lb=maint | operator=no | reason=DNS NX status"},
    {"Server cart/c2 is UP/READY (leaving forced maintenance).", PMT_RECORD,
     CART " | lb=up | operator=yes | reason=leaving forced maintenance"},
    {"Server cart/c2 is DOWN/READY (leaving forced maintenance).", PMT_RECORD,
     CART " | lb=still_out | operator=yes | reason=leaving forced maintenance"},
    {"Server cart/c2 is UP/DRAIN (leaving forced maintenance).", PMT_RECORD,
     CART " | lb=still_out | operator=yes"},
    {"Server cart/c2 is DOWN/DRAIN (leaving forced maintenance).", PMT_RECORD,
     CART " | lb=still_out | operator=yes"},
    {"Server cart/c2 is UP/READY (leaving maintenance) via stock/s1.", PMT_RECORD,
     CART " | lb=up | operator=yes | reason=leaving maintenance"},
    {"Server cart/c2 is UP (leaving maintenance).", PMT_RECORD, CART " | lb=up | operator=yes"},
    {"Server cart/c2 remains in forced maintenance.", PMT_RECORD, CART " | lb=info | operator=yes"},
    {"Server cart/c2 is leaving forced maintenance but remains in maintenance via stock/s1.",
     PMT_RECORD, CART " | lb=info | operator=yes | reason=via stock/s1"},

    /* Drain and soft stop. */
    {"Server cart/c2 enters drain state" ONLINE(1, 1) ONLINE_END, PMT_RECORD,
     CART " | lb=drain | operator=yes | active_left=1 | reason=-"},
    {"Server cart/c2 enters drain state ('stop' on stats page)" ONLINE(1, 1) ONLINE_END, PMT_RECORD,
     CART " | lb=drain | operator=yes | reason='stop' on stats page"},
    {"Server cart/c2 enters drain state via stock/s1" ONLINE(1, 1) ONLINE_END, PMT_RECORD,
     CART " | lb=drain | reason=via stock/s1"},
    {"Server cart/c2 is UP (leaving forced drain).", PMT_RECORD,
     CART " | lb=up | operator=yes | reason=leaving forced drain"},
    {"Server cart/c2 is DOWN (leaving forced drain).", PMT_RECORD,
     CART " | lb=still_out | operator=yes"},
    {"Server cart/c2 is UP (leaving drain) via stock/s1.", PMT_RECORD,
     CART " | lb=up | operator=yes | reason=leaving drain"},
    {"Server cart/c2 remains in forced drain mode.", PMT_RECORD, CART " | lb=info | operator=yes"},
    {"Server cart/c2 remains in drain mode via stock/s1.", PMT_RECORD,
     CART " | lb=info | operator=no | reason=via stock/s1"},
    {"Server cart/c2 is leaving forced drain but remains in drain mode.", PMT_RECORD,
     CART " | lb=info | operator=yes"},
    {"Server cart/c2 is stopping" ONLINE(0, 0) ONLINE_END, PMT_RECORD,
     CART " | lb=drain | operator=no | active_left=0 | reason=-"},
    {"Server cart/c2 is stopping, reason: Layer7 check conditionally passed, code: 404, info: "
     "\"Not Found\", check duration: 0ms" ONLINE(1, 0) ONLINE_END,
     PMT_RECORD,
     CART " | lb=drain | active_left=1 | reason=Layer7 check conditionally passed, code: 404, "
          "info: \"Not Found\", check duration: 0ms"},
    {"Load-balancing on Server cart/c2 is disabled" ONLINE(1, 0), PMT_RECORD, CART " | lb=drain"},
    {"Load-balancing on Backup Server cart/c2 is enabled again" ONLINE(1, 0), PMT_RECORD,
     CART " | lb=up"},

    /* Names and addresses. */
    {"Server cart/c2 ('c2.shop.example') is UP/READY (resolves again).", PMT_RECORD,
     CART " | lb=up | operator=no | reason=resolves again"},
    {"Server cart/c2 ('c2.shop.example') is DOWN/READY (resolves again).", PMT_RECORD,
     CART " | lb=still_out | operator=no | reason=resolves again"},
    {"Server cart/c2 ('c2.shop.example') resolves again but remains in maintenance.", PMT_RECORD,
     CART " | lb=info | operator=no"},
    {"Server cart/c2 administratively READY thanks to valid DNS answer.", PMT_RECORD,
     CART " | lb=up | operator=no"},
    {"cart/c2: IP changed from '192.0.2.8' to '192.0.2.9' by 'dns1/ns1'.", PMT_RECORD,
     CART " | lb=info | message=cart/c2: IP changed from '192.0.2.8' to '192.0.2.9' by "
          "'dns1/ns1'."},
    {"cart/c2: IP changed from '192.0.2.8' to '192.0.2.9', port changed from '80' to '8080' by "
     "'DNS additional record'.",
     PMT_RECORD, CART " | lb=info"},
    {"cart/c2 changed its IP from 192.0.2.8 to 192.0.2.9 by dns1/ns1.", PMT_RECORD,
     CART " | lb=info"},
    {"cart/c2 changed its FQDN from old.shop.example to new.shop.example by 'SRV record'.",
     PMT_RECORD, CART " | lb=info"},

    /* A whole backend. */
    {"backend cart has no server available!", PMT_RECORD,
     "kind=lb_server_state | lb=no_server | backend=cart | server=- | operator=no | severity=-"},
    {"proxy cart has no server available!", PMT_RECORD,
     "kind=lb_server_state | lb=no_server | backend=cart | server=-"},

    /* Checks. */
    {"Health check for server cart/c2 failed, reason: Layer7 wrong status, code: 500, info: "
     "\"Oops, status: 1/1 UP\", check duration: 1ms, status: 0/2 DOWN.",
     PMT_RECORD,
     CART " | lb=check_failed | active_left=- | reason=Layer7 wrong status, code: 500, info: "
          "\"Oops, status: 1/1 UP\", check duration: 1ms"},
    {"Health check for server cart/c2 succeeded, reason: Layer4 check passed, check duration: 0ms, "
     "status: 3/3 UP.",
     PMT_RECORD, CART " | lb=check | reason=Layer4 check passed, check duration: 0ms"},
    {"Health check for backup server cart/c2 conditionally succeeded, reason: Layer7 check "
     "conditionally passed, code: 404, check duration: 0ms, status: 2/3 DRAIN.",
     PMT_RECORD,
     CART " | lb=check | reason=Layer7 check conditionally passed, code: 404, check duration: 0ms"},
    {"Agent check for server cart/c2 failed, reason: Layer7 wrong status, code: 0, info: \"via "
     "agent : stopped (backup)\", check duration: 0ms, status: 0/1 DOWN.",
     PMT_RECORD,
     CART " | lb=check_failed | reason=Layer7 wrong status, code: 0, info: \"via agent : stopped "
          "(backup)\", check duration: 0ms"},

    /* A dump is no change. */
    {"SIGHUP: Server cart/c2 is UP. Conn: 3 act, 0 pend, 812 tot.", PMT_RECORD,
     "kind=other | lb=none | backend=- | program=haproxy"},
    {"SIGHUP received, dumping servers states for proxy cart.", PMT_RECORD, "kind=other | lb=none"},

    /* stderr. */
    {"[WARNING]  (4687) : Server cart/c2 is DOWN, reason: Socket error, check duration: 0ms"
     LEFT(0, 0) LEFT_END,
     PMT_RECORD,
     CART " | lb=down | severity=warning | pid=4687 | active_left=0 | "
          "reason=Socket error, check duration: 0ms"},
    {"[WARNING] 059/002548 (4687) : Server cart/c2 is UP" ONLINE(1, 0) ONLINE_END, PMT_RECORD,
     CART " | lb=up | severity=warning | pid=4687"},
    {"[ALERT]    (4687) : backend 'cart' has no server available!", PMT_RECORD,
     "kind=lb_server_state | lb=no_server | backend=cart | server=- | severity=alert | pid=4687 | "
     "message=backend 'cart' has no server available!"},
    {"[NOTICE]   (4684) : New worker (4687) forked", PMT_RECORD,
     "kind=other | severity=notice | pid=4684 | program=haproxy | "
     "message=New worker (4687) forked"},
    {"[ALERT]    (6204) : Current worker (6254) exited with code 139 (Segmentation fault)",
     PMT_RECORD,
     "kind=other | severity=alert | message=Current worker (6254) exited with code 139 "
     "(Segmentation fault)"},

    /* The process, without a label. */
    {"Proxy www started.", PMT_RECORD, "kind=other | program=haproxy | message=Proxy www started."},
    {"Proxy www stopped (cumulated conns: FE: 3, BE: 0).", PMT_RECORD, "kind=other"},
    {"Proxy www stopped (FE: 3 conns, BE: 0 conns).", PMT_RECORD, "kind=other"},
    {"Proxy www hard-stopped (4 remaining conns will be closed).", PMT_RECORD, "kind=other"},
    {"Proxy www reached process FD limit (maxsock=4013). Please check 'ulimit-n' and restart.",
     PMT_RECORD, "kind=other"},
    {"Stopping frontend www in 0 ms.", PMT_RECORD, "kind=other"},
    {"Paused frontend www.", PMT_RECORD, "kind=other"},
    {"Connect() failed for backend cart: no free ports.", PMT_RECORD, "kind=other"},

    /* No state lines. */
    {"Server cart/c2 is DO", PMT_FOREIGN, ""},
    {"Server cart/c2 is UPGRADED.", PMT_FOREIGN, ""},
    {"Server cart is DOWN.", PMT_FOREIGN, ""},
    {"The text: Server cart/c2 is DOWN.", PMT_FOREIGN, ""},
    {"backend cart has servers", PMT_FOREIGN, ""},

    /* Requests. Their words prove nothing about a server, whatever they hold. */
    {"198.51.100.7:33317 [26/Feb/2022:12:14:14.655] www cart/c2 10/0/30/69/109 200 2750 - - ---- "
     "1/1/1/1/0 0/0 {shop.example} {} \"GET /basket?id=7 HTTP/1.1\"",
     PMT_RECORD,
     "kind=http_request | ts=2022-02-26T12:14:14.655 | client_ip=198.51.100.7 | frontend=www | "
     "backend=cart | server=c2 | status=200 | bytes=2750 | request_time_ms=109 | lb=none | "
     "termination_state=---- | method=GET | path=/basket?id=7"},
    {"198.51.100.7:33318 [26/Feb/2022:12:14:15.001] www cart/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- "
     "1/1/0/0/0 0/0 {Server cart/c2 is DOWN. 0 active and 0 backup servers left.} {} "
     "\"GET /?q=Server%20cart/c2%20is%20DOWN,%20reason:%20x HTTP/1.1\"",
     PMT_RECORD,
     "kind=http_request | status=503 | backend=cart | termination_state=SC-- | lb=none"},
    {NULL, PMT_FOREIGN, NULL},
};
