"""Stories of zones that no line tells."""

import os
import re

from time_site import KATHMANDU, KOLKATA, NAIROBI, NAMES, Site, story
from time_world import (HOUR, MINUTE, SECOND, Clock, Line, World, access, by_time, errors, haproxy,
                        hum, iso_stamp, killed, restarted, rfc3164, signed)


@story(shift=("lb-01", "web-01"))
def eat_web_logs_beside_a_utc_balancer(b, beyond):
    s = Site(b, "2026-03-10T08:47:31", beyond=beyond,
             clocks={"web-01": Clock(NAIROBI), "web-02": Clock(NAIROBI)})
    s.world.lose(0.004)
    t = s.all()
    if not beyond:
        t.source("lb-01/haproxy.log", zone=NAMES["UTC"], zone_from={"paired"})
        for server in ("web-01", "web-02"):
            t.source(f"{server}/nginx/access.log", zone=NAMES["+03:00"], zone_from={"line"})
            t.source(f"{server}/nginx/error.log", zone=NAMES["+03:00"], zone_from={"paired"})
        t.source("web-01/syslog", zone=NAMES["+03:00"], zone_from={"paired", "sibling"})
        for path in b.lines:
            t.says.append((f"-v on {path}", rf"{re.escape(path)}: [^\n]*(?:UTC|\+\d\d:\d\d): [^\n]*"
                           r"\d\d:\d\d:\d\d to ", "verbose"))
            t.says.append((f"the annex on {path}", rf"\n\| `{re.escape(path)}` \| [\w-]+ \| "
                           r"[^|]{20,} \|", "md"))
        t.says.append(("absence names its span", r"storage errors[^\n]*\d\d:\d\d[^\n]*\d\d:\d\d|"
                       r"\d\d:\d\d[^\n]{0,80}\d\d:\d\d[^\n]{0,80}storage errors", "md"))
    t.no_gaps = True
    return t


@story(shift=("lb-01",))
def balancer_in_nepal_beside_zoned_web_logs(b, beyond):
    """Nothing but that it is the balancer's tells the zone of its syslog."""
    s = Site(b, "2026-05-20T18:05:12", every=1.0, beyond=beyond,
             clocks={"lb-01": Clock(KATHMANDU)})
    s.world.lose(0.004)
    t = s.all()
    clock = s.clocks["lb-01"]
    b.put("lb-01/syslog", by_time(hum(clock, "lb-01", s.begin, s.end),
                                  killed(clock, "lb-01", s.outage.begin - 20 * SECOND)))
    t.cited.append(next(line for line in b.lines["lb-01/syslog"] if "Killed" in line.text))
    if not beyond:
        t.source("lb-01/haproxy.log", zone=NAMES["+05:45"], zone_from={"paired"})
    return t


@story(shift=("lb-01",))
def balancer_that_lost_lines(b, beyond):
    """It logged over a socket that was full: a fifth of its lines is not there, and two logs that
    hold more requests than are compared know its zone equally well."""
    s = Site(b, "2026-05-20T18:05:12", every=1.0, beyond=beyond, seed=5,
             clocks={"lb-01": Clock(KATHMANDU), "web-02": Clock(ahead=120.0)})
    s.world.lose(0.2)
    t = s.all()
    t.source("web-02/nginx/access.log", skew=(119, 121))
    return t


@story()
def balancer_with_a_zoned_envelope(b, _):
    """rsyslog's ISO head has the offset, HAProxy's accept date behind it has none."""
    s = Site(b, "2026-05-20T23:05:12", clocks={"lb-01": Clock(KATHMANDU)})
    lines = haproxy(s.world, s.clocks["lb-01"], head=iso_stamp)
    b.put("haproxy.log", lines)
    s.truth.outage(s.world)
    return s.truth


def central(b, clocks, beyond=None):
    """One file for all, in the order of arrival; nginx's access lines come through syslog too."""
    s = Site(b, "2026-06-11T20:40:05", every=3.0, clocks=clocks, beyond=beyond)
    lines = [s.balancer(path=None), s.events()]
    for server in ("web-01", "web-02"):
        lines.append(access(s.world, server, s.clocks[server], head=rfc3164))
        lines.append(hum(s.clocks[server], server, s.begin + 77 * SECOND, s.end))
    lines.append(killed(s.clocks["web-02"], "web-02", s.outage.begin + 5 * MINUTE))
    s.truth.cited.append(lines[-1][0])
    b.put("central/syslog", by_time(*lines))
    return s.truth


@story(shift=("lb-01", "web-01"), draws=3)
def central_syslog_with_hosts_in_three_zones(b, beyond):
    t = central(b, {"web-01": Clock(NAIROBI), "web-02": Clock(KATHMANDU)}, beyond)
    if not beyond:
        t.clock("central/syslog", "lb-01", "accept", zone=NAMES["UTC"], zone_from={"paired"})
        t.clock("central/syslog", "web-01", "head", zone=NAMES["+03:00"], zone_from={"paired"})
        t.clock("central/syslog", "web-02", "head", zone=NAMES["+05:45"], zone_from={"paired"})
    return t


@story()
def central_syslog_with_one_host_ahead(b, _):
    t = central(b, {"web-01": Clock(NAIROBI, ahead=90.0), "web-02": Clock(KATHMANDU)})
    t.clock("central/syslog", "web-01", "head", skew=(89, 91))
    t.clock("central/syslog", "web-02", "head", skew=(-1, 1))
    return t


