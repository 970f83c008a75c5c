"""The judge is judged: a right answer has nothing wrong, and each wrong one is seen."""

import copy
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
from judge import instant, judge  # noqa: E402
from time_world import MINUTE, SECOND, iso  # noqa: E402
from world import Site  # noqa: E402


def played():
    site = Site(random.Random(5), rate=1.0, length=300 * MINUTE, front="haproxy", shape="flat",
                backends={"shop": 2}, background=0)
    out, begin = site.begin + 60 * MINUTE, site.begin + 120 * MINUTE
    site.remove("web-02", out, begin + 30 * MINUTE, "maint")
    site.fault(begin, begin + 20 * MINUTE)
    site.fault(begin + 100 * MINUTE, begin + 110 * MINUTE, share=0.3)
    return site.story().truth


def said(t):
    return None if t is None else iso(t)


def answer(truth):
    """The report that the truth itself would write."""
    incidents = []
    for t in truth["incidents"]:
        n = t["numbers"][0]
        back = t["redundancy"]
        incidents.append({
            "id": said(t["start"]), "kind": t["kind"], "severity": sorted(t["severity"])[0],
            "start": said(t["start"]), "end": said(t["end"]), "ongoing": False,
            "began_before_log": False, "redundancy_restored": said(back and back[1]),
            "phases": [{"kind": "full", "from": said(t["start"]), "to": said(t["end"])}]
            if t["full_s"] else [], "services": ["shop"], "requests_total": n["requests"],
            "requests_failed": n["failed"], "clients_total": n["clients"],
            "clients_affected": n["affected"],
            "affected_pct": 100 * n["affected"] / n["clients"]})
    removals = [{"backend": m["backend"], "server": m["server"], "kind": sorted(m["kinds"])[0],
                 "inferred": False, "from": said(m["from_open"][0]), "to": said(m["to_open"][1]),
                 "open": False, "count": m["count"]} for m in truth["removals"]]
    main = next(i for i, t in enumerate(truth["incidents"]) if t["main"])
    return {"incidents": incidents, "removals": removals, "main": incidents[main]["id"]}


def moved(report, key, what, by, of="incidents", n=0):
    report[of][n][key] = said(instant(report[of][n][key]) + by)
    return what


def split(report):
    """The first incident in two halves."""
    first = report["incidents"][0]
    second = dict(first, id="other")
    middle = (instant(first["start"]) * 2 + instant(first["end"])) // 3
    first["end"], second["start"] = said(middle), said(middle + SECOND)
    report["incidents"].append(second)
    return "fragment"


def joined(report):
    first, second = report["incidents"]
    report["incidents"].append(dict(first, id="all", end=second["end"]))
    return "merges"


def stray(report):
    report["incidents"].append(dict(report["incidents"][0], id="x"))
    for key in ("start", "end"):
        moved(report, key, "", -100 * MINUTE, n=len(report["incidents"]) - 1)
    return "false alarm"


def changed(of, key, value, what, n=0):
    def change(report):
        report[of][n][key] = value
        return what
    return change


def without(of, what, n=0):
    def change(report):
        del report[of][n]
        return what
    return change


def main_is(value):
    def change(report):
        report["main"] = value
        return "drafted"
    return change


WRONG = [
    split, joined, stray, main_is(None), main_is("nothing"),
    without("incidents", "missed"), without("removals", "removal missed"),
    changed("incidents", "severity", "low", "graded low"),
    changed("incidents", "severity", "medium", "graded medium"),
    changed("incidents", "ongoing", True, "ongoing"),
    changed("incidents", "began_before_log", True, "began before"),
    changed("incidents", "requests_failed", 7, "failed 7"),
    changed("incidents", "affected_pct", 90.0, "affected 90"),
    changed("incidents", "redundancy_restored", "2020-01-01T00:00:00Z", "all servers back"),
    changed("incidents", "phases", [], "phases"),
    changed("removals", "kind", "drain", "kind drain"),
    changed("removals", "count", 2, "count 2"),
    changed("removals", "server", "web-01", "removal false"),
    changed("removals", "to", None, "removal missed"),
    lambda r: moved(r, "start", "start", -40 * SECOND),
    lambda r: moved(r, "end", "end", 40 * SECOND, n=1),
    lambda r: moved(r, "from", "ends off", 40 * SECOND, "removals"),
]


def main():
    truth = played()
    right = judge(truth, answer(truth))
    failures = ["a right answer: " + line for line in right.wrong]
    if (right.true, right.found, right.removals_found) != (2, 2, 1):
        failures.append("a right answer: not all found")
    for change in WRONG:
        report = copy.deepcopy(answer(truth))
        what = change(report)
        got = judge(truth, report)
        if not any(line.startswith(what) or what in line for line in got.wrong):
            failures.append(f"not seen: {what}; seen: {got.wrong}")
    for line in failures:
        print(line)
    print(f"{len(WRONG) + 1} answers, {len(failures)} judged wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
