"""The real servers of the story: nginx twice, an application behind each, HAProxy, rsyslogd and
logrotate. Everything lives below one directory and on loopback; no root is needed."""
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

ZONE = "Africa/Nairobi"  # the servers' clocks: UTC+3 all year, not the zone of whoever runs this
PROGRAMS = ("nginx", "haproxy", "rsyslogd", "logrotate")
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"

NGINX_CONF = """\
{user}
daemon off;
master_process on;
worker_processes 2;
pid {run}/{name}.pid;
error_log {logs}/{name}/error.log{error_level};
events {{ worker_connections 256; }}
http {{
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" '
                    '"$http_user_agent" "$http_x_forwarded_for"';
    access_log {logs}/{name}/access.log {format};
    client_body_temp_path {run}/{name}-tmp/body;
    proxy_temp_path {run}/{name}-tmp/proxy;
    fastcgi_temp_path {run}/{name}-tmp/fastcgi;
    uwsgi_temp_path {run}/{name}-tmp/uwsgi;
    scgi_temp_path {run}/{name}-tmp/scgi;
    {real_ip}
    server {{
        listen 127.0.0.1:{port};
        server_name shop.example;
        location /static/ {{ default_type text/css; return 200 "body {{ margin: 0 }}\\n"; }}
        location / {{
            proxy_pass http://127.0.0.1:{app_port};
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_connect_timeout 2s;
            proxy_read_timeout 5s;
        }}
    }}
}}
"""

# Like Debian's own haproxy.cfg: everything to one facility, state changes to another one as well.
HAPROXY_CONF = """\
global
    log 127.0.0.1:{syslog_port} local0
    log 127.0.0.1:{syslog_port} local1 notice
    log-send-hostname lb-1
    stats socket {run}/admin.sock mode 600 level admin
    maxconn 500
defaults
    mode http
    log global
    option httplog
    option dontlognull
    option forwardfor
    retries 3
    timeout http-request 5s
    timeout queue 5s
    timeout connect 2s
    timeout client 15s
    timeout server 10s
frontend www
    bind 127.0.0.1:{front_port}
    default_backend shop
backend shop
    balance roundrobin
    option httpchk GET /health
    default-server inter 2s fall 4 rise 2
    server web-1 127.0.0.1:{web1_port} check
    server web-2 127.0.0.1:{web2_port} check
"""

# haproxy.log as Debian 11 and older write it (no year, no zone), syslog as Debian 12 does.
RSYSLOG_CONF = """\
global(workDirectory="{run}" localHostname="lb-1")
module(load="imuxsock" SysSock.Use="off")
module(load="imudp")
input(type="imuxsock" Socket="{run}/log.sock" RateLimit.Interval="0")
input(type="imudp" address="127.0.0.1" port="{syslog_port}" rcvbufSize="1m")
if $syslogfacility-text == "local0" then {{
    action(type="omfile" file="{logs}/lb-1/haproxy.log" template="RSYSLOG_TraditionalFileFormat")
    stop
}}
action(type="omfile" file="{logs}/lb-1/syslog" template="RSYSLOG_FileFormat")
"""

# Debian's defaults: the newest rotation stays plain, so nothing written late is lost to gzip.
LOGROTATE_CONF = """\
{logs}/web-1/*.log {logs}/web-2/*.log {{
    rotate 14
    missingok
    compress
    delaycompress
    notifempty
    sharedscripts
    postrotate
        kill -USR1 "$(cat {run}/web-1.pid)" "$(cat {run}/web-2.pid)"
    endscript
}}
{logs}/lb-1/haproxy.log {logs}/lb-1/syslog {{
    rotate 7
    missingok
    compress
    delaycompress
    notifempty
    sharedscripts
    postrotate
        kill -HUP "$(cat {run}/rsyslogd.pid)"
    endscript
}}
"""


class StackError(Exception):
    """A server is missing, or did not start; the text is for the person who ran the test."""


def find_programs():
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":" + SBIN
    missing = [p for p in PROGRAMS if not shutil.which(p)]
    if missing:
        raise StackError(f"not installed: {', '.join(missing)} (run tests/setup.sh test)")


