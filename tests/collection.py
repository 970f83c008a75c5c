#!/usr/bin/env python3
"""collection.py PROGRAM - lines of all kinds with the answer beside each.

tests/collection/*.jsonl holds one object per line of log:

    line    the line; a byte that is no UTF-8 is a lone surrogate ("\\udcff")
    about   which shape or case it is
    expect  the record it must give: every field `--format records` prints, and no other, but for
            those of MORE, which are looked at where they are named (null: must not be there);
            null when it must not be understood, "silent" when it is understood but tells nothing
    alone   true for a line whose time does not stand in order with the others of its file

All lines are read twice: a file of them together, and each as a file of its own. Times without a
year are of 2026, times without a zone are three hours ahead of UTC.
"""
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / "collection"
OPTIONS = ["--format", "records", "--no-redact", "--year", "2026", "--assume-tz", "+03:00"]

MORE = {"vhost", "agent", "referrer", "forwarded_for", "upstream_status", "upstream_time_ms",
        "retries", "state", "active_left", "reason", "event", "subject", "rule"}


def instant(text):
    """Microseconds since 1970 of an RFC 3339 time in UTC."""
    if text is None:
        return None
    whole, _, decimals = text.rstrip("Z").partition(".")
    then = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    since = then - datetime.datetime(1970, 1, 1)
    return (since.days * 86400 + since.seconds) * 1000000 + int(decimals.ljust(6, "0") or 0)


def printed(text):
    """As the program prints text in JSON: a byte that is no UTF-8 is U+FFFD."""
    return "".join("\ufffd" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)


def run(program, folder):
    """What the program says about every line below a folder: {(file, line): record or reason}."""
    invalid = os.path.join(folder, "..", "invalid")
    done = subprocess.run([program, *OPTIONS, "--force", "--invalid", invalid, folder],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{program}: exit {done.returncode}\n{done.stderr.decode(errors='replace')}")
    said = {}
    for text in done.stdout.split(b"\n")[:-1]:
        record = json.loads(text)
        said[os.path.basename(record.pop("file")), record.pop("line")] = record
    if os.path.exists(invalid):
        for text in pathlib.Path(invalid).read_bytes().decode(errors="replace").split("\n")[:-1]:
            name, number, column, reason = text.split(":", 3)
            said[os.path.basename(name), int(number)] = f"column {column}:{reason}"
    return said


def differences(want, got):
    """[(field, wanted, got)] of one line."""
    if want is None or want == "silent":
        # A file in which nothing is understood is no log, and none of it is reported.
        good = not isinstance(got, dict) and (want is None or got is None)
        return [] if good else [("understood", want, got)]
    if not isinstance(got, dict):
        return [("understood", want.get("kind"), got)]
    wrong = []
    for field in sorted(want.keys() | got.keys() - MORE):
        a, b = want.get(field), got.get(field)
        if field == "ts_utc":
            a, b = instant(a), instant(b)
        elif isinstance(a, str):
            a = printed(a)
        if a != b or type(a) is not type(b):
            wrong.append((field, want.get(field), got.get(field)))
    return wrong


def compare(entries, said, where):
    """Shows what is wrong; (lines wrong, fields right, fields wrong, {field: wrong})."""
    lines = right = bad = 0
    by_field = {}
    for place, source, entry in entries:
        want, got = entry["expect"], said.get(place)
        wrong = differences(want, got)
        right += (len(want) if isinstance(want, dict) else 1) - len(wrong)
        bad += len(wrong)
        lines += bool(wrong)
        for field, _, _ in wrong:
            by_field[field] = by_field.get(field, 0) + 1
        if wrong:
            print(f"{source} ({where}) {entry.get('about', '')}\n    {entry['line'][:300]!a}")
            for field, a, b in wrong:
                print(f"    {field}: {b!a}, not {a!a}")
    return lines, right, bad, by_field


def main():
    program = os.path.abspath(sys.argv[1])
    total = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        together = os.path.join(scratch, "together")
        alone = os.path.join(scratch, "alone")
        os.mkdir(together)
        os.mkdir(alone)
        mixed, single = [], []
        for path in sorted(HERE.glob("*.jsonl")):
            number = 0
            with open(os.path.join(together, path.stem + ".log"), "wb") as log:
                for i, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                    entry = json.loads(text)
                    data = entry["line"].encode("utf-8", "surrogateescape") + b"\n"
                    source, name = f"{path.name}:{i}", f"{path.stem}-{i}.log"
                    pathlib.Path(alone, name).write_bytes(data)
                    single.append(((name, 1), source, entry))
                    total += 1
                    if not entry.get("alone"):
                        log.write(data)
                        number += 1
                        mixed.append(((path.stem + ".log", number), source, entry))
        for where, entries, folder in (("together", mixed, together), ("alone", single, alone)):
            lines, right, bad, by_field = compare(entries, run(program, folder), where)
            print(f"{where}: {len(entries)} lines, {lines} wrong; {right} fields right, {bad} wrong"
                  + "".join(f", {k} {v}" for k, v in sorted(by_field.items())))
            failed += lines
    sys.exit(bool(failed) or not total)


if __name__ == "__main__":
    main()
