"""Kinds by another hand: told from what operators see, by someone who does not know the detector.

Never tuned on, reported apart. What is true comes from the play and the definitions alone.
"""

import copy
import datetime
import gzip
import heapq
import math
import os
import re

from world import AGENTS, DAY, HOUR, MINUTE, SECOND, Fault, Site, at  # first: it sets the path
import states

SOME_DAY = at("2024-01-10T00:00:00")


# ---- incidents -----------------------------------------------------------------------------------

def creeping_release(rng):
    """a release goes to three of five servers, one each ten minutes, and cannot fill a cart"""
    site = Site(rng, front="haproxy", backends={"shop": 5}, rate=rng.uniform(2.4, 3.2),
                length=3 * HOUR, shape="flat")
    t, sick, steps = site.some_time(0.3, 0.4), {}, []
    host = lambda server, when, text: site.say(
        when, "lb-01", f"deploy[{4400 + len(steps)}]: {text} {server}")
    for server in rng.sample(site.servers["shop"], 3):
        back = t + rng.randint(30, 70) * SECOND
        site.remove(server, t, back, "drain")
        host(server, t - SECOND, "release 2.31.0: draining")
        host(server, back + SECOND, "release 2.31.0: done on")
        sick[server] = back
        steps.append(back)
        t = back + rng.randint(8, 12) * MINUTE
    end = t - rng.randint(1, 4) * MINUTE
    host("all", end - 20 * SECOND, "rolling back to 2.30.4 on")
    cart = lambda r: r.path == "/cart"
    share = lambda x: sum(b <= steps[0] + x * (end - steps[0]) for b in steps) / 5
    site.play()
    fault = add_fault(site, steps[0], end, "app", share, cart)
    for r in site.requests:
        if cart(r) and steps[0] <= r.t < end:
            r.fault = fault
            if r.server in sick and sick[r.server] <= r.t:
                fail(r, 500, "----", r.took + 2000)
    return site.story()


def certificate_expired(rng):
    """at midnight the certificate behind one vhost expires; its clients, programs, try again"""
    midnight = SOME_DAY + rng.randrange(660) * DAY
    site = Site(rng, front="nginx", form="vhost", backends={"shop": 1, "api": 1},
                begin=midnight - rng.randint(100, 150) * MINUTE, length=5 * HOUR, shape="flat",
                rate=rng.uniform(1.0, 1.6), rotate=rng.choice(("none", "daily")))
    end = midnight + rng.randint(35, 80) * MINUTE
    of_api = lambda r: r.backend == "api"
    site.say(end - 3 * SECOND, "web-01", "sudo:    marta : TTY=pts/1 ; PWD=/etc/ssl ; USER=root ; "
             "COMMAND=/usr/sbin/nginx -s reload")
    site.fault(midnight, end, "refused", 1.0, of_api)
    again = []
    for r in site.play():
        wait, one = 2 * SECOND, r
        while one.hurt and wait < 15 * SECOND:
            one, wait = copy.copy(one), wait * 3
            one.t += wait + rng.randrange(SECOND)
            if one.t >= end:
                heal(site, one)
            again.append(one)
    site.requests = by_start(site.requests + again)
    first, last = stamp(site, midnight), stamp(site, end)
    story = site.story()

    def verify(text):
        out = []
        for line in text.split("\n"):
            if first <= line[:19] <= last and ", server: api.example," in line:
                line = line.replace("connect() failed (111: Connection refused) while connecting "
                                    "to upstream", "upstream SSL certificate verify error: (10:"
                                    "certificate has expired) while SSL handshaking to upstream")
                line = line.replace('upstream: "http:', 'upstream: "https:')
            out.append(line)
        return "\n".join(out)

    return edited(story, "error.log", verify)