@story()
def central_syslog_with_zones_given(b, _):
    """No access line, no pair: each host's zone is given."""
    s = Site(b, "2026-06-11T20:40:05", every=3.0,
             clocks={"web-01": Clock(NAIROBI), "web-02": Clock(KATHMANDU)})
    lines = [s.balancer(path=None), s.events(),
             hum(s.clocks["web-02"], "web-02", s.begin + 77 * SECOND, s.end),
             killed(s.clocks["web-02"], "web-02", s.outage.begin + 5 * MINUTE)]
    s.truth.cited.append(lines[-1][0])
    b.put("central/syslog", by_time(*lines))
    s.truth.options = ["--assume-tz", f"web-01={NAIROBI}", "--assume-tz", f"web-02={KATHMANDU}",
                       "--assume-tz", "lb-*=UTC"]
    return s.truth


@story()
def late_lines_of_one_host_in_a_central_syslog(b, _):
    """web-02's queue was stuck for 25 minutes; its lines come in one go, with their own stamps."""
    s = Site(b, "2026-06-11T20:40:05", every=3.0)
    lines = [s.balancer(path=None), s.events()]
    stuck, freed = s.outage.begin - 5 * MINUTE, s.outage.begin + 20 * MINUTE
    late = (hum(s.clocks["web-02"], "web-02", s.begin, s.end)
            + killed(s.clocks["web-02"], "web-02", s.outage.begin + 4 * MINUTE))
    s.truth.cited.append(late[-3])
    for line in late + access(s.world, "web-02", s.clocks["web-02"], head=rfc3164):
        if stuck <= line.t < freed:
            line.t = freed + (line.t - stuck) // 10000
        lines.append([line])
    b.put("central/syslog", by_time(*lines))
    return s.truth


def error_log(b, beyond, clock):
    s = Site(b, "2026-04-14T03:33:20", clocks={"web-01": clock}, servers=1, beyond=beyond)
    b.put("nginx/access.log", access(s.world, "web-01", clock))
    b.put("nginx/error.log", errors(s.world, "web-01", clock))
    for lines in b.lines.values():
        for line in lines:
            line.host = None
    s.truth.outage(s.world)
    return s


@story()
def error_log_in_india_beside_its_access_log(b, _):
    t = error_log(b, None, Clock(KOLKATA)).truth
    t.source("nginx/error.log", zone=NAMES["+05:30"], zone_from={"paired"})
    return t


@story()
def error_log_beside_a_misleading_sibling(b, _):
    """The folder also holds what a container on UTC logged for another site, and more of it."""
    s = error_log(b, None, Clock(KOLKATA))
    os.rename(os.path.join(b.folder, "nginx/access.log"),
              os.path.join(b.folder, "nginx/shop.access.log"))
    b.lines["nginx/shop.access.log"] = b.lines.pop("nginx/access.log")
    other = World(s.begin - HOUR, s.end, every=1.5, servers=1, seed=99)
    lines = access(other, "web-01", Clock())
    for line in lines:
        line.host = None
        line.text = line.text.replace("198.51.100", "203.0.113")
    b.put("nginx/access.log", lines)
    s.truth.source("nginx/error.log", zone=NAMES["+05:30"], zone_from={"paired"})
    return s.truth


@story(shift=("web-01",))
def error_log_of_any_zone(b, beyond):
    """The same pair on a host of its own, for the draws of other zones."""
    clock = Clock(KOLKATA)
    s = Site(b, "2026-04-14T03:33:20", clocks={"web-01": clock}, servers=1, beyond=beyond)
    s.web("web-01")
    s.truth.outage(s.world)
    return s.truth


@story(shift=("web-01",), draws=3)
def error_logs_that_know_the_balancer_alone(b, beyond):
    """Both servers' logs name the balancer's address, and both clocks are minutes ahead."""
    s = Site(b, "2024-11-12T15:18:29", every=1.0, how="timeout", beyond=beyond, seed=75,
             clocks={"lb-01": Clock("America/Phoenix"), "web-01": Clock("Asia/Tokyo", ahead=245.8),
                     "web-02": Clock("America/Phoenix", ahead=229.5)})
    t = s.all()
    s.behind()
    t.slack = {"web-01": 2.0, "web-02": 2.0}  # parts of a second are in no stamp
    t.source("web-01/nginx/error.log", zone_from={"paired"})
    t.source("web-02/nginx/error.log", zone_from={"paired"})
    return t


@story(shift=("web-01",), draws=3)
def services_that_log_their_own_start(b, beyond):
    """The access log is a container's, on UTC; the host's syslog is in Nepal, as a log of the
    application with its offset shows: sudo and systemd tell of the same starts."""
    clock = Clock(KATHMANDU)
    s = Site(b, "2026-07-01T10:00:00", clocks={"web-01": clock}, servers=1, beyond=beyond)
    b.put("web-01/nginx/access.log", access(s.world, "web-01", Clock()))
    starts = [s.begin + 13 * MINUTE, s.begin + 41 * MINUTE, s.outage.end, s.end - 22 * MINUTE]
    b.put("web-01/syslog", by_time(s.events(), *(restarted(clock, "web-01", t) for t in starts
                                                 if t != s.outage.end)))
    own = []
    for n, t in enumerate(starts):
        w, offset = clock.wall(t, True)
        own.append(Line(t, f"[{w:%Y-%m-%d %H:%M:%S} {signed(offset)}] [{2200 + n}] [INFO] "
                        "Starting gunicorn 20.1.0", host="web-01"))
    b.put("web-01/gunicorn.log", own)
    s.truth.outage(s.world)
    if not beyond:
        s.truth.source("web-01/syslog", zone=NAMES["+05:45"], zone_from={"paired"})
    return s.truth
