"""OTLP over gRPC into the store, by real clients: Debian's python3-grpcio, npm's OpenTelemetry exporters, python3-h2 for what no proper client does,
curl and h2load. Every record that was acknowledged is found exactly once."""

import concurrent.futures
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import urllib.parse

import grpc
import h2.connection
import h2.events
import otlp
import pytest
import touched
from fleet import ROOT, SLOW, call, free_port, wait_for
from test_telemetry import Store

METHODS = dict(touched.grpc_methods())


class Client:
    """A channel whose messages are bytes."""

    def __init__(self, port, **options):
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_retries", 0), ("grpc.max_receive_message_length", -1), *options.items()])

    def call(self, path, message, **more):
        return self.channel.unary_unary(path, request_serializer=None, response_deserializer=None)(message, timeout=60 * SLOW, **more)

    def send(self, signal, message, **more):
        answer = self.call(METHODS[signal], message, **more)
        touched.touch("grpc methods", signal)
        return answer

    def failure(self, path, message, **more):
        with pytest.raises(grpc.RpcError) as caught:
            self.call(path, message, **more)
        return caught.value


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store that runs alone, and a client of its gRPC."""
    home = tmp_path_factory.mktemp("grpc")
    port, http = free_port(), free_port()
    s = Store(home, home / "fleet", f"--listen=127.0.0.1:{http}", f"--grpc=127.0.0.1:{port}")
    s.port, s.store = port, f"http://127.0.0.1:{http}"
    s.client = Client(port)
    yield s
    s.client.channel.close()
    assert s.end() == 0


def count(s, q):
    reply = call(s.socket, "GET", "/api/logs/histogram?" + urllib.parse.urlencode({"q": q, "from": "1h", "buckets": 1}))
    assert reply.status == 200, reply
    return reply.json()["total"]


def metric(s, name):
    for line in call(s.socket, "GET", "/metrics").text.splitlines():
        if line.split(" ")[0] in (name, name + "_total"):
            if float(line.split(" ")[1]):
                touched.touch("metrics", name)
            return float(line.split(" ")[1])
    raise KeyError(name)


def test_in_a_fleet(make_fleet):
    """`store.grpc` in pleach.yaml opens it; what came over gRPC is found like everything else; without the key nothing listens there."""
    port = free_port()
    f = make_fleet(store={"grpc": f"127.0.0.1:{port}"})
    f.add("lonely")
    f.up()
    c = Client(port)
    trace = secrets.token_hex(16)
    assert c.send("LOGS", otlp.logs([otlp.log_record("over grpc", trace=trace)], "outside")) == b""
    assert c.send("TRACES", otlp.traces([otlp.span(trace, "1" * 16)], "outside")) == b""
    found = f.trace(trace, spans=1, logs=1)
    assert [s["service"] for s in found["spans"]] == ["outside"] and found["logs"][0]["body"] == "over grpc"
    assert f.metric("store", "pleach_http2_connections") == 1
    c.channel.close()
    f.down()
    with socket.socket() as s:
        s.bind(("127.0.0.1", port))
        s.listen()
        r = f.cli("up")
        assert r.code != 0 and "store.grpc" in r.err and str(port) in r.err, r


def test_signals(store):
    word = secrets.token_hex(6)
    for how in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
        assert store.client.send("LOGS", otlp.logs([otlp.log_record(f"{word} {n}") for n in range(500)]), compression=how) == b""
    assert count(store, word) == 1000
    trace = secrets.token_hex(16)
    bad = otlp.field(1, b"\0" * 16) + otlp.field(2, b"\0" * 8) + otlp.field(5, "nobody")
    partial = dict(otlp.fields(dict(otlp.fields(store.client.send("TRACES", otlp.traces([otlp.span(trace, "3" * 16), bad]))))[1]))
    assert partial[1] == 1 and b"trace id" in partial[2]
    assert call(store.socket, "GET", f"/api/traces/{trace}").status == 200
    partial = dict(otlp.fields(dict(otlp.fields(store.client.send("METRICS", otlp.metrics([20.5, 21.5]))))[1]))
    assert partial[1] == 2 and b"not kept" in partial[2]
    assert metric(store, "pleach_http2_requests") >= 4


def test_errors(store):
    """Codes and words as OTLP wants them: what should not be sent again says so."""
    path = METHODS["LOGS"]
    e = store.client.failure(path, otlp.logs([otlp.log_record("cut")])[:-3])
    assert e.code() == grpc.StatusCode.INVALID_ARGUMENT and "OTLP" in e.details()
    e = store.client.failure(path, bytes(17 << 20))
    assert e.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and "smaller batches" in e.details()
    assert "grpc-status-details-bin" not in dict(e.trailing_metadata()), "not to be sent again"
    e = store.client.failure(path, bytes(65 << 20), compression=grpc.Compression.Gzip)
    assert e.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and "decompressed" in e.details()
    e = store.client.failure(path.replace("Export", "Import"), b"")
    assert e.code() == grpc.StatusCode.UNIMPLEMENTED
    e = store.client.failure(path, b"", metadata=[("pleach-batch", "nonsense")])
    assert e.code() == grpc.StatusCode.INVALID_ARGUMENT and "16 hex digits" in e.details()
    assert metric(store, "pleach_http2_refused") >= 1


def test_health(store):
    path = "/grpc.health.v1.Health/Check"
    assert store.client.call(path, b"") == b"\x08\x01"
    assert store.client.call(path, otlp.field(1, "opentelemetry.proto.collector.trace.v1.TraceService")) == b"\x08\x01"
    assert store.client.failure(path, otlp.field(1, "no.Such")).code() == grpc.StatusCode.NOT_FOUND


def test_repeated_batch_is_taken_once(store):
    word = secrets.token_hex(6)
    batch = [("pleach-batch", f"{secrets.token_hex(8)}-7")]
    for _ in range(3):
        assert store.client.send("LOGS", otlp.logs([otlp.log_record(word)]), metadata=batch) == b""
    assert count(store, word) == 1


def test_many_at_once(store):
    """Clients with many calls in flight, some with messages of megabytes: all are acknowledged in the end, and there once."""
    word = secrets.token_hex(6)

    def send(n):
        sender, size = f"{n + 1:016x}", 3000 if n % 8 == 0 else 20
        message = otlp.logs([otlp.log_record(f"{word} {'x' * size} {n}") for _ in range(500)])
        return wait_for("it is taken", lambda: attempt(sender, message), 60)

    def attempt(sender, message):
        try:
            return store.client.send("LOGS", message, metadata=[("pleach-batch", f"{word[:4]}{sender[4:]}-1")]) == b""
        except grpc.RpcError as e:  # with RetryInfo: again later
            assert e.code() == grpc.StatusCode.UNAVAILABLE and "grpc-status-details-bin" in dict(e.trailing_metadata()), e
            return False

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(send, range(64)))
    assert count(store, word) == 64 * 500


def test_killed_under_load(tmp_path):
    """kill -9 in the middle of it: what was acknowledged is there once, what was not can be sent again under its number."""
    port, http = free_port(), free_port()
    s = Store(tmp_path, tmp_path / "fleet", f"--listen=127.0.0.1:{http}", f"--grpc=127.0.0.1:{port}")
    c = Client(port, **{"grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 500})
    word, sent = secrets.token_hex(6), 0

    def send(n):
        try:
            return c.send("LOGS", otlp.logs([otlp.log_record(f"{word} {n}") for _ in range(20)]), metadata=[("pleach-batch", f"00000000000000aa-{n}")]) == b""
        except grpc.RpcError as e:
            assert e.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN), e
            return False

    for kill in range(4):
        begun = [concurrent.futures.ThreadPoolExecutor(1)]
        running = begun[0].submit(lambda first: [wait_for("it is taken", lambda n=n: send(n), 60) for n in range(first, first + 100)], sent + 1)
        wait_for("some are taken", lambda: count(s, word) > sent * 20 + 200, 60)
        s.end(9)
        s.start()
        running.result()
        begun[0].shutdown()
        sent += 100
    assert count(s, word) == sent * 20
    c.channel.close()
    assert s.end() == 0


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_real_exporters(store, compression):
    """npm's exporters for logs and traces: 1200 records and spans, each there once."""
    assert (ROOT / "tests/clients/node_modules").is_dir(), "run packaging/setup.sh test"
    word = "w" + secrets.token_hex(6)
    env = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{store.port}", "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
           "OTEL_METRICS_EXPORTER": "none", "OTEL_SERVICE_NAME": word}
    done = subprocess.run([shutil.which("node"), str(ROOT / "tests/clients/grpc.mjs"), "1200", word], env=env, capture_output=True, text=True, timeout=120 * SLOW)
    assert done.returncode == 0 and not done.stderr, done
    assert count(store, f"service:{word}") == 1200
    rows = []
    after = ""
    while len(rows) < 1200:
        page = call(store.socket, "GET", "/api/logs?" + urllib.parse.urlencode({"q": f"service:{word}", "from": "1h", "limit": 1000, "after": after})).json()
        rows += page["rows"]
        after = page.get("after") or page.get("next") or ""
        if not after:
            break
    assert sorted(r["attributes"]["n"] for r in rows) == list(range(1200))
    traces = {r["trace_id"] for r in rows}
    assert len(traces) == 1200
    for t in sorted(traces)[::100]:
        spans = call(store.socket, "GET", f"/api/traces/{t}").json()["spans"]
        assert [s["service"] for s in spans] == [word]


