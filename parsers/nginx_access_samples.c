/* nginx_access_samples.c - the lines that prove parsers/nginx_access.c: the formats, then the odd
 * requests, then what is refused. */
#include "nginx_access.h"

#define AT "[26/Feb/2022:12:00:07 +0300]"
#define TS "kind=http_request | ts=2022-02-26T12:00:07+03:00"
#define HEAD "192.0.2.7 - - " AT
#define GET HEAD " \"GET /cart?id=4 HTTP/1.1\" 502 157"
#define BASE TS " | client_ip=192.0.2.7 | method=GET | path=/cart?id=4 | status=502 | bytes=157"
#define FULL GET " \"-\" \"curl/7.88.1\""
#define WITH BASE " | agent=curl/7.88.1"
#define REQUEST " \"GET /cart?id=4 HTTP/1.1\" 502 157 \"-\" \"curl/7.88.1\""
#define ODD(request) HEAD " \"" request "\" 400 150 \"-\" \"-\""
#define NO_REQUEST                                                                                 \
    TS " | client_ip=192.0.2.7 | method=- | path=- | status=400 | bytes=150 | agent=-"

const struct pmt_sample pmt_nginx_access_samples[] = {
    /* combined, common, and a user with a blank in the name */
    {FULL, PMT_RECORD, WITH " | request_time_ms=- | vhost=- | upstream=- | severity=-"},
    {GET, PMT_RECORD, BASE " | agent=-"},
    {"192.0.2.7 - mary ann " AT " \"POST /login HTTP/2.0\" 302 0 \"https://shop.example/\" "
     "\"Mozilla/5.0 (X11; Linux x86_64)\"",
     PMT_RECORD,
     TS " | client_ip=192.0.2.7 | method=POST | path=/login | status=302 | bytes=0 | "
        "agent=Mozilla/5.0 (X11; Linux x86_64)"},
    {"192.0.2.7 - a [b " AT " \"GET / HTTP/1.1\" 401 0 \"-\" \"-\"", PMT_RECORD,
     TS " | client_ip=192.0.2.7 | path=/ | status=401"},
    {"192.0.2.7 -  " AT " \"GET / HTTP/1.1\" 200 0 \"\" \"\"", PMT_RECORD,
     TS " | client_ip=192.0.2.7 | path=/ | status=200 | agent=-"},
    /* the manual's main, with an address, a list, and nothing in it */
    {FULL " \"203.0.113.9\"", PMT_RECORD, WITH},
    {FULL " \"203.0.113.9, 10.0.0.2\"", PMT_RECORD, WITH " | upstream=-"},
    {FULL " \"-\"", PMT_RECORD, WITH},
    /* times behind it */
    {FULL " 0.123", PMT_RECORD, WITH " | request_time_ms=123"},
    {FULL " 0.123 0.120", PMT_RECORD, WITH " | request_time_ms=123"},
    {FULL " 1.500 0.700, 0.799", PMT_RECORD, WITH " | request_time_ms=1500"},
    {FULL " 0.000 -", PMT_RECORD, WITH " | request_time_ms=0"},
    {FULL " \"203.0.113.9\" \"0.005\" \"0.004\"", PMT_RECORD, WITH " | request_time_ms=5"},
    {GET " 0.123 \"https://shop.example/\" \"curl/7.88.1\"", PMT_RECORD,
     WITH " | request_time_ms=123"},
    {GET " \"-\" 0.123 \"curl/7.88.1\"", PMT_RECORD, WITH " | request_time_ms=123"},
    /* keys */
    {FULL " rt=60.003 uct=\"-, 0.000\" uht=\"-, 0.001\" urt=\"60.001, 0.002\"", PMT_RECORD,
     WITH " | request_time_ms=60003"},
    {FULL " \"-\" rt=0.000 ua=\"10.0.0.8:8080, 10.0.0.9:8080\" us=\"502, 502\" ut=\"0.000, 0.000\"",
     PMT_RECORD, WITH " | request_time_ms=0 | upstream=10.0.0.8:8080, 10.0.0.9:8080"},
    {FULL " \"10.0.0.8:80, 10.0.0.9:80\" \"504, 502\" \"1.000, 0.001\" \"1.003\"", PMT_RECORD,
     WITH " | upstream=10.0.0.8:80, 10.0.0.9:80 | upstream_status=504, 502 | request_time_ms=1003"},
    {FULL " 10.0.0.8:80 502 0.030", PMT_RECORD, WITH " | upstream_status=502 | request_time_ms=30"},
    {FULL " to: 10.0.0.8:80: request_time 0.031", PMT_RECORD,
     WITH " | upstream=10.0.0.8:80 | request_time_ms=31"},
    {FULL " 10.0.0.8:80 512 0.030", PMT_RECORD, WITH " | upstream_status=-"},
    {FULL " ua=\"dead\" us=\"502\" ut=\"0.000\" uc=\"-\" uh=\"-\" ul=\"0\"", PMT_RECORD,
     WITH " | upstream=dead | request_time_ms=0"},
    /* the request's own time is better than that of its tries, wherever it stands */
    {FULL " uct=0.000 uht=- urt=60.001", PMT_RECORD, WITH " | request_time_ms=60001"},
    {FULL " urt=\"60.001, 0.004\" rt=61.000", PMT_RECORD, WITH " | request_time_ms=61000"},
    {FULL " urt=\"60.001, 0.004 : 0.100\"", PMT_RECORD, WITH " | request_time_ms=60105"},
    {FULL " urt=\"-\"", PMT_RECORD, WITH " | request_time_ms=-"},
    {FULL " ua=\"10.0.0.8:80 : [2001:db8::8]:80\" us=\"502 : 200\"", PMT_RECORD,
     WITH " | upstream=10.0.0.8:80 : [2001:db8::8]:80"},
    {FULL " ua=10.0.0.8:80, unix:/run/app.sock us=502, 200 rt=1.000", PMT_RECORD,
     WITH " | upstream=10.0.0.8:80, unix:/run/app.sock | request_time_ms=1000"},
    {FULL " ua=\"-\" us=\"-\" ut=\"-\" cs=MISS rt=0.001", PMT_RECORD,
     WITH " | upstream=- | request_time_ms=1"},
    {GET " rt=0.002 ua=\"Mozilla/5.0 (X11)\" host=shop.example", PMT_RECORD,
     BASE " | request_time_ms=2 | agent=Mozilla/5.0 (X11) | vhost=shop.example | upstream=-"},
    {FULL " upstream_addr: 10.0.0.8:8080 request_time: 0.250 upstream_status: 504", PMT_RECORD,
     WITH " | upstream=10.0.0.8:8080 | request_time_ms=250"},
    {FULL " | rt=0.250 | host=\"shop.example\" | xff=\"203.0.113.9\" | "
          "rid=9d0f3f1c2f1a4b6c8d7e6f5a4b3c2d1e |",
     PMT_RECORD, WITH " | vhost=shop.example | request_time_ms=250"},
    /* what a Kubernetes ingress adds */
    /* ingress-nginx in its versions: several tries, none, and brackets of somebody else's */
    {FULL " 512 0.031 [shop-web-80] [] 192.0.2.8:80, 192.0.2.9:80 0, 0 0.001, - 502, - 0c1e",
     PMT_RECORD,
     WITH " | request_time_ms=31 | backend=shop-web-80 | upstream=192.0.2.8:80, 192.0.2.9:80 | "
          "upstream_status=502, -"},
    {FULL " 512 0.000 [shop-web-80] [alt-80] - - - - 0c1e", PMT_RECORD,
     WITH " | request_time_ms=0 | backend=shop-web-80 | upstream=- | upstream_status=-"},
    {"192.0.2.7 - [192.0.2.7] - - " AT " \"GET /cart?id=4 HTTP/1.1\" 502 157 \"-\" "
     "\"curl/7.88.1\" 512 0.031 [shop-web-80] 192.0.2.8:80 0 0.030 502",
     PMT_RECORD,
     WITH " | request_time_ms=31 | backend=shop-web-80 | upstream=192.0.2.8:80 | "
          "upstream_status=502"},
    {FULL " [tag] 0.031 192.0.2.8:80 0.030", PMT_RECORD,
     WITH " | request_time_ms=31 | backend=- | upstream=192.0.2.8:80"},
    /* Traefik's */
    {FULL " 42 \"shop@docker\" \"http://192.0.2.8:80\" 31ms", PMT_RECORD,
     WITH " | request_time_ms=31 | frontend=shop@docker | upstream=192.0.2.8:80"},
    {FULL " 43 \"-\" \"-\" 0ms", PMT_RECORD,
     WITH " | request_time_ms=0 | frontend=- | upstream=-"},
    {HEAD " \"GET /cart?id=4 HTTP/1.1\" - - \"-\" \"-\" 44 \"-\" \"-\" 0ms", PMT_RECORD,
     TS " | client_ip=192.0.2.7 | status=- | bytes=- | path=/cart?id=4"},
    {FULL " 455 0.006 [default-shop-80] [] 10.244.1.5:8080 157 0.005 502 9d0f3f1c2f1a4b6c",
     PMT_RECORD, WITH " | request_time_ms=6 | upstream=10.244.1.5:8080"},
    /* Apache's %D, and things nobody knows */
    {FULL " 123456", PMT_RECORD, WITH " | request_time_ms=-"},
    {FULL " colour=blue \"x y\" [z] . TLSv1.3 \"unclosed", PMT_RECORD, WITH " | upstream=-"},
    /* a host name before the address */
    {"shop.example:443 " FULL, PMT_RECORD, WITH " | vhost=shop.example"},
    {"shop.example " FULL, PMT_RECORD, WITH " | vhost=shop.example"},
    {"[2001:db8::1]:80 " FULL, PMT_RECORD, WITH " | vhost=[2001:db8::1]"},
    {"- " FULL, PMT_RECORD, WITH " | vhost=-"},
    /* other clients */
    {"2001:db8::7 - - " AT " \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_RECORD,
     TS " | client_ip=2001:db8::7 | status=200"},
    {"::1 - - " AT " \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_RECORD, TS " | client_ip=::1"},
    {"198.51.100.7:51000 - - " AT " \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_RECORD,
     TS " | client_ip=198.51.100.7"},
    {"[2001:db8::7]:51000 - - " AT " \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_RECORD,
     TS " | client_ip=2001:db8::7"},
    {"unix: - - " AT " \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_RECORD, TS " | client_ip=-"},
    {"- - - " AT " \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_RECORD, TS " | client_ip=-"},
    {"203.0.113.9, 10.0.0.2 - - " AT " \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_RECORD,
     TS " | client_ip=203.0.113.9"},
    {"host-7.example.net - frank " AT " \"GET / HTTP/1.1\" 200 5", PMT_RECORD,
     TS " | client_ip=host-7.example.net"},
    /* a list before the address; nearly combined */
    {"203.0.113.9, 10.0.0.2 192.0.2.7 - - " AT " \"GET / HTTP/1.1\" 200 5", PMT_RECORD,
     TS " | client_ip=192.0.2.7 | forwarded_for=203.0.113.9, 10.0.0.2"},
    {"a.example:80 \"203.0.113.9, 10.0.0.2\" 192.0.2.7 - - " AT " \"GET / HTTP/1.1\" 200 5",
     PMT_RECORD,
     TS " | client_ip=192.0.2.7 | forwarded_for=203.0.113.9, 10.0.0.2 | vhost=a.example"},
    {"192.0.2.7 203.0.113.9, 10.0.0.2 - - " AT " \"GET / HTTP/1.1\" 200 5", PMT_RECORD,
     TS " | client_ip=192.0.2.7 | forwarded_for=203.0.113.9, 10.0.0.2 | vhost=-"},
    {"a.example 203.0.113.9, 10.0.0.2 - - " AT " \"GET / HTTP/1.1\" 200 5", PMT_RECORD,
     TS " | client_ip=203.0.113.9 | vhost=a.example"},
    {"2001:db8::7:51000 - - " AT " \"GET / HTTP/1.1\" 200 5", PMT_RECORD,
     TS " | client_ip=2001:db8::7"},
    {"a.example unix: - - " AT " \"GET / HTTP/1.1\" 200 5", PMT_RECORD,
     TS " | client_ip=- | vhost=a.example"},
    {"192.0.2.7 " AT REQUEST, PMT_RECORD, WITH " | vhost=-"},
    {"203.0.113.9 192.0.2.7 " AT REQUEST, PMT_RECORD, WITH " | forwarded_for=203.0.113.9"},
    {"192.0.2.7 0.031 HIT " AT " a.example" REQUEST, PMT_RECORD, WITH " | vhost=a.example"},
    {"[games] 192.0.2.7 / - - - " AT REQUEST, PMT_RECORD, WITH " | vhost=-"},
    {HEAD " \"localhost\"" REQUEST, PMT_RECORD, WITH " | vhost=localhost"},
    {HEAD " TLSv1.3" REQUEST " rt=0.031", PMT_RECORD, WITH " | vhost=- | request_time_ms=31"},
    {HEAD " \"GET /cart?id=4 HTTP/1.1\" a.example:80 502 157 \"-\" \"curl/7.88.1\"", PMT_RECORD,
     WITH " | vhost=a.example"},
    {FULL "rt=0.031 urt=\"0.030\"", PMT_RECORD, WITH " | request_time_ms=31"},
    /* what a product ships */
    {AT " - 502 502 - GET https a.example \"/cart?id=4\" [Client 192.0.2.7] [Length 157] [Gzip -] "
     "[Sent-to web-1] \"curl/7.88.1\" \"-\"",
     PMT_RECORD, WITH " | vhost=a.example | upstream_status=502"},
    {AT " 502 - GET https a.example \"/cart?id=4\" [Client 192.0.2.7] [Length 157] [Gzip -] "
     "\"curl/7.88.1\" \"-\"",
     PMT_RECORD, WITH " | vhost=a.example"},
    {AT " \"a.example\" 192.0.2.7 \"GET /cart?id=4 HTTP/1.1\" \"curl/7.88.1\" \"-\" 502 157 \"-\" "
     "0.030 0.031 \"-\"",
     PMT_RECORD, WITH " | vhost=a.example | request_time_ms=31"},
    {"1645866007.311\"/cart\"502\"0.031\"0.030\"192.0.2.7", PMT_RECORD,
     "kind=http_request | ts=2022-02-26T09:00:07.311Z | client_ip=192.0.2.7 | path=/cart | "
     "status=502 | request_time_ms=31"},
    {"192.0.2.7 " AT " TCP 200 157 44 0.031", PMT_RECORD,
     "kind=other | ts=2022-02-26T12:00:07+03:00 | client_ip=192.0.2.7 | status=200 | bytes=157"},
    /* other dates */
    {"192.0.2.7 - - [2022-02-26T12:00:07+03:00] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_RECORD,
     TS " | status=200"},
    /* other numbers */
    {HEAD " \"GET / HTTP/1.1\" 000 0 \"-\" \"-\"", PMT_RECORD, TS " | status=0 | bytes=0"},
    {HEAD " \"GET / HTTP/1.1\" 009 11 \"-\" \"-\"", PMT_RECORD, TS " | status=9 | bytes=11"},
    {HEAD " \"GET / HTTP/1.1\" 499 0 \"-\" \"-\"", PMT_RECORD, TS " | status=499"},
    {HEAD " \"GET / HTTP/1.1\" 304 - \"-\" \"-\"", PMT_RECORD, TS " | status=304 | bytes=-"},
    /* odd requests */
    {ODD("\\x16\\x03\\x01\\x02\\x00\\x01"), PMT_RECORD, NO_REQUEST},
    {ODD("-"), PMT_RECORD, NO_REQUEST},
    {ODD(""), PMT_RECORD, NO_REQUEST},
    {ODD("GET"), PMT_RECORD, NO_REQUEST},
    {ODD("GET  HTTP/1.1"), PMT_RECORD, NO_REQUEST},
    {ODD("HELO mail.example"), PMT_RECORD, NO_REQUEST},
    {ODD("t3 12.1.2\\x0A"), PMT_RECORD, NO_REQUEST},
    {ODD("GET /old"), PMT_RECORD, TS " | method=GET | path=/old | status=400"},
    {ODD("GET /a b  c HTTP/1.1"), PMT_RECORD, TS " | method=GET | path=/a b  c | status=400"},
    {ODD("GET http://shop.example/x?y=1 HTTP/1.1"), PMT_RECORD,
     TS " | method=GET | path=http://shop.example/x?y=1"},
    {ODD("CONNECT shop.example:443 HTTP/1.1"), PMT_RECORD,
     TS " | method=CONNECT | path=shop.example:443"},
    {ODD("OPTIONS * HTTP/1.0"), PMT_RECORD, TS " | method=OPTIONS | path=*"},
    {ODD("GET /q\\x22uote\\x22 HTTP/1.1"), PMT_RECORD, TS " | path=/q\\x22uote\\x22"},
    {ODD("GET /q\\\"uote\\\" 200 HTTP/1.1"), PMT_RECORD,
     TS " | path=/q\\\"uote\\\" 200 | status=400"},
    {ODD("GET /raw\" quote HTTP/1.1"), PMT_RECORD, TS " | path=/raw\" quote | status=400"},
    {ODD("GET /end\\"), PMT_RECORD, TS " | path=/end\\ | status=400"},
    /* escapes and raw quotes in the agent; a line cut in it */
    {GET " \"-\" \"q\\\"uo\\\\te\" 0.100", PMT_RECORD,
     BASE " | agent=q\\\"uo\\\\te | request_time_ms=100"},
    {GET " \"-\" \"q\"uo\"te\"", PMT_RECORD, BASE " | agent=q\"uo\"te"},
    {GET " \"-\" \"Mozilla/5.0 (X1", PMT_RECORD, BASE " | agent=Mozilla/5.0 (X1"},
    {GET " \"https://shop.exam", PMT_RECORD, BASE " | agent=-"},
    /* two sizes: which is the body is not told; and one */
    {HEAD " \"GET / HTTP/1.1\" 404 655 276 \"-\" \"curl/8\" 0.100", PMT_RECORD,
     TS " | status=404 | bytes=- | agent=curl/8 | request_time_ms=100"},
    {HEAD " \"GET / HTTP/1.1\" 404 276 0.100 \"-\" \"curl/8\"", PMT_RECORD,
     TS " | status=404 | bytes=276 | agent=curl/8 | request_time_ms=100"},
    /* refused: no date, no such date, no status, cut before it, another program's line */
    {"192.0.2.7 - - \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_FOREIGN, ""},
    {"192.0.2.7 - - [31/Feb/2022:12:00:07 +0300] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_FOREIGN,
     ""},
    {"192.0.2.7 - - [26/Feb/2022:24:00:07 +0300] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"", PMT_FOREIGN,
     ""},
    {HEAD " \"GET / HTTP/1.1\" 20 5 \"-\" \"-\"", PMT_FOREIGN, ""},
    {HEAD " \"GET / HTTP/1.1\" 2000 5 \"-\" \"-\"", PMT_FOREIGN, ""},
    {HEAD " \"GET / HTTP/1.1\" -1 5 \"-\" \"-\"", PMT_FOREIGN, ""},
    {HEAD " \"GET / HTTP/1.1\" 20", PMT_FOREIGN, ""},
    {HEAD " \"GET /cut", PMT_FOREIGN, ""},
    {"192.0.2.7", PMT_FOREIGN, ""},
    {HEAD " \"GET / HTTP/1.1\"502 157 \"-\"\"curl\" 203.0.113.99", PMT_FOREIGN, ""},
    {HEAD " \"GET / HTTP/1.1\"502 157 \"-\"\"curl\" -", PMT_FOREIGN, ""},
    {"192.0.2.7 -> 192.0.2.8:80 " AT REQUEST, PMT_FOREIGN, ""},
    {"edge 192.0.2.7 x " AT REQUEST, PMT_FOREIGN, ""},
    {HEAD " 200 \"GET / HTTP/1.1\" 157 0.031 \"-\" \"-\"", PMT_FOREIGN, ""},
    {NULL, PMT_FOREIGN, NULL},
};
