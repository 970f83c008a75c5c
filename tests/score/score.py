"""Plays each kind, runs the program over its logs, holds the answer against the truth.

    score.py PROGRAM [--seed N] [--rounds N] [--kinds a,b] [-v] [--keep DIR] [--floor] [--list]

README.md says what is counted how. --floor: fail only when it is worse than it was.
"""

import argparse
import glob
import importlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
from time_world import SECOND, at, iso  # noqa: E402
from judge import judge, summary        # noqa: E402

# What is asked of the kinds that the detector is worked on with, and of the others.
TUNED = {"recall": 1.0, "precision": 1.0, "boundary_p95": 5.0, "affected": 2.0, "severity": 1.0,
         "main": 1.0, "removals": 1.0, "removals_false": 0}
UNTOUCHED = {"recall": 0.95, "precision": 0.95, "boundary_p95": 5.0, "affected": 2.0}
# What must never be lost again of what is reached; raised as more is.
FLOOR = {"tuned": {"recall": 0.94, "precision": 1.0, "boundary_p95": 5.0, "affected": 2.0,
                   "severity": 1.0, "main": 0.96, "removals": 1.0, "removals_false": 0},
         "untouched": {"recall": 1.0, "precision": 1.0}}


def kinds():
    """{name: (module, function)}, in the order of the files."""
    found = {}
    paths = sorted(glob.glob(os.path.join(HERE, "kinds_*.py"))) + [
        os.path.join(HERE, "untouched.py")]
    for path in paths:
        if os.path.exists(path):
            module = importlib.import_module(os.path.basename(path)[:-3])
            for function in module.KINDS:
                found[function.__name__] = (module.__name__, function)
    return found


def run(program, folder, options):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PMT_")}
    environment.update(TZ="UTC", LC_ALL="C")
    p = subprocess.run([program, "-q", "-f", "json", *options, "."], cwd=folder, env=environment,
                       capture_output=True, timeout=120)
    if p.returncode:
        raise ValueError(f"exit status {p.returncode}: {p.stderr.decode(errors='replace')[:500]}")
    return json.loads(p.stdout)


def play(name, function, seed, program, folder):
    rng = random.Random(seed * 1000003 + zlib.crc32(name.encode()))
    begun = time.monotonic()
    story = function(rng)
    story.write(folder)
    with open(os.path.join(folder, "..", os.path.basename(folder) + ".truth.json"), "w") as f:
        json.dump({"options": story.options, "about": story.about, **readable(story.truth)}, f,
                  indent=1, default=sorted)
    written = time.monotonic()
    try:
        report = run(program, folder, story.options)
        got = judge(story.truth, report)
    except (ValueError, subprocess.TimeoutExpired) as problem:
        got = judge(story.truth, {"incidents": [], "removals": [], "main": None})
        got.wrong.insert(0, f"the program failed: {problem}")
        got.failed_run = True
    got.took = (written - begun, time.monotonic() - written)
    got.about = story.about
    return got


def readable(value):
    """Instants as people read them, for --keep."""
    if isinstance(value, dict):
        return {k: readable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(v) for v in value]
    if isinstance(value, int) and not isinstance(value, bool) and value > 10 ** 14:
        return iso(value)
    return value


