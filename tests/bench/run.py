#!/usr/bin/env python3
"""Times pm-timeline beside what people use today, over the same files, in one run.

run.py PROGRAM [--dir DIR] [--runs N]

Makes its logs first (about 1 GB, a minute or two; kept in DIR for the next time; SCALE=0.1 makes
less). Prints the median wall time, cpu time and peak memory of each command, and the ratio to
pm-timeline. Nothing here decides whether a test passes: machines differ, ratios less so.
"""
import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def measure(command, runs):
    """Median wall and cpu seconds and the largest resident set of one process, in MB."""
    wall, cpu, peak = [], [], 0
    for _ in range(runs + 1):  # the first fills the page cache and is not counted
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall.append(time.monotonic() - start)
        cpu.append(usage.ru_utime + usage.ru_stime)
        peak = max(peak, usage.ru_maxrss / 1024)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1):
            sys.exit("%s: exit status %d" % (" ".join(command[:3]), child.returncode))
    return statistics.median(wall[1:]), statistics.median(cpu[1:]), peak


def make(folder, what, done):
    if os.path.exists(done):
        return
    print("making %s ..." % folder, flush=True)
    subprocess.run([sys.executable, os.path.join(HERE, "make.py"), folder, what], check=True)


def table(title, rows, runs):
    print("\n%s" % title)
    base = None
    for name, command in rows:
        wall, cpu, peak = measure(command, runs)
        base = base or wall
        print("  %-42s %6.2f s wall  %6.2f s cpu  %6.0f MB  %5.2f x" % (
            name, wall, cpu, peak, wall / base), flush=True)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("program")
    args.add_argument("--dir", default=os.path.join(tempfile.gettempdir(), "pm-timeline-bench"))
    args.add_argument("--runs", type=int, default=5)
    args = args.parse_args()
    rot = os.path.join(args.dir, "rot")
    make(rot, "nginx", os.path.join(rot, "access.log"))
    make(args.dir, "haproxy", os.path.join(args.dir, "haproxy.log"))
    files = sorted(glob.glob(os.path.join(rot, "*")))
    pattern = '" 50[0-9] '
    rows = [("pm-timeline (full draft)", [args.program, "-q", rot]),
            ("pm-timeline -j1", [args.program, "-q", "-j1", rot]),
            ("zgrep -c (one number per file)", ["zgrep", "-c", pattern] + files)]
    if shutil.which("rg"):
        rows.append(("rg -z -c", ["rg", "-z", "-c", pattern, rot]))
    size = sum(int(subprocess.run(["sh", "-c", 'case $1 in *.gz) zcat "$1";; *) cat "$1";; esac'
                                   " | wc -c", "-", f], capture_output=True).stdout) for f in files)
    table("%d rotated nginx logs, %.2f GB inflated" % (len(files), size / 1e9), rows, args.runs)
    log = os.path.join(args.dir, "haproxy.log")
    rows = [("pm-timeline (full draft)", [args.program, "-q", log]),
            ("pm-timeline -j1", [args.program, "-q", "-j1", log])]
    if shutil.which("halog"):
        rows.append(("halog -srv", ["sh", "-c", 'exec halog -srv -H < "$1"', "-", log]))
    table("one HAProxy log, %.2f GB" % (os.path.getsize(log) / 1e9), rows, args.runs)
    if os.environ.get("SCALE"):
        print("\nSCALE=%s: not the full size" % os.environ["SCALE"])


if __name__ == "__main__":
    main()
