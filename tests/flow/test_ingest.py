"""Logs from outside by the protocols that senders already speak, besides OTLP: JSON lines, Elasticsearch's bulk, Loki's push; by real clients, and by
hostile ones."""

import contextlib
import gzip
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import zlib

import pytest
import touched
from fleet import ROOT, SLOW, call, validate, wait_for

CLIENTS = ROOT / "tests/clients"
COUNT = 400
LEVELS = ["info", "warn", "error", "debug"]


@pytest.mark.parametrize("client", ["winston_http", "winston_elasticsearch", "pino_elasticsearch", "elastic_bulk", "winston_loki", "winston_loki_json", "pino_loki"])
def test_real_clients(toy, client):
    """Every line that a real logger sends is found exactly once, with its level, its service and its trace id."""
    assert (CLIENTS / "node_modules").is_dir(), "run packaging/setup.sh test"
    done = subprocess.run([shutil.which("node"), str(CLIENTS / "loggers.mjs"), client, toy.store, str(COUNT)], capture_output=True, text=True, timeout=120 * SLOW)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    rows = toy.logs(f'service:"{client}-app"')
    assert len(rows) == COUNT, len(rows)
    seen = {}
    for row in rows:
        words = row["body"].split()
        assert words[:2] == [client, "line"] and words[3] == "end", row
        seen[int(words[2])] = row
    assert sorted(seen) == list(range(COUNT))
    for i, row in seen.items():
        assert row["level"] == LEVELS[i % 4], row
        assert row["trace_id"] == f"{i + 1:x}".rjust(32, "c"), row
        assert row["service"] == f"{client}-app"
        assert abs(int(row["time_ns"]) / 1e9 - time.time()) < 600 * SLOW, row
    if client.startswith("winston_loki"):
        assert seen[0]["instance"] == 'loki "1"\\x', seen[0]
    if client == "pino_elasticsearch":
        assert seen[0]["instance"] == "pine-1"


def post(f, path, body, headers=None, method="POST", route=None):
    """A request that is repeated while there is no room, as senders do."""
    touched.touch("routes", method, route or path)
    body = list(body) if hasattr(body, "__next__") else body

    def answered():
        r = call(f.store, method, path, iter(body) if isinstance(body, list) else body, {"User-Agent": "test", **(headers or {})})
        return r if r.status != 429 else None
    return wait_for("there is room", answered, 60)