def free_ports(n):
    """Ports free for TCP and UDP, below the range the kernel takes source ports from: a client
    port equal to the port of a stopped application would make connect() reach itself."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
            low = int(f.read().split()[0])
    except OSError:
        low = 32768
    if low < 12000:
        raise StackError(f"no ports below the ephemeral range (ip_local_port_range from {low})")
    ports = []
    for port in random.sample(range(10000, low), 400):
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as s:
                    s.bind(("", port))
        except OSError:
            continue
        ports.append(port)
        if len(ports) == n:
            return ports
    raise StackError("no free loopback ports")


_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    # Even kill -9 on the driver leaves nothing behind. PR_SET_PDEATHSIG is about the *thread*
    # that forked, so servers are only ever started from the main thread.
    _libc.prctl(1, signal.SIGTERM)


class Stack:
    def __init__(self, root):
        self.root = root
        self.run = os.path.join(root, "run")
        self.logs = os.path.join(root, "live")
        self.processes = {}
        self.ports = {}
        self.environ = dict(os.environ, TZ=ZONE, LC_ALL="C")

    # -- configuration

    def _write(self, file, template, **values):
        path = os.path.join(self.run, file)
        with open(path, "w", encoding="ascii") as f:
            f.write(template.format(run=self.run, logs=self.logs, **values))
        os.chmod(path, 0o644)
        return path

    def configure(self):
        os.umask(0o022)
        names = ("front_port", "web1_port", "web2_port", "app1_port", "app2_port", "syslog_port")
        self.ports = dict(zip(names, free_ports(len(names))))
        for d in ("lb-1", "web-1", "web-2"):
            os.makedirs(os.path.join(self.logs, d), exist_ok=True)
        for d in ("web-1-tmp", "web-2-tmp"):
            os.makedirs(os.path.join(self.run, d), exist_ok=True)
        user = "user root root;" if os.getuid() == 0 else ""
        # web-1 logs the balancer's address and the forwarded one, web-2 only the client's.
        self._write("web-1.conf", NGINX_CONF, name="web-1", user=user, format="main",
                    error_level="", real_ip="", port=self.ports["web1_port"],
                    app_port=self.ports["app1_port"])
        self._write("web-2.conf", NGINX_CONF, name="web-2", user=user, format="combined",
                    error_level=" notice", port=self.ports["web2_port"],
                    app_port=self.ports["app2_port"],
                    real_ip="set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;")
        self._write("haproxy.cfg", HAPROXY_CONF, **self.ports)
        self._write("rsyslog.conf", RSYSLOG_CONF, **self.ports)
        self._write("logrotate.conf", LOGROTATE_CONF)

    # -- processes

    def _spawn(self, name, argv):
        with open(os.path.join(self.run, name + ".out"), "ab") as out:
            self.processes[name] = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environ,
                cwd=self.run, start_new_session=True, preexec_fn=_die_with_parent)

    def _wait(self, name, ready, seconds=10):
        deadline = time.monotonic() + seconds
        while not ready():
            dead = self.processes[name].poll() is not None
            if dead or time.monotonic() > deadline:
                with open(os.path.join(self.run, name + ".out"), errors="replace") as f:
                    said = " | ".join(f.read().strip().splitlines()[-3:])
                what = "exited" if dead else f"was not ready after {seconds} s"
                raise StackError(f"{name} {what}: {said or 'it said nothing'}")
            time.sleep(0.05)

    def _listens(self, port):
        with socket.socket() as s:
            s.settimeout(1)
            return s.connect_ex(("127.0.0.1", port)) == 0

    def start_app(self, n):
        name, port = f"app-{n}", self.ports[f"app{n}_port"]
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "app.py")
        self._spawn(name, [sys.executable, script, f"shop-{n}", str(port), self.run + "/log.sock"])
        self._wait(name, lambda: self._listens(port))

    def start(self):
        self._spawn("rsyslogd", ["rsyslogd", "-n", "-f", self.run + "/rsyslog.conf",
                                 "-i", self.run + "/rsyslogd.pid"])
        self._wait("rsyslogd", lambda: os.path.exists(self.run + "/log.sock")
                   and os.path.exists(self.run + "/rsyslogd.pid"))
        for n in (1, 2):
            self.start_app(n)
            name, port = f"web-{n}", self.ports[f"web{n}_port"]
            self._spawn(name, ["nginx", "-p", self.run, "-c", f"{self.run}/{name}.conf",
                               "-e", f"{self.run}/{name}-start.log"])
            self._wait(name, lambda p=port: self._listens(p))
        self._spawn("haproxy", ["haproxy", "-db", "-f", self.run + "/haproxy.cfg"])
        self._wait("haproxy", lambda: self._listens(self.ports["front_port"]))

    def kill_app(self, n):
        process = self.processes.pop(f"app-{n}")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def admin(self, command):
        """One command for HAProxy's admin socket; its answer."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(self.run + "/admin.sock")
            s.sendall(command.encode() + b"\n")
            answer = b""
            while block := s.recv(65536):
                answer += block
        answer = answer.decode(errors="replace").strip()
        if answer:
            raise StackError(f"haproxy refused '{command}': {answer}")

    def logrotate(self):
        done = subprocess.run(
            ["logrotate", "-f", "-s", self.run + "/logrotate.state", self.run + "/logrotate.conf"],
            env=self.environ, cwd=self.run, timeout=20, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0 or done.stdout:
            raise StackError(f"logrotate ended with {done.returncode}: "
                             + done.stdout.decode(errors="replace").strip())

    def still_running(self):
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise StackError(f"{name} died during the story (status {process.returncode})")

    def stop(self):
        """Ends every server, in the order that lets the last lines be written."""
        order = ["haproxy", "web-1", "web-2", "app-1", "app-2", "rsyslogd"]
        for name in sorted(self.processes, key=order.index):
            process = self.processes[name]
            for sig in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, sig)
                except (ProcessLookupError, PermissionError):
                    pass
                try:
                    process.wait(3)
                except subprocess.TimeoutExpired:
                    continue
                if sig == signal.SIGTERM:
                    # The leader is gone; workers that outlived it go with the group.
                    try:
                        os.killpg(process.pid, signal.SIGKILL)
                    except (ProcessLookupError, PermissionError):
                        pass
                break
        self.processes.clear()
