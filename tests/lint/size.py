#!/usr/bin/env python3
"""size.py TOP - lines of at most 100 columns, files of at most 450 lines.

Tests, samples, the rule catalogue and the draft's phrases are tables and may be long. Blanks at the end of a line and
tabs are for nobody's eyes.
"""

import fnmatch

from tree import CODE, files, main, read

COLUMNS = 100
LINES = 450
TABLES = ("parsers/*_samples.c", "src/catalogue*.c", "src/phrases.c", "tests/*")


def check(root):
    for path in files(root, CODE + ("tests",), (".c", ".h")):
        lines = read(root, path).split("\n")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS:
                yield f"{path}:{number}: {len(line)} columns, {COLUMNS} at most"
            if line != line.rstrip():
                yield f"{path}:{number}: blanks at the end of the line"
            if "\t" in line:
                yield f"{path}:{number}: a tab"
        if lines[-1]:
            yield f"{path}: the last line has no end"
        if len(lines) - 1 > LINES and not any(fnmatch.fnmatch(path, t) for t in TABLES):
            yield f"{path}: {len(lines) - 1} lines, {LINES} at most; split it by stage"


SAMPLES = (
    ({"src/a.c": "x" * 100 + "\n" + "\n" * 449, "src/catalogue_x.c": "\n" * 900,
      "parsers/b_samples.c": "\n" * 900, "tests/test_a.c": "\n" * 900,
      "src/b.c": "\u00b5" * 100 + "\n"}, None),
    ({"src/a.c": "\n" + "x" * 101 + "\n"}, "src/a.c:2: 101 columns"),
    ({"tests/test_a.c": "x" * 101 + "\n"}, "101 columns"),
    ({"include/pmt/a.h": "\n" * 451}, "451 lines"),
    ({"src/a.c": "x \n"}, "blanks at the end"),
    ({"src/a.c": "\tx\n"}, "a tab"),
    ({"src/a.c": "x"}, "the last line has no end"),
)

if __name__ == "__main__":
    main(check, SAMPLES)
