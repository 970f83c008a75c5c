#!/usr/bin/env python3
"""Nothing that was planted in the logs comes out, in any format.

usage: planted.py PROGRAM

Logs of a balancer, a web server and a host are made in which secrets, addresses and names of people
stand wherever a log can hold them, plainly and escaped. Every output is searched for them: the draft,
--format json, timesketch and records, --invalid, a folder of drafts, an updated draft, notes, what is
said on stderr. Names of services, servers, hosts and units must stay.
"""

import base64
import os
import subprocess
import sys
import tempfile

WORD = "zq7xhunter"  # a part of everything planted
ADDRESSES = ("198.51.100.201", "2001:db8:77::9", "198.51.100.202")
PLANTED = (
    f"?session={WORD}1&x=%20{WORD}2", f"/%3Ftoken%3D{WORD}3", f"https://u:{WORD}4@db.example/x",
    f"Authorization: Bearer {WORD}5abcdef99", f"password={WORD}6", f"\\x22password\\x22:\\x22{WORD}7\\x22",
    f"p%61ssword={WORD}8", f"{WORD}9.name@mail.example", f"{WORD}9%40mail.example",
    f"/home/{WORD}a/site", f"owner={WORD}b", f"user@{WORD}c.service", f"user-{WORD}d.slice",
    f"unix:/home/{WORD}e/app.sock", f"mysql://app:{WORD}f@db/shop", f"app:{WORD}g@tcp(db:3306)/shop",
    f"eyJhbGciOiJIUzI1NiJ9.{WORD}h", f"ghp_0123456789{WORD}i", f"xoxb-12345-{WORD}j",
    f"AKIA0123456789{WORD}k", f"Cookie: sid={WORD}l; theme={WORD}m",
    "Authorization: Basic " + base64.b64encode(f"bob:{WORD}".encode()).decode(),
    f"https://hooks.slack.com/services/T0/B0/{WORD}n", f"client: {ADDRESSES[0]}", f"rhost={ADDRESSES[0]}",
    f"[{ADDRESSES[1]}]:443", f"::ffff:{ADDRESSES[2]}", "0a:1b:2c:3d:4e:5f",
)
GONE = (WORD, base64.b64encode(f"bob:{WORD}".encode()).decode()[:12], "0a:1b:2c:3d:4e:5f", *ADDRESSES)
STAYS = ("shop-be", "web-01", "lb-1", "shop.service")
DAY = "2022-02-26T"


def request(second, status, piece, address):
    at = f"{8 + second // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}"
    path = piece.replace('"', "").replace(" ", "%20")
    path = path if path.startswith(("/", "?")) else "/p/" + path
    return (f'{address} - {WORD}o [26/Feb/2022:{at} +0000] "GET {"" if path[0] == "/" else "/"}{path} '
            f'HTTP/1.1" {status} 157 "https://shop.example/?q={WORD}p" "Mozilla/5.0 {piece}"\n')


def balancer(second, bad, piece, address):
    at = f"{8 + second // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}"
    return (f"{DAY}{at}+00:00 lb-1 haproxy[9]: {address}:40001 [26/Feb/2022:{at}.000] fe shop-be/web-01 "
            f"0/0/1/2/3 {503 if bad else 200} 12 SID={WORD}q - ---- 1/1/1/1/0 0/0 {{{WORD}r|agent}} "
            f'"GET /a?{piece.replace(chr(34), "")} HTTP/1.1"\n')


def host_lines():
    second = 0
    for piece in PLANTED:
        second += 1
        at = f"{DAY}08:{30 + second // 60:02}:{second % 60:02}+00:00 web-01"
        yield f"{at} sudo:  {WORD}s : TTY=pts/0 ; PWD=/home/{WORD}s ; USER=root ; COMMAND=/usr/bin/vi {piece}\n"
        yield f"{at} systemd[1]: shop.service: Failed with result 'exit-code'.\n"
        yield f"{at} systemd[1]: user@{WORD}t.service: Failed with result 'exit-code'.\n"
        yield f"{at} kernel: Out of memory: Killed process 812 (app) total-vm:1kB, anon-rss:1kB {piece}\n"
        yield f"{at} puppet-agent[4]: (/Stage[main]/Main/File[/home/{WORD}u/x]/ensure) defined content\n"
        yield f"{at} app[7]: {piece}\n"
        yield f"{at} sshd[8]: Accepted publickey for {WORD}v from {ADDRESSES[0]} port 5 ssh2\n"
        yield f"{at} sshd[8]: User {WORD}v from {ADDRESSES[1]} not allowed because\n"
        yield f"{at} sshd[8]: Starting session: shell on pts/0 for {WORD}v from {ADDRESSES[1]} port 5\n"
        yield f"{at} crontab[9]: ({WORD}w) BEGIN EDIT ({WORD}w)\n"
        yield f"{at} su[9]: Successful su for root by {WORD}w\n"
        yield f"no time here: {piece}\n"


