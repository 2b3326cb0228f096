"""What only people and their jobs know of a service: restored backups, exercised rollbacks. Told by a command or the API, kept, and in the score."""

import json

import pytest
from fleet import wait_for
from pact_broker import Broker

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def f(request):
    import fleet
    f = fleet.Fleet(teams={"sales": {"members": ["ada@example.org"]}}, catalog={"every": "1s"})
    request.addfinalizer(f.stop)
    f.add("ledger", tier="gold")
    f.put("services/ledger/compose.yaml", "services:\n  ledger:\n    build: .\n    depends_on: [db]\n  db:\n    image: postgres:16\n")
    f.add("plain", tier="gold")
    f.up()
    wait_for("the catalogue", lambda: facet(f, "ledger", "rollback")["measurable"], 30, every=0.2)
    return f


def one(f, name):
    return f.request("GET", f"/api/catalog/{name}").json()


def facet(f, name, which):
    return {x["facet"]: x for x in one(f, name)["score"]["facets"]}[which]


def tell(f, name, body, status=204, headers=JSON):
    r = f.request("POST", f"/api/catalog/{name}/evidence", json.dumps(body).encode(), headers)
    assert r.status == status, r
    return r.json() if r.body else None


def test_told_and_measured(f):
    """Nobody has said so: it costs, and says what to do. A job says so: it counts at once; a failure counts as one; the newest holds."""
    x = facet(f, "ledger", "rollback")
    assert x["value"] == 0 and "nobody has said" in x["measured"] and "--evidence rollback" in x["raise"] and x["gain"] > 0, x
    assert not facet(f, "plain", "backups")["measurable"]
    assert "Kept: rollback of ledger went well." in f.ok("catalog", "ledger", "--evidence", "rollback", "--note", "drill of the week").out
    x = wait_for("it to count", lambda: (lambda x: x if x["value"] == 1 else None)(facet(f, "ledger", "rollback")), 20, every=0.1)
    assert x["measured"].startswith("it went well on 20") and x["measured"].endswith(": drill of the week"), x
    assert facet(f, "plain", "rollback")["value"] == 0
    tell(f, "plain", {"kind": "restore", "ok": False, "link": "https://ci.example/7"})
    x = wait_for("its failure", lambda: (lambda x: x if x["measurable"] else None)(facet(f, "plain", "backups")), 20, every=0.1)
    assert x["value"] == 0 and x["measured"].startswith("it failed on 20"), x
    tell(f, "plain", {"kind": "restore"})
    wait_for("what went well after it", lambda: facet(f, "plain", "backups")["value"] == 1, 20, every=0.1)
    assert [(x["kind"], x["ok"], x["link"]) for x in one(f, "plain")["evidence"]] == [("restore", True, ""), ("restore", False, "https://ci.example/7")]
    assert f.ok("catalog", "plain", "--evidence", "rollback", "--failed", "--link", "https://ci.example/8", "--json").json() == {"kept": True}
    # Alerts and journeys count for nobody until somebody tells of one; from then on for all.
    for kind, which in (("alert", "objectives"), ("journey", "journeys")):
        assert facet(f, "ledger", which)["measured"].startswith("not measured yet: ") and not facet(f, "plain", which)["measurable"]
        assert f"Kept: {kind} of ledger went well." in f.ok("catalog", "ledger", "--evidence", kind, "--note", "game day").out
        x = wait_for("it to count", lambda: (lambda x: x if x["value"] == 1 else None)(facet(f, "ledger", which)), 20, every=0.1)
        assert x["measured"].endswith(": game day"), x
        x = facet(f, "plain", which)
        assert x["value"] == 0 and x["gain"] > 0 and f"--evidence {kind}" in x["raise"], x


def test_contact(make_fleet):
    """Somebody could not reach an owner at night and says so: all that they own is an orphan, and the score says when; they answer, and it is forgotten."""
    f = make_fleet(teams={"sales": {"contact": "#sales", "members": ["ada@example.org"]}, "billing": {"contact": "#billing"}}, catalog={"every": "1s"})
    for name, owner in (("ledger", "sales"), ("orders", "sales"), ("bills", "billing")):
        f.add(name, owner=owner)
    f.put("CODEOWNERS", "services/ledger/ @shop/billing\n")
    f.up()
    x = wait_for("the score", lambda: (lambda x: x if x["value"] == 0.8 else None)(facet(f, "ledger", "contact")), 40, every=0.2)
    assert x["measured"] == "#sales is said; nobody has said that they answer there" and "--evidence contact" in x["raise"], x
    assert f.ok("catalog", "orders", "--evidence", "contact", "--failed", "--note", "paged at 03:10").code == 0

    def silent():
        return {n for n in ("ledger", "orders", "bills") if "no-answer" in {o["reason"] for o in one(f, n)["orphan"]}}

    wait_for("what they own to be orphans", lambda: silent() == {"ledger", "orders"}, 30, every=0.2)
    x = facet(f, "ledger", "contact")
    assert x["value"] == 0 and x["measured"].startswith("#sales: sales did not answer on 20") and x["measured"].endswith(": paged at 03:10"), x
    assert "sales did not answer when somebody tried to reach them" in one(f, "ledger")["conflict"] or not one(f, "ledger")["conflict"]
    orphans = f.ok("catalog", "--orphans").out
    assert "did not answer" in orphans and "orders" in orphans and "bills" not in orphans, orphans
    tell(f, "ledger", {"kind": "contact"})
    wait_for("nothing of it", lambda: silent() == set() and facet(f, "orders", "contact")["value"] == 1, 30, every=0.2)
    assert facet(f, "bills", "contact")["value"] == 0.8


