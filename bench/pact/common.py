"""What the pact benches share: pacts, processes and their CPU time, free ports."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACT = ROOT / "tests/clients/node_modules/@pact-foundation/pact-cli-linux-x64/standalone/pact"
QUIET = {**os.environ, "PACT_DO_NOT_TRACK": "true"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def order(n):
    return {"id": n, "customer": f"customer {n}", "state": "new", "placed": "2026-01-02T03:04:05Z", "total": 12.5,
            "items": [{"sku": f"AB-{k}", "count": k + 1, "price": 3.25} for k in range(4)]}


def pact(count):
    """`count` interactions of version 3, as pact-js writes them: a header and a query on the request, an order with rules in the answer."""
    rules = {"$.id": {"match": "integer"}, "$.customer": {"match": "type"}, "$.placed": {"match": "regex", "regex": r"^\d{4}-\d\d-\d\dT.*Z$"}, "$.items": {"match": "type", "min": 1},
             "$.items[*].sku": {"match": "regex", "regex": "^[A-Z]+-[0-9]+$"}, "$.items[*].count": {"match": "integer"}, "$.total": {"match": "number"}}
    return {"consumer": {"name": "web"}, "provider": {"name": "orders"}, "metadata": {"pactSpecification": {"version": "3.0.0"}}, "interactions": [
        {"description": f"a request for order {n}", "request": {"method": "GET", "path": f"/v1/orders/{n}", "query": {"verbose": ["true"]}, "headers": {"Accept": "application/json"}},
         "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": order(n),
                      "matchingRules": {"body": {k: {"matchers": [v]} for k, v in rules.items()}}}} for n in range(1, count + 1)]}


def family(pid):
    pids = [pid]
    for p in pids:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{p}/task"):
                with open(f"/proc/{p}/task/{task}/children") as f:
                    pids += [int(x) for x in f.read().split()]
    return pids


def cpu(pid):
    """Seconds of CPU time of a process, its threads and its children."""
    total = 0
    for p in family(pid):
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{p}/task"):
                with open(f"/proc/{p}/task/{task}/schedstat") as f:
                    total += int(f.read().split()[0])
    return total / 1e9


def wait_for(port):
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            if time.monotonic() > end:
                sys.exit(f"nothing listens on port {port}")
            time.sleep(0.02)


@contextlib.contextmanager
def server(words, port, core=None):
    """A server in a group of its own, on one CPU where that is asked."""
    words = [str(w) for w in words]
    p = subprocess.Popen((["taskset", "-c", str(core)] if core is not None else []) + words, env=QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(port)
        yield p.pid
    finally:
        os.killpg(p.pid, signal.SIGTERM)
        try:
            p.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
