"""Servers that get little or nothing for other reasons than that they were taken out, where nothing
may be inferred; and servers that are taken out while much else goes on."""

import os
import re
import zlib

import logs
from states import LEFT
from world import DAY, HOUR, MINUTE, SECOND, Site


def hash_of(text):
    return zlib.crc32(text.encode())


class Chosen(Site):
    """`choose(r, up)`, when there is one, names the server instead of chance; None: leave it."""

    choose = None

    def place(self):
        super().place()
        for name in (s for names in self.servers.values() for s in names):
            self.address.setdefault(name, f"10.0.1.{len(self.address)}:8080")
        if not self.choose:
            return
        for r in self.requests:
            server = r.server and self.choose(r, self.servers[r.backend])
            r.server = server or r.server


def busy(rng, servers=3, **named):
    named.setdefault("front", "haproxy")
    named.setdefault("backends", {"shop": servers})
    named.setdefault("length", 6 * HOUR)
    named.setdefault("rate", rng.uniform(0.8, 1.4))
    return Chosen(rng, **named)


def crowd(site, begin, end, rate):
    """Many more requests than usual, of anybody."""
    for i in range(4):
        site.noise(begin, end, f"192.0.2.{200 + i}", "/items/1", 200, rate / 4)


def spread(site, begin, end):
    """Site.noise() gives all to the first server: as chance has it, instead."""
    for r in site.requests:
        if begin <= r.t < end and r.client.startswith("192.0.2.2") and r.server:
            r.server = site.rng.choice(site.servers[r.backend])


# ---- nothing may be inferred -----------------------------------------------------------------


def all_refuse(rng):
    """every server refuses; what is tried again ends at one of them, mostly at the same"""
    site = busy(rng, rng.randint(2, 4), rate=rng.uniform(1.0, 1.8))
    begin = site.some_time()
    end = begin + rng.randint(10, 40) * MINUTE
    last, share = site.servers["shop"][-1], rng.choice((0, 0.9, 1))
    site.fault(begin, end, "refused")
    site.choose = lambda r, up: (last if begin <= r.t < end and hash_of(f"{r.t}") % 100 <
                                 100 * share else None)
    return site.story()


def a_black_hole(rng):
    """one server answers at once, with errors: the balancer gives it nearly all there is"""
    site = busy(rng, rng.randint(2, 4), rate=rng.uniform(1.0, 1.8))
    begin = site.some_time()
    end = begin + rng.randint(10, 30) * MINUTE
    hole = rng.choice(site.servers["shop"])
    share = rng.choice((0.97, 1))
    site.choose = lambda r, up: (hole if begin <= r.t < end and hash_of(f"{r.t}") % 1000 <
                                 1000 * share else None)
    site.fault(begin, end, rng.choice(("app", "overload")), 1.0, lambda r: r.server == hole)
    return site.story()


def hangs_with_full_slots(rng):
    """a server hangs: as many as it may have wait in it, and only when they time out come others"""
    site = busy(rng, rate=rng.uniform(1.2, 1.7))
    site.timeout = rng.choice((130, 150, 170)) * SECOND
    begin = site.some_time()
    turns = rng.randint(4, 9)
    end = begin + turns * site.timeout
    sick, slots = "web-02", rng.randint(8, 20)
    at = [begin]                        # instants at which its slots are free
    given = {}

    def choose(r, up):
        if not begin <= r.t < end:
            return None
        turn = (r.t - at[0]) // site.timeout
        if given.setdefault(turn, 0) < slots:
            given[turn] += 1
            return sick
        return rng.choice([s for s in up if s != sick])
    site.choose = choose
    site.fault(begin, end, "timeout", 1.0, lambda r: r.server == sick)
    return site.story()


def nobody_left(rng):
    """no server takes anything for a while, which no line tells; then all do"""
    site = busy(rng, rng.randint(2, 4))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(5, 60) * MINUTE, "nosrv")
    return site.story()


