#!/usr/bin/env python3
"""Plays an outage behind a balancer and writes the logs that three hosts would have kept.

usage: make_story.py STORY DIR

Two web servers, web-01 and web-02, stand behind lb-01. The balancer's clock shows UTC; those of the
web servers show East Africa Time. Stories:

  reload     web-02 is taken out by an edited configuration and a reload, which no line tells; two
             days later web-01 runs out of memory; 34 hours
  puppet     a wrong file name in the application of both servers; a puppet run ends it; 82 hours
  network    web-01 runs out of memory, people look at the network first; 10 hours
  long       the same with all of the balancer's rotations; 130 hours
  database   too many database connections under a wave of visitors: slow, and some errors; 90 min

The same story gives the same bytes.
"""

import calendar
import datetime
import os
import random
import sys

EAT = 3 * 3600
PATHS = ("/", "/books", "/books/7", "/books/1204", "/login", "/cart", "/api/search?q=tea")
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"
BACKEND = "booktiful-be"


def at(text):
    """Seconds since 1970 of "2022-02-26 08:47:31" (UTC)."""
    return calendar.timegm(datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").timetuple())


def wall(t, pattern, zone=0):
    return datetime.datetime.fromtimestamp(int(t) + zone, datetime.timezone.utc).strftime(pattern)


class Logs:
    """Lines by file, each with the time it is written."""

    def __init__(self):
        self.lines = {}

    def put(self, name, t, text):
        self.lines.setdefault(name, []).append((t, text))

    def syslog(self, host, log, t, tag, text):
        zone = 0 if host == "lb-01" else EAT
        stamp = wall(t, "%b %e %H:%M:%S", zone)
        self.put(f"{host}/{log}", t, f"{stamp} {host} {tag}: {text}")

    def haproxy(self, t, pid, text):
        self.syslog("lb-01", "haproxy.log", t, f"haproxy[{pid}]", text)

    def sudo(self, host, t, command, user="ubuntu"):
        self.syslog(host, "auth.log", t, "sudo", f"  {user} : TTY=pts/0 ; PWD=/home/{user} ; "
                    f"USER=root ; COMMAND={command}")

    def login(self, host, t, user="ubuntu", client="203.0.113.9"):
        self.syslog(host, "auth.log", t, "sshd[3021]",
                    f"Accepted publickey for {user} from {client} port 50372 ssh2: ED25519 "
                    "SHA256:storyStoryStoryStoryStoryStoryStoryStorySto")

    def nginx_error(self, host, t, level, text, client, path):
        self.put(f"{host}/nginx/error.log", t,
                 f"{wall(t, '%Y/%m/%d %H:%M:%S', EAT)} [{level}] 911#911: *{int(t) % 99991} {text}, "
                 f"client: 10.0.0.10, server: booktiful.example, request: \"GET {path} HTTP/1.1\", "
                 f"upstream: \"fastcgi://127.0.0.1:9000\", host: \"booktiful.example\"")

    def write(self, folder, cuts=()):
        """Rotated at each of `cuts`: what is older gets a number."""
        for name, lines in self.lines.items():
            lines.sort(key=lambda x: x[0])
            parts, rest = [], lines
            for cut in cuts:
                old = [x for x in rest if x[0] < cut]
                rest = [x for x in rest if x[0] >= cut]
                if old:  # an empty log is not rotated
                    parts.append(old)
            parts.append(rest)
            names = [name] + [f"{name}.{n}" for n in range(1, len(parts))]
            for part, shown in zip(reversed(parts), names):
                if not part:
                    continue
                path = os.path.join(folder, shown)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="ascii") as f:
                    f.writelines(text + "\n" for _, text in part)


class Answer:
    """How one request went: who was asked, what came back, after how long, by which state."""

    def __init__(self, server, status=200, seconds=0.2, state="----", queue=0.0, app=None):
        self.server, self.status, self.seconds = server, status, seconds
        self.state, self.queue, self.app = state, queue, app


