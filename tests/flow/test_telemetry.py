"""Telemetry from outside over real HTTP: OTLP in both encodings and every framing, what is refused and how, and a disk that is full."""

import gzip
import json
import os
import pathlib
import socket
import subprocess
import tempfile

import otlp
import pytest
import touched
from fleet import BIN, SLOW, call, environment, free_port, wait_for

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


def send(f, signal, body, headers=PROTOBUF):
    touched.touch("routes", "POST", f"/v1/{signal}")
    return call(f.store, "POST", f"/v1/{signal}", body, headers)


@pytest.mark.parametrize("how", ["protobuf", "json", "protobuf gzip", "json gzip", "protobuf chunked", "protobuf gzip chunked"])
def test_logs_are_taken(toy, how):
    """Log records are taken in protobuf and JSON, compressed or not, with or without a length, and answered in the same encoding."""
    word = "taken-" + how.replace(" ", "-")
    body = otlp.logs([otlp.log_record(word, trace="a" * 32, severity=13, answer=42, ok=True)], "outside") if "protobuf" in how else json.dumps(otlp.json_logs([word])).encode()
    headers = dict(PROTOBUF if "protobuf" in how else JSON)
    if "gzip" in how:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    if "chunked" in how:
        body = iter([body[:7], body[7:9], body[9:]])
    r = send(toy, "logs", body, headers)
    assert r.status == 200 and r.headers["content-type"] == headers["Content-Type"], r
    row = toy.logs(f'"{word}"')[0]
    assert row["service"] == "outside" and row["body"] == word, row
    if "protobuf" in how:
        assert row["level"] == "warn" and row["trace_id"] == "a" * 32 and row["attributes"]["answer"] == 42 and row["attributes"]["ok"] is True


def test_spans_are_taken(toy):
    """A service's own spans stand in the trace."""
    trace = os.urandom(16).hex()
    r = send(toy, "traces", otlp.traces([otlp.span(trace, "1" * 16, name="query"), otlp.span(trace, "2" * 16, "1" * 16, name="row", rows=7)], "outside"))
    assert r.status == 200
    spans = toy.trace(trace, spans=2)["spans"]
    assert {s["name"]: s["parent"] for s in spans} == {"query": "", "row": "1" * 16} and {s["service"] for s in spans} == {"outside"}
    assert toy.metric("store", "pleach_store_spans_total") >= 2


@pytest.mark.parametrize("headers", [PROTOBUF, JSON])
def test_empty_request_is_fine(toy, headers):
    """A request without a record is answered 200."""
    assert send(toy, "logs", b"" if headers is PROTOBUF else b"{}", headers).status == 200


def test_metrics_are_counted_and_not_kept(toy):
    """Metric points: 200 with partial success that says they were not kept."""
    r = send(toy, "metrics", otlp.metrics([20.5, 21.5]))
    assert r.status == 200, r
    partial = dict(otlp.fields(dict(otlp.fields(r.body))[1]))
    assert partial[1] == 2 and partial[2], partial
    r = send(toy, "metrics", json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "t", "gauge": {"dataPoints": [{"asDouble": 1}]}}]}]}]}).encode(), JSON)
    assert int(r.json()["partialSuccess"]["rejectedDataPoints"]) == 1 and r.json()["partialSuccess"]["errorMessage"], r
    assert toy.metric("store", "pleach_store_metric_points_total") >= 3


def test_bad_span_is_rejected_alone(toy):
    """A span without ids is rejected, the others of its request are taken: partial success."""
    trace = os.urandom(16).hex()
    bad = otlp.field(1, b"\0" * 16) + otlp.field(2, b"\0" * 8) + otlp.field(5, "nobody")
    r = send(toy, "traces", otlp.traces([otlp.span(trace, "3" * 16), bad]))
    assert r.status == 200 and dict(otlp.fields(dict(otlp.fields(r.body))[1]))[1] == 1, r
    assert toy.trace(trace, spans=1)
    assert toy.metric("store", "pleach_store_rejected_total") >= 1


@pytest.mark.parametrize("name, body, headers, status", [
    ("not protobuf", b"\xff\xff\xff\xff", PROTOBUF, 400),
    ("protobuf cut short", otlp.logs([otlp.log_record("cut")])[:-3], PROTOBUF, 400),
    ("not JSON", b"{\"resourceLogs\":[", JSON, 400),
    ("JSON of the wrong kind", b"{\"resourceLogs\":7}", JSON, 400),
    ("not gzip", b"plain", {**PROTOBUF, "Content-Encoding": "gzip"}, 400),
    ("gzip cut short", gzip.compress(b"x" * 1000)[:-12], {**JSON, "Content-Encoding": "gzip"}, 400),
    ("unknown type", b"a,b", {"Content-Type": "text/csv"}, 415),
    ("unknown encoding", b"x", {**PROTOBUF, "Content-Encoding": "br"}, 415),
    ("too large as received", b"x" * (17 << 20), PROTOBUF, 413),
    ("too large when unpacked", gzip.compress(b"\0" * (65 << 20), 1), {**PROTOBUF, "Content-Encoding": "gzip"}, 413),
], ids=lambda v: v if isinstance(v, str) else type(v).__name__)  # not the bodies themselves
def test_bad_bodies(toy, name, body, headers, status):
    """What is not OTLP is refused with the right status and a google.rpc.Status in the caller's encoding."""
    before = toy.metric("store", "pleach_store_refused_total")
    r = send(toy, "logs", body, headers)
    assert r.status == status, r
    if status != 415:
        assert r.headers["content-type"] == headers["Content-Type"], r
    assert otlp.status_message(r)
    assert toy.metric("store", "pleach_store_refused_total") > before


