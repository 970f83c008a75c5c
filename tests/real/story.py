"""The outage that is played, and what the driver knows of it.

web-2 goes into maintenance and is forgotten; the application of web-1 is killed. nginx answers 502
until HAProxy's checks have failed four times, then HAProxy answers 503; it ends when web-2 is put
back. The logs are rotated twice: before the outage, so that its lead-up lies in a .gz, and in
the middle of it. Every instant is whole microseconds since 1970, UTC.
"""
import concurrent.futures
import http.client
import random
import threading
import time

# Seconds after the first request. Together with starting and stopping the servers: about 85 s.
MAINTENANCE, ROTATE_BEFORE, KILL, ROTATE_WITHIN, READY, RESTART, END = 12, 15, 24, 38, 50, 52, 80
RATE = 25  # requests per second
REGULARS = 70  # clients that come again and again; everyone else comes once
PAGES = ("/", "/books", "/books", "/login", "/cart")


def now():
    return time.time_ns() // 1000


def failed(request):
    """No answer at all counts as well as a 5xx."""
    return request["status"] is None or request["status"] >= 500


class Traffic:
    """Sends requests on schedule whatever the answers are, and records each one."""

    def __init__(self, port, seed):
        self.port = port
        self.random = random.Random(seed)
        self.requests = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.visitors = 0
        self.error = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _next(self, number):
        if self.random.random() < 0.12:
            self.visitors += 1
            client = f"127.2.{self.visitors // 250}.{self.visitors % 250 + 1}"
        else:
            client = f"127.1.0.{self.random.randint(1, REGULARS)}"
        draw = self.random.random()
        if draw < 0.15:
            return client, "GET", "/static/shop.css"
        if draw < 0.17:
            return client, "GET", "/no-such-page"
        if draw < 0.22:
            return client, "POST", "/cart"
        return client, "GET", f"{self.random.choice(PAGES)}?page={number}"

    def send(self, client, method, path):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=20, source_address=(client, 0))
        status = None
        start = now()
        try:
            connection.request(method, path, body=b"item=1" if method == "POST" else None,
                               headers={"Host": "shop.example", "User-Agent": "shop-client/1.0"})
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        with self.lock:
            self.requests.append({"start": start, "end": now(), "status": status,
                                  "client": client, "method": method, "path": path})
        return status

    def _run(self):
        try:
            with concurrent.futures.ThreadPoolExecutor(24) as pool:
                began = time.monotonic()
                number = 0
                while not self.stopping.is_set():
                    due = began + (number + self.random.random() * 0.8) / RATE
                    time.sleep(max(0, due - time.monotonic()))
                    pool.submit(self.send, *self._next(number))
                    number += 1
        except BaseException as e:  # told by finish(), on the main thread
            self.error = e

    def finish(self):
        self.stopping.set()
        self.thread.join(30)
        if self.thread.is_alive():
            raise RuntimeError("requests are still hanging 30 s after the end of the story")
        if self.error:
            raise self.error
        self.requests.sort(key=lambda r: (r["start"], r["client"]))
        return self.requests


def play(stack, seed, tell):
    """Plays the story on a started stack; returns the truth."""
    actions = {}

    def act(name, function, *args):
        before = now()
        function(*args)
        actions[name] = {"before": before, "after": now()}
        tell(name)

    traffic = Traffic(stack.ports["front_port"], seed)
    # Until both servers have answered through the balancer nothing is steady; these are in the
    # logs, so they are in the truth.
    for _ in range(20):
        if traffic.send("127.1.0.1", "GET", "/login") == 200:
            break
        time.sleep(0.5)
    try:
        traffic.thread.start()
        direct(stack, act)
        requests = traffic.finish()
    finally:
        traffic.stopping.set()
    stack.still_running()
    time.sleep(1)  # the last lines are on their way to rsyslogd
    return {"seed": seed, "requests": requests, "actions": actions}


def direct(stack, act):
    """What happens when. On the main thread: only that one may start a server."""
    began = time.monotonic()
    for at, name, function, *args in (
            (MAINTENANCE, "web-2 maintenance", stack.admin,
             "set server shop/web-2 state maint"),
            (ROTATE_BEFORE, "rotation before", stack.logrotate),
            (KILL, "web-1 application killed", stack.kill_app, 1),
            (ROTATE_WITHIN, "rotation within", stack.logrotate),
            (READY, "web-2 ready", stack.admin, "set server shop/web-2 state ready"),
            (RESTART, "web-1 application started", stack.start_app, 1)):
        time.sleep(max(0, began + at - time.monotonic()))
        act(name, function, *args)
        stack.still_running()
    time.sleep(max(0, began + END - time.monotonic()))


def incident(truth):
    """What a reader of perfect logs would say about the outage."""
    bad = [r for r in truth["requests"] if failed(r)]
    if not bad:
        return None
    first, last = bad[0]["start"], bad[-1]["start"]
    return {
        "start": first,
        "end": last,
        "requests_failed": len(bad),
        "clients_affected": len({r["client"] for r in bad}),
    }


def within(truth, start, end):
    """Requests and clients the driver sent in [start, end]."""
    inside = [r for r in truth["requests"] if start <= r["start"] <= end]
    return len(inside), len({r["client"] for r in inside})