class Site:
    def __init__(self, seed, clients):
        self.logs = Logs()
        self.random = random.Random(seed)
        self.clients = [f"198.51.{100 + i // 250}.{1 + i % 250}" for i in range(clients)]
        self.pid = 1123

    def serve(self, begin, end, every, answer):
        """Requests about every so many seconds; answer(t, client) -> Answer. `every` may be a
        function of the time."""
        t = begin
        while True:
            step = every(t) if callable(every) else every
            t += self.random.expovariate(1 / step)
            if t >= end:
                return
            client = self.random.choice(self.clients)
            self.request(t, client, self.random.choice(PATHS), answer(t, client))

    def request(self, t, client, path, a):
        done, ms = t + a.queue + a.seconds, int(a.seconds * 1000)
        size = 512 if a.status >= 500 else 2360
        accept = f"{wall(t, '%d/%b/%Y:%H:%M:%S')}.{int(t * 1000) % 1000:03}"
        queue = int(a.queue * 1000)
        reply = -1 if a.state in ("sH--", "sQ--", "SC--") else ms
        shown = "-1/-1/-1" if a.state == "sQ--" else f"0/{reply}/{ms + queue}"
        timers = f"0/{queue}/{shown}" if a.state != "sQ--" else f"0/{queue}/-1/-1/{queue}"
        self.logs.haproxy(done, self.pid,
                          f"{client}:{40000 + int(t) % 20000} [{accept}] booktiful-fe {BACKEND}/"
                          f"{a.server} {timers} {a.status} {size} - - {a.state} 5/5/4/4/0 "
                          f"{3 if queue else 0}/0 \"GET {path} HTTP/1.1\"")
        if a.server == "<NOSRV>" or a.state == "sQ--":
            return
        status = 499 if a.state == "sH--" else a.status
        self.logs.put(f"{a.server}/nginx/access.log", done,
                      f"10.0.0.10 - - [{wall(done, '%d/%b/%Y:%H:%M:%S', EAT)} +0300] \"GET {path} "
                      f"HTTP/1.1\" {status} {size} \"-\" \"{AGENT}\" \"{client}\"")
        if a.app:
            self.logs.nginx_error(a.server, done, "error", a.app, client, path)

    def cron(self, begin, end):
        """A line an hour on each host: it is alive."""
        for host in ("lb-01", "web-01", "web-02"):
            for t in range(begin - begin % 3600 + 17 * 60, end, 3600):
                self.logs.syslog(host, "syslog", t + 1, "CRON[811]",
                                 "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)")

    # what the balancer and the hosts say

    def maintenance(self, t, server):
        self.logs.haproxy(t, self.pid, f"Server {BACKEND}/{server} is going DOWN for maintenance. "
                          "1 active and 0 backup servers left. 0 sessions active, 0 requeued, "
                          "0 remaining in queue.")

    def ready(self, t, server):
        self.logs.haproxy(t, self.pid, f"Server {BACKEND}/{server} is UP/READY (leaving forced "
                          "maintenance).")

    def reload(self, t, n):
        self.logs.sudo("lb-01", t, "/usr/bin/systemctl reload haproxy")
        for proxy in ("booktiful-fe", BACKEND):
            self.logs.haproxy(t, self.pid, f"Proxy {proxy} stopped (cumulated conns: FE: {n}, "
                              "BE: 0).")
        self.pid += 977

    def out_of_memory(self, t):
        self.logs.syslog("web-01", "kern.log", t, "kernel", "[913222.412947] Out of memory: Killed "
                         "process 2211 (gunicorn) total-vm:1893412kB, anon-rss:1612208kB, "
                         "file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:3520kB oom_score_adj:0")
        self.logs.syslog("web-01", "syslog", t, "systemd[1]",
                         "gunicorn.service: Failed with result 'oom-kill'.")

    def reboot(self, t):
        self.logs.sudo("web-01", t, "/usr/sbin/reboot")
        self.logs.syslog("web-01", "kern.log", t + 34, "kernel", "[    0.000000] Linux version "
                         "5.4.0-100-generic (buildd@lcy02) (gcc version 9.4.0) #113-Ubuntu SMP")


def either(site):
    return "web-01" if site.random.random() < 0.5 else "web-02"


