#!/usr/bin/python3
"""Real servers with log formats of their own: their configuration is found, and every line of
theirs is read as the driver knows it.

    formats.py PROGRAM [--keep]

An nginx writes each request into four files and to syslog, in five formats; a HAProxy in front of
it has five proxies with a format each, all in one file. The driver sends each proxy the same kinds
of requests, each with a number of its own, then looks for every one of them in the answer of
--format records: status, client, instant, duration, path, upstream and server.
"""
import argparse
import calendar
import concurrent.futures
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import zlib

sys.dont_write_bytecode = True

import run
import stack

LIMIT = 90  # seconds for everything
EACH = 40   # requests to a proxy, in each half

NGINX_CONF = """\
{user}
daemon off;
master_process on;
pid {run}/web-1.pid;
error_log {run}/web-1-error.log;
events {{ worker_connections 256; }}
http {{
    include conf.d/*.conf;
    client_body_temp_path {run}/tmp/body;
    proxy_temp_path {run}/tmp/proxy;
    fastcgi_temp_path {run}/tmp/fastcgi;
    uwsgi_temp_path {run}/tmp/uwsgi;
    scgi_temp_path {run}/tmp/scgi;
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Forwarded-For;
    upstream shop {{
        server 127.0.0.1:{dead_port} max_fails=0;
        server 127.0.0.1:{app_port} max_fails=0;
    }}
    server {{
        listen 127.0.0.1:{port};
        root {run}; # looked for where the name of a log has a variable
        server_name shop.example;
        access_log logs/timed.log timed;
        access_log logs/$host.json objects;
        access_log logs/headers.log headers buffer=4k flush=1s;
        access_log logs/pipes.log pipes if=$request_uri;
        access_log syslog:server=127.0.0.1:{syslog_port},facility=local3,tag=shop short;
        location /gone {{ return 410; }}
        location / {{
            proxy_pass http://shop;
            proxy_next_upstream error non_idempotent;
        }}
    }}
}}
"""

NGINX_FORMATS = """\
# Formats of our own; "combined" is not enough.
log_format timed '$msec $remote_addr "$request" $status $body_bytes_sent rt=$request_time '
                 'ua="$upstream_addr" us="$upstream_status" ut="$upstream_response_time"';
log_format objects escape=json '{{"when":"$time_iso8601","who":"$remote_addr",'
    '"what":"$request","code":$status,"secs":$request_time,"browser":"$http_user_agent",'
    '"by":"$upstream_addr"}}';
log_format headers '"$http_user_agent" "$http_referer" $status $remote_addr [$time_local] '
                   '"$request" $request_time "$http_x_none"';
log_format pipes '$time_iso8601|$host|$remote_addr|$request_method|$request_uri|'
                 '$server_protocol|$status|$request_time|$upstream_addr';
log_format short 'who=$remote_addr st=$status "$request" t=$request_time by="$upstream_addr"';
"""

HAPROXY_CONF = """\
global
    log 127.0.0.1:{syslog_port} local0
    log-send-hostname lb-1
    maxconn 500
    setenv SEEN "%ci:%cp [%tr]"
defaults base
    mode http
    log global
    option dontlognull
    option forwardfor
    timeout connect 2s
    timeout client 15s
    timeout server 10s
defaults own from base
    log-format "${{SEEN}} %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %hr %hs %[dst_port] %{{+Q}}r"
frontend samples from own
    bind 127.0.0.1:{samples_port}
    capture request header User-Agent len 40
    capture request header Referer len 20
    capture response header Content-Type len 20
    use_backend %[path,map_beg({run}/backends.map,shop)]
frontend objects from own
    bind 127.0.0.1:{objects_port}
    log-format '{{"at":"%tr","client":"%ci","port":%cp,"proxy":"%f","backend":"%b","server":"%s","status":%ST,"active":%Ta,"request":"%r"}}'
    default_backend shop
frontend clf from base
    bind 127.0.0.1:{clf_port}
    option httplog clf
    default_backend shop
listen universal from base
    bind 127.0.0.1:{universal_port}
    log-tag edge
    log-format %T\\ |\\ %ci\\ |\\ %HM\\ %HU\\ |\\ %ST\\ |\\ %Ta\\ |\\ %b\\ |\\ %s
    server web-1 127.0.0.1:{web_port}
frontend proxied from base
    bind 127.0.0.1:{proxied_port} accept-proxy
    log-format "epoch=%Ts took=%Ta from=%ci code=%ST to=%b/%s did=%{{+Q}}r"
    error-log-format "no request from %ci:%cp at %t on %ft: %[fc_err_str]"
    default_backend shop
backend shop from base
    server web-1 127.0.0.1:{web_port}
backend nowhere from base
    timeout queue 1s
"""

