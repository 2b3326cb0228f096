"""Calls of a version that goes away which no contract describes: each is counted once, and named by what was called."""

import datetime

from fleet import Fleet, wait_for


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
