#!/usr/bin/env python3
"""How long a row takes from being sent to being with those who watch for it: the live tail of Pleach's store while logs come in.

    bench/store/tail.py --build BUILD [--scratch FOLDER] [--watchers 200] [--rate 10000] [--seconds 30]

The store runs on CPU 1, all else on CPU 0. Watchers follow a service's errors, and each a word of its own; four senders give it the rows of bench_gen_logs at the
rate given, 100 a request. Forty times a second one row more is sent, alone, with the word of a watcher picked at random. Its time is counted from just before its
request is written to the moment that the watcher has read it, so it holds the decoding, the commit with its sync to disk, the match against all watchers and both
ways over loopback; and from the acknowledgement on, which is what the tail by itself adds. Ends with the rows for bench/RESULTS.md."""
import argparse
import http.client
import json
import multiprocessing
import os
import random
import re
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from measure import cpu
from servers import Pleach

SERVICES = ("nginx", "hdfs", "orders", "postgresql", "sshd", "kubelet", "yarn", "nova", "spark", "zookeeper")
BATCH, PROBES, SENDERS = 100, 40, 4
PROBE = re.compile(rb"probe(\d+)n(\d+)end")


def ingest(port, path, rate, until, sent_rows):
    """Sends the file's lines again and again, evenly."""
    os.sched_setaffinity(0, {0})
    with open(path, "rb") as f:
        lines = [b"".join(batch) for batch in zip(*[iter(f)] * BATCH)]
    connection, sent, began = http.client.HTTPConnection("127.0.0.1", port, timeout=60), 0, time.monotonic()
    while time.monotonic() < until:
        connection.request("POST", "/api/logs", lines[sent % len(lines)], {"Content-Type": "application/x-ndjson"})
        reply = connection.getresponse()
        reply.read()
        if reply.status >= 300:
            raise SystemExit(f"the store answers {reply.status}")
        sent += 1
        time.sleep(max(0.0, began + sent * BATCH / rate - time.monotonic()))
    sent_rows.value = sent * BATCH / (time.monotonic() - began)


class Watchers:
    """Many tails read by one thread; notes when each probe arrived."""

    def __init__(self, port, count):
        self.selector, self.arrived, self.wrong, self.bytes = selectors.DefaultSelector(), {}, 0, 0
        self.open = [self.watch(port, n) for n in range(count)]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def watch(self, port, n):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        q = f"service:{SERVICES[n % len(SERVICES)]} level:error or watch{n}x"
        c.request("GET", "/api/logs/tail?q=" + urllib.parse.quote(q))
        # The head is read byte by byte, so that none of the body is in a buffer that the selector does not see.
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += c.sock.recv(1)
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise SystemExit(f"a tail is refused: {head!r}")
        c.sock.setblocking(False)
        self.selector.register(c.sock, selectors.EVENT_READ, {"n": n, "left": b""})
        return c

    def run(self):
        while True:
            for key, _ in self.selector.select():
                try:
                    data = key.fileobj.recv(1 << 16)
                except ConnectionResetError:  # the store was ended
                    data = b""
                if not data:
                    self.selector.unregister(key.fileobj)
                    continue
                now, text = time.perf_counter(), key.data["left"] + data
                self.bytes += len(data)
                last = 0
                for m in PROBE.finditer(text):
                    last = m.end()
                    self.wrong += int(m[1]) != key.data["n"]
                    self.arrived.setdefault(int(m[2]), now)
                key.data["left"] = text[max(last, len(text) - 64):]


def probe(port, watchers, count, seconds):
    """Sends probes; (sent, acknowledged) of each by number."""
    connection, times, pick = http.client.HTTPConnection("127.0.0.1", port, timeout=60), {}, random.Random(1)
    began = time.monotonic()
    for n in range(int(seconds * PROBES)):
        who = pick.randrange(count)
        row = json.dumps({"service": "probe", "level": "info", "message": f"watch{who}x probe{who}n{n}end"}).encode()
        sent = time.perf_counter()
        connection.request("POST", "/api/logs", row, {"Content-Type": "application/x-ndjson"})
        connection.getresponse().read()
        times[n] = (sent, time.perf_counter())
        time.sleep(max(0.0, began + (n + 1) / PROBES - time.monotonic()))
    end = time.monotonic() + 10
    while len(watchers.arrived) < len(times) and time.monotonic() < end:
        time.sleep(0.05)
    return times


def at(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1e3


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", required=True)
    p.add_argument("--scratch", default=tempfile.gettempdir())
    p.add_argument("--watchers", type=int, default=200)
    p.add_argument("--rate", type=int, default=10000)
    p.add_argument("--seconds", type=float, default=30)
    a = p.parse_args()
    a.build, a.scratch = os.path.abspath(a.build), os.path.abspath(a.scratch)
    folder = tempfile.mkdtemp(prefix="tail-", dir=a.scratch)
    os.sched_setaffinity(0, {0})
    Pleach.binary = f"{a.build}/src/cli/pleach"
    logs = f"{folder}/logs"
    with open(logs, "wb") as f:
        subprocess.run([f"{a.build}/bench/store/bench_gen_logs", "--rows", "100000", "--start", str(time.time_ns() - 10**11), "--manifest", f"{folder}/m", "--format", "json"],
                       stdout=f, check=True)
    server = Pleach(folder, 1)
    try:
        watchers = Watchers(server.port, a.watchers)
        until, rates = time.monotonic() + a.seconds + 2, [multiprocessing.Value("d", 0.0) for _ in range(SENDERS)]
        load = [multiprocessing.Process(target=ingest, args=(server.port, logs, a.rate / SENDERS, until, r)) for r in rates]
        for process in load:
            process.start()
        time.sleep(1)
        before, began = cpu(server.pid), time.monotonic()
        times = probe(server.port, watchers, a.watchers, a.seconds)
        used = (cpu(server.pid) - before) / (time.monotonic() - began)
        for process in load:
            process.join()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    missing = [n for n in times if n not in watchers.arrived]
    whole = [watchers.arrived[n] - sent for n, (sent, _) in times.items() if n in watchers.arrived]
    tail = [max(0.0, watchers.arrived[n] - acknowledged) for n, (_, acknowledged) in times.items() if n in watchers.arrived]
    acknowledged = [done - sent for sent, done in times.values()]
    print(f"{len(times)} probes, {len(missing)} did not arrive, {watchers.wrong} were with the wrong watcher; beside them {sum(r.value for r in rates):,.0f} rows/s; {watchers.bytes / 1e6:.1f} MB of events; the store used {used:.0%} of its core\n")
    print("| from | p50 | p99 | longest | to reach | reached |\n|---|---|---|---|---|---|")
    reached = "yes" if not missing and not watchers.wrong and at(whole, 0.99) <= 50 else "**no**"
    for what, values, to_reach, met in (("sent to with the watcher, ms", whole, "p99 50 ms", reached), ("sent to acknowledged, ms", acknowledged, "", "–"),
                                        ("acknowledged to with the watcher, ms", tail, "", "–")):
        print(f"| {what} | {at(values, 0.5):.1f} | {at(values, 0.99):.1f} | {max(values) * 1e3:.1f} | {to_reach} | {met} |")
    return 1 if missing or watchers.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
