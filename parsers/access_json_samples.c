/* access_json_samples.c - the lines that prove parsers/access_json.c: one per program and shape. */
#include "access_json.h"

#define TS "kind=http_request | ts=2022-02-26T12:00:07"

const struct pmt_sample pmt_access_json_samples[] = {
    {"{\"time_iso8601\":\"2022-02-26T12:00:07+03:00\",\"remote_addr\":\"198.51.100.7\","
     "\"request\":\"GET /a?b=1 HTTP/1.1\",\"status\":\"502\",\"body_bytes_sent\":\"157\","
     "\"request_time\":\"0.031\",\"upstream_addr\":\"192.0.2.8:80\",\"upstream_status\":\"502\","
     "\"http_user_agent\":\"x \\\"y\\\"\",\"http_referer\":\"\",\"host\":\"shop.example\"}",
     PMT_RECORD,
     TS "+03:00 | client_ip=198.51.100.7 | method=GET | path=/a?b=1 | status=502 | bytes=157 | "
        "request_time_ms=31 | upstream=192.0.2.8:80 | upstream_status=502 | referrer=- | "
        "agent=x \"y\" | vhost=shop.example"},
    {"{ \"@timestamp\": \"2022-02-26T12:00:07.118Z\", \"method\": \"POST\", \"uri\": \"/pay\", "
     "\"status\": 200, \"bytes\": 12, \"geo\": {\"status\": 1, \"x\": [\"}\"]}, \"client_ip\": "
     "\"2001:db8::7\" }",
     PMT_RECORD,
     TS ".118Z | client_ip=2001:db8::7 | method=POST | path=/pay | status=200 | bytes=12 | "
        "upstream=-"},
    {"{\"time_local\":\"26/Feb/2022:12:00:07 +0300\",\"msec\":1645866007.118,\"request\":\"\","
     "\"status\":400,\"remote_addr\":\"unix:\"}",
     PMT_RECORD,
     "kind=http_request | ts=2022-02-26T09:00:07.118Z | status=400 | method=- | client_ip=- | "
     "bytes=-"},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"level\":\"error\",\"status\":200,\"msg\":\"no\"}",
     PMT_FOREIGN, ""},
    {"{\"@timestamp\":\"2022-02-26T12:00:07+03:00\",\"clientip\":\"198.51.100.7\",\"size\":157,"
     "\"responsetime\":0.031,\"upstreamhost\":\"192.0.2.8:80\",\"url\":\"/a\",\"status\":\"200\"}",
     PMT_RECORD,
     TS "+03:00 | client_ip=198.51.100.7 | method=- | path=/a | bytes=157 | request_time_ms=31 | "
        "upstream=192.0.2.8:80"},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"method\":\"GET\",\"path\":\"/\",\"status\":504,"
     "\"remote_addr\":\"192.0.2.1\",\"upstream_response_time\":\"60.001, 0.004\"}",
     PMT_RECORD, TS "Z | method=GET | path=/ | status=504 | request_time_ms=60005"},
    {"{\"request\":\"GET / HTTP/1.1\",\"status\":200,\"remote_addr\":\"192.0.2.1\"}", PMT_FOREIGN,
     ""},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"method\":\"GET\",\"path\":\"/\",\"status\":200,"
     "\"controller\":\"cart\"}",
     PMT_FOREIGN, ""},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"request\":\"GET / HTTP/1.1\",\"status\":\"ok\","
     "\"remote_addr\":\"192.0.2.1\"}",
     PMT_FOREIGN, ""},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"request\":\"GET / HT", PMT_FOREIGN, ""},
    /* By other names, and by shape. */
    {"{\"@timestamp\":\"2022-02-26T12:00:07+03:00\",\"clientIp\":\"198.51.100.7\",\"request-line\":"
     "\"GET \\/a?b=1\\u0026c=2 HTTP\\/1.1\",\"http_status\":200,\"latency_ms\":31,\"len\":7}",
     PMT_RECORD,
     TS "+03:00 | client_ip=198.51.100.7 | method=GET | path=/a?b=1&c=2 | request_time_ms=31"},
    {"{\"zeit\":\"26/Feb/2022:12:00:07 +0300\",\"wer\":\"198.51.100.7\",\"was\":\"GET /a HTTP/1.1"
     "\","
     "\"status\":\"502\",\"wie_lange\":\"0.031\"}",
     PMT_RECORD,
     TS "+03:00 | client_ip=198.51.100.7 | path=/a | status=502 | request_time_ms=31"},
    {"{\"time\":\"2022-02-26T12:00:07+03:00\",\"a\":\"198.51.100.7\",\"b\":\"192.0.2.8\",\"request"
     "\":"
     "\"GET /a HTTP/1.1\",\"status\":200,\"x\":\"0.001\",\"y\":\"0.002\"}",
     PMT_RECORD, TS "+03:00 | client_ip=- | path=/a | request_time_ms=-"},
    {"{\"time_local\":\"26/Feb/2022:12:00:07 +0300\",\"remote_addr\":\"198.51.100.7\",\"request\":"
     "\"GET /a HTTP/1.1\",\"status\":\"000\",\"upstream_addr\":\"192.0.2.8:80, 192.0.2.9:80\","
     "\"upstream_status\":\"502, -\",\"http_user_agent\":\"q\\x22uote\",\"hostname\":\"web-1\"}",
     PMT_RECORD,
     TS "+03:00 | status=0 | upstream=192.0.2.8:80, 192.0.2.9:80 | upstream_status=502, - | "
        "agent=q\\x22uote | host=web-1"},

    {"{\"wann\":\"2022-02-26T12:00:07Z\",\"wer\":\"198.51.100.7\",\"was\":\"GET /a HTTP/1.1\","
     "\"rc\":\"502\",\"req_len\":301}",
     PMT_RECORD, TS "Z | client_ip=198.51.100.7 | path=/a | status=502"},
    {"{\"wann\":\"2022-02-26T12:00:07Z\",\"wer\":\"198.51.100.7\",\"was\":\"GET /a HTTP/1.1\","
     "\"a\":502,\"b\":301}",
     PMT_FOREIGN, ""},
    {"{\"time\":\"2022-02-26T12:00:07Z\",\"method\":\"GET\",\"path\":\"/\",\"status\":504,"
     "\"remote_addr\":\"10.0.0.2\",\"x_real_ip\":\"198.51.100.7\",\"duration_ns\":30000000000}",
     PMT_RECORD,
     TS "Z | client_ip=10.0.0.2 | forwarded_for=198.51.100.7 | status=504 | request_time_ms=30000"},

    /* Caddy 2: JSON, and its console. */
    {"{\"level\":\"info\",\"ts\":1645866007.1187654,\"logger\":\"http.log.access.log0\",\"msg\":"
     "\"handled request\",\"request\":{\"remote_ip\":\"192.0.2.9\",\"remote_port\":\"51000\","
     "\"client_ip\":\"198.51.100.7\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"host\":"
     "\"shop.example\",\"uri\":\"/a?b=1\",\"headers\":{\"User-Agent\":[\"curl/8.1\"],\"Accept\":"
     "[\"*/*\"]},\"tls\":{\"resumed\":false,\"version\":772}},\"bytes_read\":0,\"user_id\":\"\","
     "\"duration\":0.031187654,\"size\":2750,\"status\":502,\"resp_headers\":{\"Server\":"
     "[\"Caddy\"]}}",
     PMT_RECORD,
     "kind=http_request | ts=2022-02-26T09:00:07.118765Z | client_ip=198.51.100.7 | method=GET | "
     "path=/a?b=1 | status=502 | bytes=2750 | request_time_ms=31 | vhost=shop.example | "
     "agent=curl/8.1 | host=-"},
    {"{\"level\":\"error\",\"ts\":1645866007.11,\"logger\":\"http.log.access\",\"msg\":\"handled "
     "request\",\"request\":{\"remote_addr\":\"[2001:db8::7]:51000\",\"proto\":\"HTTP/1.1\","
     "\"method\":\"POST\",\"host\":\"shop.example:8443\",\"uri\":\"/pay\",\"headers\":{}},"
     "\"common_log\":\"2001:db8::7 - - [26/Feb/2022:12:00:07 +0300] \\\"POST /pay HTTP/1.1\\\" 500 "
     "0\",\"duration\":0.0000929,\"size\":0,\"status\":500}",
     PMT_RECORD,
     "kind=http_request | ts=2022-02-26T09:00:07.11Z | client_ip=2001:db8::7 | path=/pay | bytes=0"
     " | "
     "status=500"},
    {"2022/02/26 09:00:07.118\tINFO\thttp.log.access\thandled request\t{\"request\": {\"remote_ip"
     "\": "
     "\"198.51.100.7\", \"remote_port\": \"51000\", \"method\": \"GET\", \"host\": \"shop.example"
     "\", "
     "\"uri\": \"/a\"}, \"duration\": 1.5, \"size\": 2, \"status\": 200}",
     PMT_RECORD,
     "kind=http_request | ts=2022-02-26T09:00:07.118Z | client_ip=198.51.100.7 | path=/a | "
     "request_time_ms=1500"},

    /* Traefik 2 and 1. */
    {"{\"ClientAddr\":\"198.51.100.7:51000\",\"ClientHost\":\"198.51.100.7\",\"ClientPort\":\"5100"
     "0\","
     "\"ClientUsername\":\"-\",\"DownstreamContentSize\":157,\"DownstreamStatus\":502,\"Duration\":"
     "31187654,\"OriginContentSize\":157,\"OriginDuration\":31000000,\"OriginStatus\":502,"
     "\"RequestAddr\":\"shop.example\",\"RequestHost\":\"shop.example\",\"RequestMethod\":\"GET\","
     "\"RequestPath\":\"/a?b=1\\u0026c=2\",\"RequestPort\":\"-\",\"RetryAttempts\":1,\"RouterName"
     "\":"
     "\"shop@docker\",\"ServiceAddr\":\"192.0.2.8:80\",\"ServiceName\":\"shop@docker\",\"ServiceUR"
     "L\":"
     "{\"Scheme\":\"http\",\"Host\":\"192.0.2.8:80\"},\"StartLocal\":\"2022-02-26T12:00:07.1187654"
     "32"
     "+03:00\",\"StartUTC\":\"2022-02-26T09:00:07.118765432Z\",\"entryPointName\":\"web\",\"level"
     "\":"
     "\"info\",\"msg\":\"\",\"request_User-Agent\":\"curl/8.1\",\"time\":\"2022-02-26T12:00:07"
     "+03:00\"}",
     PMT_RECORD,
     TS ".118765+03:00 | client_ip=198.51.100.7 | method=GET | path=/a?b=1&c=2 | status=502 | "
        "bytes=157 | request_time_ms=31 | frontend=shop@docker | backend=shop@docker | "
        "upstream=192.0.2.8:80 | upstream_status=502 | agent=curl/8.1 | vhost=shop.example"},
    {"{\"BackendAddr\":\"192.0.2.8:80\",\"BackendName\":\"backend-shop\",\"BackendURL\":{\"Scheme"
     "\":"
     "\"http\",\"Host\":\"192.0.2.8:80\"},\"ClientHost\":\"198.51.100.7\",\"DownstreamStatus\":200,"
     "\"Duration\":1500000,\"FrontendName\":\"Host-shop\",\"RequestMethod\":\"GET\",\"RequestPath"
     "\":"
     "\"/\",\"StartUTC\":\"2022-02-26T12:00:07Z\"}",
     PMT_RECORD,
     TS "Z | backend=backend-shop | frontend=Host-shop | upstream=192.0.2.8:80 | request_time_ms=1"
     ""},

    /* Envoy, by Istio's names. */
    {"{\"start_time\":\"2022-02-26T12:00:07.118Z\",\"method\":\"GET\",\"path\":\"/a\",\"protocol\":"
     "\"HTTP/1.1\",\"response_code\":503,\"response_flags\":\"UH\",\"response_code_details\":"
     "\"no_healthy_upstream\",\"bytes_received\":0,\"bytes_sent\":19,\"duration\":31,"
     "\"upstream_service_time\":null,\"x_forwarded_for\":null,\"user_agent\":\"curl/8.1\","
     "\"request_id\":\"0c1e\",\"authority\":\"shop.example\",\"upstream_host\":null,"
     "\"upstream_cluster\":\"outbound|80||shop\",\"downstream_local_address\":\"192.0.2.1:80\","
     "\"downstream_remote_address\":\"198.51.100.7:51000\",\"route_name\":\"default\"}",
     PMT_RECORD,
     TS ".118Z | client_ip=198.51.100.7 | status=503 | termination_state=UH | bytes=19 | "
        "request_time_ms=31 | backend=outbound|80||shop | upstream=- | vhost=shop.example"},

    /* HAProxy, by its log-format. */
    {"{\"time\":\"26/Feb/2022:12:00:07.118\",\"client_ip\":\"198.51.100.7\",\"frontend_name\":\"ww"
     "w\","
     "\"backend_name\":\"cart\",\"server_name\":\"c2\",\"http_status_code\":200,\"bytes_read\":275"
     "0,"
     "\"termination_state\":\"----\",\"Ta\":31,\"http_request\":\"GET /a HTTP/1.1\"}",
     PMT_RECORD,
     TS ".118 | client_ip=198.51.100.7 | frontend=www | backend=cart | server=c2 | bytes=2750 | "
        "termination_state=---- | request_time_ms=31 | path=/a | vhost=-"},
    /* Elastic's names. */
    {"{\"@timestamp\":\"2022-02-26T12:00:07Z\",\"source\":{\"ip\":\"198.51.100.7\"},\"http\":{"
     "\"request\":{\"method\":\"GET\"},\"response\":{\"status_code\":200,\"body\":{\"bytes\":5}}},"
     "\"url\":{\"original\":\"/a\"},\"user_agent\":{\"original\":\"curl/8.1\"}}",
     PMT_RECORD,
     TS "Z | client_ip=198.51.100.7 | method=GET | path=/a | status=200 | bytes=5 | agent=curl/8.1"
     ""},
    {NULL, PMT_FOREIGN, NULL},
};
