"""The first walk through the shop: a fleet runs, every call carries one id, and a person can follow it."""

import re
import time

from fleet import order, run, validate, wait_for


def place(shop, **more):
    reply = shop.post("/orders/v1/orders", order(), **more)
    assert reply.status in (201, 202), reply
    return reply


def failed_order(shop):
    """An order whose notification was refused, as the trace id."""
    def refused():
        trace = place(shop).trace
        rows = wait_for("notification logs", lambda: shop.logs(f"trace:{trace} service:notification"))
        shop.trace(trace, spans=3)
        return trace if any("refused" in r["body"] for r in rows) else None
    return wait_for("the mail relay refuses a message", refused, 30)


def test_everything_is_healthy_after_up(shop):
    """`pleach up` ends when every wanted instance is healthy, and says where to look."""
    again = shop.ok("up", "--json").json()
    assert again["healthy"] and again["was_running"] and again["instances"] == 7, again
    assert again["gateway"] == shop.gateway and again["console"] == shop.control
    services = shop.status()
    assert {n: s["healthy"] for n, s in services.items()} == {
        "orders": 1, "invoicing": 2, "notification": 1, "pleach-gateway": 1, "pleach-control": 1, "pleach-store": 1}
    assert all(i["state"] == "healthy" and i["pid"] and i["restarts"] == 0 for s in services.values() for i in s["instances"])


def test_one_order_has_one_trace_id(shop):
    """An order through the gateway has one id: in the answer, on all three calls, and in every line of every service."""
    reply = place(shop)
    assert re.fullmatch(r"[0-9a-f]{32}", reply.trace)
    trace = shop.trace(reply.trace, spans=3, logs=5)
    calls = {s["attributes"]["pleach.service"]: s for s in trace["spans"]}
    assert set(calls) == {"orders", "invoicing", "notification"} and len(trace["spans"]) == 3
    assert [calls[s]["attributes"]["pleach.caller"] for s in ("orders", "invoicing", "notification")] == ["edge", "orders", "invoicing"]
    assert calls["orders"]["parent"] == "" and calls["invoicing"]["parent"] == calls["orders"]["id"]
    assert calls["notification"]["parent"] == calls["invoicing"]["id"]
    assert {line["service"] for line in trace["logs"]} == {"orders", "invoicing", "notification"}
    for call in calls.values():
        attempts = [e for e in call["events"] if e["name"] == "attempt"]
        assert attempts and all(a["attributes"]["pleach.total_ns"] > 0 for a in attempts)
        assert int(call["start_ns"]) >= int(calls["orders"]["start_ns"])


def test_caller_trace_is_continued(shop):
    """A trusted caller's traceparent goes on: same trace id, its span is the parent; baggage reaches the services."""
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    reply = place(shop, headers={"traceparent": f"00-{trace}-{parent}-01", "baggage": "tenant=acme"})
    assert reply.trace == trace
    spans = shop.trace(trace, spans=3)["spans"]
    assert parent in {s["parent"] for s in spans}


def test_line_and_span_are_found_within_a_second(shop):
    """A log line can be found 1 s after it was written, a span likewise."""
    reply = place(shop)
    began = time.monotonic()
    wait_for("the line", lambda: shop.logs(f"trace:{reply.trace} service:orders"), 5)
    wait_for("the span", lambda: shop.request("GET", f"/api/traces/{reply.trace}").status == 200, 5)
    rows = shop.logs(f"trace:{reply.trace}")
    import fleet
    assert time.monotonic() - began < fleet.SLOW
    assert all(r["trace_id"] == reply.trace for r in rows)


def test_why_names_the_service_and_its_line(shop):
    """`pleach why` of a failed request names notification, quotes its log line and says who owns it."""
    trace = failed_order(shop)
    text = shop.ok("why", trace).out
    assert "notification" in text and "refused" in text and "logistics" in text and "#logistics" in text, text
    why = shop.ok("why", trace, "--json").json()
    validate("Why", why)
    assert why["verdict"] == "failed" and why["cause"]["service"] == "notification" and why["cause"]["owner"] == "logistics"
    assert any("refused" in line["body"] and line["service"] == "notification" for line in why["lines"])
    assert [s["service"] for s in why["steps"]] == ["orders", "invoicing", "notification"]
    assert shop.request("GET", f"/api/why/{trace}").json()["sentences"]
    assert "notification" in shop.ok("why", "--failed", "--from", "30m").out
    assert shop.ok("why", "--slowest").out


