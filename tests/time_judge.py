"""Runs the program over a story's logs and holds its answer against the story's truth.

Nothing is learned from the program: a Truth is filled in by who made the logs. Whatever the story,
all that can be known of any logs is checked too: the instant of each line that is cited, first and
last of each file, and that neither the reader's zone nor (where the truth does not rest on them)
the times of the files change a byte.
"""

import json
import os
import re
import shlex
import subprocess

from time_world import SECOND, at, iso

TIMEOUT = 300
WIPED = at("2027-08-09T10:11:12")  # what a copy leaves: one instant, which tells nothing
SHOWN = 12                         # complaints per story


class Truth:
    def __init__(self, bundle):
        self.bundle = bundle
        self.options = []
        self.start = self.end = None      # (earliest, latest), microseconds
        self.failed = None                # (least, most)
        self.edges = None                 # numbers of the requests that may be first and last
        self.incident = True              # is there one? None: nothing is known of it
        self.slack = {}                   # host: seconds that its lines may be off
        self.sources = {}                 # path: {zone, zone_from, year_from, skew, gaps}
        self.clocks = []                  # (path, host, stamp, the same of one clock in it)
        self.cited = []                   # Lines that the draft must cite
        self.gaps = []                    # (path or "all logs", from, to, kind)
        self.no_gaps = False
        self.uncited_ok = set()           # files whose lines are not where they were written
        self.status = {0}
        self.says = []                    # (what, pattern, "md", "warnings" or "verbose")
        self.never = []                   # likewise
        self.mtime_free = True            # the truth does not rest on the files' times
        self.extra = []                   # functions of (truth, report, draft): complaints

    def outage(self, world, outage=None, log=None):
        """What the requests that failed say. log: the lines that tell, where some were lost."""
        failed = world.failed(outage)
        first, last = failed[0], max(failed, key=lambda r: r.end)
        self.start = (first.t, first.t)
        self.end = (max(r.t for r in failed), last.end)
        self.edges = ({r.n for r in failed if r.t - first.t <= SECOND},
                      {r.n for r in failed if last.end - r.end <= SECOND
                       or self.end[0] - r.t <= SECOND})
        logged = len(failed) if log is None else len(
            {line.request.n for line in log if line.request and line.request in failed})
        self.failed = (logged, len(failed))

    def source(self, path, **known):
        self.sources[path] = known

    def clock(self, path, host, stamp, **known):
        self.clocks.append((path, host, stamp, known))


def instant(text):
    return None if text is None else at(text.rstrip("Z"))


class Answer:
    """What the program said about a folder."""

    def __init__(self, program, folder, options, zone="UTC"):
        self.program, self.folder, self.options, self.zone = program, folder, options, zone
        self.json, self.status, self.stderr = self.run("json")
        self.md, status, _ = self.run("md")
        self.status = self.status or status

    def arguments(self, form, *more):
        return [self.program, *more, "-f", form, *self.options, "."]

    def run(self, form, *more):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PMT_")}
        environment.update(TZ=self.zone)
        p = subprocess.run(self.arguments(form, *(more or ("-q",))), cwd=self.folder,
                           env=environment, capture_output=True, timeout=TIMEOUT)
        return p.stdout, p.returncode, p.stderr.decode(errors="replace")

    def command(self, form="json"):
        return (f"cd {shlex.quote(self.folder)} && TZ={self.zone} "
                + " ".join(shlex.quote(a) for a in self.arguments(form)))


def outside(got, span, slack):
    return got is None or not span[0] - slack <= got <= span[1] + slack


