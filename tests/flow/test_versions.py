"""Versions side by side: headers and brown-outs of one that goes away, calls to it that another version's provider serves, who still calls it and what each must
change, and the findings."""

import datetime
import email.utils
import json
import time

import pytest
import yaml
from fleet import Fleet, call, wait_for

NOW = datetime.datetime.now(datetime.timezone.utc)


def day(n):
    return (NOW + datetime.timedelta(days=n)).date().isoformat()


def openapi(version, properties, required, operation="echo"):
    return {"openapi": "3.0.3", "info": {"title": "back", "version": version}, "paths": {f"/{version}/{operation}": {"get": {
        "operationId": operation, "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {
            "type": "object", "properties": properties, "required": required}}}}}}}}}


TEXT = {"type": "string"}
TRANSFORM = """\
operations:
  - old: GET /v0/who
    new: GET /v2/echo
    response:
      - rename: { from: instance, to: name.instance }
      - set: { at: source, value: v2 }
      - remove: { at: headers }
  - old: PUT /v0/body
    new: PUT /v2/body
    request:
      - default: { at: channel, value: post }
  - old: GET /v0/broken
    new: GET /v2/break/json
    response:
      - remove: { at: headers }
"""


@pytest.fixture(scope="module")
def fleet():
    """front calls back; back has v1, which ends in ten days and has a brown-out later, v2, v0 that v2's provider serves, and v3, which ended."""
    f = Fleet()
    f.add("front", calls=["back"], owner="sales")
    f.add("back", owner="billing")
    f.change("back", lambda s: s.update(serves=[
        {"version": "v1", "path": "/v1", "schema": "v1.yaml", "deprecated": day(-20), "sunset": day(10), "successor": "v2", "documentation": "https://docs.example/move",
         "brownouts": [{"from": day(1) + "T09:00:00Z", "for": "30m", "every": "7d"}]},
        {"version": "v2", "path": "/v2", "schema": "v2.yaml"},
        {"version": "v0", "path": "/v0", "served_by": "v2", "transform": "v0-to-v2.yaml", "deprecated": day(30)},
        {"version": "v3", "path": "/v3", "deprecated": day(-30), "sunset": day(-3)},
    ]))
    f.put("services/back/v1.yaml", yaml.safe_dump(openapi("v1", {"service": TEXT, "instance": TEXT}, ["service", "instance"])))
    f.put("services/back/v2.yaml", yaml.safe_dump(openapi("v2", {"service": TEXT, "id": TEXT}, ["service", "id"])))
    f.put("services/back/v0-to-v2.yaml", TRANSFORM)
    try:
        f.up()
        f.healthy()
        yield f
    finally:
        f.stop()


def migration(f, version):
    return next(m for m in f.api("/api/migrations")["migrations"] if m["version"] == version)


def test_headers(fleet):
    """Answers of the version say when it ends and where to go; those of others say nothing."""
    r = fleet.get("/back/v1/echo")
    at = datetime.datetime.fromisoformat(day(-20) + "T00:00:00+00:00").timestamp()
    assert r.headers["deprecation"] == f"@{at:.0f}", r
    assert email.utils.parsedate_to_datetime(r.headers["sunset"]).isoformat() == day(10) + "T23:59:59+00:00"
    assert r.headers["link"] == '<https://docs.example/move>; rel="deprecation", <https://docs.example/move>; rel="sunset", </back/v2>; rel="successor-version"'
    assert not {"deprecation", "sunset", "link"} & set(fleet.get("/back/v2/echo").headers)


def test_served_by_another_version(fleet):
    """A caller of v0 gets v0's answers, although only v2 is there; the provider sees calls of v2."""
    r = fleet.get("/back/v0/who")
    assert r.status == 200 and r.json()["name"] == {"instance": "back-1"} and r.json()["source"] == "v2" and "headers" not in r.json(), r
    assert int(r.headers["content-length"]) == len(r.body) and r.headers["deprecation"]
    assert fleet.get("/back/v0/status/404").status == 404 and fleet.get("/back/v0/bytes/50000").body == fleet.get("/back/v2/bytes/50000").body
    posted = fleet.post("/back/v0/body", {"a": 1})
    assert posted.json()["bytes"] == len(json.dumps({"a": 1})), posted