def test_wrong_method(toy):
    """GET where only POST is answered: 405 or 404, and JSON that says so."""
    r = call(toy.store, "GET", "/v1/logs")
    assert r.status in (404, 405) and r.json()["message"], r
    r = toy.request("DELETE", "/api/logs")
    assert r.status in (404, 405) and r.json()["message"], r
    assert toy.request("POST", "/api/stop").status in (403, 404), "stopping is open on the node's Unix socket only"
    assert toy.request("PUT", "/api/nodes/local/status", {}).status == 403


def test_repeated_batch_is_taken_once(toy):
    """A sender that repeats an acknowledged batch (Pleach-Batch) makes no second record."""
    body = otlp.logs([otlp.log_record("said-once")])
    for _ in range(3):
        assert send(toy, "logs", body, {**PROTOBUF, "Pleach-Batch": "00112233445566aa-1"}).status == 200
    assert len(toy.logs("said-once")) == 1
    assert toy.metric("store", "pleach_store_repeated_total") >= 2


def test_many_records_reach_segments(toy):
    """More than the store's memory is written out to segments and found there."""
    word = "w" * 900
    for i in range(12):
        r = send(toy, "logs", otlp.logs([otlp.log_record(f"bulk {word}", number=i * 2000 + n) for n in range(2000)], "bulk"))
        assert r.status == 200, r
    wait_for("a segment", lambda: toy.api("/api/store")["segments"] >= 1, 20)
    assert toy.count("service:bulk") == 24000
    assert [r["attributes"]["number"] for r in toy.logs("service:bulk number:17")] == [17]
    toy.metrics("store")


class Store:
    """A store that runs alone, as `pleach part store`."""

    def __init__(self, home, directory, *words):
        self.home, self.directory = pathlib.Path(home), pathlib.Path(directory)
        self.directory.mkdir(exist_ok=True)
        self.port = free_port()
        self.store = f"http://127.0.0.1:{self.port}"
        (self.directory / "pleach.yaml").write_text(f"fleet: alone\nstore: {{ listen: \"127.0.0.1:{self.port}\" }}\n")
        self.words = ["part", "store", "--fleet", str(self.directory), *words]
        self.start()

    def start(self):
        touched.touch_command(self.words)
        self.process = subprocess.Popen([BIN, *self.words], env=environment(self.home), stderr=subprocess.PIPE)
        self.socket = self.directory / ".pleach/store.sock"
        wait_for("the store is there", lambda: call(self.socket, "GET", "/healthz").status == 200)

    def end(self, signal=15):
        self.process.send_signal(signal)
        code = self.process.wait(20 * SLOW)
        self.process.stderr.close()
        return code

    def state(self):
        return call(self.socket, "GET", "/api/store").json()


def test_store_alone(tmp_path):
    """The store runs alone, with its settings on the command line; what it has is kept over kill -9 and a graceful end."""
    port = free_port()
    s = Store(tmp_path, tmp_path / "fleet", f"--listen=127.0.0.1:{port}", "--keep=48h", "--size=64M", "--memory=4M")
    s.store = f"http://127.0.0.1:{port}"
    assert send(s, "logs", otlp.logs([otlp.log_record(f"alone {n}") for n in range(100)])).status == 200
    s.end(9)
    s.start()
    assert s.state()["records"] == 100
    assert send(s, "logs", otlp.logs([otlp.log_record("more")])).status == 200
    assert s.end() == 0
    s.start()
    assert s.state()["records"] == 101
    second = subprocess.run([BIN, *s.words], env=environment(tmp_path), capture_output=True, text=True, timeout=20 * SLOW)
    assert second.returncode != 0 and second.stderr, "two stores must not share a directory"
    assert s.end() == 0


