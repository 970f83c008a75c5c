"""What every check of this folder is made of: the files of a tree, and a run that proves itself.

A check is a function check(root) that yields complaints, and a list of samples: small trees, each
with the words that a complaint about it must hold (None: there must be none). The samples are
built in a temporary folder and judged first; a check that does not complain about a bad sample, or
complains about a good one, fails before it has looked at the real tree.
"""

import os
import re
import sys
import tempfile

CODE = ("include", "src", "parsers")


def files(root, folders, endings):
    """Paths below the folders, relative to root, in bytewise order."""
    found = []
    for folder in folders:
        for at, names, leaves in os.walk(os.path.join(root, folder)):
            names[:] = [n for n in names if n != "__pycache__" and not n.startswith(".")]
            found += [os.path.relpath(os.path.join(at, leaf), root) for leaf in leaves
                      if leaf.endswith(endings)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def includes(text):
    """(line number, name, quoted) of each #include."""
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
        if m:
            yield number, m[1] or m[2], m[1] is not None


# A comment, a string, a character; the order of the alternatives is that of C's own reader.
_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_of(text, strings=False):
    """The text with comments blanked, and strings too unless they are to stay; lines keep their
    numbers."""
    def blank(m):
        if strings and m[0][0] in "\"'":
            return m[0]
        return re.sub(r"[^\n]", " ", m[0])
    return _TOKEN.sub(blank, text)


def _build(root, sample):
    for path, text in sample.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)


def _prove(name, check, samples):
    wrong = 0
    for sample, expected in samples:
        with tempfile.TemporaryDirectory() as root:
            _build(root, sample)
            got = list(check(root))
        if expected is None and got:
            print(f"{name}: this good sample is complained about: {sample}: {got}")
            wrong += 1
        elif expected is not None and not any(expected in line for line in got):
            print(f"{name}: nobody says {expected!r} about this bad sample: {sample}: {got}")
            wrong += 1
    if not any(expected for _, expected in samples):
        print(f"{name}: there is no bad sample")
        wrong += 1
    return wrong


def main(check, samples):
    if len(sys.argv) != 2 or not os.path.isdir(os.path.join(sys.argv[1], "src")):
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} TOP_OF_THE_TREE")
    name = os.path.basename(sys.argv[0])[:-len(".py")]
    if _prove(name, check, samples):
        sys.exit(1)
    complaints = list(check(sys.argv[1]))
    for line in complaints:
        print(f"{name}: {line}")
    sys.exit(1 if complaints else 0)