RSYSLOG_CONF = """\
global(workDirectory="{run}" localHostname="lb-1")
module(load="imuxsock" SysSock.Use="off")
module(load="imudp")
input(type="imuxsock" Socket="{run}/log.sock" RateLimit.Interval="0")
input(type="imudp" address="127.0.0.1" port="{syslog_port}" rcvbufSize="1m")
if $syslogfacility-text == "local0" then {{
    action(type="omfile" file="{root}/bundle/lb/haproxy.log" template="RSYSLOG_TraditionalFileFormat")
    stop
}}
action(type="omfile" file="{root}/bundle/lb/syslog" template="RSYSLOG_FileFormat")
"""

PROXIES = ("samples", "objects", "clf", "universal", "proxied")
NGINX_LOGS = ("timed.log", "shop.example.json", "headers.log", "pipes.log", "syslog")


class Formats(stack.Stack):
    """bundle/ is what a person would copy: configuration and logs of both servers."""

    def _write_in(self, file, template, **values):
        path = os.path.join(self.root, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write(template.format(run=self.run, root=self.root, **values))
        os.chmod(path, 0o644)

    def configure(self):
        os.umask(0o022)
        names = ("web_port", "app1_port", "dead_port", "syslog_port",
                 *(f"{p}_port" for p in PROXIES))
        self.ports = dict(zip(names, stack.free_ports(len(names))))
        user = "user root root;" if os.getuid() == 0 else ""
        for d in ("run/tmp", "bundle/web/logs", "bundle/lb"):
            os.makedirs(os.path.join(self.root, d))
        self._write_in("bundle/web/nginx.conf", NGINX_CONF, user=user,
                       port=self.ports["web_port"], app_port=self.ports["app1_port"],
                       dead_port=self.ports["dead_port"], syslog_port=self.ports["syslog_port"])
        self._write_in("bundle/web/conf.d/formats.conf", NGINX_FORMATS)
        self._write_in("bundle/lb/haproxy.cfg", HAPROXY_CONF, **self.ports)
        self._write_in("run/backends.map", "/none nowhere\n")
        self._write_in("run/rsyslog.conf", RSYSLOG_CONF, syslog_port=self.ports["syslog_port"])

    def start(self):
        self._spawn("rsyslogd", ["rsyslogd", "-n", "-f", self.run + "/rsyslog.conf",
                                 "-i", self.run + "/rsyslogd.pid"])
        self._wait("rsyslogd", lambda: os.path.exists(self.run + "/log.sock")
                   and os.path.exists(self.run + "/rsyslogd.pid"))
        self.start_app(1)
        web = os.path.join(self.root, "bundle/web")
        self._spawn("web-1", ["nginx", "-p", web, "-c", web + "/nginx.conf",
                              "-e", self.run + "/web-1-start.log"])
        self._wait("web-1", lambda: self._listens(self.ports["web_port"]))
        self._spawn("haproxy", ["haproxy", "-db", "-f", self.root + "/bundle/lb/haproxy.cfg"])
        for p in PROXIES:
            self._wait("haproxy", lambda p=p: self._listens(self.ports[f"{p}_port"]))

    def rotate(self):
        """As logrotate does, without compression."""
        logs = os.path.join(self.root, "bundle/web/logs")
        for name in os.listdir(logs):
            os.rename(os.path.join(logs, name), os.path.join(logs, name + ".1"))
        os.kill(self.processes["web-1"].pid, signal.SIGUSR1)
        deadline = time.monotonic() + 5
        while not os.path.exists(os.path.join(logs, "timed.log")) and time.monotonic() < deadline:
            time.sleep(0.05)


# ---- the driver -------------------------------------------------------------------------------

PATHS = ("/", "/books", "/cart", "/gone", "/nothing", "/none/at/all")
AGENTS = ("shop-client/1.0", 'odd "agent" \\ with | and {braces}', "-")


def send(servers, proxy, number, draw):
    client = f"127.1.0.{draw.randint(1, 60)}"
    path = draw.choice(PATHS)
    if proxy != "samples" and path.startswith("/none"):
        path = "/"  # the one proxy that sends it to a backend without servers
    path = f"{path}?n={number}"
    headers = {"Host": "shop.example", "User-Agent": draw.choice(AGENTS), "Connection": "close"}
    if draw.random() < 0.5:
        headers["Referer"] = 'http://other.example/a?b="c"'
    connection = http.client.HTTPConnection("127.0.0.1", servers.ports[f"{proxy}_port"],
                                            timeout=20, source_address=(client, 0))
    start = time.time_ns() // 1000
    connection.connect()
    if proxy == "proxied":
        told = client = f"198.51.100.{draw.randint(1, 200)}"
        connection.sock.sendall(f"PROXY TCP4 {told} 192.0.2.1 40000 80\r\n".encode())
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return {"n": number, "proxy": proxy, "client": client, "path": path, "status": answer.status,
            "start": start, "end": time.time_ns() // 1000}


def spoil(servers):
    """A connection that is no request: PROXY is missing where it must be."""
    with socket.create_connection(("127.0.0.1", servers.ports["proxied_port"]), 5) as s:
        s.sendall(b"GET / HTTP/1.1\r\n\r\n")
        s.settimeout(5)
        try:
            while s.recv(4096):
                pass
        except OSError:
            pass


def drive(servers, seed, tell):
    draw = random.Random(seed)
    sent, spoilt = [], 0
    for half in range(2):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            jobs = [pool.submit(send, servers, proxy, 10000 * half + 1000 * p + i,
                                random.Random(draw.random()))
                    for i in range(EACH) for p, proxy in enumerate(PROXIES)]
            sent += [job.result() for job in jobs]
        for _ in range(3):
            spoil(servers)
            spoilt += 1
        time.sleep(1.2)  # what nginx buffers
        if half == 0:
            servers.rotate()
    tell(f"      sent {len(sent)} requests and {spoilt} connections without one")
    return {"requests": sent, "spoilt": spoilt, "ports": servers.ports}


# ---- the answer -------------------------------------------------------------------------------

def instant(text):
    seconds, _, rest = text.rstrip("Z").partition(".")
    whole = time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(whole) * 1000000 + int((rest + "000000")[:6] or 0)


class Report:
    def __init__(self, tell):
        self.tell, self.failures = tell, 0

    def expect(self, ok, name, detail=""):
        if not ok:
            self.failures += 1
        self.tell(f"{'ok  ' if ok else 'FAIL'}  {name}{': ' + detail if detail and not ok else ''}")


def log_of(record):
    name = os.path.basename(record["file"])
    return name[:-2] if name.endswith(".1") else name


def number_of(record):
    query = urllib.parse.urlparse(record.get("path") or "").query
    return int(urllib.parse.parse_qs(query).get("n", ["-1"])[0])


def wrong_in(record, sent, truth, haproxy):
    """What a record says that is not so: a list of words."""
    wrong = []

    def same(field, wanted):
        if record.get(field) != wanted:
            wrong.append(f"{field} is {record.get(field)}, not {wanted}")

    log = log_of(record)
    same("status", sent["status"])
    same("client_ip", sent["client"])
    same("path", sent["path"])
    same("method", "GET")
    # HAProxy's time is the request's beginning, nginx's its end; some are cut to whole seconds.
    at = instant(record["ts_utc"])
    if not sent["start"] - 1001000 <= at <= sent["end"] + 1001000:
        wrong.append(f"time {record['ts_utc']} is {(at - sent['start']) / 1e6:+.3f} s off")
    ms = record.get("request_time_ms")
    took = (sent["end"] - sent["start"]) / 1000
    least = 0
    if sent["status"] in (200, 404):
        least = 5 + zlib.crc32(sent["path"].encode()) % 30  # as app.py waits
    # A server may see the end of an answer later than its client: both share two processors.
    if ms is None or not least - 2 <= ms <= took + 100:
        wrong.append(f"request_time_ms is {ms}, not from {least} to {took:.0f}")
    if haproxy:
        backend = {"universal": "universal"}.get(sent["proxy"], "shop")
        if sent["path"].startswith("/none"):
            backend = "nowhere"
        same("backend", backend)
        same("server", "<NOSRV>" if backend == "nowhere" else "web-1")
    elif log != "headers.log":
        app = f"127.0.0.1:{truth['ports']['app1_port']}"
        dead = f"127.0.0.1:{truth['ports']['dead_port']}"
        may = (None,) if sent["path"].startswith("/gone") else (app, f"{dead}, {app}")
        if record.get("upstream") not in may:
            wrong.append(f"upstream is {record.get('upstream')}, not one of {may}")
    return wrong


def check_log(report, name, records, sent, truth, haproxy):
    by_number = {s["n"]: s for s in sent}
    seen, wrong = {}, []
    for r in records:
        n = number_of(r)
        seen[n] = seen.get(n, 0) + 1
        if n in by_number:
            wrong += [f"{r['file']}:{r['line']} {w}" for w in
                      wrong_in(r, by_number[n], truth, haproxy)]
    missing = sorted(set(by_number) - set(seen))
    strange = sorted(set(seen) - set(by_number))
    twice = [n for n, k in seen.items() if k > 1]
    report.expect(not missing and not strange and not twice, f"{name}: {len(by_number)} requests",
                  f"{len(missing)} missing {missing[:3]}, {len(strange)} of others {strange[:3]}, "
                  f"{len(twice)} twice {twice[:3]}")
    report.expect(bool(records) and not wrong, f"{name}: their fields",
                  f"{len(wrong)} wrong; " + "; ".join(wrong[:4]))


def check_records(report, text, truth):
    records = [json.loads(line) for line in text.splitlines()]
    requests = [r for r in records if r["kind"] == "http_request"]
    passed = [s for s in truth["requests"] if not s["path"].startswith("/none")]
    for name in NGINX_LOGS:
        check_log(report, f"nginx {name}", [r for r in requests if log_of(r) == name], passed,
                  truth, False)
    balanced = [r for r in requests if log_of(r) == "haproxy.log"]
    for proxy in PROXIES:
        sent = [s for s in truth["requests"] if s["proxy"] == proxy]
        numbers = {s["n"] for s in sent}
        check_log(report, f"haproxy {proxy}", [r for r in balanced if number_of(r) in numbers],
                  sent, truth, True)
    strange = [r for r in balanced if number_of(r) not in {s["n"] for s in truth["requests"]}]
    report.expect(not strange, "haproxy.log: nothing else is a request", str(strange[:2]))
    errors = [r for r in records if log_of(r) == "haproxy.log" and r["kind"] != "http_request"
              and "PROXY" in (r.get("message") or "")]
    report.expect(len(errors) == truth["spoilt"], "haproxy.log: connections without a request",
                  f"{len(errors)} of {truth['spoilt']}: {errors[:1]}")


def check_draft(report, text):
    """Each source is told to be in the format of its configuration."""
    document = json.loads(text)
    known = {s["file"]: s.get("format") or "" for s in document["sources"]}
    wanted = {"timed.log": "log_format timed of web/conf.d/formats.conf:2",
              "shop.example.json": "log_format objects of web/conf.d/formats.conf:4",
              "headers.log": "log_format headers of web/conf.d/formats.conf:7",
              "pipes.log": "log_format pipes of web/conf.d/formats.conf:9",
              "haproxy.log": " of lb/haproxy.cfg:",
              "syslog": "syslog, log_format short of web/conf.d/formats.conf:11"}
    for name, words in wanted.items():
        told = [v for k, v in known.items() if os.path.basename(k) in (name, name + ".1")]
        report.expect(bool(told) and all(words in v for v in told),
                      f"{name} is in the format that its configuration names", str(told))
    unread = [s["file"] for s in document["sources"] if s.get("not_understood", 0)]
    report.expect(not unread, "every line is understood", " ".join(unread))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("program", help="the pm-timeline to judge")
    options.add_argument("--keep", action="store_true", help="leave the temporary directory")
    args = options.parse_args()
    program = os.path.abspath(shutil.which(args.program) or args.program)
    for s in run.SIGNALS:
        signal.signal(s, run.on_signal)
    signal.alarm(LIMIT)
    directory = run.temporary_directory()
    servers = Formats(directory)
    try:
        stack.find_programs()
        servers.configure()
        try:
            servers.start()
            truth = drive(servers, random.randrange(1 << 32), run.tell)
            servers.still_running()
            time.sleep(0.5)
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, run.SIGNALS)
            servers.stop()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, run.SIGNALS)
        report = Report(run.tell)
        bundle = os.path.join(directory, "bundle")
        zone = ("--assume-tz", stack.ZONE)
        text, failed = run.run_program(program, "-q", "-f", "records", "--no-redact", *zone, bundle)
        check_records(report, text, truth)
        told, also = run.run_program(program, "-q", "-f", "json", *zone, bundle)
        check_draft(report, told)
        # The same logs without the configuration beside them, and it given.
        lone = os.path.join(directory, "lone")
        shutil.copytree(bundle, lone, ignore=shutil.ignore_patterns("*.conf", "*.cfg"))
        given, third = run.run_program(
            program, "-q", "-f", "records", "--no-redact", *zone,
            "--nginx-conf", bundle + "/web/nginx.conf",
            "--haproxy-conf", bundle + "/lb/haproxy.cfg", lone)
        report.expect(given == text, "the same comes of a configuration that is given")
        failures = report.failures + failed + also + third
        run.tell(f"{failures} failures" if failures else "the records and the driver agree")
        return int(failures > 0)
    except (stack.StackError, run.Timeout, OSError, subprocess.TimeoutExpired) as e:
        run.tell(f"formats.py: error: {e}")
        return 1
    finally:
        if args.keep:
            run.tell(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
