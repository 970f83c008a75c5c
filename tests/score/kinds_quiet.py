"""What is no incident, or a low one at most."""

from world import HOUR, MINUTE, SECOND, Site


def background_errors(rng):
    """a few requests fail at all times"""
    return Site(rng, background=rng.choice((0.0005, 0.001, 0.003, 0.005))).story()


def permanent_bug(rng):
    """one route answers 500 all day"""
    site = Site(rng, rate=rng.uniform(0.5, 3))
    path = rng.choice(("/feed.xml", "/contact"))
    site.fault(site.begin, site.end, "app", 1.0, lambda r: r.path == path, of=False)
    return site.story()


def bug_beside_outage(rng):
    """one route answers 500 all day; in the middle everything fails"""
    site = Site(rng, rate=rng.uniform(0.5, 3), background=0.0005)
    path = rng.choice(("/feed.xml", "/contact"))
    site.fault(site.begin, site.end, "app", 1.0, lambda r: r.path == path, of=False)
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(8, 40) * MINUTE, "refused")
    site.play()
    site.background = 0.02  # what an observer of the whole sees, with the route
    return site.story()


def scanner(rng):
    """a scanner's thousands of 404s"""
    site = Site(rng, rate=rng.uniform(0.3, 2))
    begin = site.some_time()
    site.noise(begin, begin + rng.randint(3, 12) * MINUTE, "203.0.113.201",
               lambda r: "/" + r.choice(("wp-login.php", ".env", "admin/", "phpmyadmin/", ".git/"))
               + str(r.randrange(900)), 404, rng.uniform(5, 20), "Mozilla/5.0 zgrab/0.x")
    return site.story()


def scanner_finds_a_bug(rng):
    """a scanner asks for things that make the application answer 500"""
    site = Site(rng, rate=rng.uniform(0.3, 2))
    begin = site.some_time()
    site.noise(begin, begin + rng.randint(3, 12) * MINUTE, "203.0.113.201",
               lambda r: f"/search?q=%00{r.randrange(900)}", 500, rng.uniform(1, 4), "sqlmap/1.8")
    return site.story()


def hammering_client(rng):
    """one client asks for one broken address, again and again"""
    site = Site(rng, rate=rng.uniform(0.3, 2))
    begin = site.some_time()
    site.noise(begin, begin + rng.randint(10, 60) * MINUTE, "198.51.100.7", "/export?all=1", 500,
               rng.uniform(0.3, 3))
    return site.story()


def logins_refused(rng):
    """a wave of 401s and 429s from many addresses"""
    site = Site(rng, rate=rng.uniform(0.5, 2))
    begin = site.some_time()
    for i in range(12):
        site.noise(begin + i * 7 * SECOND, begin + rng.randint(6, 20) * MINUTE,
                   f"192.0.2.{120 + i}", "/login", rng.choice((401, 429)), 0.3)
    return site.story()


def health_checks_fail(rng):
    """health checks fail for half an hour; no user sees anything"""
    site = Site(rng, front=rng.choice(("haproxy+web", "webs")), rate=rng.uniform(0.5, 2),
                backends={"shop": 2}, checks=20)
    begin = site.some_time()
    site.health_fails(begin, begin + rng.randint(10, 40) * MINUTE, "web-01")
    return site.story()


def health_checks_fail_server_out(rng):
    """health checks fail, the balancer takes the server out; no user sees anything"""
    site = Site(rng, front="haproxy+web", rate=rng.uniform(0.5, 1.5), backends={"shop": 3},
                checks=20)
    begin = site.some_time()
    end = begin + rng.randint(10, 40) * MINUTE
    site.remove("web-01", begin, end, "down-l7")
    return site.story()


def deploy(rng):
    """a few seconds of 502 around a deploy"""
    site = Site(rng, front=rng.choice(("nginx", "webs", "haproxy+web")), rate=rng.uniform(0.5, 2))
    begin = site.some_time()
    end = begin + rng.randint(3, 7) * SECOND
    site.fault(begin, end, "refused", of=False)
    site.say(begin, "web-01", "systemd[1]: Stopping gunicorn.service - Shop application...")
    site.say(end, "web-01", "systemd[1]: Started gunicorn.service - Shop application.")
    return site.story()