def test_trace_as_text(shop):
    """`pleach trace` draws the calls, attempts and log lines of a request, by id, the slowest or the newest that failed."""
    trace = failed_order(shop)
    text = shop.ok("trace", trace).out
    assert trace in text and "orders" in text and "invoicing" in text and "notification" in text and "refused" in text, text
    shop.api("/api/traces?error=true&limit=1")
    validate("Trace", shop.ok("trace", "--failed", "--json").json())
    assert "orders" in shop.ok("trace", "--slowest", "--from", "30m").out
    pasted = shop.ok("trace", f"00-{trace}-b7ad6b7169203331-01", "--json").json()
    assert pasted["trace_id"] == trace
    assert shop.cli("trace", "f" * 32).code == 3
    assert shop.cli("trace", "orders").code == 2


def test_map_has_three_edges(shop):
    """The map shows who calls whom with rate, errors and percentiles, and what is declared about each edge."""
    place(shop)

    def counted():
        m = shop.api("/api/map")
        edges = {(e["caller"], e["callee"]): e for e in m["edges"]}
        return (m, edges) if all(edges.get(k, {}).get("calls") for k in wanted) else None
    wanted = [("edge", "orders"), ("orders", "invoicing"), ("invoicing", "notification")]
    m, edges = wait_for("three edges", counted)
    for key in wanted:
        e = edges[key]
        assert e["rate"] > 0 and 0 < e["p50_ns"] <= e["p95_ns"] <= e["p99_ns"] and e["declared"] and e["operations"], e
        assert e["p99_ns"] <= e["max_ns"] * 1.03
    assert edges["invoicing", "notification"]["timeout_ns"] == 300_000_000 and edges["invoicing", "notification"]["on_failure"]
    nodes = {n["service"]: n for n in m["nodes"]}
    assert nodes["edge"]["kind"] == "edge" and nodes["invoicing"]["kind"] == "service" and nodes["invoicing"]["healthy"] == 2
    text = shop.ok("map", "--from", "10m", "--to", "0s").out
    assert re.search(r"invoicing +-> +notification", text), text
    validate("Map", shop.ok("map", "--json").json())


def test_traces_are_searched(shop):
    """Traces are listed newest first, by service, error and duration, with their services."""
    trace = failed_order(shop)
    found = shop.api("/api/traces?service=notification&error=true&limit=500")["traces"]
    assert trace in {t["trace_id"] for t in found}
    t = next(t for t in found if t["trace_id"] == trace)
    assert {"orders", "invoicing", "notification"} <= set(t["services"]) and t["errors"] >= 1 and t["root_service"] == "orders"
    times = [int(t["time_ns"]) for t in found]
    assert times == sorted(times, reverse=True)
    slow = shop.api("/api/traces?min_duration=100ms")["traces"]
    assert all(t["duration_ns"] >= 100_000_000 for t in slow)
    first = shop.api("/api/traces?limit=1")
    second = shop.api("/api/traces?limit=1&after=" + first["next"])
    assert first["next"] and first["traces"][0]["trace_id"] != second["traces"][0]["trace_id"]


