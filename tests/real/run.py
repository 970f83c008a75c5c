#!/usr/bin/python3
"""Plays an outage on real servers and compares the program's draft with what the driver knows.

    run.py PROGRAM              play, run PROGRAM on the logs, compare
    run.py --play DIR           play only: DIR gets logs/ and truth.json
    run.py --use DIR PROGRAM    compare with an outage played before

nginx (two web servers), HAProxy, rsyslogd and logrotate are real; a missing one is a failure. All
of it is on loopback, on free ports, below one temporary directory. --keep leaves that directory.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import check
import logs
import stack
import story

LIMIT = 180  # seconds for everything
SIGNALS = (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Not the servers' zone and not UTC: the reader's own clock must not matter.
READER = {"TZ": "Pacific/Auckland", "LC_ALL": "C"}


class Timeout(Exception):
    pass


def tell(text):
    print(text, flush=True)


def on_signal(signum, frame):
    if signum == signal.SIGALRM:
        raise Timeout(f"not done after {LIMIT} s")
    raise SystemExit(128 + signum)


def play(directory):
    """Starts the servers, plays, stops them; DIR/logs and DIR/truth.json are the result."""
    stack.find_programs()
    for attempt in (1, 2, 3):
        servers = stack.Stack(directory)
        try:
            servers.configure()
            try:
                servers.start()
            except stack.StackError as e:
                # Another program may have taken a port between the look and the start.
                if attempt == 3:
                    raise
                tell(f"again: {e}")
                servers.stop()
                shutil.rmtree(servers.run)
                shutil.rmtree(servers.logs)
                continue
            began = time.monotonic()
            truth = story.play(servers, random.randrange(1 << 32), lambda what: tell(
                f"      {time.monotonic() - began:5.1f} s  {what}"))
            # As somebody would take them from running servers: before they are stopped.
            shutil.copytree(servers.logs, os.path.join(directory, "logs"))
            break
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # nothing interrupts the cleaning
            servers.stop()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    with open(os.path.join(directory, "truth.json"), "w", encoding="utf-8") as f:
        json.dump(truth, f, indent=0)
    return truth


def run_program(program, *options):
    done = subprocess.run([program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=dict(os.environ, **READER), timeout=60,
                          check=False)
    said = done.stderr.decode(errors="replace").strip()
    if said:
        tell(said)
    if done.returncode != 0:
        tell(f"FAIL  {os.path.basename(program)} {' '.join(options)} exits {done.returncode}")
    return done.stdout.decode("utf-8", errors="replace"), int(done.returncode != 0)


def judge(program, directory, truth):
    """Number of failures."""
    folder = os.path.join(directory, "logs")
    zone = ("--assume-tz", stack.ZONE)
    text, failures = run_program(program, "--format", "json", "--no-redact", *zone, folder)
    failures += check.check_json(text, truth, folder, tell)
    text, failed = run_program(program, *zone, folder)
    return failures + failed + check.check_markdown(text, tell)


def temporary_directory():
    made = tempfile.mkdtemp(prefix="pmt-real-")
    if len(made) > 60:  # a Unix socket's path has about a hundred bytes
        os.rmdir(made)
        made = tempfile.mkdtemp(prefix="pmt-real-", dir="/tmp")
    return made


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("program", nargs="?", help="the pm-timeline to judge")
    options.add_argument("--play", metavar="DIR", help="only play; leave logs and truth here")
    options.add_argument("--use", metavar="DIR", help="judge with an outage played before")
    options.add_argument("--keep", action="store_true", help="leave the temporary directory")
    args = options.parse_args()
    if (args.program is None) == (args.play is None) or (args.play and args.use):
        options.error("give either PROGRAM or --play DIR")
    if args.program and not shutil.which(args.program):
        tell(f"run.py: error: {args.program} is no program")
        return 1

    for s in SIGNALS:
        signal.signal(s, on_signal)
    signal.alarm(LIMIT)
    temporary = None
    try:
        if args.use:
            directory = args.use
            with open(os.path.join(directory, "truth.json"), encoding="utf-8") as f:
                truth = json.load(f)
        else:
            directory = temporary = temporary_directory()
            truth = play(directory)
        wrong = logs.check_play(os.path.join(directory, "logs"), truth)
        for sentence in wrong:
            tell(f"FAIL  the play: {sentence}")
        outage = story.incident(truth)
        if outage:
            tell(f"      played: {len(truth['requests'])} requests, {outage['requests_failed']} "
                 f"failed, {check.clock(outage['start'])} to {check.clock(outage['end'])}, "
                 f"{outage['clients_affected']} clients affected")
        if args.play:
            os.makedirs(args.play, exist_ok=True)
            for name in ("logs", "truth.json"):
                shutil.move(os.path.join(directory, name), os.path.join(args.play, name))
            return int(bool(wrong))
        if wrong:
            return 1
        failures = judge(os.path.abspath(shutil.which(args.program)), directory, truth)
        tell(f"{failures} failures" if failures else "the draft and the driver agree")
        return int(failures > 0)
    except (stack.StackError, Timeout, OSError, subprocess.TimeoutExpired) as e:
        tell(f"run.py: error: {e}")
        return 1
    finally:
        if temporary and args.keep:
            tell(f"kept: {temporary}")
        elif temporary:
            shutil.rmtree(temporary, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
