"""Transforms beside the contracts of their two versions: what would not fit is told with a value that shows it, before (`pleach check`) and while it runs."""

import json

import pytest
import yaml
from fleet import Fleet, wait_for

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def schema(properties, required, **more):
    return {"type": "object", "properties": properties, "required": required, **more}


def openapi(**operations):
    """Each operation: "get /v1/orders/{id}": (request schema or None, {status: answer schema}, parameters)."""
    paths = {}
    for key, (request, answers, parameters) in operations.items():
        method, path = key.split(" ")
        paths.setdefault(path, {})[method] = {
            **({"requestBody": {"required": True, "content": {"application/json": {"schema": request}}}} if request else {}), "parameters": parameters,
            "responses": {s: {"description": "x", **({"content": {"application/json": {"schema": a}}} if a else {})} for s, a in answers.items()}}
    return yaml.safe_dump({"openapi": "3.0.3", "info": {"title": "sums", "version": "1"}, "paths": paths}, sort_keys=False)


ID = {"name": "id", "in": "path", "required": True, "schema": TEXT}
OLD = openapi(**{
    "get /v1/orders/{id}": (None, {"200": schema({"id": NUMBER, "customer": TEXT, "state": {"enum": ["open", "done"]}, "note": TEXT}, ["id", "customer", "state"])}, [ID]),
    "post /v1/orders": (schema({"customer": TEXT, "count": NUMBER}, ["customer"]), {"201": schema({"id": NUMBER}, ["id"])}, []),
    "get /v1/health": (None, {"200": schema({"up": {"type": "boolean"}}, ["up"])}, []),
})
NEW = openapi(**{
    "get /v2/purchases/{id}": (None, {"200": schema({"id": NUMBER, "buyer": schema({"name": TEXT}, ["name"]), "state": {"enum": ["new", "paid", "sent"]}, "note": {"type": "string", "nullable": True}},
                                                    ["id", "buyer", "state"])}, [ID, {"name": "view", "in": "query", "required": True, "schema": TEXT}]),
    "post /v2/purchases": (schema({"buyer": schema({"name": TEXT}, ["name"]), "count": NUMBER, "source": TEXT}, ["buyer", "source"]), {"202": schema({"id": NUMBER}, ["id"])}, []),
    "get /v2/health": (None, {"200": schema({"up": {"type": "boolean"}}, ["up"])}, []),
})
GOOD = """\
operations:
  - old: GET /v1/orders/{id}
    new: GET /v2/purchases/{id}
    query:
      - set: { at: view, value: full }
    response:
      - rename: { from: buyer.name, to: customer }
      - remove: { at: buyer }
      - map: { at: state, values: { new: open }, otherwise: done }
      - map: { at: note, values: { "null": "" } }
  - old: POST /v1/orders
    new: POST /v2/purchases
    status: { 202: 201 }
    request:
      - rename: { from: customer, to: buyer.name }
      - set: { at: source, value: v1 }
"""
FAULTS = {  # what is left out or wrong, and words that the faults must have
    "      - rename: { from: buyer.name, to: customer }\n": ("GET /v1/orders/{id}, answer 200", "customer", '"buyer":'),
    "      - map: { at: state, values: { new: open }, otherwise: done }\n": ("GET /v1/orders/{id}, answer 200", "state", "of {"),
    '      - map: { at: note, values: { "null": "" } }\n': ("GET /v1/orders/{id}, answer 200", "note", '"note":null'),
    "    query:\n      - set: { at: view, value: full }\n": ("GET /v1/orders/{id}, query", "view", "`query`"),
    "    status: { 202: 201 }\n": ("POST /v1/orders, answer 202", "no answer 202", "`status`"),
    "      - set: { at: source, value: v1 }\n": ("POST /v1/orders, request", "source", "of {"),
}


@pytest.fixture(scope="module")
def fleet():
    f = Fleet()
    f.add("sums", owner="billing")
    f.change("sums", lambda s: s.update(serves=[{"version": "v1", "path": "/v1", "schema": "v1.yaml", "served_by": "v2", "transform": "v1-to-v2.yaml"},
                                                {"version": "v2", "path": "/v2", "schema": "v2.yaml"}]))
    f.put("services/sums/v1.yaml", OLD)
    f.put("services/sums/v2.yaml", NEW)
    f.put("services/sums/v1-to-v2.yaml", GOOD)
    try:
        f.up()
        yield f
    finally:
        f.stop()


def verdict(f):
    return f.api("/api/migrations")["migrations"][0]["transforms"]


def test_one_that_fits(fleet):
    assert fleet.ok("check")
    v = wait_for("it is checked", lambda: (t := verdict(fleet))["state"] == "checked" and t)
    assert v["operations"] == 3 and v["tried"] > 1000 and v["faults"] == [] and v["unjudged"] == 0, v


@pytest.mark.parametrize("step", FAULTS)
def test_each_step_is_needed(fleet, step):
    """Without any one of its steps the transform is faulty, at the operation and with the value that show it."""
    operation, *words = FAULTS[step]
    assert step in GOOD
    fleet.put("services/sums/v1-to-v2.yaml", GOOD.replace(step, "" if step != "      - set: { at: source, value: v1 }\n" else ""))
    r = fleet.cli("check")
    told = r.out + r.err
    assert r.code == 1 and operation in told and all(w in told for w in words), told
    line = 1 if operation.startswith("GET") else GOOD.replace(step, "").splitlines().index("  - old: POST /v1/orders") + 1
    assert "services/sums/v1-to-v2.yaml:" in told and (operation.startswith("GET") or f"v1-to-v2.yaml:{line}:" in told), told


def test_while_it_runs(fleet):
    """A finding of the owner's with place and value; gone when the step is back. An operation that nobody declared must be there below the new path."""
    fleet.put("services/sums/v1-to-v2.yaml", GOOD.replace("otherwise: done", "otherwise: closed"))
    found = wait_for("this fault is found", lambda: next((x for x in fleet.api("/api/findings")["findings"] if x["kind"] == "transform-faulty" and '"closed"' in x["sentence"]), None), 30)
    assert found["owner"] == "billing" and found["file"] == "services/sums/service.yaml" and "state" in found["sentence"], found
    v = verdict(fleet)
    fault = v["faults"][0]
    assert v["state"] == "faulty" and fault["operation"] == "GET /v1/orders/{id}" and json.loads(fault["after"])["state"] == "closed" and json.loads(fault["before"])["state"] in ("paid", "sent")
    fleet.put("services/sums/v2.yaml", NEW.replace("/v2/health", "/v2/alive"))
    wait_for("what is not declared is missed", lambda: any("no operation GET /v2/health" in x["sentence"] for x in verdict(fleet)["faults"]), 20)
    fleet.put("services/sums/v2.yaml", NEW)
    fleet.put("services/sums/v1-to-v2.yaml", GOOD)
    wait_for("it is well again", lambda: verdict(fleet)["state"] == "checked" and not [x for x in fleet.api("/api/findings")["findings"] if x["kind"] == "transform-faulty"], 20)
