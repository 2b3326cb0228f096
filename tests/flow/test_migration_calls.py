"""Calls of a version that goes away which no contract describes: each is counted once, and named by what was called."""

import datetime

from fleet import Fleet, wait_for

API = """\
openapi: 3.0.3
info: { title: back, version: "1" }
paths:
  /v1/echo: { get: { responses: { "200": { description: ok } } } }
"""


def test_calls_that_fit_no_operation_are_counted_once_and_named():
    """What such calls sent in their bodies is no operation of its own, and a call is not counted again for its path."""
    end = (datetime.date.today() + datetime.timedelta(days=9)).isoformat()
    f = Fleet(gateway={"expose": ["back"]})
    f.add("back", owner="billing")
    f.change("back", lambda s: s.update(serves=[{"version": "v1", "path": "/v1", "sunset": end, "successor": "v2"}, {"version": "v2", "path": "/v2"}]))
    try:
        f.up()
        for _ in range(7):
            assert f.call("POST", "/back/v1/echo", body={"amount": 3, "note": "x"}).status < 500
        def caller():
            m = f.api("/api/migrations")["migrations"]
            return m and m[0]["callers"] and m[0]["callers"][0]["calls"] >= 7 and len(m[0]["callers"][0]["operations"]) and m[0]["callers"][0]
        found = wait_for("the caller", caller, 15)
        assert found["consumer"] == "outside" and found["calls"] == 7, found
        assert [o["operation"] for o in found["operations"]] == ["POST /v1/echo"], found["operations"]
    finally:
        f.stop()


def test_a_version_that_nobody_calls_can_be_removed():
    """Once calls have been watched for the whole window and none came, the version is told as one that can go; while somebody calls, it is not."""
    end = (datetime.date.today() + datetime.timedelta(days=90)).isoformat()
    f = Fleet(gateway={"expose": ["back"]}, contracts={"window": "3s"})
    f.add("back", owner="billing")
    f.change("back", lambda s: s.update(serves=[{"version": "v1", "path": "/v1", "schema": "api.yaml", "deprecated": "2026-01-01", "sunset": end, "successor": "v2"},
                                                {"version": "v2", "path": "/v2"}]))
    f.put("services/back/api.yaml", API)
    try:
        f.up()
        assert f.get("/back/v1/echo").status == 200
        wait_for("the call is counted", lambda: f.api("/api/migrations")["migrations"][0]["callers"], 15)
        assert not [x for x in f.api("/api/findings")["findings"] if x["kind"] == "version-unused"]
        found = wait_for("nobody calls it any more", lambda: next((x for x in f.api("/api/findings")["findings"] if x["kind"] == "version-unused"), None), 20)
        assert found["service"] == "back" and "Nobody has called back v1 for 3.00 s" in found["sentence"] and "v1" in found["remedy"] and found["file"].endswith("service.yaml"), found
        assert f.api("/api/migrations")["migrations"][0]["state"] == "removable"
    finally:
        f.stop()
