"""A site in true time: requests, faults, removals. See README.md for what a kind may ask.

Instants are integers, microseconds since 1970 in UTC. Everything is drawn from the kind's seeded
Random, in a fixed order, so that a seed gives the same logs everywhere.
"""

import bisect
import datetime
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from time_world import Clock, DAY, HOUR, MINUTE, SECOND, at  # noqa: E402,F401

import logs    # noqa: E402
import states  # noqa: E402
import truth   # noqa: E402

MOST = 36000   # requests of a story that draws its own length
FRONTS = ("haproxy", "haproxy", "haproxy+web", "nginx", "nginx", "webs", "nginx-lb")
ZONES = ("UTC", "UTC", "Africa/Nairobi", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
         "Pacific/Auckland", "America/Sao_Paulo")
NAMES = ("shop", "api", "blog", "media", "admin")
ROUTES = (("/", 18), ("/items/#", 30), ("/search?q=#", 12), ("/cart", 8), ("/login", 5),
          ("/static/site.css", 12), ("/static/app.js", 9), ("/account/orders/#", 4),
          ("/checkout", 3), ("/feed.xml", 2), ("/contact", 1))
BALANCER = "10.0.0.10"
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/123.0 Safari/537.36",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15",
          "okhttp/4.12.0")


class Request:
    __slots__ = ("t", "took", "client", "method", "path", "vhost", "backend", "server", "status",
                 "size", "state", "fault", "hurt", "agent", "before")

    # fault: what may be done to it; hurt: it was; before: the upstream that was tried in vain
    @property
    def end(self):
        return self.t + self.took

    @property
    def failed(self):
        return self.status >= 500


class Fault:
    def __init__(self, begin, end, how, share, where, of):
        self.begin, self.end, self.how, self.where, self.of = begin, end, how, where, of
        self.share = share if callable(share) else lambda x: share

    def at(self, t):
        """Which share of the requests fails at t."""
        return self.share((t - self.begin) / max(1, self.end - self.begin))


class Removal:
    def __init__(self, backend, server, begin, end, how):
        self.backend, self.server, self.begin, self.end, self.how = (backend, server, begin, end,
                                                                     how)
        self.count, self.spans, self.kinds = 1, None, None


class Story:
    """What a kind returns: write(folder) makes the logs; truth and options as README.md says."""

    def __init__(self, write, truth, options=()):
        self.write, self.truth, self.options = write, truth, list(options)
        self.about = ""


