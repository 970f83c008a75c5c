#!/usr/bin/env python3
"""The program stays within what a machine gives it.

usage: limits.py PROGRAM

  descriptors  200 files, plain and gzip, with 20 descriptors
  memory       3,000 small files in less than 100 MB
  interrupt    ended by Ctrl-C while it waits for a pipe: status 130, and nothing is left behind
  full disk    what cannot be written is said, status 1
  left reader  a reader that goes away (head) is no error
  named pipe   what must be read twice is kept, of one pipe; of two it is refused
  terminal     a progress line on a terminal, none in a pipe
"""

import gzip
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import golden
import make_logs

FILES, DESCRIPTORS = 200, 20
SMALL_FILES, MEGABYTES = 3000, 100
PATIENCE = 60  # seconds


def story(begin, requests):
    t = make_logs.instant("2022-02-26T08:00:00") + begin
    return make_logs.Story(t, t + requests * 30, 30, [(t + 200, t + 400, 1)])


def write_logs(folder, count, requests=20, packed=0):
    os.makedirs(folder)
    for i in range(count):
        text = "".join(line + "\n" for line in make_logs.combined(story(i, requests))).encode()
        gz = packed and i % packed == 0
        with open(os.path.join(folder, f"access-{i}.log" + ".gz" * bool(gz)), "wb") as f:
            f.write(gzip.compress(text, mtime=0) if gz else text)


def check_descriptors(program, folder):
    logs = os.path.join(folder, "many")
    write_logs(logs, FILES, packed=3)

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    for jobs in ("1", "7"):
        p = subprocess.run([program, "-j", jobs, logs], preexec_fn=limit, capture_output=True)
        assert p.returncode == 0, p.stderr
        assert b"read 200 files, 4,000 lines, 0 of them not" in p.stderr, p.stderr


def check_memory(program, folder):
    logs = os.path.join(folder, "small")
    write_logs(logs, SMALL_FILES)
    p = subprocess.Popen([program, "-q", "-o", os.devnull, logs])
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    assert p.returncode == 0, p.returncode
    used = usage.ru_maxrss / 1024
    # A sanitizer's own memory is not the program's.
    assert used < MEGABYTES or golden.sanitized(program), f"{used:.0f} MB"


def check_interrupt(program, folder):
    read, write = os.pipe()
    out = os.path.join(folder, "draft.md")
    p = subprocess.Popen([program, "-o", out, "-"], stdin=read, stderr=subprocess.PIPE)
    os.close(read)
    os.write(write, b"Feb 26 08:00:00 web-1 systemd[1]: Started Shop.\n")
    time.sleep(0.5)
    p.send_signal(signal.SIGINT)
    _, said = p.communicate(timeout=PATIENCE)
    os.close(write)
    assert p.returncode == 130, (p.returncode, said)
    assert b"error" not in said, said
    left = [name for name in os.listdir(folder) if name.startswith("draft.md")]
    assert not left, left


def check_full_disk(program, folder):
    logs = os.path.join(folder, "one")
    write_logs(logs, 1)
    for more in ([], ["-f", "json"], ["-f", "records"]):
        with open("/dev/full", "wb") as full:
            p = subprocess.run([program, *more, logs], stdout=full, stderr=subprocess.PIPE)
        assert p.returncode == 1, (more, p.returncode)
        assert b"error: standard output cannot be written: No space left" in p.stderr, p.stderr


def check_left_reader(program, folder):
    logs = os.path.join(folder, "two")
    write_logs(logs, 1, requests=20000)
    read, write = os.pipe()
    p = subprocess.Popen([program, "-f", "records", logs], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    first = os.read(read, 100)
    os.close(read)
    _, said = p.communicate(timeout=PATIENCE)
    assert first.startswith(b'{"file":'), first
    assert p.returncode == 0 and b"error" not in said, (p.returncode, said)


def check_named_pipe(program, folder):
    line = b"Feb 26 08:00:00 web-1 systemd[1]: Started Shop.\n"
    pipes = [os.path.join(folder, name) for name in ("one", "two")]
    for path in pipes:
        os.mkfifo(path)
    p = subprocess.Popen([program, "-f", "records", "--year", "2022", pipes[0]],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"TMPDIR": folder})
    with open(pipes[0], "wb") as f:
        f.write(line * 1000)
    records, said = p.communicate(timeout=PATIENCE)
    assert p.returncode == 0, said
    assert records.count(b'"ts_utc":"2022-02-26T08:00:00Z"') == 1000, records[:200]
    assert sorted(os.listdir(folder)) == ["one", "two"], os.listdir(folder)
    p = subprocess.run([program, "-f", "records", *pipes], capture_output=True, timeout=PATIENCE)
    assert p.returncode == 2 and b"one and two are pipes" in p.stderr, p.stderr


def check_terminal(program, folder):
    """A pipe that gives its bytes slowly makes the work long."""
    line = b"Feb 26 08:00:00 web-1 systemd[1]: Started Shop.\n"
    read, write = os.pipe()
    try:
        master, terminal = pty.openpty()
    except OSError as e:  # a bare tree may have no /dev/pts
        print(f"limits.py: the progress line was not looked at: {e}")
        return
    p = subprocess.Popen([program, "-o", os.devnull, "-"], stdin=read, stderr=terminal)
    os.close(read)
    os.close(terminal)
    for _ in range(9):
        os.write(write, line * 1000)
        time.sleep(0.2)
    os.close(write)
    said = b""
    try:
        while part := os.read(master, 4096):
            said += part
    except OSError:  # how Linux tells that the terminal is closed
        pass
    p.wait(PATIENCE)
    os.close(master)
    assert b"\r\x1b[Kpm-timeline: read " in said and b"/s" in said, said
    assert said.rstrip().endswith(b"out of service"), said


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    failed = 0
    for name, check in sorted(globals().items()):
        if not name.startswith("check_"):
            continue
        folder = tempfile.mkdtemp(prefix="limits-")
        try:
            check(program, folder)
        except AssertionError as e:
            print(f"limits: {name[len('check_'):]}: {e}")
            failed += 1
        finally:
            shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
