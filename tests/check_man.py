#!/usr/bin/env python3
"""Every option of `pm-timeline --help` is in the manual page, and the other way round.

usage: check_man.py PROGRAM MANPAGE

An option is its short name, its long name and its value: "-o", "--output", "FILE". The program's
own help is read, which is printed from the table that also parses; the page is read as mdoc source.
"""

import re
import subprocess
import sys

HELP_ROW = re.compile(r"^ {2,6}(?:(-\w), )?(--[a-z][a-z-]*)(?:(\[=\w+\])| (\S+(?: [A-Z]+)?))?(?:  .*)?$")
STATUS_ROW = re.compile(r"^  (\d+)  ")


def from_help(program):
    run = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    options, statuses, part = set(), set(), ""
    for line in run.stdout.splitlines():
        if line and not line.startswith(" "):
            part = line
        if part == "Options:":
            row = HELP_ROW.match(line)
            if row:
                options.add((row[1] or "", row[2], row[3] or row[4] or ""))
            elif re.match(r"^ {2,6}-", line):
                sys.exit(f"check_man: cannot read this line of the help: {line!r}")
        elif part == "Exit status:":
            row = STATUS_ROW.match(line)
            if row:
                statuses.add(row[1])
    return options, statuses


def option_of_item(text):
    """The option of the rest of an ".It Fl" line: "o , -output Ar FILE"."""
    words = text.replace("Ns Op = Ns Ar WHEN", "Ar [=WHEN]").split()
    short = long = value = ""
    names = True
    for word in words:
        if word == "Ar":
            names = False
        elif not names:
            value += " " + word if value else word
        elif word.startswith("-"):
            long = "-" + word
        elif word not in (",", "Fl"):
            short = "-" + word
    return short, long, value


def from_man(page):
    options, statuses, part = set(), set(), ""
    with open(page, encoding="utf-8") as f:
        for line in f:
            line = line.rstrip("\n")
            if line.startswith(".Sh "):
                part = line[4:]
            elif part == "OPTIONS" and line.startswith(".It Fl "):
                options.add(option_of_item(line[7:]))
            elif part == "EXIT STATUS" and line.startswith(".It "):
                statuses.add(line[4:])
    return options, statuses


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    help_options, help_statuses = from_help(sys.argv[1])
    man_options, man_statuses = from_man(sys.argv[2])
    if not help_options or not help_statuses:
        sys.exit("check_man: the help has no options or no exit statuses")
    wrong = False
    for what, a, b in (("option", help_options, man_options),
                       ("exit status", help_statuses, man_statuses)):
        for item in sorted(a - b):
            print(f"check_man: {what} in --help but not in {sys.argv[2]}: {item}")
            wrong = True
        for item in sorted(b - a):
            print(f"check_man: {what} in {sys.argv[2]} but not in --help: {item}")
            wrong = True
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
