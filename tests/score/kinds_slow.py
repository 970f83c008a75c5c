"""Slowness, and what looks like it."""

from world import AGENTS, HOUR, MINUTE, SECOND, Site


def slowness_untold(rng):
    """slow answers, and clients that give up, in a log that holds no times"""
    site = Site(rng, front="nginx", form="combined", rate=rng.uniform(1, 3))
    begin = site.some_time()
    site.fault(begin, begin + rng.randint(15, 60) * MINUTE, "impatient", rng.uniform(0.15, 0.4))
    return site.story()


def memory_runs_out(rng):
    """slower and slower, clients leave, and then nothing but 502"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx")), form="timed", rate=rng.uniform(1, 3))
    slow = site.some_time(0.2, 0.4)
    left = slow + rng.randint(10, 20) * MINUTE
    begin = left + rng.randint(5, 10) * MINUTE
    site.fault(slow, left, "slow", lambda x: 0.3 + 0.6 * x, of=False)
    site.fault(left, begin, "impatient", 0.9, of=False)
    site.fault(begin, begin + rng.randint(40, 70) * MINUTE, "refused")
    site.allowed.append((slow - MINUTE, begin + MINUTE))

    def either(known):
        # The slow part may be told as its first phase.
        one = known["incidents"][0]
        one["start_open"] = one["start_near"] = (min(slow, one["start_open"][0]),
                                                 one["start_open"][1])
        one["numbers"] = one["full_s"] = None

    site.amend.append(either)
    return site.story()


def long_polls(rng):
    """a path is asked for that answers after half a minute, as it should; some do not wait"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx", "nginx-lb")),
                form=None, rate=rng.uniform(0.5, 3))
    path = rng.choice(("/feed.xml", "/cart", "/account"))
    for r in site.play():
        if r.path.startswith(path):
            r.took = round(rng.uniform(20, 30) * SECOND)
            if rng.random() < 0.08:
                r.status, r.size, r.state = 499, 0, "CH--"
    return site.story()


def nightly_export(rng):
    """a few machines fetch reports that take half a minute each, for an hour"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx")), form="timed",
                rate=rng.uniform(0.3, 1), length=12 * HOUR, shape="daily")
    begin = site.some_time()
    clients = [f"192.0.2.{200 + i}" for i in range(rng.randint(1, 3))]
    for client in clients:
        site.noise(begin, begin + HOUR, client, lambda r: f"/export/{r.randrange(400)}", 200,
                   rng.uniform(0.1, 0.3), "python-requests/2.31.0")
    for r in site.play():
        if r.path.startswith("/export"):
            r.took = round(rng.uniform(8, 40) * SECOND)
    return site.story()


def one_slow_client(rng):
    """one visitor behind a bad line: all that he asks for takes long, or he leaves"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx")), form="timed",
                rate=rng.uniform(0.3, 2))
    begin = site.some_time()
    site.noise(begin, begin + rng.randint(15, 60) * MINUTE, "203.0.113.222",
               lambda r: f"/items/{r.randrange(3000)}", 200, rng.uniform(0.3, 2), AGENTS[2])
    for r in site.play():
        if r.client == "203.0.113.222":
            r.took = round(rng.uniform(3, 20) * SECOND)
            if rng.random() < 0.4:
                r.status, r.size, r.state = 499, 0, "CH--"
    return site.story()


def busy_but_fine(rng):
    """three times as many come for an hour; answers take three times as long, and come"""
    site = Site(rng, front=rng.choice(("haproxy", "nginx")), form="timed",
                rate=rng.uniform(0.5, 1.5), length=6 * HOUR, shape="flat", background=0.0005)
    begin = site.some_time()
    end = begin + rng.randint(40, 70) * MINUTE
    for i in range(40):
        site.noise(begin + i * 7 * SECOND, end, f"192.0.2.{100 + i}",
                   lambda r: f"/items/{r.randrange(3000)}", 200, site.rate / 20)
    for r in site.play():
        if begin <= r.t < end:
            r.took *= 3
    return site.story()


def downloads(rng):
    """large files that take minutes; on some evenings many fetch them"""
    site = Site(rng, front="nginx", form="timed", rate=rng.uniform(0.5, 1.5), length=8 * HOUR)
    begin = site.some_time()
    for i in range(rng.randint(8, 20)):
        site.noise(begin + i * MINUTE, begin + HOUR, f"192.0.2.{60 + i}",
                   lambda r: f"/media/film-{r.randrange(9)}.mp4", 200, 0.05)
    for r in site.play():
        if r.path.startswith("/media"):
            r.took = round(rng.uniform(30, 400) * SECOND)
            r.size = rng.randrange(5 << 20, 900 << 20)
    return site.story()


KINDS = [slowness_untold, memory_runs_out, long_polls, nightly_export, one_slow_client,
         busy_but_fine, downloads]
