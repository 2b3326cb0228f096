"""Tests that cross team borders: found in files without a running fleet, and in the traces that tests began; reported with owner, evidence and remedy."""

import pytest
from fleet import Fleet, call, wait_for

SPEC = """import { test } from '@playwright/test';
test('an order raises an invoice', async ({ request }) => {
  await request.post(`${BASE}/front/v1/orders`);
  await request.get(`${process.env.BACK_URL}/v1/invoices`);
});
"""
OWN = "def test_orders():\n    assert get('http://front/v1/orders').ok\n"
PACT = "import { PactV4 } from '@pact-foundation/pact';\nconst at = 'http://back/v1';\n"


def describe(f):
    """front and middle are of sales, back is of billing; front has one test of each kind."""
    f.add("front", calls={"back": {"timeout": "1s", "on_failure": "it says so"}})
    f.add("middle")
    f.add("back", owner="billing")
    f.put("services/front/e2e/invoice.spec.ts", SPEC)
    f.put("services/front/tests/test_orders.py", OWN)
    f.put("services/front/pact/back.spec.ts", PACT)
    return f


@pytest.fixture(scope="module")
def tested():
    f = describe(Fleet())
    try:
        f.up()
        yield f
    finally:
        f.stop()


def listed(f):
    r = f.cli("tests", "--json")
    assert r.code == 0, r
    return r.json()


def test_without_a_fleet(make_fleet):
    """The files alone: place, owner, what is called and by what evidence, what to do; CODEOWNERS decides; --strict fails."""
    f = describe(make_fleet())
    answer = listed(f)
    (x,) = answer["tests"]
    assert (x["file"], x["line"], x["kind"], x["service"]) == ("services/front/e2e/invoice.spec.ts", 4, "end-to-end", "front"), x
    assert x["owners"] == [{"owner": "sales", "contact": "#sales"}] and x["owner_from"] == "services/front/service.yaml"
    assert [(t["service"], t["foreign"], t["evidence"], t["line"]) for t in x["touches"]] == [("front", False, "path", 3), ("back", True, "variable", 4)], x["touches"]
    assert x["touches"][1]["contact"] == "#billing" and "contract record front back" in x["remedy"] and "billing" in x["why"]
    assert answer["counts"] == {"tests": 3, "crossing": 1, "seen": 0, "own": 1, "contracts": 1, "mocked": 0}
    assert "not running" in answer["missing"] and not answer["complete"]
    text = f.ok("tests").out
    assert "services/front/e2e/invoice.spec.ts:4" in text and "back of billing #billing" in text and "BACK_URL" in text and "pleach contract verify" in text, text
    assert f.cli("tests", "--strict").code == 1
    f.put(".github/CODEOWNERS", "*  @shop/sales\n/services/front/e2e/  @shop/billing @shop/sales\n")
    r = f.cli("tests", "--strict")
    assert r.code == 0 and "No test crosses" in r.out, r
    f.put(".github/CODEOWNERS", "/services/front/e2e/  @shop/billing\n")
    (x,) = listed(f)["tests"]
    assert x["owners"][0]["owner"] == "billing" and x["owner_from"] == ".github/CODEOWNERS:1" and [t["service"] for t in x["touches"] if t["foreign"]] == ["front"]
    f.put("services/front/service.yaml", "service: front\nowners: sales\n")
    r = f.cli("tests")
    assert r.code == 2 and "owners" in r.err, r


def test_in_the_fleet(tested):
    """Control answers the same and has a finding; a file that changes is seen by the next answer."""
    (x,) = [t for t in tested.api("/api/tests")["tests"] if not t["trace"]]
    assert x["file"] == "services/front/e2e/invoice.spec.ts" and x["sentence"].endswith("calls back of billing")
    found = tested.finding("crossing-test", "front")
    assert (found["file"], found["line"], found["dependency"], found["owner"]) == (x["file"], 4, "back", "sales") and "contract record" in found["remedy"]
    assert found["id"] == "crossing-test:services/front/e2e/invoice.spec.ts"
    tested.put("services/middle/more_test.go", 'get("http://back/v1")\n')
    wait_for("the new test is known", lambda: len(listed(tested)["tests"]) == 2, 5, 0.3)
    (tested.root / "services/middle/more_test.go").unlink()
    wait_for("and gone", lambda: len(listed(tested)["tests"]) == 1, 5, 0.3)
    assert tested.request("POST", "/api/tests", {}).status == 405
    assert tested.request("GET", "/api/tests/x").status == 404


def test_seen_to_call(tested):
    """Traces that a test began are known by its tool and by its baggage; a call of a person is none of them."""
    path = "/front/v1/call/back/v1/echo"
    assert call(tested.gateway, "GET", path, headers={"User-Agent": "curl/8.1"}).status == 200
    for _ in range(2):
        load = call(tested.gateway, "GET", path, headers={"User-Agent": "k6/0.49.0 (https://k6.io/)"})
    named = call(tested.gateway, "GET", path, headers={"baggage": "test.case.name=e2e%2Finvoice.spec.ts%3A%20raises,user=7"})
    own = call(tested.gateway, "GET", path, headers={"baggage": "test.case.name=tests/test_orders.py::test_orders"})
    alone = call(tested.gateway, "GET", "/middle/v1/echo", headers={"User-Agent": "hurl/4.1.0"})
    assert load.status == named.status == own.status == alone.status == 200

    def seen():
        tests = [t for t in tested.api("/api/tests")["tests"] if t["trace"]]
        return len(tests) == 3 and sum(t["runs"] for t in tests) == 4 and tests
    by_tool = {t["tool"] or t["name"]: t for t in wait_for("what tests called is known", seen, 20, 0.2)}
    k6 = by_tool["k6/0.49.0"]
    assert (k6["trace"], k6["runs"], k6["file"], k6["owners"]) == (load.trace, 2, "", []), k6
    assert {(t["service"], t["evidence"], t["foreign"]) for t in k6["touches"]} == {("front", "called", True), ("back", "called", True)}
    spec = by_tool["e2e/invoice.spec.ts: raises"]
    assert spec["trace"] == named.trace and spec["name"] == "e2e/invoice.spec.ts: raises" and spec["file"] == "services/front/e2e/invoice.spec.ts"
    assert spec["owners"][0]["owner"] == "sales" and [t["service"] for t in spec["touches"] if t["foreign"]] == ["back"]
    through = by_tool["tests/test_orders.py::test_orders"]  # its text calls its own team's service only, and that calls the other
    assert through["file"] == "services/front/tests/test_orders.py" and [t["service"] for t in through["touches"] if t["foreign"]] == ["back"], through
    span = next(s for s in tested.api(f"/api/traces/{load.trace}")["spans"] if s["attributes"].get("user_agent.original"))
    assert span["attributes"]["user_agent.synthetic.type"] == "test"
    text = tested.ok("tests").out
    assert f"pleach trace {load.trace}" in text and "seen    2 times" in text, text
    found = wait_for("findings", lambda: len(x := [x for x in tested.api("/api/findings")["findings"] if x["kind"] == "crossing-test" and x["trace"]]) == 2 and x, 15, 0.2)
    assert {x["trace"] for x in found} == {load.trace, own.trace}, found
