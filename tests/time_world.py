"""A small site whose true time is known, and the clocks through which its logs are written.

Instants are microseconds since 1970, UTC. A World plays requests: when each came, where it went,
how long it took, how it ended. A Clock tells what a host showed at an instant: its zone with summer
time, how far it was ahead, how it drifted, when it was set. The functions below write lines as the
programs do; each Line keeps the instants it may be told by. A Bundle writes lines into files and
knows afterwards which line stands where.
"""

import calendar
import datetime
import gzip
import os
import random
import zoneinfo

SECOND = 1000000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0"
EPOCH = datetime.datetime(1970, 1, 1)


def at(text):
    """An instant, from "2026-03-29T00:40:00" (UTC)."""
    whole, _, part = text.partition(".")
    t = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(t.timetuple()) * SECOND + int((part or "0").ljust(6, "0"))


def iso(t):
    if t is None:
        return "-"
    return (EPOCH + datetime.timedelta(microseconds=t)).isoformat(timespec="milliseconds") + "Z"


class Clock:
    """What a host shows: `ahead` seconds at first, `drift` seconds more each day after `since`,
    set by `steps` of (instant, seconds). `beyond` quarter hours are added where no zone is
    written."""

    def __init__(self, zone="UTC", ahead=0.0, drift=0.0, since=0, steps=(), beyond=0):
        self.zone = zone if isinstance(zone, datetime.tzinfo) else zoneinfo.ZoneInfo(zone)
        self.ahead, self.drift, self.since, self.steps = ahead, drift, since, list(steps)
        self.beyond = beyond
        self.offsets = {}

    def shows(self, t):
        error = self.ahead + self.drift * (t - self.since) / DAY
        error += sum(by for when, by in self.steps if t >= when)
        return t + round(error * SECOND)

    def offset(self, t):
        """Seconds east of UTC while the clock shows t."""
        cell = t // (15 * MINUTE)  # no zone turns but on a quarter hour
        if cell not in self.offsets:
            when = datetime.datetime.fromtimestamp(cell * 900, datetime.timezone.utc)
            self.offsets[cell] = int(when.astimezone(self.zone).utcoffset().total_seconds())
        return self.offsets[cell]

    def wall(self, t, zoned=False):
        """(the wall time, seconds east of UTC)"""
        shown = self.shows(t)
        offset = self.offset(shown)
        moved = 0 if zoned else self.beyond * 900
        return EPOCH + datetime.timedelta(microseconds=shown + (offset + moved) * SECOND), offset


# ---- stamps --------------------------------------------------------------------------------------

def rfc3164(clock, t):
    w, _ = clock.wall(t)
    return f"{MONTHS[w.month - 1]} {w.day:2} {w.hour:02}:{w.minute:02}:{w.second:02}"


def dated(w):
    return f"{w.day:02}/{MONTHS[w.month - 1]}/{w.year}:{w.hour:02}:{w.minute:02}:{w.second:02}"


def signed(offset, colon=""):
    sign, offset = "-" if offset < 0 else "+", abs(offset)
    return f"{sign}{offset // 3600:02}{colon}{offset % 3600 // 60:02}"


def clf(clock, t):
    w, offset = clock.wall(t, True)
    return f"{dated(w)} {signed(offset)}"


def accept(clock, t):
    w, _ = clock.wall(t)
    return f"{dated(w)}.{w.microsecond // 1000:03}"


def slashed(clock, t):
    w, _ = clock.wall(t)
    return f"{w.year}/{w.month:02}/{w.day:02} {w.hour:02}:{w.minute:02}:{w.second:02}"


def iso_stamp(clock, t):
    w, offset = clock.wall(t, True)
    return w.isoformat(timespec="microseconds") + signed(offset, ":")


# ---- the site ------------------------------------------------------------------------------------

class Outage:
    """From `begin` to `end` a `share` of the requests fails: `refused` (the application is gone,
    nginx answers at once), `timeout` (nginx gives up after a minute), `nosrv` (the balancer has no
    server)."""

    def __init__(self, begin, end, how="refused", share=1.0):
        self.begin, self.end, self.how, self.share = begin, end, how, share


class Request:
    __slots__ = ("n", "t", "client", "port", "method", "path", "status", "size", "took", "server",
                 "there", "back", "failed")

    @property
    def end(self):
        """When the balancer was done with it."""
        return self.t + self.there + self.took + self.back

    @property
    def served(self):
        """When the web server was done with it."""
        return self.t + self.there + self.took


