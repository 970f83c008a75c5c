"""Compares the program's answer with what the driver knows. Exact where logs can be exact."""
import datetime
import json
import os
import re

import logs as played
import story

SECOND = 1000000
SECTIONS = ("Issue Summary", "Timeline", "Root cause and resolution",
            "Corrective and preventative measures")


def instant(value):
    """Microseconds since 1970 from an integer of them or an RFC 3339 time with its zone."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"no instant: {value!r}")
    if isinstance(value, int):
        return value
    t = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if t.tzinfo is None:
        raise ValueError(f"no zone in {value!r}")
    return (t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) \
        // datetime.timedelta(microseconds=1)


def clock(us):
    t = datetime.datetime.fromtimestamp(us / SECOND, datetime.timezone.utc)
    return t.strftime("%H:%M:%S.%f")[:-3] + "Z"


class Report:
    def __init__(self, tell):
        self.tell = tell
        self.failures = 0

    def expect(self, ok, what, detail=""):
        self.failures += not ok
        self.tell(("ok    " if ok else "FAIL  ") + what + (f": {detail}" if detail else ""))

    def attempt(self, what, function):
        """A field that is missing or of another type is a failure of that check, not of all."""
        try:
            function()
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as e:
            self.expect(False, what, f"{type(e).__name__}: {e}")

    def near(self, what, got, low, high):
        """got lies within one second of the driver's [low, high]."""
        self.expect(low - SECOND <= got <= high + SECOND, what,
                    f"{clock(got)}, driver {clock(low)}")


def check_incident(report, truth, logs, found):
    outage = story.incident(truth)
    start, end = instant(found["start"]), instant(found["end"])
    report.near("incident start", start, outage["start"], outage["start"])
    report.near("incident end", end, outage["end"], outage["end"])
    report.attempt("start bounds", lambda: report.expect(
        instant(found["start_bounds"][0]) <= start <= instant(found["start_bounds"][1]),
        "start bounds hold the start"))
    report.expect(abs(found["duration_s"] - (end - start) / SECOND) <= 1, "duration",
                  f"{found['duration_s']} s")

    # HAProxy may lose lines over a socket; what is not in its log cannot be asked of the program.
    seen, _ = played.haproxy(logs, played.year_of(truth))
    in_log = sum(r["status"] >= 500 for r in seen)
    lost = outage["requests_failed"] - in_log
    got = found["requests_failed"]
    report.expect(in_log <= got <= in_log + lost, "failed requests",
                  f"{got}, driver {outage['requests_failed']}, haproxy.log {in_log}")
    got = found["clients_affected"]
    report.expect(outage["clients_affected"] - lost <= got <= outage["clients_affected"],
                  "clients affected", f"{got}, driver {outage['clients_affected']}")
    # The bounds may each be off by a second, and so may what lies between them; a request that
    # is counted in two logs would nearly double the total.
    most, most_clients = story.within(truth, outage["start"] - SECOND, outage["end"] + SECOND)
    least, least_clients = story.within(truth, outage["start"] + SECOND, outage["end"] - SECOND)
    got = found["requests_total"]
    report.expect(least - lost <= got <= most, "requests in the window, each once",
                  f"{got}, driver {least} to {most}")
    got = found["clients_total"]
    report.expect(least_clients - lost <= got <= most_clients, "clients in the window",
                  f"{got}, driver {least_clients} to {most_clients}")
    share = 100 * found["clients_affected"] / found["clients_total"]
    report.expect(abs(found["affected_pct"] - share) <= 0.51, "share of clients affected",
                  f"{found['affected_pct']} %, which is {share:.1f} %")


