"""Holds a report against a truth: who is whom, and what is wrong."""

from time_world import SECOND, at, iso

OVERLAP = 0.5
TOUCH = 180 * SECOND     # so near to a true incident, a further finding is a fragment of it
ENDS = 5.0               # seconds that a removal's end may be off
STRAY = 300 * SECOND     # a removal so much outside of a true one of its server is another


class Judged:
    def __init__(self):
        self.wrong, self.notes = [], []
        self.true = self.found = self.fragments = self.merges = self.false = self.low = 0
        self.misses = self.too_low = self.grades_wrong = self.mains_wrong = 0
        self.starts, self.ends, self.near, self.affected, self.failed = [], [], [], [], []
        self.removals_true = self.removals_found = self.removals_false = 0
        self.removal_kinds_wrong, self.removal_ends = 0, []
        self.others_wrong = 0
        self.failed_run, self.took, self.about = False, (0, 0), ""


def summary(results):
    out = {"runs": len(results), "slowest": max(r.took[1] for r in results),
           "failed_runs": sum(r.failed_run for r in results)}
    for name in ("true", "found", "fragments", "merges", "false", "low", "misses", "too_low",
                 "grades_wrong", "mains_wrong", "removals_true", "removals_found",
                 "removals_false", "removal_kinds_wrong", "others_wrong"):
        out[name] = sum(getattr(r, name) for r in results)
    for name in ("starts", "ends", "near", "affected", "failed", "removal_ends"):
        out[name] = [v for r in results for v in getattr(r, name)]
    return out


def instant(text, otherwise=None):
    return otherwise if text is None else at(text.rstrip("Z"))


def shared(a, b):
    return min(a[1], b[1]) - max(a[0], b[0])


def union_share(a, b):
    """Intersection over union; of two that last no time, whether they are one instant."""
    both = shared(a, b)
    if both < 0:
        return 0.0
    whole = max(a[1], b[1]) - min(a[0], b[0])
    return both / whole if whole else 1.0


def pairs(truths, answers, alike):
    """One to one, the likest first: {index of truth: index of answer}."""
    scored = sorted(((alike(t, a), i, k) for i, t in enumerate(truths)
                     for k, a in enumerate(answers)), key=lambda x: (-x[0], x[1], x[2]))
    one, other = {}, set()
    for score, i, k in scored:
        if score > 0 and i not in one and k not in other:
            one[i] = k
            other.add(k)
    return one


def judge(truth, report):
    got = Judged()
    end_of_log = truth["span"][1]
    answers = report["incidents"]
    spans = [(instant(a["start"]), instant(a["end"], end_of_log)) for a in answers]
    incidents(got, truth, answers, spans, report["main"])
    removals(got, truth, report["removals"], end_of_log)
    return got


def span_text(a, b):
    return f"{iso(a)} to {iso(b)}"


def incidents(got, truth, answers, spans, main):
    truths = truth["incidents"]
    wanted = [(t["start"], t["end"]) for t in truths]

    def alike(t, a):
        share = union_share(t, a)
        return share if share >= OVERLAP else 0

    one = pairs(wanted, spans, alike)
    got.true = len(truths)
    drafted = next((k for k, a in enumerate(answers) if a["id"] == main), None)
    for i, t in enumerate(truths):
        if i not in one:
            got.misses += 1
            got.wrong.append(f"missed: {t['kind']} {span_text(*wanted[i])}, "
                             f"{told(t)}; nearest: {nearest(wanted[i], answers, spans)}")
            continue
        measure(got, t, answers[one[i]], spans[one[i]])
    for k, a in enumerate(answers):
        if k not in one.values():
            stray(got, truth, a, spans[k], wanted)
    which_main(got, truths, one, answers, drafted)


def which_main(got, truths, one, answers, drafted):
    right = next((i for i, t in enumerate(truths) if t["main"]), None)
    if right is None and drafted is not None:
        got.mains_wrong += 1
        got.wrong.append(f"drafted: {answers[drafted]['id']}; truth: none")
    elif right is not None and (drafted is None or drafted != one.get(right)):
        got.mains_wrong += 1
        got.wrong.append(f"drafted: {answers[drafted]['id'] if drafted is not None else 'none'}; "
                         f"truth: the one of {iso(truths[right]['start'])}")


def told(t):
    if not t["numbers"]:
        return "/".join(sorted(t["severity"]))
    return "/".join(sorted(t["severity"])) + ", " + " or ".join(
        "{failed} of {requests} failed, {affected} of {clients} clients".format(**n)
        for n in t["numbers"])


