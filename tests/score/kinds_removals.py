"""Servers that are taken out: by state lines in every wording, or by no line at all."""

import logs
from states import WORDED
from world import DAY, HOUR, MINUTE, SECOND, Site


def balanced(rng, **named):
    """A site behind HAProxy whose servers are known by name."""
    named.setdefault("front", rng.choice(("haproxy", "haproxy", "haproxy+web")))
    named.setdefault("backends", {"shop": rng.randint(2, 4)})
    return Site(rng, **named)


def out_for_days(rng):
    """a server is left in maintenance for days; then the other one fails"""
    days = rng.randint(2, 4)
    length = (days + 2) * DAY
    site = balanced(rng, backends={"shop": 2}, length=length, rate=30000 * SECOND / length)
    out = site.begin + rng.randint(12, 20) * HOUR
    begin = out + days * DAY + rng.randint(0, 4) * HOUR
    end = begin + rng.randint(30, 180) * MINUTE
    site.remove("web-02", out, end, rng.choice(("maint", "maint-stats", "drain", "down-l4")))
    site.fault(begin, end, "app", rng.choice((1.0, 0.95)))
    return site.story()


def out_for_days_unsaid(rng):
    """a server is commented out for days, which no line tells; then the other one fails"""
    days = rng.randint(2, 4)
    length = (days + 2) * DAY
    site = balanced(rng, backends={"shop": 2}, length=length, rate=30000 * SECOND / length)
    out = site.begin + rng.randint(12, 20) * HOUR
    begin = out + days * DAY + rng.randint(0, 4) * HOUR
    end = begin + rng.randint(30, 180) * MINUTE
    site.remove("web-02", out, end, rng.choice(("reload", "silent")))
    site.fault(begin, end, "app", rng.choice((1.0, 0.95)))
    return site.story()


def every_wording(rng):
    """each of a dozen and a half wordings takes a server out and puts it back"""
    site = balanced(rng, backends={"shop": 4}, length=9 * HOUR, rate=0.9)
    hows = WORDED[:]
    rng.shuffle(hows)
    servers = site.servers["shop"]
    t = site.begin + 30 * MINUTE
    for i, how in enumerate(hows):
        end = t + rng.randint(6, 20) * MINUTE
        site.remove(servers[i % 4], t, end, how)
        t = end + rng.randint(3, 5) * MINUTE
    return site.story()


def weight_zero(rng):
    """a server's weight is set to nothing for some hours; nothing is logged"""
    site = balanced(rng, length=8 * HOUR, rate=rng.uniform(0.5, 1.2))
    begin = site.begin + rng.randint(120, 180) * MINUTE
    site.remove("web-02", begin, begin + rng.randint(60, 180) * MINUTE, "silent")
    return site.story()


def commented_out(rng):
    """a server is commented out of the configuration, HAProxy reloaded; later the reverse"""
    site = balanced(rng, length=8 * HOUR, rate=rng.uniform(0.5, 1.2))
    begin = site.begin + rng.randint(120, 180) * MINUTE
    site.remove("web-02", begin, begin + rng.randint(60, 180) * MINUTE, "reload")
    return site.story()


def never_back(rng):
    """a server is taken out and is still out at the log's end"""
    site = balanced(rng, length=8 * HOUR, rate=rng.uniform(0.5, 1.2))
    begin = site.begin + rng.randint(180, 300) * MINUTE
    site.remove("web-01", begin, None, rng.choice(("maint", "down-l7", "reload", "silent")))
    return site.story()


def rotated_away(rng):
    """the line that told of the removal was in a log that is gone"""
    site = balanced(rng, length=96 * HOUR, rate=0.1, rotate=rng.choice(("daily", "daily-gz")))
    cuts = logs.turns(site)
    begin = cuts[-2] - rng.randint(8, 16) * HOUR
    site.missing_of = {"lb-01/haproxy.log": {2}}
    site.skips(lambda r: cuts[-3] <= r.t < cuts[-2])
    site.remove("web-02", begin, cuts[-1] + rng.randint(2, 6) * HOUR,
                rng.choice(("maint", "drain")), worded=False, back_worded=True)
    site.front = "haproxy"
    return site.story()


def out_from_the_start(rng):
    """a server was out before the oldest log; only its return is told"""
    site = balanced(rng, front="haproxy", length=8 * HOUR, rate=rng.uniform(0.5, 1.2))
    site.remove("web-02", site.begin - 30 * HOUR, site.begin + rng.randint(180, 300) * MINUTE,
                rng.choice(("maint", "down-l4", "drain")), worded=False, back_worded=True)
    return site.story()


def nginx_balances(rng):
    """nginx is the balancer; a server is taken out of its configuration"""
    site = Site(rng, front="nginx-lb", backends={"shop": rng.randint(2, 4)}, length=8 * HOUR,
                rate=rng.uniform(0.5, 1.2))
    begin = site.begin + rng.randint(120, 180) * MINUTE
    site.remove("web-02", begin, begin + rng.randint(60, 180) * MINUTE, "reload")
    return site.story()