def storm_of_retries(rng):
    """all servers fail, people and programs try again and again: many times the usual requests"""
    site = busy(rng, rng.randint(2, 4), rate=rng.uniform(0.3, 0.5))
    begin = site.some_time()
    end = begin + rng.randint(12, 30) * MINUTE
    ways = [rng.choice(("refused", "timeout", "queue", "nosrv", "overload")) for _ in range(2)]
    middle = begin + (end - begin) // 2
    site.fault(begin, middle, ways[0], of="storm")
    site.fault(middle, end, ways[1], rng.choice((0.9, 1.0)), of="storm")
    crowd(site, begin + MINUTE, end, 8)
    only = rng.choice(site.servers["shop"])
    site.play()
    for r in site.requests:             # after play(): of Site.noise(), too
        if begin + MINUTE <= r.t < end and r.client.startswith("192.0.2.2"):
            f = site.faults[0] if r.t < middle else site.faults[1]
            r.fault, r.hurt, r.size, r.server = f, True, 157, only
            r.status, r.took, r.state = 503, 3 * SECOND, "SC--"
            if f.how in ("queue", "nosrv"):
                r.server = None
    return site.story()


def surge_and_lull(rng):
    """ten times the requests within two minutes, for a while; then hardly any"""
    site = busy(rng, rng.randint(2, 4), rate=rng.uniform(0.4, 0.7), length=5 * HOUR)
    begin = site.some_time()
    end = begin + rng.randint(4, 12) * MINUTE
    lull = end + rng.randint(10, 40) * MINUTE
    crowd(site, begin, end, 10 * site.rate)
    site.skips(lambda r: end <= r.t < lull and hash_of(f"{r.t}x") % 6 > 0)
    site.play()
    spread(site, begin, end)
    return site.story()


def sticky_heavy_client(rng):
    """clients stay with their server; one of them is most of a server's work, for an hour or two"""
    site = busy(rng, rng.randint(3, 4), sticky=True, clients=rng.randint(30, 60), length=16 * HOUR,
                rate=rng.uniform(0.3, 0.5))
    begin = site.some_time(0.2, 0.6)
    end = begin + rng.randint(60, 200) * MINUTE
    site.noise(begin, end, "198.51.100.250", "/feed.xml", 200, rng.uniform(0.5, 1.0))
    heavy = rng.choice(site.servers["shop"])
    site.play()
    for r in site.requests:
        if r.client == "198.51.100.250":
            r.server = heavy
    return site.story()


def hashed_by_uri(rng):
    """a server has the pages whose hash it has: what is read changes by the hour"""
    site = busy(rng, rng.randint(3, 4), length=24 * HOUR, rate=0.35)
    pages, spell = rng.randint(8, 14), rng.choice((40, 90)) * MINUTE

    def choose(r, up):
        page = f"{r.t // spell} {hash_of(str(r.t)) % pages}"
        r.path = f"/news/{hash_of(page) % 5000}"
        return up[hash_of(r.path + "u") % len(up)]
    site.choose = choose
    return site.story()


def very_unequal_weights(rng):
    """weights of 100, 10 and 1"""
    return busy(rng, shares={"web-02": 0.1, "web-03": rng.uniform(0.005, 0.02)}).story()


def weights_change(rng):
    """a server's weight is halved, made a tenth, and set back; it is never nothing"""
    site = busy(rng, length=10 * HOUR)
    steps = [(site.begin + rng.randint(100, 140) * MINUTE, 0.5),
             (site.begin + rng.randint(180, 220) * MINUTE, rng.uniform(0.05, 0.15)),
             (site.begin + rng.randint(300, 420) * MINUTE, 1.0)]

    def choose(r, up):
        weight = ([1.0] + [w for t, w in steps if t <= r.t])[-1]
        return rng.choices(up, [weight if s == "web-02" else 1 for s in up])[0]
    site.choose = choose
    return site.story()


