#!/usr/bin/env python3
"""Stories of clocks whose truth is known: zones, years, order, skew, rotation.

usage: time_stories.py PROGRAM [STORY...] [--keep DIR]

Each story plays a small site in true time, writes its logs through the clocks of its hosts, and
holds the program's answer against what was played: start, end and number of failed requests, the
instant of each cited line, first and last of each file, zones, years, skew, gaps. Then what must
not matter: the reader's zone and the files' times; and, for hosts whose zone other logs show, that
any other zone gives the same report. --keep leaves the logs in DIR/STORY.
"""

import os
import random
import re
import shutil
import sys
import tempfile

from time_judge import SHOWN, WIPED, Answer, Shown, Truth, differing, judge
from time_world import (DAY, HOUR, MINUTE, SECOND, Bundle, Clock, Line, Outage, World, access, at,
                        by_time, combined, errors, haproxy, hum, iso, iso_stamp, killed,
                        restarted, rfc3164, said, signed, with_time, with_upstream)

DRAWS = 6
STORIES = {}
NAIROBI, KATHMANDU, KOLKATA = "Africa/Nairobi", "Asia/Kathmandu", "Asia/Kolkata"


def story(shift=(), draws=DRAWS):
    """shift: hosts whose zone other logs show."""
    def add(function):
        function.shift, function.draws = shift, draws
        STORIES[function.__name__] = function
        return function
    return add


class Site:
    """A balancer, two web servers, an application on web-01 that the kernel kills and an operator
    starts again. By default all of it, each host in a folder of its own."""

    def __init__(self, b, outage, hours=(-1.0, 1.5), clocks=None, beyond=None, how="refused",
                 minutes=20, **world):
        self.b, self.truth = b, Truth(b)
        begin = at(outage)
        self.outage = Outage(begin, begin + minutes * MINUTE, how)
        self.begin, self.end = (begin + round(h * HOUR) for h in hours)
        self.world = World(self.begin, self.end, [self.outage], **world)
        self.clocks = {"lb-01": Clock(), "web-01": Clock(), "web-02": Clock(), **(clocks or {})}
        for host, quarters in (beyond or {}).items():
            self.clocks[host].beyond = quarters

    def balancer(self, path="lb-01/haproxy.log"):
        lines = haproxy(self.world, self.clocks["lb-01"])
        if path:
            self.b.put(path, lines)
        self.truth.outage(self.world, log=lines)
        return lines

    def behind(self):
        """nginx takes the balancer for everybody's address."""
        for server in ("web-01", "web-02"):
            for name in ("access", "error"):
                lines = self.b.lines[f"{server}/nginx/{name}.log"]
                for line in lines:
                    line.text = line.text.replace(line.request.client, "10.0.0.10", 1)
                self.b.put(f"{server}/nginx/{name}.log", lines)

    def web(self, server, form=combined, error_log=True):
        clock = self.clocks[server]
        self.b.put(f"{server}/nginx/access.log", access(self.world, server, clock, form))
        if error_log:
            self.b.put(f"{server}/nginx/error.log", errors(self.world, server, clock))

    def events(self, host="web-01"):
        """The kernel's and the operator's lines; the first is cited."""
        clock = self.clocks[host]
        first = killed(clock, host, self.outage.begin - 300000)
        self.truth.cited.append(first[0])
        return by_time(first, restarted(clock, host, self.outage.end),
                       hum(clock, host, self.begin, self.end))

    def syslog(self, host="web-01", path=None):
        self.b.put(path or f"{host}/syslog", self.events(host))

    def all(self):
        self.balancer()
        self.web("web-01")
        self.web("web-02")
        self.syslog()
        return self.truth


# ---- zones ---------------------------------------------------------------------------------------

NAMES = {"+03:00": ("+03:00", NAIROBI), "+05:45": ("+05:45", KATHMANDU),
         "+05:30": ("+05:30", KOLKATA), "UTC": ("UTC", "+00:00")}


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