def test_json_lines(toy):
    """JSON lines, an array, one object, text; compressed or chunked: all taken, and told what became of them."""
    lines = b'{"msg":"jsonl one","service":"lines","level":"warn"}\n{"msg":"jsonl two","service":"lines"}\nnot json at all\n'
    for path in ("/api/logs", "/insert/jsonline"):
        r = post(toy, path, lines, {"Content-Type": "application/x-ndjson"})
        assert r.status == 200 and r.json() == {"records": 3, "unparsed": 1, "retimed": 0, "cut": 0}, r
        validate("Taken", r.json())
    r = post(toy, "/api/logs?service=lines", iter([b'[{"msg":"jsonl th', b'ree"}]']), {"Content-Type": "application/json"}, route="/api/logs")
    assert r.json()["records"] == 1, r
    r = post(toy, "/api/logs?service=lines", gzip.compress(b"plain jsonl\n\nERROR second jsonl\n"), {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, route="/api/logs")
    assert r.json()["records"] == 2, r
    for coding, body in (("deflate", zlib.compress(b'{"msg":"jsonl deflated","service":"lines"}')), ("br", b"x")):
        r = post(toy, "/api/logs", body, {"Content-Encoding": coding})
        assert r.status == (200 if coding == "deflate" else 415), r
    rows = toy.logs("service:lines jsonl")
    assert sorted(x["body"] for x in rows) == ["ERROR second jsonl", "jsonl deflated", "jsonl one", "jsonl one", "jsonl three", "jsonl two", "jsonl two", "plain jsonl"]
    assert toy.metric("store", "pleach_store_unparsed_total") >= 2
    assert toy.request("POST", "/api/logs", {"msg": "x"}).status == 404, "control does not take logs"


def test_elasticsearch_by_hand(toy):
    """The paths and answers that shippers insist on, byte for byte."""
    body = b'{"create":{"_index":"hand-2026.11.23"}}\n{"message":"by hand"}\n\n{"index":{}}\n{"message":"by hand too"}'
    want = b'{"took":1,"errors":false,"items":[{"create":{"status":201}},{"index":{"status":201}}]}'
    for method, path, route in (("POST", "/_bulk", None), ("PUT", "/_bulk", None), ("POST", "/hand/_bulk", "/{index}/_bulk"), ("PUT", "/hand/_bulk", "/{index}/_bulk")):
        r = post(toy, path, body, {"Content-Type": "application/x-ndjson"}, method, route)
        assert r.status == 200 and r.body == want and r.headers["x-elastic-product"] == "Elasticsearch" and r.headers["content-type"] == "application/json", r
        validate("EsBulk", r.json())
    assert toy.count('service:hand "by hand"') == 6
    r = post(toy, "/hand/_doc", {"message": "one document"}, route="/{index}/_doc")
    assert r.status == 201, r
    validate("EsDocument", r.json())
    r = call(toy.store, "GET", "/")
    assert r.json()["version"]["number"] and r.json()["tagline"] == "You Know, for Search" and r.headers["x-elastic-product"] == "Elasticsearch"
    assert call(toy.store, "GET", "/elasticsearch/_license").json()["license"]["status"] == "active"


def test_loki_by_hand(toy):
    """Loki's push answers 204, also under its older name, and /ready says ready."""
    push = {"streams": [{"stream": {"service_name": "loki-hand", "level": "error"}, "values": [[str(time.time_ns()), "pushed by hand", {"trace_id": "ab" * 16}]]}]}
    for path in ("/loki/api/v1/push", "/api/prom/push"):
        r = post(toy, path, push)
        assert r.status == 204 and r.body == b"", r
    rows = toy.logs("service:loki-hand level:error")
    assert len(rows) == 2 and rows[0]["trace_id"] == "ab" * 16, rows
    r = toy.request("GET", "/ready", part="store")
    assert r.status == 200 and r.text == "ready\n"
    r = call(toy.store, "POST", "/otlp/v1/logs", b"", {"Content-Type": "application/x-protobuf"})
    assert r.status == 200, r


# --- hostile ---

WAYS = {
    "/api/logs": ("application/x-ndjson", lambda text: json.dumps({"msg": text, "service": "hostile"}).encode() + b"\n"),
    "/_bulk": ("application/x-ndjson", lambda text: b'{"create":{}}\n' + json.dumps({"msg": text, "service": "hostile"}).encode() + b"\n"),
    "/loki/api/v1/push": ("application/json", lambda text: json.dumps({"streams": [{"stream": {"service": "hostile"}, "values": [[str(time.time_ns()), text]]}]}).encode()),
}


def neighbour(f, text):
    """Somebody else's record, in the meantime: it must be taken and found."""
    assert post(f, "/api/logs", {"msg": text, "service": "neighbour"}).status == 200
    assert f.count(f'service:neighbour "{text}"') == 1


@pytest.mark.parametrize("path", list(WAYS))
def test_body_of_ten_gigabytes(toy, path):
    """413 as soon as the length is known, without reading; a chunked one as soon as it is too long."""
    kind, _ = WAYS[path]
    with socket.create_connection(("127.0.0.1", toy.ports["store"]), 30 * SLOW) as c:
        c.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {10 << 30}\r\n\r\n".encode() + b"x" * 1000)
        assert c.recv(100).startswith(b"HTTP/1.1 413 ")

    def endless():
        while True:
            yield b"x" * (1 << 20)
    r = call(toy.store, "POST", path, endless(), {"Content-Type": kind, "User-Agent": "test"})
    assert r.status == 413, r
    neighbour(toy, f"beside ten gigabytes of {path.strip('/').replace('/', ' ')}")


@pytest.mark.parametrize("path", list(WAYS))
def test_zip_bomb(toy, path):
    """A small body that would become a large one: 413, and the limit is named."""
    bomb = gzip.compress(bytes(65 << 20), 9)
    assert len(bomb) < 100000
    r = post(toy, path, bomb, {"Content-Type": WAYS[path][0], "Content-Encoding": "gzip"})
    assert r.status == 413 and b"smaller" in r.body, r
    neighbour(toy, f"beside a bomb for {path.strip('/').replace('/', ' ')}")


@pytest.mark.parametrize("path", list(WAYS))
def test_odd_records(toy, path):
    """A million names, a line of 5 MB, broken UTF-8, a time in 1970: answered clearly, kept as far as they can be, counted, and nobody else is harmed."""
    kind, wrap = WAYS[path]
    name = path.strip("/").replace("/", " ")
    before = toy.api("/api/store")
    assert before["refused"] >= 0 and before["rejected"] >= 0
    million = json.dumps({"msg": f"a million {name}", **{f"n{i}": i for i in range(1_000_000)}})
    early = json.dumps({"msg": f"early {name}", "@timestamp": "1970-01-01T00:00:01Z"})
    if "loki" in path:
        million_body, early_body = wrap(million), json.dumps({"streams": [{"stream": {"service": "hostile"}, "values": [["1000000000", f"early {name}"]]}]}).encode()
    else:
        lead = b'{"create":{}}\n' if path == "/_bulk" else b""
        million_body, early_body = lead + million.encode() + b"\n", lead + early.encode() + b"\n"
    bodies = [million_body, wrap(f"five megabytes {name} " + "x" * (5 << 20)), wrap(f"bytes {name}").replace(b"bytes", b"by\xfftes \xc3"), early_body]
    for body in bodies:
        r = post(toy, path, gzip.compress(body, 1), {"Content-Type": kind, "Content-Encoding": "gzip"})
        assert r.status in (200, 204), r
    neighbour(toy, f"beside odd records of {name}")
    after = toy.api("/api/store")
    assert after["cut"] >= before["cut"] + 2, (before, after)
    assert after["retimed"] == before["retimed"] + 1
    assert toy.metric("store", "pleach_store_cut_total") and toy.metric("store", "pleach_store_retimed_total")
    assert toy.count(f'"five megabytes {name}"') == 1
    row = toy.logs(f'"early {name}"')[0]
    assert row["time"][:4] != "1970" and (row["attributes"].get("@timestamp") == "1970-01-01T00:00:01Z" or row["attributes"].get("timestamp") == 1_000_000_000), row
    row = toy.logs(f'"by\ufffdtes \ufffd {name}"')[0]
    assert row["service"] == "hostile"


def test_a_million_names_in_one_batch(toy):
    """Each record with names that no other has: all are taken and each is found by its own."""
    lines = b"".join(b'{"msg":"own names","service":"names",' + ",".join(f'"name{i}":{i}' for i in range(n * 20, n * 20 + 20)).encode() + b"}\n" for n in range(50_000))
    r = post(toy, "/api/logs", gzip.compress(lines, 1), {"Content-Encoding": "gzip"})
    assert r.status == 200 and r.json() == {"records": 50_000, "unparsed": 0, "retimed": 0, "cut": 0}, r
    assert toy.count("service:names name654321:654321") == 1
    assert toy.count("service:names") == 50_000
    neighbour(toy, "beside a million names")


def test_many_senders_at_once(toy):
    """Senders of all kinds side by side, some going away in the middle: what was acknowledged is there once, whole batches only."""
    taken, lock = {}, threading.Lock()

    def send(number):
        path = list(WAYS)[number % 3]
        kind, wrap = WAYS[path]
        for i in range(20):
            word = f"side{number}x{i}y"
            if path == "/loki/api/v1/push":
                body = json.dumps({"streams": [{"stream": {"service": "side"}, "values": [[str(time.time_ns()), f"{word} {n}"] for n in range(10)]}]}).encode()
            else:
                body = b"".join(wrap(f"{word} {n}") for n in range(10))
            if i % 7 == 3:  # leaves before the answer, or before the end of its body
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", toy.ports["store"]), 10 * SLOW) as c:
                    c.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[: len(body) - (i % 2) * 5])
                continue
            end = time.monotonic() + 60 * SLOW
            while (status := call(toy.store, "POST", path, body, {"Content-Type": kind, "User-Agent": "test"}).status) == 429 and time.monotonic() < end:
                time.sleep(0.05)
            with lock:
                taken[word] = status

    threads = [threading.Thread(target=send, args=(n,)) for n in range(9)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert set(taken.values()) <= {200, 204} and len(taken) == 9 * 17, taken
    for word in taken:
        assert toy.count(f'"{word}"') == 10, word
    for number in range(9):
        for i in (3, 10, 17):
            assert toy.count(f'"side{number}x{i}y"') in (0, 10)
