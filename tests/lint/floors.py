#!/usr/bin/env python3
"""floors.py TOP - a header includes only what stands below it.

The floors, lowest first. Within a floor the order counts too: a header includes headers of lower
floors and those named before it in its own; a .c file includes headers of its module's floor and
below. A private header is included by its own module only. What is in no floor must be placed.
"""

import os

from tree import CODE, files, includes, main, read

FLOORS = (
    ("text", "when", "diag", "redact", "blocks", "pattern"),
    ("inflate", "damage", "source", "unpack", "intake", "inputs", "archive", "notes"),
    ("record", "scratch"),
    ("parser", "template", "formats", "infer", "conf", "rules", "custom", "health"),
    ("minutes", "series", "votes", "prints", "trace", "paths", "causes", "latency", "tally"),
    ("calibrate",),
    ("scan",),  # fills what calibrate.h declares; its workers know nothing above the tally
    ("coverage", "counted", "detect", "facts", "burn", "incident", "reread"),
    ("report",),
    ("render", "render_fields", "render_records", "update", "final"),
    ("timespec", "options", "pipeline"),
)

# Files whose module is not the beginning of their name.
MODULE_OF = {
    "tzif": "when", "zone": "when", "zone_hint": "when",
    "rotation": "inputs",
    "catalogue": "rules",
    "flow": "tally",
    "numbers": "counted",
    "removals": "incident",
    "phrases": "report",
    "output": "pipeline", "main": "pipeline",
}

# Stages below the top answer what happened; they do not say it.
ONLY_FOR_THE_TOP = "diag"

PLACE = {name: (floor, at) for floor, names in enumerate(FLOORS) for at, name in enumerate(names)}
TOP = len(FLOORS) - 1


def module_of(path):
    """The module a file belongs to, or None."""
    stem = os.path.splitext(os.path.basename(path))[0]
    if path.startswith("parsers/"):
        return "parser"
    while stem:
        if stem in MODULE_OF:
            return MODULE_OF[stem]
        if stem in PLACE:
            return stem
        stem = stem.rpartition("_")[0]
    return None


def judge_public(path, own, name, floor, at):
    """Why a file may not include pmt/<name>.h, or None."""
    if name not in PLACE:
        return f"pmt/{name}.h is in no floor"
    to = PLACE[name]
    if name == ONLY_FOR_THE_TOP and floor != TOP and own != name:
        return f"pmt/{name}.h is for the top floor only"
    if path.startswith("include/"):
        if to < (floor, at):
            return None
    elif to[0] <= floor:
        return None
    return f"pmt/{name}.h stands above {own} (floors.py has the order)"


def check(root):
    for path in files(root, CODE, (".c", ".h")):
        own = module_of(path)
        if own is None or (path.startswith("include/") and
                           os.path.basename(path)[:-2] not in PLACE):
            yield f"{path}: is in no floor; place it in tests/lint/floors.py"
            continue
        floor, at = PLACE[own]
        if path.startswith("parsers/"):
            at = len(FLOORS[floor])
        for line, name, quoted in includes(read(root, path)):
            where = f"{path}:{line}"
            if name.startswith("pmt/"):
                why = judge_public(path, own, name[4:-2], floor, at)
                if why:
                    yield f"{where}: {why}"
                continue
            if not quoted:
                continue
            beside = os.path.join(os.path.dirname(path), name)
            if path.startswith("include/"):
                yield f"{where}: a public header includes the private {name}"
            elif not os.path.exists(os.path.join(root, beside)):
                yield f"{where}: {name} is not beside it"
            elif module_of(beside) != own:
                yield f"{where}: {name} is private to {module_of(beside)}"
    gone = [n for n in PLACE if not os.path.exists(os.path.join(root, "include/pmt", n + ".h"))]
    if os.path.exists(os.path.join(root, "meson.build")):
        yield from (f"include/pmt/{n}.h has a place in floors.py but does not exist" for n in gone)


SAMPLES = (
    ({"include/pmt/text.h": '#include <stddef.h>\n',
      "include/pmt/when.h": '#include "pmt/text.h"\n',
      "src/zone.c": '#include "pmt/when.h"\n#include "tzif.h"\n',
      "src/tzif.h": '#include "pmt/text.h"\n'}, None),
    ({"include/pmt/text.h": '#include "pmt/when.h"\n'}, "include/pmt/text.h:1: pmt/when.h stands"),
    ({"include/pmt/record.h": '\n#  include <pmt/tally.h>\n'}, "include/pmt/record.h:2: pmt/tally"),
    ({"include/pmt/record.h": '#include "pmt/record.h"\n'}, "stands above record"),
    ({"src/tally_marks.c": '#include "pmt/report.h"\n'}, "stands above tally"),
    ({"parsers/x.c": '#include "pmt/tally.h"\n'}, "stands above parser"),
    ({"src/source.c": '#include "pmt/diag.h"\n'}, "for the top floor only"),
    ({"src/report.c": '#include "tally_parts.h"\n', "src/tally_parts.h": ""}, "private to tally"),
    ({"include/pmt/tally.h": '#include "tally_parts.h"\n'}, "includes the private"),
    ({"include/pmt/novelty.h": ""}, "is in no floor"),
    ({"src/novelty.c": ""}, "is in no floor"),
    ({"src/text.c": '#include "pmt/novelty.h"\n'}, "pmt/novelty.h is in no floor"),
    ({"meson.build": "", "src/text.c": ""}, "does not exist"),
)

if __name__ == "__main__":
    main(check, SAMPLES)