# ---- summer time ---------------------------------------------------------------------------------

TURNS = {  # where, when the clock turned, and how far
    "berlin_spring": ("Europe/Berlin", "2026-03-29T01:00:00"),
    "berlin_autumn": ("Europe/Berlin", "2026-10-25T01:00:00"),
    "lord_howe_spring": ("Australia/Lord_Howe", "2026-10-03T15:30:00"),
    "lord_howe_autumn": ("Australia/Lord_Howe", "2026-04-04T15:00:00"),
}


def begins(turn):
    """The outage begins 23 minutes before the turn and outlasts it by as much and a bit."""
    t = at(turn) - 23 * MINUTE + 17 * SECOND
    return iso(t)[:19]


def turn_with_option(b, zone, turn):
    s = Site(b, begins(turn), hours=(-2.5, 3.5), every=3.0, minutes=49,
             clocks={"lb-01": Clock(zone)})
    s.balancer("haproxy.log")
    s.truth.options = ["--assume-tz", zone]
    s.truth.source("haproxy.log", zone={zone}, zone_from={"option"})
    return s.truth


def turn_beside_zoned(b, zone, turn):
    """The balancer and web-01 turn, web-02 is on UTC; no option is given."""
    s = Site(b, begins(turn), hours=(-2.5, 3.5), every=3.0, minutes=49,
             clocks={"lb-01": Clock(zone), "web-01": Clock(zone)})
    s.world.lose(0.004)
    t = s.all()
    t.source("lb-01/haproxy.log", zone_from={"paired"})
    return t


def turn_beside_one_ahead(b, zone, turn):
    """As before, and web-02's clock is 159 s ahead: what it saw last before the turn it stamped
    behind it."""
    s = Site(b, begins(turn), hours=(-2.5, 3.5), every=3.0, minutes=49,
             clocks={"lb-01": Clock(zone), "web-01": Clock(zone), "web-02": Clock(ahead=159.0)})
    s.world.lose(0.004)
    t = s.all()
    t.source("web-02/nginx/access.log", skew=(158, 160))
    return t


def turn_just_before_the_end(b, zone, turn):
    """The outage is over when the clocks turn; seven minutes later the logs were taken."""
    s = Site(b, begins(turn), hours=(-2.5, 0.5), every=3.0, minutes=10,
             clocks={"lb-01": Clock(zone), "web-01": Clock(zone)})
    return s.all()


def turn_with_timeouts(b, zone, turn):
    """A request that came before the turn was logged behind it."""
    s = Site(b, begins(turn), hours=(-2.5, 3.5), every=3.0, minutes=49, how="timeout",
             clocks={"lb-01": Clock(zone), "web-01": Clock(zone)})
    return s.all()


def turn_with_timeouts_and_option(b, zone, turn):
    s = Site(b, begins(turn), hours=(-2.5, 3.5), every=3.0, minutes=49, how="timeout",
             clocks={"lb-01": Clock(zone)})
    s.balancer("haproxy.log")
    s.truth.options = ["--assume-tz", zone]
    return s.truth


def turn_in_syslog(b, zone, turn):
    """The balancer's state lines tell of the outage, and no request."""
    begin = at(begins(turn))
    end = begin + 49 * MINUTE
    clock, host = Clock(zone), "lb-01"
    t = Truth(b)
    down = [said(clock, host, begin, "haproxy[811]: Server shop/web-01 is DOWN, reason: Layer4 "
                 'connection problem, info: "Connection refused", check duration: 0ms. 0 active and'
                 " 0 backup servers left. 2 sessions active, 0 requeued, 0 remaining in queue."),
            said(clock, host, begin + 1000, "haproxy[811]: backend shop has no server available!"),
            said(clock, host, end, "haproxy[811]: Server shop/web-01 is UP, reason: Layer4 check "
                 "passed, check duration: 0ms. 1 active and 0 backup servers online. 0 sessions "
                 "requeued, 0 total in queue.")]
    kills = [killed(clock, host, at(turn) + m * MINUTE) for m in (-12, 7)]
    b.put("syslog", by_time(down, *kills, hum(clock, host, begin - 30 * HOUR, end + 9 * HOUR)))
    t.cited += [kills[0][0], down[0]]
    t.start, t.end = (begin, begin + 1000), (end, end)
    t.options = ["--assume-tz", zone]
    t.mtime_free = False
    t.source("syslog", zone={zone}, zone_from={"option"})
    return t


