"""Drafts of contracts: `pleach contract record` listens to calls of an edge and writes a pact that the provider fits, without secrets."""

import json
import signal
import threading

import fleet
import pytest
import touched
from fleet import Fleet, connection, validate, wait_for

API = """\
openapi: 3.0.3
info: { title: back, version: "1" }
paths:
  /v1/echo: { get: { parameters: [{ name: limit, in: query, schema: { type: integer } }], responses: { "200": { description: ok } } } }
  /v1/status/{code}: { get: { parameters: [{ name: code, in: path, required: true, schema: { type: string } }], responses: { "200": { description: ok } } } }
  /v1/body: { post: { requestBody: { content: { application/json: { schema: { type: object } } } }, responses: { "200": { description: ok } } } }
"""


@pytest.fixture(scope="module")
def f():
    f = Fleet()
    f.add("front", calls=["back"]).add("back")
    f.change("back", lambda s: s.update(serves=[{"version": "v1", "path": "/v1", "schema": "api.yaml"}]))
    f.put("services/back/api.yaml", API)
    try:
        f.up()
        wait_for("the gateway knows the operations", lambda: any(v.get("operations") for s in f.api("/api/snapshot")["services"] for v in s["serves"]))
        yield f
    finally:
        f.stop()


def record(f, *words, calls, **more):
    """The draft and what was said, of calls that go on while it listens."""
    stop = threading.Event()

    def go_on():
        while not stop.is_set():
            calls()
            stop.wait(0.05)
    caller = threading.Thread(target=go_on)
    caller.start()
    try:
        r = f.cli("contract", "record", *words, **more)
    finally:
        stop.set()
        caller.join()
    return r


def test_a_draft_fits_the_provider(f):
    """Operations with their parameters, what all bodies have in common, secrets blotted out; the provider fits it, and one that answers otherwise does not."""
    state = {"n": 0}

    def calls():
        state["n"] += 1
        f.get(f"/back/v1/echo?limit={state['n']}" + ("&sort=up" if state["n"] % 2 else ""))
        f.get(f"/back/v1/status/{200 + state['n'] % 2 * 4}")
        f.post("/back/v1/body", {"customer": "anna", "password": "s3cret", "items": [{"sku": "a"}, {"sku": "b"}], **({"coupon": "x"} if state["n"] % 2 else {})})
    r = record(f, "outside", "back", "--seconds", "2", "--output", f.root / "draft.json", calls=calls)
    assert r.code == 0 and "A draft" in r.err, r
    text = (f.root / "draft.json").read_text()
    draft = json.loads(text)
    found = {i["description"]: i for i in draft["interactions"]}
    assert set(found) == {"GET /v1/echo answers 200", "GET /v1/status/{code} answers 200", "GET /v1/status/{code} answers 204", "POST /v1/body answers 200"}, set(found)
    echo = found["GET /v1/echo answers 200"]
    assert list(echo["request"]["query"]) == ["limit"] and echo["response"]["matchingRules"]["body"]["$"]["matchers"] == [{"match": "type"}]
    assert found["GET /v1/status/{code} answers 200"]["request"]["matchingRules"]["path"]["matchers"][0]["regex"] == "^/v1/status/[^/]+$"
    assert found["POST /v1/body answers 200"]["request"]["body"]["content"] == {"customer": "anna", "password": "[redacted]", "items": [{"sku": "a"}]} and "s3cret" not in text
    assert draft["consumer"] == {"name": "outside"} and draft["provider"] == {"name": "back"}
    address = next(i["address"] for i in f.instances("back").values())
    r = f.cli("contract", "verify", "draft.json", "--provider", f"http://{address}")
    assert r.code == 0 and "4 fit" in r.out, r
    (f.root / "draft.json").write_text(text.replace('"service":', '"servant":'))
    assert f.cli("contract", "verify", "draft.json", "--provider", f"http://{address}").code == 1


def test_between_services(f):
    r = record(f, "front", "back", "--seconds", "1", calls=lambda: f.get("/front/v1/call/back/v1/echo"))
    assert r.code == 0 and [i["description"] for i in json.loads(r.out)["interactions"]] == ["GET /v1/echo answers 200"], r


def test_what_is_refused(f):
    """Nothing was called, nobody of that name, a second listener, another door."""
    r = f.cli("contract", "record", "front", "back", "--seconds", "1")
    assert r.code == 2 and "0 calls of front to back" in r.err, r
    for words, told in ((("nobody", "back"), "nobody"), (("front", "nobody"), "nobody"), (("front", "back", "--seconds", "x"), "--seconds"), (("front", "back", "--seconds", "0"), "--seconds")):
        r = f.cli("contract", "record", *words)
        assert r.code == 2 and told in r.err, (words, r)
    first = f.start("contract", "record", "outside", "back", "--seconds", "60")
    try:
        assert first.stderr.readline() == "listens to calls of outside to back; Ctrl-C ends it\n"
        assert "somebody records calls already" in f.cli("contract", "record", "front", "back", "--seconds", "1").err
        for _ in range(20):
            assert f.get("/back/v1/echo").status == 200
    finally:
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=20)
    assert first.returncode == 0 and json.loads(out)["interactions"], err
    assert f.request("GET", "/api/record?consumer=front&service=back").status == 404 # control has none
    touched.touch("routes", "GET", "/api/record")
    assert fleet.call(f.socket("gateway"), "GET", "/api/record?consumer=front").status == 400
    assert fleet.call(f.socket("gateway"), "GET", "/nothing").status == 404


def test_lines(f):
    """The stream itself: a line a call, by its schema, with bodies that are no text in base64, and long ones cut."""
    c = connection(f.socket("gateway"), 20)
    c.request("GET", "/api/record?consumer=outside&service=back")
    r = c.getresponse()
    assert r.status == 200 and r.readline() == b"\n"
    f.call("POST", "/back/v1/body", b"\xff\xfe", headers={"Content-Type": "application/octet-stream"})
    f.get("/back/v1/bytes/200000")
    lines = [json.loads(r.readline()) for _ in range(2)]
    c.close()
    for line in lines:
        validate("RecordedCall", line)
    assert lines[0]["body_base64"] == "//4=" and lines[0]["operation"] == "/v1/body" and not lines[0]["cut"]
    assert lines[1]["cut"] and len(lines[1]["answer"]) == 65536 and lines[1]["operation"] == "" and lines[1]["version"] == "v1"
