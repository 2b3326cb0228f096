#!/usr/bin/env python3
"""Measures the life of the shop under Pleach: time until every service is healthy, time to a restart after kill -9, memory after load.

  bench/up.py [--runs 20] [--kills 50] [--minutes 10] [--rate 50] [--bin PATH]

Prints one row of Markdown a measure, for bench/RESULTS.md. Nothing else should run on the machine meanwhile."""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/flow"))


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"


def row(what, value, target, met, how):
    print(f"| {what} | {value} | {target} | {'yes' if met else 'no'} | {how} |", flush=True)


def bench_up(fleet, runs):
    f = fleet.Fleet.shop()
    times = []
    try:
        for _ in range(runs):
            began = time.monotonic()
            r = f.cli("up")
            times.append(time.monotonic() - began)
            assert r.code == 0, r
            f.down()
    finally:
        f.stop()
    row("`pleach up` until every service is healthy", f"median {ms(statistics.median(times))}, longest {ms(max(times))}", "1 s", max(times) < 1,
        f"{runs} runs of the shop, 4 instances and 3 parts, whole command")


def children(pid):
    return set(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def bench_restart(fleet, kills):
    # A second death within ten minutes backs off, so each instance dies once.
    f = fleet.Fleet.shop()
    f.change("notification", lambda s: s["run"].update(instances=kills, env={"SHOP_DATA": f"{f.home}/data/${{INSTANCE}}"}))
    outside, healthy = [], []
    try:
        f.up()
        node = next(pid for pid, line in f.processes().items() if "part node" in line)
        instances = f.instances("notification")
        before = f.metrics("node")
        for name, i in sorted(instances.items()):
            known = children(node)
            host, port = i["address"].split(":")
            began = time.monotonic()
            os.kill(i["pid"], 9)
            while not children(node) - known:
                pass
            outside.append(time.monotonic() - began)
            while True:
                try:
                    if fleet.call(f"http://{host}:{port}", "GET", "/healthz").status == 200:
                        break
                except OSError:
                    pass
            healthy.append(time.monotonic() - began)
        after = f.metrics("node")
    finally:
        f.stop()
    count = after["pleach_node_restart_seconds_count"] - before.get("pleach_node_restart_seconds_count", 0)
    total = after["pleach_node_restart_seconds_sum"] - before.get("pleach_node_restart_seconds_sum", 0)
    row("A killed instance runs again", f"median {ms(statistics.median(outside))}, longest {ms(max(outside))}", "10 ms", statistics.median(outside) < 0.01,
        f"{kills} kill -9, from the signal until the new process exists; by the node's own measure {ms(total / count)} on average")
    print(f"| … and answers | median {ms(statistics.median(healthy))}, longest {ms(max(healthy))} | | | until GET /healthz of the new process is 200 |", flush=True)


def memory(pid):
    """Resident and proportional set size in bytes."""
    values = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        key, value = line.split()[:2]
        values[key.rstrip(":")] = int(value) * 1024
    return values["Rss"], values["Pss"]


def bench_memory(fleet, minutes, rate):
    f = fleet.Fleet.shop()
    try:
        f.up()
        load = subprocess.run([str(fleet.SHOP / "load/load"), "--url", f.gateway, "--rate", str(rate), "--seconds", str(int(minutes * 60))], capture_output=True, text=True)
        assert load.returncode == 0, load
        parts = {line.split(" part ")[1].split()[0]: pid for pid, line in f.processes().items() if " part " in line}
        assert len(parts) == 4, parts
        sizes = {name: memory(pid) for name, pid in parts.items()}
        state = f.api("/api/store")
    finally:
        f.stop()
    rss, pss = (sum(s[i] for s in sizes.values()) / 1e6 for i in (0, 1))
    each = ", ".join(f"{name} {s[0] / 1e6:.1f}" for name, s in sorted(sizes.items()))
    row("Resident memory of all of Pleach's parts", f"{rss:.1f} MB (proportional {pss:.1f} MB)", "80 MB", rss < 80,
        f"after {minutes:g} minutes of {rate} orders a second, {state['records']} records and {state['spans']} spans taken; {each}")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--runs", type=int, default=20)
    p.add_argument("--kills", type=int, default=50)
    p.add_argument("--minutes", type=float, default=10)
    p.add_argument("--rate", type=int, default=50)
    p.add_argument("--bin", default=str(ROOT / "build/src/cli/pleach"))
    a = p.parse_args()
    os.environ["PLEACH_BIN"] = a.bin
    import fleet

    subprocess.run(["make", "-s", "-C", str(fleet.SHOP)], check=True)
    print("| measure | reached | target | met | how |\n|---|---|---|---|---|", flush=True)
    if a.runs:
        bench_up(fleet, a.runs)
    if a.kills:
        bench_restart(fleet, a.kills)
    if a.minutes:
        bench_memory(fleet, a.minutes, a.rate)


if __name__ == "__main__":
    main()