def turn_in_error_log(b, zone, turn):
    """nginx alone: its access log has offsets, its error log beside it has none."""
    clock = Clock(zone)
    s = Site(b, begins(turn), hours=(-2.5, 3.5), every=3.0, minutes=49, servers=1,
             clocks={"web-01": clock})
    s.web("web-01")
    s.truth.outage(s.world)
    s.truth.source("web-01/nginx/error.log", zone_from={"paired"})
    return s.truth


def add_turns():
    for name, (zone, turn) in TURNS.items():
        for how in (turn_with_option, turn_beside_zoned, turn_beside_one_ahead,
                    turn_just_before_the_end, turn_with_timeouts, turn_with_timeouts_and_option,
                    turn_in_syslog, turn_in_error_log):
            def play(b, _, how=how, zone=zone, turn=turn):
                return how(b, zone, turn)
            play.__name__ = f"{name}_{how.__name__[5:]}"
            story()(play)


add_turns()


def repeated_hour(b, outage):
    """All that the error log holds stands in the hour that is there twice."""
    s = Site(b, outage, hours=(-3.0, 3.0), every=3.0, minutes=15, servers=1,
             clocks={"web-01": Clock("Europe/Berlin")})
    s.web("web-01")
    s.truth.outage(s.world)
    return s.truth


@story()
def error_log_in_the_first_of_two_hours(b, _):
    return repeated_hour(b, "2026-10-25T00:10:20")


@story()
def error_log_in_the_second_of_two_hours(b, _):
    return repeated_hour(b, "2026-10-25T01:10:20")


@story()
def lines_in_an_hour_that_never_was(b, _):
    """The balancer is on UTC; whoever says that it is in Berlin is told of what cannot be."""
    s = Site(b, "2026-03-29T02:10:00", minutes=15)
    s.balancer("haproxy.log")
    t = Truth(b)
    t.incident = None
    t.options = ["--assume-tz", "Europe/Berlin"]
    t.uncited_ok.add("haproxy.log")
    t.says.append(("the hour that never was", r"(?i)not exist|never was|missing hour|left out|"
                   r"skipp|went forward|going forward|set forward", "md"))
    return t


# ---- years ---------------------------------------------------------------------------------------

def new_year(b, zone="UTC", outage="2025-12-31T23:57:40"):
    """Six days around New Year; the application dies two minutes before midnight."""
    s = Site(b, outage, hours=(-72.0, 60.0), every=90.0, minutes=24, servers=1,
             rush=[(at(outage) - HOUR, at(outage) + HOUR, 3.0)], clocks={"web-01": Clock(zone)})
    s.rotations = [at(f"{day}T06:25:01") for day in
                   ("2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02")]
    return s


@story()
def new_year_in_five_rotated_files(b, _):
    """No time of a file, no gzip header says anything; the access log beside is dated."""
    return five_files(b, new_year(b))


@story()
def new_year_in_five_rotated_files_in_nepal(b, _):
    """Midnight is at 18:15 UTC."""
    return five_files(b, new_year(b, KATHMANDU, "2025-12-31T18:12:40"))


def five_files(b, s):
    b.rotate("web-01/syslog", s.events(), s.rotations, header=0)
    b.put("web-01/nginx/access.log", access(s.world, "web-01", s.clocks["web-01"]))
    s.truth.outage(s.world)
    return s.truth


