"""A service for the scenarios that does what its path says, so that every kind of trouble can be brought about by a request.

  GET  /healthz                     200 (503 while FILE named by UNWELL exists)
  GET  /v1/echo                     200, JSON: service, instance, pid, headers
  GET  /v1/call/<dependency>/<path> calls /<path> of the dependency through <DEPENDENCY>_URL and passes its answer on
  GET  /v1/sleep/<ms>               200 after that time
  GET  /v1/status/<code>            that status
  POST /v1/log                      writes the body to standard output as it is
  POST /v1/body                     200, JSON: bytes of the body
  GET  /v1/bytes/<n>                200 with n bytes
  GET  /v1/flood/<bytes>            writes so many bytes of log lines, answers with the time it took
  GET  /v1/exit/<code>              ends at once, without an answer
  GET  /v1/break/<how>              reset: closes without an answer; half: breaks off in the body; garbage: no HTTP; stall: stops in the body
  GET  /v1/events/<n>/<ms>          a stream of n server-sent events, one each so many ms
  GET  /v1/env/<name>               200, the variable's value

BREAKS_TRACE=1: calls its dependencies without the headers that came. LOG=0: no line for each request. STOPPED=FILE: its name is added to the file
when it is told to end, which takes 50 ms more.
"""

import http.client
import http.server
import json
import os
import signal
import socket
import struct
import sys
import time
import urllib.parse

HAND_ON = ("traceparent", "tracestate", "baggage", "pleach-deadline")
SERVICE, INSTANCE = os.environ.get("SERVICE", "service"), os.environ.get("INSTANCE", "service-1")
QUIET = os.environ.get("LOG") == "0"
BREAKS = os.environ.get("BREAKS_TRACE") == "1"


def say(level, text, headers=None, **fields):
    trace = ((headers or {}).get("traceparent") or "").split("-")
    ids = {"trace_id": trace[1], "span_id": trace[2]} if len(trace) >= 4 else {}
    line = {"level": level, "msg": text, **ids, **fields}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind="application/json"):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def handle_one(self):
        body = self.body()
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts == ["healthz"]:
            unwell = os.environ.get("UNWELL")
            self.answer(503 if unwell and os.path.exists(unwell) else 200, b"")
            return
        if len(parts) < 2:
            self.answer(404, {"error": "no such path"})
            return
        if not QUIET:
            say("info", f"{self.command} {self.path}", self.headers)
        do = getattr(self, "do_" + parts[1] + "_", None)
        if not do:
            self.answer(404, {"error": "no such path"})
        else:
            do(parts[2:], body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = handle_one

    def do_echo_(self, rest, body):
        self.answer(200, {"service": SERVICE, "instance": INSTANCE, "pid": os.getpid(), "method": self.command, "path": self.path,
                          "headers": [[k.lower(), v] for k, v in self.headers.items()]})

    def do_call_(self, rest, body):
        url = urllib.parse.urlsplit(os.environ[rest[0].upper().replace("-", "_") + "_URL"])
        headers = {} if BREAKS else {k: self.headers[k] for k in HAND_ON if self.headers.get(k)}
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        try:
            connection.request("GET", "/" + "/".join(rest[1:]), headers=headers)
            got = connection.getresponse()
            body, kind, status = got.read(), got.headers.get("Content-Type", "text/plain"), got.status
        except (OSError, http.client.HTTPException) as problem:
            body, kind, status = json.dumps({"error": str(problem)}).encode(), "application/json", 502
        finally:
            connection.close()
        if status >= 500:
            say("error", f"{rest[0]} answered {status}", self.headers, dependency=rest[0])
        self.answer(status, body, kind)

    def do_sleep_(self, rest, body):
        time.sleep(int(rest[0]) / 1000)
        self.answer(200, {"slept": int(rest[0])})

    def do_status_(self, rest, body):
        if int(rest[0]) >= 500:
            say("error", "the shelf is empty", self.headers, code=int(rest[0]))
        self.answer(int(rest[0]), {"status": int(rest[0])})

    def do_log_(self, rest, body):
        os.write(1, body)
        self.answer(200, {"bytes": len(body)})

    def do_body_(self, rest, body):
        self.answer(200, {"bytes": len(body)})

    def do_bytes_(self, rest, body):
        self.answer(200, b"x" * int(rest[0]), "text/plain")

    def do_flood_(self, rest, body):
        line = (b"flood " + b"y" * 1017 + b"\n") * 64
        began, left = time.monotonic(), int(rest[0])
        while left > 0:
            left -= os.write(1, line)
        self.answer(200, {"seconds": time.monotonic() - began})

    def do_events_(self, rest, body):
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for i in range(int(rest[0])):
            self.wfile.write(f"data: {i}\n\n".encode())
            self.wfile.flush()
            time.sleep(int(rest[1]) / 1000)

    def do_exit_(self, rest, body):
        os.write(2, b"the disk of the warehouse is on fire\n")
        os._exit(int(rest[0]))

    def do_env_(self, rest, body):
        self.answer(200, os.environ.get(rest[0], "").encode(), "text/plain")

    def do_break_(self, rest, body):
        self.close_connection = True
        if rest[0] == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)
        elif rest[0] == "garbage":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2 this is not the protocol you are looking for\r\n\r\n")
        elif rest[0] == "json":
            self.answer(200, b'{"a":')
        elif rest[0] in ("half", "stall"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 100)
            self.wfile.flush()
            if rest[0] == "stall":
                time.sleep(20)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


def told_to_end(*_):
    if os.environ.get("STOPPED"):
        with open(os.environ["STOPPED"], "a") as f:
            f.write(SERVICE + "\n")
        time.sleep(0.05)
    os._exit(0)


def main():
    signal.signal(signal.SIGTERM, told_to_end)
    if os.environ.get("LATE"):
        time.sleep(float(os.environ["LATE"]))
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    say("info", "started")
    server.serve_forever(0.05)


main()
