#!/usr/bin/env python3
"""The program's whole answer to small cases, compared byte by byte.

usage: golden.py PROGRAM [--update] [--keep DIR] [CASE...]
       golden.py --list

A case is a folder of tests/golden/ named in words:

  cmd       the arguments, one per line; paths are seen from the case's working folder
  stdout, stderr, status    what must come out, exactly
  files/    what must have been written or changed in the working folder; nothing else may be
  logs/     small logs, copied to logs/ in the working folder (optional)
  setup     a shell script run in the working folder first; $MAKE_LOGS and $MAKE_STORY make logs,
            $CASES is the folder of all cases, and $PM_TIMELINE the program (optional)
  stdin     what is piped into the program (optional; a setup may write it too)
  mtime     the time given to every file there; 2022-03-01T00:00:00Z without it (optional)
  rests-on-mtime   why the answer is bound to change with the files' times (optional)
  env       NAME=VALUE lines (optional)
  user      present: run as a user without rights (optional)
  needs     words of --formats: without them the program was built for less, and the case is passed
            over (optional)

Each case is run three times, and the same bytes must come out: with TZ=UTC, with another zone and
locale of the reader, and with another time of all files (unless it says that its truth rests on that);
once by a build with a sanitizer.
The working folder is a new one each time. An argument below fixtures/ has that fixture copied there.
--update shows the differences and writes them down as what must come out: read them first. It
refuses to run where CI is set. --keep DIR leaves the working folders in DIR.
"""

