"""Writes what a site played as the programs would: HAProxy, nginx, syslog; rotated, compressed."""

import datetime
import gzip
import os

from time_world import DAY, HOUR, MONTHS, SECOND, EPOCH, signed

BALANCER = "10.0.0.10"


class Stamps:
    """The stamps of one clock, each second made once."""

    def __init__(self, clock):
        self.clock, self.made = clock, {}
        self.day = {}

    def parts(self, t):
        sec = t // SECOND
        got = self.made.get(sec)
        if got is None:
            offset = self.clock.offset(t)
            wall = sec + offset
            day = wall // 86400
            date = self.day.get(day)
            if date is None:
                d = EPOCH + datetime.timedelta(days=day)
                date = self.day[day] = (f"{MONTHS[d.month - 1]} {d.day:2} ",
                                        f"{d.day:02}/{MONTHS[d.month - 1]}/{d.year}:",
                                        f"{d.year}/{d.month:02}/{d.day:02} ",
                                        f"{d.year}-{d.month:02}-{d.day:02}T")
            wall -= day * 86400
            clock = f"{wall // 3600:02}:{wall // 60 % 60:02}:{wall % 60:02}"
            got = self.made[sec] = (date[0] + clock, date[1] + clock, date[2] + clock,
                                    date[3] + clock, signed(offset), signed(offset, ":"))
            if len(self.made) > 4096:
                self.made.clear()
        return got

    def rfc3164(self, t):
        return self.parts(t)[0]

    def iso(self, t):
        p = self.parts(t)
        return f"{p[3]}.{t % SECOND:06}{p[5]}"

    def clf(self, t):
        p = self.parts(t)
        return f"{p[1]} {p[4]}"

    def accept(self, t):
        return f"{self.parts(t)[1]}.{t // 1000 % 1000:03}"

    def slashed(self, t):
        return self.parts(t)[2]


def haproxy(site, stamps):
    accept, head = stamps.accept, stamps.iso if site.envelope == "iso" else stamps.rfc3164
    out, n, pid, reloads = [], 0, 811, sorted(site.reloads, reverse=True)
    for r in site.requests:
        n += 1
        ms, end = r.took // 1000, r.t + r.took
        if site.unlogged and site.unlogged(r):
            continue
        while reloads and r.t >= reloads[-1][0]:
            pid = reloads.pop()[1]
        status, size = r.status, r.size + 230
        if r.server is None:
            wait = ms if r.state == "sQ--" else -1
            server, times = "<NOSRV>", f"0/{wait}/-1/-1/{ms}"
        elif r.state == "----" or r.state == "CD--":
            server, times = r.server, f"0/0/0/{ms}/{ms}"
            if status == 499:
                status = 200
        else:
            server, times = r.server, f"0/0/0/-1/{ms}"
            if status == 499:
                status, size = -1, 0
        out.append((end, f'{head(end)} lb-01 haproxy[{pid}]: {r.client}:{1024 + n * 7 % 60000} '
                    f'[{accept(r.t)}] www {r.backend}/{server} {times} {status} {size} - - '
                    f'{r.state} 4/4/1/1/0 0/0 "{r.method} {r.path} HTTP/1.1"'))
    for t, text in site.lines:
        out.append((t, f"{head(t)} lb-01 {text}"))
    return by_time(out)


def by_time(lines):
    lines.sort(key=lambda line: line[0])
    return lines


def access(site, stamps, server=None):
    """nginx's: a line is written when the answer went out. server: only what came there (through
    HAProxy: only what reached it; the balancer's name is the client's)."""
    clf, out, form = stamps.clf, [], site.form
    through = site.front == "haproxy+web"
    for r in site.requests:
        if server and r.server != server:
            continue
        status, size = r.status, r.size
        if through:
            if r.state in ("SC--", "SH--", "sQ--"):
                continue
            if r.state == "sH--":
                status, size = 499, 0
        client = r.client if not through and form != "forwarded" else BALANCER
        end = r.t + r.took
        text = (f'{client} - - [{clf(end)}] "{r.method} {r.path} HTTP/1.1" {status} {size} "-" '
                f'"{r.agent}"')
        if form == "timed":
            text += f" {r.took // 1000 / 1000:.3f}"
        elif form == "forwarded":
            text += f' "{r.client}"'
        elif form == "vhost":
            text = f"{r.vhost} {text} {r.took // 1000 / 1000:.3f}"
        elif form == "upstream":
            text += upstream(site, r)
        out.append((end, text))
    if site.checks and server and site.front != "nginx-lb":
        out += checks(site, stamps, server)
    return by_time(out)


def upstream(site, r):
    took = f"{r.took // 1000 / 1000:.3f}"
    if r.server is None:
        return f' rt={took} ua="{r.backend}" us="502" urt="0.000"'
    addr, status, each = site.address[r.server], str(r.status), took
    if status == "499":
        status = "-"
    if r.before:
        addr, status, each = f"{r.before}, {addr}", f"502, {status}", f"0.001, {took}"
    return f' rt={took} ua="{addr}" us="{status}" urt="{each}"'