def test_logs_are_searched(shop):
    """Lines are found by word, phrase, field, level, service and their negation; pages go on where the last one ended."""
    trace = place(shop).trace
    wait_for("its lines", lambda: len(shop.logs(f"trace:{trace}")) >= 5)
    rows = shop.logs(f"trace:{trace} service:orders")
    assert rows and all(r["service"] == "orders" and r["instance"] == "orders-1" for r in rows)
    row = next(r for r in rows if "order_id" in r["attributes"])
    assert shop.logs(f"trace:{trace} order_id:{row['attributes']['order_id']}")
    assert shop.logs(f"trace:{trace} order_id:*") and not shop.logs(f"trace:{trace} order_id>=100000")
    assert not [r for r in shop.logs(f"trace:{trace} -service:orders") if r["service"] == "orders"]
    assert shop.logs(f'trace:{trace} "order received"') and shop.logs(f"trace:{trace} ORDER")
    assert all(r["level"] in ("warn", "error", "fatal") for r in shop.logs("level>=warn"))
    page = shop.api("/api/logs?limit=2&order=asc")
    more = shop.api("/api/logs?limit=2&order=asc&after=" + page["next"])
    ids = [r["id"] for r in page["rows"] + more["rows"]]
    assert len(set(ids)) == 4
    bad = shop.request("GET", "/api/logs?q=level%3E%3E%3D%22")
    assert bad.status == 400 and bad.json()["column"] >= 1, bad


def test_logs_around_and_counted(shop):
    """Beside the rows: their histogram, the top values of their fields, and the lines around one line."""
    trace = place(shop).trace
    row = wait_for("its lines", lambda: shop.logs(f"trace:{trace} service:invoicing"))[0]
    h = shop.api("/api/logs/histogram?from=10m&buckets=30")
    assert h["total"] == sum(sum(x["counts"]) for x in h["levels"]) > 0 and {len(x["counts"]) for x in h["levels"]} <= {30, 31}
    fields = {f["name"]: f for f in shop.api(f"/api/logs/fields?q=trace:{trace}")["fields"]}
    assert {v["value"] for v in fields["service"]["values"]} == {"orders", "invoicing", "notification"}, fields
    context = shop.api(f"/api/logs/context?id={row['id']}&before=3&after=3")["rows"]
    here = [r for r in context if r.get("here")]
    assert len(here) == 1 and here[0]["id"] == row["id"] and {r["instance"] for r in context} == {row["instance"]}
    assert shop.request("GET", "/api/logs/context?id=s99999-1").status == 404


def test_logs_as_text(shop):
    """`pleach logs` prints lines oldest first, by query, range and number; a query word may begin with a dash."""
    trace = place(shop).trace
    wait_for("its lines", lambda: len(shop.logs(f"trace:{trace}")) >= 5)
    out = shop.ok("logs", f"trace:{trace}", "--from", "5m", "--to", "0s", "--limit", "50").out
    assert "order received" in out and "invoicing-" in out
    assert "order received" not in shop.ok("logs", f"trace:{trace}", "-service:orders").out
    assert "order_id" in shop.ok("logs", f"trace:{trace}", "--fields", "-n", "20").out
    validate("Query", shop.ok("logs", "--json").json())
    wrong = shop.cli("logs", 'service:"')
    assert wrong.code == 2 and wrong.err, wrong


def test_edges_by_step(shop):
    """Edges can be had as a series over time, for the map's charts."""
    place(shop)
    edges = wait_for("edges", lambda: shop.api("/api/edges?from=10m&step=10s")["edges"])
    for e in edges:
        assert e["series"] and sum(p["calls"] for p in e["series"]) == e["calls"], e


def test_store_and_seen(shop):
    """The store says what it holds and who sent it."""
    state = shop.api("/api/store")
    assert state["records"] > 0 and state["spans"] > 0 and not state["disk_full"] and int(state["newest_ns"]) >= int(state["oldest_ns"]) > 0
    seen = {s["service"] for s in shop.api("/api/seen")["services"]}
    assert {"orders", "invoicing", "notification", "gateway"} <= seen


def test_fleet_is_described(shop):
    """The catalogue says who owns what, what it calls, with which time-out, and where that is written."""
    f = shop.api("/api/fleet")
    assert {"/api/contracts", "/api/consumers", "/api/migrations"} <= set(f["guests"])
    s = {x["service"]: x for x in f["services"]}
    assert f["fleet"] == "shop" and f["error"] is None and f["otlp"] == shop.store and len(f["teams"]) == 3
    assert s["invoicing"]["owner"] == "billing" and s["invoicing"]["contact"] == "#billing" and s["invoicing"]["wanted"] == 2
    assert s["invoicing"]["file"] == "services/invoicing/service.yaml" and s["invoicing"]["calls"][0]["line"] > 0
    assert s["orders"]["exposed"] and not s["notification"]["exposed"]


