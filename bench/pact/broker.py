#!/usr/bin/env python3
"""can-i-deploy with 500 services, 100 versions each and 2,000 integrations: in process (bench_broker, which also makes the file), and over HTTP of a control that has this
file, one connection, as pact-cli asks (GET /matrix) and as a pipeline does (GET /can-i-deploy); also while another connection publishes pacts without a pause.

    bench/pact/broker.py --build BUILD [--services 500] [--versions 100] [--pairs 2000] [--asked 5000]

The times over HTTP are this client's, from before a request is sent until its answer is parsed."""
import argparse
import base64
import http.client
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/flow"))


def connect(fleet):
    url = urllib.parse.urlsplit(fleet.control)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=30)


def get(connection, path):
    connection.request("GET", "/pact-broker" + path)
    r = connection.getresponse()
    body = r.read()
    assert r.status == 200, (r.status, body[:200])
    return json.loads(body)


def ask(fleet, what, form, o):
    connection, draw, took, may = connect(fleet), random.Random(7), [], 0
    for _ in range(o.asked):
        path = form.format(f"service-{draw.randrange(o.services):03}", f"1.{draw.randrange(o.versions)}.0")
        began = time.perf_counter()
        answer = get(connection, path)
        took.append((time.perf_counter() - began) * 1000)
        may += answer["summary"]["deployable"] is True
    connection.close()
    took.sort()
    print(f"{what:52} {o.asked:6} asked  p50 {statistics.median(took):6.2f} ms  p99 {took[len(took) * 99 // 100]:6.2f} ms  most {took[-1]:6.2f} ms  {may} may", flush=True)


def publish(fleet, stop, done):
    connection, k = connect(fleet), 0
    while not stop.is_set():
        k += 1
        pact = {"consumer": {"name": f"new-{k % 50}"}, "provider": {"name": "service-000"}, "interactions": [{"description": f"{k}", "request": {"path": f"/{k}"}, "response": {}}]}
        body = {"pacticipantName": f"new-{k % 50}", "pacticipantVersionNumber": str(k), "branch": "main", "contracts": [{
            "consumerName": f"new-{k % 50}", "providerName": "service-000", "specification": "pact", "contentType": "application/json", "content": base64.b64encode(json.dumps(pact).encode()).decode()}]}
        connection.request("POST", "/pact-broker/contracts/publish", json.dumps(body), {"Content-Type": "application/json"})
        r = connection.getresponse()
        assert r.status == 200, r.read()[:300]
        r.read()
        done[0] = k


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build", required=True, type=pathlib.Path)
    a.add_argument("--services", type=int, default=500)
    a.add_argument("--versions", type=int, default=100)
    a.add_argument("--pairs", type=int, default=2000)
    a.add_argument("--asked", type=int, default=5000)
    o = a.parse_args()
    os.environ["PLEACH_BIN"] = str(o.build.resolve() / "src/cli/pleach")
    import fleet
    f = fleet.Fleet().add("idle")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "pacts.db"
        subprocess.run([o.build / "bench/bench_broker", file, str(o.services), str(o.versions), str(o.pairs)], check=True)
        try:
            f.up()
            f.down()
            for old in (f.root / ".pleach").glob("pacts.db*"):
                old.unlink()
            (f.root / ".pleach/pacts.db").write_bytes(file.read_bytes())
            f.up()
            forms = {"GET /can-i-deploy, to an environment": "/can-i-deploy?pacticipant={}&version={}&environment=production",
                     "GET /matrix, as pact-cli asks, to an environment": "/matrix?q[][pacticipant]={}&q[][version]={}&latestby=cvpv&environment=production"}
            for what, form in forms.items():
                ask(f, what, form, o)
            stop, done = threading.Event(), [0]
            writer = threading.Thread(target=publish, args=(f, stop, done))
            writer.start()
            began = time.monotonic()
            for what, form in forms.items():
                ask(f, what + ", while pacts come", form, o)
            took = time.monotonic() - began
            stop.set()
            writer.join()
            print(f"pacts published meanwhile: {done[0] / took:.0f} a second, each on disk before its answer")
        finally:
            f.stop()


if __name__ == "__main__":
    main()
