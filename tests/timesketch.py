#!/usr/bin/env python3
"""What --format timesketch writes is what Timesketch imports, for every golden case with a draft.

usage: timesketch.py PROGRAM

The rules are those of its importer: a JSON object per line; message, datetime and timestamp_desc
are there and are text; the datetime is ISO 8601 with an offset, not before 1700, and the timestamp
the same instant in microseconds; tag is a list of texts; no field is longer than 32,766 bytes, where
search by keyword ends. Beyond them: lines in order of time, each id once, what is cited is there.
"""

import datetime
import json
import os
import re
import shutil
import sys
import tempfile

import golden

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
LONGEST = 32766


def wrong(line):
    event = json.loads(line)
    for name in ("message", "datetime", "timestamp_desc"):
        if not isinstance(event.get(name), str) or not event[name]:
            yield f"no {name}"
    if not STAMP.fullmatch(event["datetime"]):
        yield f"datetime {event['datetime']}"
    instant = datetime.datetime.fromisoformat(event["datetime"])
    if instant.year < 1700:
        yield f"datetime {event['datetime']} is dropped"
    us = (instant - EPOCH) // datetime.timedelta(microseconds=1)
    if type(event["timestamp"]) is not int or event["timestamp"] != us:
        yield f"timestamp {event['timestamp']} is not {us}"
    if not all(isinstance(tag, str) and tag for tag in event["tag"]):
        yield f"tag {event['tag']}"
    for name, value in event.items():
        if len(json.dumps(value).encode()) > LONGEST:
            yield f"{name} is too long"
        if re.search(r"[\x00-\x1f\x7f]", str(value)):
            yield f"{name} holds control bytes"


def check(text):
    lines = text.decode().split("\n")
    if lines.pop():
        yield "the last line has no end"
    for number, line in enumerate(lines, 1):
        yield from (f"line {number}: {what}" for what in wrong(line))
    events = [json.loads(line) for line in lines]
    ids = [e["id"] for e in events]
    if len(ids) != len(set(ids)):
        yield "an id twice"
    if any(a["timestamp"] > b["timestamp"] for a, b in zip(events, events[1:])):
        yield "not in order of time"
    for e in events:
        if set(e.get("evidence", [])) - set(ids):
            yield f"{e['id']} cites what is not there"


def written(name, program):
    """What the program writes for a golden case, or None when it writes no draft."""
    case = os.path.join(golden.CASES, name)
    arguments = golden.lines(os.path.join(case, "cmd"))
    other = ("--format", "--explain", "-f", "--update", "-o", "--help", "-h", "--version", "-V")
    if any(argument.startswith(other) for argument in arguments):
        return None
    work = tempfile.mkdtemp(prefix="timesketch-")
    try:
        answer = golden.run(case, work, program, ["-f", "timesketch"])
    finally:
        golden.unlock(work)
        shutil.rmtree(work)
    return answer["stdout"] if answer["status"] in (b"0\n", b"3\n", b"10\n") else None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    failed, events = False, 0
    for name in golden.all_cases():
        text = written(name, os.path.abspath(sys.argv[1]))
        if text is None:
            continue
        events += text.count(b"\n")
        for what in check(text):
            print(f"{name}: {what}")
            failed = True
    if events < 100:
        sys.exit(f"timesketch.py: {events} events in all cases: nothing was tested")
    sys.exit(failed)


if __name__ == "__main__":
    main()
