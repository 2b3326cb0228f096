#!/usr/bin/env python3
"""The gateway beside nginx and HAProxy on one core: CPU time per request in a closed loop (wrk) and latency at a fixed rate (h2load).

Every proxy runs alone on CPU 1, load and back end on CPU 0, HTTP/1.1 with keep-alive over loopback, GET with an answer of 1024 bytes.
Duties: nginx makes an id, hands it to the back end and in the answer, and writes one log line per request; HAProxy makes an id and hands
it to the back end, without any log; Pleach makes its ids (traceparent, trace id in the answer) and sends the record of each call to its
store, which runs on CPU 0. With --harness there is also "alone": the gateway that encodes its records and drops them.
CPU time is user + system of all processes of the program, from /proc, divided by the requests that wrk counted. Targets take turns; medians
over the rounds are printed, and the rows for bench/RESULTS.md.

    bench/gateway/run.py --pleach BUILD/src/cli/pleach [--harness BUILD/tests/flow/w3c/gateway_harness] [--rounds 3] [--seconds 10]

Needs nginx, haproxy, wrk, nghttp2-client and two CPUs.
"""
import argparse
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BACKEND, NGINX, HAPROXY, PLEACH, STORE = 18680, 18681, 18682, 18683, 18690
TICK = os.sysconf("SC_CLK_TCK")
PATH = {"direct": "/", "nginx": "/", "haproxy": "/", "pleach": "/echo/", "alone": "/echo/"}
PORT = {"direct": BACKEND, "nginx": NGINX, "haproxy": HAPROXY, "pleach": PLEACH, "alone": PLEACH}


def nginx_config(folder, name, http):
    path = f"{folder}/{name}.conf"
    with open(path, "w") as f:
        f.write(f"""user root; daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.err crit;
events {{ worker_connections 4096; }}
http {{ client_body_temp_path {folder}/{name}-b; proxy_temp_path {folder}/{name}-p; fastcgi_temp_path {folder}/{name}-f;
 uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s; keepalive_timeout 300s; keepalive_requests 1000000000;
{http}
}}""")
    return ["nginx", "-c", path, "-p", folder]


def backend(folder):
    body = "x" * 1024
    return nginx_config(folder, "backend", f"""access_log off; tcp_nodelay on;
server {{ listen 127.0.0.1:{BACKEND} backlog=4096; location / {{ default_type text/plain; return 200 "{body}"; }} }}""")


def nginx(folder):
    return nginx_config(folder, "nginx", f"""
log_format full '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time $upstream_addr $upstream_status '
 '$upstream_response_time $request_id';
access_log {folder}/access.log full;
upstream b {{ server 127.0.0.1:{BACKEND}; keepalive 128; keepalive_requests 1000000000; keepalive_timeout 300s; }}
server {{ listen 127.0.0.1:{NGINX} backlog=4096; location / {{ proxy_pass http://b; proxy_http_version 1.1; proxy_set_header Connection "";
 proxy_set_header Host $host; proxy_set_header X-Request-ID $request_id; add_header X-Request-ID $request_id; }} }}""")


def haproxy(folder):
    path = f"{folder}/haproxy.cfg"
    with open(path, "w") as f:
        f.write(f"""global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout connect 5s
    timeout client 300s
    timeout server 300s
    timeout http-keep-alive 300s
    timeout http-request 300s
    http-reuse always
frontend f
    bind 127.0.0.1:{HAPROXY} backlog 4096
    unique-id-format %[uuid()]
    unique-id-header X-Request-ID
    default_backend b
backend b
    server s 127.0.0.1:{BACKEND} maxconn 1024 pool-max-conn -1
""")
    return ["haproxy", "-db", "-f", path]


def snapshot(path):
    with open(path, "w") as f:
        json.dump({"version": 1, "fleet_version": 1, "fleet": "bench",
                   "gateway": {"listen": f"127.0.0.1:{PLEACH}", "trust": ["127.0.0.0/8"], "connect_timeout_ns": 1_000_000_000,
                               "first_byte_timeout_ns": 5_000_000_000, "timeout_ns": 15_000_000_000, "max_body": 1 << 26},
                   "services": [{"name": "echo", "exposed": True, "serves": [], "calls": [],
                                 "endpoints": [{"instance": "echo-1", "address": f"127.0.0.1:{BACKEND}", "state": "healthy"}]}]}, f)


