"""Outages whose failure rate goes up and down: stairs, tails, waves, storms of retries."""

import copy
import math

from world import HOUR, MINUTE, SECOND, Site


def plateaus(site, begin, some, how="refused"):
    """One incident of several rates: (minutes, share) each; returns when it ends."""
    for minutes, share in some:
        end = begin + minutes * MINUTE
        site.fault(begin, end, how, share, of="one")
        begin = end
    return end


def again(site, rng, times, wait, where=None):
    """Whoever fails tries again, some times, some seconds later."""
    extra = []
    for r in site.play():
        if not r.hurt or where and not where(r):
            continue
        t = r.end
        for _ in range(times if isinstance(times, int) else times(rng)):
            t += round(rng.uniform(*wait) * SECOND)
            if t >= r.fault.end:
                break
            more = copy.copy(r)
            more.t = t
            t += more.took
            extra.append(more)
    site.requests = sorted(site.requests + extra, key=lambda r: r.t)


def stairs_up(rng):
    """two, then ten, then forty in a hundred, then all fail"""
    site = Site(rng, rate=rng.uniform(1.5, 3), length=4 * HOUR)
    plateaus(site, site.some_time(0.3, 0.5),
             [(rng.randint(12, 20), share) for share in (0.02, 0.1, 0.4, 1.0)])
    return site.story()


def stairs_down(rng):
    """all fail, then half, then a tenth, then two in a hundred"""
    site = Site(rng, rate=rng.uniform(1.5, 3), length=4 * HOUR)
    plateaus(site, site.some_time(0.3, 0.5),
             [(rng.randint(12, 20), share) for share in (1.0, 0.5, 0.1, 0.02)], "app")
    return site.story()


def low_tail(rng):
    """a full outage; for hours after it one or two in a hundred still fail"""
    site = Site(rng, rate=rng.uniform(1.5, 2), length=6 * HOUR)
    plateaus(site, site.begin + rng.randint(60, 80) * MINUTE,
             [(rng.randint(6, 15), 1.0), (rng.randint(120, 180), rng.uniform(0.012, 0.02))])
    return site.story()


def low_lead_in(rng):
    """for an hour or two some in a hundred fail, then everything"""
    site = Site(rng, rate=rng.uniform(1.5, 2), length=6 * HOUR)
    plateaus(site, site.begin + rng.randint(90, 120) * MINUTE,
             [(rng.randint(60, 120), rng.uniform(0.015, 0.03)), (rng.randint(8, 20), 1.0)], "app")
    return site.story()


def waves_of_one(rng):
    """bad for minutes, good for two, again and again: one incident"""
    site = Site(rng, rate=rng.uniform(1.5, 3))
    t = site.some_time(0.3, 0.4)
    for _ in range(rng.randint(4, 7)):
        end = t + rng.randint(3, 8) * MINUTE
        site.fault(t, end, "timeout" if rng.random() < 0.3 else "overload", rng.uniform(0.3, 0.9),
                   of="waves")
        t = end + rng.randint(100, 130) * SECOND
    return site.story()


def waves_apart(rng):
    """bad for minutes, good for ten to twenty, four times: four incidents"""
    site = Site(rng, rate=rng.uniform(1.5, 3), length=4 * HOUR)
    t = site.some_time(0.3, 0.4)
    for _ in range(4):
        end = t + rng.randint(4, 9) * MINUTE
        site.fault(t, end, "overload", rng.uniform(0.25, 0.9))
        t = end + rng.randint(10, 20) * MINUTE
    return site.story()


def with_the_load(rng):
    """the more come, the more of them fail: from morning to evening"""
    site = Site(rng, rate=0.5, length=24 * HOUR, shape="daily", rotate="none")
    peak = max(range(site.begin + 4 * HOUR, site.end - 4 * HOUR, 10 * MINUTE), key=site.weight)
    begin, end, most = peak - 3 * HOUR, peak + 3 * HOUR, rng.uniform(0.3, 0.7)
    least = min(site.weight(begin), site.weight(end))

    def share(x):
        over = (site.weight(begin + x * (end - begin)) - least) / (1.8 - least)
        return most * min(1.0, max(0.0, over) + 0.05)

    site.fault(begin, end, "overload", share)
    return site.story()