def test_who_still_calls(fleet):
    """Callers with owner, course and trace; what each must change in the operations that it uses, from the two contracts."""
    for _ in range(3):
        assert fleet.get("/front/v1/call/back/v1/echo").status == 200

    def there():
        m = migration(fleet, "v1")
        return m if {c["consumer"] for c in m["callers"]} == {"front", "outside"} and not m["missing"] else None
    m = wait_for("front and outside are callers", there, 20)
    front = next(c for c in m["callers"] if c["consumer"] == "front")
    assert (front["owner"], front["contact"], front["calls"], front["days"][-1]) == ("sales", "#sales", 3, 3), front
    assert fleet.trace(front["last_trace"])
    (used,) = front["operations"]
    assert used["operation"] == "GET /v1/echo" and used["calls"] == 3, used
    kinds = [x["kind"] for x in used["must"]]
    assert kinds[0] == "version/path" and any("instance" in x["sentence"] for x in used["must"][1:]), used
    assert (m["state"], m["days_left"], m["successor"], m["owner"]) == ("due", 10, "v2", "billing")
    assert m["brownouts"][0]["state"] == "coming" and m["brownouts"][0]["to_ms"] - m["brownouts"][0]["from_ms"] == 1800_000, m["brownouts"]
    assert fleet.ok("contract", "migrations", "--json").json()["migrations"]
    text = fleet.ok("contract", "migrations", "back").out
    assert "front" in text and "#sales" in text and "GET /v1/echo" in text and "must" in text, text
    assert "No version of this service" in fleet.ok("contract", "migrations", "front").out


def test_findings(fleet):
    """Each caller's owner is told, as the day nears and when it has passed."""
    near = fleet.finding("sunset-near", "front")
    assert near["owner"] == "sales" and "ends in 10 days" in near["sentence"] and near["id"].endswith(":14"), near
    assert fleet.get("/front/v1/call/back/v3/echo").status == 200
    passed = fleet.finding("sunset-passed", "front")
    assert passed["severity"] == "failure" and "after its sunset" in passed["sentence"] and passed["trace"], passed
    assert migration(fleet, "v3")["state"] == "overdue"


