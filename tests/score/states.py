"""What HAProxy says of a server that leaves and comes back, in all its wordings; or does not say.

HOWS: name: (what it says when the server leaves, when it is back, which kinds of removal that is).
"""

from time_world import SECOND

LEFT = (". {n} active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in "
        "queue.")
ONLINE = ". {n} active and 0 backup servers online. 0 sessions requeued, 0 total in queue."
READY = "Server {b}/{s} is UP/READY (leaving forced maintenance)."
CHECKED = ("Server {b}/{s} is UP, reason: Layer7 check passed, code: 200, check duration: 1ms"
           + ONLINE)

HOWS = {
    "down-l4": ('Server {b}/{s} is DOWN, reason: Layer4 connection problem, info: "Connection '
                'refused", check duration: 0ms' + LEFT,
                "Server {b}/{s} is UP, reason: Layer4 check passed, check duration: 0ms" + ONLINE,
                {"down"}),
    "down-l7": ('Server {b}/{s} is DOWN, reason: Layer7 wrong status, code: 500, info: "Internal '
                'Server Error", check duration: 3ms' + LEFT, CHECKED, {"down"}),
    "down-timeout": ("Server {b}/{s} is DOWN, reason: Layer4 timeout, check duration: 2001ms"
                     + LEFT, CHECKED, {"down"}),
    "down-bare": ('Health check for server {b}/{s} failed, reason: Layer7 timeout, check duration: '
                  '2002ms, status: 0/2 DOWN.\nServer {b}/{s} is DOWN' + LEFT,
                  'Health check for server {b}/{s} succeeded, reason: Layer7 check passed, code: '
                  '200, check duration: 2ms, status: 3/3 UP.\nServer {b}/{s} is UP' + ONLINE,
                  {"down"}),
    "down-analyze": ('Server {b}/{s} is DOWN, reason: Health analyze, info: "Detected 10 '
                     'consecutive errors, last one was: Wrong http response"' + LEFT, CHECKED,
                     {"down"}),
    "down-via": ("Server {b}/{s} is DOWN via front/{s}" + LEFT,
                 "Server {b}/{s} is UP via front/{s}" + ONLINE, {"down"}),
    "down-cli": ("Server {b}/{s} is DOWN, changed from CLI" + LEFT,
                 "Server {b}/{s} is UP, changed from CLI" + ONLINE, {"down"}),
    "down-agent": ('Server {b}/{s} is DOWN, reason: Layer7 wrong status, code: 0, info: "via agent '
                   ': down (maintenance)", check duration: 0ms' + LEFT, CHECKED, {"down"}),
    "maint": ("Server {b}/{s} is going DOWN for maintenance" + LEFT, READY, {"maintenance"}),
    "maint-stats": ("Server {b}/{s} is going DOWN for maintenance ('disable' on stats page)" + LEFT,
                    READY, {"maintenance"}),
    "maint-dns": ("Server {b}/{s} is going DOWN for maintenance (No IP for server )" + LEFT,
                  "Server {b}/{s} ('{s}.example.net') is UP/READY (resolves again).",
                  {"maintenance"}),
    "maint-nx": ("Server {b}/{s} is going DOWN for maintenance (DNS NX status)" + LEFT,
                 "Server {b}/{s} administratively READY thanks to valid DNS answer.",
                 {"maintenance"}),
    "maint-srv": ("Server {b}/{s} is going DOWN for maintenance (entry removed from SRV record)"
                  + LEFT, "Server {b}/{s} ('{s}.example.net') is UP/READY (resolves again).",
                  {"maintenance"}),
    "maint-old": ("Server {b}/{s} is DOWN for maintenance" + LEFT,
                  "Server {b}/{s} is UP (leaving maintenance)" + ONLINE, {"maintenance"}),
    "drain": ("Server {b}/{s} enters drain state" + ONLINE,
              "Server {b}/{s} is UP (leaving forced drain).", {"drain"}),
    "drain-stats": ("Server {b}/{s} enters drain state ('stop' on stats page)" + ONLINE,
                    "Server {b}/{s} is UP (leaving forced drain).", {"drain"}),
    "stopping": ("Server {b}/{s} is stopping, reason: Layer7 check conditionally passed, code: "
                 "404, info: \"Not Found\", check duration: 1ms" + ONLINE, CHECKED,
                 {"drain", "down"}),
    "then-maint": ('Server {b}/{s} is DOWN, reason: Layer4 connection problem, info: '
                   '"No route to host", check duration: 0ms' + LEFT, READY,
                   {"down", "maintenance"}),
    "silent": (None, None, {"no_traffic"}),   # weight 0
    "reload": (None, None, {"no_traffic"}),   # commented out, and reloaded
}
WORDED = [how for how in HOWS if how not in ("silent", "reload")]


