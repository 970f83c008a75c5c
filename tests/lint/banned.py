#!/usr/bin/env python3
"""banned.py TOP - functions that are not called here, with the reason; and who may speak.

Comments and strings are not looked at, but for what getenv() asks: each variable has one reader.
"""

import fnmatch
import re

from tree import CODE, files, code_of, main, read

CLOCK = "asks this machine's clock, zone or locale"
BOUND = "writes without a bound"
BANNED = {
    **dict.fromkeys(("localtime", "localtime_r", "mktime", "timegm", "gmtime", "gmtime_r", "strptime",
                     "strftime", "asctime", "asctime_r", "ctime", "ctime_r", "time", "gettimeofday",
                     "tzset", "setlocale", "newlocale", "uselocale"), CLOCK),
    **dict.fromkeys(("strcpy", "strcat", "stpcpy", "sprintf", "vsprintf", "gets", "scanf", "sscanf",
                     "fscanf", "alloca"), BOUND),
    **dict.fromkeys(("strtok", "strtok_r", "strsep"), "cuts the text it reads"),
    **dict.fromkeys(("atoi", "atol", "atoll", "atof"), "takes anything for a number"),
    **dict.fromkeys(("system", "popen", "execl", "execlp", "execv", "execvp", "execve", "fork"),
                    "starts another program"),
    **dict.fromkeys(("rand", "srand", "random", "srandom", "drand48"),
                    "gives another answer for the same input"),
    **dict.fromkeys(("tmpnam", "tempnam", "mktemp"), "leaves time for another to be first"),
    **dict.fromkeys(("gzopen", "gzread", "mmap"), "hides damage (see source.h)"),
}
# What speaks, ends the program or asks the host, and where that is done.
PRINTS = ("src/diag.c", "src/main.c")
ONLY_IN = {
    **dict.fromkeys(("printf", "vprintf", "puts", "putchar", "putc", "fputc", "fputs", "perror",
                     "fprintf", "vfprintf", "dprintf", "psignal", "syslog"), PRINTS),
    **dict.fromkeys(("exit", "_exit", "_Exit", "quick_exit", "abort"),
                    PRINTS + ("src/text.c",)),  # text.c: out of memory
    "fwrite": ("src/main.c", "src/pipeline*.c", "src/render_records.c"),
    "write": ("src/diag.c", "src/text.c", "src/intake.c"),  # intake.c: the copy of a pipe
    "clock_gettime": ("src/scan.c", "src/pipeline*.c", "src/main.c"),
    "signal": ("src/main.c",), "sigaction": ("src/main.c",),
    # Is it the file that was found before, or one that is read; is it below /var/log, or outside of
    # the folder that was given?
    "realpath": ("src/inputs_walk.c", "src/output.c", "src/calibrate_zone.c", "src/conf_files.c"),
    "gethostname": (), "getpwuid": (), "getpwnam": (), "getcwd": (),
}
# variable: its reader. No other environment is looked at.
ENVIRONMENT = {
    "NO_COLOR": "src/main.c",
    "TERM": "src/main.c",
    "PMT_PART_BYTES": "src/pipeline*.c",
    "PMT_ZONEINFO": "src/zone.c",
    "TMPDIR": "src/intake.c",
    "XDG_CONFIG_HOME": "src/pipeline_customs.c",
    "HOME": "src/pipeline_customs.c",
}

_CALL = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
_STREAM = re.compile(r"\bstderr\b|\bwrite\s*\(\s*(?:2|STDERR_FILENO)\b")
_GETENV = re.compile(r'\bgetenv\s*\(\s*(?:"([^"]*)")?')


def lines_of(text):
    return enumerate(text.splitlines(), 1)


def one_of(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def check(root):
    for path in files(root, CODE, (".c", ".h")):
        text = read(root, path)
        for number, line in lines_of(code_of(text)):
            for name in _CALL.findall(line):
                if name in BANNED:
                    yield f"{path}:{number}: {name}() {BANNED[name]}"
                elif name in ONLY_IN and not one_of(path, ONLY_IN[name]):
                    where = " and ".join(ONLY_IN[name]) or "nowhere"
                    yield f"{path}:{number}: {name}() belongs in {where}"
            if _STREAM.search(line) and path not in PRINTS + ("src/text.c",):
                yield f"{path}:{number}: only diag writes to stderr"
        for number, line in lines_of(code_of(text, strings=True)):
            for variable in _GETENV.findall(line):
                if not one_of(path, (ENVIRONMENT.get(variable, ""),)):
                    yield f"{path}:{number}: getenv({variable}): not its reader (banned.py)"


SAMPLES = (
    ({"src/a.c": '/* localtime() */ const char *s = "printf(\\"system(\\")"; // gets(p)\n'
                 "x->time(1); pmt_time(2); mytime (3); time_t t = x.time(4);\n",
      "src/diag.c": 'fprintf(stderr, "x");\n',
      "src/zone.c": 'getenv("PMT_ZONEINFO");\n'}, None),
    ({"src/a.c": "\ntime (NULL);\n"}, "src/a.c:2: time() asks"),
    ({"src/a.c": "/* one\n * two */ int y = atoi(p);\n"}, "src/a.c:2: atoi() takes"),
    ({"parsers/a.c": "localtime_r(&t, &tm);\n"}, "localtime_r() asks"),
    ({"include/pmt/a.h": "static inline void f(void) { strcpy(a, b); }\n"}, "strcpy() writes"),
    ({"src/a.c": 'setlocale(LC_ALL, "");\n'}, "setlocale() asks"),
    ({"src/a.c": 'printf("x");\n'}, "printf() belongs in"),
    ({"src/a.c": 'f("\\"", popen("x", "r"));\n'}, "popen() starts"),
    ({"src/a.c": "FILE *f = stderr;\n"}, "only diag writes to stderr"),
    ({"src/main.c": 'getenv("TZ");\n'}, "getenv(TZ): not its reader"),
    ({"src/scan.c": 'getenv("TMPDIR");\n'}, "getenv(TMPDIR): not its reader"),
    ({"src/scan.c": "getenv(name);\n"}, "not its reader"),
    ({"src/report.c": "exit(1);\n"}, "exit() belongs in"),
)

if __name__ == "__main__":
    main(check, SAMPLES)
