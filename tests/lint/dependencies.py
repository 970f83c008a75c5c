#!/usr/bin/env python3
"""dependencies.py TOP - one dependency, one file: where a library is known, and nowhere else."""

import fnmatch

from tree import CODE, files, includes, main, read

# Header, and the files that may include it.
ALLOWED = (
    ("zlib.h", ("src/inflate.c",)),
    ("bzlib.h", ("src/unpack_bzip2.c",)),
    ("lzma*", ("src/unpack_xz.c",)),
    ("zstd*", ("src/unpack_zstd.c",)),
    ("systemd/*", ("src/source_journal.c",)),
    ("archive.h", ("src/archive.c",)),
    ("archive_entry.h", ("src/archive.c",)),
    ("pcre2*.h", ("src/rules.c", "src/pattern.c")),
    ("cjson/*", ("src/render_json*", "src/custom*")),
    ("cJSON*", ()),
    # Threads: the scan's workers, and the two parsers that compile their templates once.
    ("pthread.h", ("src/scan.c", "parsers/access_json_names.c", "parsers/haproxy_request.c",
                   "parsers/nginx_access.c")),
    ("threads.h", ()),
    ("semaphore.h", ()),
    # Clocks of this machine: how long a run takes, and nothing about when.
    ("time.h", ("src/scan.c", "src/pipeline*", "src/main.c")),
    ("sys/time.h", ()),
    ("locale.h", ()),
    ("wchar.h", ()),
    ("regex.h", ()),
    ("setjmp.h", ()),
    # Addresses as text (inet_pton); nothing is ever sent anywhere.
    ("arpa/*", ("src/redact.c",)),
    ("sys/socket.h", ("src/redact.c",)),
    ("netdb.h", ()),
    ("netinet/*", ()),
    ("sys/mman.h", ()),  # a log cut short under a mapping would be a SIGBUS
    ("linux/*", ()),
)


def check(root):
    for path in files(root, CODE, (".c", ".h")):
        for line, name, _ in includes(read(root, path)):
            for pattern, allowed in ALLOWED:
                if fnmatch.fnmatchcase(name, pattern) and not any(
                        fnmatch.fnmatchcase(path, place) for place in allowed):
                    where = " and ".join(allowed) or "nowhere"
                    yield f"{path}:{line}: {name} belongs in {where}"


SAMPLES = (
    ({"src/inflate.c": "#include <zlib.h>\n", "src/scan.c": "#include <pthread.h>\n"}, None),
    ({"src/source.c": "\n#include <zlib.h>\n"}, "src/source.c:2: zlib.h belongs in src/inflate.c"),
    ({"include/pmt/rules.h": "#include <pcre2.h>\n"}, "pcre2.h belongs in src/rules.c"),
    ({"src/report.c": "#include <cjson/cJSON.h>\n"}, "belongs in src/render_json*"),
    ({"src/report.c": "# include <cJSON.h>\n"}, "belongs in nowhere"),
    ({"parsers/syslog.c": "#include <pthread.h>\n"}, "pthread.h belongs in"),
    ({"src/when.c": "#include <time.h>\n"}, "time.h belongs in"),
)

if __name__ == "__main__":
    main(check, SAMPLES)