def slow_start(rng):
    """a server that was down comes back, with little weight at first"""
    site = busy(rng, rng.randint(2, 4))
    begin = site.some_time()
    end = begin + rng.randint(10, 30) * MINUTE
    ramp = rng.randint(5, 20) * MINUTE
    site.remove("web-02", begin, end, rng.choice(("down-l4", "down-l7")))
    site.choose = lambda r, up: ("web-01" if r.server == "web-02" and end <= r.t < end + ramp and
                                 hash_of(f"{r.t}") % 1000 > 1000 * (r.t - end) / ramp else None)
    return site.story()


def checks_fail_now_and_then(rng):
    """checks of a server fail and succeed every few seconds; it never leaves"""
    site = busy(rng)
    begin = site.some_time()
    for t in range(begin, begin + rng.randint(10, 30) * MINUTE, 6 * SECOND):
        site.state(t, "Health check for server shop/web-02 failed, reason: Layer4 timeout, check "
                      "duration: 2001ms, status: 2/3 UP.")
        site.state(t + 3 * SECOND, "Health check for server shop/web-02 succeeded, reason: Layer7 "
                                   "check passed, code: 200, check duration: 1ms, status: 3/3 UP.")
    return site.story()


def blue_green(rng):
    """all requests go from one half of a backend's servers to the other, for good"""
    # Nobody is missing then: as many serve as before. (Servers whose leaving a line tells are
    # listed all the same: that is a fact, whatever it was for.)
    site = busy(rng, 4)
    site.servers["shop"] = ["blue-1", "blue-2", "green-1", "green-2"]
    when, canary = site.some_time(), rng.choice((0, 20)) * MINUTE

    def choose(r, up):
        green = r.t >= when or r.t >= when - canary and hash_of(f"{r.t}") % 10 == 0
        return rng.choice(up[2:] if green else up[:2])
    site.choose = choose
    return site.story()


def scaled_by_load(rng):
    """servers come when there is much to do and go when there is little; each has a new name"""
    site = busy(rng, 2, length=30 * HOUR, rate=0.3, shape="daily")
    lives = [(f"i-0{rng.getrandbits(56):014x}", site.begin - DAY, site.end) for _ in range(2)]
    lives[0] = (lives[0][0], lives[0][1], site.begin + rng.randint(15, 20) * HOUR)
    for day in range(2):
        for _ in range(rng.randint(2, 4)):
            a = site.begin + day * DAY + rng.randint(60, 6 * 60) * MINUTE
            lives.append((f"i-0{rng.getrandbits(56):014x}", a, a + rng.randint(2, 14) * HOUR))

    def choose(r, up):
        return rng.choice([name for name, a, b in lives if a <= r.t < b])
    site.choose = choose
    return site.story()


def one_replaced(rng):
    """a server goes for good and another takes its place"""
    site = busy(rng, 3)
    when = site.some_time()
    after = rng.choice((-20, 0, 5)) * MINUTE
    site.servers["shop"] = ["web-01", "web-02", "web-03", "web-04"]

    def choose(r, up):
        left = [s for s in up if (s != "web-02" or r.t < when) and
                (s != "web-04" or r.t >= when + after)]
        return rng.choice(left)
    site.choose = choose
    return site.story()


def canary(rng):
    """a new version gets a hundredth of the requests for some hours"""
    site = busy(rng, 3, length=10 * HOUR)
    begin = site.some_time(0.2, 0.3)
    end = begin + rng.randint(90, 200) * MINUTE
    site.servers["shop"] = ["web-01", "web-02", "canary-01"]

    def choose(r, up):
        return "canary-01" if begin <= r.t < end and hash_of(f"{r.t}") % 100 == 0 else (
            rng.choice(up[:2]))
    site.choose = choose
    return site.story()


def empty_slots(rng):
    """ten slots that the resolver fills, three of them filled; each start says so of the others"""
    site = busy(rng, 3, length=8 * HOUR)
    for start in (site.begin + 5 * MINUTE, site.some_time()):
        for i in range(4, 11):
            site.state(start + 1000 * i, f"Server shop/web-{i:02} is going DOWN for maintenance (No "
                       "IP for server )" + LEFT.format(n=13 - i))
    return site.story()


