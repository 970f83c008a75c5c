#!/usr/bin/env python3
"""A file per incident: --output with a folder.

usage: folder.py PROGRAM

  same     each draft is, byte for byte, what --incident with its name writes; in md and json
  left     a folder that was made is not left behind empty
  kept     nothing is written when one of the files is there already; --force replaces it
  wrong    a file in the folder's place, a link that leads nowhere, a folder above that is not there
"""

import os
import subprocess
import sys
import tempfile

import make_logs

TIMEOUT = 60


def run(program, *arguments):
    p = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=TIMEOUT)
    return p.returncode, p.stdout, p.stderr.decode()


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write_log(path):
    """Two incidents."""
    start = make_logs.instant("2022-02-26T06:00:00")
    failing = [(start + 3600, start + 4800, 2), (start + 14400, start + 16200, 2)]
    story = make_logs.Story(start, start + 6 * 3600, 20, failing)
    with open(path, "wb") as f:
        for line in make_logs.combined(story):
            f.write(line.encode() + b"\n")


def check_same(program, folder, log):
    for form, ending in (("md", ".md"), ("json", ".json")):
        drafts = os.path.join(folder, "drafts-" + form)
        status, out, said = run(program, "-f", form, "-o", drafts + "/", log)
        assert (status, out) == (0, b""), (status, out, said)
        names = sorted(os.listdir(drafts))
        assert names == ["2022-02-26T0700Z" + ending, "2022-02-26T1000Z" + ending], names
        for name in names:
            identity = name[:-len(ending)]
            status, out, _ = run(program, "-q", "-f", form, "--incident", identity, log)
            assert status == 0 and out == read(os.path.join(drafts, name)), name
            assert f"wrote {drafts}/{name}" in said, said
        status, _, said = run(program, "-q", "--force", "--exit-code", "-f", form, "-o", drafts, log)
        assert (status, said) == (10, ""), (status, said)


def check_left(program, folder, log):
    drafts = os.path.join(folder, "none")
    nothing = os.path.join(folder, "nothing.log")
    with open(nothing, "w", encoding="ascii") as f:
        f.write("no log at all\n" * 9)
    for arguments in ((nothing,), (log, "--incident", "2022-02-26T0701Z"),
                      (log, "--since", "09:00", "--until", "08:00")):
        status, _, said = run(program, "-o", drafts + "/", *arguments)
        assert status in (1, 2) and not os.path.exists(drafts), (arguments, status, said)


def check_kept(program, folder, log):
    drafts = os.path.join(folder, "kept")
    os.mkdir(drafts)
    mine = os.path.join(drafts, "2022-02-26T1000Z.md")
    with open(mine, "w", encoding="ascii") as f:
        f.write("mine")
    status, _, said = run(program, "-o", drafts, log)
    assert status == 2 and mine + " exists already" in said, (status, said)
    assert os.listdir(drafts) == [os.path.basename(mine)] and read(mine) == b"mine"
    status, _, said = run(program, "--force", "-o", drafts, log)
    assert status == 0 and len(os.listdir(drafts)) == 2, (status, said)
    assert read(mine).startswith(b"# DRAFT")


def check_wrong(program, folder, log):
    drafts = os.path.join(folder, "wrong")
    os.mkdir(drafts)
    link = os.path.join(drafts, "2022-02-26T0700Z.md")
    os.symlink("nowhere", link)
    status, _, said = run(program, "-o", drafts, log)
    assert status == 2 and "exists already" in said and os.listdir(drafts) == [
        os.path.basename(link)], (status, said)
    for path in (log + "/", os.path.join(folder, "not", "there") + "/"):
        status, _, said = run(program, "-o", path, log)
        assert status == 2 and "cannot be written" in said, (status, said)
    status, _, said = run(program, "-f", "records", "-o", drafts, log)
    assert status == 2 and "is a folder" in said, (status, said)


def main():
    program = os.path.abspath(sys.argv[1])
    failed = 0
    for check in (check_same, check_left, check_kept, check_wrong):
        with tempfile.TemporaryDirectory(prefix="folder-") as folder:
            log = os.path.join(folder, "access.log")
            write_log(log)
            try:
                check(program, folder, log)
            except AssertionError as e:
                print(f"folder: {check.__name__[6:]}: {e}")
                failed += 1
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