@story()
def new_year_in_one_file_with_late_lines(b, _):
    s = new_year(b)
    lines = s.events()
    midnight = at("2026-01-01T00:00:00")
    for n, (t, late) in enumerate(((-4, 5), (-2, 3), (-9, 12), (-1, 1), (-30, 61))):
        line = said(s.clocks["web-01"], "web-01", midnight + t * SECOND,
                    f"sshd[{700 + n}]: Connection closed by 192.0.2.{n + 1} port 4022 [preauth]")
        line.t = midnight + late * SECOND
        lines.append(line)
        lines.append(said(s.clocks["web-01"], "web-01", line.t + 500000,
                          f"sshd[{800 + n}]: Connection closed by 192.0.2.{n + 9} port 22 "
                          "[preauth]"))
    b.put("web-01/syslog", by_time(lines))
    b.put("web-01/nginx/access.log", access(s.world, "web-01", s.clocks["web-01"]))
    s.truth.outage(s.world)
    return s.truth


def alone(b, s, **put):
    """Syslog with the balancer's state lines, so that it tells of the outage alone."""
    clock, host = s.clocks["web-01"], "web-01"
    lines = s.events()
    begin, end = s.outage.begin, s.outage.end
    lines += [said(clock, host, begin, "haproxy[811]: backend shop has no server available!"),
              said(clock, host, end, "haproxy[811]: Server shop/web-01 is UP, reason: Layer4 check "
                   "passed, check duration: 0ms. 1 active and 0 backup servers online. 0 sessions "
                   "requeued, 0 total in queue.")]
    s.truth.start, s.truth.end = (begin, begin), (end, end)
    return by_time(lines)


@story()
def new_year_by_the_times_of_the_files(b, _):
    s = new_year(b)
    b.rotate("syslog", alone(b, s), s.rotations, header=0)
    s.truth.mtime_free = False
    return s.truth


@story()
def new_year_copied_soon_after(b, _):
    """All files have the time of the copy, three weeks later: order tells the rest."""
    s = new_year(b)
    b.rotate("syslog", alone(b, s), s.rotations, header=0)
    b.touch(at("2026-01-22T10:00:00"))
    s.truth.mtime_free = False
    return s.truth


@story()
def new_year_by_gzip_headers(b, _):
    """gzip wrote when the rotated files were last changed; the files' own times are of a copy."""
    s = new_year(b)
    b.rotate("syslog", alone(b, s), s.rotations, gz_from=1)
    b.touch(WIPED)
    return s.truth


@story()
def year_given(b, _):
    s = new_year(b)
    b.rotate("syslog", alone(b, s), s.rotations, header=0)
    b.touch(at("2029-06-01T00:00:00"))
    s.truth.options = ["--year", "2026"]
    return s.truth


def leap(b):
    return Site(b, "2024-02-29T13:20:00", hours=(-30.0, 20.0), every=60.0, servers=1,
                rush=[(at("2024-02-29T12:30:00"), at("2024-02-29T14:30:00"), 3.0)])


@story()
def leap_day_beside_dated_lines(b, _):
    s = leap(b)
    s.syslog()
    b.put("web-01/nginx/access.log", access(s.world, "web-01", s.clocks["web-01"]))
    s.truth.outage(s.world)
    return s.truth


@story()
def leap_day_by_the_time_of_the_file(b, _):
    s = leap(b)
    b.put("syslog", alone(b, s))
    s.truth.mtime_free = False
    return s.truth


