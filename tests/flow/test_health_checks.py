"""Whether a health check says so when its service is broken: one that stays green while calls fail costs points, one that turns red does not; what others break is nobody's fault but theirs."""

import datetime
import time

import pytest
from fleet import wait_for


@pytest.fixture(scope="module")
def f(request):
    import fleet
    f = fleet.Fleet(teams={"sales": {"members": ["ada@example.org"]}}, catalog={"every": "1s"})
    request.addfinalizer(f.stop)
    f.add("green")
    f.add("honest", env={"UNWELL": str(f.tmp / "unwell")})
    f.add("middle", calls=["green"])
    f.up()
    return f


def facet(f, name):
    return {x["facet"]: x for x in f.request("GET", f"/api/catalog/{name}").json()["score"]["facets"]}["health-tells"]


def age(f, name):
    """Seconds that the instance of a service has been in its state."""
    (i,) = [x["instances"][0] for x in f.request("GET", "/api/status").json()["services"] if x["service"] == name]
    return time.time() - datetime.datetime.fromisoformat(i["since"][:19] + "+00:00").timestamp()


def failing(f, path, name):
    """Calls that fail, until something is told of the service's check."""
    def told():
        for _ in range(4):
            f.get(path)
        x = facet(f, name)
        return x if x["measurable"] else None

    return wait_for("it to be told", told, 40, every=0.1)


def test_not_broken(f):
    wait_for("the watch", lambda: "it was not broken" in facet(f, "green")["measured"], 30, every=0.2)
    assert not facet(f, "green")["measurable"]


def test_turns_red(f):
    (f.tmp / "unwell").write_text("")
    wait_for("the check to fail", lambda: {s["service"]: s["healthy"] for s in f.request("GET", "/api/status").json()["services"]}["honest"] == 0, 30, every=0.2)

    x = failing(f, "/honest/v1/status/500", "honest")
    assert x["value"] == 1 and x["measured"] == "it said so all 1 times that most calls failed", x
    (f.tmp / "unwell").unlink()


def test_stays_green(f):
    """Most calls fail, and the check answers as if nothing were; middle, which only hands on what green answers, is not to blame."""
    # Whose state has just changed may have had its trouble then: so not at once.
    wait_for("it to have been healthy for longer than the watch looks back", lambda: min(age(f, s) for s in ("green", "middle")) > 9, 30, every=0.2)

    x = failing(f, "/middle/v1/call/green/v1/status/500", "green")
    assert x["value"] == 0 and "0 of 1 times that most calls failed; not at 20" in x["measured"] and x["gain"] > 0 and "fail when it cannot" in x["raise"], x
    assert not facet(f, "middle")["measurable"], facet(f, "middle")
    assert "green" in (f.root / ".pleach/catalog/health.json").read_text()


def test_kept(f):
    """Control's memory of it outlives control."""
    f.ok("down")
    f.up()
    wait_for("it to be known again", lambda: "0 of 1 times" in facet(f, "green")["measured"], 30, every=0.2)
