#!/usr/bin/env python3
"""Operators are told apart, and no account comes out but in the key.

usage: operators.py PROGRAM

Logs of a balancer and a host are made in which two accounts log in and run commands on both hosts,
with names that stand nowhere else. Every format is searched for them.
"""

import os
import stat
import subprocess
import sys
import tempfile

BALANCER, HOST, BOTH = "quillfeather", "ottervale", ("quillfeather", "ottervale")
OTHERS = ("brambleton", "mossgrove")  # in lines that tell of nobody's work
FORMATS = ("md", "json", "timesketch", "records")
DAY = "2022-02-26T"


def request(second, status):
    at = f"{8 + second // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}"
    return (f'203.0.113.{second % 24} - - [26/Feb/2022:{at} +0000] "GET /{second} HTTP/1.1" '
            f'{status} 157 "-" "Mozilla/5.0"\n')


def sudo(at, host, account, command):
    return (f"{DAY}{at}+00:00 {host} sudo:  {account} : TTY=pts/0 ; PWD=/home/{account} ; "
            f"USER=root ; COMMAND={command}\n")


def login(at, host, account):
    return (f"{DAY}{at}+00:00 {host} sshd[71]: Accepted publickey for {account} from 203.0.113.9 "
            f"port 50211 ssh2: ED25519 SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg\n"
            f"{DAY}{at}+00:00 {host} sshd[71]: pam_unix(sshd:session): session opened for user "
            f"{account}(uid=1000) by (uid=0)\n"
            f"{DAY}{at}+00:00 {host} systemd-logind[9]: New session 3 of user {account}.\n")


def make(folder):
    with open(os.path.join(folder, "access.log"), "w", encoding="ascii") as f:
        for second in range(0, 5400, 5):
            f.write(request(second, 502 if 1800 <= second < 3600 else 200))
    with open(os.path.join(folder, "auth.log"), "w", encoding="ascii") as f:
        f.write(sudo("08:10:00", "lb-1", BALANCER, "/usr/bin/systemctl reload haproxy"))
        f.write(f"{DAY}08:20:00+00:00 web-1 CRON[7]: ({OTHERS[0]}) CMD (/srv/report.sh)\n")
        f.write(f"{DAY}08:21:00+00:00 web-1 sshd[8]: Failed password for {OTHERS[1]} from "
                "203.0.113.80 port 40022 ssh2\n")
        f.write(login("08:35:00", "web-1", HOST))
        f.write(sudo("08:36:00", "web-1", HOST, "/usr/bin/tail -n 9 /var/log/syslog"))
        f.write(sudo("08:37:00", "web-1", HOST, "/usr/bin/free"))
        f.write(login("08:40:00", "web-1", BALANCER))
        f.write(sudo("08:50:00", "web-1", BALANCER, "/usr/bin/systemctl restart shop"))
        f.write(sudo("08:59:00", "web-1", HOST, "/usr/bin/systemctl restart shop"))
        f.write(f"{DAY}08:59:30+00:00 web-1 su[9]: (to root) {HOST} on pts/0\n")


def run(program, folder, *arguments):
    p = subprocess.run([program, "-q", *arguments, "access.log", "auth.log"], cwd=folder,
                       capture_output=True, text=True, timeout=60)
    return p.returncode, p.stdout + p.stderr


def check(program, folder):
    for name in FORMATS:
        status, text = run(program, folder, "--format", name, "--invalid", f"invalid-{name}")
        with open(os.path.join(folder, f"invalid-{name}"), encoding="utf-8") as f:
            text += f.read()
        if status:
            yield f"--format {name}: status {status}: {text}"
        yield from (f"--format {name} names {account}" for account in BOTH + OTHERS
                    if account in text)
    _, text = run(program, folder, "--keep-actors", "key")
    yield from (f"with a key the draft names {account}" for account in BOTH if account in text)
    for said in ("Operator A ran `systemctl reload haproxy` on `lb-1`",
                 "First login on `web-1` by operator B",
                 "Operator A ran `systemctl restart shop` on `web-1`",
                 "Operator B ran `systemctl restart shop` on `web-1`"):
        if said not in text:
            yield f"the draft does not say: {said}\n{text}"
    key = os.path.join(folder, "key")
    with open(key, encoding="utf-8") as f:
        rows = [line.split("\t") for line in f.read().splitlines()]
    if rows != [["operator", "account", "hosts"], ["A", BALANCER, "lb-1, web-1"],
                ["B", HOST, "web-1"]]:
        yield f"the key: {rows}"
    if stat.S_IMODE(os.stat(key).st_mode) != 0o600:
        yield f"the key's mode: {stat.S_IMODE(os.stat(key).st_mode):o}"
    status, text = run(program, folder, "--keep-actors", "key")
    if status != 2 or "key exists already" not in text:
        yield f"a second time: status {status}: {text}"
    os.chmod(key, 0o644)
    status, text = run(program, folder, "--keep-actors", "key", "--force")
    if status or stat.S_IMODE(os.stat(key).st_mode) != 0o600:
        yield f"with --force: status {status}, mode {stat.S_IMODE(os.stat(key).st_mode):o}"
    status, text = run(program, folder, "--keep-actors", "other", "-o", "drafts/")
    if status != 2 or os.path.exists(os.path.join(folder, "other")):
        yield f"with a folder: status {status}: {text}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="operators-") as folder:
        make(folder)
        wrong = list(check(os.path.abspath(sys.argv[1]), folder))
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