@story()
def leap_day_alone(b, _):
    """Copied three years later: the year of a 29 February is right, or it is said that it is not
    known."""
    s = leap(b)
    lines = alone(b, s)
    b.put("syslog", lines)
    b.touch(at("2027-03-05T00:00:00"))
    said_so = r"(?i)29 Feb|Feb(ruary)? 29|leap|year.{0,40}(not known|unknown|assumed)"

    def right_or_said(truth, report, draft):
        source = report["sources"][0]
        if (source["first"] or "").startswith("2024") or re.search(said_so, draft):
            return []
        return [f"leap day: truth: 2024; answer: {source['first']} to {source['last']}, and the "
                "draft does not say that it cannot be known"]
    s.truth.extra.append(right_or_said)
    s.truth.mtime_free = False
    s.truth.uncited_ok.add("syslog")
    s.truth.start = s.truth.end = None
    s.truth.incident = None
    s.truth.cited = []
    return s.truth


# ---- skew ----------------------------------------------------------------------------------------

@story(shift=("lb-01",), draws=3)
def web_server_90_seconds_ahead(b, beyond):
    s = Site(b, "2026-02-03T14:10:00", clocks={"web-01": Clock(ahead=90.0)}, beyond=beyond)
    t = s.all()
    t.source("web-01/nginx/access.log", skew=(89, 91))
    t.source("web-01/syslog", skew=(89, 91))
    t.says.append(("the skew", r"web-01.{0,60}\b(?:89|90|91)(?:\.\d)? s ahead|"
                   r"web-01.{0,60}\b1 min (?:29|30|31) s ahead", "md"))
    return t


@story()
def web_server_behind_in_another_zone(b, _):
    s = Site(b, "2026-02-03T14:10:00", clocks={"web-01": Clock(NAIROBI, ahead=-37.0)})
    t = s.all()
    s.behind()
    t.source("web-01/nginx/access.log", skew=(-38, -36))
    t.source("web-01/syslog", skew=(-38, -36))
    return t


@story()
def web_server_that_drifts(b, _):
    begin = at("2026-02-01T00:00:00")
    s = Site(b, "2026-02-03T14:10:00", hours=(-62.0, 34.0), every=40.0,
             clocks={"web-01": Clock(drift=20.0, since=begin)},
             rush=[(at("2026-02-03T13:30:00"), at("2026-02-03T15:00:00"), 3.0)])
    t = s.all()
    t.slack = {"web-01": 2.0}
    t.source("web-01/nginx/access.log", skew=(-1, 81))
    return t


@story()
def clock_that_was_set(b, _):
    step = at("2026-02-03T14:55:00")
    clock = Clock(ahead=41.2, steps=[(step, -41.2)])
    s = Site(b, "2026-02-03T14:10:00", clocks={"web-01": clock}, hours=(-1.0, 2.5))
    s.balancer()
    s.web("web-01")
    s.web("web-02")
    again = killed(clock, "web-01", step + 20 * MINUTE)
    before = said(clock, "web-01", step - 3000, "chronyd[612]: System clock wrong by -41.200000 "
                  "seconds")
    set_back = said(clock, "web-01", step, "chronyd[612]: System clock was stepped by -41.2 "
                    "seconds")
    b.put("web-01/syslog", by_time(s.events(), [before, set_back], again))
    return s.truth


def set_in_silence(b, ahead):
    """Nothing says that the clock was set; the requests show it."""
    step = at("2026-02-03T14:55:00")
    clock = Clock(ahead=ahead, steps=[(step, -ahead)])
    s = Site(b, "2026-02-03T14:10:00", clocks={"web-01": clock}, hours=(-1.0, 2.5))
    t = s.all()
    t.cited.append(next(line for line in b.lines["web-01/syslog"] if "COMMAND" in line.text))
    return t


@story()
def clock_that_was_set_back_in_silence(b, _):
    return set_in_silence(b, 41.2)


@story()
def clock_that_was_set_forward_in_silence(b, _):
    return set_in_silence(b, -75.0)


# ---- when it began -------------------------------------------------------------------------------

def timeouts(b, form, beside):
    s = Site(b, "2026-04-02T11:15:30", how="timeout", minutes=12)
    for server in ("web-01", "web-02"):
        s.web(server, form, error_log=form is not combined)
    s.truth.outage(s.world)
    if beside:
        s.balancer()
    return s.truth


