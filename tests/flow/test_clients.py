"""Real clients: npm's OpenTelemetry SDK inside a service, and Debian's Prometheus on Pleach's own metrics."""

import json
import shutil
import subprocess
import urllib.parse

import pytest
from fleet import ROOT, call, free_port, wait_for

CLIENTS = ROOT / "tests/clients"
UNPACKED = ROOT / "build/peers/usr/bin/prometheus"


def test_service_with_the_real_sdk(make_fleet):
    """A Node service instrumented with OpenTelemetry's own SDK joins: its spans and logs stand in the gateway's trace, between caller and callee."""
    assert (CLIENTS / "node_modules").is_dir(), "run packaging/setup.sh test"
    f = make_fleet()
    f.add("reviews", calls=["back"], env={"OTEL_BSP_SCHEDULE_DELAY": "200", "OTEL_METRICS_EXPORTER": "none"})
    f.change("reviews", lambda s: s["run"].update(command=[shutil.which("node"), str(CLIENTS / "reviews.mjs")]))
    f.add("back")
    f.up()
    reply = f.get("/reviews/v1/reviews")
    assert reply.status == 200 and reply.json()["status"] == 200, reply
    handed_on = reply.json()["headers"]["traceparent"].split("-")
    assert handed_on[1] == reply.trace
    trace = f.trace(reply.trace, spans=4)
    spans = {s["id"]: s for s in trace["spans"]}
    outer = next(s for s in trace["spans"] if s["service"] == "gateway" and s["attributes"]["pleach.caller"] == "edge")
    inner = next(s for s in trace["spans"] if s["service"] == "gateway" and s["attributes"]["pleach.caller"] == "reviews")
    server = next(s for s in trace["spans"] if s["service"] == "reviews" and s["kind"] == "server")
    assert server["parent"] == outer["id"], "the SDK's server span hangs below the gateway's call"
    client = spans[inner["parent"]]
    assert client["service"] == "reviews" and client["kind"] == "client" and client["parent"] == server["id"]
    assert client["attributes"]["http.response.status_code"] == 200
    wait_for("the SDK's log record", lambda: f.logs(f"trace:{reply.trace} service:reviews \"a review was read\""))
    why = f.api(f"/api/why/{reply.trace}")
    assert why["verdict"] in ("fine", "slow") and {"reviews", "back"} <= {s["service"] for s in why["steps"]}
    assert "reviews" not in {x["service"] for x in f.api("/api/findings")["findings"]}


def prometheus():
    return shutil.which("prometheus") or (str(UNPACKED) if UNPACKED.exists() else None)


@pytest.mark.skipif(not prometheus(), reason="Prometheus is not there; packaging/setup.sh test unpacks it")
def test_prometheus_scrapes(toy, tmp_path):
    """Debian's Prometheus scrapes control and, through it, the other parts: targets up, counters there, exemplars carry trace ids that are known."""
    for _ in range(20):
        assert toy.get("/front/v1/echo").status == 200
    port = free_port()
    targets = [{"job_name": part, "metrics_path": path, "static_configs": [{"targets": [f"127.0.0.1:{toy.ports['control']}"]}]}
               for part, path in (("control", "/metrics"), ("gateway", "/metrics/gateway"), ("store", "/metrics/store"), ("node", "/metrics/node"))]
    (tmp_path / "prometheus.yml").write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": targets}))
    server = subprocess.Popen(
        [prometheus(), f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}",
         "--enable-feature=exemplar-storage", "--log.level=warn"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def ask(path, **query):
        r = call(f"http://127.0.0.1:{port}", "GET", f"/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=5)
        assert r.status == 200, r
        return r.json()["data"]

    try:
        def all_up():
            assert server.poll() is None
            return sum(float(x["value"][1]) for x in ask("query", query="up")["result"]) == 4
        wait_for("four targets are up", all_up, 30, every=0.2)
        errors = [t["lastError"] for t in ask("targets")["activeTargets"]]
        assert errors == [""] * 4, errors
        assert float(ask("query", query="pleach_gateway_requests_total")["result"][0]["value"][1]) >= 20
        assert ask("query", query="histogram_quantile(0.95, pleach_gateway_duration_seconds_bucket)")["result"]
        assert ask("metadata", metric="pleach_gateway_requests")["pleach_gateway_requests"][0]["type"] == "counter"

        def exemplar():
            found = ask("query_exemplars", query="pleach_gateway_duration_seconds_bucket", start="0", end="9999999999")
            return [e["labels"]["trace_id"] for s in found for e in s["exemplars"]]
        known = [t for t in wait_for("an exemplar", exemplar, 15) if toy.request("GET", f"/api/traces/{t}").status == 200]
        assert known, "an exemplar's trace is in the store"
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()