def server_by_server(rng):
    """all servers fail; they are mended one after the other"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx-lb", "webs")), rate=rng.uniform(1.5, 3),
                backends={"shop": rng.randint(3, 5)})
    t = site.some_time()
    names = list(site.servers["shop"])
    while names:
        left, end = frozenset(names), t + rng.randint(5, 12) * MINUTE
        site.fault(t, end, "app", 1.0, lambda r, left=left: r.server in left, of="one")
        names.pop(0)
        t = end
    return site.story()


def impatient_app(rng):
    """only the app on the phones fails, and tries again at once: few clients, many requests"""
    site = Site(rng, front=rng.choice(("nginx", "haproxy")), rate=rng.uniform(1, 1.6),
                clients=rng.randint(300, 900), skew=0.2)
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(10, 30) * MINUTE, "app", 1.0,
               lambda r: r.agent.startswith("okhttp"))
    again(site, rng, lambda r: r.randint(2, 6), (0.5, 3))
    return site.story()


def uncached_pages(rng):
    """what is in the cache is served, the rest fails"""
    site = Site(rng, rate=rng.uniform(1.5, 3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(10, 50) * MINUTE, "timeout", 1.0,
               lambda r: not r.path.startswith(("/static", "/items/1", "/items/2", "/feed"))
               and r.path != "/")
    return site.story()


def storm_of_everyone(rng):
    """whoever fails tries again three to ten times: traffic multiplies"""
    site = Site(rng, rate=rng.uniform(0.6, 1.2), length=5 * HOUR)
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(8, 25) * MINUTE, rng.choice(("refused", "overload")),
               rng.choice((1.0, 0.8, 0.5)))
    again(site, rng, lambda r: r.randint(3, 10), (1, 8))
    return site.story()


def begins_softly(rng):
    """of the first minute only a twentieth fails, of the rest everything"""
    site = Site(rng, rate=rng.uniform(2, 3))
    begin = site.some_time()
    site.fault(begin, begin + MINUTE, "refused", 0.05, of="one")
    site.fault(begin + MINUTE, begin + rng.randint(5, 30) * MINUTE, "refused", of="one")
    return site.story()


def fades_out(rng):
    """everything fails, then every few minutes only half as much"""
    site = Site(rng, rate=rng.uniform(1.5, 3))
    begin = site.some_time(0.2, 0.4)
    middle = begin + rng.randint(6, 15) * MINUTE
    site.fault(begin, middle, "app", of="one")
    site.fault(middle, middle + rng.randint(25, 45) * MINUTE, "app",
               lambda x: 0.9 * math.exp(-5 * x), of="one")
    return site.story()


def restart_loop(rng):
    """the application starts, serves for twenty seconds, dies, for an hour"""
    site = Site(rng, rate=rng.uniform(1, 3))
    t = site.some_time(0.3, 0.5)
    for _ in range(rng.randint(40, 60)):
        site.fault(t, t + 40 * SECOND, "refused", of="loop")
        t += 60 * SECOND
    return site.story()


def dies_again_and_again(rng):
    """killed for lack of memory, back within a minute, well for minutes; five times or more"""
    site = Site(rng, front=rng.choice(("nginx", "webs", "haproxy+web")), rate=rng.uniform(0.8, 2),
                length=5 * HOUR)
    t = site.some_time(0.3, 0.5)
    for i in range(rng.randint(5, 9)):
        pid = 4000 + 17 * i
        site.say(t - SECOND, "web-01", f"kernel: [{90000 + i}.1] Out of memory: Killed process {pid} "
                 "(node) total-vm:2812044kB, anon-rss:1802212kB, file-rss:0kB, shmem-rss:0kB, "
                 "UID:1001 pgtables:5012kB oom_score_adj:0")
        site.fault(t, t + rng.randint(35, 60) * SECOND, "refused", of="loop")
        t += rng.randint(5, 12) * MINUTE
    return site.story()


def every_few_minutes(rng):
    """for 40 s of every so many minutes everything fails, as if by the clock"""
    site = Site(rng, rate=rng.uniform(0.8, 2), length=5 * HOUR)
    t, period = site.some_time(0.3, 0.5), rng.randint(6, 10) * MINUTE
    for _ in range(rng.randint(5, 9)):
        site.fault(t, t + 40 * SECOND, "refused", of="loop")
        t += period + rng.randint(-3, 3) * SECOND
    return site.story()


def lowest_hour(rng):
    """everything fails in the hour at which the fewest come"""
    site = Site(rng, shape="deep", rate=0.35, length=30 * HOUR, rotate="none")
    low = min(range(site.begin + 6 * HOUR, site.end - 6 * HOUR, 10 * MINUTE), key=site.weight)
    begin = low - rng.randint(30, 60) * MINUTE
    site.fault(begin, begin + rng.randint(100, 160) * MINUTE, "refused")

    def as_seen(known):
        # Minutes may pass before anyone meets it.
        one = known["incidents"][0]
        one["full_s"] = (one["end"] - one["start"]) / SECOND

    site.amend.append(as_seen)
    return site.story()


def relapse(rng):
    """everything fails, a tenth for a while, then everything again"""
    site = Site(rng, rate=rng.uniform(1.5, 3))
    plateaus(site, site.some_time(0.3, 0.5),
             [(rng.randint(5, 12), 1.0), (rng.randint(8, 20), rng.uniform(0.08, 0.15)),
              (rng.randint(5, 12), 1.0)])
    return site.story()


def worse_every_hour(rng):
    """half a per cent, one, two, four, eight: an hour each; then it is mended"""
    site = Site(rng, rate=1.1, length=9 * HOUR, background=rng.choice((0, 0.0005)))
    plateaus(site, site.begin + rng.randint(100, 150) * MINUTE,
             [(60, share) for share in (0.005, 0.01, 0.02, 0.04, 0.08)], "app")
    return site.story()


def crowd_and_failures(rng):
    """five times as many come, and the more there are the more fail"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx")), rate=rng.uniform(0.5, 0.8),
                length=6 * HOUR)
    begin = site.some_time()
    end = begin + rng.randint(30, 60) * MINUTE
    for i in range(80):
        start = begin + i * 6 * SECOND
        site.noise(start, end, f"192.0.2.{100 + i}", "/items/77", 200, 0.04)
    site.play()  # all that come, before any of them fails
    site.strike(site.fault(begin + 5 * MINUTE, end, "overload", lambda x: 0.1 + 0.5 * x))
    return site.story()


KINDS = [stairs_up, stairs_down, low_tail, low_lead_in, waves_of_one, waves_apart, with_the_load,
         server_by_server, impatient_app, uncached_pages, storm_of_everyone, begins_softly,
         fades_out, restart_loop, dies_again_and_again,
         every_few_minutes, lowest_hour, relapse, worse_every_hour, crowd_and_failures]
