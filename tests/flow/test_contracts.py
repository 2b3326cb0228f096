"""Contracts of a running fleet: control keeps each version that it sees, shows it as documentation, and says what changed between two, with proof."""

import json

import pytest
from fleet import Fleet, wait_for

ORDER = {"type": "record", "name": "Order", "namespace": "shop", "doc": "What a customer ordered.",
         "fields": [{"name": "id", "type": "string"}, {"name": "total", "type": "int", "doc": "in cents"}]}
CHANGED = {**ORDER, "fields": [ORDER["fields"][0], {"name": "total", "type": "string"}]}


def serve(f, name, version, schema):
    f.add(name)
    f.change(name, lambda s: s.update(serves=[{"version": version, "path": "/" + version, "schema": schema}]))


def put(f, schema, path="services/front/order.avsc"):
    f.put(path, json.dumps(schema, indent=1))


def entry(f, service="front", version="v1"):
    return next(c for c in f.api("/api/contracts")["contracts"] if (c["service"], c["version"]) == (service, version))


def kept(f, count):
    return wait_for(f"{count} versions kept", lambda: len((x := entry(f))["kept"]) == count and x)


@pytest.fixture(scope="module")
def served():
    """front serves a contract that was changed once while the fleet ran; middle names a schema that is not there."""
    f = Fleet()
    serve(f, "front", "v1", "order.avsc")
    serve(f, "middle", "v2", "nowhere.avsc")
    put(f, ORDER)
    try:
        f.up()
        kept(f, 1)
        put(f, CHANGED)
        kept(f, 2)
        yield f
    finally:
        f.stop()


def test_list(served):
    """What there is: service, version, formats, counts, and the versions that were seen, newest first."""
    x = entry(served)
    assert (x["path"], x["schema"], x["formats"], x["files"], x["types"], x["problem"]) == ("/v1", "order.avsc", ["avro"], 1, 1, ""), x
    assert x["kept"][0]["since"] > x["kept"][1]["since"] and x["kept"][0]["digest"] != x["kept"][1]["digest"]
    broken = entry(served, "middle", "v2")
    assert "nowhere.avsc" in broken["problem"] and "no such file" in broken["problem"] and not broken["kept"], broken
    assert served.api("/api/contracts")["complete"]


def test_documentation(served):
    """The newest version as documentation with its files as they are; an older one by its digest."""
    x = served.api("/api/contracts/front/v1")
    assert json.loads(x["files"][0]["text"]) == CHANGED and x["files"][0]["path"] == "order.avsc"
    (document,) = x["documents"]
    assert document["format"] == "avro" and document["contracts"][0]["types"][0]["name"] == "shop.Order", document
    first = entry(served)["kept"][1]["digest"]
    old = served.api(f"/api/contracts/front/v1?digest={first[:10]}")
    assert old["digest"] == first and json.loads(old["files"][0]["text"]) == ORDER


def test_changes(served):
    """The last two versions, or two by their digests: each change with places and a witness."""
    (change,) = served.api("/api/contracts/front/v1/changes")["changes"]
    assert change["level"] == "breaking" and change["subject"] == "shop.Order.total" and change["witness"]["state"] == "proved", change
    assert change["new"]["file"] == "order.avsc" and change["new"]["line"] > 1
    new, old = (k["digest"] for k in entry(served)["kept"])
    named = served.api(f"/api/contracts/front/v1/changes?from={old}&to={new}")
    assert named["changes"][0]["fingerprint"] == change["fingerprint"] and named["failed"] and (named["old"], named["new"]) == (old, new)
    assert not served.api(f"/api/contracts/front/v1/changes?from={new}&to={new}")["changes"]
    back = served.api(f"/api/contracts/front/v1/changes?from={new}&to={old}")
    assert back["changes"] and back["changes"][0]["fingerprint"] != change["fingerprint"]


def test_wrong_questions(served):
    """Unknown services, versions and digests are not found; nothing is written there."""
    for path in ("/api/contracts/nobody/v1", "/api/contracts/front/v9", "/api/contracts/front", "/api/contracts/front/v1/other", "/api/contracts/front/v1?digest=00",
                 "/api/contracts/front/v1/changes?from=00", "/api/contracts/middle/v2"):
        assert served.request("GET", path).status == 404, path
    assert served.request("POST", "/api/contracts", {}).status == 405


def test_deployed(served):
    """`deployed:SERVICE` is the contract that runs; compared with a file here."""
    put(served, ORDER, "here/order.avsc")
    put(served, CHANGED, "here/same.avsc")
    r = served.cli("contract", "diff", "deployed:front", "here/order.avsc")
    assert r.code == 1 and "shop.Order.total" in r.out and "here/order.avsc" in r.out, r
    assert served.cli("contract", "diff", "deployed:front@v1", "here/same.avsc").code == 0
    r = served.cli("contract", "diff", "deployed:nobody", "here/order.avsc")
    assert r.code == 2 and "no contract of nobody" in r.err, r


def test_restart_and_bad_files(make_fleet):
    """Kept versions survive a restart; a file that cannot be read is a problem and changes nothing; without a fleet `deployed:` says so."""
    f = make_fleet()
    serve(f, "front", "v1", "order.avsc")
    put(f, ORDER)
    r = f.cli("contract", "diff", "deployed:front", "services/front/order.avsc")
    assert r.code == 4 and "pleach up" in r.err, r
    f.up()
    before = kept(f, 1)["kept"]
    f.put("services/front/order.avsc", '{"type": "record", "name": "Order", "fields": [')
    problem = wait_for("the problem is told", lambda: entry(f)["problem"])
    assert "order.avsc:1:" in problem and entry(f)["kept"] == before, problem
    f.down()
    put(f, CHANGED)
    f.up()
    after = kept(f, 2)
    assert after["kept"][1] == before[0] and not after["problem"]
    put(f, ORDER)
    again = kept(f, 3)  # an old content is a version again
    assert again["kept"][0]["digest"] == before[0]["digest"]
    assert len(list((f.root / ".pleach/contracts").glob("*.lock"))) == 2
