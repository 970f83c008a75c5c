#!/usr/bin/env python3
"""headers.py TOP - every public header compiles alone, twice in one file, with every compiler.

Floors and private headers apart, whoever includes a header needs to know nothing else.
"""

import os
import subprocess
import tempfile

from tree import files, main

COMPILERS = ("gcc", "clang")
FLAGS = ("-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
         "-Wstrict-prototypes", "-Werror", "-fsyntax-only")


def check(root):
    headers = files(root, ("include",), ".h")
    with tempfile.TemporaryDirectory() as folder:
        unit = os.path.join(folder, "alone.c")
        for path in headers:
            name = os.path.relpath(path, "include")
            with open(unit, "w", encoding="utf-8") as f:
                f.write(f'#include "{name}"\n#include "{name}"\nextern int alone;\n')
            for compiler in COMPILERS:
                run = subprocess.run([compiler, *FLAGS, "-I", os.path.join(root, "include"), unit],
                                     capture_output=True, text=True, check=False)
                if run.returncode:
                    first = next((line for line in run.stderr.splitlines() if "error:" in line), "")
                    yield f"{path}: {compiler}: {first.partition('error:')[2].strip()}"
    if not headers:
        yield "there are no headers"


_GUARD = "#ifndef A\n#define A\n%s\n#endif\n"

SAMPLES = (
    ({"include/pmt/a.h": _GUARD % "#include <stddef.h>\nsize_t a(void);"}, None),
    ({"include/pmt/a.h": _GUARD % "size_t a(void);"}, "a.h: gcc: unknown type name"),
    ({"include/pmt/a.h": _GUARD % "size_t a(void);"}, "a.h: clang: unknown type name"),
    ({"include/pmt/a.h": "struct a { int x; };\n"}, "a.h: gcc: redefinition"),
    ({"src/a.c": ""}, "there are no headers"),
)

if __name__ == "__main__":
    main(check, SAMPLES)