def nearest(span, answers, spans):
    if not answers:
        return "no finding at all"
    k = min(range(len(answers)), key=lambda k: -shared(span, spans[k]))
    a = answers[k]
    return f"{a['severity']} {a['kind']} {span_text(*spans[k])} (of {len(answers)})"


def measure(got, t, a, span):
    if a["severity"] == "low" and "low" not in t["severity"]:
        got.misses += 1
        got.too_low += 1
        got.wrong.append(f"graded low: {span_text(*span)}, truth: {told(t)}")
    else:
        got.found += 1
        if a["severity"] not in t["severity"]:
            got.grades_wrong += 1
            got.wrong.append(f"graded {a['severity']}, truth: {told(t)}; answer: "
                             f"{a['requests_failed']} of {a['requests_total']}, "
                             f"{a['clients_affected']} of {a['clients_total']}")
    for name, k, errors in (("start", 0, got.starts), ("end", 1, got.ends)):
        early, late = t[name + "_open"]
        # Many formats tell whole seconds only; what is less than one off is not.
        off = max(0, early - span[k], span[k] - late)
        off = 0.0 if off < SECOND else off / SECOND
        errors.append(off)
        early, late = t.get(name + "_near", (early, late))
        off_near = max(0, early - span[k], span[k] - late) / SECOND
        got.near.append(off_near if off_near >= 1 else 0.0)
        early, late = t[name + "_open"]
        if off > 5:
            got.wrong.append(f"{name} {iso(span[k])} is {off:.0f} s outside of {iso(early)} ... "
                             f"{iso(late)} (first and last: {span_text(t['start'], t['end'])})")
    if a["ongoing"] != t["ongoing"]:
        got.others_wrong += 1
        got.wrong.append(f"ongoing: {a['ongoing']}, truth: {t['ongoing']}")
    if t["began_before"] not in (None, a["began_before_log"]):
        got.others_wrong += 1
        got.wrong.append(f"began before the log: {a['began_before_log']}, truth: "
                         f"{t['began_before']}")
    whole_again(got, t, a)
    phases(got, t, a)
    if t["numbers"]:
        counts(got, t, a)
    got.notes.append(f"found {span_text(*span)} {a['severity']} {a['kind']} at {a['services']}: "
                     f"{a['requests_failed']}/{a['requests_total']} failed, "
                     f"{a['clients_affected']}/{a['clients_total']} clients; truth: "
                     f"{span_text(t['start'], t['end'])} {told(t)}; open: "
                     + " and ".join(f"{(t[e][1] - t[e][0]) / SECOND:.0f}"
                                    for e in ("start_open", "end_open")) + " s")


def whole_again(got, t, a):
    """When all servers were back: another end than that of the failures."""
    back = t.get("redundancy")
    if back is None:
        return
    told = instant(a["redundancy_restored"])
    if told is None or not back[0] - 2 * SECOND <= told <= back[1] + 2 * SECOND:
        got.others_wrong += 1
        got.wrong.append(f"all servers back: {a['redundancy_restored']}, truth: {iso(back[1])}")


def phases(got, t, a):
    """How long nearly everything failed."""
    if t.get("full_s") is None:
        return
    told = sum(instant(p["to"]) - instant(p["from"]) for p in a["phases"] if p["kind"] == "full")
    told /= SECOND
    if abs(told - t["full_s"]) > max(2 * t.get("window_s", 60), 0.1 * t["full_s"]):
        got.others_wrong += 1
        got.wrong.append(f"phases: {told:.0f} s full, truth: {t['full_s']:.0f} s")


def outside(value, span):
    return max(0, span[0] - value, value - span[1])


def spans_of(t):
    return t.get("numbers_open") or [
        {"affected_pct": [100 * n["affected"] / n["clients"]] * 2, "failed": [n["failed"]] * 2}
        for n in t["numbers"]]


def counts(got, t, a):
    points, off = [], []
    for n in spans_of(t):
        points.append(100.0 if a["affected_pct"] is None else
                      outside(a["affected_pct"], n["affected_pct"]))
        off.append(100.0 if a["requests_failed"] is None else
                   100 * outside(a["requests_failed"], n["failed"]) / max(1, n["failed"][0]))
    got.affected.append(min(points))
    got.failed.append(min(off))
    if min(points) > 2:
        got.wrong.append(f"affected {a['affected_pct']} % ({a['clients_affected']} of "
                         f"{a['clients_total']}); truth: {told(t)}")
    if min(off) > 2 and min(outside(a["requests_failed"] or 0, n["failed"])
                            for n in spans_of(t)) > 2:
        got.wrong.append(f"failed {a['requests_failed']} of {a['requests_total']}; truth: "
                         f"{told(t)}")


