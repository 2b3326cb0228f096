#!/usr/bin/env python3
"""The stub beside Pact's own stub server, Prism and a bare Node: CPU time per request in a closed loop (wrk, 64 connections, keep-alive, HTTP/1.1).

Each server alone on CPU 1, wrk on CPU 0. The pact has --count interactions, each with a query, a header and an order of 300 bytes; wrk asks for all of them in turn. Prism
serves the same orders as the examples of an OpenAPI document; bare Node answers every request with one prepared order. CPU time is user + system of all threads,
divided by the requests that wrk counted: requests a second a core are its inverse. Servers take turns; medians over the rounds.

    bench/pact/stub.py --pleach BUILD/src/cli/pleach [--prism FOLDER] [--count 100] [--rounds 3] [--seconds 5]"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from common import PACT, cpu, free_port, order, pact, server

LUA = """
local n = 0
request = function()
  n = n % COUNT + 1
  return wrk.format("GET", "/v1/orders/" .. n .. "?verbose=true", {["Accept"] = "application/json"})
end
"""
NODE = """
const body = Buffer.from(process.argv[3])
require('http').createServer((q, r) => { r.writeHead(200, { 'Content-Type': 'application/json' }); r.end(body) }).listen(+process.argv[2], '127.0.0.1')
"""


def openapi(count):
    return {"openapi": "3.0.3", "info": {"title": "orders", "version": "1"}, "paths": {f"/v1/orders/{n}": {"get": {"responses": {"200": {"description": "an order", "content": {
        "application/json": {"schema": {"type": "object"}, "example": order(n)}}}}}} for n in range(1, count + 1)}}


def measure(pid, port, seconds, script):
    before = cpu(pid)
    out = subprocess.run(["taskset", "-c", "0", "wrk", "-t1", "-c64", f"-d{seconds}", "-s", script, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True).stdout
    after = cpu(pid)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    if not requests:
        sys.exit(f"no request was answered:\n{out}")
    return (after - before) / requests * 1e6, requests / seconds, int(wrong.group(1)) if wrong else 0


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--pleach", required=True)
    a.add_argument("--prism")
    a.add_argument("--count", type=int, default=100)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--seconds", type=int, default=5)
    o = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "pact.json").write_text(json.dumps(pact(o.count)))
        (folder / "openapi.json").write_text(json.dumps(openapi(o.count)))
        (folder / "wrk.lua").write_text(LUA.replace("COUNT", str(o.count)))
        (folder / "node.cjs").write_text(NODE)
        targets = {"pleach contract stub": lambda p: [o.pleach, "contract", "stub", folder / "pact.json", "--listen", f"127.0.0.1:{p}"],
                   "bare Node": lambda p: ["node", folder / "node.cjs", p, json.dumps(order(1))],
                   "npm's pact stub": lambda p: [PACT, "stub", "-l", "error", "-f", folder / "pact.json", "-p", p]}
        if o.prism:
            targets["Prism"] = lambda p: ["node", f"{o.prism}/node_modules/@stoplight/prism-cli/dist/index.js", "mock", folder / "openapi.json", "-p", p, "-h", "127.0.0.1", "-v", "silent"]
        found = {name: [] for name in targets}
        for _ in range(o.rounds):
            for name, words in targets.items():
                port = free_port()
                with server(words(port), port, core=1) as pid:
                    measure(pid, port, 3, folder / "wrk.lua")
                    found[name].append(measure(pid, port, o.seconds, folder / "wrk.lua"))
        print("| server | CPU µs/request | requests/s a core | requests/s in the loop | wrong answers |\n|---|---|---|---|---|")
        for name, runs in found.items():
            used, rate = statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs)
            print(f"| {name} | {used:.1f} | {1e6 / used:,.0f} | {rate:,.0f} | {sum(r[2] for r in runs)} |")


main()
