"""Where the fleet and its description disagree: every kind of finding brought about, with its evidence and remedy, and gone when it is put right."""

import otlp
import pytest
import touched
from fleet import call, order, wait_for


@pytest.fixture(scope="module")
def untidy():
    """A fleet with something wrong in every way that files and behaviour can be."""
    import fleet
    f = fleet.Fleet()
    f.add("front", calls={"middle": {"timeout": "1s"}, "back": {"on_failure": "nothing is shown"}}, env={"BREAKS_TRACE": "1"})
    f.add("middle", owner=None)
    f.add("back", owner="ghosts", release={"steps": [10, 50, 100]})
    try:
        f.up()
        yield f
    finally:
        f.stop()


def check(f, found, kind, severity, *words):
    assert found["severity"] == severity and found["title"] and found["remedy"] and found["since"] and found["pain"], found
    assert all(w in found["sentence"] + found["remedy"] for w in words), found
    text = f.ok("findings").out
    assert found["sentence"] in text and found["remedy"].split("\n")[0] in text, text


def test_no_owner(untidy):
    """A service without an owner."""
    check(untidy, untidy.finding("no-owner", "middle"), "no-owner", "warning", "middle", "owner")


def test_unknown_owner(untidy):
    """An owner that is no team of the fleet."""
    found = untidy.finding("unknown-owner", "back")
    check(untidy, found, "unknown-owner", "warning", "ghosts", "teams")
    assert found["owner"] == "ghosts" and found["file"] == "services/back/service.yaml"


def test_no_on_failure(untidy):
    """Nobody has said what happens when a dependency fails."""
    found = untidy.finding("no-on-failure", "front")
    check(untidy, found, "no-on-failure", "warning", "middle", "on_failure")
    assert found["dependency"] == "middle" and found["line"] > 0


def test_no_timeout(untidy):
    """A dependency without a time-out."""
    found = untidy.finding("no-timeout", "front")
    check(untidy, found, "no-timeout", "warning", "back", "timeout")
    assert found["dependency"] == "back"


def test_unused_key(untidy):
    """A key that is read and not acted on yet is told, not hidden."""
    check(untidy, untidy.finding("unused-key"), "unused-key", "info", "release")


def test_breaks_trace(untidy):
    """A service that gets calls with an id and makes calls without one."""
    for _ in range(12):
        assert untidy.get("/front/v1/call/middle/v1/echo").status == 200
    found = untidy.finding("breaks-trace", "front")
    check(untidy, found, "breaks-trace", "warning", "front", "traceparent")
    assert untidy.request("GET", f"/api/traces/{found['trace']}").status == 200
    edge = next(e for e in untidy.api("/api/edges")["edges"] if e["caller"] == "front")
    assert edge["started"] == edge["calls"] >= 12


def test_not_in_catalogue(untidy):
    """Something sends telemetry under a name that no service.yaml has."""
    r = call(untidy.store, "POST", "/v1/logs", otlp.logs([otlp.log_record("hello from nowhere")], "stock"), {"Content-Type": "application/x-protobuf"})
    assert r.status == 200
    found = untidy.finding("not-in-catalogue", "stock")
    check(untidy, found, "not-in-catalogue", "warning", "stock", "service.yaml")
    assert untidy.logs(found["query"])
    untidy.metrics("control")


def test_each_finding_has_its_place(untidy):
    """Findings are listed most severe first, by service on demand, and each points to its file or query."""
    out = untidy.ok("findings", "front").out
    assert "middle" in out and "ghosts" not in out
    for f in untidy.api("/api/findings")["findings"]:
        assert f["file"] or f["query"] or f["trace"], f
        assert f["id"].startswith(f["kind"])


def test_put_right(untidy):
    """A finding is gone once the file says what was missing; its age is kept until then."""
    before = untidy.finding("no-owner", "middle")
    again = untidy.finding("no-owner", "middle")
    assert before["since"] == again["since"]
    untidy.change("middle", lambda s: s.update(owner="sales"))
    wait_for("it is gone", lambda: not [f for f in untidy.api("/api/findings")["findings"] if f["kind"] == "no-owner"], 15)


def test_tidy_shop(shop):
    """The shop has no finding: it is described as it behaves."""
    for _ in range(8):
        assert shop.post("/orders/v1/orders", order()).status in (201, 202)
    found = wait_for("the first judgement", lambda: (a := shop.api("/api/findings"))["complete"] and a)
    assert found["findings"] == [] and found["missing"] == [], found
    assert "agree" in shop.ok("findings").out


def test_every_kind_is_brought_about():
    """The scenarios of this suite know every row of the table."""
    text = "".join(p.read_text() for p in (touched.ROOT / "tests/flow").glob("test_*.py"))
    missing = [kind for kind in touched.findings() if f'"{kind}"' not in text]
    assert not missing, missing
