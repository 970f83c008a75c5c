"""Stories of clocks that are wrong, and of requests that took long."""

from time_site import NAIROBI, Site, story
from time_world import (MINUTE, Clock, access, at, by_time, combined, killed, said, with_time,
                        with_upstream)


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