@story()
def timeouts_with_request_time(b, _):
    return timeouts(b, with_time, False)


@story()
def timeouts_with_upstream_times(b, _):
    return timeouts(b, with_upstream, False)


@story()
def timeouts_with_the_balancer(b, _):
    return timeouts(b, combined, True)


# ---- order and rotation --------------------------------------------------------------------------

def buffered(lines, seed=3):
    """access_log buffer=16k flush=3s with two workers: a buffer goes out when it is full or three
    seconds old. The lines keep their stamps; `t` becomes when they reached the file."""
    rng = random.Random(seed)
    buffers, out = [[], []], []

    def flush(i, t):
        for n, line in enumerate(buffers[i]):
            line.t = t + n
            out.append(line)
        buffers[i] = []
    for line in lines:
        for i in (0, 1):
            if buffers[i] and line.t - buffers[i][0].t > 3 * SECOND:
                flush(i, buffers[i][0].t + 3 * SECOND)
        i = rng.randrange(2)
        buffers[i].append(line)
        if sum(len(x.text) for x in buffers[i]) > 16384:
            flush(i, line.t)
    for i in (0, 1):
        if buffers[i]:
            flush(i, buffers[i][0].t + 3 * SECOND)
    return by_time(out)


@story()
def buffered_log_rotated_in_the_middle(b, _):
    s = Site(b, "2026-04-02T11:15:30", servers=1, every=0.7)
    turn = s.outage.begin + 7 * MINUTE
    b.rotate("nginx/access.log", hostless(buffered(access(s.world, "web-01", Clock()))), [turn])
    s.truth.outage(s.world)
    s.truth.no_gaps = True
    return s.truth


def hostless(lines):
    for line in lines:
        line.host = None
    return lines