def database_failover(rng):
    """the database hangs, then is gone for half a minute, then read-only: only files are served"""
    site = Site(rng, front=rng.choice(("webs", "nginx-lb")), backends={"shop": rng.randint(2, 3)},
                rate=rng.uniform(7, 9), length=HOUR, shape="flat")
    begin = site.some_time()
    hung = begin + rng.randint(7, 12) * SECOND
    back = hung + rng.randint(25, 40) * SECOND
    writes = back + rng.randint(8, 15) * SECOND
    dynamic = lambda r: not r.path.startswith("/static/")
    where = "web-01" if site.front == "webs" else "lb-01"
    site.say(hung + 700000, where, "shop[640]: psycopg2.OperationalError: server closed the "
             "connection unexpectedly")
    site.say(back + 100000, where, "shop[640]: connected to db-02 (read-only)")
    site.fault(begin, back, "app", 1.0, dynamic, of="failover")
    for r in site.play():
        if r.hurt and r.t < hung:
            r.took = hung - r.t + rng.randrange(300000)
    tail = add_fault(site, back, writes, "app", 0.1, dynamic, of="failover")
    for r in site.requests:
        if back <= r.t < writes and dynamic(r):
            r.fault = tail
            if r.method == "POST":
                fail(r, 500, "----", r.took + 2000)
    return site.story()


