"""A share fails, or a part of the site, or it is only slow; and logs that do not show it whole."""

import logs
from world import HOUR, MINUTE, SECOND, Site


def brownout(rng):
    """one request in twenty fails for half an hour or more"""
    site = Site(rng, rate=rng.uniform(1.5, 3.2))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(25, 60) * MINUTE, "refused", 0.05)
    return site.story()


def faint_brownout(rng):
    """1.2 % fail, for hours"""
    site = Site(rng, rate=1.2, length=9 * HOUR, background=rng.choice((0, 0.0005, 0.001)))
    begin = site.begin + rng.randint(120, 200) * MINUTE
    site.fault(begin, begin + rng.randint(180, 260) * MINUTE, "app", 0.012)
    return site.story()


def brownout_beside_bug(rng):
    """2 % fail, for hours, where 0.3 % fail at all times"""
    site = Site(rng, rate=1.2, length=9 * HOUR, background=0.003)
    begin = site.begin + rng.randint(120, 200) * MINUTE
    site.fault(begin, begin + rng.randint(180, 260) * MINUTE, "app", 0.02)
    return site.story()


def slow_ramp(rng):
    """more and more fail, until it is mended at once"""
    site = Site(rng, rate=rng.uniform(1.5, 3))
    begin = site.some_time(0.2, 0.4)
    most = rng.uniform(0.4, 0.9)
    site.fault(begin, begin + rng.randint(40, 80) * MINUTE, "refused", lambda x: most * x * x)
    return site.story()


def slow_recovery(rng):
    """everything fails, then less and less"""
    site = Site(rng, rate=rng.uniform(1.5, 3))
    begin = site.some_time(0.2, 0.4)
    middle = begin + rng.randint(8, 20) * MINUTE
    site.fault(begin, middle, "refused", of="one")
    site.fault(middle, middle + 40 * MINUTE, "refused", lambda x: 0.5 * (1 - x), of="one")
    return site.story()


def tail_of_errors(rng):
    """a full outage, then an hour in which a few still fail"""
    site = Site(rng, rate=rng.uniform(2, 3), length=4 * HOUR)
    begin = site.begin + rng.randint(60, 80) * MINUTE
    middle = begin + rng.randint(8, 20) * MINUTE
    site.fault(begin, middle, "refused", of="one")
    site.fault(middle, middle + rng.randint(40, 60) * MINUTE, "app", 0.04, of="one")
    return site.story()


def peak_at_the_fix(rng):
    """one in ten fails; the restart that mends it fails everything in flight"""
    site = Site(rng, rate=rng.uniform(2, 3))
    begin = site.some_time(0.3, 0.5)
    middle = begin + rng.randint(20, 40) * MINUTE
    site.fault(begin, middle, "timeout", 0.1, of="one")
    site.fault(middle, middle + rng.randint(15, 40) * SECOND, "refused", of="one")
    return site.story()


def one_backend(rng):
    """one back end of several fails"""
    site = Site(rng, front=rng.choice(("haproxy", "haproxy+web")), rate=rng.uniform(2, 3),
                backends={"shop": 2, "api": 2, "blog": 1, "media": 1})
    begin, name = site.some_time(), rng.choice(("api", "blog", "media"))
    site.fault(begin, begin + rng.randint(15, 60) * MINUTE, "refused", 1.0,
               lambda r: r.backend == name)
    return site.story()


def one_of_a_dozen(rng):
    """one back end of twelve fails, with a fiftieth of the traffic"""
    names = ["shop"] + [f"app-{i}" for i in range(1, 12)]
    site = Site(rng, front="haproxy", rate=rng.uniform(2.5, 3.2),
                backends={name: rng.randint(1, 2) for name in names})
    begin, name = site.some_time(), rng.choice(names[5:])
    site.fault(begin, begin + rng.randint(25, 60) * MINUTE, rng.choice(("refused", "app")), 1.0,
               lambda r: r.backend == name)
    return site.story()


def one_vhost(rng):
    """one site of several on one nginx fails"""
    site = Site(rng, front="nginx", form="vhost", rate=rng.uniform(2, 3),
                backends={"shop": 1, "api": 1, "blog": 1})
    begin, name = site.some_time(), rng.choice(("api", "blog"))
    site.fault(begin, begin + rng.randint(15, 60) * MINUTE, "refused", 1.0,
               lambda r: r.backend == name)
    return site.story()


def one_path(rng):
    """one path fails, with a hundredth to a twentieth of the traffic"""
    site = Site(rng, rate=rng.uniform(2.5, 3.2))
    begin = site.some_time()
    path = rng.choice(("/checkout", "/feed.xml", "/account/orders/", "/login", "/contact"))
    site.fault(begin, begin + rng.randint(40, 60) * MINUTE, "app", 1.0,
               lambda r: r.path.startswith(path))
    return site.story()