def a_request_a_minute(rng):
    """hardly anything is asked for"""
    return busy(rng, rng.randint(2, 4), rate=1 / 60, length=60 * HOUR).story()


def maintenance_page(rng):
    """for an hour everything goes to the backend that has the maintenance page"""
    site = busy(rng, rng.randint(2, 3))
    begin = site.some_time()
    end = begin + rng.randint(20, 90) * MINUTE
    site.play()
    for r in site.requests:
        if begin <= r.t < end:
            r.backend, r.server, r.status, r.state = "sorry", "page-1", 200, "----"
    return site.story()


def tcp_mode(rng):
    """HAProxy passes connections on; some last for minutes"""
    site = busy(rng, rng.randint(2, 3))
    site.play()
    for r in site.requests:
        r.took = round(rng.expovariate(1 / 90) * SECOND)
        r.status, r.state = 200, "----"
    site.background = 0
    known = site.story()
    return as_tcp(known)


def as_tcp(story):
    """The same, as option tcplog has it: no answer is known, only how the session ended."""
    write = story.write

    def written(folder):
        write(folder)
        path = os.path.join(folder, "lb-01/haproxy.log")
        line = re.compile(r'(.* www \S+) 0/(\S+)/(\S+)/\S+/(\d+) \d+ (\d+) - - (\S\S)-- (\S+ \S+) ".*')
        with open(path) as f:
            text = f.read().split("\n")
        for i, one in enumerate(text):
            text[i] = line.sub(r"\1 \2/\3/\4 \5 \6 \7", one)
        with open(path, "w") as f:
            f.write("\n".join(text))
    story.write = written
    return story


# ---- something must be found -----------------------------------------------------------------


def said_in_a_storm(rng):
    """in a storm of failing requests a line says that a server is taken out; much later it is back"""
    site = busy(rng, 3, rate=rng.uniform(0.4, 0.6))
    begin = site.some_time(0.3, 0.5)
    end = begin + rng.randint(10, 20) * MINUTE
    site.fault(begin, end, rng.choice(("timeout", "overload")), rng.uniform(0.6, 1.0))
    out = begin + rng.randint(3, 8) * MINUTE
    site.remove("web-02", out, out + rng.randint(40, 90) * MINUTE, rng.choice(("maint", "drain")))
    return site.story()


def unsaid_while_others_fail(rng):
    """a server is commented out for hours; in between the others fail"""
    site = busy(rng, rng.randint(2, 3), length=9 * HOUR)
    out = site.some_time(0.25, 0.35)
    site.remove("web-01", out, out + rng.randint(180, 240) * MINUTE, rng.choice(("silent", "reload")))
    begin = out + rng.randint(0, 60) * MINUTE
    site.fault(begin, begin + rng.randint(20, 90) * MINUTE, "app", rng.choice((0.4, 1.0)))
    return site.story()


def two_at_once(rng):
    """two of four servers are out at the same time, of one of which no line tells"""
    site = busy(rng, 4, length=8 * HOUR)
    begin = site.some_time(0.3, 0.5)
    one, other = rng.sample(site.servers["shop"], 2)
    site.remove(one, begin, begin + rng.randint(60, 120) * MINUTE, rng.choice(("maint", "silent")))
    site.remove(other, begin + rng.randint(0, 20) * MINUTE, begin + rng.randint(70, 120) * MINUTE,
                "silent")
    return site.story()


