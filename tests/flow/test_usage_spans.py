"""Calls that do not pass the gateway, known by the spans that services send."""

import time

from fleet import call, wait_for
from test_usage import consumers, contract, fields, use


def test_spans(make_fleet):
    """Services that call each other past the gateway are counted by their spans: HTTP in the names of today and of before, gRPC not being here; what the gateway carried is not counted again."""
    f = make_fleet()
    f.add("idle", calls=["back"]).add("back")
    f.change("back", lambda s: s.update(serves=[{"version": "v1", "path": "/v1", "schema": "api.yaml"}]))
    f.put("services/back/api.yaml", contract())
    f.up()
    wait_for("calls are watched", lambda: consumers(f)["since_ms"])
    assert f.get("/back/v1/echo").status == 200
    at, otlp = time.time_ns() - 9 * 10**9, f.api("/api/fleet")["otlp"]

    def span(trace, own, parent, kind, at, **attributes):
        return {"traceId": trace * 16, "spanId": own * 8, "parentSpanId": parent * 8, "name": "x", "kind": kind, "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 10**6), "attributes": [
            {"key": k.replace("_", ".") if k != "status_code" else "http.response.status_code", "value": {"stringValue": v} if isinstance(v, str) else {"intValue": str(v)}} for k, v in attributes.items()]}

    def send(service, *spans):
        body = {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}, {"key": "service.version", "value": {"stringValue": "7.1"}}]},
                                   "scopeSpans": [{"spans": list(spans)}]}]}
        assert call(otlp, "POST", "/v1/traces", body).status == 200
    send("idle", span("aa", "a1", "", 3, at, http_request_method="GET"), span("ae", "a5", "", 3, at + 6 * 10**9, http_request_method="GET"), span("ab", "a2", "", 3, at, http_method="POST"))
    send("back", span("aa", "b1", "a1", 2, at + 10**6, http_request_method="GET", url_path="/v1/echo", url_query="limit=3&sort=up&limit=4", status_code=200),
         span("ab", "b2", "a2", 2, at + 10**6, http_method="POST", http_target="/v1/body?x=1", status_code=503),
         span("ae", "b5", "a5", 2, at + 6 * 10**9, http_request_method="GET", url_path="/v1/status/7"),
         span("ac", "b3", "", 2, at + 10**6, http_request_method="GET", url_path="/v1/echo"),
         span("ad", "b4", "d9", 2, at + 10**6, http_request_method="GET", url_path="/v1/echo"))
    got = wait_for("idle is seen", lambda: next((c for o in consumers(f)["operations"] if o["operation"] == "GET /v1/echo" for c in o["consumers"] if c["consumer"] == "idle"), None), 25)
    assert got["calls"] == 1 and got["last_trace"] == "aa" * 16 and fields(got) == {"query.limit": 1, "query.sort": 1} and got["versions"] == ["7.1"], got
    body = use(f, "POST /v1/body", "idle")
    assert body["calls"] == 1 and body["failed"] == 1 and fields(body) == {"query.x": 1}, body
    assert use(f, "GET /v1/echo", "outside")["calls"] == 2
    # Time is looked through in order: when a later call is counted, what was before it has been passed again and again.
    assert use(f, "GET /v1/status/{code}", "idle", timeout=25)["calls"] == 1
    assert use(f, "GET /v1/echo", "idle")["calls"] == 1 and use(f, "GET /v1/echo", "outside")["calls"] == 2