def alone(folder, harness):
    snapshot(f"{folder}/snapshot.json")
    return [harness, f"{folder}/snapshot.json"]


def root(folder):
    """A fleet's directory in which the gateway finds its last snapshot and starts from that, without control."""
    fleet = tempfile.mkdtemp(dir=folder)
    os.mkdir(f"{fleet}/.pleach")
    with open(f"{fleet}/pleach.yaml", "w") as f:
        f.write("fleet: bench\nteams: {}\nservices: []\n")
    snapshot(f"{fleet}/.pleach/gateway-snapshot.json")
    return fleet


def wait_for(port):
    end = time.monotonic() + 5
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            if time.monotonic() > end:
                sys.exit(f"nothing listens on port {port}")
            time.sleep(0.02)


def family(pid):
    pids = [pid]
    for p in pids:
        try:
            with open(f"/proc/{p}/task/{p}/children") as f:
                pids += [int(x) for x in f.read().split()]
        except OSError:
            pass
    return pids


def cpu(pid):
    """Seconds of CPU time of a program's processes; the scheduler's nanoseconds, not the clock ticks of /proc/PID/stat."""
    total = 0
    for p in family(pid):
        with open(f"/proc/{p}/schedstat") as f:
            total += int(f.read().split()[0])
    return total / 1e9


def rss(pid):
    total = 0
    for p in family(pid):
        with open(f"/proc/{p}/status") as f:
            total += int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))
    return total / 1024


