"""Stories of years that no line tells."""

import re

from time_judge import WIPED
from time_site import KATHMANDU, Site, story
from time_world import HOUR, SECOND, Clock, access, at, by_time, said


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


def alone(b, s):
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
