#!/usr/bin/env python3
"""What must not matter does not: the same bytes come out.

usage: invariance.py PROGRAM [CHECK...]

Two sets of logs are read, the story in fixtures/booktiful and a small site made here, each in many
ways that must not change a byte of the draft and of its JSON: the order of the arguments, threads,
gzip or plain, parts or the whole, folder or files, line ends, the reader's zone and locale, the
files' times, rotations, where the logs lie and how the path is written. Where a name is bound to
differ (a file without its .gz, the argument as it was given) it is set right before comparing.
"""

import difflib
import bz2
import gzip
import json
import lzma
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import make_logs

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURE = os.path.join(os.path.dirname(HERE), "fixtures", "booktiful", "logs")
TIMEOUT = 300
INSTANT = 1646092800  # 2022-03-01, after all that the logs tell
FORMATS = ("md", "json")
SHOWN_LINES = 30


class Logs:
    """A set of logs in a folder of its own."""

    def __init__(self, name, folder, options):
        self.name, self.folder, self.options = name, folder, options

    def files(self):
        return sorted(os.path.relpath(os.path.join(at, n), self.folder)
                      for at, _, names in os.walk(self.folder) for n in names)

    def copy(self, change):
        """The same logs after change(path, bytes) -> (path, bytes), in a new folder."""
        to = tempfile.mkdtemp(prefix="invariance-")
        for path in self.files():
            with open(os.path.join(self.folder, path), "rb") as f:
                new, data = change(path, f.read())
            new = os.path.join(to, new)
            os.makedirs(os.path.dirname(new), exist_ok=True)
            with open(new, "wb") as f:
                f.write(data)
            os.utime(new, (INSTANT, INSTANT))
        return Logs(self.name, to, self.options)


