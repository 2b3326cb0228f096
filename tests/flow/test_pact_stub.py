"""`pleach contract stub`: pacts served in place of their provider, called bare, and verified by pact-js as if it were the provider."""

import contextlib
import json
import os
import re
import signal
import subprocess

import pytest
import touched
from fleet import BIN, ROOT, call, run
from pact_provider import get, pact

CLIENTS = ROOT / "tests/clients"
QUIET = {**os.environ, "PACT_DO_NOT_TRACK": "true"}


@contextlib.contextmanager
def stub(*words):
    words = ["contract", "stub", *map(str, words), "--listen", "127.0.0.1:0", "--json"]
    touched.touch_command(words)
    p = subprocess.Popen([BIN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = p.stdout.readline()
        assert line, p.stderr.read()
        p.told = json.loads(line)
        p.url = p.told["url"]
        yield p
    finally:
        p.send_signal(signal.SIGTERM)
        out, err = p.communicate(timeout=20)
        p.err = err
        assert p.returncode == 0, err


def put(folder, name, content):
    path = folder / name
    path.write_text(json.dumps(content))
    return path


def test_answers(tmp_path):
    path = put(tmp_path, "p.json", pact(
        get("/a", "an order", body={"id": 5}, headers={"Content-Type": ["application/json;charset=utf-8"], "X-Kind": ["a", "b"]}),
        get("/a", "by query", 203, request={"query": {"q": ["1"]}}),
        get("/a", "with a state", 202, states=["busy"]),
        get("/b/7", "by rule", body={"of": "b"}, request={"matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "^/b/[0-9]+$"}]}}}),
        get("/c", "posted", 201, request={"method": "POST", "headers": {"Content-Type": ["application/json"]}, "body": {"content": {"n": 1}, "contentType": "application/json", "encoded": False},
                                           "matchingRules": {"body": {"$.n": {"matchers": [{"match": "integer"}]}}}}),
        {"type": "Synchronous/HTTP", "description": "generated", "request": {"method": "GET", "path": "/g"}, "response": {
            "status": 200, "body": {"content": {"id": "x", "n": 1}, "contentType": "application/json", "encoded": False},
            "generators": {"body": {"$.id": {"type": "Uuid"}, "$.n": {"type": "RandomInt", "min": 5, "max": 9}}}}},
        get("/gone", "empty", 204)))
    with stub(path) as s:
        assert s.told["interactions"] == 7 and s.told["pacts"] == 1
        r = call(s.url, "GET", "/a")
        assert r.status == 200 and r.json() == {"id": 5} and r.headers["content-type"] == "application/json;charset=utf-8" and r.headers["x-kind"] in ("a", "b", "a, b")
        assert call(s.url, "GET", "/a?q=1").status == 203
        assert call(s.url, "GET", "/a", headers={"pleach-state": "busy"}).status == 202
        assert call(s.url, "GET", "/a", headers={"pleach-state": "unheard of"}).status in (404, 500)
        assert call(s.url, "GET", "/b/123").json() == {"of": "b"} and call(s.url, "GET", "/b/x").status in (404, 500)
        assert call(s.url, "POST", "/c", {"n": 12}).status == 201
        assert call(s.url, "GET", "/gone").status == 204
        assert call(s.url, "HEAD", "/a").status in (200, 404, 500)
        made = [call(s.url, "GET", "/g").json() for _ in range(3)]
        assert len({m["id"] for m in made}) == 3 and all(re.fullmatch(r"[0-9a-f-]{36}", m["id"]) and 5 <= m["n"] <= 9 for m in made)
        # What fits nothing is explained.
        r = call(s.url, "POST", "/c", {"n": "twelve"})
        told = r.json()
        assert r.status == 500 and told["error"] == "request_differs" and told["nearest"][0]["description"] == "posted" and told["nearest"][0]["line"] >= 1
        assert ("body", "$.n") in [(m["attribute"], m["path"]) for m in told["nearest"][0]["mismatches"]] and "posted" in told["message"]
        r = call(s.url, "GET", "/nowhere")
        assert r.status == 404 and r.json()["error"] == "no_interaction" and "GET /a" in r.json()["known"]
        assert "access-control-allow-origin" not in call(s.url, "GET", "/a").headers
    assert "/nowhere" in s.err and "posted" in s.err


def test_browsers_and_states(tmp_path):
    path = put(tmp_path, "p.json", pact(get("/a", "plain", 200), get("/a", "busy", 202, states=["busy"])))
    with stub(path, "--cors", "--state", "busy") as s:
        r = call(s.url, "OPTIONS", "/a", headers={"Origin": "http://x", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-a"})
        assert r.status == 204 and r.headers["access-control-allow-origin"] == "*" and "PUT" in r.headers["access-control-allow-methods"] and r.headers["access-control-allow-headers"] == "x-a"
        r = call(s.url, "GET", "/a")
        assert r.status == 202 and r.headers["access-control-allow-origin"] == "*"
        assert call(s.url, "GET", "/a", headers={"pleach-state": ""}).status == 200
        assert call(s.url, "GET", "/none").headers["access-control-allow-origin"] == "*"


def test_wrong_use(tmp_path):
    r = run("contract", "stub", put(tmp_path, "m.json", pact({"type": "Asynchronous/Messages", "description": "m", "contents": {"content": "x"}})))
    assert r.code == 2 and "no HTTP interaction" in r.err
    r = run("contract", "stub", put(tmp_path, "h.json", pact(get("/a", headers={"X Y": ["a"]}))), "--listen", "127.0.0.1:0")
    assert r.code == 2 and "no name of a header" in r.err and "h.json:1:" in r.err
    r = run("contract", "stub", put(tmp_path, "p.json", pact(get())), "--listen", "here")
    assert r.code == 2 and "no address" in r.err


def test_pact_js_verifies_the_stub(tmp_path):
    """What a consumer's pact says is what the stub does: pact-js takes it for the provider. And it sees when it is another's."""
    made = subprocess.run(["node", "pact_consumer.mjs", str(tmp_path)], cwd=CLIENTS, env=QUIET, capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stderr
    with stub(tmp_path / "web-orders.json") as s:
        fits = subprocess.run(["node", "pact_provider.mjs", s.url, "-", str(tmp_path / "web-orders.json")], cwd=CLIENTS, env=QUIET, capture_output=True, text=True, timeout=120)
        assert fits.returncode == 0, fits.stderr
        other = subprocess.run(["node", "pact_provider.mjs", s.url, "-", str(tmp_path / "mobile-orders.json")], cwd=CLIENTS, env=QUIET, capture_output=True, text=True, timeout=120)
        assert other.returncode == 1
        # And so does ours, which then sends what the pact says.
        r = run("contract", "verify", tmp_path / "web-orders.json", "--provider", s.url, "--json")
        assert r.code == 0, r
