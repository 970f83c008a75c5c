"""Outages of all of a site, and where they lie."""

from world import DAY, HOUR, MINUTE, SECOND, Site, local


def total_outage(rng):
    """everything fails for a while"""
    site = Site(rng)
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(6, 90) * MINUTE, rng.choice(("refused", "app")))
    return site.story()


def dead_upstream(rng):
    """nginx answers 502 in front of a dead application"""
    site = Site(rng, front=rng.choice(("nginx", "nginx", "haproxy+web")))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(5, 60) * MINUTE, "refused")
    return site.story()


def no_server(rng):
    """all servers go down, one after the other; the balancer answers 503 <NOSRV>"""
    site = Site(rng, front=rng.choice(("haproxy", "haproxy+web")),
                backends={"shop": rng.randint(2, 3)})
    begin, how = site.some_time(), rng.choice(("down-l4", "down-l7", "down-timeout"))
    gone = []
    for server in site.servers["shop"]:
        gone.append(begin + rng.randint(4, 12) * SECOND)
    gone.sort()
    back = gone[-1] + rng.randint(4, 50) * MINUTE
    for i, server in enumerate(site.servers["shop"]):
        site.remove(server, gone[i], back + 2 * i * SECOND, how)
    site.fault(begin, gone[-1], "refused", of="all")
    site.fault(gone[-1], back, "nosrv", of="all")
    return site.story()


def last_server(rng):
    """one server is in maintenance, the other fails its checks: no server is left"""
    site = Site(rng, front="haproxy", backends={"shop": 2})
    begin = site.some_time()
    end = begin + rng.randint(3, 30) * MINUTE
    site.remove("web-02", begin - rng.randint(30, 80) * MINUTE, end, "maint")
    site.remove("web-01", begin, end + 5 * MINUTE, "down-l7")
    site.fault(begin, end, "nosrv", of="all")
    return site.story()


def timeouts(rng):
    """the application hangs: 504 after a while"""
    site = Site(rng)
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(8, 60) * MINUTE, "timeout", rng.choice((1.0, 0.7)))
    return site.story()


def flapping(rng):
    """bad and good in turns of a minute or two: one incident"""
    site = Site(rng, rate=rng.uniform(1, 4))
    t = site.some_time(0.3, 0.5)
    for _ in range(rng.randint(5, 12)):
        end = t + rng.randint(40, 150) * SECOND
        site.fault(t, end, "refused", of="flaps")
        t = end + rng.randint(30, 130) * SECOND
    return site.story()


def ten_minutes_apart(rng):
    """two incidents with ten good minutes between"""
    site = Site(rng, rate=rng.uniform(0.5, 4))
    begin = site.some_time(0.3, 0.5)
    middle = begin + rng.randint(4, 15) * MINUTE
    site.fault(begin, middle, "refused")
    again = middle + rng.randint(10, 12) * MINUTE
    site.fault(again, again + rng.randint(4, 15) * MINUTE, rng.choice(("refused", "app")))
    return site.story()


def small_after_big(rng):
    """the newest is small; one some hours before failed ten times as many: that one is told"""
    site = Site(rng, rate=1.2, length=8 * HOUR, shape="flat")
    begin = site.begin + rng.randint(60, 90) * MINUTE
    site.fault(begin, begin + 90 * MINUTE, "refused")
    again = begin + rng.randint(4, 5) * HOUR
    site.fault(again, again + 4 * MINUTE, "app")
    return site.story()


def across_midnight(rng):
    """from before to after midnight by the hosts' clocks"""
    zone = rng.choice(("UTC", "Africa/Nairobi", "America/New_York"))
    midnight = local(zone, "2025-05-%02dT00:00:00" % rng.randint(2, 28))
    site = Site(rng, zone=zone, begin=midnight - rng.randint(6, 9) * HOUR, length=16 * HOUR,
                rate=rng.uniform(0.3, 2))
    site.fault(midnight - rng.randint(5, 40) * MINUTE, midnight + rng.randint(5, 40) * MINUTE)
    return site.story()


