#!/usr/bin/env python3
"""Makes the logs the benchmark runs over: deterministic, nothing but the standard library.

make.py DIR nginx     14 rotated nginx logs in combined format (2 plain, 12 gz), about 1 GB inflated
make.py DIR plain     the same as one plain file
make.py DIR haproxy   one HAProxy httplog behind a traditional syslog head, about 550 MB
SCALE=0.01 in the environment makes everything smaller.
"""
import gzip
import os
import random
import sys

SCALE = float(os.environ.get("SCALE", "1"))
DAYS = 14
LINES = int(5_500_000 * SCALE)  # 185 bytes each
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
# More traffic by day than by night, in requests per hour of the day.
SHAPE = [3, 2, 2, 1, 1, 2, 4, 7, 9, 10, 11, 11, 12, 12, 11, 11, 10, 10, 11, 12, 11, 9, 7, 5]
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.1 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Mobile",
]
PATHS = ["/", "/login", "/cart", "/api/v1/items/%d", "/books/%d", "/static/app.%d.js",
         "/search?q=term%d", "/img/cover/%d.jpg"]
OUTAGE_DAY, OUTAGE_FROM, OUTAGE_TO = 9, 14 * 3600, 14 * 3600 + 1270


def seconds_of_day(rnd, n):
    total = sum(SHAPE)
    for hour, weight in enumerate(SHAPE):
        for s in sorted(rnd.randrange(3600) for _ in range(n * weight // total)):
            yield hour * 3600 + s


def requests(day):
    rnd = random.Random(1000 + day)
    clients = ["198.%d.%d.%d" % (18 + i % 2, i // 250 % 250, i % 250) for i in range(40_000)]
    for s in seconds_of_day(rnd, LINES // DAYS):
        client = clients[int(len(clients) * rnd.random() ** 3)]
        path = PATHS[int(len(PATHS) * rnd.random() ** 2)]
        if "%d" in path:
            path = path % rnd.randrange(5000)
        bad = day == OUTAGE_DAY and OUTAGE_FROM <= s <= OUTAGE_TO and rnd.random() < 0.97
        status = 502 if bad or rnd.random() < 0.0003 else 200 if rnd.random() < 0.93 else 404
        yield s, client, path, status, rnd.randrange(200, 60_000), rnd.random(), rnd


def nginx_day(day, out):
    date = "%02d/%s/2023" % (day + 1, MONTHS[10])
    for s, client, path, status, size, x, rnd in requests(day):
        out.write('%s - - [%s:%02d:%02d:%02d +0000] "GET %s HTTP/1.1" %d %d "%s" "%s"\n' % (
            client, date, s // 3600, s // 60 % 60, s % 60, path, status, size,
            "https://shop.example/" if x < 0.6 else "-", AGENTS[int(x * len(AGENTS))]))


def haproxy_day(day, out):
    head, date = "%s %2d" % (MONTHS[10], day + 1), "%02d/%s/2023" % (day + 1, MONTHS[10])
    for s, client, path, status, size, x, rnd in requests(day):
        clock = "%02d:%02d:%02d" % (s // 3600, s // 60 % 60, s % 60)
        t = int(x * 300)
        out.write('%s %s lb-1 haproxy[812]: %s:%d [%s:%s.%03d] www app/web%d 0/0/1/%d/%d %d %d - - '
                  '%s 12/10/8/4/0 0/0 "GET %s HTTP/1.1"\n' % (
                      head, clock, client, 20_000 + t, date, clock, rnd.randrange(1000),
                      1 + (t & 1), t, t + 1, status, size, "SH--" if status == 502 else "----", path))


def opened(path):
    return gzip.open(path, "wt", compresslevel=6) if path.endswith(".gz") else open(path, "w")


def main():
    folder, what = sys.argv[1], sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    if what == "nginx":
        for day in range(DAYS):
            age = DAYS - 1 - day
            name = "access.log" + ("" if age == 0 else ".%d" % age) + (".gz" if age > 1 else "")
            with opened(os.path.join(folder, name)) as out:
                nginx_day(day, out)
    else:
        one = {"plain": nginx_day, "haproxy": haproxy_day}[what]
        days = DAYS if what == "plain" else DAYS * 3 // 5
        with open(os.path.join(folder, what + ".log"), "w") as out:
            for day in range(days):
                one(day, out)


if __name__ == "__main__":
    main()