def test_cache_of_segments(tmp_path):
    """What queries read of segments is kept within a quarter of the store's memory: here less than these segments' templates take."""
    port = free_port()
    s = Store(tmp_path, tmp_path / "fleet", f"--listen=127.0.0.1:{port}", "--memory=1M")
    s.store = f"http://127.0.0.1:{port}"
    letters = lambda n: "".join(chr(97 + n // 26**k % 26) for k in range(4))
    for part in range(4):
        rows = [otlp.log_record(f"template {letters(part * 700 + n)} {'of many words ' * 10} and {n}") for n in range(700)]
        assert send(s, "logs", otlp.logs(rows)).status == 200
        assert s.end() == 0
        s.start()
    assert s.state()["segments"] == 4
    for _ in range(2):
        for query, rows in (("words", 2800), ("template", 2800), (letters(1000), 1), ("*emplat*", 2800)):
            answer = call(s.socket, "GET", f"/api/query?q={query}%20%7C%20stats%20count()").json()
            assert answer["rows"] == [[rows]] and not answer["cut"], answer
    values = dict(line.rsplit(" ", 1) for line in call(s.socket, "GET", "/metrics").text.splitlines() if line.startswith("pleach_store_cache_"))
    for name in ("bytes", "files", "hits_total", "misses_total", "evicted_total"):
        assert float(values[f"pleach_store_cache_{name}"]) > 0, values
        touched.touch("metrics", f"pleach_store_cache_{name.removesuffix('_total')}")
    assert float(values["pleach_store_cache_bytes"]) <= 256 << 10
    assert s.end() == 0


@pytest.mark.parametrize("part", ["store", "control", "node"])
def test_part_cannot_listen(tmp_path, part):
    """A part whose address or directory is taken says so and ends with a status; it leaves nothing behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        (tmp_path / "pleach.yaml").write_text(f'fleet: alone\n{"store" if part == "node" else part}: {{ listen: "{address}" }}\n')
        if part == "node":
            (tmp_path / ".pleach").mkdir()
            (tmp_path / ".pleach/node.sock").mkdir()
        r = subprocess.run([BIN, "part", part, "--fleet", str(tmp_path)], env=environment(tmp_path), capture_output=True, text=True, timeout=20 * SLOW)
    assert r.returncode == 1 and r.stderr.count("pleach: ") == 1, r
    assert part == "node" or address in r.stderr, r
    assert not list(tmp_path.glob("sanitizer*")), [p.read_text() for p in tmp_path.glob("sanitizer*")]


@pytest.fixture
def small_disk():
    """A file system of 12 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    where = tempfile.mkdtemp(prefix="pl-disk-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", where], capture_output=True).returncode:
        os.rmdir(where)
        pytest.skip("mounting is not allowed here")
    yield where
    subprocess.run(["umount", "-l", where], check=True)
    os.rmdir(where)


def test_full_disk(small_disk, tmp_path):
    """A full disk: 507 with a Status that says so, nothing acknowledged is lost, queries go on, and it recovers by itself once there is room."""
    ballast = pathlib.Path(small_disk) / "ballast"
    ballast.write_bytes(b"b" * (6 << 20))
    s = Store(tmp_path, pathlib.Path(small_disk) / "fleet")
    acknowledged = 0
    for _ in range(40):
        r = send(s, "logs", otlp.logs([otlp.log_record(os.urandom(600).hex()) for _ in range(400)]))
        if r.status != 200:
            break
        acknowledged += 400
    assert r.status == 507, (r, acknowledged)
    assert "space" in otlp.status_message(r) or "full" in otlp.status_message(r), r
    touched.touch("errors", "disk_full")
    state = s.state()
    assert state["disk_full"] and state["records"] == acknowledged, (state, acknowledged)
    assert send(s, "logs", json.dumps(otlp.json_logs(["x" * 600000] * 8)).encode(), JSON).json()["message"]
    s.end(9)
    s.start()
    assert s.state()["records"] == acknowledged
    ballast.unlink()
    wait_for("records are taken again", lambda: send(s, "logs", otlp.logs([otlp.log_record("room again")])).status == 200, 15)
    assert s.state()["records"] == acknowledged + 1
    wait_for("segments are written again, too", lambda: not s.state()["disk_full"], 20)
    assert s.end() == 0


def test_refused_protocol_is_counted(toy):
    """Broken HTTP to a part's own API is refused with 400 and counted."""
    for port in (toy.ports["store"], toy.ports["control"]):
        with socket.create_connection(("127.0.0.1", port), 5) as c:
            c.sendall(b"GET / HTTP/1.1\nHost: x\n\n")
            assert c.recv(100).startswith(b"HTTP/1.1 400")
    m = toy.metrics("store")
    assert m["pleach_http_refused_total"] >= 1 and toy.metric("control", "pleach_http_refused_total") >= 1


def test_outbox_reports(make_fleet):
    """While the store is away, lines wait in the node's queue and arrive later; none is lost, and the metric shows them waiting."""
    import signal
    f = make_fleet()
    f.add("front")
    f.up()
    pid = f.pid("pleach-store")
    os.kill(pid, signal.SIGSTOP)
    try:
        for n in range(20):
            assert f.post("/front/v1/log", f'{{"msg":"while-away {n}"}}\n'.encode()).status == 200
        wait_for("lines wait", lambda: f.metric("node", "pleach_outbox_queued_bytes") > 0, 5)
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for("all lines arrive", lambda: len(f.logs("while-away")) == 20, 15)
    assert f.metric("node", "pleach_outbox_records_total") > 0
