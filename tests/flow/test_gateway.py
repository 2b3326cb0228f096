"""The gateway on real sockets: every reason for which a call fails, smuggled requests, and the load tools that people use."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
import touched
from fleet import SLOW, wait_for


def says(reply, status, reason, dependency=None):
    """An answer that the gateway made itself, complete: status, Proxy-Status, and a JSON body with the trace id."""
    assert reply.status == status, reply
    body = reply.json()
    assert body["error"] == reason and body["trace_id"] == reply.trace and body["reason"] and body["phase"], body
    assert body.get("dependency") == dependency, body
    assert re.match(r'pleach; error=[a-z_]+', reply.headers["proxy-status"]), reply.headers
    return body


@pytest.mark.parametrize("path, status, reason", [
    ("/v1/break/reset", 502, "reset_before_answer"),
    ("/v1/break/garbage", 502, "bad_answer"),
    ("/v1/sleep/1500", 504, "first_byte_timeout"),
])
def test_failed_answers(toy, path, status, reason):
    """A dependency that fails is named with phase and reason; the trace has the failed attempt."""
    body = says(toy.get("/lonely" + path), status, reason, "lonely")
    span = toy.trace(body["trace_id"], spans=1)["spans"][0]
    assert span["status"] == "error" and span["attributes"]["error.type"] == reason
    assert span["events"][-1]["attributes"]["pleach.result"] == reason
    assert toy.api("/api/why/" + body["trace_id"])["cause"]["service"] == "lonely"


def test_answer_that_breaks_off(toy):
    """An answer that breaks off in its body, or stops in it, breaks off for the caller too, and its record says why."""
    import http.client
    for how, reason in (("half", "reset_in_answer"), ("stall", "call_timeout")):
        trace = f"{hash(how) & (1 << 120) - 1 | 1 << 119:032x}"
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            toy.get(f"/lonely/v1/break/{how}", headers={"traceparent": f"00-{trace}-{'1' * 16}-01"})
        span = toy.trace(trace, spans=1)["spans"][0]
        assert span["attributes"]["error.type"] == reason, span
        touched.touch("reasons", reason)


def test_dependency_time_out(toy):
    """A call between services ends after the time-out of its declaration; the trace says which dependency, the deadline is passed on."""
    reply = toy.get("/front/v1/call/middle/v1/call/back/v1/sleep/900")
    assert reply.status == 504 and reply.json()["dependency"] == "back", reply
    assert reply.json()["error"] in ("first_byte_timeout", "call_timeout") and reply.took < 0.9 * SLOW
    touched.touch("reasons", reply.json()["error"])
    trace = toy.trace(reply.trace, spans=3)
    assert [s["attributes"]["http.response.status_code"] for s in trace["spans"]] == [504, 504, 504]
    why = toy.api(f"/api/why/{reply.trace}")
    assert why["verdict"] == "failed" and why["cause"]["service"] == "back" and why["cause"]["owner"] == "billing"
    assert any("stays empty" in s for s in why["sentences"]), why["sentences"]
    echo = toy.get("/front/v1/call/middle/v1/echo").json()
    headers = dict(map(tuple, echo["headers"]))
    assert headers["traceparent"].split("-")[1] and "pleach-deadline" in headers, headers


def test_deadline_has_passed(toy):
    """A call whose caller has no time left is not made."""
    reply = toy.get("/front/v1/echo", headers={"Pleach-Deadline": "0"})
    says(reply, 504, "deadline", "front")


def test_nobody_listens(make_fleet):
    """A service that runs elsewhere and is not there: refused; one that does not accept: a connect time-out; a full queue is refused at once."""
    f = make_fleet(gateway={"connect_timeout": "200ms"})
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = [socket.socket() for _ in range(3)]
    for s in fillers:
        s.setblocking(False)
        s.connect_ex(full.getsockname())
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    f.add("absent", run=None, address=f"127.0.0.1:{closed.getsockname()[1]}")
    f.add("deaf", run=None, address=f"127.0.0.1:{full.getsockname()[1]}")
    # The broadcast address: the system refuses a connection to it without sending anything.
    f.add("unroutable", run=None, address="255.255.255.255:80")
    f.add("front")
    f.up()
    says(f.get("/absent/v1/echo"), 502, "connect_refused", "absent")
    says(f.get("/deaf/v1/echo"), 504, "connect_timeout", "deaf")
    says(f.get("/unroutable/v1/echo"), 502, "connect_failed", "unroutable")
    m = f.metrics("gateway")
    assert m["pleach_gateway_responses_own_total"] >= 3 and m["pleach_gateway_attempts_failed_total"] >= 3
    for s in [full, closed, *fillers]:
        s.close()


def test_no_instance(make_fleet):
    """A service none of whose instances runs: 503 with its name and how many are known."""
    f = make_fleet()
    f.add("front")
    f.add("broken", "plain.py", ["fail", "no"], health=None)
    f.cli("up", "--wait", "1s")
    says(wait_for("it is not there", lambda: (r := f.get("/broken/v1/echo")).status == 503 and r), 503, "no_instance", "broken")


def test_overload_and_draining(make_fleet):
    """More than 1024 calls at once to one service: refused at once, and the others wait on. A gateway that is told to stop waits for its
    calls, then ends them with an answer that says so."""
    import resource
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    f = make_fleet()
    f.add("deaf", "plain.py", ["deaf"], health=None)
    f.add("front")
    f.up()
    before = f.pid("pleach-gateway")
    with contextlib.ExitStack() as stack:
        for _ in range(1024):
            c = stack.enter_context(socket.create_connection(("127.0.0.1", f.ports["gateway"]), 30))
            c.sendall(b"GET /deaf/v1 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for("all are under way", lambda: f.metric("gateway", "pleach_gateway_active") >= 1024)
        says(f.get("/deaf/v1"), 503, "overload", "deaf")
        assert f.get("/front/v1/echo").status == 200, "another service has room"
    wait_for("the callers are gone", lambda: f.metric("gateway", "pleach_gateway_active") == 0)
    with socket.create_connection(("127.0.0.1", f.ports["gateway"]), 30) as c:
        c.sendall(b"GET /deaf/v1 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for("one is under way", lambda: f.metric("gateway", "pleach_gateway_active") == 1)
        os.kill(before, signal.SIGTERM)
        answer = c.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503") and b'"draining"' in answer and b"connection: close" in answer.lower(), answer
        touched.touch("reasons", "draining")
    f.replaced("pleach-gateway", before)
    f.healthy()


def raw(f, data, more=b"", pause=0.0, port=None):
    """Sends bytes, reads until the gateway closes. Returns what came."""
    with socket.create_connection(("127.0.0.1", port or f.ports["gateway"]), 10 * SLOW) as c:
        got = b""
        try:
            c.sendall(data)
            if pause:
                time.sleep(pause)
            if more:
                c.sendall(more)
            while piece := c.recv(65536):
                got += piece
        except ConnectionError:
            pass
        return got


HEAD = b"POST /front/v1/body HTTP/1.1\r\nHost: shop\r\n"
INNER = b"GET /front/v1/smuggled HTTP/1.1\r\nHost: shop\r\n\r\n"
SMUGGLED = {
    "length and chunked": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n" + INNER,
    "a list of lengths": HEAD + b"Content-Length: 0, 50\r\n\r\n" + INNER,
    "length with a plus": HEAD + b"Content-Length: +0\r\n\r\n" + INNER,
    "length in hex": HEAD + b"Content-Length: 0x0\r\n\r\n" + INNER,
    "bare line feed": b"GET /front/v1/echo HTTP/1.1\nHost: shop\n\n" + INNER,
    "bare line feed in a header": b"GET /front/v1/echo HTTP/1.1\r\nHost: shop\r\nX: a\nY: b\r\n\r\n" + INNER,
    "bare carriage return": b"GET /front/v1/echo HTTP/1.1\r\nHost: shop\r\nX: a\rY: b\r\n\r\n" + INNER,
    "chunked in disguise": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER,
    "chunked with a tab": HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + INNER,
    "chunked before another": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + INNER,
    "chunked twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "blank before the colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + INNER,
    "folded header": HEAD + b"X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "chunk size with a sign": HEAD + b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n" + INNER,
    "chunk size too large": HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n" + INNER,
    "chunk ended by a line feed": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\n\n" + INNER,
    "no host": b"GET /front/v1/echo HTTP/1.1\r\n\r\n" + INNER,
    "two hosts": b"GET /front/v1/echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + INNER,
    "zero byte": b"GET /front/v1/echo HTTP/1.1\r\nHost: shop\r\nX: a\x00b\r\n\r\n" + INNER,
    "unknown version": b"GET /front/v1/echo HTTP/1.2\r\nHost: shop\r\n\r\n" + INNER,
    "HTTP/0.9": b"GET /front/v1/echo\r\n\r\n" + INNER,
    "chunked in HTTP/1.0": b"POST /front/v1/body HTTP/1.0\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "header without a name": b"GET /front/v1/echo HTTP/1.1\r\nHost: shop\r\n: x\r\n\r\n" + INNER,
    "blank in the target": b"GET /front/v1/echo HTTP/1.1 HTTP/1.1\r\nHost: shop\r\n\r\n" + INNER,
}


@pytest.mark.parametrize("kind", SMUGGLED)
def test_smuggling(toy, kind):
    """A request that two readers could read differently: one answer, 400 (505 for a version), closed; nothing of it is passed on."""
    before = toy.metric("gateway", "pleach_gateway_refused_total")
    got = raw(toy, SMUGGLED[kind])
    statuses = re.findall(rb"HTTP/1\.1 (\d+)", got)
    allowed = {b"400"} | ({b"505"} if "version" in kind or "0.9" in kind else set())
    chunk = kind.startswith("chunk ") or kind == "chunked in HTTP/1.0"
    assert len(statuses) == 1 and statuses[0] in allowed | ({b"501"} if "disguise" in kind or "another" in kind else set()), got
    assert b"connection: close" in got.lower(), got
    assert toy.metric("gateway", "pleach_gateway_refused_total") > before or chunk
    touched.touch("reasons", "bad_request")


def test_nothing_was_smuggled(toy):
    """After all of that no service has seen the inner request."""
    trace = toy.get("/front/v1/echo").trace
    toy.trace(trace, logs=1)
    assert not toy.logs("smuggled")


def test_endless_and_oversized_heads(toy):
    """A head without an end, or over its limits, is refused; a body over its limit too; CONNECT and TRACE are not carried."""
    got = raw(toy, b"GET /front/v1/echo HTTP/1.1\r\nHost: shop\r\n" + b"X: " + b"a" * 70000 + b"\r\n\r\n")
    assert re.match(rb"HTTP/1.1 (400|431)", got) or not got, got[:200]
    got = raw(toy, b"GET /front/v1/echo HTTP/1.1\r\nHost: shop\r\n" + b"".join(b"X%d: a\r\n" % i for i in range(5000)) + b"\r\n")
    assert re.match(rb"HTTP/1.1 (400|431)", got) or not got, got[:200]
    says(toy.post("/front/v1/body", b"x" * (2 << 20)), 413, "body_too_large", "front")
    for method in ("TRACE",):
        says(toy.call(method, "/front/v1/echo"), 501, "method_refused")
    assert raw(toy, b"CONNECT shop:443 HTTP/1.1\r\nHost: shop:443\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 501")
    says(toy.get("/nowhere/v1"), 404, "no_route")


def test_client_goes_away(toy):
    """A caller that goes away is recorded with its reason; the fleet goes on."""
    trace = "c" * 32
    with socket.create_connection(("127.0.0.1", toy.ports["gateway"]), 5) as c:
        c.sendall(f"GET /lonely/v1/sleep/600 HTTP/1.1\r\nHost: x\r\ntraceparent: 00-{trace}-{'1' * 16}-01\r\n\r\n".encode())
        wait_for("the call is under way", lambda: toy.metric("gateway", "pleach_gateway_active") >= 1)
        assert toy.metric("gateway", "pleach_gateway_connections") >= 1
    span = toy.trace(trace, spans=1)["spans"][0]
    assert span["attributes"]["error.type"] == "client_gone", span
    touched.touch("reasons", "client_gone")


def test_every_method_and_body(toy):
    """Methods, bodies with a length and chunked, HEAD and large answers pass unchanged."""
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert toy.call(method, "/front/v1/echo?a=b%20c").json()["method"] == method
    assert toy.get("/front/v1/echo?a=b%20c").json()["path"] == "/v1/echo?a=b%20c"
    assert toy.call("HEAD", "/front/v1/bytes/1234").headers["content-length"] == "1234"
    assert toy.post("/front/v1/body", b"x" * 300000).json() == {"bytes": 300000}
    assert toy.post("/front/v1/body", iter([b"x" * 1000] * 300)).json() == {"bytes": 300000}
    assert len(toy.get("/front/v1/bytes/3000000").body) == 3000000
    seen = {k for k, _ in toy.get("/front/v1/echo", headers={"Connection": "x-hop", "X-Hop": "1", "Keep-Alive": "5"}).json()["headers"]}
    assert "x-hop" not in seen and "keep-alive" not in seen and "traceparent" in seen


def test_both_instances_get_calls(toy):
    """Calls are spread over the instances."""
    assert {toy.get("/front/v1/echo").json()["instance"] for _ in range(40)} == {"front-1", "front-2"}


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl(toy):
    """curl gets its answer with the trace id in a header, twice on one connection."""
    r = subprocess.run(["curl", "-sS", "-D", "-", f"{toy.gateway}/front/v1/echo", f"{toy.gateway}/front/v1/bytes/10", "-d", "x=1"], capture_output=True, text=True, timeout=30)
    assert r.returncode == 0 and r.stdout.count("HTTP/1.1 200") == 2 and r.stdout.lower().count("pleach-trace: ") == 2, r


@pytest.mark.skipif(not shutil.which("h2load"), reason="h2load is not installed")
def test_h2load(toy):
    """h2load with HTTP/1.1: every request is answered 2xx."""
    r = subprocess.run(["h2load", "--h1", "-n", "600", "-c", "4", f"{toy.gateway}/front/v1/bytes/1024"], capture_output=True, text=True, timeout=60 * SLOW)
    assert "600 succeeded, 0 failed" in r.stdout and "status codes: 600 2xx, 0 3xx, 0 4xx, 0 5xx" in r.stdout, r.stdout
    m = toy.metrics("gateway")
    assert m["pleach_gateway_reused_total"] > 0 and m["pleach_gateway_duration_seconds_count"] >= 600


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
def test_wrk(toy):
    """wrk: every request is answered 2xx, and every call is counted once on the map's edge."""
    def calls():
        return sum(e["calls"] for e in toy.api("/api/edges?from=1h")["edges"] if (e["caller"], e["callee"]) == ("edge", "lonely"))
    m0, c0 = toy.metric("gateway", "pleach_gateway_requests_total"), calls()
    r = subprocess.run(["wrk", "-t1", "-c4", "-d1s", f"{toy.gateway}/lonely/v1/bytes/1024"], capture_output=True, text=True, timeout=60 * SLOW)
    assert r.returncode == 0 and "Non-2xx" not in r.stdout and "Socket errors" not in r.stdout, r.stdout
    sent = toy.metric("gateway", "pleach_gateway_requests_total") - m0
    assert sent > 100
    wait_for("all are counted", lambda: calls() - c0 >= sent - 4, 20)
    time.sleep(0.05)
    assert calls() - c0 <= sent, "a call is counted twice"