# ---- the stories ------------------------------------------------------------------------------


def memory(site, t0, onset, back, end, last, every, out_by_reload=False, returns=None):
    """web-02 is out since long before; web-01 slows down and fails; then web-02 serves alone and
    fails now and then, until both are back."""
    gone = onset - 154024  # 42 h 47 min 4 s
    returns = returns or end - 1010

    def answer(t, client):
        if t < gone:
            return Answer(either(site))
        if t < onset - 1800:
            return Answer("web-01")
        if t < onset:
            return Answer("web-01", seconds=0.2 + 3.0 * (t - onset + 1800) / 1800)
        if t < back:
            return Answer("web-01", 500 if site.random.random() < 0.995 else 200)
        server = either(site) if t >= returns else "web-02"
        return Answer(server, 500 if t < end and site.random.random() < 0.06 else 200)

    site.serve(t0, last, every, answer)
    site.logs.login("lb-01", gone - 220)
    if out_by_reload:
        site.logs.sudo("lb-01", gone - 40, "/usr/bin/vi /etc/haproxy/haproxy.cfg")
        site.reload(gone, 51220)
    else:
        site.logs.sudo("lb-01", gone, "/usr/bin/socat stdio /run/haproxy/admin.sock")
        site.maintenance(gone, "web-02")
    site.out_of_memory(onset + 287)
    site.cron(t0, last)


def story_reload(site):
    t0, onset = at("2022-02-24 04:00:00"), at("2022-02-26 08:47:31")
    back, end = at("2022-02-26 09:15:04"), at("2022-02-27 18:58:02")
    memory(site, t0, onset, back, end, at("2022-02-27 20:30:00"), 20,
           out_by_reload=True)
    site.logs.login("web-01", at("2022-02-26 09:03:40"))
    site.logs.sudo("web-01", at("2022-02-26 09:04:12"), "/usr/bin/tail -n 200 /var/log/nginx/error.log")
    site.reload(back, 131220)
    site.reboot(at("2022-02-27 18:29:50"))
    site.reload(end - 1010, 196670)
    return [at("2022-02-25 03:25:00"), at("2022-02-26 03:25:00"), at("2022-02-27 03:25:00")]


def story_puppet(site):
    t0, onset = at("2022-11-06 21:00:00"), at("2022-11-08 09:00:00")
    end, last = at("2022-11-11 19:10:00"), at("2022-11-11 21:30:00")
    fatal = ("FastCGI sent in stderr: \"PHP message: PHP Fatal error:  require_once(): Failed opening "
             "required '/var/www/html/class-wp-locale.phpp' (include_path='.:/usr/share/php') in "
             "/var/www/html/settings.php on line 137\" while reading response header from upstream")

    def answer(t, client):
        server = either(site)
        if onset <= t < end:
            return Answer(server, 500, 0.05, app=fatal)
        return Answer(server)

    site.serve(t0, last, 45, answer)
    site.logs.login("web-01", onset + 120)
    site.logs.sudo("web-01", onset + 150, "/usr/bin/tail -f /var/log/nginx/error.log")
    site.logs.sudo("web-01", onset + 205, "/usr/bin/vi /etc/php/8.1/fpm/php.ini")
    for host, t in (("web-01", end - 118), ("web-02", end - 96)):
        site.logs.syslog(host, "syslog", t, "puppet-agent[4411]", "Compiled catalog for "
                         f"{host} in environment production in 0.21 seconds")
        site.logs.syslog(host, "syslog", t + 1, "puppet-agent[4411]", "(/Stage[main]/Main/"
                         "Exec[fix-settings]/returns) executed successfully")
        site.logs.syslog(host, "syslog", t + 1, "puppet-agent[4411]",
                         "Applied catalog in 0.62 seconds")
    site.cron(t0, last)
    return [at("2022-11-08 03:25:00"), at("2022-11-09 03:25:00"), at("2022-11-10 03:25:00"),
            at("2022-11-11 03:25:00")]


