#!/usr/bin/env python3
"""words.py TOP - the tree speaks of the program, not of where or how it was written.

No path of a developer's machine, no name of a paper that is not in the tree. The patterns are
written so that this file does not match itself.
"""

import os
import re

from tree import files, main, read

FOLDERS = ("src", "include", "parsers", "tests", "fixtures", ".ci")
AT_THE_TOP = ("meson.build", "meson_options.txt", "README.md", "CHANGELOG.md")
ENDINGS = (".c", ".h", ".py", ".sh", ".md", ".1", ".txt", ".json", ".in", "meson.build", "run")
PAPER = re.compile(r"(?<![\w./-])[A-Z][A-Z_-]+\.md\b")  # it must be in the tree

FORBIDDEN = (
    (re.compile(r"(?<![\w.])/[w]ork/"), "a path of the machine it was written on"),
    (re.compile(r"(?<![\w.])/(?:home|Users)/(?!\[redacted\]|\w+/\.(?:ssh|profile)\b)\w+/(?:src|git"
                r"|code|projects?)\b"), "a path of the machine it was written on"),
    (re.compile(r"/[t]mp/[b]rief"), "a path of the machine it was written on"),
    (re.compile(r"\b[s]ub-?agents?\b|\b(?:this|our|another|earlier|last|next) [s]ession\b"
                r"|\b[h]elper [s]essions?\b|\b(?:the|my) [b]rief\b|\b[w]orkplace\b|\bco-authored-by:"
                r"|\b[l]anguage model\b|\bas an [a]i\b", re.I), "how it was written"),
    (re.compile(r"\b(?:FIX[M]E|XX[X]|HAC[K])\b"), "a note to oneself"),
    (re.compile(r"^(?:<{7}|>{7}) ", re.M), "a merge that was not finished"),
)


def line_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def check(root):
    paths = files(root, FOLDERS, ENDINGS)
    paths += [p for p in AT_THE_TOP if os.path.exists(os.path.join(root, p))]
    for path in paths:
        if "/logs/" in path:  # what made-up programs wrote
            continue
        text = read(root, path)
        for pattern, what in FORBIDDEN:
            for m in pattern.finditer(text):
                yield f"{path}:{line_of(text, m)}: {m[0]!r}: {what}"
        for m in PAPER.finditer(text):
            if not os.path.exists(os.path.join(root, m[0])):
                yield f"{path}:{line_of(text, m)}: {m[0]}: a paper that is not in the tree"


SAMPLES = (
    ({"src/a.c": "/* at work/on a session; pam_unix(sshd:session); EVENTS; /home/alice/.ssh/x */\n",
      "fixtures/x/logs/a.py": "/" + "work/", "README.md": "see CHANGELOG.md, parsers/README.md\n",
      "CHANGELOG.md": "See README.md\n"}, None),
    ({"src/a.c": '\nopen("/' + 'work/main/x");\n'}, "src/a.c:2: '/" + "work/': a path"),
    ({"README.md": "see /" + "tmp/brief2.md\n"}, "a path of the machine"),
    ({"tests/a.py": "/home/me/" + "src/x\n"}, "a path of the machine"),
    ({"src/a.c": "/* see PLANS" + ".md */\n"}, "a paper that is not in the tree"),
    ({"fixtures/a.md": "as a sub" + "agent said\n"}, "how it was written"),
    ({".ci/run": "# This " + "session's\n"}, "how it was written"),
    ({"src/a.c": "// FIX" + "ME\n"}, "a note to oneself"),
    ({"src/a.c": "<" * 7 + " HEAD\n"}, "a merge that was not finished"),
)

if __name__ == "__main__":
    main(check, SAMPLES)
