"""Stories of nights in which clocks went forward or back."""

from time_judge import Truth
from time_site import Site, story
from time_world import (HOUR, MINUTE, SECOND, Clock, access, at, by_time, haproxy, hum, iso, killed,
                        said)

TURNS = {  # where, and when the clock turned
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