class Site:
    def __init__(self, rng, rate=None, length=None, begin=None, shape=None, front=None,
                 envelope=None, form=None, zone=None, backends=None, clients=None, skew=None,
                 peers=None, background=None, rotate=None, missing=(), checks=False, shares=None,
                 sticky=False, standby=None):
        self.rng = rng
        draw = Draw(rng)
        self.rate = draw.log(0.15, 12) if rate is None else rate
        wish = draw.log(9000, MOST) / self.rate * SECOND
        self.length = round(min(max(wish, 3 * HOUR), 30 * HOUR) if length is None else length)
        if rate is None and length is None and self.rate * self.length / SECOND > MOST:
            self.rate = MOST * SECOND / self.length
        drawn = at("2024-01-10T00:00:00") + rng.randrange(660 * 86400) * SECOND
        self.begin = drawn if begin is None else begin
        self.end = self.begin + self.length
        self.shape = draw.pick(("flat", "daily"), shape)
        self.front = draw.pick(FRONTS, front)
        self.envelope = draw.pick(("rfc3164", "rfc3164", "iso"), envelope)
        forms = {"nginx-lb": ("upstream",), "webs": ("timed", "combined", "upstream"),
                 "nginx": ("combined", "timed", "upstream", "vhost"),
                 "haproxy+web": ("combined", "timed", "forwarded")}
        self.form = draw.pick(forms.get(self.front, ("combined",)), form)
        self.zone = draw.pick(ZONES, zone)
        size = draw.pick((1, 2, 2, 3, 4))
        self.backends = backends or {"shop": size}
        if self.front == "nginx" and backends is None:
            self.backends = {"shop": 1}
        n = round(min(9000, max(25, self.rate * self.length / SECOND / draw.log(6, 60))))
        self.nclients = 1 if peers else clients if clients is not None else n
        self.skew = draw.pick((0.2, 0.5, 0.8), skew)
        self.peers = peers
        self.background = draw.pick((0, 0.0005, 0.001, 0.002), background)
        self.rotate = draw.pick(("none", "daily", "daily-gz"), rotate)
        self.missing, self.missing_of = set(missing), {}
        self.unlogged = None   # a rule: which requests the balancer's own log lacks
        self.timeout = draw.pick((5, 10, 30)) * SECOND
        self.checks = draw.pick((None, 20, 60)) if checks is False else checks
        self.pace = draw.log(8000, 60000)   # a usual answer takes so many microseconds
        self.peak = rng.random()
        self.clock = Clock(self.zone)
        self.servers = {}
        for name, count in self.backends.items():
            stem = "web" if name == "shop" else name
            self.servers[name] = [f"{stem}-{i + 1:02}" for i in range(count)]
        self.vhosts = {name: f"{name}.example" for name in self.backends}
        self.address = {}
        names = [s for b in self.servers.values() for s in b] + ([standby] if standby else [])
        for i, name in enumerate(names):
            self.address[name] = f"10.0.0.{21 + i}:8080"
        self.shares, self.sticky, self.standby = shares or {}, sticky, standby
        self.sixes = rng.random() < 0.3   # are some addresses of version 6?
        self.faults, self.removals, self.noises, self.darks = [], [], [], []
        self.said, self.lines, self.sick, self.skipped = [], [], [], []
        self.allowed, self.removals_allowed = [], []
        self.requests, self.amend, self.pid, self.reloads = None, [], 811, []
        zoneless = self.front.startswith("haproxy") and self.envelope == "rfc3164"
        self.options = ["--assume-tz", self.zone] if zoneless and self.zone != "UTC" else []

    # ---- what happens ------------------------------------------------------------------------

    def some_time(self, low=0.35, high=0.65):
        return self.begin + round(self.length * self.rng.uniform(low, high))

    def fault(self, begin, end, how="refused", share=1.0, where=None, of=None):
        f = Fault(begin, end, how, share, where, f"#{len(self.faults)}" if of is None else of)
        self.faults.append(f)
        return f

    def dark(self, begin, end, of=None):
        self.darks.append((begin, end, of is not False))

    def remove(self, server, begin, end, how="maint", **more):
        backend = next(b for b, names in self.servers.items() if server in names)
        removal = Removal(backend, server, begin, end, how)
        removal.counts = more.pop("counts", True)
        states.tell(self, removal, **more)
        self.removals.append(removal)
        return removal

    def noise(self, begin, end, client, path, status, rate, agent=AGENTS[0]):
        self.noises.append((begin, end, client, path, status, rate, agent))

    def say(self, t, host, text):
        self.said.append((t, host, text))

    def state(self, t, text, pid=None):
        """A line of the balancer's own, in its log."""
        self.lines.append((t, f"haproxy[{pid or self.pid}]: {text}"))

    def health_fails(self, begin, end, server):
        self.sick.append((begin, end, server))

    def skips(self, rule):
        self.skipped.append(rule)

    # ---- the play ----------------------------------------------------------------------------

    def weight(self, t):
        if self.shape == "flat":
            return 1.0
        if self.shape == "office":
            return 4 * max(0.0, math.cos(2 * math.pi * (t / DAY - self.peak))) ** 2 + 1e-6
        if self.shape == "deep":
            return 4.1 * math.exp(3 * (math.cos(2 * math.pi * (t / DAY - self.peak)) - 1))
        return 1.0 + 0.8 * math.cos(2 * math.pi * (t / DAY - self.peak))

    def arrivals(self):
        rng, times, mean = self.rng, [], SECOND / self.rate
        t, until = float(self.begin), 0.0
        while t < self.end:
            if t >= until:
                until = (t // (5 * MINUTE) + 1) * 5 * MINUTE
                scale = mean / self.weight(t)
            t += rng.expovariate(1.0) * scale
            if t >= until:
                t = until  # what comes does not know how long it was waited for
            elif t < self.end:
                times.append(round(t))
        return times

    def addresses(self):
        if self.peers:
            return [BALANCER if self.front == "webs" else "203.0.113.77"]
        nets = ("198.51.100.", "203.0.113.", "192.0.2.")
        out = []
        for i in range(self.nclients):
            if self.sixes and i % 5 == 3:
                out.append(f"2001:db8:{i // 5:x}::{1 + i % 7:x}")
                continue
            out.append(nets[i % 3] + str(1 + i // 3) if i < 750 else
                       f"100.{64 + i % 64}.{i // 64 % 250}.{1 + i * 7 % 250}")
        return out

    def routes(self):
        """(backend, path) with weights: the first backend has most of the traffic."""
        pairs, weights = [], []
        for i, name in enumerate(self.backends):
            for path, weight in ROUTES:
                if name != "shop" and path.startswith("/static"):
                    continue
                pairs.append((name, path))
                weights.append(weight / (1, 4, 9, 14, 20)[min(i, 4)])
        return pairs, weights

    def play(self):
        rng = self.rng
        times = self.arrivals()
        n = len(times)
        people = self.addresses()
        weights = [1 / (i + 4) ** self.skew for i in range(len(people))]
        who = rng.choices(people, weights, k=n)
        pairs, weights = self.routes()
        where = rng.choices(pairs, weights, k=n)
        usual = rng.choices((200, 304, 301, 404, 499), (900, 45, 12, 8, 0.6), k=n)
        rate, random, background = 1 / (self.pace * 0.8), rng.random, self.background
        self.requests = []
        add = self.requests.append
        for i in range(n):
            r = Request()
            r.t, r.client, (r.backend, path) = times[i], who[i], where[i]
            r.vhost = self.vhosts[r.backend]
            r.path = path.replace("#", str(int(random() * 3000))) if "#" in path else path
            form = path in ("/login", "/checkout", "/cart")
            r.method = "POST" if form and random() < 0.5 else "GET"
            r.status = usual[i]
            r.took = int(self.pace * 0.2 + rng.expovariate(rate))
            r.size = 200 + int(random() * 9000) if r.status == 200 else 150
            r.state, r.server, r.fault, r.hurt, r.before = "----", None, None, False, None
            r.agent = AGENTS[hash_of(r.client) % len(AGENTS)]
            if r.status == 499:
                r.state = "CD--"
            if background and random() < background:
                r.status, r.size = rng.choice((500, 500, 502, 504)), 170
                r.state = {500: "----", 502: "SH--", 504: "sH--"}[r.status]
            add(r)
        self.place()
        for f in self.faults:
            self.strike(f)
        for one in self.noises:
            self.disturb(*one)
        for begin, end, _ in self.darks:
            self.requests = [r for r in self.requests if not begin <= r.t < end]
        for rule in self.skipped:
            self.requests = [r for r in self.requests if not rule(r)]
        return self.requests

    def place(self):
        """Which server; removed ones get nothing."""
        random = self.rng.random
        usual = self.servers
        turns = sorted({t for m in self.removals for span in m.spans for t in span
                        if t is not None})
        tables = [self.up(t) for t in [self.begin - 1] + turns]
        for r in self.requests:
            up = tables[bisect.bisect_right(turns, r.t)][r.backend] if turns else usual[r.backend]
            if self.shares and up:
                r.server = self.rng.choices(up, [self.shares.get(s, 1) for s in up])[0]
            elif self.sticky and up:
                r.server = up[hash_of(r.client + "s") % len(up)]
            else:
                r.server = up[int(random() * len(up))] if up else self.standby
            if not r.server and r.status < 500:
                r.status, r.size, r.took, r.state = 503, 217, 0, "SC--"

    def up(self, t):
        out = {}
        for name, servers in self.servers.items():
            gone = {m.server for m in self.removals if m.backend == name
                    for a, b in m.spans if a <= t and (b is None or t < b)}
            out[name] = [s for s in servers if s not in gone]
        return out

    def strike(self, fault):
        rng, how = self.rng, fault.how
        at_first = bisect.bisect_left(self.requests, fault.begin, key=lambda r: r.t)
        for i in range(at_first, len(self.requests)):
            r = self.requests[i]
            if r.t >= fault.end:
                break
            if fault.where and not fault.where(r):
                continue
            r.fault = fault
            if rng.random() >= fault.at(r.t):
                continue
            r.hurt, r.size = True, 157
            if how == "refused":
                r.status, r.took, r.state = 502, 500 + rng.randrange(1500), "SH--"
            elif how == "timeout":
                r.status, r.took, r.state = 504, self.timeout + rng.randrange(2000), "sH--"
            elif how == "nosrv":
                r.status, r.took, r.state, r.server = 503, 0, "SC--", None
            elif how == "app":
                r.status, r.took, r.state = 500, r.took + 2000, "----"
            elif how == "queue":
                r.status, r.took, r.state, r.server = 503, self.timeout, "sQ--", None
            elif how == "impatient":
                r.status, r.size, r.state = 499, 0, "CH--"
                r.took = int(rng.uniform(3, 12) * SECOND)
            elif how == "overload":
                r.status, r.took, r.state = 503, r.took, "----"
            else:
                self.slow(r)

    def slow(self, r):
        rng = self.rng
        r.took = int(max(2 * SECOND, self.pace * 25) * rng.uniform(0.7, 2.5))
        r.size = 200 + rng.randrange(9000)
        if rng.random() < 0.3:
            r.status, r.size, r.state = 499, 0, "CH--"
        elif rng.random() < 0.02:
            r.status, r.state = 504, "sH--"

    def disturb(self, begin, end, client, path, status, rate, agent):
        rng, t, extra = self.rng, begin, []
        first = next(iter(self.backends))
        while True:
            t += round(rng.expovariate(rate) * SECOND) + 1
            if t >= end:
                break
            r = Request()
            r.t, r.took, r.client, r.method, r.agent = t, int(self.pace), client, "GET", agent
            r.path = path(rng) if callable(path) else path
            r.vhost, r.backend, r.status = self.vhosts[first], first, status
            r.server, r.size, r.state = self.servers[first][0], 170, "----"
            r.fault, r.hurt, r.before = None, False, None
            extra.append(r)
        self.requests = sorted(self.requests + extra, key=lambda r: r.t)

    # ---- the end -----------------------------------------------------------------------------

    def story(self):
        if self.requests is None:
            self.play()
        known = truth.of(self)
        for change in self.amend:
            change(known)
        made = Story(lambda folder: logs.write(self, folder), known, self.options)
        envelope = self.envelope if "haproxy" in self.front else ""
        made.about = (f"{self.front}/{envelope}/{self.form} {self.zone} "
                      f"{self.rate:.3g}/s for {self.length / HOUR:.3g} h, "
                      f"{len(self.requests)} requests, {self.nclients} clients, background "
                      f"{100 * self.background:.2g} %, {self.shape}, {self.rotate}")
        return made


def hash_of(text):
    n = 0
    for c in text.encode():
        n = (n * 31 + c) & 0xffffff
    return n >> 3


class Draw:
    """Always draws, so that naming one thing does not change all others."""

    def __init__(self, rng):
        self.rng = rng

    def pick(self, choices, named=None):
        got = choices[int(self.rng.random() * len(choices))]
        return got if named is None else named

    def log(self, low, high):
        return math.exp(self.rng.uniform(math.log(low), math.log(high)))


def local(zone, text):
    """The instant at which a clock of the zone shows "2026-03-29T00:40:00" (the first such)."""
    naive = datetime.datetime.fromisoformat(text)
    when = naive.replace(tzinfo=Clock(zone).zone)
    return round(when.timestamp()) * SECOND