def path_of_a_hundredth(rng):
    """one path of very many, with a hundredth of the traffic, answers nothing but errors"""
    site = Site(rng, rate=rng.uniform(2.5, 3), length=5 * HOUR,
                front=rng.choice(("haproxy", "nginx", "nginx-lb")))
    begin = site.some_time()
    path = rng.choice(("/contact", "/feed.xml"))
    site.fault(begin, begin + rng.randint(60, 90) * MINUTE, "app", 1.0,
               lambda r: r.path.startswith(path))
    return site.story()


def half_of_a_path(rng):
    """half of the requests to one path fail, the others are as ever"""
    site = Site(rng, rate=rng.uniform(2.5, 3), length=4 * HOUR)
    begin = site.some_time()
    path = rng.choice(("/checkout", "/login", "/account/orders/"))
    site.fault(begin, begin + rng.randint(40, 70) * MINUTE, "app", 0.5,
               lambda r: r.path.startswith(path))
    return site.story()


def path_behind_an_interface(rng):
    """one resource of an API fails; its first segments are shared by all"""
    site = Site(rng, rate=rng.uniform(2.5, 3), length=4 * HOUR)
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(40, 60) * MINUTE, "app", 1.0,
               lambda r: r.path.startswith("/checkout"))
    site.play()
    for r in site.requests:
        r.path = "/api/v1" + r.path
    # the rule above speaks of the paths as they are written
    site.faults[0].where = lambda r: r.path.startswith("/api/v1/checkout")
    return site.story()


def one_server_of_ten(rng):
    """one server of ten answers 500 to all it gets"""
    site = Site(rng, front=rng.choice(("haproxy", "haproxy+web", "nginx-lb")),
                backends={"shop": 10}, rate=rng.uniform(2, 3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(15, 60) * MINUTE, "app", 1.0,
               lambda r: r.server == "web-07")
    return site.story()


def one_vhost_of_twenty(rng):
    """one name of twenty on one web server answers 500"""
    site = Site(rng, front="nginx", form="vhost", rate=rng.uniform(2.5, 3), length=4 * HOUR,
                backends={"shop": 1})
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(40, 60) * MINUTE, "app", 1.0,
               lambda r: sum(r.client.encode()) % 20 == 7)
    site.play()
    for r in site.requests:
        r.vhost = f"site-{sum(r.client.encode()) % 20:02}.example"
    site.faults[0].where = lambda r: r.vhost == "site-07.example"
    return site.story()


def named_paths(rng):
    """paths begin with their users' names; the one for signing in fails"""
    site = Site(rng, rate=rng.uniform(2.5, 3), length=4 * HOUR)
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(30, 60) * MINUTE, "app", 1.0,
               lambda r: r.path == "/login")
    site.play()
    for r in site.requests:
        if r.path.startswith(("/items/", "/search", "/static")):
            r.path = f"/{chr(97 + rng.randrange(26))}{rng.randrange(900)}x"
    return site.story()


