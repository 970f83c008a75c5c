#!/usr/bin/env python3
"""layout.py TOP - what lies where: the top of the tree, and names that answer to each other."""

import os
import re

from tree import files, main, read

MUST = {"src", "include", "parsers", "tests", "fixtures", "meson.build", "README.md", "LICENSE",
        "CHANGELOG.md", "meson_options.txt"}
MAY = re.compile(r"\..*|build.*")  # dotfiles, and what meson builds in
DRAWERS = re.compile(r"(?:.*_)?(?:utils?|common|misc|globals?|helpers?|stuff)\.[ch]")


def check(root):
    there = set(os.listdir(root))
    yield from (f"{name} is missing at the top" for name in sorted(MUST - there))
    yield from (f"{name} does not belong at the top" for name in sorted(there - MUST)
                if not MAY.fullmatch(name))
    sources = files(root, ("src", "parsers"), ".c")
    stems = {os.path.basename(path)[:-2] for path in sources}
    for path in files(root, ("include",), ""):
        if not re.fullmatch(r"include/pmt/[a-z][a-z0-9_]*\.h", path):
            yield f"{path}: only include/pmt/<name>.h"
        elif not any(re.fullmatch(rf"{os.path.basename(path)[:-2]}(?:_\w+)?", s) for s in stems):
            yield f"{path}: there is no src/{os.path.basename(path)[:-2]}.c"
    for path in files(root, ("src", "parsers", "include"), (".c", ".h")):
        if DRAWERS.fullmatch(os.path.basename(path)):
            yield f"{path}: a name that could hold anything"
    for path in files(root, ("tests",), ".c"):
        name = re.fullmatch(r"tests/test_(\w+)\.c", path)
        if name and name[1] not in stems | {"parsers"}:
            yield f"{path}: there is no {name[1]}.c that it could be the test of"
    yield from unlisted(root, sources)


def unlisted(root, sources):
    """Files that no meson.build names, parsers without a fuzz target."""
    listed = "".join(read(root, path) for path in ("src/meson.build", "parsers/meson.build",
                                                   "tests/meson.build", "meson.build")
                     if os.path.exists(os.path.join(root, path)))
    for path in sources:
        if f"'{os.path.basename(path)}'" not in listed and f"'{path}'" not in listed:
            yield f"{path}: is in no meson.build"
    for path in files(root, ("tests",), ".c"):
        name = re.fullmatch(r"tests/test_(\w+)\.c", path)
        if name and f"'{name[1]}'" not in listed:
            yield f"{path}: is not in tests/meson.build"
    registry = os.path.join(root, "parsers/registry.c")
    fuzz = os.path.join(root, "tests/fuzz/meson.build")
    if os.path.exists(registry):
        targets = read(root, fuzz) if os.path.exists(fuzz) else ""
        for name in sorted(set(re.findall(r"&pmt_parser_(\w+)", read(root, registry)))):
            if f"'{name}'" not in targets:
                yield f"parsers/registry.c: {name} has no target in tests/fuzz/meson.build"


_GOOD = {"include/pmt/text.h": "", "src/text.c": "", "src/meson.build": "'text.c' 'x.c'",
         "parsers/registry.c": "&pmt_parser_x,", "parsers/x.c": "",
         "parsers/meson.build": "'registry.c'", "tests/test_text.c": "",
         "tests/meson.build": "'text'", "tests/fuzz/meson.build": "'x'", "fixtures/README.md": "",
         "meson.build": "", "README.md": "", "LICENSE": "", "CHANGELOG.md": "",
         "meson_options.txt": "", ".gitignore": "", "build-asan/a.c": ""}


def _without(name):
    return {path: text for path, text in _GOOD.items() if path != name}


SAMPLES = (
    (_GOOD, None),
    ({**_GOOD, "notes.md": ""}, "notes.md does not belong at the top"),
    ({**_GOOD, "lib/x.c": ""}, "lib does not belong at the top"),
    (_without("CHANGELOG.md"), "CHANGELOG.md is missing"),
    (_without("src/text.c"), "there is no src/text.c"),
    ({**_GOOD, "include/pmt/deep/x.h": ""}, "only include/pmt/<name>.h"),
    ({**_GOOD, "src/string_utils.h": ""}, "could hold anything"),
    ({**_GOOD, "tests/test_gone.c": ""}, "there is no gone.c"),
    ({**_GOOD, "tests/test_x.c": ""}, "tests/test_x.c: is not in tests/meson.build"),
    ({**_GOOD, "src/new.c": ""}, "src/new.c: is in no meson.build"),
    ({**_GOOD, "parsers/registry.c": "&pmt_parser_y,"}, "y has no target"),
)

if __name__ == "__main__":
    main(check, SAMPLES)