def deploys_all_day(rng):
    """five deploys, each with a few seconds of 502"""
    site = Site(rng, front=rng.choice(("nginx", "webs", "haproxy+web")), rate=rng.uniform(0.5, 1.5),
                length=6 * HOUR)
    for i in range(5):
        begin = site.begin + (i + 1) * HOUR - rng.randint(0, 20) * MINUTE
        site.fault(begin, begin + rng.randint(3, 7) * SECOND, "refused", of=False)
    return site.story()


def planned_maintenance(rng):
    """a server is in maintenance for an hour, as planned; nothing fails"""
    site = Site(rng, front=rng.choice(("haproxy", "haproxy+web")), rate=rng.uniform(0.5, 1.5),
                backends={"shop": rng.randint(2, 3)}, length=6 * HOUR)
    begin = site.some_time()
    site.say(begin - MINUTE, "lb-01", "sudo:   deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; "
             "COMMAND=/usr/bin/socat stdio /run/haproxy/admin.sock")
    site.remove("web-02", begin, begin + HOUR, "maint")
    return site.story()


def missing_rotation(rng):
    """the log of one day is gone"""
    site = Site(rng, rate=0.09, length=96 * HOUR, rotate=rng.choice(("daily", "daily-gz")),
                missing=(2,))
    return site.story()


def nights_lull(rng):
    """hardly anyone comes at night"""
    return Site(rng, shape="deep", rate=rng.uniform(0.1, 0.3), length=48 * HOUR).story()


def office_hours(rng):
    """nobody at all comes at night: the office is closed"""
    return Site(rng, shape="office", rate=rng.uniform(0.1, 0.4), length=72 * HOUR,
                rotate=rng.choice(("none", "daily"))).story()


def background_in_clusters(rng):
    """now and then a page of one client fails with all that belongs to it"""
    site = Site(rng, rate=rng.uniform(0.5, 2), background=0.0005)
    for _ in range(rng.randint(25, 60)):
        begin = site.begin + rng.randrange(site.length - MINUTE)
        site.noise(begin, begin + rng.randint(2, 6) * SECOND, f"203.0.113.{rng.randint(1, 80)}",
                   lambda r: f"/items/{r.randrange(3000)}", 500, 1.0)
    return site.story()


def sparse_site(rng):
    """a request every few minutes, and a failed one now and then"""
    return Site(rng, rate=rng.uniform(1 / 400, 1 / 100), length=120 * HOUR, background=0.005,
                clients=60).story()


def crowd(rng):
    """ten times as many come for an hour, and are served"""
    site = Site(rng, rate=rng.uniform(0.3, 0.8), length=6 * HOUR, background=0.001)
    begin = site.some_time()
    for i in range(60):
        site.noise(begin + i * 5 * SECOND, begin + rng.randint(40, 60) * MINUTE,
                   f"192.0.2.{100 + i}", "/items/77", 200, 0.08)
    return site.story()


def retried(rng):
    """one of nginx's servers refuses; the next one answers: no user sees anything"""
    site = Site(rng, front="nginx-lb", backends={"shop": 3}, rate=rng.uniform(0.5, 2))
    begin = site.some_time()
    end = begin + rng.randint(10, 30) * MINUTE
    for r in site.play():
        if begin <= r.t < end and rng.random() < 0.3 and r.server != "web-03":
            r.before = site.address["web-03"]
    return site.story()


def named_pages(rng):
    """paths begin with their users' names; some requests fail at all times"""
    site = Site(rng, background=rng.choice((0.002, 0.005)), rate=rng.uniform(1, 3))
    for r in site.play():
        if r.path.startswith(("/items/", "/search", "/static")):
            r.path = f"/{chr(97 + rng.randrange(26))}{rng.randrange(900)}x"
    return site.story()


def visited_bug(rng):
    """one route answers 500 all day, and is asked for much more by day"""
    site = Site(rng, rate=rng.uniform(1, 3), shape="daily", length=20 * HOUR)
    path = rng.choice(("/feed.xml", "/contact", "/account/orders/"))
    site.fault(site.begin, site.end, "app", rng.choice((1.0, 0.4)),
               lambda r: r.path.startswith(path), of=False)
    return site.story()


KINDS = [background_errors, permanent_bug, bug_beside_outage, scanner, scanner_finds_a_bug,
         hammering_client, logins_refused, health_checks_fail, health_checks_fail_server_out,
         deploy, deploys_all_day, planned_maintenance, missing_rotation, nights_lull, office_hours,
         background_in_clusters, sparse_site,
         crowd, retried, named_pages, visited_bug]
