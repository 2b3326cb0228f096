"""Who uses what: calls through the gateway are counted by consumer, operation and field; a break of a contract is judged by that, and the judgement changes when a
consumer moves or the window passes. What is acknowledged survives kill -9, once."""

import json
import os
import re
import signal
import time

import pytest
import touched
import yaml
from fleet import Fleet, call, validate, wait_for

CONTRACT = {
    "openapi": "3.0.3", "info": {"title": "back", "version": "1"},
    "paths": {
        "/v1/echo": {
            "get": {"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}, {"name": "sort", "in": "query", "schema": {"type": "string"}},
                                   {"name": "X-Tenant", "in": "header", "schema": {"type": "string"}}],
                    "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Echo"}}}}}}},
        "/v1/body": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}, "responses": {"200": {"description": "ok"}}}},
        "/v1/status/{code}": {"get": {"parameters": [{"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}], "responses": {"200": {"description": "ok"}}}},
    },
    "components": {"schemas": {
        "Echo": {"type": "object", "required": ["service"], "properties": {"service": {"type": "string"}}},
        "Order": {"type": "object", "properties": {"customer": {"type": "string"}, "coupon": {"type": "string"}, "items": {"type": "array", "items": {
            "type": "object", "properties": {"sku": {"type": "string"}, "note": {"type": "string"}}}}}},
    }},
}
WINDOW = 4


def contract(**edit):
    """The contract with parts changed: a function of the copy each."""
    copy = json.loads(json.dumps(CONTRACT))
    for change in edit.values():
        change(copy)
    return yaml.safe_dump(copy, sort_keys=False)


def consumers(f, service="back"):
    return f.api(f"/api/consumers?service={service}")


def use(f, operation, consumer, service="back", timeout=10):
    """One consumer's use of an operation, once it is reported."""
    return wait_for(f"{consumer} uses {operation}", lambda: next((c for o in consumers(f, service)["operations"] if o["operation"] == operation
                                                                  for c in o["consumers"] if c["consumer"] == consumer), None), timeout)


def fields(entry):
    return {x["field"]: x["calls"] for x in entry["fields"]}


@pytest.fixture(scope="module")
def f():
    f = Fleet(contracts={"window": f"{WINDOW}s"})
    f.add("front", calls=["back"]).add("idle", calls=["back"], owner="billing")
    f.add("back", owner="billing")
    f.change("back", lambda s: s.update(serves=[{"version": "v1", "path": "/v1", "schema": "api.yaml"}]))
    f.put("services/back/api.yaml", contract())
    try:
        f.up()
        wait_for("the gateway knows the operations", lambda: any(v.get("operations") for s in f.api("/api/snapshot")["services"] for v in s["serves"]))
        wait_for("calls are watched", lambda: consumers(f)["since_ms"])
        yield f
    finally:
        f.stop()


def test_counts(f):
    """Calls of a service and of somebody outside, with query keys, the headers that the contract names, members of bodies; the last trace proves it."""
    wait_for("the gateway has the operations", lambda: f.get("/front/v1/call/back/v1/echo").status == 200)
    for _ in range(3):
        r = f.get("/back/v1/echo?limit=3&sort=up&limit=4", headers={"X-Tenant": "t", "X-Other": "o"})
        assert r.status == 200
    body = {"customer": "c", "items": [{"sku": "a"}, {"sku": "b", "note": "n"}], "7": {"by": "id"}}
    assert f.post("/back/v1/body", body).status == 200
    assert f.call("POST", "/back/v1/body", b"not json", headers={"Content-Type": "application/json"}).status == 200
    assert f.get("/back/v1/status/503").status == 503
    wanted = use(f, "GET /v1/echo", "outside")
    assert wanted["calls"] == 3 and wanted["failed"] == 0 and wanted["verdict"] == "proved" and wanted["versions"] == []
    assert fields(wanted) == {"query.limit": 3, "query.sort": 3, "header.x-tenant": 3}
    assert wanted["last_trace"] == r.trace
    inner = use(f, "GET /v1/echo", "front")
    assert (inner["owner"], inner["contact"], inner["calls"]) == ("sales", "#sales", 1) and not fields(inner)
    sent = use(f, "POST /v1/body", "outside")
    assert sent["calls"] == 2 and set(fields(sent)) == {"body", "body.customer", "body.items", "body.items[].sku", "body.items[].note", "body.{}", "body.{}.by"}, sent
    assert fields(sent)["body"] == 1
    assert use(f, "GET /v1/status/{code}", "outside")["failed"] == 1
    all_of_them = {c["consumer"]: c for c in consumers(f)["consumers"]}
    assert all_of_them["idle"]["declared"] and all_of_them["idle"]["calls"] == 0 and not all_of_them["outside"]["declared"]


def test_unknown(f):
    """A call that fits no operation is told with its path, ids left out; one that the service does not know either is not."""
    trace = f.get("/back/v1/bytes/7").trace
    f.get("/back/v1/bytes/8"), f.get("/back/v1/nowhere/at/all")
    unknown = wait_for("it is told", lambda: consumers(f)["unknown"])
    assert [(u["method"], u["path"], u["consumer"], u["calls"]) for u in unknown] == [("GET", "/v1/bytes/{}", "outside", 2)], unknown
    assert unknown[0]["last_trace"] != trace


def test_names_without_end(f):
    """A caller that makes up names fills its own room and no more; what was not counted is a number that one can see."""
    for k in range(6):
        assert f.get("/back/v1/status/200?" + "&".join(f"n{k}_{i}=1" for i in range(32))).status == 200
    entry = wait_for("they are reported", lambda: (u := use(f, "GET /v1/status/{code}", "outside"))["calls"] >= 6 and u)
    assert len(entry["fields"]) <= 128, len(entry["fields"])
    assert f.metrics("gateway")["pleach_gateway_usage_dropped_total"] >= 6 * 32 - 128


def changes(f, want=2):
    """The newest change of the contract as control judges it."""
    wait_for(f"{want} versions kept", lambda: len(next(c for c in f.api("/api/contracts")["contracts"] if c["service"] == "back")["kept"]) >= want)
    return f.api("/api/contracts/back/v1/changes")


def of(answer, kind, subject):
    found = [c for c in answer["changes"] if c["kind"] == kind and subject in c["subject"]]
    assert len(found) == 1, [(c["kind"], c["subject"]) for c in answer["changes"]]
    return found[0], {c["consumer"]: c for c in found[0]["consumers"]}


def call_all(f):
    f.get("/front/v1/call/back/v1/echo")
    f.get("/back/v1/echo?limit=3")
    f.post("/back/v1/body", {"customer": "c", "items": [{"sku": "a"}]})


def reported(f, since):
    """Everything that was called since then has been told to control."""
    wait_for("reported", lambda: use(f, "GET /v1/echo", "front")["last_ms"] >= since and use(f, "POST /v1/body", "outside")["last_ms"] >= since)


def break_it(c):
    get, schemas = c["paths"]["/v1/echo"]["get"], c["components"]["schemas"]
    get["parameters"][0]["schema"]["type"] = "boolean"
    del get["parameters"][1], schemas["Echo"]["required"], c["paths"]["/v1/status/{code}"]
    order = schemas["Order"]["properties"]
    order["customer"]["maxLength"] = 2
    order["coupon"]["type"] = "integer"
    order["items"]["items"]["required"] = ["note"]


def test_verdicts(f):
    """Each consumer of each break: what it sent proves use, what it receives may be used, what was watched for the whole window and not seen is not used."""
    wait_for("calls were watched for a whole window", lambda: (a := consumers(f))["now_ms"] - a["since_ms"] > a["window_ms"] + 100, every=0.1)
    began = int(time.time() * 1000)
    f.put("services/back/api.yaml", contract(a=break_it))
    call_all(f)
    changes(f)
    reported(f, began)
    answer = changes(f)
    assert answer["policy"] == {"window_days": WINDOW / 86400, "threshold": 1, "environments": []} and "watched since" in answer["usage"], answer
    limit, who = of(answer, "type-changed", "~1v1~1echo/get/parameters/0")
    assert limit["verdict"] == "proved" and who["outside"]["verdict"] == "proved" and who["outside"]["last_trace"] and "sends query.limit" in who["outside"]["reason"]
    assert who["front"]["verdict"] == "not_seen" and who["idle"]["verdict"] == "not_seen" and who["idle"]["owner"] == "billing"
    answered, who = of(answer, "property-became-optional", "Echo/properties/service")
    assert answered["verdict"] == "possible" and {c: w["verdict"] for c, w in who.items()} == {"front": "possible", "outside": "possible", "idle": "not_seen"}
    customer, who = of(answer, "max-length-added", "Order/properties/customer")
    assert customer["verdict"] == "proved" and "body.customer" in who["outside"]["reason"]
    coupon, who = of(answer, "type-changed", "Order/properties/coupon")
    assert coupon["verdict"] == "not_seen" and "body.coupon" in who["outside"]["reason"], who
    note, who = of(answer, "property-became-required", "items/properties/note")
    assert note["verdict"] == "proved" and "without body.items[].note" in who["outside"]["reason"]
    sort, _ = of(answer, "parameter-removed", "query parameter sort")
    assert sort["verdict"] == "not_seen"
    assert answer["counts"]["unused"] >= 2 and answer["failed"]


def test_commands(f):
    """`contract consumers`, and a comparison on the command line that is judged by what the running fleet saw; without a fleet, or with --no-use, by the contracts alone."""
    f.put("old.yaml", contract())
    one = f.cli("contract", "diff", "old.yaml", "services/back/api.yaml", "--json").json()
    assert one["policy"]["threshold"] == 1 and "watched since" in one["usage"], one["usage"]
    sort = next(c for c in one["changes"] if c["kind"] == "parameter-removed")
    limit = next(c for c in one["changes"] if c["kind"] == "type-changed" and "parameters/0" in c["subject"])
    assert sort["verdict"] == "not_seen" and limit["verdict"] == "proved" and "sends query.limit" in {c["consumer"]: c for c in limit["consumers"]}["outside"]["reason"]
    r = f.cli("contract", "diff", "old.yaml", "services/back/api.yaml")
    assert r.code == 1 and "used by outside" in r.out and "watched since" in r.out, r.out
    r = f.cli("contract", "diff", "old.yaml", "services/back/api.yaml", "--no-use", "--json").json()
    assert r["policy"] is None and r["usage"] == "" and all(c["verdict"] is None for c in r["changes"])
    kept = f.api("/api/contracts")["contracts"][0]
    assert kept["file"] == "services/back/api.yaml"
    deployed = f.cli("contract", "diff", "deployed:back@v1", "old.yaml", "--json").json()
    assert "watched since" in deployed["usage"]
    r = f.cli("contract", "consumers", "back")
    assert r.code == 0 and re.search(r"GET /v1/echo +front +sales +used", r.out) and "Calls that fit no operation" in r.out and "GET /v1/bytes/{}" in r.out, r.out
    validate("Consumers", f.cli("contract", "consumers", "back", "v1", "--json").json())
    r = f.cli("contract", "consumers", "nobody")
    assert r.code == 2 and "nobody" in r.err, r
    assert f.cli("check", "--no-use").code in (0, 1)


def test_window_passes(f):
    """When the last consumer has stopped for a window, nothing fails any more; it is still told."""
    wait_for("nobody uses it", lambda: not changes(f)["failed"], WINDOW + 5, every=0.3)
    answer = changes(f)
    assert all(c["verdict"] == "not_seen" for c in answer["changes"] if c["level"] == "breaking") and answer["counts"]["breaking"] == 0, answer["counts"]
    call_all(f)
    wait_for("it is used again", lambda: changes(f)["failed"])


def interaction(description, method, path, request=None, answer=None, query=None):
    return {"description": description, "request": {"method": method, "path": path, **({"query": query} if query else {}), **({"body": request, "headers": {
        "Content-Type": "application/json"}} if request else {})}, "response": {"status": 200, **({"body": answer, "headers": {"Content-Type": "application/json"}} if answer else {})}}


def test_contracts(f):
    """What a consumer's contract names is proved used although no call was seen: pacts of the broker (the newest, or of those that are deployed) and files beside a service."""
    wait_for("nobody uses sort", lambda: of(changes(f), "parameter-removed", "query parameter sort")[0]["verdict"] == "not_seen")
    parts = {"provider": {"name": "back"}, "metadata": {"pactSpecification": {"version": "3.0.0"}}}
    pact = {"consumer": {"name": "idle"}, **parts, "interactions": [interaction("one", "GET", "/v1/echo", query={"sort": ["up"]}, answer={"service": "back"}),
                                                                    interaction("two", "GET", "/v1/nowhere")]}
    put = f.request("PUT", "/pact-broker/pacts/provider/back/consumer/idle/version/7", json.dumps(pact).encode(), {"Content-Type": "application/json"})
    assert put.status == 201, put
    f.put("services/front/pacts/front-back.json", json.dumps({"consumer": {"name": "front"}, **parts, "interactions": [
        interaction("an order", "POST", "/v1/body", request={"customer": "c", "coupon": "x", "items": [{"sku": "a"}]})]}))
    f.put("services/front/pacts/package.json", '{"name": "no pact"}')
    wait_for("both are known", lambda: {c["consumer"] for c in consumers(f)["consumers"] if c["contract"]} == {"front", "idle"})
    answer = changes(f)
    sort, who = of(answer, "parameter-removed", "query parameter sort")
    assert sort["verdict"] == who["idle"]["verdict"] == "proved" and who["idle"]["pact"] == "/pact-broker/pacts/provider/back/consumer/idle/version/7", who
    assert "its contract names it in GET /v1/echo" in who["idle"]["reason"] and who["front"]["verdict"] == "not_seen"
    optional, who = of(answer, "property-became-optional", "Echo/properties/service")
    assert who["idle"]["verdict"] == "proved" and who["idle"]["pact"]
    coupon, who = of(answer, "type-changed", "Order/properties/coupon")
    assert who["front"]["verdict"] == "proved" and who["front"]["pact"] == "services/front/pacts/front-back.json", who
    assert answer["failed"]
    uses = {(o["operation"], c["consumer"]): c for o in consumers(f)["operations"] for c in o["consumers"]}
    named = uses["GET /v1/echo", "idle"]
    assert named["contract"] and named["calls"] == 0 and named["verdict"] == "proved" and named["pacts"] == [{"pact": who["idle"]["pact"] or "/pact-broker/pacts/provider/back/consumer/idle/version/7",
                                                                                                              "fields": ["answer", "answer.service", "query.sort"]}], named
    assert not uses["GET /v1/echo", "outside"]["contract"] and uses["POST /v1/body", "front"]["pacts"][0]["fields"][:2] == ["body", "body.coupon"]
    assert {c["consumer"]: c["contract"] for c in consumers(f)["consumers"]} == {"front": True, "idle": True, "outside": False}
    # front calls what its contract does not name.

    def found_meanwhile():
        call_all(f)
        return next((x for x in f.api("/api/findings")["findings"] if x["kind"] == "calls-beyond-contract"), None)
    found = wait_for("it is found", found_meanwhile, 20, every=0.2)
    assert (found["service"], found["dependency"]) == ("front", "back") and "GET /v1/echo" in found["sentence"] and found["trace"] and found["owner"] == "sales", found
    # Of environments that are named in pleach.yaml only what is deployed there counts.
    f.config["contracts"] = {"window": f"{WINDOW}s", "environments": ["production"]}
    f.put("pleach.yaml", yaml.safe_dump(f.config, sort_keys=False))
    wait_for("only production counts", lambda: not next(c for c in consumers(f)["consumers"] if c["consumer"] == "idle")["contract"])
    env = next(e["uuid"] for e in f.request("GET", "/pact-broker/environments").json()["_embedded"]["environments"] if e["name"] == "production")
    assert f.request("POST", f"/pact-broker/pacticipants/idle/versions/7/deployed-versions/environment/{env}", b"{}", {"Content-Type": "application/json"}).status == 201
    assert next(c for c in consumers(f)["consumers"] if c["consumer"] == "idle")["contract"]


def snapshot(f):
    try:
        return call(f.socket("control"), "GET", "/api/snapshot", None).json()
    except OSError:
        return None


def served_operations(s, service):
    return [o["name"] for x in s["services"] if x["name"] == service for v in x["serves"] for o in v.get("operations", [])]


def test_kill(f):
    """What was acknowledged is there after kill -9 of control, once; what comes while it is away is counted when it is back."""
    def calls():
        return use(f, "GET /v1/echo", "outside")["calls"]

    f.expect_noise = True
    last = f.get("/back/v1/echo").trace
    wait_for("it is reported", lambda: use(f, "GET /v1/echo", "outside")["last_trace"] == last)
    before = calls()
    control = f.pid("pleach-control")
    version = snapshot(f)["version"]
    os.kill(control, signal.SIGKILL)
    for _ in range(5):
        assert f.get("/back/v1/echo").status == 200
    wait_for("control is gone", lambda: not os.path.exists(f"/proc/{control}"), every=0.001)
    first = wait_for("control answers", lambda: snapshot(f), every=0.001)
    assert first["version"] > version
    assert served_operations(first, "back"), "its first snapshot has the operations of its last, before any contract is read"
    last = f.get("/back/v1/echo").trace
    wait_for("all are counted", lambda: use(f, "GET /v1/echo", "outside")["last_trace"] == last, every=0.1)
    assert calls() == before + 6


def local(f, method, path, body):
    touched.touch("routes", "PUT", "/api/usage/{gateway}")
    return call(f.socket("control"), method, path, body)


def test_bad_requests(f):
    """Reports come over the Unix socket only and are checked; questions say what is wrong with them."""
    report = {"boot": "x", "sequence": 1, "calls": []}
    assert f.request("PUT", "/api/usage/gateway-9", report).status == 403
    for bad in ({**report, "calls": [{"service": "back"}]}, {**report, "calls": [{"service": "back", "consumer": "x", "trace": "zz"}]}, {**report, "calls": {}}):
        assert local(f, "PUT", "/api/usage/gateway-9", bad).status == 400, bad
    assert local(f, "PUT", "/api/usage/gateway-9", report).status == 204
    assert local(f, "PUT", "/api/usage/", report).status == 404
    assert local(f, "POST", "/api/usage/gateway-9", report).status == 405
    assert f.request("GET", "/api/consumers").status == 400
    assert f.request("GET", "/api/consumers?service=nobody").status == 404
    assert f.request("GET", "/api/consumers?service=back&version=v9").status == 404
    assert f.request("GET", "/api/consumers/x").status == 404
    assert f.request("DELETE", "/api/consumers").status == 405