def judge(truth, answer):
    """Complaints, one line each: what, the truth, the answer."""
    if answer.status not in truth.status:
        return [f"exit status {answer.status}, not {sorted(truth.status)}: {answer.stderr[:600]}"]
    try:
        report = json.loads(answer.json)
    except ValueError as problem:
        return [f"no JSON: {problem}"]
    draft = answer.md.decode(errors="replace")
    bad = []
    bad += incident(truth, report, draft)
    bad += cited(truth, report)
    bad += sources(truth, report)
    bad += gaps(truth, report)
    texts = {"md": draft, "warnings": "\n".join(report["warnings"])}
    if any(where == "verbose" for _, _, where in truth.says):
        texts["verbose"] = answer.run("json", "-v")[2]
    for what, pattern, where in truth.says:
        if not re.search(pattern, texts[where], re.S):
            bad.append(f"{what}: truth: {where} says it; answer: nothing matches {pattern!r}")
    for what, pattern, where in truth.never:
        found = re.search(pattern, texts[where], re.S)
        if found:
            bad.append(f"{what}: truth: not said; answer: {where} says {found[0][:200]!r}")
    for check in truth.extra:
        bad += check(truth, report, draft)
    return bad


def incident(truth, report, draft):
    main = next((i for i in report["incidents"] if i["id"] == report["main"]), None)
    if truth.incident is None:
        return []
    if not truth.incident:
        return [f"incident: truth: none; answer: {main['start']}"] if main else []
    if not main:
        return [f"incident: truth: {iso(truth.start[0])} to {iso(truth.end[1])}; answer: none "
                f"({len(report['incidents'])} in all)"]
    bad = []
    for name in ("start", "end"):
        span, got = getattr(truth, name), instant(main[name])
        if span and outside(got, span, SECOND):
            off = "" if got is None else f" ({(got - span[0]) / SECOND:+.1f} s)"
            bad.append(f"incident's {name}: truth: {iso(span[0])}"
                       + (f" ... {iso(span[1])}" if span[1] != span[0] else "")
                       + f"; answer: {main[name]}{off}")
    shown = re.search(r"Duration:[^\n]*? from (\S+ \S+) UTC[^\n]*? to (\S+ \S+) UTC", draft)
    for i, name in enumerate(("start", "end")):
        span = getattr(truth, name)
        got = at(shown[i + 1].replace(" ", "T")) if shown else None
        if span and outside(got, span, SECOND):
            bad.append(f"summary's {name}: truth: {iso(span[0])}; answer: {iso(got)}")
    span, got = truth.failed, main["requests_failed"]
    if span and outside(got, span, 0):
        bad.append(f"requests failed: truth: {span[0]}"
                   + (f" to {span[1]}" if span[1] != span[0] else "") + f"; answer: {got}")
    if truth.edges:
        lines = [truth.bundle.line(e["file"], e["line"]) for e in report["evidence"]
                 if e["id"] in main["evidence"]]
        cites = {line.request.n for line in lines if line and line.request}
        for name, numbers in zip(("first", "last"), truth.edges):
            if not cites & numbers:
                bad.append(f"citation of the {name} failed request: truth: one of requests "
                           f"{sorted(numbers)}; answer: lines of requests {sorted(cites)}")
    return bad + other_incidents(truth, [i for i in report["incidents"] if i is not main])


def other_incidents(truth, others):
    """A time without a line in any log is an incident of its own: of no request is known that it was
    served. There is no other."""
    bad = []
    silent = [g for g in truth.gaps if g[0] == "all logs" and g[3] == "silent"]
    for _, begin, end, _ in silent:
        found = next((i for i in others if i["kind"] == "silence" and
                      abs(instant(i["start"]) - begin) <= 2 * SECOND and
                      abs(instant(i["end"]) - end) <= 2 * SECOND), None)
        if found:
            others = [i for i in others if i is not found]
        else:
            bad.append(f"incidents: truth: silence from {iso(begin)} to {iso(end)}; answer: none")
    if others:
        bad.append(f"incidents: truth: {1 + len(silent)}; also "
                   + ", ".join(f"{i['start']} to {i['end']}" for i in others)[:300])
    return bad


