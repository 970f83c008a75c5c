#!/usr/bin/env python3
"""Makes small request logs whose truth is told by the arguments.

usage: make_logs.py [--format FORMAT] --from TIME --to TIME [--every S] [--fail FROM/TO[/EVERY]]...
                    [--offset MINUTES] [--clients N] [--client A] [--good] [--host H] [--backend B]
                    [--server S]

One request each S seconds (5) from --from up to but without --to, from N clients (24) in turn. Of
the requests in FROM <= t < TO every EVERY-th one (1: each) fails: 502 in an access log, 503 in a
balancer's. Times are UTC; --offset is what the host's clock shows beyond it, so that it is the wall
time that stands in the lines. --client is who asks in all lines, as behind a balancer; --good leaves
out the requests that fail. Formats:

  combined   nginx's own format, with the offset
  json       an access log of JSON objects
  haproxy    HAProxy's httplog behind a syslog head, wall time without an offset
  syslog     the access log in a traditional syslog head
  error      an nginx error log: those that fail were refused by their upstream; each 300 s a line
             about something else
  tls        as haproxy, but those that fail ended in their TLS handshake

The same arguments give the same bytes.
"""

import argparse
import calendar
import datetime
import sys

PATHS = ("/", "/books/7", "/books/12", "/cart", "/search?q=tea", "/static/site.css")
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:97.0) Gecko/20100101 Firefox/97.0"


def instant(text):
    t = datetime.datetime.strptime(text.rstrip("Z"), "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(t.timetuple())


class Story:
    """When what fails; the same for every format."""

    def __init__(self, begin, end, every=5, fail=(), clients=24, client=None, good=False):
        self.begin, self.end, self.every, self.clients = begin, end, every, clients
        self.fail = list(fail)  # (from, to, every-th)
        self.client, self.good = client, good

    def requests(self):
        """(number, time, client, path, failed)"""
        for i, t in enumerate(range(self.begin, self.end, self.every)):
            failed = any(a <= t < b and (t - a) // self.every % k == 0 for a, b, k in self.fail)
            # Clients do not walk in step with the failures.
            client = (i * 7 + i // self.clients) % self.clients
            if not (failed and self.good):
                yield (i, t, self.client or f"198.51.100.{client + 1}", PATHS[i % len(PATHS)],
                       failed)


def wall(t, offset, pattern):
    return datetime.datetime.fromtimestamp(t + offset * 60, datetime.timezone.utc).strftime(pattern)


def zone(offset):
    return f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}{abs(offset) % 60:02}"


def size(path, failed):
    return 157 if failed else 1000 + 37 * len(path)


def combined(story, offset=0, **_):
    for _, t, client, path, failed in story.requests():
        at = wall(t, offset, "%d/%b/%Y:%H:%M:%S ") + zone(offset)
        yield (f'{client} - - [{at}] "GET {path} HTTP/1.1" {502 if failed else 200} '
               f'{size(path, failed)} "-" "{AGENT}"')


def json_lines(story, offset=0, **_):
    for _, t, client, path, failed in story.requests():
        at = wall(t, offset, "%Y-%m-%dT%H:%M:%S") + zone(offset)[:3] + ":" + zone(offset)[3:]
        yield (f'{{"time":"{at}","remote_addr":"{client}","request":"GET {path} HTTP/1.1",'
               f'"status":{502 if failed else 200},"body_bytes_sent":{size(path, failed)},'
               f'"http_user_agent":"{AGENT}"}}')


def haproxy(story, offset=0, host="lb-1", backend="shop", server="web-1", **_):
    for i, t, client, path, failed in story.requests():
        head = wall(t, offset, "%b %e %H:%M:%S")
        accept = wall(t, offset, "%d/%b/%Y:%H:%M:%S") + f".{i * 37 % 1000:03}"
        name, times, state = ((f"{backend}/<NOSRV>", "0/0/-1/-1/0", "SC--") if failed else
                              (f"{backend}/{server}", "0/0/1/21/22", "----"))
        yield (f'{head} {host} haproxy[811]: {client}:{40000 + i % 20000} [{accept}] www {name} '
               f'{times} {503 if failed else 200} {size(path, failed)} - - {state} 3/3/1/1/0 0/0 '
               f'"GET {path} HTTP/1.1"')


def syslog(story, offset=0, host="web-1", **more):
    lines = combined(story, offset, **more)
    for (_, t, _, _, _), line in zip(story.requests(), lines):
        yield f"{wall(t, offset, '%b %e %H:%M:%S')} {host} nginx: {line}"


def error(story, offset=0, **_):
    for i, t, client, path, failed in story.requests():
        said = ("connect() failed (111: Connection refused) while connecting to upstream" if failed
                else 'open() "/srv/www/favicon.ico" failed (2: No such file or directory)')
        if not failed and (t - story.begin) % 300:
            continue
        upstream = f', upstream: "http://192.0.2.8:8080{path}"' if failed else ""
        yield (f'{wall(t, offset, "%Y/%m/%d %H:%M:%S")} [error] 911#911: *{i + 1} {said}, client: '
               f'{client}, server: shop.example, request: "GET {path} HTTP/1.1"{upstream}, '
               'host: "shop.example"')


def tls(story, offset=0, host="lb-1", **more):
    lines = haproxy(story, offset, host, **more)
    for (_, _, _, _, failed), line in zip(story.requests(), lines):
        head = line.index("] ", line.index(" [")) + 2
        yield line[:head] + "www/1: SSL handshake failure" if failed else line


FORMATS = {"combined": combined, "json": json_lines, "haproxy": haproxy, "syslog": syslog,
           "error": error, "tls": tls}


def failing(text):
    parts = text.split("/")
    return instant(parts[0]), instant(parts[1]), int(parts[2]) if len(parts) > 2 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--format", choices=sorted(FORMATS), default="combined")
    parser.add_argument("--from", dest="begin", type=instant, required=True)
    parser.add_argument("--to", dest="end", type=instant, required=True)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--fail", type=failing, action="append", default=[])
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--client")
    parser.add_argument("--good", action="store_true")
    for name, default in (("host", None), ("backend", "shop"), ("server", "web-1")):
        parser.add_argument(f"--{name}", default=default)
    o = parser.parse_args()
    story = Story(o.begin, o.end, o.every, o.fail, o.clients, o.client, o.good)
    more = {"backend": o.backend, "server": o.server}
    if o.host:
        more["host"] = o.host
    for line in FORMATS[o.format](story, o.offset, **more):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
