"""Reads the played logs in the plainest way, so that the story is checked before the program is.

This knows the configuration in stack.py and nothing else; it is no second implementation.
"""
import calendar
import glob
import gzip
import os
import re
import time

import stack
import story

OFFSET = 3 * 3600  # of stack.ZONE
REQUEST = re.compile(
    r" haproxy\[\d+\]: (?P<ip>[\d.]+):\d+ \[(?P<at>[^]]+)\.(?P<ms>\d{3})\] www "
    r"shop/\S+ \S+ (?P<status>\d+) .* (?P<state>\S{4}) \S+ \S+ \"(?P<method>\S+) (?P<path>\S+) ")
STATE = re.compile(r"^(?P<at>\w{3} [ \d]\d \d\d:\d\d:\d\d) lb-1 haproxy\[\d+\]: "
                   r"(?P<text>Server |backend |proxy |Health check ).*$")


def family(path):
    """The files of one log, oldest first."""
    numbered = glob.glob(glob.escape(path) + ".*")
    return sorted(numbered, key=lambda p: -int(p[len(path) + 1:].split(".")[0])) + [path]


def lines(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", errors="replace", newline="\n") as f:
        return f.read().split("\n")[:-1]


def family_lines(path):
    return [line for p in family(path) for line in lines(p)]


def haproxy(logs, year):
    """(requests, state lines) of haproxy.log, as the balancer wrote them."""
    requests, states = [], []
    for line in family_lines(os.path.join(logs, "lb-1", "haproxy.log")):
        if m := REQUEST.search(line):
            second = calendar.timegm(time.strptime(m["at"], "%d/%b/%Y:%H:%M:%S")) - OFFSET
            requests.append({"start": second * 1000000 + int(m["ms"]) * 1000,
                             "status": int(m["status"]), "client": m["ip"],
                             "method": m["method"], "path": m["path"]})
        elif m := STATE.match(line):
            at = calendar.timegm(time.strptime(f"{year} {m['at']}", "%Y %b %d %H:%M:%S"))
            states.append(((at - OFFSET) * 1000000, line[m.start("text"):]))
    return requests, states


def year_of(truth):
    return time.gmtime(truth["requests"][0]["start"] // 1000000 + OFFSET).tm_year


def first_state(states, literal):
    return next((at for at, text in states if literal in text), None)


def check_play(logs, truth):
    """What is wrong with the play itself: a list of sentences, empty when the logs and the driver
    tell the same story."""
    wrong = []

    def expect(ok, text):
        if not ok:
            wrong.append(text)

    sent = truth["requests"]
    seen, states = haproxy(logs, year_of(truth))
    expect(all(r["status"] is not None for r in sent), "a request of the driver got no answer")

    def key(r):
        return r["method"], r["path"], r["client"], r["status"]

    expect(sorted(map(key, sent), key=str) == sorted(map(key, seen), key=str),
           f"the driver sent {len(sent)} requests, haproxy.log holds {len(seen)} or others")
    paired = zip(sorted(sent, key=lambda r: (key(r), r["start"])),
                 sorted(seen, key=lambda r: (key(r), r["start"])))
    worst = max((abs(a["start"] - b["start"]) for a, b in paired), default=0)
    expect(worst < 500000, f"driver and haproxy.log differ by {worst / 1e6:.3f} s on a request")

    for literal in ("web-2 is going DOWN for maintenance", "shop has no server available!",
                    "Server shop/web-1 is DOWN", "web-2 is UP/READY (leaving forced maintenance)",
                    "Server shop/web-1 is UP"):
        found = sum(literal in text for _, text in states)
        expect(found == 1, f"haproxy.log says '{literal}' {found} times, not once")

    outage = story.incident(truth)
    actions = truth["actions"]
    if outage is None:
        return wrong + ["no request failed: there was no outage"]
    expect(actions["web-1 application killed"]["before"] - 1000000 <= outage["start"],
           "a request failed before the application was killed")
    expect(outage["end"] <= actions["web-2 ready"]["after"],
           "a request failed after web-2 was back")

    bad = [r["status"] for r in sent if story.failed(r)]
    expect(bad.count(502) >= 50 and bad.count(503) >= 50,
           f"the outage has {bad.count(502)} x 502 and {bad.count(503)} x 503, too few of one")
    zone = "+0300]"
    for n in (1, 2):
        access = family_lines(os.path.join(logs, f"web-{n}", "access.log"))
        expect(access and all(zone in line for line in access),
               f"web-{n} logs without the zone {stack.ZONE} (tzdata missing?)")
        users = sum("shop-client" in line for line in access)
        expect(users > 200, f"web-{n} served only {users} requests")
        if n == 1:
            nginx_bad = sum("shop-client" in line and '" 502 ' in line for line in access)
            expect(nginx_bad == bad.count(502),
                   f"web-1 logged {nginx_bad} x 502, the driver saw {bad.count(502)}")
    # web-2 logs nothing in maintenance, so the second rotation passes it over (notifempty).
    both = (".2.gz", ".1", "")
    for name, kept in (("lb-1/haproxy.log", both), ("lb-1/syslog", both),
                       ("web-1/access.log", both), ("web-2/access.log", (".1", ""))):
        path = os.path.join(logs, name)
        expect(family(path) == [path + suffix for suffix in kept],
               f"rotation left {' '.join(map(os.path.basename, family(path)))} of {name}")
    return wrong
