"""What is true of what was played. README.md says what each word means."""

import bisect
import math

from time_world import HOUR, MINUTE, SECOND

LEAST = 0.0005        # no observer knows a background rate better than this
NATS = 3.0            # edges within so much likelihood of the best cannot be told apart
FAR = 25.0            # looking for further edges ends when one is so much worse
NEAR = 0.1            # of a limit: both grades are right
RIVAL = 10
AFTERSHOCK = 2
DAY = 86400 * SECOND


def of(site):
    known = {"incidents": [], "removals": [removal(site, m) for m in site.removals if m.counts],
             "allowed": list(site.allowed), "removals_allowed": list(site.removals_allowed),
             "span": (site.begin, site.end)}
    if site.front == "nginx-lb":
        known["names"] = {s: [a, a.split(":")[0]] for s, a in site.address.items()}
    groups = {}
    for f in site.faults:
        if f.of is not False:
            groups.setdefault(f.of, []).append(f)
    for faults in groups.values():
        one = incident(site, faults)
        if one:
            known["incidents"].append(one)
    for begin, end, counts in site.darks:
        if counts:
            known["incidents"].append(silence(site, begin, end))
    known["incidents"].sort(key=lambda i: i["start"])
    choose(known["incidents"])
    return known


def choose(incidents):
    """Which one is to be drafted."""
    grave = [i for i in incidents if i["severity"] != {"low"}]
    for i in incidents:
        i["main"] = False
    if not grave:
        return
    best = grave[-1]
    newest = near = best["start"]
    failed = lambda i: i["numbers"][0]["failed"] if i["numbers"] else 0
    hit = lambda i: i["numbers"][0]["affected"] if i["numbers"] else 0
    for i in reversed(grave[:-1]):
        rival = newest - i["end"] <= DAY and failed(i) >= RIVAL * max(1, failed(best))
        shock = near - i["end"] <= HOUR
        near = i["start"] if shock else near
        if rival or (shock and i["numbers"] and best["numbers"] and hit(i) >= hit(best)
                     and failed(i) >= AFTERSHOCK * failed(best)):
            best = i
    best["main"] = True


def hit(r, slow):
    return r.hurt if slow else r.failed


def incident(site, faults):
    slow = all(f.how in ("slow", "impatient") for f in faults)
    mine = [r for r in site.requests if r.hurt and r.fault in faults]
    if not mine:
        return None
    where = all(f.where for f in faults)
    scope = [r for r in site.requests if not where or any(f.where(r) for f in faults)]
    first, last = mine[0], max(mine, key=lambda r: r.end)
    made = {"kind": "slow" if slow else "errors", "start": first.t, "end": last.end}
    windows = edges(site, made, scope, mine, faults, slow)
    every = numbers(site.requests, first.t, mine[-1].t, slow)
    part = numbers(scope, first.t, mine[-1].t, slow) if where else every
    made["numbers"] = None if slow else [every] if part == every else [every, part]
    made["numbers_open"] = [] if slow else [
        spread([numbers(some, a, b, slow) for a, b in windows])
        for some in scopes(site, faults, where, scope)]
    made["severity"] = {"high", "medium"} if slow else set()
    for n in (every, part):
        made["severity"] |= grade(site, n, mine, first, last, faults)
    made["began_before"] = all(hit(r, slow) for r in scope[:3]) and scope[0] is first
    if not made["began_before"] and min(f.begin for f in faults) < site.begin:
        made["began_before"] = None  # by chance a good request came first
    made["ongoing"] = max(f.end for f in faults) >= site.end
    made["redundancy"] = whole_again(site, made)
    made["full_s"] = full(site, faults, slow)
    made["window_s"] = max(60, 25 / site.rate)
    return made


def scopes(site, faults, where, scope):
    """The requests that an answer may speak of: all, the part that failed, or, where several parts
    failed, the one that tells most of it."""
    if not where:
        return [scope]
    rules = {f.where: sum(r.fault is f and r.hurt for r in scope) for f in faults}
    most = max(rules, key=rules.get)
    return [site.requests, scope] + (
        [[r for r in scope if most(r)]] if len(rules) > 1 else [])


