#!/usr/bin/env python3
"""Measures how soon what happened can be found: a log line from the moment before it is written, a call from the moment it was answered.

  bench/prove.py [--runs 100] [--bin PATH]

Prints one row of Markdown a measure, for bench/RESULTS.md."""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/flow"))


def until(condition):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < 30, "not found within 30 s"
        time.sleep(0.001)
    return time.monotonic()


def row(what, times, how):
    print(f"| {what} | median {statistics.median(times) * 1000:.1f} ms, longest {max(times) * 1000:.1f} ms | 1 s | {'yes' if max(times) < 1 else 'no'} | {how} |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--runs", type=int, default=100)
    p.add_argument("--bin", default=str(ROOT / "build/src/cli/pleach"))
    a = p.parse_args()
    os.environ["PLEACH_BIN"] = a.bin
    import fleet

    subprocess.run(["make", "-s", "-C", str(fleet.SHOP)], check=True)
    f = fleet.Fleet.shop(RELAY_SLOW_PERCENT="0", RELAY_REFUSE_PERCENT="0")
    f.add("scribe", env={"LOG": "0"}, owner="sales")
    f.config["gateway"]["expose"] = ["orders", "scribe"]
    f.write()
    lines, followed, spans = [], [], []
    try:
        f.up()
        with f.stream("/api/logs/tail?q=proof") as events:
            fleet.wait_for("the follower is there", lambda: f.metric("store", "pleach_store_tails") >= 1)
            for n in range(a.runs):
                began = time.monotonic()
                assert f.post("/scribe/v1/log", f'{{"msg":"proof number{n}x"}}\n'.encode()).status == 200
                next(events)
                followed.append(time.monotonic() - began)
        for n in range(a.runs):
            began = time.monotonic()
            assert f.post("/scribe/v1/log", f'{{"msg":"evidence number{n}x"}}\n'.encode()).status == 200
            lines.append(until(lambda: fleet.call(f.control, "GET", f"/api/logs?q=number{n}x%20evidence&from=1m").json()["rows"]) - began)
            reply = f.post("/orders/v1/orders", fleet.order())
            began = time.monotonic()
            assert reply.status == 201, reply

            def whole():
                r = fleet.call(f.control, "GET", f"/api/traces/{reply.trace}")
                return r.status == 200 and len(r.json()["spans"]) >= 3
            spans.append(until(whole) - began)
    finally:
        f.stop()
    print("| measure | reached | target | met | how |\n|---|---|---|---|---|")
    row("A log line can be found", lines, f"{a.runs} lines, from before the service writes it until GET /api/logs has it")
    row("A log line reaches who follows", followed, f"{a.runs} lines, from before the service writes it until the event stream has it")
    row("A call can be found", spans, f"{a.runs} orders of three calls, from the answer until GET /api/traces has all three")


main()