import argparse
import difflib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import calendar

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "golden")
TOP = os.path.dirname(HERE)
MTIME = "2022-03-01T00:00:00Z"
OTHER_MTIME = "2029-07-14T03:00:00Z"
READERS = ({"TZ": "UTC"}, {"TZ": "Pacific/Chatham", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"})
NOBODY = 65534
TIMEOUT = 120


def read(path, default=b""):
    if not os.path.exists(path):
        return default
    with open(path, "rb") as f:
        return f.read()


def lines(path):
    return [line for line in read(path).decode().split("\n") if line]


def content(folder):
    """What lies in a folder: {path: bytes}, links and folders left out."""
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if not os.path.islink(path) and os.path.isfile(path):
                found[os.path.relpath(path, folder)] = read(path)
    return found


def environment(case, work, reader):
    env = {k: v for k, v in os.environ.items() if not k.startswith("PMT_")}
    env.update(reader)
    env.pop("NO_COLOR", None)
    env["TMPDIR"] = work
    env["HOME"] = work  # the formats of whoever runs this are not for here
    env["XDG_CONFIG_HOME"] = os.path.join(work, "config")
    env["MAKE_LOGS"] = os.path.join(HERE, "make_logs.py")
    env["CASES"] = CASES
    env["MAKE_STORY"] = os.path.join(HERE, "make_story.py")
    for line in lines(os.path.join(case, "env")):
        name, value = line.split("=", 1)
        env[name] = value
    return env


def prepare(case, work, arguments, env, mtime):
    if os.path.isdir(os.path.join(case, "logs")):
        shutil.copytree(os.path.join(case, "logs"), os.path.join(work, "logs"), symlinks=True)
    for argument in arguments:
        if argument.startswith("fixtures/"):
            fixture = "/".join(argument.split("/")[:2])
            shutil.copytree(os.path.join(TOP, fixture), os.path.join(work, fixture),
                            dirs_exist_ok=True)
    if os.path.exists(os.path.join(case, "stdin")):
        shutil.copy(os.path.join(case, "stdin"), os.path.join(work, "stdin"))
    setup = os.path.join(case, "setup")
    if os.path.exists(setup):
        subprocess.run(["sh", "-eu", setup], cwd=work, env=env, check=True)
    stamp = mtime or read(os.path.join(case, "mtime"), MTIME.encode()).decode().strip()
    instant = calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ"))
    for at, folders, names in os.walk(work):
        for name in folders + names:
            os.utime(os.path.join(at, name), (instant, instant), follow_symlinks=False)


def run(case, work, program, more=(), reader=READERS[0], mtime=None):
    """The streams, the status and the files that are new or changed; with more arguments."""
    arguments = lines(os.path.join(case, "cmd")) + list(more)
    env = environment(case, work, reader)
    env["PM_TIMELINE"] = program
    prepare(case, work, arguments, env, mtime)
    stdin = read(os.path.join(work, "stdin"), None)
    if stdin is not None:
        os.unlink(os.path.join(work, "stdin"))
    command, before, bin_folder = [program], content(work), None
    if os.path.exists(os.path.join(case, "user")) and os.geteuid() == 0:
        # The program may lie where that user cannot go.
        bin_folder = tempfile.mkdtemp(prefix="golden-bin-")
        os.chmod(bin_folder, 0o755)
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                   shutil.copy(program, os.path.join(bin_folder, "pm-timeline"))]
        os.chmod(work, 0o755)
    try:
        p = subprocess.run(command + arguments, cwd=work, env=env, timeout=TIMEOUT,
                           input=stdin if stdin is not None else b"", capture_output=True)
    finally:
        if bin_folder:
            shutil.rmtree(bin_folder)
    answer = {"stdout": p.stdout, "stderr": p.stderr, "status": b"%d\n" % p.returncode}
    for path, data in content(work).items():
        if before.get(path) != data:
            answer["files/" + path] = data
    return answer


def expected(case):
    wanted = {name: read(os.path.join(case, name), None) for name in ("stdout", "stderr", "status")}
    files = os.path.join(case, "files")
    wanted.update({"files/" + path: data for path, data in content(files).items()})
    return wanted


def show(name, path, wanted, got):
    def text(data):
        return (data or b"").decode(errors="backslashreplace").splitlines(keepends=True)
    for line in difflib.unified_diff(text(wanted), text(got), f"{name}/{path} (wanted)",
                                     f"{name}/{path} (came)", n=2):
        sys.stdout.write(line if line.endswith("\n") else line + "\n\\ no end of line\n")


def unlock(work):
    for at, folders, _ in os.walk(work):
        for folder in folders:
            if not os.path.islink(os.path.join(at, folder)):
                os.chmod(os.path.join(at, folder), 0o755)


def run_in(work, case, program, **how):
    try:
        return run(case, work, program, **how)
    finally:
        unlock(work)


def run_once_more(name, case, program, first, what, **how):
    """True when nothing changed."""
    work = tempfile.mkdtemp(prefix="golden-")
    try:
        again = run_in(work, case, program, **how)
    finally:
        shutil.rmtree(work)
    changed = [path for path in sorted(set(first) | set(again)) if first.get(path) != again.get(path)]
    for path in changed:
        print(f"{name}/{path}: changes with {what}")
        show(name, path, first.get(path), again.get(path))
    return not changed


def is_built_for(case, program):
    needs = read(os.path.join(case, "needs")).strip()
    return not needs or needs in subprocess.run([program, "--formats"], check=True,
                                                stdout=subprocess.PIPE).stdout


def sanitized(program):
    """Built with a sanitizer: for memory and threads, where a case costs much and tells all at once."""
    with open(program, "rb") as f:
        data = f.read()
    return b"__asan_init" in data or b"__tsan_init" in data


def check(name, program, update, keep):
    """True when everything came out as wanted."""
    case = os.path.join(CASES, name)
    if not is_built_for(case, program):
        print(f"{name}: not for this build")
        return True
    work = os.path.join(keep, name) if keep else tempfile.mkdtemp(prefix="golden-")
    if keep:
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
    try:
        got, wanted = run_in(work, case, program), expected(case)
    finally:
        if not keep:
            shutil.rmtree(work)
    good = True
    for path in sorted(set(got) | set(wanted)):
        if got.get(path) == wanted.get(path):
            continue
        good = False
        if path not in got:
            print(f"{name}/{path}: wanted, but was not written")
        elif wanted.get(path) is None and not update:
            print(f"{name}/{path}: came, but nothing says that it should")
        show(name, path, wanted.get(path), got.get(path))
        if update:
            store(os.path.join(case, path), got.get(path))
    if sanitized(program):
        return good
    same = run_once_more(name, case, program, got, "the reader's zone and locale",
                         reader=READERS[1])
    if not os.path.exists(os.path.join(case, "rests-on-mtime")):
        same &= run_once_more(name, case, program, got, "the files' times", mtime=OTHER_MTIME)
    return (good or update) and same


def store(path, data):
    if data is None:
        os.unlink(path)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def all_cases():
    return sorted(name for name in os.listdir(CASES)
                  if os.path.exists(os.path.join(CASES, name, "cmd")))


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(all_cases()))
        return 0
    parser = argparse.ArgumentParser(description="Compares the program's answers to small cases.")
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("cases", metavar="CASE", nargs="*")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--keep", metavar="DIR")
    options = parser.parse_intermixed_args()
    if options.update and os.environ.get("CI"):
        sys.exit("golden.py: --update is for people who read what they accept, not for CI")
    failed = [name for name in options.cases or all_cases()
              if not check(name, os.path.abspath(options.program), options.update, options.keep)]
    if failed:
        print(f"golden.py: not as wanted: {' '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