def test_refused(f):
    before = (f.root / ".pleach/catalog/evidence.json").read_text()
    assert "no kind" in tell(f, "ledger", {"kind": "backup"}, 400)["message"]
    assert "one object" in tell(f, "ledger", [], 400)["message"]
    assert tell(f, "nobody", {"kind": "restore"}, 404)["error"] == "not_found"
    assert tell(f, "ledger", {"kind": "restore"}, 403, {**JSON, "Origin": "http://evil.example"})["error"] == "forbidden"
    assert tell(f, "ledger", {"kind": "restore"}, 415, {"Content-Type": "text/plain"})["error"] == "unsupported_media_type"
    assert f.cli("catalog", "--evidence", "restore").code == 2
    assert f.cli("catalog", "ledger", "--evidence", "x").code == 2
    assert (f.root / ".pleach/catalog/evidence.json").read_text() == before


def test_kept(f):
    f.ok("down")
    f.up()
    wait_for("it to be known again", lambda: facet(f, "ledger", "rollback")["value"] == 1, 30, every=0.2)


def test_seen_to_run(make_fleet):
    """Versions that services say of themselves: a release, a rollback that nobody had to tell of, the score's facet, and all of it again after a restart of control."""
    f = make_fleet(teams={"sales": {"members": ["ada@example.org"]}}, catalog={"every": "1s"})
    f.add("ledger", tier="gold", env={"SERVICE_VERSION": "1.0"})
    f.up()

    def runs(version, events):
        f.request("GET", "/api/catalog")
        f.call("GET", "/ledger/v1/echo")
        x = one(f, "ledger").get("running")
        return x and (x["version"], [(e["from"], e["version"], e["back"]) for e in x["events"]]) == (version, events)

    def becomes(version):
        f.change("ledger", lambda s: s["run"]["env"].update(SERVICE_VERSION=version))

    wait_for("its first version", lambda: runs("1.0", []), 40, every=0.3)
    assert facet(f, "ledger", "rollback")["value"] == 0
    becomes("1.1")
    wait_for("a release", lambda: runs("1.1", [("1.0", "1.1", False)]), 40, every=0.3)
    x = one(f, "ledger")
    assert [(r["version"], r["tag"]) for r in x["releases"]] == [("1.1", "")] and x["releases_year"] == 1, x["releases"]
    becomes("1.0")
    wait_for("a rollback", lambda: runs("1.0", [("1.1", "1.0", True), ("1.0", "1.1", False)]), 40, every=0.3)
    x = wait_for("the facet", lambda: (lambda x: x if x["value"] == 1 else None)(facet(f, "ledger", "rollback")), 20, every=0.2)
    assert x["measured"].startswith("it was seen to go back from 1.1 to 1.0 on 20"), x
    text = f.ok("catalog", "ledger").out
    assert "from 1.1 back to 1.0" in text, text
    f.expect_noise = True
    f.kill("pleach-control")
    wait_for("what it knew", lambda: runs("1.0", [("1.1", "1.0", True), ("1.0", "1.1", False)]), 40, every=0.3)


def test_contract_verified(make_fleet, tmp_path):
    """A contract counts half for being published, half for its consumers' pacts being verified: none known, one not yet, one that fails, all well; and a new pact is to be verified anew."""
    f = make_fleet(catalog={"every": "1s"})
    f.add("ledger", serves=False)
    f.put("services/ledger/v1.yaml", "openapi: 3.0.0\ninfo: { title: ledger, version: '1' }\npaths: {}\n")
    f.change("ledger", lambda s: s.update(serves=[{"version": "v1", "path": "/v1", "schema": "v1.yaml"}]))
    f.up()
    b = Broker(f, tmp_path)

    def counts(value, words):
        x = facet(f, "ledger", "contract")
        return x if (x["value"], x["measured"]) == (value, words) else None

    def becomes(value, words):
        return wait_for(words, lambda: counts(value, words), 30, every=0.2)

    becomes(1, "1 of 1 versions; no pact of it is known, so nothing verifies it")
    b.publish(b.pact("web", "ledger", "a"), "1.0", "main")
    becomes(0.5, "1 of 1 versions; 0 of 1 pacts verified")
    b.verified("ledger", "web", "7", True)
    becomes(1, "1 of 1 versions; 1 of 1 pacts verified")
    b.publish(b.pact("mobile", "ledger", "b"), "3", "main")
    b.verified("ledger", "mobile", "7", False)
    becomes(0.75, "1 of 1 versions; 1 of 2 pacts verified, mobile's failed")
    b.verified("ledger", "mobile", "8", True)
    becomes(1, "1 of 1 versions; 2 of 2 pacts verified")
    b.publish(b.pact("web", "ledger", "a", "c"), "1.1", "main")
    becomes(0.75, "1 of 1 versions; 1 of 2 pacts verified")
    b.publish(b.pact("web", "elsewhere", "a"), "1.1", "main")
    assert counts(0.75, "1 of 1 versions; 1 of 2 pacts verified")