def reload(site, t):
    """The old process goes, a new one comes: nothing is said of any server. The master's own lines
    are on stderr, which the journal has."""
    old, site.pid = site.pid, site.pid + 37
    site.reloads.append((t, site.pid))
    for name in ["www"] + list(site.servers):
        site.state(t, f"Proxy {name} stopped (cumulated conns: FE: {t // SECOND % 90000}, BE: "
                      f"{t // SECOND % 70000}).", old)
    site.say(t - 40000, "lb-01", "systemd[1]: Reloading haproxy.service - HAProxy Load Balancer...")
    site.say(t - 20000, "lb-01", "haproxy[700]: [NOTICE]   (700) : Reloading HAProxy")
    site.say(t - 10000, "lb-01", f"haproxy[700]: [NOTICE]   (700) : New worker ({site.pid}) forked")
    site.say(t, "lb-01", "systemd[1]: Reloaded haproxy.service - HAProxy Load Balancer.")


def write(site, t, backend, server, text, twice):
    gone = {m.server for m in site.removals if m.backend == backend
            for a, b in m.spans if a <= t and (b is None or t < b)}
    out = "DOWN" in text or "stopping" in text or "drain state" in text
    left = len([s for s in site.servers[backend] if s not in gone and (s != server or not out)])
    for one in text.format(b=backend, s=server, n=left).split("\n"):
        if site.standby and not left:
            one = one.replace("0 backup servers left.", "1 backup servers left. Running on backup.")
        site.state(t, one)
        if twice:
            level = "[WARNING]  " if left else "[ALERT]    "
            site.say(t + 300, "lb-01", f"haproxy[{site.pid}]: {level}({site.pid}) : {one}")
    if out and not left and not site.standby:
        site.state(t, f"backend {backend} has no server available!")
        if twice:
            site.say(t + 400, "lb-01", f"haproxy[{site.pid}]: [ALERT]    ({site.pid}) : backend "
                                       f"'{backend}' has no server available!")


def tell(site, removal, spans=None, twice=False, worded=True, back_worded=None, again=()):
    """spans: of a server that flaps; the removal is from the first to the last. again: instants at
    which a reload repeats that the server is down. worded=False: the lines are lost; with
    back_worded=True only those of its leaving."""
    spans = removal.spans = spans or [(removal.begin, removal.end)]
    removal.begin, removal.end = spans[0][0], spans[-1][1]
    removal.count = len(spans)
    out, back, removal.kinds = HOWS[removal.how]
    logged = out is not None and site.front.startswith("haproxy")
    removal.worded = worded and logged
    removal.back_worded = logged and (worded if back_worded is None else back_worded)
    if not removal.worded:
        removal.kinds = removal.kinds | {"no_traffic"} if removal.back_worded else {"no_traffic"}
    for begin, end in spans:
        if removal.how == "reload" and site.front.startswith("haproxy"):
            reload(site, begin)
            if end is not None:
                reload(site, end)
        if removal.worded:
            leave(site, removal, begin, end, twice, again)
        if end is not None and removal.back_worded:
            write(site, end, removal.backend, removal.server, back, twice)


def leave(site, removal, begin, end, twice, again):
    b, s, out = removal.backend, removal.server, HOWS[removal.how][0]
    write(site, begin, b, s, out, twice)
    for t in again:
        if begin < t and (end is None or t < end):
            reload(site, t)
            write(site, t + 2 * SECOND, b, s, out, twice)
    if removal.how == "then-maint":
        middle = begin + ((end or site.end) - begin) // 3
        write(site, middle, b, s, "Server {b}/{s} was DOWN and now enters maintenance.", twice)
