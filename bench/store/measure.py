"""Clocks, processes and repeated questions of the store's benchmark."""
import http.client
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import time
import urllib.parse


class Wrong(Exception):
    """An answer that is not the truth of the data, or none."""


class Missing(Exception):
    """The server has no such question."""


def cpu(pid):
    """Seconds of CPU time of a process with all its threads, those that ended included; the kernel's nanoseconds, not ticks."""
    return time.clock_gettime((~pid << 3) | 2)


def peak(pid):
    """The most memory that the process had resident, in bytes."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def on_disk(folder):
    """Bytes that the files of a folder hold or, with holes, occupy; a file with two names counts once."""
    seen, total = set(), 0
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                s = os.lstat(os.path.join(path, name))
            except FileNotFoundError:
                continue
            if s.st_ino not in seen:
                seen.add(s.st_ino)
                total += min(s.st_size, s.st_blocks * 512)
    return total


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """A server on one core, its output in a file."""

    def __init__(self, command, core, log, cwd=None, env=None):
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(["taskset", "-c", str(core)] + command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=cwd,
                                            env={**os.environ, **(env or {})})
        self.pid, self.used = self.process.pid, None

    def wait_for(self, port, seconds=30):
        end = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    tail = pathlib.Path(self.log).read_text(errors="replace")[-500:]
                    raise SystemExit(f"{self.process.args[3]} does not listen on port {port}: {tail}")
                time.sleep(0.02)

    def stop(self):
        """Ends it and returns the CPU seconds that it used from start to end."""
        if self.used is not None:
            return self.used
        self.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 120
        while True:
            pid, _, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end:
                self.process.kill()
                end = float("inf")
            time.sleep(0.02)
        self.process.returncode = 0  # it is waited for
        self.used = usage.ru_utime + usage.ru_stime
        return self.used


class Http:
    """One kept connection."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def ask(self, method, path, body=None, headers=None):
        for attempt in (0, 1):
            try:
                if not self.connection:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
                self.connection.request(method, path, body, headers or {})
                r = self.connection.getresponse()
                return r.status, r.read()
            except (http.client.HTTPException, OSError):
                self.connection = None
                if attempt:
                    raise

    def get(self, path, **parameters):
        status, text = self.ask("GET", path + ("?" + urllib.parse.urlencode(parameters) if parameters else ""))
        if status in (404, 405):
            raise Missing(f"GET {path} answers {status}")
        if status != 200:
            raise Wrong(f"GET {path} {parameters}: {status} {text[:200]}")
        return text

    def get_json(self, path, **parameters):
        return json.loads(self.get(path, **parameters))


def settle(pid, folder, seconds=90):
    """Waits until a server has done what it put off: no CPU time and no change of its files for two seconds."""
    end, quiet, last = time.monotonic() + seconds, 0, None
    while quiet < 4 and time.monotonic() < end:
        before = cpu(pid)
        time.sleep(0.5)
        now = on_disk(folder)
        quiet = quiet + 1 if cpu(pid) - before < 0.01 and now == last else 0
        last = now


def repeat(pid, question, seconds=1.0, least=5, most=300):
    """Asks until `seconds` have gone; question(i) raises Wrong on a wrong answer. Times in seconds: the first, median, p99, CPU of one."""
    began = time.monotonic()
    question(0)
    first = time.monotonic() - began
    times, before, end = [], cpu(pid), time.monotonic() + seconds
    while len(times) < least or (time.monotonic() < end and len(times) < most):
        began = time.perf_counter()
        question(len(times) + 1)
        times.append(time.perf_counter() - began)
        if sum(times) > 120:
            break
    used = (cpu(pid) - before) / len(times)
    times.sort()
    return {"first": first, "wall": statistics.median(times), "p99": times[min(len(times) - 1, int(len(times) * 0.99))], "cpu": used, "n": len(times)}