class World:
    """Requests from begin to end, one each `every` seconds or so, denser in `rush` hours of
    (from, to, every)."""

    def __init__(self, begin, end, outages=(), every=2.0, rush=(), clients=70, servers=2, seed=1):
        self.begin, self.end, self.outages = begin, end, list(outages)
        self.servers = [f"web-0{i + 1}" for i in range(servers)]
        self.requests = []
        rng = random.Random(seed)
        t = begin
        while True:
            step = next((e for a, b, e in rush if a <= t < b), every)
            t += round(step * SECOND * rng.uniform(0.3, 1.7))
            if t >= end:
                break
            self.requests.append(self.request(len(self.requests), t, clients, rng))
        self.lost = set()

    def request(self, n, t, clients, rng):
        r = Request()
        r.n, r.t = n, t
        r.client = f"198.51.100.{rng.randrange(clients) + 1}"
        r.port = 1024 + rng.randrange(60000)
        r.method = "POST" if rng.random() < 0.06 else "GET"
        r.path = rng.choice((f"/items/{rng.randrange(4000)}", f"/cart?x={rng.randrange(9000)}",
                             f"/search?q={rng.randrange(9000)}", "/", "/static/site.css"))
        r.status, r.size = 200, 700 + rng.randrange(9000)
        r.took = round(rng.expovariate(1 / 40000)) + 4000
        r.server = self.servers[rng.randrange(len(self.servers))]
        r.there, r.back = 300 + rng.randrange(900), 300 + rng.randrange(900)
        r.failed = False
        for o in self.outages:
            if o.begin <= t < o.end and rng.random() < o.share:
                self.fail(r, o, rng)
        return r

    def fail(self, r, outage, rng):
        r.failed = True
        if outage.how == "refused":
            r.status, r.size, r.took = 502, 157, 600 + rng.randrange(900)
        elif outage.how == "timeout":
            r.status, r.size, r.took = 504, 167, 60 * SECOND + 500 + rng.randrange(2000)
        else:
            r.status, r.size, r.took, r.server = 503, 217, 0, None
            r.there = r.back = 0

    def failed(self, outage=None):
        return [r for r in self.requests if r.failed
                and (not outage or outage.begin <= r.t < outage.end)]

    def lose(self, share, seed=5):
        """Requests that the balancer's log lacks; never one that bounds an outage."""
        rng = random.Random(seed)
        edges = {r.n + i for o in self.outages for r in
                 (self.failed(o)[0], self.failed(o)[-1]) for i in (-1, 0, 1)}
        self.lost = {r.n for r in self.requests if r.n not in edges and rng.random() < share}


class Line:
    """Written at `t`; it may be told by any instant from `first` to `last`."""
    __slots__ = ("t", "text", "first", "last", "host", "request")

    def __init__(self, t, text, first=None, last=None, host=None, request=None):
        self.t, self.text, self.host, self.request = t, text, host, request
        self.first = t if first is None else first
        self.last = self.first if last is None else last


def by_time(*logs):
    return sorted((line for log in logs for line in log), key=lambda line: line.t)


# ---- what programs write -------------------------------------------------------------------------

def httplog(r, clock):
    """HAProxy's httplog, without an envelope."""
    ms = r.took // 1000
    name, times, state = f"shop/{r.server}", f"0/0/0/{ms}/{ms}", "----"
    if not r.server:
        name, times, state = "shop/<NOSRV>", "0/-1/-1/-1/0", "SC--"
    return (f'{r.client}:{r.port} [{accept(clock, r.t)}] www {name} {times} {r.status} '
            f'{r.size + 230} - - {state} 4/4/1/1/0 0/0 "{r.method} {r.path} HTTP/1.1"')


def haproxy(world, clock, host="lb-01", head=rfc3164, head_clock=None):
    return by_time([Line(r.end, f"{head(head_clock or clock, r.end)} {host} haproxy[811]: "
                         + httplog(r, clock), r.t, host=host, request=r)
                    for r in world.requests if r.n not in world.lost])


def combined(r, clock):
    return (f'{r.client} - - [{clf(clock, r.served)}] "{r.method} {r.path} HTTP/1.1" {r.status} '
            f'{r.size} "-" "{AGENT}"')


def with_time(r, clock):
    return combined(r, clock) + f" {r.took // 1000 / 1000:.3f}"


def with_upstream(r, clock):
    return combined(r, clock) + f" uct=0.000 uht=- urt={r.took // 1000 / 1000:.3f}"


def access(world, server, clock, form=combined, head=None, skip=lambda r: False):
    """nginx's access log of one server; a line is written when the answer went out. With a head it
    went through syslog."""
    lines = []
    for r in world.requests:
        if r.server != server or skip(r):
            continue
        text = form(r, clock)
        if head:
            text = f"{head(clock, r.served)} {server} nginx: {text}"
        lines.append(Line(r.served, text, r.served if form is combined else r.t, r.served,
                          host=server, request=r))
    return by_time(lines)