def one_server(rng):
    """one server of several answers 500 to all it gets"""
    site = Site(rng, front=rng.choice(("haproxy", "haproxy+web", "webs", "nginx-lb")),
                backends={"shop": rng.randint(3, 5)}, rate=rng.uniform(1, 3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(10, 60) * MINUTE, "app", 1.0,
               lambda r: r.server == "web-02")
    return site.story()


def two_services(rng):
    """one back end fails; while it does, another one does too: one incident"""
    site = Site(rng, front="haproxy", rate=rng.uniform(2, 3),
                backends={"shop": 2, "api": 2, "blog": 1})
    begin = site.some_time()
    end = begin + rng.randint(25, 50) * MINUTE
    again = begin + rng.randint(5, 8) * MINUTE
    site.fault(begin, end, "refused", 1.0, lambda r: r.backend == "api", of="one")
    site.fault(again, again + rng.randint(5, 12) * MINUTE, "app", 1.0,
               lambda r: r.backend == "blog", of="one")
    return site.story()


def half_the_clients(rng):
    """a share of the clients gets nothing but errors"""
    site = Site(rng, rate=rng.uniform(1, 3))
    begin, share = site.some_time(), rng.uniform(0.15, 0.35)
    site.fault(begin, begin + rng.randint(15, 60) * MINUTE, "refused", 1.0,
               lambda r: sum(r.client.encode()) * 37 % 100 < 100 * share)
    return site.story()


def slowness(rng):
    """answers take many times as long; clients give up, hardly a 5xx"""
    front = rng.choice(("haproxy", "nginx", "haproxy+web", "nginx-lb"))
    site = Site(rng, front=front, form="upstream" if front == "nginx-lb" else "timed",
                rate=rng.uniform(1, 3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(15, 60) * MINUTE, "slow", rng.uniform(0.7, 1))
    return site.story()


def clients_leave(rng):
    """the application hangs; nginx holds nothing but clients that left"""
    site = Site(rng, front="nginx", form=rng.choice(("combined", "timed")), rate=rng.uniform(1, 3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(15, 60) * MINUTE, "impatient", rng.uniform(0.5, 1))
    return site.story()


def slow_then_down(rng):
    """slower and slower for half an hour, then everything fails"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx")), form="timed", rate=rng.uniform(1, 3))
    slow = site.some_time(0.2, 0.4)
    begin = slow + rng.randint(20, 40) * MINUTE
    site.fault(slow, begin, "slow", lambda x: 0.2 + 0.8 * x, of=False)
    site.fault(begin, begin + rng.randint(50, 70) * MINUTE, "refused")
    site.allowed.append((slow - MINUTE, begin + MINUTE))

    def either(known):
        # The slow part may be told as its first phase.
        one = known["incidents"][0]
        one["start_open"] = one["start_near"] = (min(slow, one["start_open"][0]),
                                                 one["start_open"][1])
        one["numbers"] = one["full_s"] = None

    site.amend.append(either)
    return site.story()


def busy_brownout(rng):
    """one in twenty fails for three minutes at sixty requests per second"""
    site = Site(rng, rate=60, length=10 * MINUTE, shape="flat", clients=4000,
                front=rng.choice(("haproxy", "nginx")))
    begin = site.begin + rng.randint(180, 240) * SECOND
    site.fault(begin, begin + rng.randint(150, 200) * SECOND, "app", 0.05)
    return site.story()


def mostly_bad(rng):
    """34 h of trouble in 48 h of log: half an hour of all, then 3 %"""
    site = Site(rng, rate=0.3, length=48 * HOUR, background=rng.choice((0, 0.0005)))
    begin = site.begin + rng.randint(6, 9) * HOUR
    site.fault(begin, begin + 27 * MINUTE, "app", 0.995, of="one")
    site.fault(begin + 27 * MINUTE, begin + 34 * HOUR, "app", 0.03, of="one")
    return site.story()


def most_of_the_log(rng):
    """a third to all fails in most of the log"""
    site = Site(rng, rate=rng.uniform(0.5, 2), length=5 * HOUR)
    begin = site.begin + rng.randint(25, 40) * MINUTE
    site.fault(begin, site.end - rng.randint(25, 40) * MINUTE, "refused",
               rng.choice((1.0, 0.8, 0.35)))
    return site.story()


def running_at_the_start(rng):
    """the log begins in the middle of it"""
    site = Site(rng, rate=rng.uniform(0.3, 2))
    site.fault(site.begin - HOUR, site.begin + rng.randint(15, 60) * MINUTE, "refused",
               rng.choice((1.0, 1.0, 0.95)))
    return site.story()


def running_at_the_end(rng):
    """the log ends in the middle of it"""
    site = Site(rng, rate=rng.uniform(0.3, 2))
    site.fault(site.end - rng.randint(10, 50) * MINUTE, site.end + HOUR, "refused",
               rng.choice((1.0, 1.0, 0.6)))
    return site.story()


def one_address(rng):
    """a company's site: everyone has the same address"""
    site = Site(rng, front=rng.choice(("nginx", "haproxy")), peers="nat", rate=rng.uniform(0.5, 2))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(6, 40) * MINUTE, "refused", rng.choice((1.0, 0.6)))
    return site.story()


def balancers_address(rng):
    """the web servers' logs alone, which name the balancer as every client"""
    site = Site(rng, front="webs", form="combined", peers="nat", rate=rng.uniform(0.5, 3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(6, 40) * MINUTE, "app", rng.choice((1.0, 0.3)))
    return site.story()


def forwarded_clients(rng):
    """the clients stand in X-Forwarded-For; a quarter of the requests fails"""
    site = Site(rng, front="webs", form="forwarded", rate=rng.uniform(0.5, 2),
                clients=rng.randint(900, 3000), skew=0.2)
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(6, 25) * MINUTE, "app", 0.25)
    return site.story()


def balancer_log_lost(rng):
    """the balancer's log of that day is gone: the web servers' stand in"""
    site = Site(rng, front="haproxy+web", form="forwarded", rate=0.25, length=40 * HOUR,
                rotate="daily", zone="UTC")

    cuts = logs.turns(site)
    begin = cuts[-1] - rng.randint(120, 300) * MINUTE
    site.fault(begin, begin + rng.randint(20, 60) * MINUTE, "app")
    site.missing_of = {"lb-01/haproxy.log": {1}}
    site.removals_allowed.append((None, site.begin, site.end))
    return site.story()


KINDS = [brownout, faint_brownout, brownout_beside_bug, slow_ramp, slow_recovery, tail_of_errors,
         peak_at_the_fix, one_backend, one_of_a_dozen, one_vhost, one_path, path_of_a_hundredth,
         half_of_a_path, path_behind_an_interface, one_server_of_ten, one_vhost_of_twenty,
         named_paths, one_server, half_the_clients, two_services, slowness, clients_leave, slow_then_down, busy_brownout,
         mostly_bad, most_of_the_log, running_at_the_start, running_at_the_end, one_address,
         balancers_address, forwarded_clients, balancer_log_lost]