def error_lines():
    for second, piece in enumerate(PLANTED):
        yield (f"2022/02/26 08:{30 + second // 60:02}:{second % 60:02} [error] 9#9: *1 connect() failed (111: "
               f"Connection refused) while connecting to upstream, client: {ADDRESSES[second % 2]}, server: "
               f'shop.example, request: "GET /x?{piece.replace(chr(34), "")} HTTP/1.1", upstream: '
               f'"http://unix:/home/{WORD}x/app.sock:/x", host: "shop.example"\n')
        yield (f'2022/02/26 08:{30 + second // 60:02}:{second % 60:02} [error] 9#9: *1 open() '
               f'"/home/{WORD}y/www/{second}" failed (2: No such file or directory), client: '
               f'{ADDRESSES[0]}, server: shop.example\n')


def make(folder):
    with open(os.path.join(folder, "haproxy.log"), "w", encoding="utf-8") as f:
        for second in range(0, 5400, 3):
            bad = 1800 <= second < 3600
            piece = PLANTED[second % len(PLANTED)]
            f.write(balancer(second, bad, piece, f"203.0.113.{second % 200}"))
    with open(os.path.join(folder, "access.log"), "w", encoding="utf-8") as f:
        for second in range(0, 5400, 7):
            piece = PLANTED[second % len(PLANTED)]
            f.write(request(second, 503 if 1800 <= second < 3600 else 200, piece,
                            ADDRESSES[second % len(ADDRESSES)]))
    with open(os.path.join(folder, "syslog"), "w", encoding="utf-8") as f:
        f.writelines(host_lines())
    with open(os.path.join(folder, "error.log"), "w", encoding="utf-8") as f:
        f.writelines(error_lines())
    with open(os.path.join(folder, "notes.md"), "w", encoding="utf-8") as f:
        for second, piece in enumerate(PLANTED):
            f.write(f"08:{30 + second:02} UTC - saw {piece} and asked @{WORD}z #escalated\n")


LOGS = ("haproxy.log", "access.log", "syslog", "error.log")


def run(program, folder, *arguments):
    p = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=120,
                       errors="replace")
    return p.returncode, p.stdout + p.stderr


def read_all(folder):
    for top, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(top, name), encoding="utf-8", errors="replace") as f:
                yield os.path.relpath(os.path.join(top, name), folder), f.read()


def outputs(program, folder):
    """(what it is, its text)"""
    for name in ("md", "json", "timesketch", "records"):
        yield name, run(program, folder, "-v", "--format", name, "--invalid", f"invalid-{name}",
                        "--notes", "notes.md", *LOGS)[1]
        with open(os.path.join(folder, f"invalid-{name}"), encoding="utf-8") as f:
            yield f"--invalid with {name}", f.read()
    for name in ("md", "json"):
        run(program, folder, "--format", name, "-o", f"drafts-{name}/", *LOGS)
        for path, text in read_all(os.path.join(folder, f"drafts-{name}")):
            yield f"drafts-{name}/{path}", text
    run(program, folder, "-o", "report.md", *LOGS[:2])
    yield "--update", run(program, folder, "--update", "report.md", "--notes", "notes.md", *LOGS)[1]
    with open(os.path.join(folder, "report.md"), encoding="utf-8") as f:
        yield "the updated draft", f.read()


def lines_with(text, word):
    return [line.strip()[:300] for line in text.split("\n") if word in line][:3]


def check(program, folder):
    count = 0
    for what, text in outputs(program, folder):
        count += 1
        if len(text) < 100:
            yield f"{what}: next to nothing: {text}"
        for word in GONE:
            if word in text:
                yield "\n  ".join([f"{what} has {word}:"] + lines_with(text, word))
        if what in ("md", "json", "the updated draft"):
            yield from (f"{what} lacks {word}" for word in STAYS if word not in text)
    if count < 10:
        yield f"only {count} outputs"
    # What is searched for is there: unredacted, it shows.
    text = run(program, folder, "--no-redact", "--format", "records", *LOGS)[1]
    yield from (f"{word} was not planted" for word in GONE if word not in text)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        make(folder)
        wrong = list(check(os.path.abspath(sys.argv[1]), folder))
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
