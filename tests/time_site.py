"""The site that the stories are about, and the table of stories.

A story is a function (bundle, beyond) that writes logs and returns their Truth. `beyond` is
{host: quarter hours} for a second telling in which all logs of the host that write no zone are in
another one; a story that shows nothing by it may ignore it.
"""

from time_judge import Truth
from time_world import (HOUR, MINUTE, Clock, Outage, World, access, at, by_time, combined, errors,
                        haproxy, hum, killed, restarted)

DRAWS = 6
STORIES = {}
NAIROBI, KATHMANDU, KOLKATA = "Africa/Nairobi", "Asia/Kathmandu", "Asia/Kolkata"
NAMES = {"+03:00": ("+03:00", NAIROBI), "+05:45": ("+05:45", KATHMANDU),
         "+05:30": ("+05:30", KOLKATA), "UTC": ("UTC", "+00:00")}


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


def hostless(lines):
    for line in lines:
        line.host = None
    return lines
