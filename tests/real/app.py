"""A small shop behind nginx. Usage: app.py NAME PORT SYSLOG_SOCKET

Answers after a few milliseconds, the same for the same path; tells syslog when it starts and stops.
"""
import http.server
import logging
import logging.handlers
import os
import signal
import sys
import time
import zlib

KNOWN = ("/", "/books", "/cart", "/login", "/health")


class Shop(http.server.BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        path = self.path.split("?")[0]
        if path != "/health":
            time.sleep((5 + zlib.crc32(self.path.encode()) % 30) / 1000)
        body = f"shop {self.path}\n".encode() * 20
        self.send_response(200 if path in KNOWN else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


def main():
    name, port, socket_path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    syslog = logging.handlers.SysLogHandler(
        socket_path, facility=logging.handlers.SysLogHandler.LOG_DAEMON)
    syslog.ident = f"{name}[{os.getpid()}]: "
    syslog.append_nul = False
    log = logging.getLogger()
    log.addHandler(syslog)
    log.setLevel(logging.INFO)

    def stop(signum, frame):
        log.info("stopping on signal %d", signum)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    server = Server(("127.0.0.1", port), Shop)
    log.info("listening on 127.0.0.1:%d", port)
    server.serve_forever()


if __name__ == "__main__":
    main()