def spread(some):
    """Between which values the numbers lie, whichever open edge is taken."""
    shares = [100 * n["affected"] / max(1, n["clients"]) for n in some]
    failed = [n["failed"] for n in some]
    return {"affected_pct": (min(shares), max(shares)), "failed": (min(failed), max(failed))}


def full(site, faults, slow):
    """For how many seconds nearly everything failed; None where that cannot be said."""
    if faults[0].where or slow or len(faults) > 2:
        return None
    # What lies between may be called full here and there.
    if any(f.at(f.begin) < 0.98 and max(f.at(f.begin), f.at(f.end)) > 0.6 for f in faults):
        return None
    return sum(min(f.end, site.end) - max(f.begin, site.begin) for f in faults
               if min(f.at(f.begin), f.at(f.end)) >= 0.98) / SECOND


def whole_again(site, one):
    """When the last server that was out in the meantime was back, (earliest, latest)."""
    out = [removal(site, m) for m in site.removals
           if m.counts and m.begin <= one["end"] and (m.end is None or m.end >= one["start"])]
    if not out or any(m["to_open"] is None for m in out):
        return None
    return max((m["to_open"] for m in out), key=lambda span: span[1])


def numbers(requests, begin, end, slow):
    # requests are in the order of t
    a = bisect.bisect_left(requests, begin, key=lambda r: r.t)
    b = bisect.bisect_right(requests, end, key=lambda r: r.t)
    inside = requests[a:b]
    bad = [r for r in inside if r.failed or slow and r.hurt]
    return {"requests": len(inside), "failed": len(bad), "clients": len({r.client for r in inside}),
            "affected": len({r.client for r in bad})}


def grade(site, n, mine, first, last, faults):
    """The grades that are right: two when the numbers are near a limit."""
    share = max(n["failed"] / n["requests"], n["affected"] / n["clients"])
    seconds = (last.end - first.t) / SECOND
    nosrv = max((f.end - f.begin) / SECOND for f in faults) if any(
        f.how == "nosrv" and f.at(f.begin) == 1 for f in faults) else 0
    grades = set()
    if share >= 0.5 - NEAR or nosrv >= 60:
        grades.add("high")
    if share < 0.5 + NEAR and nosrv < 60:
        grades.add("medium")
    if site.nclients == 1:
        # One address is all clients, or tells nothing of them.
        return grades | ({"medium"} if n["failed"] / n["requests"] < 0.5 + NEAR else set())
    counts = {}
    for r in mine:
        counts[r.client] = counts.get(r.client, 0) + 1
    rest = len(mine) - max(counts.values())
    base = max(site.background, LEAST)
    few = len(counts) < 3 or rest < 3 or n["failed"] / n["requests"] < 3 * base
    brief = seconds < 30 and len(counts) < 25
    if few or brief:
        return {"low"}
    if len(counts) < 5 or rest < 8 or n["failed"] / n["requests"] < 4 * base or (
            seconds < 36 and len(counts) < 30):
        grades.add("low")
    return grades