def check_removals(report, truth, logs, removals):
    actions = truth["actions"]
    forced = [r for r in removals if r["kind"] == "maintenance"]
    report.expect(len(forced) == 1 and forced[0]["server"] == "web-2"
                  and forced[0]["backend"] == "shop", "one maintenance, of shop/web-2",
                  f"{len(forced)} found")
    for r in forced[:1]:
        for field, name in (("from", "web-2 maintenance"), ("to", "web-2 ready")):
            report.near(f"maintenance {field}", instant(r[field]), actions[name]["before"],
                        actions[name]["after"])
        report.expect(not r["open"], "the maintenance ended")
    _, states = played.haproxy(logs, played.year_of(truth))
    down = [r for r in removals if r["server"] == "web-1" and r["kind"] == "down"]
    report.expect(len(down) == 1, "web-1 down once, though two logs tell it", f"{len(down)} found")
    for r in down[:1]:
        for field, literal in (("from", "web-1 is DOWN"), ("to", "web-1 is UP")):
            at = played.first_state(states, literal)
            report.near(f"web-1 down {field}", instant(r[field]), at, at)


def cited_file(logs, shown):
    """The file a citation names: relative to the argument, with or without its parents."""
    found = [os.path.join(folder, name) for folder, _, names in os.walk(logs) for name in names]
    found = [p for p in found if ("/" + p).endswith("/" + shown)]
    return found[0] if len(found) == 1 else None


def holds(line, excerpt):
    """The excerpt stands in the line; "…" or "..." in it may stand for anything."""
    at = 0
    for piece in re.split(r"…|\.\.\.", excerpt):
        at = line.find(piece.strip(), at)
        if at < 0:
            return False
        at += len(piece.strip())
    return bool(excerpt.strip(" .…"))


def check_evidence(report, logs, document):
    evidence = document["evidence"]
    wrong = []
    for e in evidence:
        path = cited_file(logs, e["file"])
        if not path:
            wrong.append(f"{e['id']} cites {e['file']}, which is no one file of the logs")
            continue
        lines = played.lines(path)
        if not 1 <= e["line"] <= len(lines) or not holds(lines[e["line"] - 1], e["excerpt"]):
            wrong.append(f"{e['id']} cites {e['file']}:{e['line']}, which does not say that")
    report.expect(len(evidence) >= 3 and not wrong, "citations hold",
                  f"{len(evidence)} checked" + "".join("; " + w for w in wrong[:5]))
    gz = sum(e["file"].endswith(".gz") for e in evidence)
    report.expect(gz > 0, "the lead-up is cited from a compressed rotation", f"{gz} citations")
    known = {e["id"] for e in evidence}
    used = {i for f in document["incidents"] for i in f["evidence"]}
    report.expect(bool(used) and used <= known, "the incident cites known evidence",
                  " ".join(sorted(map(str, used - known))))


def check_json(text, truth, logs, tell):
    """Number of failed checks of the JSON answer."""
    report = Report(tell)
    try:
        document = json.loads(text)
    except ValueError as e:
        report.expect(False, "the JSON can be read", str(e))
        return report.failures

    def main_incident():
        found = document["incidents"]
        report.expect(len(found) == 1, "one incident", f"{len(found)} found")
        main = next(f for f in found if f["id"] == document["main"])
        check_incident(report, truth, logs, main)

    report.attempt("incident", main_incident)
    report.attempt("removals", lambda: check_removals(report, truth, logs, document["removals"]))
    report.attempt("evidence", lambda: check_evidence(report, logs, document))
    for part in ("timeline", "sources"):
        report.attempt(part, lambda p=part: report.expect(
            len(document[p]) > 0, f"{p} is not empty"))
    return report.failures


def check_markdown(text, tell):
    report = Report(tell)
    headings = [h.strip(" #\r") for h in re.findall(r"^#{1,3} .*$", text, re.M)]
    places = [next((i for i, h in enumerate(headings) if h.lower() == s.lower()), None)
              for s in SECTIONS]
    report.expect(None not in places and places == sorted(places),
                  "the draft has the four sections in order", ", ".join(headings[:8]))
    return report.failures