def checks(site, stamps, server):
    """Of the balancer; a server that is out in maintenance gets none."""
    out, step = [], site.checks * SECOND
    sick = [(a, b) for a, b, s in site.sick if s == server]
    gone = [span for m in site.removals if m.server == server for span in m.spans] + [
        (a, b) for a, b, _ in site.darks]
    for t in range(site.begin + 1700000, site.end, step):
        if any(a <= t and (b is None or t < b) for a, b in gone):
            continue
        status = 503 if any(a <= t < b for a, b in sick) else 200
        out.append((t, f'{BALANCER} - - [{stamps.clf(t)}] "GET /health HTTP/1.1" {status} 3 "-" '
                    '"-"' + (" 0.001" if site.form in ("timed", "vhost") else "")))
    return out


WHY = {502: "connect() failed (111: Connection refused) while connecting to upstream",
       504: "upstream timed out (110: Connection timed out) while reading response header from "
            "upstream"}


def errors(site, stamps, server=None):
    out = []
    for n, r in enumerate(site.requests):
        if r.status not in WHY or server and r.server != server or r.server is None:
            continue
        if site.front == "haproxy+web" and r.state != "----":
            continue
        end = r.t + r.took
        addr = site.address[r.server] if site.front == "nginx-lb" else "127.0.0.1:8000"
        who = BALANCER if site.front == "haproxy+web" else r.client
        out.append((end, f'{stamps.slashed(end)} [error] 911#911: *{5000 + n} {WHY[r.status]}, '
                    f'client: {who}, server: {r.vhost}, request: "{r.method} {r.path} HTTP/1.1", '
                    f'upstream: "http://{addr}{r.path}", host: "{r.vhost}"'))
    return by_time(out)


def syslog(site, stamps, host):
    """A quiet host's: a job an hour; and what was said there."""
    out = []
    dark = [(a, b) for a, b, _ in site.darks]
    for n, t in enumerate(range(site.begin - site.begin % HOUR + 17 * 60 * SECOND + 1031000,
                                site.end, HOUR)):
        if t >= site.begin and not any(a <= t < b for a, b in dark):
            out.append((t, f"{stamps.rfc3164(t)} {host} CRON[{3000 + n}]: (root) CMD (   cd / && "
                        "run-parts --report /etc/cron.hourly)"))
    for t, where, text in site.said:
        if where == host:
            out.append((t, f"{stamps.rfc3164(t)} {host} {text}"))
    return by_time(out)


def write(site, folder):
    stamps = Stamps(site.clock)
    webs = [s for b in site.servers.values() for s in b]
    hosts = []
    if site.front.startswith("haproxy"):
        put(site, folder, "lb-01/haproxy.log", haproxy(site, stamps))
        hosts.append("lb-01")
    if site.front == "nginx-lb":
        put(site, folder, "lb-01/access.log", access(site, stamps))
        put(site, folder, "lb-01/error.log", errors(site, stamps))
        hosts.append("lb-01")
    if site.front in ("haproxy+web", "webs"):
        for s in webs:
            put(site, folder, f"{s}/nginx/access.log", access(site, stamps, s))
            put(site, folder, f"{s}/nginx/error.log", errors(site, stamps, s))
        hosts += webs
    if site.front == "nginx":
        put(site, folder, "web-01/nginx/access.log", access(site, stamps))
        put(site, folder, "web-01/nginx/error.log", errors(site, stamps))
        hosts.append("web-01")
    for host in hosts:
        put(site, folder, f"{host}/syslog", syslog(site, stamps, host))


def turns(site):
    """When logrotate ran: at 06:25 by the host's clock."""
    found, t = [], site.begin - DAY
    while t < site.end + DAY:
        midnight = t - (t + site.clock.offset(t) * SECOND) % DAY
        turn = midnight + 6 * HOUR + 25 * 60 * SECOND
        if site.begin < turn < site.end:
            found.append(turn)
        t += DAY
    return sorted(set(found))


def put(site, folder, path, lines):
    cuts = [] if site.rotate == "none" else turns(site)
    parts = [[] for _ in range(len(cuts) + 1)]
    if cuts:
        k = 0
        for line in lines:
            while k < len(cuts) and line[0] >= cuts[k]:
                k += 1
            parts[k].append(line)
    else:
        parts[0] = lines
    for i, part in enumerate(parts):
        number = len(cuts) - i
        if number in site.missing or number in site.missing_of.get(path, ()):
            continue
        name = path if not number else f"{path}.{number}"
        mtime = cuts[i] if i < len(cuts) else (part[-1][0] if part else site.end)
        data = "".join([text + "\n" for _, text in part]).encode()
        if number >= 2 and site.rotate == "daily-gz":
            name += ".gz"
            data = gzip.compress(data, 1, mtime=mtime // SECOND)
        name = os.path.join(folder, name)
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as f:
            f.write(data)
        os.utime(name, (mtime / SECOND, mtime / SECOND))