class Raw:
    """A connection of python3-h2: says exactly what the test says."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), 60 * SLOW)
        self.h2 = h2.connection.H2Connection()
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.sock.sendall(self.h2.data_to_send())

    def begin(self, stream, path, data=b"", end=False):
        self.h2.send_headers(stream, [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"), ("content-type", "application/grpc"), ("te", "trailers")])
        self.h2.send_data(stream, data, end_stream=end)
        self.flush()

    def until(self, kind):
        """The first event of the kind; None when the connection ends before."""
        while True:
            data = self.sock.recv(65536)
            if not data:
                return None
            for event in self.h2.receive_data(data):
                if isinstance(event, kind):
                    return event
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.flush()


def test_held_memory_is_bounded_and_shown(store):
    """Half-sent messages hold memory that was set aside for them, and only that; when their clients go, it is given back."""
    raws = [Raw(store.port) for _ in range(4)]
    for r in raws:
        r.begin(1, METHODS["LOGS"], b"\0" + (10 << 20).to_bytes(4, "big") + b"x" * 1000)
    wait_for("four are held", lambda: metric(store, "pleach_http2_held_bytes") > 30 << 20)
    assert metric(store, "pleach_http2_held_bytes") <= 64 << 20
    assert metric(store, "pleach_http2_connections") >= 4
    assert store.client.send("LOGS", otlp.logs([otlp.log_record("in between")])) == b""
    for r in raws:
        r.sock.close()
    wait_for("nothing is held", lambda: metric(store, "pleach_http2_held_bytes") == 0)


def test_abuse_is_cut_off(store):
    """A flood of PINGs and somebody who speaks HTTP/1 lose their connection with an answer; the others are served."""
    before = metric(store, "pleach_http2_cut")
    r = Raw(store.port)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for _ in range(100):
            r.sock.sendall(b"\0\0\x08\6\0\0\0\0\0pingping" * 100)
    with contextlib.suppress(ConnectionResetError):
        event = r.until(h2.events.ConnectionTerminated)
        assert event is None or event.error_code == 11, "ENHANCE_YOUR_CALM"
    reply = call(f"http://127.0.0.1:{store.port}", "POST", "/v1/logs", b"")
    assert reply.status == 505 and "HTTP/2" in reply.text
    assert metric(store, "pleach_http2_cut") == before + 2
    assert store.client.call("/grpc.health.v1.Health/Check", b"") == b"\x08\x01"


def test_graceful_end(tmp_path):
    """At SIGTERM a client hears GOAWAY, not a reset, and what was acknowledged is there afterwards."""
    port, http = free_port(), free_port()
    s = Store(tmp_path, tmp_path / "fleet", f"--listen=127.0.0.1:{http}", f"--grpc=127.0.0.1:{port}")
    r = Raw(port)
    r.begin(1, METHODS["LOGS"], b"\0" + len(m := otlp.logs([otlp.log_record("the last words")])).to_bytes(4, "big") + m, end=True)
    trailers = r.until(h2.events.TrailersReceived)
    assert (b"grpc-status", b"0") in trailers.headers or ("grpc-status", "0") in trailers.headers
    s.process.send_signal(15)
    event = r.until(h2.events.ConnectionTerminated)
    assert event and event.error_code == 0 and event.last_stream_id == 1
    r.sock.close()
    assert s.end() == 0
    s.start()
    assert count(s, '"the last words"') == 1
    assert s.end() == 0


def test_curl_and_h2load(store, tmp_path):
    url = f"http://127.0.0.1:{store.port}"
    done = subprocess.run(["curl", "-sS", "--http2-prior-knowledge", "-w", "%{http_code} %{http_version}", url], capture_output=True, text=True, timeout=60 * SLOW)
    assert done.stdout.endswith("405 2") and "gRPC" in done.stdout, done
    word = secrets.token_hex(6)
    message = otlp.logs([otlp.log_record(word)])
    (tmp_path / "body").write_bytes(b"\0" + len(message).to_bytes(4, "big") + message)
    before = metric(store, "pleach_store_records")
    done = subprocess.run(["h2load", "-n", "2000", "-c", "8", "-m", "16", "-d", str(tmp_path / "body"), "-H", "content-type: application/grpc", url + METHODS["LOGS"]],
                          capture_output=True, text=True, timeout=120 * SLOW)
    assert "2000 succeeded, 0 failed, 0 errored" in done.stdout, done.stdout
    # All have been answered; an answer of gRPC may still have been "later": count what was acknowledged.
    assert count(store, word) == metric(store, "pleach_store_records") - before > 0