def people_look_at_the_network(site, day, reboot, end):
    """From hours behind the day's beginning."""
    site.logs.login("web-01", day + 9 * 3600 + 640)
    site.logs.sudo("web-01", day + 9 * 3600 + 700, "/usr/bin/free -m")
    for minute, host, command in ((0, "lb-01", "/usr/sbin/tcpdump -ni eth0 port 80"),
                                  (9, "lb-01", "/usr/bin/mtr -n 10.0.0.21"),
                                  (16, "web-01", "/usr/sbin/tcpdump -ni eth0"),
                                  (24, "web-01", "/usr/sbin/ip -s link")):
        site.logs.sudo(host, day + 11 * 3600 + minute * 60, command)
    site.logs.login("lb-01", day + 12 * 3600 + 1800, "ops2", "203.0.113.40")
    site.reboot(reboot)
    site.ready(reboot + 320, "web-01")
    site.reload(end - 120, 196670)


def story_network(site):
    day = at("2024-03-15 00:00:00")
    onset, back, end = day + 9 * 3600, day + 9 * 3600 + 904, day + 19 * 3600
    reboot = day + 16 * 3600 + 1800
    memory(site, day - 40 * 3600, onset, back, end, end + 5400, 15, returns=reboot + 320)
    site.ready(back, "web-02")
    site.maintenance(back, "web-01")
    people_look_at_the_network(site, day, reboot, end)
    return [day - 20 * 3600]


def story_long(site):
    day = at("2024-03-15 00:00:00")
    onset, back, end = day + 9 * 3600, day + 9 * 3600 + 904, at("2024-03-20 19:00:00")
    reboot = at("2024-03-20 16:30:00")
    memory(site, day - 40 * 3600, onset, back, end, end + 6 * 3600, 40, returns=reboot + 320)
    site.ready(back, "web-02")
    site.maintenance(back, "web-01")
    people_look_at_the_network(site, day, reboot, end)
    return [day + n * 86400 + 12300 for n in range(-1, 6)]


def story_database(site):
    day = at("2023-10-07 00:00:00")
    onset, end, last = day + 36000, day + 41400, day + 45000
    many = ("FastCGI sent in stderr: \"PHP message: SQLSTATE[HY000] [1040] Too many connections\" "
            "while reading response header from upstream")

    def every(t):
        wave = 1.0 if t < day + 35520 or t > end + 600 else 2.6
        return 2.5 / wave

    def answer(t, client):
        server = either(site)
        if not onset <= t < end:
            return Answer(server, seconds=0.12 + 0.2 * site.random.random())
        dice = site.random.random()
        if dice < 0.04:
            return Answer(server, 503, 0.0, "sQ--", 5.0)
        if dice < 0.08:
            return Answer(server, 504, 30.0, "sH--", 1.0)
        if dice < 0.13:
            return Answer(server, 500, 0.4, queue=2.0, app=many)
        if dice < 0.60:
            return Answer(server, seconds=2.0 + 6 * site.random.random(), queue=1.5)
        return Answer(server, seconds=0.3, queue=0.1)

    site.serve(day + 21600, last, every, answer)
    site.logs.login("web-01", onset + 300)
    site.logs.sudo("web-01", onset + 330, "/usr/bin/top -b -n 1")
    for minute, command in ((10, "/usr/sbin/tcpdump -ni eth0 port 3306"), (18, "/usr/bin/mtr db-01"),
                            (29, "/usr/sbin/ip -s link")):
        site.logs.sudo("web-01", onset + minute * 60, command)
    site.logs.login("lb-01", onset + 2700, "ops2", "203.0.113.40")
    site.reload(onset + 4500, 88120)
    site.cron(day + 21600, last)
    return []


STORIES = {"reload": (story_reload, 34, 1300), "puppet": (story_puppet, 82, 900),
           "network": (story_network, 10, 1100), "long": (story_long, 130, 2400),
           "database": (story_database, 90, 3000)}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in STORIES:
        sys.exit(__doc__)
    tell, seed, clients = STORIES[sys.argv[1]]
    site = Site(seed, clients)
    site.logs.write(sys.argv[2], tell(site))


if __name__ == "__main__":
    main()