def records(fleet):
    """Of the gateway's own metrics: records acknowledged and lost."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(f"{fleet}/.pleach/gateway.sock")
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = b"".join(iter(lambda: s.recv(65536), b"")).decode()
    value = lambda name: int(re.search(rf"^{name}_total (\d+)", text, re.M).group(1))
    return value("pleach_outbox_records"), value("pleach_outbox_lost")


class Program:
    def __init__(self, command, core, port, cwd=None):
        self.process = subprocess.Popen(["taskset", "-c", str(core)] + command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)
        wait_for(port)

    def __enter__(self):
        return self.process.pid

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def in_ms(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def closed_loop(target, pid, backend_pid, seconds):
    url = f"http://127.0.0.1:{PORT[target]}{PATH[target]}"
    wrk = ["taskset", "-c", "0", "wrk", "-t1", "-c64", "--latency"]
    subprocess.run(wrk + ["-d1s", url], capture_output=True, check=True)
    before = (cpu(pid), cpu(backend_pid))
    out = subprocess.run(wrk + [f"-d{seconds}s", url], capture_output=True, check=True, text=True).stdout
    used = (cpu(pid) - before[0], cpu(backend_pid) - before[1])
    n = int(re.search(r"(\d+) requests in", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    if bad:
        sys.exit(f"{target}: {bad.group(0)}")
    return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), "cpu": used[0] / n * 1e6, "backend": used[1] / n * 1e6,
            "p50": in_ms(re.search(r"^\s+50%\s+(\S+)", out, re.M).group(1)), "p99": in_ms(re.search(r"^\s+99%\s+(\S+)", out, re.M).group(1)), "rss": rss(pid)}


def open_loop(target, pid, seconds, folder):
    url = f"http://127.0.0.1:{PORT[target]}{PATH[target]}"
    log = f"{folder}/h2load.log"
    if os.path.exists(log):
        os.unlink(log)
    load = ["taskset", "-c", "0", "h2load", "--h1", "-t1", "-c32", "--rps=312"]
    subprocess.run(load + ["-D1", url], capture_output=True, check=True)
    before = cpu(pid)
    subprocess.run(load + [f"-D{seconds}", f"--log-file={log}", url], capture_output=True, check=True)
    used = cpu(pid) - before
    with open(log) as f:
        rows = [line.split() for line in f]
    if any(r[1] != "200" for r in rows):
        sys.exit(f"{target}: not every answer was 200")
    times = sorted(int(r[2]) for r in rows)
    at = lambda q: times[min(len(times) - 1, int(q * len(times)))]
    return {"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p999": at(0.999), "cpu": used / len(times) * 1e6}


def median(rows, key):
    return statistics.median(r[key] for r in rows)


def report(closed, opened, wanted):
    print("\nClosed loop, 64 connections (medians)\n")
    print("| target | requests/s | p50 ms | p99 ms | CPU µs/request | ÷ back end's | RSS MiB |\n|---|---|---|---|---|---|---|")
    for t in wanted:
        r = closed[t]
        own = t != "direct"
        print(f"| {t} | {median(r, 'rps'):,.0f} | {median(r, 'p50'):.2f} | {median(r, 'p99'):.2f} | " +
              (f"{median(r, 'cpu'):.1f} | {statistics.median(x['cpu'] / x['backend'] for x in r):.2f} | {median(r, 'rss'):.1f} |" if own else
               "– | – | – |"))
    for ours in ("pleach", "alone"):
        for peer in ("nginx", "haproxy"):
            if ours in wanted and peer in wanted:
                ratio = statistics.median(a["cpu"] / b["cpu"] for a, b in zip(closed[ours], closed[peer]))
                print(f"\nCPU per request, {ours} ÷ {peer}: {ratio:.2f}")
    if not opened:
        return
    print("\nOpen loop, 10,000 requests a second, µs (medians)\n")
    print("| target | p50 | p90 | p99 | p99.9 | p99 added to direct | CPU µs/request |\n|---|---|---|---|---|---|---|")
    base = median(opened["direct"], "p99") if "direct" in opened else 0
    for t in wanted:
        r = opened[t]
        print(f"| {t} | {median(r, 'p50'):.0f} | {median(r, 'p90'):.0f} | {median(r, 'p99'):.0f} | {median(r, 'p999'):.0f} | " +
              (f"{median(r, 'p99') - base:.0f} | {median(r, 'cpu'):.1f} |" if t != "direct" else "– | – |"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pleach", help="the binary; its parts gateway and store run")
    parser.add_argument("--harness", help="the gateway_harness of the same build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--targets", help="of direct, nginx, haproxy, pleach, alone; separated by commas")
    parser.add_argument("--closed-only", action="store_true")
    a = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("this needs two CPUs")
    wanted = a.targets.split(",") if a.targets else ["direct", "nginx", "haproxy"] + ["pleach"] * bool(a.pleach) + ["alone"] * bool(a.harness)
    if ("pleach" in wanted and not a.pleach) or ("alone" in wanted and not a.harness):
        sys.exit("--pleach or --harness must name the program")
    closed, opened, lost = {t: [] for t in wanted}, {t: [] for t in wanted}, []
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for n in range(a.rounds):
            for t in wanted:
                with contextlib.ExitStack() as running:
                    b = p = running.enter_context(Program(backend(folder), 0, BACKEND))
                    if t == "nginx":
                        p = running.enter_context(Program(nginx(folder), 1, NGINX))
                    elif t == "haproxy":
                        p = running.enter_context(Program(haproxy(folder), 1, HAPROXY))
                    elif t == "alone":
                        p = running.enter_context(Program(alone(folder, a.harness), 1, PLEACH))
                    elif t == "pleach":
                        fleet, binary = root(folder), os.path.abspath(a.pleach)
                        running.enter_context(Program([binary, "part", "store", "--listen", f"127.0.0.1:{STORE}"], 0, STORE, fleet))
                        p = running.enter_context(Program([binary, "part", "gateway"], 1, PLEACH, fleet))
                    closed[t].append(closed_loop(t, p, b, a.seconds))
                    if not a.closed_only:
                        opened[t].append(open_loop(t, p, a.seconds, folder))
                    if t == "pleach":
                        lost.append(records(fleet))
                print(f"round {n + 1}, {t}: {closed[t][-1]['rps']:,.0f} requests/s" +
                      (f", {closed[t][-1]['cpu']:.1f} µs CPU a request" if t != "direct" else ""), file=sys.stderr)
        report(closed, {} if a.closed_only else opened, wanted)
        for sent, gone in lost:
            print(f"\nRecords acknowledged by the store: {sent:,}; lost for a full queue: {gone:,}")


if __name__ == "__main__":
    main()