def nginx_out_then_outage(rng):
    """nginx is the balancer; one server was out for a day when the other failed"""
    length = 72 * HOUR
    site = Site(rng, front="nginx-lb", backends={"shop": 2}, length=length,
                rate=30000 * SECOND / length)
    out = site.begin + rng.randint(16, 24) * HOUR
    begin = out + rng.randint(22, 30) * HOUR
    end = begin + rng.randint(20, 90) * MINUTE
    site.remove("web-02", out, end, "reload")
    site.fault(begin, end, rng.choice(("refused", "timeout")))
    return site.story()


def said_twice(rng):
    """the state lines are in the balancer's log and, from stderr, in the journal's"""
    site = balanced(rng, length=6 * HOUR, rate=1)
    begin = site.begin + rng.randint(90, 150) * MINUTE
    site.remove("web-02", begin, begin + rng.randint(20, 90) * MINUTE,
                rng.choice(("maint", "down-l4", "down-l7", "drain")), twice=True)
    return site.story()


def repeated_by_reload(rng):
    """a server is down; two reloads say so again under a new pid"""
    site = balanced(rng, length=8 * HOUR, rate=0.9)
    begin = site.begin + rng.randint(90, 150) * MINUTE
    end = begin + 150 * MINUTE
    site.remove("web-02", begin, end, rng.choice(("down-l4", "down-l7")),
                again=[begin + 40 * MINUTE, begin + 95 * MINUTE])
    return site.story()


def flaps(rng):
    """a server goes down and comes back, again and again"""
    site = balanced(rng, length=6 * HOUR, rate=1.2)
    t, spans = site.begin + rng.randint(60, 120) * MINUTE, []
    for _ in range(rng.randint(5, 10)):
        end = t + rng.randint(30, 150) * SECOND
        spans.append((t, end))
        t = end + rng.randint(40, 240) * SECOND
    site.remove("web-02", spans[0][0], spans[-1][1], rng.choice(("down-l4", "down-timeout")),
                spans=spans)
    return site.story()


def out_one_after_the_other(rng):
    """each server is drained and put back for an update; nothing fails"""
    site = balanced(rng, length=6 * HOUR, rate=1.2, backends={"shop": rng.randint(3, 4)})
    t = site.begin + rng.randint(90, 120) * MINUTE
    for server in site.servers["shop"]:
        end = t + rng.randint(4, 12) * MINUTE
        site.remove(server, t, end, rng.choice(("maint", "drain")))
        t = end + 2 * MINUTE
    return site.story()


def down_with_errors(rng):
    """a server dies; a third of the requests fails until the checks have seen it"""
    site = balanced(rng, length=6 * HOUR, rate=rng.uniform(1.5, 1.9), backends={"shop": 3})
    begin = site.some_time()
    gone = begin + rng.randint(60, 150) * SECOND
    site.fault(begin, gone, "refused", 1.0, lambda r: r.server == "web-03")
    site.remove("web-03", gone, gone + rng.randint(20, 60) * MINUTE, "down-timeout")
    return site.story()


def only_in_one_backend(rng):
    """the same servers serve two back ends; one is taken out of one of them"""
    site = balanced(rng, length=6 * HOUR, rate=1.2, backends={"shop": 3, "api": 3})
    site.servers["api"] = list(site.servers["shop"])
    begin = site.begin + rng.randint(90, 150) * MINUTE
    site.remove("web-02", begin, begin + rng.randint(60, 120) * MINUTE,
                rng.choice(("maint", "silent")))
    return site.story()


def backup_takes_over(rng):
    """both servers fail their checks, the backup serves for a while: it was never taken out"""
    site = balanced(rng, length=6 * HOUR, rate=1.2, backends={"shop": 2}, standby="web-bk")
    begin = site.begin + rng.randint(90, 150) * MINUTE
    end = begin + rng.randint(25, 60) * MINUTE
    site.remove("web-01", begin, end, "down-l7")
    site.remove("web-02", begin + 3 * SECOND, end + 2 * SECOND, "down-l7")
    return site.story()


def a_new_server(rng):
    """a server is added: before, it was not out"""
    site = balanced(rng, length=6 * HOUR, rate=1.2, backends={"shop": 3})
    when = site.begin + rng.randint(120, 240) * MINUTE
    site.remove("web-03", site.begin - HOUR, when, "silent", counts=False)
    return site.story()


def light_server(rng):
    """a server of little weight gets a request every few minutes"""
    return balanced(rng, length=20 * HOUR, rate=rng.uniform(0.1, 0.3), backends={"shop": 3},
                    shares={"web-03": rng.uniform(0.03, 0.08)}).story()


def sticky_sessions(rng):
    """clients stay with their server; at night some servers have none"""
    return balanced(rng, length=30 * HOUR, rate=0.2, backends={"shop": 4}, sticky=True,
                    shape="deep", clients=80).story()


KINDS = [out_for_days, out_for_days_unsaid, every_wording, weight_zero, commented_out, never_back,
         rotated_away, out_from_the_start, nginx_balances, nginx_out_then_outage, said_twice,
         repeated_by_reload, flaps, out_one_after_the_other, down_with_errors,
         only_in_one_backend, backup_takes_over, a_new_server, light_server, sticky_sessions]