def on_one_of_two_balancers(rng):
    """two balancers have the same servers; one of them has one no more"""
    site = busy(rng, 3, rate=rng.uniform(1.2, 1.6))
    begin = site.some_time(0.3, 0.5)
    how = rng.choice(("maint", "silent"))
    site.remove("web-02", begin, begin + rng.randint(60, 120) * MINUTE, how)
    site.rotate = "none"
    here = site.play()
    story = site.story()
    site.requests = [r for r in here if hash_of(f"{r.t}") % 2]
    story.truth["removals"] = [logs_truth(site)]
    other = [r for r in here if not hash_of(f"{r.t}") % 2]
    for r in other:
        if r.server:
            r.server = rng.choice(site.servers["shop"])
    stamps = logs.Stamps(site.clock)
    write = story.write

    def written(folder):
        write(folder)
        lines, said, site.lines = site.requests, site.lines, []
        site.requests = other
        there = [(t, text.replace(" lb-01 ", " lb-02 ", 1)) for t, text in logs.haproxy(site, stamps)]
        logs.put(site, folder, "lb-02/haproxy.log", there)
        site.requests, site.lines = lines, said
    story.write = written
    return story


def logs_truth(site):
    import truth
    return truth.removal(site, site.removals[0])


def drained_for_minutes(rng):
    """a server is drained: its clients stay with it for up to ten minutes more"""
    site = busy(rng, rng.randint(2, 3), length=8 * HOUR)
    begin = site.some_time(0.3, 0.5)
    end = begin + rng.randint(60, 120) * MINUTE
    how = rng.choice(("drain", "silent"))
    site.remove("web-02", begin, end, how)
    rest = rng.randint(5, 10) * MINUTE
    site.choose = lambda r, up: ("web-02" if begin <= r.t < begin + rest and hash_of(f"{r.t}") % 1000
                                 < 300 * (1 - (r.t - begin) / rest) else None)
    story = site.story()
    if how == "silent":                 # the last that it finished is when it was gone
        served = [r for r in site.requests if r.server == "web-02" and r.t < end]
        story.truth["removals"][0]["from_open"] = (begin, max(r.end for r in served) + SECOND)
    return story


def across_rotated_logs(rng):
    """a server leaves in one of the compressed logs and comes back in the newest, or not at all"""
    site = busy(rng, rng.randint(2, 3), length=5 * DAY, rate=0.07, rotate="daily-gz")
    begin = site.begin + rng.randint(20, 40) * HOUR
    end = rng.choice((None, site.end - rng.randint(2, 8) * HOUR))
    site.remove("web-02", begin, end, rng.choice(("maint", "down-l4", "silent", "reload")))
    return site.story()


def few_flaps(rng):
    """a server goes down and comes back three or four times within minutes"""
    site = busy(rng, 3, rate=1.2)
    t, spans = site.some_time(), []
    for _ in range(rng.randint(3, 4)):
        end = t + rng.randint(20, 90) * SECOND
        spans.append((t, end))
        t = end + rng.randint(20, 100) * SECOND
    site.remove("web-02", spans[0][0], spans[-1][1], "down-l7", spans=spans)
    return site.story()


def all_down_in_a_storm(rng):
    """checks take all servers out one after the other, and put them back; people try again"""
    site = busy(rng, 3, rate=rng.uniform(0.4, 0.6))
    begin = site.some_time()
    end = begin + rng.randint(12, 30) * MINUTE
    for i, server in enumerate(site.servers["shop"]):
        site.remove(server, begin + i * 7 * SECOND, end + i * 11 * SECOND,
                    rng.choice(("down-l7", "down-timeout")))
    site.fault(begin + 2 * 7 * SECOND, end, "nosrv")
    return site.story()


KINDS = [all_refuse, a_black_hole, hangs_with_full_slots, nobody_left,
         storm_of_retries, surge_and_lull,
         sticky_heavy_client, hashed_by_uri, very_unequal_weights, weights_change, slow_start,
         checks_fail_now_and_then, blue_green, scaled_by_load, one_replaced, canary, empty_slots,
         a_request_a_minute, maintenance_page, tcp_mode, said_in_a_storm, unsaid_while_others_fail,
         two_at_once, on_one_of_two_balancers, drained_for_minutes, across_rotated_logs, few_flaps,
         all_down_in_a_storm]