def test_trust(make_fleet):
    """Only trusted callers' ids are continued; another caller gets a new trace that links to its own."""
    f = make_fleet(gateway={"trust": ["10.0.0.0/8"]})
    f.add("front")
    f.up()
    theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
    reply = f.get("/front/v1/echo", headers={"traceparent": f"00-{theirs}-00f067aa0ba902b7-01"})
    assert reply.trace != theirs
    span = f.trace(reply.trace, spans=1)["spans"][0]
    assert span["links"] == [{"trace_id": theirs, "span_id": "00f067aa0ba902b7"}] and span["attributes"]["pleach.origin"] == "restarted"
    assert wait_for("edges", lambda: [e for e in f.api("/api/edges")["edges"] if e["restarted"] == 1])


def test_event_stream_outlives_the_time_out(make_fleet):
    """A stream of events is not cut by the time-out of whole calls; any other answer as slow is."""
    f = make_fleet(gateway={"timeout": "600ms"})
    f.add("front")
    f.up()
    reply = f.get("/front/v1/events/8/200")
    assert reply.status == 200 and reply.body.count(b"data: ") == 8 and reply.took > 1.2, reply
    assert f.get("/front/v1/sleep/1500").status == 504


def test_client_is_slow(make_fleet):
    """A caller that does not finish its request in time is told so: 408."""
    f = make_fleet(gateway={"timeout": "500ms"})
    f.add("front")
    f.up()
    got = raw(f, b"POST /front/v1/body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    assert got.startswith(b"HTTP/1.1 408") or got.startswith(b"HTTP/1.1 504"), got
    body = json.loads(got.split(b"\r\n\r\n", 1)[1])
    touched.touch("reasons", body["error"])