def across_rotation(rng):
    """from before to after the rotation of the logs"""
    zone = rng.choice(("UTC", "Asia/Kolkata", "Europe/Berlin"))
    turn = local(zone, "2025-06-%02dT06:25:00" % rng.randint(2, 28))
    site = Site(rng, zone=zone, begin=turn - rng.randint(26, 30) * HOUR, length=36 * HOUR,
                rate=rng.uniform(0.2, 0.9), rotate=rng.choice(("daily", "daily-gz")))
    site.fault(turn - rng.randint(5, 40) * MINUTE, turn + rng.randint(5, 40) * MINUTE)
    return site.story()


def across_year_end(rng):
    """from before to after New Year"""
    zone = rng.choice(("UTC", "Africa/Nairobi", "America/Sao_Paulo"))
    turn = local(zone, "2025-01-01T00:00:00")
    site = Site(rng, zone=zone, begin=turn - rng.randint(8, 12) * HOUR, length=18 * HOUR,
                rate=rng.uniform(0.3, 1.5))
    site.fault(turn - rng.randint(5, 40) * MINUTE, turn + rng.randint(5, 40) * MINUTE)
    return site.story()


def across_summer_time(rng):
    """while the clocks are put forward or back"""
    zone, turn = rng.choice((("Europe/Berlin", "2025-03-30T01:30:00"),
                             ("Europe/Berlin", "2025-10-26T01:30:00"),
                             ("America/New_York", "2025-03-09T01:30:00"),
                             ("America/New_York", "2025-11-02T00:30:00")))
    begin = local(zone, turn)
    site = Site(rng, zone=zone, begin=begin - rng.randint(5, 8) * HOUR, length=13 * HOUR,
                rate=rng.uniform(0.4, 2))
    site.fault(begin, begin + rng.randint(40, 130) * MINUTE)
    return site.story()


def one_a_minute(rng):
    """a site with one request a minute is down for hours"""
    site = Site(rng, rate=1 / 60, length=rng.randint(3, 6) * DAY, clients=rng.randint(40, 200))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(60, 300) * MINUTE)
    return site.story()


def thousand_a_second(rng):
    """half a minute at a thousand requests per second"""
    site = Site(rng, rate=1000, length=100 * SECOND, clients=9000, shape="flat",
                front=rng.choice(("haproxy", "nginx")), form="combined")
    begin = site.begin + rng.randint(32, 38) * SECOND
    site.fault(begin, begin + 30 * SECOND, rng.choice(("refused", "app")))
    return site.story()


def for_days(rng):
    """34, 82 or 130 hours of failures"""
    hours = rng.choice((34, 82, 130))
    length = (hours + rng.randint(40, 60)) * HOUR
    site = Site(rng, length=length, rate=30000 * SECOND / length)
    begin = site.begin + rng.randint(16, 24) * HOUR
    site.fault(begin, begin + 25 * MINUTE, "app", of="long")
    site.fault(begin + 25 * MINUTE, begin + hours * HOUR, "refused", rng.uniform(0.3, 0.6),
               of="long")
    return site.story()


def dead_server(rng):
    """no lines at all: the only server is dead"""
    site = Site(rng, front=rng.choice(("nginx", "haproxy", "nginx-lb")), rate=rng.uniform(0.4, 3))
    begin = site.some_time()
    end = begin + rng.randint(8, 60) * MINUTE
    site.dark(begin, end)
    host = "web-01" if site.front == "nginx" else "lb-01"
    site.say(end - 20 * SECOND, host, "kernel: [    0.000000] Linux version 6.1.0-18-amd64 "
             "(debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1")
    return site.story()


def errors_around_silence(rng):
    """errors, then the server is dead and no line is written, then errors again"""
    site = Site(rng, front=rng.choice(("nginx", "haproxy")), rate=rng.uniform(0.6, 3))
    begin = site.some_time()
    dead = begin + rng.randint(3, 10) * MINUTE
    alive = dead + rng.randint(8, 25) * MINUTE
    site.fault(begin, dead, "timeout", 0.8, of="one")
    site.dark(dead, alive, of=False)
    site.fault(alive, alive + rng.randint(2, 6) * MINUTE, "refused", of="one")
    return site.story()


