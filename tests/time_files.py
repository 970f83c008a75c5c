"""Stories of late lines, rotations and holes, and of what the reader sees."""

import os
import random

from time_judge import Truth
from time_site import NAIROBI, Site, hostless, story
from time_world import HOUR, MINUTE, SECOND, Clock, Line, World, access, at, by_time, said


def buffered(lines, seed=3):
    """access_log buffer=16k flush=3s with two workers: a buffer goes out when it is full or three
    seconds old. The lines keep their stamps; `t` becomes when they reached the file."""
    rng = random.Random(seed)
    buffers, out = [[], []], []

    def flush(i, t):
        for n, line in enumerate(buffers[i]):
            line.t = t + n
            out.append(line)
        buffers[i] = []
    for line in lines:
        for i in (0, 1):
            if buffers[i] and line.t - buffers[i][0].t > 3 * SECOND:
                flush(i, buffers[i][0].t + 3 * SECOND)
        i = rng.randrange(2)
        buffers[i].append(line)
        if sum(len(x.text) for x in buffers[i]) > 16384:
            flush(i, line.t)
    for i in (0, 1):
        if buffers[i]:
            flush(i, buffers[i][0].t + 3 * SECOND)
    return by_time(out)


@story()
def buffered_log_rotated_in_the_middle(b, _):
    s = Site(b, "2026-04-02T11:15:30", servers=1, every=0.7)
    turn = s.outage.begin + 7 * MINUTE
    b.rotate("nginx/access.log", hostless(buffered(access(s.world, "web-01", Clock()))), [turn])
    s.truth.outage(s.world)
    s.truth.no_gaps = True
    return s.truth