def table(rows):
    head = ("kind", "runs", "true", "found", "miss", "frag", "merge", "false", "low", "grade",
            "main", "start s", "end s", "aff. pt", "count %", "removals", "r.false", "ms")
    lines = [head]
    for name, some in rows:
        s = summary(some)
        lines.append((name, s["runs"], s["true"], s["found"], s["misses"] or "", s["fragments"] or
                      "", s["merges"] or "", s["false"] or "", s["low"] or "",
                      s["grades_wrong"] or "", s["mains_wrong"] or "", far(s["starts"]),
                      far(s["ends"]), far(s["affected"]), far(s["failed"]),
                      f"{s['removals_found']}/{s['removals_true']}" if s["removals_true"] else "",
                      s["removals_false"] or "", round(1000 * s["slowest"])))
    wide = [max(len(str(line[i])) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(str(c).ljust(w) if i == 0 else str(c).rjust(w)
                        for i, (c, w) in enumerate(zip(line, wide))).rstrip())


def far(values):
    return f"{max(values):.1f}" if values else ""


def part(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def totals(title, results, asked, floor, only_floor):
    """Prints what was reached; true when it is what is asked."""
    s = summary(results)
    edges = s["starts"] + s["ends"]
    strays = s["false"] + s["fragments"] + s["merges"]
    n = max(1, s["found"])
    reached = {
        "recall": s["found"] / s["true"] if s["true"] else 1.0,
        "precision": s["found"] / (s["found"] + strays) if s["found"] + strays else 1.0,
        "boundary_median": part(edges, 0.5), "boundary_p95": part(edges, 0.95),
        "affected": part(s["affected"], 0.95), "failed": part(s["failed"], 0.95),
        "severity": 1 - s["grades_wrong"] / n, "main": 1 - s["mains_wrong"] / max(1, s["runs"]),
        "removals": s["removals_found"] / max(1, s["removals_true"]) if s["removals_true"] else 1.0,
        "removals_false": s["removals_false"],
    }
    print(f"\n{title}: {s['runs']} stories, {s['true']} incidents, {s['found']} found, "
          f"{s['misses']} missed ({s['too_low']} graded low), {s['false']} false alarms, "
          f"{s['low']} low findings, {s['fragments']} fragments, {s['merges']} merges")
    print(f"  recall {reached['recall']:.3f}  precision {reached['precision']:.3f}  "
          f"grade right {reached['severity']:.3f}  drafted right {reached['main']:.3f}")
    print(f"  boundaries beyond what traffic leaves open: median "
          f"{reached['boundary_median']:.1f} s, p95 {reached['boundary_p95']:.1f} s, "
          f"worst {max(edges, default=0):.1f} s")
    print(f"  boundaries beyond the nearest good request: median {part(s['near'], 0.5):.1f} s, p95 "
          f"{part(s['near'], 0.95):.1f} s (not judged: no one can tell a background failure)")
    print(f"  affected: p95 {reached['affected']:.2f} points; failed count: p95 "
          f"{reached['failed']:.2f} %")
    ends = s["removal_ends"]
    print(f"  removals {s['removals_found']} of {s['removals_true']}, {s['removals_false']} false, "
          f"kind wrong {s['removal_kinds_wrong']}, ends p95 {part(ends, 0.95):.1f} s")
    print(f"  ongoing, begun before, all servers back, length of full failure: "
          f"{s['others_wrong']} wrong")
    ok = not s["failed_runs"]
    for limits, word in ((asked, "NOT REACHED"), (floor, "WORSE THAN IT WAS")):
        for what, limit in limits.items():
            upper = what in ("boundary_p95", "affected", "removals_false")
            if reached[what] > limit if upper else reached[what] < limit:
                print(f"  {word}: {what} {reached[what]:.3f}, asked {limit}")
                ok &= only_floor and limits is asked
    return ok


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("program", nargs="?")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--rounds", type=int, default=1, help="seeds N, N+1, ...")
    p.add_argument("--kinds", default="", help="names, with commas; a part of a name will do")
    p.add_argument("-v", "--verbose", action="store_true")
    p.add_argument("--keep", help="leave the logs and truths in this folder")
    p.add_argument("--floor", action="store_true",
                   help="exit 0 unless it is worse than it was (seed 1, all kinds)")
    p.add_argument("--list", action="store_true")
    a = p.parse_args()
    wanted = [w for w in a.kinds.split(",") if w]
    chosen = {k: v for k, v in kinds().items() if not wanted or k in wanted
              or not any(w in kinds() for w in wanted) and any(w in k for w in wanted)}
    if a.list or not a.program:
        for name, (module, function) in chosen.items():
            print(f"{module:16} {name:28} {(function.__doc__ or '').splitlines()[0]}")
        return 0
    program = os.path.abspath(a.program)
    top = a.keep or tempfile.mkdtemp(prefix="score-")
    results, rows = {}, []
    for name, (module, function) in chosen.items():
        some = []
        for seed in range(a.seed, a.seed + a.rounds):
            folder = os.path.join(top, f"{name}-{seed}")
            os.makedirs(folder, exist_ok=True)
            got = play(name, function, seed, program, folder)
            some.append(got)
            told = module != "untouched" or wanted or a.verbose
            if a.verbose or got.wrong and told:
                print(f"{'FAIL' if got.wrong else 'PASS'} {name} seed {seed} [{got.about}] "
                      f"wrote in {got.took[0]:.2f} s, read in {got.took[1]:.2f} s")
                for line in got.wrong + (got.notes if a.verbose else []):
                    print("     " + line)
            if not a.keep:
                shutil.rmtree(folder)
        results.setdefault(module, []).extend(some)
        rows.append((name, some))
    if not a.keep:
        shutil.rmtree(top)
    print()
    table(rows)
    ok = True
    tuned = [r for m, some in results.items() if m != "untouched" for r in some]
    if tuned:
        ok &= totals("Tuned kinds", tuned, TUNED, FLOOR["tuned"], a.floor)
    if "untouched" in results:
        ok &= totals("Untouched kinds", results["untouched"], UNTOUCHED, FLOOR["untouched"],
                     a.floor)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