def stray(got, truth, a, span, wanted):
    near = [w for w in wanted if shared(w, span) >= -TOUCH]
    text = f"{a['severity']} {a['kind']} {span_text(*span)}, {a['requests_failed']} of " \
           f"{a['requests_total']} failed at {', '.join(a['services'])}"
    length = max(SECOND, span[1] - span[0])
    if any(shared(x, span) >= 0.8 * length or x[0] <= span[0] <= span[1] <= x[1]
           for x in truth["allowed"]):
        got.notes.append("allowed: " + text)
    elif len([w for w in wanted if shared(w, span) >= 0]) > 1:
        got.merges += 1
        got.wrong.append("merges two: " + text)
    elif near and a["severity"] != "low":
        got.fragments += 1
        got.wrong.append("fragment: " + text)
    elif a["severity"] == "low":
        got.low += 1
        got.notes.append("low: " + text)
    else:
        got.false += 1
        got.wrong.append("false alarm: " + text)


# ---- removals ------------------------------------------------------------------------------------

def same_server(t, a, names):
    """A log may name a server by its address."""
    if a["server"] != t["server"] and a["server"] not in names.get(t["server"], ()):
        return False
    return a["backend"] is None or t["backend"] is None or a["backend"] == t["backend"]


def chained(answers):
    """A server that was down and then put into maintenance may be told in two rows that touch."""
    out = []
    for a in sorted(answers, key=lambda a: (a["backend"] or "", a["server"] or "", a["from"])):
        last = out[-1] if out else None
        if last and (last["backend"], last["server"]) == (a["backend"], a["server"]) and (
                last["kind"] != a["kind"] and last["to"] == a["from"]):
            last.update(to=a["to"], kind_too=a["kind"], count=max(last["count"], a["count"]))
        else:
            out.append(dict(a))
    return out


def removals(got, truth, answers, end_of_log):
    answers = chained(answers)
    truths, names = truth["removals"], truth.get("names", {})
    spans = [(instant(a["from"]), instant(a["to"], end_of_log)) for a in answers]
    wanted = [(t["from_open"][0], (t["to_open"] or (0, end_of_log))[1]) for t in truths]

    def alike(i, k):
        if not same_server(truths[i], answers[k], names):
            return 0
        known = [truths[i]["from_open"], truths[i]["to_open"] or (end_of_log, end_of_log)]
        best = [min(max(at, early), late) for at, (early, late) in zip(spans[k], known)]
        share = union_share(best, spans[k])
        return share if share >= OVERLAP else 0

    one = pairs(range(len(truths)), range(len(answers)), alike)
    got.removals_true = len(truths)
    for i, t in enumerate(truths):
        text = f"{t['backend']}/{t['server']} {span_text(*wanted[i])}"
        if i not in one:
            got.wrong.append(f"removal missed: {text}, {'/'.join(sorted(t['kinds']))}"
                             + ("" if t["worded"] else ", no state line"))
            continue
        compare(got, t, answers[one[i]], spans[one[i]], text)
    for k, a in enumerate(answers):
        if k in one.values():
            continue
        text = f"{a['backend']}/{a['server']} {a['kind']} {span_text(*spans[k])}"
        if any((s is None or s in (a["server"], a["backend"])) and x - STRAY <= spans[k][0]
               and spans[k][1] <= y + STRAY for s, x, y in truth["removals_allowed"]):
            got.notes.append("removal allowed: " + text)
            continue
        got.removals_false += 1
        got.wrong.append(f"removal false: {text}" + (", inferred" if a["inferred"] else ""))


def compare(got, t, a, span, text):
    bad = []
    early, late = t["from_open"]
    off = [max(0, early - span[0] - SECOND, span[0] - late - SECOND) / SECOND]
    if (t["to_open"] is None) != (a["to"] is None):
        bad.append("open" if a["to"] is None else f"back {a['to']}")
    elif t["to_open"]:
        off.append(max(0, t["to_open"][0] - span[1] - SECOND, span[1] - t["to_open"][1] - SECOND)
                   / SECOND)
    got.removal_ends += off
    if max(off) > ENDS:
        bad.append(f"ends off by {' and '.join(f'{o:.0f}' for o in off)} s ({span_text(*span)})")
    if not {a["kind"], a.get("kind_too", a["kind"])} <= t["kinds"]:
        got.removal_kinds_wrong += 1
        bad.append(f"kind {a['kind']}, not {'/'.join(sorted(t['kinds']))}")
    if t["count"] is not None and t["worded"] and a["count"] != t["count"]:
        bad.append(f"count {a['count']}, not {t['count']}")
    if bad:
        got.wrong.append(f"removal {text}: " + "; ".join(bad))
    got.removals_found += not any(b.startswith(("open", "back")) for b in bad)