def edges(site, made, scope, mine, faults, slow):
    """What the traffic leaves open: (earliest, latest) of the start, and of the end. Returns the
    windows between open edges: as it was, the longest and the shortest."""
    times = [r.t for r in scope]
    i = bisect.bisect_left(times, mine[0].t)
    k = bisect.bisect_right(times, mine[-1].t) - 1
    base = max(site.background, LEAST)
    f = faults[0]
    near = [f.at(f.begin + (f.end - f.begin) * x // 100) for x in range(0, 11)]
    start = open_edge(scope, i, 1, base, max(base * 1.5, sum(near) / len(near)), slow)
    f = max(faults, key=lambda f: f.end)
    near = [f.at(f.begin + (f.end - f.begin) * x // 100) for x in range(90, 101)]
    end = open_edge(scope, k, -1, base, max(base * 1.5, sum(near) / len(near)), slow)
    good = [j for j in range(i - 1, -1, -1) if not hit(scope[j], slow)][:1] if i else []
    early = scope[good[0]].t if good else min(site.begin, mine[0].t)
    late = max(scope[start[1]].t, mine[0].t)
    # Where no duration is logged, the instant a request came at is not known either.
    if site.front not in ("haproxy", "haproxy+web") and site.form == "combined":
        late = max(late, min(r.end for r in mine[:50]), scope[start[1]].end)
    made["start_open"] = (min(early, scope[start[0]].t), late)
    # As though it were known which failure was the first and which the last of it.
    made["start_near"] = (early, max(mine[0].t, min(r.end for r in mine[:50])
                                     if site.form == "combined" else 0))
    last = max(r.end for r in mine)
    after = next((r.t for r in scope[k + 1:] if not hit(r, slow)), site.end)
    inner = min(end[1], k)
    made["end_open"] = (min(mine[-1].t, scope[inner].t), max(last, scope[end[0]].end, after))
    made["end_near"] = (mine[-1].t, max(last, after))
    windows = [(mine[0].t, mine[-1].t), (scope[start[0]].t, scope[end[0]].t)]
    if scope[start[1]].t < scope[inner].t:
        windows.append((scope[start[1]].t, scope[inner].t))
    if not site.front.startswith("haproxy"):
        # Whole seconds are logged: what else came in the first and the last cannot be told apart.
        windows.append((windows[1][0] - SECOND, windows[1][1] + SECOND))
    return windows


def open_edge(scope, i, step, base, usual, slow):
    """Indices of the outermost and the innermost request that may be the edge as well as i, seen
    from outside: i is the first (step 1) or the last (-1) that failed of an incident whose
    requests fail at the rate `usual`."""
    def gain(r):
        p = min(0.999, max(1.5 * base, usual))
        return math.log(p / base) if hit(r, slow) else math.log((1 - p) / (1 - base))

    # score[j]: how much better an edge at j is than one at i
    score = {i: 0.0}
    total, j = 0.0, i - step
    while 0 <= j < len(scope) and total > -FAR and abs(j - i) < 20000:
        total += gain(scope[j])
        if hit(scope[j], slow):
            score[j] = total
        j -= step
    total, j = 0.0, i
    while 0 <= j < len(scope) and total > -FAR and abs(j - i) < 20000:
        if j != i and hit(scope[j], slow):
            score[j] = total
        total -= gain(scope[j])
        j += step
    best = max(score.values())
    fair = [j for j, s in score.items() if s >= best - NATS] + [i]
    return (min(fair), max(fair)) if step == 1 else (max(fair), min(fair))


def silence(site, begin, end):
    before = max((r.t for r in site.requests if r.t < begin), default=site.begin)
    after = min((r.t for r in site.requests if r.t >= end), default=site.end)
    return {"kind": "silence", "redundancy": None, "full_s": None, "start": begin,
            "end": min(end, site.end),
            "start_open": (before, begin), "end_open": (min(end, after), after), "numbers": None,
            "start_near": (before, begin), "end_near": (min(end, after), after),
            "severity": {"high", "medium"}, "ongoing": end >= site.end, "began_before": False}


def removal(site, m):
    """With a line: its instant. Without: between the last request that it served and when it was
    taken out; between when it was put back and the first it served."""
    served = [r.t for r in site.requests if r.server == m.server and r.backend == m.backend]
    before = max((t for t in served if t < m.begin), default=None)
    after = None if m.end is None else min((t for t in served if t >= m.end), default=None)
    ended = max((r.end for r in site.requests if r.server == m.server and r.t < m.begin),
                default=m.begin)
    began = (m.begin, m.begin)
    if not m.worded:
        other = [r.t for r in site.requests if r.backend == m.backend and r.t >= m.begin]
        began = (site.begin if before is None else before,
                 max(m.begin, ended, other[0] if other else m.begin))
    if m.end is None or after is None and not m.back_worded:
        back = None
    else:
        back = (m.end, m.end if m.back_worded else after)
    named = site.front.startswith("haproxy")
    return {"backend": m.backend if named else None, "server": m.server, "kinds": m.kinds,
            "from_open": began, "to_open": back, "count": m.count, "worded": m.worded}