def at_night(rng):
    """everything fails while hardly anyone is there"""
    site = Site(rng, shape="deep", rate=0.3, length=40 * HOUR, rotate="none")
    # an hour of the night at which one request comes each minute or two
    begin = next(t for t in range(site.begin + 8 * HOUR, site.end, 10 * MINUTE)
                 if 0.02 < site.weight(t) < 0.05)
    site.fault(begin, begin + rng.randint(90, 150) * MINUTE, "refused")
    return site.story()


def short_outage(rng):
    """everything fails for a minute or so"""
    site = Site(rng, rate=rng.uniform(1.5, 3.3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(45, 100) * SECOND, rng.choice(("refused", "app")))
    return site.story()


def queue_full(rng):
    """requests wait for a free server in vain: 503 <NOSRV>, with every server up"""
    site = Site(rng, front="haproxy", rate=rng.uniform(0.5, 3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(8, 40) * MINUTE, "queue", rng.uniform(0.6, 0.9))
    return site.story()


def notice_only(rng):
    """the balancer logs no requests, only its servers' states: for minutes it had no server"""
    site = Site(rng, front="haproxy+web", backends={"shop": 2}, rate=rng.uniform(0.3, 1))
    site.unlogged = lambda r: True
    begin = site.some_time()
    end = begin + rng.randint(4, 30) * MINUTE
    site.remove("web-01", begin - rng.randint(10, 40) * SECOND, end, "down-l4")
    site.remove("web-02", begin, end + 20 * SECOND, "down-l4")
    site.fault(begin, end, "nosrv")

    def by_states(known):
        # No log holds a request of it: it lasts from the last server's going to the first's return.
        one = known["incidents"][0]
        served = [r.t for r in site.requests if r.server]
        one.update(start=begin, end=end, numbers=None, full_s=None, severity={"high"})
        one["start_open"] = one["start_near"] = (max(t for t in served if t < begin), begin)
        one["end_open"] = one["end_near"] = (end, min(t for t in served if t >= end))

    site.amend.append(by_states)
    return site.story()


def lines_lost(rng):
    """while everything fails the balancer's log loses two lines of five"""
    site = Site(rng, front="haproxy+web", form="forwarded", rate=rng.uniform(1, 3))
    begin = site.some_time()
    end = begin + rng.randint(8, 40) * MINUTE
    site.fault(begin, end, "app", rng.choice((1.0, 0.8)))
    site.unlogged = lambda r: begin <= r.t < end and r.t * 2654435761 % 1000003 % 5 < 2

    def fewer(known):
        # As logged there, or with what the web servers know besides.
        for span in known["incidents"][0]["numbers_open"]:
            span["failed"] = (sum(r.failed and begin <= r.t < end and not site.unlogged(r)
                                  for r in site.requests), span["failed"][1])
            low, high = span["affected_pct"]
            span["affected_pct"] = (low - 3, high)

    site.amend.append(fewer)
    return site.story()


def dead_line(rng):
    """no request reaches the site for a while, though its hosts live"""
    site = Site(rng, front="haproxy+web", rate=rng.uniform(0.4, 2))
    begin = site.some_time()
    end = begin + rng.randint(10, 60) * MINUTE
    site.dark(begin, end)
    for host in ("lb-01", "web-01"):
        for t in range(begin, end, 5 * MINUTE):
            site.say(t + 31 * SECOND, host, f"CRON[{t // SECOND % 30000}]: (root) CMD (command -v "
                                            "debian-sa1 > /dev/null && debian-sa1 1 1)")
    return site.story()


KINDS = [total_outage, dead_upstream, no_server, last_server, timeouts, flapping,
         ten_minutes_apart, small_after_big, across_midnight, across_rotation, across_year_end,
         across_summer_time, one_a_minute, thousand_a_second, errors_around_silence,
         notice_only, lines_lost, at_night, short_outage, queue_full, for_days, dead_server,
         dead_line]