def test_not_exposed_is_not_reached(shop):
    """A service that is not exposed cannot be called from outside, and the answer says which path nobody answers."""
    reply = shop.get("/notification/v1/notifications")
    assert reply.status == 404 and reply.json()["error"] == "no_route" and "destination_not_found" in reply.headers["proxy-status"], reply


def test_snapshot_is_published(shop):
    """What gateway and node act on can be read; a follower that has the newest version waits for the next."""
    s = shop.api("/api/snapshot")
    assert [x["name"] for x in s["services"]] == ["invoicing", "notification", "orders"]
    assert shop.request("GET", f"/api/snapshot?after={s['version']}&wait=1").status in (200, 304)
    assert shop.request("GET", f"/api/snapshot?after={s['version']}&wait=0").status == 304


def test_openapi_describes_every_route(shop):
    """The published description is OpenAPI, has every route of the table and a schema for every answer that has one."""
    import touched
    d = shop.api("/api/openapi.json")
    for part, method, path, schema in touched.routes():
        operation = d["paths"][path][method.lower()]
        assert operation["operationId"]
        if schema:
            assert operation["responses"]["2XX"]["content"]["application/json"]["schema"] == {"$ref": f"#/components/schemas/{schema}"}
            assert schema in d["components"]["schemas"]


def test_status_exit_codes(shop, make_fleet):
    """`pleach status`: 0 when all is healthy, 3 for an unknown service, 4 when the fleet does not run."""
    assert shop.ok("status").out.count("healthy") >= 7
    assert "invoicing-2" in shop.ok("status", "invoicing").out
    validate("Status", shop.ok("status", "--json").json())
    unknown = shop.cli("status", "invoices")
    assert unknown.code == 3 and "invoices" in unknown.err
    idle = make_fleet()
    assert idle.cli("status").code == 4
    assert run("status", "--fleet", str(idle.root)).code == 4
    assert run("status", cwd=idle.home).code == 2 or run("status", cwd=idle.home).code == 3


def test_events_tell_of_changes(shop):
    """A console that listens hears of a changed status without asking; control counts it as a listener."""
    with shop.stream("/api/events") as events:
        wait_for("a listener is counted", lambda: shop.metric("control", "pleach_control_event_streams") >= 1)
        shop.kill("notification-1")
        assert next(events)[0] in ("status", "snapshot", "findings")


def test_follow_shows_a_line_within_a_second(shop):
    """`pleach logs -f` and the event stream show a new line within a second; one JSON object a line with --json."""
    import json
    import fleet
    follow = shop.start("logs", "-f", "--json", "service:orders")
    try:
        with shop.stream("/api/logs/tail?q=service:orders") as events:
            wait_for("two listeners are counted", lambda: shop.metric("store", "pleach_store_tails") >= 2)
            began = time.monotonic()
            trace = place(shop).trace
            name, row = next(events)
            assert name == "row" and row["trace_id"] == trace and time.monotonic() - began < fleet.SLOW
            validate("LogRow", row)
        line = json.loads(follow.stdout.readline())
        assert line["trace_id"] == trace and time.monotonic() - began < fleet.SLOW
    finally:
        follow.terminate()
        assert follow.wait(10) == 0
        follow.communicate()


def test_parts_answer_health_and_metrics(shop):
    """Every part answers /healthz and /metrics on its socket; control passes on the metrics of the others."""
    import fleet
    for part in fleet.PARTS:
        assert shop.request("GET", "/healthz", part=part).text == "ok\n"
        assert any(k.startswith("process_start_time_seconds") for k in shop.metrics(part))
    for part in ("gateway", "store", "node"):
        reply = shop.request("GET", f"/metrics/{part}")
        assert reply.status == 200 and reply.headers["content-type"].startswith("application/openmetrics-text") and reply.text.endswith("# EOF\n")
    assert shop.request("GET", "/metrics").text.endswith("# EOF\n")
    assert shop.request("GET", "/metrics/nobody").status == 404