def rotated_days(b, outage="2026-04-03T11:15:30", skip=()):
    """Five days of an access log, rotated each morning."""
    s = Site(b, outage, hours=(-60.0, 48.0), every=75.0, servers=1,
             rush=[(at(outage) - HOUR // 2, at(outage) + HOUR, 3.0)])
    s.turns = [at(f"2026-04-0{day}T06:25:01") for day in (2, 3, 4, 5)]
    s.log = hostless(access(s.world, "web-01", Clock()))
    s.paths = b.rotate("nginx/access.log", s.log, s.turns, skip=skip)
    s.truth.outage(s.world)
    return s


@story()
def rotations_that_are_all_there(b, _):
    s = rotated_days(b)
    s.truth.no_gaps = True
    return s.truth


@story()
def rotation_missing_from_the_middle(b, _):
    s = rotated_days(b, outage="2026-04-04T11:15:30", skip=(2,))
    older, newer = s.paths[3], s.paths[1]
    s.truth.gaps += [(whose, b.lines[older][-1].t, b.lines[newer][0].t, "rotation")
                     for whose in ("nginx/access.log", "all logs")]
    s.truth.says.append(("the missing file", r"access\.log\.2", "md"))
    return s.truth


@story()
def rotation_missing_among_dated_ones(b, _):
    s = rotated_days(b, outage="2026-04-04T11:15:30")
    for number, day in ((4, "02"), (3, "03"), (2, "04"), (1, "05")):
        old = s.paths[number]
        new = f"nginx/access.log-202604{day}" + (".gz" if old.endswith(".gz") else "")
        os.rename(os.path.join(b.folder, old), os.path.join(b.folder, new))
        b.lines[new] = b.lines.pop(old)
    gone = "nginx/access.log-20260404.gz"
    os.remove(os.path.join(b.folder, gone))
    del b.lines[gone]
    s.truth.gaps.append(("nginx/access.log", b.lines["nginx/access.log-20260403.gz"][-1].t,
                         b.lines["nginx/access.log-20260405"][0].t, "rotation"))
    return s.truth


@story()
def hole_in_the_middle_of_a_file(b, _):
    """Half an hour is missing where some thousand requests should be."""
    s = Site(b, "2026-04-02T11:15:30", servers=1, hours=(-3.0, 1.5))
    lines = hostless(access(s.world, "web-01", Clock()))
    begin, end = at("2026-04-02T09:10:00"), at("2026-04-02T09:40:00")
    before = [line for line in lines if line.t < begin]
    after = [line for line in lines if line.t >= end]
    b.put("nginx/access.log", before + after)
    s.truth.outage(s.world)
    s.truth.gaps += [(whose, before[-1].t, after[0].t, "silent")
                     for whose in ("nginx/access.log", "all logs")]
    return s.truth


@story()
def rotation_by_copytruncate_cuts_a_line(b, _):
    """Half of a failed request's line is the end of the copy, the rest begins the new file."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    turn = s.outage.begin + 7 * MINUTE
    at_line = next(i for i, line in enumerate(lines) if line.t >= turn)
    cut = lines[at_line].text.encode()
    half = Line(lines[at_line].t, "")
    b.put("nginx/access.log.1", lines[:at_line], tail=cut[:len(cut) // 2])
    b.lines["nginx/access.log.1"].append(half)
    b.put("nginx/access.log", lines[at_line + 1:], head=cut[len(cut) // 2:] + b"\n")
    b.lines["nginx/access.log"].insert(0, half)
    s.truth.outage(s.world)
    s.truth.failed = (s.truth.failed[0] - 1, s.truth.failed[1])
    return s.truth


@story()
def rotation_by_copytruncate_leaves_zeros(b, _):
    """Who writes without O_APPEND leaves a head of zeros behind."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    turn = s.outage.begin + 7 * MINUTE
    b.put("nginx/access.log.1", [line for line in lines if line.t < turn])
    b.put("nginx/access.log", [line for line in lines if line.t >= turn], head=bytes(70000))
    s.truth.outage(s.world)
    return s.truth


@story()
def rotation_in_progress_both_sizes(b, _):
    """gzip is done, what it read is not yet removed."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    turn = s.outage.begin + 7 * MINUTE
    for gz in (False, True):
        b.put("nginx/access.log.1" + (".gz" if gz else ""),
              [line for line in lines if line.t < turn], gz=gz, mtime=turn)
    b.put("nginx/access.log", [line for line in lines if line.t >= turn])
    s.truth.outage(s.world)
    return s.truth


@story()
def rotation_in_progress_half_compressed(b, _):
    """gzip is still at it."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    turn = s.outage.begin + 7 * MINUTE
    old = [line for line in lines if line.t < turn]
    b.put("nginx/access.log.1", old, mtime=turn)
    b.put("nginx/access.log.1.gz", old, gz=True, mtime=turn, cut=20000)
    b.put("nginx/access.log", [line for line in lines if line.t >= turn])
    s.truth.outage(s.world)
    s.truth.status = {0, 3}
    s.truth.uncited_ok.add("nginx/access.log.1.gz")
    return s.truth


@story()
def rotation_copied_but_not_truncated(b, _):
    """The copy is there and the log not yet empty; a few lines came since."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    b.put("nginx/access.log.1", lines[:-9])
    b.put("nginx/access.log", lines)
    s.truth.outage(s.world)
    return s.truth


@story()
def one_file_under_two_names(b, _):
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    b.put("nginx/access.log", lines)
    b.put("saved/access.before-the-upgrade.log", lines)
    s.truth.outage(s.world)
    return s.truth


# ---- what the reader sees ------------------------------------------------------------------------

@story()
def times_shown_in_kenya_too(b, _):
    s = Site(b, "2026-03-10T21:47:31", clocks={"web-01": Clock(NAIROBI), "web-02": Clock(NAIROBI)})
    t = s.all()
    t.options = ["--display-tz", NAIROBI]
    t.says.append(("local time in the summary", r"\*\*Duration:[^\n]*\b00:47:3", "md"))
    t.says.append(("local time in the bullets", r"## Timeline.*?\n- [^\n]*\b00:47:3", "md"))
    t.says.append(("UTC in the bullets", r"## Timeline.*?\n- [^\n]*\b21:47:3", "md"))
    return t


@story()
def silence_where_no_log_was(b, _):
    """No failures at all: what is said of them names the span that was read."""
    world = World(at("2026-04-02T10:00:00"), at("2026-04-02T12:00:00"), servers=1)
    b.put("nginx/access.log", hostless(access(world, "web-01", Clock())))
    t = Truth(b)
    t.incident = False
    t.says.append(("the span", r"2026-04-02 10:00.{0,40}12:00|2026-04-02 10:00.{0,60}11:59", "md"))
    return t


# ---- running -------------------------------------------------------------------------------------

def build(function, folder, beyond):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return function(Bundle(folder), beyond)


def play(program, name, folder):
    """(complaints, the command)"""
    function = STORIES[name]
    truth = build(function, folder, None)
    answer = Answer(program, folder, truth.options)
    bad = judge(truth, answer)
    bad += differing("TZ=Pacific/Chatham", answer,
                     Answer(program, folder, truth.options, "Pacific/Chatham"))
    if truth.mtime_free:
        truth.bundle.touch(WIPED)
        bad += differing("the files' times set to one", answer,
                         Answer(program, folder, truth.options))
    for host in function.shift:
        bad += drawn(program, function, folder, host, answer)
    return bad, answer.command()


def drawn(program, function, folder, host, answer):
    """Any other zone of this host gives the same report."""
    rng = random.Random(f"{function.__name__} {host}")
    bad = []
    for quarters in [rng.randrange(-48, 57) for _ in range(function.draws)]:
        other = f"{folder}.shifted"
        truth = build(function, other, {host: quarters})
        got = Answer(program, other, truth.options)
        hours = f"{quarters / 4:+.2f} h"
        if got.status:
            bad.append(f"{host} shifted by {hours}: exit status {got.status}")
        else:
            bad += differing(f"{host} shifted by {hours}", Shown(answer, host, truth.bundle),
                             Shown(got, host, truth.bundle))
        if bad:
            break  # its logs are kept
        shutil.rmtree(other)
    return bad


def main():
    arguments = sys.argv[1:]
    keep = None
    if "--keep" in arguments:
        i = arguments.index("--keep")
        if i + 1 == len(arguments):
            sys.exit(__doc__)
        keep = os.path.abspath(arguments[i + 1])
        del arguments[i:i + 2]
    unknown = [name for name in arguments[1:] if name not in STORIES]
    if not arguments or unknown:
        sys.exit(__doc__ + "\nSTORY is one of:\n  " + "\n  ".join(STORIES))
    program, wanted = os.path.abspath(arguments[0]), arguments[1:] or list(STORIES)
    top = keep or tempfile.mkdtemp(prefix="time-")
    failed = 0
    try:
        for name in wanted:
            folder = os.path.join(top, name)
            bad, command = play(program, name, folder)
            if not bad:
                print(f"ok    {name}")
                continue
            failed += 1
            print(f"FAIL  {name}: {' '.join((STORIES[name].__doc__ or '').split())}")
            for complaint in bad[:SHOWN]:
                print("      " + complaint.replace("; answer: ", "\n          answer: "))
            if len(bad) > SHOWN:
                print(f"      and {len(bad) - SHOWN} more")
            print(f"      repeat: {sys.argv[0]} {program} {name} --keep DIR")
            print(f"      then:   {command.replace(top, 'DIR')}")
    finally:
        if not keep:
            shutil.rmtree(top)
    print(f"time: {len(wanted) - failed} of {len(wanted)} stories are told right")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
