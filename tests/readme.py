#!/usr/bin/env python3
"""What README.md shows as the program's output is its output.

usage: readme.py PROGRAM [--update]

Each fenced block behind a comment such as

  <!-- output: pm-timeline -q logs | head -5 -->

must hold what that command prints, run by sh in the top folder, where pm-timeline is PROGRAM. A
comment without a block behind it is an error, and so is a README without any. --update writes the
blocks anew, and refuses to where CI is set.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
README = os.path.join(TOP, "README.md")
COMMENT = re.compile(r"^<!-- output: (.+?) -->$", re.M)
BLOCK = re.compile(r"\n+(?P<fence>```+)(?P<kind>[^\n`]*)\n(?P<text>(?:.*\n)*?)(?P=fence)$", re.M)
TIMEOUT = 60


def output(command, folder):
    env = {**os.environ, "PATH": folder + os.pathsep + os.environ["PATH"]}
    p = subprocess.run(["sh", "-c", command], cwd=TOP, env=env, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=TIMEOUT)
    if p.returncode:
        sys.exit(f"readme.py: {command!r}: status {p.returncode}: {p.stderr.decode()}")
    return p.stdout.decode()


def checked(text, folder):
    """(wrong blocks, how many there are, the text as it should be)"""
    wrong, new, at, count = [], [], 0, 0
    for comment in COMMENT.finditer(text):
        block = BLOCK.match(text, comment.end())
        number = text.count("\n", 0, comment.start()) + 1
        if not block:
            sys.exit(f"README.md:{number}: no fenced block behind this comment")
        count += 1
        real = output(comment[1], folder)
        if real and not real.endswith("\n"):
            real += "\n"
        if real != block["text"]:
            wrong.append((number, block["text"], real))
        new += [text[at:block.start("text")], real]
        at = block.end("text")
    return wrong, count, "".join(new) + text[at:]


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--update"]):
        sys.exit(__doc__)
    update = sys.argv[2:] == ["--update"]
    if update and os.environ.get("CI"):
        sys.exit("readme.py: --update is for people who read what they accept, not for CI")
    with open(README, encoding="utf-8") as f:
        text = f.read()
    with tempfile.TemporaryDirectory(prefix="readme-") as folder:
        os.symlink(os.path.abspath(sys.argv[1]), os.path.join(folder, "pm-timeline"))
        wrong, count, new = checked(text, folder)
    for number, shown, real in wrong:
        sys.stdout.writelines(difflib.unified_diff(
            shown.splitlines(keepends=True), real.splitlines(keepends=True),
            f"README.md:{number} (shown)", "(printed)", n=1))
    if update and wrong:
        with open(README, "w", encoding="utf-8") as f:
            f.write(new)
    if not count:
        print("README.md: no output is shown")
    return 0 if count and (update or not wrong) else 1


if __name__ == "__main__":
    sys.exit(main())