def rotated_days(b, outage="2026-04-03T11:15:30", skip=()):
    """Five days of an access log, rotated each morning."""
    s = Site(b, outage, hours=(-60.0, 48.0), every=75.0, servers=1,
             rush=[(at(outage) - HOUR // 2, at(outage) + HOUR, 3.0)])
    s.turns = [at(f"2026-04-0{day}T06:25:01") for day in (2, 3, 4, 5)]
    s.log = hostless(access(s.world, "web-01", Clock()))
    s.paths = b.rotate("nginx/access.log", s.log, s.turns, skip=skip)
    s.truth.outage(s.world)
    return s


@story()
def rotations_that_are_all_there(b, _):
    s = rotated_days(b)
    s.truth.no_gaps = True
    return s.truth


@story()
def rotation_missing_from_the_middle(b, _):
    s = rotated_days(b, outage="2026-04-04T11:15:30", skip=(2,))
    older, newer = s.paths[3], s.paths[1]
    s.truth.gaps += [(whose, b.lines[older][-1].t, b.lines[newer][0].t, "rotation")
                     for whose in ("nginx/access.log", "all logs")]
    s.truth.says.append(("the missing file", r"access\.log\.2", "md"))
    return s.truth


@story()
def rotation_missing_among_dated_ones(b, _):
    s = rotated_days(b, outage="2026-04-04T11:15:30")
    for number, day in ((4, "02"), (3, "03"), (2, "04"), (1, "05")):
        old = s.paths[number]
        new = f"nginx/access.log-202604{day}" + (".gz" if old.endswith(".gz") else "")
        os.rename(os.path.join(b.folder, old), os.path.join(b.folder, new))
        b.lines[new] = b.lines.pop(old)
    gone = "nginx/access.log-20260404.gz"
    os.remove(os.path.join(b.folder, gone))
    del b.lines[gone]
    s.truth.gaps.append(("nginx/access.log", b.lines["nginx/access.log-20260403.gz"][-1].t,
                         b.lines["nginx/access.log-20260405"][0].t, "rotation"))
    return s.truth


@story()
def hole_in_the_middle_of_a_file(b, _):
    """Half an hour is missing where some thousand requests should be: a silence, told apart."""
    s = Site(b, "2026-04-02T11:15:30", servers=1, hours=(-3.0, 1.5))
    lines = hostless(access(s.world, "web-01", Clock()))
    begin, end = at("2026-04-02T09:10:00"), at("2026-04-02T09:40:00")
    before = [line for line in lines if line.t < begin]
    after = [line for line in lines if line.t >= end]
    b.put("nginx/access.log", before + after)
    s.truth.outage(s.world)
    s.truth.gaps += [(whose, before[-1].t, after[0].t, "silent")
                     for whose in ("nginx/access.log", "all logs")]
    return s.truth


@story()
def rotation_by_copytruncate_cuts_a_line(b, _):
    """Half of a failed request's line is the end of the copy, the rest begins the new file."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    turn = s.outage.begin + 7 * MINUTE
    at_line = next(i for i, line in enumerate(lines) if line.t >= turn)
    cut = lines[at_line].text.encode()
    half = Line(lines[at_line].t, "")
    b.put("nginx/access.log.1", lines[:at_line], tail=cut[:len(cut) // 2])
    b.lines["nginx/access.log.1"].append(half)
    b.put("nginx/access.log", lines[at_line + 1:], head=cut[len(cut) // 2:] + b"\n")
    b.lines["nginx/access.log"].insert(0, half)
    s.truth.outage(s.world)
    s.truth.failed = (s.truth.failed[0] - 1, s.truth.failed[1])
    return s.truth


@story()
def rotation_by_copytruncate_leaves_zeros(b, _):
    """Who writes without O_APPEND leaves a head of zeros behind."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    turn = s.outage.begin + 7 * MINUTE
    b.put("nginx/access.log.1", [line for line in lines if line.t < turn])
    b.put("nginx/access.log", [line for line in lines if line.t >= turn], head=bytes(70000))
    s.truth.outage(s.world)
    return s.truth


@story()
def rotation_in_progress_both_sizes(b, _):
    """gzip is done, what it read is not yet removed."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    turn = s.outage.begin + 7 * MINUTE
    for gz in (False, True):
        b.put("nginx/access.log.1" + (".gz" if gz else ""),
              [line for line in lines if line.t < turn], gz=gz, mtime=turn)
    b.put("nginx/access.log", [line for line in lines if line.t >= turn])
    s.truth.outage(s.world)
    return s.truth


@story()
def rotation_in_progress_half_compressed(b, _):
    """gzip is still at it."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    turn = s.outage.begin + 7 * MINUTE
    old = [line for line in lines if line.t < turn]
    b.put("nginx/access.log.1", old, mtime=turn)
    b.put("nginx/access.log.1.gz", old, gz=True, mtime=turn, cut=20000)
    b.put("nginx/access.log", [line for line in lines if line.t >= turn])
    s.truth.outage(s.world)
    s.truth.status = {0, 3}
    s.truth.uncited_ok.add("nginx/access.log.1.gz")
    return s.truth


@story()
def rotation_copied_but_not_truncated(b, _):
    """The copy is there and the log not yet empty; a few lines came since."""
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    b.put("nginx/access.log.1", lines[:-9])
    b.put("nginx/access.log", lines)
    s.truth.outage(s.world)
    return s.truth


@story()
def one_file_under_two_names(b, _):
    s = Site(b, "2026-04-02T11:15:30", servers=1)
    lines = hostless(access(s.world, "web-01", Clock()))
    b.put("nginx/access.log", lines)
    b.put("saved/access.before-the-upgrade.log", lines)
    s.truth.outage(s.world)
    return s.truth


@story()
def times_shown_in_kenya_too(b, _):
    s = Site(b, "2026-03-10T21:47:31", clocks={"web-01": Clock(NAIROBI), "web-02": Clock(NAIROBI)})
    t = s.all()
    t.options = ["--display-tz", NAIROBI]
    t.says.append(("local time in the summary", r"\*\*Duration:[^\n]*\b00:47:3", "md"))
    t.says.append(("local time in the bullets", r"## Timeline.*?\n- [^\n]*\b00:47:3", "md"))
    t.says.append(("UTC in the bullets", r"## Timeline.*?\n- [^\n]*\b21:47:3", "md"))
    return t


@story()
def silence_where_no_log_was(b, _):
    """No failures at all: what is said of them names the span that was read."""
    world = World(at("2026-04-02T10:00:00"), at("2026-04-02T12:00:00"), servers=1)
    b.put("nginx/access.log", hostless(access(world, "web-01", Clock())))
    t = Truth(b)
    t.incident = False
    t.says.append(("the span", r"2026-04-02 10:00.{0,40}12:00|2026-04-02 10:00.{0,60}11:59", "md"))
    return t