def test_brownout(fleet):
    """A brown-out answers at once with who, until when and what instead; it is counted, and over when it ends."""
    begins = datetime.datetime.now(datetime.timezone.utc)
    ends = (begins + datetime.timedelta(seconds=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fleet.change("back", lambda s: s["serves"][0].update(brownouts=[{"from": begins.strftime("%Y-%m-%dT%H:%M:%SZ"), "to": ends}]))
    r = wait_for("the brown-out", lambda: (x := fleet.get("/back/v1/echo")).status == 503 and x)
    body = r.json()
    assert body["error"] == "brownout" and body["ends"] == ends and body["successor"] == "v2" and body["owner"] == "billing" and body["contact"] == "#billing", body
    assert 1 <= int(r.headers["retry-after"]) <= 5 and r.headers["sunset"]
    assert "pleach_gateway_brownouts_total" in fleet.request("GET", "/metrics", part="gateway").text
    wait_for("it is over", lambda: fleet.get("/back/v1/echo").status == 200)
    wait_for("the answer says so", lambda: [b["state"] for b in migration(fleet, "v1")["brownouts"]] == ["past"])


def test_moved(fleet):
    """Who calls the successor and no longer the old version has moved; when the last has, the version can be removed."""
    assert fleet.get("/front/v1/call/back/v2/echo").status == 200

    def moved():
        m = migration(fleet, "v1")
        return m if "front" in [x["consumer"] for x in m["moved"]] else None
    assert fleet.get("/back/v2/echo").status == 200
    # Five seconds without a call are long for those who called a few times within one.
    m = wait_for("front has moved", moved, 30)
    assert "front" not in [c["consumer"] for c in m["callers"]] and m["moved"][0]["first_new_ms"] > 0


def test_bodies_that_cannot_be_turned(fleet):
    """A body that no transform can read is refused with the place to look at; neither the service nor the caller gets half of one."""
    json_type = {"Content-Type": "application/json"}
    assert fleet.call("PUT", "/back/v0/body", b'{"a":1}', headers=json_type).json() == {"bytes": len('{"a":1,"channel":"post"}')}
    r = fleet.call("PUT", "/back/v0/body", b"\x1f\x8b", headers={**json_type, "Content-Encoding": "gzip"})
    assert (r.status, r.json()["error"]) == (415, "transform_request") and "compressed" in str(r.json()), r
    assert fleet.call("PUT", "/back/v0/body", b"{", headers=json_type).status == 400
    r = fleet.get("/back/v0/broken")
    assert (r.status, r.json()["error"]) == (502, "transform_answer") and "back" in str(r.json()), r


def test_transform_faults(fleet):
    """A wrong transform is told with its place; the last good state goes on."""
    fleet.put("services/back/v0-to-v2.yaml", TRANSFORM.replace("rename", "renam"))
    r = fleet.cli("check")
    assert r.code != 0 and "services/back/v0-to-v2.yaml:5:9" in r.err + r.out and "did you mean `rename`" in r.err + r.out, r
    assert fleet.finding("file-error")["file"] == "services/back/v0-to-v2.yaml"
    assert fleet.get("/back/v0/who").json()["source"] == "v2"
    fleet.put("services/back/v0-to-v2.yaml", TRANSFORM.replace("value: v2", "value: changed"))
    wait_for("the new transform", lambda: fleet.get("/back/v0/who").json()["source"] == "changed")


def test_shop():
    """notification lives in two versions: invoicing still calls the first one, with headers that say so; when it has moved, the version can be removed."""
    f = Fleet.shop(RELAY_SLOW_PERCENT="0", RELAY_REFUSE_PERCENT="0")
    try:
        f.up()
        f.healthy()

        def order():
            assert f.post("/orders/v1/orders", {"customer": "anna", "items": [{"sku": "tea", "quantity": 1, "price_cents": 500}]}).status == 201

        def notification():
            return next(m for m in f.api("/api/migrations")["migrations"] if (m["service"], m["version"]) == ("notification", "v1"))

        def used():
            m = notification()
            must = [x["sentence"] for c in m["callers"] if c["consumer"] == "invoicing" for o in c["operations"] for x in o["must"]]
            return m if any("customer" in x for x in must) else None
        wait_for("the contract is known", lambda: notification()["watched_since_ms"])
        order()
        m = wait_for("invoicing calls the first version", used, 20)
        assert m["callers"][0]["contact"] == "#billing" and m["state"] == "deprecated" and m["successor"] == "v2" and m["brownouts"], m
        # A change of the proto is judged by what its callers send over HTTP.
        contract = (f.root / "services/notification/contract/notification.proto").read_text()
        f.put("changed.proto", contract.replace("  string customer = 2;\n", '  reserved 2;\n  reserved "customer";\n', 1))
        diff = f.cli("contract", "diff", "services/notification/contract/notification.proto", "changed.proto", "--json").json()
        gone = next(c for c in diff["changes"] if c["kind"] == "field-removed" and c["subject"] == "shop.notification.v1.SendRequest.customer")
        assert gone["verdict"] == "proved" and "sends body.customer of shop.notification.v1.Notifications/Send" in gone["consumers"][0]["reason"], gone
        address = next(c["listen"] for s in f.api("/api/snapshot")["services"] if s["name"] == "invoicing" for c in s["calls"])
        r = call(f"http://{address}", "GET", "/v1/notifications?limit=1")
        assert r.json()["notifications"][0]["customer"] == "anna" and r.headers["deprecation"].startswith("@") and "v2" in r.headers["link"], r
        f.change("invoicing", lambda s: s["run"]["env"].update(NOTIFICATION_API="v2"))
        before = {i["pid"] for i in f.instances("invoicing").values()}
        wait_for("invoicing runs anew", lambda: not before & {i["pid"] for i in f.instances("invoicing").values()} and f.healthy(), 20)
        order()
        order()
        # The test's own call of the first version came in invoicing's name, before its first call of the second.
        m = wait_for("invoicing has moved", lambda: (x := notification())["state"] == "removable" and x, 20)
        assert [x["consumer"] for x in m["moved"]] == ["invoicing"] and not m["callers"], m
        assert f.finding("version-unused", "notification")["sentence"].startswith("Nobody calls notification v1 any more")
        assert call(f"http://{address}", "GET", "/v2/notifications?limit=1").json()["notifications"][0]["recipient"]["name"] == "anna"
    finally:
        f.stop()