def cited(truth, report):
    """The instant of each line that the draft cites, and that the telling lines are among them."""
    bad, seen = [], set()
    for e in report["evidence"]:
        line = truth.bundle.line(e["file"], e["line"])
        if line is None:
            bad.append(f"{e['id']}: truth: there is no line {e['file']}:{e['line']}")
            continue
        seen.add(id(line))
        slack = round(truth.slack.get(line.host, 1.0) * SECOND)
        got = instant(e["time"])
        if e["file"] not in truth.uncited_ok and outside(got, (line.first, line.last), slack):
            off = "no time" if got is None else f"{(got - line.first) / SECOND:+.1f} s"
            bad.append(f"{e['id']} {e['file']}:{e['line']}: truth: {iso(line.first)}; answer: "
                       f"{e['time']} ({off}); line: {line.text[:70]}")
        if line.host and e["host"] and e["host"] != line.host:
            bad.append(f"{e['id']} {e['file']}:{e['line']}: host: truth: {line.host}; answer: "
                       f"{e['host']}")
    for line in truth.cited:
        if id(line) not in seen:
            bad.append(f"not cited: truth: at {iso(line.t)}: {line.text[:90]}")
    return bad


def sources(truth, report):
    bad = []
    there = {s["file"]: s for s in report["sources"]}
    for path, lines in truth.bundle.lines.items():
        s = there.get(path)
        if s is None or path in truth.uncited_ok:
            continue
        slack = round(max([truth.slack.get(line.host, 1.0) for line in lines] or [1]) * SECOND)
        for name, pick in (("first", min), ("last", max)):
            if not lines:
                continue
            span = (pick(line.first for line in lines), pick(line.last for line in lines))
            got = instant(s[name])
            if outside(got, span, slack):
                off = "" if got is None else f" ({(got - span[0]) / SECOND:+.1f} s)"
                bad.append(f"{path}: {name}: truth: {iso(span[0])}; answer: {s[name]}{off}; "
                           f"zone {s['zone']} from {s['zone_from']}, year from {s['year_from']}")
    for path, known in truth.sources.items():
        s = there.get(path)
        if s is None:
            bad.append(f"{path}: truth: a source; answer: not in sources")
            continue
        bad += as_known(path, known, s)
    for path, host, stamp, known in truth.clocks:
        clock = next((c for c in there.get(path, {"clocks": ()})["clocks"]
                      if c["host"] == host and c["stamp"] == stamp), None)
        if clock is None:
            bad.append(f"{path}: truth: it holds {host}'s {stamp} clock; answer: no such clock")
        else:
            bad += as_known(f"{path}: {host}'s {stamp} clock", known, clock)
    return bad


def as_known(whose, known, got):
    bad = []
    for name in ("zone", "zone_from", "year_from"):
        if name in known and got[name] not in known[name]:
            bad.append(f"{whose}: {name}: truth: {' or '.join(map(str, known[name]))}; answer: "
                       f"{got[name]} ({got['zone_why']})")
    if "skew" in known:
        low, high = known["skew"]
        if got["skew_s"] is None or not low <= got["skew_s"] <= high:
            bad.append(f"{whose}: skew_s: truth: {low} to {high}; answer: {got['skew_s']}")
        if not got["skew_n"] or got["skew_against"] in (None, got["host"]):
            bad.append(f"{whose}: truth: compared with another host's; answer: skew_n "
                       f"{got['skew_n']}, skew_against {got['skew_against']}")
        if (low > 1 or high < -1) and not got["skew_corrected"]:
            bad.append(f"{whose}: skew_corrected: truth: it can be taken off; answer: false")
    return bad