def errors(world, server, clock, site="shop.example"):
    lines = []
    for r in world.requests:
        if r.server != server or not r.failed:
            continue
        what = ("upstream timed out (110: Connection timed out) while reading response header from "
                "upstream" if r.status == 504 else
                "connect() failed (111: Connection refused) while connecting to upstream")
        lines.append(Line(r.served, f'{slashed(clock, r.served)} [error] 811#811: *{5000 + r.n} '
                          f'{what}, client: {r.client}, server: {site}, request: "{r.method} '
                          f'{r.path} HTTP/1.1", upstream: "http://10.0.0.21:8000{r.path}", '
                          f'host: "{site}"', host=server, request=r))
    return by_time(lines)


def said(clock, host, t, text, head=rfc3164):
    return Line(t, f"{head(clock, t)} {host} {text}", host=host)


def hum(clock, host, begin, end, each=10 * MINUTE, head=rfc3164):
    """What a quiet host says: a job each ten minutes, one each hour."""
    lines = []
    for n, t in enumerate(range(begin - begin % each + 5 * MINUTE, end, each)):
        if t >= begin:
            t += SECOND + 1000 * (n * 37 % 900)
            lines.append(said(clock, host, t, f"CRON[{3000 + n}]: (root) CMD (command -v debian-sa1"
                              " > /dev/null && debian-sa1 1 1)", head))
    return lines


def killed(clock, host, t, head=rfc3164):
    """The kernel takes the application for lack of memory; the first line is its own."""
    return [
        said(clock, host, t, "kernel: [913222.412947] Out of memory: Killed process 2211 (gunicorn)"
             " total-vm:1893412kB, anon-rss:1612208kB, file-rss:0kB, shmem-rss:0kB, UID:33 "
             "pgtables:3520kB oom_score_adj:0", head),
        said(clock, host, t + 40000, "systemd[1]: gunicorn.service: A process of this unit has been"
             " killed by the OOM killer.", head),
        said(clock, host, t + 90000, "systemd[1]: gunicorn.service: Failed with result "
             "'oom-kill'.", head),
    ]


def restarted(clock, host, t, head=rfc3164):
    """An operator starts the application again; the last line is of the moment it is back."""
    return [
        said(clock, host, t - 900000, "sudo:    adina : TTY=pts/0 ; PWD=/srv ; USER=root ; "
             "COMMAND=/usr/bin/systemctl restart gunicorn", head),
        said(clock, host, t - 10000, "systemd[1]: Started gunicorn.service - Shop application.",
             head),
    ]


# ---- files ---------------------------------------------------------------------------------------

class Bundle:
    """Files in a folder, and which line of which stands for what."""

    def __init__(self, folder):
        self.folder, self.lines = folder, {}

    def put(self, path, lines, gz=False, header=None, mtime=None, cut=None, head=b"", tail=b""):
        """header: seconds for gzip's own time (0: none), else that of the file. `tail` and `head`
        are bytes around the lines; cut: how much of the written file is there."""
        at_path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(at_path), exist_ok=True)
        if mtime is None:
            mtime = max((line.t for line in lines), default=0)
        data = head + "".join(line.text + "\n" for line in lines).encode() + tail
        if gz:
            data = gzip.compress(data, mtime=mtime // SECOND if header is None else header)
        with open(at_path, "wb") as f:
            f.write(data[:cut])
        os.utime(at_path, (mtime / SECOND, mtime / SECOND))
        self.lines[path] = list(lines)

    def rotate(self, path, lines, turns, gz_from=2, header=None, skip=()):
        """As logrotate leaves it: cut at the instants `turns`, older ones numbered, those from
        gz_from on compressed. Numbers in `skip` are missing. Returns {number: path}."""
        turns = sorted(turns)
        parts = [[] for _ in range(len(turns) + 1)]
        for line in lines:
            parts[sum(line.t >= turn for turn in turns)].append(line)
        paths = {}
        for i, part in enumerate(parts):
            number = len(turns) - i
            gz = number >= gz_from
            paths[number] = path if not number else f"{path}.{number}" + (".gz" if gz else "")
            if number not in skip:
                self.put(paths[number], part, gz=gz, header=header,
                         mtime=turns[i] if i < len(turns) else None)
        return paths

    def line(self, path, number):
        lines = self.lines.get(path, ())
        return lines[number - 1] if number <= len(lines) else None

    def touch(self, instant):
        for path in self.lines:
            os.utime(os.path.join(self.folder, path), (instant / SECOND, instant / SECOND))
