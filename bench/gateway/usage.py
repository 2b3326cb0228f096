#!/usr/bin/env python3
"""What it costs the gateway to know who uses what: the share of its CPU samples (perf, user and kernel) that fall into the code that matches calls to operations, counts
them and their fields, and looks into bodies. A mixed load over HTTP/1.1 with keep-alive: of ten calls seven are GETs with a query of three keys, three are POSTs with an order of 300
bytes as JSON, to 200 operations in turn. Gateway alone on CPU 1, load and nginx on CPU 0.

    bench/gateway/usage.py --pleach BUILD/src/cli/pleach [--seconds 10] [--rounds 3]

Needs nginx, wrk and perf. CPU per request is that of the whole gateway, the sending of records to the store in it."""
import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile

import run

FILES = ("meter.c", "meter_report.c", "fields.c", "operations.c", "usage_send.c")
LUA = """
local n = 0
local body = '{"customer":"anna","currency":"EUR","note":"please ring twice","items":[{"sku":"tea","quantity":1,"price_cents":500},{"sku":"cup","quantity":2,"price_cents":900}],' ..
  '"address":{"street":"Main Street 1","city":"Town","zip":"12345"},"coupon":"SPRING","gift":false}'
request = function()
  n = n + 1
  local path = "/echo/v1/things" .. (n % 100) .. "/" .. n
  if n % 10 < 7 then return wrk.format("GET", path .. "?limit=20&sort=name&verbose=true") end
  return wrk.format("POST", path, {["Content-Type"] = "application/json"}, body)
end
"""


def snapshot(path, watched):
    operations = [{"name": f"{m} /v1/things{i}/{{id}}", "method": m, "path": f"/v1/things{i}/{{id}}", "headers": "x-tenant"} for i in range(100) for m in ("GET", "POST")]
    run.snapshot(path)
    with open(path) as f:
        s = json.load(f)
    s["services"][0]["serves"] = [{"version": "v1", "path": "/v1", "operations": operations if watched else []}]
    with open(path, "w") as f:
        json.dump(s, f)


def nginx(folder):
    return run.nginx_config(folder, "answer", f"""access_log off; tcp_nodelay on;
server {{ listen 127.0.0.1:{run.BACKEND} backlog=4096; location / {{ default_type application/json; return 200 '{{"id":7,"state":"new","total_cents":2300}}'; }} }}""")


def share(data):
    """Percent of samples by function, of what is ours."""
    out = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-F", "overhead,srcfile,sym", "-g", "none"], capture_output=True, text=True).stdout
    found = {}
    for line in out.splitlines():
        m = re.match(r"\s*([\d.]+)%\s+(\S+)\s+\[[.k]\]\s+(\S+)", line)
        if m and m.group(2).rsplit("/", 1)[-1] in FILES:
            found[f"{m.group(3)} ({m.group(2).rsplit('/', 1)[-1]})"] = float(m.group(1))
    return found


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--pleach", required=True)
    a.add_argument("--seconds", type=int, default=10)
    a.add_argument("--rounds", type=int, default=3)
    o = a.parse_args()
    shares, used = [], {True: [], False: []}
    with tempfile.TemporaryDirectory() as folder:
        script = f"{folder}/load.lua"
        with open(script, "w") as f:
            f.write(LUA)
        with run.Program(nginx(folder), 0, run.BACKEND):
            for k in range(o.rounds):
                for watched in (True, False) if k % 2 == 0 else (False, True):
                    fleet = run.root(folder)
                    snapshot(f"{fleet}/.pleach/gateway-snapshot.json", watched)
                    with run.Program([os.path.abspath(o.pleach), "part", "gateway"], 1, run.PLEACH, fleet) as pid:
                        wrk = ["taskset", "-c", "0", "wrk", "-t1", "-c64", "-s", script]
                        url = f"http://127.0.0.1:{run.PLEACH}"
                        subprocess.run([*wrk, "-d2s", url], capture_output=True, check=True)
                        record = None
                        if watched:
                            record = subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", "999", "-p", str(pid), "-o", f"{folder}/perf.data"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                        before = run.cpu(pid)
                        out = subprocess.run([*wrk, f"-d{o.seconds}s", url], capture_output=True, check=True, text=True).stdout
                        spent = run.cpu(pid) - before
                        if record:
                            record.send_signal(2)
                            record.wait()
                            shares.append(share(f"{folder}/perf.data"))
                        if "Non-2xx" in out or "Socket errors" in out:
                            raise SystemExit(out)
                        used[watched].append(spent / int(re.search(r"(\d+) requests in", out).group(1)) * 1e6)
    total = [sum(s.values()) for s in shares]
    print(f"share of the gateway's CPU: median {statistics.median(total):.1f} % of {', '.join(f'{t:.1f}' for t in total)}")
    for name, percent in sorted(shares[-1].items(), key=lambda x: -x[1])[:12]:
        print(f"  {percent:5.2f} %  {name}")
    print(f"CPU µs/request: watched {statistics.median(used[True]):.2f} (with perf), without operations {statistics.median(used[False]):.2f}")


if __name__ == "__main__":
    main()