def run(program, logs, arguments, env=None, cwd=None, stdin=None, options=()):
    """{format: bytes}"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PMT_")}
    environment.update(env or {})
    answer = {}
    for form in FORMATS:
        p = subprocess.run([program, "-q", "-f", form, *logs.options, *options, *arguments],
                           cwd=cwd or logs.folder, env=environment, input=stdin or b"",
                           capture_output=True, timeout=TIMEOUT)
        if p.returncode != 0:
            raise RuntimeError(f"status {p.returncode}: {p.stderr.decode(errors='replace')}")
        answer[form] = p.stdout
    return answer


def without_argument(answer):
    """The argument is repeated as it was given."""
    text = re.sub(rb'"arg":\s*"[^"]*"', b'"arg": ""', answer["json"])
    return {**answer, "json": text}


def without_warnings(answer):
    report = json.loads(answer["json"])
    del report["warnings"]
    for source in report["sources"]:
        del source["arg"]
    return {"json": json.dumps(report, indent=1).encode()}


def without_hashes(data):
    """Of what is generated, as the comments around it have them: names of files are in it."""
    return re.sub(rb"(<!-- pm-timeline:begin \w+)[^>]*-->", rb"\1 -->", data)


def without_gz(answer):
    return {form: without_hashes(re.sub(rb"\.(gz|bz2|xz)\b", b"", data))
            for form, data in answer.items()}


def first_difference(a, b):
    a, b = (x.decode(errors="backslashreplace").splitlines() for x in (a, b))
    return "\n".join(list(difflib.unified_diff(a, b, "wanted", "came", n=1, lineterm=""))
                     [:SHOWN_LINES])


class Checks:
    def __init__(self, program, logs):
        self.program, self.logs, self.failed, self.passed = program, logs, [], 0
        self.base = run(program, logs, ["."])

    def same(self, name, got, wanted=None):
        wanted = wanted or self.base
        bad = [form for form in wanted if wanted[form] != got[form]]
        if not bad:
            self.passed += 1
            return
        self.failed.append(name)
        print(f"{self.logs.name}: {name}: not the same in {' and '.join(bad)}")
        print(first_difference(wanted[bad[0]], got[bad[0]]))

    def run(self, *arguments, logs=None, **more):
        return run(self.program, logs or self.logs, list(arguments) or ["."], **more)

    # ---- each returns nothing and calls same() ------------------------------------------------

    def check_twice(self):
        self.same("the same again", self.run())

    def check_threads(self):
        for n in (1, 2, 7):
            self.same(f"-j {n}", self.run(options=["-j", str(n)]))

    def check_parts(self):
        for size in (1000, 4093, 65536):
            self.same(f"parts of {size} bytes",
                      self.run(options=["-j", "3"], env={"PMT_PART_BYTES": str(size)}))

    def check_zone_and_locale(self):
        for zone in ("Pacific/Chatham", "America/St_Johns", "Nowhere/Land"):
            self.same(f"TZ={zone}", self.run(env={"TZ": zone}))
        # Where the machine has no such locale it must not matter either.
        for locale in ("tr_TR.UTF-8", "de_DE.UTF-8", "C", "xx_YY"):
            self.same(f"LC_ALL={locale}", self.run(env={"LC_ALL": locale, "LANG": locale}))

    def check_order_of_arguments(self):
        top = sorted(os.listdir(self.logs.folder))
        files = self.logs.files()
        shuffled = files[:]
        random.Random(7).shuffle(shuffled)
        self.same("folders backwards", self.run(*top[::-1]), self.run(*top))
        named = self.run(*files)
        self.same("files backwards", without_argument(self.run(*files[::-1])),
                  without_argument(named))
        self.same("files in no order", without_argument(self.run(*shuffled)),
                  without_argument(named))
        # That it was named twice is said in the draft's annex, but counts for nothing.
        twice = self.run(*files, files[0])
        self.same("a file named twice", without_warnings(twice), without_warnings(named))

    def check_folder_or_files(self):
        self.same("files named", self.shown_in_full(self.run(*self.logs.files())),
                  self.shown_in_full(self.base))

    def shown_in_full(self, answer):
        """Files named are shown with only as many folders as make them unique."""
        full = {}
        for path in self.logs.files():
            parts = path.split("/")
            for i in range(len(parts)):
                full.setdefault("/".join(parts[i:]), []).append(path)
        names = "|".join(re.escape(n) for n in sorted(full, key=len, reverse=True)
                         if len(full[n]) == 1)
        text = without_argument(answer)["json"].decode()
        text = re.sub(rf'(?<![\w./-])(?:{names})(?![\w/-])', lambda m: full[m[0]][0], text)
        return {"json": text.encode()}

    def check_where(self):
        parent, name = os.path.split(self.logs.folder)
        wanted = without_argument(self.base)
        self.same("from above", without_argument(self.run(name, cwd=parent)), wanted)
        self.same("absolute", without_argument(self.run(self.logs.folder, cwd="/")), wanted)
        self.same("with a slash", without_argument(self.run("./")), wanted)
        elsewhere = self.logs.copy(lambda path, data: (path, data))
        self.same("another folder", self.run(logs=elsewhere))

    def check_time_of_files(self):
        moved = self.logs.copy(lambda path, data: (path, data))
        for i, path in enumerate(moved.files()):
            os.utime(os.path.join(moved.folder, path), (INSTANT + i, INSTANT + i))
        self.same("times one second apart", self.run(logs=moved))
        if self.logs.name == "booktiful":  # years come from the dated lines, so any time will do
            for path in moved.files():
                os.utime(os.path.join(moved.folder, path), (1, 1))
            self.same("files of 1970", self.run(logs=moved))

    def check_line_ends(self):
        def crlf(path, data):
            if path.endswith(".gz"):
                text = gzip.decompress(data).replace(b"\n", b"\r\n")
                written = int.from_bytes(data[4:8], "little")  # RFC 1952: MTIME
                return path, gzip.compress(text, mtime=written)
            return path, data.replace(b"\n", b"\r\n")
        self.same("CRLF", self.run(logs=self.logs.copy(crlf)))

    def check_compression(self):
        def unpacked(path, data):
            return (path[:-3], gzip.decompress(data)) if path.endswith(".gz") else (path, data)

        def packed(path, data):
            if path.endswith(".gz"):
                return path, data
            return path + ".gz", gzip.compress(data, mtime=0)

        def packed_otherwise(path, data):
            path, data = unpacked(path, data)
            if len(data) % 2:
                return path + ".xz", lzma.compress(data)
            return path + ".bz2", bz2.compress(data)
        wanted = without_gz(self.base)
        self.same("nothing compressed", without_gz(self.run(logs=self.logs.copy(unpacked))),
                  wanted)
        self.same("all compressed", without_gz(self.run(logs=self.logs.copy(packed))), wanted)
        self.same("bzip2 and xz",
                  without_gz(self.run(logs=self.logs.copy(packed_otherwise))), wanted)

    def check_archives(self):
        wanted = without_argument(without_gz(self.base))
        for name in ("logs.tar", "logs.tar.gz", "logs.tar.xz", "logs.zip"):
            at = os.path.join(tempfile.mkdtemp(), name)
            if name.endswith(".zip"):
                with zipfile.ZipFile(at, "w", zipfile.ZIP_DEFLATED) as archive:
                    for path in self.logs.files():
                        archive.write(os.path.join(self.logs.folder, path), path)
            else:
                with tarfile.open(at, "w:" + name[len("logs.tar."):]) as archive:
                    for path in self.logs.files():
                        archive.add(os.path.join(self.logs.folder, path), path)
            got = self.run(name, cwd=os.path.dirname(at))
            got = {form: data.replace(name.encode() + b":", b"") for form, data in got.items()}
            self.same(name, without_argument(without_gz(got)), wanted)


    def check_rotations(self):
        """One stream in one file or cut into six at line ends: only the citations differ."""
        def cut(path, data):
            lines = data.splitlines(keepends=True)
            size = len(lines) // 6 + 1
            parts = [b"".join(lines[i:i + size]) for i in range(0, len(lines), size)]
            for i, part in enumerate(parts[:-1]):
                extra[f"{path}.{len(parts) - 1 - i}"] = part
            return path, parts[-1]
        if any("." in os.path.basename(path).replace(".log", "") for path in self.logs.files()):
            return  # rotated already
        extra = {}
        cut_up = self.logs.copy(cut)
        for path, part in extra.items():
            with open(os.path.join(cut_up.folder, path), "wb") as f:
                f.write(part)
            os.utime(os.path.join(cut_up.folder, path), (INSTANT, INSTANT))
        self.same("rotations", without_places(self.run(logs=cut_up)), without_places(self.base))

    def check_standard_input(self):
        for path in self.logs.files():
            if "/" in path or path.endswith(".gz"):
                continue
            with open(os.path.join(self.logs.folder, path), "rb") as f:
                data = f.read()
            named = self.run(path)
            piped = {form: text.replace(b"stdin", path.encode())
                     for form, text in self.run("-", stdin=data).items()}
            wanted, got = ({form: without_hashes(text) for form, text in answer.items()}
                           for answer in (without_argument(named), without_argument(piped)))
            self.same(f"{path} piped", got, wanted)


def without_places(answer):
    """The findings alone: what they are told by, not where it stands."""
    report = json.loads(answer["json"])
    del report["sources"], report["warnings"], report["draft"]["banner"]  # they count files
    for e in report["evidence"]:
        del e["file"], e["line"]
    return {"json": json.dumps(report, indent=1).encode()}


# ---- the logs ------------------------------------------------------------------------------------

STATES = """\
Feb 26 07:10:00 lb-1 haproxy[811]: Server shop/web-2 is going DOWN for maintenance. 1 active and 0 \
backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.
Feb 26 08:20:00 lb-1 haproxy[811]: Server shop/web-1 is DOWN, reason: Layer4 connection problem, \
info: "Connection refused", check duration: 0ms. 0 active and 0 backup servers left. 2 sessions \
active, 0 requeued, 0 remaining in queue.
Feb 26 08:20:00 lb-1 haproxy[811]: backend shop has no server available!
Feb 26 08:30:05 lb-1 haproxy[811]: Server shop/web-1 is UP, reason: Layer4 check passed, check \
duration: 0ms. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.
"""
KERNEL = """\
Feb 26 11:19:58 web-1 kernel: [92602.412947] Out of memory: Killed process 2211 (gunicorn) \
total-vm:1893412kB, anon-rss:1612208kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3520kB
Feb 26 11:19:58 web-1 systemd[1]: shop.service: Failed with result 'oom-kill'.
Feb 26 11:29:57 web-1 systemd[1]: Started Shop.
"""


def by_time(*texts):
    """Syslog lines of one day in one stream; what stands at one second stays in order."""
    return sorted((line for text in texts for line in text), key=lambda line: line[:15])


def make_site(folder):
    """A balancer on UTC and a web server on +03:00; the balancer's log is one stream."""
    begin, end = (make_logs.instant(f"2022-02-26T{t}:00:00") for t in ("07", "09"))
    fail = [(make_logs.instant("2022-02-26T08:20:00"), make_logs.instant("2022-02-26T08:30:00"), 1)]
    front = make_logs.Story(begin, end, 10, fail)
    behind = make_logs.Story(begin, end, 10, fail, client="10.0.0.10", good=True)
    direct = make_logs.Story(begin, end, 30, [(fail[0][0], fail[0][1], 2)], clients=12)
    texts = {
        "haproxy.log": by_time(make_logs.haproxy(front), STATES.splitlines()),
        "web-1/access.log": make_logs.combined(behind, 180),
        "web-1/syslog": KERNEL.splitlines(),
        "web-2/shop.log": make_logs.combined(direct, -210),
    }
    for path, lines in texts.items():
        path = os.path.join(folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write("".join(line + "\n" for line in lines))
        os.utime(path, (INSTANT, INSTANT))


def copy_story(folder):
    shutil.copytree(FIXTURE, folder, dirs_exist_ok=True)
    for at, folders, names in os.walk(folder):
        for name in folders + names:
            os.utime(os.path.join(at, name), (INSTANT, INSTANT))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
    tempfile.tempdir = tempfile.mkdtemp(prefix="invariance-")
    failed = passed = 0
    try:
        for name, make, options in (
                ("booktiful", copy_story, ["--assume-tz", "web-*=Africa/Nairobi"]),
                ("site", make_site, ["--assume-tz", "web-1=+03:00", "--year", "2022"])):
            folder = os.path.join(tempfile.mkdtemp(), name)
            os.makedirs(folder)
            make(folder)
            checks = Checks(program, Logs(name, folder, options))
            for check in sorted(c for c in dir(checks) if c.startswith("check_")):
                if not wanted or check[len("check_"):] in wanted:
                    getattr(checks, check)()
            failed += len(checks.failed)
            passed += checks.passed
    finally:
        shutil.rmtree(tempfile.tempdir)
    print(f"invariance: {passed} the same, {failed} not")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
