#!/usr/bin/env python3
"""Stories of clocks whose truth is known: zones, years, order, skew, rotation.

usage: time_stories.py PROGRAM [STORY...] [--keep DIR]

Each story plays a small site in true time, writes its logs through the clocks of its hosts, and
holds the program's answer against what was played: start, end and number of failed requests, the
instant of each cited line, first and last of each file, zones, years, skew, gaps. Then what must
not matter: the reader's zone and the files' times; and, for hosts whose zone other logs show, that
any other zone gives the same report. --keep leaves the logs in DIR/STORY.
"""

import os
import random
import shutil
import sys
import tempfile

import time_zones
import time_turns
import time_years
import time_clocks
import time_files
from time_judge import SHOWN, WIPED, Answer, Shown, differing, judge
from time_site import STORIES
from time_world import Bundle

TOLD_BY = (time_zones, time_turns, time_years, time_clocks, time_files)


def build(function, folder, beyond):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return function(Bundle(folder), beyond)


def play(program, name, folder):
    """(complaints, the command)"""
    function = STORIES[name]
    truth = build(function, folder, None)
    answer = Answer(program, folder, truth.options)
    bad = judge(truth, answer)
    bad += differing("TZ=Pacific/Chatham", answer,
                     Answer(program, folder, truth.options, "Pacific/Chatham"))
    if truth.mtime_free:
        truth.bundle.touch(WIPED)
        bad += differing("the files' times set to one", answer,
                         Answer(program, folder, truth.options))
    for host in function.shift:
        bad += drawn(program, function, folder, host, answer)
    return bad, answer.command()


def drawn(program, function, folder, host, answer):
    """Any other zone of this host gives the same report."""
    rng = random.Random(f"{function.__name__} {host}")
    bad = []
    for quarters in [rng.randrange(-48, 57) for _ in range(function.draws)]:
        other = f"{folder}.shifted"
        truth = build(function, other, {host: quarters})
        got = Answer(program, other, truth.options)
        hours = f"{quarters / 4:+.2f} h"
        if got.status:
            bad.append(f"{host} shifted by {hours}: exit status {got.status}")
        else:
            bad += differing(f"{host} shifted by {hours}", Shown(answer, host, truth.bundle),
                             Shown(got, host, truth.bundle))
        if bad:
            break  # its logs are kept
        shutil.rmtree(other)
    return bad


def main():
    arguments = sys.argv[1:]
    keep = None
    if "--keep" in arguments:
        i = arguments.index("--keep")
        if i + 1 == len(arguments):
            sys.exit(__doc__)
        keep = os.path.abspath(arguments[i + 1])
        del arguments[i:i + 2]
    unknown = [name for name in arguments[1:] if name not in STORIES]
    if not arguments or unknown:
        sys.exit(__doc__ + "\nSTORY is one of:\n  " + "\n  ".join(STORIES))
    program, wanted = os.path.abspath(arguments[0]), arguments[1:] or list(STORIES)
    top = keep or tempfile.mkdtemp(prefix="time-")
    failed = 0
    try:
        for name in wanted:
            folder = os.path.join(top, name)
            bad, command = play(program, name, folder)
            if not bad:
                print(f"ok    {name}")
                continue
            failed += 1
            print(f"FAIL  {name}: {' '.join((STORIES[name].__doc__ or '').split())}")
            for complaint in bad[:SHOWN]:
                print("      " + complaint.replace("; answer: ", "\n          answer: "))
            if len(bad) > SHOWN:
                print(f"      and {len(bad) - SHOWN} more")
            print(f"      repeat: {sys.argv[0]} {program} {name} --keep DIR")
            print(f"      then:   {command.replace(top, 'DIR')}")
    finally:
        if not keep:
            shutil.rmtree(top)
    print(f"time: {len(wanted) - failed} of {len(wanted)} stories are told right")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
