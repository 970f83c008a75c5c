#!/usr/bin/env python3
"""What --format json writes is what tests/schema.json says, and holds together.

usage: schema.py PROGRAM

Every JSON report of tests/golden/ is checked, and what the program writes as JSON for every other
case there that has a draft. Beyond the schema: what is cited exists, names are unique, bounds
enclose, parts do not exceed the whole.
"""

import json
import os
import shutil
import sys
import tempfile

import jsonschema

import golden

HERE = os.path.dirname(os.path.abspath(__file__))


def unique(report):
    for what in ("incidents", "timeline", "evidence"):
        names = [x["id"] for x in report[what]]
        if len(names) != len(set(names)):
            yield f"{what}: an id twice"
    names = [s["file"] for s in report["sources"]]
    if len(names) != len(set(names)):
        yield "sources: a name twice"


def citations(report):
    known = {e["id"] for e in report["evidence"]}
    for what in ("incidents", "removals", "timeline", "notes"):
        for x in report[what]:
            for e in set(x["evidence"]) - known:
                yield f"{what}: {e} is cited, but is no evidence"
    files = {s["file"] for s in report["sources"] + report["notes"]}
    for e in report["evidence"]:
        if e["file"] not in files:
            yield f"evidence: {e['id']} is of {e['file']}, which is no source"


def incidents(report):
    if report["main"] and report["main"] not in {p["id"] for p in report["incidents"]}:
        yield "main is no incident"
    for p in report["incidents"]:
        if (p["end"] is None) != p["ongoing"]:
            yield f"{p['id']}: end or ongoing, not both"
        for a, b in (("requests_failed", "requests_total"), ("clients_affected", "clients_total")):
            if p[a] is not None and p[a] > p[b]:
                yield f"{p['id']}: {a} beyond {b}"
        if p["start_bounds"][1] != p["start"] or (p["end"] and p["end_bounds"][0] != p["end"]):
            yield f"{p['id']}: bounds of something else"
        least, most = p["duration_bounds_s"]
        if p["duration_s"] < least or (most is not None and p["duration_s"] > most):
            yield f"{p['id']}: the duration is outside its bounds"
    for r in report["removals"]:
        if (r["to"] is None) != r["open"]:
            yield f"removal of {r['server']}: to or open, not both"


def in_order(report):
    times = [e["time"][:19] for e in report["timeline"]]
    if times != sorted(times):
        yield "timeline: not in the order of time"
    for s in report["sources"]:
        if s["understood"] + s["not_understood"] > s["lines"]:
            yield f"{s['file']}: more lines told of than read"


def problems(validator, text):
    report = json.loads(text)
    found = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
             for e in validator.iter_errors(report)]
    if not found:
        for check in (unique, citations, incidents, in_order):
            found += check(report)
    return found


def live(program, name):
    """What the program writes as JSON for a golden case, or None when it writes no draft."""
    case = os.path.join(golden.CASES, name)
    arguments = golden.lines(os.path.join(case, "cmd"))
    if any(a.startswith(("-o", "--output", "--invalid", "--explain", "--formats", "-h", "--help",
                         "-V")) for a in arguments):
        return None
    work = tempfile.mkdtemp(prefix="schema-")
    try:
        answer = golden.run(case, work, program, ["-f", "json"])
    finally:
        golden.unlock(work)
        shutil.rmtree(work)
    return answer["stdout"] if int(answer["status"]) in (0, 3, 10) else None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    with open(os.path.join(HERE, "schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    checked = wrong = 0
    for name in golden.all_cases():
        stored = golden.read(os.path.join(golden.CASES, name, "stdout"))
        texts = [("stdout", stored)] if stored.startswith(b"{\n") else []
        texts.append(("live", live(program, name)))
        for what, text in texts:
            if text is None:
                continue
            checked += 1
            for problem in problems(validator, text):
                print(f"{name} ({what}): {problem}")
                wrong += 1
    print(f"schema: {checked} reports, {wrong} problems")
    return 1 if wrong or checked < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