def gaps(truth, report):
    bad = []
    all_gaps = [(s["file"], instant(g["from"]), instant(g["to"]), g["kind"])
                for s in report["sources"] for g in s["gaps"]]
    all_gaps += [("all logs", instant(g["from"]), instant(g["to"]), g["kind"])
                 for g in report["span"]["gaps"]]
    shown = "; ".join(f"{f}: {iso(a)} to {iso(b)} {k}" for f, a, b, k in all_gaps) or "none"
    for path, begin, end, kind in truth.gaps:
        if not any(f.startswith(path) and abs(a - begin) <= 2 * SECOND
                   and abs(b - end) <= 2 * SECOND and k == kind
                   for f, a, b, k in all_gaps):
            bad.append(f"gap: truth: {path}: {iso(begin)} to {iso(end)} {kind}; answer: "
                       f"{shown[:400]}")
    if truth.no_gaps and all_gaps:
        bad.append(f"gaps: truth: none; answer: {shown[:400]}")
    return bad


# ---- what must not matter ------------------------------------------------------------------------

def differing(name, wanted, got):
    """One complaint, or none."""
    for form in ("json", "md"):
        a, b = (getattr(x, form).decode(errors="backslashreplace").splitlines()
                for x in (wanted, got))
        if a == b:
            continue
        pairs = [(x, y) for x, y in zip(a, b) if x != y]
        more = f"; {len(pairs)} lines differ" if len(pairs) > 1 else ""
        x, y = pairs[0] if pairs else (f"{len(a)} lines", f"{len(b)} lines")
        start = max(0, next((i for i, (p, q) in enumerate(zip(x, y)) if p != q), 0) - 60)
        return [f"{name} ({form}): truth: {x[start:start + 200].strip()}; answer: "
                f"{y[start:start + 200].strip()}{more}"]
    return []


class Shown:
    """An answer without what a host's zone moves: the zone as stated, and the excerpts."""

    def __init__(self, answer, host, bundle):
        report = json.loads(answer.json)
        files = {path for path, lines in bundle.lines.items()
                 if any(line.host == host for line in lines)}
        self.host, self.zones, zoneless = host, set(), set()
        for s in report["sources"]:
            for clock in s["clocks"]:
                if clock["host"] in (host, None) and clock["zone_from"] != "line" \
                        and s["file"] in files:
                    self.zones.add(clock["zone"])
                    clock["zone"] = "ZONE"
        for s in report["sources"]:
            most = max(s["clocks"], key=lambda clock: clock["lines"], default={"host": None})
            if s["file"] in files and s["zone_from"] != "line" and most["host"] in (host, None):
                zoneless.add(s["file"])
                s["zone"] = "ZONE"
        for e in report["evidence"]:
            if e["file"] in files and e["host"] in (host, None):
                e["excerpt"] = "..."
        for said in (report["warnings"], report["draft"]["banner"]):
            said[:] = [self.unzoned(text) for text in said]
        self.json = json.dumps(report, indent=1).encode()
        draft = []
        for row in answer.md.decode().split("\n"):
            cell = re.match(r"(\| E\d+ \| [^|]* \| (?:`([^`]*)`)? \| `([^`]*):\d+` \| [\d,]+ \|) `",
                            row)
            if cell and cell[3] in files and cell[2] in (host, None):
                row = f"{cell[1]} ..."
            cell = re.match(r"\| `([^`]*)` \| [\w-]+ \| ((?:UTC|[+-]\d\d:\d\d)): ", row)
            if cell and cell[1] in zoneless and cell[2] in self.zones:
                row = row.replace(f"| {cell[2]}: ", "| ZONE: ", 1)
            elif cell is None and row.startswith("| `"):  # a log of several hosts
                for zone in self.zones:
                    row = re.sub(rf"(`{re.escape(host)}`: ){re.escape(zone)}: (?!each line)",
                                 r"\1ZONE: ", row)
            row = re.sub(r"(<!-- pm-timeline:begin \w+)[^>]*-->", r"\1 -->", row)  # hashes
            draft.append(self.unzoned(row) if row.startswith("> ") else row)
        self.md = "\n".join(draft).encode()

    def unzoned(self, text):
        """`lb-01`: +05:45  in the banner"""
        for zone in self.zones:
            if zone:
                text = re.sub(rf"({re.escape(self.host)}`?: ){re.escape(zone)}(?![\d:])",
                              r"\1ZONE", text)
        return text