def disk_full(rng):
    """a server's disk fills for an hour: more and more of its requests fail, its log stops"""
    site = Site(rng, front="haproxy+web", backends={"shop": 3}, rate=rng.uniform(1.8, 2.4),
                length=4 * HOUR, shape="flat", rotate="none")
    begin = site.some_time(0.2, 0.3)
    fixed = begin + rng.randint(60, 100) * MINUTE
    full = begin + (fixed - begin) * rng.randint(50, 75) // 100
    clean = fixed + rng.randint(8, 25) * MINUTE
    back = clean + rng.randint(2, 12) * MINUTE
    most = rng.uniform(0.6, 0.95)
    site.fault(begin, fixed, "app", lambda x: most * x ** 1.5, lambda r: r.server == "web-02")
    site.remove("web-02", fixed, back, "maint")
    for k in range(5):
        site.say(begin + (full - begin) * (k + 3) // 9, "web-02", "shop[702]: OSError: [Errno 28] "
                 f"No space left on device: '/srv/shop/sessions/{rng.randrange(1 << 40):010x}'")
    site.say(clean - 2 * SECOND, "web-02", "sudo:    marta : TTY=pts/0 ; PWD=/srv/shop ; "
             "USER=root ; COMMAND=/usr/bin/find sessions -mtime +2 -delete")
    story = site.story()

    def cut(text):
        # The last line went half to the disk; what is written first afterwards follows it at once.
        out, lost = [], False
        for line in text.splitlines(True):
            found = re.search(r"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]", line)
            t = instant(found.group(1))
            if full <= t < clean:
                if not lost:
                    out.append(line[:len(line) // 2])
                lost = True
            else:
                out.append(line)
        return "".join(out)

    return edited(story, "web-02/nginx/access.log", cut)


def retry_storm(rng):
    """one back end is overloaded; an app that asks again three times makes it worse"""
    site = Site(rng, front="haproxy", backends={"shop": 2, "api": 3}, rate=rng.uniform(1.6, 2.2),
                length=4 * HOUR, shape="flat")
    begin = site.some_time(0.35, 0.5)
    end = begin + rng.randint(25, 45) * MINUTE
    first, spans = begin + rng.randint(4, 7) * MINUTE, []
    t = first
    while len(spans) < 4 and t < end - 2 * MINUTE:
        spans.append((t, t + rng.randint(40, 90) * SECOND))
        t = spans[-1][1] + rng.randint(120, 240) * SECOND
    site.remove("api-02", spans[0][0], spans[-1][1], "down-analyze", spans=spans)
    where = lambda r: r.backend == "api"
    site.play()
    low, high = rng.uniform(0.15, 0.3), rng.uniform(0.4, 0.6)
    fault = add_fault(site, begin, end, "overload", lambda x: low + (high - low) * x, where)
    queue = [(r.t, n, 0, r) for n, r in enumerate(site.requests) if where(r) and begin <= r.t < end]
    heapq.heapify(queue)
    n, again = len(site.requests), []
    while queue:
        t, _, tries, r = heapq.heappop(queue)
        if t >= end:
            continue
        r.fault = fault
        if rng.random() >= fault.at(t):
            continue
        fail(r, 503, "----", r.took)
        if r.agent == AGENTS[3] and tries < 3:
            one = copy.copy(r)
            one.t = r.end + round((1 << tries) * SECOND * rng.uniform(0.8, 1.2))
            heal(site, one)
            one.server = rng.choice(site.up(one.t)["api"])
            again.append(one)
            n += 1
            heapq.heappush(queue, (one.t, n, tries + 1, one))
    site.requests = by_start(site.requests + again)
    # A TLS front that captures the host.
    captured = r' www~ \1\2 {\1.example} "\3'
    host = lambda text: re.sub(r'(?m) www (\w+)(/\S+ .*) "([A-Z]+ /)', captured, text)
    return edited(site.story(), "haproxy.log", host)


def overloaded_peaks(rng):
    """a server is taken out and forgotten; at the peaks of the next days the others are too few"""
    site = Site(rng, front=rng.choice(("haproxy", "haproxy", "nginx-lb")), backends={"shop": 3},
                rate=0.095, length=92 * HOUR, shape="daily", background=rng.choice((0, 0.0005)))
    out = site.begin + rng.randint(18, 26) * HOUR + rng.randrange(3600) * SECOND
    peaks = [round((k + site.peak) * DAY) for k in range(site.begin // DAY, site.end // DAY + 2)]
    peaks = [p for p in peaks if out + 3 * HOUR < p < site.end - 3 * HOUR][-2:]
    lengths = [rng.randint(60, 80) * MINUTE, rng.randint(75, 110) * MINUTE]
    tops = [rng.uniform(0.35, 0.5), rng.uniform(0.5, 0.75)]
    back = rng.choice((None, peaks[-1] + lengths[-1] // 2 + rng.randint(20, 90) * MINUTE))
    site.remove("web-03", out, back, "reload" if site.front == "haproxy" else "silent")
    for peak, length, top in zip(peaks, lengths, tops):
        site.fault(peak - length // 2, peak + length // 2,
                   "queue" if site.front == "haproxy" else "overload",
                   lambda x, top=top: top * math.sin(math.pi * min(1, max(0, x))))
    # At the top, minutes of ten requests may all have failed.
    site.amend.append(lambda known: [one.update(full_s=None) for one in known["incidents"]])
    return site.story()


def cascade(rng):
    """one server dies, the next from its load, until none is left; a reload amid; back by and by"""
    site = Site(rng, front="haproxy", backends={"shop": 4}, rate=rng.uniform(2, 2.8),
                length=3 * HOUR, shape="flat")
    order = site.servers["shop"][:]
    rng.shuffle(order)
    begin = site.some_time(0.3, 0.5)
    down, t = [], begin
    for low, high in ((5, 12), (240, 400), (200, 300), (60, 150)):
        t += rng.randint(low, high) * SECOND
        down.append(t)
    up = [down[-1] + rng.randint(300, 540) * SECOND]
    for low, high in ((70, 110), (90, 140), (120, 200)):
        up.append(up[-1] + rng.randint(low, high) * SECOND)
    how = rng.choice(("down-timeout", "down-l7", "down-analyze"))
    last = order[:]
    rng.shuffle(last)
    for i, server in enumerate(order):
        site.remove(server, down[i], up[last.index(server)], how)
    reload_with(site, down[-1] + rng.randint(90, 200) * SECOND, [
        (s, 'is DOWN, reason: Layer4 timeout, check duration: 2001ms') for s in order])
    # How many were back: the removals did not know of each other.
    site.lines = [(t, re.sub(r"\d+ active", f"{up.index(t) + 1} active", text) if t in up else text)
                  for t, text in site.lines]
    edges = [begin] + down + up
    hows = ["timeout", "overload", "overload", "overload", "nosrv", "overload", "overload",
            "overload"]
    shares = [0.25, 0.06, 0.25, 0.6, 1.0, 0.8, 0.35, 0.1]
    for a, b, what, share in zip(edges, edges[1:], hows, shares):
        where = (lambda r: r.server == order[0]) if what == "timeout" else None
        site.fault(a, b, what, share if where is None else 1.0, where, of="cascade")
    # The whole site is the part that failed, though it began with one server.
    site.play()
    site.faults[0].where, site.faults[0].share = None, lambda x: 0.25
    return site.story()


# ---- none ----------------------------------------------------------------------------------------

def refused_on_purpose(rng):
    """thousands of addresses get 403, busy offices 429, a login goes round and round with 302"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx")), rate=rng.uniform(0.4, 0.6),
                length=6 * HOUR)
    proxy = site.front == "haproxy"
    site.play()
    extra = []

    def refuse(one, status, state):
        one.status, one.size, one.took, one.fault, one.hurt = status, 190, 300, None, False
        if proxy:
            one.state, one.server, one.backend = state, None, "www"
        extra.append(one)

    pick = lambda: copy.copy(rng.choice(site.requests))
    begin = site.begin + rng.randint(60, 90) * MINUTE
    end, rate = begin + rng.randint(15, 25) * MINUTE, rng.uniform(3, 6)
    for t in times(rng, begin, end, rate):
        one = pick()
        one.t, one.path, one.method = t, f"/items/{rng.randrange(90000)}", "GET"
        one.client = f"100.{rng.randint(64, 127)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        one.agent = "Mozilla/5.0 (compatible; CollectorBot/0.9)"
        refuse(one, 403, "PR--")
    begin = end + rng.randint(20, 40) * MINUTE
    end = begin + rng.randint(15, 25) * MINUTE
    for i in range(rng.randint(5, 9)):
        for t in times(rng, begin + i * 20 * SECOND, end, rng.uniform(0.2, 0.5)):
            one = pick()
            one.t, one.client = t, f"192.0.2.{230 + i}"
            refuse(one, 429, "PR--")
    begin = end + rng.randint(20, 40) * MINUTE
    end = begin + rng.randint(15, 30) * MINUTE
    for r in site.requests:
        if r.path == "/login" and begin <= r.t < end and r.status < 500:
            t, ahead = r.t, copy.copy(r)
            for _ in range(20):
                one = copy.copy(ahead)
                one.t, one.method = t, "GET"
                refuse(one, 302, "LR--")
                t += 20000 + rng.randrange(60000)
            r.t, r.status, r.size = t, 302, 190
    site.requests = by_start(site.requests + extra)
    return site.story()


def the_sale(rng):
    """a newsletter brings five times as many; slower than usual, but all are served"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx", "nginx-lb")),
                form=rng.choice(("timed", "upstream")), rate=rng.uniform(0.4, 0.6), length=6 * HOUR)
    if site.front == "nginx-lb":
        site.form = "upstream"
    begin = site.some_time(0.3, 0.5)
    full = begin + rng.randint(2, 6) * MINUTE
    fade = full + rng.randint(30, 50) * MINUTE
    end = fade + rng.randint(20, 40) * MINUTE
    often, slower = rng.uniform(3, 5), rng.uniform(1.5, 2.3)

    def level(t):
        if not begin <= t < end:
            return 0.0
        return min(1.0, (t - begin) / (full - begin), (end - t) / (end - fade))

    usual = [r for r in site.play() if begin <= r.t < end]
    extra, people = [], rng.randint(1500, 3000)
    for t in times(rng, begin, end, often * site.rate):
        if rng.random() < level(t):
            one = copy.copy(rng.choice(usual))
            i = rng.randrange(people)
            one.t, one.client = t, f"100.{100 + i % 20}.{i // 20 % 250}.{1 + i * 7 % 250}"
            if rng.random() < 0.6:
                one.path, one.method = "/items/77", "GET"
            extra.append(one)
    site.requests = by_start(site.requests + extra)
    for r in site.requests:
        if r.status < 499:
            r.took = round(r.took * (1 + (slower - 1) * level(r.t)))
    return site.story()


def moved_by_dns(rng):
    """by DNS most clients go elsewhere for two hours; a server is serviced; the balancer reloads"""
    site = Site(rng, front="haproxy", backends={"shop": rng.randint(2, 3)},
                rate=rng.uniform(0.7, 1.0), length=6 * HOUR)
    away = site.begin + rng.randint(90, 120) * MINUTE
    home = away + rng.randint(100, 150) * MINUTE
    share, ttl = rng.uniform(0.5, 0.65), rng.choice((5, 10)) * MINUTE
    trips = {}

    def elsewhere(r):
        if r.client not in trips:
            late = lambda: round(min(3 * ttl, rng.expovariate(1 / ttl)))
            trips[r.client] = (away + late(), home + late()) if rng.random() < share else (0, 0)
        return trips[r.client][0] <= r.t < trips[r.client][1]

    site.skips(elsewhere)
    begin = away + rng.randint(35, 50) * MINUTE
    site.remove("web-01", begin, begin + rng.randint(15, 35) * MINUTE,
                rng.choice(("maint", "maint-stats", "drain")))
    reload_with(site, away - rng.randint(60, 200) * SECOND, [])
    reload_with(site, home + rng.randint(5, 20) * MINUTE, [])
    return site.story()


# ---- what several need ---------------------------------------------------------------------------

def add_fault(site, begin, end, how, share, where, of=None):
    """A fault whose victims the kind marks itself."""
    fault = Fault(begin, end, how, share, where, f"#{len(site.faults)}" if of is None else of)
    site.faults.append(fault)
    return fault


def fail(r, status, state, took):
    r.status, r.state, r.took, r.size, r.hurt = status, state, took, 157, True


def heal(site, r):
    """A copy of a failed request, as it is when served."""
    r.status, r.state, r.size, r.fault, r.hurt = 200, "----", 900, None, False
    r.took = int(site.pace * site.rng.uniform(0.4, 1.6))


def by_start(requests):
    return sorted(requests, key=lambda r: r.t)


def times(rng, begin, end, rate):
    t = begin
    while True:
        t += round(rng.expovariate(rate) * SECOND) + 1
        if t >= end:
            return
        yield t


def reload_with(site, t, out):
    """HAProxy is reloaded; the new process says of the servers that are out that they are."""
    old = site.pid
    states.reload(site, t)
    here = f"haproxy[{old}]:"
    site.lines = [(when, text.replace(here, f"haproxy[{site.pid}]:") if when > t else text)
                  for when, text in site.lines]
    name, left = next(iter(site.servers)), len(out)
    for i, (server, text) in enumerate(out):
        left -= 1
        when = t + 2 * SECOND + i * 150000
        site.state(when, f"Server {name}/{server} {text}. {left} active and 0 backup servers left. "
                         "0 sessions active, 0 requeued, 0 remaining in queue.")
    if out:
        site.state(t + 3 * SECOND, f"backend {name} has no server available!")


def stamp(site, t):
    """As the error log has it."""
    wall = datetime.datetime(1970, 1, 1) + datetime.timedelta(
        seconds=t // SECOND + site.clock.offset(t))
    return wall.strftime("%Y/%m/%d %H:%M:%S")


def instant(text):
    return round(datetime.datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").timestamp()) * SECOND


def edited(story, part, change):
    """The story, with the text of the files whose names hold `part` changed as they are written."""
    inner = story.write

    def write(folder):
        inner(folder)
        for where, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(where, name)
                if part in os.path.relpath(path, folder):
                    rewrite(path, change)

    story.write = write
    return story


def rewrite(path, change):
    mtime = os.stat(path).st_mtime
    with open(path, "rb") as f:
        data = f.read()
    packed = path.endswith(".gz")
    data = change((gzip.decompress(data) if packed else data).decode()).encode()
    if packed:
        data = gzip.compress(data, 1, mtime=int(mtime))
    with open(path, "wb") as f:
        f.write(data)
    os.utime(path, (mtime, mtime))


KINDS = [creeping_release, certificate_expired, database_failover, disk_full, retry_storm,
         overloaded_peaks, cascade, refused_on_purpose, the_sale, moved_by_dns]
